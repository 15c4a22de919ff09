-- The shelf: what is stored under which natural key, and the upserts that keep ids.
-- `incoming` is the Arrow table lent by the caller: accepted rows with their ids, new ones marked by is_new.
-- An update touches only rows that differ, so a load of what is stored already changes nothing.

-- name: accounts
SELECT account_number, account_id FROM book.account

-- name: update_accounts
UPDATE book.account AS s SET account_number = i.account_number, name = i.name, street = i.street, city = i.city, state = i.state,
    postal_code = i.postal_code, country = i.country, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.account_id = s.account_id
    AND row(s.account_number, s.name, s.street, s.city, s.state, s.postal_code, s.country)
        IS DISTINCT FROM row(i.account_number, i.name, i.street, i.city, i.state, i.postal_code, i.country)

-- name: insert_accounts
INSERT INTO book.account BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: classes
SELECT account_id, name AS class_name, group_class_id FROM book.group_class

-- name: update_classes
UPDATE book.group_class AS s SET name = i.name, code = i.code, category = i.category, description = i.description,
    effective_start_date = i.effective_start_date, effective_end_date = i.effective_end_date, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.group_class_id = s.group_class_id
    AND row(s.name, s.code, s.category, s.description, s.effective_start_date, s.effective_end_date)
        IS DISTINCT FROM row(i.name, i.code, i.category, i.description, i.effective_start_date, i.effective_end_date)

-- name: insert_classes
INSERT INTO book.group_class BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: products
SELECT p.product_code, p.product_id, p.product_type, p.parent_product_id,
    p.product_id IN (SELECT parent_product_id FROM book.product WHERE parent_product_id IS NOT NULL) AS has_children
FROM book.product AS p

-- name: update_products
UPDATE book.product AS s SET product_code = i.product_code, name = i.name, product_type = i.product_type,
    parent_product_id = i.parent_product_id, product_category_id = i.product_category_id, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.product_id = s.product_id
    AND row(s.product_code, s.name, s.product_type, s.parent_product_id, s.product_category_id)
        IS DISTINCT FROM row(i.product_code, i.name, i.product_type, i.parent_product_id, i.product_category_id)

-- name: insert_products
INSERT INTO book.product BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: contracts
SELECT contract_number, contract_id, account_id, start_date, end_date FROM book.contract

-- name: update_contracts
UPDATE book.contract AS s SET contract_number = i.contract_number, start_date = i.start_date, end_date = i.end_date, status = i.status,
    rating_area = i.rating_area, industry_code = i.industry_code, group_size = i.group_size, eligible_employees = i.eligible_employees,
    enrollment_start_date = i.enrollment_start_date, enrollment_end_date = i.enrollment_end_date,
    enrollment_waiting_period = i.enrollment_waiting_period, is_self_service_window_enforced = i.is_self_service_window_enforced,
    contract_term = CASE WHEN row(i.start_date, i.end_date) = row(s.start_date, s.end_date) THEN s.contract_term END,
    modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.contract_id = s.contract_id
    AND row(s.contract_number, s.start_date, s.end_date, s.status, s.rating_area, s.industry_code, s.group_size, s.eligible_employees,
            s.enrollment_start_date, s.enrollment_end_date, s.enrollment_waiting_period, s.is_self_service_window_enforced)
        IS DISTINCT FROM row(i.contract_number, i.start_date, i.end_date, i.status, i.rating_area, i.industry_code, i.group_size,
            i.eligible_employees, i.enrollment_start_date, i.enrollment_end_date, i.enrollment_waiting_period,
            i.is_self_service_window_enforced)

-- name: insert_contracts
INSERT INTO book.contract BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: plans
SELECT p.contract_id, p.plan_code, p.contract_plan_id, p.name AS plan_name, p.parent_plan_id, p.plan_type, p.proration_method, p.rate_basis_date,
    p.contract_plan_id IN (SELECT parent_plan_id FROM book.contract_plan WHERE parent_plan_id IS NOT NULL) AS has_children
