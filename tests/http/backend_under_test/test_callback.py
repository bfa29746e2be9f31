"""The callback: from amoCRM's redirect to the page, with the tokens stored before it."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.http.backend_under_test.amo_stub import AmoStub, problem
from tests.http.backend_under_test.conftest import CODE, SECRET, Launcher, Running


def link_of(page: httpx.Response) -> str:
    found = re.search(r'data-link="([^"]*)"', page.text)
    assert found is not None
    return html.unescape(found[1])


def error_of(page: httpx.Response) -> str:
    query = parse_qs(urlsplit(link_of(page)).query)
    assert set(query) == {"error"}
    return query["error"][0]


def test_success_page_says_what_the_contract_says(backend: Running) -> None:
    """200, HTML in UTF-8, the seeds' title and three sentences, and the button."""
    page = backend.connect()
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for text in (
        "<title>AMO CRM Authorization</title>",
        "✓ Authorization successful!",
        "Your AMO CRM account has been successfully connected.",
        "Please tap the button below to return to the app:",
        ">Return to App</button>",
        '<html lang="en">',
    ):
        assert text in page.text


def test_success_link_has_success_and_state_only(backend: Running) -> None:
    """The link carries the state as it was given to amoCRM, and no code."""
    state = backend.state()
    page = backend.callback(code=CODE, state=state)
    assert link_of(page) == f"foryoure://amo-crm/callback?success=true&state={state}"


def test_token_request_has_the_fields_that_amocrm_asks_for(backend: Running, amo: AmoStub) -> None:
    """Client, secret, redirect URI, grant type and the code, once."""
    backend.connect()
    assert amo.token_requests == [
        {
            "client_id": backend.settings.client_id,
            "client_secret": SECRET,
            "redirect_uri": backend.settings.redirect_uri,
            "grant_type": "authorization_code",
            "code": CODE,
        }
    ]


def test_nothing_is_answered_while_amocrm_holds_the_tokens(backend: Running, amo: AmoStub) -> None:
    """The page waits for the exchange, and the status says not connected until then."""
    amo.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        state = backend.state()
        page = pool.submit(backend.callback, code=CODE, state=state)
        assert amo.token_request_came.wait(20)
        assert not backend.connected()
        assert not page.done()
        amo.gate.set()
        assert "✓" in page.result().text
    assert backend.connected()


def test_tokens_are_stored_before_the_page_is_rendered(backend: Running) -> None:
    """The order of the backend's own events."""
    backend.connect()
    kinds = [event.kind for event in backend.events if event.kind != "log_line"]
    assert kinds == [
        "authorization_started",
        "callback_received",
        "exchange_started",
        "tokens_stored",
        "exchange_finished",
        "page_rendered",
    ]
    assert [event.at_ns for event in backend.events] == sorted(event.at_ns for event in backend.events)


def test_missing_code_is_told_without_a_token_request(backend: Running, amo: AmoStub) -> None:
    """CB-08: title of the first kind, the heading, the button, `error=missing_code`."""
    page = backend.callback(state=backend.state())
    assert "<title>AMO CRM Authorization</title>" in page.text
    assert "✗ Authorization code is missing" in page.text
    assert ">Return to App</button>" in page.text
    assert link_of(page) == "foryoure://amo-crm/callback?error=missing_code"
    assert amo.seen == []


def test_empty_code_is_a_missing_code(backend: Running) -> None:
    """`?code=` carries nothing."""
    assert error_of(backend.callback(code="", state=backend.state())) == "missing_code"


@pytest.mark.parametrize(
    ("error", "reason"),
    [("access_denied", "access_denied"), ("<script>x</script>", "authorization_error")],
    ids=["declined", "hostile"],
)
def test_an_error_from_amocrm_is_told_without_a_token_request(
    backend: Running, amo: AmoStub, error: str, reason: str
) -> None:
    """CB-11: a page of the failed kind, also when a code comes beside the error; the text stays out."""
    page = backend.callback(error=error, code=CODE, state=backend.state())
    assert "✗ Authorization failed" in page.text
    assert error_of(page) == reason
    assert "<script>x" not in page.text
    assert amo.seen == []
    assert not backend.connected()


def test_declining_leaves_the_state_usable(backend: Running) -> None:
    """The user goes back in the browser and allows after all: only a code spends a state."""
    state = backend.state()
    backend.callback(error="access_denied", state=state)
    assert "✓" in backend.callback(code=CODE, state=state).text


