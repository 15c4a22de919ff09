"""Who is covered, and for how much, in words: days, age, tier, place among the children, amount of insurance.

What lives here: the lines before a rate is read. What does not: rate, factors and what follows
(`services.explain_words`).
"""

import polars as pl

from services.explain_lines import Line, column, given, is_rated, product, said, words
from services.explain_numbers import decimal, dollars, fraction

BASES = {
    "LAST_BIRTHDAY": "at the last birthday",
    "NEAREST_BIRTHDAY": "at the nearest birthday",
    "YEAR_ONLY": "by years alone",
}
AGE_DATES = {
    "PLAN_ANNIVERSARY": "start or anniversary of the plan",
    "ISSUE": "day of issue",
    "ATTAINED": "day the cover begins or the age changes",
    "JAN_1": "1 January",
    "TAX_YEAR_END": "end of the tax year",
    "ANNIVERSARY_OR_ADDED": "start of the plan or day added",
}
WHOLE_E4 = 1_000_000
VOLUME_ROUNDINGS = {"UP_1000": "up to $1,000", "NEAREST_1000": "to the nearest $1,000", "NONE": "to nothing"}
BENEFIT_ROUNDINGS = {"NEAREST_1": "to the nearest dollar", "UP_10": "up to $10", "NONE": "to nothing"}
VOLUMES = {
    "weekly_benefit": "weekly benefit",
    "monthly_benefit": "monthly benefit",
    "covered_pay": "covered pay of a month",
    "percent_of_pay": "covered pay of a month",
}


def person_lines() -> list[Line]:
    """Cover, age, tier, and the place among the children."""
    days = given(column("covered_days"), " of the ", column("term_days"), " days of the term")
    last = pl.col("covered_to").dt.offset_by("-1d").cast(pl.String)
    cover = given("covered ", column("covered_from"), " to ", last, ": ", days, " from ", column("term_from"))
    by_employee = (pl.col("spouse_age") == "EMPLOYEE") & pl.col("relationship").is_in(["Spouse", "Domestic Partner"])
    born = pl.when(by_employee).then(given("the employee's, born ", column("primary_birth_date")))
    age = said(
        given("age ", column("age"), " on ", pl.col("age_day").cast(pl.Int32).cast(pl.Date).cast(pl.String)),
        given(" (", words("age_basis", BASES), "; ", words("age_date", AGE_DATES), "; "),
        pl.coalesce(born, given("born ", column("birth_date")), pl.lit("birth date unknown")),
        ")",
    )
    no_day = given("no covered day in the term from ", column("term_from"))
    rank = given("child ", column("child_rank"), " by age of those below ", column("child_age").fill_null("21"))
    return [
        Line("cover", pl.col("covered_days") > 0, cover, pl.col("covered_days").cast(pl.Int64) * 10**6),
        Line("cover", pl.col("covered_days") == 0, no_day, pl.lit(0)),
        Line("age", pl.col("age").is_not_null() & pl.col("rate_table").is_not_null(), age, pl.col("age") * 10**6),
        Line("tier", pl.col("tier").is_not_null(), given("tier ", column("tier"), ": who of the family is covered")),
        Line(
            "child_cap",
            pl.col("child_rank").is_not_null(),
            said(rank, "; the oldest ", column("child_count").fill_null("3"), " are charged"),
            pl.col("child_rank") * 10**6,
        ),
    ]


def _of_amount(step: str) -> pl.Expr:
    """What a step of an amount of insurance came to; the steps are noted in ten-thousandths of a cent."""
    return given(" = ", fraction([pl.col(f"volume_{step}_e4")], [pl.lit(10_000)]))


is_life = pl.col("volume_raw_e4").is_not_null()
"""The steps of an amount of insurance were noted."""


