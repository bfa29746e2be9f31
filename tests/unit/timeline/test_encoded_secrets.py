"""A secret that an ordinary decoder gives back is masked; what only looks like one is left alone."""

import base64
import gzip
import hashlib
import html
import json
import re
import string
import sys
import textwrap
import time
import uuid
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.timeline.masking import SecretMask, masks_in

TOKEN = "eyJ0eXAi" + base64.urlsafe_b64encode(hashlib.shake_256(b"4711").digest(300)).decode()
SHORT = "s3cr3t-of-the-integration"
Encode = Callable[[str], str]


PYTHONS = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"
ZEROMQS = string.digits + string.ascii_lowercase + string.ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
TO_Z85 = bytes.maketrans(PYTHONS.encode(), ZEROMQS.encode())


def wrapped(text: str) -> str:
    """Return a text in lines, as mail and certificates have them."""
    return "\n".join(textwrap.wrap(text, 64))


def in_lines(text: str) -> str:
    """Return a text in lines of one length, whatever its characters are."""
    return "\n".join(re.findall(".{1,72}", text))


ENCODINGS: dict[str, Encode] = {
    "hex": lambda text: text.encode().hex(),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "hex after a digit": lambda text: "f" + text.encode().hex(),
    "every character percent-encoded": lambda text: "".join(f"%{c:02x}" for c in text.encode()),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 one further": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64 two further": lambda text: base64.b64encode(b"xy" + text.encode()).decode(),
    "base64 after a word": lambda text: "token" + base64.b64encode(text.encode()).decode(),
    "base64 of JSON": lambda text: base64.b64encode(json.dumps({"user": 1, "token": text}).encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base32 in small letters": lambda text: base64.b32encode(b"abc" + text.encode()).decode().lower(),
    "JSON escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "JavaScript escapes": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
    "Python's long escapes": lambda text: "".join(f"\\U{ord(c):08x}" for c in text),
    "base85 in lines": lambda text: in_lines(base64.b85encode(text.encode()).decode()),
    "Z85 in lines": lambda text: in_lines(base64.b85encode(text.encode()).translate(TO_Z85).decode()),
    "Ascii85 in lines": lambda text: base64.a85encode(text.encode(), wrapcol=72, adobe=True).decode(),
    "base85 in lines of JSON": lambda text: json.dumps(in_lines(base64.b85encode(text.encode()).decode())),
    "HTML numbers": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "HTML numbers without their ends": lambda text: "".join(f"&#{ord(c)}" for c in text),
    "JavaScript escapes in braces": lambda text: "".join(f"\\u{{{ord(c):x}}}" for c in text),
    "a Buffer of Node's": lambda text: json.dumps({"type": "Buffer", "data": list(text.encode())}),
    "a dump in hex": lambda text: text.encode().hex(" "),
    "a fingerprint's colons": lambda text: text.encode().hex(":"),
    "numbers in hex": lambda text: ", ".join(f"0x{c:02x}" for c in text.encode()),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "a compressed session": lambda text: (
        "." + base64.urlsafe_b64encode(zlib.compress(text.encode())).decode()
    ),
    "unseen characters": "\u200b".join,
    "soft hyphens": lambda text: "&shy;".join(textwrap.wrap(text, 8)),
    "octal escapes": lambda text: "".join(f"\\{c:03o}" for c in text.encode()),
    "escapes of style sheets": lambda text: "".join(f"\\{c:x} " for c in text.encode()),
    "whole escapes of style sheets": lambda text: "".join(f"\\{c:06x}" for c in text.encode()),
    "UTF-16 in base64": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
    "UTF-16 in hex": lambda text: text.encode("utf-16-be").hex(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "base85 of JSON": lambda text: base64.b85encode(json.dumps({"user": 1, "token": text}).encode()).decode(),
    "Ascii85 in HTML": lambda text: html.escape(base64.a85encode(text.encode(), adobe=True).decode()),
    "base32 in the order of hex": lambda text: base64.b32hexencode(b"a" + text.encode()).decode(),
    "strings that are put together": lambda text: '"' + '" + "'.join(textwrap.wrap(text, 9)) + '"',
    "base64 that is put together": lambda text: (
        "'" + "'+'".join(textwrap.wrap(base64.b64encode(text.encode()).decode(), 20)) + "'"
    ),
    "strings that PHP puts together": lambda text: "'" + "' . '".join(textwrap.wrap(text, 9)) + "'",
    "templates that are put together": lambda text: "`" + "`+`".join(textwrap.wrap(text, 9)) + "`",
    "words that are joined": lambda text: json.dumps(textwrap.wrap(text, 8)) + ".join('')",
    "letters that are joined": lambda text: str([*text]) + ".join('')",
    "Z85": lambda text: base64.b85encode(text.encode()).translate(TO_Z85).decode(),
    "deflate alone in base64": lambda text: base64.b64encode(
        zlib.compress(text.encode(), wbits=-15)
    ).decode(),
    "HTML numbers in hex": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
}
NESTED = {
    "base64 twice": ("base64", "base64"),
    "hex in base64 of URLs": ("hex", "base64 of URLs"),
    "base64 of JSON in JSON escapes": ("base64 of JSON", "JSON escapes"),
    "base32 in base64": ("base32", "base64 one further"),
    "percent-encoded three times": ("every character percent-encoded",) * 3,
}


@pytest.mark.parametrize("secret", [TOKEN, SHORT], ids=["a token", "a short secret"])
@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_an_encoded_secret_is_masked(encode: Encode, secret: str) -> None:
    """Nothing of it is left, and what stands around it is."""
    mask = SecretMask()
    name = mask.add("access_token", secret)
    encoded = encode(secret)
    masked = mask.apply(f"<p>before</p> {encoded} <p>after</p>")
    assert masks_in(masked) == (name,)
    assert masked.startswith("<p>before</p> ")
    assert masked.endswith(" <p>after</p>")
    assert len(masked) < len(encoded) / 2 + 65


@pytest.mark.parametrize("steps", NESTED.values(), ids=NESTED)
def test_encodings_inside_each_other_are_undone(steps: tuple[str, ...]) -> None:
    """Three deep."""
    mask, encoded = SecretMask(), TOKEN
    name = mask.add("access_token", TOKEN)
    for step in steps:
        encoded = ENCODINGS[step](encoded)
    assert masks_in(mask.apply(f"see {encoded}.")) == (name,)


@pytest.mark.parametrize(
    "encode", [str, ENCODINGS["base64"], ENCODINGS["hex"]], ids=["bare", "base64", "hex"]
)
def test_lines_do_not_hide_a_secret(encode: Encode) -> None:
    """Wrapped in a page, and with the line ends of a JSON text."""
    mask = SecretMask()
    name = mask.add("access_token", TOKEN)
    for text in (wrapped(encode(TOKEN)), json.dumps(wrapped(encode(TOKEN)))):
        found = mask.apply(f"<pre>{text}</pre>")
        assert {each.replace(":part›", "›") for each in masks_in(found)} == {name}
        assert TOKEN[100:120] not in found


def test_a_part_of_a_token_is_found_in_base64() -> None:
    """Half a token is a leak however it is written."""
    mask = SecretMask()
    mask.add("access_token", TOKEN)
    (found,) = masks_in(mask.apply(base64.b64encode(f'{{"t": "{TOKEN[150:300]}"}}'.encode()).decode()))
    assert found.endswith(":part›")


@pytest.mark.parametrize("length", [700, 1001, 1013])
def test_the_end_of_a_token_is_found(length: int) -> None:
    """Wherever its pieces begin: consoles show the last characters of what is long."""
    token = (TOKEN * 3)[:length]
    mask = SecretMask()
    mask.add("access_token", token)
    assert token[-24:] not in mask.apply(f'{{"token": "…{token[-30:]}"}}')


def test_numbers_of_a_page_are_no_bytes() -> None:
    """A drawing, a price list and a fingerprint."""
    mask = SecretMask()
    mask.add("access_token", TOKEN)
    numbers = [each % 256 for each in range(7, 900, 13)]
    for text in (f"M{' '.join(map(str, numbers))}", str(numbers), bytes(numbers).hex(":")):
        assert mask.apply(text) == text


def test_a_secret_of_hexadecimal_digits_is_one_in_capitals_too() -> None:
    """AmoCRM's codes are of such digits; a token whose letters have another case is another token."""
    mask = SecretMask()
    name = mask.add("code", "def50200c0de4711beef")
    mask.add("client_secret", SHORT)
    assert mask.apply("DEF50200C0DE4711BEEF") == name
    assert mask.apply(SHORT.upper()) == SHORT.upper()


def test_who_is_signed_in_may_stand_in_a_state() -> None:
    """A user's number in base64 is no leak, though the app's calls carry it as their session."""
    mask = SecretMask()
    mask.add("session", "user-8f14e45fceea167a")
    state = base64.b64encode(b'{"user": "user-8f14e45fceea167a"}').decode()
    assert mask.apply(state) == state


@settings(max_examples=40)
@given(st.lists(st.one_of(st.binary(min_size=16, max_size=64), st.uuids()), min_size=1, max_size=12))
def test_random_digits_stay_unblamed(values: list[bytes | uuid.UUID]) -> None:
    """Hashes, identifiers and pictures in a page are nobody's secret, however they are written."""
    mask = SecretMask()
    for label, secret in (("access_token", TOKEN), ("client_secret", SHORT), ("code", "def50200c0de4711")):
        mask.add(label, secret)
    for value in values:
        raw = value.bytes if isinstance(value, uuid.UUID) else value
        packed = base64.b64encode(zlib.compress(raw)).decode()
        spellings = (
            str(value),
            raw.hex(),
            raw.hex(":"),
            str(list(raw)),
            packed,
            base64.b64encode(raw).decode(),
            base64.b32encode(raw).decode(),
            base64.b32hexencode(raw).decode(),
            base64.b85encode(raw).decode(),
            base64.a85encode(raw).decode(),
            base64.a85encode(raw, wrapcol=48).decode(),
            "".join(f"\\U{byte:08x}" for byte in raw),
            "".join(f"\\{byte:03o}" for byte in raw),
            "".join(f"\\{byte:02x} " for byte in raw),
            raw.hex().encode("utf-16").hex(),
            '"' + '" + "'.join(raw.hex()) + '"',
            json.dumps([*raw.hex()]),
            base64.b64encode(zlib.compress(raw, wbits=-15)).decode(),
            base64.b85encode(raw).translate(TO_Z85).decode(),
        )
        text = " ".join(spellings)
        assert mask.apply(text) == text


def test_the_cost_is_what_it_was(record_property: Callable[[str, object], None]) -> None:
    """A page of ordinary size costs milliseconds; the figures are kept beside the result and printed."""
    mask = SecretMask()
    for number in range(6):
        mask.add("access_token", f"{number}{TOKEN}{number}" * 2)
    line = '<div class="card-header">Text &amp; 100% more <img src="data:image/png;base64,{}"></div>\n'
    page = "".join(line.format(base64.b64encode(bytes([n] * 30)).decode()) for n in range(60))
    began = time.process_time()
    for number in range(10):
        mask.apply(f"{page}{number}")  # each is another: what became of a text is remembered
    cost_ms = (time.process_time() - began) * 100
    record_property("ms_to_mask_a_page", round(cost_ms, 2))
    sys.stdout.write(f"a page of {len(page)} characters is masked in {cost_ms:.1f} ms\n")
    assert cost_ms < 100
