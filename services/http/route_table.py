"""The routes as a table for readers: `python -m services.http.route_table` writes it into docs/http.md.

What lives here: the table, made from the OpenAPI document, and its place in the page. What does not: the routes, and
the rest of the page, which is written by hand.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.http.app import create_app
from services.shared_book import SharedBook

PAGE = "docs/http.md"
BEGINS, ENDS = "<!-- routes: begin -->", "<!-- routes: end -->"

_SHORT = (
    ("/services/data/{version}/connect/insurance/census-management/", ".../census-management/"),
    ("/services/data/{version}/connect/insurance/", ".../insurance/"),
)
"""Beginnings of paths that the page names once."""


def document() -> dict[str, Any]:
    """The OpenAPI document; no book is opened for it."""
    return create_app(SharedBook("nowhere.duckdb"), lambda: datetime.now(UTC).replace(tzinfo=None)).openapi()


def render(openapi: dict[str, Any]) -> str:
    """A table of all routes, by area, in alphabetical order of the areas."""
    areas: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            row = f"| `{method.upper()}` | `{_short(path)}` | {operation['summary']} |"
            areas.setdefault(operation["tags"][0], []).append(row)
    parts: list[str] = []
    for area in sorted(areas):
        parts += [f"### {area}", "", "| | path | what it does |", "|---|---|---|", *areas[area], ""]
    return "\n".join(parts).rstrip() + "\n"


def placed(page: str, table: str) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{table}\n{ENDS}{after}"


def _short(path: str) -> str:
    for whole, short in _SHORT:
        if path.startswith(whole):
            return short + path.removeprefix(whole)
    return path


def _main() -> None:
    page = Path(PAGE)
    page.write_text(placed(page.read_text(encoding="utf-8"), render(document())), encoding="utf-8")


if __name__ == "__main__":
    _main()
