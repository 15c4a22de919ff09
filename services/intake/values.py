"""The spellings of one value, per field: data, and the one way they are looked up.

What lives here: value maps, each belonging to a field (`S` is a spouse in one column and employee-only in another),
and the look-up of a whole column. What does not: dates (dates.py) and numbers (numbers.py).
A key is written in lower case with blanks for punctuation, as `plain` makes it.
"""

import polars as pl

NOTHING = ("n/a", "na", "null", "-", "--", "---", "#n/a", "nan", "nat", "<na>", "nil", "?", ".")
"""Cells of typed columns that say nothing. Never applied to names: Null and Na are surnames."""


def _map(**spellings: str) -> dict[str, str]:
    return {spelling.strip(): value for value, listed in spellings.items() for spelling in listed.split("|")}


def _named(*pairs: tuple[str, str]) -> dict[str, str]:
    return {spelling.strip(): value for value, listed in pairs for spelling in listed.split("|")}


RELATIONSHIP = _named(
    (
        "Self",
        (
            "employee | ee | e | self | subscriber | emp | 18 | primary | primary member | insured | policyholder"
            " | policy holder | member self | employee self | principal | contract holder | 00 | employee ee"
            " | self employee | employee subscriber | subscriber employee | subscriber self | self subscriber"
        ),
    ),
    (
        "Spouse",
        (
            "spouse | sp | sps | w | h | wife | husband | 01 | 1 | s | spouse ex | ex spouse | exspouse"
            " | legal spouse"
            " | married spouse | former spouse | same sex spouse | spouse husband | spouse wife | husband spouse"
            " | wife spouse | husband wife"
        ),
    ),
    (
        "Domestic Partner",
        (
            "domestic partner | dp | life partner | 53 | ex domestic partner | partner | civil union partner"
            " | registered domestic partner | dom partner | civil union | civil partner"
        ),
    ),
    (
        "Child",
        (
            "child | ch | d | c | dep | dependent | son | daughter | 19 | 02 | 2 | child step"
            " | child adopted | 09 | 9"
            " | child fostered | 10 | child legal guardian | ward | 15 | child domestic partner"
            " | child grandchild | step"
            " | step 17 | 17 | sc | dc | lg | ac | stepchild | step child | sponsored dependent"
            " | sponsored dependent 23 | 23"
            " | disabled child | adopted child | foster child | stepson | stepdaughter | step son | step daughter"
            " | grandchild | children | child legal guardian ward | legal guardian | child adopted 09"
            " | child fostered 10"
            " | child legal guardian 15 | child ward | dependent child | kid | handicapped child | overage dependent"
            " | newborn | newborn child | natural child | biological child | adult child | legal ward"
            " | adopted | adopted son | adopted daughter | foster | foster son | foster daughter | child foster"
            " | child natural | child biological | child disabled | court appointed ward | grandson | granddaughter"
            " | grand child | chld | chd | son daughter | child son | child daughter | child stepchild"
            " | child of domestic partner | domestic partner child | domestic partners child | stepchild stepson"
            " | stepchild stepdaughter | disabled dependent | handicapped dependent | dependent son"
            " | dependent daughter | court ordered child | court ordered dependent"
        ),
    ),
    ("Parent", "parent | mother | father | parents"),
    ("Parent-in-law", "parent in law | mother in law | father in law | parentinlaw"),
    ("Other", "other | o | other relationship"),
)

GENDER = _map(
    Male="male | m | man | boy | m male | male m | male (m) | m (male)",
    Female="female | f | woman | girl | fem | f female | female f | female (f) | f (female)",
    Unknown="unknown | u | unk | not stated | unspecified | not specified | not disclosed | undisclosed | not provided"
    " | prefer not to say | prefer not to answer | prefer not to disclose | decline to state | declined to state"
    " | decline to answer | choose not to disclose",
    Other="other | x | nonbinary | non binary | nb",
)

