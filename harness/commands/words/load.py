"""The words of the command that plays many users at once."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command
from harness.load.driving.plan import SHAPES
from harness.runs.options import declare


def _add_load(load: argparse.ArgumentParser) -> None:
    load.add_argument("--backend", type=Path, metavar="FILE", help="backend.toml (default: ./backend.toml)")
    load.add_argument(
        "--shape", choices=SHAPES, default="steady", help="what users do together (default: steady)"
    )
    load.add_argument("--users", type=int, default=50, metavar="N", help="how many at once (default: 50)")
    load.add_argument("--minutes", type=float, default=1.0, metavar="M", help="for how long (default: 1)")
    load.add_argument(
        "--people", type=int, metavar="N", help="how many users the backend knows: test, test-2 and so on"
    )
    load.add_argument(
        "--instances", type=int, metavar="N", help="of the backend, side by side (default: [start].instances)"
    )
    load.add_argument("--processes", type=int, default=0, metavar="N", help="of Locust on this machine")
    load.add_argument("--workers", type=int, default=0, metavar="N", help="to wait for, from other machines")
    load.add_argument(
        "--master", default="127.0.0.1", metavar="ADDRESS", help="where workers come to (default: 127.0.0.1)"
    )
    load.add_argument("--master-port", type=int, default=5557, metavar="PORT", help="(default: 5557)")
    load.add_argument(
        "--worker", action="store_true", help="be a worker of the master at --master, and nothing else"
    )
    load.add_argument("--locustfile", type=Path, metavar="FILE", help="your own, which imports ours")
    load.add_argument(
        "--max-p95", type=float, metavar="MS", help="fail where a step of the backend has a higher one"
    )
    load.add_argument("--fault", default="", help=argparse.SUPPRESS)
    declare(load.add_argument, ["strict"])
    load.add_argument("--out", type=Path, metavar="FOLDER", help="folder for results")
    load.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")


COMMANDS = (
    Command("load", "play many users at once, and judge what they did", "load:load_command", _add_load),
)
