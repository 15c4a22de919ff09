-- Which of the ids in $asked are records in the scope of a caller: $accounts null is every account, $family null
-- is every family. A member sees the own family, and of the group what its own census and contract hold.

-- name: account
SELECT a.account_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.account a ON a.account_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, a.account_id))
    AND ($family IS NULL OR a.account_id IN (
        SELECT c.account_id FROM book.census_member m JOIN book.group_census c USING (group_census_id)
        WHERE m.group_census_member_id = $family
    ))

-- name: census
SELECT c.group_census_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.group_census c ON c.group_census_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, c.account_id))
    AND ($family IS NULL OR c.group_census_id IN (
        SELECT group_census_id FROM book.census_member WHERE group_census_member_id = $family
    ))

-- name: member
SELECT m.group_census_member_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.census_member m ON m.group_census_member_id = scope_asked.id
JOIN book.group_census c USING (group_census_id)
WHERE ($accounts IS NULL OR list_contains($accounts, c.account_id)) AND ($family IS NULL OR m.family_id = $family)

-- name: member_plan
SELECT p.member_plan_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.member_plan p ON p.member_plan_id = scope_asked.id
JOIN book.census_member m USING (group_census_member_id)
JOIN book.group_census c ON c.group_census_id = m.group_census_id
WHERE ($accounts IS NULL OR list_contains($accounts, c.account_id)) AND ($family IS NULL OR m.family_id = $family)

-- name: group_class
SELECT g.group_class_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.group_class g ON g.group_class_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, g.account_id))
    AND ($family IS NULL OR g.account_id IN (
        SELECT c.account_id FROM book.census_member m JOIN book.group_census c USING (group_census_id)
        WHERE m.group_census_member_id = $family
    ))

-- name: contract
SELECT k.contract_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.contract k ON k.contract_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, k.account_id))
    AND ($family IS NULL OR k.contract_id IN (
        SELECT c.contract_id FROM book.census_member m JOIN book.group_census c USING (group_census_id)
        WHERE m.group_census_member_id = $family
    ))

-- name: contract_plan
SELECT p.contract_plan_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.contract_plan p ON p.contract_plan_id = scope_asked.id
JOIN book.contract k USING (contract_id)
WHERE ($accounts IS NULL OR list_contains($accounts, k.account_id))
    AND ($family IS NULL OR k.contract_id IN (
        SELECT c.contract_id FROM book.census_member m JOIN book.group_census c USING (group_census_id)
        WHERE m.group_census_member_id = $family
    ))

-- name: document
SELECT d.content_document_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.content_document d ON d.content_document_id = scope_asked.id
LEFT JOIN book.group_census c ON c.group_census_id = d.linked_entity_id
WHERE ($accounts IS NULL OR list_contains($accounts, coalesce(c.account_id, d.linked_entity_id))) AND $family IS NULL

-- name: request
SELECT r.async_request_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.async_request r ON r.async_request_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, r.account_id)) AND $family IS NULL

-- name: product
-- What carriers sell belongs to no account.
SELECT p.product_id AS id FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.product p ON p.product_id = scope_asked.id
WHERE $family IS NULL AND ($accounts IS NULL OR len($accounts::VARCHAR[]) >= 0)

-- name: rate_table
-- Filed tables are nobody's own; they are shown to callers who see every account.
SELECT t.rate_table_id AS id FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN ref.rate_table t ON t.rate_table_id = scope_asked.id
WHERE $accounts IS NULL AND $family IS NULL

-- name: contribution_rule
SELECT r.contribution_rule_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN ref.contribution_rule r ON r.contribution_rule_id = scope_asked.id
JOIN book.group_class g USING (group_class_id)
WHERE ($accounts IS NULL OR list_contains($accounts, g.account_id)) AND $family IS NULL
