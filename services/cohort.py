"""A cohort: the censuses handled together, be it one file, a folder, or a renewal month.

What lives here: the road of a cohort from files to stored members and to premiums, and the contracts and censuses
that its files are found to belong to. What does not: which files those are (`services.cohort_files`), reading them
(`services.intake`), validating them (`services.census_load`), pricing (`services.rating_run`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl

from services import ids
from services.book import Book, Transaction
from services.catalogue import censuses_of
from services.census_load.load import LoadOutcome, load_censuses
from services.cohort_files import NAME_MARK, FileRequest, read_cohort_folder, shelf_of
from services.intake.headings import on_one_line
from services.intake.landing import CensusFile, Landing, land
from services.rating_run import Progress, RunOutcome, rate_cohort
from services.refusals import Malformed, NotFound
from services.refused import ERRORS
from services.shelf.load import ShelfOutcome, load_shelf
from services.shelf.sheets import read_shelf

Mode = Literal["merge", "replace"]


@dataclass(frozen=True)
class RoadOutcome:
    """What the whole road made of a cohort folder."""

    shelf: ShelfOutcome | None
    load: LoadOutcome
    run: RunOutcome


def load_cohort(
    book: Book,
    *,
    cohort: str,
    requests: Sequence[FileRequest],
    source: Path | None = None,
    mode: Mode = "merge",
    strict: bool = False,
    dry_run: bool = False,
    now: datetime,
    on_progress: Progress | None = None,
) -> LoadOutcome:
    """Read every file, then store all of them in one transaction.

    The files are read and their values parsed before the book is held. A dry run makes the same
    outcome and rolls it back. Raises a refusal, and writes nothing, when a contract is unknown or
    when the only file of the request cannot be read.
    """
    with book.read() as tx:
        contracts = _contracts(tx, requests)
    files = [
        CensusFile(
            path=request.path,
            census_id=str(number),
            name=request.path.name,
            mapping=request.mapping,
            sheet=request.sheet,
            effective_date=effective,
        )
        for number, (request, effective) in enumerate(zip(requests, contracts["start_date"], strict=True))
    ]
    landing = land(files, on_progress=partial(on_progress, "read files") if on_progress else None)
    _refuse_single(landing, requests)
    _refuse_sheets(landing, requests)
    try:
        with book.write() as tx:
            census_ids = _ensure_censuses(tx, contracts, now)
            landed = _with_ids(landing, census_ids)
            if not dry_run:
                _register(tx, cohort, census_ids, source, now)
            outcome = load_censuses(tx, landed, cohort=cohort, mode=mode, strict=strict, now=now, dry_run=dry_run)
            if dry_run:
                raise _RolledBack(outcome)
    except _RolledBack as rolled_back:
        outcome = rolled_back.outcome
    return replace(outcome, unread=_unread(landing, requests))


def run_cohort(
    book: Book,
    folder: Path,
    *,
    cohort: str,
    now: datetime,
    rating_date: date | None = None,
    on_progress: Progress | None = None,
) -> RoadOutcome:
    """The whole road for a cohort folder: its shelf if it has one, its files, its premiums."""
    book.create(now)
    shelf_path = shelf_of(folder) if folder.is_dir() else None
    shelf = None
    if shelf_path is not None:
        sheets = read_shelf(shelf_path)
        with book.write() as tx:
            shelf = load_shelf(tx, sheets, now=now)
    requests = read_cohort_folder(folder)
    load = load_cohort(book, cohort=cohort, requests=requests, source=folder, now=now, on_progress=on_progress)
    run = rate_cohort(book, cohort=cohort, rating_date=rating_date, now=now, on_progress=on_progress)
    return RoadOutcome(shelf, load, run)


def find_census(tx: Transaction, name: str, cohort: str | None = None) -> str:
    """The id of a census given by id or name; NotFound or Malformed when there is not exactly one.

    NotFound as well where a cohort is named and the census is none of its.
    """
    found = tx.rows("cohort.census_named", {"name": name})
    if cohort is not None and found:
        of_cohort = censuses_of(tx, [cohort])
        if not any(row[0] in of_cohort for row in found):
            raise NotFound(
                "census_of_other_cohort",
                name,
                f"The census {name} is not in the cohort {cohort}.",
                "Leave one of the two options out.",
            )
        found = [row for row in found if row[0] in of_cohort]
    if len(found) == 1:
        return str(found[0][0])
    if not found:
        raise NotFound(
            "census_missing",
            "census",
            f"There is no census {name}.",
            f"Known censuses: {', '.join(str(row[0]) for row in tx.rows('cohort.some_censuses')) or 'none yet'}.",
        )
    listed = ", ".join(f"{row[0]} ({row[2]})" for row in found[:10])
    raise Malformed(
        "census_ambiguous", "census", f"{len(found)} censuses are named {name}.", f"Give one of their ids: {listed}."
    )


def _unread(landing: Landing, requests: Sequence[FileRequest]) -> pl.DataFrame:
    """Columns of the files that no field was found for, save those that a mapping leaves out on purpose."""
    read = landing.files.filter(pl.col("fault_code").is_null()).select("file_no", "file_name", "mapping")
    found = [
        (name, column)
        for number, name, told in read.iter_rows()  # one row per file
        for column, field in json.loads(told or "{}").items()
        if field is None
        and (heading := on_one_line(column))
        and heading not in {ERRORS, *map(on_one_line, requests[number].mapping or {})}
    ]
    return pl.DataFrame(found, schema={"file_name": pl.String, "column_name": pl.String}, orient="row")


class _RolledBack(Exception):
    """Carries the outcome of a dry run out of the transaction that it makes roll back."""

    def __init__(self, outcome: LoadOutcome) -> None:
        super().__init__("dry run")
        self.outcome = outcome


def _contracts(tx: Transaction, requests: Sequence[FileRequest]) -> pl.DataFrame:
    """One row per request: its contract, and the census it speaks for."""
    named = sorted({request.contract for request in requests if request.contract})
    known = tx.frame("cohort.contracts_named", {"names": named or [""]})
    asked = pl.DataFrame(
        {
            "request_no": pl.int_range(len(requests), eager=True, dtype=pl.Int32),
            "asked": [request.contract or _contract_of_account(tx, request) for request in requests],
            "census_name": pl.Series([request.census_name for request in requests], dtype=pl.String),
        }
    )
    if any(not request.contract for request in requests):
        known = tx.frame("cohort.contracts")
    by_number = known.with_columns(pl.col("contract_number").str.to_lowercase().alias("key"))
    by_id = known.with_columns(pl.col("contract_id").str.to_lowercase().alias("key"))
    keys = pl.concat([by_number, by_id]).unique("key", keep="first", maintain_order=True)
    found = asked.with_columns(pl.col("asked").str.to_lowercase().alias("key")).join(
        keys, on="key", how="left", maintain_order="left"
    )
    unknown = found.filter(pl.col("contract_id").is_null())
    if not unknown.is_empty():
        raise NotFound(
            "contract_missing",
            "contract",
            f"There is no contract {unknown['asked'][0]}.",
            "Load its shelf first (`benefits shelf PATH`), or check the number.",
        )
    _refuse_other_account(found, requests)
    only = tx.frame("cohort.only_censuses")
    named_after = pl.format("{} enrollment", pl.col("contract_number"))
    return (
        found.join(only, on="contract_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("census_name", "only_census_name", named_after).alias("census_name"))
        .drop("only_census_name")
    )


def _refuse_other_account(found: pl.DataFrame, requests: Sequence[FileRequest]) -> None:
    """Where both are given, the contract must be the account's."""
    for request, row in zip(requests, found.select("account_id", "account_number", "account_name").rows(), strict=True):
        if request.account and request.account.lower() not in {str(value).lower() for value in row}:
            raise Malformed(
                "contract_of_other_account",
                "contract",
                f"The contract {request.contract} belongs to the account {row[1]}, not to {request.account}.",
                "Give the contract alone, or the account it belongs to.",
            )


