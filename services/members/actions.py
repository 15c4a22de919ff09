"""The actions that validate and save member records: the steps of the flow, one at a time (bulk census, 5.3 and 5.4).

What lives here: what the two actions ask of the core, and their answers. What does not: the rules (`judge`), reading
the rows of an uploaded file (`services.bulk.reading`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from services import documents, jobs, refused
from services.book import Transaction
from services.insurance_errors import Refused, invalid, missing
from services.members import rows
from services.members.rows import Rows
from services.members.save import Judged, Operation, Reading, Saved, save, validate, within_limit
from services.scope import Scope

REF = "MemberRefId"
OPERATIONS = {"add": Operation.ADD, "update": Operation.UPDATE, "edit": Operation.UPDATE}
"""Edit is what the page of the flow calls Update (BC-41)."""

_ALSO = (REF,)
_REPLACED = (
    "GroupClassName", "GroupClass.Name", "GroupCensusId", "MemberKey", "GroupClassId", "RelationshipToPrimaryMember",
    "AssociationWithPrimaryMbr", "Information", "CensusMgmtUploadMemError",
)  # fmt: skip
"""Fields that validation drops or states anew."""


@dataclass(frozen=True)
class Done:
    """An action done: its output values, and the members it wrote."""

    output: dict[str, Any]
    member_ids: list[str]


def validated(
    tx: Transaction,
    census_id: str | None,
    members: Sequence[Mapping[str, Any]] | None,
    duplicate_fields: Sequence[str],
    *,
    scope: Scope,
    now: datetime,
) -> dict[str, Any]:
    """The good records in order, with what validation fills in, and the errors of the others. Writes nothing."""
    census, given = _given(tx, census_id, members, scope)
    read = rows.of_records(tx, given, also=_ALSO)
    judged = validate(
        tx,
        census,
        read,
        operation=Operation.ADD,
        reading=Reading.CONNECT,
        scope=scope,
        now=now,
        key_fields=duplicate_fields,
    )
    good = judged.people.filter(judged.accepted)
    classes = good.select("person").with_columns(_class_of(judged, good))
    filled = good.select(
        row="person",
        AssociationWithPrimaryMbr="association",
        RelationshipToPrimaryMember="relationship",
        GroupClassId=classes["class_id"],
        GroupCensusId=pl.lit(census),
        MemberKey="member_key",
    )
    return {
        "validatedGroupCensusMembers": _patched(tx, given, filled, _REPLACED),
        "errorsData": _errors(judged, read),
    }


def saved(
    tx: Transaction,
    census_id: str | None,
    members: Sequence[Mapping[str, Any]] | None,
    *,
    operation: str | None,
    item_id: str | None,
    logs_errors: bool,
    scope: Scope,
    now: datetime,
) -> Done:
    """Save records: primaries, then dependents (BC-56). With an item the outcome of each record is a detail of it."""
    item = _item(tx, item_id, scope) if item_id else None
    if item is None and not operation:
        raise Refused(missing("operation"))
    chosen = OPERATIONS.get((operation or "add").strip().lower())
    if chosen is None:
        raise Refused(invalid("operation"))
    census, given = _given(tx, census_id or (item.census_id if item else None), members, scope)
    read = rows.of_records(tx, given, also=_ALSO)
    judged = validate(tx, census, read, operation=chosen, reading=Reading.CONNECT, scope=scope, now=now)
    done = save(tx, judged, now=now)
    errors = _errors(judged, read)
    output: dict[str, Any] = {"savedGroupCensusMembers": _stored(tx, given, judged, done)}
    if item is None:
        output["errorsData"] = errors
    else:
        _add_details(tx, item, judged, done, errors)
    if logs_errors and errors:
        output["errorDocumentId"] = _error_file(tx, census, given, judged, item_id, errors, now)
    return Done(output, done.saved_ids)


@dataclass(frozen=True)
class _Item:
    item_id: str
    request_id: str
    census_id: str | None


def _item(tx: Transaction, item_id: str, scope: Scope) -> _Item:
    found = tx.row("jobs.item", {"item_id": item_id})
    if found is None or not scope.sees(tx, "request", str(found[1])):
        raise Refused(invalid("asyncBulkRequestItemId"))
    return _Item(item_id, str(found[1]), found[3])


def _given(
    tx: Transaction, census_id: str | None, members: Sequence[Mapping[str, Any]] | None, scope: Scope
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The census and the records; refused where either is missing, and for too many records."""
    absent = [
        missing(name) for name, value in (("groupCensusId", census_id), ("groupCensusMembers", members)) if not value
    ]
    if absent or census_id is None or members is None:
        raise Refused(*absent)
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    within_limit(tx, len(members))
    return census_id, members


def _class_of(judged: Judged, good: pl.DataFrame) -> pl.Series:
    """The class of each member: a dependent has that of the primary (CV-15), a known primary the one it has."""
    stored = judged.stored.members.select(stored="stored", was="group_class_id")
    own = judged.people.select("person", "stored", "group_class_id").join(stored, on="stored", how="left")
    own = own.sort("person").with_columns(class_id=pl.coalesce("group_class_id", "was"))
    heads = own.select(primary_row="person", of_row="class_id")
    kept = stored.select(primary_stored="stored", of_stored="was")
    joined = (
        good.select("person", "is_primary", "primary_row", "primary_stored")
        .join(own.select("person", "class_id"), on="person", how="left", maintain_order="left")
        .join(heads, on="primary_row", how="left", maintain_order="left")
        .join(kept, on="primary_stored", how="left", maintain_order="left")
    )
    chosen = pl.when("is_primary").then("class_id").otherwise(pl.coalesce("of_row", "of_stored"))
    return joined.select(chosen.alias("class_id")).to_series()


