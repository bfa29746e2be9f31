"""CB-05 to CB-07: the page has its button at once, and waits for the user's tap.

Owns these clauses. The pages of each kind are judged in `harness.contract.pages`.
"""

from collections.abc import Iterator, Sequence

from harness.config.settings import STORES, DeepLink, Texts, link_of
from harness.contract.clause import (
    NO_BUTTON,
    NOT_HERE,
    Finding,
    Symptom,
    clause,
    failed,
    failed_each,
    finding,
    not_observed,
    over_all,
    passed,
)
from harness.contract.pages import HTTP_ERRORS, cause_in
from harness.contract.reading.exchanges import Exchange
from harness.contract.reading.markup import leaves_the_web, refresh_target
from harness.contract.reading.reading import Reading
from harness.contract.reading.taps import HOW_TOUCHED, Tap, touch_before
from harness.contract.reading.visits import Visit
from harness.contract.reading.words import is_called, quoted
from harness.timeline.events import Event
from harness.timeline.page_events import (
    Button,
    Departure,
    DialogOpened,
    LeftAlone,
    PageShown,
    TapFailed,
    WentElsewhere,
)

TAP_TARGET_CSS_PX = 44
"""Apple's Human Interface Guidelines; WCAG 2.2, 2.5.5."""
TEN_MINUTES_S = 600
AT_ONCE = "the button is there at first paint"
ONE_DEPARTURE = "one tap makes one departure, with a user gesture, in the same tab"


@clause(
    "CB-05",
    "must",
    "The button is there at once: at first paint, no timer having run, it is visible, enabled, inside a "
    "phone's viewport, not covered, and at least 44×44 CSS px",
    source="S1 req. 2, benefit 2",
    remedy="have the button in the markup, enabled and visible without any script or timer, in the first "
    "screen and at least 44 by 44 CSS px",
    is_of_any_page=True,
)
def button_at_once(reading: Reading) -> Finding:
    """Judge each page's button; a success page must have one, other pages answer for it in CB-08 to CB-11.

    So must a page that is judged alone; what is no longer there when it is loaded again is SEC-05's.
    """
    texts = reading.texts
    pages = [(visit, page) for visit in reading.visits for page in visit.pages if page not in gone(visit)]
    alone = reading.is_page_alone
    concerned = [page for visit, page in pages if alone or visit.kind == "granted" or page.button]
    return over_all(
        (
            *(_button_at_once(reading, page, texts) for page in concerned),
            *failed_each("the button is at first paint", "no page came", reading.never_shown),
        ),
        "no page of the callback was shown",
        due_to="CB-04",
    )


def gone(visit: Visit) -> Sequence[PageShown]:
    """Return what came in the place of its page when that was loaded again: errors of HTTP."""
    return [page for page in visit.pages[1:] if page.http_status >= HTTP_ERRORS]


def loaded_again_at(visit: Visit) -> str:
    """Say at which address its page was loaded again, where that has no code any more; else nothing."""
    again = [each for each in visit.exchanges if each.request.index in visit.loads_again]
    lost = next((each.request.path for each in again if not each.given("code")), None)
    return "" if lost is None else f", loaded again at {quoted(lost)}, without the code,"


def _button_at_once(reading: Reading, page: PageShown, texts: Texts) -> Finding:
    if page.timers_run:
        return not_observed("the page was looked at only after its timers had run")
    button = page.button or Button()
    size = f"{button.width:g}×{button.height:g} CSS px"
    wrong: list[str | Symptom] = list(_wrong_with_button(button, texts.button, reading.dialogs_over(page)))
    if min(button.width, button.height) < TAP_TARGET_CSS_PX:
        wrong.append(f"it is only {size}")
    if wrong and (lacks := reading.lacks(page)):
        return not_observed(lacks, due_to=NOT_HERE)
    return finding(
        f"at first paint the button {quoted(texts.button)}: visible, enabled, in the viewport, not covered, "
        f"at least {TAP_TARGET_CSS_PX}×{TAP_TARGET_CSS_PX} CSS px",
        wrong if page.button else [_without_button(page, texts)],
        f"it was there, {size}",
        page,
    )


