"""The version of the code that decides a cent: a hash over its source, told apart from the version on the package.

What lives here: which source counts, and the hash over it. What does not: the program's version
(`services.book.PROGRAM_VERSION`), which may stay the same while a line of the core changes.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

BRIDGES = ("assemble", "assemble_shelf", "composite", "core_columns", "rate_columns", "results")
"""Modules of `services` between the kept inputs and the stored rows; with all of `rating` they decide every cent."""


@cache
def code_version() -> str:
    """SHA-256 over the core and its bridges, once per process: names and bytes in order of the names.

    >>> code_version() == code_version() and len(code_version())
    64
    """
    digest = hashlib.sha256()
    sources = dict(_sources(resources.files("rating"), "rating"))
    folder = resources.files("services")
    sources |= {f"services/{name}.py": folder.joinpath(f"{name}.py").read_bytes() for name in BRIDGES}
    for name in sorted(sources):
        digest.update(f"{name}:{len(sources[name])};".encode())
        digest.update(sources[name])
    return digest.hexdigest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    """Every Python file under a folder, with its path."""
    for found in folder.iterdir():
        if found.is_dir():
            yield from _sources(found, f"{path}/{found.name}")
        elif found.name.endswith(".py"):
            yield f"{path}/{found.name}", found.read_bytes()
