"""Three reports to look at: of a run that passes, of one with twenty faults, of one whose texts are hostile.

Owns making them. The first two are played for real; the third has every event that there is, and whatever a
backend can put into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from harness.backends.foreign import reference_process
from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.contract import CONTRACT, Finding
from harness.engines import open_engine
from harness.proofs.prove import choose_subjects, made_into
from harness.report.page.html import HtmlFile
from harness.runs.about import About, now, versions_here
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.runs.runner import Played, play, run, setting_of
from harness.saved.results_file import ResultsFile
from harness.stage.scenario import choose
from harness.stage.world import Setup, open_stage
from harness.timeline.events import EVENTS, Event, ScenarioStarted
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Playwright

    from harness.stage.world import Stage

PASSING = (
    "connect_happy_path",
    "left_alone",
    "callback_delivered_twice",
    "refresh_race",
)
FAULTS: Mapping[str, str] = {
    "left_alone": "departs_by_timeout_10_s",
    "tap_twice": "button_dead",
    "exchange_is_slow": "page_before_exchange",
    "state_survives": "state_in_a_script_string",
    "exchange_refused": "refusal_as_json",
    "amo_unreachable": "amo_down_as_trace",
    "code_missing": "missing_code_without_button",
    "user_declines": "decline_without_button",
    "connect_happy_path": "cache_control_missing",
    "state_spent": "state_reusable",
    "callback_reloaded": "reload_refused",
    "hostile_error_text": "amo_text_unescaped",
    "leads_many": "leads_first_page_only",
    "token_expires": "never_refreshes",
    "app_link_twice": "leads_forbidden",
    "rate_limited": "limit_disconnects",
    "integration_revoked": "revoked_is_forbidden",
    "two_accounts": "tokens_of_whoever_came_last",
    "referer_of_somebody_else": "referer_believed",
    "somebody_looks_first": "code_spent_by_a_look",
}
"""Twenty faults of the reference, each with the scenario that shows it: README's picture is of them."""
EVIL = (
    "</script></style></template>--><script>window.ran = 1</script>",
    "<!-- <script>",
    "javascript:window.ran=2",
    '"><img src=x onerror="window.ran=3">',
    "' autofocus onfocus='window.ran=4",
    "]]> \x00\x0b\x1b[31m \ud800 \u202egnp.exe\u2066 ‹code:1f2e3d4c› {{ 7*7 }} ``` \U0001f600",
    "<title>" + "x" * 1_000_000,
)
"""What a backend may say wherever it is heard."""


def all_reports(out: Path, playwright: Playwright) -> None:
    """Leave the three reports in folders of their own."""
    with open_engine("auto", playwright=playwright) as engine:
        for name, plays in (("passing", _passing), ("faults", _faulty)):
            folder = out / name
            setup = Setup(reference_config(), out=folder, open_process=reference_process)
            with open_stage(setup, engine, reference_backend) as stage:
                _run(stage, plays, folder)
    hostile(out / "hostile")


def _run(stage: Stage, plays: Callable[[Stage], Iterator[Played]], out: Path) -> None:
    about = About(
        command="amo-harness run --backend backend.toml --phone ios-safari",
        seed=7,
        phone="ios-safari, Expo SDK 52",
        started=now(),
        versions=versions_here(),
        commit="9318d56a41c2",
    )
    setting = replace(setting_of(stage), backend="my-backend", about=about)
    names = PASSING if plays is _passing else tuple(FAULTS)
    run(setting, choose(list(names)), plays(stage), [ResultsFile(out), HtmlFile(out)], rules=Rules())


def _passing(stage: Stage) -> Iterator[Played]:
    return (play(stage, each) for each in choose(list(PASSING)))


def _faulty(stage: Stage) -> Iterator[Played]:
    for name, fault in FAULTS.items():
        with ExitStack() as stack:
            cast = stack.enter_context(made_into(stage, choose_subjects([fault])[0]))
            yield play(cast, choose([name])[0])


def hostile(out: Path) -> None:
    """Write the report of a run in which every text that comes from outside is hostile."""
    run_of_all, timelines = hostile_run()
    file = HtmlFile(out)
    for scenario in run_of_all.scenarios:
        file.scenario_finished(scenario, timelines[scenario.id])
    file.run_finished(run_of_all)


@cache
def hostile_run() -> tuple[RunResult, Mapping[str, Timeline]]:
    """Return that run: a scenario for each hostile text, every clause broken in it, every event in it."""
    timelines = {f"evil_{number}": hostile_timeline(text) for number, text in enumerate(EVIL)}
    scenarios = tuple(
        ScenarioResult(
            name,
            text[:2_000],
            tuple(clause.id for clause in CONTRACT),
            {clause.id: Finding("failed", text, text[::-1], (1, 2, 3)) for clause in CONTRACT[:6]},
            harness_errors=(text[:2_000],),
            stopped=text[:2_000],
            remarks=(text[:2_000],),
            duration_s=0.5,
        )
        for name, text in zip(timelines, EVIL, strict=True)
    )
    about = About(
        command=EVIL[0], phone=EVIL[3], started=EVIL[2], versions={EVIL[1]: EVIL[4]}, commit=EVIL[5]
    )
    evil_rules = Rules(known_failures={"CB-02": EVIL[0]})
    return (
        RunResult(
            {"name": EVIL[0], "version": EVIL[3]}, EVIL[4], scenarios, evil_rules, duration_s=1, about=about
        ),
        timelines,
    )


def hostile_timeline(text: str) -> Timeline:
    """Return a timeline with every event that there is, each text in it this one."""
    recorder = Recorder()
    recorder.record(ScenarioStarted(id="evil"), at_ns=0)
    for number, kind in enumerate(EVENTS.values(), 1):
        recorder.record(filled(kind, text), at_ns=number * 1_000_000)
    return recorder.timeline()


def filled(kind: type[Event], text: str) -> Event:
    """Return an event whose free texts are this one, in its mappings and lists too."""
    hints = get_type_hints(kind)
    chosen: dict[str, Any] = {}
    for field in fields(kind):
        made = _value(str(hints[field.name]), text)
        if made is not None:
            chosen[field.name] = made
    return kind(**chosen)


def _value(hint: str, text: str) -> object:
    """Return a value of a type that holds this text where it may; None where nothing needs to be said."""
    if "Literal" in hint:
        return None if "None" in hint else hint.partition("Literal['")[2].partition("'")[0]
    if hint in ("<class 'str'>", "str | None"):
        return text
    if "Mapping" in hint:
        return {text[:300]: (text,) if "tuple" in hint else text}
    if "tuple[tuple[str, str]" in hint:
        return (("content-type", text), (text[:300], text))
    if hint.startswith("tuple[str"):
        return (text,)
    return {"<class 'int'>": 1, "<class 'float'>": 1.0, "<class 'bool'>": True}.get(hint)
