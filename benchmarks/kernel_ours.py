"""The arithmetic alone: NumPy over chunks of whole members, exact to the cent, with the steps of the core.

What makes it fast, in the order of what each is worth:

  1. No memory is asked for inside the loop over chunks: every step writes into a buffer of the chunk (`out=`), which
     stays in the processor's cache. Fresh arrays of this size cost more in page faults than the arithmetic does.
  2. What depends on the member alone is computed once per member and gathered by `take` with positions as NumPy counts
     them (`mode="clip"`: the others check or copy).
  3. Rate, area factor and tobacco factor are multiplied out once into one flat table of cents.
  4. Half-cent ties need no second look where the divisor is short: see `Rounding`. Rounding and storing are one step,
     which the core, whose chunks are larger, has no gain of.
  5. Totals are differences of one running sum, or, where all plans have equally many coverages, sums of their first,
     second and so on; the fourth amount of every level is a subtraction.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.kernel_workload import DAYS_OF_MONTH, N_AREAS, TOBACCO_AGE, Amounts, Kernel, room
from rating.edges import MOST_ALIKE, add_up

CHUNK = 49_152
LARGER = 4
"""With threads a chunk is so many times larger: each call gives up the interpreter, and taking it back costs time."""
ONES = 1.5 * 2.0**52
BITS_OF_ONES = np.float64(ONES).view(np.int64)
"""Added to it a whole number below 2**51 stands in the low bits, as in an integer."""
TOBACCO_E1 = (10, 15)
CENTS_E9 = 10**9
"""rate x 1e6, area x 1e4 and tobacco x 10, in dollars: this many make a cent."""


@dataclass(frozen=True)
class Rounding:
    """Half up by additions alone, exactly, for quotients of integers N / D below `largest`.

    N / D is a tie, or at least 1 / 2D away from one. So a quotient that is raised by 1 / 4D is nearest to the right
    whole number in either case, as long as float64 misses N / D by less than 1 / 4D.
    """

    raised: float

    @classmethod
    def of(cls, divisor: int, largest: float, operations: int) -> "Rounding":
        """For quotients of `divisor` that took so many float operations; refuses what it cannot promise."""
        slack = 1.0 / (4 * divisor)
        if (largest + 1) * (operations + 1) * 2.0**-53 >= slack:
            raise ValueError(f"A divisor of {divisor} with quotients up to {largest:g} needs exact settling.")
        return cls(slack)

    def __call__(self, quotient: np.ndarray, out: np.ndarray) -> None:
        """Round in place, and to a column of int64.

        Added to 1.5 x 2**52, whose last bit counts ones, a quotient is rounded to the nearest whole number, which then
        stands in the low bits. It is no tie: it was raised.
        """
        quotient += self.raised
        shifted = out.view(np.float64)
        np.add(quotient, ONES, out=shifted)
        np.subtract(shifted, ONES, out=quotient)
        out -= BITS_OF_ONES


@dataclass(frozen=True)
class Prepared:
    """The workload in the core's own form: flat tables of float64, factors beside each other."""

    load: Kernel
    percent: np.ndarray  # (n_classes x n_products x 2,) parts of one
    cap_cents: np.ndarray  # the same as float64


def prepare(load: Kernel) -> Prepared:
    """Flat tables."""
    return Prepared(load, load.percent_e2.ravel() / 10_000, load.cap_cents.ravel().astype(np.float64))


def run(prepared: Prepared, threads: int = 1, out: Amounts | None = None) -> Amounts:
    """The work that is measured, into the memory of an earlier answer to the same workload where one is given."""
    found = room(prepared.load) if out is None else out
    _Road(prepared, found).walk(threads)
    return found


class _Buffers:
    """Scratch columns of the largest chunk, written over by every chunk."""

    def __init__(self, n_members: int, n_plans: int, n: int) -> None:
        self.whole = [np.empty(n, np.int64) for _ in range(3)]
        self.real = [np.empty(n) for _ in range(3)]
        self.of_plans = np.empty(n_plans + 1, np.int64)
        self.of_members = np.empty(n_members + 1, np.int64)
        self.units = np.empty(2 * n_members)


