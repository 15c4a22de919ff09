"""Plans, eligible plans, the eligibility check and the plan actions through real HTTP."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from services import access, jobs
from services.jobs import Ask
from services.onboarding import partners
from tests.conftest import NOW
from tests.http.served import ACTIONS, CONNECT, Api, serving
from tests.services.census_load.builder import CENSUS, a_world, plan_id
from tests.services.selections.desk import ELIAS, LEA, MIRA, NOOR, TOM, a_family

MEMBERS = f"{CONNECT}/census-management/group-census-members"
STD = "/services/InsCensusServiceStd"
NOBODY = "0r6GB000000M999AAA"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One served book for this module; each test has members of its own or clears them."""
    world = a_world(tmp_path_factory.mktemp("plans"))
    a_family(world)
    with serving(world.book.path) as api:
        yield api


@pytest.fixture(autouse=True)
def _fresh(served: Api) -> None:
    with served.book.write() as tx:
        tx.connection.execute("DELETE FROM book.member_plan").fetchall()


def plans(*codes: str) -> list[dict[str, Any]]:
    return [{"contractGroupPlanId": plan_id(code)} for code in codes]


def test_the_contract_s_own_examples_of_member_plans(served: Api) -> None:
    wrapped = {"values": [*plans("P001"), {**plans("P012")[0], "name": "Maternity rider"}]}
    made = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": wrapped})
    assert made.status_code == 201
    answer = made.json()
    assert {key: answer[key] for key in ("memberId", "isSuccess", "errors")} == {
        "memberId": NOOR,
        "isSuccess": True,
        "errors": [],
    }
    whole = {one["contractGroupPlanId"]: one for one in answer["plans"]}
    assert answer["memberPlans"] == [whole[plan_id(code)]["id"] for code in ("P001", "P012", "P011")]
    assert whole[plan_id("P012")]["name"] == "Maternity rider"

    again = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": wrapped["values"]})
    assert (again.status_code, again.json()) == (200, answer)

    body = {"addedPlans": {"values": plans("P004")}, "deletedPlans": {"values": ["0r8GB000000S777AAA"]}}
    refused = served.patch(f"{MEMBERS}/{NOOR}/plans", json=body)
    assert refused.status_code == 400
    assert refused.json() == {
        "memberId": NOOR,
        "isSuccess": False,
        "updatedMemberPlans": [],
        "failedPlans": ["0r8GB000000S777AAA"],
        "errors": [
            {
                "code": "SF-0001-0005",
                "message": "Specify a valid input for deletedPlans.",
                "additionalInfo": {"planId": "0r8GB000000S777AAA"},
            }
        ],
    }

    swapped = served.patch(f"{MEMBERS}/{NOOR}/plans", json={"addedPlans": plans("P004"), "deletedPlans": []})
    assert swapped.json()["updatedMemberPlans"] == [row[0] for row in served.rows(
        f"SELECT member_plan_id FROM book.member_plan WHERE contract_plan_id = '{plan_id('P004')}'")]  # fmt: skip

    dental = swapped.json()["updatedMemberPlans"]
    done = served.post(f"{MEMBERS}/{NOOR}/plans/action/delete", json={"plans": {"values": dental}})
    assert (done.status_code, done.json()) == (200, {"memberId": NOOR, "isSuccess": True, "errors": []})
    root = served.post(f"{MEMBERS}/{NOOR}/plans/action/delete", json={"plans": answer["memberPlans"][:1]}).json()
    assert root["deletedMemberPlans"] == [
        {"memberId": NOOR, "memberPlanId": one} for one in sorted(answer["memberPlans"][1:])
    ]


