-- A census brought in line with the policies of a contract.

-- name: accounts
SELECT k.account_id, c.account_id FROM book.contract AS k, book.group_census AS c
WHERE k.contract_id = $contract_id AND c.group_census_id = $census_id

-- name: roots
SELECT contract_plan_id FROM book.contract_plan
WHERE contract_id = $contract_id AND parent_plan_id IS NULL AND contract_plan_id IN (SELECT unnest($plan_ids::VARCHAR[]))

-- name: request
SELECT type, reference_record_id, status FROM book.async_request WHERE async_request_id = $request_id

-- name: make_policies
-- The policies meant: of the contract, made, begun or ended within the window, of the plans and records named. Those in force
-- on the day give the census its members; the others only take plans away.
CREATE OR REPLACE TEMP TABLE refresh_policy AS
SELECT p.policy_id, p.contract_plan_id, p.group_census_member_id AS primary_id,
    p.effective_date <= CAST($day AS DATE) AND p.expiration_date >= CAST($day AS DATE) AS is_in_force
FROM book.insurance_policy AS p
WHERE p.contract_id = $contract_id
    AND (p.effective_date BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
        OR p.cancellation_date BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
        OR CAST(p.created_at AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE))
    AND ($plan_ids IS NULL OR list_contains($plan_ids::VARCHAR[], p.contract_plan_id))
    AND ($record_ids IS NULL OR CASE WHEN $object_name = 'InsurancePolicy' THEN list_contains($record_ids::VARCHAR[], p.policy_id)
        ELSE EXISTS (
            SELECT 1 FROM book.policy_participant AS t JOIN book.census_member AS m ON m.group_census_member_id = t.group_census_member_id
            WHERE t.policy_id = p.policy_id AND list_contains($record_ids::VARCHAR[], CASE $object_name
                WHEN 'Contact' THEN coalesce(t.primary_contact_id, m.contact_id)
                WHEN 'Account' THEN coalesce(t.primary_account_id, m.person_account_id)
                ELSE m.group_census_member_id END)) END)

-- name: make_people
-- Everybody in those policies, with the member of the census that each is: the same record, else the same person in the same part
-- (primary or dependent). Who was enrolled from several censuses of the contract is several records of one person: `lead_id` names
-- the record that stands for all of them, on the census before covered before newest. Dependents are one person within one family.
CREATE OR REPLACE TEMP TABLE refresh_person AS
WITH participant AS (
    SELECT t.group_census_member_id AS source_id, any_value(p.primary_id) AS source_primary_id,
        bool_or(p.is_in_force AND t.effective_date <= CAST($day AS DATE) AND t.expiration_date >= CAST($day AS DATE)) AS is_covered,
        min(t.effective_date) FILTER (p.is_in_force) AS first_day,
        any_value(t.primary_account_id) AS account_id, any_value(t.primary_contact_id) AS contact_id
    FROM refresh_policy AS p JOIN book.policy_participant AS t USING (policy_id)
    GROUP BY t.group_census_member_id
),
found AS (
    SELECT q.source_id, q.source_primary_id, q.is_covered, q.first_day, coalesce(q.account_id, m.person_account_id) AS person_account_id,
        coalesce(q.contact_id, m.contact_id) AS contact_id, m.group_census_member_id IS NOT NULL AS is_known,
        coalesce(m.group_census_id = $census_id, false) AS is_here, q.source_id = q.source_primary_id AS is_primary,
        CASE WHEN m.group_census_id = $census_id THEN m.group_census_member_id ELSE (
            SELECT min(n.group_census_member_id) FROM book.census_member AS n
            WHERE n.group_census_id = $census_id AND (n.primary_member_id IS NULL) = (q.source_id = q.source_primary_id) AND (
                n.person_account_id = coalesce(q.account_id, m.person_account_id) OR n.contact_id = coalesce(q.contact_id, m.contact_id)
                OR (m.source_system_identifier <> '' AND n.source_system_identifier = m.source_system_identifier
                    AND lower(n.first_name) = lower(m.first_name) AND lower(n.last_name) = lower(m.last_name))))
        END AS member_id
    FROM participant AS q LEFT JOIN book.census_member AS m ON m.group_census_member_id = q.source_id
),
keyed AS (
    SELECT *, coalesce(member_id, person_account_id, contact_id, source_id) AS person, (is_here, is_known, is_covered, first_day, source_id) AS rank
    FROM found
),
head AS (
    SELECT source_id, arg_max(source_id, rank) OVER (PARTITION BY person) AS lead_id FROM keyed WHERE is_primary
)
SELECT k.* EXCLUDE (person, rank), coalesce(h.lead_id,
    arg_max(k.source_id, k.rank) OVER (PARTITION BY k.person, coalesce(p.lead_id, k.source_primary_id), k.is_primary)) AS lead_id
FROM keyed AS k
LEFT JOIN head AS h ON h.source_id = k.source_id
LEFT JOIN head AS p ON p.source_id = k.source_primary_id

