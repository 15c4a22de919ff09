"""The persons of a census: contacts, and person accounts with them.

What lives here: one asset step that makes what is missing for the primaries of a cohort. What does not: making it
(`services.people`), and working on requests (`services.job_runs`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.census import GROUP
from assets.faults import in_plain_words
from assets.partitions import cohort
from assets.tables import stored, table_asset
from services import catalogue, job_runs
from services.book import Book
from services.people import batch
from services.people.fields import ACCOUNTS, CONTACTS
from services.scope import EVERYTHING

PEOPLE_TABLES = ("book.contact",)
"""A person account has a contact as well: the table of contacts holds the persons of either kind."""


class PeopleConfig(dg.Config):
    """Person accounts, or contacts under the group account; of primaries, or of dependents too.

    Portal users are made for flagged members where a profile is named.
    """

    person_accounts: bool = True
    only_primaries: bool = True
    profile_id: str | None = None


@dg.multi_asset(
    name="people",
    specs=[table_asset(name, group=GROUP, deps=["book.census_member"]) for name in PEOPLE_TABLES],
    partitions_def=cohort,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def people(
    context: dg.AssetExecutionContext, config: PeopleConfig, book: dg.ResourceParam[Book]
) -> Iterator[dg.MaterializeResult]:
    """A person record for each primary of the cohort that has none; repeated, it makes nothing new."""
    kind = ACCOUNTS if config.person_accounts else CONTACTS
    details = {"profile_id": config.profile_id} if config.profile_id else None
    with in_plain_words():
        with book.write() as tx:
            requests = [
                batch.ask(
                    tx,
                    census_id,
                    kind,
                    scope=EVERYTHING,
                    now=_now(),
                    only_primaries=config.only_primaries,
                    user_details=details,
                )
                for census_id in catalogue.censuses_of(tx, list(context.partition_keys))
            ]
        for request_id in requests:
            job_runs.run_pending(book, _now, request_id=request_id)
    context.log.info(f"{len(requests):,} censuses")
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, PEOPLE_TABLES, {})


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
