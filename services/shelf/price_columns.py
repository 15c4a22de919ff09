"""The sheets that state what things cost and who pays, and every column of them.

What lives here: rate tables, what they price, their cells, contribution rules and rating areas, as data. What does
not: the other sheets (`columns`), and acts on rows (`rates`, `rate_versions`, `contributions`).
"""

from rating.codes import (
    AgeBasis,
    AgeDate,
    AmountScope,
    Axis,
    Grade,
    MoneyRounding,
    OutsideTable,
    Period,
    SpouseAge,
    TargetKind,
)
from rating.layout import MOST_FACTORS
from rating.methods import CODES
from schemas.plans import PRODUCT_TYPES
from schemas.rate_rules import CHILD_CAPPED
from schemas.reference import SHARE_TYPES
from services.shelf import sheet

FACTOR = "factor"
"""Method of a table whose cells are factors, not prices."""

METHODS = (*CODES, FACTOR)
AXES = tuple(axis.name.lower() for axis in Axis)
MOST_FACTOR_TABLES = MOST_FACTORS

_ACCOUNT = sheet.text("account_number", "Number of the account.", 40, required=True)
_CLASS = sheet.text("class_name", "Name of the class, as on the sheet classes.", 255, required=True)
_TABLE = sheet.text("rate_table", "Name of the rate table.", 255, required=True)
_COUNTING = ", ".join(CHILD_CAPPED)
_CITATION = "Where the figures come from: a filing, a web page, a letter."

RATE_TABLES = sheet.Sheet(
    "rate_tables",
    "Filed tables of prices or factors. One row per table; its figures are on the sheet rate_cells.",
    ("rate_table",),
    (
        sheet.text("rate_table", "Name of the table, unique.", 255, required=True),
        sheet.choice(
            "method",
            "How the table prices a coverage; factor: its cells multiply the rates of other tables.",
            METHODS,
            required=True,
        ),
        sheet.text(
            "rate_unit", "What one unit of the rate is, in words: USD per person per month.", 255, required=True
        ),
        sheet.choice("rate_period", "The period one rate is for.", sheet.names_of(Period), "MONTHLY"),
        sheet.choice("age_basis", "How an age is counted.", sheet.names_of(AgeBasis), "LAST_BIRTHDAY"),
        sheet.choice("age_date", "The day on which ages are taken.", sheet.names_of(AgeDate), "PLAN_ANNIVERSARY"),
        sheet.choice("spouse_age", "Whose age prices a spouse.", sheet.names_of(SpouseAge), "OWN"),
        sheet.whole("child_age", f"{_COUNTING}: children below this age are counted.", 1, 120, "21"),
        sheet.whole("child_count", f"{_COUNTING}: so many of the oldest are charged.", 0, 100, "3"),
        sheet.SheetColumn(
            "child_lines",
            "list",
            f"{_COUNTING}: product types in which children are counted, such as Medical;Dental. Blank: all.",
            values=PRODUCT_TYPES,
        ),
        sheet.SheetColumn(
            "axes", "list", "What the rate varies by, such as age;tobacco. Blank: one rate for all.", values=AXES
        ),
        sheet.text(
            "limits",
            "Least and greatest value of banded axes, such as age:18-64;group_size:2-50. Blank: none.",
            255,
        ),
        sheet.choice(
            "outside_table",
            "A value beyond the limits: priced like the limit, or an issue.",
            sheet.names_of(OutsideTable),
            "CLAMP",
        ),
        sheet.SheetColumn(
            "factor_tables",
            "list",
            f"Factor tables that multiply the rate, in order; at most {MOST_FACTOR_TABLES}. A name such as"
            " curve:federal or curve:MA that no table has is the published age curve of the state.",
        ),
        sheet.text(
            "round_places",
            "Decimals kept after the rate and after each factor, such as 3;;2. Blank: only the premium is rounded.",
            40,
        ),
        sheet.choice(
            "money_rounding", "How a premium is rounded to the cent.", sheet.names_of(MoneyRounding), "HALF_UP"
        ),
        sheet.text(
            "base_table", "Rate table that prices each member, where this one's rates are solved from the census.", 255
        ),
        sheet.text("citation", _CITATION, 1000, required=True),
        sheet.date("filed_on", "When the table was filed."),
    ),
)

RATE_TABLE_PLANS = sheet.Sheet(
    "rate_table_plans",
    "What a table prices: a product, or one plan of one contract, whose own table beats its product's. One table each.",
    ("product_code", "contract_number", "plan_code"),
    (
        _TABLE,
        sheet.text("product_code", "Product priced; or else contract_number and plan_code.", 255),
        sheet.text("contract_number", "Contract of the plan priced.", 80),
        sheet.text("plan_code", "Plan or coverage priced.", 80),
    ),
)

