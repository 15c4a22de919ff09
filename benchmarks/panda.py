"""Two rivals: the common workload in pandas, its inputs in memory as data frames.

What depends on the offer, the rule or the member alone is worked out on its own small frame. Coverages then meet it in
one of two ways: by a left merge on one integer, as one writes pandas, or by `take`, since the integers here are
positions. Columns stay whole numbers; pandas would fall to floats for a value that is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.workload import N_AGES, N_AREAS, Columns, Workload
from rating.codes import Issue, ZeroReason

CATEGORY, PRODUCT, PLAN = 2, 1, 0
RANK_BITS, STRENGTH_BIT = 28, 56
"""A rule's strength, its rank and its row in one number: the greatest of them names the rule to apply."""

AMOUNTS = ["period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents"]
Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Prepared:
    """Frames of the workload by name."""

    frames: Frames


def prepare(load: Workload) -> Prepared:
    """Every bundle as a frame; the index is the position of a row."""
    is_dependent = load.members["primary_row"] != np.arange(load.members["account"].size)
    bundles: dict[str, Columns] = {
        "member": load.members | {"is_dependent": is_dependent},
        "coverage": load.coverages,
        "offer": load.offers,
        "rate": load.rates,
        "area_factor": load.area_factors,
        "rule": load.rules,
    }
    return Prepared({name: pd.DataFrame(_in_seconds(columns)) for name, columns in bundles.items()})


def _in_seconds(columns: Columns) -> Columns:
    """Dates in the coarsest unit pandas has."""
    return {name: c.astype("M8[s]") if c.dtype.kind == "M" else c for name, c in columns.items()}


def run(prepared: Prepared) -> Frames:
    """The work that is measured, by merges."""
    return _rated(prepared.frames, _merged)


def run_by_position(prepared: Prepared) -> Frames:
    """The work that is measured, by positions."""
    return _rated(prepared.frames, _at)


def _rated(frames: Frames, met: "Meeting") -> Frames:
    coverage = _coverages(frames, met)
    plan = _totals(coverage)
    return {"coverage": coverage, "plan": plan, "member": _member_totals(plan)}


def results(found: Frames, level: str) -> Columns:
    """Columns of one level in the order of the workload; minus one where there is none."""
    frame = found[level]
    return {name: frame[name].to_numpy() for name in frame.columns}


def half_up(numerator: pd.Series, divisor: pd.Series | int) -> pd.Series:
    """Exact, in integers."""
    return (2 * numerator + divisor) // (2 * divisor)


def _days(span: pd.Series) -> pd.Series:
    return span.astype(np.int64) // 86_400


def _offers(frames: Frames) -> pd.DataFrame:
    """Per offer: its cells among the rates in force and the area factors, and its term."""
    offers = frames["offer"]
    version = np.sort(frames["rate"]["version_from"].unique())
    in_force = np.searchsorted(version, offers["term_from"].to_numpy(), side="right") - 1
    table = offers["rate_table"]
    return pd.DataFrame(
        {
            "area_cell": table * N_AREAS,
            "rate_cell": (table * version.size + in_force) * N_AGES,
            "by_volume": table % 3 == 2,
            "term_from": offers["term_from"],
            "term_to": offers["term_to"],
            "term_days": _days(offers["term_to"] - offers["term_from"]),
        }
    )


def _ladder(frames: Frames) -> pd.DataFrame:
    """The rule of each place, an (offer, class, member type), and what it pays; minus one where there is none.

    Strength: a dependent takes Dependent rules of any level first; then the coverage's plan, its product, the root's
    plan, its product, its category; then the later rule.
    """
    rules, offers = frames["rule"], frames["offer"]
    rules = rules.assign(packed=rules["rank"] * (1 << RANK_BITS) + rules.index)
    sold = offers.query("rate_table >= 0")
    sold = sold.assign(offer=sold.index, root_product=offers["product"].to_numpy()[sold["root"]])
    levels = ((5, PLAN, "offer"), (4, PRODUCT, "product"), (3, PLAN, "root"), (2, PRODUCT, "root_product"))
    named = []
    for level, kind, key in (*levels, (1, CATEGORY, "category")):
        of_kind = rules.loc[rules["target_kind"] == kind]
        left = of_kind.assign(key=of_kind["account"].astype(np.int64) * (1 << 32) + of_kind["target"])
        right = pd.DataFrame(
            {"key": sold["account"].astype(np.int64) * (1 << 32) + sold[key], "offer": sold["offer"].to_numpy()}
        )
        both = left[["key", "class_slot", "member_type", "packed"]].merge(right, on="key")
        both["place"] = 4 * both["offer"] + 2 * both["class_slot"]
        both["packed"] += level << STRENGTH_BIT
        named.append(both[["place", "member_type", "packed"]])
    every = pd.concat(named, ignore_index=True)
    is_dependent = every["member_type"] == 1
    of_dependents, of_others = every.loc[is_dependent], every.loc[~is_dependent]
    meant = pd.DataFrame(
        {
            "place": np.concatenate([of_dependents["place"] + 1, of_others["place"] + 1, of_others["place"]]),
            "packed": np.concatenate(
                [of_dependents["packed"] + (10 << STRENGTH_BIT), of_others["packed"], of_others["packed"]]
            ),
        }
    )
    best = meant.groupby("place", sort=False)["packed"].max()
    rule = (best & ((1 << RANK_BITS) - 1)).reindex(np.arange(4 * len(offers)), fill_value=-1)
    none = pd.DataFrame({"percent_e4": [0], "cap_cents": [0]})
    shares = pd.concat([rules[["percent_e4", "cap_cents"]], none], ignore_index=True)
    return shares.take(rule.to_numpy() % len(shares)).set_index(rule.index).assign(rule=rule.astype(np.int32))


