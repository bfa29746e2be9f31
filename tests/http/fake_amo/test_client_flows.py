"""What public clients send that hard-code amoCRM's hosts, request by request.

amochka 0.7, kommo-python 0.1.2 and amocrm-sdk 0.4 take no address but an https one of amoCRM's own, so no
test can point them at the fake; behind a hosts entry the first two run against it as they are.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue

HOST = {"host": "testaccount.amocrm.ru"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def strict(http: httpx.Client) -> Iterator[Dialogue]:
    """A fake in which a call that is not modelled fails the test."""
    with FakeAmo(AmoSettings(limits=False)) as amo:
        yield Dialogue(amo, http)


def answered(talk: Dialogue, method: str, path: str, **options: Any) -> Any:
    """Ask the account's host as these clients do, and return the body, None for 204."""
    headers = HOST | options.pop("headers", {})
    answer = talk.http.request(method, talk.amo.url + path, headers=headers, **options)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def test_kommo_python(strict: Dialogue) -> None:
    """FACTS: TOKEN-BASIC, TOKEN-BODIES, API-DOUBLE-SLASH - JSON that is called a form, after two slashes."""
    amo = strict.amo
    basic = base64.b64encode(f"{amo.client_id}:{amo.client_secret}".encode()).decode()
    fields = {**strict.credentials(), "grant_type": "authorization_code", "code": amo.mint_code()}
    headers = FORM | {"authorization": f"Basic {basic}"}
    tokens = answered(strict, "POST", "//oauth2/access_token", data=fields, headers=headers)
    bearer = FORM | {"authorization": f"Bearer {tokens['access_token']}"}
    for path in (
        "account",
        "companies",
        "contacts",
        "leads",
        "leads/custom_fields",
        "companies/custom_fields",
    ):
        assert answered(strict, "GET", f"//api/v4/{path}", headers=bearer)
    for path in ("tasks", "webhooks"):
        assert answered(strict, "GET", f"//api/v4/{path}", headers=bearer) is None
    phone = {"field_code": "PHONE", "values": [{"value": "+380501112233"}]}
    made = {
        "companies": {"name": "ТОВ", "custom_fields_values": [phone]},
        "contacts": {"first_name": "Олег", "custom_fields_values": [phone]},
        "leads": {"name": "Заявка"},
        "tasks": {"text": "Дзвінок", "complete_till": 1_800_000_000},
    }
    for path, item in made.items():
        body = answered(strict, "POST", f"/api/v4/{path}", content=json.dumps([item]), headers=bearer)
        assert body["_embedded"][path][0]["id"]
    hook = {"destination": "https://app.example/hook", "settings": ["add_lead"], "sort": 10}
    assert answered(strict, "POST", "//api/v4/webhooks", content=json.dumps(hook), headers=bearer)["id"]


def test_amochka(strict: Dialogue) -> None:
    """FACTS: API-LEADS-FILTERS, API-TAGS, API-LINKING, API-NOTES, API-EVENTS - as an ETL reads and writes."""
    tokens = strict.tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}

    def ask(method: str, path: str, **options: Any) -> Any:
        return answered(strict, method, f"/api/v4/{path}", headers=bearer, **options)

    assert ask("GET", "account", params={"with": "task_types,users_groups"})["_embedded"]["task_types"]
    since = {"page": 1, "limit": 250, "filter[updated_at][from]": 1, "filter[updated_at][to]": 2_000_000_000}
    for path, name in (("leads", "leads"), ("contacts", "contacts")):
        assert len(ask("GET", path, params=since)["_embedded"][name]) == 5
    assert ask("GET", "users", params={"limit": 250, "page": 1})["_page_count"] == 1
    assert ask("GET", "leads/pipelines", params={"limit": 250, "page": 1})["_embedded"]["pipelines"]
    (lead,) = ask("POST", "leads", json=[{"name": "x", "price": 5}])["_embedded"]["leads"]
    change = {"name": "y", "price": 7, "tags_to_add": [{"name": "q"}], "tags_to_delete": [{"name": "a"}]}
    ask("PATCH", f"leads/{lead['id']}", json=change)
    (contact,) = ask("POST", "contacts", json=[{"name": "К"}])["_embedded"]["contacts"]
    link = [{"to_entity_id": contact["id"], "to_entity_type": "contacts", "metadata": {"is_main": True}}]
    ask("POST", f"leads/{lead['id']}/link", json=link)
    assert ask("GET", f"leads/{lead['id']}/links")["_embedded"]["links"][0]["to_entity_id"] == contact["id"]
    note = [{"note_type": "common", "params": {"text": "так"}, "entity_id": lead["id"]}]
    ask("POST", "leads/notes", json=note)
    assert ask("GET", "leads/notes", params={"limit": 250, "page": 1, "filter[entity_id][]": lead["id"]})
    assert ask("GET", "events", params={"limit": 100, "page": 1, "filter[type]": "lead_added"})
    fields = ask("GET", "leads/custom_fields", params={"limit": 250, "page": 1})
    assert fields["_total_items"] == len(fields["_embedded"]["custom_fields"])


def test_amocrm_sdk_refreshes_at_the_common_host(strict: Dialogue) -> None:
    """FACTS: TOKEN-HOST - and is told where to go."""
    refused = strict.refresh(strict.tokens()["refresh_token"], {"host": "www.amocrm.ru"})
    assert (refused.status_code, refused.json()["hint"]) == (400, "Send request to account")
