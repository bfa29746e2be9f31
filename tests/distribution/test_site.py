"""The documentation's site: what it is built from, and the checks that a built one has to pass."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.cli import COMMANDS
from tests.repo.tree import ROOT
from tools import site

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "site" / "zensical.toml").read_text(encoding="utf-8"))[
    "project"
]
WRITTEN = {"commands.md"}
"""Pages that are in no file of the checkout."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the site is built from."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    site.lay_pages(folder)
    return folder


def in_the_menu(entries: list[dict[str, Any]]) -> list[str]:
    """Return the pages of a menu, in their order."""
    found: list[str] = []
    for entry in entries:
        for value in entry.values():
            found += [value] if isinstance(value, str) else in_the_menu(value)
    return found


def test_every_page_is_in_the_menu_once() -> None:
    """A page that is in no menu is found by nobody."""
    assert sorted(in_the_menu(CONFIG["nav"])) == sorted({*site.names().values(), *WRITTEN})


def test_the_links_between_pages_lead_to_pages(pages: Path) -> None:
    """Nothing leads out of the site but to a host that it names."""
    broken = {
        f"{page.name}: {target}"
        for page in pages.glob("*.md")
        for _, target in site.LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (pages / target.partition("#")[0]).exists()
    }
    assert broken == set()


def test_links_follow_the_names_of_the_site() -> None:
    """With their place; what is no page of the site is named, its address being known to nobody."""
    text = (
        "[a](../README.md#x) [b](ci.md) [c](../Makefile) [d](../action.yml) [e](https://e.test/f.md) [f](#g)"
    )
    told = site.with_links_of_the_site(text, ROOT / "docs" / "pytest.md", site.names())
    assert told == "[a](readme.md#x) [b](ci.md) c d (`action.yml`) [e](https://e.test/f.md) [f](#g)"


def test_every_command_is_explained(pages: Path) -> None:
    """In the page that is written from the command line itself."""
    text = (pages / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\S+)$", text, re.MULTILINE)) == set(COMMANDS)


def test_the_picture_shows_a_failure_and_the_end(pages: Path) -> None:
    """Of the run that README shows, no line longer than the picture."""
    drawn = re.findall(r">([^<]*)</text>", (pages / "run.svg").read_text(encoding="utf-8"))
    assert any(line.startswith("✗ CB-06") for line in drawn)
    assert drawn[-1].startswith("FAILED")
    assert max(map(len, drawn)) <= site.PICTURE_COLUMNS + len("&quot;") * 4


def test_a_broken_link_of_a_built_site_is_seen(tmp_path: Path) -> None:
    """A file that is not there, a place that is not in it; absolute ones count from the site's root."""
    (tmp_path / "a.html").write_text(
        '<h1 id="here">A</h1><a href="#here"></a><a href="b/c.html#there"></a><a href="/a.html"></a>'
        '<img src="gone.png"><a href="b/c.html#gone"></a><a href="#nowhere"></a><a href="https://e.test/"></a>',
        encoding="utf-8",
    )
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.html").write_text('<p id="there"><a href="../a.html"></a></p>', encoding="utf-8")
    assert site.broken_links(tmp_path) == ["a.html: gone.png", "a.html: b/c.html#gone", "a.html: #nowhere"]


def test_what_comes_from_another_host_is_seen(tmp_path: Path) -> None:
    """Scripts, pictures and styles; links to other hosts are none of them."""
    (tmp_path / "a.html").write_text(
        '<script src="https://e.test/a.js"></script><img alt="" src="//e.test/b.png"><img src="c.png">'
        '<a href="https://e.test/d">d</a>',
        encoding="utf-8",
    )
    assert site.fetched_from_elsewhere(tmp_path) == ["a.html: https://e.test/a.js", "a.html: //e.test/b.png"]


def test_both_quick_starts_show_the_same_commands() -> None:
    """And the same example of a failure."""
    english, ukrainian = ((ROOT / "docs" / f"quickstart{each}.md").read_text("utf-8") for each in ("", "-uk"))
    shell = re.compile(r"^```sh\n.*?^```$", re.MULTILINE | re.DOTALL)
    assert shell.findall(english) == shell.findall(ukrainian)
    example = re.search(r"^✗.*?^```$", english, re.MULTILINE | re.DOTALL)
    assert example
    assert example[0] in ukrainian
