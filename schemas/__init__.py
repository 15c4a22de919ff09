"""What a row is: one declaration per table of the book.

What lives here: `TABLES`, every table by its qualified name, in the order they are created. Each
table is declared in the module of its area; nothing in this package acts on rows.
"""

from schemas import (
    access,
    census,
    composite,
    configuration,
    documents,
    jobs,
    onboarding,
    operations,
    people,
    plans,
    policies,
    quotes,
    reference,
    results,
)
from schemas.table import Table

TABLES: dict[str, Table] = {
    table.name: table
    for area in (
        operations,
        access,
        plans,
        reference,
        census,
        people,
        documents,
        configuration,
        jobs,
        quotes,
        policies,
        onboarding,
        results,
        composite,
    )
    for table in area.TABLES
}
"""Every table of the book."""

SCHEMAS = ("raw", "book", "ref", "out")
"""The four schemas of tables; `analytics` holds only views."""
