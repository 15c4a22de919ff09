"""The term of a contract in months: how it is stated instead of an end, and told beside it.

What lives here: `ContractTerm`, which is the two dates said another way and has no column. What does not: the dates.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.insurance_errors import Refused, invalid

NAME = "ContractTerm"
_MOST = 1200


def with_end(fields: Mapping[str, Any], start: Any) -> dict[str, Any]:
    """The fields without the term, with the end that it makes; `start` counts where the fields state none.

    Refused for a term that is no number of months, has no start, or disagrees with the end stated.

    >>> with_end({"StartDate": "2026-01-01", "ContractTerm": 12}, None)
    {'StartDate': '2026-01-01', 'EndDate': '2026-12-31'}
    """
    said = {name.lower(): value for name, value in fields.items()}
    rest = {name: value for name, value in fields.items() if name.lower() != NAME.lower()}
    months = said.get(NAME.lower())
    if months is None:
        return rest
    refused = Refused(invalid(NAME).about(field=NAME))
    try:
        first = date.fromisoformat(str(said.get("startdate") or start))
        n = int(months)
        if isinstance(months, bool | float) or not 1 <= n <= _MOST:
            raise refused
        end = _after(first, n).isoformat()
    except (ValueError, TypeError):
        raise refused from None
    if said.get("enddate") not in (None, end):
        raise refused
    return {name: value for name, value in rest.items() if name.lower() != "enddate"} | {"EndDate": end}


def months_of(first: date, last: date) -> int | None:
    """The whole months from the first day to the day after the last; None for less than one.

    >>> months_of(date(2026, 1, 1), date(2026, 12, 31)), months_of(date(2026, 1, 1), date(2026, 12, 30))
    (12, 11)
    >>> months_of(date(2026, 1, 31), date(2026, 2, 27)), months_of(date(2026, 1, 31), date(2026, 2, 26))
    (1, None)
    """
    n_days = monthrange(last.year, last.month)[1]
    end = (last.year, last.month, last.day + 1) if last.day < n_days else (last.year, last.month + 1, 1)
    n = (end[0] - first.year) * 12 + end[1] - first.month
    year, month = divmod(first.year * 12 + first.month - 1 + n, 12)
    if min(first.day, monthrange(year, month + 1)[1]) > end[2]:  # the anniversary is still to come
        n -= 1
    return n if n > 0 else None


def _after(first: date, months: int) -> date:
    """The last day of a term of so many months: the day before its anniversary, which no month is too short for."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])) - timedelta(days=1)
