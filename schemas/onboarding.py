"""Partners that register employer groups, and how far each registration has come.

What lives here: declarations of partners, their managers, registrations, steps, pending actions, events, brokers and
idempotency keys; the closed lists of the onboarding interface, and its moves between statuses as a table. What does
not: acting on them (`services.onboarding`).

Source: the onboarding page of the contract; columns without a published name are this project's own.
"""

from schemas.table import Table, count, day, flag, instant, key, text, whole

PARTNER_KINDS = ("BROKER", "BENEFIT_ADMINISTRATOR", "AGGREGATOR")

DRAFT, SUBMITTED, IN_REVIEW, ACTION_REQUIRED = "DRAFT", "SUBMITTED", "IN_REVIEW", "ACTION_REQUIRED"
APPROVED, ACTIVE, REJECTED, WITHDRAWN = "APPROVED", "ACTIVE", "REJECTED", "WITHDRAWN"
SUSPENDED, TERMINATED = "SUSPENDED", "TERMINATED"

MOVES: dict[str, tuple[str, ...]] = {
    DRAFT: (SUBMITTED, WITHDRAWN),
    SUBMITTED: (IN_REVIEW, ACTION_REQUIRED, APPROVED, REJECTED, WITHDRAWN),
    IN_REVIEW: (ACTION_REQUIRED, APPROVED, REJECTED, WITHDRAWN),
    ACTION_REQUIRED: (IN_REVIEW, WITHDRAWN, REJECTED),
    APPROVED: (ACTIVE, ACTION_REQUIRED, WITHDRAWN),
    ACTIVE: (SUSPENDED, TERMINATED),
    SUSPENDED: (ACTIVE, TERMINATED),
    REJECTED: (),
    WITHDRAWN: (),
    TERMINATED: (),
}
"""Every status with those that may follow it; one that nothing follows is final."""

STATUSES = tuple(MOVES)
FINAL = tuple(status for status, after in MOVES.items() if not after)
BEGUN = (ACTIVE, SUSPENDED, TERMINATED)
"""Statuses of a group that has been onboarded, now or once."""

HOST, PARTNER_OWNER, EMPLOYER = "HOST", "PARTNER", "EMPLOYER"
OWNERS = (PARTNER_OWNER, EMPLOYER, HOST)

STEPS: dict[str, str] = {
    "REGISTRATION_RECEIVED": HOST,
    "DATA_VALIDATION": HOST,
    "DUPLICATE_CHECK": HOST,
    "BROKER_VERIFICATION": HOST,
    "ACCOUNT_SETUP": HOST,
    "PLAN_CONFIGURATION": HOST,
    "RATE_LOAD": HOST,
    "CENSUS_LOAD": PARTNER_OWNER,
    "CONTRACT_ISSUE": HOST,
    "ENROLLMENT_OPEN": EMPLOYER,
    "ACTIVATION": HOST,
}
"""The steps in order, each with who has to do it."""

NOT_STARTED, IN_PROGRESS, BLOCKED, DONE, SKIPPED = "NOT_STARTED", "IN_PROGRESS", "BLOCKED", "DONE", "SKIPPED"

BROKER_OF_RECORD_LETTER = "BROKER_OF_RECORD_LETTER"
"""The action asked for when another partner has the employer already (ON-9)."""

PRODUCT_LINES = {
    "MEDICAL": "Medical",
    "DENTAL": "Dental",
    "VISION": "Vision",
    "LIFE": "Life",
    "ADD": "AD&D",
    "STD": "STD",
    "LTD": "LTD",
    "SUPPLEMENTAL_LIFE": "Supplemental Life",
    "CRITICAL_ILLNESS": "Critical Illness",
    "ACCIDENT": "Accident",
    "HOSPITAL": "Hospital",
}
"""Product lines as partners name them, with the product type of each."""

CONTACT_ROLES = ("BENEFITS_ADMIN", "BILLING", "EXECUTIVE")
MARKET_SEGMENTS = ("SMALL", "LARGE")
CATEGORIES = ("coverage", "eligibility", "group", "enrollment")

