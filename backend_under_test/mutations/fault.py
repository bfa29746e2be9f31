"""What a fault is.

Owns the type. How parts are replaced is `backend_under_test.mutations.edits`.
"""

from dataclasses import dataclass

from backend_under_test.mutations.edits import Change


@dataclass(frozen=True)
class Fault:
    """The reference backend with one thing wrong.

    `breaks` are the clauses that fail because of it, all that must: a fault that shows in several clauses
    names each. `scenarios` are those that bring it into view; empty: every journey does.
    """

    id: str
    title: str
    breaks: tuple[str, ...]
    apply: Change
    scenarios: tuple[str, ...] = ()
