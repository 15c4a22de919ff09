"""The files of a cohort: which they are, and which contract and census each speaks for.

What lives here: `FileRequest`, the manifest of a cohort folder, the shelf beside it, and column mappings. What does
not: what is in the files (`services.intake`), and the road that they take (`services.cohort`).

A cohort folder holds `cohort.csv` (file, contract_number, and optionally census_name, mapping, sheet) and, if the
shelf is not in the book yet, `shelf/` or `shelf.xlsx`. A file on its own says its contract in its name:
`<contract number>__anything.csv`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from services.refusals import Malformed, NotFound

NAME_MARK = "__"
"""Stands between the contract number and the rest of a file's name."""

_COLUMNS = {"file", "contract_number", "census_name", "mapping", "sheet"}

_LINE = " line"
"""Line of the manifest; no heading of a user's, which are stripped, is named so."""


@dataclass(frozen=True)
class FileRequest:
    """One census file to load: where it is, and what it belongs to.

    `contract` is a contract's number or id, `account` an account's number, id or name; one of them
    is needed. Without `census_name` it is the only census of the contract, or else one named after the contract.
    """

    path: Path
    contract: str | None = None
    account: str | None = None
    census_name: str | None = None
    mapping: Mapping[str, str] | None = None
    sheet: str | None = None


def read_cohort_folder(folder: Path) -> list[FileRequest]:
    """The files of a cohort folder, or the one file given. Raises Malformed or NotFound in plain words."""
    if not folder.exists():
        raise NotFound("file_missing", str(folder), f"There is no file or folder {folder}.", "Check the path.")
    if folder.is_file():
        return [_named_file(folder)]
    manifest = folder / "cohort.csv"
    if manifest.exists():
        return _from_manifest(manifest)
    files = sorted(path for path in folder.iterdir() if path.is_file() and NAME_MARK in path.name)
    if not files:
        raise NotFound(
            "cohort_manifest_missing",
            str(folder),
            f"{folder} has no cohort.csv and no file named <contract number>{NAME_MARK}....",
            "Add cohort.csv with the columns file and contract_number.",
        )
    return [_named_file(path) for path in files]


def shelf_of(folder: Path) -> Path | None:
    """The shelf that comes with a cohort folder, if any."""
    for name in ("shelf", "shelf.xlsx"):
        if (folder / name).exists():
            return folder / name
    return None


def read_mapping(path: Path) -> dict[str, str]:
    """A JSON object of heading to field."""
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise NotFound("mapping_missing", str(path), f"There is no mapping {path}.", "Check the path.") from fault
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise Malformed(
            "mapping_unreadable", str(path), f"{path} is not JSON.", 'Write {"heading": "field", ...}.'
        ) from fault
    if not isinstance(said, dict) or not all(isinstance(v, str) for v in said.values()):
        raise Malformed(
            "mapping_unreadable",
            str(path),
            f"{path} is not an object of headings and fields.",
            'Write {"heading": "field", ...}.',
        )
    return said


def _named_file(path: Path) -> FileRequest:
    contract, mark, _ = path.name.partition(NAME_MARK)
    return FileRequest(path, contract=contract if mark else None)


def _unreadable(manifest: Path, says: str, remedy: str) -> Malformed:
    return Malformed("cohort_manifest_unreadable", str(manifest), f"{manifest} {says}.", remedy)


def _from_manifest(manifest: Path) -> list[FileRequest]:
    try:
        rows = pl.read_csv(manifest, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as fault:
        raise _unreadable(manifest, "cannot be read as CSV", "Save it as comma-separated UTF-8.") from fault
    headings = [name.strip().lower() for name in rows.columns]
    twice = next((name for name in headings if headings.count(name) > 1), None)
    if twice is not None:
        raise _unreadable(manifest, f"has the column {twice} more than once", "Leave one of them.")
    rows.columns = headings
    rows = rows.with_row_index(_LINE, offset=2)  # the heading is line 1
    missing = {"file", "contract_number"} - set(rows.columns)
    if not missing:
        rows = rows.filter(pl.col("file").str.strip_chars() != "")
    if missing or rows.is_empty():
        lacks = f"lacks the column {min(missing)}" if missing else "names no file"
        raise _unreadable(manifest, lacks, "State one row per file, with file and contract_number.")
    rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in sorted(_COLUMNS - set(rows.columns)))
    unsaid = rows.filter(pl.col("contract_number").fill_null("").str.strip_chars() == "")
    if not unsaid.is_empty():
        row = unsaid.row(0, named=True)
        place = f"{manifest}, line {row[_LINE]}"
        says = f"{place}: {row['file'].strip()} does not say which contract it belongs to."
        raise Malformed("contract_missing", place, says, "Fill contract_number in cohort.csv.")
    return [
        FileRequest(
            path=manifest.parent / row["file"].strip(),
            contract=row["contract_number"].strip(),
            census_name=row["census_name"],
            mapping=read_mapping(manifest.parent / row["mapping"]) if row["mapping"] else None,
            sheet=row["sheet"],
        )
        for row in rows.iter_rows(named=True)  # one row per file
    ]
