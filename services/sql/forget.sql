-- Removing a person from the book. `{table}` stands for a name that `schemas` declares, never for a user's words.

-- name: people
-- The persons meant, and the families of the primaries among them: as they stand, as they stood before some load, and
-- those that only results still know.
WITH everybody AS (
    SELECT group_census_member_id, family_id, member_key FROM book.census_member
    UNION SELECT group_census_member_id, family_id, member_key FROM book.member_before
),
meant AS (SELECT group_census_member_id FROM everybody WHERE $member IN (group_census_member_id, member_key))
SELECT group_census_member_id FROM everybody
WHERE group_census_member_id IN (FROM meant) OR family_id IN (FROM meant)
UNION
SELECT group_census_member_id FROM out.member_premium WHERE group_census_member_id = $member
ORDER BY 1

-- name: censuses
SELECT group_census_id FROM (
    SELECT group_census_member_id, group_census_id FROM book.census_member
    UNION SELECT group_census_member_id, group_census_id FROM book.member_before
    UNION SELECT group_census_member_id, group_census_id FROM out.member_premium
)
WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
GROUP BY ALL ORDER BY 1

-- name: inputs
-- What is kept of every run of the censuses.
SELECT rating_run_id, part, content_hash FROM out.run_input
WHERE rating_run_id IN (
    SELECT rating_run_id FROM out.run_census WHERE group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))
)
ORDER BY rating_run_id, part

-- name: point
UPDATE out.run_input SET content_hash = $content_hash WHERE rating_run_id = $run_id AND part = $part

-- name: make_lines
-- Lines that state the persons, and further lines that lean on these.
CREATE OR REPLACE TEMP TABLE forgotten_line AS
WITH own AS (
    SELECT DISTINCT census_file_id, line_number FROM raw.census_person
    WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
),
further AS (
    SELECT p.census_file_id, p.line_number FROM raw.census_person AS p
    JOIN own AS o ON o.census_file_id = p.census_file_id AND o.line_number = p.primary_line_number
    WHERE p.outcome <> 'accepted'
)
FROM own UNION FROM further

-- name: n_lines
SELECT count(*) FROM forgotten_line

-- name: blank_rows
UPDATE raw.census_row SET cells = [] FROM forgotten_line AS f
WHERE f.census_file_id = census_row.census_file_id AND f.line_number = census_row.line_number

-- name: blank_issues
UPDATE book.census_issue SET raw_value = NULL FROM forgotten_line AS f
WHERE f.census_file_id = census_issue.census_file_id AND f.line_number = census_issue.line_number

-- name: drop_lines
DROP TABLE IF EXISTS forgotten_line

-- name: make_names
-- What texts know the persons by: their ids, keys, and ids in the source system.
CREATE OR REPLACE TEMP TABLE forgotten_name AS
WITH everybody AS (
    SELECT group_census_member_id, member_key, source_system_identifier FROM book.census_member
    UNION SELECT group_census_member_id, member_key, source_system_identifier FROM book.member_before
),
known AS (
    SELECT unnest([group_census_member_id, member_key, source_system_identifier]) AS name FROM everybody
    WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
    UNION SELECT unnest(CAST($ids AS VARCHAR[]))
)
FROM known WHERE name <> ''

-- name: names
SELECT name FROM forgotten_name ORDER BY name

-- name: persons
-- First and last names of the persons, as they stand and as they stood before some load.
SELECT DISTINCT trim(first_name) AS first_name, trim(last_name) AS last_name FROM (
    SELECT group_census_member_id, first_name, last_name FROM book.census_member
    UNION ALL SELECT group_census_member_id, first_name, last_name FROM book.member_before
)
WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[]))) AND trim(first_name) <> '' AND trim(last_name) <> ''
ORDER BY ALL

-- name: blank_details
-- Outcomes of the persons' records keep what came of them: row, code, policy. Of a refused row, which has no member, the keys.
UPDATE book.async_detail AS d
SET source_system_identifier = NULL, additional_information = CAST(json_merge_patch('{}', json_object(
    'rowNumber', json_extract(d.additional_information, '$.rowNumber'), 'code', json_extract(d.additional_information, '$.code'),
    'policyId', json_extract(d.additional_information, '$.policyId'))) AS VARCHAR)
