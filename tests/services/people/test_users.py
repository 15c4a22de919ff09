"""Portal users of members, and what a user sees."""

import pytest

from services import access, settings
from services.insurance_errors import Refused
from services.people import portal
from services.people.enrolling import people_of_enrollment, wish_of_members
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind
from services.refusals import Conflict, Malformed, NotFound
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, LATER, OTHER
from tests.services.people.office import PROFILE, USERS, Office
from tests.services.people.test_creating import KINDS, codes


@pytest.mark.rule("SF-0004-0047")
@pytest.mark.rule("AC-13")
@KINDS
def test_users_are_made_for_flagged_members_and_one_error_names_all_the_others(
    office: Office, kind: RecordKind
) -> None:
    ids = office.ids()
    office.flag(ids["noor"])
    office.make(kind, None, [ids["owen"]])
    answer = office.answer(kind, None, [ids["noor"], ids["elias"], ids["mira"], ids["owen"]], users=USERS)
    users = {d["groupCensusMemberId"]: d["userId"] for d in answer[f"{kind.name}AndUsersDetails"]}
    assert list(users) == [ids["noor"], ids["elias"], ids["mira"]]
    assert users[ids["noor"]] is not None
    assert (users[ids["elias"]], users[ids["mira"]]) == (None, None)
    assert answer["errors"][-1] == {
        "code": "SF-0004-0047",
        "message": "Ensure to set the isPortalUser flag to true for group census members "
        f"{ids['elias']},{ids['mira']}.",
        "additionalInfo": {},
    }
    assert len(codes(answer)) == 2  # and the one for Owen, who was linked before
    assert (answer["isSuccess"], office.counts()[2]) == (True, 1)


@pytest.mark.rule("AC-13")
def test_without_users_nobody_is_named(office: Office) -> None:
    assert office.answer(ACCOUNTS)["errors"] == []


@pytest.mark.rule("AC-14")
def test_a_user_with_the_email_is_found_and_none_is_made(office: Office) -> None:
    """Noor is on both censuses, the second time in other letters."""
    noor, again = office.ids()["noor"], office.ids(OTHER)["noor"]
    office.flag(noor, again)
    first = office.answer(ACCOUNTS, None, [noor], users=USERS)["accountsAndUsersDetails"]
    second = office.answer(ACCOUNTS, None, [again], users=USERS)["accountsAndUsersDetails"]
    assert first[0]["userId"] == second[0]["userId"]
    assert office.counts()[2] == 1


@pytest.mark.rule("AC-14")
def test_two_members_of_a_request_with_one_email_get_one_user(office: Office) -> None:
    ids = office.ids()
    office.run("UPDATE book.census_member SET email = 'home@example.org'")
    office.flag(ids["noor"], ids["elias"])
    pairs = office.answer(ACCOUNTS, None, [ids["noor"], ids["elias"]], users=USERS)["accountsAndUsersDetails"]
    assert pairs[0]["userId"] == pairs[1]["userId"] is not None
    assert pairs[0]["personAccountId"] != pairs[1]["personAccountId"]
    assert office.counts()[2] == 1


@pytest.mark.rule("AC-14", "AC-13")
def test_without_an_email_the_account_stays_and_the_user_is_an_error(office: Office) -> None:
    owen = office.ids()["owen"]
    office.flag(owen)
    answer = office.answer(ACCOUNTS, None, [owen], users=USERS)
    assert answer["errors"] == [
        {"code": "SF-0001-0004", "message": "Specify an input for email.", "additionalInfo": {"memberId": owen}}
    ]
    assert (answer["isSuccess"], answer["accountsAndUsersDetails"][0]["userId"]) == (True, None)
    assert office.counts() == (1, 1, 0)


@pytest.mark.rule("AC-15", "AC-17")
@KINDS
@pytest.mark.parametrize(
    ("users", "named"),
    [(None, "userDetails"), ({}, "profileId"), ({"profile_id": None}, "profileId"), ({"profile_id": " "}, "profileId")],
)
def test_users_without_details_or_profile_are_refused_and_nothing_is_written(
    office: Office, kind: RecordKind, users: dict[str, str | None] | None, named: str
) -> None:
    with pytest.raises(Refused) as refused:
        office.make(kind, users=users, wants_users=True)
    (error,) = refused.value.errors
    assert (error.code, error.message) == ("SF-0001-0004", f"Specify an input for {named}.")
    assert office.counts() == (0, 0, 0)
    assert office.make(kind, users=users, wants_users=False).is_success


@pytest.mark.rule("AC-16")
@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("profile_id", "00eNONE", "profileId"),
        ("time_zone", "Mars/Base", "timeZoneSidKey"),
        ("locale_key", "en US", "localeSidKey"),
        ("language_key", "12", "languageLocaleKey"),
        ("email_encoding", "UTF-9", "emailEncodingKey"),
    ],
)
def test_a_detail_that_is_nothing_known_is_refused(office: Office, field: str, value: str, named: str) -> None:
    with pytest.raises(Refused) as refused:
        office.make(ACCOUNTS, users={**USERS, field: value})
    (error,) = refused.value.errors
    assert (error.code, error.message) == ("SF-0001-0005", f"Specify a valid input for {named}.")


