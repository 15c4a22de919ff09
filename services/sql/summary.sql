-- Census summary: families counted for many censuses at once, and the counters stored.

-- name: families
-- One row per family of the censuses at hand: what the twelve counters need (CS-1 to CS-12).
SELECT m.group_census_id,
    max(m.group_class_id) FILTER (m.association = 'Self') AS group_class_id,
    count(*) FILTER (m.association = 'Self') > 0 AS has_primary,
    CAST(count(*) FILTER (m.association IS DISTINCT FROM 'Self') AS INTEGER) AS n_dependents,
    CAST(count(*) FILTER (m.association = 'Spouse') AS INTEGER) AS n_spouses,
    CAST(count(*) FILTER (m.association = 'Child') AS INTEGER) AS n_children,
    coalesce(bool_or(m.is_opt_out_all_plans) FILTER (m.association = 'Self'), false) AS is_opted_out,
    coalesce(max(m.full_time_equivalent) FILTER (m.association = 'Self'), 1.0) AS full_time_equivalent,
    any_value(m.class_summary_id) AS class_summary_id
FROM book.census_member AS m SEMI JOIN summary_scope AS s USING (group_census_id)
GROUP BY m.group_census_id, m.family_id

-- name: records
SELECT r.class_summary_id, r.group_census_id, r.group_class_id
FROM book.census_summary AS r SEMI JOIN summary_scope AS s USING (group_census_id)

-- name: store_censuses
UPDATE book.group_census AS g
SET total_members = c.total_members, total_dependents = c.total_dependents,
    total_member_plus_dependent = c.total_member_plus_dependent,
    mbr_without_dependent_count = c.mbr_without_dependent_count, member_with_dependent_count = c.member_with_dependent_count,
    member_with_spouse_count = c.member_with_spouse_count, member_with_one_child_count = c.member_with_one_child_count,
    mbr_with_more_than_1_chld_count = c.mbr_with_more_than_1_chld_count,
    mbr_with_more_than_2_chld_count = c.mbr_with_more_than_2_chld_count, member_opt_out_count = c.member_opt_out_count,
    full_time_member_count = c.full_time_member_count, part_time_member_count = c.part_time_member_count,
    modified_at = CAST($now AS TIMESTAMP)
FROM summary_censuses AS c
WHERE c.group_census_id = g.group_census_id
    AND (g.total_members, g.total_dependents, g.mbr_without_dependent_count, g.member_with_dependent_count, g.member_with_spouse_count,
        g.member_with_one_child_count, g.mbr_with_more_than_1_chld_count, g.mbr_with_more_than_2_chld_count, g.member_opt_out_count,
        g.full_time_member_count, g.part_time_member_count)
    IS DISTINCT FROM (c.total_members, c.total_dependents, c.mbr_without_dependent_count, c.member_with_dependent_count,
        c.member_with_spouse_count, c.member_with_one_child_count, c.mbr_with_more_than_1_chld_count,
        c.mbr_with_more_than_2_chld_count, c.member_opt_out_count, c.full_time_member_count, c.part_time_member_count)

-- name: remove_classes
-- A class without members has no record (CS-6).
DELETE FROM book.census_summary
WHERE group_census_id IN (SELECT group_census_id FROM summary_scope)
    AND class_summary_id NOT IN (SELECT class_summary_id FROM summary_classes)

-- name: store_classes
INSERT INTO book.census_summary BY NAME
SELECT c.*, k.name FROM summary_classes AS c JOIN book.group_class AS k USING (group_class_id)
ON CONFLICT (class_summary_id) DO UPDATE SET
    name = excluded.name, total_members = excluded.total_members, total_dependents = excluded.total_dependents,
    total_member_plus_dependent = excluded.total_member_plus_dependent,
    mbr_without_dependent_count = excluded.mbr_without_dependent_count,
    member_with_dependent_count = excluded.member_with_dependent_count,
    member_with_spouse_count = excluded.member_with_spouse_count,
    member_with_one_child_count = excluded.member_with_one_child_count,
    mbr_with_more_than_1_chld_count = excluded.mbr_with_more_than_1_chld_count,
    mbr_with_more_than_2_chld_count = excluded.mbr_with_more_than_2_chld_count,
    member_opt_out_count = excluded.member_opt_out_count, full_time_member_count = excluded.full_time_member_count,
    part_time_member_count = excluded.part_time_member_count

-- name: unlinked
-- Whether a member of the censuses does not point at the record of its class (CS-13).
SELECT 1 FROM book.census_member AS m
SEMI JOIN summary_scope AS s USING (group_census_id)
LEFT JOIN summary_classes AS c USING (group_census_id, group_class_id)
WHERE m.class_summary_id IS DISTINCT FROM c.class_summary_id LIMIT 1

-- name: link_members
UPDATE book.census_member AS m
SET class_summary_id = (
    SELECT c.class_summary_id FROM summary_classes AS c
    WHERE c.group_census_id = m.group_census_id AND c.group_class_id = m.group_class_id
)
WHERE m.group_census_id IN (SELECT group_census_id FROM summary_scope)
    AND m.class_summary_id IS DISTINCT FROM (
        SELECT c.class_summary_id FROM summary_classes AS c
        WHERE c.group_census_id = m.group_census_id AND c.group_class_id = m.group_class_id
    )

-- name: classes_of
SELECT r.* FROM book.census_summary AS r SEMI JOIN summary_scope AS s USING (group_census_id)
ORDER BY r.group_census_id, r.name, r.class_summary_id

-- name: known_censuses
SELECT g.group_census_id FROM book.group_census AS g SEMI JOIN summary_scope AS s USING (group_census_id)
