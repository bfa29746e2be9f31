"""Incoming leads and talks: what comes in by itself, and how it is decided."""

from typing import Any

import pytest

from tests.http.fake_amo.entities.desk import NOW, Desk

FORM: dict[str, Any] = {
    "source_uid": "form-7",
    "source_name": "Форма на сайті",
    "created_at": NOW - 600,
    "metadata": {
        "form_id": "7",
        "form_name": "Замовлення",
        "form_page": "https://shop.example/",
        "form_sent_at": 1,
    },
    "_embedded": {
        "leads": [{"name": "Замовлення", "price": 900}],
        "contacts": [
            {
                "name": "Ірина",
                "custom_fields_values": [{"field_code": "PHONE", "values": [{"value": "+380"}]}],
            }
        ],
        "companies": [{"name": "Вікна"}],
    },
}
CALL: dict[str, Any] = {
    "source_uid": "call-1",
    "source_name": "Телефонія",
    "metadata": {
        "from": "+380441",
        "phone": "100",
        "called_at": 1,
        "duration": 9,
        "service_code": "x",
        "uniq": "u",
    },
}


def test_form_waits_with_its_lead_and_contact(desk: Desk) -> None:
    """FACTS: API-UNSORTED - the lead in its stage at once, contact and company in no list."""
    people = (desk.ids("contacts"), desk.ids("companies"))
    made = desk.add("leads/unsorted/forms", {**FORM, "request_id": "mine"})[0]
    assert list(made) == ["uid", "account_id", "request_id", "_links", "_embedded"]
    assert made["request_id"] == "mine"
    shown = desk.one(f"leads/unsorted/{made['uid']}")
    assert list(shown) == [
        *("uid", "source_uid", "source_name", "category", "pipeline_id", "created_at", "metadata"),
        *("account_id", "_links", "_embedded"),
    ]
    assert (shown["category"], shown["created_at"], shown["metadata"]) == (
        "forms",
        NOW - 600,
        FORM["metadata"],
    )
    assert shown["_links"]["self"]["href"].endswith(f"/api/v4/leads/unsorted/{made['uid']}")
    lead = desk.one(f"leads/{shown['_embedded']['leads'][0]['id']}?with=contacts")
    statuses = desk.one(f"leads/pipelines/{lead['pipeline_id']}")["_embedded"]["statuses"]
    assert next(each["type"] for each in statuses if each["id"] == lead["status_id"]) == 1
    assert (lead["name"], lead["price"]) == ("Замовлення", 900)
    assert (desk.ids("contacts"), desk.ids("companies")) == people
    contact = desk.one(f"contacts/{shown['_embedded']['contacts'][0]['id']}")
    assert (contact["is_unsorted"], contact["name"]) == (True, "Ірина")


def test_accepted_it_is_a_lead_like_any_other(desk: Desk) -> None:
    """FACTS: API-UNSORTED-DECIDE - in the first stage, its contact in the list, the event told then."""
    made = desk.add("leads/unsorted/forms", FORM)[0]
    lead_id, contact_id = (made["_embedded"][name][0]["id"] for name in ("leads", "contacts"))
    assert "lead_added" not in {each["type"] for each in desk.listed("events")}
    told = desk.ask("POST", f"leads/unsorted/{made['uid']}/accept").json()
    assert list(told) == ["uid", "pipeline_id", "category", "created_at", "_embedded"]
    assert told["_embedded"]["leads"][0]["id"] == lead_id
    lead = desk.one(f"leads/{lead_id}")
    statuses = desk.one(f"leads/pipelines/{lead['pipeline_id']}")["_embedded"]["statuses"]
    assert lead["status_id"] == next(each["id"] for each in statuses if each["type"] == 0)
    assert contact_id in desk.ids("contacts")
    assert desk.one(f"contacts/{contact_id}")["is_unsorted"] is False
    assert {"lead_added", "contact_added", "company_added"} <= {
        each["type"] for each in desk.listed("events")
    }
    assert desk.listed("leads/unsorted") == []
    desk.ask("GET", f"leads/unsorted/{made['uid']}", status=204)
    desk.ask("POST", f"leads/unsorted/{made['uid']}/accept", status=404)


def test_accepted_into_a_stage_by_somebody(desk: Desk) -> None:
    """FACTS: API-UNSORTED-DECIDE - a stage of another pipeline and a stranger are refused."""
    made = desk.add("leads/unsorted/sip", CALL)[0]
    path = f"leads/unsorted/{made['uid']}/accept"
    user = desk.one("account")["current_user_id"]
    assert desk.refused("POST", path, {"status_id": 1, "user_id": 1}) == [
        ("user_id", "NotSupportedChoice"),
        ("status_id", "NotSupportedChoice"),
    ]
    desk.ask("POST", path, {"status_id": 142, "user_id": user})
    lead = desk.one(f"leads/{made['_embedded']['leads'][0]['id']}")
    assert (lead["status_id"], lead["responsible_user_id"], lead["closed_at"]) == (142, user, NOW)


