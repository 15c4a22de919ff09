"""addPlanSelections: plans for stored members, good ones beside refused ones (census with plans, PS-1 to PS-15)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from services.selections.std import Selected, add_plan_selections
from tests.services.census_load.builder import CENSUS, NOW, OTHER, World, insert, plan_id
from tests.services.selections.desk import ELIAS, LEA, MIRA, NOOR, TOM, add, counted, held, member, with_plans_kept

CONTRACT = "800A"


def ids(*short: str) -> str:
    return ";".join(plan_id(code) for code in short)


def one(member_id: str | None, *short: str, new: bool | None = None, **more: Any) -> dict[str, Any]:
    stated = {"Id": member_id, "ContractGroupPlanId": ids(*short), "isNewMember": new, **more}
    return {key: value for key, value in stated.items() if value is not None}


def asked(
    world: World,
    *members: dict[str, Any],
    census_id: str | None = CENSUS,
    contract_id: str | None = CONTRACT,
    only: bool = False,
    headers: tuple[str, ...] = ("ContractGroupPlanId",),
    scope: Scope = EVERYTHING,
) -> Selected:
    census = {"headers": [{"name": name} for name in headers], "members": list(members)}
    with world.book.write() as tx:
        return add_plan_selections(tx, census_id, contract_id, census, only_with_valid=only, scope=scope, now=NOW)


def errors(done: Selected) -> list[tuple[Any, ...]]:
    return [(e["Id"], e["numPlans"], e["numPlansError"], e["error"]) for e in done.errors]


def not_valid(*words: str) -> str:
    return "ContractGroupPlan value is not valid:" + "; ".join(words)


@pytest.mark.rule("PS-7", "PS-10", "PS-15")
def test_valid_plans_are_saved_beside_refused_ones_which_are_told_in_their_order(world: World) -> None:
    done = asked(world, one(LEA, ContractGroupPlanId=f"{ids('P002')}; Medical ;{ids('P999')}"), one(TOM, "P003"))
    assert list(held(world, LEA)) == ["P002"]
    assert done.member_plan_ids == [*held(world, LEA).values(), *held(world, TOM).values()]
    assert done.errors == [
        {
            "Id": LEA,
            "isNewMember": False,
            "numPlans": 3,
            "numPlansError": 2,
            "ContractGroupPlan": f"{ids('P002')}; Medical ;{ids('P999')}",
            "error": not_valid("Medical", plan_id("P999")),
        }
    ]
    assert world.sql("SELECT DISTINCT enrollment_status FROM book.member_plan") == [("To Be Started",)]


@pytest.mark.rule("PS-1")
def test_the_contract_must_be_of_the_account_of_the_census(world: World) -> None:
    world.run(
        "INSERT INTO book.account (account_id, account_number, name, modified_at) VALUES ('001B', 'B', 'B', now())"
    )
    world.run(
        "INSERT INTO book.contract SELECT * REPLACE ('800B' AS contract_id, '001B' AS account_id,"
        " 'C-2' AS contract_number) FROM book.contract"
    )
    for contract_id in ("800B", "800X", None):
        done = asked(world, one(LEA, "P002"), contract_id=contract_id)
        assert done.member_plan_ids == []
        assert len(done.warnings) == 1
        assert errors(done) == [(LEA, 1, 1, not_valid(plan_id("P002")))]
    assert asked(world, one(LEA, "P002")).warnings == []


@pytest.mark.rule("PS-1")
def test_a_census_without_a_contract_takes_one_of_its_account(world: World) -> None:
    world.run("UPDATE book.group_census SET contract_id = NULL")
    assert len(asked(world, one(LEA, "P002")).member_plan_ids) == 1


@pytest.mark.rule("PS-1")
def test_without_a_census_or_rows_nothing_happens_and_a_warning_says_so(world: World) -> None:
    for census_id in (None, "0rfGB000000C999AAA"):
        done = asked(world, one(LEA, "P002"), census_id=census_id)
        assert (done.member_plan_ids, len(done.warnings)) == ([], 1)
    done = asked(world)
    assert (done.member_plan_ids, done.errors, len(done.warnings)) == ([], [], 1)
    away = asked(world, one(LEA, "P002"), scope=Scope(account_ids=("001B",)))
    assert away.warnings == asked(world, one(LEA, "P002"), census_id="0rfGB000000C999AAA").warnings
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.rule("GB-CEN-001")
def test_a_call_takes_2000_members_and_not_one_more(world: World) -> None:
    many = [one(None, "P003")] * 2001
    assert len(asked(world, *many[:2000]).errors) == 2000
    with pytest.raises(Refused, match=r"A request can hold at most 2000 members\."):
        asked(world, *many)


@pytest.mark.rule("PS-2")
def test_a_plan_must_be_on_the_contract_and_active(world: World) -> None:
    assert errors(asked(world, one(LEA, "P006", "P999", "P003"))) == [
        (LEA, 3, 2, not_valid(plan_id("P006"), plan_id("P999")))
    ]


@pytest.mark.rule("PS-3", "CV-26", "CV-28")
def test_who_opted_out_of_everything_gets_nothing_nor_do_the_dependents(world: World) -> None:
    world.run(f"UPDATE book.census_member SET is_opt_out_all_plans = true WHERE group_census_member_id = '{NOOR}'")
    done = asked(world, one(NOOR, "P003"), one(ELIAS, "P003"), one(LEA, "P003"))
    assert [error["Id"] for error in done.errors] == [NOOR, ELIAS]
    assert list(held(world, LEA)) == ["P003"]


@pytest.mark.rule("PS-4", "CV-27", "CV-28")
def test_a_type_opted_out_of_is_refused_to_the_member_and_by_a_primary_to_the_dependents(world: World) -> None:
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Vision' WHERE group_census_member_id = '{NOOR}'")
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Dental' WHERE group_census_member_id = '{ELIAS}'")
    done = asked(world, one(NOOR, "P003", "P004"), one(ELIAS, "P003", "P004", "P001"), one(MIRA, "P003", "P004"))
    assert errors(done) == [
        (NOOR, 2, 1, not_valid(plan_id("P003"))),
        (ELIAS, 3, 2, not_valid(plan_id("P003"), plan_id("P004"))),
        (MIRA, 2, 1, not_valid(plan_id("P003"))),
    ]


@pytest.mark.rule("PS-5")
def test_a_coverage_is_blocked_by_the_type_of_its_root_plan(world: World) -> None:
    asked(world, one(LEA, "P001"))
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Medical' WHERE group_census_member_id = '{LEA}'")
    assert errors(asked(world, one(LEA, "P012"))) == [(LEA, 1, 1, not_valid(plan_id("P012")))]


@pytest.mark.rule("PS-6", "CV-30", "CV-31")
@pytest.mark.parametrize(
    ("who", "plan", "is_valid"),
    [
        (NOOR, "P005", True),  # linked to the member's class
        (NOOR, "P004", True),  # a class, and no link at all
        (LEA, "P005", False),  # linked to another class
        (TOM, "P004", True),  # no class, no link
        (TOM, "P005", False),  # no class, linked
    ],
)
def test_the_table_of_class_eligibility(world: World, who: str, plan: str, is_valid: bool) -> None:
    asked(world, one(who, plan))
    assert list(held(world, who)) == ([plan] if is_valid else [])


@pytest.mark.rule("PS-8", "PS-9")
def test_new_members_without_a_valid_plan_are_taken_out_again_if_asked(world: World) -> None:
    rows = [one(LEA, "P005", new=True), one(TOM, "P005", "P003", new=True), one(NOOR, "P999", new=False)]
    kept = asked(world, *rows)
    assert kept.deleted_member_ids == []
    assert len(world.members("name")) == 5
    done = asked(world, *rows, only=True)
    assert done.deleted_member_ids == [LEA]
    assert [error["Id"] for error in done.errors] == [LEA, TOM, NOOR]
    assert world.sql(f"SELECT count(*) FROM book.census_member WHERE group_census_member_id = '{LEA}'") == [(0,)]
    assert list(held(world, TOM)) == ["P003"]  # with just the valid one
    assert len(world.members("name")) == 4  # Noor was there before and stays without any plan


@pytest.mark.rule("WP-10", "PS-8")
def test_a_new_primary_that_goes_takes_its_new_dependents_and_their_plans(world: World) -> None:
    done = asked(
        world,
        one(NOOR, "P999", new=True),
        one(ELIAS, "P003", new=True),
        one(MIRA, "P003", new=True),
        only=True,
    )
    assert done.deleted_member_ids == [NOOR, ELIAS, MIRA]
    assert done.member_plan_ids == []
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


def test_a_new_primary_with_dependents_that_were_there_before_stays(world: World) -> None:
    done = asked(world, one(NOOR, "P999", new=True), one(ELIAS, "P003", new=True), only=True)
    assert done.deleted_member_ids == []


@pytest.mark.rule("PS-11")
def test_a_coverage_needs_its_root_plan_in_the_cell_or_held(world: World) -> None:
    assert errors(asked(world, one(LEA, "P012", "P003"))) == [(LEA, 2, 1, not_valid(plan_id("P012")))]
    asked(world, one(LEA, "P012", "P001"))
    asked(world, one(TOM, "P001"))
    asked(world, one(TOM, "P012"))
    assert list(held(world, LEA)) == ["P001", "P003", "P012"]
    assert list(held(world, TOM)) == ["P001", "P012"]


@pytest.mark.rule("PS-12")
def test_mandatory_coverages_do_not_come_by_themselves(world: World) -> None:
    asked(world, one(LEA, "P001"))
    assert list(held(world, LEA)) == ["P001"]


@pytest.mark.rule("PS-13")
def test_a_dependent_may_hold_what_its_primary_does_not(world: World) -> None:
    assert asked(world, one(ELIAS, "P001", "P012")).errors == []
    assert list(held(world, ELIAS)) == ["P001", "P012"]
    assert held(world, NOOR) == {}


@pytest.mark.rule("PS-14", "WP-14", "CV-25")
def test_a_plan_twice_in_a_cell_or_held_before_makes_no_second_record(world: World) -> None:
    add(world, LEA, "P003")
    done = asked(world, one(LEA, "P003", "P004", "P004"))
    assert done.errors == []
    assert done.member_plan_ids == [held(world, LEA)["P004"]]
    again = asked(world, one(LEA, "P003", "P004", "P004"))
    assert (again.member_plan_ids, again.errors) == ([], [])
    assert list(held(world, LEA)) == ["P003", "P004"]


@pytest.mark.rule("PS-8")
def test_a_row_without_a_member_of_the_census_is_told(world: World) -> None:
    insert(world, "book.census_member", [member("0r6GB000000M900AAA", "Kim", group_census_id=OTHER)])
    done = asked(world, one(None, "P003"), one("0r6GB000000M900AAA", "P003"), one("0r6GB000000M999AAA", "P003"))
    assert [(e["Id"], e["error"]) for e in done.errors] == [
        (None, "Specify Id of the census member."),
        ("0r6GB000000M900AAA", "Specify Id of the census member."),
        ("0r6GB000000M999AAA", "Specify Id of the census member."),
    ]
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.parametrize(
    "column", ["ContractGroupPlanId", "ContractGroupPlan", "ContactGroupPlanId", "contractgroupplanid"]
)
def test_the_plan_column_goes_by_three_names(world: World, column: str) -> None:
    done = asked(world, {"Id": LEA, column: ids("P003")}, headers=(column,))
    assert len(done.member_plan_ids) == 1


def test_fields_of_a_selection_are_written_where_the_headers_name_them(world: World) -> None:
    row = one(LEA, "P008", Name="Extra", ElectedAmount=50000.5, EoiStatus="pending", EoiEffectiveDate="2026-03-01")
    asked(world, row, headers=("ContractGroupPlanId", "Name", "ElectedAmount", "EoiStatus"))
    assert world.sql(
        "SELECT name, elected_amount_cents, evidence_status, approved_from, enrollment_status FROM book.member_plan"
    ) == [("Extra", 5_000_050, "PENDING", None, "To Be Started")]


def test_fields_may_be_written_with_their_object(world: World) -> None:
    row = {**one(LEA, "P008"), "GroupCensusMemberPlan.Name": "Extra"}
    asked(world, row, headers=("GroupCensusMemberPlan.Name", "ContractGroupPlanId"))
    assert world.sql("SELECT name FROM book.member_plan") == [("Extra",)]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (
            "EnrollmentStatus",
            "Done",
            "[EnrollmentStatus]: INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST - Enrollment Status: bad value",
        ),
        ("ElectedAmount", "many", "[ElectedAmount]: NUMBER_OUTSIDE_VALID_RANGE - Elected Amount: bad value"),
        ("ElectedAmount", -1, "[ElectedAmount]: NUMBER_OUTSIDE_VALID_RANGE - Elected Amount: bad value"),
        ("Name", "x" * 256, "[Name]: STRING_TOO_LONG - Name: bad value"),
        ("EoiEffectiveDate", "0000-01-01", "[EoiEffectiveDate]: INVALID_DATE - Eoi Effective Date: bad value"),
    ],
)
def test_a_bad_field_refuses_the_member_s_plans(world: World, field: str, value: Any, says: str) -> None:
    done = asked(world, one(LEA, "P008", **{field: value}), headers=("ContractGroupPlanId", field))
    assert errors(done) == [(LEA, 1, 1, says)]


def test_the_number_of_statements_does_not_depend_on_the_number_of_members(world: World) -> None:
    rows = [member(f"0r6GB000010{n:04d}AAA", "Kim") for n in range(300)]
    insert(world, "book.census_member", rows)
    with_plans_kept(world)
    counts = []
    for n in (1, 300):
        census = {"headers": [], "members": [one(row["group_census_member_id"], "P003", "P999") for row in rows[:n]]}
        with world.book.write() as tx:
            seen = counted(tx)
            done = add_plan_selections(tx, CENSUS, CONTRACT, census, only_with_valid=True, scope=EVERYTHING, now=NOW)
        counts.append(len(seen))
        assert len(done.errors) == n
    assert counts[0] == counts[1]
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(300,)]
