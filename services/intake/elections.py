"""Plan cells, elected amounts and opt-outs of people.

What lives here: which plan cells choose, which waive, which do nothing; the product type a row names; canonical
opt-out lists. What does not: which plan a cell names (services.selections).
"""

import polars as pl

from services.intake import aliases, numbers, values
from services.intake.found import Found
from services.intake.headings import normal
from services.intake.relations import text_or_null

_WAIVED = "waived"
_CHOOSING = ("plan", "enrolled")
_TYPES = {normal(name): product for product, names in aliases.PRODUCT_TYPES.items() for name in names.split("|")}


def product_types(text: pl.Series) -> pl.Series:
    """Canonical product types of cells; null where none is known."""
    distinct = text.unique().drop_nulls()
    key = distinct.str.to_lowercase().str.replace_all(r"[\W_]+", "").str.replace(r"(plan|insurance)$", "")
    table = pl.DataFrame({"cell": distinct, "type": key.replace_strict(_TYPES, default=None, return_dtype=pl.String)})
    return text.alias("cell").to_frame().join(table, on="cell", how="left", maintain_order="left")["type"]


def place_of(file_no: str, line_number: str, person_no: str | None = None) -> pl.Expr:
    """File, line and person of the line as one number that sorts as they do."""
    number = pl.col(file_no).cast(pl.Int64) * (1 << 40) + pl.col(line_number).cast(pl.Int64) * (1 << 12)
    return (number + pl.col(person_no) if person_no else number).alias("place")


