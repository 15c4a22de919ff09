"""Files over HTTP: uploaded, given a new version, attached to a census, read back.

What lives here: the routes and their shapes, in the platform's own forms (ContentVersion, ContentDocument,
ContentDocumentLink). What does not: the rules (`services.documents`), and other records (`sobjects`).
"""

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import Field, ValidationError

from services import documents
from services.http.envelopes import RecordRoute, answered
from services.http.identity import DoorDep, Work
from services.http.shapes import Id, Said, Shape
from services.insurance_errors import Refused, bad_payload, invalid, missing

router = APIRouter(route_class=RecordRoute, tags=["Documents"], prefix="/services/data/{version}")


class NewVersion(Shape):
    """A file to keep: a new document, or a new version of one."""

    PathOnClient: str | None = Field(None, max_length=4000, description="Name of the file; folders are left out.")
    Title: str | None = Field(None, max_length=255)
    VersionData: str | None = Field(None, description="The bytes, in Base64.")
    ContentDocumentId: Id | None = Field(None, description="Document of which this is a new version.")
    FirstPublishLocationId: Id | None = Field(None, description="Census or account to attach a new document to.")


class Attachment(Shape):
    """A document and the record to attach it to."""

    ContentDocumentId: Id
    LinkedEntityId: Id


class VersionMade(Said):
    """Ids of what was made."""

    id: str
    success: bool
    errors: list[dict[str, Any]]
    contentDocumentId: str  # noqa: N815 - published name


_ASKED = {
    "PathOnClient": "census.csv",
    "VersionData": base64.b64encode(b"Given,Family,Role\nNoor,Haddad,Self\n").decode(),
    "FirstPublishLocationId": "0rf000000000000001",
}
_MADE = {"id": "068000000000000001", "success": True, "errors": [], "contentDocumentId": "069000000000000001"}
_DOCUMENT = {
    "Id": "069000000000000001",
    "Title": "census.csv",
    "LinkedEntityId": "0rf000000000000001",
    "LatestPublishedVersionId": "068000000000000001",
    "ContentSize": 34,
    "CreatedDate": "2026-11-20T12:00:00.000Z",
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "Refused, nothing written."},
    401: {"description": "No valid token."},
    403: {"description": "The token's holder may not do this."},
}
_BYTES: dict[int | str, dict[str, Any]] = {
    **_REFUSED,
    200: {"description": "The bytes.", "content": {"application/octet-stream": {}}},
}


def _says(status: int, example: Any) -> dict[int | str, dict[str, Any]]:
    return {**_REFUSED, status: {"description": "Done.", "content": {"application/json": {"example": example}}}}


@router.post(
    "/sobjects/ContentVersion",
    status_code=201,
    summary="Upload a file, as Base64",
    response_model=VersionMade,
    responses=_says(201, _MADE),
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
def upload(body: NewVersion, door: DoorDep) -> Response:
    """A new document, or a new version of the one that `ContentDocumentId` names."""
    if body.VersionData is None:
        raise Refused(missing("VersionData"))
    try:
        data = base64.b64decode("".join(body.VersionData.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(invalid("VersionData")) from None
    with door.write() as work:
        return _kept(work, body, data)


@router.post(
    "/connect/files",
    status_code=201,
    summary="Upload a file, as a form",
    response_model=VersionMade,
    responses=_says(201, _MADE),
)
def upload_form(
    door: DoorDep,
    fileData: Annotated[UploadFile, File(description="The file.")],  # noqa: N803 - published names
    title: Annotated[str | None, Form(max_length=255)] = None,
    contentDocumentId: Annotated[str | None, Form(max_length=255)] = None,  # noqa: N803
    firstPublishLocationId: Annotated[str | None, Form(max_length=255)] = None,  # noqa: N803
) -> Response:
    """The same by `curl -F fileData=@census.csv -F firstPublishLocationId=...`."""
    try:
        asked = NewVersion(
            PathOnClient=fileData.filename or "file",
            VersionData=None,
            Title=title,
            ContentDocumentId=contentDocumentId,
            FirstPublishLocationId=firstPublishLocationId,
        )
    except ValidationError:
        raise Refused(bad_payload(where="fileData")) from None
    with door.write() as work:
        return _kept(work, asked, fileData.file.read())


def _kept(work: Work, asked: NewVersion, data: bytes) -> Response:
    name = asked.PathOnClient or asked.Title or "file"
    if asked.ContentDocumentId is not None:
        document_id = asked.ContentDocumentId
        version_id = documents.add_version(work.tx, document_id, name, data, scope=work.scope, now=work.now)
    else:
        document_id, version_id = documents.upload(
            work.tx, name, data, title=asked.Title, linked_to=asked.FirstPublishLocationId, scope=work.scope,
            now=work.now,
        )  # fmt: skip
    work.touched([document_id, version_id])
    made = {"id": version_id, "success": True, "errors": [], "contentDocumentId": document_id}
    return answered(made, 201)


@router.post(
    "/sobjects/ContentDocumentLink",
    status_code=201,
    summary="Attach a document to a census or an account",
    responses=_says(201, {"id": "069000000000000001", "success": True, "errors": []}),
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {
                    "example": {"ContentDocumentId": "069000000000000001", "LinkedEntityId": "0rf000000000000001"}
                }
            }
        }
    },
)
def attach(body: Attachment, door: DoorDep) -> Response:
    """In place of what it was attached to."""
    with door.write() as work:
        documents.attach(work.tx, body.ContentDocumentId, body.LinkedEntityId, scope=work.scope)
        work.touched([body.ContentDocumentId])
    return answered({"id": body.ContentDocumentId, "success": True, "errors": []}, 201)


@router.get("/sobjects/ContentDocument/{documentId}", summary="About a document", responses=_says(200, _DOCUMENT))
def describe(documentId: str, door: DoorDep) -> Response:  # noqa: N803
    """Its name, what it is attached to, and its newest version."""
    with door.read() as work:
        return answered(documents.describe(work.tx, documentId, scope=work.scope))


@router.get("/sobjects/ContentVersion/{versionId}/VersionData", summary="The bytes of a version", responses=_BYTES)
def version_data(versionId: str, door: DoorDep) -> Response:  # noqa: N803
    """As they were uploaded."""
    with door.read() as work:
        kept = documents.read_version(work.tx, versionId, scope=work.scope)
    return _file(kept)


@router.get("/connect/files/{documentId}/content", summary="The bytes of a document", responses=_BYTES)
def content(
    documentId: str,  # noqa: N803
    door: DoorDep,
    versionId: Annotated[str | None, Query(max_length=255, description="The newest when left out.")] = None,  # noqa: N803
) -> Response:
    """As they were uploaded, or as the program made them: error files are read so."""
    with door.read() as work:
        kept = documents.read(work.tx, documentId, versionId, scope=work.scope)
    return _file(kept)


def _file(kept: documents.Kept) -> Response:
    """A download; never shown by a browser in place."""
    says = f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"
    return Response(kept.data, media_type="application/octet-stream", headers={"content-disposition": says})
