"""Tasks and notes."""

import pytest

from tests.http.fake_amo.entities.desk import NOW, Desk, Entity


def test_task_is_made_done_and_found(desk: Desk) -> None:
    """FACTS: API-TASKS - keys in order, a result that is empty until there is one, filters."""
    lead = desk.ids("leads")[0]
    about = {"entity_id": lead, "entity_type": "leads"}
    task = desk.made("tasks", text="Дзвінок", complete_till=NOW + 60, **about)
    free = desk.made("tasks", text="Прибрати", complete_till=NOW + 30, task_type_id=2)
    shown = desk.one(f"tasks/{task}")
    assert list(shown) == [
        *("id", "created_by", "updated_by", "created_at", "updated_at", "responsible_user_id", "group_id"),
        *("entity_id", "entity_type", "duration", "is_completed", "task_type_id", "text", "result"),
        *("complete_till", "account_id", "_links"),
    ]
    assert (shown["result"], shown["is_completed"], shown["task_type_id"]) == ([], False, 1)
    desk.ask("PATCH", f"tasks/{task}", {"is_completed": True, "result": {"text": "домовились"}})
    assert desk.one(f"tasks/{task}")["result"] == {"text": "домовились"}
    assert desk.listed("tasks")[0]["_links"]["self"]["href"].endswith(f"/api/v4/tasks/{task}")
    assert desk.ids("tasks?filter[is_completed]=1") == [task]
    assert desk.ids("tasks?filter[is_completed]=0") == [free]
    assert desk.ids(f"tasks?filter[entity_type]=leads&filter[entity_id]={lead}") == [task]
    assert desk.ids("tasks?filter[task_type]=2") == [free]
    assert desk.ids("tasks?order[complete_till]=asc") == [free, task]
    desk.ask("GET", "tasks/1", status=204)


def test_whole_number_may_come_as_a_float(desk: Desk) -> None:
    """FACTS: API-NUMBERS - and is kept as a whole number; a fraction is none."""
    body = b'[{"text": "x", "complete_till": 1795000000.0}]'
    made = desk.talk.api("/api/v4/tasks", desk.token, "POST", content=body).json()
    task = desk.one(f"tasks/{made['_embedded']['tasks'][0]['id']}")
    assert repr(task["complete_till"]) == "1795000000"
    assert desk.refused("POST", "tasks", [{"text": "x", "complete_till": 1.5}]) == [
        ("complete_till", "InvalidType")
    ]


def test_account_without_tasks_answers_204(desk: Desk) -> None:
    """FACTS: API-TASKS, API-EMPTY-204 - as every new account does."""
    desk.ask("GET", "tasks", status=204)


WRONG_TASKS: list[tuple[Entity, list[tuple[str, str]]]] = [
    ({}, [("text", "FieldMissing"), ("complete_till", "FieldMissing")]),
    ({"text": 1, "complete_till": "x"}, [("text", "InvalidType"), ("complete_till", "InvalidType")]),
    ({"text": "x", "complete_till": 1, "entity_id": 1}, [("entity_type", "FieldMissing")]),
    ({"text": "x", "complete_till": 1, "entity_type": "leads"}, [("entity_id", "FieldMissing")]),
    (
        {"text": "x", "complete_till": 1, "entity_type": "leads", "entity_id": 1},
        [("entity_id", "NotSupportedChoice")],
    ),
    (
        {"text": "x", "complete_till": 1, "entity_type": "moons", "entity_id": 1},
        [("entity_type", "NotSupportedChoice")],
    ),
]


@pytest.mark.parametrize(("task", "mistakes"), WRONG_TASKS, ids=[str(row[1]) for row in WRONG_TASKS])
def test_wrong_task_is_refused(desk: Desk, task: Entity, mistakes: list[tuple[str, str]]) -> None:
    """FACTS: API-TASKS, API-400-VALIDATION - a text and a time, and an entity that is there or none."""
    assert desk.refused("POST", "tasks", [task]) == mistakes


@pytest.mark.parametrize("entity_type", ["leads", "contacts", "companies"])
def test_note_is_on_its_entity(desk: Desk, entity_type: str) -> None:
    """FACTS: API-NOTES - written and read by the entity in the path, or by that in the note."""
    first, second = desk.made(entity_type, name="А"), desk.made(entity_type, name="Б")
    text = {"note_type": "common", "params": {"text": "перша"}}
    (made,) = desk.add(f"{entity_type}/{first}/notes", {**text, "request_id": "r"})
    assert (made["entity_id"], made["request_id"]) == (first, "r")
    other = desk.made(f"{entity_type}/notes", entity_id=second, **text)
    shown = desk.one(f"{entity_type}/{first}/notes/{made['id']}")
    assert list(shown) == [
        *("id", "entity_id", "created_by", "updated_by", "created_at", "updated_at"),
        *("responsible_user_id", "group_id", "note_type", "params", "account_id", "_links"),
    ]
    assert shown["_links"]["self"]["href"].endswith(f"/{entity_type}/{first}/notes/{made['id']}")
    in_list = desk.listed(f"{entity_type}/notes")[0]
    assert in_list["_links"] == shown["_links"]
    assert desk.ids(f"{entity_type}/{first}/notes") == [made["id"]]
    assert desk.ids(f"{entity_type}/notes") == [made["id"], other]
    assert desk.ids(f"{entity_type}/notes?filter[entity_id]={second}") == [other]
    assert desk.ids(f"{entity_type}/notes?filter[note_type]=call_in") == []
    desk.ask("GET", f"{entity_type}/{second}/notes/{made['id']}", status=204)
    elsewhere = "contacts" if entity_type == "leads" else "leads"
    desk.ask("GET", f"{elsewhere}/notes/{made['id']}", status=204)
    desk.ask("PATCH", f"{entity_type}/{first}/notes/{made['id']}", {"params": {"text": "інша"}})
    assert desk.one(f"{entity_type}/notes/{made['id']}")["params"] == {"text": "інша"}


WRONG_NOTES: list[tuple[Entity, list[tuple[str, str]]]] = [
    ({}, [("note_type", "FieldMissing"), ("params", "FieldMissing")]),
    ({"note_type": "shout", "params": {"text": "x"}}, [("note_type", "NotSupportedChoice")]),
    ({"note_type": "common", "params": {}}, [("params.text", "FieldMissing")]),
    ({"note_type": "common", "params": 7}, [("params", "InvalidType")]),
]


@pytest.mark.parametrize(("note", "mistakes"), WRONG_NOTES, ids=[str(row[1]) for row in WRONG_NOTES])
def test_wrong_note_is_refused(desk: Desk, note: Entity, mistakes: list[tuple[str, str]]) -> None:
    """FACTS: API-NOTES, API-400-VALIDATION - a type that there is, and the text that most of them need."""
    assert desk.refused("POST", f"leads/{desk.ids('leads')[0]}/notes", [note]) == mistakes


def test_note_on_nothing_is_refused(desk: Desk) -> None:
    """FACTS: API-NOTES, API-400-VALIDATION - in the path or in the note."""
    note = {"note_type": "common", "params": {"text": "x"}}
    assert desk.refused("POST", "leads/1/notes", [note]) == [("entity_id", "NotSupportedChoice")]
    assert desk.refused("POST", "leads/notes", [note]) == [("entity_id", "FieldMissing")]
