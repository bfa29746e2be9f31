"""A script of the harness's in the pages that a browser gets, and in nothing else."""

import gzip
import zlib
from dataclasses import replace

import httpx
import pytest

from harness.gateway.alteration import Observer, WorkerClock
from harness.gateway.gateway import Gateway, Route
from harness.timeline.gateway_events import Broken, GatewayResponse, PageAltered
from harness.timeline.recorder import Recorder
from tests.http.gateway.conftest import PAGE
from tests.http.gateway.raw_backend import raw_backend, response, says

BROWSER = {**PAGE, "User-Agent": "Mozilla/5.0"}
HTML = "Content-Type: text/html; charset=utf-8"
HEAD = "<!doctype html><!-- a <head> --><html lang=en>\n<HEAD class=x>"
REST = "<title>Привіт</title><p>here"
WHOLE = (HEAD + REST).encode()


def observed(url: str, recorder: Recorder) -> Route:
    return replace(Route(lambda: url, recorder), observer="/__observe/observe.js")


def element(gateway: Gateway, nonce: str = "") -> str:
    return f'<script src="{gateway.url}/__observe/observe.js" data-exchange="1"{nonce}></script>'


def chunked(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers, "", ""]
    pieces = (body[:7], body[7:40], body[40:])
    framed = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces)
    return "\r\n".join(lines).encode() + framed + b"0\r\n\r\n"


def raw_deflate(body: bytes) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(body) + made.flush()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(response(WHOLE, HTML, 'ETag: "1"'), id="with a length"),
        pytest.param(chunked(WHOLE, HTML), id="in chunks"),
        pytest.param(f"HTTP/1.1 200 OK\r\n{HTML}\r\n\r\n".encode() + WHOLE, id="to the end"),
        pytest.param(response(gzip.compress(WHOLE), HTML, "Content-Encoding: gzip"), id="gzip"),
        pytest.param(chunked(gzip.compress(WHOLE), HTML, "content-encoding: gzip"), id="gzip in chunks"),
        pytest.param(response(zlib.compress(WHOLE), HTML, "Content-Encoding: deflate"), id="deflate"),
        pytest.param(response(raw_deflate(WHOLE), HTML, "Content-Encoding: deflate"), id="raw deflate"),
    ],
)
def test_a_page_gets_the_script_however_it_is_framed(
    gateway: Gateway, recorder: Recorder, sent: bytes
) -> None:
    """Where its head begins; what is recorded is what was sent."""
    with raw_backend(says(sent)) as (url, _), gateway.leads(observed(url, recorder)):
        answer = httpx.get(gateway.redirect_uri, headers=BROWSER)
    assert answer.text == HEAD + element(gateway) + REST
    assert not {"content-encoding", "content-length", "etag"} & set(answer.headers)
    (seen,), (altered,) = recorder.timeline().of(GatewayResponse), recorder.timeline().of(PageAltered)
    assert (seen.body, seen.is_whole, altered.why_not) == (HEAD + REST, True, "")


@pytest.mark.parametrize(
    ("body", "place"),
    [("<p>no head", 0), ("", 0), ("\ufeff<!DOCTYPE html><p>x", 16), ("<!-- never ends", 0), ("<html", 0)],
)
def test_a_page_without_a_head_gets_it_at_its_beginning(
    gateway: Gateway, recorder: Recorder, body: str, place: int
) -> None:
    """After what decides how the page is laid out."""
    with raw_backend(says(response(body.encode(), HTML))) as (url, _), gateway.leads(observed(url, recorder)):
        answer = httpx.get(gateway.redirect_uri, headers=BROWSER)
    assert answer.content.decode() == body[:place] + element(gateway) + body[place:]


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        pytest.param(response(b'{"a":1}', "Content-Type: application/json"), BROWSER, id="no HTML"),
        pytest.param(response(WHOLE), BROWSER, id="no type"),
        pytest.param(response(WHOLE, HTML, "Content-Disposition: attachment"), BROWSER, id="a download"),
        pytest.param(response(WHOLE, HTML), PAGE, id="no browser"),
        pytest.param(response(WHOLE, HTML), {**BROWSER, "Sec-Fetch-Dest": "iframe"}, id="a frame"),
        pytest.param(response(WHOLE, HTML, "Location: /on", status="302 Found"), BROWSER, id="a redirect"),
    ],
)
def test_everything_else_passes_byte_for_byte(
    gateway: Gateway, recorder: Recorder, sent: bytes, headers: dict[str, str]
) -> None:
    """With its length, and nothing is told of an alteration."""
    with raw_backend(says(sent)) as (url, _), gateway.leads(observed(url, recorder)):
        answer = httpx.get(gateway.redirect_uri, headers=headers)
    assert (answer.content, answer.headers["content-length"]) == (
        sent.partition(b"\r\n\r\n")[2],
        str(len(answer.content)),
    )
    assert recorder.timeline().of(PageAltered) == ()


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        pytest.param(b"not gzip", "gzip", "its body is not gzip", id="another coding"),
        pytest.param(b"\x1b\x03", "br", "its content encoding br cannot be undone here", id="brotli"),
        pytest.param("<p>x".encode("utf-16"), "identity", "it is in UTF-16", id="UTF-16"),
    ],
)
def test_a_page_that_cannot_be_altered_goes_as_it_was_sent_and_that_is_told(
    gateway: Gateway, recorder: Recorder, body: bytes, coding: str, why: str
) -> None:
    """With its own head."""
    sent = response(body, HTML, f"Content-Encoding: {coding}")
    with (
        raw_backend(says(sent)) as (url, _),
        gateway.leads(observed(url, recorder)),
        httpx.stream("GET", gateway.redirect_uri, headers=BROWSER) as answer,
    ):
        got = b"".join(answer.iter_raw())
    assert (got, answer.headers["content-encoding"]) == (body, coding)
    (altered,) = recorder.timeline().of(PageAltered)
    assert altered.why_not.startswith(why)


