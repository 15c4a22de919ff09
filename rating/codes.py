"""The closed lists of the trade, as small integers.

What lives here: every code that travels as a number through the core and is stored as its
name in the book. What does not: rules that act on the codes, and texts shown to people.

Every list is an `IntEnum` under 128 members, so a column of codes is `int8`. The number of a
code is internal to a process; only the *name* is ever stored. Minus one means "none" or
"unknown" in every code column (`NONE` below), so that a missing fact is never a valid code.
"""

from enum import IntEnum

NONE = -1
"""The value of a code, row or amount column that has no value."""


class Relationship(IntEnum):
    """How a person hangs from the primary (CV-6). Names are stored by their published spelling."""

    SELF = 0
    SPOUSE = 1
    DOMESTIC_PARTNER = 2
    CHILD = 3
    PARENT = 4
    PARENT_IN_LAW = 5
    OTHER = 6


class Gender(IntEnum):
    """Gender as filed on a census; rates that vary by sex use MALE and FEMALE."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    OTHER = 3


class Tobacco(IntEnum):
    """Smoker status; a person who states none is rated as a non-smoker."""

    NON_SMOKER = 0
    SMOKER = 1


class Tier(IntEnum):
    """Who of a family is covered by one plan (GR-26), in the finest division used.

    A table filed with fewer tiers is widened when it is built: four tiers give E1C and ECN one
    price (EC), three tiers give ES and E1C one price (EE+1), two give everything but EE one.
    """

    EE = 0
    ES = 1
    E1C = 2
    ECN = 3
    FAM = 4


class MemberType(IntEnum):
    """Whose premium a contribution rule speaks of (CB-10, CB-11); blank is NONE."""

    SUBSCRIBER = 0
    DEPENDENT = 1


class ShareKind(IntEnum):
    """What a contribution rule pays: the documented types (CB-16, CB-17), then the trade's further forms."""

    AMOUNT = 0
    PERCENTAGE = 1
    REFERENCE_PLAN = 2
    """A percent of the premium of another plan for the same people (buy-up), at most the chosen plan's."""
    EMPLOYEE_AND_INCREMENT = 3
    """A percent of the employee-only premium and another of what dependents add to it."""
    DEFINED_CONTRIBUTION = 4
    """One sum over several plans, used up in the order of plan priority: per member, or for EVERY_PLAN per family."""
    EMPLOYER_PAID = 5
    """The whole premium (non-contributory)."""


class Grade(IntEnum):
    """What the value of a contribution rule may depend on; NONE where it is one value."""

    TIER = 0
    SALARY = 1
    SERVICE = 2


class AmountScope(IntEnum):
    """What a flat amount is paid for (CB-21)."""

    PER_COVERAGE = 0
    PER_PLAN = 1


class Strategy(IntEnum):
    """How the contribution ladder is climbed: the current one (CB-9 to CB-12), or the older package's."""

    STANDARD = 0
    LEGACY_PER_LEVEL = 1


class Continuation(IntEnum):
    """Cover continued after employment (COBRA): the employer pays nothing, the premium carries a load."""

    COBRA = 0
    """102 % of the premium."""
    COBRA_DISABILITY = 1
    """150 %, in the disability extension."""


class TargetKind(IntEnum):
    """What a contribution rule names (CB-1), most specific first."""

    PLAN = 0
    PRODUCT = 1
    CATEGORY = 2
    EVERY_PLAN = 3
    """No target of its own: all plans of the account, where no rule that names one pays."""


class Period(IntEnum):
    """The period that one rate, or one contribution amount, is stated for (PR-5)."""

    MONTHLY = 0
    ANNUAL = 1
    TERM = 2


class Proration(IntEnum):
    """How a part of the term is charged (`DAILY_TERM`, PR-1; the others, PR-26; the last, PR-27)."""

    DAILY_TERM = 0
    NONE = 1
    DAILY_MONTH = 2
    DAILY_30 = 3
    FULL_MONTH = 4
    FIRST_OF_MONTH = 5
    MID_MONTH = 6
    BIRTH_MONTH_FREE = 7
    """Nothing for the month in which the cover begins: the common rule for newborns."""


