"""APP-01 to APP-07: what the app does with a link, and whether the user ends up with the leads.

Owns these clauses. APP-01 to APP-06 speak of the app as the seeds describe it (build `current`).
"""

import re

from harness.contract.clause import Finding, clause, failed, finding, not_observed, over_all
from harness.contract.reading.app_side import (
    Delivery,
    LinkKind,
    amo_trouble,
    deliveries,
    is_current_app,
    is_offline,
    issued_states,
)
from harness.contract.reading.visits import quoted, squeeze, visits
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

CONNECT_PROMPT = "Підключіть АМО CRM"
ERROR_TEXT = "Помилка авторизації. Спробуйте ще раз."
NO_CODE_TEXT = "Код авторизації відсутній."
SUCCESS_SHOWN_S = 1.0
CLOCK_TOLERANCE_S = 0.05
NO_NETWORK = "the phone had no network when the link came"
REACHES_APP = ("opens", "prompts")
"""What a host decides where the app gets the link."""
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""RFC 3986, 2.3: what no amount of percent-decoding changes."""


def _delivered(timeline: Timeline, *kinds: LinkKind) -> tuple[Delivery, ...]:
    return tuple(each for each in deliveries(timeline, *kinds) if is_current_app(timeline, each))


def _none_came(timeline: Timeline, what: str) -> str:
    """Say that no link came, and what the phone's browser did with one that a page opened."""
    kept = [each for each in timeline.of("app", "host_decided") if each.get("outcome") not in REACHES_APP]
    return f"{what}; in {kept[-1].as_text('host')}: {kept[-1].as_text('seen')}" if kept else what


def _came_offline(timeline: Timeline, delivery: Delivery) -> bool:
    return is_offline(timeline, delivery.user, at=delivery.event.index)


def _shown(delivery: Delivery, timeline: Timeline, screen: str, state: str | None = None) -> list[Event]:
    screens = delivery.after(timeline, "screen", screen=screen)
    return [each for each in screens if state in (None, each.get("state"))]


@clause(
    "APP-01",
    "must",
    "On `success=true` the app refreshes status, then leads, shows success, and one second later the CRM tab",
    source="S2",
    needs=("status",),
)
def success_in_order(timeline: Timeline) -> Finding:
    """Judge the first delivery of a success link; a second one may cross the first one's second."""
    first = _delivered(timeline, "success")[:1]
    return over_all(
        (_success_in_order(timeline, each) for each in first),
        _none_came(timeline, "no link with success=true reached the app"),
    )


def _success_in_order(timeline: Timeline, delivery: Delivery) -> Finding:
    later = [each for each in timeline.of("app") if each.index > delivery.event.index]
    status, leads = (_first(later, "request", purpose=purpose) for purpose in ("status", "leads"))
    success = _first(later, "screen", screen="callback", state="success")
    crm = _first([each for each in later if success and each.index > success.index], "screen", screen="crm")
    if _came_offline(timeline, delivery):
        return not_observed(NO_NETWORK)
    if status and leads is None and not _says_connected(later):
        return not_observed("the status did not say connected, so there were no leads to refresh")
    wrong: list[str] = []
    if status is None:
        wrong.append("the status was not refreshed")
    elif leads is None:
        wrong.append("the leads were not refreshed")
    elif leads.index < status.index:
        wrong.append("the leads were refreshed before the status")
    if success is None:
        wrong.append("success was not shown")
    elif crm is None:
        wrong.append("the CRM tab did not follow")
    elif abs(_gap_s(success, crm) - SUCCESS_SHOWN_S) > CLOCK_TOLERANCE_S:
        wrong.append(f"the CRM tab followed after {_gap_s(success, crm):.2f} s")
    proof = [each for each in (delivery.event, status, leads, success, crm) if each]
    return finding("status, then leads, success, and the CRM tab 1 s later", wrong, "in this order", *proof)


def _first(events: list[Event], kind: str, **values: str) -> Event | None:
    return next(
        (e for e in events if e.kind == kind and all(e.get(key) == value for key, value in values.items())),
        None,
    )


def _says_connected(events: list[Event]) -> bool:
    status = _first(events, "response", purpose="status")
    return status is not None and status.get("connected") is True


