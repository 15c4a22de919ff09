"""Census tables: what arrives in files, who is on a census, and what was wrong.

What lives here: declarations of `raw.census_*`, `book.group_census`, `book.census_*` and the
census summary. What does not: plans and selections (`schemas.plans`), rules on rows
(`schemas.census_rules`), and any act on the rows.

Sources: the published objects GroupCensus, GroupCensusMember and GrpCensusGrpClassSummary; columns
without a published name are this project's own.
"""

from schemas.table import Column, Table, cents, count, day, flag, instant, key, number, text, texts, whole

CENSUS_FILE = Table(
    "raw.census_file",
    "Each census file that was read, known by the hash of its bytes.",
    (
        key("census_file_id", "Id of the file within its census.", required=True),
        key("group_census_id", "Census the file belongs to.", required=True),
        text("file_name", "Name of the file, without folder.", required=True),
        text("sha256", "SHA-256 of the file's bytes, hex.", required=True),
        count("n_bytes", "Size of the file."),
        text("file_format", "csv, xlsx or parquet."),
        text("encoding", "Text encoding found, such as utf-8 or windows-1252."),
        text("separator", "Character between cells; null where the format has none."),
        text("sheet_name", "Sheet read, for a workbook."),
        text("layout", "Layout recognised, such as one row per person or wide blocks of dependents."),
        whole("heading_line", "Physical line of the heading row; 0 where the format keeps names apart."),
        texts("header", "Headings as they stand in the file."),
        text("mapping", "JSON: heading to field, null for a heading that was not used."),
        instant("landed_at", "When the file was last read.", required=True),
    ),
    key=("census_file_id",),
    is_key_enforced=True,
)

CENSUS_ROW = Table(
    "raw.census_row",
    "Each line of a census file as it landed, as text. Social security numbers are masked.",
    (
        key("census_file_id", "File of the line.", required=True),
        whole("line_number", "Physical line of the file, or row of the sheet, counted from 1.", required=True),
        texts("cells", "Cells of the line in the order of the header."),
    ),
    key=("census_file_id", "line_number"),
)

CENSUS_PERSON = Table(
    "raw.census_person",
    "Where each person of each line ended: exactly one of accepted, refused or skipped.",
    (
        key("census_file_id", "File of the line.", required=True),
        whole("line_number", "Physical line of the file.", required=True),
        Column(
            "person_no",
            CENSUS_ROW.column("line_number").type,
            "0 for the line's own person, 1 and up for dependents in blocks of columns.",
            None,
            True,
        ),
        text("outcome", "accepted, refused or skipped.", required=True),
        text("skip_reason", "Why the line adds no person, such as blank_row, total_row or same_person_other_plan."),
        key("group_census_member_id", "Member the person became; null unless accepted."),
        whole(
            "primary_line_number",
            "Line of the person's primary in the same file, where it is another line (of a refused dependent that"
            " nothing links, the primary above); on a further line of a person (same_person_other_plan) its first.",
        ),
    ),
    key=("census_file_id", "line_number", "person_no"),
)

_COUNTERS = (
    whole("total_members", "Primaries.", "TotalMembers"),
    whole("total_dependents", "Dependent rows of any association, spouses included.", "TotalDependents"),
    whole("total_member_plus_dependent", "Primaries and dependents.", "TotalMemberPlusDependent"),
    whole("mbr_without_dependent_count", "Primaries with no dependent at all.", "MbrWithoutDependentCount"),
    whole("member_with_dependent_count", "Primaries with at least one dependent.", "MemberWithDependentCount"),
    whole("member_with_spouse_count", "Primaries with a spouse.", "MemberWithSpouseCount"),
    whole("member_with_one_child_count", "Primaries with exactly one child.", "MemberWithOneChildCount"),
    whole("mbr_with_more_than_1_chld_count", "Primaries with more than one child.", "MbrWithMoreThan1ChldCount"),
    whole("mbr_with_more_than_2_chld_count", "Primaries with more than two children.", "MbrWithMoreThan2ChldCount"),
    whole("member_opt_out_count", "Primaries that opted out of all plans.", "MemberOptOutCount"),
    whole(
        "full_time_member_count",
        "Primaries with a full-time equivalent of 1 or more, or none stated.",
        "FullTimeMemberCount",
    ),
    whole("part_time_member_count", "Primaries with a full-time equivalent below 1.", "PartTimeMemberCount"),
)

