"""The dashboard in a real browser, a backend's page that tries to reach it, and the end of the command."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from itertools import takewhile
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Playwright, expect

from harness.engines import Engine, EngineUnavailable, open_engine
from harness.processes.stillness import STILL_S
from harness.timeline.events import NoteTaken
from tests.browser.processes import descendants, running, started, wait_for
from tests.e2e.by_hand import IN_THIS_TAB, backend_with, sitting
from tests.http.serve.walker import press

SOON_S = 30.0


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Engine]:
    try:
        with open_engine("chromium", playwright=playwright) as engine:
            yield engine
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def desk(chromium: Engine) -> Generator[Page]:
    tab = chromium.open_tab()
    yield tab.page
    tab.close()


@pytest.fixture
def phone(chromium: Engine) -> Generator[Page]:
    tab = chromium.open_tab()
    yield tab.page
    tab.close()


def test_a_tester_sees_what_happens_and_makes_amocrm_go_wrong(
    desk: Page, phone: Page, tmp_path: Path
) -> None:
    """One tap refuses the next code; the clause turns as the page comes; a note and a picture are kept."""
    with sitting(tmp_path) as sat:
        desk.goto(sat.serving.dashboard_url)
        assert "token" not in desk.url
        desk.get_by_text("The code is refused").click()
        desk.get_by_role("button", name="code revoked").click()
        expect(desk.locator("#now")).to_contain_text("problem at token")
        phone.goto(sat.serving.start_url)
        phone.get_by_role("button", name="Open the CRM tab").click()
        phone.get_by_role("button", name=IN_THIS_TAB).click()
        phone.locator("#allow").click()
        phone.get_by_text("Authorization failed").wait_for()
        expect(desk.locator("#clause-CB-01 .word")).to_have_text("kept")
        expect(desk.locator("#events")).to_contain_text("fault used")
        expect(desk.locator("#now")).to_contain_text("exchange_refused")
        desk.get_by_label("A note for the run").fill("it looked odd")
        desk.get_by_role("button", name="Add the note").click()
        expect(desk.locator("#events")).to_contain_text("it looked odd")
        desk.get_by_label("A screenshot").set_input_files(
            {"name": "x.png", "mimeType": "image/png", "buffer": phone.screenshot()}
        )
        expect(desk.locator("#events")).to_contain_text("by-hand.png")
        desk.get_by_role("button", name="Finish").click()
        (played,) = sat.plays.result(SOON_S)
        expect(desk.locator("#clause-CB-01 .word")).to_have_text("kept")  # it stays to be read
    expect(desk.locator("#live")).to_have_text("finished")
    expect(desk.get_by_role("status").filter(has_text="The results are in the run's folder")).to_be_visible()
    expect(desk.get_by_role("button", name="New journey")).to_be_disabled()
    notes = [each.text for each in played.timeline.of(NoteTaken)]
    assert notes == ["it looked odd", "a picture"]
    assert [each.name for each in tmp_path.rglob("*.png")] == ["01-by-hand.png"]
    assert played.result.findings["CB-01"].result == "passed"


def test_a_preset_begins_a_journey_with_its_trouble_and_its_sentences(
    desk: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dashboard says what to do on the phone, though no event tells that the journey is under way."""
    monkeypatch.setattr("harness.serve.dashboard.live.JUDGED_EVERY_S", 0)
    with sitting(tmp_path) as sat:
        desk.goto(sat.serving.dashboard_url)
        desk.get_by_role("button", name="The redirect brings no code").click()
        expect(desk.locator("#now")).to_contain_text("missing_field at redirect")
        expect(desk.locator("#now ol")).to_contain_text("Разрешить")
        assert wait_for(lambda: sat.serving.sitting.is_under_way)
        assert sat.serving.sitting.journey.plan.id == "journey_002_code_missing"