def _without_button(page: PageShown, texts: Texts) -> Symptom:
    cause = cause_in(page, texts) or NO_BUTTON
    what = f"HTTP {page.http_status}, {page.content_type}: {quoted(page.text)}"
    return Symptom(f"there is no such button at first paint ({what})", cause.name)


def _wrong_with_button(button: Button, wording: str, over: Sequence[DialogOpened]) -> Iterator[str | Symptom]:
    yield from (f"{each.dialog}() stands before it: {quoted(each.text)}" for each in over)
    if not is_called(wording, button.text, button.name):
        yield Symptom(f"it reads {quoted(button.text)}", NO_BUTTON.name)
    if not button.visible:
        yield "it is not visible"
    if not button.enabled:
        yield "it is disabled"
    if not button.in_viewport:
        yield "it is outside the viewport"
    if button.covered:
        yield "something covers it"


@clause(
    "CB-06",
    "must",
    "No departure without a tap: by no mechanism (script, timer, meta refresh, Refresh header, 3xx, iframe, "
    "form, click by script, window.open), at no moment (load, ten minutes of page time, the end of an "
    "animation, focus, visibility, pageshow, going offline), and by no touch beside the button, long or "
    "short (a small link elsewhere that the user aims at is another matter); nor does the page take itself "
    "away to another one without the button, an app store or a universal link",
    source="S1 req. 2-3",
    remedy="remove whatever opens the app by itself (location, timer, meta refresh, Refresh header, "
    "redirect, iframe, click()): the button's handler alone may",
    is_of_any_page=True,
)
def no_departure_without_a_tap(reading: Reading) -> Finding:
    """Judge the whole timeline: whatever departs by itself breaks the clause."""
    expected = "the page stays until the user taps, for ten minutes of page time"
    by_itself = reading.departures_by_themselves
    app = reading.deep_link
    static = [each for visit in reading.visits for each in _leaves_by_itself(visit, app)]
    static += [found for each in reading.timeline.of(LeftAlone) for found in _refreshes(each, app)]
    went = reading.timeline.of(WentElsewhere)
    gone = [each for each in went if not each.has_button and not _is_over(reading, each)]
    if by_itself or static or gone:
        wrong = [_departure_in_words(reading, each) for each in by_itself]
        wrong += [what for what, _ in static]
        wrong += [f"the page went to {quoted(each.url)} by itself" for each in gone]
        proof = (*by_itself, *(event for _, event in static), *gone)
        return failed(expected, "; ".join(dict.fromkeys(wrong)), *proof)
    shown = next((visit.page for visit in reading.visits if visit.page), None) or reading.watched
    if shown is None:
        why = reading.unwatched
        return not_observed(why or "no page of the callback was shown", due_to="" if why else "CB-04")
    alone = reading.after(LeftAlone, shown)
    page_time_s = sum(each.page_time_s for each in alone)
    if page_time_s < TEN_MINUTES_S:
        return not_observed(f"the page was left alone for only {page_time_s:g} s of page time")
    moments = ", ".join(dict.fromkeys(moment for each in alone for moment in each.moments))
    through = f", through {moments}" if moments else ""
    real = _real_time_in_words(alone)
    return passed(
        expected, f"nothing departed in {page_time_s:g} s of page time{through}{real}", shown, *alone
    )


def _is_over(reading: Reading, went: WentElsewhere) -> bool:
    """Once its button was tapped a page may go to one of its own that says so."""
    return went.at_home and any(each.event.index < went.index for each in reading.taps if not each.failure)


def _real_time_in_words(alone: Sequence[LeftAlone]) -> str:
    waited_s = sum(each.real_time_s for each in alone)
    still_open = [name for each in alone for name in each.still_open]
    if not still_open:
        return ""
    counted = ", ".join(f"{still_open.count(name)} {name}" for name in dict.fromkeys(still_open))
    return f", and in {waited_s:.0f} s of real time; still open: {counted}"


def _departure_in_words(reading: Reading, departure: Departure) -> str:
    how = departure.mechanism or "unknown mechanism"
    touch = touch_before(reading.timeline, departure)
    if touch is not None:
        finger = HOW_TOUCHED.get(touch.how, HOW_TOUCHED["touch"])
        return f"{quoted(departure.url)} was opened {finger} ({how})"
    return f"{quoted(departure.url)} was opened without a tap ({how})"


