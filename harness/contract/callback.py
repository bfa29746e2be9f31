"""CB-01 to CB-07: the exchange comes before the page, and the page waits for the user's tap.

Owns these clauses. The pages of each kind are judged in `harness.contract.pages`.
"""

from collections.abc import Iterator, Sequence

from harness.config.settings import DeepLink, Texts
from harness.contract.clause import (
    NO_ANSWER,
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
from harness.contract.pages import cause_in, why_not_sent
from harness.contract.reading.app_side import is_sent_for_the_app, status_in_words
from harness.contract.reading.exchanges import Exchange
from harness.contract.reading.markup import leaves_the_web, refresh_target
from harness.contract.reading.reading import LEFT_CONNECTED, Reading
from harness.contract.reading.taps import HOW_TOUCHED, Tap, touch_before
from harness.contract.reading.visits import Visit, overlap
from harness.contract.reading.words import is_called, quoted
from harness.timeline.amo_events import AmoEvent, TokenHeld, TokenReleased, TokenRequest
from harness.timeline.events import Event
from harness.timeline.page_events import Button, Departure, DialogOpened, LeftAlone, PageShown, WentElsewhere

TAP_TARGET_CSS_PX = 44
"""Apple's Human Interface Guidelines; WCAG 2.2, 2.5.5."""
TEN_MINUTES_S = 600
AT_ONCE = "the button is there at first paint"
ONE_DEPARTURE = "one tap makes one departure, with a user gesture, in the same tab"


@clause(
    "CB-01",
    "must",
    "The code is exchanged before the page: while amoCRM holds back the token answer, "
    "not one byte of the callback's answer is sent",
    source="S1 req. 1, note 1",
    remedy="send the page only after amoCRM has answered the token request: await the exchange, then "
    "answer; no early flush, no streaming",
)
def exchanged_before_the_page(reading: Reading) -> Finding:
    """Judge each visit for whose code the token answer was held back."""
    concerned = [visit for visit in reading.visits if visit.kind in ("granted", "refused")]
    return over_all(
        (_exchanged_first(reading, visit) for visit in concerned),
        "no callback led to a token request that amoCRM answered",
        due_to="CB-03",
    )


def _exchanged_first(reading: Reading, visit: Visit) -> Finding:
    expected = "no byte of the callback's answer before amoCRM has answered the token request"
    deciding = visit.exchanges[len(visit.hops)]
    first_byte, answered = deciding.first_byte, visit.token_requests[0]
    if first_byte is None:
        return not_observed("the callback sent no byte at all")
    held, released = _hold(reading, visit)
    if first_byte.index < (released or answered).index:
        gap_ms = ((released or answered).at_ns - first_byte.at_ns) / 1e6
        return failed(
            expected,
            f"the answer began {gap_ms:.1f} ms before amoCRM's answer to the token request",
            *(event for event in (first_byte, held, released, answered) if event),
        )
    if held is None or released is None:
        return not_observed("amoCRM did not hold back the token answer, so the order proves nothing")
    held_ms = (released.at_ns - held.at_ns) / 1e6
    return passed(
        expected, f"not one byte while the answer was held for {held_ms:.1f} ms", held, released, first_byte
    )


def _hold(reading: Reading, visit: Visit) -> tuple[TokenHeld | None, TokenReleased | None]:
    """Return when the answer to this visit's token request was held back and let go.

    The fake holds an answer right after it has decided it: a hold belongs to the last request before it.
    """
    since = reading.after(AmoEvent, visit.token_requests[0])
    later = [each for each in since if isinstance(each, TokenRequest | TokenHeld | TokenReleased)]
    if not later or not isinstance(later[0], TokenHeld):
        return None, None
    return later[0], next((each for each in later if isinstance(each, TokenReleased)), None)


@clause(
    "CB-02",
    "must",
    "Tokens are stored before the page: at the first byte of the page, still held back from the browser, "
    "the status endpoint already says connected",
    source="S1 req. 1",
    remedy="store the tokens and wait until they are stored (await, commit) before the first byte of the "
    "page, under the user to whom the state was issued",
    needs=("status",),
)
def stored_before_the_page(reading: Reading) -> Finding:
    """Judge each visit with granted tokens, and each page that claims success."""
    claim = reading.texts.success_heading
    concerned = [v for v in reading.visits if v.kind == "granted" or v.says(claim)]
    return over_all(
        (_stored_first(reading, visit) for visit in concerned),
        "no callback was granted tokens",
        due_to="CB-03",
    )


def _stored_first(reading: Reading, visit: Visit) -> Finding:
    landing = visit.landing
    if landing.probe is None or visit.kind == "interrupted":
        return not_observed("the status was not asked for while the page's first byte was held back")
    if reading.was_left_connected(visit.request, visit.owner):
        return not_observed(LEFT_CONNECTED)
    owner, asked = visit.owner, landing.probe.user
    if None not in (owner, asked) and owner != asked:
        return not_observed(f"the status was asked for as {asked}, not as {owner} whose visit it is")
    return finding(
        "the status says connected at the first byte of the page",
        []
        if landing.probe.connected is True
        else [Symptom(f"the status {status_in_words(landing.probe)}", "CB-01")],
        "the status said connected before the browser received anything",
        *(event for event in (landing.first_byte, landing.probe, landing.released) if event),
    )


@clause(
    "CB-03",
    "must",
    "A code is sent to amoCRM exactly once, by the callback that first delivered it, never for a call of the "
    "app; what a reload or a second delivery does is SEC-05's",
    source="S2 problem",
    remedy="send each code once, in the callback's own handler: no retry of the exchange, none of it "
    "left to the app",
)
def sent_exactly_once(reading: Reading) -> Finding:
    """Judge each code that a callback delivered, and at which nobody else had looked."""
    looked_at = {look.given("code") for look in reading.looks}
    by_code: dict[str, list[Visit]] = {}
    for visit in reading.visits:
        if visit.code and visit.kind != "interrupted" and visit.code not in looked_at:
            by_code.setdefault(visit.code, []).append(visit)
    return over_all(
        (_sent_once(reading, deliveries) for deliveries in by_code.values()),
        "no callback delivered a code",
    )


def _sent_once(reading: Reading, deliveries: list[Visit]) -> Finding:
    expected = "one token request for the code, sent by the callback that first delivered it"
    sent = [request for visit in deliveries for request in visit.token_requests]
    sent = sorted({request.index: request for request in sent}.values(), key=lambda each: each.index)
    proof = [*(visit.request for visit in deliveries), *sent]
    if not sent:
        if deliveries[0].landing.broken:
            return not_observed("the backend broke off before it could send the code", due_to=NO_ANSWER.name)
        excuse = _excuse_for_not_sending(deliveries[0])
        if excuse or reading.state_spent_by_another_code(deliveries[0]):
            return not_observed(excuse or "the callback brought a state that another code had spent")
        why = why_not_sent(deliveries[0], reading.texts)
        return failed(expected, "the code was never sent", *proof, due_to=why)
    by_app = [request for request in sent if is_sent_for_the_app(reading.timeline, request)]
    first = len(sent) - len(deliveries) + 1 if overlap(deliveries) else len(_sent_first(deliveries, sent))
    wrong = [f"the code was sent {first} times"] if first > 1 else []
    wrong += ["it was sent by the app's call of exchange-code"] if by_app else []
    return finding(expected, wrong, "one token request, while the callback was being answered", *proof)


def _sent_first(deliveries: list[Visit], sent: list[TokenRequest]) -> list[TokenRequest]:
    """Return the requests sent before the code was delivered again."""
    again = min((visit.request.index for visit in deliveries[1:]), default=float("inf"))
    return [each for each in sent if each.index < again]


def _excuse_for_not_sending(visit: Visit) -> str:
    """Say why a backend was right not to send a code, or nothing."""
    if visit.given("error"):
        return "the callback brought an error beside the code"
    if visit.foreign_host_step:
        return "the callback named a host that is not amoCRM's"
    if visit.foreign_state_step:
        return "the callback brought a state that the backend had to refuse"
    if visit.faults or visit.fault_step:
        return "amoCRM was made to fail before the token request could be seen"
    return ""


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

    So must a page that is judged alone.
    """
    texts = reading.texts
    pages = [(visit, page) for visit in reading.visits for page in visit.pages]
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
    gone = [each for each in reading.timeline.of(WentElsewhere) if not each.has_button]
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
    if tap.failure is not None and tap.failure.absent:
        return not_observed("the page had no button to tap, which other clauses judge", due_to="CB-05")
    if tap.failure is not None:
        said = f"the button could not be tapped: {tap.failure.reason}"
        return failed(ONE_DEPARTURE, said, *proof, due_to="CB-05")
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


def _wrong_with_departures(departures: tuple[Departure, ...]) -> Iterator[str]:
    if len(departures) > 1:
        yield f"one tap made {len(departures)} departures"
    if any(each.user_gesture is False for each in departures):
        yield "the departure carried no user gesture"
    if any(each.same_tab is False for each in departures):
        yield "the departure opened another tab"
