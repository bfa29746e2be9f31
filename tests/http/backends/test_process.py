import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from fake_amo.http.serving import Receive, Scope, Send, serve
from harness.backends.foreign import reference_start
from harness.backends.ports import free_port, is_listened_on
from harness.backends.process import ForeignProcess
from harness.config.placeholders import placeholders_in
from harness.config.settings import Http, Start
from harness.errors import BackendError, HarnessError
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendEnded, BackendOutput, BackendReset, BackendStarted
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.browser.processes import started

PYTHON_BACKEND = """
import http.server, os, pathlib, subprocess, sys
storage = pathlib.Path(os.environ["STORAGE"], "state")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die": os._exit(7)
        if self.path == "/connect": storage.write_text("connected")
        status = 200 if self.path in ("/health", "/state", "/connect", "/env") else 404
        body = storage.read_text() if storage.exists() else "not connected"
        if self.path == "/env": body = repr(dict(os.environ))
        self.send_response(status); self.end_headers(); self.wfile.write(body.encode())
    def do_POST(self):
        if self.path == "/reset": storage.unlink(missing_ok=True)
        self.send_response(204 if self.path == "/reset" else 500); self.end_headers()
    def log_message(self, *_): pass
    def version_string(self): return "tiny"
print("secret is", os.environ.get("SECRET"), "привіт", flush=True)
sys.stderr.write("no line end")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

NODE_BACKEND = """
const http = require("node:http");
console.log("from node");
http.createServer((request, response) => response.end("ok")).listen(process.env.PORT, "127.0.0.1");
"""

GRANDCHILDREN = """
import os, subprocess, sys, time
same = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
apart = subprocess.Popen([sys.executable, "-S", "-c",
    "import os, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\n"
    "open(os.environ['STORAGE'] + '/apart', 'w').write(str(os.getpid()))\\ntime.sleep(600)"])
apart.wait()
print("group", same.pid, flush=True)
"""


def backend(program: str = PYTHON_BACKEND, **changes: object) -> Start:
    env = {"PORT": "{port}", "STORAGE": "{tmp}", "SECRET": "{client_secret}"}
    start = Start(command=(sys.executable, "-S", "-c", program), cwd=Path.cwd(), env=env)
    return replace(start, **changes)  # pyright: ignore[reportArgumentType]


@contextmanager
def running(
    start: Start, recorder: Recorder | CurrentRecorder | None = None, http: Http | None = None
) -> Generator[ForeignProcess]:
    recording = recorder if isinstance(recorder, CurrentRecorder) else CurrentRecorder(recorder)
    values = {"client_secret": "s3cr3t-value"}
    with ForeignProcess(start, http or Http(), values, recording, "tiny") as process:
        yield process


def get(process: ForeignProcess, path: str) -> str:
    return httpx.get(f"{process.url}{path}", trust_env=False).text


def wait_for_end(pid: int, timeout_s: float = 30.0) -> bool:
    """Whether the process ended in time; woken by the kernel."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kinds(timeline: Timeline) -> list[str]:
    return [event.kind for event in timeline if event.actor == "backend"]


def output(timeline: Timeline) -> list[str]:
    return [event.line for event in timeline.of(BackendOutput)]


def test_it_is_handed_out_ready_with_its_output_recorded_and_ends_with_the_block() -> None:
    """Lines of both streams arrive, also one without a line end, and the end was expected."""
    recorder = Recorder()
    with running(backend(), recorder) as process:
        assert get(process, "/state") == "not connected"
        assert process.is_running
        pid = process.pid
    assert wait_for_end(pid)
    timeline = recorder.timeline()
    assert output(timeline) == ["secret is s3cr3t-value привіт", "no line end"]
    assert kinds(timeline) == ["output", "started", "output", "ended"]
    ended = timeline.last(BackendEnded)
    assert ended
    assert (ended.exit_code, ended.expected) == (-signal.SIGTERM, True)


def test_a_known_secret_is_masked_in_its_output_and_in_its_last_words() -> None:
    """What the recorder knows as a secret never leaves in clear."""
    recorder = Recorder()
    recorder.secret("secret", "s3cr3t-value")
    dies = "import os; raise SystemExit('cannot log in with ' + os.environ['SECRET'])"
    with pytest.raises(BackendError, match="cannot log in with ‹secret:") as refused:
        running(backend(dies), recorder).__enter__()
    assert output(recorder.timeline())
    assert "s3cr3t-value" not in str(refused.value) + str(output(recorder.timeline()))


