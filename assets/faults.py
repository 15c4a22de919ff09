"""How a step fails: in plain words, and without anybody's values in the records of a run.

What lives here: the turning of refusals and defects into Dagster failures. What does not: the words of a refusal
(`services`), and blocking checks, which are no faults of a step.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from services.faults import is_interruption
from services.refusals import BookBusy, Refusal

WAIT_S = 300
"""How long a step of a run that nobody watches waits before it asks for a busy book again; a run cannot be ended in
between."""

MOST_WAITS = 36
"""Three hours in all: a night that begins at 2 o'clock ends its asking at 5 or later, as its schedule does."""


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Make a refusal the failure of a step; of a defect keep its kind and place, for its words may hold cells.

    A busy book passes: a run that a schedule or sensor asked for, and will not ask for again, tries its step later.
    """
    try:
        yield
    except Refusal as refusal:
        place = {"where": refusal.where} if refusal.where else {}
        failure = dg.Failure(str(refusal), metadata={"code": refusal.code, **place}, allow_retries=False)
        if isinstance(refusal, BookBusy) and _is_unwatched():
            raise dg.RetryRequested(max_retries=MOST_WAITS, seconds_to_wait=WAIT_S) from failure
        raise failure from None
    except dg.Failure:
        raise
    except Exception as fault:  # noqa: BLE001 - the last resort of a step
        if is_interruption(fault):
            raise KeyboardInterrupt from None
        frames = "".join(traceback.format_tb(fault.__traceback__))
        raise dg.Failure(
            f"A defect of the program ({type(fault).__name__}); please report it with the place shown here.",
            metadata={"place": dg.MetadataValue.text(frames)},
        ) from None


def _is_unwatched() -> bool:
    """A schedule or a sensor asked for this run; whoever starts one is told at once, and decides."""
    tags = dg.OpExecutionContext.get().run.tags
    return "dagster/schedule_name" in tags or "dagster/sensor_name" in tags
