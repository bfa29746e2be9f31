"""`python -m fake_amo`, and what `amo-harness amo` calls: serve until stopped.

Owns the command line, the line of JSON on standard output, the report of trouble on standard error at the
end, and the exit codes: 0 stopped by a signal, 2 wrong usage. Must not know the endpoints.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fake_amo.state.dataset import World
from fake_amo.state.profiles import PROFILES
from fake_amo.state.settings import GENERATED, AmoSettings


def main(arguments: Sequence[str] | None = None, prog: str = "python -m fake_amo") -> int:
    """Serve a fake until SIGTERM or SIGINT and return the exit code."""
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    try:
        settings = _settings(options)
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    return _serve(parser, settings)


def _parser(prog: str) -> argparse.ArgumentParser:
    default = AmoSettings()
    parser = _Parser(
        prog=prog,
        description="A fake amoCRM. Prints one line of JSON once it answers, and serves until it is stopped.",
    )
    parser.add_argument("--port", type=int, default=default.port, help="plain HTTP (default: a free one)")
    parser.add_argument("--host", default=default.host, help="address to listen on (default: %(default)s)")
    parser.add_argument("--tls", action="store_true", help="serve https too, by SNI, with a throw-away CA")
    parser.add_argument("--tls-port", type=int, default=default.tls_port, help="https (default: a free one)")
    parser.add_argument("--world", default="default", help="default, large, two-accounts or a TOML file")
    parser.add_argument(
        "--seed", type=int, default=default.seed, help="of ids and names (default: %(default)s)"
    )
    parser.add_argument("--profile", choices=tuple(PROFILES), default=default.profile)
    parser.add_argument("--redirect-uri", default=None, help="of the default integration")
    parser.add_argument("--account-host", default=None, help="what `referer` carries")
    parser.add_argument("--control-token", default=None, help="for calls that are not this machine's own")
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="a tunnel's name, to be answered"
    )
    parser.add_argument("--sign-in", choices=("remembered", "prefilled", "asked"), default=default.sign_in)
    parser.add_argument("--refresh", choices=("strict", "grace"), default=default.refresh)
    parser.add_argument("--no-limits", action="store_true", help="do not count requests per second")
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(_shown(message))


def _shown(text: str) -> str:
    """Return a text in which a terminal finds nothing to obey."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def _settings(options: argparse.Namespace) -> AmoSettings:
    for name in ("port", "tls_port"):
        if not 0 <= getattr(options, name) <= 65_535:  # noqa: PLR2004 - the highest port
            raise ValueError(
                f"--{name.replace('_', '-')} must be from 0 to 65535, got {getattr(options, name)}"
            )
    return AmoSettings(
        host=options.host,
        port=options.port,
        tls=options.tls,
        tls_port=options.tls_port,
        profile=options.profile,
        world=options.world if options.world in GENERATED else _world_of(options),
        seed=options.seed,
        redirect_uri=options.redirect_uri,
        account_host=options.account_host,
        control_token=options.control_token,
        allowed_hosts=tuple(options.allowed_host),
        sign_in=options.sign_in,
        refresh=options.refresh,
        limits=not options.no_limits,
    )


def _world_of(options: argparse.Namespace) -> World:
    from fake_amo.state.dataset_file import load_world  # noqa: PLC0415 - only a world file needs TOML

    if not Path(options.world).is_file():
        raise ValueError(f"--world: no {options.world!r}; there are {', '.join(GENERATED)}, or name a file")
    return load_world(Path(options.world), None if options.seed == AmoSettings().seed else options.seed)


def _serve(parser: argparse.ArgumentParser, settings: AmoSettings) -> int:
    # Loaded after the arguments are found good: wrong ones are answered at once.
    from fake_amo.fake import FakeAmo  # noqa: PLC0415
    from fake_amo.http.serving import ServingError  # noqa: PLC0415

    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        with FakeAmo(settings) as amo:
            about = json.dumps(amo.about, ensure_ascii=False)
            about = about if about.isprintable() else json.dumps(amo.about)
            print(about, flush=True)  # noqa: T201 - the command's output
            stopped.wait()
            for line in amo.remarks():
                print(_shown(line), file=sys.stderr)  # noqa: T201 - must not pass in silence
    except ServingError as problem:
        parser.error(str(problem))
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return 0


if __name__ == "__main__":
    sys.exit(main())
