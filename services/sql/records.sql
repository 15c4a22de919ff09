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

-- name: key_of_census
-- A quote names a census by its id; whose it is, rating asks (GR-2).
SELECT group_census_id AS census FROM book.group_census WHERE group_census_id = $id

-- name: key_of_quote
-- Its lines may name the classes of its census's account.
SELECT q.quote_number, a.account_number
FROM book.quote AS q LEFT JOIN book.group_census AS c ON c.group_census_id = q.group_census_id
LEFT JOIN book.account AS a ON a.account_id = coalesce(c.account_id, q.account_id, q.quote_account_id)
WHERE q.quote_id = $id

-- name: key_of_quote_line
SELECT q.quote_number, coalesce(l.instance_key, l.quote_line_id) AS line_key
FROM book.quote_line AS l JOIN book.quote AS q USING (quote_id) WHERE l.quote_line_id = $id

-- name: level_of_line
SELECT l.level FROM book.quote_line AS l JOIN book.quote AS q USING (quote_id)
WHERE q.quote_number = $quote_number AND coalesce(l.instance_key, l.quote_line_id) = $parent_line_key

-- name: find_quotes
SELECT quote_id FROM book.quote WHERE lower(quote_number) = lower(trim($quote_number))

-- name: find_quote_lines
SELECT l.quote_line_id FROM book.quote_line AS l JOIN book.quote AS q USING (quote_id)
WHERE lower(q.quote_number) = lower($quote_number) AND lower(coalesce(l.instance_key, l.quote_line_id)) = lower(trim($line_key))

-- name: find_quote_line_attributes
SELECT t.quote_line_attribute_id FROM book.quote_line_attribute AS t
JOIN book.quote_line AS l USING (quote_line_id) JOIN book.quote AS q USING (quote_id)
WHERE lower(q.quote_number) = lower($quote_number) AND lower(coalesce(l.instance_key, l.quote_line_id)) = lower($line_key)
    AND lower(t.attribute_name) = lower(trim($attribute_name))

-- name: find_accounts
SELECT account_id FROM book.account WHERE lower(account_number) = lower(trim($account_number))

-- name: find_classes
SELECT c.group_class_id FROM book.group_class AS c JOIN book.account AS a USING (account_id)
WHERE lower(a.account_number) = lower($account_number) AND lower(c.name) = lower(trim($class_name))

-- name: contract_of_account
-- The contract that an account knows by a number.
SELECT k.contract_id, k.contract_number FROM book.contract AS k JOIN book.account AS a USING (account_id)
WHERE a.account_number = $account_number
    AND lower(coalesce(k.account_contract_number, k.contract_number)) = lower(trim($contract_number))

-- name: find_products
SELECT product_id FROM book.product WHERE lower(product_code) = lower(trim($product_code))

-- name: find_contracts
SELECT contract_id FROM book.contract WHERE lower(contract_number) = lower(trim($contract_number))

-- name: find_plans
SELECT p.contract_plan_id FROM book.contract_plan AS p JOIN book.contract AS k USING (contract_id)
WHERE lower(k.contract_number) = lower($contract_number) AND lower(p.plan_code) = lower(trim($plan_code))

-- name: find_plan_classes
SELECT o.contract_plan_class_id FROM book.contract_plan AS p
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
SELECT p.product_code, p.name AS product_name, p.product_type, r.product_code AS parent_product_code, p.product_category_id
FROM book.product AS p LEFT JOIN book.product AS r ON r.product_id = p.parent_product_id WHERE p.product_id = $id

-- name: row_of_contracts
SELECT k.contract_number, a.account_number, k.start_date, k.end_date, k.status, k.rating_area, k.industry_code, k.group_size,
    k.eligible_employees, k.enrollment_start_date AS enrollment_start, k.enrollment_end_date AS enrollment_end,
    k.enrollment_waiting_period, k.is_self_service_window_enforced AS is_window_enforced
