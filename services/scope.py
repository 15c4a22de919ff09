"""What a caller can see: which of the ids in a request exist for this caller.

What lives here: `Scope` and the one question asked of it, which is also the one check that an id exists: an id out of
scope is answered exactly as an id that is in no table (decisions, 19). What does not: who the caller is
(`services.access`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.book import Transaction

OBJECTS = (
    "account",
    "census",
    "member",
    "member_plan",
    "group_class",
    "contract",
    "contract_plan",
    "document",
    "request",
    "product",
    "rate_table",
    "contribution_rule",
    "quote",
    "quote_line",
    "quote_line_attribute",
    "policy",
    "participant",
    "policy_coverage",
    "payment",
    "policy_transaction",
    "policy_transaction_line",
    "plan_class",
    "plan_attribute",
    "class_summary",
    "plan_class_attribute",
    "person_account",
    "contact",
    "user",
    "async_item",
    "async_detail",
    "rating_request",
)
"""Objects whose ids can be asked for; each has a statement `scope.<object>`."""


@dataclass(frozen=True)
class Scope:
    """The accounts, or the one family, that a caller sees. Both None: everything."""

    account_ids: tuple[str, ...] | None = None
    family_id: str | None = None

    def known(self, tx: Transaction, kind: str, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are records of the kind and in scope; one statement however many ids there are.

        `kind` is one of `OBJECTS`. Ids of another object, unknown ids and ids out of scope are left out alike.
        """
        asked = list(dict.fromkeys(ids))
        if not asked:
            return frozenset()
        accounts = None if self.account_ids is None else list(self.account_ids)
        found = tx.rows(f"scope.{kind}", {"asked": asked, "accounts": accounts, "family": self.family_id})
        return frozenset(row[0] for row in found)

    def sees(self, tx: Transaction, kind: str, record_id: str) -> bool:
        """Whether one id is a record of the kind and in scope."""
        return record_id in self.known(tx, kind, [record_id])

    def sees_family(self, tx: Transaction, family_id: str, census_id: str) -> bool:
        """Whether a family that is on record is in scope: its census is, and whoever sees one family sees no other."""
        if self.family_id not in (None, family_id):
            return False
        return self.account_ids is None or self.sees(tx, "census", census_id)


EVERYTHING = Scope()
