"""How errors are told on each kind of route: Connect, Std, action, record and onboarding.

What lives here: the route classes. Each authenticates before a body is read, reads JSON strictly, and renders what
goes wrong in the published envelope of its kind. What does not: which error it is (the services say).
"""

import logging
import re
import traceback
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

import orjson
from fastapi import Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from services.faults import is_interruption
from services.http.identity import Unauthenticated, authenticate
from services.insurance_errors import InsuranceError, Refused, bad_payload, invalid, missing, of_refusal, plainly
from services.onboarding import faults as onboarding
from services.refusals import BookBusy, Conflict, Malformed, NotAllowed, NotFound, Refusal, Unavailable

LOG = logging.getLogger("benefits.http")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

STATUSES: dict[type[Refusal], int] = {
    NotFound: 400,
    Malformed: 400,
    Conflict: 409,
    NotAllowed: 403,
    BookBusy: 503,
    Unavailable: 503,
}
BUSY = InsuranceError("GB-SYS-001", "The book is in use by another run. Send the same request again in a moment.")
DEEPEST = 100
"""Levels of lists and objects in a body."""
_WRITTEN = 254

INTERRUPTED = InsuranceError(
    "GB-SYS-002", "The request took longer than this server allows; nothing was changed. Send fewer records at a time."
)
NOTHING_HERE = InsuranceError("SF-0001-0007", "There is nothing at this path; /docs lists what there is.")
_VERSION = re.compile(r"v([0-9]{2,3})\.0")
OLDEST = 65
"""Versions of the published paths from this one on are served, all alike (conventions, section 0)."""

NOT_SENT_AS_JSON = "Send it as JSON, with the header Content-Type: application/json"
NO_TOKEN = InsuranceError(
    "GB-SYS-003", "Send a valid token: Authorization: Bearer ... ; `benefits token create` makes one."
)


def answered(content: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), status, media_type="application/json")


