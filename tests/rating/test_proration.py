"""A part of the term: the tables of `proration.md`, cent for cent."""

from fractions import Fraction

import numpy as np
import pytest

from rating import Reductions
from rating.codes import Issue, Period, Proration, Relationship, ZeroReason
from rating.dates import months_between
from rating.positions import BY_MONTH
from rating.proration import Prorations, part_of_term
from rating.terms import terms_of
from tests.rating.builders import World, days, e4, e6

YEAR = {"term_from": "2026-01-01", "term_to": "2027-01-01"}


def prorated(premium: str, spans: list[tuple[str, str]], period: Period = Period.TERM, **offer: object) -> World:
    """One member per span, with a flat premium."""
    made = World()
    plan = made.offer(made.table("flat", [({}, premium)], since="2020-01-01", period=period), **(YEAR | offer))
    for start, end in spans:
        made.hold(made.member(), plan, covered_from=start, covered_to=end)
    return made


@pytest.mark.rule("PR-1")
@pytest.mark.rule("PR-2")
@pytest.mark.rule("PR-3")
def test_the_documented_new_hire_pays_13_85_of_16_00() -> None:
    made = prorated(
        "16", [("2023-02-28", "2024-01-10"), ("2023-01-10", "2024-01-10")], term_from="2023-01-10", term_to="2024-01-10"
    )
    result = made.rate()
    assert result.covered_days.tolist() == [316, 365]
    assert result.standard_cents.tolist() == [1_600, 1_600]
    assert result.prorated_cents.tolist() == [1_385, 1_600]  # 16 x 316/365 = 13.852...


@pytest.mark.rule("PR-4")
def test_the_sample_of_member_rating() -> None:
    made = prorated("112.50", [("2026-07-01", "2027-01-01"), ("2026-01-01", "2027-01-01")])
    assert made.rate().prorated_cents.tolist() == [5_671, 11_250]  # x 184/365 = 56.7123


@pytest.mark.rule("PR-25")
def test_the_general_table() -> None:
    spans = {
        ("2026-01-01", "2027-01-01"): (365, 90_000),
        ("2026-04-16", "2027-01-01"): (260, 64_110),
        ("2026-01-01", "2026-09-21"): (263, 64_849),
        ("2026-04-16", "2026-09-21"): (158, 38_959),
        ("2026-12-31", "2027-01-01"): (1, 247),
        ("2027-01-01", "2028-01-01"): (0, 0),
        ("2020-01-01", "2030-01-01"): (365, 90_000),
        ("2020-01-01", "2026-01-01"): (0, 0),
        ("2026-05-02", "2026-05-01"): (0, 0),
    }
    result = prorated("900", list(spans)).rate()
    assert list(zip(result.covered_days.tolist(), result.prorated_cents.tolist(), strict=True)) == list(spans.values())
    is_outside = [Issue.OUTSIDE_TERM if not covered else 0 for covered, _ in spans.values()]
    assert result.issue.tolist() == is_outside
    assert result.term_days.tolist() == [365] * len(spans)


@pytest.mark.rule("PR-5")
def test_a_leap_year_has_366_days_and_two_years_731() -> None:
    leap = prorated("366", [("2024-12-31", "2025-01-01")] * 2, term_from="2024-01-01", term_to="2025-01-01").rate()
    assert leap.term_days.tolist() == [366] * 2
    assert leap.prorated_cents.tolist() == [100] * 2
    both = prorated("731", [("2024-01-01", "2024-01-02")] * 2, term_from="2024-01-01", term_to="2026-01-01").rate()
    assert both.prorated_cents.tolist() == [100] * 2


@pytest.mark.rule("PR-5")
def test_a_monthly_rate_is_rounded_then_multiplied_by_the_months_of_the_term() -> None:
    full = [("2026-01-01", "2027-01-01")] * 2
    result = prorated("10.005", full, Period.MONTHLY).rate()
    assert result.period_cents.tolist() == [1_001] * 2
    assert result.standard_cents.tolist() == [12_012] * 2
    # 2 months and 14 of the 31 days of March: 10.01 x 76/31 = 24.5406
    result = prorated("10.005", full, Period.MONTHLY, term_to="2026-03-15").rate()
    assert result.standard_cents.tolist() == [2_454] * 2


