"""Each fault of the menu, met over loopback."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from fake_amo import AmoEvent, AmoTrouble, FakeAmo, UnknownFault
from fake_amo.site.faults import MENU
from fake_amo.site.problems import API_PROBLEMS, TOKEN_PROBLEMS
from tests.browser.processes import wait_for
from tests.http.fake_amo.dialogue import Dialogue, answer_of, raw_exchange


@pytest.mark.parametrize("name", TOKEN_PROBLEMS)
def test_any_documented_token_error(talk: Dialogue, name: str) -> None:
    """FACTS: TOKEN-ERRORS - by name, once; the code it met stays good."""
    code = talk.amo.mint_code()
    talk.amo.faults.add("token", "problem", name=name)
    answer = talk.exchange(code)
    assert answer.status_code == TOKEN_PROBLEMS[name].status
    assert answer.json().get("hint") == TOKEN_PROBLEMS[name].hint
    assert talk.exchange(code).status_code == 200


@pytest.mark.parametrize("name", API_PROBLEMS)
def test_any_documented_api_error(talk: Dialogue, name: str) -> None:
    """At one call of the API, or at whichever comes next."""
    token = talk.tokens()["access_token"]
    for step in ("leads", "api"):
        talk.amo.faults.add(step, "problem", name=name)
        answer = talk.api("/api/v4/leads", token)
        assert answer.status_code == API_PROBLEMS[name].status
        assert answer.headers["content-type"] == "application/problem+json"
    assert talk.api("/api/v4/leads", token).status_code == 200


def test_error_text_can_be_hostile(talk: Dialogue, events: list[AmoEvent]) -> None:
    """A backend must survive any hint; the event says which was sent."""
    talk.amo.faults.add("token", "problem", name="code_revoked", hint="<b>&x=1</b>", status=418)
    answer = talk.exchange(talk.amo.mint_code())
    assert (answer.status_code, answer.json()["hint"]) == (418, "<b>&x=1</b>")
    assert events[-1].data["hint"] == "<b>&x=1</b>"
    assert [each.kind for each in events if each.kind == "fault_used"] == ["fault_used"]


def test_server_error_is_the_documented_one(talk: Dialogue) -> None:
    """FACTS: API-500 - with a trace id."""
    talk.amo.faults.add("account", "server_error")
    body = talk.api("/api/v4/account").json()
    assert list(body) == ["title", "status", "detail", "trace_id"]
    assert (body["title"], body["status"]) == ("ErrInternalServer", 500)


@pytest.mark.parametrize("step", ["consent", "redirect", "token", "refresh", "leads"])
def test_proxy_refuses_in_html_at_every_step(talk: Dialogue, step: str) -> None:
    """FACTS: API-403-HTML - a blocked address sees nginx, not JSON."""
    tokens = talk.tokens()
    asks: dict[str, Any] = {
        "consent": talk.consent,
        "redirect": talk.allow,
        "token": lambda: talk.exchange(talk.amo.mint_code()),
        "refresh": lambda: talk.refresh(tokens["refresh_token"]),
        "leads": lambda: talk.api("/api/v4/leads", tokens["access_token"]),
    }
    talk.amo.faults.add(step, "nginx_403")
    answer: httpx.Response = asks[step]()
    assert answer.status_code == 403
    assert "<center><h1>403 Forbidden</h1></center>" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert asks[step]().status_code in {200, 302}


def test_html_401_and_text_429(talk: Dialogue) -> None:
    """What a client that expects JSON must survive (php#391, php#517)."""
    talk.amo.faults.add("leads", "html_401")
    talk.amo.faults.add("leads", "text_429")
    token = talk.tokens()["access_token"]
    first, second = talk.api("/api/v4/leads", token), talk.api("/api/v4/leads", token)
    assert (first.status_code, first.headers["content-type"]) == (401, "text/html; charset=UTF-8")
    assert (second.status_code, second.headers["content-type"]) == (429, "text/plain")


def test_slow_answers_take_their_time(talk: Dialogue) -> None:
    """At least that many milliseconds; the next is quick again."""
    talk.amo.faults.add("token", "slow", ms=120)
    code = talk.amo.mint_code()
    began = time.monotonic()
    assert talk.exchange(code).status_code == 200
    assert time.monotonic() - began >= 0.12


def test_answer_is_held_until_released(talk: Dialogue, events: list[AmoEvent]) -> None:
    """The exchange is done, its answer waits: token_held, then token_released."""
    hold, code = talk.amo.hold("token"), talk.amo.mint_code()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(talk.exchange, code)
        hold.wait_until_held(5)
        assert [event.kind for event in events][-2:] == ["tokens_issued", "token_held"]
        assert not asked.done()
        hold.release()
        assert asked.result(5).status_code == 200
    assert (events[-1].kind, events[-1].data["abandoned"]) == ("token_released", False)
    hold.release()


def test_who_hangs_up_while_held_is_told(talk: Dialogue, events: list[AmoEvent], http: httpx.Client) -> None:
    """A backend with a time limit of its own has not got the answer."""
    hold, code = talk.amo.hold("token"), talk.amo.mint_code()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            http.post,
            f"{talk.amo.url}/oauth2/access_token",
            json=talk.credentials() | {"grant_type": "authorization_code", "code": code},
            timeout=0.1,
        )
        hold.wait_until_held(5)
        with pytest.raises(httpx.ReadTimeout):
            asked.result(5)
    http.get(talk.amo.url)  # by its answer the end of the other connection has been noticed
    hold.release()
    wait_for(lambda: events[-1].kind == "token_released")
    assert events[-1].data["abandoned"] is True


