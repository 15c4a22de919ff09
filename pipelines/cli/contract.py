"""`benefits contract`: contracts made of quotes, renewed, endorsed and shown.

What lives here: the commands. What does not: any rule (`services.contracts`), and contracts stated on the shelf
(`benefits shelf`).
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import money, placed, quoted, say, say_next, say_title, show_table
from services.audit import Act
from services.book import Book
from services.contracts import words
from services.contracts.finding import find_contract, shown
from services.contracts.issue import Issued, endorse, issue, renew
from services.contracts.request import Wanted
from services.insurance_errors import InsuranceError, Refused
from services.quotes import finding, reading
from services.refusals import Conflict
from services.scope import EVERYTHING

app = typer.Typer(help="Contracts of employers, made of approved quotes.")

Quote = Annotated[str, typer.Argument(help="Number of the quote, or its id.")]
Contract = Annotated[str, typer.Argument(help="Number of the contract, or its id.")]
End = Annotated[str | None, typer.Option(help="Last day. Default: what the term says, else the quote.")]
Term = Annotated[int | None, typer.Option(help="Term in months, instead of the last day.")]
Opens = Annotated[str | None, typer.Option(help="First day of enrollment.")]
Closes = Annotated[str | None, typer.Option(help="Last day of enrollment.")]
GroupNumber = Annotated[str | None, typer.Option(help="Number that the policies of its plans begin with.")]

REMEDIES = {
    words.NOT_APPROVED.code: "`benefits quote approve {quote}` approves it.",
    words.NOT_RATED.code: "`benefits quote rate {quote}` rates it; `benefits quote show {quote}` shows what has no"
    " price.",
}
"""What is typed next where a quote stands in the way."""


@app.command()
def create(
    quote: Quote,
    start: Annotated[str | None, typer.Option(help="First day. Default: the quote's.")] = None,
    end: End = None,
    term: Term = None,
    enroll_from: Opens = None,
    enroll_to: Closes = None,
    group_number: GroupNumber = None,
) -> None:
    r"""Make the contract of an approved quote; the census of the quote is the one that enrolls.

    Examples:

      benefits contract create HLB-Q1

      benefits contract create HLB-Q1 --enroll-from 2025-11-01 \
          --enroll-to 2025-11-30 --group-number G-20417
    """
    _make("contract create", issue, quote, None, start=start, end=end, term=term, window=(enroll_from, enroll_to),
          group_number=group_number)  # fmt: skip


@app.command("renew")
def renew_one(
    contract: Contract,
    quote: Quote,
    date: Annotated[str, typer.Option(help="First day of the term that follows.")],
    end: End = None,
    term: Term = None,
    enroll_from: Opens = None,
    enroll_to: Closes = None,
    group_number: GroupNumber = None,
) -> None:
    """Make the contract of the next term from a renewal quote; by default for twelve months.

    Example:

      benefits contract renew HLB-2026 HLB-Q2 --date 2027-01-01
    """
    _make("contract renew", lambda tx, wanted, **more: renew(tx, wanted, renewal_date=date, **more), quote, contract,
          end=end, term=term, window=(enroll_from, enroll_to), group_number=group_number)  # fmt: skip


@app.command("endorse")
def endorse_one(
    contract: Contract,
    quote: Quote,
    date: Annotated[str, typer.Option(help="First day of the new version; the running one ends the day before.")],
    group_number: GroupNumber = None,
) -> None:
    """Make a new version of a running contract from an endorsement quote.

    Example:

      benefits contract endorse HLB-2026 HLB-Q3 --date 2026-07-01
    """
    _make("contract endorse", lambda tx, wanted, **more: endorse(tx, wanted, effective_date=date, **more), quote,
          contract, group_number=group_number)  # fmt: skip


@app.command()
def show(contract: Contract) -> None:
    """Show a contract with its plans and coverages.

    Example:

      benefits contract show HLB-2026
    """
    with the_book().read() as tx:
        _say(*shown(tx, find_contract(tx, contract)))


def _make(
    action: str, call: Callable[..., Issued], quote: str, prior: str | None, *,
    start: str | None = None, end: str | None = None, term: int | None = None,
    window: tuple[str | None, str | None] = (None, None), group_number: str | None = None,
) -> None:  # fmt: skip
    """One contract, in a transaction with an entry in the audit trail; then it is shown."""
    book = Book(the_book().path, trail=(Act("command line", "local", action, "-"), now))
    with book.write() as tx:
        quote_id = finding.find_quote(tx, quote)
        census_id = reading.quote(tx, quote_id, scope=EVERYTHING)["groupCensusId"]
        items = [_item("InsuranceContract", "EnrollmentCensusId", census_id)] if census_id else []
        items += [_item("ContractGroupPlan", "GroupNumber", group_number)] if group_number else []
        prior_id = None if prior is None else find_contract(tx, prior)
        wanted = Wanted(quote_id, start, end, term, *window, items=items, prior_contract_id=prior_id)
        try:
            made = call(tx, wanted, scope=EVERYTHING, now=now())
        except Refused as refused:
            raise Conflict(refused.code, "contract", " ".join(_told(each, quote) for each in refused.errors)) from None
        tx.touched.append(made.made.contract_id)
        head, plans = shown(tx, made.made.contract_id)
    _say(head, plans)
    for warning in made.warnings:
        say(warning)
    if head["enrolled_number"] is not None:
        say(f"The census {head['census']} is enrolled under contract {head['enrolled_number']}, not under this one.")
        say_next(
            [(f"benefits load FILE --contract {quoted(head['contract_number'])}", "who enrolls in it, and in what")]
        )
    elif head["census"]:
        say_next([(f"benefits enroll {quoted(head['census'])}", "enroll its members in what they chose")])


def _told(error: InsuranceError, quote: str) -> str:
    """What is wrong, where, and what to type about it."""
    return f"{placed(error)} {REMEDIES.get(error.code, '').format(quote=quoted(quote))}".strip()


def _item(entity: str, key: str, value: str) -> dict[str, Any]:
    return {"entity": entity, "fields": [{"key": key, "value": value}]}


def _say(head: dict[str, Any], plans: Any) -> None:
    say_title(f"Contract {head['contract_number']} of {head['account']}")
    say(f"{head['start_date']} to {head['end_date']}, {head['status']}; census: {head['census'] or 'none'}")
    if head["prior_number"] is not None:
        say(f"Follows contract {head['prior_number']}, which ends on {head['prior_end']}")
    show_table(
        ["Plan", "Kind", "Group number", "Premium"],
        [
            (
                row["name"] if row["is_root"] else f"  {row['name']}",
                "plan" if row["is_root"] else "optional" if row["is_optional"] else "mandatory",
                row["group_number"] or "",
                money(row["unit_price_cents"]),
            )
            for row in plans.to_dicts()
        ],
        texts=3,
    )
