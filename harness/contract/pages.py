"""CB-04 and CB-08 to CB-11: what the page says in each case, and where its button leads.

Owns these clauses. Which case a visit is follows from `harness.contract.reading.visits.Kind`.
"""

from collections.abc import Iterator

from harness.config.settings import Texts
from harness.contract.clause import (
    ERROR_PAGE,
    FOREIGN_PAGE,
    NO_ANSWER,
    NO_BUTTON,
    NO_PAGE,
    NOT_HERE,
    NOT_SENT,
    OTHER_WORDS,
    OWN_STATE_REFUSED,
    Finding,
    SharedCause,
    Symptom,
    clause,
    finding,
    not_observed,
    over_all,
)
from harness.contract.reading.amo_side import is_granted
from harness.contract.reading.app_side import StatusAnswer
from harness.contract.reading.exchanges import Exchange
from harness.contract.reading.link import read_link
from harness.contract.reading.reading import Reading
from harness.contract.reading.visits import Visit
from harness.contract.reading.words import STACK_TRACE, is_called, is_json, quoted, says_nothing, squeeze
from harness.timeline.amo_events import TokenRequest
from harness.timeline.events import Event
from harness.timeline.page_events import Departure, PageShown

HTTP_OK, HTTP_ERRORS = 200, 400
UNTOLD = "the browser did not tell what it showed"


@clause(
    "CB-04",
    "must",
    "Success page: 200, text/html, UTF-8, title “AMO CRM Authorization”, “✓ Authorization successful!”, "
    "“Your AMO CRM account has been successfully connected.”, "
    "“Please tap the button below to return to the app:”",
    source="S1 §3",
    remedy="after a granted exchange answer 200, `text/html; charset=utf-8`, with the contract's title "
    "and sentences; own wording belongs in [texts]",
)
def success_page(reading: Reading) -> Finding:
    """Judge the page of each visit whose tokens were granted."""
    texts = reading.texts
    concerned = [visit for visit in reading.visits if visit.kind == "granted"]
    return over_all(
        (_success_page(visit, texts) for visit in concerned), "no callback was granted tokens", due_to="CB-03"
    )


def _success_page(visit: Visit, texts: Texts) -> Finding:
    wordings = (texts.success_heading, texts.success_message, texts.tap_hint)
    expected = (
        f"an HTML page, 200, UTF-8, titled {quoted(texts.success_title)}, "
        f"that says {', '.join(map(quoted, wordings))}"
    )
    wrong: list[str | Symptom] = [*_wrong_as_a_whole(visit, texts)]
    if not wrong and visit.page is None:
        return _unseen(visit)
    if not wrong and visit.page is not None:
        wrong += _wrong_with_answer(visit, visit.page)
        wrong += _wrong_with_title(visit.page, texts, texts.success_title)
        wrong += _missing(visit, texts, *wordings)
    return finding(expected, wrong, quoted(visit.text), *_shown(visit))


def cause_in(page: PageShown, texts: Texts) -> SharedCause | None:
    """Return what is wrong with a page that lacks the button, the deepest of it; None: it has one.

    What is no HTML, or a server's own page of an error, is looked at no further.
    """
    if page.content_type.split(";")[0].strip().lower() != "text/html":
        return NO_PAGE
    if page.button is not None:
        return None
    if page.http_status >= HTTP_ERRORS:
        return ERROR_PAGE
    headings = map(squeeze, (texts.success_heading, texts.missing_heading, texts.failed_heading))
    return NO_BUTTON if any(each in squeeze(page.text) for each in headings) else FOREIGN_PAGE


def why_not_sent(visit: Visit, reading: Reading) -> SharedCause:
    """Return why a callback exchanged nothing: it failed before, refused its own state, or never does."""
    cause = cause_in(visit.page, reading.texts) if visit.page else None
    if cause is not None and visit.page is not None and visit.page.http_status >= HTTP_ERRORS:
        return cause
    is_own = visit.given("state") in reading.issued_states
    return OWN_STATE_REFUSED if is_own and visit.says(reading.texts.failed_heading) else NOT_SENT


def _words(page: PageShown | None, texts: Texts) -> str:
    """Return the cause of a page that lacks some of its words; what hides the button hides them as well."""
    if page and page.button and not page.button.visible:
        return "CB-05"
    return (FOREIGN_PAGE if page and cause_in(page, texts) is FOREIGN_PAGE else OTHER_WORDS).name


