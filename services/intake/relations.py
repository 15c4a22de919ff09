"""Names and relationships of people.

What lives here: a name in one cell, stand-in names of blocks, the relationship from its columns, from the block or
from the order number. What does not: the link to the primary (families.py).
"""

import polars as pl

from services.intake import values
from services.intake.found import Found

_YES = ["yes", "y", "x", "true", "1"]
_SUFFIX = r"(?i:jr|sr|ii|iii|iv)\.?"
_FORMULA = r"^[=+\-@\t]"


def read_names(frame: pl.DataFrame, found: Found) -> pl.DataFrame:
    """first_name and last_name; `Last, First` in one cell is taken apart."""
    first, last, full = _told_names(frame)
    for cell, empty, name in ((last, first, "last_name"), (first, last, "first_name")):
        both = cell.str.contains(",", literal=True) & empty.is_null() & full.is_null()
        if both.any():
            full = pl.select(pl.when(both).then(cell).otherwise(full)).to_series()
            cleared = pl.select(pl.when(~both.fill_null(False)).then(cell)).to_series()
            first, last = (cleared, last) if name == "first_name" else (first, cleared)
    if full.null_count() < len(full):
        first, last = _split(full, first, last, frame["person_no"] > 0, found)
    if "block_name" in frame.columns:
        first, last = _stand_in(frame, first, last, found)
    for name, cell in (("first_name", first), ("last_name", last)):
        formula = cell.str.contains(_FORMULA)
        found.add("formula_cell", formula, name, cell)
    return frame.with_columns(first.alias("first_name"), last.alias("last_name"))


def _told_names(frame: pl.DataFrame) -> list[pl.Series]:
    """The cells of the names. An employee whose own are blank has those of the employee (`Employee Name` beside
    `Dependent Name`); a person of a block has none in a cell that only says that there is one (`Spouse: Yes`)."""
    names = ("first_name", "last_name", "full_name")
    cells = [text_or_null(frame, name) for name in names]
    if "block_name" in frame.columns:
        says_yes = frame["block_name"].is_not_null() & cells[2].str.to_lowercase().is_in(_YES)
        cells[2] = cells[2].set(says_yes.fill_null(False), None)
    held = [text_or_null(frame, f"holder_{name}") for name in names]
    is_own = (frame["association"] == "Self").fill_null(False) & (frame["person_no"] == 0)
    lacks = is_own & cells[0].is_null() & cells[1].is_null() & cells[2].is_null()
    if not lacks.any():
        return cells
    return [
        pl.select(pl.when(lacks).then(name).otherwise(cell)).to_series() for cell, name in zip(cells, held, strict=True)
    ]


def _split(
    full: pl.Series, first: pl.Series, last: pl.Series, in_block: pl.Series, found: Found
) -> tuple[pl.Series, pl.Series]:
    """`Last, First` at the comma; otherwise `First Last` at the last blank, with a warning. One word is the last name,
    but the first name of a further person of the row, whose last name the row has already."""
    used = full.is_not_null() & (first.is_null() | last.is_null())
    given, family, has_comma = parted(full)
    found.add("name_split", used & ~has_comma & given.is_not_null(), "full_name", full)
    is_given = in_block & ~has_comma & given.is_null()
    new_last = pl.when(~is_given).then(family)
    new_first = pl.when(is_given).then(family).otherwise(given)
    taken = pl.select(
        first=pl.when(used).then(pl.coalesce(first, new_first)).otherwise(first),
        last=pl.when(used).then(pl.coalesce(last, new_last)).otherwise(last),
    )
    return tuple(pl.select(pl.when(taken[n] != "").then(taken[n])).to_series() for n in ("first", "last"))  # type: ignore[return-value]


