-- Contracts made of quotes: what is known of the quote, what its lines become, and the writing.

-- name: head
-- A quote with its account (CQ-2: Account wins over Account for Quote; $account_id stands in where it has neither).
SELECT q.quote_id, q.quote_number, q.name, a.account_id, a.account_number, q.status, q.start_date, q.end_date, q.rating_area, q.industry_code,
    coalesce(q.rating_date, q.start_date) AS rating_date, q.group_census_id, coalesce(q.rating_request_id, q.quote_id) AS rated_by
FROM book.quote AS q
LEFT JOIN book.account AS a ON a.account_id = coalesce(q.account_id, q.quote_account_id, $account_id)
WHERE q.quote_id = $quote_id

-- name: roots
-- The root lines, and whether each has a price and no error (CQ-3).
SELECT quote_line_id, rated_at IS NOT NULL AND net_total_price_cents IS NOT NULL AND rating_error IS NULL AS is_rated
FROM book.quote_line WHERE quote_id = $quote_id AND level = 'ROOT' ORDER BY quote_line_id

-- name: of_quote
-- A contract made of the quote, or a request that is making one (CQ-12).
SELECT contract_id FROM book.contract WHERE source_quote_id = $quote_id
UNION ALL
SELECT async_request_id FROM book.async_request
WHERE type = 'ContractCreation' AND reference_record_id = $quote_id AND status IN ('Scheduled', 'In Progress')
    AND async_request_id IS DISTINCT FROM CAST($request_id AS VARCHAR)

-- name: lines
-- Root and coverage lines as a caller names them: by instance key, or by the products from the root down.
SELECT l.quote_line_id, l.root_line_id, l.level, l.instance_key,
    CASE WHEN l.level = 'ROOT' THEN t.product_code ELSE concat_ws('/', t.product_code, p.product_code) END AS path,
    CASE WHEN l.level = 'ROOT' THEN t.product_id ELSE concat_ws('/', t.product_id, p.product_id) END AS product_ids
FROM book.quote_line AS l
JOIN book.quote_line AS r ON r.quote_line_id = l.root_line_id
JOIN book.product AS t ON t.product_id = r.product_id
LEFT JOIN book.product AS p ON p.product_id = l.product_id
WHERE l.quote_id = $quote_id AND l.level IN ('ROOT', 'COVERAGE')
ORDER BY l.quote_line_id

-- name: priced_lines
-- Root and coverage lines with all that a plan takes from them: the class of the group summary above (null is everybody), the
-- attributes as one text, the price, and the method of the table that priced them on the rating date.
WITH RECURSIVE above AS (
    SELECT quote_line_id, parent_line_id, group_class_id FROM book.quote_line WHERE quote_id = $quote_id AND level IN ('ROOT', 'COVERAGE')
    UNION ALL
    SELECT a.quote_line_id, l.parent_line_id, coalesce(a.group_class_id, l.group_class_id)
    FROM above AS a JOIN book.quote_line AS l ON l.quote_line_id = a.parent_line_id
),
of_class AS (
    SELECT quote_line_id, max(group_class_id) AS group_class_id FROM above WHERE parent_line_id IS NULL GROUP BY quote_line_id
),
said AS (
    SELECT quote_line_id, string_agg(CAST(row(attribute_name, value) AS VARCHAR), ';' ORDER BY attribute_name, value) AS attributes
    FROM book.quote_line_attribute GROUP BY quote_line_id
),
by_product AS (
    SELECT product_id, min(rate_table_id) AS rate_table_id FROM ref.rate_table_plan
    WHERE contract_plan_id IS NULL AND product_id IS NOT NULL GROUP BY product_id
)
SELECT l.quote_line_id, l.root_line_id, l.level, l.product_id, l.name, l.is_optional, c.group_class_id, coalesce(s.attributes, '') AS attributes,
    l.net_total_price_cents AS cents, l.rating_date, p.product_code, p.product_category_id, r.product_type AS plan_type, t.rate_table_id, t.method
FROM book.quote_line AS l
JOIN of_class AS c ON c.quote_line_id = l.quote_line_id
JOIN book.product AS p ON p.product_id = l.product_id
JOIN book.quote_line AS x ON x.quote_line_id = l.root_line_id
JOIN book.product AS r ON r.product_id = x.product_id
LEFT JOIN said AS s ON s.quote_line_id = l.quote_line_id
LEFT JOIN by_product AS b ON b.product_id = l.product_id
LEFT JOIN ref.rate_table AS t ON t.rate_table_id = b.rate_table_id
WHERE l.quote_id = $quote_id AND l.level IN ('ROOT', 'COVERAGE')
ORDER BY l.root_line_id, l.level <> 'ROOT', l.quote_line_id

