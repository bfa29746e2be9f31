"""Leads over loopback: shape, paging, filters, order, writing."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from fake_amo.state.dataset_file import world_from
from tests.http.fake_amo.dialogue import Dialogue

LEAD_KEYS = [
    *("id", "name", "price", "responsible_user_id", "group_id", "status_id", "pipeline_id", "loss_reason_id"),
    *("created_by", "updated_by", "created_at", "updated_at", "closed_at", "closest_task_at", "is_deleted"),
    *(
        "custom_fields_values",
        "score",
        "account_id",
        "labor_cost",
        "is_price_computed",
        "_links",
        "_embedded",
    ),
]


class Leads:
    """The leads of one fake through one token."""

    def __init__(self, talk: Dialogue) -> None:
        self.talk = talk
        self.token = talk.tokens()["access_token"]

    def ask(self, query: str = "", method: str = "GET", **options: Any) -> httpx.Response:
        """Call /api/v4/leads with a query or path after it."""
        return self.talk.api(f"/api/v4/leads{query}", self.token, method, **options)

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        """Return the leads of a list, none for 204."""
        answer = self.ask(query)
        assert answer.status_code in {200, 204}, answer.text
        leads: list[dict[str, Any]] = answer.json()["_embedded"]["leads"] if answer.content else []
        return leads

    def ids(self, query: str = "") -> list[int]:
        """Return the ids of a list."""
        return [each["id"] for each in self.listed(query)]


@pytest.fixture
def leads(http: httpx.Client) -> Iterator[Leads]:
    """The default world's five leads, without limits on the number of calls."""
    with FakeAmo(AmoSettings(limits=False)) as amo:
        yield Leads(Dialogue(amo, http))


def test_lead_has_every_key_in_order(leads: Leads) -> None:
    """FACTS: API-LEADS-SHAPE - custom fields null or a list, tags and companies always there."""
    first, second, *_ = leads.listed()
    assert list(first) == LEAD_KEYS
    assert first["custom_fields_values"] is None
    (field,) = second["custom_fields_values"]
    assert list(field) == ["field_id", "field_name", "field_code", "field_type", "values", "is_computed"]
    assert set(first["_embedded"]) == {"tags", "companies"}
    assert {each["status_id"] for each in leads.listed()} >= {142}


def test_pages_link_to_their_neighbours(leads: Leads) -> None:
    """FACTS: API-LEADS-PAGING, API-LINKS - next until the last page, prev and first from the second."""
    amo = leads.talk.amo
    first = leads.ask("?limit=2&order[id]=asc").json()
    assert (first["_page"], set(first["_links"])) == (1, {"self", "next"})
    assert "_total_items" not in first
    href = first["_links"]["next"]["href"]
    assert href.startswith(f"{amo.url}/api/v4/leads?")
    second = leads.talk.api(href.removeprefix(amo.url), leads.token).json()
    assert set(second["_links"]) == {"self", "next", "prev", "first"}
    last = leads.talk.api(second["_links"]["next"]["href"].removeprefix(amo.url), leads.token).json()
    assert set(last["_links"]) == {"self", "prev", "first"}
    pages = [page["_embedded"]["leads"] for page in (first, second, last)]
    assert [each["id"] for page in pages for each in page] == leads.ids()
    lead = pages[0][0]
    assert lead["_links"]["self"]["href"] == f"{amo.url}/api/v4/leads/{lead['id']}?page=1&limit=2"


def test_links_carry_the_host_that_was_asked(leads: Leads) -> None:
    """FACTS: API-LINKS - scheme, host and port of the request itself."""
    answer = leads.ask("?limit=1", headers={"host": "testaccount.amocrm.ru:8443"}).json()
    assert answer["_links"]["next"]["href"].startswith("http://testaccount.amocrm.ru:8443/api/v4/leads?")


@pytest.mark.parametrize(
    "query",
    ["?page=0", "?page=x&limit=", "?limit=-1", "?page=99999999999", f"?page={'9' * 5000}"],
    ids=["zero", "no number", "negative", "eleven digits", "5,000 digits"],
)
def test_paging_that_is_no_number_counts_as_not_sent(leads: Leads, query: str) -> None:
    """FACTS: API-LEADS-PAGING - page 1 of 50."""
    body = leads.ask(query).json()
    assert body["_links"]["self"]["href"].endswith("?page=1&limit=50")


def test_order_is_by_id_or_by_time(leads: Leads) -> None:
    """FACTS: API-LEADS-ORDER - each both ways; an unknown one counts as not sent."""
    ids = leads.ids()
    assert ids == sorted(ids)
    assert leads.ids("?order[id]=desc") == ids[::-1]
    assert leads.ids("?order[id]=desc&limit=2&page=2") == ids[::-1][2:4]
    assert leads.ids("?order[id]=desc&limit=2&page=3") == ids[::-1][4:]
    assert leads.ids("?order[created_at]=desc") == ids[::-1]
    by_update = sorted(leads.listed(), key=lambda each: (each["updated_at"], each["id"]))
    assert leads.ids("?order[updated_at]=asc") == [each["id"] for each in by_update]
    assert leads.ids("?order[price]=desc") == ids


