"""The persons of a census: contacts, and person accounts with them.

What lives here: one asset step that makes what is missing for the primaries of a cohort. What does not: making it
(`services.people`), and working on requests (`services.job_runs`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.census import GROUP
from assets.faults import in_plain_words, must_all_be_done
from assets.partitions import cohort
from assets.tables import counted, stored, table_asset
from services import catalogue, job_runs, jobs
from services.book import Book
from services.people import batch, portal
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind
from services.refusals import Conflict
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
    told = {"membersRead": 0, "recordsMade": 0, "membersFailed": 0}
    lost: list[str] = []
    with in_plain_words():
        with book.write() as tx:
            if config.profile_id:
                portal.must_exist(tx, config.profile_id)
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
                for census_id in catalogue.some_censuses_of(tx, list(context.partition_keys))
            ]
        for request_id in requests:
            try:
                result = _worked(book, request_id)
            except Conflict as failed:
                lost.append(failed.says)
                context.log.error(failed.says)
                continue
            told = {name: n + (result.get(name) or 0) for name, n in told.items()}
        must_all_be_done(lost, len(requests))
    context.log.info(
        f"{counted(len(requests), 'census', 'censuses')}: {counted(told['membersRead'], 'member')} read, "
        f"{counted(told['recordsMade'], 'record')} made"
    )
    if told["membersFailed"]:
        context.log.warning(
            f"Without a record: {counted(told['membersFailed'], 'member')}. {_where_reasons_are(kind, config)}"
        )
    shown = {"members read": told["membersRead"], "records made": told["recordsMade"], "failed": told["membersFailed"]}
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, PEOPLE_TABLES, {"book.contact": shown})


def _where_reasons_are(kind: RecordKind, config: PeopleConfig) -> str:
    """Reasons name members and values; the records of a run name the place alone, and the command that does this."""
    of = " --primaries" if config.only_primaries else ""
    users = f" --profile {config.profile_id}" if config.profile_id else ""
    return (
        "Why: book.async_detail, in its rows of the request with status Failed (description, additional_information); "
        f"`benefits people {kind.name} --census CENSUS{of}{users}` tries those members again and lists the reasons."
    )


def _worked(book: Book, request_id: str) -> dict[str, Any]:
    """What a request came to; Conflict where it failed as a whole."""
    job_runs.run_pending(book, _now, request_id=request_id)
    with book.read() as tx:
        return jobs.result_of(jobs.status(tx, request_id, scope=EVERYTHING))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
