"""Whatever a backend answers to the callback is told in time, and is never an error of the harness."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from harness.contract import judge
from harness.contract.reading.reading import Reading
from harness.stage.world import Stage
from harness.timeline.events import BackendEnded
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse
from harness.timeline.page_events import Departure, LoadFailed, PageShown, Reloaded
from harness.timeline.timeline import Timeline
from tests.e2e.odd_backend import Pieces, answer, odd_backend

CALLBACK = "/api/amo-crm/callback"
PAGE = b"<!DOCTYPE html><title>AMO</title><p>the page</p><button>Return to App</button>"
IN_TIME_S = 20.0
"""What has to be told within three seconds, and a browser's own time on a machine that is busy."""


def visit(stage: Stage, answers: dict[str, Pieces]) -> tuple[bool, Timeline]:
    """Open the callback and go on as a user does; return whether a page came."""
    with odd_backend(answers) as backend, stage.world("a_visit", backend=backend) as world:
        began = time.monotonic()
        came = world.page.open_callback({"code": "c", "state": "s"})
        assert time.monotonic() - began < IN_TIME_S
        world.page.leave_alone(minutes=1)
        world.page.tap_return()
        timeline = world.recorder.timeline()
    assert stage.gateway.take_defects() == []
    return came, timeline


def navigations(timeline: Timeline) -> list[int]:
    """Return the numbers of the answers to what the whole tab asks for; earlier tabs may ask late."""
    return [each.exchange for each in timeline.of(GatewayResponse) if each.is_navigation]


class Endless:
    """A page that never ends, a line every twentieth of a second."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield its pieces."""
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
        is_over = threading.Event()
        while not is_over.wait(0.05):
            yield b"<p>and on</p>"


@pytest.mark.parametrize(
    ("script", "again"),
    [
        ("history.replaceState(null, '', location.pathname)", CALLBACK),
        ("history.replaceState(null, '', '/done#here')", "/done"),
        ("history.replaceState(null, '', '#here')", f"{CALLBACK}?code=c&state=s"),
        ("", f"{CALLBACK}?code=c&state=s"),
    ],
    ids=["without its query", "another path", "a fragment alone", "as it was"],
)
def test_a_page_is_loaded_again_where_its_script_has_put_it(stage: Stage, script: str, again: str) -> None:
    """As Safari does: what a page took out of its address is not sent once more."""
    page = answer(PAGE + f"<script>{script}</script>".encode())
    answers: dict[str, Pieces] = {CALLBACK: [page], "/done": [page]}
    with odd_backend(answers) as backend, stage.world("moved", backend=backend) as world:
        assert world.page.open_callback({"code": "c", "state": "s"})
        assert world.page.reload()
        timeline = world.recorder.timeline()
    asked = [each for each in timeline.of(GatewayRequest) if each.is_navigation]
    path, _, query = again.partition("?")
    assert [asked[-1].path, urlencode({k: v[0] for k, v in asked[-1].query.items()})] == [path, query]
    assert len(asked) == 2
    assert len(timeline.of(PageShown)) == 2


class Late:
    """A script that takes its time, as a framework's bundles do on a phone."""

    def __init__(self, script: bytes) -> None:
        self._whole = answer(script, "text/javascript")

    def __iter__(self) -> Iterator[bytes]:
        """Yield it after a while."""
        threading.Event().wait(0.4)
        yield self._whole


def test_the_ten_minutes_begin_once_the_pages_own_scripts_have_come(stage: Stage) -> None:
    """What they begin is the page's own doing, and not the tap's that comes later."""
    leaves = b"setTimeout(() => { location.href = 'foryoure://amo-crm/callback?success=true' }, 3000)"
    page = answer(PAGE + b"<script type=module src=/entry.js></script>")
    scripts: dict[str, Pieces] = {"/entry.js": Late(b"import '/later.js'"), "/later.js": Late(leaves)}
    answers: dict[str, Pieces] = {CALLBACK: [page]} | scripts
    with odd_backend(answers) as backend, stage.world("hydrated", backend=backend) as world:
        assert world.page.open_callback({"code": "c", "state": "s"})
        world.page.leave_alone()
        [departure] = world.recorder.timeline().of(Departure)
    assert departure.tap is None


