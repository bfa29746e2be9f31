"""POST and PATCH /api/v4/leads: what a lead may be given, and the validation errors otherwise.

Owns the checks of written leads. Reading is in api_v4_leads.py.
"""

from dataclasses import dataclass, field
from typing import Any

from fake_amo.api_v4.calls import MAX_LIMIT, Caller, authorised, hal, link
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site
from fake_amo.state.dataset import Lead

_NUMBERS = (
    "price",
    "status_id",
    "pipeline_id",
    "responsible_user_id",
    "created_by",
    "updated_by",
    "created_at",
    "updated_at",
    "closed_at",
    "loss_reason_id",
)
_NULLABLE = frozenset({"closed_at", "loss_reason_id"})
_LARGEST = 2**63 - 1


@authorised
def create_leads(site: Site, call: Call, caller: Caller) -> Reply:
    """Create every lead of the array, or none where one is invalid."""
    written = _written(site, call, caller, is_update=False)
    if isinstance(written, Reply):
        return written
    leads = [_created(site, caller, each) for each in written]
    shown = [
        {"id": lead.id, "request_id": each.request_id, "_links": _link(call, lead)}
        for lead, each in zip(leads, written, strict=True)
    ]
    return hal({"_links": link(f"{call.origin}/api/v4/leads"), "_embedded": {"leads": shown}})


@authorised
def update_leads(site: Site, call: Call, caller: Caller) -> Reply:
    """Change every lead of the array, or none where one is invalid."""
    written = _written(site, call, caller, is_update=True)
    if isinstance(written, Reply):
        return written
    shown = [_shown_change(call, _updated(site, caller, each)) for each in written]
    return hal({"_links": link(f"{call.origin}/api/v4/leads"), "_embedded": {"leads": shown}})


@authorised
def update_lead(site: Site, call: Call, caller: Caller) -> Reply:
    """Change the lead that the path names."""
    if not is_object(call.json) or not call.json:
        return api_problem("request_empty", site.profile)
    written = _checked(caller, "0", {**call.json, "id": int(call.parts[0])}, is_update=True)
    if written.errors:
        return validation_problem([written.as_problem()])
    return hal(_shown_change(call, _updated(site, caller, written)))


@dataclass(slots=True)
class _Written:
    """One lead as a request gives it: the changes to make, or what is wrong with them."""

    request_id: str
    lead: Lead | None = None
    changes: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def refuse(self, path: str, code: str, detail: str) -> None:
        self.errors.append({"code": code, "path": path, "detail": detail})

    def refuse_type(self, path: str, wanted: str) -> None:
        self.refuse(path, "InvalidType", f"This value should be of type {wanted}.")

    def refuse_choice(self, path: str) -> None:
        self.refuse(path, "NotSupportedChoice", "The value you selected is not a valid choice.")

    def as_problem(self) -> dict[str, Any]:
        return {"request_id": self.request_id, "errors": self.errors}


def _written(site: Site, call: Call, caller: Caller, *, is_update: bool) -> list[_Written] | Reply:
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    if len(items) > MAX_LIMIT:
        return api_problem("limit_exceeded", site.profile)
    written = [_checked(caller, str(place), item, is_update=is_update) for place, item in enumerate(items)]
    wrong = [each.as_problem() for each in written if each.errors]
    return validation_problem(wrong) if wrong else written


def _checked(caller: Caller, place: str, item: object, *, is_update: bool) -> _Written:
    written = _Written(place)
    if not is_object(item):
        written.refuse_type("", "object")
        return written
    if isinstance(item.get("request_id"), str | int):
        written.request_id = str(item["request_id"])
    if is_update:
        _check_id(written, caller, item.get("id"))
    _check_values(written, item)
    _check_stage(written, caller)
    _check_custom(written, caller, item.get("custom_fields_values"))
    _check_embedded(written, item.get("_embedded"))
    return written


def _check_id(written: _Written, caller: Caller, lead_id: object) -> None:
    if not _is_number(lead_id):
        written.refuse_type("id", "int")
        return
    written.lead = caller.leads.get(lead_id) if isinstance(lead_id, int) else None
    if written.lead is None:
        written.refuse_choice("id")


