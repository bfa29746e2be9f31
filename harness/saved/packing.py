"""A run as one file: what is packed, and how one that somebody else sent is unpacked without harm.

Owns the pack's format: a zip of what a run leaves in its folder, under the same names and nothing else.
Whatever else a zip holds, however large it says or turns out to be, is refused in one sentence.
"""

import re
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.errors import UsageError
from harness.processes.supervised import passing_folder
from harness.saved.backend_copy import FILE_NAME as BACKEND_COPY
from harness.saved.place import RESULTS
from harness.saved.results_shape import ID
from harness.timeline.files import NotWritten, try_place

SUFFIX = ".zip"
REPORT = "report.html"
NAME = ID.strip("^$")
OF_A_PACK = re.compile(
    rf"{re.escape(RESULTS)}|{re.escape(REPORT)}|{re.escape(BACKEND_COPY)}"
    rf"|timelines/{NAME}\.json|screenshots/{NAME}/{NAME}"
)
"""Every name that a pack may hold."""
MOST_MEMBERS = 5_000
MOST_BYTES = 256_000_000
"""Of all members together, unpacked; of the pack itself too."""
MOST_BYTES_OF_ONE = 64_000_000
MOST_BYTES_OF_DIRECTORY = 2_000_000
"""Of a zip's own list of what it holds, which is read whole before anything can be refused."""
DIRECTORY_ENDS = b"PK\x05\x06"
LARGE_DIRECTORY_ENDS = b"PK\x06\x07"
LONGEST_END = 22 + 65_535
CHUNK = 1 << 20
ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The moment of every member: the same run makes the same file."""
BROKEN = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, ValueError, OSError)
"""What reading a zip raises that is damaged, encrypted or compressed in another way."""


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what of a run's folder belongs into a pack, by its name there, in order."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if OF_A_PACK.fullmatch(name) and path.is_file() and not path.is_symlink():
            yield name, path


def pack(folder: Path, file: Path) -> int:
    """Pack a run's folder into a file, whole or not at all; returns its size in bytes.

    UsageError where no file can be written.
    """
    try:
        try_place(file)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".pack-") as part:
            made = Path(part) / "run.zip"
            with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
                for name, path in files_of(folder):
                    whole.writestr(zipfile.ZipInfo(name, ALWAYS), path.read_bytes(), zipfile.ZIP_DEFLATED)
            made.replace(file)
    except NotWritten as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror})") from error
    return file.stat().st_size


def is_pack(path: Path) -> bool:
    """Tell whether a path is a file that may be a pack, by its name or its first bytes."""
    if not path.is_file() or not path.stat().st_size:  # some of /proc never answer
        return False
    if path.suffix.lower() == SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def unpack(file: Path, into: Path) -> None:
    """Unpack a pack into an empty folder; UsageError for what is none, or is too large to be one."""
    try:
        _check_size(file)
        with zipfile.ZipFile(file) as whole:
            for member in _members(file, whole):
                target = into / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with whole.open(member) as source, target.open("xb") as place:
                    _copy(source, place, file, member.filename)
    except BROKEN as error:
        raise UsageError(f"{file}: not a pack of a run ({error})") from error


def _check_size(file: Path) -> None:
    """Raise UsageError for a file, or a directory in it, that no pack has the size of."""
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise UsageError(f"{file}: a pack has {MOST_BYTES:,} bytes at most")
    with file.open("rb") as opened:
        opened.seek(max(0, size - LONGEST_END))
        end = opened.read()
    at = end.rfind(DIRECTORY_ENDS)
    if at >= 0 and (
        LARGE_DIRECTORY_ENDS in end[max(0, at - 20) : at]
        or int.from_bytes(end[at + 12 : at + 16], "little") > MOST_BYTES_OF_DIRECTORY
    ):
        raise UsageError(f"{file}: a pack holds {MOST_MEMBERS:,} files at most")


def _members(file: Path, whole: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return what is to be unpacked, once all of it is known to be a run's."""
    members = whole.infolist()
    names = [each.filename for each in members]
    foreign = next((name for name in names if not OF_A_PACK.fullmatch(name)), None)
    if foreign is not None:
        raise UsageError(f"{file}: not a pack of a run: it holds {foreign!r}, which no run leaves")
    if RESULTS not in names:
        raise UsageError(f"{file}: not a pack of a run: there is no {RESULTS} in it")
    if len(set(names)) < len(names):
        raise UsageError(f"{file}: not a pack of a run: it holds a name twice")
    too_large = sum(each.file_size for each in members) > MOST_BYTES
    if len(members) > MOST_MEMBERS or too_large:
        raise UsageError(f"{file}: a pack holds {MOST_MEMBERS:,} files and {MOST_BYTES:,} bytes at most")
    return members


def _copy(source: IO[bytes], place: IO[bytes], file: Path, name: str) -> None:
    """Copy a member, as far as one may be large: what its zip says of its size may be wrong."""
    left = MOST_BYTES_OF_ONE
    while chunk := source.read(CHUNK):
        left -= len(chunk)
        if left < 0:
            raise UsageError(f"{file}: {name} is larger than {MOST_BYTES_OF_ONE:,} bytes")
        place.write(chunk)


@contextmanager
def folder_of(path: Path) -> Generator[Path]:
    """Yield a run's place as it is, and of a pack a folder that it is unpacked into while the block lasts.

    What is wrong in there is told by the pack's name.
    """
    if not is_pack(path):
        yield path
        return
    with passing_folder() as folder:
        unpack(path, folder)
        try:
            yield folder
        except UsageError as error:
            raise UsageError(str(error).replace(str(folder), str(path))) from error
