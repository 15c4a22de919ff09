"""Std updateMembersWithPlans: a census with its plans in one call (census with plans, section 1)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.members.std import StdSaved
from services.members.std_with_plans import update_members_with_plans
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, SALARIED, SEASONAL, World, plan_id
from tests.services.members.std_door import CONTRACT, StdDoor, elias, errors, headers, mira, noor, owen, plans, watched

ORPHAN = "Dependent has no primary member."


@pytest.fixture
def std(world: World) -> StdDoor:
    return StdDoor(world)


def held(std: StdDoor) -> list[tuple[str, str]]:
    """First name and plan code of every selection, in the order they were made."""
    return std.world.sql(
        "SELECT m.first_name, p.plan_code FROM book.member_plan AS s"
        " JOIN book.contract_plan AS p USING (contract_plan_id)"
        " JOIN book.census_member AS m USING (group_census_member_id) ORDER BY s.member_plan_id"
    )


def plan_errors(done: StdSaved) -> list[tuple[Any, ...]]:
    return [(e["Id"], e["isNewMember"], e["numPlans"], e["numPlansError"], e["error"]) for e in done.errors]


def not_valid(*short: str) -> str:
    return "ContractGroupPlan value is not valid:" + "; ".join(plan_id(code) for code in short)


@pytest.mark.rule("WP-1", "WP-8", "WP-11", "WP-13", "CV-28")
def test_the_published_example_keeps_noor_with_two_plans_and_takes_elias_out_again(std: StdDoor) -> None:
    cell = plans("P001", "P011", "P003")
    done = std.load(
        noor(
            Email="noor.haddad@example.org",
            PrimaryMemberSource=None,
            OptOutPlanTypes="Vision",
            ContractGroupPlanId=cell,
        ),
        elias(Email="elias.haddad@example.org", ContractGroupPlanId=plans("P003")),
        only=True,
    )
    [(noor_id,)] = std.world.sql("SELECT group_census_member_id FROM book.census_member")
    [elias_id] = done.deleted_member_ids or []
    made = [row[0] for row in std.world.sql("SELECT member_plan_id FROM book.member_plan ORDER BY 1")]
    assert done.told() == {
        "result": "success",
        "errorCode": "INVOKE-200",
        "error": "OK",
        "censusMemberIds": [noor_id],
        "deletedCensusMemberIds": [elias_id],
        "memberPlanIds": made,
        "relatedFieldsUpdateSuccessCount": 1,
        "relatedFieldsUpdateErrorCount": 0,
        "relatedFieldsUpdateErrors": [],
        "errors": [
            {
                "Id": noor_id,
                "isNewMember": True,
                "numPlans": 3,
                "numPlansError": 1,
                "ContractGroupPlan": cell,
                "error": not_valid("P003"),
            },
            {
                "Id": elias_id,
                "isNewMember": True,
                "numPlans": 1,
                "numPlansError": 1,
                "ContractGroupPlan": plans("P003"),
                "error": not_valid("P003"),
            },
        ],
    }
    assert held(std) == [("Noor", "P001"), ("Noor", "P011")]
    assert elias_id != noor_id


@pytest.mark.rule("WP-2", "CV-25")
def test_a_known_key_is_changed_and_an_unknown_one_made(std: StdDoor) -> None:
    first = std.load(noor(MemberKey="K1", ContractGroupPlanId=plans("P001")))
    done = std.load(
        noor(MemberKey="K1", City="Porto", ContractGroupPlanId=""),
        owen(MemberKey="K2", ContractGroupPlanId=plans("P003")),
    )
    assert done.member_ids[0] == first.member_ids[0] and len(done.member_ids) == 2
    assert std.stored("first_name", "city") == [("Noor", "Porto"), ("Owen", None)]
    assert done.errors == []


@pytest.mark.rule("WP-3")
def test_the_key_of_the_row_is_used_as_given_and_computed_where_there_is_none(std: StdDoor) -> None:
    std.load(noor(Email="noor.haddad@example.org"), owen())
    keys = dict(std.stored("first_name", "member_key"))
    assert keys["Noor"] == "4b22d9020db8103fa321ec1d8ca6d23b"  # the published vector
    done = std.load(
        {**noor(), "MemberKey": keys["Noor"], "FirstName": "NourUpdated", "Email": "nour@example.org"}, owen()
    )
    assert done.errors == []
    assert std.stored("first_name", "member_key") == [
        ("NourUpdated", "4b22d9020db8103fa321ec1d8ca6d23b"),
        ("Owen", keys["Owen"]),
    ]


@pytest.mark.rule("WP-3", "CV-18")
def test_the_caller_s_fields_take_the_place_of_the_default_key(std: StdDoor) -> None:
    first = std.load(noor(), duplicate_keys=["SourceSystemIdentifier"])
    again = std.load({**noor(), "FirstName": "Nour"}, duplicate_keys=["SourceSystemIdentifier"])
    assert again.member_ids == first.member_ids
    assert std.stored() == [("Nour",)]


@pytest.mark.rule("WP-4", "CV-8", "CV-12", "CV-14")
def test_families_are_linked_orphans_told_and_dependents_counted(std: StdDoor) -> None:
    done = std.load(mira(), noor(), elias(PrimaryMemberSource=None))
    assert errors(done) == [("Elias", ORPHAN)]
    mira_id, noor_id = done.member_ids
    assert std.stored("group_census_member_id", "primary_member_id", "dependent_count") == [
        (mira_id, noor_id, None),
        (noor_id, None, 1),
    ]
    says = "The PrimaryMemberSource must be null for primary members."
    assert errors(std.load(owen(PrimaryMemberSource="x"))) == [("Owen", says)]


@pytest.mark.rule("WP-6", "CV-32")
def test_a_class_must_hold_for_the_whole_term_of_the_contract(std: StdDoor) -> None:
    done = std.load(noor(GroupClassId=SEASONAL), owen(GroupClassId=HOURLY, ContractGroupPlanId=plans("P001")))
    assert errors(done) == [("Noor", "The group class is not valid.")]
    std.world.run(
        "UPDATE book.group_class SET effective_start_date = DATE '2026-01-01', effective_end_date = DATE '2026-12-31'"
        f" WHERE group_class_id = '{SEASONAL}'"
    )  # first and last day of the contract
    assert std.load(noor(GroupClassId=SEASONAL)).errors == []
    std.world.run(
        f"UPDATE book.group_class SET effective_end_date = DATE '2026-12-30' WHERE group_class_id = '{SEASONAL}'"
    )
    assert errors(std.load({**owen(GroupClassId=SEASONAL), "FirstName": "Otto"})) == [
        ("Otto", "The group class is not valid.")
    ]


@pytest.mark.rule("WP-7")
@pytest.mark.parametrize("contract_id", [None, "", "800none", "800B"])
def test_without_a_right_contract_members_are_saved_no_plan_is_and_no_class_is_asked(
    std: StdDoor, contract_id: str | None
) -> None:
    std.world.run(
        "INSERT INTO book.contract SELECT * REPLACE ('800B' AS contract_id, '001B' AS account_id,"
        " 'C-2' AS contract_number) FROM book.contract"
    )
    done = std.load(noor(GroupClassId=SEASONAL, ContractGroupPlanId=plans("P001")), contract_id=contract_id)
    assert (done.errors, done.member_plan_ids, done.deleted_member_ids) == ([], [], [])
    assert len(done.warnings) == 1
    assert std.stored() == [("Noor",)]
    assert held(std) == []


@pytest.mark.rule("WP-8")
def test_the_option_takes_out_new_members_without_a_valid_plan_and_no_old_ones(std: StdDoor) -> None:
    std.add(noor(MemberKey="K1"))
    rows = (
        noor(MemberKey="K1", ContractGroupPlanId=plans("P999")),
        owen(MemberKey="K2", ContractGroupPlanId=plans("P999")),
        {
            **owen(MemberKey="K3", ContractGroupPlanId=plans("P003", "P999")),
            "FirstName": "Ada",
            "SourceSystemIdentifier": "A",
        },
        {**owen(MemberKey="K4"), "FirstName": "Tom", "SourceSystemIdentifier": "T"},
    )
    done = std.load(*rows, only=True)
    assert std.stored() == [("Noor",), ("Ada",)]
    assert len(done.deleted_member_ids or []) == 2  # Owen, and Tom who asked for nothing
    assert held(std) == [("Ada", "P003")]
    kept = std.load(*rows)
    assert kept.deleted_member_ids == []
    assert len(std.stored()) == 4


@pytest.mark.rule("WP-8", "CV-30")
def test_a_plan_closed_to_the_class_of_the_row_is_no_valid_plan(std: StdDoor) -> None:
    done = std.load(
        noor(GroupClassId=SALARIED, ContractGroupPlanId=plans("P005")),
        owen(GroupClassId=HOURLY, ContractGroupPlanId=plans("P005")),
        only=True,
    )
    assert held(std) == [("Noor", "P005")]
    assert [one[4] for one in plan_errors(done)] == [not_valid("P005")]
    assert std.stored() == [("Noor",)]


@pytest.mark.rule("WP-9", "WP-11")
def test_a_wrong_contract_with_the_option_leaves_no_new_member_behind_and_tells_each(std: StdDoor) -> None:
    std.add(noor(MemberKey="K1"))
    done = std.load(
        noor(MemberKey="K1", ContractGroupPlanId=plans("P001")),
        owen(MemberKey="K2", ContractGroupPlanId=plans("P003")),
        contract_id="800none",
        only=True,
    )
    assert std.stored() == [("Noor",)]
    assert [one[0] for one in plan_errors(done)] == done.deleted_member_ids
    assert not {*done.member_ids} & {*(done.deleted_member_ids or [])}


@pytest.mark.rule("WP-10", "WP-11", "CV-14")
def test_a_new_primary_that_goes_takes_its_new_dependents_and_is_not_counted(std: StdDoor) -> None:
    done = std.load(
        noor(ContractGroupPlanId=plans("P999")),
        mira(ContractGroupPlanId=plans("P003")),
        owen(ContractGroupPlanId=plans("P003")),
        {**mira(PrimaryMemberSource="P1"), "FirstName": "Ina", "SourceSystemIdentifier": "I"},
        only=True,
    )
    assert std.stored("first_name", "dependent_count") == [("Owen", 0)]  # Ina had no plan and is counted no more
    assert held(std) == [("Owen", "P003")]
    assert len(done.deleted_member_ids or []) == 3
    assert (len(done.member_ids), len(done.member_plan_ids or []), done.n_primaries) == (1, 1, 1)


@pytest.mark.rule("WP-12")
def test_a_member_that_is_not_saved_gets_no_plans_and_one_error(std: StdDoor) -> None:
    bad = elias(Email="teststephUpdated.com", ContractGroupPlanId=plans("P001", "P999"))
    done = std.load(noor(ContractGroupPlanId=plans("P001")), bad)
    assert done.errors == [
        {**bad, "error": "[Email]: INVALID_EMAIL_ADDRESS - Email: invalid email address: teststephUpdated.com"}
    ]
    assert held(std) == [("Noor", "P001")]


@pytest.mark.rule("WP-13", "CV-26", "CV-27")
def test_opt_outs_of_the_same_call_count(std: StdDoor) -> None:
    done = std.load(
        noor(IsOptOutAllPlans=True, ContractGroupPlanId=plans("P001")),
        owen(OptOutPlanTypes="vision ; Dental", ContractGroupPlanId=plans("P003", "P004", "P007")),
    )
    assert held(std) == [("Owen", "P007")]
    assert [one[2:] for one in plan_errors(done)] == [(1, 1, not_valid("P001")), (3, 2, not_valid("P003", "P004"))]


@pytest.mark.rule("WP-14", "CV-25")
def test_plans_that_are_held_stay_and_make_no_second_record(std: StdDoor) -> None:
    first = std.load(noor(ContractGroupPlanId=plans("P001", "P001")))
    assert len(first.member_plan_ids or []) == 1
    again = std.load(noor(ContractGroupPlanId=plans("P001", "P003")))
    assert held(std) == [("Noor", "P001"), ("Noor", "P003")]
    assert len(again.member_plan_ids or []) == 1
    assert std.load(noor(ContractGroupPlanId=plans("P003"))).member_plan_ids == []
    assert held(std) == [("Noor", "P001"), ("Noor", "P003")]


@pytest.mark.parametrize("column", ["ContractGroupPlanId", "ContactGroupPlanId", "ContractGroupPlan"])
def test_the_plan_column_goes_by_three_names_and_needs_a_header(std: StdDoor, column: str) -> None:
    row = {**noor(), column: plans("P003")}
    assert std.load(row, named=["FirstName", "Lastname"]).member_plan_ids == []
    assert len(std.load(row).member_plan_ids or []) == 1


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("ContractGroupPlanId", "Contract Group Plan ID"),
        ("ContactGroupPlanId", "Contact Group Plan ID"),
        ("ContractGroupPlan", "Contract Group Plan"),
    ],
)
def test_a_plan_cell_of_the_wrong_kind_is_told_under_its_field_s_own_name(
    std: StdDoor, column: str, label: str
) -> None:
    done = std.load({**noor(), column: ["P003"]})  # the form of conventions, 4.3
    assert [error["error"] for error in done.errors] == [
        f'[{column}]: INVALID_TYPE_ON_FIELD_IN_RECORD - {label}: value not of required type: ["P003"]'
    ]


@pytest.mark.parametrize(
    ("census_id", "census", "says"),
    [
        (None, {"headers": headers("FirstName"), "members": [noor()]}, "Specify a censusId."),
        (CENSUS, None, "The census input is missing."),
        (CENSUS, {"members": [noor()]}, "The header node is missing in the census input."),
        (CENSUS, {"headers": headers("FirstName")}, "The members node is missing in the census input."),
    ],
)
def test_what_is_missing_refuses_the_call(std: StdDoor, census_id: Any, census: Any, says: str) -> None:
    with std.world.book.write() as tx, pytest.raises(Refused) as caught:
        update_members_with_plans(tx, census_id, CONTRACT, census, scope=EVERYTHING, now=NOW)
    assert caught.value.errors[0].message == says


def test_a_census_or_contract_out_of_scope_is_one_that_is_not_there(std: StdDoor) -> None:
    with pytest.raises(Refused):
        std.load(noor(), scope=Scope(("001B",)))
    assert std.stored() == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_members(std: StdDoor) -> None:
    counts: list[int] = []
    for n in (1, 2, 200):  # with the first one the server reads what it keeps of the plans
        rows = [
            owen(FirstName=f"F{n}-{i}", SourceSystemIdentifier=f"{n}-{i}", ContractGroupPlanId=plans("P003", "P999"))
            for i in range(n)
        ]
        with std.world.book.write() as tx:
            seen = watched(tx)
            census = {"headers": headers(*owen(), "ContractGroupPlanId"), "members": rows}
            done = update_members_with_plans(
                tx, CENSUS, CONTRACT, census, only_with_valid=True, scope=EVERYTHING, now=NOW
            )
        assert (len(done.member_ids), len(done.member_plan_ids or []), len(done.errors)) == (n, n, n)
        counts.append(len(seen))
    assert counts[1] == counts[2]
