"""Resources: the book and the places, made from the environment when a run starts.

What lives here: the only wrapping of services for Dagster, so that `services.book.Book` knows nothing of it. What
does not: defaults of paths (`services.places`). The environment is read when a resource is made, never on import.
"""

import os
from pathlib import Path

import dagster as dg

from services.book import Book
from services.places import Places

LOCK_TIMEOUT_S = 600.0
"""A run of a pipeline waits longer for the book than a person does."""


TICK_TIMEOUT_S = 20.0
"""A tick waits no longer: after a minute Dagster gives it up, and tells nothing of the book."""


def at_a_tick(book: Book) -> Book:
    """The book, for a tick of a schedule or sensor."""
    return Book(book.path, lock_timeout_s=TICK_TIMEOUT_S)


def places_here() -> Places:
    """The places that this process' environment and folder name."""
    return Places.given(os.environ, Path.cwd())


@dg.resource(description="The book that BENEFITS_BOOK names, or data/benefits.duckdb.")
def book_resource(_context: dg.InitResourceContext) -> Book:
    """The book; nothing is opened yet."""
    return Book(places_here().book, lock_timeout_s=LOCK_TIMEOUT_S)


@dg.resource(description="The folders of this machine: drop folder, published copy, sample book.")
def places_resource(_context: dg.InitResourceContext) -> Places:
    """The places of this process."""
    return places_here()
