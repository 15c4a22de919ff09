"""Every setting of the shelf and the census arrives in the core's column: names as codes, dollars as cents.

What lives here: books of a handful of rows, read into a batch. What does not: what the settings come to
(`tests.rating`), and spans and roots (`tests.services.test_gather`).
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rating.codes import (
    NONE,
    AgeDate,
    AmountScope,
    Axis,
    Continuation,
    Evidence,
    Grade,
    Issue,
    MoneyRounding,
    OutsideTable,
    Proration,
    ReductionDate,
    ShareKind,
    SpouseAge,
    Strategy,
    TargetKind,
    Tier,
)
from rating.columns import is_constant
from services.asked import Censuses, Families
from services.assemble import Gathered, assemble
from services.gather import gather
from services.refusals import Malformed
from tests.filled_book import filled_book
from tests.services.test_gather import CELL, CONTRACT, MEMBER, ONE_PLAN, TABLE, Rows, chosen, plan, priced


def batch_of(path: Path, rows: Rows, rating_date: date | None = None) -> Gathered:
    """What the core gets of a book with these rows and the contract."""
    book = filled_book(path / "benefits.duckdb", CONTRACT | rows)
    with book.read() as tx:
        return assemble(gather(tx, Censuses(["C"], rating_date)))


def stated(**values: str) -> Rows:
    """Attributes of the one plan."""
    return {
        "book.contract_plan_attribute": [
            {"contract_plan_id": "P", "attribute_name": name, "value": value} for name, value in values.items()
        ]
    }


def child(born: date, **more: Any) -> dict[str, Any]:
    """A child of the one member."""
    return MEMBER | {
        "group_census_member_id": "N",
        "primary_member_id": "M",
        "relationship": "Child",
        "association": "Child",
        "birth_date": born,
    } | more  # fmt: skip


def held_by(*people: str, key: str = "P") -> list[dict[str, Any]]:
    """Selections of one plan."""
    return [chosen(key) | {"member_plan_id": f"{p}{key}", "group_census_member_id": p} for p in people]


# ------------------------------------------------------------------------------------------------------- plans


def test_benefits_and_experience_of_a_plan_arrive_in_cents_and_ten_thousandths(tmp_path: Path) -> None:
    rows = stated(
        BenefitMinimum="10000",
        BenefitPayMultipleMaximum="5",
        BenefitPercentOfEmployee="50",
        CoveredPayMaximum="10000.50",
        RequiredPremium="92400",
        ExperienceRate="541.2",
        LifeYears="1600",
        FullCredibilityLifeYears="10000",
        AgeReductionDate="FIRST_OF_MONTH",
    )
    offers = batch_of(tmp_path, ONE_PLAN | rows).batch.offers
    assert offers.minimum_cents.tolist() == [1_000_000]
    assert offers.pay_multiple_cap_e4.tolist() == [50_000]
    assert offers.employee_percent_cap_e4.tolist() == [500_000]
    assert offers.covered_pay_cents.tolist() == [1_000_050]
    assert offers.required_cents.tolist() == [9_240_000]
    assert offers.experience_e6.tolist() == [541_200_000]
    assert offers.life_years_e4.tolist() == [16_000_000]
    assert offers.full_credibility_e4.tolist() == [100_000_000]
    assert offers.reduction_date.tolist() == [ReductionDate.FIRST_OF_MONTH]


def test_what_no_plan_states_is_left_out_so_that_it_costs_nothing(tmp_path: Path) -> None:
    batch = batch_of(tmp_path, ONE_PLAN | priced("P")).batch
    for name in ("minimum_cents", "experience_e6", "wash_day", "proration_end", "group_size", "participation_e4"):
        assert is_constant(getattr(batch.offers, name)), name
    for name in ("issue_date", "added_date", "continuation", "evidence", "approved_cents", "approved_from", "is_late"):
        assert is_constant(getattr(batch.coverages, name)), name
    assert is_constant(batch.members.rank)
    assert is_constant(batch.members.hire_date)


def test_both_schedules_of_a_plan_are_rows_of_one_bundle(tmp_path: Path) -> None:
    made = batch_of(tmp_path, ONE_PLAN | stated(AgeReductionSchedule="65:65", GuaranteedIssueSchedule="70:50;75:0"))
    offers, reductions = made.batch.offers, made.batch.reductions
    first, last = reductions.start[offers.guaranteed_reduction[0]], reductions.start[offers.guaranteed_reduction[0] + 1]
    assert reductions.age[first:last].tolist() == [70, 75]
    assert reductions.percent_left_e4[first:last].tolist() == [500_000, 0]
    assert reductions.age[reductions.start[offers.reduction[0]]] == 65


def test_how_a_root_plan_is_charged_holds_for_its_coverages(tmp_path: Path) -> None:
    root = plan("P") | {
        "proration_method": "MID_MONTH",
        "proration_end": "FULL_MONTH",
        "proration_change": "DAILY_30",
        "proration_newborn": "BIRTH_MONTH_FREE",
        "wash_day": 10,
        "priority": 2,
        "contribution_strategy": "LEGACY_PER_LEVEL",
    }
    offers = batch_of(tmp_path, ONE_PLAN | {"book.contract_plan": [root, plan("PA", "P"), plan("Q")]}).batch.offers
    assert offers.proration.tolist() == [Proration.MID_MONTH] * 2 + [Proration.DAILY_TERM]
    assert offers.proration_end.tolist() == [Proration.FULL_MONTH] * 2 + [NONE]
    assert offers.proration_change.tolist() == [Proration.DAILY_30] * 2 + [NONE]
    assert offers.proration_newborn.tolist() == [Proration.BIRTH_MONTH_FREE] * 2 + [NONE]
    assert offers.wash_day.tolist() == [10, 10, 15]
    assert offers.priority.tolist() == [2, 2, 0]
    assert offers.strategy.tolist() == [Strategy.LEGACY_PER_LEVEL] * 2 + [Strategy.STANDARD]


@pytest.mark.rule("CB-13")
@pytest.mark.parametrize(
    ("of_contract", "expected"), [(None, "STANDARD"), ("CURRENT", "STANDARD"), ("LEGACY_PER_LEVEL", "LEGACY_PER_LEVEL")]
)
def test_a_plan_without_a_strategy_of_its_own_takes_the_contracts(
    tmp_path: Path, of_contract: str | None, expected: str
) -> None:
    contract = CONTRACT["book.contract"][0] | {"contribution_strategy": of_contract}
    plans = [plan("P"), plan("Q", contribution_strategy="STANDARD")]
    rows = ONE_PLAN | {"book.contract": [contract], "book.contract_plan": plans}
    assert batch_of(tmp_path, rows).batch.offers.strategy.tolist() == [Strategy[expected], Strategy.STANDARD]


# ------------------------------------------------------------------------------------------------------- the group


def group_of(rows: Rows, **contract: Any) -> Rows:
    """A table by the group's size and participation, eight employees, and what the contract states."""
    employees = [
        MEMBER | {"group_census_member_id": f"M{n}", "family_id": f"M{n}", "group_class_id": None} for n in range(8)
    ]
    employees[7] |= {"opt_out_plan_types": "Dental; life"}
    employees[6] |= {"termination_date": date(2025, 12, 31)}
    employees[5] |= {"termination_date": date(2026, 1, 1)}
    return {
        "book.contract": [CONTRACT["book.contract"][0] | contract],
        "book.census_member": employees,
        "book.contract_plan": [plan("P")],
        "book.member_plan": held_by("M0", "M1", "M7"),
        "ref.rate_table": [TABLE | {"axes": ["participation"]}],
        "ref.rate_cell": [CELL | {"keys": ["25.5"]}],
        "ref.rate_table_plan": [{"rate_table_id": "T", "contract_plan_id": "P"}],
    } | rows


