"""report.html in WebKit and in Chromium: what its script does, and that it is read without it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Playwright

from harness.engines import Engine, EngineUnavailable, Tab, open_engine
from tests.e2e.reports.gallery import EVIL

pytestmark = pytest.mark.timeout(180)
"""Whichever test is the first waits until the reports are made."""
JENKINS = "default-src 'none'; img-src 'self'; style-src 'self';"
"""What Jenkins sends with each file of a build, unless somebody has changed it; but for `sandbox`, which
forbids scripts once more, and under which nobody can look."""
SCRIPTLESS = "script-src 'none'"


@pytest.fixture(scope="module", params=["webkitgtk", "chromium"])
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Generator[Engine]:
    """Return each engine that works here."""
    try:
        with open_engine(request.param, playwright=playwright) as started:
            yield started
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def tab(engine: Engine) -> Generator[Tab]:
    opened = engine.open_tab()
    yield opened
    opened.close()


@contextmanager
def served(file: Path, policy: str) -> Generator[str]:
    """Serve a file with a policy, as a build server does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/report.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def open_report(tab: Tab, report: Path, fragment: str = "") -> Callable[[str], Any]:
    """Open a report from its folder, and wait for its script; returns what asks it."""
    tab.goto(report.as_uri() + fragment)
    comes(tab, "document.querySelector('.tools')?.hidden === false")
    return tab.evaluate


def comes(tab: Tab, condition: str) -> None:
    """Wait until something holds in the page, whose policy lets nobody evaluate a text."""
    tab.evaluate(
        "async () => { const until = performance.now() + 30000; "
        f"while (!({condition})) {{ if (performance.now() > until) throw new Error('never came'); "
        "await new Promise((go) => setTimeout(go, 10)); } }"
    )


def test_a_link_to_an_event_opens_its_scenario_and_its_whole_data(tab: Tab, reports: Path) -> None:
    """Which is not in the text: the page's markup, as it was sent. The same link again closes it."""
    ask = open_report(tab, reports / "faults" / "report.html", "#exchange_refused/0")
    comes(tab, "document.querySelector('.data b') !== null")
    assert ask("() => document.getElementById('exchange_refused').open")
    index = ask(
        "() => [...document.querySelectorAll('#exchange_refused .rows li')]"
        ".find((each) => each.textContent.includes('gateway.response')).id"
    )
    ask(f"() => {{ location.hash = {index!r} }}")
    comes(tab, f"document.getElementById({index!r}).querySelector('.data b') !== null")
    told = ask(f"() => document.getElementById({index!r}).querySelector('.data').textContent")
    assert "is_whole true" in told
    assert "Authorization failed" in told
    ask(f"() => document.getElementById({index!r}).querySelector('a').click()")
    comes(tab, f"document.getElementById({index!r}).querySelector('.data') === null")


ON_A_DOT = """(name) => {
  const dots = document.getElementById('left_alone').querySelector('.dots.browser');
  const drawing = dots.closest('.lanes').getBoundingClientRect(), own = dots.getBoundingClientRect();
  const place = {
    bubbles: true,
    clientX: drawing.left + Number(dots.getAttribute('d').match(/[\\d.]+/)[0]) / 100 * drawing.width,
    clientY: (own.top + own.bottom) / 2,
  };
  dots.dispatchEvent(new (name === 'click' ? MouseEvent : PointerEvent)(name, place));
  return [dots.dataset.of.split(' ')[0], document.getElementById('tip').textContent, location.hash];
}"""


def test_a_dot_says_its_event_and_leads_to_it(tab: Tab, reports: Path) -> None:
    """One path draws all dots of a lane; its row knows the dot as well."""
    ask = open_report(tab, reports / "faults" / "report.html", "#left_alone")
    comes(tab, "document.querySelector('#left_alone .rows b') !== null")
    index, said, _ = tab.evaluate(ON_A_DOT, "pointermove")
    assert said.startswith(f"{index} ")
    assert "webview." in said
    *_, led = tab.evaluate(ON_A_DOT, "click")
    assert led == f"#left_alone/{index}"
    shown = ask(  # at once: as the page scrolls, the screen's own pointer comes to be over other rows
        f"() => {{ document.getElementById('left_alone/{index}')"
        ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));"
        " return document.querySelectorAll('#left_alone circle.here.browser').length }"
    )
    assert shown == 1


LIT = "() => [...document.querySelectorAll('i.lit')].map((each) => each.textContent)"


def test_one_mask_lights_all_of_the_same_secret(tab: Tab, reports: Path) -> None:
    """By the pointer and by the keyboard; no other secret's."""
    ask = open_report(tab, reports / "faults" / "report.html")
    ask("() => { document.getElementById('left_alone').open = true }")
    first = "document.querySelector('#left_alone .rows i[class]')"
    comes(tab, f"{first}.tabIndex === 0")
    for how in (
        f"{first}.focus()",
        f"{first}.dispatchEvent(new PointerEvent('pointerover', {{bubbles: true}}))",
    ):
        ask(f"() => {{ {how} }}")
        lit = ask(LIT)
        assert len(lit) > 3
        assert len({each.replace(":part", "") for each in lit}) == 1
        ask(
            "() => { document.activeElement.blur(); document.body.dispatchEvent("
            "new PointerEvent('pointerover', {bubbles: true})) }"
        )
        assert ask(LIT) == []


