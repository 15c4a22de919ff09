"""Group quotes over HTTP: the rating of one asked for, the whole of one read, a line taken off (group rating).

What lives here: the routes and their shapes. What does not: quotes and lines made, read and changed as records
(`sobjects`), the checks and the rating (`services.quotes`), and what has become of a request (`async_requests`).
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.http.envelopes import ConnectRoute, RecordRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Said, Shape
from services.quotes import reading
from services.quotes.removing import remove_line
from services.quotes.request import DEFAULT_BATCH, MOST_IN_BATCH, ask

router = APIRouter()
lines = APIRouter(
    route_class=RecordRoute,
    tags=["Quotes and group rating"],
    prefix="/services/data/{version}/sobjects/QuoteLineItem/{lineId}",
)
connect = APIRouter(
    route_class=ConnectRoute,
    tags=["Quotes and group rating"],
    prefix="/services/data/{version}/connect/insurance/quotes/{quoteId}",
)


class GroupRatingInput(Shape):
    """Group Rating Input; an empty body rates the whole quote."""

    batchSize: int | None = Field(  # noqa: N815 - published names
        None,
        description=f"Records of a batch, 1 to {MOST_IN_BATCH:,}, by default {DEFAULT_BATCH}; no amount hangs on it.",
    )
    quoteLineItemIds: Listed[Id] | None = Field(None, description="Root lines; None: the whole quote.")  # noqa: N815
    ratingDate: str | None = Field(None, description="Whose rates; by default the day the quote starts.")  # noqa: N815


class GroupRatingOutput(Said):
    """Group Rating Response."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    requestId: str = Field(description="Of the request to rate, for `async-requests`.")  # noqa: N815


class LineAttribute(Said):
    """An attribute value of a line."""

    id: str
    attributeName: str  # noqa: N815
    value: str


class Line(Said):
    """A line of the quote with what hangs under it; amounts are null until rated."""

    id: str
    instanceKey: str | None  # noqa: N815
    level: str
    name: str
    product2Id: str | None  # noqa: N815
    groupClassId: str | None  # noqa: N815
    netTotalPrice: float | None  # noqa: N815
    ratingError: str | None  # noqa: N815
    ratingNote: str | None = Field(description="Why a rated line costs nothing, or which amount it assumes.")  # noqa: N815
    attributes: list[LineAttribute]
    lines: "list[Line]"


class WholeQuote(Said):
    """A quote with its tree of lines."""

    quoteId: str  # noqa: N815
    quoteNumber: str  # noqa: N815
    totalPrice: float | None  # noqa: N815
    ratedAt: str | None  # noqa: N815
    ratingStatus: str | None = Field(description="Status of the latest request (GR-16).")  # noqa: N815
    ratingRequestId: str | None  # noqa: N815
    isStale: bool = Field(description="Something that the prices come from changed since (GR-17).")  # noqa: N815
    lines: list[Line]


_ASKED = {"batchSize": 50, "quoteLineItemIds": ["0QL000000000000001"], "ratingDate": "2026-01-01"}
_ANSWER = {"isSuccess": True, "errors": [], "requestId": "08P000000000000001"}


