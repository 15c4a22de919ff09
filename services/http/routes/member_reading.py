"""Members of a census read over Connect, in pages of whole families.

What lives here: the route and its shape. What does not: the page itself (`services.members.reading`), and writing
members (`census_members`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Said
from services.members import reading

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Census members"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-censuses/{groupCensusId}",
)


class MembersPage(Said):
    """A page of members; `lastOffset` is null where there are none."""

    isSuccess: bool  # noqa: N815 - published names
    errors: list[Fault]
    members: list[dict[str, Any]]
    lastOffset: str | None  # noqa: N815


Limit = Annotated[int | None, Query(ge=1, le=reading.MOST, description="Primaries of a page; 500 unless stated.")]
Offset = Annotated[str | None, Query(max_length=255, description="`lastOffset` of the page before.")]
Word = Annotated[str | None, Query(max_length=255, description="Part of a first or last name; whole families come.")]
WithPlans = Annotated[bool, Query(description="Adds contractGroupPlanId: plans held, joined with semicolons.")]

_NOOR = {
    "id": "0r6000000000000001",
    "firstName": "Noor",
    "lastname": "Haddad",
    "associationWithPrimaryMbr": "Self",
    "sourceSystemIdentifier": "HR-501",
    "contractGroupPlanId": "0rg000000000000001;0rg000000000000011",
}


@router.get(
    "/group-census-members",
    summary="Read members of a census in pages of whole families",
    responses={
        **CONNECT_ERRORS,
        200: {
            "model": MembersPage,
            "description": "The page; `lastOffset` is the next `offset`.",
            "content": {
                "application/json": {
                    "example": {"isSuccess": True, "errors": [], "members": [_NOOR], "lastOffset": _NOOR["id"]}
                }
            },
        },
    },
)
@on_refusal(members=[], lastOffset=None)
def read_members(
    groupCensusId: str,  # noqa: N803 - published names
    door: DoorDep,
    limit: Limit = None,
    offset: Offset = None,
    searchKey: Word = None,  # noqa: N803
    withPlans: WithPlans = False,  # noqa: N803
) -> Response:
    """`limit` counts primaries, each with all dependents. A member's token reads the own family."""
    wanted = reading.Wanted(limit, offset, searchKey)
    with door.read(may=("user", "service", "member")) as work:
        page = reading.page_of(work.tx, groupCensusId, wanted, scope=work.scope, with_plans=withPlans)
    return answered({"isSuccess": True, "errors": [], **page})
