"""Which expo-router comes with which Expo SDK, and where they treat a deep link differently.

Owns the table alone. Read and measured in the named versions of the npm package `expo-router`.
"""

from dataclasses import dataclass

from harness.errors import UsageError

DEFAULT_SDK = 52
"""Current when the app was written (January 2025)."""


@dataclass(frozen=True, slots=True)
class ExpoSdk:
    """One SDK: the release of expo-router that was run or read, and its differences."""

    number: int
    expo_router: str
    guards_percent: bool
    """A stray `%` stays text; without the guard it throws URIError and the link is lost."""
    first_parser: bool
    """`a=1&a=2` arrives as `2` instead of a list, a `?` in a value cuts it off, `//` matches nothing."""
    asks_for_initial_url: bool
    """A cold start on iOS asks the system for its link and waits 150 ms; later ones know it at once."""


SDKS: dict[int, ExpoSdk] = {
    sdk.number: sdk
    for sdk in (
        ExpoSdk(51, "3.5.24", guards_percent=False, first_parser=True, asks_for_initial_url=True),
        ExpoSdk(52, "4.0.21", guards_percent=False, first_parser=False, asks_for_initial_url=True),
        ExpoSdk(53, "5.1.7", guards_percent=False, first_parser=False, asks_for_initial_url=False),
        ExpoSdk(54, "6.0.24", guards_percent=False, first_parser=False, asks_for_initial_url=False),
        ExpoSdk(55, "55.0.18", guards_percent=False, first_parser=False, asks_for_initial_url=False),
        ExpoSdk(56, "56.2.21", guards_percent=True, first_parser=False, asks_for_initial_url=False),
        ExpoSdk(57, "57.0.24", guards_percent=True, first_parser=False, asks_for_initial_url=False),
        ExpoSdk(58, "58.0.6", guards_percent=True, first_parser=False, asks_for_initial_url=False),
    )
}


def sdk_numbered(number: int) -> ExpoSdk:
    """Return an SDK; UsageError names those that are known."""
    if number not in SDKS:
        known = ", ".join(map(str, SDKS))
        raise UsageError(f"Expo SDK {number} is not known here; choose one of {known}")
    return SDKS[number]
