"""Rules on one person of a census, as data.

What lives here: what a single person must satisfy, with the code, the published text and the remedy of
each rule, and the few values that are closed lists. What does not: rules that need another person or the
book (families, classes, duplicates, plans: `services.census_load`), and running the rules
(`schemas.issues`).

Every rule speaks of typed columns; a cell that could not be read at all was already reported by the intake.
Sources: census members CM-13, CM-15; conventions CV-6, CV-10, CV-22; data model OB-7.
"""

from datetime import date, datetime
from functools import lru_cache

import polars as pl

from schemas.census import CENSUS_MEMBER
from schemas.plans import PRODUCT_TYPES
from schemas.rules import WARNING, Rule, at_most_chars, between, not_after, one_of, required, stated

ASSOCIATIONS = ("Self", "Spouse", "Child", "Parent", "Parent-in-law", "Other")
RELATIONSHIPS = (*ASSOCIATIONS, "Domestic Partner")
GENDERS = ("Male", "Female", "Other", "Unknown")
SMOKER_STATUSES = ("Smoker", "Non-Smoker")
STATUSES = ("Completed", "Incompleted", "Not Determined")
"""Kept as a member's status; an employment status (Active, COBRA ...) is another fact, and not kept as one."""
GEOCODE_ACCURACIES = (
    "Address",
    "Block",
    "City",
    "County",
    "ExtendedZip",
    "NearAddress",
    "Neighborhood",
    "State",
    "Street",
    "Unknown",
    "Zip",
)
STATED_TIERS = ("EE", "ES", "E1C", "ECN", "FAM")
EARLIEST_BIRTH = date(1900, 1, 1)
HIGHEST_FTE = 9.9
YOUNGEST_PRIMARY = 14

MISSING = "SF-0001-0004"
INVALID = "SF-0001-0005"
OUT_OF_ORDER = "SF-0001-0002"


def wire_name(column: str) -> str:
    """The property name of a column as the published services write it: `birth_date` is `birthdate`. One that they do
    not have is spelt as theirs are.

    >>> wire_name("birth_date"), wire_name("termination_date")
    ('birthdate', 'terminationDate')
    """
    wire = CENSUS_MEMBER.column(column).wire or column.title().replace("_", "")
    return wire[0].lower() + wire[1:]


def person_rules(now: datetime) -> list[Rule]:
    """Every rule on one person. `now` decides what is in the future (CM-15)."""
    return list(_rules_on(now.date()))


@lru_cache(maxsize=8)
def _rules_on(today: date) -> tuple[Rule, ...]:
    return (*_names(), *_lists(), *_dates(today), *_numbers(), *_links(), *_lengths())


def _missing(code: str, column: str, hint: str, holds: pl.Expr | None = None) -> Rule:
    says = f"Specify an input for {wire_name(column)}."
    return Rule(code, (column,), says, required(column) if holds is None else holds, hint, published_code=MISSING)


def _invalid(code: str, column: str, holds: pl.Expr, hint: str) -> Rule:
    return Rule(code, (column,), f"Specify a valid input for {wire_name(column)}.", holds, hint, published_code=INVALID)


def _names() -> list[Rule]:
    return [
        _missing("first_name_missing", "first_name", "Fill in the first name."),
        _missing("last_name_missing", "last_name", "Fill in the last name."),
        _missing(
            "association_missing",
            "association",
            "State Spouse, Child, Parent, Parent-in-law or Other.",
            stated("association") | ~pl.col("is_linked"),
        ),
    ]


def _lists() -> list[Rule]:
    types = [name.lower() for name in PRODUCT_TYPES]
    refused = pl.col("opt_out_plan_types").str.to_lowercase().str.split(";").list.eval(pl.element().str.strip_chars())
    return [
        _invalid("unknown_association", "association", one_of("association", ASSOCIATIONS), _use(ASSOCIATIONS)),
        _invalid("unknown_relationship", "relationship", one_of("relationship", RELATIONSHIPS), _use(RELATIONSHIPS)),
        _invalid("unknown_gender", "gender", one_of("gender", GENDERS), _use(GENDERS)),
        _invalid(
            "unknown_smoker_status", "smoker_status", one_of("smoker_status", SMOKER_STATUSES), _use(SMOKER_STATUSES)
        ),
        _invalid("unknown_tier", "stated_tier", one_of("stated_tier", STATED_TIERS), _use(STATED_TIERS)),
        _invalid(
            "unknown_opt_out_type",
            "opt_out_plan_types",
            refused.list.set_difference(pl.lit([*types, ""])).list.len() == 0,
            f"{_use(PRODUCT_TYPES)[:-1]}, with semicolons between them.",
        ),
    ]


