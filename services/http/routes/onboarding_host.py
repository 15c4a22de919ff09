"""The onboarding interface for the host: every group, what to review of it, and every decision on it.

What lives here: the routes and their shapes; callers are users or services with the role host. What does not: any rule
(`services.onboarding`), the partners' side (`onboarding`), and the partners themselves (`onboarding_partners`).
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from schemas.onboarding import OWNERS, STEPS
from services.http.envelopes import OnboardingRoute, answered
from services.http.onboarding_doors import Desk, HostDep
from services.http.onboarding_shapes import GROUP, ID, LISTED, STEPS_TOLD, Name, errors, example_of, says
from services.http.routes.onboarding import (
    Cursor,
    Group,
    Groups,
    Healthy,
    History,
    Note,
    Pending,
    Since,
    Size,
    Status,
    history_seen_through,
    wish,
)
from services.http.shapes import Id, Shape
from services.onboarding import events, hosting, portfolio, reading
from services.onboarding.actions import Wanted

router = APIRouter(route_class=OnboardingRoute, tags=["Onboarding for the host"], prefix="/onboarding/v1/host")

_ERRORS = errors(400, 401, 403, 404, 409, 422, 503)
_READS = errors(401, 403, 404, 503)


def _day(written: str) -> str:
    date.fromisoformat(written)
    return written


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"}), AfterValidator(_day)]


class Reasoned(Shape):
    """A decision, perhaps with its reason."""

    reason: str | None = Field(None, description="Told to the partner as `statusReason`.")


class ActionInput(Shape):
    """What is asked for."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
    description: Name
    owner: Literal[OWNERS]  # pyright: ignore[reportInvalidTypeForm]
    dueDate: Day | None = Field(None, description="In ten days by default.")  # noqa: N815
    field: str | None = Field(None, description="Field asked about; a change of it resolves the action.")
    step: Literal[tuple(STEPS)] | None = Field(None, description="Step that is blocked meanwhile.")  # pyright: ignore[reportInvalidTypeForm]


class Resolution(Shape):
    """An action that has been dealt with."""

    code: Annotated[str, Field(max_length=64)]
    note: str | None = None


class Skipping(Shape):
    """A step that this group does without."""

    step: Literal[tuple(STEPS)]  # pyright: ignore[reportInvalidTypeForm]
    reason: str


class Links(Shape):
    """Records of this book that belong to the group."""

    accountId: Id | None = None  # noqa: N815
    externalQuoteId: Id | None = None  # noqa: N815
    contractId: Id | None = None  # noqa: N815


_HOSTED = {**GROUP, "partnerId": "0pa000000000000001", "accountId": None, "data": {}, "brokers": []}


def _group(desk: Desk, registration_id: str) -> Response:
    """The registration as it stands, after a deed."""
    desk.work.touched([registration_id])
    return answered(reading.for_host(desk.tx, desk.after(registration_id), desk.today))


@router.get(
    "/groups",
    summary="Groups of all partners, with what waits",
    responses={**errors(401, 403, 422, 503), 200: says(Groups, "A page of groups.", LISTED)},
)
def list_groups(
    door: HostDep,
    status: Status = None,
    pending: Pending = None,
    since: Since = None,
    healthy: Healthy = None,
    cursor: Cursor = None,
    size: Size = portfolio.USUAL,
) -> Response:
    """As the partners' list, with `partnerId`."""
    asked = wish(status, pending, since, healthy, cursor, size)
    with door.look() as desk:
        return answered(portfolio.page(desk.tx, desk.reach, asked, tells_partner=True))


@router.get(
    "/groups/{groupRegistrationId}",
    summary="A registration with the data to review",
    responses={**_READS, 200: says(Group, "All of it; the tax id masked.", _HOSTED)},
)
def read_group(groupRegistrationId: str, door: HostDep) -> Response:  # noqa: N803
    """What the partner is told, and besides the data as registered and the brokers so far."""
    with door.look(groupRegistrationId) as desk:
        row = desk.reach.find(desk.tx, groupRegistrationId)
        return answered(reading.for_host(desk.tx, row, desk.today))


@router.get(
    "/groups/{groupRegistrationId}/events",
    summary="History of a group, for the host",
    responses={
        **_READS,
        200: says(History, "Every event.", {"groupRegistrationId": ID["groupRegistrationId"], "events": STEPS_TOLD}),
    },
)
def read_events(groupRegistrationId: str, door: HostDep) -> Response:  # noqa: N803
    """As the partner reads it."""
    return history_seen_through(door, groupRegistrationId)


_ACTIONS = "/groups/{groupRegistrationId}/actions"


def _decide(name: str) -> Callable[..., Response]:
    def decide(groupRegistrationId: str, door: HostDep, body: Reasoned | None = None) -> Response:  # noqa: N803
        with door.act() as desk:
            reason = body.reason if body else None
            hosting.decide(desk.tx, name, groupRegistrationId, reason, desk.actor, desk.reach, desk.work.now)
            return _group(desk, groupRegistrationId)

    return decide


for _name, _decision in hosting.DECISIONS.items():
    router.add_api_route(
        f"{_ACTIONS}/{_name}",
        _decide(_name),
        methods=["POST"],
        name=f"{_name.replace('-', '_')}_group",
        summary=_decision.says,
        responses={**_ERRORS, 200: says(Group, f"The registration, {_decision.became}.", _HOSTED)},
        openapi_extra=example_of({"reason": "The employer asked for it."} if _decision.asks_reason else {}),
    )


