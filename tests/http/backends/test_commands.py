"""What runs before a backend, beside it and after it: its output is heard, its end has a limit."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.settings import Start
from harness.errors import BackendError, HarnessError
from harness.timeline.events import BackendEnded
from harness.timeline.recorder import Recorder
from tests.browser.processes import started
from tests.http.backends.test_process import backend, get, output, parent_of, running, wait_for_end

WRITES = "import os, sys; open(os.environ['STORAGE'] + '/state', 'w').write(sys.argv[1]); print('wrote')"
WAITS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
FAILS = "print('no such table'); raise SystemExit(3)"
FORKS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
time.sleep(600)
"""


def python(program: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", program, *arguments)


def with_commands(**commands: object) -> Start:
    return replace(backend(), **commands)  # pyright: ignore[reportArgumentType]


def test_what_prepares_a_backend_runs_before_its_first_start_alone_and_in_order(tmp_path: Path) -> None:
    """A reset by restart goes back to what it made of the storage; nothing is prepared again."""
    counts = "import sys; open(sys.argv[1], 'a').write('once\\n')"
    log = tmp_path / "log"
    start = with_commands(
        prepare=(python(WRITES, "first"), python(WRITES, "migrated"), python(counts, str(log)))
    )
    recorder = Recorder()
    with running(start, recorder) as process:
        assert get(process, "/state") == "migrated"
        get(process, "/connect")
        process.reset()
        assert get(process, "/state") == "migrated"
    assert log.read_text() == "once\n"
    assert output(recorder.timeline())[:2] == ["wrote", "wrote"]


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        pytest.param(
            {"prepare": (python(FAILS),)},
            "ended with exit code 3. Its last words:\n  no such table",
            id="prepare",
        ),
        pytest.param(
            {"prepare": (python(FORKS),), "commands_timeout_s": 0.2},
            "did not end within 0.2 s; [start].commands_timeout_s is its limit",
            id="limit",
        ),
        pytest.param({"prepare": (("./none",),)}, "cannot be started: No such file", id="no-program"),
        pytest.param(
            {"beside": (python(FAILS),)},
            "ended with exit code 3 before the backend served. Its last words:\n  no such table",
            id="beside",
        ),
    ],
)
def test_what_fails_is_told_by_its_setting_with_its_last_words(
    commands: dict[str, object], says: str
) -> None:
    """Nothing of it is left."""
    recorder = Recorder()
    never_serves = "import time; time.sleep(600)"
    start = with_commands(**commands, **({"command": python(never_serves)} if "beside" in commands else {}))
    with pytest.raises(BackendError) as refused:
        running(start, recorder).__enter__()
    assert str(refused.value).startswith(f"[start].{next(iter(commands))} `")
    assert says in str(refused.value)
    for line in output(recorder.timeline()):
        if line.startswith("child"):
            assert wait_for_end(int(line.split()[1]), 0)


def test_a_secret_in_a_command_is_masked_where_it_fails() -> None:
    """In its words and in its output."""
    recorder = Recorder()
    recorder.secret("client_secret", "s3cr3t-value")
    says = "import sys; raise SystemExit(sys.argv[1])"
    with pytest.raises(BackendError) as refused:
        running(with_commands(prepare=(python(says, "{client_secret}"),)), recorder).__enter__()
    assert "s3cr3t" not in str(refused.value)
    assert str(refused.value).count("‹client_secret:") == 2


def test_a_reset_by_a_command_runs_while_the_backend_is_ended() -> None:
    """So that it finds no connection open, and nothing is left in memory."""
    recorder = Recorder()
    alone = "import sys, urllib.request as r\ntry: r.urlopen(sys.argv[1])\nexcept OSError: print('alone')\n"
    with running(
        with_commands(reset=python(alone + WRITES, "http://127.0.0.1:{port}/state")), recorder
    ) as process:
        get(process, "/connect")
        pid = process.pid
        process.reset()
        assert get(process, "/state").startswith("http://127.0.0.1:")
        assert process.pid != pid
    assert "alone" in output(recorder.timeline())


def test_a_reset_by_a_command_that_fails_is_told() -> None:
    """With what it wrote; the storage is as the command left it."""
    with (
        running(with_commands(reset=python(FAILS))) as process,
        pytest.raises(BackendError, match=r"\[start\].reset `.*` ended with exit code 3[^$]*no such table"),
    ):
        process.reset()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_runs_beside_it_ends_with_it_and_with_everything_that_it_started(how: str) -> None:
    """And is started anew with it."""
    recorder = Recorder()
    with running(with_commands(beside=(python(FORKS),)), recorder) as process:
        process.stop() if how == "stop" else process.kill("a crash")
        process.start()
    pids = [int(line.split()[1]) for line in output(recorder.timeline()) if line.startswith("child")]
    assert len(pids) == 2
    assert all(wait_for_end(pid, 0) for pid in pids)
    ended = [each for each in recorder.timeline().of(BackendEnded) if each.beside]
    assert [each.expected for each in ended] == [True, True]


