"""The simulated phone beside the real packages, as recorded by `python -m tools.differential --record`."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.phone.javascript.query_versions import QUERY_VERSIONS
from harness.phone.links.sdk import SDKS
from tools.differential.comparing import in_order
from tools.differential.links import CLASSES, links
from tools.differential.our_queries import play
from tools.differential.ours import found
from tools.differential.recorded import LINKS, LINKS_A_CLASS, NAMED, SCHEDULE_COUNT, SCHEDULES, SEED
from tools.differential.schedules import schedules


def _read(path: Path) -> list[Any]:
    return json.loads(path.read_text(encoding="utf-8"))


RECORDED_LINKS: list[dict[str, Any]] = _read(LINKS)
RECORDED_SCHEDULES: list[dict[str, Any]] = _read(SCHEDULES)


@pytest.mark.parametrize("sdk", SDKS)
def test_links_lead_where_the_sdks_own_packages_lead(sdk: int) -> None:
    """Screen and parameters of each recorded link; what differs is shown with both."""
    wrong = [
        (entry["link"], {"measured": what, "ours": ours})
        for entry in RECORDED_LINKS
        for sdks, what in entry["found"]
        if str(sdk) in sdks and (ours := found(entry["link"], sdk)) != what
    ]
    assert wrong == []


@pytest.mark.parametrize("release", QUERY_VERSIONS)
def test_queries_behave_as_the_release_does(release: str) -> None:
    """Calls, settled invalidations and the cache, moment for moment."""
    name = QUERY_VERSIONS[release].name
    wrong = [
        (entry["schedule"], {"measured": log, "ours": ours})
        for entry in RECORDED_SCHEDULES
        for names, log in entry["logs"]
        if release in names and (ours := in_order(play(entry["schedule"], name))) != log
    ]
    assert wrong == []


def test_record_is_what_the_command_would_measure_today() -> None:
    """Each named link, each class of drawn ones, each schedule: nothing was written by hand."""
    drawn = [link for _, link in links(SEED, LINKS_A_CLASS * len(CLASSES))]
    assert [entry["link"] for entry in RECORDED_LINKS] == list(dict.fromkeys(_read(NAMED) + drawn))
    played = [schedule for _, schedule in schedules(SEED, SCHEDULE_COUNT)]
    assert [entry["schedule"] for entry in RECORDED_SCHEDULES] == json.loads(json.dumps(played))


def test_record_tells_the_releases_apart() -> None:
    """Else it would not hold the differences between them."""
    apart = {tuple(names) for entry in RECORDED_SCHEDULES for names, _ in entry["logs"] if len(names) < 5}
    for one, other in zip(QUERY_VERSIONS, list(QUERY_VERSIONS)[1:], strict=False):
        assert any((one in names) != (other in names) for names in apart), (one, other)
