"""Configuration rules after a file was loaded (eligible plans, EC-8; bulk census)."""

from typing import Any

import polars as pl
import pytest

from services.configuration.loaded import tell_broken
from tests.attached import AttachedBook
from tests.services.bulk.desk import Desk
from tests.services.census_load.builder import NOW, World, a_file, insert, landed, person, plan_id


def excludes(world: World) -> None:
    """ClearSight can't be combined with Smile Basic."""
    rule: dict[str, Any] = {
        "configuration_rule_id": "0rc1",
        "contract_id": "800A",
        "kind": "EXCLUDES",
        "contract_plan_id": plan_id("P003"),
        "other_plan_id": plan_id("P004"),
        "modified_at": NOW,
    }
    insert(world, "ref.configuration_rule", [rule])


@pytest.mark.rule("EC-8")
def test_what_a_file_brought_against_the_rules_is_told_with_its_line_and_stays(world: World) -> None:
    excludes(world)
    both = {"Vision": "ClearSight", "Dental": "Smile Basic"}
    people = (
        person("Una", "Park", plans=both),
        person("Ivo", "Park", plans={"Vision": "ClearSight"}),
        person("Max", "Park", plans=both),
    )
    outcome = world.load(landed(a_file(*people)))
    file_id = outcome.per_census["census_file_id"][0]
    with world.book.write() as tx:
        told = tell_broken(tx, file_id, pl.Series([2, 3]), today=NOW.date())
    assert told.select("line_number", "scope", "severity", "published_code", "raw_value", "message").rows() == [
        (2, "plan", "error", "GB-CFG-001", "ClearSight", "ClearSight can't be combined with Smile Basic.")
    ]
    assert world.sql("SELECT line_number, code FROM book.census_issue") == [(2, "configuration_rule")]
    assert world.plans_of("Una") == ["P003", "P004"]


@pytest.mark.rule("EC-8", "BC-11")
@pytest.mark.parametrize("is_asked", [True, False])
def test_an_upload_runs_the_rules_if_asked_and_puts_broken_rows_in_the_error_file(world: World, is_asked: bool) -> None:
    excludes(world)
    book = AttachedBook(world.book.path, idle_s=5.0)
    desk = Desk(World(book))
    text = "Given,Family,Role,Plans,More\nUna,Park,Self,ClearSight,Smile Basic\nIvo,Park,Self,ClearSight,\n"
    mapping = {
        "Given": "FirstName",
        "Family": "Lastname",
        "Role": "AssociationWithPrimaryMbr",
        "Plans": "ContractGroupPlan",
        "More": "ContractGroupPlan",
    }
    done = desk.upload(text, mapping=mapping, executes_rules=is_asked)
    assert (done["rowsRead"], done["rowsCreated"], done["rowsFailed"]) == (2, 2, int(is_asked))
    if is_asked:
        _, row = desk.errors(done)
        assert row[0] == "Una"
        assert "ClearSight can't be combined with Smile Basic." in row[-1]
    else:
        assert done["errorDocumentId"] is None
    book.close()
