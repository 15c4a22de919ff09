"""The names that census files use for each field: data, nothing else.

What lives here: for each canonical field the headings seen in real files and templates, the published field
names, the words that stand before a field name (`Subscriber`, `Dep 2`), and the names of the product types.
What does not: how a heading is compared (headings.py) and what a cell means (values.py).
Headings are written as seen; they are normalised when the table is loaded, so spelling variants that differ only
in case, blanks and punctuation need one entry.
"""

FIELDS: dict[str, str] = {
    "first_name": "first_name | FNAME | first_nm | Given Name | Given | First | Forename",
    "last_name": "last_name | LAST_NAME1 | lname | last_nm | memberLastName | Surname | Family Name | Last",
    "full_name": "Name | Full Name | Last Name, First Name | Last, First | Name of Member | Participant Name |"
    " Last Name, First",
    "birth_date": "dob | date_of_birth | birth_date | Member Date of Birth | DOB_YYYYMMDD | D.O.B. | Born |"
    " Birth Dt | Date Birth | DOB MM/DD/YYYY | Date of Birth MM/DD/YYYY | Birthday",
    "relationship": "employee_relationship | relationship | rel | Rel. | subscriber_relationship |"
    " Relationship to Primary Member | relationshipToSubscriber | Relationship Code | relationship_cd |"
    " Covered Member Relationship | DependentType | RELATION | RecordType | Relationship to Employee |"
    " Relationship to Subscriber | Relationship to Insured | Relation to Employee |"
    " Relationship Type | Member Relationship | RelationshipToPrimaryMember | Role |"
    " EE/DEP | EE or DEP | Employee/Dependent | EE/SP/CH | EE/SP/DEP",
    "association": "AssociationWithPrimaryMbr | Association With Primary Member | Association",
    "employee_key": "employer_assigned_family_id | employee_id | EmployeeId | Employee Number | Employee No |"
    " Employee # | emp_id | Emp No | Emp # | EID | EMPLOYEE_EXT_ID | subscriber_id | Family ID | Family Key |"
    " Household ID | EE ID | Employee Key | Payroll ID | Payroll Number",
    "member_order": "dependent_seq | Sequence Number | personCode | Person Code | Dependent Sequence | Dep Seq |"
    " Member Order | Sequence",
    "gender": "gender | Member Gender | Sex | M/F | Gender Code | Sex Code",
    "email": "Email | E-mail | Email Address | E-mail Address | Work Email",
    "phone_number": "Phone | Phone Number | Phone No | Telephone | Mobile | Cell Phone | Home Phone | PhoneNumber",
    "street": "Street | Address | Address 1 | Address Line 1 | Street Address | Home Address | Addr1 | Mailing Address",
    "city": "City | Home City | Town",
    "state": "state | Home State | state_code | Residence State | State of Residence | ST",
    "postal_code": "zip | zip_code | zip_cd | Postal Code | Home Zip | Home Zip Code | ZIP Code 5 | Zip5 |"
    " Residence Zip | PostalCode | Zip/Postal Code",
    "country": "Country | Country Code",
    "ssn": "ssn | SSN_PLAIN | SocialSecurityNumber | Social Security No | Social Security # | Social Security |"
    " LastFourSSN | Last 4 SSN | Last Four of SSN | Truncated SSN | SSN / TIN | SSN # | Member SSN |"
    " SS # | SS No",
    "join_date": "hire_date | DOH | DateHired | Date of Hire | Hired | Original Hire Date | Start of Employment |"
    " JoinDate | Join Date | Date Joined | Hire Dt",
    "termination_date": "termination_date | DOT | TerminationDate | term_date | Date of Termination | Term Dt",
    "policy_start_date": "coverage_start | effective_date | start_date | ced | coverageStartDate |"
    " CoverageEffectiveFrom | Benefit Begin Date | Benefit Coverage Effective Date | Coverage Effective Date |"
    " PolicyStartDate | Policy Start Date | Coverage Start Date | Eff Date",
    "policy_end_date": "coverage_end | CoverageEffectiveTo | coverageEndDate | Benefit Coverage Expiration Date |"
    " RECORDENDDATE | PolicyEndDate | Policy End Date | Coverage End Date | End Date | Expiration Date |"
    " Benefit End Date",
    "tier": "coverage_tier | Tier | plan_tier | coverageTier | coverage_level | CoverageLevel | Coverage |"
    " Family Status | Dependent Status | CoverageType | Coverage Type | Enrollment Tier | Tier Code |"
    " Coverage Level Code",
    "status": "status | Enrollment Status | EmployeeStatus | employeeStatus | Member Status | eligibility_status |"
    " Employment Status | Work Status | FT/PT",
    "smoker_status": "tobacco | tobacco_use | tobacco_disposition | smoker status | Tobacco User | Smoker | Smoking |"
    " Tobacco Status | Smoker Y/N | Tobacco Y/N | Nicotine Use | SmokerStatus",
    "annual_salary": "Annual Salary | Salary | Annual Pay | Annual Earnings | Annual Income | income | Base Salary |"
    " Pay | Compensation | Earnings | Annual Compensation | AnnualEligibleSalary | Salary and Mode | Wages | Base Pay |"
    " Annual Base Salary | Annualized Salary | Annual Sal | Annual Eligible Salary | Eligible Salary",
    "monthly_salary": "Monthly Income | Monthly Salary | Monthly Pay | Monthly Earnings",
    "semimonthly_salary": "Semi-Monthly Salary | Semi-Monthly Pay | Semi-Monthly Earnings",
    "biweekly_salary": "Bi-Weekly Salary | Bi-Weekly Pay | Bi-Weekly Earnings",
    "weekly_salary": "Weekly Salary | Weekly Pay | Weekly Earnings | Weekly Wages",
    "hourly_rate": "Hourly Rate | Hourly Pay | Hourly Wage | Hourly",
    "pay_rate": "Rate of Pay | Pay Rate",
    "pay_per": "Pay Per | Pay Rate Per | Rate Per",
    "pay_mode": "Salary Mode | Pay Mode | Mode | Pay Frequency | Salary Basis | Pay Basis | Pay Type | Salary Type |"
    " Income Mode",
    "full_time_equivalent": "FTE | Full Time Equivalent | FullTimeEquivalent",
    "is_disabled": "disabled | Handicapped | eligibility_qualifier | Disability | IsDisabled | Disabled Y/N |"
    " Disability Status | Is Disabled",
    "is_student": "Student | Full Time Student | FT Student | IsStudent | Is Student | Student Y/N | Student Status",
    "is_portal_user": "IsPortalUser | Is Portal User | Portal User | Portal Access | Portal User Y/N",
    "is_opt_out_all_plans": "IsOptOutAllPlans | Opt Out All Plans | Opt Out All | Waive All | Waiving All Coverage |"
    " Is Opt Out All Plans | Waived All | Decline All | Opt Out | Waived | Waiver | Waive | Declined",
    "opt_out_plan_types": "OptOutPlanTypes | Opt Out Plan Types | Waived Plans | Opt Outs | Waived Lines |"
    " Declined Plans | Waived Plan Types",
    "source_system_identifier": "SourceSystemIdentifier | Source System Identifier | Source Id | External ID |"
    " Person ID | PersonId | Member ID | MemberId | Unique Person ID | Record ID",
    "primary_member_source": "PrimaryMemberSource | Primary Member Source | Primary Source Id | Primary Member ID |"
    " Primary ID | Employee Source Id | Primary Person ID",
    "class_name": "benefit_group | Group Class | GroupClassName | Group Class Name | ClassID | Class | option_group |"
    " Division | Class Name | Benefit Class | Employee Class | Class Code | Eligibility Class",
    "age": "Age | Current Age | Member Age | Age at Effective Date | Age on Effective Date | Attained Age",
    "group_census_member_id": "GroupCensusMemberId | Group Census Member Id",
    "primary_group_census_member_id": "PrimaryGroupCensusMemberId | Primary Group Census Member Id",
    "member_key": "MemberKey | Member Key",
    "count_dependents": "Number of Dependents | # Dependents | No of Dependents | Dependent Count | Dependents |"
    " # of Dependents | Num Dependents",
    "count_children": "Number of Children | # Children | No of Children | Child Count | Children | # of Children |"
    " Num Children",
    "count_spouse": "Number of Spouses | Has Spouse | Spouse Count | # Spouse | Spouse Y/N | # of Spouses",
    "plan": "plan_code | plan_name | plan | Plan ID | Current Plan Name | Current Plan | HIOS Id | QHP Id |"
    " ContractGroupPlan | Contract Group Plan | Plan Selected | Plan Elected | Plan Selection | Election |"
    " Benefit Plan | Enrolled Plan | Plan Choice | Plan Coverage Description",
    "plan_type": "Plan Type | Product Type | Benefit Type | Line of Coverage | Product | Product Category |"
    " Benefit | Line of Business | Plan Category | Insurance Line | Insurance Line Code",
    "continuation": "COBRA | COBRA Status | COBRA Participant | COBRA Indicator | Continuation | Continuation Status |"
    " Continuation of Coverage | State Continuation",
    "hours_per_week": "Hours Per Week | Weekly Hours | Hours Worked Per Week | Scheduled Hours | Standard Hours |"
    " Hours/Week | Hrs/Wk | Hrs Per Week | Avg Hours Per Week | Average Hours Per Week",
    "evidence": "EOI Status | Evidence of Insurability | Evidence Status",
    "approved_amount": "Approved Amount | EOI Approved Amount",
    "approved_from": "EOI Approval Date | EOI Effective Date",
    "late_entrant": "Late Entrant | Late Enrollee",
    "elected_amount": "Elected Amount | ElectedAmount | Coverage Amount | Benefit Amount | Volume | Election Amount",
}

