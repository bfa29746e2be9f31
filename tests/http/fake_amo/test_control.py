"""The control API: what Python can do, over HTTP; refused by name otherwise."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from fake_amo import AmoTrouble, FakeAmo
from fake_amo.control.api import OPERATIONS
from fake_amo.routes import ROUTES
from fake_amo.site.events import AmoEvent
from fake_amo.state.dataset import Account, Integration
from fake_amo.state.store import Store
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.receiver import receiving


def test_code_can_be_minted_without_a_browser(talk: Dialogue) -> None:
    """A plain client's test needs nothing but HTTP."""
    minted = talk.control("POST", "/codes")
    assert minted.status_code == 201
    body = minted.json()
    assert body["redirect_uri"] == talk.amo.redirect_uri
    assert body["referer"] == talk.amo.account_host
    assert talk.exchange(body["code"]).status_code == 200
    named = talk.control("POST", "/codes", json={"client_id": talk.amo.client_id, "account": "testaccount"})
    assert talk.exchange(named.json()["code"]).status_code == 200


def test_clock_moves_over_http(talk: Dialogue) -> None:
    """The answer is the new time."""
    code = talk.amo.mint_code()
    answer = talk.control("POST", "/advance", json={"minutes": 20, "seconds": 0.5})
    assert answer.json() == {"now": "2026-11-18T11:26:40.750+00:00"}
    assert talk.exchange(code).json()["hint"] == "Authorization code has expired"


def test_fault_over_http_is_met_and_listed(talk: Dialogue) -> None:
    """With its parameters beside step and kind."""
    asked = {"step": "token", "kind": "problem", "name": "code_revoked", "hint": "x", "count": 2}
    added = talk.control("POST", "/faults", json=asked)
    assert added.status_code == 201
    assert added.json() == {
        "id": 1,
        "step": "token",
        "kind": "problem",
        "left": 2,
        "state": "waiting",
        "params": {"name": "code_revoked", "hint": "x"},
    }
    assert talk.exchange("x").json()["hint"] == "x"
    listed = talk.control("GET", "/faults").json()
    assert [each["left"] for each in listed["faults"]] == [1]
    assert set(listed["menu"]["reset"]) == {"text", "needs", "may_have", "steps", "harmless"}
    assert talk.control("GET", "/trouble").json()["left_over"] == listed["faults"]
    assert talk.control("DELETE", "/faults/1").status_code == 204
    assert talk.control("GET", "/faults/1").json() == {"error": "no fault 1 is waiting or holding"}


