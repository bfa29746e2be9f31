"""Random schedules for cached queries, the same for the same seed: mounts, invalidations, networks that go.

Owns the grammar. It must not know how a query behaves. Moments are whole milliseconds, rarely two alike.
"""

from random import Random
from typing import Any, Literal

Schedule = dict[str, Any]
"""`options` (stale, gc, retry, delay), `answers` (for each query: takes, fails), `actions`, `end`; in ms."""
Kind = Literal["the app's", "the app's, wired", "defaults", "anything"]

OPTIONS: dict[Kind, dict[str, Any]] = {
    "the app's": {"stale": 0, "gc": 0, "retry": 1, "delay": None},
    "the app's, wired": {"stale": 0, "gc": 0, "retry": 1, "delay": 2000},
    "defaults": {"stale": 0, "gc": 300_000, "retry": 3, "delay": None},
}
QUERIES = ("status", "leads")
SELDOM = 0.15
MOSTLY = 0.85


def schedules(seed: int, count: int) -> list[tuple[Kind, Schedule]]:
    """Return so many schedules, the kinds in turn."""
    random = Random(seed)  # noqa: S311 - to be the same again, not to be secret
    kinds: tuple[Kind, ...] = ("the app's", "the app's, wired", "defaults", "anything")
    return [(kind := kinds[place % len(kinds)], _schedule(random, kind)) for place in range(count)]


def _schedule(random: Random, kind: Kind) -> Schedule:
    options = OPTIONS.get(kind) or {
        "stale": random.choice((0, 1009, 300_000)),
        "gc": random.choice((0, 503, 5003, 300_000)),
        "retry": random.choice((0, 1, 2, 3)),
        "delay": random.choice((None, 701, 2000)),
    }
    actions = _Actions(random, wired=kind != "the app's").drawn()
    failing = random.choice((0.0, 0.3, 0.7, 1.0))
    answers = {
        name: [[random.randrange(20, 1500), random.random() < failing] for _ in range(5)] for name in QUERIES
    }
    end = (actions[-1][0] if actions else 0) + random.choice((37, 4001, 60_013, 400_009))
    return {"options": options, "answers": answers, "actions": actions, "end": end}


class _Actions:
    def __init__(self, random: Random, *, wired: bool) -> None:
        self._random = random
        self._wired = wired
        self._mounted: dict[int, bool] = {}
        self._number = 0
        self._online = self._focused = True

    def drawn(self) -> list[list[Any]]:
        now, drawn = 0, list[list[Any]]()
        for _ in range(self._random.randrange(3, 14)):
            now += self._random.choice((self._random.randrange(1, 400), self._random.randrange(1, 6000)))
            drawn.append([now, *self._one()])
        return drawn

    def _one(self) -> list[Any]:
        kind = self._random.choices(
            ("mount", "unmount", "enable", "invalidate", "online", "focus"), (5, 3, 1, 6, 3, 2)
        )[0]
        if kind in ("unmount", "enable") and self._mounted:
            return self._of_one_mounted(kind)
        if kind == "invalidate":
            self._number += 1
            name = self._random.choice((*QUERIES, None))
            return [kind, self._number, name, self._random.random() < SELDOM]
        if self._wired and kind == "online":
            self._online = not self._online
            return [kind, self._online]
        if self._wired and kind == "focus":
            self._focused = not self._focused
            return [kind, self._focused]
        self._number += 1
        self._mounted[self._number] = enabled = self._random.random() < MOSTLY
        return ["mount", self._number, self._random.choice(QUERIES), enabled]

    def _of_one_mounted(self, kind: str) -> list[Any]:
        number = self._random.choice(list(self._mounted))
        if kind == "unmount":
            del self._mounted[number]
            return [kind, number]
        self._mounted[number] = not self._mounted[number]
        return [kind, number, self._mounted[number]]
