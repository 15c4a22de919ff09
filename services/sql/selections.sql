-- Selections of members: what the book holds near those asked for, and the storing and removing of selections.

-- name: families
-- Families of the members asked for. Ids come as a JSON list, in one piece however many they are; the range of ids, here
-- and below, lets a scan pass over what is far away: a join alone would read every column of every row.
SELECT DISTINCT f.family_id
FROM book.census_member AS f
WHERE f.group_census_member_id BETWEEN $first AND $last AND f.group_census_member_id IN (SELECT unnest(CAST(CAST($ids AS JSON) AS VARCHAR[])))

-- name: members
-- Not in order, here and below: a sort costs as much as finding a few rows.
SELECT m.group_census_member_id, m.group_census_id, m.primary_member_id, m.family_id, m.association, m.group_class_id, m.birth_date,
    m.policy_start_date, m.is_opt_out_all_plans, m.opt_out_plan_types, m.source_system_identifier
FROM book.census_member AS m
WHERE m.family_id BETWEEN $first AND $last AND m.family_id IN (SELECT unnest(CAST(CAST($ids AS JSON) AS VARCHAR[])))

-- name: selections
SELECT s.member_plan_id, s.group_census_member_id, s.group_census_id, s.contract_plan_id, s.enrollment_status, s.elected_amount_cents,
    s.evidence_status, s.approved_amount_cents, s.approved_from, s.is_late_entrant, s.original_effective_date
FROM book.member_plan AS s
WHERE s.group_census_member_id BETWEEN $first AND $last AND s.group_census_member_id IN (SELECT unnest(CAST(CAST($ids AS JSON) AS VARCHAR[])))

-- name: ended
-- Of completed choices those of which every policy under their root plan was cancelled, or left by the member; one without any
-- policy in the book is not known to have ended. Lent is selections_held: member_plan_id, group_census_member_id, contract_plan_id,
-- enrollment_status.
SELECT s.member_plan_id
FROM selections_held AS s
JOIN book.contract_plan AS k ON k.contract_plan_id = s.contract_plan_id
JOIN book.policy_participant AS t ON t.group_census_member_id = s.group_census_member_id
JOIN book.insurance_policy AS p ON p.policy_id = t.policy_id AND p.contract_plan_id = k.root_plan_id
WHERE s.enrollment_status = 'Completed'
GROUP BY s.member_plan_id HAVING bool_and(p.status = 'Canceled' OR NOT t.is_active)

-- name: roots
-- The root plans of the plans held, of whatever contract. Lent is selections_held.
SELECT k.contract_plan_id, k.root_plan_id FROM book.contract_plan AS k SEMI JOIN selections_held AS s USING (contract_plan_id)

-- name: plans
-- The plans of the contracts, as census.plans, each with the classes it is linked to, and with the window in which members may
-- choose it: its own, else its root's, else the contract's; none where the contract holds nobody to it (EN-17).
SELECT p.contract_plan_id, p.contract_id, p.plan_code, p.name, p.root_plan_id, p.plan_type, p.status, p.is_optional, p.auto_assign,
    CASE WHEN coalesce(k.is_self_service_window_enforced, true)
        THEN coalesce(p.enrollment_start_date, r.enrollment_start_date, k.enrollment_start_date) END AS enrollment_start_date,
    CASE WHEN coalesce(k.is_self_service_window_enforced, true)
        THEN coalesce(p.enrollment_end_date, r.enrollment_end_date, k.enrollment_end_date) END AS enrollment_end_date,
    p.description, x.product_type, l.group_class_id
FROM book.contract_plan AS p
SEMI JOIN load_targets AS t ON t.contract_id = p.contract_id
JOIN book.contract AS k ON k.contract_id = p.contract_id
LEFT JOIN book.contract_plan AS r ON r.contract_plan_id = p.root_plan_id
LEFT JOIN book.product AS x ON x.product_id = p.product_id
LEFT JOIN (
    SELECT c.contract_plan_id, list(c.group_class_id) AS group_class_id FROM book.contract_plan_class AS c GROUP BY c.contract_plan_id
) AS l ON l.contract_plan_id = p.contract_plan_id
ORDER BY p.contract_plan_id

-- name: census_of
SELECT group_census_id, type, account_id, contract_id FROM book.group_census WHERE group_census_id = $census_id

