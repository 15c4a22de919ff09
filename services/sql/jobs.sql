-- Asynchronous requests, their items and details, and the lease of whoever works on a request.

-- name: accept
INSERT INTO book.async_request BY NAME SELECT
    $request_id AS async_request_id, $name AS name, $type AS type, $account_id AS account_id,
    $reference_id AS reference_record_id, $status AS status, 1 AS job_count, 1 AS pending_job_count,
    0 AS successful_job_count, 0 AS failed_job_count, 0 AS cancelled_job_count, 0 AS errored_job_count,
    $inputs AS inputs, $requested_by AS requested_by, $http_request_id AS http_request_id, 0 AS n_attempts,
    CAST($now AS TIMESTAMP) AS created_at

-- name: add_items
INSERT INTO book.async_item BY NAME SELECT * FROM job_items

-- name: end_items
UPDATE book.async_item AS i
SET status = e.status, additional_information = coalesce(e.additional_information, i.additional_information)
FROM job_ended AS e WHERE e.async_item_id = i.async_item_id

-- name: items
SELECT async_item_id, sequence_number, status, additional_information
FROM book.async_item WHERE async_request_id = $request_id ORDER BY sequence_number

-- name: item
SELECT i.async_item_id, i.async_request_id, i.additional_information, r.reference_record_id
FROM book.async_item AS i JOIN book.async_request AS r USING (async_request_id) WHERE i.async_item_id = $item_id

-- name: add_details
INSERT INTO book.async_detail BY NAME SELECT * FROM job_details

-- name: recount
UPDATE book.async_request AS r
SET job_count = c.n, pending_job_count = c.pending, successful_job_count = c.successful, failed_job_count = c.failed,
    cancelled_job_count = c.cancelled, errored_job_count = c.errored
FROM (
    SELECT count(*) AS n, count(*) FILTER (status IN ('Scheduled', 'In Progress')) AS pending,
        count(*) FILTER (status = 'Completed') AS successful, count(*) FILTER (status = 'Failed') AS failed,
        count(*) FILTER (status = 'Cancelled') AS cancelled, count(*) FILTER (status = 'Completed With Errors') AS errored
    FROM (
        SELECT status FROM book.async_item WHERE async_request_id = $request_id
        UNION ALL
        SELECT status FROM book.async_request
        WHERE async_request_id = $request_id
            AND NOT EXISTS (SELECT 1 FROM book.async_item WHERE async_request_id = $request_id)
    )
) AS c
WHERE r.async_request_id = $request_id

-- name: end_left
UPDATE book.async_item SET status = $status
WHERE async_request_id = $request_id AND status IN ('Scheduled', 'In Progress')

-- name: end
UPDATE book.async_request
SET status = coalesce($status, CASE
        WHEN failed_job_count = job_count THEN 'Failed'
        WHEN failed_job_count + errored_job_count > 0 THEN 'Completed With Errors'
        ELSE 'Completed'
    END),
    result = $result, ended_at = CAST($now AS TIMESTAMP), lease_holder = NULL, lease_until = NULL
WHERE async_request_id = $request_id

-- name: note
UPDATE book.async_request
SET additional_information = CAST(json_merge_patch(coalesce(additional_information, '{}'), $facts) AS VARCHAR)
WHERE async_request_id = $request_id

-- name: state
SELECT status, lease_holder FROM book.async_request WHERE async_request_id = $request_id

-- name: status
SELECT type, name, created_at, status, job_count AS "jobCount", pending_job_count AS "pendingJobCount",
    successful_job_count AS "successfulJobCount", failed_job_count AS "failedJobCount",
    cancelled_job_count AS "cancelledJobCount", errored_job_count AS "erroredJobCount", result, additional_information
FROM book.async_request WHERE async_request_id = $request_id

-- name: status_of_items
-- As one JSON list: it is asked for again and again while a request is worked on, and may hold thousands of items.
SELECT CAST(coalesce(to_json(list({id: async_item_id, status: status, "planName": plan_name, "batchJobId": batch_job_id}
    ORDER BY sequence_number)), '[]') AS VARCHAR) AS items
FROM book.async_item WHERE async_request_id = $request_id

-- name: listed
SELECT async_request_id, type, name, status, job_count, successful_job_count, errored_job_count, failed_job_count,
    created_at, ended_at
FROM book.async_request
WHERE NOT ($only_open AND list_contains($ended::VARCHAR[], status))
ORDER BY created_at DESC, async_request_id DESC

-- name: open
-- Requests of the kinds that this program knows, the longest waiting first.
SELECT async_request_id, lease_holder, lease_until, n_attempts
FROM book.async_request
WHERE status IN ('Scheduled', 'In Progress') AND list_contains($kinds::VARCHAR[], type)
    AND ($request_id IS NULL OR async_request_id = $request_id)
ORDER BY created_at, async_request_id

-- name: take
UPDATE book.async_request
SET status = 'In Progress', lease_holder = $holder, lease_until = CAST($until AS TIMESTAMP), n_attempts = n_attempts + 1,
    started_at = coalesce(started_at, CAST($now AS TIMESTAMP))
WHERE async_request_id = $request_id
RETURNING type, account_id, reference_record_id, inputs, requested_by, http_request_id

-- name: renew
UPDATE book.async_request SET lease_until = CAST($until AS TIMESTAMP)
WHERE async_request_id = $request_id AND lease_holder = $holder

-- name: give_back
UPDATE book.async_request SET lease_holder = NULL, lease_until = NULL, n_attempts = n_attempts - 1
WHERE async_request_id = $request_id AND lease_holder = $holder

-- name: kind_of_caller
SELECT kind FROM book.access_token WHERE token_id = $token_id

-- name: details
SELECT async_detail_id AS "Id", name AS "Name", async_item_id AS "InsuranceAsyncBulkRequestItemId",
    reference_record_id AS "ReferenceRecordId", status AS "Status", description AS "Description",
    additional_information AS "AdditionalInformation", source_system_identifier AS "SourceSystemIdentifier"
FROM book.async_detail
WHERE async_request_id = $request_id AND ($status IS NULL OR status = $status)
ORDER BY async_detail_id LIMIT $limit OFFSET $offset

-- name: detail
SELECT async_detail_id AS "Id", name AS "Name", async_item_id AS "InsuranceAsyncBulkRequestItemId",
    reference_record_id AS "ReferenceRecordId", status AS "Status", description AS "Description",
    additional_information AS "AdditionalInformation", source_system_identifier AS "SourceSystemIdentifier", async_request_id AS request_id
FROM book.async_detail WHERE async_detail_id = $detail_id

-- name: delete_detail
DELETE FROM book.async_detail AS d
WHERE d.async_detail_id = $detail_id AND EXISTS (
    FROM book.async_request AS r WHERE r.async_request_id = d.async_request_id AND list_contains($ended::VARCHAR[], r.status))
RETURNING d.async_detail_id
