"""`amo-harness link`: what the app makes of a deep link."""

import argparse
import json

from harness.config.settings import DeepLink
from harness.exit_codes import ExitCode
from harness.phone.links.description import describe_link
from harness.phone.links.sdk import DEFAULT_SDK


def link_command(options: argparse.Namespace) -> int:
    """Print the screen and the parameters of a link, or why it is lost, as JSON; 0 in both cases."""
    sdk = DEFAULT_SDK if options.sdk is None else options.sdk
    told = describe_link(options.url, sdk, _deep_link(options))
    is_plain = json.dumps(told, ensure_ascii=False).isprintable()
    print(json.dumps(told, ensure_ascii=not is_plain, indent=1))
    return ExitCode.PASSED


def _deep_link(options: argparse.Namespace) -> DeepLink:
    if options.backend is None:
        return DeepLink()
    from harness.runs.opening import backend_config  # noqa: PLC0415 - heavy, and needed for a file alone

    return backend_config(options.backend).deep_link
