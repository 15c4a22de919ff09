"""Rules on the rows of the sheets of quotes.

What lives here: what must hold between cells of a quote, a line or an attribute, and towards other records; above all
the shape of the tree. What does not: whether a quote can be rated now (`services.quotes.request`), and what a cell of
each kind is (`schemas.shelf_rules`).

Rules on lines run level by level, on frames to which the look-ups have added ids and facts.
"""

from datetime import date

import polars as pl

from schemas.quotes import LINE_LEVELS
from schemas.rules import Rule, between, not_after, required, stated
from schemas.shelf_rules import (
    ACCOUNT_KNOWN,
    CLASS_KNOWN,
    PRODUCT_KNOWN,
    SOONER,
    end_after_start,
    known,
    repeated,
)

ROOT, GROUP_SUMMARY, MEMBER, COVERAGE = LINE_LEVELS
ABOVE: dict[str, str | None] = dict(zip(LINE_LEVELS, (None, *LINE_LEVELS), strict=False))
"""The level above each level."""

QUOTES = (
    repeated(("quote_number_key",), "This quote stands on an earlier row."),
    end_after_start("start_date", "end_date", "SF-0001-0002"),
    *(
        Rule(
            "term_out_of_range",
            (column,),
            "The term of a quote lies between 1900 and 2199.",
            between(column, date(1900, 1, 1), date(2199, 12, 31)),
            "State the real term; for an open end state the end of the first year.",
        )
        for column in ("start_date", "end_date")
    ),
    Rule(
        "account_missing",
        ("account_number", "quote_account_number"),
        "The quote names no account.",
        stated("account_number") | stated("quote_account_number"),
        "State the account of the quote, or the account it is made for.",
    ),
)
QUOTE_RECORDS = (
    ACCOUNT_KNOWN,
    known(
        "account_unknown",
        "quote_account_number",
        "quote_account_id",
        "There is no such account.",
        SOONER.format("accounts"),
    ),
    Rule(
        "account_changed",
        ("account_number",),
        "The quote belongs to another account; that never changes.",
        pl.col("quote_id").is_null() | pl.col("stored_account_id").eq_missing(pl.col("account_id")),
        "Give the new account's quote a number of its own.",
    ),
)
QUOTE_CENSUS = (
    Rule(
        "census_ambiguous",
        ("census", "n_censuses"),
        "The account has several censuses of this name.",
        stated("census_by_id") | (pl.col("n_censuses").fill_null(0) <= 1),
        "State the id of the census.",
    ),
    known(
        "census_unknown",
        "census",
        "group_census_id",
        "The account has no such census.",
        "Load the census first, or correct the cell.",
    ),
)

_QUOTE_KNOWN = known("quote_unknown", "quote_number", "quote_id", "There is no such quote.", SOONER.format("quotes"))

QUOTE_LINES = (repeated(("quote_number_key", "line_key_key"), "This line of the quote stands on an earlier row."),)
LINE_RECORDS = (_QUOTE_KNOWN, PRODUCT_KNOWN)
LINE_CLASS = (
    CLASS_KNOWN,
    Rule(
        "class_not_of_summary",
        ("class_name", "level"),
        "Only a GROUP_SUMMARY has a class.",
        (pl.col("level") == GROUP_SUMMARY) | ~required("class_name_text"),
        "Leave the cell blank; lines under a GROUP_SUMMARY have its class.",
    ),
    Rule(
        "line_changed",
        ("level", "product_code"),
        "Level and product of a line never change.",
        pl.col("quote_line_id").is_null()
        | ((pl.col("stored_level") == pl.col("level")) & pl.col("stored_product_id").eq_missing(pl.col("product_id"))),
        "Add a line with a key of its own.",
    ),
)

_HAS_PARENT = required("parent_line_key_text")
_HAS_PRODUCT = required("product_code_text")
_NO_PARENT = Rule(
    "root_with_parent", ("parent_line_key",), "A ROOT has no line above it.", ~_HAS_PARENT, "Leave the cell blank."
)
_NO_PRODUCT = Rule(
    "product_not_here",
    ("product_code",),
    "Only a ROOT and a COVERAGE have a product.",
    ~_HAS_PRODUCT,
    "Leave the cell blank.",
)
_PRODUCT = Rule("value_missing", ("product_code",), "product_code is blank.", _HAS_PRODUCT, "Fill in the cell.")
_PARENT = (
    Rule(
        "value_missing", ("parent_line_key",), "parent_line_key is blank.", _HAS_PARENT, "Name the line above this one."
    ),
    known(
        "parent_unknown", "parent_line_key", "parent_id", "The quote has no such line.", SOONER.format("quote_lines")
    ),
    Rule(
        "parent_changed",
        ("parent_line_key",),
        "A line never moves to another place of the tree.",
        pl.col("quote_line_id").is_null() | pl.col("stored_parent_id").eq_missing(pl.col("parent_id")),
        "Add a line with a key of its own.",
    ),
)


