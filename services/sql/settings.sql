-- Settings of the book that differ from their defaults.

-- name: get
SELECT value FROM book.setting WHERE name = $name

-- name: set
INSERT OR REPLACE INTO book.setting (name, value, modified_at) VALUES ($name, $value, $now)
