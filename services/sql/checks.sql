-- Counts behind the blocking checks: each statement answers how many rows were looked at and how many are at fault.
--
-- $cohorts limits a check to the censuses of some cohorts; an empty list takes the whole book. Only counts leave here.

-- name: censuses
SELECT DISTINCT group_census_id FROM book.cohort_census
WHERE len(CAST($cohorts AS VARCHAR[])) = 0 OR cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[])))

-- name: runs
SELECT DISTINCT c.rating_run_id, c.group_census_id FROM out.current_run AS c
WHERE len(CAST($cohorts AS VARCHAR[])) = 0
   OR c.group_census_id IN (
        SELECT group_census_id FROM book.cohort_census WHERE cohort IN (SELECT unnest(CAST($cohorts AS VARCHAR[]))))

-- name: rows_accounted_for
WITH files AS (
    SELECT census_file_id FROM raw.census_file WHERE group_census_id IN (SELECT group_census_id FROM checked_censuses)
),
lines AS (
    SELECT census_file_id, line_number FROM raw.census_row WHERE census_file_id IN (SELECT census_file_id FROM files)
),
people AS (
    SELECT census_file_id, line_number, person_no, count(*) AS n, min(outcome) AS outcome, min(skip_reason) AS skip_reason,
        min(group_census_member_id) AS member_id
    FROM raw.census_person WHERE census_file_id IN (SELECT census_file_id FROM files) GROUP BY ALL
),
refusals AS (
    SELECT DISTINCT census_file_id, line_number, person_no FROM book.census_issue
    WHERE severity = 'error' AND scope <> 'plan' AND census_file_id IN (SELECT census_file_id FROM files)
)
SELECT
    (SELECT count(*) FROM lines) AS n_checked,
    (SELECT count(*) FROM lines ANTI JOIN people USING (census_file_id, line_number)) AS lines_without_outcome,
    (SELECT count(*) FROM people ANTI JOIN lines USING (census_file_id, line_number)) AS outcomes_without_line,
    (SELECT count(*) FROM people WHERE n > 1) AS persons_with_two_outcomes,
    (SELECT count(*) FROM people WHERE outcome NOT IN ('accepted', 'refused', 'skipped')) AS unknown_outcomes,
    (SELECT count(*) FROM people WHERE outcome = 'accepted' AND member_id IS NULL) AS accepted_without_member,
    (SELECT count(*) FROM people WHERE outcome <> 'accepted' AND member_id IS NOT NULL) AS members_not_accepted,
    (SELECT count(*) FROM people WHERE outcome = 'skipped' AND skip_reason IS NULL) AS skipped_without_reason,
    (SELECT count(*) FROM people
        ANTI JOIN refusals USING (census_file_id, line_number, person_no)
        ANTI JOIN (FROM refusals WHERE person_no IS NULL) AS of_line USING (census_file_id, line_number)
        ANTI JOIN (FROM refusals WHERE line_number IS NULL) AS of_file USING (census_file_id)
        WHERE outcome = 'refused'
    ) AS refused_without_issue

-- name: no_orphans
WITH members AS (
    SELECT group_census_member_id, group_census_id, primary_member_id, family_id, member_type
    FROM book.census_member WHERE group_census_id IN (SELECT group_census_id FROM checked_censuses)
),
selections AS (
    SELECT group_census_member_id, group_census_id, contract_plan_id
    FROM book.member_plan WHERE group_census_id IN (SELECT group_census_id FROM checked_censuses)
)
SELECT
    (SELECT count(*) FROM members) AS n_checked,
    (SELECT count(*) FROM members AS m LEFT JOIN members AS p ON p.group_census_member_id = m.primary_member_id
        WHERE m.primary_member_id IS NOT NULL AND (p.group_census_id IS DISTINCT FROM m.group_census_id)) AS dependents_without_primary,
    (SELECT count(*) FROM members AS m JOIN members AS p ON p.group_census_member_id = m.primary_member_id
        WHERE p.primary_member_id IS NOT NULL) AS dependents_of_dependents,
    (SELECT count(*) FROM members WHERE family_id <> coalesce(primary_member_id, group_census_member_id)) AS wrong_families,
    (SELECT count(*) FROM (SELECT group_census_member_id FROM members GROUP BY ALL HAVING count(*) > 1)) AS ids_used_twice,
    (SELECT count(*) FROM checked_censuses ANTI JOIN book.group_census USING (group_census_id)) AS missing_censuses,
    (SELECT count(*) FROM selections ANTI JOIN members USING (group_census_member_id, group_census_id)) AS selections_without_member,
    (SELECT count(*) FROM selections ANTI JOIN book.contract_plan USING (contract_plan_id)) AS selections_without_plan

