"""The command `benefits`: its subcommands, and what becomes of a fault.

What lives here: the list of commands, and the exit codes: 0 done, 1 refused (one plain sentence says why), 2 typed
wrongly, 70 a defect of the program (a sentence says where the log is), 130 interrupted. Nobody ever sees a traceback.
What does not: the commands themselves.
"""

import inspect
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from pipelines.cli import (
    audit,
    bill,
    composite,
    contract,
    deductions,
    enroll,
    explain,
    imputed_income,
    issues,
    jobs,
    load,
    make,
    partner,
    people,
    quote,
    rate,
    rerate,
    road,
    serve,
    token,
    upkeep,
)
from pipelines.cli.places import here
from pipelines.cli.show import say_error
from services.book import PROGRAM_VERSION
from services.faults import is_interruption
from services.refusals import Refusal

REFUSED, TYPED_WRONGLY, DEFECT, INTERRUPTED = 1, 2, 70, 130

app = typer.Typer(
    name="benefits",
    help="""Census files to premiums and contributions.

The book is one DuckDB file, data/benefits.duckdb, or the one that BENEFITS_BOOK names. Begin with:

  benefits run                     rate the sample book, see what comes out

  benefits template my-shelf       sheets for groups, plans, rates of your own

  benefits load FILE --contract NUMBER --shelf my-shelf

  benefits rate                    premiums and contributions

Every command explains itself: benefits COMMAND --help.""",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"benefits {PROGRAM_VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version and leave.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options that come before the command."""


for command in (
    road.run,
    load.load,
    rate.rate,
    issues.issues,
    make.sample,
    make.template,
    load.shelf,
    upkeep.publish,
    upkeep.undo,
    rate.diff,
    explain.explain,
    rerate.rerate,
    rerate.settings,
    rerate.prune,
    rerate.forget,
    deductions.deductions,
    imputed_income.imputed_income,
    bill.bill,
    bill.adjust,
    upkeep.export,
    upkeep.backup,
    upkeep.migrate,
    serve.serve,
    audit.audit,
    enroll.enroll,
):
    app.command()(command)
app.add_typer(composite.app, name="composite", no_args_is_help=True)
app.add_typer(token.app, name="token", no_args_is_help=True)
app.add_typer(partner.app, name="partner", no_args_is_help=True)
app.add_typer(jobs.app, name="jobs", no_args_is_help=True)
app.add_typer(people.app, name="people", no_args_is_help=True)
app.add_typer(quote.app, name="quote", no_args_is_help=True)
app.add_typer(contract.app, name="contract", no_args_is_help=True)


def _flowing(says: str) -> str:
    r"""A help text for a terminal of any width: paragraphs flow, what may be typed stays in its lines and is set in.

    >>> print(_flowing("Do it.\n\nOnce and\nno more.\n\n  benefits do"))
    Do it.
    <BLANKLINE>
    Once and no more.
    <BLANKLINE>
    [cyan]  benefits do[/cyan]
    """
    blocks = inspect.cleandoc(says).split("\n\n")
    return "\n\n".join(
        f"[cyan]{escape(block)}[/cyan]" if block.startswith(" ") else " ".join(block.split("\n")) for block in blocks
    )


def _let_flow(command: Any) -> None:
    """The help texts of a command and of those below it, which are written for lines of 120 columns."""
    command.help = _flowing(command.help or "")
    for below in getattr(command, "commands", {}).values():
        _let_flow(below)


def answer(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; faults become a sentence on standard error."""
    empty = _before_nothing(args)
    if empty is not None:
        say_error(f"What stands after {empty} is empty. Type it; a variable of the shell may not be set.")
        return TYPED_WRONGLY
    kept = _Kept(logging.WARNING)
    logging.getLogger("benefits").addHandler(kept)
    program = typer.main.get_command(app)
    _let_flow(program)
    try:
        program(args=list(args), prog_name="benefits")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return _interrupted() if code == INTERRUPTED else code  # typer turns Ctrl-C into that code, without a word
    except Refusal as refusal:
        say_error(str(refusal))
        return REFUSED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader left; nothing may be flushed to it
        return 0
    except KeyboardInterrupt:
        return _interrupted()
    except OSError as fault:
        if fault.strerror is None:
            return _defect(fault)
        say_error(f"{fault.filename or 'A file'} cannot be used: {fault.strerror}. Mend that or choose another path.")
        return REFUSED
    except Exception as fault:  # noqa: BLE001 - the last resort: no traceback reaches a user
        return _interrupted() if is_interruption(fault) else _defect(fault)
    finally:
        logging.getLogger("benefits").removeHandler(kept)
    return 0


def leave() -> None:
    """Run what was typed and leave with its exit code."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started this: what is said then goes nowhere
            setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - for as long as the process lives
    sys.exit(answer(sys.argv[1:]))


def _before_nothing(args: Sequence[str]) -> str | None:
    """The word before the first argument that is empty; None where there is none.

    Nothing would be taken for another thing: an empty path for the folder worked in, an empty cohort for the last one.

    >>> _before_nothing(["rate", "--cohort", ""]), _before_nothing(["rate", "--cohort="]), _before_nothing(["rate"])
    ('--cohort', '--cohort', None)
    """
    for before, word in zip(["benefits", *args], args, strict=False):
        if not word:
            return before
        if word.startswith("--") and word.endswith("="):
            return word.removesuffix("=")
    return None


class _Kept(logging.Handler):
    """What the services log while a command works: of a defect only where it is kept. A server shows it all itself."""

    def emit(self, record: logging.LogRecord) -> None:
        """Warnings as they are; frames go into a log."""
        is_defect = record.levelno >= logging.ERROR
        say_error(f"{_logged(record.getMessage())}." if is_defect else record.getMessage())


def _logged(text: str) -> str:
    """Keep a text in a log of its own, and say where."""
    try:
        log = here().logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"benefits {PROGRAM_VERSION}\n{text}\n", encoding="utf-8")
    except OSError:
        return "No log could be written"
    return f"Where it happened is in {log}"


def _interrupted() -> int:
    """Say what Ctrl-C leaves behind."""
    say_error("Interrupted. Nothing half-written is left; the same command may be typed again.")
    return INTERRUPTED


def _defect(fault: BaseException) -> int:
    """Keep where it happened in a log, and say so.

    The words of the fault may hold a member's values: they are left out unless BENEFITS_DEBUG asks for them.
    """
    frames = "".join(traceback.format_tb(fault.__traceback__))
    words = (
        f": {fault}" if os.environ.get("BENEFITS_DEBUG") else " (its words are left out; BENEFITS_DEBUG=1 keeps them)"
    )
    where = _logged(f"{frames}{type(fault).__name__}{words}")
    say_error(f"This is a defect of the program ({type(fault).__name__}), not of your data. {where}; please report it.")
    return DEFECT
