"""Dates of any shape become dates, decided per column of a file from all its values.

What lives here: the shapes, the order of day and month, eight digits, the century of two-digit years, time parts,
spreadsheet day numbers, 9999-12-31 as open, and what stands for none. The one principle: a cell with one possible
reading is read so; a cell with several needs proof from other cells of its column; without proof separated dates are
month first (with a warning for the column, as where one cell alone shows that the day comes first), and eight digits
are refused as ambiguous.
What does not: whether a date makes sense (schemas.rules).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

FIRST_YEAR, LAST_YEAR = 1800, 2199
_MONTHS = {
    m: i + 1 for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
_TIME = r"(?i)[t ]\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\s*([ap]\.?m\.?)?\s*(z|[+-][0-9]{2}:?[0-9]{2})?$"
_WEEKDAY = r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+"
"""`Sunday, November 22, 2015` is how a spreadsheet writes a long date."""
_SHAPES = {
    "iso": r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$",
    "separated": r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$",
    "eight": r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?$",
    "seven": r"^([0-9])([0-9]{2})([0-9]{4})(?:\.0+)?$",
    "day_name": r"(?i)^([0-9]{1,2})[-/ .]*([a-z]{3,9})\.?[-/ ,.]*([0-9]{4}|[0-9]{2})$",
    "name_day": r"(?i)^([a-z]{3,9})\.?[-/ ]*([0-9]{1,2})(?:st|nd|rd|th)?[-/ ,]+([0-9]{4}|[0-9]{2})$",
    "serial": r"^([0-9]{5})(?:\.[0-9]+)?$",
}

_NONE = r"^0+(?:[-/.]0+){0,2}$|^0?1[-/]0?0[-/](?:19)?00$|^1900[-/]0?1[-/]0?0$|^0?1[-/]0?1[-/]0001$|^0001-01-01$"
"""What stands for no date: noughts, the day 0 of a spreadsheet (1/0/1900), the first day that programs can hold."""
_FIRST_DAYS = pl.Series(["1899-12-30", "1899-12-31", "1900-01-01"]).str.to_date()
"""The days 0 and 1 of spreadsheets, which some programs write for none."""

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
Bools = npt.NDArray[np.bool_]
_OPEN = 9999
_NO = np.datetime64("NaT", "D")


class Read(NamedTuple):
    """Dates read, the fault code of each cell (null when fine), and what was assumed of each file's column."""

    dates: pl.Series
    codes: pl.Series
    month_first: list[int]
    """Files in which month first was assumed without proof."""
    day_first: list[int]
    """Files in which cells that may be read both ways were read day first, because one cell of the column must be."""
    century: list[int]
    """Files in which the century of two-digit years was assumed."""
    stands_in: pl.Series
    """Cells of a date that programs put in for none; their date is not to be used."""


def read_dates(text: pl.Series, file_no: Ints, latest: Ints) -> Read:
    """Dates of cells. `latest` is the last year that a two-digit year may mean, by the role of the person."""
    filled = text.is_not_null().to_numpy()
    out = np.full(len(text), _NO, "M8[D]")
    codes = np.zeros(len(text), np.int8)
    if not filled.any():
        return Read(_as_dates(out), _as_codes(codes), [], [], [], pl.Series(filled))
    plain = _iso_only(text)
    if plain is not None:
        return Read(plain, _as_codes(codes), [], [], [], _is_first(plain))
    rows = pl.DataFrame({"text": text, "latest": latest}).filter(pl.Series(filled))
    distinct = rows.unique(maintain_order=True).with_row_index("u")
    at = rows.join(distinct, on=["text", "latest"], how="left", maintain_order="left")["u"].to_numpy()
    cells = _Cells.of(distinct["text"], distinct["latest"].to_numpy())
    found, code, month_first, day_first = _decide(cells, at, file_no[filled])
    out[filled], codes[filled] = found, code
    stands_in = np.zeros(len(text), bool)
    stands_in[filled] = cells.is_none[at]
    files = file_no[filled]
    dates = _as_dates(out)
    return Read(
        dates,
        _as_codes(codes),
        np.unique(files[month_first]).tolist(),
        np.unique(files[day_first]).tolist(),
        np.unique(files[cells.two_digits[at] & (code == 0) & ~cells.is_none[at]]).tolist(),
        pl.Series(stands_in) | _is_first(dates),
    )


