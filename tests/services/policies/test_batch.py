"""Many policies cancelled in one request: which rows go on, and what is told of each (PR-24)."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from services import jobs
from services.book import Book, Transaction
from services.insurance_errors import Refused
from services.job_runs import run_pending
from services.policies import batch
from services.policies.batch import Accepted, ask
from services.policies.ending import Manner
from services.scope import EVERYTHING, Scope
from tests.services.policies.desk import HOLDER, LATER, OF_HOSPITAL, POLICY, a_book, records, rows
from tests.services.test_gather import Rows

AUTUMN = datetime.fromisoformat(LATER)
DAY = "2026-09-21"


LATER_VERSION = "0YT000000000000002"


def named(number: int) -> str:
    return f"0YT{number:015d}"


def two_versions(**later: Any) -> list[Rows]:
    """A policy of 900.00 to the end of June, and its next version."""
    line = [(HOLDER, OF_HOSPITAL, 90_000, 60_000)]
    first = records(POLICY, line, policy_code="G", expiration_date=date(2026, 6, 30))
    second = {"policy_code": "G", "effective_date": date(2026, 7, 1), "prior_policy_id": POLICY} | later
    return [first, records(LATER_VERSION, line, "b", **second)]


def several(n: int) -> list[Rows]:
    """Policies of one person at 900.00."""
    return [records(named(i + 1), [(HOLDER, OF_HOSPITAL, 90_000, 60_000)], f"/{i}") for i in range(n)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Thirty policies, for the tests that write nothing but requests."""
    return a_book(tmp_path_factory.mktemp("batch"), *several(30))


def asked(book: Book, policies: Any, scope: Scope = EVERYTHING, **more: Any) -> Accepted:
    with book.write() as tx:
        return ask(tx, policies, more.pop("manner", Manner()), scope=scope, now=AUTUMN, **more)


def status(book: Book, request_id: str) -> dict[str, Any]:
    run_pending(book, lambda: AUTUMN)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING)


def each(*numbers: int) -> list[dict[str, Any]]:
    return [{"policyId": named(number), "effectiveDate": DAY} for number in numbers]


@pytest.mark.rule("PR-24")
def test_rows_that_lack_something_come_back_and_the_others_go_on(tmp_path: Path) -> None:
    book = a_book(tmp_path, *several(3))
    odd: list[dict[str, Any]] = [
        {"policyId": None, "effectiveDate": DAY},
        {"policyId": named(2), "effectiveDate": None},
        {"policyId": " ", "effectiveDate": DAY},
        {"effectiveDate": DAY},
        {"policyId": named(99), "effectiveDate": DAY},
        {"policyId": named(2), "effectiveDate": "21/09/2026"},
        {"policyId": named(2), "effectiveDate": "2026-02-30"},
        {"policyId": named(2), "effectiveDate": "2026-10-02"},
        {"policyId": named(2), "effectiveDate": "0000-01-01"},  # no year, as where one policy is cancelled
        {"policyId": named(2), "effectiveDate": "1899-12-31"},  # of no term that anybody sells
        {"policyId": named(1), "effectiveDate": DAY},
    ]
    accepted = asked(book, [*each(1), *odd, *each(3)], manner=Manner(creates_transaction=True, reason="Group left"))
    assert [(row["row"], row["code"]) for row in accepted.invalid] == [
        (1, "SF-0001-0004"), (2, "SF-0001-0004"), (3, "SF-0001-0004"), (4, "SF-0001-0004"), (5, "SF-0001-0005"),
        (6, "SF-0001-0003"), (7, "SF-0001-0003"), (8, "GB-POL-001"), (9, "SF-0001-0003"), (10, "SF-0001-0005"),
        (11, "GB-POL-004"),
    ]  # fmt: skip
    told = status(book, accepted.request_id)
    assert (told["type"], told["status"], told["result"]) == (
        "PolicyCancellation",
        "Completed",
        {"policiesCanceled": 2, "policiesFailed": 0},
    )
    assert rows(book, "SELECT policy_id, status, term_cents FROM book.insurance_policy ORDER BY 1") == [
        (named(1), "Canceled", 64_849),
        (named(2), "In Force", 90_000),
        (named(3), "Canceled", 64_849),
    ]
    assert rows(book, "SELECT DISTINCT source_change_id, reason, amount_cents FROM book.policy_transaction") == [
        (accepted.request_id, "Group left", -25_151)
    ]
    with book.read() as tx:
        details = jobs.details(tx, accepted.request_id, limit=10, scope=EVERYTHING)
    assert [(one["ReferenceRecordId"], one["Status"]) for one in details] == [
        (named(1), "Success"),
        (named(3), "Success"),
    ]
    assert '"refundAmount":-251.51' in details[0]["AdditionalInformation"]