def _wrong_as_a_whole(visit: Visit, texts: Texts) -> Iterator[Symptom]:
    """Yield what makes any look at the page idle: no answer, no HTML, a server's error page."""
    broken, response = visit.landing.broken, visit.landing.response
    if response is not None and response.is_corrupt:
        yield Symptom(f"a phone shows no page: {response.unreadable}", NO_PAGE.name)
        return
    if visit.page is not None:
        cause = cause_in(visit.page, texts)
    elif broken is not None:
        yield Symptom(f"the answer broke off: {broken.reason}", NO_ANSWER.name)
        return
    elif visit.load_failed is not None:
        yield Symptom(f"the browser shows no page: {visit.load_failed.reason}", NO_PAGE.name)
        return
    elif visit.led_away:
        if visit.is_led_to_amo:
            where = f"it leads the browser to {quoted(visit.led_away)}, back to amoCRM"
            yield Symptom(where, FOREIGN_PAGE.name)
        return
    elif response is not None and response.goes_on:
        led = f"{len(visit.exchanges)} answers led to one another, and none of them to a page"
        yield Symptom(led, NO_PAGE.name)
        return
    else:
        is_page = visit.landing.is_html and not visit.landing.is_no_page
        cause = NO_PAGE if response is not None and not is_page else None
    if cause in (NO_PAGE, ERROR_PAGE):
        yield Symptom(_answer_in_words(visit), cause.name)


def _unseen(visit: Visit) -> Finding:
    if not visit.led_away:
        return not_observed(UNTOLD)
    where = f"it leads the browser to {quoted(visit.led_away)}"
    return not_observed(f"{where}, which nobody has named in [http.frontends]", due_to=NOT_HERE)


def _shown(visit: Visit) -> list[Event]:
    """Return the event that shows what the user got."""
    landing = visit.landing
    shown = next(
        (each for each in (visit.page, landing.broken, visit.load_failed, landing.response) if each), None
    )
    return [shown] if shown is not None else []


def _answer_in_words(visit: Visit) -> str:
    page, response = visit.page, visit.landing.response
    status = page.http_status if page else response.status if response else None
    kinds = [page.content_type] if page else visit.landing.headers("content-type")
    said = quoted(visit.text or visit.landing.body)
    return f"HTTP {status}, {next(iter(kinds), '') or 'no content type'}: {said}"


def _wrong_with_answer(visit: Visit, page: PageShown) -> Iterator[str]:
    if page.http_status != HTTP_OK:
        yield f"HTTP {page.http_status}"
    if page.charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        yield f"character set {quoted(page.charset)}"
    answer = visit.landing.response
    if answer and answer.status == HTTP_OK and not visit.landing.headers("content-type"):
        yield "no Content-Type: that it is HTML is the browser's guess"


def _wrong_with_title(page: PageShown, texts: Texts, title: str) -> Iterator[Symptom]:
    if squeeze(page.title) != squeeze(title):
        yield Symptom(f"titled {quoted(page.title)}", _words(page, texts))


def _missing(visit: Visit, texts: Texts, *wordings: str) -> Iterator[Symptom]:
    if missing := [wording for wording in wordings if not visit.says(wording)]:
        said = f"it does not say {' and '.join(map(quoted, missing))}, but {quoted(visit.text)}"
        yield Symptom(said, _words(visit.page, texts))


def _wrong_with_button(visit: Visit, page: PageShown, texts: Texts) -> Iterator[Symptom]:
    if visit.sealed:
        return
    cause = cause_in(page, texts)
    if cause is not None:
        yield Symptom(f"there is no button {quoted(texts.button)}", cause.name)
    elif page.button is not None and not is_called(texts.button, page.button.text, page.button.name):
        yield Symptom(f"the button reads {quoted(page.button.text)}", NO_BUTTON.name)


@clause(
    "CB-08",
    "must",
    "No code: page with “✗ Authorization code is missing” and the button; link `error=missing_code`; "
    "no token request",
    source="S1",
    remedy="where the callback brings neither a code nor an error, ask amoCRM for nothing and show the "
    "page of the missing code with the button, its link `error=missing_code`",
)
def code_missing(reading: Reading) -> Finding:
    """Judge each visit that brought neither a code nor an error."""
    texts = reading.texts
    concerned = [visit for visit in reading.visits if visit.kind == "missing"]
    return over_all(
        (_page_of_failure(texts, v, (texts.missing_heading,), ("missing_code",)) for v in concerned),
        "no callback came without both a code and an error",
    )