-- name: summaries
-- Group summaries with their root and class.
SELECT quote_line_id, root_line_id, group_class_id FROM book.quote_line WHERE quote_id = $quote_id AND level = 'GROUP_SUMMARY'
ORDER BY quote_line_id

-- name: attributes
-- Attribute values of the lines of the quote, one of a name to a line.
SELECT a.quote_line_id, a.attribute_name, arg_min(a.value, a.quote_line_attribute_id) AS value,
    arg_min(a.attribute_definition_id, a.quote_line_attribute_id) AS attribute_definition_id,
    arg_min(a.attribute_picklist_value_id, a.quote_line_attribute_id) AS attribute_picklist_value_id
FROM book.quote_line_attribute AS a JOIN book.quote_line AS l ON l.quote_line_id = a.quote_line_id
WHERE l.quote_id = $quote_id
GROUP BY a.quote_line_id, a.attribute_name
ORDER BY a.quote_line_id, a.attribute_name

-- name: carried_contract
-- What a renewal or an endorsement takes over from the contract before.
SELECT enrollment_waiting_period, brokerage_agency_id, producer_id, business_license_id, underwriter_id, contribution_strategy,
    is_self_service_window_enforced, pricebook_id, group_size, eligible_employees
FROM book.contract WHERE contract_id = $contract_id

-- name: carried_plans
-- Plans of the contract before, by the products from the root down; of several with the same products the first.
SELECT t.product_id AS root_product_id, p.product_id, p.parent_plan_id IS NULL AS is_root, min(p.contract_plan_id) AS original_plan_id,
    arg_min(p.group_number, p.contract_plan_id) AS group_number, arg_min(p.eligibility_criteria, p.contract_plan_id) AS eligibility_criteria,
    arg_min(p.proration_method, p.contract_plan_id) AS proration_method, arg_min(p.proration_end, p.contract_plan_id) AS proration_end,
    arg_min(p.proration_change, p.contract_plan_id) AS proration_change, arg_min(p.proration_newborn, p.contract_plan_id) AS proration_newborn,
    arg_min(p.wash_day, p.contract_plan_id) AS wash_day, arg_min(p.priority, p.contract_plan_id) AS priority,
    arg_min(p.contribution_strategy, p.contract_plan_id) AS contribution_strategy,
    arg_min(p.rate_basis_date, p.contract_plan_id) AS rate_basis_date, arg_min(p.auto_assign, p.contract_plan_id) AS auto_assign,
    arg_min(p.description, p.contract_plan_id) AS description,
    arg_min(p.enrollment_waiting_period, p.contract_plan_id) AS enrollment_waiting_period
FROM book.contract_plan AS p
JOIN book.contract_plan AS t ON t.contract_plan_id = p.root_plan_id
WHERE p.contract_id = $contract_id
GROUP BY ALL

-- name: carried_rules
-- Contribution rules that name a plan of the contract before, for the plans that go on from it; a plan that is the measure goes
-- along. A rule that has ended by the start stays behind. In their order, so that the later of two still wins (CB-12).
SELECT r.* EXCLUDE (contribution_rule_id) REPLACE (p.contract_plan_id AS contract_plan_id,
    coalesce(f.contract_plan_id, r.reference_plan_id) AS reference_plan_id, CAST($now AS TIMESTAMP) AS modified_at,
    left(replace(r.name, ' (' || r.contract_plan_id || ')', ''), 230) || ' (' || p.contract_plan_id || ')' AS name)
FROM ref.contribution_rule AS r
JOIN book.contract_plan AS o ON o.contract_plan_id = r.contract_plan_id AND o.contract_id = $prior_id
JOIN book.contract_plan AS p ON p.original_plan_id = r.contract_plan_id AND p.contract_id = $contract_id
LEFT JOIN (
    SELECT original_plan_id, min(contract_plan_id) AS contract_plan_id FROM book.contract_plan WHERE contract_id = $contract_id GROUP BY ALL
) AS f ON f.original_plan_id = r.reference_plan_id
WHERE r.effective_end_date IS NULL OR r.effective_end_date >= $start
ORDER BY r.modified_at, r.contribution_rule_id, p.contract_plan_id

