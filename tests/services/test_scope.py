"""Which records exist for whom: every kind of record of two accounts, asked for in every scope (decisions, 19)."""

import pytest

from services import ids
from services.book import Book
from services.scope import EVERYTHING, OBJECTS, Scope
from tests.http.two_accounts import KIN, MINE, THEIRS, UNKNOWN, two_accounts
from tests.random_book import write
from tests.services.test_gather import TABLE

PREFIX = {
    "account": ids.ACCOUNT,
    "census": ids.CENSUS,
    "member": ids.MEMBER,
    "member_plan": ids.MEMBER_PLAN,
    "group_class": ids.GROUP_CLASS,
    "contract": ids.CONTRACT,
    "contract_plan": ids.CONTRACT_PLAN,
    "document": ids.DOCUMENT,
    "request": ids.ASYNC_REQUEST,
    "product": ids.PRODUCT,
    "rate_table": ids.RATE_TABLE,
    "contribution_rule": ids.RULE,
    "quote": ids.QUOTE,
    "quote_line": ids.QUOTE_LINE,
    "quote_line_attribute": ids.QUOTE_LINE_ATTRIBUTE,
    "policy": ids.POLICY,
    "participant": ids.PARTICIPANT,
    "policy_coverage": ids.POLICY_COVERAGE,
    "payment": ids.PAYMENT,
    "policy_transaction": ids.POLICY_TRANSACTION,
    "policy_transaction_line": ids.POLICY_TRANSACTION_LINE,
    "plan_class": ids.PLAN_CLASS,
    "plan_attribute": ids.PLAN_ATTRIBUTE,
    "class_summary": ids.SUMMARY,
    "plan_class_attribute": ids.PLAN_CLASS_ATTRIBUTE,
    "person_account": ids.ACCOUNT,
    "contact": ids.CONTACT,
    "user": ids.PORTAL_USER,
    "async_item": ids.ASYNC_ITEM,
    "async_detail": ids.ASYNC_DETAIL,
    "rating_request": ids.RATING_REQUEST,
}
PERSONS = 90
"""How far the number of a person account lies above that of the account."""

OF_A_FAMILY = frozenset({"census", "member", "member_plan", "class_summary"})
"""Kinds of which the caller's account has those of two families."""

OF_A_MEMBER = frozenset(
    {
        *("account", "census", "member", "member_plan", "group_class", "contract", "contract_plan"),
        *("policy", "participant", "policy_coverage", "payment", "policy_transaction", "policy_transaction_line"),
        *("person_account", "contact", "user"),
    }
)
"""What a member sees of the own family, and of the group what its own census and contract hold."""

FILED = frozenset({"product", "rate_table"})
"""What belongs to no account."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The two accounts; a member of either has the person of the account as a contact, and each a filed table."""
    world = two_accounts(tmp_path_factory.mktemp("scope"))
    tables = [TABLE | {"rate_table_id": spelled("rate_table", number)} for number in (MINE, THEIRS)]
    with world.book.write() as tx:
        write(tx.connection, {"ref.rate_table": tables})
        for number in (MINE, THEIRS):
            who = [spelled("contact", number), spelled("member", number)]
            changed = tx.connection.execute(
                "UPDATE book.census_member SET contact_id = ? WHERE group_census_member_id = ?", who
            ).fetchall()
            assert changed == [(1,)]
    return world.book


def spelled(kind: str, number: int) -> str:
    """The id of a record of an account, or a family."""
    return ids.spell(PREFIX[kind], number + (PERSONS if kind == "person_account" else 0))


def seen(book: Book, kind: str, scope: Scope) -> set[int]:
    """Whose records of a kind are there in a scope."""
    asked = {spelled(kind, number): number for number in (MINE, THEIRS, KIN, UNKNOWN)}
    with book.read() as tx:
        return {asked[found] for found in scope.known(tx, kind, asked)}


def test_every_kind_of_record_is_asked_for_here() -> None:
    assert set(PREFIX) == set(OBJECTS)


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_caller_sees_the_records_of_its_accounts_and_a_member_those_of_the_own_family(book: Book, kind: str) -> None:
    kin = {KIN} if kind in OF_A_FAMILY else set()
    mine, theirs = (spelled("account", number) for number in (MINE, THEIRS))
    assert seen(book, kind, EVERYTHING) == {MINE, THEIRS} | kin
    if kind in FILED:
        everybody = {MINE, THEIRS} if kind == "product" else set()
        assert seen(book, kind, Scope((mine,))) == seen(book, kind, Scope(())) == everybody
    else:
        assert seen(book, kind, Scope((mine,))) == {MINE} | kin
        assert seen(book, kind, Scope((theirs,))) == {THEIRS}
        assert seen(book, kind, Scope((mine, theirs))) == {MINE, THEIRS} | kin
        assert seen(book, kind, Scope(())) == set()
    for number in (MINE, THEIRS):
        family = Scope(family_id=spelled("member", number))
        assert seen(book, kind, family) == ({number} if kind in OF_A_MEMBER else set())
    stranger = Scope((mine,), spelled("member", THEIRS))
    assert seen(book, kind, stranger) == set()
