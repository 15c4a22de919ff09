"""What a sheet of the shelf is: its columns, and what their cells may hold.

What lives here: the declaration of a sheet and the short constructors of its columns. What does not: the sheets
themselves (`columns`, `price_columns`), and acts on rows.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SheetColumn:
    """A column: `kind` says how its text is read, the rest what a good value is.

    Kinds: text, list (parts between semicolons, of `values` where there are any), choice (one of `values`), date,
    instant, dollars, decimal, whole, flag. `default` is what a blank cell means.
    """

    name: str
    kind: str
    says: str
    required: bool = False
    longest: int | None = None
    values: tuple[str, ...] = ()
    lowest: int | None = None
    highest: int | None = None
    places: int | None = None
    default: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet: what it states, its columns, and the columns that name a row."""

    name: str
    says: str
    key: tuple[str, ...]
    columns: tuple[SheetColumn, ...] = field(repr=False)

    def column(self, name: str) -> SheetColumn:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def text(name: str, says: str, longest: int, *, required: bool = False) -> SheetColumn:
    """A text of at most so many characters."""
    return SheetColumn(name, "text", says, required, longest)


def choice(
    name: str, says: str, values: tuple[str, ...], default: str | None = None, *, required: bool = False
) -> SheetColumn:
    """One of a list of values."""
    return SheetColumn(name, "choice", says, required, values=values, default=default)


def date(name: str, says: str, *, required: bool = False) -> SheetColumn:
    """A day."""
    return SheetColumn(name, "date", says, required)


def dollars(name: str, says: str) -> SheetColumn:
    """An amount of money, not negative."""
    return SheetColumn(name, "dollars", says, lowest=0, highest=10_000_000_000, places=2)


def whole(name: str, says: str, lowest: int, highest: int, default: str | None = None) -> SheetColumn:
    """A whole number in a range."""
    return SheetColumn(name, "whole", says, lowest=lowest, highest=highest, default=default)


def names_of(enum: type) -> tuple[str, ...]:
    """The names of a closed list, as choices."""
    return tuple(member.name for member in enum)  # type: ignore[attr-defined]


def decimal(name: str, says: str, highest: int, places: int) -> SheetColumn:
    """A number from 0 with so many decimals."""
    return SheetColumn(name, "decimal", says, lowest=0, highest=highest, places=places)
