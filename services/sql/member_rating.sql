-- What the rating of members on request needs to know of members and plans besides their prices.

-- name: plans
-- Plans and coverages of a contract, and whether they can be rated.
SELECT p.contract_plan_id, p.root_plan_id, r.status = 'Active' AS is_active
FROM book.contract_plan AS p JOIN book.contract_plan AS r ON r.contract_plan_id = p.root_plan_id
WHERE p.contract_id = $contract_id

-- name: root
-- A root plan with the contract it is of.
SELECT p.contract_id, k.start_date, k.end_date
FROM book.contract_plan AS p JOIN book.contract AS k ON k.contract_id = p.contract_id
WHERE p.contract_plan_id = $plan_id AND p.parent_plan_id IS NULL AND p.status = 'Active'

-- name: primaries
-- Members of a census with the primary of their family.
SELECT group_census_member_id, family_id FROM book.census_member
WHERE group_census_member_id IN (SELECT unnest($member_ids)) AND group_census_id = $census_id

-- name: rule_types
SELECT contribution_rule_id, CASE type WHEN 'Amount' THEN 'amount' WHEN 'Percentage' THEN 'percentage' END AS kind
FROM ref.contribution_rule WHERE contribution_rule_id IN (SELECT unnest($rule_ids))
