"""The figures of the rate tables, version by version.

What lives here: the sheet rate_cells: keys in one plain form, and whole versions accepted, refused or found stored
already. What does not: the tables themselves (`rates`), and how a cell is found for a member (`rating`).

A version is all rows of one table and one date. It is taken whole or not at all (GR-22): a version with a hole
where a refused cell was would price some members and not others.
"""

from datetime import datetime
from functools import reduce

import polars as pl

from rating.codes import BANDED, Axis
from schemas import rate_rules as rules
from schemas.rules import ERROR
from services.book import Transaction
from services.shelf import columns
from services.shelf.judged import Judged
from services.shelf.price_columns import AXES
from services.shelf.sheets import ROW
from services.shelf.store import stored, utc

ANY = "*"
_HIGHEST_AGE = 120
_VALUES = {
    "gender": ("Male", "Female"),
    "tobacco": ("Smoker", "Non-Smoker"),
    "tier": ("EE", "ES", "EC", "E1C", "ECN", "EE+1", "FAM"),
    "relationship": ("Self", "Spouse", "Domestic Partner", "Child", "Parent", "Parent-in-law", "Other"),
}
_BANDED = {axis.name.lower() for axis in BANDED}
_PERCENTS = ("participation", "female_percent")
_COUNTS = ("group_size", "duration", "service")
_WHOLE_PERCENT = 100
_VERSION = ["rate_table_id", "effective_from"]

# The tiers that tell which set a version uses (GR-26); EE or FAM alone, and *, stand in all of them.
_TELLING_TIERS = ("E1C", "ECN", "EC", "ES", "EE+1", "EE", "FAM")


def load_rate_cells(tx: Transaction, texts: pl.DataFrame, now: datetime, *, replace_rates: bool = False) -> Judged:
    """The sheet rate_cells. A stored version stated with other figures is refused, unless `replace_rates`."""
    judged = Judged(columns.RATE_CELLS, texts, ())
    tables = stored(tx, "shelf.rate_tables", "rate_table").select(
        "rate_table_key", "rate_table_id", axes="stored_axes", method="stored_method"
    )
    judged.look_up(tables, "rate_table_key")
    judged.judge((rules.TABLE_KNOWN,))
    judged.rows = judged.rows.with_columns(
        pl.all_horizontal(pl.col(f"{axis}_text").is_null() for axis in AXES)
        .and_(pl.col("rate_text").is_null())
        .alias("is_closing"),
        *[pl.col("axes").list.contains(pl.lit(axis)).alias(f"uses_{axis}") for axis in AXES],
        *[_plain_key(axis).alias(f"{axis}_key") for axis in AXES],
    )
    judged.judge(
        (*rules.rate_cells(rate_places=6, factor_places=4), *[rule for axis in AXES for rule in rules.rate_key(axis)])
    )
    judged.judge((rules.RATE_CELL_REPEATED,))
    judged.judge((rules.RATE_CELL_CLOSING,))
    _refuse_tier_sets(tx, judged, replace_rates)
    _refuse_incomplete(judged)
    if not judged.rows.is_empty():
        _store(tx, judged, _with_keys(judged.rows), now, replace_rates)
    return judged


