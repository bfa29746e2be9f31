"""What the harness makes of a link, in the words of `measure_expo_router.cjs`.

Owns that translation. It must not judge.
"""

from typing import Any

from harness.config.settings import DeepLink
from harness.phone.links.router import Dropped, route
from harness.phone.links.sdk import sdk_numbered


def found(link: str, sdk: int) -> dict[str, Any]:
    """Return `{screen, params}`, `{throws}` with the error's name, or `{nothing: True}`."""
    routed = route(link, sdk_numbered(sdk), DeepLink())
    if not isinstance(routed, Dropped):
        return {"screen": routed.screen, "params": routed.params}
    return {"throws": routed.throws} if routed.throws else {"nothing": True}