TIER = _named(
    (
        "EE",
        (
            "ee | employee | employee only | s | e | individual | ind | subscriberonly | subscriber only"
            " | emp | single"
            " | ee only | eo | self | self only | employee alone | 1"
        ),
    ),
    (
        "ES",
        (
            "es | ee s | ees | employee + spouse | employee & spouse | employee and spouse | esp"
            " | subscriberandspouse"
            " | subscriber and spouse | ee + spouse | ee+spouse | employee+spouse | ee & spouse"
            " | ee and spouse | ee sp | ee+sp"
            " | employee / spouse | self + spouse | employee spouse | ee + sp | 2"
        ),
    ),
    (
        "E1C",
        (
            "ec | ee ch | eech | ech | e1c | employee + child | employee & child | employee and child | ee + child"
            " | ee+child | employee+child | employee + 1 child | employee + one child | ee + 1 child | employee child"
            " | ee + ch | ee+ch | ee & child | ee and child | 3"
        ),
    ),
    (
        "ECN",
        (
            "ecn | ee cn | eecn | employee + children | employee & children | employee and children | ee + children"
            " | ee+children | employee+children | subscriberandchildren | subscriber and children"
            " | employee + child(ren)"
            " | ee + child(ren) | employee + child ren | employee and child(ren) | employee & child(ren)"
            " | employee children"
            " | employee+child(ren) | ee and children | ee & children"
        ),
    ),
    (
        "FAM",
        (
            "f | ef | ee f | eef | family | fam | subscriberandfamily | subscriber and family | employee + family"
            " | employee & family | employee and family | ee + family | ee+family | full family"
            " | employee family | ee & family | 4 | ee fam | esc | ee spouse child | ee spouse children | ee sp ch"
            " | ee sp child | ee sp children"
        ),
    ),
    ("", "w | waive | waiver | waiving | waived | no coverage | none | declined | decline | opt out | nc | no"),
)
"""'' = waived. The 834 codes that do not name one of the five tiers (E1D, TWO, DEP ...) are unknown here on purpose."""

TIER_NUMBERS = ("1", "2", "3", "4")
TIER_CELLS = sorted(words for words, tier in TIER.items() if tier and len(words) > 1)
"""Cells that say of the plan of their column which tier of it is elected (`EE` under `Medical`)."""

STATUS = _named(
    ("Active", "active | a | act | actively at work | enrolled | employed"),
    (
        "Full-Time",
        (
            "full time | ft | fulltime | f | full | regular full time | full time active | active full time | active ft"
            " | ft active | full time regular"
        ),
    ),
    (
        "Part-Time",
        (
            "part time | pt | parttime | part | p | regular part time | part time active | active part time | active pt"
            " | pt active | part time regular"
        ),
    ),
    ("COBRA", "cobra | c | cobra participant | cobra beneficiary | cobra enrollee | cobra member | on cobra"),
    ("Retiree", "retiree | retired | ret | r"),
    ("Waiving", "waiving | waived | waive | waiver | w | declined"),
    ("Terminated", "terminated | term | inactive | t | termed | deceased | separated | resigned | left"),
    ("Leave", "leave | loa | on leave | leave of absence | l | fmla"),
    ("Completed", "completed"),
    ("Incompleted", "incompleted"),
    ("Not Determined", "not determined"),
)

SMOKER = _named(
    (
        "Smoker",
        (
            "yes | y | true | 1 | t | smoker | tobacco | tobacco user | user | uses tobacco | s | current"
            " | current smoker | current user | smoker yes | yes smoker"
        ),
    ),
    (
        "Non-Smoker",
        (
            "no | n | false | 0 | f | none | non smoker | nonsmoker | non tobacco | non tobacco user"
            " | never | nonuser | ns"
            " | non user | former | no tobacco | never used | never smoked | former smoker | former user | ex smoker"
            " | does not use | not a smoker | not a user"
        ),
    ),
    ("", "u | unknown | unk"),
)

DISABILITY = _named(
    (
        "disabled",
        (
            "disabled | handicapped | d | h | yes | y | true | 1 | t | x | disabled dependent | permanently disabled"
            " | totally disabled | disabled child | handicap"
        ),
    ),
    ("student", "student | s | full time student | ft student"),
    ("neither", "no | n | false | 0 | f | none | not disabled"),
)

YES_NO = _named(
    ("yes", "yes | y | true | 1 | t | x | on | checked | waive | waived | waiver | opt out | w | declined | decline"),
    ("no", "no | n | false | 0 | f | none | off | unchecked"),
)

