"""The leads of one account: kept in the orders in which they are listed, filtered, created, changed.

Owns the table. Must not know HTTP or how a lead is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from fake_amo.state.dataset import Lead

Wanted = Callable[[Lead], bool]
ORDERS = ("id", "created_at", "updated_at")


class LeadTable:
    """Leads by id, with the list orders remembered until something changes."""

    def __init__(self, leads: Sequence[Lead]) -> None:
        """Start from leads that are never changed in place."""
        self._first = leads
        self._by_id: dict[int, Lead] | None = None
        self._ordered: dict[str, list[Lead]] = {}

    def get(self, lead_id: int) -> Lead | None:
        """Return a lead, deleted or not, or None."""
        return self._table().get(lead_id)

    def put(self, lead: Lead) -> None:
        """Add a lead, or replace the one with its id."""
        self._table()[lead.id] = lead
        self._ordered.clear()

    def change(self, lead: Lead, **changes: Any) -> Lead:
        """Replace some values of a lead and return it as it is now."""
        changed = replace(lead, **changes)
        self.put(changed)
        return changed

    def of_contact(self, contact_id: int) -> list[Lead]:
        """Return the leads about a contact."""
        return [each for each in self._in_order("id") if contact_id in each.contact_ids]

    def next_id(self) -> int:
        """Return an id that no lead has."""
        return max(self._table(), default=10_000_000) + 2

    def page(
        self, *, offset: int, limit: int, order: str, descending: bool, wanted: Wanted | None
    ) -> tuple[list[Lead], bool]:
        """Return one page and whether another follows; unfiltered, a page costs the same in any table."""
        leads = self._in_order(order)
        if wanted is None and not descending:
            return leads[offset : offset + limit], len(leads) > offset + limit
        if wanted is None:
            last = len(leads) - offset
            return leads[max(0, last - limit) : max(0, last)][::-1], last > limit
        matching = filter(wanted, reversed(leads) if descending else leads)
        found = list(islice(matching, offset, offset + limit + 1))
        return found[:limit], len(found) > limit

    def deleted(self, *, offset: int, limit: int) -> tuple[list[Lead], bool]:
        """Return one page of what was deleted, and whether another follows."""
        gone = sorted((each for each in self._table().values() if each.is_deleted), key=lambda lead: lead.id)
        return gone[offset : offset + limit], len(gone) > offset + limit

    def _table(self) -> dict[int, Lead]:
        if self._by_id is None:
            self._by_id = {each.id: each for each in self._first}
        return self._by_id

    def _in_order(self, order: str) -> list[Lead]:
        if order not in self._ordered:
            living = [each for each in self._table().values() if not each.is_deleted]
            self._ordered[order] = sorted(living, key=lambda lead: (getattr(lead, order), lead.id))
        return self._ordered[order]
