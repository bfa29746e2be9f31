"""One fake amoCRM without its sockets: settings, state, clock, faults, journal, listeners.

Owns the lock and the order in which events leave. Must not know HTTP framing; endpoints hold the rules.
"""

import re
import threading
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from fake_amo.http.guard import AllowedHosts
from fake_amo.http.messages import Call
from fake_amo.http.times import Times
from fake_amo.site.clock import Clock
from fake_amo.site.crowd import Crowd, open_to_all
from fake_amo.site.events import AmoEvent, Journal, Trouble, UnmodelledCall, iso_time
from fake_amo.site.faults import Faults
from fake_amo.site.limits import Limits
from fake_amo.state.dataset import GENERATED_WORLDS, Account, World
from fake_amo.state.profiles import ZONES, profile_named
from fake_amo.state.settings import AmoSettings
from fake_amo.state.store import Store

EventListener = Callable[[AmoEvent], None]
OWN_PORT = "{own_port}"
_MOST_UNMODELLED = 1_000
_NAME = re.compile(r"[a-z0-9.-]*[a-z0-9][a-z0-9.-]*")


class Site:
    """What every endpoint is handed."""

    def __init__(self, settings: AmoSettings, clock: Clock, on_event: EventListener | None = None) -> None:
        """Build the world that the settings name."""
        self.settings = settings
        self.profile = profile_named(settings.profile)
        self.clock = clock
        self.world = _world(settings)
        self.store = Store(self.world, settings)
        self.crowd = Crowd(self.world, settings.crowd)
        self.times = Times()
        """How long its own answers took, without the time that a fault asked for."""
        self.limits = Limits()
        self.faults = Faults()
        self.journal = Journal(settings.journal_size)
        self.trouble: list[Trouble] = []
        self.control_token = settings.control_token or token_urlsafe(18)
        """What opens the control API to callers that are not plainly this machine's own."""
        self.allowed_hosts = _allowed_hosts(settings)
        self.own_host = ""
        """host:port of the plain address, known once it is bound."""
        self.doors: dict[int, str] = {}
        """Port to subdomain: where each of several accounts has an address of its own."""
        self.tls: dict[str, str] = {}
        """`tls_url` and `ca_file`, where https is served."""
        self._lock = threading.RLock()
        self._on_event = on_event
        self._outbox: list[AmoEvent] = []
        self._unmodelled: dict[UnmodelledCall, None] = {}
        self._background: list[threading.Thread] = []

    @contextmanager
    def transaction(self) -> Generator[Store]:
        """Hold the lock for one decision; events leave after it, so that a listener may call back."""
        with self._lock:
            yield self.store
        self.flush()

    def emit(self, kind: str, data: dict[str, Any], secrets: dict[str, str] | None = None) -> None:
        """Put an event in the outbox, stamped now; empty secrets are left out."""
        named = {label: value for label, value in (secrets or {}).items() if value}
        self._outbox.append(AmoEvent(kind, time.monotonic_ns(), data, named))

    def flush(self) -> None:
        """Hand the outbox to the listener, in order."""
        while self._outbox:
            with self._lock:
                events, self._outbox = self._outbox, []
            for event in events if self._on_event is not None else ():
                self._tell(event)

    def about(self) -> dict[str, Any]:
        """Return what a client must know: where the fake is, and the default integration."""
        url = self.settings.public_url or f"http://{self.own_host}"
        integration = self.store.integrations[self.world.integrations[0].client_id]
        return {
            "url": url,
            "control_url": f"{url}/__control",
            "control_token": self.control_token,
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "redirect_uri": integration.redirect_uri,
            "account_host": self.account_host(self.store.accounts[self.world.accounts[0].id]),
            "accounts": {each.subdomain: self.account_host(each) for each in self.store.accounts.values()},
            **self.tls,
            "profile": self.profile.name,
            "world": self.world.name,
            "seed": self.world.seed,
        }

    def in_background(self, work: Callable[[], object]) -> None:
        """Run what waits for the outside world in a thread of its own; its defects are trouble."""

        def run() -> None:
            try:
                work()
            except Exception:  # noqa: BLE001 - a defect of ours: it must not end in a thread that nobody reads
                self.report_trouble("exception", f"in the background\n{traceback.format_exc()}")
                self.flush()

        thread = threading.Thread(target=run, name="fake_amo background", daemon=True)
        self._background = [each for each in self._background if each.is_alive()] + [thread]
        thread.start()

    def wait_for_background(self, timeout_s: float) -> None:
        """Wait until everything in the background is done, each for at most that long."""
        for thread in self._background:
            thread.join(timeout_s)

    def report_trouble(self, kind: str, text: str) -> None:
        """Record something that must not pass in silence."""
        self.trouble.append(Trouble(kind, text))
        self.emit("fake_failed", {"kind": kind, "text": text})

    def note_unmodelled(self, method: str, path: str) -> None:
        """Record a call that the fake does not model, once; beyond 1,000 different ones only as an event."""
        if len(self._unmodelled) < _MOST_UNMODELLED:
            self._unmodelled[UnmodelledCall(method, path)] = None
        self.emit("unrouted", {"method": method, "path": path})

    @property
    def unmodelled(self) -> list[UnmodelledCall]:
        """The different calls that the fake does not model, in the order in which they first came."""
        return list(self._unmodelled)

    def advance(
        self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> float:
        """Move the clock as `Clock.advance` does, say so, and return its new time."""
        before = self.clock.advanced_s
        now = self.clock.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)
        self.emit("clock_advanced", {"seconds": self.clock.advanced_s - before, "now": iso_time(now)})
        self.flush()
        return now

    def reset(self) -> None:
        """Start over: world, clock, faults, journal, trouble. Held answers are let go."""
        self.faults.clear()
        with self._lock:
            self.store.reset()
            self.limits.clear()
            self.times.clear()
            self.journal.clear()
            self.clock.reset()
            self.trouble.clear()
            self._unmodelled.clear()

    def account_host(self, account: Account, call: Call | None = None) -> str:
        """Return the host that `referer` names: the vendor's where the call came by it, else the fake's."""
        if call is not None and call.host_name.endswith(f".{self.profile.zone}"):
            return f"{account.subdomain}.{self.profile.zone}{call.host_port}"
        host, _, port = self.own_host.rpartition(":")
        door = next((own for own, subdomain in self.doors.items() if subdomain == account.subdomain), port)
        template = self.settings.account_host or f"{host}:{door}"
        named = template.replace("{subdomain}", account.subdomain).replace("{port}", port)
        return named.replace(OWN_PORT, str(door))

    def api_host(self, call: Call) -> str:
        """Return the host that the `api_domain` claim names."""
        if call.host_name.endswith(f".{self.profile.zone}"):
            return f"{self.profile.api_host}{call.host_port}"
        return self.own_host

    def _tell(self, event: AmoEvent) -> None:
        try:
            if self._on_event is not None:
                self._on_event(event)
        except Exception:  # noqa: BLE001 - a listener's defect must neither end the server nor be lost
            self.trouble.append(Trouble("exception", f"on_event failed:\n{traceback.format_exc()}"))


def _allowed_hosts(settings: AmoSettings) -> AllowedHosts:
    """Return the vendor's names, the accounts' and those that the settings add."""
    names = {f".{zone}" for zone in ZONES} | set(settings.allowed_hosts)
    of_accounts = re.sub(r":(\{(own_)?port\}|\d+)$", "", (settings.account_host or "").lower())
    own = of_accounts.rpartition("{subdomain}")[2]
    return AllowedHosts(frozenset(names | {own} if _NAME.fullmatch(own) else names))


def _world(settings: AmoSettings) -> World:
    if isinstance(settings.world, World):
        world = settings.world
    else:
        world = GENERATED_WORLDS[settings.world](settings.seed)
    if settings.crowd:
        world = replace(world, integrations=open_to_all(world.integrations))
    if settings.redirect_uri is None:
        return world
    first = replace(world.integrations[0], redirect_uri=settings.redirect_uri)
    return replace(world, integrations=(first, *world.integrations[1:]))
