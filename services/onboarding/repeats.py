"""Repeated requests: one that carries an idempotency key is done once and answered the same each time.

What lives here: finding the answer to a key and keeping one. What does not: what is done (`register`).

Kept are answers of requests that were done; one that was refused may be sent again with the same key. The hash is taken
with the key beside the book, because a body holds a tax id.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from services.book import Transaction
from services.census_load.ssn import key_beside
from services.onboarding import faults

LONGEST = 64
HEADER = "Idempotency-Key"
_SHOWN = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)*")

Answer = tuple[int, dict[str, Any]]


def once(
    tx: Transaction,
    partner_id: str,
    key: str | None,
    operation: str,
    body: Any,
    now: datetime,
    do: Callable[[], Answer],
) -> Answer:
    """The status and answer of a request, done now or once before under the same key.

    Refused with 422 for a key that is no key, and with 409 (ONB-008) for one that came with another request.
    """
    if key is None:
        return do()
    if len(key) > LONGEST or not _SHOWN.fullmatch(key):
        raise faults.unprocessable(faults.invalid(HEADER))
    whole = orjson.dumps([operation, body], option=orjson.OPT_SORT_KEYS)
    secret = key_beside(tx, may_create=True)
    body_hash = hmac.new(secret.encode(), whole, hashlib.sha256).hexdigest()
    known = {"partner_id": partner_id, "idempotency_key": key}
    found = tx.row("onboarding.answer_of_key", known)
    if found is not None:
        if found[0] != body_hash:
            raise faults.key_reused()
        return int(found[1]), orjson.loads(found[2])
    status, answer = do()
    kept = {"body_hash": body_hash, "http_status": status, "answer": orjson.dumps(answer).decode(), "now": now}
    tx.run("onboarding.keep_answer", {**known, **kept})
    return status, answer
