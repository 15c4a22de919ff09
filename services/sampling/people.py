"""Employees and their families, drawn as columns.

What lives here: who is in a group: families, names, birth dates, pay, class, dates of work and cover. What does not:
what they choose (`.choices`) and how a file spells it (`.census_files`).

No two people of a group share association, first and last name, because that is how a person is known again in a
census. Ages are right for the roles: parents are at least 17 years older than their children, children are under 26.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from services.sampling.names import names

SELF, SPOUSE, PARTNER, CHILD = 0, 1, 2, 3
EXECUTIVE, SALARIED, HOURLY = 0, 1, 2

_FAMILY_SIZES = np.array([1, 2, 3, 4, 5, 6, 7])
_FAMILY_SHARES = np.array([0.45, 0.20, 0.13, 0.14, 0.05, 0.02, 0.01])
_YEAR = 365.25
_AGES_ON = np.datetime64("2025-06-30", "D").astype(np.int64)
"""The day ages are drawn for: early enough that nobody is born after any census."""


@dataclass(frozen=True)
class People:
    """One row per person, families together and the employee first. Days count from 1970-01-01; -1 is none."""

    group: np.ndarray
    """Row of the group in the frame of groups."""
    family: np.ndarray
    """Number of the family in this batch."""
    rank: np.ndarray
    """Number of the employee within the group, counted from 0; the family's people share it."""
    first_of: np.ndarray
    """Row of the family's employee."""
    relation: np.ndarray
    is_female: np.ndarray
    first_name: np.ndarray
    last_name: np.ndarray
    second_name: np.ndarray
    """A second surname, hyphenated to the first; -1 for none."""
    born: np.ndarray
    class_no: np.ndarray
    """Class of the employee, on the whole family."""
    pay_cents: np.ndarray
    """Annual pay of an employee; -1 on a dependent."""
    hired: np.ndarray
    cover_from: np.ndarray
    cover_to: np.ndarray
    is_smoker: np.ndarray
    fte_tenths: np.ndarray

    def __len__(self) -> int:
        return len(self.group)


def make_people(groups: pl.DataFrame, sizes: np.ndarray, rng: np.random.Generator) -> People:
    """The people of some groups; `sizes` says how many each has."""
    n = int(sizes.sum())
    group = np.repeat(np.arange(groups.height), sizes)
    starts = _family_starts(sizes, n, rng)
    family = np.cumsum(starts) - 1
    first_row = np.flatnonzero(starts)
    first_of = first_row[family]
    rank = (family - family[np.repeat(np.cumsum(sizes) - sizes, sizes)]).astype(np.int64)
    relation, nth_child = _relations(first_row, first_of, n, rng)
    adult = relation != CHILD
    class_no = _classes(rank[first_row], rng)[family]
    age = _ages(relation, nth_child, first_of, class_no, rng)
    born = _AGES_ON - np.floor(age * _YEAR).astype(np.int64) - 1
    is_female = _sexes(relation, first_of, rng)
    hired, cover_from, cover_to = _dates(groups, group, age, first_row, rng)
    first_name, last_name, second_name = _names(group, rank, relation, nth_child, first_of, rng)
    primary = relation == SELF
    return People(
        group=group,
        family=family,
        rank=rank,
        first_of=first_of,
        relation=relation,
        is_female=is_female,
        first_name=first_name,
        last_name=last_name,
        second_name=second_name,
        born=born,
        class_no=class_no,
        pay_cents=np.where(primary, _pay(class_no, rng), -1),
        hired=np.where(primary, hired[family], -1),
        cover_from=cover_from[family],
        cover_to=cover_to[family],
        is_smoker=adult & (age >= 21) & (rng.random(n) < 0.13),
        fte_tenths=np.where(primary, np.where((class_no == HOURLY) & (rng.random(n) < 0.2), 5, 10), -1),
    )


