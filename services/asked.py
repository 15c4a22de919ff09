"""What is to be rated: censuses, some families of one, or a quote; each laid out for the gathering statements.

What lives here: the kinds of `Asked`. What does not: reading what rating needs of them (`services.gather`), and who
may ask (the services that do).

Every kind lays out the same few temporary relations (`sql/asked.sql`), so that one set of gathering statements, one
assembly and one core price a renewal month, a family in a request and a quote that has no contract yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from services.book import Transaction

_PLANS_OF_THE_BOOK = ("asked.plans_of_book", "asked.classes_of_book", "asked.attributes_of_book")


@dataclass(frozen=True)
class Censuses:
    """Every family of some censuses with what they hold, each census under its own contract.

    A rating date on or after the end of any of the contracts makes the run a renewal.
    """

    census_ids: Sequence[str]
    rating_date: date | None = None

    def terms(self, tx: Transaction) -> None:
        """Lay out the terms."""
        tx.run("asked.censuses", {"census_ids": list(self.census_ids)})

    def plans(self, tx: Transaction) -> None:
        """Lay out the plans."""
        for name in _PLANS_OF_THE_BOOK:
            tx.run(name)

    def people(self, tx: Transaction, *, needs_census: bool) -> None:  # noqa: ARG002 - of `Families` only
        """Lay out the members and what they hold: all of them, whatever the prices hang on."""
        tx.run("asked.members_of_book")
        tx.run("asked.selections_of_book")


@dataclass(frozen=True)
class Families:
    """The families of some members, under a stated contract.

    `wishes` (group_census_member_id, contract_plan_id) are roots and coverages wished for: for the root plans that it
    names they stand instead of what the families hold; a root plan with `takes_saved` (optional, Boolean) is wished
    for with the coverages that its member has saved. None: what they hold. With an `effective_date` cover
    begins on that day for everybody, without one when each member's cover does.
    """

    contract_id: str
    member_ids: Sequence[str]
    wishes: pl.DataFrame | None = None
    effective_date: date | None = None
    rating_date: date | None = None

    def terms(self, tx: Transaction) -> None:
        """Lay out the term."""
        ids = list(self.member_ids)
        bounds = {"low": min(ids, default=""), "high": max(ids, default="")}
        tx.run("asked.make_asked_family", {"member_ids": ids, **bounds})
        day = {"effective_date": self.effective_date}
        tx.run("asked.families_of_contract", {"contract_id": self.contract_id, **day})

    def plans(self, tx: Transaction) -> None:
        """Lay out the plans."""
        for name in _PLANS_OF_THE_BOOK:
            tx.run(name)

    def people(self, tx: Transaction, *, needs_census: bool) -> None:
        """Lay out the families and what they hold or wish for; the whole census where prices hang on it."""
        if needs_census:
            tx.run("asked.make_whole_census")
        else:
            tx.run("asked.make_family", _bounds(tx, "families"))
        tx.run("asked.make_family_selection", _bounds(tx, "members"))
        if self.wishes is not None:
            takes_saved = pl.col("takes_saved") if "takes_saved" in self.wishes.columns else pl.lit(value=False)
            names = pl.col("group_census_member_id", "contract_plan_id").cast(pl.String)
            wishes = self.wishes.select(names, takes_saved=takes_saved)
            with tx.lend(asked_wishes=wishes):
                tx.run("asked.wish")
        tx.run("asked.members_of_family")
        tx.run("asked.selections_of_family")


def _bounds(tx: Transaction, which: str) -> dict[str, str]:
    low, high = tx.row(f"asked.bounds_of_{which}") or (None, None)
    return {"low": low or "", "high": high or ""}


@dataclass(frozen=True)
class Quote:
    """Everybody on a quote's census, in the coverages of some of its root lines, at the rates of a day.

    Ids of lines take the places of ids of contract plans: a root line is the plan to be.
    """

    quote_id: str
    root_line_ids: Sequence[str]
    rates_on: date
    rating_date: date | None = None

    def terms(self, tx: Transaction) -> None:
        """Lay out the term."""
        tx.run("asked.quote", {"quote_id": self.quote_id, "rating_date": self.rates_on})

    def plans(self, tx: Transaction) -> None:
        """Lay out the lines as plans."""
        quote = {"quote_id": self.quote_id}
        tx.run("asked.make_quoted_plan", {**quote, "root_ids": list(self.root_line_ids)})
        tx.run("asked.make_quoted_class", quote)
        tx.run("asked.make_quoted_attribute")
        for name in ("plans", "classes", "attributes"):
            tx.run(f"asked.{name}_of_quote")

    def people(self, tx: Transaction, *, needs_census: bool) -> None:  # noqa: ARG002 - of `Families` only
        """Lay out the census, everybody holding what is open to them."""
        tx.run("asked.make_stand_in", {"quote_id": self.quote_id})
        tx.run("asked.members_of_quote")
        tx.run("asked.make_quoted_selection")
        tx.run("asked.selections_of_quote")


Asked = Censuses | Families | Quote
