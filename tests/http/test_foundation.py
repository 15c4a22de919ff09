"""Who may call, what is refused and how, request ids, the audit trail, and the log without values."""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services import access, audit
from services.book import Book
from services.http.limits import Limits
from services.onboarding import partners
from services.refusals import Conflict
from tests.conftest import NOW
from tests.http.served import CONNECT, SOBJECTS, Api, serving

ACCOUNT = {"Name": "Acme", "AccountNumber": "A-1"}


def test_health_and_readiness_ask_for_no_token(api: Api) -> None:
    assert api.get("/health", token=None).json() == {"status": "ok"}
    assert api.get("/ready", token=None).json() == {"status": "ready"}


@pytest.mark.parametrize("secret", [None, "gb_wrong", "x y", "gb_" + "x" * 5000])
def test_a_call_without_a_valid_token_is_refused_before_its_body_is_read(api: Api, secret: str | None) -> None:
    answer = api.post(f"{SOBJECTS}/Account", token=secret, content=b"{not json")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "benefits token create" in answer.text


def test_a_token_ends_on_its_date_and_when_it_is_revoked(book: Book) -> None:
    moment = NOW
    with serving(book.path, clock=lambda: moment) as api:
        with book.write() as tx:
            made = access.create_token(tx, role="administrator", name="t", now=NOW, expires_at=NOW + timedelta(hours=1))
        path = f"{SOBJECTS}/Account/001000000000000009"
        assert api.get(path, token=made.secret).status_code == 404
        moment = NOW + timedelta(minutes=59, seconds=59)
        assert api.get(path, token=made.secret).status_code == 404
        moment = NOW + timedelta(hours=1)
        assert api.get(path, token=made.secret).status_code == 401
        moment = NOW
        with book.write() as tx:
            access.revoke_token(tx, made.token_id, NOW)
        assert api.get(path, token=made.secret).status_code == 401


def test_a_token_is_kept_as_a_hash_alone(api: Api) -> None:
    secret = api.token("administrator")
    with api.book.read() as tx:
        (stored,) = tx.connection.execute("SELECT * FROM book.access_token").fetchall()
    assert secret not in str(stored)


@pytest.mark.rule("SF-0001-0007")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_content_type_is_told_which_one_is_asked_for(api: Api, kind: str) -> None:
    path = f"{CONNECT}/census-management/group-censuses/0rf000000000000001/group-census-members"
    answer = api.post(path, content=b'{"members": [{}]}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["errors"][0]["additionalInfo"]) == (
        400,
        {"where": "body", "problem": "Send it as JSON, with the header Content-Type: application/json"},
    )


@pytest.mark.rule("SF-0001-0011")
def test_an_analyst_reads_and_does_not_write(api: Api) -> None:
    made = api.post(f"{SOBJECTS}/Account", json=ACCOUNT).json()["id"]
    assert api.get(f"{SOBJECTS}/Account/{made}", token="analyst").status_code == 200
    answer = api.post(f"{SOBJECTS}/Account", json=ACCOUNT, token="analyst")
    assert answer.status_code == 403
    assert answer.json()[0]["errorCode"] == "SF-0001-0011"


def test_a_path_that_is_not_there_and_a_wrong_method_are_told_in_the_published_form(api: Api) -> None:
    assert api.get("/nowhere").json()["errors"][0]["message"].startswith("There is nothing at this path")
    assert api.delete("/health").status_code == 405
    members = "/services/data/v66.0/connect/insurance/census-management/group-censuses/x/group-census-members"
    assert api.client.request("PUT", members).headers["Allow"] == "DELETE, GET, PATCH, POST"  # not the first alone
    data, std = "/services/data/v66.0", "/services/InsCensusServiceStd"
    action, wrong = f"{data}/actions/standard/createContractFromQuote", "This path takes other methods."
    for method, path, status in (
        ("GET", f"{std}/addMembers", 405),
        ("GET", f"{std}/deleteAllMembers", 405),
        ("POST", f"{std}/nothing", 404),
        ("POST", "/services/InsNothing/nothing", 404),
    ):
        answer = api.client.request(method, path)
        assert answer.status_code == status
        assert answer.json().items() >= {"result": "failure", "errorCode": "INVOKE-500"}.items()
        assert answer.json()["error"].startswith(wrong if status == 405 else "There is nothing at this path")
    for path, status in ((action, 405), (f"{data}/actions/standard/nothing", 404)):
        answer = api.client.request("DELETE", path)
        assert answer.status_code == status
        (entry,) = answer.json()
        assert (entry["actionName"], entry["isSuccess"], entry["outputValues"]) == (
            path.rsplit("/", 1)[-1],
            False,
            None,
        )
        assert entry["errors"][0]["statusCode"] == "SF-0001-0007"
    (record,) = api.client.request("PUT", f"{SOBJECTS}/Account/001").json()
    assert record == {"errorCode": "SF-0001-0007", "message": wrong, "fields": []}
    # The fields of a route's own, also where its module holds routes of several kinds.
    emptying = api.client.request("GET", f"{std}/deleteAllMembers").json()
    assert (emptying["StatusCode"], emptying["StatusMessage"]) == ("Failure", wrong)
    contract = api.client.request("PUT", f"{CONNECT}/contracts").json()
    assert (contract["requestId"], contract["errors"][0]["message"]) == (None, wrong)
    assert list(api.client.request("DELETE", "/onboarding/v1/groups").json()) == ["errors"]
    assert list(api.client.request("DELETE", "/onboarding/v1/nothing").json()) == ["errors"]


