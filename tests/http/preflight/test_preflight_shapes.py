"""What a look makes of backends of other shapes, and what it leaves to the contract."""

import socket
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from harness.config.settings import BackendConfig, Http, SignIn, Start
from harness.preflight.check import Check
from harness.preflight.checks import check_backend, preflight
from harness.preflight.surroundings import open_surroundings

PROGRAM = """
import http.server, json, os, socket, ssl, time, urllib.parse, urllib.request
env = os.environ
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        consent = env["AMO_URL"] + "/oauth?client_id=" + env["CLIENT_ID"] + "&state="
        if url.path == "/health": return self.say(200, {})
        if self.headers["Cookie"]: return self.say(431, {})
        if url.path == "/connect": return self.say(200, {"data": {"authUrl": consent + env.get("STATE", "")}})
        if url.path == "/start": return self.say(302, {}, Location=consent + "s")
        if url.path == "/hop": return self.say(302, {}, Location="/start?from=hop")
        if url.path == "/round": return self.say(301, {}, Location="/round")
        if url.path == "/account":
            if self.headers["Authorization"] != "Bearer jwt": return self.say(401, {})
            return self.say(404, {})
        if url.path == "/callback": return getattr(self, env["CALLBACK"])(query)
        self.say(404, {})
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/login" and body == {"user": "test"}: return self.say(200, {"jwt": "jwt"})
        self.say(401, {})
    def never_answers(self, query): time.sleep(60)
    def breaks_off(self, query): self.close_connection = True
    def says_no(self, query): self.say(403, {})
    def is_there_with_a_code(self, query): self.say(200 if "code" in query else 404, {})
    def exchanges(self, query): self.exchange(query.get("code")); self.say(200, {})
    def sets_a_cookie(self, query):
        self.exchange(query.get("code")); self.say(200, {}, **{"Set-Cookie": "page=1; Path=/connect"})
    def goes_elsewhere(self, query):
        self.exchange(query.get("code")); self.say(307, {}, Location=env["ELSEWHERE"])
    def sends_another_code(self, query): self.exchange("def50200another"); self.say(200, {})
    def exchange(self, code):
        body = {"grant_type": "authorization_code", "code": code, "client_id": env["CLIENT_ID"],
                "client_secret": env["CLIENT_SECRET"], "redirect_uri": env["REDIRECT_URI"]}
        request = urllib.request.Request(env["AMO_URL"] + "/oauth2/access_token", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try: urllib.request.urlopen(request, timeout=20).read()
        except OSError as error: print(error, flush=True)
    def say(self, status, document, **headers):
        body = json.dumps(document).encode()
        self.send_response(status); self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items(): self.send_header(name, value)
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
host = env.get("HOST", "127.0.0.1")
http.server.ThreadingHTTPServer.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = http.server.ThreadingHTTPServer((host, int(env["PORT"])), Handler)
if env.get("CERTIFICATE"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(env["CERTIFICATE"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
ENV = {
    "PORT": "{port}",
    "AMO_URL": "{amo_url}",
    "CLIENT_ID": "{client_id}",
    "CLIENT_SECRET": "{client_secret}",
    "REDIRECT_URI": "{redirect_uri}",
}
BARE = Http(callback="/callback", status="", leads="")


def looked(http: Http, callback: str = "exchanges", **env: str) -> list[Check]:
    start = Start((sys.executable, "-c", PROGRAM), Path.cwd(), env={**ENV, "CALLBACK": callback, **env})
    with open_surroundings(BackendConfig(name="shape", start=start, http=http)) as around:
        return [*check_backend(around)]


def by_item(checks: list[Check]) -> dict[str, Check]:
    return {each.item: each for each in checks}


def wrong(checks: Iterable[Check]) -> list[str]:
    return [str(each) for each in checks if not each.is_ok]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    monkeypatch.setattr("harness.preflight.surroundings.BROWSER_TIMEOUT_S", 0.5)


def test_a_backend_without_status_and_leads_is_told_what_that_means() -> None:
    """Nothing is asked for, and the exchange is looked at all the same."""
    checks = looked(BARE)
    assert wrong(checks) == []
    said = by_item(checks)
    assert said["status"].seen == "[http].status is empty: what needs it is not observed"
    assert said["leads"].seen == "[http].leads is empty: what needs it is not observed"
    assert said["token request"].seen == "it reached the fake amoCRM, which granted the tokens"
    assert said["reset"].seen.startswith("it was reset; [http].status is empty")


def test_what_the_browser_keeps_does_not_go_with_the_apps_calls() -> None:
    """As on a phone: Safari's cookies are not the app's."""
    http = replace(BARE, connect="/connect", connect_url="data.authUrl")
    assert wrong(looked(http, "sets_a_cookie")) == []


@pytest.mark.parametrize(
    ("callback", "item", "says"),
    [
        pytest.param("never_answers", "callback", "did not answer within 0.5 s", id="never-answers"),
        pytest.param("breaks_off", "callback", "gave no answer", id="breaks-off"),
        pytest.param("says_no", "token request", "the callback answered 403", id="says-no"),
        pytest.param("is_there_with_a_code", "token request", "none within 0.3 s", id="exchanges-nothing"),
        pytest.param(
            "is_there_with_a_code", "token request", "name the path in [http].connect", id="whose-state"
        ),
        pytest.param("sends_another_code", "token request", "not the one it was given", id="another-code"),
    ],
)
def test_what_the_callback_does_wrong_is_left_to_the_contract(callback: str, item: str, says: str) -> None:
    """It is noted, within seconds, and nothing keeps the backend from being judged."""
    began = time.monotonic()
    checks = looked(BARE, callback)
    assert wrong(checks) == []
    noted = by_item(checks)[item]
    assert noted.is_note
    assert says in noted.seen
    assert str(noted).startswith("note   ")
    assert time.monotonic() - began < 30


def test_a_page_that_knows_nothing_of_amocrm_is_not_told_to_be_given_its_address() -> None:
    """Who is not given the client's secret is not meant to exchange anything."""
    page = {name: "" for name in ENV if name != "PORT"}
    checks = looked(BARE, "is_there_with_a_code", **page)
    assert wrong(checks) == []
    assert by_item(checks)["token request"].is_note


