"""`benefits rerate`, `prune`, `settings` and `forget`: what they say, and their exit codes."""

from pathlib import Path

import polars as pl
import pytest

from services import rerate as rerating
from services.book import Book
from services.places import Places
from services.settings import SETTINGS
from tests.pipelines.conftest import Typed

RUN = "0rr000000000000001"


def tamper(book: Book, n_rows: int) -> None:
    """Move the employer's cents of some stored coverages."""
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE out.coverage_premium SET employer_cents = employer_cents + 1 WHERE rowid IN "
            f"(SELECT rowid FROM out.coverage_premium ORDER BY rowid LIMIT {n_rows})"
        ).fetchall()


def test_a_run_that_is_identical_says_so_and_leaves_with_0(typed: Typed, finished_book: Book) -> None:
    code, said, complained = typed("rerate", RUN, "--verify")
    assert (code, complained) == (0, "")
    assert "identical to the cent" in said and "the same version of the code" in said


def test_a_difference_is_named_and_verify_leaves_with_1(typed: Typed, finished_book: Book) -> None:
    tamper(finished_book, 1)
    code, said, _ = typed("rerate", RUN, "--verify")
    assert code == 1
    assert "1 value differs" in said and "employer_cents" in said and "the same version of the code" in said
    assert typed("rerate", RUN)[0] == 0  # looking is not verifying


def test_another_version_of_the_code_is_told(
    typed: Typed, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerating, "code_version", lambda: "another")
    assert "another version of the code: identical" in " ".join(typed("rerate", RUN, "--verify")[1].split())
    tamper(finished_book, 1)
    code, said, _ = typed("rerate", RUN, "--verify")
    assert code == 1 and "another version of the code: 1 value differs" in " ".join(said.split())


def test_many_differences_are_cut_on_the_screen_and_whole_in_a_file(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    tamper(finished_book, 50)
    code, said, _ = typed("rerate", RUN)
    assert code == 0 and "... and 30 more" in said
    target = tmp_path / "out" / "differences.csv"
    code, said, _ = typed("rerate", RUN, "--out", target)
    assert code == 0 and "50 differences" in " ".join(said.split())
    written = pl.read_csv(target)
    assert written.height == 50
    assert (written["stored"] - written["now"] == 1).all()


def test_an_unknown_run_is_one_plain_sentence(typed: Typed, finished_book: Book) -> None:
    code, _, complained = typed("rerate", "0rr000000000000099")
    assert code == 1 and "There is no run 0rr000000000000099." in complained


def test_settings_are_listed_shown_and_changed(typed: Typed, finished_book: Book) -> None:
    assert "keep_inputs_days" in typed("settings")[1]
    assert "keep_inputs_days = forever" in typed("settings", "keep_inputs_days")[1]
    assert typed("settings", "keep_inputs_days", "30")[:2] == (0, "keep_inputs_days = 30\n")
    assert "keep_inputs_days = 30" in typed("settings", "keep_inputs_days")[1]
    code, _, complained = typed("settings", "keep_inputs_days", "soon")
    assert code == 1 and "whole number of days" in complained


def test_every_name_of_a_setting_is_shown_whole_so_that_it_can_be_typed(typed: Typed, finished_book: Book) -> None:
    said = typed("settings")[1]
    assert not [name for name in SETTINGS if name not in said.split()]


def test_prune_gives_up_what_the_settings_let_go(typed: Typed, finished_book: Book) -> None:
    assert "gave up their inputs: none" in typed("prune")[1]
    typed("rate", "--no-publish")
    typed("settings", "keep_inputs_runs", "1")
    assert f"gave up their inputs: {RUN}." in typed("prune")[1]
    code, _, complained = typed("rerate", RUN, "--verify")
    assert code == 1 and "given up by the settings of retention" in complained


def test_forgetting_says_what_went_and_publishes(typed: Typed, finished_book: Book, places: Places) -> None:
    with finished_book.read() as tx:
        member = tx.connection.execute(
            "SELECT min(group_census_member_id) FROM out.member_premium JOIN book.census_member "
            "USING (group_census_member_id) WHERE primary_member_id IS NOT NULL"
        ).fetchall()[0][0]
    code, said, _ = typed("forget", member)
    assert code == 0 and "Removed: 1 member," in said and RUN in said and "Published" in said
    with Book(places.published).read() as tx:
        query = f"SELECT count(*) FROM book.census_member WHERE group_census_member_id = '{member}'"
        assert tx.connection.execute(query).fetchall() == [(0,)]
    code, _, complained = typed("rerate", RUN)
    assert code == 1 and "person was removed" in complained
    code, _, complained = typed("forget", "nobody")
    assert code == 1 and "There is no member nobody." in complained
