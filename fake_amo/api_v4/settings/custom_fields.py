"""GET /api/v4/{leads,…}/custom_fields and one of them: which fields entities may have.

Owns how a field looks. Writing is in field_writes.py.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import narrowed_by
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link, list_of, paging_of
from fake_amo.http.messages import Call, Reply
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import CustomField


def listing_fields(entity_type: str) -> Handler:
    """Return the endpoint that lists the custom fields of a type of entity (FACTS: API-CUSTOM-FIELDS)."""

    def listed(site: Site, call: Call, caller: Caller) -> Reply:
        paging = paging_of(site, call)
        if isinstance(paging, Reply):
            return paging
        types = {value for name, value in call.query_pairs if name.startswith("filter[type]")}
        kind = kind_of(entity_type, call)
        fields = [each for each in _fields(caller, kind) if not types or each.type in types]
        page = fields[paging.offset : paging.offset + paging.limit]
        shown = [field_as_dict(call, caller, kind, each) for each in page]
        more = len(fields) > paging.offset + paging.limit
        return list_of(call, paging, "custom_fields", shown, more=more, total=len(fields))

    return authorised(narrowed_by("type")(listed))


def showing_field(entity_type: str) -> Handler:
    """Return the endpoint that shows one custom field, or 204 where there is none."""

    def shown(_site: Site, call: Call, caller: Caller) -> Reply:
        kind = kind_of(entity_type, call)
        field = caller.tables.fields(kind).get(int(call.parts[-1]))
        return NOTHING if field is None else hal(field_as_dict(call, caller, kind, field))

    return authorised(shown)


def kind_of(entity_type: str, call: Call) -> str:
    """Return whose fields a path is about: a type of entity, or one catalog."""
    return entity_type.format(catalog_id=int(call.parts[0])) if "{" in entity_type else entity_type


def _fields(caller: Caller, entity_type: str) -> list[CustomField]:
    return list(caller.tables.fields(entity_type).values())


def field_as_dict(call: Call, caller: Caller, entity_type: str, field: CustomField) -> dict[str, Any]:
    """Return a field in amoCRM's shape, which differs by what it is of."""
    place = _fields(caller, entity_type).index(field)
    shown: dict[str, Any] = {
        "id": field.id,
        "name": field.name,
        "type": field.type,
        "account_id": caller.account.id,
        "code": field.code,
        "sort": 500 + place,
        "is_api_only": False,
        "enums": _choices(field),
        "group_id": "statistic" if field.type == "tracking_data" else None,
        "required_statuses": [],
        "entity_type": entity_type.partition("/")[0],
        "remind": None,
    }
    if "/" in entity_type:
        shown |= {"catalog_id": int(entity_type.partition("/")[2]), "is_visible": True, "is_required": False}
    if entity_type == "leads":
        shown |= {"is_computed": False, "tracking_callback": None, "hidden_statuses": []}
    else:
        shown |= {"is_deletable": not field.is_predefined, "is_predefined": field.is_predefined}
    shown["_links"] = link(f"{call.origin}/api/v4/{entity_type}/custom_fields/{field.id}")
    return shown


def _choices(field: CustomField) -> list[dict[str, Any]] | None:
    return [
        {
            "id": each.id,
            "value": each.value,
            "sort": place,
            **({} if each.code is None else {"code": each.code}),
        }
        for place, each in enumerate(field.choices)
    ] or None