SECOND_CHOICE: dict[str, dict[str, str]] = {
    # A name that means the second field when another column of the file already holds the first.
    "employee_key": {
        "LinkToEmployeeID": "primary_member_source",
        "id": "source_system_identifier",
        "Unique ID": "source_system_identifier",
        "subscriber_id": "primary_member_source",
        **dict.fromkeys(["EE Number", "EE No", "Empl ID", "Emp ID No", "Employee ID No", "Employee ID Number"], ""),
        **dict.fromkeys(["Associate ID", "Worker ID"], ""),
    },
    "ssn": {
        "Employee SSN": "holder_ssn",
        "Subscriber SSN": "holder_ssn",
        "Truncated EE SSN": "holder_ssn",
        "Tax ID SSN": "",
    },
    # A name that counts only when no better one is in the file (the second field is none).
    "full_name": dict.fromkeys(
        ["Worker Name", "Associate Name", "Emp/Dep Name", "EE/Dep Name", "Employee/Dependent Name"], ""
    ),
    "relationship": dict.fromkeys(
        [
            *("Emp/Spouse/Child", "EE/Spouse/Child", "Employee/Spouse/Child", "Self/Spouse/Child"),
            *("Emp/Dep", "Emp/Spouse/Dep", "Employee/Spouse/Dependent", "Subscriber/Dependent"),
            *("Relationship to EE", "Relation to EE", "Rel to EE", "Relationship to Emp", "Relation to Subscriber"),
            *("Relation to Insured", "Subscriber/Dependent Relationship"),
        ],
        "",
    ),
    "pay_mode": dict.fromkeys(["Compensation Type", "Compensation Period", "Salary/Hourly", "Hourly/Salary"], ""),
    "first_name": {"Legal First Name": ""},
    "last_name": {"Legal Last Name": ""},
    "status": dict.fromkeys(
        ["Position Status", "Full-Time/Part-Time", "FT/PT Status", "Active/COBRA", "Active/COBRA/Retiree"], ""
    ),
    "class_name": {"Class Description": "", "Elig Class": "", "Employment Class": ""},
    "tier": {"Dep Status": ""},
    "is_disabled": {"Disabled Dependent": "", "Disabled Child": ""},
    "member_order": {"Member Suffix": ""},
    "gender": {"Gender/Sex": "", "Sex/Gender": "", "Legal Sex": ""},
    "email": {"Personal Email": "", "Home Email": ""},
    "annual_salary": dict.fromkeys(
        [
            *("Salary Amount", "Compensation Amount", "Benefit Salary", "Annual Benefit Salary"),
            "Annualized Base Salary",
        ],
        "",
    ),
    "hours_per_week": dict.fromkeys(
        [
            *("Hours Worked/Week", "Hrs Worked/Wk", "Hrs Worked Per Week", "Hours Per Wk", "Weekly Hrs"),
            *("Work Hours Per Week", "Hours", "Hrs"),
        ],
        "",
    ),
    "join_date": {"Date of Full Time Employment": "", "Full Time Hire Date": ""},
    "postal_code": {
        "Home Address Zip": "",
        "Home Address Zip Code": "",
        "Resident Zip": "",
        "Resident Zip Code": "",
        "Worksite Zip Code": "",
        "Worksite Zip": "",
        "Work Zip": "",
        "Employer Zip": "",
        "Primary Address: Zip / Postal Code": "",
    },
    "state": {
        "Home Address State": "",
        "Worksite State": "",
        "Work State": "",
        "Situs State": "",
        "Primary Address: State / Territory Code": "",
    },
    "city": {"Primary Address: City": ""},
    "street": {"Address 2": "", "Address Line 2": "", "Primary Address: Address Line 1": ""},
    "policy_start_date": {"Original Effective Date": "", "Effective Date of Coverage": "", "Coverage Begin Date": ""},
}

