"""Incoming leads: what came from forms and telephony and waits to be accepted or declined.

Owns what waits and how it is decided (FACTS: API-UNSORTED, API-UNSORTED-DECIDE). The lead is there at once,
in the pipeline's stage for it; its contact and company are in no list until it is accepted. The lead, contact
and company themselves are those of every resource.
"""

from dataclasses import dataclass, replace
from typing import Any

from fake_amo.api_v4.entities.cards import COMPANIES, CONTACTS
from fake_amo.api_v4.entities.filters import chosen, refused_filter, spanned, tests_from
from fake_amo.api_v4.entities.leads import LEADS
from fake_amo.api_v4.entities.resource import (
    Draft,
    Key,
    Resource,
    UnsupportedFilter,
    View,
    account_id,
    text,
    whole,
)
from fake_amo.api_v4.entities.writing import Asked, checked, create
from fake_amo.api_v4.gate.calls import MAX_LIMIT, Caller, authorised, hal, link
from fake_amo.api_v4.gate.changes import announce
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.routing import Handler
from fake_amo.site.site import Site
from fake_amo.state.entities import LOST, WON, Unsorted
from fake_amo.state.tables import Table

CATEGORIES = ("sip", "mail", "forms", "chats")
_WITH: dict[str, Resource] = {"leads": LEADS, "contacts": CONTACTS, "companies": COMPANIES}
_SILENT = {name: replace(resource, single="") for name, resource in _WITH.items()}
"""The same, nobody told: what comes in is news when it is accepted."""


def _rules(draft: Draft) -> None:
    """Take the main pipeline where none is named."""
    pipelines = draft.caller.tables.pipelines
    main = next((each.id for each in pipelines.values() if each.is_main), next(iter(pipelines)))
    if draft.changes.setdefault("pipeline_id", main) not in pipelines:
        draft.refuse_choice("pipeline_id")


def _unused(_draft: Draft, _unsorted_id: int) -> Unsorted:
    raise AssertionError("what comes in is made with its lead")


def _embedded(view: View, unsorted: Unsorted) -> dict[str, Any]:
    return {
        "contacts": [view.reference("contacts", each) for each in unsorted.contact_ids],
        "leads": [view.reference("leads", unsorted.lead_id)],
        "companies": [view.reference("companies", each) for each in unsorted.company_ids],
    }


UNSORTED = Resource(
    name="unsorted",
    path="leads/unsorted",
    step="",
    schema="Unsorted",
    table=lambda caller: caller.tables.unsorted,
    keys=(
        text("uid"),
        text("source_uid", written=True, required=True),
        text("source_name", written=True, required=True),
        text("category"),
        whole("pipeline_id", written=True),
        whole("created_at", written=True),
        Key(
            "metadata",
            {"type": "object"},
            lambda _view, unsorted: dict(unsorted.metadata),
            written=True,
            required=True,
        ),
        account_id(),
    ),
    make=_unused,
    filters={name: chosen(name) for name in ("uid", "category", "pipeline_id")},
    orders=("id", "created_at", "updated_at"),
    embedded=_embedded,
    rules=_rules,
    methods=frozenset({"GET"}),
    id_name="uid",
)


@dataclass(slots=True)
class _Incoming:
    """One incoming lead of a request, with the drafts of what comes with it by the name of its resource."""

    draft: Draft
    beside: dict[str, list[Draft]]

    @property
    def errors(self) -> list[dict[str, str]]:
        """Its mistakes, and those of what comes with it by their path."""
        beside = [
            {**error, "path": f"_embedded.{name}.{place}.{error['path']}"}
            for name, drafts in self.beside.items()
            for place, each in enumerate(drafts)
            for error in each.errors
        ]
        return [*self.draft.errors, *beside]


