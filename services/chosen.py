"""Who counts in a rating and what they chose: members under their terms, plans held as offers, families in order.

What lives here: from members and selections as they were read (`services.asked`) to numbered members and the offers
they hold, wishes among them. What does not: the columns of a batch that follow from them (`services.covered`).

Chains of steps on columns, a few hundred members or a few hundred thousand; rows are spoken of by number.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.asked import People
from services.one_go import collected

_STATED = {
    "elected": pl.Int64,
    "evidence": pl.String,
    "approved_cents": pl.Int64,
    "approved_from": pl.Date,
    "is_late": pl.Boolean,
    "issued": pl.Date,
}
"""What a selection says besides its plan; mostly nothing."""
STATED = tuple(_STATED)


def under_terms(members: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """The members of the terms' censuses, each with its number (`row`) and its term."""
    return collected(
        members.lazy().join(terms.lazy(), on="group_census_id", maintain_order="left").with_row_index("row")
    )


def held_plans(people: People, members: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Which plans each member chose: `row` of the member, `offer`, `root` and what else is stated, once each.

    A plan of another contract than the member's is none. What stands in a book twice counts with the greatest amount.
    """
    plans = offers.lazy().select("contract_plan_id", "offer", "root", plan_contract="contract_id")
    whose = members.lazy().select("group_census_member_id", "row", "contract_id")
    # That a choice is late counts where something else is stated with it, or where it is so.
    says = pl.any_horizontal("is_late", *(pl.col(name).is_not_null() for name in STATED[1:] if name != "is_late"))
    held = collected(
        people.selections.lazy()
        .join(plans, on="contract_plan_id")
        .join(whose, on="group_census_member_id")
        .filter(pl.col("plan_contract") == pl.col("contract_id"))
        .select("row", "offer", "root", *STATED)
        .with_columns(is_late=pl.when(says).then("is_late"))
    )
    if people.wishes is not None:
        held = _wished(held, people, members, offers)
    return _once(held)


def _wished(held: pl.DataFrame, people: People, members: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """For the root plans that a request names, the families asked for choose what the request says and, where it leaves
    the coverages of a plan to what is saved, those; what is stored of a choice beside it (an elected amount, evidence)
    still counts. Choices of other plans and other families are as stored.
    """
    assert people.wishes is not None
    takes_saved = pl.col("takes_saved") if "takes_saved" in people.wishes.columns else pl.lit(value=False)
    whose = members.lazy().select("group_census_member_id", "row")
    asked = collected(
        people.wishes.lazy()
        .select(pl.col("group_census_member_id", "contract_plan_id").cast(pl.String), takes_saved=takes_saved)
        .join(offers.lazy().select("contract_plan_id", "offer", "root"), on="contract_plan_id")
        .join(whose, on="group_census_member_id", how="left")
    )
    is_named = np.isin(held["root"].to_numpy(), asked["root"].to_numpy())
    if people.family_ids is not None:
        is_asked = members["family_id"].is_in(people.family_ids.implode())
        is_named &= is_asked[held["row"]].to_numpy()
    wishes = asked.filter(pl.col("row").is_not_null()) if asked["row"].null_count() else asked
    n = offers.height

    def keys(rows: pl.DataFrame, of: str) -> NDArray[np.int64]:
        return rows["row"].to_numpy().astype(np.int64) * n + rows[of].to_numpy()

    is_saved = (wishes["takes_saved"] & (wishes["offer"] == wishes["root"])).to_numpy()
    chosen, wanted = keys(held, "offer"), keys(wishes, "offer")
    stays = ~is_named | np.isin(chosen, wanted) | np.isin(keys(held, "root"), keys(wishes, "root")[is_saved])
    kept, is_new = held if stays.all() else held.filter(stays), ~np.isin(wanted, chosen)
    if not is_new.any():
        return kept
    return pl.concat([kept, wishes.filter(is_new).select("row", "offer", "root").unique()], how="diagonal")


def _once(held: pl.DataFrame) -> pl.DataFrame:
    by = ("row", "offer", "root")
    row, offer = held["row"].to_numpy().astype(np.int64), held["offer"].to_numpy()
    if np.unique(row * (int(offer.max(initial=0)) + 1) + offer).size == held.height:
        return held
    first = (pl.col(name).drop_nulls().first() for name in STATED[1:])
    return held.group_by(by, maintain_order=True).agg(pl.col("elected").max(), *first)


def numbered(members: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Every member of a family that holds a plan, families together and the primary first.

    Adds `member` (from 0), `primary_row`, and of the primary what counts for all of the family. Cover stated to end
    with the contract goes on in a renewal; cover that ended before, and a termination, do not. The last day of
    employment ends no cover that is continued after it (COBRA); of a dependent, whose row may repeat that day, with the
    primary's.
    """
    holders = members["family_id"].gather(held["row"]).unique()
    is_head = pl.col("family_id") == pl.col("group_census_member_id")
    is_first = pl.col("family_id").ne_missing(pl.col("family_id").shift(1))
    counts = ~pl.col("is_renewal") | (pl.col("policy_end_date") < pl.col("stated_end"))
    ends = pl.when(counts).then("policy_end_date")
    goes_on = pl.col("continuation").fill_null("ACTIVE") != "ACTIVE"
    repeats = (pl.col("termination_date") == pl.col("termination_date").gather("primary_row")).fill_null(False)
    left = pl.when(~goes_on & ~(goes_on.gather("primary_row") & repeats)).then("termination_date")
    of_head = {
        "family_class_id": "group_class_id",
        "family_start": "policy_start_date",
        "family_end": "last_day",
        "is_family_out": "is_opt_out_all_plans",
        "family_out": "opt_out_plan_types",
        "hire_date": "join_date",
        "family_continuation": "continuation",
        "family_state": "state",
        "family_postal_code": "postal_code",
    }
    return collected(
        members.lazy()
        .join(holders.to_frame().lazy(), on="family_id", how="semi")
        .sort("family_id", ~is_head, "group_census_member_id")
        .with_columns(is_head=is_head, has_head=pl.when(is_first).then(is_head).forward_fill())
        .filter("has_head")
        .with_row_index("member")
        .with_columns(
            pl.col("member").cast(pl.Int32),
            primary_row=pl.when("is_head").then(pl.col("member").cast(pl.Int32)).forward_fill(),
        )
        .with_columns(last_day=pl.min_horizontal(left, ends))
        .with_columns(pl.col(name).gather("primary_row").alias(alias) for alias, name in of_head.items())
    )
