"""How small a picture gets in a page, on PNG files made here."""

import zlib
from struct import pack

import pytest

from harness.report.page.pictures import squeezed

ROWS = b"".join(b"\0" + bytes([row, 255 - row, row // 2]) * 64 for row in range(64))


def png(pixels: bytes) -> bytes:
    """Return 64 by 64 pixels, deflated already, as a PNG (PNG §5, §11.2)."""
    chunks = ((b"IHDR", pack(">2I5B", 64, 64, 8, 2, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4) for kind, data in chunks
    )


@pytest.mark.parametrize("level", [0, 1])
def test_pixels_are_deflated_as_far_as_that_goes(level: int) -> None:
    """The file that zlib's hardest level would have made, whatever its writer took."""
    assert squeezed(png(zlib.compress(ROWS, level))) == png(zlib.compress(ROWS, 9))


@pytest.mark.parametrize("content", [png(zlib.compress(ROWS, 9)), png(b"\x78\x9cno"), b"GIF89a"])
def test_what_cannot_become_smaller_stays(content: bytes) -> None:
    """What says that it is as small as it gets, what ends too early, and what is no PNG."""
    assert squeezed(content) is content