@pytest.mark.rule("PR-21", "PR-24")
def test_what_goes_on_from_a_policy_is_told_beside_it(tmp_path: Path) -> None:
    renewal = {"prior_policy_id": POLICY, "is_renewed": True, "effective_date": date(2026, 7, 1)}
    line = [(HOLDER, OF_HOSPITAL, 90_000, 60_000)]
    first = records(POLICY, line, expiration_date=date(2026, 6, 30))
    book = a_book(tmp_path, first, records(LATER_VERSION, line, "b", **renewal), *several(4)[3:])
    policies = [{"policyId": POLICY, "effectiveDate": "2026-06-01"}, *each(4)]
    accepted = asked(book, policies)
    assert status(book, accepted.request_id)["result"] == {"policiesCanceled": 2, "policiesFailed": 0}
    with book.read() as tx:
        details = jobs.details(tx, accepted.request_id, limit=10, scope=EVERYTHING)
    told = [orjson.loads(one["AdditionalInformation"])["laterPolicyIds"] for one in details]
    assert told == [[LATER_VERSION], []]
    assert rows(book, "SELECT status, term_cents FROM book.insurance_policy ORDER BY policy_id")[1] == ("Canceled", 0)


@pytest.mark.rule("PR-24")
def test_a_bad_row_takes_nothing_from_a_good_one_of_the_same_policy(tmp_path: Path) -> None:
    book = a_book(tmp_path, *several(1))
    bad = {"policyId": named(1), "effectiveDate": "2026-02-30"}
    accepted = asked(book, [bad, *each(1), bad, *each(1)])
    assert [(row["row"], row["code"]) for row in accepted.invalid] == [
        (0, "SF-0001-0003"), (2, "SF-0001-0003"), (3, "GB-POL-004"),
    ]  # fmt: skip
    assert status(book, accepted.request_id)["result"] == {"policiesCanceled": 1, "policiesFailed": 0}


@pytest.mark.rule("PR-24")
@pytest.mark.parametrize(
    ("policy", "day", "code"),
    [
        ({"a": 1}, DAY, "SF-0001-0005"),
        ([named(1)], DAY, "SF-0001-0005"),
        (7, DAY, "SF-0001-0005"),
        (True, DAY, "SF-0001-0005"),
        (named(1), {"a": 1}, "SF-0001-0003"),
        (named(1), [DAY], "SF-0001-0003"),
        (named(1), 20260921, "SF-0001-0003"),
    ],
)
def test_a_row_that_states_no_text_comes_back_with_a_code(filled: Book, policy: Any, day: Any, code: str) -> None:
    accepted = asked(filled, [{"policyId": policy, "effectiveDate": day}, *each(2)])
    assert [(row["row"], row["code"]) for row in accepted.invalid] == [(0, code)]
    jobs_of_it = "SELECT inputs FROM book.async_request ORDER BY async_request_id DESC LIMIT 1"
    assert rows(filled, jobs_of_it)[0][0].startswith(f'{{"policyIds":["{named(2)}"]')


