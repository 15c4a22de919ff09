"""Who may do what, and who did what: tokens and the audit trail.

What lives here: declarations of the tokens that callers of the HTTP door carry, and of the chain of audit entries.
What does not: the checks themselves (`services.access`, `services.audit`).
"""

from schemas.table import Table, count, instant, key, text, texts

TOKEN = Table(
    "book.access_token",
    "Bearer tokens of the HTTP door. Only a hash is kept: a token is shown once, when it is made.",
    (
        key("token_id", "Id of the token.", required=True),
        text("token_hash", "SHA-256 of the token, hex.", required=True),
        text("name", "What the token is for, in the words of whoever made it.", longest=255, required=True),
        text("kind", "user, service, partner or member.", required=True),
        texts("roles", "Roles: reader, writer, host; a kind has its own by default.", required=True),
        texts("account_ids", "Accounts in scope; null is every account.", required=False),
        key("partner_id", "Partner, for kind partner."),
        text(
            "producer_code", "Producer whose groups alone are in scope, for kind partner; null is all of the partner."
        ),
        key("manager_id", "Relationship manager, for kind partner; the partners assigned to it are in scope."),
        key("family_id", "Primary of the one family in scope, for kind member."),
        key("portal_user_id", "Portal user, for kind member."),
        instant("created_at", "When the token was made.", required=True),
        instant("expires_at", "When it ends; null is never."),
        instant("revoked_at", "When it was revoked; null while it stands."),
    ),
    key=("token_id",),
    is_key_enforced=True,
)

AUDIT_ENTRY = Table(
    "book.audit_entry",
    "Every write that came through a door: who, when, what and under which request. Only ever added to; each entry"
    " carries the hash of the one before, so that a change or a gap shows. Holds ids and counts, no personal values.",
    (
        count("entry_number", "Position in the chain, from 1, without gaps.", required=True),
        instant("happened_at", "When the write was made.", required=True),
        text(
            "principal", "Token id of the caller, or the door where there is none, such as command line.", required=True
        ),
        text("kind", "Kind of the principal: user, service, partner, member or local.", required=True),
        text("action", "What was done: method and route, or a command.", required=True),
        text("request_id", "Id of the request, as in the logs.", required=True),
        texts("record_ids", "Ids of the records named in the request or made by it; at most 50."),
        count("n_records", "Records made, changed or removed."),
        text("previous_hash", "Hash of the entry before; 64 zeros on the first.", required=True),
        text("entry_hash", "SHA-256 over this entry's other columns, hex.", required=True),
    ),
    key=("entry_number",),
    is_key_enforced=True,
)

TABLES = (TOKEN, AUDIT_ENTRY)
