"""Member rating over real HTTP: the worked examples, both wrappings, both spellings of the action, and who may ask."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.http.served import ACTIONS, CONNECT, Api, serving
from tests.services.member_rating.desk import (
    DENTAL,
    EMPLOYEE,
    HOSPITAL,
    MEDICAL,
    ORTHODONTIA,
    PREVENTIVE,
    RX,
    SPOUSE,
    STRANGER,
    a_book,
    family,
    person,
)  # fmt: skip

NAME = "getMbrsRatingAndContributions"
ACTION = f"{ACTIONS}/{NAME}"
TWIN = "/services/InsEnrollmentServiceStd/getRatedGroupProducts"
APRIL = "2026-04-16"
"""260 of the contract's 365 days are left."""
IN_LAW = "M10"
"""A dependent of another family."""
JULY = "2026-07-01"
"""184 are left."""
ENVELOPE = {"actionName": NAME, "invocationId": None, "outcome": None, "sortOrder": -1, "version": 1}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    rows = family(policy_start_date=date(2026, 4, 16))
    rows["book.census_member"].append(person(IN_LAW, STRANGER, "Spouse"))
    book = a_book(tmp_path_factory.mktemp("rating"), rows)
    with serving(book.path) as api:
        yield api


def rate(member: str = EMPLOYEE) -> str:
    return f"{CONNECT}/group-census-members/{member}/action/rate"


FAMILY: list[dict[str, Any]] = [
    {"memberId": EMPLOYEE, "plans": [{"planId": MEDICAL, "planCoverageIds": [HOSPITAL, RX]}]},
    {"memberId": SPOUSE, "plans": [{"planId": MEDICAL, "planCoverageIds": [HOSPITAL]}]},
]


def rates(amount: float) -> dict[str, Any]:
    return {"data": {"NetUnitPrice": amount, "NetTotalPrice": amount, "StandardQLITaxAmount": 0}}


def place(standard: float, prorated: float, employer: float, employee: float, rule: str | None = None) -> Any:
    shares: dict[str, Any] = {"employerPremiumAmount": employer, "employeePremiumAmount": employee, "errors": []}
    named = shares if rule is None else {**shares, "groupClassContributionId": rule}
    return {"errors": [], "rates": rates(standard), "proratedRates": rates(prorated), "contributions": named}


def wrapped(value: Any) -> Any:
    """The same with every list under `values` (CV-1)."""
    if isinstance(value, list):
        return {"values": [wrapped(each) for each in value]}
    return {k: wrapped(v) for k, v in value.items()} if isinstance(value, dict) else value


@pytest.mark.rule("MR-8", "MR-9", "MR-10", "MR-11", "MR-15")
@pytest.mark.parametrize("members", [FAMILY, wrapped(FAMILY)], ids=["bare", "values"])
def test_the_worked_example_of_member_rating(served: Api, members: Any) -> None:
    answer = served.post(rate(), json={"effectiveDate": APRIL, "members": members})
    told = answer.json()
    assert answer.status_code == 200 and told["errors"] == [] and len(told["id"]) == 36
    first, second = ({k: v for k, v in each.items() if k != "totals"} for each in told["pricingResults"])
    # The amounts of the contract's page.
    hospital = {"coverageId": HOSPITAL, **place(5400.0, 3846.58, 3077.26, 769.32, "K01")}
    rx = {"coverageId": RX, **place(960.0, 683.84, 0.0, 683.84)}
    plan = {"id": MEDICAL, **place(6360.0, 4530.42, 3077.26, 1453.16), "coverages": [hospital, rx]}
    assert first == {"memberId": EMPLOYEE, "errors": [], "plans": [plan]}
    hospital = {"coverageId": HOSPITAL, **place(6120.0, 4359.45, 2179.73, 2179.72, "K02")}
    plan = {"id": MEDICAL, **place(6120.0, 4359.45, 2179.73, 2179.72), "coverages": [hospital]}
    assert second == {"memberId": SPOUSE, "errors": [], "plans": [plan]}
    # 6,360.00 + 6,120.00; 4,530.42 + 4,359.45; 3,077.26 + 2,179.73; 1,453.16 + 2,179.72
    family = place(12480.0, 8889.87, 5256.99, 3632.88)
    assert {"errors": [], **told["totals"]} == family | {"contributions": told["totals"]["contributions"]}
    assert told["totals"]["contributions"].items() >= {
        "employerPremiumAmount": 5256.99, "employeePremiumAmount": 3632.88,
    }.items()  # fmt: skip