FROM book.contract_plan AS p

-- name: update_plans
UPDATE book.contract_plan AS s SET plan_code = i.plan_code, name = i.name, parent_plan_id = i.parent_plan_id,
    root_plan_id = coalesce(i.parent_plan_id, i.contract_plan_id), product_id = i.product_id, plan_type = i.plan_type,
    is_optional = i.is_optional, status = i.status, effective_start_date = i.effective_start_date,
    effective_end_date = i.effective_end_date, proration_method = i.proration_method, rate_basis_date = i.rate_basis_date,
    proration_end = i.proration_end, proration_change = i.proration_change, proration_newborn = i.proration_newborn, wash_day = i.wash_day,
    priority = i.priority, contribution_strategy = i.contribution_strategy,
    auto_assign = i.auto_assign, group_number = i.group_number, description = i.description,
    enrollment_start_date = i.enrollment_start_date, enrollment_end_date = i.enrollment_end_date,
    enrollment_waiting_period = i.enrollment_waiting_period, eligibility_criteria = i.eligibility_criteria,
    product_number = i.product_number, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.contract_plan_id = s.contract_plan_id
    AND (i.has_other_benefits
        OR row(s.plan_code, s.name, s.parent_plan_id, s.product_id, s.plan_type, s.is_optional, s.status, s.effective_start_date,
            s.effective_end_date, s.proration_method, s.rate_basis_date, s.auto_assign, s.group_number, s.proration_end, s.proration_change,
            s.proration_newborn, s.wash_day, s.priority, s.contribution_strategy, s.description, s.enrollment_start_date,
            s.enrollment_end_date, s.enrollment_waiting_period, s.eligibility_criteria, s.product_number)
        IS DISTINCT FROM row(i.plan_code, i.name, i.parent_plan_id, i.product_id, i.plan_type, i.is_optional, i.status, i.effective_start_date,
            i.effective_end_date, i.proration_method, i.rate_basis_date, i.auto_assign, i.group_number, i.proration_end, i.proration_change,
            i.proration_newborn, i.wash_day, i.priority, i.contribution_strategy, i.description, i.enrollment_start_date,
            i.enrollment_end_date, i.enrollment_waiting_period, i.eligibility_criteria, i.product_number))

-- name: insert_plans
INSERT INTO book.contract_plan BY NAME
SELECT * EXCLUDE (is_new, has_other_benefits), coalesce(parent_plan_id, contract_plan_id) AS root_plan_id, CAST($now AS TIMESTAMP) AS created_at,
    CAST($now AS TIMESTAMP) AS modified_at
FROM incoming WHERE is_new

-- name: plans_with_other_benefits
-- Stored plans whose benefit attributes are not just those stated.
WITH stored AS (
    SELECT a.contract_plan_id, a.attribute_name, a.value FROM book.contract_plan_attribute AS a
    WHERE a.contract_plan_id IN (SELECT contract_plan_id FROM incoming_plans) AND a.attribute_name IN (SELECT unnest($names))
)
SELECT DISTINCT contract_plan_id FROM (
    (FROM stored EXCEPT SELECT contract_plan_id, attribute_name, value FROM incoming)
    UNION ALL
    (SELECT contract_plan_id, attribute_name, value FROM incoming EXCEPT FROM stored)
)

-- name: delete_benefits
DELETE FROM book.contract_plan_attribute AS s
WHERE s.contract_plan_id IN (SELECT contract_plan_id FROM incoming_plans) AND s.attribute_name IN (SELECT unnest($names))
    AND NOT EXISTS (FROM incoming AS i WHERE i.contract_plan_id = s.contract_plan_id AND i.attribute_name = s.attribute_name)

-- name: update_benefits
UPDATE book.contract_plan_attribute AS s SET value = i.value, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE i.contract_plan_id = s.contract_plan_id AND i.attribute_name = s.attribute_name AND i.value IS DISTINCT FROM s.value

