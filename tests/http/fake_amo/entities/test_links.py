"""Links between entities, and a lead with its contact and company in one request."""

import pytest

from tests.http.fake_amo.entities.desk import Desk, Entity


def links_of(desk: Desk, path: str) -> list[tuple[str, int]]:
    """Return type and id of everything an entity is linked with."""
    return [(each["to_entity_type"], each["to_entity_id"]) for each in desk.listed(f"{path}/links")]


def to(entity_type: str, entity_id: int) -> list[Entity]:
    """Return the body that names one entity to link with."""
    return [{"to_entity_type": entity_type, "to_entity_id": entity_id}]


PAIRS = [
    ("leads", "contacts"),
    ("contacts", "leads"),
    ("leads", "companies"),
    ("companies", "leads"),
    ("contacts", "companies"),
    ("companies", "contacts"),
]


@pytest.mark.parametrize(("one_type", "other_type"), PAIRS, ids=[" to ".join(pair) for pair in PAIRS])
def test_link_is_both_ends(desk: Desk, one_type: str, other_type: str) -> None:
    """FACTS: API-LINKING - whichever end it was made from, and it is taken away from either."""
    one, other = desk.made(one_type, name="А"), desk.made(other_type, name="Б")
    assert links_of(desk, f"{one_type}/{one}") == []
    (made,) = desk.add(f"{one_type}/{one}/link", *to(other_type, other))
    assert (made["entity_id"], made["to_entity_id"]) == (one, other)
    desk.ask("POST", f"{one_type}/{one}/link", to(other_type, other))
    assert links_of(desk, f"{one_type}/{one}") == [(other_type, other)]
    assert links_of(desk, f"{other_type}/{other}") == [(one_type, one)]
    desk.ask("POST", f"{other_type}/{other}/unlink", to(one_type, one), 204)
    assert links_of(desk, f"{one_type}/{one}") == []


def test_first_contact_of_a_lead_stays_the_main_one(desk: Desk) -> None:
    """FACTS: API-LINKING - others come after it."""
    lead = desk.made("leads")
    contacts = [desk.made("contacts", name=name) for name in ("А", "Б")]
    desk.ask("POST", f"leads/{lead}/link", [*to("contacts", contacts[0]), *to("contacts", contacts[1])])
    shown = desk.listed(f"leads/{lead}/links")
    assert [(each["to_entity_id"], each["metadata"]) for each in shown] == [
        (contacts[0], {"main_contact": True}),
        (contacts[1], {"main_contact": False}),
    ]


def test_contact_can_be_made_the_main_one(desk: Desk) -> None:
    """FACTS: API-LINKING - by `is_main`, also one that is linked already; links are found by their end."""
    lead, company = desk.made("leads"), desk.ids("companies")[0]
    contacts = [desk.made("contacts", name=name) for name in ("А", "Б")]
    both = [*to("contacts", contacts[0]), *to("contacts", contacts[1]), *to("companies", company)]
    desk.ask("POST", f"leads/{lead}/link", both)
    main = [{**to("contacts", contacts[1])[0], "metadata": {"is_main": True}}]
    (made,) = desk.add(f"leads/{lead}/link", *main)
    assert made["metadata"] == {"is_main": True}
    shown = desk.listed(f"leads/{lead}/links?filter[to_entity_type]=contacts")
    assert [each["to_entity_id"] for each in shown] == contacts[::-1]
    (found,) = desk.listed(f"leads/{lead}/links?filter[to_entity_id]={company}")
    assert found["to_entity_type"] == "companies"


