"""A HAR that somebody recorded, as a timeline of what it can show.

Owns reading it, whoever wrote it, and masking its secrets before anything is recorded. Nobody drove that
browser and nobody stood at amoCRM's side, so most clauses have nothing to judge: `SHOWN` says which have.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl

from harness.addresses import parts_of
from harness.config.settings import BackendConfig
from harness.contract import Finding, judge
from harness.contract.clause import not_observed
from harness.errors import UsageError
from harness.given_files import text_given
from harness.timeline.events import ScenarioEnded, ScenarioStarted
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest, GatewayResponse
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

NAME = "har"
MOST_BYTES = 64_000_000
LONGEST_BODY = 1_000_000
SHOWN = ("DL-03", "SEC-01", "SEC-04")
"""The clauses that a recording of the browser's HTTP is enough for."""
SHOWN_IF_BROKEN = ("CB-06",)
"""Those that it can show to be broken, and never to hold."""
WHY_NOT = "a HAR shows the browser's HTTP alone: no tap, no app, no token request, no status"
SECRETS = ("code", "access_token", "refresh_token", "client_secret")
SECRET_HEADERS = ("authorization", "cookie", "set-cookie", "proxy-authorization")
NO_BODY = ("image/", "font/", "audio/", "video/")
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry, as far as it is what HAR 1.2 says."""

    at_ns: int
    wait_ns: int
    whole_ns: int
    method: str
    url: str
    status: int
    request_headers: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    sent: str
    body: str
    mime: str

    @property
    def path(self) -> str:
        """Where it leads, without its query."""
        return _split(self.url)[1]

    @property
    def origin(self) -> str:
        """Scheme and host."""
        return _split(self.url)[0]


def read_har(path: Path, config: BackendConfig) -> Timeline:
    """Return what a HAR shows of a backend's callback; UsageError for what is none, or has no callback."""
    entries = list(_entries(_document(path)))
    callback = config.http.callback
    origins = [each.origin for each in entries if each.path == callback]
    if not origins:
        raise UsageError(
            f"{path}: nothing in it was asked of the callback, {callback}; --backend FILE names another one"
        )
    recorder = Recorder()
    for entry in entries:
        _keep_secrets(entry, recorder)
    start_ns = min(each.at_ns for each in entries)
    recorder.record(
        ScenarioStarted(id=NAME, engine="", backend=origins[0], callback=callback), at_ns=start_ns - 1
    )
    end_ns = start_ns
    for number, entry in enumerate((each for each in entries if each.origin in origins), start=1):
        _record(entry, number, recorder, is_callback=entry.path == callback)
        end_ns = max(end_ns, entry.at_ns + entry.whole_ns)
    recorder.record(ScenarioEnded(), at_ns=end_ns + 1)
    return recorder.timeline()


def judge_har(timeline: Timeline) -> dict[str, Finding]:
    """Return what the clauses say of it; what it cannot show is not observed."""
    return {clause_id: _kept(clause_id, each) for clause_id, each in judge(timeline).items()}


def _kept(clause_id: str, found: Finding) -> Finding:
    if clause_id in SHOWN or (clause_id in SHOWN_IF_BROKEN and found.result == "failed"):
        return found
    return not_observed(WHY_NOT)


