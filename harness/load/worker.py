"""A worker on this machine for a master on another: Locust, told everything by the master.

Owns starting it and its end.
"""

from harness.exit_codes import ExitCode
from harness.load.driving.marks import Marks
from harness.load.opening import open_driving
from harness.load.outcome.request import LoadRequest


def work_for(request: LoadRequest) -> int:
    """Play the users that the master gives, until it has no more."""
    with open_driving(Marks("worker", "")) as driving:
        driving.serve(request)
    print(f"worked for {request.master}:{request.master_port}")  # noqa: T201 - a command's last word
    return ExitCode.PASSED
