-- Bringing an older book forward. The statements run on the new file with the old book attached as `source`;
-- `{table}` and `{columns}` stand for names that `schemas` declares, never for a user's words.
--
-- A change of shape that is more than a column added or dropped is stated here as `from_<version>__<schema>_<table>`,
-- an INSERT INTO the new table that reads `source`: it takes the place of the plain copy for books of that version.

-- name: versions
SELECT table_name FROM duckdb_tables() WHERE database_name = 'source' AND schema_name = 'book' AND table_name = 'version'

-- name: source_version
SELECT schema_version FROM source.book.version

-- name: source_shape
SELECT schema_name || '.' || table_name AS table_name, list(column_name ORDER BY column_index) AS columns
FROM duckdb_columns()
WHERE database_name = 'source' AND NOT internal
    AND schema_name || '.' || table_name IN (
        SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'source'
    )
GROUP BY ALL ORDER BY ALL

-- name: copy_table
INSERT INTO {table} BY NAME SELECT {columns} FROM source.{table}

-- name: count_rows
SELECT (SELECT count(*) FROM source.{table}) AS before, (SELECT count(*) FROM {table}) AS after
