-- Partners, their registrations of groups, and what hangs from them. One statement sets a status (move), none changes
-- or removes an event. $partners null is every partner; $on is the day on which access ends or not, null is never.

-- part: has_erred
-- Whether job q is an error of its group: not worked on at all, or some or all of its rows failed (BC-81).
q.status IN ('Failed', 'Completed With Errors')

-- name: add_partner
INSERT INTO book.partner BY NAME SELECT
    $partner_id AS partner_id, $name AS name, $kind AS kind, $allow_mid_month AS allow_mid_month, 'PENDING' AS status,
    $now AS created_at, $now AS modified_at

-- name: partners
SELECT p.partner_id, p.name, p.kind, p.allow_mid_month, p.status,
    (SELECT count(*) FROM book.group_registration r WHERE r.partner_id = p.partner_id) AS n_groups,
    coalesce((SELECT list(m.manager_id ORDER BY m.manager_id) FROM book.partner_manager m WHERE m.partner_id = p.partner_id), [])
        AS manager_ids,
    p.created_at, p.modified_at
FROM book.partner p WHERE ($partner_id IS NULL OR p.partner_id = $partner_id) ORDER BY p.partner_id

-- name: partner_status
SELECT status FROM book.partner WHERE partner_id = $partner_id

-- name: change_partner
UPDATE book.partner SET name = coalesce($name, name), allow_mid_month = coalesce($allow_mid_month, allow_mid_month),
    status = coalesce($status, status), modified_at = $now
WHERE partner_id = $partner_id

-- name: add_manager
INSERT INTO book.relationship_manager BY NAME SELECT $manager_id AS manager_id, $name AS name, $now AS created_at

-- name: managers
SELECT m.manager_id, m.name,
    coalesce((SELECT list(p.partner_id ORDER BY p.partner_id) FROM book.partner_manager p WHERE p.manager_id = m.manager_id), [])
        AS partner_ids
FROM book.relationship_manager m ORDER BY m.manager_id

-- name: unknown_managers
SELECT id FROM unnest($ids::VARCHAR[]) AS asked(id)
WHERE id NOT IN (SELECT manager_id FROM book.relationship_manager) ORDER BY id

-- name: unassign_managers
DELETE FROM book.partner_manager WHERE partner_id = $partner_id AND NOT list_contains($ids::VARCHAR[], manager_id)

-- name: assign_managers
INSERT INTO book.partner_manager BY NAME
SELECT $partner_id AS partner_id, id AS manager_id, $now AS assigned_at FROM unnest($ids::VARCHAR[]) AS asked(id)
WHERE id NOT IN (SELECT manager_id FROM book.partner_manager WHERE partner_id = $partner_id)

-- name: partners_of_manager
SELECT m.partner_id FROM book.partner_manager m JOIN book.partner p USING (partner_id)
WHERE m.manager_id = $manager_id AND p.status = 'APPROVED' ORDER BY m.partner_id

-- name: add
INSERT INTO book.group_registration BY NAME SELECT
    $registration_id AS registration_id, $partner_id AS partner_id, $partner_group_key AS partner_group_key,
    $legal_name AS legal_name, $doing_business_as AS doing_business_as, $tax_id AS tax_id, $sic_code AS sic_code,
    $naics_code AS naics_code, $situs_state AS situs_state, $address AS address, $effective_date AS effective_date,
    $eligible_count AS eligible_count, $enrolled_count AS enrolled_count, $market_segment AS market_segment,
    $product_lines AS product_lines, $classes AS classes, $waiting_period_days AS waiting_period_days,
    $contacts AS contacts, $external_quote_id AS external_quote_id, $contract_id AS contract_id,
    $attestation AS attestation, 'DRAFT' AS status, 1 AS version, $now AS created_at, $now AS updated_at,
    $now AS synced_at

