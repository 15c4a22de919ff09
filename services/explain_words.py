"""The premium of a coverage in words: rate, factors, rounding, term and proration.

What lives here: the lines from the rate to the prorated premium. What does not: people and amounts
(`services.explain_people`), rates made before they are charged (`services.explain_made`), the employer's share
(`services.explain_shares`), the numbers (`services.explain_facts`), and any arithmetic that could change a cent:
amounts of whole cents are what the core found; only the exact amount before a rounding is spelled out here.
"""

import re

import polars as pl

from rating import Result
from rating.codes import Tier
from services.explain_lines import Line, column, given, is_charged, is_rated, is_whole, product, said, words
from services.explain_made import made_lines
from services.explain_numbers import decimal, dollars, fraction, toward
from services.explain_people import amount_lines, person_lines
from services.results import issue_texts

CENTS_A_UNIT_E3 = 100_000
"""Units of a rate are noted in thousandths and cents: this many are one unit."""

PERIODS = {"MONTHLY": "month", "ANNUAL": "year", "TERM": "term"}
ROUNDINGS = {"HALF_UP": "half up", "HALF_EVEN": "half to even", "TRUNCATE": "cut off"}
ZEROS = {
    "CHILD_CAP": "a child beyond the counted oldest is not charged",
    "COMPOSITE_DEPENDENT": "the primary carries the price of the family",
    "FILED_ZERO": "the filed rate or factor is zero",
    "AMOUNT_DECLINED": "the elected amount is zero",
    "NO_AMOUNT": "nothing is left to insure",
    "BELOW_HALF_CENT": "the exact premium is below half a cent",
    "EVIDENCE_PENDING": "the whole amount waits for evidence of insurability, or it was declined",
    "FAMILY_CARRIED": "another member of the family carries the price",
    "BILLED_BY_CLASS": "the premium is one sum for the class, carried elsewhere",
    "NOT_CHARGED": "the proration method charges nothing for these days",
}
TIERS = {int(tier): tier.name for tier in Tier}
LOADS = {"COBRA": "COBRA", "COBRA_DISABILITY": "COBRA, disability extension"}


def premium_lines(frame: pl.DataFrame, result: Result) -> list[Line | pl.DataFrame]:
    """The lines up to the prorated premium, in their order."""
    return [
        *person_lines(),
        *amount_lines(frame),
        *_clamps(frame),
        _rate(),
        *_factors(frame, in_average=True),
        *made_lines(),
        *_factors(frame, in_average=False),
        *_load(frame),
        *_period(frame),
        *_term(),
        piece_rows(result),
        *_reasons(),
    ]


def _cell(what: str) -> pl.Expr:
    """Where a number was read: version and keys."""
    return said(given("version ", column(f"{what}_from")), given("; ", column(f"{what}_keys")))


def _source(of: str = "") -> pl.Expr:
    """Where the figures of a table come from."""
    return said(given("; ", column(f"{of}citation")), given("; filed ", column(f"{of}filed_on")))


IN_AVERAGE = "in the average: "


def _rate() -> Line:
    """The filed rate, with its table, version, keys and citation."""
    rate = said(
        pl.when(pl.col("in_average").is_not_null()).then(pl.lit(IN_AVERAGE)),
        pl.when(pl.col("method") == "composite_solved").then(pl.lit("cell ")).otherwise(pl.lit("rate ")),
        decimal(pl.col("unit_rate_e6"), 6),
        given(" ", column("rate_unit")),
        given(' from table "', column("table_name"), '" ('),
        _cell("rate"),
        _source(),
        ")",
    )
    return Line("rate", pl.col("unit_rate_e6").is_not_null(), rate, pl.col("unit_rate_e6"))


