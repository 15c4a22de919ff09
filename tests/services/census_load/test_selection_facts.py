"""Facts of a choice beside its plan find their selection, stay where a cell is blank, and are undone with a load."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from services.intake.selection_facts import SCHEMA
from services.undo import undo_last_load
from tests.services.census_load.builder import CENSUS, LATER, World, a_file, landed, person

COLUMNS = "evidence_status, approved_amount_cents, approved_from, is_late_entrant, original_effective_date"
STORED = f"SELECT contract_plan_id, {COLUMNS} FROM book.member_plan WHERE evidence_status IS NOT NULL"
EXTRA = {"Supplemental Life": "Extra Life"}


def stating(*people: dict[str, Any], kind: str = "Supplemental Life", **facts: Any) -> Any:
    """A landing in which the first person states these facts of one product type, each in a cell of its own."""
    cells = [
        {"person": 0, "line_number": 2, "product_type": kind, "column_name": f"{kind} {name}", name: value}
        for name, value in facts.items()
    ]
    return replace(landed(a_file(*people)), facts=pl.DataFrame(cells, schema=SCHEMA))


def test_facts_go_to_the_selection_of_their_type_and_may_change_later(world: World) -> None:
    noor = person("Noor", plans=EXTRA | {"Life": "Life Plus"})
    outcome = world.load(stating(noor, evidence_status="PENDING", original_effective_date=date(2019, 7, 1)))
    assert outcome.issues.is_empty()
    ((plan, *first),) = world.sql(STORED)
    assert first == ["PENDING", None, None, None, date(2019, 7, 1)]

    approved = {"evidence_status": "APPROVED", "approved_amount_cents": 15_000_000, "approved_from": date(2026, 5, 1)}
    outcome = world.load(stating(person("Noor"), **approved, is_late_entrant=False), now=LATER)
    # The date of origin was not stated again and stays.
    later = ("APPROVED", 15_000_000, date(2026, 5, 1), False, date(2019, 7, 1))
    assert world.sql(STORED) == [(plan, *later)]
    assert outcome.per_census["n_selections_changed"].to_list() == [1]

    again = world.load(stating(person("Noor"), **approved), now=LATER)
    assert again.per_census["n_selections_changed"].to_list() == [0]

    with world.book.write() as tx:
        undo_last_load(tx, CENSUS, now=LATER)
    assert world.sql(STORED) == [(plan, *first)]


def test_a_fact_of_a_plan_that_the_member_does_not_have_only_warns(world: World) -> None:
    outcome = world.load(stating(person("Noor", plans={"Life": "Life Plus"}), evidence_status="PENDING"))
    assert outcome.issues.select("code", "severity", "column_name", "raw_value").rows() == [
        ("fact_without_plan", "warning", "Supplemental Life evidence_status", "PENDING")
    ]
    assert world.sql(STORED) == []


def test_a_negative_approved_amount_is_refused_and_the_plan_stays(world: World) -> None:
    outcome = world.load(stating(person("Noor", plans=EXTRA), approved_amount_cents=-1, evidence_status="APPROVED"))
    assert outcome.issues["code"].to_list() == ["negative_amount"]
    assert [row[1:3] for row in world.sql(STORED)] == [("APPROVED", None)]
