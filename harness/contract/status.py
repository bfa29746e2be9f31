"""ST-01 to ST-03: what the backend says of the connection, before, after, and after its own death.

Owns these clauses.
"""

from itertools import dropwhile

from harness.contract.clause import Finding, Symptom, clause, failed, finding, not_observed, over_all, passed
from harness.contract.reading.amo_side import is_granted
from harness.contract.reading.app_side import status_in_words
from harness.contract.reading.reading import LEFT_CONNECTED, Reading
from harness.contract.reading.visits import Visit
from harness.contract.reading.words import quoted
from harness.timeline.amo_events import TokenRequest
from harness.timeline.events import (
    AppResponse,
    BackendEnded,
    BackendKilled,
    BackendReset,
    BackendStarted,
    LinkDelivered,
)

FORBIDDEN = 403


AFTER_ANOTHER_CAUSE = (
    "the status was asked for after the visit only once something else might have changed it: a second "
    "delivery (SEC-05), amoCRM, or the harness"
)


@clause(
    "ST-01",
    "must",
    "Status says not connected before the user's account first got tokens, by whichever way (a marketplace "
    "install too), connected after",
    source="S2 result 2",
    remedy="let the status follow from the tokens stored for the user who asks: false before there are "
    "any, true as soon as they are stored, and kept by no phone (`Cache-Control: no-store`)",
    needs=("status",),
)
def status_before_and_after(reading: Reading) -> Finding:
    """Judge each user's statuses around the visit that connected that user."""
    told = [each for each in reading.timeline.of(AppResponse) if each.purpose == "status"]
    users = dict.fromkeys(each.user for each in told)
    return over_all(
        (
            _status_of(reading, user, _of_the_story(reading, [each for each in told if each.user == user]))
            for user in users
        ),
        "the app never asked for the status",
    )


def _of_the_story(reading: Reading, told: list[AppResponse]) -> list[AppResponse]:
    """Return a user's statuses without those of a connection that an earlier scenario may have left."""
    if reading.started is None or reading.started.resets:
        return told
    return list(dropwhile(lambda each: each.connected is True, told))


def _status_of(reading: Reading, user: str | None, told: list[AppResponse]) -> Finding:
    expected = "the status says not connected before amoCRM grants the tokens, and connected after"
    if not reading.granted:
        return _status_without_tokens(reading, told)
    mine = [visit for visit in reading.granted if visit.owner in (None, user)]
    if not mine:
        return _status_of_another(user, told)
    first = mine[0]
    if not told:
        return not_observed(LEFT_CONNECTED)
    shown_at = first.landing.end or first.request.index
    before = [each for each in told if each.index < _first_tokens(reading)]
    late = [each for each in told if each.index > shown_at]
    after = [each for each in late if not _is_excused(reading, first, each)][:1]
    wrong: list[str | Symptom] = [
        f"before, the status {status_in_words(e)}" for e in before if e.connected is not False
    ]
    wrong += [
        Symptom(f"after, the status {status_in_words(e)}", "CB-02") for e in after if e.connected is not True
    ]
    if not wrong and before and late and not after:
        return not_observed(AFTER_ANOTHER_CAUSE)
    if not wrong and not (before and after):
        return not_observed(f"the status was not asked for {'before' if after else 'after'} the visit")
    return finding(expected, wrong, "not connected before, connected after", *before, *after)


def _status_without_tokens(reading: Reading, told: list[AppResponse]) -> Finding:
    """Judge a user whom no callback brought tokens: a status that says connected before any were granted."""
    first = _first_tokens(reading)
    early = [each for each in told if each.connected is True and each.index < first]
    if early:
        expected = "the status says not connected before amoCRM grants the tokens"
        return failed(
            expected, "the status said connected, and no tokens were granted", *early, due_to="CB-09"
        )
    return not_observed("no callback was granted tokens", due_to="CB-03")


def _status_of_another(user: str | None, told: list[AppResponse]) -> Finding:
    """Judge a user whom nobody connected, while somebody else was."""
    if not told:
        return not_observed(LEFT_CONNECTED)
    wrong = [each for each in told if each.connected is True]
    if wrong:
        return failed(
            "only the user who asked is connected", f"the status of {user} said connected too", *wrong
        )
    return not_observed(f"{user} connected no account")


def _first_tokens(reading: Reading) -> float:
    """Return the index at which the first tokens were asked for and granted, by whichever way."""
    granted = (each for each in reading.timeline.of(TokenRequest) if is_granted(each))
    visits = (visit.request.index for visit in reading.visits if visit.may_have_tokens)
    return min((*visits, *(each.index for each in granted)), default=float("inf"))


