"""A defect of the program reaches nobody as a traceback: the catch-all code, a request id, and the place in the log."""

import logging
from typing import Any

import pytest

from services.records import reading
from tests.http.served import SOBJECTS, Api


@pytest.mark.rule("SF-0001-0009")
def test_a_defect_is_told_by_its_code_and_request_id_and_logged_without_the_values_it_met(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    personal = "Noor Haddad"

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(personal)

    monkeypatch.setattr(reading, "read", broken)
    with caplog.at_level(logging.ERROR):
        answer = api.get(f"{SOBJECTS}/Account/001000000000000009")
    assert answer.status_code == 500
    (error,) = answer.json()
    assert error["errorCode"] == "SF-0001-0009"
    assert error["message"].startswith("Something went wrong. Check the following error and try again: ")
    assert error["message"].endswith(". If the issue persists, contact your Salesforce admin for help.")
    assert answer.headers["x-request-id"] in error["message"]
    logged = caplog.text
    assert "ZeroDivisionError" in logged
    assert answer.headers["x-request-id"] in logged
    assert personal not in answer.text + logged
    assert "Traceback" not in answer.text
    assert api.app.state.defects == ["ZeroDivisionError"]
    api.app.state.defects.clear()  # served books expect none at their end
