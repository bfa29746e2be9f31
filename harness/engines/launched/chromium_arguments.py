"""What Chromium is started with, wherever this project starts one.

Owns the switches. Must not start it.
"""

import os

_OF_PLAYWRIGHT = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "msForceBrowserSignIn",
)
"""Features that Playwright switches off: of two lists Chromium heeds the last alone, so ours has them too."""
OF_THE_ADDRESS_BAR = ("WebUIOmniboxAimPopup", "WebUIOmniboxPopup")
"""Two pages of Chromium's own for each window, which nobody sees: half of what a tab costs."""
WITHOUT = "--disable-features="
"""Begins the switch that names features."""


def chromium_arguments() -> list[str]:
    """Return the switches: nothing in the background, and no page but those that are asked for."""
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        WITHOUT + ",".join((*_OF_PLAYWRIGHT, *OF_THE_ADDRESS_BAR)),
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    return arguments