@pytest.mark.rule("MR-13")
def test_the_same_call_differs_in_its_id_alone(served: Api) -> None:
    one, two = (served.post(rate(), json={"effectiveDate": APRIL, "members": FAMILY}).json() for _ in range(2))
    assert one.pop("id") != two.pop("id") and one == two


@pytest.mark.rule("MR-1", "GB-RATE-002")
def test_what_is_refused_as_a_whole_stands_in_the_envelope(served: Api) -> None:
    unknown = served.post(rate("nobody"), json={"members": FAMILY})
    assert unknown.status_code == 400
    assert [error["code"] for error in unknown.json()["errors"]] == ["SF-0001-0005"]
    assert unknown.json()["isSuccess"] is False
    dependent = served.post(rate(SPOUSE), json={"members": FAMILY})
    assert [error["code"] for error in dependent.json()["errors"]] == ["GB-RATE-002"]


@pytest.mark.rule("MR-1", "GB-RATE-004")
def test_a_member_rates_the_own_family_only(served: Api) -> None:
    token = served.token("member", family_id=EMPLOYEE)
    own = served.post(rate(), json={"effectiveDate": APRIL, "members": FAMILY}, token=token)
    assert own.status_code == 200 and len(own.json()["pricingResults"]) == 2
    stranger = [{"memberId": STRANGER, "plans": [{"planId": MEDICAL}]}]
    other = served.post(rate(STRANGER), json={"members": stranger}, token=token)
    missing = served.post(rate("nobody"), json={"members": stranger}, token=token)
    assert (other.status_code, other.json()["errors"]) == (400, missing.json()["errors"])
    within = served.post(rate(), json={"members": stranger}, token=token).json()["pricingResults"]
    assert [error["code"] for error in within[0]["errors"]] == ["GB-RATE-004"] and within[0]["plans"] == []
    assert served.post(ACTION, json={"inputs": [asked()]}, token=token).status_code == 403


# ------------------------------------------------------------------------------------------------------- the action


def asked(*members: str, plan: str | None = DENTAL, day: str = JULY) -> dict[str, Any]:
    records = [{"Id": member} for member in members or (EMPLOYEE,)]
    return {"groupCensusMembers": records, "contractGroupPlanId": plan, "effectiveDate": day}


def pairs(amount: float) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in rates(amount)["data"].items()]


def listed(standard: float, prorated: float, employer: float, employee: float, rule: str | None = None) -> Any:
    made = place(standard, prorated, employer, employee)
    shares = {**made["contributions"], "groupClassContributionId": rule}
    return {**made, "rates": pairs(standard), "proratedRates": pairs(prorated), "contributions": shares}


@pytest.mark.rule("RA-5", "RA-12")
@pytest.mark.parametrize("path", [ACTION, ACTION.removesuffix("s")], ids=["plural", "singular"])
@pytest.mark.parametrize("is_wrapped", [False, True], ids=["bare", "values"])
def test_the_worked_example_of_the_action_under_both_spellings(served: Api, path: str, is_wrapped: bool) -> None:
    body = {"inputs": [asked()]}
    answer = served.post(path, json=wrapped(body) if is_wrapped else body)
    # The amounts of the contract's page.
    coverages = [
        {"coverageId": PREVENTIVE, **listed(240.0, 120.99, 30.25, 90.74, "K07")},
        {"coverageId": ORTHODONTIA, **listed(150.0, 75.62, 0.0, 75.62)},
    ]
    plan = {"planId": DENTAL, **listed(390.0, 196.61, 30.25, 166.36), "coverages": coverages}
    output = {"errors": [], "pricingResults": [{"memberId": EMPLOYEE, "errors": [], "plans": [plan]}]}
    values = {"memberRatingOutputRep": output}
    assert (answer.status_code, answer.json()) == (
        200,
        [{**ENVELOPE, "errors": None, "isSuccess": True, "outputValues": values}],
    )


@pytest.mark.rule("RA-9")
def test_other_fields_of_a_record_are_ignored(served: Api) -> None:
    plain = served.post(ACTION, json={"inputs": [asked()]}).json()
    record = {"attributes": {"type": "GroupCensusMember"}, "Id": EMPLOYEE, "BirthDate": "1900-01-01", "Nobody__c": [1]}
    more = {**asked(), "groupCensusMembers": [record], "unknown": True}
    assert served.post(ACTION, json={"inputs": [more]}).json() == plain


