"""Text columns of people become typed columns, with a fault for every cell that cannot be read.

What lives here: the reader of each field, run once over all people of all files. What does not: names, relationships
(relations.py), pay (pay.py), plan cells (elections.py).
"""

from collections.abc import Collection

import numpy as np
import polars as pl

from schemas.census_rules import EARLIEST_BIRTH
from services.intake import numbers, values
from services.intake.dates import read_dates
from services.intake.found import Found
from services.intake.relations import text_or_null
from services.intake.workbooks import FAILED

DATES = ("birth_date", "join_date", "termination_date", "policy_start_date", "policy_end_date")
LIMITS = {
    "first_name": 50, "last_name": 50, "full_name": 101, "email": 80, "phone_number": 40, "street": 255, "city": 40,
    "state": 80, "postal_code": 20, "country": 80, "class_name": 255, "source_system_identifier": 255,
    "primary_member_source": 255, "employee_key": 255, "member_key": 50, "group_census_member_id": 18,
    "primary_group_census_member_id": 18, "relationship": 255, "association": 255, "status": 255, "gender": 255,
    "birth_date": 255, "ssn": 255, "tier": 255, "record_name": 255, "given_member_type": 40,
    "primary_member_category": 40, "person_account_id": 18, "contact_id": 18, "owner_id": 18, "latitude": 40,
    "longitude": 40, "geocode_accuracy": 40,
}  # fmt: skip
"""Characters of the columns that the text ends in (objects-census)."""
PLAIN_TEXT = (
    "email", "phone_number", "street", "city", "state", "country", "class_name", "record_name",
    "primary_member_category",
)  # fmt: skip
KEYS = ("source_system_identifier", "primary_member_source", "employee_key", "member_key", "group_census_member_id",
        "primary_group_census_member_id", "class_name", "phone_number")  # fmt: skip
_MAY_BE_NA = ("country", "class_name")
"""Texts of which NA may be one (Namibia)."""
_NAMES = ("first_name", "last_name", "full_name")
CATEGORIES = (
    "gender", "smoker_status", "status", "is_disabled", "is_student", "is_opt_out_all_plans", "is_portal_user"
)  # fmt: skip
_LOOKED_UP = (
    *CATEGORIES, "continuation", "tier", "pay_mode", "full_time_equivalent", "hours_per_week", "age", "count_spouse",
    "count_children", "count_dependents", "latitude", "longitude",
)  # fmt: skip
"""Fields whose reader takes a look-up that failed (#N/A) for a cell that says nothing."""
_NOTHING = frozenset({*values.NOTHING, "none"})
_YOUNGEST_ADULT = 14
_OLDEST = 120


