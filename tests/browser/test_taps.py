"""A tap is a user's: trusted, aimed at what is there, and the one thing that carries a gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from harness.engines import Aim, CannotTap, NothingToTap
from harness.errors import NotSimulated
from tests.browser.pages import LINK

if TYPE_CHECKING:
    from harness.engines import Engine, Tab


def events_of(tab: Tab) -> list[list[object]]:
    """Return what the page saw of the tap: [kind, isTrusted, id of the target]."""
    return cast("list[list[object]]", tab.page.evaluate("events"))


@pytest.mark.parametrize("name", ["button", "button-anchor"])
def test_a_tap_on_the_button_departs_once_with_a_gesture(tab: Tab, site: str, name: str) -> None:
    """One tap, one departure, with a user gesture and in the same tab."""
    tab.goto(f"{site}/{name}")
    tab.tap(tab.page.locator("#return"))
    departure = tab.wait_for_departure(timeout_s=20)
    tab.settle()
    assert departure is not None
    assert tab.departures()[0].user_gesture is True
    assert [(each.url, each.same_tab) for each in tab.departures()] == [(LINK, True)]


def test_whoever_has_just_tapped_says_yes_to_a_dialog(tab: Tab, site: str) -> None:
    """WebKit keeps a tap's gesture over a dialog, however long it stands (measured: six seconds)."""
    tab.goto(f"{site}/button-asks")
    tab.tap(tab.page.locator("#return"))
    tab.settle()
    assert [each.kind for each in tab.dialogs] == ["confirm", "prompt"]
    assert [(each.url, each.user_gesture) for each in tab.departures()] == [(LINK, True)]


def test_a_tap_is_trusted_input(tab: Tab, engine: Engine, site: str) -> None:
    """The page gets pointer, mouse and click events of the user's, at the button."""
    tab.goto(f"{site}/button")
    tab.tap(tab.page.locator("#return"))
    events = events_of(tab)
    assert engine.tap_is_trusted
    assert [kind for kind, _, _ in events] == ["pointerdown", "mousedown", "mouseup", "click"]
    assert all(trusted and target == "return" for _, trusted, target in events)


def test_a_tap_works_under_the_fake_clock(tab: Tab, site: str) -> None:
    """The page's clock stands still, the user does not."""
    tab.stop_clock()
    tab.goto(f"{site}/button")
    tab.tap(tab.page.locator("#return"))
    assert tab.wait_for_departure(timeout_s=20) is not None


def test_a_tap_hits_what_covers_the_button(tab: Tab, site: str) -> None:
    """Hit testing is the browser's: the cover gets the tap, the button does not, and nothing departs."""
    tab.goto(f"{site}/button-covered")
    tab.tap(tab.page.locator("#return"))
    tab.settle()
    assert {target for _, _, target in events_of(tab)} == {"cover"}
    assert tab.departures() == []


def test_a_button_below_the_fold_is_scrolled_to(tab: Tab, site: str) -> None:
    """The user scrolls before tapping."""
    tab.goto(f"{site}/button-below")
    tab.tap(tab.page.locator("#return"))
    assert tab.wait_for_departure(timeout_s=20) is not None


def test_a_button_that_appears_late_is_waited_for(tab: Tab, site: str) -> None:
    """The user taps when there is something to tap."""
    tab.goto(f"{site}/button-appears")
    tab.tap(tab.page.locator("#return"))
    assert tab.wait_for_departure(timeout_s=20) is not None


def test_a_button_in_a_frame_is_tapped_where_it_is(tab: Tab, site: str) -> None:
    """The frame's place is reckoned with."""
    tab.goto(f"{site}/button-framed")
    tab.tap(tab.page.frame_locator("iframe").get_by_role("button"))
    assert tab.wait_for_departure(timeout_s=20) is not None
    tab.settle()
    assert [each.user_gesture for each in tab.departures()] == [True]


def test_a_button_that_is_not_there_is_named(tab: Tab, site: str) -> None:
    """The time ends with an error that names what was looked for."""
    tab.goto(f"{site}/plain")
    with pytest.raises(CannotTap, match="#return"):
        tab.tap(tab.page.locator("#return"), timeout_s=0.2)


def test_a_frame_that_departs_is_told_from_the_page(webkit_tab: Tab, site: str) -> None:
    """WebKit asks about both alike; iOS opens no app for a frame, also for one that is gone soon."""
    webkit_tab.goto(f"{site}/button-frame-departs")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    assert webkit_tab.wait_for_departure(timeout_s=20) is not None
    webkit_tab.settle()
    assert [each.url for each in webkit_tab.departures()] == list(webkit_tab.framed)


@pytest.mark.parametrize("way", ["open", "link", "base", "form", "location", "itself"])
def test_a_departure_into_a_frame_of_a_name_is_told(webkit_tab: Tab, site: str, way: str) -> None:
    """Whatever opens it: the link's own target, the page's, a form's or `window.open`'s, a `location`."""
    webkit_tab.goto(f"{site}/button-frame-by-{way}")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    assert webkit_tab.wait_for_departure(timeout_s=20) is not None
    webkit_tab.settle()
    assert [each.url for each in webkit_tab.departures()] == list(webkit_tab.framed)