def test_where_no_page_came_there_is_none_to_load_again(stage: Stage) -> None:
    """The tab still shows what stood there before, amoCRM's page, which is nobody's callback."""
    with odd_backend({CALLBACK: [b""]}) as backend, stage.world("reloaded", backend=backend) as world:
        world.page.open(f"{stage.amo.url}/oauth?client_id={stage.amo.client_id}&state=s")
        assert not world.page.open_callback({"code": "c", "state": "s"})
        assert not world.page.reload()
        assert world.recorder.timeline().of(Reloaded) == ()


FILES = {
    "octet stream": [answer(PAGE, "application/octet-stream")],
    "attachment": [answer(PAGE, Content_Disposition="attachment; filename=page.html")],
}
NO_PAGE = {
    "204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "205": [b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"],
    "redirect to the app": [answer(b"", status="302 Found", Location="foryoure://amo-crm/callback?x=1")],
    "redirect to nobody": [answer(b"", status="302 Found", Location="http://127.0.0.1:1/")],
    "redirect to no URL": [answer(b"", status="302 Found", Location="http://[")],
    "redirects without end": [answer(b"", status="302 Found", Location="?again")],
    "nothing": [b""],
    "garbage": [b"\x00\x01\x02 nonsense\r\n\r\n"],
    "half a head": [b"HTTP/1.1 200 OK\r\nContent-Type: text/ht"],
    "a page that is cut": [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n" + PAGE
    ],
}


@pytest.mark.parametrize("pieces", NO_PAGE.values(), ids=NO_PAGE)
def test_what_is_no_page_is_told_in_time(stage: Stage, pieces: Pieces) -> None:
    """The answer is on the timeline, no page is, and the story goes on."""
    came, timeline = visit(stage, {CALLBACK: pieces})
    assert not came
    assert timeline.of(PageShown) == ()
    assert timeline.of(GatewayResponse) or timeline.of(Broken)


@pytest.mark.parametrize("pieces", FILES.values(), ids=FILES)
def test_a_file_to_keep_is_told_when_the_browser_says_so(stage: Stage, pieces: Pieces) -> None:
    """No page is waited for that cannot come."""
    came, timeline = visit(stage, {CALLBACK: pieces})
    assert not came
    assert len(timeline.of(GatewayResponse)) == 1
    assert [each.is_slow for each in timeline.of(LoadFailed)] == [False]


A_PAGE = {
    "plain": [answer(PAGE)],
    "early hints": [
        b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload; as=style\r\n\r\n" + answer(PAGE)
    ],
    "text/plain": [answer(PAGE, "text/plain")],
    "JSON": [answer(b'{"ok": true}', "application/json")],
    "an error": [answer(PAGE, status="500 Internal Server Error")],
    "windows-1251": [answer("<p>Ошибка".encode("cp1251"), "text/html; charset=windows-1251")],
    "302 to nowhere": [answer(PAGE, status="302 Found")],
    "a body without end": Endless(),
}


@pytest.mark.parametrize("pieces", A_PAGE.values(), ids=A_PAGE)
def test_what_a_browser_shows_is_a_page(stage: Stage, pieces: Pieces) -> None:
    """Whether it should have been one is the contract's question."""
    came, timeline = visit(stage, {CALLBACK: pieces})
    assert came
    (page,) = timeline.of(PageShown)
    (told,) = [each for each in timeline.of(GatewayResponse) if each.exchange == page.exchange]
    assert told.is_page


def brotli(text: bytes) -> bytes:
    """Return a text as brotli that is not compressed: one metablock and an empty last one."""
    return ((len(text) - 1) << 4 | 1 << 20).to_bytes(3, "little") + text + b"\x03"


def test_an_encoding_that_was_not_offered_is_read_in_the_browser(stage: Stage) -> None:
    """WebKit undoes brotli all the same; the gateway says that it cannot, and the page is what tells."""
    pieces = [
        answer(
            brotli(PAGE + b"<meta http-equiv=refresh content='30; url=foryoure://x'>"), Content_Encoding="br"
        )
    ]
    came, timeline = visit(stage, {CALLBACK: pieces})
    assert came
    (told,) = timeline.of(GatewayResponse)
    assert (told.body, told.unreadable is None) == ("", False)
    assert judge(timeline, ["CB-06"])["CB-06"].result == "failed"


