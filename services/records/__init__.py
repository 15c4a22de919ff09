"""Ordinary records one at a time: accounts, classes, products, contracts, plans, censuses, rules, rate tables.

What lives here: the published objects, and how a record becomes a row of a sheet of the shelf and back. What does not:
what a good record is and how it is stored: that is the shelf's (`services.shelf`), whose road every record goes.
"""
