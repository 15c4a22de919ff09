"""Who leaves a census: members that the files do not state, what mode replace makes of them, and why some stay.

What lives here: which stored members the files state, which of the others may go, and the words about those
that stay. What does not: removing anybody (`upsert` takes them out, `store` writes it).

Nobody leaves for a row that could not be read: a refused row keeps the member it is about, and where it is not
known whom a refused row is about, nobody of that census is removed.
"""

import polars as pl

from services.census_load.ledger import Ledger
from services.census_load.stored import Stored
from services.intake.landing import Landing

_BY_SOURCE = ["group_census_id", "source_system_identifier"]


def seen(landing: Landing, people: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Censuses (group_census_id) of which every file was read and somebody was accepted."""
    lost = landing.files.filter(pl.col("fault_code").is_not_null()).select(group_census_id="census_id")
    alive = people.filter(~pl.col("is_skipped") & ~ledger.refused).select("group_census_id").unique()
    return alive.join(lost, on="group_census_id", how="anti")


def replaceable(landing: Landing, people: pl.DataFrame, stored: Stored, ledger: Ledger) -> pl.DataFrame:
    """Censuses of which it is known who left: they were seen, and it is known whom each refused row is about."""
    refused = people.filter(ledger.refused & ~pl.col("is_skipped"))
    nameless = refused.filter(pl.col("member_key").is_null() & pl.col("stored").is_null())
    unknown = nameless.join(stored.members.select(_BY_SOURCE).drop_nulls(), on=_BY_SOURCE, how="anti")
    return seen(landing, people, ledger).join(unknown, on="group_census_id", how="anti")


def absent(people: pl.DataFrame, stored: Stored, ledger: Ledger) -> pl.DataFrame:
    """Stored members that no row is about; a refused row is about whom its key, its id or its source id names."""
    members = stored.members
    live = people.filter(~pl.col("is_skipped"))
    found = live["stored"].drop_nulls()
    if members.is_empty():
        return members
    by_source = live.filter(ledger.refused.filter(~people["is_skipped"])).select(_BY_SOURCE).drop_nulls()
    named = members.drop_nulls("source_system_identifier").join(by_source, on=_BY_SOURCE, how="semi")
    return members.filter(~pl.col("stored").is_in(pl.concat([found, named["stored"]]).implode()))


def split(missing: pl.DataFrame, stated: pl.DataFrame, stored: Stored) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who of the missing goes, and who is kept by a completed enrollment (CM-24).

    A missing primary stays with anybody of its family that stays, or that the files hang from it.
    """
    done = stored.selections.filter("is_completed")
    blocked = missing.join(done, on="group_census_member_id", how="semi", maintain_order="left")
    going = missing.join(blocked.select("stored"), on="stored", how="anti", maintain_order="left")
    relinked = stated["stored"].drop_nulls()
    staying = stored.members.filter(
        ~pl.col("stored").is_in(going["stored"].implode()) & ~pl.col("stored").is_in(relinked.implode())
    )
    needed = pl.concat(
        [
            staying["primary_member_id"].drop_nulls(),
            stored.members["group_census_member_id"].gather(stated["primary_stored"].drop_nulls()),
        ]
    )
    return going.filter(~pl.col("group_census_member_id").is_in(needed.implode())), blocked


def about_to_go(landing: Landing, people: pl.DataFrame, stored: Stored, ledger: Ledger) -> pl.Series:
    """Stored rows of the members that mode replace would remove, as far as it is decided who is refused."""
    going = absent(people, stored, ledger).join(
        replaceable(landing, people, stored, ledger), on="group_census_id", how="semi"
    )
    return split(going, people.filter(~pl.col("is_skipped") & ~ledger.refused), stored)[0]["stored"]


def tell_kept(landing: Landing, people: pl.DataFrame, stored: Stored, blocked: pl.DataFrame, ledger: Ledger) -> None:
    """In mode replace: who was kept by a completed enrollment, and censuses that kept all who are absent."""
    first = stored.files.group_by("group_census_id").agg(pl.col("file_no").min())
    kept = blocked.join(first, on="group_census_id", how="left", maintain_order="left")
    ledger.say("completed_enrollment", kept.select("file_no", raw_value="group_census_member_id"))
    idle = first.join(replaceable(landing, people, stored, ledger), on="group_census_id", how="anti")
    holding = idle.join(absent(people, stored, ledger), on="group_census_id", how="semi").sort("file_no")
    alive = people.filter(~pl.col("is_skipped") & ~ledger.refused).select("group_census_id").unique()
    ledger.say(
        "nothing_to_replace",
        holding.join(alive, on="group_census_id", how="anti", maintain_order="left").select("file_no"),
    )
    ledger.say(
        "replace_held_back",
        holding.join(alive, on="group_census_id", how="semi", maintain_order="left").select("file_no"),
    )


def warn_of_renamed(people: pl.DataFrame, stored: Stored, going: pl.Series, ledger: Ledger) -> None:
    """A primary with the source identifier of a stored one that no row is about: perhaps the same under a new name."""
    if stored.members.is_empty():
        return
    staying = absent(people, stored, ledger).filter(~pl.col("stored").is_in(going.implode()))
    others = staying.filter(pl.col("association") == "Self").drop_nulls("source_system_identifier")
    live = people.filter(pl.col("is_primary") & ~pl.col("is_skipped") & ~ledger.refused)
    known = live.join(others, on=_BY_SOURCE, how="semi", maintain_order="left")
    ledger.say(
        "source_id_taken",
        known.select("file_no", "line_number", "person_no", "person", raw_value="source_system_identifier"),
    )
