"""Choices made ready for the rules: from what members hold, or from what one of them tries out.

What lives here: building `Choices` from families as they are read for selections, and the verdict of the rules on what
members hold (EC-8). What does not: the rules (`kinds`), their running (`engine`), and the eligibility check (`check`).
"""

from datetime import date

import polars as pl

from services.book import Transaction
from services.configuration.engine import Ruled, rules_of, run
from services.configuration.kinds import Choices
from services.selections import near
from services.selections.judge import Verdict, judge
from services.selections.removals import WISHES

BROKEN = pl.Schema(
    {
        "group_census_member_id": pl.String,
        "contract_plan_id": pl.String,
        "name": pl.String,
        "type": pl.String,
        "message": pl.String,
    }
)
"""What rules say of selections that members hold; `name` is the plan's, both null for a message about the member."""


def rule(tx: Transaction, verdict: Verdict, chosen: pl.DataFrame, *, today: date) -> Ruled:
    """Run the rules over choices (m, plan) numbered as in a verdict. Without a contract, ages count on `today`."""
    with tx.lend(selections_plans=verdict.plans.select("contract_plan_id")):
        attributes = tx.frame("selections.attributes")
    numbers = verdict.plans.select("contract_plan_id", "plan")
    choices = Choices(
        members=_members(verdict, today),
        plans=verdict.plans.select("plan", "root", "contract_plan_id", "name", "plan_type", "is_root", "is_optional"),
        chosen=chosen.select("m", "plan").unique(maintain_order=True),
        attributes=attributes.join(numbers, on="contract_plan_id").select("plan", "attribute_name", "value"),
    )
    return run(rules_of(tx, verdict.plans), choices)


def broken_by(tx: Transaction, member_ids: pl.Series, *, today: date) -> pl.DataFrame:
    """What the rules say of the selections that some members hold, in the columns of `BROKEN`; nothing is changed.

    One call for any number of members: the bulk run asks after it has processed a file
    (`shouldExecuteConfigurationRule`).
    """
    verdict = judge(near.read(tx, member_ids), WISHES.to_frame())
    ruled = rule(tx, verdict, verdict.held, today=today)
    return said_of(verdict, ruled.messages).filter(pl.col("group_census_member_id").is_in(member_ids.implode()))


def said_of(verdict: Verdict, messages: pl.DataFrame) -> pl.DataFrame:
    """Messages with the ids of their members and plans, by member and plan."""
    members = verdict.members.select("m", "group_census_member_id")
    plans = verdict.plans.select("plan", "contract_plan_id", "name")
    told = messages.join(members, on="m", how="inner").join(plans, on="plan", how="left").sort("m", "plan")
    return told.select(BROKEN.names())


def _members(verdict: Verdict, today: date) -> pl.DataFrame:
    """The families as rules see them. Ages count on the first day of cover: of the contract, or of the member if
    later."""
    facts = verdict.stored.members.select("group_census_member_id", "association", "birth_date", "policy_start_date")
    starts = verdict.stored.targets.select("group_census_id", "contract_start")
    members = verdict.members.select("m", "head", "group_census_member_id", "group_census_id")
    told = members.join(facts, on="group_census_member_id", how="left", maintain_order="left").join(
        starts, on="group_census_id", how="left", maintain_order="left"
    )
    as_of = pl.max_horizontal(pl.coalesce("contract_start", pl.lit(today)), "policy_start_date")
    return told.select("m", "head", "group_census_member_id", "association", "birth_date", as_of=as_of)
