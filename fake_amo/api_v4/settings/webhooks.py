"""GET, POST and DELETE /api/v4/webhooks: who asked to be told of changes, for administrators only.

Owns subscriptions. What is sent, and when, is in changes.py.
"""

from typing import Any
from urllib.parse import urlsplit

from fake_amo.api_v4.entities.filters import narrowed_by
from fake_amo.api_v4.entities.resource import Draft
from fake_amo.api_v4.gate.calls import HAL, NOTHING, Caller, authorised, hal, link
from fake_amo.api_v4.gate.changes import ACTIONS, PLURALS
from fake_amo.http.messages import Call, Reply, is_array, is_object, json_reply
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import Webhook

_OTHERS = ("add_customer", "update_customer", "delete_customer", "responsible_customer", "note_customer")
SETTINGS = frozenset(
    {
        *(f"{action}_{word}" for action in ACTIONS for word in PLURALS),
        *_OTHERS,
        *("add_talk", "update_talk", "add_message", "add_chat_template_review"),
    }
)
_MOST = 100


@authorised
@narrowed_by("destination")
def list_webhooks(site: Site, call: Call, caller: Caller) -> Reply:
    """Return every subscription, or those of one address."""
    if not _is_admin(caller):
        return api_problem("forbidden", site.profile)
    wanted = call.query.get("filter[destination]")
    found = [each for each in caller.tables.webhooks.living() if wanted in {None, each.destination}]
    if not found:
        return NOTHING
    shown = [_shown(caller, each) for each in found]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"webhooks": shown}})


@authorised
def subscribe(site: Site, call: Call, caller: Caller) -> Reply:
    """Subscribe an address, in the place of what it was subscribed to before (FACTS: API-WEBHOOKS)."""
    if not _is_admin(caller):
        return api_problem("forbidden", site.profile)
    draft = _checked(site, call, caller)
    if isinstance(draft, Reply):
        return draft
    table, now = caller.tables.webhooks, int(site.clock.now())
    destination, settings = draft.changes["destination"], draft.changes["settings"]
    known = next((each for each in table.living() if each.destination == destination), None)
    if known is None:
        made = table.put(Webhook(table.next_id(), destination, settings, caller.user_id, now, now))
    else:
        made = table.change(known, settings=settings, updated_at=now)
    return json_reply(201, _shown(caller, made), HAL)


@authorised
def unsubscribe(site: Site, call: Call, caller: Caller) -> Reply:
    """Take an address's subscription back: 204, also where there was none."""
    if not _is_admin(caller):
        return api_problem("forbidden", site.profile)
    body = call.json if is_object(call.json) else {}
    destination = body.get("destination", call.query.get("destination"))
    if not isinstance(destination, str):
        return api_problem("request_empty", site.profile)
    for each in caller.tables.webhooks.living():
        if each.destination == destination:
            caller.tables.webhooks.remove(each.id)
    return NOTHING


def _is_admin(caller: Caller) -> bool:
    return caller.user_id in caller.account.admin_ids


def _checked(site: Site, call: Call, caller: Caller) -> Draft | Reply:
    """Return what is subscribed to what, or why it cannot be."""
    body = call.json
    if not is_object(body) or not body:
        return api_problem("request_empty", site.profile)
    draft = Draft(caller, int(site.clock.now()), "0", body)
    _check_destination(draft, body.get("destination"))
    _check_settings(draft, body.get("settings"))
    return validation_problem([draft.as_problem()]) if draft.errors else draft


def _check_destination(draft: Draft, destination: object) -> None:
    if destination is None:
        draft.refuse_missing("destination")
    elif not isinstance(destination, str):
        draft.refuse_type("destination", "string")
    elif not _is_address(destination):
        draft.refuse("destination", "InvalidUrl", "This value is not a valid URL.")
    else:
        draft.changes["destination"] = destination


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half of an IPv6 address, a port that is no number
        return False


def _check_settings(draft: Draft, settings: object) -> None:
    if settings is None:
        draft.refuse_missing("settings")
    elif not is_array(settings) or not settings or len(settings) > _MOST:
        draft.refuse_type("settings", "array")
    else:
        for place, each in enumerate(settings):
            if not isinstance(each, str) or each not in SETTINGS:
                draft.refuse_choice(f"settings.{place}")
        draft.changes["settings"] = tuple(dict.fromkeys(each for each in settings if isinstance(each, str)))


def _shown(caller: Caller, webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "destination": webhook.destination,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
        "account_id": caller.account.id,
        "created_by": webhook.created_by,
        "sort": 1,
        "disabled": False,
        "settings": list(webhook.settings),
    }
