"""CB-05 and CB-07 where the page waits for somebody else's file, on timelines written by hand."""

from dataclasses import replace

from harness.timeline.gateway_events import GatewayResponse
from harness.timeline.page_events import Departure, PageComplained, PageShown
from tests.unit.contract.story import BUTTON, Case, Story, happy_path

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


PASSED = [Case("CB-05", "right all the same", lacks(STYLED)), Case("CB-07", "it leaves", lacks(WAITS))]

FAILED = [
    Case("CB-05", "small without any file", small(happy_path()), "it is only"),
    Case("CB-05", "nothing is waited for", small(lacks(LATER)), "it is only"),
    Case("CB-07", "nothing is waited for", lacks(LATER).drop(Departure), "made no"),
    Case("CB-07", "another file", lacks(WAITS, "https://code.example/a.png").drop(Departure), "made no"),
    Case("CB-07", "a file of its own", lacks(WAITS, url="https://code.example/").drop(Departure), "made no"),
]

UNSEEN = [
    Case("CB-05", "small for want of a style sheet", small(lacks(STYLED)), f"waits for {SCRIPT}"),
    Case("CB-07", "dead for want of a script", lacks(WAITS).drop(Departure), f"waits for {SCRIPT}"),
]
