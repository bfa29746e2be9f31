"""The QR code of an address, for a terminal and for a page, where the extra `serve` is installed.

Owns asking for segno. Without it there is no code, and the address is printed all the same.
"""

import io
from importlib import import_module
from typing import Any

MISSING = "no QR code: pip install 'amo-harness[serve]' draws one; the address is the same"


def _made(address: str) -> Any | None:
    try:
        segno = import_module("segno")
    except ImportError:
        return None
    return segno.make(address, micro=False)


WHITE_ON_BLACK, PLAIN = "\x1b[97;40m", "\x1b[0m"


def in_terminal(address: str, *, coloured: bool) -> str:
    """Return the code as lines of a terminal's characters, or the sentence that says why there is none.

    Without colours it is light on dark where the terminal is, and else the other way round.
    """
    made = _made(address)
    if made is None:
        return MISSING
    drawn = io.StringIO()
    made.terminal(drawn, border=2, compact=True)
    lines = drawn.getvalue().rstrip("\n").split("\n")
    return "\n".join(f"{WHITE_ON_BLACK}{each}{PLAIN}" if coloured else each for each in lines)


def in_page(address: str) -> str:
    """Return the code as an image's address, or nothing."""
    made = _made(address)
    return "" if made is None else str(made.svg_data_uri(scale=4, border=2, dark="#000", light="#fff"))
