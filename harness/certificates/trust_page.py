"""The page that walks a phone's owner through trusting a kept authority, and the profile that it installs.

Owns their content, as bytes with their types. Whoever serves them puts them at `PATH`, over plain http: the
phone trusts nothing yet, which is why both sides show the fingerprint. Must not serve anything.
"""

import html
import plistlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from fake_amo.http.guard import page_headers
from harness.certificates.authority import Authority

PATH = "/trust"
PROFILE_PATH = "/trust/amo-harness.mobileconfig"
CERTIFICATE_PATH = "/trust/amo-harness.cer"
_PAGE = Path(__file__).with_name("trust_page.html")


@dataclass(frozen=True, slots=True)
class TrustFile:
    """One answer to a GET."""

    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


def trust_files(authority: Authority, start_url: str) -> dict[str, TrustFile]:
    """Return what is served, by its path; `start_url` is where the phone goes on once it trusts."""
    plain = page_headers("default-src 'none'")
    return {
        PATH: TrustFile(
            "text/html; charset=utf-8",
            _page(authority, start_url).encode(),
            page_headers("default-src 'none'; style-src 'unsafe-inline'"),
        ),
        PROFILE_PATH: TrustFile("application/x-apple-aspen-config", _profile(authority), plain),
        CERTIFICATE_PATH: TrustFile("application/x-x509-ca-cert", authority.der, plain),
    }


def _page(authority: Authority, start_url: str) -> str:
    page = _PAGE.read_text(encoding="utf-8")
    filled = {
        "title": authority.title,
        "names": ", ".join(authority.names),
        "until": f"{authority.certificate.not_valid_after_utc:%Y-%m-%d}",
        "fingerprint": authority.fingerprint,
        "profile": PROFILE_PATH,
        "certificate": CERTIFICATE_PATH,
        "start": start_url,
    }
    for name, value in filled.items():
        page = page.replace(f"{{{name}}}", html.escape(value, quote=True))
    return page


def _profile(authority: Authority) -> bytes:
    """Return Apple's configuration profile; of the same authority always the same, which replaces itself."""
    own = uuid.uuid5(uuid.NAMESPACE_OID, authority.fingerprint)
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"amo-harness.authority.{own}",
        "PayloadUUID": str(own).upper(),
        "PayloadDisplayName": authority.title,
        "PayloadCertificateFileName": "amo-harness.cer",
        "PayloadContent": authority.der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"amo-harness.{own}",
            "PayloadUUID": str(uuid.uuid5(own, "profile")).upper(),
            "PayloadDisplayName": authority.title,
            "PayloadDescription": f"Lets this phone open {', '.join(authority.names)} over https. "
            f"Its certificates are good for nothing else. Fingerprint: {authority.fingerprint}",
            "PayloadOrganization": "amo-harness",
            "PayloadRemovalDisallowed": False,
            "RemovalDate": authority.certificate.not_valid_after_utc.replace(tzinfo=None),
            "PayloadContent": [payload],
        }
    )
