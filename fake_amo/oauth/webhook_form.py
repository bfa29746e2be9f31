"""The form that a webhook posts: an entity in the older API's words, and the account (FACTS: HOOK-FORM).

Owns which value is under which name. Must not send anything.
"""

from dataclasses import dataclass
from typing import Any

from fake_amo.site.site import Site
from fake_amo.state.dataset import Account
from fake_amo.state.entities import CustomValue, Tag

Pairs = list[tuple[str, str]]
_ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3, "customers": 12}
_NOTE_TYPES = {
    "common": 4,
    "attachment": 5,
    "call_in": 10,
    "call_out": 11,
    "service_message": 25,
    "sms_in": 102,
    "sms_out": 103,
}
_KEYS = {"companies": "contacts", "tasks": "task"}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one entity."""

    plural: str
    """`leads`, `contacts`, `companies`, `customers` or `tasks`; of a note what it is on."""
    action: str
    entity: Any
    before: Any = None
    """The entity before a change; None where there was none."""


def form_of(site: Site, account: Account, change: Change) -> Pairs:
    """Return the form of one change, empty values left out."""
    key = _KEYS.get(change.plural, change.plural)
    name = f"{key}[{change.action}][0]"
    if change.action == "note":
        name, values = f"{name}[note]", _note(change)
    elif change.plural == "tasks":
        values = _task(change.entity)
    else:
        values = _card(change)
    values["account_id"] = account.id
    pairs = [(f"{name}[{each}]", str(value)) for each, value in values.items() if value is not None]
    more = [] if change.action == "note" or change.plural == "tasks" else _lists(site, account, name, change)
    return [
        *pairs,
        *more,
        ("account[subdomain]", account.subdomain),
        ("account[id]", str(account.id)),
        ("account[_links][self]", f"https://{account.subdomain}.{site.profile.zone}"),
    ]


def _stamps(entity: Any) -> dict[str, Any]:
    return {
        "responsible_user_id": entity.responsible_user_id,
        "date_create": entity.created_at,
        "last_modified": entity.updated_at,
        "created_user_id": entity.created_by,
        "modified_user_id": entity.updated_by,
        "created_at": entity.created_at,
        "updated_at": entity.updated_at,
    }


def _card(change: Change) -> dict[str, Any]:
    entity, before = change.entity, change.before
    values: dict[str, Any] = {"id": entity.id, "name": entity.name}
    if change.plural == "leads":
        values |= {"status_id": entity.status_id, "price": entity.price, "pipeline_id": entity.pipeline_id}
        if before is not None and change.action == "status":
            values |= {"old_status_id": before.status_id, "old_pipeline_id": before.pipeline_id}
    elif change.plural != "customers":
        values |= {"type": "contact" if change.plural == "contacts" else "company"}
        values |= {"linked_company_id": getattr(entity, "company_id", None)}
    if before is not None and change.action == "responsible":
        values |= {"old_responsible_user_id": before.responsible_user_id}
    return values | _stamps(entity)


def _task(task: Any) -> dict[str, Any]:
    return {
        "id": task.id,
        "element_id": task.entity_id,
        "element_type": _ELEMENT_TYPES.get(task.entity_type),
        "task_type": task.task_type_id,
        "text": task.text,
        "status": int(task.is_completed),
        "complete_till": task.complete_till,
        **_stamps(task),
    }


def _note(change: Change) -> dict[str, Any]:
    note = change.entity
    return {
        "id": note.id,
        "note_type": _NOTE_TYPES.get(note.note_type, note.note_type),
        "element_type": _ELEMENT_TYPES[note.entity_type],
        "element_id": note.entity_id,
        "text": note.params.get("text", ""),
        "created_by": note.created_by,
        **_stamps(note),
    }


def _lists(site: Site, account: Account, name: str, change: Change) -> Pairs:
    """Return tags and custom fields, each with its place."""
    fields = site.store.tables[account.id].fields(change.plural)
    tags: tuple[Tag, ...] = change.entity.tags
    customs: tuple[CustomValue, ...] = change.entity.custom_values
    pairs: Pairs = []
    for place, tag in enumerate(tags):
        at = f"{name}[tags][{place}]"
        pairs += [(f"{at}[id]", str(tag.id)), (f"{at}[name]", tag.name)]
    known = [each for each in customs if each.field_id in fields]
    for place, custom in enumerate(known):
        at, field = f"{name}[custom_fields][{place}]", fields[custom.field_id]
        pairs += [(f"{at}[id]", str(field.id)), (f"{at}[name]", field.name)]
        pairs += [] if field.code is None else [(f"{at}[code]", field.code)]
        for number, value in enumerate(custom.values):
            within = f"{at}[values][{number}]"
            pairs.append((f"{within}[value]", str(value.value)))
            pairs += [] if value.enum_id is None else [(f"{within}[enum]", str(value.enum_id))]
    return pairs
