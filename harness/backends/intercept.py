"""Answers amoCRM's own https hosts with the fake, for a backend that hard-codes them.

Owns a forward proxy on loopback with a throw-away CA, and the environment that leads a backend to it. Only
amoCRM's hosts are answered; every other is refused and named. Must not read or change what is said: the
bytes of a request reach the fake as they came, `Host` included.
"""

import contextlib
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

from fake_amo.http.tls import issue
from harness.addresses import parts_of
from harness.config.settings import ZONES
from harness.errors import HarnessError

PRELOAD = Path(__file__).with_name("intercept_preload.cjs")
LOOPBACK = "127.0.0.1,localhost,::1"
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "DENO_CERT")
JAVA_PASSWORD = "amo-harness"  # noqa: S105 - of a file with a public certificate, which Java wants to have one
TLS_HANDSHAKE = b"\x16"
HEAD_LIMIT = 65536
READ_SIZE = 65536
IDLE_TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 5.0


def zone_of(host: str) -> str | None:
    """Return which of amoCRM's domains a host is in: `www.` has the consent page, each account its own."""
    name = host.rstrip(".").lower()
    return next((zone for zone in ZONES if name == zone or name.endswith(f".{zone}")), None)


def is_amo_host(host: str) -> bool:
    """Tell whether a host name is one of amoCRM's."""
    return zone_of(host) is not None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection of the backend that was not answered."""

    host: str
    why: str

    def __str__(self) -> str:
        return f"{self.host}: {self.why}"


@dataclass
class Intercept:
    """A running proxy: `url` is its address, `refusals` what it did not answer, oldest first."""

    amo_url: str
    listener: socket.socket
    on_refusal: Callable[[Refusal], None]
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    _defects: list[str] = field(default_factory=list[str])
    _ca: trustme.CA = field(default_factory=trustme.CA)
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict[str, ssl.SSLContext])
    _open: set[socket.socket] = field(default_factory=set[socket.socket])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        """The proxy's port; it takes TLS without CONNECT as well."""
        return self.listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The proxy's address, as `HTTPS_PROXY` carries it."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, directory: Path) -> Mapping[str, str]:
        """Return the variables that lead a child process here; the CA is written to the directory."""
        bundle = directory / "amo-ca.pem"
        system = ssl.get_default_verify_paths().cafile
        known = Path(system).read_bytes() if system else b""
        bundle.write_bytes(self._ca.cert_pem.bytes() + b"\n" + known)
        ini = f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'
        (directory / "amo-harness.ini").write_text(ini, encoding="utf-8")
        store = directory / "amo-ca.p12"
        store.write_bytes(_java_trust(self._ca))
        return {
            "JAVA_TOOL_OPTIONS": " ".join(_java_options(self.port, store)),
            "PHP_INI_SCAN_DIR": f"{os.environ.get('PHP_INI_SCAN_DIR', '')}:{directory}",
            **dict.fromkeys(PROXY_VARIABLES, self.url),
            **dict.fromkeys(CA_VARIABLES, str(bundle)),
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
            "NODE_USE_ENV_PROXY": "1",
            "NODE_OPTIONS": f'--require "{PRELOAD}"',
            "AMO_HARNESS_INTERCEPT_PORT": str(self.port),
        }

    def in_browser(self, url: str) -> str:
        """Return a URL of amoCRM's as one of the fake's, which a browser without the CA can open."""
        parts = parts_of(url)
        if parts is None or not is_amo_host(parts.hostname or ""):
            return url
        fake = urlsplit(self.amo_url)
        return urlunsplit((fake.scheme, fake.netloc, parts.path, parts.query, parts.fragment))

    def take_defects(self) -> list[str]:
        """Take what went wrong in the proxy itself."""
        taken, self._defects[:] = list(self._defects), []
        return taken

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def close_connections(self) -> None:
        """Cut what is still open; each connection's thread ends by that."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # it was closed by the other side meanwhile
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve_one(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(IDLE_TIMEOUT_S)
            if connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
                self._serve_tls(connection, "")
            else:
                self._serve_proxy(connection)
        except (ConnectionError, TimeoutError):
            pass  # either side left, which both of them notice by themselves
        except Exception as error:  # noqa: BLE001 - the run reports it; a thread must not hide it
            self._defects.append(f"intercept: {type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _serve_proxy(self, connection: socket.socket) -> None:
        head, rest = _read_head(connection)
        method, _, remainder = head.partition(b" ")
        target = remainder.partition(b" ")[0].decode("latin-1")
        if method == b"CONNECT":
            host = target.rpartition(":")[0]
            if self._admits(host, connection):
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._serve_tls(connection, host)
            return
        parts = parts_of(target)
        host = target if parts is None else parts.hostname or target
        if self._admits(host, connection) and parts is not None:
            # Some clients (axios) do not tunnel: they ask the proxy for the https URL itself.
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            with self._to_the_fake() as fake:
                fake.sendall(_as_origin_form(head, path) + rest)
                _relay(connection, fake)

    def _admits(self, host: str, connection: socket.socket) -> bool:
        if is_amo_host(host):
            return True
        self._refuse(host, "only amoCRM's hosts are answered while [start].intercept is on")
        text = f"amo-harness: {host} is refused: only amoCRM's hosts are answered\n".encode()
        connection.sendall(
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
        )
        return False

    def _refuse(self, host: str, why: str) -> None:
        refusal = Refusal(host, why)
        self.refusals.append(refusal)
        self.on_refusal(refusal)

    def _serve_tls(self, connection: socket.socket, host: str) -> None:
        asked: list[str] = [host]

        def choose(secured: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
            asked[0] = name or host
            if not is_amo_host(asked[0]):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            secured.context = self._context_for(asked[0])
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose  # pyright: ignore[reportAttributeAccessIssue] - typeshed wants SSLObject alone
        try:
            secured = context.wrap_socket(connection, server_side=True)
        except ssl.SSLError as error:
            self._refuse(asked[0] or "a host without a name", _why_no_tls(asked[0], error))
            return
        with self._lock:
            self._open.add(secured)
        try:
            with self._to_the_fake() as fake:
                _relay(secured, fake)
        finally:
            with self._lock:
                self._open.discard(secured)
            secured.close()

    def _context_for(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                issue(self._ca, host).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
                self._contexts[host] = context
            return self._contexts[host]

    def _to_the_fake(self) -> socket.socket:
        parts = urlsplit(self.amo_url)
        fake = socket.create_connection((parts.hostname or "", parts.port or 80), CONNECT_TIMEOUT_S)
        fake.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fake.settimeout(IDLE_TIMEOUT_S)
        return fake


def _java_trust(ca: trustme.CA) -> bytes:
    """Return the CA alone as the only kind of file that Java takes authorities from."""
    certificate = PKCS12Certificate(x509.load_pem_x509_certificate(ca.cert_pem.bytes()), b"amo-harness")
    return serialize_java_truststore([certificate], BestAvailableEncryption(JAVA_PASSWORD.encode()))


def _java_options(port: int, store: Path) -> Iterator[str]:
    """Yield what stands for the proxy's and the CA's variables, of which Java reads none."""
    for scheme in ("http", "https"):
        yield f"-D{scheme}.proxyHost=127.0.0.1"
        yield f"-D{scheme}.proxyPort={port}"
    yield f"-Djavax.net.ssl.trustStore={store}"
    yield f"-Djavax.net.ssl.trustStorePassword={JAVA_PASSWORD}"


def _why_no_tls(host: str, error: ssl.SSLError) -> str:
    if not is_amo_host(host):
        return "only amoCRM's hosts are answered while [start].intercept is on"
    return (
        f"the backend's HTTP client did not accept the fake's certificate ({error.reason}); "
        "let it trust SSL_CERT_FILE or NODE_EXTRA_CA_CERTS"
    )


def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read up to the end of a request's head; returns it with the blank line, and what came after."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(READ_SIZE)
        if not more or len(received) > HEAD_LIMIT:
            raise ConnectionError("not a request")
        received += more
    head, end, rest = received.partition(b"\r\n\r\n")
    return head + end, rest


def _as_origin_form(head: bytes, path: str) -> bytes:
    """Rewrite a proxy request's head as one for the server itself, for one exchange alone."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, _, version = first.split(b" ", 2)
    hop = (b"connection:", b"proxy-connection:", b"proxy-authorization:")
    kept = [line for line in fields if not line.lower().startswith(hop)]
    return b"\r\n".join(
        [b"%s %s %s" % (method, path.encode(), version), *kept, b"Connection: close", b"", b""]
    )


