-- The shape of the views, for the data dictionary.

-- name: views
SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'analytics' ORDER BY view_name

-- name: view_columns
SELECT table_name, column_name, data_type, comment
FROM duckdb_columns() WHERE schema_name = 'analytics' ORDER BY table_name, column_index