def test_group_size_and_participation_are_counted_on_the_census(tmp_path: Path) -> None:
    # One of eight left before the term: 7. One of those refuses life, so 6 are eligible, of whom 2 hold it: 33.3333 %.
    offers = batch_of(tmp_path, group_of({})).batch.offers
    assert (offers.group_size.tolist(), offers.participation_e4.tolist()) == ([7], [333_333])


def test_what_the_contract_states_of_the_group_goes_before_what_is_counted(tmp_path: Path) -> None:
    # 2 of 3: 66.6667 %, rounded to the nearest.
    made = batch_of(tmp_path, group_of({}, group_size=120, eligible_employees=3, industry_code=" Bakery"))
    assert (made.batch.offers.group_size.tolist(), made.batch.offers.participation_e4.tolist()) == ([120], [666_667])


def test_more_takers_than_eligible_employees_are_all_of_them(tmp_path: Path) -> None:
    assert batch_of(tmp_path, group_of({}, eligible_employees=1)).batch.offers.participation_e4.tolist() == [1_000_000]


def test_employees_of_other_classes_are_not_eligible_for_a_plan(tmp_path: Path) -> None:
    rows = group_of({})
    people = rows["book.census_member"]
    for person in people[:4]:
        person["group_class_id"] = "G"
    more: Rows = {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "book.contract_plan_class": [{"contract_plan_id": "P", "group_class_id": "G"}],
    }
    assert batch_of(tmp_path, rows | more).batch.offers.participation_e4.tolist() == [500_000]  # 2 of 4


