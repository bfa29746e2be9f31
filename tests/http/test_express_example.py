"""What the contract's scenarios cannot see of the example: races inside it, its file, its refusals."""

import json
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.config import BackendConfig, Start
from harness.config_file import load_backend
from harness.process import ForeignProcess
from harness.timeline import Recorder
from tools.node import EXAMPLE, install_example, node_programs

REDIRECT_URI = "http://127.0.0.1:1/api/amo-crm/callback"
SUCCESS, FAILED = "Authorization successful", "Authorization failed"


@pytest.fixture(scope="session")
def example() -> BackendConfig:
    """The example as it is configured, its packages installed."""
    node = node_programs()[0]
    install_example(node)
    config = load_backend(EXAMPLE / "backend.toml", ())
    assert config.start
    return replace(config, start=replace(config.start, command=(str(node), *config.start.command[1:])))


@dataclass
class Running:
    """The example beside a fake amoCRM, and the app's calls."""

    amo: FakeAmo
    process: ForeignProcess
    recorder: Recorder

    def get(self, path: str, user: str = "test", **query: str) -> httpx.Response:
        """Ask as a user of the app."""
        headers = {"Authorization": f"Bearer {user}"}
        return httpx.get(f"{self.process.url}{path}", params=query or None, headers=headers, trust_env=False)

    def state(self, user: str = "test") -> str:
        """Return a state that was issued to the user."""
        url = self.get("/api/amo-crm/auth-url", user).json()["url"]
        return parse_qs(urlsplit(url).query)["state"][0]

    def callback(self, **query: str) -> httpx.Response:
        """Come to the callback as the browser does."""
        url = f"{self.process.url}/api/amo-crm/callback"
        return httpx.get(url, params=query, trust_env=False, timeout=10)

    def connect(self, user: str = "test") -> httpx.Response:
        """Authorize a user."""
        return self.callback(code=self.amo.mint_code(), state=self.state(user))

    def token_requests(self, grant_type: str = "authorization_code") -> int:
        """Count the requests of a grant that reached amoCRM."""
        sent = [entry for entry in self.amo.journal if entry.path == "/oauth2/access_token"]
        return sum(entry.fields.get("grant_type") == grant_type for entry in sent)

    def is_connected(self, user: str = "test") -> bool:
        """Ask for the status."""
        return self.get("/api/amo-crm/status", user).json()["connected"]


@contextmanager
def running(config: BackendConfig, **env: str) -> Generator[Running]:
    assert config.start
    start: Start = replace(config.start, env={**config.start.env, **env})
    recorder = Recorder()
    with FakeAmo(AmoSettings(redirect_uri=REDIRECT_URI)) as amo:
        values = {
            "amo_url": amo.url,
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": REDIRECT_URI,
        }
        with ForeignProcess(start, config.http, values, recorder, config.name) as process:
            yield Running(amo, process, recorder)


@pytest.fixture
def backend(example: BackendConfig) -> Generator[Running]:
    """The example, running and not connected."""
    with running(example) as started:
        yield started


def test_two_deliveries_at_once_send_the_code_once_and_both_succeed(backend: Running) -> None:
    """Safari delivers twice; the second waits for the first one's outcome."""
    code, state = backend.amo.mint_code(), backend.state()
    with backend.amo.hold("token") as hold, ThreadPoolExecutor(2) as pool:
        deliveries = [pool.submit(backend.callback, code=code, state=state) for _ in range(2)]
        hold.wait_until_held()
        hold.release()
        pages = [delivery.result().text for delivery in deliveries]
    assert all(SUCCESS in page for page in pages)
    assert backend.token_requests() == 1


def test_refreshes_at_once_are_one_request(backend: Running) -> None:
    """A refresh token works once: whoever comes second must not spend it."""
    backend.amo.faults.add("token", "expires_in", seconds=1)
    backend.connect()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(backend.get, "/api/leads") for _ in range(4)]
        answers = [each.result().status_code for each in asked]
    assert answers == [200] * 4
    assert backend.token_requests("refresh_token") == 1


def test_tokens_survive_a_kill_at_any_moment_after_the_page(backend: Running) -> None:
    """The file is complete before the page is sent; nobody but its owner may read it."""
    assert SUCCESS in backend.connect().text
    stored = backend.process.storage / "data.json"
    assert stored.stat().st_mode & 0o077 == 0
    backend.process.kill("test")
    backend.process.start()
    assert backend.is_connected()
    assert not list(backend.process.storage.glob("*.part"))


def test_a_state_belongs_to_one_user_and_one_code(backend: Running) -> None:
    """Another user's phone stays unconnected, and a second code finds the state spent."""
    state = backend.state("test-2")
    assert SUCCESS in backend.callback(code=backend.amo.mint_code(), state=state).text
    assert (backend.is_connected("test"), backend.is_connected("test-2")) == (False, True)
    page = backend.callback(code=backend.amo.mint_code(), state=state).text
    assert "already been used" in page
    assert backend.token_requests() == 1


