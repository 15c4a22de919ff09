"""The application: routers, limits, request ids and logs.

What lives here: `create_app`, which puts the parts together. What does not: any route, any envelope (`envelopes`), who
calls (`identity`).
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.routing import Match

from services.book import PROGRAM_VERSION
from services.http.envelopes import NOTHING_HERE, OLDEST, EnvelopeRoute, answered, refusal_at
from services.http.limits import Limited, Limits
from services.http.routes import routers
from services.insurance_errors import InsuranceError
from services.job_runs import Worker
from services.onboarding.turns import Turns
from services.shared_book import SharedBook

LOG = logging.getLogger("benefits.http")

OPEN_PATHS = ("/health", "/ready")

DESCRIPTION = """Group benefits over HTTP, in the field's established wire shapes: census members, plan selections,
eligibility, bulk census, people, records.

Every route but health and readiness needs a bearer token: `benefits token create --role administrator --name me`.
Lists may be sent as `[...]` or as `{"values": [...]}`, maps as `{...}` or as `{"data": {...}}`."""

_VERSION = {
    "name": "version",
    "in": "path",
    "required": True,
    "description": f"Any version from v{OLDEST}.0 on; all are served alike.",
    "schema": {"type": "string", "pattern": r"^v[0-9]{2,3}\.0$", "default": "v66.0"},
}
"""The parameter of the published paths that all their operations share."""


def create_app(
    book: SharedBook, clock: Callable[[], datetime], limits: Limits | None = None, *, says_plainly: bool = False
) -> FastAPI:
    """The application over a book. `clock` says the time of day in UTC, without a zone.

    `says_plainly`: refusals leave out the sentence about an admin of another system (CV-23).
    """
    app = FastAPIOffline(
        title="Group benefits rating",
        version=PROGRAM_VERSION,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
        static_url="/docs-files",
    )
    app.state.book = book
    app.state.clock = clock
    app.state.limits = limits or Limits()
    app.state.defects = []
    app.state.turns = Turns(book.path)
    app.state.says_plainly = says_plainly
    for router in routers():
        app.router.routes.extend(router.routes)  # including them would build each route anew at the first request
    app.add_exception_handler(HTTPException, _no_route)
    app.openapi = lambda: _document(app)
    app.add_middleware(Limited, limits=app.state.limits)
    # A body lies in memory as a whole, within the limit: its file would only be written to disk to be read again.
    MultiPartParser.spool_max_size = app.state.limits.body_bytes
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: with the bearer token, and without the answers that FastAPI supposes and nobody gives."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for name in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(name, None)
        for path, methods in made["paths"].items():
            for operation in methods.values():
                if operation["responses"].get("422", {}).get("description") == "Validation Error":
                    del operation["responses"]["422"]
                operation["security"] = [] if path in OPEN_PATHS else [{"token": []}]
                if "{version}" in path:  # no handler takes it, so FastAPI does not know it
                    operation["parameters"] = [_VERSION, *operation.get("parameters", [])]
        _put_examples(app, made["paths"])
    assert app.openapi_schema is not None
    return app.openapi_schema


def _put_examples(app: FastAPI, paths: dict[str, Any]) -> None:
    """Put the examples in as they were written: FastAPI leaves every null out of the document, and so what an example
    shows by one."""
    for route in app.routes:
        if not isinstance(route, EnvelopeRoute):
            continue
        extra = (route.openapi_extra or {}).get("requestBody", {})
        for method in route.methods or ():
            operation = paths[route.path_format][method.lower()]
            places = [(operation["responses"][str(status)], said) for status, said in route.responses.items()]
            for there, said in [*places, (operation.get("requestBody", {}), extra)]:
                written = said.get("content", {}).get("application/json", {})
                if "example" in written:
                    there["content"]["application/json"]["example"] = written["example"]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The worker of the jobs runs as long as the application is served."""
    worker = Worker(app.state.book, app.state.clock)
    app.state.worker = worker
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        app.state.turns.close()
        app.state.book.close()


async def _no_route(request: Request, fault: Exception) -> Response:
    """A path or a method that nothing serves: told as the routes of its kind tell a refusal."""
    assert isinstance(fault, HTTPException)
    says = {404: NOTHING_HERE.message, 405: "This path takes other methods."}
    error = InsuranceError("SF-0001-0007", says.get(fault.status_code, str(fault.detail)))
    body, takes = None, set[str]()
    for route in request.app.routes:
        matched, found = route.matches(request.scope)
        if matched is Match.PARTIAL and isinstance(route, EnvelopeRoute):
            body = body or route.render([error], found["path_params"])
            takes.update(route.methods or ())
    response = answered(body or refusal_at(request.url.path, error), fault.status_code)
    response.headers.update(fault.headers or {})
    if takes:  # each method is a route of its own, and the router names those of the first alone
        response.headers["Allow"] = ", ".join(sorted(takes))
    return response
