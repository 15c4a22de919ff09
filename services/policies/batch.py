"""Cancelling many policies in one request, as a job (PR-24).

What lives here: reading and sorting out the rows of a request, and `cancel_policies`, the step function of requests of
the kind PolicyCancellation. What does not: one policy (`cancel`), and the amounts and records (`ending`).

A batch is an item of the request, of at most twelve policies; many are worked on in one transaction, so the size of a
batch decides neither an amount nor how many statements run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from services import jobs
from services.book import Transaction
from services.dollars import dollars
from services.insurance_errors import Refused, bad_date, invalid, missing
from services.job_runs import Job
from services.member_rating.words import FIRST_DAY
from services.policies import words
from services.policies.cancel import fees_of, states_of
from services.policies.ending import Manner, end
from services.policies.standing import CANCELED
from services.scope import EVERYTHING, Scope
from services.selections.facts import cells_of
from services.written_days import days

KIND = "PolicyCancellation"
MOST_IN_BATCH = 12
_ITEMS_AT_ONCE = 500
_STATED = ("policyId", "effectiveDate")
_DAY_OR_MOMENT = "^.{10}([T ].*)?$"


@dataclass(frozen=True)
class Accepted:
    """The request, and the rows that are not part of it, each with its code and message."""

    request_id: str
    invalid: list[dict[str, Any]]


def ask(
    tx: Transaction,
    policies: Sequence[Mapping[str, Any]] | None,
    manner: Manner,
    *,
    batch_size: int | None = None,
    additional_fees: Mapping[str, Any] | None = None,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> Accepted:
    """Accept the cancellation of policies, each from a day of its own; fees are kept of each.

    Rows without a policy or a date, with an unknown policy or an impossible date, and further rows of a policy are
    handed back; the others go on. Refused for no rows, none that is valid, and a batch size outside 1 to 12.
    """
    if not policies:
        raise Refused(missing("policies"))
    if batch_size is not None and batch_size > MOST_IN_BATCH:
        raise Refused(words.BATCH_TOO_LARGE)
    if batch_size is not None and batch_size < 1:
        raise Refused(invalid("batchSize"))
    rows = _judged(tx, policies, scope, now)
    good = rows.filter(pl.col("code").is_null())
    bad = _told(rows.filter(pl.col("code").is_not_null()))
    if good.is_empty():
        raise Refused(words.NO_VALID_ROW.about(invalidPolicies=bad[:50]))
    inputs = {
        "policyIds": good["policyId"].to_list(),
        "days": good["day"].dt.to_string("%Y-%m-%d").to_list(),
        "feesCents": fees_of(additional_fees),
        "batchSize": batch_size or MOST_IN_BATCH,
        "accountIds": None if scope.account_ids is None else list(scope.account_ids),
        "manner": asdict(manner),
    }
    account = tx.row("policies.account_of", {"policy_id": good["policyId"][0]})
    account_id = None if account is None else str(account[0])
    asked = jobs.Ask(KIND, "Policy cancellation", inputs, None, account_id, requested_by, http_request_id)
    return Accepted(jobs.accept(tx, asked, now=now), bad)


def _judged(tx: Transaction, policies: Sequence[Mapping[str, Any]], scope: Scope, now: datetime) -> pl.DataFrame:
    """The rows with `day`, and `code` and `message` of what is wrong with one."""
    rows = _stated(tx, policies)
    is_day = pl.col("effectiveDate").str.contains(_DAY_OR_MOMENT) & pl.col("effectiveDate_is_text")
    rows = rows.with_columns(day=pl.when(is_day).then(days(pl.col("effectiveDate").str.slice(0, 10))))
    known = scope.known(tx, "policy", rows.filter("policyId_is_text")["policyId"].to_list())
    later = pl.col("day") > pl.lit(now.date())
    cases = (
        (pl.col("policyId").is_null(), missing("policyId")),
        (pl.col("effectiveDate").is_null(), missing("effectiveDate")),
        (~(pl.col("policyId").is_in(sorted(known)) & pl.col("policyId_is_text")), invalid("policyId")),
        (pl.col("day").is_null(), bad_date()),
        (pl.col("day") < FIRST_DAY, invalid("effectiveDate")),
        (later, words.AFTER_TODAY),
    )
    code, message = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for wrong, error in reversed(cases):
        code = pl.when(wrong).then(pl.lit(error.code)).otherwise(code)
        message = pl.when(wrong).then(pl.lit(error.message)).otherwise(message)
    rows = rows.with_columns(code=code, message=message)
    # Of the rows that could go on, the first of a policy does; a bad row before it takes nothing away.
    is_good = pl.col("code").is_null()
    is_twice = is_good & ~pl.struct("policyId", is_good).is_first_distinct()
    return rows.with_columns(
        code=pl.when(is_twice).then(pl.lit(words.TWICE.code)).otherwise("code"),
        message=pl.when(is_twice).then(pl.lit(words.TWICE.message)).otherwise("message"),
    )


def _stated(tx: Transaction, policies: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """What each row states: `row`, the text of each property of `_STATED` (null: nothing), and whether it is one; what
    is no text, a number or an object, is shown as JSON writes it.
    """
    cells = cells_of(tx, policies)
    rows = pl.select(row=pl.int_range(len(policies), dtype=pl.UInt32))
    for name in _STATED:
        is_text = (pl.col("kind") == "VARCHAR").alias(f"{name}_is_text")
        own = cells.filter(pl.col("name") == name.lower()).select("row", is_text, text="text").rename({"text": name})
        rows = rows.join(own, on="row", how="left", maintain_order="left")
    return rows.with_columns(pl.col(f"{name}_is_text").fill_null(value=False) for name in _STATED)


def _told(bad: pl.DataFrame) -> list[dict[str, Any]]:
    return bad.select("policyId", "effectiveDate", "row", "code", "message").to_dicts()


def cancel_policies(job: Job) -> None:
    """Work on a request to its end, from wherever an earlier process left it."""
    with job.write() as (tx, _):
        items = jobs.items_of(tx, job.request_id)
        if items.is_empty():
            items = jobs.add_items(tx, job.request_id, _items(job.inputs))
    left = items.filter(pl.col("status").is_in([jobs.SCHEDULED, jobs.IN_PROGRESS])).sort("sequence_number")
    for at in range(0, left.height, _ITEMS_AT_ONCE):
        with job.write() as (tx, now):
            _work(tx, job, left.slice(at, _ITEMS_AT_ONCE), left.slice(at + _ITEMS_AT_ONCE), now)
    with job.write() as (tx, now):
        (counts,) = tx.frame("policies.outcome", {"request_id": job.request_id}).to_dicts()
        jobs.end(tx, job.request_id, now=now, result=counts)


def _items(inputs: Mapping[str, Any]) -> pl.DataFrame:
    """A batch for every so many rows."""
    n = -(-len(inputs["policyIds"]) // int(inputs["batchSize"]))
    return pl.DataFrame({"batch_job_id": [None] * n}, schema={"batch_job_id": pl.String})


def _weighed(tx: Transaction, inputs: Mapping[str, Any], items: pl.DataFrame) -> pl.DataFrame:
    """The rows of some items, with `code` and `message` of why a policy cannot end on its day."""
    rows = pl.DataFrame(
        {"policy_id": inputs["policyIds"], "day": inputs["days"]}, schema={"policy_id": pl.String, "day": pl.String}
    ).with_row_index("row")
    rows = rows.with_columns(
        pl.col("row").cast(pl.Int64),
        pl.col("day").str.to_date("%Y-%m-%d"),
        sequence_number=(pl.col("row") // int(inputs["batchSize"]) + 1).cast(items.schema["sequence_number"]),
    ).join(items.select("sequence_number", "async_item_id"), on="sequence_number", how="inner", maintain_order="left")
    accounts = inputs["accountIds"]
    scope = EVERYTHING if accounts is None else Scope(account_ids=tuple(accounts))
    states = states_of(tx, rows["policy_id"].to_list(), scope).with_columns(is_known=True)
    rows = rows.join(states, on="policy_id", how="left", maintain_order="left")
    return rows.with_columns(
        message=pl.when(pl.col("is_known").is_null()).then(pl.lit(invalid("policyId").message))
        .when(pl.col("status") == CANCELED).then(pl.lit(words.NOT_ACTIVE.message))
        .when(pl.col("day") > pl.col("expiration_date")).then(pl.lit(words.AFTER_END.message)),
        code=pl.when(pl.col("is_known").is_null()).then(pl.lit(invalid("policyId").code))
        .when(pl.col("status") == CANCELED).then(pl.lit(words.NOT_ACTIVE.code))
        .when(pl.col("day") > pl.col("expiration_date")).then(pl.lit(words.AFTER_END.code)),
    )  # fmt: skip


def _work(tx: Transaction, job: Job, items: pl.DataFrame, later: pl.DataFrame, now: datetime) -> None:
    """Cancel the policies of some items, and write down what came of each. A policy that a later item ends on a day of
    its own is left to that one, although an earlier version of it ends here.
    """
    inputs = job.inputs
    is_here = pl.col("async_item_id").is_in(items["async_item_id"].implode())
    all_rows = _weighed(tx, inputs, pl.concat([items, later]))
    rows, good = all_rows.filter(is_here), all_rows.filter(pl.col("code").is_null())
    ends = good.filter(is_here).select(
        "row",
        "policy_id",
        participant_id=pl.lit(None, pl.String),
        is_whole=pl.lit(value=True),
        cancellation_date="day",
        fees_cents=pl.lit(int(inputs["feesCents"]), pl.Int64),
    )
    manner = Manner(**{**inputs["manner"], "source_change_id": job.request_id})
    moved = end(tx, ends, manner, now=now, apart=good.filter(~is_here)["policy_id"])
    later_ones = moved.filter("is_later").group_by("row", maintain_order=True).agg(later_ids="policy_id")
    moved = moved.filter(~pl.col("is_later")).select("policy_id", "amount_cents", "transaction_id")
    for on, told in (("policy_id", moved), ("row", later_ones)):
        rows = rows.join(told, on=on, how="left", maintain_order="left")
    _report(tx, job.request_id, rows)


def _report(tx: Transaction, request_id: str, rows: pl.DataFrame) -> None:
    """A detail for each policy, and how each batch ended."""
    is_bad = pl.col("code").is_not_null()
    failed = pl.struct("code", "message").struct.json_encode()
    done = pl.struct(
        policyId="policy_id",
        refundAmount=dollars(pl.col("amount_cents")),
        transactionId="transaction_id",
        laterPolicyIds=pl.col("later_ids").fill_null([]),
    ).struct.json_encode()
    details = rows.select(
        "async_item_id",
        name=pl.coalesce("policy_number", pl.lit("Policy")),
        reference_record_id="policy_id",
        status=pl.when(is_bad).then(pl.lit(jobs.DETAIL_FAILED)).otherwise(pl.lit(jobs.SUCCESS)),
        description=pl.coalesce("message", pl.lit("Canceled.")),
        additional_information=pl.when(is_bad).then(failed).otherwise(done),
    )
    jobs.add_details(tx, request_id, details)
    ended = rows.group_by("async_item_id").agg(n_bad=is_bad.sum())
    jobs.end_items(
        tx,
        request_id,
        ended.select(
            "async_item_id",
            status=jobs.worked(pl.col("n_bad")),
            additional_information=pl.lit(None, pl.String),
        ),
    )
