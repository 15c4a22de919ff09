-- Group quotes: what is known before one is rated, what rating writes, and reading.

-- name: head
-- A quote with what its checks need of the census.
SELECT q.quote_id, coalesce(q.account_id, q.quote_account_id) AS account_id, q.account_id AS own_account_id, q.quote_account_id,
    q.insurance_quote_type, q.census_rating_type, q.start_date, q.end_date, q.rating_request_id,
    c.group_census_id, c.account_id AS census_account_id, c.effective_date, c.expiration_date,
    CAST(coalesce(c.total_members,
        (SELECT sum(s.total_members) FROM book.census_summary AS s WHERE s.group_census_id = c.group_census_id), 0) AS BIGINT) AS total_members,
    (SELECT count(*) FROM book.census_member AS m WHERE m.group_census_id = c.group_census_id) AS n_members
FROM book.quote AS q LEFT JOIN book.group_census AS c ON c.group_census_id = q.group_census_id
WHERE q.quote_id = $quote_id

-- name: lines
-- Lines in the order of the tree: a root, then what hangs under it.
SELECT quote_line_id, parent_line_id, root_line_id, level, product_id, name, group_class_id, is_optional
FROM book.quote_line WHERE quote_id = $quote_id
ORDER BY root_line_id, level = 'COVERAGE', level = 'MEMBER', level = 'GROUP_SUMMARY', quote_line_id

-- name: bare
-- Roots, group summaries and member placeholders of some roots under which there is no coverage (GR-5).
WITH RECURSIVE above AS (
    SELECT quote_line_id AS coverage_id, parent_line_id AS line_id FROM book.quote_line
    WHERE quote_id = $quote_id AND level = 'COVERAGE'
    UNION ALL
    SELECT a.coverage_id, l.parent_line_id FROM above AS a JOIN book.quote_line AS l ON l.quote_line_id = a.line_id
)
SELECT l.quote_line_id FROM book.quote_line AS l
WHERE l.quote_id = $quote_id AND l.level <> 'COVERAGE' AND l.root_line_id IN (SELECT unnest($root_ids))
    AND l.quote_line_id NOT IN (SELECT line_id FROM above WHERE line_id IS NOT NULL)
ORDER BY l.quote_line_id

-- name: running
-- Requests to rate the quote that have not ended, with their root lines.
SELECT r.async_request_id, r.inputs FROM book.async_request AS r
WHERE r.type = 'GroupRating' AND r.reference_record_id = $quote_id AND r.status IN ('Scheduled', 'In Progress')

-- name: procedures
-- The table in force on a day for each coverage line, and whether its method fits the census rating type: a summary-based
-- table prices a class or census as one thing, every other prices members. A version without a rate closes the table (GR-22).
SELECT l.quote_line_id, t.rate_table_id, (t.method = 'summary_based') = ($rating_type = 'Summary Based') AS fits
FROM book.quote_line AS l
JOIN (
    SELECT product_id, min(rate_table_id) AS rate_table_id FROM ref.rate_table_plan
    WHERE contract_plan_id IS NULL AND product_id IS NOT NULL GROUP BY product_id
) AS p ON p.product_id = l.product_id
JOIN ref.rate_table AS t ON t.rate_table_id = p.rate_table_id
WHERE l.quote_id = $quote_id AND l.level = 'COVERAGE' AND l.root_line_id IN (SELECT unnest($root_ids))
    AND EXISTS (
        FROM ref.rate_cell AS c WHERE c.rate_table_id = t.rate_table_id AND c.rate IS NOT NULL AND c.effective_from = (
            SELECT max(v.effective_from) FROM ref.rate_cell AS v WHERE v.rate_table_id = t.rate_table_id AND v.effective_from <= $rating_date
        )
    )

-- name: assumed
-- Coverage lines priced by an amount that members will choose, with the amount that everybody is taken to choose.
SELECT l.quote_line_id, format('{:,.2f}', min(CAST(a.value AS DOUBLE))) AS dollars
FROM book.quote_line AS l
JOIN book.quote_line_attribute AS a ON a.quote_line_id = l.quote_line_id AND a.attribute_name = 'AssumedElectedAmount'
JOIN ref.rate_table_plan AS p ON p.product_id = l.product_id AND p.contract_plan_id IS NULL
JOIN ref.rate_table AS t ON t.rate_table_id = p.rate_table_id AND t.method IN ('volume', 'supplemental_life', 'worksite')
WHERE l.quote_id = $quote_id AND NOT EXISTS (FROM book.quote_line_attribute AS f
    WHERE f.quote_line_id = l.quote_line_id AND f.attribute_name IN ('BenefitFlatAmount', 'BenefitMultiple'))
