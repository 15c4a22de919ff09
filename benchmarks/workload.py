"""The common workload of the core and its rivals: a seeded made-up book as plain columns.

Groups of a hundred people on average, in families, each group an account with a contract of one year that starts on
the first of some month, and two classes. A person holds two plans of eight with two coverages each.

    rate        filed per coverage, version (two dates) and age; dollars per person, per $1,000 for every third coverage
    factors     by area, filed per coverage; 1.5 for tobacco from age 18 on
    month       rate x factors (x volume / 1,000), half up to the cent
    term        twelve months; prorated by covered days over days of the term, half up
    employer    percent of the prorated premium by the rule found, half up, at most the rule's cap
    rules       by category, product and plan, for employees and dependents: the documented ladder chooses
    issues      a person without a birth date, an age without a rate, cover that ends before it begins
    totals      the five amounts, the worst issue and the counts, to the plan and to the member
"""

from dataclasses import dataclass

import numpy as np

N_CATEGORIES = 8
"""Plans of a group, one per category, each with three coverages."""
N_PRODUCTS = 3 * N_CATEGORIES
N_AGES, N_AREAS = 80, 10
VERSIONS = np.array(["2025-07-01", "2026-07-01"], "M8[D]")
OFFERS_OF_GROUP = N_CATEGORIES + N_PRODUCTS
FIRST_DAY = np.datetime64("2026-01-01", "D")

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Workload:
    """Bundles of equally long columns; a row is known by its position."""

    members: Columns
    plans: Columns
    coverages: Columns
    offers: Columns
    rates: Columns
    area_factors: Columns
    rules: Columns

    @property
    def n_coverages(self) -> int:
        """Coverages to be priced."""
        return self.coverages["plan"].size


