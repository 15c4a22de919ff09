-- What is to be rated, read for gathering (`services.gather`) in columns of one shape, whether it was asked for censuses, for some
-- families of one, or for a quote that has no contract yet: the terms (a census with the contract it is rated under), the members
-- and what they hold. Plans are laid out as relations of one shape for the gathering statements (`gather.sql`): asked_plan,
-- asked_plan_class and asked_plan_attribute are views, over the book or over temporary tables.

-- part: contract_of_census
-- The contract that census c is rated under: its own, else the one that names it as its enrollment census.
coalesce(c.contract_id, (SELECT min(e.contract_id) FROM book.contract AS e WHERE e.enrollment_census_id = c.group_census_id))

-- name: terms_of_censuses
-- Each census with the terms of its contract.
SELECT c.group_census_id, c.census_version, c.account_id, k.contract_id, k.start_date, k.end_date, k.rating_area,
    lower(trim(k.industry_code)) AS industry, k.group_size, k.eligible_employees, CAST(NULL AS DATE) AS effective_date,
    CAST(NULL AS DATE) AS rates_on
FROM book.group_census AS c
JOIN book.contract AS k ON k.contract_id = {asked.contract_of_census}
WHERE c.group_census_id IN (SELECT unnest($census_ids))
ORDER BY c.group_census_id

-- name: census_of
-- A census that has a contract of its own.
SELECT group_census_id, census_version, account_id, contract_id FROM book.group_census
WHERE group_census_id = $census_id AND contract_id IS NOT NULL

-- name: contract_of
-- What a contract says of its term.
SELECT contract_id, start_date, end_date, rating_area, lower(trim(industry_code)) AS industry, group_size, eligible_employees,
    CAST(NULL AS DATE) AS effective_date, CAST(NULL AS DATE) AS rates_on
FROM book.contract WHERE contract_id = $contract_id

-- name: terms_of_contract
-- The censuses of some members under a stated contract, from a stated day on; no day: from the start of each member's cover.
SELECT c.group_census_id, c.census_version, c.account_id, k.contract_id, k.start_date, k.end_date, k.rating_area,
    lower(trim(k.industry_code)) AS industry, k.group_size, k.eligible_employees, CAST($effective_date AS DATE) AS effective_date,
    CAST(NULL AS DATE) AS rates_on
FROM book.group_census AS c, book.contract AS k
WHERE c.group_census_id IN (SELECT unnest($census_ids)) AND k.contract_id = $contract_id
ORDER BY c.group_census_id

-- name: plans_of_book
CREATE OR REPLACE TEMP VIEW asked_plan AS SELECT * FROM book.contract_plan

-- name: classes_of_book
CREATE OR REPLACE TEMP VIEW asked_plan_class AS SELECT * FROM book.contract_plan_class

-- name: attributes_of_book
CREATE OR REPLACE TEMP VIEW asked_plan_attribute AS SELECT * FROM book.contract_plan_attribute

-- part: of_member
-- What is read of a member m.
m.group_census_member_id, m.family_id, m.group_census_id, m.relationship, m.birth_date, m.gender, m.smoker_status, m.group_class_id,
    m.annual_salary_cents, m.stated_tier, m.state, m.postal_code, m.policy_start_date, m.policy_end_date, m.termination_date,
    m.is_opt_out_all_plans, lower(m.opt_out_plan_types) AS opt_out_plan_types, m.join_date, m.is_disabled, m.continuation, m.member_key

-- part: of_selection
-- What is read of a selection s.
s.group_census_member_id, s.contract_plan_id, s.elected_amount_cents AS elected, s.evidence_status AS evidence,
    s.approved_amount_cents AS approved_cents, s.approved_from, s.is_late_entrant AS is_late, s.original_effective_date AS issued

-- name: members_of_censuses
SELECT {asked.of_member} FROM book.census_member AS m
WHERE m.group_census_id IN (SELECT unnest($census_ids))

-- name: members_of_family
SELECT {asked.of_member} FROM book.census_member AS m
WHERE m.family_id = $family_id

-- name: members_beside
-- Everybody in the families of the members named.
SELECT {asked.of_member} FROM book.census_member AS m
WHERE m.family_id IN (SELECT family_id FROM book.census_member
    WHERE group_census_member_id BETWEEN $low AND $high AND group_census_member_id IN (SELECT unnest($ids)))

-- name: members_of_quote
SELECT {asked.of_member} FROM asked_member AS m
WHERE m.group_census_id IN (SELECT unnest($census_ids))

-- name: selections_of_censuses
SELECT {asked.of_selection} FROM book.member_plan AS s
WHERE s.group_census_id IN (SELECT unnest($census_ids))

-- name: selections_of_few
-- A list of a few ids is looked through faster than joined.
SELECT {asked.of_selection} FROM book.member_plan AS s
WHERE s.group_census_member_id BETWEEN $low AND $high AND list_contains($ids::VARCHAR[], s.group_census_member_id)

-- name: selections_of_members
SELECT {asked.of_selection} FROM book.member_plan AS s
WHERE s.group_census_member_id BETWEEN $low AND $high AND s.group_census_member_id IN (SELECT unnest($ids))

