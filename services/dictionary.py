"""The data dictionary: every table, view and column of the book in one page, written from their declarations.

What lives here: the rendering to Markdown, and `python -m services.dictionary`, which writes
`docs/data-dictionary.md` (`--check` only compares, and fails when the page is behind). What does not: the words, which
stand beside the columns in `schemas` and in `services/sql/analytics.sql`.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import duckdb

from schemas import SCHEMAS, TABLES
from schemas.table import Column, Table
from services.book import build
from services.queries import statement

PAGE = Path("docs/data-dictionary.md")

_SCHEMA_WORDS = {
    "analytics": "Views for people: joined, named, in dollars. Begin here.",
    "raw": "Census files as they landed, as text, with the outcome of every line.",
    "book": "The record: groups, plans, censuses, members, selections, quotes, policies, people, partners, requests.",
    "ref": "Rates, factors, rating areas and contribution rules.",
    "out": "Results of rating runs, which are only ever added, and what is made of them, which may be made anew.",
}

_OPENING = """# Data dictionary

Every table, view and column of the book and of its published copy. The same words are stored in the file: ask
`SELECT comment FROM duckdb_columns()`, or hover in a client that shows comments. This page is written by
`python -m services.dictionary`; do not edit it by hand.

Money in tables is whole cents (`_cents`); in views it is exact dollars. Ids are text of 18 characters. Days are
calendar days, moments are UTC. "Published field" is the name of the same fact in the published objects and files.
"""


def render() -> str:
    """The page, from a book made in memory."""
    with duckdb.connect() as connection:
        build(connection, datetime.now(UTC))
        views = connection.execute(statement("dictionary.views")).fetchall()
        columns = connection.execute(statement("dictionary.view_columns")).fetchall()
    by_view = {name: list(rows) for name, rows in groupby(columns, key=lambda row: row[0])}
    parts = [_OPENING, _contents(name for name, _ in views), _heading("analytics")]
    parts += [_view(name, says, by_view[name]) for name, says in views]
    for schema in SCHEMAS:
        parts.append(_heading(schema))
        parts += [_table(table) for table in TABLES.values() if table.schema_name == schema]
    return "\n".join(parts)


def _contents(views: Iterable[str]) -> str:
    lines = ["| schema | what it holds | tables and views |", "|---|---|---|"]
    names = {"analytics": [f"analytics.{name}" for name in views]}
    names |= {schema: [t.name for t in TABLES.values() if t.schema_name == schema] for schema in SCHEMAS}
    for schema, words in _SCHEMA_WORDS.items():
        links = ", ".join(f"[{name.split('.')[1]}](#{name.replace('.', '')})" for name in names[schema])
        lines.append(f"| `{schema}` | {words} | {links} |")
    return "\n".join(lines) + "\n"


def _heading(schema: str) -> str:
    return f"## Schema `{schema}`\n\n{_SCHEMA_WORDS[schema]}\n"


def _view(name: str, says: str, columns: list[tuple[str, str, str, str]]) -> str:
    lines = [
        f"### analytics.{name}",
        "",
        says,
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{column}` | {kind} | {_cell(words)} |" for _, column, kind, words in columns]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> str:
    lines = [f"### {table.name}", "", table.says]
    if table.key:
        lines += ["", f"One row per {', '.join(f'`{name}`' for name in table.key)}."]
    lines += ["", "| column | type | meaning | published field |", "|---|---|---|---|"]
    lines += [_column(column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> str:
    kind = column.sql_type + ("" if column.required else ", may be null")
    if column.longest:
        kind += f", at most {column.longest} characters"
    return f"| `{column.name}` | {kind} | {_cell(column.says)} | {f'`{column.wire}`' if column.wire else ''} |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is current."""
    page = render()
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        sys.stderr.write(f"{PAGE} is behind the declarations. Type: python -m services.dictionary\n")
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
