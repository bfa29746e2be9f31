"""Plays every way of a hostile backend against `check`, `run` and `serve`, and says how each ended.

    python -m tools.hostile [--command check|run|serve]… [--only WORD] [--jobs 2] [--deaths-every 40]

Each must end with 0, 1 or 2 within its time, in 300 MB over what the reference takes, with a sentence and
without a traceback; so must a backend that dies after so many bytes of each answer. At every other path the
reference answers, so that what follows is judged: in order it is blamed for nothing. Prints a line a trial.
Takes an hour, for many of the ways are to hang: `tests/e2e` plays a selection. Owns the trials and their
report; the ways are `tests.e2e.hostile_backend`'s.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import httpx

from tests.e2e.hostile_backend import (
    CALLBACK,
    CALLS,
    DIES_AFTER,
    IN_ORDER,
    STATUS,
    VISITS,
    in_order,
)

ROOT = Path(__file__).resolve().parent.parent
CONNECT, LEADS = "/api/amo-crm/auth-url", "/api/leads"
COMMANDS = ("check", "run", "serve")
WITHIN_S = {"check": 60.0, "run": 150.0, "serve": 120.0}
PHONE_WAITS_S = 20.0
MEMORY_OVER_REFERENCE_KB = 300_000
LOOK_S = 0.1
TOML = """name = "hostile"
[start]
command = ["{python}", "-m", "tests.e2e.hostile_front", "{mode}", "{path}"]
cwd = "{root}"
[start.env]
PORT = "{{port}}"
AMO_BASE_URL = "{{amo_url}}"
AMO_CLIENT_ID = "{{client_id}}"
AMO_CLIENT_SECRET = "{{client_secret}}"
AMO_REDIRECT_URI = "{{redirect_uri}}"
APP_SESSIONS = "*"
{since}
[http]
connect = "{connect}"
[http.headers]
Authorization = "Bearer {{user}}"
"""
SENTENCES = ("wrong", "note", "✗", "broken", "amo-harness:")
BEGINS = re.compile(r"^(playing|phone) ", re.MULTILINE)
SERVES = re.compile(r"^phone +(\S+)[\s\S]*^dashboard +(\S+)[\s\S]*^Finish", re.MULTILINE)
SHOWS_LEADS = (IN_ORDER, "a lone surrogate")
"""Ways in which there are leads to be shown, whatever they are called."""
MORE_THAN_A_PAGE = 1_000_000
BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone)", "Accept": "text/html"}
"""Without which nobody is taken for the phone, and a page is none."""
SINCE = "since"
DEFECT = ("Traceback", "defect of amo-harness")


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of misbehaving at one path, and the command that meets it."""

    command: str
    mode: str = IN_ORDER
    path: str = CALLBACK
    begins_later: bool = False
    """Whether it is in order until it has been looked at."""

    @property
    def is_of_leads(self) -> bool:
        """Whether the app can show no leads; a check goes no further than that there is an answer."""
        return self.path == LEADS and self.command != "check" and self.mode not in SHOWS_LEADS

    def __str__(self) -> str:
        later = "later" if self.begins_later else ""
        return f"{self.command:<5} {self.mode:<32} {self.path:<20} {later:<5}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a trial ended; `memory_kb` is the most that one of the command's own processes held.

    `judged` is how `judge` ended of the folder that `serve` left, None where that is not asked.
    """

    trial: Trial
    code: int | None
    took_s: float
    memory_kb: int
    said: str
    judged: int | None = None

    def problems(self, reference_kb: int) -> Iterator[str]:
        """Yield what is wrong with it."""
        if self.code is None:
            yield f"it had not ended after {WITHIN_S[self.trial.command]:g} s"
        elif self.code not in (0, 1, 2):
            yield f"exit code {self.code}"
        if self.trial.mode == IN_ORDER and self.code:
            yield "the backend is in order, and was blamed"
        if self.trial.is_of_leads and self.code == 0:
            yield "the leads were never shown, and nobody was blamed"
        if self.judged not in (None, self.code):
            yield f"`judge` ended with {self.judged}"
        if any(word in self.said for word in DEFECT):
            yield "a traceback"
        if self.code and not self.sentence:
            yield "no sentence"
        if self.memory_kb > reference_kb + MEMORY_OVER_REFERENCE_KB:
            yield f"{self.memory_kb // 1000} MB"

    @property
    def sentence(self) -> str:
        """Return the first line that says what is wrong; empty where none does."""
        lines = [" ".join(line.split()) for line in self.said.splitlines()]
        return next((line for sign in SENTENCES for line in lines if line.startswith(sign)), "")


def trials(commands: tuple[str, ...], deaths_every: int) -> Iterator[Trial]:
    """Yield every way at every path that it is for, before every command."""
    for command in commands:
        for path in (CALLBACK, STATUS, CONNECT, LEADS):
            deaths = (f"{DIES_AFTER}{number}" for number in range(0, len(in_order(path)) + 1, deaths_every))
            for mode in (IN_ORDER, *(VISITS if path == CALLBACK else CALLS), *deaths):
                is_looked_at = path != CALLBACK and command != "check"  # and goes no further than a check
                yield Trial(command, mode, path, begins_later=is_looked_at)


def play(trial: Trial) -> Ended:
    """Play one trial in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    words = [sys.executable, "-m", "harness", trial.command, "--backend", _backend(trial, folder)]
    if trial.command != "check":
        words += ["--out", str(folder / "out")]
    if trial.command == "run":
        words += ["--jobs", "1"]
        words += ["code_missing", "left_alone"] if trial.path == CALLBACK else ["connect_happy_path"]
    said, began_s = folder / "said.txt", time.monotonic()
    with said.open("wb") as stream:
        command = subprocess.Popen(words, stdout=stream, stderr=stream, cwd=ROOT, start_new_session=True)
    most = Most(command)
    _hear(command, said, BEGINS)
    (folder / SINCE).touch()
    if trial.command == "serve":
        _walk(command, said)
    code = _end_of(command, began_s + WITHIN_S[trial.command])
    took_s = time.monotonic() - began_s
    judged = _judged(folder / "out", said) if trial.command == "serve" and code in (0, 1) else None
    text = said.read_text(encoding="utf-8", errors="replace")
    shutil.rmtree(folder)
    return Ended(trial, code, took_s, most.memory_kb(), text, judged)


