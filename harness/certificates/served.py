"""The certificate of one server, and whom its clients trust: the kept authority's, or the user's own.

Owns the choice and the checks of what a user brings. Must not listen.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

from fake_amo.http.tls import LEAF_DAYS
from harness.certificates.authority import LOCAL_NAMES, Authority
from harness.errors import UsageError
from harness.given_files import text_given

MOST_BYTES = 1_000_000
"""Of a certificate, or a key."""


@dataclass(frozen=True, slots=True)
class ServedTls:
    """What a server shows for its name."""

    context: ssl.SSLContext
    """Of the server."""
    certificate: str
    """The server's certificate, PEM."""
    ca_file: Path | None
    """PEM of the authority that clients trust besides the system's; None: the system's alone."""
    authority: Authority | None
    """Whose trust page a phone is shown; None for a certificate that the user brought."""


def served_by(authority: Authority) -> ServedTls:
    """Return a new certificate for all the names of an authority, good for at most 397 days."""
    now = datetime.now(UTC)
    issuer = trustme.CA.from_pem(authority.ca_file.read_bytes(), authority.key_pem)
    until = min(now + timedelta(days=LEAF_DAYS - 1), authority.certificate.not_valid_after_utc)
    leaf = issuer.issue_cert(*authority.names, not_before=now - timedelta(days=1), not_after=until)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is not here
    chain = leaf.cert_chain_pems[0].bytes().decode()
    return ServedTls(context, chain, authority.ca_file, authority)


def served_with(certificate: Path, key: Path, hosts: Sequence[str], ca_file: Path | None = None) -> ServedTls:
    """Return what the user's own certificate makes, `ca_file` being whom the harness's clients trust for it.

    UsageError, naming the file, where it cannot be read, is not the key's, is over or not for one of `hosts`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        text, _ = (text_given(each, encoding="ascii", most_bytes=MOST_BYTES) for each in (certificate, key))
        first = x509.load_pem_x509_certificates(text.encode())[0]
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as problem:
        raise UsageError(f"{key} is not the key of {certificate}: {problem.reason or problem}") from problem
    except (OSError, ValueError) as problem:
        raise UsageError(
            f"{certificate} or {key} cannot be used as certificate and key: {problem}"
        ) from problem
    if first.not_valid_after_utc < datetime.now(UTC):
        raise UsageError(f"{certificate} is over since {first.not_valid_after_utc:%Y-%m-%d}")
    missing = [host for host in hosts if host not in LOCAL_NAMES and not _is_for(first, host)]
    if missing:
        raise UsageError(f"{certificate} is not for {', '.join(missing)}; it is for {_names_in(first)}")
    return ServedTls(context, text, ca_file, None)


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    """Tell whether a client takes it for this host: a wildcard stands for one label."""
    names = _alternatives(certificate)
    if names is None:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        wildcard = f"*.{host.partition('.')[2]}"
        return bool(
            {host.lower(), wildcard.lower()} & {*map(str.lower, names.get_values_for_type(x509.DNSName))}
        )


def _names_in(certificate: x509.Certificate) -> str:
    names = _alternatives(certificate)
    found = [] if names is None else [str(each.value) for each in names]
    return ", ".join(found) or "no name at all"
