"""GET /api/v4/contacts and /api/v4/contacts/{id}.

Owns how a contact looks. Contacts are read only here.
"""

import re
from typing import Any

from fake_amo.api_v4.calls import NOTHING, Caller, Paging, authorised, hal, link, list_of, paging_of
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site
from fake_amo.state.dataset import Contact

_PHONE_FIELD, _EMAIL_FIELD = 700_101, 700_103
_IDS = re.compile(r"filter\[id\](?:\[\d{0,4}\])?")


@authorised
def list_contacts(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one page of contacts."""
    paging = paging_of(site, call)
    if isinstance(paging, Reply):
        return paging
    contacts = _wanted(call, caller.account.contacts)
    shown = [
        contact_as_dict(call, caller, each, paging)
        for each in contacts[paging.offset : paging.offset + paging.limit]
    ]
    return list_of(call, paging, "contacts", shown, more=len(contacts) > paging.offset + paging.limit)


@authorised
def show_contact(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one contact, or 204 where there is none."""
    wanted = int(call.parts[0])
    found = next((each for each in caller.account.contacts if each.id == wanted), None)
    return NOTHING if found is None else hal(contact_as_dict(call, caller, found, None))


def contact_as_dict(call: Call, caller: Caller, contact: Contact, paging: Paging | None) -> dict[str, Any]:
    """Return a contact in amoCRM's shape and order of keys (FACTS: API-CONTACTS)."""
    first_name, _, last_name = contact.name.partition(" ")
    page = f"?page={paging.page}&limit={paging.limit}" if paging else ""
    return {
        "id": contact.id,
        "name": contact.name,
        "first_name": first_name,
        "last_name": last_name,
        "responsible_user_id": contact.responsible_user_id,
        "group_id": 0,
        "created_by": contact.responsible_user_id,
        "updated_by": contact.responsible_user_id,
        "created_at": contact.created_at,
        "updated_at": contact.created_at,
        "closest_task_at": None,
        "is_deleted": False,
        "is_unsorted": False,
        "custom_fields_values": [
            _field(_PHONE_FIELD, "Телефон", "PHONE", contact.phone),
            _field(_EMAIL_FIELD, "Email", "EMAIL", contact.email),
        ],
        "account_id": caller.account.id,
        "_links": link(f"{call.origin}/api/v4/contacts/{contact.id}{page}"),
        "_embedded": _embedded(call, caller, contact),
    }


def _embedded(call: Call, caller: Caller, contact: Contact) -> dict[str, Any]:
    asked = call.with_names
    embedded: dict[str, Any] = {"tags": [], "companies": []}
    if "leads" in asked:
        embedded["leads"] = [
            {"id": each.id, "_links": link(f"{call.origin}/api/v4/leads/{each.id}")}
            for each in caller.leads.of_contact(contact.id)
        ]
    return embedded | {name: [] for name in ("catalog_elements", "customers") if name in asked}


def _wanted(call: Call, contacts: tuple[Contact, ...]) -> list[Contact]:
    ids = {value for name, value in call.query_pairs if _IDS.fullmatch(name)}
    query = call.query.get("query", "").casefold()
    return [
        each
        for each in contacts
        if (not ids or str(each.id) in ids)
        and (not query or any(query in text.casefold() for text in (each.name, each.phone, each.email)))
    ]


def _field(field_id: int, name: str, code: str, value: str) -> dict[str, Any]:
    return {
        "field_id": field_id,
        "field_name": name,
        "field_code": code,
        "field_type": "multitext",
        "values": [{"value": value, "enum_id": field_id + 1, "enum_code": "WORK"}],
    }
