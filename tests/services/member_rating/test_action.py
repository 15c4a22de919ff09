"""The action on many members: the seed's sample, the dental example, and its checks (RA-1 to RA-19)."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.book import Transaction
from services.insurance_errors import Refused
from services.member_rating.action import ids_of, rate_members
from services.member_rating.rate import rate_family
from services.member_rating.spelling import ACTION, spelled
from services.scope import EVERYTHING, Scope
from services.settings import set_to
from tests.random_book import NOW
from tests.services.member_rating.desk import (
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
    a_book,
    choice,
    family,
    rule,
    table,
)  # fmt: skip

JULY = "2026-07-01"
"""184 of the contract's 365 days are left."""


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    with a_book(tmp_path_factory.mktemp("action")).read() as opened:
        yield opened


def answer(tx: Transaction, plan: str, *members: str, day: str | None = None) -> Any:
    return orjson.loads(spelled(rate_members(tx, members, plan, effective_date=day, scope=EVERYTHING), ACTION))


def amounts(place: Any) -> tuple[float, ...]:
    rates = [place[name][0]["value"] for name in ("rates", "proratedRates")]
    shares = place["contributions"]
    return (*rates, shares["employerPremiumAmount"], shares["employeePremiumAmount"])


def codes(place: Any) -> list[str]:
    return [error["code"] for error in place["errors"]]


@pytest.mark.rule("RA-12", "PR-9", "CB-25")
def test_the_dental_example_comes_out_to_the_cent(tx: Transaction) -> None:
    (only,) = answer(tx, DENTAL, EMPLOYEE, day=JULY)
    (plan,) = only["plans"]
    preventive, orthodontia = plan["coverages"]
    # 240.00 x 184 / 365 = 120.986...; the flat 60.00 likewise 30.246...; 120.99 - 30.25
    assert (preventive["coverageId"], *amounts(preventive)) == (PREVENTIVE, 240.0, 120.99, 30.25, 90.74)
    # 150.00 x 184 / 365 = 75.616...
    assert (orthodontia["coverageId"], *amounts(orthodontia)) == (ORTHODONTIA, 150.0, 75.62, 0.0, 75.62)
    assert (plan["planId"], *amounts(plan)) == (DENTAL, 390.0, 196.61, 30.25, 166.36)
    assert plan["rates"] == [
        {"key": "NetUnitPrice", "value": 390.0},
        {"key": "NetTotalPrice", "value": 390.0},
        {"key": "StandardQLITaxAmount", "value": 0.0},
    ]
    assert plan["contributions"]["groupClassContributionId"] is None
    assert [one["contributions"]["groupClassContributionId"] for one in plan["coverages"]] == ["K07", None]


def the_sample(**how: Any) -> Any:
    """The seed's plan: coverages of 20 and 40, the employer paying 2 of the first."""
    rows = family()
    rows["ref.rate_cell"] = [cell for cell in rows["ref.rate_cell"] if cell["rate_table_id"] not in ("T21", "T22")]
    for key, plan, price in (("T21", PREVENTIVE, 20), ("T22", ORTHODONTIA, 40)):
        rows["ref.rate_cell"] += table(key, plan, [([], price)])["ref.rate_cell"]
    rows["ref.contribution_rule"] = [
        rule("K07", contract_plan_id=PREVENTIVE, member_type="Subscriber", modified_at=NOW, **how)
    ]
    return rows


@pytest.mark.rule("RA-1", "RA-2", "RA-3", "RA-4", "RA-5", "RA-6", "RA-7", "RA-8")
@pytest.mark.parametrize("how", [{"type": "Amount", "amount_cents": 200}, {"type": "Percentage", "percentage": 10}])
def test_the_seed_s_sample_is_sixty_of_twenty_and_forty(how: dict[str, Any], tmp_path: Path) -> None:
    with a_book(tmp_path, the_sample(**how)).read() as tx:
        (only,) = answer(tx, DENTAL, EMPLOYEE)
    (plan,) = only["plans"]
    assert [amounts(one) for one in plan["coverages"]] == [(20.0, 20.0, 2.0, 18.0), (40.0, 40.0, 0.0, 40.0)]
    assert amounts(plan) == (60.0, 60.0, 2.0, 58.0)
    assert [one["contributions"]["groupClassContributionId"] for one in plan["coverages"]] == ["K07", None]
    assert plan["contributions"]["groupClassContributionId"] is None
    assert plan["rates"] == plan["proratedRates"]


@pytest.mark.rule("RA-9")
def test_only_the_ids_of_the_records_are_read() -> None:
    assert ids_of([{"Id": "a", "BirthDate": "1900-01-01", "Name": 7}, {"Name": "nobody"}]) == ["a", ""]
    both = [{"id": "a", "BirthDate": 7}, {"Id": "b"}, {"Id": "c", "id": "d"}, {"Id": None, "id": "e"}]
    assert ids_of(both) == ["a", "b", "c", "e"]
    with pytest.raises(Refused):
        ids_of([{"id": {"of": "nobody"}}])
    assert ids_of(None) is None and ids_of([]) == []


@pytest.mark.rule("RA-10", "MR-5", "RA-17")
def test_what_is_chosen_of_the_root_is_rated_with_its_mandatory_coverages_and_nothing_is_written(
    tx: Transaction,
) -> None:
    before = tx.connection.execute("SELECT * FROM book.member_plan ORDER BY ALL").fetchall()
    first, second = answer(tx, MEDICAL, EMPLOYEE, SPOUSE)  # the employee holds the dental plan as well
    assert [plan["planId"] for plan in first["plans"]] == [MEDICAL]
    assert [one["coverageId"] for one in first["plans"][0]["coverages"]] == [HOSPITAL, RX]
    assert [one["coverageId"] for one in second["plans"][0]["coverages"]] == [HOSPITAL]
    assert tx.connection.execute("SELECT * FROM book.member_plan ORDER BY ALL").fetchall() == before