@pytest.mark.parametrize(
    ("answer", "reason", "sentence"),
    [
        (
            problem(400, "Authorization code has been revoked"),
            "exchange_refused",
            "Authorization code has been revoked",
        ),
        (problem(401, None), "exchange_refused", "параметры невалидны"),
        (HTMLResponse("<h1>403</h1>", 403), "exchange_refused", "AMO CRM refused the authorization code."),
        (problem(429, None), "amo_busy", "AMO CRM is busy."),
        (HTMLResponse("<h1>502</h1>", 502), "amo_bad_answer", "could not be understood"),
        (Response("{", media_type="application/json"), "amo_bad_answer", "could not be understood"),
        (JSONResponse([]), "amo_bad_answer", "could not be understood"),
        (JSONResponse({"access_token": "a", "expires_in": 1}), "amo_bad_answer", "could not be understood"),
        (
            JSONResponse({"access_token": "a\nb", "refresh_token": "r", "expires_in": 1}),
            "amo_bad_answer",
            "could not be understood",
        ),
        (
            JSONResponse({"access_token": "a", "refresh_token": "r", "expires_in": 10**30}),
            "amo_bad_answer",
            "could not be understood",
        ),
        (
            Response("x", headers={"Content-Encoding": "gzip"}),
            "amo_bad_answer",
            "could not be understood",
        ),
        (Response(status_code=302, headers={"Location": "/x"}), "amo_bad_answer", "could not be understood"),
    ],
    ids=[
        "refused", "refused-no-hint", "forbidden-html", "busy", "502-html", "malformed", "list",
        "missing-field", "token-with-newline", "endless-life", "not-gzip", "redirect",
    ],
)  # fmt: skip
def test_a_failed_exchange_is_told_on_the_page(
    backend: Running, amo: AmoStub, answer: Response, reason: str, sentence: str
) -> None:
    """CB-09 and CB-10: title, heading, a sentence for the user, a code for the app, not connected."""
    amo.token_answers.append(answer)
    page = backend.connect()
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>AMO CRM Authorization Error</title>" in page.text
    assert "✗ Authorization failed" in page.text
    assert sentence in page.text
    assert ">Return to App</button>" in page.text
    assert error_of(page) == reason
    assert not backend.connected()


def test_unreachable_amocrm_is_told_on_the_page(start_backend: Launcher) -> None:
    """Nothing listens there."""
    backend = start_backend(amo_url="http://127.0.0.1:1")
    assert error_of(backend.connect()) == "amo_unreachable"


def test_silent_amocrm_is_told_on_the_page(start_backend: Launcher, amo: AmoStub) -> None:
    """The time limit is the backend's own, not the browser's."""
    backend = start_backend(amo_timeout_s=0.05)
    amo.gate.clear()
    assert error_of(backend.connect()) == "amo_timeout"


def test_a_fault_of_the_backend_itself_is_told_on_the_page(backend: Running) -> None:
    """CB-10: the database is gone, the user still has a button; the log names the error without a trace."""
    state = backend.state()
    with backend.app.state.backend.store._engine.begin() as run:
        run.exec_driver_sql("DROP TABLE authorizations")
    assert error_of(backend.callback(code=CODE, state=state)) == "server_error"
    assert 'error callback failed error="OperationalError"' in backend.log_lines()


def test_hostile_hint_stays_text(backend: Running, amo: AmoStub) -> None:
    """SEC-02: markup is escaped, and no more than 200 characters reach the page."""
    amo.token_answers.append(problem(400, "</p><script>alert(1)</script>" + "x" * 5000))
    page = backend.connect()
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "x" * 200 not in page.text


def test_secrets_in_a_hint_do_not_reach_the_page(backend: Running, amo: AmoStub) -> None:
    """SEC-01: amoCRM may repeat what it was sent."""
    amo.token_answers.append(problem(400, f"bad code {CODE} or secret {SECRET}"))
    page = backend.connect()
    assert CODE not in page.text
    assert SECRET not in page.text
    assert "bad code … or secret …" in page.text


@pytest.mark.parametrize(
    "query",
    [{"state": "made-up"}, {"state": ""}, {"from_widget": "1"}, {"state": "'\"><script>x</script>"}],
    ids=["unknown", "empty", "widget-install", "hostile"],
)
def test_a_state_that_was_not_issued_is_refused(
    backend: Running, amo: AmoStub, query: dict[str, str]
) -> None:
    """SEC-03: no token request, nobody connected, the hostile state is not on the page."""
    page = backend.callback(code=CODE, **query)
    assert error_of(page) == "state_unknown"
    assert amo.seen == []
    assert not backend.connected()
    assert "<script>x" not in page.text


def test_a_spent_state_is_refused_with_another_code(backend: Running, amo: AmoStub) -> None:
    """Single use: the first code spends it."""
    state = backend.state()
    backend.callback(code=CODE, state=state)
    assert error_of(backend.callback(code="another", state=state)) == "state_spent"
    assert len(amo.token_requests) == 1
    assert backend.connected()


def test_a_state_expires(backend: Running, amo: AmoStub) -> None:
    """An hour later the user must start again."""
    state = backend.state()
    backend.now_s[0] += backend.settings.state_ttl_s
    assert error_of(backend.callback(code=CODE, state=state)) == "state_expired"
    assert amo.seen == []