RATE_CELLS = sheet.Sheet(
    "rate_cells",
    "The figures. All rows of one table and one effective_from are a version; it is taken whole or not at all, and "
    "ends where the next begins. A single row with blank keys and blank rate closes the table from that day.",
    ("rate_table", "effective_from", *AXES),
    (
        _TABLE,
        sheet.date("effective_from", "First day of the version.", required=True),
        sheet.text("age", "Lower bound of the ages, in years; * is any.", 40),
        sheet.text("gender", "Male or Female; * is any.", 40),
        sheet.text("tobacco", "Smoker or Non-Smoker; * is any.", 40),
        sheet.text(
            "tier", "EE ES EC FAM, or EE ES E1C ECN FAM, or EE EE+1 FAM, or EE FAM: one set per table; * is any.", 40
        ),
        sheet.text("area", "Rating area; * is any.", 40),
        sheet.text("class", "Name of a class; * is any.", 255),
        sheet.text(
            "relationship", "Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other; * is any.", 40
        ),
        sheet.text("salary", "Lower bound of annual pay, in dollars; * is any.", 40),
        sheet.text("industry", "Code of the industry, as on the sheet contracts; * is any.", 40),
        sheet.text("plan", "Code of the root plan, as on the sheet plans; * is any.", 80),
        sheet.text("group_size", "Lower bound of the employees of the group; * is any.", 40),
        sheet.text("participation", "Lower bound of the percent of eligible employees enrolled; * is any.", 40),
        sheet.text("duration", "Lower bound of the months since the product was first held; * is any.", 40),
        sheet.text("service", "Lower bound of the employee's completed years of service; * is any.", 40),
        sheet.text("female_percent", "Lower bound of the percent of women in the group; * is any.", 40),
        sheet.SheetColumn(
            "rate",
            "decimal",
            "Dollars per unit, or the factor. Blank closes the cell.",
            lowest=0,
            highest=1_000_000_000,
            places=6,
        ),
    ),
)

CONTRIBUTIONS = sheet.Sheet(
    "contributions",
    "What the employer pays for a class. One row per rule; a plan beats a product, a product beats a category,"
    " and each of them a rule for every plan.",
    ("account_number", "class_name", "name"),
    (
        _ACCOUNT,
        _CLASS,
        sheet.text("name", "Name of the rule, unique in its class.", 255, required=True),
        sheet.choice("type", "What the employer pays; a rule without type is not used.", SHARE_TYPES),
        # The lower bounds of these two have published errors of their own (schemas.shelf_rules).
        sheet.SheetColumn(
            "amount",
            "dollars",
            "Employer money in dollars: for each coverage (Amount), or over all plans (Defined Contribution).",
            highest=10_000_000_000,
            places=2,
        ),
        sheet.SheetColumn(
            "percentage",
            "decimal",
            "Employer percent, 0 to 100: of the premium, of the reference plan's, or of the employee-only premium.",
            places=4,
        ),
        sheet.decimal(
            "dependent_percentage",
            "Employee And Increment: employer percent of what dependents add to the employee-only premium.",
            100,
            4,
        ),
        sheet.text(
            "reference_plan", "Reference Plan: code of the plan of the contract whose premium is the measure.", 80
        ),
        sheet.choice("grade", "What the amount or percentage depends on; its values are steps.", sheet.names_of(Grade)),
        sheet.text(
            "steps",
            "Values by grade: EE:80;ES:60;EC:60;FAM:50 by tier, or 0:50;50000:60 from so many dollars of pay or"
            " years of service on.",
            255,
        ),
        sheet.choice(
            "amount_scope",
            "An Amount is paid for every coverage it matches, or once per plan.",
            sheet.names_of(AmountScope),
            "PER_COVERAGE",
        ),
        sheet.choice(
            "amount_period",
            "What the amount is for: the whole term, a month, or a year of twelve months.",
            ("TERM", "MONTHLY", "ANNUAL"),
            "TERM",
        ),
        sheet.choice(
            "member_type",
            "Whose premium: Subscriber or Dependent. Blank: Subscriber, but weaker.",
            ("Subscriber", "Dependent"),
        ),
        sheet.text("contract_number", "Contract of the plan named, or of the reference plan.", 80),
        sheet.text("plan_code", "Plan or coverage the rule is for.", 80),
        sheet.text("product_code", "Product the rule is for.", 255),
        sheet.choice("category", "Product type the rule is for.", PRODUCT_TYPES),
        sheet.text(
            "product_category_id",
            "Category of the product the rule is for, an id of the host system; beside a product type both must match.",
            18,
        ),
        sheet.choice(
            "target_type",
            "EVERY_PLAN: a Defined Contribution that names no target. It is one sum per family for all plans that no"
            " other rule pays for, used up in the order of their priority. Blank: what the rule names.",
            (TargetKind.EVERY_PLAN.name,),
        ),
        sheet.dollars("cap_amount", "The most the employer pays per coverage and term, in dollars."),
        sheet.dollars("family_cap_amount", "The most the employer pays per family, plan and term, in dollars."),
        sheet.dollars(
            "floor_amount", "The least the employer pays per coverage and term, in dollars; premium at most."
        ),
        sheet.date(
            "effective_start",
            "First day of the rule; blank is open. A rule counts only if it spans the contract's term.",
        ),
        sheet.date("effective_end", "Last day of the rule; blank is open."),
        sheet.SheetColumn(
            "modified_at",
            "instant",
            "When the rule was last changed, UTC; the later of two rules wins. Blank: when it is loaded.",
        ),
    ),
)

RATING_AREAS = sheet.Sheet(
    "rating_areas",
    "ZIP code to rating area, for contracts that state none. The longest prefix counts.",
    ("state", "postal_prefix", "effective_from"),
    (
        sheet.text("state", "State, written as on the sheet accounts.", 80, required=True),
        sheet.text("postal_prefix", "First three to five digits of the ZIP code.", 20, required=True),
        sheet.text("rating_area", "Rating area.", 40, required=True),
        sheet.date("effective_from", "First day of the entry.", required=True),
        sheet.text("citation", _CITATION, 1000),
    ),
)
