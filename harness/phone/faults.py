"""Broken builds of the app: what each clause about the app is there to catch.

Owns the list. Placeholder until the broken builds are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AppFault:
    """The app with one thing wrong: fields of PhoneSettings that make it so."""

    id: str
    title: str
    breaks: tuple[str, ...]
    settings: Mapping[str, Any]
    scenarios: tuple[str, ...] = ()


APP_FAULTS: dict[str, AppFault] = {}
