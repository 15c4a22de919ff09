-- Undo of the last load of a census, from the before-images it kept.

-- name: census
SELECT name, census_version FROM book.group_census WHERE group_census_id = $census_id

-- name: loads
SELECT census_load_id, census_file_id, census_version, undone_at IS NOT NULL AS is_undone,
    n_created + n_changed + n_removed + n_selections_added + n_selections_removed + n_selections_changed > 0 AS is_moved
FROM book.census_load WHERE group_census_id = $census_id ORDER BY census_load_id

-- name: remove_selections
-- Selections that the loads made, and those of which an earlier image comes back.
DELETE FROM book.member_plan
WHERE group_census_id = $census_id
    AND (created_load_id IN (SELECT unnest($loads))
        OR member_plan_id IN (SELECT b.member_plan_id FROM book.member_plan_before AS b WHERE b.census_load_id IN (SELECT unnest($loads))))

-- name: restore_selections
INSERT INTO book.member_plan BY NAME
SELECT * EXCLUDE (census_load_id) FROM book.member_plan_before WHERE census_load_id IN (SELECT unnest($loads)) ORDER BY member_plan_id

-- name: remove_members
DELETE FROM book.census_member
WHERE group_census_id = $census_id
    AND (created_load_id IN (SELECT unnest($loads))
        OR group_census_member_id IN (
            SELECT b.group_census_member_id FROM book.member_before AS b WHERE b.census_load_id IN (SELECT unnest($loads))))

-- name: restore_members
INSERT INTO book.census_member BY NAME
SELECT * EXCLUDE (census_load_id) FROM book.member_before WHERE census_load_id IN (SELECT unnest($loads)) ORDER BY group_census_member_id

-- name: counts
SELECT
    (SELECT count(*) FROM book.census_member WHERE group_census_id = $census_id AND created_load_id IN (SELECT unnest($loads))),
    (SELECT count(*) FROM book.member_before WHERE census_load_id IN (SELECT unnest($loads))),
    (SELECT count(*) FROM book.member_plan WHERE group_census_id = $census_id AND created_load_id IN (SELECT unnest($loads))),
    (SELECT count(*) FROM book.member_plan_before WHERE census_load_id IN (SELECT unnest($loads)))

-- name: forget_members_before
DELETE FROM book.member_before WHERE census_load_id IN (SELECT unnest($loads))

-- name: forget_selections_before
DELETE FROM book.member_plan_before WHERE census_load_id IN (SELECT unnest($loads))

-- name: mark
UPDATE book.census_load SET undone_at = CAST($now AS TIMESTAMP) WHERE census_load_id IN (SELECT unnest($loads))

-- name: raise_version
UPDATE book.group_census SET census_version = census_version + 1, modified_at = CAST($now AS TIMESTAMP) WHERE group_census_id = $census_id

-- name: forget_rows
DELETE FROM raw.census_row WHERE census_file_id IN (SELECT unnest($files))

-- name: forget_persons
DELETE FROM raw.census_person WHERE census_file_id IN (SELECT unnest($files))

-- name: forget_issues
DELETE FROM book.census_issue WHERE census_file_id IN (SELECT unnest($files))

-- name: forget_files
DELETE FROM raw.census_file WHERE census_file_id IN (SELECT unnest($files))

-- name: unlink_persons
-- A file that an earlier load still stands on keeps its rows; members that this undo removes are no longer named.
UPDATE raw.census_person AS p SET group_census_member_id = NULL
WHERE p.group_census_member_id IN (
    SELECT m.group_census_member_id FROM book.census_member AS m
    WHERE m.group_census_id = $census_id AND m.created_load_id IN (SELECT unnest($loads)))
