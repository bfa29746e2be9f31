"""The version of amo-harness, as it is installed.

Owns where it is found. Must not load anything of the harness: `amo-harness --version` waits for this alone.
"""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "amo-harness"
UNKNOWN = "unknown"


def version_line() -> str:
    """Return what `--version` prints."""
    return f"{DISTRIBUTION} {harness_version()}"


def harness_version() -> str:
    """Return the installed version; `unknown` where the packages are used without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return UNKNOWN
