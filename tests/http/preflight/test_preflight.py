import socket
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from fake_amo import FakeAmo
from harness.api_client.bounded import BoundedClient
from harness.api_client.session import Sessions
from harness.api_client.trust import trust_for
from harness.commands.check import check_command, init_command
from harness.config.example import backend_toml
from harness.config.settings import BackendConfig, Http, Start
from harness.errors import UsageError
from harness.preflight.check import Check
from harness.preflight.checks import check_backend, preflight
from harness.preflight.surroundings import Surroundings, open_surroundings

PROGRAM = """
import http.server, json, os, pathlib, urllib.parse, urllib.request
env, stored = os.environ, pathlib.Path(os.environ["STORAGE"], "tokens")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path); query = dict(urllib.parse.parse_qsl(url.query))
        if url.path.startswith(("/status", "/leads")) and self.headers["Authorization"] != "Bearer test":
            return self.say(401, {})
        if url.path == "/health": return self.say(200, {})
        if env.get("MOVED") and not url.path.endswith("/"):
            moved = url._replace(path=env["MOVED"].format(url.path)).geturl()
            self.send_response(301); self.send_header("Location", moved); return self.end_headers()
        if env.get("MOVED"): url = url._replace(path=url.path.rstrip("/"))
        if url.path == "/connect":
            ask = {"client_id": env["CLIENT_ID"], "state": "s1"}
            if env.get("IN_URL"): ask["redirect_uri"] = env["REDIRECT_URI"]
            return self.say(200, {"url": env["AMO_PAGE"] + "/oauth?" + urllib.parse.urlencode(ask)})
        if url.path == "/status": return self.say(200, {"data": {"connected": stored.exists()}})
        if url.path == "/leads" and stored.exists(): return self.say(200, {"leads": []})
        if url.path == "/leads": return self.say(int(env.get("UNCONNECTED", "409")), {"error": "nobody"})
        if url.path == "/callback":
            believed = query.get("referer", "").endswith(env.get("BELIEVES", ""))
            if "code" in query and believed: self.exchange(query)
            return self.say(200, {})
        self.say(404, {})
    def exchange(self, query):
        account = env["AMO_URL"].format(**query)
        body = {"grant_type": "authorization_code", "code": query["code"], "client_id": env["CLIENT_ID"],
                "client_secret": env["CLIENT_SECRET"], "redirect_uri": env["REDIRECT_URI"]}
        request = urllib.request.Request(account + "/oauth2/access_token", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try: stored.write_bytes(urllib.request.urlopen(request, timeout=20).read())
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


def wrong(checks: Iterable[Check]) -> list[str]:
    return [str(each) for each in checks if not each.is_ok]


def test_a_backend_that_is_set_up_passes_every_check() -> None:
    """Nothing to change, and each item says what was seen."""
    with open_surroundings(config(IN_URL="yes")) as around:
        checks = [*check_backend(around)]
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
        assert [*check_backend(around)][-1].is_ok, "it was left not connected"


def test_a_backend_without_an_authorization_url_is_checked_with_a_state_of_our_own() -> None:
    """`connect` is optional."""
    with open_surroundings(config(replace(HTTP, connect=None))) as around:
        assert wrong([*check_backend(around)]) == []


def test_a_backend_that_hard_codes_amocrm_passes_with_intercept() -> None:
    """Consent page and token endpoint are amoCRM's own hosts; the referer names an account there."""
    fixed = config(intercept=True, AMO_PAGE="https://www.amocrm.ru", AMO_URL="https://{{referer}}")
    with open_surroundings(fixed) as around:
        assert wrong([*check_backend(around)]) == []


@pytest.mark.parametrize(
    ("zone", "consent"), [("kommo.com", "https://www.kommo.com"), ("amocrm.com", "https://www.amocrm.com")]
)
def test_a_backend_of_another_zone_passes_where_that_is_said(zone: str, consent: str) -> None:
    """`referer` names an account there, and the token endpoint knows it."""
    fixed = replace(config(intercept=True, AMO_PAGE=consent, AMO_URL="https://{{referer}}"), zone=zone)
    with open_surroundings(fixed) as around:
        assert wrong(check_backend(around)) == []
        assert around.amo.account_host.endswith(f".{zone}")
        assert around.amo.redirect_query("c", "s")["platform"] == "2"