-- name: insert_rules
INSERT INTO ref.contribution_rule BY NAME SELECT * FROM made_rules

-- name: make_measured
-- Contribution rules of a class that name no plan, but are measured by one of the contract before, with the plan that goes on
-- from the measure. A rule that has ended by the start stays behind, and so does one whose measure is no more.
CREATE OR REPLACE TEMP TABLE measured_rule AS
SELECT r.contribution_rule_id, min(p.contract_plan_id) AS reference_plan_id
FROM ref.contribution_rule AS r
JOIN book.contract_plan AS o ON o.contract_plan_id = r.reference_plan_id AND o.contract_id = $prior_id
JOIN book.contract_plan AS p ON p.original_plan_id = r.reference_plan_id AND p.contract_id = $contract_id
WHERE r.contract_plan_id IS NULL AND (r.effective_end_date IS NULL OR r.effective_end_date >= $start)
GROUP BY ALL

-- name: measured_rules
-- These once more, for terms that begin now (CB-2); they keep the day of their last change, and with it their rank (CB-12).
SELECT r.* EXCLUDE (contribution_rule_id) REPLACE (m.reference_plan_id AS reference_plan_id,
    greatest(r.effective_start_date, $start) AS effective_start_date,
    left(replace(r.name, ' (' || $prior_id || ')', ''), 230) || ' (' || $contract_id || ')' AS name)
FROM ref.contribution_rule AS r JOIN measured_rule AS m USING (contribution_rule_id)
ORDER BY r.modified_at, r.contribution_rule_id

-- name: end_measured
-- The rules before serve terms that have ended by then (CB-3).
UPDATE ref.contribution_rule SET effective_end_date = CAST($start AS DATE) - 1
WHERE contribution_rule_id IN (SELECT contribution_rule_id FROM measured_rule)
    AND (effective_start_date IS NULL OR effective_start_date < $start)

-- name: drop_measured
DROP TABLE IF EXISTS measured_rule

-- name: carried_configuration
-- Configuration rules of the contract before, for the plans that go on from theirs (EC-7); one whose other plan is no more has
-- nothing left to say.
SELECT $contract_id AS contract_id, c.kind, p.contract_plan_id, min(f.contract_plan_id) AS other_plan_id, c.minimum_age, c.maximum_age,
    c.message, CAST($now AS TIMESTAMP) AS modified_at
FROM ref.configuration_rule AS c
JOIN book.contract_plan AS p ON p.original_plan_id = c.contract_plan_id AND p.contract_id = $contract_id
LEFT JOIN book.contract_plan AS f ON f.original_plan_id = c.other_plan_id AND f.contract_id = $contract_id
WHERE c.contract_id = $prior_id AND (c.other_plan_id IS NULL OR f.contract_plan_id IS NOT NULL)
GROUP BY c.configuration_rule_id, c.kind, p.contract_plan_id, c.minimum_age, c.maximum_age, c.message,
    CASE c.kind WHEN 'EXCLUDES' THEN f.contract_plan_id END
ORDER BY c.configuration_rule_id, p.contract_plan_id, other_plan_id

-- name: insert_configuration
INSERT INTO ref.configuration_rule BY NAME SELECT * FROM made_rules

-- name: prior
-- A contract that is to be renewed or endorsed, with the first of those that follow it already.
SELECT k.contract_id, k.account_id, k.start_date, k.end_date, arg_min(n.contract_id, n.start_date) AS next_id, min(n.start_date) AS next_from
FROM book.contract AS k LEFT JOIN book.contract AS n ON n.prior_contract_id = k.contract_id
WHERE k.contract_id = $contract_id GROUP BY ALL

-- name: follow
-- What followed a contract follows the version that an endorsement puts between.
UPDATE book.contract SET prior_contract_id = $made_id, modified_at = CAST($now AS TIMESTAMP)
WHERE prior_contract_id = $contract_id AND contract_id <> $made_id

-- name: insert_contract
INSERT INTO book.contract BY NAME SELECT * FROM made_contract

-- name: insert_plans
INSERT INTO book.contract_plan BY NAME SELECT * FROM made_plans

-- name: insert_attributes
INSERT INTO book.contract_plan_attribute BY NAME SELECT * FROM made_attributes

