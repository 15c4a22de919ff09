"""`benefits people`, and the asset that makes the persons of a cohort."""

import re
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pytest

from assets.people import people
from services.book import Book
from tests.pipelines.conftest import Typed


def count(book: Book, query: str) -> int:
    with book.read() as tx:
        return int(tx.connection.execute(query).fetchall()[0][0])


def a_census(book: Book) -> str:
    """The id of the first census."""
    with book.read() as tx:
        return tx.connection.execute("SELECT min(group_census_id) FROM book.group_census").fetchall()[0][0]


def n_members(book: Book, *, only_primaries: bool) -> int:
    census_id = a_census(book)
    where = " AND primary_member_id IS NULL" if only_primaries else ""
    return count(book, f"SELECT count(*) FROM book.census_member WHERE group_census_id = '{census_id}'{where}")


@pytest.mark.parametrize(("options", "only_primaries"), [(["--primaries"], True), ([], False)])
def test_accounts_are_made_for_a_census_and_only_once(
    typed: Typed, finished_book: Book, options: Sequence[str], only_primaries: bool
) -> None:
    n = n_members(finished_book, only_primaries=only_primaries)
    for n_made in (n, 0):
        code, said, complained = typed("people", "accounts", "--census", a_census(finished_book), *options)
        assert code == 0, complained
        words = " ".join(said.split())
        assert f"{n:,} members: {n_made:,} accounts made, 0 members failed" in words
    assert count(finished_book, "SELECT count(*) FROM book.person_account") == n


def test_contacts_come_with_users_for_flagged_members_where_a_profile_is_named(
    typed: Typed, finished_book: Book
) -> None:
    census_id = a_census(finished_book)
    with finished_book.write() as tx:
        tx.connection.execute(
            "UPDATE book.census_member SET is_portal_user = true, email = group_census_member_id || '@example.org'"
            f" WHERE group_census_id = '{census_id}' AND primary_member_id IS NULL"
        ).fetchall()
    n = n_members(finished_book, only_primaries=True)
    code, said, complained = typed(
        "people", "contacts", "--census", census_id, "--primaries", "--profile", "00e000000000000001",
        "--time-zone", "America/New_York", "--locale", "en_US",
    )  # fmt: skip
    assert code == 0, complained
    assert f"{n:,} contacts and {n:,} users made" in " ".join(said.split())
    assert count(finished_book, "SELECT count(*) FROM book.portal_user WHERE time_zone = 'America/New_York'") == n
    user = "005000000000000001"
    code, said, complained = typed("token", "create", "--role", "member", "--name", "me", "--user", user)
    assert code == 0, complained
    assert re.search(r"gb_\S{20,}", said)


def test_one_is_told_as_one(typed: Typed, finished_book: Book) -> None:
    census_id = a_census(finished_book)
    with finished_book.write() as tx:
        tx.connection.execute(
            f"DELETE FROM book.census_member WHERE group_census_id = '{census_id}' AND group_census_member_id <> "
            f"(SELECT min(group_census_member_id) FROM book.census_member WHERE group_census_id = '{census_id}')"
        ).fetchall()
    code, said, complained = typed("people", "accounts", "--census", census_id)
    assert code == 0, complained
    assert "1 member: 1 account made, 0 members failed" in " ".join(said.split())


def test_what_cannot_be_is_refused_in_a_sentence(typed: Typed, finished_book: Book) -> None:
    code, _, complained = typed("people", "accounts", "--census", "no such census")
    assert (code, "There is no census no such census" in " ".join(complained.split())) == (1, True)
    code, _, complained = typed("people", "accounts", "--census", a_census(finished_book), "--profile", "00eNONE")
    told = "There is no profile 00eNONE. `benefits people profiles` lists them by id."
    assert (code, told in " ".join(complained.split())) == (1, True)
    code, _, complained = typed("people", "profiles", "--change", "00eNONE")
    assert (code, told in " ".join(complained.split())) == (1, True)


def test_members_without_a_record_are_listed(typed: Typed, finished_book: Book) -> None:
    census_id = a_census(finished_book)
    with finished_book.write() as tx:
        tx.connection.execute(
            f"UPDATE book.census_member SET last_name = ' ' WHERE group_census_id = '{census_id}'"
            " AND primary_member_id IS NULL"
        ).fetchall()
    code, said, _ = typed("people", "accounts", "--census", census_id, "--primaries")
    assert code == 0
    assert f"{n_members(finished_book, only_primaries=True):,} members failed" in " ".join(said.split())
    assert "Specify an input for LastName." in said


