import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from harness.backends.intercept import Intercept, is_amo_host, open_intercept
from harness.backends.process import ForeignProcess
from harness.config.settings import Http, Start
from harness.timeline.current import CurrentRecorder
from tests.http.backends.languages import URL


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked, as the fake would see it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer with the request's line, host and body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        said = f"{self.command} {self.path} host={self.headers['Host']} body={body}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet."""


@pytest.fixture
def refused() -> threading.Event:
    """Set once the proxy has refused something."""
    return threading.Event()


@pytest.fixture
def intercept(refused: threading.Event) -> Generator[Intercept]:
    """A proxy before a server that stands for the fake."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with open_intercept(url, lambda _: refused.set()) as running:
            yield running
            assert running.take_defects() == []
        server.shutdown()


def run(intercept: Intercept, directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A child that knows nothing but its environment."""
    env = {"PATH": "/usr/bin:/bin", **intercept.environment(directory)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=30)


EXPECTED = "POST /oauth2/access_token?a=1 host=acme.amocrm.ru body=x=1"
NODE_CLIENTS = {
    "https": f"""
        const https = require("node:https");
        const request = https.request("{URL}", {{ method: "POST" }}, (answer) => answer.pipe(process.stdout));
        request.end("x=1");""",
    "https-agent": f"""
        const https = require("node:https");
        const agent = new https.Agent({{ keepAlive: true }});
        const request = https.request("{URL}", {{ method: "POST", agent }}, (answer) => {{
          answer.pipe(process.stdout); answer.on("end", () => agent.destroy()); }});
        request.end("x=1");""",
    "fetch": f"""
        fetch("{URL}", {{ method: "POST", body: "x=1" }})
          .then(async (answer) => console.log(await answer.text()));""",
    "absolute-form": f"""
        // What axios does with HTTPS_PROXY: it asks the proxy for the https URL, without a tunnel.
        const http = require("node:http");
        const proxy = new URL(process.env.HTTPS_PROXY);
        const request = http.request({{ host: proxy.hostname, port: proxy.port, method: "POST", path: "{URL}",
          headers: {{ host: "acme.amocrm.ru" }} }}, (answer) => answer.pipe(process.stdout));
        request.end("x=1");""",
    "tls-by-port": """
        const tls = require("node:tls");
        const host = "acme.amocrm.ru";
        const socket = tls.connect(443, host, { servername: host }, () => socket.write(
          "POST /oauth2/access_token?a=1 HTTP/1.1\\r\\nHost: acme.amocrm.ru\\r\\nContent-Length: 3\\r\\n"
          + "Connection: close\\r\\n\\r\\nx=1"));
        socket.pipe(process.stdout);""",
}


@pytest.mark.parametrize("client", NODE_CLIENTS)
def test_a_node_backend_reaches_the_fake_unmodified(
    intercept: Intercept, any_node: str, tmp_path: Path, client: str
) -> None:
    """Whatever client it uses, and whatever its version: path, host and body arrive as they were sent."""
    done = run(intercept, tmp_path, any_node, "-e", NODE_CLIENTS[client])
    assert EXPECTED in done.stdout, done.stderr
    assert intercept.refusals == []


def test_an_es_module_reaches_the_fake_too(intercept: Intercept, any_node: str, tmp_path: Path) -> None:
    """Names imported from a built-in module are those that the preload put in place."""
    module = tmp_path / "client.mjs"
    module.write_text(
        f'import {{ request }} from "node:https";\n'
        f'request("{URL}", {{ method: "POST" }}, (answer) => answer.pipe(process.stdout)).end("x=1");'
    )
    assert EXPECTED in run(intercept, tmp_path, any_node, str(module)).stdout


PYTHON_CLIENTS = {
    "httpx": f"import httpx; print(httpx.post({URL!r}, content='x=1').text)",
    "requests": f"import requests; print(requests.post({URL!r}, data='x=1').text)",
    "urllib": f"import urllib.request as u; print(u.urlopen({URL!r}, b'x=1').read().decode())",
}


@pytest.mark.parametrize("client", PYTHON_CLIENTS)
def test_a_python_backend_reaches_the_fake_unmodified(
    intercept: Intercept, tmp_path: Path, client: str
) -> None:
    """The proxy and the CA come from the environment that every client reads."""
    done = run(intercept, tmp_path, sys.executable, "-c", PYTHON_CLIENTS[client])
    assert EXPECTED in done.stdout, done.stderr


def test_a_connection_serves_several_requests(intercept: Intercept, tmp_path: Path) -> None:
    """Keep-alive inside the tunnel works, as connection pools expect."""
    program = (
        "import httpx\n"
        "with httpx.Client() as client:\n"
        "    for number in range(3):\n"
        "        print(client.post('https://www.kommo.com/oauth', content='n' * 100_000).text[:40])"
    )
    done = run(intercept, tmp_path, sys.executable, "-c", program)
    assert done.stdout.count("POST /oauth host=www.kommo.com") == 3, done.stderr


@pytest.mark.parametrize(
    ("client", "host"),
    [
        pytest.param("fetch('https://api.example.com/x').catch(() => {})", "api.example.com", id="fetch"),
        pytest.param(
            "require('node:https').get('https://api.example.com/x').on('error', () => {})",
            "api.example.com",
            id="https",
        ),
        pytest.param(
            "fetch('https://amocrm.ru.evil.test/').catch(() => {})", "amocrm.ru.evil.test", id="look-alike"
        ),
    ],
)
def test_every_other_host_is_refused_and_named(
    intercept: Intercept, any_node: str, tmp_path: Path, client: str, host: str
) -> None:
    """Nothing leaves the machine unseen."""
    run(intercept, tmp_path, any_node, "-e", client)
    assert {refusal.host for refusal in intercept.refusals} == {host}


