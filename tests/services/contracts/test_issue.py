"""Contracts made while the caller waits: issued, renewed, endorsed, and the older twin; additional fields (CQ-9)."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.contracts.issue import Issued, endorse, issue, renew
from services.contracts.std import create_update_contract
from services.insurance_errors import Refused
from services.quotes.reading import fingerprints
from services.records.terms import months_of
from services.scope import EVERYTHING, Scope
from tests.random_book import NOW
from tests.services.contracts.desk import approved, codes, item, rows, run, wanted
from tests.services.quotes.desk import HOSPITAL, PREVENTIVE, QUOTE, ROOT

NEXT = "2027-01-01"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The worked example, rated and approved."""
    return approved(tmp_path)


def done(book: Book, call: Callable[..., Any], *, scope: Any = EVERYTHING, **asked: Any) -> Any:
    """A call, in a transaction of its own."""
    own = {
        name: asked.pop(name)
        for name in ("renewal_date", "effective_date", "keeps_end", "detail_level")
        if name in asked
    }
    with book.write() as tx:
        return call(tx, wanted(**asked), scope=scope, now=NOW, **own)


def refusal(book: Book, call: Callable[..., Any], **asked: Any) -> list[str]:
    """The codes a call is refused with."""
    with pytest.raises(Refused) as fault:
        done(book, call, **asked)
    return codes(list(fault.value.errors))


def again(book: Book) -> None:
    """A second quote, which is the first once more."""
    run(book, "UPDATE book.contract SET source_quote_id = 'an earlier quote'")
    run(book, "UPDATE book.quote SET status = 'Approved'")


def terms(book: Book) -> list[tuple[Any, ...]]:
    """Start, end and stated term of every contract."""
    return rows(book, "SELECT start_date, end_date, contract_term FROM book.contract ORDER BY contract_id")


@pytest.mark.parametrize(
    ("asked", "expected", "lasts"),
    [
        ({}, (date(2026, 1, 1), date(2026, 12, 31), None), None),  # those of the quote
        ({"term": 6}, (date(2026, 1, 1), date(2026, 6, 30), None), "6 months"),
        ({"term": 18}, (date(2026, 1, 1), date(2027, 6, 30), None), "18 months"),
        ({"start": "2026-02-01"}, (date(2026, 2, 1), date(2026, 12, 31), None), "11 months"),
        ({"start": "2026-02-01", "end": "2027-01-31"}, (date(2026, 2, 1), date(2027, 1, 31), None), None),
        (
            {"start": "2026-02-01", "end": "2026-02-28", "term": 12},
            (date(2026, 2, 1), date(2026, 2, 28), 12),
            "1 month",
        ),
    ],
)
@pytest.mark.rule("CQ-8", "CQ-5")
def test_dates_left_out_are_those_of_the_quote_or_of_the_term(
    book: Book, asked: dict[str, Any], expected: tuple[Any, ...], lasts: str | None
) -> None:
    """A unit price is the premium of its line, so of a contract of another length than the quote's it says less."""
    made: Issued = done(book, issue, **({"start": None, "end": None} | asked))
    assert terms(book) == [expected]
    assert len(made.made.plan_ids) == 3
    kept = ["The contractTerm 12 was kept, though the dates say 1."] if expected[2] else []
    priced = [f"Unit prices are those of the quote, for 12 months; the contract lasts {lasts}."] if lasts else []
    assert made.warnings == (*kept, *priced)
    assert rows(book, "SELECT unit_price_cents FROM book.contract_plan WHERE parent_plan_id IS NULL") == [(1_617_95,)]


def test_an_unknown_level_of_detail_is_refused(book: Book) -> None:
    assert refusal(book, issue, detail_level="MEMBER_LEVEL") == ["SF-0001-0005"]
    assert done(book, issue, detail_level="CHARGE_LEVEL").made.contract_id


