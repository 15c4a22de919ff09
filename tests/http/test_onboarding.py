"""The partners' side of onboarding, over real HTTP: registering, changing, reading, listing, withdrawing."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services import access
from services.onboarding import partners
from services.onboarding.turns import Turns
from tests.conftest import NOW
from tests.http.partners import BODY, GROUPS, HOST, Partners, codes, served_partners
from tests.made_once import empty_book

JSON = {"Content-Type": "application/json"}
UNKNOWN = "REG-999999"

READS = ("", "/status", "/summary", "/integration", "/events")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    with served_partners(empty_book(tmp_path_factory.mktemp("onboarding") / "onboarding.duckdb").path) as made:
        yield made


# ----------------------------------------------------------------------------------------------------- registering


@pytest.mark.rule("ON-1", "ON-2", "ON-10")
def test_the_example_is_registered_and_read_at_once(desk: Partners) -> None:
    """The request and the answer of the contract's page: one of eleven steps is done, 9 percent."""
    answer = desk.call("POST", GROUPS, json=BODY | {"effectiveDate": "2026-03-01"})
    assert answer.status_code == 201
    told = answer.json()
    group = told["groupRegistrationId"]
    assert answer.headers["location"] == f"/onboarding/v1/groups/{group}"
    assert re.fullmatch(r"REG-\d{6}", group)
    assert (told["partnerGroupKey"], told["version"], told["taxId"]) == ("BRK-7781", 1, "**-***6789")
    at = "2026-11-20T12:00:00Z"
    registration = {"status": "SUBMITTED", "isOnboarded": False, "statusReason": None}
    assert told["registration"] == registration | {"submittedAt": at, "updatedAt": at}
    summary = told["summary"]
    assert summary["group"].items() >= {"sizeBand": "10-50", "marketSegment": "SMALL", "situsState": "OH"}.items()
    lines = [{"line": line, "status": "NOT_STARTED"} for line in ("MEDICAL", "DENTAL", "LIFE")]
    assert summary["coverage"]["productLines"] == lines
    assert summary["coverage"]["effectiveDate"] == "2026-03-01"
    assert summary["eligibility"]["waitingPeriodDays"] == 30
    integration = told["integration"]
    assert (integration["percentComplete"], integration["lastSyncedAt"]) == (9, at)
    assert [flag for flag, is_set in integration["flags"].items() if is_set] == ["healthy"]
    assert integration["pendingActions"] == []
    first = {"code": "REGISTRATION_RECEIVED", "state": "DONE", "owner": "HOST", "startedAt": at, "completedAt": at}
    second = {"code": "DATA_VALIDATION", "state": "IN_PROGRESS", "owner": "HOST", "startedAt": at, "completedAt": None}
    assert integration["steps"][:2] == [first, second]
    assert len(integration["steps"]) == 11
    assert {each["state"] for each in integration["steps"][2:]} == {"NOT_STARTED"}
    assert desk.read(group) == told
    assert desk.read(group, "status")["registration"] == told["registration"]
    assert desk.read(group, "summary")["summary"] == summary
    assert desk.read(group, "integration")["integration"] == integration


@pytest.mark.rule("ON-4", "ON-8", "ONB-101", "ONB-102", "ONB-103", "ONB-104", "ONB-106", "ONB-107")
def test_every_fault_of_a_registration_is_told_in_one_answer_and_nothing_is_kept(desk: Partners) -> None:
    body = desk.body(
        partnerGroupKey="FAULTY",
        legalName="  ",
        taxId="1234",
        effectiveDate="2027-03-02",
        eligibleEmployeeCount=10,
        enrolledEmployeeCount=11,
        waitingPeriodDays=91,
        productLines=["MEDICAL", "MEDICAL"],
        address={"street": "1 Elm", "state": "ZZ", "postalCode": "45402"},
        contacts=[{"role": "BILLING", "name": "B. Bo"}],
        attestation=False,
    )
    answer = desk.call("POST", GROUPS, json=body)
    assert answer.status_code == 422
    assert sorted(codes(answer), key=str) == sorted(
        [
            ("ONB-101", "legalName"),
            ("ONB-101", "address.city"),
            ("ONB-101", "contacts[BENEFITS_ADMIN]"),
            ("ONB-102", "taxId"),
            ("ONB-102", "address.state"),
            ("ONB-102", "productLines"),
            ("ONB-103", "effectiveDate"),
            ("ONB-104", "enrolledEmployeeCount"),
            ("ONB-106", "waitingPeriodDays"),
            ("ONB-107", "attestation"),
        ],
        key=str,
    )
    assert desk.api.rows("SELECT 1 FROM book.group_registration WHERE partner_group_key = 'FAULTY'") == []
    assert desk.call("POST", GROUPS, json=desk.body(partnerGroupKey="FAULTY")).status_code == 201


@pytest.mark.rule("ONB-001")
@pytest.mark.parametrize("raw", [b"", b"{", b'{"legalName": NaN}', b"\xff", b"[" * 300, b'{"legalName": "a\\u0000"}'])
def test_a_body_that_is_no_json_is_one_clear_error(desk: Partners, raw: bytes) -> None:
    group = desk.a_group()
    for method, path in (("POST", GROUPS), ("PATCH", f"{GROUPS}/{group}")):
        answer = desk.call(method, path, content=raw, headers=JSON)
        assert answer.status_code == 400
        assert answer.json() == {"errors": [{"code": "ONB-001", "message": "The request body isn't valid JSON."}]}
    assert desk.call("POST", GROUPS, content=b"x=1", headers={"Content-Type": "text/plain"}).status_code == 400


