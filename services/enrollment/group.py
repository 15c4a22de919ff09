"""The enrollment of a census as a job: an item for each root plan that members chose, families apart.

What lives here: `enroll_group`, the step function of requests of the kind GroupEnrollment (EN-20 to EN-23). What does
not: what is known before (`request`), the core (`enroll`), what is told at the end (`report`).

An item is written in one transaction with what it did. Should it break down, its families are halved until the one
that breaks it stands alone: that one fails, the others are enrolled (decisions, 13). Families that were done before a
process died are not done again: they are Completed, or the item has told of them.
"""

import logging
import traceback
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from services import jobs
from services.book import Transaction
from services.enrollment import report, words
from services.enrollment.enroll import OUTCOME, enroll
from services.enrollment.manner import plan_of
from services.enrollment.request import GroupAsk, manner_of, of_inputs
from services.job_runs import Job, Lost
from services.refusals import Refusal
from services.scope import Scope

LOG = logging.getLogger("benefits.jobs")


def enroll_group(job: Job) -> None:
    """Work on a request to its end, from wherever an earlier process left it."""
    asked = of_inputs(job.inputs)
    with job.read() as tx:
        items = tx.frame("enrollment.items", {"request_id": job.request_id})
    if items.is_empty():
        with job.write() as (tx, _):
            plans = tx.frame(
                "enrollment.plans_of_census", {"census_id": asked.census_id, "contract_id": asked.contract_id}
            )
            jobs.add_items(tx, job.request_id, plans.select(plan_name="name", reference_record_id="contract_plan_id"))
            items = tx.frame("enrollment.items", {"request_id": job.request_id})
    for item in items.filter(pl.col("status") == jobs.SCHEDULED).to_dicts():  # plans, not members
        with job.read() as tx:
            at = {"census_id": asked.census_id, "plan_id": item["plan_id"], "item_id": item["async_item_id"]}
            families = tx.frame("enrollment.families_of_plan", at)["group_census_member_id"]
        _work(job, asked, item, families, ends_item=True)
    with job.write() as (tx, now):
        report.finish(tx, job, now=now)


def _work(job: Job, asked: GroupAsk, item: dict[str, Any], families: pl.Series, *, ends_item: bool) -> None:
    """Enroll some families of an item, all at once; by halves where that breaks down."""
    try:
        with job.write() as (tx, now):
            _enroll_in(tx, job, asked, item, families, now)
            if ends_item:
                report.end_item(tx, job.request_id, item["async_item_id"])
        return
    except (Lost, Refusal):
        raise
    except Exception as fault:  # noqa: BLE001 - a defect or a bad row costs its own family, not the others
        frames = "".join(traceback.format_tb(fault.__traceback__))
        LOG.error("defect %s in %d families of %s\n%s", type(fault).__name__, len(families), job.request_id, frames)
    if len(families) > 1:
        half = len(families) // 2
        _work(job, asked, item, families.head(half), ends_item=False)
        _work(job, asked, item, families.tail(len(families) - half), ends_item=False)
    else:
        with job.write() as (tx, now):
            _note_broken(tx, job, item, families, now)
    if ends_item:
        with job.write() as (tx, _):
            report.end_item(tx, job.request_id, item["async_item_id"])


def _enroll_in(
    tx: Transaction, job: Job, asked: GroupAsk, item: dict[str, Any], families: pl.Series, now: datetime
) -> None:
    """The enrollment of some families, and what came of each, in one transaction."""
    plan = plan_of(tx, item["plan_id"])
    if plan is None or families.is_empty():
        return
    manner = manner_of(tx, asked, job.request_id)
    scope = Scope(None if job.account_id is None else (job.account_id,))
    outcome = enroll(tx, plan, families, manner, scope=scope, now=now)
    report.note(tx, job.request_id, item["async_item_id"], outcome)


def _note_broken(tx: Transaction, job: Job, item: dict[str, Any], families: pl.Series, now: datetime) -> None:
    """A family that broke the enrollment: it failed, and nothing of it was written."""
    broken = pl.DataFrame({"group_census_member_id": families, "family_id": families}).with_columns(
        at=pl.lit(0),
        code=pl.lit(words.BROKEN.code),
        message=pl.lit(words.BROKEN.message),
        info=pl.lit(orjson.dumps({}).decode()),
        is_opted_out=pl.lit(value=False),
        **{
            name: pl.lit(None, pl.String) for name in ("name", "source_system_identifier", "policy_id", "policy_number")
        },
    )
    report.note(tx, job.request_id, item["async_item_id"], broken.select(OUTCOME))
    with tx.lend(enrollment_asked=broken.select("group_census_member_id")):
        kin = tx.frame("enrollment.kin_of_plan", {"plan_id": item["plan_id"]})
    with tx.lend(enrollment_held=kin.with_columns(enrollment_status=pl.lit("Failed"))):
        tx.run("enrollment.set_status", {"plan_id": item["plan_id"], "now": now})
