"""Prices that change within a term: once per stretch of days, prorated, and added up without a lost cent."""

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from rating import Result
from rating.codes import (
    AgeDate,
    Axis,
    Evidence,
    Grade,
    Issue,
    MemberType,
    OutsideTable,
    Period,
    Proration,
    ReductionDate,
    Relationship,
    ShareKind,
    Tier,
    ZeroReason,
)
from tests.rating.builders import World, cents, percent

TIERS = [
    ({Axis.TIER: Tier.EE}, "573.56"),
    ({Axis.TIER: Tier.ES}, "1175.80"),
    ({Axis.TIER: Tier.E1C}, "1061.09"),
    ({Axis.TIER: Tier.ECN}, "1061.09"),
    ({Axis.TIER: Tier.FAM}, "1692.00"),
]
"""The rates of rating methods, section 3."""


def half_up(exact: Decimal) -> int:
    """Cents of dollars."""
    return int((exact * 100).quantize(Decimal(1), ROUND_HALF_UP))


def by_days(*parts: tuple[str, int]) -> int:
    """Cents of monthly premiums over days of the year 2026."""
    return half_up(sum((Decimal(premium) * 12 * n / 365 for premium, n in parts), Decimal()))


def pieces_of(result: Result, row: int) -> list[tuple[str, str, int, int]]:
    """First day, first day after, period premium and prorated premium of a coverage's pieces."""
    made = result.pieces
    at = np.flatnonzero(made.coverage == row)
    columns = made.piece_from, made.piece_to, made.period_cents, made.prorated_cents
    return [tuple(str(c[i]) if c.dtype.kind == "M" else int(c[i]) for c in columns) for i in at.tolist()]  # type: ignore[misc]


def family(child_from: str = "1900-01-01", child_to: str = "2199-01-01", **offer: object) -> tuple[World, int]:
    """An employee covered all year and a child who is not; the plan by tiers."""
    made = World()
    plan = made.offer(made.table("composite_tier", TIERS), **offer)
    employee = made.member()
    row = made.hold(employee, plan)
    child = made.member(employee, relationship=Relationship.CHILD, birth_date="2000-03-31")
    made.hold(child, plan, covered_from=child_from, covered_to=child_to)
    return made, row


def test_a_family_in_which_nothing_changes_is_not_cut() -> None:
    made, row = family()
    result = made.rate()
    assert len(result.pieces) == 0
    assert result.prorated_cents[row] == cents("1061.09") * 12


def test_a_child_who_ages_out_lowers_the_tier_from_the_next_day() -> None:
    made, row = family(child_to="2026-04-01")  # 26 on 31 March: the last covered day
    result = made.rate()
    # 90 days with the child, 275 alone: 1,061.09 x 12 x 90/365 + 573.56 x 12 x 275/365 = 8,325.30...
    expected = by_days(("1061.09", 90), ("573.56", 275))
    assert result.prorated_cents[row] == expected
    first = by_days(("1061.09", 90))
    assert pieces_of(result, row) == [
        ("2026-01-01", "2026-04-01", 106_109, first),
        ("2026-04-01", "2027-01-01", 57_356, expected - first),
    ]
    assert (result.tier[row], result.period_cents[row]) == (Tier.E1C, 106_109)  # as the cover began
    assert result.covered_days[row] == 365
    assert result.prorated_cents[row + 1] == 0
    assert result.zero_reason[row + 1] == ZeroReason.COMPOSITE_DEPENDENT


def test_a_child_added_in_the_term_raises_the_tier_from_its_first_day() -> None:
    made, row = family(child_from="2026-04-16")
    result = made.rate()
    assert result.prorated_cents[row] == by_days(("573.56", 105), ("1061.09", 260))
    assert result.tier[row] == Tier.EE
    assert [piece[:3] for piece in pieces_of(result, row)] == [
        ("2026-01-01", "2026-04-16", 57_356),
        ("2026-04-16", "2027-01-01", 106_109),
    ]


def test_totals_of_plan_and_member_are_sums_of_the_folded_coverages() -> None:
    made, row = family(child_from="2026-04-16")
    made.rule(target=0, percent_e4=percent(60))
    result = made.rate()
    assert result.plan_prorated_cents[0] == result.member_prorated_cents[0] == result.prorated_cents[row]
    assert (result.employer_cents + result.employee_cents).tolist() == result.prorated_cents.tolist()
    total = by_days(("573.56", 105), ("1061.09", 260))
    assert result.employer_cents[row] == (6 * total + 5) // 10  # 60 % of the sum, rounded once
    assert result.pieces.employer_cents.sum() == result.employer_cents[row]


