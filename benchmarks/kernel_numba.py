"""A rival of the arithmetic: one compiled loop over members, written by hand for this workload and nothing else.

Exact in int64. Divisors are known when it is compiled, so that no division is left in the loop. It holds no
interpreter lock: a thread per core would each take a stretch of members.
"""

import numba
import numpy as np

from benchmarks.kernel_workload import AMOUNTS, LEVELS, TOBACCO_AGE, Amounts, Kernel, room


@numba.njit(nogil=True, boundscheck=False, cache=False)
def _kernel(
    age, area, has_tobacco, class_row, is_dependent, volume_cents, days, plan_edges, coverage_edges, product,
    is_by_volume, rate_e6, area_e4, percent_e2, cap_cents, coverages, plans, members,
):  # fmt: skip
    premium_of, prorated_of, employer_of, employee_of = coverages
    plan_premium_of, plan_prorated_of, plan_employer_of, plan_employee_of = plans
    member_premium_of, member_prorated_of, member_employer_of, member_employee_of = members
    for m in range(age.size):
        tobacco_e1 = 15 if has_tobacco[m] and age[m] >= TOBACCO_AGE else 10
        units = volume_cents[m] // 100_000
        years, place, class_, dependent, covered = age[m], area[m], class_row[m], is_dependent[m], np.int64(days[m])
        member_premium = member_prorated = member_employer = 0
        for plan in range(plan_edges[m], plan_edges[m + 1]):
            plan_premium = plan_prorated = plan_employer = 0
            for row in range(coverage_edges[plan], coverage_edges[plan + 1]):
                c = product[row]
                scaled = rate_e6[c, years] * area_e4[c, place] * tobacco_e1 * (units if is_by_volume[c] else 1)
                premium = (2 * scaled + 1_000_000_000) // 2_000_000_000
                prorated = (2 * premium * covered + 31) // 62
                employer = (2 * prorated * percent_e2[class_, c, dependent] + 10_000) // 20_000
                employer = min(employer, np.int64(cap_cents[class_, c, dependent]))
                premium_of[row] = premium
                prorated_of[row] = prorated
                employer_of[row] = employer
                employee_of[row] = prorated - employer
                plan_premium += premium
                plan_prorated += prorated
                plan_employer += employer
            plan_premium_of[plan] = plan_premium
            plan_prorated_of[plan] = plan_prorated
            plan_employer_of[plan] = plan_employer
            plan_employee_of[plan] = plan_prorated - plan_employer
            member_premium += plan_premium
            member_prorated += plan_prorated
            member_employer += plan_employer
        member_premium_of[m] = member_premium
        member_prorated_of[m] = member_prorated
        member_employer_of[m] = member_employer
        member_employee_of[m] = member_prorated - member_employer


def run(load: Kernel, out: Amounts | None = None) -> Amounts:
    """The work that is measured, on one thread, into the memory of an earlier answer where one is given."""
    found = room(load) if out is None else out
    levels = [tuple(found[f"{level}.{amount}"] for amount in AMOUNTS) for level in LEVELS]
    columns = [getattr(load, name) for name in load.__dataclass_fields__ if name != "member"]
    _kernel(*columns, *levels)
    return found