@pytest.mark.rule("CQ-9")
def test_additional_fields_win_over_what_is_derived(book: Book) -> None:
    run(book, "UPDATE book.quote_line SET instance_key = 'key of preventive' WHERE quote_line_id = $id", id=PREVENTIVE)
    asked = [
        item("contract", "status", "Activated"),
        item("InsuranceContract", "EnrollmentWaitingPeriod", "30"),
        item("InsuranceContract", "IsSelfServiceWindowEnforced", "false"),
        item("InsuranceContract", "EnrollmentStartDate", "2025-10-01"),
        item("ContractGroupPlan", "GroupNumber", "G-1"),  # every plan
        item("ContractGroupPlan", "GroupNumber", "G-20417", instanceKey="key of preventive"),
        item("ContractGroupPlan", "UnitPrice", "59.995", productPath="PLAT/PREV"),
        item("ContractGroupPlan", "IsOptional", "true", productPath="prev"),
        item("ContractGroupPlan", "Name", "Platinum 2026", productPath="plat"),
    ]
    done(book, issue, items=asked, enrollment_start="2025-11-01")
    assert rows(
        book,
        "SELECT status, enrollment_waiting_period, is_self_service_window_enforced, enrollment_start_date"
        " FROM book.contract",
    ) == [("Activated", 30, False, date(2025, 10, 1))]
    plans = "SELECT quote_line_id, name, group_number, unit_price_cents, is_optional FROM book.contract_plan"
    assert rows(book, f"{plans} ORDER BY contract_plan_id") == [
        (ROOT, "Platinum 2026", "G-1", 1_617_95, False),
        (HOSPITAL, "L1", "G-1", 1_557_95, False),
        (PREVENTIVE, "L2", "G-20417", 60_00, True),  # 59.995, half up
    ]


@pytest.mark.rule("CQ-9")
def test_a_key_of_any_line_of_a_coverage_names_its_plan(book: Book) -> None:
    run(book, "UPDATE book.quote_line SET instance_key = 'managers' WHERE quote_line_id = 'L3'")
    done(book, issue, items=[item("ContractGroupPlan", "GroupNumber", "G-1", instanceKey="managers")])
    found = rows(book, "SELECT quote_line_id FROM book.contract_plan WHERE group_number = 'G-1'")
    assert found == [(HOSPITAL,)]


@pytest.mark.rule("CQ-9")
def test_tier_prices_can_be_stated_and_are_used(book: Book) -> None:
    text = '{"tiers": [{"tier": "Employee Only", "rate": 10}], "ratePeriod": "MONTHLY"}'
    asked = [item("ContractGroupPlan", name, value, productPath="HOSP") for name, value in (
        ("EnrollmentRatingType", "CompositeRate"), ("PricingStructure", text))]  # fmt: skip
    done(book, issue, items=asked)
    assert rows(
        book, "SELECT pricing_structure FROM book.contract_plan WHERE enrollment_rating_type = 'CompositeRate'"
    ) == [(text,)]


def test_a_contract_number_of_another_account_stays_its_own(book: Book) -> None:
    account = "'B' AS account_id, now()::TIMESTAMP AS modified_at"
    run(book, f"INSERT INTO book.account BY NAME SELECT {account}, '2' AS account_number, 'B' AS name")
    contract = "'800B' AS contract_id, 'K-1' AS contract_number, 'Draft' AS status"
    term = "DATE '2026-01-01' AS start_date, DATE '2026-12-31' AS end_date"
    run(book, f"INSERT INTO book.contract BY NAME SELECT {account}, {contract}, {term}")
    done(book, issue, items=[item("Contract", "ContractNumber", "K-1")])
    found = rows(book, "SELECT contract_number, account_contract_number FROM book.contract WHERE account_id = 'A'")
    assert found == [("1/K-1", "K-1")]
    again(book)
    assert refusal(book, issue, items=[item("Contract", "ContractNumber", "K-1")]) == ["GB-CON-007"]


