"""What a client of the backend trusts when it speaks TLS.

Owns that choice for every client of the harness: the app, the probe and whoever asks beside them.
"""

import ssl


def trust_for(base_url: str) -> ssl.SSLContext:
    """Return what a client of this origin trusts.

    Reading the system's authorities takes 20 ms, which plain http does not need.
    """
    if base_url.startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