@pytest.mark.rule("PR-5")
def test_an_annual_rate_counts_a_twelfth_for_each_month() -> None:
    spans = [("2026-01-01", "2027-01-01")] * 2
    assert prorated("100", spans, Period.ANNUAL).rate().standard_cents.tolist() == [10_000] * 2
    # Five months: 100.01 x 5/12 = 41.6708
    assert prorated("100.01", spans, Period.ANNUAL, term_to="2026-06-01").rate().standard_cents.tolist() == [4_167] * 2
    assert prorated("100", spans, Period.ANNUAL, term_to="2028-01-01").rate().standard_cents.tolist() == [20_000] * 2


@pytest.mark.rule("PR-26")
def test_without_proration_any_covered_day_costs_the_whole_term() -> None:
    spans = [("2026-12-31", "2027-01-01"), ("2026-01-01", "2027-01-01"), ("2027-01-01", "2028-01-01")]
    assert prorated("900", spans, proration=Proration.NONE).rate().prorated_cents.tolist() == [90_000, 90_000, 0]


MONTHLY = [
    Proration.DAILY_MONTH,
    Proration.DAILY_30,
    Proration.FULL_MONTH,
    Proration.FIRST_OF_MONTH,
    Proration.MID_MONTH,
]


def of_a_month(method: Proration, start: str, end: str, **offer: object) -> int:
    """385.50 a month over the year 2026, covered from `start` to before `end` of its March. [cents]"""
    term = {"term_from": "2026-03-01", "term_to": "2026-04-01"}
    return int(prorated("385.50", [(start, end)], proration=method, **(term | offer)).rate().prorated_cents[0])


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Proration.DAILY_MONTH, 19_897),  # 385.50 x 16/31 = 198.9677
        (Proration.DAILY_30, 19_275),  # 385.50 x 15/30
        (Proration.MID_MONTH, 0),
        (Proration.FULL_MONTH, 38_550),
        (Proration.FIRST_OF_MONTH, 0),
        (Proration.NONE, 38_550),
        (Proration.DAILY_TERM, 19_897),  # the term is that month
    ],
)
def test_the_documented_month_from_its_16th(method: Proration, expected: int) -> None:
    assert of_a_month(method, "2026-03-16", "2026-04-01") == expected


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize(
    ("method", "first_day", "expected"),
    [
        (Proration.DAILY_MONTH, 1, 38_550),
        (Proration.DAILY_MONTH, 2, 37_306),  # x 30/31 = 373.0645
        (Proration.DAILY_MONTH, 31, 1_244),  # x 1/31 = 12.4355
        (Proration.DAILY_30, 2, 37_265),  # x 29/30 = 372.65
        (Proration.DAILY_30, 30, 1_285),  # x 1/30 = 12.85
        (Proration.DAILY_30, 31, 0),  # 30 of 30 days are lost
        (Proration.FULL_MONTH, 31, 38_550),
        (Proration.FIRST_OF_MONTH, 1, 38_550),
        (Proration.FIRST_OF_MONTH, 2, 0),
        (Proration.MID_MONTH, 15, 38_550),
        (Proration.MID_MONTH, 16, 0),
    ],
)
def test_a_start_within_a_month(method: Proration, first_day: int, expected: int) -> None:
    assert of_a_month(method, f"2026-03-{first_day:02}", "2026-04-01") == expected


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize(
    ("method", "last_day", "expected"),
    [
        (Proration.DAILY_MONTH, 1, 1_244),
        (Proration.DAILY_MONTH, 30, 37_306),
        (Proration.DAILY_30, 1, 1_285),
        (Proration.DAILY_30, 29, 37_265),
        (Proration.DAILY_30, 30, 38_550),
        (Proration.FULL_MONTH, 1, 38_550),
        (Proration.FIRST_OF_MONTH, 1, 38_550),  # covered on the 1st
        (Proration.MID_MONTH, 15, 0),
        (Proration.MID_MONTH, 16, 38_550),
    ],
)
def test_an_end_within_a_month(method: Proration, last_day: int, expected: int) -> None:
    assert of_a_month(method, "2026-03-01", str(np.datetime64(f"2026-03-{last_day:02}") + 1)) == expected


