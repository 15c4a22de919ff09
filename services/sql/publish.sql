-- Copying a whole book into another file. The statements run on a connection of its own with the book attached as
-- `source` and the new file as `target`: ATTACH and COPY FROM DATABASE can therefore not be prepared on a book.

-- name: attach_source
ATTACH $path AS source (READ_ONLY)

-- name: attach_target
ATTACH $path AS target

-- name: copy
COPY FROM DATABASE source TO target

-- name: blank_registrations
-- The last four digits of a tax id stay, as in answers to partners.
UPDATE target.book.group_registration SET tax_id = repeat('*', 5) || right(tax_id, 4), contacts = NULL

-- name: blank_tokens
UPDATE target.book.access_token SET token_hash = ''

-- name: blank_answers
UPDATE target.book.idempotency_key SET body_hash = '', answer = ''

-- name: release_source
DETACH source

-- name: release_target
DETACH target

-- name: version_of_target
SELECT schema_version FROM target.book.version

-- name: n_tables
SELECT count(*) FILTER (database_name = 'source') AS in_source, count(*) FILTER (database_name = 'target') AS in_target
FROM duckdb_tables()