def test_hold_and_fault_can_meet_the_same_request(talk: Dialogue) -> None:
    """A refusal can be held back too."""
    talk.amo.faults.add("token", "problem", name="code_expired")
    with talk.amo.hold("token") as hold, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(talk.exchange, talk.amo.mint_code())
        hold.wait_until_held(5)
        hold.release()
        assert asked.result(5).status_code == 400


def test_hold_that_nobody_meets_says_so(talk: Dialogue) -> None:
    """Waiting ends with a TimeoutError that names the step, also when the hold is taken back meanwhile."""
    hold = talk.amo.hold("refresh")
    with pytest.raises(TimeoutError, match=r"no answer reached the hold at refresh within 0\.01 s"):
        hold.wait_until_held(0.01)
    threading.Timer(0.01, talk.amo.reset).start()
    with pytest.raises(TimeoutError):
        hold.wait_until_held(5)


def test_leaving_the_fake_lets_held_answers_go(http: httpx.Client) -> None:
    """No test hangs because it forgot a release."""
    with ThreadPoolExecutor(1) as pool:
        with FakeAmo() as amo:
            talk = Dialogue(amo, http)
            hold, code = amo.hold("token"), amo.mint_code()
            asked = pool.submit(talk.exchange, code)
            hold.wait_until_held(5)
        assert asked.result(5).status_code == 200


def _ask_raw(talk: Dialogue, code: str) -> bytes:
    body = json.dumps(talk.credentials() | {"grant_type": "authorization_code", "code": code}).encode()
    head = f"POST /oauth2/access_token HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    return raw_exchange(talk.amo, head.encode() + body)


@pytest.mark.parametrize(
    ("when", "is_done"), [("before", False), ("middle", True), ("after", True), ("delivered", True)]
)
def test_connection_is_reset_at_each_moment(talk: Dialogue, when: str, is_done: bool) -> None:
    """Before: the code stays good. Afterwards it is spent, whatever of the answer arrived."""
    code = talk.amo.mint_code()
    talk.amo.faults.add("token", "reset", when=when)
    with pytest.raises(ConnectionResetError):
        _ask_raw(talk, code)
    assert talk.exchange(code).status_code == (400 if is_done else 200)
    assert talk.amo.journal[0].status == (200 if is_done else None)
    assert talk.amo.journal[0].fault == f"reset at token when='{when}'"


END = b" (reset)"


@pytest.mark.parametrize(("when", "share"), [("middle", 0.5), ("delivered", 1.0)])
def test_reset_lets_as_much_through_as_it_says(talk: Dialogue, when: str, share: float) -> None:
    """Half an answer or a whole one, counted in bytes of the body."""
    talk.amo.faults.add("consent", "reset", when=when)
    received = b""
    host, port = talk.amo.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"GET /oauth?client_id={talk.amo.client_id} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        connection.settimeout(5)
        while not received.endswith(END):
            try:
                received += connection.recv(65536)
            except ConnectionResetError:
                received += END
    head, _, body = received.removesuffix(END).partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert len(body) == int(length * share)


def test_json_can_be_truncated_or_malformed(talk: Dialogue) -> None:
    """The status and type promise JSON; the body does not keep it."""
    for kind in ("truncated_json", "malformed_json"):
        talk.amo.faults.add("token", kind)
        answer = talk.exchange(talk.amo.mint_code())
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_content_type_can_lie(talk: Dialogue) -> None:
    """A good body under another name."""
    talk.amo.faults.add("token", "content_type", value="text/html")
    answer = talk.exchange(talk.amo.mint_code())
    assert answer.headers["content-type"] == "text/html"
    assert answer.json()["token_type"] == "Bearer"