def place(elections: pl.DataFrame, people: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Elections with their person and, where the heading names no product type, the type that the row names.

    What a row of an unknown type elects is left out: its fault refuses the plan, not the person (BC-11).
    """
    facts = people.select("person", place_of("file_no", "line_number", "person_no"))
    if "plan_type" in people.columns:
        stated = people["plan_type"]
        row_type = product_types(stated)
        unknown = row_type.is_null() & stated.is_not_null()
        found.add("unknown_plan_type", unknown, "plan_type", stated)
        facts = facts.with_columns(row_type.alias("row_type"), unknown.alias("is_unknown"))
    facts = facts.filter(people["is_readable"]) if not people["is_readable"].all() else facts
    placed = elections.with_columns(place_of("file_no", "line_number", "person_no"))
    placed = placed.join(facts, on="place", how="inner", maintain_order="left")
    if "row_type" in placed.columns:
        placed = placed.with_columns(pl.coalesce("product_type", "row_type").alias("product_type"))
        placed = placed.filter(~pl.col("is_unknown") | pl.col("product_type").is_not_null())
    word = placed["cell"].str.to_lowercase()
    # A reason behind a waiver (`Waived - spouse's plan`) names no plan.
    reasons = word.unique().drop_nulls()
    reasons = reasons.filter(reasons.str.contains(values.WAIVES))
    placed = placed.with_columns(word.replace(reasons.to_list(), _WAIVED).alias("word"))
    # A tier in place of the plan (`EE` under `Medical`) elects the plan of the type, and states the tier.
    is_tier = pl.col("word").is_in(values.TIER_CELLS) & pl.col("product_type").is_not_null()
    tiers = placed.filter(pl.col("field").is_in(_CHOOSING) & is_tier)
    return pl.concat([placed, tiers.with_columns(field=pl.lit(aliases.OTHER_TIER))]) if tiers.height else placed


def choices_of(placed: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Cells that choose a plan: person, line_number, product_type, column_name, cell.

    Yes, or a tier, chooses where no other cell of the type names a plan; a plan named beside `Enrolled in Medical: No`
    is refused.
    """
    idle = [*values.WAIVERS, *values.NOT_ELECTED]
    chosen = placed.filter(pl.col("field").is_in(_CHOOSING) & ~pl.col("word").is_in(idle))
    type_of = ["person", "product_type"]
    says_yes = pl.col("word").is_in([*values.ENROLLED, *values.TIER_CELLS]) & pl.col("product_type").is_not_null()
    if chosen.select(says_yes.any()).item():
        named = chosen.filter(~says_yes)
        yes = chosen.filter(says_yes).join(named, on=type_of, how="anti", maintain_order="left")
        chosen = pl.concat([named, yes.unique(type_of, keep="first", maintain_order=True)])
    not_enrolled = placed.filter((pl.col("field") == "enrolled") & pl.col("word").is_in(values.NOT_ENROLLED))
    if not_enrolled.height:
        fault(not_enrolled.join(chosen, on=type_of, how="semi", maintain_order="left"), "plan_not_enrolled", found)
        chosen = chosen.join(not_enrolled, on=type_of, how="anti", maintain_order="left")
    return chosen.select("person", "line_number", "product_type", "column_name", "cell")


def amounts_of(placed: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Elected amounts: person, line_number, product_type, column_name, elected_cents."""
    # A look-up of an amount that failed (#N/A) is told, as one of pay is.
    nothing = [*(word for word in values.NOTHING if word != "#n/a"), "none", *values.WAIVERS]
    stated = placed.filter((pl.col("field") == "amount") & ~pl.col("word").is_in(nothing))
    e4, bad = numbers.money_e4(stated["cell"])
    fault(stated.filter(bad), "not_money", found)
    typed = stated.with_columns(numbers.cents(e4).alias("elected_cents")).filter(~bad)
    return typed.select("person", "line_number", "product_type", "column_name", "elected_cents")


def with_other_tiers(
    placed: pl.DataFrame, people: pl.DataFrame, tier: pl.Series, counts_only: pl.Series, found: Found
) -> pl.Series:
    """The tier of every person where columns state one for each product type: one is kept, the first that is no
    waiver. Where no dependent is listed, and so the tier decides, another is told."""
    cells = placed.filter(pl.col("field") == aliases.OTHER_TIER)
    if cells.is_empty():
        return tier
    value, bad = values.look_up("tier", cells["cell"])
    stated = cells.with_columns(value.alias("value"), bad.alias("is_bad"))
    is_tier = pl.col("value").is_not_null() & (pl.col("value") != "")
    first = stated.filter(is_tier).unique("person", keep="first", maintain_order=True).select("person", beside="value")
    joined = people.select("person", tier.alias("tier")).join(first, on="person", how="left", maintain_order="left")
    kept = joined.select("person", pl.coalesce("tier", "beside").alias("kept"), counts_only.alias("counts_only"))
    told = stated.join(kept, on="person", how="left", maintain_order="left")
    left_out = pl.col("is_bad") | (is_tier & (pl.col("value") != pl.col("kept")))
    fault(told.filter(pl.col("counts_only") & left_out), "other_tier_left_out", found)
    return kept["kept"].alias("tier")


def opt_outs(
    placed: pl.DataFrame, people: pl.DataFrame, waives_by_tier: pl.Series, found: Found
) -> tuple[pl.Series, pl.Series]:
    """opt_out_plan_types of every person, and who waives without naming a type. A waiver in place of a tier is one of
    the type that the heading of the tier names, if any."""
    waived = placed.filter(pl.col("field").is_in(_CHOOSING) & pl.col("word").is_in(values.WAIVERS))
    columns = placed.filter(pl.col("field") == "waive")
    answer = values.plain(columns["cell"]).replace_strict(values.YES_NO, default=None, return_dtype=pl.String)
    fault(columns.filter(answer.is_null() & ~columns["word"].is_in(values.NOTHING)), "not_a_yes_no", found)
    fault(columns.filter(pl.col("word") == "#n/a"), "formula_failed", found)
    frames = [waived.select("person", "product_type"), columns.filter(answer == "yes").select("person", "product_type")]
    tiers = placed.filter(pl.col("field") == aliases.OTHER_TIER)
    if tiers.height:
        frames.append(tiers.filter(values.look_up("tier", tiers["cell"])[0] == "").select("person", "product_type"))
    if waives_by_tier.any():
        frames.append(people.filter(waives_by_tier).select("person", product_type="tier_type"))
    listed = text_or_null(people, "opt_out_plan_types")
    if listed.null_count() < len(listed):
        parts = (
            pl.DataFrame({"person": people["person"], "part": listed.str.replace_all(r"[,|]", ";").str.split(";")})
            .explode("part")
            .with_columns(pl.col("part").str.strip_chars())
            .filter(pl.col("part") != "")
        )
        types = product_types(parts["part"])
        idle = parts["part"].str.to_lowercase().is_in(values.NOT_ELECTED)
        wrong = parts.filter(types.is_null() & ~idle).unique("person", maintain_order=True)
        found.add(
            "unknown_opt_out_type", people["person"].is_in(wrong["person"].implode()), "opt_out_plan_types", listed
        )
        frames.append(parts.select("person", types.alias("product_type")).filter(types.is_not_null()))
    every = pl.concat(frames)
    everything = every.filter(pl.col("product_type").is_null())["person"].unique()
    joined = (
        every.drop_nulls()
        .unique()
        .sort("person", "product_type")
        .group_by("person", maintain_order=True)
        .agg(pl.col("product_type").str.join(";").alias("types"))
    )
    types = people.select("person").join(joined, on="person", how="left", maintain_order="left")["types"]
    return types, people["person"].is_in(everything.implode())


def fault(rows: pl.DataFrame, code: str, found: Found) -> None:
    """Tell a fault of cells of plan columns."""
    found.add_frame(
        rows.select(
            "person",
            "file_no",
            "line_number",
            "person_no",
            pl.col("field"),
            pl.col("column_name").alias("header"),
            pl.col("cell").str.slice(0, 200).alias("raw_value"),
            pl.lit(code).alias("code"),
        )
    )
