"""The rule engine: choices of members in, messages and the choices that may stand out.

What lives here: what a rule is, the registry of kinds, and running every rule until no more choice falls. What does
not: the built-in kinds (`kinds`), and where choices come from.

A kind is a function over whole tables: it gets the stored rules of its kind and the choices of all members at once,
and returns messages. A message of type Error about a plan takes that choice away, and the coverages under it (EC-1).
Further kinds are entry points of the group `benefits.configuration_rules`: the name is the kind as the sheet states
it, the value the function. Without stored rules a kind is called too, so a rule may live in code alone:

    def no_vision_for_spouses(rules, choices):
        spouses = choices.members.filter(pl.col("association") == "Spouse")
        vision = choices.chosen.join(choices.plans.filter(pl.col("plan_type") == "Vision"), on="plan", how="semi")
        found = vision.join(spouses, on="m", how="semi")
        return found.select("m", "plan", type=pl.lit("Error"), message=pl.lit("Vision is for employees."))
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points

import polars as pl

from services.book import Transaction
from services.configuration import kinds
from services.configuration.kinds import ERROR, MESSAGES, Choices

GROUP = "benefits.configuration_rules"
"""The entry points that name further kinds."""

Rule = Callable[[pl.DataFrame, Choices], pl.DataFrame]
"""One kind of rule: stored rules of the kind, and choices, to rows of `kinds.MESSAGES`."""


@cache
def functions() -> dict[str, Rule]:
    """Every kind by its name; a kind of one's own does not take the place of a built-in one."""
    found: dict[str, Rule] = {"NEEDS": kinds.needs, "EXCLUDES": kinds.excludes, "AGE_LIMIT": kinds.age_limit}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name.strip().upper(), entry.load())
    return found


@dataclass(frozen=True)
class Ruled:
    """Choices after the rules."""

    stands: pl.DataFrame
    """m, plan: choices that no rule speaks against."""
    messages: pl.DataFrame
    """m, plan, type, message: everything said, each once."""


def rules_of(tx: Transaction, plans: pl.DataFrame) -> pl.DataFrame:
    """The stored rules of the contracts of some plans (columns contract_plan_id, plan), with plan numbers `plan` and
    `other`."""
    numbers = plans.select("contract_plan_id", "plan")
    with tx.lend(configuration_plans=numbers):
        stored = tx.frame("configuration.rules")
    others = numbers.rename({"contract_plan_id": "other_plan_id", "plan": "other"})
    return stored.join(numbers, on="contract_plan_id", how="inner", maintain_order="left").join(
        others, on="other_plan_id", how="left", maintain_order="left"
    )


def run(rules: pl.DataFrame, choices: Choices) -> Ruled:
    """Run every rule, and again without the choices that fell, until nothing more falls.

    A choice may need another that a rule takes away, so one pass is not enough; each pass takes at least one choice.
    """
    stands = choices.chosen
    told = MESSAGES.to_frame()
    while True:
        now = replace(choices, chosen=stands)
        found = pl.concat([MESSAGES.to_frame(), *(_said(kind, rules, now) for kind in functions())])
        told = pl.concat([told, found]).unique(maintain_order=True)
        against = found.filter((pl.col("type") == ERROR) & pl.col("plan").is_not_null()).select("m", "plan")
        below = choices.plans.filter(~pl.col("is_root")).select("root", coverage="plan")
        under = against.join(below, left_on="plan", right_on="root").select("m", plan="coverage")
        left = stands.join(pl.concat([against, under]), on=["m", "plan"], how="anti", maintain_order="left")
        if left.height == stands.height:
            return Ruled(stands, told)
        stands = left


def _said(kind: str, rules: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """What one kind says, in the columns of `MESSAGES`."""
    found = functions()[kind](rules.filter(pl.col("kind").str.to_uppercase() == kind), choices)
    return found.select(pl.col(name).cast(dtype) for name, dtype in MESSAGES.items())
