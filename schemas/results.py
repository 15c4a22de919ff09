"""Results of rating: runs, premiums at three levels, and what could not be rated.

What lives here: declarations of `out.*`. What does not: the views that people read (`analytics`) and
the writing of rows (`services.results`).

Rows are append-only and carry the run that made them; `out.current_run` points at the run to read.
Money is whole cents of the contract term, with `period_cents` for one rate period beside it.
"""

from schemas.table import Column, Table, blob, cents, count, day, decimal, flag, instant, key, text, whole

RATING_RUN = Table(
    "out.rating_run",
    "Each rating of a set of censuses: when, for which date, from which inputs.",
    (
        key("rating_run_id", "Id of the run.", required=True),
        text("cohort", "Cohort that was rated.", required=True),
        text("kind", "current or renewal.", required=True),
        day("rating_date", "Rating date asked for; null is each contract's own start."),
        text("census_hash", "SHA-256 over the members and selections rated.", required=True),
        text("rates_hash", "SHA-256 over the rate tables and cells used.", required=True),
        text("rules_hash", "SHA-256 over the contribution rules used.", required=True),
        text("settings_hash", "SHA-256 over what was asked of the run; null on runs of earlier versions."),
        text("core_version", "Version of the program.", required=True),
        text("code_version", "SHA-256 over the source of everything that decides a cent; null on earlier runs."),
        flag("is_reproducible", "True: the inputs are kept whole, and `benefits rerate` can rate them again."),
        text("inputs_gone", "Why inputs are not kept any more: retention or person_removed; null otherwise."),
        count("n_censuses", "Censuses rated.", required=True),
        count("n_members", "Members with at least one coverage.", required=True),
        count("n_coverages", "Coverages, priced or explained.", required=True),
        count("n_unrated", "Coverages explained by an issue instead of a premium.", required=True),
        cents("standard_cents", "Full-term premium.", required=True),
        cents("prorated_cents", "Premium of the covered part.", required=True),
        cents("employer_cents", "Employer share of the prorated premium.", required=True),
        cents("employee_cents", "Employee share of the prorated premium.", required=True),
        instant("rated_at", "When the run was made.", required=True),
    ),
    key=("rating_run_id",),
    is_key_enforced=True,
)

RUN_PART = Table(
    "out.run_part",
    "Inputs of runs, each frame once however many runs read it, in slices of rows.",
    (
        text("content_hash", "SHA-256 over the names, types and values of the whole frame.", required=True),
        whole("slice", "Number of the slice, from 0.", required=True),
        count("n_rows", "Rows of the slice.", required=True),
        blob("payload", "The rows as a Parquet file.", required=True),
    ),
    key=("content_hash", "slice"),
    is_key_enforced=True,
)

RUN_INPUT = Table(
    "out.run_input",
    "The frames that each run was rated from.",
    (
        key("rating_run_id", "Run.", required=True),
        text("part", "Name of the frame, such as members or cells.", required=True),
        text("content_hash", "Which content, in out.run_part.", required=True),
    ),
    key=("rating_run_id", "part"),
    is_key_enforced=True,
)

RUN_CENSUS = Table(
    "out.run_census",
    "The censuses of a run, with the version of each that was rated.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        count("census_version", "Version of the census that was read.", required=True),
        day("term_start", "First day of the term rated.", required=True),
        day("term_end", "Last day of the term rated.", required=True),
    ),
)

CURRENT_RUN = Table(
    "out.current_run",
    "The run to read for a census, one for the current term and one for the renewal.",
    (
        key("group_census_id", "Census.", required=True),
        text("kind", "current or renewal.", required=True),
        key("rating_run_id", "Run.", required=True),
    ),
    key=("group_census_id", "kind"),
    is_key_enforced=True,
)

_MONEY = (
    cents("period_cents", "Premium of one rate period (a month, for monthly rates).", required=True),
    cents("standard_cents", "Premium of the full contract term.", required=True),
    cents("prorated_cents", "Premium of the covered part of the term.", required=True),
    cents("employer_cents", "Employer share of the prorated premium.", required=True),
    cents("employee_cents", "Employee share: prorated premium less employer share.", required=True),
)

