"""How a step fails: in plain words, and without anybody's values in the records of a run.

What lives here: the turning of refusals and defects into Dagster failures. What does not: the words of a refusal
(`services`), and blocking checks, which are no faults of a step.
"""

import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from services.faults import is_interruption
from services.refusals import BookBusy, Conflict, Refusal

WAIT_S = 300
"""How long a step of a run that nobody watches waits before it asks for a busy book again."""

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
        if isinstance(refusal, BookBusy) and _may_wait():
            dg.OpExecutionContext.get().log.warning(f"{refusal.says} The step tries again in {WAIT_S // 60} minutes.")
            time.sleep(WAIT_S)  # within the step, where a run that is cancelled ends at once
            raise dg.RetryRequested(max_retries=MOST_WAITS, seconds_to_wait=0) from failure
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


def must_all_be_done(lost: Sequence[str], of: int) -> None:
    """Conflict where requests failed as a whole, in the words of the first; the log of the step has all of them."""
    if lost:
        says = lost[0] if of == 1 else f"{len(lost):,} of {of:,} requests failed. {lost[0]}"
        raise Conflict("request_failed", "", says, "What the others made is kept." if of > 1 else "")


def _may_wait() -> bool:
    """A schedule or a sensor asked for this run, and it has waits left; whoever starts one is told at once."""
    context = dg.OpExecutionContext.get()
    is_unwatched = "dagster/schedule_name" in context.run.tags or "dagster/sensor_name" in context.run.tags
    return is_unwatched and context.retry_number < MOST_WAITS
