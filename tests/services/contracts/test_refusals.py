"""What a contract of a quote is refused for, before a job begins (CQ-1 to CQ-5, CQ-9; GB-CON)."""

from typing import Any

import pytest

from services.book import Book
from services.contracts.request import check
from services.records.terms import months_of
from services.scope import EVERYTHING, Scope
from tests.services.contracts.desk import approved, codes, day, item, made, refused, rows, wanted
from tests.services.quotes.desk import ROOT

TWO_PRICES = '{"tiers": [{"tier": "Employee Only", "rate": 10}, {"tier": "Employee Only", "rate": 20}]}'
YEARLY = '{"tiers": [{"tier": "Employee Only", "rate": 120}], "ratePeriod": "YEARLY"}'
"""Read as the month that stands for an unknown period, it would charge 12 x 120.00 a year instead of 120.00."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The worked example, rated and approved; nothing that is refused changes it."""
    return approved(tmp_path_factory.mktemp("refusals"))


@pytest.mark.rule("CQ-1", "GB-CON-001")
@pytest.mark.parametrize("quote_id", ["0Q0000000000000009", "C", ROOT])
def test_an_unknown_quote_is_refused(book: Book, quote_id: str) -> None:
    (error,) = refused(book, quote_id=quote_id)
    assert (error.code, error.info["reason"]) == ("SF-0001-0005", "GB-CON-001")
    assert error.message == "Specify a valid input for quoteId."


@pytest.mark.rule("GB-CON-001")
def test_a_quote_out_of_scope_is_an_unknown_one(book: Book) -> None:
    assert codes(refused(book, Scope(account_ids=("B",)))) == ["GB-CON-001"]
    assert check_passes(book, Scope(account_ids=("A",)))


@pytest.mark.rule("CQ-1", "GB-CON-005")
@pytest.mark.parametrize("status", ["Draft", "Needs Review", "In Review", "Rejected", "Presented", "Denied"])
def test_a_quote_that_is_not_approved_is_refused(book: Book, status: str) -> None:
    (error,) = refused(book, after=f"UPDATE book.quote SET status = '{status}'")
    assert (error.code, error.message) == ("GB-CON-005", "Approve the quote before creating a contract.")


@pytest.mark.rule("CQ-1")
@pytest.mark.parametrize("status", ["Approved", "Accepted"])
def test_an_approved_or_accepted_quote_passes(book: Book, status: str) -> None:
    assert check_passes(book, after=f"UPDATE book.quote SET status = '{status}'")


@pytest.mark.rule("CQ-2", "GB-CON-004")
def test_a_quote_without_any_account_is_refused(book: Book) -> None:
    errors = refused(book, after="UPDATE book.quote SET account_id = NULL, quote_account_id = NULL")
    assert "GB-CON-004" in codes(errors)
    assert errors[0].message == "Add an account or an account for quote to the quote."


@pytest.mark.rule("CQ-3", "GB-CON-006")
@pytest.mark.parametrize(
    ("after", "lines"),
    [
        ("UPDATE book.quote_line SET rated_at = NULL, net_total_price_cents = NULL WHERE level = 'ROOT'", [ROOT]),
        ("UPDATE book.quote_line SET rating_error = 'No rate.' WHERE level = 'ROOT'", [ROOT]),
        ("DELETE FROM book.quote_line", None),
        ("UPDATE book.group_census SET census_version = census_version + 1", [ROOT]),
        ("UPDATE book.quote_line SET quantity = 2 WHERE quote_line_id = 'L1'", [ROOT]),
    ],
    ids=["unrated", "with an error", "without lines", "census changed", "line changed"],
)
def test_a_quote_whose_prices_do_not_hold_is_refused_and_its_lines_named(
    book: Book, after: str, lines: list[str] | None
) -> None:
    (error,) = refused(book, after=after)
    assert (error.code, error.message) == ("GB-CON-006", "Rate the quote before creating a contract.")
    assert error.info.get("quoteLineItemIds") == lines


