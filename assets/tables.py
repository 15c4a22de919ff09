"""How a table of the book is shown as an asset: its spec, and the metadata of what was stored.

What lives here: the short constructors that every asset module uses. What does not: any asset.
Metadata is codes, counts, cents and pictures; never a personal value.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from services import catalogue
from services.book import PROGRAM_VERSION, Transaction

OWNERS = ["team:group-benefits"]


def key_of(table_name: str) -> dg.AssetKey:
    """The asset key of a table.

    >>> key_of("book.census_member").path
    ['book', 'census_member']
    """
    return dg.AssetKey(table_name.split("."))


def table_asset(table_name: str, *, group: str, deps: Iterable[str] = (), kinds: Iterable[str] = ()) -> dg.AssetSpec:
    """The asset of a table: described by the table's declaration, with its columns and their meaning."""
    columns = [
        dg.TableColumn(name, kind, description=says, constraints=dg.TableColumnConstraints(nullable=not required))
        for name, kind, says, required in catalogue.columns(table_name)
    ]
    return dg.AssetSpec(
        key_of(table_name),
        deps=[key_of(name) for name in deps],
        description=catalogue.says(table_name),
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns), "dagster/table_name": table_name},
        group_name=group,
        owners=OWNERS,
        kinds={"duckdb", *kinds},
        code_version=PROGRAM_VERSION,
    )


def stored(
    tx: Transaction, table_names: Iterable[str], metadata: Mapping[str, Mapping[str, Any]]
) -> Iterable[dg.MaterializeResult]:
    """One result per table, with its rows in the book and whatever else there is to say of it."""
    for table_name, n_rows in catalogue.row_counts(tx, table_names).items():
        yield dg.MaterializeResult(
            asset_key=key_of(table_name), metadata={"dagster/row_count": n_rows, **metadata.get(table_name, {})}
        )


def markdown(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A small table: counts with thousands separated, texts as they are."""
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines) if len(lines) > 2 else "none")


def picture(says: str, png: bytes) -> dg.MarkdownMetadataValue:
    """A picture that the UI shows in place."""
    return dg.MetadataValue.md(f"![{says}](data:image/png;base64,{base64.b64encode(png).decode('ascii')})")


def dollars(cents: int) -> str:
    """Cents as people read them.

    >>> dollars(-123456789)
    '-1,234,567.89'
    """
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """So many of them.

    >>> counted(1, "census", "censuses"), counted(1200, "quote")
    ('1 census', '1,200 quotes')
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
