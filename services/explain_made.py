"""Rates that are made before they are charged, in words: composites and averages of a census, blends with experience.

What lives here: how the made rate came about, after the line of the filed one. What does not: what a coverage then
pays (`services.explain_words`).
"""

import polars as pl

from rating.codes import Tier
from services.explain_lines import Line, column, given, is_rated, said
from services.explain_numbers import decimal, dollars, fraction, toward
from services.explain_people import decimal_text

RATIO_ONE = pl.lit(10**6)
"""Ratios of tiers are counted in millionths."""


def made_lines() -> list[Line]:
    """What is made of filed rates before they are charged: rates from the census, a blend with experience."""
    averages = said(
        given("average of ", column("pool_n_adults"), " adults ", dollars(pl.col("pool_adult_cents"))),
        given(", of ", column("pool_n_children"), " children ", dollars(pl.col("pool_child_cents"))),
    )
    age = given("average age ", column("pool_average_age"), " of ", column("pool_n_lives"), " employees")
    solved = pl.coalesce(_composite(), pl.when(averages != "").then(averages), age, pl.lit("rate of the whole group"))
    owed = given("; collects ", dollars(pl.col("pool_collected_cents")), " of ", dollars(pl.col("pool_required_cents")))
    blend = given("blended with the experience rate ", decimal_text("experience"))
    return [
        Line(
            "made_from_census",
            is_rated & pl.col("pool_state").is_not_null(),
            said("made from the census (", pl.col("pool_state").str.to_lowercase(), "): ", solved, owed),
        ),
        Line(
            "experience",
            is_rated & pl.col("credibility_e4").is_not_null(),
            said(blend, given(" at credibility ", decimal(pl.col("credibility_e4"), 4))),
            pl.col("credibility_e4") * 100,
        ),
    ]


def _composite() -> pl.Expr:
    """The rate of the family's tier, by its ratio to the tier EE, and the families over which the whole is shared."""
    base, ratio = pl.col("pool_base_cents"), pl.col("unit_rate_e6")
    rate = pl.coalesce(pl.when(pl.col("tier") == tier.name).then(f"pool_{tier.name.lower()}") for tier in Tier)
    counts = {tier.name: pl.col(f"pool_n_{tier.name.lower()}") for tier in Tier}
    families = pl.concat_str(
        [pl.when(n > 0).then(given(n.cast(pl.String), f" {tier}")) for tier, n in counts.items()],
        separator=", ",
        ignore_nulls=True,
    )
    by_ratio = given(dollars(base), " x ", decimal(ratio, 6), " = ", toward(fraction([base, ratio], [RATIO_ONE]), rate))
    return given(
        "composite rate ",
        pl.when(ratio == 10**6).then(dollars(rate)).otherwise(by_ratio),
        "; tier EE ",
        dollars(base),
        pl.when(families != "").then(given(" for ", families, ", by their ratios")).otherwise(pl.lit("")),
    )
