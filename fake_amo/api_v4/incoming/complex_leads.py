"""POST /api/v4/leads/complex: a lead with its contact and company in one request.

Owns what is special about it: entities under `_embedded` are written whole, the answer is a plain array, and
at most 50 leads come at once (FACTS: API-LEADS-COMPLEX).
"""

from dataclasses import dataclass
from typing import Any

from fake_amo.api_v4.entities.cards import COMPANIES, CONTACTS
from fake_amo.api_v4.entities.leads import LEADS
from fake_amo.api_v4.entities.resource import Draft, Resource
from fake_amo.api_v4.entities.writing import Asked, checked, create
from fake_amo.api_v4.gate.calls import HAL, Caller, authorised
from fake_amo.http.messages import Call, Reply, is_array, is_object, json_reply
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site

MOST = 50
_WITH = {"contacts": CONTACTS, "companies": COMPANIES}


@dataclass(slots=True)
class _Whole:
    """A lead and what is made or linked beside it."""

    lead: Draft
    beside: dict[str, Draft | int]

    @property
    def errors(self) -> list[dict[str, str]]:
        found = list(self.lead.errors)
        for name, draft in self.beside.items():
            if isinstance(draft, Draft):
                found += [{**each, "path": f"_embedded.{name}.0.{each['path']}"} for each in draft.errors]
        return found


@authorised
def create_complex(site: Site, call: Call, caller: Caller) -> Reply:
    """Create every lead with its contact and company, or nothing where one is invalid."""
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    if len(items) > MOST:
        return api_problem("limit_exceeded", site.profile, detail=f"Limit {MOST} per page")
    wholes = [_checked(Asked(site, call, caller), str(place), item) for place, item in enumerate(items)]
    wrong = [{"request_id": each.lead.request_id, "errors": each.errors} for each in wholes if each.errors]
    if wrong:
        return validation_problem(wrong)
    return json_reply(200, [_created(site, each) for each in wholes], HAL)


def _checked(asked: Asked, place: str, item: object) -> _Whole:
    embedded: Any = item.get("_embedded") if is_object(item) else None
    beside: dict[str, Draft | int] = {}
    kept: dict[str, Any] = dict(embedded) if is_object(embedded) else {}
    for name, resource in _WITH.items():
        first = next(iter(kept[name]), None) if is_array(kept.get(name)) else None
        if is_object(first):
            beside[name] = _beside(resource, asked, first)
            del kept[name]
    alone = {**item, "_embedded": kept} if is_object(item) and is_object(embedded) else item
    lead = checked(LEADS, asked, place, alone, is_update=False)
    for name, made in beside.items():
        table = asked.caller.tables.of_type(name)
        if isinstance(made, int) and (table is None or table.get(made) is None):
            lead.refuse_choice(f"_embedded.{name}.0.id")
    return _Whole(lead, beside)


def _beside(resource: Resource, asked: Asked, item: dict[str, Any]) -> Draft | int:
    entity_id = item.get("id")
    if isinstance(entity_id, int):
        return entity_id
    return checked(resource, asked, "0", item, is_update=False)


def _created(site: Site, whole: _Whole) -> dict[str, Any]:
    ids: dict[str, int | None] = {"contacts": None, "companies": None}
    for name in ("companies", "contacts"):
        made = whole.beside.get(name)
        if isinstance(made, Draft):
            if name == "contacts" and ids["companies"] is not None:
                made.changes.setdefault("company_id", ids["companies"])
            made = create(_WITH[name], site, made).id
        ids[name] = made
    if ids["contacts"] is not None:
        whole.lead.changes["contact_ids"] = (ids["contacts"],)
    if ids["companies"] is not None:
        whole.lead.changes["company_id"] = ids["companies"]
    lead = create(LEADS, site, whole.lead)
    return {
        "id": lead.id,
        "contact_id": ids["contacts"],
        "company_id": ids["companies"],
        "request_id": [whole.lead.request_id],
        "merged": False,
    }
