"""Builds the documentation's site: `make site` writes build/site, from the Markdown of the checkout.

Owns how files of the checkout become pages (names, links, the page of commands, the picture) and whether the
links of what was built lead somewhere. What a page says stands in its own file; must need no network.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

from harness.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "pages"
SITE = ROOT / "build" / "site"
ELSEWHERE = {
    "README.md": "readme.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "fake_amo/README.md": "fake-amo.md",
    "fake_amo/FACTS.md": "fake-amo-facts.md",
}
"""Pages that do not lie in docs/, with what they are called on the site."""
LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
PICTURE_COLUMNS = 88
"""Of the picture; what is longer ends in an ellipsis."""
LINE_HEIGHT = 17
FIRST_WARNING = "\n! "
"""What follows it in README's run is a list of more of the same."""
COLOURS = {"✓": "#7ee787", "✗": "#ff7b72", "→": "#d2a8ff", "FAILED": "#ff7b72", "!": "#e3b341"}
"""Of a line of the picture, by its first word."""


def names(root: Path = ROOT) -> dict[Path, str]:
    """Return the name on the site of each file of the checkout that becomes a page."""
    found = {root / path: name for path, name in ELSEWHERE.items()}
    return found | {path: path.name for folder in ("docs", "site") for path in (root / folder).glob("*.md")}


def with_links_of_the_site(text: str, source: Path, pages: dict[Path, str]) -> str:
    """Return a page whose links lead to pages; what is no page is named, as no address of it is known."""

    def led(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        file, _, anchor = target.partition("#")
        page = pages.get(Path(os.path.normpath(source.parent / file)))
        if page is None:
            return f"{words} (`{Path(file).name}`)" if Path(file).suffix else words
        return f"[{words}]({page}{'#' if anchor else ''}{anchor})"

    return LINK.sub(led, text)


def commands_page() -> str:
    """Return what `--help` says of each command."""
    parts = ["# Commands", "", "What `amo-harness COMMAND --help` says, of this version."]
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"amo-harness {name}")
        command.options(parser)
        parts += ["", f"## {name}", "", f"{command.help[:1].upper()}{command.help[1:]}.", ""]
        parts += ["```text", parser.format_help().rstrip(), "```"]
    return "\n".join(parts) + "\n"


def picture(console: str) -> str:
    """Return a run drawn as a terminal: PICTURE_COLUMNS wide, a line each LINE_HEIGHT px."""
    lines = [cut(each) for each in console.splitlines()]
    wide, high = PICTURE_COLUMNS * 7.3 + 32, len(lines) * LINE_HEIGHT + 56
    drawn = [
        f'<text x="16" y="{44 + number * LINE_HEIGHT}" fill="{colour_of(line)}" xml:space="preserve">'
        f"{html.escape(line)}</text>"
        for number, line in enumerate(lines)
    ]
    dots = "".join(f'<circle cx="{20 + 18 * each}" cy="16" r="5" fill="#6e7681"/>' for each in range(3))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high}" '
        'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="12">'
        f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>{dots}{"".join(drawn)}</svg>\n'
    )


def cut(line: str) -> str:
    """Return a line that fits the picture."""
    return line if len(line) <= PICTURE_COLUMNS else f"{line[: PICTURE_COLUMNS - 1]}…"


def colour_of(line: str) -> str:
    """Return the colour of a line of the picture."""
    return COLOURS.get(next(iter(line.split()), ""), "#c9d1d9")


def run_in_readme(root: Path = ROOT) -> str:
    """Return the run that README shows in its first block without a language: the first failure, the end."""
    found = re.search(r"^```\n(.*?)^```$", (root / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    told = found[1] if found else ""
    last = next((line for line in told.splitlines() if line.startswith("FAILED")), "")
    return f"{told.partition(FIRST_WARNING)[0].rstrip()}\n\n{last}\n"


def lay_pages(target: Path, root: Path = ROOT) -> None:
    """Write everything that the site is built from into a folder."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    pages = names(root)
    for source, name in pages.items():
        told = source.read_text(encoding="utf-8").replace('"docs/pictures/', '"pictures/')
        text = with_links_of_the_site(told, source, pages)
        (target / name).write_text(text, encoding="utf-8")
    (target / "commands.md").write_text(commands_page(), encoding="utf-8")
    (target / "run.svg").write_text(picture(run_in_readme(root)), encoding="utf-8")
    shutil.copyfile(root / "site" / "style.css", target / "style.css")
    shutil.copytree(root / "docs" / "pictures", target / "pictures")


class _Page(HTMLParser):
    """What a built page has: the places in it, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's id, and what it refers to."""
        del tag
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def broken_links(site: Path) -> list[str]:
    """Return, of every page of a built site, the links that lead to no file or to no place in it."""
    read = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {link}"
        for path, page in read.items()
        for link in page.links
        if not _leads_somewhere(link, path, site, read)
    ]


def _leads_somewhere(link: str, page: Path, site: Path, read: dict[Path, _Page]) -> bool:
    address, place = urldefrag(link)
    if re.match(r"[a-z]+:|//", address):
        return True
    folder = site if address.startswith("/") else page.parent
    target = Path(os.path.normpath(folder / unquote(address).lstrip("/"))) if address else page
    target = target / "index.html" if target.is_dir() else target
    if target not in read:
        return target.exists()
    return not place or unquote(place) in read[target].places


def fetched_from_elsewhere(site: Path) -> list[str]:
    """Return what the pages load from other hosts: a reader without a network would miss it."""
    loads = re.compile(r'<(?:script|img|link rel="stylesheet")[^>]*?(?:src|href)="((?:https?:)?//[^"]+)"')
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    return [f"{path.name}: {each}" for path, text in texts.items() for each in loads.findall(text)]


def build() -> None:
    """Build the site anew; CalledProcessError where the builder fails."""
    shutil.rmtree(SITE, ignore_errors=True)
    config = shutil.copyfile(ROOT / "site" / "zensical.toml", SITE.with_name("zensical.toml"))
    builder = Path(sys.executable).with_name("zensical")
    subprocess.run([builder, "build", "--clean", "--strict", "--config-file", config], check=True)


def told(title: str, wrong: Iterable[str]) -> bool:
    """Print what is wrong and tell whether anything is."""
    lines = list(wrong)
    for line in lines:
        print(f"site: {title}: {line}", file=sys.stderr)
    return bool(lines)


def main() -> int:
    """Build the site; 1 where a link leads nowhere or a page loads something from another host."""
    lay_pages(PAGES)
    build()
    wrong = [
        told("leads nowhere", broken_links(SITE)),
        told("is loaded from elsewhere", fetched_from_elsewhere(SITE)),
    ]
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE.relative_to(ROOT)}")
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
