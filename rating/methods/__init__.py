"""Rating methods: one module each, found by walking this package.

What lives here: the list of methods and the way to one of them. What does not: formulas.

A method is a module whose file name is its code. It opens with a docstring that states formula,
unit, source and a worked example, and holds one function:

    def price(selection: Selection) -> Price

To add one, add the file; nothing else in the core needs to know.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from rating.pricing import Price, Selection

Method = Callable[[Selection], Price]

CODES: tuple[str, ...] = tuple(sorted(module.name for module in iter_modules(__path__)))
"""Names of all methods, in alphabetical order; a code column holds the position in it."""

_METHODS: dict[str, Method] = {code: import_module(f"{__name__}.{code}").price for code in CODES}


def get(code: str) -> Method:
    """The method of that name.

    >>> get("flat").__module__
    'rating.methods.flat'
    """
    try:
        return _METHODS[code]
    except KeyError:
        raise KeyError(f"There is no rating method '{code}'. Use one of: {', '.join(CODES)}.") from None