-- name: new_benefits
SELECT NULL::VARCHAR AS contract_plan_attribute_id, i.contract_plan_id, i.attribute_name, i.value FROM incoming AS i
ANTI JOIN book.contract_plan_attribute AS s ON s.contract_plan_id = i.contract_plan_id AND s.attribute_name = i.attribute_name
ORDER BY i.contract_plan_id, i.attribute_name

-- name: insert_benefits
INSERT INTO book.contract_plan_attribute BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming

-- name: follow_roots
-- A coverage has its root's type, proration and rate basis; a root has its product's type.
UPDATE book.contract_plan AS s SET plan_type = r.product_type, proration_method = r.proration_method, rate_basis_date = r.rate_basis_date,
    modified_at = CAST($now AS TIMESTAMP)
FROM (
    SELECT p.contract_plan_id, q.product_type, p.proration_method, p.rate_basis_date
    FROM book.contract_plan AS p JOIN book.product AS q ON q.product_id = p.product_id
    WHERE p.parent_plan_id IS NULL
) AS r
WHERE r.contract_plan_id = s.root_plan_id
    AND row(s.plan_type, s.proration_method, s.rate_basis_date) IS DISTINCT FROM row(r.product_type, r.proration_method, r.rate_basis_date)

-- name: delete_plan_classes
DELETE FROM book.contract_plan_class AS s
WHERE s.contract_plan_id IN (SELECT contract_plan_id FROM incoming)
    AND NOT EXISTS (FROM incoming AS i WHERE i.contract_plan_id = s.contract_plan_id AND i.group_class_id = s.group_class_id)

-- name: new_plan_classes
SELECT DISTINCT NULL::VARCHAR AS contract_plan_class_id, i.contract_plan_id, i.group_class_id, g.name
FROM incoming AS i JOIN book.group_class AS g ON g.group_class_id = i.group_class_id
ANTI JOIN book.contract_plan_class AS s ON s.contract_plan_id = i.contract_plan_id AND s.group_class_id = i.group_class_id
ORDER BY i.contract_plan_id, i.group_class_id

-- name: insert_plan_classes
INSERT INTO book.contract_plan_class BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM incoming

-- name: configuration_rules
SELECT contract_id, kind, contract_plan_id, other_plan_id, configuration_rule_id FROM ref.configuration_rule

-- name: update_configuration_rules
UPDATE ref.configuration_rule AS s SET minimum_age = i.minimum_age, maximum_age = i.maximum_age, message = i.message,
    modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.configuration_rule_id = s.configuration_rule_id
    AND row(s.minimum_age, s.maximum_age, s.message) IS DISTINCT FROM row(i.minimum_age, i.maximum_age, i.message)

-- name: insert_configuration_rules
INSERT INTO ref.configuration_rule BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: rate_tables
SELECT t.name AS rate_table, t.rate_table_id, t.axes AS stored_axes, t.method AS stored_method, t.base_table AS stored_base,
    t.rate_table_id IN (SELECT DISTINCT rate_table_id FROM ref.rate_cell) AS has_cells
FROM ref.rate_table AS t

-- name: update_rate_tables
-- The name stays as it was first written: other tables name factor tables by it.
UPDATE ref.rate_table AS s SET method = i.method, rate_unit = i.rate_unit, rate_period = i.rate_period, age_basis = i.age_basis,
    age_date = i.age_date, child_age = i.child_age, child_count = i.child_count, axes = i.axes, factor_tables = i.factor_tables,
    spouse_age = i.spouse_age, child_lines = i.child_lines, limits = i.limits, outside_table = i.outside_table,
    round_places = i.round_places, money_rounding = i.money_rounding, base_table = i.base_table,
    citation = i.citation, filed_on = i.filed_on, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.rate_table_id = s.rate_table_id
    AND row(s.method, s.rate_unit, s.rate_period, s.age_basis, s.age_date, s.child_age, s.child_count, s.axes, s.factor_tables,
            s.citation, s.filed_on, s.spouse_age, s.child_lines, s.limits, s.outside_table, s.round_places, s.money_rounding, s.base_table)
        IS DISTINCT FROM row(i.method, i.rate_unit, i.rate_period, i.age_basis, i.age_date, i.child_age, i.child_count, i.axes,
            i.factor_tables, i.citation, i.filed_on, i.spouse_age, i.child_lines, i.limits, i.outside_table, i.round_places,
            i.money_rounding, i.base_table)

