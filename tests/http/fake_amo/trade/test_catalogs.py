"""Catalogs, what is in them, and what it is linked with."""

import pytest

from tests.http.fake_amo.entities.desk import NOW, Desk

CATALOG = [
    *("id", "name", "created_by", "updated_by", "created_at", "updated_at", "sort", "type"),
    *("can_add_elements", "can_show_in_cards", "can_link_multiple", "can_be_deleted", "sdk_widget_code"),
    *("account_id", "_links"),
]
ELEMENT = [
    *("id", "name", "created_by", "updated_by", "created_at", "updated_at", "is_deleted"),
    *("custom_fields_values", "catalog_id", "account_id", "_links"),
]


def test_catalog_is_made_shown_and_renamed(desk: Desk) -> None:
    """FACTS: API-CATALOGS - the answer to a write is the whole catalog."""
    assert desk.listed("catalogs") == []
    made = desk.add("catalogs", {"name": "Послуги", "request_id": "mine"})[0]
    assert (made["name"], made["type"], made["request_id"]) == ("Послуги", "regular", "mine")
    shown = desk.one(f"catalogs/{made['id']}")
    assert list(shown) == CATALOG
    assert (shown["created_at"], shown["can_be_deleted"]) == (NOW, True)
    changed = desk.ask("PATCH", f"catalogs/{made['id']}", {"name": "Роботи"}).json()
    assert (changed["name"], changed["id"]) == ("Роботи", made["id"])
    desk.ask("PATCH", "catalogs", [{"id": made["id"], "sort": 7}])
    assert desk.listed("catalogs")[0]["sort"] == 7


def test_kinds_of_catalogs_are_limited(desk: Desk) -> None:
    """FACTS: API-CATALOGS - one of products, ten of all, no unknown kind, none without a name."""
    desk.made("catalogs", name="Товари", type="products")
    assert desk.refused("POST", "catalogs", [{"name": "Ще", "type": "products"}]) == [
        ("type", "NotUniqueValue")
    ]
    assert desk.refused("POST", "catalogs", [{"name": "X", "type": "odd"}]) == [
        ("type", "NotSupportedChoice")
    ]
    assert desk.refused("POST", "catalogs", [{"sort": 1}]) == [("name", "FieldMissing")]
    for number in range(9):
        desk.made("catalogs", name=f"Список {number}")
    assert desk.refused("POST", "catalogs", [{"name": "Одинадцятий"}]) == [("name", "TooMany")]


def test_products_have_fields_from_the_beginning(desk: Desk) -> None:
    """FACTS: API-CATALOGS - any other catalog has none until one is made, for it alone."""
    products = desk.made("catalogs", name="Товари", type="products")
    other = desk.made("catalogs", name="Послуги")
    fields = desk.listed(f"catalogs/{products}/custom_fields")
    assert [each["code"] for each in fields] == ["SKU", "DESCRIPTION", "PRICE", "GROUP"]
    assert {(each["entity_type"], each["catalog_id"]) for each in fields} == {("catalogs", products)}
    assert desk.listed(f"catalogs/{other}/custom_fields") == []
    made = desk.add(f"catalogs/{other}/custom_fields", {"name": "Години", "type": "numeric"})[0]
    assert desk.ids(f"catalogs/{other}/custom_fields") == [made["id"]]
    assert made["id"] not in {each["id"] for each in fields}
    desk.ask("PATCH", f"catalogs/{other}/custom_fields/{made['id']}", {"name": "Дні"})
    assert desk.one(f"catalogs/{other}/custom_fields/{made['id']}")["name"] == "Дні"
    desk.ask("DELETE", f"catalogs/{other}/custom_fields/{made['id']}", status=204)
    assert desk.listed(f"catalogs/{other}/custom_fields") == []
    desk.ask("POST", "catalogs/1/custom_fields", [{"name": "Години", "type": "numeric"}], 404)