def _clamps(frame: pl.DataFrame) -> list[Line]:
    """Values beyond the limits of a table that are priced as its limit."""
    lines: list[Line] = []
    for name in frame.columns:
        found = re.fullmatch(r"((?:rate|factor_(\d+))_(\w+))_held", name)
        if found is None:
            continue
        what, slot, axis = found.groups()
        was, held = (_of_axis(axis, f"{what}_{side}") for side in ("was", "held"))
        of_factor = pl.col("factor_tables").list.get(int(slot or 1) - 1, null_on_oob=True)
        table = given('table "', column("table_name"), '"') if slot is None else given('factor table "', of_factor, '"')
        says = given(axis.replace("_", " "), " ", was, " is beyond the limits of ", table, ": read as ", held)
        lines.append(Line("clamped", is_rated & pl.col(name).is_not_null(), says))
    return lines


def _of_axis(axis: str, name: str) -> pl.Expr:
    """A value of a banded axis in the unit that files state it in."""
    if axis == "salary":
        return dollars(pl.col(name))
    return given(decimal(pl.col(name), 4), " %") if axis in ("participation", "female_percent") else column(name)


def _slots(frame: pl.DataFrame) -> list[int]:
    """The places among a table's factor tables that any coverage at hand reads, in their order."""
    found = (re.fullmatch(r"factor_(\d+)_cell_row", name) for name in frame.columns)
    return sorted(int(match[1]) for match in found if match)


def _factors(frame: pl.DataFrame, *, in_average: bool) -> list[Line]:
    """The factors in the order of the table: those that an average premium has in it already, or the others."""
    lines: list[Line] = []
    for number, slot in enumerate(_slots(frame), 1):
        factor, name = pl.col(f"multiplied_{number}_e4"), pl.col("factor_tables").list.get(slot - 1, null_on_oob=True)
        cell = said(_cell(f"factor_{slot}"), _source(f"factor_{slot}_"))
        is_here = pl.col("in_average").list.get(slot - 1, null_on_oob=True).fill_null(value=False) == pl.lit(in_average)
        prefix = [IN_AVERAGE] if in_average else []
        says = said(*prefix, "x ", decimal(factor, 4), given(' from factor table "', name, '" ('), cell, ")")
        lines.append(Line("factor", pl.col(f"factor_{slot}_cell_row").is_not_null() & is_here, says, factor * 100))
    return lines


def _load(frame: pl.DataFrame) -> list[Line]:
    """The load of continued cover, noted after the factors."""
    name = f"multiplied_{len(_slots(frame)) + 1}_e4"
    if name not in frame.columns:
        return []
    load = pl.col(name)
    says = said("x ", decimal(load, 4), " for continued cover (", words("continuation", LOADS), ")")
    return [Line("load", is_rated & pl.col("continuation").is_not_null() & load.is_not_null(), says, load * 100)]


def _period(frame: pl.DataFrame) -> list[Line]:
    """Units of the rate, and the one rounding."""
    units = pl.col("units_e3")
    has_units = units.is_not_null() & (units != CENTS_A_UNIT_E3)
    rounding = words("money_rounding", ROUNDINGS).fill_null("half up")
    exact = given("= ", toward(product(frame, "premium"), pl.col("period_cents")))
    steps = given("; between the steps to ", column("round_places"), " decimals")
    made = said(exact, given(" a ", words("rate_period", PERIODS)), " (", rounding, steps, ")")
    return [
        Line(
            "units",
            is_charged & has_units & pl.col("volume_cents").is_not_null(),
            given("x ", decimal(units, 5), " units of the rate"),
            units * 10,
        ),
        Line(
            "units",
            is_charged & ~has_units.fill_null(value=False) & pl.col("volume_cents").is_not_null(),
            pl.lit("x the exact amount above, in units of the rate"),
        ),
        Line("period", is_charged, made, cents=pl.col("period_cents")),
    ]