def test_a_whole_family_hired_in_the_term_is_not_cut() -> None:
    made = World()
    plan = made.offer(made.table("composite_tier", TIERS))
    employee = made.member()
    row = made.hold(employee, plan, covered_from="2026-04-16")
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), plan, covered_from="2026-04-16")
    result = made.rate()
    assert len(result.pieces) == 0
    assert result.prorated_cents[row] == by_days(("1175.80", 260))


def test_a_change_in_another_plan_of_the_family_changes_nothing() -> None:
    made = World()
    tiered = made.offer(made.table("composite_tier", TIERS))
    life = made.offer(made.table("flat", [({}, "10.01")]))
    employee = made.member()
    row = made.hold(employee, tiered)
    other = made.hold(employee, life, covered_from="2026-02-11")
    child = made.member(employee, relationship=Relationship.CHILD)
    made.hold(child, tiered, covered_from="2026-07-01", covered_to="2026-10-01")
    made.rule(target=life, percent_e4=percent("33.3333"))
    result = made.rate()
    assert set(result.pieces.coverage.tolist()) == {row}
    assert len(result.pieces) == 3
    # 324 days, rounded once although the family is cut twice: 10.01 x 12 x 324/365 = 106.6271
    assert result.prorated_cents[other] == 10_663
    assert result.employer_cents[other] == 3_554  # a third of 106.63, 35.5433


def test_the_counted_children_change_from_the_day_one_leaves() -> None:
    made = World()
    table = made.table("child_capped", [({}, "100")])
    plan = made.offer(table)
    employee = made.member()
    made.hold(employee, plan)
    for born, to in [("2008-01-01", "2026-07-01"), ("2010-01-01", None), ("2012-01-01", None), ("2014-01-01", None)]:
        child = made.member(employee, relationship=Relationship.CHILD, birth_date=born)
        made.hold(child, plan, **({} if to is None else {"covered_to": to}))
    result = made.rate()
    # The eldest goes after 181 days; the fourth is charged for the other 184.
    assert result.prorated_cents.tolist() == [120_000, by_days(("100", 181)), 120_000, 120_000, by_days(("100", 184))]
    assert pieces_of(result, 4) == [
        ("2026-01-01", "2026-07-01", 0, 0),
        ("2026-07-01", "2027-01-01", 10_000, by_days(("100", 184))),
    ]
    assert result.zero_reason[4] == ZeroReason.NONE


def test_a_child_who_is_free_for_two_reasons_in_turn_shows_the_first() -> None:
    """The filed rate is zero; from July an older sister takes the one place that is charged."""
    made = World()
    plan = made.offer(made.table("child_capped", [({}, "0")], child_count=1))
    employee = made.member()
    for born, first in (("2012-01-01", "1900-01-01"), ("2010-01-01", "2026-07-01")):
        child = made.member(employee, relationship=Relationship.CHILD, birth_date=born)
        made.hold(child, plan, covered_from=first)
    result = made.rate()
    assert result.zero_reason.tolist() == [ZeroReason.FILED_ZERO, ZeroReason.FILED_ZERO]
    made.coverages[1]["covered_from"] = "1900-01-01"  # beside her all the year
    assert made.rate().zero_reason.tolist() == [ZeroReason.CHILD_CAP, ZeroReason.FILED_ZERO]
    assert len(result.pieces) == 0  # no price changes


@pytest.mark.parametrize(
    ("since", "reason"), [("2026-07-01", ZeroReason.NO_AMOUNT), ("2026-01-01", ZeroReason.EVIDENCE_PENDING)]
)
def test_a_late_spouse_waits_for_evidence_only_where_the_employee_is_insured_at_first(since: str, reason: int) -> None:
    """Half of what the employee has is nothing before the employee has any; then all of it waits."""
    made = World()
    plan = made.offer(made.table("volume", [({}, "0.10")]), employee_percent_cap_e4=percent(50))
    employee = made.member()
    made.hold(employee, plan, elected_cents=cents(100_000), covered_from=since)
    spouse = made.member(employee, relationship=Relationship.SPOUSE)
    row = made.hold(spouse, plan, elected_cents=cents(20_000), is_late=1)
    assert made.rate().zero_reason[row] == reason


AGES = [({Axis.AGE: 0}, "10"), ({Axis.AGE: 40}, "20")]


@pytest.mark.parametrize(
    ("born", "days_before"),
    [
        ("1986-04-01", 90),  # 40 on 1 April, in force that day
        ("1986-03-31", 90),  # on the 31st of March: the first of the month after
        ("1986-04-02", 120),  # the first of May
    ],
)
def test_an_attained_age_counts_from_the_first_of_the_month_on_or_after_the_birthday(
    born: str, days_before: int
) -> None:
    made = World()
    plan = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ATTAINED))
    row = made.hold(made.member(birth_date=born), plan)
    result = made.rate()
    assert result.prorated_cents[row] == by_days(("10", days_before), ("20", 365 - days_before))
    assert [piece[2] for piece in pieces_of(result, row)] == [1_000, 2_000]


