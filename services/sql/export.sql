-- What can be exported, one statement per kind, and the writing of text formats.
--
-- Every statement takes `$census_ids`: a list of census ids, or null for the whole book. `to_csv` and `to_parquet`
-- hold `{rows}` where `services.export` puts one of the others, so they cannot be prepared alone.

-- name: members
SELECT * FROM analytics.census_roster
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, group_census_id, family_id, group_census_member_id

-- name: premiums
SELECT * FROM analytics.premium_by_member
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, group_census_id, family_id, group_census_member_id

-- name: coverages
SELECT * FROM analytics.premium_by_coverage
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, group_census_id, family_id, group_census_member_id, root_plan_id, contract_plan_id

-- name: groups
SELECT * FROM analytics.premium_by_group
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, census_name

-- name: plans
SELECT * FROM analytics.premium_by_plan
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, product_type, plan_code

-- name: lines
SELECT * FROM analytics.premium_by_line
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, product_type

-- name: tiers
SELECT * FROM analytics.premium_by_tier
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, product_type, plan_code, tier

-- name: classes
SELECT * FROM analytics.premium_by_class
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, class_name, product_type

-- name: ages
SELECT * FROM analytics.premium_by_age_band
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, product_type, age_band

-- name: issues
SELECT * FROM analytics.issue
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY source, account_number, file_name, line_number, code

-- name: loads
SELECT * FROM analytics.load
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY loaded_at, census_load_id

-- name: renewal
SELECT * FROM analytics.renewal_by_member
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, group_census_id, family_id, group_census_member_id

-- name: renewal_groups
SELECT * FROM analytics.renewal_by_group
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
ORDER BY account_number, contract_number, census_name

-- name: runs
SELECT * FROM analytics.run
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR rating_run_id IN (
    SELECT rating_run_id FROM out.run_census WHERE list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)
)
ORDER BY rated_at, rating_run_id

-- name: refused
-- Refused persons with what was wrong and the line as it stood; `benefits issues --refused` writes files to correct.
SELECT
    account.account_number, account.name AS group_name, file.file_name, person.line_number, person.person_no,
    string_agg(
        coalesce(issue.column_name || ': ', '') || issue.message || coalesce(' ' || issue.hint, ''), ' | ' ORDER BY issue.code
    ) AS errors,
    array_to_string(any_value(line.cells), ' | ') AS line
FROM raw.census_person AS person
JOIN raw.census_file AS file USING (census_file_id)
LEFT JOIN raw.census_row AS line USING (census_file_id, line_number)
LEFT JOIN book.census_issue AS issue
    ON issue.census_file_id = person.census_file_id AND issue.line_number = person.line_number
    AND coalesce(issue.person_no, person.person_no) = person.person_no AND issue.severity = 'error'
LEFT JOIN book.group_census AS census ON census.group_census_id = file.group_census_id
LEFT JOIN book.account AS account ON account.account_id = census.account_id
WHERE person.outcome = 'refused'
    AND (CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), file.group_census_id))
GROUP BY account.account_number, account.name, file.file_name, file.census_file_id, person.line_number, person.person_no
ORDER BY account.account_number, file.file_name, person.line_number, person.person_no

