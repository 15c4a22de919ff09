"""Contracts of quotes over HTTP: the contract's own example, its wrappings, the action, the siblings, notifications."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from tests.http.served import ACTIONS, CONNECT, SOBJECTS, Api, serving
from tests.services.contracts.desk import approved, run
from tests.services.quotes.desk import PREVENTIVE, QUOTE

CONTRACTS = f"{CONNECT}/contracts"
KEY = "7b0c2d1e-0000-4000-8000-00000000a001"
WAITING = {"entity": "InsuranceContract", "fields": {"data": [{"key": "EnrollmentWaitingPeriod", "value": "30"}]}}
NUMBER = {"entity": "ContractGroupPlan", "instanceKey": KEY, "fields": [{"key": "GroupNumber", "value": "G-20417"}]}
ASKED: dict[str, Any] = {
    "quoteId": QUOTE,
    "contractStartDate": "2026-01-01",
    "contractEndDate": "2026-12-31",
    "contractTerm": 12,
    "enrollmentStartDate": "2025-11-01",
    "enrollmentEndDate": "2025-11-30",
    "additionalFields": [WAITING, NUMBER],
}


@pytest.fixture(scope="module")
def approved_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, rated and approved, with an instance key."""
    book = approved(tmp_path_factory.mktemp("contracts"))
    run(book, "UPDATE book.quote_line SET instance_key = $key WHERE quote_line_id = $id", key=KEY, id=PREVENTIVE)
    return book.path


@pytest.fixture
def api(approved_book: Path, tmp_path: Path) -> Iterator[Api]:
    """A copy of it, served."""
    with serving(Book(shutil.copy(approved_book, tmp_path / "quote.duckdb")).path) as served:
        yield served