-- name: people
-- Those covered on the day, each once, as rows of members; who came from another census brings everything along that is known of a
-- person.
WITH person AS (
    SELECT lead_id, bool_or(is_covered) AS is_covered, min(first_day) AS first_day, any_value(member_id) AS member_id,
        any_value(person_account_id) AS person_account_id, any_value(contact_id) AS contact_id
    FROM refresh_person GROUP BY lead_id
)
SELECT q.source_id, q.source_primary_id, q.is_known, a.member_id, q.is_primary, a.first_day AS policy_start_date,
    coalesce(q.person_account_id, a.person_account_id) AS person_account_id, coalesce(q.contact_id, a.contact_id) AS contact_id,
    m.first_name, m.last_name, m.association, m.relationship, m.source_system_identifier, m.birth_date, m.gender, m.smoker_status, m.email, m.phone_number, m.street, m.city, m.state, m.postal_code, m.country, m.annual_salary_cents,
    m.full_time_equivalent, m.join_date, m.is_disabled, m.is_student, m.is_portal_user, m.primary_member_category,
    CASE WHEN q.is_primary THEN m.group_class_id END AS given_class_id
FROM refresh_person AS q
JOIN person AS a ON a.lead_id = q.source_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = q.source_id
WHERE a.is_covered
ORDER BY q.source_primary_id, q.source_id <> q.source_primary_id, q.source_id

-- name: same_people
-- Every record that a person was enrolled by, with the one that stands for all of them.
SELECT source_id, lead_id FROM refresh_person

-- name: make_wanted
-- What the members hold by their policies on the day: the root plans, and the coverages they pay for or share in.
CREATE OR REPLACE TEMP TABLE refresh_wanted AS
SELECT DISTINCT h.member_id, k.contract_plan_id, k.name
FROM refresh_member AS h
JOIN book.policy_participant AS t ON t.group_census_member_id = h.source_id AND t.effective_date <= CAST($day AS DATE)
    AND t.expiration_date >= CAST($day AS DATE)
JOIN refresh_policy AS p ON p.policy_id = t.policy_id AND p.is_in_force
LEFT JOIN book.policy_line AS l ON l.participant_id = t.participant_id
LEFT JOIN book.policy_coverage AS c ON c.policy_coverage_id = l.policy_coverage_id
JOIN book.contract_plan AS k ON k.contract_plan_id IN (p.contract_plan_id, c.contract_plan_id)

-- name: plans_missing
SELECT w.member_id AS group_census_member_id, w.contract_plan_id, w.name
FROM refresh_wanted AS w
ANTI JOIN book.member_plan AS s ON s.group_census_member_id = w.member_id AND s.contract_plan_id = w.contract_plan_id
ORDER BY ALL

-- name: add_plans
INSERT INTO book.member_plan BY NAME
SELECT *, 'Completed' AS enrollment_status, CAST($now AS TIMESTAMP) AS created_at, CAST($now AS TIMESTAMP) AS modified_at FROM refresh_plans

-- name: complete_plans
UPDATE book.member_plan AS s SET enrollment_status = 'Completed', modified_at = CAST($now AS TIMESTAMP)
FROM refresh_wanted AS w
WHERE w.member_id = s.group_census_member_id AND w.contract_plan_id = s.contract_plan_id AND s.enrollment_status <> 'Completed'
RETURNING s.member_plan_id

-- name: drop_plans
-- Completed choices of the plans meant that no policy stands behind on the day any more.
DELETE FROM book.member_plan AS s
WHERE s.group_census_id = $census_id AND s.enrollment_status = 'Completed'
    AND s.contract_plan_id IN (
        SELECT k.contract_plan_id FROM book.contract_plan AS k WHERE k.root_plan_id IN (SELECT contract_plan_id FROM refresh_policy))
    AND s.group_census_member_id IN (SELECT member_id FROM refresh_person)
    AND NOT EXISTS (
        SELECT 1 FROM book.policy_participant AS t
        JOIN refresh_person AS h ON h.source_id = t.group_census_member_id
        JOIN book.insurance_policy AS p ON p.policy_id = t.policy_id AND p.effective_date <= CAST($day AS DATE) AND p.expiration_date >= CAST($day AS DATE)
        LEFT JOIN book.policy_line AS l ON l.participant_id = t.participant_id
        LEFT JOIN book.policy_coverage AS c ON c.policy_coverage_id = l.policy_coverage_id
        WHERE h.member_id = s.group_census_member_id AND t.effective_date <= CAST($day AS DATE) AND t.expiration_date >= CAST($day AS DATE)
            AND s.contract_plan_id IN (p.contract_plan_id, c.contract_plan_id))
RETURNING s.member_plan_id

-- name: census
SELECT c.name, a.name FROM book.group_census AS c LEFT JOIN book.account AS a USING (account_id) WHERE c.group_census_id = $census_id

-- name: raise_version
UPDATE book.group_census SET census_version = census_version + 1, modified_at = CAST($now AS TIMESTAMP) WHERE group_census_id = $census_id

-- name: outcome
SELECT count(*) FILTER (status = 'Success' AND description = 'Added.') AS "membersAdded",
    count(*) FILTER (status = 'Success' AND description <> 'Added.') AS "membersUpdated", count(*) FILTER (status = 'Failed') AS "membersFailed"
FROM book.async_detail WHERE async_request_id = $request_id
