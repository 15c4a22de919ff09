-- Which files a book was made from.

-- name: is_sample
SELECT (SELECT count(*) FROM book.account) = 0 OR (SELECT count(*) FROM book.cohort WHERE cohort = 'sample') > 0
