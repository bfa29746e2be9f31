"""Nothing outlives a run, however it ends; a browser that dies or hangs is told, with its last words."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error as PlaywrightError

from harness.engines import (
    BrowserCrashed,
    EngineDied,
    PageLost,
    driver_of_its_own,
    open_engine,
)
from harness.engines.webkitgtk import engine as webkitgtk
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from harness.engines.webkitgtk.host_process import HostProcess
from tests.browser.processes import Process, descendants, playing, running, started, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


HERE = Path(__file__).parent
HOST_SCRIPT = Path(webkitgtk.__file__).with_name("host") / "webview_host.py"
SHORT_S = 4.0
"""How long a host that hangs is waited for where this is what is tested: a busy machine must not seem to."""


@contextmanager
def own_engine(
    playwright: Playwright, *, answer_timeout_s: float = webkitgtk.ANSWER_TIMEOUT_S
) -> Generator[WebKitGtkEngine]:
    """Start a browser that this test may break."""
    engine = WebKitGtkEngine(lambda: playwright, answer_timeout_s=answer_timeout_s)
    try:
        yield engine
    finally:
        engine.close()


def named(processes: set[Process], name: str) -> list[Process]:
    """Pick by the name that the kernel keeps, which is cut to 15 characters."""
    return sorted((each for each in processes if each.name == name[:15]), key=lambda each: each.started)


def test_what_the_driver_prints_where_it_falls_over_reaches_no_terminal() -> None:
    """A browser that is killed may take it along; the run's own sentence is enough."""

    def begun() -> set[str]:
        before = descendants(os.getpid())
        with driver_of_its_own():
            new = descendants(os.getpid()) - before
            return {str(Path(f"/proc/{each.pid}/fd/2").readlink()) for each in new}

    with ThreadPoolExecutor(1) as pool:  # for the session's own driver has a loop in this thread
        (said_to,) = pool.submit(begun).result(60)
    assert said_to.endswith("(deleted)")


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where hosts make their directories in this test, apart from those of other runs.

    Its name is short: Chromium has a socket below it, and a socket's path has at most 107 bytes.
    """
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # else it would stay as it was first asked for
    return folder


def kill_run(run: subprocess.Popen[str]) -> None:
    run.kill()


def stop_host_and_kill_run(run: subprocess.Popen[str]) -> None:
    """A host that cannot act must be ended by others."""
    os.kill(host_below(run.pid).pid, signal.SIGSTOP)
    run.kill()


def host_below(pid: int) -> Process:
    """Find the web view host by its program."""
    (host,) = playing(HOST_SCRIPT, descendants(pid))
    return host


def host_of(engine: WebKitGtkEngine) -> Process:
    """Find the host of an engine."""
    return host_below(engine.host_pid)


@contextmanager
def lonely_run(engine: str, url: str) -> Generator[subprocess.Popen[str]]:
    """Start a run in a process of its own; yield it when its page is shown."""
    command = [sys.executable, str(HERE / "lonely_run.py"), engine, url]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    pipe = subprocess.PIPE
    with started(command, stdin=pipe, stdout=pipe, env=environment) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "shown\n"
        yield run


@pytest.mark.parametrize("end", [kill_run, stop_host_and_kill_run])
def test_a_killed_run_leaves_nothing(
    site: str, temporary: Path, end: Callable[[subprocess.Popen[str]], None]
) -> None:
    """SIGKILL of the harness ends host, web processes and Xvfb, and removes their directory."""
    with lonely_run("webkitgtk", f"{site}/plain") as run:
        started = descendants(run.pid)
        assert {"Xvfb", "WebKitWebProces", "WebKitNetworkPr"} <= {each.name for each in started}
        assert len(list(temporary.iterdir())) == 1
        end(run)
        run.wait()
        assert wait_for(lambda: not running(started)), running(started)
        assert wait_for(lambda: not list(temporary.iterdir())), list(temporary.iterdir())


@pytest.mark.usefixtures("chromium")
def test_a_killed_run_leaves_no_chromium(site: str, temporary: Path) -> None:
    """Playwright's driver ends the browser when the harness is gone, and removes its directories."""
    with lonely_run("chromium", f"{site}/plain") as run:
        started = descendants(run.pid)
        assert {"chromium", "chrome"} & {each.name for each in started}
        assert list(temporary.iterdir())
        run.kill()
        run.wait()
        assert wait_for(lambda: not running(started)), running(started)
        assert wait_for(lambda: not list(temporary.iterdir())), list(temporary.iterdir())


