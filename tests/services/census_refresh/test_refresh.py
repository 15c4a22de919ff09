"""A census brought in line with the policies of a contract (BC-68, BC-69)."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services import documents, jobs
from services.book import Book
from services.census_refresh.request import Filter, RefreshAsk, ask
from services.insurance_errors import Refused
from services.job_runs import run_pending
from services.scope import EVERYTHING, Scope
from tests.services.member_rating.desk import DENTAL, EMPLOYEE, HOSPITAL, MEDICAL, RX, SPOUSE, STRANGER
from tests.services.policies.desk import HOLDER, LATER, OF_HOSPITAL, POLICY, a_book, records, rows

AUTUMN = datetime.fromisoformat(LATER)
ASKED = RefreshAsk("K", "C", "2026-01-01", "2026-01-31", "2026-03-31")
OTHER = "C2"


def a_world(path: Path, *parts: Any) -> Book:
    """The family with names, its policy, and a second census of the account that holds nobody."""
    book = a_book(path, *parts)
    with book.write() as tx:
        for sql in (
            """UPDATE book.census_member SET first_name = 'Ada', last_name = group_census_member_id, member_key = NULL,
                contact_id = CASE WHEN group_census_member_id = 'M1' THEN 'P1' END""",
            "UPDATE book.policy_participant SET primary_contact_id = 'P1' WHERE participant_id = 'T1'",
            "UPDATE book.policy_participant SET primary_contact_id = 'P2' WHERE participant_id = 'T2'",
            """INSERT INTO book.contact BY NAME SELECT unnest(['P1', 'P2']) AS contact_id, 'Ada' AS first_name,
                'M' AS last_name, 'Ada M' AS name, TIMESTAMP '2026-01-01' AS created_at,
                TIMESTAMP '2026-01-01' AS modified_at""",
            f"""INSERT INTO book.group_census BY NAME SELECT * REPLACE ('{OTHER}' AS group_census_id)
                FROM book.group_census""",
        ):
            tx.connection.execute(sql).fetchall()
    return book


def asked(book: Book, how: RefreshAsk = ASKED, scope: Scope = EVERYTHING) -> str:
    with book.write() as tx:
        return ask(tx, how, scope=scope, now=AUTUMN)


def refreshed(book: Book, how: RefreshAsk = ASKED) -> dict[str, Any]:
    request_id = asked(book, how)
    run_pending(book, lambda: AUTUMN)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING)


def selections(book: Book, census: str = "C") -> list[tuple[Any, ...]]:
    return rows(
        book,
        "SELECT m.last_name, s.contract_plan_id, s.enrollment_status FROM book.member_plan AS s"
        " JOIN book.census_member AS m USING (group_census_member_id)"
        f" WHERE s.group_census_id = '{census}' ORDER BY ALL",
    )


@pytest.mark.rule("BC-69")
def test_members_that_stand_on_the_census_learn_what_their_policies_know(tmp_path: Path) -> None:
    book = a_world(tmp_path, records(effective_date=date(2026, 1, 15)))
    told = refreshed(book)
    assert (told["type"], told["status"]) == ("CensusRefresh", "Completed")
    assert told["result"] == {
        "groupCensusId": "C", "membersAdded": 0, "membersUpdated": 2, "membersFailed": 0, "plansAdded": 0,
        "plansCompleted": 0, "plansRemoved": 0, "documentId": None,
    }  # fmt: skip
    assert rows(
        book,
        "SELECT group_census_member_id, policy_start_date, contact_id FROM book.census_member"
        " WHERE policy_start_date IS NOT NULL ORDER BY 1",
    ) == [(EMPLOYEE, date(2026, 1, 15), "P1"), (SPOUSE, date(2026, 1, 15), "P2")]
    assert ("M1", MEDICAL, "") in selections(book)  # plans are left alone unless they are asked for
    assert rows(book, "SELECT title, body FROM book.notification") == [
        ("Census refreshed", "0 added, 2 updated, 0 failed.")
    ]


@pytest.mark.rule("BC-69")
def test_plans_are_completed_added_and_taken_away_on_wish(tmp_path: Path) -> None:
    book = a_world(tmp_path, records())
    with book.write() as tx:
        # The employee once had dental, which a policy no longer stands behind; medical was never marked.
        tx.connection.execute("UPDATE book.member_plan SET enrollment_status = 'To Be Started'").fetchall()
        tx.connection.execute(
            f"UPDATE book.member_plan SET enrollment_status = 'Completed' WHERE contract_plan_id = '{DENTAL}'"
        ).fetchall()
    told = refreshed(book, replace(ASKED, with_plans=True))
    # Dental is of another root plan than the policies meant: it stays as it is.
    assert {(one[0], one[1]) for one in selections(book) if one[2] == "Completed"} == {
        ("M1", HOSPITAL), ("M1", MEDICAL), ("M1", RX), ("M1", DENTAL), ("M2", HOSPITAL), ("M2", MEDICAL),
    }  # fmt: skip
    assert (told["result"]["plansAdded"], told["result"]["plansCompleted"], told["result"]["plansRemoved"]) == (2, 3, 0)
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE book.insurance_policy SET status = 'Canceled', cancellation_date = DATE '2026-03-01',"
            " expiration_date = DATE '2026-02-28'"
        ).fetchall()
        tx.connection.execute("UPDATE book.policy_participant SET expiration_date = DATE '2026-02-28'").fetchall()
    told = refreshed(book, replace(ASKED, start_date="2026-03-01", end_date="2026-03-31", with_plans=True))
    assert {(one[0], one[1]) for one in selections(book)} == {("M1", DENTAL)}
    assert told["result"]["plansRemoved"] == 5


@pytest.mark.rule("BC-69")
def test_a_census_without_them_gets_the_people_of_the_policies_as_a_family(tmp_path: Path) -> None:
    book = a_world(tmp_path, records())
    how = replace(
        ASKED,
        census_id=OTHER,
        with_plans=True,
        makes_csv=True,
        additional_fields=[{"key": "PrimaryMemberCategory", "value": "Enrolled"}],
    )
    told = refreshed(book, how)
    assert (told["status"], told["result"]["membersAdded"], told["result"]["plansAdded"]) == ("Completed", 2, 5)
    found = rows(
        book,
        "SELECT last_name, relationship, primary_member_id IS NULL, primary_member_category, contact_id"
        f" FROM book.census_member WHERE group_census_id = '{OTHER}' ORDER BY 1",
    )
    assert found == [("M1", "Self", True, "Enrolled", "P1"), ("M2", "Spouse", False, "Enrolled", "P2")]
    assert {one[1] for one in selections(book, OTHER)} == {MEDICAL, HOSPITAL, RX}
    with book.read() as tx:
        file = documents.read(tx, told["result"]["documentId"], scope=EVERYTHING)
    lines = file.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "GroupCensusMemberId,EnrolledMemberId,Status,Message"
    assert [line.split(",")[1:] for line in lines[1:]] == [
        [EMPLOYEE, "Success", "Added."],
        [SPOUSE, "Success", "Added."],
    ]
    again = refreshed(book, how)
    assert (again["result"]["membersAdded"], again["result"]["membersUpdated"], again["result"]["plansAdded"]) == (
        0,
        2,
        0,
    )


def enrolled_twice(path: Path) -> Book:
    """The family's medical policy, and a dental one of the same two people, enrolled from the other census."""
    dental = records("0YT000000000000002", tail="b", contract_plan_id=DENTAL, plan_type="Dental")
    book = a_world(path, records(), dental)
    with book.write() as tx:
        for sql in (
            f"""INSERT INTO book.census_member BY NAME SELECT * REPLACE (
                group_census_member_id || 'b' AS group_census_member_id, family_id || 'b' AS family_id,
                primary_member_id || 'b' AS primary_member_id, '{OTHER}' AS group_census_id) FROM book.census_member
                WHERE group_census_member_id IN ('{EMPLOYEE}', '{SPOUSE}')""",
            f"UPDATE book.census_member SET contact_id = 'P2' WHERE group_census_member_id LIKE '{SPOUSE}%'",
            """UPDATE book.policy_participant SET group_census_member_id = group_census_member_id || 'b',
                primary_contact_id = CASE participant_id WHEN 'T1b' THEN 'P1' ELSE 'P2' END
                WHERE participant_id LIKE 'T_b'""",
            f"""UPDATE book.insurance_policy SET group_census_member_id = '{EMPLOYEE}b', group_census_id = '{OTHER}'
                WHERE contract_plan_id = '{DENTAL}'""",
            """INSERT INTO book.group_census BY NAME SELECT * REPLACE ('C3' AS group_census_id)
                FROM book.group_census LIMIT 1""",
        ):
            tx.connection.execute(sql).fetchall()
    return book