PORTAL_USER = _named(
    ("yes", "yes | y | true | 1 | t | x | on | checked"), ("no", "no | n | false | 0 | f | none | off | unchecked")
)

STUDENT = YES_NO | _named(("yes", "student | s | full time | ft | full time student"), ("no", "not a student"))

HOURLY = "2080"

PAY_MODE = _named(
    ("1", "annual | annually | yearly | year | a | yr | y | per year | annum | per annum | salary | salaried | s"),
    ("12", "monthly | month | m | mo | mth | per month"),
    ("24", "semi monthly | semimonthly | twice a month | sm | 24"),
    ("26", "bi weekly | biweekly | bw | every two weeks | every 2 weeks | every other week | b | 26"),
    ("52", "weekly | week | w | wk | per week | 52"),
    (HOURLY, "hourly | hour | h | hr | per hour"),
)
"""Pay periods of a year; an hourly rate counts the hours of the year, 2,080 unless the hours of a week are stated."""

EVIDENCE = _named(
    ("NOT_REQUIRED", "not required | not needed | no | n | exempt | waived | guaranteed issue | gi"),
    ("REQUIRED", "required | needed | yes | y | outstanding | eoi required"),
    ("SUBMITTED", "submitted | received | sent"),
    ("PENDING", "pending | in review | under review | in process | in progress | open | underwriting"),
    ("APPROVED", "approved | accepted | complete | completed | cleared"),
    ("DECLINED", "declined | denied | rejected | refused"),
    ("WITHDRAWN", "withdrawn | cancelled | canceled"),
    ("EXPIRED", "expired | lapsed | closed"),
)
"""Where evidence of insurability stands (rating methods, section 9)."""

CONTINUATION = _named(
    (
        "COBRA",
        (
            "cobra | c | yes | y | true | 1 | t | x | continuation | state continuation | continuee | on cobra"
            " | federal cobra | federal | state | cobra participant | cobra beneficiary | cobra enrollee | cobra member"
        ),
    ),
    ("COBRA_DISABILITY", "cobra disability | disability extension | cobra disabled | disability | d | extended"),
    ("ACTIVE", "no | n | false | 0 | f | none | active | a | not on cobra"),
)

CONTINUES = {"COBRA": "COBRA", "Active": "ACTIVE", "Full-Time": "ACTIVE", "Part-Time": "ACTIVE", "Leave": "ACTIVE"}
"""What an employment status says of continued cover."""

WAIVERS = [
    *("waive", "waived", "waiver", "waiving", "w", "decline", "declined", "declines", "refuse", "refused"),
    *("opt-out", "optout", "opted-out", "opt out", "opted out", "no coverage"),
    *("waive coverage", "waived coverage", "decline coverage", "declined coverage"),
]
"""Plan cells that waive."""
NOT_ELECTED = (
    "no",
    "n",
    "0",
    "none",
    "n/a",
    "na",
    "-",
    "--",
    "false",
    "not elected",
    "not enrolled",
    "null",
    "nc",
    "0.0",
)
"""Plan cells that elect nothing and waive nothing."""
ENROLLED = ("yes", "y", "x", "true", "enrolled", "elected", "covered")
"""Plan cells that elect the plan of their column without naming it."""
NOT_ENROLLED = ("no", "n", "false", "not elected", "not enrolled")
"""Cells that say so of a plan, where the heading asks whether somebody is enrolled."""

MAPS: dict[str, dict[str, str]] = {
    "relationship": RELATIONSHIP,
    "association": RELATIONSHIP,
    "gender": GENDER,
    "tier": TIER,
    "status": STATUS,
    "smoker_status": SMOKER,
    "is_disabled": DISABILITY,
    "is_student": STUDENT,
    "is_opt_out_all_plans": YES_NO,
    "is_portal_user": PORTAL_USER,
    "pay_mode": PAY_MODE,
    "evidence": EVIDENCE,
    "continuation": CONTINUATION,
}
"""The value map of each categorical field."""

