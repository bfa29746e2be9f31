"""How long requests took, counted in steps of a tenth: a histogram that never grows.

Owns the counting. Must not read a clock.
"""

import math
from dataclasses import dataclass, field

_SHORTEST_S, _STEPS_A_DECADE, _DECADES = 1e-5, 24, 7
_PLACES = _STEPS_A_DECADE * _DECADES


@dataclass(slots=True)
class Times:
    """Seconds from ten microseconds to a hundred, each known to a tenth of itself."""

    count: int = 0
    total_s: float = 0.0
    _places: list[int] = field(default_factory=lambda: [0] * (_PLACES + 1))

    def add(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.total_s += seconds
        place = math.ceil(_STEPS_A_DECADE * math.log10(max(seconds, _SHORTEST_S) / _SHORTEST_S))
        self._places[min(place, _PLACES)] += 1

    def percentile(self, share: float) -> float:
        """Return the seconds within which that share of the requests was answered; 0 for none."""
        wanted, seen = share * self.count, 0
        for place, count in enumerate(self._places):
            seen += count
            if seen >= wanted and seen:
                return _SHORTEST_S * 10 ** (place / _STEPS_A_DECADE)
        return 0.0

    def clear(self) -> None:
        """Forget what was counted."""
        self.count, self.total_s, self._places = 0, 0.0, [0] * (_PLACES + 1)
