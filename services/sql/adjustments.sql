-- Billing and retroactive changes: charges by period against an append-only ledger (PR-29 to PR-34).
-- The run to bill is the current run of each census. `charge_rows`, `begun_rows` and `part_rows` are lent by the service.

-- name: make_due
-- The censuses to bill, with the run and the term that speak for each, how far they were billed, and to where the term reached
-- when they were: it may have been shortened since.
CREATE OR REPLACE TEMP TABLE billing_due AS
SELECT c.group_census_id, c.rating_run_id, r.term_start, r.term_end + 1 AS term_to, b.billed_through,
    greatest(r.term_end + 1, (
        SELECT max(o.term_end) + 1 FROM out.billing AS l
        JOIN out.run_census AS o ON o.rating_run_id = l.rating_run_id AND o.group_census_id = l.group_census_id
        WHERE l.group_census_id = c.group_census_id AND o.term_start = r.term_start
    )) AS billed_to
FROM out.current_run AS c
JOIN out.run_census AS r ON r.rating_run_id = c.rating_run_id AND r.group_census_id = c.group_census_id
LEFT JOIN (
    SELECT group_census_id, max(billed_through) AS billed_through FROM out.billing GROUP BY group_census_id
) AS b ON b.group_census_id = c.group_census_id
WHERE c.kind = 'current' AND (CAST($census_ids AS VARCHAR[]) IS NULL OR list_contains(CAST($census_ids AS VARCHAR[]), c.group_census_id))

-- name: make_period
-- The periods of each term: months of the contract, the last one as long as the term leaves it, or left it when it was billed.
CREATE OR REPLACE TEMP TABLE billing_period AS
SELECT group_census_id, period_from,
    least(CAST(term_start + to_months(CAST(n + 1 AS INTEGER)) AS DATE), billed_to) AS period_to
FROM (
    SELECT d.group_census_id, d.term_start, d.billed_to, n, CAST(d.term_start + to_months(CAST(n AS INTEGER)) AS DATE) AS period_from
    FROM billing_due AS d, unnest(range(date_diff('month', d.term_start, d.billed_to) + 1)) AS t(n)
)
WHERE period_from < billed_to

-- name: n_due
SELECT count(*) FROM billing_due

-- name: spans
-- Every span of cover with one price: a coverage, or its pieces where the price changes within the term.
SELECT d.rating_run_id, c.group_census_id, c.group_census_member_id, c.root_plan_id, c.contract_plan_id,
    coalesce(k.piece_from, c.covered_from) AS span_from, coalesce(k.piece_to, c.covered_to) + 1 AS span_to,
    coalesce(k.prorated_cents, c.prorated_cents) AS cents,
    coalesce(k.piece_from > greatest(c.covered_from, d.term_start), false) AS begins_by_change,
    coalesce(k.piece_to + 1 < least(c.covered_to + 1, d.term_to), false) AS ends_by_change,
    {policies.is_newborn} AS is_newborn,
    d.term_start, d.term_to, p.proration_method, p.proration_end, p.proration_change, p.proration_newborn, p.wash_day
FROM billing_due AS d
JOIN out.coverage_premium AS c ON c.rating_run_id = d.rating_run_id AND c.group_census_id = d.group_census_id
JOIN book.contract_plan AS p ON p.contract_plan_id = c.root_plan_id
LEFT JOIN book.census_member AS m ON m.group_census_member_id = c.group_census_member_id
LEFT JOIN out.coverage_piece AS k ON k.rating_run_id = c.rating_run_id AND k.group_census_member_id = c.group_census_member_id
    AND k.root_plan_id = c.root_plan_id AND k.contract_plan_id = c.contract_plan_id
    AND k.piece_from BETWEEN c.covered_from AND c.covered_to
WHERE c.prorated_cents > 0 AND coalesce(k.prorated_cents, c.prorated_cents) > 0
ORDER BY ALL

-- name: make_charge
CREATE OR REPLACE TEMP TABLE billing_charge AS
SELECT group_census_id, group_census_member_id, root_plan_id, contract_plan_id, period_from, CAST(sum(cents) AS BIGINT) AS cents
FROM charge_rows GROUP BY ALL

