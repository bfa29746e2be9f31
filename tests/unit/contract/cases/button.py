"""CB-05 to CB-07 on timelines written by hand."""

from dataclasses import replace
from typing import Any

from harness.timeline.gateway_events import (
    GatewayRequest,
    GatewayResponse,
)
from harness.timeline.page_events import (
    Departure,
    DialogOpened,
    LeftAlone,
    PageGone,
    PageShown,
    Tap,
    TapFailed,
    TapSettled,
    WentElsewhere,
)
from tests.unit.contract.cases.callback import redirected
from tests.unit.contract.story import (
    BUTTON,
    CODE,
    OTHER_CODE,
    PAGE_HEADERS,
    STATE,
    SUCCESS_LINK,
    TEXTS,
    Case,
    Story,
    begins,
    code_missing,
    granted,
    happy_path,
    refused,
)

AT_ONCE = DialogOpened(dialog="confirm", text="Allow cookies?", at_once=True)
ABSENT = TapFailed(number=1, target=TEXTS.button, reason="no such button", absent=True)
META = '<META http-equiv="Refresh" content="3;URL=foryoure://x">'


def with_button(**changes: Any) -> Story:
    """Return the happy path with a button that is different at first paint."""
    return happy_path().change(PageShown, button=replace(BUTTON, **changes))


def page_with(body: str, *headers: tuple[str, str]) -> Story:
    """Return the happy path with this markup and these headers."""
    return happy_path().change(GatewayResponse, body=body, headers=(*PAGE_HEADERS, *headers))


def page_unread(*refreshes: str) -> Story:
    """Return the happy path with a body that the gateway cannot read, and this refresh in the browser."""
    story = happy_path().change(
        GatewayResponse, body="", unreadable="the content encoding br was not offered"
    )
    return story.change(PageShown, refreshes=refreshes)


def without_browser_first() -> Story:
    """Return the happy path after a visit that the harness made itself, of which there is no page."""
    story = begins().callback(code=OTHER_CODE, state="other").asks_amo(OTHER_CODE).answers()
    return story.callback(code=CODE, state=STATE).asks_amo().answers().shows_success().is_left_alone()


def two_departures() -> Story:
    """Return the happy path with a tap that departs twice."""
    return happy_path().say_before(TapSettled, Departure(tap=1, url=""))


def no_button_to_tap() -> Story:
    """Return a story in which the user finds no button."""
    return button_is_gone().change(PageShown, button=None)


def button_is_gone() -> Story:
    """Return a story in which the page has its button at first paint, and none when the user taps."""
    return granted().say(ABSENT)


PASSED = [
    Case("CB-05", "a large button at once", happy_path(), "200×48"),
    Case("CB-05", "exactly 44 by 44", with_button(width=44, height=44)),
    Case("CB-05", "an anchor that CSS shows in capitals", with_button(text="RETURN TO APP", tag="a")),
    Case("CB-05", "on a page of failure", refused()),
    Case("CB-05", "a dialog that comes later", happy_path().say(DialogOpened(dialog="alert", text="x"))),
    Case("CB-05", "a dialog before the callback", happy_path().say_before(GatewayRequest, AT_ONCE)),
    Case(
        "CB-06",
        "markup that is only text",
        page_with(META).change(GatewayResponse, headers=(("Content-Type", "text/plain"),)),
    ),
    Case("CB-06", "after a visit that no browser made", without_browser_first()),
    Case("CB-06", "ten minutes alone", happy_path(), "600 s"),
    Case("CB-06", "a body that cannot be read", page_unread()),
    Case("CB-06", "in steps, with moments", granted().is_left_alone(9).is_left_alone(591, "focus"), "focus"),
    Case(
        "CB-06", "a refresh that stays on the web", page_with('<meta http-equiv=refresh content="5; /again">')
    ),
    Case(
        "CB-06",
        "words about a refresh",
        page_with("<p>&lt;meta http-equiv=refresh content='0;foryoure://x'>"),
    ),
    Case("CB-06", "a result page", redirected()),
    Case(
        "CB-06",
        "a refresh that the browser has parsed and that stays on the web",
        happy_path().change(PageShown, refreshes=("5; url=/again",)),
    ),
    Case(
        "CB-06",
        "something is open to the end",
        happy_path().change(LeftAlone, real_time_s=10.2, still_open=("EventSource", "load")),
        "10 s of real time; still open: 1 EventSource, 1 load",
    ),
    Case("CB-06", "a touch that nothing follows", granted().is_left_alone().touches_beside()),
    Case(
        "CB-06",
        "another page of its own with the button",
        happy_path().say(WentElsewhere(url="http://x/next", has_button=True)),
    ),
    Case(
        "CB-06",
        "a page of its own that says that all is done, after the tap",
        happy_path().say(WentElsewhere(url="http://x/done", has_button=False, at_home=True)),
    ),
    Case("CB-07", "one departure", happy_path(), "one departure"),
    Case("CB-07", "an engine that does not tell", granted().taps_return(user_gesture=None), "user_gesture"),
    Case("CB-07", "two taps, two departures", happy_path().taps_return()),
    Case("CB-07", "no button any more after a tap", happy_path().say(replace(ABSENT, number=2))),
]