def test_fields_can_be_missing_or_replaced(talk: Dialogue) -> None:
    """In JSON."""
    talk.amo.faults.add("token", "missing_field", field="refresh_token")
    talk.amo.faults.add("token", "replaced_field", field="expires_in", value="soon")
    assert "refresh_token" not in talk.exchange(talk.amo.mint_code()).json()
    assert talk.exchange(talk.amo.mint_code()).json()["expires_in"] == "soon"


def test_redirect_parameters_can_be_missing_or_replaced(talk: Dialogue, events: list[AmoEvent]) -> None:
    """In the redirect: no code, another state, a hostile error."""
    talk.amo.faults.add("redirect", "missing_field", field="code")
    talk.amo.faults.add("redirect", "replaced_field", field="state", value="ї&=")
    talk.amo.faults.add("redirect", "replaced_field", field="error", value="<script>")
    names = [name for name, _ in answer_of(talk.allow(state="s"))]
    assert names == ["state", "referer", "platform", "client_id"]
    assert (events[-1].kind, dict(events[-1].secrets)) == ("redirected", {})
    assert dict(answer_of(talk.allow(state="s")))["state"] == "ї&="
    assert dict(answer_of(talk.decide("decline")))["error"] == "<script>"
    talk.amo.faults.add("redirect", "replaced_field", field="error", value="access_denied")
    assert answer_of(talk.allow())[-1] == ("error", "access_denied")


def test_change_of_a_field_leaves_an_answer_without_fields_alone(talk: Dialogue) -> None:
    """204 has none; the fault is met all the same."""
    talk.amo.faults.add("leads", "missing_field", field="_links")
    assert talk.api("/api/v4/leads/1").status_code == 204


def test_access_token_can_be_short_lived(talk: Dialogue) -> None:
    """expires_in of the answer, exp of the token and the API agree."""
    talk.amo.faults.add("token", "expires_in", seconds=30)
    tokens = talk.tokens()
    assert tokens["expires_in"] == 30
    talk.amo.advance(seconds=29)
    assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 200
    talk.amo.advance(seconds=1)
    assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 401
    talk.amo.faults.add("refresh", "expires_in", seconds=5)
    assert talk.refresh(tokens["refresh_token"]).json()["expires_in"] == 5


def test_integration_can_be_switched_off_in_mid_flight(talk: Dialogue) -> None:
    """FACTS: INTEGRATION-DISABLED - from that request on."""
    tokens = talk.tokens()
    talk.amo.faults.add("leads", "revoked_integration")
    assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 200
    assert talk.api("/api/v4/leads", tokens["access_token"]).status_code == 401
    assert talk.refresh(tokens["refresh_token"]).status_code == 401


def test_account_can_move_in_mid_flight(talk: Dialogue) -> None:
    """FACTS: ACCOUNT-RENAMED - the next request to the old host finds nobody."""
    tokens, host = talk.tokens(), {"host": "testaccount.amocrm.ru"}
    talk.amo.faults.add("refresh", "renamed_account", subdomain="moved")
    assert talk.refresh(tokens["refresh_token"], host).status_code == 200
    assert talk.api("/api/v4/account", tokens["access_token"], headers=host).status_code == 404


def test_a_decision_can_be_taken_for_a_refusal(talk: Dialogue) -> None:
    """Whatever is tapped, once; FACTS: REDIRECT-DENY is what then comes."""
    talk.amo.faults.add("redirect", "declined")
    assert dict(answer_of(talk.allow()))["error"] == "access_denied"
    assert "code" in dict(answer_of(talk.allow()))


def test_fault_is_met_as_often_as_it_counts(talk: Dialogue) -> None:
    """Once by default, twice, or until it is removed; an older fault comes first."""
    token = talk.tokens()["access_token"]
    talk.amo.faults.add("leads", "server_error", count=2)
    for_ever = talk.amo.faults.add("leads", "nginx_403", count=None)
    statuses = [talk.api("/api/v4/leads", token).status_code for _ in range(4)]
    assert statuses == [500, 500, 403, 403]
    talk.amo.faults.remove(for_ever.id)
    assert talk.api("/api/v4/leads", token).status_code == 200


def test_fault_left_over_is_reported(http: httpx.Client) -> None:
    """Leaving the fake raises, naming it; one without a count is meant to be left."""
    amo = FakeAmo().__enter__()
    amo.faults.add("refresh", "reset", when="after")
    amo.faults.add("leads", "nginx_403", count=None)
    assert [str(each) for each in amo.faults.pending()] == ["reset at refresh when='after'"]
    Dialogue(amo, http).tokens()
    with pytest.raises(AmoTrouble, match=r"fault left over: reset at refresh when='after' \(1 left\)"):
        amo.__exit__(None, None, None)