def test_an_unknown_member_is_refused_on_every_route(served: Api) -> None:
    error = {"code": "SF-0001-0005", "message": "Specify a valid input for memberId.", "additionalInfo": {}}
    base = {"memberId": NOBODY, "isSuccess": False, "errors": [error]}
    path = f"{MEMBERS}/{NOBODY}"
    asked = [
        served.post(f"{path}/plans", json={"groupCensusMemberPlans": plans("P001")}),
        served.patch(f"{path}/plans", json={}),
        served.post(f"{path}/plans/action/delete", json={"plans": ["x"]}),
    ]
    assert [r.status_code for r in asked] == [400, 400, 400]
    assert [r.json() for r in asked] == [
        {**base, "memberPlans": []},
        {**base, "updatedMemberPlans": [], "failedPlans": []},
        base,
    ]
    listed = served.get(f"{path}/eligible-plans")
    assert listed.status_code == 400
    entry = {"memberId": NOBODY, "error": error, "plans": {}}
    assert listed.json() == {"memberId": NOBODY, "membersPlansDetails": {"values": [entry]}}
    checked = served.post(f"{path}/enrollment-rules/actions/invoke", json={"plans": []})
    assert (checked.status_code, checked.json()["errors"]) == (400, [error])


ROUTES = [
    ("POST", "plans", {"memberPlans": []}),
    ("PATCH", "plans", {"updatedMemberPlans": [], "failedPlans": []}),
    ("POST", "plans/action/delete", {}),
    ("POST", "enrollment-rules/actions/invoke", {"contextId": None, "planEligibilityDetails": None}),
    ("PATCH", "enrollment-rules/actions/invoke", {"contextId": None, "planEligibilityDetails": None}),
]


@pytest.mark.rule("SF-0001-0007")
@pytest.mark.parametrize(("method", "path", "empty"), ROUTES)
def test_a_body_of_the_wrong_shape_is_answered_with_the_member_as_every_refusal_is(
    served: Api, method: str, path: str, empty: dict[str, Any]
) -> None:
    answer = served.call(method, f"{MEMBERS}/{NOOR}/{path}", json={"nonsense": 1})
    assert answer.status_code == 400
    told = answer.json()
    assert "SF-0001-0007" in [error["code"] for error in told.pop("errors")]
    assert told == {"memberId": NOOR, "isSuccess": False, **empty}


@pytest.mark.rule("CV-23")
@pytest.mark.parametrize(("method", "path", "empty"), ROUTES)
def test_the_words_about_another_system_s_admin_are_left_out_of_these_refusals_too(
    served: Api, method: str, path: str, empty: dict[str, Any]
) -> None:
    body: dict[str, Any] = {"groupCensusMemberPlans": plans("P001")} if (method, path) == ROUTES[0][:2] else {}
    body = {"plans": ["x"]} if path.endswith("delete") else body
    served.app.state.says_plainly = True
    try:
        answer = served.call(method, f"{MEMBERS}/{NOOR}/{path}", json=body, token="analyst")
    finally:
        served.app.state.says_plainly = False
    assert answer.status_code == 403
    told = answer.json()
    assert [error["message"] for error in told.pop("errors")] == [
        "Looks like you don't have access to edit this record."
    ]
    assert told == {"memberId": NOOR, "isSuccess": False, **empty}