def test_filters_leave_what_they_name(leads: Leads) -> None:
    """FACTS: API-LEADS-FILTERS - ids, pipelines, statuses, periods, text; several together narrow."""
    everything = leads.listed()
    first, second, third, *_ = everything
    assert leads.ids(f"?filter[id][]={first['id']}&filter[id][]={third['id']}") == [first["id"], third["id"]]
    assert leads.ids(f"?filter[id][0]={second['id']}") == [second["id"]]
    assert leads.ids(f"?filter[id]={second['id']}") == [second["id"]]
    assert leads.ids(f"?filter[pipeline_id][]={first['pipeline_id']}") == [each["id"] for each in everything]
    assert leads.ids("?filter[pipeline_id][]=1") == []
    won = [each["id"] for each in everything if each["status_id"] == 142]
    statuses = f"filter[statuses][0][pipeline_id]={first['pipeline_id']}&filter[statuses][0][status_id]=142"
    assert leads.ids(f"?{statuses}") == won
    since = f"filter[created_at][from]={second['created_at']}&filter[created_at][to]={third['created_at']}"
    assert leads.ids(f"?{since}") == [second["id"], third["id"]]
    assert leads.ids("?filter[closed_at][from]=1") == won
    assert leads.ids(f"?filter[closed_at][to]={'9' * 5000}") == [each["id"] for each in everything]
    assert leads.ids(f"?query={second['name'].replace('#', '%23').upper()}") == [second["id"]]
    assert leads.ids(f"?{statuses}&filter[id][]={first['id']}") == []
    filtered = leads.ask(f"?{since}&limit=1").json()
    assert "filter%5Bcreated_at%5D%5Bfrom%5D" in filtered["_links"]["next"]["href"]


def test_with_adds_what_it_names(leads: Leads) -> None:
    """FACTS: API-LEADS-WITH - contacts with their main one, and the others."""
    names = "contacts,loss_reason,is_price_modified_by_robot,catalog_elements,source_id,source"
    lead = leads.listed(f"?with={names}&limit=1")[0]
    assert set(lead) - set(LEAD_KEYS) == {"is_price_modified_by_robot", "source_id"}
    embedded = lead["_embedded"]
    assert set(embedded) == {"tags", "companies", "contacts", "loss_reason", "catalog_elements", "source"}
    (contact,) = embedded["contacts"]
    assert (contact["is_main"], set(contact)) == (True, {"id", "is_main", "_links"})


def test_deleted_leads_are_listed_on_request(http: httpx.Client) -> None:
    """FACTS: API-LEADS-WITH - only_deleted gives those and no others."""
    world = world_from(
        {
            "users": [{"login": "a@example.com"}],
            "accounts": [
                {
                    "subdomain": "one",
                    "admins": ["a@example.com"],
                    "leads": [{"id": 1, "name": "живий"}, {"id": 2, "is_deleted": True}],
                }
            ],
            "integrations": [{"name": "One"}],
        }
    )
    with FakeAmo(AmoSettings(world=world)) as amo:
        leads = Leads(Dialogue(amo, http))
        assert leads.ids() == [1]
        assert leads.ids("?with=only_deleted") == [2]


def test_one_lead_by_id(leads: Leads) -> None:
    """FACTS: API-LEAD-ONE - its self link without a page; 204 is in test_api_v4."""
    wanted = leads.ids()[2]
    lead = leads.ask(f"/{wanted}?with=contacts").json()
    assert lead["id"] == wanted
    assert lead["_links"]["self"]["href"] == f"{leads.talk.amo.url}/api/v4/leads/{wanted}"
    assert lead["_embedded"]["contacts"]


def test_leads_are_created(leads: Leads) -> None:
    """FACTS: API-LEADS-CREATE - request_id comes back, left-out values get defaults."""
    field_id = leads.listed()[1]["custom_fields_values"][0]["field_id"]
    answer = leads.ask(
        method="POST",
        json=[
            {
                "name": "Нова угода",
                "price": 500,
                "request_id": "mine",
                "custom_fields_values": [{"field_id": field_id, "values": [{"value": "bing"}]}],
                "_embedded": {"tags": [{"name": "тест"}], "contacts": [{"id": 40000000}]},
            },
            {},
        ],
    )
    assert answer.status_code == 200
    made = answer.json()["_embedded"]["leads"]
    assert [each["request_id"] for each in made] == ["mine", "1"]
    lead = leads.ask(f"/{made[0]['id']}?with=contacts").json()
    assert (lead["name"], lead["price"]) == ("Нова угода", 500)
    assert lead["custom_fields_values"][0]["values"] == [{"value": "bing"}]
    assert lead["_embedded"]["tags"][0]["name"] == "тест"
    assert lead["_embedded"]["contacts"][0]["id"] == 40000000
    assert leads.ids()[-2:] == [each["id"] for each in made]
    leads.talk.amo.reset()
    assert len(Leads(leads.talk).ids()) == 5


