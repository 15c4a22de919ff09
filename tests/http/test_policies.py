"""Policies through real HTTP: cancelling, reading, single records, and the refresh of a census."""

import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from tests.http.served import ACTIONS, CONNECT, SOBJECTS, Api, serving
from tests.services.member_rating.desk import EMPLOYEE, SPOUSE
from tests.services.policies.desk import HOLDER, LATER, OF_HOSPITAL, POLICY, a_book, payment, records

POLICIES = f"{CONNECT}/policies"
MEMBERS = f"{CONNECT}/group-census-members"
SERVICE = "/services/InsPolicyService"
ENROLLMENT = "/services/InsEnrollmentServiceStd"
WHOLE = [(HOLDER, OF_HOSPITAL, 90_000, 60_000)]


def named(number: int) -> str:
    return f"0YT{number:015d}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Policies 1 to 9 of one family, at 900.00 for the year; each test takes its own."""
    others = [records(named(n), WHOLE, f"/{n}") for n in range(2, 10)]
    due = {"book.policy_payment": [payment("S1", 100_000, date(2026, 1, 1))]}
    book = a_book(tmp_path_factory.mktemp("policies"), records(), due, *others)
    with serving(book.path, clock=lambda: datetime.fromisoformat(LATER)) as api:
        yield api


def ended(api: Api, request_id: str) -> dict[str, Any]:
    """The status of a request once it has ended."""
    deadline = time.monotonic() + 60
    while True:
        told = api.get(f"{CONNECT}/async-requests/{request_id}").json()
        if told["status"] not in ("Scheduled", "In Progress"):
            return told
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.rule("PR-13", "PR-19", "PR-20")
def test_a_policy_is_weighed_then_cancelled(served: Api) -> None:
    body = {
        "effectiveDate": "2026-09-21",
        "createTransaction": True,
        "useIsPaidFlag": False,
        "additionalFees": {"data": {"Administration": 20, "Letter": 10}},
        "cancellationReason": "Left the company",
    }
    weighed = served.post(f"{POLICIES}/{named(2)}/actions/prepare-cancel", json=body)
    assert (weighed.status_code, weighed.json()["transactionId"]) == (200, None)
    done = served.post(f"{POLICIES}/{named(2)}/actions/cancel", json=body)
    assert done.status_code == 200
    answer = done.json()
    # 648.49 - 900.00, less 30.00 of fees
    assert (answer["isSuccess"], answer["refundAmount"], answer["termPremium"]) == (True, -221.51, 648.49)
    assert {**answer, "transactionId": None} == weighed.json()

    moved = served.get(f"{SOBJECTS}/PolicyTransaction/{answer['transactionId']}").json()
    assert (moved["Type"], moved["Amount"], moved["AdditionalFees"], moved["Reason"]) == (
        "Canceled", -221.51, 30.0, "Left the company",
    )  # fmt: skip
    ((line_id,),) = served.rows(
        "SELECT transaction_line_id FROM book.policy_transaction_line WHERE transaction_id = $id",
        id=answer["transactionId"],
    )
    line = served.get(f"{SOBJECTS}/PolicyTransactionLine/{line_id}").json()
    assert (line["OldAmount"], line["NewAmount"], line["Amount"]) == (900.0, 648.49, -251.51)

    again = served.post(f"{POLICIES}/{named(2)}/actions/cancel", json=body)
    assert again.status_code == 400
    assert again.json()["errors"] == [
        {"code": "GB-POL-002", "message": "The policy isn't active.", "additionalInfo": {"policyId": named(2)}}
    ]


@pytest.mark.rule("PR-13", "PR-24")
def test_the_published_service_cancels_one_and_many(served: Api) -> None:
    body = {"policyId": named(3), "effectiveDate": "2026-09-21"}
    told = served.post(f"{SERVICE}/prepareToCancelPolicy", json=body).json()
    done = served.post(f"{SERVICE}/cancelPolicy", json=body)
    assert (done.status_code, done.json()) == (200, told)
    assert (told["result"], told["errorCode"], told["refundAmount"]) == ("success", "INVOKE-200", -251.51)
    refused = served.post(f"{SERVICE}/cancelPolicy", json={"policyId": named(3)})
    assert (refused.status_code, refused.json()) == (
        400,
        {"result": "failure", "errorCode": "INVOKE-500", "error": "Specify an input for effectiveDate."},
    )

    rows = [{"policyId": named(4), "effectiveDate": "2026-09-21"}, {"policyId": None, "effectiveDate": "2026-09-21"}]
    accepted = served.post(f"{SERVICE}/cancelPoliciesInBulk", json={"policies": rows, "batchSize": 12})
    assert accepted.status_code == 200
    assert [(row["row"], row["code"]) for row in accepted.json()["invalidPolicies"]] == [(1, "SF-0001-0004")]
    assert ended(served, accepted.json()["requestId"])["result"] == {"policiesCanceled": 1, "policiesFailed": 0}
    many = served.post(f"{SERVICE}/cancelPoliciesInBulk", json={"policies": rows, "batchSize": 13})
    assert (many.status_code, many.json()["error"]) == (400, "The batch size can be at most 12.")


