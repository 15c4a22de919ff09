"""Rating an old run again: every cent as it was, or each difference by name."""

import ast
import shutil
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from rating import Result
from services import code_version as version
from services import frozen
from services import rerate as rerating
from services.book import Book
from services.rating_run import rate_cohort
from services.refusals import Conflict, NotFound
from services.rerate import rerate
from tests.conftest import ROOT
from tests.services.rated_once import NOW, RUN, a_book, change, rows


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return a_book(tmp_path)


def test_the_same_code_gives_every_value_again(book: Book) -> None:
    made = rerate(book, RUN)
    assert made.is_identical and made.is_same_code and made.differences.is_empty()
    stored = rows(
        book,
        "SELECT (SELECT count(*) FROM out.coverage_premium), (SELECT count(*) FROM out.plan_premium), "
        "(SELECT count(*) FROM out.member_premium)",
    )[0]
    assert (made.n_rows["coverage"], made.n_rows["plan"], made.n_rows["member"]) == stored
    assert min(stored) > 10


def test_what_changed_after_the_run_does_not_matter(book: Book) -> None:
    change(
        book,
        "UPDATE ref.rate_cell SET rate = rate * 2 WHERE rate IS NOT NULL",
        "UPDATE ref.contribution_rule SET percentage = 1, amount_cents = 1",
        "UPDATE book.census_member SET birth_date = birth_date - 4000, annual_salary_cents = 1",
        "DELETE FROM book.member_plan",
        "UPDATE book.contract SET end_date = end_date + 30",
    )
    assert rerate(book, RUN).is_identical


def test_nothing_that_is_stored_changes(book: Book) -> None:
    before = book.path.read_bytes()
    rerate(book, RUN)
    assert book.path.read_bytes() == before


def test_a_renewal_is_rated_again_for_its_own_date(book: Book) -> None:
    outcome = rate_cohort(book, cohort="one", rating_date=date(2028, 1, 1), now=NOW)
    assert outcome.kind == "renewal"
    assert rerate(book, outcome.run_id).is_identical


@pytest.mark.parametrize(
    ("level", "table", "column", "change_to", "off_by"),
    [
        ("coverage", "out.coverage_premium", "employer_cents", "employer_cents + 1", 1),
        ("plan", "out.plan_premium", "prorated_cents", "prorated_cents - 1", -1),
        ("member", "out.member_premium", "standard_cents", "standard_cents + 100", 100),
        ("coverage", "out.coverage_premium", "age", "coalesce(age, 0) + 1", 1),
    ],
)
def test_a_stored_value_that_was_tampered_with_is_named(
    book: Book, level: str, table: str, column: str, change_to: str, off_by: int
) -> None:
    one = f"(SELECT min(rowid) FROM {table} WHERE {column} IS NOT NULL)"
    member, true = rows(book, f"SELECT group_census_member_id, {column} FROM {table} WHERE rowid = {one}")[0]
    change(book, f"UPDATE {table} SET {column} = {change_to} WHERE rowid = {one}")
    made = rerate(book, RUN)
    assert not made.is_identical and made.is_same_code
    assert made.counts.rows() == [(level, column, 1)]
    named = made.differences.row(0, named=True)
    assert (named["level"], named["group_census_member_id"], named["column"]) == (level, member, column)
    assert (int(named["stored"]), int(named["now"])) == (true + off_by, true)


def test_rows_that_are_there_on_one_side_only_are_named_once_each(book: Book) -> None:
    change(
        book,
        "DELETE FROM out.plan_premium WHERE rowid = (SELECT min(rowid) FROM out.plan_premium)",
        "UPDATE out.member_premium SET group_census_member_id = 'nobody' "
        "WHERE rowid = (SELECT min(rowid) FROM out.member_premium)",
    )
    made = rerate(book, RUN)
    assert made.counts.rows() == [("plan", "row", 1), ("member", "row", 2)]
    seen = set(made.differences.select("level", "stored", "now").rows())
    assert seen == {("member", "there", None), ("member", None, "there"), ("plan", None, "there")}