-- name: book_bill
-- Censuses with a period begun by the day that was not billed before.
INSERT INTO out.billing BY NAME
SELECT $billing_id AS billing_id, d.group_census_id, 'bill' AS kind, max(p.period_from) AS billed_through, d.rating_run_id,
    CAST($now AS TIMESTAMP) AS booked_at
FROM billing_due AS d
JOIN billing_period AS p ON p.group_census_id = d.group_census_id AND p.period_from < d.term_to
WHERE p.period_from <= CAST($through AS DATE) AND (d.billed_through IS NULL OR p.period_from > d.billed_through)
GROUP BY d.group_census_id, d.rating_run_id

-- name: book_bill_charges
INSERT INTO out.billed_charge BY NAME
SELECT b.billing_id, row_number() OVER (ORDER BY c.group_census_id, c.group_census_member_id, c.root_plan_id, c.contract_plan_id, c.period_from) AS line,
    c.group_census_id, c.group_census_member_id, c.root_plan_id, c.contract_plan_id, c.period_from,
    0 AS old_cents, c.cents AS new_cents, c.cents AS difference_cents, c.cents AS recomputed_cents,
    'BILLED' AS reason, b.rating_run_id AS source_change_id, b.booked_at
FROM billing_charge AS c
JOIN billing_due AS d ON d.group_census_id = c.group_census_id
JOIN out.billing AS b ON b.group_census_id = c.group_census_id AND b.billing_id = $billing_id
WHERE c.period_from <= b.billed_through AND (d.billed_through IS NULL OR c.period_from > d.billed_through)

-- name: make_balance
-- What is booked for each coverage and billed period of the term, what the last booking took it to be in full, and by which run.
-- A period that an earlier version of the contract began before this term is of it where that version counted it beyond the first day.
CREATE OR REPLACE TEMP TABLE billing_balance AS
SELECT l.group_census_id, l.group_census_member_id, l.root_plan_id, l.contract_plan_id, l.period_from,
    CAST(sum(l.difference_cents) AS BIGINT) AS booked_cents, arg_max(l.recomputed_cents, l.billing_id) AS recomputed_cents,
    arg_max(l.source_change_id, l.billing_id) AS booked_run_id, arg_max(r.term_start, l.billing_id) AS booked_start,
    arg_max(least(r.term_end + 1, CAST(r.term_start + to_months(CAST(date_diff('month', r.term_start, l.period_from) + 1 AS INTEGER)) AS DATE)),
        l.billing_id) AS booked_to
FROM out.billed_charge AS l
JOIN billing_due AS d ON d.group_census_id = l.group_census_id
    AND l.period_from > d.term_start - to_months(1) AND l.period_from < d.billed_to
LEFT JOIN out.run_census AS r ON r.rating_run_id = l.source_change_id AND r.group_census_id = l.group_census_id
GROUP BY l.group_census_id, l.group_census_member_id, l.root_plan_id, l.contract_plan_id, l.period_from, d.term_start
HAVING l.period_from >= d.term_start OR (booked_start <= l.period_from AND booked_to > d.term_start)

