"""Rows of files with one heading become people with columns of text under canonical names.

What lives here: the cells of each use put under its field, the turning of blocks of columns (`Dep1 DOB`, `Spouse
DOB`) into further people of the same line, the cells of plan columns as long rows, and the finding of two filled
columns for one field. What does not: the typing of the text (typing_road.py) and who is whose dependent (families.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from services.intake import aliases, values
from services.intake.headings import normal
from services.intake.mapping import MANY, Plan, Use

HOUSEHOLD = ("street", "city", "state", "postal_code", "country", "policy_start_date", "policy_end_date")
"""Facts of the line that hold for every person of it, unless the block has its own."""

GENERIC_KEYS = frozenset({"id", "uniqueid", "ee"})
"""Headings of a key that may be the family's or the person's own (`EE #` may just number the rows); which, the rows
tell."""

NUMBERS_OF_EMPLOYEES = frozenset(normal(heading) for heading in aliases.SECOND_CHOICE["ssn"])
"""Headings of a social security number that may be the employee's on the rows of dependents; the rows tell."""

BARE_HOURS = frozenset({"hours", "hrs"})
"""Headings of hours that do not say that they are those of a week; the rows tell."""

_NOBODY = [*values.NOTHING, "none", "no", "n", "false", "0"]
"""Cells in which a block of columns says that there is nobody."""

Column = Callable[[int], pl.Series]


@dataclass(slots=True)
class Bunch:
    """People of files that share one heading."""

    people: pl.DataFrame
    """file_no, line_number, person_no, n_cells, width, and one text column per field of the heading."""
    elections: pl.DataFrame
    """file_no, line_number, person_no, field (one of `mapping.MANY`), product_type, column_name, cell."""
    doubled: dict[int, tuple[str, str]]
    """Files in which two filled columns hold one field -> their names and the field."""


def people_of(plan: Plan, at: pl.DataFrame, column: Column) -> Bunch:
    """The people and elections of records `at` (file_no, line_number, n_cells), whose trimmed cells `column` gives."""
    at = at.with_columns(pl.lit(len(plan.header), pl.Int32).alias("width"))
    texts = {use.position: column(use.position) for use in plan.uses}
    counted = (at["n_cells"] == at["width"]).to_numpy()
    frames = [_own(plan, at, texts)]
    doubled = _doubled(plan, at, texts, counted)
    elections = _elections(plan, at, texts, 0)
    for block in range(1, len(plan.block_names) + 1):
        frame = _block(plan, block, at, texts, frames[0])
        if frame.height:
            frames.append(frame)
            elections += _elections(plan, at, texts, block)
    people = pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]
    return Bunch(people, pl.concat(elections) if elections else _no_elections(), doubled)


def _fields(plan: Plan, block: int, texts: dict[int, pl.Series]) -> list[pl.Series]:
    """One column per field of a block; of two columns for one field (one of them empty) the filled one."""
    columns: list[pl.Series] = []
    for (name, of_block), uses in plan.by_field.items():
        if of_block != block or name in MANY:
            continue
        filled = texts[uses[0].position]
        for use in uses[1:]:
            filled = pl.select(pl.coalesce(filled, texts[use.position])).to_series()
        columns.append(filled.alias(name))
    return columns


def _own(plan: Plan, at: pl.DataFrame, texts: dict[int, pl.Series]) -> pl.DataFrame:
    return at.with_columns(
        pl.lit(0, pl.Int16).alias("person_no"),
        pl.lit(plan.block_names != ()).alias("is_wide"),
        pl.lit(bool(plan.of("relationship") or plan.of("association"))).alias("has_relationship"),
        pl.lit(any(not use.product_type for use in plan.of("plan"))).alias("has_plan_per_row"),
        pl.lit(any(normal(use.header) in GENERIC_KEYS for use in plan.of("employee_key"))).alias("generic_key"),
        pl.lit(_says_annual(plan)).alias("says_annual"),
        pl.lit(any(normal(use.header) in BARE_HOURS for use in plan.of("hours_per_week"))).alias("bare_hours"),
        pl.lit(_type_of_tier(plan), pl.String).alias("tier_type"),
        pl.lit(any(normal(use.header) in NUMBERS_OF_EMPLOYEES for use in plan.of("ssn"))).alias("ssn_of_employee"),
        *_fields(plan, 0, texts),
    )