@clause(
    "CB-11",
    "must",
    "Access declined (`error=access_denied`, no code): a page of CB-08's or CB-09's kind with the button, "
    "an error link (`missing_code` or `access_denied`), no token request",
    source="S1",
    remedy="where the callback brings `error=access_denied`, ask amoCRM for nothing and show a failure "
    "page with the button, its link `error=access_denied` or `error=missing_code`",
)
def access_declined(reading: Reading) -> Finding:
    """Judge each visit that brought `error=access_denied` and no code."""
    texts = reading.texts
    headings = (texts.missing_heading, texts.failed_heading)
    concerned = [visit for visit in reading.visits if visit.kind == "declined"]
    return over_all(
        (_page_of_failure(texts, v, headings, ("missing_code", "access_denied")) for v in concerned),
        "no callback came with error=access_denied",
    )


def _page_of_failure(
    texts: Texts, visit: Visit, headings: tuple[str, ...], errors: tuple[str, ...]
) -> Finding:
    """Judge a page that is shown without asking amoCRM for tokens."""
    expected = (
        f"a page that says {' or '.join(map(quoted, headings))}, its button leading to "
        f"{' or '.join(f'error={error}' for error in errors)}, and no token request"
    )
    links = visit.departures
    wrong: list[str | Symptom] = [*_wrong_as_a_whole(visit, texts)]
    if not wrong and visit.page is not None:
        wrong += _wrong_with_button(visit, visit.page, texts)
        if not any(visit.says(heading) for heading in headings):
            wrong.append(Symptom(f"it says {quoted(visit.text)}", _words(visit.page, texts)))
    if visit.token_requests:
        wrong.append("a token request was sent")
    wrong += [_wrong_link(each) for each in links if _error_of(each) not in errors]
    if not wrong and visit.page is None:
        return _unseen(visit)
    if not wrong and not links:
        return not_observed("nobody returned to the app from the page, so its link was not seen")
    return finding(expected, wrong, quoted(visit.text), *_shown(visit), *links, *visit.token_requests)


def _wrong_link(departure: Departure, *, of_a_reason: bool = False) -> str | Symptom:
    link = read_link(departure.url)
    said = f"the link is {quoted(departure.url)}" + f", which {link.flaw}" * bool(link.flaw)
    return said if link.value("error") or (link.flaw and of_a_reason) else Symptom(said, "DL-04")


def _error_of(departure: Departure) -> str | None:
    return read_link(departure.url).value("error")


@clause(
    "CB-09",
    "must",
    "Exchange refused: title “AMO CRM Authorization Error”, “✗ Authorization failed”, the reason, the "
    "button; link carries `error=<reason, percent-encoded>`; status stays not connected",
    source="S1, note 2",
    remedy="where amoCRM refuses the code, show the failed page with amoCRM's reason and the button, its "
    "link `error=` and the percent-encoded reason; do not call the user connected",
)
def exchange_refused(reading: Reading) -> Finding:
    """Judge each visit whose token request amoCRM refused."""
    concerned = [visit for visit in reading.visits if visit.kind == "refused"]
    return over_all(
        (_refused(reading, visit) for visit in concerned),
        "amoCRM refused no token request of a callback",
        due_to="CB-03",
    )


def _refused(reading: Reading, visit: Visit) -> Finding:
    texts = reading.texts
    expected = (
        f"a page titled {quoted(texts.failed_title)} that says {quoted(texts.failed_heading)} and why, "
        f"with {quoted(texts.button)}; a link with error=<reason>; the status still not connected"
    )
    links = visit.departures
    told = _statuses_after(reading, visit)
    wrong: list[str | Symptom] = [*_wrong_as_a_whole(visit, texts)]
    if not wrong and visit.page is not None:
        wrong += _wrong_with_title(visit.page, texts, texts.failed_title)
        wrong += _missing(visit, texts, texts.failed_heading)
        wrong += [] if _reason_on(visit, texts) else [Symptom("it gives no reason", "SEC-02")]
        wrong += _wrong_with_button(visit, visit.page, texts)
    wrong += [_wrong_link(each, of_a_reason=True) for each in links if says_nothing(_error_of(each) or "")]
    wrong += ["the status said connected"] if any(each.connected is True for each in told) else []
    if not wrong and visit.page is None:
        return _unseen(visit)
    if not wrong and not (links and told):
        return not_observed("the page's link was not seen" if not links else "nobody asked for the status")
    return finding(expected, wrong, quoted(visit.text), *_shown(visit), *links, *told)


