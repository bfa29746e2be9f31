"""One timeline as the contract speaks of it: visits, taps, deliveries, statuses.

Owns what is read of a timeline, each thing once and when it is asked for. It must not judge, and must not
know the clauses.
"""

import math
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from harness.addresses import parts_of
from harness.config.settings import DeepLink, Texts
from harness.contract.reading.amo_side import excuse_in, too_long_held
from harness.contract.reading.app_side import (
    Delivery,
    LinkKind,
    StatusAnswer,
    deliveries_in,
    is_offline_in,
    issued_states_in,
    statuses_in,
)
from harness.contract.reading.chapters import Chapter, chapters_in, early_refresh
from harness.contract.reading.exchanges import Exchange, cookie_left_out, exchanges_in
from harness.contract.reading.link import Link, read_link
from harness.contract.reading.taps import Tap, departures_by_themselves_in, taps_in
from harness.contract.reading.visits import TOO_MANY, Visit, visits_in
from harness.timeline.amo_events import AmoEvent, TokenRequest
from harness.timeline.events import AppResponse, Event, ScenarioStarted, StoodStill, StoryStep
from harness.timeline.page_events import (
    Departure,
    DialogOpened,
    LoadFailed,
    ObserverBegan,
    PageComplained,
    PageGone,
    PageShown,
    TooSlow,
)
from harness.timeline.timeline import Timeline

E = TypeVar("E", bound=Event)
NOT_LOADED = "Failed to load resource"
"""How WebKit's console begins to tell of a file that did not come."""
LEFT_CONNECTED = "an earlier scenario may have left the backend connected, and it cannot be reset"
"""What a clause says that is not in view because of `Reading.was_left_connected`."""
REFRESHED_EARLY = "the backend refreshed the short token of this story early: TOK-01 says how that went"
"""What a clause says of `Reading.refreshed_early`."""


