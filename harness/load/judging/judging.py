"""The pass over everything that was recorded: each journey by the contract, all of it by the invariants.

Owns reading the two files side by side in the order of the clock, with as much in memory as ten seconds of a
run. It runs when the driving is over, so that neither takes time from the other.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fake_amo.site.crowd import LEADS, account_id, account_name, lead_name
from harness.config.settings import BackendConfig
from harness.contract import Finding, judge
from harness.contract.reading.words import quoted
from harness.load.judging.figures import Course
from harness.load.judging.invariants import Breach, Invariants, Result
from harness.load.judging.journey import Background, Journey, joined, journey_of, timeline_of
from harness.load.judging.ledger import Ledger
from harness.load.judging.patience import given_up_codes, unread
from harness.load.judging.server_side import (
    BACKEND_ENDED,
    BACKEND_WROTE,
    TURNED_ELSEWHERE,
    Told,
    told_in,
)
from harness.timeline.masking import masks_in
from harness.timeline.timeline import Timeline

BY_HTTP = (
    *("CB-01", "CB-02", "CB-03", "CB-04", "CB-08", "CB-09", "CB-10", "CB-11"),
    *("DL-01", "DL-02", "DL-03", "DL-04", "ST-01", "ST-02"),
    *("SEC-01", "SEC-03", "SEC-04", "SEC-05", "SEC-06", "SEC-08", "SEC-09"),
)
"""What can be seen of the contract without a browser."""
LATE_NS = 10 * 10**9
"""By how much one journey may be written after a later one: workers report every three seconds."""
AFTERWARDS_NS = 10**9
TWO_USERS, OUTPUT = "SEC-09", "SEC-07"
COMPANY_NS = 30 * 10**9
"""For how long the first one's coming again is waited for."""
MOST_ELSEWHERE = 1000
"""How many calls of somebody else's host are kept until the journey is judged that named it."""
MOST_KEPT, OF_A_KIND = 8, 2
"""How many failing journeys are kept in all, and of one kind of failure."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged, and where it lies."""

    users: Path
    server: Path
    shape: str
    config: BackendConfig
    offers: frozenset[str]
    owner_account: int
    """Whose account everybody's is where the backend has one user."""
    tells_users_apart: bool
    grace: bool
    limits: bool


@dataclass(frozen=True)
class Failing:
    """A journey that broke something, with all that is needed to see why."""

    id: str
    findings: Mapping[str, Finding]
    breaches: tuple[Breach, ...]
    timeline: Timeline


@dataclass(frozen=True)
class Company:
    """Journeys one after the other: somebody connects, somebody else does, the first one comes again."""

    first: int
    timeline: Timeline
    began_ns: int
    journeys: int = 1


@dataclass(slots=True)
class Judgement:
    """What came of it."""

    invariants: Mapping[str, Result]
    course: Course = field(default_factory=Course)
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])
    """The clauses over every journey that broke nothing of them."""
    counts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """By clause and result, in how many journeys."""
    failing: list[Failing] = field(default_factory=list[Failing])
    example: Timeline = field(default_factory=Timeline)
    """A whole journey, as a reader may want to see one."""
    fake_failed: list[str] = field(default_factory=list[str])
    given_up: int = 0
    """How many of amoCRM's answers the backend had no time to read."""
    leaks: list[str] = field(default_factory=list[str])
    """The first lines of the backend's output that held a secret, masked."""
    ended: list[int | None] = field(default_factory=list["int | None"])
    """With which exit codes processes of the backend ended by themselves."""


def in_order(lines: Iterable[str]) -> Iterator[Journey]:
    """Yield journeys by their end, though some were written a little late."""
    waiting: list[tuple[int, int, Journey]] = []
    latest = 0
    for number, line in enumerate(lines):
        journey = journey_of(line)
        latest = max(latest, journey.ended_ns)
        heapq.heappush(waiting, (journey.ended_ns, number, journey))
        while waiting[0][0] < latest - LATE_NS:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


