"""Plans of one member added, swapped and removed (member plans, MP-1 to MP-23)."""

from datetime import date
from typing import Any

import pytest

from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from services.selections import plans
from services.selections.plans import NotChanged
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, World, plan_id
from tests.services.selections.desk import (
    ELIAS,
    LEA,
    MIRA,
    NOOR,
    TOM,
    add,
    counted,
    delete,
    held,
    patch,
    with_plans_kept,
)


def refused(call: Any, *args: Any, **more: Any) -> list[tuple[str, str]]:
    """Code and text of each error of a call that is refused."""
    with pytest.raises(Refused) as caught:
        call(*args, **more)
    return [(error.code, error.message) for error in caught.value.errors]


@pytest.mark.rule("MP-10", "MP-12", "CV-25", "MP-11")
def test_a_root_plan_brings_its_mandatory_coverages_and_a_repeat_changes_nothing(world: World) -> None:
    made = add(world, NOOR, "P001", "P012")

    mine = held(world, NOOR)
    assert sorted(mine) == ["P001", "P011", "P012"]
    # as asked, then what came along; ids rise with root plans first, then by plan
    assert made.added == [mine["P001"], mine["P012"], mine["P011"]]
    assert mine["P001"] < mine["P011"] < mine["P012"]
    assert world.sql("SELECT DISTINCT enrollment_status, name FROM book.member_plan ORDER BY 2") == [
        ("To Be Started", "Harbor PPO"),
        ("To Be Started", "Maternity"),
        ("To Be Started", "Preventive"),
    ]
    version = world.sql(f"SELECT census_version FROM book.group_census WHERE group_census_id = '{CENSUS}'")
    assert version == [(1,)]

    assert add(world, NOOR, "P001", "P012") == made
    assert held(world, NOOR) == mine
    assert world.sql(f"SELECT census_version FROM book.group_census WHERE group_census_id = '{CENSUS}'") == version


def test_a_name_may_be_stated(world: World) -> None:
    with world.book.write() as tx:
        wish = [{"contractGroupPlanId": plan_id("P003"), "name": " Glasses "}]
        plans.add(tx, NOOR, wish, scope=EVERYTHING, now=NOW)
    assert world.sql("SELECT name FROM book.member_plan") == [("Glasses",)]


@pytest.mark.rule("GB-MPL-001")
@pytest.mark.rule("MP-1")
@pytest.mark.parametrize("kind", ["'Quote'", "'Lead'", "'System'", "NULL"])
def test_plans_are_for_enrollment_censuses_alone(world: World, kind: str) -> None:
    world.run(f"UPDATE book.group_census SET type = {kind}")
    assert refused(add, world, NOOR, "P001") == [
        ("GB-MPL-001", "Plans can be configured only for an enrollment census.")
    ]


@pytest.mark.rule("MP-2", "OB-6")
@pytest.mark.parametrize("plan", ["P999", "P006"])
def test_a_plan_must_be_on_the_contract_and_active(world: World, plan: str) -> None:
    assert refused(add, world, NOOR, plan) == [("SF-0001-0005", "Specify a valid input for contractGroupPlanId.")]


@pytest.mark.rule("GB-MPL-002")
@pytest.mark.rule("MP-3", "CV-30", "CV-31")
def test_class_links_say_who_may_have_a_plan(world: World) -> None:
    add(world, NOOR, "P005", "P007", "P071")  # linked to Salaried: Noor's class
    add(world, LEA, "P004", "P007")  # not linked: open to every class
    add(world, TOM, "P004")  # and to a member without one
    for who in (LEA, TOM):
        assert refused(add, world, who, "P005") == [
            ("GB-MPL-002", f"The member isn't eligible for plan {plan_id('P005')}.")
        ]
    # the coverage has a link of its own, though its root plan is open to all
    assert refused(add, world, LEA, "P071") == [
        ("GB-MPL-002", f"The member isn't eligible for plan {plan_id('P071')}.")
    ]


