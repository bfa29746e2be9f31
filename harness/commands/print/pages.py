"""`amo-harness docs`: the pages that messages name, wherever the harness was installed from.

Owns where they lie: in the wheel beside the command's own package, in a checkout in `docs/`; those that
follow from the code alone are made when they are asked for. Must not render them: they are Markdown, which
is written to be read as it is.
"""

import argparse
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

from harness.config.example import configuration_page
from harness.contract.published.document import contract_page
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.phone.hosts.tables import hosts_page

_HOME = Path(__file__).resolve().parents[3]
_PLACES = (_HOME / "amo_harness" / "documents", _HOME / "docs")
"""In an installed wheel, and in a checkout."""
MADE: Mapping[str, Callable[[], str]] = {
    "configuration": configuration_page,
    "contract": contract_page,
    "hosts": hosts_page,
}
"""Pages that no wheel needs to hold."""


def pages() -> dict[str, str]:
    """Return the text of each page by its name, in the order of the names."""
    folder = next((each for each in _PLACES if each.is_dir()), _PLACES[0])
    written = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return dict(sorted((written | {name: make() for name, make in MADE.items()}).items()))


def title_of(page: str) -> str:
    """Return a page's first line, without the mark of a heading."""
    return page.partition("\n")[0].lstrip("# ").strip()


def print_page(options: argparse.Namespace) -> int:
    """Print the page that is named, or what pages there are; UsageError for one that is not there."""
    found = pages()
    if options.page is None:
        print("\n".join(f"{name:<14} {title_of(page)}" for name, page in found.items()))
        return ExitCode.PASSED
    name = str(options.page).removeprefix("docs/").removesuffix(".md")
    if name not in found:
        near = get_close_matches(name, list(found), n=1)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(found)}"
        raise UsageError(f"there is no page {name}; {known}")
    print(found[name], end="")
    return ExitCode.PASSED