@pytest.mark.rule("ONB-102")
@pytest.mark.parametrize("value", [[], "text", 7])
def test_json_that_is_no_object_is_an_invalid_body(desk: Partners, value: Any) -> None:
    answer = desk.call("POST", GROUPS, json=value)
    assert (answer.status_code, codes(answer)) == (422, [("ONB-102", "body")])


@pytest.mark.rule("ONB-002")
@pytest.mark.parametrize("secret", [None, "gb_wrong"])
def test_without_a_valid_token_the_answer_is_401_in_the_envelope_of_this_interface(
    desk: Partners, secret: str | None
) -> None:
    told = {"errors": [{"code": "ONB-002", "message": "Authentication is required."}]}
    for method, path in (("POST", GROUPS), ("GET", f"{GROUPS}/{UNKNOWN}"), ("GET", f"{HOST}/partners")):
        answer = desk.call(method, path, secret, content=b"{no json")
        assert (answer.status_code, answer.json()) == (401, told)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("day", "who", "status"), [("2027-03-01", "admin", 201), ("2027-03-02", "admin", 422), ("2027-03-02", "plain", 201)]
)
@pytest.mark.rule("ONB-103")
def test_cover_starts_on_the_first_of_a_month_unless_the_partner_may_otherwise(
    desk: Partners, day: str, who: str, status: int
) -> None:
    desk.call("PATCH", f"{HOST}/partners/{desk.plain}", "host", json={"allowMidMonth": True})
    answer = desk.call("POST", GROUPS, who, json=desk.body(effectiveDate=day))
    assert answer.status_code == status


def test_only_brokers_must_state_a_broker(desk: Partners) -> None:
    answer = desk.call("POST", GROUPS, json=desk.body(broker=...))
    assert codes(answer) == [("ONB-101", "broker")]
    group = desk.a_group("plain", broker=...)
    desk.done(group, "start-review")
    assert desk.steps(group, "plain")["BROKER_VERIFICATION"] == "SKIPPED"
    assert desk.read(group, "integration", "plain")["integration"]["percentComplete"] == 10  # 1 of 10


@pytest.mark.rule("ON-9", "ONB-005")
def test_the_same_group_twice_is_a_duplicate_that_names_the_registration(desk: Partners) -> None:
    group = desk.a_group(partnerGroupKey="TWICE", taxId="55-0000001")
    same_key = desk.call("POST", GROUPS, json=desk.body(partnerGroupKey="TWICE"))
    same_start = desk.call("POST", GROUPS, json=desk.body(taxId="550000001"))
    for answer in (same_key, same_start):
        assert answer.status_code == 409
        (error,) = answer.json()["errors"]
        assert error["code"] == "ONB-005"
        assert error["additionalInfo"] == {"groupRegistrationId": group}
    assert desk.call("POST", GROUPS, json=desk.body(taxId="550000001", effectiveDate="2028-01-01")).status_code == 201
    assert desk.call("POST", GROUPS, "other", json=desk.body(partnerGroupKey="TWICE")).status_code == 201
    desk.call("POST", f"{GROUPS}/{group}/actions/withdraw")
    assert desk.call("POST", GROUPS, json=desk.body(taxId="550000001")).status_code == 201  # the first is over
    assert codes(desk.call("POST", GROUPS, json=desk.body(partnerGroupKey="TWICE")))[0][0] == "ONB-005"


@pytest.mark.rule("ON-9", "ON-13")
def test_an_employer_that_another_partner_has_needs_a_letter_and_then_changes_hands(desk: Partners) -> None:
    before = desk.a_group(taxId="55-0000002")
    told = desk.register("other", taxId="55-0000002", effectiveDate="2027-01-01")
    group = told["groupRegistrationId"]
    assert (told["registration"]["status"], told["version"]) == ("ACTION_REQUIRED", 1)
    (waits,) = told["integration"]["pendingActions"]
    assert (waits["code"], waits["owner"], waits["dueDate"]) == ("BROKER_OF_RECORD_LETTER", "PARTNER", "2026-11-30")
    assert desk.steps(group, "other")["DUPLICATE_CHECK"] == "BLOCKED"
    assert not told["integration"]["flags"]["healthy"]
    assert before not in json.dumps(told)
    assert [(e["from"], e["to"]) for e in desk.events(group, "other") if e["type"] == "STATUS"] == [
        (None, "SUBMITTED"),
        ("SUBMITTED", "ACTION_REQUIRED"),
    ]
    assert desk.state(before) == "SUBMITTED"
    desk.done(group, "resolve", code="BROKER_OF_RECORD_LETTER")
    assert desk.state(group, "other") == "IN_REVIEW"
    assert desk.api.rows(
        "SELECT effective_to FROM book.broker_assignment WHERE registration_id = $id", id=before
    ) == [(NOW.date().replace(month=12, day=31),)]  # fmt: skip
    kept = desk.moment
    try:
        desk.moment = NOW.replace(month=12, day=31)
        assert desk.state(before) == "SUBMITTED"
        assert desk.events(before)[-1]["note"] == "Another broker of record from 2027-01-01"
        assert before in desk.call("GET", f"{GROUPS}?pageSize=200").text
        desk.moment = NOW.replace(year=2027, month=1, day=1)
        assert desk.call("GET", f"{GROUPS}/{before}").status_code == 404
        assert before not in desk.call("GET", f"{GROUPS}?pageSize=200").text
        assert desk.change(before, legalName="Mine").status_code == 404
    finally:
        desk.moment = kept