def test_leads_are_changed(leads: Leads) -> None:
    """FACTS: API-LEADS-UPDATE - several at once, or the one in the path; updated_at is the clock's."""
    first, second, *_ = leads.ids()
    leads.talk.amo.advance(hours=3)
    answer = leads.ask(method="PATCH", json=[{"id": first, "price": 1}, {"id": second, "name": "інша"}])
    shown = answer.json()["_embedded"]["leads"]
    assert [set(each) for each in shown] == [{"id", "updated_at", "_links"}] * 2
    assert leads.ask(f"/{first}").json()["price"] == 1
    one = leads.ask(f"/{first}", "PATCH", json={"status_id": 143, "closed_at": None})
    assert one.status_code == 200
    assert one.json()["id"] == first
    assert leads.ask(f"/{first}").json()["status_id"] == 143
    assert leads.ids("?order[updated_at]=desc")[:2] == [second, first]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b"[", b"7", b"[" * 100_000, b"9" * 5_000],
    ids=["nothing", "no leads", "no list", "null", "broken", "number", "deep", "long number"],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_empty_request_is_400(leads: Leads, method: str, body: bytes) -> None:
    """FACTS: API-400-EMPTY - for what holds no entity."""
    answer = leads.ask(method=method, content=body)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Request data can not be empty")


def test_entities_that_are_no_objects_are_refused(leads: Leads) -> None:
    """FACTS: API-400-VALIDATION - each by its place; and a change of one lead needs something to change."""
    body = leads.ask(method="POST", json=["угода", {}, 7]).json()
    assert [each["request_id"] for each in body["validation-errors"]] == ["0", "2"]
    assert leads.ask(f"/{leads.ids()[0]}", "PATCH", json={}).status_code == 400


def test_account_can_be_given_other_leads(leads: Leads) -> None:
    """As many as a test wants, also none, until the reset."""
    leads.talk.amo.set_leads(120)
    assert len(leads.ids("?limit=250")) == 120
    leads.talk.amo.set_leads(0)
    assert leads.ask().status_code == 204


def test_too_many_entities_are_422(leads: Leads) -> None:
    """FACTS: API-422 - 250 in one request at most."""
    assert leads.ask(method="POST", json=[{}] * 251).status_code == 422


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "field",
        {"custom_fields_values": [{"field_id": 1}]},
        "NotSupportedChoice",
        "custom_fields_values.0.field_id",
    ),
    (
        "values",
        {"custom_fields_values": [{"field_id": 700001}]},
        "FieldMissing",
        "custom_fields_values.0.values",
    ),
    ("fields", {"custom_fields_values": 3}, "InvalidType", "custom_fields_values"),
    ("status", {"status_id": 1}, "NotSupportedChoice", "status_id"),
    ("pipeline", {"pipeline_id": 1}, "NotSupportedChoice", "pipeline_id"),
    ("price", {"price": "many"}, "InvalidType", "price"),
    ("name", {"name": 7}, "InvalidType", "name"),
    ("embedded", {"_embedded": 7}, "InvalidType", "_embedded"),
]


@pytest.mark.parametrize(("lead", "code", "path"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_invalid_lead_is_400_and_nothing_is_written(
    leads: Leads, lead: dict[str, Any], code: str, path: str
) -> None:
    """FACTS: API-400-VALIDATION - errors by request id first, and all or nothing."""
    answer = leads.ask(method="POST", json=[{"name": "добра"}, lead])
    body = answer.json()
    assert answer.status_code == 400
    assert list(body) == ["validation-errors", "title", "type", "status", "detail"]
    (refused,) = body["validation-errors"]
    assert (refused["request_id"], refused["errors"][0]["code"]) == ("1", code)
    assert refused["errors"][0]["path"] == path
    assert len(leads.ids()) == 5
    first = leads.ids()[0]
    assert leads.ask(f"/{first}", "PATCH", json=lead).status_code == 400
    assert leads.ask(method="PATCH", json=[lead | {"id": first}]).status_code == 400


@pytest.mark.parametrize("lead_id", [1, None, "x", True])
def test_change_of_a_lead_that_is_not_there_is_400(leads: Leads, lead_id: object) -> None:
    """FACTS: API-400-VALIDATION - the id is a field like any other."""
    answer = leads.ask(method="PATCH", json=[{"id": lead_id, "name": "x"}])
    assert answer.json()["validation-errors"][0]["errors"][0]["path"] == "id"


def test_large_world_pages_to_its_end(http: httpx.Client) -> None:
    """10,000 leads in 40 pages, each once."""
    with FakeAmo(AmoSettings(world="large", limits=False)) as amo:
        leads = Leads(Dialogue(amo, http))
        seen: list[int] = []
        href: str | None = "/api/v4/leads?limit=250"
        while href:
            body = leads.talk.api(href, leads.token).json()
            seen += [each["id"] for each in body["_embedded"]["leads"]]
            href = body["_links"].get("next", {}).get("href", "").removeprefix(amo.url)
    assert len(seen) == len(set(seen)) == 10_000