def check_text(frame: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Cells on one line, but for a street, which may have two. Formulas that failed where no reader judges the cell or
    takes it for nothing, texts and keys that say nothing (N/A), cells over the limit of their column, and cells that
    look like formulas."""
    texts = pl.col(pl.String).exclude("street").str
    broken = frame.select(texts.contains("\n", literal=True).any())
    frame = frame.with_columns(
        pl.col(name).str.replace_all(r"\s*\n\s*", " ") for name in broken.columns if broken[0, name]
    )
    for name in (*_NAMES, "postal_code", *PLAIN_TEXT, *KEYS):
        if name in frame.columns and (failed := frame[name].is_in(FAILED)).any():
            found.add("formula_failed", failed, name, frame[name])
            frame = frame.with_columns(pl.when(~failed.fill_null(False)).then(pl.col(name)).alias(name))
    for name in _LOOKED_UP:
        if name in frame.columns:
            found.add("formula_failed", frame[name].is_in(["#N/A", "#n/a"]), name, frame[name])
    frame = frame.with_columns(
        said(frame[name], _NOTHING - {"na"} if name in _MAY_BE_NA else _NOTHING).alias(name)
        for name in dict.fromkeys(("postal_code", *PLAIN_TEXT, *KEYS))
        if name in frame.columns
    )
    for name, limit in LIMITS.items():
        if name in frame.columns and (frame[name].str.len_bytes() > limit).any():
            long = frame[name].str.len_chars() > limit
            found.add("cell_too_long", long, name, None if name == "ssn" else frame[name], limit=limit)
            frame = frame.with_columns(pl.when(~long.fill_null(False)).then(pl.col(name)).alias(name))
    for name in PLAIN_TEXT:
        if name in frame.columns:
            formula = frame[name].str.contains(r"^[=@]|^[+-]\D")
            found.add("formula_like_text", formula, name, frame[name])
    return frame.with_columns(numbers.unfloated(frame[name]).alias(name) for name in KEYS if name in frame.columns)


def read_birth_and_other_dates(frame: pl.DataFrame, effective: pl.Series, found: Found) -> dict[str, pl.Series]:
    """All date columns. A two-digit birth year of an adult is at least 14 years back, a child's is in the past, any
    other date lies at most ten years ahead of the effective date."""
    file_no = frame["file_no"].to_numpy()
    year = effective.dt.year().to_numpy().astype(np.int64)
    child = (frame["association"] == "Child").fill_null(False).to_numpy()
    typed: dict[str, pl.Series] = {}
    for name in DATES:
        if name not in frame.columns:
            continue
        birth = np.where(child, year, year - _YOUNGEST_ADULT)
        text = told(frame[name]) if name == "birth_date" else said(frame[name])
        read = read_dates(text, file_no, birth if name == "birth_date" else year + 10)
        for code in ("not_a_date", "ambiguous_date"):
            found.add(code, read.codes == code, name, frame[name])
        found.of_files("month_first_assumed", read.month_first, name)
        found.of_files("day_first_taken", read.day_first, name)
        found.of_files("century_assumed", read.century, name)
        if name == "birth_date":
            stands_in = _stands_in(read.dates, text.is_not_null() & read.codes.is_null(), effective)
        else:
            stands_in = read.stands_in
        found.add("birth_date_stands_in" if name == "birth_date" else "date_stands_in", stands_in, name, frame[name])
        typed[name] = read.dates.set(stands_in, None)
    return typed


def _stands_in(born: pl.Series, is_read: pl.Series, effective: pl.Series) -> pl.Series:
    """Birth dates that are nobody's: the first day of a year in which nobody alive was born, such as the 1900-01-01
    that spreadsheets and payroll systems put in for none, and the 9999-12-31 that stands for no date at all."""
    is_possible = (born >= EARLIEST_BIRTH) & (born.dt.ordinal_day() == 1)  # an earlier one is refused (CM-15)
    is_nobodys = is_possible & (effective.dt.year() - born.dt.year() >= _OLDEST)
    return is_nobodys.fill_null(False) | (is_read & born.is_null())


def said(text: pl.Series, nothing: Collection[str] = _NOTHING) -> pl.Series:
    """Cells that say nothing (n/a, -) are null."""
    if (text.str.len_bytes() <= 4).any():
        return pl.select(pl.when(~text.str.to_lowercase().is_in(nothing)).then(text)).to_series()
    return text


def told(text: pl.Series) -> pl.Series:
    """The same of what a price needs: a look-up that failed (#N/A) is told there, as any failed formula is. A date that
    was looked up in vain, as of a termination, says that there is none."""
    return said(text, _NOTHING - {"#n/a"})


def read_categories(frame: pl.DataFrame, found: Found) -> dict[str, pl.Series]:
    """Gender, tobacco, status, disability, student, opt-out of everything, portal user, continuation."""
    typed: dict[str, pl.Series] = {}
    for name in (*CATEGORIES, "continuation"):
        if name in frame.columns:
            value, bad = values.look_up(name, frame[name])
            found.add(values.UNKNOWN[name], bad, name, frame[name])
            typed[name] = value
    if "smoker_status" in typed:
        typed["smoker_status"] = typed["smoker_status"].replace({"": None})
    if "status" in typed:
        by_status = typed["status"].replace_strict(values.CONTINUES, default=None, return_dtype=pl.String)
        typed["continuation"] = pl.select(pl.coalesce(typed.get("continuation", by_status), by_status)).to_series()
    for name in ("is_student", "is_opt_out_all_plans", "is_portal_user"):
        if name in typed:
            typed[name] = typed[name] == "yes"
    if "is_disabled" in typed:
        kind = typed["is_disabled"]
        typed["is_disabled"] = kind == "disabled"
        student = pl.select(pl.when(kind == "student").then(True)).to_series()
        typed["is_student"] = pl.select(pl.coalesce(student, typed.get("is_student", student))).to_series()
    return typed


def read_numbers(frame: pl.DataFrame, found: Found) -> dict[str, pl.Series]:
    """Full-time equivalent, place on the globe, age stated, social security number, postal code."""
    typed: dict[str, pl.Series] = {}
    if "full_time_equivalent" in frame.columns:
        text = said(frame["full_time_equivalent"])
        typed["full_time_equivalent"], bad = numbers.share(text)
        found.add("not_a_number", bad, "full_time_equivalent", text)
    for name in ("latitude", "longitude"):
        if name in frame.columns:
            text = said(frame[name])
            typed[name], bad = numbers.degrees(text)
            found.add("not_a_number", bad, name, text)
    if "age" in frame.columns:
        text = said(frame["age"])
        typed["age_stated"], bad = numbers.whole(text)
        found.add("not_a_number", bad, "age", text)
    if "ssn" in frame.columns:
        text = told(frame["ssn"])
        typed["ssn"], bad, restored, stands_in = numbers.social_security(text)
        shown = pl.select(pl.when(text.is_not_null()).then(pl.lit("***-**-****"))).to_series()
        found.add("not_an_ssn", bad, "ssn", shown)
        found.add("zeros_restored", restored, "ssn", shown)
        found.add("ssn_stands_in", stands_in, "ssn", shown)
    if "postal_code" in frame.columns:
        abroad = text_or_null(frame, "country").str.to_lowercase().str.replace_all(r"\W", "")
        home = abroad.is_null() | abroad.is_in(["us", "usa", "unitedstates", "unitedstatesofamerica"])
        code, restored = numbers.postal_code(frame["postal_code"])
        typed["postal_code"] = pl.select(pl.when(home).then(code).otherwise(frame["postal_code"])).to_series()
        found.add("zeros_restored", restored & home, "postal_code", frame["postal_code"])
    return typed


def check_ages(frame: pl.DataFrame, effective: pl.Series, typed: dict[str, pl.Series], found: Found) -> None:
    """Age columns are checks, not inputs (rule 10)."""
    if "age_stated" not in typed or "birth_date" not in typed:
        return
    born = typed["birth_date"]
    before = (
        born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
        > effective.dt.month().cast(pl.Int32) * 100 + effective.dt.day()
    )
    age = effective.dt.year() - born.dt.year() - before.cast(pl.Int32)
    found.add("age_differs", age != typed["age_stated"], "age", frame["age"])


def read_tier(frame: pl.DataFrame, found: Found) -> tuple[pl.Series, pl.Series]:
    """The tier stated (or told by counts of dependents), and who waives in the tier column."""
    value = text_or_null(frame, "none").alias("tier")
    waives = pl.Series([False]).new_from_index(0, frame.height)
    if "tier" in frame.columns:
        found_value, bad = values.look_up("tier", frame["tier"])
        found.add("unknown_tier", bad, "tier", frame["tier"])
        by_number = frame["tier"].str.replace(r"\.0+$", "").is_in(list(values.TIER_NUMBERS))
        found.add("tier_by_number", by_number, "tier", frame["tier"])
        waives = (found_value == "").fill_null(False)
        value = found_value.replace({"": None})
    if {"count_spouse", "count_children", "count_dependents"} & set(frame.columns):
        value = pl.select(pl.coalesce(value, _tier_of_counts(frame, found))).to_series()
    return value, waives


def _tier_of_counts(frame: pl.DataFrame, found: Found) -> pl.Series:
    """Spouse and number of children make a tier; a bare number of dependents only tells when it is zero."""
    counts: dict[str, pl.Series] = {}
    for name in ("count_spouse", "count_children", "count_dependents"):
        text = text_or_null(frame, name).str.to_lowercase()
        as_number = text.replace_strict(
            {"yes": "1", "y": "1", "x": "1", "no": "0", "n": "0", "none": "0"}, default=text
        )
        counts[name], bad = numbers.whole(as_number)
        found.add("not_a_number", bad, name, text_or_null(frame, name))
    spouse, children, any_ = counts.values()
    spouse_known = spouse.is_not_null() | children.is_not_null()
    with_spouse = spouse.fill_null(0) > 0
    n = children.fill_null(0)
    return pl.select(
        pl.when(with_spouse & (n > 0))
        .then(pl.lit("FAM"))
        .when(with_spouse)
        .then(pl.lit("ES"))
        .when(spouse_known & (n > 1))
        .then(pl.lit("ECN"))
        .when(spouse_known & (n == 1))
        .then(pl.lit("E1C"))
        .when((spouse_known & (any_.fill_null(0) == 0)) | (any_ == 0))
        .then(pl.lit("EE"))
    ).to_series()