-- name: insert_plan_classes
INSERT INTO book.contract_plan_class BY NAME
SELECT m.*, g.name FROM made_classes AS m JOIN book.group_class AS g ON g.group_class_id = m.group_class_id

-- name: insert_class_attributes
INSERT INTO book.contract_plan_class_attribute BY NAME SELECT * FROM made_class_attributes

-- name: insert_final_rates
-- Rates made from the census of the quote, fixed for the term of the contract (CQ-14).
INSERT INTO ref.final_rate BY NAME
SELECT * EXCLUDE (female_e4), CAST(CAST(female_e4 AS DECIMAL(12, 0)) * CAST(0.0001 AS DECIMAL(5, 4)) AS DECIMAL(7, 4)) AS female_percent FROM made_final_rates

-- name: accept_quote
UPDATE book.quote SET status = 'Accepted', modified_at = CAST($now AS TIMESTAMP) WHERE quote_id = $quote_id AND status <> 'Accepted'

-- name: name_census
-- A census that has no contract is enrolled under the one that names it.
UPDATE book.group_census SET contract_id = $contract_id, modified_at = CAST($now AS TIMESTAMP)
WHERE group_census_id = $census_id AND contract_id IS NULL

-- name: shorten
-- An endorsed contract ends the day before its new version begins, and so do its plans; a term that was stated is none of these dates.
UPDATE book.contract SET end_date = $end_date, contract_term = NULL, modified_at = CAST($now AS TIMESTAMP) WHERE contract_id = $contract_id

-- name: shorten_plans
UPDATE book.contract_plan SET effective_end_date = $end_date, modified_at = CAST($now AS TIMESTAMP)
WHERE contract_id = $contract_id AND effective_end_date > $end_date

-- name: made_of
-- The contract made of a quote, with its plans and the first lines they were made of.
SELECT k.contract_id, k.account_id, a.account_number, k.enrollment_start_date, k.enrollment_end_date, p.contract_plan_id, p.quote_line_id,
    {'effective_start_date': p.effective_start_date, 'effective_end_date': p.effective_end_date,
        'enrollment_start_date': p.enrollment_start_date, 'enrollment_end_date': p.enrollment_end_date} AS dates
FROM book.contract AS k
JOIN book.account AS a ON a.account_id = k.account_id
LEFT JOIN book.contract_plan AS p ON p.contract_id = k.contract_id
WHERE k.source_quote_id = $quote_id
ORDER BY p.contract_plan_id

-- name: filed_tiers
-- The tier prices of coverages whose table prices families by tier, in the version of the line's rating date; tiers under their published
-- names, and those of tables with fewer tiers written out. `keys` are the other keys of a cell, along `axes`.
WITH version AS (
    SELECT l.quote_line_id, l.rate_table_id, max(c.effective_from) AS effective_from
    FROM tier_lines AS l JOIN ref.rate_cell AS c ON c.rate_table_id = l.rate_table_id
    WHERE c.effective_from <= l.rating_date GROUP BY ALL
),
cell AS (
    SELECT v.quote_line_id, c.rate_table_id, coalesce(c.keys[list_position(t.axes, 'tier')], '') AS said, CAST(c.rate AS DOUBLE) AS rate,
        list_filter(c.keys, lambda k, i: i <> coalesce(list_position(t.axes, 'tier'), 0)) AS keys
    FROM ref.rate_cell AS c
    JOIN version AS v ON v.rate_table_id = c.rate_table_id AND v.effective_from = c.effective_from
    JOIN ref.rate_table AS t ON t.rate_table_id = c.rate_table_id
    WHERE c.rate IS NOT NULL
),
shape AS (
    SELECT quote_line_id, CASE WHEN bool_or(said IN ('E1C', 'ECN')) THEN 'five' WHEN bool_or(said IN ('EC', 'ES')) THEN 'four'
        WHEN bool_or(said = 'EE+1') THEN 'three' ELSE 'two' END AS shape
    FROM cell GROUP BY quote_line_id
),
named(shape, said, tier) AS (
    VALUES ('five', 'EE', 'Employee Only'), ('five', 'ES', 'Employee & Spouse'), ('five', 'E1C', 'Employee & One Child'),
        ('five', 'ECN', 'Employee & Children'), ('five', 'FAM', 'Employee & Family'),
        ('four', 'EE', 'Employee Only'), ('four', 'ES', 'Employee & Spouse'), ('four', 'EC', 'Employee & Children'),
        ('four', 'FAM', 'Employee & Family'),
        ('three', 'EE', 'Employee Only'), ('three', 'EE+1', 'Employee & Spouse'), ('three', 'EE+1', 'Employee & One Child'),
        ('three', 'FAM', 'Employee & Children'), ('three', 'FAM', 'Employee & Family'),
        ('two', 'EE', 'Employee Only'), ('two', 'FAM', 'Employee & Spouse'), ('two', 'FAM', 'Employee & Children'),
        ('two', 'FAM', 'Employee & Family')
)
SELECT c.quote_line_id, coalesce(n.tier, c.said) AS tier, c.rate, c.keys, list_filter(t.axes, lambda k: k <> 'tier') AS axes, t.rate_period,
    nullif(CAST(json_merge_patch('{}', to_json({
        'ageBasis': nullif(t.age_basis, 'LAST_BIRTHDAY'), 'ageDate': nullif(t.age_date, 'PLAN_ANNIVERSARY'),
        'spouseAge': nullif(t.spouse_age, 'OWN'), 'limits': t.limits, 'outsideTable': nullif(t.outside_table, 'CLAMP'),
        'roundPlaces': t.round_places, 'moneyRounding': nullif(t.money_rounding, 'HALF_UP'), 'factorTables': nullif(t.factor_tables, [])
    })) AS VARCHAR), '{}') AS settings
