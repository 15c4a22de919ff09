"""Forgetting a person: nowhere left but as an id beside amounts."""

import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from services import checks, documents, jobs
from services.book import Book
from services.forget import HOLDERS, Forgotten, forget
from services.forget_told import Sought, without
from services.rating_run import rate_cohort
from services.refusals import Conflict, NotFound
from services.rerate import rerate
from services.scope import EVERYTHING
from tests.services.rated_once import NOW, RUN, a_book, change, kept_frames, rows

FAMILY = """
SELECT family_id, list(group_census_member_id ORDER BY group_census_member_id)
FROM book.census_member GROUP BY family_id HAVING count(*) > 2 ORDER BY family_id LIMIT 1
"""
RESULTS = "SELECT * FROM out.{} ORDER BY ALL"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return a_book(tmp_path)


def a_family(book: Book) -> tuple[str, list[str]]:
    """A primary with at least two dependents: its id and the ids of all of them."""
    return rows(book, FAMILY)[0]


def forgotten(book: Book, member: str) -> Forgotten:
    with book.write() as tx:
        return forget(tx, member, NOW)


def traces(book: Book, ids: list[str]) -> list[str]:
    """Where in the kept inputs the persons still are."""
    return [
        f"{part}.{name}"
        for part, frames in kept_frames(book).items()
        for frame in frames
        for name in frame.columns
        if frame[name].dtype == pl.String and frame[name].is_in(ids).any()
    ]


def test_a_primary_goes_with_the_family_from_every_table_that_holds_persons(book: Book) -> None:
    primary, ids = a_family(book)
    assert {"book.census_member", "book.member_before", "book.member_plan", "book.member_plan_before"} <= set(HOLDERS)
    made = forgotten(book, primary)
    assert made.member_ids == ids
    for table in HOLDERS:
        assert rows(book, f"SELECT count(*) FROM {table} WHERE group_census_member_id IN {tuple(ids)}") == [(0,)]
    assert rows(book, f"SELECT count(*) FROM book.census_member WHERE family_id = '{primary}'") == [(0,)]


def test_kept_inputs_lose_the_persons_and_keep_everybody_else(book: Book) -> None:
    primary, ids = a_family(book)
    n_before = sum(frame.height for frame in kept_frames(book)["members"])
    positions = rows(book, "SELECT count(*) FROM out.coverage_premium")[0][0]
    of_family = rows(book, f"SELECT count(*) FROM out.coverage_premium WHERE group_census_member_id IN {tuple(ids)}")[
        0
    ][0]
    assert traces(book, ids)
    forgotten(book, primary)
    assert traces(book, ids) == []
    assert sum(frame.height for frame in kept_frames(book)["members"]) == n_before - len(ids)
    assert sum(frame.height for frame in kept_frames(book)["coverages"]) == positions - of_family
    assert rows(book, "SELECT count(*) FROM out.run_part ANTI JOIN out.run_input USING (content_hash)") == [(0,)]


def test_a_run_that_held_the_person_can_be_rated_again_no_more_and_keeps_its_amounts(book: Book) -> None:
    primary, _ = a_family(book)
    tables = ("coverage_premium", "plan_premium", "member_premium")
    before = [rows(book, RESULTS.format(name)) for name in tables]
    assert forgotten(book, primary).run_ids == [RUN]
    assert [rows(book, RESULTS.format(name)) for name in tables] == before
    with pytest.raises(Conflict) as refused:
        rerate(book, RUN)
    assert "person" in refused.value.says


def test_every_run_that_shares_the_inputs_is_marked_and_later_runs_are_not(book: Book) -> None:
    second = rate_cohort(book, cohort="one", now=NOW)
    primary, _ = a_family(book)
    assert forgotten(book, primary).run_ids == [RUN, second.run_id]
    third = rate_cohort(book, cohort="one", now=NOW)
    assert rerate(book, third.run_id).is_identical
    another, _ = a_family(book)
    assert forgotten(book, another).run_ids == [RUN, second.run_id, third.run_id]
    assert traces(book, [primary, another]) == []