@pytest.mark.rule("PR-26")
def test_a_months_last_day_charges_the_whole_month_be_it_the_28th_or_the_31st() -> None:
    for method in MONTHLY:
        spans = [("2026-01-01", "2026-02-01"), ("2026-01-01", "2026-03-01"), ("2026-01-01", "2026-05-01")]
        made = prorated("100", spans, Period.MONTHLY, proration=method).rate()
        assert made.prorated_cents.tolist() == [10_000, 20_000, 40_000], method


@pytest.mark.rule("PR-26")
def test_the_wash_day_is_data() -> None:
    assert of_a_month(Proration.MID_MONTH, "2026-03-10", "2026-04-01", wash_day=10) == 38_550
    assert of_a_month(Proration.MID_MONTH, "2026-03-11", "2026-04-01", wash_day=10) == 0


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize(
    ("first_day_off", "wash_day", "months"),
    [
        ("2026-03-01", 27, 2),  # to 28 February, after the 27th: the month is charged
        ("2026-03-01", 28, 1),  # on or before the 28th: it is not
        ("2026-05-01", 29, 4),  # to 30 April
        ("2026-05-01", 30, 3),
        ("2026-05-01", 31, 3),
        ("2026-04-01", 30, 3),  # to 31 March
        ("2026-04-01", 31, 2),
        ("2026-03-31", 30, 2),  # to 30 March, a day that does not end its month
        ("2026-03-31", 29, 3),
        ("2027-01-01", 31, 12),  # to the end of the term: no end that anything could be washed of
    ],
)
def test_a_wash_day_at_or_after_the_last_day_of_a_month_washes_an_end_on_that_day(
    first_day_off: str, wash_day: int, months: int
) -> None:
    spans = [("2026-01-01", first_day_off)]
    made = prorated("100", spans, Period.MONTHLY, proration=Proration.MID_MONTH, wash_day=wash_day)
    assert made.rate().prorated_cents.tolist() == [months * 10_000]


@pytest.mark.rule("PR-26")
def test_a_wash_day_that_no_day_of_the_month_passes_charges_every_start_in_it() -> None:
    spans = [("2026-03-31", "2027-01-01"), ("2026-04-30", "2027-01-01")]
    made = prorated("100", spans, Period.MONTHLY, proration=Proration.MID_MONTH, wash_day=31)
    assert made.rate().prorated_cents.tolist() == [100_000, 90_000]  # March to December, April to December
    made = prorated("100", spans, Period.MONTHLY, proration=Proration.MID_MONTH, wash_day=30)
    assert made.rate().prorated_cents.tolist() == [90_000, 90_000]  # 31 March is after the 30th


@pytest.mark.rule("PR-26")
def test_a_month_from_its_first_to_its_last_day_within_the_wash_day_is_an_end_like_any_other() -> None:
    # On or before day 31 its start is charged from the beginning of the month, its end to the beginning as well.
    spans = [("2026-03-01", "2026-04-01"), ("2026-03-01", "2026-05-01")]
    made = prorated("100", spans, Period.MONTHLY, proration=Proration.MID_MONTH, wash_day=31)
    assert made.rate().prorated_cents.tolist() == [0, 10_000]
    # By contract months, from the 10th: the month from 10 March has 31 days, its 31st is 9 April.
    term = {"term_from": "2026-01-10", "term_to": "2027-01-10"}
    for wash_day, cents in ((30, 30_000), (31, 20_000)):
        made = prorated(
            "100",
            [("2026-01-10", "2026-04-10")],
            Period.MONTHLY,
            proration=Proration.MID_MONTH,
            wash_day=wash_day,
            **term,
        )
        assert made.rate().prorated_cents.tolist() == [cents]