def test_several_are_linked_and_listed_at_once(desk: Desk) -> None:
    """FACTS: API-LINKING - each named by its `entity_id`; what nobody asks about is not listed."""
    first, second, third = (desk.made("leads") for _ in range(3))
    contact, company = desk.made("contacts", name="А"), desk.made("companies", name="Б")
    links = [
        {"entity_id": first, **to("contacts", contact)[0]},
        {"entity_id": second, **to("companies", company)[0]},
        {"entity_id": third, **to("companies", company)[0]},
    ]
    made = desk.ask("POST", "leads/link", links).json()
    assert made["_links"]["self"]["href"] == f"{desk.amo.url}/api/v4/leads/links"
    assert [each["entity_id"] for each in made["_embedded"]["links"]] == [first, second, third]
    both = f"leads/links?filter[entity_id][]={first}&filter[entity_id][]={second}"
    assert [(each["entity_id"], each["to_entity_id"]) for each in desk.listed(both)] == [
        (first, contact),
        (second, company),
    ]
    assert [each["entity_id"] for each in desk.listed(f"{both}&filter[to_entity_type]=companies")] == [second]
    desk.ask("POST", "leads/unlink", links, 204)
    assert desk.listed(f"{both}&filter[entity_id][]={third}") == []
    assert desk.listed("leads/links") == []
    no_choice = [("entity_id", "NotSupportedChoice")]
    assert desk.refused("POST", "leads/link", to("contacts", contact)) == no_choice


def test_wrong_link_is_refused(desk: Desk) -> None:
    """FACTS: API-LINKING, API-400-VALIDATION - what is not there, and what cannot be joined."""
    lead, other = desk.ids("leads")[:2]
    path = f"leads/{lead}/link"
    assert desk.refused("POST", path, to("contacts", 1)) == [("to_entity_id", "NotSupportedChoice")]
    assert desk.refused("POST", path, to("moons", 1)) == [("to_entity_id", "NotSupportedChoice")]
    assert desk.refused("POST", path, to("leads", other)) == [("to_entity_type", "NotSupportedChoice")]
    assert desk.refused("POST", path, ["x"]) == [("to_entity_id", "NotSupportedChoice")]
    desk.ask("POST", path, [], 400)
    desk.ask("GET", "leads/1/links", status=204)


def test_complex_lead_comes_with_its_contact_and_company(desk: Desk) -> None:
    """FACTS: API-LEADS-COMPLEX - a plain array, everything linked with everything."""
    phone = {"field_code": "PHONE", "values": [{"value": "+380501112233"}]}
    person = {"first_name": "Ірина", "custom_fields_values": [phone]}
    body = [
        {
            "name": "Заявка",
            "price": 100,
            "request_id": "mine",
            "_embedded": {"contacts": [person], "companies": [{"name": "ТОВ"}], "tags": [{"name": "сайт"}]},
        },
        {"name": "Гола"},
    ]
    first, second = desk.ask("POST", "leads/complex", body).json()
    assert set(first) == {"id", "contact_id", "company_id", "request_id", "merged"}
    assert (first["request_id"], first["merged"]) == (["mine"], False)
    assert (second["contact_id"], second["company_id"]) == (None, None)
    lead = desk.one(f"leads/{first['id']}?with=contacts")
    assert [each["id"] for each in lead["_embedded"]["contacts"]] == [first["contact_id"]]
    assert lead["_embedded"]["tags"][0]["name"] == "сайт"
    contact = desk.one(f"contacts/{first['contact_id']}")
    assert [each["id"] for each in contact["_embedded"]["companies"]] == [first["company_id"]]
    assert desk.one(f"companies/{first['company_id']}")["name"] == "ТОВ"
    again = [{"_embedded": {"contacts": [{"id": first["contact_id"]}]}}]
    assert desk.ask("POST", "leads/complex", again).json()[0]["contact_id"] == first["contact_id"]


def test_wrong_complex_lead_leaves_nothing_behind(desk: Desk) -> None:
    """FACTS: API-LEADS-COMPLEX, API-400-VALIDATION - neither the lead nor the contact that was right."""
    before = [desk.ids(path) for path in ("leads", "contacts", "companies")]
    body = [{"_embedded": {"contacts": [{"name": "добра"}], "companies": [{"name": 7}]}}]
    assert desk.refused("POST", "leads/complex", body) == [("_embedded.companies.0.name", "InvalidType")]
    unknown = [{"_embedded": {"contacts": [{"id": 1}]}}]
    assert desk.refused("POST", "leads/complex", unknown) == [
        ("_embedded.contacts.0.id", "NotSupportedChoice")
    ]
    assert desk.refused("POST", "leads/complex", ["x"]) == [("", "InvalidType")]
    desk.ask("POST", "leads/complex", [{}] * 51, 422)
    desk.ask("POST", "leads/complex", {}, 400)
    assert [desk.ids(path) for path in ("leads", "contacts", "companies")] == before
