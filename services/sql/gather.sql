-- From what is asked (`asked.sql`) to what a contract and the shelf say of one rating batch; of people it reads nothing but counts.
-- Read-only: working tables are temporary. gather_term (the terms), gather_held (who holds which root plan) and gather_place are
-- lent. Each working table numbers its rows from 0, and later ones point at rows of earlier ones, so that ids never enter the core.

-- name: renewed_terms
-- The term to rate of each census on a rating date: the contract's own, or, when the date lies after it, the whole term (by
-- months, else by days) that the date falls in. Without a rating date it is the contract's own (`services.gather`).
WITH chosen AS (
    SELECT *, end_date + 1 AS end_next, CAST($rating_date AS DATE) AS rating_date FROM asked_term
),
measured AS (
    SELECT *, date_sub('month', start_date, end_next) AS n_months, end_next - start_date AS n_days, rating_date >= end_next AS is_renewal
    FROM chosen
),
shifted AS (
    SELECT *, n_months > 0 AND CAST(start_date + to_months(n_months) AS DATE) = end_next AS is_by_months
    FROM measured
),
counted AS (
    SELECT *, CASE WHEN NOT is_renewal THEN 0
        WHEN is_by_months THEN date_sub('month', start_date, rating_date) // n_months
        ELSE (rating_date - start_date) // n_days END AS n_terms
    FROM shifted
)
SELECT group_census_id, census_version, account_id, contract_id, rating_area, industry, group_size, eligible_employees, is_renewal, rating_date,
    effective_date, rates_on, start_date AS stated_start, end_date AS stated_end,
    CASE WHEN is_by_months THEN CAST(start_date + to_months(CAST(n_terms * n_months AS INTEGER)) AS DATE)
        ELSE start_date + CAST(n_terms * n_days AS INTEGER) END AS term_from,
    CASE WHEN is_by_months THEN CAST(start_date + to_months(CAST((n_terms + 1) * n_months AS INTEGER)) AS DATE)
        ELSE start_date + CAST((n_terms + 1) * n_days AS INTEGER) END AS term_to
FROM counted
ORDER BY group_census_id

-- name: make_class
-- Each class with its slot within its account, and the code of its name over all accounts.
CREATE OR REPLACE TEMP TABLE gather_class AS
SELECT g.group_class_id, g.account_id, lower(trim(g.name)) AS label,
    CAST(row_number() OVER (PARTITION BY g.account_id ORDER BY g.group_class_id) - 1 AS INTEGER) AS class_slot,
    CAST(count(*) OVER (PARTITION BY g.account_id) AS INTEGER) AS n_class_slots
FROM book.group_class AS g
WHERE g.account_id IN (SELECT account_id FROM gather_term)

-- name: make_account
CREATE OR REPLACE TEMP TABLE gather_account AS
SELECT account_id, CAST(row_number() OVER (ORDER BY account_id) - 1 AS INTEGER) AS account
FROM (SELECT DISTINCT account_id FROM gather_term)

-- name: areas
-- Rating area of each place by ZIP code; the longest prefix counts.
SELECT p.state, p.postal_code, p.term_from, arg_max(z.rating_area, (length(z.postal_prefix), z.effective_from)) AS area
FROM gather_place AS p
JOIN ref.rating_area AS z ON z.state = p.state AND starts_with(p.postal_code, z.postal_prefix) AND z.effective_from <= p.term_from
GROUP BY ALL

-- name: places_of_accounts
SELECT account_id, state AS work_state, postal_code AS work_postal_code FROM book.account
WHERE account_id IN (SELECT unnest($account_ids))

-- name: class_rows
FROM gather_class

-- name: offer_rows
SELECT contract_plan_id, contract_id, offer, root FROM gather_offer ORDER BY offer

-- name: reach_rows
FROM gather_reach ORDER BY offer

-- name: make_tier_price
-- Plans rated by the tier prices that the contract keeps (GR-28), each as a table of its own under the id of the plan; a text
-- that is no list of tier prices is as none.
CREATE OR REPLACE TEMP TABLE gather_tier_price AS
SELECT p.contract_plan_id AS rate_table_id, t.term_from AS effective_from, CAST(p.pricing_structure AS JSON) AS said,
    list_prepend('tier', coalesce(TRY_CAST(json_extract(p.pricing_structure, '$.axes') AS VARCHAR[]), [])) AS axes
