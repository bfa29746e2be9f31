"""fake_amo's page for people: what it shows, and that its buttons do what they say."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.engines.tabs.presence import launched_executable

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright


REBOUND = "rebound.example"
"""A page's own name that leads to this machine."""


@pytest.fixture(scope="module")
def page(playwright: Playwright) -> Generator[Page]:
    """A page of Chromium: nothing here depends on the browser."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    rebound = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=executable, args=[rebound])
    yield browser.new_page()
    browser.close()


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


def test_fault_is_asked_for_and_taken_back(page: Page, amo: FakeAmo) -> None:
    """With its step and parameters; a wrong one is told by its name."""
    page.goto(f"{amo.control_url}/page")
    page.get_by_label("step of problem").select_option("token")
    page.get_by_label("name of problem").fill("code_expired")
    page.get_by_role("button", name="problem", exact=True).click()
    page.locator("#waiting").get_by_text("problem at token").wait_for()
    (fault,) = amo.faults.pending()
    assert (fault.step, fault.params) == ("token", {"name": "code_expired"})
    page.get_by_label("name of problem").fill("moon")
    page.get_by_role("button", name="problem", exact=True).click()
    page.get_by_text("no problem 'moon' at token").wait_for()
    page.get_by_role("button", name="Take back").click()
    page.locator("#waiting tr").wait_for(state="detached")
    assert amo.faults.pending() == []


def test_time_person_and_subscription_have_buttons(page: Page, amo: FakeAmo) -> None:
    """Each is what the control call of that name does."""
    page.goto(f"{amo.control_url}/page")
    page.get_by_role("button", name="+ 1 hour").click()
    page.get_by_text("moved by 1 h").wait_for()
    assert amo.clock.advanced_s == 3600
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#users tr", has_text="second@example.com").get_by_text("signed in").wait_for()
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
