-- Policies after enrollment: payment schedules, ending policies and participants, and reading them.

-- part: is_newborn
-- Whether member m is a child whose cover, from `covered_from` on, begins in its month of birth; with the term, from `term_start` on,
-- only where it is born on that day. Both are columns of the same SELECT. The core asks the same (`rating.proration`).
coalesce(m.relationship = 'Child' AND m.birth_date <= covered_from
    AND date_trunc('month', m.birth_date) = date_trunc('month', covered_from)
    AND (m.birth_date >= term_start OR covered_from > term_start), false)

-- name: to_schedule
-- Policies asked for that have no payment yet, a row for each stretch of days at one price: that of a line, or one of its pieces where
-- the price changes within the term (and they add up to it). With the term they are a part of, and how parts of it are charged. Lines
-- of the same days are one.
WITH line AS (
    SELECT l.policy_id, l.participant_id, l.policy_coverage_id, l.term_cents + l.term_tax_cents + l.term_fee_cents AS cents,
        greatest(t.effective_date, c.effective_date) AS covered_from, least(t.expiration_date, c.expiration_date) AS last_day,
        k.start_date AS term_start, {policies.is_newborn} AS is_newborn
    FROM book.policy_line AS l
    SEMI JOIN policies_asked AS a USING (policy_id)
    ANTI JOIN book.policy_payment AS d USING (policy_id)
    JOIN book.insurance_policy AS p USING (policy_id)
    JOIN book.contract AS k ON k.contract_id = p.contract_id
    JOIN book.policy_participant AS t ON t.participant_id = l.participant_id
    JOIN book.policy_coverage AS c ON c.policy_coverage_id = l.policy_coverage_id
    LEFT JOIN book.census_member AS m ON m.group_census_member_id = t.group_census_member_id
),
piece AS (
    SELECT x.*, sum(x.term_cents) OVER (PARTITION BY x.participant_id, x.policy_coverage_id) AS line_cents
    FROM book.policy_piece AS x SEMI JOIN policies_asked AS a USING (policy_id)
),
stretch AS (
    SELECT n.policy_id, coalesce(x.piece_from, n.covered_from) AS span_from, coalesce(x.piece_to, n.last_day) + 1 AS span_to,
        n.is_newborn AND span_from = n.covered_from AS is_newborn, span_from > n.covered_from AS begins_by_change,
        span_to <= n.last_day AS ends_by_change, CAST(sum(coalesce(x.term_cents, n.cents)) AS BIGINT) AS cents
    FROM line AS n
    LEFT JOIN piece AS x ON x.participant_id = n.participant_id AND x.policy_coverage_id = n.policy_coverage_id AND x.line_cents = n.cents
    GROUP BY ALL
)
SELECT s.*, p.effective_date AS covered_from, p.expiration_date + 1 AS covered_to, p.premium_frequency,
    k.start_date AS term_start, greatest(k.end_date, p.expiration_date, p.original_expiration_date) + 1 AS term_to,
    r.proration_method, r.proration_end, r.proration_change, r.proration_newborn, r.wash_day
FROM stretch AS s
JOIN book.insurance_policy AS p USING (policy_id)
JOIN book.contract AS k ON k.contract_id = p.contract_id
JOIN book.contract_plan AS r ON r.contract_plan_id = p.contract_plan_id
ORDER BY s.policy_id, s.span_from, s.span_to, s.is_newborn, s.begins_by_change, s.ends_by_change

-- name: add_payments
INSERT INTO book.policy_payment BY NAME
SELECT *, false AS is_paid, 'Valid' AS status FROM policies_due

-- name: add_pieces
INSERT INTO book.policy_piece BY NAME SELECT * FROM policies_pieces

-- name: ending_pieces
-- The stretches of lines whose price changed within the term.
SELECT x.participant_id, x.policy_coverage_id, x.piece_from, x.piece_to, x.standard_cents
FROM book.policy_piece AS x SEMI JOIN policy_end AS e USING (policy_id)
ORDER BY x.participant_id, x.policy_coverage_id, x.piece_from

-- name: set_premium
-- What the policies scheduled cost in the billing period that runs: in the first that is not over.
UPDATE book.insurance_policy AS p SET premium_cents = d.cents
FROM (SELECT policy_id, arg_min(amount_cents, (period_end < CAST($today AS DATE), period_start)) AS cents FROM policies_due GROUP BY policy_id) AS d
WHERE d.policy_id = p.policy_id

