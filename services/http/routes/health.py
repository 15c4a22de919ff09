"""Health and readiness: whether the process lives, and whether the book can be read. No token is asked for.

What lives here: the two routes. What does not: anything about the book's contents.
"""

from typing import ClassVar

from fastapi import APIRouter, Request, Response

from services.http.envelopes import EnvelopeRoute, answered


class OpenRoute(EnvelopeRoute):
    """A route without a token."""

    is_open: ClassVar[bool] = True


router = APIRouter(route_class=OpenRoute, tags=["Health"])


@router.get("/health", summary="The process lives", responses={200: {"description": "It does."}})
def health() -> Response:
    """Answers as long as the process does."""
    return answered({"status": "ok"})


@router.get(
    "/ready",
    summary="The book can be read",
    responses={200: {"description": "It can."}, 503: {"description": "It cannot, or is kept by another run."}},
)
def ready(request: Request) -> Response:
    """Opens the book, or finds it open."""
    with request.app.state.book.read() as tx:
        tx.rows("book.version")
    return answered({"status": "ready"})
