"""The Std services of members on a test's book, each call a transaction of its own, and members in its spelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.book import Transaction
from services.members import reading, std, std_remove, std_with_plans
from services.members.std import StdSaved
from services.members.std_remove import StdRemoved
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, NOW, World, plan_id

Member = dict[str, Any]
CONTRACT = "800A"
HIRED = (
    "FirstName",
    "Lastname",
    "Email",
    "SourceSystemIdentifier",
    "PrimaryMemberSource",
    "RelationshipToPrimaryMember",
)


def noor(**more: Any) -> Member:
    """A primary."""
    return {"FirstName": "Noor", "Lastname": "Haddad", "SourceSystemIdentifier": "HR-501", **more}


def owen(**more: Any) -> Member:
    """Another primary."""
    return {"FirstName": "Owen", "Lastname": "Park", "SourceSystemIdentifier": "P1", **more}


def elias(**more: Any) -> Member:
    """Noor's spouse."""
    return {
        "FirstName": "Elias", "Lastname": "Haddad", "SourceSystemIdentifier": "HR-501-2",
        "PrimaryMemberSource": "HR-501", "RelationshipToPrimaryMember": "Spouse", **more,
    }  # fmt: skip


def mira(**more: Any) -> Member:
    """Noor's child."""
    return elias(
        **{"FirstName": "Mira", "SourceSystemIdentifier": "HR-501-1", "RelationshipToPrimaryMember": "Child", **more}
    )


def headers(*names: str) -> list[dict[str, str]]:
    """Headers of some fields."""
    return [{"type": "STRING", "label": "", "fieldId": "", "name": name} for name in names]


def census(*members: Mapping[str, Any], named: Sequence[str] | None = None) -> dict[str, Any]:
    """The census node, with a header for every field that members state unless `named` says which."""
    every = dict.fromkeys(name for member in members for name in member)
    return {"headers": headers(*(every if named is None else named)), "members": list(members)}


def plans(*short: str) -> str:
    """A plan cell."""
    return ";".join(plan_id(code) for code in short)


@dataclass
class StdDoor:
    """Calls on one census."""

    world: World

    def add(
        self, *members: Member, named: Sequence[str] | None = None, census_id: str = CENSUS, scope: Scope = EVERYTHING,
        **more: Any,
    ) -> StdSaved:  # fmt: skip
        with self.world.book.write() as tx:
            return std.add_members(tx, census_id, census(*members, named=named), scope=scope, now=NOW, **more)

    def update(
        self, *members: Member, named: Sequence[str] | None = None, census_id: str = CENSUS, scope: Scope = EVERYTHING,
        **more: Any,
    ) -> StdSaved:  # fmt: skip
        with self.world.book.write() as tx:
            return std.update_members(tx, census_id, census(*members, named=named), scope=scope, now=NOW, **more)

    def load(
        self, *members: Member, named: Sequence[str] | None = None, contract_id: str | None = CONTRACT,
        only: bool = False, **more: Any,
    ) -> StdSaved:  # fmt: skip
        with self.world.book.write() as tx:
            return std_with_plans.update_members_with_plans(
                tx, more.pop("census_id", CENSUS), contract_id, census(*members, named=named), only_with_valid=only,
                scope=more.pop("scope", EVERYTHING), now=NOW, **more,
            )  # fmt: skip

    def delete(self, *ids: str, scope: Scope = EVERYTHING) -> StdRemoved:
        with self.world.book.write() as tx:
            return std_remove.delete_members(tx, ids, scope=scope, now=NOW)

    def delete_with_plans(self, *ids: str, scope: Scope = EVERYTHING, **more: Any) -> StdRemoved:
        with self.world.book.write() as tx:
            return std_remove.delete_members_with_plans(tx, ids, scope=scope, now=NOW, **more)

    def empty(self, census_id: str | None = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> list[str]:
        with self.world.book.write() as tx:
            return std_remove.delete_all_members(tx, census_id, scope=scope, now=NOW, **more)

    def get(self, census_id: str | None = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> dict[str, Any]:
        said = {key: more.pop(key) for key in ("field_set", "with_plans") if key in more}
        with self.world.book.read() as tx:
            return reading.get_members(tx, census_id, reading.Wanted(**more), scope=scope, **said)

    def stored(self, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of every member of the book, in order of their ids."""
        return self.world.members(*columns)


def watched(tx: Transaction) -> list[str]:
    """A list that the names of the statements of a transaction are added to as they are run."""
    seen: list[str] = []
    for act in ("table", "rows", "run"):
        was = getattr(tx, act)
        setattr(tx, act, lambda name, params=None, was=was: (seen.append(name), was(name, params))[1])
    return seen


def errors(done: StdSaved) -> list[tuple[Any, str]]:
    """First name and text of each error of a member."""
    return [(error.get("FirstName"), error["error"]) for error in done.errors]