@pytest.mark.parametrize(
    ("rows", "n_members"),
    [
        pytest.param({}, 3, id="a table that varies by participation"),
        pytest.param(
            stated(GuaranteedIssueMinimumParticipation="25") | {"ref.rate_table": [TABLE], "ref.rate_cell": [CELL]},
            3,
            id="a minimum participation",
        ),
        pytest.param(
            {"ref.rate_table": [TABLE | {"method": "average_age"}], "ref.rate_cell": [CELL]}, 3, id="a rate made of all"
        ),
        pytest.param({"ref.rate_table": [TABLE], "ref.rate_cell": [CELL]}, 1, id="a price of the family's own"),
    ],
)
def test_a_family_asked_for_alone_is_gathered_with_its_census_where_the_price_hangs_on_it(
    tmp_path: Path, rows: Rows, n_members: int
) -> None:
    book = filled_book(tmp_path / "benefits.duckdb", CONTRACT | group_of(rows))
    with book.read() as tx:
        alone, all_of_it = (assemble(gather(tx, asked)).batch for asked in (Families("K", ["M0"]), Censuses(["C"])))
    assert alone.offers.participation_e4.tolist() == all_of_it.offers.participation_e4.tolist()
    assert len(all_of_it.members) == 3  # who holds the plan
    assert len(alone.members) == n_members


@pytest.mark.parametrize(("least", "guaranteed"), [("33.3333", 5_000_000), ("33.3334", 0)])
def test_below_the_minimum_participation_nothing_is_guaranteed(tmp_path: Path, least: str, guaranteed: int) -> None:
    rows = group_of(
        stated(GuaranteedIssueAmount="50000", GuaranteedIssueMinimumParticipation=least) | {"ref.rate_table": [TABLE]}
    )
    rows["ref.rate_cell"] = [CELL]
    assert batch_of(tmp_path, rows).batch.offers.guaranteed_cents.tolist() == [guaranteed]


# ------------------------------------------------------------------------------------------------------- rates


def test_the_settings_of_a_table_arrive(tmp_path: Path) -> None:
    table = TABLE | {
        "method": "child_capped",
        "age_date": "TAX_YEAR_END",
        "spouse_age": "EMPLOYEE",
        "money_rounding": "TRUNCATE",
        "outside_table": "ISSUE",
        "limits": "age:18-64;salary:-100000.50;participation:25.5-",
        "child_lines": ["Medical", "Vision"],
        "base_table": "B",
        "round_places": "3;;2",
        "factor_tables": ["F2", "F1"],
    }
    others = [TABLE | {"rate_table_id": key, "name": key} for key in ("B", "F1", "F2", "U")]
    for factor in others[1:3]:
        factor["method"] = "factor"
    tables = batch_of(tmp_path, ONE_PLAN | priced("P") | {"ref.rate_table": [table, *others]}).rates.tables
    rows = {"B": 0, "T": 1, "F1": 2, "F2": 3}  # prices by id, then factors; U prices nothing
    assert len(tables) == 4
    at = rows["T"]
    assert tables.age_date[at] == AgeDate.TAX_YEAR_END
    assert tables.spouse_age[at] == SpouseAge.EMPLOYEE
    assert tables.money_rounding[at] == MoneyRounding.TRUNCATE
    assert tables.outside[at] == OutsideTable.ISSUE
    assert (tables.low[Axis.AGE, at], tables.high[Axis.AGE, at]) == (18, 64)
    assert (tables.low[Axis.SALARY, at], tables.high[Axis.SALARY, at]) == (NONE, 10_000_050)
    assert (tables.low[Axis.PARTICIPATION, at], tables.high[Axis.PARTICIPATION, at]) == (255_000, NONE)
    assert tables.child_lines[at] == 0b101  # Medical is the first product type, Vision the third
    assert tables.base_table[at] == rows["B"]
    assert tables.round_places[at].tolist()[:3] == [3, NONE, 2]
    assert tables.factor_tables[at].tolist()[:2] == [rows["F2"], rows["F1"]]


