"""`benefits imputed-income`: what life insurance over $50,000 adds to taxable pay.

What lives here: the command. What does not: the imputed income (`services.imputed_income`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.places import a_csv_file, the_book
from pipelines.cli.show import counted, money, say, say_next
from services.imputed_income import Imputed, keep, write


def imputed_income(
    year: Annotated[int, typer.Option(help="Tax year, a calendar year.")],
    run: Annotated[
        list[str] | None,
        typer.Option(help="Of this run, may be repeated; by default the current term of every census."),
    ] = None,
    pre_tax: Annotated[
        bool, typer.Option("--pre-tax", help="Employees pay before tax, so that nothing is subtracted.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="CSV file to write, instead of the table.")] = None,
) -> None:
    """Impute income for group-term life insurance by Table I of the tax law, by month and year.

    Employees over $50,000 and dependents over $2,000, less what employees pay after tax. Kept in
    out.imputed_income and, by month, out.imputed_income_month.

    Examples:

      benefits imputed-income --year 2026

      benefits imputed-income --year 2026 --out imputed.csv
    """
    book = the_book()
    if out is None:
        with book.write() as tx:
            made = keep(tx, year, run or (), is_pre_tax=pre_tax)
        where = "Kept in out.imputed_income"
    else:
        with book.read() as tx:
            made = write(tx, a_csv_file(out), year, run or (), is_pre_tax=pre_tax)
        where = f"Written: {out}"
    _say(made, year, where)
    if out is None and made.n_people:
        say_next([("benefits publish", "the copy for analysts")])


def _say(made: Imputed, year: int, where: str) -> None:
    """What was found, and what could not be."""
    if made.n_people:
        people = counted(made.n_people, "person", "people")
        say(f"{where}: {money(made.taxable_cents)} dollars of imputed income in {year}, {people}")
    elif made.n_insured:
        say(f"{where}: no imputed income in {year}; of {made.n_insured:,} insured nobody has cover above the limits")
    else:
        say(f"{where}: no imputed income in {year}; no group-term life cover counts")
    for code, n in made.issues.items():
        say(f"  {n:,} with issue {code}: see the column issue")
    if made.n_part_years:
        of = counted(made.n_censuses, "census", "censuses")
        say(f"  Rated for a part of {year} only: {made.n_part_years:,} of {of}; add further terms with --run,")
        say("  where there are any")
