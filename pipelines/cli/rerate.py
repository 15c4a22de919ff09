"""`benefits rerate`, `prune`, `settings`, `forget`: old runs rated again, and what is kept of them.

What lives here: the four commands. What does not: what they do (`services.rerate`, `retention`, `settings`, `forget`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.places import a_csv_file, here, now, the_book
from pipelines.cli.show import counted, money, say, say_next, say_title, show_table
from services import retention
from services import settings as known_settings
from services.forget import forget as forget_member
from services.publish import publish, replacing
from services.rerate import Rerated
from services.rerate import rerate as rerate_run

MOST = 20
"""Differences that fit on a screen."""


def rerate(
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    verify: Annotated[bool, typer.Option("--verify", help="Leave with 1 where a value differs.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write every difference to this CSV file.")] = None,
) -> None:
    """Rate an old run again from the inputs kept with it, and compare every value with what is stored.

    The same version of the code gives every cent again. With another version each difference is named.
    Nothing that is stored changes.

    Examples:

      benefits rerate 0rr000000000000001 --verify

      benefits rerate 0rr000000000000001 --out differences.csv
    """
    target = None if out is None else a_csv_file(out).resolve()
    made = rerate_run(the_book(), run, most=None if out is not None else MOST)
    compared = ", ".join(f"{level} {n:,}" for level, n in made.n_rows.items() if n)
    code = "the same version of the code" if made.is_same_code else "another version of the code"
    if made.is_identical:
        say(f"Run {run}, rated again by {code}: identical to the cent. Rows compared: {compared}.")
    else:
        n = int(made.counts["n"].sum())
        differ = f"{counted(n, 'value')} {'differs' if n == 1 else 'differ'}"
        say(f"Run {run}, rated again by {code}: {differ}. Rows compared: {compared}.")
        _show_differences(made)
    if target is not None:
        with replacing(target) as part:
            made.differences.write_csv(part)
        say(f"Written: {out}, {counted(made.differences.height, 'difference')}")
    if verify and not made.is_identical:
        raise typer.Exit(1)


def _show_differences(made: Rerated) -> None:
    """Counts by column, and the first differences by name."""
    say_title("Values that differ")
    show_table(["Level", "Column", "Values"], made.counts.rows(), texts=2)
    say_title("By name")
    named = made.differences.head(MOST).select(
        "level", "group_census_member_id", "root_plan_id", "contract_plan_id", "column", "stored", "now"
    )
    rows = [(*row[:5], *(_shown(row[4], value) for value in row[5:])) for row in named.rows()]
    show_table(["Level", "Member", "Plan", "Coverage", "Column", "Stored", "Now"], rows, texts=5, wrap=True)
    n_more = int(made.counts["n"].sum()) - len(rows)
    if n_more:
        say(f"... and {n_more:,} more; --out FILE writes all of them.")


def _shown(column: str, value: str | None) -> str:
    """A value as people read it: cents as dollars."""
    if value is None:
        return "none"
    return money(int(value)) if column.endswith("_cents") else value


def prune() -> None:
    """Give up the inputs of old runs, as the settings keep_inputs_days and keep_inputs_runs say.

    Results stay, but such a run can no longer be rated again. Current runs always keep their inputs.

    Example:

      benefits prune
    """
    with the_book().write() as tx:
        made = retention.prune(tx, now())
    say(
        f"Runs that gave up their inputs: {', '.join(made.run_ids) or 'none'}. Frames removed that no run needs: "
        f"{made.n_parts:,} ({made.n_bytes:,} bytes)."
    )


def settings(
    name: Annotated[str | None, typer.Argument(help="Setting to show or change; by default all are listed.")] = None,
    value: Annotated[str | None, typer.Argument(help="New value.")] = None,
) -> None:
    """Show the settings of the book, or change one.

    Examples:

      benefits settings

      benefits settings keep_inputs_days 2555
    """
    book = the_book()
    if name is not None and value is not None:
        with book.write() as tx:
            known_settings.set_to(tx, name, value, now())
    with book.read() as tx:
        if name is not None:
            say(f"{name} = {known_settings.get(tx, name)}")
            return
        listed = known_settings.listed(tx)
    show_table(["Setting", "Value", "Meaning"], listed, texts=3, wrap=True, whole=("Setting",))


def forget(
    member: Annotated[str, typer.Argument(help="Member id or member key.")],
    publishing: Annotated[bool, typer.Option("--publish/--no-publish", help="Publish the book afterwards.")] = True,
) -> None:
    """Remove a person from the book for good; a primary goes with the family.

    Members, selections, landed lines, images kept for undo and kept inputs of runs lose the person. Runs that held
    the person can no longer be rated again; their amounts stay under the member's id. Uploaded files that state the
    person go, loaded or not, and so do files of the census that nobody can look into. Files, exports and backups
    outside the book are not touched, and loading such a file again brings the person back.

    Example:

      benefits forget 0r6000000000000042
    """
    book = the_book()
    with book.write() as tx:
        made = forget_member(tx, member, now())
    say(
        f"Removed: {counted(len(made.member_ids), 'member')}, {counted(made.n_lines, 'line')} blanked. "
        f"Runs that cannot be rated again: {', '.join(made.run_ids) or 'none'}."
    )
    if publishing:
        say(f"Published: {publish(book, here().published)}")
    say_next([("benefits rate", "rate what stands now")])
