"""Policies of enrolled families: who is insured, for what, for how much, and what cancelling them moved.

What lives here: declarations of the records that enrollment and cancellation write. What does not: selections
(`schemas.plans`), and the rules of enrolling (`services.enrollment`).

Sources: the published objects InsurancePolicy, InsurancePolicyParticipant and InsurancePolicyCoverage in the fields of
group benefits; payment schedules and transactions are this project's own.
"""

from schemas.table import Column, Table, cents, count, day, decimal, flag, instant, key, text


def _premiums() -> tuple[Column, ...]:
    """What participants and coverages state of money, as policies do."""
    return (
        cents("standard_cents", "Premium of the full term.", "StandardPremiumAmount", required=True),
        cents("standard_tax_cents", "Tax on it.", "StandardTaxAmount", required=True),
        cents("standard_fee_cents", "Fees on it.", "StandardFeeAmount", required=True),
        cents("term_cents", "Premium from the effective date to the end.", "TermPremiumAmount", required=True),
        cents("term_tax_cents", "Tax on it.", "TermTaxAmount", required=True),
        cents("term_fee_cents", "Fees on it.", "TermFeeAmount", required=True),
    )


def _shares() -> tuple[Column, ...]:
    return (
        cents("employer_cents", "Employer share of the term premium.", "EmployerContribution", required=True),
        cents("employee_cents", "Employee share of the term premium.", "EmployeeContribution", required=True),
    )


POLICY = Table(
    "book.insurance_policy",
    "Policies: one per primary and root plan (EN-1).",
    (
        key("policy_id", "Id of the policy.", "Id", required=True),
        text("policy_number", "Number of the policy, unique (EN-9).", "Name", longest=255, required=True),
        text("policy_name", "Name: the root plan's.", "PolicyName", longest=255),
        text("policy_type", "Type of policy; Group Benefits.", "PolicyType", longest=40),
        text("plan_type", "Product type of the root plan.", "PlanType", longest=255, required=True),
        text("plan_tier", "Tier of the family in the plan, such as Employee & Spouse.", "PlanTier", longest=40),
        key(
            "name_insured_id", "Person account of the primary, else the group account.", "NameInsuredId", required=True
        ),
        key("account_id", "Group account.", "GroupAccountId", required=True),
        key("product_id", "Root product.", "ProductId", required=True),
        key("contract_plan_id", "Root plan of the contract.", "ContractGroupPlanId", required=True),
        key("contract_id", "Contract.", "ContractId", required=True),
        key("group_census_id", "Census the family was enrolled from.", required=True),
        key("group_census_member_id", "Primary enrolled.", "GroupCensusMemberId", required=True),
        day("effective_date", "First day of cover.", "EffectiveFromDate", required=True),
        day(
            "expiration_date",
            "Last day of cover; moves when the policy is cancelled.",
            "EffectiveToDate",
            required=True,
        ),
        day("original_effective_date", "First day of the first version.", "OriginalEffectiveDate"),
        day("original_expiration_date", "Last day as it was made.", "OriginalExpirationDate"),
        key("original_policy_id", "First version of the policy.", "OriginalPolicyId"),
        key("prior_policy_id", "Policy before this one, that it renews or is a new version of.", "PriorPolicyId"),
        flag("is_renewed", "The policy renews another.", "IsRenewedPolicy"),
        day("renewal_date", "When it renews.", "RenewalDate"),
        day("cancellation_date", "Day cover ends by cancellation.", "CancellationDate"),
        text("cancellation_reason", "Reason given.", "CancellationReason", longest=255),
        text("cancellation_reason_type", "Kind of reason.", "CancellationReasonType", longest=40),
        text("status", "In Force, Pending, Canceled or Expired (EN-8).", "Status", required=True),
        text("substatus", "More on the status.", "Substatus", longest=40),
        *_premiums(),
        *_shares(),
        cents("premium_cents", "Premium of the billing period that ran when it was scheduled.", "PremiumAmount"),
        text("premium_frequency", "Monthly, semi-monthly, quarterly, semi-annually or annually.", "PremiumFrequency"),
        text("premium_calculation_method", "Daily or Modal.", "PremiumCalculationMethod"),
        text("premium_payment_type", "Advance or Arrears.", "PremiumPaymentType"),
        day("paid_to_date", "Last day paid for.", "PaidToDate"),
        text("policy_term", "Term of the policy; Annual.", "PolicyTerm", longest=40),
        text("funding_type", "Fully Insured, Level Funded or Self Funded.", "FundingType", longest=40),
        day("rating_date", "Date the rates were taken on.", "RatingDate"),
        text("change_type", "Life event behind a change.", "ChangeType", longest=40),
        text("change_subtype", "More on it.", "ChangeSubtype", longest=40),
        text("policy_code", "Same for all versions of the policy.", "PolicyCode", longest=255),
        text("record_source", "DigitalInsurance.", "RecordSource", longest=40),
        key("async_request_id", "Request that made the policy; null for one made at once."),
        instant("created_at", "When it was made.", "CreatedDate", required=True),
        instant("modified_at", "When it last changed.", "LastModifiedDate", required=True),
    ),
    key=("policy_id",),
)

