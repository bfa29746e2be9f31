"""Loss reasons, sources, telephone calls, short links."""

from typing import Any

from tests.http.fake_amo.entities.desk import NOW, Desk

CALL = {"direction": "inbound", "duration": 60, "source": "ATS", "link": "https://ats.example/1.mp3"}


def test_loss_reasons_are_listed_and_made(desk: Desk) -> None:
    """FACTS: API-LOSS-REASONS - with ids that a lost lead can name."""
    assert [each["name"] for each in desk.listed("leads/loss_reasons")] == [
        "Дорого",
        "Не вийшли на зв'язок",
        "Обрали інших",
    ]
    made = desk.made("leads/loss_reasons", name="Передумали")
    shown = desk.one(f"leads/loss_reasons/{made}")
    assert list(shown) == ["id", "name", "sort", "created_at", "updated_at", "_links"]
    assert (shown["name"], shown["created_at"]) == ("Передумали", NOW)
    desk.ask("PATCH", f"leads/loss_reasons/{made}", {"name": "Зникли"})
    assert desk.one(f"leads/loss_reasons/{made}")["name"] == "Зникли"
    assert desk.refused("POST", "leads/loss_reasons", [{}]) == [("name", "FieldMissing")]
    assert desk.ids("leads/loss_reasons?limit=1&page=4") == [made]


def test_source_has_an_external_id_of_its_own(desk: Desk) -> None:
    """FACTS: API-SOURCES - made, found by it, changed, taken away; nobody else may have it."""
    desk.ask("GET", "sources", status=204)
    made = desk.made("sources", name="Сайт", external_id="site", services=[{"type": "whatsapp"}])
    shown = desk.one(f"sources/{made}")
    assert (shown["external_id"], shown["default"], shown["pipeline_id"]) == ("site", False, None)
    assert shown["services"] == [{"type": "whatsapp"}]
    assert desk.ids("sources?filter[external_id]=site") == [made]
    assert desk.refused("POST", "sources", [{"name": "Інший", "external_id": "site"}]) == [
        ("external_id", "NotUniqueValue")
    ]
    assert desk.refused("POST", "sources", [{"name": "Інший", "external_id": "x", "pipeline_id": 1}]) == [
        ("pipeline_id", "NotSupportedChoice")
    ]
    changed = desk.ask("PATCH", f"sources/{made}", {"name": "Сторінка", "external_id": "site"}).json()
    assert (changed["id"], desk.one(f"sources/{made}")["name"]) == (made, "Сторінка")
    desk.ask("DELETE", f"sources/{made}", status=204)
    assert desk.made("sources", name="Інший", external_id="site") > made


def test_call_is_a_note_on_whoever_has_the_number(desk: Desk) -> None:
    """FACTS: API-CALLS, API-NOTES - however it is written; a number that nobody has is told of."""
    phones = [{"field_code": "PHONE", "values": [{"value": "+38 (050) 111-22-33"}]}]
    contact = desk.made("contacts", name="А", custom_fields_values=phones)
    items = [{**CALL, "phone": "0501112233", "request_id": "mine"}, {**CALL, "phone": "+10000000000"}]
    body = desk.ask("POST", "calls", items).json()
    (made,) = body["_embedded"]["calls"]
    assert (made["entity_id"], made["entity_type"], made["request_id"]) == (contact, "contact", "mine")
    assert [(each["request_id"], each["detail"]) for each in body["errors"]] == [("1", "Entity not found")]
    note = desk.one(f"contacts/{contact}/notes/{made['id']}")
    assert (note["note_type"], note["params"]["duration"]) == ("call_in", 60)
    company = [{**CALL, "direction": "outbound", "phone": "+380441234567"}]
    assert desk.ask("POST", "calls", company).json()["_embedded"]["calls"][0]["entity_type"] == "company"


def test_wrong_call_is_refused(desk: Desk) -> None:
    """FACTS: API-CALLS, API-400-VALIDATION - all that a call must say."""
    missing = [(name, "FieldMissing") for name in ("direction", "duration", "source", "phone")]
    assert desk.refused("POST", "calls", [{}]) == missing
    directions: list[Any] = ["sideways", {}, []]
    wrong = [{**CALL, "phone": "1", "direction": direction} for direction in directions]
    no_choice = ("direction", "NotSupportedChoice")
    assert desk.refused("POST", "calls", [*wrong, 7]) == [*[no_choice] * 3, ("", "InvalidType")]
    desk.ask("POST", "calls", [], 400)
    desk.ask("POST", "calls", [{}] * 251, 422)


def test_short_link_is_made_for_each(desk: Desk) -> None:
    """FACTS: API-SHORT-LINKS - with whom it is for."""
    metadata = {"entity_type": "contacts", "entity_id": 1}
    items = [{"url": "https://app.example/1", "metadata": metadata}, {"url": "https://app.example/2"}]
    first, second = desk.add("short_links", *items)
    assert (first["metadata"], second["metadata"]) == (metadata, None)
    assert first["url"].startswith("https://amo.sh/")
    assert first["url"] != second["url"]
    assert desk.refused("POST", "short_links", [{}]) == [("url", "FieldMissing")]
    desk.ask("POST", "short_links", {}, 400)
    desk.ask("POST", "short_links", [{}] * 251, 422)
