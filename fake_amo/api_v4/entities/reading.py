"""GET of a list and of one entity, for any resource.

Owns how an entity becomes JSON and which ones a list holds. Must not know a single resource.
"""

import re
from typing import Any

from fake_amo.api_v4.entities.filters import refused_filter, tests_from
from fake_amo.api_v4.entities.resource import Key, Resource, Test, UnsupportedFilter, View
from fake_amo.api_v4.gate.calls import (
    NOTHING,
    Caller,
    Paging,
    hal,
    link,
    list_of,
    paging_of,
)
from fake_amo.http.messages import Call, Reply
from fake_amo.site.problems import api_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.tables import Wanted

_ORDER = re.compile(r"order\[(\w+)\]")


def listing(resource: Resource) -> Handler:
    """Return the endpoint that lists a resource."""

    def listed(site: Site, call: Call, caller: Caller) -> Reply:
        paging = paging_of(site, call)
        if isinstance(paging, Reply):
            return paging
        try:
            entities, more = _page(resource, call, caller, paging)
        except UnsupportedFilter as unsupported:
            return refused_filter(site, call, str(unsupported))
        view = View(call, caller, paging)
        shown = [as_dict(resource, view, each) for each in entities]
        return list_of(call, paging, resource.name, shown, more=more)

    return resource.gate(listed)


def showing(resource: Resource) -> Handler:
    """Return the endpoint that shows one entity, or 204 where there is none (FACTS: API-EMPTY-204)."""

    def shown(site: Site, call: Call, caller: Caller) -> Reply:
        entity = entity_of(resource, call, caller)
        if entity is None:
            return api_problem("not_found", site.profile) if resource.missing else NOTHING
        return hal(as_dict(resource, View(call, caller), entity))

    return resource.gate(shown)


def as_dict(resource: Resource, view: View, entity: Any) -> dict[str, Any]:
    """Return an entity in amoCRM's shape and order of keys."""
    shown: dict[str, Any] = {key.name: value_of(key, view, entity) for key in resource.keys}
    if resource.extra and view.asked:
        shown |= {name: value for name, value in resource.extra.items() if name in view.asked}
    shown["_links"] = link(address_of(resource, view, entity))
    if resource.embedded is not None:
        shown["_embedded"] = resource.embedded(view, entity)
    return shown


def value_of(key: Key, view: View, entity: Any) -> Any:
    """Return what a key of an entity shows."""
    return getattr(entity, key.name) if key.read is None else key.read(view, entity)


def entity_of(resource: Resource, call: Call, caller: Caller) -> Any:
    """Return the entity that a path names, or None."""
    table, wanted = resource.table(caller), call.parts[-1]
    if resource.id_name == "id":
        entity = table.get(int(wanted))
    else:
        entity = next((each for each in table.living() if getattr(each, resource.id_name) == wanted), None)
    scope = scope_of(resource, call)
    inside = entity is not None and all(getattr(entity, name) == value for name, value in scope.items())
    return entity if inside else None


def scope_of(resource: Resource, call: Call) -> dict[str, Any]:
    """Return the attributes that every entity of this path has."""
    owned = {resource.owner: int(call.parts[0])} if resource.owner else {}
    return {**resource.scope, **owned}


def address_of(resource: Resource, view: View, entity: Any) -> str:
    """Return where an entity is: of a note with the entity that it is on."""
    path = resource.own_path or resource.path
    for name in ("entity_id", "catalog_id"):
        path = path.replace(f"{{{name}}}", str(getattr(entity, name, "")))
    return view.address(path, getattr(entity, resource.id_name), paged=resource.pages_in_links)


def _page(resource: Resource, call: Call, caller: Caller, paging: Paging) -> tuple[list[Any], bool]:
    table = resource.table(caller)
    wanted = _wanted(resource, call, caller)
    if "only_deleted" in call.with_names:
        return table.deleted(offset=paging.offset, limit=paging.limit)
    order, descending = _order(resource, call)
    return table.page(
        offset=paging.offset, limit=paging.limit, order=order, descending=descending, wanted=wanted
    )


def _order(resource: Resource, call: Call) -> tuple[str, bool]:
    """Return the order asked for; one that there is not counts as not sent."""
    for name, value in call.query_pairs:
        match = _ORDER.fullmatch(name)
        if match and match[1] in resource.orders:
            return match[1], value.lower() == "desc"
    return "id", False


def _wanted(resource: Resource, call: Call, caller: Caller) -> Wanted | None:
    """Return the test that an entity must pass, or None where nothing is filtered."""
    tests = [*_scope_tests(resource, call), *tests_from(resource.filters, call, caller)]
    query = call.query.get("query", "").casefold()
    if query and resource.searched is not None:
        searched = resource.searched
        tests.append(lambda entity: any(query in each.casefold() for each in searched(entity)))
    return (lambda entity: all(test(entity) for test in tests)) if tests else None


def _scope_tests(resource: Resource, call: Call) -> list[Test]:
    scope = scope_of(resource, call)
    if not scope:
        return []
    return [lambda entity: all(getattr(entity, name) == value for name, value in scope.items())]