class _Road:
    """Tables multiplied out, and the steps."""

    def __init__(self, prepared: Prepared, found: Amounts) -> None:
        load = self.load = prepared.load
        self.prepared, self.found = prepared, found
        self.n_places = load.rate_e6.shape[1] * N_AREAS
        table = (load.rate_e6[:, None, :, None] * load.area_e4[:, None, None, :]) * np.array(TOBACCO_E1)[:, None, None]
        common = int(np.gcd(np.gcd.reduce(table, axis=None), CENTS_E9))
        units = load.volume_cents // 100_000
        largest = float(table.max()) * max(1, int(units.max(initial=1))) / CENTS_E9
        self.to_premium = Rounding.of(CENTS_E9 // common, largest, 2)
        self.to_prorated = Rounding.of(DAYS_OF_MONTH, largest, 2)
        self.to_employer = Rounding.of(10_000, largest, 2)
        self.cents = (table / CENTS_E9).ravel()
        self.is_by_volume = load.is_by_volume.astype(np.int64)
        self.cells_of_class = 2 * load.rate_e6.shape[0]

    def walk(self, threads: int) -> None:
        """Chunk by chunk; each thread has buffers of its own."""
        load = self.load
        chunk = CHUNK if threads == 1 else LARGER * CHUNK
        wanted = np.arange(chunk, load.product.size, chunk)
        members = np.unique(np.concatenate([[0], load.member.take(wanted), [load.n_members]]))
        plans = load.plan_edges.take(members)
        edges = (members, plans, load.coverage_edges.take(plans))
        largest = [int(np.diff(edge).max(initial=0)) for edge in edges]
        spans = [[slice(*ends) for ends in pairwise(edge.tolist())] for edge in edges]
        chunks = list(zip(*spans, strict=True))

        def share_of_work(first: int) -> None:
            buffers = _Buffers(*largest)
            for chunk in chunks[first::threads]:
                self.chunk(buffers, *chunk)

        if threads == 1:
            share_of_work(0)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(share_of_work, range(threads)))

    def chunk(self, buffers: _Buffers, members: slice, plans: slice, rows: slice) -> None:
        """The road of one chunk."""
        load, found = self.load, self.found
        n = rows.stop - rows.start
        product, member, at = (column[:n] for column in buffers.whole)
        x, y, factor = (column[:n] for column in buffers.real)
        np.subtract(load.member[rows], members.start, out=member, casting="unsafe")
        np.copyto(product, load.product[rows])

        age = load.age[members].astype(np.int64)
        place = age * N_AREAS
        place += load.area[members]
        place += self.n_places * (load.has_tobacco[members] & (age >= TOBACCO_AGE))
        np.take(place, member, out=at, mode="clip")
        product *= 2 * self.n_places
        at += product
        np.take(self.cents, at, out=x, mode="clip")
        np.copyto(product, load.product[rows])

        n_members = members.stop - members.start
        units = buffers.units[: 2 * n_members]
        units[:n_members] = 1.0
        np.divide(load.volume_cents[members], 100_000, out=units[n_members:])
        np.take(self.is_by_volume * n_members, product, out=at, mode="clip")
        at += member
        np.take(units, at, out=factor, mode="clip")
        x *= factor
        self.to_premium(x, found["coverage.premium_cents"][rows])

        np.take(load.days[members] / DAYS_OF_MONTH, member, out=factor, mode="clip")
        x *= factor
        self.to_prorated(x, found["coverage.prorated_cents"][rows])

        share = load.class_row[members] * np.int64(self.cells_of_class)
        share += load.is_dependent[members]
        np.take(share, member, out=at, mode="clip")
        np.multiply(load.product[rows], 2, out=product)
        at += product
        np.take(self.prepared.percent, at, out=factor, mode="clip")
        x *= factor
        np.take(self.prepared.cap_cents, at, out=y, mode="clip")
        np.minimum(x, y, out=x)  # a cap is whole: what it holds is rounded to itself
        self.to_employer(x, found["coverage.employer_cents"][rows])
        np.subtract(
            found["coverage.prorated_cents"][rows],
            found["coverage.employer_cents"][rows],
            out=found["coverage.employee_cents"][rows],
        )
        self.totals(buffers, members, plans, rows)

    def totals(self, buffers: _Buffers, members: slice, plans: slice, rows: slice) -> None:
        """Plans and members."""
        load, found = self.load, self.found
        n_plans, n_members = (span.stop - span.start for span in (plans, members))
        of_plans, of_members = buffers.of_plans[: n_plans + 1], buffers.of_members[: n_members + 1]
        np.subtract(load.coverage_edges[plans.start : plans.stop + 1], rows.start, out=of_plans)
        np.subtract(load.plan_edges[members.start : members.stop + 1], plans.start, out=of_members)
        by_plan, by_member = _rows_of_each(of_plans), _rows_of_each(of_members)
        for amount in ("premium_cents", "prorated_cents", "employer_cents"):
            totals = found[f"plan.{amount}"][plans]
            add_up(found[f"coverage.{amount}"][rows], totals, by_plan)
            add_up(totals, found[f"member.{amount}"][members], by_member)
        for level, span in (("plan", plans), ("member", members)):
            np.subtract(
                found[f"{level}.prorated_cents"][span],
                found[f"{level}.employer_cents"][span],
                out=found[f"{level}.employee_cents"][span],
            )


def _rows_of_each(edges: np.ndarray) -> int | np.ndarray:
    """How many rows every parent has, where all have as many, up to eight; else where those of each begin and end."""
    each = int(edges[1]) if edges.size > 1 else 0
    is_so = 0 < each <= MOST_ALIKE and bool((edges == np.arange(0, each * edges.size, each)).all())
    return each if is_so else edges