PARTICIPANT = Table(
    "book.policy_participant",
    "Participants: the members of a family that a policy covers, the primary included (EN-3).",
    (
        key("participant_id", "Id of the participant.", "Id", required=True),
        key("policy_id", "Policy.", "InsurancePolicyId", required=True),
        key("group_census_member_id", "Member covered.", "GroupCensusMemberId", required=True),
        text("participant_name", "Name of the person.", "ParticipantName", longest=255),
        text("participant_code", "Same for all versions.", "ParticipantCode", longest=255),
        text("role", "PolicyHolder or Member, or the names a caller gave them.", "Role", longest=255, required=True),
        text("relationship", "Self, Spouse, Child and so on.", "RelationshipToInsured", longest=40, required=True),
        key("primary_account_id", "Person account of the participant.", "PrimaryParticipantAccountId"),
        key("primary_contact_id", "Contact of the participant.", "PrimaryParticipantContactId"),
        key("related_account_id", "Group account.", "RelatedParticipantAccountId"),
        key("related_contact_id", "Contact of the policy holder.", "RelatedParticipantContactId"),
        flag("is_active", "The participant is covered.", "IsActiveParticipant", required=True),
        flag("is_policyholder", "The primary.", "IsPolicyholder", required=True),
        day("effective_date", "First day of cover.", "EffectiveFromDate", required=True),
        day("expiration_date", "Last day of cover.", "EffectiveToDate", required=True),
        key("product_id", "Root product.", "ProductId"),
        *_premiums(),
        *_shares(),
        text("source_system", "System of record.", "SourceSystem", longest=255),
        text("source_system_identifier", "Id there.", "SourceSystemIdentifier", longest=255),
    ),
    key=("participant_id",),
)

PARTICIPANT_RELATION = Table(
    "book.participant_relation",
    "Records that a participant stands for: the census member, and the person account or contact.",
    (
        key("participant_relation_id", "Id of the record.", "Id", required=True),
        key("participant_id", "Participant.", "InsurancePolicyParticipantId", required=True),
        key("related_record_id", "Census member, person account or contact.", "RelatedRecordId", required=True),
    ),
    key=("participant_relation_id",),
)

POLICY_COVERAGE = Table(
    "book.policy_coverage",
    "Coverages of a policy: a mandatory one once per family, an optional one per member who chose it (EN-4).",
    (
        key("policy_coverage_id", "Id of the coverage.", "Id", required=True),
        key("policy_id", "Policy.", "InsurancePolicyId", required=True),
        key(
            "participant_id",
            "Participant; the primary's for a mandatory coverage.",
            "InsurancePolicyParticipantId",
            required=True,
        ),
        key("contract_plan_id", "Coverage of the contract.", "ContractGroupPlanId", required=True),
        key("product_id", "Product of the coverage.", "ProductId", required=True),
        text("coverage_name", "Name of the coverage.", "CoverageName", longest=255, required=True),
        text("coverage_code", "Same for all versions.", "CoverageCode", longest=255),
        text("category", "Product type.", "Category", longest=255),
        text("category_group", "Group of categories.", "CategoryGroup", longest=255),
        flag("is_optional", "Chosen by the member.", "IsOptional", required=True),
        cents("limit_cents", "Insured amount, where the coverage has one.", "LimitAmount"),
        decimal("limit_percent", "Limit as a percent.", "LimitPercentage", digits=9, places=4),
        cents("deductible_cents", "Deductible.", "DeductibleAmount"),
        day("effective_date", "First day of cover.", "EffectiveFromDate", required=True),
        day("expiration_date", "Last day of cover.", "EffectiveToDate", required=True),
        cents("premium_cents", "Premium of one billing period.", "PremiumAmount"),
        *_premiums(),
        *_shares(),
        key("contribution_rule_id", "Contribution rule that paid; null where none did or several."),
        text("proration_method", "How a part of the term is charged.", "ProrationMethod"),
        key("original_coverage_id", "First version.", "OriginalCoverageId"),
        key("prior_coverage_id", "Version before.", "PriorCoverageId"),
    ),
    key=("policy_coverage_id",),
)