def test_a_clause_that_breaks_opens_and_stays_as_the_tester_leaves_it(
    desk: Page, phone: Page, tmp_path: Path
) -> None:
    """Its reason is read without a click, and what was closed is not opened again."""
    with sitting(tmp_path, backend=backend_with("page_before_exchange")) as sat:
        desk.goto(sat.serving.dashboard_url)
        clause = desk.locator("#clause-CB-01")
        expect(clause).not_to_have_attribute("open", "")
        phone.goto(sat.serving.start_url)
        phone.get_by_role("button", name="Open the CRM tab").click()
        phone.get_by_role("button", name=IN_THIS_TAB).click()
        phone.locator("#allow").click()
        expect(clause).to_have_attribute("open", "")
        clause.locator("summary").click()
        desk.get_by_label("A note for the run").fill("closed")
        desk.get_by_role("button", name="Add the note").click()
        expect(desk.locator("#events")).to_contain_text("closed")
        desk.get_by_role("button", name="Slow", exact=True).click()
        expect(desk.locator("#now")).to_contain_text("the next token answer takes 3 s")
        expect(clause).not_to_have_attribute("open", "")


PRESSING = """async ([start, own]) => {
  const told = [];
  for (const from of [start, own])
    for (const method of ['GET', 'POST'])
      for (const name of ['', '/tapped', '/back', '/open'])
        told.push(await fetch(from + name, {method, credentials: 'include'})
          .then(answer => answer.text(), () => '').then(text => text.match(/key=([\\w-]+)/)?.[1] ?? ''));
  const form = document.createElement('form');
  Object.assign(form, {method: 'post', action: start + '/back', target: '_blank'});
  document.body.append(form);
  form.submit();
  return told;
}"""


def test_a_page_of_the_backends_neither_reads_nor_presses_the_start_page(phone: Page, tmp_path: Path) -> None:
    """On the phone that has its turn: the app's screen stays as the person left it."""
    with sitting(tmp_path) as sat:
        phone.goto(sat.serving.start_url)
        phone.get_by_role("button", name="Open the CRM tab").click()
        phone.get_by_role("button", name=IN_THIS_TAB).click()
        phone.locator("#allow").click()
        phone.get_by_text("Return to App").wait_for()
        gateway = sat.serving.sitting.servers.gateway.url
        page = phone.context.new_page()
        page.goto(f"{gateway}/health")
        with page.expect_popup() as pressed:
            keys = page.evaluate(PRESSING, [sat.serving.start_url, f"{gateway}/__phone"])
        pressed.value.wait_for_load_state()
        assert set(keys) == {""}
        assert sat.serving.sitting.journey.screen.name == "browser"
        assert sat.serving.sitting.servers.gateway.url not in sat.serving.start_url
        page.goto(f"{gateway}/__phone")
        assert page.url == sat.serving.start_url
        page.get_by_role("button", name="I came back by myself").click()
        assert wait_for(lambda: sat.serving.sitting.journey.screen.name == "crm")


HOSTILE = """async (dashboard) => {
  const answers = [];
  for (const path of ['/', '/finish', '/do/decline', '/stream'])
    for (const method of ['GET', 'POST'])
      answers.push(await fetch(dashboard + path, {method, credentials: 'include', mode: 'no-cors'})
        .then(answer => answer.type, () => 'refused'));
  const frame = document.createElement('iframe');
  frame.src = dashboard;
  document.body.append(frame);
  const form = document.createElement('form');
  Object.assign(form, {method: 'post', action: dashboard + '/finish', target: '_blank'});
  document.body.append(form);
  form.submit();
  return answers;
}"""


def test_a_hostile_page_of_the_backend_reaches_nothing(desk: Page, tmp_path: Path) -> None:
    """In the same browser that has the dashboard open: no call, no frame and no form of it is taken."""
    with sitting(tmp_path, lan="") as sat:
        desk.goto(sat.serving.dashboard_url)
        dashboard = desk.url.rstrip("/")
        page = desk.context.new_page()
        gateway = sat.serving.sitting.servers.gateway.url
        cookies = [
            led.request.all_headers().get("cookie", "")
            for led in map(page.goto, (f"{dashboard}/nothing", f"{gateway}/health"))
            if led is not None
        ]
        assert ["amo-owner" in each for each in cookies] == [True, False]
        page.evaluate(HOSTILE, dashboard)
        assert sat.serving.sitting.is_under_way
        assert not sat.serving.sitting.is_finished
        assert sat.serving.sitting.servers.amo.faults.pending()[:-1] == []  # the gate's own hold alone
        page.close()


