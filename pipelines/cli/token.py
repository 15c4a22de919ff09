"""`benefits token`: who may call the services over HTTP.

What lives here: the commands. What does not: tokens and what their holders may do (`services.access`).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import say, say_next, show_table
from services import access
from services.audit import Act
from services.book import Book

app = typer.Typer(help="Tokens for calls over HTTP: made, listed, revoked.")

LASTS_DAYS = 90

_MAY = {access.READS: "read", access.WRITES: "write", access.HOSTS: "decide as host", access.NOTES: "add notes"}
"""What the holder of a token may do, in words: those that `--role` takes stand for several of them."""


def _audited(action: str) -> Book:
    """The book, with an entry in its audit trail for what is done."""
    book = the_book()
    return Book(book.path, trail=(Act("command line", "local", action, "-"), now))


@app.command()
def create(
    role: Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")],
    name: Annotated[str, typer.Option(help="Who or what the token is for.")],
    account: Annotated[
        list[str] | None,
        typer.Option(help="Account id the holder may see; may be repeated. Without it: every account."),
    ] = None,
    member: Annotated[str | None, typer.Option(help="For role member: id of the employee.")] = None,
    user: Annotated[str | None, typer.Option(help="For role member: id of the portal user.")] = None,
    kind: Annotated[str | None, typer.Option(help="partner, for the roles of partners; else the role says.")] = None,
    partner: Annotated[str | None, typer.Option(help="For roles of partners: id of the partner.")] = None,
    producer: Annotated[
        str | None, typer.Option(help="For roles of partners: code of the producer whose groups alone it sees.")
    ] = None,
    manager: Annotated[
        str | None, typer.Option(help="For role relationship_manager: id of the manager, instead of a partner.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days until it ends; 0 is never.", min=0, max=3650)] = LASTS_DAYS,
) -> None:
    r"""Make a token; it is shown once and kept only as a hash.

    Analysts read, administrators and services read and write, members choose for their own family. The host decides on
    partners and their groups too. Of partners, analysts read, contract_admin registers groups, relationship_manager
    adds notes.

    Examples:

      benefits token create --role administrator --name me

      benefits token create --role analyst --name "Broker A" \
          --account 001000000000000001

      benefits token create --role member --name "A. Able" \
          --user 005000000000000001

      benefits token create --kind partner --role contract_admin \
          --name "Broker A" --partner 0pa000000000000001
    """
    moment = now()
    role = access.role_of(kind, role)
    with _audited("token create").write() as tx:
        made = access.create_token(
            tx,
            role=role,
            name=name,
            now=moment,
            account_ids=account,
            partner_id=partner,
            producer_code=producer,
            manager_id=manager,
            family_id=member,
            portal_user_id=user,
            expires_at=moment + timedelta(days=days) if days else None,
        )
        tx.touched.append(made.token_id)
    until = f"until {made.expires_at:%Y-%m-%d %H:%M} UTC" if made.expires_at else "until it is revoked"
    say(f"Token {made.token_id}, {until}. It is shown this once:")
    say()
    say(f"  {made.secret}")
    say_next(
        [
            ("benefits serve", "serve the book; send the token as `Authorization: Bearer ...`"),
            (f"benefits token revoke {made.token_id}", "end it"),
        ]
    )


@app.command("list")
def list_() -> None:
    """Every token, without its secret.

    Example:

      benefits token list
    """
    with the_book().read() as tx:
        found = access.tokens(tx)
    if not found:
        say("There are no tokens yet.")
        say_next([("benefits token create --role administrator --name me", "make one")])
        return
    moment = now()
    show_table(
        ("Token", "Name", "May", "Sees", "Ends", "State"),
        [
            (
                each["token_id"],
                each["name"],
                ", ".join(_MAY[role] for role in each["roles"]),
                _sees(each["kind"], each["account_ids"]),
                f"{each['expires_at']:%Y-%m-%d}" if each["expires_at"] else "never",
                "revoked" if each["revoked_at"] else "ended" if (each["expires_at"] or moment) < moment else "valid",
            )
            for each in found
        ],
        texts=6,
        wrap=True,
        whole=("Token", "Ends"),
    )


def _sees(kind: str, account_ids: Sequence[str] | None) -> str:
    """What the holder of a token sees, in a few words."""
    if kind == "member":
        return "the own family"
    if kind == "partner":
        return "groups of its partner"
    return "every account" if account_ids is None else ", ".join(account_ids) or "no account"


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="Id of the token, as `benefits token list` shows it.")],
) -> None:
    """End a token at once.

    Example:

      benefits token revoke 0at000000000000001
    """
    with _audited("token revoke").write() as tx:
        access.revoke_token(tx, token_id, now())
        tx.touched.append(token_id)
    say(f"Token {token_id} has ended.")
