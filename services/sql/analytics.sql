-- The views that analysts read: documented, joined, in dollars. Made when a book is made, in the order of this file.
--
-- What lives here: the schema `analytics`, its views, and the comments on views and columns (docs/data-dictionary.md
-- is written from them). What does not: tables (`schemas`), and anything that changes a row.
--
-- Every premium view reads `analytics.rated_coverage`, so that all totals agree by construction. Dollars are exact
-- decimals with two places and may be summed. A column that ends in `_monthly` is the premium of one full month, one in
-- `_term` that of the covered part of the contract term, as stored by the rating run.

-- name: schema
CREATE SCHEMA IF NOT EXISTS analytics

-- part: months_of_term
date_sub('month', term_start, term_end + 1) AS n_months,
CAST(term_start + to_months(CAST(n_months AS INTEGER)) AS DATE) AS rest_from, extract('day' FROM last_day(rest_from)) AS month_days,
n_months * month_days + (term_end + 1 - rest_from) AS months_in_days

-- name: rated_coverage
-- A month of a rate that is not stated by the month is the term's premium over its months (PR-5).
-- The employer's month is the month's premium times the employer's part of the term, half up; the employee has the rest.
CREATE OR REPLACE VIEW analytics.rated_coverage AS
WITH terms AS (
    SELECT *, {analytics.months_of_term}
    FROM out.run_census
),
priced AS (
    SELECT
        current_run.kind, coverage.*, rate_table.name AS rate_table_name, rate_table.method, rate_table.rate_period,
        run_census.term_start, run_census.term_end, run_census.census_version AS rated_version,
        CASE coalesce(rate_table.rate_period, 'MONTHLY')
            WHEN 'MONTHLY' THEN coverage.period_cents
            WHEN 'ANNUAL' THEN (2 * coverage.period_cents + 12) // 24
            ELSE (2 * coverage.standard_cents * run_census.month_days + run_census.months_in_days) // (2 * run_census.months_in_days)
        END AS monthly_cents
    FROM out.coverage_premium AS coverage
    JOIN out.current_run AS current_run USING (rating_run_id, group_census_id)
    JOIN terms AS run_census USING (rating_run_id, group_census_id)
    LEFT JOIN (
        SELECT rate_table_id, name, method, rate_period FROM ref.rate_table
        UNION ALL
        SELECT contract_plan_id, 'Tier prices of the contract', 'composite_tier',  -- those that a contract keeps stand under its plan
            CASE WHEN json_valid(pricing_structure) THEN json_extract_string(pricing_structure, '$.ratePeriod') END
        FROM book.contract_plan WHERE enrollment_rating_type = 'CompositeRate'
    ) AS rate_table USING (rate_table_id)
),
split AS (
    SELECT
        *,
        CASE WHEN prorated_cents = 0 THEN 0
            ELSE (2 * monthly_cents * employer_cents + prorated_cents) // (2 * prorated_cents)
        END AS monthly_employer_cents
    FROM priced
)
SELECT
    split.kind,
    account.account_number,
    account.name AS group_name,
    contract.contract_number,
    split.term_start,
    split.term_end,
    split.group_census_id,
    census.name AS census_name,
    member.family_id,
    split.group_census_member_id,
    member.source_system_identifier,
    member.name AS member_name,
    member.relationship,
    member.member_type,
    class.name AS class_name,
    member.birth_date,
    CAST(date_sub('year', member.birth_date, split.term_start) AS INTEGER) AS age,
    CASE
        WHEN member.birth_date IS NULL THEN 'unknown'
        WHEN date_sub('year', member.birth_date, split.term_start) < 18 THEN '00-17'
        WHEN date_sub('year', member.birth_date, split.term_start) < 25 THEN '18-24'
        WHEN date_sub('year', member.birth_date, split.term_start) >= 65 THEN '65+'
        ELSE format(
            '{}-{}',
            date_sub('year', member.birth_date, split.term_start) // 5 * 5,
            date_sub('year', member.birth_date, split.term_start) // 5 * 5 + 4
        )
    END AS age_band,
    member.gender,
    member.smoker_status,
    root.plan_type AS product_type,
    split.root_plan_id,
    root.plan_code,
    root.name AS plan_name,
    split.contract_plan_id,
    offered.plan_code AS coverage_code,
    offered.name AS coverage_name,
    product.product_code,
    product.product_type AS coverage_type,
    split.rate_table_name,
    split.method AS rating_method,
    split.rate_period,
    split.rate_date,
    split.age AS rated_age,
    split.tier,
    CAST(split.volume_cents * 0.01 AS DECIMAL(18, 2)) AS volume,
    CAST(split.pending_cents * 0.01 AS DECIMAL(18, 2)) AS volume_pending,
    split.unit_rate,
    rule.name AS contribution_rule,
    split.covered_from,
    split.covered_to,
    split.covered_days,
    split.term_days,
    CAST(split.monthly_cents * 0.01 AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(split.monthly_employer_cents * 0.01 AS DECIMAL(18, 2)) AS employer_monthly,
    CAST((split.monthly_cents - split.monthly_employer_cents) * 0.01 AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(split.standard_cents * 0.01 AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(split.prorated_cents * 0.01 AS DECIMAL(18, 2)) AS premium_term,
    CAST(split.employer_cents * 0.01 AS DECIMAL(18, 2)) AS employer_term,
    CAST(split.employee_cents * 0.01 AS DECIMAL(18, 2)) AS employee_term,
    coalesce(split.issue IN ('RULE_WITHOUT_VALUE', 'REFERENCE_UNRATED'), true) AS is_rated,
    split.issue,
    split.zero_reason,
    split.rated_version <> census.census_version AS is_stale,
    split.rating_run_id
FROM split
LEFT JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
LEFT JOIN book.contract_plan AS root ON root.contract_plan_id = split.root_plan_id
LEFT JOIN book.contract_plan AS offered ON offered.contract_plan_id = split.contract_plan_id
LEFT JOIN book.product AS product ON product.product_id = offered.product_id
LEFT JOIN book.contract AS contract ON contract.contract_id = root.contract_id
LEFT JOIN book.census_member AS member ON member.group_census_member_id = split.group_census_member_id
LEFT JOIN book.group_class AS class ON class.group_class_id = member.group_class_id
LEFT JOIN ref.contribution_rule AS rule ON rule.contribution_rule_id = split.contribution_rule_id

-- name: rated_coverage_comments
COMMENT ON VIEW analytics.rated_coverage IS 'One row per coverage and kind of run: the base of every premium view. Read premium_by_coverage unless you want renewals too.';
COMMENT ON COLUMN analytics.rated_coverage.kind IS 'current or renewal: which of the two runs of the census the row belongs to.';
COMMENT ON COLUMN analytics.rated_coverage.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.rated_coverage.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.rated_coverage.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.rated_coverage.term_start IS 'First day of the contract term that was rated.';
COMMENT ON COLUMN analytics.rated_coverage.term_end IS 'Last day of the contract term that was rated.';
COMMENT ON COLUMN analytics.rated_coverage.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.rated_coverage.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.rated_coverage.family_id IS 'Member id of the family''s primary; the same for the whole family.';
COMMENT ON COLUMN analytics.rated_coverage.group_census_member_id IS 'Id of the member.';
COMMENT ON COLUMN analytics.rated_coverage.source_system_identifier IS 'The member''s id in the file or source system.';
COMMENT ON COLUMN analytics.rated_coverage.member_name IS 'Full name of the member.';
COMMENT ON COLUMN analytics.rated_coverage.relationship IS 'Relationship to the primary: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other.';
COMMENT ON COLUMN analytics.rated_coverage.member_type IS 'Primary or Dependent.';
COMMENT ON COLUMN analytics.rated_coverage.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.rated_coverage.birth_date IS 'Date of birth.';
COMMENT ON COLUMN analytics.rated_coverage.age IS 'Completed years on the first day of the term; null without a birth date.';
COMMENT ON COLUMN analytics.rated_coverage.age_band IS 'Five-year band of that age (00-17, 18-24, 25-29 and so on to 60-64, 65+), or unknown.';
COMMENT ON COLUMN analytics.rated_coverage.gender IS 'Male, Female, Other or Unknown.';
COMMENT ON COLUMN analytics.rated_coverage.smoker_status IS 'Smoker or Non-Smoker; null is rated as Non-Smoker.';
COMMENT ON COLUMN analytics.rated_coverage.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.rated_coverage.root_plan_id IS 'Id of the plan held.';
COMMENT ON COLUMN analytics.rated_coverage.plan_code IS 'Code of the plan on its contract.';
COMMENT ON COLUMN analytics.rated_coverage.plan_name IS 'Name of the plan.';
COMMENT ON COLUMN analytics.rated_coverage.contract_plan_id IS 'Id of the coverage; the plan itself where it has no separate coverages.';
COMMENT ON COLUMN analytics.rated_coverage.coverage_code IS 'Code of the coverage on its contract.';
COMMENT ON COLUMN analytics.rated_coverage.coverage_name IS 'Name of the coverage.';
COMMENT ON COLUMN analytics.rated_coverage.product_code IS 'Code of the product behind the coverage.';
COMMENT ON COLUMN analytics.rated_coverage.coverage_type IS 'Line of the product behind the coverage.';
COMMENT ON COLUMN analytics.rated_coverage.rate_table_name IS 'Rate table that priced the coverage; null where none is filed.';
COMMENT ON COLUMN analytics.rated_coverage.rating_method IS 'Method of that table, such as age_banded.';
COMMENT ON COLUMN analytics.rated_coverage.rate_period IS 'Period its rates are stated for: MONTHLY, ANNUAL or TERM.';
COMMENT ON COLUMN analytics.rated_coverage.rate_date IS 'Day the rates were read at.';
COMMENT ON COLUMN analytics.rated_coverage.rated_age IS 'Age the rate was read at; null where the rate needs none.';
COMMENT ON COLUMN analytics.rated_coverage.tier IS 'Family tier the rate used: EE, ES, E1C, ECN or FAM; null where the rate needs none.';
COMMENT ON COLUMN analytics.rated_coverage.volume IS 'Dollars of insurance, weekly benefit or monthly covered pay that the rate multiplies; null where it multiplies none.';
COMMENT ON COLUMN analytics.rated_coverage.volume_pending IS 'Dollars of insurance that wait for evidence of insurability and are not priced yet; null where none do.';
COMMENT ON COLUMN analytics.rated_coverage.unit_rate IS 'Filed dollars per unit, factors not included; null where no rate was found.';
COMMENT ON COLUMN analytics.rated_coverage.contribution_rule IS 'Name of the contribution rule that split the premium; null: no rule, the employee pays all.';
COMMENT ON COLUMN analytics.rated_coverage.covered_from IS 'First covered day.';
COMMENT ON COLUMN analytics.rated_coverage.covered_to IS 'Last covered day.';
COMMENT ON COLUMN analytics.rated_coverage.covered_days IS 'Covered days of the term.';
COMMENT ON COLUMN analytics.rated_coverage.term_days IS 'Days of the term.';
COMMENT ON COLUMN analytics.rated_coverage.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.rated_coverage.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.rated_coverage.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.rated_coverage.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.rated_coverage.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.rated_coverage.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.rated_coverage.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.rated_coverage.is_rated IS 'True: the coverage has a premium. False: issue says why not.';
COMMENT ON COLUMN analytics.rated_coverage.issue IS 'Why there is no premium, or a warning; null is neither.';
COMMENT ON COLUMN analytics.rated_coverage.zero_reason IS 'Why a premium of zero is lawful; null otherwise.';
COMMENT ON COLUMN analytics.rated_coverage.is_stale IS 'True: the census has changed since it was rated; rate it once more.';
COMMENT ON COLUMN analytics.rated_coverage.rating_run_id IS 'Id of the run.'

-- name: premium_by_coverage
CREATE OR REPLACE VIEW analytics.premium_by_coverage AS
SELECT * EXCLUDE (kind) FROM analytics.rated_coverage WHERE kind = 'current'

-- name: premium_by_coverage_comments
COMMENT ON VIEW analytics.premium_by_coverage IS 'One row per coverage of each member in the current runs, with the names of everything and the figures behind its price.';
COMMENT ON COLUMN analytics.premium_by_coverage.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_coverage.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_coverage.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_coverage.term_start IS 'First day of the contract term that was rated.';
COMMENT ON COLUMN analytics.premium_by_coverage.term_end IS 'Last day of the contract term that was rated.';
COMMENT ON COLUMN analytics.premium_by_coverage.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_coverage.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.premium_by_coverage.family_id IS 'Member id of the family''s primary; the same for the whole family.';
COMMENT ON COLUMN analytics.premium_by_coverage.group_census_member_id IS 'Id of the member.';
COMMENT ON COLUMN analytics.premium_by_coverage.source_system_identifier IS 'The member''s id in the file or source system.';
COMMENT ON COLUMN analytics.premium_by_coverage.member_name IS 'Full name of the member.';
COMMENT ON COLUMN analytics.premium_by_coverage.relationship IS 'Relationship to the primary: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other.';
COMMENT ON COLUMN analytics.premium_by_coverage.member_type IS 'Primary or Dependent.';
COMMENT ON COLUMN analytics.premium_by_coverage.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.premium_by_coverage.birth_date IS 'Date of birth.';
COMMENT ON COLUMN analytics.premium_by_coverage.age IS 'Completed years on the first day of the term; null without a birth date.';
COMMENT ON COLUMN analytics.premium_by_coverage.age_band IS 'Five-year band of that age (00-17, 18-24, 25-29 and so on to 60-64, 65+), or unknown.';
COMMENT ON COLUMN analytics.premium_by_coverage.gender IS 'Male, Female, Other or Unknown.';
COMMENT ON COLUMN analytics.premium_by_coverage.smoker_status IS 'Smoker or Non-Smoker; null is rated as Non-Smoker.';
COMMENT ON COLUMN analytics.premium_by_coverage.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_coverage.root_plan_id IS 'Id of the plan held.';
COMMENT ON COLUMN analytics.premium_by_coverage.plan_code IS 'Code of the plan on its contract.';
COMMENT ON COLUMN analytics.premium_by_coverage.plan_name IS 'Name of the plan.';
COMMENT ON COLUMN analytics.premium_by_coverage.contract_plan_id IS 'Id of the coverage; the plan itself where it has no separate coverages.';
COMMENT ON COLUMN analytics.premium_by_coverage.coverage_code IS 'Code of the coverage on its contract.';
COMMENT ON COLUMN analytics.premium_by_coverage.coverage_name IS 'Name of the coverage.';
COMMENT ON COLUMN analytics.premium_by_coverage.product_code IS 'Code of the product behind the coverage.';
COMMENT ON COLUMN analytics.premium_by_coverage.coverage_type IS 'Line of the product behind the coverage.';
COMMENT ON COLUMN analytics.premium_by_coverage.rate_table_name IS 'Rate table that priced the coverage; null where none is filed.';
COMMENT ON COLUMN analytics.premium_by_coverage.rating_method IS 'Method of that table, such as age_banded.';
COMMENT ON COLUMN analytics.premium_by_coverage.rate_period IS 'Period its rates are stated for: MONTHLY, ANNUAL or TERM.';
COMMENT ON COLUMN analytics.premium_by_coverage.rate_date IS 'Day the rates were read at.';
COMMENT ON COLUMN analytics.premium_by_coverage.rated_age IS 'Age the rate was read at; null where the rate needs none.';
COMMENT ON COLUMN analytics.premium_by_coverage.tier IS 'Family tier the rate used: EE, ES, E1C, ECN or FAM; null where the rate needs none.';
COMMENT ON COLUMN analytics.premium_by_coverage.volume IS 'Dollars of insurance, weekly benefit or monthly covered pay that the rate multiplies; null where it multiplies none.';
COMMENT ON COLUMN analytics.premium_by_coverage.volume_pending IS 'Dollars of insurance that wait for evidence of insurability and are not priced yet; null where none do.';
COMMENT ON COLUMN analytics.premium_by_coverage.unit_rate IS 'Filed dollars per unit, factors not included; null where no rate was found.';
COMMENT ON COLUMN analytics.premium_by_coverage.contribution_rule IS 'Name of the contribution rule that split the premium; null: no rule, the employee pays all.';
COMMENT ON COLUMN analytics.premium_by_coverage.covered_from IS 'First covered day.';
COMMENT ON COLUMN analytics.premium_by_coverage.covered_to IS 'Last covered day.';
COMMENT ON COLUMN analytics.premium_by_coverage.covered_days IS 'Covered days of the term.';
COMMENT ON COLUMN analytics.premium_by_coverage.term_days IS 'Days of the term.';
COMMENT ON COLUMN analytics.premium_by_coverage.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_coverage.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_coverage.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_coverage.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_coverage.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_coverage.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_coverage.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_coverage.is_rated IS 'True: the coverage has a premium. False: issue says why not.';
COMMENT ON COLUMN analytics.premium_by_coverage.issue IS 'Why there is no premium, or a warning; null is neither.';
COMMENT ON COLUMN analytics.premium_by_coverage.zero_reason IS 'Why a premium of zero is lawful; null otherwise.';
COMMENT ON COLUMN analytics.premium_by_coverage.is_stale IS 'True: the census has changed since it was rated; rate it once more.';
COMMENT ON COLUMN analytics.premium_by_coverage.rating_run_id IS 'Id of the run.'

-- name: premium_by_group
CREATE OR REPLACE VIEW analytics.premium_by_group AS
SELECT
    account_number, group_name, contract_number, term_start, term_end, group_census_id, census_name,
    count(DISTINCT family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage
WHERE kind = 'current'
GROUP BY ALL

-- name: premium_by_group_comments
COMMENT ON VIEW analytics.premium_by_group IS 'Premium of each employer group (one row per contract and census), current runs.';
COMMENT ON COLUMN analytics.premium_by_group.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_group.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_group.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_group.term_start IS 'First day of the contract term that was rated.';
COMMENT ON COLUMN analytics.premium_by_group.term_end IS 'Last day of the contract term that was rated.';
COMMENT ON COLUMN analytics.premium_by_group.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_group.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.premium_by_group.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_group.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_group.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_group.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_group.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_group.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_group.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_group.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_group.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_group.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_group.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_group.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_line
CREATE OR REPLACE VIEW analytics.premium_by_line AS
SELECT
    account_number, group_name, contract_number, group_census_id, product_type,
    count(DISTINCT family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage
WHERE kind = 'current'
GROUP BY ALL

-- name: premium_by_line_comments
COMMENT ON VIEW analytics.premium_by_line IS 'Premium of each group by line of business, current runs. Sum over groups for the whole book.';
COMMENT ON COLUMN analytics.premium_by_line.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_line.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_line.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_line.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_line.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_line.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_line.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_line.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_line.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_line.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_line.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_line.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_line.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_line.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_line.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_line.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_line.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_plan
CREATE OR REPLACE VIEW analytics.premium_by_plan AS
SELECT
    account_number, group_name, contract_number, group_census_id, product_type, plan_code, plan_name,
    count(DISTINCT family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage
WHERE kind = 'current'
GROUP BY ALL

-- name: premium_by_plan_comments
COMMENT ON VIEW analytics.premium_by_plan IS 'Premium of each plan of each group, current runs.';
COMMENT ON COLUMN analytics.premium_by_plan.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_plan.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_plan.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_plan.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_plan.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_plan.plan_code IS 'Code of the plan on its contract.';
COMMENT ON COLUMN analytics.premium_by_plan.plan_name IS 'Name of the plan.';
COMMENT ON COLUMN analytics.premium_by_plan.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_plan.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_plan.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_plan.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_plan.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_plan.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_plan.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_plan.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_plan.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_plan.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_plan.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_plan.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_class
CREATE OR REPLACE VIEW analytics.premium_by_class AS
SELECT
    account_number, group_name, contract_number, group_census_id, class_name, product_type,
    count(DISTINCT family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage
WHERE kind = 'current'
GROUP BY ALL

-- name: premium_by_class_comments
COMMENT ON VIEW analytics.premium_by_class IS 'Premium of each class of each group by line, current runs.';
COMMENT ON COLUMN analytics.premium_by_class.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_class.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_class.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_class.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_class.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.premium_by_class.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_class.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_class.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_class.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_class.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_class.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_class.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_class.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_class.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_class.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_class.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_class.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_class.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_age_band
CREATE OR REPLACE VIEW analytics.premium_by_age_band AS
SELECT
    account_number, group_name, contract_number, group_census_id, product_type, age_band,
    count(DISTINCT family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage
WHERE kind = 'current'
GROUP BY ALL

-- name: premium_by_age_band_comments
COMMENT ON VIEW analytics.premium_by_age_band IS 'Premium by age band, group and line, current runs. To count members over all lines, group premium_by_member instead.';
COMMENT ON COLUMN analytics.premium_by_age_band.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_age_band.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_age_band.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_age_band.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_age_band.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_age_band.age_band IS 'Five-year band of that age (00-17, 18-24, 25-29 and so on to 60-64, 65+), or unknown.';
COMMENT ON COLUMN analytics.premium_by_age_band.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_age_band.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_age_band.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_age_band.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_age_band.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_age_band.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_age_band.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_age_band.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_age_band.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_age_band.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_age_band.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_age_band.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_tier
-- The tier a rate used where it used one; else counted from the persons that hold the plan, as the core counts it.
CREATE OR REPLACE VIEW analytics.premium_by_tier AS
WITH held AS (
    SELECT
        family_id, root_plan_id,
        max(tier) AS rated_tier,
        bool_or(relationship IN ('Spouse', 'Domestic Partner')) AS has_spouse,
        count(DISTINCT group_census_member_id)
            FILTER (relationship NOT IN ('Self', 'Spouse', 'Domestic Partner')) AS n_others
    FROM analytics.rated_coverage
    WHERE kind = 'current'
    GROUP BY family_id, root_plan_id
),
families AS (
    SELECT
        family_id, root_plan_id,
        CASE
            WHEN rated_tier IS NOT NULL THEN rated_tier
            WHEN has_spouse THEN if(n_others > 0, 'FAM', 'ES')
            ELSE CASE n_others WHEN 0 THEN 'EE' WHEN 1 THEN 'E1C' ELSE 'ECN' END
        END AS tier
    FROM held
)
SELECT
    coverage.account_number, coverage.group_name, coverage.contract_number, coverage.group_census_id,
    coverage.product_type, coverage.plan_code, coverage.plan_name, families.tier,
    count(DISTINCT coverage.family_id) AS n_families,
    count(DISTINCT group_census_member_id) AS n_members,
    count(*) AS n_coverages,
    count(*) FILTER (NOT is_rated) AS n_unrated,
    CAST(sum(premium_monthly) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(sum(employer_monthly) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(sum(employee_monthly) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(sum(premium_full_term) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(sum(premium_term) AS DECIMAL(18, 2)) AS premium_term,
    CAST(sum(employer_term) AS DECIMAL(18, 2)) AS employer_term,
    CAST(sum(employee_term) AS DECIMAL(18, 2)) AS employee_term,
    CAST(round(100 * sum(employer_term) / nullif(sum(premium_term), 0), 2) AS DECIMAL(9, 2)) AS employer_percent
FROM analytics.rated_coverage AS coverage
LEFT JOIN families USING (family_id, root_plan_id)
WHERE coverage.kind = 'current'
GROUP BY ALL

-- name: premium_by_tier_comments
COMMENT ON VIEW analytics.premium_by_tier IS 'Premium by family tier of each plan of each group, current runs.';
COMMENT ON COLUMN analytics.premium_by_tier.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_tier.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_tier.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_tier.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_tier.product_type IS 'Line of the plan: Medical, Dental, Vision, Life and so on.';
COMMENT ON COLUMN analytics.premium_by_tier.plan_code IS 'Code of the plan on its contract.';
COMMENT ON COLUMN analytics.premium_by_tier.plan_name IS 'Name of the plan.';
COMMENT ON COLUMN analytics.premium_by_tier.tier IS 'Family tier: the one the rate used, else counted from who of the family holds the plan (EE, ES, E1C, ECN, FAM).';
COMMENT ON COLUMN analytics.premium_by_tier.n_families IS 'Families with at least one coverage here.';
COMMENT ON COLUMN analytics.premium_by_tier.n_members IS 'Members with at least one coverage here. A member counts once per row, so do not add rows of different plans or lines.';
COMMENT ON COLUMN analytics.premium_by_tier.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_tier.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_tier.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_tier.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_tier.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_tier.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_tier.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_tier.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_tier.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_tier.employer_percent IS 'Employer''s part of premium_term in percent; null where there is no premium.'

-- name: premium_by_member
CREATE OR REPLACE VIEW analytics.premium_by_member AS
WITH priced AS (
    SELECT
        group_census_member_id,
        any_value(rating_run_id) AS rating_run_id,
        any_value(age) AS age,
        any_value(age_band) AS age_band,
        string_agg(DISTINCT plan_name, '; ' ORDER BY plan_name) AS plans,
        count(DISTINCT root_plan_id) AS n_plans,
        count(*) AS n_coverages,
        count(*) FILTER (NOT is_rated) AS n_unrated,
        sum(premium_monthly) AS premium_monthly,
        sum(employer_monthly) AS employer_monthly,
        sum(employee_monthly) AS employee_monthly,
        sum(premium_full_term) AS premium_full_term,
        sum(premium_term) AS premium_term,
        sum(employer_term) AS employer_term,
        sum(employee_term) AS employee_term
    FROM analytics.rated_coverage
    WHERE kind = 'current'
    GROUP BY group_census_member_id
)
SELECT
    account.account_number,
    account.name AS group_name,
    contract.contract_number,
    member.group_census_id,
    census.name AS census_name,
    member.family_id,
    member.group_census_member_id,
    member.source_system_identifier,
    member.name AS member_name,
    primary_member.name AS primary_name,
    member.relationship,
    class.name AS class_name,
    priced.age,
    priced.age_band,
    member.gender,
    member.smoker_status,
    priced.plans,
    coalesce(priced.n_plans, 0) AS n_plans,
    coalesce(priced.n_coverages, 0) AS n_coverages,
    coalesce(priced.n_unrated, 0) AS n_unrated,
    CAST(coalesce(priced.premium_monthly, 0) AS DECIMAL(18, 2)) AS premium_monthly,
    CAST(coalesce(priced.employer_monthly, 0) AS DECIMAL(18, 2)) AS employer_monthly,
    CAST(coalesce(priced.employee_monthly, 0) AS DECIMAL(18, 2)) AS employee_monthly,
    CAST(coalesce(priced.premium_full_term, 0) AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(coalesce(priced.premium_term, 0) AS DECIMAL(18, 2)) AS premium_term,
    CAST(coalesce(priced.employer_term, 0) AS DECIMAL(18, 2)) AS employer_term,
    CAST(coalesce(priced.employee_term, 0) AS DECIMAL(18, 2)) AS employee_term,
    priced.rating_run_id
FROM book.census_member AS member
JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
LEFT JOIN book.contract AS contract ON contract.contract_id = census.contract_id
LEFT JOIN book.group_class AS class ON class.group_class_id = member.group_class_id
LEFT JOIN book.census_member AS primary_member ON primary_member.group_census_member_id = member.family_id
LEFT JOIN priced ON priced.group_census_member_id = member.group_census_member_id

-- name: premium_by_member_comments
COMMENT ON VIEW analytics.premium_by_member IS 'The census with money: every member of every census, with plans and dollars of the current run.';
COMMENT ON COLUMN analytics.premium_by_member.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.premium_by_member.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.premium_by_member.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.premium_by_member.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.premium_by_member.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.premium_by_member.family_id IS 'Member id of the family''s primary; the same for the whole family.';
COMMENT ON COLUMN analytics.premium_by_member.group_census_member_id IS 'Id of the member.';
COMMENT ON COLUMN analytics.premium_by_member.source_system_identifier IS 'The member''s id in the file or source system.';
COMMENT ON COLUMN analytics.premium_by_member.member_name IS 'Full name of the member.';
COMMENT ON COLUMN analytics.premium_by_member.primary_name IS 'Full name of the family''s primary; on a primary the own name.';
COMMENT ON COLUMN analytics.premium_by_member.relationship IS 'Relationship to the primary: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other.';
COMMENT ON COLUMN analytics.premium_by_member.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.premium_by_member.age IS 'Completed years on the first day of the term; null without a birth date.';
COMMENT ON COLUMN analytics.premium_by_member.age_band IS 'Five-year band of that age (00-17, 18-24, 25-29 and so on to 60-64, 65+), or unknown.';
COMMENT ON COLUMN analytics.premium_by_member.gender IS 'Male, Female, Other or Unknown.';
COMMENT ON COLUMN analytics.premium_by_member.smoker_status IS 'Smoker or Non-Smoker; null is rated as Non-Smoker.';
COMMENT ON COLUMN analytics.premium_by_member.plans IS 'Names of the plans rated, joined by semicolons; null is none.';
COMMENT ON COLUMN analytics.premium_by_member.n_plans IS 'Plans held that were rated.';
COMMENT ON COLUMN analytics.premium_by_member.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.premium_by_member.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.premium_by_member.premium_monthly IS 'Dollars of premium for one full month.';
COMMENT ON COLUMN analytics.premium_by_member.employer_monthly IS 'Employer''s part of that month: the month''s premium times the employer''s part of the term, to the nearest cent per coverage.';
COMMENT ON COLUMN analytics.premium_by_member.employee_monthly IS 'Employee''s part of that month: premium less the employer''s part.';
COMMENT ON COLUMN analytics.premium_by_member.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.premium_by_member.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_member.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.premium_by_member.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.premium_by_member.rating_run_id IS 'Id of the run; null: the member holds no rated plan.'

-- name: census_roster
CREATE OR REPLACE VIEW analytics.census_roster AS
WITH chosen AS (
    SELECT
        selection.group_census_member_id,
        string_agg(offered.name, '; ' ORDER BY offered.plan_type, offered.name) AS plans
    FROM book.member_plan AS selection
    JOIN book.contract_plan AS offered USING (contract_plan_id)
    GROUP BY selection.group_census_member_id
)
SELECT
    account.account_number,
    account.name AS group_name,
    contract.contract_number,
    member.group_census_id,
    census.name AS census_name,
    member.family_id,
    member.group_census_member_id,
    member.source_system_identifier,
    member.name AS member_name,
    member.first_name,
    member.last_name,
    primary_member.name AS primary_name,
    member.relationship,
    member.member_type,
    member.dependent_count,
    class.name AS class_name,
    member.birth_date,
    member.gender,
    member.smoker_status,
    member.street,
    member.city,
    member.state,
    member.postal_code,
    member.email,
    member.phone_number,
    CAST(member.annual_salary_cents * 0.01 AS DECIMAL(18, 2)) AS annual_salary,
    member.full_time_equivalent,
    member.join_date,
    member.termination_date,
    member.policy_start_date,
    member.policy_end_date,
    chosen.plans,
    member.is_opt_out_all_plans,
    member.opt_out_plan_types,
    member.status,
    file.file_name,
    member.line_number,
    member.modified_at
FROM book.census_member AS member
JOIN book.group_census AS census USING (group_census_id)
LEFT JOIN book.account AS account ON account.account_id = census.account_id
LEFT JOIN book.contract AS contract ON contract.contract_id = census.contract_id
LEFT JOIN book.group_class AS class ON class.group_class_id = member.group_class_id
LEFT JOIN book.census_member AS primary_member ON primary_member.group_census_member_id = member.family_id
LEFT JOIN raw.census_file AS file ON file.census_file_id = member.census_file_id
LEFT JOIN chosen ON chosen.group_census_member_id = member.group_census_member_id

-- name: census_roster_comments
COMMENT ON VIEW analytics.census_roster IS 'Every accepted member of every census with the facts held, the plans chosen and the line of the file.';
COMMENT ON COLUMN analytics.census_roster.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.census_roster.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.census_roster.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.census_roster.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.census_roster.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.census_roster.family_id IS 'Member id of the family''s primary; the same for the whole family.';
COMMENT ON COLUMN analytics.census_roster.group_census_member_id IS 'Id of the member.';
COMMENT ON COLUMN analytics.census_roster.source_system_identifier IS 'The member''s id in the file or source system.';
COMMENT ON COLUMN analytics.census_roster.member_name IS 'Full name of the member.';
COMMENT ON COLUMN analytics.census_roster.first_name IS 'First name.';
COMMENT ON COLUMN analytics.census_roster.last_name IS 'Last name.';
COMMENT ON COLUMN analytics.census_roster.primary_name IS 'Full name of the family''s primary; on a primary the own name.';
COMMENT ON COLUMN analytics.census_roster.relationship IS 'Relationship to the primary: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other.';
COMMENT ON COLUMN analytics.census_roster.member_type IS 'Primary or Dependent.';
COMMENT ON COLUMN analytics.census_roster.dependent_count IS 'Children, parents and parents-in-law of a primary.';
COMMENT ON COLUMN analytics.census_roster.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.census_roster.birth_date IS 'Date of birth.';
COMMENT ON COLUMN analytics.census_roster.gender IS 'Male, Female, Other or Unknown.';
COMMENT ON COLUMN analytics.census_roster.smoker_status IS 'Smoker or Non-Smoker; null is rated as Non-Smoker.';
COMMENT ON COLUMN analytics.census_roster.street IS 'Street of the home address.';
COMMENT ON COLUMN analytics.census_roster.city IS 'City of the home address.';
COMMENT ON COLUMN analytics.census_roster.state IS 'State of the home address.';
COMMENT ON COLUMN analytics.census_roster.postal_code IS 'ZIP code, leading zeros kept.';
COMMENT ON COLUMN analytics.census_roster.email IS 'E-mail address.';
COMMENT ON COLUMN analytics.census_roster.phone_number IS 'Telephone number.';
COMMENT ON COLUMN analytics.census_roster.annual_salary IS 'Annual eligible salary in dollars.';
COMMENT ON COLUMN analytics.census_roster.full_time_equivalent IS '1.0 is full time.';
COMMENT ON COLUMN analytics.census_roster.join_date IS 'Date of hire.';
COMMENT ON COLUMN analytics.census_roster.termination_date IS 'Last day of employment.';
COMMENT ON COLUMN analytics.census_roster.policy_start_date IS 'First day of cover.';
COMMENT ON COLUMN analytics.census_roster.policy_end_date IS 'Last day of cover, where it ends before the contract.';
COMMENT ON COLUMN analytics.census_roster.plans IS 'Names of the plans and coverages chosen, joined by semicolons; null is none.';
COMMENT ON COLUMN analytics.census_roster.is_opt_out_all_plans IS 'The member refuses every plan.';
COMMENT ON COLUMN analytics.census_roster.opt_out_plan_types IS 'Lines refused, joined by semicolons.';
COMMENT ON COLUMN analytics.census_roster.status IS 'Completed, Incompleted or Not Determined.';
COMMENT ON COLUMN analytics.census_roster.file_name IS 'File that last stated the member; null when a service did.';
COMMENT ON COLUMN analytics.census_roster.line_number IS 'Line of the file that last stated the member.';
COMMENT ON COLUMN analytics.census_roster.modified_at IS 'When the member last changed (UTC).'

-- name: policies_on
-- Policies as they stand on a day: analytics.policies_on(DATE '2027-01-01'). Only that a policy is cancelled is stored; whether it
-- is pending, in force or expired hangs on the day. What is due is of the billing period that the day lies in, else of the next.
CREATE OR REPLACE MACRO analytics.policies_on(as_of) AS TABLE
WITH standing AS (
    SELECT policy.policy_id, CASE WHEN policy.status = 'Canceled' THEN 'Canceled' WHEN policy.effective_date > as_of THEN 'Pending'
            WHEN policy.expiration_date < as_of THEN 'Expired' ELSE 'In Force' END AS status
    FROM book.insurance_policy AS policy
),
due AS (
    SELECT payment.policy_id, arg_min(payment.amount_cents, payment.period_start) AS cents
    FROM book.policy_payment AS payment WHERE payment.status = 'Valid' AND payment.period_end >= as_of GROUP BY payment.policy_id
),
covered AS (
    SELECT participant.policy_id, count(*) FILTER (participant.effective_date <= as_of AND participant.expiration_date >= as_of) AS n
    FROM book.policy_participant AS participant GROUP BY participant.policy_id
)
SELECT
    account.account_number,
    account.name AS group_name,
    contract.contract_number,
    policy.policy_number,
    policy.policy_name AS plan_name,
    policy.plan_type,
    policy.plan_tier,
    policy.group_census_id,
    policy.group_census_member_id,
    member.name AS holder_name,
    policy.effective_date AS first_day,
    policy.expiration_date AS last_day,
    standing.status,
    standing.status IN ('In Force', 'Pending') AS is_active,
    policy.cancellation_date,
    policy.cancellation_reason,
    CAST(coalesce(covered.n, 0) AS INTEGER) AS n_covered,
    CAST(policy.standard_cents * 0.01 AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(policy.term_cents * 0.01 AS DECIMAL(18, 2)) AS premium_term,
    CAST(policy.employer_cents * 0.01 AS DECIMAL(18, 2)) AS employer_term,
    CAST(policy.employee_cents * 0.01 AS DECIMAL(18, 2)) AS employee_term,
    policy.premium_frequency,
    CASE WHEN is_active THEN CAST(due.cents * 0.01 AS DECIMAL(18, 2)) END AS premium_period,
    policy.policy_id
FROM book.insurance_policy AS policy
JOIN standing ON standing.policy_id = policy.policy_id
LEFT JOIN covered ON covered.policy_id = policy.policy_id
LEFT JOIN due ON due.policy_id = policy.policy_id
LEFT JOIN book.account AS account ON account.account_id = policy.account_id
LEFT JOIN book.contract AS contract ON contract.contract_id = policy.contract_id
LEFT JOIN book.census_member AS member ON member.group_census_member_id = policy.group_census_member_id

-- name: policy
-- Today is that of the clock where the view is read, in UTC as all days of this program are.
CREATE OR REPLACE VIEW analytics.policy AS
FROM analytics.policies_on(CAST(now() AT TIME ZONE 'UTC' AS DATE))

-- name: policy_comments
COMMENT ON VIEW analytics.policy IS 'Every policy as it stands today; analytics.policies_on(DATE ''2027-01-01'') gives the same rows as of another day.';
COMMENT ON COLUMN analytics.policy.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.policy.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.policy.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.policy.policy_number IS 'Number of the policy.';
COMMENT ON COLUMN analytics.policy.plan_name IS 'Name of the plan.';
COMMENT ON COLUMN analytics.policy.plan_type IS 'Line of the plan, such as Medical.';
COMMENT ON COLUMN analytics.policy.plan_tier IS 'Tier of the family in the plan, such as Employee & Spouse.';
COMMENT ON COLUMN analytics.policy.group_census_id IS 'Id of the census the family was enrolled from.';
COMMENT ON COLUMN analytics.policy.group_census_member_id IS 'Id of the family''s primary.';
COMMENT ON COLUMN analytics.policy.holder_name IS 'Full name of the primary; null once the person was removed.';
COMMENT ON COLUMN analytics.policy.first_day IS 'First day of cover.';
COMMENT ON COLUMN analytics.policy.last_day IS 'Last day of cover; of a policy cancelled, the day before it was cancelled from.';
COMMENT ON COLUMN analytics.policy.status IS 'In Force, Pending (begins later), Expired or Canceled, as of the day asked for.';
COMMENT ON COLUMN analytics.policy.is_active IS 'In force or pending.';
COMMENT ON COLUMN analytics.policy.cancellation_date IS 'First day that is not covered any more; null unless cancelled.';
COMMENT ON COLUMN analytics.policy.cancellation_reason IS 'Reason given.';
COMMENT ON COLUMN analytics.policy.n_covered IS 'Participants covered on the day, the primary included.';
COMMENT ON COLUMN analytics.policy.premium_full_term IS 'Dollars of premium if the whole contract term were covered.';
COMMENT ON COLUMN analytics.policy.premium_term IS 'Dollars of premium for the days covered.';
COMMENT ON COLUMN analytics.policy.employer_term IS 'Employer''s part of premium_term.';
COMMENT ON COLUMN analytics.policy.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.policy.premium_frequency IS 'How often premium is due; null is monthly.';
COMMENT ON COLUMN analytics.policy.premium_period IS 'Dollars due for the billing period of the day, else for the next; null unless active.';
COMMENT ON COLUMN analytics.policy.policy_id IS 'Id of the policy.'

-- name: issue
CREATE OR REPLACE VIEW analytics.issue AS
SELECT
    'census' AS source, account.account_number, account.name AS group_name, issue.group_census_id, census.name AS census_name,
    file.file_name, issue.line_number, person.group_census_member_id,
    CAST(NULL AS VARCHAR) AS plan_name, CAST(NULL AS VARCHAR) AS coverage_name,
    issue.severity, issue.scope, issue.code, issue.published_code, issue.column_name, issue.raw_value,
    issue.message, issue.hint, file.landed_at AS found_at
FROM book.census_issue AS issue
SEMI JOIN (
    SELECT census_file_id FROM book.census_load WHERE undone_at IS NULL
    QUALIFY loaded_at = max(loaded_at) OVER (PARTITION BY group_census_id)
) AS last_load USING (census_file_id)
LEFT JOIN raw.census_file AS file USING (census_file_id)
LEFT JOIN raw.census_person AS person USING (census_file_id, line_number, person_no)
LEFT JOIN book.group_census AS census ON census.group_census_id = issue.group_census_id
LEFT JOIN book.account AS account ON account.account_id = census.account_id
UNION ALL BY NAME
SELECT
    if(current_run.kind = 'renewal', 'renewal', 'rating') AS source, account.account_number, account.name AS group_name, issue.group_census_id, census.name AS census_name,
    file.file_name, member.line_number, issue.group_census_member_id,
    root.name AS plan_name, offered.name AS coverage_name,
    issue.severity, 'coverage' AS scope, issue.code, issue.published_code,
    issue.message, issue.hint, run.rated_at AS found_at
FROM out.rating_issue AS issue
JOIN out.current_run AS current_run
    ON current_run.rating_run_id = issue.rating_run_id AND current_run.group_census_id = issue.group_census_id
JOIN out.rating_run AS run ON run.rating_run_id = issue.rating_run_id
LEFT JOIN book.census_member AS member ON member.group_census_member_id = issue.group_census_member_id
LEFT JOIN raw.census_file AS file ON file.census_file_id = member.census_file_id
LEFT JOIN book.contract_plan AS root ON root.contract_plan_id = issue.root_plan_id
LEFT JOIN book.contract_plan AS offered ON offered.contract_plan_id = issue.contract_plan_id
LEFT JOIN book.group_census AS census ON census.group_census_id = issue.group_census_id
LEFT JOIN book.account AS account ON account.account_id = census.account_id
UNION ALL BY NAME
SELECT
    'shelf' AS source, issue.sheet AS file_name, issue.row_number AS line_number,
    issue.severity, 'row' AS scope, issue.code, issue.column_name, issue.raw_value,
    issue.message, issue.hint, load.loaded_at AS found_at
FROM ref.shelf_issue AS issue
JOIN ref.shelf_load AS load USING (shelf_load_id)
WHERE load.loaded_at = (SELECT max(loaded_at) FROM ref.shelf_load)

-- name: issue_comments
COMMENT ON VIEW analytics.issue IS 'What was wrong, in one list: lines of the files last loaded, coverages of current and renewal runs, rows of the last shelf load.';
COMMENT ON COLUMN analytics.issue.source IS 'census: a line of a census file. rating: a coverage of the current run. renewal: one of the renewal run. shelf: a row of a shelf sheet.';
COMMENT ON COLUMN analytics.issue.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.issue.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.issue.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.issue.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.issue.file_name IS 'Census file, or sheet of the shelf.';
COMMENT ON COLUMN analytics.issue.line_number IS 'Physical line of the file, or row of the sheet; null for the whole file.';
COMMENT ON COLUMN analytics.issue.group_census_member_id IS 'Member concerned; null where the person was refused.';
COMMENT ON COLUMN analytics.issue.plan_name IS 'Plan of the coverage that was rated.';
COMMENT ON COLUMN analytics.issue.coverage_name IS 'Coverage that was rated.';
COMMENT ON COLUMN analytics.issue.severity IS 'error: the row was refused, or the coverage has no premium. warning: only told.';
COMMENT ON COLUMN analytics.issue.scope IS 'What the issue is about: file, row, plan or coverage.';
COMMENT ON COLUMN analytics.issue.code IS 'Stable code of the rule.';
COMMENT ON COLUMN analytics.issue.published_code IS 'Code of the published services for the same fault.';
COMMENT ON COLUMN analytics.issue.column_name IS 'Heading of the cell, or the field where no cell is to blame.';
COMMENT ON COLUMN analytics.issue.raw_value IS 'The cell as it stood; masked for social security numbers.';
COMMENT ON COLUMN analytics.issue.message IS 'What is wrong.';
COMMENT ON COLUMN analytics.issue.hint IS 'What to do about it.';
COMMENT ON COLUMN analytics.issue.found_at IS 'When the file was landed, the run was made or the sheets were loaded (UTC).'

-- name: load
CREATE OR REPLACE VIEW analytics.load AS
SELECT
    load.census_load_id, load.loaded_at, load.undone_at, load.cohort,
    account.account_number, account.name AS group_name, load.group_census_id, census.name AS census_name,
    file.file_name, file.layout, file.encoding, load.mode,
    load.n_rows, load.n_persons, load.n_accepted, load.n_refused, load.n_skipped,
    load.n_created, load.n_changed, load.n_unchanged, load.n_missing, load.n_removed,
    load.n_selections_added, load.n_selections_removed,
    row_number() OVER (PARTITION BY load.group_census_id ORDER BY load.loaded_at DESC, load.census_load_id DESC) = 1 AS is_last
FROM book.census_load AS load
LEFT JOIN raw.census_file AS file USING (census_file_id)
LEFT JOIN book.group_census AS census ON census.group_census_id = load.group_census_id
LEFT JOIN book.account AS account ON account.account_id = census.account_id

-- name: load_comments
COMMENT ON VIEW analytics.load IS 'Every load of a census file, newest known by is_last: what was accepted, refused, changed.';
COMMENT ON COLUMN analytics.load.census_load_id IS 'Id of the load.';
COMMENT ON COLUMN analytics.load.loaded_at IS 'When the load was made (UTC).';
COMMENT ON COLUMN analytics.load.undone_at IS 'When the load was undone (UTC); null while it stands.';
COMMENT ON COLUMN analytics.load.cohort IS 'Cohort the load or run was part of.';
COMMENT ON COLUMN analytics.load.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.load.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.load.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.load.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.load.file_name IS 'File the row was read from.';
COMMENT ON COLUMN analytics.load.layout IS 'Layout recognised in the file.';
COMMENT ON COLUMN analytics.load.encoding IS 'Text encoding found.';
COMMENT ON COLUMN analytics.load.mode IS 'merge or replace.';
COMMENT ON COLUMN analytics.load.n_rows IS 'Lines of the file after the heading.';
COMMENT ON COLUMN analytics.load.n_persons IS 'Persons and skipped lines: accepted + refused + skipped.';
COMMENT ON COLUMN analytics.load.n_accepted IS 'Persons accepted.';
COMMENT ON COLUMN analytics.load.n_refused IS 'Persons refused.';
COMMENT ON COLUMN analytics.load.n_skipped IS 'Lines that add no person: blank rows, totals, titles, and further lines of a person named before.';
COMMENT ON COLUMN analytics.load.n_created IS 'Members made.';
COMMENT ON COLUMN analytics.load.n_changed IS 'Members changed.';
COMMENT ON COLUMN analytics.load.n_unchanged IS 'Members found just as stated.';
COMMENT ON COLUMN analytics.load.n_missing IS 'Members of the census that the file does not hold.';
COMMENT ON COLUMN analytics.load.n_removed IS 'Members removed, in mode replace.';
COMMENT ON COLUMN analytics.load.n_selections_added IS 'Selections made.';
COMMENT ON COLUMN analytics.load.n_selections_removed IS 'Selections removed.';
COMMENT ON COLUMN analytics.load.is_last IS 'True on the last load of each census.'

-- name: run
CREATE OR REPLACE VIEW analytics.run AS
WITH pointed AS (
    SELECT rating_run_id, count(*) AS n_current FROM out.current_run GROUP BY rating_run_id
),
stale AS (
    SELECT run_census.rating_run_id, count(*) AS n_stale
    FROM out.run_census AS run_census
    JOIN book.group_census AS census USING (group_census_id)
    WHERE census.census_version <> run_census.census_version
    GROUP BY run_census.rating_run_id
)
SELECT
    run.rating_run_id, run.rated_at, run.cohort, run.kind, run.rating_date,
    coalesce(pointed.n_current, 0) AS n_current,
    coalesce(stale.n_stale, 0) AS n_stale,
    run.n_censuses, run.n_members, run.n_coverages, run.n_unrated,
    CAST(run.standard_cents * 0.01 AS DECIMAL(18, 2)) AS premium_full_term,
    CAST(run.prorated_cents * 0.01 AS DECIMAL(18, 2)) AS premium_term,
    CAST(run.employer_cents * 0.01 AS DECIMAL(18, 2)) AS employer_term,
    CAST(run.employee_cents * 0.01 AS DECIMAL(18, 2)) AS employee_term,
    run.core_version, run.census_hash, run.rates_hash, run.rules_hash, run.settings_hash, run.code_version,
    coalesce(run.is_reproducible, FALSE) AS is_reproducible, run.inputs_gone
FROM out.rating_run AS run
LEFT JOIN pointed USING (rating_run_id)
LEFT JOIN stale USING (rating_run_id)

-- name: run_comments
COMMENT ON VIEW analytics.run IS 'Every rating run with its totals, and how many censuses read from it now.';
COMMENT ON COLUMN analytics.run.rating_run_id IS 'Id of the run.';
COMMENT ON COLUMN analytics.run.rated_at IS 'When the run was made (UTC).';
COMMENT ON COLUMN analytics.run.cohort IS 'Cohort the load or run was part of.';
COMMENT ON COLUMN analytics.run.kind IS 'current or renewal.';
COMMENT ON COLUMN analytics.run.rating_date IS 'Rating date asked for; null is each contract''s own start.';
COMMENT ON COLUMN analytics.run.n_current IS 'Censuses whose results are read from this run; 0: later runs took its place.';
COMMENT ON COLUMN analytics.run.n_stale IS 'Censuses that have changed since this run.';
COMMENT ON COLUMN analytics.run.n_censuses IS 'Censuses rated.';
COMMENT ON COLUMN analytics.run.n_members IS 'Members with at least one coverage.';
COMMENT ON COLUMN analytics.run.n_coverages IS 'Coverages, priced or explained by an issue.';
COMMENT ON COLUMN analytics.run.n_unrated IS 'Coverages without a premium; the dollars leave them out. See analytics.issue.';
COMMENT ON COLUMN analytics.run.premium_full_term IS 'Dollars of premium for full terms.';
COMMENT ON COLUMN analytics.run.premium_term IS 'Dollars of premium for the covered part of the term, as the run stored it.';
COMMENT ON COLUMN analytics.run.employer_term IS 'Employer''s part of premium_term, as the run stored it.';
COMMENT ON COLUMN analytics.run.employee_term IS 'Employee''s part of premium_term: the two add up exactly.';
COMMENT ON COLUMN analytics.run.core_version IS 'Version of the rating core.';
COMMENT ON COLUMN analytics.run.census_hash IS 'SHA-256 over the members and selections rated.';
COMMENT ON COLUMN analytics.run.rates_hash IS 'SHA-256 over the rates used.';
COMMENT ON COLUMN analytics.run.rules_hash IS 'SHA-256 over the contribution rules used.';
COMMENT ON COLUMN analytics.run.settings_hash IS 'SHA-256 over what was asked of the run.';
COMMENT ON COLUMN analytics.run.code_version IS 'SHA-256 over the source of everything that decides a cent.';
COMMENT ON COLUMN analytics.run.is_reproducible IS 'True: the run can be rated again with benefits rerate.';
COMMENT ON COLUMN analytics.run.inputs_gone IS 'Why it cannot: retention or person_removed; null on runs that can and on those of earlier versions.'

-- name: renewal_by_group
CREATE OR REPLACE VIEW analytics.renewal_by_group AS
WITH side AS (
    SELECT
        account_number, group_name, contract_number, group_census_id, census_name,
        min(term_start) FILTER (kind = 'current') AS current_start,
        min(term_start) FILTER (kind = 'renewal') AS renewal_start,
        count(DISTINCT group_census_member_id) FILTER (kind = 'current') AS n_members_current,
        count(*) FILTER (kind = 'current' AND NOT is_rated) AS n_unrated_current,
        coalesce(sum(premium_monthly) FILTER (kind = 'current'), 0) AS premium_monthly_current,
        coalesce(sum(employer_monthly) FILTER (kind = 'current'), 0) AS employer_monthly_current,
        coalesce(sum(employee_monthly) FILTER (kind = 'current'), 0) AS employee_monthly_current,
        coalesce(sum(premium_full_term) FILTER (kind = 'current'), 0) AS premium_full_term_current,
        count(DISTINCT group_census_member_id) FILTER (kind = 'renewal') AS n_members_renewal,
        count(*) FILTER (kind = 'renewal' AND NOT is_rated) AS n_unrated_renewal,
        coalesce(sum(premium_monthly) FILTER (kind = 'renewal'), 0) AS premium_monthly_renewal,
        coalesce(sum(employer_monthly) FILTER (kind = 'renewal'), 0) AS employer_monthly_renewal,
        coalesce(sum(employee_monthly) FILTER (kind = 'renewal'), 0) AS employee_monthly_renewal,
        coalesce(sum(premium_full_term) FILTER (kind = 'renewal'), 0) AS premium_full_term_renewal
    FROM analytics.rated_coverage
    GROUP BY account_number, group_name, contract_number, group_census_id, census_name
    HAVING bool_or(kind = 'renewal')
)
SELECT
    account_number, group_name, contract_number, group_census_id, census_name, current_start, renewal_start,
    n_members_current, n_members_renewal, n_unrated_current, n_unrated_renewal,
    CAST(premium_monthly_current AS DECIMAL(18, 2)) AS premium_monthly_current,
    CAST(premium_monthly_renewal AS DECIMAL(18, 2)) AS premium_monthly_renewal,
    CAST(premium_monthly_renewal - premium_monthly_current AS DECIMAL(18, 2)) AS premium_monthly_change,
    CAST(round(100 * (premium_monthly_renewal - premium_monthly_current) / nullif(premium_monthly_current, 0), 2) AS DECIMAL(9, 2)) AS premium_monthly_change_percent,
    CAST(employer_monthly_current AS DECIMAL(18, 2)) AS employer_monthly_current,
    CAST(employer_monthly_renewal AS DECIMAL(18, 2)) AS employer_monthly_renewal,
    CAST(employer_monthly_renewal - employer_monthly_current AS DECIMAL(18, 2)) AS employer_monthly_change,
    CAST(employee_monthly_current AS DECIMAL(18, 2)) AS employee_monthly_current,
    CAST(employee_monthly_renewal AS DECIMAL(18, 2)) AS employee_monthly_renewal,
    CAST(employee_monthly_renewal - employee_monthly_current AS DECIMAL(18, 2)) AS employee_monthly_change,
    CAST(premium_full_term_current AS DECIMAL(18, 2)) AS premium_full_term_current,
    CAST(premium_full_term_renewal AS DECIMAL(18, 2)) AS premium_full_term_renewal,
    CAST(premium_full_term_renewal - premium_full_term_current AS DECIMAL(18, 2)) AS premium_full_term_change
FROM side

-- name: renewal_by_group_comments
COMMENT ON VIEW analytics.renewal_by_group IS 'Current and renewal premium of each group side by side, for groups that have a renewal run.';
COMMENT ON COLUMN analytics.renewal_by_group.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.renewal_by_group.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.renewal_by_group.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.renewal_by_group.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.renewal_by_group.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.renewal_by_group.current_start IS 'First day of the current term; null where there is no current run.';
COMMENT ON COLUMN analytics.renewal_by_group.renewal_start IS 'First day of the renewal term.';
COMMENT ON COLUMN analytics.renewal_by_group.n_members_current IS 'Members with at least one coverage in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.n_members_renewal IS 'Members with at least one coverage in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.n_unrated_current IS 'Coverages without a premium in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.n_unrated_renewal IS 'Coverages without a premium in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_monthly_current IS 'Dollars of premium for one full month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_monthly_renewal IS 'Dollars of premium for one full month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_monthly_change_percent IS 'Change of the monthly premium in percent; null where there was none before.';
COMMENT ON COLUMN analytics.renewal_by_group.employer_monthly_current IS 'Employer''s part of a month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.employer_monthly_renewal IS 'Employer''s part of a month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.employer_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_group.employee_monthly_current IS 'Employee''s part of a month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.employee_monthly_renewal IS 'Employee''s part of a month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.employee_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_full_term_current IS 'Dollars of premium for the full term in the current term.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_full_term_renewal IS 'Dollars of premium for the full term in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_group.premium_full_term_change IS 'Renewal less current, in dollars.'

-- name: renewal_by_member
CREATE OR REPLACE VIEW analytics.renewal_by_member AS
WITH side AS (
    SELECT
        account_number, group_name, contract_number, group_census_id, census_name, family_id, group_census_member_id,
        source_system_identifier, member_name, relationship, class_name,
        any_value(age) FILTER (kind = 'current') AS age_current,
        any_value(age) FILTER (kind = 'renewal') AS age_renewal,
        count(DISTINCT group_census_member_id) FILTER (kind = 'current') AS n_members_current,
        count(*) FILTER (kind = 'current' AND NOT is_rated) AS n_unrated_current,
        coalesce(sum(premium_monthly) FILTER (kind = 'current'), 0) AS premium_monthly_current,
        coalesce(sum(employer_monthly) FILTER (kind = 'current'), 0) AS employer_monthly_current,
        coalesce(sum(employee_monthly) FILTER (kind = 'current'), 0) AS employee_monthly_current,
        coalesce(sum(premium_full_term) FILTER (kind = 'current'), 0) AS premium_full_term_current,
        count(DISTINCT group_census_member_id) FILTER (kind = 'renewal') AS n_members_renewal,
        count(*) FILTER (kind = 'renewal' AND NOT is_rated) AS n_unrated_renewal,
        coalesce(sum(premium_monthly) FILTER (kind = 'renewal'), 0) AS premium_monthly_renewal,
        coalesce(sum(employer_monthly) FILTER (kind = 'renewal'), 0) AS employer_monthly_renewal,
        coalesce(sum(employee_monthly) FILTER (kind = 'renewal'), 0) AS employee_monthly_renewal,
        coalesce(sum(premium_full_term) FILTER (kind = 'renewal'), 0) AS premium_full_term_renewal
    FROM analytics.rated_coverage
    WHERE group_census_id IN (SELECT group_census_id FROM out.current_run WHERE kind = 'renewal')
    GROUP BY ALL
)
SELECT
    account_number, group_name, contract_number, group_census_id, census_name, family_id, group_census_member_id,
    source_system_identifier, member_name, relationship, class_name, age_current, age_renewal,
    n_unrated_current, n_unrated_renewal,
    CAST(premium_monthly_current AS DECIMAL(18, 2)) AS premium_monthly_current,
    CAST(premium_monthly_renewal AS DECIMAL(18, 2)) AS premium_monthly_renewal,
    CAST(premium_monthly_renewal - premium_monthly_current AS DECIMAL(18, 2)) AS premium_monthly_change,
    CAST(round(100 * (premium_monthly_renewal - premium_monthly_current) / nullif(premium_monthly_current, 0), 2) AS DECIMAL(9, 2)) AS premium_monthly_change_percent,
    CAST(employer_monthly_current AS DECIMAL(18, 2)) AS employer_monthly_current,
    CAST(employer_monthly_renewal AS DECIMAL(18, 2)) AS employer_monthly_renewal,
    CAST(employer_monthly_renewal - employer_monthly_current AS DECIMAL(18, 2)) AS employer_monthly_change,
    CAST(employee_monthly_current AS DECIMAL(18, 2)) AS employee_monthly_current,
    CAST(employee_monthly_renewal AS DECIMAL(18, 2)) AS employee_monthly_renewal,
    CAST(employee_monthly_renewal - employee_monthly_current AS DECIMAL(18, 2)) AS employee_monthly_change,
    CAST(premium_full_term_current AS DECIMAL(18, 2)) AS premium_full_term_current,
    CAST(premium_full_term_renewal AS DECIMAL(18, 2)) AS premium_full_term_renewal,
    CAST(premium_full_term_renewal - premium_full_term_current AS DECIMAL(18, 2)) AS premium_full_term_change
FROM side

-- name: renewal_by_member_comments
COMMENT ON VIEW analytics.renewal_by_member IS 'Current and renewal premium of each member side by side, for groups that have a renewal run.';
COMMENT ON COLUMN analytics.renewal_by_member.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.renewal_by_member.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.renewal_by_member.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.renewal_by_member.group_census_id IS 'Id of the census.';
COMMENT ON COLUMN analytics.renewal_by_member.census_name IS 'Name of the census.';
COMMENT ON COLUMN analytics.renewal_by_member.family_id IS 'Member id of the family''s primary; the same for the whole family.';
COMMENT ON COLUMN analytics.renewal_by_member.group_census_member_id IS 'Id of the member.';
COMMENT ON COLUMN analytics.renewal_by_member.source_system_identifier IS 'The member''s id in the file or source system.';
COMMENT ON COLUMN analytics.renewal_by_member.member_name IS 'Full name of the member.';
COMMENT ON COLUMN analytics.renewal_by_member.relationship IS 'Relationship to the primary: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law or Other.';
COMMENT ON COLUMN analytics.renewal_by_member.class_name IS 'Class of the family''s primary; null is none.';
COMMENT ON COLUMN analytics.renewal_by_member.age_current IS 'Age on the first day of the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.age_renewal IS 'Age on the first day of the renewal term.';
COMMENT ON COLUMN analytics.renewal_by_member.n_unrated_current IS 'Coverages without a premium in the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.n_unrated_renewal IS 'Coverages without a premium in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_monthly_current IS 'Dollars of premium for one full month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_monthly_renewal IS 'Dollars of premium for one full month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_monthly_change_percent IS 'Change of the monthly premium in percent; null where there was none before.';
COMMENT ON COLUMN analytics.renewal_by_member.employer_monthly_current IS 'Employer''s part of a month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.employer_monthly_renewal IS 'Employer''s part of a month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_member.employer_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_member.employee_monthly_current IS 'Employee''s part of a month in the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.employee_monthly_renewal IS 'Employee''s part of a month in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_member.employee_monthly_change IS 'Renewal less current, in dollars.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_full_term_current IS 'Dollars of premium for the full term in the current term.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_full_term_renewal IS 'Dollars of premium for the full term in the renewal.';
COMMENT ON COLUMN analytics.renewal_by_member.premium_full_term_change IS 'Renewal less current, in dollars.'

-- name: composite_rate
CREATE OR REPLACE VIEW analytics.composite_rate AS
SELECT
    current_run.kind,
    account.account_number,
    account.name AS group_name,
    contract.contract_number,
    rate.term_start,
    plan.plan_code,
    plan.name AS plan_name,
    class.name AS class_name,
    rate.is_by_class,
    rate.method,
    rate.state,
    CAST(rate.ee_cents * 0.01 AS DECIMAL(18, 2)) AS ee_rate,
    CAST(rate.es_cents * 0.01 AS DECIMAL(18, 2)) AS es_rate,
    CAST(rate.e1c_cents * 0.01 AS DECIMAL(18, 2)) AS e1c_rate,
    CAST(rate.ecn_cents * 0.01 AS DECIMAL(18, 2)) AS ecn_rate,
    CAST(rate.fam_cents * 0.01 AS DECIMAL(18, 2)) AS fam_rate,
    rate.n_ee,
    rate.n_es,
    rate.n_e1c,
    rate.n_ecn,
    rate.n_fam,
    CAST(rate.adult_cents * 0.01 AS DECIMAL(18, 2)) AS adult_rate,
    CAST(rate.child_cents * 0.01 AS DECIMAL(18, 2)) AS child_rate,
    rate.n_adults,
    rate.n_children,
    rate.average_age,
    rate.female_percent,
    rate.n_lives,
    CAST(rate.required_cents * 0.01 AS DECIMAL(18, 2)) AS required,
    CAST(rate.collected_cents * 0.01 AS DECIMAL(18, 2)) AS collected,
    CAST(rate.difference_cents * 0.01 AS DECIMAL(18, 2)) AS difference,
    rate.n_left_out,
    rate.rating_run_id
FROM out.composite_rate AS rate
JOIN book.contract_plan AS plan USING (contract_plan_id)
JOIN book.contract AS contract USING (contract_id)
JOIN book.account AS account USING (account_id)
LEFT JOIN book.group_class AS class USING (group_class_id)
JOIN (
    SELECT DISTINCT run.rating_run_id, run.kind, census.contract_id
    FROM out.current_run AS run JOIN book.group_census AS census USING (group_census_id)
) AS current_run ON current_run.rating_run_id = rate.rating_run_id AND current_run.contract_id = contract.contract_id

-- name: composite_rate_comments
COMMENT ON VIEW analytics.composite_rate IS 'Rates that the current and renewal runs made from the census, or took as fixed: composite rates by tier, averages of adults and children, average ages, with what they collect.';
COMMENT ON COLUMN analytics.composite_rate.kind IS 'current or renewal: which of the two runs of the census made the rate.';
COMMENT ON COLUMN analytics.composite_rate.account_number IS 'Number of the employer group.';
COMMENT ON COLUMN analytics.composite_rate.group_name IS 'Name of the employer group.';
COMMENT ON COLUMN analytics.composite_rate.contract_number IS 'Number of the contract.';
COMMENT ON COLUMN analytics.composite_rate.term_start IS 'First day of the contract term the rate is for.';
COMMENT ON COLUMN analytics.composite_rate.plan_code IS 'Code of the plan or coverage on its contract.';
COMMENT ON COLUMN analytics.composite_rate.plan_name IS 'Name of the plan or coverage.';
COMMENT ON COLUMN analytics.composite_rate.class_name IS 'Class whose rate it is; null is everybody who holds the plan, or who has no class.';
COMMENT ON COLUMN analytics.composite_rate.is_by_class IS 'true: each class of the plan has a rate of its own.';
COMMENT ON COLUMN analytics.composite_rate.method IS 'Rating method that makes the rate, such as composite_solved or average_age.';
COMMENT ON COLUMN analytics.composite_rate.state IS 'ESTIMATE: made by the run; FINAL: fixed before it.';
COMMENT ON COLUMN analytics.composite_rate.ee_rate IS 'Dollars of one rate period in the tier EE, the employee alone; null where the method has none.';
COMMENT ON COLUMN analytics.composite_rate.es_rate IS 'Dollars of one rate period in the tier ES, with a spouse; null where the method has none.';
COMMENT ON COLUMN analytics.composite_rate.e1c_rate IS 'Dollars of one rate period in the tier E1C, with one child; null where the method has none.';
COMMENT ON COLUMN analytics.composite_rate.ecn_rate IS 'Dollars of one rate period in the tier ECN, with children; null where the method has none.';
COMMENT ON COLUMN analytics.composite_rate.fam_rate IS 'Dollars of one rate period in the tier FAM, with a spouse and children; null where the method has none.';
COMMENT ON COLUMN analytics.composite_rate.n_ee IS 'Families counted in the tier EE.';
COMMENT ON COLUMN analytics.composite_rate.n_es IS 'Families counted in the tier ES.';
COMMENT ON COLUMN analytics.composite_rate.n_e1c IS 'Families counted in the tier E1C.';
COMMENT ON COLUMN analytics.composite_rate.n_ecn IS 'Families counted in the tier ECN.';
COMMENT ON COLUMN analytics.composite_rate.n_fam IS 'Families counted in the tier FAM.';
COMMENT ON COLUMN analytics.composite_rate.adult_rate IS 'Average premium of a person of 21 and over, without tobacco.';
COMMENT ON COLUMN analytics.composite_rate.child_rate IS 'Average premium of a counted person under 21, without tobacco.';
COMMENT ON COLUMN analytics.composite_rate.n_adults IS 'Persons in the average of adults.';
COMMENT ON COLUMN analytics.composite_rate.n_children IS 'Persons in the average of children.';
COMMENT ON COLUMN analytics.composite_rate.average_age IS 'Average age of the employees, rounded half up.';
COMMENT ON COLUMN analytics.composite_rate.female_percent IS 'Percent of the employees who are women.';
COMMENT ON COLUMN analytics.composite_rate.n_lives IS 'Employees averaged.';
COMMENT ON COLUMN analytics.composite_rate.required IS 'Dollars the rates must collect in one rate period.';
COMMENT ON COLUMN analytics.composite_rate.collected IS 'Dollars they collect in one rate period.';
COMMENT ON COLUMN analytics.composite_rate.difference IS 'Collected less required: made by rounding the rates.';
COMMENT ON COLUMN analytics.composite_rate.n_left_out IS 'People who could not be priced, and so are in no sum and no count.';
COMMENT ON COLUMN analytics.composite_rate.rating_run_id IS 'Run that made the rate.'
