"""Person accounts, contacts and portal users of members.

What lives here: declarations of the records that `accounts-contacts` services make. What does not: the group accounts
(`schemas.plans`), the members themselves (`schemas.census`).

Sources: the published objects Account (person accounts), Contact, AccountContactRelation, User, Profile and
PermissionSet, in the columns that these services need.
"""

from schemas.table import Column, Table, day, flag, instant, key, text


def _person(email: str, birth: str, gender: str) -> tuple[Column, ...]:
    return (
        text("first_name", "First name.", "FirstName", longest=50),
        text("last_name", "Last name.", "LastName", longest=80, required=True),
        text("email", "E-mail address.", email, longest=80),
        day("birth_date", "Date of birth.", birth),
        text("gender", "Gender.", gender, longest=40),
        text("phone_number", "Telephone number.", "Phone", longest=40),
        text("street", "Street.", "BillingStreet" if email == "PersonEmail" else "MailingStreet", longest=255),
        text("city", "City.", "BillingCity" if email == "PersonEmail" else "MailingCity", longest=40),
        text("state", "State.", "BillingState" if email == "PersonEmail" else "MailingState", longest=80),
        text(
            "postal_code",
            "ZIP code.",
            "BillingPostalCode" if email == "PersonEmail" else "MailingPostalCode",
            longest=20,
        ),
        text("country", "Country.", "BillingCountry" if email == "PersonEmail" else "MailingCountry", longest=80),
    )


PERSON_ACCOUNT = Table(
    "book.person_account",
    "Person accounts: members as parties of their own, to whom policies belong.",
    (
        key("person_account_id", "Id of the account.", "Id", required=True),
        text("name", "Full name.", "Name", longest=255, required=True),
        *_person("PersonEmail", "PersonBirthdate", "PersonGender"),
        text("record_type_name", "Record type, such as Person Account.", "RecordTypeName", longest=80, required=True),
        key("contact_id", "The contact that a person account has.", "PersonContactId", required=True),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
        instant("modified_at", "When it last changed.", "LastModifiedDate", required=True),
    ),
    key=("person_account_id",),
)

CONTACT = Table(
    "book.contact",
    "Contacts: persons under an account, among them the contact of each person account.",
    (
        key("contact_id", "Id of the contact.", "Id", required=True),
        key("account_id", "Group account of the contact, or its person account.", "AccountId"),
        text("name", "Full name.", "Name", longest=255, required=True),
        *_person("Email", "Birthdate", "Gender"),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
        instant("modified_at", "When it last changed.", "LastModifiedDate", required=True),
    ),
    key=("contact_id",),
)

ACCOUNT_CONTACT = Table(
    "book.account_contact",
    "Which persons belong to a group account (AccountContactRelation).",
    (
        key("account_id", "Group account.", "AccountId", required=True),
        key("contact_id", "Contact of the person.", "ContactId", required=True),
    ),
    key=("account_id", "contact_id"),
)

PROFILE = Table(
    "book.profile",
    "What users of a kind may do, by name.",
    (
        key("profile_id", "Id of the profile.", "Id", required=True),
        text("name", "Name, such as Member Portal.", "Name", longest=255, required=True),
    ),
    key=("profile_id",),
    is_key_enforced=True,
)

PERMISSIONS = ("read_family", "choose_plans", "edit_family")
"""What a profile may permit its users."""

STANDARD_PROFILE = "Member Portal"
"""The profile that every book begins with; its users have every permission."""

PERMISSION_SET = Table(
    "book.permission_set",
    "Named permissions that the users of a profile receive.",
    (
        key("profile_id", "Profile.", "ProfileId", required=True),
        text("permission", "Permission: read_family, choose_plans or edit_family.", "Permission", required=True),
    ),
    key=("profile_id", "permission"),
    is_key_enforced=True,
)

PORTAL_USER = Table(
    "book.portal_user",
    "Portal users of members (User).",
    (
        key("portal_user_id", "Id of the user.", "Id", required=True),
        text("username", "Name to log in with; the e-mail.", "Username", longest=80, required=True),
        text("email", "E-mail address.", "Email", longest=80, required=True),
        key("profile_id", "Profile.", "ProfileId", required=True),
        key("contact_id", "Contact of the user.", "ContactId"),
        key("person_account_id", "Person account of the user.", "AccountId"),
        text("locale_key", "Locale, such as en_US.", "LocaleSidKey", longest=40),
        text("language_key", "Language, such as en_US.", "LanguageLocaleKey", longest=40),
        text("time_zone", "IANA time zone, such as Europe/Lisbon.", "TimeZoneSidKey", longest=40),
        text("email_encoding", "Encoding of mail, such as UTF-8.", "EmailEncodingKey", longest=40),
        flag("is_active", "May log in.", "IsActive", required=True),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
    ),
    key=("portal_user_id",),
)

TABLES = (PERSON_ACCOUNT, CONTACT, ACCOUNT_CONTACT, PROFILE, PERMISSION_SET, PORTAL_USER)
