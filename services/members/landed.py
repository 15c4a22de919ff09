"""Rows of a request as the persons that the census load works on: completed from what is stored, with their faults.

What lives here: filling in what a row leaves out of a known member (CM-6), who is primary by either reading (CV-7),
and the rules on one person, judged on the member as it will stand. What does not: keys, families, classes.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache

import polars as pl

from schemas.census_rules import GEOCODE_ACCURACIES, INVALID, STATUSES, person_rules
from schemas.issues import failures
from schemas.rules import Rule, at_most_chars, between, one_of
from services.census_load.kinds import ERROR, ROW
from services.census_load.ledger import Ledger
from services.census_load.people import STATED, people_of
from services.census_load.stored import Stored
from services.intake import shapes
from services.intake.landing import Landing
from services.members.fields import FIELDS, PLAIN
from services.members.rows import Rows
from services.one_go import collected

MEMBER_TYPES = ("Primary", "Dependent")
_CARRIED = ("given_id", "given_census_id", "given_class_id", "given_summary_id", "given_member_type", *PLAIN)
"""Working columns that census files do not have."""

_WAS = [pl.col(name).alias(f"was_{name}") for name in STATED]
_NO_TYPES = pl.lit([], pl.List(pl.String)).alias("chosen_types")
_LINKS = ("primary_member_source", "primary_group_census_member_id")
_GIVEN = (*_LINKS, "class_name", "member_key", *_CARRIED)
_PUBLISHED = {
    "wrong_type": "SF-0001-0005",
    "not_a_date": "SF-0001-0003",
    "unknown_field": "SF-0001-0013",
}


def people(
    rows: Rows, stored: Stored, known: pl.DataFrame, *, by_relationship: bool, needs_id: bool = False
) -> pl.DataFrame:
    """One row per row of the request, in the columns of the load and those that only requests state.

    `known` says which rows are about which stored member (row, was: a row of the stored members); what such a row
    leaves out is filled in. `by_relationship`: an empty relationship is a primary (the Std reading, CV-7), link or not.
    `needs_id`: a row that names no member is nobody (CM-5). Rows that are nobody are marked as skipped.
    """
    # An association that could not be read is told already; Self is not assumed for it.
    unread = rows.faults["row"]
    if len(unread):
        unread = rows.faults.filter(pl.col("column").is_in(["association", "relationship"]))["row"]
    unusable = ~pl.col("is_known") & (pl.col("given_id").is_not_null() | needs_id)
    filled = collected(
        _completed(rows, stored, known, by_relationship=by_relationship).with_columns(
            person="row",
            file_no=pl.lit(0, pl.Int32),
            person_no=pl.lit(0, pl.Int16),
            group_census_member_id="given_id",
            skip_reason=pl.when(unusable).then(pl.lit("unknown_member")),
            association_text=pl.when(pl.col("row").is_in(unread.implode())).then(pl.lit("?")),
        )
    )
    made = people_of(replace(_nothing(), persons=filled), stored)
    given_source = filled["primary_member_source"]
    return made.with_columns(
        *(filled[name] for name in (*_CARRIED, "stated_status", "is_known")),
        given_source.alias("given_source"),
        _NO_TYPES,
        # A primary is not let off for naming itself, as a line of a file is.
        primary_member_source=pl.coalesce("primary_member_source", pl.lit(given_source)),
    )


def _completed(rows: Rows, stored: Stored, known: pl.DataFrame, *, by_relationship: bool) -> pl.LazyFrame:
    """What the rows state, with the stored values of known members where they state nothing, and `is_known`."""
    said = rows.values.lazy().select(
        "row", *(rows.stated(name) for name in (*STATED, *_GIVEN)), stated_status=rows.stated("status")
    )
    members = stored.members.lazy().select("stored", *_WAS)
    was = known.lazy().join(members, left_on="was", right_on="stored", how="left")
    filled = said.join(was, on="row", how="left", maintain_order="left").with_columns(
        *_filled(), is_known=pl.col("was").is_not_null()
    )
    if cleared := rows_cleared(rows, STATED):
        filled = filled.with_columns(
            pl.when(~pl.lit(flag)).then(flag.name.removeprefix("clears_")).alias(flag.name.removeprefix("clears_"))
            for flag in cleared
        )
    if by_relationship:
        neither = pl.col("relationship").is_null() & pl.col("association").is_null()
        filled = filled.with_columns(relationship=pl.when(neither).then(pl.lit("Self")).otherwise("relationship"))
    return filled


@cache
def _nothing() -> Landing:
    """A landing of no file, for the steps that ask for one."""
    return shapes.nothing([])


def rows_cleared(rows: Rows, columns: tuple[str, ...]) -> list[pl.Series]:
    """For each of the columns that some row clears, `clears_<column>`: which rows do."""
    if rows.cleared.is_empty():
        return []
    at = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    by_column = rows.cleared.filter(pl.col("column").is_in(list(columns))).group_by("column", maintain_order=True)
    return [at.is_in(part["row"].implode()).alias(f"clears_{column}") for (column,), part in by_column]


@cache
def _filled() -> list[pl.Expr]:
    """Each stated column, else the stored one. Of association and relationship a new one is copied, not completed."""
    was = {name: pl.col(f"was_{name}") for name in STATED}
    exprs = {name: pl.coalesce(name, was[name]) for name in STATED}
    for one, other in (("association", "relationship"), ("relationship", "association")):
        is_new = pl.col(other).is_not_null() & pl.col(other).ne_missing(was[other])
        exprs[one] = pl.when(is_new).then(pl.col(one)).otherwise(exprs[one])
    return [expr.alias(name) for name, expr in exprs.items()]


def take_faults(rows: Rows, ledger: Ledger) -> None:
    """What could not be read refuses its row."""
    if rows.faults.is_empty():
        return
    ledger.add(_issues(rows.faults.rename({"row": "person", "column": "field"})))


def _issues(faults: pl.DataFrame) -> pl.DataFrame:
    """Faults (person, code, message, field) as issues of the load."""
    published = pl.col("code").replace_strict(_PUBLISHED, default=None, return_dtype=pl.String)
    return faults.with_columns(
        scope=pl.lit(ROW), severity=pl.lit(ERROR), published_code=published, message=pl.col("message").fill_null("")
    )


def check(people: pl.DataFrame, rows: Rows, now: datetime, ledger: Ledger, *, besides: Collection[str] = ()) -> None:
    """Every rule on one person but the codes in `besides`, over all rows at once, on the member as it will stand.

    Of a known member only what the row states is judged: a stored value that would not be taken today does not stand
    in the way of another. A field that could not be read is not judged a second time.
    """
    live = people.filter(~pl.col("is_skipped")) if people["is_skipped"].any() else people
    rules = [rule for rule in (*person_rules(now), *_request_rules()) if rule.code not in besides]
    if live["is_known"].all():  # rules on nothing that is stated would be asked in vain
        stated = {_judged_as(name) for name in rows.values.columns} | set(rows.cleared["column"])
        rules = [rule for rule in rules if not stated.isdisjoint(rule.columns)]
    found = failures(live, rules)
    if found.is_empty():
        return
    found = found.filter(pl.col("severity") == ERROR)
    if found.is_empty():
        return
    found = found.with_columns(person=live["person"].gather(found["row"]))
    touched = _touched(rows)
    about = pl.DataFrame(
        [(rule.code, rule.columns[0], list(rule.columns)) for rule in rules],
        schema={"code": pl.String, "column_name": pl.String, "column": pl.List(pl.String)},
        orient="row",
    ).unique(["code", "column_name"], keep="first")
    of_known = found.filter(pl.lit(people["is_known"]).gather(pl.col("person")))
    spoken = (
        of_known.join(about, on=["code", "column_name"], how="left")
        .explode("column", empty_as_null=True)
        .join(touched, on=["person", "column"], how="semi")
        .select("person", "code")
    )
    is_known = pl.lit(people["is_known"]).gather(pl.col("person"))
    judged = pl.concat(
        [found.filter(~is_known), of_known.join(spoken, on=["person", "code"], how="semi", maintain_order="left")]
    )
    # One of the two is a copy of the other (CV-6): the one that the row states is blamed.
    copied = touched.filter(pl.col("column") == "association").join(
        touched.filter(pl.col("column") == "relationship"), on="person", how="anti"
    )
    judged = judged.filter(
        (pl.col("code") != "unknown_relationship") | ~pl.col("person").is_in(copied["person"].implode())
    )
    told = ledger.issues().select("person", column_name="field").drop_nulls()
    judged = judged.join(told, on=["person", "column_name"], how="anti", maintain_order="left")
    ledger.add(judged.rename({"column_name": "field"}).with_columns(scope=pl.lit(ROW)).drop("row"))


def _touched(rows: Rows) -> pl.DataFrame:
    """person, column: what each row states or clears."""
    columns = [name for name in rows.values.columns if name in FIELDS]
    parts = [
        rows.values.filter(pl.col(name).is_not_null()).select(person="row", column=pl.lit(_judged_as(name)))
        for name in columns
    ]
    cleared = rows.cleared.select(person="row", column="column")
    return pl.concat([*parts, cleared])


def _judged_as(column: str) -> str:
    return {"status": "stated_status"}.get(column, column)


@cache
def _request_rules() -> list[Rule]:
    """Rules on fields that only requests state."""
    return [
        Rule("unknown_status", ("stated_status",), "", one_of("stated_status", STATUSES), published_code=INVALID),
        Rule(
            "unknown_member_type",
            ("given_member_type",),
            "",
            one_of("given_member_type", MEMBER_TYPES),
            published_code=INVALID,
        ),
        Rule(
            "other_census",
            ("given_census_id",),
            "",
            pl.col("given_census_id") == pl.col("group_census_id"),
            published_code=INVALID,
        ),
        Rule(
            "unknown_geocode_accuracy",
            ("geocode_accuracy",),
            "",
            one_of("geocode_accuracy", GEOCODE_ACCURACIES),
            published_code=INVALID,
        ),
        *(
            Rule("place_off_the_globe", (name,), "", between(name, -most, most), published_code=INVALID)
            for name, most in (("latitude", 90.0), ("longitude", 180.0))
        ),
        *(
            Rule("text_too_long", (name,), "", at_most_chars(name, longest), published_code=INVALID)
            for name in ("name", "primary_member_category", "class_name")
            if (longest := FIELDS[name].longest) is not None
        ),
    ]
