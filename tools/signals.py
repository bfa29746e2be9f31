"""Ends commands by signals at random moments, each in a namespace of its own, and says what they left.

    python -m tools.signals [--moments 40] [--seed N] [--within S] [-- COMMAND…]

Without a command: `run`, `prove`, `reproduce`, `load`, `serve` and the pytest plugin with xdist. `{out}` in a
command is a new folder, in which what a run has finished is read afterwards. Nothing may be left: no
process, file, semaphore or socket. Needs Linux's `unshare`, as root or where a user may make namespaces.
Owns the trials and their report.
"""

import argparse
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.leftovers import PAUSE_S, TEMPORARY, reap, unreadable, wait_until_left_alone

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
USUAL = (
    f"{PYTHON} -m harness run --backend reference --jobs 2 --out {{out}}",
    f"{PYTHON} -m harness prove --jobs 2",
    f"{PYTHON} -m harness reproduce",
    f"{PYTHON} -m harness load --backend reference --users 10 --minutes 0.15 --out {{out}}",
    f"{PYTHON} -m harness serve --backend reference --out {{out}}",
    f"{PYTHON} -m pytest -p no:cacheprovider -q --amo-backend reference -n 2 amo-harness",
)
NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net", "--ipc")
ENDS_WITHIN_S = 10.0
"""Far more than the two seconds that a command promises: the machine may be busy."""
HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED_S = 1.0
LINES_SHOWN = 12
PYTEST = "pytest"
"""Prints where it was interrupted, and so do its workers."""


@dataclass(frozen=True, slots=True)
class End:
    """A way to end a command: signals, to its group as a terminal does, or to it alone."""

    numbers: tuple[signal.Signals, ...]
    to_the_group: bool = False
    apart_s: float = PAUSE_S

    def send(self, command: "subprocess.Popen[bytes]") -> None:
        """Send them; a command that has been stopped stays so for a while."""
        for number in self.numbers:
            if self.to_the_group:
                os.killpg(command.pid, number)
            else:
                command.send_signal(number)
            pause(STOPPED_S if number == signal.SIGSTOP else self.apart_s)


ENDS = {
    "INT": End((signal.SIGINT,), to_the_group=True),
    "INT twice": End((signal.SIGINT, signal.SIGINT), to_the_group=True),
    "INT twice, slowly": End((signal.SIGINT, signal.SIGINT), to_the_group=True, apart_s=1.0),
    "TERM": End((signal.SIGTERM,)),
    "TERM twice": End((signal.SIGTERM, signal.SIGTERM), apart_s=0.3),
    "INT, TERM": End((signal.SIGINT, signal.SIGTERM), to_the_group=True, apart_s=0.2),
    "HUP": End((signal.SIGHUP,), to_the_group=True),
    "HUP, INT": End((signal.SIGHUP, signal.SIGINT), to_the_group=True, apart_s=0.1),
    "KILL": End((signal.SIGKILL,)),
    "STOP": End((signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM)),
    "STOP, KILL": End((signal.SIGSTOP, signal.SIGKILL)),
}