GROUP BY l.quote_line_id

-- name: is_requested
UPDATE book.quote SET rating_request_id = $request_id WHERE quote_id = $quote_id

-- name: write_lines
-- Premiums of coverage lines as rated; a line with an error keeps its old premium (GR-18).
UPDATE book.quote_line AS l
SET unit_price_cents = CASE WHEN r.error IS NULL THEN r.cents ELSE l.unit_price_cents END,
    net_unit_price_cents = CASE WHEN r.error IS NULL THEN r.cents ELSE l.net_unit_price_cents END,
    net_total_price_cents = CASE WHEN r.error IS NULL THEN r.cents * coalesce(l.quantity, 1) ELSE l.net_total_price_cents END,
    tax_cents = CASE WHEN r.error IS NULL THEN 0 ELSE l.tax_cents END,
    rated_at = CASE WHEN r.error IS NULL THEN CAST($now AS TIMESTAMP) ELSE l.rated_at END,
    rating_date = CASE WHEN r.error IS NULL THEN $rating_date ELSE l.rating_date END,
    rating_error = r.error, rating_note = r.note
FROM quote_rated AS r WHERE l.quote_line_id = r.quote_line_id

-- name: roll_up
-- A group summary is the sum of the coverages under it, a root that of its group summaries (and of coverages right under
-- it), each of its own tree (GR-10, GR-11). A member placeholder carries nothing, so that no money counts twice.
WITH RECURSIVE above AS (
    SELECT quote_line_id AS coverage_id, parent_line_id AS line_id, net_total_price_cents, tax_cents, rating_error, rated_at
    FROM book.quote_line WHERE quote_id = $quote_id AND level = 'COVERAGE'
    UNION ALL
    SELECT a.coverage_id, l.parent_line_id, a.net_total_price_cents * n.quantity, a.tax_cents * n.quantity, a.rating_error, a.rated_at
    FROM above AS a JOIN book.quote_line AS l ON l.quote_line_id = a.line_id
    CROSS JOIN LATERAL (SELECT CASE WHEN l.level = 'GROUP_SUMMARY' THEN coalesce(l.quantity, 1) ELSE 1 END) AS n(quantity)
),
sums AS (
    SELECT line_id, sum(net_total_price_cents) AS cents, sum(tax_cents) AS tax_cents, bool_or(rating_error IS NOT NULL) AS has_errors,
        min(rated_at) FILTER (rating_error IS NULL) AS rated_at
    FROM above WHERE line_id IS NOT NULL GROUP BY line_id
)
UPDATE book.quote_line AS l
SET unit_price_cents = s.cents, net_unit_price_cents = s.cents, net_total_price_cents = s.cents * coalesce(l.quantity, 1),
    tax_cents = s.tax_cents, rated_at = s.rated_at,
    rating_error = CASE WHEN s.has_errors THEN $part_unrated END
FROM sums AS s
WHERE l.quote_line_id = s.line_id AND l.level IN ('ROOT', 'GROUP_SUMMARY') AND l.root_line_id IN (SELECT unnest($root_ids))

-- name: total
-- The quote is the sum of its root lines as they now stand, rated now or before (GR-11, GR-12).
UPDATE book.quote AS q
SET total_cents = (SELECT sum(l.net_total_price_cents) FROM book.quote_line AS l WHERE l.quote_id = q.quote_id AND l.level = 'ROOT'),
    rated_at = CAST($now AS TIMESTAMP), rating_date = $rating_date
WHERE q.quote_id = $quote_id

-- name: place_of_line
SELECT quote_id, root_line_id FROM book.quote_line WHERE quote_line_id = $line_id

-- name: make_going
-- A line and all that hangs under it.
CREATE OR REPLACE TEMP TABLE quote_going AS
WITH RECURSIVE below AS (
    SELECT CAST($line_id AS VARCHAR) AS quote_line_id
    UNION ALL
    SELECT l.quote_line_id FROM book.quote_line AS l JOIN below AS b ON l.parent_line_id = b.quote_line_id
)
FROM below

-- name: remove_attributes
DELETE FROM book.quote_line_attribute WHERE quote_line_id IN (SELECT quote_line_id FROM quote_going)

-- name: remove_lines
DELETE FROM book.quote_line WHERE quote_line_id IN (SELECT quote_line_id FROM quote_going)

-- name: drop_going
DROP TABLE quote_going

-- name: clear_sums
-- Sums of a root, before they are made anew of what is left under it.
UPDATE book.quote_line
SET unit_price_cents = NULL, net_unit_price_cents = NULL, net_total_price_cents = NULL, tax_cents = NULL, rated_at = NULL, rating_error = NULL
WHERE quote_id = $quote_id AND level IN ('ROOT', 'GROUP_SUMMARY') AND root_line_id IN (SELECT unnest($root_ids))

