"""Calls to the application in this process, without a socket: for walks of thousands of calls.

What lives here: `Unwired`. What does not: a real server and its client (`served`), any expectation.
"""

import asyncio
from typing import Any
from urllib.parse import unquote

import httpx
from fastapi import FastAPI
from starlette.types import Message

_HOST = "http://unwired"


class Unwired:
    """A client of an application; all its calls share one loop, which is stopped between them."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()

    def request(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and text of the answer; `more` is what a request of httpx takes."""
        request = httpx.Request(method, f"{_HOST}{path}", **more)
        messages = self._loop.run_until_complete(self._answer(request))
        begun, *parts = messages
        return int(begun["status"]), b"".join(part.get("body", b"") for part in parts).decode()

    def close(self) -> None:
        """No more calls."""
        self._loop.close()

    async def _answer(self, request: httpx.Request) -> list[Message]:
        path, _, query = request.url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path.decode()),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("caller", 1),
            "server": ("unwired", 80),
        }
        sent: list[Message] = [{"type": "http.request", "body": request.read(), "more_body": False}]
        answered: list[Message] = []
        is_over = asyncio.Event()

        async def receive() -> Message:
            if sent:
                return sent.pop()
            await is_over.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answered.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                is_over.set()

        await self.app(scope, receive, send)
        return answered
