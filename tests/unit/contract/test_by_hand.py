"""What is said of clauses that a person's own browser leaves unseen."""

import pytest

from harness.contract import UNTOLD, judge
from harness.timeline.page_events import PageShown
from tests.unit.contract.story import Story, granted


def walked(*, page_altered: bool = False) -> Story:
    """A person has come to the page and back: the link arrived, and no browser told of page and tap."""
    story = granted(by_hand=True).drop(PageShown)
    if page_altered:
        story = granted(by_hand=True, page_altered=True).drop(PageShown)
    return story.link_arrives(success="true").asks_status(True).asks_leads()


@pytest.mark.parametrize("clause", ["CB-05", "CB-06", "CB-07", "DL-01", "A11Y-02"])
def test_nobody_says_that_nobody_tapped_where_no_browser_tells(clause: str) -> None:
    """Nor that no page was shown: the person has seen it."""
    assert judge(walked().timeline(), [clause])[clause].actual == UNTOLD


def test_where_the_script_tells_of_taps_that_nobody_tapped_is_known() -> None:
    """Then it is said, and what the script does not tell of."""
    said = judge(walked(page_altered=True).timeline(), ["CB-07"])["CB-07"].actual
    assert said.startswith("nobody tapped the page's button; by hand, the script in the page tells only of")
