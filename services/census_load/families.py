"""Who hangs from whom: each dependent's primary, and what a family forbids.

What lives here: the links of CV-8 to CV-10 resolved over the files and the book, orphans (CV-13), a second
spouse, and the refusal of a family whose primary is refused. What does not: links by key, column or row
order inside one file, which the intake found (`primary_person`).
"""

import polars as pl

from services.census_load.ledger import Ledger

_AT = ("file_no", "line_number", "person_no", "person")


def with_primaries(people: pl.DataFrame, members: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The people with `primary_row` (person number) or `primary_stored` (stored row) for each dependent.

    Strongest link first: the id of a stored primary, the primary's source identifier, then what the
    intake found. A dependent without any is an orphan.
    """
    by_position = (
        pl.when((pl.col("link_kind") == "row_order") & pl.col("primary_member_source").is_not_null())
        .then(None)
        .otherwise("primary_person")
    )
    nowhere = pl.lit(None, pl.UInt32)
    if people["is_primary"].all():
        return people.with_columns(primary_row=nowhere, primary_stored=nowhere)
    linked = people.with_columns(primary_row=by_position.cast(pl.UInt32), primary_stored=nowhere)
    linked = _by_source(linked, members)
    linked = _by_id(linked, members, ledger)
    linked = _as_stored(linked, members)
    dependent = ~pl.col("is_primary") & ~pl.col("is_skipped")
    linked = linked.with_columns(pl.when(dependent).then("primary_row"), pl.when(dependent).then("primary_stored"))
    is_primary = linked["is_primary"]
    row = linked["primary_row"]
    hangs_from_primary = is_primary.gather(row.fill_null(0)) | ledger.refused.gather(row.fill_null(0))
    # Whoever says no relationship that can be read is refused for that; an orphan is a known dependent.
    lost = linked.filter(
        dependent
        & pl.col("association").is_not_null()
        & ~pl.col("is_illegible")
        & pl.col("primary_stored").is_null()
        & (pl.col("primary_row").is_null() | ~hangs_from_primary)
        & ((pl.col("primary_group_census_member_id").is_null()) | pl.col("primary_row").is_not_null())
    )
    ledger.say("orphan_dependent", lost.select(_AT))
    return linked


def _by_source(people: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The primary whose source identifier the dependent names: in the files of the census, else in the book."""
    asking = people.filter(
        ~pl.col("is_primary") & pl.col("primary_row").is_null() & pl.col("primary_member_source").is_not_null()
    )
    if asking.is_empty():
        return people
    on = ["group_census_id", "primary_member_source"]
    heads = people.filter(
        pl.col("is_primary") & ~pl.col("is_skipped") & pl.col("source_system_identifier").is_not_null()
    ).select("group_census_id", primary_member_source="source_system_identifier", in_file="person")
    kept = members.filter((pl.col("association") == "Self") & pl.col("source_system_identifier").is_not_null()).select(
        "group_census_id", primary_member_source="source_system_identifier", in_book="stored"
    )
    found = (
        asking.select("person", *on)
        .join(heads.unique(on, keep="first", maintain_order=True), on=on, how="left")
        .join(kept.unique(on, keep="first", maintain_order=True), on=on, how="left")
        .select("person", "in_file", in_book=pl.when(pl.col("in_file").is_null()).then("in_book"))
    )
    return (
        people.join(found, on="person", how="left", maintain_order="left")
        .with_columns(
            primary_row=pl.coalesce("primary_row", "in_file"), primary_stored=pl.coalesce("primary_stored", "in_book")
        )
        .drop("in_file", "in_book")
    )


def of_one_primary(people: pl.DataFrame, members: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Who names a primary by an identifier that several stored ones have is refused, and not given to the oldest; a
    known dependent of one of them stays with it. Needs the primaries that `with_primaries` found."""
    heads = members.filter(pl.col("association") == "Self").select(
        "group_census_id", "group_census_member_id", "stored", primary_member_source="source_system_identifier"
    )
    on = ["group_census_id", "primary_member_source"]
    shared = heads.drop_nulls("primary_member_source").filter(pl.struct(on).is_duplicated())
    by_source = pl.col("primary_stored").is_not_null() & pl.col("primary_group_census_member_id").is_null()
    asking = people.filter(by_source).join(shared, on=on, how="semi", maintain_order="left")
    if asking.is_empty():
        return people
    of_known = members.select("stored", group_census_member_id="primary_member_id")
    own = of_known.join(shared.rename({"stored": "kept"}), on="group_census_member_id")
    kept = asking.select("person", "stored", *on).join(own, on=["stored", *on]).select("person", "kept")
    ledger.say("primary_not_unique", asking.join(kept, on="person", how="anti", maintain_order="left").select(_AT))
    joined = people.join(kept, on="person", how="left", maintain_order="left")
    return joined.with_columns(primary_stored=pl.coalesce("kept", "primary_stored")).drop("kept")


def _by_id(people: pl.DataFrame, members: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The primary whose record id the dependent names; it beats every other link (CV-9)."""
    asking = people.filter(
        ~pl.col("is_primary") & ~pl.col("is_skipped") & pl.col("primary_group_census_member_id").is_not_null()
    )
    if asking.is_empty():
        return people
    on = ["group_census_id", "primary_group_census_member_id"]
    heads = members.filter(pl.col("association") == "Self").select(
        "group_census_id", primary_group_census_member_id="group_census_member_id", named="stored"
    )
    found = asking.select("person", *on).join(heads, on=on, how="left").select("person", "named", is_named=pl.lit(True))
    ledger.say(
        "unknown_primary", asking.join(found.filter(pl.col("named").is_null()), on="person", how="semi").select(_AT)
    )
    joined = people.join(found, on="person", how="left", maintain_order="left")
    is_named = pl.col("is_named").fill_null(False)
    return joined.with_columns(
        primary_row=pl.when(~is_named).then("primary_row"),
        primary_stored=pl.when(is_named).then("named").otherwise("primary_stored"),
    ).drop("named", "is_named")


def _as_stored(people: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """A known dependent whose row names no primary keeps the primary it has."""
    unlinked = (
        pl.col("primary_row").is_null()
        & pl.col("primary_stored").is_null()
        & pl.col("primary_group_census_member_id").is_null()
    )
    asking = people.filter(unlinked & pl.col("stored").is_not_null() & ~pl.col("is_primary"))
    if asking.is_empty():
        return people
    heads = members.select(primary_member_id="group_census_member_id", kept="stored")
    kept = members.select("stored", "primary_member_id").join(heads, on="primary_member_id").select("stored", "kept")
    joined = people.join(kept, on="stored", how="left", maintain_order="left")
    is_unnamed = unlinked & pl.col("primary_member_source").is_null()
    return joined.with_columns(primary_stored=pl.when(is_unnamed).then("kept").otherwise("primary_stored")).drop("kept")


def prefer_rows(people: pl.DataFrame) -> pl.DataFrame:
    """A stored primary that the files state as well is the row of the file."""
    if people["primary_stored"].null_count() == people.height:
        return people
    heads = people.filter(pl.col("is_primary") & pl.col("stored").is_not_null()).select(
        primary_stored="stored", stated="person"
    )
    joined = people.join(
        heads.unique("primary_stored", keep="first"), on="primary_stored", how="left", maintain_order="left"
    )
    return joined.with_columns(
        primary_row=pl.coalesce("stated", "primary_row"),
        primary_stored=pl.when(pl.col("stated").is_null()).then("primary_stored"),
    ).drop("stated")


def refuse_families(people: pl.DataFrame, ledger: Ledger) -> None:
    """A refused primary refuses its dependents; they say so beside their own faults."""
    if not ledger.refused.any():
        return
    row = people["primary_row"]
    under = row.is_not_null() & ledger.refused.gather(row.fill_null(0)) & ~people["is_skipped"]
    told = ledger.issues().filter(pl.col("code").is_in(["orphan_dependent", "primary_refused"]))["person"].drop_nulls()
    ledger.say("primary_refused", people.filter(under & ~people["person"].is_in(told.implode())).select(_AT))


def refuse_second_spouses(people: pl.DataFrame, members: pl.DataFrame, going: pl.Series, ledger: Ledger) -> None:
    """One spouse or partner for each family; a stored one comes before a new one.

    `going` are the stored rows of members that mode replace is about to remove; they do not count.
    """
    is_spouse = (people["association"] == "Spouse") & ~people["is_skipped"] & ~ledger.refused
    if not is_spouse.any():
        return
    spouses = people.filter(is_spouse)
    heads = people.select(primary_row="person", head_stored="stored")
    known = spouses.join(heads, on="primary_row", how="left", maintain_order="left").select(
        *_AT,
        "stored",
        head_stored=pl.coalesce("primary_stored", "head_stored"),
        primary_row=pl.col("primary_row"),
    )
    # Families of the book are told by the stored row of their primary, new ones by the person number below zero.
    family = pl.coalesce(pl.col("head_stored").cast(pl.Int64), -1 - pl.col("primary_row").cast(pl.Int64))
    ranked = known.with_columns(family=family, is_new=pl.col("stored").is_null()).sort(
        "family", "is_new", "person", maintain_order=True
    )
    taken = pl.lit(False)
    if members.height:
        stated = pl.concat([people.filter(~ledger.refused)["stored"].drop_nulls(), going])
        taken = pl.col("family").is_in(_families_of_other_spouses(members, stated).implode()) & pl.col("is_new")
    later = ranked.filter((pl.int_range(pl.len()).over("family") > 0) | taken)
    ledger.say("second_spouse", later.sort("person").select(_AT))


def _families_of_other_spouses(members: pl.DataFrame, besides: pl.Series) -> pl.Series:
    """Stored rows of the primaries that have a stored spouse besides the stored rows given."""
    heads = members.select(primary_member_id="group_census_member_id", family=pl.col("stored").cast(pl.Int64))
    other = members.filter((pl.col("association") == "Spouse") & ~pl.col("stored").is_in(besides.implode()))
    return other.select("primary_member_id").join(heads, on="primary_member_id")["family"]