@pytest.mark.rule("PR-26")
def test_a_start_and_an_end_may_go_by_different_methods() -> None:
    # Wash at the start, days of the month at the end: from the 10th (whole month) to the 20th of March.
    both = {"proration_end": Proration.DAILY_MONTH}
    assert of_a_month(Proration.MID_MONTH, "2026-03-10", "2026-03-21", **both) == 24_871  # x 20/31 = 248.7097
    assert of_a_month(Proration.MID_MONTH, "2026-03-16", "2026-03-21", **both) == 0  # lost more than was charged
    # Days of the term at the start, whole months at the end, over a year of 365 days.
    whole = prorated(
        "365", [("2026-01-11", "2026-02-02")], proration=Proration.DAILY_TERM, proration_end=Proration.FULL_MONTH
    )
    # Charged to the end of February, 2/12, less the 10 days lost: 365 x (2/12 - 10/365) = 50.8333
    assert whole.rate().prorated_cents.tolist() == [5_083]


@pytest.mark.rule("PR-26")
def test_whole_months_and_days_add_up_over_a_year() -> None:
    # From 16 March: 9 months and 16/31 of 385.50 = 3,668.4677; to 14 April: 3 months and 14/30 = 1,336.40.
    made = prorated(
        "385.50",
        [("2026-03-16", "2027-01-01"), ("2026-01-01", "2026-04-15")],
        Period.MONTHLY,
        proration=Proration.DAILY_MONTH,
    ).rate()
    assert made.prorated_cents.tolist() == [366_847, 133_640]


@pytest.mark.rule("PR-26")
def test_a_month_is_counted_from_the_day_the_contract_begins_on() -> None:
    term = {"term_from": "2026-01-10", "term_to": "2027-01-10"}
    # 20 March is the 11th day of the month from 10 March to 9 April (31 days): 9 whole months and 21/31 are left.
    made = prorated("100", [("2026-03-20", "2027-01-10")], Period.MONTHLY, proration=Proration.DAILY_MONTH, **term)
    assert made.rate().prorated_cents.tolist() == [96_774]  # 100 x 9.677419
    # The 15th day of that month is 24 March.
    spans = [("2026-03-24", "2027-01-10"), ("2026-03-25", "2027-01-10")]
    made = prorated("100", spans, Period.MONTHLY, proration=Proration.MID_MONTH, **term)
    assert made.rate().prorated_cents.tolist() == [100_000, 90_000]


@pytest.mark.rule("PR-5")
@pytest.mark.parametrize("method", list(Proration))
def test_full_cover_of_any_term_costs_the_standard_premium(method: Proration) -> None:
    for term_to in ("2026-03-15", "2027-01-01", "2027-07-20", "2026-01-02"):
        made = prorated("10.01", [("2026-01-01", term_to)], Period.MONTHLY, proration=method, term_to=term_to).rate()
        assert made.prorated_cents.tolist() == made.standard_cents.tolist(), term_to


@pytest.mark.rule("PR-5")
def test_a_last_month_cut_short_is_worth_its_part() -> None:
    # 1 January to 14 March at 100.00 a month: 2 months and 14/31, 245.16.
    term = {"term_to": "2026-03-15", "proration": Proration.FULL_MONTH}
    made = prorated("100", [("2026-03-14", "2026-03-15"), ("2026-02-28", "2026-03-01")], Period.MONTHLY, **term).rate()
    # 245.16 x (14/31) / (76/31) = 45.1611; 245.16 x 31/76 = 100.0000
    assert made.prorated_cents.tolist() == [4_516, 10_000]


@pytest.mark.rule("PR-26")
def test_a_start_with_the_term_and_an_end_with_it_lose_nothing() -> None:
    for method in [*MONTHLY, Proration.BIRTH_MONTH_FREE]:
        assert of_a_month(method, "2026-02-01", "2026-05-01") == 38_550, method


