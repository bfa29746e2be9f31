"""Makes an archive smaller without changing what is in it: each file deflated as far as deflate goes.

Owns the bytes of the zip file. Must not know what a wheel is. Source: APPNOTE.TXT of PKWARE, 4.3.
"""

import zipfile
import zlib
from pathlib import Path
from struct import pack
from typing import Any, cast

import deflate

HARDEST = 12
"""Of libdeflate; zlib ends at 9, and gets two percent less."""
SYSTEM_UNIX, READER = 3, 20
"""Whose modes the files have, and the version of the format that a reader needs: 2.0 brought deflate."""


def tighten(archive: Path) -> None:
    """Write the archive anew in its place: the same files in the same order, with their moments and modes."""
    with zipfile.ZipFile(archive) as read:
        files = [(info, read.read(info)) for info in read.infolist()]
    body, directory = bytearray(), bytearray()
    for info, content in files:
        head, packed = _packed(info, content)
        directory += pack("<4s2B", b"PK\1\2", READER, SYSTEM_UNIX) + head
        directory += pack("<3H2L", 0, 0, 0, info.external_attr, len(body)) + info.filename.encode("ascii")
        body += b"PK\3\4" + head + info.filename.encode("ascii") + packed
    end = pack("<4s4H2LH", b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(body), 0)
    archive.write_bytes(body + directory + end)


def _packed(info: zipfile.ZipInfo, content: bytes) -> tuple[bytes, bytes]:
    """Return what both places of the archive say of a file, and its bytes; as it is where that is shorter."""
    packed = bytes(cast("Any", deflate).deflate_compress(content, HARDEST))  # which is typed in part
    if len(packed) >= len(content):
        packed = content
    method = zipfile.ZIP_STORED if packed is content else zipfile.ZIP_DEFLATED
    year, month, day, hour, minute, second = info.date_time
    time, date = hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
    sizes = (zlib.crc32(content), len(packed), len(content), len(info.filename), 0)
    return pack("<5H3L2H", READER, 0, method, time, date, *sizes), packed
