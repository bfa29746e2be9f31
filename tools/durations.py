"""Writes how long each scenario takes, by which shards are balanced, of a run on the built-in reference.

    amo-harness run --backend reference --jobs 1 --out DIR && python -m tools.durations DIR

Owns that file's content. Must not play anything.
"""

import argparse
import json
from pathlib import Path

from harness.runs.shards.recorded import FILE
from harness.saved.balance import durations_s
from harness.saved.run_folder import read_run


def main() -> None:
    """Write the seconds of each scenario of the run that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", type=Path, metavar="DIR", help="a run's folder")
    taken = durations_s(read_run(parser.parse_args().run))
    FILE.write_text(json.dumps({name: round(taken[name], 2) for name in taken}, indent=1) + "\n", "utf-8")
    print(f"{FILE.name}: {len(taken)} scenarios, {sum(taken.values()):.1f} s in all")


if __name__ == "__main__":
    main()