def test_a_secret_without_amocrms_address_is_the_configurations() -> None:
    """The exchange went elsewhere, so nothing could be judged."""
    (said,) = wrong(looked(BARE, AMO_URL="http://127.0.0.1:9"))
    assert "Give the setting that holds amoCRM's address the value {amo_url}" in said


@pytest.mark.parametrize("network", ["bridge", "host"])
def test_a_container_that_reaches_nothing_is_the_configurations(tmp_path: Path, network: str) -> None:
    """Unless it has this machine's network: then the contract says what is broken."""
    engine = tmp_path / "docker"
    engine.write_text(f"#!{sys.executable}\nimport os, sys\nos.execv(sys.executable, [*sys.argv[2:]])\n")
    engine.chmod(0o755)
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{network_mode: {network}}}}}\n")
    command = (str(engine), "up", sys.executable, "-c", PROGRAM)
    start = Start(command, tmp_path, env={**ENV, "CALLBACK": "is_there_with_a_code"}, stop=("true",))
    with open_surroundings(BackendConfig(name="shape", start=start, http=BARE)) as around:
        said = wrong(check_backend(around))
    assert [each.count("`network_mode: host`") for each in said] == ([1] if network == "bridge" else [])


@pytest.mark.parametrize("state", ["", "s1"], ids=["an-empty-state", "a-state"])
def test_an_authorization_url_deeper_down_may_have_an_empty_state(state: str) -> None:
    """DL-02 speaks of the empty state too."""
    checks = looked(replace(BARE, connect="/connect", connect_url="data.authUrl"), STATE=state)
    assert wrong(checks) == []
    assert by_item(checks)["authorization URL"].seen.startswith("it points to http://127.0.0.1:")