@pytest.mark.rule("RA-15")
def test_one_input_fails_and_the_others_succeed(served: Api) -> None:
    bad = asked(plan="nothing")
    answer = served.post(ACTION, json={"inputs": [asked(), bad, asked(SPOUSE, plan=MEDICAL)]})
    assert answer.status_code == 200
    assert [entry["isSuccess"] for entry in answer.json()] == [True, False, True]
    (error,) = answer.json()[1].pop("errors")
    assert (error["statusCode"], error["fields"]) == ("GB-ACT-004", [])
    assert error["message"] == "The contract group plan isn't a root plan, isn't active, or doesn't exist."
    refused = answer.json()[1] | {"errors": None}
    assert refused == {**ENVELOPE, "errors": None, "isSuccess": False, "outputValues": None}
    alone = served.post(ACTION, json={"inputs": [bad]})
    assert (alone.status_code, alone.json()[0]["isSuccess"]) == (400, False)


@pytest.mark.rule("RA-14", "GB-CEN-001")
@pytest.mark.parametrize(("n", "status"), [(2000, 200), (2001, 400)])
def test_two_thousand_members_are_taken_and_one_more_is_refused(served: Api, n: int, status: int) -> None:
    answer = served.post(ACTION, json={"inputs": [asked(EMPLOYEE, *(f"nobody {k}" for k in range(n - 1)))]})
    assert answer.status_code == status
    (entry,) = answer.json()
    assert entry.items() >= (ENVELOPE | {"isSuccess": status == 200}).items()
    if status == 200:
        assert len(entry["outputValues"]["memberRatingOutputRep"]["pricingResults"]) == n
    else:
        assert [error["statusCode"] for error in entry["errors"]] == ["GB-CEN-001"]
        assert entry["errors"][0]["message"] == "A request can hold at most 2000 members."


@pytest.mark.parametrize("path", [ACTION, ACTION.removesuffix("s")], ids=["plural", "singular"])
@pytest.mark.parametrize("body", [{}, {"inputs": 7}, {"inputs": [{"contractGroupPlanId": {}}]}])
def test_a_body_of_another_shape_is_refused_in_the_same_envelope(served: Api, path: str, body: Any) -> None:
    answer = served.post(path, json=body)
    assert answer.status_code == 400
    (entry,) = answer.json()
    assert entry.items() >= (ENVELOPE | {"isSuccess": False, "outputValues": None}).items() and entry["errors"]
    broken = served.post(path, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400 and broken.json()[0].items() >= ENVELOPE.items()
    without = served.post(path, json={"inputs": []}, token=None)
    assert without.status_code == 401 and without.json()[0].items() >= ENVELOPE.items()


# ---------------------------------------------------------------------------------------------------- the older twin


def of_twin(**more: Any) -> dict[str, Any]:
    wanted = [{"censusMemberId": EMPLOYEE, "planIds": [RX]}, {"censusMemberId": SPOUSE}]
    flow = "Process Group Census Member Data"
    asked = {"flowName": flow, "censusId": "C", "contractId": "K", "rootPlanId": MEDICAL, "memberPlans": wanted}
    return asked | {"isProrated": True} | more


@pytest.mark.parametrize("is_wrapped", [False, True], ids=["bare", "values"])
def test_the_twin_answers_the_amounts_of_member_rating(served: Api, is_wrapped: bool) -> None:
    body = of_twin(userInputs={}, unknown=1)
    body["memberPlans"] = wrapped(body["memberPlans"]) if is_wrapped else body["memberPlans"]
    answer = served.post(TWIN, json=body)
    # 5,400.00 + 960.00 + 6,120.00, and the family's prorated amounts of the worked example
    assert (answer.status_code, answer.json()) == (
        200,
        {"result": "success", "errorCode": "INVOKE-200", "error": "OK", "rootPlanId": MEDICAL,
         "standardPremium": 12480.0, "termPremium": 8889.87, "employerContribution": 5256.99,
         "employeeContribution": 3632.88},
    )  # fmt: skip


@pytest.mark.rule("GB-RATE-004")
def test_the_twin_names_the_member_that_is_not_of_the_family(served: Api) -> None:
    body = of_twin(memberPlans=[{"censusMemberId": EMPLOYEE}, {"censusMemberId": IN_LAW}])
    answer = served.post(TWIN, json=body)
    told = answer.json()
    assert (answer.status_code, told["result"], told["errorCode"]) == (400, "failure", "INVOKE-500")
    says = "Specify a member that belongs to this family."
    assert told["errors"] == [{"error": says, "planIds": [], "censusMemberId": IN_LAW}]


def test_the_twin_asks_for_a_flow_and_a_token(served: Api) -> None:
    answer = served.post(TWIN, json=of_twin(flowName=None))
    assert (answer.status_code, answer.json()["result"]) == (400, "failure")
    assert served.post(TWIN, json=of_twin(), token=None).status_code == 401
