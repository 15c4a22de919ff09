"""Every sheet of the shelf and every column of it, said once.

What lives here: names, kinds, limits and meanings, as data for the reader, the rules, the templates and the
documentation. What does not: the sheets that state prices and shares (`price_columns`), quotes (`quote_columns`) and
configuration rules (`rule_columns`), acts on rows, and rules that speak of more than one column
(`schemas.shelf_rules`).

Records are named by natural keys (a number, a code, a name), never by ids; keys match whatever their case.
"""

from rating.codes import AgeOut, BenefitRounding, Proration, ReductionDate, Strategy, VolumeRounding
from schemas.plans import PRODUCT_TYPES
from services.shelf import sheet
from services.shelf.price_columns import CONTRIBUTIONS, RATE_CELLS, RATE_TABLE_PLANS, RATE_TABLES, RATING_AREAS
from services.shelf.quote_columns import QUOTE_SHEETS
from services.shelf.rule_columns import CONFIGURATION_RULES

_ACCOUNT = sheet.text("account_number", "Number of the account.", 40, required=True)
_CONTRACT = sheet.text("contract_number", "Number of the contract.", 80, required=True)
_CLASS = sheet.text("class_name", "Name of the class, as on the sheet classes.", 255, required=True)
_PLAN = sheet.text("plan_code", "Code of the plan or coverage.", 80, required=True)

_WAITING_PERIOD = sheet.whole("enrollment_waiting_period", "Days after joining before cover begins.", 0, 3660)

_EVENTS = (("end", "cover that ends"), ("change", "a change of tier"), ("newborn", "a newborn"))

ACCOUNTS = sheet.Sheet(
    "accounts",
    "Employers. One row per account.",
    ("account_number",),
    (
        sheet.text("account_number", "Number by which people and files know the account.", 40, required=True),
        sheet.text("account_name", "Name of the account.", 255, required=True),
        sheet.text("street", "Street.", 255),
        sheet.text("city", "City.", 40),
        sheet.text("state", "State, such as MA; used to find the rating area.", 80),
        sheet.text("postal_code", "ZIP code, leading zeros kept; used to find the rating area.", 20),
        sheet.text("country", "Country.", 80),
    ),
)

CLASSES = sheet.Sheet(
    "classes",
    "Employees of an account with like benefits. One row per class.",
    ("account_number", "class_name"),
    (
        _ACCOUNT,
        sheet.text("class_name", "Name of the class, unique in its account; census files name it.", 255, required=True),
        sheet.text("class_code", "Short code.", 255),
        sheet.text("category", "Category of the class.", 40),
        sheet.text("description", "Description.", 255),
        sheet.date("effective_start", "First day the class is valid; blank is open."),
        sheet.date("effective_end", "Last day the class is valid; blank is open."),
    ),
)

PRODUCTS = sheet.Sheet(
    "products",
    "What a carrier sells. One row per product, and one per coverage of a product.",
    ("product_code",),
    (
        sheet.text("product_code", "Code of the product, unique.", 255, required=True),
        sheet.text("product_name", "Name of the product.", 255, required=True),
        sheet.choice("product_type", "Line of the product.", PRODUCT_TYPES, required=True),
        sheet.text("parent_product_code", "Root product of a coverage; blank on a root.", 255),
        sheet.text(
            "product_category_id",
            "Category of the product, an id of the host; a contribution rule may name it. Only a root's counts.",
            18,
        ),
    ),
)

CONTRACTS = sheet.Sheet(
    "contracts",
    "Agreements with accounts. One row per contract.",
    ("contract_number",),
    (
        sheet.text("contract_number", "Number of the contract, unique.", 80, required=True),
        _ACCOUNT,
        sheet.date("start_date", "First day of the term.", required=True),
        sheet.date("end_date", "Last day of the term.", required=True),
        sheet.choice("status", "Status of the contract.", ("Draft", "In Approval Process", "Activated"), "Activated"),
        sheet.text("rating_area", "Rating area; blank: found from the ZIP code of the account.", 40),
        sheet.text("industry_code", "Code of the employer's industry, for rates by industry.", 40),
        sheet.whole("group_size", "Employees of the group; blank: counted on the census.", 1, 10_000_000),
        sheet.whole(
            "eligible_employees",
            "Employees eligible for cover, without valid waivers; blank: counted on the census.",
            1,
            10_000_000,
        ),
        sheet.date("enrollment_start", "First day members may enroll by themselves; blank is open."),
        sheet.date("enrollment_end", "Last day members may enroll by themselves; blank is open."),
        _WAITING_PERIOD,
        sheet.SheetColumn("is_window_enforced", "flag", "true: members are held to the days above.", default="true"),
    ),
)

