"""From a judgement to a run's result, as every report knows it, and back from a run's folder.

Owns what of a run of load is kept in its folder, `load/` there. Must not drive.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.config.settings import BackendConfig, Http, SignIn, Texts
from harness.contract import CONTRACT, Finding
from harness.load.driving.plan import deep_link_from
from harness.load.judging.invariants import Result
from harness.load.judging.judging import BY_HTTP, Case, Judgement, judge_case
from harness.runs.results import Beside, RunResult, ScenarioResult
from harness.saved.run_folder import Rejudged, read_run
from harness.timeline.timeline import Timeline

FOLDER = "load"
SPEED = "max-p95"
ENDED = "a process of the backend ended by itself"
OVERLOADED = (
    "{count} answers of amoCRM the backend gave up unread, by a time limit of its own, which is excused: it "
    "has more to do than it can; give fewer --users"
)
USERS, SERVER, FIGURES, BACKGROUND, SHARES = (
    "users.ndjson",
    "server.ndjson",
    "figures.json",
    "background.json",
    "shares.json",
)


@dataclass(frozen=True, slots=True)
class Step:
    """What Locust measured of one step."""

    name: str
    requests: int
    failures: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How fast everything was."""

    steps: tuple[Step, ...]
    too_busy: bool
    """Whether Locust found the machine too busy for its times to mean anything."""
    workers: int = 0
    """Locust's worker processes, here or elsewhere; 0: it drove by itself."""
    workers_lost: int = 0
    """Those that did not come to the run's end, with the journeys that they had not handed over."""
    fake_requests: int = 0
    fake_p99_ms: float = 0.0
    fake_share: float = 0.0
    """Which part of the run the fake was working."""


def figures_in(folder: Path) -> Figures:
    """Read the figures of a run."""
    told = _read(folder / FIGURES)
    shares = _read(folder / SHARES)
    steps = tuple(Step(name, **row) for name, row in told.get("steps", {}).items())
    workers = {name: int(told.get(name, 0)) for name in ("workers", "workers_lost")}
    return Figures(steps, bool(told.get("too_busy")), **workers, **shares)


def lost(figures: Figures) -> tuple[str, ...]:
    """Say what of the run nobody can judge, for the workers that knew of it are gone."""
    if not figures.workers_lost:
        return ()
    said = (
        f"{figures.workers_lost} of {figures.workers} workers of Locust ended before the run did, and what "
        "they had not handed over is not judged: see what ended them, most often the memory of their machine"
    )
    return (said,)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def save_background(case: Case, folder: Path) -> None:
    """Keep what judging needs besides the two files."""
    config = case.config
    kept = {
        "shape": case.shape,
        "name": config.name,
        "http": asdict(config.http),
        "deep_link": asdict(config.deep_link),
        "texts": asdict(config.texts),
        "offers": sorted(case.offers),
        "owner_account": case.owner_account,
        "tells_users_apart": case.tells_users_apart,
        "grace": case.grace,
        "limits": case.limits,
    }
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (folder / BACKGROUND).write_text(text + "\n", encoding="utf-8")


def case_in(folder: Path) -> Case:
    """Return the case of a run's `load` folder."""
    kept = _read(folder / BACKGROUND)
    http: dict[str, Any] = kept["http"]
    sign_in = SignIn(**http.pop("sign_in"))
    config = BackendConfig(
        name=kept["name"],
        http=Http(sign_in=sign_in, **http),
        deep_link=deep_link_from(kept["deep_link"]),
        texts=Texts(**kept["texts"]),
    )
    return Case(
        folder / USERS,
        folder / SERVER,
        kept["shape"],
        config,
        frozenset(kept["offers"]),
        kept["owner_account"],
        kept["tells_users_apart"],
        kept["grace"],
        kept["limits"],
    )


def is_load(folder: Path) -> bool:
    """Tell whether a run's folder is of a run of load."""
    return (folder / FOLDER / BACKGROUND).exists()


