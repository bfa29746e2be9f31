"""fake_amo's page for people: what it shows, and that its buttons do what they say."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from fake_amo.site.faults import MENU, STEPS
from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable
from tests.axe import violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright, ViewportSize


Scheme = Literal["light", "dark"]
REBOUND = "rebound.example"
"""A page's own name that leads to this machine."""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Browser]:
    """Start a Chromium: nothing here depends on the browser."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    rebound = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
    with playwright.chromium.launch(executable_path=executable, args=[*chromium_arguments(), rebound]) as one:
        yield one


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Page:
    """Return one page for all that look at the fake as anybody sees it."""
    return chromium.new_page(viewport={"width": 1280, "height": 844})


@pytest.fixture
def amo() -> Generator[FakeAmo]:
    """Two accounts, and faults left over on purpose."""
    with FakeAmo(AmoSettings(world="two-accounts", raise_at_exit=False)) as running:
        yield running


def test_page_shows_the_world_and_what_comes(page: Page, amo: FakeAmo) -> None:
    """Accounts, people, a code with its age, and each call as it comes."""
    amo.mint_code()
    page.goto(f"{amo.control_url}/page")
    for text in ("Друга компанія (secondaccount)", "owner@example.com", amo.accounts[1].host, "code "):
        page.get_by_text(text, exact=False).first.wait_for()
    httpx.get(f"{amo.url}/api/v4/<b>nonsense</b>", trust_env=False)
    page.locator("#journal").get_by_text("GET /api/v4/<b>nonsense</b>").wait_for()
    page.locator("#trouble").get_by_text("not modelled: GET /api/v4/<b>nonsense</b>").wait_for()
    assert page.locator("#journal b").count() == 0
    page.locator("#accounts summary", has_text="7 leads").click()
    assert page.locator("#accounts details[open] li").count() == 7


def test_fault_is_asked_for_and_taken_back(page: Page, amo: FakeAmo) -> None:
    """With its step and parameters; a wrong one is told by its name."""
    page.goto(f"{amo.control_url}/page")
    page.get_by_label("name of problem").select_option("code_expired")
    page.get_by_role("button", name="problem", exact=True).click()
    page.locator("#waiting").get_by_text("problem at token").wait_for()
    (fault,) = amo.faults.pending()
    assert (fault.step, fault.params) == ("token", {"name": "code_expired"})
    page.get_by_label("ms of slow").fill("soon")
    page.get_by_role("button", name="slow", exact=True).click()
    page.get_by_text("ms must be a whole number").wait_for()
    page.get_by_role("button", name="Take back").click()
    page.locator("#waiting li").wait_for(state="detached")
    assert amo.faults.pending() == []


def test_each_step_has_a_button_for_each_of_its_faults(page: Page, amo: FakeAmo) -> None:
    """And each can be pressed as it stands: what it needs has a first value."""
    page.goto(f"{amo.control_url}/page")
    page.locator("#menu button").first.wait_for()
    for step in STEPS:
        page.get_by_label("at", exact=True).select_option(step)
        possible = [name for name, line in MENU.items() if step in line.steps]
        assert page.locator("#menu button").all_inner_texts() == possible, step
    page.get_by_label("at", exact=True).select_option("refresh")
    page.get_by_label("for", exact=True).select_option("")
    buttons = page.locator("#menu button")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        page.locator("#waiting > li").nth(number).wait_for()
    assert page.locator("#said").inner_text() == ""
    assert {each.kind for each in amo.faults.active()} == set(MENU) - {"declined"}


def test_an_answer_that_is_held_can_be_let_go(page: Page, amo: FakeAmo) -> None:
    """While it is held no request waits for the fault any more, and the page still has its button."""
    page.goto(f"{amo.control_url}/page")
    page.get_by_role("button", name="hold", exact=True).click()
    page.locator("#waiting").get_by_text("hold at token").wait_for()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, f"{amo.url}/oauth2/access_token", trust_env=False)
        page.get_by_text("holds an answer now").wait_for()
        assert not asked.done()
        page.get_by_role("button", name="Release").click()
        assert asked.result(5).status_code == 400
    page.locator("#waiting li").wait_for(state="detached")


def test_keyboard_stays_where_it_is_while_the_page_goes_on(page: Page, amo: FakeAmo) -> None:
    """A button in a list that is drawn anew keeps the focus, and an open list stays open."""
    page.goto(f"{amo.control_url}/page")
    page.locator("#accounts summary").first.click()
    page.get_by_role("button", name="Let it run out: secondaccount").focus()
    amo.set_leads(3)
    page.locator("#accounts summary", has_text="3 leads").wait_for()
    assert page.evaluate("document.activeElement.ariaLabel") == "Let it run out: secondaccount"
    assert page.locator("#accounts details[open]").count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_everybody_can_use_it(chromium: Browser, amo: FakeAmo, scheme: Scheme, width: int) -> None:
    """On a phone and on a desk, by day and by night: axe finds nothing, nothing is wider than the screen.

    What differs by width and by theme is looked at once in each.
    """
    amo.mint_code()
    amo.faults.add("token", "hold")
    httpx.get(f"{amo.url}/api/v4/nonsense", trust_env=False)
    size: ViewportSize = {"width": width, "height": 844}
    with chromium.new_context(bypass_csp=True, color_scheme=scheme, viewport=size) as context:
        page = context.new_page()
        page.goto(f"{amo.control_url}/page")
        page.get_by_text("not modelled").wait_for()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_time_person_and_subscription_have_buttons(page: Page, amo: FakeAmo) -> None:
    """Each is what the control call of that name does."""
    page.goto(f"{amo.control_url}/page")
    page.get_by_role("button", name="+ 1 hour").click()
    page.get_by_text("moved by 1 h").wait_for()
    assert amo.clock.advanced_s == 3600
    page.get_by_role("button", name="Sign in").click()
    page.locator("#users li", has_text="second@example.com").get_by_text("signed in").wait_for()
    page.get_by_role("button", name="Let it run out").first.click()
    page.get_by_text("ran out").wait_for()
    page.get_by_role("button", name="Start over").click()
    page.get_by_text("ran out").wait_for(state="detached")
    assert amo.clock.advanced_s == 0


def test_a_rebound_page_cannot_read_or_steer(page: Page, amo: FakeAmo) -> None:
    """It is of the fake's own origin for the browser, and its name tells it all the same."""
    rebound = amo.url.replace("127.0.0.1", REBOUND)
    for path in ("/oauth", "/__control/page", "/__control/world"):
        answer = page.goto(rebound + path)
        assert answer is not None
        assert answer.status in {403, 421}
    page.goto(rebound)
    steered = page.evaluate(
        "async () => (await fetch('/__control/advance', {method: 'POST', body: '{\"days\": 1}'})).status"
    )
    assert (steered, amo.clock.advanced_s) == (403, 0)


def test_a_hostile_page_of_this_machine_cannot_steer(page: Page, amo: FakeAmo, site: str) -> None:
    """Another port is the same site: neither a form nor a script of it changes anything, and none reads."""
    amo.clock.advance(days=1)
    page.goto(f"{site}/hostile")
    for path, options in (("/world", "{}"), ("/reset", "{method: 'POST', mode: 'no-cors'}")):
        asked = f"fetch('{amo.control_url}{path}', {options}).then(() => false, () => true)"
        assert page.evaluate(asked), "it is kept out"
    page.set_content(f"<form method=post enctype=text/plain action='{amo.control_url}/reset'></form>")
    page.evaluate("document.forms[0].submit()")
    page.wait_for_url(f"{amo.control_url}/reset")
    assert "this one is of http" in page.inner_text("body")
    assert amo.clock.advanced_s == 86_400
