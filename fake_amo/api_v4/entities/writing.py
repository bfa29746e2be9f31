"""POST, PATCH and DELETE of any resource: the checks that all share, and all or nothing.

Owns the order: types, custom fields, tags, links, then the resource's own rules; one mistake anywhere and
nothing is written (FACTS: API-400-VALIDATION). Must not know a single resource.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fake_amo.api_v4.entities.custom_values import check_custom_values
from fake_amo.api_v4.entities.reading import address_of, scope_of, value_of
from fake_amo.api_v4.entities.resource import Draft, Key, Resource, View
from fake_amo.api_v4.entities.tags import check_tags, settle_tags
from fake_amo.api_v4.gate.calls import MAX_LIMIT, NOTHING, Caller, hal, link
from fake_amo.api_v4.gate.changes import announce
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site

_LARGEST = 2**63 - 1
_WORDS = {"integer": "int", "string": "string", "boolean": "bool", "object": "array", "array": "array"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that writes, and who makes it."""

    site: Site
    call: Call
    caller: Caller


def creating(resource: Resource) -> Handler:
    """Return the endpoint that creates every entity of an array, or none where one is invalid."""

    def created(site: Site, call: Call, caller: Caller) -> Reply:
        drafts = drafts_of(resource, Asked(site, call, caller), is_update=False)
        if isinstance(drafts, Reply):
            return drafts
        made = [create(resource, site, draft) for draft in drafts]
        view = View(call, caller)
        shown = [
            {"id": each.id, "request_id": draft.request_id} | _more(resource, view, each)
            for each, draft in zip(made, drafts, strict=True)
        ]
        return _answer(call, resource, shown)

    return resource.gate(created)


def updating(resource: Resource) -> Handler:
    """Return the endpoint that changes every entity of an array, or none where one is invalid."""

    def updated(site: Site, call: Call, caller: Caller) -> Reply:
        drafts = drafts_of(resource, Asked(site, call, caller), is_update=True)
        if isinstance(drafts, Reply):
            return drafts
        view = View(call, caller)
        shown = [_shown_change(resource, view, update(resource, site, draft)) for draft in drafts]
        return _answer(call, resource, shown)

    return resource.gate(updated)


def updating_one(resource: Resource) -> Handler:
    """Return the endpoint that changes the entity that the path names."""

    def updated(site: Site, call: Call, caller: Caller) -> Reply:
        if not is_object(call.json) or not call.json:
            return api_problem("request_empty", site.profile)
        item = {**call.json, "id": int(call.parts[-1])}
        draft = checked(resource, Asked(site, call, caller), "0", item, is_update=True)
        if draft.errors:
            return validation_problem([draft.as_problem()])
        return hal(_shown_change(resource, View(call, caller), update(resource, site, draft)))

    return resource.gate(updated)


def deleting(resource: Resource) -> Handler:
    """Return the endpoint that takes away what the path names; 204 for what is not there, too."""

    def deleted(_site: Site, call: Call, caller: Caller) -> Reply:
        resource.table(caller).remove(int(call.parts[-1]))
        return NOTHING

    return resource.gate(deleted)


def drafts_of(resource: Resource, asked: Asked, *, is_update: bool) -> list[Draft] | Reply:
    """Return the checked entities of a request, or why none of them is written."""
    items = asked.call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", asked.site.profile)
    if len(items) > MAX_LIMIT:
        return api_problem("limit_exceeded", asked.site.profile)
    drafts = [
        checked(resource, asked, str(place), item, is_update=is_update) for place, item in enumerate(items)
    ]
    wrong = [each.as_problem() for each in drafts if each.errors]
    return validation_problem(wrong) if wrong else drafts


