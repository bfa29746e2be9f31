"""/api/v4/{leads,contacts,companies}/{id}/links, link and unlink: which entities belong together.

Owns which end of a link holds it: a lead its contacts and company, a contact its company. Every link is
amoCRM's of both ends (FACTS: API-LINKING).
"""

from typing import Any

from fake_amo.api_v4.entities.resource import Draft
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import Contact, Lead

_Ends = tuple[str, Any, str, Any]
"""The type of an entity and the entity, from which and to which a link leads."""


def listing_links(entity_type: str) -> Handler:
    """Return the endpoint that lists what an entity is linked with."""

    def listed(_site: Site, call: Call, caller: Caller) -> Reply:
        entity = _entity(caller, entity_type, int(call.parts[0]))
        if entity is None:
            return NOTHING
        found = [_shown(entity_type, entity, *each) for each in _linked(caller, entity_type, entity)]
        if not found:
            return NOTHING
        links = link(f"{call.origin}{call.path}")
        return hal({"_total_items": len(found), "_links": links, "_embedded": {"links": found}})

    return authorised(listed)


def linking(entity_type: str, *, joins: bool) -> Handler:
    """Return the endpoint that links an entity with those of an array, or takes such links away."""

    def linked(site: Site, call: Call, caller: Caller) -> Reply:
        entity_id = int(call.parts[0])
        ends = _checked(site, call, caller, entity_type, entity_id)
        if isinstance(ends, Reply):
            return ends
        for _, _, to_type, to in ends:
            # Read anew: the link before may have changed it.
            _join(caller, entity_type, _entity(caller, entity_type, entity_id), to_type, to, joins=joins)
        if not joins:
            return NOTHING
        shown = [_shown(entity_type, each[1], each[2], each[3].id, is_main=None) for each in ends]
        links = link(f"{call.origin}/api/v4/{entity_type}/{entity_id}/links")
        return hal({"_total_items": len(shown), "_links": links, "_embedded": {"links": shown}})

    return authorised(linked)


def _checked(site: Site, call: Call, caller: Caller, entity_type: str, entity_id: int) -> list[_Ends] | Reply:
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    entity = _entity(caller, entity_type, entity_id)
    drafts = [Draft(caller, int(site.clock.now()), str(place)) for place in range(len(items))]
    ends: list[_Ends] = []
    for draft, item in zip(drafts, items, strict=True):
        to_type = item.get("to_entity_type") if is_object(item) else None
        to_id = item.get("to_entity_id") if is_object(item) else None
        to = _entity(caller, to_type, to_id) if isinstance(to_type, str) and isinstance(to_id, int) else None
        if entity is None or to is None or not _can_join(entity_type, str(to_type)):
            draft.refuse_choice("to_entity_id" if to is None else "to_entity_type")
        else:
            ends.append((entity_type, entity, str(to_type), to))
    wrong = [each.as_problem() for each in drafts if each.errors]
    return validation_problem(wrong) if wrong else ends


def _entity(caller: Caller, entity_type: str, entity_id: int) -> Any:
    table = caller.tables.of_type(entity_type)
    return None if table is None else table.get(entity_id)


def _can_join(one: str, other: str) -> bool:
    return {one, other} in ({"leads", "contacts"}, {"leads", "companies"}, {"contacts", "companies"})


def _join(caller: Caller, one_type: str, one: Any, other_type: str, other: Any, *, joins: bool) -> None:
    """Change the end that holds the link."""
    by_type = {one_type: one, other_type: other}
    tables = caller.tables
    if "leads" in by_type and "contacts" in by_type:
        lead: Lead = by_type["leads"]
        others = tuple(each for each in lead.contact_ids if each != by_type["contacts"].id)
        joined = (*others, by_type["contacts"].id) if joins else others
        kept = lead.contact_ids if joins and by_type["contacts"].id in lead.contact_ids else joined
        tables.leads.change(lead, contact_ids=kept)
        return
    company_id = by_type["companies"].id
    holder: Lead | Contact = by_type["leads"] if "leads" in by_type else by_type["contacts"]
    if joins or holder.company_id == company_id:
        table: Any = tables.leads if "leads" in by_type else tables.contacts
        table.change(holder, company_id=company_id if joins else None)


def _linked(caller: Caller, entity_type: str, entity: Any) -> list[tuple[str, int, bool | None]]:
    """Return type, id and whether it is the main contact, of everything an entity is linked with."""
    tables = caller.tables
    if entity_type == "leads":
        contacts = [("contacts", each, place == 0) for place, each in enumerate(entity.contact_ids)]
        return [*contacts, *_company_of(entity)]
    if entity_type == "contacts":
        leads = [each for each in tables.leads.living() if entity.id in each.contact_ids]
        main = [("leads", each.id, each.contact_ids[0] == entity.id) for each in leads]
        return [*main, *_company_of(entity)]
    of_it = (("leads", tables.leads.living()), ("contacts", tables.contacts.living()))
    return [(name, each.id, None) for name, some in of_it for each in some if each.company_id == entity.id]


def _company_of(entity: Any) -> list[tuple[str, int, bool | None]]:
    return [] if entity.company_id is None else [("companies", entity.company_id, None)]


def _shown(entity_type: str, entity: Any, to_type: str, to_id: int, is_main: bool | None) -> dict[str, Any]:
    return {
        "entity_id": entity.id,
        "entity_type": entity_type,
        "to_entity_id": to_id,
        "to_entity_type": to_type,
        "metadata": None if is_main is None else {"main_contact": is_main},
    }
