"""The workload of the arithmetic alone: everything a look-up needs is given as a number from the start.

No birth dates, no ladder and no issues. What is left is what any engine must do for a premium:

    unit rate   rate of (coverage, age) x area factor of (coverage, area) x 1.5 for tobacco from age 18 on
    premium     unit rate, for every third coverage x volume / $1,000; half up to the cent
    prorated    premium x covered days / 31, half up to the cent
    employer    prorated x percent of (class, coverage, dependent or not), half up, at most the cap of the same
    employee    prorated - employer
    totals      the four amounts, to the plan and to the member

Members hold two plans of eight with two coverages each; rows stand by member, then plan. The engines are told
neither number: they find the rows of a plan and of a member by its edges.
"""

from dataclasses import dataclass

import numpy as np

N_PRODUCTS, N_AGES, N_AREAS = 24, 80, 10
PRODUCTS_OF_PLAN = 3
DAYS_OF_MONTH = 31
TOBACCO_AGE = 18

AMOUNTS = ("premium_cents", "prorated_cents", "employer_cents", "employee_cents")
LEVELS = ("coverage", "plan", "member")

Amounts = dict[str, np.ndarray]
"""What every engine answers: `<level>.<amount>`, int64 cents."""


@dataclass(frozen=True)
class Kernel:
    """Columns of members (the first seven), edges, columns of coverages, and tables."""

    age: np.ndarray  # (n_members,) int16
    area: np.ndarray  # int8
    has_tobacco: np.ndarray  # bool
    class_row: np.ndarray  # int32
    is_dependent: np.ndarray  # int8
    volume_cents: np.ndarray  # int64, whole thousands of dollars
    days: np.ndarray  # int16, 1 to 31

    plan_edges: np.ndarray  # (n_members + 1,) int64: plans of member i are rows edge i to edge i + 1
    coverage_edges: np.ndarray  # (n_plans + 1,) int64: coverages of plan i
    member: np.ndarray  # (n_coverages,) int32, ascending: says the same as the edges
    product: np.ndarray  # (n_coverages,) int16

    is_by_volume: np.ndarray  # (n_products,) bool
    rate_e6: np.ndarray  # (n_products, n_ages) int64
    area_e4: np.ndarray  # (n_products, n_areas) int64
    percent_e2: np.ndarray  # (n_classes, n_products, 2) int16; 100 % is 10,000
    cap_cents: np.ndarray  # (n_classes, n_products, 2) int32

    @property
    def n_members(self) -> int:
        """People."""
        return self.age.size


def make(n_members: int, seed: int = 0) -> Kernel:
    """The same numbers give the same book."""
    r = np.random.default_rng(seed)
    n_groups = max(1, n_members // 100)
    group = np.sort(r.integers(0, n_groups, n_members))
    plan = r.integers(0, N_PRODUCTS // PRODUCTS_OF_PLAN, (n_members, 2))
    plan[:, 1] = (plan[:, 0] + 1 + plan[:, 1] % 7) % 8
    plan.sort(axis=1)
    alternative = np.stack([r.integers(0, 2, (n_members, 2)), np.full((n_members, 2), 2)], axis=2)
    days = np.where(r.random(n_members) < 0.85, DAYS_OF_MONTH, r.integers(1, DAYS_OF_MONTH + 1, n_members))
    n_classes = 2 * n_groups
    return Kernel(
        age=r.integers(0, N_AGES, n_members).astype(np.int16),
        area=r.integers(0, N_AREAS, n_members).astype(np.int8),
        has_tobacco=r.random(n_members) < 0.12,
        class_row=(2 * group + r.integers(0, 2, n_members)).astype(np.int32),
        is_dependent=(r.random(n_members) < 0.5).astype(np.int8),
        volume_cents=r.integers(1, 50, n_members) * 1_000_000,
        days=days.astype(np.int16),
        plan_edges=np.arange(0, 2 * n_members + 1, 2),
        coverage_edges=np.arange(0, 4 * n_members + 1, 2),
        member=np.repeat(np.arange(n_members, dtype=np.int32), 4),
        product=(PRODUCTS_OF_PLAN * plan[:, :, None] + alternative).astype(np.int16).ravel(),
        is_by_volume=np.arange(N_PRODUCTS) % PRODUCTS_OF_PLAN == PRODUCTS_OF_PLAN - 1,
        rate_e6=r.integers(500_000, 9_000_000, (N_PRODUCTS, N_AGES)),
        area_e4=r.integers(8_000, 12_000, (N_PRODUCTS, N_AREAS)),
        percent_e2=r.integers(0, 10_001, (n_classes, N_PRODUCTS, 2)).astype(np.int16),
        cap_cents=r.integers(5_000, 60_000, (n_classes, N_PRODUCTS, 2)).astype(np.int32),
    )


def exact(load: Kernel, members: range) -> list[tuple[int, int, int, int]]:
    """The four amounts of the coverages of a few members in plain integers: what all engines must answer."""
    found = []
    for m in members:
        tobacco_e4 = 15_000 if load.has_tobacco[m] and load.age[m] >= TOBACCO_AGE else 10_000
        for plan in range(load.plan_edges[m], load.plan_edges[m + 1]):
            for row in range(load.coverage_edges[plan], load.coverage_edges[plan + 1]):
                product = int(load.product[row])
                where = (load.class_row[m], product, load.is_dependent[m])
                units = int(load.volume_cents[m]) if load.is_by_volume[product] else 100_000
                rate = int(load.rate_e6[product, load.age[m]]) * int(load.area_e4[product, load.area[m]])
                premium = half_up(rate * tobacco_e4 * units, 10**12 * 100_000)
                prorated = half_up(premium * int(load.days[m]), DAYS_OF_MONTH)
                share = half_up(prorated * int(load.percent_e2[where]), 10_000)
                employer = min(share, int(load.cap_cents[where]))
                found.append((premium, prorated, employer, prorated - employer))
    return found


def half_up(numerator: int, divisor: int) -> int:
    """The nearest whole number, a tie going up.

    >>> half_up(5, 10), half_up(4, 10)
    (1, 0)
    """
    return (2 * numerator + divisor) // (2 * divisor)


def room(load: Kernel) -> Amounts:
    """Columns for the amounts of every level."""
    sizes = (load.product.size, load.coverage_edges.size - 1, load.n_members)
    return {
        f"{level}.{amount}": np.empty(n, np.int64) for level, n in zip(LEVELS, sizes, strict=True) for amount in AMOUNTS
    }
