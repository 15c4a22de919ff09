"""The sensor of the drop folder: what arrives whole becomes a partition and a run.

What lives here: turning drops into partitions and run requests. What does not: looking at the folder
(`services.inbox`). A drop that changes later runs again; loading the same content twice changes nothing.
"""

from pathlib import Path

import dagster as dg

from assets.partitions import cohort
from pipelines.jobs import load_and_rate, whole_road
from services.cohort_files import shelf_of
from services.inbox import Drop, look
from services.places import Places

MOST = 5
"""Names told one by one."""


@dg.sensor(
    jobs=[load_and_rate, whole_road],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Watch BENEFITS_INBOX (data/inbox): what arrives whole, and what changes later, is loaded and rated.",
)
def drop_folder(context: dg.SensorEvaluationContext, places: dg.ResourceParam[Places]) -> dg.SensorResult:
    """Watch BENEFITS_INBOX (data/inbox) for `<contract number>__name.csv` files and folders with a cohort.csv."""
    found = look(places.inbox, context.cursor)
    if not found.ready:
        return dg.SensorResult(skip_reason=_nothing(places.inbox, found.left_alone), cursor=found.memory)
    return dg.SensorResult(
        run_requests=[_request(drop) for drop in found.ready],
        dynamic_partitions_requests=[cohort.build_add_request([drop.cohort for drop in found.ready])],
        cursor=found.memory,
    )


def _nothing(inbox: Path, left_alone: list[str]) -> str:
    """Why there is no run: nothing arrived, or nothing that says which contract it is for."""
    says = f"Nothing new and whole in {inbox}."
    if not left_alone:
        return says
    names = ", ".join(left_alone[:MOST]) + (f" and {len(left_alone) - MOST:,} more" if len(left_alone) > MOST else "")
    return f"{says} Left alone: {names}. Name a file <contract number>__NAME; put a cohort.csv into a folder."


def _request(drop: Drop) -> dg.RunRequest:
    """A run for one drop; a folder that brings a shelf has it loaded first."""
    own_shelf: Path | None = shelf_of(drop.path) if drop.path.is_dir() else None
    ops: dict[str, dict[str, dict[str, str]]] = {"census_load": {"config": {"source": str(drop.path)}}}
    if own_shelf is not None:
        ops["shelf"] = {"config": {"shelf": str(own_shelf)}}
    return dg.RunRequest(
        run_key=f"{drop.cohort}@{drop.signature}",
        job_name=(whole_road if own_shelf else load_and_rate).name,
        partition_key=drop.cohort,
        run_config={"ops": ops},
    )
