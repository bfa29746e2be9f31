"""What a write sets off: webhooks to whoever subscribed, and lines in the list of events."""

import time
from urllib.parse import parse_qsl

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.state.dataset_file import world_from
from tests.browser.processes import wait_for
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.entities.desk import NOW, Desk
from tests.http.fake_amo.receiver import receiving

URL = "https://app.example/hook"


def test_webhook_is_subscribed_listed_and_taken_away(desk: Desk) -> None:
    """FACTS: API-WEBHOOKS - 201 with the subscription; once more replaces it; the list says how many."""
    body = {"destination": URL, "settings": ["add_lead", "add_lead", "status_lead"]}
    made = desk.ask("POST", "webhooks", body, 201).json()
    assert list(made) == [
        *("id", "destination", "created_at", "updated_at", "account_id", "created_by", "sort", "disabled"),
        "settings",
    ]
    assert (made["settings"], made["disabled"], made["created_at"]) == (
        ["add_lead", "status_lead"],
        False,
        NOW,
    )
    again = desk.ask("POST", "webhooks", {"destination": URL, "settings": ["update_contact"]}, 201).json()
    assert (again["id"], again["settings"]) == (made["id"], ["update_contact"])
    desk.ask("POST", "webhooks", {"destination": f"{URL}/2", "settings": ["add_task"]}, 201)
    assert desk.ask("GET", "webhooks").json()["_total_items"] == 2
    assert desk.ids(f"webhooks?filter[destination]={URL}") == [made["id"]]
    desk.ask("DELETE", "webhooks", {"destination": URL}, 204)
    desk.ask("DELETE", "webhooks", {"destination": URL}, 204)
    desk.ask("GET", f"webhooks?filter[destination]={URL}", status=204)
    desk.ask("DELETE", "webhooks", {}, 400)


WRONG: list[tuple[object, list[tuple[str, str]]]] = [
    ({"settings": ["add_lead"]}, [("destination", "FieldMissing")]),
    ({"destination": URL}, [("settings", "FieldMissing")]),
    ({"destination": 7, "settings": 7}, [("destination", "InvalidType"), ("settings", "InvalidType")]),
    ({"destination": "here", "settings": ["add_lead"]}, [("destination", "InvalidUrl")]),
    ({"destination": "http://[::1/x", "settings": ["add_lead"]}, [("destination", "InvalidUrl")]),
    ({"destination": URL, "settings": ["add_lead", "add_moon"]}, [("settings.1", "NotSupportedChoice")]),
]


@pytest.mark.parametrize(("body", "mistakes"), WRONG, ids=[str(row[0]) for row in WRONG])
def test_wrong_subscription_is_refused(desk: Desk, body: object, mistakes: list[tuple[str, str]]) -> None:
    """FACTS: API-WEBHOOKS, API-400-VALIDATION - by its path."""
    assert desk.refused("POST", "webhooks", body) == mistakes
    desk.ask("POST", "webhooks", {}, 400)


def test_subscriber_is_told_of_changes_as_a_form(desk: Desk) -> None:
    """FACTS: HOOK-SUBSCRIBED, HOOK-FORM - what it asked for and nothing else, and nobody waits for it."""
    with receiving() as backend:
        settings = ["add_lead", "status_lead", "note_lead", "update_contact", "add_task"]
        desk.ask("POST", "webhooks", {"destination": f"{backend.url}/hook", "settings": settings}, 201)
        lead = desk.made("leads", name="Нова")
        desk.ask("PATCH", f"leads/{lead}", {"name": "інша"})
        desk.ask("PATCH", f"leads/{lead}", {"status_id": 142})
        desk.made(f"leads/{lead}/notes", note_type="common", params={"text": "так"})
        contact = desk.ids("contacts")[0]
        desk.ask("PATCH", f"contacts/{contact}", {"name": "Олег"})
        desk.made("tasks", text="Дзвінок", complete_till=NOW)
        assert wait_for(lambda: len(backend.received) == 5)
        forms = [dict(parse_qsl(body.decode())) for _, _, _, body in backend.received]
        senders = {headers["user-agent"] for _, _, headers, _ in backend.received}
    assert senders == {"amoCRM-Webhooks/3.0"}
    by_first = {next(iter(each)): each for each in forms}
    added = by_first["leads[add][0][id]"]
    assert (added["leads[add][0][name]"], added["account[subdomain]"]) == ("Нова", "testaccount")
    moved = by_first["leads[status][0][id]"]
    assert moved["leads[status][0][status_id]"] == "142"
    assert moved["leads[status][0][old_status_id]"] == added["leads[add][0][status_id]"]
    note = by_first["leads[note][0][note][id]"]
    shown = [note[f"leads[note][0][note][{each}]"] for each in ("note_type", "element_type", "element_id")]
    assert (shown, note["leads[note][0][note][text]"]) == (["4", "2", str(lead)], "так")
    person = by_first["contacts[update][0][id]"]
    assert person["contacts[update][0][type]"] == "contact"
    assert person["contacts[update][0][custom_fields][0][code]"] == "PHONE"
    assert person["contacts[update][0][custom_fields][0][values][0][value]"].startswith("+38050")
    task = by_first["task[add][0][id]"]
    assert (task["task[add][0][text]"], task["task[add][0][status]"]) == ("Дзвінок", "0")
    assert "task[add][0][element_id]" not in task


