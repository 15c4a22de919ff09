"""The sheet of configuration rules reaches the engine (eligible plans, EC-7)."""

from pathlib import Path

import pytest

from services.book import Book
from tests.services.shelf.desk import asked, codes, load, sheets

ROWS = [
    {
        "contract_number": "hlb-2026",
        "kind": "needs",
        "plan_code": "LTD",
        "other_plan_code": "std",
        "message": "STD first.",
    },
    {"contract_number": "HLB-2026", "kind": "EXCLUDES", "plan_code": "DEN", "other_plan_code": "MED-RX"},
    {"contract_number": "HLB-2026", "kind": "AGE_LIMIT", "plan_code": "LIFE", "maximum_age": "80"},
    {"contract_number": "HLB-2026", "kind": "AGE_LIMIT", "plan_code": "life", "minimum_age": "18"},
]


@pytest.mark.rule("EC-7")
def test_rules_are_stored_under_the_ids_of_their_plans_and_each_counts_once(own: Book, tmp_path: Path) -> None:
    stated = sheets(tmp_path, {"configuration_rules": ROWS})
    outcome = load(own, stated)
    assert codes(outcome) == [("configuration_rules", 5, "row_repeated", "kind")]
    assert asked(
        own,
        "SELECT r.kind, p.plan_code, o.plan_code, r.minimum_age, r.maximum_age, r.message"
        " FROM ref.configuration_rule r JOIN book.contract_plan p USING (contract_plan_id)"
        " LEFT JOIN book.contract_plan o ON o.contract_plan_id = r.other_plan_id"
        " WHERE p.plan_code <> 'STD' ORDER BY ALL",
    ) == [
        ("AGE_LIMIT", "LIFE", None, None, 80, None),
        ("EXCLUDES", "DEN", "MED-RX", None, None, None),
        ("NEEDS", "LTD", "STD", None, None, "STD first."),
    ]
    again = load(own, stated)
    assert again.n_changed == 0
