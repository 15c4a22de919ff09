-- Issues as people look for them: where in which file, what is wrong, what to do.
--
-- $census_ids limits to some censuses (empty: all), $code to one code (null: all). Files are those of the last
-- standing load of each census: what an earlier file said is mended, or said again.

-- name: of_censuses
SELECT a.name AS account, g.name AS census, f.file_name, i.line_number, i.column_name, i.severity, i.code, i.raw_value, i.message, i.hint
FROM book.census_issue AS i
JOIN book.group_census AS g USING (group_census_id) JOIN book.account AS a USING (account_id)
{catalogue.last_load}
LEFT JOIN raw.census_file AS f USING (census_file_id)
WHERE (len(CAST($census_ids AS VARCHAR[])) = 0 OR i.group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[]))))
    AND (CAST($code AS VARCHAR) IS NULL OR i.code = $code)
ORDER BY account, census, f.file_name, i.line_number NULLS FIRST, i.severity, i.code

-- name: of_ratings
SELECT a.name AS account, g.name AS census, f.file_name, m.line_number, p.name AS plan, i.severity, i.code, i.message, i.hint
FROM out.rating_issue AS i
SEMI JOIN (SELECT DISTINCT rating_run_id, group_census_id FROM out.current_run) AS c USING (rating_run_id, group_census_id)
JOIN book.group_census AS g USING (group_census_id) JOIN book.account AS a USING (account_id)
LEFT JOIN book.census_member AS m ON m.group_census_member_id = i.group_census_member_id
LEFT JOIN raw.census_file AS f ON f.census_file_id = m.census_file_id
LEFT JOIN book.contract_plan AS p ON p.contract_plan_id = i.contract_plan_id
WHERE (len(CAST($census_ids AS VARCHAR[])) = 0 OR i.group_census_id IN (SELECT unnest(CAST($census_ids AS VARCHAR[]))))
    AND (CAST($code AS VARCHAR) IS NULL OR i.code = $code)
ORDER BY account, census, f.file_name, m.line_number, plan, i.code
