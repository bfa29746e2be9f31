"""What the real fake tells arrives in the fields that clauses read."""

import httpx
import pytest

from fake_amo import AmoEvent, FakeAmo
from harness.timeline.amo_events import (
    ApiRequest,
    CodeIssued,
    FaultUsed,
    TokenRequest,
    TokensIssued,
    amo_event,
)
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline


def exchange(amo: FakeAmo, code: str) -> str:
    """Exchange a code as a backend does; returns the access token."""
    body = {
        "client_id": amo.client_id,
        "client_secret": amo.client_secret,
        "redirect_uri": amo.redirect_uri,
        "grant_type": "authorization_code",
        "code": code,
    }
    return httpx.post(f"{amo.url}/oauth2/access_token", json=body).json()["access_token"]


@pytest.fixture(scope="module")
def told() -> Timeline:
    """Codes exchanged, one under a fault that leaves the answer alone, and the leads asked for, under one."""
    recorder = Recorder()

    def hear(event: AmoEvent) -> None:
        recorder.record(amo_event(event.kind, event.data), at_ns=event.at_ns)

    with FakeAmo(on_event=hear) as amo:
        amo.faults.add("token", "expires_in", seconds=5)
        token = exchange(amo, amo.mint_code())
        amo.faults.add("leads", "server_error")
        httpx.get(f"{amo.url}/api/v4/leads", headers={"Authorization": f"Bearer {token}"})
    return recorder.timeline()


def test_a_token_request_tells_what_was_sent_and_how_it_was_answered(told: Timeline) -> None:
    """The code is the one that was issued; what has no field is beside."""
    (asked,), (issued,), (tokens,) = told.of(TokenRequest), told.of(CodeIssued), told.of(TokensIssued)
    assert (asked.grant_type, asked.status, asked.code) == ("authorization_code", 200, issued.code)
    assert asked.code
    assert tokens.expires_in == 5
    assert tokens.access_token
    assert "client_id" in asked.details


def test_a_fault_tells_whether_it_leaves_the_answer_alone(told: Timeline) -> None:
    """The fake's own menu says so; nobody keeps a list of names."""
    used = [(each.step, each.fault, each.is_harmless) for each in told.of(FaultUsed)]
    assert used == [("token", "expires_in", True), ("leads", "server_error", False)]


def test_a_call_of_the_api_tells_its_path_and_status(told: Timeline) -> None:
    """What excuses a backend is read there."""
    (asked,) = told.of(ApiRequest)
    assert (asked.method, asked.path, asked.status) == ("GET", "/api/v4/leads", 500)
