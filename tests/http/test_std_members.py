"""InsCensusServiceStd on members over HTTP: the published payloads, the envelope, and who may do what."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.served import CONNECT, Api, serving
from tests.services.census_load.builder import CENSUS, OTHER, a_world, plan_id

STD = "/services/InsCensusServiceStd"
READ = f"{CONNECT}/census-management/group-censuses/{CENSUS}/group-census-members"
CONTRACT = "800A"
OK = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}


def header(kind: str, label: str, name: str) -> dict[str, str]:
    return {"type": kind, "label": label, "fieldId": "", "name": name}


NAMES = [
    header("STRING", "First", "FirstName"),
    header("STRING", "Last", "Lastname"),
    header("EMAIL", "Mail", "Email"),
    header("STRING", "Member no", "SourceSystemIdentifier"),
]
OWEN = {"FirstName": "Owen", "Lastname": "Park", "Email": "owen.park@example.org", "SourceSystemIdentifier": "P1"}
LEA = {"FirstName": "Lea", "Lastname": "Ruiz", "Email": "not-a-mail", "SourceSystemIdentifier": "P2"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(a_world(tmp_path_factory.mktemp("std")).book.path) as api:
        yield api


@pytest.fixture
def api(served: Api) -> Api:
    """The served book with both censuses empty."""
    for census in (CENSUS, OTHER):
        assert call(served, "deleteAllMembers", {"censusId": census, "force": True})["StatusCode"] == "Success"
    return served


def call(api: Api, method: str, body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = api.post(f"{STD}/{method}", json=body, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


def failure(says: str, **more: Any) -> dict[str, Any]:
    return {"result": "failure", "errorCode": "INVOKE-500", "error": says, **more}


def added(api: Api, *members: dict[str, Any], census: str = CENSUS) -> list[str]:
    names = dict.fromkeys(name for member in members for name in member)
    node = {"headers": [{"name": name} for name in names], "members": list(members)}
    return call(api, "addMembers", {"censusId": census, "census": node})["censusMemberIds"]


def elias(**more: Any) -> dict[str, Any]:
    return {
        "FirstName": "Elias", "Lastname": "Park", "SourceSystemIdentifier": "P1-2", "PrimaryMemberSource": "P1",
        "RelationshipToPrimaryMember": "Spouse", **more,
    }  # fmt: skip


@pytest.mark.rule("CM-40", "CM-45", "CM-47")
def test_add_members_answers_the_published_example(api: Api) -> None:
    done = call(api, "addMembers", {"censusId": CENSUS, "census": {"headers": NAMES, "members": [OWEN, LEA]}})
    [owen_id] = done["censusMemberIds"]
    assert done == {
        **OK,
        "censusMemberIds": [owen_id],
        "relatedFieldsUpdateSuccessCount": 1,
        "relatedFieldsUpdateErrorCount": 0,
        "relatedFieldsUpdateErrors": [],
        "errors": [{**LEA, "error": "[Email]: INVALID_EMAIL_ADDRESS - Email: invalid email address: not-a-mail"}],
    }
    again = call(api, "addMembers", {"censusId": CENSUS, "census": {"headers": NAMES, "members": [OWEN]}})
    assert again["censusMemberIds"] == [owen_id]


@pytest.mark.rule("CV-1", "CM-42")
def test_lists_may_be_wrapped_and_a_key_of_one_s_own_is_taken(api: Api) -> None:
    body = {
        "censusId": CENSUS,
        "duplicateKey": {"values": ["Lastname"]},
        "census": {"headers": {"values": NAMES}, "members": {"values": [OWEN]}},
    }
    first = call(api, "addMembers", body)
    body["census"]["members"] = [{**OWEN, "FirstName": "Otto"}]  # type: ignore[index]
    assert call(api, "addMembers", body)["censusMemberIds"] == first["censusMemberIds"]


@pytest.mark.rule("CM-54")
def test_update_members_answers_the_published_example(api: Api) -> None:
    [owen_id] = added(api, OWEN)
    body = {
        "censusId": CENSUS,
        "updateById": True,
        "census": {
            "headers": [header("STRING", "Last", "Lastname")],
            "members": [{"Id": owen_id, "Lastname": "Parks"}, {"Lastname": "NoId"}],
        },
    }
    done = call(api, "updateMembers", body)
    assert done["result"] == "success"
    assert done["censusMemberIds"] == [owen_id]
    assert done["errors"] == [{"Lastname": "NoId", "error": "Specify Id of the census member."}]
    assert "deletedCensusMemberIds" not in done


@pytest.mark.rule("CM-50", "CM-51")
def test_update_members_by_key_tells_of_nobody_deleted(api: Api) -> None:
    node = {"headers": NAMES, "members": [{**OWEN, "MemberKey": "cd64a62573825ee11b87ce91110aa576"}]}
    done = call(api, "updateMembers", {"censusId": CENSUS, "census": node})
    assert len(done["censusMemberIds"]) == 1
    assert done["deletedCensusMemberIds"] == []


P1, P11, P3 = plan_id("P001"), plan_id("P011"), plan_id("P003")


@pytest.mark.rule("WP-1", "WP-8", "WP-11", "WP-13")
def test_update_members_with_plans_answers_the_published_example(api: Api) -> None:
    body = {
        "censusId": CENSUS,
        "contractId": CONTRACT,
        "onlySaveMembersWithValidProducts": True,
        "census": {
            "headers": [
                header("STRING", "First", "FirstName"),
                header("STRING", "Last", "Lastname"),
                header("EMAIL", "Mail", "Email"),
                header("STRING", "No", "SourceSystemIdentifier"),
                header("STRING", "Primary no", "PrimaryMemberSource"),
                header("PICKLIST", "Relation", "RelationshipToPrimaryMember"),
                header("MULTIPICKLIST", "Waived", "OptOutPlanTypes"),
                header("ENTITYID", "Plans", "ContractGroupPlanId"),
            ],
            "members": [
                {
                    "FirstName": "Noor", "Lastname": "Haddad", "Email": "noor.haddad@example.org",
                    "SourceSystemIdentifier": "HR-501", "PrimaryMemberSource": None, "OptOutPlanTypes": "Vision",
                    "ContractGroupPlanId": f"{P1};{P11};{P3}",
                },
                {
                    "FirstName": "Elias", "Lastname": "Haddad", "Email": "elias.haddad@example.org",
                    "SourceSystemIdentifier": "HR-501-2", "PrimaryMemberSource": "HR-501",
                    "RelationshipToPrimaryMember": "Spouse", "ContractGroupPlanId": P3,
                },
            ],
        },
    }  # fmt: skip
    done = call(api, "updateMembersWithPlans", body)
    [noor_id], [elias_id] = done["censusMemberIds"], done["deletedCensusMemberIds"]
    assert len(done["memberPlanIds"]) == 2
    says = f"ContractGroupPlan value is not valid:{P3}"
    assert done == {
        **OK,
        "censusMemberIds": [noor_id],
        "deletedCensusMemberIds": [elias_id],
        "memberPlanIds": done["memberPlanIds"],
        "relatedFieldsUpdateSuccessCount": 1,
        "relatedFieldsUpdateErrorCount": 0,
        "relatedFieldsUpdateErrors": [],
        "errors": [
            {"Id": noor_id, "isNewMember": True, "numPlans": 3, "numPlansError": 1,
             "ContractGroupPlan": f"{P1};{P11};{P3}", "error": says},
            {"Id": elias_id, "isNewMember": True, "numPlans": 1, "numPlansError": 1,
             "ContractGroupPlan": P3, "error": says},
        ],
    }  # fmt: skip


SEED_HEADERS = [
    header("STRING", "Last Name", "Lastname"),
    header("STRING", "First Name", "FirstName"),
    header("DOUBLE", "FTE", "FullTimeEquivalent"),
    header("PICKLIST", "Gender", "Gender"),
    header("DATE", "Birthday", "Birthdate"),
    header("PICKLIST", "Relationship To Primary", "RelationshipToPrimaryMember"),
    header("BOOLEAN", "Is Opt-out All Plans", "IsOptOutAllPlans"),
    header("MULTIPICKLIST", "Opt-Out Plan Types", "OptOutPlanTypes"),
    header("ENTITYID", "Account", "AccountId"),
    header("EMAIL", "Email", "Email"),
    header("STRING", "Primary Member Identifier", "PrimaryMemberSource"),
    header("STRING", "Member Identifier", "SourceSystemIdentifier"),
    header("ENTITYID", "Contract Group Plan", "ContractGroupPlanId"),
]
_CELL = f"{plan_id('P001')};{plan_id('P001')}"
SEED_MEMBERS: list[dict[str, Any]] = [
    {
        "MemberKey": "cd64a62573825ee11b87ce91110aa576", "Lastname": "KoffinsUpdated", "FirstName": "RajUpdated",
        "FullTimeEquivalent": 1, "Gender": "Male", "Birthdate": "1965-10-13", "SourceSystemIdentifier": "1.primary",
        "PrimaryMemberSource": None, "Email": "testrajUpdated@mail.com", "ContractGroupPlanId": _CELL,
    },
    {
        "MemberKey": "f2f8735bbb66b3f7d7b2bae794c00650", "Lastname": "Koffins", "FirstName": "KrisUpdated",
        "Gender": "Male", "Birthdate": "2010-05-13", "RelationshipToPrimaryMember": "Child",
        "SourceSystemIdentifier": "1.child", "PrimaryMemberSource": "1.primary", "Email": "testkrisUpdated@mail.com",
        "ContractGroupPlanId": _CELL,
    },
    {
        "Lastname": "WarnerUpdated", "MemberKey": "5a5bc4e3c05cf461a65a2d7fdc0ab8e0", "FirstName": "Christopher",
        "FullTimeEquivalent": 0.75, "Gender": "Male", "Birthdate": "1985-10-13", "SourceSystemIdentifier": "2.primary",
        "PrimaryMemberSource": None, "Email": "testchristopherUpdated@mail.com", "ContractGroupPlanId": _CELL,
    },
    {
        "Lastname": "WarnerUpdated", "MemberKey": "157b2052fc732d8261984c2922a3261b", "FirstName": "Steph",
        "Gender": "Male", "Birthdate": "1985-10-13", "RelationshipToPrimaryMember": "Spouse",
        "SourceSystemIdentifier": "2.spouse", "PrimaryMemberSource": "2.primary", "Email": "teststephUpdated.com",
        "ContractGroupPlanId": _CELL,
    },
]  # fmt: skip


@pytest.mark.rule("WP-2", "WP-3", "WP-12", "WP-14", "CM-13")
def test_the_payload_of_the_source_page_saves_three_of_four_members(api: Api) -> None:
    body = {"censusId": CENSUS, "contractId": CONTRACT, "census": {"headers": SEED_HEADERS, "members": SEED_MEMBERS}}
    done = call(api, "updateMembersWithPlans", body)
    assert done["errors"] == [
        {
            **SEED_MEMBERS[3],
            "error": "[Email]: INVALID_EMAIL_ADDRESS - Email: invalid email address: teststephUpdated.com",
        }
    ]
    assert len(done["censusMemberIds"]) == 3
    assert len(done["memberPlanIds"]) == 3  # the repeated id makes no second record
    assert done["relatedFieldsUpdateSuccessCount"] == 2
    assert {name: done[name] for name in OK} == OK
    renamed = [{**one, "FirstName": f"{one['FirstName']}2"} for one in SEED_MEMBERS[:3]]
    again = call(api, "updateMembersWithPlans", {**body, "census": {"headers": SEED_HEADERS, "members": renamed}})
    assert again["censusMemberIds"] == done["censusMemberIds"]
    assert again["memberPlanIds"] == []


@pytest.mark.rule("WP-7")
def test_without_a_contract_a_warning_tells_why_no_plan_was_saved(api: Api) -> None:
    node = {"headers": [*NAMES, {"name": "ContractGroupPlanId"}], "members": [{**OWEN, "ContractGroupPlanId": P1}]}
    done = call(api, "updateMembersWithPlans", {"censusId": CENSUS, "census": node})
    assert (len(done["censusMemberIds"]), done["memberPlanIds"], done["errors"]) == (1, [], [])
    assert done["warnings"] == ["contractId names no contract; no plan was added."]


@pytest.mark.parametrize("method", ["addMembers", "updateMembers", "updateMembersWithPlans"])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Specify a censusId."),
        ({"censusId": CENSUS}, "The census input is missing."),
        ({"censusId": CENSUS, "census": {"members": [OWEN]}}, "The header node is missing in the census input."),
        ({"censusId": CENSUS, "census": {"headers": NAMES}}, "The members node is missing in the census input."),
        ({"censusId": "0rfnone", "census": {"headers": NAMES, "members": [OWEN]}}, "Census ID is not valid."),
    ],
)
def test_what_is_missing_fails_the_call_in_the_envelope(api: Api, method: str, body: Any, says: str) -> None:
    assert call(api, method, body, 400) == failure(says)


@pytest.mark.rule("SF-0001-0007")
@pytest.mark.parametrize(
    ("body", "places"),
    [
        ([], ["body"]),
        ({"censusId": 7}, ["censusId"]),
        ({"censusId": 7, "census": []}, ["censusId", "census"]),
        ({"censusId": CENSUS, "census": {"headers": "FirstName", "members": [OWEN]}}, ["census.headers"]),
        ({"censusId": CENSUS, "census": {"headers": NAMES, "members": [7]}}, ["census.members[0]"]),
        ({"censusId": CENSUS, "census": {"headers": NAMES, "members": {"a": 1}}}, ["census.members"]),
        ({"censusId": CENSUS, "nonsense": 1, "census": {"headers": NAMES, "members": [OWEN]}}, ["nonsense"]),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_in_the_envelope_and_says_where(
    api: Api, body: Any, places: list[str]
) -> None:
    says = call(api, "addMembers", body, 400)["error"]
    documented, *problems = says.split(" try again.")
    assert documented == "Your input is invalid. Specify a valid payload and"
    (told,) = problems  # the documented text once, then what is wrong where
    assert [part.split(": ")[0].strip() for part in told.split(". ")] == places


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], True, 1e30, "'; DROP TABLE book.census_member; --", "../../etc"])
def test_values_of_any_kind_are_faults_of_their_row_or_text(api: Api, value: Any) -> None:
    node = {"headers": [*NAMES, {"name": "City"}, {"name": "Birthdate"}], "members": [{**OWEN, "City": value}]}
    done = call(api, "addMembers", {"censusId": CENSUS, "census": node})
    is_text = isinstance(value, str)
    assert (len(done["censusMemberIds"]), len(done["errors"])) == ((1, 0) if is_text else (0, 1))
    if is_text:
        assert api.rows("SELECT city FROM book.census_member") == [(value,)]


@pytest.mark.rule("CM-60", "CM-61", "CM-62")
def test_delete_members_tells_who_went_and_who_was_kept(api: Api) -> None:
    owen_id, elias_id = added(api, OWEN, elias())
    done = call(api, "deleteMembers", {"censusMemberIds": [owen_id]})
    assert done == {**OK, "deletedCensusMemberIds": [], "skippedCensusMemberIds": [owen_id]}
    done = call(api, "deleteMembers", {"censusMemberIds": {"values": [owen_id, elias_id]}})
    assert done == {**OK, "deletedCensusMemberIds": [elias_id, owen_id], "skippedCensusMemberIds": []}
    assert call(api, "deleteMembers", {}, 400) == failure("Specify an input for censusMemberIds.")


@pytest.mark.rule("CM-65", "CM-67")
def test_delete_members_with_plans_tells_the_plans_that_went(api: Api) -> None:
    node = {"headers": [*NAMES, {"name": "ContractGroupPlanId"}], "members": [{**OWEN, "ContractGroupPlanId": P1}]}
    made = call(api, "updateMembersWithPlans", {"censusId": CENSUS, "contractId": CONTRACT, "census": node})
    ids = made["censusMemberIds"]
    assert call(api, "deleteMembers", {"censusMemberIds": ids})["skippedCensusMemberIds"] == ids
    assert call(api, "deleteMembersWithPlans", {"censusMemberIds": ids}) == {
        **OK,
        "deletedCensusMemberIds": ids,
        "skippedCensusMemberIds": [],
        "deletedMemberPlanIds": made["memberPlanIds"],
    }


@pytest.mark.rule("CM-70", "CM-72")
@pytest.mark.parametrize("size", [None, 1, 500, 25000])
def test_delete_all_members_empties_a_census_whatever_the_batch_size(api: Api, size: int | None) -> None:
    added(api, OWEN, elias())
    done = call(api, "deleteAllMembers", {"censusId": CENSUS, "batchSize": size})
    assert done == {**OK, "StatusCode": "Success", "StatusMessage": "Successfully deleted Group Census Members."}
    assert api.rows("SELECT count(*) FROM book.census_member") == [(0,)]


@pytest.mark.rule("CM-71", "CM-72")
def test_delete_all_members_rolls_everything_back_when_it_fails(api: Api) -> None:
    node = {"headers": [*NAMES, {"name": "ContractGroupPlanId"}], "members": [{**OWEN, "ContractGroupPlanId": P1}]}
    call(api, "updateMembersWithPlans", {"censusId": CENSUS, "contractId": CONTRACT, "census": node})
    added(api, {**OWEN, "FirstName": "Otto", "SourceSystemIdentifier": "P9"})
    with api.book.write() as tx:
        tx.connection.execute("UPDATE book.member_plan SET enrollment_status = 'Completed'")
    says = "Members with completed enrollments can't be deleted."
    done = call(api, "deleteAllMembers", {"censusId": CENSUS, "batchSize": 1}, 400)
    assert done == failure(says, StatusCode="Failure", StatusMessage=says)
    assert api.rows("SELECT count(*) FROM book.census_member") == [(2,)]
    assert api.rows("SELECT count(*) FROM book.member_plan") == [(1,)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Specify a censusId."),
        ({"censusId": ""}, "Specify a censusId."),
        ({"censusId": "x"}, "Census ID is not valid."),
    ],
)
def test_delete_all_members_tells_what_is_wrong_in_its_own_words(api: Api, body: Any, says: str) -> None:
    assert call(api, "deleteAllMembers", body, 400) == failure(says, StatusCode="Failure", StatusMessage=says)


@pytest.mark.rule("CM-80", "CM-81", "CM-83", "CM-86")
def test_get_members_pages_through_families(api: Api) -> None:
    owen_id, elias_id, ada_id = added(api, OWEN, elias(), {**OWEN, "FirstName": "Ada", "SourceSystemIdentifier": "A"})
    page = call(api, "getMembers", {"censusId": CENSUS, "limit": 1})
    assert {name: page[name] for name in OK} == OK
    assert [one["Id"] for one in page["census"]["members"]] == [owen_id, elias_id]
    assert page["lastOffset"] == owen_id
    page = call(api, "getMembers", {"censusId": CENSUS, "limit": 1, "offset": owen_id})
    assert ([one["Id"] for one in page["census"]["members"]], page["lastOffset"]) == ([ada_id], ada_id)
    page = call(api, "getMembers", {"censusId": CENSUS, "searchKey": "lia", "memberIds": {"values": [elias_id]}})
    assert [one["FirstName"] for one in page["census"]["members"]] == ["Owen", "Elias"]
    for body in ({}, {"censusId": "0rfnone"}):
        page = call(api, "getMembers", body)
        assert (page["census"]["members"], page["lastOffset"]) == ([], None)
    assert call(api, "getMembers", {"censusId": CENSUS, "limit": 501}, 400) == failure(
        "Specify a valid input for limit."
    )


@pytest.mark.rule("CM-82", "CM-84", "CM-85")
def test_get_members_with_plans_carries_values_and_choices(api: Api) -> None:
    node = {"headers": [*NAMES, {"name": "ContractGroupPlanId"}], "members": [{**OWEN, "ContractGroupPlanId": P1}]}
    call(api, "updateMembersWithPlans", {"censusId": CENSUS, "contractId": CONTRACT, "census": node})
    page = call(api, "getMembersWithPlans", {"censusId": CENSUS, "contractId": CONTRACT, "fieldsetName": "None such"})
    [shown] = page["census"]["members"]
    assert shown == {
        "Id": page["lastOffset"],
        "PrimaryGroupCensusMemberId": None,
        "RelationshipToPrimaryMember": "Self",
        "SourceSystemIdentifier": "P1",
        "PrimaryMemberSource": None,
        "ContractGroupPlanId": P1,
    }
    last = page["census"]["headers"][-1]
    assert (last["name"], last["type"]) == ("ContractGroupPlanId", "ENTITYID")
    assert last["options"][0]["childProducts"][0] == {"value": P11, "IsOptional": False, "name": "Preventive"}
    plain = call(api, "getMembers", {"censusId": CENSUS, "withPlans": True})
    assert plain["census"]["members"][0]["ContractGroupPlanId"] == P1


def test_get_fields_tells_names_and_headers_and_refuses_an_unknown_set(api: Api) -> None:
    told = call(api, "getFields", {"withPlans": True})
    assert told["fields"][:3] == ["MemberKey", "FirstName", "Lastname"]
    assert "GroupClassId.Name" in told["fields"]
    assert told["fields"][-1] == "ContractGroupPlanId"
    says = "The specified field set name Nobody's doesn't exist."
    assert call(api, "getFields", {"fieldsetName": "Nobody's"}, 400) == failure(says)


@pytest.mark.rule("CM-80", "CM-81", "CM-85")
def test_over_connect_the_same_pages_have_camel_case_properties(api: Api) -> None:
    owen_id, elias_id, ada_id = added(api, OWEN, elias(), {**OWEN, "FirstName": "Ada", "SourceSystemIdentifier": "A"})
    page = api.get(READ, params={"limit": 1, "withPlans": "true"}).json()
    assert (page["isSuccess"], page["errors"], page["lastOffset"]) == (True, [], owen_id)
    first, second = page["members"]
    assert (first["id"], first["lastname"], first["contractGroupPlanId"]) == (owen_id, "Park", "")
    assert (second["id"], second["primaryGroupCensusMemberId"]) == (elias_id, owen_id)
    page = api.get(READ, params={"offset": owen_id}).json()
    assert [one["id"] for one in page["members"]] == [ada_id]
    assert [one["firstName"] for one in api.get(READ, params={"searchKey": "elia"}).json()["members"]] == [
        "Owen",
        "Elias",
    ]
    for limit in ("0", "501", "many"):
        answer = api.get(READ, params={"limit": limit})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "Specify a valid input for limit."
    answer = api.get(READ.replace(CENSUS, "0rfnone"))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "Specify a valid input for groupCensusId."


WRITES = [
    ("addMembers", {"censusId": CENSUS, "census": {"headers": NAMES, "members": [OWEN]}}),
    ("updateMembers", {"censusId": CENSUS, "updateById": True, "census": {"headers": NAMES, "members": [OWEN]}}),
    ("updateMembersWithPlans", {"censusId": CENSUS, "census": {"headers": NAMES, "members": [OWEN]}}),
    ("deleteMembers", {"censusMemberIds": ["0r6000000000000001"]}),
    ("deleteMembersWithPlans", {"censusMemberIds": ["0r6000000000000001"]}),
    ("deleteAllMembers", {"censusId": CENSUS}),
]


@pytest.mark.rule("CV-23")
def test_delete_all_members_says_every_refusal_in_its_own_fields_and_plainly_where_asked(api: Api) -> None:
    api.app.state.says_plainly = True
    try:
        barred = call(api, "deleteAllMembers", {"censusId": CENSUS}, 403, token="analyst")
        shapeless = call(api, "deleteAllMembers", {"censusId": CENSUS, "batchSize": 0}, 400)
    finally:
        api.app.state.says_plainly = False
    assert barred["error"] == "Looks like you don't have access to edit this record."
    for told in (barred, shapeless):
        assert told == failure(told["error"], StatusCode="Failure", StatusMessage=told["error"])


@pytest.mark.parametrize(("method", "body"), WRITES)
def test_an_analyst_writes_nothing_and_nobody_calls_without_a_token(api: Api, method: str, body: Any) -> None:
    assert call(api, method, body, 403, token="analyst")["result"] == "failure"
    assert call(api, method, body, 401, token=None)["result"] == "failure"
    assert api.rows("SELECT count(*) FROM book.census_member") == [(0,)]


def test_an_analyst_reads(api: Api) -> None:
    added(api, OWEN)
    for method in ("getMembers", "getMembersWithPlans"):
        assert len(call(api, method, {"censusId": CENSUS}, token="analyst")["census"]["members"]) == 1
    assert call(api, "getFields", {}, token="analyst")["result"] == "success"
    assert len(api.get(READ, token="analyst").json()["members"]) == 1


def test_another_account_is_answered_as_if_the_census_were_not_there(api: Api) -> None:
    [owen_id] = added(api, OWEN)
    with api.book.write() as tx:
        tx.connection.execute(
            "INSERT INTO book.account (account_id, account_number, name, modified_at) VALUES ('001B', 'B', 'B', now())"
        )
    secret = api.token("administrator", account_ids=["001B"])
    for method, body in WRITES:
        if "censusId" in body:
            done = call(api, method, body, 400, token=secret)
            assert done["error"] == call(api, method, {**body, "censusId": "0rfnone"}, 400, token=secret)["error"]
    done = call(api, "deleteMembers", {"censusMemberIds": [owen_id]}, token=secret)
    assert done["skippedCensusMemberIds"] == [owen_id]
    assert call(api, "getMembers", {"censusId": CENSUS}, token=secret)["census"]["members"] == []
    assert api.get(READ, token=secret).status_code == 400
    assert api.rows("SELECT count(*) FROM book.census_member") == [(1,)]


def test_a_member_s_token_reads_the_own_family_and_writes_nothing_here(api: Api) -> None:
    owen_id, elias_id, _ = added(api, OWEN, elias(), {**OWEN, "FirstName": "Ada", "SourceSystemIdentifier": "A"})
    secret = api.token("member", family_id=owen_id)
    page = call(api, "getMembers", {"censusId": CENSUS}, token=secret)
    assert [one["Id"] for one in page["census"]["members"]] == [owen_id, elias_id]
    assert [one["id"] for one in api.get(READ, token=secret).json()["members"]] == [owen_id, elias_id]
    for method, body in WRITES:
        assert call(api, method, body, 403, token=secret)["result"] == "failure"


def test_each_write_leaves_its_entry_in_the_audit_trail(api: Api) -> None:
    ids = added(api, OWEN)
    [(action, record_ids, n)] = api.rows(
        "SELECT action, record_ids, n_records FROM book.audit_entry ORDER BY entry_number DESC LIMIT 1"
    )
    assert (action, record_ids, n) == (f"POST {STD}/addMembers", ids, 1)


def test_the_document_shows_an_example_of_every_operation(api: Api) -> None:
    document = api.get("/openapi.json", token=None).json()
    methods = [path for path in document["paths"] if path.startswith(f"{STD}/")]
    for name in ("addMembers", "updateMembers", "updateMembersWithPlans", "deleteMembers", "deleteMembersWithPlans",
                 "deleteAllMembers", "getMembers", "getMembersWithPlans", "getFields"):  # fmt: skip
        assert f"{STD}/{name}" in methods
        operation = document["paths"][f"{STD}/{name}"]["post"]
        assert operation["requestBody"]["content"]["application/json"]["example"]
        assert operation["responses"]["200"]["content"]["application/json"]["example"]["result"] == "success"
        assert operation["responses"]["400"]["content"]["application/json"]["example"]["result"] == "failure"
