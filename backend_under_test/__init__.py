"""The reference backend: what the contract asks of a backend, small enough to copy.

It knows amoCRM only by the URL and credentials in its settings. `faults` holds broken versions of it,
`variants` correct ones that look different; neither is used by the backend itself.
"""

from backend_under_test.app import create_app
from backend_under_test.events import BackendEvent
from backend_under_test.parts import Parts
from backend_under_test.settings import DeepLink, Settings, SettingsError, Texts

__all__ = ["BackendEvent", "DeepLink", "Parts", "Settings", "SettingsError", "Texts", "create_app"]