def receiving(category: str) -> Handler:
    """Return the endpoint that takes in every item of an array, or nothing where one is invalid."""

    def received(site: Site, call: Call, caller: Caller) -> Reply:
        items = call.json
        if not is_array(items) or not items:
            return api_problem("request_empty", site.profile)
        if len(items) > MAX_LIMIT:
            return api_problem("limit_exceeded", site.profile)
        asked = Asked(site, call, caller)
        incoming = [_checked(asked, str(place), item) for place, item in enumerate(items)]
        wrong = [
            {"request_id": each.draft.request_id, "errors": each.errors} for each in incoming if each.errors
        ]
        if wrong:
            return validation_problem(wrong)
        shown = [_received(asked, category, each) for each in incoming]
        links = link(f"{call.origin}{call.path}")
        return hal({"_total_items": len(shown), "_links": links, "_embedded": {"unsorted": shown}})

    return authorised(received)


def _checked(asked: Asked, place: str, item: object) -> _Incoming:
    draft = checked(UNSORTED, asked, place, item, is_update=False)
    embedded = draft.item.get("_embedded")
    given: dict[str, Any] = embedded if is_object(embedded) else {}
    beside = {name: _drafts(asked, draft, name, given.get(name)) for name in _WITH}
    return _Incoming(draft, beside)


def _drafts(asked: Asked, incoming: Draft, name: str, given: object) -> list[Draft]:
    """Return what comes with an incoming lead, checked; a lead is there even where none is given."""
    items = given if is_array(given) else []
    if name != "leads":
        return [checked(_WITH[name], asked, "0", each, is_update=False) for each in items]
    first: object = items[0] if items else {}
    pipeline = asked.caller.tables.pipelines.get(incoming.changes.get("pipeline_id", 0))
    if is_object(first) and pipeline is not None:
        status_id = next((each.id for each in pipeline.statuses if each.type == 1), pipeline.statuses[0].id)
        first = {**first, "pipeline_id": pipeline.id, "status_id": status_id}
    return [checked(LEADS, asked, "0", first, is_update=False)]


def _received(asked: Asked, category: str, incoming: _Incoming) -> dict[str, Any]:
    site, caller, draft = asked.site, asked.caller, incoming.draft
    made: dict[str, tuple[int, ...]] = {}
    for name in ("companies", "contacts"):
        for each in incoming.beside[name]:
            each.changes["is_unsorted"] = True
            if name == "contacts" and made["companies"]:
                each.changes.setdefault("company_id", made["companies"][0])
        made[name] = tuple(create(_SILENT[name], site, each).id for each in incoming.beside[name])
    lead = incoming.beside["leads"][0]
    lead.changes["contact_ids"] = made["contacts"]
    lead.changes["company_id"] = next(iter(made["companies"]), None)
    values: dict[str, Any] = {"created_at": draft.now, **draft.changes}
    unsorted = caller.tables.unsorted.put(
        Unsorted(
            id=caller.tables.unsorted.next_id(),
            uid=site.store.grants.new_handle()[:38],
            category=category,
            lead_id=create(_SILENT["leads"], site, lead).id,
            contact_ids=made["contacts"],
            company_ids=made["companies"],
            **values,
        )
    )
    view = View(asked.call, caller)
    return {
        "uid": unsorted.uid,
        "account_id": caller.account.id,
        "request_id": draft.request_id,
        "_links": link(view.address(UNSORTED.path, unsorted.uid, paged=False)),
        "_embedded": _embedded(view, unsorted),
    }


