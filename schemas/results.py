"""Results of rating: runs, premiums at three levels, and what could not be rated.

What lives here: declarations of `out.*`. What does not: the views that people read (`analytics`) and
the writing of rows (`services.results`).

Rows are append-only and carry the run that made them; `out.current_run` points at the run to read.
Money is whole cents of the contract term, with `period_cents` for one rate period beside it.
"""

from schemas.table import Column, Table, cents, count, day, decimal, flag, instant, key, text, whole

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
        text("core_version", "Version of the rating core.", required=True),
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

TABLES = (
    RATING_RUN,
    RUN_CENSUS,
    CURRENT_RUN,
    COVERAGE_PREMIUM,
    PLAN_PREMIUM,
    MEMBER_PREMIUM,
    RATING_ISSUE,
)