@pytest.mark.rule("RA-13", "GB-ACT-005", "GB-ACT-006")
def test_unknown_members_and_those_without_the_plan_stand_beside_the_others(tx: Transaction) -> None:
    found = answer(tx, DENTAL, "nobody", SPOUSE, EMPLOYEE, STRANGER)
    assert [member["memberId"] for member in found] == ["nobody", SPOUSE, EMPLOYEE, STRANGER]
    assert [codes(member) for member in found] == [["SF-0001-0005"], ["GB-ACT-006"], [], ["GB-ACT-006"]]
    assert found[0]["errors"][0]["additionalInfo"] == {"reason": "GB-ACT-005", "says": "Group census member not found."}
    assert [len(member["plans"]) for member in found] == [0, 0, 1, 0]


@pytest.mark.rule("RA-11", "GB-ACT-007")
def test_a_coverage_chosen_without_its_root_is_wrong_and_not_priced(tmp_path: Path) -> None:
    rows = family()
    rows["book.member_plan"].append(choice(STRANGER, ORTHODONTIA))
    with a_book(tmp_path, rows).read() as tx:
        (only,) = answer(tx, DENTAL, STRANGER)
    (stray,) = only["plans"][0]["coverages"]
    assert (stray["coverageId"], codes(stray), stray["rates"]) == (ORTHODONTIA, ["GB-ACT-007"], [])
    assert stray["contributions"] == {
        "employerPremiumAmount": None, "employeePremiumAmount": None, "groupClassContributionId": None, "errors": [],
    }  # fmt: skip
    assert codes(only) == ["GB-ACT-006"]


@pytest.mark.rule("RA-16")
def test_members_are_answered_in_order_and_once(tx: Transaction) -> None:
    assert [one["memberId"] for one in answer(tx, MEDICAL, SPOUSE, EMPLOYEE, SPOUSE)] == [SPOUSE, EMPLOYEE]


@pytest.mark.rule("RA-19")
def test_amounts_are_those_of_member_rating(tx: Transaction) -> None:
    nodes = [{"memberId": who, "plans": [{"planId": MEDICAL}]} for who in (EMPLOYEE, SPOUSE)]
    other = rate_family(tx, EMPLOYEE, nodes, effective_date=JULY, scope=EVERYTHING)
    one = rate_members(tx, [EMPLOYEE, SPOUSE], MEDICAL, effective_date=JULY, scope=EVERYTHING)
    assert one.coverages.rows() == other.coverages.rows() and one.coverages.height == 3


def refused(tx: Transaction, members: Sequence[str] | None, plan: str | None, **more: Any) -> tuple[str, Any]:
    with pytest.raises(Refused) as caught:
        rate_members(tx, members, plan, scope=more.pop("scope", EVERYTHING), **more)
    return caught.value.errors[0].code, caught.value.errors[0].info.get("reason")


@pytest.mark.rule("GB-ACT-001", "GB-ACT-003", "GB-ACT-004")
def test_an_input_names_members_and_an_active_root_plan(tx: Transaction) -> None:
    assert refused(tx, None, MEDICAL) == refused(tx, [], MEDICAL) == ("SF-0001-0004", "GB-ACT-001")
    assert refused(tx, [EMPLOYEE], None) == ("SF-0001-0004", "GB-ACT-003")
    for plan in ("nothing", HOSPITAL, OLD):
        assert refused(tx, [EMPLOYEE], plan) == ("GB-ACT-004", None)
    assert refused(tx, [EMPLOYEE], MEDICAL, scope=Scope(account_ids=("B",))) == ("GB-ACT-004", None)


@pytest.mark.rule("GB-RATE-008", "GB-RATE-013")
@pytest.mark.parametrize(("day", "code"), [("2027-01-01", "GB-RATE-008"), ("July", "SF-0001-0003")])
def test_the_date_lies_in_the_contract(day: str, code: str, tx: Transaction) -> None:
    assert refused(tx, [EMPLOYEE], MEDICAL, effective_date=day)[0] == code


@pytest.mark.rule("RA-14", "GB-CEN-001")
def test_two_thousand_members_are_rated_and_one_more_is_not(tx: Transaction) -> None:
    many = [f"nobody {n}" for n in range(2_000)]
    assert len(rate_members(tx, many, MEDICAL, scope=EVERYTHING).members) == 2_000
    assert refused(tx, [*many, EMPLOYEE], MEDICAL)[0] == "GB-CEN-001"


@pytest.mark.rule("RA-14")
def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    with book.write() as tx:
        set_to(tx, "most_members_per_request", "1", NOW)
        assert refused(tx, [EMPLOYEE, SPOUSE], MEDICAL)[0] == "GB-CEN-001"


@pytest.mark.rule("RA-12", "MR-6")
def test_the_version_of_the_rates_is_that_of_the_effective_date(tmp_path: Path) -> None:
    rows = family()
    rows["ref.rate_cell"] += [
        cell | {"effective_from": date(2026, 7, 1), "rate": 480}
        for cell in rows["ref.rate_cell"]
        if cell["rate"] == 240
    ]
    with a_book(tmp_path, rows).read() as tx:
        before, after = (answer(tx, DENTAL, EMPLOYEE, day=day)[0]["plans"][0] for day in ("2026-06-30", JULY))
    assert (before["coverages"][0]["rates"][0]["value"], after["coverages"][0]["rates"][0]["value"]) == (240.0, 480.0)