@pytest.mark.rule("PR-26")
def test_days_that_cost_nothing_say_so() -> None:
    term = {"term_from": "2026-03-01", "term_to": "2026-04-01"}
    made = prorated("385.50", [("2026-03-16", "2026-04-01")], proration=Proration.MID_MONTH, **term).rate()
    assert made.covered_days.tolist() == [16]
    assert made.zero_reason.tolist() == [ZeroReason.NOT_CHARGED]
    assert made.issue.tolist() == [0]
    free = prorated("0", [("2026-03-16", "2026-04-01")], proration=Proration.MID_MONTH, **term).rate()
    assert free.zero_reason.tolist() == [ZeroReason.FILED_ZERO]


@pytest.mark.rule("PR-26")
def test_days_that_cost_nothing_say_so_beside_a_filed_rate_of_zero_that_experience_raises() -> None:
    made = World()
    plan = made.offer(
        made.table("experience_blend", [({}, "0")]),
        experience_e6=e6("541.20"),
        life_years_e4=e4(160),
        full_credibility_e4=e4(1_000),
        proration=Proration.FIRST_OF_MONTH,
    )
    made.hold(made.member(), plan, covered_from="2026-12-02")
    made.hold(made.member(), plan)
    result = made.rate()
    assert result.standard_cents.tolist() == [12 * 21_648] * 2  # 0.4 x 541.20 = 216.48 a month
    assert result.prorated_cents.tolist() == [0, 12 * 21_648]
    assert result.zero_reason.tolist() == [ZeroReason.NOT_CHARGED, 0]


@pytest.mark.rule("PR-27")
def test_a_newborn_pays_nothing_for_the_month_of_birth() -> None:
    made = World()
    plan = made.offer(
        made.table("flat", [({}, "100")], period=Period.MONTHLY),
        proration=Proration.DAILY_MONTH,
        proration_newborn=Proration.BIRTH_MONTH_FREE,
    )
    primary = made.member()
    for relationship, born, covered_from in [
        (Relationship.CHILD, "2026-03-10", "2026-03-10"),
        (Relationship.CHILD, "2026-03-01", "2026-03-01"),
        (Relationship.CHILD, "2026-03-10", "2026-03-20"),
        (Relationship.CHILD, "2026-02-27", "2026-03-10"),  # not in the month of birth: 9 months and 22/31
        (Relationship.SPOUSE, "2026-03-10", "2026-03-10"),
        (Relationship.CHILD, "2026-12-05", "2026-12-05"),
    ]:
        child = made.member(primary, relationship=relationship, birth_date=born)
        made.hold(child, plan, covered_from=covered_from)
    result = made.rate()
    assert result.prorated_cents.tolist() == [90_000, 90_000, 90_000, 97_097, 97_097, 0]
    assert result.zero_reason.tolist() == [0] * 5 + [ZeroReason.NOT_CHARGED]


@pytest.mark.rule("PR-27")
def test_a_child_born_on_the_first_day_of_the_term_has_that_month_free_too() -> None:
    # 100.00 a month from 1 January: eleven months of twelve for those born and covered from the 1st or the 2nd, all
    # twelve for a child of the month before and for a spouse; nothing in a term of one month.
    people = [
        (Relationship.CHILD, "2026-01-01", "2026-01-01"),
        (Relationship.CHILD, "2026-01-02", "2026-01-02"),
        (Relationship.CHILD, "2025-12-31", "2025-12-31"),
        (Relationship.SPOUSE, "2026-01-01", "2026-01-01"),
    ]
    for term_to, expected in [
        ("2027-01-01", [110_000, 110_000, 120_000, 120_000]),
        ("2026-02-01", [0, 0, 10_000, 10_000]),
    ]:
        made = World()
        plan = made.offer(
            made.table("flat", [({}, "100")], period=Period.MONTHLY),
            term_to=term_to,
            proration=Proration.DAILY_MONTH,
            proration_newborn=Proration.BIRTH_MONTH_FREE,
        )
        primary = made.member()
        for relationship, born, covered_from in people:
            child = made.member(primary, relationship=relationship, birth_date=born)
            made.hold(child, plan, covered_from=covered_from)
        assert made.rate().prorated_cents.tolist() == expected, term_to


