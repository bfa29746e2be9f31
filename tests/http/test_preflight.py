import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.config import BackendConfig, Http, Start
from harness.gateway import open_gateway
from harness.intercept import ACCOUNT_HOST, open_intercept
from harness.preflight import Check, Surroundings, check_backend
from harness.process import ForeignProcess
from harness.timeline import Recorder

PROGRAM = """
import http.server, json, os, pathlib, urllib.parse, urllib.request
env, stored = os.environ, pathlib.Path(os.environ["STORAGE"], "tokens")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path.startswith(("/status", "/leads")) and self.headers["Authorization"] != "Bearer test":
            return self.say(401, {})
        if url.path == "/health": return self.say(200, {})
        if url.path == "/connect":
            ask = {"client_id": env["CLIENT_ID"], "state": "s1"}
            if env.get("IN_URL"): ask["redirect_uri"] = env["REDIRECT_URI"]
            return self.say(200, {"url": env["AMO_PAGE"] + "/oauth?" + urllib.parse.urlencode(ask)})
        if url.path == "/status": return self.say(200, {"data": {"connected": stored.exists()}})
        if url.path == "/leads": return self.say(200 if stored.exists() else 409, {"leads": []})
        if url.path == "/callback":
            if "code" in query: self.exchange(query)
            return self.say(200, {})
        self.say(404, {})
    def exchange(self, query):
        account = env["AMO_URL"].format(**query)
        body = {"grant_type": "authorization_code", "code": query["code"], "client_id": env["CLIENT_ID"],
                "client_secret": env["CLIENT_SECRET"], "redirect_uri": env["REDIRECT_URI"]}
        request = urllib.request.Request(account + "/oauth2/access_token", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try: stored.write_bytes(urllib.request.urlopen(request, timeout=5).read())
        except OSError as error: print(error, flush=True)
    def say(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(env["PORT"])), Handler).serve_forever()
"""

ENV = {
    "PORT": "{port}",
    "STORAGE": "{tmp}",
    "AMO_URL": "{amo_url}",
    "AMO_PAGE": "{amo_url}",
    "CLIENT_ID": "{client_id}",
    "CLIENT_SECRET": "{client_secret}",
    "REDIRECT_URI": "{redirect_uri}",
}
HTTP = Http(
    connect="/connect", callback="/callback", status="/status", leads="/leads", connected="data.connected"
)


def config(
    http: Http = HTTP, *, intercept: bool = False, reset: str = "restart", **env: str
) -> BackendConfig:
    start = Start((sys.executable, "-c", PROGRAM), Path.cwd(), reset, {**ENV, **env}, intercept=intercept)
    return BackendConfig(name="tiny", start=start, http=http)


@contextmanager
def surroundings(of: BackendConfig) -> Generator[Surroundings]:
    """Everything that a run has before its first scenario."""
    assert of.start
    with ExitStack() as stack:
        recorder = Recorder()
        account_host = ACCOUNT_HOST if of.start.intercept else None
        amo = stack.enter_context(FakeAmo(AmoSettings(account_host=account_host, raise_at_exit=False)))
        gateway = stack.enter_context(open_gateway(recorder, callback_path=of.http.callback))
        amo.set_redirect_uri(gateway.redirect_uri)
        intercept = stack.enter_context(open_intercept(amo.url))
        values = {
            "amo_url": amo.url,
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": gateway.redirect_uri,
        }
        process = ForeignProcess(
            of.start,
            of.http,
            values,
            recorder,
            of.name,
            environment=intercept.environment if of.start.intercept else None,
        )
        stack.enter_context(process)
        gateway.backend_url = process.url
        client = stack.enter_context(httpx.Client(trust_env=False))
        yield Surroundings(
            config=of,
            backend_url=lambda: process.url,
            amo=amo,
            redirect_uri=gateway.redirect_uri,
            client=client,
            reset=process.reset,
            refusals=lambda: intercept.refusals,
        )


def wrong(checks: list[Check]) -> list[str]:
    return [str(each) for each in checks if not each.is_ok]


def test_a_backend_that_is_set_up_passes_every_check() -> None:
    """Nothing to change, and each item says what was seen."""
    with surroundings(config(IN_URL="yes")) as around:
        checks = check_backend(around)
        assert wrong(checks) == []
        assert [each.item for each in checks] == [
            "start",
            "callback",
            "status",
            "leads",
            "authorization URL",
            "redirect URI",
            "token request",
            "reset",
        ]
        assert check_backend(around)[-1].is_ok, "it was left not connected"


def test_a_backend_without_an_authorization_url_is_checked_with_a_state_of_our_own() -> None:
    """`connect` is optional."""
    with surroundings(config(replace(HTTP, connect=None))) as around:
        assert wrong(check_backend(around)) == []


