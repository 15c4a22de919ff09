-- Enrollment of the families of one root plan: what is known before, and the records that come of it.
-- enrollment_asked names the primaries.

-- name: plan
-- A plan with its contract; the window and the waiting days of the plan, else those of the contract (EN-17).
SELECT p.contract_plan_id, p.name, p.product_id, p.plan_type, nullif(trim(p.group_number), '') AS group_number,
    p.status = 'Active' AS is_active, p.parent_plan_id IS NULL AS is_root, p.contract_id, k.contract_number, k.account_id,
    k.start_date, k.end_date, coalesce(p.enrollment_start_date, k.enrollment_start_date) AS opens_on,
    coalesce(p.enrollment_end_date, k.enrollment_end_date) AS closes_on,
    coalesce(p.enrollment_waiting_period, k.enrollment_waiting_period, 0) AS waiting_days,
    coalesce(k.is_self_service_window_enforced, true) AS is_window_enforced, k.prior_contract_id IS NOT NULL AS has_prior
FROM book.contract_plan AS p JOIN book.contract AS k ON k.contract_id = p.contract_id
WHERE p.contract_plan_id = $plan_id

-- part: refuses
-- Whether member m refuses plan p: every plan, or those of its type.
(m.is_opt_out_all_plans
    OR list_contains(list_transform(string_split(lower(coalesce(m.opt_out_plan_types, '')), ';'), lambda k: trim(k)), lower(p.plan_type)))

-- part: named_by
-- Contract k that names census c as its enrollment census.
LEFT JOIN (
    SELECT enrollment_census_id, min(contract_id) AS contract_id FROM book.contract
    WHERE enrollment_census_id IS NOT NULL GROUP BY enrollment_census_id
) AS k ON k.enrollment_census_id = c.group_census_id

-- name: families
-- The members asked for, with the census and the contract they stand on, and what became of their choice of the plan.
WITH chosen AS (
    SELECT s.group_census_member_id, any_value(s.enrollment_status) AS enrollment_status
    FROM book.member_plan AS s
    SEMI JOIN enrollment_asked AS a ON a.group_census_member_id = s.group_census_member_id
    WHERE s.contract_plan_id = $plan_id
    GROUP BY s.group_census_member_id
)
SELECT a.at, m.group_census_member_id, m.family_id, m.name, m.group_census_id, m.policy_start_date, m.join_date, m.person_account_id,
    m.contact_id, m.source_system_identifier,
    {enrollment.refuses} AS is_opted_out, c.account_id, coalesce(c.contract_id, k.contract_id) AS contract_id,
    c.effective_date AS census_from, c.expiration_date AS census_to, s.enrollment_status
FROM enrollment_asked AS a
JOIN book.census_member AS m ON m.group_census_member_id = a.group_census_member_id
JOIN book.group_census AS c ON c.group_census_id = m.group_census_id
JOIN book.contract_plan AS p ON p.contract_plan_id = $plan_id
{enrollment.named_by}
LEFT JOIN chosen AS s ON s.group_census_member_id = m.group_census_member_id
ORDER BY a.at

-- name: duplicates
-- Policies that the members have already in the category of the plan, in force on some day of the new one (EN-12). One that was
-- cancelled counts for the days that it still covers: no day is paid twice. One cancelled from its first day on covers none. The
-- same member is the same record, person account, or contact in the account of the group: as enrollments are found (EN-25).
WITH active AS (
    SELECT policy_id, policy_number, group_census_member_id, name_insured_id, account_id, expiration_date
    FROM book.insurance_policy
    WHERE lower(plan_type) = lower($plan_type) AND effective_date <= $last_day AND effective_date <= expiration_date
),
own AS (
    SELECT a.at, a.first_day, p.policy_id, p.policy_number, p.expiration_date
    FROM enrollment_asked AS a JOIN active AS p ON p.group_census_member_id = a.group_census_member_id
    UNION ALL
    SELECT a.at, a.first_day, p.policy_id, p.policy_number, p.expiration_date
    FROM enrollment_asked AS a JOIN active AS p ON p.name_insured_id = a.person_account_id
    UNION ALL
    SELECT a.at, a.first_day, p.policy_id, p.policy_number, p.expiration_date
    FROM enrollment_asked AS a
    JOIN book.policy_participant AS t ON t.primary_contact_id = a.contact_id AND t.is_policyholder
    JOIN active AS p ON p.policy_id = t.policy_id AND p.account_id = $account_id
)
SELECT own.at, arg_min(own.policy_number, own.policy_id) AS policy_number FROM own WHERE own.expiration_date >= own.first_day GROUP BY own.at

