"""The end of this process by a signal: once as an exception, and by force where that does not end it in time.

Owns what Ctrl-C, SIGTERM and SIGHUP do to a command. A signal raises KeyboardInterrupt once; those that come
after it change nothing, for the end is near in any case: whoever still waits after `GIVE_UP_S` is not waited
for, but where a signal is how the work is meant to end (`patient`). What the process has started sees its end
and follows. Must know nothing of what a run writes.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from harness.exit_codes import ExitCode

GIVE_UP_S = 1.2
LAST_WORDS_S = 0.6
STANDARD_ERROR = 2
NOT_OPEN = -1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """What a signal does to this process, and what is said last where it has to end by force."""

    def __init__(self) -> None:
        self._last_words: Callable[[], object] | None = None
        self._is_ending = False
        self._patience_s = 0.0
        self._reading = NOT_OPEN
        self.waiting: threading.Thread | None = None
        """The thread that waits for a signal, once this process takes them."""

    def listen(self) -> None:
        """Take the signals from now on, but for those that whoever started the process has it ignore."""
        if self._reading != NOT_OPEN:
            return
        self._reading, writing = os.pipe()
        os.set_blocking(writing, False)
        sys.unraisablehook = _not_of_an_interruption
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self.waiting = threading.Thread(target=self._end_in_time, name="interruption", daemon=True)
        self.waiting.start()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    @property
    def is_ending(self) -> bool:
        """Whether a signal has come: whoever goes from one work to the next does not begin it."""
        return self._is_ending

    def take_no_more(self) -> None:
        """Let no further signal change how this process ends: Python gives them back before it is gone."""
        if self._is_ending:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def last_words(self, say: Callable[[], object]) -> Generator[None]:
        """Have this called, from another thread, where the process is ended by force in the block."""
        before, self._last_words = self._last_words, say
        try:
            yield
        finally:
            self._last_words = before

    @contextmanager
    def patient(self, seconds: float) -> Generator[None]:
        """Wait so much longer for an end in the block, unless a second signal, some time later, comes."""
        before, self._patience_s = self._patience_s, seconds
        try:
            yield
        finally:
            self._patience_s = before

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._is_ending:
            self._is_ending = True
            raise KeyboardInterrupt

    def _end_in_time(self) -> None:
        """Wait for a signal, and then for the end, in a thread that no other work can hold up."""
        number = self._next_signal()
        if not self._is_ending:  # another thread was given it, and the main one may sleep
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        threading.Event().wait(GIVE_UP_S)
        self._wait_on()
        speaking = threading.Thread(target=self._say_last_words, daemon=True)
        speaking.start()
        speaking.join(LAST_WORDS_S)
        end_at_once(ExitCode.HARNESS, "amo-harness: interrupted\n")

    def _wait_on(self) -> None:
        while select.select([self._reading], [], [], 0)[0]:
            os.read(self._reading, 1)  # one key, or a terminal that closes, may send several at once
        select.select([self._reading], [], [], self._patience_s)

    def _next_signal(self) -> int:
        while (number := os.read(self._reading, 1)[0]) not in SIGNALS:
            continue  # somebody else's
        return number

    def _say_last_words(self) -> None:
        if self._last_words is not None:
            self._last_words()
        sys.stdout.flush()


def _not_of_an_interruption(lost: "sys.UnraisableHookArgs") -> None:
    """Say nothing of a KeyboardInterrupt that came where nothing can be raised: the end comes in time."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)


@contextmanager
def shielded() -> Generator[None]:
    """Let what this thread starts in the block begin where no such signal reaches it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_it_to_the_parent() -> None:
    """Have signals do nothing in this process, begun `shielded`; what it starts itself hears them.

    A copy of its parent would tell that one's thread of them.
    """
    signal.set_wakeup_fd(NOT_OPEN)
    for number in SIGNALS:
        signal.signal(number, _take_no_notice)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _take_no_notice(_number: int, _frame: FrameType | None) -> None:
    """A handler, where an ignored signal would stay ignored in what this process starts."""


def end_at_once(code: int, said: str = "") -> NoReturn:
    """End the process without closing anything; what it has started sees that and follows.

    Nothing is flushed: whoever does not read what was said could keep the process for ever.
    """
    try:
        os.write(STANDARD_ERROR, said.encode())
    finally:
        os._exit(code)


INTERRUPTION = Interruption()
"""This process's own."""