@router.post(
    f"{_ACTIONS}/ask",
    summary="Ask the partner, the employer or the host for something",
    responses={**_ERRORS, 200: says(Group, "The registration, ACTION_REQUIRED.", _HOSTED)},
    openapi_extra=example_of(
        {
            "code": "SIGNED_APPLICATION",
            "description": "Send the application signed by the employer.",
            "owner": "PARTNER",
            "dueDate": "2026-12-04",
        }
    ),
)
def ask_for_action(groupRegistrationId: str, body: ActionInput, door: HostDep) -> Response:  # noqa: N803
    """The registration waits until the last open action is resolved, and is then reviewed again."""
    due = None if body.dueDate is None else date.fromisoformat(body.dueDate)
    wanted = Wanted(body.code, body.description, body.owner, due, body.field, body.step)
    with door.act() as desk:
        hosting.ask(desk.tx, groupRegistrationId, wanted, desk.actor, desk.reach, desk.work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/resolve",
    summary="Resolve an open action",
    responses={**_ERRORS, 200: says(Group, "The registration.", _HOSTED)},
    openapi_extra=example_of({"code": "SIGNED_APPLICATION", "note": "Arrived by mail."}),
)
def resolve_action(groupRegistrationId: str, body: Resolution, door: HostDep) -> Response:  # noqa: N803
    """The employer's letter that names a new broker of record ends the access of the partner before."""
    with door.act() as desk:
        code, note = body.code, body.note
        hosting.resolve(desk.tx, groupRegistrationId, code, note, desk.actor, desk.reach, desk.work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/skip-step",
    summary="Skip a step of set-up, with a reason",
    responses={**_ERRORS, 200: says(Group, "The registration.", _HOSTED)},
    openapi_extra=example_of({"step": "ENROLLMENT_OPEN", "reason": "The employer enrolls everybody itself."}),
)
def skip_step(groupRegistrationId: str, body: Skipping, door: HostDep) -> Response:  # noqa: N803
    """A step that is done stays done."""
    with door.act() as desk:
        code, reason = body.step, body.reason
        hosting.skip(desk.tx, groupRegistrationId, code, reason, desk.actor, desk.reach, desk.work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/verify-broker",
    summary="Count the present broker as verified",
    responses={**_ERRORS, 200: says(Group, "The registration.", _HOSTED)},
)
def verify_broker(groupRegistrationId: str, door: HostDep) -> Response:  # noqa: N803
    """After a change of broker; the first one is verified by the approval."""
    with door.act() as desk:
        hosting.verify_broker(desk.tx, groupRegistrationId, desk.actor, desk.reach, desk.work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/link",
    summary="Link the account, quote or contract of the group",
    responses={**_ERRORS, 200: says(Group, "The registration.", _HOSTED)},
    openapi_extra=example_of({"accountId": "001000000000000001", "contractId": "800000000000000001"}),
)
def link_records(groupRegistrationId: str, body: Links, door: HostDep) -> Response:  # noqa: N803
    """After the approval; quote and contract must be those of the account."""
    with door.act() as desk:
        work = desk.work
        hosting.link(desk.tx, groupRegistrationId, body.model_dump(), desk.actor, desk.reach, work.scope, work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/create-account",
    summary="Make the account of the employer from its registration",
    responses={**_ERRORS, 200: says(Group, "The registration, linked.", _HOSTED)},
)
def create_account(groupRegistrationId: str, door: HostDep) -> Response:  # noqa: N803
    """Its number is the id of the registration."""
    with door.act() as desk:
        work = desk.work
        made = hosting.create_account(desk.tx, groupRegistrationId, desk.actor, desk.reach, work.scope, work.now)
        work.touched([made])
        return _group(desk, groupRegistrationId)


@router.post(
    f"{_ACTIONS}/sync",
    summary="Compare the steps of a group with the records now",
    responses={**_ERRORS, 200: says(Group, "The registration.", _HOSTED)},
)
def sync_group(groupRegistrationId: str, door: HostDep) -> Response:  # noqa: N803
    """Reading does so too; this clears an error that has been looked into."""
    with door.act() as desk:
        hosting.sync(desk.tx, groupRegistrationId, desk.reach, desk.work.now)
        return _group(desk, groupRegistrationId)


@router.post(
    "/groups/{groupRegistrationId}/notes",
    summary="Add a note to the history of a group, for the host",
    status_code=201,
    responses={
        **errors(400, 401, 403, 404, 422, 503),
        201: says(History, "The history.", {"groupRegistrationId": ID["groupRegistrationId"], "events": STEPS_TOLD}),
    },
    openapi_extra=example_of({"note": "Rates confirmed with the carrier."}),
)
def add_note(groupRegistrationId: str, body: Note, door: HostDep) -> Response:  # noqa: N803
    """The partner reads it too."""
    with door.act() as desk:
        hosting.note(desk.tx, groupRegistrationId, body.note, desk.actor, desk.reach, desk.work.now)
        desk.work.touched([groupRegistrationId])
        told = events.history(desk.tx, groupRegistrationId)
    return answered({"groupRegistrationId": groupRegistrationId, "events": told}, 201)