def judge_load_again(folder: Path, *, strict: bool) -> Rejudged:
    """Judge the run of a folder again, by the contract and the invariants as they are now."""
    saved = read_run(folder)
    judgement = judge_case(case_in(folder / FOLDER))
    document = saved.document
    errors = tuple(document["scenarios"][0].get("harness_errors", ())) if document["scenarios"] else ()
    empty = RunResult(document["engine"], document["backend"], (), saved.rules(strict=strict))
    shape = _read(folder / FOLDER / BACKGROUND)["shape"]
    run, timelines = run_of(judgement, shape=shape, empty=empty, errors=errors)
    slow = tuple(Beside(**each) for each in document.get("besides", ()) if each["name"] == SPEED)
    return Rejudged(replace(run, besides=(*run.besides, *slow)), timelines)


def run_of(
    judgement: Judgement, *, shape: str, empty: RunResult, errors: tuple[str, ...] = ()
) -> tuple[RunResult, dict[str, Timeline]]:
    """Return the result of a run with the timelines that prove it: one of each kind of failure, one whole.

    `empty` says who was judged and by which rules; `errors` is what the harness could not do.
    """
    course = judgement.course
    remarks = tuple(f"{count} journeys went no further: {why}" for why, count in course.unfinished.items())
    remarks += tuple(f"{ENDED}, with exit code {code}" for code in judgement.ended)
    if judgement.given_up:
        remarks += (OVERLOADED.format(count=judgement.given_up),)
    whole = ScenarioResult(
        id=shape,
        title=f"{sum(course.by_kind.values())} journeys of the shape {shape}",
        brings=BY_HTTP,
        findings=_shown(judgement),
        harness_errors=(*errors, *judgement.fake_failed),
        remarks=remarks,
        duration_s=course.duration_s,
    )
    failing = [
        ScenarioResult(
            each.id,
            "one user's journey",
            (),
            findings=each.findings,
            remarks=tuple(f"{breach.invariant.id}: {breach.said}" for breach in each.breaches),
        )
        for each in judgement.failing
    ]
    besides = tuple(beside_of(each, judgement) for each in judgement.invariants.values())
    run = replace(
        empty,
        scenarios=(whole, *failing),
        duration_s=course.duration_s,
        whole=False,
        expected=(shape,),
        besides=besides,
    )
    return run, {shape: judgement.example, **{each.id: each.timeline for each in judgement.failing}}


def _shown(judgement: Judgement) -> dict[str, Finding]:
    """Return the findings of the journeys that broke nothing, each with its number of journeys."""
    shown: dict[str, Finding] = {}
    for clause in CONTRACT:
        finding = judgement.findings.get(clause.id)
        if finding is None:
            continue
        counts = judgement.counts[clause.id]
        seen = counts.get("passed", 0)
        said = f"in {seen} journeys; in one of them: {finding.actual}" if seen else finding.actual
        shown[clause.id] = replace(finding, actual=said)
    return shown


def beside_of(result: Result, judgement: Judgement) -> Beside:
    """Return an invariant as a result says what no clause is about."""
    invariant = result.invariant
    if not result.broken:
        said = f"held {result.seen} times" if result.seen else "nothing in this run could have broken it"
    else:
        where = "; ".join(each.said for each in result.breaches[:2])
        said = f"broken {result.broken} times of {result.seen}: {where}"
    shown_in = next(_shown_in(result, judgement), "")
    return Beside(invariant.id, invariant.title, result.outcome, said, invariant.remedy, shown_in)


def _shown_in(result: Result, judgement: Judgement) -> Iterator[str]:
    for failing in judgement.failing:
        if any(breach.invariant is result.invariant for breach in failing.breaches):
            yield failing.id


def too_slow(figures: Figures, max_p95_ms: float) -> Beside:
    """Return whether a limit that was asked for is kept; where the machine was too busy, nobody knows."""
    title = f"95 of 100 answers of the backend come within {max_p95_ms:g} ms"
    if figures.too_busy:
        return Beside(SPEED, title, "not_observed", "the machine was too busy for times to mean anything")
    own = [each for each in figures.steps if not each.name.startswith("amoCRM")]
    slow = [f"{each.name} {each.p95_ms:g} ms" for each in own if each.p95_ms > max_p95_ms]
    if slow:
        return Beside(
            SPEED, title, "failed", f"p95 of {', '.join(slow)}", "make these faster, or raise --max-p95"
        )
    return Beside(SPEED, title, "passed" if own else "not_observed", "all of them")
