"""CB-01 to CB-03, TOK-01 to TOK-04: a code becomes tokens before the page, and what becomes of the tokens.

Owns these clauses. CB judges each visit to the callback; TOK what followed a step of the story that says what
amoCRM does to the tokens: they expire, are refreshed, revoked or limited.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from harness.contract.clause import (
    COOKIE_LEFT_OUT,
    NO_ANSWER,
    OTHER_CODE_SENT,
    OWN_STATE_REFUSED,
    Finding,
    Symptom,
    clause,
    failed,
    finding,
    not_observed,
    over_all,
    passed,
)
from harness.contract.pages import why_not_sent
from harness.contract.reading.amo_side import is_granted, is_refused
from harness.contract.reading.app_side import is_sent_for_the_app, status_in_words
from harness.contract.reading.chapters import Chapter
from harness.contract.reading.reading import LEFT_CONNECTED, REFRESHED_EARLY, Reading
from harness.contract.reading.visits import Visit, overlap
from harness.contract.reading.words import CONNECT_PROMPT, quoted
from harness.timeline.amo_events import (
    AmoEvent,
    ApiRequest,
    ConsentShown,
    TokenHeld,
    TokenReleased,
    TokenRequest,
    TokensIssued,
)
from harness.timeline.events import AppResponse, AppScreen, Event, TokenState

NS_PER_S = 1_000_000_000
FORBIDDEN, UNAUTHORIZED, BAD_REQUEST = 403, 401, 400
NOT_ASKED = "nobody asked for the status once the backend could know"
REFRESHED_NOTHING = "the backend refreshed nothing"
SPENT = "refresh_revoked"
NO_GRANT = "no callback was granted tokens before"


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
    if landing.probe.connected is not True and reading.refreshed_early(before=landing.probe):
        return not_observed(REFRESHED_EARLY)
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
        excuse = _excuse_for_not_sending(reading, deliveries[0])
        if excuse or reading.state_spent_by_another_code(deliveries[0]):
            return not_observed(excuse or "the callback brought a state that another code had spent")
        return _never_sent(reading, deliveries[0], expected, proof)
    by_app = [request for request in sent if is_sent_for_the_app(reading.timeline, request)]
    first = len(sent) - len(deliveries) + 1 if overlap(deliveries) else len(_sent_first(deliveries, sent))
    wrong = [f"the code was sent {first} times"] if first > 1 else []
    wrong += ["it was sent by the app's call of exchange-code"] if by_app else []
    return finding(expected, wrong, "one token request, while the callback was being answered", *proof)


def _never_sent(reading: Reading, visit: Visit, expected: str, proof: Sequence[Event]) -> Finding:
    if others := reading.other_codes_sent(visit):
        said = f"another code was sent, which amoCRM {'took' if is_granted(others[0]) else 'refused'}"
        return failed(expected, said, *proof, *others, due_to=OTHER_CODE_SENT.name)
    if left_out := reading.cookie_left_out(visit):
        return failed(expected, f"the code was never sent: {left_out}", *proof, due_to=COOKIE_LEFT_OUT.name)
    why = why_not_sent(visit, reading)
    own = "; the state is the backend's own" if why is OWN_STATE_REFUSED else _if_not_its_own(reading)
    return failed(expected, f"the code was never sent{own}", *proof, due_to=why.name)


def _if_not_its_own(reading: Reading) -> str:
    """Say what may be missing in the configuration where the state was none of the backend's."""
    offers = reading.started.offers if reading.started else None
    if offers is None or "connect" in offers or "callback" not in offers:
        return ""
    return "; its state was the app's own: where the backend issues states, [http].connect names the path"


def _sent_first(deliveries: list[Visit], sent: list[TokenRequest]) -> list[TokenRequest]:
    """Return the requests sent before the code was delivered again."""
    again = min((visit.request.index for visit in deliveries[1:]), default=float("inf"))
    return [each for each in sent if each.index < again]