-- name: priors
-- The policies that new ones go on from: of the same person (as in duplicates, or of the same number with the employer and the same
-- birth date: a new term often has a new census) and product, under the contracts before, the last of each. It is renewed where it
-- ran to its end and the new one follows on the day after; where an endorsement ended it before that, the new one is its next version;
-- after a gap, or a cancellation, it is only the one before. Lent is enrollment_policies: family_id, person_account_id, contact_id,
-- effective_date.
WITH RECURSIVE chain AS (
    SELECT prior_contract_id AS contract_id FROM book.contract WHERE contract_id = $contract_id AND prior_contract_id IS NOT NULL
    UNION
    SELECT k.prior_contract_id FROM chain AS c JOIN book.contract AS k ON k.contract_id = c.contract_id WHERE k.prior_contract_id IS NOT NULL
),
before AS (
    SELECT p.* FROM book.insurance_policy AS p SEMI JOIN chain AS c ON c.contract_id = p.contract_id
    WHERE p.product_id = $product_id AND p.account_id = $account_id AND p.effective_date <= p.expiration_date
),
own AS (
    SELECT a.family_id, a.effective_date AS first_day, p.* FROM enrollment_policies AS a JOIN before AS p ON p.group_census_member_id = a.family_id
    UNION ALL
    SELECT a.family_id, a.effective_date, p.* FROM enrollment_policies AS a JOIN before AS p ON p.name_insured_id = a.person_account_id
    UNION ALL
    SELECT a.family_id, a.effective_date, p.*
    FROM enrollment_policies AS a
    JOIN book.policy_participant AS t ON t.primary_contact_id = a.contact_id AND t.is_policyholder
    JOIN before AS p ON p.policy_id = t.policy_id
    UNION ALL
    SELECT a.family_id, a.effective_date, p.*
    FROM enrollment_policies AS a
    JOIN book.census_member AS n ON n.group_census_member_id = a.family_id
    JOIN book.census_member AS m ON lower(m.source_system_identifier) = lower(n.source_system_identifier) AND m.birth_date = n.birth_date
    JOIN before AS p ON p.group_census_member_id = m.group_census_member_id
)
SELECT family_id, policy_id AS prior_policy_id, coalesce(original_policy_id, policy_id) AS first_policy_id,
    coalesce(original_effective_date, effective_date) AS first_effective_date, goes_on AND ran_out AS is_renewed,
    CASE WHEN goes_on AND NOT ran_out THEN policy_code END AS version_code
FROM (
    SELECT DISTINCT ON (family_id) *, status <> 'Canceled' AND expiration_date + 1 = first_day AS goes_on,
        coalesce(original_expiration_date, expiration_date) <= expiration_date AS ran_out
    FROM own WHERE effective_date < first_day ORDER BY family_id, effective_date DESC, policy_id DESC
)

-- name: renew_version
-- What renews a policy renews its next version, once there is one.
UPDATE book.insurance_policy AS n SET prior_policy_id = v.policy_id, modified_at = CAST($now AS TIMESTAMP)
FROM enrollment_versions AS v
WHERE n.prior_policy_id = v.prior_policy_id AND n.is_renewed AND n.policy_id <> v.policy_id

-- name: version_participants
-- Who was in the version before keeps the code there.
UPDATE book.policy_participant AS n SET participant_code = o.participant_code
FROM enrollment_versions AS v JOIN book.policy_participant AS o ON o.policy_id = v.prior_policy_id
WHERE n.policy_id = v.policy_id
    AND (o.group_census_member_id = n.group_census_member_id OR o.is_policyholder AND n.is_policyholder)

-- name: version_coverages
-- So does a coverage of the same product that the same participant had.
UPDATE book.policy_coverage AS n
SET coverage_code = o.coverage_code, original_coverage_id = o.original_coverage_id, prior_coverage_id = o.policy_coverage_id
FROM enrollment_versions AS v
JOIN book.policy_participant AS a ON a.policy_id = v.policy_id
JOIN book.policy_participant AS b ON b.policy_id = v.prior_policy_id AND b.participant_code = a.participant_code
JOIN book.policy_coverage AS o ON o.participant_id = b.participant_id
WHERE n.participant_id = a.participant_id AND n.product_id = o.product_id

-- name: kin
-- Who of the families is in the plan, the primary first; the other kin is left off the policy (EN-15).
SELECT m.family_id, m.group_census_member_id, m.name, m.last_name, m.relationship, m.person_account_id, m.contact_id,
    m.primary_member_id IS NULL AS is_primary, {enrollment.refuses} AS is_opted_out
