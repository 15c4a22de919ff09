"""Named SQL statements, read from `services/sql/*.sql`.

What lives here: the reading and naming of statements. What does not: SQL itself (it lives in the
files, and nowhere else), and running it (`services.book`).

A file holds statements under lines such as `-- name: insert_members`; comments above the first
statement are the file's charter. A statement is known as `<file>.<name>`.
"""

import re
from functools import cache
from importlib import resources

_HEAD = re.compile(r"^-- name:\s*(\w+)\s*$", re.MULTILINE)


@cache
def statements() -> dict[str, str]:
    """Every named statement by `<file>.<name>`; a repeated name is a ValueError."""
    found: dict[str, str] = {}
    for file in sorted(resources.files("services.sql").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        area = file.name.removesuffix(".sql")
        parts = _HEAD.split(file.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if f"{area}.{name}" in found:
                raise ValueError(f"The statement {area}.{name} is written twice.")
            found[f"{area}.{name}"] = body.strip().rstrip(";")
    return found


def statement(name: str) -> str:
    """The text of one statement; KeyError names the statement that is missing."""
    try:
        return statements()[name]
    except KeyError:
        raise KeyError(f"No statement {name} in services/sql.") from None
