"""The start page in a phone that keeps its tabs: from one sitting to the next, and loaded again by itself."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from harness.serve.opening import Ports
from tests.e2e.by_hand import sitting


def _word(page: str) -> str:
    return page.partition('data-word="')[2].partition('"')[0]


def test_a_page_of_an_earlier_sitting_is_replaced_before_its_buttons_are_pressed(tmp_path: Path) -> None:
    """At the same port, as after a start again: its buttons bring what the new sitting does not take."""
    with httpx.Client() as phone:
        with sitting(tmp_path) as earlier:
            start = earlier.serving.start_url
            page = phone.get(start).text
            assert phone.get(f"{start}/now").text == _word(page)
        with sitting(tmp_path, ports=Ports(amo=urlsplit(start).port or 0)) as later:
            assert later.serving.start_url == start
            assert phone.get(f"{start}/now").text != _word(page)


@pytest.mark.parametrize("path", ["/", "/connect", "/retry", "/nothing"])
def test_whatever_is_loaded_again_below_it_leads_to_it(tmp_path: Path, path: str) -> None:
    """A phone loads what a button showed by its address, when it has dropped the tab meanwhile."""
    with sitting(tmp_path) as sat:
        start = sat.serving.start_url
        answer = httpx.get(f"{start}{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/__phone")
        assert httpx.get(f"{start}/start.js").status_code == 200
        assert not sat.serving.sitting.journey.has_begun
