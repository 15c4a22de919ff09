"""A small census for the tests of accounts, contacts and users, and short ways to call the services.

What lives here: the making of it. What does not: any expectation.
"""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from services.people import std
from services.people.asking import Wish, make
from services.people.creating import Made
from services.people.fields import ACCOUNTS, RecordKind
from services.people.telling import connect
from services.scope import EVERYTHING, Scope
from services.shared_book import SharedBook
from tests.attached import AttachedBook
from tests.made_once import scratch
from tests.open_book import dropped
from tests.services.census_load.builder import CENSUS, LATER, OTHER, World, a_file, a_world, insert, landed, person

PROFILE = "00e000000000000001"
"""The standard profile, which every book begins with."""

USERS: dict[str, str | None] = {
    "profile_id": PROFILE,
    "email_encoding": "UTF-8",
    "language_key": "en_US",
    "locale_key": "en_US",
    "time_zone": "Europe/Lisbon",
}
NOBODY = "0r6NONE"


@cache
def _template() -> Path:
    world = a_world(scratch())
    world.load(
        landed(
            a_file(
                person(
                    "Noor",
                    birth_date=date(1984, 2, 11),
                    gender="Female",
                    email="noor.haddad@example.org",
                    phone_number="555-0100",
                    street="1 Elm St",
                    city="Springfield",
                    state="IL",
                    postal_code="00501",
                    country="US",
                ),
                person(
                    "Elias",
                    role="Spouse",
                    birth_date=date(1983, 5, 6),
                    gender="Male",
                    email="elias.haddad@example.org",
                ),
                person("Mira", role="Child", birth_date=date(2014, 9, 30), gender="Female"),
                person("Owen", "Park", birth_date=date(1990, 1, 2), gender="Male"),
            ),
            a_file(
                person(
                    "NOOR ",
                    "haddad",
                    birth_date=date(1984, 2, 11),
                    gender="Female",
                    email="Noor.Haddad@example.org",
                ),
                person("Ida", "Lund", email="ida.lund@example.org"),
                census_id=OTHER,
                name="other.csv",
            ),
        )
    )
    return world.book.path


class Office(World):
    """The world with NOOR, ELIAS, MIRA (a family) and OWEN on the first census, NOOR and IDA on the other."""

    def close(self) -> None:
        """Let go of the file, which stays open between calls."""
        assert isinstance(self.book, SharedBook)
        self.book.close()

    def drop(self) -> None:
        """Let go of a file that nobody will look at again."""
        assert isinstance(self.book, SharedBook)
        dropped(self.book)

    def ids(self, census_id: str = CENSUS) -> dict[str, str]:
        """Member ids by first name in lower case."""
        found = self.sql(
            f"SELECT lower(trim(first_name)), group_census_member_id FROM book.census_member "
            f"WHERE group_census_id = '{census_id}'"
        )
        return dict(found)

    def flag(self, *member_ids: str) -> None:
        """Flag members for a portal user."""
        listed = ", ".join(f"'{member_id}'" for member_id in member_ids)
        self.run(f"UPDATE book.census_member SET is_portal_user = true WHERE group_census_member_id IN ({listed})")

    def make(
        self,
        kind: RecordKind = ACCOUNTS,
        census_id: str | None = CENSUS,
        member_ids: Sequence[str] | None = None,
        *,
        scope: Scope = EVERYTHING,
        users: Mapping[str, str | None] | None = None,
        **more: Any,
    ) -> Made:
        """Accounts or contacts; users where their details are given."""
        more.setdefault("wants_users", users is not None)
        with self.book.write() as tx:
            return make(tx, Wish(kind, census_id, member_ids, user_details=users, **more), scope=scope, now=LATER)

    def answer(
        self, kind: RecordKind = ACCOUNTS, census_id: str | None = CENSUS, *args: Any, **more: Any
    ) -> dict[str, Any]:
        """The same as the Connect services tell it."""
        return connect(self.make(kind, census_id, *args, **more), kind, census_id)

    def std(
        self, name: str, member_ids: Sequence[str] | None, *, scope: Scope = EVERYTHING, **more: Any
    ) -> std.StdMade:
        """A call of createUpdateAccounts or createContacts."""
        call = {"accounts": std.create_update_accounts, "contacts": std.create_contacts}[name]
        more.setdefault("details", USERS)
        with self.book.write() as tx:
            return call(tx, std.StdWish(member_ids, **more), scope=scope, now=LATER)

    def links(self, member_id: str) -> tuple[str | None, str | None]:
        """Person account and contact of a member."""
        return self.sql(
            f"SELECT person_account_id, contact_id FROM book.census_member WHERE group_census_member_id = '{member_id}'"
        )[0]

    def counts(self) -> tuple[int, int, int]:
        """Person accounts, contacts and users in the book."""
        tables = ("person_account", "contact", "portal_user")
        a, c, u = (self.sql(f"SELECT count(*) FROM book.{name}")[0][0] for name in tables)
        return a, c, u


def an_office(folder: Path) -> Office:
    """A fresh one, nobody linked yet."""
    return Office(AttachedBook(shutil.copy(_template(), folder / "groups.duckdb"), idle_s=60.0))


def a_contact(contact_id: str, first: str, last: str, **more: Any) -> dict[str, Any]:
    """A row of book.contact."""
    return {
        "contact_id": contact_id,
        "account_id": "001X",
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "created_at": LATER,
        "modified_at": LATER,
        **more,
    }


def put_account(
    office: Office, account_id: str, first: str, last: str, *, group: str | None = None, **more: Any
) -> None:
    """A person account with its contact, related to a group account."""
    contact_id = account_id.replace("001", "003", 1)
    row = a_contact(contact_id, first, last, **more)
    insert(office, "book.contact", [{**row, "account_id": account_id}])
    account = {**row, "person_account_id": account_id, "record_type_name": "Person Account"}
    account.pop("account_id")
    insert(office, "book.person_account", [account])
    if group:
        insert(office, "book.account_contact", [{"account_id": group, "contact_id": contact_id}])
