"""The sheet that states product configuration rules.

What lives here: its columns. What does not: the other sheets (`columns`, `price_columns`), and what a kind of rule does
(`services.configuration`).
"""

from services.shelf import sheet

CONFIGURATION_RULES = sheet.Sheet(
    "configuration_rules",
    "Which plans of a contract go together, and who may hold them. One row per rule.",
    ("contract_number", "kind", "plan_code", "other_plan_code"),
    (
        sheet.text("contract_number", "Number of the contract.", 80, required=True),
        sheet.text(
            "kind",
            "NEEDS: the plan needs the other one. EXCLUDES: the two cannot be combined. AGE_LIMIT: ages admitted. Or a"
            " kind of your own.",
            40,
            required=True,
        ),
        sheet.text("plan_code", "Code of the plan or coverage that the rule is about.", 80, required=True),
        sheet.text("other_plan_code", "NEEDS, EXCLUDES: code of the other plan or coverage.", 80),
        sheet.whole("minimum_age", "AGE_LIMIT: least age in completed years; blank: none.", 0, 120),
        sheet.whole("maximum_age", "AGE_LIMIT: greatest age in completed years; blank: none.", 0, 120),
        sheet.text("message", "What a member is told whose choice breaks the rule; blank: a standard text.", 255),
    ),
)
