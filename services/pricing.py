"""Prices for whoever asks at a door: families in a request, members about to be enrolled, the lines of a quote.

What lives here: from what is asked to rows of premiums and shares, by the road that a stored run takes. What does not:
what can be asked (`services.asked`), the arithmetic (`rating`), the shapes of answers (the services that ask), and
stored runs (`services.rating_run`).

Reading needs a transaction, pricing does not: a job holds the book for `gather` alone and prices outside of it.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl

from rating import Result, rate
from services.asked import Asked
from services.assemble import Gathered, assemble
from services.book import Transaction
from services.composite import rate_rows
from services.gather import gather
from services.inputs import Inputs
from services.results import coverage_rows, issue_texts, level_rows


@dataclass(frozen=True)
class Priced:
    """What was asked, priced; money is whole cents.

    `coverages`: a row per member and coverage (a plan without coverages is its own). Who and what: `group_census_id`,
    `group_census_member_id`, `root_plan_id`, `contract_plan_id`. How: `rate_table_id`, `contribution_rule_id` (null: no
    rule), `rate_date`, `age`, `tier`, `volume_cents`, `pending_cents`, `covered_from`, `covered_to` (last day). Money:
    `period_cents` (one rate period), `standard_cents` (the full term), `prorated_cents`, `employer_cents`,
    `employee_cents`. And `zero_reason`, `issue` (a name of `rating.codes.Issue`, null: none), its `severity`,
    `published_code`, `message` and `hint`. A coverage with an issue of severity `error` has no price: its amounts are
    zero and mean nothing.

    `pieces`: the stretches of coverages whose price changes within the term. `plans` and `members`: sums over the
    coverages that have a price, with `n_coverages`, `n_unrated`, `is_complete`.

    `solved`: rates made from the census as rows of `out.composite_rate` without a run; None where all rates are filed.
    """

    coverages: pl.DataFrame
    gathered: Gathered
    result: Result
    solved: pl.DataFrame | None = None

    @cached_property
    def pieces(self) -> pl.DataFrame:
        """The stretches of coverages whose price changes within the term, by coverage and day: whose they are,
        `piece_from`, `piece_to` (last day), `standard_cents` (the full term at that price), `prorated_cents`.
        """
        made = self.result.pieces
        whose = self.coverages.select("group_census_member_id", "root_plan_id", "contract_plan_id")[made.coverage]
        return whose.with_columns(
            pl.Series("piece_from", made.piece_from).cast(pl.Date),
            pl.Series("piece_to", made.piece_to).cast(pl.Date) - pl.duration(days=1),
            pl.Series("standard_cents", made.standard_cents),
            pl.Series("prorated_cents", made.prorated_cents),
        )

    @cached_property
    def plans(self) -> pl.DataFrame:
        """Sums over the coverages of each root plan of each member."""
        return level_rows(self.gathered, self.result, "plan")

    @cached_property
    def members(self) -> pl.DataFrame:
        """Sums over all coverages of each member."""
        return level_rows(self.gathered, self.result, "member")


@cache
def _texts() -> pl.DataFrame:
    return issue_texts().rename({"code": "issue"})


def price(tx: Transaction, asked: Asked) -> Priced:
    """Price what is asked, within the transaction. Raises Malformed as `gather` and `assemble` do."""
    return price_inputs(gather(tx, asked))


def price_inputs(inputs: Inputs) -> Priced:
    """Price what was gathered. Raises Malformed where rates do not fit together."""
    gathered = assemble(inputs)
    result = rate(gathered.batch, gathered.rates)
    coverages = coverage_rows(gathered, result).join(_texts(), on="issue", how="left", maintain_order="left")
    return Priced(coverages, gathered, result, solved=rate_rows(gathered, result, ""))
