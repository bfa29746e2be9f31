"""Short lists that describe an account: loss reasons and sources.

Owns what is special about them. Reading and writing are those of every resource.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import chosen
from fake_amo.api_v4.entities.resource import Draft, Key, Resource, flag, text, whole
from fake_amo.state.entities import LossReason, Source


def _made_reason(draft: Draft, reason_id: int) -> LossReason:
    defaults: dict[str, Any] = {"sort": 100, "created_at": draft.now, "updated_at": draft.now}
    return LossReason(reason_id, **{**defaults, **draft.changes})


def _made_source(draft: Draft, source_id: int) -> Source:
    return Source(source_id, **draft.changes)


def _source_rules(draft: Draft) -> None:
    """Refuse a pipeline that there is not, and an external id that another source has."""
    pipeline_id = draft.changes.get("pipeline_id")
    if pipeline_id is not None and pipeline_id not in draft.caller.tables.pipelines:
        draft.refuse_choice("pipeline_id")
    external_id = draft.changes.get("external_id")
    others = (each for each in draft.caller.tables.sources.living() if each is not draft.entity)
    if external_id is not None and any(each.external_id == external_id for each in others):
        draft.refuse("external_id", "NotUniqueValue", "This value is already used.")


LOSS_REASONS = Resource(
    name="loss_reasons",
    path="leads/loss_reasons",
    step="",
    schema="LossReason",
    table=lambda caller: caller.tables.loss_reasons,
    keys=(
        whole("id"),
        text("name", written=True, required=True),
        whole("sort", written=True),
        whole("created_at"),
        whole("updated_at"),
    ),
    make=_made_reason,
    filters={"id": chosen("id")},
)
SOURCES = Resource(
    name="sources",
    path="sources",
    step="",
    schema="Source",
    table=lambda caller: caller.tables.sources,
    keys=(
        whole("id"),
        text("name", written=True, required=True),
        whole("pipeline_id", written=True, nullable=True),
        text("external_id", written=True, required=True),
        flag("default", written=True),
        Key("origin_code", {"type": ["string", "null"]}, lambda _view, _source: None),
        Key("services", {"type": "array"}, lambda _view, source: list(source.services), written=True),
    ),
    make=_made_source,
    filters={"id": chosen("id"), "external_id": chosen("external_id")},
    methods=frozenset({"GET", "POST", "PATCH", "DELETE"}),
    rules=_source_rules,
)
