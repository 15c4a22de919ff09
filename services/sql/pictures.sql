-- Sums behind the pictures, over the runs lent as `pictured_runs`. Sums and counts only: no person can be told apart.
-- An age is in completed years, as analytics.rated_coverage has it; it is null without a birth date, so that bars add up to totals.

-- name: premium_by_line
SELECT p.plan_type AS line, CAST(sum(c.employer_cents) AS BIGINT) AS employer_cents, CAST(sum(c.employee_cents) AS BIGINT) AS employee_cents
FROM out.coverage_premium AS c SEMI JOIN pictured_runs USING (rating_run_id)
JOIN book.contract_plan AS p ON p.contract_plan_id = c.root_plan_id
GROUP BY ALL ORDER BY sum(c.prorated_cents) DESC, line

-- name: premium_by_age
SELECT CAST(date_sub('year', m.birth_date, c.rate_date) // 10 * 10 AS INTEGER) AS age_from, p.plan_type AS line,
    CAST(sum(c.prorated_cents) AS BIGINT) AS prorated_cents
FROM out.coverage_premium AS c SEMI JOIN pictured_runs USING (rating_run_id)
JOIN book.census_member AS m USING (group_census_member_id)
JOIN book.contract_plan AS p ON p.contract_plan_id = c.root_plan_id
GROUP BY ALL ORDER BY age_from NULLS LAST, line

-- name: people_by_age
SELECT CAST(date_sub('year', birth_date, CAST($today AS DATE)) // 10 * 10 AS INTEGER) AS age_from,
    coalesce(member_type, 'Primary') AS member_type, count(*) AS n
FROM book.census_member AS m
SEMI JOIN (SELECT group_census_id FROM book.cohort_census WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[])))) AS c
    USING (group_census_id)
GROUP BY ALL ORDER BY age_from NULLS LAST, member_type
