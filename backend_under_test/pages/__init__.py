"""The page that the browser shows after the callback, and the headers that belong to it.

Owns markup, style, script and headers. Must not decide what is said: a `Page` brings every text.
"""

from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,  # every text is foreign until escaped
    undefined=StrictUndefined,
).get_template("return_to_app.html")


@dataclass(frozen=True)
class Page:
    """All that differs from page to page. `nonce` ties the page's own style and script to its policy."""

    title: str
    heading: str
    messages: tuple[str, ...]
    button: str
    link: str
    language: str
    succeeded: bool
    nonce: str = field(default_factory=lambda: token_urlsafe(16))


class PageView:
    """How a page is sent: one template, one set of headers."""

    def html(self, page: Page) -> str:
        """The page as HTML."""
        return _TEMPLATE.render(page=page)

    def headers(self, page: Page) -> dict[str, str]:
        """Not stored, no referrer (its address holds the code), nothing runs but what the page brings."""
        return {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'nonce-{page.nonce}'; script-src 'nonce-{page.nonce}'; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
        }
