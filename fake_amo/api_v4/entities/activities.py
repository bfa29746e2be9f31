"""Tasks and notes: what is to be done about an entity, and what was said of it.

Owns what is special about the two. Reading and writing are those of every resource.
"""

from dataclasses import replace

from fake_amo.api_v4.entities.cards import MADE, PEOPLE, check_people, made_of
from fake_amo.api_v4.entities.filters import chosen, flagged, spanned
from fake_amo.api_v4.entities.resource import Draft, Key, Resource, account_id, flag, text, whole
from fake_amo.http.messages import is_object
from fake_amo.state.entities import Note, Task

ENTITY_TYPES = ("leads", "contacts", "companies", "customers")
NOTE_TYPES = (
    *("common", "call_in", "call_out", "service_message", "extended_service_message"),
    *("message_cashier", "geolocation", "sms_in", "sms_out", "attachment"),
)
"""What a request may write; others are amoCRM's own."""
_TEXT_NEEDED = frozenset({"common", "service_message", "sms_in", "sms_out", "geolocation"})


def _task_rules(draft: Draft) -> None:
    check_people(draft)
    entity_type, entity_id = draft.now_or("entity_type"), draft.now_or("entity_id")
    if (entity_type is None) != (entity_id is None):
        draft.refuse_missing("entity_id" if entity_id is None else "entity_type")
    elif entity_type is not None:
        table = draft.caller.tables.of_type(entity_type)
        if table is None or table.get(entity_id) is None:
            draft.refuse_choice("entity_type" if table is None else "entity_id")


def _made_task(draft: Draft, task_id: int) -> Task:
    return Task(id=task_id, **made_of(draft, {}))


def _note_rules(draft: Draft) -> None:
    entity_id = draft.now_or("entity_id")
    table = draft.caller.tables.of_type(draft.now_or("entity_type") or "")
    if entity_id is None:
        draft.refuse_missing("entity_id")
    elif table is None or table.get(entity_id) is None:
        draft.refuse_choice("entity_id")
    note_type = draft.now_or("note_type")
    if note_type is not None and note_type not in NOTE_TYPES:
        draft.refuse_choice("note_type")
    given = draft.now_or("params")
    if note_type in _TEXT_NEEDED and is_object(given) and not isinstance(given.get("text"), str):
        draft.refuse_missing("params.text")


def _made_note(draft: Draft, note_id: int) -> Note:
    return Note(id=note_id, **made_of(draft, {}))


TASKS = Resource(
    name="tasks",
    path="tasks",
    step="tasks",
    schema="Task",
    single="task",
    table=lambda caller: caller.tables.tasks,
    keys=(
        whole("id"),
        *MADE,
        *PEOPLE,
        whole("entity_id", written=True, nullable=True),
        Key("entity_type", {"type": ["string", "null"]}, written=True),
        whole("duration", written=True),
        flag("is_completed", written=True),
        whole("task_type_id", written=True),
        text("text", written=True, required=True),
        Key(
            "result", {"type": ["object", "array"]}, lambda _view, task: dict(task.result) or [], written=True
        ),
        whole("complete_till", written=True, required=True),
        account_id(),
    ),
    make=_made_task,
    filters={
        **{name: chosen(name) for name in ("id", "responsible_user_id", "entity_id", "entity_type")},
        "task_type": chosen("task_type_id"),
        "is_completed": flagged("is_completed"),
        "updated_at": spanned("updated_at"),
    },
    orders=("id", "created_at", "complete_till"),
    rules=_task_rules,
)


def notes_of(entity_type: str) -> Resource:
    """Return the notes of one type of entity, as a list of all."""
    return Resource(
        name="notes",
        path=f"{entity_type}/notes",
        own_path=f"{entity_type}/{{entity_id}}/notes",
        step="notes",
        schema="Note",
        single="note",
        table=lambda caller: caller.tables.notes,
        keys=(
            whole("id"),
            whole("entity_id", written=True),
            *MADE,
            *PEOPLE,
            Key("note_type", {"type": "string"}, written=True, required=True),
            Key(
                "params",
                {"type": "object"},
                lambda _view, note: dict(note.params),
                written=True,
                required=True,
            ),
            account_id(),
        ),
        make=_made_note,
        filters={
            **{name: chosen(name) for name in ("id", "entity_id", "note_type")},
            "updated_at": spanned("updated_at"),
        },
        orders=("id", "updated_at"),
        rules=_note_rules,
        scope={"entity_type": entity_type},
        shows_written=("entity_id",),
    )


def notes_on(entity_type: str) -> Resource:
    """Return the notes of one entity, which the path names."""
    return replace(notes_of(entity_type), path=f"{entity_type}/{{entity_id}}/notes")


NOTES = tuple(each for entity_type in ENTITY_TYPES for each in (notes_of(entity_type), notes_on(entity_type)))
