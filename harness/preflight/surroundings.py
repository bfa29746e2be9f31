"""What a look at a backend needs, running: fake amoCRM, the gateway and the backend, no browser.

Owns their composition for a preflight; how the backend is had is `harness.backends.foreign`'s. Must not
check anything (`harness.preflight.checks` does).
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from fake_amo import FakeAmo
from fake_amo.http.serving import ServingError
from harness.backends.foreign import StartedBackend, amo_settings, foreign_backend
from harness.config.settings import BackendConfig
from harness.errors import UsageError
from harness.gateway.gateway import Route, open_gateway
from harness.timeline.current import CurrentRecorder
from harness.timeline.recorder import Recorder


@dataclass(frozen=True)
class Surroundings:
    """What runs already: `redirect_uri` is the gateway's, `reset` puts the backend back, None if nobody can.

    `refusals` tells which hosts the intercepting proxy has refused so far, if there is one.
    """

    config: BackendConfig
    backend_url: Callable[[], str]
    amo: FakeAmo
    redirect_uri: str
    client: httpx.Client
    reset: Callable[[], None] | None = None
    refusals: Callable[[], Sequence[object]] = field(default=tuple)


def known_addresses(config: BackendConfig, amo_port: int, gateway_port: int) -> None:
    """Raise UsageError for a backend that already runs and cannot know where amoCRM and the gateway are."""
    if config.start is None and not (amo_port and gateway_port):
        raise UsageError(
            f"{config.name} already runs, so it must know two addresses beforehand: choose --amo-port A and "
            "--gateway-port G, and give it amoCRM at http://127.0.0.1:A, the redirect URI "
            f"http://127.0.0.1:G{config.http.callback}, and the client that `amo-harness amo` prints; or let "
            "the harness start it, with a [start] table"
        )


@contextmanager
def open_surroundings(
    config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0
) -> Generator[Surroundings]:
    """Yield everything that a check needs, running; a port of 0 is a free one.

    Raises BackendError when the backend does not start, UsageError when a port is taken.
    """
    with ExitStack() as stack:
        try:
            amo = stack.enter_context(FakeAmo(amo_settings(config, port=amo_port)))
        except ServingError as error:
            raise UsageError(f"fake amoCRM {error}") from error
        gateway = stack.enter_context(open_gateway(callback_path=config.http.callback, port=gateway_port))
        amo.set_redirect_uri(gateway.redirect_uri)
        client = stack.enter_context(httpx.Client(trust_env=False))
        backend = stack.enter_context(foreign_backend(config, amo, gateway.redirect_uri, CurrentRecorder()))
        stack.enter_context(gateway.leads(Route(lambda: backend.url, Recorder())))
        yield Surroundings(
            config=config,
            backend_url=lambda: backend.url,
            amo=amo,
            redirect_uri=gateway.redirect_uri,
            client=client,
            reset=backend.reset if isinstance(backend, StartedBackend) else None,
            refusals=lambda: backend.refusals,
        )