def test_a_table_that_states_nothing_has_the_defaults(tmp_path: Path) -> None:
    tables = batch_of(tmp_path, ONE_PLAN | priced("P")).rates.tables
    assert (tables.age_date[0], tables.spouse_age[0], tables.money_rounding[0]) == (0, 0, 0)
    assert (tables.outside[0], tables.child_lines[0], tables.base_table[0]) == (0, -1, NONE)
    assert (tables.low[:, 0] == NONE).all()
    assert (tables.round_places[0] == NONE).all()


def test_eight_factor_tables_are_read_in_their_order(tmp_path: Path) -> None:
    names = [f"F{n}" for n in (7, 3, 5, 1, 8, 2, 6, 4)]
    factors = [TABLE | {"rate_table_id": key, "name": key, "method": "factor"} for key in names]
    rows = {"ref.rate_table": [TABLE | {"factor_tables": names}, *factors]}
    tables = batch_of(tmp_path, ONE_PLAN | priced("P") | rows).rates.tables
    assert tables.factor_tables[0].tolist() == [int(name[1]) for name in names]


@pytest.mark.parametrize("setting", [{"factor_tables": ["gone"]}, {"base_table": "gone"}])
def test_a_table_that_names_another_that_is_not_there_is_refused(tmp_path: Path, setting: dict[str, Any]) -> None:
    rows = ONE_PLAN | priced("P") | {"ref.rate_table": [TABLE | setting]}
    with pytest.raises(Malformed, match=r"names a (factor|base) table that there is not: gone"):
        batch_of(tmp_path, rows)


def test_a_method_that_is_not_installed_never_reads_as_a_table_of_factors(tmp_path: Path) -> None:
    rows = ONE_PLAN | priced("P") | {"ref.rate_table": [TABLE | {"method": "of_another_package"}]}
    with pytest.raises(Malformed, match="has a method that there is not: of_another_package") as refused:
        batch_of(tmp_path, rows)
    assert "the package that brings it" in refused.value.says
    assert "cells" not in refused.value.remedy


@pytest.mark.parametrize(
    ("axis", "known", "unknown"),
    [
        ("relationship", "Spouse", "Nobody"),
        ("tier", "EE", "XX"),
        ("tobacco", "Smoker", "Sometimes"),
        ("age", "40", "x"),
    ],
)
def test_a_cell_for_a_value_that_there_is_not_never_reads_as_any_value(
    tmp_path: Path, axis: str, known: str, unknown: str
) -> None:
    rows = ONE_PLAN | priced("P") | {"ref.rate_table": [TABLE | {"axes": [axis]}]}
    batch_of(tmp_path / "known", rows | {"ref.rate_cell": [CELL | {"keys": [known]}]})
    with pytest.raises(Malformed, match=f"has a cell for a {axis} that there is not: {unknown}"):
        batch_of(tmp_path / "unknown", rows | {"ref.rate_cell": [CELL | {"keys": [unknown]}]})