def test_form_says_who_was_responsible_before(http: httpx.Client) -> None:
    """FACTS: HOOK-FORM - where somebody else becomes it."""
    people = ["one@example.com", "other@example.com"]
    world = world_from(
        {
            "users": [{"login": each} for each in people],
            "accounts": [{"subdomain": "acme", "admins": people}],
            "integrations": [{"name": "Acme"}],
        }
    )
    with receiving() as backend, FakeAmo(AmoSettings(world=world, limits=False)) as amo:
        desk = Desk(Dialogue(amo, http))
        body = {"destination": f"{backend.url}/hook", "settings": ["responsible_lead"]}
        desk.ask("POST", "webhooks", body, 201)
        one, other = desk.ids("users")
        desk.ask("PATCH", f"leads/{desk.ids('leads')[0]}", {"responsible_user_id": other})
        assert wait_for(lambda: len(backend.received) == 1)
    form = dict(parse_qsl(backend.received[0][3].decode()))
    names = ("old_responsible_user_id", "responsible_user_id")
    assert [form[f"leads[responsible][0][{each}]"] for each in names] == [str(one), str(other)]


def test_form_has_tags_and_fields_by_their_place(desk: Desk) -> None:
    """FACTS: HOOK-FORM - of a lead and of a company, which is a contact of its own type."""
    with receiving() as backend:
        settings = ["add_company", "add_lead"]
        desk.ask("POST", "webhooks", {"destination": f"{backend.url}/hook", "settings": settings}, 201)
        desk.made("companies", name="ТОВ", custom_fields_values=[])
        interests = {"field_code": "INTERESTS", "values": [{"value": "Вікна"}, {"value": "Двері"}]}
        desk.made("leads", _embedded={"tags": [{"name": "сайт"}]}, custom_fields_values=[interests])
        assert wait_for(lambda: len(backend.received) == 2)
    forms = [dict(parse_qsl(body.decode())) for _, _, _, body in backend.received]
    company, lead = sorted(forms, key=lambda each: "contacts[add][0][id]" not in each)
    assert company["contacts[add][0][type]"] == "company"
    assert lead["leads[add][0][tags][0][name]"] == "сайт"
    values = [lead[f"leads[add][0][custom_fields][0][values][{place}][value]"] for place in (0, 1)]
    assert (values, lead["leads[add][0][custom_fields][0][values][1][enum]"]) == (
        ["Вікна", "Двері"],
        "710013",
    )


def test_subscriber_elsewhere_is_not_called(desk: Desk, events: list[AmoEvent]) -> None:
    """FACTS: HOOK-SUBSCRIBED - what a backend is built for is not this machine's to call; it is told so."""
    desk.ask("POST", "webhooks", {"destination": URL, "settings": ["add_lead"]}, 201)
    began = time.monotonic()
    desk.made("leads")
    (told,) = [each.data for each in events if each.kind == "hook_sent"]
    assert told["error"] == "not sent: app.example is neither this machine nor the redirect URI's host"
    assert time.monotonic() - began < 20


def test_events_say_what_happened_newest_first(desk: Desk) -> None:
    """FACTS: API-EVENTS - what was added, and what changed from what to what."""
    desk.ask("GET", "events", status=204)
    lead = desk.made("leads", price=1)
    first = desk.one(f"leads/{lead}")["status_id"]
    desk.ask("PATCH", f"leads/{lead}", {"status_id": 142, "price": 2, "name": "Сад"})
    task = desk.made("tasks", text="x", complete_till=NOW)
    desk.ask("PATCH", f"tasks/{task}", {"is_completed": True})
    desk.made(f"leads/{lead}/notes", note_type="common", params={"text": "так"})
    shown = desk.listed("events")
    assert [each["type"] for each in shown] == [
        *("common_note_added", "task_completed", "task_added", "name_field_changed", "sale_field_changed"),
        *("lead_status_changed", "lead_added"),
    ]
    assert desk.one(f"events/{shown[0]['id']}") == shown[0]
    desk.ask("GET", "events/nothing", status=204)
    types = {each["key"] for each in desk.listed("events/types")}
    assert {each["type"] for each in shown} <= types
    changed = shown[5]
    assert changed["value_before"][0]["lead_status"]["id"] == first
    assert changed["value_after"][0]["lead_status"]["id"] == 142
    assert changed["_embedded"]["entity"]["_links"]["self"]["href"].endswith(f"/leads/{lead}")
    assert [each["type"] for each in desk.listed("events?filter[type]=lead_added")] == ["lead_added"]
    assert len(desk.listed("events?filter[entity]=task")) == 2
    assert len(desk.listed("events?limit=2&page=2")) == 2
    assert desk.ask("GET", "events?limit=101", status=422).json()["detail"] == "Limit 100 per page"