_CODES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI
SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"""
JURISDICTIONS = frozenset(_CODES.split())
"""States of the USA, the District of Columbia and the territories."""

EVENT_TYPES = ("STATUS", "STEP", "UPDATED", "BROKER", "ACTION", "NOTE")

PARTNER = Table(
    "book.partner",
    "Partners: brokers, benefit administrators and aggregators that register groups.",
    (
        key("partner_id", "Id of the partner.", "partnerId", required=True),
        text("name", "Name of the partner.", "name", longest=255, required=True),
        text("kind", "BROKER, BENEFIT_ADMINISTRATOR or AGGREGATOR; brokers state a broker.", "kind", required=True),
        flag("allow_mid_month", "Cover may start on any day of a month.", "allowMidMonth", required=True),
        text("status", "PENDING, APPROVED or SUSPENDED; only an approved partner may call.", "status", required=True),
        instant("created_at", "When the partner was made.", "createdAt", required=True),
        instant("modified_at", "When the partner last changed.", "updatedAt", required=True),
    ),
    key=("partner_id",),
    is_key_enforced=True,
)

MANAGER = Table(
    "book.relationship_manager",
    "Relationship managers, who look after partners: they see the groups of the partners assigned and may add notes.",
    (
        key("manager_id", "Id of the manager.", "managerId", required=True),
        text("name", "Name of the manager.", "name", longest=255, required=True),
        instant("created_at", "When the manager was made.", "createdAt", required=True),
    ),
    key=("manager_id",),
    is_key_enforced=True,
)

PARTNER_MANAGER = Table(
    "book.partner_manager",
    "Which relationship managers look after which partners.",
    (
        key("partner_id", "Partner.", "partnerId", required=True),
        key("manager_id", "Relationship manager.", "managerId", required=True),
        instant("assigned_at", "Since when.", "assignedAt", required=True),
    ),
    key=("partner_id", "manager_id"),
)

REGISTRATION = Table(
    "book.group_registration",
    "Employer groups as partners registered them, and where each registration stands.",
    (
        key("registration_id", "Id of the registration, such as REG-000041.", "groupRegistrationId", required=True),
        key("partner_id", "Partner.", "partnerId", required=True),
        text("partner_group_key", "The partner's own id of the group.", "partnerGroupKey", longest=64),
        text("legal_name", "Legal name of the employer.", "legalName", longest=255),
        text("doing_business_as", "Trade name.", "doingBusinessAs", longest=255),
        text("tax_id", "Employer identification number, nine digits; answers show the last four.", "taxId", longest=9),
        text("sic_code", "SIC code, four digits.", "sicCode", longest=4),
        text("naics_code", "NAICS code, six digits.", "naicsCode", longest=6),
        text("situs_state", "State whose law the contract is under.", "situsState", longest=2),
        text("address", "JSON: street, city, state, postalCode.", "address"),
        day("effective_date", "First day of cover asked for.", "effectiveDate"),
        whole("eligible_count", "Employees who may enroll.", "eligibleEmployeeCount"),
        whole("enrolled_count", "Employees who are enrolled.", "enrolledEmployeeCount"),
        text("market_segment", "SMALL or LARGE as stated; null follows from the count.", "marketSegment"),
        text("product_lines", "Product lines asked for, separated by ;.", "productLines"),
        text("classes", "JSON: list of name and code.", "classes"),
        whole("waiting_period_days", "Days before new employees may enroll.", "waitingPeriodDays"),
        text("contacts", "JSON: list of role, name, email, phone. Never in answers to partners.", "contacts"),
        text("external_quote_id", "Quote of this book, as the partner or the host named it.", "externalQuoteId"),
        text("contract_id", "Contract of this book, as the partner or the host named it.", "contractId"),
        flag("attestation", "The employer authorised the partner.", "attestation"),
        key("account_id", "Account of the employer in this book, linked or made by the host."),
        text("status", "DRAFT, SUBMITTED and so on.", "status", required=True),
        text("status_reason", "Why, where the status needs saying why.", "statusReason", longest=255),
        count("version", "Rises with every change of the data or the status.", "version", required=True),
        day(
            "access_until",
            "Last day the partner sees the registration: another broker of record follows; null is open.",
        ),
        instant("created_at", "When it arrived.", required=True),
        instant("submitted_at", "When it was submitted; null for a draft.", "submittedAt"),
        instant("approved_at", "When the host first approved it."),
        instant("updated_at", "When data, status, a step or an action last changed.", "updatedAt", required=True),
        instant("synced_at", "When the steps were last compared with the records.", "lastSyncedAt", required=True),
    ),
    key=("registration_id",),
    is_key_enforced=True,
)

STEP = Table(
    "book.onboarding_step",
    "The eleven steps of each registration. A step follows from the records; only skipping is decided by hand.",
    (
        key("registration_id", "Registration.", required=True),
        whole("position", "Order of the step, from 1.", required=True),
        text("code", "Code of the step.", "code", required=True),
        text("state", "NOT_STARTED, IN_PROGRESS, BLOCKED, DONE or SKIPPED.", "state", required=True),
        text("owner", "PARTNER, EMPLOYER or HOST.", "owner", required=True),
        text("skip_reason", "Why the host skips the step; null where it does not.", longest=255),
        instant("started_at", "When it left NOT_STARTED.", "startedAt"),
        instant("completed_at", "When it became DONE or SKIPPED.", "completedAt"),
    ),
    key=("registration_id", "code"),
)

PENDING_ACTION = Table(
    "book.pending_action",
    "What a registration waits for; an action stays here once it is resolved.",
    (
        key("registration_id", "Registration.", required=True),
        text("code", "Code, such as BROKER_OF_RECORD_LETTER.", "code", longest=64, required=True),
        text("description", "What to do, for people.", "description", longest=255, required=True),
        text("owner", "Who has to act: PARTNER, EMPLOYER or HOST.", "owner", required=True),
        day("due_date", "Last day; later it is overdue (ON-16).", "dueDate", required=True),
        text("field", "Field that is asked about; changing it resolves the action.", "field", longest=64),
        text("step", "Step that is blocked meanwhile."),
        instant("created_at", "When it was asked for.", required=True),
        instant("resolved_at", "When it was resolved; null while it waits."),
    ),
    key=("registration_id", "code", "created_at"),
)

EVENT = Table(
    "book.onboarding_event",
    "What happened to a registration, numbered without gaps; only ever added to (ON-14).",
    (
        key("registration_id", "Registration.", required=True),
        count("seq", "Number of the event, from 1, without gaps.", "seq", required=True),
        instant("happened_at", "When.", "at", required=True),
        text("type", "STATUS, STEP, UPDATED, BROKER, ACTION or NOTE.", "type", required=True),
        text("subject", "Step or action it is about.", "subject"),
        text("was", "State before.", "from"),
        text("became", "State after.", "to"),
        text("actor", "PARTNER, HOST, MANAGER or SYSTEM.", "actor", required=True),
        text("note", "Words of whoever acted; no tax ids and no contact data.", "note", longest=1000),
        key("token_id", "Token of whoever acted; null for the system."),
    ),
    key=("registration_id", "seq"),
    is_key_enforced=True,
)

BROKER = Table(
    "book.broker_assignment",
    "Brokers of each registration, the present one and those before (ON-13).",
    (
        key("registration_id", "Registration.", required=True),
        whole("number", "Which broker of the registration, from 1.", required=True),
        text("producer_code", "Code of the producer.", "producerCode", longest=64, required=True),
        text("broker_name", "Name of the broker.", "name", longest=255),
        text("agency_name", "Agency.", "agencyName", longest=255),
        day("effective_from", "First day; null follows the group's.", "from"),
        day("effective_to", "Last day; null while it is the broker.", "to"),
        instant("verified_at", "When the host verified it; null until then."),
        instant("created_at", "When it was stated.", required=True),
    ),
    key=("registration_id", "number"),
)

IDEMPOTENCY_KEY = Table(
    "book.idempotency_key",
    "Answers already given, by the key that a partner sent: the same request is answered the same, and done once.",
    (
        key("partner_id", "Partner.", required=True),
        text("idempotency_key", "Key as sent.", longest=64, required=True),
        text("body_hash", "Keyed hash of operation and body, hex.", required=True),
        whole("http_status", "Status answered.", required=True),
        text("answer", "Answer, JSON.", required=True),
        instant("created_at", "When it was answered.", required=True),
    ),
    key=("partner_id", "idempotency_key"),
    is_key_enforced=True,
)

TABLES = (
    PARTNER,
    MANAGER,
    PARTNER_MANAGER,
    REGISTRATION,
    STEP,
    PENDING_ACTION,
    EVENT,
    BROKER,
    IDEMPOTENCY_KEY,
)
