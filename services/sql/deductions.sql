-- Pay-period deductions: the shares they are made from, and their rows. `deduction_rows` is lent by the service.

-- name: run
SELECT rating_run_id FROM out.rating_run WHERE rating_run_id = $run_id

-- name: shares
-- What each family pays for each plan, at its primary: of one run, or of the current term where none is named.
SELECT p.rating_run_id, p.group_census_id, coalesce(m.family_id, p.group_census_member_id) AS group_census_member_id,
    p.root_plan_id, CAST(sum(p.employee_cents) AS BIGINT) AS employee_cents,
    bool_and(coalesce(p.issue IN ('RULE_WITHOUT_VALUE', 'REFERENCE_UNRATED'), true)) AS is_complete
FROM out.coverage_premium AS p
LEFT JOIN out.current_run AS c ON c.rating_run_id = p.rating_run_id AND c.group_census_id = p.group_census_id AND c.kind = 'current'
LEFT JOIN book.census_member AS m ON m.group_census_member_id = p.group_census_member_id
WHERE p.rating_run_id = $run_id OR (CAST($run_id AS VARCHAR) IS NULL AND c.rating_run_id IS NOT NULL)
GROUP BY ALL ORDER BY ALL

-- name: forget
DELETE FROM out.pay_deduction
WHERE pay_periods = $periods
    AND (rating_run_id, group_census_id) IN (SELECT (rating_run_id, group_census_id) FROM deduction_rows)

-- name: insert
INSERT INTO out.pay_deduction BY NAME SELECT * FROM deduction_rows

-- name: readable
SELECT a.account_number, a.name AS group_name, m.source_system_identifier, d.group_census_member_id, m.name AS member_name,
    k.plan_code, k.name AS plan_name, d.pay_periods,
    CAST(d.employee_cents * 0.01 AS DECIMAL(18, 2)) AS employee_term,
    CAST(d.each_cents * 0.01 AS DECIMAL(18, 2)) AS each_period, CAST(d.last_cents * 0.01 AS DECIMAL(18, 2)) AS last_period,
    d.is_complete, d.rating_run_id
FROM deduction_rows AS d
LEFT JOIN book.group_census AS g ON g.group_census_id = d.group_census_id
LEFT JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = d.group_census_member_id
LEFT JOIN book.contract_plan AS k ON k.contract_plan_id = d.root_plan_id
ORDER BY account_number, d.group_census_id, d.group_census_member_id, plan_code