-- name: period_premium
SELECT arg_min(amount_cents, period_start) FROM book.policy_payment
WHERE policy_id = $policy_id AND status = 'Valid' AND period_end >= CAST($today AS DATE)

-- name: add_lines
INSERT INTO book.policy_line BY NAME SELECT * FROM policies_lines

-- name: states
-- What ending a policy asks of it.
SELECT p.policy_id, p.policy_number, p.status, p.effective_date, p.expiration_date
FROM book.insurance_policy AS p SEMI JOIN policies_asked AS a USING (policy_id)

-- name: active_of_family
-- The policies of a family that are not cancelled (the caller says from which day on they must stand), and the participant that one of its members is.
SELECT p.policy_id, t.participant_id, p.effective_date, p.expiration_date
FROM book.insurance_policy AS p
JOIN book.policy_participant AS t ON t.policy_id = p.policy_id AND t.group_census_member_id = $member_id AND t.is_active
WHERE p.status <> 'Canceled'
ORDER BY p.policy_id

-- name: family_of
SELECT family_id FROM book.census_member WHERE group_census_member_id = $member_id

-- name: make_end
-- What ends: what is asked for, and what goes on from it (PR-21), or the same member in that: later versions of the policy, and
-- policies that renew it, which begin only because it ran to its end; nothing of that where a new version of the contract goes on from
-- what ends. Such a policy is not cancelled, unless it has no day left. A renewal may be of another census, with other records: a
-- dependent of the family is told there by its account or contact, or by first name and birth date.
CREATE OR REPLACE TEMP TABLE policy_end AS
WITH RECURSIVE near AS (  -- what goes on from a policy is of the same account
    SELECT * FROM book.insurance_policy
    WHERE status <> 'Canceled' AND account_id IN (SELECT p.account_id FROM policy_ends AS a JOIN book.insurance_policy AS p USING (policy_id))
),
link AS (
    SELECT policy_id, policy_code, effective_date, policy_code AS goes_on_from FROM near
    UNION ALL
    SELECT policy_id, policy_code, effective_date, prior_policy_id FROM near WHERE is_renewed
),
later AS (
    SELECT a.row, a.policy_id AS named_id, p.policy_id, p.policy_code, p.effective_date
    FROM policy_ends AS a JOIN book.insurance_policy AS p USING (policy_id)
    UNION
    SELECT x.row, x.named_id, l.policy_id, l.policy_code, l.effective_date
    FROM (SELECT *, unnest([policy_code, policy_id]) AS goes_on_from FROM later) AS x
    JOIN link AS l ON l.goes_on_from = x.goes_on_from AND l.effective_date > x.effective_date
),
same AS (
    SELECT v.row, v.policy_id, u.participant_id
    FROM policy_ends AS a
    JOIN book.policy_participant AS t ON t.participant_id = a.participant_id
    JOIN later AS v ON v.row = a.row AND v.named_id = a.policy_id
    JOIN book.policy_participant AS u ON u.policy_id = v.policy_id AND u.is_active
    LEFT JOIN book.census_member AS m ON m.group_census_member_id = t.group_census_member_id
    LEFT JOIN book.census_member AS n ON n.group_census_member_id = u.group_census_member_id
    WHERE u.group_census_member_id = t.group_census_member_id
        OR u.primary_account_id = t.primary_account_id OR u.primary_contact_id = t.primary_contact_id
        OR (NOT u.is_policyholder AND n.birth_date = m.birth_date AND lower(n.first_name) = lower(m.first_name))
),
version AS (
    SELECT a.row, v.policy_id, u.participant_id, a.is_whole, a.cancellation_date, 0 AS fees_cents, true AS is_later
    FROM policy_ends AS a
    JOIN later AS v ON v.row = a.row AND v.named_id = a.policy_id AND v.policy_id <> a.policy_id
    LEFT JOIN same AS u ON u.row = v.row AND u.policy_id = v.policy_id
    WHERE (a.is_whole OR u.participant_id IS NOT NULL) AND v.policy_id NOT IN (SELECT policy_id FROM policy_ends)
        AND v.policy_id NOT IN (SELECT policy_id FROM policies_apart) AND NOT $goes_on
),
named AS (
    SELECT row, policy_id, participant_id, is_whole, cancellation_date, fees_cents, false AS is_later FROM policy_ends
    UNION ALL
    (SELECT DISTINCT ON (policy_id, participant_id) row, policy_id, participant_id, is_whole, cancellation_date, fees_cents, is_later FROM version
        ORDER BY policy_id, participant_id, cancellation_date, row)
)
SELECT n.*, p.term_cents + p.term_tax_cents + p.term_fee_cents AS before_cents,
    n.is_whole AND (NOT $goes_on OR p.effective_date >= n.cancellation_date) AS is_canceled
