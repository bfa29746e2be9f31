"""Print what fake_amo costs, beside its peers in the same run: journey, start, memory, paging.

    python benchmarks/fake_amo_speed.py [--rounds N] [--requests N]

A journey is one consent POST and one token request over one keep-alive connection, journal on; every server
is a process of its own, and "in process" is FakeAmo in this one. Peers: npm oauth2-mock-server, installed
into a temporary directory with the npm that is here, and PyPI oidc-provider-mock. Figures are medians.
"""

import argparse
import http.client
import json
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fake_amo import AmoSettings, FakeAmo

CALLBACK = "http://127.0.0.1:8000/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NPM_PEER = "oauth2-mock-server"


@dataclass
class Wire:
    """One keep-alive connection."""

    address: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        """Connect when first asked."""
        self.connection = http.client.HTTPConnection(self.address, timeout=10)

    def ask(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str, bytes]:
        """Return status, Location and body."""
        body = None if fields is None else urlencode(fields)
        self.connection.request(method, path, body, (FORM if fields else {}) | (headers or {}))
        answer = self.connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read()


Journey = Callable[[Wire], None]


def tokens_for(wire: Wire, location: str, path: str, fields: dict[str, str]) -> dict[str, Any]:
    """Exchange the code of a redirect; a benchmark of refusals would be a fine figure for nothing."""
    code = parse_qs(urlsplit(location).query)["code"][0]
    status, _, body = wire.ask("POST", path, {"grant_type": "authorization_code", "code": code} | fields)
    if status != http.client.OK:
        raise RuntimeError(f"{wire.address}{path} answered {status}: {body[:200]!r}")
    answer: dict[str, Any] = json.loads(body)
    return answer


def amo_journey(about: dict[str, str]) -> Journey:
    """Return the journey through fake_amo."""
    path = f"/oauth?{urlencode({'client_id': about['client_id'], 'state': 's'})}"
    credentials = {name: about[name] for name in ("client_id", "client_secret", "redirect_uri")}

    def journey(wire: Wire) -> None:
        _, location, _ = wire.ask("POST", path, {"decision": "allow"})
        tokens_for(wire, location, "/oauth2/access_token", credentials)

    return journey


def npm_journey(wire: Wire) -> None:
    """Go through oauth2-mock-server, which has no page: its redirect comes from a GET."""
    query = {"response_type": "code", "client_id": "c", "redirect_uri": CALLBACK, "state": "s", "scope": "a"}
    _, location, _ = wire.ask("GET", f"/authorize?{urlencode(query)}")
    tokens_for(wire, location, "/token", {"client_id": "c", "redirect_uri": CALLBACK})


def pypi_journey(wire: Wire) -> None:
    """Go through oidc-provider-mock."""
    query = {
        "response_type": "code",
        "client_id": "c",
        "redirect_uri": CALLBACK,
        "state": "s",
        "scope": "openid",
    }
    _, location, _ = wire.ask("POST", f"/oauth2/authorize?{urlencode(query)}", {"sub": "me@example.com"})
    fields = {"client_id": "c", "client_secret": "s", "redirect_uri": CALLBACK}
    tokens_for(wire, location, "/oauth2/token", fields)


@dataclass
class Server:
    """A server under measurement."""

    name: str
    command: Callable[[int], list[str]]
    journey: Callable[[str], Journey]
    started_ms: list[float] = field(default_factory=list[float])
    journeys_ms: list[float] = field(default_factory=list[float])

    @contextmanager
    def running(self) -> "Generator[tuple[subprocess.Popen[bytes], str]]":
        """Yield the process and its address once it answers, noting how long that took."""
        port = free_port()
        began = time.perf_counter()
        process = subprocess.Popen(self.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_it_answers(port, process)
            self.started_ms.append(1000 * (time.perf_counter() - began))
            yield process, f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """Return a port that was free a moment ago; peers cannot be handed a bound socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Ask for the main page until an answer comes."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Wire(f"127.0.0.1:{port}").ask("GET", "/")
        except OSError:
            time.sleep(0.002)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not answer on port {port}")


def amo_command(*options: str) -> Callable[[int], list[str]]:
    """Return how to start fake_amo."""
    return lambda port: [sys.executable, "-m", "fake_amo", "--port", str(port), *options]


def amo_server(name: str, *options: str) -> Server:
    """Return fake_amo as a process."""
    return Server(name, amo_command(*options), lambda address: amo_journey(about_of(address)))


def about_of(address: str) -> dict[str, str]:
    """Return what the fake says of itself."""
    _, _, body = Wire(address).ask("GET", "/__control")
    about: dict[str, str] = json.loads(body)
    return about


def npm_server(folder: Path) -> Server | str:
    """Install the npm peer and return it, or why it cannot be measured."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return f"{NPM_PEER}: no npm and node on this machine"
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), NPM_PEER]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    package = folder / "node_modules" / NPM_PEER
    if done.returncode != 0 or not package.is_dir():
        return f"{NPM_PEER}: npm could not install it: {done.stderr.strip().splitlines()[-1:]}"
    details = json.loads((package / "package.json").read_text(encoding="utf-8"))
    program = package / details["bin"][NPM_PEER]
    name = f"npm {NPM_PEER} {details['version']}"
    return Server(
        name,
        lambda port: [node, str(program), "-a", "127.0.0.1", "-p", str(port)],
        lambda _address: npm_journey,
    )


