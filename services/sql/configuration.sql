-- Configuration rules and eligibility contexts.

-- name: rules
-- The rules of the contracts of the plans lent.
SELECT r.configuration_rule_id, r.kind, r.contract_plan_id, r.other_plan_id, r.minimum_age, r.maximum_age, r.message
FROM ref.configuration_rule AS r
WHERE r.contract_id IN (SELECT p.contract_id FROM book.contract_plan AS p SEMI JOIN configuration_plans AS c USING (contract_plan_id))
ORDER BY r.configuration_rule_id

-- name: context
SELECT choices FROM book.eligibility_context
WHERE context_id = $context_id AND group_census_member_id = $member_id AND expires_at > CAST($now AS TIMESTAMP)

-- name: context_of_anybody
SELECT group_census_member_id, choices FROM book.eligibility_context
WHERE context_id = $context_id AND expires_at > CAST($now AS TIMESTAMP)

-- name: open_context
INSERT INTO book.eligibility_context BY NAME
SELECT $context_id AS context_id, $member_id AS group_census_member_id, $choices AS choices, CAST($expires_at AS TIMESTAMP) AS expires_at

-- name: change_context
UPDATE book.eligibility_context SET choices = $choices WHERE context_id = $context_id

-- name: forget_contexts
DELETE FROM book.eligibility_context WHERE expires_at <= CAST($now AS TIMESTAMP)

-- name: persons_of_file
-- The members that the persons of a census file became, the first line of each.
SELECT p.group_census_member_id, f.group_census_id, p.line_number, p.person_no
FROM raw.census_person AS p JOIN raw.census_file AS f USING (census_file_id)
WHERE p.census_file_id = $file_id AND p.outcome = 'accepted' AND p.group_census_member_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY p.group_census_member_id ORDER BY p.line_number, p.person_no) = 1