def test_an_attained_birthday_within_a_band_cuts_nothing() -> None:
    made = World()
    plan = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ATTAINED))
    row = made.hold(made.member(birth_date="1980-04-01"), plan)
    result = made.rate()
    assert len(result.pieces) == 0
    assert result.prorated_cents[row] == 24_000


@pytest.mark.parametrize("cells", [[({Axis.AGE: 0}, "10")], [({}, "10")]], ids=["by age", "one price"])
@pytest.mark.parametrize(
    ("born", "outside", "issue"),
    [
        (
            "1961-12-01",
            OutsideTable.ISSUE,
            Issue.AGE_OUTSIDE_TABLE,
        ),  # 65 on the first of December, the last of the term
        ("1961-12-02", OutsideTable.ISSUE, Issue.NONE),  # 65 from January on, when the term is over
        ("1961-12-01", OutsideTable.CLAMP, Issue.NONE),
    ],
)
def test_an_age_that_passes_the_limit_within_the_term_leaves_no_price_where_the_table_does_not_clamp(
    cells: list[tuple[dict[Axis, int], str]], born: str, outside: OutsideTable, issue: Issue
) -> None:
    made = World()
    limits = {"low": {Axis.AGE: 18}, "high": {Axis.AGE: 64}, "outside": outside, "age_date": AgeDate.ATTAINED}
    row = made.hold(made.member(birth_date=born), made.offer(made.table("flat", cells, **limits)))
    result = made.rate()
    assert result.issue[row] == issue
    assert result.prorated_cents[row] == (0 if issue else 12_000)


@pytest.mark.parametrize(("born", "issue"), [("1961-01-02", Issue.NONE), ("1961-01-01", Issue.AGE_OUTSIDE_TABLE)])
def test_an_age_that_passes_the_limit_of_a_factor_at_an_anniversary_leaves_no_price(born: str, issue: Issue) -> None:
    """64 or 65 on the first of January 2026; 65 or 66 a year later, in the second year of the term."""
    made = World()
    to_65 = made.table("factor", [({}, "1")], high={Axis.AGE: 65}, outside=OutsideTable.ISSUE)
    made.hold(
        made.member(birth_date=born),
        made.offer(made.table("flat", [({}, "10")], factors=(to_65,)), term_to="2028-01-01"),
    )
    assert made.rate().issue.tolist() == [issue]


@pytest.mark.parametrize("rule", [AgeDate.PLAN_ANNIVERSARY, AgeDate.ISSUE, AgeDate.ANNIVERSARY_OR_ADDED, AgeDate.JAN_1])
def test_any_other_age_date_does_not_move_within_a_year(rule: AgeDate) -> None:
    made = World()
    plan = made.offer(made.table("age_banded", AGES, age_date=rule))
    made.hold(made.member(birth_date="1986-04-01"), plan)
    assert len(made.rate().pieces) == 0


def test_in_a_term_of_two_years_ages_are_read_again_at_the_anniversary() -> None:
    made = World()
    plan = made.offer(made.table("age_banded", AGES), term_to="2028-01-01")
    row = made.hold(made.member(birth_date="1986-04-01"), plan)
    result = made.rate()
    # 24 months, of 730 days 365 at each rate: 10 x 24 x 365/730 + 20 x 24 x 365/730
    assert result.prorated_cents[row] == 36_000
    assert [piece[:3] for piece in pieces_of(result, row)] == [
        ("2026-01-01", "2027-01-01", 1_000),
        ("2027-01-01", "2028-01-01", 2_000),
    ]


def test_a_spouse_priced_by_the_employees_age_changes_with_the_employee() -> None:
    made = World()
    table = made.table("age_banded", AGES, age_date=AgeDate.ATTAINED, spouse_age=1)
    plan = made.offer(table)
    employee = made.member(birth_date="1986-06-01")
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE, birth_date="1986-09-01"), plan)
    both = by_days(("10", 151), ("20", 214))
    assert made.rate().prorated_cents.tolist() == [both, both]


@pytest.mark.parametrize(
    ("rule", "days_before"), [(ReductionDate.BIRTHDAY, 104), (ReductionDate.PLAN_ANNIVERSARY, 365)]
)
def test_an_age_reduction_takes_effect_as_the_plan_says(rule: ReductionDate, days_before: int) -> None:
    made = World()
    schedule = made.reduction((65, "65"), (70, "50"))
    table = made.table("volume", [({}, "0.24")])
    plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule, reduction_date=rule)
    row = made.hold(made.member(birth_date="1961-04-15"), plan)  # 65 on 15 April 2026
    result = made.rate()
    assert result.prorated_cents[row] == by_days(("24", days_before), ("15.60", 365 - days_before))


