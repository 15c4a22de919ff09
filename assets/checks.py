"""Blocking checks: a cohort whose rows contradict each other goes no further.

What lives here: one asset check per rule of the book, each asking `services.checks` for counts. What does not: the
rules themselves. Faulty rows of people are no fault here: they are refused with an issue, and accounted for.
"""

from collections.abc import Callable, Sequence

import dagster as dg

from assets.faults import in_plain_words
from assets.partitions import cohorts_of
from assets.tables import key_of, markdown
from services import checks
from services.book import Book, Transaction

Count = Callable[[Transaction, Sequence[str]], checks.Finding]


def _blocking(table_name: str, count: Count) -> dg.AssetChecksDefinition:
    """A blocking check of a table, named and described by the service function that counts."""

    @dg.asset_check(asset=key_of(table_name), name=count.__name__, description=count.__doc__, blocking=True)
    def check(context: dg.AssetCheckExecutionContext, book: dg.ResourceParam[Book]) -> dg.AssetCheckResult:
        with in_plain_words(), book.read() as tx:
            finding = count(tx, cohorts_of(context))
        return dg.AssetCheckResult(
            passed=finding.is_sound,
            severity=dg.AssetCheckSeverity.ERROR,
            description=finding.says(),
            metadata={"rows": finding.n_checked, "faults": markdown(["fault", "rows"], finding.faults.items())},
        )

    return check


# A blocking check holds back the steps that read its own table: rating reads the members, not the landed lines.
CHECKS = [
    _blocking("book.census_member", checks.rows_accounted_for),
    _blocking("book.census_member", checks.no_orphans),
    _blocking("out.coverage_premium", checks.rated_or_explained),
    _blocking("out.plan_premium", checks.premiums_add_up),
    _blocking("out.member_premium", checks.shares_add_up),
]
