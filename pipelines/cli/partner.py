"""`benefits partner`: who may register groups over HTTP, and who looks after them.

What lives here: the commands. What does not: partners themselves (`services.onboarding.partners`), their tokens
(`benefits token`), and the groups, which the host decides on over HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import say, say_next, show_table
from services.audit import Act
from services.book import Book
from services.insurance_errors import Refused
from services.onboarding import partners
from services.refusals import Conflict, Malformed, NotFound

app = typer.Typer(help="Partners that register groups over HTTP.")


class Kind(StrEnum):
    """What a partner is."""

    BROKER = "broker"
    BENEFIT_ADMINISTRATOR = "benefit_administrator"
    AGGREGATOR = "aggregator"


Partner = Annotated[str, typer.Argument(help="Id of the partner, as `benefits partner list` shows it.")]


def _audited(action: str) -> Book:
    """The book, with an entry in its audit trail for what is done."""
    return Book(the_book().path, trail=(Act("command line", "local", action, "-"), now))


@contextmanager
def _with_remedy(partner_id: str = "", status: str | None = None) -> Iterator[None]:
    """The refusals of HTTP name fields; at the command line they name what was typed, and what shows the right ones."""
    shown = "`benefits partner list` shows them."
    try:
        yield
    except Refused as refused:
        code = refused.errors[0].code
        if refused.status == 404:
            raise NotFound(code, "partner", f"There is no partner {partner_id}.", shown) from None
        if refused.status == 409 and status is not None:
            says = f"Partner {partner_id} is {status.lower()} already."
            raise Conflict(code, "partner", says, "`benefits partner list` shows the state of each.") from None
        if refused.errors[0].info.get("field") == "managerIds":
            raise NotFound(code, "manager", "Not all of these managers exist.", shown) from None
        if refused.errors[0].info.get("field") == "name":
            says = "A name of 1 to 255 characters is required."
            raise Malformed(code, "name", says, "Type one, in quotation marks where it holds a space.") from None
        raise


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the partner.")],
    kind: Annotated[
        Kind,
        typer.Option(
            case_sensitive=False, metavar="KIND", help=f"What the partner is: {', '.join(each.value for each in Kind)}."
        ),
    ] = Kind.BROKER,
    allow_mid_month: Annotated[
        bool, typer.Option("--allow-mid-month", help="Cover may start on any day of a month.")
    ] = False,
) -> None:
    r"""Make a partner. It may not call until it is approved.

    Examples:

      benefits partner create "Canal Benefits"

      benefits partner create "Administrators Inc" \
          --kind benefit_administrator --allow-mid-month
    """
    with _with_remedy(), _audited("partner create").write() as tx:
        made = partners.create(tx, name, kind.value.upper(), allow_mid_month=allow_mid_month, now=now())
        tx.touched.append(made)
    say(f"Partner {made}, {name}, is pending.")
    say_next([(f"benefits partner approve {made}", "let it in")])


@app.command()
def approve(partner: Partner) -> None:
    """Approve a partner: its tokens are let in.

    Example:

      benefits partner approve 0pa000000000000001
    """
    _turn(partner, partners.APPROVED)
    say_next(
        [
            (
                f"benefits token create --kind partner --role contract_admin --name me --partner {partner}",
                "a token that registers and changes groups; --role analyst only reads",
            )
        ]
    )


@app.command()
def suspend(partner: Partner) -> None:
    """Suspend a partner: its tokens are refused until it is approved again.

    Example:

      benefits partner suspend 0pa000000000000001
    """
    _turn(partner, partners.SUSPENDED)


def _turn(partner_id: str, status: str) -> None:
    with _with_remedy(partner_id, status), _audited(f"partner {status.lower()}").write() as tx:
        partners.change(tx, partner_id, now(), status=status)
        tx.touched.append(partner_id)
    say(f"Partner {partner_id} is {status.lower()}.")


@app.command()
def manager(
    name: Annotated[str, typer.Argument(help="Name of the relationship manager.")],
) -> None:
    """Make a relationship manager, who sees the groups of the partners assigned.

    Example:

      benefits partner manager "Desk West"
    """
    with _with_remedy(), _audited("partner manager").write() as tx:
        made = partners.create_manager(tx, name, now())
        tx.touched.append(made)
    say(f"Relationship manager {made}, {name}.")
    say_next([(f"benefits partner assign PARTNER {made}", "let the manager look after a partner")])


@app.command()
def assign(
    partner: Partner,
    managers: Annotated[
        list[str] | None, typer.Argument(help="Ids of the managers: these and no others; none takes all away.")
    ] = None,
) -> None:
    """Say which relationship managers look after a partner.

    Example:

      benefits partner assign 0pa000000000000001 0pm000000000000001
    """
    with _with_remedy(partner), _audited("partner assign").write() as tx:
        partners.assign(tx, partner, managers or [], now())
        tx.touched.append(partner)
    say(f"Partner {partner} is looked after by {', '.join(managers) if managers else 'nobody'}.")


@app.command("list")
def list_() -> None:
    """Every partner and every relationship manager.

    Example:

      benefits partner list
    """
    with the_book().read() as tx:
        found, looking = partners.listed(tx), partners.managers(tx)
    if not found and not looking:
        say("There are no partners yet.")
        say_next([('benefits partner create "Canal Benefits"', "make one")])
        return
    show_table(
        ("Partner", "Name", "Kind", "State", "Managers", "Groups"),
        [
            (
                each.partner_id,
                each.name,
                each.kind.lower(),
                each.status.lower(),
                ", ".join(each.manager_ids) or "none",
                each.n_groups,
            )
            for each in found
        ],
        texts=5,
        wrap=True,
        whole=("Partner",),
    )
    if looking:
        rows = [(each["managerId"], each["name"]) for each in looking]
        show_table(("Manager", "Name"), rows, texts=2, wrap=True, whole=("Manager",))