PAY_PERIODS: dict[str, tuple[str, ...]] = {
    "": ("payperiod", "perperiod", "perpay", "percheck", "paycheck", "bimonthly", "hoursweek", "hoursperweek"),
    "semimonthly_salary": ("semimonth", "twiceamonth"),
    "biweekly_salary": ("biweek", "everytwoweeks", "everyotherweek"),
    "weekly_salary": ("week",),
    "monthly_salary": ("month",),
    "hourly_rate": ("hour",),
}
"""Words in the heading of pay, without blanks, that say what it is by; the first that is found counts."""

KEPT_FIELDS = ("first_name", "last_name", "full_name", "birth_date", "gender", "ssn", "relationship", "email")
"""Fields that may carry a word for the person in front of them (`Subscriber First Name`)."""

HOLDERS = ("subscriber", "employee", "ee", "emp", "insured", "primary", "policyholder")
"""Words for the employee before a field name."""

PERSONS = ("covered member", "coveredmember", "dependent", "member", "person")
"""Words for the row's own person, where a holder stands in the same row."""

BLOCKS = (
    # word before the field, relationship of a person in such a block, numbered
    ("spouse", "Spouse"),
    ("sp", "Spouse"),
    ("domestic partner", "Domestic Partner"),
    ("partner", "Domestic Partner"),
    ("dependent", ""),
    ("dep", ""),
    ("child", "Child"),
    ("ch", "Child"),
    ("kid", "Child"),
)
"""Words before the fields of a further person of the same row; those without a relationship need a number."""