-- name: total_left
-- The quote is the sum of the roots that are left (GR-12); without a priced one it is as if never rated.
UPDATE book.quote AS q
SET total_cents = s.cents, rated_at = CASE WHEN s.is_rated THEN q.rated_at END, rating_date = CASE WHEN s.is_rated THEN q.rating_date END,
    modified_at = CAST($now AS TIMESTAMP)
FROM (
    SELECT sum(net_total_price_cents) AS cents, coalesce(bool_or(rated_at IS NOT NULL), false) AS is_rated
    FROM book.quote_line WHERE quote_id = $quote_id AND level = 'ROOT'
) AS s
WHERE q.quote_id = $quote_id

-- name: is_rated_as
-- What the prices of each root were made from (GR-17).
UPDATE book.quote_line AS l SET rated_version = f.fingerprint
FROM quote_seen AS f WHERE l.quote_line_id = f.root_line_id AND l.root_line_id IN (SELECT unnest($root_ids))

-- name: add_rating_requests
-- What came of each root plan, for its item. Lent is rated_roots: rating_request_id, async_item_id, status, error_code, error_message.
INSERT INTO book.rating_request BY NAME
SELECT n.*, r.account_id, i.batch_job_id, CAST($now AS TIMESTAMP) AS created_at
FROM rated_roots AS n
JOIN book.async_item AS i ON i.async_item_id = n.async_item_id
JOIN book.async_request AS r ON r.async_request_id = i.async_request_id

-- name: total_of
SELECT total_cents FROM book.quote WHERE quote_id = $quote_id

-- name: fingerprints
-- All that the prices of each root line come from, as one short text: the quote, its census (whose version rises with every
-- change of a member), the classes and contribution rules of the group, the lines of the root with their attributes, and
-- the tables that price them, with those that these name. Equal texts, equal prices; no clock is compared, so nothing removed
-- goes unnoticed (GR-17).
WITH RECURSIVE head AS (
    SELECT q.*, c.census_version, c.account_id AS census_account_id, coalesce(c.account_id, q.account_id, q.quote_account_id) AS group_id,
        CASE WHEN q.census_rating_type = 'Summary Based' THEN coalesce(c.total_members,
            (SELECT sum(s.total_members) FROM book.census_summary AS s WHERE s.group_census_id = c.group_census_id)) END AS counted
    FROM book.quote AS q LEFT JOIN book.group_census AS c ON c.group_census_id = q.group_census_id
    WHERE q.quote_id = $quote_id
),
whole AS (
    SELECT CAST(row(
        h.account_id, h.quote_account_id, h.group_census_id, h.census_version, h.census_account_id, h.counted, h.insurance_quote_type,
        h.census_rating_type, h.start_date, h.end_date, h.rating_area, h.industry_code, a.state, a.postal_code,
        (SELECT string_agg(CAST(row(g.group_class_id, g.name, g.effective_start_date, g.effective_end_date) AS VARCHAR), ';'
            ORDER BY g.group_class_id) FROM book.group_class AS g WHERE g.account_id = h.group_id),
        (SELECT string_agg(CAST(row(r.contribution_rule_id, r.modified_at) AS VARCHAR), ';' ORDER BY r.contribution_rule_id)
            FROM ref.contribution_rule AS r JOIN book.group_class AS g ON g.group_class_id = r.group_class_id
            WHERE g.account_id = h.group_id)
    ) AS VARCHAR) || coalesce((SELECT string_agg(CAST(row(r.postal_prefix, r.effective_from, r.rating_area) AS VARCHAR), ';'
            ORDER BY r.postal_prefix, r.effective_from) FROM ref.rating_area AS r
            WHERE h.rating_area IS NULL AND r.state = a.state AND starts_with(a.postal_code, r.postal_prefix)
                AND r.effective_from <= h.start_date), '') AS said
    FROM head AS h LEFT JOIN book.account AS a ON a.account_id = h.group_id
),
line AS (
    SELECT l.quote_line_id, l.root_line_id, l.product_id,
        CAST(row(l.quote_line_id, l.parent_line_id, l.level, l.product_id, l.group_class_id, l.is_optional, coalesce(l.quantity, 1)) AS VARCHAR)
            AS said
    FROM book.quote_line AS l WHERE l.quote_id = $quote_id
),
lines AS (
    SELECT root_line_id, string_agg(said, ';' ORDER BY quote_line_id) AS said FROM line GROUP BY root_line_id
),
attributes AS (
    SELECT l.root_line_id, string_agg(CAST(row(t.quote_line_id, t.attribute_name, t.value) AS VARCHAR), ';'
        ORDER BY t.quote_line_id, t.attribute_name, t.value) AS said
    FROM book.quote_line_attribute AS t JOIN line AS l ON l.quote_line_id = t.quote_line_id GROUP BY l.root_line_id
),
price AS (
    SELECT DISTINCT l.root_line_id, t.rate_table_id, t.modified_at, list_append(coalesce(t.factor_tables, []), t.base_table) AS named
    FROM line AS l
    JOIN ref.rate_table_plan AS p ON p.product_id = l.product_id AND p.contract_plan_id IS NULL
    JOIN ref.rate_table AS t ON t.rate_table_id = p.rate_table_id
    UNION
    SELECT p.root_line_id, t.rate_table_id, t.modified_at, list_append(coalesce(t.factor_tables, []), t.base_table) AS named
    FROM (SELECT root_line_id, unnest(named) AS name FROM price) AS p JOIN ref.rate_table AS t ON t.name = p.name
),
prices AS (
    SELECT root_line_id, string_agg(CAST(row(rate_table_id, modified_at) AS VARCHAR), ';' ORDER BY rate_table_id) AS said
    FROM price GROUP BY root_line_id
)
SELECT r.quote_line_id AS root_line_id, md5(CAST(row(w.said, l.said, a.said, p.said) AS VARCHAR)) AS fingerprint
FROM book.quote_line AS r
CROSS JOIN whole AS w
LEFT JOIN lines AS l ON l.root_line_id = r.quote_line_id
LEFT JOIN attributes AS a ON a.root_line_id = r.quote_line_id
LEFT JOIN prices AS p ON p.root_line_id = r.quote_line_id
WHERE r.quote_id = $quote_id AND r.level = 'ROOT'
ORDER BY r.quote_line_id

