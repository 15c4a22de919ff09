"""Accounts and contacts of members: which members, matching, creating, linking."""

from datetime import date

import pytest

from services import settings
from services.insurance_errors import Refused
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind
from services.scope import Scope
from tests.services.census_load.builder import CENSUS, LATER, OTHER, a_file, insert, landed, person
from tests.services.people.office import NOBODY, Office, a_contact, put_account

KINDS = pytest.mark.parametrize("kind", [ACCOUNTS, CONTACTS], ids=["accounts", "contacts"])


def codes(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [error["code"] for error in answer["errors"]]


# ------------------------------------------------------------------------------------------------- which members


@pytest.mark.rule("AC-1")
@KINDS
def test_neither_census_nor_members_is_refused(office: Office, kind: RecordKind) -> None:
    for listed in (None, []):
        with pytest.raises(Refused) as refused:
            office.make(kind, None, listed)
        (error,) = refused.value.errors
        assert (error.code, error.message) == ("SF-0001-0004", "Specify an input for groupCensusId.")


@pytest.mark.rule("AC-2")
@KINDS
def test_a_census_alone_means_primaries_and_dependents(office: Office, kind: RecordKind) -> None:
    answer = office.answer(kind)
    ids = office.ids()
    assert {d["groupCensusMemberId"] for d in answer[f"{kind.name}AndUsersDetails"]} == set(ids.values())
    assert {d["groupCensusId"] for d in answer[f"{kind.name}AndUsersDetails"]} == {CENSUS}
    assert (answer["isSuccess"], answer["errors"], answer["groupCensusId"]) == (True, [], CENSUS)


@pytest.mark.rule("AC-3")
def test_with_a_census_and_a_list_the_listed_members_of_that_census_count(office: Office) -> None:
    noor, ida = office.ids()["noor"], office.ids(OTHER)["ida"]
    answer = office.answer(ACCOUNTS, CENSUS, [ida, noor])
    assert [d["groupCensusMemberId"] for d in answer["accountsAndUsersDetails"]] == [noor]
    assert answer["errors"] == [
        {
            "code": "SF-0001-0005",
            "message": "Specify a valid input for groupCensusMemberIdList.",
            "additionalInfo": {"memberId": ida},
        }
    ]
    assert answer["isSuccess"] is False


@pytest.mark.rule("AC-3")
def test_an_empty_list_beside_a_census_means_nobody(office: Office) -> None:
    answer = office.answer(ACCOUNTS, CENSUS, [])
    assert (answer["accountsAndUsersDetails"], answer["errors"], answer["isSuccess"]) == ([], [], True)


@pytest.mark.rule("AC-4", "AC-17")
def test_each_unknown_id_is_an_error_of_its_own_and_the_others_are_processed(office: Office) -> None:
    noor = office.ids()["noor"]
    answer = office.answer(ACCOUNTS, None, [NOBODY, noor, "0r6NONE2", CENSUS, noor])
    assert [d["groupCensusMemberId"] for d in answer["accountsAndUsersDetails"]] == [noor]
    assert [e["additionalInfo"]["memberId"] for e in answer["errors"]] == [NOBODY, "0r6NONE2", CENSUS]
    assert set(codes(answer)) == {"SF-0001-0005"}
    assert office.counts() == (1, 1, 0)


@pytest.mark.rule("CV-22")
def test_an_unknown_census_is_refused_as_a_whole(office: Office) -> None:
    for census in ("0rfNONE", office.ids()["noor"], ""):
        with pytest.raises(Refused) as refused:
            office.make(ACCOUNTS, census)
        assert refused.value.errors[0].message == "Specify a valid input for groupCensusId."


def test_members_out_of_scope_are_unknown(office: Office) -> None:
    noor = office.ids()["noor"]
    answer = office.answer(ACCOUNTS, None, [noor], scope=Scope(("001OTHER",)))
    assert codes(answer) == ["SF-0001-0005"]
    assert office.counts() == (0, 0, 0)
    with pytest.raises(Refused):
        office.make(ACCOUNTS, CENSUS, scope=Scope(("001OTHER",)))


def test_a_list_of_more_members_than_the_setting_allows_is_refused(office: Office) -> None:
    with office.book.write() as tx:
        settings.set_to(tx, "most_members_per_request", "2", LATER)
    ids = list(office.ids().values())
    assert office.make(ACCOUNTS, None, ids[:2]).is_success
    with pytest.raises(Refused) as refused:
        office.make(ACCOUNTS, None, ids[:3])
    assert refused.value.errors[0].code == "GB-CEN-001"


# ------------------------------------------------------------------------------------------------------- matching


@pytest.mark.rule("SF-0004-0054", "SF-0004-0058")
@pytest.mark.rule("AC-5", "AC-13", "AC-18", "CV-25")
@KINDS
def test_a_repeated_call_makes_nothing_and_names_every_member_that_is_linked(office: Office, kind: RecordKind) -> None:
    office.make(kind)
    before, noor = office.counts(), office.ids()["noor"]
    answer = office.answer(kind)
    assert office.counts() == before
    code, message = {
        "accounts": ("SF-0004-0054", "Person Account already exists for member"),
        "contacts": ("SF-0004-0058", "Contact already exists for member"),
    }[kind.name]
    assert {"code": code, "message": message, "additionalInfo": {"memberId": noor}} in answer["errors"]
    assert codes(answer) == [code] * 4
    assert (answer["isSuccess"], answer[f"{kind.name}AndUsersDetails"]) == (True, [])


@pytest.mark.rule("AC-6")
@KINDS
def test_a_record_that_agrees_in_all_fields_is_used_and_not_overwritten(office: Office, kind: RecordKind) -> None:
    said = {
        "email": "noor.haddad@example.org",
        "birth_date": date(1984, 2, 11),
        "gender": "Female",
        "city": "Elsewhere",
    }
    put_account(office, "001000000000000900", "Noor", "Haddad", **said)
    noor = office.ids()["noor"]
    answer = office.answer(kind, None, [noor])
    (pair,) = answer[f"{kind.name}AndUsersDetails"]
    found = {"accounts": ("personAccountId", "001000000000000900"), "contacts": ("contactId", "003000000000000900")}
    name, record = found[kind.name]
    assert (pair[name], answer["errors"], office.counts()) == (record, [], (1, 1, 0))
    assert office.links(noor)[1] == "003000000000000900"
    assert office.sql("SELECT city FROM book.person_account") == [("Elsewhere",)]


@pytest.mark.parametrize("field", ["email", "birth_date", "gender", "first_name", "last_name"])
@pytest.mark.rule("AC-6")
def test_a_record_that_differs_in_one_field_is_another_person(office: Office, field: str) -> None:
    said = {
        "first_name": "Noor",
        "last_name": "Haddad",
        "email": "noor.haddad@example.org",
        "birth_date": date(1984, 2, 11),
        "gender": "Female",
    }
    said[field] = date(1984, 2, 12) if field == "birth_date" else "other"
    first, last = said.pop("first_name"), said.pop("last_name")
    put_account(office, "001000000000000900", str(first), str(last), **said)
    office.make(ACCOUNTS, None, [office.ids()["noor"]])
    assert office.counts()[0] == 2


@pytest.mark.rule("AC-7", "AC-8")
@KINDS
def test_two_members_that_agree_share_one_new_record(office: Office, kind: RecordKind) -> None:
    """Noor is on both censuses, once in other letters and with a blank: still the same person."""
    noor, again, ida = office.ids()["noor"], office.ids(OTHER)["noor"], office.ids(OTHER)["ida"]
    answer = office.answer(kind, None, [noor, again, ida])
    name = "personAccountId" if kind is ACCOUNTS else "contactId"
    first, second, third = (d[name] for d in answer[f"{kind.name}AndUsersDetails"])
    assert first == second != third
    assert office.links(noor) == office.links(again)
    assert office.counts()[1] == 2


@pytest.mark.rule("AC-8")
def test_a_null_agrees_with_nothing_null_included(office: Office) -> None:
    """Mira and Owen have no e-mail: with the default fields neither ever finds or shares a record."""
    put_account(office, "001000000000000900", "Mira", "Haddad", birth_date=date(2014, 9, 30), gender="Female")
    mira = office.ids()["mira"]
    office.run(
        "UPDATE book.census_member SET last_name = 'Haddad', first_name = 'Mira', gender = 'Female', "
        "birth_date = DATE '2014-09-30' WHERE first_name = 'Owen'"
    )
    answer = office.answer(ACCOUNTS, None, [mira, office.ids()["mira"]])
    assert answer["accountsAndUsersDetails"][0]["personAccountId"] != "001000000000000900"
    office.make(ACCOUNTS, CENSUS)
    assert office.counts()[0] == 5  # the one before, and one for each of the four members


@pytest.mark.rule("AC-8", "CV-2")
@pytest.mark.parametrize(
    "names",
    [["PersonEmail"], ["Email"], ["email", "PERSONEMAIL"], ["Birthdate", "Lastname", "gender"], ["PersonBirthdate"]],
)
def test_matching_fields_may_be_named_as_either_side_names_them(office: Office, names: list[str]) -> None:
    said = {"email": " NOOR.haddad@example.org", "birth_date": date(1984, 2, 11), "gender": "FEMALE"}
    put_account(office, "001000000000000900", "N.", "Haddad", **said)
    answer = office.answer(ACCOUNTS, None, [office.ids()["noor"]], matching_keys=names)
    assert answer["accountsAndUsersDetails"][0]["personAccountId"] == "001000000000000900"


@pytest.mark.rule("CV-3", "CV-22")
@KINDS
@pytest.mark.parametrize(
    "asked", [{"matching_keys": ["FirstName", "Nickname"]}, {"mappings": {"Nickname": "FirstName"}}]
)
def test_a_field_that_does_not_exist_is_refused_by_name(
    office: Office, kind: RecordKind, asked: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        office.make(kind, **asked)  # type: ignore[arg-type]
    (error,) = refused.value.errors
    assert (error.code, error.info) == ("SF-0001-0013", {"field": "Nickname"})
    assert office.counts() == (0, 0, 0)


@pytest.mark.rule("AC-9")
@KINDS
def test_of_several_records_that_agree_the_oldest_is_used(office: Office, kind: RecordKind) -> None:
    for number in ("901", "900", "902"):
        put_account(office, f"001000000000000{number}", "Noor", "Haddad")
    office.make(kind, None, [office.ids()["noor"]], matching_keys=["FirstName", "LastName"])
    assert office.links(office.ids()["noor"])[1] == "003000000000000900"


@pytest.mark.rule("AC-10")
@KINDS
def test_a_record_of_the_groups_own_account_comes_before_an_older_one(office: Office, kind: RecordKind) -> None:
    put_account(office, "001000000000000900", "Noor", "Haddad")
    put_account(office, "001000000000000901", "Noor", "Haddad", group="001A")
    put_account(office, "001000000000000902", "Noor", "Haddad", group="001A")
    office.make(kind, None, [office.ids()["noor"]], matching_keys=["FirstName", "LastName"])
    assert office.links(office.ids()["noor"])[1] == "003000000000000901"


@pytest.mark.rule("AC-10")
def test_a_record_outside_the_callers_accounts_is_not_there(office: Office) -> None:
    put_account(office, "001000000000000900", "Noor", "Haddad", group="001OTHER")
    noor = office.ids()["noor"]
    office.make(ACCOUNTS, None, [noor], matching_keys=["FirstName"], scope=Scope(("001A",)))
    assert office.links(noor)[0] != "001000000000000900"


# ------------------------------------------------------------------------------------------------------- creating


@pytest.mark.rule("AC-11")
@pytest.mark.parametrize("table", ["person_account", "contact"])
def test_names_birth_email_gender_phone_and_address_are_copied(office: Office, table: str) -> None:
    office.make(ACCOUNTS if table == "person_account" else CONTACTS, None, [office.ids()["noor"]])
    columns = "name, first_name, last_name, email, birth_date, gender, phone_number"
    columns += ", street, city, state, postal_code, country"
    assert office.sql(f"SELECT {columns} FROM book.{table}") == [
        ("Noor Haddad", "Noor", "Haddad", "noor.haddad@example.org", date(1984, 2, 11), "Female", "555-0100",
         "1 Elm St", "Springfield", "IL", "00501", "US")
    ]  # fmt: skip


@pytest.mark.rule("AC-11", "CV-2")
def test_mappings_are_added_and_take_the_place_of_the_usual_ones(office: Office) -> None:
    office.make(CONTACTS, None, [office.ids()["noor"]], mappings={"memberkey": "MAILINGSTREET", "City": "MailingState"})
    assert office.sql("SELECT street, city, state, postal_code FROM book.contact") == office.sql(
        "SELECT member_key, 'Springfield', 'Springfield', '00501' FROM book.census_member WHERE first_name = 'Noor' "
        f"AND group_census_id = '{CENSUS}'"
    )


@pytest.mark.rule("AC-11")
@pytest.mark.parametrize("mapping", [{"City": "Birthdate"}, {"City": "MailingCity", "State": "MailingCity"}])
def test_a_mapping_that_cannot_be_is_refused(office: Office, mapping: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        office.make(CONTACTS, mappings=mapping)
    assert refused.value.errors[0].message == "Specify a valid input for fieldMappings."


@pytest.mark.rule("AC-17", "OB-7")
def test_a_member_whose_values_do_not_fit_is_an_error_and_leaves_nothing_half_made(office: Office) -> None:
    noor, owen = office.ids()["noor"], office.ids()["owen"]
    long = "9" * 41
    office.run(f"UPDATE book.census_member SET street = '{long}' WHERE group_census_member_id = '{noor}'")
    answer = office.answer(ACCOUNTS, None, [noor, owen], mappings={"Street": "Phone"})
    assert answer["isSuccess"] is False
    assert answer["errors"] == [
        {"code": "SF-0001-0005", "message": "Specify a valid input for Phone.", "additionalInfo": {"memberId": noor}}
    ]
    assert [d["groupCensusMemberId"] for d in answer["accountsAndUsersDetails"]] == [owen]
    assert (office.links(noor), office.counts()) == ((None, None), (1, 1, 0))
    office.run(f"UPDATE book.census_member SET street = '{long[1:]}' WHERE group_census_member_id = '{noor}'")
    assert office.answer(ACCOUNTS, None, [noor], mappings={"Street": "Phone"})["isSuccess"] is True


@pytest.mark.rule("AC-12")
def test_a_member_points_at_the_account_and_at_its_contact(office: Office) -> None:
    noor = office.ids()["noor"]
    office.make(ACCOUNTS, None, [noor])
    account, contact = office.links(noor)
    assert office.sql("SELECT person_account_id, contact_id, record_type_name FROM book.person_account") == [
        (account, contact, "Person Account")
    ]
    assert office.sql("SELECT contact_id, account_id FROM book.contact") == [(contact, account)]
    assert office.sql("SELECT account_id, contact_id FROM book.account_contact") == [("001A", contact)]


@pytest.mark.rule("AC-12")
def test_a_contact_belongs_to_the_group_account_and_the_member_gets_no_person_account(office: Office) -> None:
    noor = office.ids()["noor"]
    office.make(CONTACTS, None, [noor])
    account, contact = office.links(noor)
    assert account is None
    assert office.sql("SELECT contact_id, account_id FROM book.contact") == [(contact, "001A")]
    assert office.sql("SELECT account_id, contact_id FROM book.account_contact") == [("001A", contact)]


@pytest.mark.rule("AC-12")
def test_a_member_with_a_contact_still_gets_a_person_account(office: Office) -> None:
    noor = office.ids()["noor"]
    office.make(CONTACTS, None, [noor])
    answer = office.answer(ACCOUNTS, None, [noor])
    assert (len(answer["accountsAndUsersDetails"]), answer["errors"]) == (1, [])
    account, contact = office.links(noor)
    assert office.sql(f"SELECT contact_id FROM book.person_account WHERE person_account_id = '{account}'") == [
        (contact,)
    ]


def test_a_record_that_is_found_is_related_to_the_group_as_well(office: Office) -> None:
    insert(office, "book.contact", [a_contact("003000000000000900", "Noor", "Haddad")])
    office.make(CONTACTS, None, [office.ids()["noor"]], matching_keys=["FirstName", "LastName"])
    assert office.sql("SELECT account_id, contact_id FROM book.account_contact") == [("001A", "003000000000000900")]


def test_the_record_type_of_new_accounts_may_be_named(office: Office) -> None:
    office.make(ACCOUNTS, record_type="PolicyHolder")
    assert office.sql("SELECT DISTINCT record_type_name FROM book.person_account") == [("PolicyHolder",)]
    with pytest.raises(Refused):
        office.make(ACCOUNTS, record_type="x" * 81)


def test_linking_members_moves_the_version_of_their_census_alone(office: Office) -> None:
    before = dict(office.sql("SELECT group_census_id, census_version FROM book.group_census"))
    office.make(ACCOUNTS, CENSUS)
    after = dict(office.sql("SELECT group_census_id, census_version FROM book.group_census"))
    assert after == {**before, CENSUS: before[CENSUS] + 1}
    office.make(ACCOUNTS, CENSUS)
    assert dict(office.sql("SELECT group_census_id, census_version FROM book.group_census")) == after


def test_where_person_accounts_are_switched_off_only_contacts_are_made(office: Office) -> None:
    with office.book.write() as tx:
        settings.set_to(tx, "person_accounts", "no", LATER)
    with pytest.raises(Refused) as refused:
        office.make(ACCOUNTS)
    assert refused.value.errors[0].code == "SF-0001-0011"
    assert office.make(CONTACTS).is_success


def test_a_file_loaded_again_leaves_the_links(office: Office) -> None:
    noor = office.ids()["noor"]
    office.make(ACCOUNTS, CENSUS)
    links = office.links(noor)
    office.load(landed(a_file(person("Noor", email="noor@example.com"))), now=LATER)
    assert office.sql(f"SELECT email FROM book.census_member WHERE group_census_member_id = '{noor}'") == [
        ("noor@example.com",)
    ]
    assert office.links(noor) == links
