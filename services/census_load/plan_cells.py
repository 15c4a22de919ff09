"""Plan cells read once each: which plans and coverages of the contract a text names.

What lives here: the syntax of a cell (BC-26, WP ids joined by semicolons) and the look-up of names, codes
and ids on the contract. What does not: who wrote the cell, and whether that member may have the plan.

A census of a thousand people holds a handful of different cells: each (contract, column type, text) is
read once, and the result joined to every person that wrote it.
"""

import polars as pl

from schemas.plans import PRODUCT_TYPES
from services.intake.values import ENROLLED, TIER_CELLS
from services.one_go import collected

_NAMED = ("contract_plan_id", "name", "plan_code")
"""How a cell may name a plan, the surest first."""


def with_numbers(plans: pl.DataFrame) -> pl.DataFrame:
    """The plans with `plan` (row), `root` (row of the root plan), `type` (bit of the plan type) and `is_active`."""
    numbered = plans.with_row_index("plan").cast({"plan": pl.Int64}).lazy()
    roots = numbered.select(root_plan_id="contract_plan_id", root="plan", root_active=pl.col("status") == "Active")
    bits = {name.lower(): bit for bit, name in enumerate(PRODUCT_TYPES)}
    return collected(
        numbered.join(roots, on="root_plan_id", how="left", maintain_order="left").with_columns(
            type=type_bit(pl.col("plan_type"), bits),
            own_type=type_bit(pl.col("product_type"), bits),
            is_active=(pl.col("status") == "Active") & pl.col("root_active"),
            is_root=pl.col("root") == pl.col("plan"),
        )
    )


def type_bit(name: pl.Expr, bits: dict[str, int] | None = None) -> pl.Expr:
    """The number of a product type in the closed list, compared trimmed and without case (CV-29); null when unknown."""
    known = bits or {word.lower(): bit for bit, word in enumerate(PRODUCT_TYPES)}
    return name.str.strip_chars().str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.Int64)


def read_cells(cells: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """What each distinct cell names: cell, item, part, word, plan (null: none), problem (a code, or null).

    `cells` has cell, contract_id, product_type and text. An item whose root plan is not found is one row;
    its coverages are not looked up.
    """
    items = (
        cells.with_columns(item_text=pl.col("text").str.split(";"))
        .explode("item_text", empty_as_null=True)
        .with_columns(pl.col("item_text").str.strip_chars())
        .filter(pl.col("item_text") != "")
        .with_columns(
            item=pl.int_range(pl.len(), dtype=pl.Int32).over("cell"), part_text=pl.col("item_text").str.split("|")
        )
        .explode("part_text", empty_as_null=True)
        .with_columns(word=pl.col("part_text").str.strip_chars())
        .filter(pl.col("word") != "")
        .with_columns(
            part=pl.int_range(pl.len(), dtype=pl.Int32).over("cell", "item"), type=type_bit(pl.col("product_type"))
        )
        .with_columns(key=_folded("word"))
        .select("cell", "contract_id", "product_type", "type", "item", "part", "word", "key")
    )
    items = _with_yes(items, plans)
    columns = ["cell", "item", "part", "word", "plan", "problem"]
    heads = _best(items.filter(pl.col("part") == 0), plans, under_root=False)
    coverages = items.filter(pl.col("part") > 0)
    if coverages.is_empty():
        return heads.select(columns)
    found = heads.filter(pl.col("problem").is_null()).select("cell", "item", head_root="root", head_is_root="is_root")
    tails = coverages.join(found, on=["cell", "item"], how="inner", maintain_order="left")
    below = _best(tails, plans, under_root=True)
    return pl.concat([heads.select(columns), below.select(columns)]).sort("cell", "item", "part")


def _with_yes(items: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """The items, where Yes or a tier in a column of a type stands for the plan of the type; no plan has that name."""
    says_yes = pl.col("key").is_in([*ENROLLED, *TIER_CELLS]) & pl.col("type").is_not_null() & (pl.col("part") == 0)
    if not items.select(says_yes.any()).item():
        return items
    names = pl.concat(plans.select("contract_id", key=_folded(name)) for name in _NAMED)
    called = items.join(names, on=["contract_id", "key"], how="semi")
    called = called.select("cell", "item", "part", is_called=pl.lit(True))
    joined = items.join(called, on=["cell", "item", "part"], how="left", maintain_order="left")
    is_yes = says_yes & pl.col("is_called").is_null()
    return joined.with_columns(key=pl.when(is_yes).then(_yes("type")).otherwise("key")).drop("is_called")


def _yes(bit: str) -> pl.Expr:
    """What stands for the plan of a type, in place of its name; with a line break, so that no cell can say it."""
    return pl.format("yes\n{}", pl.col(bit))


def _folded(name: str) -> pl.Expr:
    """A name as it is compared: without case, and with one blank for several or for a line break."""
    return pl.col(name).str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " ")


def _best(words: pl.DataFrame, plans: pl.DataFrame, *, under_root: bool) -> pl.DataFrame:
    """Each word with the one plan it names: by id, then name, then code; of several the one that fits best.

    What fits: the type of the column, an active plan, a root plan before a coverage. Two that fit alike
    are ambiguous. Under a root only its coverages are looked at.
    """
    named = [
        plans.select("contract_id", "plan", key=_folded(name), how=pl.lit(how, pl.Int8))
        for how, name in enumerate(_NAMED)
    ]
    roots = plans.filter(pl.col("is_root") & pl.col("is_active"))
    named.append(roots.select("contract_id", "plan", key=_yes("type"), how=pl.lit(len(_NAMED), pl.Int8)))
    names = pl.concat(named).join(plans.select("plan", "root", "is_root", "is_active", plan_bit="type"), on="plan")
    found = words.with_row_index("asked").join(names, on=["contract_id", "key"], how="left")
    if under_root:
        fits = ((pl.col("root") == pl.col("head_root")) & ~pl.col("is_root")).fill_null(False)
        found = found.with_columns(pl.when(fits).then("plan").alias("plan"))
    other = (pl.col("plan_bit") != pl.col("type")).fill_null(False)
    worth = (
        other.cast(pl.Int32) * 8 + (~pl.col("is_active")).cast(pl.Int32) * 4 + (~pl.col("is_root")).cast(pl.Int32) * 2
    )
    ranked = found.with_columns(
        worth=pl.when(pl.col("plan").is_not_null()).then(worth * 8 + pl.col("how").cast(pl.Int32)), other=other
    )
    best = ranked.with_columns(best=pl.col("worth").min().over("asked")).filter(
        (pl.col("worth") == pl.col("best")) | pl.col("best").is_null()
    )
    one = (
        best.with_columns(n=pl.col("plan").n_unique().over("asked"))
        .unique("asked", keep="first", maintain_order=True)
        .sort("asked")
    )
    problem = (
        pl.when(pl.col("key").str.starts_with("yes\n") & (pl.col("plan").is_null() | (pl.col("n") > 1)))
        .then(pl.lit("plan_not_named"))
        .when(pl.col("plan").is_null())
        .then(pl.lit("plan_not_on_contract"))
        .when(pl.col("n") > 1)
        .then(pl.lit("plan_ambiguous"))
        .when(pl.col("other"))
        .then(pl.lit("plan_of_other_type"))
        .when(~pl.col("is_active"))
        .then(pl.lit("plan_inactive"))
    )
    # Nobody takes the first of several for the one that Yes means.
    unnamed = pl.col("problem") == "plan_not_named"
    return one.with_columns(problem=problem).with_columns(plan=pl.when(~unnamed.fill_null(False)).then("plan"))
