"""Enrollment over HTTP: the published examples, the job followed to its end, members by themselves, envelopes."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.served import ACTIONS, CONNECT, Api, V, serving
from tests.services.enrollment.desk import (
    ACCOUNT,
    CENSUS,
    CONTRACT,
    DENTAL,
    EMPLOYEE,
    MEDICAL,
    OWEN,
    SPOUSE,
    TODAY,
    a_book,
    change,
    chosen,
    rows,
)

STD = "/services/InsEnrollmentServiceStd"
RATING = "getMbrsRatingAndContribution"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """The family and Owen, both in Medical, served."""
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    with serving(a_book(tmp_path, made).path, clock=lambda: TODAY) as served:
        yield served


def enroll(api: Api, member: str = EMPLOYEE, plan: str | None = MEDICAL, **more: Any) -> httpx.Response:
    """Individual enrollment."""
    return api.post(f"{CONNECT}/group-census-members/{member}/policies", json={"plan": plan}, **more)


def ended(api: Api, request_id: str) -> dict[str, Any]:
    """The status of a request when it has ended; the server works on it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = api.get(f"{CONNECT}/async-requests/{request_id}").json()
        if told["result"] is not None:
            return told
        time.sleep(0.02)
    raise AssertionError(request_id)


@pytest.mark.rule("EN-1", "EN-10")
def test_a_family_is_enrolled_once(api: Api) -> None:
    done = enroll(api)
    assert done.status_code == 201
    ((policy_id,),) = api.rows("SELECT policy_id FROM book.insurance_policy")
    assert done.json() == {
        "isSuccess": True,
        "errors": [],
        "policies": [{"plan": "Medical Platinum", "policy": policy_id}],
    }
    again = enroll(api)
    assert again.status_code == 400
    assert again.json() == {
        "isSuccess": False,
        "errors": [{"code": "GB-ENR-011", "message": "already enrolled", "additionalInfo": {}}],
        "policies": [],
    }


@pytest.mark.rule("GB-ENR-001", "GB-ENR-002", "GB-ENR-010")
def test_what_is_refused_as_a_whole_has_the_envelope_of_the_service(api: Api) -> None:
    for done, code in (
        (enroll(api, "nobody"), "SF-0001-0005"),
        (enroll(api, plan=None), "SF-0001-0004"),
        (
            api.post(f"{CONNECT}/group-census-members/{EMPLOYEE}/policies", json={"plan": MEDICAL, "flowName": "Acme"}),
            "GB-ENR-010",
        ),
    ):
        told = done.json()
        assert (done.status_code, told["isSuccess"], told["policies"]) == (400, False, [])
        assert [error["code"] for error in told["errors"]] == [code]


