"""Every command of `benefits`: what it says, what it leaves behind, and its exit code."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import typer

from pipelines.cli.app import app
from services.audit import Act
from services.book import Book
from services.places import Places
from tests.pipelines.conftest import Typed, Walked

COMMANDS = (
    *("run", "load", "rate", "issues", "sample", "template", "shelf"),
    *("publish", "undo", "diff", "deductions", "imputed-income", "export", "backup", "migrate"),
    *("rerate", "settings", "prune", "forget"),
)


STATE = """
SELECT (SELECT count(*) FROM book.census_load), (SELECT last_number FROM book.id_counter WHERE prefix = '0r6')
"""


def rows(book: Book, query: str) -> list[tuple]:
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()


def a_census(cohort_folder: Path, folder: Path) -> tuple[Path, str]:
    """A copy of one census file under a plain name, and its contract."""
    source = sorted((cohort_folder / "censuses").glob("*.csv"))[0]
    return Path(shutil.copyfile(source, folder / "census.csv")), source.name.split("__")[0]


def widest(text: str) -> int:
    return max(len(line) for line in text.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_teaches_by_example(typed: Typed, command: str) -> None:
    code, said, _ = typed(command, "--help")
    assert code == 0
    assert "Example" in said
    assert f"benefits {command}" in said
    assert widest(said) <= 100


def everything() -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, as typed."""

    def below(command: Any, typed: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield typed
        for name, each in getattr(command, "commands", {}).items():
            yield from below(each, (*typed, name))

    yield from below(typer.main.get_command(app), ())


@pytest.mark.parametrize("command", everything(), ids=" ".join)
def test_help_fills_eighty_columns_and_breaks_no_example(
    typed: Typed, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paragraphs are written for 120 columns: their lines are joined. What may be typed stands in one line, or says
    by a backslash that it goes on."""
    monkeypatch.setenv("COLUMNS", "80")
    code, said, _ = typed(*command, "--help")
    assert code == 0
    says, _, _ = said.partition("╭")
    lines = [line.rstrip() for line in says.splitlines()][2:]  # the first names the command
    assert max(map(len, lines)) <= 80
    for line, following in pairwise(lines):
        if not line.strip() or not following.strip():
            continue
        if line.startswith("   "):  # an example that goes on
            assert line.endswith(("\\", ",")), line
            assert following.startswith("   "), following
        else:  # a paragraph that goes on has no room for its next word: a margin of one column is kept on either side
            assert len(line) + 1 + len(following.split()[0]) > 79, line


def test_the_help_names_every_command_and_the_book(typed: Typed) -> None:
    code, said, _ = typed("--help")
    assert code == 0
    assert all(f" {command} " in said for command in COMMANDS)
    assert "BENEFITS_BOOK" in said
    assert typed("--version")[1].startswith("benefits ")


def test_run_ends_with_a_summary_by_group_and_three_things_to_type(walked: Walked) -> None:
    code, said, complained = walked.answered
    places = walked.places
    assert code == 0, complained
    for words in (
        "Accepted",
        "Refused",
        "Per month",
        "Employer pays",
        "Employees pay",
        "Issues of census files",
        "Next",
    ):
        assert words in said
    assert sum(line.startswith("  ") and "  " in line.strip() for line in said.split("Next")[1].splitlines()) == 3
    assert widest(said.split("\nPublished")[0]) <= 100
    assert places.published.exists()
    assert places.published.stat().st_mode & 0o222 == 0
    assert (places.runs / "dagster.yaml").exists()


def test_load_then_rate_a_file_of_ones_own(typed: Typed, cohort_folder: Path, tmp_path: Path, made_book: Book) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    code, said, complained = typed("load", path, "--contract", contract, "--shelf", cohort_folder / "shelf")
    assert code == 0, complained
    assert f"benefits rate --cohort {contract}" in said
    assert widest(said) <= 100
    code, said, complained = typed("rate")
    assert code == 0, complained
    assert "Per month" in said
    assert widest(said.split("Published")[0]) <= 100
    (whole,) = rows(made_book, "SELECT sum(prorated_cents) FROM out.member_premium")[0]
    assert f"{whole / 100:,.2f}" in said


def test_what_became_of_skipped_lines_is_said_where_there_are_any(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    assert "Skipped: " not in typed("load", path, "--contract", contract, "--dry-run")[1]
    first, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([first, others[0], "," * first.count(","), *others[1:]]) + "\n", encoding="utf-8")
    code, said, _ = typed("load", path, "--contract", contract, "--dry-run")
    assert (code, "Skipped: blank rows, titles, totals, and further lines" in said) == (0, True)


def test_a_dry_run_writes_nothing(typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    before = rows(
        finished_book,
        STATE,
    )
    code, said, _ = typed("load", path, "--contract", contract, "--dry-run")
    assert code == 0
    assert "nothing was written" in said
    assert (
        rows(
            finished_book,
            STATE,
        )
        == before
    )


def test_replace_removes_a_leaver_merge_keeps_it_and_undo_brings_it_back(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    count = (
        "SELECT count(*) FROM book.census_member JOIN book.group_census USING (group_census_id) "
        f"JOIN book.contract USING (contract_id) WHERE contract_number = '{contract}'"
    )
    name = rows(
        finished_book,
        "SELECT g.name, g.group_census_id FROM book.group_census AS g JOIN book.contract USING (contract_id) "
        f"WHERE contract_number = '{contract}'",
    )[0]
    (before,) = rows(finished_book, count)[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert typed("load", path, "--contract", contract, "--census", name[0])[0] == 0
    assert rows(finished_book, count) == [(before,)]
    code, said, complained = typed("load", path, "--contract", contract, "--census", name[0], "--mode", "replace")
    assert code == 0, said + complained
    assert rows(finished_book, count) == [(before - 1,)]
    code, said, complained = typed("undo", name[1])
    assert code == 0, complained
    assert "stands as before" in said
    assert rows(finished_book, count) == [(before,)]


def test_strict_refuses_the_whole_file_for_one_bad_row(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    frame = pl.read_csv(path, infer_schema=False)
    column = next(name for name in frame.columns if "birth" in name.lower())
    frame = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("2199-01-01")).otherwise(column).alias(column)
    )
    frame.write_csv(path)
    code, said, complained = typed("load", path, "--contract", contract, "--census", "strict one", "--strict")
    assert code == 1
    assert "--strict" in complained
    assert "birth_date_in_future" in said
    assert rows(
        finished_book,
        "SELECT sum(n_accepted) FROM book.census_load JOIN book.group_census USING (group_census_id) "
        "WHERE name = 'strict one'",
    ) in ([(0,)], [(None,)])
    assert typed("load", path, "--contract", contract, "--census", "lenient one")[0] == 0


def test_refused_rows_are_written_corrected_and_loaded_again(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    frame = pl.read_csv(path, infer_schema=False)
    column = next(name for name in frame.columns if "birth" in name.lower())
    right = frame[column][0]
    frame = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("2199-01-01")).otherwise(column).alias(column)
    )
    frame.write_csv(path)
    assert typed("load", path, "--contract", contract, "--census", "mended")[0] == 0
    code, said, _ = typed("issues", "--census", "mended")
    assert code == 0
    assert "birth_date_in_future" in said.replace("\n", "")
    code, said, _ = typed("issues", "--census", "mended", "--refused-to", tmp_path / "mend")
    assert code == 0
    (written,) = (tmp_path / "mend").glob("*.csv")
    assert str(written) in said.replace("\n", "")
    mended = pl.read_csv(written, infer_schema=False)
    assert mended.columns[-1] == "Errors"
    mended.with_columns(pl.col(column).replace("2199-01-01", right)).write_csv(written)
    code, said, complained = typed("load", written, "--contract", contract, "--census", "mended")
    assert code == 0, said + complained
    assert rows(
        finished_book,
        "SELECT count(*) FROM book.census_member AS m JOIN book.group_census AS g USING (group_census_id) "
        "WHERE g.name = 'mended'",
    ) == [(frame.height,)]


def test_a_file_that_names_no_census_speaks_for_the_only_one_of_its_contract(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    count = "SELECT count(*), (SELECT count(*) FROM book.census_member) FROM book.group_census"
    before = rows(finished_book, count)
    assert typed("load", path, "--contract", contract)[0] == 0
    assert rows(finished_book, count) == before


def test_a_census_on_which_nobody_has_a_plan_is_said_to_be_rated_as_nothing(
    typed: Typed, made_book: Book, tmp_path: Path
) -> None:
    """Else 0.00 would be all that a load and a run say of a file whose plan columns were lost."""
    assert typed("template", tmp_path / "try.xlsx", "--example")[0] == 0
    example = pl.read_csv(next(tmp_path.glob("census_example*.csv")), infer_schema=False)
    example.drop("Medical", "Dental", "Life", "STD", "LTD").write_csv(tmp_path / "bare.csv")
    code, said, complained = typed(
        "load", tmp_path / "bare.csv", "--contract", "HLB-2026", "--shelf", tmp_path / "try.xlsx"
    )
    assert code == 0, complained
    assert "Nobody has a plan on HLB-2026 enrollment: nothing will be rated." in said
    assert "Nobody has a plan on HLB-2026 enrollment: nothing was rated." in typed("rate")[1]
    example.write_csv(tmp_path / "whole.csv")
    again = typed("load", tmp_path / "whole.csv", "--contract", "HLB-2026")[1]
    assert "Nobody has a plan" not in again + typed("rate")[1]
    # Plans that are stored stay: a file of other facts takes none away.
    assert "Nobody has a plan" not in typed("load", tmp_path / "bare.csv", "--contract", "HLB-2026")[1]


def test_columns_without_a_known_heading_are_named_until_a_mapping_tells_them(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    frame = pl.read_csv(path, infer_schema=False)
    column = next(name for name in frame.columns if "relation" in name.lower())
    frame.rename({column: "Kin of\nEE"}).write_csv(path)  # wrapped, as spreadsheets do; named on one line
    code, said, _ = typed("load", path, "--contract", contract, "--census", "odd", "--dry-run")
    assert code == 0
    assert "Columns not read" in said
    assert "Kin of EE" in said
    (tmp_path / "headings.json").write_text('{"Kin of EE": "Relationship"}', encoding="utf-8")
    code, said, complained = typed(
        "load", path, "--contract", contract, "--census", "odd", "--mapping", tmp_path / "headings.json"
    )
    assert code == 0, complained
    assert "Kin of EE" not in said
    assert rows(
        finished_book,
        "SELECT count(*) FROM book.census_member AS m JOIN book.group_census AS g USING (group_census_id) "
        "WHERE g.name = 'odd'",
    ) == [(frame.height,)]


def test_issues_show_the_cell_and_tell_a_warning_of_many_lines_once(
    typed: Typed, finished_book: Book, cohort_folder: Path, tmp_path: Path
) -> None:
    path, contract = a_census(cohort_folder, tmp_path)
    frame = pl.read_csv(path, infer_schema=False)
    postal = next(name for name in frame.columns if "zip" in name.lower() or "postal" in name.lower())
    birth = next(name for name in frame.columns if "birth" in name.lower() or "dob" in name.lower())
    frame.with_columns(
        pl.lit("2139").alias(postal),
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("2199-01-01")).otherwise(birth).alias(birth),
    ).write_csv(path)
    assert typed("load", path, "--contract", contract, "--census", "short")[0] == 0
    code, said, _ = typed("issues", "--census", "short")
    assert code == 0
    assert "2199-01-01" in said
    assert said.count("zeros_restored") == 1
    assert f"to {frame.height + 1}," in said
    assert widest(said) <= 100
    code, said, _ = typed("issues", "--code", "no_such_code")
    assert code == 0
    assert "zeros_restored" in said


def test_a_renewal_stands_beside_the_current_run_and_diff_compares_them(typed: Typed, finished_book: Book) -> None:
    (end,) = rows(finished_book, "SELECT max(end_date) FROM book.contract")[0]
    date = end.replace(year=end.year + 1, month=1, day=1)
    code, said, complained = typed("rate", "--cohort", "four", "--rating-date", date.isoformat(), "--no-publish")
    assert code == 0, complained
    assert "renewal" in said
    (first,), (second,) = rows(finished_book, "SELECT rating_run_id FROM out.rating_run ORDER BY rating_run_id")
    assert rows(finished_book, "SELECT count(DISTINCT kind) FROM out.current_run") == [(2,)]
    code, said, complained = typed("diff", first, second)
    assert code == 0, complained
    assert "Before" in said
    assert "After" in said
    assert widest(said) <= 100


def test_diff_names_a_member_who_has_left_the_book_by_the_id(typed: Typed, finished_book: Book) -> None:
    """Its amounts stay with the run, and its name went with the member: an empty cell would say nothing."""
    with finished_book.write() as tx:
        tx.connection.execute(
            """DELETE FROM book.member_plan WHERE group_census_member_id = (SELECT min(group_census_member_id)
            FROM out.coverage_premium WHERE prorated_cents > 0)"""
        ).fetchall()
    (gone,) = rows(
        finished_book, "SELECT min(group_census_member_id) FROM out.coverage_premium WHERE prorated_cents > 0"
    )[0]
    assert typed("rate", "--cohort", "four", "--no-publish")[0] == 0
    with finished_book.write() as tx:
        tx.connection.execute("DELETE FROM book.census_member WHERE group_census_member_id = $1", [gone]).fetchall()
    (first,), (second,) = rows(finished_book, "SELECT rating_run_id FROM out.rating_run ORDER BY rating_run_id")
    code, said, complained = typed("diff", first, second)
    assert code == 0, complained
    assert gone in said.split("Coverages that differ")[1]


def test_two_equal_runs_agree_to_the_cent(typed: Typed, finished_book: Book) -> None:
    assert typed("rate", "--cohort", "four", "--no-publish")[0] == 0
    (first,), (second,) = rows(finished_book, "SELECT rating_run_id FROM out.rating_run ORDER BY rating_run_id")
    code, said, _ = typed("diff", first, second)
    assert code == 0
    assert "agree to the cent" in said


def test_sample_template_and_shelf_make_a_book_from_nothing(typed: Typed, tmp_path: Path, made_book: Book) -> None:
    assert typed("sample", "--groups", "2", "--seed", "3", "--people", "5", "--out", "mine")[0] == 0
    assert (tmp_path / "mine" / "cohort.csv").exists()
    code, said, _ = typed("template", "sheets", "--example")
    assert (code, "benefits load sheets/census_example.csv --contract HLB-2026 --shelf sheets" in said) == (0, True)
    code, said, _ = typed("template", "empty.xlsx")
    assert (code, "benefits shelf empty.xlsx" in said) == (0, True)
    assert (tmp_path / "empty.xlsx").stat().st_size > 0
    code, said, complained = typed("shelf", "empty.xlsx")
    assert code == 0, said + complained
    assert "The sheets hold no rows yet." in said
    assert "benefits load" not in said  # no contract is there that a census could be of
    code, said, complained = typed("shelf", "sheets")
    assert code == 0, said + complained
    assert "benefits load FILE --contract NUMBER" in said
    code, said, complained = typed("load", "sheets/census_example.csv", "--contract", "HLB-2026")
    assert code == 0, said + complained
    assert rows(made_book, "SELECT count(*) FROM book.account") > [(0,)]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_export_writes_the_members_premiums(typed: Typed, finished_book: Book, tmp_path: Path, ending: str) -> None:
    code, said, complained = typed("export", "premiums", f"out.{ending}", "--cohort", "four")
    assert code == 0, complained
    assert "rows" in said
    assert (tmp_path / f"out.{ending}").stat().st_size > 0


def test_publish_backup_and_migrate(typed: Typed, finished_book: Book, places: Places, tmp_path: Path) -> None:
    assert typed("publish")[0] == 0
    with duckdb.connect(str(places.published), read_only=True) as opened:
        assert opened.execute("SELECT count(*) FROM out.rating_run").fetchall() == [(1,)]
    assert typed("backup", "kept.duckdb")[0] == 0
    code, _, complained = typed("backup", "kept.duckdb")
    assert code == 1
    assert "--force" in complained
    assert typed("backup", "kept.duckdb", "--force")[0] == 0
    code, said, _ = typed("migrate")
    assert code == 0
    assert "already" in said


def test_the_audit_trail_shows_whole_who_did_what_and_when(typed: Typed, finished_book: Book) -> None:
    """A long route is folded into its column; before, it pushed the entry out of the table and cut the day off."""
    when = datetime(2026, 3, 4, 5, 6, 7)
    route = "POST /services/data/{version}/connect/insurance/group-censuses/{censusId}/members-with-plans"
    act = Act("0at000000000000012", "service", route, "3db75ca2687e8976", ("0r6000000000000001",), 1)
    with Book(finished_book.path, trail=(act, lambda: when)).write():
        pass
    code, said, _ = typed("audit")
    assert code == 0
    _, _, table = said.partition(said[: said.index("Entry ")])
    heading, *lines = table.splitlines()
    places = [*map(heading.index, ("Entry", "When (UTC)", "Who", "Kind", "What", "Request", "Records")), None]
    cells = ["".join(line[a:b].strip() for line in lines) for a, b in pairwise(places)]
    expected = ["1", "2026-03-04 05:06:07", "0at000000000000012", "service", route, "3db75ca2687e8976", "1"]
    assert [cell.replace(" ", "") for cell in cells] == [cell.replace(" ", "") for cell in expected]
    assert widest(said) <= 100


def test_a_shelf_that_restates_old_records_before_new_ones_adds_the_new_ones(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    assert typed("sample", "--groups", "6", "--seed", "5", "--people", "5", "--out", "more")[0] == 0
    (before,) = rows(finished_book, "SELECT count(*) FROM book.contract")[0]
    _, _, complained = typed("shelf", tmp_path / "more" / "shelf")
    assert "defect" not in complained, complained
    assert rows(finished_book, "SELECT count(*) FROM book.contract") == [(6,)]
    assert before == 4
