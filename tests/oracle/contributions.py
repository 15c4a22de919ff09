"""The rule that pays for a coverage (CB-1 to CB-14), by the documented ladder or the older package's.

What lives here: validity, targets and the choice. What does not: what a rule pays (`tests.oracle.shares`).
"""

from collections.abc import Iterable

from tests.oracle.words import Contract, Plan, Rule


def targets(plan: Plan) -> list[tuple[str, str | None]]:
    """CB-9: the five levels, most specific first, the category being that of the root plan; then every plan at all."""
    return [
        ("plan", plan.key),
        ("product", plan.product),
        ("plan", plan.root_key),
        ("product", plan.root_product),
        ("category", (plan.category or "").strip().lower() or None),
        ("every plan", ""),
    ]


def names(rule: Rule, kind: str, key: str | None, plan: Plan) -> bool:
    """Whether the rule names this. A product type is compared trimmed and without regard to case (CV-29); beside it or
    in its place the rule may name the category of the root's product, which then must be the plan's (CB-9).
    """
    of_kind, of_key = rule.target
    if kind != "category" or of_kind != "category":
        return (of_kind, of_key) == (kind, key)
    stated = of_key.strip().lower()
    parts = [stated == key] if stated else []
    if rule.product_category is not None:
        parts.append(rule.product_category == plan.product_category)
    return bool(parts) and all(parts)


def is_valid(rule: Rule, group_class: str | None, term: Contract) -> bool:
    """CB-2 to CB-7: a rule of the class that has a type and spans the whole term."""
    return (
        group_class is not None
        and rule.group_class == group_class
        and (rule.start is None or rule.start <= term.start)
        and (rule.end is None or rule.end >= term.end)
        and bool(rule.kind)
    )


def choose_rule(
    rules: Iterable[Rule], group_class: str | None, is_primary: bool, plan: Plan, term: Contract
) -> Rule | None:
    """CB-2 to CB-14: valid rules of the class, then the ladder, Dependent rules first for a dependent."""
    valid = [r for r in rules if is_valid(r, group_class, term)]
    if plan.strategy == "LEGACY_PER_LEVEL":
        return choose_per_level(valid, is_primary, plan)
    subscriber: set[str | None] = {"Subscriber", None}
    dependent: set[str | None] = {"Dependent"}
    for types in [subscriber] if is_primary else [dependent, subscriber]:
        for kind, key in targets(plan):
            hits = [r for r in valid if r.member_type in types and names(r, kind, key, plan)]
            if hits:
                return max(hits, key=lambda r: (r.member_type is not None, r.modified, r.key))
    return None


def choose_per_level(valid: Iterable[Rule], is_primary: bool, plan: Plan) -> Rule | None:
    """The older package: plan, product, category, every plan; each Dependent (of a dependent), Subscriber, blank."""
    levels = [targets(plan)[n] for n in (2, 3, 4, 5)]
    for kind, key in levels:
        for member_type in ["Subscriber", None] if is_primary else ["Dependent", "Subscriber", None]:
            hits = [r for r in valid if r.member_type == member_type and names(r, kind, key, plan)]
            if hits:
                return max(hits, key=lambda r: (r.modified, r.key))
    return None
