"""Which contribution rule pays for a coverage, and which others could have: in words, per offer, class and member type.

What lives here: the candidates of every distinct offer, class and member type at hand, as text. What does not: the
ladder (`rating.candidates`, `rating.ladder`), and what a rule pays (`services.explain_words`).
"""

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import ContributionRules
from rating.candidates import Candidate, Standing, candidates
from rating.codes import MemberType
from rating.contribution import RuleSteps
from rating.ladder import Level
from services.assemble import Gathered
from services.explain_facts import Names

LEVELS: Mapping[Level, str] = {
    Level.PLAN: "names the coverage",
    Level.PRODUCT: "names the product of the coverage",
    Level.ROOT_PLAN: "names the plan",
    Level.ROOT_PRODUCT: "names the product of the plan",
    Level.CATEGORY: "names the product type",
    Level.EVERY_PLAN: "for every plan",
}
OF_CATEGORY = "names the product category"
STANDINGS: Mapping[Standing, str] = {
    Standing.DEPENDENTS_ONLY: "for dependents only",
    Standing.STARTS_LATE: "starts after the contract",
    Standing.ENDS_EARLY: "ends before the contract",
    Standing.NO_TYPE: "has no type",
}
PLACE = ("offer", "class_slot", "is_dependent")
"""What alone decides about the rule of a coverage."""


def rivals(frame: pl.DataFrame, gathered: Gathered, names: Names) -> pl.DataFrame:
    """Columns `level` of the rule chosen and `rivals`, the others in words, for each offer, class and member type.

    The rules of one class of one account are few; each place looks at those only.
    """
    places = frame.select(PLACE).drop_nulls().unique(maintain_order=True)
    rules, offers = gathered.rates.rules, gathered.batch.offers
    called = gathered.rules.join(names.rules, on="contribution_rule_id", how="left", maintain_order="left").select(
        pl.coalesce("name", "contribution_rule_id")
    )
    titles = called.to_series().to_list()
    order = np.lexsort((rules.class_slot, rules.account))
    sorted_key = _keys(rules.account[order], rules.class_slot[order])
    wanted = _keys(offers.account.take(places["offer"].to_numpy()), places["class_slot"].to_numpy())
    first, end = (np.searchsorted(sorted_key, wanted, side=side) for side in ("left", "right"))
    told: list[tuple[str | None, str | None]] = []
    for place, a, b in zip(places.rows(), first, end, strict=True):  # offers, classes and member types, not people
        own = _of_class(rules, order[a:b])
        told.append(_told(candidates(offers, own, *place), own, [titles[row] for row in order[a:b]]))
    words = pl.DataFrame(told, schema={"level": pl.String, "rivals": pl.String}, orient="row")
    return pl.concat([places, words], how="horizontal")


def _keys(account: NDArray[np.integer], class_slot: NDArray[np.integer]) -> NDArray[np.int64]:
    return account.astype(np.int64) << 32 | class_slot.astype(np.int64)


def _of_class(rules: ContributionRules, rows: NDArray[np.intp]) -> ContributionRules:
    """Some of the rules; what they pay plays no part in the choice."""
    columns = {each.name: getattr(rules, each.name)[rows] for each in fields(rules) if each.name != "steps"}
    return replace(rules, **columns, steps=RuleSteps.none())


def _told(found: list[Candidate], rules: ContributionRules, titles: list[str]) -> tuple[str | None, str | None]:
    """The level of the rule chosen, and the rules that it beat or that could not be used."""
    chosen = next((each for each in found if each.standing == Standing.CHOSEN), None)
    called = {each.rule: _called(each, rules, titles) for each in found}
    beaten = [called[each.rule] for each in found if each.standing == Standing.BEATEN]
    unusable = [f"{called[each.rule]}: {STANDINGS[each.standing]}" for each in found if each.standing in STANDINGS]
    parts = [f"beats {', '.join(beaten)}"] if beaten else []
    parts += [f"not usable {', '.join(unusable)}"] if unusable else []
    return (_named(chosen, rules) if chosen is not None else None), "; ".join(parts) or None


def _named(each: Candidate, rules: ContributionRules) -> str:
    """What the rule names; on one level it may be the type of a product, its category, or both."""
    if each.level == Level.CATEGORY and rules.product_category[each.rule] >= 0:
        return OF_CATEGORY
    return LEVELS[each.level]


def _called(each: Candidate, rules: ContributionRules, titles: list[str]) -> str:
    kind = f", {MemberType(each.member_type).name.lower()}" if each.member_type >= 0 else ""
    return f'"{titles[each.rule]}" ({_named(each, rules)}{kind})'
