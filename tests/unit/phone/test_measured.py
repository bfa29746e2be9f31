"""What people saw on their phones changes the host tables, with whose it is; bad files say what is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.config.settings import Http
from harness.errors import UsageError
from harness.phone import HostChoices, host_named
from harness.phone.hosts.host import Row
from harness.phone.hosts.measured import Measurement, measured, read_measurements, written
from harness.phone.settings import PhoneSettings, phone_options

SAW: dict[str, Any] = {
    "host": "ios-safari",
    "mechanism": "navigation",
    "gesture": False,
    "way": "script",
    "outcome": "prompts",
    "device": "iPhone 15",
    "system": "iOS 18.6",
    "at": "2026-11-26T09:00:00+00:00",
}
DISPUTED: tuple[Row, bool] = ("navigation", False)


def saw(**changes: Any) -> Measurement:
    """Return a measurement with some of its fields replaced."""
    return Measurement(**(SAW | changes))


def test_an_answer_takes_the_cells_place() -> None:
    """With its provenance; what it settled is disputed no more, and other cells stay."""
    host = host_named("ios-safari")
    now = measured(host, [saw()])
    assert (now.cells[DISPUTED].outcome, now.cells[DISPUTED].confidence) == ("prompts", "medium")
    assert now.cells[DISPUTED].source == "measured: iPhone 15, iOS 18.6 (2026-11-26) script"
    assert DISPUTED in host.prompting
    assert DISPUTED not in now.prompting
    assert {cell for cell in host.cells if host.cells[cell] != now.cells[cell]} == {DISPUTED}
    assert measured(host_named("ios-wkwebview"), [saw()]) == host_named("ios-wkwebview")


def test_more_answers_are_surer() -> None:
    """Where they agree; where they contradict each other the table's own word stays, and says so."""
    host = host_named("ios-safari")
    other = saw(device="iPhone 17", system="iOS 26.1", way="timer")
    assert measured(host, [saw(), other]).cells[DISPUTED].confidence == "high"
    differing = measured(host, [saw(), replace(other, outcome="blocked")])
    assert differing.cells[DISPUTED].outcome == host.cells[DISPUTED].outcome
    assert "measurements differ" in differing.cells[DISPUTED].source
    assert "iPhone 17, iOS 26.1" in differing.cells[DISPUTED].source
    assert differing.prompting == host.prompting


def test_what_no_word_says_settles_nothing() -> None:
    """It is told all the same."""
    host = host_named("ios-safari")
    now = measured(host, [saw(outcome=None, note="the page turned white")])
    assert now.cells[DISPUTED].outcome == host.cells[DISPUTED].outcome
    assert "no word for it" in now.cells[DISPUTED].source


def test_without_the_app_it_is_the_missing_apps_cell() -> None:
    """By a tap alone: without one the browser may not even have asked."""
    host = host_named("ios-safari-view-controller")
    about = {"host": host.name, "outcome": "alert", "app_installed": False}
    assert host.not_installed.outcome is None
    assert measured(host, [saw(**about, gesture=True)]).not_installed.outcome == "alert"
    assert measured(host, [saw(**about)]) == host


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Byte for byte the same again, in whatever language its notes are."""
    file = tmp_path / "lab.json"
    rows = (saw(note="діалог з’явився"), saw(outcome="alert", app_installed=False))
    file.write_text(written(rows), encoding="utf-8")
    assert read_measurements(file) == rows


def test_a_phone_has_what_was_measured(tmp_path: Path) -> None:
    """By the option of a run; a question that a measurement answered is asked no more."""
    file = tmp_path / "lab.json"
    ways: tuple[Row, ...] = ("navigation", "refresh", "redirect")
    file.write_text(written(saw(mechanism=each) for each in ways))
    options = phone_options(host="ios-safari", hosts=file)
    phone = PhoneSettings(http=Http(), base_url="http://127.0.0.1:1", measurements=options.measurements)
    assert phone.browser.cells[DISPUTED].outcome == "prompts"
    with pytest.raises(UsageError, match="no such choice"):
        phone_options(no_gesture="block", hosts=file)
    assert phone_options(no_gesture="block").choices == HostChoices(no_gesture="block")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has no measurements"),
        ("{}", "is of version None, and 1 is read here"),
        ('{"version": 2}', "is of version 2"),
        (f'{{"version": {"9" * 4000}}}', f"is of version {'9' * 40}, and 1 is read here"),
        ('{"version": 1}', "has no list `measurements`"),
        ('{"version": 1, "measurements": [1]}', "measurement 1 is no object"),
        ('{"version": 1, "measurements": [{"host": "ios-safari"}]}', "does not say its mechanism, gesture"),
    ],
)
def test_a_file_that_is_none_says_what_it_is(tmp_path: Path, text: str, said: str) -> None:
    """In one sentence that names the file."""
    file = tmp_path / "lab.json"
    file.write_text(text)
    with pytest.raises(UsageError) as told:
        read_measurements(file)
    assert str(told.value).startswith(str(file))
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "iphone"}, "no host is called 'iphone'; there are ios-safari, "),
        ({"mechanism": "magic"}, "no mechanism is called 'magic'"),
        ({"outcome": "won"}, "no outcome is called 'won'"),
        ({"outcome": None}, "needs a note"),
        ({"gesture": "yes"}, "gesture must be true or false, not 'yes'"),
        ({"device": " "}, "device and system must say whose answer it is"),
        ({"note": "a\nb"}, "note must be a line of text"),
        ({"note": "x" * 501}, "note must be a line of text"),
        ({"at": 5}, "at must be a line of text"),
        ({"host": []}, "no host is called"),
        ({"colour": 1}, "has 'colour', which no measurement has"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(tmp_path: Path, changes: Any, said: str) -> None:
    """By its number and its field."""
    file = tmp_path / "lab.json"
    file.write_text(json.dumps({"version": 1, "measurements": [SAW, SAW | changes]}))
    with pytest.raises(UsageError) as told:
        read_measurements(file)
    assert f"{file}: measurement 2" in str(told.value)
    assert said in str(told.value)


def test_a_file_that_is_not_there_is_told() -> None:
    """With the system's word."""
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_measurements(Path("/nowhere/lab.json"))
