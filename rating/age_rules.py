"""The day an age is taken on, and the day a child grows out of a plan.

What lives here: the six settings of the age date and the three of the age limit, for all rows at once.
What does not: the age itself (`rating.dates`), whose age prices a spouse (`rating.facts`), and what a
child who has gone means for the tier (`rating.tiers`).

An age is locked by its date: under ISSUE it is read on the first day the same product has been held
without a gap, so that a renewal keeps the earlier age; every other setting moves on with the term.
"""

from typing import Literal

import numpy as np

from rating.arrays import Bytes, Days, Flags, Ints, Shorts
from rating.codes import NONE, AgeDate, AgeOut
from rating.dates import anniversaries, birthdays


def age_dates(rule: Bytes, term_from: Days, on: Days, issued: Days, added: Days) -> Days:
    """The day ages are taken on, (n,) each (rating methods, sections 0 and 1).

    `on` is the day rates are read for, `term_from` the first day of the contract term, `issued` the
    first day the product has been held without a gap and `added` the day the person joined the plan;
    both may be unknown (NaT): the issue is then `on`, the person joined with the term.

    - PLAN_ANNIVERSARY: the start of the term, or its last anniversary on or before `on`;
    - ISSUE: the issue date, so that the age never rises while the product is kept;
    - ATTAINED: the first of the month of `on`: a birthday counts from the first of the month on or after it;
    - JAN_1 and TAX_YEAR_END: the first and the last day of the year of `on`;
    - ANNIVERSARY_OR_ADDED: the later of the plan anniversary and the day added.

    Before the term begins the anniversary is its first day. Example: a term from 1 April 2025.

    >>> def day(text): return np.array([text] * 6, "M8[D]")
    >>> rules = np.arange(6, dtype=np.int8)
    >>> made = age_dates(rules, day("2025-04-01"), day("2026-06-20"), day("2019-07-01"), day("2026-05-10"))
    >>> [str(each) for each in made]
    ['2026-04-01', '2019-07-01', '2026-06-01', '2026-01-01', '2026-12-31', '2026-05-10']
    """
    made = anniversaries(term_from, on)
    if not rule.any():  # PLAN_ANNIVERSARY everywhere: the common case
        return made
    for setting in AgeDate:
        rows = np.flatnonzero(rule == setting)
        if rows.size and setting != AgeDate.PLAN_ANNIVERSARY:
            made[rows] = _on_setting(setting, made[rows], on[rows], issued[rows], added[rows])
    return made


def _on_setting(setting: AgeDate, anniversary: Days, on: Days, issued: Days, added: Days) -> Days:
    """The age date of rows that all have one setting."""
    match setting:
        case AgeDate.PLAN_ANNIVERSARY:
            return anniversary
        case AgeDate.ISSUE:
            return np.where(np.isnat(issued), on, issued)
        case AgeDate.ATTAINED:
            return on.astype("M8[M]").astype("M8[D]")
        case AgeDate.JAN_1:
            return on.astype("M8[Y]").astype("M8[D]")
        case AgeDate.TAX_YEAR_END:
            return _last_of("Y", on)
        case AgeDate.ANNIVERSARY_OR_ADDED:
            return np.where(added > anniversary, added, anniversary)


def _last_of(unit: Literal["M", "Y"], days: Days) -> Days:
    """The last day of the month or year of each day."""
    next_one: Days = (days.astype(f"M8[{unit}]") + np.timedelta64(1, unit)).astype("M8[D]")
    return (next_one.view(np.int64) - 1).view("M8[D]")


def age_out(birth_date: Days, limit_age: Shorts | Ints, rule: Bytes, is_exempt: Flags) -> Days:
    """The last covered day of each child under an age limit, (n,); NaT without end (rating methods, section 11).

    A limit of 26 covers a child until the 26th birthday; the cover then ends on that day (BIRTHDAY), with
    its month (MONTH_END) or with its year (YEAR_END), the last day included. A child born on 29 February
    has the birthday on 1 March of a common year. A disabled dependent stays (`is_exempt`); a limit of
    NONE limits nobody, and an unknown birth date is no reason to end a cover.

    >>> born = np.full(3, np.datetime64("2000-03-16"))
    >>> kept = np.zeros(3, np.bool_)
    >>> made = age_out(born, np.full(3, 26, np.int16), np.arange(3, dtype=np.int8), kept)
    >>> [str(each) for each in made]
    ['2026-03-16', '2026-03-31', '2026-12-31']
    """
    is_limited = (limit_age != NONE) & ~is_exempt & ~np.isnat(birth_date)
    birthday = birthdays(birth_date, np.where(is_limited, limit_age, 0).astype(np.int32))
    last = np.where(rule == AgeOut.MONTH_END, _last_of("M", birthday), birthday)
    last = np.where(rule == AgeOut.YEAR_END, _last_of("Y", birthday), last)
    return np.where(is_limited, last, np.datetime64("NaT", "D"))
