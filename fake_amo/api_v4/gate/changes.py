"""What a write sets off: a line in the list of events, and webhooks to whoever subscribed.

Owns the names of events and of webhook actions, and which change is which. Must not wait for anybody: the
sending happens in the background.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fake_amo.api_v4.gate.calls import Caller
from fake_amo.oauth.hooks import post_webhook
from fake_amo.oauth.webhook_form import Change, form_of
from fake_amo.site.site import Site
from fake_amo.state.entities import Happening

PLURALS = {
    "lead": "leads",
    "contact": "contacts",
    "company": "companies",
    "task": "tasks",
    "customer": "customers",
}
EVENT_TYPES = (
    *("lead_added", "contact_added", "company_added", "task_added", "common_note_added"),
    *("lead_status_changed", "sale_field_changed", "name_field_changed", "entity_responsible_changed"),
    "task_completed",
)
"""What the list of events calls the changes that it most often has."""
ACTIONS = ("add", "update", "delete", "restore", "responsible", "status", "note")
"""What a webhook may be told of an entity; `settings` of a subscription join it with the entity's word."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What one change is called in the list of events, and its values after and before."""

    type: str
    after: tuple[Mapping[str, Any], ...] = ()
    before: tuple[Mapping[str, Any], ...] = ()


def announce(site: Site, caller: Caller, single: str, before: Any, after: Any) -> None:
    """Tell of one entity that was added (`before` is None) or changed, by its word such as `lead`."""
    if single == "note":
        word, entity_id = _word_of(after.entity_type), after.entity_id
        actions = ["note"] if before is None else []
        lines = [_Line(f"{after.note_type}_note_added")] if before is None else []
    else:
        word, entity_id = single, after.id
        actions = ["add"] if before is None else _actions(before, after)
        lines = [_Line(f"{single}_added")] if before is None else _lines(single, before, after)
    for line in lines:
        _add_line(site, caller, word, entity_id, line)
    for action in actions:
        _tell_webhooks(site, caller, word, Change(PLURALS[word], action, after, before))


def _word_of(plural: str) -> str:
    return next(word for word, name in PLURALS.items() if name == plural)


def _actions(before: Any, after: Any) -> list[str]:
    """Return what a change is to webhooks: an update, and more specially a new status or person."""
    changed = ["update"]
    if getattr(before, "status_id", None) != getattr(after, "status_id", None):
        changed.append("status")
    if before.responsible_user_id != after.responsible_user_id:
        changed.append("responsible")
    return changed


def _lines(single: str, before: Any, after: Any) -> list[_Line]:
    lines: list[_Line] = []
    if getattr(before, "status_id", None) != getattr(after, "status_id", None):
        lines.append(_Line("lead_status_changed", (_stage(after),), (_stage(before),)))
    if getattr(before, "price", None) != getattr(after, "price", None):
        lines.append(
            _Line(
                "sale_field_changed",
                *(({"sale_field_value": {"sale": each.price}},) for each in (after, before)),
            )
        )
    if before.responsible_user_id != after.responsible_user_id:
        people = (({"responsible_user": {"id": each.responsible_user_id}},) for each in (after, before))
        lines.append(_Line("entity_responsible_changed", *people))
    if single == "task" and after.is_completed and not before.is_completed:
        lines.append(_Line("task_completed"))
    if getattr(before, "name", None) != getattr(after, "name", None):
        names = (({"name_field_value": {"name": each.name}},) for each in (after, before))
        lines.append(_Line("name_field_changed", *names))
    return lines


def _stage(lead: Any) -> dict[str, Any]:
    return {"lead_status": {"id": lead.status_id, "pipeline_id": lead.pipeline_id}}


def _add_line(site: Site, caller: Caller, word: str, entity_id: int, line: _Line) -> None:
    caller.tables.add_happening(
        Happening(
            id=site.store.grants.new_handle()[:26],
            type=line.type,
            entity_type=word,
            entity_id=entity_id,
            created_by=caller.user_id,
            created_at=int(site.clock.now()),
            value_after=line.after,
            value_before=line.before,
        )
    )


def _tell_webhooks(site: Site, caller: Caller, word: str, change: Change) -> None:
    wanted = f"{change.action}_{word}"
    for webhook in caller.tables.webhooks.living():
        if wanted in webhook.settings:
            pairs = form_of(site, caller.account, change)
            post_webhook(site, caller.integration, webhook.destination, pairs)