def test_a_closed_engine_leaves_nothing(playwright: Playwright, site: str, temporary: Path) -> None:
    """Every process and directory of a browser ends with it."""
    with own_engine(playwright) as engine:
        engine.open_tab().goto(f"{site}/plain")
        started = descendants(engine.host_pid)
        assert len(started) > 4
    assert running(started) == set()
    assert list(temporary.iterdir()) == []


def test_a_guard_that_is_killed_takes_the_rest_along(
    playwright: Playwright, site: str, temporary: Path
) -> None:
    """Even without its guard nothing is left once the engine is closed."""
    with own_engine(playwright) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        started = descendants(engine.host_pid)
        os.kill(engine.host_pid, signal.SIGKILL)
        with pytest.raises(EngineDied):
            tab.wait_for_departure(timeout_s=20)
    assert wait_for(lambda: not running(started)), running(started)
    assert list(temporary.iterdir()) == []


def test_a_guard_that_is_killed_at_its_start_leaves_nothing(temporary: Path) -> None:
    """The directory is known to the harness before anything could tell it."""
    host = HostProcess(headed=False, answer_timeout_s=SHORT_S, page_timeout_s=SHORT_S)
    assert wait_for(lambda: any(temporary.iterdir()))
    os.kill(host.pid, signal.SIGKILL)
    host.close()
    assert list(temporary.iterdir()) == []


def test_a_host_that_dies_is_told_with_its_last_words(playwright: Playwright, site: str) -> None:
    """Whoever waits is told at once, and so is every later call."""
    with own_engine(playwright) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        threading.Timer(0.2, os.kill, (host_of(engine).pid, signal.SIGKILL)).start()
        with pytest.raises(EngineDied, match="SIGKILL"):
            tab.wait_for_departure(timeout_s=30)
        for later in (tab.settle, lambda: tab.goto(f"{site}/plain"), engine.open_tab, engine.warm):
            with pytest.raises(EngineDied, match="SIGKILL"):
                later()


def test_what_webkits_libraries_print_is_no_event(playwright: Playwright, site: str) -> None:
    """WebKit's allocator writes to standard output when it falls over, and so do the pages' processes."""
    with own_engine(playwright) as engine:
        Path(f"/proc/{host_of(engine).pid}/fd/1").write_bytes(b"[7] pas panic: deallocation did fail\n")
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        assert tab.page.url == f"{site}/plain"
        os.kill(host_of(engine).pid, signal.SIGKILL)
        with pytest.raises(EngineDied, match="pas panic: deallocation did fail"):
            tab.settle()


def test_a_browser_that_crashes_over_a_page_is_told_of_once_and_begun_again(
    playwright: Playwright, site: str
) -> None:
    """A backend's page can do that, so it is no end of the engine; before any page it is."""
    with own_engine(playwright) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        os.kill(host_of(engine).pid, signal.SIGABRT)
        for asked in (tab.settle, lambda: tab.goto(f"{site}/plain")):
            with pytest.raises(BrowserCrashed, match=r"itself crashed \(SIGABRT\)"):
                asked()
        tab.close()
        another = engine.open_tab()
        another.goto(f"{site}/plain")
        assert another.page.url == f"{site}/plain"


def test_a_browser_that_crashes_before_any_page_has_died(playwright: Playwright) -> None:
    """No page is to blame for it."""
    with own_engine(playwright) as engine:
        os.kill(host_of(engine).pid, signal.SIGABRT)
        with pytest.raises(EngineDied, match="SIGABRT"):
            engine.open_tab().settle()


def test_a_host_that_dies_ends_a_call_of_playwrights(playwright: Playwright, site: str) -> None:
    """A call that Playwright would answer never comes back with an error that the tab can explain."""
    with own_engine(playwright) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        threading.Timer(0.2, os.kill, (engine.host_pid, signal.SIGKILL)).start()
        with pytest.raises(PlaywrightError, match="closed"):
            tab.page.evaluate("new Promise(() => {})")
        with pytest.raises(EngineDied):
            tab.tap(tab.page.locator("h1"))