@pytest.mark.rule("SF-0001-0007")
def test_no_action_takes_a_list_of_no_inputs(api: Api) -> None:
    # No page says what an action of nothing is; all answer alike, where a request lacks what it is about (CV-22).
    actions = [
        path for path, ways in api.app.openapi()["paths"].items() if "/actions/standard/" in path and "post" in ways
    ]
    assert len(actions) > 10
    for path in actions:
        answer = api.post(path.replace("{version}", "v66.0"), json={"inputs": []})
        assert answer.status_code == 400, path
        (entry,) = answer.json()
        (fault,) = entry["errors"]
        assert (fault["statusCode"], fault["additionalInfo"]["where"]) == ("SF-0001-0007", "inputs"), path


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"Name": "a\\u0000b"}', b'"text"', b"[]", b"7"],
)
def test_a_body_that_is_no_json_object_is_a_clear_refusal(api: Api, body: bytes) -> None:
    answer = api.post(f"{SOBJECTS}/Account", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"].startswith("SF-0001-")


def test_a_body_beyond_the_limit_is_refused_and_one_below_it_is_read(book: Book) -> None:
    text = {"Name": "x" * 200}
    with serving(book.path, limits=Limits(body_bytes=len(json.dumps(text)) + 10)) as api:
        assert api.post(f"{SOBJECTS}/Account", json=text).status_code == 201
        answer = api.post(f"{SOBJECTS}/Account", json={"Name": "x" * 300})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "GB-SYS-004"


def test_a_request_id_is_given_kept_and_never_a_text_that_could_break_a_log(api: Api) -> None:
    assert api.get("/health", token=None, headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = api.get("/health", token=None, headers={"X-Request-Id": "a b;c"}).headers["x-request-id"]
    assert made != "a b;c" and len(made) == 16


def test_every_write_leaves_one_entry_with_who_when_what_and_request(api: Api) -> None:
    made = api.post(f"{SOBJECTS}/Account", json=ACCOUNT, headers={"X-Request-Id": "req-7"}).json()["id"]
    api.get(f"{SOBJECTS}/Account/{made}")
    api.post(f"{SOBJECTS}/Account", json={"Nonsense": 1})
    with api.book.read() as tx:
        entries = tx.connection.execute(
            "SELECT happened_at, kind, action, request_id, record_ids, n_records FROM book.audit_entry"
        ).fetchall()
        verified = audit.verify(tx)
    assert entries == [(NOW, "user", "POST /services/data/{version}/sobjects/{objectName}", "req-7", [made], 1)]
    assert verified.n_entries == 1


def entries(book: Book, n: int) -> None:
    for number in range(n):
        with book.write() as tx:
            audit.append(tx, audit.Act("me", "user", "POST /x", f"r{number}", (f"id{number}",), 1), NOW)


@pytest.mark.parametrize(
    ("harm", "entry"),
    [
        ("UPDATE book.audit_entry SET principal = 'another' WHERE entry_number = 2", 2),
        ("UPDATE book.audit_entry SET record_ids = ['id9'] WHERE entry_number = 3", 3),
        ("DELETE FROM book.audit_entry WHERE entry_number = 2", 2),
        ("DELETE FROM book.audit_entry WHERE entry_number = 1", 1),
    ],
)
def test_a_changed_or_missing_entry_breaks_the_chain_at_its_place(book: Book, harm: str, entry: int) -> None:
    entries(book, 4)
    with book.write() as tx:
        tx.connection.execute(harm)
    with book.read() as tx, pytest.raises(Conflict, match=f"entry {entry} "):
        audit.verify(tx)


def test_no_statement_changes_the_trail() -> None:
    folder = Path(audit.__file__).parent / "sql"
    for file in folder.glob("*.sql"):
        text = " ".join(file.read_text().lower().split())
        assert "update book.audit_entry" not in text
        assert "delete from book.audit_entry" not in text


def test_no_value_of_a_member_is_in_the_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        api.post(f"{SOBJECTS}/Account", json={"Name": "Wilhelmina Sezuan", "Nonsense": "123-45-6789"})
        api.get(f"{SOBJECTS}/Account/Wilhelmina")
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("benefits")]
    assert any("POST /services/data/{version}/sobjects/{objectName} 400" in line for line in ours)
    assert not logging.getLogger("uvicorn.access").propagate  # its lines would hold the whole path
    assert not [line for line in ours if "Wilhelmina" in line or "6789" in line]


def test_accounts_out_of_scope_are_answered_exactly_as_unknown_ones(api: Api) -> None:
    mine = api.post(f"{SOBJECTS}/Account", json=ACCOUNT).json()["id"]
    other = api.post(f"{SOBJECTS}/Account", json={"Name": "Other", "AccountNumber": "A-2"}).json()["id"]
    secret = api.token("administrator", account_ids=[mine])
    assert api.get(f"{SOBJECTS}/Account/{mine}", token=secret).status_code == 200
    hidden = api.get(f"{SOBJECTS}/Account/{other}", token=secret)
    unknown = api.get(f"{SOBJECTS}/Account/001999999999999999", token=secret)
    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())
    hidden = api.patch(f"{SOBJECTS}/Account/{other}", json={"Name": "x"}, token=secret)
    unknown = api.patch(f"{SOBJECTS}/Account/001999999999999999", json={"Name": "x"}, token=secret)
    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())


