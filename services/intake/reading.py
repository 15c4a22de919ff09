"""Text columns of people become typed columns, with a fault for every cell that cannot be read.

What lives here: the reader of each field, run once over all people of all files. What does not: names, relationships
(relations.py), plan cells (elections.py).
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
_NAMES = ("first_name", "last_name", "full_name")
CATEGORIES = (
    "gender", "smoker_status", "status", "is_disabled", "is_student", "is_opt_out_all_plans", "is_portal_user"
)  # fmt: skip
_LOOKED_UP = (
    *CATEGORIES, "continuation", "tier", "pay_mode", "full_time_equivalent", "hours_per_week", "age", "count_spouse",
    "count_children", "count_dependents", "latitude", "longitude",
)  # fmt: skip
"""Fields whose reader takes a look-up that failed (#N/A) for a cell that says nothing."""
_PAY_COLUMNS = {
    "annual_salary": "1",
    "monthly_salary": "12",
    "weekly_salary": "52",
    "hourly_rate": values.HOURLY,
    "pay_rate": values.HOURLY,
}
_NOTHING = frozenset({*values.NOTHING, "none"})
_FAR_APART = 100
"""Two columns state different pay where they differ by more than one part in so many: less is rounding."""
_MOST_HOURS = 168
_USUAL_HOURS = 60
"""Hours that hardly anybody works in a week."""
_LEAST_OF_A_YEAR_E4 = 1_000 * 10_000
"""Dollars below which pay that is said to be by the hour is no pay of a year, in parts of 10,000."""
_YOUNGEST_ADULT = 14
_OLDEST = 120


def check_text(frame: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Formulas that failed where no reader judges the cell or takes it for nothing, cells over the limit of their
    column, and cells that look like formulas."""
    for name in (*_NAMES, "postal_code", *PLAIN_TEXT, *KEYS):
        if name in frame.columns and (failed := frame[name].is_in(FAILED)).any():
            found.add("formula_failed", failed, name, frame[name])
            frame = frame.with_columns(pl.when(~failed.fill_null(False)).then(pl.col(name)).alias(name))
    for name in _LOOKED_UP:
        if name in frame.columns:
            found.add("formula_failed", frame[name].is_in(["#N/A", "#n/a"]), name, frame[name])
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
        text = _told(frame[name]) if name == "birth_date" else _said(frame[name])
        read = read_dates(text, file_no, birth if name == "birth_date" else year + 10)
        for code in ("not_a_date", "ambiguous_date"):
            found.add(code, read.codes == code, name, frame[name])
        found.of_files("month_first_assumed", read.month_first, name)
        found.of_files("century_assumed", read.century, name)
        typed[name] = read.dates
        if name == "birth_date":
            stands_in = _stands_in(read.dates, text.is_not_null() & read.codes.is_null(), effective)
            found.add("birth_date_stands_in", stands_in, name, frame[name])
            typed[name] = read.dates.set(stands_in, None)
    return typed


def _stands_in(born: pl.Series, is_read: pl.Series, effective: pl.Series) -> pl.Series:
    """Birth dates that are nobody's: the first day of a year in which nobody alive was born, such as the 1900-01-01
    that spreadsheets and payroll systems put in for none, and the 9999-12-31 that stands for no date at all."""
    is_possible = (born >= EARLIEST_BIRTH) & (born.dt.ordinal_day() == 1)  # an earlier one is refused (CM-15)
    is_nobodys = is_possible & (effective.dt.year() - born.dt.year() >= _OLDEST)
    return is_nobodys.fill_null(False) | (is_read & born.is_null())


def _said(text: pl.Series, nothing: Collection[str] = _NOTHING) -> pl.Series:
    """Cells that say nothing (n/a, -) are null."""
    if (text.str.len_bytes() <= 4).any():
        return pl.select(pl.when(~text.str.to_lowercase().is_in(nothing)).then(text)).to_series()
    return text


def _told(text: pl.Series) -> pl.Series:
    """The same of what a price needs: a look-up that failed (#N/A) is told there, as any failed formula is. A date that
    was looked up in vain, as of a termination, says that there is none."""
    return _said(text, _NOTHING - {"#n/a"})


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


def read_pay(frame: pl.DataFrame, found: Found) -> dict[str, pl.Series]:
    """annual_salary_cents from pay by the year, month, week or hour, with the mode in the cell or in a column.

    A mode beside pay that its heading calls annual says how often it is paid out, and is not applied; pay by the hour
    under such a heading that nobody lives on for a year is refused. A `Pay Rate` is by the hour; one whose mode says
    otherwise may be by the hour, by the period or by the year, and is refused where no other column states the pay.
    An hourly rate counts the hours of a week that the row states (else 40), in 52 weeks; of other pay hours say
    nothing. Rounded once, to the cent.
    """
    names = [name for name in _PAY_COLUMNS if name in frame.columns]
    if not names:
        return {}
    mode_text = text_or_null(frame, "pay_mode")
    mode, bad_mode = values.look_up("pay_mode", mode_text)
    found.add("unknown_pay_mode", bad_mode, "pay_mode", mode_text)
    says_annual = frame["says_annual"].fill_null(False)
    hours_e2, faults = _hours_e2(frame)
    asks_for_hours = pl.Series([False]).new_from_index(0, frame.height)
    cents: list[pl.Series] = []
    for name in names:
        text = _told(frame[name])
        stated_mode = pl.when(~says_annual).then(mode) if name == "annual_salary" else None
        times = pl.select(pl.coalesce(stated_mode, pl.lit(_PAY_COLUMNS[name]))).to_series()
        times = times if len(times) == frame.height else times.new_from_index(0, frame.height)
        amount, bad = numbers.money_e4(text, (times == values.HOURLY).fill_null(False))
        if bad.any():
            bare, stated = numbers.split_mode(text)
            in_cell = values.plain(stated).replace_strict(values.PAY_MODE, default=None, return_dtype=pl.String)
            times = pl.select(pl.coalesce(in_cell, times)).to_series()
            amount, bad = numbers.money_e4(bare, (times == values.HOURLY).fill_null(False))
        found.add("not_money", bad, name, frame[name])
        if name == "annual_salary":
            left = (says_annual & (mode != times) & amount.is_not_null()).fill_null(False)
            found.of_files("pay_mode_not_applied", frame["file_no"].filter(left).unique().sort().to_list(), "pay_mode")
            is_little = (amount > 0) & (amount < _LEAST_OF_A_YEAR_E4)
            found.add("pay_rate_unclear", left & (mode == values.HOURLY) & is_little, name, frame[name])
        if name == "pay_rate":
            is_stated = pl.select(pl.coalesce(*cents, pl.lit(None, pl.Int64))).to_series().is_not_null()
            found.add("pay_rate_unclear", (mode != times) & amount.is_not_null() & ~is_stated, name, frame[name])
        is_hourly = (times == values.HOURLY).fill_null(False)
        asks_for_hours |= is_hourly & amount.is_not_null()
        of_hours = pl.select(pl.when(is_hourly).then(hours_e2 * 52).otherwise(times.cast(pl.Int64) * 100)).to_series()
        cents.append(numbers.cents_of(amount, of_hours))
    for code, where in faults.items():
        found.add(code, where & asks_for_hours, "hours_per_week", frame["hours_per_week"])
    # A column of zeros beside stated pay is one that the employer does not use.
    filled = {name: column.set(column == 0, None) for name, column in zip(names, cents, strict=True)}
    whole = pl.select(pl.coalesce(*filled.values(), *cents)).to_series()
    _tell_different_pay(frame, filled, found)
    return {"annual_salary_cents": whole.set(bad_mode, None) if bad_mode.any() else whole}


def _tell_different_pay(frame: pl.DataFrame, cents: dict[str, pl.Series], found: Found) -> None:
    """Pay that two columns state differently. A `Pay Rate` is compared with an hourly rate only: what it is beside
    the pay of a longer period nobody knows."""
    counts = pl.Series([None], dtype=pl.Int64).new_from_index(0, frame.height)
    for name, column in cents.items():
        beside = cents.get("hourly_rate", column) if name == "pay_rate" else counts
        apart = ((beside - column).abs() * _FAR_APART > beside.abs()).fill_null(False)
        found.add("pay_columns_differ", apart, name, frame[name])
        counts = pl.select(pl.coalesce(counts, column)).to_series()


def _hours_e2(frame: pl.DataFrame) -> tuple[pl.Series, dict[str, pl.Series]]:
    """Hundredths of the hours of a week, 40 hours where none are stated; and which cells are no hours of a week, or,
    in a column called just `Hours`, may be those of two weeks."""
    usual = pl.Series([4_000]).new_from_index(0, frame.height)
    if "hours_per_week" not in frame.columns:
        return usual, {}
    e4, bad = numbers.money_e4(_said(frame["hours_per_week"]))
    beyond = ((e4 < 0) | (e4 > _MOST_HOURS * 10_000)).fill_null(False)
    hours = pl.select(pl.coalesce(e4.set(beyond, None) // 100, usual)).to_series()
    many = (frame["bare_hours"].fill_null(False) & (e4 > _USUAL_HOURS * 10_000) & ~beyond).fill_null(False)
    unclear = frame["bare_hours"].fill_null(False) & e4.is_not_null() & ~beyond
    unclear &= frame["file_no"].is_in(frame["file_no"].filter(many).unique().implode())
    return hours, {"not_a_number": bad, "hours_out_of_range": beyond, "hours_unclear": unclear}


def read_numbers(frame: pl.DataFrame, found: Found) -> dict[str, pl.Series]:
    """Full-time equivalent, place on the globe, age stated, social security number, postal code."""
    typed: dict[str, pl.Series] = {}
    if "full_time_equivalent" in frame.columns:
        text = _said(frame["full_time_equivalent"])
        typed["full_time_equivalent"], bad = numbers.share(text)
        found.add("not_a_number", bad, "full_time_equivalent", text)
    for name in ("latitude", "longitude"):
        if name in frame.columns:
            text = _said(frame[name])
            typed[name], bad = numbers.degrees(text)
            found.add("not_a_number", bad, name, text)
    if "age" in frame.columns:
        text = _said(frame["age"])
        typed["age_stated"], bad = numbers.whole(text)
        found.add("not_a_number", bad, "age", text)
    if "ssn" in frame.columns:
        text = _told(frame["ssn"])
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