class Judging:
    """One pass."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._ledger = Ledger(grace=case.grace)
        one_account = not case.tells_users_apart
        self._invariants = Invariants(self._ledger, one_account=one_account, limits=case.limits)
        self._result = Judgement(self._invariants.results)
        self._kinds: dict[tuple[str, ...], int] = {}
        self._told = told_in(case.server)
        self._next = next(self._told, None)
        self._elsewhere: deque[Told] = deque(maxlen=MOST_ELSEWHERE)
        self._company: Company | None = None

    def run(self) -> Judgement:
        """Judge everything."""
        with self._case.users.open(encoding="utf-8") as lines:
            for journey in in_order(lines):
                self._advance(journey.ended_ns + AFTERWARDS_NS)
                self._judge(journey)
        self._advance(None)
        self._invariants.finish()
        self._result.given_up = self._invariants.given_up
        self._judge_output()
        return self._result

    def _advance(self, until_ns: int | None) -> None:
        while self._next is not None and (until_ns is None or self._next.at_ns <= until_ns):
            told, self._next = self._next, next(self._told, None)
            if told.kind == "fake_failed":
                self._result.fake_failed.append(str(told.facts.get("text")))
            if told.kind in (TURNED_ELSEWHERE, BACKEND_WROTE, BACKEND_ENDED):
                self._enter_beside(told)
                continue
            self._invariants.server_side(told)
            self._ledger.take(told)

    def _enter_beside(self, told: Told) -> None:
        match told.kind:
            case kind if kind == TURNED_ELSEWHERE:
                self._elsewhere.append(told)
            case kind if kind == BACKEND_WROTE:
                self._result.leaks.append(str(told.facts["line"]))
            case _:
                self._result.ended.append(told.facts["exit_code"])

    def _judge_output(self) -> None:
        """Say what the backend wrote where nobody should read it; what it did not write is nothing seen."""
        leaks = self._result.leaks
        if not leaks:
            return
        said = f"{', '.join(masks_in(leaks[0]))} in {quoted(leaks[0])}"
        said += f", and in {len(leaks) - 1} lines more" if len(leaks) > 1 else ""
        self._result.findings[OUTPUT] = Finding("failed", "no code, token or secret in the output", said)
        self._result.counts[OUTPUT] = {"failed": len(leaks)}

    def _judge(self, journey: Journey) -> None:
        result = self._result
        result.course.take(journey)
        if not journey.rows:
            return
        own = account_id(journey.number) if journey.number else self._case.owner_account
        told = self._as_read(own, journey)
        breaches = self._invariants.journey(journey, own, told)
        if journey.why.startswith("it was cut off"):
            return
        timeline = timeline_of(journey, told, self._background(journey, own))
        findings = judge(timeline, BY_HTTP)
        if journey.number and not journey.why:
            findings |= self._in_company(journey, told, timeline)
        self._count(findings)
        if not len(result.example) and journey.kind == "connect" and not journey.why:
            result.example = timeline
        broken = [each for each, finding in findings.items() if finding.result == "failed"]
        if broken or breaches:
            self._keep(journey, broken, breaches, findings, timeline)

    def _as_read(self, own: int, journey: Journey) -> list[Told]:
        """Return what amoCRM did meanwhile, tokens that the backend had no time to read as lost."""
        told = self._meanwhile(own, journey)
        codes = given_up_codes(journey, told, self._case.config)
        if not codes:
            return told
        for each in told:
            if each.kind == "token_request" and each.code in codes:
                self._invariants.gave_up(own, each)
        return [unread(e) if e.kind == "token_request" and e.code in codes else e for e in told]

    def _meanwhile(self, own: int, journey: Journey) -> list[Told]:
        kept = self._ledger.account(own).told
        began, ended = journey.began_ns, journey.ended_ns
        stranger = self._elsewhere if journey.names_a_stranger else ()
        return [each for each in (*kept, *stranger) if began <= each.at_ns <= ended]

    def _in_company(self, journey: Journey, told: list[Told], timeline: Timeline) -> dict[str, Finding]:
        """Judge some journeys after another user's, for what only two users can show."""
        company = self._company
        if company is None or journey.ended_ns > company.began_ns + COMPANY_NS:
            is_first = journey.kind == "connect"
            self._company = Company(journey.number, timeline, journey.ended_ns) if is_first else None
            return {}
        is_next = journey.kind == "connect" and journey.number != company.first
        if not (is_next if company.journeys == 1 else journey.number == company.first):
            return {}
        own = self._background(journey, account_id(journey.number))
        both = joined(company.timeline, journey, told, own, place=company.journeys)
        self._company = replace(company, timeline=both, journeys=2) if company.journeys == 1 else None
        finding = judge(both, [TWO_USERS])[TWO_USERS]
        if finding.result == "failed":
            self._keep(journey, [TWO_USERS], [], {TWO_USERS: finding}, both)
        return {TWO_USERS: replace(finding, events=())}

    def _background(self, journey: Journey, own: int) -> Background:
        case, first = self._case, self._ledger.account(own).first_tokens_ns
        others = {number for _, _, facts in journey.of("app.response") for number in facts.get("told", ())}
        beside = {*others, journey.number, journey.number + 1} if journey.number else set[int]()
        words = {str(account_id(each)): words_of(each) for each in beside}
        was_connected = first is not None and first < journey.began_ns
        return Background(case.shape, case.config, case.offers, was_connected, words)

    def _count(self, findings: Mapping[str, Finding]) -> None:
        for clause_id, finding in findings.items():
            counts = self._result.counts.setdefault(clause_id, {})
            counts[finding.result] = counts.get(finding.result, 0) + 1
            kept = self._result.findings.get(clause_id)
            if finding.result != "failed" and (kept is None or kept.result == "not_observed"):
                self._result.findings[clause_id] = Finding(
                    finding.result, finding.expected, finding.actual, (), finding.due_to
                )

    def _keep(
        self,
        journey: Journey,
        broken: list[str],
        breaches: list[Breach],
        findings: Mapping[str, Finding],
        timeline: Timeline,
    ) -> None:
        kind = (*broken, *sorted({each.invariant.id for each in breaches}))
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        failing = self._result.failing
        if self._kinds[kind] > OF_A_KIND or len(failing) >= MOST_KEPT:
            return
        taken = {each.id for each in failing}
        wanted = f"{self._case.shape}-{journey.user}-{journey.kind}"
        names = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
        name = next(each for each in names if each not in taken)
        failing.append(Failing(name, findings, tuple(breaches), timeline))


def words_of(number: int) -> tuple[str, ...]:
    """Return what the account of a member alone has."""
    return (account_name(number), *(lead_name(number, place) for place in range(1, LEADS + 1)))


def judge_case(case: Case) -> Judgement:
    """Judge what lies in a case's files."""
    return Judging(case).run()
