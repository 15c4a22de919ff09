"""From the inputs of a rating to a batch: the one bridge into the rating core.

What lives here: turning people and the coverages they chose into the core's columns. What does not: offers and rates
(`services.assemble_shelf`), reading rows (`services.gather`), rules about money (the core), and storing results
(`services.results`).

Assembly depends on its `Inputs` and on nothing else, so that the kept inputs of an old run go through
the very same lines. The core knows row positions only; `Gathered` keeps the ids of those rows beside
the batch, so that results find their way back.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Batch, Coverages, Members, Plans, Rates
from rating.age_rules import age_dates, age_out
from rating.codes import (
    NONE,
    AgeDate,
    Continuation,
    Evidence,
    Gender,
    Issue,
    Relationship,
    Tier,
    Tobacco,
)
from services.assemble_shelf import Shelf, shelf_of
from services.core_columns import (
    GENDERS,
    RELATIONSHIPS,
    SMOKERS,
    coded,
    codes_for,
    days,
    if_stated,
    ints,
    longs,
    looked_up_or_new,
    named_by,
)
from services.inputs import Inputs
from services.rate_columns import Labels


@dataclass(frozen=True)
class Gathered:
    """A batch with the ids of its rows, and the rates it needs."""

    batch: Batch
    rates: Rates
    members: pl.DataFrame
    plans: pl.DataFrame
    coverages: pl.DataFrame
    offers: pl.DataFrame
    rate_tables: pl.DataFrame
    rules: pl.DataFrame
    terms: pl.DataFrame
    inputs: Inputs
    """What it was assembled from."""

    @property
    def is_renewal(self) -> bool:
        """Whether the run rates the next term of contracts that end."""
        return self.inputs.is_renewal


def assemble(inputs: Inputs) -> Gathered:
    """The batch and the rates that the inputs state, with the ids of their rows.

    Raises Malformed where the rates do not fit together.
    """
    members, offers, rules = inputs.members, inputs.offers, inputs.rules
    plans, coverages = _plans_and_coverages(inputs.coverages)
    shelf = inputs.made.get("shelf")
    if shelf is None:
        shelf = inputs.made["shelf"] = shelf_of(inputs)
    offer_columns = shelf.offers
    people = _members(members, shelf.labels)
    held = Plans(member=ints(plans["member"]), offer=ints(plans["root"]))
    holder = held.member.take(ints(coverages["plan"]))
    coverages = coverages.with_columns(covered_to=_covered_to(coverages, holder, members, people, shelf))
    batch = Batch(
        members=people,
        plans=held,
        coverages=_coverages(coverages, holder, members, shelf),
        offers=offer_columns,
        reductions=shelf.reductions,
    )
    rates = shelf.rates
    return Gathered(
        batch=batch,
        rates=rates,
        members=members[["group_census_member_id", "group_census_id"]],
        plans=plans,
        coverages=coverages[["plan", "offer", "covered_from", "covered_to", "rate_date"]],
        offers=offers[["contract_plan_id", "root_plan_id", "rate_table_id", "term_from", "term_to"]],
        rate_tables=inputs.tables[["rate_table_id"]],
        rules=rules[["contribution_rule_id"]],
        terms=inputs.terms,
        inputs=inputs,
    )


def _plans_and_coverages(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages come sorted by member and root: each change of either begins a plan."""
    member, root = ints(frame["member"]), ints(frame["root"])
    is_new = np.ones(frame.height, bool)
    is_new[1:] = (member[1:] != member[:-1]) | (root[1:] != root[:-1])
    plan = pl.Series("plan", np.cumsum(is_new, dtype=np.int32) - np.int32(1))
    plans = pl.DataFrame({"member": member[is_new], "root": root[is_new]})
    rest = [name for name in frame.columns if name not in ("member", "root")]
    return plans, frame[rest].insert_column(0, plan)