@pytest.mark.rule("CV-23", "SF-0001-0011")
def test_who_may_not_read_eligible_plans_is_told_as_by_every_route(served: Api) -> None:
    with served.book.write() as tx:
        partner_id = partners.create(tx, "Canal Benefits", "BROKER", now=NOW)
        partners.change(tx, partner_id, NOW, status=partners.APPROVED)
    secret = served.token("partner", partner_id=partner_id)  # partners see no members
    served.app.state.says_plainly = True
    try:
        answer = served.get(f"{MEMBERS}/{NOOR}/eligible-plans", token=secret)
    finally:
        served.app.state.says_plainly = False
    assert (answer.status_code, answer.json()) == (
        403,
        {
            "isSuccess": False,
            "errors": [
                {
                    "code": "SF-0001-0011",
                    "message": "Looks like you don't have access to read this record.",
                    "additionalInfo": {},
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "plans", {}, "SF-0001-0004"),
        ("POST", "plans", {"groupCensusMemberPlans": []}, "SF-0001-0004"),
        ("POST", "plans", {"groupCensusMemberPlans": "P001"}, "SF-0001-0007"),
        ("POST", "plans", {"groupCensusMemberPlans": [], "more": 1}, "SF-0001-0007"),
        ("POST", "plans/action/delete", {}, "SF-0001-0004"),
        ("POST", "plans/action/delete", {"plans": [1]}, "SF-0001-0007"),
        ("PATCH", "plans", {"deletedPlans": {"values": [None]}}, "SF-0001-0007"),
        ("POST", "enrollment-rules/actions/invoke", {}, "SF-0001-0004"),
        ("POST", "enrollment-rules/actions/invoke", {"plans": [{}]}, "SF-0001-0004"),
        ("PATCH", "enrollment-rules/actions/invoke", {"contextId": "f" * 64}, "SF-0001-0006"),
    ],
)
def test_bad_bodies_are_told_in_the_published_envelope(
    served: Api, method: str, path: str, body: dict[str, Any], code: str
) -> None:
    said = served.call(method, f"{MEMBERS}/{NOOR}/{path}", json=body)
    assert (said.status_code, said.json()["isSuccess"]) == (400, False)
    assert said.json()["errors"][0]["code"] == code


@pytest.mark.rule("SF-0001-0004")
def test_an_entry_without_a_plan_is_told_by_its_place_in_the_list(served: Api) -> None:
    said = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": [*plans("P001"), {"name": "x"}]})
    assert (said.status_code, said.json()["errors"]) == (
        400,
        [
            {
                "code": "SF-0001-0004",
                "message": "Specify an input for contractGroupPlanId.",
                "additionalInfo": {"index": 1},
            }
        ],
    )
    assert served.rows("SELECT count(*) FROM book.member_plan") == [(0,)]


def test_eligible_plans_and_the_eligibility_check(served: Api) -> None:
    served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P001")})
    listed = served.get(f"{MEMBERS}/{NOOR}/eligible-plans", params={"shouldIncludeDependents": "true"}).json()
    assert [entry["memberId"] for entry in listed["membersPlansDetails"]["values"]] == [NOOR, ELIAS, MIRA]
    ppo = listed["membersPlansDetails"]["values"][1]["plans"]["Medical"]["values"][1]
    assert (ppo["planName"], ppo["isSubscribed"], ppo["isPrimarySubscribed"]) == ("Harbor PPO", False, True)
    assert served.get(f"{MEMBERS}/{NOOR}/eligible-plans?shouldIncludeDependents=perhaps").status_code == 400

    rules = f"{MEMBERS}/{NOOR}/enrollment-rules/actions/invoke"
    asked = {"plans": [{"planId": plan_id("P001"), "coverages": [{"planId": plan_id("P012")}]}]}
    first = served.post(rules, json=asked)
    assert first.status_code == 200
    told = first.json()
    assert [one["planId"] for one in told["planEligibilityDetails"]["plans"][0]["coverages"]] == [
        plan_id("P011"),
        plan_id("P012"),
    ]
    changed = served.patch(
        rules, json={"contextId": told["contextId"], "deletedPlans": {"values": [{"planId": plan_id("P001")}]}}
    )
    assert changed.json()["contextId"] == told["contextId"]
    assert changed.json()["planEligibilityDetails"] == {"plans": [], "messages": []}


def test_a_member_chooses_for_the_own_family_within_the_window_alone(served: Api) -> None:
    with served.book.write() as tx:
        secret = access.create_token(tx, role="member", name="Noor", now=NOW, family_id=NOOR).secret
        tx.connection.execute(
            "UPDATE book.contract_plan SET enrollment_end_date = DATE '2020-01-01'"
            f" WHERE contract_plan_id = '{plan_id('P003')}'"
        ).fetchall()
    mine = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P004")}, token=secret)
    assert mine.status_code == 201
    theirs = served.post(f"{MEMBERS}/{ELIAS}/plans", json={"groupCensusMemberPlans": plans("P004")}, token=secret)
    assert theirs.status_code == 201
    closed = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P003")}, token=secret)
    assert closed.json()["errors"][0]["code"] == "GB-MPL-008"
    staff = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P003")})
    assert staff.status_code == 201
    other = served.post(f"{MEMBERS}/{LEA}/plans", json={"groupCensusMemberPlans": plans("P004")}, token=secret)
    assert other.json()["errors"][0]["message"] == "Specify a valid input for memberId."
    assert served.get(f"{MEMBERS}/{ELIAS}/eligible-plans", token=secret).status_code == 200
    assert served.get(f"{MEMBERS}/{LEA}/eligible-plans", token=secret).status_code == 400
    checked = served.post(f"{MEMBERS}/{MIRA}/enrollment-rules/actions/invoke", json={"plans": []}, token=secret)
    assert checked.status_code == 200
    std = served.post(f"{STD}/addPlanSelections", json={}, token=secret)
    assert std.status_code == 403


def test_who_may_only_read_does_not_write_and_writes_are_in_the_trail(served: Api) -> None:
    body = {"groupCensusMemberPlans": plans("P004")}
    refused = served.post(f"{MEMBERS}/{LEA}/plans", json=body, token="analyst")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "SF-0001-0011")
    assert served.get(f"{MEMBERS}/{LEA}/eligible-plans", token="analyst").status_code == 200
    before = served.rows("SELECT count(*) FROM book.audit_entry")[0][0]
    made = served.post(f"{MEMBERS}/{LEA}/plans", json=body).json()["memberPlans"]
    served.post(f"{MEMBERS}/{LEA}/plans", json={"groupCensusMemberPlans": plans("P999")})  # refused: no entry
    trail = served.rows("SELECT record_ids, n_records FROM book.audit_entry ORDER BY entry_number")[before:]
    assert trail == [(made, 1)]


