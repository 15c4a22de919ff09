"""What a registration states: reading a body, every fault of it at once, and merging a change into what is stored.

What lives here: the fields with their forms, `read`, `merged`, and the way to and from the columns. What does not: what
a change means for brokers, actions and status (`register`, `brokers`).

A body is read into plain values by field name, in one spelling each: texts trimmed, the tax id as nine digits, dates as
`date`. So two bodies that say the same compare equal (ON-11).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.onboarding import CONTACT_ROLES, JURISDICTIONS, MARKET_SEGMENTS, PRODUCT_LINES
from services.insurance_errors import InsuranceError
from services.member_rating.words import FIRST_DAY, LAST_DAY
from services.onboarding import faults
from services.onboarding.faults import invalid, required

Values = dict[str, Any]
Faults = list[InsuranceError]

MOST_EMPLOYEES = 10_000_000
MOST_LISTED = 200
MOST_DAYS_TO_WAIT = 90

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TAX_ID = re.compile(r"\d{2}-?\d{7}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"[+()\d][-+().\s\d]{5,30}( ?x\d{1,6})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


class _Wrong(Exception):
    """A value does not have its form; the errors say where."""

    def __init__(self, *errors: InsuranceError) -> None:
        super().__init__()
        self.errors = errors


Form = Callable[[str, Any], Any]
"""Field name and value as stated to the value as kept; raises `_Wrong`."""


def _text(longest: int, pattern: str = r".*") -> Form:
    shape = re.compile(pattern)

    def form(name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or _CONTROL.search(value):
            raise _Wrong(invalid(name))
        if not shape.fullmatch(value.strip()):
            raise _Wrong(invalid(name))
        return value.strip()

    return form


def _one_of(*words: str) -> Form:
    def form(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise _Wrong(invalid(name))
        return value

    return form


def _whole(least: int, most: int, beyond: InsuranceError | None = None) -> Form:
    def form(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise _Wrong(invalid(name))
        if value > most:
            raise _Wrong(beyond or invalid(name))
        return value

    return form


def _day(name: str, value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _Wrong(invalid(name))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _Wrong(invalid(name)) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _Wrong(invalid(name))
    return day


def _tax_id(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not _TAX_ID.fullmatch(value.strip()):
        raise _Wrong(invalid(name))
    return value.strip().replace("-", "")


def _true(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(invalid(name))
    if not value:
        raise _Wrong(faults.NO_ATTESTATION)
    return True


def _lines(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > len(PRODUCT_LINES):
        raise _Wrong(invalid(name))
    if not all(isinstance(line, str) and line in PRODUCT_LINES for line in value) or len(set(value)) < len(value):
        raise _Wrong(invalid(name))
    return list(value)


def _object(parts: Mapping[str, tuple[Form, bool]]) -> Form:
    """An object of named parts, each with its form and whether it must be there."""

    def form(name: str, value: Any) -> Values:
        if not isinstance(value, dict):
            raise _Wrong(invalid(name))
        wrong = [invalid(f"{name}.{part}") for part in value if part not in parts]
        made: Values = {}
        for part, (read_part, must) in parts.items():
            place = f"{name}.{part}"
            if _is_empty(value.get(part)):
                wrong += [required(place)] if must else []
                continue
            try:
                made[part] = read_part(place, value[part])
            except _Wrong as fault:
                wrong += fault.errors
        if wrong:
            raise _Wrong(*wrong)
        return made

    return form


def _list(of: Form) -> Form:
    def form(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > MOST_LISTED:
            raise _Wrong(invalid(name))
        made: list[Any] = []
        wrong: Faults = []
        for number, each in enumerate(value):
            try:
                made.append(of(f"{name}[{number}]", each))
            except _Wrong as fault:
                wrong += fault.errors
        if wrong:
            raise _Wrong(*wrong)
        return made

    return form


def _matching(pattern: re.Pattern[str], longest: int) -> Form:
    return _text(longest, pattern.pattern)


_STATE = _one_of(*sorted(JURISDICTIONS))
_ADDRESS = _object(
    {
        "street": (_text(255), True),
        "city": (_text(80), True),
        "state": (_STATE, True),
        "postalCode": (_text(10, r"[0-9]{5}(-[0-9]{4})?"), True),
    }
)
_BROKER = _object(
    {
        "producerCode": (_text(64), True),
        "name": (_text(255), True),
        "agencyName": (_text(255), False),
        "effectiveDate": (_day, False),
    }
)
_CLASS = _object({"name": (_text(255), True), "code": (_text(64), False)})
_CONTACT = _object(
    {
        "role": (_one_of(*CONTACT_ROLES), True),
        "name": (_text(255), True),
        "email": (_matching(_EMAIL, 254), False),
        "phone": (_matching(_PHONE, 40), False),
    }
)


@dataclass(frozen=True)
class Field:
    """A field of a registration: its column (None where it has none of its own), form, and whether it must be there."""

    column: str | None
    form: Form
    must: bool = False


FIELDS: dict[str, Field] = {
    "partnerGroupKey": Field("partner_group_key", _text(64), must=True),
    "legalName": Field("legal_name", _text(255), must=True),
    "doingBusinessAs": Field("doing_business_as", _text(255)),
    "taxId": Field("tax_id", _tax_id, must=True),
    "sicCode": Field("sic_code", _text(4, r"[0-9]{4}")),
    "naicsCode": Field("naics_code", _text(6, r"[0-9]{6}")),
    "situsState": Field("situs_state", _STATE, must=True),
    "address": Field("address", _ADDRESS, must=True),
    "effectiveDate": Field("effective_date", _day, must=True),
    "eligibleEmployeeCount": Field("eligible_count", _whole(1, MOST_EMPLOYEES), must=True),
    "enrolledEmployeeCount": Field("enrolled_count", _whole(0, MOST_EMPLOYEES)),
    "marketSegment": Field("market_segment", _one_of(*MARKET_SEGMENTS)),
    "productLines": Field("product_lines", _lines, must=True),
    "classes": Field("classes", _list(_CLASS)),
    "waitingPeriodDays": Field("waiting_period_days", _whole(0, MOST_DAYS_TO_WAIT, faults.LONG_WAIT)),
    "broker": Field(None, _BROKER),
    "contacts": Field("contacts", _list(_CONTACT), must=True),
    "externalQuoteId": Field("external_quote_id", _text(64)),
    "contractId": Field("contract_id", _text(64)),
    "attestation": Field("attestation", _true, must=True),
}

_AS_JSON = ("address", "classes", "contacts")


@dataclass(frozen=True)
class Terms:
    """What the partner's own record asks of its registrations."""

    is_broker: bool
    allows_mid_month: bool