COUNTER_NAMES = tuple(column.name for column in _COUNTERS)
"""The twelve summary counters, in published order."""

GROUP_CENSUS = Table(
    "book.group_census",
    "A group's list of members and dependents, used for quoting, rating and enrollment.",
    (
        key("group_census_id", "Id of the census.", "Id", required=True),
        text("name", "Name of the census.", "Name", longest=255, required=True),
        text("status", "Active, Draft or Inactive.", "Status", required=True),
        text("type", "Enrollment, Lead, Quote or System.", "Type"),
        key("account_id", "Group account.", "AccountId", required=True),
        key("contract_id", "Contract of an enrollment census.", "ContractId"),
        day("effective_date", "First day the census speaks for; null is open.", "EffectiveDate"),
        day("expiration_date", "Last day the census speaks for; null is open.", "ExpirationDate"),
        text("external_identifier", "Id of the census in the source system.", "ExternalIdentifier", longest=50),
        key("lead_id", "Lead the census belongs to, an id of the host's.", "LeadId"),
        instant(
            "effective_start",
            "When the census begins to hold; null is midnight of its first day.",
            "EffectiveStartDate",
        ),
        instant(
            "effective_end", "When the census ceases to hold; null is midnight of its last day.", "EffectiveEndDate"
        ),
        text("source_system_name", "System the census came from.", "SourceSystemName", longest=50),
        text("source_system_type", "External or User.", "SourceSystemType", longest=40),
        text("usage_type", "Insurance (also null).", "UsageType", longest=40),
        key("owner_id", "User who owns the census; null is the host.", "OwnerId"),
        *_COUNTERS,
        count("census_version", "Rises by one with every change of members or selections.", required=True),
        instant("created_at", "When the census was made.", "CreatedDate", required=True),
        instant("modified_at", "When the census last changed.", "LastModifiedDate", required=True),
    ),
    key=("group_census_id",),
    is_key_enforced=True,
)