FROM asked_plan AS p
JOIN (SELECT contract_id, min(term_from) AS term_from FROM gather_term GROUP BY contract_id) AS t ON t.contract_id = p.contract_id
WHERE p.enrollment_rating_type = 'CompositeRate'
    AND CASE WHEN json_valid(p.pricing_structure) THEN coalesce(json_array_length(p.pricing_structure, '$.tiers'), 0) > 0 ELSE false END

-- part: tier_entry
-- What an entry of kept tier prices says.
json_extract_string(entry, '$.tier') AS tier,
        TRY_CAST(json_extract_string(entry, '$.rate') AS DECIMAL(18, 6)) AS rate,
        coalesce(TRY_CAST(json_extract(entry, '$.keys') AS VARCHAR[]), []) AS keys

-- part: tier_keys
-- Its keys as a table has them. Where there is a price for one child, that of children is for two or more.
list_prepend(CASE tier WHEN 'Employee Only' THEN 'EE' WHEN 'Employee & Spouse' THEN 'ES' WHEN 'Employee & One Child' THEN 'E1C'
        WHEN 'Employee & Children' THEN
            CASE WHEN bool_or(tier = 'Employee & One Child') OVER (PARTITION BY rate_table_id) THEN 'ECN' ELSE 'EC' END
        WHEN 'Employee & Family' THEN 'FAM' ELSE tier END, keys)

-- name: make_tier_cell
-- Their cells.
CREATE OR REPLACE TEMP TABLE gather_tier_cell AS
WITH entry AS (
    SELECT rate_table_id, effective_from, unnest(CAST(json_extract(said, '$.tiers') AS JSON[])) AS entry FROM gather_tier_price
),
read AS (
    SELECT rate_table_id, effective_from, {gather.tier_entry}
    FROM entry
)
SELECT rate_table_id, effective_from, rate, {gather.tier_keys} AS keys
FROM read WHERE rate IS NOT NULL

-- name: make_offer
-- Each contract plan of the contracts, a root before its coverages, with the table that prices it:
-- its own, else its product's.
-- A plan made of a quote is known to rates by plan as its product was, though its code may have got a number.
CREATE OR REPLACE TEMP TABLE gather_offer AS
WITH numbered AS (
    -- A plan without a strategy of its own takes the contract's, which says nothing more where it is CURRENT.
    SELECT p.* REPLACE (coalesce(p.contribution_strategy, (SELECT nullif(k.contribution_strategy, 'CURRENT')
            FROM book.contract AS k WHERE k.contract_id = p.contract_id)) AS contribution_strategy),
        t.group_census_id, t.account_id, t.term_from, t.term_to, t.is_renewal, t.industry, t.stated_start,
        CAST(row_number() OVER (ORDER BY p.root_plan_id, p.parent_plan_id IS NOT NULL, p.contract_plan_id) - 1 AS INTEGER) AS offer
    FROM asked_plan AS p
    JOIN (SELECT contract_id, any_value(group_census_id) AS group_census_id, any_value(account_id) AS account_id,
            any_value(term_from) AS term_from, any_value(term_to) AS term_to, any_value(is_renewal) AS is_renewal,
            any_value(industry) AS industry, any_value(stated_start) AS stated_start
        FROM gather_term GROUP BY contract_id) AS t ON t.contract_id = p.contract_id
),
own AS (
    SELECT contract_plan_id, min(rate_table_id) AS rate_table_id FROM ref.rate_table_plan
    WHERE contract_plan_id IS NOT NULL GROUP BY contract_plan_id
),
by_product AS (
    SELECT product_id, min(rate_table_id) AS rate_table_id FROM ref.rate_table_plan
    WHERE contract_plan_id IS NULL AND product_id IS NOT NULL GROUP BY product_id
)
SELECT n.offer, n.contract_plan_id, n.root_plan_id, n.contract_id, n.account_id, n.product_id, n.plan_type, n.is_optional,
    n.status = 'Active' AS is_active, r.offer AS root, r.proration_method, r.rate_basis_date, r.status = 'Active' AS is_root_active,
    r.proration_end, r.proration_change, r.proration_newborn, r.wash_day, r.priority, r.contribution_strategy,
    n.industry, lower(trim(coalesce(d.product_code, r.plan_code))) AS plan_label, n.term_from, n.term_to,
    greatest(n.stated_start, coalesce(r.effective_start_date, n.stated_start), coalesce(n.effective_start_date, n.stated_start)) AS first_from,
    CASE WHEN n.is_renewal THEN n.term_from
        ELSE greatest(n.term_from, coalesce(r.effective_start_date, n.term_from), coalesce(n.effective_start_date, n.term_from)) END AS plan_from,
    CASE WHEN n.is_renewal THEN n.term_to
        ELSE least(n.term_to, coalesce(r.effective_end_date + 1, n.term_to), coalesce(n.effective_end_date + 1, n.term_to)) END AS plan_to,
    coalesce(kept.rate_table_id, own.rate_table_id, by_product.rate_table_id) AS rate_table_id,
    coalesce(e.product_category_id, r.product_category_id) AS product_category_id