def test_a_page_that_breaks_off_is_broken_for_the_browser_too(gateway: Gateway, recorder: Recorder) -> None:
    """An altered page has an end of its own."""
    sent = response(WHOLE, HTML)[:-5]
    with (
        raw_backend(says(sent)) as (url, _),
        gateway.leads(observed(url, recorder)),
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
    ):
        httpx.get(gateway.redirect_uri, headers=BROWSER)
    assert len(recorder.timeline().of(Broken)) == 1


SCRIPT, TOLD = "http://g/__observe/observe.js", "http://g/__observe/said"


@pytest.mark.parametrize(
    ("policy", "let_through"),
    [
        ("script-src 'none'", f"script-src 'none'; script-src-elem {SCRIPT}"),
        ("img-src *", "img-src *"),
        (
            "default-src 'none'",
            f"default-src 'none'; script-src-elem {SCRIPT}; connect-src {TOLD}",
        ),
        (
            "Default-Src 'self'; script-src 'nonce-abc' 'strict-dynamic'; connect-src a.example",
            f"default-src 'self'; script-src 'nonce-abc' 'strict-dynamic'; connect-src a.example {TOLD}",
        ),
    ],
)
def test_a_policy_lets_through_this_script_and_nothing_else(policy: str, let_through: str) -> None:
    """A nonce of the page's own is carried by the element, so that nothing has to be added for it."""
    made = Observer(SCRIPT, TOLD, 1).let_through(policy)
    assert sorted(made.split("; ")) == sorted(let_through.split("; "))


def test_the_element_carries_the_pages_nonce(gateway: Gateway, recorder: Recorder) -> None:
    """And the header that the browser gets lets the script tell."""
    policy = "default-src 'none'; script-src 'nonce-r4nd0m'"
    sent = response(WHOLE, HTML, f"Content-Security-Policy: {policy}")
    with raw_backend(says(sent)) as (url, _), gateway.leads(observed(url, recorder)):
        answer = httpx.get(gateway.redirect_uri, headers=BROWSER)
    assert element(gateway, ' nonce="r4nd0m"') in answer.text
    assert f"connect-src {gateway.url}/__observe/said" in answer.headers["content-security-policy"]
    assert recorder.timeline().of(PageAltered)[0].policy == policy


CLOCK = b";clock();"
WORKER = {"User-Agent": "Mozilla/5.0", "Sec-Fetch-Dest": "worker"}
JAVASCRIPT = "Content-Type: text/javascript"


def clocked(url: str, recorder: Recorder) -> Route:
    return replace(Route(lambda: url, recorder), worker_clock=CLOCK)


@pytest.mark.parametrize(
    ("before", "rest"),
    [
        ("", "work(); // and nothing else"),
        ("'use strict';", " work(); // in strict mode"),
        ('\ufeff/* whose\n it is */ // and when\n"use strict"\n', "work()"),
        ("", "'use strict' + work() + 1"),
        ("", "/* that is all"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_a_workers_file_begins_with_its_clock_and_stays_strict(before: str, rest: str, step: int) -> None:
    """However it comes in pieces."""
    whole, clock = (before + rest).encode(), WorkerClock(CLOCK)
    places = (clock.place_in(whole[:end], is_all=False) for end in range(step, len(whole), step))
    place = next((each for each in places if each is not None), clock.place_in(whole, is_all=True))
    assert place is not None
    if rest.startswith("/*"):
        assert place == 0
    else:
        assert whole[:place].decode() == before


@pytest.mark.parametrize("destination", ["worker", "sharedworker", "serviceworker"])
def test_the_browsers_workers_get_a_clock(gateway: Gateway, recorder: Recorder, destination: str) -> None:
    """What is recorded is what was sent."""
    sent = response(gzip.compress(b"work()"), JAVASCRIPT, "Content-Encoding: gzip")
    headers = {**WORKER, "Sec-Fetch-Dest": destination}
    with raw_backend(says(sent)) as (url, _), gateway.leads(clocked(url, recorder)):
        answer = httpx.get(f"{gateway.url}/w.js", headers=headers)
    assert answer.content == CLOCK + b"work()"
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert (seen.body, recorder.timeline().of(PageAltered)) == ("work()", ())


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param("200 OK", {**WORKER, "Sec-Fetch-Dest": "script"}, id="a page's script"),
        pytest.param("404 Not Found", WORKER, id="no script"),
        pytest.param("200 OK", {**WORKER, "User-Agent": "curl"}, id="no browser"),
    ],
)
def test_no_other_file_gets_one(
    gateway: Gateway, recorder: Recorder, status: str, headers: dict[str, str]
) -> None:
    """It passes byte for byte."""
    sent = response(b"work()", JAVASCRIPT, status=status)
    with raw_backend(says(sent)) as (url, _), gateway.leads(clocked(url, recorder)):
        answer = httpx.get(f"{gateway.url}/w.js", headers=headers)
    assert (answer.content, answer.headers["content-length"]) == (b"work()", "6")