def test_no_get_of_the_dashboard_changes_anything(tmp_path: Path) -> None:
    """Every path that changes something is there for POST alone."""
    with sitting(tmp_path) as sat, httpx.Client(follow_redirects=True) as owner:
        owner.get(sat.serving.dashboard_url)
        origin = sat.serving.dashboard_url.partition("/?")[0]
        for path in ("/next", "/finish", "/turn", "/note", "/picture", "/do/decline"):
            assert owner.get(f"{origin}{path}").status_code in (404, 405)
        assert sat.serving.sitting.is_under_way
        assert owner.get(f"{origin}/dashboard.js").status_code == 200
        phone_facing = sat.serving.sitting.servers.gateway.url
        for path in ("/dashboard.js", "/stream", "/do/decline"):
            assert httpx.get(f"{phone_facing}{path}").status_code == 404


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_command(tmp_path: Path, number: signal.Signals) -> None:
    """Whatever ends it; what is kept by then can be read."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "harness", "serve", "--out", str(out)]
    # Tests that were started with `&` ignore Ctrl-C, and so would their children.
    hears = signal.signal(signal.SIGINT, signal.SIG_DFL)
    with started(command, stdout=subprocess.PIPE, cwd=tmp_path) as serving:
        signal.signal(signal.SIGINT, hears)
        assert serving.stdout is not None
        lines = list(takewhile(lambda line: "Finish on the" not in line, iter(serving.stdout.readline, "")))
        phone = next(line.split()[1] for line in lines if line.startswith("phone "))
        assert lines[0].startswith("for a browser on this computer alone: a phone needs --lan")  # and no code
        assert httpx.get(phone.replace("__phone", "__control/faults")).status_code == 404
        began = descendants(serving.pid)
        serving.send_signal(number)
        serving.wait(SOON_S)
    assert wait_for(lambda: not running(began), timeout_s=SOON_S)
    if number != signal.SIGKILL:
        assert json.loads((out / "results.json").read_text(encoding="utf-8"))["interrupted"] is True


SLOWLY = """
import sys, time
from harness.cli import main
from harness.report.page.html import HtmlFile
writes = HtmlFile.run_finished
HtmlFile.run_finished = lambda *of: (time.sleep(2.5), writes(*of))
sys.exit(main(sys.argv[1:]))
"""


def test_an_end_by_ctrl_c_waits_for_a_long_report_and_says_once_where_it_is(tmp_path: Path) -> None:
    """A sitting of many journeys takes seconds to write, and Ctrl-C is one of its two ways to end."""
    hears = signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-c", SLOWLY, "serve", "--observe", "--seed", "7", "--out", "out"]
    with started(command, stdout=subprocess.PIPE, cwd=tmp_path) as serving:
        signal.signal(signal.SIGINT, hears)
        assert serving.stdout is not None
        for line in takewhile(lambda line: "Finish on the" not in line, iter(serving.stdout.readline, "")):
            assert line
        serving.send_signal(signal.SIGINT)
        told, _ = serving.communicate(timeout=SOON_S)
    assert (tmp_path / "out" / "report.html").exists()
    assert told.count("report   out/report.html") == 1
    about = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["about"]
    assert about["command"] == "amo-harness serve --observe"
    assert "interrupted: 0 journeys finished" in told


def test_a_journey_knows_that_the_laptop_slept(tmp_path: Path) -> None:
    """Whoever closes it in the middle goes on where they were, and the timeline says for how long."""
    hears = signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-m", "harness", "serve", "--out", "out"]
    with started(command, stdout=subprocess.PIPE, cwd=tmp_path) as serving:
        signal.signal(signal.SIGINT, hears)
        assert serving.stdout is not None
        lines = list(takewhile(lambda line: "Finish on the" not in line, iter(serving.stdout.readline, "")))
        start = next(line.split()[1] for line in lines if line.startswith("phone "))
        with httpx.Client(timeout=SOON_S) as phone:
            assert wait_for(lambda: 'data-key=""' not in phone.get(start).text)  # the journey has begun
            assert press(phone, start, "open").status_code == 303
            serving.send_signal(signal.SIGSTOP)
            threading.Timer(STILL_S + 1, serving.send_signal, [signal.SIGCONT]).start()
            assert press(phone, start, "connect").status_code == 303
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=SOON_S)
    (saved,) = (tmp_path / "out" / "timelines").glob("journey_001*.json")
    still = [each for each in json.loads(saved.read_text())["events"] if each["kind"] == "stood_still"]
    assert [each["data"]["for_s"] > STILL_S for each in still] == [True]
