"""custom_fields_values: by id or code, several values, choices, and what is left out."""

from typing import Any

import pytest

from tests.http.fake_amo.entities.desk import Desk, Entity

SOURCE, CITY, KIND, INTERESTS, AREA, MEETING, CONTRACT = range(700_001, 700_015, 2)
_TYPED = [
    (AREA, 7, "7"),
    (AREA, "7.5", "7.5"),
    (MEETING, 1_795_000_000, 1_795_000_000),
    (CONTRACT, True, True),
]


def given(*items: tuple[int, Any]) -> list[Entity]:
    """Return values by field id, one each."""
    return [{"field_id": field_id, "values": [{"value": value}]} for field_id, value in items]


def values_of(desk: Desk, path: str) -> dict[int, list[Entity]]:
    """Return an entity's values by field id."""
    custom: list[Entity] = desk.one(path)["custom_fields_values"] or []
    return {each["field_id"]: each["values"] for each in custom}


def test_field_is_named_by_id_or_by_code(desk: Desk) -> None:
    """FACTS: API-CUSTOM-VALUES - on creation and on change."""
    lead = desk.made(
        "leads", custom_fields_values=[{"field_code": "UTM_SOURCE", "values": [{"value": "bing"}]}]
    )
    assert values_of(desk, f"leads/{lead}") == {SOURCE: [{"value": "bing"}]}
    body = {"custom_fields_values": [{"field_code": "UTM_SOURCE", "values": [{"value": "ask"}]}]}
    desk.ask("PATCH", f"leads/{lead}", body)
    assert values_of(desk, f"leads/{lead}") == {SOURCE: [{"value": "ask"}]}


def test_field_that_is_left_out_stays(desk: Desk) -> None:
    """FACTS: API-CUSTOM-VALUES - null takes a field's values away, and nothing else does."""
    lead = desk.made("leads", custom_fields_values=given((SOURCE, "bing"), (CITY, "Київ")))
    desk.ask("PATCH", f"leads/{lead}", {"custom_fields_values": given((CITY, "Львів"))})
    assert values_of(desk, f"leads/{lead}") == {SOURCE: [{"value": "bing"}], CITY: [{"value": "Львів"}]}
    desk.ask("PATCH", f"leads/{lead}", {"name": "інша", "custom_fields_values": None})
    assert set(values_of(desk, f"leads/{lead}")) == {SOURCE, CITY}
    desk.ask("PATCH", f"leads/{lead}", {"custom_fields_values": [{"field_id": CITY, "values": None}]})
    assert set(values_of(desk, f"leads/{lead}")) == {SOURCE}


@pytest.mark.parametrize(
    "value",
    [{"enum_id": 710_005}, {"enum_code": "VIP"}, {"value": "VIP"}, {"enum_id": 710_005, "value": "x"}],
    ids=["id", "code", "value", "the id decides"],
)
def test_choice_is_named_by_id_code_or_value(desk: Desk, value: Entity) -> None:
    """FACTS: API-CUSTOM-VALUES - the id alone is enough, and the answer has all three."""
    lead = desk.made("leads", custom_fields_values=[{"field_id": KIND, "values": [value]}])
    shown = {"value": "VIP", "enum_id": 710_005, "enum_code": "VIP"}
    assert values_of(desk, f"leads/{lead}") == {KIND: [shown]}


def test_field_may_have_several_values(desk: Desk) -> None:
    """FACTS: API-CUSTOM-VALUES - several choices, several phones; a field of one value keeps the first."""
    interests = {"field_id": INTERESTS, "values": [{"value": "Вікна"}, {"enum_id": 710_015}]}
    lead = desk.made("leads", custom_fields_values=[interests])
    assert [each["enum_id"] for each in values_of(desk, f"leads/{lead}")[INTERESTS]] == [710_011, 710_015]
    phones = [{"value": "+380501112233", "enum_code": "MOB"}, {"value": "+380441112233"}]
    contact = desk.made("contacts", custom_fields_values=[{"field_code": "PHONE", "values": phones}])
    (shown,) = values_of(desk, f"contacts/{contact}").values()
    assert [(each["value"], each["enum_code"]) for each in shown] == [
        ("+380501112233", "MOB"),
        ("+380441112233", "WORK"),
    ]


