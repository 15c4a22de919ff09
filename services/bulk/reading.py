"""The rows of one batch as records: what a flow of a customer's own begins with (BC-50 to BC-52).

What lives here: the item of an upload read back, its rows under the field names of the mapping, and the plans named in
them. What does not: judging either: values are mapped, not validated.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from services import documents
from services.book import Transaction
from services.bulk import columns
from services.census_load.plan_cells import read_cells, with_numbers
from services.insurance_errors import Refused, bad_payload, invalid, missing
from services.intake import batches as reading
from services.intake.elections import product_types
from services.intake.headings import normal
from services.intake.sniffing import CensusFile, Opened, Sniffer
from services.members import near
from services.members.faults import SHAPE, words
from services.members.save import within_limit
from services.scope import Scope

ERROR_FIELD = "CensusMgmtUploadMemError"
REF = "MemberRefId"
ITEM = "asyncBulkRequestItem"
_INFO = "AdditionalInformation"
_REPEATED, _FIRSTS = "duplicateRowNumbersList", "duplicatedRowNumbersList"
"""Rows of the file that repeat an earlier one, and in the same order the rows that they repeat."""
_NOWHERE, _ANY_DAY = Path("upload"), date(2000, 1, 1)
"""The bytes are given, and no date is read."""


def members(tx: Transaction, item: Mapping[str, Any] | None, *, scope: Scope) -> dict[str, Any]:
    """The records of the rows that an item covers, and what is wrong with them so far.

    `item` is the record of the item; without its AdditionalInformation it is looked up by Id. A record that repeats an
    earlier row, or has too many or too few cells, carries its error in `CensusMgmtUploadMemError`.
    """
    return _read(tx, item, scope)[0]


def members_and_plans(tx: Transaction, item: Mapping[str, Any] | None, *, scope: Scope) -> dict[str, Any]:
    """As `members`, and a record for each plan or coverage named; the two are tied by `MemberRefId` (BC-52)."""
    told, info, rows = _read(tx, item, scope, with_refs=True)
    return {
        **told,
        "groupCensusMemberPlans": _plans(tx, told["groupCensusId"], rows),
        "shouldExecuteConfigurationRule": bool(info.get("shouldExecuteConfigurationRule")),
    }


def _read(
    tx: Transaction, item: Mapping[str, Any] | None, scope: Scope, *, with_refs: bool = False
) -> tuple[dict[str, Any], dict[str, Any], pl.DataFrame]:
    info = _information(tx, item, scope)
    asked, census_id, kept = _asked(tx, info, scope)
    mapping = _mapping(asked.get("csvColumnMapping"))
    first, last = (_row(info, name) for name in ("startRowNumber", "endRowNumber"))
    rows = _rows(kept.data, kept.name, mapping)
    rows = rows.filter(pl.col("row").is_between(first, last if last is not None else rows.height))
    within_limit(tx, rows.height)
    rows = _with_errors(rows, _repeats(info))
    fields = [name for name in rows.columns if name.startswith("f:")]
    records = rows.select(
        "row",
        *([pl.col("row").cast(pl.String).alias(REF)] if with_refs else []),
        *(pl.col(name).alias(name[2:]) for name in fields),
        pl.col("message").alias(ERROR_FIELD),
    )
    with tx.lend(bulk_records=records):
        (body,) = tx.row("bulk.records") or ("[]",)
    bad = rows.filter(pl.col("message").is_not_null()).rename({"code": "published_code"})
    bad = bad.with_columns(field=pl.lit(None, pl.String))
    errors = bad.select(rowNumber="row", errorCode="published_code", errorMessage=words(), fieldName="field")
    fields_asked = asked.get("duplicateDetectionFields")
    fields_asked = fields_asked.get("values") if isinstance(fields_asked, dict) else fields_asked
    if fields_asked is not None and not isinstance(fields_asked, list):
        raise Refused(invalid("duplicateDetectionFields"))
    told = {
        "groupCensusMembers": orjson.loads(body),
        "groupCensusId": census_id,
        "duplicateDetectionKeysList": ",".join(map(str, fields_asked)) if fields_asked else None,
        "errorsData": errors.to_dicts(),
    }
    return told, info, rows


def _asked(tx: Transaction, info: Mapping[str, Any], scope: Scope) -> tuple[dict[str, Any], str, documents.Kept]:
    """The request that an item is part of, its census, and the uploaded file."""
    asked = info.get("employeeBulkRequestInfo")
    if not isinstance(asked, dict):
        raise Refused(invalid(ITEM).about(field="employeeBulkRequestInfo"))
    census_id = str(asked.get("groupCensusId") or "")
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    document_id, version_id = str(asked.get("contentDocumentId") or ""), asked.get("contentDocumentVersion")
    names = ("contentDocumentId", "contentDocumentVersion")
    kept = documents.read(tx, document_id, version_id and str(version_id), scope=scope, names=names)
    if documents.linked_entity(tx, kept.document_id) != census_id:
        raise Refused(invalid("contentDocumentId"))
    return asked, census_id, kept


def _information(tx: Transaction, item: Mapping[str, Any] | None, scope: Scope) -> dict[str, Any]:
    """The JSON of the item: as given, else as the book has it."""
    if not item:
        raise Refused(missing(ITEM))
    text, repeats = item.get(_INFO), None
    if text is None:
        found = tx.row("bulk.item", {"item_id": str(item.get("Id") or "")})
        if found is None or not scope.sees(tx, "request", str(found[1])):
            raise Refused(invalid(ITEM))
        text = found[2]
        repeats = tx.frame("bulk.repeats", {"request_id": str(found[1])})
    try:
        info = json.loads(text) if isinstance(text, str) else None
    except json.JSONDecodeError:
        info = None
    if not isinstance(info, dict):
        raise Refused(bad_payload(where=f"{ITEM}.{_INFO}"))
    if repeats is not None:
        info |= {_REPEATED: repeats["row"].to_list(), _FIRSTS: repeats["first"].to_list()}
    return info


def _repeats(info: Mapping[str, Any]) -> pl.DataFrame:
    """row, first: the rows that repeat an earlier one, and which; null where the item names the later one alone."""
    rows, firsts = info.get(_REPEATED), info.get(_FIRSTS)
    rows = rows if isinstance(rows, list) else []
    firsts = firsts if isinstance(firsts, list) and len(firsts) == len(rows) else [None] * len(rows)
    pairs = [(n, m if _is_row(m) else None) for n, m in zip(rows, firsts, strict=True) if _is_row(n)]
    said = pl.DataFrame(pairs, schema={"row": pl.Int64, "first": pl.Int64}, orient="row")
    return said.unique("row", keep="first", maintain_order=True)


def _mapping(said: Any) -> dict[str, str]:
    """The column mapping of the item."""
    if isinstance(said, dict) and set(said) == {"data"} and isinstance(said["data"], dict):
        said = said["data"]
    if not isinstance(said, dict) or not all(isinstance(value, str | None) for value in said.values()):
        raise Refused(invalid(columns.MAPPING))
    told = columns.problems_of_fields(said)
    if told:
        raise Refused(*told)
    return columns.stated(said)


def _row(info: Mapping[str, Any], name: str) -> int | None:
    """A row number of the item; the first row, or no limit, where it says none."""
    value = info.get(name)
    if value is None:
        return 1 if name == "startRowNumber" else None
    if not _is_row(value):
        raise Refused(invalid(name))
    return value


def _is_row(value: Any) -> bool:
    """A number that a row of a file can have."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


