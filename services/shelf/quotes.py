"""Quotes, their lines and the attributes of lines.

What lives here: the sheets quotes, quote_lines and quote_line_attributes. What does not: prices, which rating writes
(`services.quotes`), and the rules (`schemas.quote_rules`).

Lines are judged and stored level by level, the roots first, so that a line finds the one above it whether it stands on
the sheet or in the book.
"""

from datetime import datetime

import polars as pl

from schemas import quote_rules as rules
from schemas.quotes import LINE_LEVELS
from services import ids
from services.book import Transaction
from services.shelf.benefits import SPELLED, is_good
from services.shelf.judged import Judged
from services.shelf.quote_columns import QUOTE_LINE_ATTRIBUTES, QUOTE_LINES, QUOTES
from services.shelf.store import Target, count, stored, upsert, utc, with_ids

_QUOTE = Target(ids.QUOTE, "quote_id", "quote_sheets.update_quotes", "quote_sheets.insert_quotes")
_LINE = Target(ids.QUOTE_LINE, "quote_line_id", "quote_sheets.update_lines", "quote_sheets.insert_lines")
_ATTRIBUTE = Target(
    ids.QUOTE_LINE_ATTRIBUTE,
    "quote_line_attribute_id",
    "quote_sheets.update_attributes",
    "quote_sheets.insert_attributes",
)
_OF_QUOTE = ["quote_id", "line_key_key"]
_OF_LINE = ["quote_line_id", "attribute_name_key"]
_ABOVE = ["parent_id", "parent_level", "root_line_id", "root_product_id", "root_has_children"]
_ALIKE = ["n_siblings", "n_whole", "n_alike"]


