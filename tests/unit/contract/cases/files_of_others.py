"""What nobody here can see: somebody else's file, a sealed part of a page, a page of others. By hand."""

from dataclasses import replace

from harness.timeline.gateway_events import GatewayResponse
from harness.timeline.page_events import Departure, PageComplained, PageShown
from tests.unit.contract.story import BUTTON, Case, Story, code_missing, happy_path, refused, unreachable

SCRIPT = "https://code.example/jquery.js"
WAITS = f'<script src="{SCRIPT}"></script>'
LATER = WAITS.replace("src", "async src")
STYLED = f'<link rel="preload stylesheet" href="{SCRIPT}">'


def lacks(markup: str, file: str = SCRIPT, url: str = "http://localhost:1/callback") -> Story:
    """Return the happy path whose page has this markup, and where the file does not come."""
    story = happy_path().change(GatewayResponse, body=markup).change(PageShown, url=url)
    said = "Failed to load resource: Error resolving “code.example”"
    after_page = story.places(PageShown)[0] + 1
    story.events.insert(after_page, PageComplained(level="error", text=said, where=f"{file}:1"))
    return story


def small(story: Story) -> Story:
    """Return the story whose button is smaller than a finger."""
    return story.change(PageShown, button=replace(BUTTON, height=18))


SANDBOXED = '<iframe sandbox="allow-scripts" srcdoc="x"></iframe>'
CLOSED = '<b><template shadowrootmode="closed"><a>Return to App</a></template></b>'
COUNTER = '<iframe src="https://www.counter.example/ns.html" width="0" height="0"></iframe>'
NOWHERE = '<iframe src="http://["></iframe>'
WIDGET = '<iframe src="https://www.widget.example/"></iframe>'


def without_button(markup: str, story: Story | None = None) -> Story:
    """Return the story, else the happy path, whose page has this markup and shows no button."""
    story = (story or happy_path()).change(GatewayResponse, body=markup).drop(Departure)
    return story.change(PageShown, button=None, html=markup, url="http://localhost:1/callback")


def led_to(where: str, story: Story | None = None, kind: str = "") -> Story:
    """Return the story, else the happy path, whose callback redirects there, with a body of this type."""
    typed = (("Content-Type", kind),) if kind else ()
    story = (story or happy_path()).change(
        GatewayResponse, status=302, headers=(("Location", where), *typed), is_page=False
    )
    return story.drop(PageShown).drop(Departure)


PASSED = [Case("CB-05", "right all the same", lacks(STYLED)), Case("CB-07", "it leaves", lacks(WAITS))]

FAILED = [
    Case("CB-05", "small without any file", small(happy_path()), "it is only"),
    Case("CB-05", "nothing is waited for", small(lacks(LATER)), "it is only"),
    Case("CB-07", "nothing is waited for", lacks(LATER).drop(Departure), "made no"),
    Case("CB-07", "another file", lacks(WAITS, "https://code.example/a.png").drop(Departure), "made no"),
    Case("CB-07", "a file of its own", lacks(WAITS, url="https://code.example/").drop(Departure), "made no"),
    Case("CB-05", "a frame of its own", without_button('<iframe src="/button"></iframe>'), "no such button"),
    Case("CB-04", "led to no address", led_to("http://["), "HTTP 302"),
    Case("CB-04", "led to no address by HTML", led_to("http://[", kind="text/html"), "HTTP 302"),
    Case("CB-04", "led to no port", led_to("http://a:99999", kind="text/html"), "HTTP 302"),
    Case("CB-09", "led to no address", led_to("http://[", refused()), "HTTP 302"),
    Case("CB-05", "a script of no address", small(lacks('<script src="http://["></script>')), "it is only"),
    Case("CB-05", "a frame of no address", without_button(NOWHERE), "no such button"),
    Case("CB-05", "a frame too small for a button", without_button(COUNTER), "no such button"),
    Case("CB-08", "a frame too small for a button", without_button(COUNTER, code_missing()), "no button"),
    Case("CB-04", "led back to amoCRM", led_to("https://my.amocrm.ru/dashboard"), "back to amoCRM"),
    Case("CB-09", "led back to Kommo", led_to("https://www.kommo.com/", refused()), "back to amoCRM"),
]

UNSEEN = [
    Case("CB-05", "small for want of a style sheet", small(lacks(STYLED)), f"waits for {SCRIPT}"),
    Case("CB-07", "dead for want of a script", lacks(WAITS).drop(Departure), f"waits for {SCRIPT}"),
    Case("CB-05", "a sandboxed frame", without_button(SANDBOXED), "a sandboxed frame"),
    Case("CB-05", "a closed shadow root of the markup's", without_button(CLOSED), "declares closed"),
    Case("CB-05", "a frame of others", without_button(WIDGET), "a frame of www.widget.example"),
    Case("CB-08", "a frame of others", without_button(WIDGET, code_missing()), "was not seen"),
    Case("CB-10", "a frame of others", without_button(WIDGET, unreachable()), "www.widget.example"),
    Case("CB-04", "led to an unnamed frontend", led_to("https://app.example/done"), "[http.frontends]"),
    Case(
        "CB-10",
        "led to an unnamed frontend",
        led_to("https://app.example/", unreachable()),
        "[http.frontends]",
    ),
]
