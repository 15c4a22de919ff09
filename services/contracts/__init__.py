"""Contracts made of group quotes: at once or as a job, renewed, endorsed.

What lives here: what is asked and its checks (`request`), values that a caller adds (`additional`), the plans that
lines become (`plans`), the tier prices they keep (`tier_prices`), the writing (`making`), and the doors' functions:
the job (`creation`), the calls that answer at once (`issue`), the older twin (`std`). What does not: quotes
(`services.quotes`), prices (`services.pricing`), and single records of contracts and plans (`services.records`).
"""
