"""Accounts, classes, contracts, plans and selections.

What lives here: declarations of the shelf of a group (who it is, what it offers, to whom) and of the
members' selections. What does not: prices and contribution rules (`schemas.reference`).

Sources: the published objects Account, GroupClass, Product, Contract with InsuranceContract,
ContractGroupPlan, ContractGroupPlanGroupClass, ContractGroupPlanAttribute, GroupCensusMemberPlan.
"""

from schemas.table import Column, Table, cents, day, flag, instant, key, text, whole

PRODUCT_TYPES = (
    "Medical",
    "Dental",
    "Vision",
    "Life",
    "AD&D",
    "Supplemental Life",
    "STD",
    "LTD",
    "Critical Illness",
    "Accident",
    "Hospital",
    "Medical Savings Account",
    "Retirement",
)
"""The one value list of product type, plan type, product category and opt-out."""

USAGE_TYPES = ("Insurance",)
CURRENCIES = ("AED", "CAD", "GBP", "JPY", "USD")
RATING_TYPES = ("CompositeRate",)
STRATEGIES = ("CURRENT", "LEGACY_PER_LEVEL")
"""Values of the closed lists of these objects."""


def _created() -> Column:
    return instant("created_at", "When the record was made; null where it was made without saying so.", "CreatedDate")


def _usage() -> Column:
    return text("usage_type", "Insurance (also null).", "UsageType", longest=40)


BENEFIT_ATTRIBUTES = (
    "BenefitMultiple",
    "BenefitFlatAmount",
    "BenefitIncrement",
    "VolumeRounding",
    "BenefitMaximum",
    "GuaranteedIssueAmount",
    "AgeReductionSchedule",
    "BenefitPercent",
    "BenefitRounding",
    "MaximumBenefit",
    "BenefitMinimum",
    "BenefitPayMultipleMaximum",
    "BenefitPercentOfEmployee",
    "GuaranteedIssueSchedule",
    "GuaranteedIssueMinimumParticipation",
    "AgeReductionDate",
    "CoveredPayMaximum",
    "RequiredPremium",
    "ExperienceRate",
    "LifeYears",
    "FullCredibilityLifeYears",
    "DependentAgeLimit",
    "DependentAgeOut",
)
"""Attribute names of a contract plan that benefits, rates made from the census or from experience, and the age
limit of children read."""

ACCOUNT = Table(
    "book.account",
    "Employers that sponsor plans, and other parties.",
    (
        key("account_id", "Id of the account.", "Id", required=True),
        text(
            "account_number",
            "Number by which people and files know the account.",
            "AccountNumber",
            longest=40,
            required=True,
        ),
        text("name", "Name of the account.", "Name", longest=255, required=True),
        text("street", "Street.", "BillingStreet", longest=255),
        text("city", "City.", "BillingCity", longest=40),
        text("state", "State.", "BillingState", longest=80),
        text("postal_code", "ZIP code.", "BillingPostalCode", longest=20),
        text("country", "Country.", "BillingCountry", longest=80),
        text("phone_number", "Telephone number.", "Phone", longest=40),
        text("record_type_name", "Record type, in the words of the host.", "RecordTypeName", longest=80),
        _created(),
        instant("modified_at", "When the account last changed.", "LastModifiedDate", required=True),
    ),
    key=("account_id",),
    is_key_enforced=True,
)

GROUP_CLASS = Table(
    "book.group_class",
    "Employees of an account with like benefits, such as executives or hourly staff.",
    (
        key("group_class_id", "Id of the class.", "Id", required=True),
        key("account_id", "Group account of the class.", "AccountId", required=True),
        text("name", "Name of the class.", "Name", longest=255, required=True),
        text("code", "Short code.", "Code", longest=255),
        text("category", "Category of the class.", "Category", longest=40),
        text("description", "Description.", "Description", longest=255),
        day("effective_start_date", "First day the class is valid; null is open.", "EffectiveStartDate"),
        day("effective_end_date", "Last day the class is valid; null is open.", "EffectiveEndDate"),
        key("parent_group_class_id", "Always null: classes are not nested.", "ParentGroupClassId"),
        _usage(),
        _created(),
        instant("modified_at", "When the class last changed.", "LastModifiedDate", required=True),
    ),
    key=("group_class_id",),
    is_key_enforced=True,
)