def test_add_plan_selections_in_the_published_envelope(served: Api) -> None:
    cell = f"{plan_id('P002')};{plan_id('P999')}"
    census = {"headers": [{"name": "ContractGroupPlanId"}], "members": [{"Id": LEA, "ContractGroupPlanId": cell}]}
    said = served.post(f"{STD}/addPlanSelections", json={"censusId": CENSUS, "contractId": "800A", "census": census})
    assert said.status_code == 200
    made = served.rows("SELECT member_plan_id FROM book.member_plan")[0][0]
    assert said.json() == {
        "result": "success",
        "errorCode": "INVOKE-200",
        "error": "OK",
        "memberPlanIds": [made],
        "errors": [
            {
                "Id": LEA,
                "isNewMember": False,
                "numPlans": 2,
                "numPlansError": 1,
                "ContractGroupPlan": cell,
                "error": f"ContractGroupPlan value is not valid:{plan_id('P999')}",
            }
        ],
    }
    nothing = served.post(f"{STD}/addPlanSelections", json={}).json()
    assert (nothing["result"], len(nothing["warnings"])) == ("success", 1)


@pytest.mark.rule("SF-0001-0007")
def test_an_unknown_option_of_add_plan_selections_is_refused_by_its_name(served: Api) -> None:
    # Decision 20: the page shows no ignored option; a misspelt one would keep members that were to go.
    for body, where in (
        ({"censusId": CENSUS, "onlySaveMembersWithValidProduct": True}, "onlySaveMembersWithValidProduct"),
        ({"census": {"header": [], "members": []}}, "census.header"),
    ):
        said = served.post(f"{STD}/addPlanSelections", json=body)
        assert (said.status_code, said.json()["result"]) == (400, "failure")
        assert f"{where}: " in said.json()["error"]


