"""The ports of a process tree, by the kernel's own lists, and what a backend is told of them."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.backends.process import ForeignProcess
from harness.config.settings import Http, Start
from harness.errors import BackendError
from harness.processes.listening import listening_ports
from harness.timeline.current import CurrentRecorder

SERVES = """
import socket, sys
own = socket.create_server(("127.0.0.1", 0))
print("port", own.getsockname()[1], flush=True)
sys.stdin.read()
"""
LATE = """
import http.server, sys, time
time.sleep(0.5)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_error(404)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
STARTS_IT = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', sys.argv[1]])"


def test_the_ports_of_a_child_of_a_child_are_its_own() -> None:
    """What others listen on is not among them, and a process that has gone has none."""
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        subprocess.Popen(
            [sys.executable, "-S", "-c", STARTS_IT, SERVES],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        assert port != ours.getsockname()[1]
        assert listening_ports(process.pid) == [port]
    assert listening_ports(process.pid) == []


def test_a_backend_that_listens_elsewhere_is_told_of_its_port() -> None:
    """As where a `.env` file of its own overrides the environment."""
    program = SERVES.replace("sys.stdin.read()", "import time; time.sleep(600)")
    start = Start((sys.executable, "-S", "-c", program), Path.cwd(), ready_timeout_s=4.0)
    with pytest.raises(BackendError) as refused:
        ForeignProcess(start, Http(), {}, CurrentRecorder(), "tiny").__enter__()
    told = re.search(
        r"it listens on port (\d+) instead: have .* its own port in .*\. Its last words:\n +port (.*)",
        str(refused.value),
    )
    assert told is not None, str(refused.value)
    assert told[1] == told[2]


def test_a_backend_that_answers_is_not_told_of_another_port() -> None:
    """Though nobody listened there when it was first asked: its ready path is what to look at."""
    start = Start((sys.executable, "-S", "-c", LATE, "{port}"), Path.cwd(), ready_timeout_s=4.0)
    with pytest.raises(BackendError, match=r"gave status 404; check \[http\]\.ready") as refused:
        ForeignProcess(start, Http(), {}, CurrentRecorder(), "tiny").__enter__()
    assert "instead" not in str(refused.value)