-- name: change
UPDATE book.group_registration SET
    partner_group_key = $partner_group_key, legal_name = $legal_name, doing_business_as = $doing_business_as,
    tax_id = $tax_id, sic_code = $sic_code, naics_code = $naics_code, situs_state = $situs_state, address = $address,
    effective_date = $effective_date, eligible_count = $eligible_count, enrolled_count = $enrolled_count,
    market_segment = $market_segment, product_lines = $product_lines, classes = $classes,
    waiting_period_days = $waiting_period_days, contacts = $contacts, external_quote_id = $external_quote_id,
    contract_id = $contract_id, attestation = $attestation, version = $version, updated_at = $now
WHERE registration_id = $registration_id

-- name: move
UPDATE book.group_registration SET
    status = $became, status_reason = $reason, version = $version, updated_at = $now,
    submitted_at = CASE WHEN $became = 'SUBMITTED' THEN $now ELSE submitted_at END,
    approved_at = CASE WHEN $became = 'APPROVED' THEN coalesce(approved_at, $now) ELSE approved_at END
WHERE registration_id = $registration_id AND status = $was
RETURNING registration_id

-- name: touch
UPDATE book.group_registration SET updated_at = $now WHERE registration_id = $registration_id

-- name: synced
UPDATE book.group_registration SET synced_at = $now WHERE registration_id = $registration_id

-- name: link
UPDATE book.group_registration SET
    account_id = coalesce($account_id, account_id), external_quote_id = coalesce($external_quote_id, external_quote_id),
    contract_id = coalesce($contract_id, contract_id), updated_at = $now, version = $version
WHERE registration_id = $registration_id

-- name: registration
SELECT r.*, p.kind AS partner_kind, p.allow_mid_month
FROM book.group_registration r JOIN book.partner p USING (partner_id)
WHERE r.registration_id = $registration_id
    AND ($partners IS NULL OR list_contains($partners::VARCHAR[], r.partner_id))
    AND ($on IS NULL OR r.access_until IS NULL OR r.access_until >= $on)

-- name: of_producer
SELECT registration_id FROM book.broker_assignment
WHERE registration_id = $registration_id AND producer_code = $producer AND (effective_to IS NULL OR effective_to >= $today)
LIMIT 1

-- name: same_group
-- A registration of the partner that stands in the way: the same key, or the same employer and start (ON-9).
SELECT registration_id FROM book.group_registration
WHERE partner_id = $partner_id AND registration_id IS DISTINCT FROM $registration_id AND (
    partner_group_key = $partner_group_key
    OR tax_id = $tax_id AND effective_date = $effective_date AND NOT list_contains($final::VARCHAR[], status)
        AND (access_until IS NULL OR access_until >= $today)
)
ORDER BY registration_id LIMIT 1

-- name: at_other_partners
-- Registrations of the employer at other partners that are not over.
SELECT registration_id FROM book.group_registration
WHERE partner_id <> $partner_id AND tax_id = $tax_id AND status <> 'DRAFT' AND NOT list_contains($final::VARCHAR[], status)
    AND (access_until IS NULL OR access_until >= $today)
ORDER BY registration_id

-- name: end_access
UPDATE book.group_registration SET access_until = $last_day, updated_at = $now
WHERE list_contains($ids::VARCHAR[], registration_id)

-- name: add_events
INSERT INTO book.onboarding_event BY NAME
SELECT n.registration_id,
    coalesce((SELECT max(e.seq) FROM book.onboarding_event e WHERE e.registration_id = n.registration_id), 0)
        + row_number() OVER (PARTITION BY n.registration_id ORDER BY n.position) AS seq,
    $now AS happened_at, n.type, n.subject, n.was, n.became, n.actor, n.note, n.token_id
FROM new_events n

-- name: events
SELECT seq, happened_at, type, subject, was, became, actor, note
FROM book.onboarding_event WHERE registration_id = $registration_id ORDER BY seq

-- name: add_steps
INSERT INTO book.onboarding_step BY NAME
SELECT $registration_id AS registration_id, unnest(range(1, len($codes::VARCHAR[]) + 1))::INTEGER AS position,
    unnest($codes::VARCHAR[]) AS code, 'NOT_STARTED' AS state, unnest($owners::VARCHAR[]) AS owner