@pytest.mark.rule("CV-31", "CV-15")
def test_a_dependent_is_judged_by_the_class_of_the_primary(world: World) -> None:
    world.run(f"UPDATE book.census_member SET group_class_id = '{HOURLY}' WHERE group_census_member_id = '{ELIAS}'")
    add(world, NOOR, "P005")
    add(world, ELIAS, "P005")
    assert list(held(world, ELIAS)) == ["P005"]


@pytest.mark.rule("CV-32", "CV-30")
@pytest.mark.parametrize(
    ("start", "end", "is_valid"),
    [
        ("2026-01-01", "2026-12-31", True),  # exactly the contract's term
        ("2026-01-02", "2026-12-31", False),
        ("2026-01-01", "2026-12-30", False),
        (None, None, True),
    ],
)
def test_a_class_must_be_valid_for_the_whole_contract(
    world: World, start: str | None, end: str | None, is_valid: bool
) -> None:
    said = [f"DATE '{day}'" if day else "NULL" for day in (start, end)]
    world.run(f"UPDATE book.group_class SET effective_start_date = {said[0]}, effective_end_date = {said[1]}")
    if is_valid:
        add(world, NOOR, "P005")
    else:
        assert refused(add, world, NOOR, "P005")[0][0] == "GB-MPL-002"
        add(world, NOOR, "P004")  # as a member without a class


@pytest.mark.rule("CV-32")
def test_a_class_of_another_account_is_not_valid(world: World) -> None:
    world.run("UPDATE book.group_class SET account_id = '001B' WHERE name = 'Salaried'")
    assert refused(add, world, NOOR, "P005")[0][0] == "GB-MPL-002"


@pytest.mark.rule("GB-MPL-003")
@pytest.mark.rule("MP-4", "CV-26", "CV-27", "CV-29")
@pytest.mark.parametrize(
    ("opt_out", "plan", "category"),
    [
        ("is_opt_out_all_plans = true", "P003", "Vision"),
        ("is_opt_out_all_plans = true, opt_out_plan_types = 'Dental'", "P001", "Medical"),
        ("opt_out_plan_types = 'Dental;Vision'", "P003", "Vision"),
        ("opt_out_plan_types = ' dental ; VISION '", "P003", "Vision"),
    ],
)
def test_an_opt_out_blocks_a_plan(world: World, opt_out: str, plan: str, category: str) -> None:
    world.run(f"UPDATE book.census_member SET {opt_out} WHERE group_census_member_id = '{LEA}'")
    assert refused(add, world, LEA, plan) == [("GB-MPL-003", f"The member opted out of {category}.")]


@pytest.mark.rule("CV-27")
def test_an_opt_out_leaves_other_types_alone_and_binds_coverages_by_their_root(world: World) -> None:
    add(world, LEA, "P001")
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Medical' WHERE group_census_member_id = '{LEA}'")
    add(world, LEA, "P003")
    assert refused(add, world, LEA, "P012") == [("GB-MPL-003", "The member opted out of Medical.")]


@pytest.mark.rule("CV-28", "MP-19")
@pytest.mark.parametrize("opt_out", ["is_opt_out_all_plans = true", "opt_out_plan_types = 'Vision'"])
def test_the_opt_out_of_a_primary_binds_the_dependents_and_not_the_other_way_round(world: World, opt_out: str) -> None:
    add(world, NOOR, "P003")
    world.run(f"UPDATE book.census_member SET {opt_out} WHERE group_census_member_id = '{NOOR}'")
    assert refused(add, world, ELIAS, "P003") == [("GB-MPL-003", "The member opted out of Vision.")]


@pytest.mark.rule("CV-28")
def test_the_opt_out_of_a_dependent_is_its_own(world: World) -> None:
    world.run(f"UPDATE book.census_member SET is_opt_out_all_plans = true WHERE group_census_member_id = '{ELIAS}'")
    add(world, NOOR, "P003")
    add(world, MIRA, "P003")
    assert refused(add, world, ELIAS, "P003")[0][0] == "GB-MPL-003"


