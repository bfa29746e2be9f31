"""Which expo-router comes with which Expo SDK, and where they treat a deep link differently.

Owns the table alone. Read and measured in the named versions of the npm package `expo-router`.
"""

from dataclasses import dataclass

from harness.errors import UsageError
from harness.phone.links.url_library import MINIMUM_0_1, MINIMUM_0_2, WITHOUT_UNICODE, UrlLibrary
from harness.phone.links.whatwg_url import Base

DEFAULT_SDK = 54
"""The app's own: Expo ~54.0.27, expo-router ^6.0.13, in its public code of February 2026."""


@dataclass(frozen=True, slots=True)
class ExpoSdk:
    """One SDK: the release of expo-router that was run or read, and its differences."""

    number: int
    expo_router: str
    url: UrlLibrary
    """The `URL` that Expo ships with it; React Native's own is replaced."""
    guards_percent: bool = False
    """A stray `%` stays text; without the guard it throws URIError and the link is lost."""
    first_parser: bool = False
    """`a=1&a=2` arrives as `2` instead of a list, a `?` in a value cuts it off, `//` matches nothing."""
    path_base: Base = "file:"
    """What a path is matched against."""
    query_base: Base = "file:"
    """What a query is read against."""
    asks_for_initial_url: bool = False
    """A cold start on iOS asks the system for its link and waits 150 ms; later ones know it at once."""


SDKS: dict[int, ExpoSdk] = {
    sdk.number: sdk
    for sdk in (
        ExpoSdk(
            51,
            "3.5.24",
            WITHOUT_UNICODE,
            first_parser=True,
            path_base="https:",
            query_base="https:",
            asks_for_initial_url=True,
        ),
        ExpoSdk(
            52, "4.0.21", WITHOUT_UNICODE, path_base="https:", query_base="https:", asks_for_initial_url=True
        ),
        ExpoSdk(53, "5.1.7", WITHOUT_UNICODE, path_base="https:", query_base="https:"),
        ExpoSdk(54, "6.0.24", WITHOUT_UNICODE, query_base="https:"),
        ExpoSdk(55, "55.0.18", MINIMUM_0_1),
        ExpoSdk(56, "56.2.21", MINIMUM_0_1, guards_percent=True),
        ExpoSdk(57, "57.0.24", MINIMUM_0_1, guards_percent=True),
        ExpoSdk(58, "58.0.6", MINIMUM_0_2, guards_percent=True),
    )
}


def sdk_numbered(number: int) -> ExpoSdk:
    """Return an SDK; UsageError names those that are known."""
    if number not in SDKS:
        known = ", ".join(map(str, SDKS))
        raise UsageError(f"Expo SDK {number} is not known here; choose one of {known}")
    return SDKS[number]