FROM numbered AS n
JOIN numbered AS r ON r.contract_plan_id = n.root_plan_id
LEFT JOIN book.product AS d ON d.product_id = r.product_id AND r.quote_line_id IS NOT NULL
LEFT JOIN book.product AS e ON e.product_id = r.product_id
LEFT JOIN gather_tier_price AS kept ON kept.rate_table_id = n.contract_plan_id
LEFT JOIN own ON own.contract_plan_id = n.contract_plan_id
LEFT JOIN by_product ON by_product.product_id = n.product_id
ORDER BY n.offer

-- name: needs_census
-- Whether a price hangs on more of the census than the family itself: rates made from the census, and counts of the group.
SELECT EXISTS (FROM gather_rate_table WHERE list_contains($solved, method) OR list_has_any(axes, ['group_size', 'participation']))
    OR EXISTS (
        FROM gather_offer AS o JOIN asked_plan_attribute AS a ON a.contract_plan_id = o.contract_plan_id
        WHERE a.attribute_name = 'GuaranteedIssueMinimumParticipation') AS needs_census

-- name: make_group
-- Employees of the group, and the part of the eligible ones that hold each root plan, as percent x 10,000 rounded to the
-- nearest: only where a table varies by them or a guarantee rests on them. Who refuses such plans is not counted as
-- eligible; who has left before the term is not counted at all. What the contract states goes before what is counted.
CREATE OR REPLACE TEMP TABLE gather_group AS
WITH asking AS (
    SELECT o.root, o.contract_id, o.plan_type FROM gather_offer AS o
    WHERE o.offer = o.root
        AND (EXISTS (FROM gather_rate_table AS t WHERE list_has_any(t.axes, ['group_size', 'participation']))
            OR EXISTS (
                FROM gather_offer AS c JOIN asked_plan_attribute AS a ON a.contract_plan_id = c.contract_plan_id
                WHERE c.root = o.root AND a.attribute_name = 'GuaranteedIssueMinimumParticipation'))
),
employee AS (
    SELECT m.group_census_member_id, t.contract_id, m.group_class_id, m.is_opt_out_all_plans,
        list_transform(string_split(lower(m.opt_out_plan_types), ';'), lambda k: trim(k)) AS refused
    FROM book.census_member AS m
    JOIN gather_term AS t ON t.group_census_id = m.group_census_id
    SEMI JOIN asking AS a ON a.contract_id = t.contract_id
    WHERE m.primary_member_id IS NULL AND (m.termination_date IS NULL OR m.termination_date >= t.term_from)
),
counted AS (
    SELECT contract_id, group_class_id, is_opt_out_all_plans, refused, count(*) AS n FROM employee GROUP BY ALL
),
eligible AS (
    SELECT a.root, sum(c.n) AS n
    FROM asking AS a
    JOIN counted AS c ON c.contract_id = a.contract_id
    LEFT JOIN gather_link AS l ON l.offer = a.root
    LEFT JOIN gather_open AS o ON o.offer = a.root AND o.group_class_id = c.group_class_id
    WHERE NOT c.is_opt_out_all_plans AND NOT coalesce(list_contains(c.refused, lower(a.plan_type)), false)
        AND (l.offer IS NULL OR o.offer IS NOT NULL)
    GROUP BY a.root
),
enrolled AS (
    SELECT a.root, count(DISTINCT h.group_census_member_id) AS n
    FROM gather_held AS h
    JOIN asking AS a ON a.root = h.root
    JOIN employee AS e ON e.group_census_member_id = h.group_census_member_id
    WHERE NOT e.is_opt_out_all_plans AND NOT coalesce(list_contains(e.refused, lower(a.plan_type)), false)
    GROUP BY a.root
),
measured AS (
    SELECT a.root, CAST(coalesce(t.group_size, s.n, 0) AS INTEGER) AS group_size,
        CAST(coalesce(t.eligible_employees, e.n, 0) AS BIGINT) AS eligible, coalesce(r.n, 0) AS enrolled
    FROM asking AS a
    JOIN (SELECT DISTINCT contract_id, group_size, eligible_employees FROM gather_term) AS t ON t.contract_id = a.contract_id
    LEFT JOIN (SELECT contract_id, sum(n) AS n FROM counted GROUP BY contract_id) AS s ON s.contract_id = a.contract_id
    LEFT JOIN eligible AS e ON e.root = a.root
    LEFT JOIN enrolled AS r ON r.root = a.root
)
SELECT root, group_size,
    CASE WHEN eligible > 0 THEN least(1000000, (2000000 * enrolled + eligible) // (2 * eligible)) END AS participation_e4
FROM measured

-- name: offers
-- A coverage takes the age limit of children from its root plan where it states none; Medical plans have one by law.
WITH said AS (
    SELECT contract_plan_id,
        max(value) FILTER (attribute_name = 'BenefitMultiple') AS multiple,
        max(value) FILTER (attribute_name = 'BenefitFlatAmount') AS flat_amount,
        max(value) FILTER (attribute_name = 'BenefitIncrement') AS increment,
        max(value) FILTER (attribute_name = 'VolumeRounding') AS volume_rounding,
        max(value) FILTER (attribute_name = 'BenefitMinimum') AS minimum,
        max(value) FILTER (attribute_name = 'BenefitMaximum') AS maximum,
        max(value) FILTER (attribute_name = 'BenefitPayMultipleMaximum') AS pay_multiple_cap,
        max(value) FILTER (attribute_name = 'BenefitPercentOfEmployee') AS employee_percent_cap,
        max(value) FILTER (attribute_name = 'GuaranteedIssueAmount') AS guaranteed,
        max(value) FILTER (attribute_name = 'GuaranteedIssueSchedule') AS guaranteed_schedule,
        max(value) FILTER (attribute_name = 'GuaranteedIssueMinimumParticipation') AS guaranteed_participation,
        max(value) FILTER (attribute_name = 'AgeReductionSchedule') AS schedule,
        max(value) FILTER (attribute_name = 'AgeReductionDate') AS reduction_date,
        max(value) FILTER (attribute_name = 'BenefitPercent') AS benefit_percent,
        max(value) FILTER (attribute_name = 'BenefitRounding') AS benefit_rounding,
        max(value) FILTER (attribute_name = 'MaximumBenefit') AS maximum_benefit,
        max(value) FILTER (attribute_name = 'CoveredPayMaximum') AS covered_pay,
        max(value) FILTER (attribute_name = 'RequiredPremium') AS required,
        max(value) FILTER (attribute_name = 'ExperienceRate') AS experience,
        max(value) FILTER (attribute_name = 'LifeYears') AS life_years,
        max(value) FILTER (attribute_name = 'FullCredibilityLifeYears') AS full_credibility,
        max(value) FILTER (attribute_name = 'DependentAgeLimit') AS child_limit,
        max(value) FILTER (attribute_name = 'DependentAgeOut') AS child_out
    FROM asked_plan_attribute
    WHERE contract_plan_id IN (SELECT contract_plan_id FROM gather_offer)
    GROUP BY contract_plan_id
)
SELECT o.offer, o.contract_plan_id, o.root_plan_id, o.root, a.account, o.product_id, o.plan_type, o.term_from, o.term_to,
    o.proration_method, o.proration_end, o.proration_change, o.proration_newborn, o.wash_day, o.priority, o.contribution_strategy,
    o.rate_table_id, coalesce(s.n_class_slots, 0) AS n_class_slots, o.industry, o.plan_label, g.group_size, g.participation_e4,
    b.multiple, b.flat_amount, b.increment, b.volume_rounding, b.minimum, b.maximum, b.pay_multiple_cap, b.employee_percent_cap,
    b.guaranteed, b.guaranteed_schedule, b.guaranteed_participation, b.schedule, b.reduction_date, b.benefit_percent, b.benefit_rounding,
    b.maximum_benefit, b.covered_pay, b.required, b.experience, b.life_years, b.full_credibility,
    coalesce(b.child_limit, r.child_limit, CASE WHEN o.plan_type = 'Medical' THEN '26' END) AS child_limit,
    coalesce(b.child_out, r.child_out) AS child_out, o.product_category_id
FROM gather_offer AS o
JOIN gather_account AS a ON a.account_id = o.account_id
LEFT JOIN (SELECT DISTINCT account_id, n_class_slots FROM gather_class) AS s ON s.account_id = o.account_id
LEFT JOIN gather_group AS g ON g.root = o.root
LEFT JOIN said AS b ON b.contract_plan_id = o.contract_plan_id
LEFT JOIN said AS r ON r.contract_plan_id = o.root_plan_id
ORDER BY o.offer

-- name: make_link
-- Plans and coverages that are not open to all classes (CV-30).
CREATE OR REPLACE TEMP TABLE gather_link AS
SELECT DISTINCT o.offer FROM gather_offer AS o JOIN asked_plan_class AS l ON l.contract_plan_id = o.contract_plan_id

-- name: make_open
-- The classes they are open to: those of the account that are valid for the whole contract (CV-30, CV-32).
CREATE OR REPLACE TEMP TABLE gather_open AS
SELECT o.offer, l.group_class_id
FROM gather_offer AS o
JOIN asked_plan_class AS l ON l.contract_plan_id = o.contract_plan_id
JOIN (SELECT DISTINCT contract_id, stated_start, stated_end FROM gather_term) AS k ON k.contract_id = o.contract_id
JOIN book.group_class AS g ON g.group_class_id = l.group_class_id AND g.account_id = o.account_id
WHERE coalesce(g.effective_start_date, k.stated_start) <= k.stated_start AND coalesce(g.effective_end_date, k.stated_end) >= k.stated_end

-- name: make_reach
-- The offers as coverages need them, with the classes that they and their roots are open to; null: to all.
CREATE OR REPLACE TEMP TABLE gather_reach AS
WITH reach AS (
    SELECT l.offer, coalesce(list(o.group_class_id) FILTER (o.group_class_id IS NOT NULL), []) AS open_to
    FROM gather_link AS l LEFT JOIN gather_open AS o ON o.offer = l.offer GROUP BY l.offer
)
SELECT o.offer, o.root, o.offer <> o.root AND o.is_active AND NOT o.is_optional AS is_mandatory, o.is_active AND o.is_root_active AS is_active,
    o.rate_basis_date, o.first_from, o.plan_from, o.plan_to, lower(o.plan_type) AS plan_type, e.open_to, r.open_to AS root_open_to
FROM gather_offer AS o
LEFT JOIN reach AS e ON e.offer = o.offer
LEFT JOIN reach AS r ON r.offer = o.root

-- name: make_rate_table
-- The tables that price the offers and those their rates are solved from, then the factor tables they name, numbered from 0.
CREATE OR REPLACE TEMP TABLE gather_rate_table AS
WITH priced AS (
    SELECT t.* FROM ref.rate_table AS t SEMI JOIN gather_offer AS o ON o.rate_table_id = t.rate_table_id
    UNION ALL BY NAME
    SELECT rate_table_id, 'Tier prices of ' || rate_table_id AS name, 'composite_tier' AS method,
        coalesce(json_extract_string(said, '$.ratePeriod'), 'MONTHLY') AS rate_period, axes,
        coalesce(json_extract_string(said, '$.settings.ageBasis'), 'LAST_BIRTHDAY') AS age_basis,
        coalesce(json_extract_string(said, '$.settings.ageDate'), 'PLAN_ANNIVERSARY') AS age_date,
        json_extract_string(said, '$.settings.spouseAge') AS spouse_age, json_extract_string(said, '$.settings.limits') AS limits,
        json_extract_string(said, '$.settings.outsideTable') AS outside_table,
        json_extract_string(said, '$.settings.roundPlaces') AS round_places,
        json_extract_string(said, '$.settings.moneyRounding') AS money_rounding,
        coalesce(TRY_CAST(json_extract(said, '$.settings.factorTables') AS VARCHAR[]), []) AS factor_tables
    FROM gather_tier_price
),
filed AS (
    FROM priced
    UNION
    SELECT t.* FROM ref.rate_table AS t WHERE t.name IN (SELECT base_table FROM priced)
),
factors AS (
    SELECT t.* FROM ref.rate_table AS t
    WHERE t.name IN (SELECT unnest(factor_tables) FROM filed)
)
SELECT CAST(row_number() OVER (ORDER BY method = 'factor', rate_table_id) - 1 AS INTEGER) AS rate_table, *
FROM (SELECT * FROM filed UNION SELECT * FROM factors)

-- name: rate_tables
SELECT rate_table, rate_table_id, name, method, rate_period, age_basis, age_date, spouse_age, child_age, child_count, child_lines, limits,
    outside_table, round_places, money_rounding, base_table, factor_tables
FROM gather_rate_table
ORDER BY rate_table

-- name: make_cell
-- Cells of filed tables, and those of kept tier prices.
CREATE OR REPLACE TEMP VIEW gather_cell AS
SELECT rate_table_id, effective_from, keys, rate FROM ref.rate_cell
UNION ALL
SELECT rate_table_id, effective_from, keys, rate FROM gather_tier_cell

-- name: rate_versions
SELECT DISTINCT t.rate_table, c.effective_from
FROM gather_cell AS c JOIN gather_rate_table AS t ON t.rate_table_id = c.rate_table_id
ORDER BY ALL

-- name: rate_cells
-- Cells with one column per axis; tiers widened to the five of the core (EC is both child tiers, and so on).
WITH shaped AS (
    SELECT t.rate_table, t.method, t.axes, c.effective_from, c.keys, c.rate,
        list_position(t.axes, 'tier') AS tier_at
    FROM gather_cell AS c JOIN gather_rate_table AS t ON t.rate_table_id = c.rate_table_id
),
shapes AS (
    SELECT rate_table, effective_from, CASE WHEN bool_or(keys[tier_at] IN ('E1C', 'ECN')) THEN 'five' WHEN bool_or(keys[tier_at] IN ('EC', 'ES')) THEN 'four'
        WHEN bool_or(keys[tier_at] = 'EE+1') THEN 'three' ELSE 'two' END AS shape
    FROM shaped WHERE tier_at IS NOT NULL GROUP BY rate_table, effective_from
),
widened(shape, said, meant) AS (
    VALUES ('five', 'EE', 'EE'), ('five', 'ES', 'ES'), ('five', 'E1C', 'E1C'), ('five', 'ECN', 'ECN'), ('five', 'FAM', 'FAM'),
        ('four', 'EE', 'EE'), ('four', 'ES', 'ES'), ('four', 'EC', 'E1C'), ('four', 'EC', 'ECN'), ('four', 'FAM', 'FAM'),
        ('three', 'EE', 'EE'), ('three', 'EE+1', 'ES'), ('three', 'EE+1', 'E1C'), ('three', 'FAM', 'ECN'), ('three', 'FAM', 'FAM'),
        ('two', 'EE', 'EE'), ('two', 'FAM', 'ES'), ('two', 'FAM', 'E1C'), ('two', 'FAM', 'ECN'), ('two', 'FAM', 'FAM')
)
SELECT s.rate_table, s.effective_from,
    s.keys[list_position(s.axes, 'age')] AS age,
    s.keys[list_position(s.axes, 'gender')] AS gender,
    s.keys[list_position(s.axes, 'tobacco')] AS tobacco,
    coalesce(w.meant, s.keys[s.tier_at]) AS tier,
    s.keys[list_position(s.axes, 'area')] AS area,
    lower(trim(s.keys[list_position(s.axes, 'class')])) AS class,
    s.keys[list_position(s.axes, 'relationship')] AS relationship,
    s.keys[list_position(s.axes, 'salary')] AS salary,
    lower(trim(s.keys[list_position(s.axes, 'industry')])) AS industry,
    lower(trim(s.keys[list_position(s.axes, 'plan')])) AS plan,
    s.keys[list_position(s.axes, 'group_size')] AS group_size,
    s.keys[list_position(s.axes, 'participation')] AS participation,
    s.keys[list_position(s.axes, 'duration')] AS duration,
    s.keys[list_position(s.axes, 'service')] AS service,
    s.keys[list_position(s.axes, 'female_percent')] AS female_percent,
    coalesce(CAST(CAST(s.rate AS DECIMAL(30, 6)) * CASE s.method WHEN 'factor' THEN 10000 ELSE 1000000 END AS BIGINT), -1) AS value
FROM shaped AS s
LEFT JOIN shapes AS h ON h.rate_table = s.rate_table AND h.effective_from = s.effective_from
LEFT JOIN widened AS w ON w.shape = h.shape AND w.said = s.keys[s.tier_at]
WHERE s.rate IS NOT NULL OR len(list_filter(s.keys, lambda k: k <> '')) > 0
ORDER BY s.rate_table, s.effective_from

-- name: rules
SELECT r.contribution_rule_id, a.account, c.class_slot, r.type, r.percentage, r.amount_cents, r.amount_period, r.member_type, r.cap_cents,
    r.family_cap_cents, r.floor_cents, r.amount_scope, r.grade, r.steps, r.dependent_percentage, f.offer AS reference_offer,
    r.effective_start_date, r.effective_end_date + 1 AS effective_end_next, o.offer AS target_offer, r.contract_plan_id, r.product_id, r.category, r.target_type,
    r.product_category_id, row_number() OVER (ORDER BY r.modified_at, r.contribution_rule_id) AS rank
FROM ref.contribution_rule AS r
JOIN gather_class AS c ON c.group_class_id = r.group_class_id
JOIN gather_account AS a ON a.account_id = c.account_id
LEFT JOIN gather_offer AS o ON o.contract_plan_id = r.contract_plan_id
LEFT JOIN gather_offer AS f ON f.contract_plan_id = r.reference_plan_id
WHERE r.type IS NOT NULL AND r.type <> '' AND (r.contract_plan_id IS NULL OR o.offer IS NOT NULL)
ORDER BY r.contribution_rule_id

-- name: classes
SELECT a.account, c.class_slot, c.group_class_id
FROM gather_class AS c JOIN gather_account AS a ON a.account_id = c.account_id ORDER BY ALL

-- name: final_rates
-- Rates made from the census that are fixed for the very term that is rated.
SELECT o.offer, c.class_slot, f.base_cents, f.ee_cents, f.es_cents, f.e1c_cents, f.ecn_cents, f.fam_cents, f.n_ee, f.n_es, f.n_e1c, f.n_ecn,
    f.n_fam, f.adult_cents, f.child_cents, f.n_adults, f.n_children, f.average_age, CAST(f.female_percent * 10000 AS BIGINT) AS female_e4,
    f.n_lives, f.required_cents, f.collected_cents, f.n_left_out
FROM ref.final_rate AS f
JOIN gather_offer AS o ON o.contract_plan_id = f.contract_plan_id AND o.term_from = f.term_start
LEFT JOIN gather_class AS c ON c.group_class_id = f.group_class_id
WHERE f.group_class_id IS NULL OR c.group_class_id IS NOT NULL
ORDER BY o.offer, c.class_slot

-- name: versions
SELECT group_census_id, census_version FROM book.group_census WHERE group_census_id IN (SELECT unnest($census_ids)) ORDER BY group_census_id

-- name: cohort_censuses
SELECT group_census_id FROM book.cohort_census WHERE cohort = $cohort ORDER BY group_census_id

-- name: all_cohorts
SELECT cohort FROM book.cohort ORDER BY registered_at DESC, cohort
