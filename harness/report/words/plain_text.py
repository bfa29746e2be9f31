"""Output that cannot fail: signs that an encoding lacks (`PYTHONIOENCODING`, KOI8-U), nobody who reads.

Owns the error handler of standard output and error, and the stream of whoever goes on when nobody reads any
more. Must not change what a UTF-8 terminal shows.
"""

import codecs
import io
import os
import sys
from typing import ClassVar, TextIO

NAME = "amo_harness_plain"
_STAND_INS = str.maketrans(
    {"✓": "+", "✗": "x", "·": ".", "…": "...", "“": '"', "”": '"', "‹": "<", "›": ">", "–": "-", "→": "->"}
)


def print_whatever_comes() -> None:
    """Let standard output and error show a stand-in for what their encoding lacks; nothing is lost yet."""
    Lasting.lost.clear()
    codecs.register_error(NAME, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_STAND_INS)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


class Lasting(io.TextIOBase):
    """A stream that goes on when nobody takes what it is given, and drops it from then on.

    So it is when a reader has left, a disk is full or a terminal is closed.
    """

    lost: ClassVar[list[OSError]] = []
    """Why something was dropped, of all of them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        """Tell whether a terminal is behind it."""
        return self._stream.isatty()

    def write(self, text: str) -> int:
        """Pass a text on, if anybody takes it."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Pass on what is left, if anybody takes it."""
        try:
            self._stream.flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        self.lost.append(error)
        drop_output(self._stream)


def drop_output(stream: TextIO) -> None:
    """Lead a stream that nobody takes any more to nowhere, so that what it still holds cannot fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
