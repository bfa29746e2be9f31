"""What a look at a backend needs, running: fake amoCRM, the gateway and the backend, no browser.

Owns their composition for a preflight; how the backend is had is `harness.backends.foreign`'s. Must not
check anything (`harness.preflight.checks` does).
"""

import ssl
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from fake_amo import AmoEvent, FakeAmo
from fake_amo.http.serving import ServingError
from harness.api_client.bounded import BoundedClient
from harness.api_client.session import JSON, Session, Sessions
from harness.api_client.trust import trust_for
from harness.backends.foreign import StartedBackend, amo_settings, foreign_backend
from harness.config.settings import BackendConfig
from harness.errors import BackendError, UsageError
from harness.gateway.gateway import Route, gateway_of
from harness.gateway.public_tls import PUBLIC_HOST, PublicTls, open_public_tls
from harness.preflight.talk import Talk, hear
from harness.timeline.current import CurrentRecorder
from harness.timeline.recorder import Recorder

TIMEOUT_S = 10.0
BROWSER_TIMEOUT_S = 3.0
"""A callback that takes longer is told of, and judged."""
AS_BROWSER = {"Accept": "text/html"}


@dataclass(frozen=True)
class Surroundings:
    """What runs already: `redirect_uri` is the gateway's, `reset` puts the backend back, None if nobody can.

    `refusals` tells which hosts the intercepting proxy has refused so far, if there is one.
    """

    config: BackendConfig
    backend_url: Callable[[], str]
    amo: FakeAmo
    redirect_uri: str
    client: BoundedClient
    """The app's."""
    browser: BoundedClient
    """The browser's, with cookies of its own."""
    sessions: Sessions
    talk: Talk = field(default_factory=Talk)
    doors: Sequence[str] = ()
    """The gateway's origins for the backend's frontends."""
    reset: Callable[[], None] | None = None
    comes_back: Callable[[], str] = str
    """Starts a backend again that has ended while it answered; returns how it ended, or nothing."""
    ends: list[str] = field(default_factory=list[str])
    """How it ended while it answered, in words, since somebody last took them."""
    refusals: Callable[[], Sequence[object]] = field(default=tuple)

    @property
    def public_url(self) -> str:
        """The gateway's origin, where the phone's browser finds the backend."""
        return self.redirect_uri.removesuffix(self.config.http.callback)

    def ask_as_app(self, path: str, *, method: str = "GET", body: str = "") -> httpx.Response | str:
        """Return what the backend answers to a call of the signed-in app, or in words why there is none."""
        try:
            session = self.sessions.of()
        except BackendError:
            session = Session(self.config.http.headers_for(), httpx.Cookies())
        headers = {**session.headers, **(JSON if body else {})}
        url = f"{self.backend_url()}{path}"
        cookies = "; ".join(f"{each.name}={each.value}" for each in session.cookies.jar)
        if cookies:
            headers["Cookie"] = cookies
        return self._ask(self.client, method, url, headers=headers, content=body or None, timeout_s=TIMEOUT_S)

    def ask_as_browser(self, url: str, query: Mapping[str, str]) -> httpx.Response | str:
        """Return what a browser is answered, without following it, or in words why there is none."""
        return self._ask(
            self.browser, "GET", url, query=query, headers=AS_BROWSER, timeout_s=BROWSER_TIMEOUT_S
        )

    def _ask(
        self,
        client: BoundedClient,
        method: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> httpx.Response | str:
        try:
            return client.ask(method, url, query=query, headers=headers, content=content, timeout_s=timeout_s)
        except httpx.TimeoutException:
            why = f"did not answer within {timeout_s:g} s"
        except httpx.HTTPError as error:
            why = f"gave no answer ({error or type(error).__name__})"
            if ended := self.comes_back():
                self.ends.append(f"{self.config.name} {ended}")
        self.talk.answered(why)
        return why


def known_addresses(config: BackendConfig, amo_port: int, gateway_port: int) -> None:
    """Raise UsageError for a backend that already runs and cannot know where amoCRM and the gateway are."""
    if config.start is None and not (amo_port and gateway_port):
        public = f"https://{PUBLIC_HOST}" if config.http.public_https else "http://127.0.0.1"
        raise UsageError(
            f"{config.name} already runs, so it must know two addresses beforehand: choose --amo-port A and "
            "--gateway-port G, and give it amoCRM at http://127.0.0.1:A, the redirect URI "
            f"{public}:G{config.http.callback}, and the client that `amo-harness amo` prints; or let "
            "the harness start it, with a [start] table"
        )


def _trust(config: BackendConfig, tls: PublicTls | None) -> ssl.SSLContext:
    urls = ("https:" if tls else "", config.http.url, *config.http.frontends.values())
    secured = next((each for each in urls if each.startswith("https:")), "")
    return trust_for(secured, config.http.authority, tls and tls.ca_file)


@contextmanager
def open_surroundings(
    config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0
) -> Generator[Surroundings]:
    """Yield everything that a check needs, running; a port of 0 is a free one.

    Raises BackendError when the backend does not start, UsageError when a port is taken.
    """
    talk = Talk()

    def know_secrets(event: AmoEvent) -> None:
        for label, value in event.secrets.items():
            talk.mask.add(label, value)

    with ExitStack() as stack:
        try:
            tls = stack.enter_context(open_public_tls(wanted=config.http.public_https, port=gateway_port))
            settings = amo_settings(config, port=amo_port, hooks_trust=tls and tls.ca_file)
            amo = stack.enter_context(FakeAmo(settings, on_event=know_secrets))
        except ServingError as error:
            raise UsageError(f"fake amoCRM {error}") from error
        gateway = stack.enter_context(gateway_of(config.http, port=gateway_port, tls=tls))
        amo.set_redirect_uri(gateway.redirect_uri)
        talk.mask.add("client_secret", amo.client_secret)
        heard = hear(talk)
        client, browser = (
            stack.enter_context(BoundedClient(timeout_s=TIMEOUT_S, trust=_trust(config, tls), hear=heard))
            for _ in ("the app's", "the browser's")
        )
        backend = stack.enter_context(foreign_backend(config, amo, gateway.addresses, CurrentRecorder()))
        stack.enter_context(gateway.leads(Route(lambda: backend.url, Recorder(), ca=config.http.authority)))
        yield Surroundings(
            config=config,
            backend_url=lambda: backend.url,
            amo=amo,
            redirect_uri=gateway.redirect_uri,
            doors=[each.url for each in gateway.doors[1:]],
            client=client,
            browser=browser,
            sessions=Sessions(config.http, lambda: backend.url, hear=heard),
            talk=talk,
            reset=backend.reset if isinstance(backend, StartedBackend) else None,
            comes_back=backend.comes_back if isinstance(backend, StartedBackend) else str,
            refusals=lambda: backend.refusals,
        )
