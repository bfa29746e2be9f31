"""A run's HTTP as HAR 1.2, written by harfile: what the browser asked through the gateway, the app's calls.

Owns what of a timeline becomes an entry. harfile is the extra `har`'s. Secrets are masked, as in a timeline.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlencode, urlsplit

from harness.errors import UsageError
from harness.report.exports.whole_run import WholeRunFile
from harness.runs.results import RunResult
from harness.timeline.events import AppRequest, AppRequestFailed, AppResponse, BackendStarted
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest, GatewayResponse, Released
from harness.timeline.page_events import PageShown
from harness.timeline.timeline import Timeline

PACKAGE = "harfile"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a run began that does not say when: a HAR must say, and its order is what counts."""
UNKNOWN_ORIGIN = "http://127.0.0.1"
MS = 1e6


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its answer, as a timeline has it; moments on its clock."""

    asked_ns: int
    method: str
    url: str
    query: tuple[tuple[str, str], ...]
    first_byte_ns: int
    ended_ns: int
    status: int = 0
    """0: there was no answer, as browsers write it."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    comment: str = ""


class Harfile(Protocol):
    """What is used of the package, which comes without types."""

    def __getattr__(self, name: str) -> Any:
        """Return one of its classes."""
        ...


def harfile(package: str = PACKAGE) -> Harfile:
    """Return the package; UsageError says how to get it."""
    if find_spec(package) is None:
        raise UsageError("--har needs harfile (the extra `har`): python -m pip install harfile")
    return cast("Harfile", import_module(package))


def calls(timeline: Timeline) -> Iterator[Call]:
    """Yield the calls of a timeline in the order of their requests."""
    found = [*_through_the_gateway(timeline), *_of_the_app(timeline)]
    return iter(sorted(found, key=lambda call: call.asked_ns))


def _through_the_gateway(timeline: Timeline) -> Iterator[Call]:
    origin = _origin(timeline)
    first = {each.exchange: each.at_ns for each in timeline.of(FirstByte)}
    released = {each.exchange: each.at_ns for each in timeline.of(Released)}
    answers = {each.exchange: each for each in timeline.of(GatewayResponse)}
    broken = {each.exchange: each for each in timeline.of(Broken)}
    for each in timeline.of(GatewayRequest):
        answer, broke = answers.get(each.exchange), broken.get(each.exchange)
        ended = next((end.at_ns for end in (answer, broke) if end), each.at_ns)
        begun = first.get(each.exchange, ended)
        held_ms = max(0, released.get(each.exchange, begun) - begun) / MS
        query = tuple((name, value) for name, values in each.query.items() for value in values)
        yield Call(
            each.at_ns,
            each.method,
            f"{each.frontend or origin}{each.path}{'?' if query else ''}{urlencode(query)}",
            query,
            begun,
            max(begun, ended),
            status=answer.status if answer else 0,
            headers=answer.headers if answer else (),
            body=answer.body if answer else "",
            comment=f"held back for {held_ms:.1f} ms"
            if answer
            else f"broken: {broke.reason if broke else 'no answer'}",
        )


def _of_the_app(timeline: Timeline) -> Iterator[Call]:
    served = timeline.first(BackendStarted)
    origin = served.url if served and served.url else UNKNOWN_ORIGIN
    answers = {each.id: each for each in timeline.of(AppResponse)}
    failed = {each.id: each for each in timeline.of(AppRequestFailed)}
    for each in timeline.of(AppRequest):
        answer, failure = answers.get(each.id), failed.get(each.id)
        ended = next((end.at_ns for end in (answer, failure) if end), each.at_ns)
        yield Call(
            each.at_ns,
            each.method,
            f"{origin}{each.path}",
            (),
            ended,
            ended,
            status=answer.status if answer else 0,
            body=answer.body if answer else "",
            comment=f"the app: {each.purpose}" + (f", {failure.reason}" if failure else ""),
        )


def _origin(timeline: Timeline) -> str:
    shown = timeline.first(PageShown)
    parts = urlsplit(shown.url) if shown else None
    return f"{parts.scheme}://{parts.netloc}" if parts and parts.netloc else UNKNOWN_ORIGIN


def document(run: RunResult, timelines: Mapping[str, Timeline]) -> str:
    """Return the HAR of a run: the entries of each scenario, its name in their comments."""
    package, text = harfile(), io.StringIO()
    began = _beginning(run.about.started)
    firsts = [each.events[0].at_ns for each in timelines.values() if len(each)]
    creator = package.Creator(name="amo-harness", version=run.about.versions.get("amo-harness", ""))
    browser = package.Browser(name=str(run.engine.get("name")), version=str(run.engine.get("version") or ""))
    with package.HarFile.open(text, creator=creator, browser=browser) as har:
        for scenario_id, timeline in timelines.items():
            for call in calls(timeline):
                moment = began + timedelta(microseconds=(call.asked_ns - min(firsts)) / 1000)
                _add(package, har, call, moment.isoformat(timespec="milliseconds"), scenario_id)
    return text.getvalue()


def _beginning(told: str) -> datetime:
    try:
        return datetime.fromisoformat(told).astimezone(UTC)
    except (ValueError, OverflowError):  # an older run does not say, and a results.json may say anything
        return BEGINNING


def _add(package: Harfile, har: Any, call: Call, moment: str, scenario_id: str) -> None:
    record = package.Record
    told = {name.lower(): value for name, value in call.headers}
    wait_ms, receive_ms = (call.first_byte_ns - call.asked_ns) / MS, (call.ended_ns - call.first_byte_ns) / MS
    har.add_entry(
        startedDateTime=moment,
        time=round(wait_ms + receive_ms, 3),
        request=package.Request(
            method=call.method,
            url=call.url,
            httpVersion="HTTP/1.1",
            queryString=[record(name=name, value=value) for name, value in call.query],
        ),
        response=package.Response(
            status=call.status,
            statusText="",
            httpVersion="HTTP/1.1",
            headers=[record(name=name, value=value) for name, value in call.headers],
            content=package.Content(
                size=len(call.body.encode()), mimeType=told.get("content-type", ""), text=call.body
            ),
            redirectURL=told.get("location", ""),
        ),
        timings=package.Timings(send=0, wait=round(wait_ms, 3), receive=round(receive_ms, 3)),
        comment=f"{scenario_id}; {call.comment}",
    )


def har_file(path: Path) -> WholeRunFile:
    """Return what writes the HAR of a run; UsageError where the library is missing or the file cannot be."""
    harfile()
    return WholeRunFile("--har", path, document)
