-- Uploaded census files: what became of each row, and the counts of a whole upload.

-- name: outcome
-- Each row with the member it became, if any; bulk_rows is lent: row, line_number, given_key, key_text.
SELECT b.row, p.outcome, p.group_census_member_id,
    coalesce(m.member_key, b.given_key, md5(b.key_text)) AS member_key,
    coalesce(m.source_system_identifier, b.source_system_identifier) AS source_system_identifier
FROM bulk_rows AS b
JOIN raw.census_person AS p
    ON p.census_file_id = $census_file_id AND p.line_number = b.line_number AND p.person_no = 0
LEFT JOIN book.census_member AS m ON m.group_census_member_id = p.group_census_member_id
WHERE p.outcome <> 'skipped'
ORDER BY b.row

-- name: with_information
-- The JSON of each detail, in the order of the rows (BC-82).
SELECT row, CAST(json_object('rowNumber', row, 'code', code, 'message', message, 'field', field, 'memberKey', member_key) AS VARCHAR)
    AS additional_information
FROM bulk_details ORDER BY row

-- name: counts
SELECT CAST(coalesce(sum(CAST(json_extract(i.additional_information, '$.outcome.rowsRead') AS BIGINT)), 0) AS BIGINT) AS "rowsRead",
    CAST(coalesce(sum(CAST(json_extract(i.additional_information, '$.outcome.rowsCreated') AS BIGINT)), 0) AS BIGINT) AS "rowsCreated",
    CAST(coalesce(sum(CAST(json_extract(i.additional_information, '$.outcome.rowsUpdated') AS BIGINT)), 0) AS BIGINT) AS "rowsUpdated",
    CAST(coalesce(sum(CAST(json_extract(i.additional_information, '$.outcome.rowsFailed') AS BIGINT)), 0) AS BIGINT) AS "rowsFailed"
FROM book.async_item AS i WHERE i.async_request_id = $request_id

-- name: loads
SELECT DISTINCT json_extract_string(i.additional_information, '$.outcome.censusLoadId') AS census_load_id
FROM book.async_item AS i
WHERE i.async_request_id = $request_id AND json_extract_string(i.additional_information, '$.outcome.censusLoadId') IS NOT NULL
ORDER BY census_load_id

-- name: note_outcome
-- What came of each item, beside what it covers.
SELECT i.async_item_id, b.status,
    CAST(json_merge_patch(i.additional_information, json_object('outcome', json_object('rowsRead', b.rows_read,
        'rowsCreated', b.rows_created, 'rowsUpdated', b.rows_updated, 'rowsFailed', b.rows_failed,
        'censusLoadId', b.census_load_id))) AS VARCHAR) AS additional_information
FROM bulk_items AS b JOIN book.async_item AS i USING (async_item_id)

-- name: warnings
-- Warnings of the loads, each once.
SELECT coalesce(i.published_code, i.code) AS code, i.message, any_value(i.hint) AS hint, count(*) AS n
FROM book.census_issue AS i JOIN book.census_load AS l USING (census_file_id)
WHERE list_contains($load_ids::VARCHAR[], l.census_load_id) AND i.severity = 'warning'
GROUP BY ALL ORDER BY code, i.message

-- name: item
SELECT i.async_item_id, i.async_request_id, i.additional_information
FROM book.async_item AS i WHERE i.async_item_id = $item_id

-- name: records
-- Records as a JSON list without the cells that are empty; bulk_records is lent, with the row of each.
SELECT coalesce('[' || string_agg(CAST(json_merge_patch('{}', json_merge_patch(to_json(r), '{"row": null}')) AS VARCHAR),
    ',' ORDER BY r.row) || ']', '[]') AS records
FROM bulk_records AS r