def test_hold_over_http_is_awaited_and_released(talk: Dialogue) -> None:
    """wait_s waits on the server's side until the answer is held."""
    fault_id = talk.control("POST", "/faults", json={"step": "token", "kind": "hold"}).json()["id"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(talk.exchange, talk.amo.mint_code())
        held = talk.control("GET", f"/faults/{fault_id}?wait_s=5").json()
        assert held["state"] == "held"
        assert not asked.done()
        assert talk.control("POST", f"/faults/{fault_id}/release").json()["state"] == "used"
        assert asked.result(5).status_code == 200


def test_journal_says_what_whom_and_when_without_secrets(talk: Dialogue) -> None:
    """Masked so that two occurrences of one value can still be compared."""
    code = talk.code()
    tokens = talk.exchange(code, {"user-agent": "my-client/1"}).json()
    talk.api("/api/v4/leads?limit=1&code=x", tokens["access_token"])
    talk.get("/oauth2/account/current/subdomain", headers={"x-refresh-token": tokens["refresh_token"]})
    answer = talk.control("GET", "/journal")
    secrets = (code, talk.amo.client_secret, tokens["access_token"], tokens["refresh_token"])
    assert [secret for secret in secrets if secret in answer.text] == []
    consent, token, leads, look_up = answer.json()["entries"]
    assert (consent["method"], consent["path"], consent["fields"]) == (
        "POST",
        "/oauth",
        {"decision": "allow"},
    )
    assert (token["user_agent"], token["client"], token["status"]) == ("my-client/1", "127.0.0.1", 200)
    assert token["at"] == "2026-11-18T11:06:40.250+00:00"
    assert token["who"]["client_id"] == talk.amo.client_id
    assert token["fields"]["grant_type"] == "authorization_code"
    assert token["fields"]["code"].startswith("<code ")
    assert token["fields"]["client_secret"].startswith("<client_secret ")
    assert leads["query"]["limit"] == "1"
    assert leads["query"]["code"].startswith("<code ")
    assert look_up["who"]["account_id"] == leads["who"]["account_id"]
    again = talk.exchange(code)
    assert again.status_code == 400
    assert talk.amo.journal[-1].fields["code"] == token["fields"]["code"]


def test_reset_starts_over(talk: Dialogue) -> None:
    """World, clock, faults, grants, journal, redirect URI."""
    tokens, uri = talk.tokens(), talk.amo.redirect_uri
    put = talk.control("PUT", "/redirect_uri", json={"redirect_uri": "https://app.example/cb"})
    assert put.json()["redirect_uri"] == talk.amo.redirect_uri == "https://app.example/cb"
    talk.control("POST", "/renames", json={"to": "moved"})
    talk.control("POST", "/subscriptions", json={"paid": False})
    talk.control("POST", "/faults", json={"step": "token", "kind": "server_error"})
    talk.control("POST", "/advance", json={"days": 1})
    talk.get("/tasks")
    assert talk.control("POST", "/reset").status_code == 204
    assert (talk.amo.redirect_uri, talk.amo.journal, talk.amo.trouble) == (uri, [], [])
    assert talk.amo.clock.now() == 1_795_000_000.25
    assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 401
    assert talk.api("/api/v4/account").json()["subdomain"] == "testaccount"


def test_reset_takes_well_under_a_millisecond(talk: Dialogue) -> None:
    """A run resets before each scenario; the best of many, for whatever else runs here."""

    def once() -> float:
        talk.amo.mint_code()
        began = time.perf_counter()
        talk.amo.reset()
        return time.perf_counter() - began

    assert min(once() for _ in range(51)) < 0.001


def test_hooks_over_http(talk: Dialogue) -> None:
    """Installs are delivered while the server goes on answering; hooks that are not there say so."""
    with receiving() as backend:
        talk.amo.set_redirect_uri(f"{backend.url}/cb")
        assert talk.control("POST", "/installs").json() == {"status": 200, "error": None}
        assert len(backend.received) == 1
    nothing = {"status": None, "error": "the integration has no such hook"}
    assert talk.control("POST", "/disconnects").json() == nothing
    assert talk.control("POST", "/webhooks", json={"event": "add"}).json() == nothing
    assert talk.control("POST", "/secrets").json() == {"client_secret": talk.amo.client_secret}


def test_about_is_what_a_client_needs(talk: Dialogue) -> None:
    """The same line that the command prints."""
    assert talk.control("GET").json() == talk.amo.about


MISTAKES: list[tuple[str, str, bytes, int, str]] = [
    ("POST", "/faults", b'{"step": "token", "kind": "slw"}', 400, "no fault 'slw'; there are problem"),
    ("POST", "/faults", b'{"step": "token"}', 400, "kind is missing: One of `menu`"),
    ("POST", "/faults", b'{"step": 7, "kind": "slow"}', 400, "step must be of type string, got 7"),
    (
        "POST",
        "/faults",
        b'{"step": "token", "kind": "server_error", "count": "1"}',
        400,
        "count must be of type",
    ),
    ("POST", "/codes", b'{"account": null}', 400, "account must be of type string, got None"),
    ("POST", "/codes", b"[1]", 400, "the body must be a JSON object"),
    ("POST", "/codes", b"{", 400, "the body must be a JSON object"),
    ("POST", "/codes", b'{"acount": "x"}', 400, "unknown member 'acount'; /codes knows client_id, account"),
    ("POST", "/codes", b'{"account": "x"}', 400, "no account 'x'; there are testaccount"),
    ("POST", "/advance", b'{"minutes": true}', 400, "minutes must be of type number"),
    ("POST", "/advance", b'{"minutes": NaN}', 400, "at most 100 years"),
    ("POST", "/advance", b'{"days": 1e300}', 400, "at most 100 years"),
    ("POST", "/advance", b'{"days": -1}', 400, "only moves forward"),
    ("GET", "/faults/1?wait_s=x", b"", 400, "wait_s must be a number of seconds"),
    ("POST", "/faults/1/release", b"", 400, "no fault 1"),
    ("GET", "/nonsense", b"", 404, "no control call /__control/nonsense; see /__control/openapi.json"),
    ("GET", "/reset", b"", 405, "/__control/reset has POST, not GET"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{row[1]} {row[2].decode()}" for row in MISTAKES])
def test_mistakes_are_refused_by_name(talk: Dialogue, mistake: tuple[str, str, bytes, int, str]) -> None:
    """And none of them is trouble of the fake."""
    method, path, body, status, message = mistake
    answer = talk.control(method, path, content=body)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_only_a_hold_can_be_released(talk: Dialogue) -> None:
    """Another fault says what it is."""
    fault = talk.amo.faults.add("token", "server_error")
    answer = talk.control("POST", f"/faults/{fault.id}/release")
    assert "is server_error, and only a hold can be released" in answer.json()["error"]
    talk.amo.faults.clear()


def test_document_describes_every_route(talk: Dialogue) -> None:
    """OpenAPI, route table and control calls name the same methods of the same paths."""
    paths: dict[str, dict[str, Any]] = talk.control("GET", "/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    routed = {(each.method, each.path) for each in ROUTES}
    controlled = {(each.method, f"/__control{each.path}") for each in OPERATIONS}
    assert described == routed | controlled


def test_defect_in_the_fake_is_failure_and_a_500(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in the server's thread surfaces in the test, with its traceback."""
    told: list[AmoEvent] = []
    amo = FakeAmo(on_event=told.append).__enter__()

    def broken(_store: Store, _user_id: int, _integration: Integration) -> list[Account]:
        raise ZeroDivisionError

    monkeypatch.setattr(Store, "accounts_offered", broken)
    answer = Dialogue(amo, http).consent()
    with pytest.raises(AmoTrouble, match="ZeroDivisionError"):
        amo.__exit__(None, None, None)
    assert (answer.status_code, answer.json()["title"]) == (500, "ErrInternalServer")
    assert [each.kind for each in told] == ["fake_failed"]


def test_defect_beyond_the_endpoints_is_failure_too(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that the application lets out is lost."""
    amo = FakeAmo().__enter__()
    monkeypatch.setattr(amo.clock, "now", lambda: 1 / 0)
    assert http.get(amo.url).status_code == 500
    with pytest.raises(AmoTrouble, match="ZeroDivisionError"):
        amo.__exit__(None, None, None)


def test_defect_in_a_listener_is_failure() -> None:
    """It neither ends the server nor is lost."""

    def broken(_event: AmoEvent) -> None:
        raise RuntimeError("the listener broke")

    with pytest.raises(AmoTrouble, match="the listener broke"), FakeAmo(on_event=broken) as amo:
        amo.mint_code()


def test_world_tells_of_codes_and_tokens_without_showing_them(talk: Dialogue) -> None:
    """Their ages, what they are still good for, and how they ended."""
    tokens = talk.tokens()
    talk.amo.advance(days=2)
    code = talk.amo.mint_code()
    answer = talk.control("GET", "/world")
    assert [
        each for each in (code, *tokens.values()) if str(each) in answer.text and len(str(each)) > 40
    ] == []
    body = answer.json()
    assert (body["advanced_s"], body["accounts"][0]["leads"]) == (172_800, 5)
    rows = [(each["what"].split()[0], each["age_s"], each["state"]) for each in body["grants"]]
    assert rows == [
        ("<code", 0, "good"),
        ("<code", 172_800, "spent"),
        ("<access", 172_800, "expired"),
        ("<refresh", 172_800, "good"),
    ]


def test_journal_can_be_read_from_its_end(talk: Dialogue) -> None:
    """As many entries as one asks for."""
    for _ in range(3):
        talk.get("/")
    assert len(talk.control("GET", "/journal?last=2").json()["entries"]) == 2
    assert "last must be a number from 1" in talk.control("GET", "/journal?last=0").json()["error"]
