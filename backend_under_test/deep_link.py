"""The link that takes the user back into the app.

Owns its query. Must not carry anything that the app could misuse: no code, no token, no foreign text.
"""

from urllib.parse import quote, urlencode

from backend_under_test.outcome import Outcome
from backend_under_test.settings import DeepLink


def build_link(target: DeepLink, outcome: Outcome, state: str) -> str:
    """`?success=true&state=…` when connected, else `?error=…` with the reason's code and nothing more."""
    query = {"success": "true", "state": state} if outcome.reason is None else {"error": outcome.reason.value}
    # As encodeURIComponent does: a space becomes %20, since the app does not read a plus as a space.
    return f"{target.url}?{urlencode(query, safe='', quote_via=quote)}"
