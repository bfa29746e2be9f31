"""A fake amoCRM that real clients cannot tell from the real one.

Importing the package costs nothing; the server is loaded when a name of it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_amo.control.operations import AccountView
    from fake_amo.fake import AmoTrouble, FakeAmo
    from fake_amo.site.clock import Clock
    from fake_amo.site.events import AmoEvent, JournalEntry, Trouble, UnmodelledCall
    from fake_amo.site.faults import UnknownFault
    from fake_amo.state.settings import AmoSettings

__all__ = [
    "AccountView",
    "AmoEvent",
    "AmoSettings",
    "AmoTrouble",
    "Clock",
    "FakeAmo",
    "JournalEntry",
    "Trouble",
    "UnknownFault",
    "UnmodelledCall",
]

_HOMES = {
    "AccountView": "control.operations",
    "AmoEvent": "site.events",
    "AmoSettings": "state.settings",
    "AmoTrouble": "fake",
    "Clock": "site.clock",
    "FakeAmo": "fake",
    "JournalEntry": "site.events",
    "Trouble": "site.events",
    "UnknownFault": "site.faults",
    "UnmodelledCall": "site.events",
}


def __getattr__(name: str) -> Any:
    """Load a name's module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fake_amo' has no attribute {name!r}")
    return getattr(import_module(f"fake_amo.{_HOMES[name]}"), name)
