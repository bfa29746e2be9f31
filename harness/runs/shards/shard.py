"""A shard of a run: which part of the works is whose, by how long each of them takes.

Owns the split, which follows from its arguments alone: every machine that names the same shards of the same
works comes to the same parts. Must not read a file or play anything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from harness.errors import UsageError

Work = TypeVar("Work")
UNKNOWN_S = 0.5
"""What a work is taken for that no recorded run has played: as much as a usual scenario."""
LEAST_S = 0.001
"""What takes no time counts as this much, so that no shard is left without a work."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The shard of this number, counted from 1, of so many."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `2/5`; UsageError for what is no shard."""
        found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text, re.ASCII)
        if found is None or int(found[1]) > int(found[2]):
            raise UsageError(f"--shard {text} is no shard: 2/5 is the second of five")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True)
class Part:
    """A run that plays a shard of a whole: what the whole is, in its order."""

    shard: Shard
    whole: tuple[str, ...]


def part_of(
    works: Sequence[Work], shard: Shard, name: Callable[[Work], str], durations_s: Mapping[str, float]
) -> list[Work]:
    """Return a shard's works, in their order. UsageError where some shard would have nothing to play.

    The longest work is given first, each to the shard that has least by then; the lower number of two.
    """
    if shard.of > len(works):
        raise UsageError(f"--shard {shard}: there are only {len(works)} to play, which is fewer than shards")
    taken_s = {name(each): max(durations_s.get(name(each), UNKNOWN_S), LEAST_S) for each in works}
    loads_s = [0.0] * shard.of
    owners: dict[str, int] = {}
    for each, seconds in sorted(taken_s.items(), key=lambda each: (-each[1], each[0])):
        owners[each] = min(range(shard.of), key=lambda number: (loads_s[number], number))
        loads_s[owners[each]] += seconds
    return [work for work in works if owners[name(work)] == shard.number - 1]
