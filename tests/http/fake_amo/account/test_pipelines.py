"""Pipelines and statuses as they are written."""

import pytest

from tests.http.fake_amo.entities.desk import Desk, Entity


def main_pipeline(desk: Desk) -> Entity:
    """Return the account's first pipeline."""
    return desk.listed("leads/pipelines")[0]


def test_pipeline_is_made_with_its_statuses(desk: Desk) -> None:
    """FACTS: API-PIPELINES-WRITE - the unsorted one, won and lost come by themselves."""
    statuses = [{"name": "Новий", "sort": 20, "color": "#fffeb2"}, {"id": 142, "name": "Так"}]
    (made,) = desk.add("leads/pipelines", {"name": "Друга", "sort": 2, "_embedded": {"statuses": statuses}})
    assert (made["name"], made["is_main"], made["request_id"]) == ("Друга", False, "0")
    shown = made["_embedded"]["statuses"]
    assert [each["name"] for each in shown][1] == "Новий"
    assert [each["type"] for each in shown] == [1, 0, 0, 0]
    assert [each["id"] for each in shown][-2:] == [142, 143]
    assert len(desk.ids("leads/pipelines")) == 2
    lead = desk.made("leads", pipeline_id=made["id"])
    assert desk.one(f"leads/{lead}")["status_id"] == shown[1]["id"]


def test_pipeline_is_changed_and_taken_away(desk: Desk) -> None:
    """FACTS: API-PIPELINES-WRITE - one main pipeline; one with leads, or the last one, stays."""
    first = main_pipeline(desk)
    second = desk.made("leads/pipelines", name="Друга")
    changed = desk.ask("PATCH", f"leads/pipelines/{second}", {"name": "Інша", "is_main": True}).json()
    assert (changed["name"], changed["is_main"]) == ("Інша", True)
    assert [each["is_main"] for each in desk.listed("leads/pipelines")] == [False, True]
    desk.ask("DELETE", f"leads/pipelines/{first['id']}", status=400)
    desk.ask("DELETE", f"leads/pipelines/{second}", status=204)
    assert desk.ids("leads/pipelines") == [first["id"]]
    desk.ask("DELETE", f"leads/pipelines/{first['id']}", status=400)
    desk.ask("DELETE", f"leads/pipelines/{second}", status=204)
    desk.ask("PATCH", f"leads/pipelines/{second}", {"name": "x"}, 204)


def test_status_is_made_changed_and_taken_away(desk: Desk) -> None:
    """FACTS: API-PIPELINES-WRITE - in the order of `sort`; amoCRM's own and those with leads stay."""
    pipeline = main_pipeline(desk)
    path = f"leads/pipelines/{pipeline['id']}/statuses"
    (made,) = desk.add(path, {"name": "Очікує", "sort": 25, "request_id": "mine"})
    assert (made["request_id"], made["pipeline_id"]) == ("mine", pipeline["id"])
    assert [each["sort"] for each in desk.listed(path)] == [10, 20, 25, 30, 40, 50, 10000, 11000]
    assert desk.one(f"{path}/{made['id']}")["name"] == "Очікує"
    desk.ask("PATCH", f"{path}/{made['id']}", {"name": "Чекає", "sort": 60})
    assert [each["name"] for each in desk.listed(path)][5] == "Чекає"
    lead = desk.made("leads", status_id=made["id"])
    desk.ask("DELETE", f"{path}/{made['id']}", status=400)
    desk.ask("PATCH", f"leads/{lead}", {"status_id": 142})
    desk.ask("DELETE", f"{path}/{made['id']}", status=204)
    desk.ask("GET", f"{path}/{made['id']}", status=204)
    desk.ask("DELETE", f"{path}/142", status=400)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_status_of_what_is_not_there_is_204(desk: Desk, method: str) -> None:
    """FACTS: API-EMPTY-204 - whatever is asked of it."""
    body = [{"name": "x"}] if method == "POST" else {"name": "x"} if method == "PATCH" else None
    path = "leads/pipelines/1/statuses" + ("/2" if method in {"PATCH", "DELETE"} else "")
    desk.ask(method, path, body, 204)


def test_wrong_pipeline_or_status_is_refused(desk: Desk) -> None:
    """FACTS: API-PIPELINES-WRITE, API-400-VALIDATION - and nothing is made."""
    path = f"leads/pipelines/{main_pipeline(desk)['id']}"
    assert desk.refused("POST", "leads/pipelines", [{}, "x"]) == [
        ("name", "FieldMissing"),
        ("", "InvalidType"),
    ]
    wrong: list[Entity] = [{"name": "x", "_embedded": {"statuses": [{}, 7]}}]
    assert desk.refused("POST", "leads/pipelines", wrong)[0] == ("_embedded.statuses.0.name", "FieldMissing")
    assert desk.refused("PATCH", path, {"sort": "first"}) == [("sort", "InvalidType")]
    assert desk.refused("POST", f"{path}/statuses", [{"name": True}]) == [("name", "InvalidType")]
    assert desk.refused("POST", f"{path}/statuses", [{}]) == [("name", "FieldMissing")]
    for where in ("leads/pipelines", f"{path}/statuses"):
        desk.ask("POST", where, [], 400)
        desk.ask("POST", where, [{"name": "x"}] * 101, 422)
    desk.ask("POST", "leads/pipelines", [{"name": "x"}] * 50, 422)
    desk.ask("PATCH", path, {}, 400)
    assert len(desk.ids("leads/pipelines")) == 1