FROM named AS n JOIN book.insurance_policy AS p USING (policy_id)

-- name: ending_lines
-- The lines that end, of participants who stand or, where the policy ends whole, left after its new last day, with the days they cover, the days paid for (to the end where no date says less), and the term they are of.
-- A line is covered on the days that both its participant and its coverage are.
SELECT l.*, e.is_later,
    greatest(t.effective_date, c.effective_date) AS covered_from, least(t.expiration_date, c.expiration_date) AS last_day,
    greatest(covered_from, least(e.cancellation_date, last_day + 1)) AS kept_to,
    CASE WHEN coalesce(p.paid_to_date, last_day) < last_day THEN greatest(covered_from, p.paid_to_date + 1) END AS paid_to,
    k.start_date AS term_start, greatest(k.end_date, p.expiration_date, p.original_expiration_date) + 1 AS term_to,
    {policies.is_newborn} AS is_newborn,
    coalesce(c.proration_method, r.proration_method) AS proration_method, r.proration_end, r.proration_change, r.proration_newborn, r.wash_day
FROM policy_end AS e
JOIN book.insurance_policy AS p USING (policy_id)
JOIN book.policy_line AS l ON l.policy_id = e.policy_id AND (e.is_whole OR l.participant_id = e.participant_id)
JOIN book.policy_participant AS t ON t.participant_id = l.participant_id
    AND (t.is_active OR e.is_whole AND t.expiration_date >= e.cancellation_date)
JOIN book.policy_coverage AS c ON c.policy_coverage_id = l.policy_coverage_id
JOIN book.contract AS k ON k.contract_id = p.contract_id
JOIN book.contract_plan AS r ON r.contract_plan_id = p.contract_plan_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = t.group_census_member_id
ORDER BY l.policy_id, l.participant_id, l.policy_coverage_id

-- name: make_kept
CREATE OR REPLACE TEMP TABLE policy_kept AS SELECT * FROM policies_kept

-- name: make_balance
-- What ending moves, policy by policy: what it cost and costs now, and the amount, negative for a refund (PR-17 to PR-20).
CREATE OR REPLACE TEMP TABLE policy_balance AS
WITH moved AS (
    SELECT policy_id, sum(term_cents + term_tax_cents + term_fee_cents - before_cents) AS change_cents,
        sum(term_cents + term_tax_cents + term_fee_cents - paid_cents) AS unpaid_cents
    FROM policy_kept GROUP BY policy_id
),
paid AS (
    SELECT policy_id, sum(amount_cents) AS cents FROM book.policy_payment WHERE is_paid AND status = 'Valid' GROUP BY policy_id
)
SELECT e.row, e.policy_id, e.participant_id, e.is_whole, e.is_canceled, e.is_later, e.cancellation_date, e.fees_cents, e.before_cents,
    CAST(e.before_cents + coalesce(m.change_cents, 0) AS BIGINT) AS after_cents,
    CAST(CASE WHEN $uses_paid_flag THEN e.before_cents + coalesce(m.change_cents, 0) - coalesce(d.cents, 0)
        ELSE coalesce(m.unpaid_cents, 0) END + e.fees_cents AS BIGINT) AS amount_cents
FROM policy_end AS e
LEFT JOIN moved AS m USING (policy_id)
LEFT JOIN paid AS d USING (policy_id)

-- name: balance
SELECT b.row, b.policy_id, p.policy_number, b.is_whole, b.is_canceled, b.is_later, b.cancellation_date, b.fees_cents, b.before_cents, b.after_cents,
    b.amount_cents, p.effective_date, least(p.expiration_date, b.cancellation_date - 1) AS expiration_date, p.expiration_date AS before_date,
    p.standard_cents, p.policy_id AS reference_id
