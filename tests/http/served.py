"""A book served by a real server on a port, and calls to it.

What lives here: `serving` and `Api`. What does not: any expectation.
"""

import asyncio
import atexit
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services import access
from services.book import Book
from services.http.app import create_app
from services.http.limits import Limits
from tests.attached import AttachedBook
from tests.conftest import NOW

V = "/services/data/v66.0"
"""Published paths begin with it; any version is taken."""
CONNECT = f"{V}/connect/insurance"
ACTIONS = f"{V}/actions/standard"
SOBJECTS = f"{V}/sobjects"

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted, and reading the authorities of the machine takes longer than most calls."""


class Api:
    """A client of a served book. `token` is a role, of which a token is made when first asked for, or a secret."""

    def __init__(self, book: Book, app: FastAPI, url: str) -> None:
        self.book, self.app, self.url = book, app, url
        self.client = httpx.Client(base_url=url, timeout=30.0, verify=NO_AUTHORITIES)
        self._secrets: dict[str, str] = {}

    def token(self, role: str, *, account_ids: Sequence[str] | None = None, **more: Any) -> str:
        """A new token's secret."""
        with self.book.write() as tx:
            return access.create_token(tx, role=role, name=role, now=NOW, account_ids=account_ids, **more).secret

    def call(self, method: str, path: str, *, token: str | None = "administrator", **more: Any) -> httpx.Response:
        """One call; token None sends none."""
        headers = dict(more.pop("headers", None) or {})
        if token is not None:
            if token in access.ROLES:
                if token not in self._secrets:
                    self._secrets[token] = self.token(token)
                token = self._secrets[token]
            headers["Authorization"] = f"Bearer {token}"
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST; `json=` is the body."""
        return self.call("POST", path, **more)

    def patch(self, path: str, **more: Any) -> httpx.Response:
        """PATCH."""
        return self.call("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        """DELETE."""
        return self.call("DELETE", path, **more)

    def rows(self, query: str, **params: Any) -> list[tuple[Any, ...]]:
        """What the book holds."""
        with self.book.read() as tx:
            return tx.connection.execute(query, params).fetchall()


class _Server:
    """A real server on a port of its own, which serves one application after another: starting one takes a while."""

    def __init__(self) -> None:
        self.app: FastAPI | None = None
        self._n_running = 0
        config = uvicorn.Config(
            self._serve, host="127.0.0.1", port=0, interface="asgi3", access_log=False, log_config=None, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._runner = asyncio.Runner(loop_factory=config.get_loop_factory())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        atexit.register(self._stop)
        _wait_until(lambda: self._server.started or not self._thread.is_alive())
        assert self._server.started, "The server did not start."
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    @contextmanager
    def with_app(self, app: FastAPI) -> Iterator[None]:
        """Serve an application until the block ends and the last request is answered."""
        lifespan = app.router.lifespan_context(app)
        self._wait_for(lifespan.__aenter__())
        self.app = app
        try:
            yield
        finally:
            _wait_until(lambda: self._n_running == 0)
            self.app = None
            self._wait_for(lifespan.__aexit__(None, None, None))

    def _run(self) -> None:
        self._runner.run(self._server.serve())

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        self._n_running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._n_running -= 1

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._runner.get_loop()).result(60)


_idle: list[_Server] = []
"""Servers that serve nothing; most tests need one at a time."""


@contextmanager
def serving(
    path: Path | str, *, clock: Callable[[], datetime] = lambda: NOW, limits: Limits | None = None
) -> Iterator[Api]:
    """Serve a book until the block ends. No defect of the program may have shown by then."""
    book = AttachedBook(path, idle_s=5.0)  # the test looks into the file that the server has open
    app = create_app(book, clock, limits)
    server = _idle.pop() if _idle else _Server()
    api = Api(book, app, server.url)
    try:
        with server.with_app(app):
            yield api
            assert app.state.defects == []
            api.client.close()
    finally:
        api.client.close()
        _idle.append(server)
        book.close()


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, "The server is busy."
        time.sleep(0.001)
