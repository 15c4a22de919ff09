"""What portal users may do, and which family is theirs.

What lives here: profiles with their permissions, and the family of a user, which a token of kind member is made for.
What does not: making users (`users`), and tokens (`services.access`).
"""

from collections.abc import Sequence

import polars as pl

from schemas.people import PERMISSIONS
from services import ids
from services.book import Transaction
from services.refusals import Conflict, Malformed, NotFound

READ_FAMILY, CHOOSE_PLANS, _ = PERMISSIONS


def profiles(tx: Transaction) -> pl.DataFrame:
    """Profiles by id: profile_id, name, permissions (joined by commas)."""
    return tx.frame("people.profiles")


def add_profile(tx: Transaction, name: str, permissions: Sequence[str] = PERMISSIONS) -> str:
    """Make a profile; its id. Malformed for a name that is empty or too long, or an unknown permission."""
    said = name.strip()
    if not said or len(said) > 255:
        raise Malformed("profile_name", "name", "A profile needs a name of at most 255 characters.", "Name it.")
    _must_be_known(permissions)
    profile_id = ids.spell(ids.PROFILE, tx.mint(ids.PROFILE, 1))
    tx.run("people.add_profile", {"profile_id": profile_id, "name": said})
    _permit(tx, profile_id, permissions)
    return profile_id


def set_permissions(tx: Transaction, profile_id: str, permissions: Sequence[str]) -> None:
    """State what a profile permits, for its users at their next request. NotFound for an unknown profile, Malformed
    for an unknown permission."""
    _must_be_known(permissions)
    must_exist(tx, profile_id)
    tx.run("people.remove_permissions", {"profile_id": profile_id, "permissions": list(permissions)})
    _permit(tx, profile_id, permissions)


def must_exist(tx: Transaction, profile_id: str) -> None:
    """NotFound, with the way to those there are, for an unknown profile."""
    if tx.row("people.profile", {"profile_id": profile_id}) is None:
        says = f"There is no profile {profile_id}."
        raise NotFound("profile_missing", "profile", says, "`benefits people profiles` lists them by id.")


def _must_be_known(permissions: Sequence[str]) -> None:
    unknown = [word for word in permissions if word not in PERMISSIONS]
    if unknown:
        raise Malformed(
            "permission_unknown",
            "permission",
            f"There is no permission {unknown[0]}.",
            f"Known: {', '.join(PERMISSIONS)}.",
        )


def _permit(tx: Transaction, profile_id: str, permissions: Sequence[str]) -> None:
    if permissions:
        tx.run("people.add_permissions", {"profile_id": profile_id, "permissions": list(dict.fromkeys(permissions))})


def permitted(tx: Transaction, user_id: str) -> frozenset[str] | None:
    """What the profile of a user permits at present; None for a user who is unknown or may not log in."""
    found = tx.row("people.permitted", {"user_id": user_id})
    return frozenset(found[1]) if found and found[0] else None


def family_of_user(tx: Transaction, user_id: str, census_id: str | None = None) -> str:
    """The family of a portal user: the member id of its primary.

    A person may be on several censuses: the family of an active census is meant, where the person is the primary, and
    of these the latest; `census_id` names another. NotFound for an unknown user, or one whose person is on no census;
    Conflict for a user that may not log in.
    """
    user = tx.row("people.user", {"user_id": user_id})
    if user is None:
        raise NotFound("user_missing", "user", f"There is no portal user {user_id}.", "Check its id.")
    if not user[0]:
        raise Conflict("user_inactive", "user", f"The portal user {user_id} is not active.", "Activate it first.")
    found = tx.row("people.families_of_user", {"user_id": user_id, "census_id": census_id})
    if found is None:
        where = f"the census {census_id}" if census_id else "a census"
        raise NotFound(
            "user_without_family",
            "user",
            f"The person of the user {user_id} is not on {where}.",
            "Link a member to it.",
        )
    return str(found[0])
