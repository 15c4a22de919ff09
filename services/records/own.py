"""Fields of a record that no sheet states: read from a request one by one, and kept in their columns.

What lives here: `OwnField`, its kinds of values, references and closed lists, tier prices as text, and the writing of
columns. What does not: which object has which fields (`objects`), and the fields that go through a sheet (`records`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import orjson
import pyarrow as pa

from rating.codes import BANDED, AgeBasis, AgeDate, Axis, MoneyRounding, OutsideTable, Period, SpouseAge
from rating.layout import MOST_FACTORS
from schemas.rate_rules import LIMITS_LIKE, are_limits
from schemas.table import Column, Table
from services import written_days
from services.book import Transaction
from services.core_columns import ANY, GENDERS, RELATIONSHIPS, SMOKERS, named_by
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid
from services.queries import statement
from services.rate_columns import UNITS
from services.scope import Scope
from services.shelf.store import utc

FIXED = "GB-REC-002"
_GREATEST_WHOLE, _GREATEST_CENTS = 999_999_999, 10**18 - 1
_TIERS = (
    "Employee Only",
    "Employee & Spouse",
    "Employee & One Child",
    "Employee & Children",
    "Employee & Family",
    "*",
    "",
)
_PERIODS = tuple(each.name for each in Period)
_AXES = tuple(axis.name.lower() for axis in Axis if axis is not Axis.TIER)
_BANDED = {axis.name.lower(): UNITS[axis] for axis in BANDED}
"""Axes of bands, each with the parts of one that its values are counted in."""
_HIGHEST = {"age": 120, "participation": 100, "female_percent": 100}
_PLAIN_NUMBER = re.compile(r"[0-9]{1,13}(\.[0-9]{1,6})?")
_NAMED = {"gender": GENDERS, "tobacco": SMOKERS, "relationship": RELATIONSHIPS}
_CHOICES = {
    "ageBasis": named_by(AgeBasis),
    "ageDate": named_by(AgeDate),
    "spouseAge": named_by(SpouseAge),
    "outsideTable": named_by(OutsideTable),
    "moneyRounding": named_by(MoneyRounding),
}
_SHAPES: dict[str, Callable[[str], bool]] = {
    "limits": lambda said: re.fullmatch(LIMITS_LIKE, said) is not None and are_limits(said),
    "roundPlaces": lambda said: re.fullmatch(r"[0-6]?(;[0-6]?)*", said) is not None,
}
"""Settings of a rate table that a contract keeps beside its tier prices (`contracts.filed_tiers`)."""
_FLAGS = {True: True, False: False, "true": True, "false": False}


@dataclass(frozen=True)
class OwnField:
    """A field: its column, the closed list of its values, the kind of `services.scope` whose records it names.

    `default` is what null means, and is told on reading. `is_of_account`: the record named is one of the same account.
    A read-only field is told and never taken. `lowest` and `highest` are of whole numbers;
    `fits` judges a text further.
    """

    column: Column
    values: tuple[str, ...] = ()
    refers: str | None = None
    default: Any = None
    is_of_account: bool = False
    is_read_only: bool = False
    lowest: int = 0
    highest: int = _GREATEST_WHOLE
    fits: Callable[[Transaction, str], bool] | None = None


Own = Mapping[str, OwnField]
"""Fields by published name."""


def own(table: Table, column: str, **about: Any) -> dict[str, OwnField]:
    """The field of a column under its published name.

    >>> from schemas.plans import PRODUCT
    >>> list(own(PRODUCT, "is_active", default=True))
    ['IsActive']
    """
    declared = table.column(column)
    return {declared.wire or column: OwnField(declared, **about)}


def split(fields: Mapping[str, Any], known: Own) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is stated of the known fields, by their published names, and all the rest as it was said."""
    names = {name.lower(): name for name in known}
    of_own = {names[said.lower()]: value for said, value in fields.items() if said.lower() in names}
    return of_own, {said: value for said, value in fields.items() if said.lower() not in names}


