"""The plan actions: validate, save, and plans that the contract assigns (bulk census, 5.5 to 5.7)."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from services import jobs
from services.configuration.check import open_context
from services.insurance_errors import Refused
from services.jobs import Ask
from services.scope import EVERYTHING, Scope
from services.selections.actions import Outcome, auto_assigned, save_many, validate_many
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, SALARIED, World, insert, plan_id
from tests.services.selections.desk import ELIAS, LEA, MIRA, NOOR, TOM, add, counted, held, member, with_plans_kept

FAULT = "CensusMgmtUploadMemError"
Record = dict[str, Any]


def plan(who: str, code: str, **more: Any) -> Record:
    """A plan record of a stored member, or of one known by its MemberRefId."""
    tie = {"GroupCensusMemberId": who} if who.startswith("0r6") else {"MemberRefId": who}
    return {**tie, "ContractGroupPlanId": plan_id(code), **more}


def new(ref: str, role: str = "Self", **more: Any) -> Record:
    """A member record without an id."""
    return {"MemberRefId": ref, "GroupCensusId": CENSUS, "AssociationWithPrimaryMbr": role, **more}


def validated(world: World, members: Sequence[Record] | None, plans: Sequence[Record] | None, **more: Any) -> Outcome:
    with world.book.read() as tx:
        return validate_many(tx, members=members, plans=plans, scope=EVERYTHING, now=NOW, **more)


def assigned(world: World, members: Sequence[Record] | None, plans: Sequence[Record] | None) -> list[tuple[Any, ...]]:
    with world.book.read() as tx:
        done = auto_assigned(tx, members, plans, scope=EVERYTHING)
    return [
        (
            one.get("GroupCensusMemberId") or one.get("MemberRefId"),
            one["ContractGroupPlanId"][11:15],
            one.get("PlanType"),
        )
        for one in done.plans
    ]


def faults(outcome: Outcome) -> list[str | None]:
    return [one[FAULT] for one in outcome.plans]


@pytest.fixture
def item(world: World) -> str:
    """An item of an upload, which saved plans refer to."""
    with world.book.write() as tx:
        request_id = jobs.accept(tx, Ask("CensusUpload", "Upload", {}, account_id="001A"), now=NOW)
        made = jobs.add_items(tx, request_id, pl.DataFrame({"reference_record_id": [CENSUS]}))
    return str(made["async_item_id"][0])


def saved(world: World, item: str, members: Sequence[Record], plans: Sequence[Record], **more: Any) -> Outcome:
    stated = {"item_id": item, "census_id": CENSUS, "members": members, "plans": plans, "logs_errors": False, **more}
    with world.book.write() as tx:
        return save_many(tx, scope=EVERYTHING, now=NOW, **stated)


@pytest.mark.rule("BC-60")
def test_nothing_to_validate_is_refused(world: World) -> None:
    with pytest.raises(Refused) as caught:
        validated(world, None, None)
    assert caught.value.errors[0].code == "SF-0001-0007"
    assert validated(world, [], None).plans == []


@pytest.mark.rule("BC-61", "BC-62")
def test_each_record_comes_back_with_what_is_wrong_with_it(world: World) -> None:
    members = [new("R1", GroupClassId=HOURLY), new("R2", "Spouse"), {"Id": LEA}]
    asked = [
        plan("R1", "P001", Name="Mine"),
        plan("R1", "P005"),
        plan("R2", "P001"),
        plan("R2", "P003"),
        plan(LEA, "P999"),
        plan("R9", "P003"),
    ]
    done = validated(world, members, asked)
    assert [(m["MemberRefId"] if "MemberRefId" in m else m["Id"], m[FAULT]) for m in done.members] == [
        ("R1", None),
        ("R2", None),
        (LEA, None),
    ]
    assert done.members[0]["Information"] == "Preventive is mandatory and was added."
    assert done.plans[0] == {**asked[0], "PlanType": None, FAULT: None}
    assert faults(done) == [
        None,
        f"The member isn't eligible for plan {plan_id('P005')}.",
        None,
        "Specify a valid input for ContractGroupPlanId.",  # the primary does not have it (MP-7)
        "Specify a valid input for ContractGroupPlanId.",
        "Specify a valid input for GroupCensusMemberId.",
        None,
        None,
    ]
    added = {"ContractGroupPlanId": plan_id("P011"), "Name": "Preventive", "PlanType": "AUTO_ADDED", FAULT: None}
    assert done.plans[6:] == [{"MemberRefId": "R1", **added}, {"MemberRefId": "R2", **added}]
    assert done.errors[0] == {
        "errorMessage": "Invalid plan assignment for member R1",
        "recordId": "R1",
        "errorType": "VALIDATION_ERROR",
        "fieldName": "ContractGroupPlanId",
        "details": f"The member isn't eligible for plan {plan_id('P005')}.",
    }
    assert [error["recordId"] for error in done.errors] == ["R1", "R2", LEA, "R9"]
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.rule("BC-64")
def test_a_plan_record_that_names_nobody_is_told_by_what_is_wrong_with_it(world: World) -> None:
    done = validated(world, [], [{"ContractGroupPlanId": plan_id("P003")}])
    says = "Specify a valid input for GroupCensusMemberId."
    assert done.errors == [
        {
            "errorMessage": says,
            "recordId": None,
            "errorType": "VALIDATION_ERROR",
            "fieldName": "ContractGroupPlanId",
            "details": says,
        }
    ]


@pytest.mark.rule("BC-62", "CV-28")
def test_a_dependent_is_tied_to_its_primary_by_id_by_source_or_by_the_row_above(world: World) -> None:
    world.run(f"UPDATE book.census_member SET source_system_identifier = 'HR-9' WHERE group_census_member_id = '{LEA}'")
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Vision' WHERE group_census_member_id = '{LEA}'")
    add(world, NOOR, "P003")
    add(world, LEA, "P004")
    members = [
        new("R1", "Child", PrimaryGroupCensusMemberId=NOOR),
        new("R2", "Child", PrimaryMemberSource="HR-9"),
        new("R3", OptOutPlanTypes="Dental"),
        new("R4", "Child"),
    ]
    asked = [plan("R1", "P003"), plan("R1", "P004"), plan("R2", "P004"), plan("R2", "P003"), plan("R3", "P003"),
             plan("R4", "P003"), plan("R4", "P004")]  # fmt: skip
    assert faults(validated(world, members, asked)) == [
        None,
        "Specify a valid input for ContractGroupPlanId.",
        None,
        "The member opted out of Vision.",
        None,
        None,
        "The member opted out of Dental.",
    ]


@pytest.mark.rule("BC-62")
def test_a_record_may_say_anew_what_a_stored_member_opts_out_of(world: World) -> None:
    done = validated(world, [{"Id": LEA, "IsOptOutAllPlans": True}], [plan(LEA, "P003")])
    assert faults(done) == ["The member opted out of Vision."]


def test_member_records_that_are_no_members_are_told(world: World) -> None:
    members = [{"Id": "0r6GB000000M999AAA"}, {"MemberRefId": "R1"}, new("R2", GroupCensusId="0rfGB000000C999AAA")]
    done = validated(world, members, [plan("R1", "P003")])
    assert [one[FAULT] for one in done.members] == [
        "Specify a valid input for Id.",
        "Specify an input for GroupCensusId.",
        "Specify a valid input for GroupCensusId.",
    ]
    assert faults(done) == ["Specify a valid input for GroupCensusMemberId."]


@pytest.mark.rule("BC-60")
def test_records_to_delete_are_looked_at_before_plans_are(world: World) -> None:
    add(world, NOOR, "P001")
    mine = held(world, NOOR)
    world.run(f"UPDATE book.member_plan SET enrollment_status = 'Completed' WHERE member_plan_id = '{mine['P011']}'")
    done = validated(world, None, None, deleted=["0r8GB000000S999AAA", {"Id": mine["P001"]}])
    assert [(error["recordId"], error["errorMessage"]) for error in done.errors] == [
        ("0r8GB000000S999AAA", "Specify a valid input for memberPlansToDelete."),
        (mine["P001"], f"Plan {mine['P001']} is already enrolled."),
    ]
    assert len(held(world, NOOR)) == 2


@pytest.mark.rule("BC-60", "EC-8")
def test_a_context_is_validated_and_the_configuration_rules_run_if_asked(world: World) -> None:
    insert(
        world,
        "ref.configuration_rule",
        [
            {
                "configuration_rule_id": "0rc1",
                "contract_id": "800A",
                "kind": "NEEDS",
                "contract_plan_id": plan_id("P004"),
                "other_plan_id": plan_id("P003"),
                "modified_at": NOW,
            }
        ],
    )
    with world.book.write() as tx:
        context_id = open_context(tx, LEA, [{"planId": plan_id("P004")}], scope=EVERYTHING, now=NOW)["contextId"]
    plain = validated(world, None, None, context_id=context_id)
    assert [(one["GroupCensusMemberId"], one["ContractGroupPlanId"], one[FAULT]) for one in plain.plans] == [
        (LEA, plan_id("P004"), None)
    ]
    ruled = validated(world, None, None, context_id=context_id, runs_rules=True)
    assert faults(ruled) == ["Smile Basic needs ClearSight."]
    add(world, LEA, "P003")  # what the member holds counts too
    assert faults(validated(world, None, None, context_id=context_id, runs_rules=True)) == [None]
    for scope, context in ((Scope(family_id=NOOR), context_id), (EVERYTHING, "f" * 64)):
        with world.book.read() as tx, pytest.raises(Refused) as caught:
            validate_many(tx, context_id=context, scope=scope, now=NOW)
        assert caught.value.errors[0].code == "SF-0001-0006"


@pytest.mark.rule("BC-63", "BC-12")
def test_saving_adds_and_replaces_within_a_category_and_leaves_others_alone(world: World, item: str) -> None:
    add(world, LEA, "P001", "P012", "P003")
    vision = held(world, LEA)["P003"]
    done = saved(world, item, [{"Id": LEA, "MemberRefId": "R1"}, {"Id": TOM}], [plan("R1", "P002"), plan(TOM, "P004")])
    assert list(held(world, LEA)) == ["P002", "P003"]
    assert held(world, LEA)["P003"] == vision
    assert done.errors == []
    assert done.plans == [
        {**plan("R1", "P002"), "Id": held(world, LEA)["P002"], "GroupCensusMemberId": LEA},
        {**plan(TOM, "P004"), "Id": held(world, TOM)["P004"]},
    ]
    again = saved(world, item, [{"Id": LEA, "MemberRefId": "R1"}], [plan("R1", "P002")])
    assert again.plans == done.plans[:1]


@pytest.mark.rule("BC-64", "BC-57")
def test_good_plans_are_saved_beside_bad_ones_which_are_logged_if_asked(world: World, item: str) -> None:
    members = [{"Id": LEA, "MemberRefId": "R1"}, new("R2")]
    asked = [plan("R1", "P003"), plan("R1", "P005"), plan("R2", "P003")]
    done = saved(world, item, members, asked, logs_errors=True)
    assert list(held(world, LEA)) == ["P003"]
    assert [one["ContractGroupPlanId"] for one in done.plans] == [plan_id("P003")]
    assert [(one["errorMessage"], one["recordId"], one["errorType"], one["fieldName"]) for one in done.errors] == [
        ("Invalid plan assignment for member R1", "R1", "VALIDATION_ERROR", "ContractGroupPlanId"),
        ("Invalid plan assignment for member R2", "R2", "VALIDATION_ERROR", "ContractGroupPlanId"),
    ]
    assert world.sql("SELECT reference_record_id, status FROM book.async_detail ORDER BY async_detail_id") == [
        (LEA, "Failed"),
        (CENSUS, "Failed"),
    ]
    saved(world, item, members, asked)
    assert world.sql("SELECT count(*) FROM book.async_detail") == [(2,)]


@pytest.mark.rule("BC-63")
def test_every_input_of_a_save_is_needed(world: World, item: str) -> None:
    def ask(**stated: Any) -> None:
        whole = {"item_id": item, "census_id": CENSUS, "members": [], "plans": [], "logs_errors": False}
        with world.book.write() as tx:
            save_many(tx, **(whole | stated), scope=EVERYTHING, now=NOW)

    ask()
    for name, said in (
        ("item_id", "asyncBulkRequestItemId"),
        ("census_id", "groupCensusId"),
        ("members", "groupCensusMembers"),
        ("plans", "groupCensusMemberPlans"),
        ("logs_errors", "shouldLogErrors"),
    ):
        with pytest.raises(Refused) as caught:
            ask(**{name: None})
        assert [error.message for error in caught.value.errors] == [f"Specify an input for {said}."]
    for name, value, said in (
        ("item_id", "18cX", "asyncBulkRequestItemId"),
        ("census_id", "0rfX", "groupCensusId"),
    ):
        with pytest.raises(Refused) as caught:
            ask(**{name: value})
        assert [error.message for error in caught.value.errors] == [f"Specify a valid input for {said}."]


@pytest.mark.rule("BC-65", "BC-66", "BC-67")
def test_mandatory_coverages_of_selected_root_plans_are_added_once(world: World) -> None:
    before = world.state()
    asked = [plan("R1", "P001"), plan("R1", "P012"), plan("R2", "P001"), plan("R2", "P011"), plan(LEA, "P004")]
    done = assigned(world, [new("R1"), new("R2")], asked)
    assert done == [
        ("R1", "P001", None),
        ("R1", "P012", None),
        ("R2", "P001", None),
        ("R2", "P011", None),
        (LEA, "P004", None),
        ("R1", "P011", "AUTO_ADDED"),
    ]
    with world.book.read() as tx:
        answer = auto_assigned(tx, None, asked, scope=EVERYTHING)
    assert answer.plans[:5] == asked  # as they were
    assert world.state() == before


@pytest.mark.rule("BC-65")
def test_root_plans_marked_so_go_to_eligible_members_and_to_dependents_behind_their_primary(world: World) -> None:
    world.run("UPDATE book.contract_plan SET auto_assign = true WHERE plan_code IN ('P005', 'P003', 'P001')")
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Vision' WHERE group_census_member_id = '{LEA}'")
    members = [
        {"Id": NOOR},  # Salaried: all three, with the mandatory coverage
        {"Id": ELIAS},  # and so does the spouse
        {"Id": LEA},  # Hourly: no Smile Executive; opted out of vision
        new("R1", GroupClassId=SALARIED, IsOptOutAllPlans=True),
        new("R2", "Child"),  # the primary above opted out of everything
    ]
    done = assigned(world, members, [plan(NOOR, "P002")])
    assert done[0] == (NOOR, "P002", None)
    assert sorted(done[1:]) == sorted(
        [
            # Noor selected Harbor HMO: no second medical plan, and its mandatory coverage comes along
            (NOOR, "P021", "AUTO_ADDED"),
            (NOOR, "P003", "AUTO_ADDED"),
            (NOOR, "P005", "AUTO_ADDED"),
            (ELIAS, "P003", "AUTO_ADDED"),
            (ELIAS, "P005", "AUTO_ADDED"),
            (LEA, "P001", "AUTO_ADDED"),
            (LEA, "P011", "AUTO_ADDED"),
        ]
    )
    assert MIRA not in {who for who, _, _ in done}  # not among the members passed


@pytest.mark.rule("BC-66")
def test_what_a_member_holds_is_not_assigned_again_and_unknown_plans_are_told(world: World) -> None:
    world.run("UPDATE book.contract_plan SET auto_assign = true WHERE plan_code IN ('P003', 'P001')")
    add(world, LEA, "P003", "P002")
    assert assigned(world, [{"Id": LEA}], []) == []
    with world.book.read() as tx:
        done = auto_assigned(tx, [{"Id": LEA}], [plan(LEA, "P999"), plan("R9", "P004")], scope=EVERYTHING)
    assert [(error["recordId"], error["details"]) for error in done.errors] == [
        (LEA, "Specify a valid input for ContractGroupPlanId."),
        ("R9", "Specify a valid input for GroupCensusMemberId."),
    ]


def test_the_number_of_statements_does_not_depend_on_the_number_of_members(world: World) -> None:
    insert(world, "book.census_member", [member(f"0r6GB000010{n:04d}AAA", "Kim") for n in range(200)])
    with_plans_kept(world)
    counts = []
    for n in (1, 200):
        members = [{"Id": f"0r6GB000010{at:04d}AAA"} for at in range(n)] + [new(f"R{at}") for at in range(n)]
        asked = [plan(one.get("Id") or one["MemberRefId"], "P001") for one in members]
        with world.book.read() as tx:
            seen = counted(tx)
            validate_many(tx, members=members, plans=asked, runs_rules=True, scope=EVERYTHING, now=NOW)
            auto_assigned(tx, members, asked, scope=EVERYTHING)
        counts.append(len(seen))
    assert counts[0] == counts[1]
