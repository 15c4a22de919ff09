"""`benefits bill` and `benefits adjust`: charges by period, and what later runs make of them.

What lives here: the two commands. What does not: the ledger (`services.adjustments`) and the prices (`rating`).
"""

from datetime import date
from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, money, say, say_next
from services import adjustments
from services.adjustments import Adjusted, LookBack, limits_of
from services.cohort import find_census


def _day(said: str) -> date:
    """A day as typed."""
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said} is no date; write it as yyyy-mm-dd, such as 2027-01-01.") from None


Census = Annotated[str | None, typer.Option(help="Only this census: name or id.")]


def bill(
    through: Annotated[
        date, typer.Option(parser=_day, metavar="yyyy-mm-dd", help="Bill every period that begins by this day.")
    ],
    census: Census = None,
) -> None:
    """Book the charges of the current run for each period not billed yet; a period is a month of the contract.

    What was booked is never edited: `benefits adjust` books differences. The ledger is the table out.billed_charge.

    Examples:

      benefits bill --through 2026-03-01

      benefits bill --through 2026-03-01 --census "C-1001 enrollment"
    """
    with the_book().write() as tx:
        made = adjustments.bill(tx, through, now(), None if census is None else [find_census(tx, census)])
    if made.billing_id is None:
        say(f"Nothing to bill: every period begun by {through} was billed before.")
        return
    say(
        f"Booked as {made.billing_id}: {counted(made.n_charges, 'charge')} of {money(made.cents)} dollars "
        f"for {counted(made.n_censuses, 'census', 'censuses')}, through the periods begun by {through}"
    )
    say_next([("benefits adjust", "after a later run: what it changes in billed periods")])


def adjust(
    as_of: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="yyyy-mm-dd", help="Day from which limits are counted; by default today."),
    ] = None,
    added_days: Annotated[
        int | None, typer.Option(help="Days that added charges may reach back; by default as the book is set.")
    ] = None,
    credit_days: Annotated[
        int | None, typer.Option(help="Days that credits may reach back; by default as the book is set.")
    ] = None,
    census: Census = None,
) -> None:
    """Book what the current run changes in periods that were billed: differences only, and each only once.

    A change that reaches back beyond its limit takes effect at the limit; the settings look_back_added_days
    and look_back_credit_days hold the limits of the book.

    What a limit has cut stays cut: a wider limit later adds nothing to it, and reaches further back only for changes
    that were not adjusted before. So two members with the same change may be charged unlike; set the limits first.

    Examples:

      benefits adjust

      benefits adjust --as-of 2026-06-15 --credit-days 90
    """
    moment = now()
    with the_book().write() as tx:
        usual = limits_of(tx)
        made = adjustments.adjust(
            tx,
            as_of or moment.date(),
            moment,
            LookBack(
                usual.added_days if added_days is None else added_days,
                usual.credit_days if credit_days is None else credit_days,
            ),
            None if census is None else [find_census(tx, census)],
        )
    _tell(made)


def _tell(made: Adjusted) -> None:
    """What was booked, and what was not."""
    if made.billing_id is None:
        say("Nothing to adjust within the limits.")
    else:
        say(
            f"Booked as {made.billing_id}: {counted(made.n_entries, 'difference')}, "
            f"{money(made.added_cents)} dollars added and {money(made.credited_cents)} credited"
        )
    if made.n_limited:
        say(
            f"Reaching further back than the limits, to take effect there: {counted(made.n_limited, 'change')}; "
            f"added charges on {made.added_from}, credits on {made.credited_from}"
        )
    if made.n_held:
        say(f"Left as billed, because the coverage cannot be priced now: {counted(made.n_held, 'amount')}")
