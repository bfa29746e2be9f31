"""What was expected beside what was seen, with the difference marked.

Owns telling the two texts apart, word by word. Where they have little in common, which is so for most
sentences, only values in quotes are told apart: a text that is marked from end to end marks nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

ALIKE = 0.45
"""Share of words in common from which two texts are read as versions of one."""
MOST_WORDS = 600
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_VALUE = re.compile("“[^”]*”")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether the other text has nothing like it there."""

    text: str
    is_other: bool = False


def sides(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces."""
    left, right = _words(expected), _words(actual)
    if max(len(left), len(right)) <= MOST_WORDS:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        if matcher.ratio() >= ALIKE:
            blocks = matcher.get_matching_blocks()
            return (
                list(_pieces(left, [(each.a, each.size) for each in blocks])),
                list(_pieces(right, [(each.b, each.size) for each in blocks])),
            )
    return list(_values(expected, actual)), list(_values(actual, expected))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _pieces(words: list[str], common: list[tuple[int, int]]) -> Iterator[Piece]:
    """Yield words in common, and those between them."""
    at = 0
    for start, size in common:
        if start > at:
            yield Piece("".join(words[at:start]), is_other=True)
        if size:
            yield Piece("".join(words[start : start + size]))
        at = start + size


def _values(text: str, other: str) -> Iterator[Piece]:
    """Yield a text with those of its quoted values marked that the other does not have."""
    at = 0
    for value in _VALUE.finditer(text):
        if value.start() > at:
            yield Piece(text[at : value.start()])
        yield Piece(value.group(), is_other=value.group()[1:-1] not in other)
        at = value.end()
    if text[at:]:
        yield Piece(text[at:])