@pytest.mark.rule("GB-CON-002")
@pytest.mark.parametrize(
    ("name", "field"), [("quote_id", "quoteId"), ("start", "contractStartDate"), ("end", "contractEndDate")]
)
def test_a_missing_input_is_named(book: Book, name: str, field: str) -> None:
    absent: dict[str, Any] = {name: None}
    (error,) = refused(book, **absent)
    assert (error.code, error.message) == ("SF-0001-0004", f"Specify an input for {field}.")
    assert (error.info["reason"], error.info["says"]) == ("GB-CON-002", f"Specify a {field}.")


@pytest.mark.rule("CQ-4", "GB-CON-003")
@pytest.mark.parametrize("end", ["2025-12-31", "2026-01-01"])
def test_a_contract_that_ends_by_its_start_is_refused(book: Book, end: str) -> None:
    (error,) = refused(book, end=end)
    assert (error.code, error.info["reason"]) == ("SF-0001-0002", "GB-CON-003")
    assert error.message == "The contractEndDate must be after the contractStartDate."


@pytest.mark.rule("CQ-4")
def test_a_contract_may_end_the_day_after_its_start(book: Book) -> None:
    assert check_passes(book, end="2026-01-02")


@pytest.mark.rule("CQ-4", "GB-CON-010")
def test_a_window_that_ends_before_it_starts_is_refused(book: Book) -> None:
    (error,) = refused(book, enrollment_start="2025-11-02", enrollment_end="2025-11-01")
    assert error.message == "The enrollment end date must be on or after the enrollment start date."
    late = [item("InsuranceContract", "EnrollmentEndDate", "2025-10-01")]
    assert codes(refused(book, enrollment_start="2025-11-01", enrollment_end="2025-11-30", items=late)) == [
        "GB-CON-010"
    ]


@pytest.mark.rule("CQ-4")
def test_a_window_of_one_day_before_the_contract_passes(book: Book) -> None:
    assert check_passes(book, enrollment_start="2025-11-01", enrollment_end="2025-11-01")


@pytest.mark.parametrize("name", ["start", "end", "enrollment_start", "enrollment_end"])
def test_a_text_that_is_no_date_is_refused(book: Book, name: str) -> None:
    odd: dict[str, Any] = {name: "01/02/2026"}
    assert [error.code for error in refused(book, **odd)] == ["SF-0001-0003"]


@pytest.mark.rule("CQ-4")
@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"start": "1899-12-31"}, "contractStartDate"),
        ({"end": "2200-01-01"}, "contractEndDate"),
        ({"enrollment_start": "0001-01-01"}, "enrollmentStartDate"),
        ({"enrollment_end": "9999-12-31"}, "enrollmentEndDate"),
    ],
)
def test_a_day_of_no_term_that_anybody_sells_is_refused(book: Book, odd: dict[str, Any], field: str) -> None:
    (error,) = refused(book, **odd)
    assert (error.code, error.message) == ("SF-0001-0005", f"Specify a valid input for {field}.")


@pytest.mark.rule("CQ-4")
def test_the_first_and_the_last_day_there_are_pass(book: Book) -> None:
    assert check_passes(book, start="1900-01-01", end="2199-12-31")


def test_a_timestamp_counts_with_its_date(book: Book) -> None:
    with book.read() as tx:
        checked = check(tx, wanted(start="2026-01-01T09:30:00Z"), scope=EVERYTHING)
    assert checked.start == day("2026-01-01")