-- name: steps
SELECT code, state, owner, started_at, completed_at
FROM book.onboarding_step WHERE registration_id = $registration_id ORDER BY position

-- name: stored_steps
SELECT s.registration_id, s.position, s.code, s.state AS was, s.skip_reason IS NOT NULL AS is_skipped
FROM book.onboarding_step s JOIN book.group_registration r USING (registration_id)
WHERE ($registration_id IS NULL OR r.registration_id = $registration_id)
    AND ($partners IS NULL OR list_contains($partners::VARCHAR[], r.partner_id))
    AND NOT list_contains($final::VARCHAR[], r.status)

-- name: skip_step
UPDATE book.onboarding_step SET skip_reason = $reason WHERE registration_id = $registration_id AND code = $code

-- name: set_steps
UPDATE book.onboarding_step s SET
    state = c.became,
    started_at = CASE WHEN c.became = 'NOT_STARTED' THEN NULL ELSE coalesce(s.started_at, $now) END,
    completed_at = CASE WHEN c.became IN ('DONE', 'SKIPPED') THEN $now END
FROM step_changes c WHERE c.registration_id = s.registration_id AND c.code = s.code

-- name: touch_changed
UPDATE book.group_registration SET updated_at = $now, synced_at = $now
WHERE registration_id IN (SELECT registration_id FROM step_changes)

-- name: facts
-- What a registration says of itself.
WITH asked AS (
    SELECT * FROM book.group_registration r
    WHERE ($registration_id IS NULL OR r.registration_id = $registration_id)
        AND ($partners IS NULL OR list_contains($partners::VARCHAR[], r.partner_id))
        AND (NOT $only_open OR NOT list_contains($final::VARCHAR[], r.status))
), brokers AS (
    SELECT registration_id, count(*) AS n_brokers,
        bool_and(verified_at IS NOT NULL) FILTER (effective_to IS NULL) AS is_broker_verified
    FROM book.broker_assignment GROUP BY registration_id
), waiting AS (
    SELECT registration_id, list(step) FILTER (step IS NOT NULL) AS blocked, bool_or(due_date < $today) AS is_overdue
    FROM book.pending_action WHERE resolved_at IS NULL GROUP BY registration_id
)
SELECT a.registration_id, a.status, a.approved_at IS NOT NULL AS is_approved, a.account_id IS NOT NULL AS has_account,
    coalesce(n_brokers, 0) AS n_brokers, coalesce(is_broker_verified, false) AS is_broker_verified,
    coalesce(blocked, []) AS blocked, coalesce(is_overdue, false) AS is_overdue
FROM asked a LEFT JOIN brokers USING (registration_id) LEFT JOIN waiting USING (registration_id)
ORDER BY a.registration_id

