"""The employer's share in words: the rule chosen, the rules it beat, its form, its limits, and what is left to pay.

What lives here: the lines after the prorated premium, the last of which is the employee's share. What does not: the
premium (`services.explain_words`), and who beat whom (`services.explain_rules`).
"""

import polars as pl

from services.explain_lines import Line, column, given, is_charged, is_rated, said
from services.explain_numbers import decimal, dollars, fraction, toward
from services.explain_people import decimal_text

WHOLE_E4 = 1_000_000
AMOUNT_PERIODS = {"MONTHLY": " a month", "ANNUAL": " a year", "TERM": ""}


def share_lines() -> list[Line]:
    """The lines of the split, in their order; the last stands for every coverage."""
    has_rule = pl.col("rule").is_not_null()
    asked, employer = pl.col("employer_asked_cents"), pl.col("employer_cents")
    left = said(
        "employee pays ",
        pl.when(is_charged).then(given(dollars(pl.col("prorated_cents")), " - ", dollars(employer), " = ")),
        dollars(pl.col("employee_cents")),
        pl.when(~is_rated).then(pl.lit(": nothing is charged without a premium")),
    )
    return [
        Line("rule", is_charged & has_rule, _rule()),
        Line("rule", is_charged & ~has_rule, _why_none()),
        Line("employer", is_charged & has_rule & asked.is_not_null(), _form(), cents=asked),
        _residue("spread", is_charged & has_rule),
        Line("limits", is_charged & has_rule & (asked != employer), _limits(), cents=employer),
        _residue("cap", is_charged & has_rule),
        Line("employee", pl.lit(value=True), left, cents=pl.col("employee_cents")),
    ]


def _residue(what: str, when: pl.Expr) -> Line:
    """Where the cents went that were left over when a sum was shared out in proportion."""
    left, own = pl.col(f"{what}_residue_cents"), pl.col(f"{what}_residue_own_cents")
    here = pl.when(own > 0).then(given("; ", dollars(own), " of it here"))
    says = said("residue of sharing ", dollars(left), given(": to ", column(f"{what}_residue_to")), here)
    return Line("residue", when & left.is_not_null(), says, cents=left)


def _rule() -> pl.Expr:
    named = pl.coalesce("rule_name", "contribution_rule_id")
    return said(
        'contribution rule "',
        named,
        '" (',
        pl.col("rule_type"),
        given(", ", column("level")),
        ")",
        given("; ", column("rivals")),
    )


def _why_none() -> pl.Expr:
    return (
        pl.when(pl.col("continuation").is_not_null())
        .then(pl.lit("continued cover: the employer pays nothing"))
        .when(pl.col("class_slot").is_null())
        .then(pl.lit("no class, so no contribution rule: the employer pays nothing"))
        .otherwise(
            said("no contribution rule for the coverage: the employer pays nothing", given("; ", column("rivals")))
        )
    )


