"""SEC-01 to SEC-07: secrets stay where they belong, foreign text stays text, states and repeats are handled.

Owns these clauses. Secrets are found by the masks that the timeline put in their place.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.config.settings import Texts
from harness.contract.button import gone, loaded_again_at
from harness.contract.clause import (
    NO_ANSWER,
    Finding,
    Symptom,
    clause,
    failed,
    finding,
    not_observed,
    over_all,
    passed,
)
from harness.contract.pages import HTTP_ERRORS
from harness.contract.reading.app_side import status_in_words
from harness.contract.reading.exchanges import Exchange
from harness.contract.reading.link import Link, read_link
from harness.contract.reading.reading import Reading
from harness.contract.reading.visits import Visit
from harness.contract.reading.words import quoted, squeeze
from harness.timeline.events import (
    AppResponse,
    BackendOutput,
    BackendStarted,
    ConnectionRefused,
    Event,
    PageSent,
    StoryStep,
    TurnedElsewhere,
)
from harness.timeline.masking import masks_in
from harness.timeline.page_events import Departure, PageComplained, ScriptRan

WRITTEN_BY_THE_PAGE = frozenset({"log", "info", "debug", "dir", "table"})
"""Levels of console lines that are a page's own: a browser's errors and warnings name the page's address."""
OF_AMO = ("code", "access_token", "refresh_token", "client_secret")  # an app's session may be renewed
SPLITS_A_PARAMETER = "&#%"
"""What expo-router's second decoding turns into a further parameter, a cut or an exception."""


@clause(
    "SEC-01",
    "must",
    "No code, token or secret in the page, its headers, the link, status or leads",
    source="common sense",
    remedy="keep code, tokens and secret on the server: not in the page, its headers and links, nor in "
    "answers to the app; print no request back",
)
def no_secret_shown(reading: Reading) -> Finding:
    """Judge everything that the backend sent to the browser and the app once there was a code.

    What an ordinary decoder gives back counts: percent, base64, base32, base85, Z85, hex, octal, lists of
    bytes or words, JSON, CSS, HTML, UTF-16, wrapped lines, "+" in a script, gzip, zlib or deflate in base64,
    three deep. What is reversed, encrypted, in binary digits, quoted-printable throughout or compressed in
    base85 is not found.
    """
    concerned = [visit for visit in reading.visits if visit.code and visit.landing.response]
    if not concerned:
        return not_observed("no callback that brought a code was answered", due_to="CB-03")
    places = list(_places(reading, concerned))
    leaks = [(what, event, masks) for what, event, text in places if (masks := masks_in(text))]
    expected = "no code, token or secret in the page, its headers, the link, status or leads"
    if leaks:
        wrong = dict.fromkeys(f"{what} holds {', '.join(dict.fromkeys(masks))}" for what, _, masks in leaks)
        in_the_link = all(isinstance(event, Departure) for _, event, _ in leaks)
        proof = (event for _, event, _ in leaks)
        return failed(expected, "; ".join(wrong), *proof, due_to="DL-03" if in_the_link else "")
    searched = ", ".join(dict.fromkeys(what for what, _, _ in places))
    return passed(expected, f"none in {searched}", *(event for _, event, _ in places))


def _places(reading: Reading, concerned: list[Visit]) -> Iterator[tuple[str, Event, str]]:
    for visit in concerned:
        for exchange in visit.exchanges:
            known = visit.code if exchange in visit.hops else ""
            yield from ((what, event, text.replace(known, "")) for what, event, text in _places_of(exchange))
        for page in visit.pages:
            yield "the page", page, page.html + page.text + page.title
        for departure in visit.departures:
            yield "the link", departure, departure.url
    for line in reading.timeline.of(PageComplained):
        if line.level in WRITTEN_BY_THE_PAGE:
            yield "the page's console", line, line.text
    for answer in reading.timeline.of(AppResponse):
        yield f"the answer of {answer.purpose}", answer, answer.body
        leaky = (each for each in map(": ".join, answer.headers) if masks_in(each, *OF_AMO))
        yield f"a header of the answer of {answer.purpose}", answer, "\n".join(leaky)


def _places_of(exchange: Exchange) -> Iterator[tuple[str, Event, str]]:
    if exchange.response is not None:
        yield "the page", exchange.response, exchange.body
        yield "a header", exchange.response, "\n".join(map(": ".join, exchange.response.headers))


