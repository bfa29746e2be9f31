"""What stands for our signs where the terminal's encoding has none of them (`PYTHONIOENCODING`, KOI8-U).

Owns the error handler of standard output and error: whatever is printed, printing cannot fail. Must not
change what a UTF-8 terminal shows.
"""

import codecs
import io
import sys

NAME = "amo_harness_plain"
_STAND_INS = str.maketrans(
    {"✓": "+", "✗": "x", "·": ".", "…": "...", "“": '"', "”": '"', "‹": "<", "›": ">", "–": "-", "→": "->"}
)


def print_whatever_comes() -> None:
    """Let standard output and error show a stand-in for what their encoding lacks."""
    codecs.register_error(NAME, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_STAND_INS)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end