FAILED = [
    Case("CB-05", "not there", happy_path().change(PageShown, button=None), "no such button"),
    Case("CB-05", "a page that hangs at load", granted().never_shown(), "no page came"),
    Case(
        "CB-05", "a dialog at load", happy_path().say_before(PageShown, AT_ONCE), "confirm() stands before it"
    ),
    Case("CB-05", "a dialog in the first second", happy_path().say(AT_ONCE), "“Allow cookies?”"),
    Case("CB-05", "hidden", with_button(visible=False), "not visible"),
    Case("CB-05", "disabled", with_button(enabled=False), "disabled"),
    Case("CB-05", "off screen", with_button(in_viewport=False, covered=None), "outside the viewport"),
    Case("CB-05", "covered", with_button(covered=True), "covers"),
    Case("CB-05", "too narrow", with_button(width=43.9), "43.9×48"),
    Case("CB-05", "too low", with_button(height=43), "200×43"),
    Case("CB-05", "reads otherwise", with_button(text="Back", name="Back"), "“Back”"),
    Case(
        "CB-06",
        "at load",
        happy_path().say_before(PageShown, Departure(url="foryoure://x", tap=None)),
        "foryoure://x",
    ),
    Case("CB-06", "with a gesture flag", happy_path().departs(tap=None, user_gesture=True), "without a tap"),
    Case("CB-06", "by a touch", granted().touches_beside().departs(tap=None), "a touch beside the button"),
    Case("CB-06", "by a swipe", granted().touches_beside("swipe").departs(tap=None), "drew up the page"),
    Case(
        "CB-06",
        "a touch long before",
        granted().touches_beside().taps_return().departs(tap=1),
        "opened without a tap",
    ),
    Case(
        "CB-06",
        "a refresh that only the browser has parsed",
        happy_path().change(PageShown, refreshes=("5; url=foryoure://x",)),
        "a meta refresh leads to",
    ),
    Case(
        "CB-06",
        "a refresh that a script has written",
        happy_path().change(LeftAlone, refreshes=("5; url=foryo\nure://x",)),
        "a meta refresh leads to",
    ),
    Case(
        "CB-06",
        "another page without the button",
        happy_path().say(WentElsewhere(url="https://x/open", has_button=False)),
        "the page went to “https://x/open” by itself",
    ),
    Case(
        "CB-06",
        "a page of its own without the button, before any tap",
        granted().is_left_alone().say(WentElsewhere(url="http://x/done", has_button=False, at_home=True)),
        "went to",
    ),
    Case(
        "CB-07", "the store alone", granted().taps_return("https://apps.apple.com/app/id1"), "and not the app"
    ),
    Case("CB-06", "after a tap has settled", happy_path().departs(tap=1, mechanism="refresh"), "refresh"),
    Case("CB-06", "on a page of failure", code_missing().departs()),
    Case("CB-06", "by a Refresh header", page_with("", ("Refresh", "0; url=foryoure://x")), "Refresh header"),
    Case(
        "CB-06",
        "by meta refresh",
        page_with(META),
        "meta",
    ),
    Case(
        "CB-06",
        "by meta refresh in a body that cannot be read",
        page_unread("3;URL=foryoure://x"),
        "a meta refresh leads to",
    ),
    Case(
        "CB-06",
        "by a redirect",
        begins()
        .callback(code=CODE)
        .asks_amo()
        .answers("", status=302, headers=(("Location", "foryoure://x"),)),
        "a redirect leads to",
    ),
    Case("CB-07", "two, and more may come", two_departures().drop(TapSettled), "2 dep"),
    Case("CB-07", "gone while left alone", granted().say(PageGone(url="", reason="memory")), "memory"),
    Case("CB-07", "none", happy_path().drop(Departure), "made no departure"),
    Case(
        "CB-07",
        "a link whose scheme a template engine took away",
        with_button(href="#ZgotmplZ").drop(Departure),
        "made no departure: the button's address is “#ZgotmplZ”",
    ),
    Case(
        "CB-07",
        "a question in its place",
        happy_path().drop(Departure).say_before(TapSettled, DialogOpened(dialog="confirm", text="Go?")),
        "made no departure: confirm() stands there: “Go?”",
    ),
    Case(
        "CB-07",
        "to a page of the web",
        happy_path().drop(Departure).change(TapSettled, went_to="https://app.example/x"),
        "the page went to “https://app.example/x” (an associated domain is named in [deep_link] universal)",
    ),
    Case("CB-07", "the button is gone when the user taps", button_is_gone(), "none when the user taps"),
    Case("CB-07", "none at the first of two", happy_path().drop(Departure).taps_return(), "tap 1"),
    Case("CB-07", "two", happy_path().say_before(TapSettled, Departure(tap=1, url="")), "2 dep"),
    Case("CB-07", "without a gesture", happy_path().change(Departure, user_gesture=False), "no user gesture"),
    Case("CB-07", "by a frame", happy_path().change(TapSettled, framed=(SUCCESS_LINK,)), "a frame departed"),
    Case("CB-07", "in another tab", happy_path().change(Departure, same_tab=False), "another tab"),
    Case(
        "CB-07",
        "the button cannot be tapped",
        granted().say(TapFailed(number=1, target=TEXTS.button, reason="it is covered")),
        "it is covered",
    ),
]