VISIBLE = "(of) => [...document.querySelectorAll(of)].filter((each) => !each.hidden).map((each) => each.id)"


@pytest.mark.parametrize(
    ("asked", "scenes", "hidden"),
    [
        ("s:failed c:CB-06", ["left_alone"], []),
        ("s:failed !c:SEC-09 tap_twice", ["tap_twice"], ["two_accounts"]),
        ('"was opened without a tap"', ["left_alone"], ["tap_twice"]),
        ('"does nothing for ten"', ["left_alone"], ["tap_twice"]),
        ("c:SEC-09 a:app", ["two_accounts"], ["left_alone"]),
        ("nothing-of-the-kind", [], ["left_alone", "tap_twice"]),
    ],
)
def test_the_filter_knows_results_clauses_actors_and_words(
    tab: Tab, reports: Path, asked: str, scenes: list[str], hidden: list[str]
) -> None:
    """As Playwright's report does, and from the address."""
    ask = open_report(tab, reports / "faults" / "report.html", f"#?q={asked}")
    comes(tab, "document.getElementById('found').textContent !== ''")
    shown = tab.evaluate(VISIBLE, ".scene")
    assert set(scenes) <= set(shown)
    assert set(hidden).isdisjoint(shown)
    if "a:" in asked:
        rows = ask(
            "() => [...document.querySelectorAll('.scene:not([hidden]) .rows li:not([hidden])')]"
            ".map((each) => each.textContent.split(/\\s+/)[2])"
        )
        assert {each.partition(".")[0] for each in rows} == {"app"}


def test_the_keyboard_goes_from_cause_to_cause_and_to_the_filter(tab: Tab, reports: Path) -> None:
    """And leaves a person who types alone; the keys can be switched off."""
    ask = open_report(tab, reports / "faults" / "report.html")
    press = (
        "(key) => { const told = {key, bubbles: true}; "
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', told)) }"
    )
    focused = "() => document.activeElement.closest('.cause, .scene')?.id ?? document.activeElement.id"
    for key, where in (
        ("j", "cause-1"),
        ("j", "cause-2"),
        ("k", "cause-1"),
        ("/", "filter"),
        ("j", "filter"),
    ):
        tab.evaluate(press, key)
        assert ask(focused) == where
    ask("() => { document.activeElement.blur(); document.getElementById('keys').checked = false }")
    tab.evaluate(press, "j")
    assert ask(focused) != "cause-1"


@pytest.mark.parametrize("policy", [JENKINS, SCRIPTLESS], ids=["Jenkins", "no script"])
def test_without_scripts_styles_and_data_everything_is_in_the_text(
    tab: Tab, reports: Path, policy: str
) -> None:
    """Verdict, cause, proof, remedy, replay, every event; what only a script could do is not offered."""
    with served(reports / "faults" / "report.html", policy) as address:
        tab.goto(address)
        comes(tab, "document.querySelector('.tools') !== null && document.readyState === 'complete'")
        text = cast("str", tab.look("() => document.body.innerText + document.body.textContent"))
        ran = tab.look("() => document.querySelector('.tools').hidden")
    assert ran, "no script has shown the filter"
    for said in (
        "break",
        "the page stays until the user taps",
        "was opened without a tap",
        "remove whatever opens the app by itself",
        "webview.departure",
        "amo-harness replay left_alone --from",
        "curl -i",
        "not observed",
    ):
        assert said in text, said


def test_whatever_a_backend_says_stays_text(tab: Tab, reports: Path) -> None:
    """In the markup and in what the script shows of an event: nothing runs, is asked for, or leaves."""
    report = reports / "hostile" / "report.html"
    ask = open_report(tab, report)
    for number in range(len(EVIL)):
        ask(f"() => {{ location.hash = 'evil_{number}/20' }}")
        comes(tab, f"document.getElementById('evil_{number}/20').querySelector('.data b') !== null")
    assert ask("() => window.ran ?? null") is None
    assert [each.text for each in tab.dialogs] == []
    assert ask("() => location.pathname") == report.as_uri().removeprefix("file://")
    assert (
        ask(
            "() => [...document.querySelectorAll('[href], [src]')].map((each) => each.getAttribute('href') "
            "?? each.getAttribute('src')).filter((each) => !each.startsWith('#'))"
        )
        == []
    )
    assert ask("() => document.scripts.length") == 1
    shown = ask("() => document.body.textContent")
    assert EVIL[0] in shown
    assert not set("\x00\x1b\u202e\u2066").intersection(shown)
    assert "[U+202E]gnp.exe[U+2066]" in shown
