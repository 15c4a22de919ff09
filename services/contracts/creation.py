"""The making of a contract as a job.

What lives here: `create_contract`, the step function of requests of the kind ContractCreation (CQ-6, CQ-10, CQ-11).
What does not: what is known before (`request`), and the making (`making`).

All is one transaction, with the end of the request: a killed process has made a whole contract or none. The quote is
judged once more in it, since it may have changed; for whatever is found then the request fails, and nothing is made.
"""

from services import jobs
from services.contracts.making import make
from services.contracts.request import Wanted, check
from services.job_runs import Job
from services.notifications import Note, notify
from services.scope import EVERYTHING


def create_contract(job: Job) -> None:
    """Make the contract asked for, tell who asked, and end the request."""
    wanted = Wanted(**job.inputs)
    with job.write() as (tx, now):
        # What the caller may see was asked when the request was accepted.
        checked = check(tx, wanted, scope=EVERYTHING, request_id=job.request_id)
        made = make(tx, checked, now=now)
        if checked.warnings:
            jobs.note(tx, job.request_id, warnings=list(checked.warnings))
        note = Note(
            job.requested_by,
            "Contract created",
            f"The contract of quote {checked.quote['quote_number']} has been created with"
            f" {len(made.plan_ids)} plans and coverages.",
            checked.quote["account_id"],
            made.contract_id,
            job.request_id,
        )
        notify(tx, note, now=now)
        result = made.told() | ({"warnings": list(checked.warnings)} if checked.warnings else {})
        jobs.end(tx, job.request_id, now=now, result=result)