POLICY_LINE = Table(
    "book.policy_line",
    "What each participant pays in each coverage: participants, coverages and policies are sums of it.",
    (
        key("policy_id", "Policy.", required=True),
        key("participant_id", "Participant.", required=True),
        key("policy_coverage_id", "Coverage; a mandatory one has a line for each participant.", required=True),
        *_premiums(),
        *_shares(),
    ),
    key=("participant_id", "policy_coverage_id"),
)

POLICY_PIECE = Table(
    "book.policy_piece",
    "The stretches of a line whose price changes within the term, as they were charged; a line of one price has none.",
    (
        key("policy_id", "Policy.", required=True),
        key("participant_id", "Participant.", required=True),
        key("policy_coverage_id", "Coverage.", required=True),
        day("piece_from", "First day.", required=True),
        day("piece_to", "Last day.", required=True),
        cents("standard_cents", "Premium of the full term at the price of the stretch.", required=True),
        cents("term_cents", "Premium of its days.", required=True),
    ),
    key=("participant_id", "policy_coverage_id", "piece_from"),
)

PAYMENT = Table(
    "book.policy_payment",
    "What is due for a policy, and when (PolicyPaymentSchedule).",
    (
        key("payment_id", "Id of the payment.", "Id", required=True),
        key("policy_id", "Policy.", "InsurancePolicyId", required=True),
        day("due_date", "When it is due.", "DueDate", required=True),
        day("period_start", "First day paid for.", "PeriodStart"),
        day("period_end", "Last day paid for.", "PeriodEnd"),
        cents("amount_cents", "Amount.", "Amount", required=True),
        flag("is_paid", "It has been paid.", "IsPaid", required=True),
        text("status", "Valid or Invalid.", "Status", required=True),
        instant("modified_at", "When somebody last changed it.", "LastModifiedDate"),
    ),
    key=("payment_id",),
)

POLICY_TRANSACTION = Table(
    "book.policy_transaction",
    "Money moved on a policy after it was made: cancellations and adjustments.",
    (
        key("transaction_id", "Id of the transaction.", "Id", required=True),
        key("policy_id", "Policy.", "InsurancePolicyId", required=True),
        text("type", "Canceled or Adjustment.", "Type", required=True),
        day("effective_date", "Day it takes effect.", "EffectiveDate", required=True),
        cents("amount_cents", "What it moves; a refund is negative.", "Amount", required=True),
        cents("fees_cents", "Fees kept, within the amount.", "AdditionalFees", required=True),
        text("reason", "Reason given.", "Reason", longest=255),
        text(
            "source_change_id",
            "Change that caused it; the same change is never booked twice.",
            "SourceChangeId",
            longest=255,
        ),
        instant("created_at", "When it was booked.", "CreatedDate", required=True),
    ),
    key=("transaction_id",),
)

POLICY_TRANSACTION_LINE = Table(
    "book.policy_transaction_line",
    "A transaction coverage by coverage, as the difference of an old and a new amount.",
    (
        key("transaction_line_id", "Id of the line.", "Id", required=True),
        key("transaction_id", "Transaction.", "PolicyTransactionId", required=True),
        key("participant_id", "Participant.", "InsurancePolicyParticipantId"),
        key("policy_coverage_id", "Coverage.", "InsurancePolicyCoverageId"),
        day("period_start", "First day concerned.", "PeriodStart", required=True),
        day("period_end", "Last day concerned.", "PeriodEnd", required=True),
        cents("old_cents", "Amount before.", "OldAmount", required=True),
        cents("new_cents", "Amount after.", "NewAmount", required=True),
        cents("amount_cents", "New less old.", "Amount", required=True),
        cents("employer_cents", "Employer part of it.", required=True),
        cents("employee_cents", "Employee part of it.", required=True),
    ),
    key=("transaction_line_id",),
)

POLICY_SEQUENCE = Table(
    "book.policy_sequence",
    "The last number given to a policy of a group number (EN-9).",
    (
        text("group_number", "Group number, or the contract's number.", longest=255, required=True),
        count("last_number", "Last number given.", required=True),
    ),
    key=("group_number",),
    is_key_enforced=True,
)

TABLES = (
    POLICY,
    PARTICIPANT,
    PARTICIPANT_RELATION,
    POLICY_COVERAGE,
    POLICY_LINE,
    POLICY_PIECE,
    PAYMENT,
    POLICY_TRANSACTION,
    POLICY_TRANSACTION_LINE,
    POLICY_SEQUENCE,
)