def _says_annual(plan: Plan) -> bool:
    """The heading of the pay says that it is by the year (`Annual Salary`, `Benefit Salary`), whatever the period it is
    paid in."""
    names = [normal(use.header) for use in plan.of("annual_salary")]
    return bool(names) and all("annual" in name or "benefit" in name for name in names)


def _type_of_tier(plan: Plan) -> str | None:
    """The product type that the heading of the tier names (`Medical Tier`): a waiver there is one of that type."""
    types = {use.product_type for use in plan.of("tier")}
    return types.pop() or None if len(types) == 1 else None


def _block(plan: Plan, block: int, at: pl.DataFrame, texts: dict[int, pl.Series], own: pl.DataFrame) -> pl.DataFrame:
    """The people of one block of columns; a block that says nothing, in blank cells or in N/A, makes no person."""
    columns = _fields(plan, block, texts)
    if not columns:
        return at.clear()
    names = {column.name for column in columns}
    household = [own[name] for name in HOUSEHOLD if name in own.columns and name not in names]
    stand_in = plan.block_relationships[block - 1]
    frame = at.with_columns(
        pl.lit(block, pl.Int16).alias("person_no"),
        pl.lit(True).alias("is_wide"),
        pl.lit(bool({"relationship", "association"} & names)).alias("has_relationship"),
        pl.lit(stand_in or None, pl.String).alias("block_relationship"),
        pl.lit(plan.block_names[block - 1]).alias("block_name"),
        *columns,
        *household,
    )
    holder = [own[name].alias(f"own_{name}") for name in ("last_name", "full_name") if name in own.columns]
    telling = sorted(names - {"relationship", "association", "gender"}) or sorted(names)
    used = pl.any_horizontal(~pl.col(name).str.to_lowercase().is_in(_NOBODY) for name in telling)
    return frame.with_columns(holder).filter(used)


def _doubled(
    plan: Plan, at: pl.DataFrame, texts: dict[int, pl.Series], counted: np.ndarray
) -> dict[int, tuple[str, str]]:
    """Files in which two columns of one field are both filled in rows of full width."""
    found: dict[int, tuple[str, str]] = {}
    file_no = at["file_no"].to_numpy()
    for (name, _), uses in plan.by_field.items():
        if name in MANY or len(uses) < 2:
            continue
        filled: dict[int, list[Use]] = {}
        for use in uses:
            for file in np.unique(file_no[texts[use.position].is_not_null().to_numpy() & counted]).tolist():
                filled.setdefault(file, []).append(use)
        for file, both in filled.items():
            if len(both) > 1:
                found.setdefault(file, (_listed(both), name))
    return found


def _listed(uses: list[Use]) -> str:
    names = [f'"{use.header}" (column {use.position + 1})' for use in uses]
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _elections(plan: Plan, at: pl.DataFrame, texts: dict[int, pl.Series], block: int) -> list[pl.DataFrame]:
    """The filled cells of plan, amount and opt-out columns of the row's person or of one block."""
    frames: list[pl.DataFrame] = []
    for use in plan.uses:
        if use.field not in MANY or use.block != block:
            continue
        cells = texts[use.position]
        filled = cells.is_not_null()
        frames.append(
            at.select("file_no", "line_number")
            .filter(filled)
            .with_columns(
                pl.lit(block, pl.Int16).alias("person_no"),
                pl.lit("amount" if use.field == "elected_amount" else use.field).alias("field"),
                pl.lit(use.product_type or None, pl.String).alias("product_type"),
                pl.lit(use.header).alias("column_name"),
                cells.filter(filled).alias("cell"),
            )
        )
    return frames


def _no_elections() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "file_no": pl.Int32,
            "line_number": pl.Int32,
            "person_no": pl.Int16,
            "field": pl.String,
            "product_type": pl.String,
            "column_name": pl.String,
            "cell": pl.String,
        }
    )