STIRS_S = 10.0
"""After a standing still whoever waited meanwhile gives up, or goes on."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What a clause judges. Nothing of it changes; whatever is read is kept."""

    timeline: Timeline

    @cached_property
    def started(self) -> ScenarioStarted | None:
        """How the scenario began."""
        return self.timeline.first(ScenarioStarted)

    @cached_property
    def stood_still_s(self) -> float:
        """How long the machine stood still while this was played; whoever waits then waits in vain."""
        return sum(each.for_s for each in self.timeline.of(StoodStill))

    def stood_still_around(self, proof: Iterable[int]) -> float:
        """How long it did as these events came; a journey by hand is long, and not all of it is in doubt."""
        if self.started is None or not self.started.by_hand:
            return self.stood_still_s
        seen = [self.timeline.events[each].at_ns / 1e9 for each in proof]
        still = [(each.at_ns / 1e9, each.for_s) for each in self.timeline.of(StoodStill)]
        return sum(for_s for end, for_s in still if any(-for_s <= at - end <= STIRS_S for at in seen))

    @cached_property
    def was_too_slow(self) -> str:
        """What this machine had no time for; empty: nothing."""
        late = self.timeline.first(TooSlow)
        if late is not None:
            return late.reason
        lost = next((each.gesture_lost for each in self.taps if each.gesture_lost), "")
        is_by_hand = self.started is not None and self.started.by_hand  # and so are its holds
        return lost or ("" if is_by_hand else too_long_held(self.timeline))

    @cached_property
    def watched(self) -> ObserverBegan | None:
        """The first page of a person's browser in which a script of ours sees every departure."""
        began = self.timeline.of(ObserverBegan)
        hidden = {each.exchange for each in began if not each.sees_navigations}
        return next((each for each in began if each.exchange not in hidden), None)

    @property
    def unwatched(self) -> str:
        """Why a page that has a script of ours may have left unseen; empty where none has one."""
        began = self.timeline.of(ObserverBegan)
        if not began:
            return ""
        if any(each.sees_navigations for each in began):
            return "nothing departed that a script sees, and it does not see into a page's frames"
        return "nothing departed that a script sees in a browser which hides what `location` is set to"

    @cached_property
    def is_page_alone(self) -> bool:
        """Whether a page is judged of which nothing else is known."""
        offers = self.started.offers if self.started else None
        return offers is not None and "callback" not in offers

    @cached_property
    def texts(self) -> Texts:
        """The wording that this backend was configured with, else the contract's."""
        return Texts(**self.started.texts) if self.started else Texts()

    @cached_property
    def deep_link(self) -> DeepLink:
        """The app's address that this backend was configured with, else the contract's."""
        if self.started is None:
            return DeepLink()
        return DeepLink(**self.started.deep_link, universal=self.started.universal)

    @cached_property
    def leads_expected(self) -> int | None:
        """How many leads the account has in the end; None: not compared."""
        told = [each for each in self.timeline if isinstance(each, ScenarioStarted | StoryStep)]
        return next((e.leads_expected for e in reversed(told) if e.leads_expected is not None), None)

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The gateway's exchanges in the order of their requests."""
        return exchanges_in(self.timeline)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """The visits of the callback in the order of their requests."""
        return visits_in(self.timeline, self.exchanges, self.issued_states, self.texts.failed_heading)

    @cached_property
    def turned_away(self) -> Container[int]:
        """The exchanges of visits that a limit of the backend's turned away, and that no person makes."""
        visited = {each.request.exchange for visit in self.visits for each in visit.exchanges}
        limited = (each for each in self.exchanges if each.response and each.response.status == TOO_MANY)
        return {each.request.exchange for each in limited} - visited

    def other_codes_sent(self, visit: Visit) -> tuple[TokenRequest, ...]:
        """Return the requests, while a visit was being answered, for a code that no callback was given."""
        given, end = {each.code for each in self.visits}, visit.landing.end
        return tuple(
            each
            for each in self.timeline.of(TokenRequest)
            if each.grant_type == "authorization_code"
            and each.code not in given
            and visit.request.index < each.index < (math.inf if end is None else end)
        )

    def state_spent_by_another_code(self, visit: Visit) -> bool:
        """Tell whether the visit's state came with another code as well, and that one was sent."""
        state, code = visit.given("state"), visit.code
        same = [each for each in self.visits if state and each.given("state") == state and each.code != code]
        return any(each.token_requests for each in same)

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """The parts of the story in which something happens to the tokens."""
        return chapters_in(self.timeline)

    def refreshed_early(self, *, before: Event) -> bool:
        """Tell whether the backend had refreshed a token that the story made short, which TOK-01 is about."""
        early = early_refresh(self.timeline)
        return early is not None and early.index <= before.index

    @cached_property
    def looks(self) -> tuple[Exchange, ...]:
        """The requests for the callback by those who only look: HEAD, prefetch, a link's preview."""
        return tuple(each for each in self.exchanges if each.request.is_callback and each.request.look)

    @cached_property
    def granted(self) -> tuple[Visit, ...]:
        """The visits whose tokens amoCRM granted."""
        return tuple(visit for visit in self.visits if visit.kind == "granted")

    @cached_property
    def never_shown(self) -> tuple[LoadFailed, ...]:
        """How pages that must have the button failed to be shown: of granted tokens, or judged alone."""
        asked = (each for each in self.visits if self.is_page_alone or each.kind == "granted")
        return tuple(each.load_failed for each in asked if each.load_failed is not None)

    @cached_property
    def gone(self) -> tuple[PageGone, ...]:
        """The pages that were gone before anybody could tap them, and no slow machine was the reason."""
        return tuple(each for each in self.timeline.of(PageGone) if not each.is_slow)

    @cached_property
    def links(self) -> tuple[tuple[Visit, Departure, Link], ...]:
        """The links that the visits' pages opened, taken apart."""
        opened = ((visit, each) for visit in self.visits for each in visit.departures)
        return tuple((visit, each, read_link(each.url, self.deep_link)) for visit, each in opened)

    @property
    def links_to_the_app(self) -> Iterator[tuple[Visit, Departure, Link]]:
        """Those of the app's scheme, or that a tap opened: what else leaves by itself is CB-06's alone."""
        scheme = f"{self.deep_link.scheme}:"
        for visit, departure, link in self.links:
            if departure not in self.departures_by_themselves or link.base.startswith(scheme):
                yield visit, departure, link

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """The taps on the page's button, those that failed too."""
        return taps_in(self.timeline, self.texts.button)

    @cached_property
    def departures_by_themselves(self) -> tuple[Departure, ...]:
        """The departures that no tap set off, also those after everything of a tap had settled."""
        return departures_by_themselves_in(self.timeline)

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The links that were delivered to the app, in order."""
        return deliveries_in(self.timeline)

    def delivered(self, *kinds: LinkKind) -> tuple[Delivery, ...]:
        """Return the deliveries of these kinds to the app that the contract describes."""
        return tuple(each for each in self.deliveries if each.kind in kinds and each.is_current_app)

    @cached_property
    def statuses(self) -> tuple[StatusAnswer, ...]:
        """Every answer of the status endpoint, to the app or to the gateway's probe."""
        return statuses_in(self.timeline)

    @cached_property
    def issued_states(self) -> dict[str, AppResponse]:
        """The states in the authorization URLs that the backend gave to the app, with the answers."""
        return issued_states_in(self.timeline)

    def cookie_left_out(self, visit: Visit) -> str:
        """Say which of the backend's cookies the browser left out as it came back, and why; or nothing."""
        before = (each for each in self.exchanges if each.request.index < visit.request.index)
        return cookie_left_out(visit.request, before)

    def dialogs_over(self, page: PageShown) -> tuple[DialogOpened, ...]:
        """Return the dialogs of a page's visit that opened before anybody could have tapped."""
        requests = [visit.request.index for visit in self.visits]
        begins = max((each for each in requests if each < page.index), default=0)
        ends = min((each for each in requests if each > page.index), default=len(self.timeline))
        opened = self.timeline.of(DialogOpened)
        return tuple(each for each in opened if each.at_once and begins < each.index < ends)

    def lacks(self, event: Event) -> str:
        """Say what is unknown of the page at an event; empty where there is nothing.

        A file of somebody else's that it did not get here, or what nobody can look into for its button.
        """
        visit = next((each for each in reversed(self.visits) if each.request.index < event.index), None)
        if visit is None or visit.page is None:
            return ""
        if visit.sealed:
            return f"the button may stand in {visit.sealed}, into which the harness cannot look"
        shown, said = visit.page.url, self.after(PageComplained, visit.request)
        lost = {each.where.rpartition(":")[0] for each in said if each.text.startswith(NOT_LOADED)}
        own, needed = parts_of(shown), (parts_of(each, shown) for each in visit.landing.markup.needed)
        others = (each.geturl() for each in needed if each and (own is None or each.netloc != own.netloc))
        file = next((each for each in others if each in lost), "")
        return f"the page waits for {file}, which is not reached here: serve it, or go online" if file else ""

    def after(self, kind: type[E], event: Event) -> tuple[E, ...]:
        """Return the events of a type that came after an event."""
        return tuple(each for each in self.timeline.of(kind) if each.index > event.index)

    def is_offline(self, user: str | None, *, at: float) -> bool:
        """Tell whether a user's phone had no network at an index of the timeline."""
        return is_offline_in(self.timeline, user, at)

    def amo_excuse(self, *, after: Event, before: Event) -> AmoEvent | None:
        """Return what amoCRM did between two events that excuses a backend's failure, if anything."""
        return excuse_in(self.timeline, after=after, before=before)

    def was_left_connected(self, before: Event, user: str | None) -> bool:
        """Tell whether a user may have been connected before the story began, and nobody could undo it.

        A status that says connected proves nothing then. `user` is None where nobody knows whose it is.
        """
        if self.started is None or self.started.resets:
            return False
        told = [each for each in self.statuses if each.index < before.index]
        mine = [each for each in told if None in (user, each.user) or each.user == user]
        return not any(each.connected is False for each in mine)