PLANS = sheet.Sheet(
    "plans",
    "Plans of a contract and their coverages. One row each; a coverage names its root plan.",
    ("contract_number", "plan_code"),
    (
        _CONTRACT,
        sheet.text("plan_code", "Code of the plan or coverage, unique in its contract.", 80, required=True),
        sheet.text("plan_name", "Name, unique in its contract; census cells name it.", 255, required=True),
        sheet.text("parent_plan_code", "Root plan of a coverage; blank on a root plan.", 80),
        sheet.text("product_code", "Product of the plan or coverage.", 255, required=True),
        sheet.SheetColumn(
            "is_optional", "flag", "false: a mandatory coverage, held by all who hold its root.", default="false"
        ),
        sheet.choice("status", "Only an Active plan can be chosen.", ("Active", "Inactive"), "Active"),
        sheet.date("effective_start", "First day of the plan; blank: the contract's."),
        sheet.date("effective_end", "Last day of the plan; blank: the contract's."),
        sheet.text("description", "What the plan is, for members.", 255),
        sheet.date(
            "enrollment_start",
            "First day members may choose the plan by themselves; blank: as the root plan, else as the contract.",
        ),
        sheet.date(
            "enrollment_end",
            "Last day members may choose the plan by themselves; blank: as the root plan, else as the contract.",
        ),
        _WAITING_PERIOD,
        sheet.text("eligibility_criteria", "Who may choose the plan, in words.", 255),
        sheet.whole("product_number", "Number of the product in the contract.", 0, 999_999_999),
        sheet.choice(
            "proration_method",
            "How a part of the term is charged; coverages take their root's.",
            sheet.names_of(Proration),
            "DAILY_TERM",
        ),
        *(
            sheet.choice(
                f"proration_{event}", f"The same for {says}; blank: as proration_method.", sheet.names_of(Proration)
            )
            for event, says in _EVENTS
        ),
        sheet.whole("wash_day", "MID_MONTH: the last day of a month that counts as its beginning.", 1, 31, "15"),
        sheet.choice(
            "rate_basis_date",
            "Which day's rates count: the member's first day of cover, or the contract's start.",
            ("EFFECTIVE_DATE", "CONTRACT_START"),
            "EFFECTIVE_DATE",
        ),
        sheet.SheetColumn("auto_assign", "flag", "true: the contract gives the plan to everyone.", default="false"),
        sheet.text("group_number", "Number that the carrier wants on enrollment.", 255),
        sheet.whole(
            "priority", "Order of plans in which a defined contribution is used up, least first.", 0, 10_000, "0"
        ),
        sheet.choice(
            "contribution_strategy",
            "How the contribution rule is found: the current ladder, or the older one with its fallback per level.",
            sheet.names_of(Strategy),
            "STANDARD",
        ),
        sheet.SheetColumn("benefit_multiple", "decimal", "Life: times annual pay.", lowest=0, highest=100, places=4),
        sheet.dollars("benefit_flat_amount", "Life: the same amount for everyone, in dollars."),
        sheet.dollars("benefit_increment", "Life: the amount is chosen in steps of so many dollars."),
        sheet.choice(
            "volume_rounding",
            "Life: rounding of the amount before the maximum.",
            sheet.names_of(VolumeRounding),
            "UP_1000",
        ),
        sheet.dollars("benefit_minimum", "Life: the least amount, in dollars."),
        sheet.dollars("benefit_maximum", "Life: the highest amount, in dollars."),
        sheet.decimal("benefit_pay_multiple_maximum", "Life: the amount is at most so many times annual pay.", 100, 4),
        sheet.decimal(
            "benefit_percent_of_employee",
            "Life of dependents: at most so many percent of the employee's amount in the plan.",
            100,
            4,
        ),
        sheet.dollars(
            "guaranteed_issue_amount", "Life: the highest amount without evidence of insurability, in dollars."
        ),
        sheet.text(
            "guaranteed_issue_schedule",
            "Life: age:percent of the guaranteed issue amount left, ages ascending, such as 70:50.",
            255,
        ),
        sheet.decimal(
            "guaranteed_issue_minimum_participation",
            "Life: below this percent of participation nothing is guaranteed.",
            100,
            4,
        ),
        sheet.text("age_reduction_schedule", "Life: age:percent left, ages ascending, such as 65:65;70:50.", 255),
        sheet.choice(
            "age_reduction_date",
            "Life: when a reduction takes effect.",
            sheet.names_of(ReductionDate),
            "PLAN_ANNIVERSARY",
        ),
        sheet.SheetColumn(
            "benefit_percent", "decimal", "Disability: percent of pay, such as 60.", lowest=0, highest=100, places=4
        ),
        sheet.choice(
            "benefit_rounding",
            "Disability: rounding of the weekly benefit.",
            sheet.names_of(BenefitRounding),
            "NEAREST_1",
        ),
        sheet.dollars("maximum_benefit", "Disability: the highest benefit a week (STD) or a month (LTD), in dollars."),
        sheet.dollars("covered_pay_maximum", "LTD and percent of pay: the most pay a month that counts, in dollars."),
        sheet.dollars("required_premium", "Rates solved from the census: what they must collect a month, in dollars."),
        sheet.decimal("experience_rate", "Experience: the rate of the group's own claims, per unit.", 1_000_000, 6),
        sheet.decimal("life_years", "Experience: life-years it rests on.", 100_000_000, 4),
        sheet.decimal(
            "full_credibility_life_years", "Experience: life-years at which it counts in full.", 100_000_000, 4
        ),
        sheet.whole(
            "dependent_age_limit",
            "Children are covered until this age, unless disabled. Blank: 26 on Medical plans, else no limit.",
            1,
            120,
        ),
        sheet.choice(
            "dependent_age_out",
            "When a child of that age leaves: on the birthday, with its month, or with its year.",
            sheet.names_of(AgeOut),
            "MONTH_END",
        ),
    ),
)

