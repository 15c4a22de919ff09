"""When an age reduction takes effect: by the anniversary, by the birthday, by the month."""

import pytest

from rating.codes import (
    AgeBasis,
    AgeDate,
    Issue,
    ReductionDate,
    Relationship,
    SpouseAge,
    VolumeRounding,
    ZeroReason,
)
from tests.rating.builders import World, cents, e4


def life(
    pays: list[str | None], *, rate: str = "1", birth: str | None = "1986-05-05", steps: tuple = (), **offer: object
) -> World:
    """One employee per pay, with a volume plan."""
    made = World()
    if steps:
        offer["reduction"] = made.reduction(*steps)
    plan = made.offer(made.table("volume", [({}, rate)]), **offer)
    for pay in pays:
        made.hold(made.member(birth_date=birth, annual_pay_cents=-1 if pay is None else cents(pay)), plan)
    return made


@pytest.mark.parametrize(
    ("rule", "first_day", "expected"),
    [
        # Born 10 June 1961, 65 on 10 June 2026; the term runs from 1 January, when the age is 64.
        (ReductionDate.PLAN_ANNIVERSARY, "2026-06-10", 100_000),
        (ReductionDate.BIRTHDAY, "2026-06-09", 100_000),
        (ReductionDate.BIRTHDAY, "2026-06-10", 65_000),
        (ReductionDate.FIRST_OF_MONTH, "2026-06-10", 100_000),
        (ReductionDate.FIRST_OF_MONTH, "2026-06-30", 100_000),
        (ReductionDate.FIRST_OF_MONTH, "2026-07-01", 65_000),
    ],
)
def test_a_reduction_takes_effect_by_its_own_rule(rule: ReductionDate, first_day: str, expected: int) -> None:
    made = life([None], birth="1961-06-10", flat_cents=cents(100_000), steps=((65, "65"),), reduction_date=rule)
    made.coverages[0]["covered_from"] = first_day
    assert made.rate().volume_cents.tolist() == [cents(expected)]


def test_a_birthday_on_the_first_of_the_month_counts_from_that_day() -> None:
    for birth, expected in (("1961-06-01", 65_000), ("1961-06-02", 100_000)):
        rule = {"reduction_date": ReductionDate.FIRST_OF_MONTH, "steps": ((65, "65"),)}
        made = life([None], birth=birth, flat_cents=cents(100_000), **rule)
        made.coverages[0]["covered_from"] = "2026-06-20"
        assert made.rate().volume_cents.tolist() == [cents(expected)]


def test_the_plan_anniversary_decides_a_reduction_even_where_rates_go_by_the_issue_age() -> None:
    made = World()
    schedule = made.reduction((65, "65"))
    table = made.table("volume", [({}, "1")], age_date=AgeDate.ISSUE)
    plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule)
    for birth in ("1961-01-01", "1961-01-02", None):
        made.hold(made.member(birth_date=birth), plan, age_date="2010-01-01")
    result = made.rate()
    assert result.volume_cents.tolist() == [cents(65_000), cents(100_000), -1]
    assert result.issue.tolist() == [0, 0, Issue.BIRTH_DATE_REQUIRED]


@pytest.mark.parametrize("setting", list(AgeDate))
@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        ("1962-01-01", "1980"),  # 65 on the anniversary: 100.00 for twelve months, then 65.00 for twelve
        ("1962-01-02", "2400"),  # a day too young for it
    ],
)
def test_in_a_term_of_two_years_the_anniversary_reduces_whatever_ages_the_table_reads(
    setting: AgeDate, birth: str, expected: str
) -> None:
    made = World()
    table = made.table("volume", [({}, "1")], age_date=setting)
    schedule = made.reduction((65, "65"))
    plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule, term_to="2028-01-01")
    made.hold(made.member(birth_date=birth), plan)
    assert made.rate().prorated_cents.tolist() == [cents(expected)]


def test_an_amount_that_age_does_not_reduce_yet_is_not_rounded_again() -> None:
    # The cap of 100,400 is not a whole thousand: nearest would be 100,000. From 65 on 65 % are 65,260, nearest 65,000.
    for birth, expected in (("1961-01-02", 100_400), ("1961-01-01", 65_000)):
        made = life(
            ["63450"],
            birth=birth,
            multiple_e4=e4(2),
            maximum_cents=cents(100_400),
            volume_rounding=VolumeRounding.NEAREST_1000,
            steps=((65, "65"),),
        )
        assert made.rate().volume_cents.tolist() == [cents(expected)]


