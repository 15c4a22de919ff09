"""Fields of a member that a census file sets under a mapping only: checked against their lists and against the book.

What lives here: member type, person account and contact as a row states them. What does not: which columns hold them
(`services.intake`): no heading alone means such a field, since a carrier's own account number is called the same.
"""

import polars as pl

from services.book import Transaction
from services.census_load.ledger import Ledger
from services.scope import Scope

MEMBER_TYPES = ("Primary", "Dependent")
_LINKS = {
    "person_account_id": ("person_account", "unknown_person_account"),
    "contact_id": ("contact", "unknown_contact"),
}
_AT = ("file_no", "line_number", "person_no", "person")


def check(tx: Transaction, people: pl.DataFrame, scope: Scope, ledger: Ledger) -> None:
    """Refuse rows with a type that is none, or a link to a record that the caller does not see."""
    live = people.filter(~pl.col("is_skipped"))
    stated = live.filter(pl.col("given_member_type").is_not_null())
    ledger.say(
        "unknown_member_type",
        _told(stated.filter(~pl.col("given_member_type").is_in(MEMBER_TYPES)), "given_member_type"),
    )
    for column, (kind, code) in _LINKS.items():
        named = live.filter(pl.col(column).is_not_null())
        if named.height:
            known = scope.known(tx, kind, named[column])
            ledger.say(code, _told(named.filter(~pl.col(column).is_in(list(known))), column))


def _told(people: pl.DataFrame, column: str) -> pl.DataFrame:
    return people.select(*_AT, raw_value=column)
