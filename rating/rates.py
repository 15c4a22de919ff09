"""Everything that is filed: rate tables and contribution rules together.

What lives here: the bundle that `rating.rate` takes beside a batch.
"""

from dataclasses import dataclass

from rating.contribution import ContributionRules
from rating.solved import Solved
from rating.tables import RateTables


@dataclass(frozen=True, slots=True)
class Rates:
    """What things cost and who pays."""

    tables: RateTables
    rules: ContributionRules
    final: Solved | None = None
    """Rates made from the census that are fixed for the plan year; None where there is none."""