def test_a_renewal_begins_after_the_term_and_carries_settings_and_group_numbers_over(book: Book) -> None:
    first: Issued = done(
        book,
        issue,
        items=[
            item("InsuranceContract", "EnrollmentWaitingPeriod", "30"),
            item("ContractGroupPlan", "GroupNumber", "G-1", productPath="PLAT"),
            item("ContractGroupPlan", "ProrationMethod", "DAILY_MONTH", productPath="PLAT"),
        ],
    )
    again(book)
    asked = {"prior_contract_id": first.made.contract_id, "start": None, "end": None}
    assert refusal(book, renew, renewal_date="2026-12-31", **asked) == ["SF-0001-0002"]
    made: Issued = done(book, renew, renewal_date=NEXT, **asked)
    assert terms(book)[1] == (date(2027, 1, 1), date(2027, 12, 31), None)  # twelve months
    found = rows(
        book,
        "SELECT enrollment_waiting_period, prior_contract_id FROM book.contract WHERE contract_id = $id",
        id=made.made.contract_id,
    )
    assert found == [(30, first.made.contract_id)]
    plans = "SELECT group_number, proration_method, original_plan_id FROM book.contract_plan WHERE contract_id = $id"
    assert rows(book, f"{plans} ORDER BY contract_plan_id", id=made.made.contract_id) == [
        (number, method, plan)
        for (number, method), plan in zip(
            [("G-1", "DAILY_MONTH"), (None, "DAILY_TERM"), (None, "DAILY_TERM")], first.made.plan_ids, strict=True
        )
    ]


@pytest.mark.parametrize("term", [None, 6])
def test_a_renewal_lasts_as_long_as_its_term(book: Book, term: int | None) -> None:
    first = done(book, issue).made.contract_id
    again(book)
    done(book, renew, renewal_date=NEXT, prior_contract_id=first, start=None, end=None, term=term)
    assert terms(book)[1][1] == (date(2027, 12, 31) if term is None else date(2027, 6, 30))


@pytest.mark.parametrize(
    ("keeps_end", "end"),
    [(True, date(2026, 12, 31)), (False, date(2026, 10, 31))],
    ids=["keeps the end", "the quote's end"],
)
def test_an_endorsement_shortens_the_running_contract_and_is_linked_to_it(
    book: Book, keeps_end: bool, end: date
) -> None:
    first = done(book, issue, term=1).made.contract_id  # a term that the dates contradict is kept, until they change
    assert terms(book) == [(date(2026, 1, 1), date(2026, 12, 31), 1)]
    again(book)
    run(book, "UPDATE book.quote SET end_date = '2026-10-31'")
    run(book, "UPDATE book.quote_line SET rated_version = NULL")
    # Rated as it is now: what changes prices is not what is looked at here.
    with book.write() as tx, tx.lend(quote_seen=fingerprints(tx, QUOTE)):
        tx.run("quotes.is_rated_as", {"root_ids": [ROOT]})
    made: Issued = done(
        book, endorse, effective_date="2026-07-01", keeps_end=keeps_end, prior_contract_id=first, start=None, end=None
    )
    assert terms(book) == [(date(2026, 1, 1), date(2026, 6, 30), None), (date(2026, 7, 1), end, None)]
    ends = "SELECT DISTINCT effective_end_date FROM book.contract_plan WHERE contract_id = $id"
    assert rows(book, ends, id=first) == [(date(2026, 6, 30),)]
    prior = "SELECT prior_contract_id FROM book.contract WHERE contract_id = $id"
    assert rows(book, prior, id=made.made.contract_id) == [(first,)]


@pytest.mark.parametrize("day", ["2026-01-01", "2027-01-01"])
def test_an_endorsement_begins_within_the_running_term(book: Book, day: str) -> None:
    first = done(book, issue).made.contract_id
    again(book)
    assert refusal(book, endorse, effective_date=day, prior_contract_id=first) == ["SF-0001-0005"]
    assert done(book, endorse, effective_date="2026-12-31", prior_contract_id=first, end="2027-12-31")


def test_what_is_renewed_or_endorsed_must_be_named_known_of_the_account_and_the_last(book: Book) -> None:
    first = done(book, issue).made.contract_id
    again(book)
    asked = {"renewal_date": NEXT, "start": None, "end": None}
    assert refusal(book, renew, **asked) == ["SF-0001-0004"]
    assert refusal(book, renew, **asked, prior_contract_id="800000000000000099") == ["SF-0001-0005"]
    assert refusal(book, renew, **(asked | {"renewal_date": None}), prior_contract_id=first) == ["GB-CON-002"]
    assert refusal(book, renew, **(asked | {"renewal_date": "soon"}), prior_contract_id=first) == ["SF-0001-0003"]
    done(book, renew, **asked, prior_contract_id=first)
    again(book)
    assert refusal(book, renew, **asked, prior_contract_id=first) == ["SF-0001-0005"]