def test_a_zone_that_is_not_said_is_named() -> None:
    """By the authorization URL, and where there is none by the host of the token request."""
    fixed = config(intercept=True, AMO_PAGE="https://www.kommo.com", AMO_URL="https://testaccount.kommo.com")
    with open_surroundings(fixed) as around:
        (said,) = wrong(check_backend(around))
    assert 'expected a host of amocrm.ru; seen: www.kommo.com. Write zone = "kommo.com".\n' in said
    with open_surroundings(replace(fixed, http=replace(HTTP, connect=None))) as around:
        (said,) = wrong(check_backend(around))
    assert "it was sent to testaccount.kommo.com, and amoCRM answered 404" in said
    assert 'Write zone = "kommo.com"' in said


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
            config(AMO_PAGE="http://[::1"),
            "authorization URL",
            "seen: http://[::1/oauth",
            id="no-address",
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
            config(replace(HTTP, connect=None), AMO_URL="http://127.0.0.1:9", AMO_PAGE="http://127.0.0.1:9"),
            "token request",
            "none within 0.3 s; the callback answered 200. Give the setting that holds amoCRM's address",
            id="elsewhere",
        ),
        pytest.param(
            config(AMO_URL="https://crm.example.com", intercept=True),
            "token request",
            "refused: crm.example.com: only amoCRM's hosts",
            id="intercept-elsewhere",
        ),
        pytest.param(config(reset="POST /reset"), "reset", "answered 501 to POST /reset", id="reset-refused"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(
    broken: BackendConfig, item: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check fails, of the right item, and says what to change."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    with open_surroundings(broken) as around:
        found = wrong([*check_backend(around)])
    assert len(found) == 1
    assert found[0].startswith(f"wrong  {item}: expected ")
    assert says in found[0]


def test_a_backend_without_a_reset_is_told_what_that_means() -> None:
    """It is allowed, and nobody has to guess why later scenarios see nothing."""
    with open_surroundings(config(reset="none")) as around:
        checks = [*check_backend(around)]
    assert wrong(checks) == []
    assert checks[-1].seen == '[start].reset = "none": only the first scenario begins unconnected'


def test_a_backend_that_already_runs_is_not_left_connected() -> None:
    """Nothing could undo the connection before the first scenario, so no code is delivered."""
    with open_surroundings(config()) as around:
        of = replace(around.config, start=None, http=replace(HTTP, url=around.backend_url()))
        running = replace(around, config=of, reset=None)
        checks = [*check_backend(running)]
        assert wrong(checks) == []
        assert checks[-1].seen.startswith("left to the first scenario")
        assert [*check_backend(running)][2].seen == "GET /status says not connected"


def test_storage_outside_tmp_is_noticed_before_it_spoils_a_run(tmp_path: Path) -> None:
    """A restart does not empty it, so no scenario would begin unconnected."""
    with open_surroundings(config(STORAGE=str(tmp_path))) as around:
        found = wrong([*check_backend(around)])
        assert len(found) == 1
        assert '[start].reset = "restart" left it connected. Let it keep its data in {tmp}' in found[0]
        found = wrong([*check_backend(around)])
        assert "expected not connected before anybody authorized" in found[0]


def test_what_an_earlier_run_has_left_is_undone_first(tmp_path: Path) -> None:
    """Where a command or a request can; else nobody could begin after a run that was killed."""
    empties = (sys.executable, "-c", f"import shutil; shutil.rmtree({str(tmp_path)!r}, True)")
    with open_surroundings(config(STORAGE=str(tmp_path))) as around:
        assert wrong(check_backend(around)) != []
    of = config(STORAGE=str(tmp_path))
    assert of.start is not None
    of = replace(of, start=replace(of.start, reset=empties))
    with open_surroundings(of) as around:
        assert wrong(check_backend(around)) == []


def test_a_backend_that_is_not_there_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without [start] the remedy is to start it."""
    monkeypatch.setattr("harness.preflight.surroundings.TIMEOUT_S", 1.0)
    with FakeAmo() as amo, BoundedClient(timeout_s=20, trust=trust_for("")) as client:
        of = BackendConfig(name="gone", http=Http(url="http://127.0.0.1:9"))
        url = "http://127.0.0.1:9"
        sessions = Sessions(of.http, lambda: url)
        around = Surroundings(of, lambda: url, amo, f"{url}/callback", client, client, sessions)
        found = wrong([*check_backend(around)])
    assert len(found) == 1
    assert "gave no answer" in found[0]
    assert "Start the backend first" in found[0]


def test_no_secret_is_in_what_is_said() -> None:
    """Checks are shown in CI logs."""
    with open_surroundings(config(CLIENT_SECRET="a-secret-of-mine")) as around:
        said = "\n".join(map(str, check_backend(around)))
        assert "a-secret-of-mine" not in said
        assert around.amo.client_secret not in said


def test_a_backend_that_does_not_start_is_a_check_too() -> None:
    """Its last words are in what was seen."""
    of = config()
    assert of.start
    checks = [*preflight(replace(of, start=replace(of.start, command=(sys.executable, "-c", "1/0"))))]
    assert [each.item for each in checks] == ["start"]
    assert "ZeroDivisionError" in wrong(checks)[0]


def test_a_backend_that_does_not_start_tells_no_secret() -> None:
    """Its last words are masked before they are shown."""
    of = config()
    assert of.start
    telling = (sys.executable, "-c", "import os; print(os.environ['SECRET'])")
    start = replace(of.start, command=telling, env={"SECRET": "{client_secret}"})
    said = wrong([*preflight(replace(of, start=start))])
    assert "Its last words:" in said[0]
    assert "client_secret:" in said[0]


@pytest.mark.parametrize("port", ["amo_port", "gateway_port"])
def test_a_port_that_is_taken_is_the_users_to_change(port: str) -> None:
    """One sentence names it, whichever of the two it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(number)):
            next(preflight(config(), **{port: number}))


def test_a_check_that_fails_shows_what_was_sent_and_answered() -> None:
    """Of that check alone, and whoever is signed in is not told."""
    with open_surroundings(config(replace(HTTP, status="/state"))) as around:
        [failed] = [each for each in check_backend(around) if not each.is_ok]
        url = around.backend_url()
    assert failed.talk == (
        f"> GET {url}/state",
        "> accept: */*",
        "> authorization: Bearer ‹hidden›",
        "< 404 Not Found",
        "< {}",
    )
    assert str(failed).splitlines()[1] == f"       > GET {url}/state"


def test_a_backend_that_wants_https_is_told_how() -> None:
    """As behind a proxy in production, which says that it was https."""
    with open_surroundings(config(MOVED="https://x{}")) as around:
        found = [str(each) for each in check_backend(around) if not each.is_ok]
    assert found
    assert all('add X-Forwarded-Proto = "https" to [http.headers]' in each for each in found)


def test_a_token_request_that_amocrm_refuses_is_shown_with_its_fields() -> None:
    """Code and secret as their masks."""
    with open_surroundings(config(CLIENT_SECRET="another-secret-of-mine")) as around:
        [failed] = [each for each in check_backend(around) if not each.is_ok]
        said = str(failed)
        assert around.amo.client_secret not in said
    assert "another-secret-of-mine" not in said
    assert "> amoCRM was sent POST /oauth2/access_token with grant_type=authorization_code, code=<" in said
    assert "client_secret=<client_secret " in said
    assert "< amoCRM answered 4" in said
    assert "code=‹code:" in said.partition("/callback?")[2]


def test_a_check_that_holds_shows_nothing_of_it() -> None:
    """One line each."""
    with open_surroundings(config(reset="none")) as around:
        assert not [each for each in check_backend(around) if "\n" in str(each) or each.talk]


def test_the_command_prints_each_check_and_ends_with_2_when_one_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `amo-harness check --backend` shows."""
    path = tmp_path / "backend.toml"
    path.write_text(backend_toml(config()))
    assert check_command(Namespace(backend=path, amo_port=0, gateway_port=0)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"ok     file: {path} is valid"
    assert len(said) == 9
    path.write_text(backend_toml(config(replace(HTTP, status="/state"))))
    assert check_command(Namespace(backend=path, amo_port=0, gateway_port=0)) == 2
    said = capsys.readouterr().out
    assert "wrong  status: expected GET /state answers; seen: status 404." in said
    assert said.splitlines()[-1] == "not looked at for that: token request, reset"


def test_init_writes_a_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It asks nothing, and overwrites nothing."""
    monkeypatch.chdir(tmp_path)
    assert init_command(Namespace()) == 0
    assert "run  amo-harness check" in capsys.readouterr().out
    assert (tmp_path / "backend.toml").exists()
    with pytest.raises(UsageError, match="already there"):
        init_command(Namespace())
