"""When things run: the Dagster assembly, its jobs, sensor and schedule, and the `benefits` command line.

What lives here: doors. What does not: what exists (`assets`), what may be done (`services`) and what it costs
(`rating`). Importing this package wires nothing.
"""