-- name: make_cover
-- Days covered and what the price was read by, in the runs that were booked and in the current one, and the days on which a price of
-- the term begins, the first after the cover with nothing. A coverage that could not be priced for want of a fact or a rate is on
-- hold; one that is not held any more has no cover.
CREATE OR REPLACE TEMP TABLE billing_cover AS
WITH run AS (
    SELECT b.group_census_id, b.rating_run_id FROM out.billing AS b SEMI JOIN billing_due AS d ON d.group_census_id = b.group_census_id
    UNION
    SELECT group_census_id, rating_run_id FROM billing_due
),
coverage AS (
    SELECT c.*, c.covered_days > 0
        AND coalesce(c.issue, '') NOT IN ('OUTSIDE_TERM', 'OPTED_OUT', 'NOT_ELIGIBLE', 'PLAN_NOT_ACTIVE') AS is_covered
    FROM out.coverage_premium AS c SEMI JOIN run AS d ON d.rating_run_id = c.rating_run_id AND d.group_census_id = c.group_census_id
),
piece AS (
    SELECT k.rating_run_id, k.group_census_member_id, k.root_plan_id, k.contract_plan_id,
        list({'day': k.piece_from, 'cents': k.standard_cents}) AS steps
    FROM out.coverage_piece AS k SEMI JOIN run AS d ON d.rating_run_id = k.rating_run_id AND d.group_census_id = k.group_census_id
    GROUP BY ALL
)
SELECT c.rating_run_id, c.group_census_id, c.group_census_member_id, c.root_plan_id, c.contract_plan_id,
    min(c.covered_from) FILTER (c.is_covered) AS covered_from, max(c.covered_to + 1) FILTER (c.is_covered) AS covered_to,
    sum(c.covered_days) FILTER (c.is_covered) AS covered_days,
    list(struct_pack(age := c.age, tier := c.tier, volume := c.volume_cents) ORDER BY c.covered_from) AS facts,
    list(c.unit_rate ORDER BY c.covered_from) AS unit_rates,
    bool_or(c.issue IS NOT NULL AND c.is_covered AND c.issue NOT IN ('RULE_WITHOUT_VALUE', 'REFERENCE_UNRATED')) AS is_on_hold,
    list_concat(
        coalesce(any_value(k.steps), list({'day': c.covered_from, 'cents': c.standard_cents}) FILTER (c.is_covered), []),
        coalesce(list({'day': c.covered_to + 1, 'cents': 0}) FILTER (c.is_covered), [])) AS steps
FROM coverage AS c
LEFT JOIN piece AS k USING (rating_run_id, group_census_member_id, root_plan_id, contract_plan_id)
GROUP BY ALL

-- name: begun
-- What is kept of a period that an earlier version of the contract began: the days before this term, as where a term ends (PR-5).
SELECT b.group_census_id, b.group_census_member_id, b.root_plan_id, b.contract_plan_id, b.period_from, b.recomputed_cents AS cents,
    greatest(coalesce(o.covered_from, b.period_from), b.period_from) AS a, least(coalesce(o.covered_to, b.booked_to), b.booked_to) AS e,
    CASE WHEN a < e THEN greatest(least(e, d.term_start) - a, 0) ELSE d.term_start - b.period_from END AS n_days,
    CASE WHEN a < e THEN e - a ELSE b.booked_to - b.period_from END AS of_days
FROM billing_balance AS b
JOIN billing_due AS d ON d.group_census_id = b.group_census_id AND b.period_from < d.term_start
LEFT JOIN billing_cover AS o ON o.rating_run_id = b.booked_run_id AND o.group_census_id = b.group_census_id
    AND o.group_census_member_id = b.group_census_member_id AND o.root_plan_id = b.root_plan_id AND o.contract_plan_id = b.contract_plan_id

-- name: keep_begun
INSERT INTO billing_charge
SELECT group_census_id, group_census_member_id, root_plan_id, contract_plan_id, period_from, part_cents FROM begun_rows WHERE part_cents <> 0

