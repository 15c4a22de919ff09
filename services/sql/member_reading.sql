-- Reading members: pages of whole families, what they hold, and what stands in the way of removing some.

-- name: page
-- The primaries after an id and everybody of their families. Words may stand anywhere in a name; a word, or a list of
-- members, chooses whole families.
WITH heads AS (
    SELECT m.group_census_member_id
    FROM book.census_member AS m
    WHERE m.group_census_id = $census_id AND m.primary_member_id IS NULL
        AND m.group_census_member_id > $offset
        AND ($family::VARCHAR IS NULL OR m.family_id = $family)
        AND ($word::VARCHAR IS NULL OR m.family_id IN (
            SELECT f.family_id FROM book.census_member AS f
            WHERE f.group_census_id = $census_id
                AND (contains(lower(f.first_name), lower($word::VARCHAR)) OR contains(lower(f.last_name), lower($word::VARCHAR)))))
        AND ($is_listed::BOOLEAN IS NOT TRUE OR m.family_id IN (
            SELECT f.family_id FROM book.census_member AS f SEMI JOIN reading_asked AS a USING (group_census_member_id)
            WHERE f.group_census_id = $census_id))
    ORDER BY m.group_census_member_id
    LIMIT $most
)
SELECT m.*, c.name AS class_name
FROM book.census_member AS m
LEFT JOIN book.group_class AS c ON c.group_class_id = m.group_class_id
WHERE m.group_census_id = $census_id AND m.family_id IN (SELECT group_census_member_id FROM heads)
ORDER BY m.family_id, m.primary_member_id IS NOT NULL, m.group_census_member_id

-- name: plans
SELECT s.* FROM book.member_plan AS s SEMI JOIN reading_members AS m USING (group_census_member_id)
ORDER BY s.group_census_member_id, s.member_plan_id

-- name: offered
-- Plans and coverages of a contract, each root plan before its coverages.
SELECT p.contract_plan_id, p.root_plan_id, p.name, p.plan_type, p.is_optional, p.parent_plan_id IS NULL AS is_root
FROM book.contract_plan AS p
WHERE p.contract_id = $contract_id
ORDER BY p.root_plan_id, p.parent_plan_id IS NOT NULL, p.contract_plan_id

-- name: contract_of
SELECT contract_id, account_id FROM book.group_census WHERE group_census_id = $census_id

-- name: term_of
SELECT k.account_id, k.start_date, k.end_date FROM book.contract AS k WHERE k.contract_id = $contract_id

-- name: listed
-- Members asked for, with whether each holds a plan.
SELECT m.group_census_member_id, m.group_census_id, m.primary_member_id,
    m.group_census_member_id IN (
        SELECT s.group_census_member_id FROM book.member_plan AS s SEMI JOIN reading_asked AS r USING (group_census_member_id)
    ) AS has_plan
FROM book.census_member AS m SEMI JOIN reading_asked AS a USING (group_census_member_id)
ORDER BY m.group_census_member_id

-- name: dependents_of
SELECT d.group_census_member_id, d.primary_member_id
FROM book.census_member AS d
WHERE d.primary_member_id IN (SELECT group_census_member_id FROM reading_asked)
