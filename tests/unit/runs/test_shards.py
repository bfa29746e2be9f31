"""A run split over machines: every work once, the same everywhere, each machine as long as the others."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.proofs.prove import choose_subjects, durations_s
from harness.runs.shards.recorded import recorded_durations_s
from harness.runs.shards.shard import LEAST_S, UNKNOWN_S, Shard, part_of
from harness.stage.scenario import all_scenarios

DURATIONS = st.dictionaries(st.text(max_size=3), st.floats(0, 100), min_size=1, max_size=30)


def split(works: list[str], of: int, durations: Mapping[str, float]) -> list[list[str]]:
    """Every shard of these works."""
    return [part_of(works, Shard(number + 1, of), str, durations) for number in range(of)]


@given(DURATIONS, st.data())
def test_every_work_is_one_shards_and_no_shard_is_idle(
    durations: dict[str, float], data: st.DataObject
) -> None:
    """In the order of the whole, and within one work of the fair share."""
    works = list(durations)
    of = data.draw(st.integers(1, len(works)))
    shards = split(works, of, durations)
    assert sorted(each for shard in shards for each in shard) == sorted(works)
    assert all(shards)
    assert all(shard == [each for each in works if each in shard] for shard in shards)
    loads = [sum(durations[each] for each in shard) for shard in shards]
    slack = of * LEAST_S + len(works) * LEAST_S
    assert max(loads) <= sum(loads) / of + max(durations.values()) + slack


def test_shards_do_not_depend_on_how_works_are_listed() -> None:
    """Two machines that list them otherwise still share them."""
    durations = {"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}
    one, other = split(list("abcd"), 2, durations), split(list("dcba"), 2, durations)
    assert [set(each) for each in one] == [set(each) for each in other] == [{"a", "d"}, {"b", "c"}]


def test_the_recorded_durations_are_of_todays_scenarios() -> None:
    """`python -m tools.durations` brings them up to date; what is unknown counts as a usual one."""
    recorded = recorded_durations_s()
    assert set(recorded) <= set(all_scenarios())
    assert len(recorded) > len(all_scenarios()) * 0.8
    [subject] = choose_subjects(["departs_by_location_href"])
    assert durations_s([subject], {})[subject.id] % UNKNOWN_S == 0


def test_a_proof_is_split_by_what_its_scenarios_take() -> None:
    """A variant plays more than a fault does."""
    subjects = choose_subjects([])
    taken = durations_s(subjects, recorded_durations_s())
    shards = [part_of(subjects, Shard(number, 5), lambda each: each.id, taken) for number in range(1, 6)]
    loads = [sum(taken[each.id] for each in shard) for shard in shards]
    assert sum(map(len, shards)) == len(subjects)
    assert max(loads) - min(loads) < max(taken.values())


@pytest.mark.parametrize("text", ["0/5", "6/5", "5", "1/", "a/b", "1/2/3", "-1/5", "1.0/2", "١/٢", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageError, match="is no shard: 2/5 is the second of five"):
        Shard.read(text)


def test_more_shards_than_works_are_refused() -> None:
    """A machine with nothing to play would fail for it."""
    assert str(Shard.read("12/12")) == "12/12"
    with pytest.raises(UsageError, match="there are only 2 to play"):
        part_of(["a", "b"], Shard(1, 3), str, {})
