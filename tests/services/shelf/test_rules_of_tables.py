"""Rate tables are data: method, unit, period, ages, rounding, source, keys and rates are rows."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.book import Book
from tests.services.shelf.desk import asked, codes, load, sheets
from tests.services.shelf.test_rows import ROW


@pytest.mark.rule("GR-21")
def test_a_rate_table_is_rows_of_the_shelf_down_to_its_citation(own: Book, tmp_path: Path) -> None:
    table = ROW["rate_tables"] | {
        "method": "age_banded",
        "rate_unit": "USD per person per month",
        "rate_period": "ANNUAL",
        "age_basis": "NEAREST_BIRTHDAY",
        "age_date": "JAN_1",
        "money_rounding": "HALF_EVEN",
        "axes": "age;tobacco",
        "citation": "Filing 26-117",
        "filed_on": "2025-09-30",
    }
    cell = ROW["rate_cells"] | {"rate_table": "New"}
    stated = {
        "rate_tables": [table],
        "rate_table_plans": [{"rate_table": "New", "contract_number": "HLB-2026", "plan_code": "LTD"}],
        "rate_cells": [
            cell | {"age": "0", "tobacco": "Non-Smoker", "rate": "10.5"},
            cell | {"age": "40", "tobacco": "Non-Smoker", "rate": "12.25"},
            cell | {"age": "40", "tobacco": "Smoker", "rate": "15.000001"},
        ],
    }
    assert codes(load(own, sheets(tmp_path, stated))) == []
    kept = asked(
        own,
        """SELECT p.plan_code, method, rate_unit, rate_period, age_basis, age_date, money_rounding, axes, citation,
            filed_on
        FROM ref.rate_table AS t JOIN ref.rate_table_plan USING (rate_table_id)
        JOIN book.contract_plan AS p USING (contract_plan_id) WHERE t.name = 'New'""",
    )
    unit, axes = "USD per person per month", ["age", "tobacco"]
    settings = ("ANNUAL", "NEAREST_BIRTHDAY", "JAN_1", "HALF_EVEN", axes, "Filing 26-117", date(2025, 9, 30))
    assert kept == [("LTD", "age_banded", unit, *settings)]
    cells = asked(
        own,
        """SELECT effective_from, keys, rate FROM ref.rate_cell JOIN ref.rate_table USING (rate_table_id)
        WHERE name = 'New' ORDER BY ALL""",
    )
    since = date(2027, 1, 1)
    assert [(day, keys[0], rate) for day, keys, rate in cells] == [
        (since, "0", Decimal("10.5")),
        (since, "40", Decimal("12.25")),
        (since, "40", Decimal("15.000001")),
    ]
    assert all(len(keys) == len(axes) for _, keys, _ in cells)
