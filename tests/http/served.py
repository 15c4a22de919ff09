"""A book served by a real server on a port of its own, and calls to it.

What lives here: `serving` and `Api`. What does not: any expectation.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

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


class Api:
    """A client of a served book. `token` is a role, of which a token is made when first asked for, or a secret."""

    def __init__(self, book: Book, app: FastAPI, url: str) -> None:
        self.book, self.app, self.url = book, app, url
        self.client = httpx.Client(base_url=url, timeout=30.0)
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


@contextmanager
def serving(
    path: Path | str, *, clock: Callable[[], datetime] = lambda: NOW, limits: Limits | None = None
) -> Iterator[Api]:
    """Serve a book until the block ends. No defect of the program may have shown by then."""
    book = AttachedBook(path, idle_s=5.0)  # the test looks into the file that the server has open
    app = create_app(book, clock, limits)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_config=None, lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("The server did not start.")
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    api = Api(book, app, f"http://127.0.0.1:{port}")
    try:
        yield api
        assert app.state.defects == []
    finally:
        api.client.close()
        server.should_exit = True
        thread.join(20)
        book.close()