def _gap_s(earlier: Event, later: Event) -> float:
    """Return the time between two screens, on the phone's clock."""
    return float(later.get("at_s", 0)) - float(earlier.get("at_s", 0))


@clause("APP-02", "must", "On success the app never calls `exchange-code`", source="S2 result 1")
def no_exchange_on_success(timeline: Timeline) -> Finding:
    """Judge what the app calls after each success link."""
    return over_all(
        (_without_exchange(timeline, each) for each in _delivered(timeline, "success")),
        _none_came(timeline, "no link with success=true reached the app"),
    )


def _without_exchange(timeline: Timeline, delivery: Delivery) -> Finding:
    requests = delivery.after(timeline, "request")
    calls = [each for each in requests if each.get("purpose") == "exchange_code"]
    if not requests:
        return not_observed("the app called nothing after the link")
    wrong = ["the app called exchange-code"] if calls else []
    made = ", ".join(dict.fromkeys(each.as_text("purpose") for each in requests))
    return finding(
        "no call of exchange-code", wrong, f"it called {made}", delivery.event, *(calls or requests)
    )


@clause(
    "APP-03",
    "must",
    "The CRM tab shows the leads, not “Підключіть АМО CRM”",
    source="S2 results 3-4",
    needs=("leads",),
)
def leads_are_shown(timeline: Timeline) -> Finding:
    """Judge the CRM tab after each success link that follows granted tokens."""
    granted = [visit.request.index for visit in visits(timeline) if visit.kind == "granted"]
    concerned = [
        each for each in _delivered(timeline, "success") if granted and each.event.index > granted[0]
    ]
    return over_all(
        (_leads_shown(timeline, each) for each in concerned),
        _none_came(timeline, "no link with success=true reached the app after tokens were granted"),
    )


def _leads_shown(timeline: Timeline, delivery: Delivery) -> Finding:
    tabs = _tabs_after_success(timeline, delivery)
    if not tabs:
        return not_observed("the CRM tab was not shown after the success screen")
    if is_offline(timeline, delivery.user, at=delivery.until):
        return not_observed("the phone had no network to the end")
    last, want = tabs[-1], _leads_expected(timeline)
    prompts = any(CONNECT_PROMPT in tab.as_text("text") for tab in tabs)
    wrong = [f"it says {quoted(CONNECT_PROMPT)}"] if prompts else []
    if last.get("leads") is None:
        wrong.append(f"it shows no list: {quoted(last.as_text('text'))}")
    elif want is not None and last.get("leads") != want:
        wrong.append(f"it shows {last.get('leads')} leads of {want}")
    if wrong and (excuse := amo_trouble(timeline, after=delivery.event, before=timeline.events[-1])):
        return not_observed(
            f"amoCRM did not serve the leads ({excuse.kind} {excuse.as_text('status')})".strip()
        )
    count = "the list of leads" if want is None else f"{want} leads"
    expected = f"the CRM tab with {count}"
    return finding(expected, wrong, f"{last.get('leads')} leads", delivery.event, *tabs)


def _tabs_after_success(timeline: Timeline, delivery: Delivery) -> list[Event]:
    """Return the CRM tabs after the success screen, which stands already when the link comes again.

    A tab that was shown without network counts only if nothing came after it.
    """
    screens = timeline.of("app", "screen", user=delivery.user)
    stood = [each for each in screens if each.index < delivery.event.index][-1:]
    successes = [each for each in stood if (each.get("screen"), each.get("state")) == ("callback", "success")]
    successes += _shown(delivery, timeline, "callback", "success")
    tabs = [
        tab
        for success in successes[:1]
        for tab in _shown(delivery, timeline, "crm")
        if tab.index > success.index
    ]
    return [tab for tab in tabs[:-1] if not is_offline(timeline, delivery.user, at=tab.index)] + tabs[-1:]


def _leads_expected(timeline: Timeline) -> int | None:
    told = [each for each in timeline.of("scenario") if each.get("leads_expected") is not None]
    return told[-1].get("leads_expected") if told else None


@clause(
    "APP-04",
    "must",
    "On `error` the app shows “Помилка авторизації. Спробуйте ще раз.”; retry leads to the CRM tab",
    source="S2",
)
def error_and_retry(timeline: Timeline) -> Finding:
    """Judge each delivery of an error link."""
    return over_all(
        (_error_and_retry(timeline, each) for each in _delivered(timeline, "error")),
        _none_came(timeline, "no link with an error reached the app"),
    )


