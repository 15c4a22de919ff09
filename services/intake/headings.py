"""Which field a heading names, and which row of a file is the heading row.

What lives here: the normalising of a heading (trim, lower case, cut at a line break or bracket, drop punctuation),
the look-up of one heading, the score by which the heading row is found among the first rows, and words that stand over
several headings in the row above.
What does not: the names themselves (aliases.py) and the resolution of one whole heading row (mapping.py).
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from services.intake import aliases

LOOKED_AT = 15
"""Rows among which the heading row is looked for."""

UNSEEN = "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
"""Characters that nobody sees: zero-width, marks of direction, a byte-order mark in the middle of a file."""
BLANKS = "[\u00a0\u2000-\u200a\u202f\u3000]"
"""Blanks that do not look other than a plain one."""
_WRAPPED = re.compile(r"[\r\n]+")
_CUT = re.compile(r"[\r\n(\[{]")
_NOTE = re.compile(r" [(\[{]|#")
"""What may part a name from a note, or say that a number is meant; a name not known without it is looked up with it."""
_QUESTION = re.compile(r"(?i)[\s:?-]+(y/n|yes/no)\??$")
_BRACKETS = re.compile(r"[()\[\]{}]")
_OTHER_TIMES = ("year", "annual", "month", "period", "bi-", "bi ", "biweek", "day", "daily")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_DROP = re.compile(r"[\W_]+")
_KEY_FIELDS = frozenset(
    {
        "first_name",
        "last_name",
        "full_name",
        "birth_date",
        "relationship",
        "association",
        "gender",
        "employee_key",
        "ssn",
    }
)


class Meaning(NamedTuple):
    """What one heading says, seen alone."""

    field: str
    """Canonical field; `plan`, `amount` and `waive` for columns of a product type."""
    block: str = ""
    """Word of a further person of the row with its number ('spouse', 'dep 2'); empty = the row's person."""
    word: str = ""
    """'holder' or 'person' when a word for the employee or the covered person stood before the field."""
    product_type: str = ""
    second: str | None = None
    """The field meant when another column already holds `field`: a name, '' for none, None = not a second choice."""


def shown(heading: str) -> str:
    """A heading as a person sees it."""
    if heading.isascii():
        return heading.strip()
    return re.sub(BLANKS, " ", re.sub(UNSEEN, "", heading)).strip()


def on_one_line(heading: str) -> str:
    """A heading as a list shows it, and as a mapping may name it: with one blank for a line break."""
    return " ".join(shown(heading).split())


def normal(heading: str) -> str:
    """A heading as it is compared: rule 1 of the alias table, blanks dropped as well."""
    text = _POSSESSIVE.sub("", heading.strip().lower())
    cut = _CUT.split(text, maxsplit=1)[0]
    return _DROP.sub("", cut) or _DROP.sub("", text)


@cache
def known_names() -> dict[str, Meaning]:
    """Every known heading, normalised, with its meaning; product types and published names included.

    The tier of another product type is a second choice: one tier is kept of a person.
    """
    names: dict[str, Meaning] = {}
    for product, spellings in aliases.PRODUCT_TYPES.items():
        for name in map(normal, spellings.split("|")):
            names |= {normal(f"{name} {word}"): Meaning("plan", product_type=product) for word in aliases.PLAN_WORDS}
            names |= {
                normal(f"{name} {word}"): Meaning("amount", product_type=product) for word in aliases.AMOUNT_WORDS
            }
            if product in aliases.SOLD_BY_AMOUNT:
                names |= {
                    normal(heading): Meaning("amount", product_type=product)
                    for word in aliases.AMOUNT_WORDS
                    for holder in aliases.HOLDERS
                    for heading in (f"{name} {holder} {word}", f"{holder} {name} {word}")
                }
            names |= {
                normal(f"{name} {word}"): Meaning("tier", product_type=product, second=aliases.OTHER_TIER)
                for word in aliases.TIER_WORDS
            }
            for word in map(normal, aliases.ENROLLED_WORDS):
                names[word + name] = names[name + word] = Meaning("enrolled", product_type=product)
            for field, words in aliases.FACT_WORDS.items():
                names |= {normal(f"{name} {word}"): Meaning(field, product_type=product) for word in words}
            for word in map(normal, aliases.WAIVE_WORDS):
                names[word + name] = names[name + word] = Meaning("waive", product_type=product)
            names[name] = Meaning("plan", product_type=product)
    for field, spellings in aliases.FIELDS.items():
        names |= {normal(spelling): Meaning(field) for spelling in spellings.split("|")}
    for field, choices in aliases.SECOND_CHOICE.items():
        names |= {normal(spelling): Meaning(field, second=second) for spelling, second in choices.items()}
    names |= {name: Meaning(field) for name, field in aliases.PUBLISHED.items() if name not in names}
    return names


@cache
def _prefixed() -> re.Pattern[str]:
    """A word for a person, perhaps a number, then the rest of the heading."""
    words = {normal(word) for word, _ in aliases.BLOCKS} | {normal(word) for word in aliases.HOLDERS + aliases.PERSONS}
    return re.compile(rf"^({'|'.join(sorted(words, key=len, reverse=True))})(\d{{0,2}})(.+?)(\d{{0,2}})$")


@lru_cache(maxsize=65_536)
def meaning_of(heading: str) -> Meaning | None:
    """What a heading says; None when it is not known. A name known as a whole beats a word and a field.

    A line break may wrap a heading (`Date of / Birth`) or part it from a note: what is known with both lines counts.
    """
    if len(heading) > 200:
        return None
    if _WRAPPED.search(heading.strip()):
        whole = meaning_of(_WRAPPED.sub(" ", heading.strip()))
        if whole is not None:
            return whole
    name = normal(heading)
    known = known_names().get(name)
    if known is not None:
        return _paid(heading, _timed(heading, known))
    return _of_a_person(name) or _with_its_note(heading)