def test_a_contract_that_is_renewed_already_can_be_endorsed_in_its_running_term(book: Book) -> None:
    # The page: an endorsement shortens the running contract and links the two; a renewal does not stand in its way.
    first = done(book, issue).made.contract_id
    again(book)
    later = done(book, renew, renewal_date=NEXT, prior_contract_id=first, start=None, end=None).made.contract_id
    again(book)
    asked = {"effective_date": "2026-07-01", "prior_contract_id": first, "start": None}
    run(book, "UPDATE book.quote SET end_date = DATE '2027-03-31'")
    run(book, "UPDATE book.quote_line SET rated_version = NULL")
    with book.write() as tx, tx.lend(quote_seen=fingerprints(tx, QUOTE)):
        tx.run("quotes.is_rated_as", {"root_ids": [ROOT]})
    with pytest.raises(Refused) as fault:
        done(book, endorse, **asked, end=None, keeps_end=False)
    (error,) = fault.value.errors
    assert (error.code, error.info["field"]) == ("SF-0001-0005", "updateExistingContractDates")
    assert error.info["says"] == (
        f"The contract {later} begins on 2027-01-01, and this version would end on 2027-03-31 as its quote; "
        "let it end as the running one."
    )
    made: Issued = done(book, endorse, **asked, end=None)
    assert made.warnings == (
        "Unit prices are those of the quote, for 15 months; the contract lasts 6 months.",
        f"The contract {later}, which follows from 2027-01-01, was not changed.",
    )
    chain = "SELECT contract_id, start_date, end_date, prior_contract_id FROM book.contract ORDER BY start_date"
    assert rows(book, chain) == [
        (first, date(2026, 1, 1), date(2026, 6, 30), None),
        (made.made.contract_id, date(2026, 7, 1), date(2026, 12, 31), first),
        (later, date(2027, 1, 1), date(2027, 12, 31), made.made.contract_id),
    ]
    # The first has ended before its new version begins, and that one is followed: neither is the one to be named.
    again(book)
    for call, day in ((endorse, {"effective_date": "2026-08-01"}), (renew, {"renewal_date": NEXT})):
        target = first if call is endorse else made.made.contract_id
        with pytest.raises(Refused) as fault:
            done(book, call, **day, prior_contract_id=target, start=None, end=None)
        (error,) = fault.value.errors
        assert (error.code, error.info["field"]) == ("SF-0001-0005", "targetContractId")
        assert "name that one instead" in error.info["says"]


@pytest.mark.parametrize("call", [issue, create_update_contract])
def test_every_call_asks_for_a_quote(book: Book, call: Callable[..., Any]) -> None:
    assert refusal(book, call, quote_id=None) == ["GB-CON-002"]
    assert refusal(book, call, quote_id="0Q0000000000000009") == ["GB-CON-001"]


def test_the_older_twin_makes_the_contract_and_then_writes_fields_to_it(book: Book) -> None:
    first = done(book, create_update_contract, start=None, end=None, account_id="A")
    assert first.is_new
    asked = [
        item("Contract", "Status", "Activated"),
        item("ContractGroupPlan", "GroupNumber", "G-1", productPath="PLAT"),
    ]
    second = done(book, create_update_contract, items=asked)
    assert (second.is_new, second.made) == (False, first.made)
    assert rows(book, "SELECT status FROM book.contract") == [("Activated",)]
    assert rows(book, "SELECT quote_line_id FROM book.contract_plan WHERE group_number = 'G-1'") == [(ROOT,)]


def test_the_older_twin_takes_the_account_of_the_quote_alone(book: Book) -> None:
    assert refusal(book, create_update_contract, account_id="B") == ["SF-0001-0005"]


