"""Contacts and users of census members over HTTP (accounts and contacts, section 2).

What lives here: the route and its shapes. What does not: any rule (`services.people`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.routes.accounts import EXAMPLE, UNFLAGGED, PortalUsers, UserDetails, details, says
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Mapped, Said, Shape
from services.people.asking import Wish, make
from services.people.fields import CONTACTS
from services.people.telling import connect

router = APIRouter(
    route_class=ConnectRoute, tags=["Accounts, contacts and users"], prefix="/services/data/{version}/connect/insurance"
)


class ContactsInput(Shape):
    """Insurance Contacts and Users Creation Input."""

    groupCensusId: Id | None = Field(None, description="All members of this census.")  # noqa: N815
    groupCensusMemberIdList: Listed[Id] | None = Field(None, description="Only these members.")  # noqa: N815
    matchingKeyList: Listed[str] | None = Field(  # noqa: N815
        None, description="Fields in which an existing contact must agree; by default names, birth, e-mail and gender."
    )
    fieldMappings: Mapped[str] | None = Field(  # noqa: N815
        None, description="Census member field to Contact field, added to the usual ones."
    )
    userDetails: UserDetails | None = Field(None, description="Required unless createPortalUsers is false.")  # noqa: N815


class ContactAndUser(Said):
    """Insurance Member Contact and User Details."""

    groupCensusId: str  # noqa: N815
    groupCensusMemberId: str  # noqa: N815
    contactId: str  # noqa: N815
    userId: str | None = None  # noqa: N815


class ContactsOutput(Said):
    """Insurance Contacts and Users Creation Response."""

    isSuccess: bool  # noqa: N815
    groupCensusId: str | None = None  # noqa: N815
    contactsAndUsersDetails: list[ContactAndUser]  # noqa: N815
    errors: list[Fault]


_PAIR = {
    "groupCensusId": "0rf000000000000001",
    "groupCensusMemberId": "0r6000000000000001",
    "contactId": "003000000000000101",
    "userId": "005000000000000001",
}
_DONE: dict[str, Any] = {
    "groupCensusId": "0rf000000000000001",
    "isSuccess": True,
    "contactsAndUsersDetails": [_PAIR],
    "errors": [UNFLAGGED],
}
_ASKED = {**EXAMPLE, "matchingKeyList": {"values": ["FirstName", "LastName", "Email"]}}


@router.post(
    "/contacts",
    summary="Make contacts, and portal users, for census members",
    status_code=201,
    responses={
        **CONNECT_ERRORS,
        201: says(ContactsOutput, "At least one record was made.", _DONE),
        200: says(ContactsOutput, "Nothing new was made.", {**_DONE, "contactsAndUsersDetails": []}),
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
@on_refusal(contactsAndUsersDetails=[], groupCensusId=None)
def make_contacts(body: ContactsInput, door: DoorDep, createPortalUsers: PortalUsers = True) -> Response:  # noqa: N803
    """The same as for accounts, with contacts under the group account."""
    wish = Wish(
        CONTACTS,
        body.groupCensusId,
        body.groupCensusMemberIdList,
        body.matchingKeyList,
        body.fieldMappings or {},
        wants_users=createPortalUsers,
        user_details=details(body.userDetails),
    )
    with door.write() as work:
        made = make(work.tx, wish, scope=work.scope, now=work.now)
        work.touched(made.details["record_id"].to_list())
    return answered(connect(made, CONTACTS, body.groupCensusId), 201 if made.n_made else 200)
