"""Talks: the conversations that an account's contacts have with it in chats.

Owns their keys and their end (FACTS: API-TALKS). The API begins none: the fake's are of the world.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import chosen
from fake_amo.api_v4.entities.resource import (
    Draft,
    Key,
    Resource,
    View,
    account_id,
    constant,
    flag,
    text,
    whole,
)
from fake_amo.api_v4.gate.calls import Caller, authorised
from fake_amo.http.messages import Call, Reply, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import Talk

_MAYBE_INT: dict[str, Any] = {"type": ["integer", "null"]}
ACCEPTED = 202


def _chat_id(view: View, talk: Talk) -> str:
    """Return a UUID-shaped name that follows from the account and the talk."""
    return f"{view.caller.account.id:08x}-0000-4000-8000-{talk.id:012x}"


def _never(_draft: Draft, _talk_id: int) -> Talk:
    raise AssertionError("a talk is begun in a chat, not by the API")


def _embedded(view: View, talk: Talk) -> dict[str, Any]:
    leads = [] if talk.lead_id is None else [view.reference("leads", talk.lead_id)]
    return {"contacts": [view.reference("contacts", talk.contact_id)], "leads": leads, "customers": []}


TALKS = Resource(
    name="talks",
    path="talks",
    step="",
    schema="Talk",
    table=lambda caller: caller.tables.talks,
    keys=(
        Key("talk_id", {"type": "integer"}, lambda _view, talk: talk.id),
        whole("created_at"),
        whole("updated_at"),
        constant("rate", 0),
        whole("contact_id"),
        Key("chat_id", {"type": "string"}, _chat_id),
        Key("entity_id", _MAYBE_INT, lambda _view, talk: talk.lead_id),
        Key(
            "entity_type",
            {"type": ["string", "null"]},
            lambda _view, talk: None if talk.lead_id is None else "lead",
        ),
        flag("is_in_work"),
        flag("is_read"),
        text("origin"),
        constant("missed_at", None),
        account_id(),
    ),
    make=_never,
    filters={"id": chosen("id")},
    embedded=_embedded,
    methods=frozenset({"GET"}),
    missing=True,
)


@authorised
def close_talk(site: Site, call: Call, caller: Caller) -> Reply:
    """End a talk: 202 without a body. `force_close` left out, a bot would ask first; here it ends as well."""
    talk = caller.tables.talks.get(int(call.parts[0]))
    if talk is None:
        return api_problem("not_found", site.profile)
    force = call.json.get("force_close") if is_object(call.json) else None
    if force is not None and not isinstance(force, bool):
        draft = Draft(caller, 0, "0")
        draft.refuse_type("force_close", "bool")
        return validation_problem([draft.as_problem()])
    caller.tables.talks.change(talk, is_in_work=False, is_read=True, updated_at=int(site.clock.now()))
    return Reply(ACCEPTED)
