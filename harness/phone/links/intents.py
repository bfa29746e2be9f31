"""Android's `intent:` addresses, as Chrome turns them into a link for an app.

Owns that translation. Source: developer.chrome.com/docs/android/intents. A phone of another kind knows no
such scheme.
"""

import re

_INTENT = re.compile(r"intent:(?P<address>[^#]*)#Intent;(?P<words>.*)end$", re.IGNORECASE | re.DOTALL)


def link_of_intent(url: str) -> str:
    """Return the link that an `intent:` address means; any other address stays as it is."""
    found = _INTENT.match(url)
    if found is None:
        return url
    words = {name: text for name, _, text in (word.partition("=") for word in found["words"].split(";"))}
    scheme = words.get("scheme")
    return f"{scheme}:{found['address']}" if scheme else url
