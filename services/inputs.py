"""The inputs of a rating: every frame a run reads, under its name, and the hash of what is in them.

What lives here: `Inputs`, and the content hash of frames. What does not: reading them from the book
(`services.gather`), making the core's columns of them (`services.assemble`), and keeping them
(`services.frozen`).

A run depends on its inputs and on the program, on nothing else. So whoever has the inputs of a run can
rate it again, and two runs with equal hashes had equal inputs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import polars as pl

SPOKEN_OF = {
    "census": ("members", "coverages"),
    "rates": ("offers", "tables", "versions", "cells", "final_rates"),
    "rules": ("rules",),
    "settings": ("settings",),
}
"""The frames behind each hash that a run is stamped with. `terms` is in none of them: it holds the version of a census,
which moves although the census may be as it was, and its days are in the offers and coverages. A frame that is not
listed counts to the census."""

FEW = 1_000
"""Texts up to which Python joins them faster than a query is begun."""


@dataclass(frozen=True)
class Inputs:
    """The rows of the gathering statements as they came, one frame each, and the settings of the run.

    Another frame is another field here, of the name that `services.gather` and `services.assemble`
    know it by. Keeping, hashing and re-reading go over the fields and know no column.
    """

    members: pl.DataFrame
    coverages: pl.DataFrame
    offers: pl.DataFrame
    terms: pl.DataFrame
    tables: pl.DataFrame
    versions: pl.DataFrame
    cells: pl.DataFrame
    rules: pl.DataFrame
    classes: pl.DataFrame
    final_rates: pl.DataFrame
    settings: pl.DataFrame
    """One row: what was asked of the run, such as `is_renewal`."""

    @property
    def is_renewal(self) -> bool:
        """Whether the run rates the next term of contracts that end."""
        return bool(self.settings["is_renewal"].item())

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every frame under its name, in the order of the fields."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def made(self) -> dict[str, Any]:
        """What the assembly made of the frames that say nothing of people: inputs of one kept shelf share it."""
        return {}

    @cached_property
    def part_hashes(self) -> dict[str, str]:
        """The content hash of every frame, by name."""
        return {name: content_hash([frame]) for name, frame in self.frames().items()}

    def hash_of(self, subject: str) -> str:
        """The hash over the frames of one subject of `SPOKEN_OF`."""
        listed = {name for names in SPOKEN_OF.values() for name in names} | {"terms"}
        rest = [name for name in self.part_hashes if name not in listed] if subject == "census" else []
        names = [*SPOKEN_OF[subject], *sorted(rest)]
        return hashlib.sha256("".join(f"{name}={self.part_hashes[name]};" for name in names).encode()).hexdigest()

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame]) -> "Inputs":
        """The inputs that `frames` took apart; KeyError names a frame that is missing."""
        return cls(**{field.name: frames[field.name] for field in fields(cls)})


def content_hash(frames: Iterable[pl.DataFrame]) -> str:
    """SHA-256 over names, types and values of frames, whatever their chunks and whatever lies under a null."""
    digest = hashlib.sha256()
    for frame in frames:
        for part in _bytes_of(frame):
            digest.update(part)
    return digest.hexdigest()


def _bytes_of(frame: pl.DataFrame) -> Iterator[bytes]:
    """Column by column: its heading, where it is null, and the values with nulls made equal.

    What is hashed is made of all columns in one go: the frames of a small run are hundreds of columns of a few rows.
    """
    columns = frame.get_columns()
    made = frame.select(expr for n, column in enumerate(columns) for expr in _plain(column, n))
    for n, column in enumerate(columns):
        yield f"{column.name}:{column.dtype}:{len(column)};".encode()
        yield made[f"{n} null"].to_numpy().tobytes() if column.null_count() else bytes(len(column))
        if _is_long(column):
            yield made[f"{n} length"].to_numpy().tobytes()
        if isinstance(column.dtype, pl.List):
            yield from _bytes_of(column.explode(empty_as_null=False, keep_nulls=False).to_frame())
        elif _is_long(column):
            yield _text_of(made[f"{n} value"])
        else:
            yield made[f"{n} value"].to_numpy().tobytes()


def _is_long(column: pl.Series) -> bool:
    """Whether its values differ in length: texts, lists, and decimals, which are hashed as texts."""
    return isinstance(column.dtype, pl.List | pl.String | pl.Decimal)


def _plain(column: pl.Series, n: int) -> Iterator[pl.Expr]:
    """Where a column is null, the lengths of its values and the values themselves, as far as it has any of these."""
    value, has_nulls = pl.col(column.name), column.null_count() > 0
    if has_nulls:
        yield value.is_null().alias(f"{n} null")
    if isinstance(column.dtype, pl.List):
        yield value.list.len().fill_null(0).alias(f"{n} length")
        return
    if _is_long(column):
        value = value.cast(pl.String).fill_null("") if has_nulls else value.cast(pl.String)
        yield value.str.len_bytes().alias(f"{n} length")
    else:
        value = value.to_physical()
        value = value.fill_null(False if column.dtype == pl.Boolean else 0) if has_nulls else value
    yield value.alias(f"{n} value")


def _text_of(texts: pl.Series) -> bytes:
    """Texts, none of them null, one after the other; of as many bytes as their lengths say."""
    return ("".join(texts.to_list()) if len(texts) <= FEW else str(texts.str.join("").item())).encode()
