"""The QR code in a terminal: a phone's camera wants dark on light, whatever the terminal's theme is."""

import re

from harness.serve.reaching.code import in_terminal

ADDRESS = "http://192.168.1.20:40001/__phone"
COLOUR = re.compile("\x1b\\[97;40m(.*)\x1b\\[0m")


def test_where_there_are_colours_the_code_has_its_own() -> None:
    """Each line of it, up to its end: what comes next is as it was."""
    plain, coloured = in_terminal(ADDRESS, coloured=False), in_terminal(ADDRESS, coloured=True)
    assert "\x1b" not in plain
    assert all(COLOUR.fullmatch(each) for each in coloured.split("\n"))
    assert COLOUR.sub(r"\1", coloured) == plain
