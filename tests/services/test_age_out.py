"""A child who grows out of a plan no longer counts in the family's tier from the next day on."""

from datetime import date
from pathlib import Path

import pytest

from tests.services.test_assemble import child, held_by, stated
from tests.services.test_gather import MEMBER, ONE_PLAN, TABLE, Rows, priced, rate

LIMIT = stated(DependentAgeLimit="19", DependentAgeOut="BIRTHDAY")


def family(born: date) -> Rows:
    """An employee with one child; 100.00 a year alone, 200.00 with a child."""
    cells = {"EE": 100, "ES": 300, "EC": 200, "FAM": 400}
    return (
        ONE_PLAN
        | {"book.census_member": [MEMBER, child(born)], "book.member_plan": held_by("M", "N")}
        | priced("P")
        | {
            "ref.rate_table": [TABLE | {"method": "composite_tier", "rate_period": "TERM", "axes": ["tier"]}],
            "ref.rate_cell": [
                {"rate_table_id": "T", "effective_from": date(2020, 1, 1), "keys": [tier], "rate": price}
                for tier, price in cells.items()
            ],
        }
        | LIMIT
    )


@pytest.mark.rule("GR-26")
@pytest.mark.parametrize(
    ("born", "cents"),
    [
        (date(2008, 1, 1), 20_000),  # 19 in 2027: the whole term with a child
        (date(2006, 12, 31), 10_000),  # 19 on the day before the term: never with a child
        # 19 on 20 May: 140 days with a child, 225 without: (200 x 140 + 100 x 225) / 365 = 138.36
        (date(2007, 5, 20), 13_836),
    ],
)
def test_the_tier_falls_on_the_day_after_the_last_child_leaves(tmp_path: Path, born: date, cents: int) -> None:
    employee = [row for row in rate(tmp_path, family(born)) if row[4]]
    assert [row[4] for row in employee] == [cents]
