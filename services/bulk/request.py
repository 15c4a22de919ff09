"""An upload asked for: everything that can be known before a row is read, and the request written down (BC-1, BC-2).

What lives here: the preflight, its refusals, and accepting the job. What does not: the job (`services.bulk.process`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from services import documents, flows, jobs, settings
from services.book import Transaction
from services.bulk import columns
from services.census_load import member_key
from services.insurance_errors import InsuranceError, Refused, invalid, missing, unknown_field
from services.intake import encodings
from services.intake.sniffing import SEPARATORS, CensusFile, Opened, Sniffer
from services.refusals import Malformed
from services.scope import Scope

NO_CONTRACT = InsuranceError("GB-BLK-001", "The census has no contract in its effective period.")
NO_ROWS = InsuranceError("GB-BLK-003", "The file has no rows.")
NO_CSV = "The document is not a CSV file. Save it as CSV (UTF-8)."
ENROLLMENT, QUOTE = "Enrollment", "Quote"
_STRETCH = 1_000_000
"""Bytes looked at in one go."""


@dataclass(frozen=True)
class Upload:
    """What a caller asks for."""

    document_id: str | None
    version_id: str | None = None
    mapping: Mapping[str, str | None] | None = None
    duplicate_fields: Sequence[str] = ()
    batch_size: int | None = None
    executes_rules: bool = False


def start(
    tx: Transaction,
    census_id: str,
    upload: Upload,
    *,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept an upload; the id of its request. Refused, and nothing written, for whatever the preflight finds."""
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    absent = [
        missing(name) for name, value in (("contentDocumentId", upload.document_id), (columns.MAPPING, upload.mapping))
        if not value
    ]  # fmt: skip
    if absent or upload.document_id is None or upload.mapping is None:
        raise Refused(*absent)
    (census,) = tx.frame("members.target", {"census_id": census_id}).to_dicts()
    kept = _attached(tx, census_id, upload, scope)
    told = [*columns.problems_of_fields(upload.mapping), *_of_options(upload)]
    opened = open_file(kept, census_id, upload.mapping, effective_date(census, now))
    told += _of_file(opened, upload.mapping, kept.data)
    if is_enrollment(census) and not has_contract(census):
        told.append(NO_CONTRACT)
    if told:
        raise Refused(*told)
    ask = jobs.Ask(
        "CensusUpload",
        f"{census['census_name']}: {kept.name}",
        _inputs(tx, census_id, census, upload, kept, scope),
        reference_id=census_id,
        account_id=census["account_id"],
        requested_by=requested_by,
        http_request_id=http_request_id,
    )
    return jobs.accept(tx, ask, now=now)


def open_file(kept: documents.Kept, census_id: str, mapping: Mapping[str, str | None], effective: date) -> Opened:
    """The heading of the uploaded file, or its fault; columns without a mapping are ignored (BC-3)."""
    return Sniffer().open(0, census_file(kept.data, kept.sha256, kept.name, census_id, mapping, effective))


def census_file(
    data: bytes, sha256: str, name: str, census_id: str, mapping: Mapping[str, str | None], effective: date
) -> CensusFile:
    """The uploaded file as the intake takes it."""
    return CensusFile(
        path=Path(name),
        census_id=census_id,
        name=name,
        mapping=columns.for_intake(mapping),
        sheet=None,
        effective_date=effective,
        mapping_is_complete=True,
        data=data,
        sha256=sha256,
    )


def is_enrollment(census: Mapping[str, Any]) -> bool:
    """The census takes plans; one without a type does not (MP-1)."""
    return census["type"] == ENROLLMENT


def has_contract(census: Mapping[str, Any]) -> bool:
    """A contract lies within the dates of the census; a date left open is no limit (BC-5)."""
    begins, ends = census["contract_start"], census["contract_end"]
    if begins is None:
        return False
    first, last = census["effective_date"], census["expiration_date"]
    return (first is None or begins >= first) and (last is None or ends is None or ends <= last)


def effective_date(census: Mapping[str, Any], now: datetime) -> date:
    """The day by which two-digit years are read and ages are checked."""
    return census["contract_start"] or census["effective_date"] or now.date()


def _attached(tx: Transaction, census_id: str, upload: Upload, scope: Scope) -> documents.Kept:
    assert upload.document_id is not None
    kept = documents.read(tx, upload.document_id, upload.version_id, scope=scope)
    if documents.linked_entity(tx, upload.document_id) != census_id:
        raise Refused(invalid("contentDocumentId"))
    return kept


def _of_options(upload: Upload) -> list[InsuranceError]:
    """What is wrong with the batch size and the duplicate detection fields."""
    told: list[InsuranceError] = []
    if upload.batch_size is not None and upload.batch_size < 1:
        told.append(invalid("batchSize"))
    for name in upload.duplicate_fields:
        try:
            member_key.key_columns([name])
        except Malformed:
            told.append(unknown_field(name))
    return told


def _of_file(opened: Opened, mapping: Mapping[str, str | None], data: bytes) -> list[InsuranceError]:
    """What is wrong with the file as a whole: no CSV, a heading that is not there, no rows."""
    if opened.fault is not None and opened.fault.code in ("file_empty", "heading_only"):
        return [NO_ROWS]
    if opened.file_format not in (None, "csv"):
        return [invalid("contentDocumentId").about(problem=NO_CSV)]
    if opened.fault is not None and opened.fault.code != "mapping_unknown_column":
        return [invalid("contentDocumentId").about(problem=f"{opened.fault.says} {opened.fault.remedy}".strip())]
    header = opened.header if opened.fault is None else _first_line(encodings.to_utf8(data).body)
    told = columns.problems_of_header(mapping, header)
    if opened.fault is not None and not told:
        return [invalid(columns.MAPPING).about(problem=opened.fault.says)]
    return told if told or _has_rows(opened) else [NO_ROWS]


def _first_line(body: bytes) -> list[str]:
    """The cells of the first line, for a file of which no line was taken for its heading."""
    line = body.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    separator = max(SEPARATORS, key=line.count)
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _has_rows(opened: Opened) -> bool:
    """Something is written behind the heading."""
    at = 0
    for _ in range(opened.heading_line or 1):  # at most the first lines of the file
        at = opened.body.find(b"\n", at) + 1
        if at == 0:
            return False
    while at < len(opened.body):  # a stretch at a time, and of nearly every file the first one only
        if opened.body[at : at + _STRETCH].translate(None, b',;\t|" \r\n'):
            return True
        at += _STRETCH
    return False


def _inputs(
    tx: Transaction, census_id: str, census: Mapping[str, Any], upload: Upload, kept: documents.Kept, scope: Scope
) -> dict[str, Any]:
    """What the job reads."""
    kind = "enrollment" if is_enrollment(census) else "quote"
    size = upload.batch_size or settings.number(tx, f"bulk_batch_size_{kind}")
    flow = settings.get(tx, f"bulk_flow_{str(census['type'] or QUOTE).lower()}")
    return {
        "groupCensusId": census_id,
        "contentDocumentId": kept.document_id,
        "contentDocumentVersionId": kept.version_id,
        "contentDocumentName": kept.name,
        "csvColumnMapping": columns.stated(upload.mapping or {}),
        "duplicateDetectionFields": list(upload.duplicate_fields),
        "batchSize": size,
        "shouldExecuteConfigurationRule": upload.executes_rules and kind == "enrollment",
        "accountIds": None if scope.account_ids is None else list(scope.account_ids),
        "flowName": flows.steps(flow).name,
    }
