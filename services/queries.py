"""Named SQL statements, read from `services/sql/*.sql`.

What lives here: the reading and naming of statements. What does not: SQL itself (it lives in the
files, and nowhere else), and running it (`services.book`).

A file holds statements under lines such as `-- name: insert_members`; comments above the first
statement are the file's charter. A statement is known as `<file>.<name>`.

What several statements say alike stands once, under a line such as `-- part: member_columns`, and
`{<file>.<name>}` in a statement of any file is read as its text. A part is no statement and holds no parts.
"""

import re
from functools import cache
from importlib import resources

_HEAD = re.compile(r"^-- (name|part):\s*(\w+)\s*$", re.MULTILINE)
_PART = re.compile(r"\{(\w+\.\w+)\}")


@cache
def _written() -> dict[str, dict[str, str]]:
    """Every statement (`name`) and every part (`part`) as written, by `<file>.<name>`."""
    found: dict[str, dict[str, str]] = {"name": {}, "part": {}}
    for file in sorted(resources.files("services.sql").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        area = file.name.removesuffix(".sql")
        pieces = _HEAD.split(file.read_text(encoding="utf-8"))
        for kind, name, body in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            if any(f"{area}.{name}" in texts for texts in found.values()):
                raise ValueError(f"The statement {area}.{name} is written twice.")
            found[kind][f"{area}.{name}"] = body.strip().rstrip(";")
    return found


def parts() -> dict[str, str]:
    """What several statements say alike, by `<file>.<name>`; comments above it are left out."""
    return {name: re.sub(r"^(--[^\n]*\n)+", "", body) for name, body in _written()["part"].items()}


@cache
def statements() -> dict[str, str]:
    """Every named statement by `<file>.<name>`, its parts put in; a repeated name is a ValueError."""
    shared = parts()
    return {
        name: _PART.sub(lambda asked: shared[asked[1]], body) if "{" in body else body
        for name, body in _written()["name"].items()
    }


def statement(name: str) -> str:
    """The text of one statement; KeyError names the statement that is missing."""
    try:
        return statements()[name]
    except KeyError:
        raise KeyError(f"No statement {name} in services/sql.") from None
