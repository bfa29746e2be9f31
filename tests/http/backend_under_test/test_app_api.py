"""What the app asks for: session, authorization URL, status, leads, and the old exchange call."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.http.backend_under_test.amo_stub import AmoStub, problem
from tests.http.backend_under_test.conftest import CODE, Launcher, Running

LOST = Response("{", media_type="application/json")


def test_health_needs_no_session(backend: Running) -> None:
    """For whoever waits until it serves."""
    assert backend.client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/api/amo-crm/auth-url", "/api/amo-crm/status", "/api/leads"])
@pytest.mark.parametrize("header", [None, "Bearer nobody", "Basic test", "test"])
def test_an_unknown_session_is_told_to_sign_in(backend: Running, path: str, header: str | None) -> None:
    """401, which is about the session; never 403."""
    headers = {} if header is None else {"Authorization": header}
    answer = backend.client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


def test_auth_url_leads_to_the_consent_page(backend: Running) -> None:
    """AmoCRM's documented parameters and no other, each state new."""
    first, second = (httpx.URL(backend.get("/api/amo-crm/auth-url").json()["url"]) for _ in range(2))
    assert str(first.copy_with(query=None)) == f"{backend.settings.amo_url}/oauth"
    assert set(first.params) == {"client_id", "state", "mode"}
    assert first.params["client_id"] == backend.settings.client_id
    assert first.params["state"] != second.params["state"]


def test_status_follows_the_connection(backend: Running) -> None:
    """ST-01, each user for himself."""
    assert backend.get("/api/amo-crm/status").json() == {"connected": False, "reconnect_needed": False}
    backend.connect()
    assert backend.get("/api/amo-crm/status").json() == {"connected": True, "reconnect_needed": False}
    assert not backend.connected("test-2")


def test_two_users_connect_at_once(backend: Running, amo: AmoStub) -> None:
    """Each state belongs to the one who asked."""
    states = {session: backend.state(session) for session in ("test", "test-2")}
    amo.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        pages = [
            pool.submit(backend.callback, code=f"{CODE}-{session}", state=state)
            for session, state in states.items()
        ]
        amo.gate.set()
        assert all("✓" in page.result().text for page in pages)
    assert all(backend.connected(session) for session in states)
    assert backend.get("/api/leads", "test").json()["leads"] == []


def test_connecting_again_replaces_the_tokens(backend: Running, amo: AmoStub) -> None:
    """The newest pair is used."""
    backend.connect()
    backend.connect(code="another")
    amo.rejected_access_tokens.add("access-1")
    assert backend.get("/api/leads").status_code == 200
    assert [seen.path for seen in amo.seen].count("/oauth2/access_token") == 2


def test_leads_before_connecting_are_a_conflict(backend: Running, amo: AmoStub) -> None:
    """409: the app shows "connect", and 403 stays unused."""
    answer = backend.get("/api/leads")
    assert (answer.status_code, answer.json()["error"]) == (409, "not_connected")
    assert amo.seen == []


def test_no_leads_are_an_empty_list(backend: Running) -> None:
    """AmoCRM answers 204 without a body."""
    backend.connect()
    assert backend.get("/api/leads").json() == {"leads": [], "page": 1, "limit": 250, "next_page": None}


def test_every_lead_can_be_reached(backend: Running, amo: AmoStub) -> None:
    """10,000 leads by following `next_page`, each once."""
    backend.connect()
    amo.leads = [{"id": number, "name": f"Deal {number}", "price": 1} for number in range(10_000)]
    found: list[int] = []
    page: int | None = 1
    while page is not None:
        answer = backend.get("/api/leads", page=page, limit=250).json()
        found += [lead["id"] for lead in answer["leads"]]
        page = answer["next_page"]
    assert found == list(range(10_000))


def test_leads_carry_what_the_list_shows(backend: Running, amo: AmoStub) -> None:
    """AmoCRM's links and custom fields stay here."""
    backend.connect()
    amo.leads = [{"id": 1, "name": "Угода", "price": 5, "_links": {"self": {"href": "x"}}}]
    lead = backend.get("/api/leads").json()["leads"][0]
    assert (lead["id"], lead["name"], lead["price"]) == (1, "Угода", 5)
    assert "_links" not in lead


