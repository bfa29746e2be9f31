"""Looks at a backend and its configuration before any scenario, so that what is wrong there is named as such.

Owns the checks: each says what was expected, what was seen and what to change. Must not judge the contract:
only what makes judging impossible is wrong here. A callback that never answers, fails or exchanges nothing
breaks clauses, which say it better.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus

import httpx

from harness.api_client.answers import connected_in, what_says_connected
from harness.api_client.reading import json_of, rows
from harness.config.settings import BackendConfig
from harness.errors import BackendError
from harness.preflight.authorization import check_connect, moved_by_a_slash
from harness.preflight.check import Check
from harness.preflight.delivery import check_delivery, check_referer, sent_nothing
from harness.preflight.landing import check_frontends
from harness.preflight.surroundings import Surroundings, open_surroundings

ABSENT = (404, 405, 501)
REJECTED = (401, 403)
RESET = 'after a reset the status says "not connected"'
LONGEST_SHOWN = 120
YET_UNREAD = "with no list while nobody is connected"
WANTS_HTTPS = (
    ' It redirects to https: add X-Forwarded-Proto = "https" to [http.headers] and set [http].public_https, '
    "or switch that off in [start.env]."
)


STEPS = ("start", "callback", "status", "leads", "authorization URL", "token request", "reset")
"""How far a look can come."""


def preflight(config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0) -> Iterator[Check]:
    """Start the backend beside a fake amoCRM and check it; one that does not start is a check too.

    Each check comes as soon as it is made.
    """
    refused = ""
    try:
        with open_surroundings(config, amo_port=amo_port, gateway_port=gateway_port) as around:
            for check in check_backend(around):
                refused = around.amo.account_host if sent_nothing(check) else refused
                yield check
    except BackendError as error:
        expected = "the command starts, is ready within its limit, and ends"
        yield Check("start", expected, str(error), "See [start].")
        return
    if refused and config.start is not None and not config.start.intercept:
        intercepted = replace(config, start=replace(config.start, intercept=True))
        yield from _referer(intercepted, refused, amo_port, gateway_port)


def _referer(config: BackendConfig, refused: str, amo_port: int, gateway_port: int) -> list[Check]:
    """Look whether a callback that sent no code believes a `referer` of amoCRM's alone."""
    try:
        with open_surroundings(config, amo_port=amo_port, gateway_port=gateway_port) as around:
            around.sessions.of()
            _, state = check_connect(around)
            return [*check_referer(around, state, refused)]
    except BackendError:
        return []  # it cannot be intercepted, so that would be no remedy


def check_backend(around: Surroundings) -> Iterator[Check]:
    """Yield what is found, in order; a check that depends on one that failed is left out."""
    around.talk.take()
    for found in _looks(around):
        talk, ends = around.talk.take(), [*around.ends]
        around.ends.clear()
        checks = [_that_ended(each, ends[-1]) for each in found] if ends else found
        wants_https = WANTS_HTTPS if any(line.startswith("< location: https://") for line in talk) else ""
        wrong = {each: replace(each, talk=talk, change=each.change + wants_https) for each in checks}
        yield from (each if each.is_ok else wrong[each] for each in checks)


def _looks(around: Surroundings) -> Iterator[list[Check]]:
    """Yield the checks of one look after the other."""
    start = _start(around)
    yield [start]
    if not start.is_ok:
        return
    seen = [_callback(around)]
    yield seen
    try:
        around.sessions.of()
    except BackendError as error:
        yield [Check("signing in", "the app is signed in", str(error), "See [http.sign_in].")]
        return
    left_over = _forget(around)
    yield left_over
    if left_over:
        return
    for look in (_status, _leads):
        seen.append(look(around))
        yield seen[-1:]
    frontends = list(check_frontends(around))
    yield frontends
    connect, state = check_connect(around)
    yield [connect]
    if around.reset is None:
        why = "left to the first scenario: this backend already runs, and nothing undoes a connection"
        yield [Check("token request", "", why)]
    elif all(each.is_ok for each in (*seen, *frontends, connect)):
        delivered = check_delivery(around, state)
        yield delivered
        if all(each.is_ok for each in delivered):
            yield _leads_once_connected(around, seen[-1], delivered)
            yield [_reset(around, around.reset)]


