"""`amo-harness check` and `amo-harness init`: the configuration, before any scenario.

Owns these two commands, and what a check needs to run: the fake, a gateway and the backend, no browser.
"""

import argparse
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import httpx

from fake_amo import FakeAmo
from harness.backends.foreign import amo_settings, placeholder_values
from harness.backends.intercept import Intercept, open_intercept
from harness.backends.process import ForeignProcess
from harness.config.example import DEFAULT_PATH, write_example
from harness.config.file import load_backend
from harness.config.settings import BackendConfig
from harness.contract import CONTRACT
from harness.errors import BackendError, UsageError
from harness.exit_codes import ExitCode
from harness.gateway.gateway import open_gateway
from harness.preflight.checks import Check, Surroundings, check_backend
from harness.timeline.timeline import Recorder


def init_command(_options: argparse.Namespace) -> int:
    """Write a commented `backend.toml` here; `UsageError` where there is one."""
    write_example()
    print(f"{DEFAULT_PATH} is written: edit it, then run  amo-harness check --backend {DEFAULT_PATH}")
    return ExitCode.PASSED


def check_command(options: argparse.Namespace) -> int:
    """Check `options.backend`, a path; prints what was found, returns 0 or 2."""
    config = load_backend(options.backend, [clause.id for clause in CONTRACT])
    known_addresses(config, options.amo_port, options.gateway_port)
    checks = [
        Check("file", "a valid configuration", f"{options.backend} is valid"),
        *preflight(config, amo_port=options.amo_port, gateway_port=options.gateway_port),
    ]
    for check in checks:
        print(check)
    return ExitCode.PASSED if all(check.is_ok for check in checks) else ExitCode.USAGE


def known_addresses(config: BackendConfig, amo_port: int, gateway_port: int) -> None:
    """Raise UsageError for a backend that already runs and cannot know where amoCRM and the gateway are."""
    if config.start is None and not (amo_port and gateway_port):
        raise UsageError(
            f"{config.name} already runs, so it must know two addresses beforehand: choose --amo-port A and "
            "--gateway-port G, and give it amoCRM at http://127.0.0.1:A, the redirect URI "
            f"http://127.0.0.1:G{config.http.callback}, and the client that `amo-harness amo` prints; or let "
            "the harness start it, with a [start] table"
        )


def preflight(config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0) -> list[Check]:
    """Start the backend beside a fake amoCRM and check it; one that does not start is a check too."""
    try:
        with open_surroundings(config, amo_port=amo_port, gateway_port=gateway_port) as around:
            return check_backend(around)
    except BackendError as trouble:
        return [
            Check("start", "the command starts and is ready within its limit", str(trouble), "See [start].")
        ]


@contextmanager
def open_surroundings(
    config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0
) -> Generator[Surroundings]:
    """Yield everything that a check needs, running. BackendError when the backend does not start."""
    start = config.start
    with ExitStack() as stack:
        recorder = Recorder()
        settings = amo_settings(config, port=amo_port)
        amo = stack.enter_context(FakeAmo(settings))
        recorder.secret("client_secret", amo.client_secret)
        gateway = stack.enter_context(
            open_gateway(recorder, callback_path=config.http.callback, port=gateway_port)
        )
        amo.set_redirect_uri(gateway.redirect_uri)
        client = stack.enter_context(httpx.Client(trust_env=False))
        if start is None:
            gateway.backend_url = config.http.url
            yield Surroundings(config, lambda: config.http.url, amo, gateway.redirect_uri, client)
            return
        intercept: Intercept | None = None
        if start.intercept:
            intercept = stack.enter_context(open_intercept(amo.url))
        process = ForeignProcess(
            start,
            config.http,
            placeholder_values(amo, gateway.redirect_uri),
            recorder,
            config.name,
            environment=intercept.environment if intercept else None,
        )
        stack.enter_context(process)
        gateway.backend_url = process.url
        yield Surroundings(
            config=config,
            backend_url=lambda: process.url,
            amo=amo,
            redirect_uri=gateway.redirect_uri,
            client=client,
            reset=process.reset,
            refusals=lambda: intercept.refusals if intercept else (),
        )