def read(stated: Values, terms: Terms, *, is_draft: bool) -> tuple[Values, Faults]:
    """The values of a whole body, and every fault of it (ON-8). A draft may leave fields out, not misstate them."""
    wrong: Faults = [invalid(name) for name in stated if name not in FIELDS]
    values: Values = {}
    for name, field in FIELDS.items():
        value = stated.get(name)
        if _is_empty(value):
            must = field.must or (name == "broker" and terms.is_broker)
            wrong += [required(name)] if must and not is_draft else []
            continue
        try:
            values[name] = field.form(name, value)
        except _Wrong as fault:
            wrong += [each for each in fault.errors if not (is_draft and each is faults.NO_ATTESTATION)]
    return values, wrong + _between(values, terms, is_draft=is_draft)


def _between(values: Values, terms: Terms, *, is_draft: bool) -> Faults:
    """Faults that no field shows by itself."""
    wrong: Faults = []
    start = values.get("effectiveDate")
    if start is not None and start.day != 1 and not terms.allows_mid_month:
        wrong.append(faults.FIRST_OF_MONTH)
    if values.get("enrolledEmployeeCount", 0) > values.get("eligibleEmployeeCount", MOST_EMPLOYEES):
        wrong.append(faults.TOO_MANY_ENROLLED)
    contacts = values.get("contacts")
    if contacts and not is_draft and not any(each["role"] == "BENEFITS_ADMIN" for each in contacts):
        wrong.append(required("contacts[BENEFITS_ADMIN]"))
    return wrong


def merged(stored: Values, patch: Values) -> Values:
    """A body as it would stand with a change merged in: objects part by part, lists whole, null removes.

    >>> merged({"x": "A", "address": {"city": "B", "state": "OH"}}, {"x": None, "address": {"city": "C"}})
    {'address': {'city': 'C', 'state': 'OH'}}
    """
    whole = dict(stored)
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        elif isinstance(value, dict) and isinstance(whole.get(name), dict):
            parts = {**whole[name], **value}
            whole[name] = {part: each for part, each in parts.items() if each is not None}
        else:
            whole[name] = value
    return whole


def columns(values: Values) -> dict[str, Any]:
    """The values as the columns of a registration."""
    made = {field.column: values.get(name) for name, field in FIELDS.items() if field.column is not None}
    for name in _AS_JSON:
        made[name] = None if made[name] is None else json.dumps(made[name])
    lines: list[str] | None = values.get("productLines")
    return made | {"product_lines": None if lines is None else ";".join(lines)}


def stored(row: Mapping[str, Any]) -> Values:
    """The values that a registration's columns hold; the broker is kept elsewhere."""
    values = {name: row[field.column] for name, field in FIELDS.items() if field.column is not None}
    for name in _AS_JSON:
        values[name] = None if values[name] is None else json.loads(values[name])
    if values["productLines"] is not None:
        values["productLines"] = values["productLines"].split(";")
    return {name: value for name, value in values.items() if value is not None}


def as_stated(values: Values) -> Values:
    """The values as a body would state them."""
    return {name: _spelled(value) for name, value in values.items()}


def _spelled(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return {part: _spelled(each) for part, each in value.items()} if isinstance(value, dict) else value


def _is_empty(value: Any) -> bool:
    """Nothing is stated: null, a blank text, an empty list."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


_TELLTALE = re.compile(r"(?<!\w)(\d{2}-?\d{7}|\d{3}-\d{2}-\d{4}|(\d[-+().\s]{0,2}){7,15})(?!\w)|\S@\S")
_ANY_DAY = re.compile(r"(?<!\w)\d{4}-\d{2}-\d{2}(?!\w)")


def is_safe(note: str, contacts: list[Values]) -> bool:
    """Whether words for an event hold no tax id, number to call, e-mail or name of a contact (ON-21).

    >>> is_safe("Waiting until 2026-03-01", []), is_safe("Their number is 12-3456789", [])
    (True, False)
    """
    names = (re.escape(each["name"].casefold()) for each in contacts)
    return not _TELLTALE.search(_ANY_DAY.sub("", note)) and not any(
        re.search(rf"(?<!\w){name}(?!\w)", note.casefold()) for name in names
    )
