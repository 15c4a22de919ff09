"""Callers of the HTTP door: tokens made, found, revoked, and what their holders may do.

What lives here: `Caller`, the kinds and roles, and the life of a token. What does not: which records a caller sees
(`services.scope`) and how a token travels (`services.http`).

A token is random, shown once and kept as a hash; it ends on its date or when it is revoked (decisions, 19). One of a
portal user does what the user's profile permits at the moment of each request, and nothing while the user is inactive.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import ids
from services.book import Transaction
from services.people.portal import CHOOSE_PLANS, READ_FAMILY, family_of_user, permitted
from services.refusals import Malformed, NotFound
from services.scope import Scope

KINDS = ("user", "service", "partner", "member")
READS, WRITES, HOSTS, NOTES = "reader", "writer", "host", "manager"
ROLES = {
    "analyst": ("user", (READS,)),
    "administrator": ("user", (READS, WRITES)),
    "service": ("service", (READS, WRITES)),
    "host": ("user", (READS, WRITES, HOSTS)),
    "partner": ("partner", (READS, WRITES)),
    "partner_analyst": ("partner", (READS,)),
    "contract_admin": ("partner", (READS, WRITES)),
    "relationship_manager": ("partner", (READS, NOTES)),
    "member": ("member", (READS, WRITES)),
}
"""What `--role` says: the kind of the principal and what it may do. Host decides on partners and groups; a relationship
manager sees the groups of the partners assigned and may add notes."""

ALLOWS = {READ_FAMILY: READS, CHOOSE_PLANS: WRITES}
"""The role that each permission of a portal user allows; all that members write are choices of plans."""

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
    producer_code: str | None = None
    manager_id: str | None = None


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` is shown this once."""

    token_id: str
    secret: str
    expires_at: datetime | None


def role_of(kind: str | None, role: str) -> str:
    """The role by its name in `ROLES`: analyst is a role of users and one of partners. Malformed where the two differ.

    >>> role_of("partner", "analyst"), role_of(None, "analyst")
    ('partner_analyst', 'analyst')
    """
    named = f"partner_{role}" if kind == "partner" and role == "analyst" else role
    if kind is not None and (kind not in KINDS or (named in ROLES and ROLES[named][0] != kind)):
        raise Malformed(
            "kind_unknown", "kind", f"There is no role {role} of kind {kind}.", f"Kinds: {', '.join(KINDS)}."
        )
    return named


def create_token(
    tx: Transaction,
    *,
    role: str,
    name: str,
    now: datetime,
    account_ids: Sequence[str] | None = None,
    partner_id: str | None = None,
    producer_code: str | None = None,
    manager_id: str | None = None,
    family_id: str | None = None,
    portal_user_id: str | None = None,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token. Malformed for an unknown role, a blank name or a limit that the role does not know, NotFound for an
    unknown account or family.

    `account_ids` None is every account. Role member needs `portal_user_id`, whose family it takes and whose permissions
    it has, or `family_id`, a member of the family; roles of partners need a partner, of which `producer_code` leaves
    the groups of one producer; a relationship manager needs `manager_id` instead.
    """
    if role not in ROLES:
        raise Malformed("role_unknown", "role", f"There is no role {role}.", f"Roles: {', '.join(ROLES)}.")
    if not name.strip():
        raise Malformed("name_missing", "name", "A token needs a name.", "Say who or what it is for.")
    kind, roles = ROLES[role]
    _must_know(role, "partner", partner=partner_id, producer=producer_code, manager=manager_id)
    _must_know(role, "member", member=family_id, user=portal_user_id)
    if account_ids:
        lost = tx.rows("access.unknown_accounts", {"ids": list(account_ids)})
        if lost:
            raise NotFound("account_missing", "account", f"There is no account {lost[0][0]}.", "Check its id.")
    if kind == "member" and portal_user_id:
        family_id = family_of_user(tx, portal_user_id)
    elif kind == "member":
        family_id = _family(tx, family_id)
    if kind == "partner":
        _must_be_partner(tx, role, partner_id, manager_id)
    if expires_at is not None and expires_at <= now:
        raise Malformed("expiry_past", "expires", "The token would have ended already.", "Name a later moment.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token_id = ids.spell(ids.BEARER, tx.mint(ids.BEARER, 1))
    tx.run(
        "access.add_token",
        {
            "token_id": token_id,
            "token_hash": hashed(secret),
            "name": name.strip(),
            "kind": kind,
            "roles": list(roles),
            "account_ids": None if account_ids is None else list(account_ids),
            "partner_id": partner_id,
            "producer_code": producer_code,
            "manager_id": manager_id,
            "family_id": family_id,
            "portal_user_id": portal_user_id,
            "now": now,
            "expires_at": expires_at,
        },
    )
    return NewToken(token_id, secret, expires_at)


def _must_know(role: str, kind: str, **limits: str | None) -> None:
    """What limits tokens of a kind is for no other: it would limit nothing, and the holder would see every account."""
    given = [word for word, limit in limits.items() if limit is not None]
    if given and ROLES[role][0] != kind:
        known = ", ".join(name for name, (of, _) in ROLES.items() if of == kind)
        raise Malformed(
            "limit_unknown",
            given[0],
            f"A token of role {role} takes no {given[0]}.",
            f"Leave it out, or choose a role that does: {known}.",
        )


def _must_be_partner(tx: Transaction, role: str, partner_id: str | None, manager_id: str | None) -> None:
    """A relationship manager is told by its own id, everybody else by the partner's; both must be there."""
    is_manager = role == "relationship_manager"
    named, other = (manager_id, partner_id) if is_manager else (partner_id, manager_id)
    word = "manager" if is_manager else "partner"
    if not named or other:
        raise Malformed(
            f"{word}_missing", word, f"A token of role {role} needs a {word}, and nothing else.", f"Name a {word}."
        )
    if tx.row(f"access.{word}", {"id": named}) is None:
        raise NotFound(f"{word}_missing", word, f"There is no {word} {named}.", "`benefits partner list` shows them.")


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
    token_id, kind, roles, account_ids, partner_id, family_id, portal_user_id, *more, expires_at, revoked_at = found
    if revoked_at is not None or (expires_at is not None and expires_at <= now):
        return None
    if kind == "member" and family_id is None:
        return None  # without a family a member would see everything
    roles = frozenset(roles)
    if kind == "member" and portal_user_id is not None:
        permissions = permitted(tx, portal_user_id)
        if permissions is None:
            return None
        roles &= {ALLOWS[each] for each in permissions if each in ALLOWS}
    scope = Scope(None if account_ids is None else tuple(account_ids), family_id)
    return Caller(token_id, kind, roles, scope, partner_id, portal_user_id, *more)


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
