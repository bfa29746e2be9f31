"""The pictures of one scenario, numbered over all of its phones, and none on which a secret is legible.

Owns what they are called and whether one is kept. A secret drawn in an image or a canvas is not seen, nor
one in a frame of another origin. Judges nothing.
"""

import itertools
from pathlib import Path

from harness.engines import NavigationFailed, PageLost, Tab
from harness.errors import HarnessError
from harness.stage.page.scripts import script
from harness.timeline.events import PictureLeftOut
from harness.timeline.masking import masks_in
from harness.timeline.recorder import Recorder


class Pictures:
    """Keeps PNGs in a folder, or none where that is None."""

    def __init__(self, folder: Path | None, recorder: Recorder) -> None:
        self._folder, self._recorder = folder, recorder
        self._numbers = itertools.count(1)

    def take(self, tab: Tab, name: str) -> None:
        """Keep what a tab shows as `02-name.png`, or say why not."""
        if self._folder is None:
            return
        picture = f"{next(self._numbers):02d}-{name}"
        if why := self._why_not(tab):
            self._recorder.record(PictureLeftOut(picture=picture, why=why))
            return
        path = self._folder / f"{picture}.png"
        try:
            tab.screenshot(path)
        except OSError as error:  # a full disk's has no file's name
            raise HarnessError(f"the picture {path} could not be written: {error.strerror}") from error

    def _why_not(self, tab: Tab) -> str:
        try:
            legible = masks_in(self._recorder.mask.apply(tab.look(script("legible"))))
        except (NavigationFailed, PageLost) as error:
            return f"nobody can tell whether a secret is legible on it: {error}"
        return f"{', '.join(dict.fromkeys(legible))} is legible on it" if legible else ""