-- name: linked_facts
-- What the records of this book say of registrations whose account is linked. Contract, quote and census count only as far as they are
-- those of the account that the host linked, so an id that a partner states shows nothing of anybody else.
WITH asked AS (
    SELECT * FROM book.group_registration r
    WHERE r.account_id IS NOT NULL
        AND ($registration_id IS NULL OR r.registration_id = $registration_id)
        AND ($partners IS NULL OR list_contains($partners::VARCHAR[], r.partner_id))
        AND (NOT $only_open OR NOT list_contains($final::VARCHAR[], r.status))
), contracts AS (
    SELECT a.registration_id, k.contract_id, k.start_date, k.end_date, k.status
    FROM asked a JOIN book.contract k ON k.contract_id = a.contract_id AND k.account_id = a.account_id
), plans AS (
    SELECT k.registration_id, p.contract_plan_id AS plan_id, p.root_plan_id AS root_id, p.product_id,
        p.plan_type AS product_type, p.enrollment_start_date, p.enrollment_end_date
    FROM contracts k JOIN book.contract_plan p USING (contract_id) WHERE p.status = 'Active'
), lines AS (
    SELECT a.registration_id, l.quote_line_id AS plan_id, l.root_line_id AS root_id, l.product_id, p.product_type
    FROM asked a
    JOIN book.quote q ON q.quote_id = a.external_quote_id
    LEFT JOIN book.group_census c ON c.group_census_id = q.group_census_id
    JOIN book.quote_line l ON l.quote_id = q.quote_id AND l.level IN ('ROOT', 'COVERAGE')
    JOIN book.quote_line root ON root.quote_line_id = l.root_line_id
    LEFT JOIN book.product p ON p.product_id = root.product_id
    WHERE coalesce(q.account_id, q.quote_account_id, c.account_id) = a.account_id
), offered AS (
    SELECT registration_id, plan_id, root_id, product_id, product_type FROM plans
    UNION ALL
    SELECT registration_id, plan_id, root_id, product_id, product_type
    FROM lines WHERE registration_id NOT IN (SELECT registration_id FROM plans)
), leaves AS (
    SELECT o.registration_id, EXISTS (
        SELECT 1 FROM ref.rate_table_plan t WHERE t.contract_plan_id = o.plan_id OR t.product_id = o.product_id
    ) AS is_priced
    FROM offered o
    WHERE o.plan_id <> o.root_id
        OR NOT EXISTS (SELECT 1 FROM offered c WHERE c.root_id = o.plan_id AND c.plan_id <> c.root_id)
), priced AS (
    SELECT registration_id, count(*) AS n_leaves, count(*) FILTER (is_priced) AS n_priced FROM leaves GROUP BY ALL
), wanted AS (
    SELECT a.registration_id, names.product_type
    FROM asked a, unnest(string_split(a.product_lines, ';')) AS w(product_line)
    JOIN (SELECT unnest($product_lines::VARCHAR[]) AS product_line, unnest($product_types::VARCHAR[]) AS product_type) AS names
        ON names.product_line = w.product_line
), planned AS (
    SELECT w.registration_id, count(*) AS n_lines, count(o.product_type) AS n_planned
    FROM wanted w LEFT JOIN (SELECT DISTINCT registration_id, product_type FROM offered) o USING (registration_id, product_type)
    GROUP BY ALL
), windows AS (
    SELECT registration_id, count(*) FILTER (plan_id = root_id) AS n_plans,
        bool_or(coalesce(enrollment_start_date, $today) <= $today) FILTER (plan_id = root_id) AS has_opened,
        bool_or($today BETWEEN coalesce(enrollment_start_date, $today) AND coalesce(enrollment_end_date, $today))
            FILTER (plan_id = root_id) AS is_open,
        min(enrollment_start_date) FILTER (plan_id = root_id) AS opens_on,
        max(enrollment_end_date) FILTER (plan_id = root_id) AS closes_on
    FROM plans GROUP BY ALL
), censuses AS (
    SELECT a.registration_id, count(DISTINCT c.group_census_id) AS n_censuses, count(m.group_census_member_id) AS n_members,
        count(m.primary_member_id) AS n_dependents,
        count(DISTINCT m.state) FILTER (m.primary_member_id IS NULL) AS n_states,
        CAST(max(m.created_at) AS DATE) AS received_on
    FROM asked a JOIN book.group_census c ON c.account_id = a.account_id
    LEFT JOIN book.census_member m ON m.group_census_id = c.group_census_id
    GROUP BY ALL
), classes AS (
    SELECT a.registration_id, count(*) AS n_classes
    FROM asked a JOIN book.group_class g ON g.account_id = a.account_id GROUP BY ALL
), policies AS (
    -- A group was activated by policies that may have run out since; enrolled is who has one that stands today, or will (EN-8).
    SELECT k.registration_id, count(*) AS n_policies,
        count(DISTINCT p.group_census_member_id) FILTER (p.expiration_date >= $today) AS n_enrolled,
        max(p.funding_type) AS funding_type
    FROM contracts k JOIN book.insurance_policy p USING (contract_id)
    WHERE p.status <> 'Canceled' GROUP BY ALL
), payments AS (
    SELECT k.registration_id, count(*) AS n_payments
    FROM contracts k JOIN book.insurance_policy p USING (contract_id) JOIN book.policy_payment d USING (policy_id)
    WHERE d.status = 'Valid' GROUP BY ALL
), failures AS (
    SELECT a.registration_id, max(q.ended_at) AS last_error_at
    FROM asked a JOIN book.async_request q ON q.account_id = a.account_id AND {onboarding.has_erred} GROUP BY ALL
)
SELECT a.registration_id,
    coalesce(n_lines, 0) AS n_lines, coalesce(n_planned, 0) AS n_planned,
    coalesce(n_leaves, 0) AS n_leaves, coalesce(n_priced, 0) AS n_priced,
    coalesce(n_censuses, 0) AS n_censuses, coalesce(n_members, 0) AS n_members, coalesce(n_dependents, 0) AS n_dependents,
    coalesce(n_states, 0) AS n_states, received_on, coalesce(n_classes, 0) AS n_classes,
    k.contract_id IS NOT NULL AS has_contract, coalesce(k.status = 'Activated', false) AS is_contract_active,
    k.end_date AS contract_end, coalesce(n_plans, 0) AS n_plans, coalesce(has_opened, false) AS has_opened,
    coalesce(is_open, false) AS is_open, opens_on, closes_on,
    coalesce(n_policies, 0) AS n_policies, coalesce(n_enrolled, 0) AS n_enrolled, funding_type,
    coalesce(n_payments, 0) AS n_payments, last_error_at
