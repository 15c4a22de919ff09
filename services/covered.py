"""What is priced for whom: the members of a batch and their coverages, from numbered members and what they hold.

What lives here: mandatory coverages, the dates of cover, and what bars a coverage from being rated. What does not: who
counts and what was chosen (`services.chosen`), the core's columns (`services.assemble`).
"""

import polars as pl

from services.chosen import STATED
from services.one_go import collected


def members_of(
    people: pl.DataFrame, classes: pl.DataFrame, areas: tuple[pl.DataFrame, pl.DataFrame] | None
) -> pl.DataFrame:
    """The members as the assembly reads them.

    A dependent has the class of its primary (CB-6), its date of hire and, unless its own is stated, its continuation.
    The rating area is the contract's, else that of the account (the employer's principal place of business), else that
    of the member's home, a dependent without address living with the primary.
    """
    of_class = classes.lazy().select("account_id", "class_slot", family_class_id="group_class_id", class_label="label")
    rows = people.lazy().join(of_class, on=["family_class_id", "account_id"], how="left", maintain_order="left")
    area = pl.col("rating_area")
    if areas is not None:
        rows, area = _with_areas(rows, *areas), pl.coalesce("rating_area", "work_area", "home_area")
    rank = pl.lit(None, pl.Int64)
    twins = _twins(people)
    if twins is not None:
        rows, rank = rows.join(twins.lazy(), on="member", how="left", maintain_order="left"), pl.col("rank")
    is_alone = pl.col("is_head") & pl.col("is_head").shift(-1, fill_value=True)
    own = pl.when(pl.col("continuation") != "ACTIVE").then("continuation")
    continuation = pl.coalesce(own, "family_continuation")
    return collected(
        rows.select(
            "member", "primary_row", "group_census_member_id", "group_census_id", "relationship", "birth_date",
            "gender", "smoker_status", area.alias("area"), "class_slot", "class_label", "annual_salary_cents",
            pl.when(is_alone).then("stated_tier").alias("stated_tier"), rank.alias("rank"), "hire_date", "is_disabled",
            pl.when(continuation != "ACTIVE").then(continuation).alias("continuation"),
        )
    )  # fmt: skip


def _with_areas(rows: pl.LazyFrame, areas: pl.DataFrame, accounts: pl.DataFrame) -> pl.LazyFrame:
    at = ["state", "postal_code", "term_from"]
    is_away = pl.col("postal_code").is_null()
    found = rows.join(accounts.lazy(), on="account_id", how="left", maintain_order="left").with_columns(
        home_state=pl.when(is_away).then("family_state").otherwise("state"),
        home_postal_code=pl.coalesce("postal_code", "family_postal_code"),
    )
    for which in ("work", "home"):
        here = [f"{which}_state", f"{which}_postal_code", "term_from"]
        named = areas.lazy().select(*at, pl.col("area").alias(f"{which}_area"))
        found = found.join(named, left_on=here, right_on=at, how="left", maintain_order="left")
    return found


def _twins(people: pl.DataFrame) -> pl.DataFrame | None:
    """Children of a family born on one day are ranked by key, so that no order of rows decides which of them is
    charged: `member`, `rank` from 1. None where there are none.
    """
    if (people["relationship"] == "Child").sum() < 2:
        return None
    born = ["primary_row", "birth_date"]
    keys = ["member_key", "group_census_member_id"]
    children = people.lazy().filter(pl.col("birth_date").is_not_null() & (pl.col("relationship") == "Child"))
    twins = collected(children.select("member", *born, *keys).filter(pl.struct(born).is_duplicated()))
    if twins.is_empty():
        return None
    ranked = twins.sort(*born, *keys, nulls_last=True)
    return ranked.select("member", rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(born))


def coverages_of(held: pl.DataFrame, people: pl.DataFrame, reach: pl.DataFrame) -> pl.DataFrame:
    """The coverages as the assembly reads them: `member`, `root`, `offer`, dates, and what else is stated.

    What may not be rated stays, with the reason. Where no day is covered the span is an empty one within the term: it
    ends the day before it begins.
    """
    rows = _priced(held, people, reach)
    at, of = rows["member"].cast(pl.UInt32), rows["offer"].cast(pl.UInt32)
    beside = [people[name][at] for name in _OF_MEMBER] + [reach[name][of] for name in _OF_PLAN]
    dated = rows.hstack(beside).lazy().with_columns(_COVERED_FROM, _ISSUED, given_issue=_barred(people, reach, at, of))
    return collected(dated.select(_DATED))


_OF_MEMBER = (
    "family_start", "policy_start_date", "family_end", "last_day", "term_from", "term_to", "is_renewal", "rating_date",
    "effective_date", "rates_on",
)  # fmt: skip
_OF_PLAN = ("first_from", "plan_from", "plan_to", "rate_basis_date")

