"""GET /api/v4/events: what happened in the account by the fake's own writes, newest first.

Owns how an event looks. What makes one is in changes.py.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import chosen, narrowed_by, refused_filter, spanned, tests_from
from fake_amo.api_v4.entities.resource import Filter, UnsupportedFilter
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link, list_of, paging_of
from fake_amo.api_v4.gate.changes import EVENT_TYPES, PLURALS
from fake_amo.http.messages import Call, Reply
from fake_amo.site.problems import api_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import Happening

MOST_EVENTS = 100
_FILTERS: dict[str, Filter] = {
    "id": chosen("id"),
    "type": chosen("type"),
    "created_by": chosen("created_by"),
    "created_at": spanned("created_at"),
    "entity": chosen("entity_type"),
    "entity_id": chosen("entity_id"),
}


@authorised
def list_events(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one page of events, 100 at most (FACTS: API-EVENTS)."""
    paging = paging_of(site, call)
    if isinstance(paging, Reply):
        return paging
    if paging.limit > MOST_EVENTS:
        return api_problem("limit_exceeded", site.profile, detail="Limit 100 per page")
    try:
        tests = tests_from(_FILTERS, call, caller)
    except UnsupportedFilter as unsupported:
        return refused_filter(site, call, str(unsupported))
    found = [each for each in reversed(caller.tables.happenings) if all(test(each) for test in tests)]
    page = found[paging.offset : paging.offset + paging.limit]
    shown = [_shown(call, caller, each) for each in page]
    return list_of(call, paging, "events", shown, more=len(found) > paging.offset + paging.limit)


@authorised
def show_event(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one event, or 204 where there is none."""
    found = next((each for each in caller.tables.happenings if each.id == call.parts[0]), None)
    return NOTHING if found is None else hal(_shown(call, caller, found))


@authorised
@narrowed_by()
def list_event_types(_site: Site, call: Call, _caller: Caller) -> Reply:
    """Return the types that the fake's own writes have, in the shape of amoCRM's longer list."""
    shown = [{"key": key, "type": place + 1, "lang": key} for place, key in enumerate(EVENT_TYPES)]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"events_types": shown}})


def _shown(call: Call, caller: Caller, event: Happening) -> dict[str, Any]:
    address = f"{call.origin}/api/v4/{PLURALS[event.entity_type]}/{event.entity_id}"
    return {
        "id": event.id,
        "type": event.type,
        "entity_id": event.entity_id,
        "entity_type": event.entity_type,
        "created_by": event.created_by,
        "created_at": event.created_at,
        "value_after": [dict(each) for each in event.value_after],
        "value_before": [dict(each) for each in event.value_before],
        "account_id": caller.account.id,
        "_links": {"self": {"href": f"{call.origin}/api/v4/events/{event.id}"}},
        "_embedded": {"entity": {"id": event.entity_id, "_links": {"self": {"href": address}}}},
    }