FROM asked a
LEFT JOIN contracts k USING (registration_id) LEFT JOIN planned USING (registration_id)
LEFT JOIN priced USING (registration_id) LEFT JOIN windows USING (registration_id)
LEFT JOIN censuses USING (registration_id) LEFT JOIN classes USING (registration_id)
LEFT JOIN policies USING (registration_id) LEFT JOIN payments USING (registration_id)
LEFT JOIN failures USING (registration_id)

-- name: line_states
-- Product types that the quote or the contract of a registration offers, and how far each is.
WITH asked AS (SELECT * FROM book.group_registration WHERE registration_id = $registration_id),
found AS (
    SELECT p.product_type, 1 AS rank
    FROM asked a
    JOIN book.quote q ON q.quote_id = a.external_quote_id
    LEFT JOIN book.group_census c ON c.group_census_id = q.group_census_id
    JOIN book.quote_line l ON l.quote_id = q.quote_id AND l.level = 'ROOT'
    JOIN book.product p ON p.product_id = l.product_id
    WHERE coalesce(q.account_id, q.quote_account_id, c.account_id) = a.account_id
    UNION ALL
    SELECT p.plan_type, CASE
        WHEN least(coalesce(p.effective_end_date, k.end_date), k.end_date) < $today THEN 2
        WHEN k.status = 'Activated' AND greatest(coalesce(p.effective_start_date, k.start_date), k.start_date) <= $today THEN 4
        ELSE 3 END
    FROM asked a
    JOIN book.contract k ON k.contract_id = a.contract_id AND k.account_id = a.account_id
    JOIN book.contract_plan p ON p.contract_id = k.contract_id AND p.parent_plan_id IS NULL AND p.status = 'Active'
)
SELECT product_type, ['QUOTED', 'ENDED', 'SOLD', 'IN_FORCE'][max(rank)] AS state FROM found GROUP BY product_type

-- name: add_action
INSERT INTO book.pending_action BY NAME SELECT
    $registration_id AS registration_id, $code AS code, $description AS description, $owner AS owner,
    $due_date AS due_date, $field AS field, $step AS step, $now AS created_at

-- name: open_actions
SELECT registration_id, code, description, owner, due_date, field, step FROM book.pending_action
WHERE list_contains($ids::VARCHAR[], registration_id) AND resolved_at IS NULL ORDER BY due_date, code

-- name: resolve_actions
UPDATE book.pending_action SET resolved_at = $now
WHERE registration_id = $registration_id AND list_contains($codes::VARCHAR[], code) AND resolved_at IS NULL

-- name: brokers
SELECT number, producer_code, broker_name, agency_name, effective_from, effective_to, verified_at
FROM book.broker_assignment WHERE registration_id = $registration_id ORDER BY number