def _rows(data: bytes, name: str, mapping: Mapping[str, str]) -> pl.DataFrame:
    """Each row behind the heading that says anything: row, is_ragged, `f:<field>` and `p:<heading>` as they stand."""
    asked = CensusFile(_NOWHERE, "", name, columns.for_intake(mapping), None, _ANY_DAY, True, data)
    opened = Sniffer().open(0, asked)
    batch = next(iter(reading.batches([opened])), None)
    if opened.fault is not None or batch is None or opened.file_format != "csv":
        raise Refused(invalid("contentDocumentId").about(problem=_said(opened)))
    told = columns.problems_of_header(mapping, opened.header)
    if told:
        raise Refused(*told)
    header = [heading.strip() for heading in opened.header]
    cells = [pl.col("cells").list.get(place, null_on_oob=True).str.strip_chars() for place in range(len(header))]
    if any(normal(heading) == reading.ERRORS for heading in header):
        cells = [cell.str.replace(reading.MADE_HARMLESS, "$1") for cell in cells]
    named = [
        pl.when(cell != "").then(cell).alias(_column(mapping[heading], heading, place))
        for place, (heading, cell) in enumerate(zip(header, cells, strict=True))
        if heading in mapping
    ]
    ragged = batch.people.filter(pl.col("person_no") == 0).select("line_number", "is_ragged")
    behind = batch.rows.filter(pl.col("line_number") > (opened.heading_line or 0)).sort("line_number")
    placed = behind.with_row_index("row", offset=1).join(ragged, on="line_number", how="left", maintain_order="left")
    rows = placed.select(pl.col("row").cast(pl.Int64), "is_ragged", *named)
    used = [name for name in rows.columns if name not in ("row", "is_ragged")]
    return rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in used))


