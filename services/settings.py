"""Settings of a book: a short list of names, each with a default, a meaning and a check.

What lives here: which settings there are, and reading and changing them. What does not: places of files, which
are the machine's and come from the environment (`services.places`), and what a setting does (the service it names).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.book import Transaction
from services.refusals import Malformed, NotFound

FOREVER = "forever"


def _whole_or_forever(value: str) -> bool:
    """A whole number of five digits at most, or the word."""
    return value == FOREVER or (value.isascii() and value.isdigit() and len(value) <= 5)


def _whole(value: str) -> bool:
    """A whole number of five digits at most."""
    return value != FOREVER and _whole_or_forever(value)


@dataclass(frozen=True)
class Setting:
    """A setting: its default, what it means, which values it takes and how those are described."""

    name: str
    default: str
    says: str
    takes: Callable[[str], bool]
    values: str


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting(
            "keep_inputs_days",
            FOREVER,
            "Days after which the inputs of a run are given up; the runs that are read from now keep theirs.",
            _whole_or_forever,
            "a whole number of days, or forever",
        ),
        Setting(
            "keep_inputs_runs",
            FOREVER,
            "How many of the latest runs keep their inputs, besides the runs that are read from now.",
            _whole_or_forever,
            "a whole number of runs, or forever",
        ),
        Setting(
            "look_back_added_days",
            "60",
            "Days that charges added by a retroactive change may reach back; older ones take effect at the limit.",
            _whole,
            "a whole number of days",
        ),
        Setting(
            "look_back_credit_days",
            "60",
            "Days that credits of a retroactive change may reach back; older ones take effect at the limit.",
            _whole,
            "a whole number of days",
        ),
    )
}
"""Every setting by name."""


def get(tx: Transaction, name: str) -> str:
    """The value of a setting: as it was set, else its default. NotFound for an unknown name."""
    known = _known(name)
    found = tx.row("settings.get", {"name": known.name})
    return str(found[0]) if found else known.default


def number(tx: Transaction, name: str) -> int | None:
    """The value of a setting that is a number; None where it is `forever`."""
    value = get(tx, name)
    return None if value == FOREVER else int(value)


def set_to(tx: Transaction, name: str, value: str, now: datetime) -> None:
    """Change a setting. NotFound for an unknown name, Malformed for a value that it does not take."""
    known = _known(name)
    said = value.strip().lower()
    if not known.takes(said):
        raise Malformed("setting_value", name, f"{name} cannot be {value}.", f"It takes {known.values}.")
    tx.run("settings.set", {"name": known.name, "value": said, "now": now})


def listed(tx: Transaction) -> list[tuple[str, str, str]]:
    """Name, value and meaning of every setting."""
    return [(name, get(tx, name), setting.says) for name, setting in SETTINGS.items()]


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise NotFound(
            "setting_missing", name, f"There is no setting {name}.", "Known settings: " + ", ".join(SETTINGS) + "."
        )
    return SETTINGS[name]
