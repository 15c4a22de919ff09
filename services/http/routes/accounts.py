"""Person accounts and users of census members over HTTP (accounts and contacts, section 1).

What lives here: the route, its shapes, and the details of users that `contacts` shares. What does not: any rule
(`services.people`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Mapped, Said, Shape
from services.people.asking import Wish, make
from services.people.fields import ACCOUNTS
from services.people.telling import connect
from services.people.users import REST_NAMES

router = APIRouter(
    route_class=ConnectRoute, tags=["Accounts, contacts and users"], prefix="/services/data/{version}/connect/insurance"
)

Key = Annotated[str, Field(max_length=40)]


class UserDetails(Shape):
    """Portal User Creation Input: what the users made by one request have in common."""

    profileId: Id | None = Field(None, description="Profile of the users; required where users are made.")  # noqa: N815
    emailEncodingKey: Key | None = Field(None, description="Such as UTF-8.")  # noqa: N815
    languageLocaleKey: Key | None = Field(None, description="Such as en_US.")  # noqa: N815
    localeSidKey: Key | None = Field(None, description="Such as en_US.")  # noqa: N815
    timeZoneSidKey: Key | None = Field(None, description="IANA name, such as Europe/Lisbon.")  # noqa: N815


def details(stated: UserDetails | None) -> dict[str, str | None] | None:
    """The details of users by the names of the services; None where the request has none."""
    if stated is None:
        return None
    said = stated.model_dump()
    return {name: said[prop] for name, prop in REST_NAMES.items()}


class AccountsInput(Shape):
    """Insurance Person Accounts and Users Creation Input."""

    groupCensusId: Id | None = Field(None, description="All members of this census.")  # noqa: N815
    groupCensusMemberIdList: Listed[Id] | None = Field(None, description="Only these members.")  # noqa: N815
    matchingKeyList: Listed[str] | None = Field(  # noqa: N815
        None, description="Fields in which an existing account must agree; by default names, birth, e-mail and gender."
    )
    fieldMappings: Mapped[str] | None = Field(  # noqa: N815
        None, description="Census member field to Account field, added to the usual ones."
    )
    personAccountRecordType: str | None = Field(None, description="Record type of new accounts.")  # noqa: N815
    userDetails: UserDetails | None = Field(None, description="Required unless createPortalUsers is false.")  # noqa: N815


class AccountAndUser(Said):
    """Insurance Member Account and User Details."""

    groupCensusId: str  # noqa: N815
    groupCensusMemberId: str  # noqa: N815
    personAccountId: str  # noqa: N815
    userId: str | None = None  # noqa: N815


class AccountsOutput(Said):
    """Insurance Person Accounts and Users Creation Response."""

    isSuccess: bool  # noqa: N815
    groupCensusId: str | None = None  # noqa: N815
    accountsAndUsersDetails: list[AccountAndUser]  # noqa: N815
    errors: list[Fault]


PortalUsers = Annotated[bool, Query(description="Make portal users as well, for members that are flagged.")]

_CENSUS = "0rf000000000000001"
_MEMBERS = ["0r6000000000000001", "0r6000000000000003", "0r6000000000000010"]
EXAMPLE: dict[str, Any] = {
    "groupCensusMemberIdList": {"values": _MEMBERS},
    "matchingKeyList": {"values": ["FirstName", "LastName", "PersonEmail"]},
    "userDetails": {
        "profileId": "00e000000000000001",
        "timeZoneSidKey": "Europe/Lisbon",
        "localeSidKey": "en_US",
        "languageLocaleKey": "en_US",
        "emailEncodingKey": "UTF-8",
    },
}
UNFLAGGED: dict[str, Any] = {
    "code": "SF-0004-0047",
    "message": f"Ensure to set the isPortalUser flag to true for group census members {_MEMBERS[1]}.",
    "additionalInfo": {},
}


def _pair(member_id: str, record_id: str, user_id: str | None) -> dict[str, str | None]:
    return {
        "groupCensusId": _CENSUS,
        "groupCensusMemberId": member_id,
        "personAccountId": record_id,
        "userId": user_id,
    }


_DONE: dict[str, Any] = {
    "groupCensusId": _CENSUS,
    "isSuccess": True,
    "accountsAndUsersDetails": [
        _pair(_MEMBERS[0], "001000000000000101", "005000000000000001"),
        _pair(_MEMBERS[1], "001000000000000102", None),
    ],
    "errors": [
        {
            "code": "SF-0004-0054",
            "message": "Person Account already exists for member",
            "additionalInfo": {"memberId": _MEMBERS[2]},
        },
        UNFLAGGED,
    ],
}


def says(model: type[Said], description: str, example: dict[str, Any]) -> dict[str, Any]:
    """A documented answer."""
    return {"model": model, "description": description, "content": {"application/json": {"example": example}}}


@router.post(
    "/accounts",
    summary="Make person accounts, and portal users, for census members",
    status_code=201,
    responses={
        **CONNECT_ERRORS,
        201: says(AccountsOutput, "At least one record was made.", _DONE),
        200: says(AccountsOutput, "Nothing new was made.", {**_DONE, "accountsAndUsersDetails": []}),
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": EXAMPLE}}}},
)
@on_refusal(accountsAndUsersDetails=[], groupCensusId=None)
def make_accounts(body: AccountsInput, door: DoorDep, createPortalUsers: PortalUsers = True) -> Response:  # noqa: N803
    """Members that agree with an existing account are linked to it; the others get a new one."""
    wish = Wish(
        ACCOUNTS,
        body.groupCensusId,
        body.groupCensusMemberIdList,
        body.matchingKeyList,
        body.fieldMappings or {},
        body.personAccountRecordType,
        createPortalUsers,
        details(body.userDetails),
    )
    with door.write() as work:
        made = make(work.tx, wish, scope=work.scope, now=work.now)
        work.touched(made.details["record_id"].to_list())
    return answered(connect(made, ACCOUNTS, body.groupCensusId), 201 if made.n_made else 200)
