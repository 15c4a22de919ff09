"""Person accounts and contacts of a group account, found by name and e-mail or by words.

What lives here: `find` (AC-60 to AC-63). What does not: making them (`creating`).
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid
from services.people.fields import RecordKind, wire_of
from services.people.std import unstated
from services.scope import Scope

NOTHING_SOUGHT = InsuranceError("SF-0001-0004", "Specify a searchKey or members.")

Person = tuple[str | None, str | None, str | None]
"""First name, last name and e-mail of a person looked for; None asks nothing."""

_SOUGHT = pl.Schema(dict.fromkeys(("first_name", "last_name", "email", "first_begins", "last_begins"), pl.String()))
"""What a record is held against, in lower case; null asks nothing. Each row is one way to be found."""


def find(
    tx: Transaction,
    kind: RecordKind,
    account_id: str | None,
    *,
    members: Sequence[Person] | None = None,
    search_key: str | None = None,
    scope: Scope,
) -> list[dict[str, Any]]:
    """Records of a group account, by last name, first name and id; each once (AC-63).

    Of each of `members` every value given must agree (AC-60). One word of
    `search_key` begins a first or last name (AC-61); of more, the first two begin one each (AC-62). Refused without an
    account, for one that is unknown, and without anything to look for.
    """
    if not account_id:
        raise Refused(unstated("accountId"))
    words = (search_key or "").lower().split()
    if members is None and not words:
        raise Refused(NOTHING_SOUGHT)
    if not scope.sees(tx, "account", account_id):
        raise Refused(invalid("accountId"))
    sought = pl.concat([_persons(members or []), _words(words)])
    if sought.is_empty():
        return []
    with tx.lend(people_sought=sought):
        found = tx.frame(f"people.find_{kind.name}", {"account_id": account_id})
    named = {wire_of(kind, column): pl.col(column) for column in ("first_name", "last_name", "email")}
    return found.select(Id="id", **named).to_dicts()


def _persons(members: Sequence[Person]) -> pl.DataFrame:
    """Persons as given; one of whom nothing is given is nobody."""
    names = ("first_name", "last_name", "email")
    given = pl.DataFrame(list(members), schema=dict.fromkeys(names, pl.String()), orient="row")
    given = given.with_columns(pl.all().str.strip_chars().str.to_lowercase())
    given = given.with_columns(pl.when(pl.all() != "").then(pl.all()))
    given = given.filter(pl.any_horizontal(pl.all().is_not_null())).unique(maintain_order=True)
    nothing = pl.lit(None, pl.String)
    return given.with_columns(first_begins=nothing, last_begins=nothing)


def _words(words: list[str]) -> pl.DataFrame:
    """What the first two words may begin."""
    if not words:
        return _SOUGHT.to_frame()
    one, two = (words[0], words[1]) if len(words) > 1 else (words[0], None)
    ways = [{"first_begins": one, "last_begins": two}, {"first_begins": two, "last_begins": one}]
    return pl.DataFrame(ways, schema={"first_begins": pl.String, "last_begins": pl.String}).select(
        pl.col(name) if name.endswith("begins") else pl.lit(None, pl.String).alias(name) for name in _SOUGHT
    )