@pytest.mark.rule("PR-21", "PR-24")
@pytest.mark.parametrize("at_once", [1, 500])
@pytest.mark.parametrize("order", [(POLICY, LATER_VERSION), (LATER_VERSION, POLICY)])
def test_versions_of_a_policy_end_each_on_its_own_day_however_batches_are_worked_on(
    order: tuple[str, str], at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = a_book(tmp_path, *two_versions())
    monkeypatch.setattr("services.policies.batch._ITEMS_AT_ONCE", at_once)
    days = {POLICY: "2026-06-01", LATER_VERSION: "2026-09-21"}
    body = [{"policyId": key, "effectiveDate": days[key]} for key in order]
    told = status(book, asked(book, body, batch_size=1).request_id)
    assert (told["status"], told["result"]) == ("Completed", {"policiesCanceled": 2, "policiesFailed": 0})
    # 900.00 for 151 days of 365 to the end of May, and for 82 from July to 20 September: 372.33 and 202.19
    assert rows(book, "SELECT policy_id, term_cents, expiration_date FROM book.insurance_policy ORDER BY 1") == [
        (POLICY, 37_233, date(2026, 5, 31)),
        (LATER_VERSION, 20_219, date(2026, 9, 20)),
    ]


@pytest.mark.rule("PR-21", "PR-24")
def test_a_version_whose_own_row_cannot_go_on_ends_with_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = a_book(tmp_path, *two_versions(expiration_date=date(2026, 9, 1)))
    monkeypatch.setattr("services.policies.batch._ITEMS_AT_ONCE", 1)
    body = [{"policyId": key, "effectiveDate": DAY} for key in (POLICY, LATER_VERSION)]
    body[0]["effectiveDate"] = "2026-06-01"
    assert status(book, asked(book, body, batch_size=1).request_id)["result"]["policiesFailed"] == 1
    assert rows(book, "SELECT DISTINCT status FROM book.insurance_policy") == [("Canceled",)]


@pytest.mark.rule("PR-24", "BC-81")
def test_a_policy_that_cannot_be_cancelled_fails_alone(tmp_path: Path) -> None:
    ends = records(named(4), [(HOLDER, OF_HOSPITAL, 90_000, 0)], "/x", expiration_date=date(2026, 6, 30))
    book = a_book(tmp_path, *several(2), records(named(3), [], status="Canceled"), ends)
    told = status(book, asked(book, each(1, 2, 3, 4), batch_size=2).request_id)
    assert [(one["status"]) for one in told["requestItems"]] == ["Completed", "Completed With Errors"]
    counts = ("jobCount", "successfulJobCount", "erroredJobCount", "failedJobCount")
    assert (told["status"], *(told[name] for name in counts)) == (
        "Completed With Errors", 2, 1, 1, 0,
    )  # fmt: skip
    with book.read() as tx:
        failed = jobs.details(tx, told["requestId"], status="Failed", limit=10, scope=EVERYTHING)
    assert [(one["ReferenceRecordId"], one["Description"]) for one in failed] == [
        (named(3), "The policy isn't active."),
        (named(4), "The cancellation date is after the last day of the policy."),
    ]


@pytest.mark.rule("BC-81")
def test_asking_again_cancels_nothing_twice(tmp_path: Path) -> None:
    book = a_book(tmp_path, *several(2))
    first = status(book, asked(book, each(1, 2)).request_id)
    again = status(book, asked(book, each(1, 2)).request_id)
    assert (first["status"], again["status"]) == ("Completed", "Completed With Errors")
    assert again["result"] == {"policiesCanceled": 0, "policiesFailed": 2}


@pytest.mark.parametrize(("size", "n_items"), [(None, 3), (12, 3), (5, 6), (1, 30)])
def test_a_batch_is_an_item_of_at_most_twelve_policies(tmp_path: Path, size: int | None, n_items: int) -> None:
    book = a_book(tmp_path, *several(30))
    told = status(book, asked(book, each(*range(1, 31)), batch_size=size).request_id)
    assert (told["jobCount"], told["successfulJobCount"]) == (n_items, n_items)
    # no amount depends on it: 30 x 648.49
    assert rows(book, "SELECT sum(term_cents) FROM book.insurance_policy") == [(30 * 64_849,)]


@pytest.mark.parametrize(
    ("policies", "more", "code"),
    [
        (None, {}, "SF-0001-0004"),
        ([], {}, "SF-0001-0004"),
        (each(1), {"batch_size": 13}, "GB-POL-005"),
        (each(1), {"batch_size": 0}, "SF-0001-0005"),
        (each(1), {"additional_fees": {"Letter": -1}}, "SF-0001-0005"),
        ([{"policyId": named(1)}], {}, "GB-POL-006"),
        (each(99), {}, "GB-POL-006"),
        (each(1), {"scope": Scope(account_ids=("B",))}, "GB-POL-006"),
    ],
)
def test_a_request_without_a_valid_row_is_refused(filled: Book, policies: Any, more: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(filled, policies, **more)
    assert [error.code for error in refused.value.errors] == [code]


def test_a_killed_process_leaves_batches_that_are_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies between two transactions is followed by one that cancels the rest and nothing twice."""
    book = a_book(tmp_path, *several(6))
    request_id = asked(book, each(*range(1, 7)), batch_size=2, manner=Manner(creates_transaction=True)).request_id
    monkeypatch.setattr("services.policies.batch._ITEMS_AT_ONCE", 1)
    inner, worked = batch._work, list[str]()

    def dying(tx: Transaction, job: Any, items: Any, later: Any, now: datetime) -> None:
        if len(worked) == 1:
            raise KeyboardInterrupt
        inner(tx, job, items, later, now)
        worked.append(job.request_id)

    monkeypatch.setattr(batch, "_work", dying)
    with pytest.raises(KeyboardInterrupt):
        run_pending(book, lambda: AUTUMN)
    assert rows(book, "SELECT count(*) FROM book.policy_transaction") == [(2,)]
    monkeypatch.setattr(batch, "_work", inner)
    told = status(book, request_id)
    assert (told["status"], told["result"]) == ("Completed", {"policiesCanceled": 6, "policiesFailed": 0})
    assert rows(book, "SELECT count(*), count(DISTINCT policy_id) FROM book.policy_transaction") == [(6, 6)]


def test_the_number_of_statements_does_not_depend_on_the_number_of_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    inner: Callable[..., Any] = Transaction.run
    for n in (1, 30):
        folder = tmp_path / str(n)
        folder.mkdir()
        book = a_book(folder, *several(n))
        request_id = asked(book, each(*range(1, n + 1)), manner=Manner(True, True)).request_id
        calls = 0

        def counting(self: Transaction, name: str, params: Any = None) -> None:
            nonlocal calls
            calls += 1
            inner(self, name, params)

        monkeypatch.setattr(Transaction, "run", counting)
        assert status(book, request_id)["status"] == "Completed"
        monkeypatch.setattr(Transaction, "run", inner)
        counted.append(calls)
    assert counted[0] == counted[1]
