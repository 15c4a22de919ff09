"""One row per enrollment: a person who is repeated for each plan becomes one person with several choices.

What lives here: the finding of such rows; their choices move to the person's first row, which also keeps the line; the
one tier, and the dates of cover, that are kept of several.
What does not: true duplicates, which stay people and are refused later (BC-6).
"""

import polars as pl

from services.intake.found import Found
from services.intake.relations import text_or_null
from services.intake.skips import OTHER_PLAN

_IDENTITY = ("file_no", "employee_key", "first_name", "last_name", "association", "ssn")


def collapse(
    people: pl.DataFrame, typed: dict[str, pl.Series], placed: pl.DataFrame, wrong: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People with `same_person`, and the elections moved to each person's first row.

    `same_person` is the person of that first row, on the person's other rows; those are skipped as
    `same_person_other_plan`. Rows with an error (`wrong`) are not: they are refused with their elections, but belong
    to the person too, so that they are no duplicates and no family hangs from them.
    """
    people = people.with_columns(pl.lit(None, pl.UInt32).alias("same_person"))
    named = people["first_name"].is_not_null() & people["last_name"].is_not_null()
    taking_part = people["has_plan_per_row"] & people["is_readable"] & named
    if not taking_part.any():
        return people, placed
    is_wrong = people["person"].is_in(wrong.implode())
    moved = _moved(people, typed, placed, taking_part & ~is_wrong)
    strays = _strays(people, moved, taking_part, is_wrong)
    if not moved.height and not strays.height:
        return people, placed
    first = pl.concat([moved, strays])
    people = people.drop("same_person").join(
        first.rename({"first": "same_person"}), on="person", how="left", maintain_order="left"
    )
    is_moved = pl.col("person").is_in(moved["person"].implode())
    people = people.with_columns(
        pl.when(is_moved).then(pl.lit(OTHER_PLAN)).otherwise("skip_reason").alias("skip_reason")
    )
    placed = placed.join(moved, on="person", how="left", maintain_order="left")
    return people, placed.with_columns(pl.coalesce("first", "person").alias("person")).drop("first")


def one_tier(people: pl.DataFrame, tier: pl.Series, counts_only: pl.Series, found: Found) -> pl.Series:
    """The tier of every person whose rows may each state one: the first is kept. Where no dependent is listed, and so
    the tier decides, another is told."""
    rows = people.select("person", "same_person", tier.alias("tier"))
    others = rows.filter(pl.col("same_person").is_not_null() & pl.col("tier").is_not_null())
    if others.is_empty():
        return tier
    beside = others.unique("same_person", keep="first", maintain_order=True).select(person="same_person", beside="tier")
    kept = rows.join(beside, on="person", how="left", maintain_order="left").select(pl.coalesce("tier", "beside"))
    kept_of_person = kept.to_series().gather(rows["same_person"])
    found.add("other_tier_left_out", counts_only & (tier != kept_of_person), "tier", text_or_null(people, "tier"))
    return kept.to_series()


def tell_other_dates(people: pl.DataFrame, typed: dict[str, pl.Series], found: Found) -> None:
    """Rows of a person that state other dates of cover than the first: a member has one start and one end."""
    is_other = (people["skip_reason"] == OTHER_PLAN).fill_null(False)
    if not is_other.any():
        return
    first = people["same_person"].fill_null(0)
    for name in ("policy_start_date", "policy_end_date"):
        if name in typed:
            differs = typed[name].ne_missing(typed[name].gather(first))
            found.add("other_dates_left_out", is_other & differs, name, people[name])


def _moved(
    people: pl.DataFrame, typed: dict[str, pl.Series], placed: pl.DataFrame, taking_part: pl.Series
) -> pl.DataFrame:
    """Rows (`person`) that state another plan of a person, with its first row: no earlier row elected the same."""
    frame = people.select("person", *(name for name in _IDENTITY if name in people.columns), *_plan_type(people))
    frame = frame.with_columns(typed["birth_date"].alias("birth_date")) if "birth_date" in typed else frame
    frame = frame.filter(taking_part)
    identity = [name for name in frame.columns if name not in ("person", "plan_type")]
    cell = pl.concat_str("field", "product_type", "word", separator="|", ignore_nulls=True)
    elected = placed.group_by("person").agg(cell.sort().str.join("\n").alias("elected"))
    marked = frame.with_columns(pl.col("person").min().over(identity).alias("first")).join(
        elected, on="person", how="left", maintain_order="left"
    )
    # A plan of an unknown type is told by its own fault, and is another plan all the same.
    marked = marked.with_columns(pl.coalesce("elected", *_plan_type(people)).alias("elected"))
    another = marked.select(pl.struct("first", "elected").is_first_distinct()).to_series()
    return marked.filter(another & (pl.col("person") != pl.col("first")) & pl.col("elected").is_not_null()).select(
        "person", "first"
    )


def _plan_type(people: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col("plan_type")] if "plan_type" in people.columns else []


def _strays(people: pl.DataFrame, moved: pl.DataFrame, taking_part: pl.Series, is_wrong: pl.Series) -> pl.DataFrame:
    """Rows (`person`) with an error whose person another row states, with that row: a good one, else the first."""
    on = [name for name in _IDENTITY if name in people.columns and name != "ssn"]  # the number may be what is wrong
    live = people.select("person", *on).with_columns(is_wrong.alias("is_wrong")).filter(taking_part)
    if not live["is_wrong"].any():
        return moved.clear()
    live = live.join(moved, on="person", how="anti", maintain_order="left")
    ranked = live.sort("is_wrong", "person", maintain_order=True)
    return (
        ranked.with_columns(pl.col("person").first().over(on).alias("first"))
        .filter(pl.col("is_wrong") & (pl.col("person") != pl.col("first")))
        .select("person", "first")
        .sort("person")
    )
