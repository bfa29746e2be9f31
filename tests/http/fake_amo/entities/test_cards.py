"""Contacts, companies and leads as integrations write them: values, tags, links, stages."""

import pytest

from tests.http.fake_amo.entities.desk import NOW, Desk

CARDS = ["leads", "contacts", "companies"]


@pytest.mark.parametrize("path", CARDS)
def test_entity_is_created_changed_and_shown(desk: Desk, path: str) -> None:
    """FACTS: API-LEADS-CREATE, API-CONTACTS-WRITE, API-COMPANIES - several, or the one in the path."""
    made = desk.add(path, {"name": "Перша", "request_id": "a"}, {"name": "Друга"})
    assert [each["request_id"] for each in made] == ["a", "1"]
    assert set(made[0]) == {"id", "request_id", "_links"}
    first, second = (each["id"] for each in made)
    entity = desk.one(f"{path}/{first}")
    assert (entity["name"], entity["created_at"], entity["updated_at"]) == ("Перша", NOW, NOW)
    assert entity["_links"]["self"]["href"] == f"{desk.amo.url}/api/v4/{path}/{first}"
    desk.amo.advance(minutes=1)
    changed = desk.ask("PATCH", path, [{"id": first, "name": "А"}, {"id": second, "name": "Б"}]).json()
    shown = changed["_embedded"][path]
    assert [set(each) for each in shown] == [{"id", "updated_at", "_links"}] * 2
    assert desk.ask("PATCH", f"{path}/{first}", {"name": "В"}).json()["updated_at"] == NOW + 60
    assert [desk.one(f"{path}/{each}")["name"] for each in (first, second)] == ["В", "Б"]


@pytest.mark.parametrize("path", CARDS)
def test_wrong_entity_is_refused_and_nothing_written(desk: Desk, path: str) -> None:
    """FACTS: API-400-VALIDATION, API-RESPONSIBLE - all or nothing, for every resource."""
    before = desk.ids(path)
    assert desk.refused("POST", path, [{"name": "добра"}, {"name": 7}]) == [("name", "InvalidType")]
    assert desk.refused("POST", path, [{"responsible_user_id": 1}]) == [
        ("responsible_user_id", "NotSupportedChoice")
    ]
    assert desk.refused("PATCH", path, [{"id": 1, "name": "x"}]) == [("id", "NotSupportedChoice")]
    assert desk.refused("PATCH", f"{path}/1", {"name": "x"}) == [("id", "NotSupportedChoice")]
    desk.ask("POST", path, [], 400)
    desk.ask("POST", path, [{}] * 251, 422)
    assert desk.ids(path) == before


def test_contacts_name_follows_from_its_parts(desk: Desk) -> None:
    """FACTS: API-CONTACTS-WRITE - unless it is given itself."""
    contact = desk.made("contacts", first_name="Ірина", last_name="Коваль")
    shown = desk.one(f"contacts/{contact}")
    assert [shown[each] for each in ("name", "first_name", "last_name")] == [
        "Ірина Коваль",
        "Ірина",
        "Коваль",
    ]
    desk.ask("PATCH", f"contacts/{contact}", {"last_name": "Бондар"})
    assert desk.one(f"contacts/{contact}")["name"] == "Ірина Бондар"
    desk.ask("PATCH", f"contacts/{contact}", {"name": "І. Б."})
    assert desk.one(f"contacts/{contact}")["name"] == "І. Б."
    named = desk.one(f"contacts/{desk.made('contacts', name='Олег Лис')}")
    assert (named["name"], named["first_name"]) == ("Олег Лис", "")


def test_company_has_its_keys_in_order(desk: Desk) -> None:
    """FACTS: API-COMPANIES - a list with paging, and one by id with what `with=` adds."""
    (company,) = desk.listed("companies")
    assert list(company) == [
        *("id", "name", "responsible_user_id", "group_id", "created_by", "updated_by", "created_at"),
        *("updated_at", "closest_task_at", "is_deleted", "custom_fields_values", "account_id", "_links"),
        "_embedded",
    ]
    assert company["_links"]["self"]["href"].endswith(f"/companies/{company['id']}?page=1&limit=50")
    lead = desk.made("leads", _embedded={"companies": [{"id": company["id"]}]})
    shown = desk.one(f"companies/{company['id']}?with=leads,contacts")
    assert [each["id"] for each in shown["_embedded"]["leads"]] == [lead]
    assert shown["_embedded"]["contacts"] == []
    desk.ask("GET", "companies/1", status=204)
    desk.ask("GET", "companies?page=9", status=204)


def test_lead_is_linked_at_its_creation(desk: Desk) -> None:
    """FACTS: API-LEADS-CREATE - contacts, the main one first, and the company."""
    company = desk.made("companies", name="ТОВ")
    one, other = desk.made("contacts", name="А"), desk.made("contacts", name="Б")
    contacts = [{"id": one}, {"id": other, "is_main": True}]
    lead = desk.made("leads", _embedded={"contacts": contacts, "companies": [{"id": company}]})
    embedded = desk.one(f"leads/{lead}?with=contacts")["_embedded"]
    assert [(each["id"], each["is_main"]) for each in embedded["contacts"]] == [(other, True), (one, False)]
    assert [each["id"] for each in embedded["companies"]] == [company]
    contact = desk.made("contacts", name="В", _embedded={"companies": [{"id": company}]})
    assert [each["id"] for each in desk.one(f"contacts/{contact}")["_embedded"]["companies"]] == [company]