COVERAGE_PREMIUM = Table(
    "out.coverage_premium",
    "The premium of each coverage of each member: priced, or explained by an issue.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Member.", required=True),
        key("root_plan_id", "Root plan held.", required=True),
        key("contract_plan_id", "Coverage priced; the root itself where it has no coverages.", required=True),
        key("rate_table_id", "Rate table that priced the coverage."),
        key("contribution_rule_id", "Contribution rule that split the premium; null is none (CB-13)."),
        day("rate_date", "Day the rates were read at.", required=True),
        whole("age", "Age used; null where none is needed."),
        text("tier", "Family tier used by a composite rate."),
        cents(
            "volume_cents", "Amount of insurance, weekly benefit or monthly covered pay, where the rate multiplies one."
        ),
        cents(
            "pending_cents",
            "Amount of insurance not priced yet: it waits for evidence of insurability; null where none does.",
        ),
        decimal("unit_rate", "Dollars per unit, factors not included; null where no rate was found."),
        day("covered_from", "First covered day.", required=True),
        day("covered_to", "Last covered day; the day before covered_from where no day is covered.", required=True),
        whole("covered_days", "Covered days of the term.", required=True),
        whole("term_days", "Days of the term.", required=True),
        *_MONEY,
        text("issue", "Why there is no premium, or a warning; null is neither."),
        text("zero_reason", "Why a premium of zero is lawful; null otherwise."),
    ),
)

COVERAGE_PIECE = Table(
    "out.coverage_piece",
    "The stretches of a term in which a coverage had one price, where it had several; they add up to the coverage.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Member.", required=True),
        key("root_plan_id", "Root plan held.", required=True),
        key("contract_plan_id", "Coverage.", required=True),
        day("piece_from", "First day.", required=True),
        day("piece_to", "Last day.", required=True),
        whole("age", "Age used; null where none is needed."),
        text("tier", "Family tier used by a composite rate."),
        cents("volume_cents", "Amount of insurance, weekly benefit or covered pay, where the rate multiplies one."),
        *_MONEY,
        text("issue", "Why there is no premium, or a warning; null is neither."),
    ),
)


def _level(name: str, says: str, *keys: Column) -> Table:
    """A table of totals over the level below."""
    return Table(
        name,
        says,
        (
            key("rating_run_id", "Run.", required=True),
            key("group_census_id", "Census.", required=True),
            *keys,
            whole("n_coverages", "Coverages under this row.", required=True),
            whole("n_unrated", "Coverages without a premium.", required=True),
            *_MONEY,
            flag("is_complete", "False: at least one coverage is missing from the totals.", required=True),
            text("issue", "The worst issue below; null is none."),
        ),
    )


PLAN_PREMIUM = _level(
    "out.plan_premium",
    "The premium of each plan of each member: the sum of its coverages.",
    key("group_census_member_id", "Member.", required=True),
    key("root_plan_id", "Root plan.", required=True),
)

MEMBER_PREMIUM = _level(
    "out.member_premium",
    "The premium of each member: the sum of the plans.",
    key("group_census_member_id", "Member.", required=True),
)

RATING_ISSUE = Table(
    "out.rating_issue",
    "Each coverage that could not be rated, or was rated with a warning, in words.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Member.", required=True),
        key("root_plan_id", "Root plan.", required=True),
        key("contract_plan_id", "Coverage.", required=True),
        text("severity", "error or warning.", required=True),
        text("code", "Name of the issue.", required=True),
        text("published_code", "Code of the published services."),
        text("message", "What is wrong.", required=True),
        text("hint", "What to do about it."),
    ),
)

PAY_DEDUCTION = Table(
    "out.pay_deduction",
    "What leaves an employee's pay for each plan in each pay period; made on demand by `benefits deductions`.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Primary of the family.", required=True),
        key("root_plan_id", "Root plan.", required=True),
        whole("pay_periods", "Pay periods in the term: 12, 24, 26 or 52.", required=True),
        cents("employee_cents", "What the family pays for the plan over the term.", required=True),
        cents("each_cents", "Deduction of every period but the last.", required=True),
        cents("last_cents", "Deduction of the last period, with the remainder.", required=True),
        flag("is_complete", "False: a coverage of the family is missing from the sum.", required=True),
    ),
)

_IMPUTED = (
    whole("tax_year", "Tax year, a calendar year.", required=True),
    key("rating_run_id", "Run; the last one where several make the year.", required=True),
    key("group_census_id", "Census.", required=True),
    key("group_census_member_id", "Person insured: an employee, or a dependent of one.", required=True),
)