@pytest.mark.rule("BC-69")
@pytest.mark.parametrize(("census", "added", "updated"), [("C", 0, 2), (OTHER, 0, 2), ("C3", 2, 0)])
def test_who_was_enrolled_from_two_censuses_is_one_member_with_what_both_say(
    census: str, added: int, updated: int, tmp_path: Path
) -> None:
    book = enrolled_twice(tmp_path)
    how = replace(ASKED, census_id=census, with_plans=True)
    told = refreshed(book, how)
    assert (told["status"], told["result"]["membersAdded"], told["result"]["membersUpdated"]) == (
        "Completed", added, updated,
    )  # fmt: skip
    held = {(who, key) for who, key, _ in selections(book, census)}
    assert {("M1", MEDICAL), ("M1", DENTAL), ("M2", MEDICAL), ("M2", DENTAL)} <= held
    families = f"SELECT count(*), count(DISTINCT family_id) FROM book.census_member WHERE group_census_id = '{census}'"
    before = {"C": (4, 2), OTHER: (2, 1), "C3": (2, 1)}
    assert rows(book, families) == [before[census]]
    again = refreshed(book, how)["result"]
    assert (again["membersAdded"], again["membersUpdated"], again["plansAdded"], again["plansRemoved"]) == (0, 2, 0, 0)


