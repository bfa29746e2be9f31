"""A sitting before a backend that means ill: each journey is judged, and the start page goes on."""

import asyncio
import contextlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from fake_amo import FakeAmo
from harness.backends.backend import Addresses
from harness.config.settings import reference_config
from harness.exit_codes import ExitCode
from harness.runs.results import BY_HAND, RunResult
from harness.serve.hand import halted
from harness.timeline.current import CurrentRecorder
from tests.e2e.by_hand import Sat, backend_of, sitting
from tests.e2e.hostile_backend import (
    CALLBACK,
    CALLS,
    VISITS,
    HostileBackend,
    Mode,
    hostile_backend,
    in_order,
    page,
    says,
)
from tests.http.serve.test_sitting import begin_next
from tests.http.serve.walker import BROWSER, Walker, press

HTTP = reference_config().http
CONNECT = "/api/amo-crm/auth-url"
TAKE_LONG = {
    *("nothing at all", "a head that drips", "a body that drips", "a body without end"),
    *("chunks without end", "hints without end", "a bomb", "a gigabyte"),
}
"""To be waited for, up to half a minute each: `python -m tools.hostile` plays them."""
NO_PAGES = (
    *("closes", "a name is missing", "a space before the colon", "a signed length", "two lengths"),
    *("HTTP/1.2", "status 205", "status 401", "status 407", "status 304", "status 101"),
    *("chunk extensions", "a megabyte of headers", "an unusable cookie", "an unusable location"),
    "a location that is no URL",
    *("redirects to itself", "no page but a picture", "a deep document"),
)
"""What the callback may answer that concerns whoever has no browser."""
QUICK_CALLS = {name: mode for name, mode in CALLS.items() if name not in TAKE_LONG}
WAYS: dict[tuple[str, ...], dict[str, Mode]] = {
    (CALLBACK,): {name: VISITS[name] for name in NO_PAGES},
    (HTTP.status, HTTP.leads): QUICK_CALLS,
    (CONNECT,): QUICK_CALLS,
}
"""By the paths that are answered so."""
CUT_EVERY = 67
"""Bytes between two places of an answer at which it is cut off."""
Modes = dict[str, Mode]


def ways(paths: tuple[str, ...]) -> Generator[tuple[str, Mode]]:
    """Yield what these may be answered with, each by a name."""
    yield from WAYS[paths].items()
    whole = in_order(paths[0])
    yield from ((f"cut after {end}", says(whole[:end])) for end in range(0, len(whole), CUT_EVERY))


@contextmanager
def opened(
    modes: Modes, amo: FakeAmo, _addresses: Addresses, _recording: CurrentRecorder
) -> Generator[HostileBackend]:
    consent_url = f"{amo.url}/oauth?client_id={amo.client_id}&state=s"
    modes.setdefault(CONNECT, says(in_order(CONNECT, consent_url)))
    with hostile_backend(modes, says(in_order(""))) as backend:
        yield backend


def walk(sat: Sat, phone: httpx.Client) -> list[int]:
    """Come as far as a phone comes; return what the start page answered."""
    start_url = sat.serving.start_url
    connected = [press(phone, start_url, act) for act in ("open", "connect")][-1]
    to = connected.headers.get("location", "")
    if to.startswith(sat.serving.sitting.servers.amo.url):
        allowed = phone.post(to, data={"decision": "allow"})
        with contextlib.suppress(httpx.HTTPError):  # a browser shows an error page
            phone.get(allowed.headers["location"])
    return [connected.status_code, *(press(phone, start_url, act).status_code for act in ("tapped", "again"))]


@pytest.mark.parametrize(
    ("path", "mode", "says_so"),
    [
        (
            CONNECT,
            "a space before the colon",
            "the app could not ask for the authorization URL: /api/amo-crm/auth-url",
        ),
        (CONNECT, "a URL of controls", "the authorization URL is no address that a browser can open"),
        (CONNECT, "a URL of nobody", "the authorization URL does not lead to amoCRM: http://x/"),
        (CONNECT, "less deep JSON", "answered without `url`, the authorization URL"),
        (HTTP.status, "a space before the colon", "GET /api/amo-crm/status gave no answer: Network Error"),
    ],
)
def test_a_journey_that_a_call_of_the_apps_ended_is_no_pass(
    tmp_path: Path, path: str, mode: str, says_so: str
) -> None:
    """The backend kept the person from going on, which breaks what the journey would have shown first."""
    modes: Modes = {CALLBACK: says(page()), path: CALLS[mode]}
    with (
        sitting(tmp_path, backend=partial(opened, modes)) as sat,
        httpx.Client(headers={"user-agent": BROWSER, "accept": "text/html"}, timeout=20) as phone,
    ):
        press(phone, sat.serving.start_url, "open")
        if path == CONNECT:
            press(phone, sat.serving.start_url, "connect")
        (played,) = sat.finish()
    run = RunResult({"name": BY_HAND}, "hostile", (played.result,), whole=False)
    assert says_so in played.result.stopped
    assert (run.exit_code, [each.clause.id for each in run.unseen]) == (ExitCode.BROKEN, ["CB-03"])


def test_leads_that_never_come_are_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person came back by the link, and finished when the app had waited long enough."""
    monkeypatch.setattr(halted, "LONG_S", 1.0)
    with (
        sitting(tmp_path, backend=backend_of(partial(replace, leads=_never))) as sat,
        httpx.Client(timeout=20) as phone,
    ):
        Walker(sat.serving, phone).connect()
        with pytest.raises(httpx.ReadTimeout):
            press(phone, sat.serving.start_url, "tapped", timeout=2)
        (played,) = sat.finish()
    run = RunResult({"name": BY_HAND}, "hostile", (played.result,), whole=False)
    assert "GET /api/leads gave no answer in" in played.result.stopped
    assert (run.exit_code, [each.clause.id for each in run.unseen]) == (ExitCode.BROKEN, ["APP-03"])


async def _never(*_: object) -> Response:
    await asyncio.sleep(3600)
    raise AssertionError


@pytest.mark.parametrize("acts", [["open"], ["open", "connect"]], ids=" ".join)
def test_a_person_who_does_not_go_on_has_broken_nothing(tmp_path: Path, acts: list[str]) -> None:
    """The status was answered, and nobody tapped, or allowed access: that shows nothing of the backend."""
    with (
        sitting(tmp_path, backend=partial(opened, {CALLBACK: says(page())})) as sat,
        httpx.Client(headers={"user-agent": BROWSER, "accept": "text/html"}, timeout=20) as phone,
    ):
        for act in acts:
            press(phone, sat.serving.start_url, act)
        (played,) = sat.finish()
    assert (played.result.stopped, played.result.brings) == ("", ())


@pytest.mark.parametrize("paths", WAYS, ids=" ".join)
def test_each_journey_is_judged_and_the_start_page_goes_on(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """Whatever is answered there: no defect of ours, and no page of ours that is an error."""
    modes: Modes = {CALLBACK: says(page())}
    played: list[str] = []
    with (
        sitting(tmp_path, backend=partial(opened, modes)) as sat,
        httpx.Client(headers={"user-agent": BROWSER, "accept": "text/html"}, timeout=20) as phone,
    ):
        for name, mode in ways(paths):
            modes.update(dict.fromkeys(paths, mode))
            answered = walk(sat, phone)
            assert set(answered) <= {303, 409}, name
            played.append(name)
            begin_next(sat)
        judged = [each.result for each in sat.finish()]
    assert len(judged) == len(played)
    for name, result in zip(played, judged, strict=True):
        assert result.harness_errors == (), name
