"""What may be saved as a contribution rule: both sides of each boundary, with the published codes."""

from pathlib import Path

import pytest

from services.book import Book
from tests.services.shelf.desk import codes, sheets, tried

RULE = {
    "account_number": "HLB",
    "class_name": "Hourly",
    "name": "New",
    "type": "Percentage",
    "percentage": "10",
    "category": "Dental",
}
AMOUNT = {"type": "Amount", "percentage": "", "amount": "10"}


def saved(bakery: Book, folder: Path, **cells: str) -> list[str]:
    """The codes that saving the rule met, published code and column of each."""
    outcome = tried(bakery, sheets(folder, {"contributions": [RULE | cells]}))
    assert outcome.n_accepted == (0 if codes(outcome) else 1)
    return [f"{code} {published}" for code, published in outcome.issues.select("code", "published_code").rows()]


@pytest.mark.rule("CB-20")
@pytest.mark.rule("GB-CTB-003")
@pytest.mark.parametrize("percentage", ["0", "100", "33.3333"])
def test_a_percentage_from_0_to_100_is_saved(bakery: Book, tmp_path: Path, percentage: str) -> None:
    assert saved(bakery, tmp_path, percentage=percentage) == []


@pytest.mark.rule("CB-20")
@pytest.mark.rule("GB-CTB-003")
@pytest.mark.parametrize("percentage", ["-0.0001", "100.0001"])
def test_a_percentage_outside_is_refused(bakery: Book, tmp_path: Path, percentage: str) -> None:
    assert saved(bakery, tmp_path, percentage=percentage) == ["contribution_out_of_range GB-CTB-003"]


@pytest.mark.rule("CB-20")
@pytest.mark.rule("GB-CTB-003")
def test_an_amount_is_not_negative(bakery: Book, tmp_path: Path) -> None:
    assert saved(bakery, tmp_path / "zero", **AMOUNT | {"amount": "0"}) == []
    assert saved(bakery, tmp_path / "less", **AMOUNT | {"amount": "-0.01"}) == ["contribution_out_of_range GB-CTB-003"]


@pytest.mark.rule("CB-1")
@pytest.mark.rule("GB-CTB-002")
def test_a_rule_names_a_plan_a_product_or_a_category(bakery: Book, tmp_path: Path) -> None:
    assert saved(bakery, tmp_path / "none", category="") == ["contribution_target_missing GB-CTB-002"]
    assert saved(bakery, tmp_path / "product", category="", product_code="PPO") == []
    plan = {"category": "", "contract_number": "HLB-2026", "plan_code": "MED"}
    assert saved(bakery, tmp_path / "plan", **plan) == []


@pytest.mark.rule("GB-CTB-004")
def test_a_rule_does_not_end_before_it_starts(bakery: Book, tmp_path: Path) -> None:
    start = {"effective_start": "2026-02-01"}
    assert saved(bakery, tmp_path / "same", **start, effective_end="2026-02-01") == []
    assert saved(bakery, tmp_path / "before", **start, effective_end="2026-01-31") == ["end_before_start GB-CTB-004"]
