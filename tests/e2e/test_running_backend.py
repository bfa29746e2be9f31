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

HARNESS = [sys.executable, "-m", "harness"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


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
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as backend:
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


def test_what_it_must_know_is_said_before_anything_starts(running: Path, tmp_path: Path) -> None:
    """Without the two addresses it could not reach the harness: one sentence, exit 2."""
    for words in (["run", "--out", str(tmp_path / "out")], ["check"]):
        done = subprocess.run(
            [*HARNESS, *words, "--backend", str(running)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert "--amo-port A and --gateway-port G" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_taken_port_is_named(running: Path, ports: tuple[int, int, int], tmp_path: Path) -> None:
    """The port of the redirect URI is somebody else's: one sentence, exit 2."""
    with socket.create_server(("127.0.0.1", ports[1])):
        fixed = ["--amo-port", str(ports[0]), "--gateway-port", str(ports[1])]
        done = subprocess.run(
            [*HARNESS, "run", "--backend", str(running), "--out", str(tmp_path / "out"), *fixed],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert str(ports[1]) in done.stderr
