"""README's pictures against what a test has just seen: they show what is there now.

Owns the comparison, which is coarse: fonts, moments and ports differ by machine and by run, what stands where
and in which colour does not. `make gallery` takes the pictures anew.
"""

import os
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Browser

README_PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MOST = 3.0
"""Of the mean difference: of one page between two runs it is below 1, of two pages above 5."""
IS_GALLERY = "AMO_GALLERY" in os.environ
"""Whether every picture is wanted, and README's are about to be replaced."""
_DIFFERENCE = """async (pictures) => {
  const coarse = async (picture) => {
    const bitmap = await createImageBitmap(await (await fetch(picture)).blob());
    const drawing = new OffscreenCanvas(64, 40).getContext('2d', {willReadFrequently: true});
    drawing.imageSmoothingQuality = 'high';
    drawing.drawImage(bitmap, 0, 0, 64, 40);
    return drawing.getImageData(0, 0, 64, 40).data;
  };
  const [one, other] = await Promise.all(pictures.map(coarse));
  return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;
}"""


def place_of(folder: Path) -> Path:
    """Return where pictures go: what `AMO_GALLERY` names, else this folder."""
    place = Path(os.environ.get("AMO_GALLERY") or folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    return place


def difference(browser: Browser, one: Path, other: Path) -> float:
    """Return how far two pictures differ in the mean of a small copy's channels, 0 to 255."""
    page = browser.new_page()
    try:
        told = [f"data:image/png;base64,{b64encode(each.read_bytes()).decode()}" for each in (one, other)]
        return page.evaluate(_DIFFERENCE, told)
    finally:
        page.close()


def is_still_shown(browser: Browser, name: str, seen: Path) -> bool:
    """Tell whether README's picture of that name shows what has been seen, unless it is being replaced."""
    return IS_GALLERY or difference(browser, README_PICTURES / f"{name}.png", seen) <= MOST