def test_a_birthday_without_a_step_of_the_schedule_cuts_nothing() -> None:
    made = World()
    schedule = made.reduction((65, "65"))
    table = made.table("volume", [({}, "0.24")])
    plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule, reduction_date=ReductionDate.BIRTHDAY)
    made.hold(made.member(birth_date="1960-04-15"), plan)
    assert len(made.rate().pieces) == 0


def test_an_approved_amount_counts_from_its_day() -> None:
    made = World()
    table = made.table("volume", [({}, "0.10")])
    plan = made.offer(table, increment_cents=cents(10_000), guaranteed_cents=cents(150_000))
    row = made.hold(
        made.member(),
        plan,
        elected_cents=cents(250_000),
        evidence=Evidence.APPROVED,
        approved_from="2026-05-01",
    )
    result = made.rate()
    assert result.prorated_cents[row] == by_days(("15", 120), ("25", 245))
    assert [piece[2] for piece in pieces_of(result, row)] == [1_500, 2_500]


@pytest.mark.rule("PR-28")
def test_adjoining_spans_of_one_coverage_cost_the_whole() -> None:
    for cut in ("2026-02-01", "2026-07-02", "2026-12-31"):
        made = World()
        plan = made.offer(made.table("flat", [({}, "897.53")], period=Period.TERM))
        row = made.hold(made.member(), plan, plan, plan)
        made.coverages[row]["covered_to"] = made.coverages[row + 1]["covered_from"] = cut
        result = made.rate()
        assert int(result.prorated_cents[row : row + 2].sum()) == 89_753
        assert result.covered_days[row : row + 2].sum() == 365


@pytest.mark.rule("PR-28")
@pytest.mark.parametrize("method", list(Proration))
def test_adjoining_spans_cost_the_whole_by_every_method_and_wherever_they_meet(method: Proration) -> None:
    for day in range(0, 59, 2):
        meet = str(np.datetime64("2026-01-02") + day)
        made = World()
        plan = made.offer(made.table("flat", [({}, "897.53")]), proration=method)
        made.hold(made.member(), plan, plan, plan, covered_from="2026-01-01", covered_to="2026-09-11")
        made.coverages[0]["covered_to"] = made.coverages[1]["covered_from"] = meet
        made.hold(made.member(), plan, covered_from="2026-01-01", covered_to="2026-09-11")
        first, second, whole = made.rate().prorated_cents.tolist()
        assert first + second == whole, meet


@pytest.mark.rule("PR-28")
def test_the_last_of_three_equal_spans_takes_the_rest() -> None:
    made = World()
    table = made.table("flat", [({}, "100")], period=Period.TERM)
    plan = made.offer(table, term_from="2026-07-02", term_to="2026-10-02", proration=Proration.DAILY_MONTH)
    made.hold(made.member(), plan, plan, plan, plan)
    for row, (start, end) in enumerate(pairwise(["2026-07-02", "2026-08-02", "2026-09-02", "2026-10-02"])):
        made.coverages[row] |= {"covered_from": start, "covered_to": end}
    assert made.rate().prorated_cents.tolist() == [3_333, 3_333, 3_334]


def test_the_largest_premiums_add_up_where_days_and_months_are_mixed() -> None:
    dearest = [({Axis.TIER: Tier.EE}, "999999.99"), ({Axis.TIER: Tier.E1C}, "1000000")]
    made = World()
    plan = made.offer(made.table("composite_tier", dearest), proration_change=Proration.DAILY_MONTH)
    employee = made.member()
    row = made.hold(employee, plan, covered_from="2026-02-11")
    made.hold(made.member(employee, relationship=Relationship.CHILD), plan, covered_from="2026-03-16")
    # Starts by days of the term (41/365 lost), changes by days of the month (2 15/31 of 12 months).
    lost, change = Decimal(41) / 365, (2 + Decimal(15) / 31) / 12
    expected = 12 * (Decimal("999999.99") * (change - lost) + 1_000_000 * (1 - change))
    assert made.rate().prorated_cents[row] == half_up(expected)


@pytest.mark.rule("PR-26")
def test_spans_with_a_gap_between_are_charged_each_for_itself() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "897.53")], period=Period.TERM))
    row = made.hold(made.member(), plan, plan, plan)
    made.coverages[row]["covered_to"], made.coverages[row + 1]["covered_from"] = "2026-04-01", "2026-07-01"
    # 897.53 x 90/365 = 221.3088; x 184/365 = 452.4539
    assert made.rate().prorated_cents.tolist() == [22_131, 45_245]


def test_a_child_with_two_spans_counts_in_the_tier_once_and_only_while_covered() -> None:
    made = World()
    plan = made.offer(made.table("composite_tier", TIERS))
    employee = made.member()
    row = made.hold(employee, plan)
    child = made.member(employee, relationship=Relationship.CHILD)
    spans = made.hold(child, plan, plan, plan)
    made.coverages[spans]["covered_to"], made.coverages[spans + 1]["covered_from"] = "2026-04-01", "2026-07-01"
    result = made.rate()
    # With the child 90 and 184 days, without it 91.
    assert result.prorated_cents[row] == by_days(("1061.09", 90 + 184), ("573.56", 91))
    assert [piece[2] for piece in pieces_of(result, row)] == [106_109, 57_356, 106_109]


