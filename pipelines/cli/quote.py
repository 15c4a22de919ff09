"""`benefits quote`: group quotes listed, shown with their lines, rated, and approved.

What lives here: the commands. What does not: making quotes, which is the shelf's (`benefits shelf`, sheets quotes and
quote_lines), and any rule (`services.quotes`).
"""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import money, placed, quoted, say, say_next, say_title, show_table
from services import job_runs, jobs
from services.audit import Act
from services.book import Book
from services.contracts.request import APPROVED
from services.insurance_errors import Refused
from services.quotes import finding, reading
from services.quotes.request import ask
from services.records import records
from services.refusals import Conflict, NotFound
from services.scope import EVERYTHING

app = typer.Typer(help="Group quotes: what an employer is offered, and what it costs.")

MOST = 30

Number = Annotated[str, typer.Argument(help="Number of the quote, or its id.")]


@app.command("list")
def show_all() -> None:
    """Show the quotes of the book, the latest changed first.

    Example:

      benefits quote list
    """
    with the_book().read() as tx:
        found = finding.listed(tx)
    if found.is_empty():
        say("There is no quote. The sheets quotes and quote_lines of a shelf make one: `benefits template my-shelf`.")
        return
    show_table(
        ["Number", "Quote", "Account", "Rated by", "Rating", "Starts", "Total"],
        [
            (
                row["quote_number"],
                row["name"],
                row["account"],
                row["census_rating_type"] or "",
                row["rating_status"] or "",
                "" if row["start_date"] is None else row["start_date"].isoformat(),
                money(row["total_cents"]),
            )
            for row in found.head(MOST).to_dicts()
        ],
        texts=5,
        whole=("Number",),
    )
    if found.height > MOST:
        say(f"... and {found.height - MOST:,} more.")


@app.command()
def show(quote: Number) -> None:
    """Show a quote with its lines.

    Example:

      benefits quote show HLB-Q1
    """
    with the_book().read() as tx:
        told = reading.quote(tx, finding.find_quote(tx, quote), scope=EVERYTHING)
    _say(told)


@app.command()
def rate(
    quote: Number,
    plan: Annotated[list[str] | None, typer.Option(help="Key of a root line; may be repeated. Default: all.")] = None,
    date: Annotated[str | None, typer.Option(help="Rates in force on this day; default: the quote's first.")] = None,
) -> None:
    """Rate a quote, whole or some of its plans, and show it.

    Examples:

      benefits quote rate HLB-Q1

      benefits quote rate HLB-Q1 --plan ppo --date 2026-01-01
    """
    book = Book(the_book().path, trail=(Act("command line", "local", "quote rate", "-"), now))
    with book.write() as tx:
        quote_id = finding.find_quote(tx, quote)
        roots = _roots(tx, quote_id, plan)
        try:
            request_id = ask(tx, quote_id, line_ids=roots, rating_date=date, scope=EVERYTHING, now=now())
        except Refused as refused:
            raise Conflict(refused.code, "quote", " ".join(placed(each) for each in refused.errors)) from None
    job_runs.run_pending(book, now, request_id=request_id)
    with book.read() as tx:
        told = reading.quote(tx, quote_id, scope=EVERYTHING)
        done = jobs.status(tx, request_id, scope=EVERYTHING)
    result = jobs.result_of(done)
    _say(told)
    if result.get("linesFailed"):
        n_failed, n = result["linesFailed"], result["linesFailed"] + result["linesRated"]
        say(f"{n_failed:,} of {n:,} coverages have no new price.")
    say_next([(f"benefits quote show {quoted(told['quoteNumber'])}", "see it again")])


@app.command()
def approve(quote: Number) -> None:
    """Approve a quote, so that a contract can be made of it (`benefits contract create`).

    Example:

      benefits quote approve HLB-Q1
    """
    book = Book(the_book().path, trail=(Act("command line", "local", "quote approve", "-"), now))
    with book.write() as tx:
        quote_id = finding.find_quote(tx, quote)
        before = reading.quote(tx, quote_id, scope=EVERYTHING)
        if before["status"] not in APPROVED:
            records.update(tx, "Quote", quote_id, {"Status": "Approved"}, scope=EVERYTHING, now=now())
            tx.touched.append(quote_id)
        told = reading.quote(tx, quote_id, scope=EVERYTHING)
    number = quoted(told["quoteNumber"])
    if before["status"] in APPROVED:
        say(f"{told['quoteNumber']} is {told['status']} already; nothing was changed.")
        return
    say(f"{told['quoteNumber']} {told['name']} is approved.")
    unpriced = [line for line in told["lines"] if line["netTotalPrice"] is None or line["ratingError"] is not None]
    if unpriced or told["isStale"] or not told["lines"]:
        say_next([(f"benefits quote rate {number}", "a contract is made of prices that hold")])
    else:
        say_next([(f"benefits contract create {number}", "make its contract")])


def _roots(tx: Any, quote_id: str, keys: list[str] | None) -> list[str] | None:
    """Ids of root lines for their keys or ids. NotFound, with the keys there are, where no root line has one."""
    if not keys:
        return None
    told = reading.quote(tx, quote_id, scope=EVERYTHING)
    by_key = {str(line["instanceKey"] or line["id"]).lower(): str(line["id"]) for line in told["lines"]}
    known = by_key | {line_id.lower(): line_id for line_id in by_key.values()}
    lost = [key for key in keys if key.strip().lower() not in known]
    if lost:
        raise NotFound(
            "plan_missing",
            "plan",
            f"The quote {told['quoteNumber']} has no root line {lost[0]}.",
            f"Its root lines: {', '.join(by_key)}; `benefits quote show {told['quoteNumber']}` shows them.",
        )
    return [known[key.strip().lower()] for key in keys]


def _say(told: dict[str, Any]) -> None:
    stale = " (stale: something it comes from changed since)" if told["isStale"] else ""
    say_title(f"{told['quoteNumber']} {told['name']}")
    say(f"{told['censusRatingType'] or 'No rating type'}, {told['startDate']} to {told['endDate']}, {told['status']}")
    say(f"Rating: {told['ratingStatus'] or 'never'}{stale}")
    show_table(
        ["Line", "Level", "Remark", "Premium"],
        [
            (
                f"{'  ' * depth}{line['name']}",
                line["level"],
                line["ratingError"] or line["ratingNote"] or "",
                _dollars(line["netTotalPrice"]),
            )
            for depth, line in _walked(told["lines"])
            if line["level"] != "MEMBER"
        ],
        texts=3,
        last=("Total", "", "", _dollars(told["totalPrice"])),
        wrap=True,
    )


def _walked(lines: list[dict[str, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every line below, each before what hangs under it; a placeholder adds no depth."""
    for line in lines:
        yield depth, line
        yield from _walked(line["lines"], depth + (line["level"] != "MEMBER"))


def _dollars(amount: float | None) -> str:
    return "" if amount is None else money(round(amount * 100))
