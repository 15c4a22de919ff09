"""Rates made from the census: as each run estimates them, and as they are fixed for a plan year.

What lives here: declarations of `out.composite_rate` and `ref.final_rate`. What does not: how they are solved
(`rating.solve`) and how they are fixed (`services.composite`).

Both hold one row per plan or coverage and, where its rate is made class by class, per class; columns that the
method of a row does not use are null.
"""

from schemas.table import Table, cents, day, decimal, flag, instant, key, text, whole

_FIGURES = (
    text("method", "Rating method that makes the rate.", required=True),
    cents("base_cents", "Composite rate of the tier EE."),
    *(
        cents(f"{tier}_cents", f"Composite rate of the tier {tier.upper()}.")
        for tier in ("ee", "es", "e1c", "ecn", "fam")
    ),
    *(
        whole(f"n_{tier}", f"Families counted in the tier {tier.upper()}.")
        for tier in ("ee", "es", "e1c", "ecn", "fam")
    ),
    cents("adult_cents", "Average premium of a person of 21 and over, without tobacco."),
    cents("child_cents", "Average premium of a counted person under 21, without tobacco."),
    whole("n_adults", "Persons in the average of adults."),
    whole("n_children", "Persons in the average of children."),
    whole("average_age", "Average age of the employees, rounded half up."),
    decimal("female_percent", "Percent of the employees who are women.", digits=7, places=4),
    whole("n_lives", "Employees averaged."),
    cents("required_cents", "What the rates must collect in one rate period."),
    cents("collected_cents", "What they collect in one rate period."),
    cents("difference_cents", "Collected less required: cents made by rounding the rates."),
    whole("n_left_out", "People who could not be priced, and so are in no sum and no count."),
)

COMPOSITE_RATE = Table(
    "out.composite_rate",
    "Rates that a run made from the census, or took as fixed: composite rates and averages, with what they collect.",
    (
        key("rating_run_id", "Run.", required=True),
        key("contract_plan_id", "Plan or coverage whose rate it is.", required=True),
        key("group_class_id", "Class whose rate it is; null is everybody who holds the plan, or who has no class."),
        flag("is_by_class", "True: each class of the plan has a rate of its own.", required=True),
        day("term_start", "First day of the term the rate is for.", required=True),
        text("state", "ESTIMATE: made by this run; FINAL: fixed before it.", required=True),
        *_FIGURES,
    ),
)

FINAL_RATE = Table(
    "ref.final_rate",
    "Rates made from the census that are fixed for a plan year, so that a later member does not move them.",
    (
        key("contract_plan_id", "Plan or coverage whose rate it is.", required=True),
        key("group_class_id", "Class whose rate it is; null is everybody who holds the plan, or who has no class."),
        day("term_start", "First day of the term the rate is fixed for.", required=True),
        key("rating_run_id", "Run whose estimate was fixed.", required=True),
        instant("finalized_at", "When it was fixed.", required=True),
        *_FIGURES,
    ),
)

TABLES = (COMPOSITE_RATE, FINAL_RATE)
