"""Std createUpdateAccounts, createContacts, findAccounts and findContacts."""

from datetime import date
from typing import Any

import pytest

from services import settings
from services.insurance_errors import Refused
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind
from services.people.finding import Person, find
from services.people.std import told
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import LATER
from tests.services.people.office import NOBODY, USERS, Office, put_account
from tests.services.people.test_creating import KINDS


@pytest.mark.rule("AC-40")
def test_exactly_four_fields_are_copied(office: Office) -> None:
    office.std("accounts", [office.ids()["noor"]])
    columns = (
        "first_name, last_name, email, birth_date, gender, phone_number, street, city, state, postal_code, country"
    )
    assert office.sql(f"SELECT {columns} FROM book.person_account") == [
        ("Noor", "Haddad", "noor.haddad@example.org", date(1984, 2, 11), *[None] * 7)
    ]
    assert office.sql("SELECT record_type_name FROM book.person_account") == [("Person Account",)]


@pytest.mark.rule("AC-41")
def test_duplicate_keys_that_are_not_copied_do_not_count(office: Office) -> None:
    """Phone and gender differ from the stored account, and Nickname is no field at all: only the names are compared."""
    put_account(office, "001000000000000900", "Noor", "Haddad", gender="Male", phone_number="1")
    done = office.std(
        "accounts", [office.ids()["noor"]], duplicate_keys="Phone, FirstName,Nickname ,PersonGender,LastName"
    )
    assert done.record_ids == ["001000000000000900"]


@pytest.mark.rule("AC-41", "AC-42")
def test_where_no_key_counts_none_was_given(office: Office) -> None:
    put_account(office, "001000000000000900", "Noor", "Haddad", gender="Female")
    done = office.std("accounts", [office.ids()["noor"]], duplicate_keys="PersonGender")
    assert done.record_ids != ["001000000000000900"]


@pytest.mark.rule("AC-42")
def test_without_duplicate_keys_every_member_gets_a_new_account_even_if_one_like_it_exists(office: Office) -> None:
    put_account(
        office, "001000000000000900", "Noor", "Haddad", email="noor.haddad@example.org", birth_date=date(1984, 2, 11)
    )
    ids = office.ids()
    office.run("UPDATE book.census_member SET first_name = 'Noor', birth_date = NULL WHERE first_name = 'Elias'")
    done = office.std("accounts", [ids["noor"], ids["elias"]])
    assert len(set(done.record_ids) - {"001000000000000900"}) == 2


@pytest.mark.rule("AC-43", "CV-25")
def test_a_match_is_used_and_account_and_contact_of_the_member_are_set(office: Office) -> None:
    noor = office.ids()["noor"]
    put_account(office, "001000000000000900", "noor", "HADDAD")
    for _ in range(2):  # a repeated call makes nothing new
        assert office.std("accounts", [noor], duplicate_keys="FirstName,LastName").record_ids == ["001000000000000900"]
        assert office.links(noor) == ("001000000000000900", "003000000000000900")
    assert office.counts() == (1, 1, 0)


@pytest.mark.rule("AC-43", "AC-44", "CV-25")
def test_a_member_that_has_its_account_keeps_it_and_may_get_a_user(office: Office) -> None:
    noor = office.ids()["noor"]
    office.make(ACCOUNTS, None, [noor])
    account = office.links(noor)[0]
    office.flag(noor)
    assert office.std("accounts", [noor]).record_ids == [account]
    assert office.sql("SELECT person_account_id, contact_id, email FROM book.portal_user") == [
        (*office.links(noor), "noor.haddad@example.org")
    ]
    assert office.counts() == (1, 1, 1)


@pytest.mark.rule("AC-44")
def test_users_are_made_for_flagged_members_only(office: Office) -> None:
    ids = office.ids()
    office.flag(ids["noor"])
    done = office.std("accounts", [ids["noor"], ids["elias"]])
    assert (done.errors, office.counts()) == ([], (2, 2, 1))


@pytest.mark.rule("AC-45")
def test_the_fields_of_a_matched_account_and_of_its_contact_take_the_members_values_nulls_left_out(
    office: Office,
) -> None:
    put_account(office, "001000000000000900", "N.", "Haddad", email="noor.haddad@example.org", city="Springfield")
    put_account(office, "001000000000000901", "Mira", "Haddad", email="mira@example.org")
    ids = office.ids()
    office.std("accounts", [ids["noor"]], duplicate_keys="PersonEmail")
    office.std("accounts", [ids["mira"]], duplicate_keys="FirstName")
    expected = [
        ("Noor Haddad", "Noor", "noor.haddad@example.org", date(1984, 2, 11), "Springfield"),
        ("Mira Haddad", "Mira", "mira@example.org", date(2014, 9, 30), None),
    ]
    for table, key in (("person_account", "person_account_id"), ("contact", "contact_id")):
        assert (
            office.sql(f"SELECT name, first_name, email, birth_date, city FROM book.{table} ORDER BY {key}") == expected
        )


