"""Member rating: the worked example to the cent, what is rated, and what is wrong at which level (MR-1 to MR-16)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.book import Transaction
from services.insurance_errors import Refused
from services.member_rating.rate import rate_family
from services.member_rating.spelling import REST, family_totals, spelled
from services.results import issue_texts
from services.scope import EVERYTHING, Scope
from tests.services.member_rating.desk import (
    CHILD,
    DENTAL,
    EMPLOYEE,
    HOSPITAL,
    MEDICAL,
    OLD,
    ORTHODONTIA,
    PREVENTIVE,
    RX,
    SPOUSE,
    STRANGER,
    VISION,
    a_book,
    family,
)  # fmt: skip

HIRED = "2026-04-16"
"""260 of the contract's 365 days are left, this one included."""


@pytest.mark.rule("CV-23")
def test_whatever_a_coverage_can_lack_has_a_code_that_is_sent() -> None:
    codes = issue_texts()["published_code"]
    assert codes.null_count() == 0
    assert codes.str.contains(r"^GB-[A-Z]{3,4}-[0-9]{3}$").all()


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    with a_book(tmp_path_factory.mktemp("rate")).read() as opened:
        yield opened


def node(member: str, plan: str, *coverages: str) -> dict[str, Any]:
    return {"memberId": member, "plans": [{"planId": plan, "planCoverageIds": list(coverages)}]}


def answer(tx: Transaction, members: Sequence[Mapping[str, Any]], who: str = EMPLOYEE, day: str | None = HIRED) -> Any:
    return orjson.loads(spelled(rate_family(tx, who, members, effective_date=day, scope=EVERYTHING), REST))


def amounts(place: Mapping[str, Any]) -> tuple[float, ...]:
    """Rate, prorated rate, employer's and employee's part of a place of an answer."""
    shares = place["contributions"]
    rates = [place[name]["data"]["NetUnitPrice"] for name in ("rates", "proratedRates")]
    return (*rates, shares["employerPremiumAmount"], shares["employeePremiumAmount"])


def codes(place: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in place["errors"]]


WORKED = [node(EMPLOYEE, MEDICAL, HOSPITAL, RX), node(SPOUSE, MEDICAL, HOSPITAL)]


@pytest.mark.rule("MR-7", "MR-8", "MR-9", "MR-10", "MR-11", "MR-15")
def test_the_worked_example_comes_out_to_the_cent(tx: Transaction) -> None:
    first, second = answer(tx, WORKED)
    (plan,) = first["plans"]
    hospital, rx = plan["coverages"]
    # 5,400.00 x 260 / 365 = 3,846.575...; 80 % of 3,846.58 = 3,077.264; the rest 769.32
    assert (hospital["coverageId"], *amounts(hospital)) == (HOSPITAL, 5400.0, 3846.58, 3077.26, 769.32)
    # 960.00 x 260 / 365 = 683.835...; no rule, so all of it is the employee's
    assert (rx["coverageId"], *amounts(rx)) == (RX, 960.0, 683.84, 0.0, 683.84)
    assert amounts(plan) == (6360.0, 4530.42, 3077.26, 1453.16)
    assert hospital["contributions"]["groupClassContributionId"] == "K01"
    assert (
        "groupClassContributionId" not in rx["contributions"]
        and "groupClassContributionId" not in plan["contributions"]
    )
    # 6,120.00 x 260 / 365 = 4,359.452...; half of 4,359.45 = 2,179.725, up to 2,179.73
    assert amounts(second["plans"][0]) == (6120.0, 4359.45, 2179.73, 2179.72)
    assert second["plans"][0]["coverages"][0]["contributions"]["groupClassContributionId"] == "K02"
    assert amounts(first["totals"]) == amounts(plan)
    assert [codes(place) for place in (first, plan, hospital, rx, second)] == [[], [], [], [], []]


def test_the_family_s_totals_are_the_sums_of_its_members(tx: Transaction) -> None:
    picture = rate_family(tx, EMPLOYEE, WORKED, effective_date=HIRED, scope=EVERYTHING)
    # 6,360.00 + 6,120.00; 4,530.42 + 4,359.45; 3,077.26 + 2,179.73; 1,453.16 + 2,179.72
    assert amounts(orjson.loads(family_totals(picture))) == (12480.0, 8889.87, 5256.99, 3632.88)


