"""What an ordinary decoder gives back of a text, and from where in the text each piece of that came.

Owns the decoders: escapes (percent, JSON and JavaScript, CSS, octal, HTML), wrapped lines, lists of bytes,
hex, base64 and base32 at any alignment, what was compressed before. Must not know what is looked for.
"""

import base64
import binascii
import html
import re
import sys
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

SHORTEST_RUN = 16
"""How many digits an encoded piece must have: eight bytes in hex, eleven in base64."""
FEWEST_DIGITS = 6
"""How many different digits it must have: a line of dashes, or of zeros, is nothing encoded."""
Place = Callable[[int, int], tuple[int, int]]

_IN_WORD = r"[\w+/.~%;-]"
_WORD_GOES_ON = r"[ \t]*(?=[\w+/.~%&\\-])"
_ESCAPE = re.compile(
    r"(%[0-9A-Fa-f]{2}"
    r"|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\U[0-9A-Fa-f]{8}|\\[nrt\\\"'/]"
    r"|&\#\d{1,7};?|&\#[xX][0-9A-Fa-f]{1,6};?|&[a-zA-Z]{2,8};"
    r"|\u00ad|\u200b|\u200c|\u200d|\u2060|\ufeff|\0"
    r"|\"[ \t]*[+.]\s*\"|'[ \t]*[+.]\s*'|`[ \t]*\+\s*`"
    rf"|=(?<={_IN_WORD}=)\r?\n{_WORD_GOES_ON}"
    rf"|\r(?<={_IN_WORD}\r)\n{_WORD_GOES_ON}"
    rf"|\n(?<={_IN_WORD}\n){_WORD_GOES_ON})"
)
"""One escaped character; or what nobody sees in a word: a line's end, before which quoted-printable writes
`=`, half a letter of UTF-16, the `"+"` of a script, the `'.'` of PHP.

Each begins with a character of its own: such a pattern is looked for three times as fast."""
_NAMED = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}
_URL_ALPHABET = str.maketrans("-_", "+/")
_DECIMALS = re.compile(rf"(?<![\w.-])(?:\d{{1,3}}[,;\s]+){{{SHORTEST_RUN - 1},}}\d{{1,3}}(?![\w.])")
"""Bytes as numbers, such as Node's JSON of a Buffer."""
_PAIRS = re.compile(
    rf"(?<!\w)(?:(?:0x)?[0-9A-Fa-f]{{2}}[:,;\s-]+){{{SHORTEST_RUN - 1},}}(?:0x)?[0-9A-Fa-f]{{2}}(?!\w)"
)
"""Bytes as pairs of hex digits, such as Node's and Wireshark's dumps."""
_BYTE = r"[0-9A-Fa-fx]{1,4}[:,;\s-]+"
_BYTES = re.compile(rf"\b{_BYTE}{_BYTE}(?:{_BYTE}){{{SHORTEST_RUN - 3}}}")
"""Whatever is a list of bytes has this: one look in the place of two."""
_LISTS = ((_DECIMALS, re.compile(r"\d+"), 10), (_PAIRS, re.compile(r"[0-9A-Fa-f]{2}(?!x)"), 16))
_OCTAL = re.compile(rf"(?:\\[0-3]?[0-7]{{2}}){{{SHORTEST_RUN},}}")
_CSS = re.compile(rf"(?:\\0{{0,4}}[0-9A-Fa-f]{{2}}\s?){{{SHORTEST_RUN},}}")
_ESCAPES = ((_OCTAL, re.compile(r"[0-7]+"), 8), (_CSS, re.compile(r"[0-9A-Fa-f]+"), 16))
_BACKSLASHES = re.compile(rf"(?:\\[0-9A-Fa-f]{{2,6}}\s?){{{SHORTEST_RUN}}}")
_STRINGS = re.compile(
    r"\[\s*(?:(?:\"[\w+/.=~-]+\"\s*,\s*)+\"[\w+/.=~-]+\"|(?:'[\w+/.=~-]+'\s*,\s*)+'[\w+/.=~-]+')\s*\]"
)
"""A list of words, which a script may join."""
_JOINED = re.compile(r"[\w+/.=~-]")
_COMPRESSED = re.compile(r"H4sI|eJ|eN|eA|eF")
"""How base64 begins of what begins like gzip, or like zlib: a session that Flask or Django keeps in its
cookie. Without such a beginning it may be deflate alone, as SAML has it."""
MOST_INFLATED = 1_000_000
SHORTEST_INFLATED = 8
_PRINTABLE = bytes(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class View:
    """A decoded text; `place` tells from where in the source the characters of a range came."""

    text: str
    place: Place
    legible: str
    """The same with blanks for what is no text in its greater part, and so holds no further encoding."""


@dataclass(frozen=True, slots=True)
class _Digits:
    """An encoding in which each group of `digits` characters stands for `size` bytes."""

    run: re.Pattern[str]
    digits: int
    size: int
    zero: str
    decode: Callable[[str], bytes]
    has_capitals: bool = False


def _from_base64(piece: str) -> bytes:
    return binascii.a2b_base64(piece.translate(_URL_ALPHABET))


def _from_base32(piece: str) -> bytes:
    return base64.b32decode(piece.upper())


def _from_base32hex(piece: str) -> bytes:
    return base64.b32hexdecode(piece.upper())


_ANY_DIGITS = re.compile(rf"[A-Za-z0-9+/_-]{{{SHORTEST_RUN},}}")
"""Of base64; those of the other encodings are among them."""
_ENCODINGS = (
    _Digits(_ANY_DIGITS, 4, 3, "A", _from_base64, has_capitals=True),
    _Digits(re.compile(rf"[0-9A-Fa-f]{{{SHORTEST_RUN},}}"), 2, 1, "0", bytes.fromhex),
    _Digits(re.compile(rf"[A-Z2-7]{{{SHORTEST_RUN},}}|[a-z2-7]{{{SHORTEST_RUN},}}"), 8, 5, "A", _from_base32),
    _Digits(
        re.compile(rf"[0-9A-V]{{{SHORTEST_RUN},}}|[0-9a-v]{{{SHORTEST_RUN},}}"), 8, 5, "0", _from_base32hex
    ),
)


def views_of(text: str) -> Iterator[View]:
    """Yield everything that one step of decoding makes of a text; bytes are Latin-1."""
    unescaped = _unescaped(text)
    if unescaped.text != text:
        yield unescaped
    for run, element, radix in _LISTS if _BYTES.search(text) else ():
        if run.search(text):
            yield _listed(text, run, element, radix)
    for run, element, radix in _ESCAPES if _BACKSLASHES.search(text) else ():
        yield _listed(text, run, element, radix)
    if _STRINGS.search(text):
        yield _listed(text, _STRINGS, _JOINED, 0)
    words = [found.span() for found in _ANY_DIGITS.finditer(text)]
    if inflated := _inflated(text, words):
        yield inflated
    for encoding in _ENCODINGS:
        found = (each for word in words for each in encoding.run.finditer(text, *word))
        runs = [(each.start(), each.group()) for each in found if len(set(each.group())) >= FEWEST_DIGITS]
        if encoding.has_capitals:  # which a word of ordinary lower-case letters and hyphens has not
            runs = [(start, run) for start, run in runs if not run.islower()]
        if runs:
            yield from (_shifted(runs, shift, encoding) for shift in range(encoding.digits))


def _shifted(runs: Sequence[tuple[int, str]], shift: int, encoding: _Digits) -> View:
    """Return all runs as bytes, a line each, their first group beginning at this digit.

    A last group that is not whole is filled up, so that its first bytes are there.
    """
    digits, size = encoding.digits, encoding.size
    pieces = [run[shift:] for _, run in runs]
    decoded = [encoding.decode(each + encoding.zero * (-len(each) % digits)) for each in pieces]
    texts = [each.decode("latin-1") for each in decoded]
    legible = [
        text if _is_legible(each) else " " * len(text) for each, text in zip(decoded, texts, strict=True)
    ]
    begins = [0, *accumulate(len(each) + 1 for each in texts)]

    def place(first: int, last: int) -> tuple[int, int]:
        number = bisect_right(begins, first, hi=len(texts)) - 1
        start, run = runs[number]
        inside = first - begins[number], last - begins[number]
        end = start + shift - (-inside[1] * digits // size)
        return start + shift + inside[0] * digits // size, min(end, start + len(run))

    return View("\n".join(texts), place, "\n".join(legible))


def _listed(text: str, run: re.Pattern[str], element: re.Pattern[str], radix: int) -> View:
    """Return lists of bytes as characters, a line each; with a radix of 0 the elements are characters."""
    characters: list[tuple[int, int, str]] = []
    for found in run.finditer(text):
        each = element.finditer(text, found.start(), found.end())
        characters += (
            (one.start(), one.end(), chr(int(one.group(), radix)) if radix else one.group()) for one in each
        )
        characters.append((found.end(), found.end(), "\n"))
    whole = "".join(each[2] for each in characters)
    return View(whole, lambda first, last: (characters[first][0], characters[last - 1][1]), whole)


def _inflated(text: str, words: Iterable[tuple[int, int]]) -> View | None:
    """Return what was compressed before it was written in base64, a line each; None where nothing was."""
    runs: list[tuple[int, int, str]] = []
    left = MOST_INFLATED
    for start, end in words:
        if text[start:end].islower():
            continue
        begins = _COMPRESSED.search(text, start, end)
        since = begins.start() if begins else start
        inflated = _uncompressed(text[since:end], zlib.MAX_WBITS | 32 if begins else -zlib.MAX_WBITS, left)
        left -= len(inflated)
        if inflated:
            runs.append((since, end, inflated))
    begins_at = [0, *accumulate(len(each) + 1 for *_, each in runs)]

    def place(first: int, _last: int) -> tuple[int, int]:
        start, end, _ = runs[bisect_right(begins_at, first, hi=len(runs)) - 1]
        return start, end

    whole = "\n".join(each for *_, each in runs)
    return View(whole, place, whole) if runs else None


def _uncompressed(run: str, kind: int, most: int) -> str:
    """Return as much as there is of it; nothing where it is something else."""
    packed = _from_base64(run + "A" * (-len(run) % 4))
    try:
        inflated = zlib.decompressobj(kind).decompress(packed, most) if most > 0 else b""
    except zlib.error:
        return ""
    return inflated.decode("latin-1") if len(inflated) >= SHORTEST_INFLATED else ""


def _is_legible(decoded: bytes) -> bool:
    odd, nothing = decoded.translate(None, _PRINTABLE), decoded.count(0)  # which UTF-16 writes before letters
    return 2 * (len(odd) - nothing) < len(decoded) - nothing


def _unescaped(text: str) -> View:
    """Undo each escape once, and wrapped lines."""
    pieces = _ESCAPE.split(text)
    sources = [0, *accumulate(map(len, pieces))]
    characters = {escape: _character(escape) for escape in {*pieces[1::2]}}
    pieces[1::2] = [characters[escape] for escape in pieces[1::2]]
    begins = [0, *accumulate(map(len, pieces))]

    def source(index: int) -> tuple[int, int]:
        """Return from where to where the character at an index stands; every second piece is an escape."""
        piece = bisect_right(begins, index, hi=len(pieces)) - 1
        if piece % 2:
            return sources[piece], sources[piece + 1]
        begin = sources[piece] + index - begins[piece]
        return begin, begin + 1

    whole = "".join(pieces)
    return View(whole, lambda first, last: (source(first)[0], source(last - 1)[1]), whole)


def _character(escape: str) -> str:
    match escape[0], escape[1:2]:
        case "%", _:
            return chr(int(escape[1:], 16))
        case "\\", "u" | "x" | "U":
            code = int(escape[2:].strip("{}"), 16)
            return chr(code) if code <= sys.maxunicode else ""
        case "\\", _:
            return _NAMED.get(escape, escape[1:])
        case "&", _:
            return html.unescape(escape)
        case _:
            return ""
