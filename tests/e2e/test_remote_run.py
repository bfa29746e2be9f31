"""A run on a page elsewhere: the same class, and the same command, as with an iPhone behind its proxy."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from harness.cli import main
from harness.engines.tabs.inspector import pages_of_webkit
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from tests.browser.elsewhere import started_elsewhere
from tests.browser.processes import wait_for
from tests.browser.test_remote import proxy

ENOUGH_S = 100


@pytest.fixture(scope="module")
def inspector(playwright: Playwright) -> Generator[str]:
    """Return the address of a proxy that lists one free page of WebKitGTK's."""
    device = WebKitGtkEngine(lambda: playwright)
    device.open_tab().close()
    device.warm()  # from here on there is the one that is kept warm
    assert wait_for(lambda: len(pages_of_webkit(device.inspector)) == 1)
    with proxy(lambda: pages_of_webkit(device.inspector)) as address:
        yield address
    device.close()


def amo_harness(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=ENOUGH_S, check=False)


def test_journey_on_a_remote_page(inspector: str, tmp_path: Path) -> None:
    """The page's clock stands still there too; what takes two phones is left out with its reason."""
    scenarios = ("connect_happy_path", "exchange_refused", "two_users_at_once")
    done = amo_harness(
        "run", *scenarios, "--engine", "remote", "--inspector", inspector, "--out", str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "remote" in done.stdout
    assert "departures are seen by a script in the page alone" in done.stdout
    assert "left out: the engine remote has one tab, and this takes two phones" in done.stdout


def test_journey_over_the_chrome_protocol_from_another_address(
    playwright: Playwright, tmp_path: Path
) -> None:
    """As of a device in the network: amoCRM's page and the callback are opened at `--lan`'s address."""
    with started_elsewhere(playwright, tmp_path / "profile") as address:
        words = (
            "run",
            "connect_happy_path",
            "--cdp",
            address,
            "--lan",
            "127.0.0.2",
            "--out",
            str(tmp_path / "o"),
        )
        done = amo_harness(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    opened = (tmp_path / "o/timelines/connect_happy_path.json").read_text(encoding="utf-8")
    assert "http://127.0.0.2:" in opened


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lan", "127.0.0.2"), "--lan is for a browser elsewhere"),
        (("--cdp", "http://127.0.0.1:1", "--lan", "0.0.0.0"), "all interfaces are never listened on"),
        (("--cdp", "nowhere"), "--cdp 'nowhere' is no address"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with 2."""
    assert main(["run", "connect_happy_path", "--backend", "reference", *words]) == 2
    told = capsys.readouterr().err
    assert (len(told.splitlines()), said in told) == (1, True)


@pytest.mark.parametrize("words", [("run", "left_alone", "--phone", "ios-safari"), ("reproduce",)], ids=str)
def test_host_behind_a_remote_page_is_refused(inspector: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    """The inspector does not tell of gestures, and on a real device the device decides."""
    out = ("--out", str(tmp_path)) if words[0] == "run" else ()
    done = amo_harness(*words, "--inspector", inspector, *out)
    assert (done.returncode, done.stdout.count("✓")) == (2, 0)
    assert done.stderr.startswith("amo-harness: the engine remote does not tell whether a user gesture")
    assert len(done.stderr.splitlines()) == 1
