"""HARs from the field: what they show is judged, what is secret is masked, odd ones are read or refused."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.config.settings import reference_config
from harness.errors import UsageError
from harness.field.har import WHY_NOT, judge_har, read_har
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse

CODE = "def50200c0de47110815"
SESSION = "s3ss10n-4711-0815"
CONFIG = reference_config()
URL = f"https://crm.example.com{CONFIG.http.callback}?code={CODE}&state=user-1.abc"
SAFE = [
    {"name": "Content-Type", "value": "text/html; charset=utf-8"},
    {"name": "Cache-Control", "value": "no-store"},
    {"name": "Referrer-Policy", "value": "no-referrer"},
]


def entry(
    body: str = "<!doctype html><title>AMO CRM Authorization</title>", **changes: Any
) -> dict[str, Any]:
    """An entry as Safari's Web Inspector exports one."""
    return {
        "pageref": "page_0",
        "startedDateTime": "2026-11-26T08:00:00.125Z",
        "time": 180.5,
        "request": {
            "method": "GET",
            "url": URL,
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": [{"name": "Cookie", "value": f"sid={SESSION}"}],
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": SAFE,
            "content": {"size": len(body), "compression": 0, "mimeType": "text/html", "text": body},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 500,
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": 150, "receive": 1},
        "serverIPAddress": "203.0.113.1",
        "_fetchType": "Network Load",
        "_priority": "high",
        **changes,
    }


def written(folder: Path, *entries: Any) -> Path:
    """Write a HAR."""
    file = folder / "field.har"
    log = {
        "version": "1.2",
        "creator": {"name": "WebKit Web Inspector", "version": "1.0"},
        "entries": entries,
    }
    file.write_text(json.dumps({"log": log}), encoding="utf-8")
    return file


def answered(status: int, *headers: tuple[str, str], body: str = "") -> dict[str, Any]:
    """An entry with another answer."""
    rows = [{"name": name, "value": value} for name, value in headers]
    return entry(
        response={"status": status, "headers": rows, "content": {"text": body, "mimeType": "text/html"}}
    )


def test_a_good_callback_is_judged_as_far_as_it_shows(tmp_path: Path) -> None:
    """Headers and secrets; all else says why it is not observed."""
    timeline = read_har(written(tmp_path, entry()), CONFIG)
    found = judge_har(timeline)
    assert {name: each.result for name, each in found.items() if each.result != "not_observed"} == {
        "SEC-01": "passed",
        "SEC-04": "passed",
    }
    assert found["CB-02"].actual == WHY_NOT
    [answer] = timeline.of(GatewayResponse)
    [asked] = timeline.of(GatewayRequest)
    assert answer.at_ns - asked.at_ns == 180_500_000


BROKEN = {
    "a secret in the page": (entry(f"<p>{CODE}</p>"), "SEC-01"),
    "a page that is cached": (answered(200, ("Content-Type", "text/html"), body="<p>ok</p>"), "SEC-04"),
    "a redirect to the app": (
        answered(302, ("Location", "foryoure://amo-crm/callback?success=true")),
        "CB-06",
    ),
    "a refresh to the app": (
        entry('<meta http-equiv="refresh" content="0;url=foryoure://amo-crm/callback?success=true">'),
        "CB-06",
    ),
}


@pytest.mark.parametrize(("row", "clause"), BROKEN.values(), ids=BROKEN)
def test_what_it_shows_to_be_broken_is_broken(row: dict[str, Any], clause: str, tmp_path: Path) -> None:
    """By the same clauses."""
    found = judge_har(read_har(written(tmp_path, row), CONFIG))
    assert found[clause].result == "failed"


def test_secrets_are_masked_on_reading(tmp_path: Path) -> None:
    """Codes, tokens, the client's secret and cookies, of every entry, before the first event."""
    tokens = {"access_token": "eyJ0-access-4711", "refresh_token": "def502-refresh-4711"}
    asked = entry()["request"] | {
        "method": "POST",
        "url": "https://x.amocrm.ru/oauth2/access_token",
        "postData": {
            "mimeType": "application/json",
            "text": json.dumps({"client_secret": "cl13nt-s3cr3t-1"}),
        },
    }
    proxy = entry(json.dumps(tokens), request=asked)
    page = entry(f"{CODE} {SESSION} {' '.join(tokens.values())} cl13nt-s3cr3t-1")
    timeline = read_har(written(tmp_path, page, proxy), CONFIG)
    timeline.save(tmp_path / "saved.json")
    text = (tmp_path / "saved.json").read_text(encoding="utf-8")
    for secret in (CODE, SESSION, "cl13nt-s3cr3t-1", *tokens.values()):
        assert secret not in text
    assert "‹code:" in text


def test_a_body_in_base64_is_read(tmp_path: Path) -> None:
    """As Chromium writes what it does not take for text; one that is none is empty."""
    told = base64.b64encode(f"<p>{CODE}</p>".encode()).decode()
    for text, result in ((told, "failed"), ("not base64!", "passed")):
        row = entry()
        row["response"]["content"] = {"mimeType": "text/html", "text": text, "encoding": "base64"}
        assert judge_har(read_har(written(tmp_path, row), CONFIG))["SEC-01"].result == result


def test_a_request_without_an_answer_broke_off(tmp_path: Path) -> None:
    """Browsers write status 0."""
    assert read_har(written(tmp_path, answered(0)), CONFIG).of(Broken)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ('{"log": {"entries": [{"request"', "was its export broken off"),
        ("[" * 100_000, "not JSON"),
        ("[]", "it has no log.entries"),
        ('{"log": {"entries": {}}}', "it has no log.entries"),
        ('{"log": {"entries": [null, 1, {"request": {"url": "http://[x"}}]}}', "nothing in it was asked"),
    ],
    ids=["empty", "truncated", "deep", "a list", "no list", "odd entries"],
)
def test_what_is_no_har_is_named(content: str, said: str, tmp_path: Path) -> None:
    """In one sentence with the file."""
    file = tmp_path / "field.har"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said) as told:
        read_har(file, CONFIG)
    assert str(file) in str(told.value)


