"""The asset that enrolls a cohort: the same function as a server's, and nothing twice."""

from pathlib import Path

import dagster as dg
import pytest

from assets.enrollment import POLICY_TABLES, group_enrollment
from services.book import Book
from tests.random_book import NOW, write
from tests.services.enrollment.desk import CENSUS, MEDICAL, OWEN, a_book, chosen, found, rows


def enrolled(book: Book) -> set[str]:
    """The tables that a run of the asset stored."""
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cohort", ["2027"])
    done = dg.materialize([group_enrollment], resources={"book": book}, partition_key="2027", instance=instance)
    return {each.asset_key.to_user_string() for each in done.get_asset_materialization_events() if each.asset_key}


@pytest.mark.rule("EN-23")
def test_the_asset_enrolls_what_a_cohort_chose_and_nothing_twice(tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    with book.write() as tx:
        write(
            tx.connection,
            {
                "book.cohort": [{"cohort": "2027", "registered_at": NOW}],
                "book.cohort_census": [{"cohort": "2027", "group_census_id": CENSUS}],
            },
        )
    for _ in range(2):
        assert enrolled(book) == {name.replace(".", "/") for name in POLICY_TABLES}
        assert found(book, "SELECT count(*) FROM book.insurance_policy") == [(3,)]