def _line(
    number: int, level: str, name: str, price: float | None, *lines: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """A line of the example."""
    return {
        "id": f"0QL{number:015d}",
        "instanceKey": f"00000000-0000-4000-8000-{number:012d}",
        "level": level,
        "name": name,
        "product2Id": None,
        "productCode": None,
        "groupClassId": None,
        "groupClassName": None,
        "isOptional": False,
        "quantity": 1,
        "unitPrice": price,
        "netUnitPrice": price,
        "netTotalPrice": price,
        "standardQLITaxAmount": None if price is None else 0.0,
        "ratingError": None,
        "ratingNote": None,
        "ratedAt": None if price is None else "2025-11-20T12:00:00.000Z",
        "attributes": [],
        "lines": list(lines),
    } | more


_HOSPITAL = _line(4, "COVERAGE", "Hospital", 357.95, product2Id="01t000000000000002", productCode="HOSP")
_PREVENTIVE = _line(5, "COVERAGE", "Preventive", 60.0, product2Id="01t000000000000003", productCode="PREV")
_SUMMARY = _line(
    2,
    "GROUP_SUMMARY",
    "Executives",
    417.95,
    _line(3, "MEMBER", "Members", None, _HOSPITAL, _PREVENTIVE),
    groupClassId="0rE000000000000001",
    groupClassName="Executives",
)
_WHOLE = {
    "quoteId": "0Q0000000000000001",
    "quoteNumber": "Q00000001",
    "name": "Acme 2026",
    "accountId": "001000000000000001",
    "quoteAccountId": None,
    "groupCensusId": "0rf000000000000001",
    "insuranceQuoteType": "New Group Business",
    "censusRatingType": "Member Based",
    "startDate": "2026-01-01",
    "endDate": "2026-12-31",
    "status": "Draft",
    "ratingArea": None,
    "industryCode": None,
    "totalPrice": 417.95,
    "ratedAt": "2025-11-20T12:00:00.000Z",
    "ratingDate": "2026-01-01",
    "ratingStatus": "Completed",
    "ratingRequestId": "08P000000000000001",
    "isStale": False,
    "lines": [
        _line(
            1,
            "ROOT",
            "Medical Platinum",
            417.95,
            _SUMMARY,
            product2Id="01t000000000000001",
            productCode="PLAT",
            isStale=False,
        )
    ],
}


@connect.post(
    "/group-rating",
    status_code=202,
    summary="Rate a group quote, whole or some of its plans",
    description="The request is checked and accepted; the rating runs in the background, and `requestId` tells of it."
    " Member based: at most 30 plans and 3,000 members at a time; summary based 150,000 (settings of the book).",
    responses={
        **CONNECT_ERRORS,
        202: {
            "model": GroupRatingOutput,
            "description": "Rating began; follow `requestId` at /connect/insurance/async-requests.",
            "content": {"application/json": {"example": _ANSWER}},
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
@on_refusal(requestId=None)
def rate(
    quoteId: str,  # noqa: N803 - published name
    door: DoorDep,
    request: Request,
    body: GroupRatingInput | None = None,
) -> Response:
    """Premiums are written on the lines; a line that cannot be priced keeps its old one, with its error (GR-18)."""
    with door.write() as work:
        request_id = ask(
            work.tx,
            quoteId,
            batch_size=body and body.batchSize,
            line_ids=body and body.quoteLineItemIds,
            rating_date=body and body.ratingDate,
            scope=work.scope,
            now=work.now,
            requested_by=work.caller.token_id,
            http_request_id=work.request_id,
        )
        work.touched([quoteId])
    request.app.state.worker.wake()
    return answered({"isSuccess": True, "errors": [], "requestId": request_id}, 202)


@connect.get(
    "",
    summary="Read a quote with all its lines",
    responses={
        **CONNECT_ERRORS,
        200: {
            "model": WholeQuote,
            "description": "Head, state of the rating, and the tree of lines.",
            "content": {"application/json": {"example": _WHOLE}},
        },
    },
)
def read(quoteId: str, door: DoorDep) -> Response:  # noqa: N803
    """Each root with its group summaries, their member placeholders and coverages."""
    with door.read() as work:
        return answered(reading.quote(work.tx, quoteId, scope=work.scope))


@lines.delete(
    "",
    status_code=204,
    summary="Take a line off a quote, with everything under it",
    responses={
        400: {"description": "The quote has a contract (GB-CON-008), or is being rated (GB-GRP-009)."},
        404: {"description": "No such line, for this caller."},
    },
)
def remove(lineId: str, door: DoorDep) -> Response:  # noqa: N803
    """Nothing is answered but that it is done. Other plans keep their prices; a plan that lost a coverage is stale."""
    with door.write() as work:
        quote_id = remove_line(work.tx, lineId, scope=work.scope, now=work.now)
        work.touched([lineId, quote_id])
    return Response(status_code=204)


for part in (connect, lines):
    router.routes.extend(part.routes)
