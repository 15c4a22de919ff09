"""Fields of a member that a census file sets under a mapping only: checked against their lists and against the book.

What lives here: member type, person account, contact, owner and place as a row states them. What does not: which
columns hold them (`services.intake`): no heading alone means such a field, since a carrier's own account number is
called the same.
"""

import polars as pl

from schemas.census_rules import GEOCODE_ACCURACIES
from services.book import Transaction
from services.census_load.ledger import Ledger
from services.scope import Scope

MEMBER_TYPES = ("Primary", "Dependent")
_LISTS = {
    "given_member_type": ("unknown_member_type", MEMBER_TYPES),
    "geocode_accuracy": ("unknown_geocode_accuracy", GEOCODE_ACCURACIES),
}
_MOST = {"latitude": ("latitude_off_the_globe", 90.0), "longitude": ("longitude_off_the_globe", 180.0)}
_LINKS = {
    "person_account_id": ("person_account", "unknown_person_account"),
    "contact_id": ("contact", "unknown_contact"),
    "owner_id": ("user", "unknown_owner"),
}
_AT = ("file_no", "line_number", "person_no", "person")


def check(tx: Transaction, people: pl.DataFrame, scope: Scope, ledger: Ledger) -> None:
    """Refuse rows with a word that is none of its list, a place off the globe, or a link to a record that the caller
    does not see."""
    live = people.filter(~pl.col("is_skipped"))
    for column, (code, words) in _LISTS.items():
        ledger.say(code, _told(live.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(words)), column))
    for column, (code, most) in _MOST.items():
        ledger.say(code, _told(live.filter(pl.col(column).abs() > most), column))
    for column, (kind, code) in _LINKS.items():
        named = live.filter(pl.col(column).is_not_null())
        if named.height:
            known = scope.known(tx, kind, named[column])
            ledger.say(code, _told(named.filter(~pl.col(column).is_in(list(known))), column))


def _told(people: pl.DataFrame, column: str) -> pl.DataFrame:
    return people.select(*_AT, raw_value=pl.col(column).cast(pl.String))
