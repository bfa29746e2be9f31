"""The shapes of load: what one user does, again and again.

Owns which journeys follow each other. `two instances` is no shape of its own: any of them is played on
several. Must not know Locust.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator

from harness.load.driving.journeys import CALLS_AT_ONCE, Traveller
from harness.load.driving.meeting import Meetings
from harness.load.driving.people import Person
from harness.load.driving.plan import Plan

KNOWN = 4
"""How many people a user goes on to be after having been somebody new."""
PEOPLE_A_USER = 50
"""How many a user is at all: who comes again after that connects an account anew."""
SPARE_SLOTS = 64
"""Workers number their users by themselves, so that some numbers are left out."""
EVERY_DECLINE, EVERY_STRAY, EVERY_VISIT, EVERY_CROWDED = 20, 20, 3, 2
Pause = Callable[[float], None]


def people_of(users: int) -> int:
    """Return how many people so many users are at most."""
    return (users + SPARE_SLOTS) * PEOPLE_A_USER


class Course:
    """What one user does from beginning to end; `turn` is asked for by Locust as often as there is time."""

    def __init__(self, plan: Plan, traveller: Traveller, meetings: Meetings, pause: Pause) -> None:
        self._plan, self._traveller, self._meetings, self._pause = plan, traveller, meetings, pause
        self._numbers = self._people()
        self._known: deque[Person] = deque(maxlen=KNOWN)
        self._people_by_number: dict[int, Person] = {}
        self._rounds = itertools.count()
        self._next_meeting = 0
        self._turns = itertools.count(1)

    def _people(self) -> Iterator[int]:
        """Yield who this user is next; where the backend has one user, always that one."""
        if not self._plan.tells_users_apart:
            yield from itertools.repeat(0)
        plan, first = self._plan, self._traveller.slot + 1
        apart = plan.users if plan.people else plan.users + SPARE_SLOTS
        people = 1 if plan.shape in ("herd", "expiry") else PEOPLE_A_USER
        people = min(people, max(1, plan.people // plan.users)) if plan.people else people
        for place in itertools.cycle(range(people)):
            yield first + apart * place

    def turn(self) -> None:
        """Do the next thing."""
        match self._plan.shape:
            case "herd":
                self._herd()
            case "expiry":
                self._expiry()
            case _:
                self._steady()

    def end(self) -> None:
        """Look whether those who were here are still connected."""
        for person in self._known:
            self._traveller.look_at_the_end(person)

    def _someone(self) -> Person:
        number = next(self._numbers)
        return self._people_by_number.setdefault(number, Person(number))

    def _steady(self) -> None:
        turn, person = next(self._turns), self._someone()
        if turn % EVERY_DECLINE == self._traveller.slot % EVERY_DECLINE:
            self._traveller.decline(person)
        calls = CALLS_AT_ONCE if turn % EVERY_CROWDED == 0 else 1
        if self._traveller.connect(person, calls=calls):
            self._remember(person)
            if person.is_connected and (turn + 1) % EVERY_STRAY == self._traveller.slot % EVERY_STRAY:
                self._traveller.stray(person)
        if turn % EVERY_VISIT == 0:
            self._traveller.visit(self._known[0] if self._known else person)

    def _herd(self) -> None:
        """All callbacks at one moment."""
        person = self._someone()
        has_met = False
        meeting = self._meeting()

        def released() -> None:
            nonlocal has_met
            has_met = True
            self._meetings.wait(meeting)

        self._traveller.connect(person, released=released)
        if not has_met:
            self._meetings.wait(meeting)  # nobody waits for whoever could not come so far
        self._remember(person)

    def _expiry(self) -> None:
        """Everybody connects with tokens that end soon; when all have ended, everybody calls at once."""
        person = self._someone()
        self._traveller.connect(person, calls=0)  # a call could refresh them before all are ready
        self._remember(person)
        self._meetings.wait(self._meeting())
        self._pause(self._plan.expires_in_s)
        self._meetings.wait(self._meeting())
        self._traveller.visit(person)

    def _remember(self, person: Person) -> None:
        if person in self._known:
            return
        if len(self._known) == KNOWN and self._plan.shape == "trouble":
            self._traveller.look_at_the_end(self._known[0])  # nobody leaves unseen where things go wrong
        self._known.append(person)

    def _meeting(self) -> int:
        self._next_meeting += 1
        return self._next_meeting
