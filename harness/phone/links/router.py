"""From deep link to screen, with expo-router's rules: what the app's `useLocalSearchParams` returns.

Owns decoding and matching. It must not change the app: a link in, a route or a reason out.
Source: `extractPathFromURL.js`, `getStateFromPath.js` and the hook of the releases in
`harness.phone.links.sdk`. A query value is decoded up to five times on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.phone.links import whatwg_url
from harness.phone.links.sdk import ExpoSdk
from harness.phone.links.whatwg_url import MalformedUriError, NotAUrlError, decode_component

RoutedScreen = Literal["callback", "crm", "home", "not_found"]
Params = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a link leads, and what the screen there reads."""

    screen: RoutedScreen
    params: Params


@dataclass(frozen=True, slots=True)
class Dropped:
    """The link is lost: the app comes to the front and nothing else happens."""

    reason: str


def scheme_of(url: str) -> str:
    """Return a link's scheme in lower case; empty when it has none."""
    try:
        return whatwg_url.parse(url).scheme
    except NotAUrlError:
        return ""


def check_link(url: str, deep_link: DeepLink) -> None:
    """Raise UsageError for what the system would not hand to this app."""
    shown = url if len(url) <= 120 else url[:119] + "…"  # noqa: PLR2004 - as much as reads well in a sentence
    example = f"{deep_link.base}?success=true"
    try:
        scheme = whatwg_url.parse(url).scheme
    except NotAUrlError as error:
        raise UsageError(f"malformed link {shown!r}: {error}; expected one like {example}") from None
    if scheme != deep_link.scheme.lower():
        raise UsageError(
            f"{shown!r} has the scheme {scheme!r}, and the app answers to {deep_link.scheme!r}; "
            f"expected one like {example}, or set [deep_link].scheme"
        )


def route(url: str, sdk: ExpoSdk, deep_link: DeepLink) -> Route | Dropped:
    """Route a link of the app, already checked by `check_link`."""
    try:
        path = _expo_path(url, sdk)
    except MalformedUriError as error:
        return Dropped(
            f"expo-router {sdk.expo_router} throws URIError when it decodes {str(error)!r}; "
            "in a release build the app comes to the front and the link is lost (guarded from SDK 56 on)"
        )
    pathname, search, fragment = _split(path, sdk)
    params = _collected(whatwg_url.search_params(search), sdk)
    if fragment is not None:
        params["#"] = whatwg_url.encode_fragment(fragment)
    return Route(
        _screen(pathname, sdk, deep_link), {name: _each(_hook, value) for name, value in params.items()}
    )


def _expo_path(url: str, sdk: ExpoSdk) -> str:
    """`extractExpoPathFromURL`: host and path, with a query decoded twice and not encoded again."""
    parsed = whatwg_url.parse(url)
    decode = _guarded if sdk.guards_percent else decode_component
    pairs = whatwg_url.search_params(parsed.search)
    query = "&".join(f"{name}={decode(value)}" for name, value in pairs)
    path = f"{parsed.host}{parsed.path}".removeprefix("/")
    return f"{path}?{query}" if query else path


def _split(path: str, sdk: ExpoSdk) -> tuple[str, str, str | None]:
    """`new URL(path, base)`: by now a decoded `#` or line break is one."""
    rest, hash_sign, fragment = whatwg_url.clean(path).partition("#")
    pathname, _, search = rest.partition("?")
    if sdk.first_parser:
        search = search.split("?")[0]
    return pathname, search, fragment if hash_sign and fragment else None


def _collected(pairs: list[tuple[str, str]], sdk: ExpoSdk) -> Params:
    if sdk.first_parser:
        return dict(pairs)
    every: dict[str, list[str]] = {}
    for name, value in pairs:
        every.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in every.items()}


def _screen(pathname: str, sdk: ExpoSdk, deep_link: DeepLink) -> RoutedScreen:
    if sdk.first_parser and "//" in pathname.strip("/"):
        return "not_found"
    wanted = "/".join(part for part in _resolved(pathname) if part != "(tabs)")
    callback = f"{deep_link.host}{deep_link.path}".strip("/")
    known: dict[str, RoutedScreen] = {callback: "callback", "crm": "crm", "": "home"}
    return known.get(wanted, "not_found")


def _resolved(pathname: str) -> list[str]:
    """The path's segments with `.` and `..` gone, as `new URL` leaves them; empty ones do not count."""
    segments: list[str] = []
    for part in pathname.split("/"):
        if part == "..":
            del segments[-1:]
        elif part not in ("", "."):
            segments.append(part)
    return segments


def _each(decode: Callable[[str], str], value: str | list[str]) -> str | list[str]:
    return [decode(one) for one in value] if isinstance(value, list) else decode(value)


def _guarded(text: str) -> str:
    try:
        return decode_component(text)
    except MalformedUriError:
        return text


# `useLocalSearchParams` decodes once more, guarded in every release
_hook = _guarded