def test_one_that_is_huge_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    file = tmp_path / "field.har"
    with file.open("wb") as opened:
        opened.truncate(64_000_001)
    with pytest.raises(UsageError, match="larger than 64,000,000 bytes"):
        read_har(file, CONFIG)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("name", "text")), inner),
    max_leaves=3,
)
PLACES: list[tuple[str, ...]] = [
    *((name,) for name in entry()),
    *(("request", name) for name in ("url", "method", "headers", "postData")),
    *(("response", name) for name in ("status", "headers", "content")),
]
EASY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EASY
@given(place=st.sampled_from(PLACES), value=ODD)
def test_any_value_in_any_place_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, ...], value: Any
) -> None:
    """Never another exception: a good callback stands before it."""
    row: dict[str, Any] = json.loads(json.dumps(entry()))
    at = row if len(place) == 1 else row[place[0]]
    at[place[-1]] = value
    judge_har(read_har(written(tmp_path_factory.mktemp("har"), entry(), row), CONFIG))


def test_the_command_judges_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the levels and the callback of a backend.toml, where one is named."""
    assert main(["judge", "--har", str(written(tmp_path, entry()))]) == 0
    assert "passed: SEC-01 SEC-04" in capsys.readouterr().out
    assert main(["judge", "--har", str(written(tmp_path, entry(f"<p>{CODE}</p>")))]) == 1
    assert "SEC-01" in capsys.readouterr().out
    backend = tmp_path / "backend.toml"
    backend.write_text('[http]\nurl = "http://127.0.0.1:3000"\ncallback = "/elsewhere"\n', encoding="utf-8")
    assert main(["judge", "--har", str(tmp_path / "field.har"), "--backend", str(backend)]) == 2
    assert "asked of the callback, /elsewhere" in capsys.readouterr().err