@pytest.mark.rule("PR-28")
@pytest.mark.parametrize("method", list(Proration))
def test_a_price_that_comes_to_the_same_costs_the_whole_wherever_it_is_cut(method: Proration) -> None:
    same = [({Axis.TIER: tier}, "897.53") for tier in Tier]
    for day in range(0, 59, 2):
        made = World()
        plan = made.offer(made.table("composite_tier", same), proration=method, proration_change=Proration.MID_MONTH)
        employee = made.member()
        row = made.hold(employee, plan, covered_from="2026-01-12")
        child = made.member(employee, relationship=Relationship.CHILD)
        made.hold(child, plan, covered_from=str(np.datetime64("2026-01-13") + day))
        alone = made.hold(made.member(), plan, covered_from="2026-01-12")
        result = made.rate()
        assert result.prorated_cents[row] == result.prorated_cents[alone]


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize(
    ("method", "months_before"),
    [
        (Proration.DAILY_MONTH, Decimal(2) + Decimal(15) / 31),
        (Proration.DAILY_30, Decimal("2.5")),
        (Proration.MID_MONTH, Decimal(3)),  # after the wash day: the old price to the end of March
        (Proration.FULL_MONTH, Decimal(2)),  # the new price for the whole of its first month
        (Proration.FIRST_OF_MONTH, Decimal(3)),  # the price of the 1st for the whole month
        (Proration.NONE, Decimal(12)),  # the price the term began with stands to its end
    ],
)
def test_a_change_of_tier_goes_by_its_own_method(method: Proration, months_before: Decimal) -> None:
    made, row = family(child_from="2026-03-16", proration=Proration.DAILY_TERM, proration_change=method)
    expected = Decimal("573.56") * months_before + Decimal("1061.09") * (12 - months_before)
    assert made.rate().prorated_cents[row] == half_up(expected)


def test_a_stretch_that_nobody_can_price_leaves_the_coverage_without_a_premium() -> None:
    made = World()
    without_children = [({Axis.TIER: Tier.EE}, "573.56")]
    plan = made.offer(made.table("composite_tier", without_children))
    employee = made.member()
    row = made.hold(employee, plan)
    made.hold(made.member(employee, relationship=Relationship.CHILD), plan, covered_from="2026-04-16")
    result = made.rate()
    assert result.issue[row] == Issue.NO_RATE
    assert result.prorated_cents[row] == result.employer_cents[row] == result.standard_cents[row] == 0
    assert result.plan_issue[0] == Issue.PART_UNRATED
    assert [int(issue) for issue in result.pieces.issue] == [Issue.NONE, Issue.NO_RATE]


@pytest.mark.rule("PR-28")
@pytest.mark.parametrize("child_from", ["2026-07-02", "2026-08-02"])
def test_a_day_on_which_only_another_plan_changes_moves_no_cent_between_tiers(child_from: str) -> None:
    """100.00 in three equal months whatever the tier; two with the spouse, of which the employer pays half.

    Two thirds are 66.67, half of it 33.335, so 33.34; two pieces of 33.33 would come to 33.33.
    """
    made = World()
    term = {"term_from": "2026-07-02", "term_to": "2026-10-02", "proration": Proration.DAILY_MONTH}
    same = [({Axis.TIER: tier}, "100") for tier in Tier]
    plan = made.offer(made.table("composite_tier", same, period=Period.TERM), **term)
    other = made.offer(made.table("composite_tier", TIERS), **term)
    employee = made.member()
    row = made.hold(employee, plan)
    made.hold(employee, other)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), plan, covered_to="2026-09-02")
    made.hold(made.member(employee, relationship=Relationship.CHILD), other, covered_from=child_from)
    made.rule(target=plan, grade=Grade.TIER, steps=[(Tier.EE, 0), (Tier.ES, percent(50))])
    result = made.rate()
    assert (result.prorated_cents[row], result.employer_cents[row]) == (10_000, 3_334)


def test_a_cap_per_coverage_and_term_holds_over_all_pieces() -> None:
    made, row = family(child_from="2026-04-16")
    made.rule(target=0, percent_e4=percent(100), cap_cents=cents(2_500))
    assert made.rate().employer_cents[row] == cents(2_500)