def parted(full: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """First and last name of whole ones, and which have the last name first, before a comma. `Jr.` is of the last name,
    wherever it stands."""
    bare = (
        full.str.replace(rf"^([^,]+),\s*({_SUFFIX})(?:\s*,|$)", "$1 $2,")
        .str.replace(rf"^([^,]+),\s*([^,]+?)\s*[,\s]\s*({_SUFFIX})$", "$1 $3, $2")
        .str.replace(rf"^(.*\s{_SUFFIX}),$", "$1")
    )
    has_comma = bare.str.contains(",", literal=True).fill_null(False)
    by_comma = bare.str.extract_groups(r"^\s*([^,]*?)\s*,\s*(.*?)\s*$").struct.unnest()
    suffixed = bare.str.extract_groups(rf"^(?:(.+?)\s+)?(\S+\s+{_SUFFIX})$").struct.unnest()
    by_blank = bare.str.extract_groups(r"^(?:(.+)\s+)?(\S+)$").struct.unnest()
    is_suffixed = suffixed.to_series(1).is_not_null()

    def part(at_comma: int, at_blank: int) -> pl.Expr:
        in_order = pl.when(is_suffixed).then(suffixed.to_series(at_blank)).otherwise(by_blank.to_series(at_blank))
        return pl.when(has_comma).then(by_comma.to_series(at_comma)).otherwise(in_order)

    parts = pl.select(given=part(1, 0), family=part(0, 1))
    return parts["given"], parts["family"], has_comma


def _stand_in(frame: pl.DataFrame, first: pl.Series, last: pl.Series, found: Found) -> tuple[pl.Series, pl.Series]:
    """People of blocks without name columns: `Dep 2` of the employee's last name."""
    block = frame["block_name"]
    used = block.is_not_null() & (first.is_null() | last.is_null()) & frame["is_readable"]
    found.add("name_assumed", used, "first_name")
    owner = text_or_null(frame, "own_last_name")
    if "own_full_name" in frame.columns:
        tail = frame["own_full_name"].str.extract(r"^\s*([^,]+?)\s*,|(\S+)$", 1)
        word = frame["own_full_name"].str.extract(r"(\S+)$", 1)
        owner = pl.select(pl.coalesce(owner, tail, word)).to_series()
    word = block.str.to_titlecase()
    return (
        pl.select(pl.when(used).then(pl.coalesce(first, word)).otherwise(first)).to_series(),
        pl.select(pl.when(used).then(pl.coalesce(last, owner)).otherwise(last)).to_series(),
    )


def with_own_facts(frame: pl.DataFrame) -> pl.DataFrame:
    """Employees whose own cells are blank with what the columns of the employee say (`EE DOB` beside `Dep DOB`)."""
    is_own = (frame["association"] == "Self").fill_null(False) & (frame["person_no"] == 0)
    names = [name for name in ("birth_date", "gender", "email", "ssn") if f"holder_{name}" in frame.columns]
    return frame.with_columns(
        pl.coalesce(text_or_null(frame, name), pl.when(is_own).then(f"holder_{name}")).alias(name) for name in names
    )


def read_relationships(frame: pl.DataFrame, found: Found) -> pl.DataFrame:
    """Relationship and association; null where they cannot be told, with a fault."""
    read: dict[str, pl.Series] = {}
    for name in ("relationship", "association"):
        text = text_or_null(frame, name)
        value, bad = values.look_up(name, text)
        found.add("unknown_relationship", bad, name, text)
        read[name] = value
        frame = frame.with_columns(bad.alias(f"bad_{name}"))
    relation, association = read["relationship"], read["association"]
    clash = (relation == "Self") != (association == "Self")
    found.add("relationships_disagree", clash, "association", text_or_null(frame, "association"))
    told = pl.select(pl.coalesce(relation, association)).to_series()
    bad = frame["bad_relationship"] | frame["bad_association"] | clash.fill_null(False)
    value = _default(frame, told, bad, found)
    both = pl.when(association.is_not_null() & ~bad).then(association).otherwise(value)
    return frame.drop("bad_relationship", "bad_association").with_columns(
        pl.select(pl.when(frame["is_readable"] & ~bad).then(value)).to_series().alias("relationship"),
        pl.select(pl.when(frame["is_readable"] & ~bad).then(both).replace({"Domestic Partner": "Spouse"}))
        .to_series()
        .alias("association"),
    )


def _default(frame: pl.DataFrame, told: pl.Series, bad: pl.Series, found: Found) -> pl.Series:
    """The relationship where no cell states it: the block's, Self for a row without a link (CV-7), or a fault."""
    blank = told.is_null() & ~bad & frame["is_readable"]
    if not blank.any():
        return told
    block = text_or_null(frame, "block_relationship")
    in_block = frame["person_no"] > 0
    assumed = blank & in_block & block.is_null() & ~frame["has_relationship"]
    found.add("relationship_assumed", assumed, "relationship")
    order = text_or_null(frame, "member_order").str.replace(r"\.0+$", "")
    first_in_order = order.str.contains(r"^0+$")
    later = order.is_not_null() & ~first_in_order.fill_null(False)
    linked = text_or_null(frame, "primary_member_source").is_not_null() | later | _key_of_another(frame, told)
    missing = (blank & in_block & block.is_null() & frame["has_relationship"]) | (blank & ~in_block & linked)
    found.add("relationship_missing", missing, "relationship")
    return pl.select(
        pl.when(~blank)
        .then(told)
        .when(missing)
        .then(None)
        .when(assumed)
        .then(pl.lit("Child"))
        .when(in_block)
        .then(block)
        .otherwise(pl.lit("Self"))
    ).to_series()


def _key_of_another(frame: pl.DataFrame, told: pl.Series) -> pl.Series:
    """Rows whose family key is that of a stated employee."""
    if "employee_key" not in frame.columns:
        return pl.Series([False]).new_from_index(0, frame.height)
    keyed = frame.select("census", "employee_key")
    of_selfs = keyed.filter((told == "Self").fill_null(False)).unique().with_columns(pl.lit(True).alias("hit"))
    return keyed.join(of_selfs, on=["census", "employee_key"], how="left", maintain_order="left")["hit"].fill_null(
        False
    )


def text_or_null(frame: pl.DataFrame, name: str) -> pl.Series:
    """A column of text, all null when the files have none."""
    if name in frame.columns:
        return frame[name]
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)