def test_declined_it_is_gone(desk: Desk) -> None:
    """FACTS: API-UNSORTED-DECIDE - with its lead and its contact, told to nobody."""
    made = desk.add("leads/unsorted/forms", FORM)[0]
    ids = {name: made["_embedded"][name][0]["id"] for name in ("leads", "contacts")}
    assert desk.ask("DELETE", f"leads/unsorted/{made['uid']}/decline").json()["uid"] == made["uid"]
    assert ids["leads"] not in desk.ids("leads")
    assert ids["contacts"] not in desk.ids("contacts")
    desk.ask("DELETE", f"leads/unsorted/{made['uid']}/decline", status=404)
    assert desk.listed("events") == []


def test_what_came_by_form_or_call_cannot_be_linked(desk: Desk) -> None:
    """FACTS: API-UNSORTED-DECIDE - as amoCRM says; it goes on waiting."""
    made = desk.add("leads/unsorted/sip", CALL)[0]
    link = {"link": {"entity_id": desk.ids("leads")[0], "entity_type": "leads"}}
    path = f"leads/unsorted/{made['uid']}/link"
    assert desk.refused("POST", path, link) == [("category", "NotSupportedChoice")]
    desk.ask("POST", "leads/unsorted/nobody/link", link, status=404)
    assert [each["uid"] for each in desk.listed("leads/unsorted")] == [made["uid"]]


def test_incoming_is_filtered_ordered_and_counted(desk: Desk) -> None:
    """FACTS: API-UNSORTED - by uid and category; the summary counts what was decided, too."""
    form = desk.add("leads/unsorted/forms", FORM)[0]["uid"]
    call = desk.add("leads/unsorted/sip", CALL)[0]["uid"]
    uids = [each["uid"] for each in desk.listed("leads/unsorted?order[created_at]=desc")]
    assert uids == [call, form]
    assert [each["uid"] for each in desk.listed("leads/unsorted?filter[category][]=sip")] == [call]
    assert [each["uid"] for each in desk.listed(f"leads/unsorted?filter[uid]={form}")] == [form]
    desk.ask("POST", f"leads/unsorted/{form}/accept")
    assert desk.one("leads/unsorted/summary") == {
        "total": 2,
        "accepted": 1,
        "declined": 0,
        "average_sort_time": 600,
        "categories": {
            name: {"total": int(name in {"sip", "forms"})} for name in ("sip", "mail", "forms", "chats")
        },
    }
    assert desk.one(f"leads/unsorted/summary?filter[created_at][from]={NOW}")["total"] == 1


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"source_name": 5}, ("source_name", "InvalidType")),
        ({"source_uid": None}, ("source_uid", "InvalidType")),
        ({"metadata": "x"}, ("metadata", "InvalidType")),
        ({"pipeline_id": 1}, ("pipeline_id", "NotSupportedChoice")),
        ({"_embedded": {"leads": [{"price": "x"}]}}, ("_embedded.leads.0.price", "InvalidType")),
        ({"_embedded": {"contacts": [{"name": 1}]}}, ("_embedded.contacts.0.name", "InvalidType")),
    ],
)
def test_invalid_form_is_refused_by_its_path(
    desk: Desk, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    """FACTS: API-UNSORTED - and nothing of it is left."""
    leads = desk.ids("leads")
    assert wrong in desk.refused("POST", "leads/unsorted/forms", [FORM, {**FORM, **change}])
    assert (desk.listed("leads/unsorted"), desk.ids("leads")) == ([], leads)


def test_what_is_no_form_is_refused(desk: Desk) -> None:
    """FACTS: API-UNSORTED - an empty array, and what is no object."""
    desk.ask("POST", "leads/unsorted/forms", [], 400)
    assert desk.refused("POST", "leads/unsorted/forms", ["form"]) == [("", "InvalidType")]
    made = desk.add("leads/unsorted/sip", CALL)[0]
    path = f"leads/unsorted/{made['uid']}/accept"
    assert desk.refused("POST", path, {"status_id": []}) == [("status_id", "NotSupportedChoice")]


def test_talk_is_shown_and_closed(desk: Desk) -> None:
    """FACTS: API-TALKS - of a contact of the world; closing is 202, one that there is not 404."""
    talk = desk.listed("talks")[0]
    assert list(talk) == [
        *("talk_id", "created_at", "updated_at", "rate", "contact_id", "chat_id", "entity_id", "entity_type"),
        *("is_in_work", "is_read", "origin", "missed_at", "account_id", "_links", "_embedded"),
    ]
    assert talk["_embedded"]["contacts"][0]["id"] == talk["contact_id"]
    path = f"talks/{talk['talk_id']}"
    assert desk.one(path)["is_in_work"] is True
    assert desk.refused("POST", f"{path}/close", {"force_close": "yes"}) == [("force_close", "InvalidType")]
    assert desk.ask("POST", f"{path}/close", {"force_close": True}, 202).content == b""
    assert desk.one(path)["is_in_work"] is False
    assert desk.ask("GET", "talks/9", status=404).json()["status"] == 404
    desk.ask("POST", "talks/9/close", {"force_close": True}, 404)
