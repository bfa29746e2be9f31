"""The contract as a whole: its clauses, their order, and the page that shows them."""

import pytest

from harness.contract import CONTRACT, SHARED_CAUSES, judge
from harness.contract.clause import clause, not_observed
from harness.errors import UsageError
from harness.timeline.timeline import Timeline
from tests.unit.contract.story import happy_path

FAMILIES = ["CB", "DL", "ST", "APP", "SEC", "TOK", "LD", "A11Y"]


def test_the_clauses_stand_in_the_order_of_the_document() -> None:
    """Families in the order of the journey, numbers ascending."""
    families = [each.id.rsplit("-", 1)[0] for each in CONTRACT]
    assert list(dict.fromkeys(families)) == FAMILIES
    assert families == sorted(families, key=FAMILIES.index)


def test_every_clause_says_what_it_judges() -> None:
    """The page's last column is each judge's own docstring."""
    assert all((each.judge.__doc__ or "").startswith("Judge ") for each in CONTRACT)


REMEDIES = {each.id: each.remedy for each in CONTRACT} | {name: t.remedy for name, t in SHARED_CAUSES.items()}


@pytest.mark.parametrize("remedy", REMEDIES.values(), ids=REMEDIES)
def test_everything_that_can_be_wrong_says_what_to_change(remedy: str) -> None:
    """One sentence, without its full stop, for somebody who knows the backend and not the harness."""
    assert len(remedy) > 40
    assert not remedy.endswith(".")


def test_judging_returns_one_finding_for_each_clause() -> None:
    """Left open, the whole contract is judged, in its order."""
    assert list(judge(happy_path().timeline())) == [each.id for each in CONTRACT]


def test_judging_can_be_limited_to_some_clauses() -> None:
    """The clauses asked for, in the order asked for."""
    assert list(judge(Timeline(), ["DL-01", "CB-01"])) == ["DL-01", "CB-01"]


def test_an_unknown_clause_is_named() -> None:
    """A misspelt id must not pass as a clause that was not observed."""
    with pytest.raises(UsageError, match="no clause CB-99; it has CB-01, CB-02"):
        judge(Timeline(), ["CB-99"])


def test_the_same_timeline_gives_the_same_findings() -> None:
    """A clause remembers nothing, so a saved timeline can be judged again."""
    timeline = happy_path().timeline()
    assert judge(timeline) == judge(timeline)


def test_a_clause_cannot_be_registered_twice() -> None:
    """Two judges for one id would leave the choice to the order of imports."""
    with pytest.raises(ValueError, match="CB-01 is registered twice"):
        clause("CB-01", "must", "title", source="", remedy="")(lambda _: not_observed(""))
