"""Rating an old run again: from the inputs it was rated from, compared with what it stored, to the cent.

What lives here: `rerate`, and naming each value that differs. What does not: the keeping of inputs
(`services.frozen`), the road itself (the one of every run: `services.assemble`, `rating`, `services.results`)
and two different runs side by side (`services.compare`).

The run is made once more in a book of its own in memory, so that it takes the very road of a stored run.
Nothing in the book is changed. The same version of the code must give every cent again; another version may
not, and then each difference is named.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from rating import rate
from schemas import TABLES
from services.assemble import assemble
from services.book import Book, Transaction, build_tables
from services.code_version import code_version
from services.frozen import load
from services.inputs import Inputs
from services.queries import statement
from services.refusals import Conflict, NotFound
from services.results import RunRequest, store

LEVELS = {
    "coverage": "out.coverage_premium",
    "piece": "out.coverage_piece",
    "plan": "out.plan_premium",
    "member": "out.member_premium",
    "composite rate": "out.composite_rate",
}
"""What is compared: every column of these tables but the id of the run."""

RUN = "rating_run_id"
IDENTITY = (
    "group_census_id",
    "group_census_member_id",
    "root_plan_id",
    "contract_plan_id",
    "group_class_id",
    "piece_from",
    "term_start",
)
"""Columns that say which row of its level a row is, as far as the level has them."""

ROW = "row"
"""Stands for a column where a whole row is there on one side only."""

_GONE = {
    "retention": "Its inputs were given up by the settings of retention.",
    "person_removed": "A person was removed from its inputs.",
    None: "It was made by a version of the program that kept no inputs.",
}


@dataclass(frozen=True)
class Rerated:
    """What came of rating a run again.

    `n_rows` counts the stored rows compared by level, `counts` the values that differ by level and column, and
    `differences` names them, at most as many as were asked for: level, ids, column, stored value and value now.
    """

    run_id: str
    code_then: str | None
    code_now: str
    n_rows: dict[str, int]
    counts: pl.DataFrame
    differences: pl.DataFrame

    @property
    def is_identical(self) -> bool:
        """True: every stored value came out again."""
        return self.counts.is_empty()

    @property
    def is_same_code(self) -> bool:
        """True: the run was made by this very code."""
        return self.code_then == self.code_now


@dataclass(frozen=True)
class StoredRun:
    """The stored row of the run, as far as it is needed."""

    request: RunRequest
    code_version: str | None


def rerate(book: Book, run_id: str, *, most: int | None = None) -> Rerated:
    """Rate a stored run again from its kept inputs and compare; `most` limits the differences that are named.

    Raises NotFound for an unknown run, Conflict for one whose inputs are gone, Malformed for damaged inputs.
    """
    with book.read() as tx:
        run = stored_run(tx, run_id)
        inputs = load(tx, run_id)
    with _made_again(inputs, run.request) as again, book.locked(exclusive=False):
        again.run("publish.attach_source", {"path": str(book.path)})
        found = {level: _level(again, level, run_id, most) for level in LEVELS}
    named = pl.concat(named for _, _, named in found.values())
    return Rerated(
        run_id=run_id,
        code_then=run.code_version,
        code_now=code_version(),
        n_rows={level: n_rows for level, (n_rows, _, _) in found.items()},
        counts=pl.concat(counts for _, counts, _ in found.values()),
        differences=named if most is None else named.head(most),
    )


def stored_run(tx: Transaction, run_id: str) -> StoredRun:
    """The stored run, or why it cannot be rated again."""
    found = tx.row("rerate.run", {"run_id": run_id})
    if found is None:
        raise NotFound(
            "run_missing", run_id, f"There is no run {run_id}.", "`benefits export runs runs.csv` lists all runs."
        )
    cohort, rating_date, rated_at, version, is_reproducible, gone = found
    if not is_reproducible:
        raise Conflict(
            "inputs_gone",
            run_id,
            f"The run {run_id} cannot be rated again. {_GONE[gone]}",
            "Its results stand as they are. `benefits rate` makes a new run of what the book holds now.",
        )
    return StoredRun(RunRequest(cohort, rating_date, rated_at), version)


@contextmanager
def _made_again(inputs: Inputs, request: RunRequest) -> Iterator[Transaction]:
    """A book in memory that holds nothing but the run, rated and stored as any run is."""
    gathered = assemble(inputs)
    result = rate(gathered.batch, gathered.rates)
    with duckdb.connect() as connection:
        build_tables(connection)
        tx = Transaction(connection)
        store(tx, gathered, result, request)
        yield tx


def _level(again: Transaction, level: str, run_id: str, most: int | None) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """Rows compared, counts by column and the differences of one level."""
    table = LEVELS[level]
    names = [name for name in TABLES[table].column_names if name != RUN]

    def asked(name: str) -> pl.DataFrame:
        sql = statement(f"rerate.{name}").replace("{table}", table).replace("{columns}", ", ".join(names))
        made = pl.from_arrow(again.connection.sql(sql, params={"run_id": run_id}).to_arrow_table())
        assert isinstance(made, pl.DataFrame)
        return made

    n_rows = int(asked("n_stored").item())
    counts, named = differences(level, asked("stored_only"), asked("made_only"), most)
    return n_rows, counts, named


def differences(
    level: str, stored: pl.DataFrame, made: pl.DataFrame, most: int | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every value that differs between rows of one level: counts by column, and the values themselves.

    >>> row = {"group_census_member_id": ["0r6"], "age": [40]}
    >>> _, named = differences("member", pl.DataFrame(row), pl.DataFrame(row | {"age": [41]}))
    >>> named.select("group_census_member_id", "column", "stored", "now").row(0)
    ('0r6', 'age', '40', '41')
    """
    ids = [name for name in IDENTITY if name in stored.columns]
    there = pl.lit("there")
    both = stored.with_columns(there.alias(ROW)).join(
        made.with_columns(there.alias(ROW)), on=ids, how="full", coalesce=True, nulls_equal=True, suffix="_now"
    )
    counts: list[tuple[str, int]] = []
    named = [_named(level, both.clear(), ROW)]
    for name in (ROW, *(name for name in stored.columns if name not in ids)):
        differs = pl.col(name).ne_missing(pl.col(f"{name}_now"))
        if name != ROW:  # a row that is there on one side only is named once
            differs &= pl.col(ROW).is_not_null() & pl.col(f"{ROW}_now").is_not_null()
        found = both.filter(differs)
        if found.height:
            counts.append((name, found.height))
            named.append(_named(level, found if most is None else found.head(most), name))
    counted = pl.DataFrame(
        {
            "level": pl.Series([level] * len(counts), dtype=pl.String),
            "column": pl.Series([name for name, _ in counts], dtype=pl.String),
            "n": pl.Series([n for _, n in counts], dtype=pl.Int64),
        }
    )
    return counted, pl.concat(named)


def _named(level: str, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of differences in one column."""
    return rows.select(
        pl.lit(level).alias("level"),
        *((pl.col(i) if i in rows.columns else pl.lit(None).alias(i)).cast(pl.String) for i in IDENTITY),
        pl.lit(name).alias("column"),
        pl.col(name).cast(pl.String).alias("stored"),
        pl.col(f"{name}_now").cast(pl.String).alias("now"),
    ).sort(*IDENTITY)