def test_a_backend_that_hard_codes_amocrm_passes_with_intercept() -> None:
    """Consent page and token endpoint are amoCRM's own hosts; the referer names an account there."""
    fixed = config(intercept=True, AMO_PAGE="https://www.amocrm.ru", AMO_URL="https://{{referer}}")
    with surroundings(fixed) as around:
        assert wrong(check_backend(around)) == []


@pytest.mark.parametrize(
    ("broken", "item", "says"),
    [
        pytest.param(
            config(replace(HTTP, status="/state")),
            "status",
            "status 404. Set [http].status",
            id="status-path",
        ),
        pytest.param(config(replace(HTTP, leads="/lead")), "leads", "Set [http].leads", id="leads-path"),
        pytest.param(
            config(replace(HTTP, callback="/back")), "callback", "Set [http].callback", id="callback-path"
        ),
        pytest.param(
            config(replace(HTTP, connected="connected")),
            "status",
            "Set [http].connected",
            id="connected-flag",
        ),
        pytest.param(
            config(replace(HTTP, headers={})),
            "status",
            "Set [http.headers] to what the signed-in",
            id="headers",
        ),
        pytest.param(
            config(replace(HTTP, connect="/health")),
            "authorization URL",
            "without a `url`",
            id="connect-path",
        ),
        pytest.param(
            config(AMO_PAGE="https://www.amocrm.ru"),
            "authorization URL",
            "seen: https://www.amocrm.ru. Give the setting",
            id="real-amocrm",
        ),
        pytest.param(
            config(AMO_PAGE="{amo_url}/x"),
            "authorization URL",
            "seen: /x/oauth. Open /oauth",
            id="consent-path",
        ),
        pytest.param(
            config(CLIENT_ID="another"), "authorization URL", "seen: client_id=another", id="client-id"
        ),
        pytest.param(
            config(IN_URL="yes", REDIRECT_URI="http://localhost:3000/callback"),
            "redirect URI",
            "seen: http://localhost:3000/callback. Give the redirect URI",
            id="redirect-uri-in-url",
        ),
        pytest.param(
            config(REDIRECT_URI="http://localhost:3000/callback"),
            "redirect URI",
            "seen: http://localhost:3000/callback. Give the redirect URI",
            id="redirect-uri-in-token-request",
        ),
        pytest.param(
            config(CLIENT_SECRET="mine"),
            "token request",
            "seen: another one. Give the client secret",
            id="client-secret",
        ),
        pytest.param(
            config(AMO_URL="http://127.0.0.1:9"), "token request", "none within 0.3 s", id="elsewhere"
        ),
        pytest.param(
            config(AMO_URL="https://crm.example.com", intercept=True),
            "token request",
            "refused: crm.example.com: only amoCRM's hosts",
            id="intercept-elsewhere",
        ),
        pytest.param(
            config(reset="none"), "reset", '[start].reset = "none" left it connected', id="no-reset"
        ),
        pytest.param(config(reset="POST /reset"), "reset", "answered 501 to POST /reset", id="reset-refused"),
    ],
)
def test_each_trouble_is_named_with_its_remedy(
    broken: BackendConfig, item: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check fails, of the right item, and says what to change."""
    monkeypatch.setattr("harness.preflight.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    with surroundings(broken) as around:
        found = wrong(check_backend(around))
    assert len(found) == 1
    assert found[0].startswith(f"wrong  {item}: expected ")
    assert says in found[0]


def test_storage_outside_tmp_is_noticed_before_it_spoils_a_run(tmp_path: Path) -> None:
    """A restart does not empty it, so no scenario would begin unconnected."""
    with surroundings(config(STORAGE=str(tmp_path))) as around:
        found = wrong(check_backend(around))
        assert len(found) == 1
        assert '[start].reset = "restart" left it connected. Let it keep its data in {tmp}' in found[0]
        found = wrong(check_backend(around))
        assert "expected not connected before anybody authorized" in found[0]


def test_a_backend_that_is_not_there_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without [start] the remedy is to start it."""
    monkeypatch.setattr("harness.preflight.TIMEOUT_S", 1.0)
    with FakeAmo() as amo, httpx.Client(trust_env=False) as client:
        of = BackendConfig(name="gone", http=Http(url="http://127.0.0.1:9"))
        around = Surroundings(of, lambda: "http://127.0.0.1:9", amo, "http://127.0.0.1:9/callback", client)
        found = wrong(check_backend(around))
    assert len(found) == 1
    assert "gave no answer" in found[0]
    assert "Start the backend first" in found[0]


def test_no_secret_is_in_what_is_said() -> None:
    """Checks are shown in CI logs."""
    with surroundings(config(CLIENT_SECRET="a-secret-of-mine")) as around:
        said = "\n".join(map(str, check_backend(around)))
        assert "a-secret-of-mine" not in said
        assert around.amo.client_secret not in said