-- name: insert_rate_tables
INSERT INTO ref.rate_table BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: delete_rate_table_plans
DELETE FROM ref.rate_table_plan AS s
WHERE EXISTS (FROM incoming AS i WHERE (i.contract_plan_id = s.contract_plan_id OR i.product_id = s.product_id) AND i.rate_table_id <> s.rate_table_id)

-- name: insert_rate_table_plans
INSERT INTO ref.rate_table_plan BY NAME
SELECT i.rate_table_id, i.contract_plan_id, i.product_id FROM incoming AS i
ANTI JOIN ref.rate_table_plan AS s ON s.rate_table_id = i.rate_table_id
    AND coalesce(s.contract_plan_id, s.product_id) = coalesce(i.contract_plan_id, i.product_id)

-- name: stored_tiers
SELECT DISTINCT c.rate_table_id, c.effective_from, c.keys[list_position(t.axes, 'tier')] AS tier
FROM ref.rate_cell AS c JOIN ref.rate_table AS t ON t.rate_table_id = c.rate_table_id
WHERE list_contains(t.axes, 'tier') AND c.rate_table_id IN (SELECT DISTINCT rate_table_id FROM incoming)

-- name: compare_versions
-- Versions stated that are stored too, with the rows each side has and those both have.
WITH stored AS (
    SELECT c.rate_table_id, c.effective_from, c.keys, c.rate FROM ref.rate_cell AS c
    SEMI JOIN incoming AS i ON i.rate_table_id = c.rate_table_id AND i.effective_from = c.effective_from
),
same AS (
    SELECT i.rate_table_id, i.effective_from, count(*) AS n_same FROM incoming AS i
    JOIN stored AS s ON s.rate_table_id = i.rate_table_id AND s.effective_from = i.effective_from AND s.keys = i.keys
        AND s.rate IS NOT DISTINCT FROM i.rate
    GROUP BY ALL
)
SELECT v.rate_table_id, v.effective_from, v.n_stored, i.n_stated, coalesce(s.n_same, 0) AS n_same
FROM (SELECT rate_table_id, effective_from, count(*) AS n_stored FROM stored GROUP BY ALL) AS v
JOIN (SELECT rate_table_id, effective_from, count(*) AS n_stated FROM incoming GROUP BY ALL) AS i USING (rate_table_id, effective_from)
LEFT JOIN same AS s USING (rate_table_id, effective_from)

-- name: delete_rate_cells
DELETE FROM ref.rate_cell AS s
WHERE EXISTS (FROM incoming AS i WHERE i.rate_table_id = s.rate_table_id AND i.effective_from = s.effective_from)

-- name: insert_rate_cells
INSERT INTO ref.rate_cell BY NAME
SELECT rate_table_id, effective_from, keys, rate FROM incoming

-- name: touch_rate_tables
UPDATE ref.rate_table AS s SET modified_at = CAST($now AS TIMESTAMP)
WHERE s.rate_table_id IN (SELECT rate_table_id FROM incoming)

-- name: contributions
SELECT group_class_id, name, contribution_rule_id FROM ref.contribution_rule

