"""`benefits people`: accounts or contacts, and portal users, for the members of a census.

What lives here: the commands. What does not: making records (`services.people`) and working on jobs
(`services.job_runs`).
"""

from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, say, say_next, say_title, show_table
from services import job_runs, jobs
from services.audit import Act
from services.book import Book
from services.cohort import find_census
from services.people import batch, portal
from services.people.fields import ACCOUNTS, CONTACTS, RecordKind
from services.scope import EVERYTHING

app = typer.Typer(help="Accounts, contacts and portal users of members.")

MOST = 20
"""Members told of one by one."""

Census = Annotated[str, typer.Option(help="Census: name or id.")]
Primaries = Annotated[bool, typer.Option("--primaries", help="Only employees, without their dependents.")]
Profile = Annotated[
    str | None, typer.Option(help="Make portal users with this profile, for members who are flagged for one.")
]
Zone = Annotated[str | None, typer.Option(help="Time zone of the users, such as Europe/Lisbon.")]
Locale = Annotated[str | None, typer.Option(help="Locale of the users, such as en_US.")]


def _audited(action: str) -> Book:
    """The book, with an entry in its audit trail for what is done."""
    return Book(the_book().path, trail=(Act("command line", "local", action, "-"), now))


@app.command()
def accounts(
    census: Census,
    primaries: Primaries = False,
    profile: Profile = None,
    time_zone: Zone = None,
    locale: Locale = None,
) -> None:
    r"""Make a person account for every member that has none.

    A member who agrees with an account in names, birth date, e-mail and gender is linked to it instead.

    Examples:

      benefits people accounts --census "C-1001 enrollment" --primaries

      benefits people accounts --census 0rf000000000000001 \
          --profile 00e000000000000001
    """
    _make(ACCOUNTS, census, primaries, profile, time_zone, locale)


@app.command()
def contacts(
    census: Census,
    primaries: Primaries = False,
    profile: Profile = None,
    time_zone: Zone = None,
    locale: Locale = None,
) -> None:
    """Make a contact under the group account for every member that has none.

    Example:

      benefits people contacts --census "C-1001 enrollment" --primaries
    """
    _make(CONTACTS, census, primaries, profile, time_zone, locale)


@app.command()
def profiles(
    add: Annotated[str | None, typer.Option(help="Name of a profile to make first.")] = None,
    change: Annotated[str | None, typer.Option(help="Id of a profile to change first.")] = None,
    permission: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Of the profile made or changed: {', '.join(portal.PERMISSIONS)}; by default all. May be repeated."
        ),
    ] = None,
) -> None:
    r"""Profiles of portal users, and what they permit.

    Examples:

      benefits people profiles

      benefits people profiles --add "Read only" --permission read_family

      benefits people profiles --change 00e000000000000001 \
          --permission read_family
    """
    if add is not None:
        with _audited("people profiles").write() as tx:
            tx.touched.append(portal.add_profile(tx, add, permission or portal.PERMISSIONS))
    if change is not None:
        with _audited("people profiles").write() as tx:
            portal.set_permissions(tx, change, permission or portal.PERMISSIONS)
            tx.touched.append(change)
    with the_book().read() as tx:
        show_table(["Profile", "Name", "Permissions"], portal.profiles(tx).rows(), texts=3)


def _make(
    kind: RecordKind, census: str, primaries: bool, profile: str | None, time_zone: str | None, locale: str | None
) -> None:
    """Ask for the job, do it, and say what came of it."""
    if profile is None and (time_zone or locale):
        raise typer.BadParameter("--time-zone and --locale are those of portal users: name their --profile too.")
    book = the_book()  # the job tells its own writes, naming the request
    if profile is not None:
        with book.read() as tx:
            portal.must_exist(tx, profile)
    details = {"profile_id": profile, "time_zone": time_zone, "locale_key": locale, "language_key": locale}
    with _audited(f"people {kind.name}").write() as tx:
        request_id = batch.ask(
            tx,
            find_census(tx, census),
            kind,
            scope=EVERYTHING,
            now=now(),
            only_primaries=primaries,
            user_details=details if profile else None,
        )
        tx.touched.append(request_id)
    if not job_runs.run_pending(book, now, request_id=request_id):
        say(f"The request {request_id} is being worked on by another process.")
        return
    with book.read() as tx:
        ended = jobs.status(tx, request_id, scope=EVERYTHING)
        failed = batch.failures(tx, request_id, MOST)
        n_users = batch.users_made(tx, request_id)
    result = jobs.result_of(ended)
    made = counted(result["recordsMade"] - n_users, kind.name.removesuffix("s"))
    if profile:
        made += f" and {counted(n_users, 'user')}"
    say(
        f"{counted(result['membersRead'], 'member')}: {made} made, "
        f"{counted(result['membersFailed'], 'member')} failed (request {request_id})."
    )
    if failed:
        say_title("Members without a record")
        show_table(["Member", "Code", "Why"], failed, texts=3)
    if not profile:
        say_next([(f"benefits people {kind.name} --help", "how portal users are made as well")])
