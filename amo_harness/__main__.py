"""The command `amo-harness`, also as `python -m amo_harness` and `python -m harness`.

Owns that it finds its own packages, whatever lies in the folder that it is called from.
"""

import signal
import sys

from amo_harness.whereabouts import hidden, put_ours_first, strangers


def main() -> int:
    """Run the command line; returns the exit code, also where Ctrl-C comes while it is being loaded."""
    try:
        return _load_and_run()
    except KeyboardInterrupt:
        exec("")  # noqa: S102 - one that Ctrl-C ended has CPython end by the signal, whatever exit code follows
        print("amo-harness: interrupted", file=sys.stderr)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one, while Python clears up, changes nothing
        return 3


def _load_and_run() -> int:
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
