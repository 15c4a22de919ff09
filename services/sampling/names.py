"""The committed lists that made-up people, employers and places are drawn from.

What lives here: reading `names.json`, and the few helpers that turn a row number into a name no two rows share.
What does not: any draw; the callers bring their own numbers.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class City:
    """A city, the first three digits of its postal codes and the rating area it lies in."""

    city: str
    state: str
    prefix: str
    area: str


@dataclass(frozen=True)
class Names:
    """The lists of `names.json`."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    last: tuple[str, ...]
    employer_first: tuple[str, ...]
    employer_trade: tuple[str, ...]
    employer_form: tuple[str, ...]
    streets: tuple[str, ...]
    brands: tuple[str, ...]
    cities: tuple[City, ...]


@cache
def names() -> Names:
    """The lists, read once."""
    raw = json.loads(files("services.sampling").joinpath("names.json").read_text(encoding="utf-8"))
    cities = tuple(City(**city) for city in raw["cities"])
    lists = {name: tuple(raw[name]) for name in Names.__dataclass_fields__ if name != "cities"}
    return Names(cities=cities, **lists)


def employer_name(number: int) -> str:
    """The name of employer `number`, counted from 0; 12,528 employers have different names."""
    lists = names()
    n_first, n_trade = len(lists.employer_first), len(lists.employer_trade)
    first = lists.employer_first[number % n_first]
    # The trade moves on with every employer, so that neighbours in a list are not in one line of business.
    trade = lists.employer_trade[(number * 7 + number // n_first) % n_trade]
    lap = number // (n_first * n_trade)
    return f"{first} {trade} {lists.employer_form[(lap + number) % len(lists.employer_form)]}"
