"""filter[…] of lists: every one that is modelled narrows, every other is refused by its name."""

import pytest

from tests.http.fake_amo.entities.desk import NOW, Desk

CITY, KIND, AREA, MEETING = 700_003, 700_005, 700_009, 700_011


def test_name_and_price_narrow(desk: Desk) -> None:
    """FACTS: API-LEADS-FILTERS - by the name, by one price, by a span of prices."""
    cheap, dear = desk.made("leads", name="Дім", price=1), desk.made("leads", name="Сад", price=900_000)
    assert desk.ids("leads?filter[name]=Дім") == [cheap]
    assert desk.ids("leads?filter[name][]=Дім&filter[name][]=Сад") == [cheap, dear]
    assert desk.ids("leads?filter[price]=1") == [cheap]
    assert desk.ids("leads?filter[price][from]=800000") == [dear]
    assert desk.ids("leads?filter[price][from]=1&filter[price][to]=2") == [cheap]
    assert desk.ids("leads?filter[name]=Дім&filter[price]=900000") == []


def test_people_and_times_narrow(desk: Desk) -> None:
    """FACTS: API-LEADS-FILTERS - of leads, contacts and companies alike; a time alone is the earliest."""
    for path in ("leads", "contacts", "companies"):
        made = desk.made(path, name="Новий")
        user = desk.one(f"{path}/{made}")["responsible_user_id"]
        assert desk.ids(f"{path}?filter[created_at]={NOW}") == [made]
        assert desk.ids(f"{path}?filter[updated_at][from]={NOW}&filter[responsible_user_id]={user}") == [made]
        assert desk.ids(f"{path}?filter[created_at][from]={NOW + 1}") == []
        assert made in desk.ids(f"{path}?filter[created_by][]={user}&limit=250")
        assert desk.ids(f"{path}?filter[updated_by]=1") == []


def test_closest_task_narrows(desk: Desk) -> None:
    """FACTS: API-LEADS-FILTERS, API-TASKS - the earliest open task; without one a lead is left out."""
    first, second, *_ = desk.ids("leads")
    for lead, due in ((first, NOW + 500), (first, NOW + 100), (second, NOW + 900)):
        desk.made("tasks", text="Дзвінок", complete_till=due, entity_id=lead, entity_type="leads")
    assert desk.one(f"leads/{first}")["closest_task_at"] == NOW + 100
    assert desk.ids(f"leads?filter[closest_task_at][from]={NOW}&filter[closest_task_at][to]={NOW + 200}") == [
        first
    ]
    assert desk.ids(f"leads?filter[closest_task_at][from]={NOW}") == [first, second]


def test_custom_fields_narrow(desk: Desk) -> None:
    """FACTS: API-LEADS-FILTERS, API-CUSTOM-VALUES - by text, choice, number and date."""
    fields = [
        {"field_id": CITY, "values": [{"value": "Київ"}]},
        {"field_id": KIND, "values": [{"enum_id": 710_003}]},
        {"field_id": AREA, "values": [{"value": 42}]},
        {"field_id": MEETING, "values": [{"value": NOW}]},
    ]
    lead = desk.made("leads", custom_fields_values=fields)
    desk.made("leads", custom_fields_values=[{"field_id": CITY, "values": [{"value": "Львів"}]}])
    name = "filter[custom_fields_values]"
    assert desk.ids(f"leads?{name}[{CITY}][]=київ") == [lead]
    assert desk.ids(f"leads?{name}[{KIND}][]=710003") == [lead]
    assert desk.ids(f"leads?{name}[{KIND}]=Постійний") == [lead]
    assert desk.ids(f"leads?{name}[{AREA}][from]=40&{name}[{AREA}][to]=43") == [lead]
    assert desk.ids(f"leads?{name}[{AREA}][from]=43") == []
    assert desk.ids(f"leads?{name}[{MEETING}][from]={NOW}") == [lead]
    assert desk.ids(f"leads?{name}[{CITY}][]=Київ&{name}[{AREA}]=1") == []
    assert desk.ids("leads?query=київ") == [lead]


@pytest.mark.parametrize(
    "query",
    [
        "filter[colour]=red",
        "filter[price][about]=1",
        "filter[id][x]=1",
        "filter[statuses]=142",
        "filter[statuses][0][name]=x",
        "filter[custom_fields_values][1][]=x",
        "filter[custom_fields_values]=x",
        "filter=x",
        "filter[id",
    ],
)
def test_filter_that_is_not_modelled_is_refused_by_its_name(careless: Desk, query: str) -> None:
    """FACTS: API-FILTER-UNKNOWN - never every lead; and it is noted."""
    name = query.partition("=")[0]
    body = careless.ask("GET", f"leads?{query}", status=400).json()
    assert body["detail"] == f"Filter is not supported: {name}"
    assert [each.path for each in careless.amo.unmodelled()] == [f"/api/v4/leads?{name}"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "contacts",
            "companies",
            "customers",
            "catalogs",
            "talks",
            "leads/unsorted",
            "leads/unsorted/summary",
        ),
        *("tasks", "leads/notes", "events", "events/types", "leads/custom_fields", "leads/tags", "sources"),
        *("leads/pipelines", "users", "roles", "webhooks", "leads/loss_reasons"),
    ],
)
def test_every_list_refuses_what_it_does_not_know(careless: Desk, path: str) -> None:
    """FACTS: API-FILTER-UNKNOWN - leads are not the only ones."""
    detail = careless.ask("GET", f"{path}?filter[colour]=red", status=400).json()["detail"]
    assert detail == "Filter is not supported: filter[colour]"