@pytest.mark.rule("GB-MPL-004")
@pytest.mark.rule("MP-5", "MP-14")
def test_a_member_has_one_root_plan_of_a_category_and_may_swap_it(world: World) -> None:
    add(world, NOOR, "P001")
    assert refused(add, world, NOOR, "P002") == [("GB-MPL-004", "The member already has a Medical plan.")]
    assert refused(add, world, LEA, "P001", "P002") == [("GB-MPL-004", "The member already has a Medical plan.")]
    patch(world, NOOR, ["P002"], [held(world, NOOR)["P001"]])
    assert list(held(world, NOOR)) == ["P002", "P021"]


@pytest.mark.rule("GB-MPL-005")
@pytest.mark.rule("MP-6", "MP-22")
def test_a_coverage_needs_its_root_plan_and_nothing_is_added_beside_a_refusal(world: World) -> None:
    assert refused(add, world, NOOR, "P003", "P012") == [
        ("GB-MPL-005", f"Add the root plan of coverage {plan_id('P012')} first.")
    ]
    assert held(world, NOOR) == {}
    add(world, NOOR, "P012", "P001")  # in the same request, in any order
    add(world, LEA, "P001")
    add(world, LEA, "P012")  # held already
    assert list(held(world, LEA)) == ["P001", "P011", "P012"]


@pytest.mark.rule("MP-7", "MP-8", "MP-9")
def test_a_dependent_has_root_plans_of_the_primary_with_coverages_of_its_own_choice(world: World) -> None:
    assert refused(add, world, ELIAS, "P001") == [("SF-0001-0005", "Specify a valid input for contractGroupPlanId.")]
    add(world, NOOR, "P001", "P012")
    assert held(world, ELIAS) == {}
    add(world, ELIAS, "P001")
    add(world, MIRA, "P001", "P012")
    assert list(held(world, ELIAS)) == ["P001", "P011"]
    assert list(held(world, MIRA)) == ["P001", "P011", "P012"]


@pytest.mark.rule("MP-13", "MP-23")
def test_a_patch_with_any_error_changes_nothing_and_names_what_failed(world: World) -> None:
    add(world, NOOR, "P001")
    add(world, LEA, "P001")
    before = world.state()
    hers = held(world, LEA)["P001"]
    with pytest.raises(NotChanged) as caught:
        patch(world, NOOR, ["P003", "P999"], [held(world, NOOR)["P001"], hers])
    assert caught.value.failed == [hers, plan_id("P999")]
    assert [(e.code, e.message, e.info) for e in caught.value.errors] == [
        ("SF-0001-0005", "Specify a valid input for deletedPlans.", {"planId": hers}),
        ("SF-0001-0005", "Specify a valid input for contractGroupPlanId.", {"planId": plan_id("P999")}),
    ]
    assert world.state() == before


@pytest.mark.rule("MP-15", "MP-18")
def test_a_root_plan_that_a_primary_gives_up_goes_from_the_dependents_too(world: World) -> None:
    add(world, NOOR, "P001", "P003")
    add(world, ELIAS, "P001", "P012", "P003")
    his = held(world, ELIAS)
    mine = held(world, NOOR)

    done = patch(world, NOOR, ["P002"], [mine["P001"]])

    assert list(held(world, ELIAS)) == ["P003"]
    now = held(world, NOOR)
    assert done.updated[:3] == [now["P002"], now["P021"], mine["P001"]]
    assert sorted(done.updated[3:]) == sorted([mine["P011"], his["P001"], his["P011"], his["P012"]])
    assert {(one["memberId"], one["memberPlanId"]) for one in done.cascaded} == {
        (NOOR, mine["P011"]),
        *((ELIAS, his[code]) for code in ("P001", "P011", "P012")),
    }


@pytest.mark.rule("MP-15")
def test_an_optional_coverage_that_a_primary_gives_up_stays_with_the_dependents(world: World) -> None:
    add(world, NOOR, "P001", "P012")
    add(world, ELIAS, "P001", "P012")
    delete(world, NOOR, held(world, NOOR)["P012"])
    assert list(held(world, ELIAS)) == ["P001", "P011", "P012"]
    # and what a dependent gives up stays with the primary
    delete(world, ELIAS, held(world, ELIAS)["P001"])
    assert list(held(world, NOOR)) == ["P001", "P011"]
    assert held(world, ELIAS) == {}