def test_trouble_does_not_hide_another_exception() -> None:
    """The test's own failure is what the reader needs."""
    amo = FakeAmo().__enter__()
    amo.faults.add("refresh", "server_error")
    amo.__exit__(ZeroDivisionError, ZeroDivisionError(), None)


MISTAKES: list[tuple[str, str, dict[str, Any], str]] = [
    ("tokn", "slow", {"ms": 1}, "no step 'tokn'; there are consent, redirect, token, refresh"),
    ("token", "slw", {}, "no fault 'slw'; there are problem, server_error"),
    ("token", "slow", {}, "slow needs ms=…"),
    ("token", "slow", {"ms": "1"}, "ms must be a whole number"),
    ("token", "slow", {"ms": 1, "seconds": 2}, "slow has no parameter 'seconds'; it has ms"),
    ("token", "problem", {"name": "limit_exceeded"}, "no problem 'limit_exceeded' at token"),
    ("leads", "problem", {"name": "code_revoked"}, "no problem 'code_revoked' at leads"),
    (
        "consent",
        "expires_in",
        {"seconds": 1},
        "expires_in cannot happen at consent; it can at token, refresh",
    ),
    ("token", "reset", {"when": "never"}, "choose one of before, middle, after, delivered"),
    ("token", "server_error", {"count": 0}, "count: must be at least 1"),
    ("leads", "renamed_account", {"subdomain": "A b"}, "subdomain: 'A b' is not one"),
    ("token", "content_type", {"value": "a\r\nb"}, "value must be printable ASCII"),
    ("token", "missing_field", {"field": 7}, "field must be text"),
]


@pytest.mark.parametrize(("step", "kind", "params", "message"), MISTAKES)
def test_fault_that_is_not_on_the_menu_is_refused_by_name(
    amo: FakeAmo, step: str, kind: str, params: dict[str, Any], message: str
) -> None:
    """At once, not when it would have been met."""
    with pytest.raises(UnknownFault) as refused:
        amo.faults.add(step, kind, **params)
    assert message in str(refused.value)
    assert amo.faults.pending() == []


def test_every_fault_is_tried_here() -> None:
    """A fault added to the menu must come with a test in this module."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in MENU if f'"{kind}"' not in text and kind != "hold"] == []


def test_only_faults_that_leave_the_answer_alone_are_harmless(talk: Dialogue, events: list[AmoEvent]) -> None:
    """The menu says which, and the event of each one used: nobody needs a list of names of their own."""
    assert [name for name, kind in MENU.items() if kind.harmless] == ["slow", "hold", "expires_in"]
    talk.amo.faults.add("token", "expires_in", seconds=5)
    assert talk.tokens()["expires_in"] == 5
    talk.amo.faults.add("token", "missing_field", field="refresh_token")
    talk.exchange(talk.amo.mint_code())
    used = [each.data for each in events if each.kind == "fault_used"]
    assert [(each["kind"], each["harmless"]) for each in used] == [
        ("expires_in", True),
        ("missing_field", False),
    ]


def test_moved_clock_is_told_and_stands_in_the_journal(talk: Dialogue, events: list[AmoEvent]) -> None:
    """A reader can tell where the fake's clock and a backend's own could not agree."""
    talk.get("/")
    talk.amo.advance(minutes=1)
    talk.control("POST", "/advance", json={"hours": 1})
    talk.get("/")
    moved = [each.data for each in events if each.kind == "clock_advanced"]
    assert [each["seconds"] for each in moved] == [60, 3600]
    assert moved[-1]["now"] == "2026-11-18T12:07:40.250+00:00"
    assert [each.advanced_s for each in talk.amo.journal] == [0, 3660]


def test_short_life_of_a_token_passes_by_everybodys_clock(http: httpx.Client) -> None:
    """The fake's own clock is real time: a token of one second is good for that and no longer."""
    with FakeAmo() as amo:
        talk = Dialogue(amo, http)
        amo.faults.add("token", "expires_in", seconds=1, count=None)
        issued_after = time.time()
        tokens = talk.tokens()
        claims: dict[str, Any] = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        assert int(issued_after) <= claims["exp"] - 1 <= time.time()
        assert wait_for(lambda: talk.api("/v3/user", tokens["access_token"]).status_code == 401)
        assert time.time() >= claims["exp"]
        assert amo.left_over() == []