def _under(level: str) -> Rule:
    return Rule(
        "parent_of_wrong_level",
        ("parent_line_key", "parent_level"),
        f"The line above a {level} is a {ABOVE[level]}.",
        pl.col("parent_level") == ABOVE[level],
        f"Name a {ABOVE[level]} of the quote.",
    )


def _only_one(code: str, column: str, says: str, hint: str) -> Rule:
    """`n_alike`: lines of the level, stored or on the sheet, that would count the same money twice."""
    return Rule(code, (column, "n_alike"), says, pl.col("n_alike") <= 1, hint)


BY_LEVEL: dict[str, tuple[Rule, ...]] = {
    ROOT: (
        _NO_PARENT,
        _PRODUCT,
        Rule(
            "product_not_root",
            ("product_code", "parent_product_id"),
            "The product of a ROOT is itself a coverage.",
            pl.col("parent_product_id").is_null(),
            "Name the root product.",
        ),
    ),
    GROUP_SUMMARY: (
        *_PARENT,
        _under(GROUP_SUMMARY),
        _NO_PRODUCT,
        _only_one(
            "class_repeated",
            "class_name",
            "The root has a group summary of this class already.",
            "Keep one of them.",
        ),
        Rule(
            "whole_census_not_alone",
            ("class_name", "n_siblings", "n_whole"),
            "A group summary of the whole census stands alone under its root.",
            (pl.col("n_whole") == 0) | (pl.col("n_siblings") == 1),
            "Name a class in each, or keep the one of the whole census.",
        ),
    ),
    MEMBER: (
        *_PARENT,
        _under(MEMBER),
        _NO_PRODUCT,
        _only_one(
            "placeholder_repeated",
            "parent_line_key",
            "The group summary has its member placeholder already.",
            "Keep one: it stands for all members of the class.",
        ),
    ),
    COVERAGE: (
        *_PARENT,
        _under(COVERAGE),
        _PRODUCT,
        Rule(
            "coverage_of_other_product",
            ("product_code", "parent_product_id", "root_product_id"),
            "The product is no coverage of the product of the ROOT.",
            ~_HAS_PRODUCT
            | pl.col("parent_product_id").eq_missing(pl.col("root_product_id"))
            | ((pl.col("product_id") == pl.col("root_product_id")) & ~pl.col("root_has_children")),
            "Name a coverage of that product; a product without coverages is its own.",
        ),
        _only_one(
            "coverage_repeated",
            "product_code",
            "The member placeholder has a line of this coverage already.",
            "Keep one of them.",
        ),
    ),
}
"""What must hold of the lines of each level."""

QUOTE_LINE_ATTRIBUTES = (
    repeated(
        ("quote_number_key", "line_key_key", "attribute_name_key"),
        "This attribute of the line stands on an earlier row.",
    ),
)
ATTRIBUTE_RECORDS = (
    _QUOTE_KNOWN,
    known("line_unknown", "line_key", "quote_line_id", "The quote has no such line.", SOONER.format("quote_lines")),
    Rule(
        "attribute_value_unreadable",
        ("value", "is_value_good"),
        "The attribute cannot have this value.",
        pl.col("is_value_good"),
        "State it as the sheet plans does; an AssumedElectedAmount is dollars, more than nothing.",
    ),
)
ATTRIBUTES_TOGETHER = (
    Rule(
        "minimum_above_maximum",
        ("value", "attribute_name", "least", "most"),
        "The least amount is above the highest.",
        ~pl.col("attribute_name").is_in(["BenefitMinimum", "BenefitMaximum"]) | not_after("least", "most"),
        "Correct one of the two.",
    ),
    Rule(
        "benefit_ambiguous",
        ("attribute_name", "has_both"),
        "A benefit is either a multiple of pay or a flat amount.",
        ~pl.col("attribute_name").is_in(["BenefitMultiple", "BenefitFlatAmount"]) | ~pl.col("has_both"),
        "Keep one of the two; where the line has the other already, take the line off the quote and add it anew.",
    ),
)
"""Of all attributes of a line, as a plan is refused that says the same (`schemas.shelf_rules`)."""
