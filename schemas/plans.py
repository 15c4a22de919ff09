"""Accounts, classes, contracts, plans and selections.

What lives here: declarations of the shelf of a group (who it is, what it offers, to whom) and of the
members' selections. What does not: prices and contribution rules (`schemas.reference`).

Sources: the published objects Account, GroupClass, Product, Contract with InsuranceContract,
ContractGroupPlan, ContractGroupPlanGroupClass, ContractGroupPlanAttribute, GroupCensusMemberPlan.
"""

from schemas.table import Table, cents, day, flag, instant, key, text, whole

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
        text("contract_number", "Number of the contract.", "ContractNumber", longest=80, required=True),
        day("start_date", "First day of the term.", "StartDate", required=True),
        day("end_date", "Last day of the term.", "EndDate", required=True),
        text("status", "Draft, In Approval Process or Activated.", "Status", required=True),
        text("rating_area", "Rating area of the employer's principal place of business.", "RatingArea", longest=40),
        text("industry_code", "Code of the employer's industry, for rates by industry.", longest=40),
        whole("group_size", "Employees of the group; null is counted on the census."),
        whole("eligible_employees", "Employees eligible, without valid waivers; null is counted on the census."),
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
        whole("wash_day", "MID_MONTH: last day of a month that counts as its beginning; null is 15. Of root plans."),
        whole("priority", "Order in which a defined contribution is used up, least first; null is 0. Of root plans."),
        text("contribution_strategy", "STANDARD (also null) or LEGACY_PER_LEVEL. Of root plans."),
        text("rate_basis_date", "EFFECTIVE_DATE or CONTRACT_START (MR-6).", "RateBasisDate", required=True),
        day(
            "enrollment_start_date", "First day members may choose by themselves; null is open.", "EnrollmentStartDate"
        ),
        day("enrollment_end_date", "Last day members may choose by themselves; null is open.", "EnrollmentEndDate"),
        flag("auto_assign", "The contract assigns the plan by itself (BC-65).", "auto_assign", required=True),
        text("group_number", "Number that enrollment needs.", "GroupNumber", longest=255),
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
    ),
    key=("contract_plan_id", "group_class_id"),
    is_key_enforced=True,
)

CONTRACT_PLAN_ATTRIBUTE = Table(
    "book.contract_plan_attribute",
    "Attribute values of a plan, among them what the benefit formulas need.",
    (
        key("contract_plan_id", "Plan or coverage.", "ContractGroupPlanId", required=True),
        text("attribute_name", "Name, such as BenefitMultiple.", "AttributeName", longest=255, required=True),
        text("value", "Value as text.", "Value", longest=255, required=True),
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
    CONTRACT_PLAN_ATTRIBUTE,
    MEMBER_PLAN,
    MEMBER_PLAN_BEFORE,
)