def on_refusal(**fields: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The properties that a route's answer has besides `isSuccess` and `errors` when the request is refused."""

    def mark(handler: Callable[..., Any]) -> Callable[..., Any]:
        handler.refused_fields = fields  # pyright: ignore[reportFunctionMemberAccess]
        return handler

    return mark


class StrictRequest(Request):
    """A request whose body is read as JSON by the letter: no NaN, no endless nesting, no text a book cannot hold."""

    async def json(self) -> Any:
        """The body read; Refused for one that is no JSON."""
        raw = await self.body()
        try:
            read = orjson.loads(raw)
        except orjson.JSONDecodeError as fault:
            raise Refused(bad_payload(problem=f"The body is not JSON: {fault}.")) from None
        if _is_deep(read):
            raise Refused(bad_payload(problem=f"The body is nested deeper than {DEEPEST} levels."))
        if b"\\u0000" in raw and _holds_nul(read):
            raise Refused(bad_payload(problem="A text holds the character U+0000."))
        return read


class EnvelopeRoute(APIRoute):
    """A route that tells every fault in its own envelope."""

    is_open: ClassVar[bool] = False
    """No token is asked for."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """The body of a refusal."""
        del path
        return {"isSuccess": False, "errors": [told(error) for error in errors], **self.refused_fields()}

    def judge(self, fault: Exception, request: Request) -> tuple[Sequence[InsuranceError], int, dict[str, str]]:
        """Errors, status and headers for whatever the route raised."""
        return judged(fault, request)

    def refused_fields(self) -> dict[str, Any]:
        """What `on_refusal` said of the handler."""
        return getattr(self.endpoint, "refused_fields", {})

    def get_route_handler(self) -> Handler:
        """The handler of FastAPI, between authentication and the envelope."""
        inner = super().get_route_handler()
        known = {each.alias for each in get_flat_params(self.dependant) if isinstance(each.field_info, params.Query)}

        async def handle(request: Request) -> Response:
            try:
                if not self.is_open:
                    request.state.caller = await run_in_threadpool(authenticate, request)
                if not _is_served(request.path_params.get("version")):
                    raise Refused(NOTHING_HERE, status=404)
                if not self.is_open:
                    _must_be_known(request, known)
                return await inner(StrictRequest(request.scope, request.receive))
            except Exception as fault:  # noqa: BLE001 - the last resort: no traceback reaches a caller
                errors, status, headers = self.judge(fault, request)
                if request.app.state.says_plainly:
                    errors = [plainly(error) for error in errors]
                body = self.render(errors, request.path_params)
                response = answered(body, status)
                response.headers.update(headers)
                return response

        return handle


class ConnectRoute(EnvelopeRoute):
    """`/connect/...`: isSuccess, errors, and the route's own properties."""


class MemberRoute(ConnectRoute):
    """`/connect/...` of one member: every answer names the member of the path, a refusal too."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """The member, then the refusal."""
        return {"memberId": path.get("memberId"), **super().render(errors, path)}


class StdRoute(EnvelopeRoute):
    """`/services/Ins...ServiceStd/...`: result, errorCode, error (conventions, 4.4)."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """One text: that of all errors, each sentence once. There is no other place for what is wrong where."""
        del path
        return {**_std_refusal(errors), **self.refused_fields()}


class ActionRoute(EnvelopeRoute):
    """`/actions/standard/...`: a list with one entry."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """One answer of the action, refused."""
        del path
        return [action_refusal(self.path.rsplit("/", 1)[-1], errors) | self.refused_fields()]


class RecordRoute(EnvelopeRoute):
    """`/sobjects/...`: a list of errors."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """Each error with the fields it is about."""
        del path
        return _record_refusal(errors)


def _std_refusal(errors: Sequence[InsuranceError]) -> dict[str, Any]:
    said = " ".join(dict.fromkeys(part for error in errors for part in (error.message, _place(error)) if part))
    return {"result": "failure", "errorCode": "INVOKE-500", "error": said}


def _record_refusal(errors: Sequence[InsuranceError]) -> list[dict[str, Any]]:
    return [
        {"errorCode": e.code, "message": e.message, "fields": [e.info["field"]] if "field" in e.info else []}
        for e in errors
    ]


def _place(error: InsuranceError) -> str:
    """What is wrong with the shape of a body, and where; empty for any other error.

    >>> _place(bad_payload(where="members[0]", problem="Input should be a valid dictionary"))
    'members[0]: Input should be a valid dictionary.'
    """
    problem = str(error.info.get("problem", "")).removesuffix(".")
    return ": ".join([*filter(None, [error.info.get("where")]), f"{problem}."]) if problem else ""


class OnboardingRoute(EnvelopeRoute):
    """`/onboarding/v1/...`: a list of errors with codes and statuses of its own (onboarding, errors)."""

    def judge(self, fault: Exception, request: Request) -> tuple[Sequence[InsuranceError], int, dict[str, str]]:
        """The common faults in the codes of this interface."""
        errors, status, headers = judged(fault, request)
        if isinstance(fault, RequestValidationError):
            found = [_of_partner(dict(error)) for error in fault.errors()]
            return found, 400 if onboarding.NOT_JSON in found else 422, {}
        code = errors[0].code
        if status == 401:
            return [onboarding.NOT_AUTHENTICATED], 401, headers
        if code == "SF-0001-0011":
            return [onboarding.NOT_ALLOWED], 403, headers
        if code == "SF-0001-0007":
            return [onboarding.NOT_JSON], 400, headers
        return errors, status, {**headers, "Retry-After": "1"} if status == 429 else headers

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """Code, message, and field and further facts where there are any."""
        del path
        return {"errors": [_told_to_partner(error) for error in errors]}


def _told_to_partner(error: InsuranceError) -> dict[str, Any]:
    info = dict(error.info)
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if "field" in info:
        told["field"] = info.pop("field")
    return {**told, "additionalInfo": info} if info else told


def _of_partner(error: dict[str, Any]) -> InsuranceError:
    """What a body or a parameter of this interface lacks."""
    if error["loc"] == ("body",) and (error["type"] == "missing" or isinstance(error.get("input"), bytes)):
        return onboarding.NOT_JSON
    place = [part for part in error["loc"] if part not in ("body", "query", "path", "header")]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".") or "body"
    is_missing = error["type"] == "missing" or error.get("input", ...) is None
    return onboarding.required(where) if is_missing else onboarding.invalid(where)


def action_answers(name: str, outputs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer of an action: one entry for each input."""
    return [{"actionName": name, "errors": None, "isSuccess": True, "outputValues": output} for output in outputs]


def action_refusal(name: str, errors: Sequence[InsuranceError]) -> dict[str, Any]:
    """The entry of an input that an action refuses."""
    faults = [{"statusCode": e.code, "message": e.message, "fields": [], "additionalInfo": e.info} for e in errors]
    return {"actionName": name, "errors": faults, "isSuccess": False, "outputValues": None}


def told(error: InsuranceError) -> dict[str, Any]:
    """The published error object."""
    return {"code": error.code, "message": error.message, "additionalInfo": error.info}


def refusal_at(path: str, error: InsuranceError) -> Any:
    """The refusal of a path that no route serves, in the envelope of the kind of path it is."""
    if re.match(r"/services/Ins\w*/", path):
        return _std_refusal([error])
    if "/actions/standard/" in path:
        return [action_refusal(path.rsplit("/", 1)[-1], [error])]
    if "/sobjects/" in path:
        return _record_refusal([error])
    if path.startswith("/onboarding/"):
        return {"errors": [_told_to_partner(error)]}
    return {"isSuccess": False, "errors": [told(error)]}


def judged(fault: Exception, request: Request) -> tuple[Sequence[InsuranceError], int, dict[str, str]]:
    """Errors, status and headers for whatever a route raised."""
    if isinstance(fault, Unauthenticated):
        return [NO_TOKEN], 401, {"WWW-Authenticate": "Bearer"}
    if isinstance(fault, Refused):
        return fault.errors, fault.status, {}
    if isinstance(fault, RequestValidationError):
        return [_of_validation(dict(error)) for error in fault.errors()], 400, {}
    if isinstance(fault, BookBusy):
        return [BUSY], 503, {"Retry-After": "1"}
    if isinstance(fault, Refusal):
        if isinstance(fault, Unavailable):
            LOG.error("%s in request %s: %s", fault.code, getattr(request.state, "request_id", ""), fault)
        return [of_refusal(fault)], next((s for kind, s in STATUSES.items() if isinstance(fault, kind)), 400), {}
    if isinstance(fault, HTTPException) and isinstance(fault.__cause__, Refused):
        return fault.__cause__.errors, fault.__cause__.status, {}  # what a body is refused for comes wrapped
    if isinstance(fault, HTTPException):
        return [InsuranceError("SF-0001-0007", str(fault.detail))], fault.status_code, dict(fault.headers or {})
    if is_interruption(fault):
        return [INTERRUPTED], 503, {"Retry-After": "1"}
    return [_defect(fault, request)], 500, {}


def _is_served(version: str | None) -> bool:
    """Whether a path names a version that is served, or none."""
    found = _VERSION.fullmatch(version or f"v{OLDEST}.0")
    return found is not None and int(found[1]) >= OLDEST


def _must_be_known(request: Request, names: set[str]) -> None:
    """Refuse a parameter that the path does not take: a filter misspelt would be no filter (decisions, 20)."""
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        fault = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted", "input": ""}
        raise RequestValidationError([{**fault, "loc": ("query", name)} for name in unknown])


def _of_validation(error: dict[str, Any]) -> InsuranceError:
    """A body or parameter that does not have the shape: which place, and what is wrong there."""
    kind, place = error["type"], [part for part in error["loc"] if part not in ("body", "query", "path")]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    name = next((part for part in reversed(place) if isinstance(part, str)), "body")
    if error["loc"] == ("body",):
        # A body of another content type is not read at all, and comes as bytes.
        is_unread = isinstance(error.get("input"), bytes)
        return bad_payload(where="body", problem=NOT_SENT_AS_JSON if is_unread else error["msg"])
    # A null where a list or an object is asked for states nothing; within a list it is a wrong entry.
    is_null = error.get("input", ...) is None and bool(place) and isinstance(place[-1], str)
    if kind == "missing" or (is_null and error["loc"][0] == "body"):
        return missing(name).about(where=where)
    if error["loc"][0] != "body" or kind in ("literal_error", "enum"):
        return invalid(name).about(where=where)
    return bad_payload(where=where or "body", problem=error["msg"])


def _defect(fault: Exception, request: Request) -> InsuranceError:
    """Log where it happened, without the words of the fault (they may hold values), and count it."""
    frames = "".join(traceback.format_tb(fault.__traceback__))
    request_id = getattr(request.state, "request_id", "")
    LOG.error("defect %s in request %s\n%s", type(fault).__name__, request_id, frames)
    request.app.state.defects.append(type(fault).__name__)
    return InsuranceError(
        "SF-0001-0009",
        f"Something went wrong. Check the following error and try again: a defect of the program"
        f" ({type(fault).__name__}) in request {request_id}. If the issue persists, contact your Salesforce admin for"
        " help.",
    )


def _is_deep(value: Any) -> bool:
    """Nested deeper than `DEEPEST`. orjson writes 254 levels and no more, which spares a walk in Python: the value is
    put so deep that what is too deep cannot be written. What passes, every service and every answer can write."""
    for _ in range(_WRITTEN - DEEPEST):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(part) for key, part in value.items())
    return isinstance(value, list) and any(_holds_nul(part) for part in value)
