"""Statements as DuckDB has read them, kept for the life of the process.

What lives here: `parsed`. What does not: the texts (`services.queries`) and running them (`services.book`).

To read a text takes DuckDB up to four milliseconds, often more than the statement takes to run. What it makes of one
belongs to no connection, as long as none sets how texts are read (`integer_division`, `preserve_identifier_case`), and
each run works on a copy.
"""

import duckdb

from services.queries import statement

_KEPT: dict[str, duckdb.Statement | str] = {}


def parsed(connection: duckdb.DuckDBPyConnection, name: str) -> duckdb.Statement | str:
    """One statement, to be run on any connection; KeyError names one that is missing. A text of several stays a text.

    >>> with duckdb.connect() as one, duckdb.connect() as other:
    ...     made = parsed(one, "book.any_table")
    ...     made is parsed(other, "book.any_table"), other.execute(made).fetchall()
    (True, [])
    """
    found = _KEPT.get(name)
    if found is None:
        text = statement(name)
        read = connection.extract_statements(text)
        found = _KEPT[name] = read[0] if len(read) == 1 else text
    return found
