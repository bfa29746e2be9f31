"""The words that end a journey."""

import pytest

from harness.phone import Screen, host_named, what_the_user_sees
from harness.phone.hosts.host import HostChoices, HostDecision
from tests.unit.phone.test_hosts import Departure

BROWSER = Screen("browser", "open")
CONNECTED = Screen("crm", "connected", "Підключено", (), connected=True)


def decision(host: str, *, gesture: bool = True) -> HostDecision:
    return host_named(host).decide(Departure(user_gesture=gesture), HostChoices())


@pytest.mark.parametrize(
    ("decided", "screen", "words"),
    [
        pytest.param(None, BROWSER, "page stays, nothing happens", id="no-departure"),
        pytest.param(
            decision("ios-safari", gesture=False), BROWSER, "page stays, nothing happens", id="blocked"
        ),
        pytest.param(decision("ios-safari"), BROWSER, "Open in “App”?", id="cancelled"),
        pytest.param(
            decision("ios-safari"), CONNECTED, "Open in “App”?, then back in the app, connected", id="prompt"
        ),
        pytest.param(decision("rn-webview"), CONNECTED, "back in the app, connected", id="opens"),
        pytest.param(
            decision("ios-safari-view-controller"),
            CONNECTED,
            "the app opens under the browser's sheet, which the app must dismiss, "
            "then back in the app, connected",
            id="sheet",
        ),
        pytest.param(
            decision("ios-auth-session"),
            Screen("crm", "disconnected", "Підключіть АМО CRM"),
            "back in the app, still “Підключіть АМО CRM”",
            id="session-result",
        ),
        pytest.param(
            decision("rn-webview"),
            Screen("callback", "error", "Код авторизації відсутній."),
            "back in the app, “Код авторизації відсутній.”",
            id="error",
        ),
        pytest.param(
            decision("rn-webview"), Screen("home", "open"), "back in the app, at its root", id="lost-link"
        ),
        pytest.param(
            decision("rn-webview"),
            Screen("callback", "processing"),
            "back in the app, processing",
            id="spinner",
        ),
    ],
)
def test_end_of_a_journey_in_words(decided: HostDecision | None, screen: Screen, words: str) -> None:
    """What the host did, then what the app shows."""
    assert what_the_user_sees(decided, screen) == words
