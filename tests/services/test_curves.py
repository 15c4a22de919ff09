"""Published curves: the landmarks of the documents, and no state answered with a curve that is not its own."""

from decimal import Decimal

import pytest

from services.curves.published import curve_cells, tier_cells
from services.refusals import Malformed, NotFound
from tests.rating.builders import CURVE


def factor(state: str, age: int) -> Decimal:
    """The factor in force at an age."""
    return [value for bound, value in curve_cells(state).cells if int(bound) <= age][-1]


def test_the_federal_curve_is_the_one_of_the_documents_at_every_age() -> None:
    assert {age: str(factor("federal", age)) for age in CURVE} == CURVE
    assert factor("federal", 18) == Decimal("0.913")  # a common wrong copy has 0.851
    assert factor("federal", 14) == Decimal("0.765")
    assert factor("federal", 15) == Decimal("0.833")
    assert factor("federal", 90) == 3


@pytest.mark.parametrize("state", ["TX", "tx", " CA ", "WY"])
def test_a_state_without_a_curve_of_its_own_has_the_federal_one(state: str) -> None:
    assert curve_cells(state) == curve_cells("federal")
    assert "147.102" in curve_cells(state).citation


@pytest.mark.parametrize(
    ("state", "child", "at_21", "at_40", "at_64"),
    [
        ("AL-individual", "0.635", "1.000", "1.278", "3.000"),
        ("DC", "0.654", "0.727", "0.975", "2.181"),
        ("MA", "0.751", "1.183", "1.393", "2.365"),
        ("MN", "0.890", "1.000", "1.278", "3.000"),
        ("MS", "0.635", "1.000", "1.278", "3.000"),
        ("OR", "0.635", "1.000", "1.278", "3.000"),
        ("UT", "0.793", "1.000", "1.479", "3.000"),
    ],
)
def test_states_with_a_curve_of_their_own_have_it(state: str, child: str, at_21: str, at_40: str, at_64: str) -> None:
    found = [str(factor(state, age)) for age in (0, 20, 21, 40, 64)]
    assert found == [child, child, at_21, at_40, at_64]
    assert "State Specific Age Curve Variations" in curve_cells(state).citation


@pytest.mark.parametrize("state", ["federal", "AL-individual", "DC", "MA", "MN", "MS", "OR", "UT"])
def test_every_curve_rises_with_age_from_21_and_stays_within_3_to_1(state: str) -> None:
    adults = [factor(state, age) for age in range(21, 80)]
    assert adults == sorted(adults)
    assert adults[-1] <= 3 * adults[0] + Decimal("0.001")  # DC's 2.181 / 0.727 is 3.000 to three places
    bounds = [int(bound) for bound, _ in curve_cells(state).cells]
    assert bounds == sorted(set(bounds))
    assert bounds[0] == 0


@pytest.mark.parametrize(
    ("state", "word"), [("AL", "individual"), ("NJ", "own curve"), ("NY", "tiers"), ("VT", "tiers")]
)
def test_a_state_that_may_not_have_the_federal_curve_is_refused_with_a_remedy(state: str, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        curve_cells(state)


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(NotFound, match="no age curve Narnia"):
        curve_cells("Narnia")
    with pytest.raises(NotFound, match="NY, TX, VT"):
        tier_cells("CA")


def test_family_tiers_are_ratios_to_one_adult() -> None:
    found = {state: [str(ratio) for _, ratio in tier_cells(state).cells] for state in ("NY", "VT", "TX")}
    assert found == {
        "NY": ["1.00", "2.00", "1.70", "2.85"],
        "VT": ["1.00", "2.00", "1.93", "2.81"],
        "TX": ["1.0", "2.0", "2.0", "3.0"],
    }
    assert [tier for tier, _ in tier_cells("ny").cells] == ["EE", "ES", "EC", "FAM"]
