"""What is to be rated: censuses, some families of one, or a quote; each read in columns of one shape.

What lives here: the kinds of `Asked`. What does not: what their plans and rates are, and what follows from them
(`services.gather`), and who may ask (the services that do).

Every kind reads its terms, its members and what they hold in the same few columns and lays out its plans under the same
names (`sql/asked.sql`), so that one set of gathering statements, one assembly and one core price a renewal month, a
family in a request and a quote that has no contract yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from services.book import MOST_FEW, Transaction
from services.kept_shelf import kept

_PLANS_OF_THE_BOOK = ("asked.plans_of_book", "asked.classes_of_book", "asked.attributes_of_book")


@dataclass(frozen=True)
class People:
    """Members and what they hold, as the book has them."""

    members: pl.DataFrame
    selections: pl.DataFrame
    wishes: pl.DataFrame | None = None
    """What some of them would hold instead (`Families.wishes`)."""
    family_ids: pl.Series | None = None
    """The families that the wishes stand for; None: all."""


@dataclass(frozen=True)
class Censuses:
    """Every family of some censuses with what they hold, each census under its own contract.

    A rating date on or after the end of any of the contracts makes the run a renewal.
    """

    census_ids: Sequence[str]
    rating_date: date | None = None

    def looked_up(self, tx: Transaction) -> "Censuses":  # noqa: ARG002 - of `Families` only
        """The same: nothing has to be looked up first."""
        return self

    def terms(self, tx: Transaction) -> pl.DataFrame:
        """The terms, by census."""
        return tx.frame("asked.terms_of_censuses", {"census_ids": list(self.census_ids)})

    def plans(self, tx: Transaction) -> None:
        """Lay out the plans."""
        for name in _PLANS_OF_THE_BOOK:
            tx.run(name)

    def people(self, tx: Transaction, terms: pl.DataFrame, *, needs_census: bool) -> People:  # noqa: ARG002 - of `Families` only
        """The members and what they hold: all of them, whatever the prices hang on."""
        censuses = {"census_ids": terms["group_census_id"].to_list()}
        return People(
            tx.frame("asked.members_of_censuses", censuses), tx.frame("asked.selections_of_censuses", censuses)
        )


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
    members: pl.DataFrame | None = None
    """Everybody in the families, where the caller has read them already (`members_of`)."""
    held: pl.DataFrame | None = None
    """What they hold, and perhaps others, where the caller has read it already (`held_by`)."""
    stated: pl.DataFrame | None = None
    """The terms of their one census under the contract, where the caller has read them already (`terms_of`)."""

    def looked_up(self, tx: Transaction) -> "Families":
        """The same with everybody in the families."""
        if self.members is not None:
            return self
        return replace(self, members=members_beside(tx, self.member_ids))

    def terms(self, tx: Transaction) -> pl.DataFrame:
        """The terms, by census."""
        assert self.members is not None
        if self.stated is not None:
            return self.stated.with_columns(effective_date=pl.lit(self.effective_date, pl.Date))
        censuses = self.members["group_census_id"].unique().to_list()
        asked = {"contract_id": self.contract_id, "census_ids": censuses, "effective_date": self.effective_date}
        return tx.frame("asked.terms_of_contract", asked, near=len(censuses))

    def plans(self, tx: Transaction) -> None:
        """Lay out the plans."""
        for name in _PLANS_OF_THE_BOOK:
            tx.run(name)

    def people(self, tx: Transaction, terms: pl.DataFrame, *, needs_census: bool) -> People:
        """The families and what they hold or wish for; the whole census where prices hang on it."""
        assert self.members is not None
        if needs_census:
            census = Censuses(terms["group_census_id"].to_list()).people(tx, terms, needs_census=True)
            return replace(census, wishes=self.wishes, family_ids=self.members["family_id"].unique())
        held = held_by(tx, self.members, near=len(self.member_ids)) if self.held is None else self.held
        return People(self.members, held, self.wishes)


def members_beside(tx: Transaction, member_ids: Sequence[str]) -> pl.DataFrame:
    """Everybody in the families of some members, as `members_of`."""
    return tx.frame("asked.members_beside", within(member_ids), near=len(member_ids))


def held_by(tx: Transaction, members: pl.DataFrame, *, near: int) -> pl.DataFrame:
    """What some members hold, of whatever contract."""
    ids = members["group_census_member_id"].to_list()
    which = "few" if len(ids) <= MOST_FEW else "members"
    return tx.frame(f"asked.selections_of_{which}", within(ids), near=near)


def members_of(tx: Transaction, family_id: str) -> pl.DataFrame:
    """Everybody in a family, with all that rating reads of members."""
    return tx.frame("asked.members_of_family", {"family_id": family_id}, near=1)


def terms_of(tx: Transaction, census_id: str) -> pl.DataFrame:
    """The terms of a census under its own contract, else under the one that names it; no row without one."""
    census = tx.frame("asked.census_of", {"census_id": census_id}, near=1)
    if census.is_empty():
        return tx.frame("asked.terms_of_censuses", {"census_ids": [census_id]}, near=1)
    named = {"contract_id": census["contract_id"].item()}
    contract = kept(tx, ("asked.contract", *named.values()), lambda: tx.frame("asked.contract_of", named, near=1))
    return census[: contract.height].hstack(contract[contract.columns[1:]])


def within(ids: Sequence[str]) -> dict[str, Any]:
    """A list of ids for a statement. Bounds beside it let a scan drop most rows before they are compared with it."""
    return {"ids": list(ids), "low": min(ids, default=""), "high": max(ids, default="")}


@dataclass(frozen=True)
class Quote:
    """Everybody on a quote's census, in the coverages of some of its root lines, at the rates of a day.

    Ids of lines take the places of ids of contract plans: a root line is the plan to be.
    """

    quote_id: str
    root_line_ids: Sequence[str]
    rates_on: date
    rating_date: date | None = None

    def looked_up(self, tx: Transaction) -> "Quote":  # noqa: ARG002 - of `Families` only
        """The same: nothing has to be looked up first."""
        return self

    def terms(self, tx: Transaction) -> pl.DataFrame:
        """The term."""
        tx.run("asked.make_quoted_term", {"quote_id": self.quote_id, "rating_date": self.rates_on})
        return tx.frame("asked.terms_of_quote")

    def plans(self, tx: Transaction) -> None:
        """Lay out the lines as plans."""
        quote = {"quote_id": self.quote_id}
        tx.run("asked.make_quoted_plan", {**quote, "root_ids": list(self.root_line_ids)})
        tx.run("asked.make_quoted_class", quote)
        tx.run("asked.make_quoted_attribute")
        for name in ("plans", "classes", "attributes"):
            tx.run(f"asked.{name}_of_quote")

    def people(self, tx: Transaction, terms: pl.DataFrame, *, needs_census: bool) -> People:  # noqa: ARG002 - as above
        """The census, everybody holding what is open to them."""
        tx.run("asked.make_stand_in", {"quote_id": self.quote_id})
        tx.run("asked.make_quoted_member")
        tx.run("asked.make_quoted_selection")
        census = {"census_ids": terms["group_census_id"].to_list()}
        return People(tx.frame("asked.members_of_quote", census), tx.frame("asked.selections_of_quote"))


Asked = Censuses | Families | Quote
