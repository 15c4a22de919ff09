"""A rival of the arithmetic: a rules engine, OpenFisca-core, calculating variables with NumPy formulas.

Coverages are its persons; plans and members are groups of them. Only the calculation is measured: entities are
declared, inputs are set and parameters lie ready as arrays, which spares it its own slower look-up of parameters.
Formulas round in integers like those of the other rivals: half up is (2 x numerator + divisor) // (2 x divisor).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.model_api import MONTH, Variable
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

from benchmarks.kernel_workload import AMOUNTS, DAYS_OF_MONTH, LEVELS, TOBACCO_AGE, Amounts, Kernel

PERIOD = "2026-01"
OF_MEMBER = {
    "age": "age",
    "area": "area",
    "tobacco": "has_tobacco",
    "class_row": "class_row",
    "dependent": "is_dependent",
    "volume_cents": "volume_cents",
    "covered_days": "days",
}
"""Input variables of a member, and where the workload has them."""


@dataclass(frozen=True)
class Prepared:
    """A simulation with its inputs set."""

    simulation: Simulation


def prepare(load: Kernel) -> Prepared:
    """Declare entities and variables, set the inputs."""
    coverage = build_entity(key="coverage", plural="coverages", label="A coverage", is_person=True)
    plan = build_entity(key="plan", plural="plans", label="A plan of a member", roles=[])
    member = build_entity(key="member", plural="members", label="A member", roles=[])
    system = TaxBenefitSystem([coverage, plan, member])
    for variable in (*_inputs(coverage, member), *_formulas(coverage, member, load), *_totals(plan, member)):
        system.add_variable(variable)
    populations = system.instantiate_entities()
    n_plans = load.coverage_edges.size - 1
    for key, count in (("coverage", load.product.size), ("plan", n_plans), ("member", load.n_members)):
        populations[key].count = count
        populations[key].ids = np.arange(count)
    plan_of_coverage = np.repeat(np.arange(n_plans), np.diff(load.coverage_edges))
    for key, parents in (("plan", plan_of_coverage), ("member", load.member.astype(np.intp))):
        populations[key].members_entity_id = parents
    builder = SimulationBuilder()
    builder.populations = populations
    simulation = builder.build(system)
    simulation.set_input("product", PERIOD, load.product.astype(np.int32))
    for name, column in OF_MEMBER.items():
        simulation.set_input(name, PERIOD, getattr(load, column).astype(system.get_variable(name).dtype))
    return Prepared(simulation)


def run(prepared: Prepared) -> Amounts:
    """The work that is measured. What was calculated is forgotten, so that a second run calculates it again."""
    simulation = prepared.simulation
    names = {f"{level}.{amount}": _name(level, amount) for level in LEVELS for amount in AMOUNTS}
    found = {key: simulation.calculate(name, PERIOD) for key, name in names.items()}
    for name in (*names.values(), "share_cell", "is_surcharged"):
        simulation.delete_arrays(name, PERIOD)
    return found


def _name(level: str, amount: str) -> str:
    return amount if level == "coverage" else f"{level}_{amount}"


def _variable(name: str, of: Any, value_type: type = int, **more: Any) -> type[Variable]:
    body = {"value_type": value_type, "entity": of, "definition_period": MONTH, "label": name.replace("_", " ")}
    return type(name, (Variable,), body | more)


def _inputs(coverage: Any, member: Any) -> list[type[Variable]]:
    kinds = {"tobacco": bool}
    found = [_variable(name, member, kinds.get(name, int)) for name in OF_MEMBER]
    return [*found, _variable("product", coverage)]


def _formulas(coverage: Any, member: Any, load: Kernel) -> list[type[Variable]]:
    """Premium, prorated premium and both shares of a coverage."""
    percent, cap = load.percent_e2.ravel().astype(np.int64), load.cap_cents.ravel()

    def premium_cents(coverages: Any, period: Any) -> np.ndarray:
        product = coverages("product", period)
        rate = load.rate_e6[product, coverages.member("age", period)]
        rate *= load.area_e4[product, coverages.member("area", period)]
        rate *= np.where(coverages.member("is_surcharged", period), 15, 10)
        rate *= np.where(load.is_by_volume[product], coverages.member("volume_cents", period) // 100_000, 1)
        return (2 * rate + 10**9) // (2 * 10**9)

    def is_surcharged(members: Any, period: Any) -> np.ndarray:
        return members("tobacco", period) & (members("age", period) >= TOBACCO_AGE)

    def prorated_cents(coverages: Any, period: Any) -> np.ndarray:
        charged = coverages("premium_cents", period) * coverages.member("covered_days", period)
        return (2 * charged + DAYS_OF_MONTH) // (2 * DAYS_OF_MONTH)

    def share_cell(coverages: Any, period: Any) -> np.ndarray:
        cell = coverages.member("class_row", period) * (2 * load.is_by_volume.size)
        return cell + 2 * coverages("product", period) + coverages.member("dependent", period)

    def employer_cents(coverages: Any, period: Any) -> np.ndarray:
        cell = coverages("share_cell", period)
        share = coverages("prorated_cents", period) * percent[cell]
        return np.minimum((2 * share + 10_000) // 20_000, cap[cell])

    def employee_cents(coverages: Any, period: Any) -> np.ndarray:
        return coverages("prorated_cents", period) - coverages("employer_cents", period)

    of_coverage = (premium_cents, prorated_cents, share_cell, employer_cents, employee_cents)
    found = [_variable(formula.__name__, coverage, formula=formula) for formula in of_coverage]
    return [*found, _variable("is_surcharged", member, bool, formula=is_surcharged)]


def _totals(plan: Any, member: Any) -> list[type[Variable]]:
    """Sums over the coverages of a group; the employee's share is the difference there too."""

    def total_of(amount: str) -> Any:
        return lambda groups, period: groups.sum(groups.members(amount, period))

    def rest_of(key: str) -> Any:
        return lambda groups, period: groups(f"{key}_prorated_cents", period) - groups(f"{key}_employer_cents", period)

    return [
        _variable(_name(key, amount), of, formula=rest_of(key) if amount == "employee_cents" else total_of(amount))
        for key, of in (("plan", plan), ("member", member))
        for amount in AMOUNTS
    ]