def test_a_run_that_never_held_the_person_stays_reproducible(book: Book) -> None:
    primary, ids = a_family(book)
    change(book, f"DELETE FROM book.member_plan WHERE group_census_member_id IN {tuple(ids)}")
    second = rate_cohort(book, cohort="one", now=NOW)
    assert forgotten(book, primary).run_ids == [RUN]
    assert rerate(book, second.run_id).is_identical


def test_landed_lines_are_blanked_and_still_accounted_for(book: Book) -> None:
    primary, ids = a_family(book)
    lines = f"(SELECT census_file_id, line_number FROM raw.census_person WHERE group_census_member_id IN {tuple(ids)})"
    n_lines = rows(book, f"SELECT count(*) FROM (SELECT DISTINCT * FROM {lines})")[0][0]
    n_all = rows(book, "SELECT count(*) FROM raw.census_row")
    n_filled = rows(book, "SELECT count(*) FROM raw.census_row WHERE len(cells) > 0")[0][0]
    made = forgotten(book, primary)
    assert made.n_lines >= n_lines > 0
    own = f"raw.census_row SEMI JOIN {lines} USING (census_file_id, line_number)"
    assert rows(book, f"SELECT count(*) FROM {own} WHERE len(cells) > 0") == [(0,)]
    assert rows(book, "SELECT count(*) FROM raw.census_row") == n_all
    assert rows(book, "SELECT count(*) FROM raw.census_row WHERE len(cells) > 0")[0][0] == n_filled - made.n_lines


def test_values_kept_with_issues_of_the_lines_go_too(book: Book) -> None:
    primary, _ = a_family(book)
    change(
        book,
        "INSERT INTO book.census_issue BY NAME SELECT census_file_id, group_census_id, line_number, 0 AS person_no, "
        "'row' AS scope, 'warning' AS severity, 'x' AS code, 'Noor' AS raw_value, 'says' AS message "
        f"FROM raw.census_person JOIN book.census_member USING (group_census_member_id, census_file_id, line_number) "
        f"WHERE group_census_member_id = '{primary}'",
    )
    assert rows(book, "SELECT count(*) FROM book.census_issue WHERE raw_value = 'Noor'") == [(1,)]
    forgotten(book, primary)
    assert rows(book, "SELECT count(*) FROM book.census_issue WHERE raw_value = 'Noor'") == [(0,)]
    assert rows(book, "SELECT count(*) FROM book.census_issue WHERE code = 'x'") == [(1,)]


def test_a_dependent_goes_alone_and_the_primary_counts_one_less(book: Book) -> None:
    primary, child = rows(
        book, "SELECT family_id, group_census_member_id FROM book.census_member WHERE association = 'Child' ORDER BY 2"
    )[0]
    count = f"SELECT dependent_count FROM book.census_member WHERE group_census_member_id = '{primary}'"
    total = "SELECT total_dependents, total_members, census_version FROM book.group_census"
    before, (dependents, primaries, version) = rows(book, count)[0][0], rows(book, total)[0]
    assert forgotten(book, child).member_ids == [child]
    assert rows(book, count) == [(before - 1,)]
    assert rows(book, total) == [(dependents - 1, primaries, version + 1)]


def test_a_person_may_be_named_by_member_key(book: Book) -> None:
    member, key = rows(
        book, "SELECT max(group_census_member_id), max_by(member_key, group_census_member_id) FROM book.census_member"
    )[0]
    assert member in forgotten(book, key).member_ids


def test_one_whom_only_an_image_for_undo_or_a_run_still_holds_is_found(book: Book) -> None:
    primary, ids = a_family(book)
    change(
        book,
        f"DELETE FROM book.member_plan WHERE group_census_member_id IN {tuple(ids)}",
        f"DELETE FROM book.census_member WHERE family_id = '{primary}'",
    )
    made = forgotten(book, primary)
    assert made.member_ids == ids and made.run_ids == [RUN]  # the run's own inputs still knew the family
    assert traces(book, ids) == []


def test_the_book_passes_its_checks_after_it(book: Book) -> None:
    primary, _ = a_family(book)
    forgotten(book, primary)
    rate_cohort(book, cohort="one", now=NOW)
    with book.read() as tx:
        for check in (
            checks.rows_accounted_for,
            checks.no_orphans,
            checks.shares_add_up,
            checks.premiums_add_up,
            checks.rated_or_explained,
        ):
            found = check(tx)
            assert found.n_checked > 0 and not any(found.faults.values()), found