@pytest.mark.rule("MP-16", "MP-18")
def test_removing_a_root_plan_takes_its_coverages(world: World) -> None:
    add(world, NOOR, "P001", "P012", "P003")
    mine = held(world, NOOR)
    done = delete(world, NOOR, mine["P001"])
    assert list(held(world, NOOR)) == ["P003"]
    assert done.removed == [mine["P001"]]
    assert sorted(one["memberPlanId"] for one in done.cascaded) == [mine["P011"], mine["P012"]]


@pytest.mark.rule("GB-MPL-006")
@pytest.mark.rule("MP-17")
def test_a_coverage_alone_may_go_unless_it_is_mandatory(world: World) -> None:
    add(world, NOOR, "P001", "P012")
    mine = held(world, NOOR)
    assert refused(delete, world, NOOR, mine["P011"]) == [("GB-MPL-006", f"Coverage {mine['P011']} is mandatory.")]
    delete(world, NOOR, mine["P012"])
    assert list(held(world, NOOR)) == ["P001", "P011"]
    delete(world, NOOR, mine["P011"], mine["P001"])  # together with its root plan it may
    assert held(world, NOOR) == {}


def test_plans_to_delete_may_be_named_by_the_contract_plan(world: World) -> None:
    add(world, NOOR, "P001", "P012")
    delete(world, NOOR, plan_id("P012"))
    assert list(held(world, NOOR)) == ["P001", "P011"]
    delete(world, NOOR, plan_id("P001"))
    assert held(world, NOOR) == {}


@pytest.mark.rule("GB-MPL-007")
@pytest.mark.rule("MP-20")
def test_an_enrolled_plan_is_neither_removed_nor_swapped(world: World) -> None:
    add(world, NOOR, "P001", "P012")
    mine = held(world, NOOR)
    world.run(f"UPDATE book.member_plan SET enrollment_status = 'Completed' WHERE member_plan_id = '{mine['P012']}'")
    for word in (mine["P012"], mine["P001"]):  # the root plan would take the coverage along
        assert refused(delete, world, NOOR, word) == [("GB-MPL-007", f"Plan {word} is already enrolled.")]
    assert refused(patch, world, NOOR, ["P002"], [mine["P001"]]) == [
        ("GB-MPL-007", f"Plan {mine['P001']} is already enrolled.")
    ]
    add(world, ELIAS, "P001")
    world.run("UPDATE book.member_plan SET enrollment_status = 'To Be Started'")
    world.run(f"UPDATE book.member_plan SET enrollment_status = 'Completed' WHERE group_census_member_id = '{ELIAS}'")
    assert refused(delete, world, NOOR, mine["P001"])[0][0] == "GB-MPL-007"  # and the dependent's would go with it


@pytest.mark.rule("MP-15", "MP-16")
def test_a_plan_of_an_earlier_contract_takes_its_coverages_and_the_family_s_along(world: World) -> None:
    add(world, NOOR, "P001", "P012")
    add(world, ELIAS, "P001")
    world.run("UPDATE book.group_census SET contract_id = 'K9'")  # the contract that renews it
    delete(world, NOOR, plan_id("P001"))
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.rule("MP-21", "MP-14")
def test_empty_lists_change_nothing_and_a_plan_in_both_is_made_anew(world: World) -> None:
    add(world, NOOR, "P003")
    before = world.state()
    assert patch(world, NOOR, [], []).updated == []
    assert world.state() == before
    old = held(world, NOOR)["P003"]
    done = patch(world, NOOR, ["P003"], [old])
    new = held(world, NOOR)["P003"]
    assert new > old
    assert done.updated == [new, old]