@pytest.mark.parametrize(("field_id", "value", "shown"), _TYPED, ids=[str(row[:2]) for row in _TYPED])
def test_value_is_of_the_fields_type(desk: Desk, field_id: int, value: Any, shown: Any) -> None:
    """FACTS: API-CUSTOM-VALUES - a number, a date, a check mark."""
    lead = desk.made("leads", custom_fields_values=given((field_id, value)))
    assert values_of(desk, f"leads/{lead}") == {field_id: [{"value": shown}]}


WRONG: list[tuple[str, Any, str, str]] = [
    ("no field", {"values": [{"value": "x"}]}, "0.field_id", "FieldMissing"),
    ("unknown id", {"field_id": 1, "values": [{"value": "x"}]}, "0.field_id", "NotSupportedChoice"),
    ("unknown code", {"field_code": "X", "values": [{"value": "x"}]}, "0.field_code", "NotSupportedChoice"),
    ("no values", {"field_id": CITY}, "0.values", "FieldMissing"),
    ("empty values", {"field_id": CITY, "values": []}, "0.values", "FieldMissing"),
    ("no value", {"field_id": CITY, "values": [{}]}, "0.values.0.value", "FieldMissing"),
    ("value is no object", {"field_id": CITY, "values": ["x"]}, "0.values.0", "InvalidType"),
    ("field is no object", "x", "0", "InvalidType"),
    (
        "unknown choice",
        {"field_id": KIND, "values": [{"value": "x"}]},
        "0.values.0.value",
        "NotSupportedChoice",
    ),
    (
        "unknown enum",
        {"field_id": KIND, "values": [{"enum_id": 1}]},
        "0.values.0.enum_id",
        "NotSupportedChoice",
    ),
    ("empty choice", {"field_id": KIND, "values": [{}]}, "0.values.0.value", "FieldMissing"),
    (
        "enum of a text",
        {"field_id": CITY, "values": [{"value": "x", "enum_code": "WORK"}]},
        "0.values.0.enum_code",
        "FieldNotExpected",
    ),
    ("text as a list", {"field_id": CITY, "values": [{"value": []}]}, "0.values.0.value", "InvalidType"),
    ("number as words", {"field_id": AREA, "values": [{"value": "many"}]}, "0.values.0.value", "InvalidType"),
    ("date as words", {"field_id": MEETING, "values": [{"value": "now"}]}, "0.values.0.value", "InvalidType"),
    ("check mark as 1", {"field_id": CONTRACT, "values": [{"value": 1}]}, "0.values.0.value", "InvalidType"),
]