def _judged(out: Path, said: Path) -> int:
    with said.open("ab") as stream:
        words = [sys.executable, "-m", "harness", "judge", str(out)]
        return subprocess.run(words, stdout=stream, stderr=stream, cwd=ROOT, check=False).returncode


def _backend(trial: Trial, folder: Path) -> str:
    file = folder / "backend.toml"
    text = TOML.format(
        python=sys.executable,
        mode=trial.mode,
        path=trial.path,
        root=ROOT,
        connect=CONNECT,
        since=f'SINCE = "{folder / SINCE}"' if trial.begins_later else "",
    )
    file.write_text(text, encoding="utf-8")
    return str(file)


class Most:
    """The most memory that a command's own processes held, browsers and the backend apart."""

    def __init__(self, command: "subprocess.Popen[bytes]") -> None:
        self._command, self._most_kb = command, 0
        self._looks = threading.Thread(target=self._look, daemon=True)
        self._looks.start()

    def memory_kb(self) -> int:
        """Return it, once the command has ended."""
        self._looks.join()
        return self._most_kb

    def _look(self) -> None:
        while self._command.poll() is None:
            try:
                text = Path(f"/proc/{self._command.pid}/status").read_text(encoding="utf-8")
            except OSError:  # it has just ended
                return
            found = re.search(r"VmHWM:\s+(\d+) kB", text)
            self._most_kb = max(self._most_kb, int(found.group(1)) if found else 0)
            time.sleep(LOOK_S)