class AgeDate(IntEnum):
    """The day an age is taken on (rating methods, section 0)."""

    PLAN_ANNIVERSARY = 0
    ISSUE = 1
    ATTAINED = 2
    JAN_1 = 3
    TAX_YEAR_END = 4
    ANNIVERSARY_OR_ADDED = 5


class AgeOut(IntEnum):
    """When the cover of a child ends who has reached the age limit of a plan (rating methods, section 11)."""

    BIRTHDAY = 0
    MONTH_END = 1
    YEAR_END = 2


class SpouseAge(IntEnum):
    """Whose age prices a spouse: carriers use both."""

    OWN = 0
    EMPLOYEE = 1


class OutsideTable(IntEnum):
    """What becomes of a value below the first or above the last one a table states."""

    CLAMP = 0
    ISSUE = 1


class MoneyRounding(IntEnum):
    """How a premium is rounded to the cent (rating methods, section 13)."""

    HALF_UP = 0
    HALF_EVEN = 1
    TRUNCATE = 2


class ReductionDate(IntEnum):
    """When an age reduction takes effect (rating methods, section 5)."""

    PLAN_ANNIVERSARY = 0
    BIRTHDAY = 1
    FIRST_OF_MONTH = 2


class Evidence(IntEnum):
    """Where evidence of insurability stands (rating methods, section 9)."""

    NOT_REQUIRED = 0
    REQUIRED = 1
    SUBMITTED = 2
    PENDING = 3
    APPROVED = 4
    DECLINED = 5
    WITHDRAWN = 6
    EXPIRED = 7


class RateState(IntEnum):
    """Where a rate made from the census stands: made anew by every run, or fixed for the plan year."""

    ESTIMATE = 0
    FINAL = 1


class AgeBasis(IntEnum):
    """How an age is read off a birth date and an age date (rating methods, section 0)."""

    LAST_BIRTHDAY = 0
    NEAREST_BIRTHDAY = 1
    YEAR_ONLY = 2


class VolumeRounding(IntEnum):
    """Rounding of an amount of insurance, before the cap (rating methods, sections 5 and 13)."""

    UP_1000 = 0
    NEAREST_1000 = 1
    NONE = 2


class BenefitRounding(IntEnum):
    """Rounding of a weekly disability benefit (rating methods, sections 6 and 13)."""

    NEAREST_1 = 0
    UP_10 = 1
    NONE = 2


class Axis(IntEnum):
    """The facts a rate may vary by, besides its date. BANDED axes are looked up by lower bound."""

    AGE = 0
    GENDER = 1
    TOBACCO = 2
    TIER = 3
    AREA = 4
    CLASS = 5
    RELATIONSHIP = 6
    SALARY = 7
    INDUSTRY = 8
    PLAN = 9
    GROUP_SIZE = 10
    PARTICIPATION = 11
    DURATION = 12
    SERVICE = 13
    FEMALE_PERCENT = 14


BANDED = frozenset(
    {
        Axis.AGE,
        Axis.SALARY,
        Axis.GROUP_SIZE,
        Axis.PARTICIPATION,
        Axis.DURATION,
        Axis.SERVICE,
        Axis.FEMALE_PERCENT,
    }
)
"""Axes whose cells state a lower bound; the others state an exact value."""


