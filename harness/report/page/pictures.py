"""The screenshots of a run as its page carries them: in the page itself, each distinct one once.

Owns reading them and the moment of each. Must not know where a picture is shown.
"""

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

from harness.report.words.story import pictures_of
from harness.timeline.events import Event, PictureLeftOut
from harness.timeline.page_events import ConsentTap, PageShown
from harness.timeline.timeline import Timeline

TAKEN_AT: Mapping[str, type[Event]] = {"consent": ConsentTap, "page": PageShown}
"""What a picture's name says of the event that it was taken at."""
PNG_MARK, PNG_HEAD = b"\x89PNG\r\n\x1a\n", 24
SQUEEZED_MARK = b"\x78\xda"  # how zlib begins what was deflated as far as that goes


@dataclass(frozen=True, slots=True)
class Picture:
    """One screenshot. `src` is what an image shows, empty where the page has shown the same one already."""

    name: str
    """Its file's, such as `02-page`."""
    key: str
    """The same for pictures with the same content; the id of the first one in the page."""
    src: str
    event: int | None = None
    """Index of the event that it was taken at, where that is known."""
    width: int = 0
    """px of the file, as `height`; 0: it says nothing of itself."""
    height: int = 0


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of a run by scenario, oldest first, and whether the page carries them."""

    pictures: Mapping[str, tuple[Picture, ...]]
    is_inside: bool = True


def album_of(timelines: Mapping[str, Timeline], out: Path, *, is_inside: bool = True) -> Album:
    """Read the screenshots that a run left in its folder, each with the event that it was taken at."""
    taken = {name: pictures_of(name, out) for name in timelines}
    if is_inside:
        with ThreadPoolExecutor() as threads:  # zlib works outside of Python's lock, so on every core
            different = {path.read_bytes() for paths in taken.values() for path in paths}
            list(threads.map(squeezed, different))

    def of(name: str, timeline: Timeline) -> Iterator[Picture]:
        paths = taken[name]
        for path, event in zip(paths, moments([path.stem for path in paths], timeline), strict=True):
            yield _picture(path, out, event, is_inside=is_inside)

    return Album({name: tuple(of(name, timeline)) for name, timeline in timelines.items()}, is_inside)


def _picture(path: Path, out: Path, event: int | None, *, is_inside: bool) -> Picture:
    content = path.read_bytes()
    key = hashlib.sha256(content).hexdigest()[:12]
    outside = quote(path.relative_to(out).as_posix())
    src = f"data:image/png;base64,{b64encode(squeezed(content)).decode()}" if is_inside else outside
    return Picture(path.stem, f"picture-{key}", src, event, *_size(content))


@cache
def squeezed(content: bytes) -> bytes:
    """Return a PNG with its pixels deflated as far as that goes: a sixth less, and the same picture.

    What is no PNG, or one that ends too early, is returned as it is.
    """
    chunks = list(_chunks(content))
    pixels = b"".join(data for kind, data in chunks if kind == b"IDAT")
    if pixels.startswith(SQUEEZED_MARK):
        return content
    try:
        pixels = zlib.compress(zlib.decompress(pixels), 9)
    except zlib.error:
        return content
    first = next(number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT")
    others = [(number, each) for number, each in enumerate(chunks) if each[0] != b"IDAT"]
    before = [each for number, each in others if number < first]
    after = [each for number, each in others if number > first]
    smaller = PNG_MARK + b"".join(_chunk(*each) for each in (*before, (b"IDAT", pixels), *after))
    return min(content, smaller, key=len)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield a PNG's chunks, PNG §5.3."""
    at = len(PNG_MARK)
    while content.startswith(PNG_MARK) and at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _size(content: bytes) -> tuple[int, int]:
    """Return a PNG's width and height as its head says, PNG §11.2.2."""
    if not content.startswith(PNG_MARK) or len(content) < PNG_HEAD:
        return 0, 0
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def moments(names: Sequence[str], timeline: Timeline) -> Iterator[int | None]:
    """Yield for each picture, such as `02-page`, the event that it was taken at; None where that is open.

    Pictures are taken in the order of their events; where there are more or fewer than events, nothing is
    said of any.
    """
    taken = sorted({*names, *(each.picture for each in timeline.of(PictureLeftOut))})
    kinds = [name.partition("-")[2] for name in taken]
    events = {kind: list(timeline.of(event)) for kind, event in TAKEN_AT.items()}
    left = {kind: iter(every) for kind, every in events.items() if len(every) == kinds.count(kind)}
    for name, kind in zip(taken, kinds, strict=True):
        event = next(left[kind]).index if kind in left else None
        if name in names:
            yield event


def at_the_moment(pictures: Sequence[Picture], proof: Sequence[int]) -> Picture | None:
    """Return the picture of what the user saw when the proof was there: the last one taken before."""
    last = max(proof, default=0)
    before = [each for each in pictures if each.event is None or each.event <= last]
    return (before or list(pictures) or [None])[-1]


class ShownOnce:
    """Hands out pictures in the page's order; one that was handed out before has no `src` again."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def next(self, picture: Picture) -> Picture:
        """Return the picture, as it is to be shown here."""
        if picture.key in self._seen:
            return replace(picture, src="")
        self._seen.add(picture.key)
        return picture
