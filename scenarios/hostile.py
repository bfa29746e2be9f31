"""Texts that must stay text, wherever they come from.

Each sets a mark on `window` where it is run as a script; the page object looks for it.
"""

from harness.stage.callback_page import SCRIPT_MARK, SPOKEN_MARK

HOSTILE_TEXTS = (
    f"<script>window.{SCRIPT_MARK}='element'</script>",
    f"<img src=x onerror=\"window.{SCRIPT_MARK}='attribute'\">",
    f"\"><svg onload=window.{SCRIPT_MARK}='quote'>",
    f"');window.{SCRIPT_MARK}='call';('",
    f"</script><script>window.{SCRIPT_MARK}='closed'</script>",
    f"'-alert({SPOKEN_MARK})-'",
    f"'-alert({SPOKEN_MARK})-'\"",
)
"""In element content, in an attribute, in a script's string, out of a script element; and in a string of a
handler, where percent-encoding leaves all of it as it is."""

HOSTILE_LINES = ("x\nERROR forged line", "x\r\nSet-Cookie: forged=1", "\x1b[31mred")
"""What would begin a line, a header or a colour of its own where it is written out as it is."""

PERCENT_TEXTS = ("50% discount", "%zz")
"""What a second decoding throws on, in the app's router before Expo SDK 56."""

SPLITTING_TEXTS = ("&success=true", "x#y")
"""What a second decoding takes for another parameter, and for a fragment."""
