"""How a step fails: in plain words, and without anybody's values in the records of a run.

What lives here: the turning of refusals and defects into Dagster failures. What does not: the words of a refusal
(`services`), and blocking checks, which are no faults of a step.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from services.faults import is_interruption
from services.refusals import Refusal


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Make a refusal the failure of a step; of a defect keep its kind and place, for its words may hold cells."""
    try:
        yield
    except Refusal as refusal:
        place = {"where": refusal.where} if refusal.where else {}
        raise dg.Failure(str(refusal), metadata={"code": refusal.code, **place}, allow_retries=False) from None
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