@pytest.mark.parametrize("query", [{"page": 0}, {"limit": 251}, {"page": "x"}], ids=str)
def test_an_impossible_page_is_told_in_one_sentence(backend: Running, query: dict[str, Any]) -> None:
    """422 without repeating what was sent."""
    answer = backend.get("/api/leads", **query)
    assert (answer.status_code, set(answer.json())) == (422, {"error", "message"})


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (HTMLResponse("<h1>500</h1>", 500), 503, "amo_bad_answer"),
        (HTMLResponse("<h1>403</h1>", 403), 503, "amo_bad_answer"),
        (LOST, 503, "amo_bad_answer"),
        (JSONResponse({"_embedded": {}}), 503, "amo_bad_answer"),
        (JSONResponse({"_embedded": {"leads": {}}}), 503, "amo_bad_answer"),
        (JSONResponse({"_embedded": {"leads": [1]}}), 503, "amo_bad_answer"),
    ],
    ids=["500", "403-html", "malformed", "no-list", "not-a-list", "not-objects"],
)
def test_amocrm_out_of_order_is_not_an_empty_list(
    backend: Running, amo: AmoStub, answer: Response, status: int, error: str
) -> None:
    """503 and still connected: an empty list would be a lie."""
    backend.connect()
    amo.leads_answers.append(answer)
    told = backend.get("/api/leads")
    assert (told.status_code, told.json()["error"]) == (status, error)
    assert backend.connected()


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (JSONResponse({"status": 429, "retry_after": 300}, 429), "300"),
        (HTMLResponse("busy", 429, headers={"Retry-After": "7"}), "7"),
        (HTMLResponse("busy", 429), "60"),
    ],
    ids=["body", "header", "neither"],
)
def test_a_rate_limit_reaches_the_app(
    backend: Running, amo: AmoStub, answer: Response, retry_after: str
) -> None:
    """429 with the time to wait, in whatever form amoCRM gave it."""
    backend.connect()
    amo.leads_answers.append(answer)
    told = backend.get("/api/leads")
    assert (told.status_code, told.headers["retry-after"]) == (429, retry_after)
    assert told.json()["error"] == "amo_busy"


def test_an_expired_token_is_refreshed_before_use(backend: Running, amo: AmoStub) -> None:
    """No call with a token that is known to be dead, and the redirect URI goes along."""
    backend.connect()
    backend.now_s[0] += amo.lifetime_s
    assert backend.get("/api/leads").status_code == 200
    refresh = amo.token_requests[1]
    assert (refresh["grant_type"], refresh["refresh_token"]) == ("refresh_token", "refresh-1")
    assert refresh["redirect_uri"] == backend.settings.redirect_uri
    assert [seen.path for seen in amo.seen].count("/api/v4/leads") == 1


def test_refreshed_tokens_survive_a_restart(start_backend: Launcher, amo: AmoStub) -> None:
    """The new pair is stored."""
    first = start_backend()
    first.connect()
    amo.rejected_access_tokens.add("access-1")
    first.get("/api/leads")
    second = start_backend()
    assert second.get("/api/leads").status_code == 200
    assert len(amo.token_requests) == 2


def test_a_rejected_token_is_refreshed_and_the_call_repeated(backend: Running, amo: AmoStub) -> None:
    """401 before its time: amoCRM revoked the access token only."""
    backend.connect()
    amo.rejected_access_tokens.add("access-1")
    assert backend.get("/api/leads").status_code == 200
    assert backend.connected()


def test_parallel_calls_share_one_refresh(backend: Running, amo: AmoStub) -> None:
    """Two requests with one refresh token would burn it."""
    backend.connect()
    backend.now_s[0] += amo.lifetime_s
    amo.gate.clear()
    amo.token_request_came.clear()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(backend.get, "/api/leads") for _ in range(4)]
        assert amo.token_request_came.wait(20)
        amo.gate.set()
        assert [answer.result().status_code for answer in answers] == [200] * 4
    assert len(amo.token_requests) == 2


def test_a_late_caller_takes_the_tokens_that_another_refreshed(backend: Running, amo: AmoStub) -> None:
    """Both got 401, the second one after the refresh was over."""
    backend.connect()
    wired = backend.app.state.backend
    stale = wired.store.grant("user-1")
    amo.rejected_access_tokens.add("access-1")
    backend.get("/api/leads")
    assert wired.store.grant("user-1").refresh_token != stale.refresh_token
    late = asyncio.run_coroutine_threadsafe(wired.connections.refreshed(stale), wired.amo.loop)
    assert late.result(5).access_token == "access-2"
    assert len(amo.token_requests) == 2


@pytest.mark.parametrize("rejected", [401, 400])
def test_a_refused_refresh_asks_for_a_new_connection(backend: Running, amo: AmoStub, rejected: int) -> None:
    """The integration was revoked: the status tells so, and amoCRM is left in peace."""
    backend.connect()
    amo.rejected_access_tokens.add("access-1")
    amo.token_answers.append(problem(rejected, "Token has been revoked"))
    assert backend.get("/api/leads").json()["error"] == "not_connected"
    assert backend.get("/api/amo-crm/status").json() == {"connected": False, "reconnect_needed": True}
    seen = len(amo.seen)
    assert backend.get("/api/leads").status_code == 409
    assert len(amo.seen) == seen
    backend.connect(code="anew")
    assert backend.get("/api/amo-crm/status").json() == {"connected": True, "reconnect_needed": False}


