"""`amo-harness link URL [--sdk N]`: what the app makes of a link, as data ready to print as JSON.

Owns the shape of that answer. It must not print.
"""

from dataclasses import asdict
from typing import Any

from harness.config.settings import DeepLink
from harness.phone.links.doors import open_doors
from harness.phone.links.percent import well_formed
from harness.phone.links.router import Dropped, check_link, route
from harness.phone.links.sdk import DEFAULT_SDK, sdk_numbered


def describe_link(url: str, sdk: int = DEFAULT_SDK, deep_link: DeepLink | None = None) -> dict[str, Any]:
    """Return `{url, sdk, expo_router, url_library}` with `screen` and `params`, or `dropped` with its reason.

    `doors` are other links that reach the app's screens with this SDK, each with `leads_to` and `why`.
    Raises UsageError for a malformed link, a scheme that is not the app's, or an unknown SDK.
    """
    release = sdk_numbered(sdk)
    app = deep_link or DeepLink()
    url = well_formed(url)
    check_link(url, app)
    routed = route(url, release, app)
    answer: dict[str, Any] = {
        "url": url,
        "sdk": sdk,
        "expo_router": release.expo_router,
        "url_library": release.url.name,
    }
    doors = {"doors": [asdict(door) for door in open_doors(release, app)]}
    if isinstance(routed, Dropped):
        return answer | {"dropped": routed.reason} | doors
    return answer | {"screen": routed.screen, "params": routed.params} | doors
