"""Rate tables and what they price.

What lives here: the sheets rate_tables and rate_table_plans. What does not: the figures (`rate_versions`), and the
published curves that a table may name (`curves`).
"""

from datetime import datetime

import polars as pl

from schemas import rate_rules as rules
from schemas.plans import PRODUCT_TYPES
from services import ids
from services.book import Transaction
from services.curves.published import Curve
from services.shelf import columns
from services.shelf.curves import sheets_of, take_curves
from services.shelf.judged import Judged
from services.shelf.price_columns import AXES, FACTOR, MOST_FACTOR_TABLES
from services.shelf.rate_versions import load_rate_cells
from services.shelf.sheets import ROW
from services.shelf.store import Target, count, stored, upsert

_TABLE = Target(ids.RATE_TABLE, "rate_table_id", "shelf.update_rate_tables", "shelf.insert_rate_tables")
_LINES = {kind.lower(): kind for kind in PRODUCT_TYPES}


def load_rate_tables(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet rate_tables: factor tables first, then the tables that name them."""
    judged = Judged(columns.RATE_TABLES, texts, rules.rate_tables(AXES, MOST_FACTOR_TABLES))
    judged.look_up(stored(tx, "shelf.rate_tables", "rate_table"), "rate_table_key")
    judged.rows = judged.rows.with_columns(pl.col("has_cells").fill_null(False))
    is_factor = pl.col("method") == FACTOR
    judged.judge(rules.RATE_TABLE_STORED)
    judged.n_changed = upsert(
        tx,
        _TABLE,
        _table_records(judged.rows.filter(is_factor).with_columns(factors="factor_tables", base="base_table")),
        now,
    )

    curves = take_curves(tx, judged)
    judged.look_up(_factors(judged.rows, tx.frame("shelf.rate_tables"), list(curves)), ROW)
    judged.rows = judged.rows.with_columns(pl.col("factors").fill_null([]))
    judged.judge(rules.RATE_TABLE_FACTORS)
    judged.look_up(_bases(judged.rows, tx.frame("shelf.rate_tables")), "base_table_key")
    judged.judge(rules.RATE_TABLE_BASES)
    _file_curves(tx, curves, judged.rows["factors"], now)
    judged.n_changed += upsert(tx, _TABLE, _table_records(judged.rows.filter(~is_factor)), now)
    return judged


def _file_curves(tx: Transaction, curves: dict[str, Curve], named: pl.Series, now: datetime) -> None:
    """File the published curves that accepted rows name. Their rows are not the sheet's, so they are not counted."""
    kept = set(named.explode(empty_as_null=False))
    tables, cells = sheets_of({name: curve for name, curve in curves.items() if name in kept})
    if not tables.is_empty():
        load_rate_tables(tx, tables, now)
        load_rate_cells(tx, cells, now)


def _factors(rows: pl.DataFrame, found: pl.DataFrame, curves: list[str]) -> pl.DataFrame:
    """The factor tables of each row under their stored names, in the order stated; `curves` are about to be stored."""
    names = pl.concat(
        [found.filter(pl.col("stored_method") == FACTOR)["rate_table"], pl.Series(curves, dtype=pl.String)]
    )
    factors = pl.DataFrame({"key": names.str.to_lowercase(), "factors": names})
    named = rows.select(ROW, key="factor_tables").explode("key").with_columns(pl.col("key").str.to_lowercase())
    return named.join(factors, on="key", maintain_order="left").group_by(ROW, maintain_order=True).agg("factors")


def _bases(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What can be a base table: rate tables of the sheet and of the book, and whether they rest on one themselves."""
    kept = found.filter(pl.col("stored_method") != FACTOR).select(
        base_table_key=pl.col("rate_table").str.to_lowercase(),
        base="rate_table",
        has_base=pl.col("stored_base").is_not_null(),
    )
    stated = rows.filter(pl.col("method") != FACTOR).select(
        base_table_key="rate_table_key", base="rate_table", has_base=pl.col("base_table").is_not_null()
    )
    # The name as the book has it, the rest as the sheet now states it.
    named = stated.join(kept.select("base_table_key", was="base"), on="base_table_key", how="left")
    stated = named.select("base_table_key", base=pl.coalesce("was", "base"), has_base="has_base")
    return pl.concat([stated, kept.join(stated, on="base_table_key", how="anti")])


def _table_records(rows: pl.DataFrame) -> pl.DataFrame:
    counts = pl.col("method").is_in(rules.CHILD_CAPPED)
    plain = pl.col("limits", "round_places").str.to_lowercase().str.replace_all(r"\s", "")
    lines = pl.col("child_lines").list.eval(pl.element().replace_strict(_LINES, default=None, return_dtype=pl.String))
    return rows.select(
        "rate_table_id",
        "method",
        "rate_unit",
        pl.col("rate_period").fill_null("MONTHLY"),
        pl.col("age_basis").fill_null("LAST_BIRTHDAY"),
        pl.col("age_date").fill_null("PLAN_ANNIVERSARY"),
        pl.when(counts).then(pl.col("child_age").fill_null(21)).alias("child_age"),
        pl.when(counts).then(pl.col("child_count").fill_null(3)).alias("child_count"),
        pl.when(counts & (lines.list.len() > 0)).then(lines).alias("child_lines"),
        pl.col("spouse_age").fill_null("OWN"),
        pl.col("outside_table").fill_null("CLAMP"),
        pl.col("money_rounding").fill_null("HALF_UP"),
        plain,
        "axes",
        "citation",
        "filed_on",
        name="rate_table",
        factor_tables="factors",
        base_table="base",
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
