"""Users of an account, its roles, and the lists that it has nothing in."""

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.entities.desk import Desk, Entity
from tests.http.fake_amo.worlds import two_accounts


def test_users_have_their_rights(desk: Desk) -> None:
    """FACTS: API-USERS - a list, and one by id; what `with=` adds."""
    (user,) = desk.listed("users")
    assert list(user) == ["id", "name", "email", "lang", "rights", "_links"]
    assert (user["email"], user["lang"]) == ("owner@example.com", "ru")
    counted = desk.one("users")
    assert [counted[each] for each in ("_total_items", "_page", "_page_count")] == [1, 1, 1]
    assert user["rights"]["is_admin"] is True
    assert user["rights"]["leads"]["view"] == "A"
    shown = desk.one(f"users/{user['id']}?with=role,group,uuid,amojo_id,user_rank")
    assert set(shown) - set(user) == {"uuid", "amojo_id", "user_rank", "_embedded"}
    assert set(shown["_embedded"]) == {"roles", "groups"}
    desk.ask("GET", "users/1", status=204)
    desk.ask("GET", "users?page=2", status=204)
    desk.ask("GET", "users?limit=251", status=422)


def test_role_is_made_changed_and_taken_away(desk: Desk) -> None:
    """FACTS: API-ROLES - with its rights as they were given."""
    desk.ask("GET", "roles", status=204)
    rights: Entity = {"leads": {"view": "A", "edit": "M"}, "mail_access": False, "status_rights": []}
    (made,) = desk.add("roles", {"name": "Менеджер", "rights": rights, "request_id": "r"})
    assert (made["name"], made["rights"], made["request_id"]) == ("Менеджер", rights, "r")
    path = f"roles/{made['id']}"
    assert desk.ask("PATCH", path, {"name": "Оператор"}).json()["name"] == "Оператор"
    assert desk.one(path) == desk.listed("roles")[0]
    assert list(desk.one(path)) == ["id", "name", "rights", "_links"]
    assert desk.refused("POST", "roles", [{}]) == [("name", "FieldMissing"), ("rights", "FieldMissing")]
    assert desk.refused("POST", "roles", [{"name": "x", "rights": 7}]) == [("rights", "InvalidType")]
    for _ in ("there", "gone"):
        desk.ask("DELETE", path, status=204)
    desk.ask("GET", path, status=204)


MEMBERS_CANNOT = [
    *(("GET", path) for path in ("users", "users/1", "roles", "roles/1", "webhooks")),
    *(("POST", "roles"), ("PATCH", "roles"), ("PATCH", "roles/1"), ("DELETE", "roles/1")),
]


def test_only_administrators_see_users(http: httpx.Client) -> None:
    """FACTS: API-USERS, API-ROLES, API-WEBHOOKS - a mere member gets 403."""
    with FakeAmo(AmoSettings(world=two_accounts(), limits=False)) as amo:
        talk = Dialogue(amo, http)
        token = talk.exchange(amo.mint_code(account="guest")).json()["access_token"]
        answers = [talk.api(f"/api/v4/{path}", token, method) for method, path in MEMBERS_CANNOT]
    assert {(each.status_code, each.json()["title"]) for each in answers} == {(403, "Forbidden")}


@pytest.mark.parametrize("path", ["catalogs", "customers", "leads/unsorted", "sources"])
def test_list_of_what_the_account_has_none_of_is_204(desk: Desk, path: str) -> None:
    """FACTS: API-EMPTY-204 - and a limit is checked all the same."""
    desk.ask("GET", path, status=204)
    desk.ask("GET", f"{path}?limit=251", status=422)