def test_a_refreshed_token_that_is_rejected_too_is_a_lost_connection(backend: Running, amo: AmoStub) -> None:
    """No endless refreshing."""
    backend.connect()
    amo.rejected_access_tokens |= {"access-1", "access-2"}
    assert backend.get("/api/leads").status_code == 409
    assert not backend.connected()
    assert len(amo.token_requests) == 2


def test_a_lost_refresh_answer_is_asked_for_again(backend: Running, amo: AmoStub) -> None:
    """With the same token, which amoCRM documents to accept; the app notices nothing."""
    backend.connect()
    amo.rejected_access_tokens.add("access-1")
    amo.token_answers.append(LOST)
    assert backend.get("/api/leads").status_code == 200
    assert [body.get("refresh_token") for body in amo.token_requests[1:]] == ["refresh-1", "refresh-1"]


def test_a_lost_refresh_answer_may_cost_the_connection(backend: Running, amo: AmoStub) -> None:
    """Where the old token is dead at once the user must connect again, and is told."""
    backend.connect()
    amo.rejected_access_tokens.add("access-1")
    amo.token_answers.extend([LOST, problem(401, "Token has been revoked")])
    assert backend.get("/api/leads").status_code == 409
    assert backend.get("/api/amo-crm/status").json()["reconnect_needed"]


@pytest.mark.parametrize(
    "answers",
    [[LOST, LOST], [HTMLResponse("403", 403)], [problem(429, None)]],
    ids=["lost", "blocked", "busy"],
)
def test_a_refresh_without_a_verdict_keeps_the_tokens(
    backend: Running, amo: AmoStub, answers: list[Response]
) -> None:
    """Only amoCRM's "no" ends a connection; afterwards the same refresh token works."""
    backend.connect()
    amo.rejected_access_tokens.add("access-1")
    amo.token_answers.extend(answers)
    assert backend.get("/api/leads").status_code in {429, 503}
    assert backend.connected()
    assert backend.get("/api/leads").status_code == 200


def exchange(backend: Running, session: str = "test", **body: str) -> tuple[int, str | None]:
    """`POST exchange-code`: the HTTP status and the error."""
    headers = {"Authorization": f"Bearer {session}"}
    answer = backend.client.post("/api/amo-crm/exchange-code", json=body, headers=headers)
    return answer.status_code, answer.json().get("error")


def test_the_old_exchange_call_finds_the_work_done(backend: Running, amo: AmoStub) -> None:
    """No 403 and no second token request, with or without the state."""
    state = backend.state()
    backend.callback(code=CODE, state=state)
    assert exchange(backend, code=CODE) == (200, None)
    assert exchange(backend, code=CODE, state=state) == (200, None)
    assert len(amo.token_requests) == 1


def test_the_old_exchange_call_exchanges_a_fresh_code(backend: Running, amo: AmoStub) -> None:
    """With the user's own state it does what the callback does."""
    assert exchange(backend, code=CODE, state=backend.state()) == (200, None)
    assert backend.connected()
    assert len(amo.token_requests) == 1


def test_the_old_exchange_call_tells_a_refusal(backend: Running, amo: AmoStub) -> None:
    """400 with the reason."""
    amo.token_answers.append(problem(400, "Authorization code has expired"))
    assert exchange(backend, code=CODE, state=backend.state()) == (400, "exchange_refused")


@pytest.mark.parametrize("state", ["", "made-up"])
def test_a_code_without_the_users_state_is_not_exchanged(backend: Running, amo: AmoStub, state: str) -> None:
    """SEC-03 holds here too."""
    assert exchange(backend, code=CODE, state=state) == (400, "state_unknown")
    assert amo.seen == []


def test_another_users_state_is_forbidden(backend: Running, amo: AmoStub) -> None:
    """Nobody attaches an account to somebody else."""
    state = backend.state("test-2")
    assert exchange(backend, code=CODE, state=state) == (403, "state_of_another_user")
    assert amo.seen == []
    assert not backend.connected()
    assert not backend.connected("test-2")


def test_another_users_code_is_unknown(backend: Running) -> None:
    """The outcome of a code is told to its user only."""
    backend.connect("test-2")
    assert exchange(backend, code=CODE) == (400, "state_unknown")


def test_a_body_that_is_no_exchange_is_not_repeated(backend: Running) -> None:
    """422 in one sentence, without what was sent."""
    answer = backend.client.post(
        "/api/amo-crm/exchange-code", json={"cod": CODE}, headers={"Authorization": "Bearer test"}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert CODE not in answer.text


def test_another_spelling_of_the_callback_repeats_no_code(backend: Running) -> None:
    """No redirect, whose Location would carry the code."""
    answer = backend.client.get("/api/amo-crm/callback/", params={"code": CODE})
    assert answer.status_code == 404
    assert CODE not in str(answer.headers) + answer.text