@pytest.mark.parametrize(
    ("pay", "rounding", "expected"),
    [
        # At most 1.5 x 66,666.67 = 100,000.005; half of it is 50,000.0025, which lies above 50,000.
        ("66666.67", VolumeRounding.UP_1000, 51_000),
        ("66666.66", VolumeRounding.UP_1000, 50_000),  # 99,999.99, half of it 49,999.995
        # At most 1.5 x 66,000.67 = 99,001.005; half of it is 49,500.5025.
        ("66000.67", VolumeRounding.NEAREST_1000, 50_000),
        # At most 1.5 x 65,999.99 = 98,999.985; half of it is 49,499.9925.
        ("65999.99", VolumeRounding.NEAREST_1000, 49_000),
    ],
)
def test_age_reduces_the_part_of_a_cent_that_a_cap_by_pay_leaves(
    pay: str, rounding: VolumeRounding, expected: int
) -> None:
    made = life(
        [pay],
        birth="1961-01-01",
        flat_cents=cents(200_000),
        pay_multiple_cap_e4=e4("1.5"),
        volume_rounding=rounding,
        steps=((65, "50"),),
    )
    assert made.rate().volume_cents.tolist() == [cents(expected)]


@pytest.mark.parametrize(
    ("birth", "basis", "expected"),
    [
        # The term starts on 1 January 2026: 64 completed, 65 nearest from 2 July 1961 back, 65 by the year alone.
        ("1961-05-01", AgeBasis.LAST_BIRTHDAY, 100_000),
        ("1961-05-01", AgeBasis.NEAREST_BIRTHDAY, 65_000),
        ("1961-09-01", AgeBasis.NEAREST_BIRTHDAY, 100_000),
        ("1961-12-31", AgeBasis.YEAR_ONLY, 65_000),
        ("1962-01-01", AgeBasis.YEAR_ONLY, 100_000),
    ],
)
def test_at_the_anniversary_a_reduction_takes_ages_as_the_table_does(
    birth: str, basis: AgeBasis, expected: int
) -> None:
    for setting in (AgeDate.PLAN_ANNIVERSARY, AgeDate.JAN_1):
        made = World()
        schedule = made.reduction((65, "65"))
        table = made.table("volume", [({}, "1")], age_basis=basis, age_date=setting)
        plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule)
        made.hold(made.member(birth_date=birth), plan)
        assert made.rate().volume_cents.tolist() == [cents(expected)]


def test_a_spouse_rated_by_the_employees_age_is_reduced_by_it_at_the_anniversary_and_by_the_own_birthday() -> None:
    for rule, expected in ((ReductionDate.PLAN_ANNIVERSARY, 65_000), (ReductionDate.BIRTHDAY, 100_000)):
        for setting in (AgeDate.PLAN_ANNIVERSARY, AgeDate.ISSUE):
            made = World()
            schedule = made.reduction((65, "65"))
            table = made.table("volume", [({}, "1")], spouse_age=SpouseAge.EMPLOYEE, age_date=setting)
            plan = made.offer(table, flat_cents=cents(100_000), reduction=schedule, reduction_date=rule)
            employee = made.member(birth_date="1955-01-01")
            made.hold(made.member(employee, relationship=Relationship.SPOUSE, birth_date="1975-01-01"), plan)
            assert made.rate().volume_cents.tolist() == [cents(expected)]


def test_whoever_declined_owes_nothing_at_any_age_and_whoever_chose_an_amount_must_have_one() -> None:
    made = World()
    schedule = made.reduction((65, "65"))
    plan = made.offer(made.table("volume", [({}, "1")]), increment_cents=cents(10_000), reduction=schedule)
    for chosen in (0, 10_000):
        made.hold(made.member(birth_date=None), plan, elected_cents=cents(chosen))
    result = made.rate()
    assert result.issue.tolist() == [0, Issue.BIRTH_DATE_REQUIRED]
    assert result.zero_reason.tolist() == [ZeroReason.AMOUNT_DECLINED, 0]
