-- Comparing two rating runs. Rows are matched by census, member, plan and coverage; a coverage is the same when every
-- amount and its issue are.

-- name: runs
SELECT * FROM analytics.run WHERE rating_run_id IN ($run_a, $run_b) ORDER BY rating_run_id = $run_b

-- name: coverages
-- `why` lists what differs besides the money: the figures that priced and split the coverage.
CREATE OR REPLACE TEMP TABLE compared AS
WITH before AS (SELECT * FROM out.coverage_premium WHERE rating_run_id = $run_a),
after AS (SELECT * FROM out.coverage_premium WHERE rating_run_id = $run_b),
paired AS (
    SELECT
        a.rating_run_id IS NOT NULL AS is_before,
        b.rating_run_id IS NOT NULL AS is_after,
        coalesce(a.group_census_id, b.group_census_id) AS group_census_id,
        coalesce(a.group_census_member_id, b.group_census_member_id) AS group_census_member_id,
        coalesce(a.root_plan_id, b.root_plan_id) AS root_plan_id,
        coalesce(a.contract_plan_id, b.contract_plan_id) AS contract_plan_id,
        coalesce(a.period_cents, 0) AS period_cents_before, coalesce(b.period_cents, 0) AS period_cents_after,
        coalesce(a.standard_cents, 0) AS standard_cents_before, coalesce(b.standard_cents, 0) AS standard_cents_after,
        coalesce(a.prorated_cents, 0) AS prorated_cents_before, coalesce(b.prorated_cents, 0) AS prorated_cents_after,
        coalesce(a.employer_cents, 0) AS employer_cents_before, coalesce(b.employer_cents, 0) AS employer_cents_after,
        coalesce(a.employee_cents, 0) AS employee_cents_before, coalesce(b.employee_cents, 0) AS employee_cents_after,
        a.issue AS issue_before, b.issue AS issue_after,
        [
            if(a.issue IS DISTINCT FROM b.issue, 'issue ' || coalesce(a.issue, 'none') || ' to ' || coalesce(b.issue, 'none'), NULL),
            if(a.age IS DISTINCT FROM b.age, 'age ' || coalesce(a.age::VARCHAR, 'none') || ' to ' || coalesce(b.age::VARCHAR, 'none'), NULL),
            if(a.tier IS DISTINCT FROM b.tier, 'tier ' || coalesce(a.tier, 'none') || ' to ' || coalesce(b.tier, 'none'), NULL),
            if(
                a.volume_cents IS DISTINCT FROM b.volume_cents,
                'volume ' || coalesce(CAST(a.volume_cents * 0.01 AS DECIMAL(18, 2))::VARCHAR, 'none')
                || ' to ' || coalesce(CAST(b.volume_cents * 0.01 AS DECIMAL(18, 2))::VARCHAR, 'none'),
                NULL
            ),
            if(a.rate_table_id IS DISTINCT FROM b.rate_table_id, 'another rate table', NULL),
            if(
                a.unit_rate IS DISTINCT FROM b.unit_rate,
                'rate ' || coalesce(rtrim(rtrim(a.unit_rate::VARCHAR, '0'), '.'), 'none')
                || ' to ' || coalesce(rtrim(rtrim(b.unit_rate::VARCHAR, '0'), '.'), 'none'),
                NULL
            ),
            if(
                a.covered_days IS DISTINCT FROM b.covered_days OR a.term_days IS DISTINCT FROM b.term_days,
                'days ' || a.covered_days || '/' || a.term_days || ' to ' || b.covered_days || '/' || b.term_days,
                NULL
            ),
            CASE
                WHEN a.contribution_rule_id IS NOT DISTINCT FROM b.contribution_rule_id THEN NULL
                WHEN b.contribution_rule_id IS NULL THEN 'no contribution rule any more'
                WHEN a.contribution_rule_id IS NULL THEN 'a contribution rule where there was none'
                ELSE 'another contribution rule'
            END
        ] AS hints
    FROM before AS a
    FULL JOIN after AS b
        ON a.group_census_id = b.group_census_id AND a.group_census_member_id = b.group_census_member_id
        AND a.root_plan_id = b.root_plan_id AND a.contract_plan_id = b.contract_plan_id
)
SELECT
    * EXCLUDE (is_before, is_after, hints),
    CASE
        WHEN NOT is_before THEN 'added'
        WHEN NOT is_after THEN 'removed'
        WHEN period_cents_before = period_cents_after AND standard_cents_before = standard_cents_after
            AND prorated_cents_before = prorated_cents_after AND employer_cents_before = employer_cents_after
            AND employee_cents_before = employee_cents_after AND issue_before IS NOT DISTINCT FROM issue_after THEN 'same'
        ELSE 'changed'
    END AS change,
    CASE
        WHEN is_before AND is_after THEN array_to_string(list_filter(hints, lambda hint: hint IS NOT NULL), '; ')
        ELSE ''
    END AS differs