@pytest.mark.rule("MR-16")
def test_a_family_of_which_nothing_has_a_price_has_no_totals_either(tx: Transaction) -> None:
    picture = rate_family(tx, EMPLOYEE, [node(EMPLOYEE, "nothing")], effective_date=HIRED, scope=EVERYTHING)
    nothing = {"rates": {"data": {}}, "proratedRates": {"data": {}}, "contributions": {"errors": []}}
    (member,) = orjson.loads(spelled(picture, REST))
    assert member["totals"] == orjson.loads(family_totals(picture)) == nothing  # and not 0.00


@pytest.mark.rule("MR-8", "PR-7")
@pytest.mark.parametrize("day", [None, "2026-01-01", "2026-01-01T09:30:00Z"])
def test_from_the_start_of_the_contract_the_prorated_rate_is_the_rate(day: str | None, tx: Transaction) -> None:
    ((plan,),) = [member["plans"] for member in answer(tx, [node(EMPLOYEE, MEDICAL, HOSPITAL)], day=day)]
    assert amounts(plan) == (5400.0, 5400.0, 4320.0, 1080.0)


@pytest.mark.rule("MR-4")
def test_without_coverages_the_mandatory_and_the_saved_ones_are_rated(tx: Transaction) -> None:
    first, second = answer(tx, [node(EMPLOYEE, MEDICAL), {"memberId": SPOUSE, "plans": [{"planId": MEDICAL}]}])
    assert [one["coverageId"] for one in first["plans"][0]["coverages"]] == [HOSPITAL, RX]  # Rx is saved
    assert [one["coverageId"] for one in second["plans"][0]["coverages"]] == [HOSPITAL]


@pytest.mark.rule("MR-5", "MR-15")
def test_mandatory_coverages_follow_those_named(tx: Transaction) -> None:
    (only,) = answer(tx, [node(EMPLOYEE, MEDICAL, RX)])
    assert [one["coverageId"] for one in only["plans"][0]["coverages"]] == [RX, HOSPITAL]


@pytest.mark.rule("MR-7")
def test_a_plan_without_coverages_is_its_own(tx: Transaction) -> None:
    (only,) = answer(tx, [node(EMPLOYEE, VISION)])
    (coverage,) = only["plans"][0]["coverages"]
    # 120.00 x 260 / 365 = 85.479...
    assert (coverage["coverageId"], *amounts(coverage)) == (VISION, 120.0, 85.48, 0.0, 85.48)


@pytest.mark.rule("MR-15")
def test_members_and_plans_stand_in_the_order_of_the_request(tx: Transaction) -> None:
    plans = [{"planId": VISION}, {"planId": DENTAL, "planCoverageIds": [ORTHODONTIA, PREVENTIVE]}, {"planId": MEDICAL}]
    found = answer(tx, [node(SPOUSE, MEDICAL), {"memberId": EMPLOYEE, "plans": plans}])
    assert [member["memberId"] for member in found] == [SPOUSE, EMPLOYEE]
    assert [plan["id"] for plan in found[1]["plans"]] == [VISION, DENTAL, MEDICAL]
    assert [one["coverageId"] for one in found[1]["plans"][1]["coverages"]] == [ORTHODONTIA, PREVENTIVE]


@pytest.mark.rule("MR-13")
def test_the_same_question_has_the_same_answer_and_changes_nothing(tx: Transaction) -> None:
    before = tx.connection.execute("SELECT * FROM book.member_plan ORDER BY ALL").fetchall()
    assert answer(tx, WORKED) == answer(tx, WORKED)
    assert tx.connection.execute("SELECT * FROM book.member_plan ORDER BY ALL").fetchall() == before


# ------------------------------------------------------------------------------------------------ what is wrong


def refused(tx: Transaction, *args: Any, **more: Any) -> tuple[str, Any]:
    with pytest.raises(Refused) as caught:
        rate_family(tx, *args, scope=more.pop("scope", EVERYTHING), **more)
    (error,) = caught.value.errors
    return error.code, error.info.get("reason")


@pytest.mark.rule("MR-1")
@pytest.mark.rule("GB-RATE-001", "GB-RATE-002")
def test_the_path_names_a_primary_that_the_caller_sees(tx: Transaction) -> None:
    assert refused(tx, "nobody", WORKED) == ("SF-0001-0005", "GB-RATE-001")
    assert refused(tx, EMPLOYEE, WORKED, scope=Scope(account_ids=("B",))) == ("SF-0001-0005", "GB-RATE-001")
    assert refused(tx, SPOUSE, WORKED) == ("GB-RATE-002", None)


