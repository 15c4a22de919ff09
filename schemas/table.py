"""One declaration of a table, and its renderings.

What lives here: `Column`, `Table` and the short constructors (`text`, `day`, `cents` ...) that every
schema module uses; rendering to `CREATE TABLE`, to an Arrow schema and to comments. What does not:
the tables themselves (one module per area) and row rules (`schemas.rules`).

A column states its type once, as an Arrow type. Money is `BIGINT` cents, a rate or percent is
`DECIMAL`, an id is text of at most 18 characters, a moment is a UTC timestamp.
"""

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

_SQL_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.large_binary(): "BLOB",
}


@dataclass(frozen=True)
class Column:
    """A column: its name, Arrow type, meaning, published field name and limits.

    `wire` is the field's name in the published objects; None where the column is this project's own.
    `longest` is the greatest number of characters of a text (OB-7: longer is refused, never cut).
    """

    name: str
    type: pa.DataType
    says: str
    wire: str | None = None
    required: bool = False
    longest: int | None = None

    @property
    def sql_type(self) -> str:
        """The DuckDB type, such as `VARCHAR` or `DECIMAL(18,6)`."""
        if pa.types.is_decimal(self.type):
            return f"DECIMAL({self.type.precision},{self.type.scale})"
        return _SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """A table of the book, named with its schema (`book.census_member`).

    `key` is the natural identity of a row; it becomes a PRIMARY KEY only where `is_key_enforced`,
    because an index on a bulk table costs more than the row (ARCHITECTURE.md, decision on keys).
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    is_key_enforced: bool = False

    @property
    def schema_name(self) -> str:
        """The part before the dot: `raw`, `book`, `ref` or `out`."""
        return self.name.split(".")[0]

    @property
    def table_name(self) -> str:
        """The part after the dot."""
        return self.name.split(".")[1]

    @property
    def column_names(self) -> list[str]:
        """Names in order of declaration."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a batch of rows."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])

    def empty(self) -> pl.DataFrame:
        """A frame of no rows with the table's columns and types."""
        frame = pl.from_arrow(self.arrow_schema().empty_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def create_sql(self) -> str:
        """The `CREATE TABLE IF NOT EXISTS` statement."""
        lines = [f"    {c.name} {c.sql_type}{' NOT NULL' if c.required else ''}" for c in self.columns]
        if self.key and self.is_key_enforced:
            lines.append(f"    PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE IF NOT EXISTS {self.name} (\n" + ",\n".join(lines) + "\n)"

    def comment_sql(self) -> list[str]:
        """`COMMENT ON` statements for the table and each column."""
        made = [f"COMMENT ON TABLE {self.name} IS {quoted(self.says)}"]
        made += [f"COMMENT ON COLUMN {self.name}.{c.name} IS {quoted(c.says)}" for c in self.columns]
        return made


def quoted(words: str) -> str:
    """A SQL text literal. `COMMENT ON` takes no bound parameter; the words are always our own."""
    return "'" + words.replace("'", "''") + "'"


def text(
    name: str, says: str, wire: str | None = None, *, longest: int | None = None, required: bool = False
) -> Column:
    """A text column of at most `longest` characters."""
    return Column(name, pa.string(), says, wire, required, longest)


def key(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """An id column: opaque text of at most 18 characters."""
    return Column(name, pa.string(), says, wire, required, 18)


def day(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A calendar day."""
    return Column(name, pa.date32(), says, wire, required)


def instant(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A moment, UTC, to the microsecond."""
    return Column(name, pa.timestamp("us"), says, wire, required)


def flag(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """True or false."""
    return Column(name, pa.bool_(), says, wire, required)


def whole(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A 32-bit whole number."""
    return Column(name, pa.int32(), says, wire, required)


def count(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A 64-bit count."""
    return Column(name, pa.int64(), says, wire, required)


def cents(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """An amount of money in whole cents."""
    return Column(name, pa.int64(), says, wire, required)


def decimal(
    name: str, says: str, wire: str | None = None, *, digits: int = 18, places: int = 6, required: bool = False
) -> Column:
    """An exact decimal number: rates with six places, factors and percents with four."""
    return Column(name, pa.decimal128(digits, places), says, wire, required)


def number(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A floating number, for facts that are not money (full-time equivalent)."""
    return Column(name, pa.float64(), says, wire, required)


def texts(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """A list of texts."""
    return Column(name, pa.list_(pa.string()), says, wire, required)


def blob(name: str, says: str, wire: str | None = None, *, required: bool = False) -> Column:
    """Bytes that only the program reads."""
    return Column(name, pa.large_binary(), says, wire, required)
