"""What the tests of selections share: a family, and short ways to ask and look.

Noor (class Salaried) is the primary of Elias (spouse) and Mira (child); Lea (class Hourly) and Tom (no class) stand
alone. The plans are those of `tests.services.census_load.builder`: P001 Harbor PPO with P011 (mandatory) and P012
(optional), P002 Harbor HMO with P021, P003 ClearSight (Vision), P004 Smile Basic and P005 Smile Executive (Dental, the
latter for Salaried only), P006 (inactive), P007 Life Plus with P071 (optional, Salaried only), P008 Extra Life.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.book import Transaction
from services.scope import EVERYTHING, Scope
from services.selections import plans
from services.selections.eligible_plans import eligible_plans
from services.selections.plans import Changed
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, SALARIED, World, insert, plan_id

NOOR, ELIAS, MIRA, LEA, TOM = (f"0r6GB000000M00{n}AAA" for n in range(1, 6))


def member(member_id: str, first: str, **more: Any) -> dict[str, Any]:
    """A row of book.census_member; a dependent names `primary_member_id`."""
    primary = more.get("primary_member_id")
    return {
        "group_census_member_id": member_id,
        "group_census_id": CENSUS,
        "name": f"{first} Haddad",
        "first_name": first,
        "last_name": "Haddad",
        "association": "Child" if primary else "Self",
        "family_id": primary or member_id,
        "is_opt_out_all_plans": False,
        "is_disabled": False,
        "is_student": False,
        "is_portal_user": False,
        "created_at": NOW,
        "modified_at": NOW,
        **more,
    }


def a_family(world: World) -> None:
    rows = [
        member(NOOR, "Noor", group_class_id=SALARIED, birth_date=date(1984, 2, 11)),
        member(ELIAS, "Elias", group_class_id=SALARIED, primary_member_id=NOOR, association="Spouse"),
        member(MIRA, "Mira", group_class_id=SALARIED, primary_member_id=NOOR, birth_date=date(2014, 9, 30)),
        member(LEA, "Lea", group_class_id=HOURLY, birth_date=date(1990, 1, 20)),
        member(TOM, "Tom"),
    ]
    keys = sorted({key for row in rows for key in row})
    insert(world, "book.census_member", [{key: row.get(key) for key in keys} for row in rows])


def of(*short: str) -> list[dict[str, Any]]:
    """Plans to add, as the published input states them."""
    return [{"contractGroupPlanId": plan_id(code)} for code in short]


def add(world: World, member_id: str, *short: str, scope: Scope = EVERYTHING, **more: Any) -> Changed:
    with world.book.write() as tx:
        return plans.add(tx, member_id, of(*short), scope=scope, now=NOW, **more)


def patch(world: World, member_id: str, added: list[str], deleted: list[str], **more: Any) -> Changed:
    with world.book.write() as tx:
        return plans.patch(tx, member_id, of(*added), deleted, scope=EVERYTHING, now=NOW, **more)


def delete(world: World, member_id: str, *words: str) -> Changed:
    with world.book.write() as tx:
        return plans.delete(tx, member_id, list(words), scope=EVERYTHING, now=NOW)


def held(world: World, member_id: str) -> dict[str, str]:
    """Record id of each plan code that a member holds."""
    return dict(
        world.sql(
            "SELECT p.plan_code, s.member_plan_id FROM book.member_plan s"
            " JOIN book.contract_plan p USING (contract_plan_id)"
            f" WHERE s.group_census_member_id = '{member_id}' ORDER BY 1"
        )
    )


def with_plans_kept(world: World) -> World:
    """A server that has read the plans of the contract for an earlier request, and keeps them."""
    with world.book.read() as tx:
        eligible_plans(tx, NOOR, with_dependents=False, scope=EVERYTHING)
    return world


def counted(tx: Transaction) -> list[str]:
    """The names of the statements that a unit of work runs from now on, but for the beginning of a counter of ids."""
    seen: list[str] = []

    def spied(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(name: str, params: Any = None) -> Any:
            seen.extend([name] if name != "book.mint_first" else [])
            return call(name, params)

        return noted

    tx.table, tx.rows, tx.run = spied(tx.table), spied(tx.rows), spied(tx.run)  # type: ignore[method-assign]
    return seen