def _excuse_for_not_sending(reading: Reading, visit: Visit) -> str:
    """Say why a backend was right not to send a code, or nothing."""
    if _began_before(reading, visit):
        return "the phone came back from an authorization that had begun before this journey"
    if visit.given("error"):
        return "the callback brought an error beside the code"
    if visit.foreign_host_step:
        return "the callback named a host that is not amoCRM's"
    if visit.foreign_state_step:
        return "the callback brought a state that the backend had to refuse"
    if visit.faults or visit.fault_step:
        return "amoCRM was made to fail before the token request could be seen"
    return ""


def _began_before(reading: Reading, visit: Visit) -> bool:
    """Tell whether a person brought a state back that nothing in this journey had given out."""
    state, started = visit.given("state"), reading.started
    begun = (*reading.issued_states, *(each.state for each in reading.timeline.of(ConsentShown)))
    return started is not None and started.by_hand and bool(state) and state not in begun


@clause(
    "TOK-01",
    "should",
    "When the access token has expired, the user notices nothing",
    source="amoCRM: 24 h",
    remedy="refresh the access token before it ends or on amoCRM's 401, and repeat the call; the app "
    "sees neither",
    needs=("leads",),
)
def expiry_goes_unnoticed(reading: Reading) -> Finding:
    """Judge what the app is told and shows once the access token has expired."""
    return _over(reading, "expired", _unnoticed, "no access token expired")


def _unnoticed(chapter: Chapter) -> Finding:
    expected = "the CRM tab lists the leads as before"
    tabs = chapter.settled_tabs
    if not tabs:
        return not_observed("nobody opened the CRM tab afterwards")
    last = tabs[-1]
    wrong = [*_prompts(last), *([] if last.leads is not None else [f"it shows no list: {quoted(last.text)}"])]
    if wrong and chapter.only_amo_saw_it:
        return not_observed(
            "amoCRM's clock was moved and the backend's own was not: it had no reason to refresh"
        )
    return finding(expected, wrong, f"{last.leads} leads", chapter.step, *chapter.responses, last)


@clause(
    "TOK-02",
    "should",
    "Several requests at that moment cause one refresh; a refresh whose answer was lost ends in “connect "
    "again” at worst, never in a lie or an endless error",
    source="amoCRM: a refresh token is spent once",
    remedy="let one refresh run at a time (a lock per account) and store both new tokens at once; where "
    "its answer was lost, ask to connect again",
    needs=("leads",),
)
def one_refresh(reading: Reading) -> Finding:
    """Judge the refreshes after an expiry, and what the app is told after a refresh whose answer was lost."""
    rows = [*_chapters(reading, "expired", _refreshed_once), *_chapters(reading, "refresh_lost", _no_lie)]
    return over_all(rows, "no access token expired")


def _refreshed_once(chapter: Chapter) -> Finding:
    asked = [each for each in chapter.refreshes if each.problem in (None, SPENT)]
    if not asked:
        why = [f"amoCRM took no refresh: {each.problem} (TOK-01)" for each in chapter.refreshes]
        return not_observed(next(iter(why), REFRESHED_NOTHING))
    spent = [each for each in asked if not is_granted(each)]
    bought = Counter(_bought_at_once(chapter))
    wrong = [f"{count} refreshes bought tokens for one account" for count in bought.values() if count > 1]
    wrong += [f"{len(spent)} requests brought a refresh token that was spent"] if spent else []
    return finding("one refresh", wrong, "one refresh", chapter.step, *chapter.refreshes)


def _bought_at_once(chapter: Chapter) -> Iterator[int | None]:
    """Yield the account of each refresh, but for those whose tokens took the place of expired ones."""
    lives_until: dict[int | None, float] = {}
    for each in chapter.happened(TokensIssued):
        if each.is_by_refresh:
            if each.at_ns < lives_until.get(each.account_id, math.inf):
                yield each.account_id
            life_s = math.inf if each.expires_in is None else each.expires_in
            lives_until[each.account_id] = each.at_ns + life_s * NS_PER_S


def _no_lie(chapter: Chapter) -> Finding:
    if not chapter.refreshes:
        return not_observed(f"{REFRESHED_NOTHING}, so no answer was lost")
    known = next(filter(is_refused, chapter.refreshes), chapter.refreshes[0])
    return _told_truly(chapter, known, "“connect again” at worst, or leads")


