"""The enrollment of a census as a job: plans, failures, the CSV, going on after a crash (EN-20 to EN-24)."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
import pytest

from services import job_runs
from services.book import Book, Transaction
from services.enrollment import group, report
from services.enrollment.enroll import enroll
from services.enrollment.manner import Manner, plan_of
from services.enrollment.request import GroupAsk, ask
from services.insurance_errors import Refused
from services.people.enrolling import default_wish
from services.scope import EVERYTHING, Scope
from services.settings import set_to
from tests.services.enrollment.desk import (
    CENSUS,
    CONTRACT,
    DENTAL,
    EMPLOYEE,
    MEDICAL,
    OWEN,
    RX,
    TODAY,
    a_book,
    asked,
    change,
    chosen,
    counts,
    found,
    person,
    rows,
    statuses,
    worked,
)  # fmt: skip
from tests.services.selections.desk import counted
from tests.services.test_gather import Rows


def census(**employee: Any) -> Rows:
    """The family in Medical and Dental, and Owen in Medical."""
    made = rows(**employee)
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    return made


def crowd(n: int) -> Rows:
    """Owen, and `n` primaries more in Medical, each with a spouse."""
    made = census()
    for number in range(n):
        key = f"N{number:04d}"
        named = {"first_name": f"F{number}", "last_name": f"L{number}", "name": f"F{number} L{number}"}
        made["book.census_member"] += [person(key, **named), person(f"{key}S", key, "Spouse", **named)]
        made["book.member_plan"] += [chosen(key, MEDICAL), chosen(key, RX), chosen(f"{key}S", MEDICAL)]
    return made


@pytest.mark.rule("EN-22", "EN-24")
def test_a_census_is_enrolled_plan_by_plan_and_its_caller_is_told(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    request_id = asked(book, name="Open enrollment")
    done = worked(book, request_id)
    assert (done["type"], done["name"], done["status"], done["successfulJobCount"]) == (
        "GroupEnrollment", "Open enrollment", "Completed", 2,
    )  # fmt: skip
    assert [(item["planName"], item["status"]) for item in done["requestItems"]] == [
        ("Medical Platinum", "Completed"), (DENTAL, "Completed"),
    ]  # fmt: skip
    assert done["result"] == {
        "groupCensusId": CENSUS, "familiesRead": 3, "familiesFailed": 0, "policiesMade": 3, "errorDocumentId": None,
    }  # fmt: skip
    query = "SELECT group_census_member_id, contract_plan_id, async_request_id FROM book.insurance_policy ORDER BY ALL"
    assert found(book, query) == [
        (EMPLOYEE, MEDICAL, request_id), (EMPLOYEE, DENTAL, request_id), (OWEN, MEDICAL, request_id),
    ]  # fmt: skip
    assert found(book, "SELECT title, body, async_request_id, reference_record_id FROM book.notification") == [
        ("Group enrollment has ended", "3 policies were made; 0 of 3 families were not enrolled.", request_id, CENSUS)
    ]


@pytest.mark.rule("EN-20", "EN-21", "EN-24")
def test_a_family_that_fails_is_told_in_a_csv_at_the_census_and_the_others_go_on(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    change(book, "UPDATE book.account SET name = 'Acme/Ohio'")
    request_id = asked(book)
    done = worked(book, request_id)
    assert (done["status"], done["successfulJobCount"], done["erroredJobCount"]) == ("Completed With Errors", 1, 1)
    assert (done["result"]["familiesFailed"], done["result"]["policiesMade"]) == (1, 2)
    assert statuses(book)[EMPLOYEE, MEDICAL] == "Failed"
    ((title, linked, data),) = found(
        book,
        f"""SELECT d.title, d.linked_entity_id, v.version_data FROM book.content_document AS d
        JOIN book.content_version AS v USING (content_document_id)
        WHERE d.content_document_id = '{done["result"]["errorDocumentId"]}'""",
    )
    assert (title, linked) == (f"AcmeOhio_{request_id}_2026-01-15T12-00-00.csv", CENSUS)
    assert bytes(data).decode("utf-8-sig").splitlines() == [
        "GroupCensusMemberId,Name,SourceSystemIdentifier,Plan,Code,Reason",
        (
            f"{EMPLOYEE},First0 Last0,HR-0,Medical Platinum,GB-ENR-007,"
            "Couldn't rate this family. No rate found for the member's attributes."
        ),
    ]
    assert found(book, "SELECT reference_record_id, status, description FROM book.async_detail ORDER BY 1, 2, 3") == [
        (EMPLOYEE, "Failed", "Couldn't rate this family."),
        (EMPLOYEE, "Success", "Enrolled: policy G-20417-000002."),
        (OWEN, "Success", "Enrolled: policy G-20417-000001."),
    ]


@pytest.mark.rule("EN-11", "EN-23")
def test_run_again_only_what_is_not_completed_is_enrolled(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    worked(book, asked(book))
    change(book, "UPDATE ref.rate_cell SET keys = ['Spouse'] WHERE rate = 6120")
    done = worked(book, asked(book))
    assert (done["status"], done["result"]["familiesRead"], done["result"]["policiesMade"]) == ("Completed", 1, 1)
    nothing_left = worked(book, asked(book))
    assert (nothing_left["status"], nothing_left["jobCount"], nothing_left["result"]["familiesRead"]) == (
        "Completed",
        1,
        0,
    )
    assert counts(book)[0] == 3


@pytest.mark.rule("EN-16")
def test_who_opted_out_is_passed_over_with_the_dependents(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    change(
        book, f"UPDATE book.census_member SET is_opt_out_all_plans = true WHERE group_census_member_id = '{EMPLOYEE}'"
    )
    done = worked(book, asked(book))
    assert (done["status"], done["result"]["familiesFailed"], done["result"]["policiesMade"]) == ("Completed", 0, 1)
    query = f"SELECT DISTINCT status, description FROM book.async_detail WHERE reference_record_id = '{EMPLOYEE}'"
    assert found(book, query) == [("Success", "Skipped: the member opted out of this plan's category.")]
    assert statuses(book)[EMPLOYEE, MEDICAL] == "To Be Started"


@pytest.mark.rule("EN-12", "GB-ENR-009")
def test_duplicates_are_summed_up_on_the_batch(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    worked(book, asked(book))
    change(book, "UPDATE book.member_plan SET enrollment_status = 'Failed'")
    done = worked(book, asked(book))
    # Failed would say that the job could not be scheduled; every family failed inside the flow (section 9, BC-81).
    assert (done["status"], done["erroredJobCount"], done["failedJobCount"]) == ("Completed With Errors", 2, 0)
    (told,) = found(
        book,
        f"""SELECT json_extract_string(additional_information, '$.message') FROM book.async_item
        WHERE async_request_id = '{done["requestId"]}' AND plan_name = 'Medical Platinum'""",
    )
    assert told == (
        (
            "We couldn't create policy records for these members because the members are already enrolled: "
            "First0 Last0, First3 Last3."
        ),
    )


@pytest.mark.rule("EN-13")
def test_choices_of_another_contract_are_ignored(tmp_path: Path) -> None:
    made = census()
    made["book.contract"].append(made["book.contract"][0] | {"contract_id": "K2", "contract_number": "2"})
    made["book.contract_plan"].append(
        made["book.contract_plan"][0] | {"contract_plan_id": "P2", "root_plan_id": "P2", "contract_id": "K2"}
    )
    made["book.member_plan"].append(chosen(EMPLOYEE, "P2"))
    book = a_book(tmp_path, made)
    assert worked(book, asked(book))["jobCount"] == 2
    assert statuses(book)[EMPLOYEE, "P2"] == "To Be Started"


@pytest.mark.rule("EN-13")
@pytest.mark.parametrize(("last", "n"), [("NULL", 3), ("DATE '2026-12-31'", 3), ("DATE '2026-12-30'", 0)])
def test_a_census_of_no_contract_is_enrolled_under_those_within_its_dates(last: str, n: int, tmp_path: Path) -> None:
    made = census()
    # chosen as well, of a contract of another group
    made["book.contract"].append(
        made["book.contract"][0] | {"contract_id": "K2", "contract_number": "2", "account_id": "B"}
    )
    made["book.contract_plan"].append(
        made["book.contract_plan"][0] | {"contract_plan_id": "P2", "root_plan_id": "P2", "contract_id": "K2"}
    )
    made["book.member_plan"].append(chosen(EMPLOYEE, "P2"))
    book = a_book(tmp_path, made)
    change(book, f"UPDATE book.group_census SET contract_id = NULL, expiration_date = {last}")
    done = worked(book, asked(book))
    assert (done["status"], done["result"]["familiesFailed"], done["result"]["policiesMade"]) == ("Completed", 0, n)
    assert statuses(book)[EMPLOYEE, "P2"] == "To Be Started"


@pytest.mark.rule("EN-13")
@pytest.mark.parametrize(("first", "n"), [("2026-01-01", 3), ("2026-01-02", 0)])
def test_a_contract_that_begins_before_the_census_does_is_not_enrolled_under(
    first: str, n: int, tmp_path: Path
) -> None:
    book = a_book(tmp_path, census())
    change(book, f"UPDATE book.group_census SET contract_id = NULL, effective_date = DATE '{first}'")
    result = worked(book, asked(book))["result"]
    assert (result["familiesFailed"], result["policiesMade"]) == (0, n)


@pytest.mark.rule("EN-13")
def test_a_census_that_a_contract_names_as_its_own_is_enrolled_under_that_one_alone(tmp_path: Path) -> None:
    made = census()
    made["book.contract"].append(made["book.contract"][0] | {"contract_id": "K2", "contract_number": "2"})
    made["book.contract_plan"].append(
        made["book.contract_plan"][0] | {"contract_plan_id": "P2", "root_plan_id": "P2", "contract_id": "K2"}
    )
    made["book.member_plan"].append(chosen(EMPLOYEE, "P2"))
    book = a_book(tmp_path, made)
    change(book, "UPDATE book.group_census SET contract_id = NULL")
    change(book, f"UPDATE book.contract SET enrollment_census_id = '{CENSUS}' WHERE contract_id = '{CONTRACT}'")
    result = worked(book, asked(book))["result"]
    assert (result["familiesFailed"], result["policiesMade"]) == (0, 3)  # the employee's two plans and Owen's one
    assert statuses(book)[EMPLOYEE, "P2"] == "To Be Started"


@pytest.mark.rule("GB-ENR-010")
def test_what_is_wrong_before_the_work_is_refused_and_nothing_is_scheduled(tmp_path: Path) -> None:
    book = a_book(tmp_path, census())
    with book.write() as tx:
        for wanted, scope, code in (
            (GroupAsk(CENSUS, flow_name="Acme"), EVERYTHING, "GB-ENR-010"),
            (GroupAsk(CENSUS, contract_id="none"), EVERYTHING, "SF-0001-0005"),
            (GroupAsk(CENSUS), Scope(("other",)), "SF-0001-0005"),
            (GroupAsk(CENSUS, user_details={"profile_id": "none"}), EVERYTHING, "SF-0001-0005"),
        ):
            with pytest.raises(Refused) as refused:
                ask(tx, wanted, scope=scope, now=TODAY)
            assert refused.value.code == code
    assert found(book, "SELECT count(*) FROM book.async_request") == [(0,)]


@pytest.mark.rule("EN-22")
@pytest.mark.parametrize(
    ("name", "most", "is_fine"),
    [
        ("enrollment_most_members", "2", True),
        ("enrollment_most_members", "1", False),
        ("enrollment_most_plans", "2", True),
        ("enrollment_most_plans", "1", False),
        ("enrollment_most_plans", "forever", True),
    ],
)
def test_members_and_plans_of_one_call_are_limited_by_settings(
    name: str, most: str, is_fine: bool, tmp_path: Path
) -> None:
    book = a_book(tmp_path, census())
    with book.write() as tx:
        set_to(tx, name, most, TODAY)
    if is_fine:
        assert asked(book)
        return
    with pytest.raises(Refused) as refused:
        asked(book)
    assert refused.value.code == "GB-ENR-013"


@pytest.mark.rule("EN-21")
def test_a_family_that_breaks_the_work_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = a_book(tmp_path, crowd(2))
    real = group.enroll

    def breaks(tx: Any, plan: Any, families: pl.Series, *args: Any, **more: Any) -> pl.DataFrame:
        done = real(tx, plan, families, *args, **more)
        if "N0001" in families.to_list():
            raise RuntimeError
        return done

    monkeypatch.setattr(group, "enroll", breaks)
    done = worked(book, asked(book))
    assert (done["status"], done["result"]["familiesFailed"], done["result"]["policiesMade"]) == (
        "Completed With Errors",
        1,
        4,
    )
    assert (statuses(book)["N0001", MEDICAL], statuses(book)["N0001S", MEDICAL]) == ("Failed", "Failed")
    query = "SELECT count(*), count(DISTINCT (group_census_member_id, contract_plan_id)) FROM book.insurance_policy"
    assert found(book, query) == [(4, 4)]
    assert found(book, "SELECT description FROM book.async_detail WHERE status = 'Failed'") == [
        ("The family could not be enrolled: a defect of the program.",)
    ]


@pytest.mark.rule("EN-21", "EN-23")
@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_a_job_that_was_cut_off_goes_on_and_does_nothing_twice(
    dies_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies within the first plan, within the second, or before its end."""
    book = a_book(tmp_path, census())
    request_id = asked(book)
    n_calls = 0

    def dying(real: Any) -> Any:
        def dies_once(*args: Any, **more: Any) -> Any:
            nonlocal n_calls
            n_calls += 1
            done = real(*args, **more)
            if n_calls == dies_at:
                raise KeyboardInterrupt
            return done

        return dies_once

    monkeypatch.setattr(group, "enroll", dying(group.enroll))
    monkeypatch.setattr(report, "finish", dying(report.finish))
    with pytest.raises(KeyboardInterrupt):
        job_runs.run_pending(book, lambda: TODAY, request_id=request_id)
    assert counts(book)[0] == {1: 0, 2: 2, 3: 3}[dies_at]
    done = worked(book, request_id)
    assert (done["status"], done["result"]["policiesMade"], counts(book)) == ("Completed", 3, (3, 4, 5))
    assert found(book, "SELECT count(*) FROM book.notification") == [(1,)]


def calls_of(book: Book, n: int) -> tuple[int, int]:
    """Statements run and Python functions called to enroll `n` families and Owen."""
    n_calls = 0
    here = str(Path(group.__file__).parent.parent)

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal n_calls
        n_calls += event == "call" and frame.f_code.co_filename.startswith(here)

    with book.write() as tx:
        names = counted(tx)
        sys.setprofile(count)
        try:
            enrolled = many_in(tx, [OWEN, *(f"N{number:04d}" for number in range(n))])
        finally:
            sys.setprofile(None)
    assert enrolled.filter(pl.col("policy_id").is_not_null()).height == n + 1
    return len(names), n_calls


def many_in(tx: Transaction, members: list[str]) -> pl.DataFrame:
    """The core with persons."""
    plan = plan_of(tx, MEDICAL)
    assert plan is not None
    return enroll(tx, plan, pl.Series(members), Manner(persons=default_wish(tx)), scope=EVERYTHING, now=TODAY)


def test_neither_statements_nor_calls_depend_on_the_number_of_families(tmp_path: Path) -> None:
    few, more = (calls_of(a_book(tmp_path / str(n), crowd(n)), n) for n in (30, 300))
    assert few[0] == more[0]
    assert abs(few[1] - more[1]) < 30
