"""The core against the oracle, on odd random worlds: every coverage, every amount, to the cent.

What lives here: the comparison. What does not: the worlds (`tests.random_world`), the oracle (`tests.oracle`), tidy
cases worked by hand (the tests beside this one).
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from rating import Result
from rating.codes import NONE, Issue, ZeroReason
from rating.methods import CODES
from tests.oracle import Contract, Family, Priced, price_group, with_solved_rates
from tests.random_world import random_world
from tests.rating.builders import World
from tests.rating.retold import Retold

SETTLED, MOVING = range(0, 120, 2), range(1, 60, 2)
LACKS = ("AMOUNT_OUT_OF_RANGE", "AMOUNT_REQUIRED", "BIRTH_DATE_REQUIRED", "PAY_REQUIRED")
"""What a benefit may lack. No rule says which of several is told first, so any of them is as good."""
AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")


def disagreements(world: World, result: Result) -> list[str]:
    """What core and oracle say differently, coverage by coverage."""
    told = Retold(world)
    found = []
    for contract, family, rows in in_pools(told):
        for row, priced in zip(rows, price_group(contract, [family], told.rules)[0], strict=True):
            core, oracle = said_by_core(result, row), said_by_oracle(priced)
            if {is_nothing(core), is_nothing(oracle)} == {"lacking", "nothing"}:
                continue  # no rule says which is told first of an amount that is nothing and asks for what is not known
            if apart := {k: (core[k], oracle[k]) for k in oracle if core[k] != oracle[k]}:
                found.append(f"coverage {row} (offer {world.coverages[row]['offer']}): core, oracle: {apart}")
    return found


def in_pools(told: Retold) -> Iterator[tuple[Contract, Family, list[int]]]:
    """The families, their plans with the rates that the census of each account gives."""
    for _, group in groupby(told.families(), key=lambda each: told.account(int(each[1].people[0].key))):
        contracts, families, rows = zip(*group, strict=True)
        yield from zip(contracts, with_solved_rates(contracts[0], families), rows, strict=True)


def is_nothing(said: dict[str, Any]) -> str:
    """Whether a coverage lacks a fact, or has nothing to insure."""
    if said["issue"] == "LACKING":
        return "lacking"
    return "nothing" if said["zero_reason"] in ("NO_AMOUNT", "AMOUNT_DECLINED") else "priced"


def told(issue: str) -> str:
    """An issue, or that something is lacking."""
    return "LACKING" if issue in LACKS else issue


def said_by_core(result: Result, row: int) -> dict[str, Any]:
    """One coverage of a result, in the words of the comparison."""
    said = {name: int(getattr(result, name)[row]) for name in AMOUNTS}
    rule = int(result.rule[row])
    return said | {
        "issue": told(Issue(int(result.issue[row])).name),
        "zero_reason": ZeroReason(int(result.zero_reason[row])).name,
        "rule": None if rule == NONE else rule,
        "covered_days": int(result.covered_days[row]),
    }


def said_by_oracle(priced: Priced) -> dict[str, Any]:
    """The same of the oracle."""
    said = {name: getattr(priced, name) for name in AMOUNTS}
    return said | {
        "issue": told(priced.issue),
        "zero_reason": priced.zero_reason,
        "rule": None if priced.rule is None else int(priced.rule),
        "covered_days": priced.covered_days,
    }


@pytest.mark.parametrize("seed", SETTLED)
def test_core_and_oracle_agree_to_the_cent_on_a_random_world(seed: int) -> None:
    world = random_world(seed)
    assert not (apart := disagreements(world, world.rate())), "\n".join(apart[:10])


@pytest.mark.parametrize("seed", MOVING)
def test_they_agree_where_prices_and_shares_change_within_a_term(seed: int) -> None:
    world = random_world(seed)
    assert not (apart := disagreements(world, world.rate())), "\n".join(apart[:10])


def test_the_worlds_draw_every_method_a_book_can_carry() -> None:
    drawn = set()
    for seed in range(40):  # many, so that a further method is drawn as well, and puts none out
        world = random_world(seed, n_families=0)
        drawn |= {world.tables[offer["rate_table"]]["method"] for offer in world.offers if offer["rate_table"] != NONE}
    assert drawn == set(CODES)
