"""One coverage priced by one method from a few stated facts: what the worked examples of methods are run with.

What lives here: a batch of one employee and one plan, said in texts, rated on the one road. What does not:
anything a run needs; a real batch has columns (`rating.batch`).
"""

from dataclasses import fields
from typing import Any

import numpy as np

from rating.arrays import COLUMN_DTYPES
from rating.batch import Batch, Coverages, Members, Offers, Plans, Reductions
from rating.codes import NONE, Axis, BenefitRounding, Period, Proration, VolumeRounding
from rating.contribution import ContributionRules
from rating.engine import rate
from rating.methods import CODES
from rating.rates import Rates
from rating.tables import RateTables

_CENTS = 100
_E4 = 10_000
_E6 = 1_000_000
_STATED = {
    "multiple_e4": ("multiple", _E4),
    "flat_cents": ("flat", _CENTS),
    "increment_cents": ("increment", _CENTS),
    "maximum_cents": ("maximum", _CENTS),
    "guaranteed_cents": ("guaranteed", _CENTS),
    "benefit_percent_e4": ("percent", _E4),
    "maximum_benefit_cents": ("maximum_benefit", _CENTS),
    "covered_pay_cents": ("covered_pay", _CENTS),
}
"""Columns of the offer: the name of the fact, and its parts."""


def scaled(text: str, scale: int) -> int:
    """A decimal number as a whole number of its `scale`-th parts, exactly.

    >>> scaled("63450", 100), scaled("0.1165", 10_000)
    (6345000, 1165)
    """
    whole, _, places = text.partition(".")
    found, left = divmod(int(whole + places) * scale, 10 ** len(places))
    if left:
        raise ValueError(f"{text} has more decimals than {scale:,} parts hold.")
    return found


def _bundle(bundle: type[Any], values: dict[str, Any], n: int = 1) -> Any:
    """A bundle of `n` rows with these values; a column that is not named is 0, or left out where it may be."""
    columns = {
        each.name: np.full(n, np.array(values.get(each.name, 0)).astype(COLUMN_DTYPES[each.type]))
        for each in fields(bundle)
        if each.type in COLUMN_DTYPES and (each.name in values or "otherwise" not in each.metadata)
    }
    return bundle(**columns)


def monthly(method: str, unit_rate: str, **facts: str) -> str:
    """The premium of a month, in dollars, of one employee born on 1 January 1980 for a term from 1 January 2026.

    Facts: `pay` a year, amount `elected`, `born`, `multiple` of pay, `flat` sum, `percent` of pay,
    `increment`, `maximum`, `guaranteed`, `maximum_benefit`, `covered_pay`, `rounding` of volumes.

    >>> monthly("flat", "12.34")
    '12.34'
    """
    amounts = {column: scaled(facts[name], scale) for column, (name, scale) in _STATED.items() if name in facts}
    first, end = "2026-01-01", "2027-01-01"
    none = {"annual_pay_cents": scaled(facts["pay"], _CENTS) if "pay" in facts else NONE}
    chosen = scaled(facts["elected"], _CENTS) if "elected" in facts else NONE
    offer = {
        "product": NONE,
        "reduction": NONE,
        "benefit_rounding": BenefitRounding.NEAREST_1,
        "volume_rounding": VolumeRounding[facts.get("rounding", "UP_1000")],
        "proration": Proration.DAILY_TERM,
        "term_from": first,
        "term_to": end,
        "n_class_slots": 1,
    }
    batch = Batch(
        _bundle(Members, {"birth_date": facts.get("born", "1980-01-01"), "area": NONE, "stated_tier": NONE} | none),
        _bundle(Plans, {}),
        _bundle(
            Coverages,
            {"elected_cents": chosen, "rate_date": first, "age_date": first, "covered_from": first, "covered_to": end},
        ),
        _bundle(Offers, dict.fromkeys(_STATED, NONE) | offer | amounts),
        Reductions.none(),
    )
    tables = RateTables.build(
        method=np.array([CODES.index(method)], np.int8),
        period=np.array([Period.MONTHLY], np.int8),
        age_basis=np.zeros(1, np.int8),
        child_age=np.array([NONE], np.int16),
        child_count=np.array([NONE], np.int16),
        factor_tables=np.full((1, 1), NONE, np.int32),
        cell_table=np.zeros(1, np.int32),
        cell_from=np.array([first], "M8[D]"),
        keys=np.full((1, len(Axis)), NONE, np.int64),
        value=np.array([scaled(unit_rate, _E6)], np.int64),
    )
    result = rate(batch, Rates(tables, _bundle(ContributionRules, {}, 0)))
    dollars, cents = divmod(int(result.period_cents[0]), _CENTS)
    return f"{dollars}.{cents:02d}"