@pytest.mark.rule("GB-RATE-003")
@pytest.mark.parametrize("members", [[], [{"memberId": EMPLOYEE, "plans": []}]])
def test_a_request_names_at_least_one_plan(members: list[Any], tx: Transaction) -> None:
    assert refused(tx, EMPLOYEE, members) == ("SF-0001-0004", "GB-RATE-003")


@pytest.mark.rule("GB-RATE-008", "GB-RATE-013")
@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2025-12-31", "GB-RATE-008"),
        ("2027-01-01", "GB-RATE-008"),
        ("16.04.2026", "SF-0001-0003"),
        ("2026-02-30", "SF-0001-0003"),
        ("2026-04-16x", "SF-0001-0003"),
        ("2026-W16-4", "SF-0001-0003"),  # the same day as a week date
        ("", "SF-0001-0003"),
    ],
)
def test_the_date_is_one_and_lies_in_the_contract(day: str, code: str, tx: Transaction) -> None:
    assert refused(tx, EMPLOYEE, WORKED, effective_date=day)[0] == code


def test_the_last_day_of_the_contract_can_be_rated(tx: Transaction) -> None:
    (only,) = answer(tx, [node(EMPLOYEE, MEDICAL, HOSPITAL)], day="2026-12-31")
    # 5,400.00 / 365 = 14.794...; 80 % of 14.79 = 11.832
    assert amounts(only["plans"][0]) == (5400.0, 14.79, 11.83, 2.96)


@pytest.mark.rule("MR-1", "MR-2")
@pytest.mark.rule("GB-RATE-004", "GB-RATE-005")
def test_a_member_of_another_family_and_a_second_node_are_wrong_alone(tx: Transaction) -> None:
    found = answer(tx, [node(STRANGER, MEDICAL), node(EMPLOYEE, MEDICAL, HOSPITAL), node(EMPLOYEE, VISION)])
    assert [codes(member) for member in found] == [["GB-RATE-004"], [], ["GB-RATE-005"]]
    assert [len(member["plans"]) for member in found] == [0, 1, 0]
    assert amounts(found[1]["plans"][0]) == (5400.0, 3846.58, 3077.26, 769.32)


@pytest.mark.rule("MR-3")
@pytest.mark.rule("GB-RATE-006", "GB-RATE-007")
def test_plans_are_active_roots_of_the_contract_and_coverages_their_children(tx: Transaction) -> None:
    plans = [
        {"planId": "unknown \" id"}, {"planId": HOSPITAL}, {"planId": OLD},
        {"planId": MEDICAL, "planCoverageIds": [PREVENTIVE, HOSPITAL]},
    ]  # fmt: skip
    (only,) = answer(tx, [{"memberId": EMPLOYEE, "plans": plans}])
    assert [codes(plan) for plan in only["plans"]] == [["GB-RATE-006"]] * 3 + [["GB-RATE-010"]]
    assert only["plans"][0]["id"] == 'unknown " id'
    stray, hospital = only["plans"][3]["coverages"]
    assert (codes(stray), stray["rates"]) == (["GB-RATE-007"], {"data": {}})
    assert amounts(hospital) == (5400.0, 3846.58, 3077.26, 769.32)


@pytest.mark.rule("MR-16")
@pytest.mark.rule("GB-RATE-010", "GB-RATE-011")
def test_a_coverage_without_a_rate_leaves_its_plan_in_part(tx: Transaction) -> None:
    (only,) = answer(tx, [node(CHILD, MEDICAL, HOSPITAL, RX)])  # the table of Hospital has no children
    (plan,) = only["plans"]
    hospital, rx = plan["coverages"]
    assert (codes(hospital), hospital["rates"], hospital["contributions"]) == (
        ["GB-RATE-011"], {"data": {}}, {"errors": []},
    )  # fmt: skip
    assert hospital["errors"][0]["additionalInfo"]["rateDate"] == HIRED
    assert codes(plan) == ["GB-RATE-010"]
    assert amounts(plan) == amounts(rx) == (960.0, 683.84, 0.0, 683.84)


def asked_of(path: Path, rows: Any, members: list[Any], day: str | None = None) -> Any:
    with a_book(path, rows).read() as tx:
        return answer(tx, members, day=day)


