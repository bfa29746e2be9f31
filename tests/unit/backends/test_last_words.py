"""What a backend wrote is repeated to a person, never to the terminal."""

import pytest

from harness.backends.commands import LONGEST_WORDS, with_last_words


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b]0;title\x07\x1b[31mred\x1b[39m\x9b2J\u202e", r"\x1b]0;title\x07red\x9b2J\u202e"),
        ("y" * 65_536, "y" * LONGEST_WORDS + "…"),
        ("\tнет базы ‹code:1f2e3d4c› ✗", "\tнет базы ‹code:1f2e3d4c› ✗"),
    ],
    ids=["escapes", "long", "ordinary"],
)
def test_last_words_are_cut_and_their_control_characters_are_shown(line: str, shown: str) -> None:
    """A terminal obeys nothing of them, and an ordinary line is as it was."""
    assert with_last_words("it ended", [line]) == f"it ended. Its last words:\n  {shown}"
