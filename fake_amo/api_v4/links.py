"""/api/v4/{leads,contacts,companies,customers}/{id}/links, link and unlink: which entities belong together.

The same without an id is for several at once, each named by its `entity_id`.
Owns which end of a link holds it: a lead or customer its contacts and company, a contact its company. Every
link is amoCRM's of both ends (FACTS: API-LINKING). What is in a catalog is linked with a quantity.
"""

from dataclasses import asdict, dataclass
from typing import Any

from fake_amo.api_v4.entities.filters import chosen, refused_filter, tests_from
from fake_amo.api_v4.entities.resource import Draft, Filter, UnsupportedFilter
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link, whole_number
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import Contact, Customer, Lead

_ELEMENTS = "catalog_elements"
_DEALS = ("leads", "customers")
_PAIRS = (
    *({deal, other} for deal in _DEALS for other in ("contacts", "companies")),
    {"contacts", "companies"},
)
_FILTERS: dict[str, Filter] = {name: chosen(name) for name in ("entity_id", "to_entity_id", "to_entity_type")}


@dataclass(frozen=True, slots=True)
class _Link:
    """One link as amoCRM shows it."""

    entity_id: int
    entity_type: str
    to_entity_id: int
    to_entity_type: str
    metadata: dict[str, Any] | None = None


def listing_links(entity_type: str) -> Handler:
    """Return the endpoint that lists what an entity is linked with, or those of `filter[entity_id]`."""

    def listed(site: Site, call: Call, caller: Caller) -> Reply:
        try:
            tests = tests_from(_FILTERS, call, caller)
        except UnsupportedFilter as unsupported:
            return refused_filter(site, call, str(unsupported))
        entities = [_entity(caller, entity_type, each) for each in _asked_about(call)]
        links = [each for one in entities if one is not None for each in _links_of(caller, entity_type, one)]
        found = [each for each in links if all(test(each) for test in tests)]
        return _answer(f"{call.origin}{call.path}", found) if found else NOTHING

    return authorised(listed)


def linking(entity_type: str) -> Handler:
    """Return the endpoint that links an entity with those of an array."""

    def linked(site: Site, call: Call, caller: Caller) -> Reply:
        asked = _checked(site, call, caller, entity_type)
        if isinstance(asked, Reply):
            return asked
        for each in asked:
            _join(caller, each)
        own = f"{int(call.parts[0])}/" if call.parts else ""
        return _answer(f"{call.origin}/api/v4/{entity_type}/{own}links", asked)

    return authorised(linked)


def unlinking(entity_type: str) -> Handler:
    """Return the endpoint that takes links away."""

    def unlinked(site: Site, call: Call, caller: Caller) -> Reply:
        asked = _checked(site, call, caller, entity_type)
        if isinstance(asked, Reply):
            return asked
        for each in asked:
            _part(caller, each)
        return NOTHING

    return authorised(unlinked)


def _asked_about(call: Call) -> list[int]:
    """Return the ids of the entities whose links are listed: the path's, or those of the filter."""
    if call.parts:
        return [int(call.parts[0])]
    named = (whole_number(value) for name, value in call.query_pairs if name.startswith("filter[entity_id]"))
    return list(dict.fromkeys(each for each in named if each is not None))


def _answer(address: str, links: list[_Link]) -> Reply:
    shown = [asdict(each) for each in links]
    return hal({"_total_items": len(shown), "_links": link(address), "_embedded": {"links": shown}})


def _checked(site: Site, call: Call, caller: Caller, entity_type: str) -> list[_Link] | Reply:
    """Return the links that a request names, or why none of them is made."""
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    own_id = int(call.parts[0]) if call.parts else None
    drafts = [Draft(caller, int(site.clock.now()), str(place)) for place in range(len(items))]
    made = [_asked_for(draft, entity_type, own_id, item) for draft, item in zip(drafts, items, strict=True)]
    wrong = [each.as_problem() for each in drafts if each.errors]
    return validation_problem(wrong) if wrong else [each for each in made if each is not None]


def _asked_for(draft: Draft, entity_type: str, own_id: int | None, item: object) -> _Link | None:
    asked: dict[str, Any] = item if is_object(item) else {}
    entity_id = asked.get("entity_id") if own_id is None else own_id
    if not isinstance(entity_id, int):
        draft.refuse_choice("entity_id")
        return None
    to_type, to_id, metadata = (asked.get(name) for name in ("to_entity_type", "to_entity_id", "metadata"))
    is_there = isinstance(to_type, str) and isinstance(to_id, int) and _entity(draft.caller, to_type, to_id)
    if not is_there or not isinstance(to_id, int):
        draft.refuse_choice("to_entity_id")
        return None
    if _entity(draft.caller, entity_type, entity_id) is None or not _can_join(entity_type, str(to_type)):
        draft.refuse_choice("to_entity_type")
        return None
    return _Link(entity_id, entity_type, to_id, str(to_type), metadata if is_object(metadata) else None)


