"""The commands for partners: made, approved, assigned, listed, and their tokens."""

import re
from collections.abc import Callable

import pytest

from pipelines.cli.partner import Kind
from schemas.onboarding import PARTNER_KINDS
from services.book import Book
from services.onboarding import partners
from tests.conftest import NOW

Typed = Callable[..., tuple[int, str, str]]

SHOWN = "`benefits partner list` shows them."
NAMELESS = "A name of 1 to 255 characters is required. Type one, in quotation marks where it holds a space."

PARTNER, MANAGER = "0pa000000000000001", "0pm000000000000001"


@pytest.fixture(autouse=True)
def begun(made_book: Book) -> None:
    """The book is there, with nothing in it."""
    made_book.create(NOW)


@pytest.mark.rule("ON-6")
def test_a_partner_is_made_approved_assigned_and_listed(typed: Typed, made_book: Book) -> None:
    code, said, complained = typed("partner", "create", "Canal Benefits")
    assert (code, PARTNER in said, "pending" in said) == (0, True, True), complained
    code, said, _ = typed("partner", "approve", PARTNER)
    assert (code, "--kind partner --role contract_admin" in said) == (0, True)
    code, said, _ = typed("partner", "manager", "Desk West")
    assert (code, MANAGER in said) == (0, True)
    assert typed("partner", "assign", PARTNER, MANAGER)[0] == 0
    code, said, _ = typed("partner", "list")
    assert code == 0
    assert re.search(rf"{PARTNER}\W+Canal Benefits\W+broker\W+approved\W+{MANAGER}\W+0", said)
    assert "suspended" in typed("partner", "suspend", PARTNER)[1]
    with made_book.read() as tx:
        acts = tx.connection.execute("SELECT action, record_ids FROM book.audit_entry ORDER BY entry_number").fetchall()
    assert acts[:2] == [("partner create", [PARTNER]), ("partner approved", [PARTNER])]


def test_what_cannot_be_is_refused_in_a_sentence(typed: Typed) -> None:
    code, said, _ = typed("partner", "list")
    assert (code, "There are no partners yet." in said) == (0, True)
    for command, words in (
        (("partner", "create", " "), NAMELESS),
        (("partner", "create", "x" * 256), NAMELESS),
        (("partner", "manager", " "), NAMELESS),
        (("partner", "manager", "x" * 256), NAMELESS),
        (("partner", "approve", PARTNER), f"There is no partner {PARTNER}. {SHOWN}"),
        (("partner", "assign", PARTNER, MANAGER), f"There is no partner {PARTNER}. {SHOWN}"),
    ):
        code, _, complained = typed(*command)
        assert (code, words in " ".join(complained.split())) == (1, True), complained
    typed("partner", "create", "Canal Benefits")
    typed("partner", "approve", PARTNER)
    for command, words in (
        (("partner", "approve", PARTNER), f"Partner {PARTNER} is approved already."),
        (("partner", "assign", PARTNER, MANAGER), f"Not all of these managers exist. {SHOWN}"),
    ):
        code, _, complained = typed(*command)
        assert (code, words in " ".join(complained.split())) == (1, True), complained


def test_the_kinds_of_partners_are_choices(typed: Typed, made_book: Book) -> None:
    assert {kind.value.upper() for kind in Kind} == set(PARTNER_KINDS)
    code, _, complained = typed("partner", "create", "X", "--kind", "friend")
    assert (code, all(kind.value in complained for kind in Kind)) == (2, True), complained
    assert typed("partner", "create", "X", "--kind", "Aggregator")[0] == 0
    with made_book.read() as tx:
        assert [each.kind for each in partners.listed(tx)] == ["AGGREGATOR"]


def test_a_token_without_a_name_is_refused(typed: Typed) -> None:
    code, _, complained = typed("token", "create", "--role", "administrator", "--name", "  ")
    assert (code, "A token needs a name. Say who or what it is for." in complained) == (1, True), complained
    assert "There are no tokens yet." in typed("token", "list")[1]


def test_the_list_of_tokens_says_what_each_holder_sees(typed: Typed) -> None:
    """A token of a partner has no list of accounts, and does not see every account all the same."""
    typed("partner", "create", "Canal Benefits")
    for role, more in (("analyst", ()), ("partner", ("--partner", PARTNER))):
        assert typed("token", "create", "--role", role, "--name", f"the {role}", *more)[0] == 0
    said = typed("token", "list")[1]
    assert re.search(r"0at000000000000001 +the analyst +read +every account", said), said
    assert re.search(r"0at000000000000002 +the partner +read, write +groups of its partner", said), said


@pytest.mark.parametrize(
    ("role", "limit"),
    [
        ("analyst", "--partner"),
        ("administrator", "--producer"),
        ("service", "--manager"),
        ("host", "--member"),
        ("partner", "--user"),
        ("member", "--partner"),
    ],
)
def test_a_token_takes_no_limit_that_its_role_does_not_know(typed: Typed, role: str, limit: str) -> None:
    """An analyst limited to a partner would see every account."""
    code, _, complained = typed("token", "create", "--role", role, "--name", "me", limit, PARTNER)
    says = f"A token of role {role} takes no {limit.removeprefix('--')}. Leave it out, or choose a role that does:"
    assert (code, says in " ".join(complained.split())) == (1, True), complained
    assert "There are no tokens yet." in typed("token", "list")[1]


@pytest.mark.rule("ON-17")
def test_tokens_of_partners_name_a_partner_and_those_of_managers_a_manager(typed: Typed, made_book: Book) -> None:
    typed("partner", "create", "Canal Benefits")
    typed("partner", "manager", "Desk West")
    token = ("token", "create", "--name", "me", "--kind", "partner", "--role")
    for role, named in (
        ("analyst", ("--partner", PARTNER)),
        ("contract_admin", ("--partner", PARTNER, "--producer", "P-559")),
        ("relationship_manager", ("--manager", MANAGER)),
    ):
        code, said, complained = typed(*token, role, *named)
        assert (code, bool(re.search(r"gb_\S{20,}", said))) == (0, True), complained
    with made_book.read() as tx:
        query = "SELECT kind, roles, partner_id, producer_code, manager_id FROM book.access_token ORDER BY token_id"
        found = tx.connection.execute(query).fetchall()
    assert found == [
        ("partner", ["reader"], PARTNER, None, None),
        ("partner", ["reader", "writer"], PARTNER, "P-559", None),
        ("partner", ["reader", "manager"], None, None, MANAGER),
    ]
    for command, words in (
        ((*token, "analyst"), "needs a partner"),
        ((*token, "relationship_manager", "--partner", PARTNER), "needs a manager"),
        ((*token, "contract_admin", "--partner", "0pa9"), "There is no partner 0pa9."),
        ((*token, "administrator"), "There is no role administrator of kind partner."),
    ):
        code, _, complained = typed(*command)
        assert (code, words in " ".join(complained.split())) == (1, True), complained
