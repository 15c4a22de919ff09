"""The Connect services of members on a test's book, each call a transaction of its own, and short ways to look."""

from collections.abc import Mapping
from typing import Any

from services import settings
from services.members import connect, remove
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, NOW, World, plan_id

NOOR, MIRA, ELIAS = "HR-501", "HR-501-1", "HR-501-2"

Member = dict[str, Any]


def head(first: str = "Noor", last: str = "Haddad", source: str | None = NOOR, **more: Any) -> Member:
    """A primary."""
    return _stated(
        firstName=first, lastname=last, associationWithPrimaryMbr="Self", sourceSystemIdentifier=source, **more
    )


def child(
    first: str = "Mira", last: str = "Haddad", source: str | None = MIRA, of: str | None = NOOR, **more: Any
) -> Member:
    """A dependent that names its primary by the source identifier."""
    role = more.pop("role", "Child")
    return _stated(
        firstName=first, lastname=last, associationWithPrimaryMbr=role, sourceSystemIdentifier=source,
        primaryMemberSource=of, **more,
    )  # fmt: skip


def _stated(**said: Any) -> Member:
    return {name: value for name, value in said.items() if value is not None}


class Door:
    """Calls on one census; `add` and `change` answer as the services do."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, *members: Mapping[str, Any], census: str = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> Any:
        with self.world.book.write() as tx:
            return connect.add(tx, census, members, scope=scope, now=more.pop("now", NOW), **more)

    def change(self, *members: Mapping[str, Any], census: str = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> Any:
        with self.world.book.write() as tx:
            return connect.change(tx, census, members, scope=scope, now=more.pop("now", NOW), **more)

    def delete(self, *ids: str, census: str = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> list[str]:
        with self.world.book.write() as tx:
            return remove.delete_listed(tx, census, ids, scope=scope, now=NOW, **more)

    def empty(self, census: str = CENSUS, scope: Scope = EVERYTHING, **more: Any) -> list[str]:
        with self.world.book.write() as tx:
            return remove.delete_all(tx, census, scope=scope, now=NOW, **more)

    def set_to(self, name: str, value: str) -> None:
        with self.world.book.write() as tx:
            settings.set_to(tx, name, value, NOW)

    def of(self, member_id: str, *columns: str) -> Any:
        """Columns of one member; a single one as it is."""
        found = self.world.sql(
            f"SELECT {', '.join(columns)} FROM book.census_member WHERE group_census_member_id = '{member_id}'"
        )
        assert len(found) == 1
        return found[0][0] if len(columns) == 1 else found[0]

    def choose(self, member_id: str, plan: str, status: str = "To Be Started") -> str:
        """A selection straight into the book."""
        n = len(self.world.sql("SELECT 1 FROM book.member_plan")) + 1
        member_plan_id = f"0r8{n:015d}"
        self.world.run(
            "INSERT INTO book.member_plan BY NAME SELECT "
            f"'{member_plan_id}' AS member_plan_id, '{member_id}' AS group_census_member_id,"
            f" '{CENSUS}' AS group_census_id,"
            f" '{plan_id(plan)}' AS contract_plan_id, '{plan}' AS name, '{status}' AS enrollment_status,"
            " TIMESTAMP '2026-11-20' AS created_at, TIMESTAMP '2026-11-20' AS modified_at"
        )
        return member_plan_id

    @property
    def version(self) -> int:
        return int(
            self.world.sql(f"SELECT census_version FROM book.group_census WHERE group_census_id = '{CENSUS}'")[0][0]
        )


def codes(answer: Any) -> list[tuple[Any, ...]]:
    """Index, code and field of each error."""
    return [(e.info.get("index"), e.code, e.info.get("field")) for e in answer.errors]