@pytest.mark.parametrize(("item", "path", "code"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_value_is_refused_by_its_path(desk: Desk, item: Any, path: str, code: str) -> None:
    """FACTS: API-CUSTOM-VALUES, API-400-VALIDATION - and nothing is written."""
    expected = [(f"custom_fields_values.{path}", code)]
    assert desk.refused("POST", "leads", [{"custom_fields_values": [item]}]) == expected
    assert len(desk.ids("leads")) == 5


@pytest.mark.parametrize(
    ("value", "path", "code"),
    [
        ({"enum_code": "WORK"}, "value", "FieldMissing"),
        ({"value": []}, "value", "InvalidType"),
        ({"value": "1", "enum_code": "MOON"}, "enum_code", "NotSupportedChoice"),
    ],
)
def test_wrong_phone_is_refused(desk: Desk, value: Entity, path: str, code: str) -> None:
    """FACTS: API-CUSTOM-VALUES - a number is needed, and a kind that there is."""
    phone = {"field_code": "PHONE", "values": [value]}
    expected = [(f"custom_fields_values.0.values.0.{path}", code)]
    assert desk.refused("POST", "contacts", [{"custom_fields_values": [phone]}]) == expected


def test_fields_are_listed_with_their_choices(desk: Desk) -> None:
    """FACTS: API-CUSTOM-FIELDS - for each type of entity; by type; one by id."""
    fields = {each["id"]: each for each in desk.listed("leads/custom_fields")}
    assert list(fields) == [SOURCE, CITY, KIND, INTERESTS, AREA, MEETING, CONTRACT]
    assert [each["value"] for each in fields[KIND]["enums"]] == ["Новий", "Постійний", "VIP"]
    assert fields[CITY]["enums"] is None
    assert desk.one(f"leads/custom_fields/{KIND}") == fields[KIND]
    assert desk.ids("leads/custom_fields?filter[type][0]=select") == [KIND]
    codes = {each["code"] for each in desk.listed("contacts/custom_fields")}
    assert codes == {"POSITION", "PHONE", "EMAIL"}
    assert {each["code"] for each in desk.listed("companies/custom_fields")} >= {"PHONE", "WEB", "ADDRESS"}
    assert desk.ask("GET", "leads/custom_fields?limit=2").json()["_total_items"] == 7
    assert desk.ids("leads/custom_fields?limit=2&page=4") == [CONTRACT]
    desk.ask("GET", "leads/custom_fields/1", status=204)


def test_field_is_made_changed_and_taken_away(desk: Desk) -> None:
    """FACTS: API-CUSTOM-FIELDS-WRITE - with its choices; what it held goes with it."""
    enums = [{"value": "Так"}, {"value": "Ні", "code": "NO"}]
    (made,) = desk.add(
        "leads/custom_fields", {"name": "Гарячий", "type": "select", "enums": enums, "code": "HOT"}
    )
    assert [each["value"] for each in made["enums"]] == ["Так", "Ні"]
    assert made["request_id"] == "0"
    lead = desk.made("leads", custom_fields_values=[{"field_code": "HOT", "values": [{"enum_code": "NO"}]}])
    (shown,) = desk.one(f"leads/{lead}")["custom_fields_values"]
    assert (shown["field_name"], shown["values"][0]["value"]) == ("Гарячий", "Ні")
    desk.ask("PATCH", f"leads/custom_fields/{made['id']}", {"name": "Теплий"})
    kept = [{**each, "value": each["value"] + "!"} for each in made["enums"]]
    desk.ask("PATCH", "leads/custom_fields", [{"id": made["id"], "enums": kept}])
    field = desk.one(f"leads/custom_fields/{made['id']}")
    assert (field["name"], [each["id"] for each in field["enums"]]) == (
        "Теплий",
        [each["id"] for each in kept],
    )
    desk.ask("DELETE", f"leads/custom_fields/{made['id']}", status=204)
    assert desk.one(f"leads/{lead}")["custom_fields_values"] is None
    desk.ask("GET", f"leads/custom_fields/{made['id']}", status=204)
    phone = next(each["id"] for each in desk.listed("contacts/custom_fields") if each["code"] == "PHONE")
    desk.ask("DELETE", f"contacts/custom_fields/{phone}", status=400)


def test_wrong_field_is_refused(desk: Desk) -> None:
    """FACTS: API-CUSTOM-FIELDS-WRITE, API-400-VALIDATION - a name and a type that there is."""
    path = "leads/custom_fields"
    assert desk.refused("POST", path, [{}]) == [("name", "FieldMissing"), ("type", "FieldMissing")]
    assert desk.refused("POST", path, [{"name": 7, "type": "moon"}]) == [
        ("name", "InvalidType"),
        ("type", "NotSupportedChoice"),
    ]
    kinds: list[Any] = [{}, [], 7]
    for kind in kinds:
        assert desk.refused("POST", path, [{"name": "x", "type": kind}]) == [("type", "NotSupportedChoice")]
    enums: list[Entity] = [{"name": "x", "type": "select", "enums": [{}]}]
    assert desk.refused("POST", path, enums) == [("enums.0.value", "FieldMissing")]
    no_list = [{"name": "x", "type": "select", "enums": 7}]
    assert desk.refused("POST", path, no_list) == [("enums", "InvalidType")]
    assert desk.refused("PATCH", path, [{"id": 1, "name": "x"}, "x"]) == [
        ("id", "NotSupportedChoice"),
        ("", "InvalidType"),
    ]
    assert desk.refused("PATCH", f"{path}/1", {"name": "x"}) == [("id", "NotSupportedChoice")]
    desk.ask("POST", path, [], 400)
    desk.ask("PATCH", f"{path}/{CITY}", {}, 400)
    assert len(desk.ids(path)) == 7