-- name: rates
-- Of some censuses: the tables that price the plans of their contracts, a plan's own before its product's, those their
-- rates are solved from, and the factor tables that these name. Tier prices that a contract keeps stand in the place of a
-- table, with the keys that rating reads (`gather.make_tier_cell`).
WITH offered AS (
    SELECT contract_plan_id, product_id, plan_code, contract_id, contract_number, contract.start_date AS effective_from,
        CASE WHEN enrollment_rating_type = 'CompositeRate' AND json_valid(pricing_structure)
            THEN CASE WHEN json_array_length(pricing_structure, '$.tiers') > 0 THEN CAST(pricing_structure AS JSON) END END AS said
    FROM book.contract_plan AS plan JOIN book.contract AS contract USING (contract_id)
    WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR contract_id IN (
        SELECT {asked.contract_of_census} FROM book.group_census AS c
        WHERE list_contains(CAST($census_ids AS VARCHAR[]), c.group_census_id)
    )
),
kept AS (
    SELECT contract_plan_id AS rate_table_id, contract_number, 'Tier prices of ' || concat_ws(' ', contract_number, plan_code) AS name, effective_from, said,
        coalesce(json_extract_string(said, '$.ratePeriod'), 'MONTHLY') AS rate_period,
        list_prepend('tier', coalesce(TRY_CAST(json_extract(said, '$.axes') AS VARCHAR[]), [])) AS axes,
        coalesce(TRY_CAST(json_extract(said, '$.settings.factorTables') AS VARCHAR[]), []) AS factor_tables
    FROM offered WHERE said IS NOT NULL
),
kept_entry AS (
    SELECT * EXCLUDE (entry), {gather.tier_entry}
    FROM (SELECT *, unnest(CAST(json_extract(said, '$.tiers') AS JSON[])) AS entry FROM kept)
),
kept_cell AS (
    SELECT * REPLACE ({gather.tier_keys} AS keys) FROM kept_entry WHERE rate IS NOT NULL
),
linked AS (
    SELECT min(own.rate_table_id) AS own_id, min(of_product.rate_table_id) AS product_table_id
    FROM offered
    LEFT JOIN ref.rate_table_plan AS own ON own.contract_plan_id = offered.contract_plan_id
    LEFT JOIN ref.rate_table_plan AS of_product
        ON of_product.product_id = offered.product_id AND of_product.contract_plan_id IS NULL
    WHERE offered.said IS NULL
    GROUP BY offered.contract_plan_id
),
priced AS (
    SELECT * FROM ref.rate_table WHERE rate_table_id IN (SELECT coalesce(own_id, product_table_id) FROM linked)
),
filed AS (
    FROM priced UNION SELECT * FROM ref.rate_table WHERE name IN (SELECT base_table FROM priced)
),
used AS (
    SELECT rate_table_id FROM filed
    UNION
    SELECT rate_table_id FROM ref.rate_table
    WHERE name IN (SELECT unnest(factor_tables) FROM filed UNION SELECT unnest(factor_tables) FROM kept)
)
SELECT
    rate_table.name AS rate_table, rate_table.method, rate_table.rate_unit, rate_table.rate_period,
    array_to_string(rate_table.axes, ';') AS axes, cell.effective_from, array_to_string(cell.keys, ';') AS keys, cell.rate,
    rate_table.citation
FROM ref.rate_table AS rate_table
LEFT JOIN ref.rate_cell AS cell USING (rate_table_id)
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR rate_table.rate_table_id IN (FROM used)
UNION ALL
SELECT name, 'composite_tier', NULL, rate_period, array_to_string(axes, ';'), effective_from, array_to_string(keys, ';'), rate,
    'contract ' || contract_number
FROM kept_cell
ORDER BY rate_table, effective_from, keys

-- name: contributions
-- Of some censuses: the rules of their groups' classes, save those for a plan of another contract of the group.
SELECT
    account.account_number, account.name AS group_name, class.name AS class_name, rule.name AS rule_name, rule.type,
    CAST(rule.amount_cents * 0.01 AS DECIMAL(18, 2)) AS amount, rule.amount_period, rule.percentage, rule.member_type,
    contract.contract_number, offered.plan_code, product.product_code, rule.category, rule.product_category_id,
    rule.target_type,
    CAST(rule.cap_cents * 0.01 AS DECIMAL(18, 2)) AS cap, rule.effective_start_date, rule.effective_end_date
FROM ref.contribution_rule AS rule
LEFT JOIN book.group_class AS class USING (group_class_id)
LEFT JOIN book.account AS account ON account.account_id = class.account_id
LEFT JOIN book.contract_plan AS offered ON offered.contract_plan_id = rule.contract_plan_id
LEFT JOIN book.contract AS contract ON contract.contract_id = offered.contract_id
LEFT JOIN book.product AS product ON product.product_id = rule.product_id
WHERE CAST($census_ids AS VARCHAR[]) IS NULL OR EXISTS (
    FROM book.group_census AS c
    WHERE list_contains(CAST($census_ids AS VARCHAR[]), c.group_census_id) AND c.account_id = class.account_id
        AND (rule.contract_plan_id IS NULL OR offered.contract_id = {asked.contract_of_census})
)
ORDER BY account.account_number, class.name, rule.name

-- name: censuses_of_cohort
SELECT group_census_id FROM book.cohort_census WHERE cohort = $cohort ORDER BY group_census_id

-- name: known_censuses
SELECT group_census_id FROM book.group_census WHERE list_contains(CAST($census_ids AS VARCHAR[]), group_census_id)

-- name: to_csv
-- A text cell that a spreadsheet would take for a formula gets an apostrophe in front; a negative number stays a number.
COPY (
    SELECT if(
        regexp_matches(CAST(COLUMNS(*) AS VARCHAR), '^[=+@\t\r-]') AND TRY_CAST(CAST(COLUMNS(*) AS VARCHAR) AS DOUBLE) IS NULL,
        '''' || CAST(COLUMNS(*) AS VARCHAR),
        CAST(COLUMNS(*) AS VARCHAR)
    )
    FROM ({rows})
) TO $path (FORMAT csv, HEADER)

-- name: to_parquet
COPY (SELECT * FROM ({rows})) TO $path (FORMAT parquet, COMPRESSION zstd)