def _term() -> list[Line]:
    """The premium of the term, and of its covered part."""
    parts, periods = pl.col("period_parts"), pl.col("periods")
    times = pl.when(parts == 1).then(column("periods")).otherwise(given(column("periods"), "/", column("period_parts")))
    many = pl.when(periods == parts).then(pl.lit(" = ")).otherwise(pl.lit("s = "))
    term = given("x ", times, " ", words("rate_period", PERIODS), many, dollars(pl.col("standard_cents")))
    part, unit = pl.col("charged"), pl.col("of_term")
    exact = fraction([pl.col("standard_cents"), part], [unit])
    start = pl.when(pl.col("is_newborn") == 1).then(given(pl.col("proration_newborn"), " for a newborn"))
    by = said(pl.coalesce(start, "proration_method"), given(", at the end ", pl.col("proration_end")))
    is_all = part == unit
    of_all = (
        pl.when(is_all)
        .then(pl.lit("all"))
        .when(part == 0)
        .then(pl.lit("none"))
        .otherwise(given("x ", column("charged"), "/", column("of_term")))
    )
    prorated = said(of_all, given(" of the term charged (", by, ") = "))
    is_expected = _nearest(pl.col("standard_cents") * part, unit) == pl.col("prorated_cents")
    rest = given(exact, "; with the adjoining cover the whole is rounded once, so ", dollars(pl.col("prorated_cents")))
    shown = pl.when(is_expected).then(toward(exact, pl.col("prorated_cents"))).otherwise(rest)
    is_plain = is_all & (pl.col("covered_days") == pl.col("term_days"))
    return [
        Line("term", is_charged, term, periods * 10**6 // parts, pl.col("standard_cents")),
        Line(
            "prorated",
            is_charged & is_whole & ~is_plain,
            said(prorated, shown),
            part * 10**6 // unit,
            pl.col("prorated_cents"),
        ),
        Line(
            "prorated",
            is_charged & is_whole & is_plain,
            given("covered for the whole term: ", dollars(pl.col("prorated_cents"))),
            cents=pl.col("prorated_cents"),
        ),
        Line(
            "pieces",
            is_charged & ~is_whole,
            given("the price changes within the term, pieces add up to ", dollars(pl.col("prorated_cents"))),
            pl.col("n_pieces") * 10**6,
            pl.col("prorated_cents"),
        ),
    ]


def _reasons() -> list[Line]:
    """Why there is nothing to pay, or no premium, or a warning."""
    texts = issue_texts().select("code", "message", "hint")
    told = {row[0]: f"{row[1]} {row[2]}" for row in texts.rows()}
    return [
        Line(
            "zero",
            is_rated & pl.col("zero_reason").is_not_null(),
            given("nothing to pay: ", words("zero_reason", ZEROS)),
            cents=pl.col("prorated_cents"),
        ),
        Line("issue", pl.col("issue").is_not_null(), given(column("issue"), ": ", pl.col("issue").replace(told))),
    ]


def _nearest(number: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    return (2 * number.cast(pl.Int128) + divisor) // (2 * divisor.cast(pl.Int128))


def piece_rows(result: Result) -> pl.DataFrame:
    """A line for each piece of a coverage whose price changes within the term."""
    made = result.pieces
    frame = pl.DataFrame(
        {
            "row": made.coverage.astype("i8"),
            "start": pl.Series(made.piece_from).cast(pl.Date),
            "end": pl.Series(made.piece_to - 1).cast(pl.Date),
            "age": pl.Series(made.age).cast(pl.Int64),
            "tier": pl.Series(made.tier).cast(pl.Int64),
            "period": made.period_cents,
            "prorated": made.prorated_cents,
            "employer": made.employer_cents,
        }
    )
    has_age = pl.col("age") >= 0
    tier = pl.col("tier").replace_strict(TIERS, default=None, return_dtype=pl.String)
    says = said(
        column("start"),
        " to ",
        column("end"),
        pl.when(has_age).then(given(": age ", column("age"))),
        given(pl.when(has_age).then(pl.lit(", tier ")).otherwise(pl.lit(": tier ")), tier),
        given(": ", dollars(pl.col("period")), " a rate period; charged ", dollars(pl.col("prorated"))),
        given(", of which the employer pays ", dollars(pl.col("employer"))),
    )
    return frame.select(
        "row", kind=pl.lit("piece"), says=says, value_e6=pl.lit(None, dtype=pl.Int64), cents=pl.col("prorated")
    )