def _error_and_retry(timeline: Timeline, delivery: Delivery) -> Finding:
    expected = f"{quoted(ERROR_TEXT)}, and the CRM tab after retry"
    shown = _error_screen(delivery, timeline, ERROR_TEXT)
    if shown is None:
        return failed(expected, _screens_in_words(delivery, timeline), delivery.event)
    later = [each for each in timeline.of("app", "screen") if each.index > shown.index]
    retried = next((e for e in timeline.of("app", "tap", target="retry") if e.index > shown.index), None)
    followed = [each for each in later if each.get("screen") == "crm"]
    if followed:
        return finding(expected, [], "the error, then the CRM tab", delivery.event, shown, followed[0])
    if retried:
        return failed(expected, "retry did not lead to the CRM tab", delivery.event, shown, retried, *later)
    return not_observed("the user did not tap retry")


def _error_screen(delivery: Delivery, timeline: Timeline, text: str) -> Event | None:
    screens = _shown(delivery, timeline, "callback", "error")
    return next((each for each in screens if text in squeeze(each.as_text("text"))), None)


def _screens_in_words(delivery: Delivery, timeline: Timeline) -> str:
    screens = delivery.after(timeline, "screen")
    told = (f"{e.as_text('screen')} {e.as_text('state')} {quoted(e.as_text('text'))}" for e in screens)
    return f"the app showed {', '.join(told) or 'no screen'}"


@clause(
    "APP-05",
    "must",
    "A link with `code` alone (old backend) is handled by refreshing, without an exchange",
    source="S2 fallback",
)
def code_alone(timeline: Timeline) -> Finding:
    """Judge each delivery of a link that has a code and neither success nor error."""
    return over_all(
        (_code_alone(timeline, each) for each in _delivered(timeline, "code")),
        "no link with a code alone reached the app",
    )


def _code_alone(timeline: Timeline, delivery: Delivery) -> Finding:
    if _came_offline(timeline, delivery):
        return not_observed(NO_NETWORK)
    calls = {each.as_text("purpose"): each for each in delivery.after(timeline, "request")}
    success = _shown(delivery, timeline, "callback", "success")
    wrong = ["the app called exchange-code"] if "exchange_code" in calls else []
    if "status" not in calls:
        wrong.append("the status was not refreshed")
    if not success:
        wrong.append(_screens_in_words(delivery, timeline))
    return finding(
        "status refreshed, success shown, no call of exchange-code",
        wrong,
        f"it called {', '.join(calls)}",
        delivery.event,
        *calls.values(),
        *success,
    )


@clause("APP-06", "must", "A link with neither shows “Код авторизації відсутній.”", source="S2")
def nothing_in_the_link(timeline: Timeline) -> Finding:
    """Judge each delivery of a link with no error, no success=true and no code."""
    return over_all(
        (_nothing_in_the_link(timeline, each) for each in _delivered(timeline, "nothing")),
        "no link without error, success and code reached the app",
    )


def _nothing_in_the_link(timeline: Timeline, delivery: Delivery) -> Finding:
    shown = _error_screen(delivery, timeline, NO_CODE_TEXT)
    wrong = [] if shown else [_screens_in_words(delivery, timeline)]
    proof = (delivery.event, *([shown] if shown else []))
    return finding(f"the text {quoted(NO_CODE_TEXT)}", wrong, "it was shown", *proof)


@clause(
    "APP-07",
    "should",
    "States that the backend issues survive the app's router (which decodes more than once): "
    "unreserved characters only",
    source="expo-router, measured",
    needs=("connect",),
)
def states_survive_the_router(timeline: Timeline) -> Finding:
    """Judge each state in an authorization URL that the backend gave to the app."""
    return over_all(
        (_survives(state, answer) for state, answer in issued_states(timeline).items() if state),
        "the backend issued no state",
    )


def _survives(state: str, answer: Event) -> Finding:
    odd = "".join(dict.fromkeys(c for c in state if not UNRESERVED.fullmatch(c)))
    wrong = [f"the state {quoted(state)} has {quoted(odd)}"] if odd else []
    return finding("a state of letters, digits and - . _ ~", wrong, quoted(state), answer)
