"""`benefits composite`: rates made from the census, as estimates and as fixed for the plan year.

What lives here: the two commands `list` and `finalize`. What does not: the rates (`services.composite`).
"""

from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, money, say, say_next, say_title, show_table
from services.composite import TIERS, finalize, list_rates

app = typer.Typer(help="Rates made from the census: see the estimates of a run, and fix them for the plan year.")


@app.command("list")
def show(
    run: Annotated[str | None, typer.Option(help="Of this run; by default the current run of every census.")] = None,
) -> None:
    """Show composite rates and averages: estimate or final, what they must collect, and the cents of difference.

    Examples:

      benefits composite list

      benefits composite list --run 0rr000000000000001
    """
    with the_book().read() as tx:
        found = list_rates(tx, run)
    if found.is_empty():
        say("No rate of this run is made from the census.")
        return
    rows = found.to_dicts()
    say_title("Rates of one rate period, in US dollars")
    show_table(
        ["Contract", "Plan", "Class", "State", "EE", "ES", "E1C", "ECN", "FAM", "Adult", "Child"],
        [
            (
                row["contract_number"],
                row["plan_name"],
                row["class_name"] or "",
                row["state"].lower(),
                *(_dollars(row[f"{name}_cents"]) for name in (*TIERS, "adult", "child")),
            )
            for row in rows
        ],
        texts=4,
        wrap=True,
        whole=("Contract",),
    )
    say_title("What they are made from, and what they collect")
    show_table(
        ["Contract", "Plan", "Class", "Average age", "Women %", "Left out", "Required", "Collected", "Difference"],
        [
            (
                row["contract_number"],
                row["plan_name"],
                row["class_name"] or "",
                "" if row["average_age"] is None else str(row["average_age"]),
                "" if row["female_percent"] is None else str(row["female_percent"]),
                row["n_left_out"] or 0,
                *(_dollars(row[f"{name}_cents"]) for name in ("required", "collected", "difference")),
            )
            for row in rows
        ],
        texts=3,
        wrap=True,
        whole=("Contract",),
    )
    if run is None and (found["state"] == "ESTIMATE").any():
        say_next([(f"benefits composite finalize {rows[0]['rating_run_id']}", "fix the estimates for the plan year")])


@app.command("finalize")
def fix(
    run: Annotated[str, typer.Argument(help="Run whose estimates become final.")],
    contract: Annotated[str | None, typer.Option(help="Only those of this contract number.")] = None,
) -> None:
    """Fix the rates that a run made from the census: members who come or go no longer move them in the plan year.

    Examples:

      benefits composite finalize 0rr000000000000001

      benefits composite finalize 0rr000000000000001 --contract C-1001
    """
    with the_book().write() as tx:
        made = finalize(tx, run, contract=contract, now=now())
    say(
        f"Fixed: {counted(made.n_rates, 'rate')} of {counted(made.n_plans, 'plan')}, "
        f"rounding them makes {money(made.difference_cents)} a month."
    )
    say_next([("benefits rate", "rate again by the fixed rates")])


def _dollars(cents: int | None) -> str:
    return "" if cents is None else money(cents)
