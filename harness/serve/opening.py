"""Everything that a sitting needs, put together and running: servers, start page, dashboard.

Owns the order in which they are opened and ended. Keeps no results: whoever takes the journeys does.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response

from fake_amo.http.guard import AllowedHosts, page_headers
from fake_amo.http.owner import PARAMETER, OwnedApp, Owner, new_token
from fake_amo.http.serving import ServingError, answering_to, serve
from fake_amo.state.dataset import DEFAULT_SEED
from harness.backends.backend import OpenBackend
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.certificates.authority import Authority
from harness.certificates.served import ServedTls
from harness.config.settings import BackendConfig
from harness.errors import UsageError
from harness.gateway.gateway import Aside
from harness.lab.answers import Answers
from harness.lab.page import Lab
from harness.phone import PhoneOptions
from harness.runs.rules import Rules
from harness.serve.dashboard.app import Dashboard
from harness.serve.dashboard.feed import Feed
from harness.serve.dashboard.live import Live
from harness.serve.faults.menu import ACTIONS
from harness.serve.hand.hearing import Hearing
from harness.serve.hand.journey import Journey
from harness.serve.hand.sitting import OBSERVING, Sitting
from harness.serve.phone.lease import Lease
from harness.serve.phone.observing import Observing
from harness.serve.phone.start_page import LAB, PREFIX, StartPage
from harness.serve.reaching.code import in_page
from harness.serve.reaching.secure import Wish, host_of, open_front, open_tls, open_trust_page
from harness.stage.scene.servers import Servers, open_servers

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen; 0 takes a free port."""

    amo: int = 0
    gateway: int = 0
    dashboard: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sitting is asked to be like."""

    reach: Reach = LOOPBACK_ALONE
    phone: PhoneOptions = field(default_factory=PhoneOptions)
    ports: Ports = field(default_factory=Ports)
    seed: int = DEFAULT_SEED
    observed: bool = False
    answers: Path = Path("lab.json")
    """Where the lab keeps what phones answer."""
    tls: Wish | None = None
    """How phones are served on https, where they are."""
    rules: Rules = field(default_factory=Rules)  # by which the dashboard calls a clause broken


@dataclass(frozen=True, slots=True)
class Serving:
    """A sitting with everything running."""

    sitting: Sitting
    start_url: str
    """What the phone scans."""
    dashboard_url: str
    """With its token: for the owner of this machine alone."""
    feed: Feed
    trust_url: str = ""
    """Where a phone is made to trust a kept authority; empty where it has nothing to trust."""
    authority: Authority | None = None
    """The kept authority."""


def press(name: str, journey: Journey) -> None:
    """Press a button of the menu in a journey."""
    ACTIONS[name].does(journey)


@contextmanager
def open_serving(
    config: BackendConfig, open_backend: OpenBackend, wanted: Wanted, folder: Path
) -> Generator[Serving]:
    """Yield a sitting, running; pictures go to the run's `folder`. UsageError for a port that is taken."""
    feed, ports = Feed(), wanted.ports
    with ExitStack() as stack:
        live = stack.enter_context(Live(feed, wanted.rules))
        servers, served = stack.enter_context(_open_servers(config, open_backend, wanted))
        hearing, lease = Hearing(live.hear), Lease()
        sitting = Sitting(servers, wanted.phone, hearing, press, live.changed, observed=wanted.observed)
        live.follow(sitting, lease)
        names = AllowedHosts(wanted.reach.names)
        start = FastAPI(openapi_url=None, redirect_slashes=False)
        start.include_router(StartPage(sitting, lease).router())
        link = f"{config.deep_link.base}?success=true&state=lab"
        start.include_router(Lab(Answers(wanted.answers, at_once=False), link, LAB, home=PREFIX).router())
        origin = servers.amo_origin or servers.amo.url
        stack.enter_context(servers.amo.leads_aside(PREFIX, LAB, app=answering_to(names, start)))
        stack.enter_context(_beside_the_backend(sitting, names, origin))
        start_url = f"{origin}{PREFIX}"
        trust_url = stack.enter_context(open_trust_page(served, wanted.reach, start_url))
        code = in_page(start_url) if wanted.reach != LOOPBACK_ALONE else ""
        dashboard = Dashboard(sitting, lease, live, feed, folder, start_url, code)
        yield Serving(
            sitting,
            start_url,
            stack.enter_context(_served(dashboard, servers.gateway.url, ports)),
            feed,
            trust_url,
            None if served is None else served.authority,
        )
        live.close()  # its streams end before the server that carries them waits for them


@contextmanager
def _beside_the_backend(sitting: Sitting, names: AllowedHosts, origin: str) -> Generator[None]:
    """Answer at the gateway's own origin what the script in the backend's pages asks for, and nothing else.

    The start page is at amoCRM's origin, so that no page of the backend's can read it, nor press its buttons;
    whoever looks for it here is led there, and the backend never gets the cookie that says whose turn it is.
    """
    beside = FastAPI(openapi_url=None, redirect_slashes=False)
    beside.include_router(Observing(sitting).router())
    for path in (PREFIX, LAB):
        beside.get(path)(_Moved(f"{origin}{path}"))
    paths = (PREFIX, LAB, *([OBSERVING] if sitting.observed else []))
    with ExitStack() as stack:
        server = stack.enter_context(serve(beside, allowed_hosts=names))
        stack.enter_context(sitting.servers.gateway.leads_aside(*(Aside(each, server.url) for each in paths)))
        yield


@dataclass(frozen=True, slots=True)
class _Moved:
    to: str

    def __call__(self) -> Response:
        return RedirectResponse(self.to, 303, headers=dict(page_headers("default-src 'none'")))


@contextmanager
def _open_servers(
    config: BackendConfig, open_backend: OpenBackend, wanted: Wanted
) -> Generator[tuple[Servers, ServedTls | None]]:
    """Yield the servers, on https for phones where that is wanted, and what they then show."""
    ports, reach = wanted.ports, replace(wanted.reach, steers_amo=False)  # a page of the backend is near it
    served = None if wanted.tls is None else wanted.tls.served(host_of(reach))
    with ExitStack() as stack:
        tls = None if served is None else stack.enter_context(open_tls(served, reach, ports.gateway))
        opening = open_servers(
            config,
            open_backend,
            seed=wanted.seed,
            amo_port=ports.amo,
            gateway_port=ports.gateway,
            tls=tls,
            reach=reach,
        )
        servers = stack.enter_context(opening)
        if served is not None:
            front = stack.enter_context(open_front(served, reach, servers.amo.url))
            servers = replace(servers, amo_origin=front)
        yield servers, served


@contextmanager
def _served(dashboard: Dashboard, gateway_url: str, ports: Ports) -> Generator[str]:
    """Yield the dashboard's address.

    Its name is another one than the gateway's: cookies know no ports, and a backend's page must get none.
    """
    name = next(each for each in LOOPBACK if each != urlsplit(gateway_url).hostname)
    if urlsplit(gateway_url).hostname not in LOOPBACK:
        name = "localhost"
    token = new_token()
    try:
        with serve(
            OwnedApp(dashboard.app(), Owner(token, frozenset({name}))), port=ports.dashboard
        ) as server:
            yield f"http://{name}:{server.port}/?{PARAMETER}={token}"
    except ServingError as error:
        raise UsageError(f"the dashboard {error}") from error
