"""A part of the page that another room tells: what a load did, what a tester wrote down.

Owns its shape alone. Whoever makes one escapes what is foreign in it, and needs no script.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.runs.results import RunResult


@dataclass(frozen=True, slots=True)
class Section:
    """A section that stands before the causes. `id` is what `#id` leads to."""

    id: str
    title: str
    markup: Markup
    style: str = ""
    """Rules of its own; the page's policy lets no element have a style attribute."""


Sections = Callable[[RunResult], Sequence[Section]]
"""What else a run has to tell."""


def none_but_the_page(_run: RunResult) -> Sequence[Section]:
    """Return no section."""
    return ()
