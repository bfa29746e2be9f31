"""POST /api/v4/calls: a telephone call becomes a note on the contact or company that has the number.

Owns the look-up by number and what a call must say (FACTS: API-CALLS).
"""

import re
from typing import Any

from fake_amo.api_v4.entities.activities import notes_of
from fake_amo.api_v4.entities.resource import Draft
from fake_amo.api_v4.entities.writing import Asked, create
from fake_amo.api_v4.gate.calls import MAX_LIMIT, Caller, authorised, hal
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site

_DIRECTIONS = {"inbound": "call_in", "outbound": "call_out"}
_SINGLE = {"contacts": "contact", "companies": "company"}
_LAST_DIGITS = 9
"""Numbers are compared by these: whether the country's code stands before them differs."""


@authorised
def add_calls(site: Site, call: Call, caller: Caller) -> Reply:
    """Note every call whose number somebody has; the others are listed under `errors`."""
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    if len(items) > MAX_LIMIT:
        return api_problem("limit_exceeded", site.profile)
    drafts = [_checked(site, caller, place, item) for place, item in enumerate(items)]
    wrong = [each.as_problem() for each in drafts if each.errors]
    if wrong:
        return validation_problem(wrong)
    asked = Asked(site, call, caller)
    noted = [(draft, _noted(asked, draft)) for draft in drafts]
    found = [shown for _, shown in noted if shown is not None]
    errors = [
        {"request_id": draft.request_id, "title": "Error", "status": 263, "detail": "Entity not found"}
        for draft, shown in noted
        if shown is None
    ]
    return hal({"_total_items": len(found), "errors": errors, "_embedded": {"calls": found}})


def _checked(site: Site, caller: Caller, place: int, item: object) -> Draft:
    draft = Draft(caller, int(site.clock.now()), str(place), item if is_object(item) else {})
    if not is_object(item):
        draft.refuse_type("", "object")
        return draft
    if isinstance(item.get("request_id"), str | int):
        draft.request_id = str(item["request_id"])
    for name in ("direction", "duration", "source", "phone"):
        if item.get(name) is None:
            draft.refuse_missing(name)
    if item.get("direction") is not None and item["direction"] not in [*_DIRECTIONS]:
        draft.refuse_choice("direction")
    return draft


def _noted(asked: Asked, draft: Draft) -> dict[str, Any] | None:
    """Return the call as a note, or None where nobody has its number."""
    found = _owner(asked.caller, str(draft.item["phone"]))
    if found is None:
        return None
    entity_type, entity_id = found
    names = ("uniq", "duration", "source", "link", "phone", "call_result", "call_status")
    params = {name: draft.item[name] for name in names if name in draft.item}
    note_type = _DIRECTIONS[draft.item["direction"]]
    draft.changes = {
        "entity_type": entity_type,
        "entity_id": entity_id,
        "note_type": note_type,
        "params": params,
    }
    note = create(notes_of(entity_type), asked.site, draft)
    address = f"{asked.call.origin}/api/v4/{entity_type}/{entity_id}"
    return {
        "id": note.id,
        "entity_id": entity_id,
        "entity_type": _SINGLE[entity_type],
        "account_id": asked.caller.account.id,
        "request_id": draft.request_id,
        "_embedded": {"entity": {"id": entity_id, "_links": {"self": {"href": address}}}},
    }


def _owner(caller: Caller, phone: str) -> tuple[str, int] | None:
    """Return type and id of whom a number belongs to: a contact before a company."""
    wanted = _digits(phone)
    for entity_type in _SINGLE:
        table = caller.tables.of_type(entity_type)
        fields = caller.tables.fields(entity_type)
        for entity in () if table is None else table.living():
            for custom in entity.custom_values:
                numbers = [_digits(str(each.value)) for each in custom.values]
                is_phone = custom.field_id in fields and fields[custom.field_id].code == "PHONE"
                if is_phone and wanted and wanted in numbers:
                    return entity_type, entity.id
    return None


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-_LAST_DIGITS:]