def _reason_on(visit: Visit, texts: Texts) -> str:
    """Return what the page says besides its heading, its hint and its button."""
    said = visit.text
    for wording in (texts.failed_title, texts.failed_heading, texts.tap_hint, texts.button):
        said = said.replace(squeeze(wording), " ")
    return "" if says_nothing(said) else said


def _statuses_after(reading: Reading, visit: Visit) -> list[StatusAnswer]:
    """Return what the status said after a refusal, up to a visit that may have changed it.

    Nothing where an earlier visit had connected the account: a refusal need not disconnect it.
    """
    every = reading.visits
    if any(v.request.index < visit.request.index and v.may_have_tokens for v in every):
        return []
    granted = (each for each in reading.timeline.of(TokenRequest) if is_granted(each))
    if any(each.index < visit.request.index for each in granted):
        return []  # by a look, or by amoCRM's own call
    if reading.was_left_connected(visit.request, visit.owner):
        return []
    later = [v.request.index for v in every if v.request.index > visit.request.index and v.may_have_tokens]
    start, until = visit.token_requests[0].index, min(later, default=len(reading.timeline))
    return [
        each
        for each in reading.statuses
        if start < each.index < until and (visit.owner is None or each.user in (None, visit.owner))
    ]


@clause(
    "CB-10",
    "must",
    "Whatever else goes wrong in the callback (amoCRM down, slow, talking nonsense), the user still gets an "
    "HTML page with the button, never JSON, a stack trace or a blank page",
    source="S1 outer catch",
    remedy="catch everything that can fail in the callback (no connection, timeout, an answer that is no "
    "JSON) and show the failed page with the button",
)
def always_a_page(reading: Reading) -> Finding:
    """Judge each visit where something went wrong that no other clause is about."""
    concerned = [visit for visit in reading.visits if visit.kind == "failed" and not visit.is_made_up]
    texts = reading.texts
    return over_all(
        (_a_page_anyway(visit, texts) for visit in concerned), "nothing unforeseen went wrong in a callback"
    )


def _a_page_anyway(visit: Visit, texts: Texts) -> Finding:
    expected = f"an HTML page with the button {quoted(texts.button)}; no JSON, no stack trace, not blank"
    wrong: list[str | Symptom] = [*_wrong_as_a_whole(visit, texts)]
    if not wrong and visit.page is None:
        return _unseen(visit)
    if not wrong and visit.page is not None:
        if not visit.text:
            wrong.append("the page is blank")
        elif is_json(visit.page.text):
            wrong.append(f"the page is JSON: {quoted(visit.text)}")
        wrong += _wrong_with_button(visit, visit.page, texts)
    if visit.page is not None and STACK_TRACE.search(visit.page.text):
        wrong.append("the page shows a stack trace")
    if not wrong and visit.sealed:
        return not_observed(f"the button may stand in {visit.sealed}")
    return finding(expected, wrong, quoted(visit.text), *visit.faults, *_shown(visit))


@clause(
    "CB-12",
    "should",
    "A HEAD request, a prefetch (`Sec-Purpose: prefetch`) or a link preview of the callback does not spend "
    "the code: the user's own visit afterwards succeeds",
    source="public reports, 2025-26",
    remedy="spend the code on the user's own GET alone: answer HEAD, and requests with `Sec-Purpose: "
    "prefetch` or of a link's preview, without the exchange",
)
def looks_spend_nothing(reading: Reading) -> Finding:
    """Judge the user's first visit with each code after somebody only looked at its callback."""
    return over_all(
        (_still_succeeds(reading, look) for look in reading.looks if look.given("code")),
        "nobody looked at a callback before its user",
    )


def _still_succeeds(reading: Reading, look: Exchange) -> Finding:
    code, after = look.given("code"), look.request.index
    visit = next((v for v in reading.visits if v.code == code and v.request.index > after), None)
    if visit is None or visit.landing.response is None:
        return not_observed("the user's own visit was not answered")
    what = {"HEAD": "a HEAD request"}.get(look.request.look, f"a {look.request.look}")
    told = f"after {what} the user is told {quoted(visit.text)}"
    wrong = [] if visit.says(reading.texts.success_heading) else [Symptom(told, "CB-04")]
    proof = [each for each in (look.request, visit.request, visit.page) if each]
    return finding("the user's own visit succeeds", wrong, f"it succeeded after {what}", *proof)
