"""Requests that no client of good will sends: each is refused in the published form, and none is a defect.

What lives here: depth, types of content, texts and numbers at their ends, a caller who hangs up, a fault outside of
every route. What does not: bodies drawn from the OpenAPI document (`test_openapi`).
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services import ids
from services.http.envelopes import DEEPEST
from services.http.limits import Limited, Limits
from tests.http.served import ACTIONS, CONNECT, SOBJECTS, Api, serving
from tests.http.two_accounts import MINE, two_accounts

CENSUS, MEMBER = ids.spell(ids.CENSUS, MINE), ids.spell(ids.MEMBER, MINE)
MEMBERS = f"{CONNECT}/census-management/group-censuses/{CENSUS}/group-census-members"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(two_accounts(tmp_path_factory.mktemp("odd")).book.path) as api:
        yield api


def nested(levels: int, inner: str = "1") -> str:
    return "[" * levels + inner + "]" * levels


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_body_has_at_most_a_hundred_levels(served: Api, beyond: int) -> None:
    """The object, the list and the member are three of them."""
    body = f'{{"members":[{{"lastname":{nested(DEEPEST - 3 + beyond)}}}]}}'
    answer = served.post(MEMBERS, content=body, headers=JSON)
    told = answer.json()["errors"][0]
    assert answer.status_code in (200, 201, 400)
    assert ("nested deeper" in json.dumps(told)) is bool(beyond)


@pytest.mark.parametrize("levels", [300, 900, 100_000])
@pytest.mark.parametrize("path", [MEMBERS, f"{ACTIONS}/saveGroupCensusMembersData", f"{SOBJECTS}/Account"])
def test_endless_nesting_is_refused_on_every_kind_of_route(served: Api, path: str, levels: int) -> None:
    answer = served.post(path, content=f'{{"inputs":{nested(levels)}}}', headers=JSON)
    assert answer.status_code == 400
    assert "SF-0001-0007" in answer.text


@pytest.mark.parametrize(
    "said",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense;;=", "\xff\xfe"],
)
def test_a_body_of_another_type_is_refused(served: Api, said: str) -> None:
    answer = served.post(MEMBERS, content=b'{"members":[]}', headers={"content-type": said.encode("latin-1")})
    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"x":NaN}', b'"\\ud800"', b"null", b"7", b""])
def test_bytes_that_are_no_json_object_are_refused(served: Api, raw: bytes) -> None:
    answer = served.post(MEMBERS, content=raw, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "part", ["%00", "%FF%FE", "x" * 7000, "..%2F..%2Fetc%2Fpasswd", "%ED%A0%80", "'%20OR%20'1'='1"]
)
def test_an_id_in_a_path_may_be_any_text(served: Api, part: str) -> None:
    path = f"{CONNECT}/census-management/group-census-members/{part}/eligible-plans"
    assert served.get(path).status_code in (400, 404)


@pytest.mark.parametrize("value", ["-1", "99999999999999999999", "9223372036854775807", "x", "1e5", ""])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_numbers_in_a_query_have_ends(served: Api, name: str, value: str) -> None:
    path = f"{CONNECT}/async-requests/{ids.spell(ids.ASYNC_REQUEST, MINE)}/details?{name}={value}&{name}={value}"
    assert served.get(path).status_code in (200, 400)


@pytest.mark.parametrize(
    ("path", "query", "unknown"),
    [
        (f"{CONNECT}/census-management/group-census-members/{MEMBER}/eligible-plans", "shouldIncludeDependents", ""),
        (f"{CONNECT}/census-management/group-census-members/{MEMBER}/eligible-plans", "shouldincludedependents",
         "shouldincludedependents"),
        (MEMBERS, "withPlans", ""),
        (MEMBERS, "withplans", "withplans"),
        (MEMBERS, "groupCensusId", "groupCensusId"),  # a part of the path, which stands there
    ],
)  # fmt: skip
def test_a_parameter_that_a_path_does_not_take_is_told_and_not_passed_over(
    served: Api, path: str, query: str, unknown: str
) -> None:
    """Misspelt, a filter would be none and an option off, and nobody would know (decisions, 20)."""
    answer = served.get(f"{path}?{query}=true")
    if not unknown:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "code": "SF-0001-0005",
            "message": f"Specify a valid input for {unknown}.",
            "additionalInfo": {"where": unknown},
        }
    ]
    assert served.call("GET", f"{path}?{query}=true", token=None).status_code == 401


def test_who_looks_after_a_server_may_add_what_they_like(served: Api) -> None:
    assert served.call("GET", "/health?at=1", token=None).status_code == 200


def test_no_request_of_these_was_a_defect(served: Api) -> None:
    assert served.app.state.defects == []


def _through(app: Any, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the middleware sends for a request that arrives in these messages."""
    left, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    app_of_scope = SimpleNamespace(state=SimpleNamespace(defects=[]))
    scope = {"type": "http", "method": "POST", "headers": [], "path": "/x", "app": app_of_scope}
    asyncio.run(Limited(app, Limits())(scope, receive, send))
    return sent


def test_a_part_of_a_request_is_never_taken_for_the_whole() -> None:
    """The caller hung up in the middle; the part that arrived may well be good JSON, or a shorter file."""
    served: list[Any] = []

    async def app(*_: Any) -> None:
        served.append(1)

    part = {"type": "http.request", "body": b'{"members":[]} ', "more_body": True}
    assert _through(app, part, {"type": "http.disconnect"}) == []
    assert served == []


def test_a_fault_outside_of_every_route_has_the_published_form_and_leaves_no_value_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    personal = "Noor"

    async def app(*_: Any) -> None:
        raise KeyError(personal)

    with caplog.at_level(logging.INFO):
        start, body = _through(app, {"type": "http.request", "body": b"", "more_body": False})
    assert start["status"] == 500
    assert json.loads(body["body"])["errors"][0]["code"] == "SF-0001-0009"
    assert "KeyError" in caplog.text
    assert "Noor" not in caplog.text


def test_the_book_of_these_tests_is_there(served: Api) -> None:
    """Else every refusal above would be one for an unknown census."""
    assert served.get(MEMBERS).status_code == 200
    assert Path(served.book.path).exists()