PRODUCT = Table(
    "book.product",
    "What a carrier sells: a product, or a coverage of one.",
    (
        key("product_id", "Id of the product.", "Id", required=True),
        text("product_code", "Code of the product.", "ProductCode", longest=255, required=True),
        text("name", "Name of the product.", "Name", longest=255, required=True),
        text("product_type", "Medical, Dental, Vision, Life and so on.", "ProductType", required=True),
        key("parent_product_id", "Root product of a coverage; null on a root.", "ParentProductId"),
        key("product_category_id", "Category of the product, an id of the host's.", "ProductCategoryId"),
        flag("is_active", "The product is sold (also null).", "IsActive"),
        _created(),
        instant("modified_at", "When the product last changed.", "LastModifiedDate", required=True),
    ),
    key=("product_id",),
    is_key_enforced=True,
)

CONTRACT = Table(
    "book.contract",
    "A group's agreement: its term, and what holds for all its plans.",
    (
        key("contract_id", "Id of the contract.", "Id", required=True),
        key("account_id", "Group account.", "AccountId", required=True),
        text(
            "contract_number",
            "Number by which sheets and files know the contract, unique in the book.",
            longest=80,
            required=True,
        ),
        text(
            "account_contract_number",
            "Number by which the account knows it, where another account's contract has that number; else null.",
            "ContractNumber",
            longest=80,
        ),
        day("start_date", "First day of the term.", "StartDate", required=True),
        day("end_date", "Last day of the term.", "EndDate", required=True),
        text("status", "Draft, In Approval Process or Activated.", "Status", required=True),
        text("rating_area", "Rating area of the employer's principal place of business.", "RatingArea", longest=40),
        text("industry_code", "Code of the employer's industry, for rates by industry.", longest=40),
        whole("group_size", "Employees of the group; null is counted on the census."),
        whole("eligible_employees", "Employees eligible, without valid waivers; null is counted on the census."),
        key("source_quote_id", "Quote the contract was made of.", "SourceQuoteId"),
        whole("contract_term", "Term in months as it was stated; null is that of the dates (CQ-5)."),
        key("prior_contract_id", "Contract that this one renews, or is a new version of.", "PriorContractId"),
        key("pricebook_id", "Price book, an id of the host's.", "Pricebook2Id"),
        key("enrollment_census_id", "Census used for enrollment.", "EnrollmentCensusId"),
        day("enrollment_start_date", "First day members may enroll; null is open.", "EnrollmentStartDate"),
        day("enrollment_end_date", "Last day members may enroll; null is open.", "EnrollmentEndDate"),
        whole("enrollment_waiting_period", "Days after joining before cover begins.", "EnrollmentWaitingPeriod"),
        key("brokerage_agency_id", "Account of the brokerage agency.", "BrokerageAgencyId"),
        key("producer_id", "Producer, an id of the host's.", "ProducerId"),
        key("business_license_id", "Licence of the agency, an id of the host's.", "BusinessLicenseId"),
        key("underwriter_id", "User who underwrites.", "UnderwriterId"),
        text("record_source", "DigitalInsurance, or null.", "RecordSource", longest=40),
        text(
            "contribution_strategy",
            "CURRENT (also null) or LEGACY_PER_LEVEL, for plans that state none (CB-13).",
            "ContributionStrategy",
            longest=40,
        ),
        flag(
            "is_self_service_window_enforced",
            "Members are held to the enrollment window (also null; EN-17).",
            "IsSelfServiceWindowEnforced",
        ),
        _created(),
        instant("modified_at", "When the contract last changed.", "LastModifiedDate", required=True),
    ),
    key=("contract_id",),
    is_key_enforced=True,
)

