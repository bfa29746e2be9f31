"""`amo-harness load`: many users at once, or a worker that plays some of another machine's."""

import argparse
import sys

from harness.load.opening import check_extra
from harness.load.outcome.request import LoadRequest
from harness.load.run import play_load
from harness.load.worker import work_for


def load_command(options: argparse.Namespace) -> int:
    """Play what the options name; returns the exit code."""
    request = LoadRequest(
        backend=options.backend,
        shape=options.shape,
        users=options.users,
        minutes=options.minutes,
        people=options.people,
        instances=options.instances,
        processes=options.processes,
        workers=options.workers,
        master=options.master,
        master_port=options.master_port,
        locustfile=options.locustfile,
        max_p95_ms=options.max_p95,
        strict=options.strict,
        fault=options.fault,
    )
    if options.worker:
        request.check()
        check_extra()
        return work_for(request)
    return play_load(request, options.out, options.junit, sys.argv[1:])
