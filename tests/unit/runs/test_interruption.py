"""What a signal does to a process that does not end by itself."""

import signal
import subprocess
import sys
import time

import pytest

from harness.processes.interruption import GIVE_UP_S, LAST_WORDS_S

WAITS = """
import threading
from harness.processes.interruption import INTERRUPTION

INTERRUPTION.listen()
with INTERRUPTION.last_words(lambda: print("two were finished", flush=True)):
    try:
        print("ready", flush=True)
        threading.Event().wait()
    finally:
        {at_the_end}
"""
HEARS_SIGNALS = ("env", "--default-signal=INT,TERM,HUP")
"""Whatever started the tests may have it ignore them, as `nohup` and a shell's `&` do."""
EVERY = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
HANGS, ENDS = "threading.Event().wait()", "pass"
ENOUGH_S = 60


def started(at_the_end: str) -> subprocess.Popen[str]:
    """Start a process, and wait until it waits."""
    process = subprocess.Popen(
        [*HEARS_SIGNALS, sys.executable, "-c", WAITS.format(at_the_end=at_the_end)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def interrupted(at_the_end: str, *numbers: signal.Signals) -> tuple[int, str, str]:
    """Start a process, send it the signals once it waits, and return how it ended."""
    process = started(at_the_end)
    for number in numbers:
        process.send_signal(number)
    out, err = process.communicate(timeout=ENOUGH_S)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "numbers", [EVERY[:1], EVERY[2:], EVERY], ids=["Ctrl-C", "a closed terminal", "several"]
)
def test_a_process_that_hangs_over_its_end_is_ended(numbers: list[signal.Signals]) -> None:
    """Also by a second signal: it says what it has to, and ends with 3."""
    began = time.monotonic()
    assert interrupted(HANGS, *numbers) == (3, "two were finished\n", "amo-harness: interrupted\n")
    assert time.monotonic() - began < ENOUGH_S


def test_a_process_that_ends_by_itself_is_let() -> None:
    """KeyboardInterrupt goes its way, once."""
    code, out, err = interrupted(ENDS, signal.SIGTERM)
    assert (code, out) == (-signal.SIGINT, "")
    assert "KeyboardInterrupt" in err


PATIENT = "exec('with INTERRUPTION.patient(60): {}')"
LONG_S = 1.5 * (GIVE_UP_S + LAST_WORDS_S)


def test_an_end_that_is_waited_for_may_take_its_time() -> None:
    """Where a signal is how the work is meant to end; a terminal that closes sends several at once."""
    writes = f'__import__("time").sleep({LONG_S}); print("written")'
    code, out, err = interrupted(PATIENT.format(writes), *EVERY)
    assert (code, out) == (-signal.SIGINT, "written\n")
    assert "KeyboardInterrupt" in err


def test_nor_is_it_waited_for_once_somebody_asks_again() -> None:
    """Ctrl-C a second time, when the first has had its time."""
    process = started(PATIENT.format(HANGS))
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    assert process.communicate() == ("two were finished\n", "amo-harness: interrupted\n")
    assert process.returncode == 3


def test_a_signal_after_the_last_word_changes_no_exit_code() -> None:
    """Python gives the signals back to the system while it still clears up."""
    ends = "INTERRUPTION.take_no_more(); import os, signal as s; os._exit(s.getsignal(s.SIGINT) is s.SIG_IGN)"
    assert interrupted(ends, signal.SIGTERM) == (1, "", "")


def test_an_end_by_force_leaves_no_word_of_pythons() -> None:
    """What workers shared is cleared; on a busy machine too few seconds are left to give it back."""
    forced = "import os, multiprocessing as m; {}shared = m.get_context('spawn').Lock(); os._exit(3)"
    said = [
        subprocess.run(
            [sys.executable, "-c", forced.format(begins)], capture_output=True, text=True, check=False
        ).stderr
        for begins in ("", "from harness.processes.beginning import begin_tracker; begin_tracker(); ")
    ]
    assert ("resource_tracker" in said[0], said[1]) == (True, "")