FROM book.census_member AS m
JOIN book.contract_plan AS p ON p.contract_plan_id = $plan_id
SEMI JOIN enrollment_asked AS a ON a.group_census_member_id = m.family_id
SEMI JOIN (SELECT group_census_member_id FROM book.member_plan WHERE contract_plan_id = $plan_id) AS s
    ON s.group_census_member_id = m.group_census_member_id
ORDER BY m.family_id, m.primary_member_id IS NOT NULL, m.group_census_member_id

-- name: coverages
-- The plan and its coverages, with what a policy says of them. A plan without coverages is its own.
SELECT p.contract_plan_id, p.name, p.product_id, p.is_optional AND p.parent_plan_id IS NOT NULL AS is_optional,
    coalesce(x.product_type, p.plan_type) AS category, p.plan_type, r.proration_method
FROM book.contract_plan AS p
JOIN book.contract_plan AS r ON r.contract_plan_id = p.root_plan_id
LEFT JOIN book.product AS x ON x.product_id = p.product_id
WHERE p.root_plan_id = $plan_id

-- name: take_numbers
-- Numbers for policies, as many as are asked for; the last of them.
INSERT INTO book.policy_sequence AS sequence VALUES ($group_number, CAST($n AS BIGINT))
ON CONFLICT (group_number) DO UPDATE SET last_number = sequence.last_number + excluded.last_number
RETURNING last_number

-- name: add_policies
INSERT INTO book.insurance_policy BY NAME SELECT * FROM enrollment_policies

-- name: add_participants
INSERT INTO book.policy_participant BY NAME SELECT * FROM enrollment_participants

-- name: add_coverages
INSERT INTO book.policy_coverage BY NAME SELECT * FROM enrollment_coverages

-- name: add_relations
INSERT INTO book.participant_relation BY NAME SELECT * FROM enrollment_relations

-- name: set_status
-- What became of the choices of some members under the plan (EN-7).
UPDATE book.member_plan AS s SET enrollment_status = h.enrollment_status, modified_at = CAST($now AS TIMESTAMP)
FROM enrollment_held AS h
WHERE h.group_census_member_id = s.group_census_member_id
    AND s.contract_plan_id IN (SELECT contract_plan_id FROM book.contract_plan WHERE root_plan_id = $plan_id)

-- name: plans_of_census
-- The root plans that primaries of a census chose under its contract, or a stated one, and did not complete (EN-13, EN-23). A
-- census of no contract is enrolled under those of its account that lie within its dates.
WITH wanted AS (
    SELECT DISTINCT s.contract_plan_id, s.group_census_member_id
    FROM book.member_plan AS s
    JOIN book.census_member AS m ON m.group_census_member_id = s.group_census_member_id
    JOIN book.group_census AS c ON c.group_census_id = m.group_census_id
    JOIN book.contract_plan AS p ON p.contract_plan_id = s.contract_plan_id
    {enrollment.named_by}
    JOIN book.contract AS o ON o.contract_id = p.contract_id
    WHERE m.group_census_id = $census_id AND m.primary_member_id IS NULL AND p.parent_plan_id IS NULL AND s.enrollment_status <> 'Completed'
        AND CASE WHEN coalesce($contract_id, c.contract_id, k.contract_id) IS NULL
            THEN o.account_id = c.account_id AND coalesce(c.effective_date, o.start_date) <= o.start_date
                AND coalesce(c.expiration_date, o.end_date) >= o.end_date
            ELSE p.contract_id = coalesce($contract_id, c.contract_id, k.contract_id) END
)
SELECT p.contract_plan_id, p.name, count(*) AS n_families
FROM wanted AS w JOIN book.contract_plan AS p ON p.contract_plan_id = w.contract_plan_id
GROUP BY p.contract_plan_id, p.name ORDER BY p.contract_plan_id

-- name: plans_of_members
-- The root plans of a contract that some primaries chose, whatever became of it.
SELECT DISTINCT p.contract_plan_id, s.group_census_member_id
FROM book.member_plan AS s
SEMI JOIN enrollment_asked AS a ON a.group_census_member_id = s.group_census_member_id
JOIN book.contract_plan AS p ON p.contract_plan_id = s.contract_plan_id
WHERE p.contract_id = $contract_id AND p.parent_plan_id IS NULL AND ($product_id IS NULL OR p.product_id = $product_id)
ORDER BY ALL