-- name: make_measured
-- Every billed period whose amount is another now, with the days on which it is: those covered in one of the runs
-- and not in the other, or all covered ones where the cover is the same. The run before is the one by which the coverage was
-- last booked for the period, else the one by which the period was billed; a booking for others tells nothing of it.
-- Cover that is a part of the term is charged by its days, so that where it ends or changes the months before do not cost to the cent
-- what they did. What counts for a limit is the day of the change: from it on, if it lies within, all of that is owed (PR-29).
CREATE OR REPLACE TEMP TABLE billing_measured AS
WITH billed AS (
    SELECT p.group_census_id, p.period_from, arg_min(b.rating_run_id, b.billing_id) AS billed_run_id
    FROM billing_period AS p
    JOIN out.billing AS b ON b.group_census_id = p.group_census_id AND b.kind = 'bill' AND b.billed_through >= p.period_from
    GROUP BY ALL
),
joined AS (
    SELECT coalesce(c.group_census_id, b.group_census_id) AS group_census_id,
        coalesce(c.group_census_member_id, b.group_census_member_id) AS group_census_member_id,
        coalesce(c.root_plan_id, b.root_plan_id) AS root_plan_id, coalesce(c.contract_plan_id, b.contract_plan_id) AS contract_plan_id,
        coalesce(c.period_from, b.period_from) AS period_from,
        coalesce(b.booked_cents, 0) AS booked_cents, coalesce(b.recomputed_cents, 0) AS before_cents, coalesce(c.cents, 0) AS now_cents,
        b.booked_run_id, b.booked_to
    FROM billing_charge AS c
    FULL JOIN billing_balance AS b ON b.group_census_id = c.group_census_id AND b.group_census_member_id = c.group_census_member_id
        AND b.root_plan_id = c.root_plan_id AND b.contract_plan_id = c.contract_plan_id AND b.period_from = c.period_from
),
changed AS (
    SELECT j.* EXCLUDE (booked_to), d.rating_run_id, coalesce(p.period_to, j.booked_to) AS period_to,
        now_cents - before_cents AS change_cents,
        CASE WHEN now_cents > before_cents THEN CAST($as_of AS DATE) - CAST($added_days AS INTEGER)
            ELSE CAST($as_of AS DATE) - CAST($credit_days AS INTEGER) END AS limit_day,
        o.covered_days AS old_days, n.covered_days AS new_days, o.covered_from AS old_from, o.covered_to AS old_to,
        CASE WHEN j.period_from < d.term_start THEN o.covered_from ELSE n.covered_from END AS new_from,
        CASE WHEN j.period_from < d.term_start THEN least(o.covered_to, d.term_start) ELSE n.covered_to END AS new_to,
        coalesce(o.steps, []) AS old_steps, coalesce(n.steps, []) AS new_steps,
        list_min(list_transform(list_concat(
            list_filter(old_steps, lambda s: NOT list_contains(new_steps, s)),
            list_filter(new_steps, lambda s: NOT list_contains(old_steps, s))), lambda s: s.day)) >= limit_day AS is_within,
        o.facts IS NOT DISTINCT FROM n.facts AS has_same_facts, o.unit_rates IS NOT DISTINCT FROM n.unit_rates AS has_same_rates,
        coalesce(n.is_on_hold, false) AS is_on_hold
    FROM joined AS j
    JOIN billing_due AS d ON d.group_census_id = j.group_census_id AND j.period_from <= d.billed_through
    LEFT JOIN billing_period AS p ON p.group_census_id = j.group_census_id AND p.period_from = j.period_from
    LEFT JOIN billed AS w ON w.group_census_id = j.group_census_id AND w.period_from = j.period_from
    LEFT JOIN billing_cover AS o ON o.rating_run_id = coalesce(j.booked_run_id, w.billed_run_id) AND o.group_census_id = j.group_census_id
        AND o.group_census_member_id = j.group_census_member_id AND o.root_plan_id = j.root_plan_id AND o.contract_plan_id = j.contract_plan_id
    LEFT JOIN billing_cover AS n ON n.rating_run_id = d.rating_run_id AND n.group_census_id = j.group_census_id
        AND n.group_census_member_id = j.group_census_member_id AND n.root_plan_id = j.root_plan_id AND n.contract_plan_id = j.contract_plan_id
    WHERE now_cents <> before_cents
),
inside AS (  -- both covers within the period; an empty one begins and ends with it
    SELECT *, greatest(limit_day, period_from) AS since,
        greatest(coalesce(old_from, period_from), period_from) AS a, least(coalesce(old_to, period_from), period_to) AS b,
        greatest(coalesce(new_from, period_from), period_from) AS x, least(coalesce(new_to, period_from), period_to) AS y
    FROM changed
),
measured AS (
    SELECT *,
        greatest(b - a, 0) + greatest(y - x, 0) - 2 * greatest(least(b, y) - greatest(a, x), 0) AS moved_days,
        greatest(b - greatest(a, since), 0) + greatest(y - greatest(x, since), 0)
            - 2 * greatest(least(b, y) - greatest(a, x, since), 0) AS moved_days_since,
        greatest(y - x, 0) AS covered_days, greatest(y - greatest(x, since), 0) AS covered_days_since,
        period_to - period_from AS period_days, greatest(period_to - since, 0) AS period_days_since
    FROM inside
)
SELECT *, row_number() OVER () AS change,
    CASE WHEN moved_days > 0 THEN moved_days WHEN covered_days > 0 THEN covered_days ELSE period_days END AS of_days,
    CASE WHEN is_within THEN of_days WHEN moved_days > 0 THEN moved_days_since WHEN covered_days > 0 THEN covered_days_since
        ELSE period_days_since END AS n_days
