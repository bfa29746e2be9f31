"""The authorization URL: as the app makes it itself, and what one that the backend gave carries.

Owns both. The app's own is amoCRM's consent page with the client's id, `mode=popup` and a state; the state
is base64, in the standard alphabet, of JSON that names the user.
"""

import base64
import json
import secrets
from urllib.parse import parse_qs, urlencode

from harness.addresses import parts_of

ALL_OF_BASE64 = "~~~???"
"""Three of a kind, so that one of them is where base64 makes a `+` of it, and of the other a `/`."""


def app_state(user: str) -> str:
    """Return a state such as the app makes: `{"random", "userId", "source": "mobile"}` in base64.

    It has each of the three characters that a query may not hold as they are: `+`, `/` and `=`.
    """
    random = ALL_OF_BASE64 + secrets.token_hex(8)
    for end in ("", "0"):
        named = {"random": random + end, "userId": user, "source": "mobile"}
        state = base64.b64encode(json.dumps(named).encode())
        if state.endswith(b"="):
            break
    return state.decode()


def own_authorization_url(amo_url: str, client_id: str, state: str) -> str:
    """Return the URL that the app opens where it makes it itself; it names no redirect URI."""
    query = {"client_id": client_id, "state": state, "mode": "popup"}
    return f"{amo_url}/oauth?{urlencode(query)}"


def state_in(authorization_url: str) -> str:
    """Return the state that an authorization URL carries; empty where it has an empty one, or none."""
    url = parts_of(authorization_url)
    query = {} if url is None else parse_qs(url.query, keep_blank_values=True)
    return next(iter(query.get("state", ())), "")
