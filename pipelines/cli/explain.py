"""`benefits explain`: how a premium and its shares came about, line by line.

What lives here: the command. What does not: the lines (`services.explain`).
"""

import json
from typing import Annotated

import typer

from pipelines.cli.places import the_book
from pipelines.cli.show import counted, money, say, say_next, say_title, show_table
from services.explain import Explained, as_json, explain_member, keep
from services.refusals import Malformed


def explain(
    member: Annotated[
        str | None, typer.Argument(help="Member id, member key or id on the census; left out with --table.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Only this plan or coverage, by its code.")] = None,
    run: Annotated[str | None, typer.Option(help="Of this run; by default the current run of the member.")] = None,
    renewal: Annotated[bool, typer.Option("--renewal", help="The renewal instead of the current term.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
    table: Annotated[bool, typer.Option("--table", help="Keep the lines of a whole run in out.explanation.")] = False,
) -> None:
    """Explain premiums to the cent: rate, age, factors, roundings, days, contribution rule; the last line is the share.

    The inputs kept with the run go through the engine once more. Where that comes to another amount than is stored,
    nothing is explained and the command says so.

    Examples:

      benefits explain 0r6000000000000042

      benefits explain 0r6000000000000042 --plan MED --json

      benefits explain --run 0rr000000000000001 --table
    """
    if table:
        _keep(member, run)
        return
    if member is None:
        raise Malformed(
            "member_unnamed", "member", "Nobody is named.", "`benefits explain MEMBER`, or --run RUN --table for all."
        )
    with the_book().read() as tx:
        made = explain_member(tx, member, plan=plan, run_id=run, renewal=renewal)
    if as_data:
        typer.echo(json.dumps(as_json(made), indent=2, ensure_ascii=False))
    else:
        _show(made)


def _keep(member: str | None, run: str | None) -> None:
    if member is not None or run is None:
        raise Malformed(
            "run_unnamed", "run", "A table is made of a whole run.", "Type `benefits explain --run RUN --table`."
        )
    with the_book().write() as tx:
        made = keep(tx, run)
    say(
        f"Kept in out.explanation: {counted(made.n_lines, 'line')} of {counted(made.n_coverages, 'coverage')}; "
        f"employees pay {money(made.employee_cents)} dollars in all"
    )
    say_next([("benefits publish", "the copy for analysts")])


def _show(made: Explained) -> None:
    """A heading and the lines of each coverage, then those of imputed income that is kept of the run."""
    say(f"{made.member_name or made.member_id}, run {made.run_id}")
    for coverage, lines in made.by_coverage():
        say_title(coverage)
        show_table(
            ["", "Explanation", "Dollars"],
            [(str(step), says, money(cents)) for step, says, cents in lines.select("step", "says", "cents").rows()],
            texts=2,
            wrap=True,
            whole=("",),
        )
    for year in made.imputed:
        say_title(f"Imputed income {year.tax_year}")
        lines = [(str(step), says, money(cents)) for step, (_, says, cents) in enumerate(year.steps, 1)]
        show_table(["", "Explanation", "Dollars"], lines, texts=2, wrap=True, whole=("",))