def _members(frames: Frames) -> pd.DataFrame:
    members = frames["member"]
    born = members["birth_date"].dt
    return pd.DataFrame(
        {
            "area": members["area"],
            "birth_year": born.year.fillna(0).astype(np.int32),  # 0: not known
            "birthday": (born.month * 100 + born.day).fillna(0).astype(np.int32),
            "has_tobacco": members["tobacco"] == 1,
            "class_place": 2 * members["class_slot"] + members["is_dependent"],
        }
    )


Meeting = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]
"""How rows meet the frame whose positions they name."""


def _merged(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    return rows.rename("at").to_frame().merge(frame, left_on="at", right_index=True, how="left")


def _at(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    return frame.take(rows.to_numpy()).set_axis(rows.index, axis=0)


def _coverages(frames: Frames, met: Meeting) -> pd.DataFrame:
    """Everything about a coverage."""
    coverage = frames["coverage"]
    member, offer = met(_members(frames), coverage["member"]), met(_offers(frames), coverage["offer"])
    on, is_born = coverage["age_date"].dt, member["birth_year"] > 0
    age = on.year - member["birth_year"] - (on.month * 100 + on.day < member["birthday"])
    ends = np.minimum(coverage["covered_to"], offer["term_to"])
    covered_days = _days(ends - np.maximum(coverage["covered_from"], offer["term_from"])).clip(lower=0)
    term_days = offer["term_days"]

    rates = frames["rate"].sort_values(["rate_table", "version_from", "age"], ignore_index=True)[["rate_e6"]]
    factors = frames["area_factor"].sort_values(["rate_table", "area"], ignore_index=True)[["factor_e4"]]
    rate = met(rates, offer["rate_cell"] + age.clip(0, N_AGES - 1))["rate_e6"]
    unit_rate = rate.where(is_born, -1)
    factor = met(factors, offer["area_cell"] + member["area"])["factor_e4"]
    shares = met(_ladder(frames), 4 * coverage["offer"] + member["class_place"])

    issue = np.select(
        [covered_days == 0, ~is_born, unit_rate < 0],
        [np.int8(Issue.OUTSIDE_TERM), np.int8(Issue.BIRTH_DATE_REQUIRED), np.int8(Issue.NO_RATE)],
        np.int8(0),
    )
    tobacco_e4 = np.where(member["has_tobacco"] & (age >= 18), 15_000, 10_000)
    units = np.where(offer["by_volume"], coverage["elected_cents"] // 100_000, 1)
    period = half_up(unit_rate * factor * tobacco_e4 * units, 10**12).where(issue == 0, 0)
    standard = period * 12
    prorated = half_up(standard * covered_days, term_days)
    share = half_up(prorated * shares["percent_e4"], 10**6)
    employer = np.minimum(np.minimum(share, prorated), shares["cap_cents"])
    return pd.DataFrame(
        {
            "plan": coverage["plan"],
            "member": coverage["member"],
            "unit_rate_e6": unit_rate,
            "volume_cents": coverage["elected_cents"].where(offer["by_volume"], -1),
            "age": age.where(is_born, -1),
            "covered_days": covered_days,
            "term_days": term_days,
            "period_cents": period,
            "standard_cents": standard,
            "prorated_cents": prorated,
            "employer_cents": employer,
            "employee_cents": prorated - employer,
            "rule": shares["rule"],
            "issue": issue,
            "zero_reason": np.where((prorated == 0) & (issue == 0), np.int8(ZeroReason.BELOW_HALF_CENT), np.int8(0)),
        }
    )


def _totals(coverage: pd.DataFrame) -> pd.DataFrame:
    grouped = coverage.assign(n_unrated=coverage["issue"] > 0).groupby("plan", sort=False)
    totals = grouped[[*AMOUNTS, "n_unrated"]].sum()
    totals["member"] = grouped["member"].first()
    totals["n_coverages"] = grouped.size()
    totals["issue"] = np.where(totals["n_unrated"] > 0, np.int8(Issue.PART_UNRATED), np.int8(0))
    return totals


def _member_totals(plan: pd.DataFrame) -> pd.DataFrame:
    grouped = plan.groupby("member", sort=False)
    totals = grouped[[*AMOUNTS, "n_coverages", "n_unrated"]].sum()
    return totals.assign(issue=grouped["issue"].max())