@clause(
    "SEC-02",
    "must",
    "Hostile `state`, `error` and amoCRM error texts stay text: no markup, no script runs",
    source="common sense",
    remedy="escape text from outside for the place it stands in: HTML for the markup, JSON with <, > and "
    "& escaped for a script; keep it out of inline handlers",
    is_of_any_page=True,
)
def hostile_text_stays_text(reading: Reading) -> Finding:
    """Judge each visit that was given hostile values; a script that ran breaks the clause anywhere."""
    ran = reading.timeline.of(ScriptRan)
    if ran:
        markers = ", ".join(dict.fromkeys(quoted(each.marker) for each in ran))
        return failed("text from outside is never run", f"it ran: {markers}", *ran)
    concerned = [(visit, step) for visit in reading.visits if (step := visit.hostile_step)]
    return over_all(
        (_stays_text(visit, step) for visit, step in concerned),
        "the scenario sent no hostile text",
    )


def _stays_text(visit: Visit, step: StoryStep) -> Finding:
    expected = "hostile text is escaped wherever the page repeats it"
    if visit.landing.response is None:
        return not_observed("the callback that was given hostile text was not answered")
    body = visit.source
    raw = [value for value in step.hostile if "<" in value and value in body]
    proof = [event for event in (step, visit.landing.response, visit.page) if event]
    if raw:
        return failed(expected, f"unescaped in the page: {', '.join(map(quoted, raw))}", *proof)
    if visit.page is None:
        return not_observed("no browser showed the page that was given hostile text")
    return passed(expected, "nothing of it became markup, no script ran", *proof)


@clause(
    "SEC-08",
    "must",
    "Code, secret and tokens go to amoCRM's hosts only, whatever the callback's `referer` says",
    source="public reports, 2026; anybody can exploit it",
    remedy="compare the callback's `referer` with amoCRM's domains (host equal to, or ending in a dot "
    "and one of them) before anything is sent there; or do not read it; never take the header `Referer` for "
    "it, which whoever links to the callback chooses; and keep analytics off the page, or "
    "its address without the code (history.replaceState, or a redirect)",
)
def secrets_go_to_amo_only(reading: Reading) -> Finding:
    """Judge each callback whose `referer` names somebody else, and whatever pages sent anywhere else."""
    visits = [visit for visit in reading.visits if visit.foreign_host_step and visit.code]
    return over_all(
        (
            *map(_sent_by_the_page, reading.timeline.of(PageSent)),
            *(_sent_nowhere_else(reading, visit) for visit in visits),
        ),
        "no callback named another host",
    )


def _sent_by_the_page(sent: PageSent) -> Finding:
    what = ", ".join(dict.fromkeys(masks_in(sent.url)))
    said = f"the page itself sent {what} to {urlsplit(sent.url).netloc}: {quoted(sent.url)}"
    return failed("the page sends nothing secret to anybody else", said, sent)


def _sent_nowhere_else(reading: Reading, visit: Visit) -> Finding:
    step = visit.foreign_host_step
    host = step.foreign_host if step else ""
    later = [each.request.index for each in reading.visits if each.request.index > visit.request.index]
    until = min(later, default=len(reading.timeline))
    calls = [each for each in reading.after(TurnedElsewhere, visit.request) if each.index < until]
    refused = [each for each in reading.after(ConnectionRefused, visit.request) if each.index < until]
    wrong = [_sent_in_words(each) for each in calls if masks_in(each.request) or each.tls]
    wrong += [f"it turned to {each.host}" for each in refused if each.host and each.host in host]
    answer = visit.landing.response
    if not wrong and answer is None and not visit.token_requests:
        return not_observed("the callback that named another host was not answered")
    proof = [each for each in (step, visit.request, *calls, *refused, answer) if each]
    return finding(
        f"nothing secret is sent to {quoted(host)}, which `referer` names",
        wrong,
        "it was not turned to",
        *proof,
    )


def _sent_in_words(call: TurnedElsewhere) -> str:
    if call.tls:
        return f"a TLS connection to {call.host} began, to which it would send the code"
    return f"{call.host} was sent {', '.join(dict.fromkeys(masks_in(call.request)))}"


