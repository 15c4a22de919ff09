"""Group classes that rows of a request state: by id or by name, valid or not, and made where a service makes them.

What lives here: CM-10, CM-43, CM-44 and CV-16 for requests. What does not: handing the class to dependents (CV-15,
`services.census_load.upsert`), and which plans a class may have.
"""

from dataclasses import replace
from datetime import date, datetime

import polars as pl

from schemas.plans import GROUP_CLASS
from services import ids
from services.book import Transaction
from services.census_load.ledger import Ledger
from services.census_load.stored import Stored
from services.members.asked import Asked, Reading, Term
from services.members.faults import refuse

_NEW = "new class "
"""Ids of classes that are not stored yet begin with this; no id of the book does."""


def with_classes(people: pl.DataFrame, stored: Stored, asked: Asked, ledger: Ledger) -> tuple[pl.DataFrame, Stored]:
    """The people with `group_class_id`, the class that a primary's row states, and the book's side with new classes.

    A class by id goes before one by name (CM-10). A dependent's class is not read: the primary's is put in its place.
    """
    said = asked.stated.intersection(("given_class_id", "class_name"))
    states = any(asked.rows.column(name).null_count() < asked.rows.height for name in said)
    if not states and "given_class_id" not in asked.rows.cleared["column"]:
        return people.with_columns(group_class_id=pl.lit(None, pl.String)), stored
    if asked.reading is Reading.STD:
        people = _with_group_account(people, stored, asked, ledger)
    else:
        people = people.with_columns(is_of_account=pl.lit(False))
    account = str(stored.targets["account_id"][0])
    heads = people.filter(pl.col("is_primary") & ~pl.col("is_skipped"))
    by_id = heads.filter(pl.col("given_class_id").is_not_null()).select("person", group_class_id="given_class_id")
    lost = by_id.join(stored.classes, on="group_class_id", how="anti", maintain_order="left")
    code = "class_invalid" if asked.reading is Reading.STD else "unknown_class"
    ledger.add(refuse(lost, code, "given_class_id"))
    by_name = heads.filter(pl.col("given_class_id").is_null() & pl.col("class_name").is_not_null())
    by_name = by_name.select("person", "class_name", "is_of_account", key=_key("class_name"))
    if asked.creates_classes:
        stored = _with_new(by_name.filter("is_of_account"), stored, account)
    known = stored.classes.select("group_class_id", key=_key("name")).unique("key", keep="first", maintain_order=True)
    named = by_name.join(known, on="key", how="left", maintain_order="left")
    told = ledger.issues().filter(pl.col("code").is_in(["class_invalid", "group_account_missing"]))["person"]
    lost = named.filter(pl.col("group_class_id").is_null() & ~pl.col("person").is_in(told.implode()))
    ledger.add(refuse(lost, "unknown_class", "class_name"))
    found = pl.concat([by_id, named.select("person", "group_class_id")]).join(
        stored.classes.select("group_class_id"), on="group_class_id", how="semi"
    )
    made = people.join(found, on="person", how="left", maintain_order="left").drop("is_of_account")
    _check_term(made, stored, asked.class_on, ledger)
    _check_change(made, stored, asked, ledger)
    return made, stored


def store_new(tx: Transaction, people: pl.DataFrame, stored: Stored, now: datetime) -> tuple[pl.DataFrame, Stored]:
    """Store the new classes that people have, and put their ids in place of the marks."""
    if people["group_class_id"].null_count() == people.height:
        return people, stored
    used = people.filter(pl.col("group_class_id").str.starts_with(_NEW))["group_class_id"].unique(maintain_order=True)
    if used.is_empty():
        return people, stored
    first = tx.mint(ids.GROUP_CLASS, len(used))
    of = pl.DataFrame({"group_class_id": used, "made": ids.spell_many(ids.GROUP_CLASS, first, len(used))})
    new = stored.classes.join(of, on="group_class_id", how="inner").sort("made")
    rows = new.select(group_class_id="made", account_id="account_id", name="name").with_columns(
        modified_at=pl.lit(now, pl.Datetime("us"))
    )
    with tx.lend(members_classes=pl.concat([GROUP_CLASS.empty(), rows], how="diagonal_relaxed")):
        tx.run("members.store_classes")
    return _renamed(people, of), replace(stored, classes=_renamed(stored.classes, of))


