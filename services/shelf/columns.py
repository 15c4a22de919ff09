"""Every sheet of the shelf and every column of it, said once.

What lives here: names, kinds, limits and meanings, as data for the reader, the rules, the templates and the
documentation. What does not: acts on rows, and rules that speak of more than one column (`schemas.shelf_rules`).

Records are named by natural keys (a number, a code, a name), never by ids; keys match whatever their case.
"""

from dataclasses import dataclass, field

from rating.codes import AgeBasis, Axis, BenefitRounding, Period, Proration, VolumeRounding
from rating.methods import CODES
from schemas.plans import PRODUCT_TYPES

FACTOR = "factor"
"""Method of a table whose cells are factors, not prices."""

METHODS = (*CODES, FACTOR)
AXES = tuple(axis.name.lower() for axis in Axis)
MOST_FACTOR_TABLES = 4


@dataclass(frozen=True)
class SheetColumn:
    """A column: `kind` says how its text is read, the rest what a good value is.

    Kinds: text, list (parts between semicolons, of `values` where there are any), choice (one of `values`), date,
    instant, dollars, decimal, whole, flag. `default` is what a blank cell means.
    """

    name: str
    kind: str
    says: str
    required: bool = False
    longest: int | None = None
    values: tuple[str, ...] = ()
    lowest: int | None = None
    highest: int | None = None
    places: int | None = None
    default: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet: what it states, its columns, and the columns that name a row."""

    name: str
    says: str
    key: tuple[str, ...]
    columns: tuple[SheetColumn, ...] = field(repr=False)

    def column(self, name: str) -> SheetColumn:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _text(name: str, says: str, longest: int, *, required: bool = False) -> SheetColumn:
    return SheetColumn(name, "text", says, required, longest)


def _choice(
    name: str, says: str, values: tuple[str, ...], default: str | None = None, *, required: bool = False
) -> SheetColumn:
    return SheetColumn(name, "choice", says, required, values=values, default=default)


def _date(name: str, says: str, *, required: bool = False) -> SheetColumn:
    return SheetColumn(name, "date", says, required)


def _dollars(name: str, says: str) -> SheetColumn:
    return SheetColumn(name, "dollars", says, lowest=0, highest=10_000_000_000, places=2)


def _whole(name: str, says: str, lowest: int, highest: int, default: str | None = None) -> SheetColumn:
    return SheetColumn(name, "whole", says, lowest=lowest, highest=highest, default=default)


def _names(enum: type) -> tuple[str, ...]:
    return tuple(member.name for member in enum)  # type: ignore[attr-defined]


_ACCOUNT = _text("account_number", "Number of the account.", 40, required=True)
_CONTRACT = _text("contract_number", "Number of the contract.", 80, required=True)
_CLASS = _text("class_name", "Name of the class, as on the sheet classes.", 255, required=True)
_PLAN = _text("plan_code", "Code of the plan or coverage.", 80, required=True)
_TABLE = _text("rate_table", "Name of the rate table.", 255, required=True)
_CITATION = "Where the figures come from: a filing, a web page, a letter."

ACCOUNTS = Sheet(
    "accounts",
    "Employers. One row per account.",
    ("account_number",),
    (
        _text("account_number", "Number by which people and files know the account.", 40, required=True),
        _text("account_name", "Name of the account.", 255, required=True),
        _text("street", "Street.", 255),
        _text("city", "City.", 40),
        _text("state", "State, such as MA; used to find the rating area.", 80),
        _text("postal_code", "ZIP code, leading zeros kept; used to find the rating area.", 20),
        _text("country", "Country.", 80),
    ),
)

CLASSES = Sheet(
    "classes",
    "Employees of an account with like benefits. One row per class.",
    ("account_number", "class_name"),
    (
        _ACCOUNT,
        _text("class_name", "Name of the class, unique in its account; census files name it.", 255, required=True),
        _text("class_code", "Short code.", 255),
        _text("category", "Category of the class.", 40),
        _text("description", "Description.", 255),
        _date("effective_start", "First day the class is valid; blank is open."),
        _date("effective_end", "Last day the class is valid; blank is open."),
    ),
)

PRODUCTS = Sheet(
    "products",
    "What a carrier sells. One row per product, and one per coverage of a product.",
    ("product_code",),
    (
        _text("product_code", "Code of the product, unique.", 255, required=True),
        _text("product_name", "Name of the product.", 255, required=True),
        _choice("product_type", "Line of the product.", PRODUCT_TYPES, required=True),
        _text("parent_product_code", "Root product of a coverage; blank on a root.", 255),
    ),
)

CONTRACTS = Sheet(
    "contracts",
    "Agreements with accounts. One row per contract.",
    ("contract_number",),
    (
        _text("contract_number", "Number of the contract, unique.", 80, required=True),
        _ACCOUNT,
        _date("start_date", "First day of the term.", required=True),
        _date("end_date", "Last day of the term.", required=True),
        _choice("status", "Status of the contract.", ("Draft", "In Approval Process", "Activated"), "Activated"),
        _text("rating_area", "Rating area; blank: found from the ZIP code of the account.", 40),
    ),
)

PLANS = Sheet(
    "plans",
    "Plans of a contract and their coverages. One row each; a coverage names its root plan.",
    ("contract_number", "plan_code"),
    (
        _CONTRACT,
        _text("plan_code", "Code of the plan or coverage, unique in its contract.", 80, required=True),
        _text("plan_name", "Name, unique in its contract; census cells name it.", 255, required=True),
        _text("parent_plan_code", "Root plan of a coverage; blank on a root plan.", 80),
        _text("product_code", "Product of the plan or coverage.", 255, required=True),
        SheetColumn(
            "is_optional", "flag", "false: a mandatory coverage, held by all who hold its root.", default="false"
        ),
        _choice("status", "Only an Active plan can be chosen.", ("Active", "Inactive"), "Active"),
        _date("effective_start", "First day of the plan; blank: the contract's."),
        _date("effective_end", "Last day of the plan; blank: the contract's."),
        _choice(
            "proration_method",
            "How a part of the term is charged; coverages take their root's.",
            _names(Proration),
            "DAILY_TERM",
        ),
        _choice(
            "rate_basis_date",
            "Which day's rates count: the member's first day of cover, or the contract's start.",
            ("EFFECTIVE_DATE", "CONTRACT_START"),
            "EFFECTIVE_DATE",
        ),
        SheetColumn("auto_assign", "flag", "true: the contract gives the plan to everyone.", default="false"),
        _text("group_number", "Number that the carrier wants on enrollment.", 255),
        SheetColumn("benefit_multiple", "decimal", "Life: times annual pay.", lowest=0, highest=100, places=4),
        _dollars("benefit_flat_amount", "Life: the same amount for everyone, in dollars."),
        _dollars("benefit_increment", "Life: the amount is chosen in steps of so many dollars."),
        _choice(
            "volume_rounding", "Life: rounding of the amount before the maximum.", _names(VolumeRounding), "UP_1000"
        ),
        _dollars("benefit_maximum", "Life: the highest amount, in dollars."),
        _dollars("guaranteed_issue_amount", "Life: the highest amount without evidence of insurability, in dollars."),
        _text("age_reduction_schedule", "Life: age:percent left, ages ascending, such as 65:65;70:50.", 255),
        SheetColumn(
            "benefit_percent", "decimal", "Disability: percent of pay, such as 60.", lowest=0, highest=100, places=4
        ),
        _choice(
            "benefit_rounding", "Disability: rounding of the weekly benefit.", _names(BenefitRounding), "NEAREST_1"
        ),
        _dollars("maximum_benefit", "Disability: the highest benefit a week (STD) or a month (LTD), in dollars."),
    ),
)

PLAN_CLASSES = Sheet(
    "plan_classes",
    "Which classes a plan is open to. A plan with no row is open to all. "
    "The rows of a plan replace those stored for it.",
    ("contract_number", "plan_code", "class_name"),
    (_CONTRACT, _PLAN, _CLASS),
)

RATE_TABLES = Sheet(
    "rate_tables",
    "Filed tables of prices or factors. One row per table; its figures are on the sheet rate_cells.",
    ("rate_table",),
    (
        _text("rate_table", "Name of the table, unique.", 255, required=True),
        _choice(
            "method",
            "How the table prices a coverage; factor: its cells multiply the rates of other tables.",
            METHODS,
            required=True,
        ),
        _text("rate_unit", "What one unit of the rate is, in words: USD per person per month.", 255, required=True),
        _choice("rate_period", "The period one rate is for.", _names(Period), "MONTHLY"),
        _choice("age_basis", "How an age is counted.", _names(AgeBasis), "LAST_BIRTHDAY"),
        _choice(
            "age_date",
            "The day on which ages are taken.",
            ("PLAN_ANNIVERSARY", "JAN_1", "ATTAINED"),
            "PLAN_ANNIVERSARY",
        ),
        _whole("child_age", "child_capped: children below this age are counted.", 1, 120, "21"),
        _whole("child_count", "child_capped: so many of the oldest are charged.", 0, 100, "3"),
        SheetColumn(
            "axes", "list", "What the rate varies by, such as age;tobacco. Blank: one rate for all.", values=AXES
        ),
        SheetColumn(
            "factor_tables", "list", f"Factor tables that multiply the rate, in order; at most {MOST_FACTOR_TABLES}."
        ),
        _text("citation", _CITATION, 1000, required=True),
        _date("filed_on", "When the table was filed."),
    ),
)

RATE_TABLE_PLANS = Sheet(
    "rate_table_plans",
    "What a table prices: a product, or one plan of one contract, whose own table beats its product's. One table each.",
    ("product_code", "contract_number", "plan_code"),
    (
        _TABLE,
        _text("product_code", "Product priced; or else contract_number and plan_code.", 255),
        _text("contract_number", "Contract of the plan priced.", 80),
        _text("plan_code", "Plan or coverage priced.", 80),
    ),
)

RATE_CELLS = Sheet(
    "rate_cells",
    "The figures. All rows of one table and one effective_from are a version; it is taken whole or not at all, and "
    "ends where the next begins. A single row with blank keys and blank rate closes the table from that day.",
    ("rate_table", "effective_from", *AXES),
    (
        _TABLE,
        _date("effective_from", "First day of the version.", required=True),
        _text("age", "Lower bound of the ages, in years; * is any.", 40),
        _text("gender", "Male or Female; * is any.", 40),
        _text("tobacco", "Smoker or Non-Smoker; * is any.", 40),
        _text(
            "tier", "EE ES EC FAM, or EE ES E1C ECN FAM, or EE EE+1 FAM, or EE FAM: one set per table; * is any.", 40
        ),
        _text("area", "Rating area; * is any.", 40),
        _text("class", "Name of a class; * is any.", 255),
        _text("relationship", "Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other; * is any.", 40),
        _text("salary", "Lower bound of annual pay, in dollars; * is any.", 40),
        SheetColumn(
            "rate",
            "decimal",
            "Dollars per unit, or the factor. Blank closes the cell.",
            lowest=0,
            highest=1_000_000_000,
            places=6,
        ),
    ),
)

CONTRIBUTIONS = Sheet(
    "contributions",
    "What the employer pays for a class. One row per rule; a plan beats a product, a product beats a category.",
    ("account_number", "class_name", "name"),
    (
        _ACCOUNT,
        _CLASS,
        _text("name", "Name of the rule, unique in its class.", 255, required=True),
        _choice("type", "Amount or Percentage; a rule without type is not used.", ("Amount", "Percentage")),
        # The lower bounds of these two have published errors of their own (schemas.shelf_rules).
        SheetColumn(
            "amount", "dollars", "Employer money in dollars, for type Amount.", highest=10_000_000_000, places=2
        ),
        SheetColumn(
            "percentage", "decimal", "Employer percent of the premium, 0 to 100, for type Percentage.", places=4
        ),
        _choice("amount_period", "What the amount is for: the whole term, or a month.", ("TERM", "MONTHLY"), "TERM"),
        _choice(
            "member_type",
            "Whose premium: Subscriber or Dependent. Blank: Subscriber, but weaker.",
            ("Subscriber", "Dependent"),
        ),
        _text("contract_number", "Contract of the plan named.", 80),
        _text("plan_code", "Plan or coverage the rule is for.", 80),
        _text("product_code", "Product the rule is for.", 255),
        _choice("category", "Product type the rule is for.", PRODUCT_TYPES),
        _dollars("cap_amount", "The most the employer pays per coverage and term, in dollars."),
        _date(
            "effective_start",
            "First day of the rule; blank is open. A rule counts only if it spans the contract's term.",
        ),
        _date("effective_end", "Last day of the rule; blank is open."),
        SheetColumn(
            "modified_at",
            "instant",
            "When the rule was last changed, UTC; the later of two rules wins. Blank: when it is loaded.",
        ),
    ),
)

RATING_AREAS = Sheet(
    "rating_areas",
    "ZIP code to rating area, for contracts that state none. The longest prefix counts.",
    ("state", "postal_prefix", "effective_from"),
    (
        _text("state", "State, written as on the sheet accounts.", 80, required=True),
        _text("postal_prefix", "First three to five digits of the ZIP code.", 20, required=True),
        _text("rating_area", "Rating area.", 40, required=True),
        _date("effective_from", "First day of the entry.", required=True),
        _text("citation", _CITATION, 1000),
    ),
)

CENSUSES = Sheet(
    "censuses",
    "Lists of members to be loaded. Needed only to name them yourself: loading a census file makes its census.",
    ("contract_number", "census_name"),
    (
        _CONTRACT,
        _text("census_name", "Name of the census, unique in its contract.", 255, required=True),
        _choice("type", "Kind of census.", ("Enrollment", "Lead", "Quote", "System"), "Enrollment"),
        _date("effective_start", "First day the census speaks for; blank: the contract's."),
        _date("effective_end", "Last day the census speaks for; blank: the contract's."),
    ),
)

SHEETS: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        ACCOUNTS,
        CLASSES,
        PRODUCTS,
        CONTRACTS,
        PLANS,
        PLAN_CLASSES,
        RATE_TABLES,
        RATE_TABLE_PLANS,
        RATE_CELLS,
        CONTRIBUTIONS,
        RATING_AREAS,
        CENSUSES,
    )
}
"""Every sheet by name, in the order of loading."""

NOT_SHEETS = frozenset({"read_me", "readme", "cohort", "census_example"})
"""Files and sheets that may lie beside the sheets; they are passed over without a word."""