def test_keys_of_every_axis_are_read_in_the_units_of_its_fact(tmp_path: Path) -> None:
    axes = ["industry", "plan", "group_size", "participation", "duration", "service", "female_percent"]
    keys = ["BAKERY", "p", "51", "25.5", "12", "5", "40.25"]
    rows = group_of({}, industry_code="bakery")
    rows["ref.rate_table"] = [TABLE | {"axes": axes}]
    rows["ref.rate_cell"] = [CELL | {"keys": keys}]
    made = batch_of(tmp_path, rows)
    offers, tables = made.batch.offers, made.rates.tables
    facts = {
        Axis.INDUSTRY: int(offers.industry[0]) + 1,
        Axis.PLAN: int(offers.plan_label[0]) + 1,
        Axis.GROUP_SIZE: 51,
        Axis.PARTICIPATION: 255_000,
        Axis.DURATION: 12,
        Axis.SERVICE: 5,
        Axis.FEMALE_PERCENT: 402_500,
    }

    def found(facts: dict[Axis, int]) -> int:
        day = np.array([np.datetime64("2026-01-01")]).view(np.int64)
        return int(tables.look_up(np.zeros(1, np.intp), day, lambda axis: np.array([facts.get(axis, 0)]))[0])

    assert found(facts) == 10_000_000
    for axis in (Axis.GROUP_SIZE, Axis.PARTICIPATION, Axis.DURATION, Axis.SERVICE, Axis.FEMALE_PERCENT):
        assert found(facts | {axis: facts[axis] - 1}) == NONE, axis


# ------------------------------------------------------------------------------------------------------- who pays


def rule(key: str, **more: Any) -> dict[str, Any]:
    """A contribution rule of the one class, for life."""
    return {
        "contribution_rule_id": key,
        "group_class_id": "G",
        "name": key,
        "type": "Percentage",
        "percentage": 80,
        "amount_period": "TERM",
        "category": "Life",
    } | more


def rules_of(path: Path, *rules: dict[str, Any]) -> Any:
    rows = ONE_PLAN | {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "ref.contribution_rule": list(rules),
    }
    return batch_of(path, rows).rates.rules


def test_every_form_of_a_contribution_arrives(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        rule("1", type="Amount", amount_cents=5000, amount_scope="PER_PLAN"),
        rule("2", floor_cents=100, cap_cents=900, family_cap_cents=30_000),
        rule("3", type="Reference Plan", reference_plan_id="P"),
        rule("4", type="Employee And Increment", dependent_percentage=Decimal("40.5")),
        rule("5", type="Defined Contribution", amount_cents=40_000, amount_period="MONTHLY"),
        rule("6", type="Employer Paid"),
    )
    assert rules.kind.tolist() == [int(kind) for kind in ShareKind]
    assert rules.scope.tolist() == [AmountScope.PER_PLAN] + [AmountScope.PER_COVERAGE] * 5
    assert rules.floor_cents.tolist() == [NONE, 100] + [NONE] * 4
    assert rules.family_cap_cents.tolist() == [NONE, 30_000] + [NONE] * 4
    assert rules.reference_offer.tolist() == [NONE, NONE, 0, NONE, NONE, NONE]
    assert rules.dependent_percent_e4.tolist() == [NONE] * 3 + [405_000, NONE, NONE]
    assert is_constant(rules.grade)
    assert not rules.steps.lower.size


@pytest.mark.rule("CB-1")
def test_a_rule_counts_at_its_most_specific_target_or_for_every_plan(tmp_path: Path) -> None:
    targets = {"contract_plan_id": "P", "product_id": "X"}
    sum_for_all = {"type": "Defined Contribution", "amount_cents": 50_000, "category": None}
    rules = rules_of(
        tmp_path,
        rule("1"),
        rule("2", **targets),
        rule("3", product_id="X"),
        rule("4", target_type="EVERY_PLAN", **sum_for_all),
    )
    kinds = [TargetKind.CATEGORY, TargetKind.PLAN, TargetKind.PRODUCT, TargetKind.EVERY_PLAN]
    assert rules.target_kind.tolist() == kinds
    assert rules.target[[1, 3]].tolist() == [0, NONE]  # the one offer there is, and none


def steps_of(rules: Any, at: int) -> list[tuple[int, int]]:
    first, last = rules.steps.start[at], rules.steps.start[at + 1]
    return list(zip(rules.steps.lower[first:last].tolist(), rules.steps.value[first:last].tolist(), strict=True))