def test_a_node_backend_is_started_and_ended_too(node: str) -> None:
    """The process is not tied to a language."""
    recorder = Recorder()
    with running(backend(command=(node, "-e", NODE_BACKEND)), recorder) as process:
        assert get(process, "/health") == "ok"
        pid = process.pid
    assert wait_for_end(pid)
    assert output(recorder.timeline()) == ["from node"]


def test_it_inherits_the_environment_and_never_a_proxy_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the machine must not stand between the backend and the fake."""
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    with running(backend()) as process:
        environment = get(process, "/env")
    assert "'NO_PROXY': '127.0.0.1,localhost,::1,example.org'" in environment
    assert "'PATH'" in environment


def test_what_dies_before_it_serves_is_reported_with_its_last_words() -> None:
    """The reason that the process gave is the reason that the user reads."""
    with pytest.raises(BackendError) as refused, running(backend("raise SystemExit('no database')")):
        pass
    assert str(refused.value) == (
        "tiny ended with exit code 1 before it served. Its last words:\n  no database"
    )


async def not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def test_what_never_serves_is_reported_with_what_was_asked_and_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The remedy names the settings that can be wrong."""
    start = backend("import time; time.sleep(600)", ready_timeout_s=0.4)
    with serve(not_found) as server:
        monkeypatch.setattr("harness.backends.process.free_port", lambda: server.port)
        with pytest.raises(BackendError) as refused:
            running(start, http=Http(ready="/nowhere")).__enter__()
    said = str(refused.value)
    assert "was not ready within 0.4 s" in said
    assert "/nowhere gave status 404; check [http].ready" in said


def test_what_cannot_be_executed_is_reported_by_name(tmp_path: Path) -> None:
    """The system's reason and the setting."""
    program = tmp_path / "server"
    program.write_text("not a program")
    program.chmod(0o755)
    with pytest.raises(BackendError, match=r"cannot be started: .*/server: .*; see \[start\].command"):
        running(backend(command=(str(program),))).__enter__()


def test_a_crash_is_recorded_as_one_that_nobody_asked_for() -> None:
    """The world reads `expected: false` and makes it a finding, not an error of ours."""
    recorder = Recorder()
    with running(backend(), recorder) as process:
        with pytest.raises(httpx.RemoteProtocolError):
            get(process, "/die")
        assert process.has_ended(within_s=30)
    ended = recorder.timeline().of(BackendEnded)
    assert [(event.exit_code, event.expected) for event in ended] == [(7, False)]


def test_storage_outlives_a_kill_and_is_emptied_by_a_reset() -> None:
    """`kill` is a power cut, `reset` is a new user."""
    recorder = Recorder()
    with running(backend(), recorder) as process:
        get(process, "/connect")
        first = process.pid
        process.kill("the scenario asked for it")
        assert wait_for_end(first)
        assert not process.is_running
        process.start()
        assert get(process, "/state") == "connected"
        process.restart()
        assert get(process, "/state") == "connected"
        process.reset()
        assert get(process, "/state") == "not connected"
    ended = recorder.timeline().of(BackendEnded)
    assert [event.exit_code for event in ended] == [-9, -15, -15, -15]
    assert all(event.expected for event in ended)
    assert [each.how for each in recorder.timeline().of(BackendReset)] == ["restart"]


def test_each_timeline_says_which_process_runs() -> None:
    """A scenario's timeline begins with the backend, also where nothing had to be restarted for it."""
    recorder, recording = Recorder(), CurrentRecorder()
    with running(backend(), recording) as process:
        with recording.during(recorder):
            process.tell_that_it_runs()
        started = recorder.timeline().of(BackendStarted)
        assert [event.url for event in started] == [process.url]


def test_a_reset_by_request_keeps_the_process() -> None:
    """`POST /path` is sent to the backend, which stays up."""
    with running(backend(reset="POST /reset")) as process:
        get(process, "/connect")
        pid = process.pid
        process.reset()
        assert get(process, "/state") == "not connected"
        assert process.pid == pid


def test_a_refused_reset_is_reported_with_what_it_answered() -> None:
    """A backend that cannot be reset cannot be judged."""
    with (
        running(backend(reset="POST /resett")) as process,
        pytest.raises(BackendError, match=r"answered 500 to POST /resett; .* must answer 2xx"),
    ):
        process.reset()


def test_no_reset_changes_nothing() -> None:
    """`none` leaves the process and its storage alone."""
    with running(backend(reset="none")) as process:
        get(process, "/connect")
        process.reset()
        assert get(process, "/state") == "connected"


