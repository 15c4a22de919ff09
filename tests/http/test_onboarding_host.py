"""The host's side of onboarding, over real HTTP: partners, reviews, decisions, and every status reached."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.onboarding import MOVES, STATUSES, STEPS
from services.onboarding.hosting import DECISIONS
from tests.http.partners import GROUPS, HOST, Partners, codes, served_partners
from tests.http.served import SOBJECTS
from tests.made_once import empty_book


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    with served_partners(empty_book(tmp_path_factory.mktemp("host") / "host.duckdb").path) as made:
        yield made


def in_status(desk: Partners, status: str) -> str:
    """A new group, brought to a status by calls alone."""
    if status == "DRAFT":
        return str(desk.register(draft=True)["groupRegistrationId"])
    group = desk.an_active_group() if status in ("ACTIVE", "SUSPENDED", "TERMINATED") else desk.a_group()
    why = {"reason": "For a reason."}
    if status == "ACTION_REQUIRED":
        desk.done(group, "ask", code="W9", description="The form.", owner="PARTNER")
    elif status == "WITHDRAWN":
        desk.call("POST", f"{GROUPS}/{group}/actions/withdraw")
    elif status not in ("SUBMITTED", "ACTIVE"):
        (action,) = [name for name, each in DECISIONS.items() if each.became == status]
        desk.done(group, action, **why)
    return group


@pytest.mark.rule("ONB-007")
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_reached_and_left_only_along_the_table(desk: Partners, status: str) -> None:
    """Every action is tried in every status: what the table lacks is refused with 409 and leaves the group alone."""
    group = in_status(desk, status)
    assert desk.state(group) == status
    before = desk.read(group)
    tried: dict[str, str] = {name: each.became for name, each in DECISIONS.items()} | {"ask": "ACTION_REQUIRED"}
    for action, became in tried.items():
        if became in MOVES[status] or (action, status) == ("ask", "ACTION_REQUIRED"):
            continue
        body = {"code": "X", "description": "Y", "owner": "HOST"} if action == "ask" else {"reason": "Z"}
        answer = desk.host(group, action, **body)
        assert (answer.status_code, codes(answer)) == (409, [("ONB-007", None)]), action
        assert answer.json()["errors"][0]["message"] == f"This change isn't allowed in status {status}."
    if "WITHDRAWN" not in MOVES[status]:
        assert desk.call("POST", f"{GROUPS}/{group}/actions/withdraw").status_code == 409
    assert desk.read(group) == before
    assert before["registration"]["isOnboarded"] is (status == "ACTIVE")


@pytest.mark.parametrize(
    "way",
    [
        ["start-review", "approve"],
        ["start-review", "reject"],
        ["ask", "resolve", "approve"],
        ["ask", "reject"],
        ["approve", "ask", "resolve", "approve"],
    ],
)
def test_a_group_goes_its_way_before_it_is_active(desk: Partners, way: list[str]) -> None:
    group = desk.a_group()
    bodies: dict[str, Any] = {
        "ask": {"code": "W9", "description": "The form.", "owner": "EMPLOYER"},
        "resolve": {"code": "W9", "note": "Arrived."},
        "reject": {"reason": "No longer trading."},
    }
    for action in way:
        desk.done(group, action, **bodies.get(action, {}))
    expected = {"approve": "APPROVED", "reject": "REJECTED"}[way[-1]]
    registration = desk.read(group, "status")["registration"]
    assert registration["status"] == expected
    assert registration["statusReason"] == ("No longer trading." if expected == "REJECTED" else None)


def test_a_group_is_suspended_resumed_and_terminated(desk: Partners) -> None:
    group = desk.an_active_group()
    assert desk.done(group, "suspend", reason="Premium unpaid.")["registration"]["statusReason"] == "Premium unpaid."
    assert codes(desk.host(group, "activate")) == [("ONB-007", None)]
    assert desk.done(group, "resume")["registration"].items() >= {"status": "ACTIVE", "isOnboarded": True}.items()
    desk.done(group, "suspend", reason="Again.")
    assert desk.done(group, "terminate", reason="Closed.")["registration"]["status"] == "TERMINATED"


@pytest.mark.rule("ONB-101")
@pytest.mark.parametrize("action", ["reject", "suspend", "terminate"])
def test_what_harms_a_group_needs_a_reason(desk: Partners, action: str) -> None:
    group = desk.a_group() if action == "reject" else desk.an_active_group()
    answer = desk.host(group, action)
    assert (answer.status_code, codes(answer)) == (422, [("ONB-101", "reason")])


@pytest.mark.rule("ON-15")
def test_a_group_becomes_active_only_with_every_step_done_or_skipped(desk: Partners) -> None:
    group = desk.a_group()
    desk.done(group, "approve")
    answer = desk.host(group, "activate")
    assert answer.status_code == 409
    left = ["ACCOUNT_SETUP", "PLAN_CONFIGURATION", "RATE_LOAD", "CENSUS_LOAD", "CONTRACT_ISSUE", "ENROLLMENT_OPEN",
            "ACTIVATION"]  # fmt: skip
    assert answer.json()["errors"][0]["additionalInfo"] == {"openSteps": left}
    desk.done(group, "create-account")
    for code in left[1:-1]:
        desk.done(group, "skip-step", step=code, reason="Not needed here.")
    assert desk.host(group, "activate").json()["errors"][0]["additionalInfo"] == {"openSteps": ["ACTIVATION"]}
    desk.done(group, "skip-step", step="ACTIVATION", reason="Policies are kept elsewhere.")
    told = desk.done(group, "activate")
    assert told["registration"]["isOnboarded"] is True
    assert told["integration"]["percentComplete"] == 100


def test_a_step_is_skipped_with_a_reason_and_not_when_it_is_done(desk: Partners) -> None:
    group = desk.a_group()
    assert codes(desk.host(group, "skip-step", step="RATE_LOAD", reason=" ")) == [("ONB-101", "reason")]
    assert codes(desk.host(group, "skip-step", step="NAP", reason="x")) == [("ONB-102", "step")]
    done = desk.host(group, "skip-step", step="REGISTRATION_RECEIVED", reason="x")
    assert codes(done) == [("ONB-007", None)]
    desk.done(group, "skip-step", step="RATE_LOAD", reason="Self-funded.")
    told = [each for each in desk.events(group) if each["subject"] == "RATE_LOAD"]
    assert [(e["type"], e["to"], e["note"]) for e in told] == [
        ("ACTION", "SKIP_DECIDED", "Self-funded."),
        ("STEP", "SKIPPED", None),
    ]
    assert codes(desk.host(group, "skip-step", step="RATE_LOAD", reason="Again.")) == [("ONB-007", None)]


def test_an_action_about_a_field_blocks_its_step_until_the_partner_changes_the_field(desk: Partners) -> None:
    group = desk.a_group()
    asked = desk.done(group, "ask", code="NAME", description="As registered.", owner="PARTNER", field="legalName")
    assert asked["integration"]["pendingActions"][0]["field"] == "legalName"
    assert desk.steps(group)["DATA_VALIDATION"] == "BLOCKED"
    assert not desk.read(group, "integration")["integration"]["flags"]["healthy"]
    desk.change(group, doingBusinessAs="Larkspur")
    assert desk.state(group) == "ACTION_REQUIRED"
    told = desk.change(group, legalName="Larkspur Millworks L.L.C.").json()
    assert (told["registration"]["status"], told["integration"]["pendingActions"]) == ("IN_REVIEW", [])
    assert told["version"] == 4  # 2 by the question, 3 and 4 by the two changes
    assert desk.steps(group)["DATA_VALIDATION"] == "IN_PROGRESS"


@pytest.mark.rule("ON-16")
def test_the_host_says_when_an_action_is_due_and_several_may_wait(desk: Partners) -> None:
    group = desk.a_group()
    desk.done(group, "ask", code="A", description="One.", owner="HOST", dueDate="2026-11-20")
    desk.done(group, "ask", code="B", description="Two.", owner="EMPLOYER", dueDate="2026-12-24")
    again = desk.host(group, "ask", code="B", description="Two.", owner="EMPLOYER")
    assert codes(again) == [("ONB-102", "code")]
    late = desk.host(group, "ask", code="C", description="x", owner="HOST", dueDate="2026-11-19")
    assert codes(late) == [("ONB-102", "dueDate")]
    bad = desk.host(group, "ask", code="C", description="x", owner="HOST", field="nothing")
    assert codes(bad) == [("ONB-102", "field")]
    waits = desk.read(group, "integration")["integration"]["pendingActions"]
    assert [(each["code"], each["dueDate"]) for each in waits] == [("A", "2026-11-20"), ("B", "2026-12-24")]
    desk.done(group, "resolve", code="A")
    assert codes(desk.host(group, "resolve", code="A")) == [("ONB-102", "code")]
    assert desk.state(group) == "ACTION_REQUIRED"
    desk.done(group, "resolve", code="B")
    assert desk.state(group) == "IN_REVIEW"


@pytest.mark.rule("ON-4")
def test_nothing_moves_into_the_books_of_the_host_before_the_approval(desk: Partners) -> None:
    group = desk.a_group(taxId="62-0000001")
    account = desk.call("POST", f"{SOBJECTS}/Account", "host", json={"Name": "Larkspur"}).json()["id"]
    for action, body in (("create-account", {}), ("link", {"accountId": account})):
        assert codes(desk.host(group, action, **body)) == [("ONB-007", None)]
    desk.done(group, "approve")
    assert codes(desk.host(group, "link")) == [("ONB-101", "accountId")]
    assert codes(desk.host(group, "link", accountId="001000000000009999")) == [("ONB-102", "accountId")]
    assert codes(desk.host(group, "link", contractId="800000000000009999")) == [("ONB-102", "contractId")]
    told = desk.done(group, "link", accountId=account)
    assert told["accountId"] == account
    assert told["integration"]["flags"]["accountCreated"] is True
    assert desk.host(group, "create-account").status_code == 409
    other = desk.a_group()
    desk.done(other, "approve")
    made = desk.done(other, "create-account")["accountId"]
    stored = desk.call("GET", f"{SOBJECTS}/Account/{made}", "host").json()
    assert stored.items() >= {"Name": "Larkspur Millworks LLC", "AccountNumber": other, "BillingCity": "Dayton"}.items()


def test_the_host_reviews_the_data_with_the_tax_id_masked(desk: Partners) -> None:
    group = desk.a_group(taxId="62-7654321", sicCode="2436", classes=[{"name": "Salaried", "code": "S"}])
    told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()
    assert told["partnerId"] == desk.first
    assert told["data"].items() >= {"sicCode": "2436", "taxId": "**-***4321", "situsState": "OH"}.items()
    assert told["data"]["contacts"][0]["role"] == "BENEFITS_ADMIN"
    assert "7654321" not in json.dumps(told)
    assert desk.call("GET", f"{HOST}/groups/{group}/events", "host").json()["events"][0]["to"] == "SUBMITTED"
    assert desk.call("GET", f"{HOST}/groups/REG-999999", "host").status_code == 404
    everything = desk.call("GET", f"{HOST}/groups?pageSize=200&status=SUBMITTED", "host").json()["groups"]
    assert {"groupRegistrationId": group, "partnerId": desk.first}.items() <= next(
        each for each in everything if each["groupRegistrationId"] == group
    ).items()


@pytest.mark.rule("ONB-003")
def test_the_host_side_is_for_the_host_alone(desk: Partners) -> None:
    group = desk.a_group()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/partners", None),
        ("POST", "/partners", {"name": "x", "kind": "BROKER"}),
        ("GET", f"/groups/{group}", None),
        ("POST", f"/groups/{group}/actions/approve", {}),
        ("POST", f"/groups/{group}/notes", {"note": "x"}),
    ]
    for who in ("admin", "analyst", "manager", "administrator", "service"):
        for method, path, body in calls:
            answer = desk.call(method, f"{HOST}{path}", who, json=body)
            assert (answer.status_code, codes(answer)) == (403, [("ONB-003", None)]), (who, path)
    assert desk.state(group) == "SUBMITTED"


def test_partners_and_managers_are_made_changed_and_listed(desk: Partners) -> None:
    made = desk.call("POST", f"{HOST}/partners", "host", json={"name": "Third Desk", "kind": "AGGREGATOR"})
    assert made.status_code == 201
    partner = made.json()["partnerId"]
    assert made.json().items() >= {"status": "PENDING", "kind": "AGGREGATOR", "allowMidMonth": False}.items()
    told = desk.call(
        "PATCH", f"{HOST}/partners/{partner}", "host", json={"name": "Third", "allowMidMonth": True}
    ).json()
    assert told.items() >= {"name": "Third", "allowMidMonth": True, "status": "PENDING"}.items()
    manager = desk.call("POST", f"{HOST}/managers", "host", json={"name": "Desk East"}).json()["managerId"]
    managers = {"managerIds": {"values": [manager, manager]}}
    told = desk.call("PUT", f"{HOST}/partners/{partner}/managers", "host", json=managers).json()
    assert told["managerIds"] == [manager]
    assert {"managerId": manager, "name": "Desk East", "partnerIds": [partner]} in desk.call(
        "GET", f"{HOST}/managers", "host"
    ).json()["managers"]
    listed = desk.call("GET", f"{HOST}/partners", "host").json()["partners"]
    assert told in listed
    assert desk.call("GET", f"{HOST}/partners/{partner}", "host").json() == told
    unknown = desk.call("PUT", f"{HOST}/partners/{partner}/managers", "host", json={"managerIds": ["0pm9"]})
    assert codes(unknown) == [("ONB-102", "managerIds")]
    assert desk.call("GET", f"{HOST}/partners/0pa9", "host").status_code == 404
    approve = f"{HOST}/partners/{partner}/actions/approve"
    assert [desk.call("POST", approve, "host").status_code for _ in range(2)] == [200, 409]
    wrong = desk.call("POST", f"{HOST}/partners", "host", json={"name": " ", "kind": "X"})
    assert codes(wrong) == [("ONB-102", "kind")]
    blank = desk.call("POST", f"{HOST}/partners", "host", json={"name": " ", "kind": "BROKER"})
    assert codes(blank) == [("ONB-101", "name")]


@pytest.mark.parametrize(
    ("status", "n_failed", "n_errored"), [("Failed", 1, 0), ("Completed With Errors", 0, 1), ("Completed", 0, 0)]
)
def test_an_open_error_is_cleared_by_comparing_the_records_again(
    desk: Partners, status: str, n_failed: int, n_errored: int
) -> None:
    """A job of the account that ended with errors, newer than the last comparison, is not healthy."""
    group = desk.a_group()
    desk.done(group, "approve")
    account = desk.done(group, "create-account")["accountId"]
    desk.later(minutes=1)
    ended = {
        "async_request_id": f"08P0000000000099{n_failed}{n_errored}",
        "account": account,
        "status": status,
        "successful": 1 - n_failed - n_errored,
        "failed": n_failed,
        "errored": n_errored,
        "at": desk.moment,
    }
    counts = (
        "job_count, pending_job_count, successful_job_count, failed_job_count, cancelled_job_count, errored_job_count"
    )
    with desk.api.book.write() as tx:
        query = f"""INSERT INTO book.async_request (async_request_id, name, type, account_id, status, {counts}, inputs,
                n_attempts, created_at, ended_at)
            VALUES ($async_request_id, 'Upload', 'CensusUpload', $account, $status,
                1, 0, $successful, $failed, 0, $errored, '{{}}', 1, $at, $at)"""
        tx.connection.execute(query, ended).fetchall()
    is_healthy = status == "Completed"
    told = desk.read(group, "integration")["integration"]
    assert told["lastErrorAt"] == (None if is_healthy else f"{ended['at']:%Y-%m-%dT%H:%M:%SZ}")
    assert told["flags"]["healthy"] is is_healthy
    ailing = desk.call("GET", f"{HOST}/groups?healthy=false&pageSize=200", "host").json()["groups"]
    assert (group in [each["groupRegistrationId"] for each in ailing]) is not is_healthy
    desk.later(minutes=1)
    assert desk.done(group, "sync")["integration"]["flags"]["healthy"] is True
    assert list(desk.steps(group)) == list(STEPS)
