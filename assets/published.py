"""The published copy of the book: what analysts open while runs go on.

What lives here: the one asset that is a file and no table; its key is the path of the file. What does not: the copying
(`services.publish`). It stands after the blocking checks, so a run that contradicts itself is never published.
"""

import dagster as dg

from assets.faults import in_plain_words
from assets.premiums import PREMIUM_TABLES
from assets.tables import OWNERS, key_of
from services.book import PROGRAM_VERSION, Book
from services.places import Places
from services.publish import publish


@dg.asset(
    key=["published", "benefits"],
    deps=[key_of(name) for name in PREMIUM_TABLES],
    group_name="published",
    kinds={"duckdb"},
    owners=OWNERS,
    code_version=PROGRAM_VERSION,
)
def published(book: dg.ResourceParam[Book], places: dg.ResourceParam[Places]) -> dg.MaterializeResult:
    """A read-only copy of the book with its analytics views, swapped in whole."""
    with in_plain_words():
        path = publish(book, places.published)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path), "bytes": path.stat().st_size})
