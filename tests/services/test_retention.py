"""For how long inputs are kept: what the settings let go, and what they never do."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from services import settings
from services.book import Book
from services.rating_run import rate_cohort
from services.refusals import Conflict, Malformed, NotFound
from services.rerate import rerate
from services.retention import Pruned, prune
from tests.made_once import made_once
from tests.open_book import OpenBook
from tests.services.rated_once import NOW, RUN, a_book, change, rows


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Three runs of one census, a day apart, each with rates of its own; the last is read from now."""
    return OpenBook(shutil.copy(made_once("three-runs", _three_runs) / "benefits.duckdb", tmp_path))


def _three_runs(folder: Path) -> None:
    made = a_book(folder)
    for day in (1, 2):
        change(made, "UPDATE ref.rate_cell SET rate = rate + 1 WHERE rate IS NOT NULL")
        rate_cohort(made, cohort="one", now=NOW + timedelta(days=day))


SECOND, THIRD = "0rr000000000000002", "0rr000000000000003"


def set_to(book: Book, name: str, value: str) -> None:
    with book.write() as tx:
        settings.set_to(tx, name, value, NOW)


def pruned(book: Book, **later: float) -> Pruned:
    with book.write() as tx:
        return prune(tx, NOW + timedelta(**later))


def reproducible(book: Book) -> list[str]:
    return [row[0] for row in rows(book, "SELECT rating_run_id FROM out.rating_run WHERE is_reproducible ORDER BY 1")]


def test_inputs_are_kept_for_ever_unless_said_otherwise(book: Book) -> None:
    assert pruned(book, days=36_500) == Pruned([], 0, 0)
    assert reproducible(book) == [RUN, SECOND, THIRD]


def test_a_run_gives_its_inputs_up_the_moment_after_its_last_day(book: Book) -> None:
    set_to(book, "keep_inputs_days", "10")
    assert pruned(book, days=10).run_ids == []
    assert pruned(book, days=10, seconds=1).run_ids == [RUN]
    assert reproducible(book) == [SECOND, THIRD]
    assert pruned(book, days=11).run_ids == []  # the second is ten days old to the second
    assert rows(book, "SELECT inputs_gone FROM out.rating_run ORDER BY rating_run_id") == [
        ("retention",),
        (None,),
        (None,),
    ]


def test_the_run_that_is_read_from_now_keeps_its_inputs_whatever_its_age(book: Book) -> None:
    set_to(book, "keep_inputs_days", "0")
    set_to(book, "keep_inputs_runs", "0")
    assert pruned(book, days=36_500).run_ids == [RUN, SECOND]
    assert reproducible(book) == [THIRD]
    assert rerate(book, THIRD).is_identical


def test_a_number_of_latest_runs_keep_their_inputs(book: Book) -> None:
    set_to(book, "keep_inputs_runs", "3")
    assert pruned(book).run_ids == []
    set_to(book, "keep_inputs_runs", "2")
    assert pruned(book).run_ids == [RUN]


def test_what_another_run_reads_stays_and_what_none_reads_goes(book: Book) -> None:
    set_to(book, "keep_inputs_runs", "1")
    n_before = rows(book, "SELECT count(*) FROM out.run_part")[0][0]
    made = pruned(book)
    assert made.run_ids == [RUN, SECOND]
    assert made.n_parts == 2 and made.n_bytes > 0  # their rates; members, plans and rules are the third run's too
    assert rows(book, "SELECT count(*) FROM out.run_part")[0][0] == n_before - 2
    assert rerate(book, THIRD).is_identical
    with pytest.raises(Conflict) as refused:
        rerate(book, SECOND)
    assert "retention" in refused.value.says


def test_results_stay_when_inputs_go(book: Book) -> None:
    results = "SELECT * FROM out.coverage_premium ORDER BY ALL"
    before = rows(book, results)
    set_to(book, "keep_inputs_runs", "1")
    pruned(book)
    assert rows(book, results) == before


def test_storing_a_run_applies_the_settings(book: Book) -> None:
    set_to(book, "keep_inputs_runs", "1")
    fourth = rate_cohort(book, cohort="one", now=NOW + timedelta(days=3))
    assert reproducible(book) == [fourth.run_id]


# --------------------------------------------------------------------------------------------------------- settings


def test_a_setting_is_its_default_until_it_is_set(book: Book) -> None:
    with book.write() as tx:
        assert settings.get(tx, "keep_inputs_days") == "forever" and settings.number(tx, "keep_inputs_days") is None
        settings.set_to(tx, "keep_inputs_days", " 30 ", NOW)
        settings.set_to(tx, "keep_inputs_days", "31", NOW)
        assert settings.number(tx, "keep_inputs_days") == 31
        values = {name: value for name, value, _ in settings.listed(tx)}
        assert (values["keep_inputs_days"], values["keep_inputs_runs"]) == ("31", "forever")
        settings.set_to(tx, "keep_inputs_days", "Forever", NOW)
        assert settings.number(tx, "keep_inputs_days") is None


@pytest.mark.parametrize("value", ["", "-1", "1.5", "a year", "100000", "٣"])
def test_a_value_that_a_setting_does_not_take_is_refused(book: Book, value: str) -> None:
    with book.write() as tx, pytest.raises(Malformed) as refused:
        settings.set_to(tx, "keep_inputs_days", value, NOW)
    assert refused.value.code == "setting_value" and "days" in refused.value.remedy


def test_the_longest_time_still_is_a_date(book: Book) -> None:
    set_to(book, "keep_inputs_days", "99999")
    assert pruned(book).run_ids == []


def test_an_unknown_setting_is_refused(book: Book) -> None:
    with book.write() as tx:
        with pytest.raises(NotFound) as refused:
            settings.get(tx, "keep_everything")
        with pytest.raises(NotFound):
            settings.set_to(tx, "keep_everything", "1", NOW)
    assert "keep_inputs_runs" in refused.value.remedy