def test_a_family_that_fails_is_failed_in_the_book(api: Api) -> None:
    change(api.book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    done = enroll(api)
    (error,) = done.json()["errors"]
    assert (done.status_code, error["code"]) == (400, "GB-ENR-007")
    assert [each["code"] for each in error["additionalInfo"]["errors"]] == ["GB-RATE-011"]
    query = "SELECT enrollment_status FROM book.member_plan WHERE group_census_member_id = $m AND contract_plan_id = $p"
    assert api.rows(query, m=EMPLOYEE, p=MEDICAL) == [("Failed",)]


@pytest.mark.rule("EN-17", "GB-ENR-006")
def test_members_enroll_their_own_family_within_the_window(api: Api) -> None:
    own = api.token("member", family_id=EMPLOYEE)
    assert enroll(api, OWEN, token=own).json()["errors"][0]["code"] == "SF-0001-0005"
    change(api.book, f"UPDATE book.contract_plan SET enrollment_end_date = DATE '{TODAY.date()}' - 1")
    assert enroll(api, token=own).json()["errors"][0]["code"] == "GB-ENR-006"
    change(api.book, "UPDATE book.contract_plan SET enrollment_end_date = NULL")
    assert enroll(api, token=own).status_code == 201
    assert api.post(f"{CONNECT}/group-censuses/{CENSUS}/policies", token=own).status_code == 403


@pytest.mark.rule("EN-22", "EN-23")
@pytest.mark.parametrize("body", [None, {}, {"batchJobName": "Open enrollment", "flowName": "Enroll Member"}])
def test_a_census_is_enrolled_by_the_server(body: Any, api: Api) -> None:
    path = f"{CONNECT}/group-censuses/{CENSUS}/policies"
    done = api.post(path) if body is None else api.post(path, json=body)
    assert (done.status_code, done.json()["errors"]) == (202, [])
    told = ended(api, done.json()["requestId"])
    assert (told["status"], told["result"]["policiesMade"]) == ("Completed", 3)
    assert told["name"] == ((body or {}).get("batchJobName") or "Group Enrollment")


def test_a_census_that_cannot_be_enrolled_is_refused_at_once(api: Api) -> None:
    for path, body, code in (("none", {}, "SF-0001-0005"), (CENSUS, {"flowName": "Acme"}, "GB-ENR-010")):
        done = api.post(f"{CONNECT}/group-censuses/{path}/policies", json=body)
        assert (done.status_code, done.json()["requestId"]) == (400, None)
        assert [error["code"] for error in done.json()["errors"]] == [code]


@pytest.mark.rule("RA-18")
def test_the_output_of_the_rating_action_goes_into_process_member_enrollment_as_it_is(api: Api) -> None:
    asked = {"groupCensusMembers": [{"Id": EMPLOYEE}, {"Id": SPOUSE}], "contractGroupPlanId": MEDICAL}
    (rated,) = api.post(f"{ACTIONS}/{RATING}", json={"inputs": [asked]}).json()
    inputs = [
        asked | {"pricingResult": rated["outputValues"]["memberRatingOutputRep"], "createRelatedObjectRecords": True},
        {"contractGroupPlanId": "none", "groupCensusMembers": [{"Id": OWEN}]},
        {"contractGroupPlanId": MEDICAL, "groupCensusMembers": [{"Id": EMPLOYEE}]},
    ]
    done = api.post(f"{ACTIONS}/processMemberEnrollment", json={"inputs": inputs})
    first, second, third = done.json()
    ((policy_id, standard),) = api.rows("SELECT policy_id, standard_cents FROM book.insurance_policy")
    assert (done.status_code, standard) == (200, 12_480_00)
    assert first == {
        "actionName": "processMemberEnrollment",
        "errors": None,
        "isSuccess": True,
        "outputValues": {"insurancePolicyIds": [policy_id], "errors": []},
    }
    assert [(one["isSuccess"], one["errors"][0]["statusCode"]) for one in (second, third)] == [
        (False, "GB-ENR-003"),
        (False, "GB-ENR-011"),
    ]
    odd = [
        {"contractGroupPlanId": MEDICAL, "pricingResult": {"pricingResults": 5}},
        {"contractGroupPlanId": MEDICAL, "pricingResult": {"pricingResults": [{"memberId": {"a": 1}}]}},
        {"contractGroupPlanId": MEDICAL, "groupCensusMembers": [{"Id": {"a": 1}}]},
    ]
    for action, inputs in (("processMemberEnrollment", odd), ("enrollMembers", odd[2:]), (RATING, odd[2:])):
        told = api.post(f"{ACTIONS}/{action}", json={"inputs": inputs})
        codes = [one["errors"][0]["statusCode"] for one in told.json()]
        assert (told.status_code, codes) == (400, ["SF-0001-0007", "SF-0001-0007", "SF-0001-0005"][-len(inputs) :])


def test_enroll_members_is_described_and_done(api: Api) -> None:
    described = api.get(f"{ACTIONS}/enrollMembers").json()
    assert described["name"] == "enrollMembers"
    assert [one["name"] for one in described["inputs"] if one["required"]] == ["groupCensusMembers"]
    asked = {
        "groupCensusMembers": [{"Id": EMPLOYEE}, {"Id": OWEN}], "contractId": CONTRACT, "isNewHire": False,
        "isSaveMemberPremium": True, "fscNamespace": "FinServ", "insNameSpace": "vlocity_ins",
    }  # fmt: skip
    (done,) = api.post(f"{ACTIONS}/enrollMembers", json={"inputs": [asked]}).json()
    assert (len(done["outputValues"]["insurancePolicyIds"]), done["outputValues"]["errors"]) == (3, [])
    refused = api.post(f"{ACTIONS}/enrollMembers", json={"inputs": [{}]})
    assert (refused.status_code, refused.json()[0]["errors"][0]["statusCode"]) == (400, "SF-0001-0004")


@pytest.mark.rule("GB-ENR-012")
def test_the_std_services_answer_in_their_envelope(api: Api) -> None:
    hired = api.post(
        f"{STD}/enrollNewHires", json={"contractId": CONTRACT, "groupCensusMemberIds": f"{EMPLOYEE}, {OWEN}"}
    )
    assert (hired.status_code, hired.json()) == (
        400,
        {
            "result": "failure",
            "errorCode": "INVOKE-500",
            "error": "Specify a valid date for PolicyStartDate.",
            "errors": [{"error": "Specify a valid date for PolicyStartDate.", "censusMemberIds": [EMPLOYEE, OWEN]}],
        },
    )
    lost = api.post(f"{STD}/enrollMembers", json={"groupCensusId": CENSUS})
    assert (lost.status_code, lost.json()["error"]) == (400, "Specify an input for contractId.")
    done = api.post(f"{STD}/enrollMembers", json={"contractId": CONTRACT, "groupCensusMemberIds": OWEN}).json()
    assert (done["result"], len(done["policyIds"]), done["errors"]) == ("success", 1, [])
    family = {
        "groupCensusId": CENSUS, "contractId": CONTRACT, "primaryMemberId": OWEN, "rootPlanId": MEDICAL,
        "matchingKeysList": "FirstName,LastName",
    }  # fmt: skip
    twice = api.post(f"{STD}/enrollFamily", json=family)
    assert (twice.status_code, twice.json()["errors"]) == (
        400,
        [{"error": "already enrolled", "rootPlanId": MEDICAL, "censusMemberId": OWEN}],
    )
    other = api.post(f"{STD}/enrollFamily", json=family | {"primaryMemberId": EMPLOYEE, "rootPlanId": DENTAL})
    assert (other.status_code, other.json()["result"]) == (200, "success")
    accepted = api.post(f"{STD}/enrollMembersAsync", json={"contractId": CONTRACT, "groupCensusId": CENSUS})
    assert accepted.status_code == 202
    told = ended(api, accepted.json()["asyncBulkRequestId"])
    assert (told["name"], told["result"]["policiesMade"]) == ("Insurance Enrollment", 1)


def test_nobody_enrolls_members_of_another_account(api: Api) -> None:
    other = "SELECT * REPLACE ('B' AS account_id, '2' AS account_number) FROM book.account"
    change(api.book, f"INSERT INTO book.account BY NAME {other}")
    stranger = api.token("administrator", account_ids=["B"])
    own = api.token("administrator", account_ids=[ACCOUNT])
    assert enroll(api, token=stranger).json() == enroll(api, "nobody", token=own).json()
    asked = {"inputs": [{"contractGroupPlanId": MEDICAL, "groupCensusMembers": [{"Id": EMPLOYEE}]}]}
    done = api.post(f"{V}/actions/standard/processMemberEnrollment", json=asked, token=stranger)
    assert done.json()[0]["errors"][0]["statusCode"] == "GB-ENR-003"
    assert enroll(api, token=own).status_code == 201
