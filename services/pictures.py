"""Pictures of a run, as PNG bytes: who is on the census, and premium by line and by age.

What lives here: the three bar charts shown on the Dagster assets. What does not: the sums they draw
(`sql/pictures.sql`) and where they are shown (`assets`). Bars are sums of ten years of age, never a person.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from services.book import Transaction

_COLOURS = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#7030a0", "#2e75b6", "#a5a5a5", "#c00000", "#00807a")
_OTHERS = "other lines"
_MOST_LINES = 8


def premium_by_line(tx: Transaction, run_ids: Sequence[str]) -> bytes:
    """Employer and employee money by line of benefit, for the runs given."""
    with tx.lend(pictured_runs=pl.DataFrame({"rating_run_id": list(run_ids)}, schema={"rating_run_id": pl.String})):
        sums = tx.frame("pictures.premium_by_line")
    parts = {
        "employer": (sums["employer_cents"] / 100).to_list(),
        "employee": (sums["employee_cents"] / 100).to_list(),
    }
    return _stacked(sums["line"].to_list(), parts, "Premium of the contract term by line", "US dollars")


def premium_by_age(tx: Transaction, run_ids: Sequence[str]) -> bytes:
    """Premium by ten years of age and line of benefit, for the runs given."""
    with tx.lend(pictured_runs=pl.DataFrame({"rating_run_id": list(run_ids)}, schema={"rating_run_id": pl.String})):
        sums = tx.frame("pictures.premium_by_age")
    largest = (
        sums.group_by("line")
        .agg(pl.col("prorated_cents").sum())
        .sort("prorated_cents", "line", descending=[True, False])
    )
    kept = largest["line"].head(_MOST_LINES).to_list()
    sums = sums.with_columns(pl.when(pl.col("line").is_in(kept)).then("line").otherwise(pl.lit(_OTHERS)).alias("line"))
    return _by_age(sums, "line", "prorated_cents", 100, "Premium of the contract term by age", "US dollars")


def people_by_age(tx: Transaction, cohorts: Sequence[str], today: date) -> bytes:
    """Primaries and dependents by ten years of age, for the cohorts given."""
    sums = tx.frame("pictures.people_by_age", {"cohorts": list(cohorts), "today": today})
    return _by_age(sums, "member_type", "n", 1, "People by age", "people")


def _by_age(sums: pl.DataFrame, split: str, value: str, unit: int, title: str, says: str) -> bytes:
    """Bars of ten years of age, stacked by a column."""
    wide = (
        sums.group_by("age_from", split)
        .agg(pl.col(value).sum())
        .pivot(split, index="age_from", values=value)
        .sort("age_from", nulls_last=True)
        .with_columns(pl.exclude("age_from").fill_null(0))
    )
    ages = ["age unknown" if age is None else f"{age} to {age + 9}" for age in wide["age_from"].to_list()]
    by_size = sorted(wide.columns[1:], key=lambda name: (-int(wide[name].sum()), name))
    parts = {name: (wide[name] / unit).to_list() for name in by_size}
    return _stacked(ages, parts, title, says)


def _stacked(labels: Sequence[str], parts: dict[str, list[float]], title: str, says: str) -> bytes:
    """Horizontal stacked bars as a PNG; an empty picture says that there is nothing to show."""
    figure = Figure(figsize=(7, max(1.8, 0.34 * len(labels) + 1.0)), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    start = [0.0] * len(labels)
    for number, (name, values) in enumerate(parts.items()):
        axes.barh(
            range(len(labels)), values, left=start, label=name, color=_COLOURS[number % len(_COLOURS)], height=0.7
        )
        start = [left + value for left, value in zip(start, values, strict=True)]
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(says)
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    if not labels:
        axes.text(0.5, 0.5, "nothing to show", ha="center", transform=axes.transAxes)
    elif len(parts) > 1:
        figure.legend(frameon=False, fontsize=8, loc="outside right upper")
    made = BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()