@clause(
    "TOK-03",
    "should",
    "An integration that was switched off is told: status not connected or reconnect, no 403 for the app",
    source="amoCRM",
    remedy="when amoCRM refuses the refresh or says 401 or 403, drop the tokens and let the status say "
    "not connected; no 403 for the app",
    needs=("status",),
)
def switching_off_is_told(reading: Reading) -> Finding:
    """Judge what the app is told once the integration was switched off in amoCRM."""
    return _over(reading, "switched_off", _told_of_the_end, "the integration was not switched off")


def _told_of_the_end(chapter: Chapter) -> Finding:
    told = [e for e in chapter.happened(ApiRequest) if e.status in (UNAUTHORIZED, FORBIDDEN)]
    if not told:
        return not_observed("the backend did not call amoCRM afterwards, so it could not know")
    refused = [each for each in chapter.responses if each.status == FORBIDDEN]
    if refused:
        return finding("no 403 for the app", ["the app was answered 403"], "", chapter.step, *refused)
    return _told_truly(chapter, told[0], "status not connected, or leads")


@clause(
    "TOK-04",
    "should",
    "429 and 5xx of amoCRM are waited for or told, never shown as “not connected”",
    source="amoCRM",
    remedy="wait and repeat, or answer the app 503, when amoCRM answers 429 or 5xx; that does not end "
    "the connection",
    needs=("status",),
)
def limits_do_not_disconnect(reading: Reading) -> Finding:
    """Judge what the app is told while amoCRM limits requests or is down."""
    return _over(reading, "limited", _still_connected, "amoCRM limited nothing")


def _still_connected(chapter: Chapter) -> Finding:
    limits = [each for each in chapter.happened(ApiRequest) if _is_limit(each)]
    if not limits:
        return not_observed("the backend did not call amoCRM while it limited requests")
    statuses = _statuses_since(chapter, limits[0])
    if not statuses:
        return not_observed(NOT_ASKED)
    wrong = [f"the status {status_in_words(e)}" for e in statuses if e.connected is False]
    wrong += [what for tab in chapter.settled_tabs[-1:] for what in _prompts(tab)]
    return finding("the status says connected", dict.fromkeys(wrong), "connected", chapter.step, *statuses)


def _is_limit(call: ApiRequest) -> bool:
    return call.status in (None, 429) or (call.status or 0) >= 500  # noqa: PLR2004 - 5xx


def _statuses_since(chapter: Chapter, known: Event) -> list[AppResponse]:
    """Return what the status said once the backend could know; before that it could say nothing else."""
    return [each for each in chapter.responses if each.purpose == "status" and each.index > known.index]


def _told_truly(chapter: Chapter, known: Event, expected: str) -> Finding:
    """Judge the last status and the last leads together: connected without leads is a lie.

    `known` is the event by which the backend could know.
    """
    status = next(reversed(_statuses_since(chapter, known)), None)
    leads = next((e for e in reversed(chapter.responses) if e.purpose == "leads"), None)
    if status is None:
        return not_observed(NOT_ASKED)
    is_lie = status.connected is True and leads is not None and leads.status >= BAD_REQUEST
    wrong = (
        [f"the status says connected while the leads answer HTTP {leads.status}"] if is_lie and leads else []
    )
    wrong += [] if status.connected is not None else [f"the status {status_in_words(status)}"]
    proof: list[Event] = [each for each in (chapter.step, status, leads) if each]
    return finding(expected, wrong, f"the status {status_in_words(status)}", *proof)


def _prompts(tab: AppScreen) -> Iterator[str]:
    if CONNECT_PROMPT in tab.text:
        yield f"it says {quoted(CONNECT_PROMPT)}"


Judge = Callable[[Chapter], Finding]


def _chapters(reading: Reading, tokens: TokenState, judge: Judge) -> Iterator[Finding]:
    for chapter in reading.chapters:
        if chapter.tokens == tokens:
            yield judge(chapter) if chapter.has_grant else not_observed(NO_GRANT)


def _over(reading: Reading, tokens: TokenState, judge: Judge, nothing: str) -> Finding:
    return over_all(_chapters(reading, tokens, judge), nothing)
