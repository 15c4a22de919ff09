-- Person accounts, contacts and portal users: the members at hand, what they match, what is made for them.
-- $accounts null is every account; else only persons related to one of these accounts are there.

-- name: members_of_census
SELECT m.*, c.account_id
FROM book.census_member AS m JOIN book.group_census AS c USING (group_census_id)
WHERE m.group_census_id = $census_id AND (NOT $only_primaries OR m.primary_member_id IS NULL)
ORDER BY m.family_id, m.primary_member_id NULLS FIRST, m.group_census_member_id

-- name: members_listed
SELECT a.row, m.*, c.account_id
FROM people_asked AS a
JOIN book.census_member AS m ON m.group_census_member_id = a.member_id
JOIN book.group_census AS c USING (group_census_id)
WHERE $census_id IS NULL OR m.group_census_id = $census_id
ORDER BY a.row

-- name: members_between
SELECT m.*, c.account_id
FROM book.census_member AS m JOIN book.group_census AS c USING (group_census_id)
WHERE m.group_census_id = $census_id AND (NOT $only_primaries OR m.primary_member_id IS NULL)
    AND m.group_census_member_id BETWEEN $first_id AND $last_id
ORDER BY m.group_census_member_id

-- name: batches
-- Ranges of members of about the same size, in the order of their ids.
SELECT min(id) AS first_id, max(id) AS last_id
FROM (
    SELECT m.group_census_member_id AS id, (row_number() OVER (ORDER BY m.group_census_member_id) - 1) // $size AS batch
    FROM book.census_member AS m
    WHERE m.group_census_id = $census_id AND (NOT $only_primaries OR m.primary_member_id IS NULL)
)
GROUP BY batch ORDER BY batch

-- name: account_of_census
SELECT account_id FROM book.group_census WHERE group_census_id = $census_id

-- name: outcome_of_request
-- Members read, members that failed, records made.
SELECT count(*), count(*) FILTER (d.status = 'Failed'), (
    SELECT coalesce(CAST(sum(CAST(json_extract_string(i.additional_information, '$.recordsMade') AS BIGINT)) AS BIGINT), 0)
    FROM book.async_item AS i WHERE i.async_request_id = $request_id)
FROM book.async_detail AS d WHERE d.async_request_id = $request_id

-- name: users_of_request
SELECT coalesce(CAST(sum(CAST(json_extract_string(additional_information, '$.usersMade') AS BIGINT)) AS BIGINT), 0)
FROM book.async_item WHERE async_request_id = $request_id

-- name: failed_members
SELECT d.reference_record_id, json_extract_string(d.additional_information, '$.code') AS code, d.description
FROM book.async_detail AS d
WHERE d.async_request_id = $request_id AND d.status = 'Failed' ORDER BY d.async_detail_id LIMIT $most

