"""People as a job, the number of statements, and what forgetting a person leaves."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from schemas.census import CENSUS_MEMBER
from services import access, job_runs, jobs
from services.book import Transaction
from services.forget import forget
from services.insurance_errors import Refused
from services.people import batch
from services.people.asking import Wish, make
from services.people.fields import ACCOUNTS, CONTACTS
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, LATER, OTHER
from tests.services.people.office import PROFILE, USERS, Office, an_office
from tests.services.people.test_creating import KINDS


def asked(office: Office, **more: Any) -> str:
    kind = more.pop("kind", ACCOUNTS)
    with office.book.write() as tx:
        return batch.ask(tx, CENSUS, kind, scope=EVERYTHING, now=LATER, **more)


def worked(office: Office, request_id: str) -> dict[str, Any]:
    assert job_runs.run_pending(office.book, lambda: LATER, request_id=request_id) == [request_id]
    with office.book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING)


def outcomes(office: Office, request_id: str) -> list[tuple[Any, ...]]:
    return office.sql(
        "SELECT reference_record_id, status, description FROM book.async_detail "
        f"WHERE async_request_id = '{request_id}' ORDER BY async_detail_id"
    )


def test_a_job_makes_accounts_for_primaries_only_and_tells_of_each(office: Office) -> None:
    ids, request_id = office.ids(), asked(office)
    told = worked(office, request_id)
    assert (told["type"], told["status"], told["successfulJobCount"]) == ("AccountCreation", "Completed", 1)
    assert told["result"] == {"groupCensusId": CENSUS, "membersRead": 2, "membersFailed": 0, "recordsMade": 2}
    assert outcomes(office, request_id) == [
        (ids[name], "Success", f"Linked to {office.links(ids[name])[0]}.") for name in ("noor", "owen")
    ]
    assert office.links(ids["mira"]) == (None, None)


def test_dependents_are_done_as_well_where_that_is_asked_for(office: Office) -> None:
    told = worked(office, asked(office, kind=CONTACTS, only_primaries=False, batch_size=3))
    assert (told["jobCount"], told["result"]["membersRead"], told["result"]["recordsMade"]) == (2, 4, 4)


def test_a_repeated_job_makes_nothing_and_fails_nobody(office: Office) -> None:
    worked(office, asked(office))
    request_id = asked(office)
    told = worked(office, request_id)
    assert (told["status"], told["result"]["recordsMade"]) == ("Completed", 0)
    assert {row[1:] for row in outcomes(office, request_id)} == {
        ("Success", "Person Account already exists for member")
    }


def test_a_member_without_a_record_is_a_failure_and_the_others_go_through(office: Office) -> None:
    office.run("UPDATE book.census_member SET last_name = ' ' WHERE first_name = 'Owen'")
    request_id = asked(office)
    told = worked(office, request_id)
    assert (told["status"], told["result"]["membersFailed"]) == ("Completed With Errors", 1)
    with office.book.read() as tx:
        assert batch.failures(tx, request_id, 20) == [
            (office.ids()["owen"], "SF-0001-0004", "Specify an input for LastName.")
        ]


def test_users_are_made_where_details_are_given(office: Office) -> None:
    office.flag(office.ids()["noor"])
    told = worked(office, asked(office, user_details={"profile_id": PROFILE}))
    assert (told["result"]["recordsMade"], office.counts()) == (3, (2, 2, 1))


def test_an_empty_census_ends_at_once(office: Office) -> None:
    office.run(f"DELETE FROM book.census_member WHERE group_census_id = '{CENSUS}'")
    told = worked(office, asked(office))
    assert (told["status"], told["result"]["membersRead"]) == ("Completed", 0)


def test_what_cannot_be_is_refused_before_the_job_is_written_down(office: Office) -> None:
    for more in ({"user_details": {"profile_id": "00eNONE"}}, {"matching_keys": ["Nickname"]}):
        with pytest.raises(Refused):
            asked(office, **more)
    with office.book.write() as tx, pytest.raises(Refused):
        batch.ask(tx, CENSUS, ACCOUNTS, scope=Scope(("001OTHER",)), now=LATER)
    assert office.sql("SELECT count(*) FROM book.async_request") == [(0,)]


def test_a_job_that_was_cut_off_goes_on_where_it_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two batches dies once; the first is not done again."""
    request_id = asked(office, batch_size=1)
    real, done = batch.create, 0

    def dies_once(*args: Any, **more: Any) -> Any:
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt
        return real(*args, **more)

    monkeypatch.setattr(batch, "create", dies_once)
    with pytest.raises(KeyboardInterrupt):
        job_runs.run_pending(office.book, lambda: LATER, request_id=request_id)
    assert office.counts()[0] == 1
    told = worked(office, request_id)
    assert (told["status"], told["result"], done) == (
        "Completed",
        {"groupCensusId": CENSUS, "membersRead": 2, "membersFailed": 0, "recordsMade": 2},
        3,
    )


