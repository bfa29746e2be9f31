"""SEC-01 to SEC-07: secrets stay where they belong, foreign text stays text, states and repeats are handled.

Owns these clauses. Secrets are found by the masks that the timeline put in their place.
"""

from collections.abc import Iterable, Iterator

from harness.contract.clause import Finding, clause, failed, finding, not_observed, over_all, passed
from harness.contract.reading.app_side import deliveries, owner_of, status_in_words, statuses
from harness.contract.reading.link import read_link
from harness.contract.reading.visits import (
    Exchange,
    Visit,
    expected_texts,
    http_status,
    quoted,
    squeeze,
    told,
    visits,
)
from harness.timeline.events import Event
from harness.timeline.masking import masks_in
from harness.timeline.timeline import Timeline

SPLITS_A_PARAMETER = "&#%"
"""What expo-router's second decoding turns into a further parameter, a cut or an exception."""


@clause(
    "SEC-01",
    "must",
    "No code, token or secret in the page, its headers, the link, status or leads",
    source="common sense",
)
def no_secret_shown(timeline: Timeline) -> Finding:
    """Judge everything that the backend sent to the browser and the app once there was a code."""
    concerned = [visit for visit in visits(timeline) if visit.code and visit.landing.response]
    if not concerned:
        return not_observed("no callback that brought a code was answered")
    places = list(_places(timeline, concerned))
    leaks = [(what, event, masks) for what, event, text in places if (masks := masks_in(text))]
    expected = "no code, token or secret in the page, its headers, the link, status or leads"
    if leaks:
        wrong = dict.fromkeys(f"{what} holds {', '.join(dict.fromkeys(masks))}" for what, _, masks in leaks)
        return failed(expected, "; ".join(wrong), *(event for _, event, _ in leaks))
    searched = ", ".join(dict.fromkeys(what for what, _, _ in places))
    return passed(expected, f"none in {searched}", *(event for _, event, _ in places))


def _places(timeline: Timeline, concerned: list[Visit]) -> Iterator[tuple[str, Event, str]]:
    for visit in concerned:
        for exchange in visit.exchanges:
            yield from _places_of(exchange)
        for page in visit.pages:
            yield "the page", page, page.as_text("html") + page.as_text("text") + page.as_text("title")
        for departure in visit.departures:
            yield "the link", departure, departure.as_text("url")
    for answer in timeline.of("app", "response"):
        yield f"the answer of {answer.as_text('purpose')}", answer, answer.as_text("body")


def _places_of(exchange: Exchange) -> Iterator[tuple[str, Event, str]]:
    if exchange.response is not None:
        headers: list[list[str]] = exchange.response.get("headers", [])
        yield "the page", exchange.response, exchange.body
        yield "a header", exchange.response, "\n".join(": ".join(pair) for pair in headers)


@clause(
    "SEC-02",
    "must",
    "Hostile `state`, `error` and amoCRM error texts stay text: no markup, no script runs",
    source="common sense",
)
def hostile_text_stays_text(timeline: Timeline) -> Finding:
    """Judge each visit that was given hostile values; a script that ran breaks the clause anywhere."""
    ran = timeline.of("webview", "script_ran")
    if ran:
        markers = ", ".join(dict.fromkeys(quoted(each.as_text("marker")) for each in ran))
        return failed("text from outside is never run", f"it ran: {markers}", *ran)
    concerned = [(v, did) for v in visits(timeline) if (did := told(timeline, v.request, "hostile"))]
    return over_all(
        (_stays_text(visit, did) for visit, did in concerned),
        "the scenario sent no hostile text",
    )


def _stays_text(visit: Visit, did: Event) -> Finding:
    expected = "hostile text is escaped wherever the page repeats it"
    if visit.landing.response is None:
        return not_observed("the callback that was given hostile text was not answered")
    values: list[str] = did.get("hostile")
    body = visit.landing.body if visit.landing.is_html else ""
    raw = [value for value in values if "<" in value and value in body]
    proof = [event for event in (did, visit.landing.response, visit.page) if event]
    if raw:
        return failed(expected, f"unescaped in the page: {', '.join(map(quoted, raw))}", *proof)
    if visit.page is None:
        return not_observed("no browser showed the page that was given hostile text")
    return passed(expected, "nothing of it became markup, no script ran", *proof)


@clause(
    "SEC-03",
    "should",
    "A `state` that the backend did not issue, or has already spent, is refused with no token request",
    source="RFC 6749 §10.12",
)
def foreign_state_is_refused(timeline: Timeline) -> Finding:
    """Judge each visit that was given such a state."""
    concerned = [(v, did) for v in visits(timeline) if (did := told(timeline, v.request, "state_kind"))]
    return over_all(
        (_is_refused(timeline, visit, did) for visit, did in concerned),
        "no callback brought a state that was unknown or spent",
    )


def _is_refused(timeline: Timeline, visit: Visit, did: Event) -> Finding:
    links = visit.departures
    successes = [each for each in links if "success" in read_link(each.as_text("url")).names]
    wrong = ["the code was sent to amoCRM"] if visit.token_requests else []
    if visit.says(expected_texts(timeline).success_heading):
        wrong.append("the page says that it succeeded")
    wrong += [f"the link is {quoted(each.as_text('url'))}" for each in successes]
    answer = visit.landing.response
    if not wrong and answer is None:
        return not_observed("the callback was not answered")
    proof = [each for each in (did, visit.request, answer, visit.page) if each]
    return finding(
        "refused without a token request, and without a word of success",
        wrong,
        f"the {did.as_text('state_kind')} state was refused: {quoted(visit.text)}",
        *proof,
        *visit.token_requests,
        *links,
    )