def test_a_page_process_that_dies_is_told(playwright: Playwright, site: str, tmp_path: Path) -> None:
    """A crash of one page is that page's end; the engine has others."""
    with own_engine(playwright) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        wait_for(lambda: len(named(descendants(engine.host_pid), "WebKitWebProcess")) == 2)
        first = named(descendants(engine.host_pid), "WebKitWebProcess")[0]
        threading.Timer(0.2, os.kill, (first.pid, signal.SIGKILL)).start()
        with pytest.raises(PageLost, match="its process crashed"):
            tab.evaluate("() => new Promise(() => {})")
        with pytest.raises(PageLost, match="its process crashed"):
            tab.wait_for_departure(timeout_s=20)
        with pytest.raises(PageLost, match="its process crashed"):
            tab.screenshot(tmp_path / "never.png")
        tab.close()
        another = engine.open_tab()
        another.goto(f"{site}/plain")
        assert another.page.url == f"{site}/plain"


def test_a_page_that_waits_for_ever_is_given_up(playwright: Playwright, site: str) -> None:
    """No answer in time is the page's end, also for a call that Playwright would wait for without end."""
    with own_engine(playwright) as engine, socket.create_server(("127.0.0.1", 0)) as silent:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        asks = "(url) => { const call = new XMLHttpRequest(); call.open('GET', url, false); call.send() }"
        with pytest.raises(PageLost, match="it stopped answering for 3 s"):
            tab.evaluate(asks, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        tab.close()
        engine.open_tab().goto(f"{site}/plain")


def test_a_host_that_hangs_is_ended_and_told(playwright: Playwright, site: str) -> None:
    """No answer in time is the engine's death."""
    with own_engine(playwright, answer_timeout_s=SHORT_S) as engine:
        tab = engine.open_tab()
        tab.goto(f"{site}/plain")
        started = descendants(engine.host_pid)
        os.kill(host_of(engine).pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(EngineDied, match=f"has not answered for {SHORT_S:g} s"):
            tab.evaluate("() => 1 + 1")
        assert time.monotonic() - began < SHORT_S * 3
        with pytest.raises(EngineDied, match=f"has not answered for {SHORT_S:g} s"):
            tab.settle()
        assert wait_for(lambda: not running(started)), running(started)


def test_a_tab_frees_its_processes(playwright: Playwright, site: str) -> None:
    """Closed tabs do not pile up: their processes end."""
    with own_engine(playwright) as engine:
        for _ in range(3):
            tab = engine.open_tab()
            tab.goto(f"{site}/plain")
            tab.close()
        for name in ("WebKitWebProcess", "WebKitNetworkProcess"):  # one view is kept warm
            assert wait_for(lambda name=name: len(named(descendants(engine.host_pid), name)) == 1), name


def test_two_engines_run_side_by_side(playwright: Playwright, site: str) -> None:
    """No fixed port, display or directory."""
    with own_engine(playwright) as one, own_engine(playwright) as other:
        for engine in (one, other):
            tab = engine.open_tab()
            tab.goto(f"{site}/location.href")
            assert tab.wait_for_departure(timeout_s=20) is not None


def test_an_exception_in_the_run_ends_the_engine(playwright: Playwright) -> None:
    """The block of `open_engine` owns the browser."""
    started: set[Process] = set()

    def fail() -> None:
        with open_engine("webkitgtk", playwright=playwright) as engine:
            assert isinstance(engine, WebKitGtkEngine)
            started.update(descendants(engine.host_pid))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert started
    assert running(started) == set()


def test_headed_shows_the_window_on_the_users_display(
    playwright: Playwright, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The display that exists is used, and no other X server is started."""
    with own_engine(playwright) as headless:
        environment = Path(f"/proc/{host_of(headless).pid}/environ").read_text().split("\0")
        monkeypatch.setenv("DISPLAY", dict(each.split("=", 1) for each in environment if each)["DISPLAY"])
        with open_engine("webkitgtk", headed=True, playwright=playwright) as engine:
            assert isinstance(engine, WebKitGtkEngine)
            tab = engine.open_tab()
            tab.goto(f"{site}/button")
            tab.tap(tab.page.locator("#return"))
            assert tab.wait_for_departure(timeout_s=20) is not None
            assert named(descendants(engine.host_pid), "Xvfb") == []


def test_the_block_of_an_engine_explains_a_dead_browser(playwright: Playwright, site: str) -> None:
    """An error of Playwright's that a dead browser causes leaves `open_engine` as EngineDied."""

    def run() -> None:
        with open_engine("webkitgtk", playwright=playwright) as engine:
            assert isinstance(engine, WebKitGtkEngine)
            tab = engine.open_tab()
            tab.goto(f"{site}/plain")
            threading.Timer(0.1, os.kill, (engine.host_pid, signal.SIGKILL)).start()
            tab.page.evaluate("new Promise(() => {})")

    with pytest.raises(EngineDied, match="WebKitGTK"):
        run()
