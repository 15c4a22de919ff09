"""Files that callers upload, and files made for them.

What lives here: declarations of documents and their versions (ContentDocument, ContentVersion). What does not: census
files as they are read (`schemas.census`).
"""

from schemas.table import Table, blob, count, instant, key, text, whole

DOCUMENT = Table(
    "book.content_document",
    "Documents attached to a census or to another record.",
    (
        key("content_document_id", "Id of the document.", "Id", required=True),
        text("title", "Name of the file.", "Title", longest=255, required=True),
        key("linked_entity_id", "Record the document is attached to.", "LinkedEntityId"),
        key("latest_version_id", "Newest version.", "LatestPublishedVersionId", required=True),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
    ),
    key=("content_document_id",),
    is_key_enforced=True,
)

VERSION = Table(
    "book.content_version",
    "Each version of a document, with its bytes.",
    (
        key("content_version_id", "Id of the version.", "Id", required=True),
        key("content_document_id", "Document.", "ContentDocumentId", required=True),
        whole("version_number", "From 1.", "VersionNumber", required=True),
        text("path_on_client", "File name as uploaded.", "PathOnClient", longest=500, required=True),
        text("sha256", "SHA-256 of the bytes, hex.", required=True),
        count("content_size", "Bytes.", "ContentSize", required=True),
        blob("version_data", "The bytes.", "VersionData", required=True),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
    ),
    key=("content_version_id",),
    is_key_enforced=True,
)

TABLES = (DOCUMENT, VERSION)
