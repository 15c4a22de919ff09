"""The whole road as one Dagster run inside this process, recorded in the instance of this folder.

What lives here: making the instance's home, registering the cohort, running the job and saying what failed. What does
not: how that looks on a terminal (`pipelines.cli.road`), and runs started by the daemon or the UI.
"""

import fcntl
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import dagster as dg

from assets.partitions import cohort as cohort_partitions
from pipelines import jobs
from pipelines.progress import STEPS
from services.cohort_files import shelf_of
from services.places import Places


@dataclass(frozen=True)
class Ran:
    """What became of a run: its id, and a sentence per step that failed or check that did not hold."""

    run_id: str
    failures: list[str]


def make_home(home: Path) -> None:
    """The folder of the Dagster instance, with the settings that the project ships."""
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(
            resources.files("pipelines").joinpath("dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )
    os.environ["DAGSTER_HOME"] = str(home)


def run_road(places: Places, cohort: str, source: Path, on_step: Callable[[str], None]) -> Ran:
    """Run every asset for a cohort; `on_step` hears the words of each step."""
    from pipelines.definitions import defs

    make_home(places.runs)
    own_shelf = shelf_of(source) if source.is_dir() else None
    ops: dict[str, object] = {"census_load": {"config": {"source": str(source)}}}
    if own_shelf is not None:
        ops["shelf"] = {"config": {"shelf": str(own_shelf)}}
    listener = _Listener(on_step)
    logging.getLogger(STEPS).addHandler(listener)
    try:
        with warnings.catch_warnings(), _opened(places.runs, cohort) as instance:
            warnings.simplefilter("ignore")
            job = defs.resolve_job_def((jobs.whole_road if own_shelf else jobs.load_and_rate).name)
            result = job.execute_in_process(
                instance=instance,
                partition_key=cohort,
                run_config={"ops": ops, "loggers": {"steps": {}}},
                raise_on_error=False,
            )
    finally:
        logging.getLogger(STEPS).removeHandler(listener)
    if any(_is_interrupted(event) for event in result.all_events):
        raise KeyboardInterrupt
    return Ran(result.run_id, [] if result.success else _failures(result))


def _opened(home: Path, cohort: str) -> dg.DagsterInstance:
    """The instance, with the cohort registered; its tables are made at first use, by one process at a time.

    Two processes that make the tables of a new instance together fail: each finds them missing, and one comes late.
    """
    with (home / "opening.lock").open("w") as side:
        fcntl.flock(side, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.get()
        instance.get_runs_count()
        instance.all_instigator_state()
        instance.add_dynamic_partitions(str(cohort_partitions.name), [cohort])
    return instance


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why a run failed, in the words of its steps and checks."""
    said = [
        f"The check {check.check_name} of {'/'.join(check.asset_key.path)} does not hold: {check.description}"
        for check in result.get_asset_check_evaluations()
        if not check.passed
    ]
    if not said:
        said = [_why(event) for event in result.all_events if event.is_step_failure]
    return said or ["The run failed; its log is in the Dagster UI (`make ui`)."]


def _is_interrupted(event: dg.DagsterEvent) -> bool:
    """True: a step or the run ended by Ctrl-C, which Dagster records as a failure like another."""
    if event.event_type is dg.DagsterEventType.PIPELINE_CANCELED:
        return True
    error = None
    if event.is_step_failure:
        error = event.step_failure_data.error
    elif event.is_job_failure:
        error = event.job_failure_data.error
    return error is not None and error.cls_name in ("DagsterExecutionInterruptedError", "KeyboardInterrupt")


def _why(event: dg.DagsterEvent) -> str:
    """The words of a step that failed: those of its refusal, or the kind of its error."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    kind = (data.error.cause or data.error).cls_name if data.error else None
    return f"The step {event.step_key} failed ({kind}); its log is in the Dagster UI (`make ui`)."


class _Listener(logging.Handler):
    """Passes the words that steps log on to a callback."""

    def __init__(self, on_step: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self.on_step = on_step

    def emit(self, record: logging.LogRecord) -> None:
        """One line of a step; Dagster's own events are about steps starting and ending."""
        meta = getattr(record, "dagster_meta", {}) or {}
        event = meta.get("dagster_event")
        if event is None and meta.get("step_key"):
            self.on_step(str(meta.get("orig_message") or record.getMessage()))
        elif event is None:
            return
        elif event.is_step_start:
            self.on_step(f"step {event.step_key}")
