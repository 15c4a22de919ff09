"""Group census members over HTTP: the published payloads, both wrappings, statuses, and who may do what."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services import access
from services.book import Book
from services.http.app import create_app
from services.shared_book import SharedBook
from tests.conftest import NOW
from tests.http.served import CONNECT, Api, serving
from tests.services.census_load.builder import CENSUS, OTHER, a_world

PATH = f"{CONNECT}/census-management/group-censuses/{CENSUS}/group-census-members"
ELSEWHERE = PATH.replace(CENSUS, OTHER)
NOOR = {
    "firstName": "Noor", "lastname": "Haddad", "email": "noor.haddad@example.org", "birthdate": "1984-02-11",
    "associationWithPrimaryMbr": "Self", "sourceSystemIdentifier": "HR-501", "groupClassName": "Salaried",
    "fullTimeEquivalent": 1.0,
}  # fmt: skip
MIRA = {
    "firstName": "Mira", "lastname": "Haddad", "birthdate": "2014-09-30", "associationWithPrimaryMbr": "Child",
    "sourceSystemIdentifier": "HR-501-1", "primaryMemberSource": "HR-501",
}  # fmt: skip
TARIQ = {
    "firstName": "Tariq", "lastname": "Nasser", "associationWithPrimaryMbr": "Child",
    "sourceSystemIdentifier": "HR-777-1", "primaryMemberSource": "HR-777",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(a_world(tmp_path_factory.mktemp("members")).book.path) as api:
        yield api


@pytest.fixture
def api(served: Api) -> Api:
    """The served book with both censuses empty."""
    for path in (PATH, ELSEWHERE):
        assert served.delete(path, params={"force": "true"}).status_code == 200
    return served


def ids_of(response: Any) -> list[str]:
    return response.json()["memberIds"]


@pytest.mark.rule("GB-CEN-003")
@pytest.mark.rule("CV-1", "CV-24", "CM-12", "CV-13")
def test_the_published_example_in_its_wrapping(api: Api) -> None:
    body = {"duplicateDetectionFields": {"values": ["Birthdate"]}, "members": {"values": [NOOR, MIRA, TARIQ]}}
    answer = api.post(PATH, json=body)
    assert answer.status_code == 201
    assert answer.json() == {
        "isSuccess": False,
        "memberIds": ids_of(answer),
        "errors": [
            {
                "code": "GB-CEN-003",
                "message": "Dependent has no primary member.",
                "additionalInfo": {"index": 2, "sourceSystemIdentifier": "HR-777-1"},
            }
        ],
    }
    assert len(ids_of(answer)) == 2


@pytest.mark.rule("CV-1", "CV-25", "CV-24")
def test_the_bare_lists_are_taken_alike_and_a_repeat_creates_nothing(api: Api) -> None:
    wrapped = api.post(
        PATH, json={"duplicateDetectionFields": {"values": ["Birthdate"]}, "members": {"values": [NOOR]}}
    )
    bare = api.post(PATH, json={"duplicateDetectionFields": ["Birthdate"], "members": [NOOR]})
    assert (wrapped.status_code, bare.status_code) == (201, 200)
    assert bare.json() == {"isSuccess": True, "errors": [], "memberIds": ids_of(wrapped)}


@pytest.mark.rule("CM-5", "CM-6")
def test_a_change_by_id(api: Api) -> None:
    noor, mira = ids_of(api.post(PATH, json={"members": [NOOR, MIRA]}))
    answer = api.patch(PATH, json={"members": {"values": [{"id": mira, "birthdate": None}, {"city": "Porto"}]}})
    assert answer.status_code == 200
    assert answer.json() == {
        "isSuccess": False,
        "memberIds": [mira],
        "errors": [
            {
                "code": "SF-0001-0004",
                "message": "Specify an input for id.",
                "additionalInfo": {"index": 1, "field": "id"},
            }
        ],
    }
    assert api.rows("SELECT birth_date FROM book.census_member WHERE group_census_member_id = $id", id=mira) == [
        (None,)
    ]
    assert noor


@pytest.mark.rule("CV-22")
@pytest.mark.parametrize("path", ["", "/delete"])
def test_a_null_where_a_list_is_required_is_a_missing_input_and_no_body_a_wrong_one(api: Api, path: str) -> None:
    name = "memberIds" if path else "members"
    for body in ({}, {name: None}, {name: []}, {name: {"values": []}}):
        answer = api.post(f"{PATH}{path}", json=body)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (400, "SF-0001-0004")
        assert error["message"] == f"Specify an input for {name}."
    for content in (None, b"null", b"[]"):
        answer = api.post(f"{PATH}{path}", content=content)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "SF-0001-0007")


@pytest.mark.rule("CM-30", "CM-34", "CM-35", "CM-37")
def test_listed_members_are_deleted_with_their_dependents_or_nobody(api: Api) -> None:
    noor, mira = ids_of(api.post(PATH, json={"members": [NOOR, MIRA]}))
    bad = api.post(f"{PATH}/delete", json={"memberIds": [noor, "0r6none"]})
    assert bad.status_code == 400
    assert bad.json() == {
        "isSuccess": False,
        "memberIds": [],
        "errors": [
            {
                "code": "SF-0001-0005",
                "message": "Specify a valid input for memberIds.",
                "additionalInfo": {"memberId": "0r6none"},
            }
        ],
    }
    assert api.post(f"{PATH}/delete", json={"memberIds": []}).json()["errors"][0]["code"] == "SF-0001-0004"
    done = api.post(f"{PATH}/delete", json={"memberIds": [noor]})
    assert (done.status_code, done.json()) == (200, {"isSuccess": True, "errors": [], "memberIds": [noor, mira]})


@pytest.mark.rule("CM-20", "CM-23")
def test_a_census_is_emptied(api: Api) -> None:
    made = ids_of(api.post(PATH, json={"members": [NOOR, MIRA]}))
    for expected in (made, []):
        answer = api.delete(PATH)
        assert (answer.status_code, answer.json()) == (200, {"isSuccess": True, "errors": [], "memberIds": expected})


BAD_BODIES: list[tuple[Any, str, str]] = [
    ({}, "SF-0001-0004", "Specify an input for members."),
    ({"members": []}, "SF-0001-0004", "Specify an input for members."),
    ({"members": {"values": []}}, "SF-0001-0004", "Specify an input for members."),
    ({"members": {"data": {}}}, "SF-0001-0007", "Your input is invalid. Specify a valid payload and try again."),
    ({"members": [1]}, "SF-0001-0007", "Your input is invalid. Specify a valid payload and try again."),
    ({"members": [NOOR], "more": 1}, "SF-0001-0007", "Your input is invalid. Specify a valid payload and try again."),
    ({"members": [NOOR], "flowName": "None Such"}, "SF-0001-0005", "Specify a valid input for flowName."),
    ([], "SF-0001-0007", "Your input is invalid. Specify a valid payload and try again."),
]


@pytest.mark.rule("SF-0001-0004", "SF-0001-0005", "SF-0001-0007")
@pytest.mark.rule("CV-22", "CV-24")
def test_a_request_of_the_wrong_shape_is_refused_whole(api: Api) -> None:
    for body, code, says in BAD_BODIES:
        for call in (api.post, api.patch):
            answer = call(PATH, json=body)
            told = answer.json()
            assert (answer.status_code, told["isSuccess"], told["memberIds"]) == (400, False, []), body
            assert (told["errors"][0]["code"], told["errors"][0]["message"]) == (code, says), body
    assert api.rows("SELECT count(*) FROM book.census_member") == [(0,)]


@pytest.mark.rule("CV-22")
def test_a_census_that_is_unknown_or_of_another_account_is_answered_alike(api: Api) -> None:
    stranger = api.token("administrator", account_ids=[])
    for path, token in ((PATH.replace(CENSUS, "0rfnone"), "administrator"), (PATH, stranger)):
        for answer in (
            api.post(path, json={"members": [NOOR]}, token=token),
            api.patch(path, json={"members": [NOOR]}, token=token),
            api.delete(path, token=token),
            api.post(f"{path}/delete", json={"memberIds": ["x"]}, token=token),
        ):
            assert answer.status_code == 400
            assert answer.json()["errors"] == [
                {"code": "SF-0001-0005", "message": "Specify a valid input for groupCensusId.", "additionalInfo": {}}
            ]


def test_reading_roles_cannot_write_and_nobody_can_without_a_token(api: Api) -> None:
    assert api.post(PATH, json={"members": [NOOR]}, token="analyst").status_code == 403
    assert api.post(PATH, json={"members": [NOOR]}, token=None).status_code == 401
    assert api.delete(PATH, token="analyst").status_code == 403


def test_a_write_leaves_an_entry_with_the_ids_in_the_audit_trail(api: Api) -> None:
    made = ids_of(api.post(PATH, json={"members": [NOOR, MIRA]}))
    [(action, ids, n)] = api.rows(
        "SELECT action, record_ids, n_records FROM book.audit_entry ORDER BY entry_number DESC LIMIT 1"
    )
    assert action.startswith("POST ") and action.endswith("/group-census-members")
    assert (ids, n) == (made, 2)


def test_texts_that_look_like_statements_or_paths_are_just_texts(api: Api) -> None:
    text = "Robert'); DROP TABLE book.census_member;--"
    made = api.post(
        PATH, json={"members": [{**NOOR, "firstName": text, "city": "../../etc/passwd", "street": "$1 ${x} {}"}]}
    )
    assert made.status_code == 201
    assert api.rows("SELECT first_name, city, street FROM book.census_member") == [
        (text, "../../etc/passwd", "$1 ${x} {}")
    ]
    assert api.post(f"{PATH}/delete", json={"memberIds": ["' OR 1=1 --"]}).status_code == 400
    assert api.post(PATH, json={"members": [NOOR], "duplicateDetectionFields": ["x' OR '1'='1"]}).status_code == 400


@pytest.mark.rule("GB-SYS-001")
@pytest.mark.rule("CV-23")
def test_a_book_that_stays_locked_is_a_503_with_a_code_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    book = Book(a_world(tmp_path_factory.mktemp("locked")).book.path)
    with book.write() as tx:
        secret = access.create_token(tx, role="administrator", name="test", now=NOW).secret
    app = create_app(SharedBook(book.path, lock_timeout_s=0.1), lambda: NOW)
    may_end, is_held = threading.Event(), threading.Event()

    def hold() -> None:
        with book.write():
            is_held.set()
            may_end.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(20)
    answer = asyncio.run(_posted(app, secret))
    may_end.set()
    holder.join()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["errors"][0]["code"] == "GB-SYS-001"


async def _posted(app: FastAPI, secret: str) -> httpx.Response:
    """One POST of a member to an application that is not served."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://book") as client:
        headers = {"Authorization": f"Bearer {secret}"}
        return await client.post(PATH, json={"members": [NOOR]}, headers=headers)
