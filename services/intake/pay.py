"""Pay by the year, the month, the week or the hour becomes the pay of a year.

What lives here: which period the pay of each row is for, told by its heading, its cell or a mode beside it; the hours
of a week; pay of which the period is not clear. What does not: amounts as text (numbers.py) and the spellings of
modes (values.py).
"""

import polars as pl

from services.intake import numbers, values
from services.intake.found import Found
from services.intake.reading import said, told
from services.intake.relations import text_or_null

COLUMNS = {
    "annual_salary": "1",
    "monthly_salary": "12",
    "semimonthly_salary": "24",
    "biweekly_salary": "26",
    "weekly_salary": "52",
    "hourly_rate": values.HOURLY,
    "pay_rate": values.HOURLY,
}
"""The columns of pay and the periods of a year that each is by; the first that states it counts."""
_FAR_APART = 100
"""Two columns state different pay where they differ by more than one part in so many: less is rounding."""
_MOST_HOURS = 168
_USUAL_HOURS = 60
"""Hours that hardly anybody works in a week."""
_LEAST_OF_A_YEAR_E4 = 1_000 * 10_000
"""Dollars below which pay is hardly that of a year, in parts of 10,000."""
_MOST_OF_AN_HOUR_E4 = 1_000 * 10_000
"""Dollars from which on pay is that of no hour: 2,080,000 a year."""
_FULL_YEAR_E4 = 15_000 * 10_000
"""Dollars from which on pay may be that of a year: the federal minimum wage comes to 15,080."""
_HALF = 0.5


def read_pay(frame: pl.DataFrame, found: Found) -> dict[str, pl.Series]:
    """annual_salary_cents from pay by the year, month, week or hour, with the mode in the cell or in a column.

    A mode beside pay that its heading calls annual says how often it is paid out, and is not applied; pay by the hour
    under such a heading that nobody lives on for a year is refused. A `Pay Rate` is by the hour, unless a column says
    what it is per; one whose mode says otherwise may be by the hour, by the period or by the year, and is refused where
    no other column states the pay. An hourly rate counts the hours of a week that the row states (else 40), in 52
    weeks; of other pay hours say nothing. Rounded once, to the cent.
    """
    names = [name for name in COLUMNS if name in frame.columns]
    if not names:
        return {}
    mode, per, bad_mode = _modes(frame, found)
    says_annual = frame["says_annual"].fill_null(False)
    hours_e2, faults = _hours_e2(frame)
    asks_for_hours = pl.Series([False]).new_from_index(0, frame.height)
    cents: list[pl.Series] = []
    for name in names:
        by_mode = {"annual_salary": pl.when(~says_annual).then(mode), "pay_rate": per}.get(name)
        times = pl.select(pl.coalesce(by_mode, pl.lit(COLUMNS[name]))).to_series()
        times = times if len(times) == frame.height else times.new_from_index(0, frame.height)
        amount, times, bad, in_cell = _amounts(told(frame[name]), times)
        found.add("not_money", bad, name, frame[name])
        is_hourly = (times == values.HOURLY).fill_null(False)
        of_a_year = amount * times.cast(pl.Int64)
        is_little = (of_a_year > 0) & (of_a_year < _LEAST_OF_A_YEAR_E4)
        if name == "annual_salary":
            left = (says_annual & (mode != times) & amount.is_not_null()).fill_null(False)
            found.of_files("pay_mode_not_applied", frame["file_no"].filter(left).unique().sort().to_list(), "pay_mode")
            by_the_hour = (left & (mode == values.HOURLY)).fill_null(False)
            found.add("pay_rate_unclear", by_the_hour & is_little, name, frame[name])
            is_little &= ~by_the_hour & ~bad_mode
            found.add("pay_period_unclear", _may_be_annual(frame, amount, times, ~in_cell), name, frame[name])
        is_stated = pl.select(pl.coalesce(*cents, pl.lit(None, pl.Int64)).fill_null(0) != 0).to_series()
        if name == "pay_rate":
            unclear = ((mode != times) & per.is_null() & amount.is_not_null() & ~is_stated).fill_null(False)
            found.add("pay_rate_unclear", unclear, name, frame[name])
            is_stated |= unclear
        found.add("pay_very_low", is_little & ~is_hourly & ~is_stated, name, frame[name])
        found.add("pay_not_of_an_hour", is_hourly & (amount >= _MOST_OF_AN_HOUR_E4) & ~is_stated, name, frame[name])
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


def _modes(frame: pl.DataFrame, found: Found) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The mode of the pay, what its rate is per (which is a mode too), and which of the cells are neither."""
    read: list[pl.Series] = []
    wrong = pl.Series([False]).new_from_index(0, frame.height)
    for name in ("pay_mode", "pay_per"):
        text = text_or_null(frame, name)
        value, bad = values.look_up("pay_mode", text)
        found.add("unknown_pay_mode", bad, name, text)
        read.append(value)
        wrong |= bad
    mode, per = read
    return pl.select(pl.coalesce(per, mode)).to_series(), per, wrong


def _amounts(text: pl.Series, times: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
    """The amount of each cell, the periods of a year that it is by, which cells are no money, and which say themselves
    what they are by."""
    amount, bad = numbers.money_e4(text, (times == values.HOURLY).fill_null(False))
    if not bad.any():
        return amount, times, bad, bad
    bare, stated = numbers.split_mode(text)
    in_cell = values.plain(stated).replace_strict(values.PAY_MODE, default=None, return_dtype=pl.String)
    times = pl.select(pl.coalesce(in_cell, times)).to_series()
    amount, bad = numbers.money_e4(bare, (times == values.HOURLY).fill_null(False))
    return amount, times, bad, in_cell.is_not_null()


def _may_be_annual(frame: pl.DataFrame, amount: pl.Series, times: pl.Series, by_mode: pl.Series) -> pl.Series:
    """Pay by a period that may be by the year as well, paid out by the period: `Salary` 52,000, `Pay Frequency`
    Biweekly. The other rows of the file tell: it is in doubt where half of them or more would be a year's pay."""
    by_period = (by_mode & ~times.is_in(["1", values.HOURLY]) & (amount > 0)).fill_null(False)
    if not by_period.any():
        return by_period
    rows = pl.DataFrame({"file_no": frame["file_no"], "is_much": amount >= _FULL_YEAR_E4}).filter(by_period)
    share = rows.group_by("file_no").agg(pl.col("is_much").mean())
    return by_period & frame["file_no"].is_in(share.filter(pl.col("is_much") >= _HALF)["file_no"].implode())


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
    e4, bad = numbers.money_e4(said(frame["hours_per_week"]))
    beyond = ((e4 < 0) | (e4 > _MOST_HOURS * 10_000)).fill_null(False)
    hours = pl.select(pl.coalesce(e4.set(beyond, None) // 100, usual)).to_series()
    many = (frame["bare_hours"].fill_null(False) & (e4 > _USUAL_HOURS * 10_000) & ~beyond).fill_null(False)
    unclear = frame["bare_hours"].fill_null(False) & e4.is_not_null() & ~beyond
    unclear &= frame["file_no"].is_in(frame["file_no"].filter(many).unique().implode())
    return hours, {"not_a_number": bad, "hours_out_of_range": beyond, "hours_unclear": unclear}
