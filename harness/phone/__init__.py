"""A mobile client simulated down to the rules that make real ones fail: screens, cache, links, browsers.

Owns what the rest of the harness may use of it, listed here.
"""

from harness.phone.app import OWN_SCREENS, Screens
from harness.phone.device import Phone
from harness.phone.hosts.host import Cell, Host, HostChoices, HostDecision
from harness.phone.hosts.tables import HOSTS, host_named
from harness.phone.in_words import what_the_user_sees
from harness.phone.javascript.clock import PhoneClock
from harness.phone.links.description import describe_link
from harness.phone.links.sdk import DEFAULT_SDK, SDKS
from harness.phone.screens import Screen
from harness.phone.settings import PhoneOptions, PhoneSettings
from harness.timeline.events import Network

__all__ = [
    "DEFAULT_SDK",
    "HOSTS",
    "OWN_SCREENS",
    "SDKS",
    "Cell",
    "Host",
    "HostChoices",
    "HostDecision",
    "Network",
    "Phone",
    "PhoneClock",
    "PhoneOptions",
    "PhoneSettings",
    "Screen",
    "Screens",
    "describe_link",
    "host_named",
    "what_the_user_sees",
]