def make(n_members: int, seed: int = 0) -> Workload:
    """The same numbers give the same book."""
    r = np.random.default_rng(seed)
    n_groups = max(1, n_members // 100)
    start = (FIRST_DAY.astype("M8[M]") + r.integers(0, 12, n_groups)).astype("M8[M]")
    offers = _offers(n_groups, start)
    members = _members(r, n_members, n_groups)
    plans, coverages = _selections(r, members, start)
    rates, area_factors = _rates(r)
    return Workload(members, plans, coverages, offers, rates, area_factors, _rules(r, n_groups))


def _members(r: np.random.Generator, n: int, n_groups: int) -> Columns:
    """Families of one to five, contiguous, each inside one group."""
    sizes = r.integers(1, 6, n)
    first = np.concatenate([[0], np.cumsum(sizes)])
    first = first[first < n]
    primary = np.repeat(first, np.diff(np.append(first, n)))
    group = np.minimum(primary * n_groups // n, n_groups - 1)
    birth = np.datetime64("1948-01-01", "D") + r.integers(0, 365 * 77, n)
    birth[r.random(n) < 0.001] = np.datetime64("NaT")
    return {
        "primary_row": primary.astype(np.int32),
        "account": group.astype(np.int32),
        "birth_date": birth,
        "tobacco": (r.random(n) < 0.12).astype(np.int8),
        "area": r.integers(0, N_AREAS, n).astype(np.int32),
        "class_slot": r.integers(0, 2, n).astype(np.int32)[primary],
        "volume_cents": r.integers(1, 50, n).astype(np.int64) * 1_000_000,
    }


def _selections(r: np.random.Generator, members: Columns, start: np.ndarray) -> tuple[Columns, Columns]:
    """Two plans a member, two coverages a plan: one of two alternatives, and the third, sold by volume."""
    n = members["account"].size
    chosen = r.integers(0, N_CATEGORIES, (n, 2))
    chosen[:, 1] = (chosen[:, 0] + 1 + chosen[:, 1] % (N_CATEGORIES - 1)) % N_CATEGORIES
    chosen.sort(axis=1)
    root = members["account"].astype(np.int64)[:, None] * OFFERS_OF_GROUP + chosen
    product = 3 * chosen[:, :, None] + np.stack([r.integers(0, 2, (n, 2)), np.full((n, 2), 2)], axis=2)
    offer = members["account"].astype(np.int64)[:, None, None] * OFFERS_OF_GROUP + N_CATEGORIES + product
    member = np.repeat(np.arange(n, dtype=np.int32), 4)
    term_from = start.astype("M8[D]")[members["account"]]
    term_to = (start + 12).astype("M8[D]")[members["account"]]
    begins = term_from + np.where(r.random(n) < 0.15, r.integers(0, 365, n), 0)
    ends = np.where(r.random(n) < 0.0005, begins, term_to)
    plans = {"member": np.repeat(np.arange(n, dtype=np.int32), 2), "offer": root.ravel().astype(np.int32)}
    return plans, {
        "plan": np.repeat(np.arange(2 * n, dtype=np.int32), 2),
        "member": member,
        "offer": offer.ravel().astype(np.int32),
        "elected_cents": np.where(product.ravel() % 3 == 2, members["volume_cents"][member], -1),
        "rate_date": term_from[member],
        "age_date": term_from[member],
        "covered_from": begins[member],
        "covered_to": ends[member],
    }


def _offers(n_groups: int, start: np.ndarray) -> Columns:
    """Per group eight roots, then their twenty-four coverages."""
    within = np.arange(OFFERS_OF_GROUP)
    product = np.where(within < N_CATEGORIES, N_PRODUCTS + within, within - N_CATEGORIES)
    category = np.where(within < N_CATEGORIES, within, (within - N_CATEGORIES) // 3)
    first = np.repeat(np.arange(n_groups) * OFFERS_OF_GROUP, OFFERS_OF_GROUP)

    def each(column: np.ndarray) -> np.ndarray:
        return np.tile(column, n_groups).astype(np.int32)

    return {
        "root": (first + each(category)).astype(np.int32),
        "account": np.repeat(np.arange(n_groups, dtype=np.int32), OFFERS_OF_GROUP),
        "product": each(product),
        "category": each(category),
        "rate_table": each(np.where(within < N_CATEGORIES, -1, within - N_CATEGORIES)),
        "term_from": np.repeat(start.astype("M8[D]"), OFFERS_OF_GROUP),
        "term_to": np.repeat((start + 12).astype("M8[D]"), OFFERS_OF_GROUP),
    }


def _rates(r: np.random.Generator) -> tuple[Columns, Columns]:
    """A rate per product, version and age (none from 76 on for two products), and a factor per product and area."""
    table, version, age = (a.ravel() for a in np.indices((N_PRODUCTS, VERSIONS.size, N_AGES)))
    highest = np.where(table % 3 == 2, 9_000_000, 900_000_000)
    value = (50_000 + r.random(table.size) * (highest - 50_000)).astype(np.int64)
    is_filed = ~((age >= 76) & np.isin(table, (5, 12)))
    rates = {
        "rate_table": table.astype(np.int32),
        "version_from": VERSIONS[version],
        "version_to": np.append(VERSIONS[1:], np.datetime64("2999-01-01", "D"))[version],
        "age": age.astype(np.int32),
        "rate_e6": np.where(is_filed, value, -1),
    }
    area_table, area = (a.ravel() for a in np.indices((N_PRODUCTS, N_AREAS)))
    factors = {"rate_table": area_table.astype(np.int32), "area": area.astype(np.int32)}
    return rates, factors | {"factor_e4": r.integers(8_000, 12_000, area.size).astype(np.int64)}


def _rules(r: np.random.Generator, n_groups: int) -> Columns:
    """Per class: every category for employees and for dependents, four products and four coverages besides."""
    n_classes = 2 * n_groups
    per_class = 2 * N_CATEGORIES + 8
    n = n_classes * per_class
    class_row = np.repeat(np.arange(n_classes), per_class)
    within = np.tile(np.arange(per_class), n_classes)
    is_category = within < 2 * N_CATEGORIES
    is_product = ~is_category & (within < 2 * N_CATEGORIES + 4)
    product = r.integers(0, N_PRODUCTS, n)
    account = class_row // 2
    offer = account * OFFERS_OF_GROUP + N_CATEGORIES + product
    return {
        "account": account.astype(np.int32),
        "class_slot": (class_row % 2).astype(np.int32),
        "target_kind": np.where(is_category, 2, np.where(is_product, 1, 0)).astype(np.int8),
        "target": np.where(is_category, within % N_CATEGORIES, np.where(is_product, product, offer)).astype(np.int32),
        "member_type": np.where(is_category, within // N_CATEGORIES, r.integers(0, 2, n)).astype(np.int8),
        "percent_e4": r.integers(0, 10_001, n).astype(np.int64) * 100,
        "cap_cents": r.integers(60_000, 720_000, n).astype(np.int64),
        "rank": np.arange(n, dtype=np.int64),
    }