def _renamed(frame: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    joined = frame.join(of, on="group_class_id", how="left", maintain_order="left")
    return joined.with_columns(group_class_id=pl.coalesce("made", "group_class_id")).drop("made")


def _key(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()


def _with_group_account(people: pl.DataFrame, stored: Stored, asked: Asked, ledger: Ledger) -> pl.DataFrame:
    """Beside a class name the account of a Std row is the group account (CM-43), and not the person account."""
    account = str(stored.targets["account_id"][0])
    is_named = pl.col("class_name").is_not_null() & pl.col("given_class_id").is_null()
    told = people.with_columns(
        is_of_account=(pl.col("person_account_id") == account).fill_null(False),
        group_account=pl.when(is_named).then("person_account_id"),
        person_account_id=pl.when(~is_named).then("person_account_id"),
    )
    heads = told.filter(is_named & pl.col("is_primary") & ~pl.col("is_skipped"))
    other = heads.filter(pl.col("group_account").is_not_null() & ~pl.col("is_of_account"))
    ledger.add(refuse(other, "class_invalid", "given_class_id"))
    if asked.creates_classes:
        known = stored.classes.select(key=_key("name")).unique()
        alone = heads.filter(pl.col("group_account").is_null()).with_columns(key=_key("class_name"))
        ledger.add(refuse(alone.join(known, on="key", how="anti"), "group_account_missing", "person_account_id"))
    return told.drop("group_account")


def _with_new(named: pl.DataFrame, stored: Stored, account: str) -> Stored:
    """The classes with one more for each name that there is none of, under a mark instead of an id."""
    new = named.join(stored.classes.select(key=_key("name")), on="key", how="anti", maintain_order="left")
    new = new.unique("key", keep="first", maintain_order=True)
    if new.is_empty():
        return stored
    rows = new.select(
        group_class_id=pl.lit(_NEW) + pl.col("key"),
        account_id=pl.lit(account),
        name=pl.col("class_name").str.strip_chars(),
    )
    return replace(stored, classes=pl.concat([stored.classes, rows], how="diagonal"))


def _check_term(people: pl.DataFrame, stored: Stored, term: Term, ledger: Ledger) -> None:
    """Where a day or a term is asked about, the class stated must be valid for all of it (CM-44, WP-6)."""
    if term is None:
        return
    first, last = (term, term) if isinstance(term, date) else term
    starts = pl.col("effective_start_date") <= pl.lit(first, pl.Date)
    ends = pl.col("effective_end_date") >= pl.lit(last, pl.Date)
    valid = stored.classes.filter(starts.fill_null(True) & ends.fill_null(True)).select("group_class_id")
    stated = people.filter(pl.col("group_class_id").is_not_null())
    outside = stated.join(valid, on="group_class_id", how="anti", maintain_order="left")
    ledger.add(refuse(outside, "class_invalid", "given_class_id"))


def _check_change(people: pl.DataFrame, stored: Stored, asked: Asked, ledger: Ledger) -> None:
    """A known primary keeps its class; stating it again is no change (CV-16)."""
    was = stored.members.select("stored", was="group_class_id")
    cleared = asked.rows.cleared.filter(pl.col("column") == "given_class_id")["row"]
    known = people.filter(pl.col("is_primary")).join(was, on="stored", how="inner", maintain_order="left")
    gone = pl.col("person").is_in(cleared.implode()) & pl.col("was").is_not_null() & pl.col("group_class_id").is_null()
    changed = known.filter((pl.col("was") != pl.col("group_class_id")).fill_null(False) | gone)
    ledger.add(refuse(changed, "class_change", "given_class_id"))
