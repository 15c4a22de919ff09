"""Everything that can be wrong with a census file or with one of its cells, in one list.

What lives here: each fault's stable code, its severity, the plain sentence a user reads and the remedy.
What does not: the finding of faults (each module finds its own) and what becomes of a row (`services.census_load`).
A FILE fault means that nothing of the file is read; an error stops its row; a warning only tells.
"""

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"
FILE = "file"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: `says` and `remedy` may hold {placeholders} that the finder fills in."""

    code: str
    severity: str
    says: str
    remedy: str
    published: str = ""
    """The code of the published services for the same thing, when there is one."""


class Unreadable(Exception):
    """A file fault on its way to `Landing.files`; it never leaves the intake."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.says = FAULTS[code].says.format(**facts)
        self.remedy = FAULTS[code].remedy.format(**facts)
        super().__init__(self.says)


_FILE_FAULTS = (
    ("file_missing", "There is no file {name}.", "Check the path and the spelling.", ""),
    ("file_unreadable", "The file {name} cannot be opened: {reason}.", "Check that it is a file you may read.", ""),
    ("file_empty", "The file is empty.", "Export the census again.", "GB-BLK-003"),
    ("file_too_large", "The file holds {n} bytes; the limit is {limit}.", "Split the file into parts.", ""),
    ("heading_only", "The file has no rows.", "Add the people below the heading row.", "GB-BLK-003"),
    (
        "heading_not_found",
        "None of the first {n} rows looks like a heading row.",
        "Name the columns in one row (First Name, Last Name, Relationship, Birth Date ...) or state a mapping.",
        "",
    ),
    (
        "duplicate_field_columns",
        "The columns {columns} both hold {field}.",
        "Delete one of them, or state in the mapping which one counts.",
        "",
    ),
    (
        "not_a_table",
        "The file holds {what}, not a table.",
        "Open it with the program that made it, and save it as CSV (UTF-8) or .xlsx.",
        "",
    ),
    (
        "archive",
        "The file is an archive{of}.",
        "Unpack it, and load each file of people by itself.",
        "",
    ),
    ("binary_file", "The file is not text, a workbook or Parquet.", "Save it as CSV (UTF-8) or .xlsx.", ""),
    (
        "wrong_encoding",
        "The text is not in a known encoding (line {line}).",
        "Save the file as CSV UTF-8.",
        "",
    ),
    ("too_many_columns", "The file has {n} columns; the limit is {limit}.", "Delete the columns you do not need.", ""),
    (
        "quote_never_closed",
        "A quotation mark opened on line {line} is never closed.",
        'Close it, or double it ("") if it is part of the text.',
        "",
    ),
    ("sheet_not_found", "The workbook has no sheet {sheet}; it has {sheets}.", "Name one of its sheets.", ""),
    (
        "unreadable_workbook",
        "The workbook cannot be read.",
        "Open it and save it again as .xlsx, without password.",
        "",
    ),
    (
        "workbook_unpacks_too_large",
        "The workbook unpacks to {n} bytes, far more than a workbook of its size holds; the limit is {limit}.",
        "Save it again as .xlsx, or as CSV (UTF-8).",
        "",
    ),
    (
        "sheet_too_large",
        "A sheet of the workbook reaches to cell {last}: {n} cells, filled or blank; the limit is {limit}.",
        "Delete what stands far right of or below the people (a stray blank is enough), or save it as CSV (UTF-8).",
        "",
    ),
    (
        "sheet_text_too_large",
        "The cells of a sheet hold {n} bytes of text, one text many times; the limit is {limit}.",
        "Delete the column that repeats a long text, or save it as CSV (UTF-8).",
        "",
    ),
    ("unreadable_parquet", "The Parquet file cannot be read.", "Write it again.", ""),
    (
        "mapping_unknown_column",
        "Specify a valid input for csvColumnMapping: the file has no column {column}.",
        "Use the heading exactly as in the file.",
        "SF-0001-0005",
    ),
    (
        "mapping_unknown_field",
        (
            "{field} is not a field of a census member. Check field names are correct and user has access to the"
            " specified fields."
        ),
        "Use a name such as FirstName, Birthdate, Relationship, Class or Medical; blank leaves the column out.",
        "SF-0001-0013",
    ),
    ("not_understood", "The file could not be read ({reason}).", "Save it as CSV (UTF-8) and try again.", ""),
)

