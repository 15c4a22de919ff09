"""The drop folder: which files and folders have arrived whole.

What lives here: looking at the folder and remembering, as a text between two looks, what was seen. What does not:
who looks and how often (`pipelines.sensors`), and reading what arrived.

A drop is a file named `<contract number>__anything.ext`, or a folder with a `cohort.csv`. It counts as whole when
two looks in a row find the same sizes and times: a file that is still being written is left for later.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from services.cohort_files import NAME_MARK


@dataclass(frozen=True)
class Drop:
    """Something that arrived: the cohort it makes, where it is, and a text that changes with its content."""

    cohort: str
    path: Path
    signature: str


@dataclass(frozen=True)
class Look:
    """What one look found: the drops that are whole and not handed out before, and the memory for the next look."""

    ready: list[Drop]
    memory: str
    left_alone: list[str]
    """Names of what is no drop: a file that names no contract, a folder without a `cohort.csv`."""


def look(inbox: Path, memory: str | None) -> Look:
    """Look at the drop folder. `memory` is that of the look before; None or a text of another kind starts anew."""
    before = _remembered(memory)
    ready: list[Drop] = []
    after: dict[str, dict[str, str]] = {}
    drops, left_alone = _sorted(inbox)
    for drop in drops:
        known = before.get(drop.cohort, {})
        handed = known.get("handed", "")
        if known.get("seen") == drop.signature and handed != drop.signature:
            ready.append(drop)
            handed = drop.signature
        after[drop.cohort] = {"seen": drop.signature, "handed": handed}
    return Look(ready, json.dumps(after, sort_keys=True), left_alone)


def _sorted(inbox: Path) -> tuple[list[Drop], list[str]]:
    """Everything in the folder that is a drop by its name, and the names of the rest, both in order of name."""
    if not inbox.is_dir():
        return [], []
    found: list[Drop] = []
    left_alone: list[str] = []
    for path in sorted(inbox.iterdir()):
        if path.name.startswith((".", "~")) or path.suffix in (".tmp", ".part", ".crdownload"):
            continue
        if path.is_dir() and (path / "cohort.csv").is_file():
            found.append(Drop(path.name, path, _signature(sorted(path.rglob("*")))))
        elif path.is_file() and NAME_MARK in path.name:
            found.append(Drop(path.name, path, _signature([path])))
        else:
            left_alone.append(path.name)
    return found, left_alone


def _signature(paths: list[Path]) -> str:
    """Number of files, their bytes together and the time of the latest change."""
    stats = [path.stat() for path in paths if path.is_file()]
    return f"{len(stats)}:{sum(s.st_size for s in stats)}:{max((s.st_mtime_ns for s in stats), default=0)}"


def _remembered(memory: str | None) -> dict[str, dict[str, str]]:
    try:
        said = json.loads(memory or "{}")
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
