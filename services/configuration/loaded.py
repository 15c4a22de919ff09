"""Configuration rules run over what a census file brought, after it was stored (EC-8).

What lives here: turning what the rules say into issues of the file's lines, so that they reach the report and the error
file like any other. What does not: loading (`services.census_load`), and the upload that asks for it (`services.bulk`).

The rules run after processing: selections stay as they were stored, and what is wrong with them is told.
"""

from datetime import date

import polars as pl

from schemas.census import CENSUS_ISSUE
from services.book import Transaction
from services.configuration.choosing import broken_by
from services.configuration.kinds import ERROR

RULE_BROKEN = "GB-CFG-001"
"""Published code of a configuration rule that a stored selection breaks."""


def tell_broken(tx: Transaction, census_file_id: str, lines: pl.Series, *, today: date) -> pl.DataFrame:
    """Run the rules over the persons on some lines of a stored file, and add what is broken to the file's issues.

    The new issues, in the columns of book.census_issue.
    """
    persons = tx.frame("configuration.persons_of_file", {"file_id": census_file_id})
    persons = persons.filter(pl.col("line_number").is_in(lines.cast(pl.Int32).implode()))
    said = broken_by(tx, persons["group_census_member_id"], today=today).filter(pl.col("type") == ERROR)
    found = said.join(persons, on="group_census_member_id", how="inner", maintain_order="left").sort("line_number")
    issues = found.select(
        census_file_id=pl.lit(census_file_id),
        group_census_id="group_census_id",
        line_number="line_number",
        person_no="person_no",
        scope=pl.lit("plan"),
        severity=pl.lit("error"),
        code=pl.lit("configuration_rule"),
        published_code=pl.lit(RULE_BROKEN),
        column_name=pl.lit("ContractGroupPlan"),
        raw_value="name",
        message="message",
        hint=pl.lit("Change the member's plans so that they go together, then load the line again."),
    ).select(CENSUS_ISSUE.column_names)
    if issues.height:
        with tx.lend(load_issues=issues):
            tx.run("census.store_issues")
    return issues