def _plain_key(axis: str) -> pl.Expr:
    """The key as it is stored: a plain number, or a listed word in its spelling; null if it is neither."""
    # Digits are spelled out: \d is one of any script, and numbers are read of these ten.
    text = pl.col(f"{axis}_text")
    if axis == Axis.AGE.name.lower():
        age = text.str.extract(r"^([0-9]{1,3})(?:\.0+)?$", 1).cast(pl.Int32)
        plain = pl.when(age <= _HIGHEST_AGE).then(age.cast(pl.String))
    elif axis in _PERCENTS:
        percent = text.str.extract(r"^([0-9]{1,3}(?:\.[0-9]{1,4})?)0*%?$", 1).cast(pl.Decimal(24, 6), strict=False)
        plain = pl.when(percent <= _WHOLE_PERCENT).then(percent.cast(pl.String).str.replace(r"\.?0+$", ""))
        plain = pl.when(percent == 0).then(pl.lit("0")).otherwise(plain)
    elif axis in _COUNTS:
        whole = text.str.replace_all(",", "", literal=True).str.extract(r"^([0-9]{1,9})(?:\.0+)?$", 1)
        plain = whole.cast(pl.Int64).cast(pl.String)
    elif axis in _BANDED:
        like = r"^\$?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,2})?)0*$"
        dollars = text.str.extract(like, 1).str.replace_all(",", "")
        plain = dollars.cast(pl.Decimal(24, 6), strict=False).cast(pl.String).str.replace(r"\.?0+$", "")
    elif axis in _VALUES:
        meant = {value.lower(): value for value in _VALUES[axis]}
        plain = text.str.to_lowercase().replace_strict(meant, default=None, return_dtype=pl.String)
    else:
        plain = text
    return pl.when(text == ANY).then(pl.lit(ANY)).otherwise(plain)


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `keys`: one key per axis of their table, in its order; blank ones where the version closes."""
    made = []
    for (axes,), part in rows.group_by("axes", maintain_order=True):  # few: one turn per distinct list of axes
        keys = [pl.col(f"{axis}_key").fill_null("") for axis in axes]
        made.append(part.with_columns(keys=pl.concat_list(keys) if keys else pl.lit([], pl.List(pl.String))))
    return pl.concat(made).select(ROW, "rate_table", *_VERSION, "keys", pl.col("rate").cast(pl.Decimal(18, 6)))


def _tier_set(tiers: pl.Expr) -> pl.Expr:
    """Which set the tiers of a version are of: five, four, three, two, mixed, or null where they do not tell."""
    has = {tier: tiers.eq(tier).any() for tier in _TELLING_TIERS}
    five, four, three = has["E1C"] | has["ECN"], has["EC"], has["EE+1"]
    mixed = (five & four) | (three & (five | four | has["ES"]))
    cases = [
        (mixed, "mixed"),
        (five, "five"),
        (four | has["ES"], "four"),
        (three, "three"),
        (has["EE"] & has["FAM"], "two"),
    ]
    last = pl.lit(None, pl.String)
    return reduce(lambda rest, case: pl.when(case[0]).then(pl.lit(case[1])).otherwise(rest), reversed(cases), last)


def _refuse_tier_sets(tx: Transaction, judged: Judged, replace_rates: bool) -> None:
    """All versions of a table use one set of tiers: a rate is read by the set, and the set is the table's."""
    rows = judged.rows.filter("uses_tier")
    if rows.is_empty():
        return
    stated = rows.group_by(_VERSION).agg(_tier_set(pl.col("tier_key")).alias("set"))
    with tx.lend(incoming=rows.select(_VERSION).unique()):
        kept = tx.frame("shelf.stored_tiers")
    kept = kept.join(stated, on=_VERSION, how="anti") if replace_rates else kept
    told = kept.group_by(_VERSION).agg(_tier_set(pl.col("tier")).alias("set")).with_columns(is_stored=pl.lit(True))
    both = pl.concat([told, stated.with_columns(is_stored=pl.lit(False))], how="diagonal_relaxed")
    leading = (
        both.filter(pl.col("set").is_not_null() & (pl.col("set") != "mixed"))
        .sort("is_stored", "effective_from", descending=[True, False])
        .unique("rate_table_id", keep="first", maintain_order=True)
        .select("rate_table_id", leading="set")
    )
    bad = stated.join(leading, on="rate_table_id", how="left").filter(
        (pl.col("set") == "mixed") | (pl.col("set") != pl.col("leading"))
    )
    _refuse_versions(
        judged,
        bad.select(_VERSION),
        "tier_sets_mixed",
        "tier",
        "The tiers are not all of one set, or not of the set that the table's other versions use.",
        "Use EE ES EC FAM, or EE ES E1C ECN FAM, or EE EE+1 FAM, or EE FAM; file another set as another table.",
    )


def _refuse_incomplete(judged: Judged) -> None:
    """Versions of which a row was refused; where a row's date is unknown, every version of its table."""
    refused = judged.stated.join(judged.rows.select(ROW), on=ROW, how="anti").select("rate_table_key", "effective_from")
    dated = judged.rows.join(refused.drop_nulls(), on=["rate_table_key", "effective_from"], how="semi")
    undated = judged.rows.join(refused.filter(pl.col("effective_from").is_null()), on="rate_table_key", how="semi")
    _refuse_versions(
        judged,
        pl.concat([dated, undated]).select(_VERSION).unique(),
        "rate_version_refused",
        "rate_table",
        "Another row of this version was refused, so none of its rows was taken.",
        "Correct the other rows, then load the version again.",
    )


def _refuse_versions(judged: Judged, versions: pl.DataFrame, code: str, column: str, message: str, hint: str) -> None:
    """One issue per version, at its first row; all its rows are refused."""
    rows = judged.rows.join(versions, on=_VERSION, how="semi", maintain_order="left")
    firsts = rows.unique(_VERSION, keep="first", maintain_order=True)
    judged.note(
        firsts.select(
            ROW,
            severity=pl.lit(ERROR),
            code=pl.lit(code),
            column_name=pl.lit(column),
            raw_value=pl.format("{} from {}", "rate_table", "effective_from"),
            message=pl.lit(message),
            hint=pl.lit(hint),
        )
    )
    judged.drop(rows[ROW])


def _store(tx: Transaction, judged: Judged, cells: pl.DataFrame, now: datetime, replace_rates: bool) -> None:
    """Insert new versions, pass over those stored as stated, and replace or refuse those stored otherwise."""
    with tx.lend(incoming=cells.select(*_VERSION, "keys", "rate")):
        compared = tx.frame("shelf.compare_versions")
    is_same = (pl.col("n_stored") == pl.col("n_stated")) & (pl.col("n_stored") == pl.col("n_same"))
    same, other = compared.filter(is_same).select(_VERSION), compared.filter(~is_same).select(_VERSION)
    if not replace_rates:
        _refuse_versions(
            judged,
            other,
            "rate_version_exists",
            "effective_from",
            "The book holds other figures for this table and date; a version in force is not changed silently.",
            "State the new figures from a later date, or load with --replace-rates to correct the stored ones.",
        )
    cells = cells.join(same, on=_VERSION, how="anti", maintain_order="left")
    cells = cells.join(judged.rows.select(ROW), on=ROW, how="semi", maintain_order="left")
    if cells.is_empty():
        return
    with tx.lend(incoming=cells.select(*_VERSION, "keys", "rate")):
        if replace_rates:
            tx.run("shelf.delete_rate_cells")
        tx.run("shelf.insert_rate_cells")
        tx.run("shelf.touch_rate_tables", {"now": utc(now)})
    judged.n_changed = cells.height
