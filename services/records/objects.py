"""The published objects that can be created, read and changed one record at a time (decisions, 18).

What lives here: declarations: which sheet of the shelf a record goes through, what its fields are called there, which
fields name other records, and which no sheet states. What does not: acts on records (`services.records.records`).

Fields keep the names of the object. Fields without a name of the object's own (prorating, benefits) are those of the
sheet in the object's spelling: `proration_method` is `ProrationMethod`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas import jobs, people, plans, policies, quotes, reference
from schemas.census import CENSUS_MEMBER, CENSUS_SUMMARY, GROUP_CENSUS
from schemas.table import Table
from services.records import attributes, censuses
from services.records.own import Own, can_be_rated, own
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
    own: Own = field(default_factory=dict)
    """Fields that no sheet states."""
    moments: tuple[str, ...] = ()
    """Days that are published as moments: of a moment stated, the date part counts."""
    is_only_changed: bool = False
    """Made by a service of its own; the fields of its own can be changed here."""
    id_column: str | None = None
    """The column of the id, where it is not the table's key."""

    @property
    def key(self) -> str:
        """The column of the id."""
        return self.id_column or self.table.key[0]


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
_QUOTE = {"quote_number": "quote_number"}
_MEASURE = ("contract_plan", {"contract_number": "contract_number", "plan_code": "reference_plan"})
_DATES = {"EffectiveStartDate": "effective_start", "EffectiveEndDate": "effective_end"}
_ENROLLMENT = {
    "EnrollmentStartDate": "enrollment_start",
    "EnrollmentEndDate": "enrollment_end",
    "EnrollmentWaitingPeriod": "enrollment_waiting_period",
    "IsSelfServiceWindowEnforced": "is_window_enforced",
}
_INSURANCE = (
    own(plans.CONTRACT, "source_quote_id", is_read_only=True)
    | own(plans.CONTRACT, "prior_contract_id", is_read_only=True)
    | own(plans.CONTRACT, "pricebook_id")
    | own(plans.CONTRACT, "enrollment_census_id", refers="census", is_of_account=True)
    | own(plans.CONTRACT, "brokerage_agency_id", refers="account")
    | own(plans.CONTRACT, "producer_id")
    | own(plans.CONTRACT, "business_license_id")
    | own(plans.CONTRACT, "underwriter_id", refers="user")
    | own(plans.CONTRACT, "record_source", is_read_only=True)
    | own(plans.CONTRACT, "contribution_strategy", values=plans.STRATEGIES, default="CURRENT")
)
"""What is known of an insurance contract beside its sheet; the two objects Contract and InsuranceContract share it."""

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
            own=own(plans.ACCOUNT, "phone_number") | own(plans.ACCOUNT, "record_type_name"),
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
            own=own(plans.GROUP_CLASS, "parent_group_class_id", is_read_only=True)
            | own(plans.GROUP_CLASS, "usage_type", values=plans.USAGE_TYPES, default="Insurance"),
        ),
        RecordObject(
            "Product2",
            plans.PRODUCT,
            "product",
            SHEETS["products"],
            {
                "ProductCode": "product_code",
                "Name": "product_name",
                "ProductType": "product_type",
                "ProductCategoryId": "product_category_id",
            },
            {"ParentProductId": ("product", {"product_code": "parent_product_code"})},
            required=("ProductCode", "Name", "ProductType"),
            fixed=("ProductCode",),
            is_of_all_accounts=True,
            own=own(plans.PRODUCT, "is_active", default=True),
        ),
        RecordObject(
            "Contract",
            plans.CONTRACT,
            "contract",
            SHEETS["contracts"],
            _rest(
                SHEETS["contracts"],
                {"ContractNumber": "contract_number", "StartDate": "start_date", "EndDate": "end_date"} | _ENROLLMENT,
                "account_number",
            ),
            {"AccountId": ("account", _ACCOUNT)},
            required=("AccountId", "ContractNumber", "StartDate", "EndDate"),
            fixed=("AccountId", "ContractNumber"),
            own=_INSURANCE,
        ),
        RecordObject(
            "InsuranceContract",
            plans.CONTRACT,
            "contract",
            SHEETS["contracts"],
            {"RatingArea": "rating_area"} | _ENROLLMENT,
            {"ContractId": ("contract", _CONTRACT)},
            required=("ContractId",),
            fixed=("ContractId",),
            own=_INSURANCE,
        ),
        RecordObject(
            "ContractGroupPlan",
            plans.CONTRACT_PLAN,
            "contract_plan",
            SHEETS["plans"],
            _rest(
                SHEETS["plans"],
                {
                    "Name": "plan_name",
                    "auto_assign": "auto_assign",
                    "EnrollmentStartDate": "enrollment_start",
                    "EnrollmentEndDate": "enrollment_end",
                    "ProrationCutoffDay": "wash_day",
                }
                | _DATES,
                *("contract_number", "parent_plan_code", "product_code"),
            ),
            {
                "ContractId": ("contract", _CONTRACT),
                "AccountId": ("account", {}),
                "ContractGroupParentPlanId": ("contract_plan", {"plan_code": "parent_plan_code"}),
                "ProductId": ("product", {"product_code": "product_code"}),
            },
            required=("ContractId", "Name", "ProductId"),
            fixed=("ContractId", "PlanCode"),
            own=own(plans.CONTRACT_PLAN, "plan_type", is_read_only=True)
            | own(plans.CONTRACT_PLAN, "product_category_id")
            | own(plans.CONTRACT_PLAN, "enrollment_rating_type", values=plans.RATING_TYPES)
            | own(plans.CONTRACT_PLAN, "unit_price_cents")
            | own(plans.CONTRACT_PLAN, "pricing_structure", fits=can_be_rated)
            | own(plans.CONTRACT_PLAN, "original_plan_id", refers="contract_plan", is_of_account=True)
            | own(plans.CONTRACT_PLAN, "quote_line_id", is_read_only=True)
            | own(plans.CONTRACT_PLAN, "usage_type", values=plans.USAGE_TYPES, default="Insurance"),
            moments=tuple(_DATES),
        ),
        RecordObject(
            "ContractGroupPlanGroupClass",
            plans.CONTRACT_PLAN_CLASS,
            "plan_class",
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
            fixed=("ContractGroupPlanId", "GroupClassId"),
            own=own(plans.CONTRACT_PLAN_CLASS, "name")
            | own(plans.CONTRACT_PLAN_CLASS, "currency_iso_code", values=plans.CURRENCIES, default="USD")
            | own(plans.CONTRACT_PLAN_CLASS, "owner_id", refers="user"),
            id_column="contract_plan_class_id",
        ),
        RecordObject(
            "ContractGroupPlanAttribute",
            plans.CONTRACT_PLAN_ATTRIBUTE,
            "plan_attribute",
            own=attributes.FIELDS,
            id_column="contract_plan_attribute_id",
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
                "BaseContractGroupPlanId": _MEASURE,
                "ReferencePlanId": _MEASURE,
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
            required=("Name", "Method", "RateUnit", "Citation"),
            fixed=("Name",),
            is_of_all_accounts=True,
        ),
        RecordObject(
            "Quote",
            quotes.QUOTE,
            "quote",
            SHEETS["quotes"],
            _rest(
                SHEETS["quotes"],
                {"Name": "quote_name", "QuoteNumber": "quote_number"},
                *("account_number", "quote_account_number", "census"),
            ),
            {
                "AccountId": ("account", _ACCOUNT),
                "QuoteAccountId": ("account", {"account_number": "quote_account_number"}),
                "GroupCensusId": ("census", {"census": "census"}),
            },
            required=("Name",),
            fixed=("QuoteNumber", "AccountId"),
        ),
        RecordObject(
            "QuoteLineItem",
            quotes.QUOTE_LINE,
            "quote_line",
            SHEETS["quote_lines"],
            {
                "instanceKey": "line_key",
                "level": "level",
                "Name": "line_name",
                "isOptional": "is_optional",
                "Quantity": "quantity",
            },
            {
                "QuoteId": ("quote", _QUOTE),
                "ParentQuoteLineItemId": ("quote_line", {"line_key": "parent_line_key"}),
                "Product2Id": ("product", {"product_code": "product_code"}),
                "GroupClassId": ("group_class", {"class_name": "class_name"}),
            },
            required=("QuoteId",),
            fixed=("QuoteId", "instanceKey", "level", "ParentQuoteLineItemId", "Product2Id"),
        ),
        RecordObject(
            "QuoteLineItemAttribute",
            quotes.QUOTE_LINE_ATTRIBUTE,
            "quote_line_attribute",
            SHEETS["quote_line_attributes"],
            {
                "AttributeName": "attribute_name",
                "Value": "value",
                "AttributeDefinitionId": "attribute_definition",
                "AttributePicklistValueId": "attribute_picklist_value",
            },
            {"QuoteLineItemId": ("quote_line", _QUOTE | {"line_key": "line_key"})},
            required=("QuoteLineItemId", "AttributeName", "Value"),
            fixed=("QuoteLineItemId", "AttributeName"),
        ),
        RecordObject("GroupCensus", GROUP_CENSUS, "census", own=censuses.FIELDS),
        RecordObject("GroupCensusMember", CENSUS_MEMBER, "member"),
        RecordObject("GroupCensusMemberPlan", plans.MEMBER_PLAN, "member_plan"),
        RecordObject("ContractGrpPlanGrpClsAttr", plans.CONTRACT_PLAN_CLASS_ATTRIBUTE, "plan_class_attribute"),
        RecordObject("GrpCensusGrpClassSummary", CENSUS_SUMMARY, "class_summary"),
        RecordObject("Contact", people.CONTACT, "contact"),
        RecordObject("User", people.PORTAL_USER, "user"),
        RecordObject(
            "InsurancePolicy", policies.POLICY, "policy", own=own(policies.POLICY, "paid_to_date"), is_only_changed=True
        ),
        RecordObject("InsurancePolicyParticipant", policies.PARTICIPANT, "participant"),
        RecordObject("InsurancePolicyCoverage", policies.POLICY_COVERAGE, "policy_coverage"),
        RecordObject(
            "PolicyPaymentSchedule",
            policies.PAYMENT,
            "payment",
            own=own(policies.PAYMENT, "is_paid"),
            is_only_changed=True,
        ),
        RecordObject("PolicyTransaction", policies.POLICY_TRANSACTION, "policy_transaction"),
        RecordObject("PolicyTransactionLine", policies.POLICY_TRANSACTION_LINE, "policy_transaction_line"),
        RecordObject("InsuranceAsyncBulkRequest", jobs.REQUEST, "request"),
        RecordObject("InsuranceAsyncBulkRequestItem", jobs.ITEM, "async_item"),
        RecordObject("InsuranceAsyncBulkRecordDetail", jobs.DETAIL, "async_detail"),
        RecordObject("InsuranceRatingRequest", jobs.RATING_REQUEST, "rating_request"),
    )
}
"""Every object by its name in lower case."""

PERSON_ACCOUNT = RecordObject("Account", people.PERSON_ACCOUNT, "person_account")
"""Accounts that are persons: read under the same name as the others, and made by services of their own."""

CELL = {spelled(c.name): c.name for c in SHEETS["rate_cells"].columns if c.name != "rate_table"}
"""Fields of one cell of a rate table."""
