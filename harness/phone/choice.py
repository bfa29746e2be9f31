"""What the user of a run picks about the phone, in plain words that a command line and results.json can hold.

Owns the check of those words. What they mean is the rest of `harness.phone`'s.
"""

from typing import cast

from harness.phone import HostChoices, host_named
from harness.phone.hosts.host import NoGesture
from harness.phone.links.sdk import DEFAULT_SDK, sdk_numbered
from harness.phone.settings import DEFAULT_HOST, PhoneOptions
from harness.timeline.events import Outcome


def phone_options(
    *,
    host: str | None = None,
    no_gesture: str | None = None,
    unknown: str | None = None,
    app_installed: bool = True,
    sdk: int | None = None,
) -> PhoneOptions:
    """Return what was picked about the phone; None is what the simulator does anyway.

    Whoever picks how a host behaves has named the host, be it the default one. UsageError for a host or an
    SDK that does not exist, and for a question that the host does not ask.
    """
    choices = HostChoices(
        cast("NoGesture | None", no_gesture), cast("Outcome | None", unknown), app_installed
    )
    named = None
    if host is not None or choices != HostChoices():
        named = host_named(host or DEFAULT_HOST)
        named.check(choices)  # the words may be any until here
    return PhoneOptions(
        host=named.name if named else None,
        choices=choices,
        sdk=DEFAULT_SDK if sdk is None else sdk_numbered(sdk).number,
    )
