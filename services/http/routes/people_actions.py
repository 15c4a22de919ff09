"""The two actions that make accounts or contacts out of census members (accounts and contacts, section 4).

What lives here: the routes and their shapes. What does not: any rule (`services.people`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BeforeValidator, Field

from services.http.envelopes import ActionRoute, action_answers, action_refusal, answered
from services.http.identity import DoorDep, Work
from services.http.routes.accounts import Key
from services.http.shapes import MOST_INPUTS, Id, Listed, Record, Said, Shape, under
from services.insurance_errors import Refused, invalid, plainly
from services.members.save import within_limit
from services.people.asking import Wish, make
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind, split
from services.people.telling import action
from services.people.users import REST_NAMES

router = APIRouter(
    route_class=ActionRoute,
    tags=["Accounts, contacts and users"],
    prefix="/services/data/{version}/actions/standard",
)

ACCOUNTS_ACTION, CONTACTS_ACTION = "createAcctUsrFrGrpCens", "createCtctUsrFrGrpCens"


def _of_pairs(value: Any) -> Any:
    """A map that is written as a list of key and value."""
    if isinstance(value, list) and all(_is_pair(part) for part in value):
        return {pair["key"]: pair["value"] for pair in value}
    return value


def _is_pair(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"key", "value"} and isinstance(value["key"], str)


def _of_list(value: Any) -> Any:
    """Names in a list, where the published form joins them by commas."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return ",".join(value)
    return value


class FieldPair(Shape):
    """A field of a member, and the field that takes its value."""

    key: str
    value: str


Pairs = Annotated[
    dict[str, str],
    BeforeValidator(_of_pairs, json_schema_input_type=dict[str, str] | list[FieldPair]),
    under("data", "values", holds=(dict, list)),
]
Names = Annotated[str, BeforeValidator(_of_list, json_schema_input_type=str | list[str])]


class _Input(Shape):
    """What both actions take."""

    groupCensusId: Id | None = None  # noqa: N815
    groupCensusMembers: Listed[Record] | None = Field(None, description="Member records; their `Id` counts.")  # noqa: N815
    matchingKeysList: Names | None = Field(None, description="Fields joined by commas.")  # noqa: N815
    createPortalUsers: bool | None = None  # noqa: N815
    profileId: Id | None = None  # noqa: N815
    timeZoneSidKey: Key | None = None  # noqa: N815
    localeSidKey: Key | None = None  # noqa: N815
    languageLocaleKey: Key | None = None  # noqa: N815
    emailEncodingKey: Key | None = None  # noqa: N815


class AccountsActionInput(_Input):
    """One input of createAcctUsrFrGrpCens."""

    accountFieldsMapping: Pairs | None = None  # noqa: N815
    recordTypeName: str | None = None  # noqa: N815


class ContactsActionInput(_Input):
    """One input of createCtctUsrFrGrpCens."""

    contactFieldsMapping: Pairs | None = None  # noqa: N815


