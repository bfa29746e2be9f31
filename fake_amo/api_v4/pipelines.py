"""GET /api/v4/leads/pipelines and /api/v4/leads/pipelines/{id}: funnels with their statuses, unpaged.

Owns how a pipeline looks. Must not know leads.
"""

from typing import Any

from fake_amo.api_v4.calls import NOTHING, Caller, authorised, hal, link
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site
from fake_amo.state.dataset import Pipeline, Status


@authorised
def list_pipelines(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return every pipeline of the account."""
    pipelines = [_shown(call, caller, each) for each in caller.account.pipelines]
    if not pipelines:
        return NOTHING
    links = link(f"{call.origin}{call.path}")
    return hal({"_total_items": len(pipelines), "_links": links, "_embedded": {"pipelines": pipelines}})


@authorised
def show_pipeline(_site: Site, call: Call, caller: Caller) -> Reply:
    """Return one pipeline, or 204 where there is none."""
    wanted = int(call.parts[0])
    found = next((each for each in caller.account.pipelines if each.id == wanted), None)
    return NOTHING if found is None else hal(_shown(call, caller, found))


def _shown(call: Call, caller: Caller, pipeline: Pipeline) -> dict[str, Any]:
    href = f"{call.origin}/api/v4/leads/pipelines/{pipeline.id}"
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.is_main,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": caller.account.id,
        "_links": link(href),
        "_embedded": {"statuses": [_status(caller, pipeline, href, each) for each in pipeline.statuses]},
    }


def _status(caller: Caller, pipeline: Pipeline, href: str, status: Status) -> dict[str, Any]:
    return {
        "id": status.id,
        "name": status.name,
        "sort": status.sort,
        "is_editable": status.is_editable,
        "pipeline_id": pipeline.id,
        "color": status.color,
        "type": status.type,
        "account_id": caller.account.id,
        "_links": link(f"{href}/statuses/{status.id}"),
    }
