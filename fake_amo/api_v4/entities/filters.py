"""The filters of lists: `filter[name]…` of a query as tests that an entity must pass.

Owns the forms that filters have. A filter or form that is not modelled is refused by its name, never left
out of account (FACTS: API-FILTER-UNKNOWN). Must not know which resource has which.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from fake_amo.api_v4.entities.resource import Filter, Pairs, Test, UnsupportedFilter
from fake_amo.api_v4.gate.calls import Caller, Endpoint, whole_number
from fake_amo.http.messages import Call, Reply
from fake_amo.site.problems import api_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import CustomField

_FILTER = re.compile(r"filter\[(\w+)\]((?:\[\w*\])*)")
_KEY = re.compile(r"\[(\w*)\]")
_DATES = frozenset({"date", "date_time", "birthday"})
Reader = Callable[[Caller, Any], Any]


def tests_from(filters: Mapping[str, Filter], call: Call, caller: Caller) -> list[Test]:
    """Return the tests of a query's filters; raises UnsupportedFilter naming one that is not modelled."""
    asked: dict[str, Pairs] = {}
    for name, value in call.query_pairs:
        if not name.startswith("filter"):
            continue
        match = _FILTER.fullmatch(name)
        if match is None or match[1] not in filters:
            raise UnsupportedFilter(name)
        asked.setdefault(match[1], []).append((tuple(_KEY.findall(match[2])), value))
    return [_made(filters[name], name, caller, pairs) for name, pairs in asked.items()]


def _made(made_by: Filter, name: str, caller: Caller, pairs: Pairs) -> Test:
    try:
        return made_by(caller, pairs)
    except UnsupportedFilter as problem:
        raise UnsupportedFilter(f"filter[{name}]{problem}") from None


def refused_filter(site: Site, call: Call, name: str) -> Reply:
    """Refuse a filter that is not modelled by its name, and note it (FACTS: API-FILTER-UNKNOWN)."""
    site.note_unmodelled(call.method, f"{call.path}?{name}")
    return api_problem("filter_unsupported", site.profile, detail=f"Filter is not supported: {name}")


def narrowed_by(*names: str) -> Callable[[Endpoint], Endpoint]:
    """Let the endpoint of a list that is no resource see only the filters of those names."""

    def guarded(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        def narrowed(site: Site, call: Call, caller: Caller) -> Reply:
            for name, _ in call.query_pairs:
                if name.startswith("filter") and not any(
                    name.startswith(f"filter[{each}]") for each in names
                ):
                    return refused_filter(site, call, name)
            return endpoint(site, call, caller)

        return narrowed

    return guarded


def chosen(attribute: str) -> Filter:
    """Return a filter by one value or several: `filter[id]=1`, `filter[id][]=1`, `filter[id][0]=1`."""

    def made(_caller: Caller, pairs: Pairs) -> Test:
        allowed = {value for _, value in _listed(pairs)}
        return lambda entity: str(getattr(entity, attribute)) in allowed

    return made


def spanned(attribute: str | Reader, *, exact: bool = False) -> Filter:
    """Return a filter by `[from]` and `[to]`; a number alone is the value, or the earliest time."""

    def read(caller: Caller, entity: Any) -> Any:
        return getattr(entity, attribute) if isinstance(attribute, str) else attribute(caller, entity)

    def made(caller: Caller, pairs: Pairs) -> Test:
        limits = {_end(keys): whole_number(value) for keys, value in pairs}

        def inside(entity: Any) -> bool:
            known = {end: limit for end, limit in limits.items() if limit is not None}
            value = read(caller, entity)
            return not known or (value is not None and _within(value, known, exact=exact))

        return inside

    return made


def flagged(attribute: str) -> Filter:
    """Return a filter by `1` or `0`."""

    def made(_caller: Caller, pairs: Pairs) -> Test:
        wanted = {value in {"1", "true"} for _, value in _listed(pairs)}
        return lambda entity: getattr(entity, attribute) in wanted

    return made


def in_statuses(_caller: Caller, pairs: Pairs) -> Test:
    """Pass what is in one of `filter[statuses][0][pipeline_id]=…&filter[statuses][0][status_id]=…`."""
    choices: dict[str, dict[str, str]] = {}
    for keys, value in pairs:
        if len(keys) != 2 or keys[1] not in {"pipeline_id", "status_id"}:  # noqa: PLR2004 - place and name
            raise UnsupportedFilter(_shown(keys))
        choices.setdefault(keys[0], {})[keys[1]] = value
    return lambda entity: any(
        all(str(getattr(entity, name)) == value for name, value in choice.items())
        for choice in choices.values()
    )


def by_custom_values(entity_type: str) -> Filter:
    """Return the filter by custom fields: `[field_id][]=value`, or `[from]`, `[to]` of numbers and dates."""

    def made(caller: Caller, pairs: Pairs) -> Test:
        by_field: dict[int, Pairs] = {}
        known = caller.tables.fields(entity_type)
        for keys, value in pairs:
            field_id = whole_number(keys[0]) if keys else None
            if field_id not in known:
                raise UnsupportedFilter(_shown(keys))
            by_field.setdefault(field_id, []).append((keys[1:], value))
        tests = [_of_field(known[field_id], some) for field_id, some in by_field.items()]
        return lambda entity: all(test(entity) for test in tests)

    return made


def _of_field(field: CustomField, pairs: Pairs) -> Test:
    if field.type in _DATES or any(keys in {("from",), ("to",)} for keys, _ in pairs):
        limits = {_end(keys): whole_number(value) for keys, value in pairs}
        known = {end: limit for end, limit in limits.items() if limit is not None}
        return lambda entity: any(
            _within(float(each), known, exact=False) for each in _values(entity, field, numeric=True)
        )
    allowed = {value.casefold() for _, value in _listed(pairs)}
    return lambda entity: any(str(each).casefold() in allowed for each in _values(entity, field))


def _values(entity: Any, field: CustomField, *, numeric: bool = False) -> list[Any]:
    """Return what an entity has in a field; of a choice its id as well."""
    found: list[Any] = []
    for custom in entity.custom_values:
        if custom.field_id == field.id:
            for each in custom.values:
                found += [each.value] if each.enum_id is None else [each.value, each.enum_id]
    if numeric:
        return [each for each in found if re.fullmatch(r"-?\d{1,18}(\.\d{1,9})?", str(each))]
    return found


def _listed(pairs: Pairs) -> Pairs:
    """Return the pairs of a list, refusing brackets that hold more than a place."""
    for keys, _ in pairs:
        if len(keys) > 1 or (keys and keys[0] and not keys[0].isdigit()):
            raise UnsupportedFilter(_shown(keys))
    return pairs


def _end(keys: tuple[str, ...]) -> str:
    if keys not in {(), ("from",), ("to",)}:
        raise UnsupportedFilter(_shown(keys))
    return keys[0] if keys else ""


def _within(value: float, limits: dict[str, int], *, exact: bool) -> bool:
    alone = limits.get("")
    if alone is not None and not (value == alone if exact else value >= alone):
        return False
    return limits.get("from", value) <= value <= limits.get("to", value)


def _shown(keys: tuple[str, ...]) -> str:
    return "".join(f"[{each}]" for each in keys)