def test_a_cap_per_family_and_term_and_a_sum_over_plans_are_applied_once_for_the_term() -> None:
    made, row = family(child_from="2026-04-16")
    made.rule(target=0, percent_e4=percent(100), family_cap_cents=cents(3_000))
    assert made.rate().employer_cents[row] == cents(3_000)
    made, row = family(child_from="2026-04-16")
    made.rule(target=0, kind=ShareKind.DEFINED_CONTRIBUTION, amount_cents=cents(4_000))
    result = made.rate()
    assert result.employer_cents[row] == cents(4_000)
    assert result.pieces.employer_cents.sum() == cents(4_000)


def half_a_year_each(**rule: Any) -> Result:
    """An employee alone for six months at 100.00, with a spouse for six at 200.00; a base plan at 80.00 and 150.00."""
    made = World()
    by_tier = {"proration": Proration.DAILY_MONTH}
    own, base = (
        made.offer(made.table("composite_tier", [({Axis.TIER: Tier.EE}, ee), ({Axis.TIER: Tier.ES}, es)]), **by_tier)
        for ee, es in (("100", "200"), ("80", "150"))
    )
    employee = made.member()
    made.hold(employee, own)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), own, covered_from="2026-07-01")
    made.rule(target=own, reference_offer=base, **rule)
    return made.rate()


BY_TIER: dict[str, tuple[dict[str, Any], int, int]] = {
    # 6 x 100.00 x 80 % and 6 x 200.00 x 60 %
    "a percent by tier": (
        {"grade": Grade.TIER, "steps": [(Tier.EE, percent(80)), (Tier.ES, percent(60))]},
        48_000,
        72_000,
    ),
    # 6 x 50.00 and 6 x 90.00
    "an amount by tier": (
        {
            "kind": ShareKind.AMOUNT,
            "amount_period": Period.MONTHLY,
            "grade": Grade.TIER,
            "steps": [(Tier.EE, cents(50)), (Tier.ES, cents(90))],
        },
        30_000,
        54_000,
    ),
    # 6 x 50.00 and 6 x 90.00, once for the plan
    "a sum for the plan by tier": (
        {
            "kind": ShareKind.DEFINED_CONTRIBUTION,
            "amount_period": Period.MONTHLY,
            "grade": Grade.TIER,
            "steps": [(Tier.EE, cents(50)), (Tier.ES, cents(90))],
        },
        30_000,
        54_000,
    ),
    # 6 x 80.00 and 6 x 150.00
    "a base plan": ({"kind": ShareKind.REFERENCE_PLAN, "percent_e4": percent(100)}, 48_000, 90_000),
    # 6 x 100.00 x 80 %; 6 x (100.00 x 80 % + 100.00 x 50 %)
    "the employee alone and an increment": (
        {"kind": ShareKind.EMPLOYEE_AND_INCREMENT, "percent_e4": percent(80), "dependent_percent_e4": percent(50)},
        48_000,
        78_000,
    ),
}


@pytest.mark.parametrize("form", BY_TIER)
def test_a_share_that_hangs_on_the_tier_is_that_of_each_piece(form: str) -> None:
    rule, alone, together = BY_TIER[form]
    result = half_a_year_each(**rule)
    assert result.pieces.prorated_cents.tolist() == [60_000, 120_000]
    assert result.pieces.employer_cents.tolist() == [alone, together]
    assert result.employer_cents.tolist() == [alone + together, 0]
    assert result.issue.tolist() == [0, 0]


def test_a_piece_whose_tier_has_no_step_is_paid_nothing_and_warned_of() -> None:
    result = half_a_year_each(grade=Grade.TIER, steps=[(Tier.ES, percent(60))])
    assert result.employer_cents.tolist() == [72_000, 0]
    assert result.issue[0] == Issue.RULE_WITHOUT_VALUE


@pytest.mark.parametrize(
    ("limit", "employer"),
    [
        ({}, 72_000),
        ({"cap_cents": 71_999}, 71_999),
        ({"family_cap_cents": 71_999}, 71_999),
        ({"floor_cents": 100_000}, 72_000),
    ],
)
def test_where_a_tier_has_no_step_caps_hold_and_a_floor_does_not(limit: dict[str, int], employer: int) -> None:
    result = half_a_year_each(grade=Grade.TIER, steps=[(Tier.ES, percent(60))], **limit)
    assert (result.employer_cents[0], result.issue[0]) == (employer, Issue.RULE_WITHOUT_VALUE)


