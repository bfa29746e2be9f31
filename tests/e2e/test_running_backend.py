"""A backend that already runs: judged as far as can be, and told what it must know."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from fake_amo import FakeAmo
from harness.backends.ports import free_port
from harness.cli import main
from tests.browser.processes import started

HARNESS = [sys.executable, "-m", "harness"]


@pytest.fixture
def ports() -> tuple[int, int, int]:
    """Of fake amoCRM, of the redirect URI, of the backend."""
    return free_port(), free_port(), free_port()


@pytest.fixture
def running(ports: tuple[int, int, int], tmp_path: Path) -> Generator[Path]:
    """Start the reference backend as somebody else would, and describe it without a [start] table."""
    amo, gateway, port = ports
    with FakeAmo() as credentials:
        environment = {
            "PORT": str(port),
            "AMO_BASE_URL": f"http://127.0.0.1:{amo}",
            "AMO_CLIENT_ID": credentials.client_id,
            "AMO_CLIENT_SECRET": credentials.client_secret,
            "AMO_REDIRECT_URI": f"http://127.0.0.1:{gateway}/api/amo-crm/callback",
        }
    file = tmp_path / "backend.toml"
    file.write_text(
        f'name = "ours"\n[http]\nurl = "http://127.0.0.1:{port}"\nconnect = "/api/amo-crm/auth-url"\n'
        '[http.headers]\nAuthorization = "Bearer {user}"\n'
    )
    command = [sys.executable, "-m", "backend_under_test"]
    with started(command, env=os.environ | environment, stdout=subprocess.PIPE) as backend:
        assert backend.stdout is not None
        assert backend.stdout.readline().startswith("ready")
        yield file
        backend.terminate()


def test_it_is_judged_as_far_as_can_be(running: Path, ports: tuple[int, int, int], tmp_path: Path) -> None:
    """No clause fails; what a connected backend cannot show any more is not observed, with the reason."""
    out = tmp_path / "out"
    words = ["run", "connect_happy_path", "left_alone", "backend_dies_at_first_byte", "--out", str(out)]
    fixed = ["--amo-port", str(ports[0]), "--gateway-port", str(ports[1]), "--backend", str(running)]
    done = subprocess.run([*HARNESS, *words, *fixed], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    results = {row["id"]: row["result"] for row in document["clauses"]}
    assert "failed" not in results.values()
    assert (results["CB-06"], results["ST-01"], results["CB-02"]) == ("passed", "passed", "passed")
    left_out = {row["id"]: row.get("left_out", "") for row in document["scenarios"]}
    assert "process" in left_out["backend_dies_at_first_byte"]


def test_what_it_must_know_is_said_before_anything_starts(
    running: Path, ports: tuple[int, int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the two addresses it could not reach the harness, and the redirect URI's port is free."""
    for words in (["run", "--out", str(tmp_path / "out")], ["check"]):
        assert main([*words, "--backend", str(running)]) == 2
        assert "--amo-port A and --gateway-port G" in one_sentence(capsys)
    with socket.create_server(("127.0.0.1", ports[1])):
        fixed = ["--amo-port", str(ports[0]), "--gateway-port", str(ports[1])]
        assert main(["run", "--backend", str(running), "--out", str(tmp_path / "out"), *fixed]) == 2
    assert str(ports[1]) in one_sentence(capsys)


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was said to the user, who sees no stack trace."""
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    return said.err