def test_a_server_and_a_command_work_on_one_book(api: Api, now: datetime) -> None:
    """The server keeps the file open between calls, and lets go of it when somebody else waits."""
    for number in range(5):
        assert api.post(f"{SOBJECTS}/Account", json={"Name": f"A{number}"}).status_code == 201
        with api.book.write() as tx:
            tx.connection.execute("UPDATE book.account SET name = name || '!'")
    assert api.rows("SELECT count(*) FROM book.account WHERE name LIKE 'A%!'") == [(5,)]


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("v65.0", 200),
        ("v68.0", 200),
        ("v100.0", 200),
        ("v64.0", 404),
        ("65.0", 404),
        ("v66", 404),
        ("v\u0666\u0666.0", 404),
    ],
)
def test_every_version_from_65_on_is_served_alike_and_no_other(api: Api, version: str, status: int) -> None:
    made = api.post(f"{SOBJECTS}/Account", json=ACCOUNT).json()["id"]
    answer = api.get(f"{SOBJECTS.replace('v66.0', version)}/Account/{made}")
    assert answer.status_code == status
    if status == 404:
        assert answer.json()[0]["errorCode"] == "SF-0001-0007"


@pytest.mark.rule("CV-23")
@pytest.mark.parametrize(
    ("says_plainly", "text"),
    [
        (
            False,
            "Looks like you don't have access to edit this record. Your Salesforce admin can help with that.",
        ),
        (True, "Looks like you don't have access to edit this record."),
    ],
)
def test_a_server_can_leave_the_words_about_another_system_s_admin_out(
    book: Book, says_plainly: bool, text: str
) -> None:
    with serving(book.path) as api:
        api.app.state.says_plainly = says_plainly
        answer = api.post(f"{SOBJECTS}/Account", json=ACCOUNT, token="analyst")
        assert (answer.status_code, answer.json()[0]["message"]) == (403, text)


@pytest.mark.rule("CV-23")
def test_a_disk_that_refuses_is_told_without_the_places_of_the_machine(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder lies where the server keeps the turns of partners."""
    with api.book.write() as tx:
        partner = partners.create(tx, "Canal Benefits", "BROKER", now=NOW)
        partners.change(tx, partner, NOW, status=partners.APPROVED)
    side = api.app.state.turns.path
    side.mkdir()
    with caplog.at_level(logging.ERROR, "benefits.http"):
        answer = api.get("/onboarding/v1/groups", token=api.token("partner", partner_id=partner))
    assert answer.status_code == 503
    says = "The server cannot read or write its files now; nothing was changed. Its log says why."
    assert answer.json() == {"errors": [{"code": "GB-SYS-006", "message": says}]}
    assert str(side) in caplog.text