def _family_starts(sizes: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """True on the first person of each family. A family that would cross into the next group ends there."""
    drawn = rng.choice(_FAMILY_SIZES, n, p=_FAMILY_SHARES)
    at = np.cumsum(drawn) - drawn
    starts = np.zeros(n, bool)
    starts[at[at < n]] = True
    starts[np.cumsum(sizes) - sizes] = True
    return starts


def _relations(
    first_row: np.ndarray, first_of: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What each person is to the employee, and the how-manieth child (0 for the oldest; -1 for adults)."""
    size = np.diff(np.append(first_row, n))
    has_spouse = (size > 1) & (rng.random(len(size)) < np.where(size == 2, 0.62, 0.84))
    is_partner = rng.random(len(size)) < 0.08
    place = np.arange(n) - first_of
    family = np.repeat(np.arange(len(size)), size)
    second = np.where(is_partner, PARTNER, SPOUSE)[family]
    relation = np.where(place == 0, SELF, np.where((place == 1) & has_spouse[family], second, CHILD))
    nth_child = np.where(relation == CHILD, place - 1 - has_spouse[family], -1)
    return relation, nth_child


def _classes(rank: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.choice(3, len(rank), p=(0.07, 0.48, 0.45))
    return np.where(rank == 0, EXECUTIVE, drawn)


def _ages(
    relation: np.ndarray, nth_child: np.ndarray, first_of: np.ndarray, class_no: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Exact ages in years on `_AGES_ON`."""
    n = len(relation)
    middle, spread = np.array([53.0, 43.0, 39.0]), np.array([8.0, 11.5, 13.0])
    own = np.clip(rng.normal(middle[class_no], spread[class_no]), 19.2, 72.5)
    n_children = np.bincount(first_of[relation == CHILD], minlength=n)
    # Children are about two and a half years apart, so the oldest of many is not a baby, nor is the parent a teen.
    oldest = np.clip(own - 29 + rng.normal(0, 4.0, n), (n_children - 1) * 2.4 + 0.6, 24.4)
    own = np.where(n_children > 0, np.clip(own, oldest + 18.5, 68.0), own)
    spouse = np.clip(own[first_of] + rng.normal(0, 3.0, n), 19.5, 74.5)
    spouse = np.where(n_children[first_of] > 0, np.maximum(spouse, oldest[first_of] + 17.5), spouse)
    child = oldest[first_of] - nth_child * 2.4 - rng.random(n) * 0.5
    return np.where(relation == SELF, own, np.where(relation == CHILD, child, spouse))


def _sexes(relation: np.ndarray, first_of: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.random(len(relation)) < 0.49
    other = ~drawn[first_of]
    return np.where(relation == SPOUSE, other, drawn)


def _dates(
    groups: pl.DataFrame,
    group: np.ndarray,
    age: np.ndarray,
    first_row: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per family: day of hire, first day of cover (-1: from the contract's start), last day (-1: to its end)."""
    n = len(first_row)
    start = groups["start"].to_physical().to_numpy().astype(np.int64)[group[first_row]]
    served = 70 + rng.random(n) * np.clip(age[first_row] - 19, 0.1, 25) * 360
    hired_before = start - served.astype(np.int64)
    hired_in_term = start + rng.integers(5, 240, n)
    is_new = rng.random(n) < 0.05
    hired = np.where(is_new, hired_in_term, hired_before)
    cover_from = np.where(is_new, _next_month(hired_in_term + 30), -1)
    leaves = ~is_new & (rng.random(n) < 0.025)
    cover_to = np.where(leaves, _next_month(start + rng.integers(40, 300, n)) - 1, -1)
    return hired, cover_from, cover_to


def _next_month(day: np.ndarray) -> np.ndarray:
    """The first day of the month after each day."""
    month = day.astype("M8[D]").astype("M8[M]") + 1
    return month.astype("M8[D]").astype(np.int64)


def _pay(class_no: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Annual pay in cents: whole dollars for salaried staff, an hourly wage times 2,080 for hourly staff."""
    n = len(class_no)
    middle, spread = np.array([205_000.0, 74_000.0, 0.0]), np.array([0.28, 0.30, 0.0])
    salary = np.round(middle[class_no] * np.exp(rng.normal(0, 1, n) * spread[class_no]) / 50) * 50
    wage_cents = np.round(2_150 * np.exp(rng.normal(0, 0.24, n)) / 5) * 5
    return np.where(class_no == HOURLY, wage_cents * 2_080, salary * 100).astype(np.int64)


def _names(
    group: np.ndarray,
    rank: np.ndarray,
    relation: np.ndarray,
    nth_child: np.ndarray,
    first_of: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row numbers in the name lists. Families of a group differ in surname; children of a family in first name."""
    lists = names()
    n, n_last, n_first = len(group), len(lists.last), len(lists.female)
    offset = rng.integers(0, n_last, int(group[-1]) + 1)[group]
    # 97 shares no divisor with the number of surnames, so a lap of the list meets every surname once.
    last = (offset + rank * 97) % n_last
    lap = rank // n_last
    second = np.where(lap > 0, (last + 31 * lap) % n_last, -1)
    drawn = rng.integers(0, n_first, n)
    first = np.where(relation == CHILD, (drawn[first_of] + 7 * (nth_child + 1)) % n_first, drawn)
    return first, last, second