@pytest.mark.rule("CQ-9")
def test_the_older_twin_takes_the_same_call_twice_and_keeps_numbers_one_to_a_contract(book: Book) -> None:
    account = "'B' AS account_id, now()::TIMESTAMP AS modified_at"
    run(book, f"INSERT INTO book.account BY NAME SELECT {account}, '2' AS account_number, 'B' AS name")
    contract = "'800B' AS contract_id, 'K-2' AS contract_number, 'Draft' AS status"
    term = "DATE '2026-01-01' AS start_date, DATE '2026-12-31' AS end_date"
    run(book, f"INSERT INTO book.contract BY NAME SELECT {account}, {contract}, {term}")
    asked = [item("Contract", "ContractNumber", "K-1"), item("InsuranceContract", "EnrollmentCensusId", "C")]
    for _ in range(2):
        done(book, create_update_contract, items=asked)
    numbers = "SELECT contract_number, account_contract_number FROM book.contract WHERE account_id = 'A'"
    assert rows(book, numbers) == [("K-1", None)]
    for _ in range(2):
        done(book, create_update_contract, items=[item("Contract", "ContractNumber", "K-2")])
        assert rows(book, numbers) == [("1/K-2", "K-2")]


@pytest.mark.rule("CQ-4", "GB-CON-010")
def test_the_older_twin_keeps_the_window_of_a_contract_in_order(book: Book) -> None:
    done(book, create_update_contract, enrollment_start="2025-11-01", enrollment_end="2025-11-30")
    late = [item("InsuranceContract", "EnrollmentEndDate", "2025-10-31")]
    assert refusal(book, create_update_contract, items=late) == ["GB-CON-010"]
    assert rows(book, "SELECT enrollment_end_date FROM book.contract") == [(date(2025, 11, 30),)]


def test_the_older_twin_leaves_a_contract_of_another_account_alone(book: Book) -> None:
    done(book, create_update_contract)
    account = "'B' AS account_id, now()::TIMESTAMP AS modified_at"
    run(book, f"INSERT INTO book.account BY NAME SELECT {account}, '2' AS account_number, 'B' AS name")
    run(book, "UPDATE book.quote SET account_id = 'B'")
    asked = [item("Contract", "Status", "Activated")]
    with pytest.raises(Refused) as fault:
        done(book, create_update_contract, items=asked, scope=Scope(account_ids=("B",)))
    assert codes(list(fault.value.errors)) == ["GB-CON-008"]
    assert rows(book, "SELECT status FROM book.contract") == [("Draft",)]


def test_rules_that_name_a_plan_go_on_with_the_plan(book: Book) -> None:
    first: Issued = done(book, issue)
    root, hospital, preventive = first.made.plan_ids
    measure = f"'{preventive}' AS reference_plan_id"
    rule = "INSERT INTO ref.contribution_rule BY NAME SELECT 'E' AS group_class_id, 'TERM' AS amount_period,"
    for rule_id, name, columns in (
        ("F1", "Sixty", f"'Percentage' AS type, 60 AS percentage, '{hospital}' AS contract_plan_id"),
        ("F2", "Base", f"'Percentage' AS type, 50 AS percentage, '{root}' AS contract_plan_id, {measure}"),
        ("F3", "Ended", f"'Amount' AS type, '{root}' AS contract_plan_id, DATE '2026-12-31' AS effective_end_date"),
        ("F4", "Product", "'Amount' AS type, 'PM' AS product_id"),
    ):  # fmt: skip
        run(book, f"{rule} '{rule_id}' AS contribution_rule_id, '{name}' AS name, {columns},"
            " TIMESTAMP '2025-06-01' AS modified_at")  # fmt: skip
    run(book, "UPDATE book.contract SET source_quote_id = 'an earlier quote'")
    run(book, "UPDATE book.quote SET status = 'Approved'")
    with book.write() as tx, tx.lend(quote_seen=fingerprints(tx, QUOTE)):
        tx.run("quotes.is_rated_as", {"root_ids": [ROOT]})
    made: Issued = done(book, renew, renewal_date=NEXT, prior_contract_id=first.made.contract_id, start=None, end=None)
    new_root, new_hospital, new_preventive = made.made.plan_ids
    told = "SELECT name, percentage::INTEGER, contract_plan_id, reference_plan_id FROM ref.contribution_rule"
    assert rows(book, f"{told} WHERE contribution_rule_id NOT LIKE 'F_' ORDER BY contribution_rule_id") == [
        (f"Sixty ({new_hospital})", 60, new_hospital, None),
        (f"Base ({new_root})", 50, new_root, new_preventive),
    ]
    assert rows(book, "SELECT count(*) FROM ref.contribution_rule WHERE contribution_rule_id LIKE 'F_'") == [(4,)]


