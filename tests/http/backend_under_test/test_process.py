"""`python -m backend_under_test`: readiness, output, death and configuration of the process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backend_under_test.__main__ import main
from tests.http.backend_under_test.amo_stub import AmoStub
from tests.http.backend_under_test.conftest import CALLBACK, CODE, SECRET, Switch

COMMAND = [sys.executable, "-m"]
SESSION = {"Authorization": "Bearer test"}


@dataclass
class Process:
    """A backend in a process of its own that has said that it is ready."""

    popen: subprocess.Popen[str]
    client: httpx.Client

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code and everything printed since the ready line."""
        self.popen.send_signal(number)
        output, _ = self.popen.communicate(timeout=60)
        return self.popen.returncode, output

    def connected(self) -> bool:
        """What the status says."""
        return bool(self.client.get("/api/amo-crm/status", headers=SESSION).json()["connected"])

    def callback(self, **query: str) -> str:
        """The page, for a state that the process has just issued unless `query` has one."""
        url = httpx.URL(self.client.get("/api/amo-crm/auth-url", headers=SESSION).json()["url"])
        return self.client.get(CALLBACK, params={"state": url.params["state"], **query}).text


@pytest.fixture
def environment(amo_switch: Switch, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PORT": "0",
        "AMO_BASE_URL": amo_switch.url,
        "AMO_CLIENT_ID": "id",
        "AMO_CLIENT_SECRET": SECRET,
        "AMO_REDIRECT_URI": "http://127.0.0.1:1/api/amo-crm/callback",
        "DATABASE_URL": f"sqlite:///{tmp_path}/backend.db",
    }


Start = Callable[..., Process]


@pytest.fixture
def start(environment: dict[str, str], amo: AmoStub) -> Iterator[Start]:
    """Starts processes and ends those that the test left running."""
    del amo  # serves at the environment's AMO_BASE_URL
    with ExitStack() as stack:

        def started(*module: str) -> Process:
            popen = subprocess.Popen(
                [*COMMAND, *(module or ("backend_under_test",))],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.enter_context(popen)
            stack.callback(popen.kill)
            assert popen.stdout is not None
            word, _, url = popen.stdout.readline().strip().partition(" ")
            assert word == "ready"
            return Process(popen, stack.enter_context(httpx.Client(base_url=url)))

        yield started


def test_it_serves_once_it_says_ready_and_ends_on_sigterm(start: Start) -> None:
    """A clean end is exit 0, and only log lines were printed."""
    process = start()
    assert process.client.get("/health").status_code == 200
    assert process.end(signal.SIGTERM) == (0, "")


def test_ctrl_c_is_a_clean_end_too(start: Start) -> None:
    """No stack trace."""
    assert start().end(signal.SIGINT) == (0, "")


def test_tokens_survive_a_sudden_death(start: Start) -> None:
    """ST-03: killed after the page, started again, still connected."""
    first = start()
    assert "✓" in first.callback(code=CODE)
    first.end(signal.SIGKILL)
    assert start().connected()


def test_the_output_has_no_secret_and_no_foreign_line(start: Start) -> None:
    """Neither the server nor the log prints the callback's address."""
    process = start()
    process.callback(code=CODE, state="x\nforged line")
    _, output = process.end(signal.SIGTERM)
    assert "state_unknown" in output
    assert CODE not in output
    assert "forged" not in output


def test_a_fault_can_be_served_alone(start: Start) -> None:
    """For a look at what the harness would find."""
    faulty = start("backend_under_test.mutations.faults", "success_titled_otherwise")
    assert "<title>Done</title>" in faulty.callback(code=CODE)


def refusal(environment: dict[str, str], *module: str) -> str:
    """The one line that a process with this environment ends with."""
    command = [*COMMAND, *(module or ("backend_under_test",))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AMO_CLIENT_ID", "", "AMO_CLIENT_ID not set"),
        ("AMO_BASE_URL", "amocrm.ru", "amo_url 'amocrm.ru' is no http(s) URL"),
        ("PORT", "http", "PORT 'http' is no port"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.db", "database_url cannot be opened"),
        ("DATABASE_URL", "nonsense", "database_url cannot be opened"),
        ("APP_SESSIONS", "test", "APP_SESSIONS must be token:user"),
    ],
)
def test_a_bad_configuration_is_told_in_one_sentence(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    name: str,
    value: str,
    told: str,
) -> None:
    """Exit 2, no stack trace, the remedy named."""
    for each, text in {**environment, name: value}.items():
        monkeypatch.setenv(each, text)
    assert main() == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert told in said.err


def test_an_unknown_fault_is_told_in_one_sentence(environment: dict[str, str]) -> None:
    """With those that there are."""
    assert "give one of page_before_exchange" in refusal(
        environment, "backend_under_test.mutations.faults", "x"
    )


def test_a_port_in_use_is_told_in_one_sentence(environment: dict[str, str]) -> None:
    """The port is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"PORT {port} cannot be used" in refusal({**environment, "PORT": str(port)})
