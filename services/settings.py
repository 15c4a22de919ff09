"""Settings of a book: a short list of names, each with a default, a meaning and a check.

What lives here: which settings there are, and reading and changing them. What does not: places of files, which
are the machine's and come from the environment (`services.places`), and what a setting does (the service it names).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services import flows
from services.book import Transaction
from services.refusals import Malformed, NotFound

FOREVER = "forever"


def _whole_or_forever(value: str) -> bool:
    """A whole number of five digits at most, or the word."""
    return value == FOREVER or (value.isascii() and value.isdigit() and len(value) <= 5)


def _whole(value: str) -> bool:
    """A whole number of five digits at most."""
    return value != FOREVER and _whole_or_forever(value)


def _many_or_forever(value: str) -> bool:
    """A whole number of nine digits at most, or the word: forever is no limit."""
    return value == FOREVER or (value.isascii() and value.isdigit() and len(value) <= 9)


def _yes_or_no(value: str) -> bool:
    """One of the two words."""
    return value in ("yes", "no")


def _positive(value: str) -> bool:
    """A whole number from 1, of five digits at most."""
    return _whole(value) and int(value) > 0


def _is_flow(value: str) -> bool:
    """The name of a registered flow."""
    return value in {name.strip().lower() for name in flows.names()}


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
            "Days after which the inputs of a run are given up; current runs always keep theirs.",
            _whole_or_forever,
            "a whole number of days, or forever",
        ),
        Setting(
            "keep_inputs_runs",
            FOREVER,
            "How many of the latest runs keep their inputs, besides the current ones.",
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
            "most_members_per_request",
            "2000",
            "Members that one request may hold (GB-CEN-001); bulk census takes any number.",
            _whole,
            "a whole number",
        ),
        Setting(
            "opt_out_removes_selections",
            "yes",
            "An opt-out of a member takes away what the family holds of the category, but for enrolled plans (MP-19).",
            _yes_or_no,
            "yes or no",
        ),
        Setting(
            "person_accounts",
            "yes",
            "Members may get person accounts; without, only contacts are made, under the group account.",
            _yes_or_no,
            "yes or no",
        ),
        Setting(
            "summary_reading",
            "response",
            "Which published meaning the counters of a summary have: that of the response pages, or of the objects.",
            lambda value: value in ("response", "object"),
            "response or object",
        ),
        Setting(
            "eligibility_context_minutes",
            "60",
            "Minutes after which the choices that a member tries out are forgotten (EC-4).",
            _positive,
            "a whole number from 1",
        ),
        Setting(
            "look_back_credit_days",
            "60",
            "Days that credits of a retroactive change may reach back; older ones take effect at the limit.",
            _whole,
            "a whole number of days",
        ),
        Setting(
            "document_most_megabytes",
            "45",
            "Greatest size of a file that callers upload, in megabytes of a million bytes.",
            _positive,
            "a whole number from 1",
        ),
        Setting(
            "bulk_batch_size_quote",
            "2000",
            "Rows of a batch of a census file uploaded to any census but an enrollment census (BC-31).",
            _positive,
            "a whole number from 1",
        ),
        Setting(
            "bulk_batch_size_enrollment",
            "25",
            "Rows of a batch of a census file uploaded to an enrollment census (BC-31).",
            _positive,
            "a whole number from 1",
        ),
        Setting(
            "quote_most_plans",
            "30",
            "Root plans that one call rates of a quote (GR-7).",
            _many_or_forever,
            "a whole number, or forever for no limit",
        ),
        *(
            Setting(
                f"quote_most_members_{kind}_based",
                most,
                f"Members of the census of a quote rated {kind} based (GR-7).",
                _many_or_forever,
                "a whole number, or forever for no limit",
            )
            for kind, most in (("member", "3000"), ("summary", "150000"))
        ),
        Setting(
            "cover_starts_first_of_month",
            "yes",
            "After the waiting period cover begins on the next first of a month; no: on the very day (EN-17).",
            _yes_or_no,
            "yes or no",
        ),
        Setting(
            "group_number_required",
            "yes",
            "Enrollment needs a group number on the plan; no: policies are numbered by the contract without (EN-18).",
            _yes_or_no,
            "yes or no",
        ),
        Setting(
            "enrollment_most_members",
            "10000",
            "Primaries that one group enrollment takes; forever is any number (EN-22).",
            _whole_or_forever,
            "a whole number, or forever",
        ),
        Setting(
            "enrollment_most_plans",
            "30",
            "Root plans that one group enrollment takes; forever is any number (EN-22).",
            _whole_or_forever,
            "a whole number, or forever",
        ),
        *(
            Setting(
                f"bulk_flow_{kind.lower()}",
                flows.BUILT_IN.lower(),
                f"Flow that census files uploaded to a census of type {kind} go through (BC-42).",
                _is_flow,
                "the name of a flow: the built-in one, or one that is registered",
            )
            for kind in ("Quote", "Enrollment", "Lead", "System")
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


def is_on(tx: Transaction, name: str) -> bool:
    """The value of a setting that is yes or no."""
    return get(tx, name) == "yes"


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
