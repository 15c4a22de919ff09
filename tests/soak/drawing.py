"""A hundred thousand coverages at a time, drawn as columns, half of them on or beside a half cent.

What lives here: the drawing, for the core as a batch and rates, for the oracle's formula as whole numbers. What does
not: a price.

Every employee has an area of his own, so that a table filed by area holds a rate for each of them. The rate is chosen
last: such that the premium of the period, or after it the prorated premium, or the employer's percent of it, comes to
lie as near to a half cent as a rate of six places allows, on it where the factors permit, or one step beside.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

import rating
from rating.codes import NONE, MemberType, Period, Proration, ShareKind, TargetKind
from rating.methods import CODES
from tests.oracle import Contract, Plan, months_in_term, part_of_term

N_CLASSES = 64
PERCENTS = [500_000, 250_000, 125_000, 50_000, 333_333, 666_667, 999_999, 1, 123_457, 802_500]
TERMS = (
    (date(2024, 1, 1), date(2024, 12, 31)),
    (date(2026, 1, 1), date(2026, 12, 31)),
    (date(2023, 3, 15), date(2024, 3, 14)),
    (date(2026, 1, 15), date(2026, 7, 20)),
    (date(2025, 7, 1), date(2027, 6, 30)),
)
WAYS = (Proration.DAILY_TERM, Proration.DAILY_TERM, Proration.DAILY_MONTH, Proration.DAILY_30, Proration.NONE)
UNITS = {"flat": 1, "volume": 100_000, "weekly_benefit": 1_000}
"""Cents of volume that one rate is for."""
FREE = 0.25
"""The part of the rates that aims at nothing: of those that do, not all find a half cent near enough."""
NEIGHBOURS = 120
"""Premiums among which the one nearest to a tie is taken."""
EASY = np.array([5_000, 8_000, 10_000, 12_500, 16_000, 20_000])
"""Factors that divide a power of ten, so that a rate exists which lies exactly on a half cent."""


@dataclass(frozen=True)
class Offer:
    """What the coverages of one block share."""

    method: str
    period: Period
    way: Proration
    first: date
    last: date
    n_factors: int

    @property
    def months(self) -> Fraction:
        """Months of the term."""
        return months_in_term(self.first, self.last)

    @property
    def periods(self) -> Fraction:
        """Rate periods of the term."""
        return {Period.MONTHLY: self.months, Period.ANNUAL: self.months / 12, Period.TERM: Fraction(1)}[self.period]


@cache
def part(first: date, last: date, way: str, start: int, end: int) -> tuple[int, int]:
    """The part of a term charged for days `start` to `end` of it, by the oracle."""
    charged = part_of_term(
        Contract(first, last), Plan("", proration=way), first + timedelta(days=start), first + timedelta(days=end)
    )
    return charged.numerator, charged.denominator


@dataclass
class World:
    """Blocks of coverages of one account each, one after the other."""

    random: np.random.Generator
    n_members: int
    blocks: list[tuple[Offer, dict[str, Any]]] = field(default_factory=list)

    def draw(self, n_blocks: int) -> None:
        """Fill it."""
        self.area = 0
        for rows in np.array_split(np.arange(self.n_members), n_blocks):
            self.blocks.append(self.block(rows))

    def block(self, rows: Any) -> tuple[Offer, dict[str, Any]]:
        """Coverages of one offer: facts first, then the rate that aims at a half cent."""
        r, n = self.random, rows.size
        first, last = TERMS[r.integers(len(TERMS))]
        offer = Offer(
            method=str(r.choice(list(UNITS))),
            period=Period(int(r.choice([Period.MONTHLY, Period.ANNUAL, Period.TERM, Period.TERM]))),
            way=WAYS[r.integers(len(WAYS))],
            first=first,
            last=last,
            n_factors=int(r.integers(0, 5)),
        )
        days = (last - first).days + 1
        start = np.where(r.random(n) < 0.6, r.integers(0, days, n), 0)
        end = np.where(r.random(n) < 0.3, r.integers(0, days, n), days - 1)
        end = np.maximum(start, end)
        parts = np.array(
            [part(first, last, offer.way.name, s, e) for s, e in zip(start.tolist(), end.tolist(), strict=True)],
            np.int64,
        ).reshape(-1, 2)
        easy = r.random(n) < 0.5
        factors = np.where(
            easy[:, None], r.choice(EASY, (n, offer.n_factors)), r.integers(4_000, 25_000, (n, offer.n_factors))
        )
        steps = 100_000 if offer.method == "volume" else 100
        thousands = np.where(easy, 2 ** r.integers(0, 8, n), r.integers(1, 500, n))
        volume = thousands * steps if offer.method != "flat" else np.ones(n, np.int64)
        slot = r.integers(-1, N_CLASSES, n)
        rate = self.rate(offer, parts, factors, volume, slot)
        return offer, {
            "row": rows, "start": start, "end": end, "part": parts, "factors": factors,
            "volume": volume, "slot": slot, "rate": rate,
        }  # fmt: skip

    def rate(self, offer: Offer, parts: Any, factors: Any, volume: Any, slot: Any) -> Any:
        """The rate x 1,000,000 of each coverage: any for some, aimed at a half cent for most.

        Of some neighbouring premiums the one is taken whose rounding lies nearest to a tie: its own, that of the
        covered part, or that of the employer's percent.
        """
        r, n = self.random, slot.size
        per_cent = factors.prod(axis=1, dtype=np.float64) / 10_000.0**offer.n_factors  # cents of premium ...
        per_cent = (per_cent * volume / UNITS[offer.method] / 10_000)[:, None]  # ... for a rate of a millionth
        share, periods = (parts[:, 0] / parts[:, 1])[:, None], float(offer.periods)
        percent = (np.append(self.percents(), -1)[slot] / 1e6)[:, None]
        near = np.floor(10 ** r.uniform(0, 5.5, n))[:, None] + np.arange(NEIGHBOURS)
        prorated = np.rint(np.rint(near * periods) * share)
        beside = [
            np.abs(np.rint((near + 0.5) / per_cent) * per_cent - near - 0.5),
            np.abs(np.rint(near * periods) * share % 1 - 0.5),
            np.abs(prorated * percent % 1 - 0.5),
        ]
        # A share of the whole term and no percent leave nothing to be rounded: then the period is aimed at.
        can = np.stack([np.ones(n, np.bool_), (parts[:, 0] > 0) & (parts[:, 0] < parts[:, 1]), percent[:, 0] > 0])
        aim = r.integers(0, len(beside), n)
        aim = np.where(can[aim, np.arange(n)], aim, 0)
        best = np.stack([each.argmin(axis=1) for each in beside])[aim, np.arange(n)]
        premium = near[np.arange(n), best] + np.where(aim == 0, 0.5, 0)
        step = np.where((aim == 0) & (r.random(n) < 0.3), r.choice([-1, 1], n), 0)
        aimed = np.rint(premium / per_cent[:, 0]) + step
        free = np.floor(10 ** r.uniform(0, 9, n))
        # Nothing may pass the limit of a million dollars a month: that is another test's.
        most = np.floor(9e7 / np.maximum(per_cent[:, 0], 1e-9))
        rate = np.where(r.random(n) < FREE, free, aimed)
        return np.clip(np.minimum(rate, most), 1, 10**12).astype(np.int64)

    @staticmethod
    def percents() -> Any:
        """Percent x 10,000 of each class; -1 for the classes that have a sum instead."""
        return np.array(
            [PERCENTS[n % len(PERCENTS)] + (n // 10) * 10_007 % 400_000 if n % 8 else -1 for n in range(N_CLASSES)]
        )

    @staticmethod
    def amounts() -> Any:
        """The sums, in cents."""
        return np.array([-1 if n % 8 else 12_345 + 101 * n for n in range(N_CLASSES)])

    @staticmethod
    def caps() -> Any:
        """A cap for some classes."""
        return np.array([-1 if n % 5 else 250_000 for n in range(N_CLASSES)])

    # --------------------------------------------------------------------------------- as columns of the core

    def batch(self) -> rating.Batch:
        """Who holds what."""
        n = self.n_members
        of = {name: np.concatenate([b[name] for _, b in self.blocks]) for name in ("start", "end", "slot", "volume")}
        block = np.concatenate([np.full(b["row"].size, number) for number, (_, b) in enumerate(self.blocks)])
        first = np.array([o.first for o, _ in self.blocks], "M8[D]")
        rows, none = np.arange(n, dtype=np.int32), np.full(n, NONE, np.int64)
        members = rating.Members(
            primary=rows,
            relationship=np.zeros(n, np.int8),
            birth_date=np.full(n, np.datetime64("1980-01-01", "D")),
            gender=np.zeros(n, np.int8),
            tobacco=np.zeros(n, np.int8),
            area=rows,
            class_slot=of["slot"].astype(np.int32),
            class_label=np.full(n, NONE, np.int32),
            annual_pay_cents=none,
            stated_tier=np.full(n, NONE, np.int8),
        )
        starts = first[block]
        coverages = rating.Coverages(
            plan=rows,
            offer=block.astype(np.int32),
            elected_cents=of["volume"].astype(np.int64),
            rate_date=starts,
            age_date=starts,
            covered_from=starts + of["start"],
            covered_to=starts + of["end"] + 1,
            issue=np.zeros(n, np.int8),
        )
        plans = rating.Plans(rows, block.astype(np.int32))
        return rating.Batch(members, plans, coverages, self.offers(), rating.Reductions.none())

    def offers(self) -> rating.Offers:
        """One root plan per block, of an account of its own."""
        m = len(self.blocks)
        rows, none = np.arange(m, dtype=np.int32), np.full(m, NONE, np.int64)
        last = np.array([o.last for o, _ in self.blocks], "M8[D]")
        return rating.Offers(
            root=rows,
            account=np.zeros(m, np.int32),
            product=np.full(m, NONE, np.int32),
            category=np.zeros(m, np.int32),
            n_class_slots=np.full(m, N_CLASSES, np.int32),
            rate_table=rows,
            proration=np.array([o.way for o, _ in self.blocks], np.int8),
            term_from=np.array([o.first for o, _ in self.blocks], "M8[D]"),
            term_to=last + 1,
            multiple_e4=none,
            flat_cents=none,
            increment_cents=np.full(m, 100, np.int64),
            volume_rounding=np.full(m, 2, np.int8),
            maximum_cents=none,
            guaranteed_cents=none,
            reduction=np.full(m, NONE, np.int32),
            benefit_percent_e4=none,
            benefit_rounding=np.full(m, 2, np.int8),
            maximum_benefit_cents=none,
        )

    def rates(self) -> rating.Rates:
        """A rate table per block, then its factor tables, all by area."""
        m = len(self.blocks)
        n_tables = m + sum(o.n_factors for o, _ in self.blocks)
        factor_tables = np.full((n_tables, 4), NONE, np.int32)
        cell_table, area, value, following = [], [], [], m
        for number, (offer, b) in enumerate(self.blocks):
            for table, column in [
                (number, b["rate"]),
                *((following + k, b["factors"][:, k]) for k in range(offer.n_factors)),
            ]:
                cell_table.append(np.full(b["row"].size, table))
                area.append(b["row"])
                value.append(column)
            factor_tables[number, : offer.n_factors] = np.arange(following, following + offer.n_factors)
            following += offer.n_factors
        keys = np.full((sum(map(len, area)), len(rating.codes.Axis)), NONE, np.int64)
        keys[:, rating.codes.Axis.AREA] = np.concatenate(area)
        method = np.full(n_tables, NONE, np.int8)
        method[:m] = [CODES.index(o.method) for o, _ in self.blocks]
        period = np.zeros(n_tables, np.int8)
        period[:m] = [o.period for o, _ in self.blocks]
        tables = rating.RateTables.build(
            method=method,
            period=period,
            age_basis=np.zeros(n_tables, np.int8),
            child_age=np.full(n_tables, NONE, np.int16),
            child_count=np.full(n_tables, NONE, np.int16),
            factor_tables=factor_tables,
            cell_table=np.concatenate(cell_table).astype(np.int32),
            cell_from=np.full(keys.shape[0], np.datetime64("2020-01-01", "D")),
            keys=keys,
            value=np.concatenate(value).astype(np.int64),
        )
        return rating.Rates(tables, self.rules())

    def rules(self) -> rating.ContributionRules:
        """One rule per class, for the product type of all plans."""
        n = N_CLASSES
        percent, unknown = self.percents(), np.full(n, np.datetime64("NaT", "D"))
        return rating.ContributionRules(
            account=np.zeros(n, np.int32),
            class_slot=np.arange(n, dtype=np.int32),
            target_kind=np.full(n, TargetKind.CATEGORY, np.int8),
            target=np.zeros(n, np.int32),
            member_type=np.full(n, MemberType.SUBSCRIBER, np.int8),
            kind=np.where(percent >= 0, ShareKind.PERCENTAGE, ShareKind.AMOUNT).astype(np.int8),
            percent_e4=percent.astype(np.int64),
            amount_cents=self.amounts().astype(np.int64),
            amount_period=np.full(n, Period.MONTHLY, np.int8),
            cap_cents=self.caps().astype(np.int64),
            valid_from=unknown,
            valid_to=unknown,
            rank=np.arange(n, dtype=np.int64),
        )

    # ------------------------------------------------------------------------------- as whole numbers of the oracle

    def whole_numbers(self) -> Iterator[tuple[int, ...]]:
        """The rows of `formula.shares`, in the order of the batch."""
        percent, amount, cap = ([*column.tolist(), -1] for column in (self.percents(), self.amounts(), self.caps()))
        for offer, b in self.blocks:
            divisor = 10 ** (4 + 4 * offer.n_factors) * UNITS[offer.method]
            periods, months = offer.periods, offer.months
            columns = (b[name].tolist() for name in ("rate", "factors", "volume", "part", "slot"))
            for rate, factors, volume, (charged, whole), slot in zip(*columns, strict=True):
                numerator = rate * volume
                for factor in factors:
                    numerator *= factor
                yield (
                    numerator, divisor, periods.numerator, periods.denominator, charged, whole,
                    percent[slot], amount[slot], months.numerator, months.denominator, cap[slot],
                )  # fmt: skip