def _patched(
    tx: Transaction, given: Sequence[Mapping[str, Any]], stated: pl.DataFrame, dropped: Sequence[str]
) -> list[dict[str, Any]]:
    """Records of the rows in `stated`, without the fields dropped, with those stated; nulls are left out."""
    body = orjson.dumps(given, option=orjson.OPT_NON_STR_KEYS).decode()
    with tx.lend(members_patch=stated):
        found = tx.row("members.patched", {"body": body, "dropped": [name.lower() for name in dropped]})
    return orjson.loads(found[0]) if found and found[0] else []


def _stored(tx: Transaction, given: Sequence[Mapping[str, Any]], judged: Judged, done: Saved) -> list[dict[str, Any]]:
    """The saved records with their ids and those of their primaries, in the order given."""
    n = len(done.member_ids)
    asked = pl.DataFrame({"row": pl.int_range(n, dtype=pl.UInt32, eager=True), "Id": done.member_ids},
                         schema_overrides={"Id": pl.String}).drop_nulls("Id")  # fmt: skip
    with tx.lend(members_asked=asked):
        stated = tx.frame("members.saved_records", {"census_id": judged.asked.census_id})
    return _patched(tx, given, stated, ("Id", "GroupCensusId", "MemberKey", "PrimaryGroupCensusMemberId", "Name",
                                        "GroupClassName", "GroupClass.Name", "GroupClassId"))  # fmt: skip


def _errors(judged: Judged, read: Rows) -> list[dict[str, Any]]:
    """What is wrong, in the order of the records; `recordId` is the member, else the caller's reference."""
    faults = judged.faults
    refs = read.column(REF)
    return faults.select(
        rowNumber=pl.col("row").cast(pl.Int64) + 1,
        errorCode="published_code",
        errorMessage="message",
        errorType=pl.lit("VALIDATION_ERROR"),
        fieldName="field",
        recordId=pl.coalesce("member_id", pl.lit(refs).gather(pl.col("row"))),
    ).to_dicts()


def _add_details(tx: Transaction, item: _Item, judged: Judged, done: Saved, errors: list[dict[str, Any]]) -> None:
    """A detail of the item for each record (BC-57, BC-82)."""
    told = pl.DataFrame(errors, schema={"rowNumber": pl.Int64, "errorCode": pl.String, "errorMessage": pl.String,
                                        "fieldName": pl.String}, strict=False)  # fmt: skip
    first = told.group_by("rowNumber", maintain_order=True).agg(
        pl.col("errorCode", "errorMessage", "fieldName").first(),
        description=pl.col("errorMessage").str.join(" "),
    )
    people = judged.people.select(
        (pl.col("person").cast(pl.Int64) + 1).alias("rowNumber"), "member_key", "source_system_identifier"
    ).with_columns(pl.Series("member_id", done.member_ids, dtype=pl.String))
    each = people.join(first, on="rowNumber", how="left", maintain_order="left")
    with tx.lend(bulk_details=each.select(row="rowNumber", code="errorCode", message="errorMessage", field="fieldName",
                                          member_key="member_key")):  # fmt: skip
        facts = tx.frame("bulk.with_information")
    details = each.join(facts, left_on="rowNumber", right_on="row", maintain_order="left").select(
        "description",
        "additional_information",
        "source_system_identifier",
        async_item_id=pl.lit(item.item_id),
        name=pl.format("Row {}", "rowNumber"),
        reference_record_id=pl.coalesce("member_id", pl.lit(judged.asked.census_id)),
        status=pl.when(pl.col("errorCode").is_null()).then(pl.lit(jobs.SUCCESS)).otherwise(pl.lit(jobs.DETAIL_FAILED)),
    )
    jobs.add_details(tx, item.request_id, details)


def _error_file(
    tx: Transaction, census_id: str, given: Sequence[Mapping[str, Any]], judged: Judged, item_id: str | None,
    errors: list[dict[str, Any]], now: datetime,
) -> str:  # fmt: skip
    """The refused records as a CSV document of the census, with a last column `Errors`."""
    told = pl.DataFrame(errors, schema={"rowNumber": pl.Int64, "errorMessage": pl.String}, strict=False)
    said = told.group_by("rowNumber", maintain_order=True).agg(pl.col("errorMessage").str.join(" "))
    with_body = tx.frame("members.cells", {"body": orjson.dumps(given, option=orjson.OPT_NON_STR_KEYS).decode()})
    cells = with_body.filter(
        pl.col("row").is_in(judged.people.filter(judged.refused)["person"].implode())
        & (pl.col("property").str.to_lowercase() != refused.ERRORS.lower())
    )
    names = cells["property"].unique(maintain_order=True).to_list()
    marked = cells.with_columns(marked=pl.lit("p:") + pl.col("property"))
    wide = marked.pivot("marked", index="row", values="text", aggregate_function="first")
    at_row = said.select((pl.col("rowNumber") - 1).cast(wide.schema["row"]).alias("row"), "errorMessage")
    frame = wide.join(at_row, on="row", how="left", maintain_order="left").sort("row")
    frame = frame.select(*(f"p:{name}" for name in names), "errorMessage")
    account = re.sub(r"[^\w-]+", "_", str(judged.stored.targets["account_name"][0] or "census")).strip("_")
    name = f"{account}_{item_id or census_id}_{now:%Y%m%dT%H%M%SZ}.csv"
    data = refused.as_csv([*names, refused.ERRORS], frame)
    return documents.keep(tx, name, data, linked_to=census_id, now=now)