@pytest.mark.rule("PR-24")
def test_policies_are_cancelled_in_bulk_over_connect(served: Api) -> None:
    rows = {"values": [{"policyId": named(n), "effectiveDate": "2026-09-21"} for n in (5, 6)]}
    accepted = served.post(f"{POLICIES}/actions/cancel", json={"policies": rows, "batchSize": 1})
    assert (accepted.status_code, accepted.json()["invalidPolicies"]) == (202, [])
    told = ended(served, accepted.json()["requestId"])
    assert (told["status"], told["jobCount"], told["result"]["policiesCanceled"]) == ("Completed", 2, 2)
    odd = [{"policyId": value, "effectiveDate": value} for value in ({"a": 1}, ["x"], 7, True, 10**30)]
    refused = served.post(f"{POLICIES}/actions/cancel", json={"policies": odd})
    assert (refused.status_code, [one["code"] for one in refused.json()["errors"]]) == (400, ["GB-POL-006"])
    told = refused.json()["errors"][0]["additionalInfo"]["invalidPolicies"]
    assert [one["code"] for one in told] == ["SF-0001-0005"] * len(odd)
    fees = {"effectiveDate": "2026-09-21", "additionalFees": {"Letter": "1e999999"}}
    much = served.post(f"{POLICIES}/{named(9)}/actions/cancel", json=fees)
    assert (much.status_code, much.json()["errors"][0]["code"]) == (400, "SF-0001-0005")
    refused = served.post(f"{POLICIES}/actions/cancel", json={"policies": [{"policyId": None}]})
    assert refused.status_code == 400
    assert (refused.json()["errors"][0]["code"], refused.json()["requestId"]) == ("GB-POL-006", None)


@pytest.mark.rule("EN-27")
def test_enrollments_are_read_over_both_doors(served: Api) -> None:
    body = {"censusMemberIds": {"values": [EMPLOYEE]}, "effectiveDate": "2026-01-01", "omitChildProducts": True}
    std = served.post(f"{ENROLLMENT}/getMemberEnrollments", json=body).json()
    (record,) = std["records"]
    assert (std["result"], std["totalSize"], record["Id"]) == ("success", 1, EMPLOYEE)
    joined = body | {"censusMemberIds": f"{EMPLOYEE}, {SPOUSE}"}
    assert served.post(f"{ENROLLMENT}/getMemberEnrollments", json=joined).json() == std
    family = served.token("member", family_id=EMPLOYEE)
    asked = {"effectiveDate": "2026-01-01", "omitChildProducts": "true"}
    rest = served.get(f"{MEMBERS}/{EMPLOYEE}/policies", params=asked, token=family)
    assert (rest.status_code, rest.json()) == (
        200, {"isSuccess": True, "errors": [], "totalSize": 1, "records": std["records"]},
    )  # fmt: skip
    everything = served.get(f"{MEMBERS}/{EMPLOYEE}/policies").json()["records"][0]["enrollments"]
    assert everything["totalSize"] == 9
    stranger = served.token("member", family_id="M9")
    assert served.get(f"{MEMBERS}/{EMPLOYEE}/policies", token=stranger).status_code == 400


