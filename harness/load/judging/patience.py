"""A backend's own time limit for amoCRM: where it ran out under load, nobody raced, and nobody has lied.

Owns telling such an answer from one that was read. A backend that has more to do than it can waits for each
answer longer than it may, and gives up what lies there unread. This is believed only where the app's own call
was under way all that time. Must not judge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.config.settings import BackendConfig
from harness.load.judging.journey import Call, Journey, links_of
from harness.load.judging.server_side import HTTP_OK, Told

LIMIT_NS = 2 * 10**9
"""How long an answer has been there at least when a limit runs out; whoever asks again sooner has raced."""


def may_have_run_out(answered: Told, at_ns: int) -> bool:
    """Tell whether a limit can have run out by a moment."""
    return at_ns - answered.answered_at_ns >= LIMIT_NS


def was_given_up(answered: Told, again_ns: int, calls: Iterable[Call]) -> bool:
    """Tell whether the call that spent a token waited past the limit, and then asked again or failed."""
    return any(
        call.began_ns <= answered.at_ns
        and may_have_run_out(answered, call.over_ns)
        and (again_ns <= call.over_ns or not call.is_served)
        for call in calls
    )


def unread(told: Told) -> Told:
    """Return a token request as one whose answer was lost."""
    step = "token" if told.code else "refresh"
    return replace(told, faults=(*told.faults, {"step": step, "kind": "unread"}))


def given_up_codes(journey: Journey, told: Sequence[Told], config: BackendConfig) -> frozenset[str]:
    """Return the marks of codes whose tokens were granted, and whose page came late and told of an error."""
    granted = [e for e in told if e.code and e.facts.get("status") == HTTP_OK and not e.is_lost]
    late = {e.code for e in granted if may_have_run_out(e, journey.ended_ns)}
    if not late:
        return frozenset()
    failed = [at_ns for at_ns, url in links_of(journey, config) if "error=" in url]
    return frozenset(e.code for e in granted if any(may_have_run_out(e, at_ns) for at_ns in failed))