def amount_lines(frame: pl.DataFrame) -> list[Line]:
    """An insured amount, a benefit or covered pay, step by step, and what the rate is applied to."""
    of_pay = pl.when(pl.col("method").is_in(["covered_pay", "percent_of_pay"])).then(
        given(", of annual pay ", dollars(pl.col("pay_cents")), " / 12")
    )
    limits = said(
        pl.when(pl.col("method") == "weekly_benefit").then(
            given("; rounded ", words("benefit_rounding", BENEFIT_ROUNDINGS).fill_null("to the nearest dollar"))
        ),
        given("; benefit at most ", column("maximum_benefit")),
        pl.when(pl.col("method") == "covered_pay").then(given(" at ", decimal_text("benefit_percent"), " % of pay")),
        pl.when(pl.col("method") != "weekly_benefit").then(given("; covered pay at most ", column("covered_pay"))),
    )
    final = pl.coalesce(pl.col("method").replace_strict(VOLUMES, default=None), pl.lit("amount of insurance"))
    shown = said(final, " ", dollars(pl.col("volume_cents")), of_pay, pl.when(~is_life).then(limits))
    has_volume = is_rated & pl.col("volume_cents").is_not_null()
    return [*_insured(), _benefit(frame), Line("volume", has_volume, shown, cents=pl.col("volume_cents"))]


def _insured() -> list[Line]:
    """From the amount asked for to the amount in force, and what age leaves of it."""
    raw, whole, capped, held = (pl.col(f"volume_{step}_e4") for step in ("raw", "rounded", "capped", "in_force"))
    pay = given(" x annual pay ", dollars(pl.col("pay_cents")))
    chosen = said(
        "elected by the member",
        given(" ", dollars(pl.col("elected_cents"))),
        given(", in steps of ", column("increment")),
    )
    asked = pl.coalesce(given(decimal_text("multiple"), pay), given("flat ", column("flat_amount")), chosen)
    rounding = words("volume_rounding", VOLUME_ROUNDINGS).fill_null("up to $1,000")
    caps = said(
        given("; maximum ", column("maximum")),
        given("; ", column("pay_multiple_cap"), " x pay"),
        given("; ", column("employee_percent_cap"), " % of the employee's amount"),
    )
    pending = pl.when(pl.col("pending_cents") > 0).then(given("; ", dollars(pl.col("pending_cents")), " waits"))
    in_force = said("in force by guaranteed issue", given(" ", column("guaranteed")), " and evidence")
    left = pl.col("volume_percent_left_e4")  # percent x 10,000
    exact = fraction([held, left], [pl.lit(10_000), pl.lit(WHOLE_E4)])
    is_rounded = pl.col("volume_cents") * (10_000 * WHOLE_E4) != held.cast(pl.Int128) * left
    by_age = said(
        given(decimal(left, 4), " % left at age ", decimal(pl.col("volume_age_e4"), 4)),
        given(" of", _of_amount("in_force").str.strip_prefix(" ="), " = ", exact),
        pl.when(is_rounded).then(given(", rounded ", rounding)),
    )
    return [
        Line("amount_asked", is_rated & is_life, said("amount asked for: ", asked, _of_amount("raw"))),
        Line(
            "amount_rounded",
            is_rated & (raw != whole),
            said("rounded ", rounding, given(", at least ", column("minimum")), _of_amount("rounded")),
        ),
        Line("amount_capped", is_rated & (whole != capped), said("limits of the plan", caps, _of_amount("capped"))),
        Line("amount_in_force", is_rated & (capped != held), said(in_force, _of_amount("in_force"), pending)),
        Line("age_reduction", is_rated & (left < WHOLE_E4), by_age, left * 100),
    ]


def _benefit(frame: pl.DataFrame) -> Line:
    """A weekly or monthly benefit before it is rounded and capped."""
    by_pay = given(decimal_text("benefit_percent"), " % of pay ", dollars(pl.col("pay_cents")))
    over = pl.when(pl.col("method") == "weekly_benefit").then(pl.lit(" / 52")).otherwise(pl.lit(" / 12"))
    exact = product(frame, "benefit")
    stated = pl.coalesce(given(by_pay, over), pl.lit("amount stated"))
    return Line("benefit", is_rated & exact.is_not_null(), said(stated, given(" = ", exact)))


def decimal_text(name: str) -> pl.Expr:
    """A decimal that a plan states, without idle zeros."""
    text = column(name)
    return (
        pl.when(text.str.contains(".", literal=True))
        .then(text.str.strip_chars_end("0").str.strip_chars_end("."))
        .otherwise(text)
    )