CONTRACT_PLAN = Table(
    "book.contract_plan",
    "Plans and coverages offered under a contract. A root plan has no parent; a coverage names its root.",
    (
        key("contract_plan_id", "Id of the plan or coverage.", "Id", required=True),
        key("contract_id", "Contract.", "ContractId", required=True),
        text("plan_code", "Code of the plan, unique in its contract.", longest=80, required=True),
        text("name", "Name; census cells name it.", "Name", longest=255, required=True),
        text("description", "What the plan is, for members.", "Description", longest=255),
        key("parent_plan_id", "Root plan of a coverage; null on a root.", "ContractGroupParentPlanId"),
        key("root_plan_id", "Root plan; on a root its own id.", required=True),
        key("product_id", "Product of the plan or coverage.", "ProductId", required=True),
        text("plan_type", "Product type of the root plan.", "PlanType", longest=255, required=True),
        flag("is_optional", "False: a mandatory coverage of its root.", "IsOptional", required=True),
        text("status", "Active or Inactive; only Active can be chosen.", "Status", required=True),
        day("effective_start_date", "First day of the plan; null is the contract's.", "EffectiveStartDate"),
        day("effective_end_date", "Last day of the plan; null is the contract's.", "EffectiveEndDate"),
        text(
            "proration_method",
            "How a part of the term is charged, such as DAILY_TERM; coverages inherit the root's.",
            "ProrationMethod",
            required=True,
        ),
        text("proration_end", "The same for cover that ends; null is as proration_method. Of root plans."),
        text("proration_change", "The same for a change of tier. Of root plans."),
        text("proration_newborn", "The same for a newborn. Of root plans."),
        whole(
            "wash_day",
            "MID_MONTH: last day of a month that counts as its beginning; null is 15. Of root plans.",
            "ProrationCutoffDay",
        ),
        whole("priority", "Order in which a defined contribution is used up, least first; null is 0. Of root plans."),
        text("contribution_strategy", "STANDARD (also null) or LEGACY_PER_LEVEL. Of root plans."),
        text("rate_basis_date", "EFFECTIVE_DATE or CONTRACT_START (MR-6).", "RateBasisDate", required=True),
        day(
            "enrollment_start_date", "First day members may choose by themselves; null is open.", "EnrollmentStartDate"
        ),
        day("enrollment_end_date", "Last day members may choose by themselves; null is open.", "EnrollmentEndDate"),
        flag("auto_assign", "The contract assigns the plan by itself (BC-65).", "auto_assign", required=True),
        text("group_number", "Number that enrollment needs.", "GroupNumber", longest=255),
        key("product_category_id", "Category of the product, an id of the host's.", "ProductCategoryId"),
        whole("enrollment_waiting_period", "Days after joining before cover begins.", "EnrollmentWaitingPeriod"),
        text(
            "enrollment_rating_type",
            "CompositeRate: rated by pricing_structure; null by the rate table.",
            "EnrollmentRatingType",
            longest=40,
        ),
        text("eligibility_criteria", "Who may choose the plan, in words.", "EligibilityCriteria", longest=255),
        cents("unit_price_cents", "Price of one unit.", "UnitPrice"),
        text("pricing_structure", "Prices by rate band and tier, JSON.", "PricingStructure", longest=131_072),
        whole("product_number", "Number of the product in the contract.", "ProductNumber"),
        key("original_plan_id", "Plan of the earlier contract version.", "OriginalContractPlanId"),
        key("quote_line_id", "Quote line the plan was made of.", "QuoteLineItemId"),
        _usage(),
        _created(),
        instant("modified_at", "When the plan last changed.", "LastModifiedDate", required=True),
    ),
    key=("contract_plan_id",),
    is_key_enforced=True,
)

CONTRACT_PLAN_CLASS = Table(
    "book.contract_plan_class",
    "Classes a plan or coverage is open to. None listed: open to all (CV-30).",
    (
        key("contract_plan_id", "Plan or coverage.", "ContractGroupPlanId", required=True),
        key("group_class_id", "Class.", "GroupClassId", required=True),
        key("contract_plan_class_id", "Id of the record.", "Id"),
        text("name", "Name of the record; null is the class's.", "Name", longest=255),
        text("currency_iso_code", "AED, CAD, GBP, JPY or USD (also null).", "CurrencyIsoCode", longest=3),
        key("owner_id", "User who owns the record; null is the host.", "OwnerId"),
        _created(),
        instant("modified_at", "When the record last changed.", "LastModifiedDate"),
    ),
    key=("contract_plan_id", "group_class_id"),
    is_key_enforced=True,
)

