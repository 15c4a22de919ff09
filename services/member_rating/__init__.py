"""Rating of members on request: what one family would pay, and what many members pay for the plan they hold.

What lives here: member rating (`rate`), the action on many members (`action`), their older twin (`twin`), the picture
all three fill (`picture`) and its two published spellings (`spelling`). What does not: prices (`services.pricing`).

Nothing here writes to the book.
"""