def test_a_look_at_the_headers_does_not_spend_the_code(backend: Running) -> None:
    """Link previews ask with HEAD."""
    query = {"code": backend.amo.mint_code(), "state": backend.state()}
    url = f"{backend.process.url}/api/amo-crm/callback"
    assert httpx.head(url, params=query, trust_env=False).status_code == 405
    assert SUCCESS in backend.callback(**query).text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        pytest.param("code=%zz&state=%ff", FAILED, id="bad-escapes"),
        pytest.param("code=a&code=b&state=c", "malformed", id="repeated"),
        pytest.param("code=a&state=__proto__", "not started from the app", id="prototype"),
        pytest.param("error=access_denied&code=a&state=b", "declined", id="error-and-code"),
        pytest.param("error=%3Cb%3E", "reported an error", id="other-error"),
        pytest.param("code=a&state=b&referer=evil.example", "does not belong to AMO CRM", id="foreign-host"),
    ],
)
def test_whatever_the_callback_brings_it_answers_with_a_page(backend: Running, query: str, says: str) -> None:
    """A page with the button, and amoCRM hears nothing."""
    page = httpx.get(f"{backend.process.url}/api/amo-crm/callback?{query}", trust_env=False)
    assert page.status_code == 200
    assert says in page.text
    assert "Return to App" in page.text
    assert backend.token_requests() == 0


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        pytest.param("server_error", {}, id="500"),
        pytest.param("nginx_403", {}, id="html"),
        pytest.param("truncated_json", {}, id="truncated"),
        pytest.param("missing_field", {"field": "refresh_token"}, id="no-refresh-token"),
        pytest.param("replaced_field", {"field": "access_token", "value": {"a": 1}}, id="odd-token"),
        pytest.param("replaced_field", {"field": "expires_in", "value": "soon"}, id="odd-life"),
        pytest.param("reset", {"when": "middle"}, id="reset"),
        pytest.param("text_429", {}, id="busy"),
        pytest.param("slow", {"ms": 900}, id="slow"),
    ],
)
def test_whatever_amocrm_does_the_user_gets_a_page(
    example: BackendConfig, fault: str, params: dict[str, Any]
) -> None:
    """Nothing is stored, and the state says so when it comes again."""
    with running(example, AMO_TIMEOUT_MS="300") as backend:
        backend.amo.faults.add("token", fault, **params)
        query = {"code": backend.amo.mint_code(), "state": backend.state()}
        page = backend.callback(**query)
        assert page.status_code == 200
        assert FAILED in page.text
        assert not backend.is_connected()
        assert FAILED in backend.callback(**query).text
        assert backend.token_requests() == 1


def test_leads_come_page_by_page(backend: Running) -> None:
    """The page's number leads to the next one, until there is none."""
    backend.connect()
    first = backend.get("/api/leads", limit="3").json()
    second = backend.get("/api/leads", limit="3", page=str(first["next_page"])).json()
    assert (len(first["leads"]), len(second["leads"]), second["next_page"]) == (3, 2, None)


@pytest.mark.parametrize(
    ("path", "user", "status"),
    [
        pytest.param("/api/leads", "test", 409, id="not-connected"),
        pytest.param("/api/leads?page=0", "test", 422, id="page"),
        pytest.param("/api/leads?limit=251", "test", 422, id="limit"),
        pytest.param("/api/amo-crm/status", "nobody", 401, id="signed-out"),
        pytest.param("/api/nothing", "test", 404, id="no-path"),
    ],
)
def test_the_app_is_refused_in_json(backend: Running, path: str, user: str, status: int) -> None:
    """A stable code and a sentence, never stored."""
    answer = backend.get(path, user)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}
    assert answer.headers["cache-control"] == "no-store" or status == 404


def test_an_old_app_that_sends_the_code_again_hears_how_it_ended(backend: Running) -> None:
    """Without a request to amoCRM; nonsense is refused."""
    code = backend.amo.mint_code()
    backend.callback(code=code, state=backend.state())
    url, headers = f"{backend.process.url}/api/amo-crm/exchange-code", {"Authorization": "Bearer test"}
    assert httpx.post(url, json={"code": code}, headers=headers, trust_env=False).json() == {
        "connected": True
    }
    assert httpx.post(url, json={"code": "x"}, headers=headers, trust_env=False).status_code == 400
    as_json = {**headers, "Content-Type": "application/json"}
    assert httpx.post(url, content="{", headers=as_json, trust_env=False).status_code == 400
    assert backend.token_requests() == 1


def test_its_output_holds_no_secret(backend: Running) -> None:
    """Neither a code nor a state nor a token, whatever went wrong."""
    code, state = backend.amo.mint_code(), backend.state()
    backend.callback(code=code, state=state)
    stored = json.loads((backend.process.storage / "data.json").read_text())
    backend.callback(code="another-code", state=state)
    backend.process.stop()  # its last line has arrived then
    said = str([event.data for event in backend.recorder.timeline().of("backend", "output")])
    grant = stored["grants"]["user-1"]
    assert "state_spent" in said
    assert not [
        secret
        for secret in (code, state, "another-code", grant["accessToken"], grant["refreshToken"])
        if secret in said
    ]
    assert code not in str(stored)
    assert state not in str(stored)


@pytest.mark.parametrize(
    ("env", "says"),
    [
        pytest.param({}, "AMO_BASE_URL is not set", id="nothing"),
        pytest.param({"AMO_BASE_URL": "amocrm.ru"}, "AMO_BASE_URL is no http(s) URL", id="no-url"),
        pytest.param({"FAULT": "x"}, "FAULT x is unknown: there is auto_redirect", id="fault"),
    ],
)
def test_it_refuses_a_wrong_environment_in_one_sentence(
    example: BackendConfig, env: dict[str, str], says: str
) -> None:
    """No stack trace for a mistake in the settings."""
    assert example.start
    done = subprocess.run(
        example.start.command, cwd=EXAMPLE, env=env, capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 2
    assert done.stderr.startswith("express-backend: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_its_lock_names_no_registry() -> None:
    """The packages come from whichever registry npm is set up with."""
    lock = json.loads((EXAMPLE / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) > 50
    assert not [name for name, each in packages.items() if "resolved" in each]
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "registry" not in Path(EXAMPLE, "package-lock.json").read_text()
