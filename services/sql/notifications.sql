-- Notifications: the outbox of ended work.

-- name: add
INSERT INTO book.notification BY NAME
SELECT $notification_id AS notification_id, CAST($recipient AS VARCHAR) AS recipient, CAST($account_id AS VARCHAR) AS account_id, $title AS title,
    $body AS body, CAST($reference_id AS VARCHAR) AS reference_record_id, CAST($request_id AS VARCHAR) AS async_request_id,
    CAST($now AS TIMESTAMP) AS created_at

-- name: own
-- Published names.
SELECT notification_id AS id, title, body, reference_record_id AS "referenceRecordId", async_request_id AS "requestId",
    created_at AS "createdDate"
FROM book.notification
WHERE (recipient = $recipient OR (recipient IS NULL AND $sees_all))
    AND (CAST($request_id AS VARCHAR) IS NULL OR async_request_id = $request_id)
ORDER BY created_at DESC, notification_id DESC
LIMIT $limit OFFSET $offset
