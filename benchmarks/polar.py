"""Three rivals: the common workload in Polars, its inputs in memory as Polars frames.

What depends on the offer, the rule or the member alone is worked out on its own small lazy frame. Coverages then meet
it in one of three ways: by left joins on the columns that name it, as the SQL does (`benchmarks.polar_names`); by left
joins on one integer that holds all of them, which is faster; or by `gather`, since the integers here happen to be
positions. Frames are lazy and no order is asked for. The in-memory engine is used: the streaming one was not faster
here, nor were keys said to be sorted.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks import polar_names
from benchmarks.workload import N_AGES, N_AREAS, Columns, Workload
from rating.codes import Issue, ZeroReason

CATEGORY, PRODUCT, PLAN = 2, 1, 0
RANK_BITS, STRENGTH_BIT = 28, 56
"""A rule's strength, its rank and its row in one number: the greatest of them names the rule to apply."""

AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Prepared:
    """Frames of the workload by name."""

    frames: Frames


def prepare(load: Workload) -> Prepared:
    """Every bundle as a frame that knows the positions of its rows."""
    is_dependent = load.members["primary_row"] != np.arange(load.members["account"].size, dtype=np.int32)
    bundles: dict[str, Columns] = {
        "member": load.members | {"is_dependent": is_dependent},
        "coverage": load.coverages,
        "offer": load.offers,
        "rate": load.rates,
        "area_factor": load.area_factors,
        "rule": load.rules,
    }
    frames = {
        name: pl.DataFrame(columns).with_row_index(f"{name}_row").with_columns(pl.col(f"{name}_row").cast(pl.Int32))
        for name, columns in bundles.items()
    }
    return Prepared(frames)


def run(prepared: Prepared) -> Frames:
    """The work that is measured, by joins on the columns that name a thing."""
    return _rated(polar_names.met(prepared.frames))


def run_on_one_key(prepared: Prepared) -> Frames:
    """The work that is measured, by joins on one integer each."""
    return _rated(_joined(prepared.frames))


def run_by_position(prepared: Prepared) -> Frames:
    """The work that is measured, by positions."""
    return _rated(_gathered(prepared.frames))


def _rated(known: pl.LazyFrame) -> Frames:
    coverage = _coverages(known).collect()
    plan = _totals(coverage.lazy()).collect()
    return {"coverage": coverage, "plan": plan, "member": _member_totals(plan.lazy()).collect()}


def results(found: Frames, level: str) -> Columns:
    """Columns of one level in the order of the workload; minus one where there is none."""
    frame = found[level].sort(f"{level}_row" if level == "coverage" else level).fill_null(-1)
    return {name: frame[name].to_numpy() for name in frame.columns}


def half_up(numerator: pl.Expr, divisor: pl.Expr | int) -> pl.Expr:
    """Exact, in integers."""
    return (2 * numerator + divisor) // (2 * divisor)