def test_profiles_are_listed_and_added(typed: Typed, finished_book: Book) -> None:
    code, said, _ = typed("people", "profiles")
    assert (code, "00e000000000000001" in said, "Member Portal" in said) == (0, True, True)
    code, said, _ = typed("people", "profiles", "--add", "Readers", "--permission", "read_family")
    assert (code, "00e000000000000002" in said, "Readers" in said) == (0, True, True)
    code, _, complained = typed("people", "profiles", "--add", "Odd", "--permission", "fly")
    assert (code, "There is no permission fly." in complained) == (1, True)
    del finished_book


def test_a_time_zone_of_users_that_are_not_made_is_refused(typed: Typed, finished_book: Book) -> None:
    for option in (("--time-zone", "Europe/Lisbon"), ("--locale", "en_US")):
        code, _, complained = typed("people", "accounts", "--census", a_census(finished_book), *option)
        assert (code, "--profile too" in " ".join(complained.replace("│", " ").split())) == (2, True), complained
    assert count(finished_book, "SELECT count(*) FROM book.person_account") == 0


def test_a_book_without_person_accounts_says_what_to_do_instead(typed: Typed, finished_book: Book) -> None:
    assert typed("settings", "person_accounts", "no")[0] == 0
    code, _, complained = typed("people", "accounts", "--census", a_census(finished_book))
    assert code == 1
    says = "is set to make no person accounts. Make contacts instead, or allow accounts: `benefits settings"
    assert says in " ".join(complained.split())
    assert typed("people", "contacts", "--census", a_census(finished_book))[0] == 0


@pytest.mark.parametrize(("person_accounts", "made"), [(True, "person_account"), (False, "contact")])
def test_the_asset_makes_persons_for_the_primaries_of_a_cohort(
    finished_book: Book, person_accounts: bool, made: str
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cohort", ["four"])
    n = count(finished_book, "SELECT count(*) FROM book.census_member WHERE primary_member_id IS NULL")
    result = dg.materialize(
        [people],
        instance=instance,
        partition_key="four",
        resources={"book": finished_book},
        run_config={"ops": {"people": {"config": {"person_accounts": person_accounts}}}},
    )
    assert result.success
    (told,) = result.asset_materializations_for_node("people")
    names = ("dagster/row_count", "members read", "records made", "failed")
    assert [told.metadata[name].value for name in names] == [n, n, n, 0]
    assert count(finished_book, f"SELECT count(*) FROM book.{made}") == n


def walked(book: Book, cohort: str = "four", **config: object) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """A run of the asset, whether it fails or not, and the lines of its log."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("cohort", [cohort])
        done = dg.materialize(
            [people],
            resources={"book": book},
            partition_key=cohort,
            instance=instance,
            raise_on_error=False,
            run_config={"ops": {"people": {"config": config}}},
        )
        return done, [each.user_message for each in instance.all_logs(done.run_id)]


def why(done: dg.ExecuteInProcessResult) -> str:
    """The words that the step failed with."""
    data = done.failure_data_for_node("people")
    assert data is not None
    assert data.user_failure_data is not None
    return str(data.user_failure_data.description)


@pytest.mark.parametrize(
    ("config", "again"),
    [
        ({}, "accounts --census CENSUS --primaries"),
        ({"person_accounts": False, "only_primaries": False}, "contacts --census CENSUS"),
    ],
)
def test_the_asset_tells_how_many_members_it_could_make_no_record_of(
    finished_book: Book, config: dict[str, Any], again: str
) -> None:
    """Whoever types what it says makes records of the same kind, for the same people: a primary needs a last name."""
    with finished_book.write() as tx:
        tx.connection.execute(
            """UPDATE book.census_member SET last_name = ' ' WHERE group_census_member_id = (
                SELECT min(group_census_member_id) FROM book.census_member WHERE primary_member_id IS NULL)"""
        ).fetchall()
    done, lines = walked(finished_book, **config)
    assert done.success
    (told,) = done.asset_materializations_for_node("people")
    assert told.metadata["failed"].value == 1
    assert told.metadata["members read"].value == told.metadata["records made"].value + 1
    (line,) = [line for line in lines if line.startswith("Without a record: 1 member. Why: book.async_detail")]
    assert f"`benefits people {again}` tries those members again" in line


def test_the_asset_refuses_a_cohort_without_a_census_and_a_profile_that_is_none(finished_book: Book) -> None:
    done, _ = walked(finished_book, "five")
    assert why(done) == "There is no cohort five. Known cohorts: four."
    done, _ = walked(finished_book, profile_id="00eNONE")
    assert why(done).startswith("There is no profile 00eNONE.")


def test_the_asset_fails_where_a_request_fails_as_a_whole(finished_book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("born 1990-01-01")

    monkeypatch.setattr("services.people.batch.create", broken)
    done, lines = walked(finished_book)
    assert "4 of 4 requests failed. The request 08P" in why(done)
    assert "born" not in " ".join(lines) + why(done)
