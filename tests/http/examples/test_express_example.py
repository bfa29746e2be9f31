"""What the contract's scenarios cannot see of the example: races inside it, its file, its refusals."""

import json
import subprocess
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.backends.process import ForeignProcess
from harness.config.file import load_backend
from harness.config.settings import BackendConfig
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendOutput
from harness.timeline.recorder import Recorder
from tools.node import EXAMPLE, MINIMAL, environment, install_example, node_programs

REDIRECT_URI = "http://127.0.0.1:1/api/amo-crm/callback"
SUCCESS, FAILED = "Authorization successful", "Authorization failed"


@pytest.fixture(scope="session")
def example() -> BackendConfig:
    """The example as it is configured, its packages installed; its `node` is looked for on PATH."""
    node = node_programs()[0]
    install_example(node)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", environment(node)["PATH"])
        config = load_backend(EXAMPLE / "backend.toml", ())
    assert config.start
    return replace(config, start=replace(config.start, command=(str(node), *config.start.command[1:])))


@dataclass
class Running:
    """The example beside a fake amoCRM, and the app's calls."""

    amo: FakeAmo
    process: ForeignProcess
    recorder: Recorder
    client: httpx.Client
    user: str

    def get(self, path: str, user: str = "", **query: str) -> httpx.Response:
        """Ask as a user of the app."""
        headers = {"Authorization": f"Bearer {user or self.user}"}
        return self.client.get(f"{self.process.url}{path}", params=query or None, headers=headers)

    def state(self, user: str = "") -> str:
        """Return a state that was issued to the user."""
        url = self.get("/api/amo-crm/auth-url", user).json()["url"]
        return parse_qs(urlsplit(str(url)).query)["state"][0]

    def callback(self, **query: str) -> httpx.Response:
        """Come to the callback as the browser does."""
        url = f"{self.process.url}/api/amo-crm/callback"
        return self.client.get(url, params=query, timeout=30)

    def connect(self, user: str = "") -> httpx.Response:
        """Authorize a user."""
        return self.callback(code=self.amo.mint_code(), state=self.state(user))

    def token_requests(self, grant_type: str = "authorization_code") -> int:
        """Count the requests of a grant that reached amoCRM."""
        sent = [entry for entry in self.amo.journal if entry.path == "/oauth2/access_token"]
        return sum(entry.fields.get("grant_type") == grant_type for entry in sent)

    def is_connected(self, user: str = "") -> bool:
        """Ask for the status."""
        return self.get("/api/amo-crm/status", user).json()["connected"]


USERS = [f"user-{number}" for number in range(100)]
AMO_TIMEOUT_MS = 1000


@contextmanager
def running(config: BackendConfig) -> Generator[Running]:
    assert config.start
    sessions = ",".join(f"{user}:{user}" for user in USERS)
    env = {**config.start.env, "APP_SESSIONS": sessions, "AMO_TIMEOUT_MS": str(AMO_TIMEOUT_MS)}
    recorder = Recorder()
    with FakeAmo(AmoSettings(redirect_uri=REDIRECT_URI, limits=False)) as amo:
        values = {
            "amo_url": amo.url,
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": REDIRECT_URI,
        }
        start = replace(config.start, env=env)
        process = ForeignProcess(start, config.http, values, CurrentRecorder(recorder), config.name)
        with process, httpx.Client(trust_env=False) as client:
            yield Running(amo, process, recorder, client, USERS[0])


@pytest.fixture(scope="module")
def shared(example: BackendConfig) -> Generator[Running]:
    """The example, running for all tests that leave its process alone."""
    with running(example) as started:
        yield started


@pytest.fixture(scope="module")
def users() -> Iterator[str]:
    """Users that no test has used yet."""
    return iter(USERS)


@pytest.fixture
def backend(shared: Running, users: Iterator[str]) -> Running:
    """The example for a user of the test's own, who is not connected, beside a fake that begins anew."""
    shared.amo.reset()
    return replace(shared, user=next(users))


@pytest.fixture
def own_backend(example: BackendConfig) -> Generator[Running]:
    """The example in a process of the test's own."""
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


def test_tokens_survive_a_kill_at_any_moment_after_the_page(own_backend: Running) -> None:
    """The file is complete before the page is sent; nobody but its owner may read it."""
    backend = own_backend
    assert SUCCESS in backend.connect().text
    stored = backend.process.storage / "data.json"
    assert stored.stat().st_mode & 0o077 == 0
    backend.process.kill("test")
    backend.process.start()
    assert backend.is_connected()
    assert not list(backend.process.storage.glob("*.part"))


def test_a_state_belongs_to_one_user_and_one_code(backend: Running, users: Iterator[str]) -> None:
    """Another user's phone stays unconnected, and a second code finds the state spent."""
    other = next(users)
    state = backend.state(other)
    assert SUCCESS in backend.callback(code=backend.amo.mint_code(), state=state).text
    assert (backend.is_connected(), backend.is_connected(other)) == (False, True)
    page = backend.callback(code=backend.amo.mint_code(), state=state).text
    assert "already been used" in page
    assert backend.token_requests() == 1


def test_a_look_at_the_headers_does_not_spend_the_code(backend: Running) -> None:
    """Link previews ask with HEAD."""
    query = {"code": backend.amo.mint_code(), "state": backend.state()}
    url = f"{backend.process.url}/api/amo-crm/callback"
    assert backend.client.head(url, params=query).status_code == 405
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
    page = backend.client.get(f"{backend.process.url}/api/amo-crm/callback?{query}")
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
        pytest.param("slow", {"ms": 2 * AMO_TIMEOUT_MS}, id="slow"),
    ],
)
def test_whatever_amocrm_does_the_user_gets_a_page(
    backend: Running, fault: str, params: dict[str, Any]
) -> None:
    """Nothing is stored, and the state says so when it comes again."""
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
        pytest.param("/api/leads", "", 409, id="not-connected"),
        pytest.param("/api/leads?page=0", "", 422, id="page"),
        pytest.param("/api/leads?limit=251", "", 422, id="limit"),
        pytest.param("/api/amo-crm/status", "nobody", 401, id="signed-out"),
        pytest.param("/api/nothing", "", 404, id="no-path"),
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
    url, headers = (
        f"{backend.process.url}/api/amo-crm/exchange-code",
        {"Authorization": f"Bearer {backend.user}"},
    )
    assert backend.client.post(url, json={"code": code}, headers=headers).json() == {"connected": True}
    assert backend.client.post(url, json={"code": "x"}, headers=headers).status_code == 400
    as_json = {**headers, "Content-Type": "application/json"}
    assert backend.client.post(url, content="{", headers=as_json).status_code == 400
    assert backend.token_requests() == 1


def test_its_output_holds_no_secret(own_backend: Running) -> None:
    """Neither a code nor a state nor a token, whatever went wrong."""
    backend = own_backend
    code, state = backend.amo.mint_code(), backend.state()
    backend.callback(code=code, state=state)
    stored = json.loads((backend.process.storage / "data.json").read_text())
    backend.callback(code="another-code", state=state)
    backend.process.stop()  # its last line has arrived then
    said = "\n".join(event.line for event in backend.recorder.timeline().of(BackendOutput))
    grant = stored["grants"][backend.user]
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


@pytest.mark.parametrize("folder", [EXAMPLE, MINIMAL], ids=lambda folder: folder.name)
def test_its_lock_names_no_registry(folder: Path) -> None:
    """The packages come from whichever registry npm is set up with."""
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) > 50
    assert not [name for name, each in packages.items() if "resolved" in each]
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "registry" not in (folder / "package-lock.json").read_text()
