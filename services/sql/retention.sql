-- Giving up the inputs of runs.

-- name: outlived
-- Runs whose inputs are kept, that no census is read from now, and that are too old or too far down the list.
WITH ranked AS (
    SELECT rating_run_id, rated_at, is_reproducible, row_number() OVER (ORDER BY rated_at DESC, rating_run_id DESC) AS place
    FROM out.rating_run
)
SELECT rating_run_id FROM ranked
WHERE is_reproducible
    AND rating_run_id NOT IN (SELECT rating_run_id FROM out.current_run)
    AND (rated_at < CAST($oldest AS TIMESTAMP) OR place > CAST($n_latest AS BIGINT))
ORDER BY rating_run_id

-- name: mark
UPDATE out.rating_run SET is_reproducible = FALSE, inputs_gone = $why
WHERE rating_run_id IN (SELECT unnest(CAST($run_ids AS VARCHAR[])))

-- name: release
DELETE FROM out.run_input WHERE rating_run_id IN (SELECT unnest(CAST($run_ids AS VARCHAR[])))

-- name: unneeded
SELECT count(DISTINCT content_hash), coalesce(sum(octet_length(payload)), 0)
FROM out.run_part WHERE content_hash NOT IN (SELECT content_hash FROM out.run_input)

-- name: sweep
DELETE FROM out.run_part WHERE content_hash NOT IN (SELECT content_hash FROM out.run_input)
