"""The table of hosts: its matrix, cell by cell, and its gaps."""

from dataclasses import dataclass
from typing import get_args

import pytest

from harness.errors import NotSimulated, UsageError
from harness.phone.hosts.host import Confidence, HostChoices, Row
from harness.phone.hosts.tables import HOSTS, ROWS, host_named
from harness.timeline.events import Outcome

URL = "foryoure://amo-crm/callback?success=true"


@dataclass(frozen=True)
class Departure:
    """What an engine reports."""

    mechanism: str | None = "navigation"
    user_gesture: bool | None = True
    same_tab: bool | None = True
    url: str = URL


def outcome(host: str, departure: Departure, choices: HostChoices | None = None) -> Outcome:
    return host_named(host).decide(departure, choices or HostChoices()).outcome


_COLUMNS = (
    "ios-safari",
    "ios-safari-view-controller",
    "ios-auth-session",
    "ios-wkwebview",
    "rn-webview",
    "android-custom-tab",
)
_MATRIX: dict[tuple[Row, bool], str] = {
    ("navigation", True): "prompts opens callback dropped opens opens",
    ("navigation", False): "blocked blocked callback dropped opens blocked",
    ("refresh", False): "blocked blocked callback dropped opens blocked",
    ("redirect", True): "prompts opens callback dropped opens opens",
    ("redirect", False): "blocked blocked callback dropped opens blocked",
    ("iframe", True): "? ? ? dropped opens dropped",
    ("iframe", False): "blocked blocked ? dropped opens dropped",
    ("new_window", True): "prompts ? ? dropped opens opens",
    ("new_window", False): "blocked blocked blocked blocked blocked ?",
    ("refresh", True): "? ? ? ? ? ?",
}


@pytest.mark.parametrize(
    ("host", "row", "gesture", "wanted"),
    [
        pytest.param(host, row, gesture, wanted, id=f"{host}-{row}-{'tap' if gesture else 'alone'}")
        for (row, gesture), line in _MATRIX.items()
        for host, wanted in zip(_COLUMNS, line.split(), strict=True)
    ],
)
def test_each_cell_of_the_matrix(host: str, row: Row, gesture: bool, wanted: str) -> None:
    """A question mark is a cell that nobody knows: refused, unless the user picks."""
    departure = Departure(row, gesture)
    if wanted != "?":
        assert outcome(host, departure) == wanted
        return
    with pytest.raises(NotSimulated, match="pick what to assume"):
        outcome(host, departure)
    assert outcome(host, departure, HostChoices(unknown="blocked")) == "blocked"


def test_every_host_has_every_cell_with_confidence_and_source() -> None:
    """No cell rests on nothing."""
    for host in HOSTS.values():
        assert set(host.cells) == set(ROWS)
        cells = [*host.cells.values(), *host.prompting.values(), host.not_installed]
        assert all(cell.source and cell.confidence in get_args(Confidence) for cell in cells)


@pytest.mark.parametrize("mechanism", ["navigation", "refresh", "redirect"])
def test_safari_prompts_without_a_gesture_when_the_user_picks_so(mechanism: str) -> None:
    """Reports contradict each other, so it is a switch."""
    departure = Departure(mechanism, user_gesture=False)
    assert outcome("ios-safari", departure) == "blocked"
    assert outcome("ios-safari", departure, HostChoices(no_gesture="block")) == "blocked"
    assert outcome("ios-safari", departure, HostChoices(no_gesture="prompt")) == "prompts"


@pytest.mark.parametrize("mechanism", ["link", "form", "reload", "history"])
def test_words_of_the_engines_have_their_row(mechanism: str) -> None:
    """All of them are navigations of the tab itself."""
    assert outcome("ios-safari", Departure(mechanism)) == "prompts"


def test_mechanism_without_a_row_is_refused() -> None:
    """A new word of an engine does not fall into some row by chance."""
    with pytest.raises(NotSimulated, match="'telepathy'"):
        outcome("ios-safari", Departure("telepathy"))