-- name: kin_of_plan
-- Who of some families chose a root plan.
SELECT m.group_census_member_id
FROM book.census_member AS m
SEMI JOIN enrollment_asked AS a ON a.group_census_member_id = m.family_id
SEMI JOIN (SELECT group_census_member_id FROM book.member_plan WHERE contract_plan_id = $plan_id) AS s
    ON s.group_census_member_id = m.group_census_member_id

-- name: families_of_plan
-- Primaries of a census that chose a root plan and are not enrolled in it, but for those that an item has told of already.
SELECT DISTINCT m.group_census_member_id
FROM book.member_plan AS s
JOIN book.census_member AS m ON m.group_census_member_id = s.group_census_member_id
WHERE m.group_census_id = $census_id AND m.primary_member_id IS NULL AND s.contract_plan_id = $plan_id
    AND s.enrollment_status <> 'Completed'
    AND m.group_census_member_id NOT IN (SELECT d.reference_record_id FROM book.async_detail AS d WHERE d.async_item_id = $item_id)
ORDER BY m.group_census_member_id

-- name: primaries_of_census
SELECT group_census_member_id FROM book.census_member
WHERE group_census_id = $census_id AND primary_member_id IS NULL ORDER BY group_census_member_id

-- name: families_of_members
-- The families of some members, each with its primary.
SELECT a.at, m.group_census_member_id, m.family_id, m.group_census_id, m.policy_start_date
FROM enrollment_asked AS a JOIN book.census_member AS m ON m.group_census_member_id = a.group_census_member_id
ORDER BY a.at

-- name: new_hires
-- Of some primaries, those who chose a root plan of a contract, did not refuse it, and are not enrolled in it.
SELECT DISTINCT m.group_census_member_id
FROM enrollment_asked AS a
JOIN book.census_member AS m ON m.group_census_member_id = a.group_census_member_id
JOIN book.member_plan AS s ON s.group_census_member_id = m.group_census_member_id
JOIN book.contract_plan AS p ON p.contract_plan_id = s.contract_plan_id
WHERE p.contract_id = $contract_id AND p.parent_plan_id IS NULL AND s.enrollment_status <> 'Completed'
    AND NOT {enrollment.refuses}
ORDER BY ALL

-- name: contract
SELECT contract_id, account_id, start_date, end_date FROM book.contract WHERE contract_id = $contract_id

-- name: census
-- A census with its account.
SELECT c.group_census_id, c.account_id, c.name, a.name AS account_name
FROM book.group_census AS c LEFT JOIN book.account AS a ON a.account_id = c.account_id
WHERE c.group_census_id = $census_id

-- name: told_of_item
-- What an item told of its families: how many there are, how many failed.
SELECT count(*), count(*) FILTER (status = 'Failed') FROM book.async_detail WHERE async_item_id = $item_id

-- name: names_enrolled
-- Names of the members of an item who had a policy in the category already.
SELECT string_agg(m.name, ', ' ORDER BY d.async_detail_id)
FROM book.async_detail AS d JOIN book.census_member AS m ON m.group_census_member_id = d.reference_record_id
WHERE d.async_item_id = $item_id AND json_extract_string(d.additional_information, '$.code') = $code

-- name: outcome_of_request
-- Families told of, families that failed, policies made.
SELECT count(*) AS n, count(*) FILTER (d.status = 'Failed') AS n_failed,
    count(*) FILTER (json_extract_string(d.additional_information, '$.policyId') IS NOT NULL) AS n_policies
FROM book.async_detail AS d WHERE d.async_request_id = $request_id

-- name: failures
-- The families of a request that were not enrolled, with why.
SELECT d.reference_record_id AS "GroupCensusMemberId", m.name AS "Name", m.source_system_identifier AS "SourceSystemIdentifier",
    i.plan_name AS "Plan", json_extract_string(d.additional_information, '$.code') AS "Code",
    coalesce(json_extract_string(d.additional_information, '$.reason'), d.description) AS "Reason"
FROM book.async_detail AS d
JOIN book.async_item AS i ON i.async_item_id = d.async_item_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = d.reference_record_id
WHERE d.async_request_id = $request_id AND d.status = 'Failed' ORDER BY d.async_detail_id

-- name: items
-- The items of a request in order, each with its root plan.
SELECT async_item_id, reference_record_id AS plan_id, status FROM book.async_item
WHERE async_request_id = $request_id ORDER BY sequence_number

-- name: count_primaries
SELECT count(*) FROM book.census_member WHERE group_census_id = $census_id AND primary_member_id IS NULL