CONTRACT_PLAN_CLASS_ATTRIBUTE = Table(
    "book.contract_plan_class_attribute",
    "Attribute values of a plan for one of its classes, as the quote stated them (CQ-6).",
    (
        key("contract_plan_class_attribute_id", "Id of the record.", "Id", required=True),
        key("contract_plan_class_id", "Plan and class.", "ContractGroupPlanGroupClassId", required=True),
        key("attribute_definition_id", "Definition of the attribute.", "AttributeDefinitionId"),
        text("attribute_name", "Name, such as BenefitMultiple.", "AttributeName", longest=255, required=True),
        key("attribute_picklist_value_id", "Chosen value of a list.", "AttributePicklistValueId"),
        text("value", "Value as text.", "Value", longest=255),
        _created(),
        instant("modified_at", "When the value last changed.", "LastModifiedDate"),
    ),
    key=("contract_plan_class_attribute_id",),
    is_key_enforced=True,
)

CONTRACT_PLAN_ATTRIBUTE = Table(
    "book.contract_plan_attribute",
    "Attribute values of a plan, among them what the benefit formulas need.",
    (
        key("contract_plan_id", "Plan or coverage.", "ContractGroupPlanId", required=True),
        text("attribute_name", "Name, such as BenefitMultiple.", "AttributeName", longest=255, required=True),
        text("value", "Value as text.", "Value", longest=255),
        key("contract_plan_attribute_id", "Id of the record.", "Id"),
        key(
            "attribute_definition_id",
            "Definition of the attribute, an id of the host's; null where a sheet stated the value.",
            "AttributeDefinitionId",
        ),
        key("attribute_picklist_value_id", "Chosen value, an id of the host's.", "AttributePicklistValueId"),
        text("external_id", "Id of the value in the source system.", "ExternalId", longest=255),
        _created(),
        instant("modified_at", "When the value last changed.", "LastModifiedDate"),
    ),
    key=("contract_plan_id", "attribute_name"),
    is_key_enforced=True,
)

_SELECTION = (
    key("member_plan_id", "Id of the selection.", "Id", required=True),
    key("group_census_member_id", "Member who chose.", "GroupCensusMemberId", required=True),
    key("group_census_id", "Census of the member.", required=True),
    key("contract_plan_id", "Root plan or coverage chosen.", "ContractGroupPlanId", required=True),
    text("name", "Name of the selection; by default the plan's.", "Name", longest=255, required=True),
    text("enrollment_status", "To Be Started, Completed or Failed.", "EnrollmentStatus", required=True),
    cents("elected_amount_cents", "Amount of insurance chosen, for plans sold in increments.", "ElectedAmount"),
    text(
        "evidence_status", "Where evidence of insurability stands, such as PENDING; null is not asked for.", "EoiStatus"
    ),
    cents("approved_amount_cents", "Amount approved on evidence; null is all that was asked for.", "EoiApprovedAmount"),
    day(
        "approved_from",
        "First day the approved amount is in force; null is from the start of cover.",
        "EoiEffectiveDate",
    ),
    flag("is_late_entrant", "The whole amount needs evidence."),
    day("original_effective_date", "First day the product has been held without a gap; null is the start of cover."),
    text("attributes", "Attribute values stated for the member, JSON: attribute code to value."),
    key("owner_id", "User who owns the selection; null is the host.", "OwnerId"),
    key("created_load_id", "Load that made the selection; null when another service did."),
    key("modified_load_id", "Load that last changed the selection."),
    instant("created_at", "When the selection was made.", "CreatedDate", required=True),
    instant("modified_at", "When the selection last changed.", "LastModifiedDate", required=True),
)

MEMBER_PLAN = Table(
    "book.member_plan",
    "A member's choice of one plan or coverage. Mandatory coverages come with their root when rated.",
    _SELECTION,
    key=("member_plan_id",),
)

MEMBER_PLAN_BEFORE = Table(
    "book.member_plan_before",
    "Selections as they stood before a load changed or removed them, for undo.",
    (key("census_load_id", "Load that changed the selection.", required=True), *_SELECTION),
)

TABLES = (
    ACCOUNT,
    GROUP_CLASS,
    PRODUCT,
    CONTRACT,
    CONTRACT_PLAN,
    CONTRACT_PLAN_CLASS,
    CONTRACT_PLAN_CLASS_ATTRIBUTE,
    CONTRACT_PLAN_ATTRIBUTE,
    MEMBER_PLAN,
    MEMBER_PLAN_BEFORE,
)
