"""Selections out of plan cells: syntax, eligibility, families, and the difference to what is held."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.policies import PARTICIPANT, POLICY
from schemas.table import Table
from tests.services.census_load.builder import (
    CENSUS,
    LATER,
    OTHER,
    World,
    a_census,
    a_file,
    insert,
    landed,
    person,
    plan_id,
)


def told(world: World, *people: dict[str, Any], **how: Any) -> list[tuple[str, int, str]]:
    """code, line and column of every issue of a load."""
    return world.load(landed(a_file(*people)), **how).issues.select("code", "line_number", "column_name").rows()


@pytest.mark.rule("BC-25", "BC-26", "PS-15", "MP-12", "OB-6")
def test_a_cell_names_a_plan_and_its_coverages(world: World) -> None:
    assert (
        told(world, person("Noor", plans={"Medical": "Harbor PPO|Preventive|Maternity", "Vision": "ClearSight"})) == []
    )

    assert world.plans_of("Noor") == ["P001", "P003", "P011", "P012"]
    assert world.sql(
        "SELECT DISTINCT enrollment_status, group_census_id, elected_amount_cents FROM book.member_plan"
    ) == [("To Be Started", "0rfGB000000C001AAA", None)]


@pytest.mark.rule("BC-26")
@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        (" harbor ppo | PREVENTIVE ", ["P001", "P011"]),
        ("Harbor  PPO|Preventive", ["P001", "P011"]),
        ("Harbor\nPPO", ["P001"]),
        (f"{plan_id('P001')};{plan_id('P011')}", ["P001", "P011"]),
        (f"{plan_id('P001')} ; {plan_id('P012')};", ["P001", "P012"]),
        ("P001|P012", ["P001", "P012"]),
        ("Harbor PPO; Maternity", ["P001", "P012"]),
        ("Harbor HMO|Preventive", ["P002", "P021"]),
        ("Harbor PPO|Preventive|Preventive", ["P001", "P011"]),
    ],
)
def test_names_codes_and_ids_are_all_understood(world: World, cell: str, codes: list[str]) -> None:
    assert told(world, person("Noor", plans={"Medical": cell})) == []
    assert world.plans_of("Noor") == codes


@pytest.mark.rule("BC-11", "PS-2", "PS-7", "PS-10", "MP-2")
def test_a_plan_off_the_contract_is_refused_and_its_person_kept(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Noor", plans={"Medical": "Harbour PPO", "Vision": "ClearSight"}),
                person("Lea", plans={"Medical": "Harbor PPO|Acupuncture"}),
            )
        )
    )

    assert outcome.issues.select("scope", "severity", "code", "column_name", "raw_value").rows() == [
        ("plan", "error", "plan_not_on_contract", "Medical", "Harbour PPO"),
        ("plan", "error", "plan_not_on_contract", "Medical", "Harbor PPO|Acupuncture"),
    ]
    assert "called Acupuncture" in outcome.issues["hint"][1]
    assert (world.plans_of("Noor"), world.plans_of("Lea")) == (["P003"], ["P001"])
    assert outcome.per_census["n_accepted"].to_list() == [2]


def test_a_coverage_name_of_two_plans_is_ambiguous_without_its_plan(world: World) -> None:
    assert told(world, person("Noor", plans={"Medical": "Harbor PPO;Preventive"})) == [("plan_ambiguous", 2, "Medical")]
    assert world.plans_of("Noor") == ["P001"]


@pytest.mark.rule("PS-2", "MP-2")
def test_an_inactive_plan_is_refused(world: World) -> None:
    assert told(world, person("Noor", plans={"Dental": "Smile Old"})) == [("plan_inactive", 2, "Dental")]
    assert world.plans_of("Noor") == []


@pytest.mark.rule("PS-12")
def test_mandatory_coverages_are_not_added_by_the_load(world: World) -> None:
    assert told(world, person("Noor", plans={"Medical": "Harbor PPO"})) == []
    assert world.plans_of("Noor") == ["P001"]  # P011 is mandatory: it comes with the plan when that is rated


@pytest.mark.rule("BC-28")
def test_a_plan_in_the_column_of_another_type_is_refused(world: World) -> None:
    assert told(world, person("Noor", plans={"Dental": "ClearSight", "Plan": "Harbor HMO"})) == [
        ("plan_of_other_type", 2, "Dental")
    ]
    assert world.plans_of("Noor") == ["P002"]


@pytest.mark.rule("PS-11", "MP-6")
def test_a_coverage_needs_its_plan_in_the_file_or_held(world: World) -> None:
    assert told(world, person("Noor", plans={"Medical": plan_id("P012")})) == [("root_not_chosen", 2, "Medical")]
    assert world.plans_of("Noor") == []

    told(world, person("Noor", plans={"Medical": "Harbor PPO"}), now=LATER)
    assert told(world, person("Noor", plans={"Medical": "Maternity"}), now=LATER) == []
    assert world.plans_of("Noor") == ["P001", "P012"]


@pytest.mark.rule("CV-26", "CV-27", "CV-29", "PS-3", "PS-4", "PS-5", "MP-4", "WP-13")
def test_opt_outs_of_the_same_row_block_plans(world: World) -> None:
    assert told(
        world,
        person("Noor", is_opt_out_all_plans=True, plans={"Vision": "ClearSight"}),
        person(
            "Lea",
            opt_out_plan_types="medical; Dental",
            plans={"Medical": "Harbor PPO|Maternity", "Vision": "ClearSight"},
        ),
    ) == [("opted_out", 2, "Vision"), ("opted_out", 3, "Medical"), ("opted_out", 3, "Medical")]
    assert (world.plans_of("Noor"), world.plans_of("Lea")) == ([], ["P003"])


@pytest.mark.rule("CV-28")
def test_an_opt_out_of_the_primary_binds_the_dependents(world: World) -> None:
    assert ("opted_out", 3, "Vision") in told(
        world,
        person("Noor", opt_out_plan_types="Vision"),
        person("Elias", role="Spouse", plans={"Vision": "ClearSight"}),
    )
    assert world.plans_of("Elias") == []


@pytest.mark.rule("MP-19")
def test_a_new_opt_out_takes_the_held_plans_of_the_family(world: World) -> None:
    told(
        world,
        person("Noor", plans={"Vision": "ClearSight", "Medical": "Harbor PPO"}),
        person("Elias", role="Spouse", plans={"Vision": "ClearSight"}),
    )
    outcome = world.load(landed(a_file(person("Noor", opt_out_plan_types="Vision"))), now=LATER)

    assert (world.plans_of("Noor"), world.plans_of("Elias")) == (["P001"], [])
    assert outcome.per_census["n_selections_removed"].to_list() == [2]


def test_a_plan_in_a_later_file_takes_back_an_earlier_waiver(world: World) -> None:
    told(world, person("Noor", opt_out_plan_types="Vision;Dental"), person("Lea", is_opt_out_all_plans=True))
    assert (
        told(
            world,
            person("Noor", plans={"Vision": "ClearSight"}),
            person("Lea", plans={"Vision": "ClearSight"}),
            now=LATER,
        )
        == []
    )

    assert world.members("opt_out_plan_types", "is_opt_out_all_plans") == [("Dental", False), (None, False)]
    assert world.plans_of("Noor") == ["P003"]


@pytest.mark.rule("CV-30", "PS-6", "BC-27", "MP-3")
@pytest.mark.parametrize(
    ("class_name", "cell", "codes"),
    [
        ("Salaried", "Smile Executive", ["P005"]),  # linked, contains the class
        ("Salaried", "Smile Basic", ["P004"]),  # not linked
        ("Hourly", "Smile Executive", []),  # linked, without the class
        (None, "Smile Basic", ["P004"]),  # no class, not linked
        (None, "Smile Executive", []),  # no class, linked
    ],
)
def test_class_links_decide_who_may_have_a_plan(
    world: World, class_name: str | None, cell: str, codes: list[str]
) -> None:
    issues = told(world, person("Noor", class_name=class_name, plans={"Dental": cell}))

    assert world.plans_of("Noor") == codes
    assert [code for code, _, _ in issues] == ([] if codes else ["class_not_eligible"])


@pytest.mark.rule("CV-31", "CV-15")
def test_a_coverage_asks_its_own_links_and_a_dependent_the_class_of_the_primary(world: World) -> None:
    cell = {"Life": "Life Plus|Executive Rider"}
    assert told(
        world,
        person("Noor", class_name="Salaried", plans=cell),
        person("Elias", role="Spouse", class_name="Hourly", plans=cell),
        person("Owen", "Park", class_name="Hourly", plans=cell),
    ) == [("class_not_eligible", 4, "Life")]
    assert (world.plans_of("Noor"), world.plans_of("Elias"), world.plans_of("Owen")) == (
        ["P007", "P071"],
        ["P007", "P071"],
        ["P007"],
    )


@pytest.mark.rule("CV-31")
def test_a_coverage_is_closed_with_its_plan(world: World) -> None:
    world.run(
        "INSERT INTO book.contract_plan_class (contract_plan_id, group_class_id)"
        f" VALUES ('{plan_id('P001')}', '0rEGB000000K001AAA')"
    )
    assert (
        told(world, person("Noor", plans={"Medical": "Harbor PPO|Maternity"}))
        == [("class_not_eligible", 2, "Medical")] * 2
    )


@pytest.mark.rule("MP-5")
def test_a_second_plan_of_a_type_is_refused(world: World) -> None:
    assert told(world, person("Noor", plans={"Medical": "Harbor PPO", "Plan": "Harbor HMO|Preventive"})) == [
        ("second_plan_of_type", 2, "Plan")
    ]
    assert world.plans_of("Noor") == ["P001"]


@pytest.mark.rule("MP-7", "MP-8", "MP-9", "BC-29", "BC-62")
def test_a_dependent_has_only_plans_of_the_primary_and_may_differ_in_coverages(world: World) -> None:
    assert told(
        world,
        person("Noor", plans={"Medical": "Harbor PPO|Maternity"}),
        person("Elias", role="Spouse", plans={"Medical": "Harbor PPO|Preventive"}),
        person("Mira", role="Child"),
        person("Sami", role="Child", plans={"Medical": "Harbor HMO|Preventive", "Vision": "ClearSight"}),
    ) == [("primary_without_plan", 5, "Medical"), ("primary_without_plan", 5, "Vision")]
    assert [world.plans_of(name) for name in ("Elias", "Mira", "Sami")] == [["P001", "P011"], [], []]


@pytest.mark.rule("MP-7")
def test_plans_that_the_primary_holds_in_the_book_count(world: World) -> None:
    told(world, person("Noor", source_system_identifier="HR-1", plans={"Vision": "ClearSight"}))
    assert (
        told(
            world,
            person("Mira", role="Child", primary_member_source="HR-1", no_link=True, plans={"Vision": "ClearSight"}),
            now=LATER,
        )
        == []
    )
    assert world.plans_of("Mira") == ["P003"]


@pytest.mark.rule("BC-12", "BC-63", "MP-11", "MP-16", "MP-17", "WP-14", "PS-14")
def test_a_category_is_replaced_and_a_blank_cell_leaves_it_alone(world: World) -> None:
    told(world, person("Noor", plans={"Medical": "Harbor PPO|Preventive|Maternity", "Vision": "ClearSight"}))
    before = dict(world.sql("SELECT contract_plan_id, member_plan_id FROM book.member_plan"))
    outcome = world.load(landed(a_file(person("Noor", plans={"Medical": "Harbor PPO|Preventive"}))), now=LATER)
    assert world.plans_of("Noor") == ["P001", "P003", "P011"]
    assert outcome.per_census.select(
        "n_selections_added", "n_selections_removed", "census_version", "n_changed"
    ).rows() == [(0, 1, 2, 0)]

    world.load(landed(a_file(person("Noor", plans={"Medical": "Harbor HMO"}))), now=LATER)
    assert world.plans_of("Noor") == ["P002", "P003"]
    assert (
        dict(world.sql("SELECT contract_plan_id, member_plan_id FROM book.member_plan"))[plan_id("P003")]
        == before[plan_id("P003")]
    )


def test_a_category_whose_cells_all_fail_keeps_what_is_held(world: World) -> None:
    told(world, person("Noor", plans={"Medical": "Harbor PPO"}))
    told(world, person("Noor", plans={"Medical": "Harbour HMO"}), now=LATER)

    assert world.plans_of("Noor") == ["P001"]


@pytest.mark.rule("MP-15")
def test_dependents_lose_a_plan_that_their_primary_gives_up_unless_they_change_too(world: World) -> None:
    family = [("Noor", "Self"), ("Elias", "Spouse"), ("Mira", "Child")]
    told(
        world,
        *(
            person(name, role=role, plans={"Medical": "Harbor PPO|Preventive", "Vision": "ClearSight"})
            for name, role in family
        ),
    )
    told(
        world,
        person("Noor", plans={"Medical": "Harbor HMO"}),
        person("Elias", role="Spouse", plans={"Medical": "Harbor HMO"}),
        now=LATER,
    )

    assert [world.plans_of(name) for name, _ in family] == [["P002", "P003"], ["P002", "P003"], ["P003"]]


@pytest.mark.rule("MP-15")
def test_a_dependent_that_moves_to_another_family_keeps_only_plans_of_its_primary(world: World) -> None:
    both = {"Medical": "Harbor PPO", "Vision": "ClearSight"}
    mira = person("Mira", role="Child", plans=both)
    told(world, person("Noor", plans=both), mira, person("Owen", "Park", plans={"Vision": "ClearSight"}))
    assert world.plans_of("Mira") == ["P001", "P003"]

    assert told(world, person("Owen", "Park"), {**mira, "plans": {}}, now=LATER) == []
    assert world.plans_of("Mira") == ["P003"]
    assert world.plans_of("Noor") == ["P001", "P003"]


def test_a_change_of_the_primarys_coverages_alone_leaves_the_dependents(world: World) -> None:
    told(
        world,
        person("Noor", plans={"Medical": "Harbor PPO|Maternity"}),
        person("Elias", role="Spouse", plans={"Medical": "Harbor PPO|Preventive"}),
    )
    told(world, person("Noor", plans={"Medical": "Harbor PPO"}), now=LATER)

    assert world.plans_of("Elias") == ["P001", "P011"]


@pytest.mark.rule("BC-25", "BC-26")
def test_a_tier_under_a_type_is_the_one_active_plan_of_the_type(world: World) -> None:
    """Of two medical plans it is neither. A plan of the contract that is called so is what the cell names."""
    assert told(world, person("Noor", plans={"Vision": "EE + Spouse", "Medical": "FAM"})) == [
        ("plan_not_named", 2, "Medical")
    ]
    assert world.plans_of("Noor") == ["P003"]
    world.run(f"UPDATE book.contract_plan SET name = 'Family' WHERE contract_plan_id = '{plan_id('P002')}'")
    assert told(world, person("Owen", plans={"Medical": "family"})) == []
    assert world.plans_of("Owen") == ["P002"]


@pytest.mark.rule("MP-20")
def test_an_enrolled_plan_is_not_replaced(world: World) -> None:
    told(world, person("Noor", plans={"Medical": "Harbor PPO", "Vision": "ClearSight"}))
    world.run(
        f"UPDATE book.member_plan SET enrollment_status = 'Completed' WHERE contract_plan_id = '{plan_id('P001')}'"
    )

    assert told(world, person("Noor", plans={"Medical": "Harbor HMO"}), now=LATER) == [("plan_enrolled", 2, "Medical")]
    assert told(world, person("Noor", plans={"Medical": "Harbor PPO|Maternity"}), now=LATER) == []
    assert world.plans_of("Noor") == ["P001", "P003", "P012"]


@pytest.mark.rule("MP-20")
@pytest.mark.parametrize(
    ("status", "is_active", "medical"),
    [("Canceled", True, "P002"), ("In Force", False, "P002"), ("In Force", True, "P001"), ("Expired", True, "P001")],
)
def test_a_plan_whose_policies_were_cancelled_is_replaced(
    world: World, status: str, is_active: bool, medical: str
) -> None:
    """A completed choice is held while a policy stands behind it: not one that was cancelled, or that Noor left. The
    same plan named again stays what it is: a file that is loaded twice revives no policy."""
    noor = person("Noor", plans={"Medical": "Harbor PPO"})
    told(world, noor)
    world.run("UPDATE book.member_plan SET enrollment_status = 'Completed'")
    member = world.members("group_census_member_id")[0][0]
    _insured(world, member, status, is_active)

    assert told(world, noor, now=LATER) == []
    assert world.sql("SELECT enrollment_status FROM book.member_plan") == [("Completed",)]
    issues = told(world, person("Noor", plans={"Medical": "Harbor HMO"}), now=LATER)
    assert issues == ([] if medical == "P002" else [("plan_enrolled", 2, "Medical")])
    assert world.plans_of("Noor") == [medical]
    # Whoever has a policy, cancelled or not, is not removed from the census (CM-24).
    world.run("UPDATE book.member_plan SET enrollment_status = 'Completed'")
    told(world, person("Owen", "Park"), mode="replace", now=LATER)
    assert [name for (name,) in world.members()] == ["Noor", "Owen"]


def _nothing_to_pay(table: Table) -> dict[str, int]:
    return {column.name: 0 for column in table.columns if column.name.endswith("_cents")}


def _insured(world: World, member: str, status: str, is_active: bool) -> None:
    """A policy of the Harbor PPO with one participant."""
    days = {"effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31)}
    policy = {
        "policy_id": "0YT1", "policy_number": "1", "plan_type": "Medical", "name_insured_id": "001A",
        "account_id": "001A", "product_id": "01t1", "contract_plan_id": plan_id("P001"), "contract_id": "800A",
        "group_census_id": CENSUS, "group_census_member_id": member, "status": status, "created_at": LATER,
        "modified_at": LATER, **days, **_nothing_to_pay(POLICY),
    }  # fmt: skip
    insert(world, "book.insurance_policy", [policy])
    person_of = {
        "participant_id": "0iQ1", "policy_id": "0YT1", "group_census_member_id": member, "role": "PolicyHolder",
        "relationship": "Self", "is_active": is_active, "is_policyholder": True, **days,
        **_nothing_to_pay(PARTICIPANT),
    }  # fmt: skip
    insert(world, "book.policy_participant", [person_of])


@pytest.mark.rule("MP-19", "MP-15", "MP-20")
def test_an_enrolled_plan_outlives_an_opt_out_and_the_primarys_change(world: World) -> None:
    plans = {"Medical": "Harbor PPO", "Vision": "ClearSight"}
    told(world, person("Noor", plans=plans), person("Elias", role="Spouse", plans=plans))
    world.run(
        "UPDATE book.member_plan SET enrollment_status = 'Completed' "
        "WHERE group_census_member_id = '0r6000000000000002'"
    )
    told(world, person("Noor", opt_out_plan_types="Vision", plans={"Medical": "Harbor HMO"}), now=LATER)

    assert (world.plans_of("Noor"), world.plans_of("Elias")) == (["P002"], ["P001", "P003"])


@pytest.mark.rule("WP-12")
def test_a_refused_person_gets_no_plans_and_no_plan_issues(world: World) -> None:
    assert told(world, person("Noor", birth_date=date(1850, 1, 1), plans={"Medical": "Harbour"})) == [
        ("birth_date_too_early", 2, "Born")
    ]


@pytest.mark.rule("BC-4", "MP-1")
def test_a_quote_census_takes_members_only_with_one_warning(world: World) -> None:
    world.run(f"UPDATE book.group_census SET type = 'Quote' WHERE group_census_id = '{OTHER}'")
    people = [person(name, plans={"Vision": "ClearSight"}) for name in ("Noor", "Lea")]
    outcome = world.load(landed(a_file(*people, census_id=OTHER)))

    assert outcome.issues.select("code", "scope", "severity").rows() == [("plans_ignored", "file", "warning")]
    assert len(world.members()) == 2 and world.plans_of("Noor") == []


@pytest.mark.rule("BC-5", "WP-7", "PS-1")
def test_without_a_contract_in_its_period_the_members_are_saved_and_no_plan(world: World) -> None:
    insert(
        world,
        "book.group_census",
        [a_census("0rfC", "Third", contract_id=None), a_census("0rfD", "Fourth", effective_date=date(2026, 2, 1))],
    )
    outcome = world.load(
        landed(*(a_file(person("Noor", plans={"Vision": "ClearSight"}), census_id=c) for c in ("0rfC", "0rfD")))
    )

    assert (
        outcome.issues.select("code", "scope", "published_code").rows() == [("no_contract", "plan", "GB-BLK-001")] * 2
    )
    assert len(world.members()) == 2 and world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


def test_faults_of_a_plan_name_the_line_it_stands_on(world: World) -> None:
    """One row per enrollment: the person stands on line 2, the plans on lines of their own."""
    landing = landed(a_file(person("Noor", plans={"Medical": "Nope", "Vision": "ClearSight"}, amounts={"Life": -5})))
    lines = pl.lit(pl.Series([7, 8], dtype=pl.Int32))
    moved = replace(
        landing,
        choices=landing.choices.with_columns(line_number=lines),
        amounts=landing.amounts.with_columns(line_number=pl.lit(9, pl.Int32)),
    )
    outcome = world.load(moved)

    assert outcome.issues.select("line_number", "code").rows() == [(7, "plan_not_on_contract"), (9, "negative_amount")]


def test_an_amount_goes_to_the_plan_of_its_type_and_may_change_later(world: World) -> None:
    told(
        world,
        person(
            "Noor",
            plans={"Supplemental Life": "Extra Life", "Life": "Life Plus"},
            amounts={"Supplemental Life": 10_000_000},
        ),
    )
    selection = (
        "SELECT member_plan_id, contract_plan_id, elected_amount_cents FROM book.member_plan "
        "WHERE elected_amount_cents IS NOT NULL"
    )
    ((first, plan, cents),) = world.sql(selection)
    assert (plan, cents) == (plan_id("P008"), 10_000_000)

    outcome = world.load(landed(a_file(person("Noor", amounts={"Supplemental Life": 20_000_000}))), now=LATER)
    assert world.sql(selection) == [(first, plan, 20_000_000)]
    assert outcome.per_census.select("n_selections_changed", "n_selections_added", "census_version").rows() == [
        (1, 0, 2)
    ]
    world.load(landed(a_file(person("Noor", plans={"Supplemental Life": "Extra Life"}))), now=LATER)
    assert world.sql(selection) == [(first, plan, 20_000_000)]


def test_an_amount_without_a_plan_warns_and_a_negative_one_is_refused(world: World) -> None:
    assert told(
        world,
        person("Noor", amounts={"Supplemental Life": 100}),
        person("Lea", plans={"Supplemental Life": "Extra Life"}, amounts={"Supplemental Life": -100}),
        person("Owen", amounts={"Supplemental Life": 0}),
    ) == [("amount_without_plan", 2, "Supplemental Life Amount"), ("negative_amount", 3, "Supplemental Life Amount")]
    assert world.plans_of("Lea") == ["P008"]


def test_selections_of_another_contract_are_left_alone(world: World) -> None:
    told(world, person("Noor", plans={"Vision": "ClearSight"}))
    world.run(
        "INSERT INTO book.member_plan BY NAME "
        "SELECT * REPLACE ('0r8X' AS member_plan_id, '0rgX' AS contract_plan_id) FROM book.member_plan"
    )
    told(world, person("Noor", plans={"Vision": "ClearSight"}), now=LATER)

    assert world.sql("SELECT count(*) FROM book.member_plan") == [(2,)]


def test_ids_of_selections_rise_with_members(world: World) -> None:
    told(world, *(person(name, plans={"Vision": "ClearSight", "Medical": "Harbor PPO"}) for name in ("Noor", "Lea")))

    rows = world.sql("SELECT group_census_member_id, contract_plan_id FROM book.member_plan ORDER BY member_plan_id")
    assert rows == sorted(rows)


@pytest.mark.rule("BC-26", "BC-11")
@pytest.mark.parametrize("cell", ["Yes", "y", "X", "TRUE", "Enrolled"])
def test_yes_chooses_the_only_plan_of_the_type_of_its_column(world: World, cell: str) -> None:
    """Election flags stand in many a census; Yes names a plan only where it can mean no other."""
    assert told(world, person("Noor", plans={"Vision": cell})) == []
    assert world.plans_of("Noor") == ["P003"]

    assert told(world, person("Lea", plans={"Medical": cell})) == [("plan_not_named", 2, "Medical")]  # PPO or HMO
    assert told(world, person("Owen", plans={"Plan": cell})) == [("plan_not_on_contract", 2, "Plan")]  # of which type?
    world.run("UPDATE book.contract_plan SET status = 'Inactive' WHERE plan_code = 'P003'")
    assert told(world, person("Ada", plans={"Vision": cell})) == [("plan_not_named", 2, "Vision")]
    assert [world.plans_of(name) for name in ("Lea", "Owen", "Ada")] == [[], [], []]


def test_a_plan_called_like_yes_is_found_by_its_name(world: World) -> None:
    world.run(f"UPDATE book.contract_plan SET plan_code = 'X' WHERE contract_plan_id = '{plan_id('P002')}'")
    assert told(world, person("Noor", plans={"Medical": "x"})) == []
    assert world.plans_of("Noor") == ["X"]


def test_enrollment_censuses_on_which_nobody_has_a_plan_are_named(world: World) -> None:
    def named(*people: dict[str, Any], **how: Any) -> list[tuple[Any, ...]]:
        return world.load(landed(a_file(*people)), **how).without_plans.rows()

    assert named(person("Noor"), dry_run=True) == [("Acme Ltd.", "First")]
    assert named(person("Noor"), person("Lea", plans={"Vision": "ClearSight"})) == []
    assert named(person("Owen")) == []  # Lea still has hers
    assert named(person("Noor"), mode="replace") == [("Acme Ltd.", "First")]
    assert named({**person("Ada"), "first_name": None}) == []  # nobody was accepted: that is said instead
    world.run(f"UPDATE book.group_census SET type = 'Quote' WHERE group_census_id = '{CENSUS}'")
    assert named(person("Noor")) == []  # a quote is rated on the plans of its lines
