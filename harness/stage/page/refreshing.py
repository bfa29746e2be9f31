"""The refreshes of a page that is left alone: what they say, and where its own would take it.

Owns reading them, in the documents and in the headers that these came with, and doing what a browser does
when such a time is over: its timer is none of the page's. Judges nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from harness.contract.reading.markup import refresh_after_s, refresh_target
from harness.engines import NavigationFailed, Tab
from harness.stage.page.answers import is_at
from harness.stage.page.scripts import script
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse
from harness.timeline.page_events import WentElsewhere
from harness.timeline.recorder import Recorder

NEXT_PAGE_WITHIN_S = 20.0
"""What has answered with no page by then leaves this one."""
REFRESH_NOW = """(url) => {
  const meta = document.createElement("meta");
  meta.httpEquiv = "refresh";
  meta.content = `0; url=${url}`;
  document.documentElement.append(meta);
}"""


@dataclass(frozen=True, slots=True)
class Refreshes:
    """What the documents of one page say."""

    contents: tuple[str, ...]
    """Of each meta refresh, and of the Refresh header that a frame came with."""
    next_page: str = ""
    """Another address of the web that the page itself goes to in time; empty: there is none."""


def read_refreshes(tab: Tab, recorder: Recorder, *, within_s: float) -> Refreshes:
    """Read the refreshes of the page and its frames as the browser has parsed them, and as they were sent."""
    documents: list[tuple[str, str, list[str]]] = tab.look(script("refreshes"))
    top, *frames = documents
    url, base, own = top
    sent = [content for frame_url, _, _ in frames for content in _of_header(recorder, frame_url)]
    contents = (*(each for _, _, parsed in documents for each in parsed), *sent)
    return Refreshes(contents, _next_page((*own, *_of_header(recorder, url)), url, base, within_s))


def follow(tab: Tab, recorder: Recorder, url: str) -> None:
    """Have the page go on as by its refresh; to another site's nobody goes, and it is told."""
    if urlsplit(url)[:2] != urlsplit(tab.page.url)[:2]:
        recorder.record(WentElsewhere(url=url, has_button=False))
        return
    commits = tab.commits
    tab.look(REFRESH_NOW, url)
    try:
        tab.wait_for_commit(after=commits, timeout_s=NEXT_PAGE_WITHIN_S)
    except NavigationFailed:
        return  # what answers with no page leaves this one
    tab.load_up()


def _of_header(recorder: Recorder, url: str) -> list[str]:
    """Return the Refresh headers of the latest answer at an address."""
    timeline, told = recorder.timeline(), recorder.mask.apply(url)
    asked = [each.exchange for each in timeline.of(GatewayRequest) if each.is_browser and is_at(each, told)]
    answers = [each for each in timeline.of(GatewayResponse) if each.exchange in asked[-1:]]
    return [value for each in answers for name, value in each.headers if name.lower() == "refresh"]


def _next_page(contents: Iterable[str], url: str, base: str, within_s: float) -> str:
    for content in contents:
        try:
            target = urljoin(base, refresh_target(content))
            is_of_the_web = urlsplit(target).scheme in ("http", "https")
        except ValueError:
            continue  # it leads nowhere
        is_another = urldefrag(target).url != urldefrag(url).url
        if is_another and is_of_the_web and refresh_after_s(content) <= within_s:
            return target
    return ""
