"""The words of the command by which a person's own phone walks the flow."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command
from harness.commands.words.lab import ANSWERS
from harness.commands.words.play import KEPT_RUNS
from harness.runs.options import declare

ASKED = ""
"""What `--lan` alone gives: the machine's addresses are listed."""


def _add_serve(serve: argparse.ArgumentParser) -> None:
    declare(serve.add_argument, ["backend", "strict"])
    reach = serve.add_mutually_exclusive_group()
    reach.add_argument(
        "--lan",
        nargs="?",
        const=ASKED,
        metavar="IP",
        help="address of this machine that phones reach, bound beside loopback; alone: list them",
    )
    reach.add_argument(
        "--public-url",
        metavar="URL",
        help="origin of a tunnel of your own that leads to the gateway's port (name it by --gateway-port)",
    )
    serve.add_argument("--amo-public-url", metavar="URL", help="the same for fake amoCRM's port (--amo-port)")
    serve.add_argument(
        "--tls",
        action="store_true",
        help="serve phones on https, by an authority of this machine's that is kept and that a page explains",
    )
    serve.add_argument("--tls-cert", type=Path, metavar="PEM", help="your own certificate in its place")
    serve.add_argument("--tls-key", type=Path, metavar="PEM", help="the key of --tls-cert")
    serve.add_argument("--tls-name", metavar="NAME", help="name that leads to the --lan address")
    serve.add_argument("--ca-dir", type=Path, metavar="FOLDER", help="where authorities are kept")
    serve.add_argument(
        "--observe",
        action="store_true",
        help="put a script into the backend's pages that tells of taps and attempts to leave",
    )
    serve.add_argument(
        "--answers", type=Path, default=ANSWERS, metavar="FILE", help="what phones answer to the lab's page"
    )
    serve.add_argument(
        "--out", type=Path, metavar="FOLDER", help=f"folder for results (default: a new one in {KEPT_RUNS})"
    )
    serve.add_argument(
        "--dashboard-port",
        type=int,
        default=0,
        metavar="N",
        help="port of the dashboard (default: a free one)",
    )
    declare(serve.add_argument, ["amo_port", "gateway_port", "seed", "host"])


COMMANDS = (
    Command(
        "serve",
        "let a person's own phone walk the flow, and judge that",
        "serve:serve_command",
        _add_serve,
    ),
)