def value_of(tx: Transaction, name: str, field: OwnField, value: Any, scope: Scope) -> Any:
    """The value as the column keeps it; null and blank clear. Refused for one of another kind, or an unknown id."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    if field.is_read_only:
        raise Refused(InsuranceError(FIXED, f"The field {name} cannot be changed.", {"field": name}))
    read = _typed(name, field, value)
    if (field.values and read not in field.values) or (field.fits is not None and not field.fits(tx, read)):
        raise Refused(invalid(name).about(field=name))
    if field.refers is not None and not scope.sees(tx, field.refers, read):
        raise Refused(invalid(name).about(field=name))
    return read


def tier_prices(text: str) -> list[Any] | None:
    """The list of tier prices that a pricing structure holds (GR-27); None for a text that holds none.

    >>> tier_prices('{"tiers": [{"tier": "Employee Only", "rate": 573.56}]}')
    [{'tier': 'Employee Only', 'rate': 573.56}]
    """
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    tiers = said.get("tiers") if isinstance(said, dict) else None
    return tiers if isinstance(tiers, list) and tiers else None


def can_be_rated(tx: Transaction, text: str) -> bool:
    """Whether rating can read the tier prices of a text: published tiers, one number each, along axes that there are
    with keys of these, and a period and settings that there are.

    A text without tier prices is as none, and passes. What is misspelt would be read as a default, or end a whole run.
    """
    tiers = tier_prices(text)
    if tiers is None:
        return True
    said = orjson.loads(text)
    axes, settings = said.get("axes") or [], said.get("settings") or {}
    if not _is_texts(axes) or not set(axes) < set(_AXES) or len(set(axes)) < len(axes):
        return False
    seen: set[tuple[Any, ...]] = set()
    for each in tiers:
        if not isinstance(each, dict) or each.get("tier") not in _TIERS or not _is_price(each.get("rate")):
            return False
        keys = each.get("keys") or [""] * len(axes)
        if not isinstance(keys, list) or len(keys) != len(axes):
            return False
        plain = [_plain(axis, key) for axis, key in zip(axes, keys, strict=True)]
        if None in plain:
            return False
        seen.add((each["tier"].replace(ANY, ""), *plain))
    period = said.get("ratePeriod")
    is_period = period is None or (isinstance(period, str) and period in _PERIODS)
    return len(seen) == len(tiers) and is_period and _are_settings(tx, settings)


def _is_price(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _plain(axis: str, key: Any) -> Any:
    """A key as rating takes it, blank for any value; None for one that the axis does not have.

    A number has no more decimals than rating counts: keys that differ in others are two prices of one band.

    >>> _plain("age", "30.0") == _plain("age", 30), _plain("gender", "Woman"), _plain("class", " Staff ")
    (True, None, 'staff')
    >>> _plain("salary", "30000.50"), _plain("salary", "0.001"), _plain("salary", "30_000")
    (Decimal('30000.50'), None, None)
    """
    if key is None or key == ANY:
        return ""
    if isinstance(key, bool) or not isinstance(key, int | float | str):
        return None
    said = str(key).strip()
    if axis in _NAMED:
        return said if said in ("", *_NAMED[axis]) else None
    if axis not in _BANDED or said == "":
        return said if axis == "area" else said.lower()
    if _PLAIN_NUMBER.fullmatch(said) is None:
        return None
    number = Decimal(said)
    fits = number <= _HIGHEST.get(axis, 10**12) and number * _BANDED[axis] % 1 == 0
    return number if fits else None


def _are_settings(tx: Transaction, settings: Any) -> bool:
    """Whether each setting is one of a rate table, with a value that it takes; factor tables are there."""
    if not isinstance(settings, dict):
        return False
    for name, value in settings.items():
        if name in _CHOICES:
            fits = isinstance(value, str) and value in _CHOICES[name]
        elif name in _SHAPES:
            fits = isinstance(value, str) and _SHAPES[name](value)
        elif name == "factorTables":
            fits = _is_texts(value) and len(value) <= MOST_FACTORS and set(value) <= _factors(tx, value)
        else:
            fits = False
        if value is not None and not fits:
            return False
    return True


def _factors(tx: Transaction, asked: list[str]) -> set[str]:
    """The names of factor tables, read where some are asked for."""
    if not asked:
        return set()
    tables = tx.frame("shelf.rate_tables")
    return set(tables.filter(tables["stored_method"] == "factor")["rate_table"])


def keep(
    tx: Transaction, table: Table, key: str, record_id: str, stated: Mapping[str, Any], known: Own, *,
    scope: Scope, account_number: str | None, now: datetime,
) -> None:  # fmt: skip
    """Read the stated fields of a record and write those that differ. Refused as `value_of` does."""
    for name, said in stated.items():
        field = known[name]
        value = value_of(tx, name, field, said, scope)
        if field.is_of_account and value is not None:
            found = tx.row(f"records.account_of_{field.refers}", {"id": value})
            if found is None or found[0] != account_number:
                raise Refused(invalid(name).about(field=name))
        # Names of our own declarations, never a caller's.
        sql = statement("records.set_column").replace("{table}", table.name).replace("{key}", key)
        sql = sql.replace("{column}", field.column.name).replace("{type}", field.column.sql_type)
        tx.connection.execute(sql, {"id": record_id, "value": value, "now": utc(now)}).fetchall()


def told_of(row: Mapping[str, Any], known: Own) -> dict[str, Any]:
    """The fields that stand in for null by what it means."""
    return {
        name: field.default
        for name, field in known.items()
        if field.default is not None and row[field.column.name] is None
    }


def _typed(name: str, field: OwnField, value: Any) -> Any:
    column = field.column
    if column.type == pa.date32() or pa.types.is_timestamp(column.type):
        return _moment(name, value, is_day=column.type == pa.date32())
    if column.type == pa.bool_():
        word = value.lower() if isinstance(value, str) else value
        if isinstance(word, str | bool) and word in _FLAGS:
            return _FLAGS[word]
    elif column.type in (pa.int32(), pa.int64()):
        return _number(name, field, value)
    elif isinstance(value, str) and len(value) <= (column.longest or len(value)):
        return value
    raise Refused(invalid(name).about(field=name))


def _moment(name: str, value: Any, *, is_day: bool) -> date | datetime:
    """A day, or a moment as UTC; a day alone is its midnight."""
    try:
        if not isinstance(value, str):
            raise ValueError
        if is_day:
            if (day := written_days.day(value)) is None:
                raise ValueError
            return day
        moment = datetime.fromisoformat(value)
        # In UTC the first and the last day of the calendar may lie outside it.
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise Refused(bad_date().about(field=name)) from None


def _number(name: str, field: OwnField, value: Any) -> int:
    """A whole number in its range, of at most nine digits; or dollars as cents, half up, not negative."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = Decimal(value if isinstance(value, str) else repr(value))
        if not number.is_finite() or abs(number) > _GREATEST_CENTS:
            raise ValueError
        is_money = field.column.type == pa.int64()
        lowest, highest = (0, _GREATEST_CENTS) if is_money else (field.lowest, field.highest)
        whole = (number * 100).to_integral_value(ROUND_HALF_UP) if is_money else number
        if whole != whole.to_integral_value() or not lowest <= whole <= highest:
            raise ValueError
    except (ValueError, InvalidOperation):
        raise Refused(invalid(name).about(field=name)) from None
    return int(whole)
