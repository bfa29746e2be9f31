"""Every port that a sitting listens on: what phones get, and a page whose name was made to lead there."""

import contextlib
import socket
import struct
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.backends.reach import Reach
from harness.serve.reaching.secure import Wish
from tests.e2e.by_hand import PHONES, Sat, sitting

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the system does not list a process's sockets"
)
PATHS = (
    *(
        "/",
        "/__phone",
        "/__phone/now",
        "/__phone/start.js",
        "/__lab",
        "/__lab/timer",
        "/__observe/observe.js",
    ),
    *("/__control/faults", "/trust", "/dashboard.js", "/stream", "/health", "/api/leads", "/oauth"),
)
OWNERS = ("/dashboard.js", "/stream", "/__control/faults")
"""What phones never reach."""
LISTENS = "0A"
HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def listening() -> set[tuple[str, int]]:
    """Return the addresses and ports of IPv4 on which this process listens: proc(5)."""
    own: set[str] = set()
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            own.add(str(each.readlink()))
    found: set[tuple[str, int]] = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        if fields[3] == LISTENS and f"socket:[{fields[9]}]" in own:
            found.add((socket.inet_ntoa(struct.pack("=I", int(address, 16))), int(port, 16)))
    return found


@dataclass(frozen=True, slots=True)
class Ports:
    """A sitting, and where it listens."""

    sat: Sat
    places: frozenset[tuple[str, int]]
    client: httpx.Client

    def ask(self, place: tuple[str, int], path: str, host: str) -> int:
        """Return the status of an answer, by http or else by https."""
        address, port = place
        headers = {"host": f"{host}:{port}"}
        try:
            return self.client.get(f"http://{address}:{port}{path}", headers=headers).status_code
        except httpx.RemoteProtocolError:
            return self.client.get(f"https://{address}:{port}{path}", headers=headers).status_code


@pytest.fixture(params=["http", "https"])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Ports]:
    tls = Wish(ca_dir=tmp_path / "ca") if request.param == "https" else None
    with _opened(tmp_path / "run", tls) as opened:
        yield opened


@contextmanager
def _opened(folder: Path, tls: Wish | None) -> Generator[Ports]:
    before = listening()
    with sitting(folder, observed=True, tls=tls) as sat, httpx.Client(verify=False, timeout=20) as client:  # noqa: S501 - whoever attacks trusts anything
        yield Ports(sat, frozenset(listening() - before), client)


def test_a_name_that_was_made_to_lead_here_is_answered_by_none(ports: Ports) -> None:
    """DNS rebinding: on loopback and in the network, whatever is asked for."""
    assert len(ports.places) >= 7
    for place in ports.places:
        for path in PATHS:
            assert ports.ask(place, path, "rebound.example") == 421, (place, path)


def test_phones_reach_neither_the_dashboard_nor_the_control_api(ports: Ports) -> None:
    """It listens on loopback alone, and what phones reach has nothing of it."""
    dashboard = httpx.URL(ports.sat.serving.dashboard_url).port
    reached = [place for place in ports.places if place[0] == PHONES]
    assert {address for address, port in ports.places if port == dashboard} == {"127.0.0.1"}
    assert len(reached) >= 2
    for place in reached:
        for path in OWNERS:
            assert ports.ask(place, path, PHONES) == 404, (place, path)


def test_nobody_steers_fake_amo_in_a_sitting(tmp_path: Path) -> None:
    """Also where all of it is on loopback, as a phone's browser on this machine finds it."""
    with sitting(tmp_path, reach=Reach()) as sat:
        control = f"{sat.serving.sitting.servers.amo.url}/__control/faults"
        assert httpx.get(control).status_code == 404


def test_what_phones_get_of_ours_has_the_headers(ports: Ports) -> None:
    """No framing, no guessing of types, no referrer: on pages, scripts and styles, and on refusals."""
    serving = ports.sat.serving
    start, gateway = serving.start_url, serving.sitting.servers.gateway.url
    ours = [start, *(f"{start}/{each}" for each in ("now", "start.js", "nothing"))]
    ours += [f"{start.removesuffix('/__phone')}/__lab{each}" for each in ("", "/lab.css", "/go", "/nothing")]
    ours += [f"{gateway}/__phone", f"{gateway}/__observe/observe.js", *filter(None, [serving.trust_url])]
    refused = [ports.client.post(each) for each in (f"{start}/open", f"{gateway}/__observe/said")]
    for answer in [*map(ports.client.get, ours), *refused]:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], answer.url
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, answer.url
