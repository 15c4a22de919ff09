-- Members of a request: records taken apart, what the book holds near them, and the storing and removing of members.

-- name: cells
-- One row for each property of each record of a JSON list: whatever stands under $[0], $[1] and so on, and no deeper.
SELECT CAST(substr(path, 3, length(path) - 3) AS UINTEGER) AS row, key AS property, type AS kind, json_extract_string(value, '$') AS text
FROM json_tree($body) WHERE regexp_full_match(path, '\$\[[0-9]+\]')
ORDER BY id

-- name: additional_fields
-- One row for each entry of the lists of additional fields; property is null for what is no entry.
SELECT a.row, json_extract_string(e.value, '$.key') AS property, coalesce(json_type(e.value, '$.value'), 'NULL') AS kind,
    json_extract_string(e.value, '$.value') AS text
FROM members_additional AS a,
    json_each(CASE WHEN a.kind = 'OBJECT' THEN coalesce(json_extract(a.text, '$.values'), '[0]') ELSE a.text END) AS e
ORDER BY a.row, e.id

-- name: near
-- Whole families of the members that a request names by id, by key, or as a primary by its source identifier; here and
-- below with the place of each row, which stays as it is until the transaction ends.
SELECT m.*, m.rowid AS place FROM book.census_member AS m
WHERE m.group_census_id = $census_id AND m.family_id IN (
    SELECT f.family_id FROM book.census_member AS f
    WHERE f.group_census_id = $census_id AND f.group_census_member_id IN (SELECT word FROM members_named WHERE kind = 'id')
    UNION
    SELECT f.family_id FROM book.census_member AS f
    WHERE f.group_census_id = $census_id AND f.member_key IN (SELECT word FROM members_named WHERE kind = 'key')
    UNION
    SELECT f.family_id FROM book.census_member AS f
    WHERE f.group_census_id = $census_id AND f.primary_member_id IS NULL
        AND f.source_system_identifier IN (SELECT word FROM members_named WHERE kind = 'source')
)
ORDER BY m.group_census_member_id

-- name: near_heads
-- Whole families of the primaries that are named by id, in a JSON list: it comes in one piece however many they are. The
-- range of ids lets a scan pass over what is far away. Not in order: here and below, to sort rows of so many columns costs more than to find a few of them.
SELECT m.*, m.rowid AS place FROM book.census_member AS m
WHERE m.group_census_id = $census_id AND m.family_id BETWEEN $first AND $last
    AND m.family_id IN (SELECT unnest(CAST(CAST($ids AS JSON) AS VARCHAR[])))

-- name: near_ids
-- Whole families of the members that are named by id.
WITH families AS MATERIALIZED (
    SELECT DISTINCT f.family_id FROM book.census_member AS f
    WHERE f.group_census_id = $census_id AND f.group_census_member_id BETWEEN $first AND $last
        AND f.group_census_member_id IN (SELECT unnest(CAST(CAST($ids AS JSON) AS VARCHAR[])))
)
SELECT m.*, m.rowid AS place FROM book.census_member AS m
WHERE m.group_census_id = $census_id AND m.family_id IN (FROM families)

-- name: target
SELECT g.group_census_id, g.name AS census_name, a.name AS account_name, g.type, g.account_id, g.contract_id,
    g.effective_date, g.expiration_date, g.census_version, k.start_date AS contract_start, k.end_date AS contract_end
FROM book.group_census AS g
LEFT JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN book.contract AS k ON k.contract_id = g.contract_id
WHERE g.group_census_id = $census_id

-- name: selections_of
SELECT s.member_plan_id, s.group_census_member_id, s.group_census_id, s.contract_plan_id, s.enrollment_status, s.elected_amount_cents,
    s.evidence_status, s.approved_amount_cents, s.approved_from, s.is_late_entrant, s.original_effective_date
FROM book.member_plan AS s SEMI JOIN members_asked AS a USING (group_census_member_id)
WHERE s.group_census_id = $census_id
ORDER BY s.member_plan_id

-- name: store_classes
INSERT INTO book.group_class BY NAME SELECT * FROM members_classes

-- name: family_of
-- The members asked for and, of the primaries among them, every dependent.
SELECT m.group_census_member_id, m.primary_member_id, m.family_id,
    m.group_census_member_id IN (SELECT group_census_member_id FROM members_asked) AS is_listed
FROM book.census_member AS m
WHERE m.group_census_id = $census_id
    AND (m.group_census_member_id IN (SELECT group_census_member_id FROM members_asked)
        OR m.primary_member_id IN (SELECT group_census_member_id FROM members_asked))
ORDER BY m.group_census_member_id

-- name: all_of
SELECT m.group_census_member_id FROM book.census_member AS m
WHERE m.group_census_id = $census_id ORDER BY m.group_census_member_id

