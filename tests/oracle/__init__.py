"""The core again, one family at a time, in exact fractions: the independent proof of every price.

What lives here: the rating rules as their documents state them, written for reading and not for speed, with plain
dataclasses of its own and exact arithmetic (`Fraction`; money becomes whole cents only where a rule says "round").

What does not: reading a book (`tests.oracle_book`), and anything of ours. This package imports none of our packages
(a layer contract enforces it) and was written from the documents without a look at the core, so that one misreading
cannot prove itself.

Rules cited: PR- proration, CB- contributions, CV- census conventions, GR- group rating, MR- member rating, RM-n =
rating methods, section n.
"""

from tests.oracle.benefits import covered_pay_of, round_volume, volume_of, weekly_benefit_of
from tests.oracle.contributions import choose_rule, targets
from tests.oracle.days import (
    add_months,
    age_date_of,
    age_on,
    birthday_in,
    cents,
    days_in_month,
    exact,
    half_up,
    months_in_term,
    term_holding,
)
from tests.oracle.families import InForce, Span, span_of, stated_tier, tier_of
from tests.oracle.lookup import look_up, tier_spellings
from tests.oracle.proration import in_pieces, part_of_term
from tests.oracle.road import by_member, by_plan, price_family, price_group, roll_up
from tests.oracle.solved import with_solved_rates
from tests.oracle.words import (
    ANY,
    AXES,
    BANDED,
    Benefit,
    Cell,
    Contract,
    Coverage,
    Dates,
    Family,
    Person,
    Plan,
    Priced,
    RateTable,
    Rule,
    Total,
    UnratedError,
)

__all__ = [
    "ANY",
    "AXES",
    "BANDED",
    "Benefit",
    "Cell",
    "Contract",
    "Coverage",
    "Dates",
    "Family",
    "InForce",
    "Person",
    "Plan",
    "Priced",
    "RateTable",
    "Rule",
    "Span",
    "Total",
    "UnratedError",
    "add_months",
    "age_date_of",
    "age_on",
    "birthday_in",
    "by_member",
    "by_plan",
    "cents",
    "choose_rule",
    "covered_pay_of",
    "days_in_month",
    "exact",
    "half_up",
    "in_pieces",
    "look_up",
    "months_in_term",
    "part_of_term",
    "price_family",
    "price_group",
    "roll_up",
    "round_volume",
    "span_of",
    "stated_tier",
    "targets",
    "term_holding",
    "tier_of",
    "tier_spellings",
    "volume_of",
    "weekly_benefit_of",
    "with_solved_rates",
]
