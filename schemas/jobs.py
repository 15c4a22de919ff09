"""Asynchronous requests: what was asked, its items, and the outcome of every record.

What lives here: declarations of the three levels request, item and record detail, and of what callers are told. What
does not: running them (`services.jobs`) and what each kind of job does.

Sources: the published objects InsuranceAsyncBulkRequest, InsuranceAsyncBulkRequestItem, InsuranceAsyncBulkRecordDetail,
InsuranceRatingRequest;
the lease and the inputs are this project's own (decisions, 21).
"""

from schemas.table import Table, instant, key, text, whole

KINDS = (
    "CensusUpload",
    "CensusRefresh",
    "GroupRating",
    "ContractCreation",
    "GroupEnrollment",
    "PolicyCancellation",
    "AccountCreation",
)
STATUSES = ("Scheduled", "In Progress", "Completed", "Completed With Errors", "Failed", "Cancelled")
"""Of a request and of an item."""
DETAIL_STATUSES = ("Scheduled", "In Progress", "Success", "Failed")

REQUEST = Table(
    "book.async_request",
    "Asynchronous requests. A row is written before the call is answered, so that no accepted work is lost.",
    (
        key("async_request_id", "Id of the request.", "Id", required=True),
        text("name", "Name for people.", "Name", longest=255, required=True),
        text("type", "What is done, such as CensusUpload.", "Type", required=True),
        key("account_id", "Group account.", "AccountId"),
        key("reference_record_id", "Record the request is about.", "ReferenceRecordId"),
        text(
            "status",
            "Scheduled, In Progress, Completed, Completed With Errors, Failed or Cancelled.",
            "Status",
            required=True,
        ),
        whole(
            "job_count", "Jobs: pending, successful, failed, cancelled and errored (BC-80).", "JobCount", required=True
        ),
        whole("pending_job_count", "Jobs not ended yet.", "PendingJobCount", required=True),
        whole("successful_job_count", "Jobs that succeeded.", "SuccessfulJobCount", required=True),
        whole("failed_job_count", "Jobs that failed.", "FailedJobCount", required=True),
        whole("cancelled_job_count", "Jobs cancelled before they began.", "CancelledJobCount", required=True),
        whole(
            "errored_job_count",
            "Jobs that ended with errors in some of their records.",
            "ErroredJobCount",
            required=True,
        ),
        text("inputs", "What was asked for, JSON; read by the job alone.", required=True),
        text("result", "What came of it, JSON; null until it has ended."),
        text("additional_information", "Notes, JSON.", "AdditionalInformation"),
        key("requested_by", "Token of the caller."),
        text("http_request_id", "Id of the HTTP request, as in the logs."),
        text("lease_holder", "Process that works on it now."),
        instant("lease_until", "Until when the process has it, unless it renews."),
        whole("n_attempts", "How often work on it was begun; one that keeps killing its process is given up."),
        instant("created_at", "When it was accepted.", "CreatedDate", required=True),
        instant("started_at", "When work began.", "StartedAt"),
        instant("ended_at", "When it ended.", "EndedAt"),
    ),
    key=("async_request_id",),
    is_key_enforced=True,
)

ITEM = Table(
    "book.async_item",
    "Parts of an asynchronous request, such as batches of rows.",
    (
        key("async_item_id", "Id of the item.", "Id", required=True),
        key("async_request_id", "Request.", "InsuranceAsyncBulkRequestId", required=True),
        whole("sequence_number", "Order within the request, from 1.", "SequenceNumber", required=True),
        text("status", "As of a request.", "Status", required=True),
        text("plan_name", "Plan the item is about.", "PlanName", longest=255),
        text("batch_job_id", "Id of the batch for the host.", "BatchJobId", longest=40),
        key("reference_record_id", "Record the item is about.", "ReferenceRecordId"),
        text("additional_information", "What the item covers, JSON.", "AdditionalInformation"),
    ),
    key=("async_item_id",),
    is_key_enforced=True,
)

DETAIL = Table(
    "book.async_detail",
    "The outcome of each record of an item.",
    (
        key("async_detail_id", "Id of the detail.", "Id", required=True),
        text("name", "Name for people.", "Name", longest=255, required=True),
        key("async_item_id", "Item.", "InsuranceAsyncBulkRequestItemId", required=True),
        key("async_request_id", "Request of the item.", required=True),
        key("reference_record_id", "Record processed, or its census.", "ReferenceRecordId", required=True),
        text("status", "Scheduled, In Progress, Success or Failed.", "Status", required=True),
        text("description", "What happened.", "Description", longest=255),
        text(
            "additional_information",
            "JSON: rowNumber, code, message, field, memberKey (BC-82).",
            "AdditionalInformation",
        ),
        text(
            "source_system_identifier", "The record's id in the source system.", "SourceSystemIdentifier", longest=255
        ),
    ),
    key=("async_detail_id",),
)

RATING_REQUEST = Table(
    "book.rating_request",
    "What came of the rating of each root plan of a quote (InsuranceRatingRequest).",
    (
        key("rating_request_id", "Id of the row.", "Id", required=True),
        key("account_id", "Group account.", "AccountId"),
        key(
            "async_item_id", "Item of the request that the plan was rated in.", "AsyncBulkRequestItemId", required=True
        ),
        text("batch_job_id", "Id of the batch for the host.", "BatchJobId", longest=40),
        text("status", "As of the item.", "Status", required=True),
        text("error_code", "Code of the first line without a new price; null is none.", "ErrorCode"),
        text("error_message", "Why that line has none.", "ErrorMessage"),
        instant("created_at", "When it was written.", "CreatedDate", required=True),
    ),
    key=("rating_request_id",),
    is_key_enforced=True,
)

NOTIFICATION = Table(
    "book.notification",
    "What callers are told when work they asked for has ended; an outbox that they read.",
    (
        key("notification_id", "Id of the notification.", "Id", required=True),
        key("recipient", "Token of the caller who is told; null is whoever sees every account."),
        key("account_id", "Group account.", "AccountId"),
        text("title", "What it is about, in a few words.", "Title", longest=255, required=True),
        text("body", "What happened.", "Body", longest=1_000, required=True),
        key("reference_record_id", "Record it is about.", "ReferenceRecordId"),
        key("async_request_id", "Request that ended; null for a call that answered at once."),
        instant("created_at", "When it was written.", "CreatedDate", required=True),
    ),
    key=("notification_id",),
    is_key_enforced=True,
)

TABLES = (REQUEST, ITEM, DETAIL, RATING_REQUEST, NOTIFICATION)