def _relay(client: socket.socket, fake: socket.socket) -> None:
    """Pass bytes both ways until either side ends; one thread, as a TLS connection cannot be shared."""
    while True:
        if not (isinstance(client, ssl.SSLSocket) and client.pending()):
            readable, _, _ = select.select([client, fake], [], [], IDLE_TIMEOUT_S)
            if not readable:
                return
        else:
            readable = [client]
        if fake in readable:
            if not (answer := fake.recv(READ_SIZE)):
                return
            client.sendall(answer)
        if client in readable and (asked := _take(client)) is not None:
            if not asked:
                return
            fake.sendall(asked)


def _take(client: socket.socket) -> bytes | None:
    """Read what is there: nothing (None) while a TLS record is incomplete, empty at the end."""
    client.settimeout(0)
    try:
        return client.recv(READ_SIZE)
    except (ssl.SSLWantReadError, BlockingIOError):
        return None
    except ssl.SSLError:
        return b""  # cut without TLS's own goodbye, as many clients do
    finally:
        client.settimeout(IDLE_TIMEOUT_S)


@contextmanager
def open_intercept(
    amo_url: str, on_refusal: Callable[[Refusal], None] = lambda _: None
) -> Generator[Intercept]:
    """Yield a running proxy to the fake at `amo_url`; `on_refusal` is called from the proxy's threads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        intercept = Intercept(amo_url, listener, on_refusal)
        thread = threading.Thread(target=intercept.serve, name="intercept", daemon=True)
        thread.start()
        try:
            yield intercept
        finally:
            with contextlib.suppress(OSError):  # not every system can shut a listener down
                listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`, which closing alone does not
            intercept.close_connections()
            thread.join(STOP_TIMEOUT_S)
            if thread.is_alive():
                raise HarnessError(f"the proxy on port {intercept.port} does not end")
