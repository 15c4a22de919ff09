"""A contract made of a quote as a job: what it becomes, to the cent, all or nothing (CQ-6 to CQ-8, CQ-10 to CQ-13)."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services import jobs, notifications
from services.asked import Censuses
from services.book import Book, Transaction
from services.contracts.request import ask
from services.job_runs import run_pending
from services.pricing import price
from services.records.reading import read
from services.scope import EVERYTHING, Scope
from tests.random_book import NOW
from tests.services.contracts.desk import approved, codes, everybody_enrolls, item, made, refused, rows, run, wanted
from tests.services.member_rating.desk import together
from tests.services.quotes.desk import HOSPITAL, PREVENTIVE, QUOTE, ROOT, line, quote

ATTRIBUTES = {
    "book.quote_line_attribute": [
        {"quote_line_attribute_id": "A1", "quote_line_id": ROOT, "attribute_name": "Network", "value": "PPO"},
        {"quote_line_attribute_id": "A2", "quote_line_id": PREVENTIVE, "attribute_name": "Copay", "value": "20",
         "attribute_definition_id": "0tj1", "attribute_picklist_value_id": "0v6"},
        {"quote_line_attribute_id": "A3", "quote_line_id": "S1", "attribute_name": "TotalMembers", "value": "3"},
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, dict[str, Any]]]:
    """The worked example, its contract made with an enrollment window and a census to enroll."""
    book = approved(tmp_path_factory.mktemp("done"), together(quote(), ATTRIBUTES))
    status = made(
        book,
        enrollment_start="2025-11-01",
        enrollment_end="2025-11-30",
        items=[item("InsuranceContract", "EnrollmentCensusId", "C"), item("Contract", "ContractNumber", "ACME-1")],
    )
    yield book, status


@pytest.mark.rule("CQ-6")
def test_the_result_names_contract_insurance_contract_and_plans(done: tuple[Book, dict[str, Any]]) -> None:
    _, status = done
    assert (status["type"], status["status"]) == ("ContractCreation", "Completed")
    assert (status["jobCount"], status["successfulJobCount"], status["failedJobCount"]) == (1, 1, 0)
    result = status["result"]
    assert result["contractId"] == result["insuranceContractId"] == "800000000000000001"
    assert len(result["contractGroupPlanIds"]) == 3


@pytest.mark.rule("CQ-6", "CQ-13")
def test_the_contract_has_account_dates_and_source_and_the_quote_is_accepted(done: tuple[Book, dict[str, Any]]) -> None:
    book, _ = done
    found = rows(
        book,
        "SELECT account_id, contract_number, start_date, end_date, status, source_quote_id, enrollment_start_date,"
        " enrollment_end_date, record_source FROM book.contract",
    )
    window = date(2025, 11, 1), date(2025, 11, 30)
    term = date(2026, 1, 1), date(2026, 12, 31)
    assert found == [("A", "ACME-1", *term, "Draft", QUOTE, *window, "DigitalInsurance")]
    assert rows(book, "SELECT status FROM book.quote") == [("Accepted",)]


@pytest.mark.rule("CQ-6", "CQ-7", "CQ-8")
def test_roots_and_coverages_become_plans_and_lines_of_two_classes_one_coverage(
    done: tuple[Book, dict[str, Any]],
) -> None:
    book, _ = done
    found = rows(
        book,
        "SELECT p.plan_code, p.name, r.plan_code, p.product_id, p.quote_line_id, p.unit_price_cents, p.status,"
        " p.plan_type FROM book.contract_plan AS p JOIN book.contract_plan AS r ON r.contract_plan_id = p.root_plan_id"
        " ORDER BY p.contract_plan_id",
    )
    assert found == [
        ("PLAT", "Medical Platinum", "PLAT", "PM", ROOT, 1_617_95, "Active", "Medical"),
        (
            "HOSP",
            "L1",
            "PLAT",
            "PH",
            HOSPITAL,
            1_557_95,
            "Active",
            "Medical",
        ),  # 357.95 of executives + 1,200.00 of managers
        ("PREV", "L2", "PLAT", "PP", PREVENTIVE, 60_00, "Active", "Medical"),
    ]
    dates = "SELECT DISTINCT effective_start_date, effective_end_date, enrollment_start_date, enrollment_end_date"
    assert rows(book, f"{dates} FROM book.contract_plan") == [
        (date(2026, 1, 1), date(2026, 12, 31), date(2025, 11, 1), date(2025, 11, 30))
    ]


@pytest.mark.rule("CQ-6")
def test_plans_are_open_to_the_classes_of_their_lines(done: tuple[Book, dict[str, Any]]) -> None:
    book, _ = done
    found = rows(
        book,
        "SELECT p.plan_code, string_agg(c.name, ' ' ORDER BY c.name) FROM book.contract_plan_class AS c"
        " JOIN book.contract_plan AS p USING (contract_plan_id) GROUP BY ALL ORDER BY ALL",
    )
    assert found == [("HOSP", "Executives Managers"), ("PLAT", "Executives Managers"), ("PREV", "Executives")]


@pytest.mark.rule("CQ-6")
def test_attributes_of_lines_become_attributes_of_plans_and_of_plan_and_class(
    done: tuple[Book, dict[str, Any]],
) -> None:
    book, _ = done
    found = rows(
        book,
        "SELECT p.plan_code, a.attribute_name, a.value, a.attribute_definition_id, a.attribute_picklist_value_id"
        " FROM book.contract_plan_attribute AS a JOIN book.contract_plan AS p USING (contract_plan_id) ORDER BY ALL",
    )
    assert found == [("PLAT", "Network", "PPO", None, None), ("PREV", "Copay", "20", "0tj1", "0v6")]
    of_classes = rows(
        book,
        "SELECT p.plan_code, c.name, a.attribute_name, a.value FROM book.contract_plan_class_attribute AS a"
        " JOIN book.contract_plan_class AS c USING (contract_plan_class_id)"
        " JOIN book.contract_plan AS p USING (contract_plan_id) ORDER BY ALL",
    )
    assert of_classes == [("PLAT", "Executives", "TotalMembers", "3"), ("PREV", "Executives", "Copay", "20")]
    ((first,),) = rows(book, "SELECT min(contract_plan_class_attribute_id) FROM book.contract_plan_class_attribute")
    with book.read() as tx:
        told = read(tx, "ContractGrpPlanGrpClsAttr", first, scope=EVERYTHING, now=NOW)
    assert (told["AttributeName"], told["Value"]) in {("TotalMembers", "3"), ("Copay", "20")}


@pytest.mark.rule("CQ-8")
def test_everybody_on_the_census_costs_under_the_contract_what_the_quote_said(
    done: tuple[Book, dict[str, Any]],
) -> None:
    book, _ = done
    everybody_enrolls(book)
    with book.read() as tx:
        priced = price(tx, Censuses(["C"])).coverages
    sums = dict(priced.group_by("contract_plan_id").agg(pl.col("standard_cents").sum()).iter_rows())
    prices = dict(
        rows(book, "SELECT contract_plan_id, unit_price_cents FROM book.contract_plan WHERE parent_plan_id IS NOT NULL")
    )
    assert sums == prices
    assert sum(sums.values()) == 1_617_95


@pytest.mark.rule("CQ-10")
def test_who_asked_is_notified_and_nobody_else(done: tuple[Book, dict[str, Any]]) -> None:
    book, status = done
    with book.read() as tx:
        mine = notifications.own(tx, "0at000000000000001", scope=EVERYTHING, limit=10)
        others = notifications.own(tx, "0at000000000000002", scope=Scope(account_ids=("A",)), limit=10)
    assert [(note["title"], note["referenceRecordId"], note["requestId"]) for note in mine] == [
        ("Contract created", status["result"]["contractId"], status["requestId"])
    ]
    assert others == []


@pytest.mark.rule("CQ-12", "GB-CON-008")
def test_a_quote_has_one_contract(done: tuple[Book, dict[str, Any]]) -> None:
    book, _ = done
    assert codes(refused(book)) == ["GB-CON-008"]


@pytest.mark.rule("CQ-6")
def test_a_census_named_for_enrollment_is_enrolled_under_the_contract(done: tuple[Book, dict[str, Any]]) -> None:
    book, status = done
    assert rows(book, "SELECT contract_id FROM book.group_census") == [(status["result"]["contractId"],)]


@pytest.mark.rule("CQ-6")
def test_a_summary_without_class_opens_the_plan_to_everyone(tmp_path: Path) -> None:
    book = quote()
    for each in book["book.quote_line"]:
        if each["quote_line_id"] == "S2":
            each["group_class_id"] = None
    opened = approved(tmp_path, book)
    assert made(opened)["status"] == "Completed"
    found = rows(
        opened,
        "SELECT p.quote_line_id, c.group_class_id FROM book.contract_plan AS p"
        " LEFT JOIN book.contract_plan_class AS c USING (contract_plan_id) ORDER BY ALL",
    )
    # The line for everybody and that for executives are two coverages: an executive was quoted in both.
    assert found == [("L1", "E"), ("L2", "E"), ("L3", None), ("R1", None)]


@pytest.mark.rule("CQ-7")
def test_a_coverage_that_differs_by_class_in_an_attribute_is_two(tmp_path: Path) -> None:
    differs = {
        "book.quote_line_attribute": [
            {"quote_line_attribute_id": "A1", "quote_line_id": HOSPITAL, "attribute_name": "Deductible", "value": "500"}
        ]
    }
    book = approved(tmp_path, together(quote(), differs))
    assert made(book)["status"] == "Completed"
    found = rows(
        book, "SELECT plan_code, quote_line_id, unit_price_cents FROM book.contract_plan ORDER BY contract_plan_id"
    )
    assert found == [
        ("PLAT", ROOT, 1_617_95),
        ("HOSP", HOSPITAL, 357_95),
        ("PREV", PREVENTIVE, 60_00),
        ("HOSP-2", "L3", 1_200_00),
    ]


@pytest.mark.rule("CQ-11", "CQ-12")
def test_a_job_that_fails_leaves_nothing_and_the_quote_may_be_asked_for_again(tmp_path: Path) -> None:
    book = approved(tmp_path)
    with book.write() as tx:
        request_id = ask(tx, wanted(), scope=EVERYTHING, now=NOW)
    assert codes(refused(book)) == ["GB-CON-008"]  # one is on its way
    run(book, "UPDATE book.quote SET status = 'Draft'")
    run_pending(book, lambda: NOW)
    with book.read() as tx:
        status = jobs.status(tx, request_id, scope=EVERYTHING)
    assert (status["status"], [each["code"] for each in status["result"]["errors"]]) == ("Failed", ["GB-CON-005"])
    for table in ("contract", "contract_plan", "contract_plan_class", "notification"):
        assert rows(book, f"FROM book.{table}") == []
    run(book, "UPDATE book.quote SET status = 'Approved'")
    assert made(book)["status"] == "Completed"


@pytest.mark.rule("CQ-11")
def test_a_job_that_breaks_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = approved(tmp_path)

    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("services.contracts.making._attributes", breaks)
    assert made(book)["status"] == "Failed"
    assert rows(book, "FROM book.contract") == rows(book, "FROM book.contract_plan") == []
    assert rows(book, "SELECT status FROM book.quote") == [("Approved",)]


@pytest.mark.rule("CQ-2")
def test_the_account_wins_over_the_account_for_quote(tmp_path: Path) -> None:
    other = {"book.account": [{"account_id": "B", "account_number": "2", "name": "B"}]}
    book = approved(tmp_path, together(quote(quote_account_id="B"), other))
    assert made(book)["status"] == "Completed"
    assert rows(book, "SELECT account_id FROM book.contract") == [("A",)]


@pytest.mark.rule("CQ-2")
def test_the_account_for_quote_serves_where_there_is_no_account(tmp_path: Path) -> None:
    book = approved(tmp_path, quote(account_id=None, quote_account_id="A"))
    assert made(book)["status"] == "Completed"
    assert rows(book, "SELECT account_id FROM book.contract") == [("A",)]


@pytest.mark.rule("CQ-6")
def test_the_number_of_statements_does_not_hang_on_the_number_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    run_one = Transaction.run

    def counting(self: Transaction, name: str, params: Any = None) -> None:
        counted.append(name)
        run_one(self, name, params)

    def statements(folder: str, n: int) -> int:
        many = {
            "book.quote_line": [line(f"N{i}", "COVERAGE", "P1", product_id="PP") for i in range(n)],
        }
        book = approved(tmp_path / folder, together(quote(), many))
        counted.clear()
        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "run", counting)
            assert made(book)["status"] == "Completed"
        return len(counted)

    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    assert statements("few", 2) == statements("many", 40)


@pytest.mark.rule("CQ-6")
def test_the_moment_of_making_is_that_of_the_clock(done: tuple[Book, dict[str, Any]]) -> None:
    book, _ = done
    stamps = {stamp for (stamp,) in rows(book, "SELECT created_at FROM book.contract_plan")}
    assert stamps == {datetime(2026, 1, 15, 12, 0)}
