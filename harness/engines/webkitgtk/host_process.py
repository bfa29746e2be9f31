"""The web view host as a child process: its commands, its events, its last words, its end.

Owns the pipes and threads between the harness and `webview_host.py`. Must not know Playwright.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engines.tabs.engine import BrowserCrashed, EngineDied, EngineUnavailable
from harness.engines.tabs.presence import INSTALL_WEBKITGTK, SYSTEM_PYTHON, of_webkitgtk
from harness.errors import UsageError
from harness.processes.stillness import wait_awake

START_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 10.0
STATUS_WITHIN_S = 20.0  # the guard tidies up before it says how the host ended
CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP, signal.SIGABRT)

PULSE_S = 0.5  # between two signs of life
STEP_S = 2 * PULSE_S  # what counts at most between two looks: whoever looks later was stopped, or starved
STARVED_TIMEOUT_S = 15.0  # a page is lost then, also if its process got no processor
_HERE = Path(__file__).parent
_HOST = _HERE / "host"

Event = dict[str, Any]  # one JSON line of the host; its shapes are in webview_host.py


@dataclass
class Silence:
    """How long a page has owed a sign of life, as far as it is the page's own doing.

    While its process wants the processor, only what it gets of it counts: others may have the rest.
    """

    ping: int | None = None
    """The number of the sign that is owed; None when none is."""
    own_s: float = 0
    """How long it has been silent by its own doing."""
    clock: Callable[[], float] = time.monotonic
    _all_s: float = 0
    _looked: float = 0
    _used_s: float = 0

    def begin(self, ping: int | None, pulse: Event) -> None:
        """Ask for a sign; `pulse` is the host's, with what the pages' processes have used."""
        self.ping, self.own_s, self._all_s = ping, 0, 0
        self._looked = self.clock()
        self._used_s = pulse["used_s"]

    def goes_on(self, pulse: Event) -> float:
        """Count on to this pulse of the host's; return the seconds."""
        now = self.clock()
        real_s, got_s = min(now - self._looked, STEP_S), max(0.0, pulse["used_s"] - self._used_s)
        self.own_s += min(real_s, got_s) if pulse["wants_more"] else real_s
        self._all_s += real_s
        self._looked, self._used_s = now, pulse["used_s"]
        return self.own_s if self._all_s < STARVED_TIMEOUT_S else self._all_s