@pytest.mark.rule("AC-46")
@pytest.mark.parametrize("name", ["accounts", "contacts"])
def test_missing_inputs_are_named(office: Office, name: str) -> None:
    for listed in (None, []):
        with pytest.raises(Refused, match=r"^Specify censusMemberIds\.$"):
            office.std(name, listed)
    with pytest.raises(Refused, match=r"^Specify profileId\.$"):
        office.std(name, [office.ids()["noor"]], details={**USERS, "profile_id": None})


def test_all_details_of_users_are_required_for_accounts_and_some_for_contacts(office: Office) -> None:
    noor = [office.ids()["noor"]]
    for key, named in (("time_zone", "timeZoneSID"), ("email_encoding", "emailEncoding"), ("locale_key", "localeSID")):
        with pytest.raises(Refused, match=f"Specify {named}"):
            office.std("accounts", noor, details={**USERS, key: ""})
    with pytest.raises(Refused, match="Specify languageLocale"):
        office.std("contacts", noor, details={**USERS, "language_key": None})
    assert office.std("contacts", noor, details={**USERS, "time_zone": None, "email_encoding": None}).record_ids


def test_unknown_members_are_errors_in_a_finished_run(office: Office) -> None:
    noor = office.ids()["noor"]
    answer = told("accountIds", office.std("accounts", [NOBODY, noor]))
    assert answer == {
        "accountIds": [office.links(noor)[0]],
        "result": "success",
        "errorCode": "INVOKE-200",
        "error": "OK",
        "errors": [{"Id": NOBODY, "error": "Specify a valid input for censusMemberIds."}],
    }


def test_person_accounts_may_be_switched_off_and_their_type_be_named(office: Office) -> None:
    noor = office.ids()["noor"]
    office.std("accounts", [noor], record_type="PolicyHolder")
    assert office.sql("SELECT record_type_name FROM book.person_account") == [("PolicyHolder",)]
    with pytest.raises(Refused, match="personAccountRecordType"):
        office.std("accounts", [noor], record_type="x" * 81)
    with office.book.write() as tx:
        settings.set_to(tx, "person_accounts", "no", LATER)
    with pytest.raises(Refused, match="don't have access"):
        office.std("accounts", [noor])


@pytest.mark.rule("AC-50")
def test_members_that_have_a_contact_are_passed_over_without_an_error(office: Office) -> None:
    ids = office.ids()
    office.make(CONTACTS, None, [ids["noor"]])
    done = office.std("contacts", [ids["noor"], ids["owen"]])
    assert (done.record_ids, done.errors) == ([office.links(ids["owen"])[1]], [])
    assert office.std("contacts", [ids["noor"], ids["owen"]]).record_ids == []


@pytest.mark.rule("AC-51")
def test_the_new_contact_is_linked_to_the_member(office: Office) -> None:
    noor = office.ids()["noor"]
    done = office.std("contacts", [noor])
    assert office.links(noor) == (None, done.record_ids[0])


@pytest.mark.rule("AC-52")
def test_with_duplicate_keys_a_contact_is_used_and_without_one_is_always_made(office: Office) -> None:
    put_account(office, "001000000000000900", "NOOR", "Haddad", email="noor.haddad@example.org")
    noor = office.ids()["noor"]
    assert office.std("contacts", [noor], duplicate_keys="FirstName,Email").record_ids == ["003000000000000900"]
    office.run("UPDATE book.census_member SET contact_id = NULL")
    assert office.std("contacts", [noor]).record_ids != ["003000000000000900"]
    with pytest.raises(Refused, match="Nickname"):
        office.std("contacts", [noor], duplicate_keys="Nickname")


@pytest.mark.rule("AC-53")
def test_a_flagged_member_gets_a_user_unless_one_has_the_email(office: Office) -> None:
    ids = office.ids()
    office.run("UPDATE book.census_member SET email = 'home@example.org' WHERE last_name = 'Haddad'")
    office.flag(ids["noor"], ids["elias"])
    office.std("contacts", [ids["noor"]])
    office.std("contacts", [ids["elias"]])
    assert office.sql("SELECT email, contact_id FROM book.portal_user") == [
        ("home@example.org", office.links(ids["noor"])[1])
    ]


# -------------------------------------------------------------------------------------------------------- finding


