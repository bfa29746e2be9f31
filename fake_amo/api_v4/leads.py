"""GET /api/v4/leads and /api/v4/leads/{id}: shape, filters, order, paging.

Owns how a lead looks and which are asked for. Writing is in api_v4_leads_write.py.
"""

import re
from typing import Any

from fake_amo.api_v4.calls import (
    NOTHING,
    Caller,
    Paging,
    authorised,
    hal,
    link,
    list_of,
    paging_of,
    whole_number,
)
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site
from fake_amo.state.dataset import Lead
from fake_amo.state.leads import ORDERS, Wanted

LEAD_WITH = (
    "contacts",
    "only_deleted",
    "loss_reason",
    "is_price_modified_by_robot",
    "catalog_elements",
    "source_id",
    "source",
)
_ORDER = re.compile(r"order\[(\w+)\]")
_STATUS = re.compile(r"filter\[statuses\]\[(\d{1,4})\]\[(pipeline_id|status_id)\]")
_PERIOD = re.compile(r"filter\[(created_at|updated_at|closed_at)\]\[(from|to)\]")
_LIST = re.compile(r"filter\[(id|pipeline_id|responsible_user_id|created_by|updated_by)\](?:\[\d{0,4}\])?")


@authorised
def list_leads(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one page of leads."""
    paging = paging_of(site, call)
    if isinstance(paging, Reply):
        return paging
    order, descending = _order(call)
    if "only_deleted" in call.with_names:
        leads, more = caller.leads.deleted(offset=paging.offset, limit=paging.limit)
    else:
        leads, more = caller.leads.page(
            offset=paging.offset,
            limit=paging.limit,
            order=order,
            descending=descending,
            wanted=_wanted(call),
        )
    shown = [lead_as_dict(call, caller, lead, paging) for lead in leads]
    return list_of(call, paging, "leads", shown, more=more)


@authorised
def show_lead(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one lead, or 204 where there is none."""
    lead = caller.leads.get(int(call.parts[0]))
    return NOTHING if lead is None else hal(lead_as_dict(call, caller, lead, None))


def lead_as_dict(call: Call, caller: Caller, lead: Lead, paging: Paging | None) -> dict[str, Any]:
    """Return a lead in amoCRM's shape and order of keys (FACTS: API-LEADS-SHAPE)."""
    asked = call.with_names
    page = f"?page={paging.page}&limit={paging.limit}" if paging else ""
    shown: dict[str, Any] = {
        "id": lead.id,
        "name": lead.name,
        "price": lead.price,
        "responsible_user_id": lead.responsible_user_id,
        "group_id": 0,
        "status_id": lead.status_id,
        "pipeline_id": lead.pipeline_id,
        "loss_reason_id": lead.loss_reason_id,
        "created_by": lead.created_by,
        "updated_by": lead.updated_by,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "closed_at": lead.closed_at,
        "closest_task_at": None,
        "is_deleted": lead.is_deleted,
        "custom_fields_values": _custom_values(caller, lead),
        "score": None,
        "account_id": caller.account.id,
        "labor_cost": None,
        "is_price_computed": False,
    }
    shown |= {name: value for name, value in _EXTRA.items() if name in asked}
    shown["_links"] = link(f"{call.origin}/api/v4/leads/{lead.id}{page}")
    shown["_embedded"] = _embedded(call, lead, asked)
    return shown


def _custom_values(caller: Caller, lead: Lead) -> list[dict[str, Any]] | None:
    fields = {each.id: each for each in caller.account.lead_fields}
    return [
        {
            "field_id": field_id,
            "field_name": fields[field_id].name,
            "field_code": fields[field_id].code,
            "field_type": fields[field_id].type,
            "values": [{"value": value}],
            "is_computed": False,
        }
        for field_id, value in lead.custom_values
    ] or None


_EXTRA: dict[str, Any] = {"is_price_modified_by_robot": False, "source_id": None}


def _embedded(call: Call, lead: Lead, asked: frozenset[str]) -> dict[str, Any]:
    embedded: dict[str, Any] = {
        "tags": [{"id": tag_id, "name": name, "color": None} for tag_id, name in lead.tags],
        "companies": [],
    }
    if "contacts" in asked:
        embedded["contacts"] = [
            {"id": each, "is_main": place == 0, "_links": link(f"{call.origin}/api/v4/contacts/{each}")}
            for place, each in enumerate(lead.contact_ids)
        ]
    for name in ("loss_reason", "catalog_elements"):
        if name in asked:
            embedded[name] = []
    if "source" in asked:
        embedded["source"] = None
    return embedded


def _order(call: Call) -> tuple[str, bool]:
    """Return the order asked for; one that there is not counts as not sent."""
    for name, value in call.query_pairs:
        match = _ORDER.fullmatch(name)
        if match and match[1] in ORDERS:
            return match[1], value.lower() == "desc"
    return "id", False


def _wanted(call: Call) -> Wanted | None:
    """Return the test that a lead must pass, or None where nothing is filtered."""
    tests = [*_list_tests(call), *_period_tests(call), *_status_tests(call)]
    query = call.query.get("query", "").casefold()
    if query:
        tests.append(lambda lead: query in lead.name.casefold() or query == str(lead.id))
    return (lambda lead: all(test(lead) for test in tests)) if tests else None


def _list_tests(call: Call) -> list[Wanted]:
    values: dict[str, set[str]] = {}
    for name, value in call.query_pairs:
        if match := _LIST.fullmatch(name):
            values.setdefault(match[1], set()).add(value)
    return [_is_one_of(name, allowed) for name, allowed in values.items()]


def _period_tests(call: Call) -> list[Wanted]:
    found = ((_PERIOD.fullmatch(name), whole_number(value)) for name, value in call.query_pairs)
    return [_in_period(match[1], match[2], limit) for match, limit in found if match and limit is not None]


def _status_tests(call: Call) -> list[Wanted]:
    statuses: dict[str, dict[str, str]] = {}
    for name, value in call.query_pairs:
        if match := _STATUS.fullmatch(name):
            statuses.setdefault(match[1], {})[match[2]] = value
    if not statuses:
        return []
    choices = list(statuses.values())
    return [lambda lead: any(_has_all(lead, choice) for choice in choices)]


def _has_all(lead: Lead, choice: dict[str, str]) -> bool:
    return all(str(getattr(lead, name)) == value for name, value in choice.items())


def _is_one_of(name: str, allowed: set[str]) -> Wanted:
    return lambda lead: str(getattr(lead, name)) in allowed


def _in_period(name: str, end: str, limit: int) -> Wanted:
    def inside(lead: Lead) -> bool:
        value: int | None = getattr(lead, name)
        return value is not None and (value >= limit if end == "from" else value <= limit)

    return inside
