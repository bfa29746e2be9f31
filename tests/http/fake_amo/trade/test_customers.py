"""Customers, what belongs to them, and whether the account has any."""

import httpx

from fake_amo import AmoSettings, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.entities.desk import NOW, Desk
from tests.http.fake_amo.worlds import two_accounts

CUSTOMER = [
    *("id", "name", "next_price", "next_date", "responsible_user_id", "group_id", "status_id", "periodicity"),
    *("created_by", "updated_by", "created_at", "updated_at", "closest_task_at", "is_deleted"),
    *("custom_fields_values", "ltv", "purchases_count", "average_check", "account_id", "_links", "_embedded"),
]


def test_customer_is_made_shown_and_changed(desk: Desk) -> None:
    """FACTS: API-CUSTOMERS - keys in order, tags by name."""
    assert desk.listed("customers") == []
    tags = {"tags_to_add": [{"name": "VIP"}]}
    customer = desk.made("customers", name="Ірина", next_price=500, next_date=NOW + 60, **tags)
    shown = desk.one(f"customers/{customer}")
    assert list(shown) == CUSTOMER
    assert (shown["name"], shown["next_price"], shown["next_date"]) == ("Ірина", 500, NOW + 60)
    assert [each["name"] for each in shown["_embedded"]["tags"]] == ["VIP"]
    desk.ask("PATCH", f"customers/{customer}", {"next_price": 700})
    desk.ask("PATCH", "customers", [{"id": customer, "name": "Олена"}])
    assert [(each["name"], each["next_price"]) for each in desk.listed("customers")] == [("Олена", 700)]
    assert desk.refused("POST", "customers", [{"next_price": "багато"}]) == [("next_price", "InvalidType")]


def test_customers_are_filtered_and_searched(desk: Desk) -> None:
    """FACTS: API-CUSTOMERS - by sum, date, name, custom field, text."""
    field = desk.add("customers/custom_fields", {"name": "Місто", "type": "text"})[0]["id"]
    values = [{"field_id": field, "values": [{"value": "Львів"}]}]
    rich = desk.made("customers", name="Ірина", next_price=900, next_date=NOW, custom_fields_values=values)
    poor = desk.made("customers", name="Тарас", next_price=10, next_date=NOW + 100)
    assert desk.ids("customers?filter[next_price][from]=500") == [rich]
    assert desk.ids(f"customers?filter[next_date][from]={NOW + 1}") == [poor]
    assert desk.ids("customers?filter[name]=Тарас") == [poor]
    assert desk.ids(f"customers?filter[custom_fields_values][{field}][]=Львів") == [rich]
    assert desk.ids("customers?query=львів") == [rich]
    assert desk.ids("customers?order[id]=desc") == [poor, rich]


def test_customer_is_linked_with_people_and_has_notes_and_tasks(desk: Desk) -> None:
    """FACTS: API-CUSTOMERS - both ends of a link show it."""
    customer, contact = desk.made("customers", name="Ірина"), desk.made("contacts", name="Ірина")
    company = desk.made("companies", name="Вікна")
    ends = [{"to_entity_id": contact, "to_entity_type": "contacts"}]
    ends += [{"to_entity_id": company, "to_entity_type": "companies"}]
    desk.ask("POST", f"customers/{customer}/link", ends)
    shown = desk.one(f"customers/{customer}?with=contacts,companies")["_embedded"]
    assert [each["id"] for each in shown["contacts"]] == [contact]
    assert [each["id"] for each in shown["companies"]] == [company]
    for path in (f"contacts/{contact}", f"companies/{company}"):
        assert [each["id"] for each in desk.one(f"{path}?with=customers")["_embedded"]["customers"]] == [
            customer
        ]
        links = desk.listed(f"{path}/links")
        assert [(each["to_entity_type"], each["to_entity_id"]) for each in links] == [("customers", customer)]
    desk.add(f"customers/{customer}/notes", {"note_type": "common", "params": {"text": "Передзвонити"}})
    assert desk.listed("customers/notes")[0]["entity_id"] == customer
    desk.made("tasks", text="Нагадати", complete_till=NOW + 5, entity_id=customer, entity_type="customers")
    assert desk.one(f"customers/{customer}")["closest_task_at"] == NOW + 5
    desk.ask("POST", f"customers/{customer}/unlink", ends, 204)
    assert desk.listed(f"customers/{customer}/links") == []


def test_mode_is_switched(desk: Desk) -> None:
    """FACTS: API-CUSTOMERS-MODE - the account says which, and what is wrong is named."""
    assert desk.one("account")["customers_mode"] == "unavailable"
    mode = {"mode": "segments", "is_enabled": True}
    assert desk.ask("PATCH", "customers/mode", mode).json() == mode
    assert desk.one("account")["customers_mode"] == "segments"
    desk.ask("PATCH", "customers/mode", {"mode": "periodicity", "is_enabled": False})
    assert desk.one("account")["customers_mode"] == "disabled"
    assert desk.refused("PATCH", "customers/mode", {"mode": "odd", "is_enabled": 1}) == [
        ("mode", "NotSupportedChoice"),
        ("is_enabled", "InvalidType"),
    ]
    assert desk.refused("PATCH", "customers/mode", {"note": 1}) == [
        ("mode", "FieldMissing"),
        ("is_enabled", "FieldMissing"),
    ]
    desk.ask("PATCH", "customers/mode", {}, 400)


def test_only_administrators_switch_the_mode(http: httpx.Client) -> None:
    """FACTS: API-CUSTOMERS-MODE - a mere member gets 403."""
    with FakeAmo(AmoSettings(world=two_accounts())) as amo:
        talk = Dialogue(amo, http)
        token = talk.exchange(amo.mint_code(account="guest")).json()["access_token"]
        mode = {"mode": "segments", "is_enabled": True}
        answer = talk.api("/api/v4/customers/mode", token, "PATCH", json=mode)
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")
