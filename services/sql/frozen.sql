-- The kept inputs of runs. A frame lies in out.run_part once, in slices; out.run_input says which runs read it.

-- name: known
SELECT DISTINCT content_hash FROM out.run_part WHERE content_hash IN (SELECT unnest(CAST($hashes AS VARCHAR[])))

-- name: insert_slice
INSERT INTO out.run_part (content_hash, slice, n_rows, payload) VALUES ($content_hash, $slice, $n_rows, $payload)

-- name: insert_inputs
INSERT INTO out.run_input (rating_run_id, part, content_hash) SELECT $run_id, part, content_hash FROM input_rows

-- name: mark_kept
UPDATE out.rating_run SET is_reproducible = TRUE WHERE rating_run_id = $run_id

-- name: inputs
SELECT part, content_hash FROM out.run_input WHERE rating_run_id = $run_id ORDER BY part

-- name: slices
SELECT payload FROM out.run_part WHERE content_hash = $content_hash ORDER BY slice
