"""`benefits deductions`: what leaves an employee's pay in each pay period.

What lives here: the command. What does not: the deductions (`services.deductions`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.places import a_csv_file, the_book
from pipelines.cli.show import counted, money, say, say_next
from services.deductions import keep, write


def deductions(
    periods: Annotated[int, typer.Option(help="Pay periods in a term: 12, 24, 26 or 52.")],
    run: Annotated[str | None, typer.Option(help="Of this run; by default the current term of every census.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write, instead of the table out.pay_deduction.")] = None,
) -> None:
    """Divide what employees pay over the pay periods of the term; the last period takes the remainder.

    One row per employee and plan, the family's shares together.

    Examples:

      benefits deductions --periods 26 --out deductions.csv

      benefits deductions --periods 12 --run 0rr000000000000001
    """
    book = the_book()
    if out is None:
        with book.write() as tx:
            made = keep(tx, periods, run)
        where = "Kept in out.pay_deduction"
    else:
        with book.read() as tx:
            made = write(tx, a_csv_file(out), periods, run)
        where = f"Written: {out}"
    say(
        f"{where}: {counted(made.n_rows, 'deduction')} of {money(made.employee_cents)} dollars in all, "
        f"over {periods} periods"
    )
    if out is None:
        say_next([("benefits publish", "the copy for analysts")])
