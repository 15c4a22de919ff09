"""Accounts, classes, products, contracts and censuses of the shelf.

What lives here: the sheets whose rows are one record each. What does not: plans (`plans`), rates (`rates`) and
contribution rules (`contributions`).
"""

from datetime import datetime

import polars as pl

from schemas import shelf_rules as rules
from services import ids
from services.book import Transaction
from services.shelf import columns
from services.shelf.judged import Judged
from services.shelf.store import Target, count, stored, upsert

_ACCOUNT = Target(ids.ACCOUNT, "account_id", "shelf.update_accounts", "shelf.insert_accounts")
_CLASS = Target(ids.GROUP_CLASS, "group_class_id", "shelf.update_classes", "shelf.insert_classes")
_PRODUCT = Target(ids.PRODUCT, "product_id", "shelf.update_products", "shelf.insert_products")
_CONTRACT = Target(ids.CONTRACT, "contract_id", "shelf.update_contracts", "shelf.insert_contracts")
_CENSUS = Target(ids.CENSUS, "group_census_id", "shelf.update_censuses", "shelf.insert_censuses")


def load_accounts(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet accounts."""
    judged = Judged(columns.ACCOUNTS, texts, rules.ACCOUNTS)
    judged.look_up(stored(tx, "shelf.accounts", "account_number"), "account_number_key")
    records = judged.rows.select(
        "account_id", "account_number", "street", "city", "state", "postal_code", "country", name="account_name"
    )
    judged.n_changed = upsert(tx, _ACCOUNT, records, now)
    return judged


def load_classes(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet classes."""
    judged = Judged(columns.CLASSES, texts, rules.CLASSES)
    judged.look_up(stored(tx, "shelf.accounts", "account_number"), "account_number_key")
    judged.judge(rules.CLASS_RECORDS)
    judged.look_up(stored(tx, "shelf.classes", "class_name"), ["account_id", "class_name_key"])
    records = judged.rows.select(
        "group_class_id",
        "account_id",
        "category",
        "description",
        name="class_name",
        code="class_code",
        effective_start_date="effective_start",
        effective_end_date="effective_end",
    )
    judged.n_changed = upsert(tx, _CLASS, records, now)
    return judged


def load_products(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet products: roots first, then coverages, which name them."""
    judged = Judged(columns.PRODUCTS, texts, rules.PRODUCTS)
    is_coverage = pl.col("parent_product_code").is_not_null()
    own = stored(tx, "shelf.products", "product_code").select("product_code_key", "product_id")
    judged.look_up(own, "product_code_key")
    roots = judged.rows.filter(~is_coverage).with_columns(parent_id=pl.lit(None, pl.String))
    judged.n_changed = upsert(tx, _PRODUCT, _product_records(roots), now)
    found = stored(tx, "shelf.products", "product_code")
    coverages = judged.rows.filter(is_coverage)["product_code_key"]
    judged.look_up(found.select("product_code_key", "has_children"), "product_code_key")
    judged.look_up(
        found.select(
            pl.col("product_code_key").alias("parent_product_code_key"),
            pl.col("product_id").alias("parent_id"),
            (pl.col("parent_product_id").is_null() & ~pl.col("product_code_key").is_in(coverages.implode())).alias(
                "is_parent_root"
            ),
        ),
        "parent_product_code_key",
    )
    judged.judge(rules.PRODUCT_PARENT, among=is_coverage)
    judged.n_changed += upsert(tx, _PRODUCT, _product_records(judged.rows.filter(is_coverage)), now)
    return judged


def _product_records(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "product_id",
        "product_code",
        "product_type",
        "product_category_id",
        name="product_name",
        parent_product_id="parent_id",
    )


def load_contracts(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet contracts. A contract never changes its account."""
    judged = Judged(columns.CONTRACTS, texts, rules.CONTRACTS)
    judged.look_up(stored(tx, "shelf.accounts", "account_number"), "account_number_key")
    own = stored(tx, "shelf.contracts", "contract_number").select(
        "contract_number_key", "contract_id", stored_account_id="account_id"
    )
    judged.look_up(own, "contract_number_key")
    judged.judge(rules.CONTRACT_ACCOUNT)
    records = judged.rows.select(
        "contract_id",
        "account_id",
        "contract_number",
        "start_date",
        "end_date",
        pl.col("status").fill_null("Activated"),
        "rating_area",
        "industry_code",
        "group_size",
        "eligible_employees",
        "enrollment_waiting_period",
        enrollment_start_date="enrollment_start",
        enrollment_end_date="enrollment_end",
        is_self_service_window_enforced=pl.col("is_window_enforced").fill_null(True),
    )
    judged.n_changed = upsert(tx, _CONTRACT, records, now)
    return judged


def load_rating_areas(tx: Transaction, texts: pl.DataFrame, _now: datetime) -> Judged:
    """The sheet rating_areas; its records have no id."""
    judged = Judged(columns.RATING_AREAS, texts, rules.RATING_AREAS)
    records = judged.rows.select("state", "postal_prefix", "rating_area", "effective_from", "citation")
    if not records.is_empty():
        with tx.lend(incoming=records):
            judged.n_changed = count(tx, "shelf.update_rating_areas") + count(tx, "shelf.insert_rating_areas")
    return judged


def load_censuses(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet censuses."""
    judged = Judged(columns.CENSUSES, texts, rules.CENSUSES)
    judged.look_up(stored(tx, "shelf.contracts", "contract_number"), "contract_number_key")
    judged.judge(rules.CENSUS_RECORDS)
    judged.look_up(
        stored(tx, "shelf.censuses", "census_name"),
        ["contract_id", "census_name_key"],
    )
    records = judged.rows.select(
        "group_census_id",
        "account_id",
        "contract_id",
        pl.col("type").fill_null("Enrollment"),
        name="census_name",
        effective_date=pl.coalesce("effective_start", "start_date"),
        expiration_date=pl.coalesce("effective_end", "end_date"),
    )
    judged.n_changed = upsert(tx, _CENSUS, records, now)
    return judged
