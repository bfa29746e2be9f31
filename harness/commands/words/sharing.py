"""The words of whatever can be split over several machines."""

import argparse
from pathlib import Path


def add_shard(parser: argparse.ArgumentParser) -> None:
    """Add which shard is played, and by which run the shards are balanced."""
    parser.add_argument(
        "--shard",
        metavar="N/M",
        help="play the Nth of M parts, which take the same time",
    )
    parser.add_argument(
        "--balance",
        type=Path,
        metavar="FOLDER",
        help="a run whose durations balance the shards (default: those recorded on the reference)",
    )
