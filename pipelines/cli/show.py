"""How things look on a terminal: tables no wider than 100 columns, money, progress, errors.

What lives here: layout only. What does not: any figure (they come from `services`).
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.insurance_errors import InsuranceError

WIDEST = 100
LEAST = 8
"""Columns of the terminal that a name keeps, however wide the figures beside it are."""

Tell = Callable[[str, int, int], None]
"""Told the step, how much of it is done and of how much."""


class Terminal(Console):
    """A console whose reader may leave (`| head`): what is said then goes nowhere, and the command does its work to the
    end. Rich would leave in its middle."""

    def on_broken_pipe(self) -> None:
        """Nothing more is said on this stream."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def console() -> Console:
    """Standard output, at most 100 columns wide, and just that where it is no terminal."""
    is_terminal = sys.stdout.isatty()
    return Terminal(width=min(WIDEST, shutil.get_terminal_size().columns) if is_terminal else WIDEST, highlight=False)


def errors() -> Console:
    """Standard error: progress and refusals, so that output can be piped."""
    return Terminal(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(words: str = "") -> None:
    """A line of plain words."""
    console().print(escape(words))


def say_title(words: str) -> None:
    """A line that heads what follows."""
    console().print(f"\n[bold]{escape(words)}[/bold]")


def say_error(words: str) -> None:
    """One sentence on standard error."""
    errors().print(f"[red]benefits:[/red] {escape(words)}")


def placed(error: InsuranceError) -> str:
    """What is wrong in one sentence, with the input that it is about.

    >>> from services.insurance_errors import bad_date
    >>> placed(bad_date().about(field="ratingDate"))
    'ratingDate: Specify a date in yyyy-MM-dd format.'
    """
    said = str(error.info.get("says") or error.message)
    field = error.info.get("field")
    return said if field is None or field in said else f"{field}: {said}"


def say_next(steps: Sequence[tuple[str, str]]) -> None:
    """What may be typed next, and why."""
    say_title("Next")
    program = _program()
    typed = [(command.replace("benefits ", f"{program} ", 1), why) for command, why in steps]
    width = max(len(command) for command, _ in typed)
    for command, why in typed:
        console().print(f"  [cyan]{escape(command):<{width}}[/cyan]  {escape(why)}", soft_wrap=True)


def quoted(name: str) -> str:
    """A name as it may be typed into a shell.

    >>> print(quoted("C-1001"), quoted("Crème & Crumb"), quoted('the "new" $5'))
    C-1001 "Crème & Crumb" 'the "new" $5'
    """
    if re.search(r'["$`\\!]', name):
        return shlex.quote(name)
    return f'"{name}"' if re.search(r"[^\w@%+=:,./-]", name) else name


def _program() -> str:
    """How this program may be typed here: by name where the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    if shutil.which("benefits") or called.name != "benefits":
        return "benefits"
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else str(called)


def counted(n: int, one: str, many: str | None = None) -> str:
    """So many of them.

    >>> counted(1, "row"), counted(1200, "row"), counted(0, "census", "censuses")
    ('1 row', '1,200 rows', '0 censuses')
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def money(cents: int | None) -> str:
    """Cents as dollars with two places; nothing where there is no amount.

    >>> money(123456), money(-5), money(None)
    ('1,234.56', '-0.05', '')
    """
    if cents is None:
        return ""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def show_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    texts: int = 1,
    last: Sequence[object] | None = None,
    wrap: bool = False,
    whole: Collection[str] = (),
) -> None:
    """A table. The first `texts` columns are words, the others figures; `last` is a row of totals.

    Words are cut to what the figures leave, or with `wrap` go on in the next line, save in the columns named `whole`.
    """
    cells = [[_cell(value) for value in row] for row in ([*rows, last] if last is not None else rows)]
    widths, out = _widths(headings, cells, texts, whole), console()
    needed = sum(widths) + 2 * (len(headings) - 1)
    if needed > out.width:  # a line that the terminal breaks can be read, a cut amount cannot
        out = Terminal(width=needed, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        if number >= texts:
            table.add_column(heading, justify="right", width=widths[number])
        else:
            goes_on = wrap and heading not in whole
            table.add_column(
                heading, overflow="fold" if wrap else "ellipsis", no_wrap=not goes_on, width=widths[number]
            )
    for at, row in enumerate(cells):
        is_last = last is not None and at == len(cells) - 1
        table.add_row(*map(escape, row), style="bold" if is_last else None)
    out.print(table)


def _widths(
    headings: Sequence[str], cells: Sequence[Sequence[str]], texts: int, whole: Collection[str] = ()
) -> list[int]:
    """How wide each column is: figures and the columns named `whole` as wide as they need, words in what these leave.

    Words give way to figures: a cut name can be guessed, a cut amount cannot. Before a name is cut, the headings of
    figures fold.
    """
    needs = [max(cell_len(heading), *(cell_len(row[at]) for row in cells), 0) for at, heading in enumerate(headings)]
    folded = [
        max(*(cell_len(word) for word in heading.split() or [""]), *(cell_len(row[at]) for row in cells), 0)
        for at, heading in enumerate(headings)
    ]
    room = console().width - 2 * (len(headings) - 1)
    figures = needs[texts:] if sum(needs) <= room else folded[texts:]
    words = [at for at in range(texts) if headings[at] not in whole]
    kept = sum(needs[at] for at in range(texts) if at not in words)
    widths = [*needs[:texts], *figures]
    for at, width in zip(words, shared([needs[at] for at in words], room - kept - sum(figures)), strict=True):
        widths[at] = width
    return widths


def shared(needs: Sequence[int], room: int) -> list[int]:
    """Widths of columns that share a room: each gets what it needs, and the widest give way, down to LEAST.

    >>> shared([5, 30, 20], 60), shared([5, 30, 20], 40), shared([5, 30], 6)
    ([5, 30, 20], [5, 17, 17], [5, 8])
    """
    most = max(needs, default=0)
    while most > LEAST and sum(min(need, most) for need in needs) > room:
        most -= 1
    return [min(need, most) for need in needs]


@contextmanager
def progress() -> Iterator[Tell]:
    """A progress bar on standard error, one line per step; silent where that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors(), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks = {}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of)
            bar.update(tasks[step], completed=done, total=of)

        yield tell


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
