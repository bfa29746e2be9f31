"""An authority kept between runs, whose certificates are good for one machine's names alone.

Owns its key and its files. A phone that trusts it trusts it for nothing else: the names that it may sign are
written into its own certificate (RFC 5280 §4.2.1.10). Must not serve anything.
"""

import ipaddress
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.errors import UsageError

KEPT_DAYS = 730
"""How long a phone may go on trusting one authority; then another is made."""
LEFT_DAYS = 30
"""An authority that ends sooner is not used any more."""
LOCAL_NAMES = ("localhost", "127.0.0.1")
"""What every certificate is good for beside its host: this machine's own clients ask by these."""
_CERTIFICATE, _KEY = "authority.pem", "authority.key"
OWNER_ALONE = 0o600
_ORGANIZATION = "amo-harness"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority with its key; `names` is all that it may sign for."""

    certificate: x509.Certificate
    key_pem: bytes
    ca_file: Path
    """PEM of its certificate, for clients that are told whom to trust."""
    names: tuple[str, ...]
    is_new: bool
    """Whether it was made just now, so that no phone trusts it yet."""

    @property
    def der(self) -> bytes:
        """The certificate as a phone installs it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it: pairs of hex digits with spaces."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(" ").upper()

    @property
    def title(self) -> str:
        """Its name, by which a phone lists it."""
        (name,) = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(name.value)


def default_folder() -> Path:
    """Return where this user's authorities are kept."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "amo-harness" / "authorities"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "amo-harness" / "authorities"


def kept_authority(hosts: Iterable[str], folder: Path | None = None) -> Authority:
    """Return the authority of these host names and addresses, the kept one where there is one.

    Each set of names has its own, so that a machine which comes back to a network comes back to what the
    phone trusts. UsageError where its files are not this user's alone or cannot be read or written.
    """
    names = tuple(dict.fromkeys((*hosts, *LOCAL_NAMES)))
    place = (folder or default_folder()) / _folder_of(names)
    if place.exists():
        kept = _read(place, names)
        if kept is not None:
            return kept
        shutil.rmtree(place)  # it ends soon
    return _make(place, names)


def _folder_of(names: Sequence[str]) -> str:
    readable = "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in names[0])[:40]
    return f"{readable}-{sha256(' '.join(sorted(names)).encode()).hexdigest()[:12]}"


def _read(place: Path, names: tuple[str, ...]) -> Authority | None:
    """Return what is kept, None where it ends soon; UsageError where it cannot be used."""
    remedy = f"remove {place}, and another is made, which the phone has to trust anew"
    try:
        state = (place / _KEY).stat()
        certificate = x509.load_pem_x509_certificate((place / _CERTIFICATE).read_bytes())
        key_pem = (place / _KEY).read_bytes()
        key = serialization.load_pem_private_key(key_pem, None)
    except (OSError, ValueError) as problem:
        raise UsageError(f"the authority in {place} cannot be read ({problem}): {remedy}") from problem
    if state.st_mode & 0o077 or state.st_uid != os.getuid():
        raise UsageError(
            f"{place / _KEY} can be read by others, who could sign what the phone trusts: {remedy}"
        )
    if key.public_key() != certificate.public_key():
        raise UsageError(f"the authority in {place} has another one's key: {remedy}")
    if certificate.not_valid_after_utc - datetime.now(UTC) < timedelta(days=LEFT_DAYS):
        return None
    return Authority(certificate, key_pem, place / _CERTIFICATE, names, is_new=False)


def _make(place: Path, names: tuple[str, ...]) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(key, names)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    beside = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.mkdir(mode=0o700)
        _write(beside / _KEY, key_pem)
        _write(beside / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
        beside.rename(place)
    except OSError as problem:
        shutil.rmtree(beside, ignore_errors=True)
        if place.exists() and (kept := _read(place, names)):  # another process was quicker
            return kept
        raise UsageError(
            f"no authority can be kept in {place.parent} ({problem.strerror}): give --ca-dir another folder"
        ) from problem
    return Authority(certificate, key_pem, place / _CERTIFICATE, names, is_new=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file that nobody else could read at any moment."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
        file.write(content)


def _signed(key: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> x509.Certificate:
    now = datetime.now(UTC)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_ORGANIZATION} for {names[0]}"[:64]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=KEPT_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.NameConstraints([_subtree(each) for each in names], _excluded(names)), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _subtree(name: str) -> x509.GeneralName:
    """Return the constraint that lets one host through: of an address that one alone."""
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _excluded(names: Sequence[str]) -> list[x509.GeneralName] | None:
    """Return the kinds of addresses that no name speaks of: what is not constrained would be free."""
    versions = {each.version for name in names if (each := _address(name)) is not None}
    every: dict[int, x509.GeneralName] = {
        4: x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
        6: x509.IPAddress(ipaddress.ip_network("::/0")),
    }
    return [every[version] for version in sorted(every.keys() - versions)] or None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
