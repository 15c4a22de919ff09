-- Explaining premiums: whom a name means, which run, what the ids of a run are called, and what was stored.
-- `explanation_rows` is lent by the service.

-- name: people
-- Everybody that a member id, a member key or an id of the source system means; results alone may still know an id. Whether the
-- run that is asked for is one of their census.
WITH run AS (SELECT group_census_id FROM out.run_census WHERE rating_run_id = $run_id)
SELECT m.group_census_member_id, m.group_census_id, m.name, c.name AS census, m.group_census_id IN (FROM run) AS is_in_run
FROM book.census_member AS m LEFT JOIN book.group_census AS c ON c.group_census_id = m.group_census_id
WHERE $member IN (m.group_census_member_id, m.member_key, m.source_system_identifier)
UNION
SELECT p.group_census_member_id, p.group_census_id, NULL, c.name, p.group_census_id IN (FROM run)
FROM out.member_premium AS p
ANTI JOIN book.census_member AS m ON m.group_census_member_id = p.group_census_member_id
LEFT JOIN book.group_census AS c ON c.group_census_id = p.group_census_id
WHERE p.group_census_member_id = $member
ORDER BY census, name, group_census_member_id

-- name: current_run
SELECT rating_run_id FROM out.current_run WHERE group_census_id = $census_id AND kind = $kind

-- name: plans
SELECT p.contract_plan_id, p.plan_code, p.name
FROM book.contract_plan AS p
WHERE p.contract_plan_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))

-- name: tables
SELECT rate_table_id, rate_unit, citation, filed_on FROM ref.rate_table
WHERE rate_table_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))

-- name: rules
SELECT contribution_rule_id, name FROM ref.contribution_rule
WHERE contribution_rule_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))

-- name: stored
SELECT group_census_member_id, contract_plan_id, period_cents, standard_cents, prorated_cents, employer_cents, employee_cents, issue
FROM out.coverage_premium
WHERE rating_run_id = $run_id AND group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[])))

-- name: imputed_years
SELECT tax_year, is_dependent, age, cost_cents, is_pre_tax, after_tax_cents, taxable_cents, issue
FROM out.imputed_income
WHERE rating_run_id = $run_id AND group_census_member_id = $member_id
ORDER BY tax_year

-- name: imputed_months
SELECT tax_year, month, days, cover_cents, cost_mills
FROM out.imputed_income_month
WHERE rating_run_id = $run_id AND group_census_member_id = $member_id
ORDER BY tax_year, month

-- name: forget
DELETE FROM out.explanation WHERE rating_run_id = $run_id

-- name: insert
INSERT INTO out.explanation BY NAME
SELECT * EXCLUDE (value_e6), CAST(value_e6 AS DECIMAL(18, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) AS value
FROM explanation_rows