def _check_values(written: _Written, item: dict[str, Any]) -> None:
    if "name" in item:
        if isinstance(item["name"], str):
            written.changes["name"] = item["name"]
        else:
            written.refuse_type("name", "string")
    for name in _NUMBERS:
        if name not in item:
            continue
        if _is_number(item[name]) or (item[name] is None and name in _NULLABLE):
            written.changes[name] = item[name]
        else:
            written.refuse_type(name, "int")


def _check_stage(written: _Written, caller: Caller) -> None:
    """Check that pipeline and status go together; a new pipeline starts at its first status."""
    pipelines = {each.id: each for each in caller.account.pipelines}
    wanted = written.changes.get("pipeline_id", written.lead.pipeline_id if written.lead else None)
    if wanted is None and pipelines:
        wanted = next(iter(pipelines))
    pipeline = pipelines.get(wanted) if wanted is not None else None
    if pipeline is None:
        written.refuse_choice("pipeline_id")
        return
    status_id = written.changes.get("status_id")
    if status_id is not None and status_id not in {each.id for each in pipeline.statuses}:
        written.refuse_choice("status_id")
    if "pipeline_id" in written.changes or written.lead is None:
        written.changes["pipeline_id"] = pipeline.id
        first = next((each.id for each in pipeline.statuses if each.type == 0), pipeline.statuses[0].id)
        written.changes.setdefault("status_id", first)


def _check_custom(written: _Written, caller: Caller, values: object) -> None:
    if values is None:
        return
    if not is_array(values):
        written.refuse_type("custom_fields_values", "array")
        return
    known = {each.id for each in caller.account.lead_fields}
    pairs: list[tuple[int, str]] = []
    for place, value in enumerate(values):
        field_id = value.get("field_id") if is_object(value) else None
        if not isinstance(field_id, int) or field_id not in known:
            written.refuse_choice(f"custom_fields_values.{place}.field_id")
            continue
        given = value.get("values") if is_object(value) else None
        first = given[0] if is_array(given) and given else None
        if is_object(first) and "value" in first:
            pairs.append((field_id, str(first["value"])))
        else:
            written.refuse(f"custom_fields_values.{place}.values", "FieldMissing", "This field is missing.")
    written.changes["custom_values"] = tuple(pairs)


def _check_embedded(written: _Written, embedded: object) -> None:
    if embedded is None:
        return
    if not is_object(embedded):
        written.refuse_type("_embedded", "array")
        return
    contacts = embedded.get("contacts")
    if is_array(contacts):
        ids = [each.get("id") if is_object(each) else None for each in contacts]
        written.changes["contact_ids"] = tuple(each for each in ids if isinstance(each, int))
    tags = embedded.get("tags")
    if is_array(tags):
        named = [each for each in tags if is_object(each) and isinstance(each.get("name"), str)]
        written.changes["tags"] = tuple(
            (each["id"] if _is_number(each.get("id")) else 900 + place, each["name"])
            for place, each in enumerate(named)
        )


def _created(site: Site, caller: Caller, written: _Written) -> Lead:
    now = int(site.clock.now())
    lead_id = caller.leads.next_id()
    values: dict[str, Any] = {
        "name": f"Сделка #{lead_id}",
        "price": 0,
        "responsible_user_id": caller.user_id,
        "created_by": caller.user_id,
        "updated_by": caller.user_id,
        "created_at": now,
        "updated_at": now,
    }
    lead = Lead(id=lead_id, **(values | written.changes))
    caller.leads.put(lead)
    return lead


def _updated(site: Site, caller: Caller, written: _Written) -> Lead:
    lead = written.lead
    if lead is None:
        raise AssertionError("an update without its lead passed the checks")
    now = {"updated_at": int(site.clock.now()), "updated_by": caller.user_id}
    return caller.leads.change(lead, **(now | written.changes))


def _shown_change(call: Call, lead: Lead) -> dict[str, Any]:
    return {"id": lead.id, "updated_at": lead.updated_at, "_links": _link(call, lead)}


def _link(call: Call, lead: Lead) -> dict[str, Any]:
    return link(f"{call.origin}/api/v4/leads/{lead.id}")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