@authorised
def accept(site: Site, call: Call, caller: Caller) -> Reply:
    """Make an incoming lead a lead like any other, in the stage and with the person that are named."""
    unsorted = _waiting(call, caller)
    if unsorted is None:
        return api_problem("not_found", site.profile)
    tables, pipeline = caller.tables, caller.tables.pipelines[unsorted.pipeline_id]
    draft = _decision(site, call, caller)
    status_id = draft.item.get("status_id")
    if status_id is None:
        status_id = next((each.id for each in pipeline.statuses if each.type == 0), pipeline.statuses[0].id)
    elif status_id not in [each.id for each in pipeline.statuses]:
        draft.refuse_choice("status_id")
    if draft.errors:
        return validation_problem([draft.as_problem()])
    person = draft.item.get("user_id") or caller.user_id
    for name, entity_id in _ids(unsorted):
        table: Table[Any] = _WITH[name].table(caller)
        entity = table.get(entity_id)
        if entity is not None:
            changes = _stage(status_id, draft.now) if name == "leads" else {"is_unsorted": False}
            changed = table.change(entity, responsible_user_id=person, updated_at=draft.now, **changes)
            announce(site, caller, _WITH[name].single, None, changed)
    tables.unsorted.change(unsorted, decision="accepted", decided_at=draft.now)
    return _decided(call, caller, unsorted)


def _stage(status_id: int, now: int) -> dict[str, Any]:
    return {"status_id": status_id, "closed_at": now if status_id in {WON, LOST} else None}


@authorised
def decline(site: Site, call: Call, caller: Caller) -> Reply:
    """Take an incoming lead away, with what came with it."""
    unsorted = _waiting(call, caller)
    if unsorted is None:
        return api_problem("not_found", site.profile)
    draft = _decision(site, call, caller)
    if draft.errors:
        return validation_problem([draft.as_problem()])
    for name, entity_id in _ids(unsorted):
        table: Table[Any] = _WITH[name].table(caller)
        entity = table.get(entity_id)
        if entity is not None:
            table.change(entity, is_deleted=True)
    caller.tables.unsorted.change(unsorted, decision="declined", decided_at=draft.now)
    return _decided(call, caller, unsorted)


@authorised
def link_to(site: Site, call: Call, caller: Caller) -> Reply:
    """Refuse: what came by chat or mail alone can be linked to a lead, and no call brings such in."""
    if _waiting(call, caller) is None:
        return api_problem("not_found", site.profile)
    draft = _decision(site, call, caller)
    draft.refuse_choice("category")
    return validation_problem([draft.as_problem()])


def _waiting(call: Call, caller: Caller) -> Unsorted | None:
    living = caller.tables.unsorted.living()
    return next((each for each in living if each.uid == call.parts[0]), None)


def _decision(site: Site, call: Call, caller: Caller) -> Draft:
    """Return who decides what, as the body says; the body may be left out."""
    draft = Draft(caller, int(site.clock.now()), "0", call.json if is_object(call.json) else {})
    person = draft.item.get("user_id")
    if person and person not in (*caller.account.admin_ids, *caller.account.member_ids):
        draft.refuse_choice("user_id")
    return draft


def _ids(unsorted: Unsorted) -> list[tuple[str, int]]:
    contacts = [("contacts", each) for each in unsorted.contact_ids]
    return [*contacts, *(("companies", each) for each in unsorted.company_ids), ("leads", unsorted.lead_id)]


def _decided(call: Call, caller: Caller, unsorted: Unsorted) -> Reply:
    view = View(call, caller)
    shown = {name: getattr(unsorted, name) for name in ("uid", "pipeline_id", "category", "created_at")}
    return hal({**shown, "_embedded": _embedded(view, unsorted)})


@authorised
def summarise(site: Site, call: Call, caller: Caller) -> Reply:
    """Return how many came in, how many were accepted and declined, and how long that took on average."""
    filters = {**UNSORTED.filters, "created_at": spanned("created_at")}
    try:
        tests = tests_from(filters, call, caller)
    except UnsupportedFilter as unsupported:
        return refused_filter(site, call, str(unsupported))
    found = [each for each in caller.tables.unsorted.every() if all(test(each) for test in tests)]
    took = [each.decided_at - each.created_at for each in found if each.decision]
    return hal(
        {
            "total": len(found),
            **{name: sum(each.decision == name for each in found) for name in ("accepted", "declined")},
            "average_sort_time": sum(took) // len(took) if took else 0,
            "categories": {
                name: {"total": sum(each.category == name for each in found)} for name in CATEGORIES
            },
        }
    )
