"""The dashboard's pieces as they come: each event at once, clauses and what stands there as soon as judged.

Owns when something is rendered and told. What is rendered is `views`; who listens is `feed`.
"""

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.contract import Finding, judge
from harness.errors import UsageError
from harness.runs.rules import Rules
from harness.serve.dashboard.feed import Feed, Piece
from harness.serve.dashboard.views import LANES, clause_rows, counts, event_row, failures_of, now_of
from harness.serve.hand.journey import Journey
from harness.serve.hand.sitting import Sitting
from harness.serve.phone.lease import Lease
from harness.timeline.events import Event, ScenarioStarted

JUDGED_EVERY_S = 0.1
EVENTS_SHOWN = 400
"""Of a page that is loaded; what comes afterwards is added."""
OVER = "Finished. The results are in the run's folder, and the terminal says where; this page can be closed."
HAS_TURN = "A phone has the turn; any other is told so."
FREE_TURN = "Whichever phone presses a button next has the turn."
TEMPLATES = Environment(
    loader=PackageLoader("harness.serve.dashboard", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Live:
    """Tells the feed what changes. `hear` is an ear of the sitting's and waits for nothing."""

    def __init__(self, feed: Feed, rules: Rules) -> None:
        self._feed, self._rules = feed, rules
        self._sitting: Sitting | None = None
        self._lease = Lease()
        self._began_ns = 0
        self._row = TEMPLATES.get_template("event.html")
        self._changed = threading.Event()
        self._is_over = threading.Event()
        self._told: dict[str, str] = {}
        self._thread = threading.Thread(target=self._keep_up, name="dashboard", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._thread.join()

    def close(self) -> None:
        """Tell that it is over and nothing more, and let every page go."""
        self._is_over.set()
        self._changed.set()
        self._feed.close(Piece("over", "over", OVER))

    def follow(self, sitting: Sitting, lease: Lease) -> None:
        """Follow this sitting from now on, and whose turn it is."""
        self._sitting, self._lease = sitting, lease

    def hear(self, event: Event) -> None:
        """Tell of an event at once, and have the rest looked at."""
        if isinstance(event, ScenarioStarted):
            self._began_ns = event.at_ns
            self._feed.tell(Piece("clear", "events"))
        self._feed.tell(Piece("add", "events", self._row.render(row=event_row(event, self._began_ns))))
        self._changed.set()

    def changed(self) -> None:
        """Have everything looked at that is no event: the turn, what is asked for."""
        self._changed.set()

    def whole(self, **words: Any) -> str:
        """Return the whole page as it is now."""
        journey = self._journey()
        timeline = () if journey is None else journey.timeline().events
        began_ns = timeline[0].at_ns if timeline else time.monotonic_ns()
        rows = [event_row(each, began_ns) for each in timeline[-EVENTS_SHOWN:]]
        template = TEMPLATES.get_template("dashboard.html")
        return template.render(lanes=LANES, rows=rows, **self._pieces(journey), **words)

    def _keep_up(self) -> None:
        while not self._is_over.is_set():
            self._changed.wait()
            self._changed.clear()
            for id_, html in self._pieces(self._journey()).items():
                if self._told.get(id_) != html:
                    self._told[id_] = html
                    self._feed.tell(Piece("swap", id_, html))
            self._is_over.wait(JUDGED_EVERY_S)

    def _journey(self) -> Journey | None:
        try:
            return None if self._sitting is None else self._sitting.journey
        except UsageError:  # between two of them
            return None

    def _pieces(self, journey: Journey | None) -> dict[str, str]:
        """Return what stands in each place of the page, by the place's id."""
        turn = {"turn": HAS_TURN if self._lease.is_taken else FREE_TURN, "earlier": self._earlier()}
        if journey is None or self._sitting is None:
            return {**turn, **self._between()}
        now = TEMPLATES.get_template("now.html").render(now=now_of(journey))
        return {**turn, "clauses": self._clauses(judge(journey.timeline())), "now": now}

    def _between(self) -> dict[str, str]:
        """Return what stands there between two journeys, and at the end."""
        results = () if self._sitting is None else tuple(self._sitting.results)
        is_finished = self._sitting is not None and self._sitting.is_finished
        now = TEMPLATES.get_template("between.html").render(is_finished=is_finished)
        clauses = self._clauses(results[-1].findings) if results else ""
        return {"clauses": clauses, "now": now}

    def _earlier(self) -> str:
        results = () if self._sitting is None else self._sitting.results
        rows = [(each, *failures_of(each, self._rules)) for each in results]
        return TEMPLATES.get_template("earlier.html").render(rows=rows)

    def _clauses(self, findings: Mapping[str, Finding]) -> str:
        rows = clause_rows(findings, self._rules)
        return TEMPLATES.get_template("clauses.html").render(rows=rows, counts=counts(rows))
