"""The services over HTTP beside the same rows on the road: a real server in a process of its own, on a real book.

Two employers: a large one, whose census is uploaded and loaded by the service, and a small one, whose members are
posted. Each is also loaded by `load_cohort` in a process that has loaded before, into a book of the same rows; that is
the road they are compared with. Calls are made by one client on one connection. Seconds are the client's, from request
to answer; of an upload, from the first request until its status says that it has ended.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from benchmarks.http_served import bulk, called, post, rated, served_book
from benchmarks.timing import in_process, timed
from services import access
from services.book import Book
from services.cohort import load_cohort
from services.cohort_files import FileRequest
from services.sample_book import make_census, write_shelf
from services.sampling.census_files import cut
from services.sampling.choices import LINES
from services.sampling.groups import make_groups
from services.sampling.shelf import CENSUS_NAME, make_shelf
from services.shelf.load import load_shelf
from services.shelf.sheets import read_shelf

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).replace(tzinfo=None)
COHORT = "bench"
RATED = 2_000
"""Members that one call of the action rates, of four coverages or more each."""

POSTED = {
    "Member ID": "SourceSystemIdentifier",
    "Employee": "PrimaryMemberSource",
    "First Name": "FirstName",
    "Last Name": "Lastname",
    "Relationship": "AssociationWithPrimaryMbr",
    "Date of Birth": "Birthdate",
    "Gender": "Gender",
    "Email": "Email",
    "Class": "GroupClassName",
    "Annual Salary": "AnnualEligibleSalary",
    "Hire Date": "JoinDate",
}
"""Headings of the columns that are posted as JSON, with their fields; plans are no part of a member there."""

MAPPING = POSTED | {
    "City": "City",
    "State": "State",
    "Zip Code": "PostalCode",
    "FTE": "FullTimeEquivalent",
    "Effective Date": "PolicyStartDate",
    "Termination Date": "TerminationDate",
    "Tobacco User": "SmokerStatus",
    "Opt Out All Plans": "IsOptOutAllPlans",
    "Supplemental Life Amount": "ElectedAmount",
    **dict.fromkeys(LINES, "ContractGroupPlan"),
}
"""Every heading of a file with its field: what the callers of the service, and of the road, state."""


def measure(members: int, posted: int, calls: int, repeats: int) -> dict[str, Any]:
    """Medians of each call, and the ratios of a post and of an upload to the road."""
    with tempfile.TemporaryDirectory(prefix="benefits-bench-") as name:
        in_process("benchmarks.http", "prepare", name, str(members), str(posted))
        roads, serves = [], []
        for _ in range(repeats):
            roads.append(in_process("benchmarks.http", "road", name))
            serves.append(in_process("benchmarks.http", "serve", name, str(calls)))
        posts = in_process("benchmarks.http", "post_road", name, str(calls))
    if any(each["stored"] != roads[0]["stored"] for each in (*roads, *serves)):
        raise SystemExit("The road and the service did not store the same rows.")
    seconds = {
        part: _median(serves, part)
        for part in ("bulk", "post", "patch", "eligible_plans", "member_rating", "action_2000")
    }
    seconds |= {"bulk_road": median(road["seconds"] for road in roads), "post_road": posts["seconds"]}
    return {
        "members": members,
        "posted": posted,
        "stored": roads[0]["stored"],
        "calls": calls,
        "repeats": repeats,
        "seconds": {part: round(each, 4) for part, each in seconds.items()},
        "cpu_seconds": {part: round(median(s["cpu"][part] for s in serves), 4) for part in serves[0]["cpu"]}
        | {"bulk_road": round(median(r["cpu_seconds"] for r in roads), 4), "post_road": round(posts["cpu_seconds"], 4)},
        "post_2000_s": round(seconds["post"], 3),
        "post_vs_bulk": round(seconds["post"] / seconds["post_road"], 2),
        "patch_s": round(seconds["patch"], 4),
        "eligible_plans_s": round(seconds["eligible_plans"], 4),
        "member_rating_ms": round(1000 * seconds["member_rating"], 1),
        "action_2000_ms": round(1000 * seconds["action_2000"], 1),
        "bulk_vs_road": round(seconds["bulk"] / seconds["bulk_road"], 2),
    }


def _median(serves: list[dict[str, Any]], part: str) -> float:
    return median(second for each in serves for second in each["seconds"][part])


# ------------------------------------------------------------------------------------------------- what is served


def prepare(folder: Path, members: str, posted: str) -> dict[str, Any]:
    """A book with the shelf of both employers, their files, and the members of the small one as JSON."""
    groups = make_groups(2, 1)
    sheets = make_shelf(groups)
    write_shelf(_made(folder / "shelf"), sheets | {"plans": _with_four_coverages(sheets["plans"])})
    sizes = np.array([int(members), int(posted)])
    frame, _, _ = make_census(groups, sizes, [1, 3, 0])
    for path, text in zip((_large(folder), _small(folder)), cut(_with_sources(frame), sizes), strict=True):
        path.write_bytes(text)
    small = pl.read_csv(_small(folder), infer_schema=False).select(*POSTED)
    small.write_csv(_small(folder))
    _small(folder).with_suffix(".json").write_text(json.dumps({"members": _as_members(small)}))
    book = Book(folder / "shelf.duckdb")
    book.create(NOW)
    with book.write() as tx:
        outcome = load_shelf(tx, read_shelf(folder / "shelf"), now=NOW)
    return {"refused": outcome.n_refused}


def _with_four_coverages(plans: pl.DataFrame) -> pl.DataFrame:
    """The plans, with two more mandatory coverages beside those of the PPO: who holds it holds four, or five."""
    more = {"PPO-RX": ("PPO-LAB", "Laboratory"), "PPO-HOSP": ("PPO-REHAB", "Rehabilitation")}
    named = [
        plans.filter(pl.col("plan_code") == code).with_columns(plan_code=pl.lit(new), plan_name=pl.lit(name))
        for code, (new, name) in more.items()
    ]
    return pl.concat([plans, *named])


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _large(folder: Path) -> Path:
    return folder / "C000001__census.csv"


def _small(folder: Path) -> Path:
    return folder / "C000002__census.csv"


def _with_sources(frame: pl.DataFrame) -> pl.DataFrame:
    """In the words of the service; members named by an identifier of their own, dependents naming their employee's."""
    is_primary, key = pl.col("Relationship") == "Employee", pl.col("Employee ID")
    return frame.with_row_index("at").select(
        pl.when(is_primary).then(key).otherwise(pl.format("{}-{}", key, "at")).alias("Member ID"),
        pl.when(~is_primary).then(key).alias("Employee"),
        pl.exclude("at", "Employee ID", "Relationship", "Gender"),
        pl.col("Gender").replace({"M": "Male", "F": "Female"}),
        pl.col("Relationship").replace({"Employee": "Self", "Domestic Partner": "Spouse"}),
    )


