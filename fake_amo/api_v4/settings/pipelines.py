"""/api/v4/leads/pipelines and their statuses: funnels, unpaged, read and written.

Owns how pipelines and statuses look and what may be changed of them. Must not know leads.
"""

from dataclasses import replace
from typing import Any

from fake_amo.api_v4.entities.filters import narrowed_by
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link
from fake_amo.api_v4.settings.pipeline_checks import changed_values, checked_pipelines, checked_statuses
from fake_amo.http.messages import Call, Reply
from fake_amo.site.problems import api_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import Pipeline, Status


@authorised
@narrowed_by()
def list_pipelines(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return every pipeline of the account."""
    pipelines = list(caller.tables.pipelines.values())
    return _pipelines(call, caller, pipelines) if pipelines else NOTHING


@authorised
def show_pipeline(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one pipeline, or 204 where there is none."""
    found = caller.tables.pipelines.get(int(call.parts[0]))
    return NOTHING if found is None else hal(_shown(call, caller, found))


@authorised
def create_pipelines(site: Site, call: Call, caller: Caller) -> Reply:
    """Create every pipeline of the array with its statuses, or none where one is invalid."""
    made = checked_pipelines(site, call, caller)
    if isinstance(made, Reply):
        return made
    for pipeline, _ in made:
        _keep(caller, pipeline)
    shown = [{**_shown(call, caller, each), "request_id": request_id} for each, request_id in made]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"pipelines": shown}})


@authorised
def update_pipeline(site: Site, call: Call, caller: Caller) -> Reply:
    """Change a pipeline's name, sort or switches."""
    pipeline = caller.tables.pipelines.get(int(call.parts[0]))
    if pipeline is None:
        return NOTHING
    changes = changed_values(site, call, caller, ("name", "sort", "is_main", "is_unsorted_on"))
    if isinstance(changes, Reply):
        return changes
    changed = replace(pipeline, **changes)
    _keep(caller, changed)
    return hal(_shown(call, caller, changed))


@authorised
def delete_pipeline(site: Site, call: Call, caller: Caller) -> Reply:
    """Remove a pipeline, unless leads are in it or it is the last one (FACTS: API-PIPELINES-WRITE)."""
    pipeline_id = int(call.parts[0])
    known = caller.tables.pipelines
    has_leads = any(each.pipeline_id == pipeline_id for each in caller.tables.leads.living())
    if pipeline_id in known and (has_leads or len(known) == 1):
        return api_problem("validation", site.profile, detail="Pipeline can not be deleted")
    known.pop(pipeline_id, None)
    return NOTHING


@authorised
@narrowed_by()
def list_statuses(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return every status of a pipeline, or 204 where there is no such pipeline."""
    pipeline = caller.tables.pipelines.get(int(call.parts[0]))
    if pipeline is None:
        return NOTHING
    shown = [_status(call, caller, pipeline, each) for each in pipeline.statuses]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"statuses": shown}})


@authorised
def show_status(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one status, or 204 where there is none."""
    pipeline, status = _found(call, caller)
    if pipeline is None or status is None:
        return NOTHING
    return hal(_status(call, caller, pipeline, status))


@authorised
def create_statuses(site: Site, call: Call, caller: Caller) -> Reply:
    """Add every status of the array to a pipeline, before won and lost."""
    pipeline = caller.tables.pipelines.get(int(call.parts[0]))
    if pipeline is None:
        return NOTHING
    made = checked_statuses(site, call, caller)
    if isinstance(made, Reply):
        return made
    added = tuple(status for status, _ in made)
    changed = _sorted(replace(pipeline, statuses=(*pipeline.statuses, *added)))
    _keep(caller, changed)
    shown = [{**_status(call, caller, changed, each), "request_id": name} for each, name in made]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"statuses": shown}})


@authorised
def update_status(site: Site, call: Call, caller: Caller) -> Reply:
    """Change a status's name, sort or colour."""
    pipeline, status = _found(call, caller)
    if pipeline is None or status is None:
        return NOTHING
    changes = changed_values(site, call, caller, ("name", "sort", "color"))
    if isinstance(changes, Reply):
        return changes
    changed = replace(status, **changes)
    others = tuple(changed if each.id == status.id else each for each in pipeline.statuses)
    _keep(caller, _sorted(replace(pipeline, statuses=others)))
    return hal(_status(call, caller, pipeline, changed))


@authorised
def delete_status(site: Site, call: Call, caller: Caller) -> Reply:
    """Remove a status, unless it is amoCRM's own or leads are in it (FACTS: API-PIPELINES-WRITE)."""
    pipeline, status = _found(call, caller)
    if pipeline is None or status is None:
        return NOTHING
    leads = caller.tables.leads.living()
    has_leads = any(each.status_id == status.id and each.pipeline_id == pipeline.id for each in leads)
    if has_leads or not status.is_editable:
        return api_problem("validation", site.profile, detail="Status can not be deleted")
    kept = tuple(each for each in pipeline.statuses if each.id != status.id)
    _keep(caller, replace(pipeline, statuses=kept))
    return NOTHING


def _keep(caller: Caller, pipeline: Pipeline) -> None:
    """Remember a pipeline; where it became the main one, no other is."""
    known = caller.tables.pipelines
    known[pipeline.id] = pipeline
    if pipeline.is_main:
        for each in list(known.values()):
            known[each.id] = replace(each, is_main=each.id == pipeline.id)


def _found(call: Call, caller: Caller) -> tuple[Pipeline | None, Status | None]:
    pipeline = caller.tables.pipelines.get(int(call.parts[0]))
    statuses = pipeline.statuses if pipeline else ()
    return pipeline, next((each for each in statuses if each.id == int(call.parts[1])), None)


def _sorted(pipeline: Pipeline) -> Pipeline:
    return replace(pipeline, statuses=tuple(sorted(pipeline.statuses, key=lambda each: each.sort)))


def _pipelines(call: Call, caller: Caller, pipelines: list[Pipeline]) -> Reply:
    shown = [_shown(call, caller, each) for each in pipelines]
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(shown), "_links": links, "_embedded": {"pipelines": shown}})


def _shown(call: Call, caller: Caller, pipeline: Pipeline) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.is_main,
        "is_unsorted_on": pipeline.is_unsorted_on,
        "is_archive": False,
        "account_id": caller.account.id,
        "_links": link(_href(call, pipeline)),
        "_embedded": {"statuses": [_status(call, caller, pipeline, each) for each in pipeline.statuses]},
    }


def _status(call: Call, caller: Caller, pipeline: Pipeline, status: Status) -> dict[str, Any]:
    return {
        "id": status.id,
        "name": status.name,
        "sort": status.sort,
        "is_editable": status.is_editable,
        "pipeline_id": pipeline.id,
        "color": status.color,
        "type": status.type,
        "account_id": caller.account.id,
        "_links": link(f"{_href(call, pipeline)}/statuses/{status.id}"),
    }


def _href(call: Call, pipeline: Pipeline) -> str:
    return f"{call.origin}/api/v4/leads/pipelines/{pipeline.id}"