def _members(frame: pl.DataFrame, labels: Labels) -> Members:
    return Members(
        primary=ints(frame["primary_row"]),
        relationship=coded(frame["relationship"], RELATIONSHIPS, Relationship.OTHER),
        birth_date=days(frame["birth_date"]),
        gender=coded(frame["gender"], GENDERS, Gender.UNKNOWN),
        tobacco=coded(frame["smoker_status"], SMOKERS, Tobacco.NON_SMOKER),
        area=looked_up_or_new(frame["area"], labels.area),
        class_slot=ints(frame["class_slot"]),
        class_label=looked_up_or_new(frame["class_label"], labels.class_label),
        annual_pay_cents=longs(frame["annual_salary_cents"]),
        stated_tier=coded(frame["stated_tier"], named_by(Tier), NONE),
        rank=if_stated(frame["rank"], longs),
        hire_date=if_stated(frame["hire_date"], days),
    )


def _covered_to(
    coverages: pl.DataFrame, holder: NDArray[np.int32], members: pl.DataFrame, people: Members, shelf: Shelf
) -> pl.Series:
    """First day no longer covered: a child that grows out of a plan leaves it within the term.

    A child who is too old from the start has an empty span, as everybody whose cover ends before it begins.
    """
    offer = ints(coverages["offer"])
    limit = shelf.child_limit.take(offer)
    rows = np.flatnonzero((limit != NONE) & (people.relationship.take(holder) == Relationship.CHILD))
    ends = coverages["covered_to"]
    if not rows.size:
        return ends
    whose, of = holder.take(rows), offer.take(rows)
    rule = shelf.child_out.take(of)
    is_disabled = members["is_disabled"].fill_null(False).to_numpy().take(whose)
    last = age_out(people.birth_date.take(whose), limit.take(rows), rule, is_disabled)
    first, end = days(coverages["covered_from"]), days(ends).copy()
    gone = np.flatnonzero(last + 1 < end.take(rows))  # an unknown day is before none
    rows, last = rows.take(gone), last.take(gone)
    end[rows] = np.maximum(last + 1, first.take(rows))
    return pl.Series("covered_to", end)


def _coverages(frame: pl.DataFrame, holder: NDArray[np.int32], members: pl.DataFrame, shelf: Shelf) -> Coverages:
    offers = shelf.offers
    offer, covered_from = ints(frame["offer"]), days(frame["covered_from"])
    rate_date, issued, added = (days(frame[name]) for name in ("rate_date", "issue_date", "added_date"))
    rule = shelf.age_date.take(offers.rate_table).take(offer)
    # Ages that rise within a term are those of the first covered day, whatever day the rates are read for.
    first_day = np.minimum(covered_from, offers.term_to.take(offer) - 1)
    age_on = np.where(np.isin(rule, (AgeDate.JAN_1, AgeDate.TAX_YEAR_END)), rate_date, first_day)
    return Coverages(
        plan=ints(frame["plan"]),
        offer=offer,
        elected_cents=longs(frame["elected"]),
        rate_date=rate_date,
        age_date=age_dates(
            rule,
            offers.term_from.take(offer),
            age_on,
            np.where(np.isnat(issued), covered_from, issued),
            added,
        ),
        covered_from=covered_from,
        covered_to=days(frame["covered_to"]),
        issue=coded(frame["given_issue"], named_by(Issue), Issue.NONE),
        issue_date=if_stated(frame["issue_date"], days),
        added_date=if_stated(frame["added_date"], days),
        continuation=if_stated(
            members["continuation"], lambda column: coded(column, named_by(Continuation), NONE).take(holder)
        ),
        evidence=if_stated(frame["evidence"], codes_for(Evidence)),
        approved_cents=if_stated(frame["approved_cents"], longs),
        approved_from=if_stated(frame["approved_from"], days),
        is_late=if_stated(frame["is_late"], lambda column: column.fill_null(False).cast(pl.Int8).to_numpy()),
    )
