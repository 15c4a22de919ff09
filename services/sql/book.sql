-- Statements of the book itself: its version and its counters of ids.

-- name: any_table
SELECT 1 FROM information_schema.tables WHERE table_catalog = current_catalog() LIMIT 1

-- name: version
SELECT schema_version FROM book.version

-- name: stamp_version
INSERT INTO book.version BY NAME
SELECT CAST($version AS INTEGER) AS schema_version, $program AS program_version, CAST($now AS TIMESTAMP) AS since

-- name: mint
INSERT INTO book.id_counter AS counter VALUES ($prefix, CAST($n AS BIGINT))
ON CONFLICT (prefix) DO UPDATE SET last_number = counter.last_number + excluded.last_number
RETURNING last_number
