"""What can be read in a page's markup and headers without running it.

Owns the static reading. It must not judge.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from harness.addresses import parts_of
from harness.config.settings import DeepLink, link_of

_REFRESH = re.compile(
    r"^\s*(?P<after_s>[\d.]*)\s*[;,]?\s*(?:url\s*=\s*)?[\"']?(?P<url>[^\"']*)", re.IGNORECASE
)
_SCHEME = re.compile(r"^\s*(?P<scheme>[a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile(r"[\t\n\r]")
_INERT = frozenset({"noscript", "template", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""What is in these does nothing in a browser that runs scripts, or is text."""
_HIDDEN = re.compile(r"display:none|visibility:hidden")
_IS_SMALL = re.compile(r"0*[1-3]?[0-9]")
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
    viewport: str = ""
    """How wide it wants to be laid out."""
    needed: list[str] = field(default_factory=list[str])
    """Scripts that it waits for, and style sheets."""
    framed: list[str] = field(default_factory=list[str])
    """The addresses of its frames that a button may stand in."""
    sealed: list[str] = field(default_factory=list[str])
    """What a button may stand in and no script can look into, in words."""
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
        if tag in ("iframe", "template") and not _INERT.intersection(self._unseen):
            self._read_inner(tag, values)
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

    def _read_inner(self, tag: str, values: dict[str, str]) -> None:
        if tag == "template":
            if values.get("shadowrootmode", "").strip().lower() == "closed":
                self.markup.sealed.append("a shadow root that its markup declares closed")
        elif not _is_no_place_for_a_button(values):
            self.markup.framed.append(values.get("src", "").strip())
            if "allow-same-origin" not in values.get("sandbox", "allow-same-origin").lower().split():
                self.markup.sealed.append("a sandboxed frame without `allow-same-origin`")

    def _read_meta(self, values: dict[str, str]) -> None:
        if values.get("http-equiv", "").strip().lower() == "refresh":
            self.markup.refreshes.append(refresh_target(values.get("content", "")))
        if values.get("http-equiv", "").strip().lower() == "content-security-policy":
            self.markup.security_policies.append(values.get("content", "").strip())
        if values.get("name", "").strip().lower() == "viewport":
            self.markup.viewport = values.get("content", "").lower()
        if values.get("name", "").strip().lower() == "referrer":
            self.markup.referrer_policies.append(values.get("content", "").strip().lower())


def _is_no_place_for_a_button(frame: dict[str, str]) -> bool:
    is_hidden = "hidden" in frame or _HIDDEN.search(re.sub(r"\s", "", frame.get("style", "").lower()))
    sizes = (frame.get(side, "") for side in ("width", "height"))
    return bool(is_hidden) or any(map(_IS_SMALL.fullmatch, sizes))


def sealed_in(sent: Markup, standing: Markup, page_url: str) -> str:
    """Say what a page's button may stand in that nobody here can look into; empty where there is nothing.

    `sent` is the markup as the backend sent it, `standing` as it stands in the browser.
    """
    own, frames = parts_of(page_url), map(parts_of, standing.framed)
    foreign = [
        f"a frame of {each.netloc or each.scheme}"
        for each in frames
        if each and (each.scheme == "data" or (each.netloc and (own is None or each.netloc != own.netloc)))
    ]
    return next(iter([*sent.sealed, *standing.sealed, *foreign]), "")


def read_markup(html: str) -> Markup:
    """Read a page's markup; broken markup is read as far as it goes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.markup
