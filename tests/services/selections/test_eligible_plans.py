"""What members may choose (eligible plans, EP-1 to EP-12)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from services.selections.eligible_plans import eligible_plans
from tests.services.census_load.builder import World, insert, plan_id
from tests.services.selections.desk import ELIAS, LEA, MIRA, NOOR, TOM, add, counted, member


def asked(world: World, member_id: str, *, kin: bool = False, scope: Scope = EVERYTHING) -> dict[str, Any]:
    with world.book.read() as tx:
        return eligible_plans(tx, member_id, with_dependents=kin, scope=scope)


def entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer["membersPlansDetails"]["values"]


def codes(entry: dict[str, Any]) -> dict[str, list[str]]:
    """Plan codes by category; coverages stand behind their root plan."""
    return {
        category: [p["planId"][11:15] for root in plans["values"] for p in (root, *root["coverages"])]
        for category, plans in entry["plans"].items()
    }


@pytest.mark.rule("EP-1", "EP-2", "EP-3", "EP-4", "CV-30", "CV-31")
def test_active_plans_open_to_the_class_stand_under_their_category_in_order(world: World) -> None:
    # By name: Harbor HMO before Harbor PPO; mandatory coverages before optional ones; P006 is inactive.
    assert codes(entries(asked(world, NOOR))[0]) == {
        "Dental": ["P004", "P005"],
        "Life": ["P007", "P071"],
        "Medical": ["P002", "P021", "P001", "P011", "P012"],
        "Supplemental Life": ["P008"],
        "Vision": ["P003"],
    }
    for other in (LEA, TOM):  # Hourly, and no class: plans linked to Salaried are closed, categories stay sorted
        assert codes(entries(asked(world, other))[0]) == {
            "Dental": ["P004"],
            "Life": ["P007"],
            "Medical": ["P002", "P021", "P001", "P011", "P012"],
            "Supplemental Life": ["P008"],
            "Vision": ["P003"],
        }


@pytest.mark.rule("EP-3")
def test_a_category_without_an_eligible_plan_is_absent(world: World) -> None:
    world.run("UPDATE book.contract_plan SET status = 'Inactive' WHERE plan_type = 'Vision'")
    assert "Vision" not in entries(asked(world, NOOR))[0]["plans"]


@pytest.mark.rule("EP-2", "CV-31")
def test_a_coverage_of_a_closed_root_plan_is_not_listed(world: World) -> None:
    insert(
        world,
        "book.contract_plan_class",
        [{"contract_plan_id": plan_id("P001"), "group_class_id": "0rEGB000000K002AAA"}],
    )
    assert codes(entries(asked(world, NOOR))[0])["Medical"] == ["P002", "P021"]


def test_a_plan_is_told_in_its_published_shape(world: World) -> None:
    insert(
        world,
        "book.contract_plan_attribute",
        [
            {"contract_plan_id": plan_id("P003"), "attribute_name": name, "value": value}
            for name, value in (("Deductible", "500"), ("Copay", "12.5"), ("Network", "007 West"))
        ],
    )
    world.run(
        f"UPDATE book.contract_plan SET description = 'Frames each year' WHERE contract_plan_id = '{plan_id('P003')}'"
    )
    plans = entries(asked(world, NOOR))[0]["plans"]
    assert plans["Vision"] == {
        "values": [
            {
                "planId": plan_id("P003"),
                "planName": "ClearSight",
                "planDescription": "Frames each year",
                "isOptional": False,
                "isSubscribed": False,
                "isPrimarySubscribed": False,
                "attributes": [{"data": {"Copay": 12.5, "Deductible": 500, "Network": "007 West"}}],
                "coverages": [],
            }
        ]
    }
    preventive = plans["Medical"]["values"][1]["coverages"][0]
    assert preventive == {
        "planId": plan_id("P011"),
        "planName": "Preventive",
        "isOptional": False,
        "isSubscribed": False,
        "isPrimarySubscribed": False,
        "attributes": [],
        "coverages": [],
    }


@pytest.mark.rule("EP-5", "EP-10")
def test_opt_outs_and_enrollment_windows_take_nothing_off_the_list(world: World) -> None:
    before = asked(world, NOOR)
    world.run("UPDATE book.census_member SET is_opt_out_all_plans = true, opt_out_plan_types = 'Medical'")
    world.run("UPDATE book.contract_plan SET enrollment_end_date = DATE '2020-01-01'")
    assert asked(world, NOOR) == before


@pytest.mark.rule("EP-6", "EP-7")
def test_dependents_follow_by_id_with_all_plans_of_the_primary_s_class(world: World) -> None:
    add(world, NOOR, "P005")
    alone, whole = asked(world, NOOR), asked(world, NOOR, kin=True)
    assert [entry["memberId"] for entry in entries(alone)] == [NOOR]
    assert [entry["memberId"] for entry in entries(whole)] == [NOOR, ELIAS, MIRA]
    assert entries(whole)[0] == entries(alone)[0]
    assert codes(entries(whole)[1]) == codes(entries(whole)[0])  # not cut down to what the primary has
    smile = {plan["planId"][11:15]: plan for plan in entries(whole)[1]["plans"]["Dental"]["values"]}
    assert (smile["P005"]["isSubscribed"], smile["P005"]["isPrimarySubscribed"]) == (False, True)
    assert (smile["P004"]["isSubscribed"], smile["P004"]["isPrimarySubscribed"]) == (False, False)


@pytest.mark.rule("EP-8")
def test_of_a_primary_both_marks_are_equal_and_coverages_have_their_own(world: World) -> None:
    add(world, NOOR, "P001")
    add(world, ELIAS, "P001", "P012")
    for entry, mine, hers in zip(
        entries(asked(world, NOOR, kin=True))[:2],
        ({"P001", "P011"}, {"P001", "P011", "P012"}),
        ({"P001", "P011"}, {"P001", "P011"}),
        strict=True,
    ):
        plans = [p for root in entry["plans"]["Medical"]["values"] for p in (root, *root["coverages"])]
        assert {p["planId"][11:15] for p in plans if p["isSubscribed"]} == mine
        assert {p["planId"][11:15] for p in plans if p["isPrimarySubscribed"]} == hers


@pytest.mark.rule("EP-9")
def test_a_dependent_is_answered_under_its_primary_s_id(world: World) -> None:
    for kin in (False, True):
        answer = asked(world, ELIAS, kin=kin)
        assert answer["memberId"] == NOOR
        assert [entry["memberId"] for entry in entries(answer)] == [ELIAS]


@pytest.mark.rule("EP-11")
def test_without_a_contract_or_a_plan_there_is_nothing_and_no_error(world: World) -> None:
    world.run("UPDATE book.contract_plan SET status = 'Inactive'")
    assert entries(asked(world, NOOR)) == [{"memberId": NOOR, "plans": {}}]
    world.run("UPDATE book.group_census SET contract_id = NULL")
    assert entries(asked(world, NOOR, kin=True)) == [{"memberId": who, "plans": {}} for who in (NOOR, ELIAS, MIRA)]


@pytest.mark.rule("EP-12")
def test_reading_writes_nothing(world: World) -> None:
    before = world.state()
    asked(world, NOOR, kin=True)  # through a read-only view of the book
    assert world.state() == before


def test_an_unknown_member_and_one_out_of_scope_are_the_same(world: World) -> None:
    for who, scope in (("0r6GB000000M999AAA", EVERYTHING), (LEA, Scope(family_id=NOOR))):
        with pytest.raises(Refused) as caught:
            asked(world, who, scope=scope)
        assert caught.value.errors[0].message == "Specify a valid input for memberId."
    assert entries(asked(world, ELIAS, scope=Scope(family_id=NOOR)))[0]["memberId"] == ELIAS


def test_only_the_family_and_its_contract_are_read_whatever_the_census_holds(world: World) -> None:
    rows = [member(f"0r6GB000010{n:04d}AAA", "Kim") for n in range(2_000)]
    insert(world, "book.census_member", rows)
    widest: list[int] = []
    with world.book.read() as tx:
        read = tx.rows

        def measured(name: str, params: Any = None) -> Any:
            found = read(name, params)
            widest.append(len(found))
            return found

        tx.rows = measured  # type: ignore[method-assign]
        eligible_plans(tx, NOOR, with_dependents=True, scope=EVERYTHING)  # plans of the contract are kept from now on
        seen = counted(tx)
        eligible_plans(tx, NOOR, with_dependents=False, scope=EVERYTHING)
        n_alone = len(seen)
        eligible_plans(tx, NOOR, with_dependents=True, scope=EVERYTHING)
    assert len(seen) == 2 * n_alone
    assert max(widest) <= 20  # the plans of the contract


@pytest.mark.rule("EP-1")
@pytest.mark.parametrize(
    ("change", "category"),
    [
        ("UPDATE book.contract_plan SET status = 'Inactive' WHERE plan_type = 'Vision'", "Vision"),
        ("DELETE FROM book.contract_plan_class WHERE true", None),
    ],
)
def test_what_a_server_keeps_of_the_plans_ends_with_their_change(
    world: World, change: str, category: str | None
) -> None:
    assert codes(entries(asked(world, LEA))[0])["Dental"] == ["P004"], "the executive plan is for Salaried only"
    assert codes(entries(asked(world, LEA))[0])["Vision"] == ["P003"]
    world.run(change)
    found = codes(entries(asked(world, LEA))[0])
    assert ("Vision" in found) == (category is None)
    assert found["Dental"] == (["P004", "P005"] if category is None else ["P004"])