def _end_of(command: "subprocess.Popen[bytes]", until_s: float) -> int | None:
    try:
        return command.wait(max(0.0, until_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(command.pid, signal.SIGKILL)
        command.wait()
        return None


def _hear(command: "subprocess.Popen[bytes]", said: Path, sign: "re.Pattern[str]") -> "re.Match[str] | None":
    """Wait until a command says this or has ended; return what is said there."""
    while True:
        has_ended = command.poll() is not None
        found = sign.search(said.read_text(encoding="utf-8", errors="replace"))
        if found or has_ended:
            return found
        time.sleep(LOOK_S)


def _walk(command: "subprocess.Popen[bytes]", said: Path) -> None:
    """Be the phone in front of `serve`, and the tester: connect, tap, wait for leads; then press Finish."""
    served = _hear(command, said, SERVES)
    if served is None:
        return
    start_url, dashboard_url = served.groups()
    with httpx.Client(timeout=PHONE_WAITS_S) as phone:
        acts = (partial(_press, phone, start_url, act) for act in ("tapped", "wait"))
        for step in (partial(_connect, phone, start_url), *acts):
            ended = threading.Thread(target=_as_a_phone, args=(step,), daemon=True)
            ended.start()
            ended.join(PHONE_WAITS_S)
    with httpx.Client(timeout=PHONE_WAITS_S) as desk:
        desk.get(dashboard_url)
        _as_a_phone(partial(desk.post, urljoin(dashboard_url, "/finish")))


def _as_a_phone(step: Callable[[], object]) -> None:
    try:
        step()
    except (
        httpx.HTTPError,
        httpx.InvalidURL,
        HTTPException,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # as a phone that shows an error
        _ = error


def _press(phone: httpx.Client, start_url: str, act: str) -> httpx.Response:
    key = phone.get(start_url).text.partition('data-key="')[2].partition('"')[0]
    return phone.post(f"{start_url}/{act}", params={"key": key})


def _connect(phone: httpx.Client, start_url: str) -> None:
    _press(phone, start_url, "open")
    amo = _press(phone, start_url, "connect").headers.get("location", "")
    if amo.startswith("http"):
        allowed = phone.post(amo, data={"decision": "allow"})
        request = Request(allowed.headers["location"], headers=BROWSER)  # noqa: S310 - as amoCRM sends it
        with urlopen(request, timeout=PHONE_WAITS_S) as answer:  # noqa: S310 - whatever cookie it sets
            answer.read(MORE_THAN_A_PAGE)


def main() -> int:
    """Play, print each, count; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--command", action="append", choices=COMMANDS, help="(default: each)")
    parser.add_argument("--only", default="", metavar="WORD", help="ways with this in their name or path")
    parser.add_argument("--jobs", type=int, default=2, help="played at a time (default: %(default)s)")
    parser.add_argument("--deaths-every", type=int, default=40, metavar="BYTES")
    options = parser.parse_args()
    commands = tuple(options.command or COMMANDS)
    reference_kb = {each: play(Trial(each)).memory_kb for each in commands}
    chosen = [each for each in trials(commands, options.deaths_every) if options.only in str(each)]
    wrong = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for ended in pool.map(play, chosen):
            problems = list(ended.problems(reference_kb[ended.trial.command]))
            wrong += bool(problems)
            print(
                f"{'✗' if problems else '✓'} {ended.trial} {ended.code} {ended.took_s:5.1f} s "
                f"{ended.memory_kb // 1000:4} MB  {ended.sentence[:200]}",
                flush=True,
            )
            for each in problems:
                print(f"    {each}")
            if problems:
                print("\n".join(f"    it said: {line}" for line in ended.said.splitlines()[-20:]), flush=True)
    print(f"{wrong} of {len(chosen)} ended otherwise than they must")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
