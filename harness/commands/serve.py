"""`amo-harness serve`: a sitting with its reports, from the first scan to the run's folder."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.addresses import parts_of
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.commands.words.serve import ASKED
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.processes.interruption import INTERRUPTION
from harness.report.console import Console
from harness.report.page.html import HtmlFile
from harness.report.progress import is_coloured
from harness.report.words.plain_text import Lasting
from harness.runs.about import About, commit_of, now, versions_here
from harness.runs.opening import (
    backend_of,
    check_first,
    check_port,
    check_ports,
    config_of,
    phone_of,
    rules_of,
    settled,
)
from harness.runs.options import RunRequest
from harness.runs.results import BY_HAND
from harness.runs.rules import Rules
from harness.runs.runner import Listener, Played, Setting, run
from harness.saved.place import opened
from harness.saved.results_file import ResultsFile
from harness.serve.opening import Ports, Serving, Wanted, open_serving
from harness.serve.reaching.addresses import checked, told
from harness.serve.reaching.code import in_terminal
from harness.serve.reaching.secure import Wish
from harness.stage.scenario import Scenario

NO_PHONE = "for a browser on this computer alone: a phone needs --lan, which lists addresses, or a tunnel"
TOLD = ("strict", "lan", "public_url", "amo_public_url", "tls", "tls_name", "observe")
# What a report says of how a sitting was begun, beside the backend.
REPORTS_WITHIN_S = 60.0
"""After Ctrl-C, which is a way to finish: a report of many journeys is not written in a second."""


class _Told(Console):
    """The console of a sitting, whose journeys nobody knows beforehand."""

    def run_started(self, setting: Setting, scenarios: Sequence[Scenario]) -> None:
        """Say nothing: what a phone opens is printed next."""


def serve_command(options: argparse.Namespace) -> int:
    """Serve until the tester finishes; returns the exit code of the run that it then is."""
    if options.lan == ASKED:
        print("--lan takes one of this machine's addresses:")
        for line in told():
            print(f"  {line}")
        return ExitCode.USAGE
    request = settled(_request(options))
    wanted = _wanted(options, request)
    config = config_of(request)
    if request.backend is not None:
        check_first(request, config)
    # What a person brings into view, nobody has promised.
    rules = replace(rules_of(request, config), promises_count=False)
    wanted = replace(wanted, rules=rules)
    with (
        opened(options.out) as place,
        open_serving(config, backend_of(request, config), wanted, place.folder) as serving,
    ):
        place.clean()
        backend = serving.sitting.servers.backend.name
        setting = Setting(BY_HAND, "", (), (), backend, about=_about(request, options))
        listeners = reports(place.folder, request, rules)
        with INTERRUPTION.patient(REPORTS_WITHIN_S):
            return run(setting, (), _announced(serving, wanted.reach), listeners, rules=rules).exit_code


def reports(folder: Path, request: RunRequest, rules: Rules) -> list[Listener]:
    """Return what writes and says what a sitting comes to. It has no end: what is on disk is not kept."""
    results = ResultsFile(folder, request.document(folder))
    page, stream = HtmlFile(folder, saved=results.timeline), Lasting(sys.stdout)
    return [results, page, _Told(out=folder, rules=rules, stream=stream, saved=results.timeline)]


def _request(options: argparse.Namespace) -> RunRequest:
    """Return what is asked for, as far as a run can be asked for the same."""
    named = ("backend", "strict", "amo_port", "gateway_port", "seed", "host")
    return RunRequest(**{name: getattr(options, name) for name in named})


def _wanted(options: argparse.Namespace, request: RunRequest) -> Wanted:
    check_port("--dashboard-port", options.dashboard_port)
    check_ports(amo_port=request.amo_port, gateway_port=request.gateway_port)
    return Wanted(
        reach=_reach(options),
        phone=phone_of(request),
        ports=Ports(request.amo_port, request.gateway_port, options.dashboard_port),
        seed=request.seed or 0,
        observed=options.observe,
        answers=options.answers,
        tls=_wish(options),
    )


def _wish(options: argparse.Namespace) -> Wish | None:
    files = (options.tls_cert, options.tls_key)
    if not (options.tls or options.tls_name or any(files)):
        return None
    if options.public_url is not None:
        raise UsageError("--tls is for --lan: a tunnel brings a certificate of its own")
    if options.tls_name and options.lan is None:
        raise UsageError("--tls-name leads to an address of this machine: give that by --lan")
    return Wish(*files, options.ca_dir)


def _reach(options: argparse.Namespace) -> Reach:
    lan = "" if options.lan is None else checked(options.lan)
    gateway, amo = options.public_url, options.amo_public_url
    if (gateway is None) != (amo is None):
        raise UsageError(
            "--public-url and --amo-public-url go together: the phone opens the gateway and amoCRM's page"
        )
    return Reach(
        lan=lan,
        gateway_url="" if gateway is None else _origin("--public-url", gateway),
        amo_url="" if amo is None else _origin("--amo-public-url", amo),
        name=_name(options.tls_name or ""),
    )


def _name(name: str) -> str:
    if re.fullmatch(r"[\w.-]*", name, re.ASCII):
        return name.lower()
    raise UsageError(f"--tls-name {name!r} is no name of the DNS such as phones.example")


def _origin(flag: str, url: str) -> str:
    parts = parts_of(url)
    if parts is not None and parts.scheme in ("http", "https") and parts.hostname and url.isascii():
        origin = f"{parts.scheme}://{parts.netloc}"
        if "@" not in parts.netloc and url.isprintable() and url in (origin, f"{origin}/"):
            return origin
    raise UsageError(f"{flag} {url!r} is no origin such as https://name.example")


def _about(request: RunRequest, options: argparse.Namespace) -> About:
    folder: Path | None = None if request.backend is None else request.backend.parent
    named = {"backend": request.backend, "phone": request.host}
    named |= {each: getattr(options, each) for each in TOLD}
    said = [word for name, value in named.items() if value for word in _words(name, value)]
    return About(
        command=shlex.join(["amo-harness", "serve", *said]),
        seed=request.seed,
        phone=request.host or "",
        started=now(),
        versions=versions_here(),
        commit="" if folder is None else commit_of(folder),
    )


def _words(name: str, value: object) -> tuple[str, ...]:
    flag = f"--{name.replace('_', '-')}"
    return (flag,) if value is True else (flag, str(value))


def _announced(serving: Serving, reach: Reach) -> Iterator[Played]:
    """Say where everything is, once an end by Ctrl-C keeps what there is by then."""
    _say(serving, reach)
    yield from serving.sitting.plays()


def _say(serving: Serving, reach: Reach) -> None:
    authority = serving.authority
    first = serving.trust_url if authority is not None and authority.is_new else serving.start_url
    print(in_terminal(first, coloured=is_coloured(sys.stdout)) if reach != LOOPBACK_ALONE else NO_PHONE)
    if authority is not None:
        print(f"trust      {serving.trust_url}  (once on each phone; it shows this fingerprint)")
        print(f"           {authority.fingerprint}")
    print(f"phone      {serving.start_url}")
    print(f"app        API base URL {serving.sitting.servers.gateway.url}")
    print(f"dashboard  {serving.dashboard_url}")
    print("Finish on the dashboard, or Ctrl-C, which leaves it incomplete: both keep journeys.", flush=True)