def test_a_draft_takes_what_is_there_and_is_submitted_once_it_is_whole(desk: Partners) -> None:
    answer = desk.call("POST", f"{GROUPS}?draft=true", json={"legalName": "Sparrow LLC", "attestation": False})
    assert answer.status_code == 201
    told = answer.json()
    group = told["groupRegistrationId"]
    assert told["registration"].items() >= {"status": "DRAFT", "submittedAt": None}.items()
    assert told["integration"]["percentComplete"] == 0
    assert codes(desk.call("POST", f"{GROUPS}?draft=true", json={"taxId": "x"})) == [("ONB-102", "taxId")]
    kept = desk.call("PATCH", f"{GROUPS}/{group}?draft=true", json={"situsState": "OH"})
    assert (kept.status_code, kept.json()["registration"]["status"], kept.json()["version"]) == (200, "DRAFT", 2)
    assert ("ONB-101", "taxId") in codes(desk.change(group, legalName="Sparrow Inc"))
    assert desk.state(group) == "DRAFT"
    whole = desk.change(group, **desk.body())
    assert (whole.status_code, whole.json()["version"]) == (200, 3)
    assert whole.json()["registration"]["status"] == "SUBMITTED"
    assert [(e["from"], e["to"]) for e in desk.events(group) if e["type"] == "STATUS"] == [
        (None, "DRAFT"),
        ("DRAFT", "SUBMITTED"),
    ]


# -------------------------------------------------------------------------------------------------------- changing


@pytest.mark.rule("ON-1", "ON-11")
def test_a_change_is_merged_and_one_that_changes_nothing_keeps_version_and_time(desk: Partners) -> None:
    group = desk.a_group(taxId="56-0000001")
    desk.later(minutes=1)
    try:
        same = {
            "taxId": "560000001",
            "address": {"city": "Dayton"},
            "sicCode": None,
            "productLines": BODY["productLines"],
        }
        before = desk.read(group)
        answer = desk.change(group, ifVersion=1, **same)
        assert (answer.status_code, answer.json()) == (200, before)
        n_events = len(desk.events(group))
        told = desk.change(
            group, ifVersion=1, address={"city": "Akron"}, eligibleEmployeeCount=51, waitingPeriodDays=None
        )
        assert told.json()["version"] == 2
        assert told.json()["registration"]["updatedAt"] == "2026-11-20T12:01:00Z"
        assert told.json()["summary"]["group"].items() >= {"sizeBand": "51-100", "marketSegment": "LARGE"}.items()
        assert told.json()["summary"]["eligibility"]["waitingPeriodDays"] is None
        (event,) = desk.events(group)[n_events:]
        assert (event["type"], event["note"]) == ("UPDATED", "address, eligibleEmployeeCount, waitingPeriodDays")
        ((address,),) = desk.api.rows(
            "SELECT address FROM book.group_registration WHERE registration_id = $id", id=group
        )
        assert json.loads(address) == BODY["address"] | {"city": "Akron"}
    finally:
        desk.moment = NOW


@pytest.mark.rule("ON-12", "ONB-006")
def test_an_old_version_is_refused_and_changes_nothing(desk: Partners) -> None:
    group = desk.a_group()
    assert desk.change(group, ifVersion=1, legalName="First").status_code == 200
    answer = desk.change(group, ifVersion=1, legalName="Second")
    assert (answer.status_code, codes(answer)) == (409, [("ONB-006", None)])
    assert desk.read(group)["version"] == 2
    assert desk.api.rows("SELECT legal_name FROM book.group_registration WHERE registration_id = $id", id=group) == [
        ("First",)
    ]
    assert codes(desk.change(group, ifVersion="1")) == [("ONB-102", "ifVersion")]


