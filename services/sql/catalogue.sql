-- What the book holds, for doors that describe it: counts of rows.

-- name: rows_of
SELECT count(*) FROM query_table($table_name)

-- part: open_censuses
-- Each active census whose contract (`asked.terms_of_censuses`) has not ended, once: in the cohort that loaded it last.
SELECT m.cohort, m.group_census_id FROM book.cohort_census AS m
JOIN book.group_census AS g USING (group_census_id)
JOIN book.contract AS k ON k.contract_id = coalesce(g.contract_id,
    (SELECT min(e.contract_id) FROM book.contract AS e WHERE e.enrollment_census_id = g.group_census_id))
LEFT JOIN book.cohort AS c ON c.cohort = m.cohort
LEFT JOIN (
    SELECT cohort, group_census_id, max(loaded_at) AS loaded_at FROM book.census_load WHERE undone_at IS NULL GROUP BY ALL
) AS l ON l.cohort = m.cohort AND l.group_census_id = m.group_census_id
WHERE g.status = 'Active' AND k.end_date >= CAST($today AS DATE)
QUALIFY row_number() OVER (
    PARTITION BY m.group_census_id ORDER BY l.loaded_at DESC NULLS LAST, c.registered_at DESC NULLS LAST, m.cohort DESC
) = 1

-- name: open_cohorts
SELECT DISTINCT cohort FROM ({catalogue.open_censuses}) ORDER BY cohort

-- name: open_censuses_of
SELECT group_census_id FROM ({catalogue.open_censuses})
WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[]))) ORDER BY group_census_id

-- name: censuses_of
SELECT DISTINCT group_census_id FROM book.cohort_census
WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[]))) ORDER BY group_census_id

-- part: last_load
-- Files of the last standing load of each census.
SEMI JOIN (
    SELECT census_file_id FROM book.census_load WHERE undone_at IS NULL
    QUALIFY loaded_at = max(loaded_at) OVER (PARTITION BY group_census_id)
) AS l USING (census_file_id)

-- name: issues_of
-- Of the last standing load of each census.
SELECT i.code, i.severity, count(*) AS n FROM book.census_issue AS i
{catalogue.last_load}
SEMI JOIN (SELECT group_census_id FROM book.cohort_census WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[])))) AS c
    USING (group_census_id)
GROUP BY ALL ORDER BY n DESC, i.code

-- name: outcomes_of
-- Of the last standing load of each census: a file corrected and loaded again tells its people once.
SELECT p.outcome, count(*) AS n FROM raw.census_person AS p JOIN raw.census_file AS f USING (census_file_id)
{catalogue.last_load}
SEMI JOIN (SELECT group_census_id FROM book.cohort_census WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[])))) AS c
    USING (group_census_id)
GROUP BY ALL ORDER BY p.outcome

-- name: run_before
SELECT max(earlier.rating_run_id) FROM out.run_census AS earlier
SEMI JOIN (SELECT group_census_id FROM out.run_census WHERE rating_run_id = $run_id) AS c USING (group_census_id)
WHERE earlier.rating_run_id < $run_id

-- name: all_censuses
SELECT group_census_id FROM book.group_census ORDER BY group_census_id
