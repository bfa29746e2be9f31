"""The three kinds of trouble that never turn into one another.

Owns the exception types alone. What the backend does wrong in a run is a finding of the contract
and no exception at all; `BackendError` is for a backend that cannot be judged.
"""


class HarnessError(Exception):
    """The harness itself cannot do its work: exit code 3."""


class UsageError(HarnessError):
    """The user asked for something impossible; the message names it and the remedy: exit code 2."""


class BackendError(HarnessError):
    """The backend cannot be started, reached or reset, so nothing can be judged: exit code 2."""


class NotSimulated(HarnessError):  # noqa: N818 - the design's word; it states a limit, not a fault
    """What was asked for is not modelled; the message says what a real phone would do."""