@clause(
    "SEC-03",
    "should",
    "A `state` that the backend did not issue, or has already spent, is refused with no token request",
    source="RFC 6749 §10.12",
    remedy="remember each state that is issued, for one user and one use, and refuse a callback whose "
    "state is not among them before asking amoCRM",
)
def foreign_state_is_refused(reading: Reading) -> Finding:
    """Judge each visit that was given such a state."""
    concerned = [(visit, step) for visit in reading.visits if (step := visit.foreign_state_step)]
    return over_all(
        (_is_refused(reading.texts, visit, step) for visit, step in concerned),
        "no callback brought a state that was unknown or spent",
    )


def _is_refused(texts: Texts, visit: Visit, step: StoryStep) -> Finding:
    links = visit.departures
    successes = [each for each in links if "success" in read_link(each.url).names]
    wrong = ["the code was sent to amoCRM"] if visit.token_requests else []
    if visit.says(texts.success_heading):
        wrong.append("the page says that it succeeded")
    wrong += [f"the link is {quoted(each.url)}" for each in successes]
    answer = visit.landing.response
    if not wrong and answer is None:
        return not_observed("the callback was not answered")
    proof = [each for each in (step, visit.request, answer, visit.page) if each]
    return finding(
        "refused without a token request, and without a word of success",
        wrong,
        f"the {step.state_kind} state was refused: {quoted(visit.text)}",
        *proof,
        *visit.token_requests,
        *links,
    )


@clause(
    "SEC-04",
    "should",
    "The page is `Cache-Control: no-store` and sends no referrer",
    source="RFC 6749 §5.1, RFC 9700",
    remedy="send `Cache-Control: no-store` and `Referrer-Policy: no-referrer` with every page of the "
    "callback",
    is_of_any_page=True,
)
def not_cached_and_no_referrer(reading: Reading) -> Finding:
    """Judge each page of the callback."""
    return over_all(
        (_not_cached(each) for each in reading.visits if each.landing.is_html and not each.landing.location),
        "no page of the callback was answered",
    )


def _not_cached(visit: Visit) -> Finding:
    landing = visit.landing
    if landing.broken is not None:
        return not_observed(f"the page broke off: {landing.broken.reason}")
    cache = [word.strip().lower() for value in landing.headers("cache-control") for word in value.split(",")]
    policies = [
        word.strip().lower() for value in landing.headers("referrer-policy") for word in value.split(",")
    ] + landing.markup.referrer_policies
    wrong = [] if "no-store" in cache else [f"Cache-Control is {quoted(', '.join(cache))}"]
    wrong += (
        [] if policies[-1:] == ["no-referrer"] else [f"the referrer policy is {quoted(', '.join(policies))}"]
    )
    proof = [landing.response] if landing.response else []
    return finding("Cache-Control: no-store, referrer policy no-referrer", wrong, "both are there", *proof)


@clause(
    "SEC-05",
    "should",
    "The callback reloaded or delivered twice (Safari does both) leaves the account connected and shows no "
    "failure",
    source="Safari, measured",
    remedy="when a code comes again, or the address that its page has without it, show what came of it the "
    "first time: do not exchange it anew, do not disconnect, show no failure",
)
def repeats_do_no_harm(reading: Reading) -> Finding:
    """Judge each code that was granted tokens and whose callback, or its page, was loaded more than once."""
    by_code: dict[str, list[Visit]] = {}
    for visit in reading.visits:
        if visit.code:
            by_code.setdefault(visit.code, []).append(visit)
    again = [
        group
        for group in by_code.values()
        if (len(group) > 1 or len(group[0].pages) > 1 or group[0].loads_again)
        and any(visit.may_have_tokens for visit in group)
    ]
    return over_all(
        (_harmless(reading, group) for group in again), "no granted callback was loaded again", due_to="CB-03"
    )


def _harmless(reading: Reading, group: list[Visit]) -> Finding:
    expected = "the account stays connected and no failure is shown"
    wrong: list[str | Symptom] = [what for visit in group for what in _failure_shown(reading.texts, visit)]
    last = max([*(v.request for v in group), *(p for v in group for p in v.pages)], key=lambda e: e.index)
    owner = group[0].owner
    asked = [
        each
        for each in reading.statuses
        if each.index > last.index and (owner is None or each.user in (None, owner))
    ][:1]
    wrong += [
        Symptom(f"the status {status_in_words(each)}", "ST-01")
        for each in asked
        if each.connected is not True
    ]
    if not wrong and not asked:
        return not_observed("nobody asked for the status after the repeat")
    proof = [*(visit.request for visit in group), *(page for visit in group for page in visit.pages), *asked]
    return finding(expected, wrong, "no failure was shown, and the status said connected", *proof)


