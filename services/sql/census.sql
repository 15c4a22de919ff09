-- Census load: what the book holds of the censuses at hand, and the storing of what a load made of them.
-- Frames are lent under names that begin with load_: they are columns made by services/census_load.

-- name: targets
SELECT g.group_census_id, g.name AS census_name, a.name AS account_name, g.type, g.account_id, g.contract_id,
    g.effective_date, g.expiration_date, g.census_version, k.start_date AS contract_start, k.end_date AS contract_end
FROM (SELECT DISTINCT group_census_id FROM load_files) AS f
JOIN book.group_census AS g USING (group_census_id)
LEFT JOIN book.account AS a ON a.account_id = g.account_id
LEFT JOIN book.contract AS k ON k.contract_id = g.contract_id
ORDER BY g.group_census_id

-- name: known_files
-- Files of the censuses that were loaded before, known by their bytes; twins are counted from 0.
SELECT f.census_file_id, f.group_census_id, f.sha256,
    CAST(row_number() OVER (PARTITION BY f.group_census_id, f.sha256 ORDER BY f.census_file_id) - 1 AS INTEGER) AS twin
FROM raw.census_file AS f SEMI JOIN load_files AS n ON n.group_census_id = f.group_census_id AND n.sha256 = f.sha256

-- name: members
SELECT m.* FROM book.census_member AS m SEMI JOIN load_files AS n USING (group_census_id) ORDER BY m.group_census_member_id

-- name: selections
SELECT s.member_plan_id, s.group_census_member_id, s.group_census_id, s.contract_plan_id, s.enrollment_status, s.elected_amount_cents,
    s.evidence_status, s.approved_amount_cents, s.approved_from, s.is_late_entrant, s.original_effective_date
FROM book.member_plan AS s SEMI JOIN load_files AS n USING (group_census_id) ORDER BY s.member_plan_id

-- name: classes
SELECT c.group_class_id, c.account_id, c.name, c.effective_start_date, c.effective_end_date
FROM book.group_class AS c SEMI JOIN load_targets AS t USING (account_id) ORDER BY c.group_class_id

-- name: class_summaries
SELECT s.class_summary_id, s.group_census_id, s.group_class_id
FROM book.census_summary AS s SEMI JOIN load_targets AS t USING (group_census_id)

-- name: plans
SELECT p.contract_plan_id, p.contract_id, p.plan_code, p.name, p.root_plan_id, p.plan_type, p.status, p.is_optional,
    p.auto_assign, p.enrollment_start_date, p.enrollment_end_date, p.description, x.product_type
FROM book.contract_plan AS p
SEMI JOIN load_targets AS t USING (contract_id)
LEFT JOIN book.product AS x ON x.product_id = p.product_id
ORDER BY p.contract_plan_id

-- name: plan_classes
SELECT l.contract_plan_id, l.group_class_id
FROM book.contract_plan_class AS l
JOIN book.contract_plan AS p USING (contract_plan_id)
SEMI JOIN load_targets AS t ON t.contract_id = p.contract_id

-- name: keys
-- Member keys (CV-18) and hashes of social security numbers, in the order of the persons.
SELECT md5(key_text) AS member_key,
    CASE WHEN ssn IS NOT NULL THEN sha256($ssn_key || sha256($ssn_key || ssn)) END AS ssn_hash
FROM load_keys ORDER BY place

-- name: book_path
SELECT path FROM duckdb_databases() WHERE database_name = current_database()

-- name: last_number
SELECT last_number FROM book.id_counter WHERE prefix = $prefix

-- name: forget_files
DELETE FROM raw.census_row WHERE census_file_id IN (SELECT census_file_id FROM load_known)

-- name: forget_persons
DELETE FROM raw.census_person WHERE census_file_id IN (SELECT census_file_id FROM load_known)

-- name: forget_issues
DELETE FROM book.census_issue WHERE census_file_id IN (SELECT census_file_id FROM load_known)

-- name: store_files
INSERT OR REPLACE INTO raw.census_file BY NAME SELECT * FROM load_raw_files

-- name: store_rows
INSERT INTO raw.census_row BY NAME SELECT * FROM load_raw_rows

-- name: store_persons
INSERT INTO raw.census_person BY NAME SELECT * FROM load_raw_persons

-- name: store_issues
INSERT INTO book.census_issue BY NAME SELECT * FROM load_issues

-- name: store_loads
INSERT INTO book.census_load BY NAME SELECT * FROM load_loads

-- name: keep_members_before
INSERT INTO book.member_before BY NAME
SELECT o.census_load_id, m.* FROM book.census_member AS m JOIN load_outgoing AS o USING (group_census_member_id)

-- name: remove_members
DELETE FROM book.census_member WHERE group_census_member_id IN (SELECT group_census_member_id FROM load_outgoing)

-- name: store_members
INSERT INTO book.census_member BY NAME SELECT * FROM load_members

-- name: keep_selections_before
INSERT INTO book.member_plan_before BY NAME
SELECT o.census_load_id, s.* FROM book.member_plan AS s JOIN load_outgoing_plans AS o USING (member_plan_id)

-- name: remove_selections
DELETE FROM book.member_plan WHERE member_plan_id IN (SELECT member_plan_id FROM load_outgoing_plans WHERE is_removed)

-- name: store_selections
INSERT INTO book.member_plan BY NAME SELECT * FROM load_plans

-- name: change_amounts
UPDATE book.member_plan AS s
SET elected_amount_cents = coalesce(o.elected_amount_cents, s.elected_amount_cents),
    evidence_status = coalesce(o.evidence_status, s.evidence_status),
    approved_amount_cents = coalesce(o.approved_amount_cents, s.approved_amount_cents),
    approved_from = coalesce(o.approved_from, s.approved_from), is_late_entrant = coalesce(o.is_late_entrant, s.is_late_entrant),
    original_effective_date = coalesce(o.original_effective_date, s.original_effective_date), modified_load_id = o.census_load_id, modified_at = CAST($now AS TIMESTAMP)
FROM load_outgoing_plans AS o
WHERE o.member_plan_id = s.member_plan_id AND NOT o.is_removed

-- name: raise_versions
UPDATE book.group_census AS g
SET census_version = v.census_version, modified_at = CAST($now AS TIMESTAMP)
FROM load_versions AS v WHERE v.group_census_id = g.group_census_id
