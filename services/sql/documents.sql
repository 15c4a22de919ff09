-- Documents and their versions, with the bytes of each.

-- name: add_document
INSERT INTO book.content_document BY NAME SELECT
    $document_id AS content_document_id, $title AS title, $linked_entity_id AS linked_entity_id,
    $version_id AS latest_version_id, CAST($now AS TIMESTAMP) AS created_at

-- name: add_version
-- Lent is document_bytes: one row, version_data.
INSERT INTO book.content_version BY NAME SELECT
    $version_id AS content_version_id, $document_id AS content_document_id, $number AS version_number,
    $path AS path_on_client, $sha256 AS sha256, octet_length(version_data) AS content_size, version_data,
    CAST($now AS TIMESTAMP) AS created_at
FROM document_bytes

-- name: latest
UPDATE book.content_document SET latest_version_id = $version_id WHERE content_document_id = $document_id

-- name: attach
UPDATE book.content_document SET linked_entity_id = $linked_entity_id WHERE content_document_id = $document_id

-- name: document
SELECT d.content_document_id, d.title, d.linked_entity_id, d.latest_version_id, v.version_number, v.path_on_client,
    v.content_size, v.sha256, d.created_at
FROM book.content_document AS d JOIN book.content_version AS v ON v.content_version_id = d.latest_version_id
WHERE d.content_document_id = $document_id

-- name: version
SELECT v.content_version_id, v.content_document_id, d.title, v.version_number, v.path_on_client, v.content_size, v.sha256,
    v.created_at
FROM book.content_version AS v JOIN book.content_document AS d USING (content_document_id)
WHERE v.content_version_id = $version_id

-- name: hash
SELECT sha256 FROM book.content_version WHERE content_version_id = $version_id

-- name: data
SELECT version_data FROM book.content_version WHERE content_version_id = $version_id

-- name: linked
SELECT content_document_id, title, latest_version_id, created_at
FROM book.content_document WHERE linked_entity_id = $linked_entity_id ORDER BY created_at, content_document_id
