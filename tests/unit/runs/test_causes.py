"""A run's causes: one broken page is one cause, and what it breaks besides is told with it."""

from dataclasses import replace
from typing import Any

import pytest

from harness.contract import Finding, judge
from harness.report.words.story import headline
from harness.runs.causes import Cause, by_cause, causes
from harness.runs.results import RunResult, ScenarioResult
from harness.timeline.amo_events import TokenRequest
from harness.timeline.gateway_events import Broken, GatewayRequest
from harness.timeline.page_events import PageShown, TapFailed
from tests.unit.contract.story import BUTTON, TEXTS, Story, begins, code_missing, granted, happy_path, refused
from tests.unit.report.runs import PASSED, played, run_of

JSON: dict[str, Any] = {
    "content_type": "application/json",
    "title": "",
    "text": '{"status":"ok"}',
    "button": None,
}
FOREIGN: dict[str, Any] = {"title": "Shop", "text": "Welcome back", "button": None}
WORDLESS: dict[str, Any] = {"title": "Shop"}


def broken(due_to: str = "", actual: str = "wrong") -> Finding:
    return Finding("failed", "right", actual, (1,), due_to)


def unseen(due_to: str = "") -> Finding:
    return Finding("not_observed", actual="nothing of it", due_to=due_to)


def seen_in(**stories: Story) -> RunResult:
    """A run in which these stories were played; each is about every clause."""
    scenarios: list[ScenarioResult] = []
    for name, story in stories.items():
        findings = judge(story.timeline())
        scenarios.append(ScenarioResult(name, "", tuple(findings), findings))
    return run_of(*scenarios)


def told(run: RunResult) -> dict[str, tuple[str, ...]]:
    """The causes that fail a run, with their clauses."""
    return {cause.name: cause.ids for cause in causes(run) if cause.fails}


def page_of(story: Story, **changes: Any) -> Story:
    """The story with another page, on which nobody finds the button."""
    story.change(PageShown, **changes)
    first = story.places(PageShown)[0]
    story.events = story.events[: first + 1]
    return story.say(TapFailed(number=1, target=TEXTS.button, reason="no such button", absent=True))


@pytest.mark.parametrize(
    ("change", "cause"), [(JSON, "no page"), (FOREIGN, "foreign page")], ids=["JSON", "a foreign page"]
)
def test_a_callback_without_its_page_is_one_cause(change: dict[str, Any], cause: str) -> None:
    """Whatever the callback was given: each page's clause is broken by the same thing."""
    run = seen_in(
        granted=page_of(granted(), **change),
        missing=page_of(code_missing(), **change),
        refused=page_of(refused(), **change),
    )
    assert told(run) == {cause: ("CB-04", "CB-05", "CB-08", "CB-09")}
    [found] = [each for each in causes(run) if each.fails]
    assert {"CB-07", "DL-01", "DL-02", "APP-01", "APP-03"} <= set(found.unseen)
    assert (found.scenario, found.also_in) == ("granted", ("missing", "refused"))
    assert run.exit_code == 1
    assert {each.clause.id for each in run.clauses if each.result == "failed"} == set(found.ids)


def test_a_callback_that_never_answers_is_one_cause() -> None:
    """Of the clauses that are looked for in vain, none is told as something to change."""
    story = begins().consents().callback(code="a", state="b").gateway(Broken, reason="no answer in 30 s")
    run = seen_in(happy=story.change(GatewayRequest, is_browser=True, is_navigation=True))
    assert told(run) == {"no answer": ("CB-10",)}
    [found] = causes(run)
    missed = {
        "CB-01",
        "CB-02",
        "CB-03",
        "CB-04",
        "CB-05",
        "CB-06",
        "CB-07",
        "DL-01",
        "ST-01",
        "APP-03",
        "SEC-01",
    }
    assert missed <= set(found.unseen)


def test_a_wrong_wording_is_one_cause_on_however_many_pages() -> None:
    """And says nothing of buttons that are there."""
    run = seen_in(
        granted=happy_path().change(PageShown, **WORDLESS), refused=refused().change(PageShown, **WORDLESS)
    )
    assert told(run) == {"other words": ("CB-04", "CB-09")}


def test_a_page_that_waits_behind_another_is_told_of_its_button() -> None:
    """As React streams it behind what a `loading` shows: its words are there, and will be seen."""
    hidden = replace(BUTTON, visible=False, covered=True, width=0, height=0)
    late: dict[str, Any] = {"text": "Loading…", "button": hidden}
    run = seen_in(granted=happy_path().change(PageShown, **late), refused=refused().change(PageShown, **late))
    assert told(run) == {"CB-05": ("CB-05", "CB-04", "CB-09")}


def test_a_page_that_exchanges_nothing_is_told_once() -> None:
    """What needs tokens could not be seen because of it."""
    story = (
        begins()
        .consents()
        .callback(code="a", state="b")
        .answers("<p>Back</p>")
        .shows_success()
        .is_left_alone()
    )
    run = seen_in(happy=story.taps_return("foryoure://amo-crm/callback"))
    assert told(run) == {"not sent": ("CB-03", "DL-04")}
    [found] = [each for each in causes(run) if each.name == "not sent"]
    assert {"CB-01", "CB-04"} <= set(found.unseen)


