"""Explaining premiums: how the rate, the premium and the shares of a coverage came about, line by line, to the cent.

What lives here: `explain_member` for one member, `keep` for a whole run. What does not: the words
(`services.explain_words`, `services.explain_shares`) and the arithmetic: the kept inputs of the run go through the very
engine that rated it, whose steps write down what they find (`rating.notes`). What was stored and what is explained are
compared; one that differs is refused, so that an explanation always ends with the stored share.

Whole groups are rated even for one member, because rates made from the census need everybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from rating import rate
from rating.notes import Notes
from services.assemble import Gathered, assemble
from services.book import Transaction
from services.explain_cut import blocks, companions, cut
from services.explain_facts import IDS, MONEY, Names, wide
from services.explain_imputed import ImputedYear, imputed_years
from services.explain_lines import rows_of
from services.explain_numbers import decimal
from services.explain_rules import PLACE, rivals
from services.explain_shares import share_lines
from services.explain_words import premium_lines
from services.frozen import load
from services.inputs import Inputs
from services.refusals import Conflict, Malformed, NotFound
from services.rerate import stored_run

MOST = 10
"""People listed where a name means several."""


@dataclass(frozen=True)
class Explained:
    """A member's coverages in one run: `coverages` with names and stored amounts, `steps` with the lines of each.

    Both have the ids of the coverage; `steps` has `step`, `kind`, `says`, `value_e6` and `cents` besides. `imputed` are
    the tax years for which imputed income is kept of the run; none where one plan is asked for.
    """

    run_id: str
    member_id: str
    member_name: str | None
    coverages: pl.DataFrame
    steps: pl.DataFrame
    imputed: list[ImputedYear]

    def by_coverage(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The title and the lines of each coverage."""
        titles = self.coverages.select("root_plan_id", "contract_plan_id", "plan_name", "coverage_name")
        for root, coverage, plan, name in titles.rows():  # of one member
            part = f", {name or coverage}" if coverage != root else ""
            yield f"{plan or root}{part}", self.steps.filter(pl.col("contract_plan_id") == coverage)


@dataclass(frozen=True)
class Kept:
    """What was stored for a run: lines, coverages, and the sum of their last lines."""

    n_lines: int
    n_coverages: int
    employee_cents: int


def explain_member(
    tx: Transaction, member: str, *, plan: str | None = None, run_id: str | None = None, renewal: bool = False
) -> Explained:
    """Explain the coverages of a member, named by id, member key or id of the source system; of one plan, if told.

    Without a run the current one of the member's census is taken, or the one of its renewal. Raises NotFound where
    there is no such member, run, plan or coverage, Malformed where several members are meant, Conflict where the run's
    inputs are gone or the program now comes to another amount than is stored.
    """
    member_id, census, name = _person(tx, member, run_id)
    run = run_id or _current_run(tx, census, "renewal" if renewal else "current")
    stored_run(tx, run)
    inputs = load(tx, run)
    made, steps = _explained(tx, run, cut(inputs, companions(inputs, census)), member_id)
    if plan is not None:
        codes = [pl.col(column).str.to_lowercase() == plan.strip().lower() for column in ("plan_code", "coverage_code")]
        chosen = made.filter(pl.any_horizontal(codes))
        if chosen.is_empty():
            known = ", ".join(made["plan_code"].drop_nulls().unique().sort()) or "none"
            raise NotFound("plan_missing", plan, f"{member} holds no plan {plan} in the run {run}.", f"Held: {known}.")
        made = chosen
    if made.is_empty():
        raise NotFound(
            "coverage_missing",
            member,
            f"{member} has no coverage in the run {run}.",
            "Name another run, or rate again: `benefits rate`.",
        )
    own = steps.join(made.select("row"), on="row", how="semi").drop("row")
    return Explained(run, member_id, name, made, own, [] if plan else imputed_years(tx, run, member_id))


def as_json(made: Explained) -> dict[str, Any]:
    """The same as plain values: amounts in whole cents, other numbers as decimal text."""
    lines = made.steps.with_columns(value=decimal(pl.col("value_e6"), 6)).drop("value_e6")
    return {
        "rating_run_id": made.run_id,
        "group_census_member_id": made.member_id,
        "name": made.member_name,
        "coverages": [
            {
                **coverage,
                "steps": lines.filter(pl.col("contract_plan_id") == coverage["contract_plan_id"])
                .select("step", "kind", "says", "value", "cents")
                .to_dicts(),
            }
            for coverage in made.coverages.drop("row", "group_census_member_id").to_dicts()  # of one member
        ],
        "imputed_income": [
            {
                "tax_year": each.tax_year,
                "steps": [
                    {"step": step, "kind": kind, "says": says, "cents": cents}
                    for step, (kind, says, cents) in enumerate(each.steps, 1)
                ],
            }
            for each in made.imputed
        ],
    }


