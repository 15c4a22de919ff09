"""Routers, one file an area; every module here with a `router` is served.

What lives here: finding them. What does not: any route. A module with routes of several kinds joins them in its
`router`; a router included would hide them from whoever asks what is served (`services.http.app`).
"""

import importlib
import pkgutil
from collections.abc import Iterator

from fastapi import APIRouter


def routers() -> Iterator[APIRouter]:
    """The routers of this package, in order of their modules' names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        router = getattr(importlib.import_module(f"{__name__}.{module.name}"), "router", None)
        if isinstance(router, APIRouter):
            yield router
