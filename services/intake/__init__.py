"""Census files of any shape become columns of text and typed values, with every fault told.

What lives here: the reading of files. The door is `land`; every fault is listed in `faults`. What does not: the rules
that accept or refuse a person, and everything that is stored (`services.census_load`).
"""

from services.intake.landing import CensusFile, Landing, land

__all__ = ["CensusFile", "Landing", "land"]
