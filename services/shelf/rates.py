"""Rate tables and what they price.

What lives here: the sheets rate_tables and rate_table_plans. What does not: the figures (`rate_versions`).
"""

from datetime import datetime

import polars as pl

from schemas import rate_rules as rules
from services import ids
from services.book import Transaction
from services.shelf import columns
from services.shelf.columns import AXES, FACTOR, MOST_FACTOR_TABLES
from services.shelf.judged import Judged
from services.shelf.sheets import ROW
from services.shelf.store import Target, count, stored, upsert

_TABLE = Target(ids.RATE_TABLE, "rate_table_id", "shelf.update_rate_tables", "shelf.insert_rate_tables")
_CHILD_CAPPED = "child_capped"


def load_rate_tables(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet rate_tables: factor tables first, then the tables that name them."""
    judged = Judged(columns.RATE_TABLES, texts, rules.rate_tables(AXES, MOST_FACTOR_TABLES))
    judged.look_up(stored(tx, "shelf.rate_tables", "rate_table"), "rate_table_key")
    judged.rows = judged.rows.with_columns(pl.col("has_cells").fill_null(False))
    is_factor = pl.col("method") == FACTOR
    judged.judge(rules.RATE_TABLE_STORED)
    judged.n_changed = upsert(
        tx, _TABLE, _table_records(judged.rows.filter(is_factor).with_columns(factors="factor_tables")), now
    )

    judged.look_up(_factors(judged.rows, tx.frame("shelf.rate_tables")), ROW)
    judged.rows = judged.rows.with_columns(pl.col("factors").fill_null([]))
    judged.judge(rules.RATE_TABLE_FACTORS)
    judged.n_changed += upsert(tx, _TABLE, _table_records(judged.rows.filter(~is_factor)), now)
    return judged


def _factors(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The factor tables of each row under their stored names, in the order stated."""
    factors = found.filter(pl.col("stored_method") == FACTOR).select(
        key=pl.col("rate_table").str.to_lowercase(), factors="rate_table"
    )
    named = rows.select(ROW, key="factor_tables").explode("key").with_columns(pl.col("key").str.to_lowercase())
    return named.join(factors, on="key", maintain_order="left").group_by(ROW, maintain_order=True).agg("factors")


def _table_records(rows: pl.DataFrame) -> pl.DataFrame:
    counts = pl.col("method") == _CHILD_CAPPED
    return rows.select(
        "rate_table_id",
        "method",
        "rate_unit",
        pl.col("rate_period").fill_null("MONTHLY"),
        pl.col("age_basis").fill_null("LAST_BIRTHDAY"),
        pl.col("age_date").fill_null("PLAN_ANNIVERSARY"),
        pl.when(counts).then(pl.col("child_age").fill_null(21)).alias("child_age"),
        pl.when(counts).then(pl.col("child_count").fill_null(3)).alias("child_count"),
        "axes",
        "citation",
        "filed_on",
        name="rate_table",
        factor_tables="factors",
    )


def load_rate_table_plans(tx: Transaction, texts: pl.DataFrame, _now: datetime) -> Judged:
    """The sheet rate_table_plans: one table per plan or product; a new one takes the place of the stored one."""
    judged = Judged(columns.RATE_TABLE_PLANS, texts, rules.RATE_TABLE_PLANS)
    judged.look_up(
        stored(tx, "shelf.rate_tables", "rate_table").select("rate_table_key", "rate_table_id", method="stored_method"),
        "rate_table_key",
    )
    judged.look_up(
        stored(tx, "shelf.products", "product_code").select("product_code_key", "product_id"), "product_code_key"
    )
    judged.look_up(
        stored(tx, "shelf.contracts", "contract_number").select("contract_number_key", "contract_id"),
        "contract_number_key",
    )
    judged.judge(rules.RATE_TABLE_PLAN_NAMES)
    plans = stored(tx, "shelf.plans", "plan_code").select("contract_id", "plan_code_key", "contract_plan_id")
    judged.look_up(plans, ["contract_id", "plan_code_key"])
    judged.rows = judged.rows.with_columns(target_id=pl.coalesce("contract_plan_id", "product_id"))
    judged.judge(rules.RATE_TABLE_PLAN_RECORDS)
    if not judged.rows.is_empty():
        with tx.lend(incoming=judged.rows.select("rate_table_id", "contract_plan_id", "product_id")):
            tx.run("shelf.delete_rate_table_plans")
            judged.n_changed = count(tx, "shelf.insert_rate_table_plans")
    return judged