def _contract_of_account(tx: Transaction, request: FileRequest) -> str:
    """The only contract of the account that a request names instead of a contract."""
    if not request.account:
        raise Malformed(
            "contract_missing",
            "contract",
            f"{request.path.name} does not say which contract it belongs to.",
            f"Add --contract NUMBER, or name the file <contract number>{NAME_MARK}{request.path.name}.",
        )
    found = tx.rows("cohort.contracts_of_account", {"name": request.account})
    if len(found) == 1:
        return str(found[0][0])
    if not found:
        raise NotFound(
            "account_missing",
            "account",
            f"There is no account {request.account} with a contract.",
            "Load its shelf first: `benefits shelf PATH`.",
        )
    listed = ", ".join(str(row[1]) for row in found)
    raise Malformed(
        "contract_ambiguous",
        "contract",
        f"The account {request.account} has {len(found)} contracts.",
        f"Add --contract with one of {listed}.",
    )


def _ensure_censuses(tx: Transaction, contracts: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The census of each request, made where the book has none of that name on the contract."""
    with tx.lend(
        requested_censuses=contracts.select(
            "request_no", "contract_id", "account_id", "census_name", "start_date", "end_date"
        )
    ):
        missing = tx.frame("cohort.missing_censuses")
        if missing.height:
            first = tx.mint(ids.CENSUS, missing.height)
            made = missing.with_columns(ids.spell_many(ids.CENSUS, first, missing.height).alias("group_census_id"))
            with tx.lend(new_censuses=made):
                tx.run("cohort.insert_censuses", {"now": now})
        return tx.frame("cohort.requested_ids")


def _with_ids(landing: Landing, census_ids: pl.DataFrame) -> Landing:
    """The landing with the ids of the stored censuses in place of request numbers."""
    joined = landing.files.with_columns(pl.col("census_id").cast(pl.Int32).alias("request_no")).join(
        census_ids, on="request_no", how="left", maintain_order="left"
    )
    files = joined.with_columns(pl.col("group_census_id").alias("census_id")).select(landing.files.columns)
    return replace(landing, files=files)


def _register(tx: Transaction, cohort: str, census_ids: pl.DataFrame, source: Path | None, now: datetime) -> None:
    tx.run("cohort.register", {"cohort": cohort, "source": str(source.resolve()) if source else None, "now": now})
    if source is not None and source.is_dir():  # a folder says the whole cohort, a file adds to it
        tx.run("cohort.clear_members", {"cohort": cohort})
    with tx.lend(cohort_members=census_ids):
        tx.run("cohort.insert_members", {"cohort": cohort})


def _refuse_sheets(landing: Landing, requests: Sequence[FileRequest]) -> None:
    """A sheet is asked of workbooks only; left unsaid, whoever named the wrong file would not hear of it."""
    read = landing.files.filter(pl.col("fault_code").is_null() & pl.col("sheet_name").is_null())
    for number, name in read.select("file_no", "file_name").iter_rows():  # one row per file
        if requests[number].sheet:
            raise Malformed(
                "sheet_of_no_workbook",
                str(requests[number].path),
                f"{name} has no sheets, so there is no sheet {requests[number].sheet} in it.",
                "Leave the sheet out (--sheet, or the column sheet of cohort.csv), or name a workbook.",
            )


def _refuse_single(landing: Landing, requests: Sequence[FileRequest]) -> None:
    """A request of one file that cannot be read is refused whole; among many it is an issue of its own."""
    if len(requests) != 1:
        return
    fault = landing.files.filter(pl.col("fault_code").is_not_null())
    if fault.height:
        row = fault.row(0, named=True)
        raise Malformed(row["fault_code"], str(requests[0].path), row["fault_says"], row["fault_remedy"] or "")
