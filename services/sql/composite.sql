-- Rates made from the census: kept with a run, listed, and fixed for a plan year. `composite_rows` is lent by the service.

-- name: run
SELECT rating_run_id FROM out.rating_run WHERE rating_run_id = $run_id

-- name: insert
INSERT INTO out.composite_rate BY NAME
SELECT * EXCLUDE (female_e4), CAST(CAST(female_e4 AS DECIMAL(12, 0)) * CAST(0.0001 AS DECIMAL(5, 4)) AS DECIMAL(7, 4)) AS female_percent
FROM composite_rows

-- name: rates
-- Of one run, or of the current runs of all censuses where none is named.
SELECT k.contract_number, p.plan_code, p.name AS plan_name, g.name AS class_name, c.*
FROM out.composite_rate AS c
JOIN book.contract_plan AS p ON p.contract_plan_id = c.contract_plan_id
JOIN book.contract AS k ON k.contract_id = p.contract_id
LEFT JOIN book.group_class AS g ON g.group_class_id = c.group_class_id
WHERE c.rating_run_id = $run_id OR (CAST($run_id AS VARCHAR) IS NULL AND EXISTS (
    FROM out.current_run AS r
    JOIN book.group_census AS s ON s.group_census_id = r.group_census_id
    WHERE r.kind = 'current' AND r.rating_run_id = c.rating_run_id AND s.contract_id = p.contract_id))
ORDER BY k.contract_number, p.plan_code, class_name, c.rating_run_id

-- part: to_fix
-- What may be fixed of a run. A pool that nobody belongs to is no rate and no reason to refuse the others: a class
-- without employees, or people without a class, where each class has its own rate.
FROM out.composite_rate AS c
JOIN book.contract_plan AS p ON p.contract_plan_id = c.contract_plan_id
JOIN book.contract AS k ON k.contract_id = p.contract_id
WHERE c.rating_run_id = $run_id AND NOT (c.is_by_class AND coalesce(c.n_lives, 0) = 0)
    AND (CAST($contract AS VARCHAR) IS NULL OR lower(k.contract_number) = lower(trim($contract)))

-- name: estimates
SELECT c.contract_plan_id, c.group_class_id, p.name AS plan_name, coalesce(c.n_left_out, 0) AS n_left_out, c.difference_cents,
    coalesce(c.base_cents, c.adult_cents, c.child_cents, c.n_lives, 0) > 0 AS is_rate,
    EXISTS (
        FROM ref.final_rate AS f WHERE f.contract_plan_id = c.contract_plan_id AND f.term_start = c.term_start
            AND f.group_class_id IS NOT DISTINCT FROM c.group_class_id
    ) AS is_fixed
{composite.to_fix}
ORDER BY p.name, c.group_class_id

-- name: fix
INSERT INTO ref.final_rate BY NAME
SELECT c.* EXCLUDE (state, is_by_class), CAST($now AS TIMESTAMP) AS finalized_at
{composite.to_fix}