@pytest.mark.rule("PR-27")
def test_by_default_a_newborn_is_like_anybody_else() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "100")]), proration=Proration.DAILY_MONTH)
    child = made.member(made.member(), relationship=Relationship.CHILD, birth_date="2026-03-10")
    made.hold(child, plan, covered_from="2026-03-10")
    assert made.rate().prorated_cents.tolist() == [97_097]  # 9 months and 22/31 of 100.00


@pytest.mark.rule("PR-26")
def test_plans_go_each_by_their_own_method() -> None:
    made = World()
    table = made.table("flat", [({}, "100")])
    plans = [made.offer(table, proration=method) for method in (Proration.DAILY_TERM, *MONTHLY, Proration.NONE)]
    for plan in plans:
        made.hold(made.member(), plan, covered_from="2026-03-16")
    # 1,200 x 291/365 = 956.7123; 9 16/31; 9 15/30; 10; 9; 9; 12 months
    assert made.rate().prorated_cents.tolist() == [95_671, 95_161, 95_000, 100_000, 90_000, 90_000, 120_000]


def test_every_method_is_data() -> None:
    assert {*BY_MONTH, Proration.DAILY_TERM, Proration.NONE} == set(Proration)


def by_hand(method: Proration, start: np.datetime64, end: np.datetime64, term_to: np.datetime64, wash: int) -> Fraction:
    """Months charged for a span in a term from 1 January 2026, written out month by month."""
    charged = Fraction(0)
    for month in np.arange(np.datetime64("2026-01"), term_to.astype("M8[M]") + 1):
        first, next_one = month.astype("M8[D]"), (month + 1).astype("M8[D]")
        last = min(next_one, term_to)
        length = int((next_one - first).astype(int))
        worth = Fraction(int((last - first).astype(int)), length)
        begin, stop = max(start, first), min(end, last)
        if worth == 0 or begin >= stop:
            continue
        before, upto = int((begin - first).astype(int)), int((stop - first).astype(int))
        ends = stop < last
        if method == Proration.DAILY_MONTH:
            lost, kept = Fraction(before, length), Fraction(upto, length) if ends else worth
        elif method == Proration.DAILY_30:
            lost = min(Fraction(min(before, 30), 30), worth)
            kept = min(Fraction(min(upto, 30), 30), worth) if ends else worth
        elif method == Proration.FULL_MONTH:
            lost, kept = Fraction(0), worth
        elif method == Proration.FIRST_OF_MONTH:
            lost, kept = worth if before else Fraction(0), worth
        else:
            lost = worth if before + 1 > wash else Fraction(0)
            kept = worth if not ends or upto > wash else Fraction(0)
        charged += max(kept - lost, Fraction(0))
    return charged


@pytest.mark.rule("PR-26")
@pytest.mark.parametrize("method", MONTHLY)
@pytest.mark.parametrize("term_to", ["2026-05-01", "2026-04-18", "2027-01-01"])
def test_every_span_of_a_term_agrees_with_months_written_out(method: Proration, term_to: str) -> None:
    term_end = np.datetime64(term_to)
    edges = np.arange(np.datetime64("2026-01-01"), min(term_end, np.datetime64("2026-05-01")) + 1)
    begin, end = (side.ravel() for side in np.meshgrid(edges, edges, indexing="ij"))
    keep = begin < end
    begin, end = begin[keep], end[keep]
    made = World()
    made.offer(made.table("flat", [({}, "1")]), proration=method, term_to=term_to, wash_day=10)
    batch, tables = made.batch(), made.rate_tables()
    terms = terms_of(batch.offers, Reductions.none(), tables)
    numerator, unit = part_of_term(
        Prorations.of(batch.offers, terms), offer=np.zeros(begin.size, np.intp), covered_from=begin, covered_to=end
    )
    months, parts = months_between(days("2026-01-01"), days(term_to))
    term = Fraction(int(months[0]), int(parts[0]))
    for row in range(0, begin.size, 7):
        expected = by_hand(method, begin[row], end[row], term_end, 10) / term
        assert Fraction(int(numerator[row]), int(unit[row])) == expected, (begin[row], end[row])
