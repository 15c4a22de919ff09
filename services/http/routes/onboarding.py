"""The onboarding interface for partners: register groups, change them, follow them, withdraw them.

What lives here: the routes and their shapes. What does not: any rule (`services.onboarding`), who is let in
(`services.http.onboarding_doors`), and the host's side (`onboarding_host`).
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import Field, WithJsonSchema

from schemas.onboarding import CATEGORIES, CONTACT_ROLES, JURISDICTIONS, MARKET_SEGMENTS, PRODUCT_LINES, STATUSES
from services import access
from services.http.envelopes import OnboardingRoute, answered
from services.http.onboarding_doors import HostDoor, PartnerDep, PartnerDoor
from services.http.onboarding_shapes import GROUP, ID, LISTED, STEPS_TOLD, errors, example_of, says
from services.http.shapes import Said, Shape
from services.onboarding import events, faults, hosting, portfolio, reading, register, repeats

router = APIRouter(route_class=OnboardingRoute, tags=["Onboarding for partners"], prefix="/onboarding/v1")

_TEXT: dict[str, Any] = {"type": "string", "maxLength": 255}
_DAY = {"type": "string", "format": "date"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


_PROPERTIES: dict[str, Any] = {
    "partnerGroupKey": {"type": "string", "maxLength": 64},
    "legalName": _TEXT,
    "doingBusinessAs": _TEXT,
    "taxId": {"type": "string", "pattern": r"^\d{2}-?\d{7}$"},
    "sicCode": {"type": "string", "pattern": r"^\d{4}$"},
    "naicsCode": {"type": "string", "pattern": r"^\d{6}$"},
    "situsState": {"type": "string", "enum": sorted(JURISDICTIONS)},
    "address": _object(
        ["street", "city", "state", "postalCode"], street=_TEXT, city=_TEXT, state=_TEXT, postalCode=_TEXT
    ),
    "effectiveDate": _DAY,
    "eligibleEmployeeCount": {"type": "integer", "minimum": 1},
    "enrolledEmployeeCount": _COUNT,
    "marketSegment": {"type": "string", "enum": list(MARKET_SEGMENTS)},
    "productLines": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": list(PRODUCT_LINES)}},
    "classes": {"type": "array", "items": _object(["name"], name=_TEXT, code=_TEXT)},
    "waitingPeriodDays": {"type": "integer", "minimum": 0, "maximum": 90},
    "broker": _object(["producerCode", "name"], producerCode=_TEXT, name=_TEXT, agencyName=_TEXT, effectiveDate=_DAY),
    "contacts": {
        "type": "array",
        "items": _object(
            ["role", "name"],
            role={"type": "string", "enum": list(CONTACT_ROLES)},
            name=_TEXT,
            email=_TEXT,
            phone=_TEXT,
        ),
    },
    "externalQuoteId": {"type": "string", "maxLength": 64},
    "contractId": {"type": "string", "maxLength": 64},
    "attestation": {"type": "boolean"},
}
_REQUIRED = ["partnerGroupKey", "legalName", "taxId", "situsState", "address", "effectiveDate",
             "eligibleEmployeeCount", "productLines", "contacts", "attestation"]  # fmt: skip

Registration = Annotated[
    dict[str, Any], Body(), WithJsonSchema({"title": "Registration", **_object(_REQUIRED, **_PROPERTIES)})
]
Change = Annotated[
    dict[str, Any],
    Body(),
    WithJsonSchema(
        {"title": "RegistrationChange", **_object([], **_PROPERTIES, ifVersion={"type": "integer", "minimum": 1})}
    ),
]


class Withdrawal(Shape):
    """Why a registration is taken back."""

    reason: str | None = Field(None, description="Kept as `statusReason`.")


class Note(Shape):
    """Words for the history of a registration."""

    note: str = Field(description="No tax ids, no contact data.")


class Group(Said):
    """A registration as it is told."""

    groupRegistrationId: str  # noqa: N815 - published names
    partnerGroupKey: str | None  # noqa: N815
    version: int


class Groups(Said):
    """A page of registrations."""

    groups: list[Group]
    nextCursor: str | None  # noqa: N815


class History(Said):
    """The events of a registration."""

    groupRegistrationId: str  # noqa: N815
    events: list[dict[str, Any]]


REGISTER: dict[str, Any] = {
    "partnerGroupKey": "BRK-2210",
    "legalName": "Quillfeather Paper Co.",
    "taxId": "98-7654321",
    "situsState": "OR",
    "effectiveDate": "2027-01-01",
    "eligibleEmployeeCount": 42,
    "productLines": ["MEDICAL", "VISION"],
    "waitingPeriodDays": 60,
    "address": {"street": "7 Mill Race", "city": "Salem", "state": "OR", "postalCode": "97301"},
    "broker": {"producerCode": "P-118", "name": "T. Amsel", "agencyName": "Amsel & Daughters"},
    "contacts": [{"role": "BENEFITS_ADMIN", "name": "L. Ferrant", "email": "lf@example.org"}],
    "attestation": True,
}

Draft = Annotated[bool, Query(description="Accept incomplete data for later; the status is DRAFT.")]
Key = Annotated[
    str | None,
    Header(alias=repeats.HEADER, description="The same key with the same request: done once, answered the same."),
]


@router.post(
    "/groups",
    summary="Register a group",
    status_code=201,
    responses={
        **errors(400, 401, 403, 409, 422, 429, 503),
        201: says(Group, "Registered; `Location` leads to it.", GROUP),
    },
    openapi_extra=example_of(REGISTER),
)
def register_group(body: Registration, door: PartnerDep, draft: Draft = False, key: Key = None) -> Response:
    """Everything is validated, and every fault is told in one answer."""
    with door.act() as desk:

        def do() -> repeats.Answer:
            made = register.register(
                desk.tx,
                door.partner_id,
                body,
                desk.actor,
                is_draft=draft,
                now=desk.work.now,
                producer=desk.reach.producer,
            )
            return 201, reading.whole(desk.tx, desk.after(made), desk.today)

        operation = f"register {draft}"
        status, answer = repeats.once(desk.tx, door.partner_id, key, operation, body, desk.work.now, do)
        desk.work.touched([answer["groupRegistrationId"]])
    response = answered(answer, status)
    response.headers["Location"] = f"/onboarding/v1/groups/{answer['groupRegistrationId']}"
    return response


@router.patch(
    "/groups/{groupRegistrationId}",
    summary="Change a registration; what is left out stays",
    responses={**errors(400, 401, 403, 404, 409, 422, 429, 503), 200: says(Group, "As it stands now.", GROUP)},
    openapi_extra=example_of(
        {"ifVersion": 1, "broker": {"producerCode": "P-204", "name": "U. Birk", "effectiveDate": "2027-03-01"}}
    ),
)
def change_group(
    groupRegistrationId: str,  # noqa: N803 - published name
    body: Change,
    door: PartnerDep,
    draft: Draft = False,
    key: Key = None,
) -> Response:
    """Objects are merged, lists replaced, null removes. A draft is submitted unless `draft` is true again."""
    with door.act() as desk:
        row = desk.reach.find(desk.tx, groupRegistrationId)

        def do() -> repeats.Answer:
            now = desk.work.now
            register.change(desk.tx, groupRegistrationId, body, desk.actor, desk.reach, is_draft=draft, now=now)
            return 200, reading.whole(desk.tx, desk.after(groupRegistrationId), desk.today)

        operation = f"change {groupRegistrationId} {draft}"
        status, answer = repeats.once(desk.tx, row["partner_id"], key, operation, body, desk.work.now, do)
        desk.work.touched([groupRegistrationId])
    return answered(answer, status)


@router.get(
    "/groups/{groupRegistrationId}",
    summary="Registration, summary and integration of a group",
    responses={**errors(401, 403, 404, 429, 503), 200: says(Group, "All three together.", GROUP)},
)
def read_group(groupRegistrationId: str, door: PartnerDep) -> Response:  # noqa: N803
    """Bands, states and times; no data of members."""
    with door.look(groupRegistrationId) as desk:
        return answered(reading.whole(desk.tx, desk.reach.find(desk.tx, groupRegistrationId), desk.today))


@router.get(
    "/groups/{groupRegistrationId}/status",
    summary="Registration status of a group",
    responses={
        **errors(401, 403, 404, 429, 503),
        200: says(Group, "The status.", {**ID, "registration": GROUP["registration"]}),
    },
)
def read_status(groupRegistrationId: str, door: PartnerDep) -> Response:  # noqa: N803
    """Onboarded already, or not yet, and why not."""
    with door.look(groupRegistrationId) as desk:
        return answered(reading.status(desk.reach.find(desk.tx, groupRegistrationId)))


Categories = Annotated[str | None, Query(description=f"Separated by commas; all by default: {', '.join(CATEGORIES)}.")]


@router.get(
    "/groups/{groupRegistrationId}/summary",
    summary="Summary of a group, in bands",
    responses={
        **errors(401, 403, 404, 429, 503),
        200: says(Group, "The summary.", {**ID, "summary": GROUP["summary"], "unknownCategories": []}),
    },
)
def read_summary(groupRegistrationId: str, door: PartnerDep, categories: Categories = None) -> Response:  # noqa: N803
    """Categories that nobody knows are named in `unknownCategories`; new ones may come."""
    asked = [each.strip() for each in (categories or "").split(",") if each.strip()]
    with door.look(groupRegistrationId) as desk:
        row = desk.reach.find(desk.tx, groupRegistrationId)
        return answered(reading.summary(desk.tx, row, asked, desk.today))


@router.get(
    "/groups/{groupRegistrationId}/integration",
    summary="Integration status of a group",
    responses={
        **errors(401, 403, 404, 429, 503),
        200: says(Group, "Steps, flags and what waits.", {**ID, "integration": GROUP["integration"]}),
    },
)
def read_integration(groupRegistrationId: str, door: PartnerDep) -> Response:  # noqa: N803
    """Each step follows from the records."""
    with door.look(groupRegistrationId) as desk:
        row = desk.reach.find(desk.tx, groupRegistrationId)
        return answered(reading.integration(desk.tx, row, desk.today))


@router.get(
    "/groups/{groupRegistrationId}/events",
    summary="History of a group, oldest first",
    responses={
        **errors(401, 403, 404, 429, 503),
        200: says(History, "Every event.", {"groupRegistrationId": ID["groupRegistrationId"], "events": STEPS_TOLD}),
    },
)
def read_events(groupRegistrationId: str, door: PartnerDep) -> Response:  # noqa: N803
    """Numbered without gaps, and never changed."""
    return history_seen_through(door, groupRegistrationId)


def history_seen_through(door: PartnerDoor | HostDoor, registration_id: str) -> Response:
    """The events of a group; partner and host read the same."""
    with door.look(registration_id) as desk:
        desk.reach.find(desk.tx, registration_id)
        told = events.history(desk.tx, registration_id)
    return answered({"groupRegistrationId": registration_id, "events": told})


Status = Annotated[
    str | None,
    Query(pattern=f"^({'|'.join(STATUSES)})$", description=f"Only groups in this status: {', '.join(STATUSES)}."),
]
Pending = Annotated[
    str | None, Query(alias="pendingAction", max_length=64, description="Only groups that wait for this action.")
]
Since = Annotated[
    str | None,
    Query(alias="updatedSince", max_length=40, description="Only groups changed at or after this moment, UTC."),
]
Healthy = Annotated[bool | None, Query(description="Only healthy groups, or only those that are not.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`nextCursor` of the page before.")]
Size = Annotated[int, Query(alias="pageSize", ge=1, le=portfolio.MOST, description="Groups on a page.")]


def wish(
    status: str | None, pending: str | None, since: str | None, healthy: bool | None, cursor: str | None, size: int
) -> portfolio.Wish:
    """What the query asks of the list; Refused with 422 for a moment that is none."""
    moment = None
    if since is not None:
        try:
            moment = datetime.fromisoformat(since)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise faults.unprocessable(faults.invalid("updatedSince")) from None
    return portfolio.Wish(status, pending, moment, healthy, cursor, size)


@router.get(
    "/groups",
    summary="Portfolio: the groups in reach, with what waits",
    responses={**errors(401, 403, 422, 429, 503), 200: says(Groups, "A page of groups.", LISTED)},
)
def list_groups(
    door: PartnerDep,
    status: Status = None,
    pending: Pending = None,
    since: Since = None,
    healthy: Healthy = None,
    cursor: Cursor = None,
    size: Size = portfolio.USUAL,
) -> Response:
    """Ordered by the time of the last change; the cursor holds while groups change."""
    asked = wish(status, pending, since, healthy, cursor, size)
    with door.look() as desk:
        return answered(portfolio.page(desk.tx, desk.reach, asked, tells_partner=desk.actor.role == "MANAGER"))


@router.post(
    "/groups/{groupRegistrationId}/actions/withdraw",
    summary="Withdraw a registration that is not active yet",
    responses={**errors(400, 401, 403, 404, 409, 422, 429, 503), 200: says(Group, "Withdrawn; final.", GROUP)},
    openapi_extra=example_of({"reason": "The employer stays with its carrier."}),
)
def withdraw_group(groupRegistrationId: str, door: PartnerDep, body: Withdrawal | None = None) -> Response:  # noqa: N803
    """The reason may be left out."""
    with door.act() as desk:
        reason = body.reason if body else None
        register.withdraw(desk.tx, groupRegistrationId, reason, desk.actor, desk.reach, desk.work.now)
        desk.work.touched([groupRegistrationId])
        return answered(reading.whole(desk.tx, desk.after(groupRegistrationId), desk.today))


@router.post(
    "/groups/{groupRegistrationId}/notes",
    summary="Add a note to the history of a group (relationship managers)",
    status_code=201,
    responses={
        **errors(400, 401, 403, 404, 422, 429, 503),
        201: says(History, "The history.", {"groupRegistrationId": ID["groupRegistrationId"], "events": STEPS_TOLD}),
    },
    openapi_extra=example_of({"note": "Census promised for the end of the week."}),
)
def add_note(groupRegistrationId: str, body: Note, door: PartnerDep) -> Response:  # noqa: N803
    """Managers read all groups of the partners assigned to them, and write nothing else."""
    with door.act(role=access.NOTES) as desk:
        hosting.note(desk.tx, groupRegistrationId, body.note, desk.actor, desk.reach, desk.work.now)
        desk.work.touched([groupRegistrationId])
        told = events.history(desk.tx, groupRegistrationId)
    return answered({"groupRegistrationId": groupRegistrationId, "events": told}, 201)