FROM measured

-- name: parts
-- The part of each change that its days within the limit are.
SELECT change, abs(change_cents) AS cents, n_days, of_days FROM billing_measured

-- name: make_change
-- What is booked of each change: no further than to what is owed, as a limit that cut an earlier change short left less to take back.
CREATE OR REPLACE TEMP TABLE billing_change AS
WITH limited AS (
    SELECT m.*, sign(change_cents) * greatest(0, least(p.part_cents, sign(change_cents) * (now_cents - booked_cents))) AS difference_cents
    FROM billing_measured AS m
    JOIN part_rows AS p USING (change)
)
SELECT * EXCLUDE (a, b, x, y, change, old_steps, new_steps) REPLACE (CAST(difference_cents AS BIGINT) AS difference_cents),
    CASE WHEN old_from IS DISTINCT FROM new_from OR old_to IS DISTINCT FROM new_to OR old_days IS DISTINCT FROM new_days
            THEN CASE WHEN coalesce(new_days, 0) > coalesce(old_days, 0) THEN 'ENROLLMENT' ELSE 'TERMINATION' END
        WHEN has_same_facts AND NOT has_same_rates THEN 'RATE_CORRECTION'
        ELSE 'MEMBER_CHANGE' END AS reason
FROM limited

-- name: book_adjust
INSERT INTO out.billing BY NAME
SELECT $billing_id AS billing_id, d.group_census_id, 'adjust' AS kind, d.billed_through, d.rating_run_id, CAST($as_of AS DATE) AS as_of,
    CAST($added_days AS INTEGER) AS added_look_back_days, CAST($credit_days AS INTEGER) AS credit_look_back_days,
    CAST($now AS TIMESTAMP) AS booked_at
FROM billing_due AS d
WHERE d.group_census_id IN (SELECT group_census_id FROM billing_change WHERE difference_cents <> 0 AND NOT is_on_hold)

-- name: book_adjust_charges
-- Joins and ends of cover first, then what changed about members, then rates (PR-32).
INSERT INTO out.billed_charge BY NAME
SELECT $billing_id AS billing_id,
    row_number() OVER (ORDER BY list_position(['ENROLLMENT', 'TERMINATION', 'MEMBER_CHANGE', 'RATE_CORRECTION'], reason),
        group_census_id, group_census_member_id, root_plan_id, contract_plan_id, period_from) AS line,
    group_census_id, group_census_member_id, root_plan_id, contract_plan_id, period_from,
    booked_cents AS old_cents, booked_cents + difference_cents AS new_cents, difference_cents, now_cents AS recomputed_cents,
    reason, rating_run_id AS source_change_id, CAST($now AS TIMESTAMP) AS booked_at
FROM billing_change
WHERE difference_cents <> 0 AND NOT is_on_hold

-- name: booked
SELECT count(*) AS n_entries, CAST(coalesce(sum(difference_cents) FILTER (difference_cents > 0), 0) AS BIGINT) AS added_cents,
    CAST(coalesce(sum(difference_cents) FILTER (difference_cents < 0), 0) AS BIGINT) AS credited_cents
FROM out.billed_charge WHERE billing_id = $billing_id

-- name: n_billed
SELECT count(*) FROM out.billing WHERE billing_id = $billing_id

-- name: cut_short
-- Changes that reach back beyond the limit, in whole or in part, and changes on hold.
SELECT count(*) FILTER (n_days < of_days AND NOT is_on_hold) AS n_limited, count(*) FILTER (is_on_hold) AS n_held FROM billing_change
