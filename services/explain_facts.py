"""What a rating found, one row per coverage: results, notes of the core and the names of what they point at.

What lives here: the joining of a batch, its result and the notes of its steps to one wide frame. What does not: the
words made of it (`services.explain_words`), the rules that were beaten (`services.explain_rules`), and any premium.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Result
from rating.codes import BANDED, NONE, Axis, Issue, RateState, Tier, ZeroReason
from rating.notes import Notes
from rating.solved import Solved
from services.assemble import Gathered

IDS = ("group_census_id", "group_census_member_id", "root_plan_id", "contract_plan_id")
MONEY = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")

TOLD = (
    *(f"volume_{step}_e4" for step in ("raw", "rounded", "capped", "in_force", "age", "percent_left")),
    *("rate_cell_row", "units_e3", "child_rank", "credibility_e4", "periods", "period_parts", "charged", "of_term"),
    *("is_newborn", "months", "month_parts", "share_charged", "share_of_term"),
    *("age_day", "rate_day", "employer_asked_cents", "rule_value", "reference_cents", "employee_only_cents"),
    *(f"{what}_residue_{part}" for what in ("spread", "cap") for part in ("row", "cents", "own_cents")),
    *("sum_used_cents", "sum_charged", "sum_of_term", "family_held_to_cents"),
    *("premium_times_1", "premium_by_1", "premium_tens", "benefit_times_1", "benefit_by_1", "benefit_tens"),
)
"""Notes that words refer to: columns of nothing where no step of the run wrote them."""

PARTS = (("charged", "of_term"), ("share_charged", "share_of_term"), ("sum_charged", "sum_of_term"))
"""Notes of a part of the term, and of the whole it is a part of."""

_POOL = (
    *("base_cents", "adult_cents", "child_cents", "n_adults", "n_children", "average_age", "n_lives"),
    *("required_cents", "collected_cents"),
)


@dataclass(frozen=True)
class Names:
    """What the book calls the plans, tables and rules of a run, by id."""

    plans: pl.DataFrame
    tables: pl.DataFrame
    rules: pl.DataFrame


def wide(gathered: Gathered, result: Result, notes: Notes, names: Names) -> pl.DataFrame:
    """One row per coverage of the batch, in its order, numbered by `row`."""
    offer, inputs = gathered.coverages["offer"], gathered.inputs
    member = gathered.plans["member"].gather(gathered.coverages["plan"])
    table = known(gathered.batch.offers.rate_table).gather(offer)
    frame = pl.DataFrame(
        {
            "row": pl.int_range(len(offer), eager=True),
            "offer": offer.cast(pl.Int64),
            "rate_table": table.cast(pl.Int64),
            "rule": known(result.rule).cast(pl.Int64),
            "group_census_id": gathered.members["group_census_id"].gather(member),
            "group_census_member_id": gathered.members["group_census_member_id"].gather(member),
            "root_plan_id": gathered.offers["root_plan_id"].gather(offer),
            "contract_plan_id": gathered.offers["contract_plan_id"].gather(offer),
            "elected_cents": known(gathered.batch.coverages.elected_cents),
            **_people(inputs.members, member),
            **_results(result),
        }
    )
    days = gathered.coverages.select("covered_from", "covered_to")
    noted = pl.DataFrame({name: known(notes.get(name)) for name in sorted({*TOLD, *notes.columns})})
    noted = noted.with_columns(_in_lowest_terms(noted, result.term_days))
    parts = [frame, days, noted, _offers(inputs.offers, offer), _solved(gathered, result.solved, member, offer)]
    made = pl.concat(parts, how="horizontal")
    made = made.with_columns(n_pieces=_pieces(result, len(offer)))
    made = _with_names(made, gathered, names)
    made = made.with_columns(_holders_of_residues())
    made = _with_cells(made, inputs.cells, notes, _sources(inputs.tables, names))
    return made.with_columns(_in_average(inputs.tables, inputs.cells))


def known(column: NDArray[np.integer]) -> pl.Series:
    """A column with NONE as null."""
    series = pl.Series("value", np.ascontiguousarray(column))
    return pl.select(pl.when(series != NONE).then(series)).to_series()


def cells_said(cells: pl.DataFrame) -> pl.Series:
    """The keys of tidy cells in words: `age from 44, tobacco Smoker`; wildcards and axes without a key are left out."""
    said = [
        pl.when(pl.col(axis.name.lower()).is_not_null() & ~pl.col(axis.name.lower()).is_in(["", "*"])).then(
            pl.concat_str(
                pl.lit(f"{axis.name.lower().replace('_', ' ')}{' from' if axis in BANDED else ''} "),
                pl.col(axis.name.lower()).cast(pl.String),
            )
        )
        for axis in Axis
    ]
    return cells.select(keys=pl.concat_str(said, separator=", ", ignore_nulls=True).replace({"": None}))["keys"]


def _in_lowest_terms(noted: pl.DataFrame, term_days: NDArray[np.int32]) -> list[pl.Series]:
    """Parts of the term as a person would write them; those that count its days are left as days."""
    made: list[pl.Series] = []
    for part, whole in PARTS:
        over = noted[whole].fill_null(1).to_numpy()
        common = np.gcd(noted[part].fill_null(0).to_numpy(), over)
        by = pl.Series(np.where(over == term_days, 1, common))
        made += [(noted[name] // by).alias(name) for name in (part, whole)]
    return made


def _people(members: pl.DataFrame, member: pl.Series) -> dict[str, pl.Series]:
    """What is told of the member, and of the primary where a rate goes by the primary."""
    primary = members["primary_row"].gather(member)
    return {
        "member": member.cast(pl.Int64),
        "is_dependent": primary != member,
        "relationship": members["relationship"].gather(member),
        "birth_date": members["birth_date"].gather(member),
        "primary_birth_date": members["birth_date"].gather(primary),
        "pay_cents": members["annual_salary_cents"].gather(member),
        "continuation": members["continuation"].gather(member),
        "class_slot": members["class_slot"].gather(member),
    }


def _results(result: Result) -> dict[str, pl.Series | NDArray[np.integer]]:
    return {
        **{name: getattr(result, name) for name in MONEY},
        "unit_rate_e6": known(result.unit_rate_e6),
        "volume_cents": known(result.volume_cents),
        "pending_cents": known(result.pending_cents),
        "age": known(result.age).cast(pl.Int64),
        "tier": _named(result.tier, {int(tier): tier.name for tier in Tier}),
        "covered_days": result.covered_days,
        "term_days": result.term_days,
        "issue": _named(result.issue, {int(issue): issue.name for issue in Issue if issue}),
        "zero_reason": _named(result.zero_reason, {int(reason): reason.name for reason in ZeroReason if reason}),
    }


def _named(column: NDArray[np.integer], names: Mapping[int, str]) -> pl.Series:
    return pl.Series(column).cast(pl.Int64).replace_strict(dict(names), default=None, return_dtype=pl.String)


def _offers(offers: pl.DataFrame, offer: pl.Series) -> pl.DataFrame:
    """What the contract says of the coverage."""
    return offers.select(
        *(
            "term_from",
            "term_to",
            "proration_method",
            "proration_end",
            "proration_newborn",
            "multiple",
            "flat_amount",
            "increment",
        ),
        *("volume_rounding", "minimum", "maximum", "pay_multiple_cap", "employee_percent_cap", "guaranteed"),
        *("benefit_percent", "benefit_rounding", "maximum_benefit", "covered_pay", "experience"),
    )[offer]


def _solved(gathered: Gathered, solved: Solved | None, member: pl.Series, offer: pl.Series) -> pl.DataFrame:
    """The rates made from the census that the coverages pay; nulls where all rates are filed."""
    tiers = [tier.name.lower() for tier in Tier]
    names = [f"pool_{name}" for name in (*_POOL, *tiers, *(f"n_{tier}" for tier in tiers))]
    if solved is None or solved.pools is None:
        nothing = pl.Series("value", [None], dtype=pl.Int64).new_from_index(0, len(offer))
        return pl.DataFrame({**dict.fromkeys(names, nothing), "pool_state": nothing.cast(pl.String)})
    slot = gathered.batch.members.class_slot.take(member.to_numpy())
    pool = known(solved.pools.of(offer.to_numpy().astype(np.intp), slot))
    by_tier = [column[:, tier] for column in (solved.tier_cents, solved.tier_counts) for tier in Tier]
    columns = [*(getattr(solved, name) for name in _POOL), *by_tier]
    state = _named(solved.state, {int(state): state.name for state in RateState})
    made = {name: known(column).gather(pool) for name, column in zip(names, columns, strict=True)}
    return pl.DataFrame({**made, "pool_state": state.gather(pool)})


def _pieces(result: Result, n: int) -> NDArray[np.int64]:
    """How many pieces each coverage has; 0 where one price holds for the whole of it."""
    return np.bincount(result.pieces.coverage, minlength=n)


def _with_names(frame: pl.DataFrame, gathered: Gathered, names: Names) -> pl.DataFrame:
    inputs = gathered.inputs
    tables = inputs.tables.select(
        pl.col("rate_table").cast(pl.Int64),
        *("rate_table_id", "method", "rate_period", "age_basis", "age_date", "spouse_age", "child_age", "child_count"),
        *("money_rounding", "round_places", "factor_tables"),
        table_name="name",
    ).join(names.tables, on="rate_table_id", how="left")
    rules = inputs.rules.with_row_index("rule").select(
        pl.col("rule").cast(pl.Int64),
        pl.col("contribution_rule_id"),
        *("percentage", "amount_cents", "amount_period", "cap_cents", "floor_cents", "family_cap_cents", "grade"),
        *("amount_scope", "dependent_percentage", "target_type"),
        rule_type="type",
        reference_offer=pl.col("reference_offer").cast(pl.Int64),
    )
    rules = rules.join(names.rules, on="contribution_rule_id", how="left").rename({"name": "rule_name"})
    plans = names.plans.select("contract_plan_id", coverage_code="plan_code", coverage_name="name")
    roots = names.plans.select(root_plan_id="contract_plan_id", plan_code="plan_code", plan_name="name")
    measured = inputs.offers.select(reference_offer=pl.col("offer").cast(pl.Int64), of="contract_plan_id").join(
        names.plans.select(of="contract_plan_id", reference_name="name"), on="of", how="left"
    )
    for other, key in (
        (tables, "rate_table"),
        (rules, "rule"),
        (plans, "contract_plan_id"),
        (roots, "root_plan_id"),
        (measured.drop("of"), "reference_offer"),
    ):
        frame = frame.join(other, on=key, how="left", maintain_order="left")
    return frame


def _holders_of_residues() -> list[pl.Expr]:
    """Which coverage of whom has the cents that were left over when a sum was shared out."""
    who = pl.concat_str(
        pl.lit('"'),
        pl.coalesce("coverage_name", "contract_plan_id"),
        pl.lit('" of member '),
        pl.col("group_census_member_id"),
        pl.lit(" ("),
        pl.col("relationship").fill_null("Self").str.to_lowercase(),
        pl.lit(")"),
    )
    return [who.gather(pl.col(f"{what}_residue_row")).alias(f"{what}_residue_to") for what in ("spread", "cap")]


def _in_average(tables: pl.DataFrame, cells: pl.DataFrame) -> pl.Expr:
    """Places of the factor tables that an average enrollee premium has in it: all that do not vary by tobacco."""
    varying = cells.filter(pl.col("tobacco").is_not_null() & ~pl.col("tobacco").is_in(["", "*"]))["rate_table"].unique()
    own = tables.filter(pl.col("rate_table").is_in(varying.implode()))["name"].to_list()
    in_average = pl.col("factor_tables").list.eval(~pl.element().is_in(own))
    return pl.when(pl.col("method") == "aca_composite").then(in_average).alias("in_average")


def _sources(tables: pl.DataFrame, names: Names) -> pl.DataFrame:
    """Where the figures of each table come from, and when it was filed."""
    numbered = tables.select("rate_table", "rate_table_id").join(names.tables, on="rate_table_id", how="left")
    return numbered.select("rate_table", "citation", "filed_on")


def _with_cells(frame: pl.DataFrame, cells: pl.DataFrame, notes: Notes, sources: pl.DataFrame) -> pl.DataFrame:
    """Version, keys and source of the cell that each rate and each factor was read from."""
    for name in sorted(name for name in {*notes.columns, "rate_cell_row"} if name.endswith("_cell_row")):
        what = name.removesuffix("_cell_row")
        used = frame[name].drop_nulls().unique().sort()
        found = cells[used.cast(pl.UInt32)]
        found = found.join(sources, on="rate_table", how="left", maintain_order="left")
        told = found.select(
            pl.col("effective_from").alias(f"{what}_from"),
            cells_said(found).alias(f"{what}_keys"),
            pl.col("citation").alias(f"{what}_citation"),
            pl.col("filed_on").alias(f"{what}_filed_on"),
            used.cast(pl.Int64).alias(name),
        )
        frame = frame.join(told, on=name, how="left", maintain_order="left")
    return frame
