"""`benefits sample` and `benefits template`: files to begin with.

What lives here: the two commands. What does not: the generator (`services.sample_book`) and the sheets
(`services.shelf.template`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.show import counted, progress, quoted, say, say_next
from services.refusals import Conflict
from services.sample_book import MOST_GROUPS, write_book
from services.shelf.template import write_template


def sample(
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new or empty.")],
    groups: Annotated[int, typer.Option(min=1, max=MOST_GROUPS, help="Employer groups.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same book.")] = 1,
    people: Annotated[float, typer.Option(min=2, max=10_000, help="People per group, on average.")] = 100.0,
    dirty: Annotated[float, typer.Option(min=0, max=1, help="Share of rows spoilt on purpose.")] = 0.0,
) -> None:
    """Make up a whole book of business: shelf, census files and cohort.csv.

    Examples:

      benefits sample --groups 50 --seed 7 --out my-book

      benefits sample --groups 10000 --people 100 --dirty 0.01 --out big-book

      BENEFITS_BOOK=my.duckdb benefits run --cohort my-book --folder my-book
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise Conflict("folder_not_empty", str(out), f"{out} is not an empty folder.", "Name a new folder with --out.")
    with progress() as tell:
        made = write_book(
            out,
            groups=groups,
            seed=seed,
            people_per_group=people,
            dirty=dirty,
            on_progress=lambda n, of: tell("groups", n, of),
        )
    say(
        f"{counted(made.groups, 'group')} with {made.people:,} people "
        f"({counted(made.employees, 'employee')}, {counted(made.dirty_rows, 'row')} spoilt), "
        f"{counted(made.plans, 'plan')}, {counted(made.rate_cells, 'rate cell')}: {made.n_bytes / 1e6:,.1f} MB in {out}"
    )
    name = out.resolve().name
    say_next(
        [(f"BENEFITS_BOOK={name}.duckdb benefits run --cohort {name} --folder {out}", "rate it, in a book of its own")]
    )


def template(
    path: Annotated[Path, typer.Argument(help="Folder for CSV sheets, or a name ending in .xlsx for one workbook.")],
    example: Annotated[bool, typer.Option("--example", help="Fill the sheets with a small example.")] = False,
) -> None:
    """Write the sheets in which groups, plans, rates and contributions are stated.

    Examples:

      benefits template my-shelf

      benefits template my-shelf.xlsx --example
    """
    made = write_template(path, example=example)
    for file in made:
        say(str(file))
    shelf = quoted(str(path))
    if example:
        census = quoted(str(made[-1]))
        say_next([(f"benefits load {census} --contract HLB-2026 --shelf {shelf}", "load the example with its census")])
    else:
        say_next([(f"benefits shelf {shelf}", "load them, once they are filled in")])
