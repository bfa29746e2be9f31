"""What axe says of a page that this project shows to people: WCAG 2.2 A and AA, and its best practices."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LOOK = """async () => {
    const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await axe.run({runOnly: rules, resultTypes: ['violations']});
    return found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.target).join(', ')}`);
}"""


def violations(page: Page) -> list[str]:
    """Return what axe objects to, each rule with its elements; the page must let scripts be added."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_LOOK)
    return found
