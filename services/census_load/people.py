"""Landed persons as the load works on them: one typed frame, each with its census.

What lives here: completing the landed columns, the copies between association and relationship (CV-6,
CV-7), and what a person's own row says about its link to a primary. What does not: checking any of it.

The frame has one row per landed person, skipped lines included, and its row number is the person number
everywhere in the load. `is_illegible` marks rows whose cells may stand in the wrong columns: nothing is known of them.
"""

from functools import cache

import polars as pl

from schemas.census import CENSUS_MEMBER
from schemas.census_rules import STATUSES
from services.census_load.stored import Stored
from services.intake.landing import Landing
from services.one_go import collected

STATED = (
    "first_name",
    "last_name",
    "association",
    "relationship",
    "source_system_identifier",
    "birth_date",
    "gender",
    "smoker_status",
    "email",
    "phone_number",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "annual_salary_cents",
    "full_time_equivalent",
    "join_date",
    "termination_date",
    "policy_start_date",
    "policy_end_date",
    "continuation",
    "stated_tier",
    "is_opt_out_all_plans",
    "opt_out_plan_types",
    "is_disabled",
    "is_student",
    "is_portal_user",
    "status",
)
"""Columns of a member that a file states as they are. A blank cell leaves the stored value (BC-51, CM-6)."""

_EXTRA = pl.Schema(
    {
        "person": pl.UInt32,
        "file_no": pl.Int32,
        "line_number": pl.Int32,
        "person_no": pl.Int16,
        "skip_reason": pl.String,
        "primary_member_source": pl.String,
        "class_name": pl.String,
        "ssn": pl.String,
        "group_census_member_id": pl.String,
        "primary_group_census_member_id": pl.String,
        "member_key": pl.String,
        "record_name": pl.String,
        "given_member_type": pl.String,
        "primary_member_category": pl.String,
        "person_account_id": pl.String,
        "contact_id": pl.String,
        "owner_id": pl.String,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
        "geocode_accuracy": pl.String,
        "primary_person": pl.UInt32,
        "link_kind": pl.String,
        "same_person": pl.UInt32,
    }
)
"""Columns of a landed person beside those of `STATED`."""

_EXPLICIT_LINKS = ("key", "link_column", "covered_member")


@cache
def person_schema() -> pl.Schema:
    """The columns that a landing's persons must have, and their types; a missing column counts as blank."""
    stored = CENSUS_MEMBER.empty().schema
    return pl.Schema({**_EXTRA, **{name: stored[name] for name in STATED}})


def people_of(landing: Landing, stored: Stored) -> pl.DataFrame:
    """The working frame of the load: one row per landed person, in order of `person`."""
    landed = landing.persons
    numbered = pl.col("person").cast(pl.UInt32) == pl.int_range(pl.len(), dtype=pl.UInt32)
    if landed.height and not landed.select(numbered.all()).item():
        raise ValueError("The persons of a landing are numbered from 0 in their own order.")
    about = stored.targets.lazy().select("group_census_id", census_effective_date="effective_date")
    files = stored.files.lazy().select("file_no", "group_census_id", "census_file_id")
    files = files.join(about, on="group_census_id", how="left", maintain_order="left")
    people = (
        landed.lazy()
        .select(*_typed(frozenset(landed.schema.items())), _is_unread(landed.columns), _is_answered(landed.columns))
        .with_columns(_completed())
        .join(files, on="file_no", how="left", maintain_order="left")
    )
    return collected(_with_illegible(people, landing).with_columns(is_skipped=pl.col("skip_reason").is_not_null()))


def _with_illegible(people: pl.LazyFrame, landing: Landing) -> pl.LazyFrame:
    """The people with `is_illegible`; nobody of whom nothing is known is a primary."""
    ragged = landing.faults
    if ragged.height:
        ragged = ragged.filter(pl.col("code") == "ragged_row")
    if ragged.is_empty():
        return people.with_columns(is_illegible=pl.lit(False))
    at = ragged.lazy().select(pl.col("file_no", "line_number").cast(pl.Int32), is_illegible=pl.lit(True)).unique()
    return people.join(at, on=["file_no", "line_number"], how="left", maintain_order="left").with_columns(
        is_illegible=pl.col("is_illegible").fill_null(False),
        is_primary=pl.col("is_primary") & pl.col("is_illegible").is_null(),
    )


@cache
def _typed(landed: frozenset[tuple[str, pl.DataType]]) -> list[pl.Expr]:
    """Every column of a person in its type; nulls where the landing has no such column."""
    types = dict(landed)

    def typed(name: str, dtype: pl.DataType) -> pl.Expr:
        if name not in types:
            return pl.lit(None, dtype).alias(name)
        return pl.col(name) if types[name] == dtype else pl.col(name).cast(dtype)

    return [typed(name, dtype) for name, dtype in person_schema().items()]


def _is_unread(columns: list[str]) -> pl.Expr:
    """A relationship that was written and could not be read; the intake reported it, so Self is not assumed."""
    texts = [pl.col(name).is_not_null() for name in ("association_text", "relationship_text") if name in columns]
    typed = [pl.col(name).is_null() for name in ("association", "relationship") if name in columns]
    is_unread = pl.any_horizontal(texts) & pl.all_horizontal(typed) if texts and typed else pl.lit(False)
    return is_unread.alias("is_unread")


def _is_answered(columns: list[str]) -> pl.Expr:
    """The row says itself whether every plan is refused; without the text any typed value counts."""
    text = "is_opt_out_all_plans_text"
    return (pl.col(text).is_not_null() if text in columns else pl.lit(True)).alias("is_answered")


@cache
def _completed() -> list[pl.Expr]:
    """Association and relationship copied to each other (CV-6), Self assumed without a link (CV-7)."""
    source = pl.col("primary_member_source")
    own = source == pl.col("source_system_identifier")
    linked = (
        (source.is_not_null() & ~own.fill_null(False))
        | pl.col("primary_group_census_member_id").is_not_null()
        | (
            pl.col("primary_person").is_not_null()
            & pl.col("link_kind").is_in(_EXPLICIT_LINKS)
            & (pl.col("primary_person") != pl.col("person"))
        )
    )
    of_relationship = (
        pl.when(pl.col("relationship") == "Domestic Partner").then(pl.lit("Spouse")).otherwise("relationship")
    )
    association = pl.coalesce("association", of_relationship)
    settled = (
        pl.when(association.is_null() & ~linked & ~pl.col("is_unread")).then(pl.lit("Self")).otherwise(association)
    )
    is_self = (settled == "Self").fill_null(False)
    return [
        settled.alias("association"),
        pl.coalesce("relationship", settled).alias("relationship"),
        linked.alias("is_linked"),
        is_self.alias("is_primary"),
        # A primary whose link column holds its own identifier points at itself: the same as no link.
        pl.when(is_self & own.fill_null(False)).then(None).otherwise(source).alias("primary_member_source"),
        pl.when(pl.col("status").is_in(STATUSES)).then("status").alias("status"),
        pl.col("full_time_equivalent").round(2),
        # "Not refused" counts only where somebody wrote it; otherwise the stored answer stands.
        pl.when(pl.col("is_opt_out_all_plans") | pl.col("is_answered"))
        .then("is_opt_out_all_plans")
        .alias("is_opt_out_all_plans"),
        pl.when(is_self).then(None).otherwise("primary_person").alias("primary_person"),
    ]
