"""Rates and contribution rules: what a coverage costs and who pays.

What lives here: declarations of `ref.*`. What does not: the formulas that read them (`rating`) and
the loading of the user's sheets (`services.shelf`).

A rate table has any number of axes besides its date; its cells hold one key per axis as a list, so
that another axis is data, not a column. Versions have a start only and end where the next begins
(GR-22). Every table names the source it was taken from.
"""

from schemas.table import Table, cents, day, decimal, instant, key, text, texts, whole

SHARE_TYPES = (
    "Amount",
    "Percentage",
    "Reference Plan",
    "Employee And Increment",
    "Defined Contribution",
    "Employer Paid",
)
"""What a contribution rule pays: the published types, then the trade's further forms."""

RATE_TABLE = Table(
    "ref.rate_table",
    "Each filed rate or factor table: the method that reads it, its axes and its source.",
    (
        key("rate_table_id", "Id of the table.", required=True),
        text("name", "Name of the table, unique.", longest=255, required=True),
        text("method", "Rating method, such as age_banded; `factor` for a table of factors.", required=True),
        text("rate_unit", "What one unit of the rate is, in words: USD per person per month.", required=True),
        text("rate_period", "MONTHLY, ANNUAL or TERM.", required=True),
        text("age_basis", "LAST_BIRTHDAY, NEAREST_BIRTHDAY or YEAR_ONLY.", required=True),
        text(
            "age_date",
            "PLAN_ANNIVERSARY, ISSUE, ATTAINED, JAN_1, TAX_YEAR_END or ANNIVERSARY_OR_ADDED.",
            required=True,
        ),
        text("spouse_age", "OWN (also null) or EMPLOYEE: whose age prices a spouse."),
        whole("child_age", "Age under which child_capped, age_curve and aca_composite count a child."),
        whole("child_count", "How many of the counted children those methods charge."),
        texts("child_lines", "Product types in which those methods count children; null is all."),
        texts("axes", "Names of the axes, in the order of the cells' keys.", required=True),
        texts("factor_tables", "Names of the factor tables that multiply the rate, in order.", required=True),
        text("limits", "Least and greatest value of banded axes, such as age:18-64;group_size:2-50."),
        text("outside_table", "CLAMP (also null) or ISSUE: what becomes of a value beyond the limits."),
        text("round_places", "Decimals kept after the rate and after each factor, such as 3;;2; null is all."),
        text("money_rounding", "HALF_UP (also null), HALF_EVEN or TRUNCATE: how a premium becomes cents."),
        text("base_table", "Name of the table that prices each member, where rates are solved from the census."),
        text("citation", "Where the figures come from.", required=True),
        day("filed_on", "When the table was filed."),
        instant("modified_at", "When the table last changed.", required=True),
    ),
    key=("rate_table_id",),
    is_key_enforced=True,
)

RATE_TABLE_PLAN = Table(
    "ref.rate_table_plan",
    "Which coverages a rate table prices: one contract plan, or every contract plan of a product.",
    (
        key("rate_table_id", "Rate table.", required=True),
        key("contract_plan_id", "Contract plan priced; beats a table of its product."),
        key("product_id", "Product priced."),
    ),
)

RATE_CELL = Table(
    "ref.rate_cell",
    "The cells of the rate tables, one row per version and key.",
    (
        key("rate_table_id", "Rate table.", required=True),
        day("effective_from", "First day of the version; it ends where the next begins.", required=True),
        texts("keys", "One key per axis of the table: a lower bound, a value, or * for any.", required=True),
        decimal("rate", "Dollars per unit, or the factor. Null closes the cell."),
    ),
)

CONTRIBUTION_RULE = Table(
    "ref.contribution_rule",
    "What an employer pays for a class (GroupClassContribution).",
    (
        key("contribution_rule_id", "Id of the rule.", "Id", required=True),
        key("group_class_id", "Class the rule is for.", "GroupClassId", required=True),
        text("name", "Name of the rule, unique in its class.", "Name", longest=255, required=True),
        text("type", "Amount, Percentage or another form; a rule without type is not used (CB-4).", "Type"),
        cents("amount_cents", "Employer money, for type Amount.", "Amount"),
        decimal("percentage", "Employer percent of the premium, 0 to 100.", "Percentage", digits=9, places=4),
        decimal(
            "dependent_percentage",
            "Employee And Increment: percent of what dependents add to the employee-only premium.",
            "DependentPercentage",
            digits=9,
            places=4,
        ),
        key("reference_plan_id", "Reference Plan: plan whose premium is the measure.", "BaseContractGroupPlanId"),
        text("grade", "TIER, SALARY or SERVICE: what the value depends on; null is one value."),
        text("steps", "Values of a graded rule, such as EE:80;ES:60 or 0:50;50000:60."),
        text("amount_scope", "PER_COVERAGE (also null) or PER_PLAN: what an amount is for (CB-21).", "AmountScope"),
        text("amount_period", "TERM, MONTHLY or ANNUAL: what the amount is stated for.", required=True),
        text("member_type", "Subscriber, Dependent or null (Subscriber, but weaker).", "MemberType"),
        key("contract_plan_id", "Plan or coverage the rule names.", "ContractGroupPlanId"),
        key("product_id", "Product the rule names.", "ProductId"),
        text("category", "Product type the rule names.", "GroupBenefitProductCategory"),
        key(
            "product_category_id",
            "Category of the product the rule names, an id of the host's; beside a product type both must match.",
            "ProductCategoryId",
        ),
        text("target_type", "EVERY_PLAN: the rule serves all plans and names none; null: as the target it names."),
        cents("cap_cents", "The most the employer pays per coverage and term.", "CapAmount"),
        cents("family_cap_cents", "The most the employer pays per family, root plan and term."),
        cents("floor_cents", "The least the employer pays per coverage and term; the premium at most."),
        day("effective_start_date", "First day of the rule; null is open.", "EffectiveStartDate"),
        day("effective_end_date", "Last day of the rule; null is open.", "EffectiveEndDate"),
        instant(
            "modified_at",
            "When the rule last changed; the later of two wins (CB-12).",
            "LastModifiedDate",
            required=True,
        ),
    ),
    key=("contribution_rule_id",),
    is_key_enforced=True,
)

RATING_AREA = Table(
    "ref.rating_area",
    "ZIP code to rating area, by date.",
    (
        text("state", "State.", required=True),
        text("postal_prefix", "First three to five digits of the ZIP code; the longest match counts.", required=True),
        text("rating_area", "Rating area.", required=True),
        day("effective_from", "First day of the entry.", required=True),
        text("citation", "Where the entry comes from."),
    ),
    key=("state", "postal_prefix", "effective_from"),
    is_key_enforced=True,
)

TABLES = (RATE_TABLE, RATE_TABLE_PLAN, RATE_CELL, CONTRIBUTION_RULE, RATING_AREA)
