"""The common workload in the core's own form, and its rating through the public `rating.rate`."""

import numpy as np

from benchmarks import THREADS
from benchmarks.workload import N_AREAS, N_PRODUCTS, VERSIONS, Columns, Workload
from rating import Batch, ContributionRules, Coverages, Members, Offers, Plans, Rates, RateTables, Reductions, Result
from rating import rate as rate_batch
from rating.codes import Axis, Relationship, ShareKind
from rating.methods import CODES
from rating.tables import FACTOR

FACTORS_PER_TABLE = 4
AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
COVERAGE = (
    *("unit_rate_e6", "volume_cents", "age", "covered_days", "term_days", "rule", "issue", "zero_reason"),
    *AMOUNTS,
)
TOTALS = (*AMOUNTS, "n_coverages", "n_unrated", "issue")
"""What every engine answers for a coverage, and for a plan and a member."""

TOBACCO_TABLE = 2 * N_PRODUCTS
"""Tables stand in order: a rate table per product, an area factor table per product, the tobacco factors."""


def prepare(load: Workload) -> tuple[Batch, Rates]:
    """Columns as `rating.rate` takes them."""
    return _batch(load), Rates(_tables(load), _rules(load))


_last: list[Result] = []


def run(prepared: tuple[Batch, Rates]) -> Result:
    """The work that is measured: into the memory of the result before, as its rivals' engines keep theirs."""
    result = rate_batch(*prepared, threads=THREADS, out=_last.pop() if _last else None)
    _last.append(result)
    return result


def results(result: Result, level: str) -> Columns:
    """Columns of coverage, plan or member."""
    if level == "coverage":
        return {name: getattr(result, name) for name in COVERAGE}
    return {name: getattr(result, f"{level}_{name}") for name in TOTALS}


def _full(n: int, value: int, dtype: type) -> np.ndarray:
    return np.full(n, value, dtype)


def _batch(load: Workload) -> Batch:
    m, c, o = load.members, load.coverages, load.offers
    n, n_offers = m["account"].size, o["root"].size
    is_primary = m["primary_row"] == np.arange(n)
    members = Members(
        primary=m["primary_row"],
        relationship=np.where(is_primary, Relationship.SELF, Relationship.CHILD).astype(np.int8),
        birth_date=m["birth_date"],
        gender=_full(n, 0, np.int8),
        tobacco=m["tobacco"],
        area=m["area"],
        class_slot=m["class_slot"],
        class_label=_full(n, -1, np.int32),
        annual_pay_cents=_full(n, -1, np.int64),
        stated_tier=_full(n, -1, np.int8),
    )
    names = ("plan", "offer", "elected_cents", "rate_date", "age_date", "covered_from", "covered_to")
    coverages = Coverages(**{name: c[name] for name in names}, issue=_full(c["plan"].size, 0, np.int8))
    none = _full(n_offers, -1, np.int64)
    offers = Offers(
        **o,
        n_class_slots=_full(n_offers, 2, np.int32),
        proration=_full(n_offers, 0, np.int8),
        multiple_e4=none,
        flat_cents=none,
        increment_cents=none,
        volume_rounding=_full(n_offers, 2, np.int8),
        maximum_cents=none,
        guaranteed_cents=none,
        reduction=_full(n_offers, -1, np.int32),
        benefit_percent_e4=none,
        benefit_rounding=_full(n_offers, 2, np.int8),
        maximum_benefit_cents=none,
    )
    return Batch(members, Plans(**load.plans), coverages, offers, Reductions.none())


def _tables(load: Workload) -> RateTables:
    n = TOBACCO_TABLE + 1
    by_product = np.arange(N_PRODUCTS)
    method = _full(n, FACTOR, np.int8)
    method[:N_PRODUCTS] = np.where(by_product % 3 == 2, CODES.index("volume"), CODES.index("age_banded"))
    factors = np.full((n, FACTORS_PER_TABLE), -1, np.int32)
    factors[:N_PRODUCTS, 0] = N_PRODUCTS + by_product
    factors[:N_PRODUCTS, 1] = TOBACCO_TABLE
    rates, areas = load.rates, load.area_factors
    n_rates, n_areas = rates["age"].size, N_PRODUCTS * N_AREAS
    keys = np.full((n_rates + n_areas + 3, len(Axis)), -1, np.int64)
    keys[:n_rates, Axis.AGE] = rates["age"]
    keys[n_rates : n_rates + n_areas, Axis.AREA] = areas["area"]
    keys[-3:, Axis.AGE] = (0, 18, 18)
    keys[-3:, Axis.TOBACCO] = (-1, 0, 1)
    return RateTables.build(
        method=method,
        period=_full(n, 0, np.int8),
        age_basis=_full(n, 0, np.int8),
        child_age=_full(n, -1, np.int16),
        child_count=_full(n, -1, np.int16),
        factor_tables=factors,
        cell_table=np.concatenate([rates["rate_table"], N_PRODUCTS + areas["rate_table"], [TOBACCO_TABLE] * 3]).astype(
            np.int32
        ),
        cell_from=np.concatenate([rates["version_from"], np.full(n_areas + 3, VERSIONS[0])]),
        keys=keys,
        value=np.concatenate([rates["rate_e6"], areas["factor_e4"], [10_000, 10_000, 15_000]]).astype(np.int64),
    )


def _rules(load: Workload) -> ContributionRules:
    rules = load.rules
    n = rules["account"].size
    never = np.full(n, np.datetime64("NaT"), "M8[D]")
    return ContributionRules(
        **rules,
        kind=_full(n, ShareKind.PERCENTAGE, np.int8),
        amount_cents=_full(n, -1, np.int64),
        amount_period=_full(n, 2, np.int8),
        valid_from=never,
        valid_to=never,
    )