FROM policy_balance AS b JOIN book.insurance_policy AS p USING (policy_id)
ORDER BY b.row, b.is_later, b.policy_id

-- name: moved_lines
-- What changed of each line (PR-22); nothing of a line that is zero in all.
SELECT k.policy_id, k.participant_id, k.policy_coverage_id,
    CAST(k.before_cents AS BIGINT) AS old_cents, CAST(k.term_cents + k.term_tax_cents + k.term_fee_cents AS BIGINT) AS new_cents,
    CAST(k.employer_cents - l.employer_cents AS BIGINT) AS employer_cents,
    least(t.expiration_date, c.expiration_date) AS period_end,
    greatest(t.effective_date, c.effective_date, least(e.cancellation_date, period_end)) AS period_start
FROM policy_kept AS k
JOIN book.policy_line AS l USING (participant_id, policy_coverage_id)
JOIN book.policy_participant AS t ON t.participant_id = k.participant_id
JOIN book.policy_coverage AS c ON c.policy_coverage_id = k.policy_coverage_id
JOIN policy_end AS e ON e.policy_id = k.policy_id
WHERE k.before_cents <> 0 OR k.term_cents + k.term_tax_cents + k.term_fee_cents <> 0
ORDER BY k.policy_id, k.participant_id, k.policy_coverage_id

-- name: add_transactions
INSERT INTO book.policy_transaction BY NAME SELECT *, CAST($now AS TIMESTAMP) AS created_at FROM policies_transactions

-- name: add_transaction_lines
INSERT INTO book.policy_transaction_line BY NAME SELECT * FROM policies_transaction_lines

-- name: write_lines
UPDATE book.policy_line AS l
SET term_cents = k.term_cents, term_tax_cents = k.term_tax_cents, term_fee_cents = k.term_fee_cents, employer_cents = k.employer_cents,
    employee_cents = k.employee_cents
FROM policy_kept AS k WHERE k.participant_id = l.participant_id AND k.policy_coverage_id = l.policy_coverage_id

-- name: write_participants
-- Those that end: their last day, and the sums of their lines.
WITH ended AS (
    SELECT t.participant_id, any_value(e.cancellation_date) AS cancellation_date, bool_or(e.is_whole AND NOT e.is_canceled) AS is_active
    FROM policy_end AS e JOIN book.policy_participant AS t ON t.policy_id = e.policy_id AND (e.is_whole OR t.participant_id = e.participant_id)
    WHERE t.is_active OR e.is_whole AND t.expiration_date >= e.cancellation_date GROUP BY t.participant_id
),
sums AS (
    SELECT participant_id, sum(term_cents) AS term, sum(term_tax_cents) AS tax, sum(term_fee_cents) AS fee, sum(employer_cents) AS employer,
        sum(employee_cents) AS employee
    FROM book.policy_line SEMI JOIN ended USING (participant_id) GROUP BY participant_id
)
UPDATE book.policy_participant AS t
SET is_active = t.is_active AND n.is_active, expiration_date = least(t.expiration_date, n.cancellation_date - 1), term_cents = coalesce(s.term, 0),
    term_tax_cents = coalesce(s.tax, 0), term_fee_cents = coalesce(s.fee, 0), employer_cents = coalesce(s.employer, 0),
    employee_cents = coalesce(s.employee, 0)
FROM ended AS n LEFT JOIN sums AS s USING (participant_id)
WHERE t.participant_id = n.participant_id

-- name: write_coverages
-- The sums of their lines; a coverage ends with the last of its participants.
WITH sums AS (
    SELECT l.policy_coverage_id, sum(l.term_cents) AS term, sum(l.term_tax_cents) AS tax, sum(l.term_fee_cents) AS fee,
        sum(l.employer_cents) AS employer, sum(l.employee_cents) AS employee, max(t.expiration_date) AS last_day
    FROM book.policy_line AS l
    JOIN book.policy_participant AS t USING (participant_id)
    WHERE l.policy_id IN (SELECT policy_id FROM policy_end)
    GROUP BY l.policy_coverage_id
)
UPDATE book.policy_coverage AS c
SET term_cents = s.term, term_tax_cents = s.tax, term_fee_cents = s.fee, employer_cents = s.employer, employee_cents = s.employee,
    expiration_date = least(c.expiration_date, s.last_day)
