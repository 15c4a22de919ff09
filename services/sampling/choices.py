"""What each person chooses: one plan cell per line of cover, elected amounts, waivers and opt-outs.

What lives here: draws that agree with the contract: only plans the group offers, only to classes they are open to,
dependents only in plans their employee has. What does not: the spelling of a file (`.census_files`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from services.sampling.people import CHILD, EXECUTIVE, HOURLY, SELF, People
from services.sampling.plans import DESIGNS, plan_name

WAIVED = "Waive"

_CELLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Medical": (("PPO",), ("PPO", "PPO-WELL"), ("HDHP",), ("EXEC",)),
    "Dental": (("DEN",), ("DENP",), ("DENP", "DENP-ORTH")),
    "Vision": (("VIS",),),
    "Life": (("LIFE",),),
    "AD&D": (("ADD",),),
    "Supplemental Life": (("SUP",),),
    "STD": (("STD",),),
    "LTD": (("LTD",),),
    "Accident": (("ACC",),),
}
"""Per line of cover, the cells that can stand in its column: the codes of a root plan and its coverages."""

LINES = tuple(_CELLS)
_EXEC_OPTION = 3


@dataclass(frozen=True)
class Choices:
    """Per line the option chosen: -1 a blank cell, the last number a waiver. Amounts in dollars, -1 none."""

    option: dict[str, np.ndarray]
    elected: np.ndarray
    is_opt_out_all: np.ndarray

    def cells(self, line: str, groups: pl.DataFrame, people: People) -> pl.Series:
        """The plan cells of one line, null where blank."""
        options = _CELLS[line]
        texts = [groups.select(_cell_text(option)).to_series() for option in options]
        texts.append(pl.Series([WAIVED] * groups.height))
        every = pl.concat(texts)
        chosen = self.option[line]
        at = np.where(chosen < 0, -1, chosen * groups.height + people.group)
        return every.gather(pl.Series(at).to_frame("at").select(pl.when(pl.col("at") >= 0).then("at")).to_series())


def _cell_text(codes: tuple[str, ...]) -> pl.Expr:
    by_code = {design.code: design for design in DESIGNS}
    return pl.concat_str([plan_name(by_code[code]) for code in codes], separator="|")


def make_choices(groups: pl.DataFrame, people: People, rng: np.random.Generator) -> Choices:
    """The choices of all people."""
    n = len(people)
    opted_out = ((people.relation == SELF) & (rng.random(n) < 0.02))[people.first_of]
    offers = {name: groups[name].to_numpy()[people.group] for name in groups.columns if name.startswith("has_")}
    option = {
        "Medical": _medical(people, offers, rng),
        "Dental": _dental(people, offers, rng),
        "Vision": _family_line(people, np.ones(n, bool), 0.62, rng),
        "Life": _own_line(people, np.ones(n, bool), 0.96, rng),
        "AD&D": _own_line(people, np.ones(n, bool), 0.95, rng),
        "STD": _own_line(people, offers["has_std"], 0.85, rng),
        "LTD": _own_line(people, offers["has_ltd"] & (people.class_no != HOURLY), 0.75, rng),
        "Accident": _family_line(people, offers["has_acc"], 0.22, rng),
    }
    supplemental, elected = _supplemental(people, offers, rng)
    option["Supplemental Life"] = supplemental
    blanked = {line: np.where(opted_out, -1, option[line]) for line in LINES}
    return Choices(blanked, np.where(opted_out, -1, elected), opted_out & (people.relation == SELF))


def _medical(people: People, offers: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    n = len(people)
    chosen = rng.choice(np.array([-1, 4, 0, 1, 2]), n, p=(0.04, 0.09, 0.40, 0.15, 0.32))
    executive = (people.class_no == EXECUTIVE) & offers["has_exec"] & (rng.random(n) < 0.6)
    return _with_family(people, np.where(executive, _EXEC_OPTION, chosen), 4, 0.86, rng)


def _dental(people: People, offers: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    n = len(people)
    chosen = rng.choice(np.array([-1, 3, 0, 1, 2]), n, p=(0.10, 0.08, 0.42, 0.28, 0.12))
    chosen = np.where(~offers["has_dental_plus"] & np.isin(chosen, (1, 2)), 0, chosen)
    return _with_family(people, chosen, 3, 0.88, rng)


def _with_family(people: People, chosen: np.ndarray, waiver: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Dependents follow their employee in `share` of the families, one by one; a waiver is the employee's alone."""
    n = len(people)
    brings = (rng.random(n) < share)[people.first_of] & (rng.random(n) < 0.95)
    family = chosen[people.first_of]
    return np.where(people.relation == SELF, chosen, np.where(brings & (family < waiver), family, -1))


def _family_line(people: People, offered: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    chosen = np.where(offered & (rng.random(len(people)) < share), 0, -1)
    return _with_family(people, chosen, 1, 0.85, rng)


def _own_line(people: People, offered: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    takes = offered & (people.relation == SELF) & (rng.random(len(people)) < share)
    return np.where(takes, 0, -1)


def _supplemental(
    people: People, offers: dict[str, np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Supplemental life: an employee's own steps of $10,000; a spouse's at most half of the employee's.

    Children of every other such employee are insured for one step each.
    """
    n = len(people)
    takes = (people.relation == SELF) & offers["has_sup"] & (rng.random(n) < 0.4)
    steps = np.where(takes, rng.integers(2, 26, n), 0)
    spouse_takes = np.isin(people.relation, (SELF, CHILD), invert=True) & (rng.random(n) < 0.4)
    spouse_steps = np.where(spouse_takes, np.minimum(steps[people.first_of] // 2, 10), 0)
    of_employee = steps[people.first_of]
    child_steps = np.where((of_employee > 0) & (of_employee % 2 == 0), 1, 0)
    steps = np.where(people.relation == SELF, steps, np.where(people.relation == CHILD, child_steps, spouse_steps))
    return np.where(steps > 0, 0, -1), np.where(steps > 0, steps * 10_000, -1)