class AccountsActionInputs(Shape):
    """The body of createAcctUsrFrGrpCens."""

    inputs: Listed[AccountsActionInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ContactsActionInputs(Shape):
    """The body of createCtctUsrFrGrpCens."""

    inputs: Listed[ContactsActionInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ActionOutput(Said):
    """What became of one input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


_ASKED: dict[str, Any] = {
    "groupCensusId": "0rf000000000000001",
    "matchingKeysList": "FirstName,LastName",
    "createPortalUsers": True,
    "profileId": "00e000000000000001",
    "timeZoneSidKey": "America/New_York",
    "localeSidKey": "en_US",
    "languageLocaleKey": "en_US",
    "emailEncodingKey": "UTF-8",
}
_ERRORS: list[dict[str, Any]] = [
    {
        "code": "SF-0004-0054",
        "message": "Person Account already exists for member",
        "additionalInfo": [{"key": "memberId", "value": "0r6000000000000010"}],
    }
]


def _documented(name: str, output: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    done = action_answers(name, [output])
    refused = {"description": "Every input is refused; nothing was written.", "model": list[ActionOutput]}
    return {
        200: {
            "model": list[ActionOutput],
            "description": "One entry for each input.",
            "content": {"application/json": {"example": done}},
        },
        400: refused,
        401: {"description": "No valid token (GB-SYS-003)."},
        403: {"description": "The caller may not do this (SF-0001-0011)."},
        503: {"description": "The book is kept by another run (GB-SYS-001)."},
    }


def _example(**more: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": {"inputs": [{**_ASKED, **more}]}}}}}


_ACCOUNT = {
    "groupCensusMemberId": "0r6000000000000001",
    "accountId": "001000000000000101",
    "userId": "005000000000000001",
}
_CONTACT = {
    "groupCensusMemberId": "0r6000000000000001",
    "contactId": "003000000000000101",
    "userId": "005000000000000001",
}


@router.post(
    f"/{ACCOUNTS_ACTION}",
    summary="Action: make person accounts and users out of census members",
    responses=_documented(
        ACCOUNTS_ACTION, {"createAccountsOutputRep": {"memberAccountDetails": [_ACCOUNT], "errors": _ERRORS}}
    ),
    openapi_extra=_example(accountFieldsMapping=[{"key": "City", "value": "BillingCity"}]),
)
def make_accounts_by_action(body: AccountsActionInputs, door: DoorDep) -> Response:
    """The same engine as the Connect service, over inputs that each stand alone."""
    with door.write() as work:
        within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in body.inputs))
        entries = [
            _entry(work, ACCOUNTS_ACTION, ACCOUNTS, asked, asked.accountFieldsMapping, asked.recordTypeName)
            for asked in body.inputs
        ]
    return _answered(entries)


@router.post(
    f"/{CONTACTS_ACTION}",
    summary="Action: make contacts and users out of census members",
    responses=_documented(
        CONTACTS_ACTION, {"createContactsOutputRep": {"memberContactDetails": [_CONTACT], "errors": []}}
    ),
    openapi_extra=_example(contactFieldsMapping=[{"key": "City", "value": "MailingCity"}]),
)
def make_contacts_by_action(body: ContactsActionInputs, door: DoorDep) -> Response:
    """The same engine as the Connect service, over inputs that each stand alone."""
    with door.write() as work:
        within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in body.inputs))
        entries = [
            _entry(work, CONTACTS_ACTION, CONTACTS, asked, asked.contactFieldsMapping, None) for asked in body.inputs
        ]
    return _answered(entries)


def _entry(
    work: Work, name: str, kind: RecordKind, asked: _Input, mapping: dict[str, str] | None, record_type: str | None
) -> dict[str, Any]:
    """The outcome of one input; one that is refused has written nothing and leaves the others alone."""
    said = asked.model_dump()
    try:
        wish = Wish(
            kind,
            asked.groupCensusId,
            None if asked.groupCensusMembers is None else [_id_of(record) for record in asked.groupCensusMembers],
            split(asked.matchingKeysList),
            mapping or {},
            record_type,
            bool(asked.createPortalUsers),
            {name: said[prop] for name, prop in REST_NAMES.items()},
            required_details=tuple(REST_NAMES),
            list_name="groupCensusMembers",
            mapping_name=f"{kind.name[:-1]}FieldsMapping",
            record_type_name="recordTypeName",
        )
        made = make(work.tx, wish, scope=work.scope, now=work.now)
    except Refused as refused:
        errors = [plainly(error) for error in refused.errors] if work.says_plainly else refused.errors
        return action_refusal(name, errors)
    work.touched(made.details["record_id"].to_list())
    return action_answers(name, [action(made, kind)])[0]


def _id_of(record: Record) -> str:
    """The id of a member record."""
    found = next((value for key, value in record.items() if key.lower() == "id"), None)
    if not isinstance(found, str) or not found:
        raise Refused(invalid("groupCensusMembers"))
    return found


def _answered(entries: list[dict[str, Any]]) -> Response:
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)
