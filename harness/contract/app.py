"""APP-01 to APP-07: what the app does with a link, and whether the user ends up with the leads.

Owns these clauses. APP-01 to APP-06 speak of the app as the seeds describe it (build `current`).
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from harness.contract.clause import Finding, Symptom, clause, failed, finding, not_observed, over_all
from harness.contract.reading import amo_side
from harness.contract.reading.app_side import Delivery, leads_before
from harness.contract.reading.chapters import is_made_short
from harness.contract.reading.reading import REFRESHED_EARLY, Reading
from harness.contract.reading.words import CONNECT_PROMPT, ERROR_TEXT, NO_CODE_TEXT, quoted, squeeze
from harness.timeline.amo_events import TokensIssued
from harness.timeline.events import AppRequest, AppResponse, AppScreen, AppTap, Event, HostDecided

E = TypeVar("E", bound=Event)
SUCCESS_SHOWN_S = 1.0
NS_PER_S = 1_000_000_000
CLOCK_TOLERANCE_S = 0.05
NO_NETWORK = "the phone had no network when the link came"
WAITING = "the app was still waiting for the backend, or asking it again"
UNSEEN = "what a real app shows, its user alone sees"
REACHES_APP = ("opens", "prompts")
"""What a host decides where the app gets the link."""
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""RFC 3986, 2.3: what no amount of percent-decoding changes."""


def _none_came(reading: Reading, what: str) -> str:
    """Say that no link came, and what the phone's browser did with one that a page opened."""
    kept = [each for each in reading.timeline.of(HostDecided) if each.outcome not in REACHES_APP]
    return f"{what}; in {kept[-1].host}: {kept[-1].seen}" if kept else what


def _came_offline(reading: Reading, delivery: Delivery) -> bool:
    return reading.is_offline(delivery.user, at=delivery.event.index)


def _shown(delivery: Delivery, screen: str, state: str | None = None) -> list[AppScreen]:
    screens = delivery.after(AppScreen)
    return [each for each in screens if each.screen == screen and state in (None, each.state)]


@clause(
    "APP-01",
    "must",
    "On `success=true` the app refreshes status, then leads, shows success, and one second later the CRM tab",
    source="S2",
    remedy="have status and leads answer by the time the page is shown: the app refreshes both on its return",
    needs=("status",),
)
def success_in_order(reading: Reading) -> Finding:
    """Judge the first delivery of a success link; a second one may cross the first one's second."""
    first = reading.delivered("success")[:1]
    return over_all(
        (_success_in_order(reading, each) for each in first),
        _none_came(reading, "no link with success=true reached the app"),
        due_to="DL-01",
    )


def _success_in_order(reading: Reading, delivery: Delivery) -> Finding:
    requests = reading.after(AppRequest, delivery.event)
    screens = reading.after(AppScreen, delivery.event)
    status = _first(requests, lambda e: e.purpose == "status")
    leads = _first(requests, lambda e: e.purpose == "leads")
    success = _first(screens, lambda e: (e.screen, e.state) == ("callback", "success"))
    crm = _first(screens, lambda e: e.screen == "crm" and success is not None and e.index > success.index)
    if unseen := _unseen(reading, delivery, success):
        return not_observed(unseen)
    if status and leads is None and not _says_connected(reading, delivery):
        return not_observed(
            "the status did not say connected, so there were no leads to refresh", due_to="ST-01"
        )
    if success is None and leads is not None and _is_waiting(delivery):
        return not_observed(WAITING)
    wrong: list[str] = []
    if status is None and delivery.asks_status:
        wrong.append("the status was not refreshed")
    elif leads is None:
        wrong.append("the leads were not refreshed")
    elif status and leads.index < status.index:
        wrong.append("the leads were refreshed before the status")
    if success is None:
        wrong.append("success was not shown")
    elif crm is None:
        wrong.append("the CRM tab did not follow")
    elif abs(_gap_s(success, crm) - SUCCESS_SHOWN_S) > CLOCK_TOLERANCE_S:
        wrong.append(f"the CRM tab followed after {_gap_s(success, crm):.2f} s")
    proof = [each for each in (delivery.event, status, leads, success, crm) if each]
    return finding("status, then leads, success, and the CRM tab 1 s later", wrong, "in this order", *proof)