FROM book.contract AS k JOIN book.account AS a USING (account_id) WHERE k.contract_id = $id

-- name: row_of_plans
SELECT a.account_number, k.contract_number, p.plan_code, p.name AS plan_name, r.plan_code AS parent_plan_code, q.product_code, p.is_optional, p.status,
    p.effective_start_date AS effective_start, p.effective_end_date AS effective_end,
    CASE WHEN p.parent_plan_id IS NULL THEN p.proration_method END AS proration_method,
    p.proration_end, p.proration_change, p.proration_newborn, p.wash_day,
    CASE WHEN p.parent_plan_id IS NULL THEN p.rate_basis_date END AS rate_basis_date,
    p.auto_assign, p.group_number, p.priority, p.contribution_strategy, p.description,
    p.enrollment_start_date AS enrollment_start, p.enrollment_end_date AS enrollment_end, p.enrollment_waiting_period,
    p.eligibility_criteria, p.product_number
FROM book.contract_plan AS p
JOIN book.contract AS k USING (contract_id)
JOIN book.account AS a USING (account_id)
JOIN book.product AS q USING (product_id)
LEFT JOIN book.contract_plan AS r ON r.contract_plan_id = p.parent_plan_id
WHERE p.contract_plan_id = $id

-- name: row_of_plan_classes
SELECT a.account_number, k.contract_number, p.plan_code, c.name AS class_name FROM book.contract_plan_class AS o
JOIN book.contract_plan AS p USING (contract_plan_id)
JOIN book.contract AS k USING (contract_id)
JOIN book.account AS a USING (account_id)
JOIN book.group_class AS c USING (group_class_id)
WHERE o.contract_plan_class_id = $id

-- name: row_of_contributions
SELECT a.account_number, c.name AS class_name, r.name, r.type, CAST(r.amount_cents * 0.01 AS DECIMAL(18, 2)) AS amount,
    r.percentage, r.dependent_percentage, f.plan_code AS reference_plan, r.grade, r.steps, r.amount_scope, r.amount_period,
    r.member_type, k.contract_number, p.plan_code, q.product_code, r.category, r.product_category_id, r.target_type,
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

-- name: row_of_quotes
SELECT q.quote_number, q.name AS quote_name, a.account_number, o.account_number AS quote_account_number, q.group_census_id AS census,
    q.insurance_quote_type, q.census_rating_type, q.start_date, q.end_date, q.status, q.rating_area, q.industry_code
FROM book.quote AS q
LEFT JOIN book.account AS a ON a.account_id = q.account_id
LEFT JOIN book.account AS o ON o.account_id = q.quote_account_id
WHERE q.quote_id = $id

-- name: row_of_quote_lines
SELECT q.quote_number, a.account_number, coalesce(l.instance_key, l.quote_line_id) AS line_key, l.level,
    coalesce(u.instance_key, u.quote_line_id) AS parent_line_key, p.product_code, l.name AS line_name, c.name AS class_name, l.is_optional,
    l.quantity
FROM book.quote_line AS l
JOIN book.quote AS q USING (quote_id)
LEFT JOIN book.group_census AS s ON s.group_census_id = q.group_census_id
LEFT JOIN book.account AS a ON a.account_id = coalesce(s.account_id, q.account_id, q.quote_account_id)
LEFT JOIN book.quote_line AS u ON u.quote_line_id = l.parent_line_id
LEFT JOIN book.product AS p ON p.product_id = l.product_id
LEFT JOIN book.group_class AS c ON c.group_class_id = l.group_class_id
WHERE l.quote_line_id = $id

-- name: row_of_quote_line_attributes
SELECT q.quote_number, coalesce(l.instance_key, l.quote_line_id) AS line_key, t.attribute_name, t.value,
    t.attribute_definition_id AS attribute_definition, t.attribute_picklist_value_id AS attribute_picklist_value