# ------------------------------------------------------------------------------------------------------- counting


def many(office: Office, n: int) -> None:
    """Fill the other census with n primaries, all flagged."""
    office.run(f"DELETE FROM book.census_member WHERE group_census_id = '{OTHER}'")
    numbers = pl.int_range(n, eager=True).cast(pl.String)
    people = pl.DataFrame({"n": numbers}).select(
        group_census_member_id=pl.lit("0r6X") + pl.col("n").str.zfill(14),
        family_id=pl.lit("0r6X") + pl.col("n").str.zfill(14),
        group_census_id=pl.lit(OTHER),
        name=pl.lit("P ") + pl.col("n"),
        first_name=pl.lit("P"),
        last_name=pl.col("n"),
        association=pl.lit("Self"),
        email=pl.col("n") + "@example.org",
        birth_date=pl.lit(date(1990, 1, 1)),
        gender=pl.lit("Female"),
        is_portal_user=pl.lit(value=True),
        is_opt_out_all_plans=pl.lit(value=False),
        is_disabled=pl.lit(value=False),
        is_student=pl.lit(value=False),
        created_at=pl.lit(LATER),
        modified_at=pl.lit(LATER),
    )
    assert set(people.columns) <= set(CENSUS_MEMBER.column_names)
    with office.book.write() as tx, tx.lend(made=people):
        tx.connection.execute("INSERT INTO book.census_member BY NAME SELECT * FROM made").fetchall()


@KINDS
def test_neither_statements_nor_calls_depend_on_the_number_of_members(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    counted: list[tuple[int, int]] = []
    ran: list[str] = []
    for name in ("run", "rows", "table"):
        real = getattr(Transaction, name)

        def noted(tx: Transaction, statement: str, params: Any = None, *, real: Any = real) -> Any:
            ran.append(statement)
            return real(tx, statement, params)

        monkeypatch.setattr(Transaction, name, noted)
    for n in (20, 20, 400):  # the first warms up
        (tmp_path / f"{len(counted)}").mkdir()
        fresh = an_office(tmp_path / f"{len(counted)}")
        many(fresh, n)
        ran.clear()
        calls = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        with fresh.book.write() as tx:
            wish = Wish(kind, OTHER, user_details=USERS)
            sys.setprofile(count)
            made = make(tx, wish, scope=EVERYTHING, now=LATER)
            sys.setprofile(None)
        assert made.details["user_id"].n_unique() == n
        counted.append((len(ran), calls))
        fresh.close()
    assert counted[1][0] == counted[2][0] <= 20
    assert counted[2][1] - counted[1][1] < 400


# ------------------------------------------------------------------------------------------------------ forgetting


def test_forgetting_a_family_removes_records_users_and_tokens_that_nobody_else_has(office: Office) -> None:
    """Noor is on both censuses with one account: it stays until she is forgotten there too."""
    noor, again, elias = office.ids()["noor"], office.ids(OTHER)["noor"], office.ids()["elias"]
    office.flag(noor, elias)
    office.make(ACCOUNTS, None, [noor, again, elias], users=USERS)
    assert office.counts() == (2, 2, 2)
    with office.book.write() as tx:
        for (user,) in tx.connection.execute("SELECT portal_user_id FROM book.portal_user ORDER BY 1").fetchall():
            access.create_token(tx, role="member", name="Haddad", portal_user_id=user, now=LATER)
    revoked = "SELECT revoked_at IS NOT NULL FROM book.access_token ORDER BY token_id"
    with office.book.write() as tx:
        forget(tx, noor, LATER)
    assert office.counts() == (1, 1, 1)
    assert office.sql(revoked) == [(False,), (True,)]
    assert office.sql("SELECT first_name FROM book.person_account") == [("Noor",)]
    with office.book.write() as tx:
        forget(tx, again, LATER)
    assert office.counts() == (0, 0, 0)
    assert office.sql("SELECT * FROM book.account_contact") == []
    assert office.sql(revoked) == [(True,), (True,)]


def test_the_only_errors_of_the_database_are_ours(office: Office) -> None:
    """Words of SQL in every text are only words."""
    evil = "x'; DROP TABLE book.contact; --"
    noor = office.ids()["noor"]
    with office.book.write() as tx:
        tx.connection.execute("UPDATE book.census_member SET first_name = $1, email = $1", [evil]).fetchall()
    office.flag(noor)
    try:
        made = office.make(ACCOUNTS, None, [noor, evil], users=USERS)
    except duckdb.Error as fault:
        pytest.fail(str(fault))
    assert made.details.height == 1
    assert office.sql("SELECT first_name, email FROM book.contact") == [(evil, evil)]