def _that_ended(check: Check, ended: str) -> Check:
    """Return a check of a call at which the backend ended: no setting cures that."""
    change = "" if check.is_ok else "It must not end while it answers."
    return replace(check, seen=f"{check.seen}; {ended}".rstrip("."), change=change)


def not_reached(checks: Iterable[Check]) -> tuple[str, ...]:
    """Return the steps that a look did not come to."""
    made = {each.item for each in checks}
    return tuple(each for each in STEPS if each not in made)


def _start(around: Surroundings) -> Check:
    path = around.config.http.ready
    expected = f"GET {path} answers 2xx"
    answer = around.ask_as_app(path)
    if isinstance(answer, str):
        change = (
            "Check [http].url and what the command listens on."
            if around.config.start
            else "Start the backend first, or add [start] so that the harness does."
        )
        return Check("start", expected, f"{around.backend_url()}{path} {answer}", change)
    if answer.is_error:
        return Check(
            "start", expected, f"status {answer.status_code}", "Set [http].ready to a path that answers 2xx."
        )
    return Check("start", expected, f"{around.config.name} serves at {around.backend_url()}")


def _callback(around: Surroundings) -> Check:
    """Look whether anything is there; it may say so only to who brings a code."""
    path = around.config.http.callback
    expected = f"GET {path} answers"
    answers: list[httpx.Response | str] = []
    for query in ({}, {"code": "preflight", "state": "preflight"}):
        answers.append(around.ask_as_browser(f"{around.backend_url()}{path}", query))
        if isinstance(answers[-1], str) or answers[-1].status_code not in ABSENT:
            break
    last = answers[-1]
    if isinstance(last, str):
        seen = f"GET {path} {last}: the contract says what that breaks"
        return Check("callback", expected, seen, is_note=True)
    if last.status_code in ABSENT:
        change = "Set [http].callback to the path that does."
        return Check("callback", expected, f"status {last.status_code}, with a code and without", change)
    return Check("callback", expected, f"GET {path} answers {last.status_code}")


def _status(around: Surroundings) -> Check:
    http = around.config.http
    if not http.status:
        return Check("status", "", "[http].status is empty: what needs it is not observed")
    answer = around.ask_as_app(http.status)
    found = _answers(around, "status", http.status, answer)
    if not found.is_ok or isinstance(answer, str):
        return found
    expected = f"GET {http.status} answers {what_says_connected(http)}"
    reading = connected_in(http, answer.status_code, json_of(answer.text))
    if reading.unreadable:
        change = (
            "Set [http].connected to the dotted path, and [http].connected_when to what is there when "
            'connected, such as "=1" or "present".'
        )
        if answer.is_error or answer.has_redirect_location:
            change = "Set [http].status to the status path and [http.headers] to what the app sends."
        return Check("status", expected, _shown(answer, reading.unreadable), change)
    if reading.value:
        return Check(
            "status",
            "not connected before anybody authorized",
            _shown(answer, "connected"),
            "Let the backend keep its data in {tmp}, or give [start].reset a way to empty them.",
        )
    return Check("status", expected, f"GET {http.status} says not connected")


def _leads(around: Surroundings) -> Check:
    http = around.config.http
    if not http.leads:
        return Check("leads", "", "[http].leads is empty: what needs it is not observed")
    answer = around.ask_as_app(http.leads)
    found = _answers(around, "leads", http.leads, answer)
    if found.is_ok and not isinstance(answer, str) and answer.status_code == HTTPStatus.OK:
        reading = rows(json_of(answer.text), http.leads_list, "[http].leads_list")
        if reading.unreadable and around.reset is not None:
            return Check("leads", "", f"GET {http.leads} answers 200 {YET_UNREAD}")
        if reading.unreadable:
            expected = f"a list at `{http.leads_list}` of GET {http.leads}"
            change = "Set [http].leads_list to the list's dotted path."
            return Check("leads", expected, _shown(answer, reading.unreadable), change)
    return found


