"""Who the users are: a number each, from which the backend's user and amoCRM's follow.

Owns that naming. The people themselves are made by fake amoCRM as they sign in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config.settings import FIRST_USER

OWNER_LOGIN = "owner@example.com"
"""Whose account everybody's is where the backend has one user."""
CROWD_LOGIN = "user-{number}@crowd.example"
PASSWORD = "correct horse"  # noqa: S105 - a made-up person's, published in the fake
_TOLD = re.compile(r"№(\d{6})")
ESCAPED = re.compile(r"\\u2116(\d{6})")
FIRST_ACCOUNT = 50_000_000


@dataclass(slots=True)
class Person:
    """One person: a user of the app, and somebody with an account in amoCRM."""

    number: int
    """From 1; 0: the owner of the only account."""
    cookie: str = ""
    """The session at amoCRM."""
    is_connected: bool | None = None
    """What the last authorization came to; None: none has ended yet, or amoCRM spoilt it."""
    app_cookies: dict[str, str] = field(default_factory=dict[str, str])
    """What the backend has set for the app."""

    def enter(self, cookie: str) -> None:
        """Be signed in at amoCRM from now on."""
        self.cookie = cookie

    def keep(self, cookies: Mapping[str, str]) -> None:
        """Keep what the backend sets for the app."""
        self.app_cookies |= cookies

    def hear(self, *, connected: bool) -> None:
        """Remember what an authorization came to."""
        self.is_connected = connected

    @property
    def user(self) -> str:
        """The backend's name for this person."""
        return FIRST_USER if self.number <= 1 else f"{FIRST_USER}-{self.number}"

    @property
    def login(self) -> str:
        """How this person signs in at amoCRM."""
        return CROWD_LOGIN.format(number=self.number) if self.number else OWNER_LOGIN


def people_told_in(text: str) -> list[int]:
    """Return the numbers of the people whose account or leads a text names."""
    found = _TOLD.findall(text) or (ESCAPED.findall(text) if "u2116" in text else [])
    return sorted({int(each) for each in found})
