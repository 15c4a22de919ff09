"""Rating methods: one module each, found by walking this package and the entry points of other distributions.

What lives here: the list of methods and the way to one of them. What does not: formulas.

A method is a module whose name is its code. It opens with a docstring that states formula, unit,
source and a worked example, and holds one function:

    def price(selection: Selection) -> Price

To add one, add the file; nothing else in the core needs to know. A method of another distribution
is an entry point of the group `rating.methods`: its name is the code, its value the module.

A module may say besides:

    PER_FAMILY = True        one price per family by tier: its coverages show a tier
    ONE_FOR_ALL = True       one premium for a whole class or census, carried by one coverage
    sums, solve              the rate is made from the census first (`rating.solve`)
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType

from rating.pricing import Price, Selection

Method = Callable[[Selection], Price]

GROUP = "rating.methods"
"""The entry points that name further methods."""


def _found() -> dict[str, ModuleType]:
    """All methods by code. A code stands for one method: another distribution cannot replace one of ours."""
    modules = {each.name: import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)}
    for entry in entry_points(group=GROUP):
        if entry.name in modules:
            raise ImportError(
                f"The rating method '{entry.name}' of {entry.value} exists already. Give it another name."
            )
        modules[entry.name] = entry.load()
    return dict(sorted(modules.items()))


MODULES: dict[str, ModuleType] = _found()
"""Every method's module, in alphabetical order of the codes."""

CODES: tuple[str, ...] = tuple(MODULES)
"""Names of all methods, in alphabetical order; a code column holds the position in it."""


def module(code: str) -> ModuleType:
    """The module of the method of that name."""
    try:
        return MODULES[code]
    except KeyError:
        raise KeyError(f"There is no rating method '{code}'. Use one of: {', '.join(CODES)}.") from None


def get(code: str) -> Method:
    """The method of that name.

    >>> get("flat").__module__
    'rating.methods.flat'
    """
    return module(code).price


def having(name: str) -> list[int]:
    """Positions in CODES of the methods whose module says `name` and means it.

    >>> "composite_tier" in [CODES[code] for code in having("PER_FAMILY")]
    True
    """
    return [position for position, code in enumerate(CODES) if getattr(MODULES[code], name, False)]