def _column(field: str, heading: str, place: int) -> str:
    """Name of a column of `_rows`; plans keep their heading, of which there may be several alike."""
    return f"p:{place}:{heading}" if field.lower() in columns.SEVERAL else f"f:{field}"


def _said(opened: Opened) -> str:
    return (
        f"{opened.fault.says} {opened.fault.remedy}".strip()
        if opened.fault
        else "The document is not a CSV file. Save it as CSV (UTF-8)."
    )


def _with_errors(rows: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    """The rows with code and message: of those that repeat another, and of those with too many or too few cells."""
    is_repeated = pl.col("is_repeated").fill_null(False)
    is_ragged = pl.col("is_ragged").fill_null(False)
    named = pl.coalesce(pl.format("row {}", "first"), pl.lit("an earlier row"))
    joined = rows.join(repeats.with_columns(is_repeated=pl.lit(True)), on="row", how="left", maintain_order="left")
    told = joined.with_columns(
        code=pl.when(is_repeated).then(pl.lit("GB-BLK-002")).when(is_ragged).then(pl.lit(SHAPE)),
        message=pl.when(is_repeated)
        .then(pl.format("Row {} duplicates {}.", "row", named))
        .when(is_ragged)
        .then(pl.lit("The row has more or fewer cells than the heading.")),
    )
    return told.drop("first", "is_repeated")


def _plans(tx: Transaction, census_id: str, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """One record for each plan or coverage that a cell names; a name that the contract does not have stays a name."""
    names = [name for name in rows.columns if name.startswith("p:")]
    schema = {"row": pl.Int64, "heading": pl.String, "text": pl.String}
    parts = [
        rows.select("row", heading=pl.lit(name.split(":", 2)[2]), text=pl.col(name)).drop_nulls("text")
        for name in names
    ]
    cells = pl.concat([pl.DataFrame(schema=schema), *parts])
    if cells.is_empty():
        return []
    stored = near.with_selections(tx, near.read(tx, census_id), pl.Series("m", [], dtype=pl.String))
    plans = with_numbers(stored.plans)
    typed = cells.with_columns(
        product_type=product_types(cells["heading"]), contract_id=pl.lit(stored.targets["contract_id"][0], pl.String)
    )
    distinct = typed.select("contract_id", "product_type", "text").unique(maintain_order=True).with_row_index("cell")
    read = read_cells(distinct, plans).join(distinct, on="cell")
    ids = pl.lit(plans["contract_plan_id"]).gather(pl.col("plan").cast(pl.UInt32))
    found = typed.join(
        read, on=["product_type", "text"], how="inner", nulls_equal=True, maintain_order="left_right"
    ).with_columns(plan_id=ids if plans.height else pl.lit(None, pl.String))
    return (
        found.sort("row", maintain_order=True)
        .select(
            pl.col("row").cast(pl.String).alias(REF),
            ContractGroupPlanId=pl.coalesce("plan_id", "word"),
            ContractGroupPlanName="word",
        )
        .to_dicts()
    )