def _is_waiting(delivery: Delivery) -> bool:
    """Tell whether the callback screen still processes: its answers are slow, or failed and are retried."""
    last = delivery.after(AppScreen)[-1:]
    return [(each.screen, each.state) for each in last] == [("callback", "processing")]


def _unseen(reading: Reading, delivery: Delivery, success: AppScreen | None) -> str:
    """Return why what the app shows cannot be judged; by hand, success may stand when a journey ends."""
    if delivery.event.is_inferred:
        return UNSEEN
    if _came_offline(reading, delivery):
        return NO_NETWORK
    is_last = success is not None and success is reading.timeline.of(AppScreen)[-1]
    by_hand = reading.started is not None and reading.started.by_hand
    return "the journey ended while the app showed success" if is_last and by_hand else ""


def _first(events: Iterable[E], seen: Callable[[E], bool]) -> E | None:
    return next(filter(seen, events), None)


def _says_connected(reading: Reading, delivery: Delivery) -> bool:
    answers = reading.after(AppResponse, delivery.event)
    status = _first(answers, lambda answer: answer.purpose == "status")
    return status is not None and status.connected is True


def _gap_s(earlier: AppScreen, later: AppScreen) -> float:
    """Return the time between two screens, on the phone's clock."""
    return later.at_s - earlier.at_s


@clause(
    "APP-02",
    "must",
    "On success the app never calls `exchange-code`",
    source="S2 result 1",
    remedy="let the app's status and leads alone decide after `success=true`; nothing may need a call of "
    "exchange-code",
    needs=("calls",),
)
def no_exchange_on_success(reading: Reading) -> Finding:
    """Judge what the app calls after each success link."""
    return over_all(
        (_without_exchange(each) for each in reading.delivered("success")),
        _none_came(reading, "no link with success=true reached the app"),
        due_to="DL-01",
    )


def _without_exchange(delivery: Delivery) -> Finding:
    requests = delivery.after(AppRequest)
    calls = [each for each in requests if each.purpose == "exchange_code"]
    if not requests:
        return not_observed("the app called nothing after the link")
    wrong = ["the app called exchange-code"] if calls else []
    made = ", ".join(dict.fromkeys(each.purpose for each in requests))
    return finding(
        "no call of exchange-code", wrong, f"it called {made}", delivery.event, *(calls or requests)
    )


@clause(
    "APP-03",
    "must",
    "After connecting, the CRM tab shows the account's leads (the first page at least), "
    "not “Підключіть АМО CRM”",
    source="S2 results 3-4",
    remedy="answer the leads of the account that the user connected, in the shape that [http] of "
    "backend.toml describes, as soon as the page is shown",
    needs=("leads",),
)
def leads_are_shown(reading: Reading) -> Finding:
    """Judge the CRM tab after each success link that follows granted tokens."""
    granted = next((visit.request.index for visit in reading.granted), float("inf"))
    concerned = [each for each in reading.delivered("success") if each.event.index > granted]
    return over_all(
        (_leads_shown(reading, each) for each in concerned),
        _none_came(reading, "no link with success=true reached the app after tokens were granted"),
        due_to="DL-01",
    )


def _leads_shown(reading: Reading, delivery: Delivery) -> Finding:
    tabs = _tabs_after_success(reading, delivery)
    if not tabs:
        unseen = "the CRM tab was not shown after the success screen"
        return not_observed(UNSEEN if delivery.event.is_inferred else unseen)
    if reading.is_offline(delivery.user, at=delivery.until):
        return not_observed("the phone had no network to the end")
    last, want = tabs[-1], reading.leads_expected
    prompts = any(CONNECT_PROMPT in tab.text for tab in tabs)
    wrong: list[str | Symptom] = []
    if prompts:
        wrong.append(Symptom(f"it says {quoted(CONNECT_PROMPT)}", "ST-01"))
    if last.leads is None:
        why = next((each.unreadable for each in leads_before(reading.timeline, last)[-1:]), None)
        wrong.append(
            Symptom(f"it shows no list: {why or quoted(last.text)}", "ST-01" if prompts else "ST-02")
        )
    elif want is not None and (
        (want and not last.leads) or (last.leads > want and not _came_in_pages(reading, last))
    ):
        wrong.append(f"it shows {last.leads} leads of {want}")
    if wrong and not prompts and (refused := _later_page_refused(reading, delivery, last)):
        return not_observed(f"the first leads came, a later page was answered with HTTP {refused} (LD-01)")
    if wrong and (ended := _end_of_a_short_token(reading, last)):
        return not_observed(ended)
    if wrong and (excuse := reading.amo_excuse(after=delivery.event, before=reading.timeline.events[-1])):
        return not_observed(f"amoCRM did not serve the leads ({amo_side.in_words(excuse)})")
    expected = "the CRM tab with the account's leads, the first page at least"
    return finding(expected, wrong, f"{last.leads} leads", delivery.event, *tabs)


