"""The grammar of the deep link, read strictly.

Owns taking a link apart: parameters are percent-decoded once, and a plus is a plus. It must not know
what the app makes of a link; its router decodes more than once.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from harness.config.settings import DeepLink


@dataclass(frozen=True, slots=True)
class Link:
    """A link taken apart. `flaw` says in words what makes it no link, else it is empty."""

    url: str
    base: str
    """Everything before the query."""
    params: tuple[tuple[str, str], ...]
    fragment: str = ""
    flaw: str = ""

    @property
    def names(self) -> list[str]:
        """The parameters' names, in their order, repeated ones repeated."""
        return [name for name, _ in self.params]

    @property
    def names_as_written(self) -> list[str]:
        """The parameters' names without decoding, also of a link that has a flaw."""
        query = self.url.partition("#")[0].partition("?")[2]
        return [piece.partition("=")[0] for piece in query.split("&")]

    def value(self, name: str) -> str | None:
        """Return the first parameter of this name, or None."""
        return next((value for key, value in self.params if key == name), None)


_DOCUMENTED = DeepLink()


def read_link(url: str, app: DeepLink = _DOCUMENTED) -> Link:
    """Take a link apart; what cannot be decoded is named in `flaw`.

    The base of a universal link of the app's is that of the scheme's link which it stands for.
    """
    try:
        parts = urlsplit(url)
    except ValueError as flaw:
        return Link(url, url, (), flaw=f"is no URL: {flaw}")
    base = app.in_scheme(url.split("#", 1)[0].split("?", 1)[0])
    try:
        params = tuple(_pair(piece) for piece in parts.query.split("&") if piece)
    except ValueError as flaw:
        return Link(url, base, (), parts.fragment, str(flaw))
    return Link(url, base, params, parts.fragment)


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    """Percent-decode once; raises ValueError where a `%` starts no escape or the bytes are no UTF-8."""
    for piece in text.split("%")[1:]:
        if len(piece) < 2 or not all(c in "0123456789abcdefABCDEF" for c in piece[:2]):  # noqa: PLR2004 - %XX
            raise ValueError(f"has a bare `%` in {text!r}")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as flaw:
        raise ValueError(f"has bytes that are no UTF-8 in {text!r}") from flaw