UNSEEN = [
    Case("CB-05", "no page", begins(), "no page"),
    Case(
        "CB-05", "no button where another clause asks for it", code_missing().change(PageShown, button=None)
    ),
    Case("CB-05", "looked at too late", happy_path().change(PageShown, timers_run=True), "after its timers"),
    Case("CB-06", "no page", begins(), "no page"),
    Case("CB-06", "nine minutes", granted().is_left_alone(540), "540 s"),
    Case(
        "CB-06", "left alone before the page", begins().is_left_alone().callback().answers().shows_success()
    ),
    Case("CB-07", "no button, which other clauses judge", no_button_to_tap(), "no button to tap"),
    Case(
        "CB-07",
        "the page took itself away before the tap, which CB-06 judges",
        granted().say(WentElsewhere(url="/gone", has_button=False)).say(ABSENT),
        "no button to tap",
    ),
    Case(
        "CB-07",
        "nothing yet, and not waited for",
        happy_path().drop(Departure).drop(TapSettled),
        "not waited for",
    ),
    Case("CB-05", "a machine that was too slow", granted().never_shown(is_slow=True)),
    Case("CB-07", "a machine that was too slow", granted().say(PageGone(url="", is_slow=True))),
    Case("CB-07", "no tap", granted(), "nobody tapped"),
    Case("CB-07", "a tap on something else", happy_path().change(Tap, target="Details")),
    Case("CB-07", "not waited for", happy_path().drop(TapSettled), "not waited for"),
]