@pytest.mark.rule("CQ-9", "GB-CON-007")
@pytest.mark.parametrize(
    ("entity", "key", "value"),
    [
        ("Contract", "Id", "800000000000000001"),
        ("Contract", "SourceQuoteId", "Q1"),
        ("Contract", "NoSuchField", "1"),
        ("Contract", "Status", "Cancelled"),
        ("InsuranceContract", "ContractId", "800000000000000001"),
        ("InsuranceContract", "RecordSource", "Other"),
        ("InsuranceContract", "EnrollmentWaitingPeriod", "soon"),
        ("InsuranceContract", "EnrollmentStartDate", "1 November"),
        ("InsuranceContract", "EnrollmentCensusId", "0rf000000000000009"),
        ("ContractGroupPlan", "ContractId", "800000000000000001"),
        ("ContractGroupPlan", "QuoteLineItemId", "L1"),
        ("ContractGroupPlan", "Status", None),
        ("ContractGroupPlan", "IsOptional", "perhaps"),
        ("ContractGroupPlan", "PricingStructure", "cheap"),
        ("ContractGroupPlan", "PricingStructure", '{"tiers": [{"tier": "Employee", "rate": 10}]}'),
        ("ContractGroupPlan", "PricingStructure", '{"tiers": [{"tier": "Employee Only", "rate": "ten"}]}'),
        ("ContractGroupPlan", "PricingStructure", TWO_PRICES),
        ("ContractGroupPlan", "PricingStructure", YEARLY),
        ("ContractGroupPlan", "GroupNumber", "9" * 256),
        ("ContractGroupPlan", "ProrationCutoffDay", "0"),  # the days of a month, as on the sheet: 1 to 31
        ("ContractGroupPlan", "ProrationCutoffDay", "32"),
        ("ContractGroupPlan", "EnrollmentWaitingPeriod", "3661"),
        ("InsuranceContract", "EnrollmentWaitingPeriod", "3661"),
        ("Contract", "GroupSize", "0"),
        ("Contract", "EligibleEmployees", "10000001"),
        ("Contract", "ContractTerm", "1201"),
    ],
)
def test_a_field_that_does_not_fit_its_entity_is_refused(book: Book, entity: str, key: str, value: str | None) -> None:
    (error,) = refused(book, items=[item(entity, key, value)])
    assert (error.code, error.message) == ("GB-CON-007", f"Additional field {key} isn't valid for {entity}.")


@pytest.mark.rule("CQ-9", "GB-CON-007")
def test_a_plan_goes_on_from_one_of_its_own_account(book: Book) -> None:
    for account, is_refused in (("B", True), ("A", False)):
        plan = f"""INSERT INTO book.account BY NAME SELECT 'B' AS account_id, '2' AS account_number, 'B' AS name,
                now()::TIMESTAMP AS modified_at;
            INSERT INTO book.contract BY NAME SELECT '800B' AS contract_id, '{account}' AS account_id,
                'K-1' AS contract_number, 'Draft' AS status, DATE '2025-01-01' AS start_date,
                DATE '2025-12-31' AS end_date, now()::TIMESTAMP AS modified_at;
            INSERT INTO book.contract_plan BY NAME SELECT '0rgB' AS contract_plan_id, '0rgB' AS root_plan_id,
                '800B' AS contract_id, 'P' AS plan_code, 'P' AS name, 'P' AS product_id, 'Medical' AS plan_type,
                false AS is_optional, 'Active' AS status, 'DAILY_TERM' AS proration_method,
                'EFFECTIVE_DATE' AS rate_basis_date, false AS auto_assign, now()::TIMESTAMP AS modified_at"""
        asked = [item("ContractGroupPlan", "OriginalContractPlanId", "0rgB"), item("Contract", "NoSuchField", "1")]
        errors = refused(book, after=plan, items=asked)
        assert [error.info["field"] for error in errors] == ["OriginalContractPlanId"] * is_refused + ["NoSuchField"]


@pytest.mark.rule("CQ-9")
def test_an_unknown_entity_is_refused_and_every_fault_is_told(book: Book) -> None:
    several = [item("Policy", "Name", "1"), item("Contract", "X", "1"), {"fields": []}]
    assert [error.code for error in refused(book, items=several)] == ["SF-0001-0005", "GB-CON-007", "SF-0001-0004"]


@pytest.mark.rule("CQ-9", "GB-CON-009")
def test_an_instance_key_that_is_on_no_line_is_refused(book: Book) -> None:
    for entity, key in (("ContractGroupPlan", "GroupNumber"), ("InsuranceContract", "EnrollmentWaitingPeriod")):
        (error,) = refused(book, items=[item(entity, key, "1", instanceKey="k9")])
        assert (error.code, error.message) == ("GB-CON-009", "No quote line item has the instance key k9.")


