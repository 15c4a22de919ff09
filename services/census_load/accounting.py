"""The accounting of a load: every person of every line ends in exactly one of accepted, refused or skipped.

What lives here: the outcome of each person and the check that nothing is lost, counted twice or left
without a reason. A failed check is a defect of the program: it raises, and the transaction rolls back.
"""

import polars as pl

from services.census_load.kinds import ERROR, FILE, ROW
from services.intake.landing import Landing


class AccountingError(RuntimeError):
    """A person of a file is lost, counted twice, or refused without a reason."""


def outcomes_of(people: pl.DataFrame, refused: pl.Series) -> pl.Series:
    """accepted, refused or skipped for each person."""
    return people.select(
        pl.when("is_skipped")
        .then(pl.lit("skipped"))
        .when(pl.lit(refused))
        .then(pl.lit("refused"))
        .otherwise(pl.lit("accepted"))
        .alias("outcome")
    ).to_series()


def check(
    landing: Landing, people: pl.DataFrame, outcomes: pl.Series, issues: pl.DataFrame, accepted_ids: pl.DataFrame
) -> None:
    """Raises AccountingError unless lines, persons, outcomes, issues and stored members agree."""
    told = people.select("file_no", "line_number", "person_no", "person").with_columns(outcome=outcomes)
    identity = (
        pl.col("file_no").cast(pl.Int64) * 2**42 + pl.col("line_number").cast(pl.Int64) * 2**15 + pl.col("person_no")
    )
    _no(told.height - told.select(identity.n_unique()).item() if told.height else 0, "persons stand twice on one line")
    rows = landing.rows.select(pl.col("file_no").cast(pl.Int32), pl.col("line_number").cast(pl.Int32))
    _no(rows.join(told, on=["file_no", "line_number"], how="anti").height, "lines ended nowhere")
    _no(told["outcome"].null_count(), "persons have no outcome")
    errors = issues.filter((pl.col("severity") == ERROR) & pl.col("scope").is_in([ROW, FILE]))
    refused, accepted = (told.filter(pl.col("outcome") == outcome) for outcome in ("refused", "accepted"))
    _no(_unexplained(refused, errors).height, "persons are refused without a reason")
    blamed = errors.filter((pl.col("scope") == ROW) & pl.col("person").is_not_null())
    if blamed.height:
        _no(accepted.join(blamed, on="person", how="semi").height, "persons are accepted in spite of an error")
    stored = accepted_ids.drop_nulls("person")
    _no(
        abs(accepted.height - stored.height) + accepted.join(stored, on="person", how="anti").height,
        "accepted persons became no member",
    )


def _unexplained(refused: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
    """The refused persons whom no error names: themselves, their line, or their file."""
    if refused.is_empty() or errors.is_empty():
        return refused
    of_nobody = errors.filter(pl.col("person").is_null())
    return (
        refused.join(errors.drop_nulls("person"), on="person", how="anti")
        .join(of_nobody.drop_nulls("line_number"), on=["file_no", "line_number"], how="anti")
        .join(of_nobody.filter(pl.col("line_number").is_null()), on="file_no", how="anti")
    )


def _no(n: int, what: str) -> None:
    if n:
        raise AccountingError(f"{n} {what}; nothing was stored.")
