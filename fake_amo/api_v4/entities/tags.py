"""Tags and linked entities: what a request writes of them, how they are shown, and the lists of tags.

Owns `_embedded.tags`, `tags_to_add`, `tags_to_delete`, and the checks of `_embedded.contacts` and
`_embedded.companies`; shows `catalog_elements` and `customers`. A tag has one id in all entities of a type
(FACTS: API-TAGS).
"""

from typing import Any

from fake_amo.api_v4.entities.filters import chosen, refused_filter, tests_from
from fake_amo.api_v4.entities.resource import Draft, Filter, UnsupportedFilter, View
from fake_amo.api_v4.gate.calls import (
    MAX_LIMIT,
    Caller,
    authorised,
    hal,
    list_of,
    paging_of,
)
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import Customer, Tag

_FILTERS: dict[str, Filter] = {"id": chosen("id"), "name": chosen("name")}
_NOT_YET = 0
"""The id of a tag that becomes one when its entity is written."""


def check_tags(draft: Draft, entity_type: str) -> None:
    """Check the tags that replace an entity's, and those to add to it or to take from it."""
    embedded = _embedded(draft)
    has: tuple[Tag, ...] = getattr(draft.entity, "tags", ())
    if "tags" in embedded:
        has = _named(draft, entity_type, "_embedded.tags", embedded["tags"])
    added = _named(draft, entity_type, "tags_to_add", draft.item.get("tags_to_add"))
    gone = _named(draft, entity_type, "tags_to_delete", draft.item.get("tags_to_delete"))
    if "tags" in embedded or added or gone:
        draft.changes["tags"] = tuple(each for each in dict.fromkeys((*has, *added)) if each not in gone)


def settle_tags(draft: Draft, entity_type: str) -> None:
    """Make those tags of a checked entity that there are not yet: nothing invalid has left any behind."""
    known = draft.caller.tables.tags(entity_type)
    tags: tuple[Tag, ...] = draft.changes.get("tags", ())
    if tags:
        draft.changes["tags"] = tuple(
            each if each.id != _NOT_YET else known.named(each.name) for each in tags
        )


def shown_tags(_view: View, entity: Any) -> list[dict[str, Any]]:
    """Return an entity's tags as `_embedded` has them."""
    return [{"id": each.id, "name": each.name, "color": None} for each in entity.tags]


def shown_linked(view: View, entity_type: str, entity: Any) -> dict[str, Any]:
    """Return what else `with=` asks for: an entity's elements of catalogs, and its customers."""
    tables, shown = view.caller.tables, dict[str, Any]()
    if "catalog_elements" in view.asked:
        linked = tables.elements_of.get((entity_type, entity.id), {})
        found = [(tables.elements.get(each), quantity) for each, quantity in linked.items()]
        shown["catalog_elements"] = [
            {
                **view.reference(f"catalogs/{each.catalog_id}/elements", each.id),
                "metadata": {"quantity": quantity, "catalog_id": each.catalog_id, "price_id": None},
            }
            for each, quantity in found
            if each is not None
        ]
    if "customers" in view.asked and entity_type in {"contacts", "companies"}:
        living = tables.customers.living()
        mine = [each for each in living if _is_of(each, entity_type, entity.id)]
        shown["customers"] = [view.reference("customers", each.id) for each in mine]
    return shown


def _is_of(customer: Customer, entity_type: str, entity_id: int) -> bool:
    return entity_id in (customer.contact_ids if entity_type == "contacts" else (customer.company_id,))


def linked_ids(draft: Draft, name: str) -> tuple[int, ...] | None:
    """Return the ids under `_embedded`, the main one first, of entities that are there; None: not sent."""
    embedded = _embedded(draft)
    if name not in embedded:
        return None
    given = embedded[name]
    if given is not None and not is_array(given):
        draft.refuse_type(f"_embedded.{name}", "array")
        return None
    table = draft.caller.tables.of_type(name)
    found: list[tuple[bool, int]] = []
    for place, item in enumerate(given or ()):
        entity_id = item.get("id") if is_object(item) else None
        if not isinstance(entity_id, int) or table is None or table.get(entity_id) is None:
            draft.refuse_choice(f"_embedded.{name}.{place}.id")
        else:
            found.append((item.get("is_main") is not True, entity_id))
    return tuple(entity_id for _, entity_id in sorted(found, key=lambda each: each[0]))


