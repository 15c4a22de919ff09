-- Tokens: kept as hashes, found by hash, revoked by a date.

-- name: add_token
INSERT INTO book.access_token BY NAME SELECT
    $token_id AS token_id, $token_hash AS token_hash, $name AS name, $kind AS kind, $roles::VARCHAR[] AS roles,
    $account_ids::VARCHAR[] AS account_ids, $partner_id AS partner_id, $producer_code AS producer_code,
    $manager_id AS manager_id, $family_id AS family_id,
    $portal_user_id AS portal_user_id, $now AS created_at, $expires_at AS expires_at

-- name: token
SELECT token_id, kind, roles, account_ids, partner_id, family_id, portal_user_id, producer_code, manager_id,
    expires_at, revoked_at
FROM book.access_token WHERE token_hash = $token_hash

-- name: tokens
SELECT token_id, name, kind, roles, account_ids, created_at, expires_at, revoked_at
FROM book.access_token ORDER BY token_id

-- name: revoke_token
UPDATE book.access_token SET revoked_at = $now WHERE token_id = $token_id AND revoked_at IS NULL RETURNING token_id

-- name: has_token
SELECT token_id FROM book.access_token WHERE token_id = $token_id

-- name: unknown_accounts
SELECT id FROM unnest($ids::VARCHAR[]) AS asked(id)
WHERE id NOT IN (SELECT account_id FROM book.account)

-- name: family
SELECT family_id FROM book.census_member WHERE group_census_member_id = $member_id

-- name: partner
SELECT partner_id FROM book.partner WHERE partner_id = $id

-- name: manager
SELECT manager_id FROM book.relationship_manager WHERE manager_id = $id