@pytest.mark.rule("CB-18")
@pytest.mark.rule("PR-28")
def test_no_piece_has_a_larger_share_than_its_premium_even_where_the_last_is_not_charged() -> None:
    """A child from April to June and another from 2 December, whose month is not charged: 3.00, 6.00, 6.00 and 0.00.

    6.7333 % of 15.00 is 1.01: 0.202, 0.404, 0.404 and nothing, so 0.20, 0.40, 0.40 and a cent left over, which the
    last piece that has a premium takes.
    """
    made = World()
    rates = [({Axis.TIER: tier}, "1" if tier == Tier.EE else "2") for tier in Tier]
    plan = made.offer(made.table("composite_tier", rates), proration_change=Proration.FIRST_OF_MONTH)
    employee = made.member()
    row = made.hold(employee, plan)
    for begins, ends in (("2026-04-01", "2026-07-01"), ("2026-12-02", "2027-01-01")):
        child = made.member(employee, relationship=Relationship.CHILD)
        made.hold(child, plan, covered_from=begins, covered_to=ends)
    made.rule(target=plan, percent_e4=67_333)
    result = made.rate()
    assert (result.prorated_cents[row], result.employer_cents[row]) == (1_500, 101)
    own = result.pieces.coverage == row
    assert result.pieces.prorated_cents[own].tolist() == [300, 600, 600, 0]
    assert result.pieces.employer_cents[own].tolist() == [20, 40, 41, 0]
    assert result.pieces.employee_cents[own].tolist() == [280, 560, 559, 0]


def test_a_percent_by_tier_follows_the_family_also_where_each_person_has_the_own_price() -> None:
    made = World()
    plan = made.offer(made.table("age_banded", [({}, "100")]), proration=Proration.DAILY_MONTH)
    employee = made.member()
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), plan, covered_from="2026-07-01")
    made.rule(target=plan, grade=Grade.TIER, steps=[(Tier.EE, percent(80)), (Tier.ES, percent(60))])
    # 600.00 x 80 % + 600.00 x 60 % of the employee's 1,200.00, 60 % of the spouse's 600.00
    assert made.rate().employer_cents.tolist() == [84_000, 36_000]


def test_years_of_service_for_a_share_are_those_of_the_first_covered_day_of_the_term_in_every_piece() -> None:
    made, row = family(child_from="2026-07-01")
    made.members[0]["hire_date"] = "2021-05-01"  # five years in May, before the child joins
    made.rule(target=0, grade=Grade.SERVICE, steps=[(0, percent(50)), (5, percent(100))])
    result = made.rate()
    # 573.56 for 181 days and 1,061.09 for 184; half of the sum.
    whole = by_days(("573.56", 181), ("1061.09", 184))
    assert result.employer_cents[row] == half_up(Decimal(whole) / 200)


def test_years_of_service_rise_with_an_attained_age() -> None:
    made = World()
    by_service = made.table("factor", [({Axis.SERVICE: 0}, "1"), ({Axis.SERVICE: 5}, "0.9")])
    table = made.table("flat", [({}, "10")], factors=(by_service,), age_date=AgeDate.ATTAINED)
    row = made.hold(made.member(hire_date="2021-03-10"), made.offer(table))
    # Five years on 10 March 2026, read on the first of April: 90 days at 10.00, 275 at 9.00.
    assert made.rate().prorated_cents[row] == by_days(("10", 90), ("9", 275))


def test_a_dependents_limit_follows_the_employees_amount() -> None:
    made = World()
    table = made.table("volume", [({}, "0.10")])
    plan = made.offer(
        table, increment_cents=cents(10_000), guaranteed_cents=cents(100_000), employee_percent_cap_e4=percent(50)
    )
    employee = made.member()
    made.hold(employee, plan, elected_cents=cents(200_000), evidence=Evidence.APPROVED, approved_from="2026-05-01")
    spouse = made.member(employee, relationship=Relationship.SPOUSE)
    row = made.hold(spouse, plan, elected_cents=cents(100_000))
    # Half of 100,000 for 120 days, half of 200,000 for 245.
    assert made.rate().prorated_cents[row] == by_days(("5", 120), ("10", 245))


def test_pieces_do_not_depend_on_the_size_of_a_chunk_or_the_number_of_threads() -> None:
    made = World()
    plan = made.offer(made.table("composite_tier", TIERS))
    attained = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ATTAINED))
    made.rule(target=plan, member_type=MemberType.SUBSCRIBER, percent_e4=percent("72.5"))
    start = np.datetime64("2026-01-01")
    for number in range(40):
        employee = made.member(birth_date=str(np.datetime64("1986-01-01") + 11 * number))
        made.hold(employee, plan)
        made.hold(employee, attained, covered_from=str(start + 3 * number))
        if number % 3:
            child = made.member(employee, relationship=Relationship.CHILD)
            made.hold(child, plan, covered_from=str(start + 7 * number), covered_to=str(start + 300))
    whole = made.rate(threads=1)
    assert len(whole.pieces) > 80
    for settings in ({"chunk": 1, "threads": 1}, {"chunk": 7, "threads": 2}, {"chunk": 50, "threads": 3}):
        other = made.rate(**settings)
        for name in ("prorated_cents", "employer_cents", "issue", "plan_prorated_cents", "member_employee_cents"):
            assert getattr(whole, name).tolist() == getattr(other, name).tolist()
        for name in ("coverage", "piece_from", "prorated_cents", "employer_cents", "tier"):
            assert getattr(whole.pieces, name).tolist() == getattr(other.pieces, name).tolist()