@pytest.mark.rule("BC-69")
def test_a_person_who_is_an_employee_and_a_spouse_stays_both(tmp_path: Path) -> None:
    book = enrolled_twice(tmp_path)
    with book.write() as tx:
        # The dental policy is the other's: its holder is the spouse of the medical one, who is a dependent there.
        tx.connection.execute(
            "UPDATE book.policy_participant"
            " SET primary_contact_id = CASE participant_id WHEN 'T1b' THEN 'P2' ELSE 'P1' END"
            " WHERE participant_id LIKE 'T_b'"
        ).fetchall()
        tx.connection.execute(
            "UPDATE book.census_member SET contact_id = NULL,"
            " last_name = CASE group_census_member_id WHEN 'M1b' THEN 'M2' WHEN 'M2b' THEN 'M1' ELSE last_name END"
        ).fetchall()
    told = refreshed(book, replace(ASKED, census_id="C3", with_plans=True))
    assert (told["status"], told["result"]["membersAdded"]) == ("Completed", 4)
    parts = (
        "SELECT contact_id, primary_member_id IS NULL FROM book.census_member WHERE group_census_id = 'C3' ORDER BY ALL"
    )
    assert rows(book, parts) == [("P1", False), ("P1", True), ("P2", False), ("P2", True)]


@pytest.mark.rule("BC-69")
@pytest.mark.parametrize(("last", "holds"), [("2026-03-30", False), ("2026-03-31", True)])
def test_who_left_one_of_two_policies_before_the_day_holds_its_plan_no_more(
    tmp_path: Path, last: str, holds: bool
) -> None:
    second = "0YT000000000000002"
    dental = {"contract_plan_id": DENTAL, "plan_type": "Dental"}
    book = a_world(tmp_path, records(), records(second, [(HOLDER, OF_HOSPITAL, 100, 0)], "b", **dental))
    with book.write() as tx:
        left = tx.connection.execute(
            f"UPDATE book.policy_participant SET primary_contact_id = 'P1', expiration_date = DATE '{last}'"
            f" WHERE policy_id = '{second}'"
        ).fetchall()
        assert left == [(1,)]
        tx.connection.execute("DELETE FROM book.member_plan").fetchall()
    refreshed(book, replace(ASKED, with_plans=True))
    assert ((EMPLOYEE, DENTAL) in {one[:2] for one in selections(book)}) == holds
    assert (EMPLOYEE, MEDICAL) in {one[:2] for one in selections(book)}


@pytest.mark.rule("BC-69")
@pytest.mark.parametrize(
    ("window", "day", "n"),
    [
        (("2026-01-01", "2026-01-01"), "2026-01-01", 2),
        (("2026-01-02", "2026-01-14"), "2026-01-01", 0),
        (("2026-01-15", "2026-01-15"), "2026-01-01", 2),  # the day the policy was made
        (("2026-01-01", "2026-01-01"), "2025-12-31", 0),
        (("2026-01-01", "2026-01-01"), "2026-12-31", 2),
        (("2026-01-01", "2026-01-01"), "2027-01-01", 0),
    ],
)
def test_the_window_and_the_policy_date_choose_the_policies(
    tmp_path: Path, window: tuple[str, str], day: str, n: int
) -> None:
    book = a_world(tmp_path, records())
    how = replace(ASKED, start_date=window[0], end_date=window[1], policy_date=day, with_plans=True)
    told = refreshed(book, how)
    assert told["result"]["membersUpdated"] == n
    assert (told["result"]["plansAdded"] > 0) == (n > 0)