@pytest.mark.parametrize("name", ["contacts", "companies"])
def test_link_to_what_is_not_there_is_refused(desk: Desk, name: str) -> None:
    """FACTS: API-400-VALIDATION - by its place."""
    body = [{"_embedded": {name: [{"id": 1}]}}]
    assert desk.refused("POST", "leads", body) == [(f"_embedded.{name}.0.id", "NotSupportedChoice")]
    assert desk.refused("POST", "leads", [{"_embedded": {name: 7}}]) == [(f"_embedded.{name}", "InvalidType")]


def test_tag_has_one_id_everywhere(desk: Desk) -> None:
    """FACTS: API-TAGS - the same name the same id, another name another, in every entity of a type."""
    first, second = desk.add(
        "leads",
        {"_embedded": {"tags": [{"name": "гаряча"}, {"name": "сайт"}]}},
        {"_embedded": {"tags": [{"name": "гаряча"}]}},
    )
    tags = desk.one(f"leads/{first['id']}")["_embedded"]["tags"]
    assert desk.one(f"leads/{second['id']}")["_embedded"]["tags"] == tags[:1]
    listed = {each["name"]: each["id"] for each in desk.listed("leads/tags")}
    assert listed["гаряча"] == tags[0]["id"] != tags[1]["id"] == listed["сайт"]
    assert len(set(listed.values())) == len(listed)
    (made,) = desk.add("leads/tags", {"name": "сайт", "request_id": "r"})
    assert (made["id"], made["request_id"]) == (listed["сайт"], "r")
    assert desk.ids("leads/tags?query=гаря") == [tags[0]["id"]]
    assert desk.ids(f"leads/tags?filter[id][]={listed['сайт']}") == [listed["сайт"]]
    assert desk.ids("leads/tags?filter[name]=гаряча") == [tags[0]["id"]]
    assert desk.refused("POST", "leads/tags", [{}]) == [("name", "FieldMissing")]


@pytest.mark.parametrize("path", CARDS)
def test_tags_are_replaced_added_and_taken_away(desk: Desk, path: str) -> None:
    """FACTS: API-TAGS - `_embedded.tags` replaces, the other two change what is there."""
    entity = desk.made(path, name="x", _embedded={"tags": [{"name": "один"}]}, tags_to_add=[{"name": "два"}])

    def names() -> list[str]:
        return [each["name"] for each in desk.one(f"{path}/{entity}")["_embedded"]["tags"]]

    assert names() == ["один", "два"]
    desk.ask(
        "PATCH", f"{path}/{entity}", {"tags_to_add": [{"name": "три"}], "tags_to_delete": [{"name": "один"}]}
    )
    assert names() == ["два", "три"]
    tag_id = desk.one(f"{path}/{entity}")["_embedded"]["tags"][0]["id"]
    desk.ask("PATCH", f"{path}/{entity}", {"tags_to_delete": [{"id": tag_id}]})
    assert names() == ["три"]
    desk.ask("PATCH", f"{path}/{entity}", {"_embedded": {"tags": [{"id": tag_id}]}})
    assert names() == ["два"]
    desk.ask("PATCH", f"{path}/{entity}", {"name": "y"})
    assert names() == ["два"]
    desk.ask("PATCH", f"{path}/{entity}", {"_embedded": {"tags": []}})
    assert names() == []


WRONG_TAGS: list[tuple[object, str, str]] = [
    ([{"id": 1}], ".0.id", "NotSupportedChoice"),
    ([{}], ".0.name", "FieldMissing"),
    (7, "", "InvalidType"),
]


@pytest.mark.parametrize(("tags", "path", "code"), WRONG_TAGS, ids=[row[2] for row in WRONG_TAGS])
def test_wrong_tag_is_refused_and_none_is_made(desk: Desk, tags: object, path: str, code: str) -> None:
    """FACTS: API-TAGS, API-400-VALIDATION - also those of the same request that were right."""
    before = desk.ids("leads/tags")
    body = [{"tags_to_add": [{"name": "нова"}]}, {"tags_to_add": tags}]
    assert desk.refused("POST", "leads", body) == [(f"tags_to_add{path}", code)]
    assert desk.ids("leads/tags") == before


def test_lead_that_is_won_or_lost_is_closed(desk: Desk) -> None:
    """FACTS: API-CLOSED-AT - by its status, on creation and on change; open again, it is not."""
    made = desk.made("leads", status_id=143)
    assert desk.one(f"leads/{made}")["closed_at"] == NOW
    lead = desk.made("leads")
    assert desk.one(f"leads/{lead}")["closed_at"] is None
    open_status = desk.one(f"leads/{lead}")["status_id"]
    desk.amo.advance(minutes=1)
    desk.ask("PATCH", f"leads/{lead}", {"status_id": 143, "loss_reason_id": 4_000_001})
    assert desk.one(f"leads/{lead}")["closed_at"] == NOW + 60
    desk.ask("PATCH", f"leads/{lead}", {"name": "x"})
    assert desk.one(f"leads/{lead}")["closed_at"] == NOW + 60
    desk.ask("PATCH", f"leads/{lead}", {"status_id": open_status})
    shown = desk.one(f"leads/{lead}")
    assert (shown["closed_at"], shown["loss_reason_id"]) == (None, None)
    desk.ask("PATCH", f"leads/{lead}", {"status_id": 142, "closed_at": 5})
    assert desk.one(f"leads/{lead}")["closed_at"] == 5
