"""POST, PATCH and DELETE of custom fields: what a field may be made of.

Owns the checks of written fields. How a field looks is in custom_fields.py (FACTS: API-CUSTOM-FIELDS-WRITE).
"""

from dataclasses import replace
from typing import Any

from fake_amo.api_v4.entities.resource import Draft
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal
from fake_amo.api_v4.settings.custom_fields import field_as_dict, kind_of
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import Choice, CustomField
from fake_amo.state.tables import product_field_id

TYPES = frozenset(
    {
        *("text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton"),
        *("streetaddress", "smart_address", "birthday", "legal_entity", "date_time", "price", "category"),
        *("items", "tracking_data", "linked_entity", "chained_list", "monetary", "file", "payer", "supplier"),
    }
)
_FIRST_IDS = {"customers": 700_301}
OF_CHOICES = frozenset({"select", "multiselect", "radiobutton", "category"})


def creating_fields(entity_type: str) -> Handler:
    """Return the endpoint that makes every field of the array, or none where one is invalid."""

    def created(site: Site, call: Call, caller: Caller) -> Reply:
        kind = kind_of(entity_type, call)
        drafts = _drafts(site, call, caller, kind, is_update=False)
        return drafts if isinstance(drafts, Reply) else _written(call, caller, kind, drafts)

    return authorised(created)


def updating_fields(entity_type: str) -> Handler:
    """Return the endpoint that changes every field of the array, or none where one is invalid."""

    def updated(site: Site, call: Call, caller: Caller) -> Reply:
        kind = kind_of(entity_type, call)
        drafts = _drafts(site, call, caller, kind, is_update=True)
        return drafts if isinstance(drafts, Reply) else _written(call, caller, kind, drafts)

    return authorised(updated)


def updating_field(entity_type: str) -> Handler:
    """Return the endpoint that changes the field that the path names."""

    def updated(site: Site, call: Call, caller: Caller) -> Reply:
        if not is_object(call.json) or not call.json:
            return api_problem("request_empty", site.profile)
        kind = kind_of(entity_type, call)
        draft = Draft(caller, int(site.clock.now()), "0", {**call.json, "id": int(call.parts[-1])})
        _check(draft, kind, is_update=True)
        if draft.errors:
            return validation_problem([draft.as_problem()])
        return hal(field_as_dict(call, caller, kind, _kept(draft, kind)))

    return authorised(updated)


def deleting_field(entity_type: str) -> Handler:
    """Return the endpoint that takes a field away, with its values; a built-in one stays."""

    def deleted(site: Site, call: Call, caller: Caller) -> Reply:
        fields = caller.tables.fields(kind_of(entity_type, call))
        field = fields.get(int(call.parts[-1]))
        if field is not None and field.is_predefined:
            return api_problem("validation", site.profile, detail="Field can not be deleted")
        fields.pop(int(call.parts[-1]), None)
        return NOTHING

    return authorised(deleted)


def _drafts(
    site: Site, call: Call, caller: Caller, entity_type: str, *, is_update: bool
) -> list[Draft] | Reply:
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    catalog_id = entity_type.partition("/")[2]
    if catalog_id and caller.tables.catalogs.get(int(catalog_id)) is None:
        return api_problem("not_found", site.profile)
    drafts: list[Draft] = []
    for place, item in enumerate(items):
        draft = Draft(caller, int(site.clock.now()), str(place), item if is_object(item) else {})
        if is_object(item):
            draft.request_id = str(item.get("request_id", place))
            _check(draft, entity_type, is_update=is_update)
        else:
            draft.refuse_type("", "object")
        drafts.append(draft)
    wrong = [each.as_problem() for each in drafts if each.errors]
    return validation_problem(wrong) if wrong else drafts


def _check(draft: Draft, entity_type: str, *, is_update: bool) -> None:
    if is_update:
        field_id = draft.item.get("id")
        draft.entity = (
            draft.caller.tables.fields(entity_type).get(field_id) if isinstance(field_id, int) else None
        )
        if draft.entity is None:
            draft.refuse_choice("id")
    for name in ("name", "code"):
        value = draft.item.get(name)
        if isinstance(value, str):
            draft.changes[name] = value
        elif value is not None:
            draft.refuse_type(name, "string")
        elif name == "name" and not is_update:
            draft.refuse_missing("name")
    _check_type(draft, is_update=is_update)
    _check_choices(draft)


def _check_type(draft: Draft, *, is_update: bool) -> None:
    kind = draft.item.get("type")
    if kind is None and not is_update:
        draft.refuse_missing("type")
    elif kind is not None and not (isinstance(kind, str) and kind in TYPES):
        draft.refuse_choice("type")
    elif kind is not None:
        draft.changes["type"] = kind


def _check_choices(draft: Draft) -> None:
    given = draft.item.get("enums")
    if given is None:
        return
    if not is_array(given):
        draft.refuse_type("enums", "array")
        return
    for place, each in enumerate(given):
        if not (is_object(each) and isinstance(each.get("value"), str)):
            draft.refuse_missing(f"enums.{place}.value")


def _written(call: Call, caller: Caller, entity_type: str, drafts: list[Draft]) -> Reply:
    shown = [
        {**field_as_dict(call, caller, entity_type, _kept(each, entity_type)), "request_id": each.request_id}
        for each in drafts
    ]
    return hal({"_total_items": len(shown), "_embedded": {"custom_fields": shown}})


def _kept(draft: Draft, entity_type: str) -> CustomField:
    """Remember a checked field and return it."""
    fields = draft.caller.tables.fields(entity_type)
    if draft.entity is None:
        field = CustomField(max(fields, default=_first_id(entity_type)) + 2, **draft.changes)
    else:
        field = replace(draft.entity, **draft.changes)
    if is_array(draft.item.get("enums")) and field.type in OF_CHOICES:
        field = replace(field, choices=_choices(field, draft.item["enums"]))
    fields[field.id] = field
    return field


def _first_id(entity_type: str) -> int:
    """Return a number below the ids of a type's fields; those of a catalog follow from its own."""
    catalog_id = entity_type.partition("/")[2]
    return product_field_id(int(catalog_id)) if catalog_id else _FIRST_IDS.get(entity_type, 700_001)


def _choices(field: CustomField, given: list[dict[str, Any]]) -> tuple[Choice, ...]:
    """Return the choices that a request names; one that names an id keeps it."""
    first = field.id * 100
    return tuple(
        Choice(
            each["id"] if isinstance(each.get("id"), int) else first + place, each["value"], each.get("code")
        )
        for place, each in enumerate(given)
    )