FROM cell AS c
JOIN shape AS s ON s.quote_line_id = c.quote_line_id
JOIN ref.rate_table AS t ON t.rate_table_id = c.rate_table_id
LEFT JOIN named AS n ON n.shape = s.shape AND n.said = c.said
ORDER BY ALL

-- name: structures
-- Tier prices as the text that a contract keeps of them (GR-27); what there is none of is left out.
WITH entry AS (
    SELECT *, json_merge_patch('{}', to_json({'tier': tier, 'rate': rate, 'keys': CASE WHEN len(keys) > 0 THEN keys END})) AS entry,
        list_position(['Employee Only', 'Employee & Spouse', 'Employee & One Child', 'Employee & Children', 'Employee & Family'], tier) AS place
    FROM tier_rates
)
SELECT quote_line_id, CAST(json_merge_patch('{}', to_json({
        'tiers': list(entry ORDER BY keys, place, tier), 'ratePeriod': any_value(rate_period),
        'axes': CASE WHEN len(any_value(axes)) > 0 THEN any_value(axes) END, 'settings': CAST(any_value(settings) AS JSON)
    })) AS VARCHAR) AS pricing_structure
FROM entry GROUP BY quote_line_id ORDER BY quote_line_id

-- name: periods
SELECT l.quote_line_id, t.rate_period FROM tier_lines AS l JOIN ref.rate_table AS t ON t.rate_table_id = l.rate_table_id

-- name: set_column
UPDATE {table} SET {column} = CAST($value AS {type}), modified_at = CAST($now AS TIMESTAMP)
WHERE {key} IN (SELECT unnest($ids::VARCHAR[])) AND {column} IS DISTINCT FROM CAST($value AS {type})

-- name: some_numbers
SELECT DISTINCT contract_number FROM book.contract ORDER BY contract_number LIMIT 10

-- name: shown
-- A contract for people, with the one before it, and the contract that its census is enrolled under, if that is another.
SELECT k.contract_number, a.name AS account, k.status, k.start_date, k.end_date, c.name AS census, b.contract_number AS prior_number,
    b.end_date AS prior_end, o.contract_number AS enrolled_number
FROM book.contract AS k
JOIN book.account AS a ON a.account_id = k.account_id
LEFT JOIN book.contract AS b ON b.contract_id = k.prior_contract_id
LEFT JOIN book.group_census AS c ON c.group_census_id = k.enrollment_census_id
LEFT JOIN book.contract AS o ON o.contract_id = c.contract_id AND o.contract_id <> k.contract_id
WHERE k.contract_id = $contract_id

-- name: shown_plans
SELECT name, parent_plan_id IS NULL AS is_root, is_optional, group_number, unit_price_cents
FROM book.contract_plan WHERE contract_id = $contract_id
ORDER BY root_plan_id, parent_plan_id IS NOT NULL, contract_plan_id
