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
SELECT c.group_census_id, g.name AS census, a.name AS account, count(DISTINCT c.group_census_member_id) AS n_members,
    CAST(sum(c.n_coverages) AS BIGINT) AS n_coverages, CAST(sum(c.n_unrated) AS BIGINT) AS n_unrated,
    CAST(sum(c.period_cents) AS BIGINT) AS period_cents, CAST(sum(c.standard_cents) AS BIGINT) AS standard_cents,
    CAST(sum(c.prorated_cents) AS BIGINT) AS prorated_cents, CAST(sum(c.employer_cents) AS BIGINT) AS employer_cents,
    CAST(sum(c.employee_cents) AS BIGINT) AS employee_cents
FROM out.member_premium AS c
JOIN book.group_census AS g ON g.group_census_id = c.group_census_id
JOIN book.account AS a ON a.account_id = g.account_id
WHERE c.rating_run_id = $run_id
GROUP BY ALL ORDER BY account, census

-- name: issue_counts
SELECT code, severity, count(*) AS n FROM out.rating_issue WHERE rating_run_id = $run_id GROUP BY ALL ORDER BY n DESC, code
