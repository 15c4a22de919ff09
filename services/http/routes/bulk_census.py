"""Census files uploaded for a bulk run: the request that starts one (bulk census, section 1).

What lives here: the route and its shape. What does not: any rule (`services.bulk`), following the run
(`async_requests`), and the file itself (`documents`).
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.bulk import request as uploads
from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Mapped, Said, Shape

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Bulk census"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-censuses/{groupCensusId}",
)


class BulkInput(Shape):
    """Bulk Group Census Management Input."""

    contentDocumentId: Id | None = Field(None, description="CSV document attached to the census.")  # noqa: N815
    contentDocumentVersionId: Id | None = Field(None, description="The newest when left out.")  # noqa: N815
    csvColumnMapping: Mapped[str | None] | None = Field(  # noqa: N815 - published names
        None,
        description="Heading of the file to field of the member; `ContractGroupPlan` for columns of plans,"
        " `GroupClassName` for a class by its name. A blank field leaves the column out.",
    )
    duplicateDetectionFields: Listed[str] | None = Field(  # noqa: N815
        None, description="Field names that join the member key, beside names, association and census."
    )
    batchSize: int | None = Field(None, description="Rows of a batch; 2000 without plans, 25 with them.")  # noqa: N815
    shouldExecuteConfigurationRule: bool | None = Field(  # noqa: N815
        None, description="Run the configuration rules after processing; enrollment censuses only."
    )


class BulkOutput(Said):
    """Whether the run was accepted."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    requestId: str | None  # noqa: N815


_MAPPING = {
    "Given": "FirstName",
    "Family": "Lastname",
    "Born": "Birthdate",
    "Role": "AssociationWithPrimaryMbr",
    "Class": "GroupClassName",
    "Medical": "ContractGroupPlan",
    "Vision": "ContractGroupPlan",
}
_ASKED: dict[str, Any] = {
    "contentDocumentId": "069000000000000001",
    "batchSize": 100,
    "duplicateDetectionFields": {"values": ["Birthdate"]},
    "csvColumnMapping": {"data": _MAPPING},
}
_DONE = {"isSuccess": True, "errors": [], "requestId": "08P000000000000001"}


@router.post(
    "/group-census-members/bulk-process",
    status_code=202,
    summary="Load an uploaded CSV file into a census",
    responses={
        **CONNECT_ERRORS,
        202: {
            "model": BulkOutput,
            "description": "Accepted; follow `requestId` at /connect/insurance/async-requests.",
            "content": {"application/json": {"example": _DONE}},
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
@on_refusal(requestId=None)
def start_bulk(groupCensusId: str, body: BulkInput, door: DoorDep, request: Request) -> Response:  # noqa: N803
    """File, heading and mapping are checked first; what is wrong with rows is told when the run has ended."""
    asked = uploads.Upload(
        body.contentDocumentId,
        body.contentDocumentVersionId,
        body.csvColumnMapping,
        body.duplicateDetectionFields or (),
        body.batchSize,
        bool(body.shouldExecuteConfigurationRule),
    )
    with door.write() as work:
        request_id = uploads.start(
            work.tx,
            groupCensusId,
            asked,
            scope=work.scope,
            now=work.now,
            requested_by=work.caller.token_id,
            http_request_id=work.request_id,
        )
        work.touched([request_id])
    request.app.state.worker.wake()
    return answered({"isSuccess": True, "errors": [], "requestId": request_id}, 202)
