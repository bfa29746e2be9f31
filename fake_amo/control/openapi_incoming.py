"""The part of the OpenAPI document about what comes in: the decisions on incoming leads, the end of a talk.

Owns those paths and the customers' mode. Must not describe entities.
"""

from fake_amo.control.openapi_parts import (
    ADMINS,
    FLAG,
    INT,
    INVALID,
    TEXT,
    Schema,
    answer,
    api,
    array,
    in_path,
    obj,
    query,
    ref,
    refusal,
    some,
    word_in_path,
)


def incoming_schemas() -> dict[str, Schema]:
    """Return the shapes."""
    received = obj({"uid": TEXT, "account_id": INT, "request_id": TEXT})
    optional = {"type": "object", "properties": {"user_id": INT, "status_id": INT}}
    counts = ("total", "accepted", "declined", "average_sort_time")
    mode = {"mode": {"enum": ["segments", "periodicity"]}, "is_enabled": FLAG}
    return {
        "Received": obj({"_total_items": INT, "_embedded": obj({"unsorted": array(received)})}),
        "Decided": obj({"uid": TEXT, "pipeline_id": INT, "category": TEXT, "created_at": INT}),
        "DecisionInput": optional,
        "UnsortedSummary": obj({**dict.fromkeys(counts, INT), "categories": {"type": "object"}}),
        "TalkEndInput": {"type": "object", "properties": {"force_close": FLAG}},
        "CustomersMode": obj(mode),
        "CustomersModeInput": {"type": "object", "properties": mode},
    }


def incoming_paths() -> dict[str, dict[str, Schema]]:
    """Return the paths."""
    whole, this = "/api/v4/leads/unsorted", [word_in_path("unsorted")]
    received = {"200": answer("Received"), **INVALID}
    decided = {"200": answer("Decided"), "400": INVALID["400"], "404": refusal("It does not wait")}
    body = some(ref("UnsortedInput"))
    filters = [query("filter[uid]", TEXT), query("filter[pipeline_id]", INT)]
    counted = {"200": answer("UnsortedSummary"), "400": refusal("A filter that is not modelled")}
    ended = {"202": {"description": "It ends"}, "400": INVALID["400"], "404": refusal("No such talk")}
    mode = {"200": answer("CustomersMode"), "400": INVALID["400"], **ADMINS}
    return {
        f"{whole}/forms": {"post": api(received, [], body)},
        f"{whole}/sip": {"post": api(received, [], body)},
        f"{whole}/{{unsorted}}/accept": {"post": api(decided, this, ref("DecisionInput"))},
        f"{whole}/{{unsorted}}/link": {"post": api(decided, this, ref("DecisionInput"))},
        f"{whole}/{{unsorted}}/decline": {"delete": api(decided, this, ref("DecisionInput"))},
        f"{whole}/summary": {"get": api(counted, filters)},
        "/api/v4/talks/{id}/close": {"post": api(ended, [in_path()], ref("TalkEndInput"))},
        "/api/v4/customers/mode": {"patch": api(mode, [], ref("CustomersModeInput"))},
    }
