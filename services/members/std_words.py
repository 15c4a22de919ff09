"""What the Std services say of refused rows: the input member with an `error` (conventions, 4.3).

What lives here: status codes and texts of field errors, and the entries. What does not: finding faults (`judge`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.census_rules import MISSING
from services.book import Transaction
from services.members.std_fields import label_of
from services.selections.facts import cells_of

NO_ID = "Specify Id of the census member."
NO_KEY = "member_key_missing"
"""Code of a row that carries no MemberKey where one has to be there (CM-50)."""

_PICKLIST = ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field")
_REFERENCE = ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
_NUMBER = ("NUMBER_OUTSIDE_VALID_RANGE", "value outside of valid range on numeric field")
_TYPE = ("INVALID_TYPE_ON_FIELD_IN_RECORD", "value not of required type")
_FIXED = ("INVALID_FIELD_FOR_INSERT_UPDATE", "field cannot be changed")
_ABSENT = ("REQUIRED_FIELD_MISSING", "required field missing")
_RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"

_FORMS: dict[str, tuple[str, str]] = {
    "bad_email": ("INVALID_EMAIL_ADDRESS", "invalid email address"),
    "fte_out_of_range": _NUMBER,
    "negative_pay": _NUMBER,
    "place_off_the_globe": _NUMBER,
    "text_too_long": ("STRING_TOO_LONG", "data value too large"),
    **dict.fromkeys(
        (
            "unknown_association", "unknown_relationship", "unknown_gender", "unknown_smoker_status", "unknown_tier",
            "unknown_opt_out_type", "unknown_status", "unknown_member_type", "unknown_geocode_accuracy",
        ),
        _PICKLIST,
    ),
    **dict.fromkeys(
        (
            "unknown_member_id", "unknown_primary", "unknown_person_account", "unknown_contact",
            "unknown_class_summary", "unknown_class", "unknown_owner",
        ),
        _REFERENCE,
    ),
    "wrong_type": _TYPE,
    "not_a_date": _TYPE,
    "other_census": _FIXED,
    "role_change": _FIXED,
    "unknown_field": ("INVALID_FIELD_FOR_INSERT_UPDATE", "no such field"),
    "group_account_missing": _ABSENT,
    NO_KEY: _ABSENT,
    "birth_date_in_future": (_RULE, "date has not come yet"),
    "birth_date_too_early": (_RULE, "date is before 1900"),
    "association_contradicts": (_RULE, "association and relationship must both say Self, or neither"),
}  # fmt: skip
"""Status code and text for each rule on one field."""

_PLAIN = {
    "id_missing": NO_ID,
    "source_not_unique": "Give each member a unique SourceSystemIdentifier.",
    "primary_not_unique": "Several primaries have the SourceSystemIdentifier this dependent names. Give"
    " PrimaryGroupCensusMemberId instead.",
}
"""Texts that stand alone, where the rule's own are in the words of another service."""

_SAID_AS = {
    "GroupClassName": "GroupClass.Name",
    **{name.lower(): name for name in ("ContractGroupPlanId", "ContactGroupPlanId", "ContractGroupPlan")},
}
"""Fields that callers write in another way than they are read."""
_LONGEST = 255
"""Characters of a value that a text repeats."""


def entries(tx: Transaction, members: Sequence[Mapping[str, Any]], faults: pl.DataFrame) -> list[dict[str, Any]]:
    """Each refused member as it was stated, with `error`: the texts of all its faults, in order of the members."""
    if faults.is_empty():
        return []
    told = _with_values(tx, members, faults.with_columns(pl.col("field").replace(_SAID_AS)))
    texts = told.select("row", text=_text(told["field"])).unique(maintain_order=True)
    joined = texts.group_by("row", maintain_order=True).agg(pl.col("text").str.join("; ")).sort("row")
    return [{**members[row], "error": text} for row, text in zip(joined["row"], joined["text"], strict=True)]


def _with_values(tx: Transaction, members: Sequence[Mapping[str, Any]], faults: pl.DataFrame) -> pl.DataFrame:
    """The faults with `value`, what the member states in the field blamed."""
    keyed = faults.with_columns(name=pl.col("field").str.to_lowercase())
    cells = cells_of(tx, members).select("row", "name", value=pl.col("text").str.slice(0, _LONGEST))
    return keyed.join(cells, on=["row", "name"], how="left", maintain_order="left")


def _text(fields: pl.Series) -> pl.Expr:
    """The text of a fault: `[Field]: STATUS - Label: text: value`, or a sentence that stands alone."""
    statuses, says = ({code: form[place] for code, form in _FORMS.items()} for place in (0, 1))
    is_missing = pl.col("published_code") == MISSING
    status = pl.coalesce(_of("code", statuses), pl.when(is_missing).then(pl.lit(_ABSENT[0])))
    words = pl.coalesce(_of("code", says), pl.when(is_missing).then(pl.lit(_ABSENT[1])))
    label = _of("field", {name: label_of(name) for name in fields.drop_nulls().unique()})
    form = pl.format("[{}]: {} - {}: {}", "field", status, label, words)
    value = pl.when(status != _ABSENT[0]).then(pl.format(": {}", "value")).fill_null("")
    return pl.coalesce(_of("code", _PLAIN), form + value, "message")


def _of(column: str, words: Mapping[str, str]) -> pl.Expr:
    return pl.col(column).replace_strict(words, default=None, return_dtype=pl.String)
