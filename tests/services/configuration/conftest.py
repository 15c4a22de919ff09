"""The family book of the selections' tests, fresh for every test."""

from tests.services.selections.conftest import family_template, world

__all__ = ["family_template", "world"]
