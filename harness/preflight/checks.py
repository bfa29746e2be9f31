"""Looks at a backend and its configuration before any scenario, so that trouble there is named as such.

Owns the checks: each says what was expected, what was seen and what to change. Must not judge the
contract: a backend that breaks a clause but can be driven passes all of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from fake_amo import FakeAmo, JournalEntry
from fake_amo.site.events import masked
from harness.api_client.reading import at, flag, json_of, rows
from harness.backends.intercept import is_amo_host
from harness.config.settings import BackendConfig
from harness.errors import BackendError
from harness.preflight.surroundings import Surroundings, open_surroundings

TOKEN_PATH = "/oauth2/access_token"  # noqa: S105 - a path
TIMEOUT_S = 15.0
TOKEN_REQUEST_TIMEOUT_S = 5.0
PAUSE_S = 0.02
ABSENT = (404, 405, 501)
REJECTED = (401, 403)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `change` is empty where it is as expected."""

    item: str
    expected: str
    seen: str
    change: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to change."""
        return not self.change

    def __str__(self) -> str:
        if self.is_ok:
            return f"ok     {self.item}: {self.seen}"
        return f"wrong  {self.item}: expected {self.expected}; seen: {self.seen}. {self.change}"


def preflight(config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0) -> list[Check]:
    """Start the backend beside a fake amoCRM and check it; one that does not start is a check too."""
    try:
        with open_surroundings(config, amo_port=amo_port, gateway_port=gateway_port) as around:
            return check_backend(around)
    except BackendError as error:
        return [
            Check("start", "the command starts and is ready within its limit", str(error), "See [start].")
        ]


def check_backend(around: Surroundings) -> list[Check]:
    """Return what was found, in order; a check that depends on one that failed is left out."""
    checks = [_start(around)]
    if not checks[0].is_ok:
        return checks
    checks += [_callback(around), _status(around), _leads(around)]
    connect, state = _connect(around)
    checks.append(connect)
    if around.reset is None:
        why = "left to the first scenario: this backend already runs, and nothing undoes a connection"
        return [*checks, Check("token request", "", why)]
    if all(each.is_ok for each in checks):
        checks += _token_request(around, state)
    if all(each.is_ok for each in checks):
        checks.append(_reset(around, around.reset))
    return checks


def _start(around: Surroundings) -> Check:
    path = around.config.http.ready
    expected = f"GET {path} answers 2xx"
    answer = _get(around, path)
    if isinstance(answer, str):
        change = (
            "Check [http].url and what the command listens on."
            if around.config.start
            else "Start the backend first, or add [start] so that the harness does."
        )
        return Check("start", expected, f"{around.backend_url()}{path} {answer}", change)
    if answer.is_error:
        return Check(
            "start", expected, f"status {answer.status_code}", "Set [http].ready to a path that answers 2xx."
        )
    return Check("start", expected, f"{around.config.name} serves at {around.backend_url()}")


def _callback(around: Surroundings) -> Check:
    path = around.config.http.callback
    return _answers(around, "callback", path, _get(around, path), "callback")


def _status(around: Surroundings) -> Check:
    http = around.config.http
    answer = _get(around, http.status)
    found = _answers(around, "status", http.status, answer, "status")
    if not found.is_ok or isinstance(answer, str):
        return found
    expected = f"GET {http.status} answers 200 with true or false at `{http.connected}`"
    if answer.status_code != HTTPStatus.OK:
        return Check(
            "status",
            expected,
            f"status {answer.status_code}",
            "Set [http].status to the status path and [http.headers] to what the app sends.",
        )
    reading = flag(json_of(answer.text), http.connected, "[http].connected")
    if reading.trouble:
        return Check("status", expected, reading.trouble, "Set [http].connected to the flag's dotted path.")
    if reading.value:
        return Check(
            "status",
            "not connected before anybody authorized",
            "connected",
            "Let the backend keep its data in {tmp}, or give [start].reset a way to empty them.",
        )
    return Check("status", expected, f"GET {http.status} says not connected")


def _leads(around: Surroundings) -> Check:
    http = around.config.http
    answer = _get(around, http.leads)
    found = _answers(around, "leads", http.leads, answer, "leads")
    if found.is_ok and not isinstance(answer, str) and answer.status_code == HTTPStatus.OK:
        reading = rows(json_of(answer.text), http.leads_list, "[http].leads_list")
        if reading.trouble:
            expected = f"a list at `{http.leads_list}` of GET {http.leads}"
            return Check(
                "leads", expected, reading.trouble, "Set [http].leads_list to the list's dotted path."
            )
    return found


def _answers(around: Surroundings, item: str, path: str, answer: "httpx.Response | str", key: str) -> Check:
    expected = f"GET {path} answers"
    if isinstance(answer, str):
        return Check(item, expected, f"{around.backend_url()}{path} {answer}", f"Check [http].{key}.")
    if answer.status_code in ABSENT:
        return Check(
            item, expected, f"status {answer.status_code}", f"Set [http].{key} to the path that does."
        )
    if answer.status_code in REJECTED and key != "leads":
        change = "Set [http.headers] to what the signed-in app sends."
        if key == "callback":
            change = "The browser comes without the app's headers: serve the callback to everybody."
        return Check(item, f"{expected} to whom it is for", f"status {answer.status_code}", change)
    return Check(item, expected, f"GET {path} answers {answer.status_code}")


def _connect(around: Surroundings) -> tuple[Check, str]:
    """Look at the authorization URL; also returns the state that it carries, or one of our own."""
    own_state = "preflight"
    path = around.config.http.connect
    if path is None:
        return Check(
            "authorization URL", "", "[http].connect is left out, the harness makes its own"
        ), own_state
    expected = f'GET {path} answers {{"url": …}} with amoCRM\'s consent page'
    answer = _get(around, path)
    url = None if isinstance(answer, str) else at(json_of(answer.text), "url")
    if not isinstance(url, str) or not url:
        seen = answer if isinstance(answer, str) else f"status {answer.status_code} without a `url`"
        change = "Set [http].connect to the path that does, or leave it out."
        return Check("authorization URL", expected, seen, change), own_state
    wrong = _wrong_with_url(around, url)
    query = parse_qs(urlsplit(url).query)
    return wrong or Check("authorization URL", expected, f"it points to {_origin(url)}"), query.get(
        "state", [own_state]
    )[0]


def _wrong_with_url(around: Surroundings, url: str) -> Check | None:
    amo, start = around.amo, around.config.start
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    intercepts = start is not None and start.intercept
    item = "authorization URL"
    if _origin(url) != amo.url and not (intercepts and is_amo_host(parts.hostname or "")):
        change = "Give the setting that holds amoCRM's address the value {amo_url} in [start.env]"
        change += ", or set [start].intercept = true." if is_amo_host(parts.hostname or "") else "."
        return Check(item, f"the fake amoCRM, {amo.url}", _origin(url) or "no URL", change)
    if parts.path.rstrip("/") != "/oauth":
        return Check(item, "amoCRM's consent page, /oauth", parts.path, "Open /oauth of amoCRM's host.")
    if query.get("client_id") != amo.client_id:
        change = "Give the client id's setting the value {client_id} in [start.env]."
        return Check(item, f"client_id={amo.client_id}", f"client_id={query.get('client_id')}", change)
    if query.get("redirect_uri", around.redirect_uri) != around.redirect_uri:
        return _wrong_redirect_uri(around, query["redirect_uri"])
    return None


def _wrong_redirect_uri(around: Surroundings, seen: str) -> Check:
    change = "Give the redirect URI's setting the value {redirect_uri} in [start.env]."
    return Check("redirect URI", f"the gateway, {around.redirect_uri}", seen, change)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else url


def _token_request(around: Surroundings, state: str) -> list[Check]:
    """Deliver a real code through the gateway and look for it at the fake's token endpoint."""
    amo = around.amo
    code = amo.mint_code()
    query = {
        "code": code,
        "state": state,
        "referer": amo.account_host,
        "platform": "1",
        "client_id": amo.client_id,
    }
    answer = _ask(around, around.redirect_uri, query)
    if isinstance(answer, str) or answer.status_code in (*ABSENT, HTTPStatus.BAD_GATEWAY):
        seen = answer if isinstance(answer, str) else f"status {answer.status_code}"
        change = "Set [http].callback to the path of the backend's redirect URI."
        return [Check("redirect URI", f"{around.redirect_uri} leads to the backend", seen, change)]
    sent = _sent(amo, masked("code", code))
    if sent is None:
        return [_nothing_sent(around, answer)]
    if sent.fields.get("redirect_uri") != around.redirect_uri:
        return [_wrong_redirect_uri(around, str(sent.fields.get("redirect_uri")))]
    seen = f"the callback was called through {around.redirect_uri}"
    return [Check("redirect URI", "the gateway", seen), _granted(amo, sent)]


