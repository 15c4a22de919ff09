-- Ordinary records: what the sheets know them by, a record as a row of its sheet, and censuses.

-- name: record
-- A record of any object; the service puts the table and its key in.
SELECT * FROM {table} WHERE {key} = $id

-- name: key_of_account
SELECT account_number FROM book.account WHERE account_id = $id

-- name: key_of_contract
SELECT k.contract_number, a.account_number FROM book.contract AS k JOIN book.account AS a USING (account_id)
WHERE k.contract_id = $id

-- name: key_of_product
SELECT product_code FROM book.product WHERE product_id = $id

-- name: key_of_group_class
SELECT a.account_number, c.name AS class_name FROM book.group_class AS c JOIN book.account AS a USING (account_id)
WHERE c.group_class_id = $id

-- name: key_of_contract_plan
SELECT k.contract_number, p.plan_code, a.account_number
FROM book.contract_plan AS p JOIN book.contract AS k USING (contract_id) JOIN book.account AS a USING (account_id)
WHERE p.contract_plan_id = $id

-- name: find_accounts
SELECT account_id FROM book.account WHERE lower(account_number) = lower(trim($account_number))

-- name: find_classes
SELECT c.group_class_id FROM book.group_class AS c JOIN book.account AS a USING (account_id)
WHERE lower(a.account_number) = lower($account_number) AND lower(c.name) = lower(trim($class_name))

-- name: find_products
SELECT product_id FROM book.product WHERE lower(product_code) = lower(trim($product_code))

-- name: find_contracts
SELECT contract_id FROM book.contract WHERE lower(contract_number) = lower(trim($contract_number))

-- name: find_plans
SELECT p.contract_plan_id FROM book.contract_plan AS p JOIN book.contract AS k USING (contract_id)
WHERE lower(k.contract_number) = lower($contract_number) AND lower(p.plan_code) = lower(trim($plan_code))

-- name: find_plan_classes
SELECT p.contract_plan_id || c.group_class_id FROM book.contract_plan AS p
JOIN book.contract AS k USING (contract_id)
JOIN book.contract_plan_class AS o USING (contract_plan_id)
JOIN book.group_class AS c USING (group_class_id)
WHERE lower(k.contract_number) = lower($contract_number) AND lower(p.plan_code) = lower($plan_code)
    AND lower(c.name) = lower($class_name)

-- name: find_contributions
SELECT r.contribution_rule_id FROM ref.contribution_rule AS r
JOIN book.group_class AS c USING (group_class_id) JOIN book.account AS a USING (account_id)
WHERE lower(a.account_number) = lower($account_number) AND lower(c.name) = lower($class_name) AND lower(r.name) = lower(trim($name))

-- name: find_rate_tables
SELECT rate_table_id FROM ref.rate_table WHERE lower(name) = lower(trim($rate_table))

-- name: row_of_accounts
SELECT account_number, name AS account_name, street, city, state, postal_code, country FROM book.account WHERE account_id = $id

-- name: row_of_classes
SELECT a.account_number, c.name AS class_name, c.code AS class_code, c.category, c.description,
    c.effective_start_date AS effective_start, c.effective_end_date AS effective_end
FROM book.group_class AS c JOIN book.account AS a USING (account_id) WHERE c.group_class_id = $id

-- name: row_of_products
SELECT p.product_code, p.name AS product_name, p.product_type, r.product_code AS parent_product_code
FROM book.product AS p LEFT JOIN book.product AS r ON r.product_id = p.parent_product_id WHERE p.product_id = $id

-- name: row_of_contracts
SELECT k.contract_number, a.account_number, k.start_date, k.end_date, k.status, k.rating_area, k.industry_code, k.group_size,
    k.eligible_employees
FROM book.contract AS k JOIN book.account AS a USING (account_id) WHERE k.contract_id = $id

-- name: row_of_plans
SELECT k.contract_number, p.plan_code, p.name AS plan_name, r.plan_code AS parent_plan_code, q.product_code, p.is_optional, p.status,
    p.effective_start_date AS effective_start, p.effective_end_date AS effective_end,
    CASE WHEN p.parent_plan_id IS NULL THEN p.proration_method END AS proration_method,
    p.proration_end, p.proration_change, p.proration_newborn, p.wash_day,
    CASE WHEN p.parent_plan_id IS NULL THEN p.rate_basis_date END AS rate_basis_date,
    p.auto_assign, p.group_number, p.priority, p.contribution_strategy
