"""`diff --html`: what is broken, fixed, new and gone between two runs, and the pictures that changed.

Owns this page; it is one file that loads nothing and needs no script. What changed is `saved.differences`'.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.report.words.visible import visible
from harness.saved.differences import KINDS, Change, changes
from harness.saved.run_folder import SavedRun

MOST_BYTES = 8_000_000
"""Of all pictures together; what is beyond is named and not shown."""
PNG = b"\x89PNG\r\n"


@dataclass(frozen=True, slots=True)
class Pair:
    """One moment of a scenario in both runs; a side is empty where it has no picture."""

    scenario: str
    name: str
    old: str = ""
    new: str = ""
    """As data: addresses."""
    is_left_out: bool = False
    """Whether there was no room for it."""


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report.comparison"),
        autoescape=True,  # every text is foreign until escaped
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("diff.html.jinja")


@cache
def _style() -> Markup:
    text = files("harness.report.comparison").joinpath("templates", "diff.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - no text of anybody else's


def document(old: SavedRun, new: SavedRun) -> str:
    """Return the page of two runs."""
    found = changes(old.document, new.document)
    style = _style()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        style=style,
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'",
        sides=[_side("old", old), _side("new", new)],
        groups=[(kind, [each for each in found if each.kind == kind]) for kind in KINDS],
        pairs=list(_limited(pairs_of(old.folder, new.folder, _first(found)))),
    )


def _first(found: Sequence[Change]) -> list[str]:
    """Return the scenarios that something changed in, in their order."""
    return list(dict.fromkeys(each.where for each in found))


def _side(name: str, saved: SavedRun) -> dict[str, Any]:
    told, about = saved.document, saved.document.get("about", {})
    engine = told["engine"]
    facts = {
        "verdict": told["verdict"],
        "backend": told["backend"],
        "commit": about.get("commit", ""),
        "engine": f"{engine.get('name', '')} {engine.get('version') or ''}".strip(),
        "amo-harness": about.get("versions", {}).get("amo-harness", ""),
        "phone": about.get("phone", ""),
        "started": about.get("started", ""),
    }
    return {"name": name, "verdict": told["verdict"], "facts": {k: v for k, v in facts.items() if v}}


def pairs_of(old: Path, new: Path, first: Sequence[str]) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Yield scenario, name and both pictures where they differ; what changed otherwise stands first."""
    before, now = _pictures(old), _pictures(new)
    played = {scenario for scenario, _ in before} & {scenario for scenario, _ in now}
    order = {name: place for place, name in enumerate(first)}
    for key in sorted(before.keys() | now.keys(), key=lambda key: (order.get(key[0], len(order)), key)):
        sides = [_read(each.get(key)) for each in (before, now)]
        if key[0] in played and sides[0] != sides[1]:
            yield (*key, sides[0], sides[1])


def _pictures(folder: Path) -> dict[tuple[str, str], Path]:
    return {(path.parent.name, path.stem): path for path in folder.glob("screenshots/*/*.png")}


def _read(path: Path | None) -> bytes:
    """Return a picture; nothing where there is none, or what is there is none."""
    content = path.read_bytes() if path is not None else b""
    return content if content.startswith(PNG) else b""


def _limited(found: Iterator[tuple[str, str, bytes, bytes]]) -> Iterator[Pair]:
    size = 0
    for scenario, name, old, new in found:
        size += len(old) + len(new)
        if size > MOST_BYTES:
            yield Pair(scenario, name, is_left_out=True)
        else:
            yield Pair(scenario, name, _address(old), _address(new))


def _address(picture: bytes) -> str:
    return f"data:image/png;base64,{b64encode(picture).decode()}" if picture else ""