@pytest.fixture
def known(office: Office) -> Office:
    """Six persons of the group, one of another, in both kinds of record."""
    for number, first, last, email in (
        ("904", "Noor", "Haddad", "noor@example.org"),
        ("902", "Hadley", "Noonan", None),
        ("903", "Noah", "Hadfield", "noah@example.org"),
        ("901", "Ann", "Haddad", "ann@example.org"),
        ("905", "Ann", "Haddad", None),
        ("906", "Per", "100%", "per_cent@example.org"),
    ):
        put_account(office, f"001000000000000{number}", first, last, email=email, group="001A")
    put_account(office, "001000000000000999", "Noor", "Haddad", group="001OTHER")
    return office


def found(
    office: Office,
    kind: RecordKind = ACCOUNTS,
    *,
    members: list[Person] | None = None,
    words: str | None = None,
    account_id: str | None = "001A",
    scope: Scope = EVERYTHING,
) -> list[dict[str, Any]]:
    with office.book.read() as tx:
        return find(tx, kind, account_id, members=members, search_key=words, scope=scope)


def numbers(records: list[dict[str, Any]]) -> list[str]:
    return [record["Id"][-3:] for record in records]


@pytest.mark.rule("AC-60")
@KINDS
@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (("Noor", "Haddad", "noor@example.org"), ["904"]),
        (("Noor", "Haddad", None), ["904"]),
        ((None, "haddad ", None), ["901", "905", "904"]),
        ((" ANN", None, None), ["901", "905"]),
        (("Ann", None, "ANN@example.org"), ["901"]),
        (("Ann", "Haddad", "other@example.org"), []),
        (("No", None, None), []),
        ((None, None, None), []),
        (("", " ", None), []),
    ],
)
def test_every_value_given_must_agree_and_values_not_given_do_not_count(
    known: Office, kind: RecordKind, sought: Person, expected: list[str]
) -> None:
    assert numbers(found(known, kind, members=[sought])) == expected


@pytest.mark.rule("AC-61")
@KINDS
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("had", ["901", "905", "904", "903", "902"]),
        ("NOO", ["904", "902"]),
        ("addad", []),
        ("%", []),
        ("_", []),
        ("100%", ["906"]),
    ],
)
def test_one_word_begins_a_first_or_a_last_name(
    known: Office, kind: RecordKind, word: str, expected: list[str]
) -> None:
    assert numbers(found(known, kind, words=word)) == expected


@pytest.mark.rule("AC-62")
@KINDS
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("had no extra", ["904", "903", "902"]),
        ("no had", ["904", "903", "902"]),
        ("hadd noor", ["904"]),
        ("no no", []),
        ("  ann   had ", ["901", "905"]),
    ],
)
def test_of_more_words_the_first_two_begin_a_name_each_in_either_order(
    known: Office, kind: RecordKind, words: str, expected: list[str]
) -> None:
    assert numbers(found(known, kind, words=words)) == expected


@pytest.mark.rule("AC-63")
@KINDS
def test_each_record_comes_once_by_last_name_first_name_and_id(known: Office, kind: RecordKind) -> None:
    members: list[Person] = [(None, "Haddad", None), ("Ann", None, None), ("Noor", "Haddad", None)]
    assert numbers(found(known, kind, members=members)) == ["901", "905", "904"]
    assert numbers(found(known, kind, members=members, words="hadf")) == ["901", "905", "904", "903"]


@pytest.mark.rule("AC-63")
@KINDS
def test_without_words_and_members_the_call_is_refused_and_no_match_is_an_empty_list(
    known: Office, kind: RecordKind
) -> None:
    for words in (None, "", "  "):
        with pytest.raises(Refused, match=r"^Specify a searchKey or members\.$"):
            found(known, kind, words=words)
    assert found(known, kind, members=[]) == []
    assert found(known, kind, words="nobody") == []


def test_the_answer_names_the_fields_as_the_record_does(known: Office) -> None:
    assert found(known, ACCOUNTS, words="noor") == [
        {"Id": "001000000000000904", "FirstName": "Noor", "LastName": "Haddad", "PersonEmail": "noor@example.org"}
    ]
    assert found(known, CONTACTS, words="noor") == [
        {"Id": "003000000000000904", "FirstName": "Noor", "LastName": "Haddad", "Email": "noor@example.org"}
    ]


def test_the_group_account_must_be_known_to_the_caller(known: Office) -> None:
    with pytest.raises(Refused, match=r"^Specify accountId\.$"):
        found(known, words="noor", account_id=None)
    for account, scope in (("001NONE", EVERYTHING), ("001A", Scope(("001OTHER",)))):
        with pytest.raises(Refused, match="valid input for accountId"):
            found(known, words="noor", account_id=account, scope=scope)