def test_names_can_be_limited_and_counts_stay_whole(book: Book) -> None:
    change(book, "UPDATE out.coverage_premium SET employee_cents = employee_cents + 1, term_days = term_days + 1")
    n_rows = rows(book, "SELECT count(*) FROM out.coverage_premium")[0][0]
    made = rerate(book, RUN, most=3)
    assert made.counts.rows() == [("coverage", "term_days", n_rows), ("coverage", "employee_cents", n_rows)]
    assert made.differences.height == 3
    assert rerate(book, RUN).differences.height == 2 * n_rows


def test_another_version_of_the_code_is_told_and_its_differences_named(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = rerating.rate

    def off_by_a_cent(*args: object) -> Result:
        result = true(*args)  # type: ignore[arg-type]
        result.employee_cents[0] += 1
        return result

    monkeypatch.setattr(rerating, "rate", off_by_a_cent)
    monkeypatch.setattr(rerating, "code_version", lambda: "another")
    made = rerate(book, RUN)
    assert not made.is_same_code and made.code_now == "another"
    assert made.counts.rows() == [("coverage", "employee_cents", 1)]
    named = made.differences.row(0, named=True)
    assert int(named["now"]) == int(named["stored"]) + 1


def test_a_run_of_other_code_with_the_same_cents_is_identical(book: Book) -> None:
    change(book, "UPDATE out.rating_run SET code_version = 'older'")
    made = rerate(book, RUN)
    assert made.is_identical and not made.is_same_code and made.code_then == "older"


def test_an_unknown_run_is_refused(book: Book) -> None:
    with pytest.raises(NotFound) as refused:
        rerate(book, "0rr000000000000099")
    assert refused.value.code == "run_missing"


@pytest.mark.parametrize(
    ("gone", "word"), [("'retention'", "retention"), ("'person_removed'", "person"), ("NULL", "kept no inputs")]
)
def test_a_run_whose_inputs_are_gone_says_why(book: Book, gone: str, word: str) -> None:
    change(book, f"UPDATE out.rating_run SET is_reproducible = FALSE, inputs_gone = {gone}")
    with pytest.raises(Conflict) as refused:
        rerate(book, RUN)
    assert refused.value.code == "inputs_gone" and word in refused.value.says and refused.value.remedy


def test_a_run_of_before_inputs_were_kept_is_refused_not_broken(book: Book) -> None:
    change(book, "UPDATE out.rating_run SET is_reproducible = NULL, code_version = NULL, settings_hash = NULL")
    with pytest.raises(Conflict):
        rerate(book, RUN)


def test_inputs_kept_in_slices_rate_the_same(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "SLICE", 7)
    change(book, "DELETE FROM out.run_input", "DELETE FROM out.run_part")
    second = rate_cohort(book, cohort="one", now=NOW)
    assert rows(book, "SELECT max(slice) FROM out.run_part")[0][0] > 1
    assert rerate(book, second.run_id).is_identical


# ------------------------------------------------------------------------------------------ the version of the code


def test_every_module_between_the_inputs_and_the_stored_rows_counts_to_the_version() -> None:
    apart = {"book", "code_version", "ids", "inputs", "queries", "refusals"}  # no figure passes through these

    def imported(module: str) -> set[str]:
        tree = ast.parse((ROOT / "services" / f"{module}.py").read_text(encoding="utf-8"))
        found = {node.module.split(".")[1] for node in ast.walk(tree) if _is_from_below(node)}  # type: ignore[attr-defined]
        whole = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "services"]
        return found | {alias.name for node in whole for alias in node.names}

    reached: set[str] = set()
    ahead = {"assemble", "results"}
    while ahead:
        reached |= ahead
        ahead = {name for module in ahead for name in imported(module)} - apart - reached
    assert reached == set(version.BRIDGES)


def _is_from_below(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("services.")


def test_one_changed_byte_of_the_core_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rating", "services"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(version.resources, "files", lambda name: _folder(tmp_path / name))
    now = version.code_version.__wrapped__
    before = now()
    assert now() == before
    money = tmp_path / "rating" / "methods" / "flat.py"
    money.write_text(money.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = now()
    assert after != before
    (tmp_path / "services" / "undo.py").write_text("# decides no cent\n", encoding="utf-8")
    assert now() == after


def _folder(path: Path) -> Traversable:
    return path