def test_pieces_of_a_coverage_follow_each_other_and_add_up() -> None:
    made, row = family(child_from="2026-04-16", child_to="2026-09-21")
    result = made.rate()
    assert len(result.pieces) == 3
    spans = pieces_of(result, row)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert sum(piece[3] for piece in spans) == result.prorated_cents[row]
    assert sum(piece[3] for piece in spans) == by_days(("573.56", 105 + 102), ("1061.09", 158))


@pytest.mark.rule("PR-28")
def test_a_reference_premium_is_that_of_all_pieces_whoever_else_is_measured_by_the_same_plan() -> None:
    """A child is in the plan for 100 of 365 days, so the spouse has pieces of 100, 100 and 165 days.

    Of a reference plan of 100.00 they are 27.40, 27.40 and the rest, 45.20: 100.00, not 45.21 and 100.01.
    """
    made = World()
    reference = made.offer(made.table("flat", [({}, "100")], period=Period.TERM))
    root = made.offer()
    other = made.offer(made.table("flat", [({}, "50")], period=Period.TERM), root=root)
    own = made.offer(made.table("flat", [({}, "200")], period=Period.TERM), root=root)
    employee = made.member()
    spouse = made.hold(made.member(employee, relationship=Relationship.SPOUSE), root, own)
    child = made.member(employee, relationship=Relationship.CHILD, birth_date="2016-05-05")
    held = made.hold(child, root, other, covered_from="2026-04-11", covered_to="2026-07-20")
    made.rule(
        target=root,
        member_type=MemberType.DEPENDENT,
        kind=ShareKind.REFERENCE_PLAN,
        percent_e4=percent(100),
        reference_offer=reference,
    )
    found = made.rate()
    assert found.employer_cents[spouse] == 10_000
    assert found.employer_cents[held] == 1_370  # all of 50.00 x 100 / 365, which the reference plan's 27.40 covers


def child_for_a_hundred_days(own: str) -> tuple[World, int]:
    """An employee, 100 days alone, 100 with a child and 165 alone again, at one price a year in whatever tier."""
    made = World()
    prices = [({Axis.TIER: tier}, own) for tier in (Tier.EE, Tier.E1C)]
    plan = made.offer(made.table("composite_tier", prices, period=Period.TERM))
    employee = made.member()
    row = made.hold(employee, plan)
    child = made.member(employee, relationship=Relationship.CHILD, birth_date="2016-05-05")
    made.hold(child, plan, covered_from="2026-04-11", covered_to="2026-07-20")
    return made, row


@pytest.mark.rule("PR-28")
def test_an_employee_only_premium_is_cut_where_the_premium_is() -> None:
    """27.40, 27.40 and the rest, 45.20, in both: all of 100.00, not 27.40 + 27.39 + 45.20."""
    made, row = child_for_a_hundred_days("100")
    kind = ShareKind.EMPLOYEE_AND_INCREMENT
    made.rule(target=made.coverages[row]["offer"], kind=kind, percent_e4=percent(100), dependent_percent_e4=0)
    assert made.rate().employer_cents[row] == 10_000


@pytest.mark.rule("PR-28")
def test_a_reference_premium_is_that_of_all_pieces_also_where_a_tier_has_no_step() -> None:
    """Of 100.00 the pieces are 27.40, 27.40 and the rest, 45.20; the middle one has no step: 72.60, not 72.61."""
    made, row = child_for_a_hundred_days("200")
    made.rule(
        target=made.coverages[row]["offer"],
        kind=ShareKind.REFERENCE_PLAN,
        grade=Grade.TIER,
        steps=[(Tier.EE, percent(100))],
        reference_offer=made.offer(made.table("flat", [({}, "100")], period=Period.TERM)),
    )
    found = made.rate()
    assert (found.employer_cents[row], found.issue[row]) == (7_260, Issue.RULE_WITHOUT_VALUE)


def test_a_piece_warns_of_nothing_that_is_not_so_for_the_term() -> None:
    """Hired after the first covered day: no step for the term, and no price looked for, as later pieces would."""
    made = World()
    own = made.offer(made.table("composite_tier", [({Axis.TIER: Tier.EE}, "100"), ({Axis.TIER: Tier.ES}, "200")]))
    employee = made.member(hire_date="2026-03-01")
    row = made.hold(employee, own)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), own, covered_from="2026-07-01")
    made.rule(
        target=own,
        kind=ShareKind.REFERENCE_PLAN,
        grade=Grade.SERVICE,
        steps=[(0, percent(100))],
        reference_offer=made.offer(),  # without a table
    )
    found = made.rate()
    assert (found.employer_cents[row], found.issue[row]) == (0, Issue.RULE_WITHOUT_VALUE)
