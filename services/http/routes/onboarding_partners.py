"""Partners and their relationship managers over HTTP, for the host: made, approved, suspended, assigned.

What lives here: the routes and their shapes; callers are users or services with the role host. What does not: any rule
(`services.onboarding.partners`), and the groups of partners (`onboarding_host`).
"""

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from schemas.onboarding import PARTNER_KINDS
from services.http.envelopes import OnboardingRoute, answered
from services.http.onboarding_doors import Desk, HostDep
from services.http.onboarding_shapes import Name, errors, example_of, says
from services.http.shapes import Id, Listed, Said, Shape
from services.onboarding import partners

router = APIRouter(route_class=OnboardingRoute, tags=["Onboarding for the host"], prefix="/onboarding/v1/host")

_ERRORS = errors(400, 401, 403, 404, 409, 422, 503)
_READS = errors(401, 403, 404, 503)


class PartnerInput(Shape):
    """A partner to be."""

    name: Name
    kind: Literal[PARTNER_KINDS] = Field(description="Brokers state a broker on each registration.")  # pyright: ignore[reportInvalidTypeForm]
    allowMidMonth: bool = Field(False, description="Cover may start on any day of a month.")  # noqa: N815


class PartnerChange(Shape):
    """What changes of a partner."""

    name: Name | None = None
    allowMidMonth: bool | None = None  # noqa: N815


class ManagerInput(Shape):
    """A relationship manager to be."""

    name: Name


class ManagersInput(Shape):
    """Who looks after a partner."""

    managerIds: Listed[Id]  # noqa: N815


class Partner(Said):
    """A partner."""

    partnerId: str  # noqa: N815
    name: str
    status: str


class Partners(Said):
    """Every partner."""

    partners: list[Partner]


class Manager(Said):
    """A relationship manager."""

    managerId: str  # noqa: N815
    name: str
    partnerIds: list[str]  # noqa: N815


class Managers(Said):
    """Every relationship manager."""

    managers: list[Manager]


_PARTNER: dict[str, Any] = {
    "partnerId": "0pa000000000000001",
    "name": "Amsel & Daughters",
    "kind": "BROKER",
    "allowMidMonth": False,
    "status": "PENDING",
    "groupCount": 0,
    "managerIds": [],
    "createdAt": "2026-11-20T12:00:00Z",
    "updatedAt": "2026-11-20T12:00:00Z",
}
_MANAGER = {"managerId": "0pm000000000000001", "name": "Desk West", "partnerIds": ["0pa000000000000001"]}


def _partner(desk: Desk, partner_id: str, status: int = 200) -> Response:
    desk.work.touched([partner_id])
    return answered(partners.partner(desk.tx, partner_id).told, status)


@router.post(
    "/partners",
    summary="Make a partner; it may not call until it is approved",
    status_code=201,
    responses={**errors(400, 401, 403, 422, 503), 201: says(Partner, "The partner, pending.", _PARTNER)},
    openapi_extra=example_of({"name": "Amsel & Daughters", "kind": "BROKER"}),
)
def create_partner(body: PartnerInput, door: HostDep) -> Response:
    """Its people get tokens by `benefits token create --kind partner`."""
    with door.act() as desk:
        made = partners.create(desk.tx, body.name, body.kind, allow_mid_month=body.allowMidMonth, now=desk.work.now)
        return _partner(desk, made, 201)


@router.get(
    "/partners",
    summary="Every partner",
    responses={**errors(401, 403, 503), 200: says(Partners, "The partners.", {"partners": [_PARTNER]})},
)
def list_partners(door: HostDep) -> Response:
    """With the number of their groups and the managers assigned."""
    with door.glance() as desk:
        return answered({"partners": [each.told for each in partners.listed(desk.tx)]})


@router.get(
    "/partners/{partnerId}", summary="One partner", responses={**_READS, 200: says(Partner, "The partner.", _PARTNER)}
)
def read_partner(partnerId: str, door: HostDep) -> Response:  # noqa: N803 - published name
    """As in the list."""
    with door.glance() as desk:
        return answered(partners.partner(desk.tx, partnerId).told)


@router.patch(
    "/partners/{partnerId}",
    summary="Change a partner's name or terms",
    responses={**_ERRORS, 200: says(Partner, "The partner.", _PARTNER)},
    openapi_extra=example_of({"allowMidMonth": True}),
)
def change_partner(partnerId: str, body: PartnerChange, door: HostDep) -> Response:  # noqa: N803
    """What is left out stays."""
    with door.act() as desk:
        now = desk.work.now
        partners.change(desk.tx, partnerId, now, name=body.name, allow_mid_month=body.allowMidMonth)
        return _partner(desk, partnerId)


def _turn_partner(status: str) -> Callable[..., Response]:
    def turn(partnerId: str, door: HostDep) -> Response:  # noqa: N803
        with door.act() as desk:
            partners.change(desk.tx, partnerId, desk.work.now, status=status)
            return _partner(desk, partnerId)

    return turn


for _name, _status, _says in (
    ("approve", partners.APPROVED, "Approve a partner: its tokens are let in"),
    ("suspend", partners.SUSPENDED, "Suspend a partner: its tokens are refused until it is approved again"),
):
    router.add_api_route(
        f"/partners/{{partnerId}}/actions/{_name}",
        _turn_partner(_status),
        methods=["POST"],
        name=f"{_name}_partner",
        summary=_says,
        responses={**_ERRORS, 200: says(Partner, "The partner.", {**_PARTNER, "status": _status})},
    )


@router.put(
    "/partners/{partnerId}/managers",
    summary="Say which relationship managers look after a partner",
    responses={**_ERRORS, 200: says(Partner, "The partner.", {**_PARTNER, "managerIds": ["0pm000000000000001"]})},
    openapi_extra=example_of({"managerIds": ["0pm000000000000001"]}),
)
def assign_managers(partnerId: str, body: ManagersInput, door: HostDep) -> Response:  # noqa: N803
    """These and no others."""
    with door.act() as desk:
        partners.assign(desk.tx, partnerId, body.managerIds, desk.work.now)
        return _partner(desk, partnerId)


@router.post(
    "/managers",
    summary="Make a relationship manager",
    status_code=201,
    responses={**errors(400, 401, 403, 422, 503), 201: says(Manager, "Made.", {**_MANAGER, "partnerIds": []})},
    openapi_extra=example_of({"name": "Desk West"}),
)
def create_manager(body: ManagerInput, door: HostDep) -> Response:
    """Sees the groups of the partners assigned, once there are any."""
    with door.act() as desk:
        made = partners.create_manager(desk.tx, body.name, desk.work.now)
        desk.work.touched([made])
        (told,) = [each for each in partners.managers(desk.tx) if each["managerId"] == made]
        return answered(told, 201)


@router.get(
    "/managers",
    summary="Every relationship manager",
    responses={**errors(401, 403, 503), 200: says(Managers, "The managers.", {"managers": [_MANAGER]})},
)
def list_managers(door: HostDep) -> Response:
    """With the partners assigned."""
    with door.glance() as desk:
        return answered({"managers": partners.managers(desk.tx)})
