-- Uploaded census files: what became of each row, and the counts of a whole upload.

-- name: add_details
-- A detail for each row. Lent are bulk_rows (async_detail_id, row, line_number, async_item_id, is_skipped, given_key,
-- key_text, source_system_identifier) and bulk_errors (line_number, code, message, field, description). Only what needs
-- it is spelled as JSON: most rows have no error and no key of their own.
INSERT INTO book.async_detail BY NAME
SELECT r.async_detail_id, 'Row ' || r.row AS name, r.async_item_id,
    $request_id AS async_request_id, coalesce(p.group_census_member_id, $census_id) AS reference_record_id,
    CASE WHEN e.code IS NULL THEN $success ELSE $failed END AS status, left(e.description, 255) AS description,
    '{"rowNumber":' || r.row
        || CASE WHEN e.code IS NULL THEN ',"code":null,"message":null,"field":null,"memberKey":'
            ELSE ',"code":' || CAST(to_json(e.code) AS VARCHAR)
                || ',"message":' || coalesce(CAST(to_json(e.message) AS VARCHAR), 'null')
                || ',"field":' || coalesce(CAST(to_json(e.field) AS VARCHAR), 'null') || ',"memberKey":' END
        || CASE WHEN r.given_key IS NOT NULL THEN CAST(to_json(r.given_key) AS VARCHAR) || '}'
            ELSE coalesce('"' || md5(r.key_text) || '"}', 'null}') END
        AS additional_information,
    r.source_system_identifier
FROM bulk_rows AS r
LEFT JOIN bulk_errors AS e USING (line_number)
LEFT JOIN raw.census_person AS p
    ON p.census_file_id = $census_file_id AND p.line_number = r.line_number AND p.person_no = 0
WHERE NOT r.is_skipped OR e.code IS NOT NULL

-- name: with_information
-- The JSON of each detail, in the order of the rows (BC-82).
SELECT row, CAST(json_object('rowNumber', row, 'code', code, 'message', message, 'field', field, 'memberKey', member_key) AS VARCHAR)
    AS additional_information
FROM bulk_details ORDER BY row

-- name: outcome
-- Counts over all items, and the loads they were done in. Each item is parsed once, of however many facts it tells.
WITH told AS (
    SELECT json_extract_string(i.additional_information, [
        '$.outcome.rowsRead', '$.outcome.rowsCreated', '$.outcome.rowsUpdated', '$.outcome.rowsFailed',
        '$.outcome.censusLoadId']) AS n
    FROM book.async_item AS i WHERE i.async_request_id = $request_id
)
SELECT CAST(coalesce(sum(CAST(n[1] AS BIGINT)), 0) AS BIGINT) AS "rowsRead",
    CAST(coalesce(sum(CAST(n[2] AS BIGINT)), 0) AS BIGINT) AS "rowsCreated",
    CAST(coalesce(sum(CAST(n[3] AS BIGINT)), 0) AS BIGINT) AS "rowsUpdated",
    CAST(coalesce(sum(CAST(n[4] AS BIGINT)), 0) AS BIGINT) AS "rowsFailed",
    coalesce(list_sort(list(DISTINCT n[5]) FILTER (n[5] IS NOT NULL)), []) AS loads
FROM told

-- name: note_outcome
-- What came of each item, beside what it covers: the JSON ends with a brace, in front of which it is put.
UPDATE book.async_item AS i
SET status = b.status, additional_information = left(i.additional_information, length(i.additional_information) - 1)
    || ',"outcome":' || CAST(json_object(
        'rowsRead', b.rows_read, 'rowsCreated', b.rows_created, 'rowsUpdated', b.rows_updated, 'rowsFailed', b.rows_failed,
        'censusLoadId', b.census_load_id) AS VARCHAR) || '}'
FROM bulk_items AS b WHERE b.async_item_id = i.async_item_id

-- name: warnings
-- Warnings of the loads, each once. A rule's own code is not sent (CV-23).
SELECT coalesce(i.published_code, $noticed) AS code, i.message, any_value(i.hint) AS hint, count(*) AS n
FROM book.census_issue AS i JOIN book.census_load AS l USING (census_file_id)
WHERE list_contains($load_ids::VARCHAR[], l.census_load_id) AND i.severity = 'warning'
GROUP BY ALL ORDER BY code, i.message

-- name: item
SELECT i.async_item_id, i.async_request_id, i.additional_information
FROM book.async_item AS i WHERE i.async_item_id = $item_id

-- name: repeats
-- The rows of an upload that repeat an earlier one, and the row that each repeats, over all batches (BC-6).
WITH told AS (
    SELECT i.sequence_number, CAST(i.additional_information -> '$.duplicateRowNumbersList' AS BIGINT[]) AS rows,
        CAST(i.additional_information -> '$.duplicatedRowNumbersList' AS BIGINT[]) AS firsts
    FROM book.async_item AS i WHERE i.async_request_id = $request_id
)
SELECT unnest(rows) AS row, unnest(firsts) AS first FROM told ORDER BY row

-- name: records
-- Records as a JSON list without the cells that are empty; bulk_records is lent, with the row of each.
SELECT coalesce('[' || string_agg(CAST(json_merge_patch('{}', json_merge_patch(to_json(r), '{"row": null}')) AS VARCHAR),
    ',' ORDER BY r.row) || ']', '[]') AS records
FROM bulk_records AS r