FROM sums AS s WHERE s.policy_coverage_id = c.policy_coverage_id

-- name: write_policies
-- The sums of their lines (the amounts of a policy are those of what remains); one that is cancelled says so (PR-15).
WITH sums AS (
    SELECT policy_id, sum(term_cents) AS term, sum(term_tax_cents) AS tax, sum(term_fee_cents) AS fee, sum(employer_cents) AS employer,
        sum(employee_cents) AS employee
    FROM book.policy_line WHERE policy_id IN (SELECT policy_id FROM policy_end) GROUP BY policy_id
)
UPDATE book.insurance_policy AS p
SET term_cents = coalesce(s.term, 0), term_tax_cents = coalesce(s.tax, 0), term_fee_cents = coalesce(s.fee, 0),
    employer_cents = coalesce(s.employer, 0), employee_cents = coalesce(s.employee, 0), modified_at = CAST($now AS TIMESTAMP),
    status = CASE WHEN e.is_canceled THEN 'Canceled' ELSE p.status END,
    original_expiration_date = CASE WHEN e.is_whole THEN greatest(p.original_expiration_date, p.expiration_date)
        ELSE p.original_expiration_date END,
    expiration_date = CASE WHEN e.is_whole THEN least(p.expiration_date, e.cancellation_date - 1) ELSE p.expiration_date END,
    cancellation_date = CASE WHEN e.is_canceled THEN e.cancellation_date ELSE p.cancellation_date END,
    cancellation_reason = CASE WHEN e.is_canceled THEN $reason ELSE p.cancellation_reason END,
    cancellation_reason_type = CASE WHEN e.is_canceled THEN $reason_type ELSE p.cancellation_reason_type END
FROM policy_end AS e LEFT JOIN sums AS s USING (policy_id)
WHERE p.policy_id = e.policy_id

-- name: drop_payments
-- What is not due any more: unpaid, from the later of today and the day of cancellation on (PR-18).
DELETE FROM book.policy_payment
WHERE NOT is_paid AND payment_id IN (
    SELECT d.payment_id FROM book.policy_payment AS d JOIN policy_end AS e USING (policy_id)
    WHERE d.due_date >= greatest(e.cancellation_date, CAST($today AS DATE))
)

-- name: of_contract
-- Policies of a contract that cover a day, or one after it, and are not cancelled.
SELECT policy_id FROM book.insurance_policy
WHERE contract_id = $contract_id AND status <> 'Canceled' AND expiration_date >= $day AND effective_date <= expiration_date
ORDER BY policy_id

-- name: drop_payments_after
-- What is not due any more where cover goes on under another policy: unpaid, from the day of the change on.
DELETE FROM book.policy_payment
WHERE NOT is_paid AND payment_id IN (
    SELECT d.payment_id FROM book.policy_payment AS d JOIN policy_end AS e USING (policy_id) WHERE d.due_date >= e.cancellation_date
)

-- name: balance_left
-- What the payments that are left differ by from what the policies cost now.
SELECT p.policy_id, CAST(p.term_cents + p.term_tax_cents + p.term_fee_cents - d.cents AS BIGINT) AS amount_cents, p.effective_date,
    p.expiration_date
FROM policy_end AS e
JOIN book.insurance_policy AS p USING (policy_id)
JOIN (SELECT policy_id, sum(amount_cents) AS cents FROM book.policy_payment WHERE status = 'Valid' GROUP BY policy_id) AS d USING (policy_id)
WHERE p.term_cents + p.term_tax_cents + p.term_fee_cents <> d.cents
ORDER BY p.policy_id

-- name: invalidate_payments
UPDATE book.policy_payment SET status = 'Invalid'
WHERE NOT is_paid AND status = 'Valid' AND policy_id IN (SELECT policy_id FROM policy_end)

-- name: account_of
SELECT account_id FROM book.insurance_policy WHERE policy_id = $policy_id

-- name: outcome
-- How a bulk cancellation ended.
SELECT count(*) FILTER (status = 'Success') AS "policiesCanceled", count(*) FILTER (status = 'Failed') AS "policiesFailed"
FROM book.async_detail WHERE async_request_id = $request_id

-- name: contract_enrollment_start
SELECT enrollment_start_date FROM book.contract WHERE contract_id = $contract_id