def test_steps_arrive_as_tiers_cents_and_years_with_percents_or_cents(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        rule("1", grade="TIER", steps="FAM:50.5;EE:80;EC:60;ES:70"),
        rule("2"),
        rule("3", grade="TIER", steps="EE:80;EE+1:70;FAM:60"),
        rule("4", grade="TIER", steps="FAM:60;EE:80"),
        rule("5", grade="SALARY", steps="0:50;50000.50:60.25"),
        rule("6", type="Amount", grade="SERVICE", steps="0:25;5:50.50"),
    )
    assert rules.grade.tolist() == [Grade.TIER, NONE, Grade.TIER, Grade.TIER, Grade.SALARY, Grade.SERVICE]
    four = {Tier.EE: 800_000, Tier.ES: 700_000, Tier.E1C: 600_000, Tier.ECN: 600_000, Tier.FAM: 505_000}
    assert steps_of(rules, 0) == [(int(tier), value) for tier, value in four.items()]
    assert steps_of(rules, 1) == []
    assert [value // 10_000 for _, value in steps_of(rules, 2)] == [80, 70, 70, 60, 60]
    assert [value // 10_000 for _, value in steps_of(rules, 3)] == [80, 60, 60, 60, 60]
    assert steps_of(rules, 4) == [(0, 500_000), (5_000_050, 602_500)]
    assert steps_of(rules, 5) == [(0, 2_500), (5, 5_050)]


# ------------------------------------------------------------------------------------------------------- people


def test_facts_of_a_selection_hold_for_its_coverages_unless_they_state_their_own(tmp_path: Path) -> None:
    known = {
        "evidence_status": "PENDING",
        "approved_amount_cents": 2_000_000,
        "approved_from": date(2026, 5, 1),
        "is_late_entrant": True,
        "original_effective_date": date(2019, 7, 1),
    }
    rows = ONE_PLAN | {
        "book.contract_plan": [plan("P"), plan("PA", "P"), plan("PB", "P", is_optional=True)],
        "book.member_plan": [
            chosen("P") | known,
            chosen("PB") | {"evidence_status": "APPROVED", "original_effective_date": date(2020, 1, 1)},
        ],
    }
    coverages = batch_of(tmp_path, rows).batch.coverages  # PA, then PB
    assert coverages.evidence.tolist() == [Evidence.PENDING, Evidence.APPROVED]
    assert coverages.approved_cents.tolist() == [2_000_000] * 2
    assert coverages.approved_from.astype(str).tolist() == ["2026-05-01"] * 2
    assert coverages.is_late.tolist() == [1, 1]
    assert coverages.issue_date.astype(str).tolist() == ["2019-07-01", "2020-01-01"]


def test_a_product_without_an_original_date_is_issued_with_the_first_cover_also_in_a_renewal(tmp_path: Path) -> None:
    rows = ONE_PLAN | {"book.census_member": [MEMBER | {"policy_start_date": date(2026, 3, 1)}]}
    rows |= priced("P") | {"ref.rate_table": [TABLE | {"age_date": "ISSUE"}]}
    for name, on in (("first", None), ("renewed", date(2027, 2, 1))):
        (tmp_path / name).mkdir()
        coverages = batch_of(tmp_path / name, rows, on).batch.coverages
        assert coverages.age_date.astype(str).tolist() == ["2026-03-01"], name
    assert coverages.issue_date.astype(str).tolist() == ["2026-03-01"]


def test_a_person_added_within_the_term_has_the_date(tmp_path: Path) -> None:
    people = [MEMBER, child(date(2020, 1, 1), policy_start_date=date(2026, 6, 10))]
    rows = ONE_PLAN | {"book.census_member": people, "book.member_plan": held_by("M", "N")}
    rows |= priced("P") | {"ref.rate_table": [TABLE | {"age_date": "ANNIVERSARY_OR_ADDED"}]}
    coverages = batch_of(tmp_path, rows).batch.coverages
    assert np.isnat(coverages.added_date[0])
    assert str(coverages.added_date[1]) == "2026-06-10"
    assert coverages.age_date.astype(str).tolist() == ["2026-01-01", "2026-06-10"]


@pytest.mark.parametrize(
    ("own", "primary", "expected"),
    [
        (None, "COBRA", Continuation.COBRA),
        ("ACTIVE", "COBRA_DISABILITY", Continuation.COBRA_DISABILITY),
        ("COBRA", "ACTIVE", Continuation.COBRA),
        ("ACTIVE", None, NONE),
    ],
)
def test_a_family_continues_with_its_primary(
    tmp_path: Path, own: str | None, primary: str | None, expected: int
) -> None:
    people = [MEMBER | {"continuation": primary}, child(date(2020, 1, 1), continuation=own)]
    rows = ONE_PLAN | {"book.census_member": people, "book.member_plan": held_by("M", "N")}
    assert batch_of(tmp_path, rows).batch.coverages.continuation.tolist()[1] == expected


def test_the_date_of_hire_is_that_of_the_primary(tmp_path: Path) -> None:
    people = [MEMBER | {"join_date": date(2015, 3, 2)}, child(date(2020, 1, 1))]
    rows = ONE_PLAN | {"book.census_member": people, "book.member_plan": held_by("M", "N")}
    assert batch_of(tmp_path, rows).batch.members.hire_date.astype(str).tolist() == ["2015-03-02"] * 2


def test_children_born_on_one_day_are_ranked_by_key_and_not_by_row(tmp_path: Path) -> None:
    people = [
        MEMBER,
        child(date(2015, 1, 1), group_census_member_id="N1", member_key="z"),
        child(date(2015, 1, 1), group_census_member_id="N2", member_key="a"),
        child(date(2016, 1, 1), group_census_member_id="N3", member_key="b"),
    ]
    rows = ONE_PLAN | {"book.census_member": people, "book.member_plan": held_by("M", "N1", "N2", "N3")}
    assert batch_of(tmp_path, rows).batch.members.rank.tolist() == [NONE, 2, 1, NONE]


# ------------------------------------------------------------------------------------------------------- age limits


def covered_to(path: Path, born: date, *, kind: str = "Medical", attributes: Rows | None = None, **more: Any) -> str:
    """The last covered day of a child of a plan."""
    rows = ONE_PLAN | {
        "book.census_member": [MEMBER, child(born, **more)],
        "book.contract_plan": [plan("P") | {"plan_type": kind}],
        "book.member_plan": held_by("M", "N"),
    }
    made = batch_of(path, rows | (attributes or {}))
    assert str(made.batch.coverages.covered_to[0]) == "2027-01-01"  # the employee's
    ends = made.coverages["covered_to"].to_list()
    assert ends[1] == made.batch.coverages.covered_to[1].item()
    return str(made.batch.coverages.covered_to[1] - 1)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2000, 3, 16), "2026-03-31"),
        (date(2000, 12, 1), "2026-12-31"),
        (date(2001, 1, 1), "2026-12-31"),
        (date(1999, 12, 31), "2025-12-31"),
    ],
)
def test_a_child_leaves_a_medical_plan_with_the_month_of_the_26th_birthday(
    tmp_path: Path, born: date, expected: str
) -> None:
    assert covered_to(tmp_path, born) == expected


