"""Doors into the app that nobody meant: other spellings of a link that reach its screens, for each SDK.

Owns the list of what is tried. Which of them are open follows from the router, not from a table.
"""

from dataclasses import dataclass
from urllib.parse import quote

from harness.config.settings import DeepLink
from harness.phone.links.router import DEVELOPMENT_CLIENT, SITEMAP, Dropped, Route, route
from harness.phone.links.sdk import ExpoSdk

SUCCESS = "success=true"


@dataclass(frozen=True, slots=True)
class Door:
    """A link that leads where another was meant to lead alone."""

    link: str
    leads_to: str
    """The screen, or what the screen is made to read."""
    why: str


def open_doors(sdk: ExpoSdk, deep_link: DeepLink) -> list[Door]:
    """Return the doors that this SDK has for an app with this link."""
    return [door for door in _tried(deep_link) if _is_open(door, route(door.link, sdk, deep_link))]


def _is_open(door: Door, routed: Route | Dropped) -> bool:
    if isinstance(routed, Dropped):
        return False
    if door.leads_to == SUCCESS:
        return routed.screen == "callback" and routed.params.get("success") == "true"
    return routed.screen == door.leads_to


def _tried(deep_link: DeepLink) -> list[Door]:
    scheme = deep_link.scheme
    path = f"{deep_link.host}{deep_link.path}".strip("/")
    first, slash, rest = path.partition("/")
    callback = f"{path}?{SUCCESS}"
    inner = quote(f"{scheme}://{callback}", safe="")
    spelled = [
        (f"{scheme}:https://evil.example/{callback}", "another URL after the scheme: its path alone counts"),
        (f"{scheme}://{DEVELOPMENT_CLIENT}/?url={inner}", "the development client's link, in every build"),
        (f"{scheme}:///{callback}", "no host: host and path are one"),
        (f"{scheme}:{callback}", "no slashes"),
        (f"{scheme}://{first}:{slash}{rest}?{SUCCESS}", "a colon without a port"),
        (f"{scheme}://{first}/%2e{slash}{rest}?{SUCCESS}", "an escaped dot is a dot"),
        (f"{scheme}:///{path.replace('/', chr(92))}?{SUCCESS}", "a backslash is a slash"),
        (f"{scheme}://user@{callback}", "somebody's name before the host is dropped"),
    ]
    return [
        *(Door(link, "callback", why) for link, why in spelled),
        Door(
            f"{deep_link.base}?error=x%26success%3Dtrue",
            SUCCESS,
            "an error's text becomes another parameter: the query is decoded before it is split",
        ),
        Door(f"{scheme}:///{SITEMAP}", "sitemap", "Expo's list of every screen, in release builds too"),
    ]