def _entity(caller: Caller, entity_type: str, entity_id: int) -> Any:
    if entity_type == _ELEMENTS:
        return caller.tables.elements.get(entity_id)
    table = caller.tables.of_type(entity_type)
    return None if table is None else table.get(entity_id)


def _can_join(one: str, other: str) -> bool:
    return other == _ELEMENTS or {one, other} in _PAIRS


def _ids(asked: _Link) -> dict[str, int]:
    return {asked.entity_type: asked.entity_id, asked.to_entity_type: asked.to_entity_id}


def _join(caller: Caller, asked: _Link) -> None:
    """Link at the end that holds the link; `is_main` makes a contact the lead's main one."""
    if asked.to_entity_type == _ELEMENTS:
        quantity: Any = (asked.metadata or {}).get("quantity")
        linked = caller.tables.elements_of.setdefault((asked.entity_type, asked.entity_id), {})
        is_number = isinstance(quantity, int | float) and not isinstance(quantity, bool)
        linked[asked.to_entity_id] = quantity if is_number else 1
        return
    ids = _ids(asked)
    table, holder = _holder_table(caller, ids), _holder(caller, ids)
    if "companies" in ids:
        table.change(holder, company_id=ids["companies"])
        return
    contact_id, is_main = ids["contacts"], (asked.metadata or {}).get("is_main") is True
    if is_main:
        others = tuple(each for each in holder.contact_ids if each != contact_id)
        table.change(holder, contact_ids=(contact_id, *others))
    elif contact_id not in holder.contact_ids:
        table.change(holder, contact_ids=(*holder.contact_ids, contact_id))


def _part(caller: Caller, asked: _Link) -> None:
    """Take a link away at the end that holds it; one that there is not is nothing to take away."""
    if asked.to_entity_type == _ELEMENTS:
        linked = caller.tables.elements_of.get((asked.entity_type, asked.entity_id), {})
        linked.pop(asked.to_entity_id, None)
        return
    ids = _ids(asked)
    holder = _holder(caller, ids)
    if "companies" not in ids:
        left = tuple(each for each in holder.contact_ids if each != ids["contacts"])
        _holder_table(caller, ids).change(holder, contact_ids=left)
    elif holder.company_id == ids["companies"]:
        _holder_table(caller, ids).change(holder, company_id=None)


def _holder(caller: Caller, ids: dict[str, int]) -> Any:
    """Return the entity that holds a link: the lead, the customer, or the contact of a company."""
    entity_type = _holder_type(ids)
    return _entity(caller, entity_type, ids[entity_type])


def _holder_table(caller: Caller, ids: dict[str, int]) -> Any:
    return caller.tables.of_type(_holder_type(ids))


def _holder_type(ids: dict[str, int]) -> str:
    return next((each for each in _DEALS if each in ids), "contacts")


def _links_of(caller: Caller, entity_type: str, entity: Any) -> list[_Link]:
    """Return everything that an entity is linked with, whichever end holds it."""
    tables = caller.tables
    living: dict[str, Any] = {name: getattr(tables, name).living() for name in (*_DEALS, "contacts")}
    if entity_type in _DEALS:
        contacts = [(("contacts", each), place == 0) for place, each in enumerate(entity.contact_ids)]
        found = [*contacts, *_company_of(entity)]
    elif entity_type == "contacts":
        deals = [(name, each) for name in _DEALS for each in living[name] if entity.id in each.contact_ids]
        found = [
            *(((name, each.id), each.contact_ids[0] == entity.id) for name, each in deals),
            *_company_of(entity),
        ]
    else:
        found = [
            ((name, each.id), None)
            for name, some in living.items()
            for each in some
            if each.company_id == entity.id
        ]
    links = [
        _Link(entity.id, entity_type, to_id, to_type, None if main is None else {"main_contact": main})
        for (to_type, to_id), main in found
    ]
    return [*links, *_elements_of(caller, entity_type, entity)]


def _elements_of(caller: Caller, entity_type: str, entity: Any) -> list[_Link]:
    linked = caller.tables.elements_of.get((entity_type, entity.id), {})
    found = [(caller.tables.elements.get(each), quantity) for each, quantity in linked.items()]
    return [
        _Link(
            entity.id,
            entity_type,
            each.id,
            _ELEMENTS,
            {"quantity": quantity, "catalog_id": each.catalog_id, "price_id": None},
        )
        for each, quantity in found
        if each is not None
    ]


def _company_of(entity: Lead | Contact | Customer) -> list[tuple[tuple[str, int], bool | None]]:
    return [] if entity.company_id is None else [(("companies", entity.company_id), None)]
