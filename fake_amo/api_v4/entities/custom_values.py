"""`custom_fields_values`: how an entity's are shown, and what a request may put into them.

Owns the types of custom fields. What a request leaves out stays as it was (FACTS: API-CUSTOM-VALUES).
"""

import re
from collections.abc import Callable
from typing import Any

from fake_amo.api_v4.entities.resource import Draft, View
from fake_amo.http.messages import is_array, is_object
from fake_amo.state.entities import Choice, CustomField, CustomValue, FieldValue

_KEY = "custom_fields_values"
_ONE_OF = frozenset({"select", "radiobutton", "multiselect", "category"})
_DATES = frozenset({"date", "date_time", "birthday"})
_NUMBER = re.compile(r"-?\d{1,18}([.,]\d{1,9})?")


def shown_custom_values(entity_type: str) -> Callable[[View, Any], list[dict[str, Any]] | None]:
    """Return what shows an entity's custom values: a list, or None where it has none."""

    def shown(view: View, entity: Any) -> list[dict[str, Any]] | None:
        fields = view.caller.tables.fields(entity_type)
        custom: tuple[CustomValue, ...] = entity.custom_values
        # A field that was taken away took its values with it.
        kept = [each for each in custom if each.field_id in fields]
        return [_shown(fields[each.field_id], each, entity_type) for each in kept] or None

    return shown


def _shown(field: CustomField, custom: CustomValue, entity_type: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "field_id": field.id,
        "field_name": field.name,
        "field_code": field.code,
        "field_type": field.type,
        "values": [_shown_value(each) for each in custom.values],
    }
    return shown | {"is_computed": False} if entity_type == "leads" else shown


def _shown_value(value: FieldValue) -> dict[str, Any]:
    if value.enum_id is None:
        return {"value": value.value}
    return {"value": value.value, "enum_id": value.enum_id, "enum_code": value.enum_code}


def check_custom_values(draft: Draft, entity_type: str) -> None:
    """Check what a request gives and put it beside what the entity has already."""
    given = draft.item.get(_KEY)
    if given is None:
        return
    if not is_array(given):
        draft.refuse_type(_KEY, "array")
        return
    has: tuple[CustomValue, ...] = getattr(draft.entity, "custom_values", ())
    kept = {each.field_id: each for each in has}
    for place, item in enumerate(given):
        path = f"{_KEY}.{place}"
        field = _field(draft, path, item, draft.caller.tables.fields(entity_type))
        if field is None:
            continue
        values = _values(draft, f"{path}.values", field, item.get("values"))
        kept.pop(field.id, None)
        if values:
            kept[field.id] = CustomValue(field.id, values)
    draft.changes["custom_values"] = tuple(kept.values())


def _field(draft: Draft, path: str, item: object, known: dict[int, CustomField]) -> CustomField | None:
    """Return the field that an item names by its id or by its code."""
    if not is_object(item):
        draft.refuse_type(path, "object")
        return None
    field_id, code = item.get("field_id"), item.get("field_code")
    if field_id is None and code is None:
        draft.refuse_missing(f"{path}.field_id")
        return None
    if field_id is not None:
        found = known.get(field_id) if isinstance(field_id, int) else None
    else:
        found = next((each for each in known.values() if each.code == code), None)
    if found is None:
        draft.refuse_choice(f"{path}.{'field_code' if field_id is None else 'field_id'}")
    return found


def _values(draft: Draft, path: str, field: CustomField, given: object) -> tuple[FieldValue, ...]:
    """Return the values given; null takes the field's values away."""
    if given is None and "values" in _item_of(draft, path):
        return ()
    if not is_array(given) or not given:
        draft.refuse_missing(path)
        return ()
    found = [_value(draft, f"{path}.{place}", field, each) for place, each in enumerate(given)]
    is_many = field.type in {"multiselect", "multitext"}
    return tuple(each for each in (found if is_many else found[:1]) if each is not None)


def _item_of(draft: Draft, path: str) -> dict[str, Any]:
    return draft.item[_KEY][int(path.split(".")[1])]


def _value(draft: Draft, path: str, field: CustomField, given: object) -> FieldValue | None:
    if not is_object(given):
        draft.refuse_type(path, "object")
        return None
    if field.type in _ONE_OF:
        return _choice(draft, path, field, given)
    if field.type == "multitext":
        return _channel(draft, path, field, given)
    for name in ("enum_id", "enum_code"):
        if given.get(name) is not None:
            draft.refuse_unexpected(f"{path}.{name}")
            return None
    if "value" not in given:
        draft.refuse_missing(f"{path}.value")
        return None
    return _plain(draft, f"{path}.value", field, given["value"])


def _plain(draft: Draft, path: str, field: CustomField, value: Any) -> FieldValue | None:
    """Return the value of a field without choices, as a value of its type."""
    if field.type == "checkbox":
        if isinstance(value, bool):
            return FieldValue(value)
        draft.refuse_type(path, "bool")
    elif field.type in _DATES:
        if isinstance(value, int) and not isinstance(value, bool):
            return FieldValue(value)
        draft.refuse_type(path, "int")
    elif field.type in {"numeric", "monetary", "price"}:
        if not isinstance(value, bool) and _NUMBER.fullmatch(str(value)):
            return FieldValue(str(value))
        draft.refuse_type(path, "numeric")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        return FieldValue(str(value))
    else:
        draft.refuse_type(path, "string")
    return None


def _choice(draft: Draft, path: str, field: CustomField, given: dict[str, Any]) -> FieldValue | None:
    """Return the choice that is named by its id, its code or its value; the id alone is enough."""
    for name, of in (("enum_id", _id), ("enum_code", _code), ("value", _text)):
        if given.get(name) is None:
            continue
        found = next((each for each in field.choices if of(each) == given[name]), None)
        if found is None:
            draft.refuse_choice(f"{path}.{name}")
            return None
        return FieldValue(found.value, found.id, found.code)
    draft.refuse_missing(f"{path}.value")
    return None


def _channel(draft: Draft, path: str, field: CustomField, given: dict[str, Any]) -> FieldValue | None:
    """Return a phone or address with its kind, which is the first one where none is named."""
    value = given.get("value")
    if value is None:
        draft.refuse_missing(f"{path}.value")
    elif isinstance(value, bool) or not isinstance(value, str | int):
        draft.refuse_type(f"{path}.value", "string")
    else:
        kind = _kind(draft, path, field, given)
        return None if kind is None else FieldValue(str(value), kind.id, kind.code)
    return None


def _kind(draft: Draft, path: str, field: CustomField, given: dict[str, Any]) -> Choice | None:
    for name, of in (("enum_id", _id), ("enum_code", _code)):
        if given.get(name) is None:
            continue
        found = next((each for each in field.choices if of(each) == given[name]), None)
        if found is None:
            draft.refuse_choice(f"{path}.{name}")
        return found
    return field.choices[0]


def _id(choice: Choice) -> Any:
    return choice.id


def _code(choice: Choice) -> Any:
    return choice.code


def _text(choice: Choice) -> Any:
    return choice.value


def texts_of(entity: Any) -> list[str]:
    """Return an entity's filled-in texts, in which `query` is looked for."""
    custom: tuple[CustomValue, ...] = entity.custom_values
    return [entity.name, str(entity.id), *(str(value.value) for each in custom for value in each.values)]