_DAY = pl.duration(days=1)
_START = pl.col("policy_start_date")
_BEGINS = pl.max_horizontal(
    "plan_from",
    "family_start",
    _START,
    pl.when("is_renewal").then("term_from").otherwise(pl.coalesce("rating_date", "term_from")),
)
_COVERED_FROM = pl.min_horizontal(
    pl.when(pl.col("effective_date").is_not_null())
    .then(pl.max_horizontal("plan_from", "effective_date"))
    .otherwise(_BEGINS),
    "term_to",
).alias("covered_from")
_ISSUED = pl.coalesce("issued", pl.max_horizontal("first_from", "family_start", _START)).alias("issued")
_DATED = [
    pl.col("member", "root", "offer", "elected", "covered_from"),
    pl.max_horizontal(
        pl.min_horizontal("plan_to", pl.col("family_end") + _DAY, pl.col("last_day") + _DAY), "covered_from"
    ).alias("covered_to"),
    pl.when(pl.col("rates_on").is_not_null()).then("rates_on")
    .when(pl.col("rate_basis_date") == "CONTRACT_START").then("term_from")
    .otherwise(pl.min_horizontal("covered_from", pl.col("term_to") - _DAY)).alias("rate_date"),
    pl.col("given_issue"),
    pl.when(pl.col("issued") != pl.col("covered_from")).then("issued").alias("issue_date"),
    pl.when((pl.col("term_from") < _START) & (pl.col("term_to") > _START)).then(_START).alias("added_date"),
    pl.col("evidence", "approved_cents", "approved_from", "is_late"),
]  # fmt: skip
"""The columns of coverages, of what they are covered by and when."""


def _priced(held: pl.DataFrame, people: pl.DataFrame, reach: pl.DataFrame) -> pl.DataFrame:
    """What is priced: chosen coverages, the mandatory ones of every held root (MR-5) that are open to the member's
    class, or the root itself where there is none of either, so that a held root never vanishes. An amount elected on
    the coverage goes before one on its root.
    """
    numbers = people.lazy().select("row", "member", "family_class_id")
    rows = collected(held.lazy().join(numbers, on="row").drop("row"))
    is_root = pl.col("offer") == pl.col("root")
    roots = rows.lazy().select("member", "root", "family_class_id").unique()
    mandatory = reach.lazy().filter("is_mandatory").select("root", "offer", "open_to")
    explicit = rows.lazy().filter(~is_root).drop("family_class_id")
    implied = (
        roots.join(mandatory, on="root")
        .filter(_is_open("open_to"))
        .select("member", "root", "offer")
        .join(explicit, on=["member", "offer"], how="anti")
    )
    wanted = pl.concat([explicit, implied], how="diagonal")
    bare = roots.join(wanted, on=["member", "root"], how="anti").select("member", "root", offer="root")
    wanted = pl.concat([wanted, bare], how="diagonal")
    of_root = rows.filter(is_root)
    said = [name for name in STATED if of_root[name].null_count() < of_root.height]
    if said:
        stated = of_root.lazy().select("member", "root", *(pl.col(name).alias(f"{name}_of_root") for name in said))
        wanted = wanted.join(stated, on=["member", "root"], how="left").with_columns(
            pl.coalesce(name, f"{name}_of_root").alias(name) for name in said
        )
    return collected(wanted.select("member", "root", "offer", *STATED).sort("member", "root", "offer"))


def _is_open(name: str) -> pl.Expr:
    """Open to all classes, or to that of the family."""
    return pl.col(name).is_null() | pl.col(name).list.contains(pl.col("family_class_id")).fill_null(False)


def _barred(people: pl.DataFrame, reach: pl.DataFrame, at: pl.Series, of: pl.Series) -> pl.Expr:
    """Why a coverage may not be rated: the plan, an opt-out of the member or the primary, or their class. Coverages are
    of the members `at` and of the plans `of`.
    """
    is_active = pl.lit(reach["is_active"][of])
    is_out = pl.lit(people["is_opt_out_all_plans"][at]) | pl.lit(people["is_family_out"][at])
    for name in ("opt_out_plan_types", "family_out"):
        if people[name].null_count() < people.height:
            types = people.select(pl.col(name).str.split(";").list.eval(pl.element().str.strip_chars(" "))).to_series()
            is_out |= pl.lit(types[at]).list.contains(pl.lit(reach["plan_type"][of]))
    issue = pl.when(~is_active).then(pl.lit("PLAN_NOT_ACTIVE")).when(is_out).then(pl.lit("OPTED_OUT"))
    closed = [name for name in ("root_open_to", "open_to") if reach[name].null_count() < reach.height]
    if not closed:
        return issue.otherwise(pl.lit(None, pl.String))
    own = pl.lit(people["family_class_id"][at])
    is_closed = pl.any_horizontal(
        pl.lit(to).is_not_null() & ~pl.lit(to).list.contains(own).fill_null(False)
        for to in (reach[name][of] for name in closed)
    )
    return issue.when(is_closed).then(pl.lit("NOT_ELIGIBLE")).otherwise(pl.lit(None, pl.String))