def pause(seconds: float) -> None:
    """Let real time pass."""
    time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Trial:
    """One command, ended in one way at one moment."""

    command: str
    end: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a trial."""

    trial: Trial
    code: int | None
    took_s: float
    problems: tuple[str, ...]

    def __str__(self) -> str:
        sign = "✗" if self.problems else "✓"
        code = "by itself" if self.code is None else f"exit {self.code} in {self.took_s:.2f} s"
        words = self.trial.command.replace(PYTHON, "python")
        head = f"{sign} {self.trial.end:<17} at {self.trial.after_s:5.2f} s  {code:<22} {words}"
        return "\n".join([head, *(f"    {each}" for each in self.problems)])


def trials(commands: Sequence[str], moments: int, within_s: float, chance: random.Random) -> Iterator[Trial]:
    """Yield the trials: every command in turn, every end as often, each at a moment of its own."""
    turns: dict[str, list[str]] = {}
    for number in range(moments):
        command = commands[number % len(commands)]
        left = turns.setdefault(command, [])
        if not left:
            left += chance.sample(list(ENDS), len(ENDS))
        yield Trial(command, left.pop(), chance.uniform(0.0, within_s))


def attempt(trial: Trial, patience_s: float, since: Path | None) -> Ended:
    """Play one trial in this namespace; its end, and what it leaves, may each take so long.

    Its moment counts from when there is the file `since`, where one is named.
    """
    out = Path(tempfile.mkdtemp(prefix="out-"))
    said = out / "said.txt"
    words = shlex.split(trial.command.replace("{out}", str(out / "run")))
    with said.open("wb") as stream:
        command = subprocess.Popen(words, stdout=stream, stderr=stream, cwd=ROOT, start_new_session=True)
        while since is not None and not since.exists() and command.poll() is None:
            pause(PAUSE_S)
        is_early = _ends_by(command, trial.after_s)
        began_s = time.monotonic()
        problems = [] if is_early else list(_end(command, ENDS[trial.end], patience_s))
    took_s = time.monotonic() - began_s
    text = said.read_text(encoding="utf-8", errors="replace")
    problems += unreadable(out / "run", text)
    if "Traceback" in text and PYTEST not in words:
        problems.append("it printed a traceback")
    told = [f"it said: {line}" for line in text.splitlines()[-LINES_SHOWN:]] if problems else []
    shutil.rmtree(out)
    left = wait_until_left_alone(patience_s)
    return Ended(trial, None if is_early else command.returncode, took_s, (*problems, *told, *left))


def _end(command: "subprocess.Popen[bytes]", end: End, patience_s: float) -> Iterator[str]:
    """End a command; yield what is wrong with how it ends."""
    end.send(command)
    if not _ends_by(command, patience_s):
        os.killpg(command.pid, signal.SIGKILL)
        command.wait()
        yield f"it had not ended after {patience_s:g} s"
    elif command.returncode < 0 and -command.returncode not in end.numbers:
        yield f"it ended by signal {-command.returncode}, which nobody sent"


def _ends_by(command: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Wait for a command, but no longer; orphans are taken meanwhile, and the command's own code is not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if command.poll() is not None:
            return True
        pause(min(PAUSE_S, max(0.0, deadline - time.monotonic())))
    return command.poll() is not None


def set_up_namespace() -> None:
    """Bring loopback up, and empty temporary folders in the machine's place; the checkout stays there."""

    def run(*words: str) -> None:
        subprocess.run(words, check=True)

    run("ip", "link", "set", "lo", "up")
    kept = {each for each in (ROOT, Path(sys.prefix), Path.cwd()) if TEMPORARY in each.parents}
    kept = {each for each in kept if not kept.intersection(each.parents)}
    aside = {each: Path("/mnt") / str(number) for number, each in enumerate(sorted(kept))}
    run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    for each, place in aside.items():
        place.mkdir()
        run("mount", "--rbind", str(each), str(place))
    for folder in (TEMPORARY, Path("/dev/shm")):  # noqa: S108 - the namespace's own
        run("mount", "-t", "tmpfs", "tmpfs", str(folder))
    for each, place in aside.items():
        each.mkdir(parents=True)
        run("mount", "--rbind", str(place), str(each))


def play(options: argparse.Namespace) -> int:
    """Play the trials in this namespace and print what became of each; 1 where something was left."""
    set_up_namespace()
    for each in HEARD:  # what a shell starts in the background, or `nohup`, has them ignored
        signal.signal(each, signal.SIG_DFL)
    os.environ["TMPDIR"] = str(TEMPORARY)
    chance = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    commands = [shlex.join(options.command)] if options.command else USUAL
    found: list[Ended] = []
    for trial in trials(commands, options.moments, options.within, chance):
        ended = attempt(trial, options.patience, options.since)
        reap()
        found.append(ended)
        print(ended, flush=True)
    wrong = sum(bool(each.problems) for each in found)
    slowest = max((each.took_s for each in found), default=0.0)
    print(
        f"seed {options.seed}: {wrong} of {len(found)} left something; the slowest end took {slowest:.2f} s"
    )
    return 1 if wrong else 0


def main() -> int:
    """Go into a namespace, or play there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moments", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--within", type=float, default=12.0, help="the last moment, in seconds")
    parser.add_argument(
        "--patience", type=float, default=ENDS_WITHIN_S, help="how long an end may take, in seconds"
    )
    parser.add_argument("--since", type=Path, help="a file of the command's, from which a moment counts")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    options = parser.parse_args()
    if options.inside:
        return play(options)
    as_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    told = [f"--moments={options.moments}", f"--seed={options.seed}", f"--within={options.within}"]
    told += [f"--patience={options.patience}", *([f"--since={options.since}"] if options.since else [])]
    inside = [PYTHON, "-m", "tools.signals", "--inside", *told, "--", *options.command]
    return subprocess.run([*NAMESPACE, *as_user, *inside], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