FROM book.quote_line_attribute AS t JOIN book.quote_line AS l USING (quote_line_id) JOIN book.quote AS q USING (quote_id)
WHERE t.quote_line_attribute_id = $id

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
SELECT name, status, type, account_id, contract_id, effective_date, expiration_date, external_identifier, lead_id,
    effective_start, effective_end, source_system_name, source_system_type, usage_type, owner_id
FROM book.group_census WHERE group_census_id = $id

-- name: contract_of
SELECT contract_id FROM book.contract WHERE contract_id = $contract_id AND account_id = $account_id

-- name: insert_census
INSERT INTO book.group_census BY NAME SELECT
    $id AS group_census_id, $name AS name, $status AS status, $type AS type, $account_id AS account_id, $contract_id AS contract_id,
    $effective_date::DATE AS effective_date, $expiration_date::DATE AS expiration_date, $external_identifier AS external_identifier,
    $lead_id AS lead_id, $effective_start::TIMESTAMP AS effective_start, $effective_end::TIMESTAMP AS effective_end,
    $source_system_name AS source_system_name, $source_system_type AS source_system_type, $usage_type AS usage_type,
    $owner_id AS owner_id, 1 AS census_version, CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at

-- name: update_census
UPDATE book.group_census SET name = $name, status = $status, type = $type, contract_id = $contract_id,
    effective_date = $effective_date::DATE, expiration_date = $expiration_date::DATE, external_identifier = $external_identifier,
    lead_id = $lead_id, effective_start = $effective_start::TIMESTAMP, effective_end = $effective_end::TIMESTAMP,
    source_system_name = $source_system_name, source_system_type = $source_system_type, usage_type = $usage_type, owner_id = $owner_id,
    modified_at = CAST($now AS TIMESTAMP)
WHERE group_census_id = $id AND account_id = $account_id

-- name: set_column
-- One column of a record; the service puts the table, its key, the column and its type in.
UPDATE {table} SET {column} = $value::{type}, modified_at = CAST($now AS TIMESTAMP)
WHERE {key} = $id AND {column} IS DISTINCT FROM $value::{type}

-- name: account_of_census
SELECT a.account_number FROM book.group_census AS c JOIN book.account AS a USING (account_id) WHERE c.group_census_id = $id

-- name: account_of_contract_plan
SELECT a.account_number, a.account_id
FROM book.contract_plan AS p JOIN book.contract AS k USING (contract_id) JOIN book.account AS a USING (account_id)
WHERE p.contract_plan_id = $id

-- name: account_of_contract
SELECT a.account_number FROM book.contract AS k JOIN book.account AS a USING (account_id) WHERE k.contract_id = $id

-- name: attribute_named
SELECT contract_plan_attribute_id, value FROM book.contract_plan_attribute
WHERE contract_plan_id = $plan AND attribute_name = $name

-- name: attribute
SELECT contract_plan_id, attribute_definition_id, attribute_name, attribute_picklist_value_id, value, external_id
FROM book.contract_plan_attribute WHERE contract_plan_attribute_id = $id

-- name: insert_attribute
INSERT INTO book.contract_plan_attribute BY NAME SELECT
    $id AS contract_plan_attribute_id, $contract_plan_id AS contract_plan_id, $attribute_definition_id AS attribute_definition_id,
    $attribute_name AS attribute_name, $attribute_picklist_value_id AS attribute_picklist_value_id, $value AS value,
    $external_id AS external_id, CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at

-- name: update_attribute
UPDATE book.contract_plan_attribute SET attribute_definition_id = $attribute_definition_id,
    attribute_picklist_value_id = $attribute_picklist_value_id, value = $value, external_id = $external_id,
    modified_at = CAST($now AS TIMESTAMP)
WHERE contract_plan_attribute_id = $id AND attribute_name = $attribute_name

-- name: numbers
SELECT contract_number, account_contract_number FROM book.contract WHERE contract_id = $id

-- name: number_for_account
UPDATE book.contract SET account_contract_number = $number WHERE contract_id = $id
