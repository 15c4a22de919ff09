-- Cohorts: which censuses are handled together, and how a file finds its contract and census.

-- name: contracts
SELECT k.contract_id, k.contract_number, k.account_id, a.account_number, a.name AS account_name, k.start_date, k.end_date
FROM book.contract AS k JOIN book.account AS a ON a.account_id = k.account_id
ORDER BY k.contract_id

-- name: contracts_named
SELECT k.contract_id, k.contract_number, k.account_id, a.account_number, a.name AS account_name, k.start_date, k.end_date
FROM book.contract AS k JOIN book.account AS a ON a.account_id = k.account_id
WHERE lower(k.contract_number) IN (SELECT lower(unnest($names))) OR k.contract_id IN (SELECT unnest($names))
ORDER BY k.contract_id

-- name: contracts_of_account
SELECT k.contract_id, k.contract_number, k.account_id, a.account_number, a.name AS account_name, k.start_date, k.end_date
FROM book.contract AS k JOIN book.account AS a ON a.account_id = k.account_id
WHERE lower(a.account_number) = lower($name) OR a.account_id = $name OR lower(a.name) = lower($name)
ORDER BY k.start_date DESC, k.contract_id

-- name: only_censuses
-- The census of each contract that has just one: files that name none speak for it.
SELECT contract_id, any_value(name) AS only_census_name FROM book.group_census GROUP BY contract_id HAVING count(*) = 1

-- name: missing_censuses
-- Censuses asked for that the book does not hold yet, one row each, in the order of the request.
SELECT r.contract_id, r.account_id, r.census_name, r.start_date, r.end_date
FROM (SELECT contract_id, account_id, census_name, start_date, end_date, min(request_no) AS request_no FROM requested_censuses GROUP BY ALL) AS r
ANTI JOIN book.group_census AS g ON g.contract_id = r.contract_id AND g.name = r.census_name
ORDER BY r.request_no

-- name: insert_censuses
INSERT INTO book.group_census BY NAME
SELECT group_census_id, census_name AS name, 'Active' AS status, 'Enrollment' AS type, account_id, contract_id,
    start_date AS effective_date, end_date AS expiration_date, CAST(0 AS BIGINT) AS census_version,
    CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at
FROM new_censuses

-- name: requested_ids
SELECT DISTINCT r.request_no, g.group_census_id
FROM requested_censuses AS r
JOIN book.group_census AS g ON g.contract_id = r.contract_id AND g.name = r.census_name
ORDER BY r.request_no

-- name: register
INSERT OR REPLACE INTO book.cohort VALUES ($cohort, $source, CAST($now AS TIMESTAMP))

-- name: clear_members
DELETE FROM book.cohort_census WHERE cohort = $cohort

-- name: insert_members
INSERT OR IGNORE INTO book.cohort_census
SELECT DISTINCT $cohort, group_census_id FROM cohort_members

-- name: source
SELECT source FROM book.cohort WHERE cohort = $cohort

-- name: some_censuses
SELECT DISTINCT name FROM book.group_census ORDER BY name LIMIT 10

-- name: census_named
SELECT g.group_census_id, g.name, a.name FROM book.group_census AS g JOIN book.account AS a USING (account_id)
WHERE g.group_census_id = $name OR lower(g.name) = lower($name) ORDER BY g.group_census_id
