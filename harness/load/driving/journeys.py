"""The journeys of a user: connecting, visiting, declining, and the look at the end.

Owns the order of their steps. Each becomes one line that is written when it is over. Must not judge.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from harness.load.driving.people import Person
from harness.load.driving.phone import GaveUp, Phone, Story, Timed, line_of, with_query
from harness.load.driving.plan import Plan
from harness.load.driving.wire import NoAnswer, Trust, Wire

Together = Callable[[Sequence[Callable[[], object]]], None]
"""Does several things at once, and returns when all are done."""
Write = Callable[[str], None]
CALLS_AT_ONCE = 3
"""How many calls for leads a user's devices make in the same moment."""
FURTHER_DEVICES = 100
"""By how much the numbers of their calls are apart."""
NEVER_ISSUED = "never-issued"


@dataclass(slots=True)
class Surroundings:
    """What a user's journeys need of the process that they run in."""

    plan: Plan
    timed: Timed
    write: Write
    together: Together
    trust: Trust
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """What signing in to the backend gave each user."""


class Traveller:
    """One user of Locust's: plays the journeys of one person after the other."""

    def __init__(self, around: Surroundings, slot: int) -> None:
        self.around, self.slot = around, slot
        self._turn, self._strangers = itertools.count(slot), itertools.count(slot)
        self._wire = Wire(around.trust)
        self._besides = [Wire(around.trust) for _ in range(CALLS_AT_ONCE)]

    def close(self) -> None:
        """Close the connections."""
        for each in (self._wire, *self._besides):
            each.close()

    def connect(self, person: Person, *, calls: int = 1, released: Callable[[], None] | None = None) -> bool:
        """Connect an account, from the app's first look to its leads; tells whether it went to its end.

        `calls` is how many calls for leads there are at once in the end, from several devices; `released`
        returns when the callback may be opened, where many are to be opened at one moment.
        """

        def play(phone: Phone, token: str | None) -> None:
            before = phone.ask_status(token)
            target = phone.decide(phone.ask_authorization_url(token))
            if released is not None:
                released()
            phone.open_callback(target, token)
            connected = phone.ask_status(token)
            self._ask_leads(phone, token, calls)
            if connected is not None:
                person.hear(connected=bool(connected or before))

        return self._play("connect", person, play)

    def decline(self, person: Person) -> bool:
        """Decline access, and look at the status."""

        def play(phone: Phone, token: str | None) -> None:
            phone.ask_status(token)
            phone.open_callback(phone.decide(phone.ask_authorization_url(token), "decline"), token)
            phone.ask_status(token)

        return self._play("decline", person, play)

    def stray(self, person: Person) -> bool:
        """Come back as nobody should: without a code, with a state of nobody's, from a host of somebody's.

        Whoever is connected stays so.
        """

        def play(phone: Phone, token: str | None) -> None:
            plan = self.around.plan
            callback = f"{plan.public_url}{plan.http.callback}"
            phone.open_callback(callback, token)
            url = phone.ask_authorization_url(token)
            target = with_query(phone.decide(url), state=f"{NEVER_ISSUED}-{person.number}")
            phone.say("the state was never issued", state_kind="unknown")
            phone.open_callback(target, token)
            if plan.strangers:
                stranger = plan.strangers[next(self._strangers) % len(plan.strangers)]
                target = with_query(phone.decide(phone.ask_authorization_url(token)), referer=stranger)
                phone.say("referer names somebody else", foreign_host=stranger)
                phone.open_callback(target, token)
            phone.ask_status(token)

        return self._play("stray", person, play)

    def visit(self, person: Person, calls: int = CALLS_AT_ONCE) -> bool:
        """Come back later: so many calls for leads at once, from several devices, then the status."""

        def play(phone: Phone, token: str | None) -> None:
            self._ask_leads(phone, token, calls)
            phone.ask_status(token)

        return self._play("visit", person, play)

    def look_at_the_end(self, person: Person) -> bool:
        """Ask for leads and status once more, when nothing else happens."""

        def play(phone: Phone, token: str | None) -> None:
            phone.ask_leads(token)
            phone.ask_status(token)

        return self._play("end", person, play)

    def _ask_leads(self, phone: Phone, token: str | None, calls: int) -> None:
        if calls <= 1:
            for _ in range(calls):
                phone.ask_leads(token)
            return
        around, wires = self.around, self._besides[:calls]
        asking = [Phone(around.plan, phone.person, wire, around.timed, self._turn) for wire in wires]
        for number, each in enumerate(asking):
            each.begin_at(phone, FURTHER_DEVICES * (number + 1))
        around.together([partial(each.ask_leads, token) for each in asking])
        for wire in wires:
            wire.close()

    def _play(self, kind: str, person: Person, play: Callable[[Phone, str | None], None]) -> bool:
        phone = Phone(self.around.plan, person, self._wire, self.around.timed, self._turn)
        why = "it was cut off by the end of the run"
        try:
            phone.sign_in(self.around.tokens)
            play(phone, self.around.tokens.get(person.user))
            why = ""
        except GaveUp as error:
            why = str(error)
        except NoAnswer as error:
            why = f"no answer: {error}"
        finally:
            self.around.write(line_of(person, kind, _in_order(phone.story), why))
        return not why


def _in_order(story: Story) -> Story:
    story.rows.sort(key=lambda row: row[1])
    return story
