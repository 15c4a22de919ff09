"""Frozen inputs: what a run read is kept by content, once however many runs read it, and read back as it was.

What lives here: packing, keeping and loading of `Inputs`, over frames of whatever columns. What does not: what
is in the frames (`services.gather`), rating them again (`services.rerate`), and for how long they are kept
(`services.retention`).

A frame is known by its content hash and kept as Parquet in slices of rows. Loading hashes again, so that what
is rated again is to the byte what was rated. A frame or column that the program has learnt of since a run is
empty, or null, in that run's inputs: nothing stated it then.
"""

import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from services.asked import Censuses
from services.book import Transaction
from services.gather import gather
from services.inputs import Inputs, content_hash
from services.refusals import Malformed

SLICE = 262_144
"""Rows per slice: what is packed or read at a time, so that no value of the book grows with the book."""

_SHAPES: list[dict[str, pl.DataFrame]] = []
"""The inputs of nobody, once they were asked for: they hang on the program alone, and no book has others."""


@dataclass(frozen=True)
class Part:
    """One frame, packed: its hash, and the rows and bytes of each slice."""

    content_hash: str
    n_rows: list[int]
    payloads: list[bytes]


def known(tx: Transaction, inputs: Inputs) -> set[str]:
    """Hashes of the frames that an earlier run has kept already."""
    hashes = sorted(set(inputs.part_hashes.values()))
    return {row[0] for row in tx.rows("frozen.known", {"hashes": hashes})}


def pack(inputs: Inputs, known: Collection[str] = ()) -> list[Part]:
    """The frames that are not known yet, packed; done while the book is free."""
    frames = inputs.frames()
    fresh = {inputs.part_hashes[name]: frame for name, frame in frames.items()}
    return [pack_frame(content, frame) for content, frame in fresh.items() if content not in known]


def pack_frame(content: str, frame: pl.DataFrame) -> Part:
    """One frame in slices; an empty frame is one slice, which keeps its columns."""
    slices = list(frame.iter_slices(SLICE)) or [frame]
    return Part(content, [part.height for part in slices], [_bytes_of(part) for part in slices])


def keep(tx: Transaction, run_id: str, inputs: Inputs, parts: Iterable[Part]) -> None:
    """Keep the inputs of a run in the run's own transaction; frames that are kept already are shared.

    A frame that was thought to be known and was given up meanwhile is packed now.
    """
    packed = {part.content_hash: part for part in parts}
    stored = known(tx, inputs)
    for part in [*packed.values(), *pack(inputs, {*stored, *packed})]:
        if part.content_hash not in stored:
            write_part(tx, part)
    named = pl.DataFrame(
        {"part": list(inputs.part_hashes), "content_hash": list(inputs.part_hashes.values())},
    )
    with tx.lend(input_rows=named):
        tx.run("frozen.insert_inputs", {"run_id": run_id})
    tx.run("frozen.mark_kept", {"run_id": run_id})


def write_part(tx: Transaction, part: Part) -> None:
    """Write one packed frame, slice by slice."""
    for number, (n_rows, payload) in enumerate(zip(part.n_rows, part.payloads, strict=True)):
        tx.run(
            "frozen.insert_slice",
            {"content_hash": part.content_hash, "slice": number, "n_rows": n_rows, "payload": payload},
        )


def read_part(tx: Transaction, content: str) -> pl.DataFrame:
    """One frame as it was kept. Malformed where it is not what its hash says."""
    slices = [pl.read_parquet(io.BytesIO(row[0])) for row in tx.rows("frozen.slices", {"content_hash": content})]
    frame = pl.concat(slices) if slices else pl.DataFrame()
    if content_hash([frame]) != content:
        raise Malformed(
            "inputs_damaged",
            content,
            f"The kept inputs {content[:12]} are not what they were when the run was made.",
            "Restore the book from a backup; the stored results are untouched.",
        )
    return frame


def load(tx: Transaction, run_id: str) -> Inputs:
    """The inputs that a run was rated from, in the shape that the program reads today."""
    kept = {part: read_part(tx, content) for part, content in tx.rows("frozen.inputs", {"run_id": run_id})}
    if not _SHAPES:
        _SHAPES.append(gather(tx, Censuses([""])).frames())
    shape = _SHAPES[0].items()
    return Inputs.of({name: in_shape(kept[name], empty) if name in kept else empty for name, empty in shape})


def in_shape(frame: pl.DataFrame, shape: pl.DataFrame) -> pl.DataFrame:
    """The columns of `shape`: those of the frame, null where it lacks one.

    >>> in_shape(pl.DataFrame({"a": [1], "old": [2]}), pl.DataFrame(schema={"a": pl.Int64, "b": pl.String})).row(0)
    (1, None)
    """
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in shape.schema.items()
    )


def _bytes_of(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd", compression_level=1, statistics=False)
    return target.getvalue()
