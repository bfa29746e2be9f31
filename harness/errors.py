"""The errors that never turn into one another: the harness's own, the user's, the backend's, a limit.

Owns the exception types and the exit code that each ends a command with. What the backend does wrong in
a run is a finding of the contract and no exception at all; `BackendError` is for a backend that cannot be
judged.
"""

from harness.exit_codes import ExitCode


class HarnessError(Exception):
    """The harness itself cannot do its work."""

    exit_code = ExitCode.HARNESS


class UsageError(HarnessError):
    """The user asked for something impossible; the message names it and the remedy."""

    exit_code = ExitCode.USAGE


class BackendError(HarnessError):
    """The backend cannot be started, reached or reset, so nothing can be judged."""

    exit_code = ExitCode.USAGE


class NotSimulated(HarnessError):  # noqa: N818 - the design's word; it states a limit, not a fault
    """What was asked for is not modelled; the message says what a real phone would do."""