def test_the_published_payload_of_add_plan_selections_in_shape(served: Api) -> None:
    # Members before headers, an id twice in a cell, no isNewMember; and a member with nothing but refused values.
    twice = f"{plan_id('P003')};{plan_id('P003')}"
    census = {
        "members": [
            {"ContractGroupPlanId": twice, "Id": LEA},
            {"ContractGroupPlanId": "8004P000000zJKjQAM;Medical", "Id": TOM, "isNewMember": True},
        ],
        "headers": [{"name": "ContractGroupPlanId"}],
    }
    said = served.post(
        f"{STD}/addPlanSelections", json={"censusId": CENSUS, "contractId": "800A", "census": census}
    ).json()
    assert len(said["memberPlanIds"]) == 1
    assert said["errors"] == [
        {
            "numPlansError": 2,
            "error": "ContractGroupPlan value is not valid:8004P000000zJKjQAM; Medical",
            "numPlans": 2,
            "Id": TOM,
            "isNewMember": True,
            "ContractGroupPlan": "8004P000000zJKjQAM;Medical",
        }
    ]


def test_the_plan_actions_answer_one_entry_for_each_input(served: Api) -> None:
    with served.book.write() as tx:
        request_id = jobs.accept(tx, Ask("CensusUpload", "Upload", {}, account_id="001A"), now=NOW)
        item = jobs.add_items(tx, request_id, pl.DataFrame({"reference_record_id": [CENSUS]}))["async_item_id"][0]
    member, plan = {"Id": TOM, "MemberRefId": "R1"}, {"MemberRefId": "R1", "ContractGroupPlanId": plan_id("P001")}

    found = served.post(
        f"{ACTIONS}/getApplicAutoAsgnMbrPlans",
        json={"inputs": [{"censusMemberPlanData": {"groupCensusMembers": [member], "groupCensusMemberPlans": [plan]}}]},
    ).json()
    output = found[0]["outputValues"]
    assert [one.get("PlanType") for one in output["groupCensusMemberPlans"]] == [None, "AUTO_ADDED"]
    assert output["censusMemberPlanData"]["groupCensusMemberPlans"] == output["groupCensusMemberPlans"]

    judged = served.post(
        f"{ACTIONS}/validateGrpCensusMembersPlans",
        json={"inputs": [{"groupCensusMembers": [member], "memberPlansToValidate": [plan]}, {}]},
    )
    assert judged.status_code == 200
    assert [entry["isSuccess"] for entry in judged.json()] == [True, False]
    assert judged.json()[1]["errors"][0]["statusCode"] == "SF-0001-0007"

    whole = {
        "asyncBulkRequestItemId": item,
        "groupCensusId": CENSUS,
        "groupCensusMembers": [member],
        "groupCensusMemberPlans": output["groupCensusMemberPlans"],
        "shouldLogErrors": True,
    }
    saved = served.post(f"{ACTIONS}/saveGrpCensusMbrPlansData", json={"inputs": [whole]})
    assert saved.status_code == 200
    ids = [one["Id"] for one in saved.json()[0]["outputValues"]["groupCensusMemberPlans"]]
    assert ids == [row[0] for row in served.rows("SELECT member_plan_id FROM book.member_plan ORDER BY 1")]
    lost = served.post(f"{ACTIONS}/saveGrpCensusMbrPlansData", json={"inputs": [{}]})
    assert (lost.status_code, len(lost.json()[0]["errors"])) == (400, 5)