def test_the_page_is_the_navigations_answer(stage: Stage) -> None:
    """Whatever a page loads besides, before or after it is there."""
    page = b"""<!DOCTYPE html><link rel=stylesheet href=/own.css><link rel=icon href=/icon.png>
    <img src=/logo.png><iframe src=/frame></iframe><p>the page</p>
    <script>
      navigator.serviceWorker?.register("/worker.js").catch(() => {});
      const poll = () => fetch("/poll").then(() => setTimeout(poll, 5));
      poll();
    </script>"""
    came, timeline = visit(
        stage,
        {
            CALLBACK: [answer(page)],
            "/own.css": [answer(b"p {color: green}", "text/css")],
            "/logo.png": [answer(b"no picture", "image/png")],
            "/frame": [answer(b"<p>a frame</p>")],
            "/poll": [answer(b"{}", "application/json")],
        },
    )
    assert came
    (shown,) = timeline.of(PageShown)
    assert "the page" in shown.text
    assert ([shown.exchange], shown.http_status) == (navigations(timeline), 200)
    assert len(timeline.of(GatewayResponse)) > 4


def test_a_backend_that_does_not_come_back_is_no_error_of_ours(stage: Stage) -> None:
    """It was killed on purpose; why it does not serve again is on the timeline, and the page comes."""
    with odd_backend({CALLBACK: [answer(PAGE)]}) as backend, stage.world("killed", backend=backend) as world:
        with world.backend_dies_at_first_byte():
            assert world.page.open_callback({"code": "c", "state": "s"})
        ended = world.recorder.timeline().of(BackendEnded)
    assert [each.why for each in ended] == ["odd ended before it served"]
    assert stage.gateway.take_defects() == []


@pytest.mark.parametrize("location", ["done?x=1", "/api/amo-crm/done?x=1", "./done?x=1#here"])
def test_a_redirect_is_followed_to_its_page(stage: Stage, location: str) -> None:
    """Relative or not; the page is the last answer's."""
    redirect = answer(b"", status="303 See Other", Location=location)
    came, timeline = visit(stage, {CALLBACK: [redirect], "/api/amo-crm/done": [answer(PAGE)]})
    assert came
    (shown,) = timeline.of(PageShown)
    assert (shown.exchange, shown.http_status) == (navigations(timeline)[1], 200)
    assert timeline.of(LoadFailed) == ()


@pytest.mark.parametrize("location", ["/готово?ім'я=Анна Я", "/%D0%B3отово?ім'я=%D0%90нна%20Я"])
def test_a_redirect_in_another_script_leads_where_it_leads_on_a_phone(stage: Stage, location: str) -> None:
    """Its bytes are UTF-8, and the page at its end is the callback's."""
    redirect = answer(b"", status="302 Found", Location=location)
    done = "/%D0%B3%D0%BE%D1%82%D0%BE%D0%B2%D0%BE"
    came, timeline = visit(stage, {CALLBACK: [redirect], done: [answer(PAGE)]})
    assert came
    (seen,) = Reading(timeline).visits
    assert (len(seen.exchanges), seen.landing.request.path) == (2, done)
    assert seen.landing.given("ім'я") == "Анна Я"


@pytest.mark.parametrize(
    "markup",
    [
        b"<p>one</p><script>location.replace('/two')</script>",
        b"<p>one</p><meta http-equiv=refresh content='0; url=/two'>",
        b"<p>one</p><script>location.reload()</script>",
        b"<p>one</p><script>history.replaceState(null, '', '/elsewhere')</script>",
        b"<p>one</p><script>window.stop()</script>",
        b"<p>one</p><form action=/two method=post></form><script>document.forms[0].submit()</script>",
    ],
)
def test_a_page_that_goes_on_by_itself_is_no_error_of_ours(stage: Stage, markup: bytes) -> None:
    """It is seen as it stands at one moment, in bounded time."""
    _, timeline = visit(stage, {CALLBACK: [answer(markup)], "/two": [answer(PAGE)]})
    assert timeline.of(GatewayResponse)
