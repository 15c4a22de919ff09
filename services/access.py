"""Callers of the HTTP door: tokens made, found, revoked, and what their holders may do.

What lives here: `Caller`, the kinds and roles, and the life of a token. What does not: which records a caller sees
(`services.scope`) and how a token travels (`services.http`).

A token is random, shown once and kept as a hash; it ends on its date or when it is revoked (decisions, 19).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import ids
from services.book import Transaction
from services.people.portal import family_of_user, may_change
from services.refusals import Malformed, NotFound
from services.scope import Scope

KINDS = ("user", "service", "partner", "member")
READS, WRITES, HOSTS = "reader", "writer", "host"
ROLES = {
    "analyst": ("user", (READS,)),
    "administrator": ("user", (READS, WRITES)),
    "service": ("service", (READS, WRITES)),
    "host": ("user", (READS, WRITES, HOSTS)),
    "partner": ("partner", (READS, WRITES)),
    "member": ("member", (READS, WRITES)),
}
"""What `--role` says: the kind of the principal and what it may do. Host decides on partners and groups."""

PREFIX = "gb_"


@dataclass(frozen=True)
class Caller:
    """Who calls: the token, the kind, what it may do and what it sees."""

    token_id: str
    kind: str
    roles: frozenset[str]
    scope: Scope
    partner_id: str | None = None
    portal_user_id: str | None = None

    @property
    def may_write(self) -> bool:
        """Writing is among the roles."""
        return WRITES in self.roles


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` is shown this once."""

    token_id: str
    secret: str
    expires_at: datetime | None


def create_token(
    tx: Transaction,
    *,
    role: str,
    name: str,
    now: datetime,
    account_ids: Sequence[str] | None = None,
    partner_id: str | None = None,
    family_id: str | None = None,
    portal_user_id: str | None = None,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token. Malformed for an unknown role, NotFound for an unknown account or family.

    `account_ids` None is every account. Role member needs `portal_user_id`, whose family and permissions it takes, or
    `family_id`, a member of the family; role partner needs a partner.
    """
    if role not in ROLES:
        raise Malformed("role_unknown", "role", f"There is no role {role}.", f"Roles: {', '.join(ROLES)}.")
    kind, roles = ROLES[role]
    if account_ids:
        lost = tx.rows("access.unknown_accounts", {"ids": list(account_ids)})
        if lost:
            raise NotFound("account_missing", "account", f"There is no account {lost[0][0]}.", "Check its id.")
    if kind == "member" and portal_user_id:
        family_id = family_of_user(tx, portal_user_id)
        roles = roles if may_change(tx, portal_user_id) else (READS,)
    elif kind == "member":
        family_id = _family(tx, family_id)
    if kind == "partner" and not partner_id:
        raise Malformed("partner_missing", "partner", "A token of role partner needs a partner.", "Name one.")
    if expires_at is not None and expires_at <= now:
        raise Malformed("expiry_past", "expires", "The token would have ended already.", "Name a later moment.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token_id = ids.spell(ids.BEARER, tx.mint(ids.BEARER, 1))
    tx.run(
        "access.add_token",
        {
            "token_id": token_id,
            "token_hash": hashed(secret),
            "name": name,
            "kind": kind,
            "roles": list(roles),
            "account_ids": None if account_ids is None else list(account_ids),
            "partner_id": partner_id,
            "family_id": family_id,
            "portal_user_id": portal_user_id,
            "now": now,
            "expires_at": expires_at,
        },
    )
    return NewToken(token_id, secret, expires_at)


def _family(tx: Transaction, member_id: str | None) -> str:
    found = tx.row("access.family", {"member_id": member_id}) if member_id else None
    if found is None or found[0] is None:
        raise NotFound(
            "member_missing",
            "member",
            "A token of role member needs a member that exists.",
            "Name the family's primary.",
        )
    return str(found[0])


def caller_of(tx: Transaction, secret: str, now: datetime) -> Caller | None:
    """The caller that a token stands for; None for one that is unknown, ended or revoked."""
    found = tx.row("access.token", {"token_hash": hashed(secret)})
    if found is None:
        return None
    token_id, kind, roles, account_ids, partner_id, family_id, portal_user_id, expires_at, revoked_at = found
    if revoked_at is not None or (expires_at is not None and expires_at <= now):
        return None
    if kind == "member" and family_id is None:
        return None  # without a family a member would see everything
    scope = Scope(None if account_ids is None else tuple(account_ids), family_id)
    return Caller(token_id, kind, frozenset(roles), scope, partner_id, portal_user_id)


def revoke_token(tx: Transaction, token_id: str, now: datetime) -> None:
    """End a token now; ending one that has ended changes nothing. NotFound for an unknown id."""
    if tx.row("access.has_token", {"token_id": token_id}) is None:
        raise NotFound("token_missing", "token", f"There is no token {token_id}.", "`benefits token list` shows them.")
    tx.run("access.revoke_token", {"token_id": token_id, "now": now})


def tokens(tx: Transaction) -> list[dict[str, Any]]:
    """Every token without its secret: id, name, kind, roles, accounts and dates."""
    names = ("token_id", "name", "kind", "roles", "account_ids", "created_at", "expires_at", "revoked_at")
    return [dict(zip(names, row, strict=True)) for row in tx.rows("access.tokens")]


def hashed(secret: str) -> str:
    """The hash a token is kept as; it is long and random, so a plain SHA-256 serves."""
    return hashlib.sha256(secret.encode()).hexdigest()