def listing_tags(entity_type: str) -> Handler:
    """Return the endpoint that lists the tags of a type of entity."""

    def listed(site: Site, call: Call, caller: Caller) -> Reply:
        paging = paging_of(site, call)
        if isinstance(paging, Reply):
            return paging
        try:
            tests = tests_from(_FILTERS, call, caller)
        except UnsupportedFilter as unsupported:
            return refused_filter(site, call, str(unsupported))
        known = [each for each in caller.tables.tags(entity_type).every() if _is_asked(call, each)]
        tags = [each for each in known if all(test(each) for test in tests)]
        page = tags[paging.offset : paging.offset + paging.limit]
        shown = [{"id": each.id, "name": each.name, "color": None} for each in page]
        return list_of(call, paging, "tags", shown, more=len(tags) > paging.offset + paging.limit)

    return authorised(listed)


def creating_tags(entity_type: str) -> Handler:
    """Return the endpoint that makes tags; a name that there is keeps its id."""

    def created(site: Site, call: Call, caller: Caller) -> Reply:
        items = call.json
        if not is_array(items) or not items:
            return api_problem("request_empty", site.profile)
        if len(items) > MAX_LIMIT:
            return api_problem("limit_exceeded", site.profile)
        drafts = [Draft(caller, int(site.clock.now()), str(place)) for place in range(len(items))]
        made = [_made(draft, entity_type, item) for draft, item in zip(drafts, items, strict=True)]
        wrong = [each.as_problem() for each in drafts if each.errors]
        if wrong:
            return validation_problem(wrong)
        shown = [
            {"id": tag.id, "name": tag.name, "color": None, "request_id": draft.request_id}
            for tag, draft in zip(made, drafts, strict=True)
            if tag is not None
        ]
        return hal({"_total_items": len(shown), "_embedded": {"tags": shown}})

    return authorised(created)


def _is_asked(call: Call, tag: Tag) -> bool:
    query = call.query.get("query", "").casefold()
    return query in tag.name.casefold()


def _made(draft: Draft, entity_type: str, item: object) -> Tag | None:
    if is_object(item) and isinstance(item.get("request_id"), str | int):
        draft.request_id = str(item["request_id"])
    name = item.get("name") if is_object(item) else None
    if isinstance(name, str) and name:
        return draft.caller.tables.tags(entity_type).named(name)
    draft.refuse_missing("name")
    return None


def _embedded(draft: Draft) -> dict[str, Any]:
    embedded = draft.item.get("_embedded")
    if embedded is None:
        return {}
    if is_object(embedded):
        return embedded
    if not any(each["path"] == "_embedded" for each in draft.errors):
        draft.refuse_type("_embedded", "array")
    return {}


def _named(draft: Draft, entity_type: str, path: str, given: object) -> tuple[Tag, ...]:
    """Return the tags that a list names by id or by name; a name that there is not becomes a tag."""
    if given is None:
        return ()
    if not is_array(given):
        draft.refuse_type(path, "array")
        return ()
    found = [_tag(draft, entity_type, f"{path}.{place}", item) for place, item in enumerate(given)]
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _tag(draft: Draft, entity_type: str, path: str, item: object) -> Tag | None:
    known = draft.caller.tables.tags(entity_type)
    tag_id, name = (item.get("id"), item.get("name")) if is_object(item) else (None, None)
    if isinstance(tag_id, int) and not isinstance(tag_id, bool):
        found = known.get(tag_id)
        if found is None:
            draft.refuse_choice(f"{path}.id")
        return found
    if isinstance(name, str) and name:
        return known.find(name) or Tag(_NOT_YET, name)
    draft.refuse_missing(f"{path}.name")
    return None
