"""From deep link to screen, with expo-router's rules: what the app's `useLocalSearchParams` returns.

Owns decoding and matching. It must not change the app: a link in, a route or a reason out.
Source: `extractPathFromURL.js`, `getStateFromPath.js` and the hook of the releases in
`harness.phone.links.sdk`; held against them by `python -m tools.differential`. A query value is decoded up
to five times on its way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.phone.links import whatwg_url
from harness.phone.links.percent import MalformedUriError, decode_component, decode_uri, well_formed
from harness.phone.links.sdk import ExpoSdk
from harness.phone.links.whatwg_url import NotAUrlError, scheme_in

RoutedScreen = Literal["callback", "crm", "home", "not_found", "sitemap"]
Params = dict[str, str | list[str]]
DEVELOPMENT_CLIENT = "expo-development-client"
TABS = "(tabs)"
SITEMAP = "_sitemap"
_GROUP = re.compile(r"[^\\()]*\([^\\/]+\)")
"""SDK 51 takes a segment with something in brackets for a group of routes."""
_OF_THE_WEB = re.compile(r"https?://")
_KEEPS_A_PATH = 54
"""The SDK from which a text that is no URL and begins with a slash is taken as a path."""
_EXPO_HOSTS = frozenset({"exp.host", "u.expo.dev"})


@dataclass(frozen=True, slots=True)
class Route:
    """Where a link leads, and what the screen there reads."""

    screen: RoutedScreen
    params: Params


@dataclass(frozen=True, slots=True)
class Dropped:
    """The link is lost: the app comes to the front and nothing else happens."""

    reason: str
    throws: str = ""
    """The JavaScript error that it is lost by, where it is one."""


def scheme_of(url: str) -> str:
    """Return a link's scheme in lower case; empty when it has none."""
    return scheme_in(url)


def check_link(url: str, deep_link: DeepLink) -> None:
    """Raise UsageError for what the system would not hand to this app."""
    shown = url if len(url) <= 120 else url[:119] + "…"  # noqa: PLR2004 - as much as reads well in a sentence
    example = f"{deep_link.base}?success=true"
    scheme = scheme_in(url)
    if not scheme:
        raise UsageError(f"malformed link {shown!r}: it has no scheme; expected one like {example}")
    if scheme != deep_link.scheme.lower():
        raise UsageError(
            f"{shown!r} has the scheme {scheme!r}, and the app answers to {deep_link.scheme!r}; "
            f"expected one like {example}, or set [deep_link].scheme"
        )


def route(url: str, sdk: ExpoSdk, deep_link: DeepLink) -> Route | Dropped:
    """Route a link of the app, already checked by `check_link`."""
    try:
        return _Router(sdk, deep_link).route(well_formed(url))
    except MalformedUriError as error:
        guarded = "" if sdk.guards_percent else "; guarded from SDK 56 on"
        return _lost(sdk, f"throws URIError when it decodes {str(error)!r}", guarded, throws="URIError")
    except NotAUrlError as error:
        return _lost(sdk, f"throws TypeError: {error}", throws="TypeError")


def _lost(sdk: ExpoSdk, why: str, note: str = "", throws: str = "") -> Dropped:
    return Dropped(
        f"expo-router {sdk.expo_router} {why}; in a release build the app comes to the front "
        f"and the link is lost{note}",
        throws,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What `new URL(path, base)` tells of a path: `pathname` without the slashes around it."""

    pathname: str
    params: Params


class _Router:
    def __init__(self, sdk: ExpoSdk, deep_link: DeepLink) -> None:
        self._sdk = sdk
        self._callback = f"{deep_link.host}{deep_link.path}".strip("/")

    def route(self, url: str) -> Route | Dropped:
        path = self._expo_path(url).removeprefix("/")
        read = self._first_read(path) if self._sdk.first_parser else self._read(path)
        if read is None:
            return _lost(self._sdk, f"cannot read {path!r}")
        params = {name: _each(_hook, text) for name, text in read.params.items()}
        return Route(self._screen(read.pathname), params)

    def _expo_path(self, url: str) -> str:
        """`extractExactPathFromURL`: host and path, with a query decoded twice and not encoded again."""
        if _OF_THE_WEB.match(url):
            return self._path_of_the_web(url)
        try:
            parsed = whatwg_url.parse(url, self._sdk.url)
        except NotAUrlError:
            return self._without_scheme(url)
        pairs = self._sdk.url.search_params(parsed.search)
        if parsed.hostname == DEVELOPMENT_CLIENT:
            inner = next((text for name, text in pairs if name == "url"), "")
            return self._expo_path(self._decode(inner, decode_uri)) if inner else ""
        query = "&".join(f"{name}={self._decode(text, decode_component)}" for name, text in pairs)
        path = f"{parsed.host}{parsed.path}"
        return f"{path}?{query}" if parsed.search and query else path

    def _path_of_the_web(self, url: str) -> str:
        parsed = whatwg_url.parse(url, self._sdk.url)
        return "" if parsed.hostname in _EXPO_HOSTS else parsed.href_without_origin

    def _without_scheme(self, url: str) -> str:
        if self._sdk.first_parser or (url.startswith("/") and self._sdk.number >= _KEEPS_A_PATH):
            return url
        return re.sub(r"^[^:]+://", "", url)

    def _decode(self, text: str, decode: Callable[[str], str]) -> str:
        return _guarded(decode, text) if self._sdk.guards_percent else decode(text)

    def _read(self, path: str) -> _Read:
        try:
            parsed = whatwg_url.parse(path, self._sdk.url, self._sdk.path_base)
            pathname, fragment = parsed.path, parsed.fragment
        except NotAUrlError:
            pathname = fragment = ""
        search = whatwg_url.parse(path, self._sdk.url, self._sdk.query_base).search
        params: Params = {"#": fragment} if fragment else {}
        every: dict[str, list[str]] = {}
        for name, text in self._sdk.url.search_params(search):
            every.setdefault(name, []).append(text)
        params |= {name: texts[0] if len(texts) == 1 else texts for name, texts in every.items()}
        return _Read(re.sub(r"/+", "/", pathname.strip("/")), params)

    def _first_read(self, path: str) -> _Read | None:
        """SDK 51: the last of a name counts, a second `?` ends the query, `//` matches nothing."""
        try:
            parsed = whatwg_url.parse(path, self._sdk.url, self._sdk.path_base)
        except NotAUrlError:
            return None
        parts = [part for part in parsed.path.split("/") if not _GROUP.match(part)]
        whole = "/".join(parts) + (f"?{parsed.search}" if parsed.search else "")
        query = (whole if path.startswith("/") else whole[1:]).split("?")[1:2]
        params: Params = dict(self._sdk.url.search_params("".join(query)))
        if parsed.fragment:
            params["#"] = parsed.fragment
        return _Read(parsed.path.strip("/"), params)

    def _screen(self, pathname: str) -> RoutedScreen:
        known: dict[str, RoutedScreen] = {
            self._callback: "callback",
            "crm": "crm",
            f"{TABS}/crm": "crm",
            TABS: "home",
            "": "home",
            SITEMAP: "sitemap",
        }
        return known.get(pathname, "not_found")


def _each(decode: Callable[[str], str], value: str | list[str]) -> str | list[str]:
    return [decode(one) for one in value] if isinstance(value, list) else decode(value)


def _guarded(decode: Callable[[str], str], text: str) -> str:
    try:
        return decode(text)
    except MalformedUriError:
        return text


def _hook(text: str) -> str:
    """`useLocalSearchParams` decodes once more, guarded in every release."""
    return _guarded(decode_component, text)