def test_a_state_of_its_own_that_a_backend_refuses_is_the_cause() -> None:
    """One worker issued it, another was called back; whoever refuses somebody else's is no such backend."""
    run = seen_in(turned_away=refused().drop(TokenRequest))
    assert told(run) == {"own state refused": ("CB-03",)}


def test_a_code_that_was_cut_or_decoded_twice_is_the_cause() -> None:
    """Nobody is told that nothing was sent, nor to look for states."""
    run = seen_in(cut=refused().change(TokenRequest, code="another"))
    assert told(run) == {"other code sent": ("CB-03",)}


def test_a_correct_backend_has_no_cause() -> None:
    """Not even one that warns."""
    assert causes(seen_in(happy=happy_path(), refused=refused(), missing=code_missing())) == ()


CHAIN = played(CB_01=broken(), CB_02=broken("CB-01"), ST_01=broken("CB-02"), APP_03=broken("ST-01"))


def only(run: RunResult) -> Cause:
    [found] = causes(run)
    return found


def test_what_breaks_the_others_stands_first_and_shows_itself() -> None:
    """However long the chain is, and wherever its clauses stand in the contract."""
    found = only(run_of(CHAIN))
    assert (found.name, found.ids, found.shown_by) == (
        "CB-01",
        ("CB-01", "CB-02", "ST-01", "APP-03"),
        ("CB-01",),
    )
    assert by_cause(CHAIN, CHAIN.failures) == {"CB-01": list(found.ids)}


def test_what_keeps_a_clause_from_being_seen_may_show_in_another_scenario() -> None:
    """A chain of what was not observed ends at a clause that a cause explains where its own story is told."""
    run = run_of(
        played("connect", CB_04=broken("no page"), CB_07=unseen("no page")),
        played("refused", CB_07=unseen("CB-05"), DL_04=unseen("CB-07"), APP_04=unseen("DL-04")),
        played("alone", SEC_06=unseen()),
    )
    assert only(run).unseen == ("CB-07", "DL-04", "APP-04")


def test_a_clause_whose_reason_holds_is_a_cause_of_its_own() -> None:
    """Tokens that are stored before the page do not explain a status that says otherwise later."""
    found = only(run_of(played(CB_02=PASSED, ST_01=broken("CB-02"))))
    assert (found.name, found.ids) == ("ST-01", ("ST-01",))


def test_a_clause_broken_by_itself_anywhere_is_no_symptom() -> None:
    """And what is shown of it is where it breaks by itself."""
    run = run_of(
        played("one", CB_05=broken(), CB_07=broken("CB-05")),
        played("two", CB_05=PASSED, CB_07=broken(actual="own")),
    )
    assert told(run) == {"CB-05": ("CB-05",), "CB-07": ("CB-07",)}
    assert causes(run)[1].finding.actual == "own"


def test_a_known_failure_is_no_cause_for_what_counts() -> None:
    """Excused is the clause, and not what it breaks."""
    run = run_of(played(CB_05=broken(), CB_07=broken("CB-05")), known={"CB-05": "ADM-12"})
    assert told(run) == {"CB-07": ("CB-07",)}


def test_what_only_warns_comes_last() -> None:
    """Whatever its place in the contract."""
    run = run_of(played(CB_12=broken(), ST_01=broken(), SEC_05=broken("ST-01")))
    assert [(cause.fails, cause.ids) for cause in causes(run)] == [
        (True, ("ST-01", "SEC-05")),
        (False, ("CB-12",)),
    ]


def test_what_was_not_seen_is_explained_by_what_is_broken_in_a_scenario_about_it() -> None:
    """Elsewhere it would not have come into view anyhow."""
    about = played(CB_05=broken("no button"), CB_07=unseen("CB-05"), DL_01=unseen("CB-07"))
    assert only(run_of(about)).unseen == ("CB-07", "DL-01")
    assert only(run_of(replace(about, brings=("CB-05", "DL-01")))).unseen == ("DL-01",)
    held = played(CB_05=PASSED, CB_07=unseen("CB-05"), DL_01=unseen("CB-07"), ST_02=broken())
    assert only(run_of(held)).unseen == ()


def test_a_promise_that_nothing_explains_is_told_by_itself() -> None:
    """On our own reference a scenario also fails by what it did not show: the report is written."""
    scenario = ScenarioResult("s", "", ("DL-01", "CB-04"), {"DL-01": unseen(), "CB-04": broken()})
    run = run_of(scenario, promises_count=True)
    assert headline(scenario, run) == "CB-04: wrong (and DL-01)"
    assert headline(replace(scenario, findings={"DL-01": unseen(), "CB-04": PASSED}), run) == (
        "DL-01: nothing of it"
    )
