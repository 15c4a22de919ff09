"""A family and its plans in one request (census with plans, MW-1 to MW-5)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from services.selections.with_members import Family, FamilyRefused, save_family
from tests.services.census_load.builder import CENSUS, NOW, World, insert, plan_id
from tests.services.selections.desk import ELIAS, LEA, NOOR, add, counted, held, with_plans_kept

Member = dict[str, Any]


def person(first: str, number: str, role: str = "Self", *codes: str, **more: Any) -> Member:
    """A member to add; dependents hang from HR-1."""
    return {
        "firstName": first,
        "lastname": "Park",
        "associationWithPrimaryMbr": role,
        "sourceSystemIdentifier": number,
        **({} if role == "Self" else {"primaryMemberSource": "HR-1"}),
        **({"groupCensusMemberPlans": [by(code) for code in codes]} if codes else {}),
        **more,
    }


def by(code: str, **more: Any) -> dict[str, Any]:
    return {"contractGroupPlanId": plan_id(code), **more}


def saved(world: World, *members: Member, patch: bool = False, scope: Scope = EVERYTHING, **more: Any) -> Family:
    with world.book.write() as tx:
        return save_family(tx, CENSUS, list(members), is_patch=patch, scope=scope, now=NOW, **more)


def refused(
    world: World, *members: Member, **more: Any
) -> tuple[list[tuple[str, str]], dict[int, list[tuple[str, str]]]]:
    """Errors of the request, and of each member, of a family that is refused; nothing of it may stay."""
    before = world.state()
    with pytest.raises(FamilyRefused) as caught:
        saved(world, *members, **more)
    assert world.state() == before
    fault = caught.value
    return (
        [(error.code, error.message) for error in fault.of_request],
        {at: [(error.code, error.message) for error in errors] for at, errors in fault.by_member.items()},
    )


@pytest.mark.rule("MW-1", "MW-4", "MW-5", "MP-10", "MP-12")
def test_a_new_family_is_saved_with_its_plans_in_the_order_of_the_request(world: World) -> None:
    # A dependent may stand before its primary; both the member and its plan are settled behind the primary's.
    done = saved(world, person("Mia", "HR-2", "Child", "P001", "P012"), person("Owen", "HR-1", "Self", "P001", "P003"))
    assert done.is_new
    names = dict(world.sql("SELECT group_census_member_id, first_name FROM book.census_member"))
    assert [names[member_id] for member_id in done.member_ids] == ["Mia", "Owen"]
    mia, owen = done.member_ids
    assert list(held(world, mia)) == ["P001", "P011", "P012"]
    assert list(held(world, owen)) == ["P001", "P003", "P011"]
    assert done.member_plans == [sorted(held(world, who).values()) for who in done.member_ids]
    assert world.sql(f"SELECT primary_member_id FROM book.census_member WHERE group_census_member_id = '{mia}'") == [
        (owen,)
    ]


@pytest.mark.rule("MW-1")
def test_a_dependent_may_name_a_stored_primary_by_its_id(world: World) -> None:
    add(world, LEA, "P003")
    child = {"firstName": "Max", "lastname": "Ruiz", "associationWithPrimaryMbr": "Child",
             "primaryGroupCensusMemberId": LEA, "addedPlans": [by("P003")]}  # fmt: skip
    done = saved(world, child)
    assert list(held(world, done.member_ids[0])) == ["P003"]


@pytest.mark.rule("MW-4", "CV-25")
def test_the_same_request_again_changes_nothing(world: World) -> None:
    family = (person("Owen", "HR-1", "Self", "P001"), person("Mia", "HR-2", "Child", "P001"))
    first = saved(world, *family)
    before = world.state("book.member_plan")
    again = saved(world, *family)
    assert (again.member_ids, again.member_plans, again.is_new) == (first.member_ids, first.member_plans, False)
    assert world.state("book.member_plan") == before


def test_email_joins_the_member_key_and_further_fields_do_if_asked(world: World) -> None:
    one = saved(world, person("Owen", "HR-1", email="owen@example.org")).member_ids
    assert saved(world, person("Owen", "HR-1", email="owen@example.org")).member_ids == one
    assert saved(world, person("Owen", "HR-1", email="o.park@example.org")).member_ids != one
    born = saved(world, person("Owen", "HR-1", email="owen@example.org", birthdate="1990-01-20"),
                 duplicate_fields=["Birthdate"])  # fmt: skip
    assert born.member_ids != one


@pytest.mark.rule("MW-2")
@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        ({}, "SF-0001-0004", "Specify an input for contractGroupPlanId."),
        ({"name": "x"}, "SF-0001-0004", "Specify an input for contractGroupPlanId."),
        (
            {"contractGroupPlanId": plan_id("P003"), "productCode": "Vision", "rootProductCode": "Vision"},
            "SF-0001-0005",
            "Specify a valid input for contractGroupPlanId.",
        ),
        ({"productCode": "Vision"}, "SF-0001-0004", "Specify an input for rootProductCode."),
        ({"rootProductCode": "Vision"}, "SF-0001-0004", "Specify an input for productCode."),
        ({"productCode": "Pet", "rootProductCode": "Pet"}, "SF-0001-0005", "Specify a valid input for productCode."),
    ],
)
def test_a_plan_is_named_by_exactly_one_identification(world: World, entry: Member, code: str, says: str) -> None:
    family = (person("Owen", "HR-1"), person("Mia", "HR-2", "Child", groupCensusMemberPlans=[entry]))
    assert refused(world, *family) == ([], {1: [(code, says)]})


@pytest.mark.rule("MW-2")
def test_an_entry_that_names_no_plan_is_told_by_its_place_in_the_list(world: World) -> None:
    plans = [by("P003"), {"name": "x"}, {"contractGroupPlanId": " "}]  # as blank as missing
    with pytest.raises(FamilyRefused) as caught:
        saved(world, person("Owen", "HR-1"), person("Mia", "HR-2", "Child", groupCensusMemberPlans=plans))
    told = [(error.code, error.info) for error in caught.value.by_member[1]]
    assert told == [("SF-0001-0004", {"index": 1}), ("SF-0001-0004", {"index": 2})]


@pytest.mark.rule("MW-2")
def test_a_plan_may_be_named_by_its_products(world: World) -> None:
    done = saved(world, person("Owen", "HR-1", addedPlans=[{"productCode": "vision", "rootProductCode": "Vision"}]))
    assert list(held(world, done.member_ids[0])) == ["P003"]


@pytest.mark.rule("GB-MWP-001")
@pytest.mark.rule("MW-3")
def test_a_request_holds_one_family(world: World) -> None:
    one = ([("GB-MWP-001", "A request can hold one family only.")], {})
    assert refused(world, person("Owen", "HR-1"), person("Lea", "HR-9")) == one
    assert refused(world, {"id": NOOR}, {"id": LEA}, patch=True) == one
    saved(world, {"id": NOOR}, {"id": ELIAS}, patch=True)


@pytest.mark.rule("MW-4")
def test_a_fault_of_one_member_or_plan_keeps_the_whole_family_out(world: World) -> None:
    owen = person("Owen", "HR-1", "Self", "P001")
    assert refused(world, owen, person("Mia", "HR-2", "Child", birthdate="soon")) == (
        [],
        {1: [("SF-0001-0003", "Specify a date in yyyy-MM-dd format.")]},
    )
    assert refused(world, owen, person("Mia", "HR-2", "Child", "P003")) == (
        [],
        {1: [("SF-0001-0005", "Specify a valid input for contractGroupPlanId.")]},  # the primary has no vision (MP-7)
    )
    world.run("UPDATE book.group_census SET type = 'Quote'")
    assert refused(world, owen)[0] == [("GB-MPL-001", "Plans can be configured only for an enrollment census.")]
    saved(world, person("Owen", "HR-1"))  # a member without plans may be on it


@pytest.mark.rule("MW-4", "MW-5")
def test_a_patch_removes_adds_and_restates_plans_of_known_members(world: World) -> None:
    add(world, NOOR, "P001", "P012", "P003")
    add(world, ELIAS, "P003")
    mine = held(world, NOOR)
    done = saved(
        world,
        {"id": ELIAS, "phoneNumber": "555-0100", "addedPlans": [by("P004")]},
        {
            "id": NOOR,
            "addedPlans": {"values": [by("P004")]},
            "deletedPlans": [mine["P012"]],
            "upsertedPlans": [{"id": mine["P003"], "name": "Glasses"}, by("P008")],
        },
        patch=True,
    )
    assert done.member_ids == [ELIAS, NOOR]
    assert list(held(world, NOOR)) == ["P001", "P003", "P004", "P008", "P011"]
    assert list(held(world, ELIAS)) == ["P003", "P004"]
    assert done.member_plans == [sorted(held(world, who).values()) for who in (ELIAS, NOOR)]
    assert world.sql(f"SELECT name FROM book.member_plan WHERE member_plan_id = '{mine['P003']}'") == [("Glasses",)]
    assert world.sql(f"SELECT phone_number FROM book.census_member WHERE group_census_member_id = '{ELIAS}'") == [
        ("555-0100",)
    ]


def test_lists_that_do_not_belong_are_refused(world: World) -> None:
    wrong = [("SF-0001-0005", "Specify a valid input for groupCensusMemberPlans.")]
    assert refused(world, {"id": NOOR, "groupCensusMemberPlans": []}, patch=True)[1] == {0: wrong}
    assert refused(world, person("Owen", "HR-1", "Self", "P001", addedPlans=[by("P003")]))[1] == {0: wrong}
    for name, value in (("deletedPlans", ["x"]), ("upsertedPlans", [by("P003")]), ("addedPlans", "P003")):
        said = refused(world, person("Owen", "HR-1", **{name: value}))[1]
        assert said == {0: [("SF-0001-0005", f"Specify a valid input for {name}.")]}
    for entry, name in (
        ("P003", "addedPlans"),
        (by("P003", name=1), "name"),
        (by("P003", attributes={}), "attributes"),
    ):
        said = refused(world, person("Owen", "HR-1", addedPlans=[entry]))[1]
        assert said == {0: [("SF-0001-0005", f"Specify a valid input for {name}.")]}
    assert refused(world, person("Owen", "HR-1", addedPlans=[by("P003", colour="red")]))[1][0][0][0] == "SF-0001-0013"
    lost = refused(world, {"id": NOOR, "upsertedPlans": [{"id": "0r8X"}]}, patch=True)[1]
    assert lost == {0: [("SF-0001-0005", "Specify a valid input for upsertedPlans.")]}
    lost = refused(world, {"id": NOOR, "deletedPlans": ["0r8X", None]}, patch=True)[1]
    assert lost == {0: [("SF-0001-0005", "Specify a valid input for deletedPlans.")]}
    lost = refused(world, {"id": NOOR, "deletedPlans": ["0r8X"]}, patch=True)[1]
    assert lost == {0: [("SF-0001-0005", "Specify a valid input for deletedPlans.")]}


def test_attributes_are_kept_with_the_selection(world: World) -> None:
    stated = [{"attributeCode": "Deductible", "attributeValue": 250}, {"attributeCode": "Tier", "attributeValue": "A"}]
    saved(world, person("Owen", "HR-1", addedPlans=[by("P003", attributes=stated)]))
    assert world.sql("SELECT attributes FROM book.member_plan") == [('{"Deductible":250,"Tier":"A"}',)]


@pytest.mark.rule("EC-8")
def test_configuration_rules_refuse_the_family_if_asked(world: World) -> None:
    rule = {"configuration_rule_id": "0rc1", "contract_id": "800A", "kind": "EXCLUDES", "modified_at": NOW}
    insert(world, "ref.configuration_rule",
           [{**rule, "contract_plan_id": plan_id("P003"), "other_plan_id": plan_id("P004")}])  # fmt: skip
    owen = person("Owen", "HR-1", "Self", "P003", "P004")
    assert refused(world, owen, runs_rules=True)[1] == {
        0: [("GB-MWP-002", "ClearSight can't be combined with Smile Basic.")]
    }
    saved(world, owen)


def test_requests_as_a_whole_are_refused_for_an_unknown_census_and_for_nobody(world: World) -> None:
    for members, census_id, scope, says in (
        ([], CENSUS, EVERYTHING, "Specify an input for members."),
        ([person("Owen", "HR-1")], "0rfX", EVERYTHING, "Specify a valid input for censusId."),
        ([person("Owen", "HR-1")], CENSUS, Scope(account_ids=("001B",)), "Specify a valid input for censusId."),
    ):
        with world.book.write() as tx, pytest.raises(Refused) as caught:
            save_family(tx, census_id, members, is_patch=False, scope=scope, now=NOW)
        assert [error.message for error in caught.value.errors] == [says]


def test_the_number_of_statements_does_not_depend_on_the_size_of_the_family(world: World) -> None:
    counts = []
    for n, source in ((1, "HR-1"), (40, "HR-50")):
        head = person("Owen", source, "Self", "P001", email=f"{source}@example.org")
        kin = [person(f"Kid{n}x{at}", f"{source}-{at}", "Child", "P001", primaryMemberSource=source) for at in range(n)]
        with with_plans_kept(world).book.write() as tx:
            seen = counted(tx)
            save_family(tx, CENSUS, [head, *kin], is_patch=False, scope=EVERYTHING, now=NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]
