"""The command `amo-harness`, also as `python -m amo_harness` and `python -m harness`.

Owns that it finds its own packages, whatever lies in the folder that it is called from.
"""

import os
import signal
import sys

from amo_harness.whereabouts import hidden, put_ours_first, strangers

STANDARD_ERROR = 2  # the last of the three streams that a process begins with


def main() -> int:
    """Run the command line; returns the exit code, also where Ctrl-C comes while it is being loaded."""
    try:
        return _load_and_run()
    except KeyboardInterrupt:
        exec("")  # noqa: S102 - one that Ctrl-C ended has CPython end by the signal, whatever exit code follows
        print("amo-harness: interrupted", file=sys.stderr)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one, while Python clears up, changes nothing
        return 3


def _open_what_is_closed() -> None:
    """Lead a stream that the caller has closed to nowhere: the next file would get its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as this runs
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same


def _load_and_run() -> int:
    _open_what_is_closed()
    put_ours_first()
    if others := strangers():
        print(f"amo-harness: {hidden(others)}", file=sys.stderr)
        return 3
    if sys.argv[1:] == ["--version"]:
        from harness.runs.version import version_line  # noqa: PLC0415 - asked often, and needs nothing else

        print(version_line())
        return 0
    from harness.cli import main as command  # noqa: PLC0415 - only now is it known to be ours

    return command()


if __name__ == "__main__":
    sys.exit(main())
