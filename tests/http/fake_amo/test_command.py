"""`python -m fake_amo` as a process: its line of JSON, its signals, its mistakes."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.fake_amo.worlds import written

COMMAND = [sys.executable, "-m", "fake_amo"]


@contextmanager
def running(*arguments: str) -> Generator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Yield the process and the line that it printed; end it if the test did not."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_it_is_stopped(number: signal.Signals, http: httpx.Client) -> None:
    """One line of JSON once it answers; a signal ends it with 0 and not a word more."""
    with running() as (process, line):
        keys = {"url", "control_url", "client_id", "client_secret", "redirect_uri", "account_host"}
        assert keys <= set(line)
        assert http.get(f"{line['url']}/oauth?client_id={line['client_id']}").status_code == 200
        assert http.get(line["control_url"]).json() == line
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
        assert (process.returncode, rest, errors) == (0, "", "")


def test_reports_trouble_at_the_end(http: httpx.Client) -> None:
    """Unmodelled calls and faults left over, on standard error."""
    with running("--no-limits") as (process, line):
        http.get(f"{line['url']}/api/v4/nonsense")
        http.post(f"{line['control_url']}/faults", json={"step": "token", "kind": "server_error"})
        process.terminate()
        _, errors = process.communicate(timeout=60)
        assert "not modelled by the fake: GET /api/v4/nonsense" in errors
        assert "fault left over: server_error at token (1 left)" in errors


def test_options_reach_the_fake(tmp_path: Path) -> None:
    """Profile, world, redirect URI, account host, seed, TLS."""
    world = written(
        tmp_path,
        """
        [[users]]
        login = "a@example.com"
        [[accounts]]
        subdomain = "acme"
        admins = ["a@example.com"]
        leads = 3
        [[integrations]]
        name = "Acme"
        """,
    )
    options = ["--world", str(world), "--profile", "kommo", "--tls", "--seed", "7", "--sign-in", "asked"]
    more = ["--redirect-uri", "https://app.example/cb", "--account-host", "{subdomain}.localhost:{port}"]
    with running(*options, *more) as (_, line):
        assert line["redirect_uri"] == "https://app.example/cb"
        assert line["account_host"].startswith("acme.localhost:")
        assert (line["profile"], line["seed"], line["world"]) == ("kommo", 7, "world")
        assert Path(line["ca_file"]).exists()
        page = httpx.get(f"{line['tls_url']}/oauth?client_id={line['client_id']}", verify=False)  # noqa: S501 - loopback
        assert 'id="sign-in"' in page.text


MISTAKES = [
    (["--port", "70000"], "--port must be from 0 to 65535, got 70000"),
    (["--port", "x"], "argument --port: invalid int value: 'x'"),
    (["--profile", "bitrix"], "argument --profile: invalid choice: 'bitrix'"),
    (
        ["--world", "nowhere.toml"],
        "--world: no 'nowhere.toml'; there are default, large, two-accounts, or name a file",
    ),
    (["--redirect-uri", "nonsense"], "redirect_uri: 'nonsense' is not an absolute URI"),
    (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:0"),
    (["--nonsense"], "unrecognized arguments: --nonsense"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(row[0]) for row in MISTAKES])
def test_mistakes_are_one_sentence(arguments: list[str], message: str) -> None:
    """Exit code 2, usage and the mistake by name; no stack trace."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_mistake_in_a_world_file_is_one_sentence(tmp_path: Path) -> None:
    """It names the file and the key."""
    path = written(tmp_path, "[[users]]\nlogn = 'a'\n")
    done = subprocess.run([*COMMAND, "--world", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{path}: users[0]: unknown key 'logn'; known are id, login, name, password" in done.stderr