def keep(tx: Transaction, run_id: str) -> Kept:
    """Store the explanation of a whole run in `out.explanation`, in place of an earlier one, group by group.

    Raises as `explain_member`.
    """
    stored_run(tx, run_id)
    inputs = load(tx, run_id)
    tx.run("explain.forget", {"run_id": run_id})
    n_lines = n_coverages = cents = 0
    for censuses in blocks(inputs):  # a hundred thousand coverages each
        made, steps = _explained(tx, run_id, cut(inputs, censuses))
        with tx.lend(explanation_rows=steps.drop("row").with_columns(rating_run_id=pl.lit(run_id))):
            tx.run("explain.insert")
        n_lines, n_coverages = n_lines + steps.height, n_coverages + made.height
        cents += int(made["employee_cents"].sum())
    return Kept(n_lines, n_coverages, cents)


def _person(tx: Transaction, member: str, run_id: str | None) -> tuple[str, str, str | None]:
    """Id, census and name of the one member meant; of several, the one whose census the run is of. An employee has one
    number with the employer, and a census for each term.
    """
    found = tx.rows("explain.people", {"member": member.strip(), "run_id": run_id})
    found = [row for row in found if row[4]] or found
    if not found:
        raise NotFound(
            "member_missing",
            member,
            f"There is no member {member}.",
            "Name a member by id, member key or id on the census; `benefits export members members.csv` lists them.",
        )
    if len(found) > 1:
        listed = "; ".join(f"{row[0]} {row[2] or ''} ({row[3]})" for row in found[:MOST])
        more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
        raise Malformed(
            "member_ambiguous", member, f"{member} means {len(found)} members.", f"Name one by id: {listed}{more}."
        )
    return found[0][0], found[0][1], found[0][2]


def _current_run(tx: Transaction, census: str, kind: str) -> str:
    found = tx.row("explain.current_run", {"census_id": census, "kind": kind})
    if found is None:
        raise NotFound(
            "run_missing", census, f"The member's census has no {kind} run.", "Rate it first: `benefits rate`."
        )
    return str(found[0])


def _explained(
    tx: Transaction, run_id: str, inputs: Inputs, member_id: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages and lines of everybody in the inputs, or of one member."""
    gathered = assemble(inputs)
    notes = Notes(len(gathered.batch.coverages))
    result = rate(gathered.batch, gathered.rates, notes=notes)
    names = _names(tx, gathered)
    frame = wide(gathered, result, notes, names)
    if member_id is not None:
        frame = frame.filter(pl.col("group_census_member_id") == member_id)
    frame = frame.join(rivals(frame, gathered, names), on=PLACE, how="left", maintain_order="left")
    _refuse_differences(tx, run_id, frame)
    steps = rows_of(frame, [*premium_lines(frame, result), *share_lines()])
    shown = ("plan_code", "plan_name", "coverage_code", "coverage_name", *MONEY, "issue", "zero_reason")
    return frame.select("row", *IDS, *shown), steps


def _names(tx: Transaction, gathered: Gathered) -> Names:
    """What the book calls plans, tables and rules now; what it holds no more has no name."""

    def asked(name: str, ids: pl.Series) -> pl.DataFrame:
        return tx.frame(f"explain.{name}", {"ids": ids.drop_nulls().unique().sort().to_list()})

    return Names(
        plans=asked("plans", gathered.offers["contract_plan_id"]),
        tables=asked("tables", gathered.rate_tables["rate_table_id"]),
        rules=asked("rules", gathered.rules["contribution_rule_id"]),
    )


def _refuse_differences(tx: Transaction, run_id: str, frame: pl.DataFrame) -> None:
    """Conflict where the program comes to another amount than is stored: then no word of it could be trusted."""
    censuses = frame["group_census_id"].unique().sort().to_list()
    stored = tx.frame("explain.stored", {"run_id": run_id, "census_ids": censuses})
    ids, values = ["group_census_member_id", "contract_plan_id"], [*MONEY, "issue"]
    both = frame.select(*ids, *values).join(stored, on=ids, how="left", suffix="_stored")
    n_other = both.filter(pl.any_horizontal(pl.col(v).ne_missing(pl.col(f"{v}_stored")) for v in values)).height
    if n_other:
        raise Conflict(
            "explanation_differs",
            run_id,
            f"{n_other:,} coverages of the run {run_id} come to another amount than is stored.",
            f"`benefits rerate {run_id} --verify` names the differences.",
        )
