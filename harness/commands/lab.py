"""`amo-harness lab`: serve the page that asks phones, and print what they answered beside the host tables."""

import argparse
import ipaddress
import secrets
import threading
from pathlib import Path

from fastapi import FastAPI

from fake_amo.http.guard import LOCAL_HOSTS
from fake_amo.http.serving import ServingError, serve
from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.lab.answers import Answers
from harness.lab.page import Lab
from harness.lab.table import table
from harness.phone.hosts.measured import read_measurements
from harness.report.words.visible import shown
from harness.runs.opening import check_port

TOKEN_BYTES = 16


def lab_command(options: argparse.Namespace) -> int:
    """Print the table, or serve until Ctrl-C; 0 in both cases."""
    if options.table:
        print(table(read_measurements(options.answers)))
        return ExitCode.PASSED
    _serve(options.answers, options.link or f"{DeepLink().base}?success=true&state=lab", options)
    return ExitCode.PASSED


def _serve(file: Path, link: str, options: argparse.Namespace) -> None:
    """Serve at an address that nobody guesses: whoever was given it may answer."""
    _check_link(link)
    check_port("--port", options.port)
    host = "127.0.0.1" if options.lan is None else _one_address(options.lan)
    lab = Lab(Answers(file), link, f"/lab-{secrets.token_urlsafe(TOKEN_BYTES)}")
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.include_router(lab.router())
    try:
        with serve(app, host=host, port=options.port, allowed_hosts=LOCAL_HOSTS) as server:
            print(shown(f"open on the phone: {server.url}{lab.prefix}\nanswers go to: {file}"), flush=True)
            threading.Event().wait()
    except ServingError as problem:
        raise UsageError(str(problem)) from problem
    except KeyboardInterrupt:
        print(shown(f"{len(lab.answers.kept)} answers in {file}; `amo-harness lab --table` prints them"))


def _one_address(address: str) -> str:
    """Return an address to listen on; all interfaces at once are none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        found = None
    if found is None or found.is_unspecified or found.is_multicast:
        raise UsageError(f"--lan {address} is no address of this machine to listen on, such as 192.168.1.5")
    return address


def _check_link(link: str) -> None:
    scheme = link.partition(":")[0]
    if scheme == link or not scheme.replace("-", "").replace("+", "").replace(".", "").isalnum():
        raise UsageError(f"--link {link!r} is no link of an app, such as {DeepLink().base}")
    if not link.isascii() or not link.isprintable() or " " in link:
        raise UsageError(f"--link {link!r} has characters that a link percent-encodes")