@pytest.mark.rule("AC-16")
def test_a_user_holds_profile_locale_email_as_name_and_whose_it_is(office: Office) -> None:
    """A published sample writes the time zone with a space; it is stored with the underscore."""
    noor = office.ids()["noor"]
    office.flag(noor)
    office.make(ACCOUNTS, None, [noor], users={**USERS, "time_zone": "America/New York"})
    account, contact = office.links(noor)
    columns = (
        "username, email, profile_id, contact_id, person_account_id, locale_key, language_key, time_zone,"
        " email_encoding, is_active"
    )
    assert office.sql(f"SELECT {columns} FROM book.portal_user") == [
        ("noor.haddad@example.org", "noor.haddad@example.org", PROFILE, contact, account, "en_US", "en_US",
         "America/New_York", "UTF-8", True)
    ]  # fmt: skip


@pytest.mark.rule("AC-16")
def test_all_but_the_profile_may_be_left_out(office: Office) -> None:
    noor = office.ids()["noor"]
    office.flag(noor)
    office.make(CONTACTS, None, [noor], users={"profile_id": PROFILE})
    assert office.sql("SELECT locale_key, person_account_id, time_zone FROM book.portal_user") == [(None, None, None)]


def test_a_user_of_persons_outside_the_callers_accounts_is_not_there(office: Office) -> None:
    noor, again = office.ids()["noor"], office.ids(OTHER)["noor"]
    office.flag(noor, again)
    office.make(ACCOUNTS, None, [noor], users=USERS)
    office.run("UPDATE book.account_contact SET account_id = '001OTHER'")
    office.make(ACCOUNTS, None, [again], users=USERS, scope=Scope(("001A",)))
    assert office.counts() == (2, 2, 2)


# --------------------------------------------------------------------------------------------------------- portal


def a_user(office: Office, *names: str) -> str:
    """Users of some members of the first census; the id of the first one's."""
    ids = office.ids()
    listed = [ids[name] for name in names]
    office.flag(*listed)
    return str(office.make(CONTACTS, None, listed, users=USERS).details["user_id"][0])


def test_a_user_sees_the_family_of_the_member(office: Office) -> None:
    """Of Elias, a spouse, it is the family of Noor."""
    user = a_user(office, "elias")
    with office.book.read() as tx:
        assert portal.family_of_user(tx, user) == office.ids()["noor"]


def test_of_several_families_that_of_an_active_census_and_of_these_the_latest_is_meant(office: Office) -> None:
    user = a_user(office, "noor")
    office.make(CONTACTS, None, [office.ids(OTHER)["noor"]])
    first, second = office.ids()["noor"], office.ids(OTHER)["noor"]
    with office.book.read() as tx:
        assert portal.family_of_user(tx, user) == second
        assert portal.family_of_user(tx, user, CENSUS) == first
    office.run(f"UPDATE book.group_census SET status = 'Inactive' WHERE group_census_id = '{OTHER}'")
    with office.book.read() as tx:
        assert portal.family_of_user(tx, user) == first


def test_the_family_in_which_the_person_is_the_primary_goes_before_a_later_one(office: Office) -> None:
    """Noor is an employee on the one census, and the spouse of another employee, Ida, on the later one."""
    user = a_user(office, "noor")
    others = office.ids(OTHER)
    office.run(
        f"UPDATE book.census_member SET primary_member_id = '{others['ida']}', family_id = '{others['ida']}',"
        f" contact_id = (SELECT contact_id FROM book.portal_user WHERE portal_user_id = '{user}')"
        f" WHERE group_census_member_id = '{others['noor']}'"
    )
    with office.book.read() as tx:
        assert portal.family_of_user(tx, user) == office.ids()["noor"]
        assert portal.family_of_user(tx, user, OTHER) == others["ida"]


def test_a_user_that_is_unknown_inactive_or_on_no_census_has_no_family(office: Office) -> None:
    user = a_user(office, "noor")
    with office.book.read() as tx:
        with pytest.raises(NotFound, match="no portal user"):
            portal.family_of_user(tx, "005NONE")
        with pytest.raises(NotFound, match="not on the census"):
            portal.family_of_user(tx, user, OTHER)
    office.run("UPDATE book.census_member SET contact_id = NULL")
    with office.book.read() as tx, pytest.raises(NotFound, match="not on a census"):
        portal.family_of_user(tx, user)
    office.run("UPDATE book.portal_user SET is_active = false")
    with office.book.read() as tx, pytest.raises(Conflict, match="not active"):
        portal.family_of_user(tx, user)


