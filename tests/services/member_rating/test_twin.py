"""The older twin of member rating: its amounts, and its checks in their documented order."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.book import Transaction
from services.flows import BUILT_IN
from services.insurance_errors import Refused
from services.member_rating.twin import rated_group_products
from services.scope import EVERYTHING
from tests.services.member_rating.desk import (
    CHILD,
    EMPLOYEE,
    HOSPITAL,
    MEDICAL,
    PREVENTIVE,
    RX,
    SPOUSE,
    STRANGER,
    a_book,
    family,
)  # fmt: skip

FAMILY = [{"censusMemberId": EMPLOYEE, "planIds": [RX]}, {"censusMemberId": SPOUSE}]
FINE: dict[str, Any] = {
    "flow_name": BUILT_IN,
    "census_id": "C",
    "contract_id": "K",
    "root_plan_id": MEDICAL,
    "member_plans": FAMILY,
    "scope": EVERYTHING,
}


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    rows = family(policy_start_date=date(2026, 4, 16))
    with a_book(tmp_path_factory.mktemp("twin"), rows).read() as opened:
        yield opened


def test_a_family_is_rated_for_the_whole_term_or_from_the_start_of_its_cover(tx: Transaction) -> None:
    whole = rated_group_products(tx, **FINE)
    # 5,400.00 + 960.00 + 6,120.00; the employer pays 80 % of 5,400.00 and half of 6,120.00
    assert whole == {
        "rootPlanId": MEDICAL, "standardPremium": 12480.0, "termPremium": 12480.0, "employerContribution": 7380.0,
        "employeeContribution": 5100.0,
    }  # fmt: skip
    part = rated_group_products(tx, **FINE, is_prorated=True)
    # the worked example of member rating, 260 of 365 days
    assert list(part.values())[1:] == [12480.0, 8889.87, 5256.99, 3632.88]


def test_members_are_told_apart_when_asked_for(tx: Transaction) -> None:
    first, second = rated_group_products(tx, **FINE, is_prorated=True, with_members=True)["members"]
    assert first == {
        "censusMemberId": EMPLOYEE, "standardPremium": 6360.0, "termPremium": 4530.42, "employerContribution": 3077.26,
        "employeeContribution": 1453.16, "contributionType": "percentage",
    }  # fmt: skip
    assert (second["censusMemberId"], second["termPremium"]) == (SPOUSE, 4359.45)


def test_a_node_without_plans_takes_no_optional_coverage_though_one_is_saved(tx: Transaction) -> None:
    alone: dict[str, Any] = {"member_plans": [{"censusMemberId": EMPLOYEE}]}
    found = rated_group_products(tx, **(FINE | alone))
    assert found["standardPremium"] == 5400.0


@pytest.mark.rule("GB-RATE-004", "GB-ENR-010")
@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"flow_name": None}, "SF-0001-0004", "Specify an input for flowName."),
        ({"flow_name": "Other"}, "GB-ENR-010", "The flow Other doesn't exist or isn't active."),
        ({"member_plans": None}, "SF-0001-0004", "Specify an input for memberPlans."),
        ({"member_plans": [{"censusMemberId": "nobody"}]}, "SF-0001-0005", "Specify a valid input for censusMemberId."),
        ({"member_plans": [*FAMILY, FAMILY[0]]}, "GB-RATE-005", "Specify each member only once."),
        ({"contract_id": None}, "SF-0001-0004", "Specify an input for contractId."),
        ({"contract_id": "L"}, "SF-0001-0005", "Specify a valid input for contractId."),
        ({"root_plan_id": HOSPITAL}, "GB-RATE-006", "Plan isn't part of the contract, or isn't active."),
        ({"census_id": None}, "SF-0001-0004", "Specify an input for censusId."),
        ({"census_id": "D"}, "SF-0001-0005", "Specify a valid input for censusId."),
        ({"member_plans": [{"censusMemberId": SPOUSE}]}, "GB-RATE-002", "Specify a primary member."),
        (
            {"member_plans": [FAMILY[0], {"censusMemberId": STRANGER}]},
            "GB-RATE-002",
            "Specify a primary member.",
        ),
        (
            {"member_plans": [{"censusMemberId": EMPLOYEE, "planIds": [PREVENTIVE]}]},
            "GB-RATE-007",
            "Coverage doesn't belong to the specified plan.",
        ),
        (
            {"member_plans": [{"censusMemberId": EMPLOYEE}, {"censusMemberId": CHILD}]},
            "GB-RATE-011",
            "No rate found for the member's attributes.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_documented_words(
    change: dict[str, Any], code: str, says: str, tx: Transaction
) -> None:
    with pytest.raises(Refused) as caught:
        rated_group_products(tx, **(FINE | change))
    (error,) = caught.value.errors
    assert (error.code, error.message) == (code, says)


def test_a_dependent_of_another_family_is_named(tmp_path: Path) -> None:
    rows = family()
    rows["book.census_member"][1] |= {"family_id": STRANGER, "primary_member_id": STRANGER}
    with a_book(tmp_path, rows).read() as tx, pytest.raises(Refused) as caught:
        rated_group_products(tx, **FINE)
    assert caught.value.errors[0].message == "Specify a member that belongs to this family."
    assert caught.value.errors[0].info == {"censusMemberId": SPOUSE}