def _form() -> pl.Expr:
    """What the rule's form asks for, before limits."""
    premium, asked = pl.col("prorated_cents"), pl.col("employer_asked_cents")
    kind, value, unknown = pl.col("rule_type"), pl.col("rule_value"), ["RULE_WITHOUT_VALUE", "REFERENCE_UNRATED"]
    by_grade = given(" by ", pl.col("grade").str.to_lowercase())
    stated = (pl.col("percentage").cast(pl.Decimal(18, 4)) * 10_000).cast(pl.Int64)
    percent = pl.coalesce(value, stated).clip(0, None)
    of_premium = given(
        dollars(premium), " = ", toward(fraction([premium, percent.clip(0, WHOLE_E4)], [pl.lit(WHOLE_E4)]), asked)
    )
    reference = said(
        given(decimal(percent, 4), " % of ", dollars(pl.col("reference_cents"))),
        given(', the premium of "', column("reference_name"), '"'),
        ", at most the premium = ",
    )
    alone = pl.col("employee_only_cents")
    increment = given(
        *(decimal(percent, 4), " % of employee-only ", dollars(alone), " + ", decimal_text("dependent_percentage")),
        *(" % of the rest ", dollars(premium - alone), " = "),
    )
    is_various = (pl.col("grade") == "TIER") & value.is_null()  # another value in another piece of the term
    by_kind = (
        pl.when(is_various & ~pl.col("issue").is_in(unknown).fill_null(value=False))
        .then(pl.lit("by tier, each piece of the term by its own = "))
        .when(pl.col("issue") == "REFERENCE_UNRATED")
        .then(
            said(
                "nothing, the plan it is measured by", given(', "', column("reference_name"), '",'), " has no premium: "
            )
        )
        .when(pl.col("issue").is_in(unknown))
        .then(pl.lit("nothing, the rule has no value for the member: "))
        .when(kind == "Employer Paid")
        .then(pl.lit("all of the premium = "))
        .when(kind == "Reference Plan")
        .then(reference)
        .when(kind == "Employee And Increment")
        .then(increment)
        .otherwise(_amount())
    )
    by_percent = said(given(decimal(percent, 4), " %"), by_grade, given(" of ", of_premium))
    is_percent = (kind == "Percentage") & ~pl.col("issue").is_in(unknown).fill_null(value=False)
    is_percent &= ~is_various.fill_null(value=False)
    return said("employer pays ", pl.when(is_percent).then(by_percent).otherwise(said(by_kind, dollars(asked))))


def _amount() -> pl.Expr:
    """An amount for its period over the part of the term charged, and how a sum of several coverages is shared out."""
    many = pl.when(pl.col("month_parts") != 1).then(given("/", column("month_parts")))
    years = said(" x ", column("months"), "/", (12 * pl.col("month_parts")).cast(pl.String), " years")
    months = (
        pl.when(pl.col("amount_period") == "MONTHLY")
        .then(said(" x ", column("months"), many, " months"))
        .when((pl.col("amount_period") == "ANNUAL") & (pl.col("months") != 12 * pl.col("month_parts")))
        .then(years)
    )
    charged, of_term = (pl.coalesce(f"sum_{name}", f"share_{name}") for name in ("charged", "of_term"))
    part = pl.when(charged != of_term).then(given(" x ", charged.cast(pl.String), "/", of_term.cast(pl.String)))
    used = pl.col("sum_used_cents")
    before = pl.when(used > 0).then(given(" ", dollars(used), " are used before,")).otherwise(pl.lit(""))
    shared = (
        pl.when(pl.col("target_type") == "EVERY_PLAN")
        .then(given(", one sum of the family used up over its plans in order of priority;", before, " here"))
        .when(pl.col("rule_type") == "Defined Contribution")
        .then(given(", one sum used up over all plans in order of priority;", before, " here"))
        .when(pl.col("amount_scope") == "PER_PLAN")
        .then(pl.lit(", once per plan, shared in proportion, the residue cent to the largest premium; here"))
        .otherwise(pl.lit(", at most the premium"))
    )
    stated = given(dollars(pl.coalesce("rule_value", "amount_cents")), _of_period())
    return said(stated, given(" by ", pl.col("grade").str.to_lowercase()), months, part, shared, " = ")


def _of_period() -> pl.Expr:
    return pl.col("amount_period").replace_strict(AMOUNT_PERIODS, default="")


def _limits() -> pl.Expr:
    """Floor and caps of the rule, and how a sum of several coverages is shared out."""
    part = pl.when(pl.col("share_charged") != pl.col("share_of_term")).then(
        given(" x ", column("share_charged"), "/", column("share_of_term"))
    )
    stated = said(
        given("; floor ", dollars(pl.col("floor_cents")), part.fill_null(""), ", at most the premium"),
        given("; cap ", dollars(pl.col("cap_cents"))),
        given(
            "; cap of the family in the plan ",
            dollars(pl.col("family_held_to_cents")),
            ", shared in proportion, the residue to the primary",
        ),
    )
    return said("limits of the rule", stated, given(" = ", dollars(pl.col("employer_cents"))))
