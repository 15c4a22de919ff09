"""The rating of a group quote as a job: everybody on its census priced, and the premiums written on its lines.

What lives here: `rate_quote`, the step function of requests of the kind GroupRating (GR-8 to GR-20). What does not:
what is known before (`request`), prices (`services.pricing`).

The whole quote is priced at once, outside of any transaction; what comes of it is written in one, with the outcome of
every line. So a killed process has written all of a rating or nothing, and no size of a batch can change an amount.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from rating.codes import Issue
from services import ids, jobs
from services.asked import Quote
from services.book import Transaction
from services.gather import gather
from services.inputs import Inputs
from services.job_runs import Job
from services.pricing import price_inputs
from services.quotes import words
from services.quotes.reading import fingerprints
from services.quotes.request import SUMMARY_BASED

PART_UNRATED = "One or more coverages couldn't be rated."

_NO_AMOUNT = Issue.AMOUNT_REQUIRED.name
_GROWN_OUT = Issue.OUTSIDE_TERM.name
"""No day of cover: of a quote, which begins for all on its first day, only a child who is too old by then. Nobody chose
for it, so nothing is wrong: it is left out."""


def rate_quote(job: Job) -> None:
    """Price the lines asked for, write premiums and errors, and end the request."""
    quote_id = str(job.reference_id)
    roots: list[str] = job.inputs["rootLineIds"]
    day = date.fromisoformat(job.inputs["ratingDate"])
    with job.write() as (tx, _):
        items = jobs.items_of(tx, job.request_id)
        if items.is_empty():
            lines = tx.frame("quotes.lines", {"quote_id": quote_id})
            named = pl.DataFrame({"quote_line_id": roots}).join(lines, on="quote_line_id", how="left")
            items = jobs.add_items(
                tx, job.request_id, named.select(plan_name="name", reference_record_id="quote_line_id")
            )
    with job.read() as tx:
        seen = fingerprints(tx, quote_id)
        read = _read(tx, quote_id, roots, day)
    rated = _rated(read, roots)
    with job.write() as (tx, now):
        now_seen = fingerprints(tx, quote_id)
        if not now_seen.equals(seen):  # somebody changed the quote or its census meanwhile
            seen, read = now_seen, _read(tx, quote_id, roots, day)
            rated = _rated(read, roots)
        with tx.lend(quote_rated=rated.select("quote_line_id", "cents", "error", "note")):
            tx.run("quotes.write_lines", {"now": now, "rating_date": day})
        tx.run("quotes.roll_up", {"quote_id": quote_id, "root_ids": roots, "part_unrated": PART_UNRATED})
        with tx.lend(quote_seen=seen):
            tx.run("quotes.is_rated_as", {"root_ids": roots})
        tx.run("quotes.total", {"quote_id": quote_id, "now": now, "rating_date": day})
        rating_ids = _report(tx, job, items, roots, rated, now)
        total = tx.row("quotes.total_of", {"quote_id": quote_id})
        cents = int(total[0]) if total and total[0] is not None else None
        result: dict[str, Any] = {
            "quoteId": quote_id,
            "totalPrice": None if cents is None else cents / 100,
            "linesRated": rated.filter(pl.col("error").is_null()).height,
            "linesFailed": rated.filter(pl.col("error").is_not_null()).height,
            "ratingRequestIds": rating_ids,
        }
        jobs.end(tx, job.request_id, now=now, result=result)


@dataclass(frozen=True)
class _Read:
    """The quote as it was read: its lines, the inputs and the tables of the roots to rate, and amounts assumed."""

    lines: pl.DataFrame
    inputs: Inputs
    procedures: pl.DataFrame
    assumed: pl.DataFrame
    is_summary_based: bool


def _read(tx: Transaction, quote_id: str, roots: list[str], day: date) -> _Read:
    """No premium hangs on another root (shares may, which a quote has none of), so only those to rate are read."""
    (quote,) = tx.frame("quotes.head", {"quote_id": quote_id}, near=1).to_dicts()
    lines = tx.frame("quotes.lines", {"quote_id": quote_id})
    kind = quote["census_rating_type"]
    asked = {"quote_id": quote_id, "root_ids": roots, "rating_type": kind, "rating_date": day}
    inputs = gather(tx, Quote(quote_id, roots, day))
    assumed = tx.frame("quotes.assumed", {"quote_id": quote_id})
    return _Read(lines, inputs, tx.frame("quotes.procedures", asked), assumed, kind == SUMMARY_BASED)


def _rated(read: _Read, roots: list[str]) -> pl.DataFrame:
    """Per coverage line asked for: `cents`, the sum over members, and `code` and `error`, null where all have a price.

    A member costs what its days of the term do, as on a policy: ages that rise within the term count from their day on
    where the table says so (GR-13), and a child who grows out of the plan costs nothing from then on.
    Nobody in a class that is rated member by member costs nothing, which `note` says, as it does of an amount that is
    assumed; a class rated as one needs somebody to be rated.
    """
    lines, procedures = read.lines, read.procedures
    coverages = price_inputs(read.inputs).coverages.filter(pl.col("issue").ne_missing(_GROWN_OUT))
    wanted = lines.filter((pl.col("level") == "COVERAGE") & pl.col("root_line_id").is_in(roots))
    is_wrong = pl.col("severity").fill_null("") == "error"
    sums = coverages.group_by("contract_plan_id").agg(
        cents=pl.col("prorated_cents").sum(),
        n=pl.len(),
        n_wrong=is_wrong.sum(),
        first=pl.struct("published_code", "message", "issue").filter(is_wrong).first(),
    )
    fitting = procedures.filter("fits").select("quote_line_id", has_procedure=pl.lit(value=True))
    rows = wanted.select("quote_line_id", "root_line_id").join(
        sums, left_on="quote_line_id", right_on="contract_plan_id", how="left", maintain_order="left"
    )
    for more in (fitting, read.assumed):
        rows = rows.join(more, on="quote_line_id", how="left", maintain_order="left")
    said = pl.col("first").struct
    lacks_table, is_nobody = pl.col("has_procedure").is_null(), pl.col("n").is_null() & pl.lit(read.is_summary_based)
    return rows.select(
        "quote_line_id",
        "root_line_id",
        pl.col("cents").fill_null(0),
        code=pl.when(lacks_table).then(pl.lit(words.NO_PROCEDURE.code))
        .when(is_nobody).then(pl.lit(words.NOBODY.code))
        .when(pl.col("n_wrong") > 0).then(said.field("published_code")),
        error=pl.when(lacks_table).then(pl.lit(words.NO_PROCEDURE.message))
        .when(is_nobody).then(pl.lit(words.NOBODY.message))
        .when(pl.col("n_wrong") > 0).then(
            pl.format("{} ({} of {} members)", said.field("message"), pl.col("n_wrong"), pl.col("n"))
            + pl.when(said.field("issue") == _NO_AMOUNT).then(pl.lit(words.STATE_AMOUNT)).otherwise(pl.lit(""))
        ),
        note=pl.when(pl.col("n").is_null()).then(pl.lit(words.NOBODY_PRICED))
        .when(pl.col("dollars").is_not_null()).then(pl.format(words.PRICED_AS_IF, "dollars")),
    ).with_columns(note=pl.when(pl.col("error").is_null()).then("note"))  # fmt: skip


def _report(
    tx: Transaction, job: Job, items: pl.DataFrame, roots: list[str], rated: pl.DataFrame, now: datetime
) -> list[str]:
    """The outcome of every coverage line, and of every root; the ids of the rating requests, in the order of roots."""
    of_root = pl.DataFrame({"root_line_id": roots, "async_item_id": items["async_item_id"].to_list()})
    rows = rated.join(of_root, on="root_line_id")
    info = pl.struct("code", pl.col("error").alias("message")).struct.json_encode()
    details = rows.select(
        "async_item_id",
        name=pl.lit("Quote line"),
        reference_record_id="quote_line_id",
        status=pl.when(pl.col("error").is_null()).then(pl.lit(jobs.SUCCESS)).otherwise(pl.lit(jobs.DETAIL_FAILED)),
        description=pl.coalesce("error", "note", pl.lit("Rated.")),
        additional_information=pl.when(pl.col("error").is_not_null()).then(info),
    )
    jobs.add_details(tx, job.request_id, details)
    is_wrong = pl.col("error").is_not_null()
    ended = rows.group_by("async_item_id").agg(
        n_wrong=is_wrong.sum(),
        error_code=pl.col("code").filter(is_wrong).first(),
        error_message=pl.col("error").filter(is_wrong).first(),
    )
    told = of_root.join(ended, on="async_item_id", how="left", maintain_order="left").select(
        "async_item_id",
        "error_code",
        "error_message",
        status=jobs.worked(pl.col("n_wrong")),
        additional_information=pl.lit(None, pl.String),
    )
    jobs.end_items(tx, job.request_id, told)
    rating_ids = ids.spell_many(ids.RATING_REQUEST, tx.mint(ids.RATING_REQUEST, told.height), told.height)
    with tx.lend(rated_roots=told.drop("additional_information").with_columns(rating_request_id=rating_ids)):
        tx.run("quotes.add_rating_requests", {"now": now})
    return rating_ids.to_list()