def _granted(amo: FakeAmo, sent: JournalEntry) -> Check:
    item, expected = "token request", "amoCRM grants the tokens"
    if sent.fields.get("client_id") != amo.client_id:
        seen = f"client_id={sent.fields.get('client_id')}"
        change = "Give the client id's setting the value {client_id} in [start.env]."
        return Check(item, f"client_id={amo.client_id}", seen, change)
    if sent.fields.get("client_secret") != masked("client_secret", amo.client_secret):
        change = "Give the client secret's setting the value {client_secret} in [start.env]."
        return Check(item, "the integration's client_secret", "another one", change)
    if sent.status != HTTPStatus.OK:
        change = "Compare the request's fields with amoCRM's documentation of /oauth2/access_token."
        return Check(item, expected, f"it answered {sent.status}", change)
    return Check(item, expected, "it reached the fake amoCRM, which granted the tokens")


def _sent(amo: FakeAmo, code: str) -> JournalEntry | None:
    """Wait for the token request with this code, preferably one that was granted.

    A backend may send it after its page, or more than once: both break clauses, not the preflight.
    """
    deadline = time.monotonic() + TOKEN_REQUEST_TIMEOUT_S
    while time.monotonic() < deadline:
        entries = [each for each in amo.journal if each.path.endswith(TOKEN_PATH)]
        sent = [each for each in entries if each.fields.get("code") == code]
        if sent:
            return next((each for each in sent if each.status == HTTPStatus.OK), sent[0])
        time.sleep(PAUSE_S)
    return None