def checked(resource: Resource, asked: Asked, place: str, item: object, *, is_update: bool) -> Draft:
    """Return one entity of a request with the changes that it makes, or with its mistakes."""
    draft = Draft(asked.caller, int(asked.site.clock.now()), place)
    if not is_object(item):
        draft.refuse_type("", "object")
        return draft
    draft.item = item
    if isinstance(item.get("request_id"), str | int):
        draft.request_id = str(item["request_id"])
    scope = scope_of(resource, asked.call)
    if is_update:
        _find(draft, resource, scope, item.get("id"))
    else:
        draft.changes |= scope
    _check_keys(draft, resource.keys)
    if resource.custom is not None:
        check_custom_values(draft, resource.custom.format(**scope))
    if resource.custom is not None and resource.tagged:
        check_tags(draft, resource.custom)
    if resource.rules is not None:
        resource.rules(draft)
    return draft


def create(resource: Resource, site: Site, draft: Draft) -> Any:
    """Add a checked entity and say so to whoever asked to be told."""
    table = resource.table(draft.caller)
    if resource.custom is not None and resource.tagged:
        settle_tags(draft, resource.custom)
    made = table.put(resource.make(draft, table.next_id()))
    if resource.single:
        announce(site, draft.caller, resource.single, None, made)
    return made


def update(resource: Resource, site: Site, draft: Draft) -> Any:
    """Change a checked entity and say so to whoever asked to be told."""
    table = resource.table(draft.caller)
    if resource.custom is not None and resource.tagged:
        settle_tags(draft, resource.custom)
    now = {"updated_at": draft.now, "updated_by": draft.caller.user_id}
    stamp = {name: value for name, value in now.items() if hasattr(draft.entity, name)}
    changed = table.change(draft.entity, **(stamp | draft.changes))
    if resource.single:
        announce(site, draft.caller, resource.single, draft.entity, changed)
    return changed


def _find(draft: Draft, resource: Resource, scope: dict[str, Any], entity_id: object) -> None:
    if not _is_whole(entity_id):
        draft.refuse_type("id", "int")
        return
    found = resource.table(draft.caller).get(entity_id) if isinstance(entity_id, int) else None
    if found is None or any(getattr(found, name) != value for name, value in scope.items()):
        draft.refuse_choice("id")
    else:
        draft.entity = found


def _check_keys(draft: Draft, keys: Sequence[Key]) -> None:
    for key in keys:
        if not key.written:
            continue
        if key.name not in draft.item:
            if key.required and draft.entity is None:
                draft.refuse_missing(key.name)
            continue
        value, kinds = draft.item[key.name], key.kinds
        if _fits(value, kinds[0]) or (value is None and "null" in kinds):
            draft.changes[key.name] = int(value) if isinstance(value, float) else value
        else:
            draft.refuse_type(key.name, _WORDS[kinds[0]])


def _fits(value: object, kind: str) -> bool:
    if kind == "integer":
        return _is_whole(value)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    return is_object(value) if kind == "object" else is_array(value)


def _is_whole(value: object) -> bool:
    """Say whether a value is a whole number; some clients send a time as 1.5e9 (FACTS: API-NUMBERS)."""
    if isinstance(value, float):
        return value.is_integer() and 0 <= value <= _LARGEST
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _answer(call: Call, resource: Resource, shown: list[dict[str, Any]]) -> Reply:
    return hal({"_links": link(f"{call.origin}{call.path}"), "_embedded": {resource.name: shown}})


def _shown_change(resource: Resource, view: View, entity: Any) -> dict[str, Any]:
    when = {"updated_at": entity.updated_at} if hasattr(entity, "updated_at") else {}
    return {"id": entity.id} | when | _more(resource, view, entity)


def _more(resource: Resource, view: View, entity: Any) -> dict[str, Any]:
    """Return what else the answer to a write says: the address, of a note whom it is on."""
    keys = (each for each in resource.keys if each.name in resource.shows_written)
    told = {each.name: value_of(each, view, entity) for each in keys}
    return told | {"_links": link(address_of(resource, view, entity))}
