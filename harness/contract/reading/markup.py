"""What can be read in a page's markup and headers without running it.

Owns the static reading. It must not judge.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from harness.config.settings import DeepLink, link_of

_REFRESH = re.compile(
    r"^\s*(?P<after_s>[\d.]*)\s*[;,]?\s*(?:url\s*=\s*)?[\"']?(?P<url>[^\"']*)", re.IGNORECASE
)
_SCHEME = re.compile(r"^\s*(?P<scheme>[a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile(r"[\t\n\r]")
_INERT = frozenset({"noscript", "template", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""What is in these does nothing in a browser that runs scripts, or is text."""
_UNSEEN = frozenset({"script", "style", "title", "template", "noscript"})


def refresh_target(content: str) -> str:
    """Return where a refresh (`0; url=…`) leads; nothing where it loads the same page again."""
    found = _REFRESH.match(content)
    return found["url"].strip() if found else ""


def refresh_after_s(content: str) -> float:
    """Return after how long a refresh comes, in s; nonsense is at once, as in a browser."""
    found = _REFRESH.match(content)
    try:
        return float(found["after_s"]) if found else 0.0
    except ValueError:
        return 0.0


_DOCUMENTED = DeepLink()


def leaves_the_web(url: str, app: DeepLink = _DOCUMENTED) -> bool:
    """Tell whether a URL names a scheme that is not the web's, or an address that opens an app."""
    plain = _IGNORED_IN_URLS.sub("", url).strip()
    if link_of(plain, app.app_links) is not None:
        return True
    found = _SCHEME.match(plain)
    return found is not None and found["scheme"].lower() not in ("http", "https")


@dataclass
class Markup:
    """A page's markup as it was sent."""

    refreshes: list[str] = field(default_factory=list[str])
    """Where its meta refreshes lead."""
    referrer_policies: list[str] = field(default_factory=list[str])
    security_policies: list[str] = field(default_factory=list[str])
    needed: list[str] = field(default_factory=list[str])
    """Scripts that it waits for, and style sheets."""
    text: str = ""
    """What it says between its tags, scripts and styles left out."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and not _INERT.intersection(self._unseen):
            self._read_meta(values)
        if tag == "script" and values.get("src") and "async" not in values:
            self.markup.needed.append(values["src"].strip())
        if tag == "link" and "stylesheet" in values.get("rel", "").lower().split():
            self.markup.needed.append(values.get("href", "").strip())
        if tag in _UNSEEN | _INERT:
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            self._unseen.remove(tag)

    def handle_data(self, data: str) -> None:
        if not _UNSEEN.intersection(self._unseen):
            self.markup.text += data

    def _read_meta(self, values: dict[str, str]) -> None:
        if values.get("http-equiv", "").strip().lower() == "refresh":
            self.markup.refreshes.append(refresh_target(values.get("content", "")))
        if values.get("http-equiv", "").strip().lower() == "content-security-policy":
            self.markup.security_policies.append(values.get("content", "").strip())
        if values.get("name", "").strip().lower() == "referrer":
            self.markup.referrer_policies.append(values.get("content", "").strip().lower())


def read_markup(html: str) -> Markup:
    """Read a page's markup; broken markup is read as far as it goes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.markup
