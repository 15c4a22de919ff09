"""The rating core: columns in, premiums and shares out. NumPy only, no files, no clock.

What lives here: what a premium costs and who pays it, for one member or a million with the same
lines. What does not: ids, texts, files, databases (`services`), descriptions of rows (`schemas`).

    result = rating.rate(batch, Rates(RateTables.build(...), rules))

`rating.example` builds the smallest batch there is and rates it; `rating.batch` says what each column holds.
"""

from rating import codes
from rating.batch import Batch, Coverages, Members, Offers, Plans, Reductions
from rating.checks import BatchError
from rating.contribution import ContributionRules, RuleSteps
from rating.engine import rate
from rating.layout import RatesError
from rating.rates import Rates
from rating.result import Result
from rating.tables import RateTables, TableSettings

__all__ = [
    "Batch",
    "BatchError",
    "ContributionRules",
    "Coverages",
    "Members",
    "Offers",
    "Plans",
    "RateTables",
    "Rates",
    "RatesError",
    "Reductions",
    "Result",
    "RuleSteps",
    "TableSettings",
    "codes",
    "rate",
]