def test_a_book_begins_with_a_profile_that_permits_everything(office: Office) -> None:
    with office.book.read() as tx:
        assert portal.profiles(tx).rows() == [(PROFILE, "Member Portal", "choose_plans, edit_family, read_family")]


def test_profiles_may_be_added_and_permit_what_they_say(office: Office) -> None:
    with office.book.write() as tx:
        made = portal.add_profile(tx, "Readers", ["read_family"])
        assert made == "00e000000000000002"
        for name, permissions in (("", ["read_family"]), ("x" * 256, []), ("Odd", ["fly"])):
            with pytest.raises(Malformed):
                portal.add_profile(tx, name, permissions)
    noor = office.ids()["noor"]
    office.flag(noor)
    user = str(office.make(CONTACTS, None, [noor], users={"profile_id": made}).details["user_id"][0])
    with office.book.read() as tx:
        assert portal.permitted(tx, user) == {"read_family"}
        assert portal.permitted(tx, "005NONE") is None


@pytest.mark.parametrize(
    ("permissions", "roles"), [(portal.PERMISSIONS, {"reader", "writer"}), (["read_family"], {"reader"})]
)
def test_a_token_of_a_user_is_for_the_family_and_does_what_the_profile_permits(
    office: Office, permissions: list[str], roles: set[str]
) -> None:
    with office.book.write() as tx:
        profile = portal.add_profile(tx, "Some", permissions)
    noor = office.ids()["noor"]
    office.flag(noor)
    user = str(office.make(CONTACTS, None, [noor], users={"profile_id": profile}).details["user_id"][0])
    with office.book.write() as tx:
        made = access.create_token(tx, role="member", name="Noor", portal_user_id=user, now=LATER)
        caller = access.caller_of(tx, made.secret, LATER)
    assert caller is not None
    assert (caller.kind, caller.scope.family_id, caller.roles) == ("member", noor, roles)


def test_a_token_of_a_member_that_has_no_family_stands_for_nobody(office: Office) -> None:
    with office.book.write() as tx:
        made = access.create_token(tx, role="member", name="Noor", family_id=office.ids()["noor"], now=LATER)
        assert access.caller_of(tx, made.secret, LATER) is not None
        lost = tx.connection.execute("UPDATE book.access_token SET family_id = NULL").fetchall()
        assert lost == [(1,)]
        assert access.caller_of(tx, made.secret, LATER) is None  # not: a caller who sees every family


def test_a_token_does_what_the_profile_permits_now_and_not_what_it_did_when_it_was_made(office: Office) -> None:
    noor = office.ids()["noor"]
    office.flag(noor)
    with office.book.write() as tx:
        profile = portal.add_profile(tx, "Some", ["choose_plans", "read_family"])
    user = str(office.make(CONTACTS, None, [noor], users={"profile_id": profile}).details["user_id"][0])
    with office.book.write() as tx:
        secret = access.create_token(tx, role="member", name="Noor", portal_user_id=user, now=LATER).secret

        def roles() -> frozenset[str] | None:
            caller = access.caller_of(tx, secret, LATER)
            return None if caller is None else caller.roles

        assert roles() == {"reader", "writer"}
        # To edit the family is not to choose plans, which is all that members write.
        for permitted, expected in (
            (["read_family", "edit_family"], {"reader"}),
            ([], set()),
            (["choose_plans"], {"writer"}),
            (["read_family", "choose_plans"], {"reader", "writer"}),
        ):
            portal.set_permissions(tx, profile, permitted)
            assert roles() == expected
        tx.connection.execute("UPDATE book.portal_user SET is_active = false")
        assert roles() is None
        with pytest.raises(Malformed):
            portal.set_permissions(tx, profile, ["fly"])
        with pytest.raises(NotFound):
            portal.set_permissions(tx, "00eNONE", [])


# ------------------------------------------------------------------------------------------------------ enrollment


@pytest.mark.rule("AC-30")
@pytest.mark.parametrize(("setting", "record"), [("yes", "001"), ("no", "003")])
def test_enrollment_makes_users_and_person_accounts_where_the_book_has_them_else_contacts(
    office: Office, setting: str, record: str
) -> None:
    noor = office.ids()["noor"]
    office.flag(noor)
    with office.book.write() as tx:
        settings.set_to(tx, "person_accounts", setting, LATER)
        made = people_of_enrollment(tx, wish_of_members([noor], PROFILE), scope=EVERYTHING, now=LATER)
    assert made.details["record_id"][0].startswith(record)
    assert office.counts()[2] == 1


@pytest.mark.rule("AC-30")
def test_enrollment_that_makes_users_needs_a_profile(office: Office) -> None:
    noor = office.ids()["noor"]
    with office.book.write() as tx:
        with pytest.raises(Refused, match="profileId"):
            people_of_enrollment(tx, wish_of_members([noor], None), scope=EVERYTHING, now=LATER)
        made = people_of_enrollment(tx, wish_of_members([noor], None, wants_users=False), scope=EVERYTHING, now=LATER)
    assert made.is_success
