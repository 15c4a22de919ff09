-- The floor of the road: what the machine needs for its reading and writing alone.

-- name: read_files
-- The files share one heading, so they are read as one: matching columns by name per file costs three times as much.
CREATE TABLE landed AS
SELECT * FROM read_csv($files, all_varchar = true, filename = true, header = true, delim = ',', quote = '"')

-- name: n_landed
SELECT count(*) FROM landed