def test_other_plans_have_the_limit_they_state_and_disabled_children_none(tmp_path: Path) -> None:
    born = date(2007, 5, 20)
    limit = stated(DependentAgeLimit="19", DependentAgeOut="BIRTHDAY")
    cases = {
        "none": ({"kind": "Dental"}, "2026-12-31"),
        "nineteen": ({"kind": "Dental", "attributes": limit}, "2026-05-20"),
        "year": ({"attributes": stated(DependentAgeLimit="19", DependentAgeOut="YEAR_END")}, "2026-12-31"),
        "disabled": ({"kind": "Dental", "attributes": limit, "is_disabled": True}, "2026-12-31"),
        "spouse": ({"kind": "Dental", "attributes": limit, "relationship": "Spouse"}, "2026-12-31"),
    }
    for name, (case, expected) in cases.items():
        (tmp_path / name).mkdir()
        assert covered_to(tmp_path / name, born, **case) == expected, name


def test_the_limit_of_a_root_plan_holds_for_its_coverages(tmp_path: Path) -> None:
    rows = ONE_PLAN | {
        "book.census_member": [MEMBER, child(date(2007, 5, 20))],
        "book.contract_plan": [plan("P"), plan("PA", "P")],
        "book.member_plan": held_by("M", "N"),
    }
    made = batch_of(tmp_path, rows | stated(DependentAgeLimit="19"))
    assert made.batch.coverages.covered_to.astype(str).tolist() == ["2027-01-01", "2026-06-01"]
    assert made.batch.coverages.issue.tolist() == [Issue.NONE, Issue.NONE]
