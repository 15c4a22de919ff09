"""What holds for whatever method is found by walking the package."""

import importlib

import numpy as np
import pytest

from rating import methods
from rating.codes import Axis, Issue, ZeroReason
from tests.rating.builders import World, cents, percent

BENEFIT = {"flat_cents": cents(10_000), "benefit_percent_e4": percent(60), "maximum_benefit_cents": cents(1_000)}

ASKED = {"composite_solved": {"required_cents": cents(300)}}
"""What an offer of the method must state besides."""


def world(code: str, cells: list, **term: str) -> World:
    """Three employees with pay who hold one plan of the method."""
    made = World()
    curve = (made.table("factor", [({Axis.AGE: 0}, "1.2")]),) if code == "age_curve" else ()
    plan = made.offer(made.table(code, cells, factors=curve), **BENEFIT, **ASKED.get(code, {}))
    for age in (1960, 1980, 2000):
        member = made.member(birth_date=f"{age}-03-03", annual_pay_cents=cents(52_000))
        made.hold(member, plan, **term)
    return made


@pytest.mark.parametrize("code", methods.CODES)
def test_the_docstring_states_formula_unit_source_and_example(code: str) -> None:
    text = importlib.import_module(f"rating.methods.{code}").__doc__ or ""
    for word in ("Formula:", "Unit:", "Source:", "Example:"):
        assert word in text


@pytest.mark.parametrize("code", methods.CODES)
def test_an_empty_batch_is_rated(code: str) -> None:
    made = world(code, [({}, "1.50")])
    made.members, made.plans, made.coverages = [], [], []
    assert made.rate().period_cents.tolist() == []


@pytest.mark.parametrize("code", methods.CODES)
def test_a_filed_rate_gives_a_premium(code: str) -> None:
    result = world(code, [({}, "1.50")]).rate()
    assert result.issue.tolist() == [Issue.NONE] * 3
    assert ((result.period_cents > 0) | (result.zero_reason == ZeroReason.BILLED_BY_CLASS)).all()


@pytest.mark.parametrize("code", methods.CODES)
def test_a_missing_cell_gives_no_rate_and_no_money(code: str) -> None:
    for cells in ([], [({}, None)]):
        result = world(code, cells).rate()
        assert result.issue.tolist() == [Issue.NO_RATE] * 3
        assert result.unit_rate_e6.tolist() == [-1] * 3
        assert not result.prorated_cents.any()
        assert result.member_issue.tolist() == [Issue.PART_UNRATED] * 3


@pytest.mark.parametrize("code", methods.CODES)
def test_a_filed_rate_of_nought_is_lawful_and_says_so(code: str) -> None:
    result = world(code, [({}, "0")]).rate()
    assert result.issue.tolist() == [Issue.NONE] * 3
    assert (result.zero_reason > 0).all()


@pytest.mark.parametrize("code", methods.CODES)
def test_a_person_without_a_covered_day_is_outside_the_term(code: str) -> None:
    result = world(code, [({}, "1.50")], covered_from="2027-01-01").rate()
    assert result.issue.tolist() == [Issue.OUTSIDE_TERM] * 3
    assert not result.standard_cents.any()


def test_codes_are_in_alphabetical_order_and_an_unknown_one_is_refused_with_the_list() -> None:
    assert list(methods.CODES) == sorted(methods.CODES)
    assert {"flat", "age_banded", "child_capped", "composite_tier", "volume", "covered_pay", "weekly_benefit"} <= set(
        methods.CODES
    )
    with pytest.raises(KeyError, match=r"service_banded.*age_banded,.* child_capped"):
        methods.get("service_banded")


@pytest.mark.parametrize("code", methods.CODES)
def test_the_vector_equals_its_rows_rated_in_smaller_batches(code: str) -> None:
    made = world(code, [({}, "1.50")])
    whole = made.rate().prorated_cents
    parts = made.rate(chunk=1).prorated_cents
    np.testing.assert_array_equal(whole, parts)