def _later_page_refused(reading: Reading, delivery: Delivery, tab: AppScreen) -> int | None:
    """Return the status that a page of leads after the first ended with, if the tab has no list for that."""
    asked = [each for each in reading.after(AppResponse, delivery.event) if each.purpose == "leads"]
    mine = [e for e in asked if e.index < tab.index and (delivery.user is None or e.user == delivery.user)]
    came, last = any(each.leads for each in mine), mine[-1] if mine else None
    return last.status if came and last and last.leads is None and tab.leads is None else None


def _came_in_pages(reading: Reading, tab: AppScreen) -> bool:
    """Tell whether a tab's leads are those of several pages, of which LD-01 judges all but the first."""
    return any(each.more_leads for each in leads_before(reading.timeline, tab))


def _end_of_a_short_token(reading: Reading, tab: AppScreen) -> str:
    """Say how a token that a story made short had ended, if it had: the machine was slow, not the backend."""
    if reading.refreshed_early(before=reading.timeline.events[-1]):
        return REFRESHED_EARLY
    issued = [each for each in reading.timeline.of(TokensIssued) if each.index < tab.index][-1:]
    has_ended = any(
        is_made_short(each) and tab.at_ns > each.at_ns + (each.expires_in or 0) * NS_PER_S for each in issued
    )
    return "the short access token of this story had ended before the leads were asked for" * has_ended


def _tabs_after_success(reading: Reading, delivery: Delivery) -> list[AppScreen]:
    """Return the CRM tabs after the success screen, which stands already when the link comes again.

    Of a real app they are what its user says that it shows. A tab that was shown without network counts only
    if nothing came after it. What comes once the tokens have expired or are revoked is for the clauses about
    tokens.
    """
    screens = [each for each in reading.timeline.of(AppScreen) if each.user == delivery.user]
    stood = [each for each in screens if each.index < delivery.event.index][-1:]
    successes = [each for each in stood if (each.screen, each.state) == ("callback", "success")]
    successes += _shown(delivery, "callback", "success")
    until = min((each.step.index for each in reading.chapters), default=len(reading.timeline))
    since = [delivery.event] if delivery.event.is_inferred else successes[:1]
    tabs = [tab for each in since for tab in _shown(delivery, "crm") if each.index < tab.index < until]
    return [tab for tab in tabs[:-1] if not reading.is_offline(delivery.user, at=tab.index)] + tabs[-1:]


@clause(
    "APP-04",
    "must",
    "On `error` the app shows “Помилка авторизації. Спробуйте ще раз.”; retry leads to the CRM tab",
    source="S2",
    remedy="put the failure's reason into the link's `error`, percent-encoded, and nothing that the app "
    "would take for another parameter",
)
def error_and_retry(reading: Reading) -> Finding:
    """Judge each delivery of an error link."""
    return over_all(
        (_error_and_retry(reading, each) for each in reading.delivered("error")),
        _none_came(reading, "no link with an error reached the app"),
        due_to="DL-04",
    )


def _error_and_retry(reading: Reading, delivery: Delivery) -> Finding:
    expected = f"{quoted(ERROR_TEXT)}, and the CRM tab after retry"
    shown = _error_screen(delivery, ERROR_TEXT) or _stands(reading, delivery, ERROR_TEXT)
    if delivery.event.is_inferred:
        return not_observed(UNSEEN)
    if shown is None:
        return failed(expected, _screens_in_words(delivery), delivery.event)
    since = max(shown, delivery.event, key=lambda event: event.index)
    later = reading.after(AppScreen, since)
    retried = _first(reading.after(AppTap, since), lambda tap: tap.target == "retry")
    followed = [each for each in later if each.screen == "crm"]
    if followed:
        return finding(expected, [], "the error, then the CRM tab", delivery.event, shown, followed[0])
    if retried:
        return failed(expected, "retry did not lead to the CRM tab", delivery.event, shown, retried, *later)
    return not_observed("the user did not tap retry")