def _refreshes(seen: PageShown | LeftAlone, app: DeepLink) -> Iterator[tuple[str, Event]]:
    """Yield the meta refreshes towards an app in a document as the browser has parsed it."""
    for content in seen.refreshes:
        if leaves_the_web(target := refresh_target(content), app):
            yield f"a meta refresh leads to {quoted(target)}", seen


def _leaves_by_itself(visit: Visit, app: DeepLink) -> Iterator[tuple[str, Event]]:
    """Yield what would depart without a script: a refresh or a redirect towards an app."""
    for exchange in visit.exchanges:
        for what, url in _ways_out(exchange):
            if leaves_the_web(url, app):
                yield f"{what} leads to {quoted(url)}", exchange.response or exchange.request
    if visit.page is not None:
        yield from _refreshes(visit.page, app)


def _ways_out(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield "a redirect", exchange.location
    for header in exchange.headers("refresh"):
        yield "a Refresh header", refresh_target(header)
    for target in exchange.markup.refreshes:
        yield "a meta refresh", target


@clause(
    "CB-07",
    "must",
    "One tap makes exactly one departure, with a user gesture, in the same tab",
    source="S1 req. 3, window.open(…, '_self')",
    remedy="let the button's own click open the link once, in the same tab, at once: `window.open(link, "
    "'_self')` or a plain <a href>, bound before anybody can tap",
    is_of_any_page=True,
)
def one_tap_one_departure(reading: Reading) -> Finding:
    """Judge each tap on the page's button, and each page that was gone before anybody could tap it."""
    return over_all(
        (
            *(_one_departure(each, reading.lacks(each.event)) for each in reading.taps),
            *failed_each(ONE_DEPARTURE, "the page was gone before a tap", reading.gone),
        ),
        "nobody tapped the page's button",
        due_to="CB-05",
    )


def _one_departure(tap: Tap, lacks: str) -> Finding:
    proof = [event for event in (tap.event, *tap.departures, tap.settled) if event]
    if tap.failure is not None:
        return _not_tapped(tap, tap.failure)
    if len(tap.departures) == 1 and tap.gesture_lost:
        return not_observed(f"the departure carried no user gesture, but {tap.gesture_lost}")
    wrong = list(_wrong_with_departures(tap.departures))
    if tap.settled and any(each.url in tap.settled.framed for each in tap.departures):
        wrong.append("a frame departed, not the page: an iPhone opens no app for that")
    if not tap.departures and tap.settled is not None:
        if lacks:
            return not_observed(lacks, due_to=NOT_HERE)
        wrong.append(f"tap {tap.number} made no departure{tap.way_in_words}")
    if not wrong and tap.settled is None:
        return not_observed("what the tap set off was not waited for, or not all of it can be seen")
    unknown = ["user_gesture"] if any(each.user_gesture is None for each in tap.departures) else []
    unknown += ["same_tab"] if any(each.same_tab is None for each in tap.departures) else []
    unknown += tap.settled.unseen if tap.settled else ()
    doubt = f"; the engine does not tell: {', '.join(unknown)}" if unknown else ""
    return finding(ONE_DEPARTURE, wrong, f"one departure{doubt}", *proof)


def _not_tapped(tap: Tap, failure: TapFailed) -> Finding:
    if not failure.absent:
        said = f"the button could not be tapped: {failure.reason}"
        return failed(ONE_DEPARTURE, said, failure, due_to="CB-05")
    if tap.is_first:
        said = "the page had its button at first paint, and has none when the user taps"
        return failed(ONE_DEPARTURE, said, failure)
    return not_observed("the page had no button to tap, which other clauses judge", due_to="CB-05")


def _wrong_with_departures(departures: tuple[Departure, ...]) -> Iterator[str]:
    if len(departures) > 1:
        yield f"one tap made {len(departures)} departures"
    if departures and all(link_of(each.url, STORES) for each in departures):
        yield f"it opened {quoted(departures[0].url)}, and not the app"
    if any(each.user_gesture is False for each in departures):
        yield "the departure carried no user gesture"
    if any(each.same_tab is False for each in departures):
        yield "the departure opened another tab"