-- name: update_contributions
UPDATE ref.contribution_rule AS s SET name = i.name, type = i.type, amount_cents = i.amount_cents, percentage = i.percentage,
    amount_period = i.amount_period, member_type = i.member_type, contract_plan_id = i.contract_plan_id, product_id = i.product_id,
    category = i.category, product_category_id = i.product_category_id, target_type = i.target_type, cap_cents = i.cap_cents, family_cap_cents = i.family_cap_cents, floor_cents = i.floor_cents,
    amount_scope = i.amount_scope, grade = i.grade, steps = i.steps, dependent_percentage = i.dependent_percentage,
    reference_plan_id = i.reference_plan_id, effective_start_date = i.effective_start_date,
    effective_end_date = i.effective_end_date, modified_at = coalesce(i.stated_at, CAST($now AS TIMESTAMP))
FROM incoming AS i
WHERE NOT i.is_new AND i.contribution_rule_id = s.contribution_rule_id
    AND (coalesce(i.stated_at <> s.modified_at, false)
        OR row(s.name, s.type, s.amount_cents, s.percentage, s.amount_period, s.member_type, s.contract_plan_id, s.product_id, s.category,
            s.product_category_id, s.target_type, s.cap_cents, s.family_cap_cents, s.floor_cents, s.amount_scope, s.grade, s.steps, s.dependent_percentage,
            s.reference_plan_id, s.effective_start_date, s.effective_end_date)
        IS DISTINCT FROM row(i.name, i.type, i.amount_cents, i.percentage, i.amount_period, i.member_type, i.contract_plan_id, i.product_id,
            i.category, i.product_category_id, i.target_type, i.cap_cents, i.family_cap_cents, i.floor_cents, i.amount_scope, i.grade, i.steps, i.dependent_percentage,
            i.reference_plan_id, i.effective_start_date, i.effective_end_date))

-- name: insert_contributions
INSERT INTO ref.contribution_rule BY NAME
SELECT * EXCLUDE (is_new, stated_at), coalesce(stated_at, CAST($now AS TIMESTAMP)) AS modified_at FROM incoming WHERE is_new

-- name: update_rating_areas
UPDATE ref.rating_area AS s SET rating_area = i.rating_area, citation = i.citation
FROM incoming AS i
WHERE lower(i.state) = lower(s.state) AND i.postal_prefix = s.postal_prefix AND i.effective_from = s.effective_from
    AND row(s.rating_area, s.citation) IS DISTINCT FROM row(i.rating_area, i.citation)

-- name: insert_rating_areas
INSERT INTO ref.rating_area BY NAME
SELECT i.* FROM incoming AS i
ANTI JOIN ref.rating_area AS s ON lower(s.state) = lower(i.state) AND s.postal_prefix = i.postal_prefix AND s.effective_from = i.effective_from

-- name: censuses
SELECT contract_id, name AS census_name, group_census_id FROM book.group_census WHERE contract_id IS NOT NULL

-- name: update_censuses
UPDATE book.group_census AS s SET name = i.name, type = i.type, effective_date = i.effective_date, expiration_date = i.expiration_date,
    modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.group_census_id = s.group_census_id
    AND row(s.name, s.type, s.effective_date, s.expiration_date) IS DISTINCT FROM row(i.name, i.type, i.effective_date, i.expiration_date)

-- name: insert_censuses
INSERT INTO book.group_census BY NAME
SELECT * EXCLUDE (is_new), 'Active' AS status, CAST(0 AS BIGINT) AS census_version, CAST($now AS TIMESTAMP) AS created_at,
    CAST($now AS TIMESTAMP) AS modified_at
FROM incoming WHERE is_new

-- name: insert_load
INSERT INTO ref.shelf_load BY NAME
SELECT $shelf_load_id AS shelf_load_id, $source_name AS source_name, $sha256 AS sha256, CAST($n_rows AS BIGINT) AS n_rows,
    CAST($n_accepted AS BIGINT) AS n_accepted, CAST($n_refused AS BIGINT) AS n_refused, CAST($n_changed AS BIGINT) AS n_changed,
    CAST($now AS TIMESTAMP) AS loaded_at

-- name: insert_issues
INSERT INTO ref.shelf_issue BY NAME
SELECT CAST($shelf_load_id AS VARCHAR) AS shelf_load_id, * FROM incoming