def _error_screen(delivery: Delivery, text: str) -> AppScreen | None:
    screens = _shown(delivery, "callback", "error")
    return next((each for each in screens if text in squeeze(each.text)), None)


def _stands(reading: Reading, delivery: Delivery, text: str) -> AppScreen | None:
    """Return the error screen that stood already when the link came; nothing new is shown then."""
    before = [
        e for e in reading.timeline.of(AppScreen) if e.index < delivery.event.index and e.screen != "browser"
    ]
    mine = [each for each in before if each.user == delivery.user][-1:]
    return next(
        (e for e in mine if (e.screen, e.state) == ("callback", "error") and text in squeeze(e.text)), None
    )


def _screens_in_words(delivery: Delivery) -> str:
    told = (f"{each.screen} {each.state} {quoted(each.text)}" for each in delivery.after(AppScreen))
    return f"the app showed {', '.join(told) or 'no screen'}"


@clause(
    "APP-05",
    "must",
    "A link with `code` alone (old backend) is handled by refreshing, without an exchange",
    source="S2 fallback",
    remedy="keep status and leads answering for an app that was opened by an old backend's link",
    needs=("status",),
)
def code_alone(reading: Reading) -> Finding:
    """Judge each delivery of a link that has a code and neither success nor error."""
    return over_all(
        (_code_alone(reading, each) for each in reading.delivered("code")),
        "no link with a code alone reached the app",
    )


def _code_alone(reading: Reading, delivery: Delivery) -> Finding:
    if delivery.event.is_inferred:
        return not_observed(UNSEEN)
    if _came_offline(reading, delivery):
        return not_observed(NO_NETWORK)
    calls = {each.purpose: each for each in delivery.after(AppRequest)}
    success = _shown(delivery, "callback", "success")
    wrong = ["the app called exchange-code"] if "exchange_code" in calls else []
    if "status" not in calls:
        wrong.append("the status was not refreshed")
    if not success and not wrong and _is_waiting(delivery):
        return not_observed(WAITING)
    if not success:
        wrong.append(_screens_in_words(delivery))
    return finding(
        "status refreshed, success shown, no call of exchange-code",
        wrong,
        f"it called {', '.join(calls)}",
        delivery.event,
        *calls.values(),
        *success,
    )


@clause(
    "APP-06",
    "must",
    "A link with neither shows “Код авторизації відсутній.”",
    source="S2",
    remedy="give the app's link `success` or `error`: without either the app can only say that the code "
    "is missing",
)
def nothing_in_the_link(reading: Reading) -> Finding:
    """Judge each delivery of a link with no error, no success=true and no code."""
    return over_all(
        (_nothing_in_the_link(each) for each in reading.delivered("nothing")),
        "no link without error, success and code reached the app",
    )


def _nothing_in_the_link(delivery: Delivery) -> Finding:
    if delivery.event.is_inferred:
        return not_observed(UNSEEN)
    shown = _error_screen(delivery, NO_CODE_TEXT)
    wrong = [] if shown else [_screens_in_words(delivery)]
    proof = (delivery.event, *([shown] if shown else []))
    return finding(f"the text {quoted(NO_CODE_TEXT)}", wrong, "it was shown", *proof)


@clause(
    "APP-07",
    "should",
    "States that the backend issues survive the app's router (which decodes more than once): "
    "unreserved characters only",
    source="expo-router, measured",
    remedy="issue states of letters, digits and - . _ ~ alone, such as base64url without padding",
    needs=("connect",),
)
def states_survive_the_router(reading: Reading) -> Finding:
    """Judge each state in an authorization URL that the backend gave to the app."""
    return over_all(
        (_survives(state, answer) for state, answer in reading.issued_states.items() if state),
        "the backend issued no state",
    )


def _survives(state: str, answer: AppResponse) -> Finding:
    odd = "".join(dict.fromkeys(c for c in state if not UNRESERVED.fullmatch(c)))
    wrong = [f"the state {quoted(state)} has {quoted(odd)}"] if odd else []
    return finding("a state of letters, digits and - . _ ~", wrong, quoted(state), answer)