PRODUCT_TYPES: dict[str, str] = {
    "Medical": "Medical | Med | Health | HLT | Medical Insurance",
    "Dental": "Dental | Den | Dental Insurance",
    "Vision": "Vision | Vis | Vision Insurance",
    "Life": "Life | Basic Life | Life Insurance | Group Life | Term Life | Group Term Life",
    "AD&D": "AD&D | ADD | Accidental Death | Accidental Death and Dismemberment | Basic AD&D",
    "STD": "STD | Short Term Disability",
    "LTD": "LTD | Long Term Disability",
    "Supplemental Life": "Supplemental Life | Supp Life | Voluntary Life | Vol Life | Optional Life | Suppl Life",
    "Critical Illness": "Critical Illness | CI",
    "Accident": "Accident | Accident Insurance",
    "Hospital": "Hospital | Hospital Indemnity",
    "Medical Savings Account": "Medical Savings Account | MSA",
    "Retirement": "Retirement | Retirement Plan",
}

PLAN_WORDS = (
    "plan",
    "plan name",
    "plan code",
    "plan id",
    "plan selection",
    "plan choice",
    "plan elected",
    "plan election",
    "election",
    "elected",
    "benefit",
)
"""Words that may follow a product type in the heading of a plan column."""

ENROLLED_WORDS = ("enrolled", "enrolled in", "plan enrolled", "enrolled in plan")
"""Words before or after a product type in the heading of a column that says whether somebody is enrolled."""