-- name: matched
-- For each wanted person the words it is matched by, and the stored record that agrees in all of them: one related to
-- the group account first, then the oldest (AC-6 to AC-10). A field that is null agrees with nothing.
WITH everybody AS (
    SELECT row, NULL AS record_id, NULL AS record_contact_id, account_id AS group_account_id,
        first_name, last_name, email, birth_date, gender, phone_number, street, city, state, postal_code, country
    FROM people_wanted
    UNION ALL
    SELECT NULL, r.person_account_id, r.contact_id, NULL,
        first_name, last_name, email, birth_date, gender, phone_number, street, city, state, postal_code, country
    FROM book.person_account AS r WHERE $kind = 'accounts'
    UNION ALL
    SELECT NULL, r.contact_id, r.contact_id, NULL,
        first_name, last_name, email, birth_date, gender, phone_number, street, city, state, postal_code, country
    FROM book.contact AS r WHERE $kind = 'contacts'
),
keyed AS (
    SELECT row, record_id, record_contact_id, group_account_id,
        CASE WHEN list_contains($keys, 'first_name') THEN nullif(lower(trim(first_name)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'last_name') THEN nullif(lower(trim(last_name)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'email') THEN nullif(lower(trim(email)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'birth_date') THEN CAST(birth_date AS VARCHAR) ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'gender') THEN nullif(lower(trim(gender)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'phone_number') THEN nullif(lower(trim(phone_number)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'street') THEN nullif(lower(trim(street)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'city') THEN nullif(lower(trim(city)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'state') THEN nullif(lower(trim(state)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'postal_code') THEN nullif(lower(trim(postal_code)), '') ELSE '' END || chr(31)
        || CASE WHEN list_contains($keys, 'country') THEN nullif(lower(trim(country)), '') ELSE '' END AS words
    FROM everybody
),
wanted AS (SELECT row, group_account_id, words FROM keyed WHERE row IS NOT NULL),
stored AS (
    SELECT record_id, record_contact_id, words FROM keyed
    WHERE row IS NULL AND ($accounts IS NULL OR record_contact_id IN (
        SELECT contact_id FROM book.account_contact WHERE list_contains($accounts, account_id)))
)
SELECT w.row, w.words,
    coalesce(min(s.record_id) FILTER (o.contact_id IS NOT NULL), min(s.record_id)) AS record_id,
    coalesce(arg_min(s.record_contact_id, s.record_id) FILTER (o.contact_id IS NOT NULL),
        arg_min(s.record_contact_id, s.record_id)) AS contact_id
FROM wanted AS w
LEFT JOIN stored AS s ON s.words = w.words
LEFT JOIN book.account_contact AS o ON o.account_id = w.group_account_id AND o.contact_id = s.record_contact_id
GROUP BY w.row, w.words
ORDER BY w.row

-- name: add_accounts
INSERT INTO book.person_account BY NAME SELECT * FROM people_accounts

-- name: add_contacts
INSERT INTO book.contact BY NAME SELECT * FROM people_contacts

-- name: relate
INSERT INTO book.account_contact BY NAME
SELECT DISTINCT r.account_id, r.contact_id FROM people_linked AS r
ANTI JOIN book.account_contact AS o ON o.account_id = r.account_id AND o.contact_id = r.contact_id
ORDER BY r.account_id, r.contact_id

-- name: link
UPDATE book.census_member AS m
SET person_account_id = coalesce(l.person_account_id, m.person_account_id), contact_id = l.contact_id,
    modified_at = CAST($now AS TIMESTAMP), modified_load_id = NULL
FROM people_linked AS l
WHERE m.group_census_member_id = l.group_census_member_id

-- name: raise_versions
UPDATE book.group_census AS c SET census_version = census_version + 1, modified_at = CAST($now AS TIMESTAMP)
WHERE c.group_census_id IN (SELECT group_census_id FROM people_linked)

-- name: overwrite_accounts
-- The fields that Std createUpdateAccounts copies; a null leaves what is there (AC-45).
UPDATE book.person_account AS a
SET first_name = coalesce(c.first_name, a.first_name), last_name = coalesce(c.last_name, a.last_name), name = c.name,
    email = coalesce(c.email, a.email), birth_date = coalesce(c.birth_date, a.birth_date), modified_at = CAST($now AS TIMESTAMP)
FROM people_changed AS c WHERE c.record_id = a.person_account_id
    AND (coalesce(c.first_name, a.first_name), coalesce(c.last_name, a.last_name), coalesce(c.email, a.email),
        coalesce(c.birth_date, a.birth_date)) IS DISTINCT FROM (a.first_name, a.last_name, a.email, a.birth_date)

-- name: overwrite_contacts
-- The contacts of these accounts say the same.
UPDATE book.contact AS k
SET first_name = a.first_name, last_name = a.last_name, name = a.name, email = a.email, birth_date = a.birth_date,
    modified_at = CAST($now AS TIMESTAMP)
FROM book.person_account AS a
WHERE a.contact_id = k.contact_id AND a.person_account_id IN (SELECT record_id FROM people_changed)
    AND (a.first_name, a.last_name, a.email, a.birth_date) IS DISTINCT FROM (k.first_name, k.last_name, k.email, k.birth_date)

-- name: users_of_words
-- The oldest user of each e-mail (AC-14).
SELECT w.word, min(u.portal_user_id) AS portal_user_id
FROM people_words AS w JOIN book.portal_user AS u ON lower(trim(u.email)) = w.word
WHERE $accounts IS NULL OR u.contact_id IN (
    SELECT contact_id FROM book.account_contact WHERE list_contains($accounts, account_id))
GROUP BY w.word

-- name: add_users
INSERT INTO book.portal_user BY NAME SELECT * FROM people_users

-- name: profile
SELECT profile_id, name FROM book.profile WHERE profile_id = $profile_id

-- name: profiles
SELECT p.profile_id, p.name, coalesce(string_agg(s.permission, ', ' ORDER BY s.permission), '') AS permissions
FROM book.profile AS p LEFT JOIN book.permission_set AS s USING (profile_id)
GROUP BY p.profile_id, p.name ORDER BY p.profile_id

-- name: add_profile
INSERT INTO book.profile BY NAME SELECT $profile_id AS profile_id, $name AS name

-- name: add_permissions
INSERT INTO book.permission_set BY NAME
SELECT $profile_id AS profile_id, a.permission FROM unnest(CAST($permissions AS VARCHAR[])) AS a(permission)
WHERE a.permission NOT IN (SELECT s.permission FROM book.permission_set AS s WHERE s.profile_id = $profile_id)

-- name: remove_permissions
-- All but those that stay.
DELETE FROM book.permission_set
WHERE profile_id = $profile_id AND NOT list_contains(CAST($permissions AS VARCHAR[]), permission)

-- name: permitted
SELECT u.is_active, coalesce(list(s.permission) FILTER (s.permission IS NOT NULL), [])
FROM book.portal_user AS u LEFT JOIN book.permission_set AS s USING (profile_id)
WHERE u.portal_user_id = $user_id GROUP BY u.is_active

-- name: user
SELECT is_active, profile_id FROM book.portal_user WHERE portal_user_id = $user_id

-- name: families_of_user
-- The families that the person of a user is in: those of active censuses first, then the latest.
SELECT m.family_id, m.group_census_id
FROM book.portal_user AS u
JOIN book.census_member AS m
    ON m.person_account_id = u.person_account_id OR m.contact_id = u.contact_id
JOIN book.group_census AS c USING (group_census_id)
WHERE u.portal_user_id = $user_id AND ($census_id IS NULL OR m.group_census_id = $census_id)
GROUP BY m.family_id, m.group_census_id, c.status
ORDER BY c.status = 'Active' DESC, min(m.primary_member_id IS NOT NULL), m.group_census_id DESC, m.family_id DESC

-- part: sought
-- Record r agrees with one of the persons asked for, or with the words (AC-60 to AC-63).
JOIN people_sought AS s ON (s.first_name IS NULL OR lower(trim(r.first_name)) = s.first_name)
    AND (s.last_name IS NULL OR lower(trim(r.last_name)) = s.last_name)
    AND (s.email IS NULL OR lower(trim(r.email)) = s.email)
    AND (s.first_begins IS NULL OR starts_with(lower(r.first_name), s.first_begins))
    AND (s.last_begins IS NULL OR starts_with(lower(r.last_name), s.last_begins))

-- name: find_accounts
-- Person accounts of a group account.
SELECT DISTINCT r.person_account_id AS id, r.first_name, r.last_name, r.email
FROM book.person_account AS r
JOIN book.account_contact AS o ON o.contact_id = r.contact_id AND o.account_id = $account_id
{people.sought}
ORDER BY lower(r.last_name), lower(r.first_name) NULLS FIRST, r.person_account_id

-- name: find_contacts
SELECT DISTINCT r.contact_id AS id, r.first_name, r.last_name, r.email
FROM book.contact AS r
JOIN book.account_contact AS o ON o.contact_id = r.contact_id AND o.account_id = $account_id
{people.sought}
ORDER BY lower(r.last_name), lower(r.first_name) NULLS FIRST, r.contact_id
