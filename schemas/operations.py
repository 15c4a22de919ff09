"""Bookkeeping of the book itself.

What lives here: the version row, the counters of ids, and the log of shelf loads with their issues.
What does not: anything a group or member would recognise.
"""

from schemas.table import Table, count, instant, key, text, whole

SCHEMA_VERSION = 3
"""Raised by one whenever a table changes its shape; `benefits migrate` brings an older book forward."""

VERSION = Table(
    "book.version",
    "One row: the version of the tables, and the program that made them.",
    (
        whole("schema_version", "Version of the tables.", required=True),
        text("program_version", "Version of the program that created or migrated the book.", required=True),
        instant("since", "When the book took this version.", required=True),
    ),
)

SETTING = Table(
    "book.setting",
    "Settings of this book that differ from their defaults.",
    (
        text("name", "Name of the setting.", required=True),
        text("value", "Its value, as typed.", required=True),
        instant("modified_at", "When it was set.", required=True),
    ),
    key=("name",),
    is_key_enforced=True,
)

ID_COUNTER = Table(
    "book.id_counter",
    "The last number minted for each kind of id.",
    (
        text("prefix", "First three characters of the ids.", required=True),
        count("last_number", "Number of the last id minted.", required=True),
    ),
    key=("prefix",),
    is_key_enforced=True,
)

SHELF_LOAD = Table(
    "ref.shelf_load",
    "Each load of shelf sheets: accounts, plans, rates, contributions.",
    (
        key("shelf_load_id", "Id of the load.", required=True),
        text("source_name", "Folder or workbook loaded.", required=True),
        text("sha256", "SHA-256 over the sheets.", required=True),
        count("n_rows", "Rows read.", required=True),
        count("n_accepted", "Rows accepted.", required=True),
        count("n_refused", "Rows refused.", required=True),
        count("n_changed", "Rows that made or changed a record.", required=True),
        instant("loaded_at", "When the load was made.", required=True),
    ),
    key=("shelf_load_id",),
    is_key_enforced=True,
)

SHELF_ISSUE = Table(
    "ref.shelf_issue",
    "What was wrong with a row of a shelf sheet.",
    (
        key("shelf_load_id", "Load.", required=True),
        text("sheet", "Sheet, such as rate_cells.", required=True),
        whole("row_number", "Row of the sheet as a spreadsheet counts it; null for the whole sheet."),
        text("severity", "error or warning.", required=True),
        text("code", "Stable code of the rule.", required=True),
        text("published_code", "Code that the published services use for the same fault."),
        text("column_name", "Column of the cell."),
        text("raw_value", "The cell as it stood, at most 200 characters."),
        text("message", "What is wrong.", required=True),
        text("hint", "What to do about it."),
    ),
)

TABLES = (VERSION, SETTING, ID_COUNTER, SHELF_LOAD, SHELF_ISSUE)
