-- The sheets of quotes: what is stored under which natural key, and the upserts that keep ids.
-- `incoming` is the Arrow table lent by the caller: accepted rows with their ids, new ones marked by is_new.
-- An update touches only rows that differ, so a load of what is stored already changes nothing.

-- name: quotes
-- Quotes with the account whose classes their lines may name: that of the census, else their own.
SELECT q.quote_number, q.quote_id, q.account_id AS stored_account_id, coalesce(c.account_id, q.account_id, q.quote_account_id) AS class_account_id
FROM book.quote AS q LEFT JOIN book.group_census AS c ON c.group_census_id = q.group_census_id

-- name: censuses
SELECT account_id, name AS census, group_census_id FROM book.group_census ORDER BY group_census_id

-- name: products
SELECT p.product_code, p.product_id, p.parent_product_id, p.name AS product_name FROM book.product AS p

-- name: update_quotes
UPDATE book.quote AS s SET quote_number = i.quote_number, name = i.name, account_id = i.account_id, quote_account_id = i.quote_account_id,
    group_census_id = i.group_census_id, insurance_quote_type = i.insurance_quote_type, census_rating_type = i.census_rating_type,
    start_date = i.start_date, end_date = i.end_date, status = i.status, rating_area = i.rating_area, industry_code = i.industry_code,
    modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.quote_id = s.quote_id
    AND row(s.quote_number, s.name, s.account_id, s.quote_account_id, s.group_census_id, s.insurance_quote_type, s.census_rating_type,
            s.start_date, s.end_date, s.status, s.rating_area, s.industry_code)
        IS DISTINCT FROM row(i.quote_number, i.name, i.account_id, i.quote_account_id, i.group_census_id, i.insurance_quote_type,
            i.census_rating_type, i.start_date, i.end_date, i.status, i.rating_area, i.industry_code)

-- name: insert_quotes
INSERT INTO book.quote BY NAME
SELECT * EXCLUDE (is_new), CAST($now AS TIMESTAMP) AS modified_at FROM incoming WHERE is_new

-- name: lines
-- A line is known by its key, one without a key by its id.
SELECT l.quote_id, coalesce(l.instance_key, l.quote_line_id) AS line_key, l.quote_line_id, l.level, l.parent_line_id, l.product_id, l.group_class_id,
    l.root_line_id, r.product_id AS root_product_id,
    r.product_id IN (SELECT parent_product_id FROM book.product WHERE parent_product_id IS NOT NULL) AS root_has_children
FROM book.quote_line AS l LEFT JOIN book.quote_line AS r ON r.quote_line_id = l.root_line_id

-- name: update_lines
UPDATE book.quote_line AS s SET instance_key = i.instance_key, name = i.name, group_class_id = i.group_class_id,
    is_optional = i.is_optional, quantity = i.quantity, modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
WHERE NOT i.is_new AND i.quote_line_id = s.quote_line_id
    AND row(s.instance_key, s.name, s.group_class_id, s.is_optional, coalesce(s.quantity, 1))
        IS DISTINCT FROM row(i.instance_key, i.name, i.group_class_id, i.is_optional, coalesce(i.quantity, 1))

-- name: insert_lines
INSERT INTO book.quote_line BY NAME
SELECT * EXCLUDE (is_new) REPLACE (coalesce(root_line_id, quote_line_id) AS root_line_id), CAST($now AS TIMESTAMP) AS modified_at
FROM incoming WHERE is_new

-- name: attributes
SELECT quote_line_id, attribute_name, quote_line_attribute_id, value FROM book.quote_line_attribute

-- name: touch_lines
-- A line changes with its attributes.
UPDATE book.quote_line AS l SET modified_at = CAST($now AS TIMESTAMP)
FROM incoming AS i
LEFT JOIN book.quote_line_attribute AS s ON s.quote_line_attribute_id = i.quote_line_attribute_id
WHERE l.quote_line_id = i.quote_line_id
    AND row(s.value, s.attribute_definition_id, s.attribute_picklist_value_id)
        IS DISTINCT FROM row(i.value, i.attribute_definition_id, i.attribute_picklist_value_id)

-- name: update_attributes
UPDATE book.quote_line_attribute AS s SET attribute_name = i.attribute_name, value = i.value,
    attribute_definition_id = i.attribute_definition_id, attribute_picklist_value_id = i.attribute_picklist_value_id
FROM incoming AS i
WHERE NOT i.is_new AND i.quote_line_attribute_id = s.quote_line_attribute_id
    AND row(s.value, s.attribute_definition_id, s.attribute_picklist_value_id)
        IS DISTINCT FROM row(i.value, i.attribute_definition_id, i.attribute_picklist_value_id)

-- name: insert_attributes
INSERT INTO book.quote_line_attribute BY NAME SELECT * EXCLUDE (is_new) FROM incoming WHERE is_new
