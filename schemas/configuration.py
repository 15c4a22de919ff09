"""Product configuration rules, and the contexts in which a member tries out choices.

What lives here: declarations. What does not: the rule engine (`services.configuration`).

Source: eligible plans EC-3 to EC-8; the table of rules is this project's own.
"""

from schemas.table import Table, instant, key, text, whole

KINDS = ("NEEDS", "EXCLUDES", "AGE_LIMIT")

CONFIGURATION_RULE = Table(
    "ref.configuration_rule",
    "Rules on which plans go together and who may hold them (EC-7).",
    (
        key("configuration_rule_id", "Id of the rule.", required=True),
        key("contract_id", "Contract the rule holds for.", required=True),
        text(
            "kind",
            "NEEDS: the plan needs another. EXCLUDES: the two exclude each other. AGE_LIMIT: ages admitted.",
            required=True,
        ),
        key("contract_plan_id", "Plan or coverage the rule is about.", required=True),
        key("other_plan_id", "The other plan or coverage, for NEEDS and EXCLUDES."),
        whole("minimum_age", "Least age in completed years, for AGE_LIMIT; null is none."),
        whole("maximum_age", "Greatest age in completed years, for AGE_LIMIT; null is none."),
        text("message", "What the member is told; null is a standard text.", longest=255),
        instant("modified_at", "When the rule last changed.", required=True),
    ),
    key=("configuration_rule_id",),
    is_key_enforced=True,
)

ELIGIBILITY_CONTEXT = Table(
    "book.eligibility_context",
    "Choices that a member tries out; nothing of them is on the census. Forgotten after their lifetime (EC-4).",
    (
        text("context_id", "64 hex digits, drawn at random.", required=True),
        key("group_census_member_id", "Member.", required=True),
        text("choices", "JSON: contract plan ids chosen.", required=True),
        instant("expires_at", "When it is forgotten.", required=True),
    ),
    key=("context_id",),
    is_key_enforced=True,
)

TABLES = (CONFIGURATION_RULE, ELIGIBILITY_CONTEXT)