@pytest.mark.rule("PR-15")
def test_records_of_a_policy_are_read_one_by_one(served: Api) -> None:
    served.post(f"{POLICIES}/{named(7)}/actions/cancel", json={"effectiveDate": "2026-09-21"})
    policy = served.get(f"{SOBJECTS}/InsurancePolicy/{named(7)}").json()
    assert {
        name: policy[name]
        for name in ("Status", "IsActive", "ExpirationDate", "OriginalExpirationDate", "CancellationDate",
                     "TermPremiumAmount", "TotalStandardAmount", "TotalTermPremiumAmount", "EffectiveDate")
    } == {
        "Status": "Canceled",
        "IsActive": False,
        "ExpirationDate": "2026-09-20T23:59:00.000Z",
        "OriginalExpirationDate": "2026-12-31",
        "CancellationDate": "2026-09-21",
        "TermPremiumAmount": 648.49,
        "TotalStandardAmount": 900.0,
        "TotalTermPremiumAmount": 648.49,
        "EffectiveDate": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    person = served.get(f"{SOBJECTS}/InsurancePolicyParticipant/{HOLDER}/7").status_code
    assert person == 404  # a path of its own
    found = served.get(f"{SOBJECTS}/InsurancePolicyParticipant/{HOLDER}").json()
    assert (found["RelationshipToInsured"], found["IsPolicyholder"]) == ("Self", True)
    cover = served.get(f"{SOBJECTS}/InsurancePolicyCoverage/{OF_HOSPITAL}").json()
    assert (cover["StandardPremiumAmount"], cover["EmployerContribution"]) == (900.0, 550.0)


def test_a_payment_is_marked_paid_and_a_policy_paid_to_a_day(served: Api) -> None:
    path = f"{SOBJECTS}/PolicyPaymentSchedule/S1"
    assert served.patch(path, json={"IsPaid": True}).status_code == 204
    assert served.get(path).json()["IsPaid"] is True
    assert served.patch(f"{SOBJECTS}/InsurancePolicy/{POLICY}", json={"PaidToDate": "2026-06-30"}).status_code == 204
    assert served.get(f"{SOBJECTS}/InsurancePolicy/{POLICY}").json()["PaidToDate"] == "2026-06-30"
    fixed = served.patch(path, json={"Amount": 5})
    assert (fixed.status_code, fixed.json()[0]["errorCode"]) == (400, "GB-REC-002")
    unknown = served.patch(path, json={"Nickname": "x"})
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "SF-0001-0013")
    assert served.post(f"{SOBJECTS}/PolicyPaymentSchedule", json={"IsPaid": True}).status_code == 405


@pytest.mark.rule("BC-68", "BC-69")
def test_a_census_is_refreshed_by_the_resource_and_by_the_action(served: Api) -> None:
    with served.book.write() as tx:
        tx.connection.execute(
            "UPDATE book.census_member SET first_name = 'Ada', last_name = group_census_member_id"
        ).fetchall()
    body: dict[str, Any] = {"groupCensusId": "C", "startDate": "2026-01-01", "endDate": "2026-01-31",
                            "policyEffectiveDate": "2026-03-31", "shouldGenerateCSV": True}  # fmt: skip
    path = f"{CONNECT}/contracts/K/actions/refresh-census"
    started = served.patch(path, json=body)
    answer = started.json()
    assert (started.status_code, answer["isSuccess"], answer["groupCensusId"], answer["errors"]) == (
        202,
        True,
        "C",
        None,
    )
    told = ended(served, answer["requestId"])
    assert (told["type"], told["result"]["membersUpdated"]) == ("CensusRefresh", 2)
    document = served.get(f"{SOBJECTS}/ContentDocument/{told['result']['documentId']}").json()
    assert document["LinkedEntityId"] == "C"

    refused = served.patch(path, json={**body, "startDate": "2026-02-01"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "SF-0001-0002")
    inputs = [{**body, "contractId": "K"}, {**body, "contractId": "K9"}]
    entries = served.post(f"{ACTIONS}/refreshCensus", json={"inputs": inputs}).json()
    assert [entry["isSuccess"] for entry in entries] == [True, False]
    assert entries[0]["outputValues"]["requestId"] != answer["requestId"]
    assert entries[1]["errors"][0]["statusCode"] == "SF-0001-0005"


@pytest.mark.rule("PR-23")
def test_a_member_is_ended_in_the_policies_of_the_family(served: Api) -> None:
    """The last test of the module: it ends what the others left."""
    gone = served.post(f"{MEMBERS}/{SPOUSE}/actions/terminate", json={"effectiveDate": "2026-09-21"})
    assert gone.status_code == 200
    (policy,) = gone.json()["policies"]
    assert (policy["policyId"], policy["status"], policy["termPremium"]) == (POLICY, "In Force", 916.16)
    done = served.post(f"{MEMBERS}/{EMPLOYEE}/actions/terminate", json={"effectiveDate": "2026-09-21"}).json()
    assert [one["policyId"] for one in done["policies"]] == [POLICY, named(8), named(9)]
    again = served.post(f"{MEMBERS}/{EMPLOYEE}/actions/terminate", json={"effectiveDate": "2026-09-21"}).json()
    assert (again["isSuccess"], again["policies"], again["message"]) == (
        True, [], "No active policies exist for this member.",
    )  # fmt: skip