def load_quotes(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet quotes. A quote never changes its account."""
    judged = Judged(QUOTES, texts, rules.QUOTES)
    accounts = stored(tx, "shelf.accounts", "account_number")
    judged.look_up(accounts, "account_number_key")
    judged.look_up(
        accounts.select(quote_account_number_key="account_number_key", quote_account_id="account_id"),
        "quote_account_number_key",
    )
    own = stored(tx, "quote_sheets.quotes", "quote_number")
    judged.look_up(own.select("quote_number_key", "quote_id", "stored_account_id"), "quote_number_key")
    judged.judge(rules.QUOTE_RECORDS)
    _look_up_censuses(tx, judged)
    judged.judge(rules.QUOTE_CENSUS)
    records = judged.rows.select(
        "quote_id",
        "quote_number",
        "account_id",
        "quote_account_id",
        "group_census_id",
        "insurance_quote_type",
        "census_rating_type",
        "start_date",
        "end_date",
        pl.col("status").fill_null("Draft"),
        "rating_area",
        "industry_code",
        name="quote_name",
    )
    judged.n_changed = upsert(tx, _QUOTE, records, now)
    return judged


def _look_up_censuses(tx: Transaction, judged: Judged) -> None:
    """The census by its id, whosoever it is (rating asks whose, GR-2), or by its name within the account."""
    found = tx.frame("quote_sheets.censuses")
    judged.look_up(found.select(census="group_census_id", census_by_id="group_census_id"), "census")
    named = found.group_by(
        owner_id="account_id", census_key=pl.col("census").str.strip_chars().str.to_lowercase(), maintain_order=True
    ).agg(census_by_name=pl.col("group_census_id").first(), n_censuses=pl.len())
    judged.rows = judged.rows.with_columns(owner_id=pl.coalesce("account_id", "quote_account_id"))
    judged.look_up(named, ["owner_id", "census_key"])
    judged.rows = judged.rows.with_columns(group_census_id=pl.coalesce("census_by_id", "census_by_name"))


def load_quote_lines(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet quote_lines, level by level."""
    judged = Judged(QUOTE_LINES, texts, rules.QUOTE_LINES)
    quotes = stored(tx, "quote_sheets.quotes", "quote_number")
    judged.look_up(quotes.select("quote_number_key", "quote_id", "class_account_id"), "quote_number_key")
    judged.look_up(stored(tx, "quote_sheets.products", "product_code"), "product_code_key")
    judged.judge(rules.LINE_RECORDS)
    classes = stored(tx, "shelf.classes", "class_name").rename({"account_id": "class_account_id"})
    judged.look_up(classes, ["class_account_id", "class_name_key"])
    own = stored(tx, "quote_sheets.lines", "line_key").select(
        *_OF_QUOTE,
        "quote_line_id",
        stored_level="level",
        stored_parent_id="parent_line_id",
        stored_product_id="product_id",
    )
    judged.look_up(own, _OF_QUOTE)
    judged.judge(rules.LINE_CLASS)
    for level in LINE_LEVELS:
        is_here = pl.col("level") == level
        _look_up_tree(tx, judged, level)
        judged.judge(rules.BY_LEVEL[level], among=is_here)
        judged.n_changed += upsert(tx, _LINE, _line_records(judged.rows.filter(is_here)), now)
    return judged


def _look_up_tree(tx: Transaction, judged: Judged, level: str) -> None:
    """The line above each line, and how many lines of the level stand beside it or speak of the same."""
    judged.rows = judged.rows.drop(*_ABOVE, *_ALIKE, strict=False)
    found = stored(tx, "quote_sheets.lines", "line_key")
    above = found.select(
        "quote_id",
        "root_line_id",
        "root_product_id",
        "root_has_children",
        parent_line_key_key="line_key_key",
        parent_id="quote_line_id",
        parent_level="level",
    )
    judged.look_up(above, ["quote_id", "parent_line_key_key"])
    same = ["parent_id", "group_class_id", "product_id"]
    here = judged.rows.filter(pl.col("level") == level)
    others = found.rename({"parent_line_id": "parent_id"}).filter(pl.col("level") == level)
    others = others.join(here.select("quote_line_id").drop_nulls(), on="quote_line_id", how="anti")
    every = pl.concat([others.select(same), here.select(same)])
    beside = every.group_by("parent_id").agg(n_siblings=pl.len(), n_whole=pl.col("group_class_id").is_null().sum())
    alike = every.group_by(same).agg(n_alike=pl.len())
    judged.look_up(beside, "parent_id")
    judged.rows = judged.rows.join(alike, on=same, how="left", nulls_equal=True, maintain_order="left")


def _line_records(rows: pl.DataFrame) -> pl.DataFrame:
    """Lines as they are stored; a name is the product's or the class's unless stated."""
    by_level = pl.when(pl.col("level") == rules.MEMBER).then(pl.lit("Members")).otherwise(pl.lit("Whole census"))
    return rows.select(
        "quote_line_id",
        "quote_id",
        "root_line_id",
        "level",
        "product_id",
        "group_class_id",
        pl.col("is_optional").fill_null(False),
        "quantity",
        parent_line_id="parent_id",
        instance_key="line_key",
        name=pl.coalesce("line_name", "product_name", "class_name", by_level),
    )


def load_quote_line_attributes(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet quote_line_attributes; a line changes with its attributes."""
    judged = Judged(QUOTE_LINE_ATTRIBUTES, texts, rules.QUOTE_LINE_ATTRIBUTES)
    quotes = stored(tx, "quote_sheets.quotes", "quote_number")
    judged.look_up(quotes.select("quote_number_key", "quote_id"), "quote_number_key")
    judged.look_up(stored(tx, "quote_sheets.lines", "line_key").select(*_OF_QUOTE, "quote_line_id"), _OF_QUOTE)
    name = pl.col("attribute_name_key").replace_strict(SPELLED, default=pl.col("attribute_name"))
    judged.rows = judged.rows.with_columns(attribute_name=name)
    judged.rows = judged.rows.with_columns(is_value_good=is_good("attribute_name", "value"))
    judged.judge(rules.ATTRIBUTE_RECORDS)
    own = stored(tx, "quote_sheets.attributes", "attribute_name")
    judged.look_up(own.select(*_OF_LINE, "quote_line_attribute_id"), _OF_LINE)
    _look_up_together(own, judged)
    judged.judge(rules.ATTRIBUTES_TOGETHER)
    records = judged.rows.select(
        "quote_line_attribute_id",
        "quote_line_id",
        "attribute_name",
        "value",
        attribute_definition_id="attribute_definition",
        attribute_picklist_value_id="attribute_picklist_value",
    )
    if not records.is_empty():
        numbered = with_ids(tx, _ATTRIBUTE, records)
        with tx.lend(incoming=numbered):
            tx.run("quote_sheets.touch_lines", {"now": utc(now)})
            judged.n_changed = count(tx, _ATTRIBUTE.update) + int(numbered["is_new"].sum())
            tx.run(_ATTRIBUTE.insert)
    return judged


def _look_up_together(found: pl.DataFrame, judged: Judged) -> None:
    """What the attributes of each line come to: those of the sheet, and the stored ones that it does not state anew."""
    here = judged.rows.select(*_OF_LINE, "value")
    every = pl.concat([here, found.select(here.columns).join(here, on=_OF_LINE, how="anti")])
    amount = pl.col("value").cast(pl.Decimal(24, 6), strict=False)

    def of(name: str) -> pl.Expr:
        return amount.filter(pl.col("attribute_name_key") == name.lower()).first()

    together = every.group_by("quote_line_id").agg(
        least=of("BenefitMinimum"),
        most=of("BenefitMaximum"),
        has_both=of("BenefitMultiple").is_not_null() & of("BenefitFlatAmount").is_not_null(),
    )
    judged.look_up(together, "quote_line_id")
