"""Offers and rules brought together by key: once or often, with few numbers between the keys or many."""

import numpy as np
import pytest

from rating.matching import Keyed


@pytest.mark.parametrize("apart", [1, 10_000], ids=["read from a table", "searched"])
def test_a_key_met_once_gives_each_rule_its_one_offer_and_a_key_met_nowhere_none(apart: int) -> None:
    keys = np.array([2, 3, 5]) * apart
    wanted = np.array([5, 4, 2, 1, 6, -2]) * apart  # between two keys, below the first and above the last too
    offers, rules = Keyed(keys, np.array([70, 80, 90]), wanted.size).matches(wanted, np.arange(6))
    assert offers.tolist() == [90, 70]
    assert rules.tolist() == [0, 2]


@pytest.mark.parametrize("apart", [1, 10_000], ids=["read from a table", "searched"])
def test_the_numbers_next_to_the_ends_are_no_keys(apart: int) -> None:
    keys = np.array([7, 8]) * apart
    offers, rules = Keyed(keys, np.array([0, 1]), 2).matches(np.array([keys[0] - 1, keys[1] + 1]), np.array([4, 5]))
    assert not offers.size
    assert not rules.size


def test_a_key_met_often_gives_a_rule_all_its_offers_in_their_order() -> None:
    offers, rules = Keyed(np.array([2, 2, 5]), np.array([70, 80, 90]), 4).matches(np.array([5, 2, 3, 2]), np.arange(4))
    assert offers.tolist() == [90, 70, 80, 70, 80]
    assert rules.tolist() == [0, 1, 1, 3, 3]