class Issue(IntEnum):
    """Why a coverage has no premium, or why a total is not complete. Zero is none; higher is worse.

    Of several the one that can be mended is told: a missing fact before a missing cell (`rating.premiums`).
    """

    NONE = 0
    RULE_WITHOUT_VALUE = 1
    """Warning: the chosen contribution rule has no value for its type, or none for a tier of the term (GB-CTB-001).
    Nothing is paid where it has none; its caps hold for the rest, its floor does not."""
    REFERENCE_UNRATED = 2
    """Warning: the plan a contribution is measured by could not be priced, so the employer's share is 0."""
    PART_UNRATED = 3
    """A plan or member of which at least one coverage could not be rated (GB-RATE-010)."""
    OUTSIDE_TERM = 4
    """No covered day inside the contract term (GB-RATE-008)."""
    BIRTH_DATE_REQUIRED = 5
    """The table varies by age, or counts children by age, and the member has no birth date (GB-RATE-012)."""
    PAY_REQUIRED = 6
    """The benefit depends on pay and the member has none (GB-RATE-012)."""
    AREA_REQUIRED = 7
    """The table varies by area and neither contract nor member has one (GB-RATE-012)."""
    AMOUNT_REQUIRED = 8
    """The benefit is elected in increments and no amount was elected (GB-RATE-012)."""
    DEPENDENTS_UNKNOWN = 9
    """The family is stated by tier only, so persons cannot be priced by age (GB-RATE-012)."""
    NO_RATE_TABLE = 10
    """No rate table is filed for the coverage (GB-RATE-011)."""
    NO_RATE = 11
    """No cell of the table holds the member's attributes on the rate date, or the family's price is
    carried by nobody: the primary does not hold the coverage (GB-RATE-011)."""
    AMOUNT_OUT_OF_RANGE = 12
    """The premium passes one million dollars a month (for a whole class one billion), or the pay, the elected
    amount or the amount of insurance it is charged on ten billion: beyond exact arithmetic, so refused."""
    PLAN_NOT_ACTIVE = 13
    """Given by the caller: the plan is no longer active on the contract (GB-RATE-006)."""
    OPTED_OUT = 14
    """Given by the caller: the member or the primary refuses this kind of plan (GB-RATE-009)."""
    NOT_ELIGIBLE = 15
    """Given by the caller: the plan is not open to the member's class (GB-RATE-014)."""
    AGE_OUTSIDE_TABLE = 16
    """The age, or another value that the table limits, lies beyond its limits and the table does not clamp
    (GB-RATE-011)."""
    FACT_REQUIRED = 17
    """A fact that the table or one of its factors varies by is unknown: industry, group size, participation,
    duration, service (GB-RATE-012)."""
    NO_FACTOR = 18
    """No cell of a factor table holds the member's attributes on the rate date (GB-RATE-011)."""
    NOT_SOLVED = 19
    """A rate solved from the census has nobody to be solved from, or its members could not be priced (GB-RATE-011)."""


UNRATED = Issue.PART_UNRATED
"""Issues at or above this leave a coverage without premium; below it they only warn."""


class ZeroReason(IntEnum):
    """Why a premium of 0.00 is lawful. A zero with neither reason nor issue is a defect."""

    NONE = 0
    CHILD_CAP = 1
    """A child beyond the counted oldest (45 CFR 147.102)."""
    COMPOSITE_DEPENDENT = 2
    """The family price is carried by the primary (GR-27)."""
    FILED_ZERO = 3
    """The filed rate itself is zero."""
    AMOUNT_DECLINED = 4
    """The elected amount is zero."""
    NO_AMOUNT = 5
    """Pay of nothing, a choice below one increment, the plan's maximum or its age reduction: nothing to insure."""
    BELOW_HALF_CENT = 6
    """The premium is not zero before it is rounded to the cent, for the period or for the covered days."""
    EVIDENCE_PENDING = 7
    """The whole amount waits for evidence of insurability, or the evidence was declined."""
    FAMILY_CARRIED = 8
    """One rate covers all children of the family and another of them carries it, or it is per employee."""
    BILLED_BY_CLASS = 9
    """The premium is one sum for the whole class or census, carried elsewhere (GR-9)."""
    NOT_CHARGED = 10
    """The proration method charges nothing for these days (PR-26, PR-27)."""