def _is_excused(reading: Reading, visit: Visit, answer: AppResponse) -> bool:
    """Tell whether amoCRM, the harness or a second delivery (SEC-05) may have changed it since the visit."""
    again = (each for each in reading.visits if each.code == visit.code and each is not visit)
    if any(visit.request.index < each.request.index < answer.index for each in again):
        return True
    of_harness = (BackendKilled, BackendEnded, BackendReset)
    since = [each for kind in of_harness for each in reading.after(kind, visit.request)]
    since = [each for each in since if not (isinstance(each, BackendEnded) and each.beside)]
    if any(each.index < answer.index for each in since) or reading.refreshed_early(before=answer):
        return True
    return reading.amo_excuse(after=visit.request, before=answer) is not None


@clause(
    "ST-02",
    "must",
    "After the return the app meets no 403",
    source="S2 result 1",
    remedy="answer the app's calls after the return by the tokens just stored: a 403 means that they are "
    "not found, or looked for under another user",
    needs=("calls",),
)
def no_403_after_the_return(reading: Reading) -> Finding:
    """Judge what the app was answered after it came back from a visit with granted tokens."""
    expected = "no call of the app is answered 403 after the return"
    granted = reading.granted
    returns = reading.after(LinkDelivered, granted[0].request) if granted else ()
    if not returns:
        return not_observed(
            "the app was not returned to after a callback that was granted tokens", due_to="DL-01"
        )
    until = min((each.step.index for each in reading.chapters), default=len(reading.timeline))
    answers = [each for each in reading.after(AppResponse, returns[0]) if each.index < until]
    refused = [
        each
        for each in answers
        if each.status == FORBIDDEN and not reading.amo_excuse(after=returns[0], before=each)
    ]
    if refused:
        calls = ", ".join(dict.fromkeys(each.purpose for each in refused))
        return failed(expected, f"403 for: {calls}", returns[0], *refused, due_to="ST-01")
    if not answers:
        return not_observed("the app asked for nothing after the return")
    return passed(expected, f"{len(answers)} calls, none answered 403", returns[0], *answers)


@clause(
    "ST-03",
    "must",
    "Tokens survive: the backend killed at the page's first byte and started again still says connected "
    "(where the harness owns the process and its storage is meant to last)",
    source="S1 “stored in the DB”",
    remedy="store the tokens where they outlive the process (database, file), and commit before the page is "
    "sent; where they are not meant to last, say so: [start].storage_lasts = false",
    needs=("status", "process", "storage"),
)
def tokens_survive(reading: Reading) -> Finding:
    """Judge what the status says once a backend that was killed at the first byte runs again."""
    if reading.started is not None and not reading.started.storage_lasts:
        return not_observed("the backend's storage is not meant to outlive its process")
    kills = [(visit, kill) for visit in reading.visits if (kill := _killed_at_first_byte(reading, visit))]
    return over_all(
        (_survived(reading, visit, kill) for visit, kill in kills),
        "the backend was not killed at the first byte of a page that follows granted tokens",
        due_to="CB-03",
    )


def _killed_at_first_byte(reading: Reading, visit: Visit) -> BackendKilled | None:
    first_byte = visit.landing.first_byte
    if first_byte is None or not visit.may_have_tokens:
        return None
    end = visit.landing.released or visit.landing.response or visit.landing.broken
    until = end.index if end else len(reading.timeline)
    return next((each for each in reading.after(BackendKilled, first_byte) if each.index < until), None)


def _survived(reading: Reading, visit: Visit, killed: BackendKilled) -> Finding:
    expected = "the backend, killed at the page's first byte and started again, says connected"
    again = next(iter(reading.after(BackendStarted, killed)), None)
    ended = next((each for each in reading.after(BackendEnded, killed) if each.why), None)
    if again is None and ended is not None:
        said = f"it does not serve again: {quoted(ended.why)}"
        return failed(expected, said, visit.request, killed, ended)
    if again is None:
        return not_observed("the killed backend was not started again")
    told = [each for each in reading.statuses if each.index > again.index][:1]
    if not told:
        return not_observed("nobody asked the backend that was started again for the status")
    return finding(
        expected,
        [Symptom(f"the status {status_in_words(e)}", "CB-02") for e in told if e.connected is not True],
        "the status said connected",
        visit.request,
        killed,
        again,
        *told,
    )