def _answers(around: Surroundings, key: str, path: str, answer: "httpx.Response | str") -> Check:
    expected = f"GET {path} answers"
    if isinstance(answer, str):
        return Check(key, expected, f"{around.backend_url()}{path} {answer}", f"Check [http].{key}.")
    if moved := moved_by_a_slash(answer):
        seen = f"status {answer.status_code}"
        return Check(key, expected, seen, f"Set [http].{key} to {moved}, to which it redirects.")
    if answer.status_code == HTTPStatus.NOT_FOUND and _may_be_absent(around, key):
        return Check(key, expected, f"GET {path} answers {answer.status_code}")
    if answer.status_code in ABSENT:
        change = f'Set [http].{key} to the path that does, or to "" where there is none.'
        return Check(key, expected, f"status {answer.status_code}", change)
    if answer.status_code in REJECTED and key == "status":
        change = "Set [http.headers] to what the signed-in app sends, or [http.sign_in] to how it signs in."
        return Check(key, f"{expected} to whom it is for", f"status {answer.status_code}", change)
    return Check(key, expected, f"GET {path} answers {answer.status_code}")


def _may_be_absent(around: Surroundings, key: str) -> bool:
    """Tell whether a 404 may say that nothing is connected; of the leads it is asked again later."""
    if key == "leads":
        return around.reset is not None
    return around.config.http.connected_when != "true"


def _leads_once_connected(around: Surroundings, before: Check, delivered: Iterable[Check]) -> list[Check]:
    """Look again at leads that were 404, or no list, once the account is connected and the status says so."""
    http = around.config.http
    if not before.seen.endswith((" 404", YET_UNREAD)) or any(each.is_note for each in delivered):
        return []
    status = around.ask_as_app(http.status) if http.status else ""
    if not isinstance(status, str) and not connected_in(http, status.status_code, json_of(status.text)).value:
        return []
    return [_leads(replace(around, reset=None))]


def _shown(answer: httpx.Response, reading: str) -> str:
    """Return a reading beside what was answered, cut short."""
    text = " ".join(answer.text.split())
    return f"{reading} (HTTP {answer.status_code}: {text[:LONGEST_SHOWN]}{'…' * (len(text) > LONGEST_SHOWN)})"


def _forget(around: Surroundings) -> list[Check]:
    """Undo what an earlier run has left where a restart does not; return what went wrong with that."""
    start = around.config.start
    if around.reset is None or start is None or not start.resets_by_asking:
        return []
    try:
        around.reset()
        around.sessions.forget()
    except BackendError as error:
        return [Check("reset", RESET, str(error), "See [start].reset.")]
    return []


def _reset(around: Surroundings, reset: Callable[[], None]) -> Check:
    expected = RESET
    how = around.config.start.reset_in_words if around.config.start else ""
    if how == "none":
        return Check("reset", expected, '[start].reset = "none": only the first scenario begins unconnected')
    try:
        reset()
        around.sessions.forget()
        around.sessions.of()
    except BackendError as error:
        return Check("reset", expected, str(error), "See [start].reset.")
    http = around.config.http
    if not http.status:
        return Check(
            "reset", expected, "it was reset; [http].status is empty, so nothing tells what came of it"
        )
    answer = around.ask_as_app(http.status)
    reading = (
        None if isinstance(answer, str) else connected_in(http, answer.status_code, json_of(answer.text))
    )
    if reading is None or reading.value is not False:
        change = (
            "Let it keep its data in {tmp}, which a restart empties, or reset it by a request or a command."
        )
        return Check("reset", expected, f'[start].reset = "{how}" left it connected', change)
    return Check("reset", expected, "it gets back to not connected")
