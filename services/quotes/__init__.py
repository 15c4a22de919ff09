"""Group quotes: reading them with their lines, and rating them.

What lives here: the rating of a quote, asked for (`request`) and done (`rating`), lines taken off it (`removing`), and
reading (`reading`, `finding`). What does not: making and changing quotes, which are records (`services.records`) and
sheets (`services.shelf.quotes`), prices (`services.pricing`), and the contract made of a quote (`services.contracts`).
"""