def _of_a_person(name: str) -> Meaning | None:
    """The meaning of a word for a person and a field."""
    found = _prefixed().match(name)
    if found is None:
        return None
    word, number, rest, last = found.groups()
    field = known_names().get(rest) or known_names().get(rest + last)
    if field is None or field.second in ("", aliases.OTHER_TIER):
        return None
    number = number or (last if known_names().get(rest) else "")
    return _with_word(word, number, field.field, field.product_type)


def _with_its_note(heading: str) -> Meaning | None:
    """`Tax ID (SSN)`, `EE #`: what is not known without its bracket or number sign may be known with it. A bracket
    without a blank before it is an ending (`Child(ren)`). `COBRA Y/N` is known without its question."""
    bare = _QUESTION.sub("", heading.strip())
    if bare != heading.strip() and bare:
        return meaning_of(bare)
    if not _NOTE.search(heading.strip()):
        return None
    return meaning_of(_BRACKETS.sub(" ", heading).replace("#", " Number "))


def _timed(heading: str, known: Meaning) -> Meaning | None:
    """`Hours (per pay period)`: the bracket that is cut from a heading may say that they are not those of a week."""
    of_hours = known.field == "hours_per_week" and not re.search("we?e?k", normal(heading))
    return None if of_hours and any(word in heading.lower() for word in _OTHER_TIMES) else known


def _paid(heading: str, known: Meaning | None) -> Meaning | None:
    """`Salary (Monthly)`: the bracket that is cut from a heading still tells the period of the pay. One that tells no
    period of the calendar (`Salary (per pay period)`) says nothing that can be read. Before the bracket the year is
    beyond doubt: `Annual Salary (12 months)`."""
    if known is None or known.field != "annual_salary":
        return known
    if "annual" in normal(heading):
        return known
    text = re.sub(r"[\W_]+", "", heading.lower())
    for field, words in aliases.PAY_PERIODS.items():
        if any(word in text for word in words):
            return Meaning(field) if field else None
    return known


def _with_word(word: str, number: str, field: str, product_type: str) -> Meaning | None:
    """The meaning of a field with a word for a person before it."""
    block_words = {normal(block): relationship for block, relationship in aliases.BLOCKS}
    if word in block_words and (number or block_words[word]):
        return Meaning(field, block=f"{word} {int(number)}" if number else word, product_type=product_type)
    if product_type:
        return None
    if word in map(normal, aliases.HOLDERS):
        return Meaning(field, word="holder" if field in aliases.KEPT_FIELDS else "")
    return Meaning(field, word="person" if field in aliases.KEPT_FIELDS else "")


def score(cells: Sequence[str], mapped: frozenset[str] = frozenset()) -> tuple[float, bool]:
    """How much a row looks like a heading, and whether it does beyond doubt. Zero is not at all."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return 0.0, False
    told = [cell for cell in filled if on_one_line(cell) in mapped]
    known = {meaning for cell in filled if (meaning := meaning_of(cell)) is not None}
    keys = sum(1 for meaning in known if meaning.field in _KEY_FIELDS)
    n_known = len(known) + len(told)
    # A payroll export of hundreds of columns names few that a census needs: three that count are enough.
    too_few_of_many = n_known < 0.25 * len(filled) and keys + len(told) < 3
    if (n_known < 2 and not (n_known == 1 and len(filled) == 1 and keys)) or too_few_of_many:
        return 0.0, False
    return n_known + keys + n_known / len(filled), keys >= 3 and n_known >= 0.5 * len(filled)


def best_row(rows: Sequence[Sequence[str]], mapped: frozenset[str] = frozenset()) -> tuple[int, float, bool]:
    """The row that looks most like a heading (the first of equals): position or -1, its score, beyond doubt."""
    best, best_score = -1, 0.0
    for position, cells in enumerate(rows[:LOOKED_AT]):
        value, sure = score(cells, mapped)
        if sure:
            return position, value, True
        if value > best_score:
            best, best_score = position, value
    return best, best_score, False


_ABOUT = re.compile(r"(?i)[\s:]+(information|info|details|data|coverage|benefits?|election)\s*:?$")


def under(above: Sequence[str], cells: Sequence[str], mapped: frozenset[str] = frozenset()) -> list[str]:
    """Headings with the word for a person or a product that stands over them (`Spouse` over `Name` and `DOB`), where
    some of them mean the same without it. A word is over the columns up to the next word, as merged cells leave it, and
    up to the last of them that needs it: what a column behind is about, nobody knows."""
    told = list(cells)
    meanings = [meaning_of(cell) if cell.strip() else None for cell in cells]
    twice = {meaning for meaning, n in Counter(meanings).items() if meaning and n > 1}
    starts = [position for position, word in enumerate(above[: len(told)]) if word.strip()]
    if not twice or len(starts) < 2:
        return told
    for start, end in pairwise([*starts, len(told)]):
        word = _over(above[start])
        needing = [position for position in range(start, end) if meanings[position] in twice]
        for position in range(start, max(needing, default=-1) + 1) if word else ():
            heading = f"{word} {shown(told[position])}"
            if meaning_of(heading) is not None and on_one_line(told[position]) not in mapped:
                told[position] = heading
    return told


def _over(word: str) -> str:
    """A further person of the row (`Child 1`), or a product; blank for the employee and for what is neither."""
    bare = _ABOUT.sub("", shown(word)).strip(" :")
    known = known_names().get(normal(bare))
    is_product = known is not None and known.field == "plan" and known.product_type
    of_person = _of_a_person(normal(f"{bare} first name"))
    return bare if is_product or (of_person is not None and of_person.block) else ""