def _dates(today: date) -> list[Rule]:
    return [
        _invalid(
            "birth_date_in_future",
            "birth_date",
            between("birth_date", highest=today),
            "The birth date has not come yet; correct it.",
        ),
        _invalid(
            "birth_date_too_early",
            "birth_date",
            between("birth_date", EARLIEST_BIRTH),
            "The birth date is before 1900; correct it.",
        ),
        _ordered(
            "join_date", "termination_date", "The employment ends before it begins; correct one of the two dates."
        ),
        _ordered(
            "policy_start_date", "policy_end_date", "The cover ends before it begins; correct one of the two dates."
        ),
        _ordered(
            "birth_date",
            "join_date",
            "The person was hired before being born; correct one of the two dates.",
            unless=pl.col("birth_date") > today,
        ),
        Rule(
            "primary_very_young",
            ("birth_date",),
            f"The employee is younger than {YOUNGEST_PRIMARY} on the effective date.",
            (pl.col("association") != "Self")
            | (pl.col("birth_date") > today)
            | (pl.col("birth_date").dt.offset_by(f"{YOUNGEST_PRIMARY}y") <= pl.col("census_effective_date")),
            "Check the birth date.",
            WARNING,
        ),
    ]


def _ordered(first: str, last: str, hint: str, unless: pl.Expr | None = None) -> Rule:
    """The last date is not before the first; a row that another rule has judged may be passed over."""
    says = f"The {wire_name(last)} must be after the {wire_name(first)}."
    holds = not_after(first, last) if unless is None else not_after(first, last) | unless
    return Rule("dates_out_of_order", (last, first), says, holds, hint, published_code=OUT_OF_ORDER)


def _numbers() -> list[Rule]:
    return [
        _invalid("negative_pay", "annual_salary_cents", between("annual_salary_cents", 0), "Pay can't be below zero."),
        _invalid(
            "fte_out_of_range",
            "full_time_equivalent",
            between("full_time_equivalent", 0.0, HIGHEST_FTE),
            f"Use a number from 0 to {HIGHEST_FTE}; 1 is full time.",
        ),
    ]


def _links() -> list[Rule]:
    is_self = pl.col("association") == "Self"
    return [
        _invalid(
            "bad_email",
            "email",
            pl.col("email").str.contains(r"^[^@\s;,]+@[^@\s;,]+\.[^@\s;,.]+$"),
            "Write it as name@example.org, or leave it blank.",
        ),
        _invalid(
            "association_contradicts",
            "relationship",
            is_self == (pl.col("relationship") == "Self"),
            "The association and the relationship must both say Self, or neither.",
        ),
        Rule(
            "source_on_primary",
            ("primary_member_source",),
            "The PrimaryMemberSource must be null for primary members.",
            ~is_self | pl.col("primary_member_source").is_null(),
            "Clear the cell, or state how the person is related to the employee.",
            published_code="GB-CEN-004",
        ),
        Rule(
            "source_on_primary",
            ("primary_group_census_member_id",),
            "The PrimaryGroupCensusMemberId must be null for primary members.",
            ~is_self | pl.col("primary_group_census_member_id").is_null(),
            "Clear the cell, or state how the person is related to the employee.",
            published_code="GB-CEN-004",
        ),
    ]


def _lengths() -> list[Rule]:
    """One rule for each text column with a limit that a file can fill (OB-7)."""
    return [
        _invalid("text_too_long", column, at_most_chars(column, longest), f"Shorten it to {longest} characters.")
        for column in LIMITED
        if (longest := CENSUS_MEMBER.column(column).longest) is not None
    ]


LIMITED = (
    "first_name",
    "last_name",
    "member_key",
    "source_system_identifier",
    "primary_member_source",
    "email",
    "phone_number",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
)
"""Text columns of a member that a file fills and whose length is limited."""


def _use(values: tuple[str, ...]) -> str:
    return f"Use {', '.join(values[:-1])} or {values[-1]}."
