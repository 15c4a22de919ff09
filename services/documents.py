"""Documents: files that callers upload, their versions, and the record each one is attached to.

What lives here: taking a file in, giving it a new version, attaching it, and reading it back. What does not: what is
read out of a file (`services.bulk`, `services.intake`).

The bytes stand in the book. A file's name is words for people: it is never a path of this machine, so whatever stands
before its last slash is left out and means nothing.
"""

import hashlib
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from schemas.documents import DOCUMENT, VERSION
from services import handed_on, ids, settings
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.scope import Scope

_LINKED = ("census", "account")
"""Objects that a document may be attached to."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Kept:
    """A version of a document; `data` are its bytes."""

    document_id: str
    version_id: str
    number: int
    name: str
    sha256: str
    data: bytes


def upload(
    tx: Transaction,
    path_on_client: str,
    data: bytes,
    *,
    title: str | None = None,
    linked_to: str | None = None,
    scope: Scope,
    now: datetime,
) -> tuple[str, str]:
    """Take in a file as a new document; ids of the document and of its first version.

    Refused for no bytes, more than the setting `document_most_megabytes`, a name that is too long, and a record that
    does not exist.
    """
    name = plain_name(path_on_client)
    _check(tx, name, title or name, data)
    if linked_to is not None:
        _must_be_linkable(tx, linked_to, scope, "firstPublishLocationId")
    elif scope.account_ids is not None:
        # A file that hangs from nothing belongs to no account, so its maker could not see it again.
        raise Refused(missing("firstPublishLocationId"))
    return _keep(tx, name, title or name, data, linked_to, now, is_read_next=True)


def keep(tx: Transaction, name: str, data: bytes, *, linked_to: str, now: datetime) -> str:
    """Keep a file that the program made, of whatever size; the document's id."""
    return _keep(tx, name[:255], name[:255], data, linked_to, now)[0]


def _keep(
    tx: Transaction,
    name: str,
    title: str,
    data: bytes,
    linked_to: str | None,
    now: datetime,
    *,
    is_read_next: bool = False,
) -> tuple[str, str]:
    document_id = ids.spell(ids.DOCUMENT, tx.mint(ids.DOCUMENT, 1))
    version_id = _add(tx, document_id, 1, name, data, now, is_read_next=is_read_next)
    tx.run(
        "documents.add_document",
        {
            "document_id": document_id,
            "title": title,
            "linked_entity_id": linked_to,
            "version_id": version_id,
            "now": now,
        },
    )
    return document_id, version_id


def add_version(
    tx: Transaction, document_id: str, path_on_client: str, data: bytes, *, scope: Scope, now: datetime
) -> str:
    """Give a document a further version, the newest from now on; the version's id."""
    _must_be_known(tx, document_id, scope)
    name = plain_name(path_on_client)
    _check(tx, name, name, data)
    (found,) = tx.frame("documents.document", {"document_id": document_id}).to_dicts()
    version_id = _add(tx, document_id, found["version_number"] + 1, name, data, now, is_read_next=True)
    tx.run("documents.latest", {"document_id": document_id, "version_id": version_id})
    return version_id


def attach(tx: Transaction, document_id: str, linked_to: str, *, scope: Scope) -> None:
    """Attach a document to a census or an account, in place of what it was attached to."""
    _must_be_known(tx, document_id, scope)
    _must_be_linkable(tx, linked_to, scope, "linkedEntityId")
    tx.run("documents.attach", {"document_id": document_id, "linked_entity_id": linked_to})


def describe(tx: Transaction, document_id: str, *, scope: Scope) -> dict[str, Any]:
    """What is known of a document, under published names; without its bytes."""
    _must_be_known(tx, document_id, scope)
    (row,) = tx.frame("documents.document", {"document_id": document_id}).to_dicts()
    return {
        "Id": row["content_document_id"],
        "Title": row["title"],
        "LinkedEntityId": row["linked_entity_id"],
        "LatestPublishedVersionId": row["latest_version_id"],
        "ContentSize": row["content_size"],
        "CreatedDate": f"{row['created_at'].isoformat(timespec='milliseconds')}Z",
    }


def linked_to(tx: Transaction, record_id: str) -> list[dict[str, Any]]:
    """Documents attached to a record, the oldest first: id, title, latest version. The caller asks for scope."""
    rows = tx.frame("documents.linked", {"linked_entity_id": record_id}).to_dicts()
    return [
        {"Id": r["content_document_id"], "Title": r["title"], "LatestPublishedVersionId": r["latest_version_id"]}
        for r in rows
    ]