def pypi_server() -> Server:
    """Return the PyPI peer."""
    name = f"PyPI oidc-provider-mock {version('oidc-provider-mock')}"
    command = [sys.executable, "-m", "oidc_provider_mock"]
    return Server(name, lambda port: [*command, "-p", str(port)], lambda _address: pypi_journey)


def timed(journey: Journey, wire: Wire, times: int) -> list[float]:
    """Return milliseconds of each journey."""

    def once() -> float:
        began = time.perf_counter()
        journey(wire)
        return 1000 * (time.perf_counter() - began)

    return [once() for _ in range(times)]


def measure_journeys(servers: list[Server], rounds: int) -> list[float]:
    """Let the servers take turns, so that a busy machine is busy for all; return FakeAmo's in process."""
    in_process: list[float] = []
    with ExitStack() as stack:
        amo = stack.enter_context(FakeAmo())
        turns: list[tuple[list[float], Journey, str]] = [
            (in_process, amo_journey(amo.about), amo.url.removeprefix("http://"))
        ]
        for server in servers:
            _, address = stack.enter_context(server.running())
            turns.append((server.journeys_ms, server.journey(address), address))
        for _ in range(rounds):
            for noted, journey, address in turns:
                wire = Wire(address)  # a connection a turn: some peers close one that waits for its next turn
                timed(journey, wire, 5)
                noted.extend(timed(journey, wire, 25))
    return in_process


def measure_starts(servers: list[Server], times: int) -> None:
    """Start each server that many more times, in turns."""
    for _ in range(times):
        for server in servers:
            with server.running():
                pass


def start_in_process_ms() -> list[float]:
    """Return how long entering FakeAmo took, after the import."""

    def once() -> float:
        began = time.perf_counter()
        with FakeAmo():
            return 1000 * (time.perf_counter() - began)

    return [once() for _ in range(21)]


def resident_mib(process: subprocess.Popen[bytes]) -> float:
    """Return a process's resident memory; Linux only."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def measure_memory(requests: int) -> list[tuple[int, float]]:
    """Return (requests so far, MiB) in eight steps of one long conversation."""
    seen: list[tuple[int, float]] = []
    with amo_server("fake_amo", "--no-limits").running() as (process, address):
        about, wire = about_of(address), Wire(address)
        journey = amo_journey(about)
        step = max(requests // 8, 2)
        for number in range(1, 9):
            for _ in range(step // 2):
                journey(wire)
            seen.append((number * step, resident_mib(process)))
    return seen


def measure_paging(world: str) -> tuple[float, float]:
    """Return milliseconds of the first page of five leads and of the last one."""
    settings = AmoSettings(world="large" if world == "large" else "default", limits=False)
    with FakeAmo(settings) as amo:
        wire = Wire(amo.url.removeprefix("http://"))
        fields = {name: str(amo.about[name]) for name in ("client_id", "client_secret", "redirect_uri")}
        location = f"{CALLBACK}?code={amo.mint_code()}"
        token = tokens_for(wire, location, "/oauth2/access_token", fields)["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        last = 2000 if world == "large" else 1

        def page(number: int) -> Journey:
            def ask(wire: Wire) -> None:
                status, _, _ = wire.ask("GET", f"/api/v4/leads?limit=5&page={number}", None, bearer)
                if status != http.client.OK:
                    raise RuntimeError(f"page {number} of the {world} world answered {status}")

            return ask

        timed(page(1), wire, 20)
        return statistics.median(timed(page(1), wire, 300)), statistics.median(timed(page(last), wire, 300))


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=20, help="turns of 25 journeys (default: 20)")
    arguments.add_argument("--requests", type=int, default=200_000, help="of the memory figure")
    asked = arguments.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, uvicorn {version('uvicorn')}")
    with tempfile.TemporaryDirectory() as folder:
        servers = [amo_server("fake_amo, as a process"), pypi_server()]
        peer = npm_server(Path(folder))
        if isinstance(peer, str):
            print(peer)
        else:
            servers.append(peer)
        in_process = measure_journeys(servers, asked.rounds)
        measure_starts(servers, 6)
    print(f"\n{'':36}{'journey p50':>14}{'p95':>10}{'start':>12}")
    report("fake_amo, in process", in_process, start_in_process_ms())
    for server in servers:
        report(server.name, server.journeys_ms, server.started_ms)
    print("\npage of five leads     first     last")
    for world in ("default", "large"):
        first, last = measure_paging(world)
        print(f"{world:18}{first:7.2f} ms{last:6.2f} ms")
    print("\nrequests   resident memory")
    for requests, mib in measure_memory(asked.requests):
        print(f"{requests:>8,}{mib:12.1f} MiB")


def report(name: str, journeys_ms: list[float], started_ms: list[float]) -> None:
    """Print one server's row."""
    p95 = statistics.quantiles(journeys_ms, n=20)[-1]
    start = statistics.median(started_ms)
    print(f"{name:36}{statistics.median(journeys_ms):11.2f} ms{p95:7.2f} ms{start:9.1f} ms")


if __name__ == "__main__":
    main()
