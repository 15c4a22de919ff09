"""A share measured by another plan follows that plan's price, also where it alone moves within the term."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from rating import Result
from rating.codes import AgeDate, Axis, MemberType, Period, ReductionDate, Relationship, ShareKind
from tests.rating.builders import World, cents, percent

AGES = [({Axis.AGE: 0}, "500"), ({Axis.AGE: 40}, "600")]
DEAR = "1000"
"""A month in the plan held: above every share, and the same all year."""


def half_up(exact: Decimal) -> int:
    """Cents of dollars."""
    return int((exact * 100).quantize(Decimal(1), ROUND_HALF_UP))


def eighty_percent(*parts: tuple[str, int]) -> int:
    """80 % of monthly premiums over days of the year 2026, the premium of the year rounded before."""
    premium = half_up(sum((Decimal(monthly) * 12 * n / 365 for monthly, n in parts), Decimal()))
    return half_up(Decimal(premium) * Decimal("0.8") / 100)


def world(base: int, made: World, **more: Any) -> int:
    """An employee in a plan of one price, 80 % of the base plan paid. The coverage row."""
    plan = made.offer(made.table("flat", [({}, DEAR)]))
    made.rule(target=plan, kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base)
    hold = {name: more.pop(name) for name in ("issue_date", "elected_cents", "rate_date") if name in more}
    return made.hold(made.member(**more), plan, **hold)


def paid(result: Result, row: int) -> int:
    """The employer's share; the premium is that of twelve months, uncut, and nothing is warned of."""
    assert result.prorated_cents[row] == 12 * cents(DEAR)
    assert result.employer_cents[row] + result.employee_cents[row] == 12 * cents(DEAR)
    assert not result.issue.any()
    return int(result.employer_cents[row])


@pytest.mark.parametrize(
    ("born", "days_before"),
    [
        ("1986-04-01", 90),  # 40 on 1 April, in force that day
        ("1986-04-02", 120),  # the first of May
        ("1986-12-02", 365),  # not within the term any more
    ],
)
def test_a_birthday_that_moves_the_base_plan_alone_moves_the_share_from_its_day(born: str, days_before: int) -> None:
    made = World()
    base = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ATTAINED))
    row = world(base, made, birth_date=born)
    # 90 days: (500 x 90 + 600 x 275) x 12 / 365 = 6,904.11, of which 80 % are 5,523.29.
    assert paid(made.rate(), row) == eighty_percent(("500", days_before), ("600", 365 - days_before))


def test_an_age_that_the_base_plan_reads_once_a_year_moves_nothing() -> None:
    made = World()
    row = world(made.offer(made.table("age_banded", AGES)), made, birth_date="1986-04-01")
    assert paid(made.rate(), row) == eighty_percent(("500", 365))


def test_the_base_plan_reads_ages_on_the_day_its_own_table_says() -> None:
    # 40 since May 2025: at the anniversary of the plan held. The base plan goes by the day it was issued, at 38.
    made = World()
    base = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ISSUE))
    row = world(base, made, birth_date="1985-05-05", issue_date="2023-07-01")
    assert paid(made.rate(), row) == eighty_percent(("500", 365))


def test_a_version_that_begins_within_the_term_serves_only_who_is_rated_from_then_on() -> None:
    # Rates are read for the rate date of the coverage, of the base plan as of its own (PR-10).
    made = World()
    table = made.table("flat", [({}, "500")])
    made.version(table, [({}, "700")], "2026-07-01")
    row = world(made.offer(table), made)
    assert paid(made.rate(), row) == eighty_percent(("500", 365))
    made.coverages[row] |= {"covered_from": "2026-07-01", "rate_date": "2026-07-01"}
    assert made.rate().employer_cents[row] == eighty_percent(("700", 184))


