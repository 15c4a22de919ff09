"""The sheets that state what is offered to an employer before there is a contract, and every column of them.

What lives here: quotes, their lines and the attributes of lines, as data. What does not: the other sheets (`columns`),
and acts on rows (`quotes`).
"""

from schemas.quotes import CENSUS_RATING_TYPES, LINE_LEVELS, NEW_GROUP_BUSINESS, QUOTE_STATUSES
from services.shelf import sheet

_QUOTE = sheet.text("quote_number", "Number of the quote.", 40, required=True)
_LINE = sheet.text("line_key", "Key of the line, unique in its quote.", 255, required=True)

QUOTES = sheet.Sheet(
    "quotes",
    "Group quotes: which plans are offered, for which census and term. One row per quote.",
    ("quote_number",),
    (
        sheet.text("quote_number", "Number of the quote, unique.", 40, required=True),
        sheet.text("quote_name", "Name of the quote.", 255, required=True),
        sheet.text("account_number", "Account of the quote.", 40),
        sheet.text("quote_account_number", "Account the quote is made for, where it is another.", 40),
        sheet.text("census", "Name of the account's census to rate, or its id.", 255),
        sheet.choice("insurance_quote_type", "Kind of quote; needed for rating.", (NEW_GROUP_BUSINESS,)),
        sheet.choice("census_rating_type", "What is priced: each member, or the class as one.", CENSUS_RATING_TYPES),
        sheet.date("start_date", "First day of the term; needed for rating."),
        sheet.date("end_date", "Last day of the term; needed for rating."),
        sheet.choice("status", "Status of the quote.", QUOTE_STATUSES, "Draft"),
        sheet.text("rating_area", "Rating area; blank: found from the ZIP code of the account.", 40),
        sheet.text("industry_code", "Code of the employer's industry, for rates by industry.", 40),
    ),
)

QUOTE_LINES = sheet.Sheet(
    "quote_lines",
    "Lines of quotes: a ROOT for each plan, under it a GROUP_SUMMARY for each class or one for the whole census, under "
    "each one MEMBER placeholder, and under that the COVERAGEs. One row per line.",
    ("quote_number", "line_key"),
    (
        _QUOTE,
        _LINE,
        sheet.choice("level", "Level of the line.", LINE_LEVELS, required=True),
        sheet.text("parent_line_key", "Key of the line above; blank on a ROOT.", 255),
        sheet.text("product_code", "Product of a ROOT or a COVERAGE; blank between them.", 255),
        sheet.text("line_name", "Name of the line; blank: its product's or its class's.", 255),
        sheet.text("class_name", "Class of a GROUP_SUMMARY; blank: the whole census.", 255),
        sheet.SheetColumn(
            "is_optional", "flag", "false: a mandatory coverage, held by all who hold its root.", default="false"
        ),
        sheet.whole("quantity", "Quantity by which the premium is multiplied.", 1, 1_000, "1"),
    ),
)

QUOTE_LINE_ATTRIBUTES = sheet.Sheet(
    "quote_line_attributes",
    "Attribute values of quote lines, such as benefits, which a contract made of the quote takes over.",
    ("quote_number", "line_key", "attribute_name"),
    (
        _QUOTE,
        _LINE,
        sheet.text(
            "attribute_name",
            "Name of the attribute, such as BenefitMultiple. AssumedElectedAmount: what everybody is taken to choose "
            "of a coverage that is sold in amounts.",
            255,
            required=True,
        ),
        sheet.text("value", "Its value.", 255, required=True),
        sheet.text("attribute_definition", "Id of its definition, where there is one.", 40),
        sheet.text("attribute_picklist_value", "Id of the chosen value of a list, where there is one.", 40),
    ),
)

QUOTE_SHEETS = (QUOTES, QUOTE_LINES, QUOTE_LINE_ATTRIBUTES)
