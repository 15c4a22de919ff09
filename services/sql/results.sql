-- Storing a rating run. Rows are lent as columns; nothing of an earlier run is touched.

-- name: insert_run
INSERT INTO out.rating_run BY NAME SELECT * FROM run_row

-- name: insert_run_censuses
INSERT INTO out.run_census BY NAME SELECT * FROM run_census_rows

-- name: insert_coverages
INSERT INTO out.coverage_premium BY NAME
SELECT * EXCLUDE (unit_rate_e6), CAST(unit_rate_e6 AS DECIMAL(18, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) AS unit_rate
FROM coverage_rows

-- name: insert_pieces
INSERT INTO out.coverage_piece BY NAME SELECT * FROM piece_rows

-- name: insert_plans
INSERT INTO out.plan_premium BY NAME SELECT * FROM plan_rows

-- name: insert_members
INSERT INTO out.member_premium BY NAME SELECT * FROM member_rows

-- name: insert_issues
INSERT INTO out.rating_issue BY NAME
SELECT c.rating_run_id, c.group_census_id, c.group_census_member_id, c.root_plan_id, c.contract_plan_id,
    t.severity, t.code, t.published_code, t.message, t.hint
FROM coverage_rows AS c JOIN issue_texts AS t ON t.code = c.issue

-- name: point_current
INSERT OR REPLACE INTO out.current_run
SELECT group_census_id, $kind, $run_id FROM run_census_rows

-- name: per_census
-- A month is reckoned as analytics.rated_coverage does, which knows current runs only: it differs from the sum of rate periods
-- where a rate is not stated by the month (PR-5).
WITH periods AS (
    SELECT rate_table_id, rate_period FROM ref.rate_table
    UNION ALL
    SELECT contract_plan_id, CASE WHEN json_valid(pricing_structure) THEN json_extract_string(pricing_structure, '$.ratePeriod') END
    FROM book.contract_plan WHERE enrollment_rating_type = 'CompositeRate'
),
terms AS (
    SELECT group_census_id, {analytics.months_of_term}
    FROM out.run_census WHERE rating_run_id = $run_id
),
to_a_month AS (
    SELECT c.group_census_id, sum(CASE p.rate_period
        WHEN 'ANNUAL' THEN (2 * c.period_cents + 12) // 24
        ELSE (2 * c.standard_cents * t.month_days + t.months_in_days) // (2 * t.months_in_days)
    END - c.period_cents) AS cents
    FROM out.coverage_premium AS c JOIN periods AS p USING (rate_table_id) JOIN terms AS t USING (group_census_id)
    WHERE c.rating_run_id = $run_id AND p.rate_period <> 'MONTHLY'
    GROUP BY ALL
)
SELECT c.group_census_id, g.name AS census, a.name AS account, count(DISTINCT c.group_census_member_id) AS n_members,
    CAST(sum(c.n_coverages) AS BIGINT) AS n_coverages, CAST(sum(c.n_unrated) AS BIGINT) AS n_unrated,
    CAST(sum(c.period_cents) + coalesce(any_value(d.cents), 0) AS BIGINT) AS monthly_cents,
    CAST(sum(c.standard_cents) AS BIGINT) AS standard_cents,
    CAST(sum(c.prorated_cents) AS BIGINT) AS prorated_cents, CAST(sum(c.employer_cents) AS BIGINT) AS employer_cents,
    CAST(sum(c.employee_cents) AS BIGINT) AS employee_cents
FROM out.member_premium AS c
JOIN book.group_census AS g ON g.group_census_id = c.group_census_id
JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN to_a_month AS d ON d.group_census_id = c.group_census_id
WHERE c.rating_run_id = $run_id
GROUP BY ALL ORDER BY account, census

-- name: without_plans
-- Censuses of a run on which nobody has a plan: there was nothing to rate.
SELECT a.name AS account, g.name AS census
FROM out.run_census AS r
ANTI JOIN (SELECT group_census_id FROM out.member_premium WHERE rating_run_id = $run_id) AS c USING (group_census_id)
JOIN book.group_census AS g USING (group_census_id)
JOIN book.account AS a USING (account_id)
WHERE r.rating_run_id = $run_id
ORDER BY account, census

-- name: issue_counts
SELECT code, severity, count(*) AS n FROM out.rating_issue WHERE rating_run_id = $run_id GROUP BY ALL ORDER BY n DESC, code