-- name: rated_versions
SELECT quote_line_id AS root_line_id, rated_version, rated_at FROM book.quote_line WHERE quote_id = $quote_id AND level = 'ROOT'

-- name: state
-- When the quote was rated, and the status of the latest request (GR-16).
SELECT q.rated_at, q.rating_request_id, r.status
FROM book.quote AS q LEFT JOIN book.async_request AS r ON r.async_request_id = q.rating_request_id WHERE q.quote_id = $quote_id

-- name: whole
SELECT quote_id, quote_number, name, account_id, quote_account_id, group_census_id, insurance_quote_type, census_rating_type, start_date,
    end_date, status, rating_area, industry_code, total_cents, rated_at, rating_date, modified_at
FROM book.quote WHERE quote_id = $quote_id

-- name: tree
-- Every line, those above before those below.
SELECT l.quote_line_id, l.parent_line_id, l.level, l.instance_key, l.name, l.product_id, p.product_code, l.group_class_id, c.name AS class_name,
    l.is_optional, coalesce(l.quantity, 1) AS quantity, l.unit_price_cents, l.net_unit_price_cents, l.net_total_price_cents, l.tax_cents,
    l.rating_error, l.rating_note, l.rated_at
FROM book.quote_line AS l
LEFT JOIN book.product AS p ON p.product_id = l.product_id
LEFT JOIN book.group_class AS c ON c.group_class_id = l.group_class_id
WHERE l.quote_id = $quote_id
ORDER BY list_position(['ROOT', 'GROUP_SUMMARY', 'MEMBER', 'COVERAGE'], l.level), l.quote_line_id

-- name: tree_attributes
SELECT t.quote_line_id, t.quote_line_attribute_id, t.attribute_name, t.value, t.attribute_definition_id, t.attribute_picklist_value_id
FROM book.quote_line_attribute AS t JOIN book.quote_line AS l USING (quote_line_id)
WHERE l.quote_id = $quote_id ORDER BY t.quote_line_id, t.attribute_name, t.quote_line_attribute_id

-- name: listed
-- Quotes for people, the latest changed first.
SELECT q.quote_id, q.quote_number, q.name, a.name AS account, q.census_rating_type, q.start_date, q.total_cents, r.status AS rating_status
FROM book.quote AS q
LEFT JOIN book.account AS a ON a.account_id = coalesce(q.account_id, q.quote_account_id)
LEFT JOIN book.async_request AS r ON r.async_request_id = q.rating_request_id
ORDER BY q.modified_at DESC, q.quote_id DESC

-- name: with_lines
SELECT DISTINCT q.quote_id FROM book.quote AS q JOIN book.quote_line AS l USING (quote_id) WHERE l.level = 'ROOT' ORDER BY q.quote_id

-- name: numbered
-- The quote known by a number, or by its id.
SELECT quote_id FROM book.quote WHERE lower(quote_number) = lower(trim($known_as)) OR quote_id = trim($known_as)
