"""Enrollments read: which policies, and all that is told of each (EN-25 to EN-28)."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from services.book import Transaction
from services.insurance_errors import Refused
from services.policies.reading import Wanted, enrollments
from services.records import reading
from services.scope import EVERYTHING, Scope
from tests.services.member_rating.desk import CHILD, EMPLOYEE, HOSPITAL, MEDICAL, RX, SPOUSE, STRANGER
from tests.services.policies.desk import HOLDER, LINES, NOW, OF_HOSPITAL, POLICY, a_book, records

SPRING, GONE = "0YT000000000000002", "0YT000000000000003"


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    """One policy of the whole year, one from April to September, and one that was cancelled from its first day on."""
    spring = {"effective_date": date(2026, 4, 1), "expiration_date": date(2026, 9, 30), "plan_type": "Dental"}
    book = a_book(
        tmp_path_factory.mktemp("enrollments"),
        records(),
        records(SPRING, LINES[:1], "b", **spring),
        records(GONE, LINES[:1], "c", status="Canceled", expiration_date=date(2025, 12, 31)),
        {
            "book.product": [
                {
                    "product_id": f"product of {key}",
                    "product_code": key,
                    "name": f"{key} product",
                    "product_type": "Medical",
                }
                for key in (MEDICAL, HOSPITAL, RX)
            ],
            "book.contract_plan_attribute": [
                {
                    "contract_plan_attribute_id": "X",
                    "contract_plan_id": MEDICAL,
                    "attribute_name": "Copay",
                    "value": "10",
                }
            ],
        },
    )
    with book.write() as opened:
        opened.connection.execute("UPDATE book.contract SET enrollment_start_date = DATE '2026-04-01'").fetchall()
    with book.read() as opened:
        yield opened


def told(tx: Transaction, *members: str, scope: Scope = EVERYTHING, **wanted: Any) -> dict[str, Any]:
    return enrollments(tx, members, Wanted(**wanted), scope=scope, today=NOW.date())


def policies(tx: Transaction, *members: str, **wanted: Any) -> list[str]:
    found = told(tx, *members, **wanted)
    return [one["Id"] for record in found["records"] for one in record["enrollments"]["records"]]


@pytest.mark.rule("EN-8")
@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2025, 12, 31), [("Pending", True, 0), ("Pending", True, 0), ("Canceled", False, 0)]),
        (date(2026, 1, 1), [("In Force", True, 2), ("Pending", True, 0), ("Canceled", False, 0)]),
        (date(2026, 4, 1), [("In Force", True, 2), ("In Force", True, 1), ("Canceled", False, 0)]),
        (date(2026, 9, 30), [("In Force", True, 2), ("In Force", True, 1), ("Canceled", False, 0)]),
        (date(2026, 10, 1), [("In Force", True, 2), ("Expired", False, 0), ("Canceled", False, 0)]),
        (date(2027, 1, 1), [("Expired", False, 0), ("Expired", False, 0), ("Canceled", False, 0)]),
    ],
)
def test_analysts_read_policies_as_of_a_day(tx: Transaction, day: date, told: list[Any]) -> None:
    columns = "status, is_active, n_covered FROM analytics.policies_on(?) ORDER BY policy_id"
    assert tx.connection.execute(f"SELECT {columns}", [day]).fetchall() == told
    today = "FROM analytics.policies_on(CAST(now() AT TIME ZONE 'UTC' AS DATE)) ORDER BY policy_id"
    # What is read without a day is of today, and its sums are those of the policies.
    assert (
        tx.connection.execute("FROM analytics.policy ORDER BY policy_id").fetchall()
        == tx.connection.execute(today).fetchall()
    )
    money = "sum(premium_full_term), sum(premium_term), sum(employer_term + employee_term) FROM analytics.policy"
    assert tx.connection.execute(f"SELECT {money}").fetchall() == [(2200, 2200, 2200)]  # 1,000.00 and twice 600.00


@pytest.mark.rule("EN-8")
@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2025, 12, 31), ["Pending", "Pending", "Canceled"]),
        (date(2026, 1, 1), ["In Force", "Pending", "Canceled"]),
        (date(2026, 4, 1), ["In Force", "In Force", "Canceled"]),
        (date(2026, 9, 30), ["In Force", "In Force", "Canceled"]),
        (date(2026, 10, 1), ["In Force", "Expired", "Canceled"]),
        (date(2027, 1, 1), ["Expired", "Expired", "Canceled"]),
    ],
)
def test_the_status_is_that_of_the_day_of_reading(tx: Transaction, today: date, status: list[str]) -> None:
    answer = enrollments(tx, [EMPLOYEE], Wanted(), scope=EVERYTHING, today=today, needs_day=False)
    (record,) = answer["records"]
    found = {one["Id"]: one["Status"] for one in record["enrollments"]["records"]}
    assert [found[key] for key in (POLICY, SPRING, GONE)] == status
    at = datetime.combine(today, time(12))
    read = [reading.read(tx, "InsurancePolicy", key, scope=EVERYTHING, now=at) for key in (POLICY, SPRING, GONE)]
    assert [one["Status"] for one in read] == status
    assert [one["IsActive"] for one in read] == [each in ("In Force", "Pending") for each in status]


@pytest.mark.rule("EN-25")
@pytest.mark.parametrize(
    ("day", "exact", "as_of"),
    [
        ("2026-01-01", [POLICY], [POLICY]),
        ("2026-01-02", [], [POLICY]),
        ("2026-03-31", [], [POLICY]),
        ("2026-04-01", [SPRING], [POLICY, SPRING]),
        ("2026-09-30", [], [POLICY, SPRING]),
        ("2026-10-01", [], [POLICY]),
        ("2026-12-31", [], [POLICY]),
        ("2027-01-01", [], []),
    ],
)
def test_policies_begin_on_the_day_or_cover_it(tx: Transaction, day: str, exact: list[str], as_of: list[str]) -> None:
    assert policies(tx, EMPLOYEE, effective_date=day) == exact
    assert policies(tx, EMPLOYEE, effective_date=day, as_of=True) == as_of


@pytest.mark.rule("EN-25")
def test_the_enrollment_start_of_a_contract_stands_in_for_the_date_which_wins(tx: Transaction) -> None:
    assert policies(tx, EMPLOYEE, contract_id="K") == [SPRING]
    assert policies(tx, EMPLOYEE, contract_id="K", effective_date="2026-01-01") == [POLICY]


@pytest.mark.rule("EN-26")
def test_participants_and_coverages_come_along(tx: Transaction) -> None:
    (record,) = told(tx, EMPLOYEE, effective_date="2026-01-01")["records"]
    (enrollment,) = record["enrollments"]["records"]
    assert [(one["Id"], one["relationshipType"]) for one in enrollment["dependents"]["records"]] == [(SPOUSE, "Spouse")]
    assert [(one["planId"], one["isOptional"], one["Price"]) for one in enrollment["childProducts"]["records"]] == [
        (HOSPITAL, False, 900.0),
        (RX, True, 100.0),
    ]
    (bare,) = told(tx, EMPLOYEE, effective_date="2026-01-01", omits_coverages=True)["records"]
    assert "childProducts" not in bare["enrollments"]["records"][0]
    assert bare["enrollments"]["records"][0]["dependents"]["totalSize"] == 1


@pytest.mark.rule("EN-27")
def test_the_answer_has_sizes_and_records_on_every_level(tx: Transaction) -> None:
    found = told(tx, EMPLOYEE, effective_date="2026-01-01")
    assert found["totalSize"] == 1
    (record,) = found["records"]
    assert {name: record[name] for name in ("Id", "LastName", "contactId")} == {
        "Id": EMPLOYEE, "LastName": "", "contactId": None,
    }  # fmt: skip
    (enrollment,) = record["enrollments"]["records"]
    assert record["enrollments"]["totalSize"] == 1
    expected = {
        "Id": POLICY, "policyNumber": "G-000001", "productId": f"product of {MEDICAL}",
        "productName": f"{MEDICAL} product",
        "ProductCode": MEDICAL, "accountId": "A", "EffectiveStart": "2026-01-01", "EffectiveEnd": "2026-12-31",
        "Price": 1000.0, "planId": MEDICAL, "contractId": "K", "Term": "Annual", "attributeCategories": [],
        "attributeSelectedValues": [{"attributeName": "Copay", "value": "10"}],
    }  # fmt: skip
    assert {name: enrollment[name] for name in expected} == expected
    child = enrollment["childProducts"]["records"][0]
    assert {name: child[name] for name in ("Id", "productId", "productName", "ProductCode", "isSelected")} == {
        "Id": OF_HOSPITAL, "productId": f"product of {HOSPITAL}", "productName": f"{HOSPITAL} product",
        "ProductCode": HOSPITAL, "isSelected": True,
    }  # fmt: skip
    assert set(enrollment["dependents"]["records"][0]) >= {
        "Id", "FirstName", "LastName", "relationshipType", "partyId", "contactId",
    }  # fmt: skip


def test_optional_coverages_that_nobody_chose_come_on_wish(tx: Transaction) -> None:
    (record,) = told(tx, EMPLOYEE, effective_date="2026-04-01", with_optional=True)["records"]
    (enrollment,) = record["enrollments"]["records"]
    assert [(one["planId"], one["isSelected"]) for one in enrollment["childProducts"]["records"]] == [
        (HOSPITAL, True),
        (RX, False),
    ]
    assert enrollment["dependents"] == {"totalSize": 0, "records": []}


@pytest.mark.rule("EN-28")
def test_no_enrollment_is_an_empty_list(tx: Transaction) -> None:
    for member in (CHILD, STRANGER):
        assert told(tx, member, effective_date="2026-01-01") == {"totalSize": 0, "records": []}


def test_a_person_account_finds_the_policies_of_another_census(tmp_path: Path) -> None:
    """As EN-25 has it: by name insured, or by contact within the account."""
    book = a_book(tmp_path, records(name_insured_id="P1"))
    with book.write() as opened:
        opened.connection.execute(
            f"UPDATE book.census_member SET person_account_id = 'P1' WHERE group_census_member_id = '{STRANGER}'"
        ).fetchall()
        assert policies(opened, STRANGER, effective_date="2026-01-01") == [POLICY]
        opened.connection.execute(
            f"""UPDATE book.census_member SET person_account_id = NULL, contact_id = 'C1'
            WHERE group_census_member_id = '{STRANGER}'"""
        ).fetchall()
        assert policies(opened, STRANGER, effective_date="2026-01-01") == []
        opened.connection.execute(
            f"UPDATE book.policy_participant SET primary_contact_id = 'C1' WHERE participant_id = '{HOLDER}'"
        ).fetchall()
        assert policies(opened, STRANGER, effective_date="2026-01-01") == [POLICY]
        assert policies(opened, STRANGER, effective_date="2026-01-01", account_id="A") == [POLICY]


@pytest.mark.parametrize(
    ("members", "wanted", "said"),
    [
        ((), {"effective_date": "2026-01-01"}, "input for censusMemberIds"),
        (("nobody",), {"effective_date": "2026-01-01"}, "valid input for censusMemberIds"),
        ((EMPLOYEE,), {}, "input for effectiveDate"),
        ((EMPLOYEE,), {"effective_date": "1 May"}, "yyyy-MM-dd"),
        ((EMPLOYEE,), {"contract_id": "nothing"}, "valid input for contractId"),
        ((EMPLOYEE,), {"effective_date": "2026-01-01", "account_id": "nothing"}, "valid input for groupAccountId"),
    ],
)
def test_what_cannot_be_answered_is_refused(tx: Transaction, members: Any, wanted: Any, said: str) -> None:
    with pytest.raises(Refused, match=said):
        told(tx, *members, **wanted)


def test_members_of_another_account_are_unknown(tx: Transaction) -> None:
    with pytest.raises(Refused, match="censusMemberIds"):
        told(tx, EMPLOYEE, scope=Scope(account_ids=("B",)), effective_date="2026-01-01")
