"""ST-01 to ST-03: what the backend says of the connection, before, after, and after its own death.

Owns these clauses.
"""

from harness.contract.clause import Finding, clause, failed, finding, not_observed, over_all, passed
from harness.contract.reading.app_side import (
    LEFT_CONNECTED,
    amo_trouble,
    deliveries,
    owner_of,
    status_in_words,
    statuses,
    was_left_connected,
)
from harness.contract.reading.visits import Visit, visits
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

FORBIDDEN = 403


def _granted(timeline: Timeline) -> list[Visit]:
    return [visit for visit in visits(timeline) if visit.kind == "granted"]


@clause(
    "ST-01",
    "must",
    "Status says not connected before, connected after",
    source="S2 result 2",
    needs=("status",),
)
def status_before_and_after(timeline: Timeline) -> Finding:
    """Judge each user's statuses around the visit that connected that user."""
    told = timeline.of("app", "response", purpose="status")
    users = dict.fromkeys(each.get("user") for each in told)
    return over_all(
        (_status_of(timeline, user, [each for each in told if each.get("user") == user]) for user in users),
        "the app never asked for the status",
    )


def _status_of(timeline: Timeline, user: str | None, told: list[Event]) -> Finding:
    expected = "the status says not connected before amoCRM grants the tokens, and connected after"
    granted = _granted(timeline)
    if not granted:
        return not_observed("no callback was granted tokens")
    mine = [visit for visit in granted if owner_of(timeline, visit) in (None, user)]
    if not mine:
        return _status_of_another(user, told)
    first = mine[0]
    if was_left_connected(timeline, first.request):
        return not_observed(LEFT_CONNECTED)
    shown_at = first.landing.end or first.request.index
    before = [each for each in told if each.index < _first_tokens(timeline)]
    after = [each for each in told if each.index > shown_at and not _is_excused(timeline, first, each)][:1]
    wrong = [f"before, the status {status_in_words(e)}" for e in before if e.get("connected") is not False]
    wrong += [f"after, the status {status_in_words(e)}" for e in after if e.get("connected") is not True]
    if not wrong and not (before and after):
        return not_observed(f"the status was not asked for {'before' if after else 'after'} the visit")
    return finding(expected, wrong, "not connected before, connected after", *before, *after)


def _status_of_another(user: str | None, told: list[Event]) -> Finding:
    """Judge a user whom nobody connected, while somebody else was."""
    wrong = [each for each in told if each.get("connected") is True]
    if wrong:
        return failed(
            "only the user who asked is connected", f"the status of {user} said connected too", *wrong
        )
    return not_observed(f"{user} connected no account")


def _first_tokens(timeline: Timeline) -> float:
    """Return the index of the first callback that got tokens, whatever became of it."""
    indexes = (v.request.index for v in visits(timeline) if v.may_have_tokens)
    return min(indexes, default=float("inf"))


def _is_excused(timeline: Timeline, visit: Visit, answer: Event) -> bool:
    """Tell whether amoCRM, or the harness, may have changed the status since the visit."""
    since = [each for each in timeline.of("backend") if visit.request.index < each.index < answer.index]
    if any(each.kind in ("killed", "ended", "reset") for each in since):
        return True
    return amo_trouble(timeline, after=visit.request, before=answer) is not None


@clause("ST-02", "must", "After the return the app meets no 403", source="S2 result 1")
def no_403_after_the_return(timeline: Timeline) -> Finding:
    """Judge what the app was answered after it came back from a visit with granted tokens."""
    expected = "no call of the app is answered 403 after the return"
    granted = _granted(timeline)
    every = deliveries(timeline, "success", "error", "code", "nothing", "unrouted")
    returns = [each.event for each in every if granted and each.event.index > granted[0].request.index]
    if not returns:
        return not_observed("the app was not returned to after a callback that was granted tokens")
    answers = [each for each in timeline.of("app", "response") if each.index > returns[0].index]
    refused = [
        each
        for each in answers
        if each.get("status") == FORBIDDEN and not amo_trouble(timeline, after=returns[0], before=each)
    ]
    if refused:
        calls = ", ".join(dict.fromkeys(each.as_text("purpose") for each in refused))
        return failed(expected, f"403 for: {calls}", returns[0], *refused)
    if not answers:
        return not_observed("the app asked for nothing after the return")
    return passed(expected, f"{len(answers)} calls, none answered 403", returns[0], *answers)


@clause(
    "ST-03",
    "must",
    "Tokens survive: the backend killed at the page's first byte and started again still says connected "
    "(where the harness owns the process and its storage is meant to last)",
    source="S1 “stored in the DB”",
    needs=("status", "process"),
)
def tokens_survive(timeline: Timeline) -> Finding:
    """Judge what the status says once a backend that was killed at the first byte runs again."""
    started = timeline.first("scenario", "started")
    if started is not None and started.get("storage_lasts") is False:
        return not_observed("the backend's storage is not meant to outlive its process")
    kills = [(visit, kill) for visit in visits(timeline) if (kill := _killed_at_first_byte(timeline, visit))]
    return over_all(
        (_survived(timeline, visit, kill) for visit, kill in kills),
        "the backend was not killed at the first byte of a page that follows granted tokens",
    )


def _killed_at_first_byte(timeline: Timeline, visit: Visit) -> Event | None:
    first_byte = visit.landing.first_byte
    if first_byte is None or not visit.may_have_tokens:
        return None
    end = visit.landing.released or visit.landing.response or visit.landing.broken
    until = end.index if end else len(timeline)
    killed = timeline.of("backend", "killed")
    return next((each for each in killed if first_byte.index < each.index < until), None)


def _survived(timeline: Timeline, visit: Visit, killed: Event) -> Finding:
    again = next((each for each in timeline.of("backend", "started") if each.index > killed.index), None)
    if again is None:
        return not_observed("the killed backend was not started again")
    told = [each for each in statuses(timeline) if each.index > again.index][:1]
    if not told:
        return not_observed("nobody asked the backend that was started again for the status")
    return finding(
        "the backend, killed at the page's first byte and started again, says connected",
        [f"the status {status_in_words(each)}" for each in told if each.get("connected") is not True],
        "the status said connected",
        visit.request,
        killed,
        again,
        *told,
    )