@pytest.mark.rule("ON-12")
def test_of_two_changes_at_once_exactly_one_wins(desk: Partners) -> None:
    group = desk.a_group()
    statuses: list[int] = []

    def change(name: str) -> None:
        statuses.append(desk.change(group, ifVersion=1, legalName=name).status_code)

    threads = [threading.Thread(target=change, args=(f"N{n}",)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 429}
    assert desk.read(group)["version"] == 2


@pytest.mark.rule("ONB-007")
def test_key_and_tax_id_are_fixed_once_submitted_and_the_start_once_active(desk: Partners) -> None:
    group = desk.a_group()
    for field in ({"taxId": "77-0000001"}, {"partnerGroupKey": "ANOTHER"}):
        answer = desk.change(group, **field)
        assert (answer.status_code, codes(answer)) == (409, [("ONB-007", None)])
        assert answer.json()["errors"][0]["message"] == "This change isn't allowed in status SUBMITTED."
    assert desk.change(group, effectiveDate="2027-04-01").status_code == 200
    active = desk.an_active_group()
    assert codes(desk.change(active, effectiveDate="2027-04-01")) == [("ONB-007", None)]
    assert desk.change(active, eligibleEmployeeCount=35).status_code == 200


@pytest.mark.rule("ON-8")
def test_a_change_is_validated_like_a_registration(desk: Partners) -> None:
    group = desk.a_group(enrolledEmployeeCount=30)
    answer = desk.change(group, eligibleEmployeeCount=29, legalName=None, waitingPeriodDays=91, nonsense=1)
    assert answer.status_code == 422
    assert set(codes(answer)) == {
        ("ONB-102", "nonsense"),
        ("ONB-101", "legalName"),
        ("ONB-106", "waitingPeriodDays"),
        ("ONB-104", "enrolledEmployeeCount"),
    }


@pytest.mark.rule("ON-13", "ONB-105")
def test_another_broker_closes_the_one_before_on_the_day_before_and_leaves_a_history(desk: Partners) -> None:
    group = desk.a_group()
    desk.done(group, "approve")
    new = {"producerCode": "P-600", "name": "K. Lindqvist", "agencyName": "Lind"}
    assert codes(desk.change(group, broker=new)) == [("ONB-105", "broker.effectiveDate")]
    kept = desk.moment
    try:
        desk.moment = NOW.replace(year=2027, month=3, day=1)  # the day the first one begins
        early = desk.change(group, broker=new | {"effectiveDate": "2027-03-01"})
        assert codes(early) == [("ONB-102", "broker.effectiveDate")]
    finally:
        desk.moment = kept
    assert desk.change(group, broker=new | {"effectiveDate": "2027-05-01"}).status_code == 200
    told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()["brokers"]
    assert [(b["producerCode"], b["from"], b["to"], b["isVerified"]) for b in told] == [
        ("P-559", "2027-03-01", "2027-04-30", True),
        ("P-600", "2027-05-01", None, False),
    ]
    (event,) = [each for each in desk.events(group) if each["type"] == "BROKER"]
    assert (event["from"], event["to"], event["actor"]) == ("P-559", "P-600", "PARTNER")
    assert desk.steps(group)["BROKER_VERIFICATION"] == "IN_PROGRESS"
    desk.done(group, "verify-broker")
    assert desk.steps(group)["BROKER_VERIFICATION"] == "DONE"


@pytest.mark.rule("ON-13")
def test_a_broker_can_be_changed_before_the_cover_of_the_group_begins(desk: Partners) -> None:
    # The first states no date and begins with the cover, on 2027-03-01; ON-13 asks only that it ends the day before.
    group = desk.a_group()
    new = {"producerCode": "P-600", "name": "K. Lindqvist", "effectiveDate": "2026-12-15"}
    assert desk.change(group, broker=new).status_code == 200
    told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()["brokers"]
    assert [(b["producerCode"], b["from"], b["to"]) for b in told] == [
        ("P-559", "2027-03-01", "2026-12-14"),
        ("P-600", "2026-12-15", None),
    ]
    assert [each["to"] for each in desk.events(group) if each["type"] == "BROKER"] == ["P-600"]


@pytest.mark.rule("ON-13")
def test_a_broker_who_comes_before_one_to_come_ends_the_one_in_office(desk: Partners) -> None:
    group = desk.a_group(broker={"producerCode": "P-559", "name": "I. Okafor", "effectiveDate": "2026-01-01"})
    later = {"producerCode": "P-600", "name": "K. Lindqvist", "effectiveDate": "2027-05-01"}
    assert desk.change(group, broker=later).status_code == 200
    sooner = {"producerCode": "P-700", "name": "N. New"}
    early = desk.change(group, broker=sooner | {"effectiveDate": "2026-01-01"})  # the first day of the one in office
    assert codes(early) == [("ONB-102", "broker.effectiveDate")]

    def spans() -> list[tuple[str, str, str | None]]:
        told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()["brokers"]
        return [(b["producerCode"], b["from"], b["to"]) for b in told]

    assert desk.change(group, broker=sooner | {"effectiveDate": "2026-12-15"}).status_code == 200
    assert spans() == [
        ("P-559", "2026-01-01", "2026-12-14"),
        ("P-600", "2027-05-01", "2026-12-14"),
        ("P-700", "2026-12-15", None),
    ]
    # Corrected to a day after the one before begins, that one is in office between.
    assert desk.change(group, broker={"effectiveDate": "2027-06-01"}).status_code == 200
    assert spans() == [
        ("P-559", "2026-01-01", "2027-04-30"),
        ("P-600", "2027-05-01", "2027-05-31"),
        ("P-700", "2027-06-01", None),
    ]


def test_the_same_broker_is_corrected_without_a_date_and_a_removed_one_is_refused(desk: Partners) -> None:
    group = desk.a_group()
    assert desk.change(group, broker={"name": "I. B. Okafor"}).status_code == 200
    told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()["brokers"]
    assert [(b["producerCode"], b["name"], b["to"]) for b in told] == [("P-559", "I. B. Okafor", None)]
    assert not [each for each in desk.events(group) if each["type"] == "BROKER"]
    assert codes(desk.change(group, broker=None)) == [("ONB-101", "broker")]


@pytest.mark.rule("ON-13")
def test_nothing_of_the_broker_before_is_kept_with_another_one(desk: Partners) -> None:
    group = desk.a_group()
    new = {"producerCode": "P-600", "name": "K. Lindqvist", "effectiveDate": "2027-05-01"}  # of no agency
    assert desk.change(group, broker=new).status_code == 200
    told = desk.call("GET", f"{HOST}/groups/{group}", "host").json()["brokers"]
    assert [(b["producerCode"], b["name"], b["agencyName"]) for b in told] == [
        ("P-559", "I. Okafor", "Canal Benefits"),
        ("P-600", "K. Lindqvist", None),
    ]
    version = desk.read(group)["version"]
    assert desk.change(group, broker=new).json()["version"] == version  # the same said again changes nothing


@pytest.mark.rule("ON-8", "ONB-105")
def test_the_date_that_a_new_broker_lacks_is_told_with_the_other_faults(desk: Partners) -> None:
    answer = desk.change(desk.a_group(), situsState="XX", broker={"producerCode": "P-600"})
    assert (answer.status_code, codes(answer)) == (
        422,
        [("ONB-102", "situsState"), ("ONB-101", "broker.name"), ("ONB-105", "broker.effectiveDate")],
    )


@pytest.mark.rule("ON-13")
def test_the_access_of_a_broker_who_left_ends_with_the_last_day(desk: Partners) -> None:
    group = desk.a_group()
    with desk.api.book.write() as tx:
        own = {"partner_id": desk.first, "name": "t", "role": "contract_admin", "now": NOW}
        old, new = (access.create_token(tx, producer_code=code, **own).secret for code in ("P-559", "P-700"))
    path = f"{GROUPS}/{group}"
    assert desk.call("GET", path, old).status_code == 200
    assert desk.call("GET", path, new).status_code == 404
    broker = {"producerCode": "P-700", "name": "N. New", "effectiveDate": "2027-06-01"}
    assert desk.call("PATCH", path, old, json={"broker": broker}).status_code == 200
    kept = desk.moment
    try:
        desk.moment = NOW.replace(year=2027, month=5, day=31)
        assert [desk.call("GET", path, who).status_code for who in (old, new)] == [200, 200]
        desk.moment = NOW.replace(year=2027, month=6, day=1)
        assert [desk.call("GET", path, who).status_code for who in (old, new)] == [404, 200]
        listed = desk.call("GET", f"{GROUPS}?pageSize=200", old).json()["groups"]
        assert group not in [each["groupRegistrationId"] for each in listed]
    finally:
        desk.moment = kept
    answer = desk.call("POST", GROUPS, new, json=desk.body())
    assert codes(answer) == [("ONB-102", "broker.producerCode")]  # for no other producer


# ------------------------------------------------------------------------------------------------- sent more than once


@pytest.mark.rule("ONB-008")
def test_a_key_makes_a_request_count_once_and_no_other_may_use_it(desk: Partners) -> None:
    body, sent = desk.body(), {"Idempotency-Key": "k-1"}
    first = desk.call("POST", GROUPS, json=body, headers=sent)
    desk.change(first.json()["groupRegistrationId"], legalName="Since renamed")
    again = desk.call("POST", GROUPS, json=dict(reversed(body.items())), headers=sent)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    other = desk.call("POST", GROUPS, json=body | {"legalName": "Other"}, headers=sent)
    assert (other.status_code, codes(other)) == (409, [("ONB-008", None)])
    group = first.json()["groupRegistrationId"]
    answer = desk.call("PATCH", f"{GROUPS}/{group}", json=body, headers=sent)
    assert codes(answer) == [("ONB-008", None)]  # the same body, of another operation
    theirs = desk.call("POST", GROUPS, "other", json=desk.body(), headers=sent)
    assert theirs.status_code == 201  # a key of another partner is another key


def test_a_change_with_a_key_is_answered_the_same_though_the_version_is_old_by_then(desk: Partners) -> None:
    group, sent = desk.a_group(), {"Idempotency-Key": "k-2"}
    asked = {"ifVersion": 1, "legalName": "Renamed"}
    answers = [desk.call("PATCH", f"{GROUPS}/{group}", json=asked, headers=sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_a_refused_request_may_be_mended_under_the_same_key(desk: Partners) -> None:
    sent = {"Idempotency-Key": "k-3"}
    assert desk.call("POST", GROUPS, json=desk.body(taxId="x"), headers=sent).status_code == 422
    assert desk.call("POST", GROUPS, json=desk.body(), headers=sent).status_code == 201


@pytest.mark.parametrize(("length", "status"), [(64, 201), (65, 422)])
def test_a_key_has_at_most_64_characters(desk: Partners, length: int, status: int) -> None:
    answer = desk.call("POST", GROUPS, json=desk.body(), headers={"Idempotency-Key": "x" * length})
    assert answer.status_code == status
    assert status == 201 or codes(answer) == [("ONB-102", "Idempotency-Key")]


def test_a_key_that_stands_in_the_query_is_refused_for_it_would_be_none(desk: Partners) -> None:
    answer = desk.call("POST", f"{GROUPS}?Idempotency-Key=k-4", json=desk.body())
    assert (answer.status_code, codes(answer)) == (422, [("ONB-102", "Idempotency-Key")])


@pytest.mark.rule("ON-19", "ONB-201")
def test_a_second_request_of_an_operation_is_refused_while_the_first_is_worked_on(desk: Partners) -> None:
    """The first has its turn and waits for the book, which this test keeps; so the turn cannot wait for the book."""
    first: list[int] = []
    shared = desk.api.app.state.book
    body = desk.body()
    waiting = threading.Thread(target=lambda: first.append(desk.call("POST", GROUPS, json=body).status_code))
    with shared.write():
        waiting.start()
        turns: Turns = desk.api.app.state.turns
        while not turns._taken:
            assert waiting.is_alive()
        second = desk.call("POST", GROUPS, json=desk.body())
        assert (second.status_code, codes(second)) == (429, [("ONB-201", None)])
        assert int(second.headers["retry-after"]) >= 1
        assert desk.call("GET", GROUPS).status_code == 200  # another operation
        assert desk.call("GET", GROUPS, "other").status_code == 200  # another partner
    waiting.join(20)
    assert first == [201]
    assert desk.call("POST", GROUPS, json=desk.body()).status_code == 201


# --------------------------------------------------------------------------------------------------- who sees what


@pytest.mark.rule("ON-7", "ONB-004")
def test_a_group_of_another_partner_is_answered_exactly_as_an_unknown_one(desk: Partners) -> None:
    group = desk.a_group()
    calls: list[tuple[str, str, Any]] = [("GET", part, None) for part in READS]
    calls += [("PATCH", "", {"legalName": "Mine"}), ("POST", "/actions/withdraw", {})]
    for method, part, body in calls:
        answers = [desk.call(method, f"{GROUPS}/{each}{part}", "other", json=body) for each in (group, UNKNOWN)]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json() == {"errors": [{"code": "ONB-004", "message": "Group registration not found."}]}
    listed = desk.call("GET", f"{GROUPS}?pageSize=200", "other").json()["groups"]
    assert group not in [each["groupRegistrationId"] for each in listed]
    assert desk.read(group)["version"] == 1


@pytest.mark.rule("ON-17", "ONB-003")
def test_an_analyst_reads_and_writes_nothing(desk: Partners) -> None:
    group = desk.a_group()
    for part in READS:
        assert desk.call("GET", f"{GROUPS}/{group}{part}", "analyst").status_code == 200
    assert desk.call("GET", GROUPS, "analyst").status_code == 200
    for method, path in (
        ("POST", GROUPS),
        ("PATCH", f"{GROUPS}/{group}"),
        ("POST", f"{GROUPS}/{group}/actions/withdraw"),
        ("POST", f"{GROUPS}/{group}/notes"),
    ):
        answer = desk.call(method, path, "analyst", json={"note": "x"} if path.endswith("notes") else {})
        assert (answer.status_code, codes(answer)) == (403, [("ONB-003", None)])
    assert desk.call("POST", f"{GROUPS}/{group}/notes", "admin", json={"note": "x"}).status_code == 403


@pytest.mark.rule("ON-17")
def test_a_relationship_manager_reads_the_groups_of_the_partners_assigned_and_adds_notes(desk: Partners) -> None:
    mine, theirs = desk.a_group("admin"), desk.a_group("other")
    assign = f"{HOST}/partners/{desk.first}/managers"
    assert desk.call("PUT", assign, "host", json={"managerIds": [desk.manager_id]}).status_code == 200
    assert desk.read(mine, who="manager")["groupRegistrationId"] == mine
    assert desk.call("GET", f"{GROUPS}/{theirs}", "manager").status_code == 404
    listed = desk.call("GET", f"{GROUPS}?pageSize=200", "manager").json()["groups"]
    assert {each["partnerId"] for each in listed} == {desk.first}
    note = desk.call("POST", f"{GROUPS}/{mine}/notes", "manager", json={"note": "Census promised for 2026-12-04."})
    assert note.status_code == 201
    last = desk.events(mine)[-1]
    assert (last["type"], last["actor"], last["note"]) == ("NOTE", "MANAGER", "Census promised for 2026-12-04.")
    assert desk.call("POST", f"{GROUPS}/{theirs}/notes", "manager", json={"note": "x"}).status_code == 404
    assert desk.call("PATCH", f"{GROUPS}/{mine}", "manager", json={"legalName": "x"}).status_code == 403
    assert desk.call("POST", GROUPS, "manager", json=desk.body()).status_code == 403
    assert desk.call("PUT", assign, "host", json={"managerIds": []}).status_code == 200
    assert desk.call("GET", f"{GROUPS}/{mine}", "manager").status_code == 404


@pytest.mark.rule("ON-6", "ONB-003")
def test_only_an_approved_partner_is_let_in(desk: Partners) -> None:
    with desk.api.book.write() as tx:
        pending = partners.create(tx, "Not yet", "AGGREGATOR", now=NOW)
    secret = desk.api.token("contract_admin", partner_id=pending)
    for call in (("GET", GROUPS), ("POST", GROUPS)):
        answer = desk.call(*call, secret, json=desk.body())
        assert (answer.status_code, codes(answer)) == (403, [("ONB-003", None)])
    path = f"{HOST}/partners/{pending}/actions"
    assert desk.call("POST", f"{path}/approve", "host").json()["status"] == "APPROVED"
    assert desk.call("POST", GROUPS, secret, json=desk.body()).status_code == 201
    assert desk.call("POST", f"{path}/suspend", "host").json()["status"] == "SUSPENDED"
    assert desk.call("GET", GROUPS, secret).status_code == 403


@pytest.mark.rule("ONB-003")
@pytest.mark.parametrize("role", ["administrator", "analyst", "service", "host"])
def test_tokens_of_another_kind_are_refused_on_the_partners_side(desk: Partners, role: str) -> None:
    secret = desk.api.token(role)
    for method, path in (("GET", GROUPS), ("GET", f"{GROUPS}/{UNKNOWN}"), ("POST", GROUPS)):
        answer = desk.call(method, path, secret, json={} if method == "POST" else None)
        assert (answer.status_code, codes(answer)) == (403, [("ONB-003", None)])
    connect = desk.call("GET", "/services/data/v66.0/sobjects/Account/001000000000000001", "admin")
    assert connect.status_code == 403


# ------------------------------------------------------------------------------------------------------- the list


@pytest.fixture
def lister(desk: Partners) -> str:
    """A token of a new partner, whose groups are its alone."""
    with desk.api.book.write() as tx:
        made = partners.create(tx, "Lister", "BROKER", now=NOW)
        partners.change(tx, made, NOW, status=partners.APPROVED)
    return desk.api.token("contract_admin", partner_id=made)


def copies(desk: Partners, group: str, n: int) -> list[str]:
    """Further groups like one that was registered, written straight into the book."""
    made = [f"{group}-{number:02d}" for number in range(n)]
    with desk.api.book.write() as tx:
        for table in ("group_registration", "onboarding_step"):
            query = f"""INSERT INTO book.{table} SELECT t.* REPLACE (made.id AS registration_id)
                FROM book.{table} AS t, unnest($ids::VARCHAR[]) AS made(id) WHERE t.registration_id = $group"""
            tx.connection.execute(query, {"ids": made, "group": group}).fetchall()
    return made


def listed(desk: Partners, who: str, **query: Any) -> tuple[list[str], str | None]:
    answer = desk.call("GET", GROUPS, who, params=query)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return [each["groupRegistrationId"] for each in told["groups"]], told["nextCursor"]


@pytest.mark.rule("ON-18")
def test_the_list_has_25_a_page_and_a_cursor_that_holds_while_rows_change(desk: Partners, lister: str) -> None:
    groups = [first := desk.a_group(lister), *copies(desk, first, 26)]
    page, cursor = listed(desk, lister)
    assert page == groups[:25]
    assert cursor is not None
    desk.later(seconds=1)
    try:
        assert desk.change(groups[0], lister, legalName="Renamed").status_code == 200
        assert desk.change(groups[25], lister, legalName="Renamed").status_code == 200
        rest, end = listed(desk, lister, cursor=cursor)
        assert (rest, end) == ([groups[26], groups[0], groups[25]], None)  # changed ones come last, none is lost
        since = listed(desk, lister, updatedSince="2026-11-20T12:00:01Z")[0]
        assert since == [groups[0], groups[25]]
    finally:
        desk.moment = NOW
    assert len(listed(desk, lister, pageSize=200)[0]) == 27
    pages, cursor = [], None
    while True:
        page, cursor = listed(desk, lister, pageSize=10, **({"cursor": cursor} if cursor else {}))
        pages += page
        if cursor is None:
            break
    assert sorted(pages) == sorted(groups)


@pytest.mark.rule("ON-18", "ONB-102")
@pytest.mark.parametrize(
    ("name", "value"),
    [("pageSize", 0), ("pageSize", 201), ("pageSize", "x"), ("cursor", "nonsense"), ("cursor", "WzEsMl0"),
     ("status", "DONE"), ("updatedSince", "yesterday"), ("updatedSince", "0001-01-01T00:00:00+05:00"),
     ("healthy", "perhaps")],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_is_refused(desk: Partners, name: str, value: Any) -> None:
    answer = desk.call("GET", GROUPS, params={name: value})
    assert (answer.status_code, codes(answer)) == (422, [("ONB-102", name)])


@pytest.mark.rule("ON-6")
def test_an_analyst_finds_the_groups_that_wait_or_ail(desk: Partners, lister: str) -> None:
    calm, letter, asked = (desk.a_group(lister) for _ in range(3))
    desk.done(
        letter, "ask", code="BROKER_OF_RECORD_LETTER", description="The letter.", owner="PARTNER", step="RATE_LOAD"
    )
    desk.done(asked, "ask", code="W9", description="The form.", owner="EMPLOYER")
    assert listed(desk, lister, pendingAction="W9")[0] == [asked]
    assert listed(desk, lister, status="ACTION_REQUIRED")[0] == [letter, asked]
    assert listed(desk, lister, status="SUBMITTED")[0] == [calm]
    assert listed(desk, lister, healthy="false")[0] == [letter]  # a step is blocked
    assert listed(desk, lister, healthy="true")[0] == [calm, asked]
    (row,) = desk.call("GET", f"{GROUPS}?pendingAction=W9", lister).json()["groups"]
    waits = {"code": "W9", "description": "The form.", "owner": "EMPLOYER", "dueDate": "2026-11-30"}
    assert row["integration"] == {"percentComplete": 9, "healthy": True, "pendingActions": [waits]}


@pytest.mark.rule("ON-16")
def test_an_action_is_due_in_ten_days_and_overdue_the_day_after(desk: Partners, lister: str) -> None:
    group = desk.a_group(lister)
    desk.done(group, "ask", code="W9", description="The form.", owner="PARTNER")
    try:
        for day, is_healthy in ((10, True), (11, False)):
            desk.moment = NOW.replace(hour=0, minute=0) + timedelta(days=day)
            told = desk.read(group, "integration", lister)["integration"]
            assert told["pendingActions"][0]["dueDate"] == "2026-11-30"
            assert told["flags"]["healthy"] is is_healthy
            assert listed(desk, lister, healthy=str(is_healthy).lower())[0] == [group]
    finally:
        desk.moment = NOW


# ----------------------------------------------------------------------------------------------------- what is told


@pytest.mark.rule("ON-5")
def test_unknown_categories_are_ignored_and_named(desk: Partners) -> None:
    group = desk.a_group()
    told = desk.call("GET", f"{GROUPS}/{group}/summary?categories=coverage,claims,eligibility,claims").json()
    assert list(told["summary"]) == ["coverage", "eligibility"]
    assert told["unknownCategories"] == ["claims"]
    assert list(desk.read(group, "summary")["summary"]) == ["coverage", "eligibility", "group", "enrollment"]


def test_a_partner_withdraws_what_is_not_active_yet(desk: Partners) -> None:
    group = desk.a_group()
    answer = desk.call("POST", f"{GROUPS}/{group}/actions/withdraw", json={"reason": "Stays where it is."})
    assert (
        answer.json()["registration"].items() >= {"status": "WITHDRAWN", "statusReason": "Stays where it is."}.items()
    )
    for again in (desk.call("POST", f"{GROUPS}/{group}/actions/withdraw"), desk.change(group, legalName="x")):
        assert (again.status_code, codes(again)) == (409, [("ONB-007", None)])
    active = desk.an_active_group()
    assert codes(desk.call("POST", f"{GROUPS}/{active}/actions/withdraw")) == [("ONB-007", None)]


@pytest.mark.rule("ON-14", "ON-16")
def test_nobody_is_waited_for_once_a_registration_has_ended(desk: Partners, lister: str) -> None:
    for end in ("withdraw", "reject"):
        group = desk.a_group(lister)
        desk.done(group, "ask", code="W9", description="The form.", owner="PARTNER", step="RATE_LOAD")
        if end == "withdraw":
            assert desk.call("POST", f"{GROUPS}/{group}/actions/withdraw", lister).status_code == 200
        else:
            desk.done(group, "reject", reason="Not written here.")
        told = desk.read(group, "integration", lister)["integration"]
        assert (told["pendingActions"], told["flags"]["healthy"]) == ([], True)
        assert "BLOCKED" not in {each["state"] for each in told["steps"]}
        assert group not in listed(desk, lister, pendingAction="W9")[0]
        history = desk.events(group, lister)
        assert [each["seq"] for each in history] == list(range(1, len(history) + 1))
        assert ("ACTION", "W9", "DROPPED") in [(each["type"], each["subject"], each["to"]) for each in history]


@pytest.mark.rule("ON-19")
def test_a_request_that_is_refused_gives_its_turn_back(desk: Partners) -> None:
    for answer in (desk.call("POST", GROUPS, json=desk.body(taxId="x")), desk.change(UNKNOWN, legalName="x")):
        assert answer.status_code in (404, 422)
    turns: Turns = desk.api.app.state.turns
    assert not turns._taken
    assert desk.call("POST", GROUPS, json=desk.body()).status_code == 201


@pytest.mark.rule("ON-14")
def test_each_change_is_one_event_and_numbers_have_no_gaps(desk: Partners) -> None:
    group = desk.an_active_group()
    told = desk.events(group)
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
    moves = [(each["from"], each["to"]) for each in told if each["type"] == "STATUS"]
    assert moves == [(None, "SUBMITTED"), ("SUBMITTED", "APPROVED"), ("APPROVED", "ACTIVE")]
    state = dict.fromkeys(desk.steps(group), "NOT_STARTED")
    for each in told:
        if each["type"] == "STEP":
            assert state[each["subject"]] == each["from"]
            state[each["subject"]] = each["to"]
    assert state == desk.steps(group)
    desk.call("POST", f"{HOST}/groups/{group}/notes", "host", json={"note": "Well done."})
    assert desk.events(group)[: len(told)] == told
    gaps = desk.api.rows(
        "SELECT registration_id FROM book.onboarding_event GROUP BY registration_id HAVING max(seq) <> count(*)"
    )
    assert gaps == []


@pytest.mark.rule("ON-20")
def test_moments_are_utc_with_z_and_days_are_plain(desk: Partners) -> None:
    group = desk.an_active_group()
    desk.done(desk.a_group(), "ask", code="W9", description="The form.", owner="PARTNER")
    told = json.dumps([desk.read(group), desk.events(group), desk.call("GET", GROUPS).json()])
    moments = re.findall(r'"(?:at|\w+At)": "([^"]+)"', told)
    days = re.findall(r'"(?:\w+Date|\w+On|start|end)": "([^"]+)"', told)
    assert moments and days
    assert [each for each in moments if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each)] == []
    assert [each for each in days if not re.fullmatch(r"\d{4}-\d\d-\d\d", each)] == []


SECRETS = ("61-7654321", "617654321", "Zenobia Quartermain", "zq@example.test", "513-555-0199")
PERSON = {"role": "BENEFITS_ADMIN", "name": SECRETS[2], "email": SECRETS[3], "phone": SECRETS[4]}


@pytest.mark.rule("ON-21")
def test_tax_ids_and_contacts_are_in_no_log_no_event_no_error_and_no_answer(
    desk: Partners, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = desk.register(taxId=SECRETS[0], contacts=[PERSON])
        group = told["groupRegistrationId"]
        sent = {"Idempotency-Key": "secret-1"}
        answers = [
            desk.call("POST", GROUPS, json=desk.body(taxId=SECRETS[0], contacts=[PERSON]), headers=sent),
            desk.change(group, contacts=[PERSON | {"email": "no e-mail", "phone": SECRETS[4]}]),
            desk.change(group, taxId=SECRETS[0] + "9"),
            desk.change(group, contacts=[PERSON, PERSON], doingBusinessAs="Q"),
            desk.call("GET", f"{GROUPS}/{SECRETS[0]}"),
        ]
        assert [each.status_code for each in answers] == [409, 422, 422, 200, 404]
        for words in (f"Call {SECRETS[4]}", f"Ask {SECRETS[2]}", f"Write to {SECRETS[3]}", f"It is {SECRETS[0]}"):
            refused = desk.call("POST", f"{HOST}/groups/{group}/notes", "host", json={"note": words})
            assert codes(refused) == [("ONB-102", "note")]
            answers.append(refused)
        reads = [desk.read(group, part[1:]) for part in READS]
        reads.append(desk.call("GET", f"{GROUPS}?pageSize=200").json())
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("benefits")]
    assert [line for line in ours if f"POST {GROUPS} 409" in line]
    said = "\n".join([*ours, *(each.text for each in answers), json.dumps(told), json.dumps(reads)])
    said += str(desk.api.rows("SELECT * FROM book.onboarding_event"))
    said += str(desk.api.rows("SELECT * FROM book.audit_entry"))
    said += str(desk.api.rows("SELECT * FROM book.idempotency_key"))
    assert [secret for secret in SECRETS if secret in said] == []
    assert told["taxId"] == "**-***4321"
    assert desk.api.rows("SELECT tax_id FROM book.group_registration WHERE registration_id = $id", id=group) == [
        ("617654321",)
    ]
