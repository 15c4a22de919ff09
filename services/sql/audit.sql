-- The audit trail: added to and read, nothing else. There is no statement here that changes or removes an entry, and
-- no other file may name the table.

-- name: last
SELECT entry_number, entry_hash FROM book.audit_entry ORDER BY entry_number DESC LIMIT 1

-- name: append
INSERT INTO book.audit_entry BY NAME SELECT
    $entry_number AS entry_number, $happened_at AS happened_at, $principal AS principal, $kind AS kind,
    $action AS action, $request_id AS request_id, $record_ids::VARCHAR[] AS record_ids, $n_records AS n_records,
    $previous_hash AS previous_hash, $entry_hash AS entry_hash

-- name: entries
SELECT entry_number, happened_at, principal, kind, action, request_id, record_ids, n_records, previous_hash, entry_hash
FROM book.audit_entry WHERE entry_number > $after ORDER BY entry_number LIMIT $n

-- name: latest
SELECT entry_number, happened_at, principal, kind, action, request_id, n_records
FROM book.audit_entry ORDER BY entry_number DESC LIMIT $n