UNKNOWN: dict[str, str] = {
    "relationship": "unknown_relationship",
    "association": "unknown_relationship",
    "gender": "unknown_gender",
    "tier": "unknown_tier",
    "status": "unknown_status",
    "smoker_status": "not_a_yes_no",
    "is_disabled": "not_a_yes_no",
    "is_student": "not_a_yes_no",
    "is_opt_out_all_plans": "not_a_yes_no",
    "is_portal_user": "not_a_yes_no",
    "pay_mode": "unknown_pay_mode",
    "evidence": "unknown_evidence_status",
    "continuation": "not_a_yes_no",
}
"""The fault of a cell that the field's map does not hold."""


_CHILD_NUMBER = r"^([a-z ]*[a-z]{2}) ?[1-9][0-9]?$"
"""Which of the children or dependents a cell means (`Child 5`, `Dep 3`) says nothing of the relation."""
_JOINED = r"\s*(\+|&|\band\b|\bplus\b|\bwith\b|\bw\b)\s*"
_CHILDREN = r"\bchild ?\(?(ren|s)\)?$"
_EMPLOYEE = r"^(employee|subscriber|self|emp|e) "
WAIVES = r"^(waived?|waiving|declined?|opted out)\b"
"""A waiver, perhaps with its reason (`Waived - other coverage`), in lower case."""


def plain(text: pl.Series) -> pl.Series:
    """Text as the keys of the maps are written."""
    lower = text.str.to_lowercase().str.strip_prefix("'").str.replace(r"\.0+$", "")
    return lower.str.replace_all(r"[-_/.,\s]+", " ").str.strip_chars()


def look_up(field: str, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The value of each cell of a field's column, and which cells are not known. Works on distinct cells."""
    distinct = text.unique().drop_nulls().sort()
    key = plain(distinct)
    # A look-up that failed (#N/A) must not make a dependent an employee, as a blank relationship would (CV-7).
    nothing = [cell for cell in NOTHING if cell != "#n/a" or MAPS[field] is not RELATIONSHIP]
    empty = distinct.str.to_lowercase().is_in(nothing) & ~key.is_in(list(MAPS[field]))
    # A cell that one field writes with dots, slashes or dashes only is looked up as it stands as well.
    found = key.replace_strict(MAPS[field], default=None, return_dtype=pl.String)
    as_is = distinct.str.to_lowercase().replace_strict(MAPS[field], default=None, return_dtype=pl.String)
    value = pl.select(pl.coalesce(found, as_is)).to_series()
    if value.null_count():
        value = pl.select(pl.coalesce(value, _in_other_words(field, key))).to_series()
    table = pl.DataFrame({"cell": distinct, "value": value, "empty": empty})
    joined = text.alias("cell").to_frame().join(table, on="cell", how="left", maintain_order="left")
    bad = joined["cell"].is_not_null() & joined["value"].is_null() & ~joined["empty"].fill_null(True)
    return joined["value"], bad


def _in_other_words(field: str, key: pl.Series) -> pl.Series:
    """The values of relationships and tiers that differ from a known one only in how they are joined."""
    if MAPS[field] is RELATIONSHIP:
        words = key.str.replace_all(r"['’]", "").str.replace_all(r"[()\[\]\s]+", " ").str.strip_chars()
        told = words.replace_strict(RELATIONSHIP, default=None, return_dtype=pl.String)
        counted = words.str.replace(_CHILD_NUMBER, "$1").replace_strict(
            RELATIONSHIP, default=None, return_dtype=pl.String
        )
        return pl.select(pl.coalesce(told, pl.when(counted == "Child").then(counted))).to_series()
    if field == "tier":
        known = {
            words: tier for words, tier in zip(_tier_words(pl.Series(list(TIER))), TIER.values(), strict=True) if words
        }
        told = _tier_words(key).replace_strict(known, default=None, return_dtype=pl.String)
        return pl.select(pl.when(key.str.contains(WAIVES)).then(pl.lit("")).otherwise(told)).to_series()
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(key))


def _tier_words(key: pl.Series) -> pl.Series:
    """A tier in the words that it joins: `Employee + Child(ren)`, `EE and Children` are both `ee children`."""
    words = key.str.replace_all(_JOINED, " ").str.replace(_CHILDREN, "children")
    return words.str.strip_chars().str.replace(_EMPLOYEE, "ee ")
