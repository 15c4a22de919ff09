"""Census summary sync over HTTP.

What lives here: the route and the shapes of its answer. What does not: the counting rules (`services.summary`).
"""

from typing import Any

from fastapi import APIRouter, Response

from services import summary
from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Said

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Census summary"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-censuses/{groupCensusId}",
)


class Counters(Said):
    """The twelve counters."""

    totalMembers: int  # noqa: N815
    totalDependents: int  # noqa: N815
    totalMemberPlusDependent: int  # noqa: N815
    mbrWithoutDependentCount: int  # noqa: N815
    memberWithDependentCount: int  # noqa: N815
    memberWithSpouseCount: int  # noqa: N815
    memberWithOneChildCount: int  # noqa: N815
    mbrWithMoreThan1ChldCount: int  # noqa: N815
    mbrWithMoreThan2ChldCount: int  # noqa: N815
    memberOptOutCount: int  # noqa: N815
    fullTimeMemberCount: int  # noqa: N815
    partTimeMemberCount: int  # noqa: N815


class ClassSummary(Counters):
    """Group Census Group Class Summary: the counters of one class."""

    id: str
    groupCensusId: str  # noqa: N815
    groupClassId: str  # noqa: N815


class CensusSummary(Counters):
    """Insurance Group Census Details: the counters of a census and those of its classes."""

    id: str
    grpCensusGrpClassSummaryList: list[ClassSummary]  # noqa: N815


class SyncOutput(Said):
    """Insurance Census Summary Sync Details."""

    isSuccess: bool  # noqa: N815 - published names
    errors: list[Fault] | None
    groupCensus: CensusSummary | None  # noqa: N815


_NUMBERS = dict(zip(Counters.model_fields, (1, 3, 4, 0, 1, 1, 0, 1, 0, 0, 1, 0), strict=True))
_EXAMPLE: dict[str, Any] = {
    "isSuccess": True,
    "errors": None,
    "groupCensus": {
        "id": "0rf000000000000001",
        **_NUMBERS,
        "grpCensusGrpClassSummaryList": [
            {
                "id": "0rs000000000000001",
                "groupCensusId": "0rf000000000000001",
                "groupClassId": "0rE000000000000001",
                **_NUMBERS,
            }
        ],
    },
}


def _says(description: str) -> dict[str, Any]:
    return {"model": SyncOutput, "description": description, "content": {"application/json": {"example": _EXAMPLE}}}


@router.post(
    "/sync-summary",
    summary="Recount a census and its classes",
    responses={
        **CONNECT_ERRORS,
        200: _says("The counters as they are stored now."),
        201: _says("The same; the record of a class is new."),
    },
)
@on_refusal(groupCensus=None)
def sync_summary(groupCensusId: str, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Counts the stored members and writes the counters over what they were. A body is not read."""
    with door.write() as work:
        synced = summary.sync_one(work.tx, groupCensusId, scope=work.scope, now=work.now)
        work.touched([groupCensusId])
    body = {"isSuccess": True, "errors": None, "groupCensus": synced.group_census}
    return answered(body, 201 if synced.n_created else 200)
