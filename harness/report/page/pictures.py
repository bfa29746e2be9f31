"""The screenshots of a run as its page carries them: in the page itself, each distinct one once.

Owns reading them and the size above which they stay outside. Must not know where a picture is shown.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from harness.report.words.story import pictures_of

MOST_BYTES = 10_000_000
"""Of all distinct pictures together; a page that carries more opens slowly and is refused by mail."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One screenshot. `src` is what an image shows, empty where the page has shown the same one already."""

    name: str
    """Its file's, such as `02-page`."""
    key: str
    """The same for pictures with the same content; the id of the first one in the page."""
    src: str


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of a run by scenario, oldest first, and whether the page carries them."""

    pictures: Mapping[str, tuple[Picture, ...]]
    is_inside: bool = True


def album_of(scenario_ids: Iterable[str], out: Path, *, most_bytes: int = MOST_BYTES) -> Album:
    """Read the screenshots that a run left in its folder."""
    paths = {each: pictures_of(each, out) for each in scenario_ids}
    contents = {path: path.read_bytes() for every in paths.values() for path in every}
    is_inside = sum(map(len, set(contents.values()))) <= most_bytes

    def picture(path: Path) -> Picture:
        outside = quote(path.relative_to(out).as_posix())
        key = hashlib.sha256(contents[path]).hexdigest()[:12]
        return Picture(path.stem, f"picture-{key}", _inside(contents[path]) if is_inside else outside)

    return Album({each: tuple(map(picture, every)) for each, every in paths.items()}, is_inside)


def _inside(content: bytes) -> str:
    return f"data:image/png;base64,{b64encode(content).decode()}"


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
