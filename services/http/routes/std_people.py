"""Std services createUpdateAccounts, createContacts, findAccounts and findContacts (sections 5 to 7).

What lives here: the routes and their shapes. What does not: any rule (`services.people`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.routes.accounts import Key
from services.http.shapes import Id, Listed, Said, Shape
from services.people.fields import ACCOUNTS, CONTACTS
from services.people.finding import find
from services.people.std import StdWish, create_contacts, create_update_accounts, told
from services.people.users import STD_NAMES

router = APIRouter(route_class=StdRoute, tags=["Accounts, contacts and users"], prefix="/services/InsCensusServiceStd")


class MakeInput(Shape):
    """Options of createContacts."""

    censusMemberIds: Listed[Id] | None = Field(None, description="Members; required.")  # noqa: N815
    duplicateKeys: str | None = Field(None, description="Fields for matching, joined by commas.")  # noqa: N815
    emailEncoding: Key | None = None  # noqa: N815
    localeSID: Key | None = None  # noqa: N815
    languageLocale: Key | None = None  # noqa: N815
    timeZoneSID: Key | None = None  # noqa: N815
    profileId: Id | None = Field(None, description="Profile of the users; required.")  # noqa: N815

    def wish(self, record_type: str | None = None) -> StdWish:
        """The options as the service takes them."""
        said = self.model_dump()
        details = {name: said[prop] for name, prop in STD_NAMES.items()}
        return StdWish(self.censusMemberIds, details, self.duplicateKeys, record_type)


class AccountsInput(MakeInput):
    """Options of createUpdateAccounts."""

    personAccountRecordType: str | None = None  # noqa: N815


class SoughtAccount(Shape):
    """A person looked for among person accounts."""

    FirstName: str | None = None
    LastName: str | None = None
    PersonEmail: str | None = None


class SoughtContact(Shape):
    """A person looked for among contacts."""

    FirstName: str | None = None
    LastName: str | None = None
    Email: str | None = None


class FindAccountsInput(Shape):
    """Options of findAccounts."""

    accountId: Id | None = Field(None, description="Group account; required.")  # noqa: N815
    members: Listed[SoughtAccount] | None = None
    searchKey: str | None = Field(None, max_length=255, description="Words that names begin with.")  # noqa: N815


class FindContactsInput(Shape):
    """Options of findContacts."""

    accountId: Id | None = Field(None, description="Group account; required.")  # noqa: N815
    members: Listed[SoughtContact] | None = None
    searchKey: str | None = Field(None, max_length=255, description="Words that names begin with.")  # noqa: N815


class StdOutput(Said):
    """The envelope of a Std service; the output stands beside it."""

    result: str
    errorCode: str  # noqa: N815
    error: str


_OPTIONS: dict[str, Any] = {
    "censusMemberIds": ["0r6000000000000001"],
    "duplicateKeys": "FirstName,LastName",
    "emailEncoding": "UTF-8",
    "localeSID": "en_US",
    "languageLocale": "en_US",
    "timeZoneSID": "Europe/Lisbon",
    "profileId": "00e000000000000001",
}
_OK = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}
_REFUSED = {"result": "failure", "errorCode": "INVOKE-500", "error": "Specify censusMemberIds."}


def _documented(asked: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    done = {"application/json": {"example": {**output, **_OK}}}
    refused = {"application/json": {"example": _REFUSED}}
    return {
        "responses": {
            200: {"model": StdOutput, "description": "The call was finished.", "content": done},
            400: {"model": StdOutput, "description": "Refused; nothing was written.", "content": refused},
            401: {"model": StdOutput, "description": "No valid token (GB-SYS-003)."},
            403: {"model": StdOutput, "description": "The caller may not do this (SF-0001-0011)."},
            503: {"model": StdOutput, "description": "The book is kept by another run (GB-SYS-001)."},
        },
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": asked}}}},
    }


@router.post(
    "/createUpdateAccounts",
    summary="Std: make person accounts of listed members, or bring them up to date",
    **_documented(_OPTIONS, {"accountIds": ["001000000000000101"]}),
)
def create_update_person_accounts(body: AccountsInput, door: DoorDep) -> Response:
    """Without duplicate keys every member that has no account gets a new one."""
    with door.write() as work:
        done = create_update_accounts(work.tx, body.wish(body.personAccountRecordType), scope=work.scope, now=work.now)
        work.touched(done.record_ids)
    return answered(told("accountIds", done))


@router.post(
    "/createContacts",
    summary="Std: make contacts of listed members that have none",
    **_documented(_OPTIONS, {"contactIds": ["003000000000000101"]}),
)
def create_member_contacts(body: MakeInput, door: DoorDep) -> Response:
    """Members that have a contact are passed over."""
    with door.write() as work:
        done = create_contacts(work.tx, body.wish(), scope=work.scope, now=work.now)
        work.touched(done.record_ids)
    return answered(told("contactIds", done))


_NOOR = {"FirstName": "Noor", "LastName": "Haddad"}
_WORDS = {"accountId": "001000000000000001", "searchKey": "had no"}


@router.post(
    "/findAccounts",
    summary="Std: find person accounts of a group account",
    **_documented(
        _WORDS,
        {"accounts": [{"Id": "001000000000000101", **_NOOR, "PersonEmail": "noor.haddad@example.org"}]},
    ),
)
def find_accounts(body: FindAccountsInput, door: DoorDep) -> Response:
    """By names and e-mail, or by the beginnings of names."""
    members = None if body.members is None else [(m.FirstName, m.LastName, m.PersonEmail) for m in body.members]
    with door.read() as work:
        found = find(
            work.tx,
            ACCOUNTS,
            body.accountId,
            members=members,
            search_key=body.searchKey,
            scope=work.scope,
        )
    return answered({"accounts": found, **_OK})


@router.post(
    "/findContacts",
    summary="Std: find contacts of a group account",
    **_documented(_WORDS, {"contacts": [{"Id": "003000000000000101", **_NOOR, "Email": "noor.haddad@example.org"}]}),
)
def find_contacts(body: FindContactsInput, door: DoorDep) -> Response:
    """By names and e-mail, or by the beginnings of names."""
    members = None if body.members is None else [(m.FirstName, m.LastName, m.Email) for m in body.members]
    with door.read() as work:
        found = find(
            work.tx,
            CONTACTS,
            body.accountId,
            members=members,
            search_key=body.searchKey,
            scope=work.scope,
        )
    return answered({"contacts": found, **_OK})
