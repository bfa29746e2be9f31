"""What a client of the backend trusts when it speaks TLS.

Owns that choice for every client of the harness: the app, the probe, the gateway and whoever asks beside.
"""

import ssl
from functools import cache
from pathlib import Path

ANOTHER_NAME = (62, 64)
"""OpenSSL's numbers of a certificate that is not for the host, or not for the address."""


def trust_for(base_url: str, *authorities: Path | None) -> ssl.SSLContext:
    """Return what a client of this origin trusts: the system's authorities, and these PEM files.

    Reading the system's takes 20 ms, which plain http does not need.
    """
    if base_url.startswith("https:"):
        return _trust(*(each for each in authorities if each is not None))
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def _trust(*authorities: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for each in authorities:
        context.load_verify_locations(each)
        # A certificate that somebody made for a development server need not have every extension.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def remedy_for(refusal: ssl.SSLError) -> str:
    """Say what to change where a client of the backend did not come to speak TLS with it."""
    if not isinstance(refusal, ssl.SSLCertVerificationError):
        return "does it speak TLS at all? write http:// in [http].url where it does not"
    if refusal.verify_code in ANOTHER_NAME:
        return "its certificate is another name's: write that name in [http].url, such as https://localhost:{port}"
    return "set [http].ca to the PEM file of the authority that issued its certificate"