def ended(api: Api, request_id: str) -> dict[str, Any]:
    """The request once it has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = api.get(f"{CONNECT}/async-requests/{request_id}").json()
        if told["status"] not in ("Scheduled", "In Progress"):
            return told
        time.sleep(0.02)
    raise AssertionError("The request did not end.")


@pytest.mark.rule("CQ-6", "CQ-10", "CV-24", "CV-1")
def test_the_example_becomes_a_contract_and_its_maker_is_told(api: Api) -> None:
    answer = api.post(CONTRACTS, json={**ASKED, "additionalFields": {"values": [WAITING, NUMBER]}})
    assert answer.status_code == 202, answer.text
    said = answer.json()
    message = "Contract creation process has been initiated."
    assert said == {"isSuccess": True, "message": message, "requestId": said["requestId"], "errors": []}
    told = ended(api, said["requestId"])
    assert (told["type"], told["status"], told["jobCount"]) == ("ContractCreation", "Completed", 1)
    contract_id, plans = told["result"]["contractId"], told["result"]["contractGroupPlanIds"]
    record = api.get(f"{SOBJECTS}/Contract/{contract_id}").json()
    assert (record["Status"], record["SourceQuoteId"], record["ContractTerm"]) == ("Draft", QUOTE, 12)
    insurance = api.get(f"{SOBJECTS}/InsuranceContract/{told['result']['insuranceContractId']}").json()
    assert (insurance["EnrollmentWaitingPeriod"], insurance["EnrollmentStartDate"]) == (30, "2025-11-01")
    prices = {}
    for plan in plans:
        each = api.get(f"{SOBJECTS}/ContractGroupPlan/{plan}").json()
        prices[each["Name"]] = (each["UnitPrice"], each["GroupNumber"], each["QuoteLineItemId"] is not None)
    assert prices == {
        "Medical Platinum": (1617.95, None, True),
        "L1": (1557.95, None, True),
        "L2": (60.0, "G-20417", True),
    }
    notes = api.get(f"{CONNECT}/notifications", params={"requestId": said["requestId"]}).json()["notifications"]
    assert [(note["title"], note["referenceRecordId"]) for note in notes] == [("Contract created", contract_id)]
    assert api.get(f"{CONNECT}/notifications", token="analyst").json() == {"notifications": []}
    unknown = api.get(f"{CONNECT}/notifications", params={"requestId": "08P000000000000099"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (400, "SF-0001-0005")
    again = api.post(CONTRACTS, json=ASKED)
    assert [error["code"] for error in again.json()["errors"]] == ["GB-CON-008"]


@pytest.mark.rule("GB-CON-001", "GB-CON-002", "GB-CON-003", "GB-CON-007", "GB-CON-009", "GB-CON-010")
@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"quoteId": "0Q0000000000000009"}, "SF-0001-0005", "GB-CON-001"),
        ({"contractStartDate": None}, "SF-0001-0004", "GB-CON-002"),
        ({"contractEndDate": "2025-12-31"}, "SF-0001-0002", "GB-CON-003"),
        ({"additionalFields": [NUMBER | {"instanceKey": "k"}]}, "GB-CON-009", None),
        ({"additionalFields": [WAITING | {"entity": "Contract"}]}, "GB-CON-007", None),
        ({"enrollmentEndDate": "2025-10-31"}, "GB-CON-010", None),
        ({"contractTerm": "12"}, "SF-0001-0007", None),
        ({"colour": 1}, "SF-0001-0007", None),
    ],
)
def test_a_refusal_says_that_nothing_was_begun(api: Api, change: dict[str, Any], code: str, reason: str | None) -> None:
    answer = api.post(CONTRACTS, json={**ASKED, **change})
    said = answer.json()
    assert (answer.status_code, said["isSuccess"], said["requestId"]) == (400, False, None)
    assert [(each["code"], each["additionalInfo"].get("reason")) for each in said["errors"]] == [(code, reason)]


@pytest.mark.rule("GB-CON-004", "GB-CON-005", "GB-CON-006")
def test_a_quote_that_cannot_become_a_contract_says_every_reason(api: Api) -> None:
    with api.book.write() as tx:
        tx.connection.execute("UPDATE book.quote SET status = 'Draft', account_id = NULL, quote_account_id = NULL")
    answer = api.post(CONTRACTS, json=ASKED)
    codes = [each["code"] for each in answer.json()["errors"]]
    assert (answer.status_code, codes) == (400, ["GB-CON-004", "GB-CON-005", "GB-CON-006"])


@pytest.mark.rule("CQ-12")
def test_the_action_answers_both_ids_and_each_input_by_itself(api: Api) -> None:
    asked = {"insuranceContractCreationInputRepresentation": ASKED}
    answer = api.post(f"{ACTIONS}/createContractFromQuote", json={"inputs": [asked, asked, {}]})
    first, second, third = answer.json()
    assert answer.status_code == 200
    output = first["outputValues"]
    assert (first["isSuccess"], first["actionName"]) == (True, "createContractFromQuote")
    assert output["requestId"] == output["asyncBulkRequestId"] != ""
    assert [error["statusCode"] for error in second["errors"]] == ["GB-CON-008"]
    assert [error["statusCode"] for error in third["errors"]] == ["SF-0001-0004"]
    assert ended(api, output["requestId"])["status"] == "Completed"


def test_a_contract_is_issued_endorsed_and_renewed_at_once(api: Api) -> None:
    path = {
        "entity": "ContractGroupPlan",
        "productPath": "PLAT",
        "fields": {"data": [{"key": "GroupNumber", "value": "G-1"}]},
    }
    more = {"insuranceContractItemList": [WAITING, path]}
    said = api.post(f"{CONTRACTS}/actions/issue", json={"quoteId": QUOTE, "additionalFields": more})
    assert said.status_code == 201, said.text
    first = said.json()["contractId"]
    assert (said.json()["isSuccess"], said.json()["errors"]) == (True, [])
    found = api.rows("SELECT start_date, end_date FROM book.contract")
    assert [str(day) for day in found[0]] == ["2026-01-01", "2026-12-31"]
    again(api)
    asked = {"quoteId": QUOTE, "effectiveDate": "2026-07-01"}
    unknown = api.post(f"{CONTRACTS}/800000000000000099/actions/endorse", json=asked)
    assert (unknown.status_code, unknown.json()["contractId"]) == (400, None)
    second = api.post(f"{CONTRACTS}/{first}/actions/endorse", json=asked).json()["contractId"]
    again(api)
    asked = {"quoteId": QUOTE, "renewalDate": "2027-01-01"}
    third = api.post(f"{CONTRACTS}/actions/renew", json={**asked, "targetContractId": second}).json()["contractId"]
    again(api)
    refused = api.post(f"{CONTRACTS}/{first}/actions/renew", json=asked)
    assert refused.status_code == 400  # it has a later version
    asked = {"quoteId": QUOTE, "effectiveDate": "2027-03-01", "targetContractId": third}
    assert api.post(f"{CONTRACTS}/actions/endorse", json=asked).status_code == 201
    terms = api.rows("SELECT start_date, end_date, enrollment_waiting_period FROM book.contract ORDER BY contract_id")
    assert [(str(start), str(end), days) for start, end, days in terms] == [
        ("2026-01-01", "2026-06-30", 30),
        ("2026-07-01", "2026-12-31", 30),
        ("2027-01-01", "2027-02-28", 30),
        ("2027-03-01", "2027-12-31", 30),
    ]


def again(api: Api) -> None:
    """The quote is approved for a further contract."""
    with api.book.write() as tx:
        tx.connection.execute("UPDATE book.contract SET source_quote_id = 'an earlier quote'")
        tx.connection.execute("UPDATE book.quote SET status = 'Approved'")


def test_the_older_twin_makes_and_changes_the_contract(api: Api) -> None:
    twin = "/services/InsContractServiceStd/createUpdateContract"
    made = api.post(twin, json={"quoteId": QUOTE, "AccountId": "A", "products": {"ignored": True}}).json()
    assert (made["result"], made["error"], made["isNew"]) == ("success", "OK", True)
    status = {"entity": "Contract", "fields": [{"key": "Status", "value": "Activated"}]}
    changed = api.post(twin, json={"QuoteId": QUOTE, "additionalFields": [status]}).json()
    assert (changed["isNew"], changed["contractId"]) == (False, made["contractId"])
    assert api.rows("SELECT status FROM book.contract") == [("Activated",)]
    refused = api.post(twin, json={"QuoteId": "0Q0000000000000009"})
    assert (refused.status_code, refused.json()["result"]) == (400, "failure")