def _nothing_sent(around: Surroundings, answer: httpx.Response) -> Check:
    refused = ", ".join(map(str, around.refusals()))
    seen = f"none within {TOKEN_REQUEST_TIMEOUT_S:g} s; the callback answered {answer.status_code}"
    change = (
        "Give the setting that holds amoCRM's address the value {amo_url} in [start.env], or set [start]."
        "intercept = true if it is fixed. A callback that leaves the exchange to the app cannot be judged."
    )
    return Check(
        "token request",
        f"the callback sends the code to {around.amo.url}{TOKEN_PATH}",
        f"{seen}; refused: {refused}" if refused else seen,
        change,
    )


def _reset(around: Surroundings, reset: Callable[[], None]) -> Check:
    expected = 'after a reset the status says "not connected"'
    how = around.config.start.reset if around.config.start else ""
    if how == "none":
        return Check("reset", expected, '[start].reset = "none": only the first scenario begins unconnected')
    try:
        reset()
    except BackendError as trouble:
        return Check("reset", expected, str(trouble), "See [start].reset.")
    http = around.config.http
    answer = _get(around, http.status)
    connected: Any = None if isinstance(answer, str) else at(json_of(answer.text), http.connected)
    if connected is not False:
        change = "Let it keep its data in {tmp}, which a restart empties, or reset it by a request."
        return Check("reset", expected, f'[start].reset = "{how}" left it connected', change)
    return Check("reset", expected, "it gets back to not connected")


def _get(around: Surroundings, path: str) -> "httpx.Response | str":
    headers = {} if path == around.config.http.callback else around.config.http.headers_for()
    return _ask(around, f"{around.backend_url()}{path}", {}, headers)


def _ask(
    around: Surroundings, url: str, query: dict[str, str], headers: dict[str, str] | None = None
) -> "httpx.Response | str":
    """Return the answer, or in words why there is none."""
    try:
        return around.client.get(
            url, params=query, headers=headers, timeout=TIMEOUT_S, follow_redirects=False
        )
    except httpx.TimeoutException:
        return f"did not answer within {TIMEOUT_S:g} s"
    except httpx.HTTPError as trouble:
        return f"gave no answer ({trouble or type(trouble).__name__})"
