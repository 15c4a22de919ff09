-- The common workload in SQL, in the order of the work: what depends on the offer, the ladder, coverages, totals.
-- Exact throughout: half up is (2 x numerator + divisor) // (2 x divisor) on integers.

-- name: offer_version
-- The version of the rates in force for each offer that is sold, once instead of per coverage.
CREATE OR REPLACE TEMP TABLE offer_version AS
SELECT o.offer_row, o.rate_table, o.rate_table % 3 = 2 AS by_volume, v.version_from, o.term_from, o.term_to,
    CAST(o.term_to - o.term_from AS BIGINT) AS term_days
FROM offers AS o
LEFT JOIN (SELECT DISTINCT version_from, version_to FROM rates) AS v
    ON o.term_from >= v.version_from AND o.term_from < v.version_to
WHERE o.rate_table >= 0

-- name: ladder
-- Each (offer, class, member type) and its rule. Strength: a dependent takes Dependent rules of any level first; then the
-- coverage's plan, its product, the root's plan, its product, its category; then the later rule.
CREATE OR REPLACE TEMP TABLE ladder AS
WITH sold AS (SELECT * FROM offers WHERE rate_table >= 0),
named AS (
    SELECT r.rule_row, o.offer_row, r.class_slot, r.member_type, 5 AS level, r.rank
    FROM rules AS r JOIN sold AS o ON r.target_kind = 0 AND o.offer_row = r.target AND o.account = r.account
    UNION ALL
    SELECT r.rule_row, o.offer_row, r.class_slot, r.member_type, 4, r.rank
    FROM rules AS r JOIN sold AS o ON r.target_kind = 1 AND o.account = r.account AND o.product = r.target
    UNION ALL
    SELECT r.rule_row, o.offer_row, r.class_slot, r.member_type, 3, r.rank
    FROM rules AS r JOIN sold AS o ON r.target_kind = 0 AND o.root = r.target AND o.account = r.account
    UNION ALL
    SELECT r.rule_row, o.offer_row, r.class_slot, r.member_type, 2, r.rank
    FROM rules AS r JOIN offers AS root ON r.target_kind = 1 AND root.account = r.account AND root.product = r.target
    JOIN sold AS o ON o.root = root.offer_row AND root.offer_row = root.root
    UNION ALL
    SELECT r.rule_row, o.offer_row, r.class_slot, r.member_type, 1, r.rank
    FROM rules AS r JOIN sold AS o ON r.target_kind = 2 AND o.account = r.account AND o.category = r.target
),
meant AS (
    SELECT rule_row, offer_row, class_slot, member_type = 1 AS is_dependent,
        (CAST(if(member_type = 1, 10, 0) + level AS BIGINT) << 40) + rank AS strength
    FROM named
    UNION ALL
    SELECT rule_row, offer_row, class_slot, true, (CAST(level AS BIGINT) << 40) + rank FROM named WHERE member_type = 0
),
best AS (
    SELECT offer_row, class_slot, is_dependent, arg_max(rule_row, strength) AS rule_row
    FROM meant GROUP BY offer_row, class_slot, is_dependent
)
SELECT best.*, r.percent_e4, r.cap_cents FROM best JOIN rules AS r USING (rule_row)

-- name: coverages
-- Issues and reasons are numbers of rating.codes, given as variables.
CREATE OR REPLACE TEMP TABLE coverage_result AS
WITH known AS (
    SELECT c.coverage_row, c.plan, c.member, c.offer, c.elected_cents, v.by_volume, v.term_days,
        CAST(date_sub('year', m.birth_date, c.age_date) AS INTEGER) AS age,
        greatest(CAST(least(c.covered_to, v.term_to) - greatest(c.covered_from, v.term_from) AS BIGINT), 0) AS covered_days,
        m.tobacco, m.area, m.class_slot, m.is_dependent, v.rate_table, v.version_from
    FROM coverages AS c
    JOIN members AS m ON m.member_row = c.member
    JOIN offer_version AS v ON v.offer_row = c.offer
),
rated AS (
    SELECT k.*, nullif(r.rate_e6, -1) AS rate_e6, f.factor_e4, if(k.tobacco = 1 AND k.age >= 18, 15000, 10000) AS tobacco_e4
    FROM known AS k
    LEFT JOIN rates AS r ON r.rate_table = k.rate_table AND r.version_from = k.version_from AND r.age = if(k.age > 79, 79, k.age)
    LEFT JOIN area_factors AS f ON f.rate_table = k.rate_table AND f.area = k.area
),
checked AS (
    SELECT *,
        CASE WHEN covered_days = 0 THEN getvariable('outside_term') WHEN age IS NULL THEN getvariable('no_birth_date')
            WHEN rate_e6 IS NULL THEN getvariable('no_rate') ELSE 0 END AS issue
    FROM rated
),
priced AS (
    SELECT *,
        CASE WHEN issue <> 0 THEN 0
            WHEN by_volume THEN (2 * rate_e6 * factor_e4 * tobacco_e4 * (elected_cents // 100000) + 1000000000000) // 2000000000000
            ELSE (2 * rate_e6 * factor_e4 * tobacco_e4 + 1000000000000) // 2000000000000
        END AS period_cents
    FROM checked
),
prorated AS (
    SELECT *, period_cents * 12 AS standard_cents, (2 * period_cents * 12 * covered_days + term_days) // (2 * term_days) AS prorated_cents
    FROM priced
),
shared AS (
    SELECT p.*, l.rule_row,
        coalesce(least((2 * p.prorated_cents * l.percent_e4 + 1000000) // 2000000, p.prorated_cents, l.cap_cents), 0) AS employer_cents
    FROM prorated AS p
    LEFT JOIN ladder AS l
        ON l.offer_row = p.offer AND l.class_slot = p.class_slot AND l.is_dependent = p.is_dependent
)
SELECT coverage_row, plan, member, rate_e6 AS unit_rate_e6, if(by_volume, elected_cents, NULL) AS volume_cents, age,
    covered_days, term_days, period_cents, standard_cents, prorated_cents, employer_cents,
    prorated_cents - employer_cents AS employee_cents, rule_row AS rule, issue,
    if(prorated_cents = 0 AND issue = 0, getvariable('below_half_cent'), 0) AS zero_reason
FROM shared

-- name: plans
CREATE OR REPLACE TEMP TABLE plan_result AS
SELECT plan, any_value(member) AS member, sum(period_cents) AS period_cents, sum(standard_cents) AS standard_cents,
    sum(prorated_cents) AS prorated_cents, sum(employer_cents) AS employer_cents, sum(employee_cents) AS employee_cents,
    if(max(issue) > 0, getvariable('part_unrated'), 0) AS issue, count(*) AS n_coverages, count(*) FILTER (issue > 0) AS n_unrated
FROM coverage_result GROUP BY plan

-- name: members
CREATE OR REPLACE TEMP TABLE member_result AS
SELECT member, sum(period_cents) AS period_cents, sum(standard_cents) AS standard_cents,
    sum(prorated_cents) AS prorated_cents, sum(employer_cents) AS employer_cents, sum(employee_cents) AS employee_cents,
    max(issue) AS issue, sum(n_coverages) AS n_coverages, sum(n_unrated) AS n_unrated
FROM plan_result GROUP BY member
