"""What exists: Dagster assets, one for each table of the book that a step of the road fills.

What lives here: assets and their checks. An asset asks one service to act and reports counts and totals; its key is
the schema and the table of DuckDB, so that the asset graph is the map of the book. What does not: SQL, paths and
rules about money or members (`services`), and when anything runs (`pipelines`). Importing this package wires nothing.
"""