_ROW_FAULTS = (
    ("ragged_row", ERROR, "The row has {n} cells; the heading has {width}.", "Quote cells that hold the separator."),
    (
        "unknown_relationship",
        ERROR,
        "The relationship is not known.",
        "Use Self, Spouse, Domestic Partner, Child, Parent or Other.",
    ),
    (
        "relationship_missing",
        ERROR,
        "The row is linked to an employee but states no relationship.",
        "State Spouse, Child, Parent or Other.",
    ),
    (
        "key_of_several_employees",
        ERROR,
        "Several employees have the key that links this person to an employee.",
        "Give each employee a key of their own, and this person the key of the right one.",
    ),
    (
        "relationship_assumed",
        WARNING,
        "The block of columns states no relationship; Child was assumed.",
        "Add a relationship column to the block.",
    ),
    (
        "relationships_disagree",
        ERROR,
        "One of the two relationship columns says Self, the other does not.",
        "Correct one of them.",
    ),
    ("unknown_gender", ERROR, "The gender is not known.", "Use Male, Female, Other or Unknown."),
    ("unknown_tier", ERROR, "The cell does not name one coverage tier.", "Use EE, ES, E1C, ECN or FAM."),
    (
        "tier_by_number",
        WARNING,
        "A tier number was read as 1 employee, 2 with spouse, 3 with one child, 4 family.",
        "Write the tier in letters.",
    ),
    ("unknown_status", WARNING, "The status is not known and was left out.", "Use Active, COBRA, Retiree ..."),
    (
        "other_tier_left_out",
        WARNING,
        "One tier of a person is kept, that of another cell; this one says something else and was left out.",
        "List the dependents, each with the plans that they have.",
    ),
    (
        "other_dates_left_out",
        WARNING,
        "The dates of cover on a person's first row count for all plans; this row states another date, or none.",
        "Make the dates of the rows agree, or load the plans of other dates as a census of their own.",
    ),
    (
        "plan_not_enrolled",
        ERROR,
        "The cell says that the person is not enrolled, but another cell names a plan of the type.",
        "Clear the plan, or correct this cell.",
    ),
    ("unknown_plan_type", ERROR, "The cell names an unknown type of plan.", "Use Medical, Dental, Vision, Life ..."),
    ("unknown_opt_out_type", ERROR, "The cell names an unknown type of plan.", "Use Medical, Dental, Vision, Life ..."),
    ("ambiguous_date", ERROR, "The date can be read in two ways.", "Write it as yyyy-mm-dd."),
    ("not_a_date", ERROR, "The cell is not a date.", "Write it as yyyy-mm-dd, with a year from 1800 to 2199."),
    (
        "month_first_assumed",
        WARNING,
        "No date of the column shows whether month or day comes first; month first was assumed.",
        "Write dates as yyyy-mm-dd.",
    ),
    (
        "day_first_taken",
        WARNING,
        "One date of the column has its day first (as 13/02/1980 has); the others were read so too.",
        "If months come first, correct that date; or write all as yyyy-mm-dd.",
    ),
    (
        "encoding_guessed",
        WARNING,
        "The encoding of the text is not stated and was guessed.",
        "Check the letters of the names, or save the file as CSV UTF-8.",
    ),
    (
        "sheets_not_read",
        WARNING,
        "One sheet of the workbook is read; others have people too: {sheets}.",
        "Load each of them as well: name it (--sheet), or save it as a file of its own.",
    ),
    ("century_assumed", WARNING, "Dates of the column state two digits of the year.", "Write years with four digits."),
    ("not_a_number", ERROR, "The cell is not a number.", "Write digits only."),
    ("not_money", ERROR, "The cell is not an amount of money.", "Write it like 52000.00."),
    ("not_a_yes_no", ERROR, "The cell is neither yes nor no.", "Use Yes or No."),
    ("not_an_ssn", ERROR, "The cell is not a social security number.", "Use nine digits, or the last four."),
    (
        "ssn_stands_in",
        WARNING,
        "What stands in for a social security number (000-00-0000, 123-45-6789, Pending) was left out.",
        "Write the person's own number, or leave the cell blank.",
    ),
    (
        "birth_date_stands_in",
        WARNING,
        "A date such as 1900-01-01 or 9999-12-31 stands in for a birth date; it was left out.",
        "Write the person's birth date: what is rated by age has no price without it.",
    ),
    (
        "date_stands_in",
        WARNING,
        "A date such as 1900-01-01 or 00/00/0000 stands in for none; it was left out.",
        "Leave the cell blank where there is no date.",
    ),
    ("unknown_pay_mode", ERROR, "The pay mode is not known.", "Use annual, monthly, weekly or hourly."),
    (
        "pay_mode_not_applied",
        WARNING,
        "The heading of the pay says it is by the year; the pay mode was not applied to it.",
        "If the pay is by the period, call its column Salary.",
    ),
    (
        "pay_rate_unclear",
        ERROR,
        "It is not clear which period the pay is for: its heading and its mode say different things.",
        "Call the column Hourly Rate if it is by the hour, or Salary if it is by the period that the mode says.",
    ),
    (
        "pay_not_of_an_hour",
        ERROR,
        "The pay is too high to be by the hour.",
        "Write what an hour earns; if the pay is by the year, call its column Annual Salary.",
    ),
    (
        "pay_period_unclear",
        ERROR,
        "It is not clear whether the pay is by the year or by the period that its mode names.",
        "Call its column Annual Salary if it is by the year, or Monthly, Semi-Monthly, Bi-Weekly or Weekly Salary.",
    ),
    (
        "pay_very_low",
        WARNING,
        "The pay of a year is below 1,000.00 dollars; it may be by the hour.",
        "If it is by the hour, call the column Hourly Rate, or state the pay mode.",
    ),
    (
        "pay_columns_differ",
        WARNING,
        "Another column states different pay, which was taken; this cell was left out.",
        "State the pay in one column, or leave the other one out by --mapping.",
    ),
    (
        "unknown_evidence_status",
        ERROR,
        "The status of the evidence of insurability is not known.",
        "Use Not Required, Required, Submitted, Pending, Approved, Declined, Withdrawn or Expired.",
    ),
    ("hours_out_of_range", ERROR, "The hours of a week are not from 0 to 168.", "State the hours worked in a week."),
    (
        "hours_unclear",
        ERROR,
        "It is not clear that the hours are those of a week: the heading does not say so, and the column has many.",
        "Call the column Hours Per Week, or state the hours worked in a week.",
    ),
    ("zeros_restored", WARNING, "Leading zeros were missing and have been restored.", "Format the column as text."),
    ("name_split", WARNING, "A full name was split at its last blank.", "Use one column for each name."),
    (
        "name_assumed",
        WARNING,
        "The block of columns has no full name; a stand-in was used.",
        "Add first and last name columns to the block.",
    ),
    ("formula_failed", WARNING, "The formula of the cell failed.", "Mend the formula, or write the value."),
    ("formula_cell", ERROR, "The cell looks like a formula.", "Remove the leading = + - or @."),
    ("formula_like_text", WARNING, "The cell looks like a formula and was kept as text.", "Remove the leading sign."),
    ("cell_too_long", ERROR, "The cell has more than {limit} characters.", "Shorten it."),
    (
        "age_differs",
        WARNING,
        "The age stated is not the age on the effective date of the census.",
        "Check the birth date.",
    ),
    (
        "left_without_date",
        WARNING,
        "The status says that the person has left, but no termination date does; the person counts as staying.",
        "State the termination date, or delete the row.",
    ),
    (
        "part_time_assumed_half",
        WARNING,
        "The status says part time without hours; half time was assumed.",
        "Add a Full Time Equivalent column.",
    ),
    (
        "mapped_field_not_stored",
        WARNING,
        "The mapping names a field that a census file does not set; the column is ignored.",
        "Remove it from the mapping.",
    ),
)

PLAN_FAULTS = ("unknown_plan_type", "plan_not_enrolled")
"""Errors that refuse a plan of the person, not the person (BC-11)."""

FAULTS: dict[str, Fault] = {
    **{code: Fault(code, FILE, says, remedy, published) for code, says, remedy, published in _FILE_FAULTS},
    **{code: Fault(code, severity, says, remedy) for code, severity, says, remedy in _ROW_FAULTS},
}
"""Every fault by its code."""