def test_input_is_checked_before_plans_are_looked_up(world: World) -> None:
    def asked(**plan: Any) -> Any:
        with world.book.write() as tx:
            return plans.add(tx, NOOR, [plan], scope=EVERYTHING, now=NOW)

    assert refused(asked) == [("SF-0001-0004", "Specify an input for contractGroupPlanId.")]
    assert refused(asked, contractGroupPlanId=plan_id("P001"), groupCensusMemberId=LEA) == [
        ("SF-0001-0005", "Specify a valid input for groupCensusMemberId.")
    ]
    assert refused(asked, contractGroupPlanId=plan_id("P001"), name="x" * 256) == [
        ("SF-0001-0005", "Specify a valid input for name.")
    ]
    assert refused(add, world, NOOR) == [("SF-0001-0004", "Specify an input for groupCensusMemberPlans.")]
    assert refused(delete, world, NOOR) == [("SF-0001-0004", "Specify an input for plans.")]


def test_an_unknown_member_and_one_out_of_scope_are_the_same(world: World) -> None:
    unknown = [("SF-0001-0005", "Specify a valid input for memberId.")]
    assert refused(add, world, "0r6GB000000M999AAA", "P001") == unknown
    assert refused(add, world, NOOR, "P001", scope=Scope(account_ids=("001B",))) == unknown
    assert refused(add, world, LEA, "P001", scope=Scope(family_id=NOOR)) == unknown
    add(world, ELIAS, "P001") if add(world, NOOR, "P001", scope=Scope(family_id=NOOR)) else None
    assert list(held(world, ELIAS)) == ["P001", "P011"]


def test_members_choose_by_themselves_within_the_enrollment_window_alone(world: World) -> None:
    world.run(
        "UPDATE book.contract_plan"
        " SET enrollment_start_date = DATE '2026-11-01', enrollment_end_date = DATE '2026-11-30'"
        f" WHERE contract_plan_id = '{plan_id('P001')}'"
    )
    closed = [
        (
            "GB-MPL-008",
            f"Plan {plan_id('P001')} can't be chosen today: its enrollment period is over, or has not begun.",
        )
    ]
    assert refused(add, world, NOOR, "P001", window_on=date(2026, 10, 31)) == closed
    assert refused(add, world, NOOR, "P001", window_on=date(2026, 12, 1)) == closed
    add(world, NOOR, "P001", window_on=date(2026, 11, 1))
    add(world, NOOR, "P012", window_on=date(2026, 11, 30))  # the window of the root plan
    assert refused(patch, world, NOOR, [], [plan_id("P012")], window_on=date(2026, 12, 1))[0][0] == "GB-MPL-008"
    add(world, NOOR, "P003", window_on=date(2026, 12, 1))  # no window stated: open
    delete(world, NOOR, plan_id("P001"))  # staff is not bound


@pytest.mark.rule("EN-17")
def test_a_plan_without_a_window_has_that_of_its_contract(world: World) -> None:
    world.run("UPDATE book.contract SET enrollment_start_date = '2026-11-01', enrollment_end_date = '2026-11-30'")
    assert refused(add, world, NOOR, "P001", window_on=date(2026, 12, 1))[0][0] == "GB-MPL-008"
    add(world, NOOR, "P001", window_on=date(2026, 11, 30))
    world.run(
        f"UPDATE book.contract_plan SET enrollment_end_date = '2026-12-31' WHERE contract_plan_id = '{plan_id('P001')}'"
    )
    add(world, NOOR, "P012", window_on=date(2026, 12, 1))  # a coverage has that of its root
    assert refused(add, world, NOOR, "P003", window_on=date(2026, 12, 1))[0][0] == "GB-MPL-008"
    world.run("UPDATE book.contract SET is_self_service_window_enforced = false")
    add(world, NOOR, "P003", window_on=date(2026, 12, 1))  # nobody is held to it


@pytest.mark.rule("MP-13")
def test_the_number_of_statements_does_not_depend_on_the_number_of_plans(world: World) -> None:
    counts = []
    for wanted in (["P003"], ["P001", "P012", "P004", "P007", "P071", "P008"]):
        with with_plans_kept(world).book.write() as tx:
            calls = counted(tx)
            plans.add(tx, NOOR, [{"contractGroupPlanId": plan_id(code)} for code in wanted], scope=EVERYTHING, now=NOW)
            counts.append(len(calls))
    assert counts[0] == counts[1]