def test_a_backend_that_ignores_sigterm_is_killed_after_the_grace_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end has a deadline."""
    monkeypatch.setattr("harness.backends.process.STOP_GRACE_S", 0.05)
    recorder = Recorder()
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + PYTHON_BACKEND
    with running(backend(stubborn), recorder) as process:
        process.stop()
    ended = recorder.timeline().last(BackendEnded)
    assert ended
    assert ended.exit_code == -signal.SIGKILL


def test_grandchildren_end_with_it_even_when_they_left_the_group() -> None:
    """A daemon that a backend started is not left on the machine."""
    recorder = Recorder()
    with running(backend(GRANDCHILDREN + PYTHON_BACKEND), recorder) as process:
        same = int(next(line for line in output(recorder.timeline()) if "group" in line).split()[1])
        apart = int((process.storage / "apart").read_text())
        assert not wait_for_end(apart, 0)
    assert wait_for_end(same, 0)
    assert wait_for_end(apart, 0)


def test_nothing_outlives_a_harness_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL of the harness ends the backend, its grandchildren and its directory."""
    (tmp_path / "backend.py").write_text(GRANDCHILDREN + PYTHON_BACKEND)
    harness = f"""
import sys, time
from pathlib import Path
from harness.config.settings import PLACEHOLDERS, Http, Start
from harness.backends.process import ForeignProcess
from harness.timeline.current import CurrentRecorder
env = {{"PORT": "{{port}}", "STORAGE": "{{tmp}}"}}
start = Start((sys.executable, {str(tmp_path / "backend.py")!r}), Path({str(tmp_path)!r}), env=env)
with ForeignProcess(start, Http(), {{}}, CurrentRecorder(), "tiny") as process:
    print(process.pid, process.storage, flush=True)
    time.sleep(600)
"""
    with started([sys.executable, "-c", harness], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        backend_pid, storage = parent.stdout.readline().split()
        supervisor_pid = parent_of(int(backend_pid))
        apart = int(Path(storage, "apart").read_text())
        parent.kill()
    assert wait_for_end(supervisor_pid)
    assert wait_for_end(int(backend_pid), 0)
    assert wait_for_end(apart, 0)
    assert not Path(storage).parent.exists()


def test_a_killed_supervisor_takes_the_backend_along_and_is_reported() -> None:
    """Whoever kills the process between us must not leave an orphan, nor a harness that waits."""
    process = ForeignProcess(backend(), Http(), {"client_secret": ""}, CurrentRecorder(), "tiny").__enter__()
    os.kill(parent_of(process.pid), signal.SIGKILL)
    assert wait_for_end(process.pid)
    with pytest.raises(HarnessError, match="was ended from outside"):
        process.start()
    process.__exit__(None, None, None)
    assert not process.storage.parent.exists()


def test_a_port_that_was_taken_meanwhile_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the choice of a port and its use anybody may bind it; then the next one is tried."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr("harness.backends.process.free_port", lambda: next(ports))
        recorder = Recorder()
        with running(backend(), recorder) as process:
            assert get(process, "/state") == "not connected"
            assert process.url != f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert kinds(recorder.timeline()).count("started") == 1


def test_a_fixed_port_that_somebody_listens_on_is_refused() -> None:
    """Judging another process than the one that was configured would be worse than not judging."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BackendError, match=f"something already listens on {url}"):
            running(backend(), http=Http(url=url)).__enter__()


def test_a_very_long_line_neither_blocks_nor_hides_the_end() -> None:
    """Output without line ends is taken in pieces, and the answers after it are still understood."""
    recorder = Recorder()
    chatty = "import sys; sys.stdout.write('x' * 200_000); sys.stdout.flush()\n" + PYTHON_BACKEND
    with running(backend(chatty), recorder):
        pass
    assert sum(line.count("x") for line in output(recorder.timeline())) == 200_000
    assert [each.expected for each in recorder.timeline().of(BackendEnded)][-1:] == [True]


def test_free_ports_are_free_and_outside_the_ranges_that_systems_hand_out() -> None:
    """Nobody listens there, and no outgoing connection is given such a port."""
    port = free_port()
    assert 20000 <= port < 32000
    assert not is_listened_on("127.0.0.1", port)


def test_the_reference_backend_can_be_a_child_process_too() -> None:
    """Its start names every placeholder that a child needs, and storage that lasts."""
    start, http = reference_start()
    named = {name for value in start.env.values() for name in placeholders_in(value)}
    assert named == {"amo_url", "client_id", "client_secret", "port", "redirect_uri", "tmp"}
    assert "{tmp}" in start.env["DATABASE_URL"]
    assert http.connect