def test_a_python_client_is_told_why_it_was_refused(intercept: Intercept, tmp_path: Path) -> None:
    """A plain request over the proxy is refused in words too."""
    program = "import httpx; print(httpx.get('http://api.example.com/x').text)"
    done = run(intercept, tmp_path, sys.executable, "-c", program)
    assert "api.example.com is refused: only amoCRM's hosts are answered" in done.stdout
    assert str(intercept.refusals[0]).startswith("api.example.com: only amoCRM's hosts")


def test_a_client_that_does_not_trust_the_ca_is_named(
    intercept: Intercept, refused: threading.Event, tmp_path: Path
) -> None:
    """Otherwise it would look like a backend that is broken."""
    program = (
        "import ssl, socket, os\n"
        "made = socket.create_connection(('127.0.0.1', int(os.environ['AMO_HARNESS_INTERCEPT_PORT'])))\n"
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "try: context.wrap_socket(made, server_hostname='www.amocrm.ru')\n"
        "except ssl.SSLCertVerificationError: made.close()"
    )
    run(intercept, tmp_path, sys.executable, "-c", program)
    assert refused.wait(20)
    assert "www.amocrm.ru: the backend's HTTP client did not accept" in str(intercept.refusals[0])


def test_a_certificate_lasts_no_longer_than_a_phone_takes(intercept: Intercept, tmp_path: Path) -> None:
    """397 days."""
    trust = ssl.create_default_context(cafile=intercept.environment(tmp_path)["SSL_CERT_FILE"])
    made = socket.create_connection(("127.0.0.1", intercept.port))
    with trust.wrap_socket(made, server_hostname="acme.amocrm.ru") as secured:
        told = secured.getpeercert()
    assert told is not None
    begins, ends = (ssl.cert_time_to_seconds(str(told[each])) for each in ("notBefore", "notAfter"))
    assert ends - begins <= 397 * 24 * 3600


def test_loopback_is_left_alone(intercept: Intercept, any_node: str, tmp_path: Path) -> None:
    """A backend's own services on this machine are reached directly."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/mine"
        client = (
            f"fetch('{url}', {{ method: 'POST', body: 'x' }}).then(async (a) => console.log(await a.text()))"
        )
        done = run(intercept, tmp_path, any_node, "-e", client)
        other.shutdown()
    assert "POST /mine" in done.stdout, done.stderr


def test_a_process_gets_the_environment_beside_its_own(
    intercept: Intercept, any_node: str, tmp_path: Path
) -> None:
    """NODE_OPTIONS of the configuration stay, and the CA lies where the supervisor removes it."""
    (tmp_path / "own.cjs").write_text("globalThis.own = 'own';")
    program = f"""
        require("node:http").createServer(async (request, response) => {{
          const answer = await fetch("{URL}", {{ method: "POST", body: globalThis.own }});
          response.end(await answer.text());
        }}).listen(process.env.PORT, "127.0.0.1");"""
    start = Start(
        command=(any_node, "-e", program),
        cwd=tmp_path,
        env={"PORT": "{port}", "NODE_OPTIONS": f"--require {tmp_path / 'own.cjs'}"},
        intercept=True,
    )
    with ForeignProcess(
        start, Http(), {}, CurrentRecorder(), "intercepted", environment=intercept.environment
    ) as process:
        assert (process.storage.parent / "added" / "amo-ca.pem").exists()
        assert "body=own" in ask(process.url)
    assert not process.storage.parent.exists()


def ask(url: str) -> str:
    return httpx.get(f"{url}/health", trust_env=False).text


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        pytest.param("www.amocrm.ru", True, id="common"),
        pytest.param("ACME.amocrm.ru.", True, id="account"),
        pytest.param("amocrm.ru", True, id="bare"),
        pytest.param("www.kommo.com", True, id="kommo"),
        pytest.param("api-b.amocrm.com", True, id="api"),
        pytest.param("notamocrm.ru", False, id="suffix"),
        pytest.param("amocrm.ru.evil.test", False, id="prefix"),
        pytest.param("", False, id="empty"),
    ],
)
def test_only_amocrm_names_are_answered(host: str, *, answered: bool) -> None:
    """A zone and what is under it, compared by whole labels."""
    assert is_amo_host(host) is answered


def test_an_authorization_url_is_opened_at_the_fake(intercept: Intercept) -> None:
    """The phone's browser does not know the CA, so it is sent to the fake directly."""
    url = "https://www.amocrm.ru/oauth?client_id=1&state=a%2Fb"
    assert intercept.in_browser(url) == f"{intercept.amo_url}/oauth?client_id=1&state=a%2Fb"
    assert intercept.in_browser("https://example.com/") == "https://example.com/"


@contextmanager
def ended() -> Generator[Intercept]:
    with open_intercept("http://127.0.0.1:9") as intercept:
        yield intercept


def test_a_fake_that_is_gone_ends_the_connection_and_the_proxy_lives_on(tmp_path: Path) -> None:
    """A refused connection is the client's error, not ours."""
    program = "import httpx\ntry: httpx.get('https://www.amocrm.ru/')\nexcept httpx.HTTPError: print('error')"
    with ended() as intercept:
        assert "error" in run(intercept, tmp_path, sys.executable, "-c", program).stdout
        assert "error" in run(intercept, tmp_path, sys.executable, "-c", program).stdout
        assert intercept.take_defects() == []
