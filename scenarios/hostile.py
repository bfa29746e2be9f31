"""Texts that must stay text, wherever they come from.

Each sets a mark on `window` where it is run as a script; the page object looks for it.
"""

from harness.stage.callback_page import SCRIPT_MARK

HOSTILE_TEXTS = (
    f"<script>window.{SCRIPT_MARK}='element'</script>",
    f"<img src=x onerror=\"window.{SCRIPT_MARK}='attribute'\">",
    f"\"><svg onload=window.{SCRIPT_MARK}='quote'>",
    f"');window.{SCRIPT_MARK}='call';('",
    f"</script><script>window.{SCRIPT_MARK}='closed'</script>",
)
"""In element content, in an attribute, in a script's string, and out of a script element."""

HOSTILE_LINES = ("x\nERROR forged line", "x\r\nSet-Cookie: forged=1", "\x1b[31mred")
"""What would begin a line, a header or a colour of its own where it is written out as it is."""

PERCENT_TEXTS = ("50% discount", "%zz")
"""What a second decoding throws on, in the app's router before Expo SDK 56."""

SPLITTING_TEXTS = ("&success=true", "x#y")
"""What a second decoding takes for another parameter, and for a fragment."""