-- name: selections_of_quote
SELECT {asked.of_selection} FROM quoted_selection AS s

-- name: make_quoted_term
-- A quote stands where a contract will: its term from its dates, its rates from the rating date (GR-13). The size of a group
-- that has a summary and no members is what the summary says.
CREATE OR REPLACE TEMP TABLE quoted_term AS
SELECT c.group_census_id, c.census_version, c.account_id, q.quote_id AS contract_id, q.start_date, q.end_date, q.rating_area,
    lower(trim(q.industry_code)) AS industry,
    CASE WHEN q.census_rating_type = 'Summary Based'
        AND NOT EXISTS (FROM book.census_member AS m WHERE m.group_census_id = c.group_census_id) THEN CAST(coalesce(c.total_members,
            (SELECT sum(s.total_members) FROM book.census_summary AS s WHERE s.group_census_id = c.group_census_id)) AS INTEGER) END AS group_size,
    CAST(NULL AS INTEGER) AS eligible_employees,
    CAST(NULL AS DATE) AS effective_date, CAST($rating_date AS DATE) AS rates_on
FROM book.quote AS q
JOIN book.group_census AS c ON c.group_census_id = q.group_census_id
WHERE q.quote_id = $quote_id

-- name: make_quoted_plan
-- Root lines are the plans to be, coverage lines their coverages; lines between them only say for whom.
CREATE OR REPLACE TEMP TABLE quoted_plan AS
SELECT l.quote_line_id AS contract_plan_id, l.quote_id AS contract_id, r.product_code AS plan_code,
    CASE WHEN l.level = 'COVERAGE' THEN l.root_line_id END AS parent_plan_id, l.root_line_id AS root_plan_id, l.product_id,
    r.product_type AS plan_type, l.is_optional, 'Active' AS status, CAST(NULL AS DATE) AS effective_start_date,
    CAST(NULL AS DATE) AS effective_end_date, 'DAILY_TERM' AS proration_method, CAST(NULL AS VARCHAR) AS proration_end,
    CAST(NULL AS VARCHAR) AS proration_change, CAST(NULL AS VARCHAR) AS proration_newborn, CAST(NULL AS SMALLINT) AS wash_day,
    CAST(NULL AS INTEGER) AS priority, CAST(NULL AS VARCHAR) AS contribution_strategy, 'EFFECTIVE_DATE' AS rate_basis_date,
    CAST(NULL AS VARCHAR) AS enrollment_rating_type, CAST(NULL AS VARCHAR) AS pricing_structure, CAST(NULL AS VARCHAR) AS quote_line_id,
    r.product_category_id
FROM book.quote_line AS l
JOIN book.quote_line AS t ON t.quote_line_id = l.root_line_id
JOIN book.product AS r ON r.product_id = t.product_id
WHERE l.quote_id = $quote_id AND l.level IN ('ROOT', 'COVERAGE') AND l.root_line_id IN (SELECT unnest($root_ids))

-- name: make_quoted_class
-- A coverage is open to the class of its group summary; a blank class is the whole census.
CREATE OR REPLACE TEMP TABLE quoted_plan_class AS
WITH RECURSIVE above AS (
    SELECT quote_line_id AS coverage_id, parent_line_id, group_class_id FROM book.quote_line WHERE quote_id = $quote_id AND level = 'COVERAGE'
    UNION ALL
    SELECT a.coverage_id, l.parent_line_id, coalesce(a.group_class_id, l.group_class_id)
    FROM above AS a JOIN book.quote_line AS l ON l.quote_line_id = a.parent_line_id
)
SELECT DISTINCT coverage_id AS contract_plan_id, group_class_id FROM above WHERE parent_line_id IS NULL AND group_class_id IS NOT NULL

-- name: make_quoted_attribute
CREATE OR REPLACE TEMP TABLE quoted_plan_attribute AS
SELECT a.quote_line_id AS contract_plan_id, a.attribute_name, any_value(a.value) AS value
FROM book.quote_line_attribute AS a JOIN quoted_plan AS p ON p.contract_plan_id = a.quote_line_id
GROUP BY ALL

-- name: make_stand_in
-- A summary-based census may have counters and no members (GR-4). Then one employee of whom nothing is known stands for each
-- class, to carry the one premium of the class; a table that asks for an age or a sex has no rate for it (GB-RATE-011).
CREATE OR REPLACE TEMP TABLE quoted_stand_in AS
SELECT 'stand-in ' || coalesce(l.group_class_id, '') AS group_census_member_id, 'stand-in ' || coalesce(l.group_class_id, '') AS family_id,
    q.group_census_id, 'stand-in' AS name, 'Self' AS relationship, 'Self' AS association, l.group_class_id,
    false AS is_opt_out_all_plans, false AS is_disabled
FROM (SELECT DISTINCT quote_id, group_class_id FROM book.quote_line WHERE quote_id = $quote_id AND level = 'GROUP_SUMMARY') AS l
JOIN book.quote AS q USING (quote_id)
WHERE q.census_rating_type = 'Summary Based'
    AND NOT EXISTS (FROM book.census_member AS m WHERE m.group_census_id = q.group_census_id)

