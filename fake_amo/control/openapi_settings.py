"""The part of the OpenAPI document about what describes an account: users, pipelines, webhooks, events.

Owns those schemas and paths. Must not describe entities.
"""

from fake_amo.api_v4.account import ACCOUNT_WITH
from fake_amo.api_v4.settings.users import USER_WITH
from fake_amo.control.openapi_parts import (
    ADMINS,
    EMPTY,
    FLAG,
    INT,
    INVALID,
    LINKS,
    LIST,
    PAGING,
    TEXT,
    Schema,
    answer,
    api,
    array,
    counted,
    in_path,
    listed,
    obj,
    one,
    paged,
    query,
    ref,
    refusal,
    some,
    word_in_path,
)


def setting_schemas() -> dict[str, Schema]:
    """Return the shapes."""
    return {
        "Account": _account(),
        "AccountUser": obj(
            {"id": INT, "name": TEXT, "email": TEXT, "lang": TEXT, "rights": {"type": "object"}}
        ),
        "AccountUsers": paged("users", "AccountUser"),
        "Status": obj({"id": INT, "name": TEXT, "sort": INT, "pipeline_id": INT, "type": INT}),
        "Statuses": counted("statuses", ref("Status")),
        "Pipeline": obj(
            {
                "id": INT,
                "name": TEXT,
                "sort": INT,
                "is_main": FLAG,
                "is_unsorted_on": FLAG,
                "is_archive": FLAG,
                "account_id": INT,
                "_links": LINKS,
                "_embedded": obj({"statuses": array(ref("Status"))}),
            }
        ),
        "Pipelines": counted("pipelines", ref("Pipeline")),
        "PipelineInput": {"type": "object", "properties": {"name": TEXT, "sort": INT, "is_main": FLAG}},
        "StatusInput": {"type": "object", "properties": {"name": TEXT, "sort": INT, "color": TEXT}},
        "Webhook": obj({"id": INT, "destination": TEXT, "settings": array(TEXT), "disabled": FLAG}),
        "Webhooks": counted("webhooks", ref("Webhook")),
        "WebhookInput": {
            "type": "object",
            "properties": {"destination": TEXT, "settings": array({"enum": ["add_lead", "status_lead"]})},
        },
        "Event": obj({"id": TEXT, "type": TEXT, "entity_id": INT, "entity_type": TEXT, "created_at": INT}),
        "Events": paged("events", "Event"),
        "EventTypes": counted("events_types", obj({"key": TEXT, "type": INT, "lang": TEXT})),
        "Calls": obj({"_total_items": INT, "errors": LIST, "_embedded": obj({"calls": LIST})}),
        "CallInput": {
            "type": "object",
            "properties": {
                "direction": {"enum": ["inbound", "outbound"]},
                **dict.fromkeys(("source", "phone"), TEXT),
                "duration": INT,
            },
        },
        "ShortLinks": obj({"_links": LINKS, "_embedded": obj({"short_links": LIST})}),
        "ShortLinkInput": {"type": "object", "properties": {"url": TEXT}},
    }


def setting_paths() -> dict[str, dict[str, Schema]]:
    """Return the paths."""
    asked = query("with", TEXT, f"Comma-separated: {', '.join(ACCOUNT_WITH)}")
    of_user = query("with", TEXT, f"Comma-separated: {', '.join(USER_WITH)}")
    return {
        "/api/v4/account": {"get": api({"200": answer("Account")}, [asked])},
        "/api/v4/users": {"get": api({**listed("AccountUsers"), **ADMINS}, [*PAGING, of_user])},
        "/api/v4/users/{id}": {"get": api({**one("AccountUser"), **ADMINS}, [in_path(), of_user])},
        "/api/v4/webhooks": _webhooks(),
        "/api/v4/events": {"get": api(listed("Events"), PAGING)},
        "/api/v4/events/types": {"get": api({"200": answer("EventTypes")}, [])},
        "/api/v4/events/{event}": {"get": api(one("Event"), [word_in_path("event")])},
        "/api/v4/calls": {"post": api({"200": answer("Calls"), **INVALID}, [], some(ref("CallInput")))},
        "/api/v4/short_links": {
            "post": api({"200": answer("ShortLinks"), **INVALID}, [], some(ref("ShortLinkInput")))
        },
        **_pipelines(),
    }


def _webhooks() -> dict[str, Schema]:
    body = ref("WebhookInput")
    return {
        "get": api({**one("Webhooks"), **ADMINS}, [query("filter[destination]", TEXT)]),
        "post": api({"201": answer("Webhook"), "400": INVALID["400"], **ADMINS}, [], body),
        "delete": api({"204": EMPTY, "400": INVALID["400"], **ADMINS}, [], body),
    }


def _pipelines() -> dict[str, dict[str, Schema]]:
    whole = "/api/v4/leads/pipelines"
    statuses, status = f"{whole}/{{id}}/statuses", f"{whole}/{{pipeline_id}}/statuses/{{id}}"
    both = [in_path("pipeline_id"), in_path()]
    changed = {"400": INVALID["400"]}
    gone = {"204": EMPTY, "400": refusal("It is in use, or amoCRM's own")}
    return {
        whole: {
            "get": api(one("Pipelines"), []),
            "post": api({"200": answer("Pipelines"), **INVALID}, [], some(ref("PipelineInput"))),
        },
        f"{whole}/{{id}}": {
            "get": api(one("Pipeline"), [in_path()]),
            "patch": api({**one("Pipeline"), **changed}, [in_path()], ref("PipelineInput")),
            "delete": api(gone, [in_path()]),
        },
        statuses: {
            "get": api(one("Statuses"), [in_path()]),
            "post": api({**one("Statuses"), **INVALID}, [in_path()], some(ref("StatusInput"))),
        },
        status: {
            "get": api(one("Status"), both),
            "patch": api({**one("Status"), **changed}, both, ref("StatusInput")),
            "delete": api(gone, both),
        },
    }


def _account() -> Schema:
    numbers = ("id", "created_at", "created_by", "updated_at", "updated_by", "current_user_id")
    texts = ("name", "subdomain", "country", "currency", "currency_symbol")
    flags = ("is_unsorted_on", "is_loss_reason_enabled", "is_helpbot_enabled", "is_technical_account")
    return obj(
        {
            **dict.fromkeys((*numbers, "mobile_feature_version"), INT),
            **dict.fromkeys(texts, TEXT),
            **dict.fromkeys(flags, FLAG),
            "customers_mode": {"enum": ["unavailable", "disabled", "segments", "dynamic", "periodicity"]},
            "contact_name_display_order": {"enum": [1, 2]},
            "_links": LINKS,
        }
    )
