"""What is told of an upload: details, counts, and the error file that can be corrected and uploaded again."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from services import job_runs
from services.bulk import process
from tests.services.bulk.desk import NAMES_ONLY, Desk, lines
from tests.services.census_load.builder import CENSUS, NOW

FAULTY = """Notes,Given,Family,Born,Role,Class,Medical,Vision,Errors
a,Noor,Haddad,1984-02-11,Self,Salaried,Harbor PPO|Preventive,ClearSight,
b,Elias,Haddad,soon,Spouse,,Harbor PPO,,
c,Owen,Park,1990-01-20,Self,Nobody knows,,ClearSight,
d,Lea,Ruiz,1979-07-07,Self,Hourly,Unheard Of,,
"""
"""A dependent with a bad date, a primary of an unknown class, a plan that the contract does not have."""


@pytest.mark.rule("BC-10", "BC-11", "BC-9", "BC-20")
def test_the_error_file_holds_failed_rows_in_the_columns_of_the_file_with_errors_last(desk: Desk) -> None:
    done = desk.upload(FAULTY)
    heading, *told = desk.errors(done)
    assert heading == ["Notes", "Given", "Family", "Born", "Role", "Class", "Medical", "Vision", "Errors"]
    # Noor comes along, so that Elias finds his primary when the file is uploaded again.
    assert [(row[0], row[1]) for row in told] == [("a", "Noor"), ("b", "Elias"), ("c", "Owen"), ("d", "Lea")]
    assert told[1][-1].startswith("Born: ")
    assert "Class: Specify a valid input for groupClassName." in told[2][-1]
    assert desk.names() == ["Noor", "Lea"]


@pytest.mark.rule("BC-10")
def test_the_error_file_is_attached_to_the_census_and_named_after_account_request_and_time(desk: Desk) -> None:
    done = desk.upload(FAULTY)
    found = desk.world.sql(
        "SELECT title, linked_entity_id FROM book.content_document"
        f" WHERE content_document_id = '{done['errorDocumentId']}'"
    )
    ((title, linked),) = found
    assert linked == CENSUS
    assert re.fullmatch(rf"Acme_Ltd_{done['requestId']}_20261120T120000Z\.csv", title)


@pytest.mark.rule("BC-10", "BC-13", "BC-8")
def test_the_corrected_error_file_is_uploaded_as_it_is_and_mends_everything(desk: Desk) -> None:
    first = desk.upload(FAULTY)
    heading, *told = desk.errors(first)
    out = io.StringIO()
    mended = [
        [cell.replace("soon", "1983-06-02").replace("Nobody knows", "Hourly").replace("Unheard Of", "Harbor HMO")
         for cell in row] for row in told
    ]  # fmt: skip
    csv.writer(out).writerows([heading, *mended])
    second = desk.upload(out.getvalue())
    assert (second["status"], second["errorDocumentId"]) == ("Completed", None)
    # Elias and Owen are new; Lea and Noor stand as they were, Lea with a plan now.
    assert (second["rowsRead"], second["rowsCreated"], second["rowsUpdated"]) == (4, 2, 0)
    assert sorted(desk.names()) == ["Elias", "Lea", "Noor", "Owen"]
    assert desk.world.plans_of("Lea") == ["P002"]


@pytest.mark.rule("BC-82", "BC-57")
def test_every_row_has_a_detail_that_says_what_became_of_it(desk: Desk) -> None:
    done = desk.upload(FAULTY)
    details = desk.details(done["requestId"])
    assert [(d["name"], d["status"]) for d in details] == [
        ("Row 1", "Success"), ("Row 2", "Failed"), ("Row 3", "Failed"), ("Row 4", "Failed"),
    ]  # fmt: skip
    noor, elias, owen, lea = details
    # The keys of the conventions: md5("Self,Noor,Haddad,0rfGB000000C001AAA,") and of Elias as Spouse.
    assert noor["memberKey"] == "6b8c5895b5c2d00cad3c931dadceef72"
    assert elias["memberKey"] == "1b1ac9c0d54997f151c247d45a232455"
    assert (elias["rowNumber"], elias["code"], elias["field"]) == (2, "SF-0001-0003", "Birthdate")
    assert noor["reference_record_id"].startswith("0r6")
    assert (elias["reference_record_id"], owen["reference_record_id"]) == (CENSUS, CENSUS)
    assert lea["reference_record_id"].startswith("0r6")
    assert all(len(d["description"] or "") <= 255 for d in details)


@pytest.mark.rule("BC-82", "CV-23")
def test_a_detail_tells_a_published_code_and_never_that_of_a_rule_inside(desk: Desk) -> None:
    done = desk.upload("Given,Family,Role\n=1+1,Haddad,Self\nOwen,Park\nLea,Ruiz,Self\n", mapping=NAMES_ONLY)
    formula, ragged, lea = desk.details(done["requestId"])
    assert (formula["code"], formula["field"]) == ("SF-0001-0005", "FirstName")  # a value that is not taken
    assert (ragged["code"], ragged["field"]) == ("SF-0001-0007", None)  # a line of the wrong shape
    assert lea["status"] == "Success"


@pytest.mark.rule("BC-82")
def test_a_detail_keeps_the_identifier_of_the_source(desk: Desk) -> None:
    text = lines(
        ["Noor", "Haddad", "Self", "HR-1"], ["", "Park", "Self", "HR-2"], header=["Given", "Family", "Role", "Own"]
    )
    done = desk.upload(text, mapping={**NAMES_ONLY, "Own": "SourceSystemIdentifier"})
    assert [d["source_system_identifier"] for d in desk.details(done["requestId"])] == ["HR-1", "HR-2"]


@pytest.mark.rule("BC-82")
def test_a_detail_spells_a_key_of_the_file_as_json_beside_an_error_and_without(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Born", "Key"]
    rows = [
        ["Noor", "Haddad", "Self", "", 'N"1'],
        ["Lea", "Ruiz", "Self", "soon", "L\\2"],
        ["Owen", "Park", "Self", "", ""],
    ]
    done = desk.upload(lines(*rows, header=header), mapping={**NAMES_ONLY, "Born": "Birthdate", "Key": "MemberKey"})
    noor, lea, owen = desk.details(done["requestId"])
    assert (noor["status"], noor["memberKey"], noor["code"]) == ("Success", 'N"1', None)
    assert (lea["status"], lea["memberKey"], lea["rowNumber"]) == ("Failed", "L\\2", 2)
    assert lea["code"] and lea["message"] and lea["field"] == "Birthdate"
    assert len(owen["memberKey"]) == 32 and owen["message"] is None
    assert [d["async_detail_id"] for d in (noor, lea, owen)] == sorted(
        {d["async_detail_id"] for d in (noor, lea, owen)}
    )


@pytest.mark.rule("BC-10", "BC-83")
def test_an_upload_without_failed_rows_has_no_error_file(desk: Desk) -> None:
    done = desk.upload()
    assert (done["rowsRead"], done["rowsFailed"], done["errorDocumentId"]) == (3, 0, None)


@pytest.mark.rule("BC-80", "BC-81")
def test_the_jobs_of_a_request_add_up_and_its_status_says_whether_rows_failed(desk: Desk) -> None:
    done = desk.upload(FAULTY, batch_size=1)
    parts = ("pendingJobCount", "successfulJobCount", "failedJobCount", "cancelledJobCount", "erroredJobCount")
    assert done["jobCount"] == sum(done[part] for part in parts) == 3
    assert (done["successfulJobCount"], done["erroredJobCount"]) == (0, 3)
    assert done["status"] == "Completed With Errors"
    assert [item["status"] for item in done["requestItems"]] == ["Completed With Errors"] * 3
    assert done["rowsFailed"] == 3


@pytest.mark.rule("BC-9")
@pytest.mark.parametrize("bad", ["Person3", "Person0", "Person7"])
def test_a_batch_that_breaks_the_load_fails_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    real: Callable[..., Any] = process.load_censuses

    def breaking(tx: Any, landing: Any, **more: Any) -> Any:
        if bad in landing.persons["first_name"].to_list():
            raise RuntimeError("a defect")
        return real(tx, landing, **more)

    monkeypatch.setattr(process, "load_censuses", breaking)
    text = lines(*[[f"Person{n}", "Stone", "Self"] for n in range(8)], ["Person8", "Stone", "Child"])
    done = desk.upload(text, mapping=NAMES_ONLY, batch_size=1)
    left = [f"Person{n}" for n in range(9) if f"Person{n}" != bad and not (bad == "Person7" and n == 8)]
    assert desk.names() == left
    assert (done["status"], done["failedJobCount"], done["successfulJobCount"]) == ("Completed With Errors", 1, 7)
    lost = [d for d in desk.details(done["requestId"]) if d["status"] == "Failed"]
    assert {d["code"] for d in lost} == {"GB-BLK-004"}
    assert [row[0] for row in desk.errors(done)[1:]] == [bad, *(["Person8"] if bad == "Person7" else [])]
    monkeypatch.undo()
    heading, *told = desk.errors(done)
    again = desk.upload(lines(*[row[:-1] for row in told], header=heading[:-1]), mapping=NAMES_ONLY)
    assert (again["status"], len(desk.names())) == ("Completed", 9)


def test_an_upload_ends_when_its_rows_are_loaded_and_not_when_that_began(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = count()
    real, loading = process.load_censuses, []

    def loaded(*args: Any, **more: Any) -> Any:
        loading.append(NOW + timedelta(minutes=next(minutes)))
        return real(*args, **more)

    monkeypatch.setattr(process, "load_censuses", loaded)
    request_id = desk.ask()
    job_runs.run_pending(desk.world.book, lambda: NOW + timedelta(minutes=next(minutes)))
    (ended,) = desk.world.sql(
        f"SELECT started_at, ended_at FROM book.async_request WHERE async_request_id = '{request_id}'"
    )
    assert ended[0] < loading[0] < ended[1]