def test_an_authorization_url_that_is_elsewhere_is_looked_for_in_vain() -> None:
    """The remedy names both settings."""
    (said,) = wrong(looked(replace(BARE, connect="/connect")))
    assert "status 200 without a `url`. Set [http].connect" in said
    assert "[http].connect_url" in said


def test_a_connect_path_of_the_browser_leads_to_amocrm() -> None:
    """It is asked for where the browser asks for it, and followed to where it leaves the backend."""
    http = replace(BARE, connect="/start", connect_in_browser=True)
    assert wrong(looked(http)) == []
    assert wrong(looked(replace(http, connect="/hop"))) == []
    (said,) = wrong(looked(replace(http, connect="/round")))
    assert "status 301 without a redirect to amoCRM. Set [http].connect to the path that does" in said
    (said,) = wrong(looked(replace(http, connect="/connect")))
    assert "status 200 without a redirect" in said
    (said,) = wrong(looked(replace(http, connect_in_browser=False)))
    assert "Set [http].connect_in_browser = true where the phone's browser opens it." in said


ACCOUNT = replace(
    BARE,
    status="/account",
    connected="id",
    connected_when="present",
    headers={"Authorization": "Bearer {token}"},
    sign_in=SignIn(call="POST /login", body='{"user": "{user}"}', token="jwt"),
)


def test_a_signed_in_app_is_told_404_while_nobody_is_connected() -> None:
    """The absence is an answer where the configuration says so."""
    checks = looked(ACCOUNT)
    assert wrong(checks) == []
    assert by_item(checks)["status"].seen == "GET /account says not connected"


def test_a_status_without_a_flag_is_told_what_to_read() -> None:
    """What is there while nobody is connected, such as 0 or null, is not what the setting is about."""
    (said,) = wrong(looked(replace(BARE, status="/connect")))
    assert 'to what is there when connected, such as "=1" or "present".' in said


def test_a_404_is_no_status_where_a_flag_is_expected() -> None:
    """It is another path, or none."""
    (said,) = wrong(looked(replace(ACCOUNT, connected_when="true")))
    assert 'status 404. Set [http].status to the path that does, or to "" where there is none.' in said


@pytest.mark.parametrize(
    ("sign_in", "says"),
    [
        pytest.param(replace(ACCOUNT.sign_in, body='{"user": "{user}x"}'), "answered 401 for", id="refused"),
        pytest.param(replace(ACCOUNT.sign_in, token="token"), "without a text at `token`", id="no-token"),
        pytest.param(replace(ACCOUNT.sign_in, call="POST /signin"), "answered 401", id="elsewhere"),
    ],
)
def test_a_sign_in_that_fails_is_the_configurations(sign_in: SignIn, says: str) -> None:
    """Without it no call of the app could be judged."""
    (said,) = wrong(looked(replace(ACCOUNT, sign_in=sign_in)))
    assert said.startswith("wrong  signing in: ")
    assert says in said


@pytest.mark.parametrize(
    ("host", "url"), [("::1", "http://[::1]:{port}"), ("127.0.0.1", "http://localhost:{port}")]
)
def test_a_backend_may_listen_on_any_address_of_this_machine(host: str, url: str) -> None:
    """Its own calls and those through the gateway find it there."""
    checks = looked(replace(ACCOUNT, url=url), HOST=host)
    assert wrong(checks) == []
    assert by_item(checks)["token request"].seen == "it reached the fake amoCRM, which granted the tokens"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The PEM file of an authority; `server.pem` beside it is localhost's certificate and key."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    return tmp_path / "ca.pem"