class HostProcess:
    """A running web view host.

    Events of a tab go to the function that the tab registered, in the reader thread.
    """

    def __init__(self, *, headed: bool, answer_timeout_s: float, page_timeout_s: float) -> None:
        self._changed = threading.Condition()
        self._replies: dict[int, Event] = {}
        self._next_id = 0
        self._listeners: dict[int, Callable[[Event], None]] = {}
        self._last_words: deque[str] = deque(maxlen=30)
        self._ended_because = ""
        self._has_shown = False  # a page of somebody's
        self.wanted_at = 0.0
        """When a process of a page was last seen to want the processor."""
        self.crash_told = False
        """Whether somebody was told that it crashed over a page."""
        self._ready: Event = {}
        self.answer_timeout_s = answer_timeout_s
        self._page_timeout_s = page_timeout_s
        self.headed = headed
        self._closing = threading.Event()
        self._start(headed=headed)

    def _start(self, *, headed: bool) -> None:
        reading, self._lifeline = os.pipe()
        self._home = tempfile.mkdtemp(prefix="amo-harness-webkit-")
        command = [SYSTEM_PYTHON, "-I", str(_HOST / "webview_guard.py"), str(reading), self._home]
        command += [
            str(_HERE / "fonts.conf"),
            "headed" if headed else "headless",
            str(_HOST / "webview_host.py"),
        ]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[reading],
                start_new_session=True,  # Ctrl-C is for the harness, which then ends the host in order
            )
        except OSError as error:
            os.close(self._lifeline)
            Path(self._home).rmdir()
            raise EngineUnavailable(
                f"{SYSTEM_PYTHON} cannot be started: {error}; install with: {INSTALL_WEBKITGTK}"
            ) from error
        finally:
            os.close(reading)
        self._threads = [
            threading.Thread(target=target, name=f"webview-{target.__name__.strip('_')}", daemon=True)
            for target in (self._read_events, self._read_last_words, self._watch_for_hangs)
        ]
        for thread in self._threads:
            thread.start()

    # --- commands ---------------------------------------------------------------------------------------

    def wait_until_ready(self) -> Event:
        """Return the host's first event: `inspector` (host:port), `version`."""
        try:
            self.wait(lambda: bool(self._ready), timeout_s=START_TIMEOUT_S, what="start")
        except EngineDied as error:
            found = of_webkitgtk()
            if found.available:
                raise
            raise EngineUnavailable(f"{found.why_not}; install with: {found.install}") from error
        if "refused" in self._ready:
            raise UsageError(f"--headed: {self._ready['refused']}")
        return self._ready

    def listen(self, tab: int, listener: Callable[[Event], None]) -> None:
        """Send the events of `tab` to `listener`."""
        self._listeners[tab] = listener

    def forget(self, tab: int) -> None:
        """Drop further events of `tab`."""
        self._listeners.pop(tab, None)

    def send(self, do: str, **fields: object) -> None:
        """Give a command that is not answered."""
        self.check()
        try:
            self._write({"do": do, **fields})
        except (BrokenPipeError, ValueError):
            self._end("it closed its input")
            self.check()

    def _new_id(self) -> int:
        with self._changed:
            self._next_id += 1
            return self._next_id

    def _write(self, command: dict[str, object]) -> None:
        line = json.dumps(command).encode() + b"\n"
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe above
        with self._changed:
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def wait(self, happened: Callable[[], bool], *, timeout_s: float, what: str) -> None:
        """Wait for something that an event changes; raise EngineDied when it can no longer come."""
        with self._changed:
            in_time = wait_awake(self._changed, lambda: happened() or bool(self._ended_because), timeout_s)
            if happened():
                return
        self.check()
        if not in_time:
            self.kill(f"it did not answer `{what}` within {timeout_s:g} s")
            self.check()

    def wait_patiently(self, happened: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait for something that may as well not happen; return whether it did, or the host is gone."""
        with self._changed:
            return self._changed.wait_for(lambda: happened() or bool(self._ended_because), timeout_s)

    def begin(self, do: str, **fields: object) -> int:
        """Give a command and go on; return the number under which `answer_to` has its answer."""
        number = self._new_id()
        self.send(do, id=number, **fields)
        return number

    def answer_to(
        self, number: int, *, timeout_s: float, give_up: Callable[[], bool] = lambda: False
    ) -> Event | None:
        """Return the answer to a command, once, or None if it has not come in time, or will not come."""
        self.wait_patiently(lambda: number in self._replies or give_up(), timeout_s=timeout_s)
        return self._replies.pop(number, None)

    # --- events -----------------------------------------------------------------------------------------

    def _read_events(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe above
        for line in self._process.stdout:
            event: Event = json.loads(line)
            if event["event"] == "ready":
                self._ready = event
            elif event["event"] == "reply":
                self._replies[event["id"]] = event
            elif listener := self._listeners.get(event["tab"]):
                self._has_shown |= event["event"] == "committed" and event["url"] != "about:blank"
                listener(event)
            with self._changed:
                self._changed.notify_all()
        self._end("it ended")

    def _read_last_words(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - opened as a pipe above
        for line in self._process.stderr:
            self._last_words.append(line.decode(errors="replace").rstrip())
        # Whoever could write there is gone. The guard has removed it, unless it was killed itself.
        shutil.rmtree(self._home, ignore_errors=True)

    def _watch_for_hangs(self) -> None:
        """Ask host and pages for a sign of life, so that no call of Playwright waits for ever."""
        silence: dict[int, Silence] = {}
        while not self._closing.wait(PULSE_S):
            number = self._begin_quietly("pulse")
            pulse = self.answer_to(number, timeout_s=self.answer_timeout_s, give_up=self._closing.is_set)
            if self._closing.is_set() or self._ended_because:
                return
            if pulse is None:
                self.kill(f"it has not answered for {self.answer_timeout_s:g} s")
                return
            if pulse["wants_more"]:
                self.wanted_at = time.monotonic()
            silence = {tab: silence.get(tab) or Silence() for tab in list(self._listeners)}
            for tab, silent in silence.items():
                self._watch_page(tab, silent, pulse)

    def _watch_page(self, tab: int, silent: Silence, pulse: Event) -> None:
        """Ask one page for a sign of life; give it up if it owes one for too long."""
        if silent.ping is None or self._replies.pop(silent.ping, None) is not None:
            silent.begin(self._begin_quietly("ping", tab=tab), pulse)
        elif silent.goes_on(pulse) >= self._page_timeout_s:
            is_slow = silent.own_s < self._page_timeout_s
            reason = f"it stopped answering for {self._page_timeout_s:g} s"
            if is_slow:
                reason = f"its process got too little of the processor to answer in {STARVED_TIMEOUT_S:g} s"
            self._begin_quietly("abandon", tab=tab, reason=reason, is_slow=is_slow)
            silent.begin(None, pulse)

    def _begin_quietly(self, do: str, **fields: object) -> int:
        """Give a command to a host that may be gone: the reader of events tells of that."""
        number = self._new_id()
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._write({"do": do, "id": number, **fields})
        return number

    # --- the end ----------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._process.pid

    @property
    def died(self) -> bool:
        """Whether it ended without being asked to."""
        return bool(self._ended_because)

    def check(self) -> None:
        """Raise EngineDied, with the last words, if the host is gone; BrowserCrashed if a page may be why."""
        if not self._ended_because:
            return
        if self._has_shown and (crash := self._crash()):
            self.crash_told = True
            raise BrowserCrashed(
                f"WebKitGTK {self._ready['version']} itself crashed ({crash}) over this page or the one "
                "before, which says nothing of a phone's Safari. Play this scenario alone: where it ends so "
                "again, leave out what the page does last, or judge it with --engine webkit"
            )
        self._threads[1].join(1.0)
        words = [line for line in self._last_words if not line.startswith("_XSERV")]
        said = "\n  ".join(words) if words else "(it said nothing)"
        raise EngineDied(f"WebKitGTK: {self._ended_because}. Its last words:\n  {said}")

    def _crash(self) -> str:
        """Return the signal that WebKit's own doing ended it by; empty where somebody else did."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(STATUS_WITHIN_S)
            return next((each.name for each in CRASHES if status == 128 + each), "")
        return ""

    def _end(self, reason: str) -> None:
        with self._changed:
            if not self._ended_because and not self._closing.is_set():
                self._ended_because = reason
            self._changed.notify_all()
        for listener in list(self._listeners.values()):
            listener({"event": "gone"})

    def kill(self, reason: str) -> None:
        """End everything at once, and say why to whoever asks."""
        self._end(reason)
        self._cut_lifeline()

    def close(self) -> None:
        """End the host and wait until nothing of it is left."""
        self._closing.set()
        self._cut_lifeline()
        try:
            self._process.wait(CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        self._close_pipes()

    def _cut_lifeline(self) -> None:
        with self._changed:
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1

    def _close_pipes(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # the rest of a command to a host that is gone
