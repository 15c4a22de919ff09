"""Asynchronous requests over HTTP: what has become of one, its records, and cancelling it (bulk census, section 6).

What lives here: the routes and their shapes. What does not: the counts and states (`services.jobs`), and the work
(`services.job_runs`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services import jobs
from services.http.envelopes import ConnectRoute, RecordRoute, StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Id, LooseShape, Said

router = APIRouter()
connect = APIRouter(
    route_class=ConnectRoute,
    tags=["Asynchronous requests"],
    prefix="/services/data/{version}/connect/insurance/async-requests/{requestId}",
)
std = APIRouter(route_class=StdRoute, tags=["Asynchronous requests"], prefix="/services/InsAsyncBulkService")
records = APIRouter(
    route_class=RecordRoute,
    tags=["Asynchronous requests"],
    prefix="/services/data/{version}/sobjects/InsuranceAsyncBulkRecordDetail/{detailId}",
)


class RequestItem(Said):
    """A part of a request, such as a batch of rows."""

    id: str
    status: str
    planName: str | None  # noqa: N815 - published names
    batchJobId: str | None  # noqa: N815


class RequestStatus(Said):
    """What is known of a request."""

    requestId: str  # noqa: N815
    type: str
    name: str
    createdDate: str  # noqa: N815
    status: str
    jobCount: int  # noqa: N815
    pendingJobCount: int  # noqa: N815
    successfulJobCount: int  # noqa: N815
    failedJobCount: int  # noqa: N815
    cancelledJobCount: int  # noqa: N815
    erroredJobCount: int  # noqa: N815
    requestItems: list[RequestItem]  # noqa: N815
    result: dict[str, Any] | None


class StatusInput(LooseShape):
    """Options of getRequestStatusById."""

    requestId: Id | None = None  # noqa: N815
    isAdditionalInfo: bool | None = Field(None, description="Answer `additionalInformation` as well.")  # noqa: N815


class Details(Said):
    """Records of a request, in order."""

    records: list[dict[str, Any]]


_COUNTS = {
    "jobCount": 2,
    "pendingJobCount": 0,
    "successfulJobCount": 1,
    "failedJobCount": 0,
    "cancelledJobCount": 0,
    "erroredJobCount": 1,
}
_ITEMS = [
    {"id": "18c000000000000001", "status": "Completed", "planName": None, "batchJobId": None},
    {"id": "18c000000000000002", "status": "Completed With Errors", "planName": None, "batchJobId": None},
]
_ROWS: dict[str, Any] = {"rowsRead": 41, "rowsCreated": 38, "rowsUpdated": 1, "rowsFailed": 2}
_STATUS: dict[str, Any] = {
    "requestId": "08P000000000000001",
    "type": "CensusUpload",
    "name": "Acme 2026: census.csv",
    "createdDate": "2026-11-20T12:00:00.000Z",
    "status": "Completed With Errors",
    **_COUNTS,
    "requestItems": _ITEMS,
    "result": {
        "groupCensusId": "0rf000000000000001",
        **_ROWS,
        "errorDocumentId": "069000000000000002",
        "warnings": [],
    },
    **_ROWS,
    "errorDocumentId": "069000000000000002",
}
_STD = {
    "result": "success",
    "errorCode": "INVOKE-200",
    "error": "OK",
    **{k: _STATUS[k] for k in ("name", "createdDate", "status")},
    **_COUNTS,
    "requestItems": _ITEMS,
}
_DETAIL = {
    "Id": "18d000000000000002",
    "Name": "Row 2",
    "InsuranceAsyncBulkRequestItemId": "18c000000000000002",
    "ReferenceRecordId": "0rf000000000000001",
    "Status": "Failed",
    "Description": "Specify a date in yyyy-MM-dd format.",
    "AdditionalInformation": '{"rowNumber":2,"code":"SF-0001-0003","message":"Specify a date in yyyy-MM-dd format.",'
    '"field":"Birthdate","memberKey":"1b1ac9c0d54997f151c247d45a232455"}',
    "SourceSystemIdentifier": "HR-2",
}


def _says(model: Any, description: str, example: Any) -> dict[str, Any]:
    return {"model": model, "description": description, "content": {"application/json": {"example": example}}}


@connect.get(
    "",
    summary="What has become of a request",
    responses={**CONNECT_ERRORS, 200: _says(RequestStatus, "Status, counts, items and result.", _STATUS)},
)
def read_request(requestId: str, door: DoorDep) -> Response:  # noqa: N803 - published name
    """`result` is null until the request has ended; uploads tell the counts of rows and their error file besides."""
    with door.read() as work:
        return answered(jobs.status(work.tx, requestId, scope=work.scope, with_information=True))


@connect.get(
    "/details",
    summary="The outcome of each record of a request",
    responses={**CONNECT_ERRORS, 200: _says(Details, "Records in order.", {"records": [_DETAIL]})},
)
def read_details(
    requestId: str,  # noqa: N803
    door: DoorDep,
    status: Annotated[str | None, Query(description="Only those of a status, such as Failed.", max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> Response:
    """InsuranceAsyncBulkRecordDetail, under its published names."""
    with door.read() as work:
        found = jobs.details(work.tx, requestId, status=status, limit=limit, offset=offset, scope=work.scope)
    return answered({"records": found})


@connect.post(
    "/actions/cancel",
    summary="Cancel what has not been worked on yet",
    responses={
        **CONNECT_ERRORS,
        200: _says(RequestStatus, "The status afterwards.", {**_STATUS, "status": "Cancelled"}),
        409: {"description": "The request has ended already (GB-JOB-001)."},
    },
)
def cancel_request(requestId: str, door: DoorDep) -> Response:  # noqa: N803
    """What was done stays done; the rest never begins."""
    with door.write() as work:
        told = jobs.cancel(work.tx, requestId, scope=work.scope, now=work.now)
        work.touched([requestId])
    return answered(told)


@std.post(
    "/getRequestStatusById",
    summary="InsAsyncBulkService: what has become of a request",
    responses={200: _says(dict[str, Any], "Status, counts and items.", _STD), 400: {"description": "Unknown request."}},
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"example": {"requestId": "08P000000000000001", "isAdditionalInfo": True}}}
        }
    },
)
def get_request_status(body: StatusInput, door: DoorDep) -> Response:
    """The same as the Connect resource, in the envelope of the Std services and without the result."""
    with door.read() as work:
        told = jobs.std_status(work.tx, body.requestId, scope=work.scope, with_information=bool(body.isAdditionalInfo))
    return answered({"result": "success", "errorCode": "INVOKE-200", "error": "OK", **told})


_NO_RECORD: dict[int | str, dict[str, Any]] = {404: {"description": "No such record, for this caller (NOT_FOUND)."}}


@records.get(
    "",
    summary="The outcome of one record",
    responses={**_NO_RECORD, 200: _says(dict[str, Any], "The record.", _DETAIL)},
)
def read_detail(detailId: str, door: DoorDep) -> Response:  # noqa: N803
    """InsuranceAsyncBulkRecordDetail is read and deleted only; jobs make it."""
    with door.read() as work:
        return answered(jobs.detail(work.tx, detailId, scope=work.scope))


@records.delete(
    "",
    status_code=204,
    summary="Delete the outcome of one record",
    responses={**_NO_RECORD, 409: {"description": "The request has not ended yet (GB-JOB-004)."}},
)
def delete_detail(detailId: str, door: DoorDep) -> Response:  # noqa: N803
    """Nothing is answered but that it is done; the counts of the request stay."""
    with door.write() as work:
        jobs.delete_detail(work.tx, detailId, scope=work.scope)
        work.touched([detailId])
    return Response(status_code=204)


for part in (connect, std, records):
    router.routes.extend(part.routes)
