"""Landed census columns become validated members, selections, issues and counters of the book.

What lives here: everything between `services.intake` (files to columns) and the stored census: rules on
persons, duplicates, families, classes, plans, the difference to what is stored, and the storing in one
transaction. What does not: reading files, pricing, undo (`services.undo`).

`load.load_censuses` is the road; each module beside it is one stretch of it. All of them see every census
of a cohort at once, as columns.
"""
