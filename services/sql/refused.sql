-- Refused rows of the last load of each census, in the columns of their files.

-- name: files
-- Files of the last standing load of each census.
SELECT l.census_load_id, l.census_file_id, l.loaded_at, f.file_name, f.header, f.mapping, a.name AS account_name
FROM book.census_load AS l
JOIN raw.census_file AS f USING (census_file_id)
JOIN book.group_census AS g ON g.group_census_id = l.group_census_id
LEFT JOIN book.account AS a ON a.account_id = g.account_id
WHERE l.group_census_id IN (SELECT unnest($census_ids)) AND l.undone_at IS NULL
QUALIFY l.loaded_at = max(l.loaded_at) OVER (PARTITION BY l.group_census_id)
    AND row_number() OVER (PARTITION BY l.census_file_id ORDER BY l.census_load_id DESC) = 1
ORDER BY l.census_load_id

-- name: files_of_loads
-- Files of some loads.
SELECT l.census_load_id, l.census_file_id, l.loaded_at, f.file_name, f.header, f.mapping, a.name AS account_name
FROM book.census_load AS l
JOIN raw.census_file AS f USING (census_file_id)
JOIN book.group_census AS g ON g.group_census_id = l.group_census_id
LEFT JOIN book.account AS a ON a.account_id = g.account_id
WHERE list_contains($load_ids::VARCHAR[], l.census_load_id)
ORDER BY l.census_load_id

-- name: rows
-- Wanted: lines with a refused person or a refused plan (BC-11), the other lines of a refused person (one row per
-- enrollment), and the lines of employees their dependents need. The other people of their files come along: what a
-- date means may hang on them.
WITH told AS (
    SELECT i.census_file_id, i.line_number, i.person_no, i.code,
        concat_ws(' ', CASE WHEN i.column_name IS NOT NULL THEN i.column_name || ':' END, i.message, nullif(i.hint, '')) AS words
    FROM book.census_issue AS i SEMI JOIN refused_files AS f USING (census_file_id)
    WHERE i.severity = 'error' AND i.scope IN ('row', 'plan') AND i.line_number IS NOT NULL
), faulty AS (
    SELECT census_file_id, line_number, string_agg(DISTINCT words, ' | ' ORDER BY words) AS errors FROM told GROUP BY ALL
), refused AS (
    SELECT p.census_file_id, p.line_number FROM raw.census_person AS p SEMI JOIN refused_files AS f USING (census_file_id) WHERE p.outcome = 'refused'
), lines AS (
    SELECT census_file_id, line_number FROM refused
    UNION
    SELECT census_file_id, line_number FROM faulty
), others AS (
    SELECT p.census_file_id, p.line_number
    FROM raw.census_person AS p SEMI JOIN refused AS r ON r.census_file_id = p.census_file_id AND r.line_number = p.primary_line_number
    WHERE p.skip_reason = 'same_person_other_plan'
), needed AS (
    SELECT DISTINCT p.census_file_id, p.primary_line_number AS line_number
    FROM raw.census_person AS p SEMI JOIN lines AS l USING (census_file_id, line_number)
    WHERE p.primary_line_number IS NOT NULL
), wanted AS (
    SELECT census_file_id, line_number FROM lines
    UNION SELECT census_file_id, line_number FROM others
    UNION SELECT census_file_id, line_number FROM needed
)
SELECT r.census_file_id, r.line_number, r.cells, w.line_number IS NOT NULL AS is_wanted,
    coalesce(e.errors, CASE WHEN o.line_number IS NULL THEN $kept ELSE $other_line END) AS errors
FROM raw.census_row AS r
SEMI JOIN wanted AS f ON f.census_file_id = r.census_file_id
SEMI JOIN (
    SELECT census_file_id, line_number FROM raw.census_person
    WHERE outcome <> 'skipped' OR skip_reason = 'same_person_other_plan'
) AS p USING (census_file_id, line_number)
LEFT JOIN wanted AS w USING (census_file_id, line_number)
LEFT JOIN faulty AS e USING (census_file_id, line_number)
LEFT JOIN (SELECT DISTINCT census_file_id, line_number FROM others) AS o USING (census_file_id, line_number)
ORDER BY r.census_file_id, r.line_number