def test_a_family_with_its_plans(served: Api) -> None:
    path = f"{CONNECT}/group-censuses/{CENSUS}/members-with-plans"
    owen = {
        "firstName": "Owen",
        "lastname": "Park",
        "associationWithPrimaryMbr": "Self",
        "groupCensusMemberPlans": {"values": plans("P001")},
    }
    made = served.post(path, json={"members": {"values": [owen]}})
    assert made.status_code == 201
    answer = made.json()
    assert (answer["isSuccess"], answer["errors"], answer["members"][0]["errors"]) == (True, [], [])
    who = answer["members"][0]["memberId"]
    assert len(answer["members"][0]["memberPlans"]) == 2

    changed = served.patch(path, json={"members": [{"id": who, "addedPlans": plans("P003")}]})
    assert changed.status_code == 200
    assert changed.json()["members"][0]["memberPlans"][:2] == answer["members"][0]["memberPlans"]
    assert len(changed.json()["members"][0]["memberPlans"]) == 3

    refused = served.patch(path, json={"members": [{"id": who, "deletedPlans": ["0r8X"]}]})
    assert refused.status_code == 400
    assert refused.json() == {
        "isSuccess": False,
        "errors": [],
        "members": [
            {
                "memberId": who,
                "memberPlans": [],
                "errors": [
                    {
                        "code": "SF-0001-0005",
                        "message": "Specify a valid input for deletedPlans.",
                        "additionalInfo": {"planId": "0r8X"},
                    }
                ],
            }
        ],
    }
    two = served.post(path, json={"members": [owen, {**owen, "firstName": "Lea"}]}).json()
    assert [error["code"] for error in two["errors"]] == ["GB-MWP-001"]
    nowhere = served.post(f"{CONNECT}/group-censuses/0rfX/members-with-plans", json={"members": [owen]})
    assert nowhere.json()["errors"][0]["message"] == "Specify a valid input for censusId."


@pytest.mark.rule("MW-4", "MW-5")
def test_the_contract_s_own_example_of_a_changed_family(served: Api) -> None:
    held = served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P001", "P012")}).json()
    root, optional, mandatory = held["memberPlans"]
    body = {"members": [{"id": NOOR, "addedPlans": plans("P003"), "deletedPlans": [optional]}]}
    changed = served.patch(f"{CONNECT}/group-censuses/{CENSUS}/members-with-plans", json=body)
    new = served.rows(f"SELECT member_plan_id FROM book.member_plan WHERE contract_plan_id = '{plan_id('P003')}'")
    assert (changed.status_code, changed.json()) == (200, {
        "isSuccess": True,
        "errors": [],
        "members": [{"memberId": NOOR, "memberPlans": [root, mandatory, new[0][0]], "errors": []}],
    })  # fmt: skip


@pytest.mark.rule("EP-2", "EP-6", "EP-8")
def test_the_contract_s_own_example_of_eligible_plans(served: Api) -> None:
    with served.book.write() as tx:
        tx.connection.execute(
            "UPDATE book.contract_plan SET description = 'Regional network'"
            f" WHERE contract_plan_id = '{plan_id('P001')}'"
        ).fetchall()
        tx.connection.execute(
            f"INSERT INTO book.contract_plan_attribute BY NAME SELECT '{plan_id('P001')}' AS contract_plan_id,"
            " 'Deductible' AS attribute_name, '500' AS value"
        ).fetchall()
    served.post(f"{MEMBERS}/{NOOR}/plans", json={"groupCensusMemberPlans": plans("P001")})
    answer = served.get(f"{MEMBERS}/{NOOR}/eligible-plans?shouldIncludeDependents=true").json()
    assert answer["memberId"] == NOOR
    noor, elias, mira = answer["membersPlansDetails"]["values"]
    assert [noor["memberId"], elias["memberId"], mira["memberId"]] == [NOOR, ELIAS, MIRA]

    def told(code: str, name: str, *, optional: bool, own: bool, primary: bool) -> dict[str, Any]:
        marks = {"isOptional": optional, "isSubscribed": own, "isPrimarySubscribed": primary}
        return {"planId": plan_id(code), "planName": name, **marks, "attributes": [], "coverages": []}

    def ppo(entry: dict[str, Any]) -> dict[str, Any]:
        return next(plan for plan in entry["plans"]["Medical"]["values"] if plan["planId"] == plan_id("P001"))

    for entry, own in ((noor, True), (mira, False)):
        assert ppo(entry) == {
            **told("P001", "Harbor PPO", optional=False, own=own, primary=True),
            "planDescription": "Regional network",
            "attributes": [{"data": {"Deductible": 500}}],
            "coverages": [
                told("P011", "Preventive", optional=False, own=own, primary=True),
                told("P012", "Maternity", optional=True, own=False, primary=False),
            ],
        }
