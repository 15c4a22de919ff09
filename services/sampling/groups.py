"""Employer groups: who they are, when their contract runs and which designs they buy.

What lives here: one row per group, drawn as columns. What does not: the sheets made from the rows
(`services.sampling.shelf`, `.rates`, `.contributions`) and the people (`.people`).

A group names its products by number: `ppo` 3 is the third PPO product of the carrier. Numbers are shared by many
groups, so a thousand groups need a few hundred rate tables, as on a carrier's shelf.
"""

from datetime import date

import numpy as np
import polars as pl

from services.sampling.names import employer_name, names

MOST_PRODUCTS = 20
"""The most products the carrier sells of one line."""

_STARTS = (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1))
_ENDS = (date(2026, 12, 31), date(2027, 3, 31), date(2027, 6, 30), date(2027, 9, 30))
_START_SHARES = (0.82, 0.06, 0.09, 0.03)

_LINES = ("ppo", "hdhp", "dental", "vision", "life", "add", "sup", "std", "ltd")


def n_products(n_groups: int) -> int:
    """How many products of each line a book of so many groups draws on."""
    return min(MOST_PRODUCTS, max(2, n_groups // 40))


def make_groups(n_groups: int, seed: int) -> pl.DataFrame:
    """One row per group, in order of its number."""
    rng = np.random.default_rng([seed, 1])
    sold = n_products(n_groups)
    number = np.arange(n_groups)
    term = rng.choice(len(_STARTS), n_groups, p=_START_SHARES)
    columns = {
        "group": pl.Series(number, dtype=pl.Int32),
        "account_number": _numbered("A", number),
        "contract_number": _numbered("C", number),
        "account_name": pl.Series([employer_name(i) for i in range(n_groups)]),
        "start": pl.Series(list(_STARTS)).gather(term),
        "end": pl.Series(list(_ENDS)).gather(term),
        **_places(rng, n_groups),
        **{line: pl.Series(rng.integers(1, sold + 1, n_groups), dtype=pl.Int32) for line in _LINES},
        **_designs(rng, n_groups, sold),
    }
    return pl.DataFrame(columns)


def _numbered(prefix: str, number: np.ndarray) -> pl.Series:
    digits = pl.Series(number + 1).cast(pl.String).str.zfill(6)
    return prefix + digits


def _places(rng: np.random.Generator, n: int) -> dict[str, pl.Series]:
    lists = names()
    at = rng.integers(0, len(lists.cities), n)
    streets = pl.Series(list(lists.streets)).gather(rng.integers(0, len(lists.streets), n))
    prefix = pl.Series([c.prefix for c in lists.cities]).gather(at)
    area = pl.Series([c.area for c in lists.cities]).gather(at)
    states_area = pl.Series(rng.random(n) < 0.9)
    return {
        "place": pl.Series(at, dtype=pl.Int32),
        "street": pl.Series(rng.integers(1, 999, n)).cast(pl.String) + " " + streets,
        "city": pl.Series([c.city for c in lists.cities]).gather(at),
        "state": pl.Series([c.state for c in lists.cities]).gather(at),
        "postal_code": prefix + pl.Series(rng.integers(1, 99, n)).cast(pl.String).str.zfill(2),
        # One contract in ten states no area; the employer's postal code decides it then.
        "rating_area": area.to_frame("a").select(pl.when(states_area).then("a")).to_series(),
    }


def _designs(rng: np.random.Generator, n: int, sold: int) -> dict[str, pl.Series]:
    few = max(2, sold // 4)

    def some(share: float) -> pl.Series:
        return pl.Series(rng.random(n) < share)

    return {
        "exec": pl.Series(rng.integers(1, few + 1, n), dtype=pl.Int32),
        "acc": pl.Series(rng.integers(1, few + 1, n), dtype=pl.Int32),
        "dental_plus": pl.Series(rng.integers(1, max(2, sold // 2) + 1, n), dtype=pl.Int32),
        "has_exec": some(0.30),
        "has_dental_plus": some(0.55),
        "has_sup": some(0.75),
        "has_std": some(0.80),
        "has_ltd": some(0.75),
        "has_acc": some(0.30),
        "is_flat_life": some(0.25),
        "own_dental": some(0.08),
        "own_hospital": some(0.04),
        "keeps_first_rates": some(0.20),
        "own_load": pl.Series(np.round(rng.uniform(0.88, 1.18, n), 3)),
        "life_multiple": pl.Series(np.array([1.0, 1.5, 2.0])[rng.integers(0, 3, n)]),
        "generosity": pl.Series(rng.integers(0, 3, n), dtype=pl.Int32),
    }


def group_sizes(n_groups: int, people: int, seed: int) -> np.ndarray:
    """How many people each group has: uneven as employers are, adding up to `people` exactly."""
    least = 2
    if people < least * n_groups:
        raise ValueError(f"{n_groups} groups need at least {least * n_groups} people, {people} were asked for")
    weight = np.random.default_rng([seed, 2]).lognormal(0.0, 0.7, n_groups)
    exact = weight * ((people - least * n_groups) / weight.sum())
    size = np.floor(exact).astype(np.int64)
    left = people - least * n_groups - int(size.sum())
    # The people lost to rounding down go to the groups that lost most, the lower number first.
    size[np.argsort(size - exact, kind="stable")[:left]] += 1
    return size + least
