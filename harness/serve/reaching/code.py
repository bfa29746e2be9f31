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


def in_terminal(address: str) -> str:
    """Return the code as lines of a terminal's characters, or the sentence that says why there is none."""
    made = _made(address)
    if made is None:
        return MISSING
    drawn = io.StringIO()
    made.terminal(drawn, border=2, compact=True)
    return drawn.getvalue().rstrip("\n")


def in_page(address: str) -> str:
    """Return the code as an image's address, or nothing."""
    made = _made(address)
    return "" if made is None else str(made.svg_data_uri(scale=4, border=2, dark="#000", light="#fff"))
