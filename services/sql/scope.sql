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
SELECT c.group_census_id AS id FROM book.group_census c
WHERE list_contains($asked::VARCHAR[], c.group_census_id) AND ($accounts IS NULL OR list_contains($accounts, c.account_id))
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

-- name: quote
-- The account of a quote is its Account, else its Account for Quote, else that of its census. One without any is shown
-- to callers who see every account.
SELECT q.quote_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.quote q ON q.quote_id = scope_asked.id
LEFT JOIN book.group_census c ON c.group_census_id = q.group_census_id
WHERE ($accounts IS NULL OR list_contains($accounts, coalesce(q.account_id, q.quote_account_id, c.account_id))) AND $family IS NULL

-- name: quote_line
SELECT l.quote_line_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.quote_line l ON l.quote_line_id = scope_asked.id
JOIN book.quote q USING (quote_id)
LEFT JOIN book.group_census c ON c.group_census_id = q.group_census_id
WHERE ($accounts IS NULL OR list_contains($accounts, coalesce(q.account_id, q.quote_account_id, c.account_id))) AND $family IS NULL

-- name: quote_line_attribute
SELECT t.quote_line_attribute_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.quote_line_attribute t ON t.quote_line_attribute_id = scope_asked.id
JOIN book.quote_line l USING (quote_line_id)
JOIN book.quote q USING (quote_id)
LEFT JOIN book.group_census c ON c.group_census_id = q.group_census_id
WHERE ($accounts IS NULL OR list_contains($accounts, coalesce(q.account_id, q.quote_account_id, c.account_id))) AND $family IS NULL

-- name: policy
SELECT p.policy_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.insurance_policy p ON p.policy_id = scope_asked.id
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)

-- name: plan_class
SELECT o.contract_plan_class_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.contract_plan_class o ON o.contract_plan_class_id = scope_asked.id
JOIN book.group_class g USING (group_class_id)
WHERE ($accounts IS NULL OR list_contains($accounts, g.account_id)) AND $family IS NULL

-- name: plan_attribute
SELECT t.contract_plan_attribute_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.contract_plan_attribute t ON t.contract_plan_attribute_id = scope_asked.id
JOIN book.contract_plan p USING (contract_plan_id)
JOIN book.contract k USING (contract_id)
WHERE ($accounts IS NULL OR list_contains($accounts, k.account_id)) AND $family IS NULL

-- name: plan_class_attribute
SELECT x.contract_plan_class_attribute_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.contract_plan_class_attribute x ON x.contract_plan_class_attribute_id = scope_asked.id
JOIN book.contract_plan_class c USING (contract_plan_class_id)
JOIN book.contract_plan p USING (contract_plan_id)
JOIN book.contract k USING (contract_id)
WHERE ($accounts IS NULL OR list_contains($accounts, k.account_id)) AND $family IS NULL

-- name: class_summary
SELECT s.class_summary_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.census_summary s ON s.class_summary_id = scope_asked.id
JOIN book.group_census c USING (group_census_id)
WHERE ($accounts IS NULL OR list_contains($accounts, c.account_id)) AND $family IS NULL

-- name: person_account
-- Persons belong to the accounts that they are related to. Here and below a member sees those of the own family.
SELECT a.person_account_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.person_account a ON a.person_account_id = scope_asked.id
WHERE ($accounts IS NULL OR a.contact_id IN (
        SELECT o.contact_id FROM book.account_contact o WHERE list_contains($accounts, o.account_id)))
    AND ($family IS NULL OR a.contact_id IN (SELECT m.contact_id FROM book.census_member m WHERE m.family_id = $family))

-- name: contact
SELECT t.contact_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.contact t ON t.contact_id = scope_asked.id
WHERE ($accounts IS NULL OR t.contact_id IN (
        SELECT o.contact_id FROM book.account_contact o WHERE list_contains($accounts, o.account_id)))
    AND ($family IS NULL OR t.contact_id IN (SELECT m.contact_id FROM book.census_member m WHERE m.family_id = $family))

-- name: user
SELECT u.portal_user_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked JOIN book.portal_user u ON u.portal_user_id = scope_asked.id
WHERE ($accounts IS NULL OR u.contact_id IN (
        SELECT o.contact_id FROM book.account_contact o WHERE list_contains($accounts, o.account_id)))
    AND ($family IS NULL OR u.contact_id IN (SELECT m.contact_id FROM book.census_member m WHERE m.family_id = $family))

-- name: rating_request
SELECT q.rating_request_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.rating_request q ON q.rating_request_id = scope_asked.id
JOIN book.async_item i USING (async_item_id)
JOIN book.async_request r USING (async_request_id)
WHERE ($accounts IS NULL OR list_contains($accounts, r.account_id)) AND $family IS NULL

-- name: async_item
SELECT i.async_item_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.async_item i ON i.async_item_id = scope_asked.id
JOIN book.async_request r USING (async_request_id)
WHERE ($accounts IS NULL OR list_contains($accounts, r.account_id)) AND $family IS NULL

-- name: async_detail
SELECT d.async_detail_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.async_detail d ON d.async_detail_id = scope_asked.id
JOIN book.async_request r ON r.async_request_id = d.async_request_id
WHERE ($accounts IS NULL OR list_contains($accounts, r.account_id)) AND $family IS NULL

-- name: participant
-- What hangs from a policy is seen by whoever sees the policy.
SELECT t.participant_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.policy_participant t ON t.participant_id = scope_asked.id
JOIN book.insurance_policy p USING (policy_id)
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)

-- name: policy_coverage
SELECT c.policy_coverage_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.policy_coverage c ON c.policy_coverage_id = scope_asked.id
JOIN book.insurance_policy p USING (policy_id)
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)

-- name: payment
SELECT d.payment_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.policy_payment d ON d.payment_id = scope_asked.id
JOIN book.insurance_policy p USING (policy_id)
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)

-- name: policy_transaction
SELECT x.transaction_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.policy_transaction x ON x.transaction_id = scope_asked.id
JOIN book.insurance_policy p USING (policy_id)
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)

-- name: policy_transaction_line
SELECT l.transaction_line_id AS id
FROM (SELECT unnest($asked::VARCHAR[]) AS id) AS scope_asked
JOIN book.policy_transaction_line l ON l.transaction_line_id = scope_asked.id
JOIN book.policy_transaction x USING (transaction_id)
JOIN book.insurance_policy p USING (policy_id)
WHERE ($accounts IS NULL OR list_contains($accounts, p.account_id))
    AND ($family IS NULL OR p.group_census_member_id = $family)
