"""The asset that enrolls a cohort: the same function as a server's, and nothing twice."""

from pathlib import Path

import dagster as dg
import pytest

from assets.enrollment import POLICY_TABLES, group_enrollment
from services.book import Book
from tests.random_book import NOW, write
from tests.services.enrollment.desk import CENSUS, MEDICAL, OWEN, a_book, change, chosen, found, rows


def walked(book: Book, cohort: str = "2027") -> dg.ExecuteInProcessResult:
    """A run of the asset, whether it fails or not."""
    return told_of(book, cohort)[0]


def told_of(book: Book, cohort: str = "2027") -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """A run of the asset, and the lines of its log."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("cohort", [cohort])
        done = dg.materialize(
            [group_enrollment],
            resources={"book": book},
            partition_key=cohort,
            instance=instance,
            raise_on_error=False,
        )
        return done, [each.user_message for each in instance.all_logs(done.run_id)]


def why(done: dg.ExecuteInProcessResult) -> str:
    """The words that the step failed with."""
    data = done.failure_data_for_node("group_enrollment")
    assert data is not None
    assert data.user_failure_data is not None
    return str(data.user_failure_data.description)


def enrolled(book: Book) -> set[str]:
    """The tables that a run of the asset stored."""
    done = walked(book)
    return {each.asset_key.to_user_string() for each in done.get_asset_materialization_events() if each.asset_key}


@pytest.mark.rule("EN-23")
def test_the_asset_enrolls_what_a_cohort_chose_and_nothing_twice(tmp_path: Path) -> None:
    book = a_cohort(tmp_path)
    for _ in range(2):
        assert enrolled(book) == {name.replace(".", "/") for name in POLICY_TABLES}
        assert found(book, "SELECT count(*) FROM book.insurance_policy") == [(3,)]


def told_of_policies(done: dg.ExecuteInProcessResult) -> dict[str, object]:
    """What the run tells of the policies."""
    (policies,) = done.asset_materializations_for_node("group_enrollment")[:1]
    return {name: value.value for name, value in policies.metadata.items()}


def test_where_the_reasons_of_families_that_failed_are_is_told(tmp_path: Path) -> None:
    """The family of a spouse without a rate fails, as in `test_group`; the reason itself stays out of the records."""
    book = a_cohort(tmp_path / "whole")
    assert "reasons" not in told_of_policies(walked(book))
    failing = a_cohort(tmp_path / "failing")
    change(failing, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    told = told_of_policies(walked(failing))
    (request,) = found(failing, "SELECT DISTINCT async_request_id FROM book.async_detail WHERE status = 'Failed'")
    assert request[0] in str(told["enrolled"])
    assert "book.async_detail" in str(told["reasons"])
    assert "`benefits enroll CENSUS`" in str(told["reasons"])


def test_the_log_tells_each_census_when_it_is_done(tmp_path: Path) -> None:
    done, lines = told_of(a_cohort(tmp_path))
    assert done.success
    at = lines.index("1 census to enroll")
    assert f"{CENSUS}: Completed, 3 policies made, 0 choices not enrolled" in lines[at + 1 :]


def test_a_cohort_without_a_census_is_refused_and_not_told_as_nothing(tmp_path: Path) -> None:
    done = walked(a_cohort(tmp_path), "2028")
    assert (done.success, why(done)) == (False, "There is no cohort 2028. Known cohorts: 2027.")


def test_a_census_whose_request_fails_as_a_whole_fails_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("born 1990-01-01")

    monkeypatch.setattr("services.enrollment.group._work", broken)
    done, lines = told_of(a_cohort(tmp_path))
    assert not done.success
    assert why(done).startswith("The request 08P")
    assert "a defect of the program (RuntimeError)." in why(done)
    assert any(line.startswith(f"{CENSUS}: The request 08P") for line in lines)
    assert "born" not in " ".join(lines) + why(done)


def a_cohort(tmp_path: Path) -> Book:
    """Three families that chose medical, in the cohort 2027."""
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    with book.write() as tx:
        write(
            tx.connection,
            {
                "book.cohort": [{"cohort": "2027", "registered_at": NOW}],
                "book.cohort_census": [{"cohort": "2027", "group_census_id": CENSUS}],
            },
        )
    return book
