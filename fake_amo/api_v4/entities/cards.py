"""Contacts and companies, and what they have in common with leads: people, tasks, custom fields, filters.

Owns what is special about the two, and the shared parts. Reading and writing are those of every resource.
"""

from collections.abc import Mapping
from typing import Any

from fake_amo.api_v4.entities.custom_values import shown_custom_values, texts_of
from fake_amo.api_v4.entities.filters import Reader, by_custom_values, chosen, spanned
from fake_amo.api_v4.entities.resource import (
    Draft,
    Filter,
    Key,
    Resource,
    View,
    account_id,
    constant,
    flag,
    text,
    whole,
)
from fake_amo.api_v4.entities.tags import linked_ids, shown_linked, shown_tags
from fake_amo.api_v4.gate.calls import Caller
from fake_amo.state.entities import Company, Contact

CARD_ORDERS = ("id", "created_at", "updated_at")


def card_filters(entity_type: str) -> dict[str, Filter]:
    """Return the filters that leads, contacts and companies share (FACTS: API-LEADS-FILTERS)."""
    lists = ("id", "name", "responsible_user_id", "created_by", "updated_by")
    return {
        **{name: chosen(name) for name in lists},
        **{name: spanned(name) for name in ("created_at", "updated_at")},
        "closest_task_at": spanned(closest_task_at(entity_type)),
        "custom_fields_values": by_custom_values(entity_type),
    }


def closest_task_at(entity_type: str) -> Reader:
    """Return what reads when the next open task about an entity is due; None where it has none."""

    def read(caller: Caller, entity: Any) -> int | None:
        due = [
            task.complete_till
            for task in caller.tables.tasks.living()
            if task.entity_id == entity.id and task.entity_type == entity_type and not task.is_completed
        ]
        return min(due, default=None)

    return read


def card_keys(entity_type: str) -> tuple[Key, ...]:
    """Return the keys from the next task to the custom fields, as all have them."""
    read = closest_task_at(entity_type)
    maybe: dict[str, Any] = {"type": ["integer", "null"]}
    values: dict[str, Any] = {
        "type": ["array", "null"],
        "items": {"$ref": "#/components/schemas/CustomValue"},
    }
    return (
        Key("closest_task_at", maybe, lambda view, entity: read(view.caller, entity)),
        flag("is_deleted"),
        Key("custom_fields_values", values, shown_custom_values(entity_type)),
    )


PEOPLE = (
    whole("responsible_user_id", written=True),
    constant("group_id", 0),
)
MADE = (
    whole("created_by", written=True),
    whole("updated_by", written=True),
    whole("created_at", written=True),
    whole("updated_at", written=True),
)


def check_people(draft: Draft) -> None:
    """Refuse a responsible user who is nobody's in the account (FACTS: API-RESPONSIBLE)."""
    account = draft.caller.account
    wanted = draft.changes.get("responsible_user_id")
    if wanted is not None and wanted not in {*account.admin_ids, *account.member_ids}:
        draft.refuse_choice("responsible_user_id")


def check_company(draft: Draft) -> None:
    """Take over the company that `_embedded` names: an entity has one at most."""
    companies = linked_ids(draft, "companies")
    if companies is not None:
        draft.changes["company_id"] = next(iter(companies), None)


def shown_company(view: View, entity: Any) -> list[dict[str, Any]]:
    """Return an entity's company as `_embedded` has it."""
    return [] if entity.company_id is None else [view.reference("companies", entity.company_id)]


def made_of(draft: Draft, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a created entity holds: what the request says, and otherwise who made it and when."""
    who = ("responsible_user_id", "created_by", "updated_by")
    made: dict[str, Any] = {**defaults, **dict.fromkeys(who, draft.caller.user_id)}
    return made | dict.fromkeys(("created_at", "updated_at"), draft.now) | draft.changes


def _contact_rules(draft: Draft) -> None:
    check_people(draft)
    check_company(draft)
    parts = ("first_name", "last_name")
    if "name" not in draft.changes and any(name in draft.changes for name in parts):
        names = [str(draft.now_or(name) or "") for name in parts]
        draft.changes["name"] = " ".join(each for each in names if each)


def _made_contact(draft: Draft, contact_id: int) -> Contact:
    return Contact(id=contact_id, **made_of(draft, dict.fromkeys(("name", "first_name", "last_name"), "")))


def _contact_embedded(view: View, contact: Contact) -> dict[str, Any]:
    embedded: dict[str, Any] = {"tags": shown_tags(view, contact), "companies": shown_company(view, contact)}
    if "leads" in view.asked:
        about = [each for each in view.caller.tables.leads.living() if contact.id in each.contact_ids]
        embedded["leads"] = [view.reference("leads", each.id) for each in about]
    return embedded | shown_linked(view, "contacts", contact)


def _company_rules(draft: Draft) -> None:
    check_people(draft)
    linked_ids(draft, "contacts")  # checked only: contacts are linked by `link`


def _made_company(draft: Draft, company_id: int) -> Company:
    return Company(id=company_id, **made_of(draft, {"name": ""}))


def _company_embedded(view: View, company: Company) -> dict[str, Any]:
    embedded: dict[str, Any] = {"tags": shown_tags(view, company)}
    tables: Mapping[str, Any] = {"leads": view.caller.tables.leads, "contacts": view.caller.tables.contacts}
    for name in ("contacts", "leads"):
        if name in view.asked:
            of_it = [each for each in tables[name].living() if each.company_id == company.id]
            embedded[name] = [view.reference(name, each.id) for each in of_it]
    return embedded | shown_linked(view, "companies", company)


_EMBEDDED_WITH = ("catalog_elements", "customers", "only_deleted")
CONTACTS = Resource(
    name="contacts",
    path="contacts",
    step="contacts",
    schema="Contact",
    single="contact",
    table=lambda caller: caller.tables.contacts,
    keys=(
        whole("id"),
        text("name", written=True),
        text("first_name", written=True),
        text("last_name", written=True),
        *PEOPLE,
        *MADE,
        *card_keys("contacts")[:2],
        flag("is_unsorted"),
        card_keys("contacts")[2],
        account_id(),
    ),
    make=_made_contact,
    filters=card_filters("contacts"),
    orders=CARD_ORDERS,
    embedded=_contact_embedded,
    with_names=("leads", *_EMBEDDED_WITH),
    pages_in_links=True,
    searched=texts_of,
    rules=_contact_rules,
    custom="contacts",
)
COMPANIES = Resource(
    name="companies",
    path="companies",
    step="companies",
    schema="Company",
    single="company",
    table=lambda caller: caller.tables.companies,
    keys=(
        whole("id"),
        text("name", written=True),
        *PEOPLE,
        *MADE,
        *card_keys("companies"),
        account_id(),
    ),
    make=_made_company,
    filters=card_filters("companies"),
    orders=CARD_ORDERS,
    embedded=_company_embedded,
    with_names=("contacts", "leads", *_EMBEDDED_WITH),
    pages_in_links=True,
    searched=texts_of,
    rules=_company_rules,
    custom="companies",
)
