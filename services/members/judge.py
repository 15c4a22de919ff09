"""Rows of a request judged: who each one is, what is wrong with it, and the member as it will stand.

What lives here: the stretches of the road in their order, for requests. What does not: any rule (each stands beside the
census load, or in a module here), and any write.
"""

from dataclasses import dataclass

import polars as pl

from services import flows
from services.book import Transaction
from services.census_load import families, member_key
from services.census_load.ledger import Ledger
from services.census_load.stored import Stored
from services.members import classes, faults, finding, keys, landed, near
from services.members.asked import Asked, Operation, Reading
from services.scope import Scope

_REFERENCES = frozenset({"person_account_id", "contact_id", "owner_id", "given_summary_id"})
"""Working columns that name records of other kinds."""


@dataclass(frozen=True)
class Judged:
    """A request judged; nothing is written yet."""

    asked: Asked
    stored: Stored
    people: pl.DataFrame
    """One row for each row of the request (`person` is its number): the member as it will stand, with `member_key`,
    `group_class_id`, `stored` (row of the stored member, null: new), `primary_row` and `primary_stored`."""
    refused: pl.Series
    """Which rows are refused."""
    faults: pl.DataFrame
    """What is wrong, in the columns of `faults.FAULTS`."""

    @property
    def accepted(self) -> pl.Series:
        """Which rows are saved."""
        return ~self.refused


def judge(tx: Transaction, asked: Asked, flow: flows.Flow | None = None) -> Judged:
    """Judge every row; the census must exist. Refused for a census that does not."""
    ledger = Ledger.of(asked.rows.height)
    context = flows.Context(asked.census_id, asked.now, asked.operation.value)
    if flow is not None and flow.before:
        values, issues = flows.walk(flow.before, tx, asked.rows.values, context)
        asked = _with_values(asked, values)
        ledger.add(faults.of_flow(issues))
    landed.take_faults(asked.rows, ledger)
    stored = near.read(tx, asked.census_id, with_classes=not asked.keeps_classes)
    stored, known = finding.find(tx, asked, stored)
    people = _persons(tx, asked, stored, known, ledger)
    people, stored = classes.with_classes(people, stored, asked, ledger)
    people = _with_primaries(people, stored, asked, ledger)
    spouses = _new_spouses(people, stored)
    families.refuse_second_spouses(spouses, stored.members, stored.members["stored"].clear(), ledger)
    if not asked.stated.isdisjoint(_REFERENCES):
        _check_references(tx, people, stored, asked.scope, ledger)
    if flow is not None and flow.after:
        _, issues = flows.walk(flow.after, tx, people.rename({"person": "row"}), context)
        ledger.add(faults.of_flow(issues))
    if asked.is_std_by_id:
        people = _beside_refused(people, stored, ledger.refused)
    else:
        families.refuse_families(people, ledger)
    told = faults.faults_of(ledger, asked.rows, people, stored.members)
    return Judged(asked, stored, people, ledger.refused, told)


def _with_values(asked: Asked, values: pl.DataFrame) -> Asked:
    return Asked(**{**asked.__dict__, "rows": asked.rows.with_values(values)})


