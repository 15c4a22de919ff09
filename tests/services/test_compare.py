"""Two runs side by side, on a book whose figures are worked out in `tests/analyst_book.py`."""

from pathlib import Path

import pytest

from services.book import Book
from services.compare import RunDiff, diff_runs
from services.refusals import Malformed, NotFound
from tests.analyst_book import ANN, BOB, CID, CURRENT, DAN, RENEWAL, filled_book


@pytest.fixture
def filled(tmp_path: Path) -> Book:
    """The small finished book."""
    return filled_book(tmp_path)


def diff(book: Book, run_a: str = CURRENT, run_b: str = RENEWAL) -> RunDiff:
    """Compare in a unit of work of its own."""
    with book.read() as tx:
        return diff_runs(tx, run_a, run_b)


def test_coverages_are_counted_by_what_became_of_them(filled: Book) -> None:
    counts = dict(diff(filled).counts.select("change", "n_coverages").rows())
    # Ann medical changed; Cid and Dana are not in the renewal run; Bob, Ann life and Ann LTD are the same.
    assert counts == {"changed": 1, "removed": 2, "same": 3}


def test_the_cents_of_a_group_are_those_of_its_coverages(filled: Book) -> None:
    groups = {row["group_name"]: row for row in diff(filled).groups.iter_rows(named=True)}
    acme = groups["Acme Ltd"]
    # Ann + 5,760.00 - 5,400.00, Cid - 1,209.86.
    assert (acme["n_added"], acme["n_removed"], acme["n_changed"], acme["n_same"]) == (
        0,
        1,
        1,
        3,
    )
    assert acme["prorated_cents_change"] == 36_000 - 120_986
    assert acme["employer_cents_change"] == (460_800 - 432_000) - 60_493
    assert acme["employer_cents_change"] + acme["employee_cents_change"] == acme["prorated_cents_change"]


def test_members_who_differ_are_listed_and_no_other(filled: Book) -> None:
    found = diff(filled).members.select("group_census_member_id", "change", "prorated_cents_change").rows()
    assert found == [
        (ANN, "changed", 36_000),
        (CID, "removed", -120_986),
        (DAN, "removed", -36_000),
    ]
    assert BOB not in [row[0] for row in found]


def test_a_changed_coverage_says_what_differs(filled: Book) -> None:
    why = {
        (r["group_census_member_id"], r["plan_name"]): r["why"] for r in diff(filled).coverages.iter_rows(named=True)
    }
    assert why[ANN, "Medical Gold"] == "age 45 to 46"
    assert why[CID, "Medical Gold"] == "not in the second run"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("tier = 'FAM'", "tier none to FAM"),
        ("unit_rate = 12.5", "rate none to 12.5"),
        ("volume_cents = 5000000", "volume none to 50000.00"),
        ("contribution_rule_id = NULL", "no contribution rule any more"),
        ("contribution_rule_id = '0rF000000000000001'", "another contribution rule"),
        ("covered_days = 100", "days 365/365 to 100/365"),
        ("issue = 'NO_RATE'", "issue none to NO_RATE"),
        (
            "employer_cents = employer_cents + 1, employee_cents = employee_cents - 1",
            "the contribution rule states another amount",
        ),
        ("period_cents = period_cents + 1", "a factor of the rate changed"),
    ],
)
def test_each_reason_is_told(filled: Book, change: str, says: str) -> None:
    of_bob = "WHERE rating_run_id = ? AND group_census_member_id = ?"
    more = "" if "cents" in change.replace("volume_cents", "") else ", prorated_cents = prorated_cents + 100"
    with filled.write() as tx:
        tx.connection.execute(f"UPDATE out.coverage_premium SET {change}{more} {of_bob}", [RENEWAL, BOB])
    why = {
        r["group_census_member_id"]: r["why"]
        for r in diff(filled).coverages.iter_rows(named=True)
        if r["plan_name"] == "Medical Gold"
    }
    assert why[BOB] == says


def test_the_other_way_round_removed_is_added_and_cents_change_sign(
    filled: Book,
) -> None:
    there, back = diff(filled), diff(filled, RENEWAL, CURRENT)
    assert dict(back.counts.select("change", "n_coverages").rows()) == {
        "added": 2,
        "changed": 1,
        "same": 3,
    }
    assert back.groups["prorated_cents_change"].sum() == -there.groups["prorated_cents_change"].sum()
    assert back.runs["rating_run_id"].to_list() == [RENEWAL, CURRENT]


def test_unknown_or_equal_runs_are_refused(filled: Book) -> None:
    with pytest.raises(NotFound) as refused:
        diff(filled, CURRENT, "0rr000000000000099")
    assert refused.value.code == "run_missing"
    with pytest.raises(Malformed):
        diff(filled, CURRENT, CURRENT)
