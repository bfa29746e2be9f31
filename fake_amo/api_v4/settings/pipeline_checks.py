"""What a request may say of pipelines and statuses.

Owns their checks and the making of checked ones. Must not store or show anything.
"""

from typing import Any

from fake_amo.api_v4.entities.resource import Draft
from fake_amo.api_v4.gate.calls import Caller
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import LOST, WON, Pipeline, Status

MOST_PIPELINES, MOST_STATUSES = 50, 100
_KINDS: dict[str, tuple[type, str]] = {
    "name": (str, "string"),
    "color": (str, "string"),
    "sort": (int, "int"),
    "is_main": (bool, "bool"),
    "is_unsorted_on": (bool, "bool"),
}
_WON_AND_LOST = (
    Status(WON, "Успешно реализовано", 10000, color="#CCFF66", is_editable=False),
    Status(LOST, "Закрыто и не реализовано", 11000, color="#D5D8DB", is_editable=False),
)


def checked_pipelines(site: Site, call: Call, caller: Caller) -> list[tuple[Pipeline, str]] | Reply:
    """Return the pipelines of a request with their request ids, or why none is created."""
    drafts = _drafts(site, call, caller)
    if isinstance(drafts, Reply):
        return drafts
    if len(caller.tables.pipelines) + len(drafts) > MOST_PIPELINES:
        return api_problem("limit_exceeded", site.profile, detail=f"Limit {MOST_PIPELINES} pipelines")
    first = max(caller.tables.pipelines, default=7_000_000) + 2
    made = [(_pipeline(draft, first + 2 * place), draft.request_id) for place, draft in enumerate(drafts)]
    return _or_errors(drafts) or made


def checked_statuses(site: Site, call: Call, caller: Caller) -> list[tuple[Status, str]] | Reply:
    """Return the statuses of a request with their request ids, or why none is created."""
    drafts = _drafts(site, call, caller)
    if isinstance(drafts, Reply):
        return drafts
    first = _next_status_id(caller)
    made = [
        (_status(draft, "", draft.item, first + 4 * n), draft.request_id) for n, draft in enumerate(drafts)
    ]
    return _or_errors(drafts) or made


def changed_values(site: Site, call: Call, caller: Caller, names: tuple[str, ...]) -> dict[str, Any] | Reply:
    """Return the values that a request gives these keys, or why it is refused."""
    if not is_object(call.json) or not call.json:
        return api_problem("request_empty", site.profile)
    draft = Draft(caller, int(site.clock.now()), "0", call.json)
    values = _values(draft, "", call.json, names)
    return validation_problem([draft.as_problem()]) if draft.errors else values


def _drafts(site: Site, call: Call, caller: Caller) -> list[Draft] | Reply:
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    if len(items) > MOST_STATUSES:
        return api_problem("limit_exceeded", site.profile)
    drafts: list[Draft] = []
    for place, item in enumerate(items):
        draft = Draft(caller, int(site.clock.now()), str(place), item if is_object(item) else {})
        if not is_object(item):
            draft.refuse_type("", "object")
        elif isinstance(item.get("request_id"), str | int):
            draft.request_id = str(item["request_id"])
        drafts.append(draft)
    return drafts


def _or_errors(drafts: list[Draft]) -> Reply | None:
    wrong = [each.as_problem() for each in drafts if each.errors]
    return validation_problem(wrong) if wrong else None


def _pipeline(draft: Draft, pipeline_id: int) -> Pipeline:
    values = _values(draft, "", draft.item, ("name", "sort", "is_main", "is_unsorted_on"))
    if "name" not in values and not draft.errors:
        draft.refuse_missing("name")
    embedded = draft.item.get("_embedded")
    given = embedded.get("statuses") if is_object(embedded) else None
    first = _next_status_id(draft.caller) + 1000 * (pipeline_id % 1000)
    statuses = [
        _status(draft, f"_embedded.statuses.{place}.", item, first + 4 * place)
        for place, item in enumerate(given if is_array(given) else ())
        if not (is_object(item) and item.get("id") in {WON, LOST})
    ]
    unsorted = Status(first - 4, "Неразобранное", 10, type=1, color="#c1c1c1", is_editable=False)
    defaults: dict[str, Any] = {"name": "", "sort": 1, "is_main": False, "is_unsorted_on": True}
    return Pipeline(pipeline_id, **{**defaults, **values}, statuses=(unsorted, *statuses, *_WON_AND_LOST))


def _status(draft: Draft, path: str, item: object, status_id: int) -> Status:
    if not is_object(item):
        draft.refuse_type(path.rstrip("."), "object")
        return Status(status_id, "", 0)
    values = _values(draft, path, item, ("name", "sort", "color"))
    if "name" not in values and not draft.errors:
        draft.refuse_missing(f"{path}name")
    made: dict[str, Any] = {"name": "", "sort": 20, **values}
    return Status(status_id, **made)


def _values(draft: Draft, path: str, item: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in names:
        if name not in item:
            continue
        kind, word = _KINDS[name]
        if isinstance(item[name], kind) and (kind is bool or not isinstance(item[name], bool)):
            values[name] = item[name]
        else:
            draft.refuse_type(f"{path}{name}", word)
    return values


def _next_status_id(caller: Caller) -> int:
    """Return an id that no status has; those of won and lost are every pipeline's."""
    pipelines = caller.tables.pipelines.values()
    return max((each.id for pipeline in pipelines for each in pipeline.statuses), default=60_000_000) + 4