def test_in_a_term_of_two_years_the_base_plan_reads_ages_again_at_the_anniversary() -> None:
    two_years: dict[str, Any] = {"term_to": "2028-01-01"}
    made = World()
    base = made.offer(made.table("age_banded", AGES), **two_years)
    plan = made.offer(made.table("flat", [({}, DEAR)]), **two_years)
    made.rule(target=plan, kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base)
    row = made.hold(made.member(birth_date="1986-04-01"), plan)
    # 39 on 1 January 2026 and 40 a year later; 80 % of 12 x 500.00 and of 12 x 600.00, each year of 365 days.
    assert made.rate().employer_cents[row] == cents(4_800) + cents(5_760)


def test_a_reduction_in_the_base_plan_alone_lowers_the_share() -> None:
    made = World()
    base = made.offer(
        made.table("volume", [({}, "5")]),
        flat_cents=cents(100_000),
        reduction=made.reduction((65, "50")),
        reduction_date=ReductionDate.BIRTHDAY,
    )
    row = world(base, made, birth_date="1961-04-01")
    # 100 thousands x 5.00 for the 90 days before 1 April, 50 thousands for the rest.
    assert paid(made.rate(), row) == eighty_percent(("500", 90), ("250", 275))


def test_a_childs_share_follows_the_base_plan_of_the_rule_for_dependents() -> None:
    made = World()
    base = made.offer(made.table("age_banded", [({Axis.AGE: 0}, "500"), ({Axis.AGE: 19}, "600")], age_date=2))
    plan = made.offer(made.table("flat", [({}, DEAR)]))
    to_base = {"kind": ShareKind.REFERENCE_PLAN, "percent_e4": percent(80), "reference_offer": base}
    made.rule(target=plan, member_type=MemberType.DEPENDENT, **to_base)
    employee = made.member()
    made.hold(employee, plan)
    child = made.member(employee, relationship=Relationship.CHILD, birth_date="2007-04-01")
    row = made.hold(child, plan)
    assert paid(made.rate(), row) == eighty_percent(("500", 90), ("600", 275))


@pytest.mark.parametrize("base_itself_is_measured", [False, True])
def test_who_holds_the_base_plan_stays_there_also_where_a_rule_measures_it_by_a_third(
    base_itself_is_measured: bool,
) -> None:
    made = World()
    base = made.offer(made.table("children_flat", [({}, "50")]))
    plan, third = (made.offer(made.table("flat", [({}, price)])) for price in (DEAR, "7"))
    whole = {"kind": ShareKind.REFERENCE_PLAN, "percent_e4": percent(100)}
    made.rule(target=plan, reference_offer=base, **whole)
    if base_itself_is_measured:
        made.rule(target=base, reference_offer=third, **whole)
    employee = made.member()
    row = made.hold(employee, plan)
    made.hold(employee, base)
    child = made.hold(made.member(employee, relationship=Relationship.CHILD, birth_date="2015-05-05"), base)
    result = made.rate()
    # The child carries the one price of the base plan, so the employee would pay nothing there.
    assert result.prorated_cents[[row, row + 1, child]].tolist() == [12 * cents(DEAR), 0, 12 * cents("50")]
    # 100 % of 7.00 a month in the third plan is 84.00; nothing where no rule pays for the base plan.
    assert result.employer_cents[[row, row + 1, child]].tolist() == [0, 0, 8_400 if base_itself_is_measured else 0]


def test_cents_of_a_share_do_not_depend_on_the_size_of_a_chunk() -> None:
    made = World()
    base = made.offer(made.table("age_banded", AGES, age_date=AgeDate.ATTAINED))
    plan = made.offer(made.table("flat", [({}, DEAR)], period=Period.MONTHLY))
    made.rule(target=plan, kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base)
    for month in range(1, 13):
        made.hold(made.member(birth_date=f"1986-{month:02d}-02"), plan)
    expected = made.rate().employer_cents.tolist()
    assert len(set(expected)) == 12  # eleven months of 600.00 for a birthday in January, none for one in December
    for settings in ({"chunk": 1}, {"chunk": 5, "threads": 2}):
        assert made.rate(**settings).employer_cents.tolist() == expected