def told(book: Book, detail_id: str, record: str, source: str | None, info: str) -> None:
    """A detail of a job that failed."""
    columns = (
        "? AS async_detail_id, ? AS reference_record_id, ? AS source_system_identifier, ? AS additional_information"
    )
    fixed = "'Row' AS name, 'I' AS async_item_id, 'R' AS async_request_id, 'Failed' AS status"
    with book.write() as tx:
        insert = f"INSERT INTO book.async_detail BY NAME SELECT {columns}, {fixed}"
        tx.connection.execute(insert, [detail_id, record, source, info])


def test_what_jobs_told_of_the_person_goes_and_what_came_of_it_stays(book: Book) -> None:
    primary, _ = a_family(book)
    of_primary = f"WHERE group_census_member_id = '{primary}'"
    change(book, f"UPDATE book.census_member SET source_system_identifier = 'HR-9' {of_primary}")
    ((census, key),) = rows(book, f"SELECT group_census_id, member_key FROM book.census_member {of_primary}")
    told(book, "D1", primary, "HR-9", '{"policyId":"0YT1","code":null,"info":{"age":"41"}}')
    told(book, "D2", census, "HR-9", '{"rowNumber":4,"code":"SF-1","memberKey":null}')
    told(book, "D3", census, None, f'{{"rowNumber":5,"code":"SF-2","memberKey":"{key}"}}')
    told(book, "D4", census, "HR-8", '{"rowNumber":6,"memberKey":"other"}')
    forgotten(book, primary)
    columns = "async_detail_id, source_system_identifier, additional_information"
    assert rows(book, f"SELECT {columns} FROM book.async_detail WHERE async_request_id = 'R' ORDER BY 1") == [
        ("D1", None, '{"policyId":"0YT1"}'),
        ("D2", None, '{"rowNumber":4,"code":"SF-1"}'),
        ("D3", None, '{"rowNumber":5,"code":"SF-2"}'),
        ("D4", "HR-8", '{"rowNumber":6,"memberKey":"other"}'),
    ]


def test_lists_of_failures_lose_the_person_and_an_uploaded_file_that_states_one_is_given_up(book: Book) -> None:
    primary, _ = a_family(book)
    of_primary = f"WHERE group_census_member_id = '{primary}'"
    ((census,),) = rows(book, f"SELECT group_census_id FROM book.census_member {of_primary}")
    landed = f"SELECT any_value(sha256) FROM raw.census_file JOIN raw.census_person USING (census_file_id) {of_primary}"
    lines = f'"GroupCensusMemberId","Name"\n"{primary}","Ann Able"\n"0r6000000000099999","Bea Baker"\n'.encode()
    texts = {"failures.csv": lines, "notes.txt": b"\xff\xfe of nobody", "upload.csv": b"the whole file"}
    with book.write() as tx:
        made = {name: documents.keep(tx, name, text, linked_to=census, now=NOW) for name, text in texts.items()}
    change(book, f"UPDATE book.content_version SET sha256 = ({landed}) WHERE path_on_client = 'upload.csv'")
    forgotten(book, primary)
    sizes = "octet_length(version_data) = content_size"
    kept = dict(rows(book, f"SELECT content_document_id, version_data FROM book.content_version WHERE {sizes}"))
    assert {name: bytes(kept[document]) for name, document in made.items()} == {
        "failures.csv": b"GroupCensusMemberId,Name\n0r6000000000099999,Bea Baker\n",
        "notes.txt": b"\xff\xfe of nobody",
        "upload.csv": b"",
    }