@clause(
    "SEC-04",
    "should",
    "The page is `Cache-Control: no-store` and sends no referrer",
    source="RFC 6749 §5.1, RFC 9700",
)
def not_cached_and_no_referrer(timeline: Timeline) -> Finding:
    """Judge each page of the callback."""
    return over_all(
        (_not_cached(visit) for visit in visits(timeline) if visit.landing.is_html),
        "no page of the callback was answered",
    )


def _not_cached(visit: Visit) -> Finding:
    landing = visit.landing
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
)
def repeats_do_no_harm(timeline: Timeline) -> Finding:
    """Judge each code that was granted tokens and whose callback, or its page, was loaded more than once."""
    by_code: dict[str, list[Visit]] = {}
    for visit in visits(timeline):
        if visit.code:
            by_code.setdefault(visit.code, []).append(visit)
    again = [
        group
        for group in by_code.values()
        if (len(group) > 1 or len(group[0].pages) > 1) and any(visit.may_have_tokens for visit in group)
    ]
    return over_all((_harmless(timeline, group) for group in again), "no granted callback was loaded again")


def _harmless(timeline: Timeline, group: list[Visit]) -> Finding:
    expected = "the account stays connected and no failure is shown"
    wrong = [what for visit in group for what in _failure_shown(timeline, visit)]
    last = max([*(v.request for v in group), *(p for v in group for p in v.pages)], key=lambda e: e.index)
    owner = owner_of(timeline, group[0])
    asked = [
        each
        for each in statuses(timeline)
        if each.index > last.index and (owner is None or each.get("user") in (None, owner))
    ][:1]
    wrong += [f"the status {status_in_words(each)}" for each in asked if each.get("connected") is not True]
    if not wrong and not asked:
        return not_observed("nobody asked for the status after the repeat")
    proof = [*(visit.request for visit in group), *(page for visit in group for page in visit.pages), *asked]
    return finding(expected, wrong, "no failure was shown, and the status said connected", *proof)


def _failure_shown(timeline: Timeline, visit: Visit) -> Iterator[str]:
    texts = expected_texts(timeline)
    landing = visit.landing
    if landing.broken is not None:
        yield f"an answer broke off: {landing.broken.as_text('reason')}"
    elif landing.response is not None and http_status(landing.response) >= 400:  # noqa: PLR2004 - 4xx, 5xx
        yield f"an answer was HTTP {landing.response.get('status')}"
    for said in dict.fromkeys((visit.text, *(squeeze(page.as_text("text")) for page in visit.pages))):
        if any(squeeze(heading) in said for heading in (texts.failed_heading, texts.missing_heading)):
            yield f"a page says {quoted(said)}"
    for departure in visit.departures:
        if "error" in read_link(departure.as_text("url")).names:
            yield f"a link is {quoted(departure.as_text('url'))}"


@clause(
    "SEC-06",
    "should",
    "An error text cannot turn into other parameters in the app (expo-router decodes more than once)",
    source="expo-router, measured",
)
def error_stays_one_parameter(timeline: Timeline) -> Finding:
    """Judge each error link that a page opened."""
    links = [each for visit in visits(timeline) for each in visit.departures]
    with_error = [each for each in links if "error" in read_link(each.as_text("url")).names]
    return over_all(
        (_one_parameter(timeline, departure) for departure in with_error),
        "no page opened a link with an error",
    )


def _one_parameter(timeline: Timeline, departure: Event) -> Finding:
    link = read_link(departure.as_text("url"))
    error = link.value("error") or ""
    splitting = "".join(c for c in SPLITS_A_PARAMETER if c in error)
    wrong = [f"decoded once, the error {quoted(error)} still has {quoted(splitting)}"] if splitting else []
    routed = [
        each.routed
        for each in deliveries(timeline, "error", "success", "code", "nothing")
        if each.routed and each.event.index > departure.index and each.event.as_text("url") == link.url
    ][:1]
    for event in routed:
        got: Iterable[str] = event.get("params") or {}
        if set(got) != set(link.names):
            wrong.append(f"the app got the parameters {', '.join(got)}")
    return finding("the app gets the error and no other parameter", wrong, quoted(error), departure, *routed)


@clause(
    "SEC-07",
    "should",
    "No code, token or secret in what the backend writes to its output either",
    source="RFC 9700",
)
def no_secret_in_the_output(timeline: Timeline) -> Finding:
    """Judge the backend's output, where the harness owns it."""
    started = timeline.last("backend", "started")
    if started is None or started.get("how") == "already running":
        return not_observed("the harness does not see the backend's output")
    if not any(visit.code for visit in visits(timeline)):
        return not_observed("no callback brought a code")
    lines = timeline.of("backend", "output")
    leaks = [line for line in lines if masks_in(line.as_text("line"))]
    forged = [line for line in lines if _is_forged(line.as_text("line"), _line_starts(timeline))]
    wrong = dict.fromkeys(
        [
            f"{quoted(line.as_text('line'))} holds {', '.join(masks_in(line.as_text('line')))}"
            for line in leaks
        ]
        + [f"{quoted(line.as_text('line'))} was written by text from outside" for line in forged]
    )
    return finding(
        "no code, token or secret in the output, and no line that text from outside begins",
        wrong,
        f"none in {len(lines)} lines",
        started,
        *(leaks + forged),
    )


def _line_starts(timeline: Timeline) -> list[str]:
    """Return what would begin a line of its own if a hostile value were written out as it is."""
    every: list[list[str]] = [did.get("hostile") or [] for did in timeline.of("scenario", "did")]
    parts = (part.strip() for values in every for value in values for part in value.splitlines()[1:])
    return [part for part in parts if part]


def _is_forged(line: str, starts: list[str]) -> bool:
    return any(line.strip().startswith(start) for start in starts)