@pytest.mark.rule("CQ-9", "GB-CON-007")
@pytest.mark.parametrize(
    ("key", "value"), [("EffectiveEndDate", "2025-12-31"), ("EffectiveStartDate", "2027-01-01T00:00:00Z")]
)
def test_a_plan_may_not_end_before_it_begins(book: Book, key: str, value: str) -> None:
    (error,) = refused(book, items=[item("ContractGroupPlan", key, value)])
    said = "Additional field EffectiveEndDate isn't valid for ContractGroupPlan."
    assert (error.code, error.message) == ("GB-CON-007", said)


@pytest.mark.rule("CQ-9", "GB-CON-007")
def test_a_plan_is_enrolled_no_earlier_than_its_window_opens(book: Book) -> None:
    late = [item("ContractGroupPlan", "EnrollmentEndDate", "2025-10-31")]
    window: dict[str, Any] = {"enrollment_start": "2025-11-01", "enrollment_end": "2025-11-30"}
    assert codes(refused(book, items=late, **window)) == ["GB-CON-007"]
    assert check_passes(book, items=[item("ContractGroupPlan", "EnrollmentEndDate", "2025-11-01")], **window)


@pytest.mark.rule("CQ-9")
def test_a_plan_may_have_dates_of_its_own_and_a_moment_counts_with_its_day(book: Book) -> None:
    late = item("ContractGroupPlan", "EffectiveStartDate", "2026-12-31T00:00:00.000Z")
    with book.read() as tx:
        (plan,) = check(tx, wanted(items=[late]), scope=EVERYTHING).added.plans
    assert plan == (None, "effective_start_date", day("2026-12-31"))


@pytest.mark.parametrize("term", [0, -1, 1201])
def test_a_term_that_is_no_number_of_months_is_refused(book: Book, term: int) -> None:
    assert [error.code for error in refused(book, term=term)] == ["SF-0001-0005"]


@pytest.mark.rule("CQ-5")
@pytest.mark.parametrize(
    ("end", "term", "stored"),
    [
        ("2026-12-31", None, None),
        ("2026-12-31", 12, None),
        ("2026-12-31", 1, 1),
        ("2026-12-30", 12, 12),
        ("2026-12-30", 11, None),
    ],
)
def test_a_term_that_contradicts_the_dates_is_kept_with_a_warning(
    book: Book, end: str, term: int | None, stored: int | None
) -> None:
    with book.read() as tx:
        checked = check(tx, wanted(end=end, term=term), scope=EVERYTHING)
    is_told = any(warning.startswith("The contractTerm") for warning in checked.warnings)
    assert (checked.term, is_told) == (stored, stored is not None)


@pytest.mark.rule("CQ-5")
@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-01-01", "2026-12-30", 11),
        ("2026-01-01", "2027-01-01", 12),
        ("2026-01-15", "2026-02-14", 1),
        ("2026-01-15", "2026-02-13", None),
        ("2026-01-31", "2026-02-27", 1),
        ("2024-02-29", "2025-02-27", 12),
        ("2026-06-10", "2026-06-10", None),
    ],
)
def test_a_term_without_a_number_is_the_whole_months_of_its_dates(first: str, last: str, months: int | None) -> None:
    assert months_of(day(first), day(last)) == months


@pytest.mark.rule("CQ-5")
def test_the_warning_goes_to_the_notes_of_the_job_and_the_term_to_the_contract(tmp_path: Any) -> None:
    own = approved(tmp_path)
    status = made(own, term=1)
    assert "contractTerm 1" in status["additionalInformation"]
    assert rows(own, "SELECT contract_term FROM book.contract") == [(1,)]


def check_passes(book: Book, scope: Scope = EVERYTHING, *, after: str | None = None, **change: Any) -> bool:
    """Whether a request is accepted, in a transaction that is given up."""

    class Enough(Exception):
        pass

    try:
        with book.write() as tx:
            if after:
                tx.connection.execute(after)
            check(tx, wanted(**change), scope=scope)
            raise Enough
    except Enough:
        return True