FROM book.contract_plan AS p
JOIN book.contract AS k USING (contract_id)
JOIN book.product AS q USING (product_id)
LEFT JOIN book.contract_plan AS r ON r.contract_plan_id = p.parent_plan_id
WHERE p.contract_plan_id = $id

-- name: row_of_contributions
SELECT a.account_number, c.name AS class_name, r.name, r.type, CAST(r.amount_cents * 0.01 AS DECIMAL(18, 2)) AS amount,
    r.percentage, r.dependent_percentage, f.plan_code AS reference_plan, r.grade, r.steps, r.amount_scope, r.amount_period,
    r.member_type, k.contract_number, p.plan_code, q.product_code, r.category, r.target_type,
    CAST(r.cap_cents * 0.01 AS DECIMAL(18, 2)) AS cap_amount, CAST(r.family_cap_cents * 0.01 AS DECIMAL(18, 2)) AS family_cap_amount,
    CAST(r.floor_cents * 0.01 AS DECIMAL(18, 2)) AS floor_amount, r.effective_start_date AS effective_start,
    r.effective_end_date AS effective_end
FROM ref.contribution_rule AS r
JOIN book.group_class AS c USING (group_class_id)
JOIN book.account AS a USING (account_id)
LEFT JOIN book.contract_plan AS p ON p.contract_plan_id = r.contract_plan_id
LEFT JOIN book.contract_plan AS f ON f.contract_plan_id = r.reference_plan_id
LEFT JOIN book.contract AS k ON k.contract_id = coalesce(p.contract_id, f.contract_id)
LEFT JOIN book.product AS q ON q.product_id = r.product_id
WHERE r.contribution_rule_id = $id

-- name: row_of_rate_tables
SELECT name AS rate_table, method, rate_unit, rate_period, age_basis, age_date, spouse_age, child_age, child_count,
    array_to_string(child_lines, ';') AS child_lines, array_to_string(axes, ';') AS axes, limits, outside_table,
    array_to_string(factor_tables, ';') AS factor_tables, round_places, money_rounding, base_table, citation, filed_on
FROM ref.rate_table WHERE rate_table_id = $id

-- name: attributes
SELECT attribute_name, value FROM book.contract_plan_attribute WHERE contract_plan_id = $id ORDER BY attribute_name

-- name: classes_of_plan
SELECT group_class_id FROM book.contract_plan_class WHERE contract_plan_id = $id ORDER BY group_class_id

-- name: classes_named
SELECT c.name FROM book.contract_plan_class AS o
JOIN book.contract_plan AS p USING (contract_plan_id)
JOIN book.contract AS k USING (contract_id)
JOIN book.group_class AS c USING (group_class_id)
WHERE lower(k.contract_number) = lower($contract_number) AND lower(p.plan_code) = lower($plan_code) ORDER BY c.name

-- name: versions
SELECT DISTINCT effective_from FROM ref.rate_cell WHERE rate_table_id = $id ORDER BY effective_from

-- name: census
SELECT name, status, type, account_id, contract_id, effective_date, expiration_date, external_identifier
FROM book.group_census WHERE group_census_id = $id

-- name: contract_of
SELECT contract_id FROM book.contract WHERE contract_id = $contract_id AND account_id = $account_id

-- name: insert_census
INSERT INTO book.group_census BY NAME SELECT
    $id AS group_census_id, $name AS name, $status AS status, $type AS type, $account_id AS account_id, $contract_id AS contract_id,
    $effective_date::DATE AS effective_date, $expiration_date::DATE AS expiration_date, $external_identifier AS external_identifier,
    1 AS census_version, CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at

-- name: update_census
UPDATE book.group_census SET name = $name, status = $status, type = $type, contract_id = $contract_id,
    effective_date = $effective_date::DATE, expiration_date = $expiration_date::DATE, external_identifier = $external_identifier,
    modified_at = CAST($now AS TIMESTAMP)
WHERE group_census_id = $id AND account_id = $account_id