WHERE d.reference_record_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
    OR (d.reference_record_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[]))) AND (
        d.source_system_identifier IN (FROM forgotten_name)
        OR json_extract_string(d.additional_information, '$.memberKey') IN (FROM forgotten_name)))

-- name: papers
-- Documents that may state the persons: whether one is the file of a line that does, and whether it is of the censuses, attached
-- or given to a job of theirs. Those of the group and those attached to nothing may have been meant for a census, too.
WITH asked AS (
    SELECT json_extract_string(inputs, '$.contentDocumentId') AS content_document_id FROM book.async_request
    WHERE reference_record_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))
),
of_group AS (SELECT account_id FROM book.group_census WHERE group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))),
landed AS (
    SELECT DISTINCT split_part(f.sha256, ':', 1) AS sha256
    FROM raw.census_person AS p JOIN raw.census_file AS f ON f.census_file_id = p.census_file_id
    WHERE p.group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
)
SELECT v.content_version_id, v.sha256 IN (FROM landed) AS is_landed,
    coalesce(d.linked_entity_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[]))), false)
        OR d.content_document_id IN (SELECT content_document_id FROM asked WHERE content_document_id IS NOT NULL) AS is_of_census
FROM book.content_version AS v JOIN book.content_document AS d ON d.content_document_id = v.content_document_id
WHERE v.content_size > 0
    AND (is_landed OR is_of_census OR d.linked_entity_id IS NULL OR d.linked_entity_id IN (SELECT account_id FROM of_group))
ORDER BY v.content_version_id

-- name: replace_paper
-- Lent is document_bytes: one row, version_data.
UPDATE book.content_version AS v SET version_data = b.version_data, content_size = octet_length(b.version_data), sha256 = $sha256
FROM document_bytes AS b WHERE v.content_version_id = $version_id

-- name: drop_names
DROP TABLE IF EXISTS forgotten_name

-- name: remove
DELETE FROM {table} WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))

-- name: blank_participants
UPDATE book.policy_participant
SET participant_name = NULL, primary_account_id = NULL, primary_contact_id = NULL, source_system = NULL, source_system_identifier = NULL
WHERE group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))

-- name: make_records
-- Contacts, with or without a person account, to which nobody but the persons is linked.
CREATE OR REPLACE TEMP TABLE forgotten_record AS
WITH linked AS (
    SELECT contact_id, person_account_id, group_census_member_id FROM book.census_member
    UNION SELECT contact_id, person_account_id, group_census_member_id FROM book.member_before
)
SELECT k.contact_id FROM book.contact AS k
LEFT JOIN book.person_account AS a ON a.contact_id = k.contact_id
JOIN linked AS l ON l.contact_id = k.contact_id OR l.person_account_id = a.person_account_id
GROUP BY k.contact_id
HAVING bool_and(l.group_census_member_id IN (SELECT unnest(CAST($ids AS VARCHAR[]))))

-- name: revoke_tokens
UPDATE book.access_token SET revoked_at = $now
WHERE revoked_at IS NULL AND portal_user_id IN (
    SELECT portal_user_id FROM book.portal_user WHERE contact_id IN (FROM forgotten_record))

-- name: remove_users
DELETE FROM book.portal_user WHERE contact_id IN (FROM forgotten_record)

-- name: remove_relations
DELETE FROM book.account_contact WHERE contact_id IN (FROM forgotten_record)

-- name: remove_contacts
DELETE FROM book.contact WHERE contact_id IN (FROM forgotten_record)

-- name: remove_accounts
DELETE FROM book.person_account WHERE contact_id IN (FROM forgotten_record)

-- name: drop_records
DROP TABLE IF EXISTS forgotten_record

-- name: count_dependents
-- CV-14, for the primaries who stay.
UPDATE book.census_member SET dependent_count = d.n
FROM (
    SELECT p.group_census_member_id,
        count(c.group_census_member_id) FILTER (c.association IN ('Child', 'Parent', 'Parent-in-law')) AS n
    FROM book.census_member AS p LEFT JOIN book.census_member AS c ON c.primary_member_id = p.group_census_member_id
    WHERE p.primary_member_id IS NULL AND p.group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))
    GROUP BY ALL
) AS d
WHERE d.group_census_member_id = census_member.group_census_member_id AND dependent_count <> d.n

-- name: raise_versions
UPDATE book.group_census SET census_version = census_version + 1, modified_at = $now
WHERE group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))