CENSUS_MEMBER = Table(
    "book.census_member",
    "Each accepted person of a census: a primary, or a dependent that points at one primary.",
    (
        key("group_census_member_id", "Id of the member.", "Id", required=True),
        key("group_census_id", "Census of the member; never changes.", "GroupCensusId", required=True),
        text(
            "member_key",
            "MD5 over the identifying fields (CV-18); finds the same person again.",
            "MemberKey",
            longest=50,
        ),
        text("name", "Full name.", "Name", longest=255, required=True),
        text("first_name", "First name.", "FirstName", longest=50, required=True),
        text("last_name", "Last name.", "Lastname", longest=50, required=True),
        text("association", "Self, Spouse, Child, Parent, Parent-in-law or Other.", "AssociationWithPrimaryMbr"),
        text("relationship", "The association, or Domestic Partner.", "RelationshipToPrimaryMember", longest=40),
        key("primary_member_id", "Primary of a dependent; null on a primary.", "PrimaryGroupCensusMemberId"),
        key("family_id", "Member id of the family's primary, on primaries too.", required=True),
        text(
            "primary_member_source",
            "The primary's id in the source system; null on a primary.",
            "PrimaryMemberSource",
            longest=255,
        ),
        text(
            "source_system_identifier", "The member's id in the source system.", "SourceSystemIdentifier", longest=255
        ),
        text("member_type", "Primary or Dependent.", "MemberType", longest=40),
        whole("dependent_count", "Children, parents and parents-in-law of a primary (CV-14).", "DependentCount"),
        key("group_class_id", "Class of the primary, on dependents too (CV-15).", "GroupClassId"),
        key("class_summary_id", "Summary record of the member's class.", "GrpCensusGrpClassSummaryId"),
        day("birth_date", "Date of birth.", "Birthdate"),
        text("gender", "Male, Female, Other or Unknown.", "Gender", longest=40),
        text("smoker_status", "Smoker or Non-Smoker; null is rated as Non-Smoker.", "SmokerStatus", longest=40),
        text("email", "E-mail address.", "Email", longest=80),
        text("phone_number", "Telephone number.", "PhoneNumber", longest=40),
        text("street", "Street of the home address.", "Street", longest=255),
        text("city", "City of the home address.", "City", longest=40),
        text("state", "State of the home address.", "State", longest=80),
        text("postal_code", "ZIP code, leading zeros kept.", "PostalCode", longest=20),
        text("country", "Country of the home address.", "Country", longest=80),
        number("latitude", "Latitude of the home address, in degrees.", "Latitude"),
        number("longitude", "Longitude of the home address, in degrees.", "Longitude"),
        text("geocode_accuracy", "How exact the place is, such as Street or Zip.", "GeocodeAccuracy", longest=40),
        cents("annual_salary_cents", "Annual eligible salary in cents.", "AnnualEligibleSalary"),
        number("full_time_equivalent", "1.0 is full time; two decimals.", "FullTimeEquivalent"),
        day("join_date", "Date of hire.", "JoinDate"),
        day("termination_date", "Last day of employment."),
        day("policy_start_date", "First day of cover.", "PolicyStartDate"),
        day("policy_end_date", "Last day of cover, where it ends before the contract."),
        text(
            "continuation", "COBRA or COBRA_DISABILITY where cover is continued after employment; else ACTIVE or null."
        ),
        text("stated_tier", "Tier stated by a file that lists no dependents: EE, ES, E1C, ECN or FAM."),
        flag("is_opt_out_all_plans", "The member refuses every plan.", "IsOptOutAllPlans", required=True),
        text("opt_out_plan_types", "Product types refused, joined by semicolons.", "OptOutPlanTypes", longest=4099),
        flag("is_disabled", "Continues as a dependent past the age limit.", "IsDisabled", required=True),
        flag("is_student", "Studies full time.", "IsStudent", required=True),
        flag("is_portal_user", "A portal user is wanted.", "IsPortalUser", required=True),
        text("status", "Completed, Incompleted or Not Determined.", "Status"),
        text("primary_member_category", "Category of the primary, free text.", "PrimaryMemberCategory", longest=40),
        key("person_account_id", "Person account made for the member.", "AccountId"),
        key("contact_id", "Contact made for the member.", "ContactId"),
        key("owner_id", "User who owns the record; null is the host.", "OwnerId"),
        text("ssn_hash", "Keyed hash of the social security number, for linking; the number itself is not kept."),
        key("census_file_id", "File that last stated the member."),
        whole("line_number", "Line of that file."),
        key("created_load_id", "Load that made the member; null when another service did."),
        key("modified_load_id", "Load that last changed the member."),
        instant("created_at", "When the member was made.", "CreatedDate", required=True),
        instant("modified_at", "When the member last changed.", "LastModifiedDate", required=True),
    ),
    key=("group_census_member_id",),
)

CENSUS_ISSUE = Table(
    "book.census_issue",
    "What was wrong with a line of a census file: errors refuse, warnings only tell.",
    (
        key("census_file_id", "File of the line.", required=True),
        key("group_census_id", "Census of the file.", required=True),
        whole("line_number", "Physical line; null for an issue of the whole file."),
        whole("person_no", "Person of the line, as in raw.census_person."),
        text("scope", "row: the person is refused. plan: only the plan is. file: the whole file.", required=True),
        text("severity", "error or warning.", required=True),
        text("code", "Stable code of the rule.", required=True),
        text("published_code", "Code that the published services use for the same fault."),
        text("column_name", "Heading of the cell, or the field where no cell is to blame."),
        text("raw_value", "The cell as it stood, at most 200 characters; masked for social security numbers."),
        text("message", "What is wrong.", required=True),
        text("hint", "What to do about it."),
    ),
)