def _is_first(dates: pl.Series) -> pl.Series:
    return dates.is_in(_FIRST_DAYS).fill_null(False)


def _iso_only(text: pl.Series) -> pl.Series | None:
    """The quick road of columns that hold nothing but yyyy-mm-dd."""
    if not (text.str.len_bytes() == 10).all():
        return None
    dates = text.str.to_date("%Y-%m-%d", strict=False)
    year = dates.dt.year()
    fine = dates.null_count() == text.null_count() and bool(((year >= FIRST_YEAR) & (year <= LAST_YEAR)).all())
    return dates if fine else None


class _Cells(NamedTuple):
    """Distinct texts with every reading each has (NaT where it has none)."""

    fixed: Days
    month_first: Days
    day_first: Days
    is_open: Bools
    is_none: Bools
    eight: Bools
    two_digits: Bools
    odd_years: Bools
    """Eight digits that read both ways, but only in years no person has."""

    @classmethod
    def of(cls, text: pl.Series, latest: Ints) -> "_Cells":
        bare = text.str.replace(_TIME, "").str.strip_chars().str.replace(_WEEKDAY, "")
        n = len(text)
        fixed, month, day = (np.full(n, _NO, "M8[D]") for _ in range(3))
        is_open, eight, two, odd = (np.zeros(n, bool) for _ in range(4))
        for shape, pattern in _SHAPES.items():
            if shape == "serial":
                _serial(bare, pattern, fixed)
                continue
            got, a, b, c, short = _groups(bare, pattern, shape)
            if not len(got):
                continue
            a, b, c = (
                _century(v, short, latest[got]) if k == 2 and shape != "iso" else v for k, v in enumerate((a, b, c))
            )
            two[got] |= short
            if shape == "iso":
                fixed[got], is_open[got] = _day(a, b, c), a == _OPEN
            elif shape == "day_name":
                fixed[got] = _day(c, b, a)
                is_open[got] = c == _OPEN
            elif shape == "name_day":
                fixed[got] = _day(c, a, b)
                is_open[got] = c == _OPEN
            elif shape == "eight":
                eight[got] = True
                fixed[got] = _day(a, b, c)
                tail = b * 100 + c
                month[got], day[got] = _day(tail, a // 100, a % 100), _day(tail, a % 100, a // 100)
                is_open[got] = (a == _OPEN) | (tail == _OPEN)
                wide = [~np.isnat(_day(y, m, d, any_year=True)) for y, m, d in ((a, b, c), (tail, a // 100, a % 100))]
                odd[got] = wide[0] & wide[1]
            else:
                eight[got] = shape == "seven"
                month[got], day[got] = _day(c, a, b), _day(c, b, a)
                is_open[got] = c == _OPEN
        is_none = bare.str.contains(_NONE).to_numpy()
        return cls(fixed, month, day, is_open, is_none, eight, two, odd)


def _decide(cells: _Cells, at: Ints, files: Ints) -> tuple[Days, npt.NDArray[np.int8], Bools, Bools]:
    """For each cell its date, its code (0 fine, 1 not a date, 2 ambiguous), and whether month first was assumed, or day
    first taken from the one cell that shows it (a slip of the pen shows the same)."""
    fixed, month, day = cells.fixed[at], cells.month_first[at], cells.day_first[at]
    has = ~np.isnat(fixed), ~np.isnat(month), ~np.isnat(day)
    same = (month == day) & has[1]
    n_readings = has[0].astype(np.int8) + has[1] + (has[2] & ~same)
    n_files = int(files.max()) + 1
    proof_month = np.zeros(n_files, bool)
    is_first = np.isin(month, _FIRST_DAYS.to_numpy())  # 12/31/1899 is a program's, whatever the others are
    proof_month[files[has[1] & ~has[2] & ~has[0] & ~is_first]] = True
    n_proofs = np.bincount(files[has[2] & ~has[1] & ~has[0]], minlength=n_files)
    proof_day = n_proofs > 0
    sole = np.where(has[0], fixed, np.where(has[1], month, day))
    by_month, by_day = proof_month[files] & ~proof_day[files], proof_day[files] & ~proof_month[files]
    unproven = ~proof_month[files] & ~proof_day[files] & ~cells.eight[at]
    several = (n_readings > 1) & ~has[0]
    found = np.where(several, np.where(by_month | unproven, month, np.where(by_day, day, _NO)), sole)
    found = np.where((n_readings > 1) & has[0], _NO, found)
    code = np.zeros(len(at), np.int8)
    code[n_readings == 0] = 1
    code[(n_readings == 0) & cells.odd_years[at]] = 2
    code[(n_readings > 1) & np.isnat(found)] = 2
    open_ended = cells.is_open[at] | cells.is_none[at]
    code[open_ended] = 0
    found[open_ended] = _NO
    return found, code, several & unproven, several & by_day & (n_proofs == 1)[files]


def _groups(text: pl.Series, pattern: str, shape: str) -> tuple[Ints, Ints, Ints, Ints, Bools]:
    """Positions of the texts of a shape, their three numbers, and whether the year has two digits."""
    got = text.str.contains(pattern).to_numpy().nonzero()[0]
    parts = text.gather(got).str.extract_groups(pattern).struct.unnest()
    named = {"day_name": 1, "name_day": 0}.get(shape)
    numbers = []
    for position in range(3):
        part = parts.to_series(position)
        if position == named:
            part = part.str.to_lowercase().str.slice(0, 3).replace_strict(_MONTHS, default=0, return_dtype=pl.Int64)
        numbers.append(part.cast(pl.Int64).to_numpy())
    short = (
        (parts.to_series(2).str.len_bytes() == 2).to_numpy() if shape in {"separated", "day_name", "name_day"} else None
    )
    return got, numbers[0], numbers[1], numbers[2], short if short is not None else np.zeros(len(got), bool)


def _century(year: Ints, short: Bools, latest: Ints) -> Ints:
    return np.where(short, np.where(2000 + year <= latest, 2000 + year, 1900 + year), year)


def _serial(text: pl.Series, pattern: str, fixed: Days) -> None:
    """Day numbers of a spreadsheet, counted from 1899-12-30; five digits reach from 1927 to 2173."""
    got = text.str.contains(pattern).to_numpy().nonzero()[0]
    if len(got):
        numbers = text.gather(got).str.slice(0, 5).cast(pl.Int64).to_numpy()
        fixed[got] = np.datetime64("1899-12-30", "D") + numbers.astype("m8[D]")


def _day(year: Ints, month: Ints, day: Ints, *, any_year: bool = False) -> Days:
    """Dates of numbers; NaT where there is no such day."""
    sane = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1)
    if not any_year:
        sane &= (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    start = np.where(sane, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
    found = start.astype("M8[D]") + (day - 1).astype("m8[D]")
    return np.where(sane & (found.astype("M8[M]") == start), found, _NO)


def _as_dates(days: Days) -> pl.Series:
    whole = days.astype(np.int64)
    null = np.isnat(days)
    series = pl.Series("date", np.where(null, 0, whole).astype(np.int32)).cast(pl.Date)
    return series.set(pl.Series(null), None) if null.any() else series


def _as_codes(codes: npt.NDArray[np.int8]) -> pl.Series:
    if not codes.any():
        return pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(codes))
    return pl.Series("code", [None, "not_a_date", "ambiguous_date"], dtype=pl.String).gather(
        pl.Series(codes).cast(pl.UInt32)
    )
