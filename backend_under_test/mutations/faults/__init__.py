"""Broken versions of the reference backend, one thing wrong in each.

Owns the list. A fault replaces parts of the reference and copies nothing of it.
"""

from backend_under_test.mutations import gallery, notices, occasions
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.faults import (
    answers,
    buttons,
    departures,
    exchanges,
    leaks,
    links,
    pages,
    storage,
    tokens,
)

FAULTS: dict[str, Fault] = {
    fault.id: fault
    for module in (
        exchanges,
        storage,
        departures,
        gallery,
        occasions,
        notices,
        buttons,
        links,
        pages,
        answers,
        leaks,
        tokens,
    )
    for fault in module.FAULTS
}
"""Every fault by its id, in the order of the contract."""

__all__ = ["FAULTS", "Fault"]