def test_a_repeated_parameter_is_refused(backend: Running, amo: AmoStub) -> None:
    """Two codes or states in one address: which one counts is not guessed."""
    state = backend.state()
    page = backend.client.get(f"/api/amo-crm/callback?code=a&code=b&state={state}")
    assert error_of(page) == "malformed_request"
    assert amo.seen == []


def test_a_reload_shows_success_and_sends_nothing(backend: Running, amo: AmoStub) -> None:
    """SEC-05 and CB-03: the same address again gets the same answer."""
    state = backend.state()
    pages = [backend.callback(code=CODE, state=state) for _ in range(2)]
    assert [link_of(page) for page in pages] == [link_of(pages[0])] * 2
    assert "✓" in pages[1].text
    assert len(amo.token_requests) == 1


def test_a_reload_after_a_restart_shows_success(start_backend: Launcher, amo: AmoStub) -> None:
    """The outcome is stored with the tokens."""
    first = start_backend()
    state = first.state()
    first.callback(code=CODE, state=state)
    second = start_backend()
    assert second.connected()
    assert "✓" in second.callback(code=CODE, state=state).text
    assert len(amo.token_requests) == 1


def test_a_reload_of_a_failure_shows_the_failure(backend: Running, amo: AmoStub) -> None:
    """The code is spent or worthless: it is not sent again."""
    amo.token_answers.append(problem(400, "Authorization code has expired"))
    state = backend.state()
    pages = [backend.callback(code=CODE, state=state) for _ in range(2)]
    assert [error_of(page) for page in pages] == ["exchange_refused"] * 2
    assert "Authorization code has expired" in pages[1].text
    assert len(amo.token_requests) == 1


def test_parallel_deliveries_share_one_exchange(backend: Running, amo: AmoStub) -> None:
    """SEC-05: both are under way while amoCRM holds its answer, both show success."""
    amo.gate.clear()
    state = backend.state()
    with ThreadPoolExecutor(4) as pool:
        pages = [pool.submit(backend.callback, code=CODE, state=state) for _ in range(4)]
        assert amo.token_request_came.wait(20)
        amo.gate.set()
        assert all("✓" in page.result().text for page in pages)
    assert len(amo.token_requests) == 1
    assert backend.connected()


def test_an_exchange_that_a_restart_interrupted_is_not_repeated(
    start_backend: Launcher, amo: AmoStub
) -> None:
    """Nobody knows whether amoCRM has spent the code: the user is asked to start again."""
    first = start_backend()
    state = first.state()
    first.app.state.backend.authorizations.claim(state, CODE)
    second = start_backend()
    assert error_of(second.callback(code=CODE, state=state)) == "authorization_interrupted"
    assert amo.seen == []


@pytest.mark.parametrize(
    "referer",
    [
        "evil.example",
        "127.0.0.1:1",
        "amocrm.ru.evil.example",
        "evil.example/.amocrm.ru",
        "x@amocrm.ru",
        "amocrm.ru",
    ],
)
def test_a_foreign_account_host_is_refused(backend: Running, amo: AmoStub, referer: str) -> None:
    """The referer decides where the secret goes: only amoCRM's hosts, and the state stays usable."""
    state = backend.state()
    assert error_of(backend.callback(code=CODE, state=state, referer=referer)) == "unknown_account_host"
    assert amo.seen == []
    assert "✓" in backend.callback(code=CODE, state=state).text


def test_an_account_of_amocrm_is_reached_through_the_configured_url(backend: Running, amo: AmoStub) -> None:
    """Where `amo_url` is no amoCRM host (a fake), every call goes there."""
    page = backend.callback(code=CODE, state=backend.state(), referer="example.amocrm.ru")
    assert "✓" in page.text
    assert f"http://{amo.seen[0].host}" == backend.settings.amo_url


def test_page_is_not_stored_and_sends_no_referrer(backend: Running) -> None:
    """SEC-04."""
    headers = backend.connect().headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_nothing_secret_leaves_the_backend(backend: Running, amo: AmoStub) -> None:
    """SEC-01: no code, token or secret in page, headers, status, leads, events or log."""
    page = backend.connect()
    amo.leads = [{"id": 1, "name": "Deal"}]
    told = [page.text, str(page.headers), str(backend.events)]
    told += [backend.get(path).text for path in ("/api/amo-crm/status", "/api/leads")]
    for secret in (CODE, SECRET, "access-1", "refresh-1"):
        assert not [text for text in told if secret in text]


def test_a_newline_cannot_begin_a_line_of_the_log(backend: Running, amo: AmoStub) -> None:
    """SEC-07: neither amoCRM's text nor the query's writes the log."""
    amo.token_answers.append(problem(400, "x\r\ninfo all is well\x1b[31m"))
    backend.connect()
    backend.callback(code=CODE, state="a\nerror forged", error="b\nerror forged")
    assert backend.log_lines()
    assert all(line.isascii() and line.isprintable() for line in backend.log_lines())