PLAN_CLASSES = sheet.Sheet(
    "plan_classes",
    "Which classes a plan is open to. A plan with no row is open to all. "
    "The rows of a plan replace those stored for it.",
    ("contract_number", "plan_code", "class_name"),
    (_CONTRACT, _PLAN, _CLASS),
)

CENSUSES = sheet.Sheet(
    "censuses",
    "Lists of members to be loaded. Needed only to name them yourself: loading a census file makes its census.",
    ("contract_number", "census_name"),
    (
        _CONTRACT,
        sheet.text("census_name", "Name of the census, unique in its contract.", 255, required=True),
        sheet.choice("type", "Kind of census.", ("Enrollment", "Lead", "Quote", "System"), "Enrollment"),
        sheet.date("effective_start", "First day the census speaks for; blank: the contract's."),
        sheet.date("effective_end", "Last day the census speaks for; blank: the contract's."),
    ),
)

SHEETS: dict[str, sheet.Sheet] = {
    each.name: each
    for each in (
        ACCOUNTS,
        CLASSES,
        PRODUCTS,
        CONTRACTS,
        PLANS,
        PLAN_CLASSES,
        CONFIGURATION_RULES,
        RATE_TABLES,
        RATE_TABLE_PLANS,
        RATE_CELLS,
        CONTRIBUTIONS,
        RATING_AREAS,
        CENSUSES,
        *QUOTE_SHEETS,
    )
}
"""Every sheet by name, in the order of loading."""

NOT_SHEETS = frozenset({"read_me", "readme", "cohort", "census_example"})
"""Files and sheets that may lie beside the sheets; they are passed over without a word."""