def read(
    tx: Transaction,
    document_id: str,
    version_id: str | None = None,
    *,
    scope: Scope,
    names: Sequence[str] = ("contentDocumentId", "contentDocumentVersionId"),
) -> Kept:
    """A version of a document, the newest by default. Refused where either is unknown or they do not belong together.

    `names` are the inputs blamed, as the caller wrote them.
    """
    _must_be_known(tx, document_id, scope, names[0])
    (document,) = tx.frame("documents.document", {"document_id": document_id}).to_dicts()
    chosen = version_id or document["latest_version_id"]
    found = tx.frame("documents.version", {"version_id": chosen}).to_dicts()
    if not found or found[0]["content_document_id"] != document_id:
        raise Refused(invalid(names[1]))
    row = found[0]
    data = _bytes(tx, chosen, row["sha256"])
    return Kept(document_id, chosen, row["version_number"], row["path_on_client"], row["sha256"], data)


def bytes_of(tx: Transaction, version_id: str) -> tuple[bytes, str] | None:
    """The bytes of a version and their SHA-256, whoever asks; None where the version is no longer there."""
    found = tx.row("documents.hash", {"version_id": version_id})
    return (_bytes(tx, version_id, str(found[0])), str(found[0])) if found else None


def _bytes(tx: Transaction, version_id: str, sha256: str) -> bytes:
    """The bytes of a version that the book has: those just taken in from memory, any other from the book."""
    at_hand = handed_on.held(sha256)
    if at_hand is not None:
        return at_hand
    data = tx.row("documents.data", {"version_id": version_id})
    assert data is not None
    return bytes(data[0])


def read_version(tx: Transaction, version_id: str, *, scope: Scope) -> Kept:
    """A version by its own id."""
    found = tx.frame("documents.version", {"version_id": version_id}).to_dicts()
    if not found:
        raise Refused(invalid("contentDocumentVersionId"))
    names = ("contentDocumentVersionId", "contentDocumentVersionId")
    return read(tx, found[0]["content_document_id"], version_id, scope=scope, names=names)


def linked_entity(tx: Transaction, document_id: str) -> str | None:
    """The record that a document is attached to."""
    found = tx.frame("documents.document", {"document_id": document_id}).to_dicts()
    return found[0]["linked_entity_id"] if found else None


def plain_name(path: str) -> str:
    r"""The name of a file without folders and characters that cannot be shown.

    >>> plain_name("../../etc/cron.d/census.csv"), plain_name("C:\\temp\\a.csv"), plain_name("..")
    ('census.csv', 'a.csv', 'file')
    """
    name = _UNFIT.sub("", re.split(r"[/\\]", path)[-1]).strip()
    return name if name.strip(". ") else "file"


def _check(tx: Transaction, name: str, title: str, data: bytes) -> None:
    if not data:
        raise Refused(missing("versionData"))
    most = settings.number(tx, "document_most_megabytes")
    if most is not None and len(data) > most * 1_000_000:
        raise Refused(InsuranceError("GB-DOC-001", f"A file can hold at most {most} megabytes."))
    for text, column, said in ((name, VERSION.column("path_on_client"), "pathOnClient"),
                               (title, DOCUMENT.column("title"), "title")):  # fmt: skip
        if column.longest is not None and len(text) > column.longest:
            raise Refused(invalid(said))


def _add(
    tx: Transaction, document_id: str, number: int, name: str, data: bytes, now: datetime, *, is_read_next: bool
) -> str:
    version_id = ids.spell(ids.DOCUMENT_VERSION, tx.mint(ids.DOCUMENT_VERSION, 1))
    sha256 = hashlib.sha256(data).hexdigest()
    # As a column around the bytes as they lie: bound as a value, or put into a new column, megabytes would be copied.
    ends = pa.py_buffer(struct.pack("=2q", 0, len(data)))
    column = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)])
    with tx.lend(document_bytes=pa.table({"version_data": column})):
        tx.run(
            "documents.add_version",
            {
                "version_id": version_id,
                "document_id": document_id,
                "number": number,
                "path": name,
                "sha256": sha256,
                "now": now,
            },
        )
    if is_read_next:
        handed_on.hold(sha256, data)
    return version_id


def _must_be_known(tx: Transaction, document_id: str, scope: Scope, name: str = "contentDocumentId") -> None:
    if not scope.sees(tx, "document", document_id):
        raise Refused(invalid(name))


def _must_be_linkable(tx: Transaction, record_id: str, scope: Scope, name: str) -> None:
    if not any(scope.sees(tx, kind, record_id) for kind in _LINKED):
        raise Refused(invalid(name))
