"""Flows: named, replaceable sequences of steps that the rows of members go through.

What lives here: the registry of flows, what a step is, and the walk along steps. What does not: validating and saving
(the marks `VALIDATE` and `SAVE` stand for them, whoever processes rows puts its own there), and where rows come from.

A flow is an entry point of the group `benefits.flows`: its name is the `flowName` of a request, its value a function
without parameters that returns the ordered steps. The built-in flow is `VALIDATE`, then `SAVE`; a flow of one's own
puts checks before or after `VALIDATE` (BC-40 to BC-42). A step sees all rows of a request, or of a file, as one table:

    def no_nicknames(tx, rows, context):
        bad = rows.filter(pl.col("first_name").str.contains('"'))
        issues = bad.select("row", code=pl.lit("ACME-1"), message=pl.lit("Write the full name."))
        return rows, issues

    def acme_flow():
        return [no_nicknames, flows.VALIDATE, flows.SAVE]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

import polars as pl

from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.refusals import Malformed

BUILT_IN = "Process Group Census Member Data"
GROUP = "benefits.flows"
"""The entry points that name further flows."""

ISSUES = pl.Schema({"row": pl.UInt32, "code": pl.String, "message": pl.String, "field": pl.String})
"""Columns of the issues of a step; each refuses the row it names. `field` is the property blamed, null for none."""


@dataclass(frozen=True)
class Context:
    """What a step may know besides the rows. `item_id` is set for uploads only, and tells them apart: a step sees all
    batches of an upload at once, so it is the id of the request."""

    census_id: str
    now: datetime
    operation: str
    item_id: str | None = None


class Step(Protocol):
    """One step over all rows.

    `rows` has `row` (its number) and columns named as in book.census_member, as far as they were stated. Before
    `VALIDATE` a step may change values; after it, the rows carry what validation filled in and only issues count. Rows
    are neither dropped nor reordered: an issue refuses a row.
    """

    def __call__(self, tx: Transaction, rows: pl.DataFrame, context: Context, /) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows, and issues in the columns of `ISSUES`; only row, code and message are needed."""
        ...


@dataclass(frozen=True)
class Mark:
    """Stands in a flow for work that whoever processes the rows does."""

    name: str


VALIDATE = Mark("validate")
SAVE = Mark("save")


@dataclass(frozen=True)
class Flow:
    """A flow cut at its marks: the steps before validation, and those between validation and saving."""

    name: str
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


def steps(name: str | None) -> Flow:
    """The flow of that name, in any case; None is the built-in one. An unknown name is refused (CM-16).

    >>> steps(None).name
    'Process Group Census Member Data'
    """
    found = _registered().get((name or BUILT_IN).strip().lower())
    if found is None:
        raise Refused(invalid("flowName"))
    return found()


def names() -> list[str]:
    """Names of all flows, the built-in one first."""
    return [BUILT_IN, *sorted(entry.name for entry in entry_points(group=GROUP))]


def walk(
    along: Sequence[Step], tx: Transaction, rows: pl.DataFrame, context: Context
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows after some steps, and every issue in the columns of `ISSUES`. Malformed where a step loses rows."""
    told = [ISSUES.to_frame()]
    for step in along:
        made, issues = step(tx, rows, context)
        if "row" not in made.columns or not made["row"].equals(rows["row"]):
            raise Malformed("flow_lost_rows", "flowName", "A step of the flow dropped or moved rows.", "Use issues.")
        rows = made
        if not issues.is_empty():
            missing = [pl.lit(None, pl.String).alias(name) for name in ISSUES.names() if name not in issues.columns]
            told.append(issues.with_columns(missing).select(pl.col(name).cast(t) for name, t in ISSUES.items()))
    return rows, pl.concat(told)


def _cut(name: str, ordered: Sequence[Step | Mark]) -> Flow:
    """A sequence cut at its marks; both must be there once, in order, and nothing may follow the saving."""
    marks = [step for step in ordered if isinstance(step, Mark)]
    if marks != [VALIDATE, SAVE] or ordered[-1] != SAVE:
        raise Malformed(
            "flow_without_marks",
            "flowName",
            f"The flow {name} does not validate, then save.",
            "End it with both marks.",
        )
    at = ordered.index(VALIDATE)
    before = tuple(step for step in ordered[:at] if not isinstance(step, Mark))
    after = tuple(step for step in ordered[at:] if not isinstance(step, Mark))
    return Flow(name, before, after)


@cache
def _registered() -> dict[str, Callable[[], Flow]]:
    """Every flow by its name in lower case, loaded when it is asked for. Nobody can replace the built-in one."""
    found: dict[str, Callable[[], Flow]] = {BUILT_IN.lower(): lambda: Flow(BUILT_IN)}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name.strip().lower(), lambda entry=entry: _cut(entry.name, entry.load()()))
    return found