IMPUTED_INCOME = Table(
    "out.imputed_income",
    "What employer-carried group-term life insurance adds to taxable pay in a year, a row per person insured for more "
    "than is free of tax; made on demand by `benefits imputed-income`.",
    (
        *_IMPUTED,
        key("employee_id", "Member whose pay it is: the person, or the primary of the dependent.", required=True),
        flag("is_dependent", "True: the person insured is a dependent of the employee.", required=True),
        whole("age", "Age on the last day of the year, by which Table I is read; null is unknown."),
        cents("cost_cents", "Cost of the year by Table I, rounded once; null where it cannot be known."),
        flag("is_pre_tax", "True: employees' payments were taken to be made before tax.", required=True),
        cents("after_tax_cents", "What the employee paid after tax for the cover in the year.", required=True),
        cents("taxable_cents", "What is added to taxable pay: cost less payments, not below 0; null as the cost."),
        day("rated_from", "First day of the year that the runs speak of.", required=True),
        day("rated_to", "Last day of the year that the runs speak of.", required=True),
        text("issue", "Why the figures are missing, or leave a payment out; null is neither."),
    ),
    key=("tax_year", "group_census_member_id"),
)

IMPUTED_INCOME_MONTH = Table(
    "out.imputed_income_month",
    "The months of out.imputed_income in which a person is insured; those of a person add up to the year.",
    (
        *_IMPUTED,
        whole("month", "Month of the year, 1 to 12.", required=True),
        whole("days", "Days of the month on which cover is in force.", required=True),
        cents("cover_cents", "Cover in force, reduced for age: the mean of its first and last day in the month."),
        count("cost_mills", "Cost by Table I in tenths of a cent, unrounded but for parts of a month; null as above."),
        cents("after_tax_cents", "What the employee paid after tax for the month.", required=True),
        cents("taxable_cents", "What the month adds to taxable pay, less what earlier months took too much."),
    ),
    key=("tax_year", "group_census_member_id", "month"),
)

EXPLANATION = Table(
    "out.explanation",
    "How each premium and share of a run came about, line by line; made on demand by `benefits explain --table`.",
    (
        key("rating_run_id", "Run.", required=True),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Member.", required=True),
        key("root_plan_id", "Root plan held.", required=True),
        key("contract_plan_id", "Coverage.", required=True),
        whole("step", "Order of the line within the coverage, from 1.", required=True),
        text("kind", "What the line is about: rate, factor, prorated, rule and so on; last employee.", required=True),
        text("says", "The line in words.", required=True),
        decimal("value", "What the line brings: a rate, factor, percent, age or number; null for an amount of money."),
        cents("cents", "The money after the line; null where it states none."),
    ),
)

BILLING = Table(
    "out.billing",
    "Each booking of charges: which periods of a census were billed, and from which run.",
    (
        key("billing_id", "Id of the booking.", required=True),
        key("group_census_id", "Census.", required=True),
        text("kind", "bill or adjust.", required=True),
        day("billed_through", "First day of the last period billed so far; null where none is.", required=False),
        key("rating_run_id", "Run that told the amounts.", required=True),
        day("as_of", "Day from which look-back limits are counted; null for a bill."),
        whole("added_look_back_days", "Days that added charges may reach back; null for a bill."),
        whole("credit_look_back_days", "Days that credits may reach back; null for a bill."),
        instant("booked_at", "When it was booked.", required=True),
    ),
)

BILLED_CHARGE = Table(
    "out.billed_charge",
    "The ledger of charges: what was billed for each coverage and period, and every later difference. Rows are never "
    "edited; those of a period add up to what is owed for it.",
    (
        key("billing_id", "Booking.", required=True),
        whole(
            "line", "Order within the booking: joins and ends of cover, then other changes, then rates.", required=True
        ),
        key("group_census_id", "Census.", required=True),
        key("group_census_member_id", "Member.", required=True),
        key("root_plan_id", "Root plan held.", required=True),
        key("contract_plan_id", "Coverage.", required=True),
        day("period_from", "First day of the period, a month of the contract.", required=True),
        cents("old_cents", "Sum of the rows before.", required=True),
        cents("new_cents", "Sum with this row.", required=True),
        cents("difference_cents", "What is booked; negative is a credit (PR-19).", required=True),
        cents(
            "recomputed_cents",
            "What the run says; differs from new_cents where the look-back limit cut.",
            required=True,
        ),
        text("reason", "BILLED, ENROLLMENT, TERMINATION, MEMBER_CHANGE or RATE_CORRECTION.", required=True),
        key("source_change_id", "Rating run that brought the change.", required=True),
        instant("booked_at", "When it was booked.", required=True),
    ),
)

TABLES = (
    RATING_RUN,
    RUN_PART,
    RUN_INPUT,
    RUN_CENSUS,
    CURRENT_RUN,
    COVERAGE_PREMIUM,
    COVERAGE_PIECE,
    PLAN_PREMIUM,
    MEMBER_PREMIUM,
    RATING_ISSUE,
    PAY_DEDUCTION,
    IMPUTED_INCOME,
    IMPUTED_INCOME_MONTH,
    EXPLANATION,
    BILLING,
    BILLED_CHARGE,
)
