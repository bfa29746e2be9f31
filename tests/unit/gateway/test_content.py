"""A body as a reader sees it, and which encodings a browser may offer."""

import gzip
import zlib

import pytest

from harness.gateway.content import LIMIT, offered, read_content

TEXT = "✓ так"
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
RAW_DEFLATE = RAW.compress(TEXT.encode()) + RAW.flush()


@pytest.mark.parametrize(
    ("accepted", "passed_on"),
    [
        (b"gzip, deflate, br, zstd", b"gzip, deflate"),
        (b"gzip, deflate", b"gzip, deflate"),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", b"gzip;q=0.8"),
        (b"br", b"identity"),
        (b"", b"identity"),
    ],
)
def test_only_what_can_be_undone_is_offered(accepted: bytes, passed_on: bytes) -> None:
    """What WebKit offers over plain http passes as it is."""
    assert offered(accepted) == passed_on


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT.encode())),
        ("x-gzip", gzip.compress(TEXT.encode())),
        ("deflate", zlib.compress(TEXT.encode())),
        ("deflate", RAW_DEFLATE),
        ("GZIP", gzip.compress(TEXT.encode())),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT.encode()))),
        ("identity", TEXT.encode()),
    ],
    ids=["gzip", "x-gzip", "deflate", "raw deflate", "capitals", "two", "identity"],
)
def test_encodings_are_undone(coding: str, body: bytes) -> None:
    """Both kinds of deflate that servers send, and several one after the other."""
    content = read_content(body, [("Content-Encoding", coding), ("Content-Type", "text/html; charset=utf-8")])
    assert (content.text, content.unreadable) == (TEXT, None)


@pytest.mark.parametrize(
    ("coding", "said"),
    [("br", "br was not offered"), ("zstd", "zstd was not offered"), ("gzip", "the body is not gzip")],
)
def test_what_cannot_be_undone_is_said_and_is_no_noise(coding: str, said: str) -> None:
    """A clause that needs the text has none."""
    content = read_content(b"\x1b\x04\x00noise", [("content-encoding", coding)])
    assert content.text == ""
    assert said in (content.unreadable or "")
    assert content.is_corrupt == (coding == "gzip")


def test_a_body_that_is_cut_is_read_as_far_as_it_came() -> None:
    """A broken connection leaves half a gzip."""
    whole = gzip.compress(bytes(range(256)) * 400)
    content = read_content(whole[: len(whole) // 2], [("content-encoding", "gzip")])
    assert content.unreadable is None
    assert content.text


def test_a_bomb_is_not_unpacked() -> None:
    """A small body that would be a large one."""
    content = read_content(gzip.compress(b"x" * 5_000_000), [("content-encoding", "gzip")])
    assert len(content.text) <= LIMIT


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=windows-1251", "Ошибка".encode("cp1251")),
        ('text/html; Charset="KOI8-R"', "Ошибка".encode("koi8-r")),
        ("text/html", b"<meta charset=windows-1251>" + "Ошибка".encode("cp1251")),
        (
            "text/html",
            b'<META http-equiv="Content-Type" content="text/html; charset=koi8-r">'
            + "Ошибка".encode("koi8-r"),
        ),
        ("text/html; charset=windows-1251", b"\xef\xbb\xbf" + "Ошибка".encode()),
        ("text/html", "Ошибка".encode("utf-16")),
        ("text/html", "Ошибка".encode()),
        ("text/html; charset=no-such-thing", "Ошибка".encode()),
        ("text/html; charset=undefined", "Ошибка".encode()),
    ],
    ids=[
        "header",
        "quoted",
        "meta",
        "http-equiv",
        "byte order mark",
        "UTF-16",
        "nothing",
        "unknown",
        "undefined",
    ],
)
def test_the_charset_is_read_as_a_browser_does(content_type: str, body: bytes) -> None:
    """Byte order mark, header, meta element, and UTF-8 without any."""
    assert read_content(body, [("content-type", content_type)]).text.endswith("Ошибка")


def test_pictures_have_no_text() -> None:
    """Nor have sound and fonts."""
    assert read_content(b"\x89PNG\r\n", [("content-type", "image/png")]).text == ""