-- name: add_broker
INSERT INTO book.broker_assignment BY NAME SELECT
    $registration_id AS registration_id,
    (SELECT coalesce(max(number), 0) + 1 FROM book.broker_assignment WHERE registration_id = $registration_id)::INTEGER AS number,
    $producer_code AS producer_code, $broker_name AS broker_name, $agency_name AS agency_name,
    $effective_from AS effective_from, $now AS created_at

-- name: correct_broker
UPDATE book.broker_assignment SET broker_name = $broker_name, agency_name = $agency_name, effective_from = $effective_from
WHERE registration_id = $registration_id AND number = $number

-- name: close_brokers
UPDATE book.broker_assignment SET effective_to = $last_day
WHERE list_contains($ids::VARCHAR[], registration_id) AND effective_to IS NULL

-- name: end_brokers
-- Each broker but the last ends the day before the first of those named later begins.
UPDATE book.broker_assignment AS b SET effective_to = n.first_day - 1
FROM (
    SELECT number, min(effective_from) OVER (ORDER BY number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS first_day
    FROM book.broker_assignment WHERE registration_id = $registration_id
) AS n
WHERE b.registration_id = $registration_id AND b.number = n.number AND n.first_day IS NOT NULL

-- name: drop_brokers
DELETE FROM book.broker_assignment WHERE registration_id = $registration_id

-- name: verify_brokers
UPDATE book.broker_assignment SET verified_at = $now
WHERE registration_id = $registration_id AND effective_to IS NULL AND verified_at IS NULL

-- name: answer_of_key
SELECT body_hash, http_status, answer FROM book.idempotency_key
WHERE partner_id = $partner_id AND idempotency_key = $idempotency_key

-- name: keep_answer
INSERT INTO book.idempotency_key BY NAME SELECT
    $partner_id AS partner_id, $idempotency_key AS idempotency_key, $body_hash AS body_hash,
    $http_status AS http_status, $answer AS answer, $now AS created_at

-- name: portfolio
WITH waiting AS (
    SELECT registration_id, bool_or(due_date < $today) AS is_overdue, list(code) AS codes
    FROM book.pending_action WHERE resolved_at IS NULL GROUP BY ALL
), steps AS (
    SELECT registration_id, count(*) FILTER (state = 'DONE') AS n_done, count(*) FILTER (state <> 'SKIPPED') AS n_asked,
        bool_or(state = 'BLOCKED') AS is_blocked
    FROM book.onboarding_step GROUP BY ALL
), failures AS (
    SELECT q.account_id, max(q.ended_at) AS last_error_at FROM book.async_request q WHERE {onboarding.has_erred} GROUP BY ALL
), told AS (
    SELECT r.*, w.codes, 100 * s.n_done // s.n_asked AS percent,
        NOT (s.is_blocked OR coalesce(w.is_overdue, false) OR coalesce(f.last_error_at > r.synced_at, false)) AS is_healthy
    FROM book.group_registration r JOIN steps s USING (registration_id)
    LEFT JOIN waiting w USING (registration_id) LEFT JOIN failures f ON f.account_id = r.account_id
)
SELECT registration_id, partner_id, partner_group_key, version, status, status_reason, submitted_at, updated_at, percent,
    is_healthy
FROM told r
WHERE ($partners IS NULL OR list_contains($partners::VARCHAR[], r.partner_id))
    AND ($on IS NULL OR r.access_until IS NULL OR r.access_until >= $on)
    AND ($producer IS NULL OR EXISTS (
        SELECT 1 FROM book.broker_assignment b WHERE b.registration_id = r.registration_id
            AND b.producer_code = $producer AND (b.effective_to IS NULL OR b.effective_to >= $today)
    ))
    AND ($status IS NULL OR r.status = $status)
    AND ($pending_action IS NULL OR list_contains(r.codes, $pending_action))
    AND ($updated_since IS NULL OR r.updated_at >= $updated_since)
    AND ($healthy IS NULL OR r.is_healthy = $healthy)
    AND ($after_at IS NULL OR (r.updated_at, r.registration_id) > ($after_at, $after_id))
ORDER BY r.updated_at, r.registration_id
LIMIT $n
