"""A part of the term: the tables of `proration.md`, cent for cent."""

import numpy as np
import pytest

from rating.codes import Issue, Period, Proration
from rating.proration import PRORATIONS, charged_fraction
from tests.rating.builders import World

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


def test_every_method_is_registered_and_rows_of_several_go_each_by_its_own() -> None:
    assert set(PRORATIONS) == set(Proration)
    codes = np.array([0, 1, 0, 1], np.int8)
    covered, term = np.array([1, 2, 3, 4], np.int64), np.array([10, 20, 30, 40], np.int64)
    numerator, denominator = charged_fraction(codes, covered, term)
    assert numerator.tolist() == [1, 1, 3, 1]
    assert denominator.tolist() == [10, 1, 30, 1]


def test_two_adjoining_spans_cost_the_whole_to_the_cent_of_rounding() -> None:
    for cut in ("2026-02-01", "2026-07-02", "2026-12-31"):
        whole, first, second = (
            prorated("897.53", [("2026-01-01", "2027-01-01"), ("2026-01-01", cut), (cut, "2027-01-01")])
            .rate()
            .prorated_cents
        )
        assert abs(int(first + second - whole)) <= 1
