"""What the host has reported of one tab so far: whether it stands, its pages, and what left it.

Owns that state, which the thread that reads the host's lines fills. Must not talk to the host.
"""

from collections.abc import Callable

from harness.engines.tabs.departures import DepartureLog
from harness.engines.tabs.engine import Departure, Dialog, PageLost, PageStarved
from harness.engines.tabs.sendings import Sendings
from harness.engines.webkitgtk.host_process import Event


class Reports:
    """The reports of one tab, in the order in which they came."""

    def __init__(self) -> None:
        self.is_open = False
        self.lost = ""
        """Why there is no page any more."""
        self._is_slow = False  # whether the machine may be why
        self.dialogs: list[Dialog] = []
        self.sendings = Sendings()
        self.own_loads: list[str] = []
        """Addresses that its pages went to by themselves."""
        self.committed: list[str] = []
        """Addresses of the pages shown so far."""
        self.failed_load: Event = {"load": 0}
        self.log = DepartureLog()

    def begin(self, on_departure: Callable[[Departure], None] | None) -> None:
        """Forget what opening the tab reported; each departure from here on is told as it comes."""
        self.committed.clear()
        self.log = DepartureLog(on_departure)

    def hear(self, event: Event) -> None:
        """Take one report, and wake whoever waits for a departure."""
        match event["event"]:
            case "departure":
                fields = {key: value for key, value in event.items() if key not in ("event", "tab")}
                self.log.add(Departure(**fields))
            case "committed":
                self.committed.append(event["url"])
            case "load_failed":
                self.failed_load = event
            case "opened":
                self.is_open = True
            case "lost":
                self._is_slow = event["is_slow"]
                self.lost = event["reason"]
            case "own_load":
                self.own_loads.append(event["url"])
            case "sent":
                self.sendings.add(event["url"], event["page"])
            case "dialog":
                self.dialogs.append(Dialog(event["kind"], event["text"], event["at_ns"]))
            case _:
                pass  # the host is gone: whoever waits looks again
        self.log.wake()

    def check(self) -> None:
        """Raise what says why there is no page any more, if there is none."""
        if self.lost:
            raise (PageStarved if self._is_slow else PageLost)(f"WebKitGTK: the page is gone: {self.lost}")
