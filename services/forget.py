"""Forgetting a person: removed from census and records, landed lines, images kept for undo and kept inputs.

What lives here: `forget`. What does not: texts of jobs and documents (`services.forget_told`), and a leaver of a
census, whom a file no longer states (`services.census_load`): that is news about a group, while this is the removal of
personal data.

Results and policies keep their amounts under the member's id, which tells nothing about a person any more. A run whose
kept inputs held the person cannot be rated again. A primary goes with the family. What lies outside the book - files,
exports, backups, an older published copy - is not touched.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from schemas import TABLES
from services import summary
from services.book import Transaction
from services.forget_told import scrub
from services.frozen import pack_frame, read_part, write_part
from services.inputs import content_hash
from services.queries import statement
from services.refusals import NotFound
from services.retention import PERSON_REMOVED, sweep

MEMBER = "group_census_member_id"
POSITION = "member"
"""What the rows of a kept frame are known by: the id in the list of members, the position in the others."""

OF_POLICIES = ("book.insurance_policy", "book.policy_participant")
"""Tables that keep the amounts of a person, without the name."""

HOLDERS = (
    *(
        name
        for name, table in TABLES.items()
        if name.startswith("book.") and MEMBER in table.column_names and name not in OF_POLICIES
    ),
    "out.explanation",
)
"""The tables that hold persons: every table of the book with a member's id, and the words that tell ages and pay."""


@dataclass(frozen=True)
class Forgotten:
    """What was removed: the ids of the persons, the lines blanked, and the runs that cannot be rated again."""

    member_ids: list[str]
    n_lines: int
    run_ids: list[str]


@dataclass
class _Rewriting:
    """Kept inputs on their way to hold the persons no more. Runs that share frames share the rewritten ones."""

    tx: Transaction
    ids: set[str]
    done: dict[tuple[str, str], str] = field(default_factory=dict)

    def find(self, members: str) -> None:
        """Add the families that one kept list of members shows."""
        people = read_part(self.tx, members)
        self.ids.update(people.filter(pl.col(POSITION).is_in(_positions(people, self.ids).implode()))[MEMBER].to_list())

    def run(self, parts: dict[str, str]) -> dict[str, str]:
        """The hashes of the parts of one run that had to change."""
        positions = _positions(read_part(self.tx, parts["members"]), self.ids)
        if positions.is_empty():
            return {}
        changed = {part: self._without(parts["members"], content, positions) for part, content in parts.items()}
        return {part: content for part, content in changed.items() if content != parts[part]}

    def _without(self, members: str, content: str, positions: pl.Series) -> str:
        """The hash of a frame without the persons; their positions are those of one list of members."""
        if (members, content) not in self.done:
            frame = read_part(self.tx, content)
            kept = (
                frame if POSITION not in frame.columns else frame.filter(~pl.col(POSITION).is_in(positions.implode()))
            )
            after = content if kept.height == frame.height else content_hash([kept])
            if not self.tx.rows("frozen.known", {"hashes": [after]}):
                write_part(self.tx, pack_frame(after, kept))
            self.done[members, content] = after
        return self.done[members, content]


def forget(tx: Transaction, member: str, now: datetime) -> Forgotten:
    """Remove a person, named by id or member key, in the transaction given; NotFound where there is none."""
    ids = [row[0] for row in tx.rows("forget.people", {"member": member})]
    if not ids:
        raise NotFound(
            "member_missing",
            member,
            f"There is no member {member}.",
            "Name a member by id or member key; `benefits export members members.csv` lists them.",
        )
    censuses = [row[0] for row in tx.rows("forget.censuses", {"ids": ids})]
    run_ids, ids = _from_inputs(tx, ids, censuses)
    scrub(tx, ids, censuses)
    n_lines = _from_lines(tx, ids)
    _from_records(tx, ids, now)
    _from_tables(tx, ids)
    tx.run("forget.count_dependents", {"census_ids": censuses})
    tx.run("forget.raise_versions", {"census_ids": censuses, "now": now})
    summary.sync(tx, censuses, now=now)
    return Forgotten(ids, n_lines, run_ids)


def _from_inputs(tx: Transaction, ids: Iterable[str], censuses: Collection[str]) -> tuple[list[str], list[str]]:
    """Rewrite the kept inputs that hold the persons: the runs concerned, and the ids with whom their families held."""
    inputs = tx.frame("forget.inputs", {"census_ids": list(censuses)})
    rewriting = _Rewriting(tx, set(ids))
    for members in inputs.filter(pl.col("part") == "members")["content_hash"].unique().sort():  # frames, not people
        rewriting.find(members)
    concerned: list[str] = []
    for (run_id,), rows in inputs.group_by("rating_run_id", maintain_order=True):  # runs, not people
        changed = rewriting.run(dict(zip(rows["part"], rows["content_hash"], strict=True)))
        if changed:
            concerned.append(str(run_id))
        for part, content in changed.items():
            tx.run("forget.point", {"run_id": run_id, "part": part, "content_hash": content})
    if concerned:
        tx.run("retention.mark", {"run_ids": concerned, "why": PERSON_REMOVED})
        sweep(tx)
    return concerned, sorted(rewriting.ids)


def _from_lines(tx: Transaction, ids: list[str]) -> int:
    """Blank the landed lines that state the persons; the lines still are accounted for."""
    tx.run("forget.make_lines", {"ids": ids})
    try:
        for step in ("blank_rows", "blank_issues"):
            tx.run(f"forget.{step}")
        found = tx.row("forget.n_lines")
        assert found is not None
        return int(found[0])
    finally:
        tx.run("forget.drop_lines")


def _from_records(tx: Transaction, ids: list[str], now: datetime) -> None:
    """Remove accounts, contacts and portal users of the persons, unless another member is linked to the same record."""
    tx.run("forget.make_records", {"ids": ids})
    try:
        tx.run("forget.revoke_tokens", {"now": now})
        for kind in ("users", "relations", "contacts", "accounts"):
            tx.run(f"forget.remove_{kind}")
    finally:
        tx.run("forget.drop_records")


def _from_tables(tx: Transaction, ids: list[str]) -> None:
    """Remove the rows of the persons from every table that holds persons; policies keep theirs, without names."""
    tx.run("forget.blank_participants", {"ids": ids})
    for name in HOLDERS:
        tx.connection.execute(statement("forget.remove").replace("{table}", name), {"ids": ids}).fetchall()


def _positions(people: pl.DataFrame, ids: Collection[str]) -> pl.Series:
    """Positions of the persons and of the dependents of those among them who are primaries."""
    own = people.filter(pl.col(MEMBER).is_in(list(ids)))[POSITION]
    return people.filter(pl.col(POSITION).is_in(own.implode()) | pl.col("primary_row").is_in(own.implode()))[POSITION]