CENSUS_LOAD = Table(
    "book.census_load",
    "Each load of a file into a census: what it did, and whether it was undone.",
    (
        key("census_load_id", "Id of the load.", required=True),
        key("group_census_id", "Census that was loaded.", required=True),
        key("census_file_id", "File that was loaded.", required=True),
        text("cohort", "Cohort the load was part of."),
        text("mode", "merge or replace.", required=True),
        count("n_rows", "Lines of the file after the heading.", required=True),
        count("n_persons", "Persons and skipped lines: accepted + refused + skipped.", required=True),
        count("n_accepted", "Persons accepted.", required=True),
        count("n_refused", "Persons refused.", required=True),
        count(
            "n_skipped",
            "Lines that add no person: blank rows, totals, titles, and further lines of a person named before.",
            required=True,
        ),
        count("n_created", "Members made.", required=True),
        count("n_changed", "Members changed.", required=True),
        count("n_unchanged", "Members found just as stated.", required=True),
        count("n_missing", "Members of the census that the file does not hold.", required=True),
        count("n_removed", "Members removed, in mode replace.", required=True),
        count("n_selections_added", "Selections made.", required=True),
        count("n_selections_removed", "Selections removed.", required=True),
        count("n_selections_changed", "Selections kept with another elected amount.", required=True),
        count("census_version", "Version of the census after the load.", required=True),
        instant("loaded_at", "When the load was made.", required=True),
        instant("undone_at", "When the load was undone; null while it stands."),
    ),
    key=("census_load_id",),
    is_key_enforced=True,
)

MEMBER_BEFORE = Table(
    "book.member_before",
    "Members as they stood before a load changed or removed them, for undo.",
    (key("census_load_id", "Load that changed the member.", required=True), *CENSUS_MEMBER.columns),
)

CENSUS_SUMMARY = Table(
    "book.census_summary",
    "The twelve counters of a census for one class (GrpCensusGrpClassSummary).",
    (
        key("class_summary_id", "Id of the record; kept over syncs (CS-5).", "Id", required=True),
        key("group_census_id", "Census.", "GroupCensusId", required=True),
        key("group_class_id", "Class.", "GroupClassId", required=True),
        text("name", "Class name.", "Name", longest=255, required=True),
        *_COUNTERS,
    ),
    key=("class_summary_id",),
    is_key_enforced=True,
)

COHORT = Table(
    "book.cohort",
    "Sets of censuses handled together, with the folder their files came from.",
    (
        text("cohort", "Name of the cohort: one file, a folder, or a renewal month.", required=True),
        text("source", "Folder or file that was loaded."),
        instant("registered_at", "When the cohort was last loaded.", required=True),
    ),
    key=("cohort",),
    is_key_enforced=True,
)

COHORT_CENSUS = Table(
    "book.cohort_census",
    "Which censuses are handled together as one cohort.",
    (
        text("cohort", "Name of the cohort: one file, a folder, or a renewal month.", required=True),
        key("group_census_id", "Census of the cohort.", required=True),
    ),
    key=("cohort", "group_census_id"),
    is_key_enforced=True,
)

TABLES = (
    CENSUS_FILE,
    CENSUS_ROW,
    CENSUS_PERSON,
    GROUP_CENSUS,
    CENSUS_MEMBER,
    CENSUS_ISSUE,
    CENSUS_LOAD,
    MEMBER_BEFORE,
    CENSUS_SUMMARY,
    COHORT,
    COHORT_CENSUS,
)