@pytest.mark.parametrize(
    ("named", "n"),
    [
        (Filter(plan_ids=[MEDICAL]), 2),
        (Filter(plan_ids=[DENTAL]), 0),
        (Filter(object_name="InsurancePolicy", record_ids=[POLICY]), 2),
        (Filter(object_name="GroupCensusMember", record_ids=[SPOUSE]), 2),
        (Filter(object_name="GroupCensusMember", record_ids=[STRANGER]), 0),
        (Filter(object_name="Contact", record_ids=["P2"]), 2),
    ],
)
def test_a_filter_chooses_policies_by_plan_and_by_record(tmp_path: Path, named: Filter, n: int) -> None:
    book = a_world(tmp_path, records())
    assert refreshed(book, replace(ASKED, filter=named))["result"]["membersUpdated"] == n


def test_a_member_that_cannot_be_saved_fails_alone_and_the_run_can_be_retried(tmp_path: Path) -> None:
    book = a_world(tmp_path, records())
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE book.policy_participant SET primary_contact_id = 'P9' WHERE participant_id = 'T2'"
        ).fetchall()
    told = refreshed(book)
    assert (told["status"], told["result"]["membersUpdated"], told["result"]["membersFailed"]) == (
        "Completed With Errors", 1, 1,
    )  # fmt: skip
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE book.policy_participant SET primary_contact_id = 'P2' WHERE participant_id = 'T2'"
        ).fetchall()
    again = refreshed(book, replace(ASKED, retry_of=told["requestId"]))
    assert (again["status"], again["result"]["membersUpdated"]) == ("Completed", 2)
    of_other = replace(ASKED, census_id=OTHER, retry_of=told["requestId"])
    for how in (replace(ASKED, retry_of=again["requestId"]), of_other, replace(ASKED, retry_of="08P000000000000099")):
        with pytest.raises(Refused, match="valid input for requestId"):
            asked(book, how)


@pytest.mark.rule("BC-81")
def test_a_member_who_is_on_no_census_any_more_fails(tmp_path: Path) -> None:
    book = a_world(tmp_path, records(lines=[(HOLDER, OF_HOSPITAL, 90_000, 0)]))
    with book.write() as tx:
        tx.connection.execute("UPDATE book.policy_participant SET group_census_member_id = 'M77'").fetchall()
        tx.connection.execute("UPDATE book.insurance_policy SET group_census_member_id = 'M77'").fetchall()
    told = refreshed(book)
    # All of them failed, one by one: the job itself could be scheduled and ran (BC-81).
    assert (told["status"], told["result"]["membersFailed"]) == ("Completed With Errors", 1)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return a_world(tmp_path_factory.mktemp("refused"), records())


@pytest.mark.rule("BC-68", "SF-0001-0002")
def test_the_window_does_not_end_before_it_starts(still: Book) -> None:
    with pytest.raises(Refused) as refused:
        asked(still, replace(ASKED, start_date="2026-02-01"))
    assert [(error.code, error.message) for error in refused.value.errors] == [
        ("SF-0001-0002", "The endDate must be after the startDate.")
    ]
    asked(still, replace(ASKED, start_date="2026-01-31"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contract_id": None}, "input for contractId"),
        ({"contract_id": "K9"}, "valid input for contractId"),
        ({"census_id": None}, "input for groupCensusId"),
        ({"census_id": "C9"}, "valid input for groupCensusId"),
        ({"start_date": None}, "input for startDate"),
        ({"end_date": None}, "input for endDate"),
        ({"policy_date": None}, "input for policyEffectiveDate"),
        ({"policy_date": "soon"}, "yyyy-MM-dd"),
        ({"filter": Filter(plan_ids=[HOSPITAL])}, "valid input for contractGroupPlanIds"),
        ({"filter": Filter(object_name="Lead", record_ids=["x"])}, "valid input for objectName"),
        ({"filter": Filter(record_ids=["x"])}, "input for objectName"),
        ({"filter": Filter(object_name="Contact")}, "input for recordIds"),
        ({"filter": Filter(object_name="Contact", record_ids=["x"])}, "valid input for recordIds"),
        ({"additional_fields": [{"key": "ShoeSize", "value": 1}]}, "There is no field ShoeSize"),
        ({"additional_fields": [{"key": "Birthdate", "value": "soon"}]}, "irthdate|birth_date"),
        ({"additional_fields": [{"key": "Id", "value": "x"}]}, "valid input for Id"),
        ({"additional_fields": [{"value": "x"}]}, "input for key"),
    ],
)
def test_what_cannot_be_done_is_refused_before_it_begins(still: Book, change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        asked(still, replace(ASKED, **change))


def test_a_contract_of_another_account_is_unknown(still: Book) -> None:
    with pytest.raises(Refused, match="contractId"):
        asked(still, scope=Scope(account_ids=("B",)))
