"""What is wrong with rows of a request, in the published codes and in the words of the caller.

What lives here: the codes that only requests have, and turning the ledger of the road into faults of rows and published
errors. What does not: finding faults, and the texts of the Std services.
"""

import polars as pl

from schemas.census_rules import INVALID, MISSING
from services.census_load.kinds import ERROR, KINDS, ROW
from services.census_load.ledger import Ledger
from services.insurance_errors import InsuranceError, bad_date, bad_payload
from services.members.fields import FIELDS
from services.members.rows import Rows

FAULTS = pl.Schema(
    {
        "row": pl.UInt32,
        "code": pl.String,
        "published_code": pl.String,
        "message": pl.String,
        "field": pl.String,
        "column": pl.String,
        "member_id": pl.String,
        "source_system_identifier": pl.String,
    }
)
"""Columns of the faults of rows. `code` is the rule's own, `field` the caller's name of the working `column`."""

NONE = FAULTS.to_frame()
"""No fault."""

DATE, FIELD, SHAPE = "SF-0001-0003", "SF-0001-0013", "SF-0001-0007"

OWN: dict[str, tuple[str, str]] = {
    "id_missing": (MISSING, ""),
    "group_account_missing": (MISSING, ""),
    "unknown_person_account": (INVALID, ""),
    "unknown_contact": (INVALID, ""),
    "unknown_owner": (INVALID, ""),
    "unknown_class_summary": (INVALID, ""),
    "source_not_unique": ("GB-CEN-005", "Give each member a unique sourceSystemIdentifier."),
    "primary_not_unique": (
        "GB-CEN-005",
        "Several primaries have the sourceSystemIdentifier this dependent names. Give its primary's id instead.",
    ),
    "duplicate_row": ("GB-CEN-002", "Duplicate of another member in this request."),
    "key_taken": ("GB-CEN-002", "Duplicate of another member of the census."),
    "class_invalid": ("GB-CEN-008", "The group class is not valid."),
}
"""Published code and text of the rules that only requests have, or have other words for; no text: by the code."""

_WORKING = {"group_census_member_id": "given_id", "group_class_id": "given_class_id", "stated_status": "status"}


def refuse(who: pl.DataFrame, code: str, column: str | None) -> pl.DataFrame:
    """An issue of the ledger for each `person` of `who`."""
    if who.is_empty():
        return NONE
    published, says = OWN[code] if code in OWN else (KINDS[code].published_code, KINDS[code].says)
    return who.select(
        "person",
        scope=pl.lit(ROW),
        severity=pl.lit(ERROR),
        code=pl.lit(code),
        published_code=pl.lit(published, pl.String),
        message=pl.lit(says),
        field=pl.lit(column, pl.String),
    )


def of_flow(issues: pl.DataFrame) -> pl.DataFrame:
    """Issues of a flow's step (`services.flows.ISSUES`) as issues of the ledger; the code is the flow's own."""
    return issues.select(
        person="row",
        scope=pl.lit(ROW),
        severity=pl.lit(ERROR),
        code=pl.lit("flow"),
        published_code="code",
        message="message",
        field="field",
    )


def faults_of(ledger: Ledger, rows: Rows, people: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Every error of the ledger as a fault of its row, in the order of the rows."""
    if not ledger.frames:
        return NONE
    issues = ledger.issues().filter((pl.col("severity") == ERROR) & pl.col("person").is_not_null())
    if issues.is_empty():
        return NONE
    names = {column: rows.spelling.of(column) for column in FIELDS}
    codes, texts = ({code: own[place] for code, own in OWN.items()} for place in (0, 1))
    told = issues.select(
        "code",
        "message",
        row="person",
        published_code=pl.coalesce(pl.col("code").replace_strict(codes, default=None), "published_code"),
        own=pl.col("code").replace_strict(texts, default=None, return_dtype=pl.String),
        column=pl.col("field").replace(_WORKING),
    )
    told = told.with_columns(field=pl.col("column").replace(names).str.slice(0, 100))
    told = told.with_columns(message=pl.when(pl.col("own").fill_null("") != "").then("own").otherwise(words()))
    ids = members.select("stored", stored_id="group_census_member_id")
    about = people.select("person", "stored", "given_id", "is_known").join(
        ids, on="stored", how="left", maintain_order="left"
    )
    about = about.select(
        row="person",
        member_id=pl.coalesce("stored_id", pl.when("is_known").then("given_id")),
        source_system_identifier=rows.column("source_system_identifier"),
    )
    joined = told.join(about, on="row", how="left", maintain_order="left").sort("row", maintain_order=True)
    return joined.unique(["row", "published_code", "message", "field"], keep="first", maintain_order=True).select(
        pl.col(name).cast(dtype) for name, dtype in FAULTS.items()
    )


def words() -> pl.Expr:
    """The common text of a `published_code`, about the `field` as the caller wrote it (CV-22); the rule's own `message`
    where the code has none."""
    field = pl.col("field").fill_null("members")
    return (
        pl.when(pl.col("published_code") == MISSING)
        .then(pl.format("Specify an input for {}.", field))
        .when(pl.col("published_code") == INVALID)
        .then(pl.format("Specify a valid input for {}.", field))
        .when(pl.col("published_code") == DATE)
        .then(pl.lit(bad_date().message))
        .when(pl.col("published_code") == SHAPE)
        .then(pl.lit(bad_payload().message))
        .when(pl.col("published_code") == FIELD)
        .then(
            pl.format(
                "There is no field {}. Check field names are correct and user has access to the specified fields", field
            )
        )
        .otherwise("message")
    )


def errors_of(faults: pl.DataFrame) -> list[InsuranceError]:
    """Faults as published errors; what is not known is left out of the further facts (CM-12)."""
    if faults.is_empty():
        return []
    told = faults.select(
        "published_code",
        "message",
        index="row",
        memberId="member_id",
        sourceSystemIdentifier="source_system_identifier",
        field="field",
    ).to_dicts()
    return [
        InsuranceError(one.pop("published_code"), one.pop("message"), {k: v for k, v in one.items() if v is not None})
        for one in told
    ]