def _document(path: Path) -> Object:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(
                f"{path}: larger than {MOST_BYTES:,} bytes: export the callback's requests alone"
            )
        whole = json.loads(text_given(path, encoding="utf-8-sig", errors="replace"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON ({error}); was its export broken off?") from error
    log = _object(whole).get("log")
    if not isinstance(_object(log).get("entries"), list):
        raise UsageError(f"{path}: not a HAR: it has no log.entries")
    return cast("Object", log)


def _entries(log: Object) -> Iterator[_Entry]:
    """Yield the entries that name an address, in the order of their moments."""
    found: list[_Entry] = []
    at_ns = 0
    for row in map(_object, log["entries"]):
        asked, answer = _object(row.get("request")), _object(row.get("response"))
        url = _text(asked.get("url"))
        if not url:
            continue
        at_ns = _moment(row.get("startedDateTime"), at_ns + 1)
        wait_ms = _number(_object(row.get("timings")).get("wait"))
        content = _object(answer.get("content"))
        found.append(
            _Entry(
                at_ns,
                round(wait_ms * 1e6),
                round(max(wait_ms, _number(row.get("time"))) * 1e6),
                _text(asked.get("method")) or "GET",
                url,
                round(_number(answer.get("status"))),
                _pairs(asked.get("headers")),
                _pairs(answer.get("headers")),
                _sent(_object(asked.get("postData"))),
                _body(content),
                _text(content.get("mimeType")),
            )
        )
    return iter(sorted(found, key=lambda each: each.at_ns))


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    """Return a time or a status; a HAR says -1 where there is none."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9  # noqa: PLR2004
    return float(cast("float", value)) if is_one else 0.0


def _moment(told: object, otherwise: int) -> int:
    try:
        return round(datetime.fromisoformat(_text(told)).timestamp() * 1e9)
    except (ValueError, OverflowError, OSError):
        return otherwise


def _pairs(told: object) -> tuple[tuple[str, str], ...]:
    rows = map(_object, cast("list[object]", told)) if isinstance(told, list) else ()
    return tuple((_text(row.get("name")), _text(row.get("value"))) for row in rows if _text(row.get("name")))


def _sent(told: Object) -> str:
    if _text(told.get("text")):
        return _text(told.get("text"))
    return "&".join(f"{name}={value}" for name, value in _pairs(told.get("params")))


def _body(content: Object) -> str:
    text = _text(content.get("text"))
    if content.get("encoding") == "base64":
        try:
            text = base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    return text[:LONGEST_BODY]


def _split(url: str) -> tuple[str, str, str]:
    """Return origin, path and query of an address; nothing of one that is none."""
    parts = parts_of(url)
    return (
        ("", "", "")
        if parts is None
        else (f"{parts.scheme}://{parts.netloc}", parts.path or "/", parts.query)
    )


def _keep_secrets(entry: _Entry, recorder: Recorder) -> None:
    """Make every secret of an entry known, so that none of them is recorded as it is."""
    for source in (_split(entry.url)[2], entry.sent):
        for name, value in parse_qsl(source):
            if name in SECRETS:
                recorder.secret(name, value)
    for text in (entry.sent, entry.body):
        for name, value in _of_json(text):
            recorder.secret(name, value)
    for name, value in (*entry.request_headers, *entry.headers):
        if name.lower() in SECRET_HEADERS:
            for piece in value.replace(";", " ").split():
                recorder.secret("session", piece.partition("=")[2] or piece)


def _of_json(text: str) -> Iterator[tuple[str, str]]:
    try:
        told: Mapping[str, Any] = _object(json.loads(text))
    except (ValueError, RecursionError):
        return
    yield from ((name, told[name]) for name in SECRETS if isinstance(told.get(name), str) and told[name])


def _record(entry: _Entry, number: int, recorder: Recorder, *, is_callback: bool) -> None:
    origin, path, query = _split(entry.url)
    asked = {name.lower(): value for name, value in entry.request_headers}
    is_page = asked.get("sec-fetch-dest", "document" if "html" in entry.mime else "") == "document"
    is_navigation = is_callback or is_page
    told = {name: tuple(values) for name, values in parse_qs(query, keep_blank_values=True).items()}
    request = GatewayRequest(
        exchange=number,
        is_callback=is_callback,
        is_browser=True,
        is_navigation=is_navigation,
        method=entry.method,
        path=path,
        query=told,
    )
    recorder.record(request, at_ns=entry.at_ns)
    if not entry.status:
        recorder.record(
            Broken(
                exchange=number,
                is_callback=is_callback,
                is_browser=True,
                is_navigation=is_navigation,
                reason="the HAR has no answer",
            ),
            at_ns=entry.at_ns + entry.whole_ns,
        )
        return
    leads = next((value for name, value in entry.headers if name.lower() == "location"), "")
    goes_on = 300 <= entry.status < 400 and leads.startswith(("/", origin))  # noqa: PLR2004
    recorder.record(
        FirstByte(exchange=number, is_callback=is_callback, is_browser=True, is_navigation=is_navigation),
        at_ns=entry.at_ns + entry.wait_ns,
    )
    recorder.record(
        GatewayResponse(
            exchange=number,
            is_callback=is_callback,
            is_browser=True,
            is_navigation=is_navigation,
            status=entry.status,
            headers=entry.headers,
            body="" if entry.mime.startswith(NO_BODY) else entry.body,
            is_page=not leads and entry.status not in (204, 205),
            goes_on=goes_on,
        ),
        at_ns=entry.at_ns + entry.whole_ns,
    )
