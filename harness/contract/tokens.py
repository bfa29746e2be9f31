"""TOK-01 to TOK-04: what becomes of a connection when its tokens expire, are refreshed, revoked or limited.

Owns these clauses. Each judges what followed a step of the story that says what amoCRM does to the tokens.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from harness.contract.clause import Finding, clause, finding, not_observed, over_all
from harness.contract.reading.amo_side import is_granted
from harness.contract.reading.app_side import status_in_words
from harness.contract.reading.chapters import Chapter
from harness.contract.reading.reading import Reading
from harness.contract.reading.words import CONNECT_PROMPT, quoted
from harness.timeline.amo_events import ApiRequest, TokensIssued
from harness.timeline.events import AppResponse, AppScreen, Event, TokenState

FORBIDDEN, UNAUTHORIZED, BAD_REQUEST = 403, 401, 400
NOT_ASKED = "nobody asked for the status once the backend could know"
NO_GRANT = "no callback was granted tokens before"


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
    if not chapter.refreshes:
        return not_observed("the backend refreshed nothing")
    spent = [each for each in chapter.refreshes if not is_granted(each)]
    bought = Counter(each.account_id for each in chapter.happened(TokensIssued) if each.is_by_refresh)
    wrong = [f"{count} refreshes bought tokens for one account" for count in bought.values() if count > 1]
    wrong += [f"{len(spent)} requests brought a refresh token that was spent"] if spent else []
    return finding("one refresh", wrong, "one refresh", chapter.step, *chapter.refreshes)


def _no_lie(chapter: Chapter) -> Finding:
    if not chapter.refreshes:
        return not_observed("the backend refreshed nothing, so no answer was lost")
    return _told_truly(chapter, chapter.refreshes[0], "“connect again” at worst, or leads")


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
        if chapter.step.tokens == tokens:
            yield judge(chapter) if chapter.has_grant else not_observed(NO_GRANT)


def _over(reading: Reading, tokens: TokenState, judge: Judge, nothing: str) -> Finding:
    return over_all(_chapters(reading, tokens, judge), nothing)
