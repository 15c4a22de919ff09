"""The published objects that can be created, read and changed one record at a time (decisions, 18).

What lives here: declarations: which sheet of the shelf a record goes through, what its fields are called there, and
which fields name other records. What does not: acts on records (`services.records.records`).

Fields keep the names of the object. Fields without a name of the object's own (prorating, benefits) are those of the
sheet in the object's spelling: `proration_method` is `ProrationMethod`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas import plans, reference
from schemas.census import CENSUS_MEMBER, GROUP_CENSUS
from schemas.table import Table
from services.shelf.columns import SHEETS
from services.shelf.sheet import Sheet


@dataclass(frozen=True)
class RecordObject:
    """An object: its table, whose ids `kind` of `services.scope` knows, and its way through the shelf.

    `parents` are fields that hold an id: the kind of the record named, and for each column of that record's natural key
    the column of the sheet. `fixed` fields cannot be changed: the sheet knows a record by them. An object without a
    sheet is only read here.
    """

    name: str
    table: Table
    kind: str | None
    sheet: Sheet | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    is_of_all_accounts: bool = False
    """Not a record of one account: only callers who see every account make or change it."""

    @property
    def key(self) -> str:
        """The column of the id."""
        return self.table.key[0]


def spelled(column: str) -> str:
    """A column in the spelling of objects.

    >>> spelled("proration_method")
    'ProrationMethod'
    """
    return "".join(word.capitalize() for word in column.split("_"))


def _rest(sheet: Sheet, named: Mapping[str, str], *besides: str) -> dict[str, str]:
    """The named fields, and every other column of the sheet under its own name."""
    taken = {*named.values(), *besides}
    return dict(named) | {spelled(c.name): c.name for c in sheet.columns if c.name not in taken}


_ACCOUNT = {"account_number": "account_number"}
_CONTRACT = {"contract_number": "contract_number"}
_DATES = {"EffectiveStartDate": "effective_start", "EffectiveEndDate": "effective_end"}

OBJECTS: dict[str, RecordObject] = {
    each.name.lower(): each
    for each in (
        RecordObject(
            "Account",
            plans.ACCOUNT,
            "account",
            SHEETS["accounts"],
            {
                "Name": "account_name",
                "AccountNumber": "account_number",
                "BillingStreet": "street",
                "BillingCity": "city",
                "BillingState": "state",
                "BillingPostalCode": "postal_code",
                "BillingCountry": "country",
            },
            required=("Name",),
            fixed=("AccountNumber",),
            is_of_all_accounts=True,
        ),
        RecordObject(
            "GroupClass",
            plans.GROUP_CLASS,
            "group_class",
            SHEETS["classes"],
            {"Name": "class_name", "Code": "class_code", "Category": "category", "Description": "description"} | _DATES,
            {"AccountId": ("account", _ACCOUNT)},
            required=("AccountId", "Name"),
            fixed=("AccountId", "Name"),
        ),
        RecordObject(
            "Product2",
            plans.PRODUCT,
            "product",
            SHEETS["products"],
            {"ProductCode": "product_code", "Name": "product_name", "ProductType": "product_type"},
            {"ParentProductId": ("product", {"product_code": "parent_product_code"})},
            required=("ProductCode", "Name", "ProductType"),
            fixed=("ProductCode",),
            is_of_all_accounts=True,
        ),
        RecordObject(
            "Contract",
            plans.CONTRACT,
            "contract",
            SHEETS["contracts"],
            _rest(
                SHEETS["contracts"],
                {"ContractNumber": "contract_number", "StartDate": "start_date", "EndDate": "end_date"},
                "account_number",
            ),
            {"AccountId": ("account", _ACCOUNT)},
            required=("AccountId", "ContractNumber", "StartDate", "EndDate"),
            fixed=("AccountId", "ContractNumber"),
        ),
        RecordObject(
            "ContractGroupPlan",
            plans.CONTRACT_PLAN,
            "contract_plan",
            SHEETS["plans"],
            _rest(
                SHEETS["plans"],
                {"Name": "plan_name", "auto_assign": "auto_assign"} | _DATES,
                *("contract_number", "parent_plan_code", "product_code"),
            ),
            {
                "ContractId": ("contract", _CONTRACT),
                "ContractGroupParentPlanId": ("contract_plan", {"plan_code": "parent_plan_code"}),
                "ProductId": ("product", {"product_code": "product_code"}),
            },
            required=("ContractId", "Name", "ProductId"),
            fixed=("ContractId", "PlanCode"),
        ),
        RecordObject(
            "ContractGroupPlanGroupClass",
            plans.CONTRACT_PLAN_CLASS,
            None,
            SHEETS["plan_classes"],
            {},
            {
                "ContractGroupPlanId": (
                    "contract_plan",
                    {"contract_number": "contract_number", "plan_code": "plan_code"},
                ),
                "GroupClassId": ("group_class", {"class_name": "class_name"}),
            },
            required=("ContractGroupPlanId", "GroupClassId"),
        ),
        RecordObject(
            "GroupClassContribution",
            reference.CONTRIBUTION_RULE,
            "contribution_rule",
            SHEETS["contributions"],
            _rest(
                SHEETS["contributions"],
                {"Name": "name", "GroupBenefitProductCategory": "category"} | _DATES,
                *("account_number", "class_name", "contract_number", "plan_code", "product_code", "reference_plan"),
            ),
            {
                "GroupClassId": ("group_class", {"account_number": "account_number", "class_name": "class_name"}),
                "ContractGroupPlanId": (
                    "contract_plan",
                    {"contract_number": "contract_number", "plan_code": "plan_code"},
                ),
                "ReferencePlanId": (
                    "contract_plan",
                    {"contract_number": "contract_number", "plan_code": "reference_plan"},
                ),
                "ProductId": ("product", {"product_code": "product_code"}),
            },
            required=("GroupClassId", "Name"),
            fixed=("GroupClassId", "Name"),
        ),
        RecordObject(
            "RateTable",
            reference.RATE_TABLE,
            "rate_table",
            SHEETS["rate_tables"],
            _rest(SHEETS["rate_tables"], {"Name": "rate_table"}),
            required=("Name", "Method", "RateUnit", "Axes", "Citation"),
            fixed=("Name",),
            is_of_all_accounts=True,
        ),
        RecordObject("GroupCensus", GROUP_CENSUS, "census"),
        RecordObject("GroupCensusMember", CENSUS_MEMBER, "member"),
        RecordObject("GroupCensusMemberPlan", plans.MEMBER_PLAN, "member_plan"),
    )
}
"""Every object by its name in lower case."""

CELL = {spelled(c.name): c.name for c in SHEETS["rate_cells"].columns if c.name != "rate_table"}
"""Fields of one cell of a rate table."""