def a_workbook(*cells: Sequence[str]) -> bytes:
    """A workbook with an empty sheet before the one that holds these rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet("Notes")
        sheet = made.add_worksheet("Roster")
        for at, row in enumerate(cells):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def a_parquet(key: str) -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"Employee": [key], "Salary": [1]}).write_parquet(out)
    return out.getvalue()


HEADING = ["Key", "Last", "First"]
SOUGHT = Sought(pl.Series(["E-7", "O'Dell;7"]), [("Zoë", "O'Dell")])


@pytest.mark.parametrize(
    "stated",
    [
        a_workbook(HEADING, ["E-7", "", ""]),
        a_workbook(HEADING, ["", "O'Dell", "zoë"]),
        a_parquet("E-7"),
        b"Key;Name\nE-7;Somebody\n",
        b"Key|Name\nO'Dell;7|Somebody\n",
        "Key;Last;First\n;O'Dell;Zoë\n".encode("cp1252"),
        "Key\tName\nE-7\tSomebody\n".encode("utf-16"),
        b'[{"key": "E-7", "salary": 1}]',
        b"Roster\nKey,Name\nE-7,Somebody,more,and more\n",
        b"%PDF-1.7\x00\x01",
        b"PK\x03\x04 an archive of whatever",
    ],
)
def test_a_file_that_is_no_list_of_the_program_is_given_up_where_it_states_the_person_or_hides_what_it_states(
    stated: bytes,
) -> None:
    assert without(stated, SOUGHT) == b""


@pytest.mark.parametrize(
    "stated",
    [
        a_workbook(HEADING, ["E-70", "O'Dell", "Bea"], ["E-71", "Baker", "Zoë"]),
        a_parquet("E-70"),
        b"Key;Name\nE-70;Bea Baker\n",
        "Last,First\nO'Dell,Bea\nBaker,Zoë\n".encode(),
        "Zoëlle O'Dell".encode(),
        b"",
    ],
)
def test_a_file_that_states_others_stays_as_it_is(stated: bytes) -> None:
    assert without(stated, SOUGHT) == stated


def test_a_csv_loses_the_lines_that_state_the_person_by_key_or_by_name() -> None:
    text = "Key,Last,First\nE-7,,\nE-8,O'Dell,ZOË\nE-9,O'Dell,Bea\n"
    assert without(text.encode(), SOUGHT).decode() == "Key,Last,First\nE-9,O'Dell,Bea\n"


def test_uploads_that_were_never_loaded_go_be_they_of_the_census_of_the_group_or_of_nothing(book: Book) -> None:
    primary, _ = a_family(book)
    of_primary = f"WHERE group_census_member_id = '{primary}'"
    change(book, f"UPDATE book.census_member SET first_name = 'Zoë', last_name = 'O''Dell' {of_primary}")
    census_of = f"SELECT group_census_id FROM book.census_member {of_primary}"
    ((census, account),) = rows(
        book, f"SELECT group_census_id, account_id FROM book.group_census WHERE group_census_id IN ({census_of})"
    )
    ((other,),) = rows(book, f"SELECT min(group_census_id) FROM book.group_census WHERE group_census_id <> '{census}'")
    named, hidden = "Last;First\nO'Dell;Zoë\n".encode(), b"%PDF-1.7\x00"
    with book.write() as tx:
        for name, data, where in (
            ("of the census", named, census), ("hidden of the census", hidden, census),
            ("of the group", named, account), ("hidden of the group", hidden, account),
            ("of nothing", named, None), ("hidden", hidden, None), ("of another census", hidden, other),
        ):  # fmt: skip
            documents.upload(tx, name, data, linked_to=where, scope=EVERYTHING, now=NOW)
        scanned, _ = documents.upload(tx, "hidden of a job", hidden, scope=EVERYTHING, now=NOW)
        jobs.accept(tx, jobs.Ask("CensusUpload", "Upload", {"contentDocumentId": scanned}, census), now=NOW)
    forgotten(book, primary)
    left = rows(book, "SELECT path_on_client FROM book.content_version WHERE content_size > 0 ORDER BY 1")
    assert left == [("hidden",), ("hidden of the group",), ("of another census",)]


def test_nobody_is_refused_and_nothing_moves(book: Book) -> None:
    before = rows(book, "SELECT census_version FROM book.group_census")
    with pytest.raises(NotFound) as refused:
        forgotten(book, "0r6000000000009999")
    assert refused.value.code == "member_missing"
    assert rows(book, "SELECT census_version FROM book.group_census") == before
