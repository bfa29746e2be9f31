"""https for phones: the gateway's address and fake amoCRM's, and the page that makes a phone trust them.

Owns which certificate they show, and the door on https before a fake that itself stays on http, where the
backend finds it. Must not know what is served.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

from fake_amo.http.guard import AllowedHosts
from fake_amo.http.serving import serve
from harness.backends.reach import Reach
from harness.certificates.authority import kept_authority
from harness.certificates.served import ServedTls, served_by, served_with
from harness.certificates.trust_page import PATH, TrustFile, trust_files
from harness.errors import UsageError
from harness.gateway.gateway import Aside, open_gateway
from harness.gateway.public_tls import PUBLIC_HOST, PublicTls
from harness.gateway.server import bind_loopback

HELD_S = 3600.0
"""How long fake amoCRM's answer may be held by a tester."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How https is asked for. Without a certificate of the user's own an authority is kept for its names."""

    certificate: Path | None = None
    key: Path | None = None
    ca_dir: Path | None = None
    """Where authorities are kept; None: among the user's settings."""

    def __post_init__(self) -> None:
        """Refuse one file without the other: UsageError."""
        if (self.certificate is None) != (self.key is None):
            raise UsageError("--tls-cert and --tls-key go together")

    def served(self, host: str) -> ServedTls:
        """Return what servers of this host show; UsageError for files that cannot be used for it."""
        if self.certificate is not None and self.key is not None:
            return served_with(self.certificate, self.key, (host,))
        return served_by(kept_authority((host,), self.ca_dir))


def host_of(reach: Reach) -> str:
    """Return the host that phones open."""
    return reach.name or reach.lan or PUBLIC_HOST


@contextmanager
def open_tls(served: ServedTls, reach: Reach, port: int = 0) -> Generator[PublicTls]:
    """Yield an address on https for one gateway; UsageError when the port is taken."""
    with ExitStack() as bound:
        listener = bound.enter_context(bind_loopback(port))
        yield PublicTls(listener, served.context, served.certificate, served.ca_file, host_of(reach))


@contextmanager
def open_front(served: ServedTls, reach: Reach, url: str) -> Generator[str]:
    """Yield the origin on https by which phones find what is served at `url`, whole and unrecorded."""
    with (
        open_tls(served, reach) as tls,
        open_gateway(callback_path="/", patience_s=HELD_S, tls=tls, reach=reach) as front,
        front.leads_aside(Aside("/", url)),
    ):
        yield front.url


@contextmanager
def open_trust_page(served: ServedTls | None, reach: Reach, start_url: str) -> Generator[str]:
    """Yield the address, on http, of the page that makes a phone trust; empty where nothing is to trust."""
    if served is None or served.authority is None:
        yield ""
        return
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for path, file in trust_files(served.authority, start_url).items():
        app.get(path)(_Answer(file))
    with serve(app, allowed_hosts=AllowedHosts(reach.names), lan=reach.lan or None) as server:
        yield f"{server.url}{PATH}"


@dataclass(frozen=True, slots=True)
class _Answer:
    file: TrustFile

    def __call__(self) -> Response:
        headers = dict(self.file.headers)
        return Response(self.file.body, media_type=self.file.content_type, headers=headers)
