"""Group quotes, their lines, and the attributes of those lines.

What lives here: declarations of what is offered to an employer before there is a contract. What does not: the contract
made of it (`schemas.plans`), and rating requests (`schemas.jobs`).

Sources: the published objects Quote and QuoteLineItem in the fields that group rating and contracts use.
"""

from schemas.table import Table, cents, day, flag, instant, key, text, whole

QUOTE_STATUSES = (
    "Draft",
    "Needs Review",
    "In Review",
    "Approved",
    "Rejected",
    "Presented",
    "Accepted",
    "Denied",
)

NEW_GROUP_BUSINESS = "New Group Business"

CENSUS_RATING_TYPES = ("Member Based", "Summary Based")

LINE_LEVELS = ("ROOT", "GROUP_SUMMARY", "MEMBER", "COVERAGE")
"""The four levels of a quote's tree, from the plan down to what is priced."""

ASSUMED_AMOUNT = "AssumedElectedAmount"
"""Attribute of a coverage line: the dollars that everybody is taken to choose, while nobody has chosen (GR-14)."""

QUOTE = Table(
    "book.quote",
    "Group quotes: what an employer is offered, for which census and term, and what it costs in all.",
    (
        key("quote_id", "Id of the quote.", "Id", required=True),
        text("quote_number", "Number by which people know the quote.", "QuoteNumber", longest=40, required=True),
        text("name", "Name of the quote.", "Name", longest=255, required=True),
        key("account_id", "Account of the quote.", "AccountId"),
        key("quote_account_id", "Account for Quote, where it is another.", "QuoteAccountId"),
        key("group_census_id", "Census that is rated.", "GroupCensusId"),
        text("insurance_quote_type", "New Group Business.", "InsuranceQuoteType", longest=40),
        text("census_rating_type", "Member Based or Summary Based.", "CensusRatingType", longest=40),
        day("start_date", "First day of the term quoted: the quote's effective date.", "StartDate"),
        day("end_date", "Last day of the term quoted.", "EndDate"),
        text("status", "Draft, Needs Review, In Review, Approved and so on.", "Status", required=True),
        cents("total_cents", "Sum of the root lines; null until one is rated.", "TotalPrice"),
        text("rating_area", "Rating area of the employer's principal place of business.", "RatingArea", longest=40),
        text("industry_code", "Code of the employer's industry, for rates by industry.", "IndustryCode", longest=40),
        key("rating_request_id", "The latest rating request; its status is the rating status of the quote (GR-16)."),
        day("rating_date", "Date the rates were taken on, of the latest rating.", "ratingDate"),
        instant("rated_at", "When the premiums were last written.", "ratedAt"),
        instant("modified_at", "When the quote last changed.", "LastModifiedDate", required=True),
    ),
    key=("quote_id",),
    is_key_enforced=True,
)

QUOTE_LINE = Table(
    "book.quote_line",
    "Lines of a quote: root plan, group summary, member placeholder, coverage.",
    (
        key("quote_line_id", "Id of the line.", "Id", required=True),
        key("quote_id", "Quote.", "QuoteId", required=True),
        key("parent_line_id", "Line above; null on a root.", "ParentQuoteLineItemId"),
        key("root_line_id", "Root line of the tree; on a root its own id.", required=True),
        text("level", "ROOT, GROUP_SUMMARY, MEMBER or COVERAGE.", "level", required=True),
        key("product_id", "Product of a root or of a coverage; null between them.", "Product2Id"),
        text("name", "Name of the line; by default the product's.", "Name", longest=255, required=True),
        text("instance_key", "Key by which a contract's additional fields name the line.", "instanceKey", longest=255),
        key("group_class_id", "Class of a group summary; null is the whole census.", "GroupClassId"),
        cents("unit_price_cents", "Premium of the term.", "UnitPrice"),
        cents("net_unit_price_cents", "Premium of the term before quantity.", "NetUnitPrice"),
        cents("net_total_price_cents", "Premium of the term with quantity.", "NetTotalPrice"),
        whole("quantity", "Quantity; null is 1.", "Quantity"),
        cents("tax_cents", "Tax on the line.", "StandardQLITaxAmount"),
        flag("is_optional", "False: a mandatory coverage of its root.", "isOptional", required=True),
        text("rating_error", "Why the line kept its old premium at the latest rating; null is none.", "ratingError"),
        text(
            "rating_note",
            "Why the line costs nothing though it was rated; null where it costs something.",
            "ratingNote",
        ),
        instant("rated_at", "When the line was last rated; null is never.", "ratedAt"),
        day("rating_date", "Of a coverage: date that the rates of its premium were taken on; roots may differ."),
        text("rated_version", "Of a root: fingerprint of all that its prices come from, as it was rated (GR-17)."),
        instant(
            "modified_at", "When somebody last changed the line; rating it does not.", "LastModifiedDate", required=True
        ),
    ),
    key=("quote_line_id",),
    is_key_enforced=True,
)

QUOTE_LINE_ATTRIBUTE = Table(
    "book.quote_line_attribute",
    "Attribute values of quote lines; a contract made of the quote takes them over (CQ-6).",
    (
        key("quote_line_attribute_id", "Id of the row.", "Id", required=True),
        key("quote_line_id", "Line.", "QuoteLineItemId", required=True),
        text("attribute_definition_id", "Definition of the attribute.", "AttributeDefinitionId", longest=40),
        text("attribute_name", "Name, such as BenefitMultiple.", "AttributeName", longest=255, required=True),
        text("attribute_picklist_value_id", "Chosen value of a list.", "AttributePicklistValueId", longest=40),
        text("value", "Value as text.", "Value", longest=255, required=True),
    ),
    key=("quote_line_attribute_id",),
    is_key_enforced=True,
)

TABLES = (QUOTE, QUOTE_LINE, QUOTE_LINE_ATTRIBUTE)
