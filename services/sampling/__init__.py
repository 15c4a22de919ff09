"""The parts of the sample-book generator: `services.sample_book.write_book` puts them together.

What lives here: made-up names, groups, plans, rates, contribution rules, families and their choices, all as
columns drawn from a seed. What does not: anything that reads a census or rates one, and any random state that
outlives a call (every draw comes from a generator that the caller seeded).
"""