FROM paired

-- name: counts
SELECT change, count(*) AS n_coverages, CAST(sum(prorated_cents_after - prorated_cents_before) AS BIGINT) AS prorated_cents_change
FROM compared GROUP BY change ORDER BY change

-- name: per_group
SELECT
    account.account_number, account.name AS group_name, census.name AS census_name, compared.group_census_id,
    count(*) FILTER (change = 'added') AS n_added,
    count(*) FILTER (change = 'removed') AS n_removed,
    count(*) FILTER (change = 'changed') AS n_changed,
    count(*) FILTER (change = 'same') AS n_same,
    CAST(sum(period_cents_before) AS BIGINT) AS period_cents_before,
    CAST(sum(period_cents_after) AS BIGINT) AS period_cents_after,
    CAST(sum(period_cents_after - period_cents_before) AS BIGINT) AS period_cents_change,
    CAST(sum(prorated_cents_before) AS BIGINT) AS prorated_cents_before,
    CAST(sum(prorated_cents_after) AS BIGINT) AS prorated_cents_after,
    CAST(sum(prorated_cents_after - prorated_cents_before) AS BIGINT) AS prorated_cents_change,
    CAST(sum(employer_cents_after - employer_cents_before) AS BIGINT) AS employer_cents_change,
    CAST(sum(employee_cents_after - employee_cents_before) AS BIGINT) AS employee_cents_change
FROM compared
LEFT JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
GROUP BY ALL
ORDER BY account.account_number, compared.group_census_id

-- name: per_member
-- Members with at least one difference.
SELECT
    account.account_number, account.name AS group_name, compared.group_census_member_id, member.source_system_identifier,
    CASE
        WHEN bool_and(change = 'added') THEN 'added'
        WHEN bool_and(change = 'removed') THEN 'removed'
        ELSE 'changed'
    END AS change,
    CAST(sum(period_cents_after - period_cents_before) AS BIGINT) AS period_cents_change,
    CAST(sum(prorated_cents_before) AS BIGINT) AS prorated_cents_before,
    CAST(sum(prorated_cents_after) AS BIGINT) AS prorated_cents_after,
    CAST(sum(prorated_cents_after - prorated_cents_before) AS BIGINT) AS prorated_cents_change,
    CAST(sum(employer_cents_after - employer_cents_before) AS BIGINT) AS employer_cents_change,
    CAST(sum(employee_cents_after - employee_cents_before) AS BIGINT) AS employee_cents_change
FROM compared
LEFT JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
LEFT JOIN book.census_member AS member ON member.group_census_member_id = compared.group_census_member_id
GROUP BY account.account_number, account.name, compared.group_census_member_id, member.source_system_identifier
HAVING bool_or(change <> 'same')
ORDER BY account.account_number, compared.group_census_member_id

-- name: per_coverage
-- Coverages that differ, with the reasons that can be seen. None seen: a factor, or the amounts of a rule, changed.
SELECT
    account.account_number, account.name AS group_name, compared.group_census_member_id, member.source_system_identifier,
    concat_ws(' ', member.first_name, member.last_name) AS member_name,
    root.name AS plan_name, offered.name AS coverage_name, change,
    CASE
        WHEN change = 'added' THEN 'not in the first run'
        WHEN change = 'removed' THEN 'not in the second run'
        WHEN differs <> '' THEN differs
        WHEN period_cents_before = period_cents_after AND prorated_cents_before = prorated_cents_after
            THEN 'the contribution rule states another amount'
        ELSE 'a factor of the rate changed'
    END AS why,
    period_cents_before, period_cents_after, period_cents_after - period_cents_before AS period_cents_change,
    prorated_cents_before, prorated_cents_after, prorated_cents_after - prorated_cents_before AS prorated_cents_change,
    employer_cents_after - employer_cents_before AS employer_cents_change,
    employee_cents_after - employee_cents_before AS employee_cents_change,
    issue_before, issue_after
FROM compared
LEFT JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
LEFT JOIN book.census_member AS member ON member.group_census_member_id = compared.group_census_member_id
LEFT JOIN book.contract_plan AS root ON root.contract_plan_id = compared.root_plan_id
LEFT JOIN book.contract_plan AS offered ON offered.contract_plan_id = compared.contract_plan_id
WHERE change <> 'same'
ORDER BY account.account_number, compared.group_census_member_id, plan_name, coverage_name

-- name: forget
DROP TABLE IF EXISTS compared
