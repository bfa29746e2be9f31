"""Leads: their keys and filters, their stage, and what they are linked with.

Owns what is special about a lead. Reading and writing are those of every resource.
"""

from typing import Any

from fake_amo.api_v4.entities.cards import (
    CARD_ORDERS,
    MADE,
    PEOPLE,
    card_filters,
    card_keys,
    check_company,
    check_people,
    made_of,
    shown_company,
)
from fake_amo.api_v4.entities.custom_values import texts_of
from fake_amo.api_v4.entities.filters import chosen, in_statuses, spanned
from fake_amo.api_v4.entities.resource import Draft, Resource, View, account_id, constant, text, whole
from fake_amo.api_v4.entities.tags import linked_ids, shown_linked, shown_tags
from fake_amo.state.entities import LOST, WON, Lead


def _rules(draft: Draft) -> None:
    check_people(draft)
    check_company(draft)
    contacts = linked_ids(draft, "contacts")
    if contacts is not None:
        draft.changes["contact_ids"] = contacts
    _check_stage(draft)


def _check_stage(draft: Draft) -> None:
    """Check that pipeline and status go together; a new pipeline starts at its first status.

    A lead that is won or lost is closed by that, and open again by any other status (FACTS: API-CLOSED-AT).
    """
    pipelines = draft.caller.tables.pipelines
    wanted = draft.changes.get("pipeline_id", getattr(draft.entity, "pipeline_id", None))
    if wanted is None and pipelines:
        wanted = next(iter(pipelines))
    pipeline = pipelines.get(wanted) if wanted is not None else None
    if pipeline is None:
        draft.refuse_choice("pipeline_id")
        return
    status_id = draft.changes.get("status_id")
    if status_id is not None and status_id not in {each.id for each in pipeline.statuses}:
        draft.refuse_choice("status_id")
    if "pipeline_id" in draft.changes or draft.entity is None:
        draft.changes["pipeline_id"] = pipeline.id
        first = next((each.id for each in pipeline.statuses if each.type == 0), pipeline.statuses[0].id)
        draft.changes.setdefault("status_id", first)
    if "status_id" in draft.changes and "closed_at" not in draft.changes:
        _close(draft, draft.changes["status_id"])


def _close(draft: Draft, status_id: int) -> None:
    if status_id in {WON, LOST}:
        draft.changes["closed_at"] = getattr(draft.entity, "closed_at", None) or draft.now
    else:
        draft.changes |= {"closed_at": None, "loss_reason_id": None}


def _made(draft: Draft, lead_id: int) -> Lead:
    return Lead(id=lead_id, **made_of(draft, {"name": f"Сделка #{lead_id}", "price": 0}))


def _embedded(view: View, lead: Lead) -> dict[str, Any]:
    asked = view.asked
    embedded: dict[str, Any] = {"tags": shown_tags(view, lead), "companies": shown_company(view, lead)}
    if not asked:
        return embedded
    if "contacts" in asked:
        embedded["contacts"] = [
            _with_main(view.reference("contacts", each), is_main=place == 0)
            for place, each in enumerate(lead.contact_ids)
        ]
    embedded |= {"loss_reason": []} if "loss_reason" in asked else {}
    embedded |= shown_linked(view, "leads", lead)
    return embedded | ({"source": None} if "source" in asked else {})


def _with_main(reference: dict[str, Any], *, is_main: bool) -> dict[str, Any]:
    return {"id": reference["id"], "is_main": is_main, "_links": reference["_links"]}


LEADS = Resource(
    name="leads",
    path="leads",
    step="leads",
    schema="Lead",
    single="lead",
    table=lambda caller: caller.tables.leads,
    keys=(
        whole("id"),
        text("name", written=True),
        whole("price", written=True),
        *PEOPLE,
        whole("status_id", written=True),
        whole("pipeline_id", written=True),
        whole("loss_reason_id", written=True, nullable=True),
        *MADE,
        whole("closed_at", written=True, nullable=True),
        *card_keys("leads"),
        constant("score", None),
        account_id(),
        constant("labor_cost", None),
        constant("is_price_computed", value=False),
    ),
    make=_made,
    filters={
        **card_filters("leads"),
        "price": spanned("price", exact=True),
        "pipeline_id": chosen("pipeline_id"),
        "statuses": in_statuses,
        "closed_at": spanned("closed_at"),
    },
    orders=CARD_ORDERS,
    embedded=_embedded,
    extra={"is_price_modified_by_robot": False, "source_id": None},
    with_names=(
        "contacts",
        "only_deleted",
        "loss_reason",
        "is_price_modified_by_robot",
        "catalog_elements",
        "source_id",
        "source",
    ),
    pages_in_links=True,
    searched=texts_of,
    rules=_rules,
    custom="leads",
)