-- name: completed_of
SELECT DISTINCT s.group_census_member_id FROM book.member_plan AS s SEMI JOIN members_gone AS g USING (group_census_member_id)
WHERE s.group_census_id = $census_id AND s.enrollment_status = 'Completed'

-- name: remove_plans
DELETE FROM book.member_plan
WHERE group_census_id = $census_id AND group_census_member_id IN (SELECT group_census_member_id FROM members_gone)

-- name: remove
DELETE FROM book.census_member
WHERE group_census_id = $census_id AND group_census_member_id IN (SELECT group_census_member_id FROM members_gone)

-- name: recount
-- DependentCount of some primaries (CV-14).
UPDATE book.census_member AS m
SET dependent_count = (
        SELECT count(*) FROM book.census_member AS d
        WHERE d.group_census_id = $census_id AND d.primary_member_id = m.group_census_member_id
            AND d.association IN ('Child', 'Parent', 'Parent-in-law')),
    modified_at = CAST($now AS TIMESTAMP), modified_load_id = NULL
WHERE m.group_census_id = $census_id AND m.group_census_member_id IN (SELECT group_census_member_id FROM members_recounted)

-- name: take_out
-- Members about to be stored anew, by the places where the same transaction read them: to look for ids costs a scan.
DELETE FROM book.census_member WHERE rowid IN (SELECT unnest(CAST(CAST($places AS JSON) AS BIGINT[])))

-- name: move_version
UPDATE book.group_census SET census_version = census_version + 1, modified_at = CAST($now AS TIMESTAMP) WHERE group_census_id = $census_id


-- name: end_selections
DELETE FROM book.member_plan WHERE member_plan_id IN (SELECT member_plan_id FROM members_ended)

-- name: left_behind
-- Primaries that stay while a dependent of theirs goes.
SELECT DISTINCT m.primary_member_id AS group_census_member_id
FROM book.census_member AS m SEMI JOIN members_gone AS g USING (group_census_member_id)
WHERE m.group_census_id = $census_id AND m.primary_member_id IS NOT NULL
    AND m.primary_member_id NOT IN (SELECT group_census_member_id FROM members_gone)

-- name: plans_of_gone
SELECT s.member_plan_id
FROM book.member_plan AS s SEMI JOIN members_gone AS g USING (group_census_member_id)
WHERE s.group_census_id = $census_id
ORDER BY s.member_plan_id

-- name: remove_summaries
DELETE FROM book.census_summary WHERE group_census_id = $census_id

-- name: remove_from_cohorts
DELETE FROM book.cohort_census WHERE group_census_id = $census_id

-- name: remove_landed_rows
DELETE FROM raw.census_row WHERE census_file_id IN (SELECT census_file_id FROM raw.census_file WHERE group_census_id = $census_id)

-- name: remove_landed_persons
DELETE FROM raw.census_person WHERE census_file_id IN (SELECT census_file_id FROM raw.census_file WHERE group_census_id = $census_id)

-- name: remove_issues
DELETE FROM book.census_issue WHERE group_census_id = $census_id

-- name: remove_images
DELETE FROM book.member_before WHERE group_census_id = $census_id

-- name: remove_plan_images
DELETE FROM book.member_plan_before WHERE group_census_id = $census_id

-- name: remove_loads
DELETE FROM book.census_load WHERE group_census_id = $census_id

-- name: remove_files
DELETE FROM raw.census_file WHERE group_census_id = $census_id

-- name: remove_census
DELETE FROM book.group_census WHERE group_census_id = $census_id

-- name: patched
-- Records of a JSON list without the dropped properties and with those of members_patch (by row), as one list.
WITH records AS (SELECT CAST(key AS UINTEGER) AS row, value AS record FROM json_each($body)),
kept AS (
    SELECT r.row, '{' || string_agg(CAST(to_json(e.key) AS VARCHAR) || ':' || CAST(e.value AS VARCHAR), ',' ORDER BY e.id) || '}' AS record
    FROM records AS r, json_each(r.record) AS e
    WHERE NOT list_contains($dropped::VARCHAR[], lower(trim(e.key)))
    GROUP BY r.row
)
SELECT '[' || string_agg(CAST(json_merge_patch(CAST(coalesce(k.record, '{}') AS JSON),
        json_merge_patch('{}', json_merge_patch(to_json(p), '{"row": null}'))) AS VARCHAR), ',' ORDER BY p.row) || ']' AS records
FROM members_patch AS p LEFT JOIN kept AS k USING (row)

-- name: saved_records
-- What a save filled in, by row of the request.
SELECT a.row, m.group_census_member_id AS "Id", m.group_census_id AS "GroupCensusId", m.name AS "Name", m.member_key AS "MemberKey",
    m.primary_member_id AS "PrimaryGroupCensusMemberId", m.group_class_id AS "GroupClassId"
FROM members_asked AS a JOIN book.census_member AS m ON m.group_census_member_id = a."Id"
WHERE m.group_census_id = $census_id ORDER BY a.row
