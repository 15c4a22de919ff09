-- Imputed income: the runs it is made from, the life cover in them, and its rows. `imputed_runs`, `imputed_year` and
-- `imputed_months` are lent by the service.

-- name: known_runs
SELECT rating_run_id FROM out.rating_run WHERE rating_run_id IN (SELECT unnest(CAST($run_ids AS VARCHAR[])))

-- name: rated_days
-- The first and the last day that any of the runs asked for speaks of.
SELECT min(c.term_start), max(c.term_end)
FROM out.run_census AS c
LEFT JOIN out.current_run AS k ON k.rating_run_id = c.rating_run_id AND k.group_census_id = c.group_census_id AND k.kind = 'current'
WHERE CASE WHEN CAST($run_ids AS VARCHAR[]) IS NULL THEN k.rating_run_id IS NOT NULL
    ELSE list_contains(CAST($run_ids AS VARCHAR[]), c.rating_run_id) END

-- name: runs
-- Runs by census, with the days of the year they speak of: those named, or the current terms where none is.
SELECT c.rating_run_id, c.group_census_id, c.term_start, c.term_end, r.is_reproducible,
    greatest(c.term_start, CAST($year_start AS DATE)) AS rated_from, least(c.term_end, CAST($year_end AS DATE)) AS rated_to
FROM out.run_census AS c
JOIN out.rating_run AS r ON r.rating_run_id = c.rating_run_id
LEFT JOIN out.current_run AS k ON k.rating_run_id = c.rating_run_id AND k.group_census_id = c.group_census_id AND k.kind = 'current'
WHERE c.term_start <= CAST($year_end AS DATE) AND c.term_end >= CAST($year_start AS DATE)
    AND CASE WHEN CAST($run_ids AS VARCHAR[]) IS NULL THEN k.rating_run_id IS NOT NULL
        ELSE list_contains(CAST($run_ids AS VARCHAR[]), c.rating_run_id) END
ORDER BY c.group_census_id, c.term_start, c.rating_run_id

-- name: coverages
-- Life cover of the runs that is in force on any day: AD&D and other lines are no life insurance, what was refused
-- covers nobody, and a rate for all children of a family insures children only. An employee whom the employer has on
-- several censuses is one person where the social security number was stated.
SELECT CAST(row_number() OVER (ORDER BY p.group_census_id, p.group_census_member_id, p.contract_plan_id, p.rating_run_id) - 1 AS BIGINT) AS coverage,
    p.rating_run_id, p.group_census_id, p.group_census_member_id, p.root_plan_id, p.contract_plan_id, p.covered_from, p.covered_to, p.volume_cents,
    p.standard_cents, p.employer_cents, p.employee_cents, p.issue, p.zero_reason, u.term_start, u.term_end, u.is_reproducible,
    coalesce(m.family_id, p.group_census_member_id) AS family_id, coalesce(m.family_id <> m.group_census_member_id, false) AS is_dependent,
    coalesce(m.relationship = 'Child', false) AS is_child, m.birth_date,
    CASE WHEN m.family_id = m.group_census_member_id AND m.ssn_hash IS NOT NULL
        THEN min(p.group_census_member_id) OVER (PARTITION BY g.account_id, m.ssn_hash, m.family_id = m.group_census_member_id)
        ELSE p.group_census_member_id END AS person_id
FROM out.coverage_premium AS p
JOIN imputed_runs AS u ON u.rating_run_id = p.rating_run_id AND u.group_census_id = p.group_census_id
JOIN book.contract_plan AS k ON k.contract_plan_id = p.contract_plan_id
JOIN book.product AS d ON d.product_id = k.product_id
LEFT JOIN book.group_census AS g ON g.group_census_id = p.group_census_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = p.group_census_member_id
LEFT JOIN ref.rate_table AS t ON t.rate_table_id = p.rate_table_id
WHERE d.product_type IN ('Life', 'Supplemental Life') AND p.covered_from <= p.covered_to
    AND (p.issue IS NULL OR NOT list_contains(CAST($not_covered AS VARCHAR[]), p.issue))
    AND NOT (coalesce(t.method, '') = 'children_flat' AND m.relationship IS DISTINCT FROM 'Child')
ORDER BY coverage

-- name: pieces
-- The stretches of those coverages whose amount or price changes within the term.
SELECT c.coverage, x.piece_from AS day_from, x.piece_to AS day_to, x.volume_cents, x.employee_cents
FROM imputed_coverages AS c
JOIN out.coverage_piece AS x ON x.rating_run_id = c.rating_run_id AND x.group_census_member_id = c.group_census_member_id
    AND x.contract_plan_id = c.contract_plan_id
ORDER BY c.coverage, x.piece_from

-- name: forget_year
DELETE FROM out.imputed_income WHERE tax_year = $tax_year AND group_census_id IN (SELECT group_census_id FROM imputed_runs)

-- name: forget_months
DELETE FROM out.imputed_income_month WHERE tax_year = $tax_year AND group_census_id IN (SELECT group_census_id FROM imputed_runs)

-- name: insert_year
INSERT INTO out.imputed_income BY NAME SELECT * FROM imputed_year

-- name: insert_months
INSERT INTO out.imputed_income_month BY NAME SELECT * FROM imputed_months

-- name: readable
-- One line per insured person, as payroll takes it: the year, and what each month adds to pay.
WITH monthly AS (
    SELECT group_census_member_id, map_from_entries(list((month, CAST(taxable_cents * 0.01 AS DECIMAL(18, 2))))) AS taxable
    FROM imputed_months GROUP BY group_census_member_id
)
SELECT a.account_number, a.name AS group_name, e.source_system_identifier, e.name AS employee_name, m.name AS insured_name, m.relationship, y.tax_year, y.age,
    CAST(y.cost_cents * 0.01 AS DECIMAL(18, 2)) AS cost, CAST(y.after_tax_cents * 0.01 AS DECIMAL(18, 2)) AS paid_after_tax,
    CAST(y.taxable_cents * 0.01 AS DECIMAL(18, 2)) AS taxable, x.taxable[1] AS january, x.taxable[2] AS february, x.taxable[3] AS march,
    x.taxable[4] AS april, x.taxable[5] AS may, x.taxable[6] AS june, x.taxable[7] AS july, x.taxable[8] AS august, x.taxable[9] AS september,
    x.taxable[10] AS october, x.taxable[11] AS november, x.taxable[12] AS december, y.issue, y.rated_from, y.rated_to,
    y.group_census_member_id, y.rating_run_id
FROM imputed_year AS y
LEFT JOIN monthly AS x ON x.group_census_member_id = y.group_census_member_id
LEFT JOIN book.group_census AS g ON g.group_census_id = y.group_census_id
LEFT JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = y.group_census_member_id
LEFT JOIN book.census_member AS e ON e.group_census_member_id = y.employee_id
ORDER BY a.account_number, y.group_census_id, y.employee_id, y.is_dependent, y.group_census_member_id
