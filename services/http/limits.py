"""Limits of a request, its id, and the line it leaves in the log.

What lives here: the size of a body, the time to send it, the request id, security headers. What does not: limits on
the number of records (settings of the book), and the time a unit of work may take (`identity.Door`).
"""

import asyncio
import logging
import re
import time
import traceback
from dataclasses import dataclass
from secrets import token_hex

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("benefits.http")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HUNG_UP = 499
"""The status in the log of a request that never arrived; nobody is there to read it."""

HEADERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


@dataclass(frozen=True)
class Limits:
    """Bytes of a body, seconds to send it, seconds for a unit of work."""

    body_bytes: int = 64 * 1024 * 1024
    body_s: float = 60.0
    work_s: float = 120.0


class _TooLarge(Exception):
    """The body is larger than the limit."""


class _TooSlow(Exception):
    """The body did not arrive in time."""


class _Gone(Exception):
    """The caller hung up before the whole body was there: a part of a request is no request."""


class Limited:
    """Middleware: gives each request an id, guards its body, logs method, route, status and time, never a value."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _GIVEN_ID.fullmatch(given) else token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status, has_begun = time.perf_counter(), 0, False

        async def tell(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *HEADERS]
            await send(message)

        try:
            body = await self._body(headers, receive)
        except (_TooLarge, _TooSlow) as fault:
            await _refuse(tell, *_SAID[type(fault)])
        except _Gone:
            status = HUNG_UP
        else:
            try:
                await self.app(scope, body, tell)
            except Exception as fault:  # noqa: BLE001 - the server below would log the words of the fault
                frames = "".join(traceback.format_tb(fault.__traceback__))
                LOG.error("defect %s outside of routes in request %s\n%s", type(fault).__name__, request_id, frames)
                scope["app"].state.defects.append(type(fault).__name__)
                if not has_begun:
                    await _refuse(tell, 500, "SF-0001-0009", _DEFECT.format(request_id))
        route = getattr(scope.get("route"), "path", "(none)")
        LOG.info(
            "%s %s %d %.0f ms request %s",
            scope["method"],
            route,
            status,
            (time.perf_counter() - began) * 1e3,
            request_id,
        )

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        """The body read whole, within the limits, and handed on as one message."""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.limits.body_bytes:
            raise _TooLarge
        parts: list[bytes] = []
        n_bytes = 0
        deadline = time.monotonic() + self.limits.body_s
        while True:
            try:
                message = await asyncio.wait_for(receive(), deadline - time.monotonic())
            except TimeoutError:
                raise _TooSlow from None
            if message["type"] != "http.request":
                raise _Gone
            part = message.get("body", b"")
            n_bytes += len(part)
            if n_bytes > self.limits.body_bytes:
                raise _TooLarge
            parts.append(part)
            if not message.get("more_body", False):
                break
        whole: Message | None = {"type": "http.request", "body": b"".join(parts), "more_body": False}

        async def replay() -> Message:
            nonlocal whole
            if whole is not None:
                message, whole = whole, None
                return message
            return await receive()

        return replay


_DEFECT = (
    "Something went wrong. Check the following error and try again: a defect of the program in request {}."
    " If the issue persists, contact your Salesforce admin for help."
)
_SAID = {
    _TooLarge: (413, "GB-SYS-004", "The request is larger than this server takes. Send fewer records at a time."),
    _TooSlow: (408, "GB-SYS-005", "The request did not arrive in time. Send it again."),
}


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = orjson.dumps({"isSuccess": False, "errors": [{"code": code, "message": message, "additionalInfo": {}}]})
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