@pytest.mark.parametrize("public_https", [False, True], ids=["plain-redirect-uri", "redirect-uri-on-https"])
def test_a_backend_on_https_is_trusted_by_its_own_authority(authority: Path, public_https: bool) -> None:
    """By every client of it: its starter, the app's own calls, the gateway."""
    http = replace(ACCOUNT, url="https://localhost:{port}", ca=str(authority), public_https=public_https)
    checks = looked(http, CERTIFICATE=str(authority.with_name("server.pem")))
    assert wrong(checks) == []
    scheme = "https://localhost" if public_https else "http://127.0.0.1"
    assert by_item(checks)["redirect URI"].seen.startswith(f"the callback was called through {scheme}:")


@pytest.mark.parametrize(
    ("url", "is_known", "is_secured", "says"),
    [
        pytest.param("https://localhost:{port}", False, True, "set [http].ca to the PEM file", id="no-ca"),
        pytest.param("https://127.0.0.1:{port}", True, True, "write that name in [http].url", id="name"),
        pytest.param("https://localhost:{port}", True, False, "write http:// in [http].url", id="plain"),
        pytest.param("http://localhost:{port}", False, True, "it speaks TLS: write https://", id="tls"),
    ],
)
def test_a_backend_on_https_that_is_not_trusted_is_named(
    authority: Path, url: str, is_known: bool, is_secured: bool, says: str
) -> None:
    """With what to change."""
    env = {**ENV, "CALLBACK": "exchanges"}
    if is_secured:
        env["CERTIFICATE"] = str(authority.with_name("server.pem"))
    start = Start((sys.executable, "-c", PROGRAM), Path.cwd(), env=env, ready_timeout_s=2.5)
    http = replace(BARE, url=url, ca=str(authority) if is_known else "")
    (said,) = wrong([*preflight(BackendConfig(name="shape", start=start, http=http))])
    assert says in said


def test_a_backend_on_another_address_than_the_configuration_says_is_named() -> None:
    """The way out is the line to write."""
    start = Start((sys.executable, "-c", PROGRAM), Path.cwd(), ready_timeout_s=2.5)
    start = replace(start, env={**ENV, "CALLBACK": "exchanges", "HOST": "::1"})
    (said,) = wrong([*preflight(BackendConfig(name="shape", start=start, http=BARE))])
    assert 'it listens on [::1] alone: write [http].url = "http://[::1]:{port}"' in said


@pytest.mark.parametrize(
    "elsewhere",
    ["http://localhost:{port}/health", "/health", "foryoure://amo-crm/callback", "{frontend_url}/done"],
)
def test_a_redirect_that_stays_behind_the_harness_is_followed(elsewhere: str) -> None:
    """By the same server under another name, by a frontend that is named; one into the app is CB-06's."""
    with socket.create_server(("127.0.0.1", 0)) as frontend:
        threading.Thread(target=answer_all, args=(frontend,), daemon=True).start()
        served_at = f"http://127.0.0.1:{frontend.getsockname()[1]}"
        http = replace(BARE, frontends={"https://app.example.com": served_at})
        checks = looked(http, "goes_elsewhere", ELSEWHERE=elsewhere)
    assert wrong(checks) == []
    assert by_item(checks)["frontend"].seen == f"GET {served_at}/ answers 204"


def answer_all(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def test_a_redirect_to_somewhere_else_is_refused_by_name() -> None:
    """What stands there would be neither recorded nor held, and would look like no page at all."""
    (said,) = wrong(looked(BARE, "goes_elsewhere", ELSEWHERE="https://app.example.com/done?a=1"))
    assert "the callback redirects to https://app.example.com, which the harness does not see" in said
    assert 'Add to [http.frontends]: "https://app.example.com" = "http://localhost:PORT"' in said


def test_a_frontend_that_nobody_serves_is_refused_by_name() -> None:
    """Before anything is played."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        served_at = f"http://localhost:{closed.getsockname()[1]}"
    (said,) = wrong(looked(replace(BARE, frontends={"https://app.example.com": served_at})))
    assert said.startswith(
        f"wrong  frontend: expected https://app.example.com is served at {served_at}; seen: "
    )
    assert "Start it beside the backend, or correct [http.frontends].\n" in said