def _failure_shown(texts: Texts, visit: Visit) -> Iterator[str | Symptom]:
    landing = visit.landing
    if landing.broken is not None:
        yield Symptom(f"an answer broke off: {landing.broken.reason}", NO_ANSWER.name)
    elif landing.response is not None and landing.response.status >= HTTP_ERRORS:
        yield f"an answer was HTTP {landing.response.status}"
    again = loaded_again_at(visit)
    yield from (f"its page{again or ', loaded again,'} was HTTP {each.http_status}" for each in gone(visit))
    for said in dict.fromkeys((visit.text, *(squeeze(page.text) for page in visit.pages))):
        if any(squeeze(heading) in said for heading in (texts.failed_heading, texts.missing_heading)):
            yield f"a page{again} says {quoted(said)}"
    for departure in visit.departures:
        if "error" in read_link(departure.url).names:
            yield f"a link is {quoted(departure.url)}"


@clause(
    "SEC-06",
    "should",
    "An error text cannot turn into other parameters in the app (expo-router decodes more than once)",
    source="expo-router, measured",
    remedy="put a short name of the failure (`exchange_refused`) into the link instead of a text that "
    "holds & # or %",
)
def error_stays_one_parameter(reading: Reading) -> Finding:
    """Judge each error link that a page opened."""
    with_error = [(departure, link) for _, departure, link in reading.links if "error" in link.names]
    return over_all(
        (_one_parameter(reading, departure, link) for departure, link in with_error),
        "no page opened a link with an error",
        due_to="DL-04",
    )


def _one_parameter(reading: Reading, departure: Departure, link: Link) -> Finding:
    error = link.value("error") or ""
    splitting = "".join(c for c in SPLITS_A_PARAMETER if c in error)
    wrong = [f"decoded once, the error {quoted(error)} still has {quoted(splitting)}"] if splitting else []
    routed = [
        each.routed
        for each in reading.deliveries
        if each.routed and each.event.index > departure.index and each.event.url == link.url
    ][:1]
    others = [event.params for event in routed if set(event.params) != set(link.names)]
    wrong += [f"the app got the parameters {', '.join(params)}" for params in others]
    return finding("the app gets the error and no other parameter", wrong, quoted(error), departure, *routed)


@clause(
    "SEC-07",
    "should",
    "No code, token or secret in what the backend writes to its output either",
    source="RFC 9700",
    remedy="log neither the callback's query nor amoCRM's answers as they are, access log included; "
    "write foreign text without its line breaks",
)
def no_secret_in_the_output(reading: Reading) -> Finding:
    """Judge the backend's output, where the harness owns it."""
    started = reading.timeline.last(BackendStarted)
    if started is None or started.how == "already running":
        return not_observed("the harness does not see the backend's output")
    if not any(visit.code for visit in reading.visits):
        return not_observed("no callback brought a code")
    lines = reading.timeline.of(BackendOutput)
    leaks, starts = [each for each in lines if masks_in(each.line)], _line_starts(reading)
    forged = [each for each in lines if _is_forged(each.line, starts)]
    wrong = dict.fromkeys(
        [f"{', '.join(masks_in(each.line))} in {quoted(each.line)}" for each in leaks]
        + [f"text from outside wrote {quoted(each.line)}" for each in forged]
    )
    return finding(
        "no code, token or secret in the output, and no line that text from outside begins",
        wrong,
        f"none in {len(lines)} lines",
        started,
        *(leaks + forged),
    )


def _line_starts(reading: Reading) -> list[str]:
    """Return what would begin a line of its own if a hostile value were written out as it is."""
    values = (value for step in reading.timeline.of(StoryStep) for value in step.hostile)
    parts = (part.strip() for value in values for part in value.splitlines()[1:])
    return [part for part in parts if part]


def _is_forged(line: str, starts: list[str]) -> bool:
    return any(line.strip().startswith(start) for start in starts)
