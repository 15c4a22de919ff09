"""What a caller asks of the members core: which operation, in whose reading, with which key.

What lives here: `Asked` and its two choices. What does not: carrying it out (`judge`, `save`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from services.census_load.member_key import TELLING
from services.members.rows import Rows
from services.scope import Scope


class Operation(Enum):
    """What happens to rows. The values are the names that flows and actions use (BC-41)."""

    ADD = "Add"
    """A row whose key is known changes that member, any other makes one (CM-4)."""
    UPDATE = "Update"
    """A row names its member by id; nothing is made (CM-5)."""
    UPSERT_BY_KEY = "UpsertByKey"
    """As ADD, and dependents of a list that holds primaries must find theirs in it (CM-50 to CM-53)."""


class Reading(Enum):
    """Which field tells a primary (CV-7)."""

    CONNECT = "association"
    STD = "relationship"


Term = date | tuple[date | None, date | None] | None
"""The day, or the first and last day, that a class must be valid for; None asks nothing."""


@dataclass(frozen=True)
class Asked:
    """A request on members of one census."""

    census_id: str
    rows: Rows
    operation: Operation
    reading: Reading
    key_columns: list[str]
    now: datetime
    scope: Scope
    """Whose persons a row may name (CV-22: another's is unknown)."""
    class_on: Term = None
    creates_classes: bool = False

    @property
    def keeps_classes(self) -> bool:
        """Members are named by id, and no class is stated."""
        classes = {"given_class_id", "class_name", "given_summary_id"}
        return self.operation is Operation.UPDATE and classes.isdisjoint(self.stated)

    @property
    def stated(self) -> set[str]:
        """The working columns that some row states or clears."""
        cleared = self.rows.cleared["column"]
        return {*self.rows.values.columns, *(cleared.unique() if len(cleared) else ())}

    @property
    def keeps_keys(self) -> bool:
        """No row can move a key: members are named by id, and nothing is stated that a key is made of."""
        made_of = {*self.key_columns, "association", "relationship", "member_key", "email", *TELLING}
        made_of -= {"group_census_id"}
        return self.operation is Operation.UPDATE and made_of.isdisjoint(self.stated)

    @property
    def is_std_by_id(self) -> bool:
        """The Std update by id, which looks for no orphans and lets links stand on primaries (CM-55, CM-57)."""
        return self.operation is Operation.UPDATE and self.reading is Reading.STD