def _persons(tx: Transaction, asked: Asked, stored: Stored, known: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The rows as persons: completed, judged one by one, keyed, and matched with the stored members."""
    needs_id = asked.operation is Operation.UPDATE
    people = landed.people(asked.rows, stored, known, by_relationship=asked.reading is Reading.STD, needs_id=needs_id)
    if people["is_skipped"].any():
        nobody, nameless = people.filter("is_skipped"), pl.col("given_id").is_null()
        # An id that could not be read is told already.
        unread = ledger.issues().filter(pl.col("field") == "given_id")["person"].drop_nulls()
        silent = nobody.filter(nameless & ~pl.col("person").is_in(unread.implode()))
        ledger.add(faults.refuse(silent, "id_missing", "given_id"))
        ledger.add(faults.refuse(nobody.filter(~nameless), "unknown_member_id", "given_id"))
    landed.check(people, asked.rows, asked.now, ledger, besides=("source_on_primary",) if asked.is_std_by_id else ())
    files = stored.files.with_columns(file_name=pl.lit(""))
    if asked.keeps_keys:
        people = keys.with_stored_keys(people, stored.members, known)
        member_key.refuse_duplicates(people, files, ledger, ["stored"], pl.col("stored").is_not_null())
        return people
    people = keys.with_keys(tx, people, stored.members, known, asked.key_columns)
    keyed = pl.col("member_key").is_not_null() & ~pl.col("is_skipped")
    member_key.refuse_duplicates(people, files, ledger, ["group_census_id", "member_key"], keyed)
    return member_key.with_matches(people, stored.members, files, ledger)


def _with_primaries(people: pl.DataFrame, stored: Stored, asked: Asked, ledger: Ledger) -> pl.DataFrame:
    """Each dependent's primary; whoever has none is refused (CV-11, CV-13, CM-53), but by id in Std (CM-55)."""
    live = people.filter(~pl.col("is_skipped"))
    is_mixed = live["is_primary"].n_unique() > 1
    if is_mixed and asked.operation is not Operation.UPDATE:
        _check_sources(people, ledger)
    links = Ledger(ledger.refused.clone())
    linked = families.prefer_rows(families.with_primaries(people, stored.members, links))
    orphans = pl.col("code") == "orphan_dependent"
    told = links.issues()
    if told.is_empty() and live["is_primary"].all() and not asked.is_std_by_id:
        return linked
    linked = _of_one_primary(linked, stored, ledger)
    # Whose relationship is at fault is refused for that, and not for having no primary as well.
    unsaid = ledger.issues().filter(pl.col("field").is_in(["association", "relationship"]))["person"].drop_nulls()
    told = told.filter(~orphans | ~pl.col("person").is_in(unsaid.implode()))
    if asked.is_std_by_id:
        lost = told.filter(orphans)["person"]
        ledger.add(told.filter(~orphans))
        return _as_stored(linked, stored, lost)
    ledger.add(told)
    ledger.add(faults.refuse(_unlinked(linked, stored, asked), "orphan_dependent", None))
    if is_mixed and asked.operation is Operation.UPSERT_BY_KEY:
        alone = linked.filter(
            ~pl.col("is_primary")
            & ~pl.col("is_skipped")
            & pl.col("primary_row").is_null()
            & pl.col("primary_group_census_member_id").is_null()
            & ~pl.col("person").is_in(told["person"].implode())
        )
        ledger.add(faults.refuse(alone, "orphan_dependent", None))
    return linked


def _of_one_primary(people: pl.DataFrame, stored: Stored, ledger: Ledger) -> pl.DataFrame:
    """Who names a primary by an identifier that several stored ones have is refused, and not given to the oldest; a
    known dependent of one of them stays with it."""
    heads = stored.members.filter(pl.col("association") == "Self")
    shared = heads.filter(pl.col("source_system_identifier").is_duplicated())["source_system_identifier"].drop_nulls()
    by_source = pl.col("primary_stored").is_not_null() & pl.col("primary_group_census_member_id").is_null()
    asking = people.filter(by_source & pl.col("given_source").is_in(shared.implode()))
    if asking.is_empty():
        return people
    own = stored.members.select("stored", primary_member_id="primary_member_id").join(
        heads.select(
            primary_member_id="group_census_member_id", kept="stored", given_source="source_system_identifier"
        ),
        on="primary_member_id",
    )
    kept = asking.select("person", "stored", "given_source").join(own, on=["stored", "given_source"])
    lost = asking.join(kept, on="person", how="anti")
    ledger.add(faults.refuse(lost, "primary_not_unique", "primary_member_source"))
    joined = people.join(kept.select("person", "kept"), on="person", how="left", maintain_order="left")
    return joined.with_columns(primary_stored=pl.coalesce("kept", "primary_stored")).drop("kept")


def _unlinked(people: pl.DataFrame, stored: Stored, asked: Asked) -> pl.DataFrame:
    """Dependents of a change that clears the link to their primary and states no other (CM-6, CV-13). Of the two links
    the identifier is a copy of the primary's (CV-9): it is no link of its own where the primary has none."""
    cleared = asked.rows.cleared
    if asked.operation is not Operation.UPDATE or cleared.is_empty():
        return people.clear()

    def clears(column: str) -> pl.Expr:
        rows = cleared.filter(pl.col("column") == column)["row"]
        return pl.col("person").is_in(rows.implode())

    was = stored.members.select("stored", was_source="primary_member_source")
    found = people.join(was, on="stored", how="left", maintain_order="left")
    without = pl.col("given_source").is_null() & (clears("primary_member_source") | pl.col("was_source").is_null())
    return found.filter(
        ~pl.col("is_primary") & ~pl.col("is_skipped") & clears("primary_group_census_member_id") & without
    )


def _as_stored(people: pl.DataFrame, stored: Stored, lost: pl.Series) -> pl.DataFrame:
    """Dependents whose new link leads nowhere keep the primary they have."""
    if lost.is_empty():
        return people
    heads = stored.members.select(primary_member_id="group_census_member_id", kept="stored")
    kept = (
        stored.members.select("stored", "primary_member_id")
        .join(heads, on="primary_member_id")
        .select("stored", "kept")
    )
    joined = people.join(kept, on="stored", how="left", maintain_order="left")
    is_lost = pl.col("person").is_in(lost.implode())
    return joined.with_columns(
        primary_row=pl.when(~is_lost).then("primary_row"),
        primary_stored=pl.when(is_lost).then("kept").otherwise("primary_stored"),
    ).drop("kept")


def _beside_refused(people: pl.DataFrame, stored: Stored, refused: pl.Series) -> pl.DataFrame:
    """Dependents of a primary whose own row is refused: the others are saved (CM-54). Who names that primary as it is
    stored hangs from it (CM-56); the rest keep the primary they have."""
    row = people["primary_row"]
    lost = people.filter(row.is_not_null() & refused.gather(row.fill_null(0)))
    if lost.is_empty():
        return people
    heads = stored.members.filter(pl.col("association") == "Self").select(
        head="stored", head_id="group_census_member_id", head_source="source_system_identifier"
    )
    named_by_id = pl.col("primary_group_census_member_id")
    asked = lost.with_columns(head=pl.lit(people["stored"]).gather(pl.col("primary_row"))).join(heads, on="head")
    named = asked.filter(
        pl.when(named_by_id.is_null())
        .then(pl.col("given_source") == pl.col("head_source"))
        .otherwise(named_by_id == pl.col("head_id"))
    )
    joined = _as_stored(people, stored, lost["person"]).join(
        named.select("person", "head"), on="person", how="left", maintain_order="left"
    )
    return joined.with_columns(primary_stored=pl.coalesce("head", "primary_stored")).drop("head")


def _new_spouses(people: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """The people, a known dependent who becomes a spouse, or comes from another family, as new in this one."""
    if stored.members.is_empty() or not (people["association"] == "Spouse").any():
        return people
    ids = stored.members["group_census_member_id"]
    head = pl.coalesce("primary_stored", pl.lit(people["stored"]).gather(pl.col("primary_row")))
    was = stored.members.select("stored", was_association="association", was_under="primary_member_id")
    joined = people.join(was, on="stored", how="left", maintain_order="left")
    stays = (pl.col("was_association") == "Spouse") & (pl.lit(ids).gather(head) == pl.col("was_under"))
    is_other = (pl.col("association") == "Spouse").fill_null(False) & ~stays.fill_null(False)
    return joined.with_columns(stored=pl.when(~is_other).then("stored")).drop("was_association", "was_under")


def _check_sources(people: pl.DataFrame, ledger: Ledger) -> None:
    """A list of primaries and dependents names every member by an identifier of its own (CV-11)."""
    again = ledger.issues().filter(pl.col("code") == "duplicate_row")["person"].drop_nulls()
    live = people.filter(~pl.col("is_skipped") & ~pl.col("person").is_in(again.implode()))
    source = pl.col("source_system_identifier")
    bad = live.filter(source.is_null() | (source.is_not_null() & source.is_duplicated()))
    # An identifier that could not be read is told already.
    told = ledger.issues().filter(pl.col("field") == "source_system_identifier")["person"].drop_nulls()
    ledger.add(
        faults.refuse(
            bad.filter(~pl.col("person").is_in(told.implode())), "source_not_unique", "source_system_identifier"
        )
    )


def _check_references(tx: Transaction, people: pl.DataFrame, stored: Stored, scope: Scope, ledger: Ledger) -> None:
    """Person accounts, contacts, users and class records that rows name must exist, for the caller."""
    live = people.filter(~pl.col("is_skipped"))
    for column, kind, code in (
        ("person_account_id", "person_account", "unknown_person_account"),
        ("contact_id", "contact", "unknown_contact"),
        ("owner_id", "user", "unknown_owner"),
    ):
        named = live.filter(pl.col(column).is_not_null())
        if named.height:
            known = scope.known(tx, kind, named[column])
            ledger.add(faults.refuse(named.filter(~pl.col(column).is_in(list(known))), code, column))
    named = live.filter(pl.col("given_summary_id").is_not_null())
    lost = named.join(stored.class_summaries, left_on="given_summary_id", right_on="class_summary_id", how="anti")
    ledger.add(faults.refuse(lost, "unknown_class_summary", "given_summary_id"))
