"""Accounts, contacts, users and look-ups over HTTP, with the contract's own examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import settings
from services.people import portal
from tests.http.served import ACTIONS, CONNECT, NOW, Api, serving
from tests.services.census_load.builder import CENSUS
from tests.services.people.office import PROFILE, Office, an_office

STD = "/services/InsCensusServiceStd"
DETAILS = {
    "profileId": PROFILE,
    "timeZoneSidKey": "Europe/Lisbon",
    "localeSidKey": "en_US",
    "languageLocaleKey": "en_US",
    "emailEncodingKey": "UTF-8",
}
OPTIONS = {
    "emailEncoding": "UTF-8",
    "localeSID": "en_US",
    "languageLocale": "en_US",
    "timeZoneSID": "Europe/Lisbon",
    "profileId": PROFILE,
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = an_office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def api(office: Office) -> Iterator[Api]:
    office.close()
    with serving(office.book.path) as served:
        yield served


@pytest.mark.rule("AC-2", "AC-5", "AC-12", "AC-13", "AC-14", "CV-1", "CV-24")
def test_the_published_example_of_accounts(api: Api, office: Office) -> None:
    """Noor gets an account and a user, Elias (not flagged) an account, Owen has his already."""
    ids = office.ids()
    office.flag(ids["noor"])
    plain = {"groupCensusMemberIdList": [ids["owen"]]}
    assert api.post(f"{CONNECT}/accounts?createPortalUsers=false", json=plain).status_code == 201

    asked = {
        "groupCensusMemberIdList": {"values": [ids["noor"], ids["elias"], ids["owen"]]},
        "matchingKeyList": {"values": ["FirstName", "LastName", "PersonEmail"]},
        "userDetails": DETAILS,
    }
    answer = api.post(f"{CONNECT}/accounts?createPortalUsers=true", json=asked)
    noor, elias = office.links(ids["noor"])[0], office.links(ids["elias"])[0]
    assert answer.status_code == 201
    assert answer.json() == {
        "groupCensusId": CENSUS,
        "isSuccess": True,
        "accountsAndUsersDetails": [
            {
                "groupCensusId": CENSUS,
                "groupCensusMemberId": ids["noor"],
                "personAccountId": noor,
                "userId": "005000000000000001",
            },
            {"groupCensusId": CENSUS, "groupCensusMemberId": ids["elias"], "personAccountId": elias, "userId": None},
        ],
        "errors": [
            {
                "code": "SF-0004-0054",
                "message": "Person Account already exists for member",
                "additionalInfo": {"memberId": ids["owen"]},
            },
            {
                "code": "SF-0004-0047",
                "message": f"Ensure to set the isPortalUser flag to true for group census members {ids['elias']}.",
                "additionalInfo": {},
            },
        ],
    }
    assert api.post(f"{CONNECT}/accounts", json=asked).status_code == 200


@pytest.mark.rule("AC-2", "AC-5", "AC-15", "CV-24")
def test_contacts_of_a_whole_census_with_a_mapping_in_either_wrapping(api: Api, office: Office) -> None:
    for mapping in ({"data": {"City": "MailingState"}}, {"City": "MailingState"}):
        asked = {"groupCensusId": CENSUS, "fieldMappings": mapping}
        answer = api.post(f"{CONNECT}/contacts?createPortalUsers=false", json=asked)
        told = answer.json()
        assert told["isSuccess"] is True
        if answer.status_code == 201:
            assert len(told["contactsAndUsersDetails"]) == 4
            assert set(told["contactsAndUsersDetails"][0]) == {
                "groupCensusId",
                "groupCensusMemberId",
                "contactId",
                "userId",
            }
    assert (answer.status_code, {e["code"] for e in told["errors"]}) == (200, {"SF-0004-0058"})
    assert api.rows("SELECT state FROM book.contact WHERE first_name = 'Noor'") == [("Springfield",)]


@pytest.mark.rule("AC-15")
@pytest.mark.parametrize("path", ["accounts", "contacts"])
def test_users_are_made_by_default_and_need_details(api: Api, path: str) -> None:
    for body, named in (
        ({}, "userDetails"),
        ({"userDetails": {}}, "profileId"),
        ({"userDetails": None}, "userDetails"),
    ):
        answer = api.post(f"{CONNECT}/{path}", json={"groupCensusId": CENSUS, **body})
        assert answer.status_code == 400
        assert answer.json() == {
            "isSuccess": False,
            "errors": [{"code": "SF-0001-0004", "message": f"Specify an input for {named}.", "additionalInfo": {}}],
            f"{path}AndUsersDetails": [],
            "groupCensusId": None,
        }
    assert api.rows("SELECT count(*) FROM book.contact") == [(0,)]


@pytest.mark.rule("AC-1", "CV-22")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "SF-0001-0004"),
        ({"groupCensusId": "0rfNONE"}, "SF-0001-0005"),
        ({"groupCensusId": 7}, "SF-0001-0007"),
        ({"groupCensusId": CENSUS, "nickname": 1}, "SF-0001-0007"),
        ({"groupCensusId": CENSUS, "matchingKeyList": ["Nickname"]}, "SF-0001-0013"),
        ({"groupCensusId": CENSUS, "fieldMappings": {"Nickname": "FirstName"}}, "SF-0001-0013"),
        ([], "SF-0001-0007"),
    ],
)
@pytest.mark.parametrize("path", ["accounts", "contacts"])
def test_what_is_wrong_with_a_request_is_told_with_its_code(api: Api, path: str, body: Any, code: str) -> None:
    answer = api.post(f"{CONNECT}/{path}?createPortalUsers=false", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert answer.json()["isSuccess"] is False


def test_who_may_not_write_or_sees_another_group_makes_nothing(api: Api) -> None:
    body = {"groupCensusId": CENSUS}
    path = f"{CONNECT}/accounts?createPortalUsers=false"
    assert api.post(path, json=body, token="analyst").status_code == 403
    api.rows("SELECT 1")
    with api.book.write() as tx:
        tx.connection.execute(
            "INSERT INTO book.account BY NAME SELECT '001B' AS account_id, 'B' AS account_number, 'B' AS name,"
            " TIMESTAMP '2026-01-01' AS modified_at"
        ).fetchall()
    other = api.token("administrator", account_ids=["001B"])
    answer = api.post(path, json=body, token=other)
    assert answer.json()["errors"][0]["message"] == "Specify a valid input for groupCensusId."
    assert api.rows("SELECT count(*) FROM book.contact") == [(0,)]


@pytest.mark.rule("AC-30")
def test_the_action_for_accounts(api: Api, office: Office) -> None:
    ids = office.ids()
    office.flag(ids["noor"])
    asked = {
        "groupCensusMembers": [{"Id": ids["noor"], "FirstName": "Noor"}, {"id": "0r6NONE"}],
        "matchingKeysList": "FirstName,LastName",
        "accountFieldsMapping": [{"key": "City", "value": "BillingCity"}],
        "createPortalUsers": True,
        "recordTypeName": "Person Account",
        **DETAILS,
    }
    answer = api.post(f"{ACTIONS}/createAcctUsrFrGrpCens", json={"inputs": [asked, {"groupCensusId": "0rfNONE"}]})
    assert answer.status_code == 200
    made, refused = answer.json()
    assert made == {
        "actionName": "createAcctUsrFrGrpCens",
        "errors": None,
        "isSuccess": True,
        "outputValues": {
            "createAccountsOutputRep": {
                "memberAccountDetails": [
                    {
                        "groupCensusMemberId": ids["noor"],
                        "accountId": office.links(ids["noor"])[0],
                        "userId": "005000000000000001",
                    }
                ],
                "errors": [
                    {
                        "code": "SF-0001-0005",
                        "message": "Specify a valid input for groupCensusMembers.",
                        "additionalInfo": [{"key": "memberId", "value": "0r6NONE"}],
                    }
                ],
            }
        },
    }
    assert (refused["isSuccess"], refused["outputValues"]) == (False, None)
    assert refused["errors"][0]["message"] == "Specify a valid input for groupCensusId."


@pytest.mark.rule("AC-30", "AC-5")
def test_the_action_for_contacts_of_a_census(api: Api, office: Office) -> None:
    for mapping in ({"City": "MailingCity"}, {"data": {"City": "MailingCity"}}):
        body = {"inputs": [{"groupCensusId": CENSUS, "contactFieldsMapping": mapping}]}
        (told,) = api.post(f"{ACTIONS}/createCtctUsrFrGrpCens", json=body).json()
        assert told["isSuccess"] is True
    output = told["outputValues"]["createContactsOutputRep"]
    assert output["memberContactDetails"] == []
    assert output["errors"][0] == {
        "code": "SF-0004-0058",
        "message": "Contact already exists for member",
        "additionalInfo": [{"key": "memberId", "value": office.ids()["noor"]}],
    }


@pytest.mark.rule("AC-30")
@pytest.mark.parametrize("name", list(DETAILS))
def test_an_action_that_makes_users_requires_every_detail(api: Api, name: str) -> None:
    asked = {"groupCensusId": CENSUS, "createPortalUsers": True, **DETAILS, name: None}
    answer = api.post(f"{ACTIONS}/createAcctUsrFrGrpCens", json={"inputs": [asked]})
    (told,) = answer.json()
    assert (answer.status_code, told["isSuccess"]) == (400, False)
    assert told["errors"][0]["message"] == f"Specify an input for {name}."


@pytest.mark.rule("CV-23")
@pytest.mark.parametrize(("says_plainly", "more"), [(False, " Your Salesforce admin can help with that."), (True, "")])
def test_an_action_on_a_book_without_person_accounts_says_plainly_what_a_server_is_asked_to(
    api: Api, says_plainly: bool, more: str
) -> None:
    api.app.state.says_plainly = says_plainly
    with api.book.write() as tx:
        settings.set_to(tx, "person_accounts", "no", NOW)
    answer = api.post(f"{ACTIONS}/createAcctUsrFrGrpCens", json={"inputs": [{"groupCensusId": CENSUS}]})
    assert answer.status_code == 400
    (told,) = answer.json()
    assert [error["message"] for error in told["errors"]] == [
        f"Looks like you don't have access to create this Account.{more}"
    ]


@pytest.mark.parametrize("members", [[{"FirstName": "Noor"}], [{"Id": 7}], [{"Id": ""}]])
def test_a_member_record_without_an_id_is_refused(api: Api, members: list[dict[str, Any]]) -> None:
    body = {"inputs": [{"groupCensusMembers": members}]}
    (told,) = api.post(f"{ACTIONS}/createCtctUsrFrGrpCens", json=body).json()
    assert told["errors"][0]["message"] == "Specify a valid input for groupCensusMembers."


@pytest.mark.rule("AC-40", "AC-46", "AC-50", "AC-51")
def test_the_std_services_for_accounts_and_contacts(api: Api, office: Office) -> None:
    noor = office.ids()["noor"]
    body = {"censusMemberIds": [noor], "duplicateKeys": "FirstName,LastName", **OPTIONS}
    done = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}
    answer = api.post(f"{STD}/createContacts", json=body)
    assert (answer.status_code, answer.json()) == (200, {"contactIds": [office.links(noor)[1]], **done})
    assert api.post(f"{STD}/createContacts", json=body).json() == {"contactIds": [], **done}
    answer = api.post(f"{STD}/createUpdateAccounts", json={**body, "personAccountRecordType": "Person Account"})
    assert answer.json() == {"accountIds": [office.links(noor)[0]], **done}
    answer = api.post(f"{STD}/createUpdateAccounts", json=OPTIONS)
    assert answer.status_code == 400
    assert answer.json() == {"result": "failure", "errorCode": "INVOKE-500", "error": "Specify censusMemberIds."}


@pytest.mark.rule("AC-60", "AC-62", "AC-63")
def test_the_std_services_that_find(api: Api, office: Office) -> None:
    noor = office.ids()["noor"]
    api.post(f"{CONNECT}/accounts?createPortalUsers=false", json={"groupCensusMemberIdList": [noor]})
    account, contact = office.links(noor)
    done = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}
    person = {"FirstName": "Noor", "LastName": "Haddad"}
    words = {"accountId": "001A", "searchKey": "had no extra"}
    answer = api.post(f"{STD}/findAccounts", json=words, token="analyst")
    found = {"accounts": [{"Id": account, **person, "PersonEmail": "noor.haddad@example.org"}], **done}
    assert (answer.status_code, answer.json()) == (200, found)
    asked = {"accountId": "001A", "members": {"values": [{"LastName": "HADDAD", "PersonEmail": None}]}}
    assert api.post(f"{STD}/findAccounts", json=asked).json() == found
    answer = api.post(
        f"{STD}/findContacts", json={"accountId": "001A", "members": [{"Email": "NOOR.haddad@example.org"}]}
    )
    assert answer.json() == {"contacts": [{"Id": contact, **person, "Email": "noor.haddad@example.org"}], **done}
    answer = api.post(f"{STD}/findContacts", json={"accountId": "001A"})
    assert (answer.status_code, answer.json()["error"]) == (400, "Specify a searchKey or members.")


def test_a_portal_user_sees_no_records_of_others_and_makes_none(api: Api, office: Office) -> None:
    noor = office.ids()["noor"]
    office.flag(noor)
    made = api.post(f"{CONNECT}/contacts", json={"groupCensusMemberIdList": [noor], "userDetails": DETAILS}).json()
    token = api.token("member", portal_user_id=made["contactsAndUsersDetails"][0]["userId"])
    for path in (f"{CONNECT}/accounts?createPortalUsers=false", f"{CONNECT}/contacts?createPortalUsers=false"):
        assert api.post(path, json={"groupCensusId": CENSUS}, token=token).status_code == 403
    assert api.post(f"{STD}/findContacts", json={"accountId": "001A", "searchKey": "a"}, token=token).status_code == 403


def test_a_permission_that_is_taken_away_is_refused_at_the_next_request(api: Api, office: Office) -> None:
    noor = office.ids()["noor"]
    office.flag(noor)
    made = api.post(f"{CONNECT}/contacts", json={"groupCensusMemberIdList": [noor], "userDetails": DETAILS}).json()
    token = api.token("member", portal_user_id=made["contactsAndUsersDetails"][0]["userId"])
    management = f"{CONNECT}/census-management"
    page, plans = f"{management}/group-censuses/{CENSUS}/group-census-members", f"{management}/group-census-members"
    chosen = {"groupCensusMemberPlans": [{"contractGroupPlanId": "0rgGB000000P001AAA"}]}

    def statuses() -> tuple[int, int]:
        return (
            api.get(page, token=token).status_code,
            api.post(f"{plans}/{noor}/plans", json=chosen, token=token).status_code,
        )

    assert statuses() == (200, 201)
    with api.book.write() as tx:
        portal.set_permissions(tx, PROFILE, ["read_family", "edit_family"])
    assert statuses() == (200, 403)
    with api.book.write() as tx:
        tx.connection.execute("UPDATE book.portal_user SET is_active = false")
    assert statuses() == (401, 401)


def test_every_write_leaves_an_entry_in_the_trail_with_the_records_made(api: Api, office: Office) -> None:
    noor = office.ids()["noor"]
    api.post(f"{CONNECT}/accounts?createPortalUsers=false", json={"groupCensusMemberIdList": [noor]})
    ((action, ids),) = api.rows("SELECT action, record_ids FROM book.audit_entry ORDER BY entry_number DESC LIMIT 1")
    assert action == "POST /services/data/{version}/connect/insurance/accounts"
    assert ids == [office.links(noor)[0]]
