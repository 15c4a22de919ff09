-- Statements of the book itself: its version and its counters of ids.

-- name: any_table
SELECT 1 FROM information_schema.tables WHERE table_catalog = current_catalog() LIMIT 1

-- name: version
SELECT schema_version FROM book.version

-- name: stamp_version
INSERT INTO book.version BY NAME
SELECT CAST($version AS INTEGER) AS schema_version, $program AS program_version, CAST($now AS TIMESTAMP) AS since

-- name: mint
UPDATE book.id_counter SET last_number = last_number + CAST($n AS BIGINT) WHERE prefix = $prefix RETURNING last_number

-- name: mint_first
INSERT INTO book.id_counter VALUES ($prefix, CAST($n AS BIGINT)) RETURNING last_number

-- name: log_limit
-- A server brings the log into the file while the book rests (`services.shared_book`). A commit that finds a log of this
-- size does it itself, while its caller waits.
SET checkpoint_threshold = '32MB'

-- name: bring_in
CHECKPOINT