@pytest.mark.rule("MR-12", "MR-14")
@pytest.mark.rule("GB-RATE-009", "GB-RATE-014")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_opt_out_all_plans": True}, "GB-RATE-009"),
        ({"opt_out_plan_types": "Dental;Medical"}, "GB-RATE-009"),
        ({"group_class_id": None}, "GB-RATE-014"),
    ],
)
def test_who_opted_out_or_is_not_eligible_is_not_priced(change: dict[str, Any], code: str, tmp_path: Path) -> None:
    rows = family(**change) | {"book.contract_plan_class": [{"contract_plan_id": MEDICAL, "group_class_id": "G"}]}
    found = asked_of(tmp_path, rows, WORKED)  # the spouse follows the primary
    assert [codes(member["plans"][0]) for member in found] == [[code], [code]]
    assert [member["plans"][0]["coverages"] for member in found] == [[], []]
    assert [member["plans"][0]["rates"] for member in found] == [{"data": {}}] * 2


@pytest.mark.rule("GB-RATE-012")
def test_what_a_member_lacks_stands_on_the_member(tmp_path: Path) -> None:
    rows = family(birth_date=None)
    aged = rows["ref.rate_table"][0] | {"method": "age_banded", "axes": ["age"]}
    rows["ref.rate_table"][0] = aged
    rows["ref.rate_cell"][0] |= {"keys": ["0"]}
    del rows["ref.rate_cell"][1]
    (only,) = asked_of(tmp_path, rows, [node(EMPLOYEE, MEDICAL, HOSPITAL)])
    assert codes(only) == ["GB-RATE-012"]
    assert codes(only["plans"][0]) == ["GB-RATE-010"]


@pytest.mark.rule("MR-6")
@pytest.mark.parametrize(("basis", "rate"), [("EFFECTIVE_DATE", 6000.0), ("CONTRACT_START", 5400.0)])
def test_the_version_is_that_of_the_effective_date_or_of_the_contract_s_start(
    basis: str, rate: float, tmp_path: Path
) -> None:
    rows = family()
    rows["book.contract_plan"][0] |= {"rate_basis_date": basis}
    dearer = rows["ref.rate_cell"][0] | {"effective_from": date(2026, 4, 1), "rate": 6_000}
    rows["ref.rate_cell"].append(dearer)
    (only,) = asked_of(tmp_path, rows, [node(EMPLOYEE, MEDICAL, HOSPITAL)], HIRED)
    assert amounts(only["plans"][0])[0] == rate


def test_other_plans_count_as_saved_and_unnamed_members_do_not_have_the_plan_asked_for(tmp_path: Path) -> None:
    """A tier follows who would have the plan: alone, the employee pays the price for one, though the spouse holds
    it.
    """
    rows = family()
    rows["ref.rate_table"][0] |= {"method": "composite_tier", "axes": ["tier"]}
    rows["ref.rate_cell"][0] |= {"keys": ["EE"], "rate": 500}
    rows["ref.rate_cell"][1] |= {"keys": ["ES"], "rate": 900}
    (alone,) = asked_of(tmp_path, rows, [node(EMPLOYEE, MEDICAL, HOSPITAL)])
    assert amounts(alone["plans"][0])[0] == 500.0
    (tmp_path / "both").mkdir()
    both = asked_of(tmp_path / "both", rows, [node(EMPLOYEE, MEDICAL, HOSPITAL), node(SPOUSE, MEDICAL)])
    assert [amounts(member["plans"][0])[0] for member in both] == [900.0, 0.0]


@pytest.mark.rule("PR-12")
def test_prorated_rates_are_told_for_the_full_term_too(tx: Transaction) -> None:
    for member in answer(tx, WORKED, day=None):
        for place in (*member["plans"], *member["plans"][0]["coverages"]):
            assert place["proratedRates"] == place["rates"]
            assert place["rates"]["data"]["NetUnitPrice"] > 0


def test_a_census_without_a_contract_is_rated_under_the_one_that_enrolls_from_it(tmp_path: Path) -> None:
    rows = family()
    rows["book.contract"][0] |= {"enrollment_census_id": "C"}
    rows["book.group_census"][0] |= {"contract_id": None}
    (only,) = asked_of(tmp_path, rows, [node(EMPLOYEE, MEDICAL, HOSPITAL)])
    assert amounts(only["plans"][0])[0] == 5400.0