-- name: make_quoted_member
-- Dates of cover on the census are of what its members hold now; what is quoted is a term that begins for all on one day. Cover
-- that is continued (COBRA) ends when it is stated to, unless that is with the term before: as in a renewal, it goes on then.
CREATE OR REPLACE TEMP VIEW asked_member AS
SELECT * REPLACE (CAST(NULL AS DATE) AS policy_start_date,
    CASE WHEN continuation <> 'ACTIVE' AND policy_end_date <> (SELECT start_date - 1 FROM quoted_term) THEN policy_end_date END
        AS policy_end_date)
FROM book.census_member
UNION ALL BY NAME
FROM quoted_stand_in

-- name: make_quoted_selection
-- Nobody has chosen yet: whoever may have a coverage counts as having it, unless opted out (GR-14) or gone before the term
-- without cover that is continued (COBRA; of a dependent, with its primary's), or with it ended.
-- A dependent has the class and the opt-outs of its primary (CV-27, CV-31), and without pay none of what insures pay. Of what is sold
-- in amounts everybody has the one that the line assumes.
CREATE OR REPLACE TEMP TABLE quoted_selection AS
WITH of_pay AS (
    SELECT p.contract_plan_id FROM quoted_plan AS p
    JOIN ref.rate_table_plan AS x ON x.product_id = p.product_id AND x.contract_plan_id IS NULL
    JOIN ref.rate_table AS t ON t.rate_table_id = x.rate_table_id
    LEFT JOIN quoted_plan_attribute AS a ON a.contract_plan_id = p.contract_plan_id
    WHERE t.method IN ('covered_pay', 'percent_of_pay')
        OR (t.method IN ('weekly_benefit', 'monthly_benefit') AND a.attribute_name = 'BenefitPercent')
        OR (t.method IN ('volume', 'supplemental_life', 'worksite') AND a.attribute_name = 'BenefitMultiple')
),
assumed AS (
    SELECT contract_plan_id, CAST(round(TRY_CAST(value AS DECIMAL(24, 6)) * 100) AS BIGINT) AS cents
    FROM quoted_plan_attribute WHERE attribute_name = 'AssumedElectedAmount'
),
member AS (
    SELECT m.group_census_member_id, m.group_census_id, p.group_class_id,
        m.group_census_member_id = m.family_id OR m.annual_salary_cents IS NOT NULL AS may_have_pay,
        list_transform(string_split(lower(concat_ws(';', m.opt_out_plan_types, p.opt_out_plan_types)), ';'), lambda k: trim(k)) AS refused
    FROM asked_member AS m
    JOIN asked_member AS p ON p.group_census_member_id = m.family_id
    JOIN quoted_term AS t ON t.group_census_id = m.group_census_id
    WHERE NOT coalesce(m.is_opt_out_all_plans, false) AND NOT coalesce(p.is_opt_out_all_plans, false)
        AND (m.termination_date IS NULL OR m.termination_date >= t.start_date OR m.continuation <> 'ACTIVE'
            OR (p.continuation <> 'ACTIVE' AND m.termination_date = p.termination_date))
        AND (p.termination_date IS NULL OR p.termination_date >= t.start_date OR p.continuation <> 'ACTIVE')
        AND (m.policy_end_date IS NULL OR m.policy_end_date >= t.start_date)
        AND (p.policy_end_date IS NULL OR p.policy_end_date >= t.start_date)
)
SELECT m.group_census_member_id, m.group_census_id, a.contract_plan_id, u.cents AS elected_amount_cents,
    CAST(NULL AS VARCHAR) AS evidence_status, CAST(NULL AS BIGINT) AS approved_amount_cents, CAST(NULL AS DATE) AS approved_from,
    CAST(NULL AS BOOLEAN) AS is_late_entrant, CAST(NULL AS DATE) AS original_effective_date
FROM member AS m
JOIN quoted_plan AS a ON a.parent_plan_id IS NOT NULL
LEFT JOIN assumed AS u ON u.contract_plan_id = a.contract_plan_id
LEFT JOIN quoted_plan_class AS l ON l.contract_plan_id = a.contract_plan_id AND l.group_class_id = m.group_class_id
WHERE (l.contract_plan_id IS NOT NULL OR a.contract_plan_id NOT IN (SELECT contract_plan_id FROM quoted_plan_class))
    AND NOT list_contains(m.refused, lower(a.plan_type))
    AND (m.may_have_pay OR a.contract_plan_id NOT IN (SELECT contract_plan_id FROM of_pay))

-- name: terms_of_quote
FROM quoted_term

-- name: plans_of_quote
CREATE OR REPLACE TEMP VIEW asked_plan AS SELECT * FROM quoted_plan

-- name: classes_of_quote
CREATE OR REPLACE TEMP VIEW asked_plan_class AS SELECT * FROM quoted_plan_class

-- name: attributes_of_quote
CREATE OR REPLACE TEMP VIEW asked_plan_attribute AS SELECT * FROM quoted_plan_attribute