@pytest.mark.rule("CQ-5")
def test_a_term_to_the_end_of_the_calendar_can_be_counted_and_nobody_sells_it(book: Book) -> None:
    assert months_of(date(9999, 1, 1), date(9999, 12, 31)) == 12
    with pytest.raises(Refused, match="contractStartDate"):
        done(book, issue, start="9999-01-01", end="9999-12-31")
    assert terms(book) == []


@pytest.fixture
def renewed(book: Book) -> Callable[[], tuple[list[str], list[str]]]:
    """Renews the contract of the worked example; the plans before and after."""

    def renew_it() -> tuple[list[str], list[str]]:
        contract_id, plans = rows(
            book, "SELECT contract_id, list(contract_plan_id) FROM book.contract_plan GROUP BY 1"
        )[0]
        again(book)
        with book.write() as tx, tx.lend(quote_seen=fingerprints(tx, QUOTE)):
            tx.run("quotes.is_rated_as", {"root_ids": [ROOT]})
        made: Issued = done(book, renew, renewal_date=NEXT, prior_contract_id=contract_id, start=None, end=None)
        return sorted(plans), made.made.plan_ids

    done(book, issue)
    return renew_it


@pytest.mark.rule("CB-2", "CB-3", "CB-12")
def test_a_rule_measured_by_a_plan_is_measured_by_the_plan_that_goes_on(
    book: Book, renewed: Callable[[], tuple[list[str], list[str]]]
) -> None:
    run(book, "INSERT INTO ref.contribution_rule BY NAME SELECT 'E' AS group_class_id, 'TERM' AS amount_period, 'F1' AS"
        " contribution_rule_id, 'Base' AS name, 'Reference Plan' AS type, 50 AS percentage, 'Medical' AS category,"
        " (SELECT min(contract_plan_id) FROM book.contract_plan) AS reference_plan_id,"
        " DATE '2020-01-01' AS effective_start_date, TIMESTAMP '2025-06-01' AS modified_at")  # fmt: skip
    before, after = renewed()
    told = "reference_plan_id, category, effective_start_date, effective_end_date, modified_at"
    (second,) = rows(book, "SELECT max(contract_id) FROM book.contract")
    changed = datetime(2025, 6, 1)
    assert rows(book, f"SELECT name, {told} FROM ref.contribution_rule ORDER BY contribution_rule_id <> 'F1'") == [
        ("Base", before[0], "Medical", date(2020, 1, 1), date(2026, 12, 31), changed),
        (f"Base ({second[0]})", after[0], "Medical", date(2027, 1, 1), None, changed),
    ]


@pytest.mark.rule("EC-7")
def test_configuration_rules_go_on_with_their_plans(
    book: Book, renewed: Callable[[], tuple[list[str], list[str]]]
) -> None:
    ids = "list(contract_plan_id ORDER BY contract_plan_id) AS ids"
    plans = f"(SELECT contract_id, {ids} FROM book.contract_plan GROUP BY 1)"
    run(book, "INSERT INTO ref.configuration_rule BY NAME SELECT 'K' || row_number() OVER () AS configuration_rule_id,"
        f" contract_id, r.*, now()::TIMESTAMP AS modified_at FROM {plans}, LATERAL (VALUES"
        " ('NEEDS', ids[3], ids[2], NULL, 'Together.'), ('AGE_LIMIT', ids[1], NULL, 64, NULL),"
        " ('EXCLUDES', ids[2], 'a plan of nobody', NULL, NULL))"
        " AS r(kind, contract_plan_id, other_plan_id, maximum_age, message)")  # fmt: skip
    before, after = renewed()
    told = "SELECT kind, contract_plan_id, other_plan_id, maximum_age, message FROM ref.configuration_rule"
    assert rows(book, f"{told} WHERE configuration_rule_id NOT LIKE 'K%' ORDER BY kind DESC") == [
        ("NEEDS", after[2], after[1], None, "Together."),
        ("AGE_LIMIT", after[0], None, 64, None),
    ]
    assert rows(book, f"{told} WHERE contract_plan_id = '{before[2]}'") == [
        ("NEEDS", before[2], before[1], None, "Together.")
    ]