def test_what_runs_beside_it_goes_on_through_a_reset_by_a_command() -> None:
    """A database that runs there is what the command resets."""
    recorder = Recorder()
    start = with_commands(beside=(python(FORKS),), reset=python(WRITES, "reset"))
    with running(start, recorder) as process:
        process.reset()
        assert get(process, "/state") == "reset"
    assert len([line for line in output(recorder.timeline()) if line.startswith("child")]) == 1


def test_one_that_has_done_its_work_may_end() -> None:
    """A command that puts something into the background is over before the backend serves."""
    with running(with_commands(beside=(python("print('up')"),))) as process:
        assert get(process, "/state") == "not connected"


def test_one_that_dies_meanwhile_is_in_the_timeline() -> None:
    """As one that nobody asked for, by its command; the backend's own end is another."""
    recorder = Recorder()
    with running(
        with_commands(beside=(python("import time; time.sleep(0.5); raise SystemExit(5)"),)), recorder
    ):
        assert recorder.wait_for(lambda seen: bool(seen.of(BackendEnded)), timeout_s=30)
    ended = recorder.timeline().of(BackendEnded)
    assert [(each.exit_code, each.expected, bool(each.beside)) for each in ended] == [
        (5, False, True),
        (-15, True, False),
    ]


def test_it_is_run_also_where_the_process_between_us_was_killed(tmp_path: Path) -> None:
    """By the harness itself, which tells of that end."""
    notes = "import sys; open(sys.argv[1], 'a').write('down\\n')"
    start = with_commands(stop=python(notes, str(tmp_path / "log")))
    with pytest.raises(HarnessError, match="was ended from outside"), running(start) as process:
        os.kill(parent_of(process.pid), signal.SIGKILL)
    assert (tmp_path / "log").read_text() == "down\n"


@pytest.mark.parametrize("how", ["stop", "kill", "the harness's end"])
def test_what_no_signal_reaches_is_ended_by_a_command_of_its_own(how: str, tmp_path: Path) -> None:
    """`stop` is run once, after the processes, whichever way they end."""
    notes = "import sys; open(sys.argv[1], 'a').write('down\\n'); print('down')"
    recorder = Recorder()
    with running(with_commands(stop=python(notes, str(tmp_path / "log"))), recorder) as process:
        pid = process.pid
        if how != "the harness's end":
            process.stop() if how == "stop" else process.kill("a crash")
            assert wait_for_end(pid, 0)
            assert (tmp_path / "log").read_text() == "down\n"
    assert (tmp_path / "log").read_text() == "down\n"
    assert output(recorder.timeline())[-1] == "down"


def test_it_is_not_run_where_a_reset_goes_on_with_the_rest(tmp_path: Path) -> None:
    """A reset by a command needs what the processes left: their containers."""
    notes = "import sys; open(sys.argv[1], 'a').write('down\\n')"
    start = with_commands(stop=python(notes, str(tmp_path / "log")), reset=python(WRITES, "reset"))
    with running(start) as process:
        process.reset()
        assert not (tmp_path / "log").exists()
    assert (tmp_path / "log").read_text() == "down\n"


@pytest.mark.parametrize(
    ("stop", "limit_s", "says"),
    [
        pytest.param(python(FAILS), 60.0, "ended with exit code 3", id="fails"),
        pytest.param(python("import time; time.sleep(600)"), 0.2, "did not end within 0.2 s", id="limit"),
        pytest.param(("./none",), 60.0, "cannot be started: No such file or directory", id="no-program"),
    ],
)
def test_a_stop_that_fails_is_told(stop: tuple[str, ...], limit_s: float, says: str) -> None:
    """What it was to end may still be there."""
    with (
        pytest.raises(BackendError, match=r"\[start\].stop `.*` " + says),
        running(with_commands(stop=stop, commands_timeout_s=limit_s)),
    ):
        pass


def test_a_killed_harness_leaves_neither_processes_nor_containers(tmp_path: Path) -> None:
    """SIGKILL of the harness ends what runs beside, and runs `stop`, whose words nobody hears any more."""
    up, down = tmp_path / "up", tmp_path / "down"
    harness = f"""
import sys, time
from pathlib import Path
from harness.config.settings import Http, Start
from harness.backends.process import ForeignProcess
from harness.timeline.current import CurrentRecorder
serves = "import http.server as h, sys; h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), " \\
    "h.SimpleHTTPRequestHandler).serve_forever()"
start = Start((sys.executable, "-S", "-c", serves, "{{port}}"), Path({str(tmp_path)!r}),
    beside=((sys.executable, "-S", "-c", {WAITS!r}, {str(up)!r}),),
    stop=(sys.executable, "-S", "-c", "print('ends', flush=True); open({str(down)!r}, 'w').write('down')"))
with ForeignProcess(start, Http(ready="/"), {{}}, CurrentRecorder(), "tiny") as process:
    while not Path({str(up)!r}).exists(): time.sleep(0.01)
    print(process.pid, flush=True)
    time.sleep(600)
"""
    with started([sys.executable, "-c", harness], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        backend_pid = int(parent.stdout.readline())
        supervisor = int(Path(f"/proc/{backend_pid}/stat").read_text().rpartition(")")[2].split()[1])
        parent.kill()
    assert wait_for_end(supervisor)
    assert wait_for_end(int(up.read_text()))
    assert down.read_text() == "down"
