"""A backend over loopback and phones that talk to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from harness.config.settings import Http
from harness.phone import OWN_SCREENS, Phone, PhoneSettings, Screens
from harness.timeline.recorder import Recorder
from tests.http.phone.tiny_backend import AUTH_URL, TinyBackend, tiny_backend


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def backend() -> Iterator[TinyBackend]:
    with tiny_backend() as running:
        yield running


MakePhone = Callable[..., Phone]


@pytest.fixture
def make_phone(backend: TinyBackend, recorder: Recorder) -> Iterator[MakePhone]:
    """Make a phone with these settings; it is switched off at the end."""
    with ExitStack() as stack:

        def make(recorder: Recorder = recorder, screens: Screens = OWN_SCREENS, **settings: Any) -> Phone:
            chosen: dict[str, Any] = {"http": Http(connect=AUTH_URL), "base_url": backend.url} | settings
            return stack.enter_context(Phone(PhoneSettings(**chosen), recorder, screens=screens))

        yield make


@pytest.fixture
def phone(make_phone: MakePhone) -> Phone:
    """A phone as the seeds have it, with the CRM tab open and not connected."""
    phone = make_phone()
    phone.open_crm_tab()
    return phone