-- name: enrollments
-- Policies of the members asked for (EN-25): of the member itself, of its person account, or of its contact in the account.
-- A day: those that begin on it and stand, or with as-of those that cover it. No day: every one.
SELECT DISTINCT a.group_census_member_id AS member_id, m.first_name, m.last_name, m.contact_id AS member_contact_id, p.*, x.name AS product_name,
    x.product_code
FROM enrollments_asked AS a
JOIN book.census_member AS m USING (group_census_member_id)
JOIN book.group_census AS c ON c.group_census_id = m.group_census_id
JOIN book.insurance_policy AS p ON p.account_id = coalesce($account_id, c.account_id)
LEFT JOIN book.policy_participant AS t ON t.policy_id = p.policy_id AND t.is_policyholder
LEFT JOIN book.product AS x ON x.product_id = p.product_id
WHERE (p.group_census_member_id = m.group_census_member_id OR p.name_insured_id = m.person_account_id
        OR (m.contact_id IS NOT NULL AND t.primary_contact_id = m.contact_id))
    AND ($contract_id IS NULL OR p.contract_id = $contract_id)
    AND ($day IS NULL
        OR ($is_as_of AND p.effective_date <= $day AND p.expiration_date >= $day)
        OR (NOT $is_as_of AND p.effective_date = $day AND p.status <> 'Canceled'))
ORDER BY member_id, p.effective_date, p.policy_id

-- name: enrolled_coverages
-- Coverages of the policies found, and on wish the optional ones of the plan that nobody of the family chose.
SELECT c.policy_id, c.policy_coverage_id AS coverage_id, c.contract_plan_id, c.product_id, coalesce(x.name, c.coverage_name) AS product_name, x.product_code,
    c.is_optional, true AS is_selected, c.standard_cents, c.term_cents, c.employer_cents, c.employee_cents, t.group_census_member_id AS member_id
FROM book.policy_coverage AS c SEMI JOIN enrollments_found AS f USING (policy_id)
LEFT JOIN book.policy_participant AS t ON t.participant_id = c.participant_id
LEFT JOIN book.product AS x ON x.product_id = c.product_id
UNION ALL
SELECT p.policy_id, NULL, k.contract_plan_id, k.product_id, coalesce(x.name, k.name), x.product_code, true, false, NULL, NULL, NULL, NULL, NULL
FROM book.insurance_policy AS p SEMI JOIN enrollments_found AS f USING (policy_id)
JOIN book.contract_plan AS k ON k.root_plan_id = p.contract_plan_id AND k.parent_plan_id IS NOT NULL AND k.is_optional AND k.status = 'Active'
LEFT JOIN book.product AS x ON x.product_id = k.product_id
WHERE $with_optional AND NOT EXISTS (
    SELECT 1 FROM book.policy_coverage AS c WHERE c.policy_id = p.policy_id AND c.contract_plan_id = k.contract_plan_id)
ORDER BY policy_id, is_optional, contract_plan_id, coverage_id

-- name: enrolled_dependents
SELECT t.policy_id, t.group_census_member_id AS member_id, m.first_name, m.last_name, t.participant_name, t.relationship,
    coalesce(t.primary_account_id, t.primary_contact_id) AS party_id, coalesce(t.primary_contact_id, m.contact_id) AS contact_id,
    t.participant_id, t.is_active, t.effective_date, t.expiration_date
FROM book.policy_participant AS t SEMI JOIN enrollments_found AS f USING (policy_id)
LEFT JOIN book.census_member AS m ON m.group_census_member_id = t.group_census_member_id
WHERE NOT t.is_policyholder
ORDER BY t.policy_id, t.participant_id

-- name: enrolled_attributes
SELECT t.contract_plan_id, t.attribute_name, t.value
FROM book.contract_plan_attribute AS t
WHERE t.contract_plan_id IN (SELECT p.contract_plan_id FROM book.insurance_policy AS p SEMI JOIN enrollments_found AS f USING (policy_id))
ORDER BY t.contract_plan_id, t.attribute_name

-- name: of_all_versions
SELECT sum(v.term_cents), sum(v.term_tax_cents), sum(v.term_fee_cents)
FROM book.insurance_policy AS v
WHERE v.policy_id = $policy_id
    OR v.policy_code = (SELECT policy_code FROM book.insurance_policy WHERE policy_id = $policy_id)