-- name: contract_of
SELECT contract_id, account_id FROM book.contract WHERE contract_id = $contract_id

-- name: in_census
SELECT m.group_census_member_id AS id
FROM book.census_member AS m SEMI JOIN selections_asked AS s USING (group_census_member_id)
WHERE m.group_census_id = $census_id

-- name: attributes
SELECT a.contract_plan_id, a.attribute_name, a.value
FROM book.contract_plan_attribute AS a SEMI JOIN selections_plans AS p USING (contract_plan_id)
ORDER BY a.contract_plan_id, a.attribute_name

-- name: plan_list
-- What one member holds, for the answer of a change.
SELECT s.member_plan_id AS id, s.contract_plan_id AS "contractGroupPlanId", s.name, s.enrollment_status AS "enrollmentStatus"
FROM book.member_plan AS s WHERE s.group_census_member_id = $member_id ORDER BY s.member_plan_id

-- name: ids_of
SELECT s.group_census_member_id, s.member_plan_id
FROM book.member_plan AS s SEMI JOIN selections_of AS m USING (group_census_member_id)
ORDER BY s.member_plan_id

-- name: store
INSERT INTO book.member_plan BY NAME SELECT * FROM selections_new

-- name: remove
DELETE FROM book.member_plan WHERE member_plan_id IN (SELECT member_plan_id FROM selections_gone)

-- name: raise_versions
UPDATE book.group_census SET census_version = census_version + 1, modified_at = CAST($now AS TIMESTAMP)
WHERE group_census_id IN (SELECT group_census_id FROM selections_moved)

-- name: without_plan
-- Of the new members of a call those that hold nothing, each with its primary.
SELECT m.group_census_member_id, m.primary_member_id
FROM book.census_member AS m SEMI JOIN selections_asked AS s USING (group_census_member_id)
ANTI JOIN book.member_plan AS p USING (group_census_member_id)
WHERE m.group_census_id = $census_id

-- name: dependents_of
SELECT m.group_census_member_id, m.primary_member_id
FROM book.census_member AS m WHERE m.primary_member_id IN (SELECT group_census_member_id FROM selections_asked)

-- name: request_of_item
SELECT async_request_id FROM book.async_item WHERE async_item_id = $item_id

-- name: primaries_by_source
SELECT m.group_census_member_id, m.source_system_identifier
FROM book.census_member AS m SEMI JOIN selections_sources AS s USING (source_system_identifier)
WHERE m.group_census_id = $census_id AND m.primary_member_id IS NULL

-- name: targets
-- Censuses, each with the contract that counts for it: its own, or the one stated.
SELECT g.group_census_id, g.name AS census_name, a.name AS account_name, g.type, g.account_id, k.contract_id,
    g.effective_date, g.expiration_date, g.census_version, k.start_date AS contract_start, k.end_date AS contract_end
FROM book.group_census AS g
LEFT JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN book.contract AS k ON k.contract_id = coalesce($contract_id, g.contract_id)
WHERE list_contains($ids::VARCHAR[], g.group_census_id)
ORDER BY g.group_census_id

-- name: owners
-- The members that hold some records.
SELECT s.member_plan_id, s.group_census_member_id FROM book.member_plan AS s SEMI JOIN selections_records AS r USING (member_plan_id)

-- name: products
-- The plans of the contract of a census by the codes of their products.
SELECT p.contract_plan_id, x.product_code, r.product_code AS root_product_code
FROM book.group_census AS g
JOIN book.contract_plan AS p USING (contract_id)
JOIN book.product AS x ON x.product_id = p.product_id
JOIN book.contract_plan AS q ON q.contract_plan_id = p.root_plan_id
JOIN book.product AS r ON r.product_id = q.product_id
WHERE g.group_census_id = $census_id
ORDER BY p.contract_plan_id

-- name: restate
-- Names and attributes of records that are stated anew.
UPDATE book.member_plan AS s
SET name = coalesce(r.name, s.name), attributes = coalesce(r.attributes, s.attributes), modified_at = CAST($now AS TIMESTAMP),
    modified_load_id = NULL
FROM selections_restated AS r WHERE r.member_plan_id = s.member_plan_id

-- name: families_of
SELECT DISTINCT m.family_id FROM book.census_member AS m SEMI JOIN selections_of AS s USING (group_census_member_id)
