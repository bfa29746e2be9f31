"""What a run's user picks about the phone."""

from typing import Any

import pytest

from harness.cli import command_line
from harness.engines import ANDROID_USER_AGENT, PHONE_USER_AGENT
from harness.engines.launched.engine import LaunchedEngine
from harness.engines.launched.remote import RemoteEngine
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from harness.errors import UsageError
from harness.phone import HostChoices, PhoneOptions
from harness.phone.settings import phone_options
from harness.phone.wiring import AS_IT_IS, DOCUMENTS
from harness.runs.opening import phone_of, user_agent_of
from harness.runs.options import RunRequest

PICKED: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["--sdk", "58"], {"sdk": 58}),
    (["--app", "documents"], {"wiring": DOCUMENTS}),
    (["--app", "leads-alone"], {"build": "leads_alone", "wiring": AS_IT_IS}),
    (["--phone", "rn-webview"], {"host": "rn-webview", "choices": HostChoices()}),
    (
        ["--no-gesture", "prompt"],
        {"host": "ios-safari", "choices": HostChoices(no_gesture="prompt")},
    ),
    (
        ["--phone", "ios-wkwebview", "--unknown", "opens", "--sdk", "51", "--app-not-installed"],
        {
            "host": "ios-wkwebview",
            "choices": HostChoices(unknown="opens", app_installed=False),
            "sdk": 51,
        },
    ),
]
IDS = ["nothing", "sdk-alone", "app", "other-build", "host", "default-host-is-named", "everything"]


@pytest.mark.parametrize(("words", "settings"), PICKED, ids=IDS)
def test_words_become_settings(words: list[str], settings: dict[str, Any]) -> None:
    """What is picked on a command line, and nothing else."""
    request = RunRequest.of(vars(command_line().parse_args(["run", *words])))
    assert phone_of(request) == PhoneOptions(**settings)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"host": "nokia"}, "no phone is called 'nokia'; choose one of ios-safari,"),
        ({"sdk": 3}, "Expo SDK 3 is not known here; choose one of 51,"),
        (
            {"app": "mine"},
            "no app is called 'mine'; choose one of as-it-is, leads-alone, wired, session, documents",
        ),
        ({"no_gesture": "maybe"}, "choose block or prompt"),
        ({"host": "rn-webview", "no_gesture": "block"}, "rn-webview has no such choice"),
        ({"unknown": "maybe"}, "choose one of opens, prompts"),
    ],
    ids=["host", "sdk", "app", "no-gesture", "no-question", "unknown"],
)
def test_impossible_choice_is_refused_with_what_is_possible(chosen: dict[str, Any], says: str) -> None:
    """One sentence, before anything is started."""
    with pytest.raises(UsageError, match=says):
        phone_options(**chosen)


def test_engines_that_tell_of_gestures() -> None:
    """The tables of hosts rest on WebKit's own flag, which only our host app reads."""
    assert WebKitGtkEngine.tells_gesture
    assert not LaunchedEngine.tells_gesture
    assert not RemoteEngine.tells_gesture


@pytest.mark.parametrize(
    ("host", "agent"),
    [
        (None, PHONE_USER_AGENT),
        ("ios-auth-session", PHONE_USER_AGENT),
        ("android-custom-tab", ANDROID_USER_AGENT),
        ("android-auth-session", ANDROID_USER_AGENT),
    ],
)
def test_pages_are_told_the_browser_of_the_phone(host: str | None, agent: str) -> None:
    """Where none is named it is Safari of an iPhone."""
    assert user_agent_of(phone_options(host=host)) == agent