def _versions(frames: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    return frames["rate"].select("version_from").unique().sort("version_from").with_row_index("version")


def _sold(frames: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Per offer: its cells among the rates in force and the area factors, and its term."""
    term_from, term_to = pl.col("term_from"), pl.col("term_to")
    return (
        frames["offer"]
        .sort("term_from")
        .join_asof(_versions(frames), left_on="term_from", right_on="version_from")
        .sort("offer_row")
        .select(
            "term_from",
            "term_to",
            offer="offer_row",
            area_cell=pl.col("rate_table") * N_AREAS,
            rate_cell=(pl.col("rate_table") * 2 + pl.col("version").cast(pl.Int32)) * N_AGES,
            by_volume=pl.col("rate_table") % 3 == 2,
            term_days=(term_to - term_from).dt.total_days().cast(pl.Int32),
        )
    )


def _ladder(frames: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Each (offer, class, member type) and its rule.

    Strength: a dependent takes Dependent rules of any level first; then the coverage's plan, its product, the root's
    plan, its product, its category; then the later rule.
    """
    rules = frames["rule"].select("account", "class_slot", "target_kind", "target", "member_type", "rank", "rule_row")
    every = frames["offer"].select("account", "product", "category", "root", "rate_table", offer="offer_row")
    sold = every.filter(pl.col("rate_table") >= 0)
    roots = every.filter(pl.col("offer") == pl.col("root")).select("root", root_product="product")
    under_root = sold.join(roots, on="root")
    kinds = {kind: rules.filter(pl.col("target_kind") == kind) for kind in (PLAN, PRODUCT, CATEGORY)}
    levels = (
        (5, kinds[PLAN].join(sold, left_on=["account", "target"], right_on=["account", "offer"], coalesce=False)),
        (4, kinds[PRODUCT].join(sold, left_on=["account", "target"], right_on=["account", "product"])),
        (3, kinds[PLAN].join(sold, left_on=["account", "target"], right_on=["account", "root"])),
        (2, kinds[PRODUCT].join(under_root, left_on=["account", "target"], right_on=["account", "root_product"])),
        (1, kinds[CATEGORY].join(sold, left_on=["account", "target"], right_on=["account", "category"])),
    )
    place = pl.col("offer") * 4 + pl.col("class_slot") * 2
    packed = pl.col("rank") * (1 << RANK_BITS) + pl.col("rule_row")
    named = pl.concat(
        [
            frame.select(
                place=place, member_type="member_type", strength=packed + pl.lit(level << STRENGTH_BIT, pl.Int64)
            )
            for level, frame in levels
        ]
    )
    is_dependent = pl.col("member_type") == 1
    meant = pl.concat(
        [
            named.filter(is_dependent).select(pl.col("place") + 1, pl.col("strength") + (10 << STRENGTH_BIT)),
            named.filter(~is_dependent).select(pl.col("place") + 1, "strength"),
            named.filter(~is_dependent).select("place", "strength"),
        ]
    )
    best = meant.group_by("place").agg(pl.col("strength").max())
    return best.select("place", rule=(pl.col("strength") & ((1 << RANK_BITS) - 1)).cast(pl.Int32))


def _members(frames: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    born = pl.col("birth_date")
    return frames["member"].select(
        "area",
        member="member_row",
        birth_year=born.dt.year(),
        birthday=born.dt.month().cast(pl.Int16) * 100 + born.dt.day(),
        has_tobacco=pl.col("tobacco") == 1,
        class_place=pl.col("class_slot") * 2 + pl.col("is_dependent").cast(pl.Int32),
    )


def _gathered(frames: Frames) -> pl.LazyFrame:
    """Coverages beside what their members, offers, rates, areas and rules say."""
    lazy = {name: frame.lazy() for name, frame in frames.items()}
    coverage = frames["coverage"]
    members, offers, ladder = pl.collect_all([_members(lazy), _sold(lazy), _ladder(lazy)])
    places = pl.select(place=pl.int_range(4 * offers.height, dtype=pl.Int32))
    ladder = places.join(ladder, on="place", how="left", maintain_order="left")
    known = pl.concat(
        [
            coverage,
            members.drop("member").select(pl.all().gather(coverage["member"])),
            offers.drop("offer").select(pl.all().gather(coverage["offer"])),
        ],
        how="horizontal",
    )
    rule = pl.lit(ladder["rule"]).gather(pl.col("offer") * 4 + pl.col("class_place"))
    area = frames["area_factor"].sort("rate_table", "area")["factor_e4"]
    rate = _rates(lazy).sort("rate_cell").collect()["rate_e6"]
    return (
        known.lazy()
        .with_columns(_age(), factor_e4=pl.lit(area).gather(pl.col("area_cell") + pl.col("area")), rule=rule)
        .with_columns(
            rate_e6=pl.lit(rate).gather(_rate_cell()),
            percent_e4=pl.lit(frames["rule"]["percent_e4"]).gather("rule"),
            cap_cents=pl.lit(frames["rule"]["cap_cents"]).gather("rule"),
        )
    )


def _joined(frames: Frames) -> pl.LazyFrame:
    """The same by left joins on one integer each."""
    lazy = {name: frame.lazy() for name, frame in frames.items()}
    areas = lazy["area_factor"].select("factor_e4", area_cell=pl.col("rate_table") * N_AREAS + pl.col("area"))
    rules = lazy["rule"].select("percent_e4", "cap_cents", rule="rule_row")
    return (
        lazy["coverage"]
        .join(_members(lazy), on="member", how="left")
        .join(_sold(lazy), on="offer", how="left")
        .with_columns(
            _age(),
            area_cell=pl.col("area_cell") + pl.col("area"),
            place=pl.col("offer") * 4 + pl.col("class_place"),
        )
        .with_columns(rate_cell=_rate_cell())
        .join(_rates(lazy), on="rate_cell", how="left")
        .join(areas, on="area_cell", how="left")
        .join(_ladder(lazy).join(rules, on="rule", how="left"), on="place", how="left")
    )


def _rates(lazy: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Every rate by its cell; null where none is filed."""
    cell = (pl.col("rate_table") * 2 + pl.col("version").cast(pl.Int32)) * N_AGES + pl.col("age")
    rates = lazy["rate"].join(_versions(lazy), on="version_from")
    return rates.select(rate_cell=cell, rate_e6=pl.when(pl.col("rate_e6") >= 0).then("rate_e6"))


def _age() -> pl.Expr:
    on = pl.col("age_date")
    day_of_year = on.dt.month().cast(pl.Int16) * 100 + on.dt.day()
    return (on.dt.year() - pl.col("birth_year") - (day_of_year < pl.col("birthday")).cast(pl.Int32)).alias("age")


def _rate_cell() -> pl.Expr:
    return pl.col("rate_cell") + pl.col("age").clip(upper_bound=N_AGES - 1)


def _coverages(known: pl.LazyFrame) -> pl.LazyFrame:
    """Everything about a coverage."""
    begins, ends = pl.max_horizontal("covered_from", "term_from"), pl.min_horizontal("covered_to", "term_to")
    covered_days = (ends - begins).dt.total_days().clip(lower_bound=0).cast(pl.Int32)
    issue = (
        pl.when(pl.col("covered_days") == 0)
        .then(Issue.OUTSIDE_TERM.value)
        .when(pl.col("age").is_null())
        .then(Issue.BIRTH_DATE_REQUIRED.value)
        .when(pl.col("rate_e6").is_null())
        .then(Issue.NO_RATE.value)
        .otherwise(0)
        .cast(pl.Int8)
    )
    tobacco_e4 = pl.when(pl.col("has_tobacco") & (pl.col("age") >= 18)).then(15_000).otherwise(10_000)
    units = pl.when("by_volume").then(pl.col("elected_cents") // 100_000).otherwise(1)
    price = half_up(pl.col("rate_e6") * pl.col("factor_e4") * tobacco_e4.cast(pl.Int64) * units, 10**12)
    share = half_up(pl.col("prorated_cents") * pl.col("percent_e4"), 10**6)
    is_free = (pl.col("prorated_cents") == 0) & (pl.col("issue") == 0)
    return (
        known.with_columns(covered_days=covered_days)
        .with_columns(issue=issue)
        .with_columns(period_cents=pl.when(pl.col("issue") == 0).then(price).otherwise(0))
        .with_columns(standard_cents=pl.col("period_cents") * 12)
        .with_columns(prorated_cents=half_up(pl.col("standard_cents") * pl.col("covered_days"), pl.col("term_days")))
        .with_columns(employer_cents=pl.min_horizontal(share, "prorated_cents", "cap_cents"))
        .with_columns(employer_cents=pl.when(pl.col("rule").is_null()).then(0).otherwise(pl.col("employer_cents")))
        .select(
            "coverage_row",
            "plan",
            "member",
            "age",
            "covered_days",
            "term_days",
            "period_cents",
            "standard_cents",
            "prorated_cents",
            "employer_cents",
            "rule",
            "issue",
            unit_rate_e6="rate_e6",
            volume_cents=pl.when("by_volume").then("elected_cents"),
            employee_cents=pl.col("prorated_cents") - pl.col("employer_cents"),
            zero_reason=pl.when(is_free).then(ZeroReason.BELOW_HALF_CENT.value).otherwise(0).cast(pl.Int8),
        )
    )


def _totals(coverage: pl.LazyFrame) -> pl.LazyFrame:
    is_unrated = pl.col("issue") > 0
    sums = (pl.col("member").first(), pl.col(*AMOUNTS).sum())
    return (
        coverage.group_by("plan")
        .agg(*sums, n_coverages=pl.len(), n_unrated=is_unrated.sum())
        .with_columns(issue=pl.when(pl.col("n_unrated") > 0).then(Issue.PART_UNRATED.value).otherwise(0).cast(pl.Int8))
    )


def _member_totals(plan: pl.LazyFrame) -> pl.LazyFrame:
    sums = (*AMOUNTS, "n_coverages", "n_unrated")
    return plan.group_by("member").agg(pl.col(*sums).sum(), pl.col("issue").max())