AMOUNT_WORDS = (
    "amount",
    "amt",
    "volume",
    "elected amount",
    "coverage amount",
    "benefit amount",
    "election amount",
    "face amount",
)
"""Words that follow a product type in the heading of an amount column."""

SOLD_BY_AMOUNT = ("Life", "AD&D", "Supplemental Life", "Critical Illness")
"""Product types of which `Vol Life EE Amount` is what is insured; of others it is what the employee pays."""

FACT_WORDS: dict[str, tuple[str, ...]] = {
    "evidence": ("eoi status", "eoi", "evidence", "evidence status", "evidence of insurability"),
    "approved_amount": ("approved amount", "eoi approved amount", "amount approved", "approved volume"),
    "approved_from": ("approved date", "approval date", "eoi approval date", "eoi effective date", "approved from"),
    "late_entrant": ("late entrant", "late enrollee", "late applicant"),
    "held_since": ("original effective date", "original coverage effective date", "held since", "issue date"),
}
"""Words that follow a product type in the heading of a column that states a further fact of the choice."""

TIER_WORDS = ("tier", "plan tier", "coverage", "coverage tier", "coverage level", "level")
"""Words that follow a product type where the column states a tier."""

OTHER_TIER = "other_tier"
"""The field of a column that states the tier of another product type than the column whose tier is kept."""

WAIVE_WORDS = ("waive", "waived", "waiver", "opt out", "optout", "decline", "declined", "waiving")
"""Words before or after a product type in the heading of an opt-out column."""

PUBLISHED: dict[str, str] = {
    # field names of the published member object, in lower case -> canonical field
    "firstname": "first_name",
    "lastname": "last_name",
    "associationwithprimarymbr": "association",
    "relationshiptoprimarymember": "relationship",
    "birthdate": "birth_date",
    "gender": "gender",
    "email": "email",
    "phonenumber": "phone_number",
    "street": "street",
    "city": "city",
    "state": "state",
    "postalcode": "postal_code",
    "country": "country",
    "annualeligiblesalary": "annual_salary",
    "fulltimeequivalent": "full_time_equivalent",
    "joindate": "join_date",
    "policystartdate": "policy_start_date",
    "policyenddate": "policy_end_date",
    "terminationdate": "termination_date",
    "smokerstatus": "smoker_status",
    "isdisabled": "is_disabled",
    "isstudent": "is_student",
    "isportaluser": "is_portal_user",
    "isoptoutallplans": "is_opt_out_all_plans",
    "optoutplantypes": "opt_out_plan_types",
    "status": "status",
    "sourcesystemidentifier": "source_system_identifier",
    "primarymembersource": "primary_member_source",
    "groupclassname": "class_name",
    "contractgroupplan": "plan",
    "electedamount": "elected_amount",
    "primarygroupcensusmemberid": "primary_group_census_member_id",
    "groupcensusmemberid": "group_census_member_id",
    "id": "group_census_member_id",
    "memberkey": "member_key",
}

MAPPED_ONLY: dict[str, str] = {
    "name": "record_name",
    "membertype": "given_member_type",
    "primarymembercategory": "primary_member_category",
    "accountid": "person_account_id",
    "contactid": "contact_id",
    "ownerid": "owner_id",
    "latitude": "latitude",
    "longitude": "longitude",
    "geocodeaccuracy": "geocode_accuracy",
}
"""Published fields that a mapping can name, and that no heading means by itself: many a file calls other things so."""

NOT_STORED = frozenset(
    [
        "groupcensusid",
        "dependentcount",
        "groupclassid",
        "grpcensusgrpclasssummaryid",
    ]
)
"""Published fields of a member that exist but that no census file sets."""
