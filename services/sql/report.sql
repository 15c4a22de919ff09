-- The summary of a cohort after a run: who was accepted, and which run speaks for it.

-- name: people
WITH latest AS (
    SELECT * FROM book.census_load WHERE undone_at IS NULL
    QUALIFY loaded_at = max(loaded_at) OVER (PARTITION BY group_census_id)
)
SELECT g.group_census_id, a.name AS account, g.name AS census,
    CAST(coalesce(sum(l.n_accepted), 0) AS BIGINT) AS n_accepted,
    CAST(coalesce(sum(l.n_refused), 0) AS BIGINT) AS n_refused,
    CAST(coalesce(sum(l.n_skipped), 0) AS BIGINT) AS n_skipped
FROM book.cohort_census AS m
JOIN book.group_census AS g USING (group_census_id)
JOIN book.account AS a USING (account_id)
LEFT JOIN latest AS l USING (group_census_id)
WHERE m.cohort = $cohort
GROUP BY ALL ORDER BY account, census

-- name: last_run
SELECT rating_run_id, kind, rating_date FROM out.rating_run WHERE cohort = $cohort ORDER BY rated_at DESC, rating_run_id DESC LIMIT 1