-- name: shares_add_up
WITH levels AS (
    SELECT 'coverage' AS level, rating_run_id, group_census_id, prorated_cents, employer_cents, employee_cents FROM out.coverage_premium
    UNION ALL
    SELECT 'plan', rating_run_id, group_census_id, prorated_cents, employer_cents, employee_cents FROM out.plan_premium
    UNION ALL
    SELECT 'member', rating_run_id, group_census_id, prorated_cents, employer_cents, employee_cents FROM out.member_premium
),
rows AS (SELECT * FROM levels SEMI JOIN checked_runs USING (rating_run_id, group_census_id))
SELECT
    count(*) AS n_checked,
    count(*) FILTER (employer_cents + employee_cents <> prorated_cents) AS shares_that_differ,
    count(*) FILTER (employer_cents < 0 OR employee_cents < 0) AS negative_shares
FROM rows

-- name: premiums_add_up
WITH coverages AS (
    SELECT rating_run_id, group_census_member_id, root_plan_id, count(*) AS n_coverages, sum(period_cents) AS period_cents,
        sum(standard_cents) AS standard_cents, sum(prorated_cents) AS prorated_cents, sum(employer_cents) AS employer_cents
    FROM out.coverage_premium SEMI JOIN checked_runs USING (rating_run_id, group_census_id) GROUP BY ALL
),
plans AS (SELECT * FROM out.plan_premium SEMI JOIN checked_runs USING (rating_run_id, group_census_id)),
sums AS (
    SELECT rating_run_id, group_census_member_id, sum(n_coverages) AS n_coverages, sum(period_cents) AS period_cents,
        sum(standard_cents) AS standard_cents, sum(prorated_cents) AS prorated_cents, sum(employer_cents) AS employer_cents
    FROM plans GROUP BY ALL
),
members AS (SELECT * FROM out.member_premium SEMI JOIN checked_runs USING (rating_run_id, group_census_id)),
whole_runs AS (
    SELECT rating_run_id, sum(standard_cents) AS standard_cents, sum(prorated_cents) AS prorated_cents,
        sum(employer_cents) AS employer_cents, sum(n_coverages) AS n_coverages
    FROM out.member_premium WHERE rating_run_id IN (SELECT rating_run_id FROM checked_runs) GROUP BY ALL
)
SELECT
    (SELECT count(*) FROM plans) + (SELECT count(*) FROM members) AS n_checked,
    (SELECT count(*) FROM plans AS p FULL JOIN coverages AS c USING (rating_run_id, group_census_member_id, root_plan_id)
        WHERE (p.n_coverages, p.period_cents, p.standard_cents, p.prorated_cents, p.employer_cents)
            IS DISTINCT FROM (c.n_coverages, c.period_cents, c.standard_cents, c.prorated_cents, c.employer_cents)) AS plans_that_differ,
    (SELECT count(*) FROM members AS m FULL JOIN sums AS s USING (rating_run_id, group_census_member_id)
        WHERE (m.n_coverages, m.period_cents, m.standard_cents, m.prorated_cents, m.employer_cents)
            IS DISTINCT FROM (s.n_coverages, s.period_cents, s.standard_cents, s.prorated_cents, s.employer_cents)) AS members_that_differ,
    (SELECT count(*) FROM whole_runs AS w JOIN out.rating_run AS r USING (rating_run_id)
        WHERE (r.n_coverages, r.standard_cents, r.prorated_cents, r.employer_cents)
            IS DISTINCT FROM (w.n_coverages, w.standard_cents, w.prorated_cents, w.employer_cents)) AS runs_that_differ

-- name: rated_or_explained
WITH coverages AS (SELECT * FROM out.coverage_premium SEMI JOIN checked_runs USING (rating_run_id, group_census_id)),
fresh AS (
    SELECT c.rating_run_id, c.group_census_id FROM out.run_census AS c
    SEMI JOIN checked_runs USING (rating_run_id, group_census_id)
    JOIN book.group_census AS g ON g.group_census_id = c.group_census_id AND g.census_version = c.census_version
),
selections AS (
    SELECT f.rating_run_id, s.group_census_member_id, p.root_plan_id, s.contract_plan_id, p.parent_plan_id
    FROM fresh AS f JOIN book.member_plan AS s USING (group_census_id) JOIN book.contract_plan AS p USING (contract_plan_id)
)
SELECT
    (SELECT count(*) FROM coverages) AS n_checked,
    (SELECT count(*) FROM selections AS s ANTI JOIN coverages AS c
        ON c.rating_run_id = s.rating_run_id AND c.group_census_member_id = s.group_census_member_id AND c.root_plan_id = s.root_plan_id
            AND (s.parent_plan_id IS NULL OR c.contract_plan_id = s.contract_plan_id)) AS selections_without_result,
    (SELECT count(*) FROM coverages WHERE standard_cents = 0 AND issue IS NULL AND zero_reason IS NULL) AS unexplained_zeros,
    (SELECT count(*) FROM coverages AS c WHERE c.issue IS NOT NULL AND NOT EXISTS (
        FROM out.rating_issue AS i WHERE i.rating_run_id = c.rating_run_id AND i.group_census_member_id = c.group_census_member_id
            AND i.contract_plan_id = c.contract_plan_id AND i.code = c.issue)) AS issues_without_words