def test_unknown_gesture_is_no_guess() -> None:
    """Where it matters it is refused; where it does not, the answer stands."""
    with pytest.raises(NotSimulated, match=r"blocked, prompts.*webkitgtk"):
        outcome("ios-safari", Departure(user_gesture=None))
    assert outcome("ios-wkwebview", Departure(user_gesture=None)) == "dropped"
    assert outcome("rn-webview", Departure(user_gesture=None)) == "opens"


@pytest.mark.parametrize(
    ("same_tab", "wanted"),
    [(True, "prompts"), (False, "prompts"), (None, "prompts")],
    ids=["same", "new", "?"],
)
def test_unknown_mechanism_is_decided_where_all_candidates_agree(same_tab: bool | None, wanted: str) -> None:
    """A tap in Safari prompts, whichever way the page left."""
    assert outcome("ios-safari", Departure(None, same_tab=same_tab)) == wanted


def test_unknown_mechanism_is_refused_where_candidates_differ() -> None:
    """In SFSafariViewController a new window is unknown, a navigation is not."""
    with pytest.raises(NotSimulated, match="does not tell enough"):
        outcome("ios-safari-view-controller", Departure(None, same_tab=None))


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("ios-safari", "alert"),
        ("ios-auth-session", "callback"),
        ("ios-wkwebview", "dropped"),
        ("rn-webview", "dropped"),
        ("android-custom-tab", "dropped"),
    ],
)
def test_app_that_is_not_installed_is_not_reached(host: str, wanted: str) -> None:
    """Only a session that owns the scheme still gets its link."""
    decision = host_named(host).decide(Departure(), HostChoices(app_installed=False))
    assert (decision.outcome, decision.reaches_app) == (wanted, False)


def test_not_installed_in_a_view_controller_is_not_known() -> None:
    """Alert or nothing; no report settles it."""
    with pytest.raises(NotSimulated, match="either Safari's alert or nothing"):
        outcome("ios-safari-view-controller", Departure(), HostChoices(app_installed=False))


def test_departure_that_is_blocked_anyway_does_not_ask_whether_the_app_is_there() -> None:
    """The host never gets so far."""
    departure = Departure(user_gesture=False)
    assert outcome("android-custom-tab", departure, HostChoices(app_installed=False)) == "blocked"


@pytest.mark.parametrize(("host", "wanted"), [("ios-safari", "alert"), ("rn-webview", "dropped")])
def test_scheme_that_is_not_the_apps_reaches_nobody(host: str, wanted: str) -> None:
    """There is no other app on this phone."""
    decision = host_named(host).decide(Departure(), HostChoices(), is_ours=False)
    assert (decision.outcome, decision.reaches_app) == (wanted, False)


def test_other_scheme_in_a_session_is_not_known() -> None:
    """One report has the session closing without a result."""
    with pytest.raises(NotSimulated, match="AppAuth #232"):
        host_named("ios-auth-session").decide(Departure(), HostChoices(), is_ours=False)


@pytest.mark.parametrize(
    ("host", "choices", "says"),
    [
        ("ios-wkwebview", HostChoices(no_gesture="prompt"), "a question about ios-safari"),
        ("ios-safari", HostChoices(no_gesture="maybe"), "choose block or prompt"),  # pyright: ignore[reportArgumentType]
        ("ios-safari", HostChoices(unknown="maybe"), "choose one of opens, prompts"),  # pyright: ignore[reportArgumentType]
    ],
    ids=["other-host", "no-gesture", "unknown"],
)
def test_choice_that_a_host_does_not_offer_is_refused(host: str, choices: HostChoices, says: str) -> None:
    """Before anything runs."""
    with pytest.raises(UsageError, match=says):
        host_named(host).check(choices)


def test_unknown_host_is_refused_with_the_known_ones() -> None:
    """A typo is no crash."""
    with pytest.raises(UsageError, match="'iphone'; choose one of ios-safari, "):
        host_named("iphone")
