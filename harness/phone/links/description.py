"""`amo-harness link URL [--sdk N]`: what the app makes of a link, as data ready to print as JSON.

Owns the shape of that answer. It must not print.
"""

from typing import Any

from harness.config.settings import DeepLink
from harness.phone.links.percent import well_formed
from harness.phone.links.router import Dropped, check_link, route
from harness.phone.links.sdk import DEFAULT_SDK, sdk_numbered


def describe_link(url: str, sdk: int = DEFAULT_SDK, deep_link: DeepLink | None = None) -> dict[str, Any]:
    """Return `{url, sdk, expo_router}` with `screen` and `params`, or with `dropped` and its reason.

    Raises UsageError for a malformed link, a scheme that is not the app's, or an unknown SDK.
    """
    release = sdk_numbered(sdk)
    app = deep_link or DeepLink()
    url = well_formed(url)
    check_link(url, app)
    routed = route(url, release, app)
    answer: dict[str, Any] = {"url": url, "sdk": sdk, "expo_router": release.expo_router}
    if isinstance(routed, Dropped):
        return answer | {"dropped": routed.reason}
    return answer | {"screen": routed.screen, "params": routed.params}