def test_element_has_custom_values(desk: Desk) -> None:
    """FACTS: API-CATALOG-ELEMENTS - by code or id of the catalog's own fields."""
    catalog = desk.made("catalogs", name="Товари", type="products")
    path = f"catalogs/{catalog}/elements"
    values = [
        {"field_code": "SKU", "values": [{"value": "W-1"}]},
        {"field_code": "PRICE", "values": [{"value": 9.5}]},
    ]
    made = desk.add(path, {"name": "Вікно", "custom_fields_values": values})[0]
    assert (made["name"], made["catalog_id"]) == ("Вікно", catalog)
    shown = desk.one(f"{path}/{made['id']}")
    assert list(shown) == ELEMENT
    found = {each["field_code"]: each["values"] for each in shown["custom_fields_values"]}
    assert found == {"SKU": [{"value": "W-1"}], "PRICE": [{"value": "9.5"}]}
    desk.ask("PATCH", f"{path}/{made['id']}", {"name": "Двері"})
    desk.made(path, name="Стіл")
    assert [each["name"] for each in desk.listed(f"{path}?query=w-1")] == ["Двері"]
    assert desk.ids(f"{path}?filter[id][]={made['id']}") == [made["id"]]
    assert "invoice_link" in desk.listed(f"{path}?with=invoice_link")[0]


def test_element_belongs_to_its_catalog(desk: Desk) -> None:
    """FACTS: API-CATALOG-ELEMENTS - another one does not show it, and a price is a number."""
    first, second = (desk.made("catalogs", name=name) for name in ("Один", "Два"))
    element = desk.made(f"catalogs/{first}/elements", name="Вікно")
    assert desk.listed(f"catalogs/{second}/elements") == []
    desk.ask("GET", f"catalogs/{second}/elements/{element}", status=204)
    wrong = {"name": "Інше", "id": element}
    assert desk.refused("PATCH", f"catalogs/{second}/elements", [wrong]) == [("id", "NotSupportedChoice")]
    assert desk.refused("POST", "catalogs/1/elements", [{"name": "A"}]) == [
        ("catalog_id", "NotSupportedChoice")
    ]
    products = desk.made("catalogs", name="Товари", type="products")
    bad = {"name": "A", "custom_fields_values": [{"field_code": "PRICE", "values": [{"value": "дорого"}]}]}
    errors = desk.refused("POST", f"catalogs/{products}/elements", [bad])
    assert errors == [("custom_fields_values.0.values.0.value", "InvalidType")]


@pytest.mark.parametrize("entity_type", ["leads", "contacts", "companies", "customers"])
def test_element_is_linked_with_a_quantity(desk: Desk, entity_type: str) -> None:
    """FACTS: API-CATALOG-ELEMENTS - linked twice the last quantity counts, one where none is named."""
    catalog = desk.made("catalogs", name="Товари")
    element = desk.made(f"catalogs/{catalog}/elements", name="Вікно")
    entity = desk.made(entity_type, name="Хтось")
    to = {"to_entity_id": element, "to_entity_type": "catalog_elements"}
    desk.ask("POST", f"{entity_type}/{entity}/link", [to])
    desk.ask(
        "POST", f"{entity_type}/{entity}/link", [{**to, "metadata": {"quantity": 2.5, "catalog_id": catalog}}]
    )
    metadata = {"quantity": 2.5, "catalog_id": catalog, "price_id": None}
    links = desk.listed(f"{entity_type}/{entity}/links")
    assert [(each["to_entity_id"], each["metadata"]) for each in links] == [(element, metadata)]
    shown = desk.one(f"{entity_type}/{entity}?with=catalog_elements")["_embedded"]["catalog_elements"]
    assert [(each["id"], each["metadata"]) for each in shown] == [(element, metadata)]
    desk.ask("POST", f"{entity_type}/{entity}/unlink", [to], 204)
    assert desk.listed(f"{entity_type}/{entity}/links") == []
