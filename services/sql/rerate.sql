-- A run made again in a book in memory, beside the stored one, which is attached as `source`. `{table}` and
-- `{columns}` stand for names that `schemas` declares, never for a user's words.

-- name: run
SELECT cohort, rating_date, rated_at, code_version, coalesce(is_reproducible, FALSE), inputs_gone
FROM out.rating_run WHERE rating_run_id = $run_id

-- name: n_stored
SELECT count(*) AS n FROM source.{table} WHERE rating_run_id = $run_id

-- name: stored_only
SELECT {columns} FROM source.{table} WHERE rating_run_id = $run_id EXCEPT ALL SELECT {columns} FROM {table}

-- name: made_only
SELECT {columns} FROM {table} EXCEPT ALL SELECT {columns} FROM source.{table} WHERE rating_run_id = $run_id