@pytest.mark.parametrize("way", ["prevented", "unknown", "elsewhere"])
def test_a_frame_that_the_page_leaves_alone_is_none(webkit_tab: Tab, site: str, way: str) -> None:
    """A frame stands there, and the page itself departs."""
    webkit_tab.goto(f"{site}/button-frame-{way}")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    assert webkit_tab.wait_for_departure(timeout_s=20) is not None
    webkit_tab.settle()
    assert list(webkit_tab.framed) == []


def test_a_new_window_is_not_the_same_tab(tab: Tab, site: str) -> None:
    """A button that opens another tab departs, but elsewhere."""
    tab.goto(f"{site}/button-blank")
    tab.tap(tab.page.locator("#return"))
    assert tab.wait_for_departure(timeout_s=20) is not None
    tab.settle()
    (departure,) = tab.departures()
    assert departure.same_tab is False
    assert departure.mechanism == "new_window"
    assert departure.user_gesture is True


def test_a_popup_that_a_tap_opens_is_watched_too(webkit_tab: Tab, site: str) -> None:
    """An empty window opened by the user's tap, then sent to the app, departs from another tab."""
    webkit_tab.goto(f"{site}/button-popup")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    departure = webkit_tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert (departure.url, departure.same_tab) == (LINK, False)


def test_a_gesture_ends_a_second_after_the_tap(webkit_tab: Tab, site: str) -> None:
    """WebKit forwards a gesture through a timer for one second, whatever the inspector feigns later."""
    webkit_tab.goto(f"{site}/button-late")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    departure = webkit_tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert departure.user_gesture is False


def test_a_gesture_survives_a_redirect_but_not_a_page(webkit_tab: Tab, site: str) -> None:
    """A tap that leads through a 302 to the app has its gesture there; a page in between takes it away."""
    webkit_tab.goto(f"{site}/form-to-redirect")
    webkit_tab.tap(webkit_tab.page.locator("#return"))
    departure = webkit_tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert (departure.mechanism, departure.user_gesture) == ("redirect", True)
    webkit_tab.goto(f"{site}/location.href")
    later = webkit_tab.wait_for_departure(after=1, timeout_s=20)
    assert later is not None
    assert later.user_gesture is False


def test_a_script_of_the_test_is_no_gesture(webkit_tab: Tab, site: str) -> None:
    """Playwright's `evaluate` feigns a gesture to WebKit; the host does not pass it on as the user's."""
    webkit_tab.goto(f"{site}/plain")
    webkit_tab.page.evaluate("link => { location.href = link }", LINK)
    departure = webkit_tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert departure.user_gesture is False


def test_two_taps_are_two_departures(webkit_tab: Tab, site: str) -> None:
    """Nothing swallows the second tap."""
    webkit_tab.goto(f"{site}/button")
    for _ in range(2):
        webkit_tab.tap(webkit_tab.page.locator("#return"))
    webkit_tab.settle()
    assert [each.user_gesture for each in webkit_tab.departures()] == [True, True]


def test_chromium_refuses_the_tap_that_its_dialog_would_take(chromium: Engine, site: str) -> None:
    """What cannot be simulated is said, with the engine that can."""
    tab = chromium.open_tab()
    tab.goto(f"{site}/button")
    tab.tap(tab.page.locator("#return"))
    tab.wait_for_departure(timeout_s=20)
    tab.settle()
    with pytest.raises(NotSimulated, match="webkitgtk"):
        tab.tap(tab.page.locator("#return"))
    tab.close()


def test_chromium_refuses_the_tap_after_a_page_has_left_by_itself(chromium: Engine, site: str) -> None:
    """Its dialog stands there too, and it would wait for the end of that tap without end."""
    tab = chromium.open_tab()
    tab.goto(f"{site}/location.href")
    assert tab.wait_for_departure(timeout_s=20) is not None
    tab.settle()
    with pytest.raises(NotSimulated, match="webkitgtk"):
        tab.touch(100, 100)
    tab.close()


AT_ID = "(id) => document.getElementById(id)"


def test_a_tap_is_aimed_by_a_function_of_the_page(tab: Tab, site: str) -> None:
    """Without Playwright's selector engine: the same tap on the same element."""
    tab.goto(f"{site}/button")
    tab.tap(Aim(AT_ID, "return"))
    assert tab.wait_for_departure(timeout_s=20) is not None
    assert {target for _, _, target in events_of(tab)} == {"return"}


def test_what_must_be_there_is_not_waited_for(tab: Tab, site: str) -> None:
    """A page without the element is told at once; one that hides it is waited for as ever."""
    tab.goto(f"{site}/button")
    with pytest.raises(NothingToTap):
        tab.tap(Aim(AT_ID, "nowhere", must_be_there=True))
    tab.page.evaluate("document.getElementById('return').hidden = true")
    with pytest.raises(CannotTap, match=r"did not become visible within 0\.05 s"):
        tab.tap(Aim(AT_ID, "return", must_be_there=True), timeout_s=0.05)


def test_what_is_not_there_cannot_be_aimed_at(tab: Tab, site: str) -> None:
    """The same error as with a locator, when the time is over."""
    tab.goto(f"{site}/button")
    with pytest.raises(CannotTap, match=r"did not become visible within 0\.05 s"):
        tab.tap(Aim(AT_ID, "nowhere"), timeout_s=0.05)
