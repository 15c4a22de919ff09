"""Age curves and family tiers that regulators publish: data with their citations, and nothing else.

What lives here: the figures (CSV files) and the way to one curve (`services.curves.published`). What does not: rates,
which are filed, and their use (`rating.methods`).
"""