def _as_members(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows as a caller posts them, under the names of the service."""
    names = {heading: field[0].lower() + field[1:] for heading, field in POSTED.items()}
    frame = rows.rename(names).with_columns(pl.col("annualEligibleSalary").cast(pl.Float64))
    return [{name: value for name, value in row.items() if value is not None} for row in frame.to_dicts()]


# ------------------------------------------------------------------------------------------------------- the road


def _copied(folder: Path, name: str, source: str = "shelf.duckdb") -> Book:
    shutil.copyfile(folder / source, folder / name)
    return Book(folder / name)


def _load(book: Book, path: Path, contract: str, census: str = CENSUS_NAME) -> tuple[float, float]:
    requests = [FileRequest(path, contract=contract, census_name=census, mapping=_mapping(path))]
    return timed(lambda: load_cohort(book, cohort=COHORT, requests=requests, now=NOW))


def road(folder: Path) -> dict[str, Any]:
    """The large census loaded in this process, once the small one was."""
    book = _copied(folder, "road.duckdb")
    _load(book, _small(folder), "C000002", "Warm")
    seconds, cpu = _load(book, _large(folder), "C000001")
    return {"seconds": seconds, "cpu_seconds": cpu, "stored": _stored(book)}


def post_road(folder: Path, calls: str) -> dict[str, Any]:
    """The small census loaded in this process, each time into an empty census of a book with the large one in it."""
    book = _copied(folder, "posts.duckdb", "road.duckdb")
    times = [_load(book, _small(folder), "C000002", f"Posted {n}") for n in range(_posts(int(calls)))]
    return {"seconds": median(wall for wall, _ in times), "cpu_seconds": median(cpu for _, cpu in times)}


def _posts(calls: int) -> int:
    """Posts measured in one go, for so many of the small calls."""
    return max(1, calls // 8)


def _mapping(path: Path) -> dict[str, str]:
    """The columns of a file, stated."""
    with path.open(encoding="utf-8") as file:
        headings = file.readline().strip().split(",")
    return {heading: MAPPING[heading] for heading in headings}


def _stored(book: Book) -> dict[str, int]:
    with book.read() as tx:
        names = ("book.census_member", "book.member_plan", "book.census_issue")
        return {name: tx.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in names}


# --------------------------------------------------------------------------------------------------- the service


def serve(folder: Path, calls: str) -> dict[str, Any]:
    """Serve a new book, load the large census through it, and make the calls."""
    book = _copied(folder, "served.duckdb")
    with book.write() as tx:
        secret = access.create_token(tx, role="service", name="bench", now=NOW).secret
        found = tx.connection.execute(
            """SELECT c.contract_number, g.group_census_id, g.account_id, g.contract_id FROM book.group_census g
               JOIN book.contract c USING (contract_id) ORDER BY 1"""
        ).fetchall()
    (_, large, _, _), (_, small, account, contract) = found
    with served_book(book, secret) as served:
        bulk(served, small, _small(folder), _mapping(_small(folder)), is_warm=True)
        bulk(served, large, _large(folder), _mapping(_large(folder)))
        stored = _stored(book)
        post(served, _small(folder).with_suffix(".json").read_bytes(), account, contract, _posts(int(calls)))
        called(served, book, large, int(calls))
        rated(served, book, large, int(calls), RATED)
    return {"seconds": served.seconds, "cpu": {p: median(e) for p, e in served.cpu_seconds.items()}, "stored": stored}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": prepare, "road": road, "post_road": post_road, "serve": serve,
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
